//! `sightline drift`: what documents declare beside what was found.

use anyhow::Result;
use clap::Args;
use sightline_tell::answers;

use super::named;
use crate::args::Global;
use crate::exit::Exit;
use crate::output;

/// Do diagrams and catalogues still say what code and deployment show?
#[derive(Debug, Args)]
#[command(
    after_help = "Compares Backstage catalogues, Structurizr models, C4, Mermaid and PlantUML diagrams with the map, both ways. Names are compared without case and signs, lines without direction.\n\nExample:\n  sightline drift"
)]
pub(crate) struct Drift;

pub(crate) fn run(_: &Drift, global: &Global) -> Result<Exit> {
    let (session, map) = named::read(global)?;
    let found = sightline_map::drift(&session, &map)?;
    named::print(&answers::drift(&map, &found, output::width()), global)
}
