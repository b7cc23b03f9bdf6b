//! `sightline scan`: sources into the workspace.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::Args;
use sightline_facts::store::Workspace;
use sightline_scan::{Asked, Options, Summary};

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::progress::{Bar, stop_flag};
use crate::{output, place};

/// Read sources into the workspace, or bring it up to date
#[derive(Debug, Args)]
#[command(
    after_help = "Without a place it reads again what the sightline.toml lists, or what was read last. Only what changed is read anew; repositories that are not named stay as they are.\n\nA file is read as the export of a tracker, build system or incident tool; what it holds is told by its first record: issues of GitHub (with timeline and reviews), Jira (with the change log) or Linear, releases with their commits, runs and jobs of GitHub Actions, incidents of PagerDuty or Opsgenie, DevLake tables, each as JSON lines or a JSON array; or CSV, whose columns are found by their usual names or listed in a NAME.columns.toml beside it.\n\nAn address such as github:OWNER/REPO, gitlab:GROUP/PROJECT, jira:https://SITE.atlassian.net/PROJECT or linear:TEAM names a live source: what it holds is downloaded into the workspace and read, and later scans ask for what changed. `sightline connect` lists all services and the permissions that their tokens need. An interrupted download goes on where it stopped; without a network what was downloaded before is read. SIGHTLINE_WAIT says for how many minutes at most a scan waits for a limit of the service to be lifted (15), SIGHTLINE_BUILDS_FROM from which day on builds are wanted (a year ago), SIGHTLINE_JIRA_FIELDS by examples which fields of a Jira site, or of an export of one, hold estimates, sprints and epics (points=PAY-12:5, sprint=PAY-12:Sprint 7).\n\nExamples:\n  sightline scan                      bring everything up to date\n  sightline scan ../shop ../billing   two repositories into one workspace\n  sightline scan . --at v2.0          the tree and history at a tag\n  sightline scan . --worktree         with changes that are not committed\n  sightline scan github-shop.jsonl    issues and pull requests that were exported\n  sightline scan github:acme/shop     the same from GitHub itself"
)]
pub(crate) struct Scan {
    /// Checkouts, bare clones, folders, git URLs, files that a tracker exported, or addresses of live sources
    pub(crate) places: Vec<String>,
    #[command(flatten)]
    pub(crate) how: How,
    /// Ask nobody: say what the live sources would be asked, and which permissions that needs
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Exit with 4 when anything could not be read; `sightline trust` says what
    #[arg(long)]
    pub(crate) strict: bool,
}

/// How to scan; shared with `open`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct How {
    /// Branch, tag or commit to read instead of the head
    #[arg(long, value_name = "REV", conflicts_with = "worktree")]
    pub(crate) at: Option<String>,
    /// Read the files of the work tree, with changes that are not committed
    #[arg(long)]
    pub(crate) worktree: bool,
    /// The day from which "the last 12 months" count back, as 2026-11-20 (default: the newest commit)
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) as_of: Option<i64>,
    /// Do not look for renamed files in history
    #[arg(long)]
    pub(crate) no_renames: bool,
    /// Files and commits read at the same time (default: one per processor)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Read everything anew, even what has not changed
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Say how long each stage took
    #[arg(long)]
    pub(crate) timings: bool,
    /// Give up at once when another scan is writing to the workspace
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// A day as the instant at its end, microseconds since 1970.
fn day(text: &str) -> Result<i64, String> {
    sightline_facts::time::parse_day(text)
        .map(|start| start + sightline_facts::time::DAY - 1)
        .ok_or_else(|| "write the day as year-month-day, such as 2026-11-20".to_owned())
}

/// Scans what was asked for; shared with `open`.
pub(crate) fn scan(workspace: &Workspace, asked: &[Asked], how: &How, global: &Global) -> Result<(Summary, f64)> {
    let started = Instant::now();
    let stop = stop_flag();
    let bar = Bar::new(global.quiet);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(0));
    let options = Options {
        threads: how.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from),
        renames: !how.no_renames,
        now,
        as_of: how.as_of,
        keep_others: true,
        fresh: how.fresh,
    };
    let outcome = sightline_scan::discover(workspace, asked, &bar, &stop).and_then(|sources| {
        let mut told = false;
        sightline_scan::scan(workspace, &sources, &options, &bar, &stop, &mut |holder| {
            if !how.no_wait && !told && !global.quiet {
                told = true;
                output::say(&format!("another scan is writing to this workspace ({holder}); waiting for it"));
            }
            !how.no_wait && !stop.load(std::sync::atomic::Ordering::Relaxed)
        })
    });
    bar.done();
    if how.timings {
        output::to_stderr(&bar.timings());
    }
    Ok((outcome?, started.elapsed().as_secs_f64()))
}

/// Says what a scan did, in words for people.
pub(crate) fn describe(summary: &Summary, seconds: f64) -> String {
    let mut lines = Vec::new();
    for (name, source) in &summary.sources {
        let name = sightline_tell::text::visible(name);
        lines.push(if source.unchanged {
            format!("{name}: nothing new since the last scan")
        } else if source.records > 0 {
            let files = output::counted(source.files, "file");
            format!("{name}: read {} from {files}", output::counted(source.records, "record"))
        } else {
            let files = output::counted(source.files, "file");
            let commits = output::counted(source.commits, "commit");
            match (source.files_read == source.files, source.commits_read == source.commits) {
                (true, true) => format!("{name}: read {files} and {commits}"),
                _ => format!(
                    "{name}: {files}, {} of them read anew; {commits}, {} of them new",
                    output::exact(source.files_read),
                    output::exact(source.commits_read)
                ),
            }
        });
    }
    lines.push(format!("done in {seconds:.1} s"));
    lines.join("\n")
}

pub(crate) fn run(command: &Scan, global: &Global) -> Result<Exit> {
    let (workspace, asked) = if command.places.is_empty() {
        let workspace = place::existing(global)?;
        let asked = sightline_scan::asked_before(&workspace)?;
        (workspace, asked)
    } else {
        let workspace = place::for_target(global, &command.places[0])?;
        let asked = command
            .places
            .iter()
            .map(|p| Asked {
                location: p.clone(),
                name: None,
                revision: command.how.at.clone(),
                worktree: command.how.worktree,
            })
            .collect();
        (workspace, asked)
    };
    if asked.is_empty() {
        return Err(UsageError(format!(
            "nothing to scan: `{}` names no source\nhelp: `sightline scan PATH` reads a repository; `sightline init` writes a list of several",
            workspace.root().display()
        ))
        .into());
    }
    if command.dry_run {
        let addresses = asked.iter().filter_map(|one| sightline_connect::Address::parse(&one.location));
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(UsageError(
                "none of these is a live source, so nobody would be asked\nhelp: `sightline connect` lists the addresses of live sources".to_owned(),
            )
            .into());
        }
        return super::connect::tell(&addresses, global);
    }
    let (summary, seconds) = scan(&workspace, &asked, &command.how, global)?;
    place::remember(&workspace);
    if global.json {
        let sources: serde_json::Map<String, serde_json::Value> = summary
            .sources
            .iter()
            .map(|(name, s)| {
                let value = serde_json::json!({
                    "files": s.files, "files_read": s.files_read,
                    "commits": s.commits, "commits_read": s.commits_read, "records": s.records,
                    "unchanged": s.unchanged,
                });
                (name.clone(), value)
            })
            .collect();
        output::json(&serde_json::json!({
            "workspace": workspace.root().to_string_lossy(), "sources": sources, "gaps": summary.gaps,
            "seconds": seconds,
        }))?;
    } else {
        output::data(&describe(&summary, seconds))?;
        if !global.quiet {
            output::say(&format!("workspace: {}", workspace.root().display()));
        }
    }
    Ok(if command.strict && summary.gaps > 0 { Exit::Incomplete } else { Exit::Done })
}
