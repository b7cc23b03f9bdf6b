//! `sightline export`: the map of the system for other tools.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use sightline_facts::session::Session;
use sightline_tell::export;

use crate::args::Global;
use crate::exit::Exit;
use crate::{output, place};

/// The map of the system for other tools: JSON, CSV, Mermaid, Structurizr and more
#[derive(Debug, Args)]
#[command(
    after_help = "Components, connections and endpoints with the lines that show them. The same facts give the same bytes, so two exports can be compared. By default arrows point from the side that starts a connection; in JSON, the way that data moves.\n\nExamples:\n  sightline export --format mermaid                       for a README or a ticket\n  sightline export --format structurizr --output shop.dsl\n  sightline export --format json --direction call"
)]
pub(crate) struct Export {
    /// What to write
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// Which way arrows point: from the side that starts a connection, or the way that data moves
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// File to write, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Components, connections and endpoints, each with its evidence
    Json,
    /// A flowchart that code hosts draw
    Mermaid,
    /// A Structurizr workspace (C4)
    Structurizr,
    /// A component diagram
    Plantuml,
    /// A Graphviz graph
    Dot,
    /// A draft of a Backstage catalogue
    Backstage,
    /// One table for a spreadsheet
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// From the side that starts the connection
    Call,
    /// The way that data moves
    Dataflow,
}

pub(crate) fn run(command: &Export, global: &Global) -> Result<Exit> {
    let session = Session::over(&place::existing(global)?)?;
    let format = match command.format {
        Format::Json => export::Format::Json,
        Format::Mermaid => export::Format::Mermaid,
        Format::Structurizr => export::Format::Structurizr,
        Format::Plantuml => export::Format::Plantuml,
        Format::Dot => export::Format::Dot,
        Format::Backstage => export::Format::Backstage,
        Format::Csv => export::Format::Csv,
    };
    let direction = match command.direction {
        Some(Direction::Dataflow) => export::Direction::Dataflow,
        None if format == export::Format::Json => export::Direction::Dataflow,
        Some(Direction::Call) | None => export::Direction::Call,
    };
    let text = export::export(&session, format, direction)?;
    match command.output.as_deref().filter(|p| *p != Path::new("-")) {
        Some(path) => {
            super::report::write(path, &text)?;
            output::data(&path.display().to_string())?;
        }
        None => output::data(&text)?,
    }
    Ok(Exit::Done)
}
