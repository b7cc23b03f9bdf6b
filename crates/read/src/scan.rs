//! Reads one source into source tables: the tree in one pass over each file's bytes, then the history.
//!
//! What a reader says of a file depends on the file's path, its bytes and the readers' versions alone. A re-scan
//! therefore copies the rows of unchanged files from the last snapshot, reads only new blobs, and appends only new
//! commits. Rows are written in the order of paths, whatever the number of threads.

mod export;
mod file;
mod merge;
mod tables;
mod tree;

use std::sync::atomic::AtomicBool;

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::store::{ScanLock, Snapshot, SourceState, Workspace};
use sightline_facts::tables::sources::{self, SourceRow, SourcesBuilder};
use sightline_facts::time::{DAY, SECOND};
use sightline_facts::{FactsError, RowBuilder};

use crate::detect::Detectors;
use crate::git::{GitError, GitSource, Head};
use crate::history;
use crate::rows::SourceRows;
use crate::tree::Tree;

pub(crate) use export::hashes as export_hashes;
pub use tables::HISTORY_TABLES;
pub use tree::{FileLabel, Modules};

/// An error that stops the reading of a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The store.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The user stopped the scan.
    #[error("stopped; the facts of the scan before are unchanged")]
    Stopped,
}

/// Told what a scan is doing. Calls come from one thread, at most once per unit of work.
pub trait Progress: Sync {
    /// A stage begins; `total` units where it is known.
    fn stage(&self, source: &str, stage: &str, total: Option<u64>);
    /// `done` units are done; the last one was `what`.
    fn advance(&self, done: u64, what: &str);
}

/// Says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Progress for Quiet {
    fn stage(&self, _source: &str, _stage: &str, _total: Option<u64>) {}
    fn advance(&self, _done: u64, _what: &str) {}
}

/// One source to read.
#[derive(Debug)]
pub struct Source {
    /// Name: the `repo` of its rows.
    pub name: String,
    /// What the user gave: a folder or a URL.
    pub location: String,
    /// Folder from which lines can be read again.
    pub folder: std::path::PathBuf,
    /// The repository; `None` for a plain folder.
    pub git: Option<GitSource>,
    /// Read the files of the work tree rather than those of a commit.
    pub worktree: bool,
    /// The revision to read; the head when `None`.
    pub revision: Option<String>,
    /// Files that a tracker exported, which are read in place of a tree; `folder` is the one they lie in.
    pub exports: Vec<std::path::PathBuf>,
}

/// How to scan.
pub struct ScanOptions<'a> {
    /// Threads for files and commits.
    pub threads: usize,
    /// Find renamed files in history.
    pub renames: bool,
    /// The present, microseconds since 1970.
    pub now: i64,
    /// The instant that look-back windows reach to, when the user names one.
    pub as_of: Option<i64>,
    /// What to recognise. Their hash is part of what the rows of a file depend on.
    pub detectors: &'a Detectors,
    /// What people say that statuses of trackers mean.
    pub statuses: &'a crate::trackers::Statuses,
    /// Examples of what the fields of a Jira site hold, as `SIGHTLINE_JIRA_FIELDS` has them.
    pub jira_fields: Option<&'a str>,
    /// Says to which module each file belongs.
    pub modules: &'a dyn Modules,
    /// Told what is going on.
    pub progress: &'a dyn Progress,
    /// Read once per unit of work; true stops the scan.
    pub stop: &'a AtomicBool,
}

impl std::fmt::Debug for ScanOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanOptions").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// What a scan of one source did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceSummary {
    /// Files in the tree.
    pub files: u64,
    /// Files whose content was read by readers now.
    pub files_read: u64,
    /// Commits in all.
    pub commits: u64,
    /// Commits read now.
    pub commits_read: u64,
    /// Records of a tracker's export.
    pub records: u64,
    /// Nothing had changed since the last scan.
    pub unchanged: bool,
}

/// Something that is made on a thread of its own, where there is one.
enum Waiting<'scope, T> {
    Done(T),
    Beside(std::thread::ScopedJoinHandle<'scope, T>),
}

impl<'scope, T: Send + 'scope> Waiting<'scope, T> {
    fn start<'env>(
        scope: &'scope std::thread::Scope<'scope, 'env>,
        threads: usize,
        make: impl FnOnce() -> T + Send + 'scope,
    ) -> Self {
        if threads < 2 { Self::Done(make()) } else { Self::Beside(scope.spawn(make)) }
    }

    fn finish(self) -> T {
        match self {
            Self::Done(made) => made,
            Self::Beside(making) => making.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)),
        }
    }
}

/// Versions of everything that rows of the tree depend on besides the files themselves.
fn reader_hash(options: &ScanOptions<'_>) -> String {
    let versions = [
        file::VERSION,
        crate::classify::VERSION,
        crate::code::VERSION,
        crate::manifests::VERSION,
        crate::documents::VERSION,
        crate::owners::VERSION,
        crate::licences::VERSION,
        crate::submodules::VERSION,
        crate::detect::VERSION,
    ];
    let specs: Vec<u32> = tables::TREE_TABLES.iter().map(|s| s.version).collect();
    let key = format!("{versions:?} {specs:?} {} {}", options.detectors.hash(), crate::documents::fingerprint());
    blake3::hash(key.as_bytes()).to_hex()[..16].to_owned()
}

/// The same for rows of history.
fn history_hash(source: &Source, tip: Option<&str>, options: &ScanOptions<'_>) -> String {
    let (Some(git), Some(tip)) = (&source.git, tip) else { return String::new() };
    let specs: Vec<u32> = HISTORY_TABLES.iter().map(|s| s.version).collect();
    let history_options = tables::history_options(options);
    format!("{specs:?} {}", history::fingerprint(git, tip, &history_options))
}

/// Reads a source and says what a snapshot must know of it. Writes fact files; the caller publishes them.
///
/// # Errors
/// What stops the whole source: an unknown revision, a full disk, a stop by the user. Everything smaller is a gap.
pub fn scan_source(
    workspace: &Workspace,
    _lock: &ScanLock,
    earlier: Option<&Snapshot>,
    source: &Source,
    options: &ScanOptions<'_>,
) -> Result<(SourceState, SourceSummary), ScanError> {
    let old = earlier.and_then(|s| s.sources.get(&source.name));
    if !source.exports.is_empty() {
        return export::scan(workspace, old, source, options);
    }
    let head = source.git.as_ref().map(|git| git.head(source.revision.as_deref())).transpose()?;
    let commit = head.as_ref().and_then(|h| h.commit.clone());
    let on_disk = source.worktree || source.git.is_none();
    let kind = if source.git.is_none() {
        "folder"
    } else if source.worktree {
        "worktree"
    } else {
        "git"
    };
    let (reader_hash, history_hash) = (reader_hash(options), history_hash(source, commit.as_deref(), options));
    let mut state = SourceState {
        name: source.name.clone(),
        location: source.location.clone(),
        folder: source.folder.to_string_lossy().into_owned(),
        kind: kind.to_owned(),
        asked_revision: source.revision.clone(),
        commit: commit.clone(),
        reader_hash,
        history_hash,
        exports: std::collections::BTreeMap::new(),
        tags_hash: String::new(),
        read_at: rfc3339(options.now),
        tables: std::collections::BTreeMap::new(),
    };

    let same_tree = old.is_some_and(|o| {
        o.reader_hash == state.reader_hash && o.kind == state.kind && o.commit == state.commit && !on_disk
    });
    let same_history = old.is_some_and(|o| o.history_hash == state.history_hash && o.commit == state.commit);
    std::thread::scope(|scope| {
        // Detectors are made ready while tags and files are listed; a scan of all files needs all of them.
        let knows_files = old.is_some_and(|o| o.reader_hash == state.reader_hash);
        if !same_tree && options.threads > 1 {
            scope.spawn(move || options.detectors.prepare(!knows_files));
        }
        // Whether anything is new depends on the tags too; where something is, they are read beside the files.
        let is_new = !(same_tree && same_history);
        let tags = Waiting::start(scope, if is_new { options.threads } else { 1 }, || read_tags(source));
        let tags = if is_new { Err(tags) } else { Ok(tags.finish()) };
        if let (Some(old), Ok(tags)) = (old, &tags)
            && old.tags_hash == tags.hash
        {
            state.tags_hash.clone_from(&tags.hash);
            state.tables.clone_from(&old.tables);
            let rows = |table: &str| old.tables.get(table).map_or(0, |f| f.iter().map(|f| f.rows).sum());
            let summary = SourceSummary {
                files: rows("files"),
                commits: rows("commits"),
                unchanged: true,
                ..SourceSummary::default()
            };
            return Ok((state, summary));
        }

        let row_commit = if on_disk { None } else { commit.as_deref() };
        let files = match &source.git {
            Some(git) if !on_disk => Tree::Git(git),
            _ => Tree::Disk(&source.folder),
        };
        let reusable = old.filter(|o| o.reader_hash == state.reader_hash);
        let mut summary = SourceSummary::default();
        let mut gaps = tables::GapRows::new(&source.name, row_commit);
        tree::scan(
            &tree::TreeScan {
                workspace,
                source,
                tree: &files,
                commit: commit.as_deref(),
                row_commit,
                old: reusable,
                options,
            },
            &mut state,
            &mut summary,
            &mut gaps,
        )?;
        let tags = tags.unwrap_or_else(Waiting::finish);
        state.tags_hash = tags.hash;
        gaps.add(tags.gaps);
        let newest = tables::scan_history(
            workspace,
            source,
            old,
            commit.as_deref(),
            options,
            &mut state,
            &mut summary,
            &mut gaps,
        )?;

        write_releases(workspace, source, old, &tags.rows, &mut state)?;
        tables::write_one(workspace, &source.name, &mut state, &sightline_facts::tables::tags::SPEC, tags.rows)?;
        gaps.write(workspace, &mut state)?;

        let row = source_row(source, kind, head.as_ref(), newest, &summary, options);
        tables::write_one(workspace, &source.name, &mut state, &sources::SPEC, row)?;
        Ok((state, summary))
    })
}

/// Tags of a source.
struct Tags {
    rows: RecordBatch,
    gaps: RecordBatch,
    /// What differs between releases depends on the tags and on how manifests are read.
    hash: String,
}

fn read_tags(source: &Source) -> Tags {
    let mut rows = SourceRows::default();
    if let Some(git) = &source.git {
        history::tags(git, &source.name, &mut rows);
    }
    let (gaps, rows) = (rows.gaps.finish(), rows.tags.finish());
    let hash = format!("{}-{}-{}", tables::batch_hash(&rows), history::RELEASES_VERSION, crate::manifests::VERSION);
    Tags { rows, gaps, hash }
}

/// What differs from release to release, kept while the tags stay as they are.
fn write_releases(
    workspace: &Workspace,
    source: &Source,
    old: Option<&SourceState>,
    tag_batch: &RecordBatch,
    state: &mut SourceState,
) -> Result<(), ScanError> {
    let specs = [&sightline_facts::tables::releases::SPEC, &sightline_facts::tables::release_changes::SPEC];
    let kept = |spec: &sightline_facts::spec::TableSpec| {
        let files = old.filter(|o| o.tags_hash == state.tags_hash)?.tables.get(spec.name)?;
        files.iter().all(|f| f.spec == spec.version).then(|| files.clone())
    };
    if let [Some(releases), Some(changes)] = specs.map(kept) {
        state.tables.insert(specs[0].name.to_owned(), releases);
        state.tables.insert(specs[1].name.to_owned(), changes);
        return Ok(());
    }
    let mut rows = SourceRows::default();
    if let Some(git) = &source.git {
        history::releases(git, &source.name, tag_batch, &mut rows);
    }
    tables::write_one(workspace, &source.name, state, specs[0], rows.releases.finish())?;
    Ok(tables::write_one(workspace, &source.name, state, specs[1], rows.release_changes.finish())?)
}

/// The row of `sources`.
fn source_row(
    source: &Source,
    kind: &str,
    head: Option<&Head>,
    newest: Option<i64>,
    summary: &SourceSummary,
    options: &ScanOptions<'_>,
) -> RecordBatch {
    let committed_at = head.and_then(|h| h.committed_at);
    let latest = options.now + DAY;
    let as_of = options
        .as_of
        .or(committed_at.filter(|t| *t > 0 && *t <= latest))
        .or(newest)
        // Without history the day of the scan is all there is to go by.
        .unwrap_or(options.now - options.now.rem_euclid(DAY));
    let mut row = SourcesBuilder::default();
    let url = source.git.as_ref().and_then(GitSource::origin_url);
    row.push(&SourceRow {
        repo: &source.name,
        kind,
        url: url.as_deref(),
        commit: head.and_then(|h| h.commit.as_deref()),
        branch: head.and_then(|h| h.branch.as_deref()),
        committed_at,
        as_of,
        object_format: source.git.as_ref().map(GitSource::object_format),
        is_shallow: source.git.as_ref().is_some_and(GitSource::is_shallow),
        is_bare: source.git.as_ref().is_some_and(GitSource::is_bare),
        n_files: i64::try_from(summary.files).unwrap_or(i64::MAX),
        n_commits: i64::try_from(summary.commits).unwrap_or(i64::MAX),
        ..SourceRow::default()
    });
    row.finish()
}

/// An instant for machines: `2026-11-20T10:00:00Z`.
fn rfc3339(micros: i64) -> String {
    jiff::Timestamp::from_second(micros.div_euclid(SECOND)).map(|t| t.to_string()).unwrap_or_default()
}
