//! `sightline why`: what stands behind a metric or a sentence.

use anyhow::Result;
use clap::Args;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::rows::first_rows;
use sightline_facts::session::{Session, Value};
use sightline_facts::tables::claims::ClaimsView;
use sightline_measure::{LeftOut, Metric};
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
    after_help = "Examples:\n  sightline why code-lines\n  sightline why issue-lead-time      with what is left out of it, and why\n  sightline why bus-factor --limit 5\n  sightline why start/size            a sentence, by its id or how it begins"
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
    let found = sightline_measure::behind(session, metric, command.repo.as_deref(), command.subject.as_deref())?;
    let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    let (n_values, total) = (count(&found.values), count(&found.rows));
    let (values, left_out) = (&found.values, &found.left_out);
    let shown = first_rows(&found.rows, command.limit);
    if global.json {
        output::json(&serde_json::json!({
            "id": metric.id, "question": metric.question, "unit": metric.unit, "better": metric.better.word(),
            "source": metric.source, "doc": metric.doc, "sql": metric.sql, "rows_sql": metric.rows,
            "values": render::rows_json(values), "rows_of": { "repo": found.of.0, "subject": found.of.1 },
            "rows": render::rows_json(&shown), "n_rows": total,
            "left_out": left_out.as_ref().map(|left| serde_json::json!({
                "sql": metric.left_out, "n": left.n,
                "reasons": left.reasons.iter().map(|(reason, n)| serde_json::json!({ "reason": reason, "n": n })).collect::<Vec<_>>(),
                "rows": render::rows_json(&first_rows(&left.rows, command.limit)),
            })),
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
        format_args!("\nValues ({n_values}):\n{}", render::table(&first_rows(values, command.limit), width)),
    );
    if n_values > command.limit {
        put(
            &mut text,
            format_args!("{} more values; `sightline metrics {}` shows all\n", n_values - command.limit, metric.id),
        );
    }
    let of = found.name();
    if n_values > 0 {
        put(
            &mut text,
            format_args!(
                "\nRows behind {} ({total}):\n{}",
                sightline_tell::text::visible(&of),
                render::brief_table(&shown, width)
            ),
        );
        if total > command.limit {
            put(&mut text, format_args!("{} more rows; `--limit N` shows more\n", total - command.limit));
        }
        if n_values > 1 {
            text += "`--subject` and `--repo` choose another value\n";
        }
    }
    if let Some(left) = left_out {
        let of: Vec<&str> = [&command.repo, &command.subject].into_iter().flatten().map(String::as_str).collect();
        put_left_out(&mut text, left, &of.join(" / "), command.limit, width);
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

/// What the metric leaves out, by reason and then row by row.
fn put_left_out(text: &mut String, left: &LeftOut, of: &str, limit: usize, width: usize) {
    let of = if of.is_empty() { String::new() } else { format!(" of {}", sightline_tell::text::visible(of)) };
    if left.n == 0 {
        return put(text, format_args!("\nNothing is left out{of}.\n"));
    }
    put(text, format_args!("\nLeft out{of} ({}):\n", left.n));
    for (reason, n) in &left.reasons {
        put(text, format_args!("  {n:>7}  {}\n", sightline_tell::text::visible(reason)));
    }
    put(text, format_args!("{}", render::brief_table(&first_rows(&left.rows, limit), width)));
    if left.n > limit {
        put(text, format_args!("{} more that are left out; `--limit N` shows more\n", left.n - limit));
    }
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
