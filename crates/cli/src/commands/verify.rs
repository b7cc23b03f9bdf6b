//! `sightline verify`: every cited line again.

use anyhow::Result;
use clap::Args;
use sightline_facts::FactsError;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::put;
use crate::progress::{Bar, stop_flag};
use crate::{output, place};

/// Rows that are listed when much does not hold.
const LISTED: usize = 50;

/// Read every cited line again and say what no longer holds
#[derive(Debug, Args)]
#[command(
    after_help = "Each row of facts and each sentence is checked against its lines at the commit that was read. Exits with 1 when anything does not hold.\n\nExample:\n  sightline verify && echo every citation holds"
)]
pub(crate) struct Verify {
    /// Files read at the same time (default: one per processor)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
}

pub(crate) fn run(command: &Verify, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global)?;
    let snapshot =
        workspace.snapshot()?.ok_or_else(|| FactsError::NothingScanned { path: workspace.root().to_path_buf() })?;
    let threads =
        command.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let bar = Bar::new(global.quiet);
    let stop = stop_flag();
    let outcome = sightline_read::verify::verify(&workspace, &snapshot, threads, &bar, &stop);
    bar.done();
    let verified = outcome.map_err(sightline_scan::ScanError::from)?;
    let total: u64 = verified.checked.iter().map(|(_, n)| n).sum();
    if global.json {
        let checked: serde_json::Map<_, _> =
            verified.checked.iter().map(|(t, n)| ((*t).to_owned(), (*n).into())).collect();
        let broken: Vec<_> = verified
            .broken
            .iter()
            .map(|b| serde_json::json!({"repo": b.repo, "table": b.table, "place": b.place, "line": b.line, "why": b.why}))
            .collect();
        output::json(&serde_json::json!({"checked": checked, "rows": total, "broken": broken}))?;
    } else {
        let mut text = String::new();
        for (table, rows) in verified.checked.iter().filter(|(_, n)| *n > 0) {
            put(
                &mut text,
                format_args!(
                    "{table:18} {:>12}\n",
                    sightline_tell::words::exact(i64::try_from(*rows).unwrap_or(i64::MAX))
                ),
            );
        }
        for broken in verified.broken.iter().take(LISTED) {
            let place = sightline_tell::text::visible(&broken.place);
            put(
                &mut text,
                format_args!("{}: {place}:{} ({}): {}\n", broken.repo, broken.line, broken.table, broken.why),
            );
        }
        if verified.broken.len() > LISTED {
            put(&mut text, format_args!("and {} more; `--json` lists all\n", verified.broken.len() - LISTED));
        }
        let total = sightline_tell::words::exact(i64::try_from(total).unwrap_or(i64::MAX));
        match verified.broken.len() {
            0 => put(&mut text, format_args!("all {total} citations hold\n")),
            broken => put(&mut text, format_args!("{broken} of {total} citations do not hold\n")),
        }
        output::data(&text)?;
    }
    Ok(if verified.broken.is_empty() { Exit::Done } else { Exit::Crossed })
}
