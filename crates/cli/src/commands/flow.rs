//! `sightline flow`: what happens after a request.

use anyhow::Result;
use clap::Args;
use sightline_tell::answers;

use super::named;
use crate::args::Global;
use crate::exit::Exit;
use crate::output;

/// What happens, step by step, when an endpoint is asked or a part does its work?
#[derive(Debug, Args)]
#[command(
    after_help = "Numbered steps from the endpoint to the last effect: calls, data kept, messages sent and what their receivers do later. Steps that leave the system and steps that could not be followed are marked.\n\nExamples:\n  sightline flow \"POST /orders\"\n  sightline flow \"orders GET /health\"     where several parts offer it\n  sightline flow gateway"
)]
pub(crate) struct Flow {
    /// Endpoint such as `POST /orders`, or a component, topic or table
    name: String,
}

pub(crate) fn run(command: &Flow, global: &Global) -> Result<Exit> {
    let (session, map) = named::read(global)?;
    let subject = named::subject(&map, &command.name)?;
    let found = sightline_map::flow(&session, &map, &subject)?;
    named::print(&answers::flow(&map, &found, output::width()), global)
}
