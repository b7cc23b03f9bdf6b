//! `overview`, `answers`, `documents`, `configuration`, `changes`, `stack`, `outside`, `health`, `program`, `dependencies`,
//! `trust`: one section of the report each.

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_tell::{Report, TellError, render, since};

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// What is this system and how is it doing?
#[derive(Debug, Args)]
#[command(
    after_help = "The first page: what it says of itself, what needs attention, its size, age, people, parts and documents.\n\nExamples:\n  sightline overview\n  sightline overview --json        the same with evidence, for programs"
)]
pub(crate) struct Overview;

/// What does it need and use, and what does it do without?
#[derive(Debug, Args)]
#[command(
    after_help = "Stores, queues, sign-in, AI, mail and payments by the packages that it asks for, with what was not found; the set-up that comes with it, ways to install it, jobs, licences.\n\nExample:\n  sightline answers"
)]
pub(crate) struct Answers;

/// What do its README and documentation say, by topic?
#[derive(Debug, Args)]
#[command(
    after_help = "Passages of documents on parts, storage, jobs, outside services, AI, sign-in, security, configuration, installing, limits, reasons and upgrades, quoted with their lines.\n\nExample:\n  sightline documents"
)]
pub(crate) struct Documents;

/// What can be set, and what is the default?
#[derive(Debug, Args)]
#[command(
    after_help = "Settings as documents describe them, by topic and with their defaults, and the variables that code reads.\n\nExample:\n  sightline configuration"
)]
pub(crate) struct Configuration;

/// What was released when, and what came and went?
#[derive(Debug, Args)]
#[command(
    after_help = "Releases with the days between them, early releases and parts apart; folders, services and packages that came and went; notes of changelogs; commits by year and author.\n\nWith --since it tells what is different between then and now, or another day: parts that changed or are new, what came and went for good, work that was done, people. Nothing is told of days that the history does not reach.\n\nExamples:\n  sightline changes\n  sightline changes --since 2026-09-01                      since that day\n  sightline changes --since v2.0 --until v2.4               from one release to another"
)]
pub(crate) struct Changes {
    /// Compare with that day, as 2026-09-01, or with a release, by its tag
    #[arg(long, value_name = "DAY|TAG")]
    pub(crate) since: Option<String>,
    /// Compare up to that day or release (default: the newest commit)
    #[arg(long, value_name = "DAY|TAG", requires = "since")]
    pub(crate) until: Option<String>,
}

/// How does work flow, and what may be stuck?
#[derive(Debug, Args)]
#[command(
    after_help = "Open items, what was done lately and how long it usually takes, items that have waited longer than most, pull requests without a review, milestones. It needs the export of a tracker: `sightline scan FILE`.\n\nExample:\n  sightline program"
)]
pub(crate) struct Program;

/// Who waits for whom, and which work belongs to which change?
#[derive(Debug, Args)]
#[command(
    after_help = "Open items that wait for others, circles, teams and repositories that depend on each other, parts that change together without a connection; which commits belong to which issues, and issues and commits without the other. It needs the export of a tracker: `sightline scan FILE`.\n\nExample:\n  sightline dependencies"
)]
pub(crate) struct Dependencies;

/// What is it built with, and why?
#[derive(Debug, Args)]
#[command(
    after_help = "Languages, build tools, main packages, and the reasons that decision records give.\n\nExamples:\n  sightline stack\n  sightline stack --workspace ~/program    of another workspace"
)]
pub(crate) struct Stack {
    /// Show the recorded reasons too (they always are)
    #[arg(long, hide = true)]
    pub(crate) why: bool,
}

/// Which companies and packages does it depend on?
#[derive(Debug, Args)]
#[command(
    after_help = "Outside systems and companies that it calls, and packages that manifests ask for and lock files fix, with versions, licences where they are stated, and lines.\n\nExample:\n  sightline outside"
)]
pub(crate) struct Outside;

/// Where are the weak points?
#[derive(Debug, Args)]
#[command(
    after_help = "Files that change often and are hard, who knows which part, files that change together, circles, parts without tests.\n\nExample:\n  sightline health"
)]
pub(crate) struct Health;

/// How far can I believe this?
#[derive(Debug, Args)]
#[command(
    after_help = "What was read at which commit, what could not be read and why, and what the marks of certainty mean.\n\nExample:\n  sightline trust"
)]
pub(crate) struct Trust;

/// Prints one section.
pub(crate) fn run(section: &str, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global)?;
    let session = Session::over(&workspace)?;
    let report = sightline_tell::load_section(&session, section)?;
    print(&report, section, global)
}

/// Prints what was released, or what changed since a day.
pub(crate) fn changes(command: &Changes, global: &Global) -> Result<Exit> {
    let Some(from) = &command.since else { return run("changes", global) };
    let workspace = place::existing(global)?;
    let session = Session::over(&workspace)?;
    let period = since::period(&session, from, command.until.as_deref().unwrap_or_default()).map_err(usage)?;
    let report = since::load(&session, &period, "")?;
    print(&report, "since", global)
}

/// A day or tag that nobody knows is a wrong use.
fn usage(error: TellError) -> anyhow::Error {
    match error {
        TellError::NoDate { .. } => UsageError(error.to_string()).into(),
        other => other.into(),
    }
}

fn print(report: &Report, section: &str, global: &Global) -> Result<Exit> {
    if global.json {
        output::json(&render::json(report))?;
    } else {
        output::data(&render::terminal(report, Some(section), output::width(), output::colour()))?;
    }
    Ok(Exit::Done)
}
