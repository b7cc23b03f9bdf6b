//! Tools for whoever wants to look for themselves: tables, SQL, metrics, search.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::rows::first_rows;
use sightline_facts::tables::ALL;
use sightline_search::Kind;
use sightline_tell::answers::names;
use sightline_tell::render;
use sightline_tell::text::{put, visible};

use crate::error::ToolError;
use crate::limits::{MOST_ROWS, QUERY_BYTES, USUAL_ROWS, WIDTH};
use crate::reply::Reply;
use crate::state::State;

/// Arguments of `describe_table`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// Name of the table; `list_tables` lists them.
    table: String,
}

/// Arguments of `sql`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sql {
    /// One query that only asks: `select`, `with`, `show` or `describe`.
    query: String,
    /// Rows at most: 100 when nothing is said, never more than 1,000.
    max_rows: Option<u32>,
}

/// Arguments of `search`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// A name or words.
    query: String,
    /// Only this kind: component, endpoint, table, topic, technology, team, issue, pull, release, term, package, field,
    /// setting, heading, module, file or symbol.
    kind: Option<String>,
    /// Answers at most; 20 when nothing is said, never more than 200.
    limit: Option<u32>,
}

/// Arguments of `explain_metric`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Metric {
    /// Id of the metric; all are listed when it is left out.
    id: Option<String>,
    /// One repository of several.
    repo: Option<String>,
    /// One value of the metric: a part, a month or a language, as its values show it.
    subject: Option<String>,
}

pub(super) fn tables(state: &State) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let rows = |name: &str| facts.snapshot.files_of(name).map(|f| f.rows).sum::<u64>();
    let mut text = String::new();
    let mut all = Vec::new();
    for spec in ALL {
        put(&mut text, format_args!("{:18} {:>9} rows  {}\n", spec.name, rows(spec.name), spec.purpose));
        all.push(json!({ "name": spec.name, "purpose": spec.purpose, "rows": rows(spec.name) }));
    }
    Ok(Reply::new(text, Value::Array(all)))
}

pub(super) fn describe(given: &Table) -> Result<Reply, ToolError> {
    let name = given.table.trim();
    let spec = sightline_facts::tables::find(name).ok_or_else(|| {
        let known: Vec<String> = ALL.iter().map(|t| t.name.to_owned()).collect();
        names::none_of("table", name, &known, "`list_tables` lists them")
    })?;
    let mut text = format!("{}: {}\n", spec.name, spec.purpose);
    let mut columns = Vec::new();
    for column in spec.columns {
        let unit = if column.unit.is_empty() { String::new() } else { format!(", {}", column.unit) };
        let empty = if column.nullable { ", may be empty" } else { "" };
        put(&mut text, format_args!("- {} ({}{unit}{empty}): {}\n", column.name, column.kind.word(), column.meaning));
        columns.push(json!({
            "name": column.name, "type": column.kind.word(), "unit": column.unit, "nullable": column.nullable,
            "meaning": column.meaning,
        }));
    }
    Ok(Reply::new(text, json!({ "name": spec.name, "purpose": spec.purpose, "columns": columns })))
}

pub(super) fn sql(state: &State, given: &Sql) -> Result<Reply, ToolError> {
    if given.query.len() > QUERY_BYTES {
        return Err(ToolError::Arguments(format!("the query has more than {QUERY_BYTES} bytes")));
    }
    let rows = given.max_rows.map_or(USUAL_ROWS, |n| usize::try_from(n).unwrap_or(MOST_ROWS)).clamp(1, MOST_ROWS);
    let facts = state.facts()?;
    let answer = facts.session.query_within(&given.query, &state.limits(rows))?;
    let columns: Vec<&str> = answer.schema.fields().iter().map(|f| f.name().as_str()).collect();
    let n: usize = answer.batches.iter().map(RecordBatch::num_rows).sum();
    let mut text = render::table(&answer.batches, WIDTH);
    put(&mut text, format_args!("({n} rows{})\n", if answer.is_cut { ", there are more" } else { "" }));
    let data = json!({ "columns": columns, "rows": render::rows_json(&answer.batches), "n_rows": n });
    Ok(Reply { text, data, is_cut: answer.is_cut })
}

pub(super) fn search(state: &State, given: &Search) -> Result<Reply, ToolError> {
    let kind = match given.kind.as_deref() {
        None => None,
        Some(word) => Some(Kind::of(word).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|k| k.id()).collect();
            ToolError::Arguments(format!("there is no kind `{word}`; the kinds are {}", known.join(", ")))
        })?),
    };
    let limit = usize::try_from(given.limit.unwrap_or(20).clamp(1, 200)).unwrap_or(20);
    let facts = state.facts()?;
    let index = facts.index()?;
    let hits = index.search_kind(&given.query, kind, limit)?;
    let mut text = String::new();
    for hit in &hits {
        let place =
            if hit.line_start > 0 { format!("  {}:{}", visible(&hit.path), hit.line_start) } else { String::new() };
        put(&mut text, format_args!("{} {}: {}{place}\n", hit.kind, visible(&hit.title), visible(&hit.detail)));
    }
    if hits.is_empty() {
        put(&mut text, format_args!("Nothing like it was found (searched {} entries).\n", index.len()));
    }
    let commits: std::collections::BTreeMap<&str, Option<&str>> =
        facts.snapshot.sources.values().map(|s| (s.name.as_str(), s.commit.as_deref())).collect();
    let rows: Vec<Value> = hits
        .iter()
        .map(|hit| {
            json!({
                "kind": hit.kind.id(), "id": hit.id, "title": hit.title, "detail": hit.detail, "subject": hit.link_subject,
                "repo": hit.repo, "path": hit.path, "line_start": hit.line_start,
                "commit": commits.get(hit.repo.as_str()).copied().flatten(),
            })
        })
        .collect();
    Ok(Reply::new(text, json!({ "hits": rows, "searched": index.len() })))
}

pub(super) fn metric(state: &State, given: &Metric) -> Result<Reply, ToolError> {
    let Some(id) = given.id.as_deref() else { return Ok(all_metrics(state)) };
    let metric = state.metrics().iter().find(|m| m.id == id.trim()).ok_or_else(|| {
        let known: Vec<String> = state.metrics().iter().map(|m| m.id.clone()).collect();
        names::none_of("metric", id, &known, "`explain_metric` without an id lists them")
    })?;
    let facts = state.facts()?;
    let found = sightline_measure::behind(&facts.session, metric, given.repo.as_deref(), given.subject.as_deref())?;
    let (values, behind) = (first_rows(&found.values, MOST_ROWS), &found.rows);
    let n_behind: usize = behind.iter().map(RecordBatch::num_rows).sum();
    let behind = first_rows(behind, 20);
    let mut text = format!(
        "{}\n\n{}\n\nUnit: {}\nBetter: {}\nSource: {}\n\nSQL:\n{}\n\nValues:\n{}",
        metric.question,
        metric.doc.trim(),
        metric.unit,
        metric.better.word(),
        metric.source,
        metric.sql.trim(),
        render::table(&first_rows(&values, 50), WIDTH)
    );
    if n_behind > 0 {
        let subject = visible(&found.name());
        put(&mut text, format_args!("\nRows behind {subject} ({n_behind}):\n{}", render::brief_table(&behind, WIDTH)));
    }
    if let Some(left) = found.left_out.as_ref().filter(|left| left.n > 0) {
        let reasons = left.reasons.iter().map(|(reason, n)| format!("{n}: {}", visible(reason))).collect::<Vec<_>>();
        put(&mut text, format_args!("\nLeft out ({}): {}\n", left.n, reasons.join("; ")));
        put(&mut text, format_args!("{}", render::brief_table(&first_rows(&left.rows, 20), WIDTH)));
    }
    let left_out = found.left_out.as_ref().map(|left| {
        let reasons: Vec<Value> = left.reasons.iter().map(|(reason, n)| json!({ "reason": reason, "n": n })).collect();
        json!({ "n": left.n, "reasons": reasons, "rows": render::rows_json(&first_rows(&left.rows, 20)) })
    });
    let data = json!({
        "id": metric.id, "question": metric.question, "unit": metric.unit, "better": metric.better.word(),
        "source": metric.source, "doc": metric.doc, "sql": metric.sql, "values": render::rows_json(&values),
        "rows_of": { "repo": found.of.0, "subject": found.of.1 }, "rows": render::rows_json(&behind), "n_rows": n_behind,
        "left_out": left_out,
    });
    Ok(Reply::new(text, data))
}

fn all_metrics(state: &State) -> Reply {
    let mut text = String::new();
    let mut all = Vec::new();
    for metric in state.metrics() {
        put(&mut text, format_args!("{} ({}): {}\n", metric.id, metric.unit, metric.question));
        all.push(json!({ "id": metric.id, "unit": metric.unit, "question": metric.question }));
    }
    Reply::new(text, Value::Array(all))
}
