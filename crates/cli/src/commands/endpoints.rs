//! `sightline endpoints`: what the system offers.

use anyhow::Result;
use clap::Args;
use sightline_tell::answers;

use super::{named, section};
use crate::args::Global;
use crate::exit::Exit;
use crate::output;

/// What can be asked of the system: endpoints and topics
#[derive(Debug, Args)]
#[command(
    after_help = "Routes, remote procedures, pages and topics with the lines that declare them; of one component, all of them.\n\nExamples:\n  sightline endpoints\n  sightline endpoints orders\n  sightline endpoints orders --json"
)]
pub(crate) struct Endpoints {
    /// Component whose endpoints to list
    component: Option<String>,
}

pub(crate) fn run(command: &Endpoints, global: &Global) -> Result<Exit> {
    let Some(name) = &command.component else { return section::run("endpoints", global) };
    let (session, map) = named::read(global)?;
    let component = answers::names::known_component(&map, name).map_err(named::usage)?;
    named::print(&answers::endpoints(&session, component, output::width())?, global)
}
