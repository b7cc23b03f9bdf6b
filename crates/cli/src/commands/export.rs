//! `sightline export`: the map of the system for other tools.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use sightline_facts::session::Session;
use sightline_tell::{TellError, export};

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Facts for other tools: the map, bills of materials, findings, endpoints, flows
#[derive(Debug, Args)]
#[command(
    after_help = "The map of components, connections and endpoints, packages, findings or one flow, with the lines that show them. The same facts give the same bytes, so two exports can be compared. By default arrows point from the side that starts a connection; in JSON, the way that data moves.\n\nExamples:\n  sightline export --format mermaid                       for a README or a ticket\n  sightline export --format structurizr --output shop.dsl\n  sightline export --format json --direction call\n  sightline export --format cyclonedx --output bom.json\n  sightline export --format sarif --output sightline.sarif\n  sightline export --format openapi --of orders\n  sightline export --format sequence --of \"POST /orders\""
)]
pub(crate) struct Export {
    /// What to write
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// Which way arrows point: from the side that starts a connection, or the way that data moves
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// The component whose endpoints, or the endpoint, component, topic or table whose flow to write
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
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
    /// A bill of materials: packages with licences and places, outside services (CycloneDX 1.6)
    Cyclonedx,
    /// The same packages in SPDX 2.3
    Spdx,
    /// What deserves a look, for tools of code review (SARIF 2.1.0)
    Sarif,
    /// HTTP endpoints of one component as a skeleton (OpenAPI 3.1); takes `--of`
    Openapi,
    /// Topics and queues with who sends and receives (AsyncAPI 3.0)
    Asyncapi,
    /// Drafts of decision records for choices that none tells (MADR)
    Madr,
    /// A sequence diagram of one flow (Mermaid); takes `--of`
    Sequence,
    /// Parts that no owner is named for, as a table
    Owners,
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
        Format::Cyclonedx => export::Format::Cyclonedx,
        Format::Spdx => export::Format::Spdx,
        Format::Sarif => export::Format::Sarif,
        Format::Openapi => export::Format::Openapi,
        Format::Asyncapi => export::Format::Asyncapi,
        Format::Madr => export::Format::Madr,
        Format::Sequence => export::Format::Sequence,
        Format::Owners => export::Format::Owners,
    };
    if command.direction.is_some() && !format.has_arrows() {
        return Err(UsageError("this format draws no arrows, so `--direction` has no meaning there".to_owned()).into());
    }
    if command.of.is_some() && !format.takes_subject() {
        return Err(UsageError(
            "this format shows everything\nhelp: `--of` goes with `--format openapi` and `--format sequence`"
                .to_owned(),
        )
        .into());
    }
    let direction = match command.direction {
        Some(Direction::Dataflow) => export::Direction::Dataflow,
        None if format == export::Format::Json => export::Direction::Dataflow,
        Some(Direction::Call) | None => export::Direction::Call,
    };
    let text = export::export_of(&session, format, direction, command.of.as_deref()).map_err(|e| match e {
        TellError::Name(name) => super::named::usage(name),
        other => other.into(),
    })?;
    match command.output.as_deref().filter(|p| *p != Path::new("-")) {
        Some(path) => {
            super::report::write(path, &text)?;
            output::data(&path.display().to_string())?;
        }
        None => output::data(&text)?,
    }
    Ok(Exit::Done)
}
