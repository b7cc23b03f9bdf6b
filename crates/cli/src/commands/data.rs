//! `sightline data`: where data lives.

use anyhow::Result;
use clap::Args;
use sightline_tell::answers;

use super::{named, section};
use crate::args::Global;
use crate::exit::Exit;
use crate::output;

/// Where does our data live, and who keeps it?
#[derive(Debug, Args)]
#[command(
    after_help = "Stores, the tables and collections in them, the parts that keep them, and fields whose names suggest personal data.\n\nExamples:\n  sightline data\n  sightline data --entity customers      one table, collection or kind of record"
)]
pub(crate) struct Data {
    /// Table, collection or kind of record to show with its fields
    #[arg(long, value_name = "NAME")]
    entity: Option<String>,
}

pub(crate) fn run(command: &Data, global: &Global) -> Result<Exit> {
    let Some(name) = &command.entity else { return section::run("data", global) };
    let (session, _) = named::read(global)?;
    let answer = answers::entity(&session, name, output::width())?.map_err(named::usage)?;
    named::print(&answer, global)
}
