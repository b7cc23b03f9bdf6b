//! `sightline metrics`: what is measured, and its values.

use anyhow::Result;
use clap::Args;
use sightline_facts::session::{Session, Value};
use sightline_measure::Metric;
use sightline_scan::settings;
use sightline_tell::render;

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// The metrics, or the values of one
#[derive(Debug, Args)]
#[command(
    after_help = "A metric is a question with a unit, a definition and its SQL. A workspace may add its own in `metrics/*.toml`.\n\nExamples:\n  sightline metrics\n  sightline metrics bus-factor"
)]
pub(crate) struct Metrics {
    /// Metric whose values to show, by its id
    metric: Option<String>,
}

/// The metric of that id.
pub(crate) fn find<'a>(metrics: &'a [Metric], id: &str) -> Result<&'a Metric> {
    if let Some(metric) = metrics.iter().find(|m| m.id == id) {
        return Ok(metric);
    }
    let close = super::tables::closest(id, metrics.iter().map(|m| m.id.as_str()));
    let hint = close.map_or_else(|| "`sightline metrics` lists them".to_owned(), |c| format!("did you mean `{c}`?"));
    Err(UsageError(format!("there is no metric `{id}`\nhelp: {hint}")).into())
}

pub(crate) fn run(command: &Metrics, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global).ok();
    let metrics = match &workspace {
        Some(workspace) => settings::metrics(workspace)?,
        None => sightline_measure::metrics(&[])?,
    };
    match &command.metric {
        None => list(&metrics, global),
        Some(id) => values(find(&metrics, id)?, global),
    }
}

fn list(metrics: &[Metric], global: &Global) -> Result<Exit> {
    if global.json {
        let value: Vec<_> = metrics
            .iter()
            .map(|m| {
                serde_json::json!({
                    "id": m.id, "question": m.question, "unit": m.unit, "better": m.better.word(), "grain": m.grain,
                    "source": m.source, "doc": m.doc, "sql": m.sql,
                })
            })
            .collect();
        output::json(&serde_json::Value::Array(value))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let widest = |of: &dyn Fn(&Metric) -> usize| metrics.iter().map(of).max().unwrap_or(0);
    let (ids, units) = (widest(&|m| m.id.len()), widest(&|m| m.unit.len()));
    for metric in metrics {
        put(&mut text, format_args!("{:ids$}  {:units$}  {}\n", metric.id, metric.unit, metric.question));
    }
    text += "\n`sightline metrics ID` shows values, `sightline why ID` the definition, SQL and rows.\n";
    output::data(&text)?;
    Ok(Exit::Done)
}

fn values(metric: &Metric, global: &Global) -> Result<Exit> {
    let session = Session::over(&place::existing(global)?)?;
    let sql = "select repo, subject, value, unit, n from metrics where metric = :id order by repo, subject";
    let batches = session.query_with(sql, &[("id", Value::Text(&metric.id))])?;
    if global.json {
        output::json(&render::rows_json(&batches))?;
    } else {
        output::data(&format!(
            "{} ({})\n\n{}",
            metric.question,
            metric.unit,
            render::table(&batches, output::width())
        ))?;
    }
    Ok(Exit::Done)
}
