//! `sightline open`: the one command to start with.

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_scan::Asked;
use sightline_tell::render;

use super::scan::{How, describe, scan};
use crate::args::Global;
use crate::exit::Exit;
use crate::{output, place};

/// Read a repository and show what it is
#[derive(Debug, Args)]
#[command(
    after_help = "Scans the place, prints the overview, and writes the report as one HTML file into the workspace. Opening it again reads only what changed. Nothing is written into the repository and nothing in it is run.\n\nExamples:\n  sightline open .\n  sightline open ~/code                     all repositories in a folder\n  sightline open https://host/shop.git      cloned into the workspace\n  sightline open . --workspace /tmp/look    keep the facts elsewhere"
)]
pub(crate) struct Open {
    /// A checkout, a bare clone, a folder of repositories, a plain folder or a git URL
    #[arg(default_value = ".")]
    pub(crate) place: String,
    #[command(flatten)]
    pub(crate) how: How,
}

pub(crate) fn run(command: &Open, global: &Global) -> Result<Exit> {
    let workspace = place::for_target(global, &command.place)?;
    let asked = Asked {
        location: command.place.clone(),
        name: None,
        revision: command.how.at.clone(),
        worktree: command.how.worktree,
    };
    let (summary, seconds) = scan(&workspace, &[asked], &command.how, global)?;
    place::remember(&workspace);
    let session = Session::over(&workspace)?;
    let report = sightline_tell::claims(&session)?;
    let path = super::report::write_html(&workspace, &report)?;
    if global.json {
        let mut value = render::json(&report);
        if let Some(map) = value.as_object_mut() {
            map.insert("report".to_owned(), path.to_string_lossy().into());
            map.insert("workspace".to_owned(), workspace.root().to_string_lossy().into());
        }
        output::json(&value)?;
        return Ok(Exit::Done);
    }
    output::data(&render::terminal(&report, Some("start"), output::width(), output::colour()))?;
    if !global.quiet {
        output::say(&describe(&summary, seconds));
    }
    output::data(&format!(
        "\nReport:    {}\nWorkspace: {}\nNext:      sightline health · sightline stack · sightline sql · sightline why bus-factor\n",
        path.display(),
        workspace.root().display()
    ))?;
    Ok(Exit::Done)
}
