//! `sightline report`: the whole report as one file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use sightline_facts::session::Session;
use sightline_facts::store::Workspace;
use sightline_tell::{Report as Told, render};

use crate::args::Global;
use crate::exit::Exit;
use crate::{output, place};

/// Write the report again: one HTML file, Markdown, JSON or text
#[derive(Debug, Args)]
#[command(
    after_help = "The HTML file holds everything in itself: it needs no network and no script, and prints well.\n\nExamples:\n  sightline report                       into the workspace; prints its place\n  sightline report --output shop.html    somewhere else\n  sightline report --format markdown --output -"
)]
pub(crate) struct Report {
    /// File to write, `-` for standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Format of the file
    #[arg(long, value_enum, default_value = "html")]
    pub(crate) format: Format,
}

/// Formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One self-contained file that needs no network and no script
    Html,
    /// Markdown
    Markdown,
    /// JSON
    Json,
    /// Plain text as on a terminal
    Text,
}

/// Writes the HTML report to its usual place in the workspace.
pub(crate) fn write_html(workspace: &Workspace, report: &Told) -> Result<PathBuf> {
    let path = workspace.root().join("report.html");
    write(&path, &render::html(report))?;
    Ok(path)
}

/// Writes a file whole or not at all.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let temporary = path.with_extension("new");
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, path))
        .with_context(|| format!("could not write `{}`", path.display()))
        .inspect_err(|_| {
            std::fs::remove_file(&temporary).ok();
        })
}

pub(crate) fn run(command: &Report, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global)?;
    let session = Session::over(&workspace)?;
    let report = sightline_tell::claims(&session)?;
    let format = if global.json { Format::Json } else { command.format };
    let (text, name) = match format {
        Format::Html => (render::html(&report), "report.html"),
        Format::Markdown => (render::markdown(&report, None), "report.md"),
        Format::Json => (serde_json::to_string_pretty(&render::json(&report))?, "report.json"),
        Format::Text => (render::terminal(&report, None, 100, false), "report.txt"),
    };
    let to_stdout = command.output.as_deref() == Some(Path::new("-")) || (global.json && command.output.is_none());
    if to_stdout {
        output::data(&text)?;
    } else {
        let path = command.output.clone().unwrap_or_else(|| workspace.root().join(name));
        write(&path, &text)?;
        output::data(&path.display().to_string())?;
    }
    Ok(Exit::Done)
}
