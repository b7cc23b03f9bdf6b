//! `sightline blockers`: what is stuck or about to be?

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_plan::series;
use sightline_tell::answers;

use super::named;
use crate::args::Global;
use crate::exit::Exit;
use crate::{output, place};

/// What is stuck, or about to be?
#[derive(Debug, Args)]
#[command(
    after_help = "Open work in flight that is likely to stay, with the reason: items older than most, pull requests without an answer or going back and forth, silent assignees, dependencies at which nothing happens or which slip, blockers with nobody, milestones that grow, builds of the default branch that fail. First comes what others or a milestone wait for. Beside each stands how often such warnings of the same stream came true; `sightline backtest --blockers` compares them with the plain rule of age.\n\nExamples:\n  sightline blockers\n  sightline blockers --series shop/pulls --all"
)]
pub(crate) struct Blockers {
    /// One stream of work, such as `shop/issues`, instead of all
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// All of them instead of the first 20
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(command: &Blockers, global: &Global) -> Result<Exit> {
    let session = Session::over(&place::existing(global)?)?;
    if let Some(name) = &command.series {
        let names = series::names(&session)?;
        if !names.contains(name) {
            return Err(named::none_of("stream of work", name, &names, "`sightline forecast` shows them"));
        }
    }
    named::print(&answers::blockers(&session, command.series.as_deref(), command.all, output::width())?, global)
}
