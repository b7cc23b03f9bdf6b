//! `sightline why`: what stands behind a metric or a sentence.

use anyhow::Result;
use clap::Args;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::rows::first_rows;
use sightline_facts::session::{Session, Value};
use sightline_facts::tables::claims::ClaimsView;
use sightline_measure::Metric;
use sightline_scan::settings;
use sightline_tell::render;

use super::first_column;
use super::tables::closest;
use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// What stands behind a number or a sentence: definition, query, rows
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sightline why code-lines\n  sightline why bus-factor --limit 5\n  sightline why start/size            a sentence, by its id or how it begins"
)]
pub(crate) struct Why {
    /// Id of a metric, or of a sentence (`sightline sql "select claim, text from claims"` lists them)
    id: String,
    /// One value of the metric: a part, a month or a language, as its values show it
    #[arg(long)]
    subject: Option<String>,
    /// One repository of several
    #[arg(long)]
    repo: Option<String>,
    /// Rows to show of each table
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

pub(crate) fn run(command: &Why, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global)?;
    let session = Session::over(&workspace)?;
    let metrics = settings::metrics(&workspace)?;
    if let Some(metric) = metrics.iter().find(|m| m.id == command.id) {
        return why_metric(metric, command, &session, global);
    }
    let claims = claims(&session, &command.id)?;
    let views: Vec<ClaimsView> = claims.iter().filter_map(ClaimsView::of).collect();
    if views.iter().any(|v| v.rows().next().is_some()) {
        return why_claims(&views, &session, global);
    }
    let ids = session.query("select claim from claims order by claim")?;
    let known = first_column(&ids);
    let names = metrics.iter().map(|m| m.id.as_str()).chain(known.iter().map(String::as_str));
    let hint = closest(&command.id, names).map_or_else(
        || {
            "`sightline metrics` lists metrics; `sightline sql \"select claim, text from claims\"` lists sentences"
                .to_owned()
        },
        |c| format!("did you mean `{c}`?"),
    );
    Err(UsageError(format!("there is no metric and no sentence `{}`\nhelp: {hint}", command.id)).into())
}

/// Sentences of that id, or whose id begins with it.
fn claims(session: &Session, id: &str) -> Result<Vec<RecordBatch>> {
    let exact = session.query_with("select * from claims where claim = :id", &[("id", Value::Text(id))])?;
    if exact.iter().any(|b| b.num_rows() > 0) {
        return Ok(exact);
    }
    let sql = "select * from claims where starts_with(claim, :id) order by section, position limit 5";
    Ok(session.query_with(sql, &[("id", Value::Text(id))])?)
}

fn why_metric(metric: &Metric, command: &Why, session: &Session, global: &Global) -> Result<Exit> {
    let (repo, subject) = (command.repo.as_deref(), command.subject.as_deref());
    let asked = "from metrics where metric = :id and (:repo is null or repo = :repo) \
                 and (:subject is null or subject = :subject)";
    let parameters = [
        ("id", Value::Text(&metric.id)),
        ("repo", repo.map_or(Value::Null, Value::Text)),
        ("subject", subject.map_or(Value::Null, Value::Text)),
    ];
    let values = format!("select repo, subject, value, unit, n {asked} order by repo, subject");
    let values = session.query_with(&values, &parameters)?;
    let n_values: usize = values.iter().map(RecordBatch::num_rows).sum();
    // All rows of all values can be millions; one value, the one with most behind it, shows what they are.
    let one = format!("select repo, subject, n {asked} order by n desc, repo, subject limit 1");
    let one = session.query_with(&one, &parameters)?;
    let (repo, subject) = (text_at(&one, "repo"), text_at(&one, "subject"));
    let rows = if n_values == 0 {
        Vec::new()
    } else {
        sightline_measure::rows_behind(session, metric, repo.as_deref(), subject.as_deref())?
    };
    let total: usize = rows.iter().map(RecordBatch::num_rows).sum();
    let shown = first_rows(&rows, command.limit);
    if global.json {
        output::json(&serde_json::json!({
            "id": metric.id, "question": metric.question, "unit": metric.unit, "better": metric.better.word(),
            "source": metric.source, "doc": metric.doc, "sql": metric.sql, "rows_sql": metric.rows,
            "values": render::rows_json(&values), "rows_of": { "repo": repo, "subject": subject },
            "rows": render::rows_json(&shown), "n_rows": total,
        }))?;
        return Ok(Exit::Done);
    }
    let width = output::width();
    let doc = sightline_tell::text::wrap(&metric.doc.replace('\n', " "), width).join("\n");
    let mut text = format!("{}\n\n{doc}\n", metric.question);
    put(
        &mut text,
        format_args!("\nUnit:    {}\nBetter:  {}\nSource:  {}\n", metric.unit, metric.better.word(), metric.source),
    );
    put(&mut text, format_args!("\nSQL:\n{}\n", indent(&metric.sql)));
    put(
        &mut text,
        format_args!("\nValues ({n_values}):\n{}", render::table(&first_rows(&values, command.limit), width)),
    );
    if n_values > command.limit {
        put(
            &mut text,
            format_args!("{} more values; `sightline metrics {}` shows all\n", n_values - command.limit, metric.id),
        );
    }
    if n_values > 0 {
        let of = [repo, subject].into_iter().flatten().collect::<Vec<_>>().join(" / ");
        put(
            &mut text,
            format_args!(
                "\nRows behind {} ({total}):\n{}",
                sightline_tell::text::visible(&of),
                render::table(&shown, width)
            ),
        );
        if total > command.limit {
            put(&mut text, format_args!("{} more rows; `--limit N` shows more\n", total - command.limit));
        }
        if n_values > 1 {
            text += "`--subject` and `--repo` choose another value\n";
        }
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

/// A column of the first row.
fn text_at(batches: &[RecordBatch], column: &str) -> Option<String> {
    use sightline_facts::arrow::array::{Array, AsArray};
    let column = batches.first()?.column_by_name(column)?.as_string_opt::<i32>()?;
    (!column.is_empty() && !column.is_null(0)).then(|| column.value(0).to_owned())
}

fn indent(sql: &str) -> String {
    sql.trim().lines().map(|l| format!("  {l}")).collect::<Vec<_>>().join("\n")
}

fn why_claims(views: &[ClaimsView], session: &Session, global: &Global) -> Result<Exit> {
    let mut values = Vec::new();
    let mut text = String::new();
    for claim in views.iter().flat_map(ClaimsView::rows) {
        let sql = "select repo, commit, path, line_start, line_end, quote, about, from_table from claim_evidence \
                   where claim = :id order by position";
        let evidence = session.query_with(sql, &[("id", Value::Text(claim.claim))])?;
        let answer = session.query(claim.query)?;
        if global.json {
            values.push(serde_json::json!({
                "claim": claim.claim, "text": claim.text, "template": claim.template, "basis": claim.basis,
                "query": claim.query, "answer": render::rows_json(&first_rows(&answer, 20)), "evidence": render::rows_json(&evidence),
            }));
        } else {
            let width = output::width();
            put(
                &mut text,
                format_args!(
                    "{}\n  ({}, {})\n",
                    sightline_tell::text::wrap(claim.text, width).join("\n"),
                    claim.claim,
                    claim.basis
                ),
            );
            put(
                &mut text,
                format_args!(
                    "\nSQL:\n{}\n\nAnswer:\n{}",
                    indent(claim.query),
                    render::table(&first_rows(&answer, 20), width)
                ),
            );
            put(&mut text, format_args!("\nEvidence:\n{}\n", render::table(&evidence, width)));
        }
    }
    if global.json {
        output::json(&serde_json::Value::Array(values))?;
    } else {
        output::data(&text)?;
    }
    Ok(Exit::Done)
}
