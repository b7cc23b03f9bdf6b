//! `sightline endpoints`: what the system offers.

use anyhow::Result;
use clap::Args;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Value;
use sightline_tell::render;

use super::{named, section};
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{self, put};

/// What can be asked of the system: endpoints and topics
#[derive(Debug, Args)]
#[command(
    after_help = "Routes, remote procedures, pages and topics with the lines that declare them; of one component, all of them.\n\nExamples:\n  sightline endpoints\n  sightline endpoints orders\n  sightline endpoints orders --json"
)]
pub(crate) struct Endpoints {
    /// Component whose endpoints to list
    component: Option<String>,
}

const ENDPOINTS: &str = "select coalesce(method, protocol) as method, coalesce(http_route, name) as route, base_path, name, \
     concat(path, ':', line_start) as place from endpoints where component = :component order by http_route, method, name, path, line_start";

const TOPICS: &str = "select direction, topic, technology, concat(path, ':', line_start) as place from topics \
     where component = :component order by direction, topic, path, line_start";

pub(crate) fn run(command: &Endpoints, global: &Global) -> Result<Exit> {
    let Some(name) = &command.component else { return section::run("endpoints", global) };
    let (session, map) = named::read(global)?;
    let Some(component) = named::component(&map, name) else {
        let known: Vec<String> = map.components.iter().map(|c| sightline_map::short_id(&c.id).to_owned()).collect();
        return Err(named::none_of("component", name, &known, "`sightline map` lists them"));
    };
    let parameters = [("component", Value::Text(&component.id))];
    let (endpoints, topics) = (session.query_with(ENDPOINTS, &parameters)?, session.query_with(TOPICS, &parameters)?);
    if global.json {
        output::json(&serde_json::json!({
            "component": sightline_map::short_id(&component.id),
            "endpoints": render::rows_json(&endpoints),
            "topics": render::rows_json(&topics),
        }))?;
        return Ok(Exit::Done);
    }
    let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    let (n, m) = (count(&endpoints), count(&topics));
    let counted = |n: usize, noun: &str| output::counted(n as u64, noun);
    let shown = sightline_tell::text::visible(&component.name);
    let mut text = if n + m == 0 {
        format!("No endpoint or topic of {shown} was found: a framework that we do not know may hide them.\n")
    } else {
        format!("{shown} offers {} and takes part in {}.\n", counted(n, "endpoint"), counted(m, "topic"))
    };
    if n > 0 {
        put(&mut text, format_args!("\n{}", render::table(&endpoints, output::width())));
    }
    if m > 0 {
        put(&mut text, format_args!("\n{}", render::table(&topics, output::width())));
    }
    output::data(&text)?;
    Ok(Exit::Done)
}
