//! `sightline why`: what stands behind a metric or a sentence.

use anyhow::Result;
use clap::Args;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::{Session, Value};
use sightline_facts::tables::claims::ClaimsView;
use sightline_measure::Metric;
use sightline_scan::settings;
use sightline_tell::render;

use super::tables::closest;
use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Definition, SQL and rows behind a metric or a sentence
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sightline why code-lines\n  sightline why bus-factor --subject crates/facts\n  sightline why start.size               a sentence, by the id that reports show"
)]
pub(crate) struct Why {
    /// Id of a metric or of a sentence
    id: String,
    /// One value of the metric: a module, a month, a language …
    #[arg(long)]
    subject: Option<String>,
    /// One repository
    #[arg(long)]
    repo: Option<String>,
    /// Rows to show
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
    let known = text_column(&ids);
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

fn text_column(batches: &[RecordBatch]) -> Vec<String> {
    use sightline_facts::arrow::array::AsArray;
    batches
        .iter()
        .filter_map(|b| b.columns().first())
        .filter_map(|c| c.as_string_opt::<i32>())
        .flat_map(|c| c.iter().flatten().map(str::to_owned))
        .collect()
}

fn why_metric(metric: &Metric, command: &Why, session: &Session, global: &Global) -> Result<Exit> {
    let values = "select repo, subject, value, unit, n from metrics where metric = :id \
                  and (:repo is null or repo = :repo) and (:subject is null or subject = :subject) order by repo, subject";
    let (repo, subject) = (command.repo.as_deref(), command.subject.as_deref());
    let parameters = [
        ("id", Value::Text(&metric.id)),
        ("repo", repo.map_or(Value::Null, Value::Text)),
        ("subject", subject.map_or(Value::Null, Value::Text)),
    ];
    let values = session.query_with(values, &parameters)?;
    let rows = sightline_measure::rows_behind(session, metric, repo, subject)?;
    let total: usize = rows.iter().map(RecordBatch::num_rows).sum();
    let shown = first(&rows, command.limit);
    if global.json {
        output::json(&serde_json::json!({
            "id": metric.id, "question": metric.question, "unit": metric.unit, "better": metric.better.word(),
            "source": metric.source, "doc": metric.doc, "sql": metric.sql, "rows_sql": metric.rows,
            "values": render::rows_json(&values), "rows": render::rows_json(&shown), "n_rows": total,
        }))?;
        return Ok(Exit::Done);
    }
    let width = output::width();
    let mut text = format!(
        "{}\n\n{}\n",
        metric.question,
        sightline_tell::text::wrap(&metric.doc.replace('\n', " "), width).join("\n")
    );
    text += &format!("\nUnit:    {}\nBetter:  {}\nSource:  {}\n", metric.unit, metric.better.word(), metric.source);
    text += &format!("\nSQL:\n{}\n", indent(&metric.sql));
    text += &format!("\nValues:\n{}", render::table(&first(&values, command.limit), width));
    text += &format!(
        "\nRows behind {} ({total}):\n{}",
        if subject.is_some() { "this value" } else { "all values" },
        render::table(&shown, width)
    );
    if total > command.limit {
        text += &format!("{} more rows; `--limit N` shows more\n", total - command.limit);
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

/// The first rows.
fn first(batches: &[RecordBatch], limit: usize) -> Vec<RecordBatch> {
    let mut left = limit;
    let mut taken = Vec::new();
    for batch in batches {
        let n = batch.num_rows().min(left);
        taken.push(batch.slice(0, n));
        left -= n;
    }
    taken
}

fn indent(sql: &str) -> String {
    sql.trim().lines().map(|l| format!("  {l}")).collect::<Vec<_>>().join("\n")
}

fn why_claims(views: &[ClaimsView], session: &Session, global: &Global) -> Result<Exit> {
    let mut values = Vec::new();
    let mut text = String::new();
    for claim in views.iter().flat_map(ClaimsView::rows) {
        let sql = "select repo, commit, path, line_start, line_end, quote, from_table from claim_evidence \
                   where claim = :id order by position";
        let evidence = session.query_with(sql, &[("id", Value::Text(claim.claim))])?;
        let answer = session.query(claim.query)?;
        if global.json {
            values.push(serde_json::json!({
                "claim": claim.claim, "text": claim.text, "template": claim.template, "basis": claim.basis,
                "query": claim.query, "answer": render::rows_json(&first(&answer, 20)), "evidence": render::rows_json(&evidence),
            }));
        } else {
            let width = output::width();
            text += &format!(
                "{}\n  ({}, {})\n",
                sightline_tell::text::wrap(claim.text, width).join("\n"),
                claim.claim,
                claim.basis
            );
            text +=
                &format!("\nSQL:\n{}\n\nAnswer:\n{}", indent(claim.query), render::table(&first(&answer, 20), width));
            text += &format!("\nEvidence:\n{}\n", render::table(&evidence, width));
        }
    }
    if global.json {
        output::json(&serde_json::Value::Array(values))?
    } else {
        output::data(&text)?
    }
    Ok(Exit::Done)
}
