//! Hands chunks of commits to threads and their rows back in order, with bounded memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use sightline_facts::RowBuilder;

use super::commit::{Shared, Tally, Worker};
use super::{HistoryOptions, HistorySummary};
use crate::git::{GitError, GitSource};
use crate::rows::SourceRows;

/// Commits per chunk: neighbours share trees, so a chunk is long enough for the caches to pay.
const CHUNK: usize = 256;
/// Rows that a part may hold before it is handed over, so that one commit of a million files stays bounded.
const FULL: usize = 32_768;

/// A part of a chunk's rows.
struct Part {
    chunk: usize,
    rows: SourceRows,
    tally: Tally,
    n_commits: u64,
    is_last: bool,
}

/// Whose turn it is.
#[derive(Default)]
struct Turn {
    /// The chunk whose rows are handed out now.
    current: usize,
    /// The next chunk that nobody took.
    free: usize,
    is_over: bool,
}

#[derive(Default)]
struct Desk {
    turn: Mutex<Turn>,
    changed: Condvar,
}

impl Desk {
    /// Takes the next chunk, once it is at most `window` ahead of what is handed out.
    fn take(&self, n_chunks: usize, window: usize) -> Option<usize> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if turn.is_over || turn.free >= n_chunks {
                return None;
            }
            if turn.free < turn.current + window {
                turn.free += 1;
                return Some(turn.free - 1);
            }
            turn = self.changed.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until a chunk is the one handed out. False when all is over.
    fn wait_for(&self, chunk: usize) -> bool {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while turn.current != chunk && !turn.is_over {
            turn = self.changed.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        !turn.is_over
    }

    fn advance(&self) {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner).current += 1;
        self.changed.notify_all();
    }

    fn close(&self) {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.changed.notify_all();
    }
}

pub(super) fn run(
    git: &GitSource,
    shared: &Shared<'_>,
    options: &HistoryOptions,
    progress: &dyn Fn(u64, u64),
    stop: &AtomicBool,
    sink: &mut dyn FnMut(&mut SourceRows),
) -> Result<HistorySummary, GitError> {
    let total = shared.plan.commits.len() as u64;
    // The last chunk holds what could not be read at all.
    let n_chunks = shared.plan.commits.len().div_ceil(CHUNK) + usize::from(!shared.plan.unreadable.is_empty());
    let n_threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    }
    .clamp(1, n_chunks.max(1));
    let desk = Desk::default();
    let mut summary = HistorySummary::default();
    progress(0, total);
    let outcome = std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(n_threads * 2);
        for _ in 0..n_threads {
            let sender = sender.clone();
            let desk = &desk;
            scope.spawn(move || {
                // Whatever ends this thread, the others must not wait for it.
                let _guard = CloseOnPanic(desk);
                work(git, shared, desk, n_chunks, n_threads * 3, stop, &sender);
            });
        }
        drop(sender);
        collect(&receiver, &desk, n_chunks, total, progress, stop, sink, &mut summary)
    });
    desk.close();
    if stop.load(Ordering::Relaxed) {
        return Err(GitError::Stopped);
    }
    if outcome < n_chunks {
        return Err(GitError::Internal { repo: shared.repo.to_owned() });
    }
    Ok(summary)
}

struct CloseOnPanic<'a>(&'a Desk);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

fn work(
    git: &GitSource,
    shared: &Shared<'_>,
    desk: &Desk,
    n_chunks: usize,
    window: usize,
    stop: &AtomicBool,
    sender: &SyncSender<Part>,
) {
    let mut worker = Worker::new(git, shared);
    while let Some(chunk) = desk.take(n_chunks, window) {
        let mut rows = SourceRows::default();
        let mut n_commits = 0;
        let start = chunk * CHUNK;
        let commits = shared.plan.commits.get(start..).map_or(&[][..], |rest| &rest[..rest.len().min(CHUNK)]);
        for id in commits {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            worker.commit(id, &mut rows);
            n_commits += 1;
            if rows.changes.len() + rows.commit_references.len() >= FULL {
                // Only the chunk whose turn it is may hand over in parts; the others would pile up.
                if !desk.wait_for(chunk) {
                    return;
                }
                let tally = std::mem::take(&mut worker.tally);
                let part = Part { chunk, rows: std::mem::take(&mut rows), tally, n_commits, is_last: false };
                n_commits = 0;
                if sender.send(part).is_err() {
                    return;
                }
            }
        }
        if commits.is_empty() {
            for (id, reason, detail) in &shared.plan.unreadable {
                worker.unreadable(id, reason, detail, &mut rows);
            }
        }
        let tally = std::mem::take(&mut worker.tally);
        if sender.send(Part { chunk, rows, tally, n_commits, is_last: true }).is_err() {
            return;
        }
    }
}

/// Hands parts to the sink in order; says how many chunks came to their end.
#[expect(clippy::too_many_arguments, reason = "the inside of `run`, apart only for its length")]
fn collect(
    receiver: &Receiver<Part>,
    desk: &Desk,
    n_chunks: usize,
    total: u64,
    progress: &dyn Fn(u64, u64),
    stop: &AtomicBool,
    sink: &mut dyn FnMut(&mut SourceRows),
    summary: &mut HistorySummary,
) -> usize {
    let mut early: BTreeMap<usize, Part> = BTreeMap::new();
    let mut current = 0;
    let mut done = 0;
    while current < n_chunks {
        let part = match early.remove(&current) {
            Some(part) => part,
            None => match receiver.recv_timeout(Duration::from_millis(200)) {
                Ok(part) => part,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => break,
                Err(RecvTimeoutError::Timeout) => continue,
            },
        };
        if part.chunk != current {
            early.insert(part.chunk, part);
            continue;
        }
        let Part { mut rows, tally, n_commits, is_last, .. } = part;
        summary.n_commits += tally.n_commits;
        summary.n_changes += tally.n_changes;
        summary.n_gaps += tally.n_gaps;
        summary.newest_at = summary.newest_at.max(tally.newest_at);
        done += n_commits;
        if !stop.load(Ordering::Relaxed) {
            sink(&mut rows);
        }
        progress(done, total);
        if is_last {
            current += 1;
            desk.advance();
        }
    }
    desk.close();
    current
}
