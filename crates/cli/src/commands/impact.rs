//! `sightline impact`: who depends on a thing.

use anyhow::Result;
use clap::Args;
use sightline_tell::answers;

use super::named;
use crate::args::Global;
use crate::exit::Exit;
use crate::output;

/// Who depends on a part, endpoint, table or topic, and who notices when it stops?
#[derive(Debug, Args)]
#[command(
    after_help = "Everything that depends on it, nearest first, with the shortest path. Whoever waits for an answer notices at once; whoever receives messages, or only watches, later.\n\nExamples:\n  sightline impact orders\n  sightline impact \"POST /orders\"\n  sightline impact topic:orders.paid\n  sightline impact table:customers"
)]
pub(crate) struct Impact {
    /// Component, endpoint, topic or table; `component:`, `topic:` or `table:` may stand before it
    name: String,
}

pub(crate) fn run(command: &Impact, global: &Global) -> Result<Exit> {
    let (session, map) = named::read(global)?;
    let subject = named::subject(&map, &command.name)?;
    let found = sightline_map::impact(&session, &map, &subject)?;
    named::print(&answers::impact(&map, &found, output::width()), global)
}
