//! From a path to a published snapshot: finds the sources behind what the user named, has each read, derives the
//! tables that depend on all of them, and publishes the whole at once.
//!
//! It stands between the rooms of facts and the ways in, so that every way in (command line, web) scans alike.

pub mod corrections;
mod derive;
mod discover;
mod error;
pub mod settings;

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::thread::ScopedJoinHandle;

use sightline_facts::store::{Snapshot, Workspace};
use sightline_map::Catalogue;
use sightline_read::scan::{FileLabel, Modules, Progress, ScanOptions, Source, SourceSummary, scan_source};

pub use discover::{Asked, asked_before, discover, source_of};
pub use error::ScanError;

/// What the user may choose about a scan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads for files and commits.
    pub threads: usize,
    /// Find renamed files in history.
    pub renames: bool,
    /// The present, microseconds since 1970.
    pub now: i64,
    /// The instant that look-back windows reach to; each source's newest commit when `None`.
    pub as_of: Option<i64>,
    /// Leave sources of earlier scans that were not named now.
    pub keep_others: bool,
    /// Read everything anew, even what has not changed.
    pub fresh: bool,
}

/// What a scan did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Per source.
    pub sources: BTreeMap<String, SourceSummary>,
    /// Nothing had changed in any of them.
    pub unchanged: bool,
    /// Rows of `gaps`.
    pub gaps: u64,
}

/// Gives modules to files as the map draws them.
struct MapModules;

impl Modules for MapModules {
    fn assign(&self, repo: &str, files: &[FileLabel<'_>], manifests: &[String]) -> Vec<String> {
        let folders = manifests.iter().map(|m| m.rsplit_once('/').map_or("", |(folder, _)| folder));
        let indexed = files.iter().map(|f| sightline_map::IndexedFile { path: f.path, kind: f.kind });
        let index = sightline_map::ModuleIndex::new(repo, indexed, folders);
        files.iter().map(|f| index.module_of(f.path).to_owned()).collect()
    }
}

/// The catalogue of technologies, read when it is first asked for. Where what is made with it is kept nobody asks: an
/// unchanged one was found right when it was new.
struct LazyCatalogue<'a> {
    read: OnceCell<Catalogue>,
    /// A thread that began to read it.
    reading: Cell<Option<ScopedJoinHandle<'a, Result<Catalogue, ScanError>>>>,
    own: &'a [(String, String)],
}

impl LazyCatalogue<'_> {
    fn get(&self) -> Result<&Catalogue, ScanError> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let read = match self.reading.take().map(ScopedJoinHandle::join) {
            Some(read) => read.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)),
            None => settings::catalogue(self.own),
        };
        let read = read?;
        Ok(self.read.get_or_init(|| read))
    }
}

/// Reads sources into a workspace and publishes one snapshot. What was there before stays until the very end, and
/// stays for good when anything fails.
///
/// # Errors
/// [`ScanError`]: an unknown revision, a full disk, a workspace that another scan holds, a stop by the user.
pub fn scan(
    workspace: &Workspace,
    sources: &[Source],
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
    wait: &mut dyn FnMut(&str) -> bool,
) -> Result<Summary, ScanError> {
    let lock = workspace.lock(wait)?;
    let earlier = workspace.snapshot()?;
    let reusable = earlier.as_ref().filter(|_| !options.fresh);
    let metrics = settings::metrics(workspace)?;
    let own_catalogue = settings::catalogue_files(workspace)?;
    let detectors = settings::detectors(workspace)?;
    let said = settings::said(workspace.root())?;
    let statuses = settings::statuses(workspace.root())?;
    let jira_fields = std::env::var("SIGHTLINE_JIRA_FIELDS").ok();
    let scan_options = ScanOptions {
        threads: options.threads,
        renames: options.renames,
        now: options.now,
        as_of: options.as_of,
        detectors: &detectors,
        statuses: &statuses,
        jira_fields: jira_fields.as_deref(),
        modules: &MapModules,
        progress,
        stop,
    };
    let mut next = Snapshot::default();
    if options.keep_others
        && let Some(earlier) = &earlier
    {
        next.sources.clone_from(&earlier.sources);
    }
    let mut summary = Summary { unchanged: true, ..Summary::default() };
    std::thread::scope(|scope| {
        // The first scan needs the catalogue, and reads it while it reads the sources.
        let is_first = options.threads > 1 && reusable.is_none();
        let reading = is_first.then(|| scope.spawn(|| settings::catalogue(&own_catalogue)));
        for source in sources {
            let (state, of_source) = scan_source(workspace, &lock, reusable, source, &scan_options)?;
            summary.unchanged &= of_source.unchanged;
            summary.gaps += state.tables.get("gaps").map_or(0, |files| files.iter().map(|f| f.rows).sum());
            summary.sources.insert(source.name.clone(), of_source);
            next.sources.insert(source.name.clone(), state);
        }
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(ScanError::Stopped);
        }
        next.derived_hash = derive::key(&next, &metrics, &own_catalogue, &said);
        if let Some(earlier) = reusable.filter(|e| e.derived_hash == next.derived_hash) {
            next.derived.clone_from(&earlier.derived);
            next.derived_keys.clone_from(&earlier.derived_keys);
            next.derived_reads.clone_from(&earlier.derived_reads);
        } else {
            let catalogue = LazyCatalogue { read: OnceCell::new(), reading: Cell::new(reading), own: &own_catalogue };
            let deriving = derive::Deriving {
                workspace,
                earlier: reusable,
                metrics: &metrics,
                threads: options.threads,
                catalogue: &catalogue,
                own_catalogue: &own_catalogue,
                said: &said,
                progress,
            };
            deriving.derive(&mut next)?;
        }
        Ok::<(), ScanError>(())
    })?;
    let same = earlier.as_ref().is_some_and(|e| e.derived == next.derived && e.sources == next.sources);
    if !same {
        workspace.publish(&lock, next)?;
    }
    Ok(summary)
}
