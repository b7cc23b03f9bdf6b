//! The history of a repository: commits, what they name, and what they changed.
//!
//! First the graph is walked once for its shape (`walk`), then chunks of commits go to worker threads that
//! compare trees, find renames and count lines. Chunks come back in order, so the rows are the same for any number of
//! threads. Counts are those of `git log --numstat`: same algorithm, same idea of a binary file, same rename rules.

mod attributes;
mod commit;
mod lines;
pub mod message;
pub mod references;
mod releases;
mod renames;
mod schedule;
mod tags;
mod trees;
mod walk;

use std::sync::atomic::AtomicBool;

use crate::git::{GitError, GitSource};
use crate::rows::SourceRows;

pub use releases::{RELEASES_VERSION, releases};
pub use tags::tags;

/// Raised whenever the same repository gives other rows than before.
pub const VERSION: u32 = 4;

/// How to read a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryOptions {
    /// Find renamed files, as `git log -M` does at 50 % similarity.
    pub renames: bool,
    /// Renames are looked for by content while sources times targets is at most this squared, as git does.
    pub rename_limit: usize,
    /// Worker threads; 0 means one per processor.
    pub threads: usize,
    /// Commits later than this instant do not count for [`HistorySummary::newest_at`].
    pub now: Option<i64>,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self { renames: true, rename_limit: 1000, threads: 0, now: None }
    }
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistorySummary {
    /// Rows of `commits` that were handed out.
    pub n_commits: u64,
    /// Rows of `changes` that were handed out.
    pub n_changes: u64,
    /// Rows of `gaps` that were handed out.
    pub n_gaps: u64,
    /// A known tip is not an ancestor of the tip any more (somebody pushed with force). Nothing was handed out; read
    /// again with no known tips and drop the earlier rows.
    pub is_rewritten: bool,
    /// Time of the newest commit handed out that is not later than [`HistoryOptions::now`], in microseconds.
    pub newest_at: Option<i64>,
}

/// Reads all commits that can be reached from `tip` and not from `known`, and hands their rows to `sink` in batches:
/// `commits`, `commit_references`, `changes` and `gaps`.
///
/// - Order: children before parents, later committer time first among those that are free, then by id.
/// - `known`: tips of earlier reads; empty reads everything.
/// - `progress(done, total)` is called on the calling thread, in commits.
///
/// # Errors
/// [`GitError::Unreadable`] when `tip` itself cannot be read, [`GitError::Stopped`] when the flag was raised. A commit
/// further down that cannot be read is a gap.
#[expect(clippy::too_many_arguments, reason = "each is a separate matter of the caller; most have no common home")]
pub fn read(
    git: &GitSource,
    repo: &str,
    tip: &str,
    known: &[String],
    options: &HistoryOptions,
    progress: &dyn Fn(u64, u64),
    stop: &AtomicBool,
    sink: &mut dyn FnMut(&mut SourceRows),
) -> Result<HistorySummary, GitError> {
    let plan = walk::plan(git, tip, known, stop)?;
    if plan.is_rewritten {
        return Ok(HistorySummary { is_rewritten: true, ..HistorySummary::default() });
    }
    let shared = commit::Shared::new(git, repo, tip, options, &plan);
    schedule::run(git, &shared, options, progress, stop, sink)
}

/// What besides the commits themselves decides their rows: `.mailmap` and `.gitattributes` at the tip, the options and
/// our version. When it differs from that of an earlier read, appending would mix two ways of counting: read anew.
pub fn fingerprint(git: &GitSource, tip: &str, options: &HistoryOptions) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(&VERSION.to_le_bytes());
    hash.update(&[u8::from(options.renames), u8::from(git.is_shallow())]);
    hash.update(&options.rename_limit.to_le_bytes());
    if let Some(tip) = crate::git::parse_id(tip) {
        let local = git.local();
        hash.update(&attributes::mailmap_bytes(&local, tip));
        attributes::Attributes::at(git, &local, tip).hash_into(&mut hash);
    }
    for id in git.shallow() {
        hash.update(id.as_slice());
    }
    hash.finalize().to_hex().as_str()[..32].to_owned()
}
