//! Which commits to read, and in which order: one pass over the commit graph that keeps about a hundred bytes a commit.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};

use gix::ObjectId;
use gix::objs::Find;
use rustc_hash::FxHashMap;

use super::message::{Person, RawCommit};
use crate::git::{GitError, GitSource, one_line, parse_id};

/// The commits to read, in order, and those that cannot be.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Commits, children before parents.
    pub(super) commits: Vec<ObjectId>,
    /// Commits that are missing or damaged, with the reason, by id.
    pub(super) unreadable: Vec<(ObjectId, &'static str, String)>,
    /// A known tip is not an ancestor of the tip.
    pub(super) is_rewritten: bool,
}

const FROM_TIP: u8 = 1;
const FROM_KNOWN: u8 = 2;
const READ: u8 = 4;
const BROKEN: u8 = 8;

/// How far a child's time may lie above its parent's before we stop believing it, in seconds. Without a bound one
/// commit dated 1970 would hide the known history behind it.
const BELIEVED: i64 = 90 * 86_400;
/// How far below the oldest new commit known commits are followed, in seconds: clocks differ.
const MARGIN: i64 = 30 * 86_400;

/// The graph as columns, so that a commit costs what its columns cost.
#[derive(Default)]
struct Graph {
    ids: Vec<ObjectId>,
    flags: Vec<u8>,
    times: Vec<i64>,
    first_parent: Vec<u32>,
    n_parents: Vec<u16>,
    parents: Vec<u32>,
    by_prefix: FxHashMap<u64, u32>,
    /// Commits whose first eight bytes another commit has as well.
    by_id: FxHashMap<ObjectId, u32>,
}

impl Graph {
    fn add(&mut self, id: ObjectId) -> u32 {
        let prefix = prefix(&id);
        let next = u32::try_from(self.ids.len()).expect("a repository has fewer than 2^32 commits");
        match self.by_prefix.get(&prefix) {
            Some(at) if self.ids[*at as usize] == id => return *at,
            Some(_) => {
                if let Some(at) = self.by_id.get(&id) {
                    return *at;
                }
                self.by_id.insert(id, next);
            }
            None => {
                self.by_prefix.insert(prefix, next);
            }
        }
        self.ids.push(id);
        self.flags.push(0);
        self.times.push(0);
        self.first_parent.push(0);
        self.n_parents.push(0);
        next
    }

    fn parents(&self, at: u32) -> &[u32] {
        let start = self.first_parent[at as usize] as usize;
        &self.parents[start..start + usize::from(self.n_parents[at as usize])]
    }

    fn is_new(&self, at: u32) -> bool {
        self.flags[at as usize] & (FROM_TIP | FROM_KNOWN | BROKEN) == FROM_TIP
    }
}

fn prefix(id: &ObjectId) -> u64 {
    id.as_slice()[..8].iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Plans the reading of all commits that can be reached from `tip` and not from `known`.
pub(super) fn plan(git: &GitSource, tip: &str, known: &[String], stop: &AtomicBool) -> Result<Plan, GitError> {
    let repo = git.local();
    let bad_tip = |detail: String| GitError::Unreadable {
        repo: git.name(),
        what: "commit",
        id: super::message::clean(tip),
        detail,
    };
    let tip_id = parse_id(tip).ok_or_else(|| bad_tip("that is no object id".to_owned()))?;
    let mut walk = Walk { repo: &repo, shallow: git.shallow(), graph: Graph::default(), plan: Plan::default(), buffer: Vec::new() };
    let tip_at = walk.graph.add(tip_id);
    walk.read(tip_at);
    if let Some((_, _, detail)) = walk.plan.unreadable.pop() {
        return Err(bad_tip(detail));
    }
    let mut known_at = Vec::new();
    for hex in known {
        let Some(id) = parse_id(hex) else { return Ok(Plan { is_rewritten: true, ..Plan::default() }) };
        known_at.push(walk.graph.add(id));
    }
    if !walk.paint(tip_at, &known_at, stop)? {
        return Ok(Plan { is_rewritten: true, ..Plan::default() });
    }
    if !known.is_empty() {
        // What cannot be read below a known tip was told when that tip was read.
        let graph = &walk.graph;
        let below: rustc_hash::FxHashSet<ObjectId> = (0..graph.ids.len())
            .filter(|at| graph.flags[*at] & FROM_KNOWN != 0)
            .map(|at| graph.ids[at])
            .collect();
        walk.plan.unreadable.retain(|(id, ..)| !below.contains(id));
    }
    walk.order(tip_at);
    walk.plan.unreadable.sort_by_key(|a| a.0);
    Ok(walk.plan)
}

struct Walk<'a> {
    repo: &'a gix::Repository,
    shallow: &'a [ObjectId],
    graph: Graph,
    plan: Plan,
    buffer: Vec<u8>,
}

impl Walk<'_> {
    /// Reads time and parents of a commit, once.
    fn read(&mut self, at: u32) {
        let i = at as usize;
        if self.graph.flags[i] & READ != 0 {
            return;
        }
        self.graph.flags[i] |= READ;
        let id = self.graph.ids[i];
        let (reason, detail) = match self.repo.objects.try_find(&id, &mut self.buffer) {
            Ok(Some(data)) if data.kind == gix::object::Kind::Commit => match RawCommit::parse(data.data) {
                Some(raw) if raw.tree_id().is_some() => {
                    self.graph.times[i] = Person::parse(raw.committer).seconds;
                    let is_boundary = self.shallow.binary_search(&id).is_ok();
                    let parents: Vec<ObjectId> =
                        if is_boundary { Vec::new() } else { raw.parents().take(usize::from(u16::MAX)).collect() };
                    let parents: Vec<u32> = parents.into_iter().map(|parent| self.graph.add(parent)).collect();
                    self.graph.first_parent[i] =
                        u32::try_from(self.graph.parents.len()).expect("fewer than 2^32 edges fit in memory");
                    self.graph.n_parents[i] = u16::try_from(parents.len()).unwrap_or(u16::MAX);
                    self.graph.parents.extend(parents);
                    return;
                }
                _ => ("damaged", "the commit object has no tree".to_owned()),
            },
            Ok(Some(data)) => ("damaged", format!("a {} is where a commit should be", data.kind)),
            Ok(None) => ("missing-object", "the clone does not have this commit; history behind it is not known".to_owned()),
            Err(error) => ("damaged", one_line(&error.to_string())),
        };
        self.graph.flags[i] |= BROKEN;
        self.plan.unreadable.push((id, reason, detail));
    }

    /// Marks what can be reached from the tip and from known commits. False when a known one is no ancestor of the tip.
    fn paint(&mut self, tip: u32, known: &[u32], stop: &AtomicBool) -> Result<bool, GitError> {
        // (key, commit, whether it was new when it was queued)
        let mut queue: BinaryHeap<(i64, u32, bool)> = BinaryHeap::new();
        let mut oldest_new = i64::MAX;
        for at in known {
            self.read(*at);
            self.graph.flags[*at as usize] |= FROM_KNOWN;
            queue.push((self.graph.times[*at as usize], *at, false));
        }
        self.graph.flags[tip as usize] |= FROM_TIP;
        let is_new = self.graph.is_new(tip);
        queue.push((self.graph.times[tip as usize], tip, is_new));
        let mut n_new_waiting = u64::from(is_new);
        let mut n_done = 0_u64;
        while let Some((time, at, was_new)) = queue.pop() {
            n_done += 1;
            if n_done.is_multiple_of(1024) && stop.load(Ordering::Relaxed) {
                return Err(GitError::Stopped);
            }
            // All entries left are of known commits, older than anything new, and every known tip was met on the way.
            if !known.is_empty()
                && n_new_waiting == 0
                && time < oldest_new.saturating_sub(MARGIN)
                && known.iter().all(|at| self.graph.flags[*at as usize] & FROM_TIP != 0)
            {
                break;
            }
            n_new_waiting -= u64::from(was_new);
            let flags = self.graph.flags[at as usize] & (FROM_TIP | FROM_KNOWN);
            if flags == FROM_TIP {
                oldest_new = oldest_new.min(time);
            }
            for index in 0..self.graph.parents(at).len() {
                let parent = self.graph.parents(at)[index];
                self.read(parent);
                if self.graph.flags[parent as usize] & flags == flags {
                    continue;
                }
                self.graph.flags[parent as usize] |= flags;
                let is_new = self.graph.is_new(parent);
                let key = self.graph.times[parent as usize].max(time.saturating_sub(BELIEVED));
                queue.push((key, parent, is_new));
                n_new_waiting += u64::from(is_new);
            }
        }
        Ok(known.iter().all(|at| self.graph.flags[*at as usize] & FROM_TIP != 0))
    }

    /// Orders the new commits: children first, then later time, then id.
    fn order(&mut self, tip: u32) {
        let graph = &self.graph;
        let mut n_children = vec![0_u32; graph.ids.len()];
        for at in (0..graph.ids.len()).filter_map(|at| u32::try_from(at).ok()).filter(|at| graph.is_new(*at)) {
            for parent in graph.parents(at) {
                n_children[*parent as usize] += 1;
            }
        }
        let mut ready = BinaryHeap::new();
        if graph.is_new(tip) {
            ready.push((graph.times[tip as usize], Reverse(graph.ids[tip as usize]), tip));
        }
        while let Some((_, Reverse(id), at)) = ready.pop() {
            self.plan.commits.push(id);
            for parent in graph.parents(at) {
                let left = &mut n_children[*parent as usize];
                *left = left.saturating_sub(1);
                if *left == 0 && graph.is_new(*parent) {
                    ready.push((graph.times[*parent as usize], Reverse(graph.ids[*parent as usize]), *parent));
                }
            }
        }
    }
}
