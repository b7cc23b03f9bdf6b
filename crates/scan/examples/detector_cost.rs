//! How much longer a scan takes because of detectors: `detector_cost REPOSITORY [RUNS]`.
//!
//! Reads tree and history with no detector and with all of ours, in turn, each time into an empty workspace; prints the
//! seconds of each run and the ratio of the shortest ones. Two threads, as a scan on two cores.
#![expect(clippy::print_stdout, reason = "an example whose output is read by people")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use sightline_facts::store::Workspace;
use sightline_read::detect::Detectors;
use sightline_read::git::clone::FetchProgress;
use sightline_read::scan::{FileLabel, Modules, Quiet, ScanOptions, scan_source};
use sightline_read::trackers::Statuses;
use sightline_scan::{Asked, discover};

/// One module for all files: only reading is timed.
struct OneModule;

impl Modules for OneModule {
    fn assign(&self, _: &str, files: &[FileLabel<'_>], _: &[String]) -> Vec<String> {
        vec![String::new(); files.len()]
    }
}

/// Nothing is fetched.
struct NoFetch;

impl FetchProgress for NoFetch {
    fn fetching(&self, _: &str, _: Option<u8>) {}
}

fn seconds(folder: &str, detectors: &Detectors) -> Result<f64, Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let workspace = Workspace::at(place.path());
    let stop = AtomicBool::new(false);
    let asked = Asked { location: folder.to_owned(), ..Asked::default() };
    let sources = discover(&workspace, &[asked], &NoFetch, &stop)?;
    let options = ScanOptions {
        threads: 2,
        renames: true,
        now: 0,
        as_of: None,
        detectors,
        statuses: &Statuses::default(),
        jira_fields: None,
        modules: &OneModule,
        progress: &Quiet,
        stop: &stop,
    };
    let lock = workspace.lock(&mut |_| false)?;
    let begun = Instant::now();
    for source in &sources {
        scan_source(&workspace, &lock, None, source, &options)?;
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: detector_cost REPOSITORY [RUNS]")?;
    let runs: usize = std::env::args().nth(2).map_or(Ok(3), |n| n.parse())?;
    let name = Path::new(&folder).file_name().map_or_else(|| folder.clone(), |n| n.to_string_lossy().into_owned());
    let (none, all) =
        (Detectors::only(&[]).map_err(|e| e.to_string())?, Detectors::new(&[]).map_err(|e| e.to_string())?);
    let (mut without, mut with) = (f64::INFINITY, f64::INFINITY);
    for run in 1..=runs {
        let (a, b) = (seconds(&folder, &none)?, seconds(&folder, &all)?);
        println!("{name}, run {run}: {a:.2} s without detectors, {b:.2} s with all");
        (without, with) = (without.min(a), with.min(b));
    }
    println!("{name}: {:.0} % more with all detectors", 100.0 * (with / without - 1.0));
    Ok(())
}
