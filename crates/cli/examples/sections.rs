//! Renders section files over a workspace as one page, to look at sections and pictures while writing them.
//!
//! `cargo run --example sections -- WORKSPACE PAGE.html SECTION.toml...`; Markdown goes beside the page.

#![expect(clippy::print_stderr, reason = "a tool for developers")]

use std::path::Path;
use std::process::ExitCode;

use sightline_facts::session::Session;
use sightline_facts::store::Workspace;
use sightline_tell::{claims_of, render, section};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workspace, page, files @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: sections WORKSPACE PAGE.html SECTION.toml...");
    };
    let session = Session::over(&Workspace::at(workspace))?;
    let mut sections = Vec::new();
    for file in files {
        sections.push(section::parse(&std::fs::read_to_string(file)?)?);
    }
    let report = claims_of(&session, &sections)?;
    std::fs::write(page, render::html(&report))?;
    std::fs::write(Path::new(page).with_extension("md"), render::markdown(&report, None))?;
    Ok(())
}
