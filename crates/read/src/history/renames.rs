//! Finds renamed files by git's rules, so that history reads as `git log -M` tells it: the same content first, then the
//! only file of the same name, then the most similar content.
//!
//! # Source
//! The behaviour of git 2.47 as its documentation of `diffcore-rename` describes it, checked against `git log -M`.

use gix::ObjectId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::trees::{Changes, Side};

/// Scores are parts of this, as in git.
const MAX_SCORE: u64 = 60_000;
/// 50 % similarity makes a rename.
const MINIMUM: u64 = MAX_SCORE / 2;
/// Files of the same name need half of what is left above the minimum.
const MINIMUM_SAME_NAME: u64 = MINIMUM + (MAX_SCORE - MINIMUM) / 2;
/// Candidates kept per target.
const KEPT: usize = 4;
/// Targets with the same content looked at per source.
const IDENTICAL_TRIED: usize = 100;

/// Lends contents to the search.
pub(super) trait Contents {
    /// Size in bytes; `None` when the blob is not there.
    fn size(&mut self, side: &Side) -> Option<u64>;
    /// The content and whether it is text; `None` when it cannot be read or is too large.
    fn load(&mut self, side: &Side, path: &[u8]) -> Option<(&[u8], bool)>;
}

/// Turns pairs of deleted and added files into renames.
pub(super) fn find(changes: &mut Changes, limit: usize, contents: &mut dyn Contents) {
    let mut search = Search::new(changes);
    if search.sources.is_empty() || search.targets.is_empty() {
        return;
    }
    search.same_content();
    search.forget_used();
    search.same_name(contents);
    search.forget_used();
    search.similar(limit, contents);
    let pairs = search.pairs;
    apply(changes, &pairs);
}

fn apply(changes: &mut Changes, pairs: &[(usize, usize)]) {
    let mut gone = FxHashSet::default();
    for (target, source) in pairs {
        let from = Changes::range(&changes.list[*source]);
        let old = changes.list[*source].old;
        let change = &mut changes.list[*target];
        change.old = old;
        change.renamed_from = Some(from);
        gone.insert(*source);
    }
    let mut at = 0;
    changes.list.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

#[derive(Clone)]
struct File {
    /// Place in the list of changes.
    at: usize,
    side: Side,
    path: Vec<u8>,
    is_used: bool,
}

impl File {
    fn name(&self) -> &[u8] {
        &self.path[memchr::memrchr(b'/', &self.path).map_or(0, |at| at + 1)..]
    }
}

struct Search {
    sources: Vec<File>,
    targets: Vec<File>,
    /// (target, source) by place in the list of changes.
    pairs: Vec<(usize, usize)>,
    spans: FxHashMap<ObjectId, Option<Spans>>,
}

impl Search {
    fn new(changes: &Changes) -> Self {
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        let n_added = changes.list.iter().filter(|c| c.old.is_none()).count();
        let n_deleted = changes.list.iter().filter(|c| c.new.is_none()).count();
        if n_added > 0 && n_deleted > 0 {
            for (at, change) in changes.list.iter().enumerate() {
                let file = |side: Side| File { at, side, path: changes.path(change).to_vec(), is_used: false };
                match (change.old, change.new) {
                    (Some(old), None) => sources.push(file(old)),
                    (None, Some(new)) => targets.push(file(new)),
                    _ => {}
                }
            }
        }
        Self { sources, targets, pairs: Vec::new(), spans: FxHashMap::default() }
    }

    fn pair(&mut self, target: usize, source: usize) {
        self.targets[target].is_used = true;
        self.sources[source].is_used = true;
        self.pairs.push((self.targets[target].at, self.sources[source].at));
    }

    fn forget_used(&mut self) {
        self.sources.retain(|file| !file.is_used);
        self.targets.retain(|file| !file.is_used);
    }

    fn same_content(&mut self) {
        let mut by_id: FxHashMap<ObjectId, Vec<usize>> = FxHashMap::default();
        for (i, source) in self.sources.iter().enumerate() {
            by_id.entry(source.side.id).or_default().push(i);
        }
        for t in 0..self.targets.len() {
            let target = &self.targets[t];
            let Some(candidates) = by_id.get_mut(&target.side.id) else { continue };
            // Used ones would be looked at again for every further target.
            candidates.retain(|s| !self.sources[*s].is_used);
            let fits = |s: &&usize| {
                let source = &self.sources[**s].side;
                (source.is_file() && target.side.is_file()) || source.mode == target.side.mode
            };
            let mut fitting = candidates.iter().take(IDENTICAL_TRIED + 1).filter(fits);
            let first = fitting.next().copied();
            let same_name = first
                .filter(|s| self.sources[*s].name() == target.name())
                .or_else(|| fitting.find(|s| self.sources[**s].name() == target.name()).copied());
            if let Some(source) = same_name.or(first) {
                self.pair(t, source);
            }
        }
    }

    /// A name that only one source and one target have left is a strong hint; it saves the comparison of all with all.
    fn same_name(&mut self, contents: &mut dyn Contents) {
        let unique = |files: &[File]| {
            let mut names: FxHashMap<Vec<u8>, Option<usize>> = FxHashMap::default();
            for (i, file) in files.iter().enumerate() {
                names.entry(file.name().to_vec()).and_modify(|at| *at = None).or_insert(Some(i));
            }
            names
        };
        let targets = unique(&self.targets);
        let sources = unique(&self.sources);
        for s in 0..self.sources.len() {
            let name = self.sources[s].name();
            if sources.get(name) != Some(&Some(s)) {
                continue;
            }
            let Some(Some(t)) = targets.get(name).copied() else { continue };
            if self.score(s, t, contents) >= MINIMUM_SAME_NAME {
                self.pair(t, s);
            }
        }
    }

    fn similar(&mut self, limit: usize, contents: &mut dyn Contents) {
        let (n_sources, n_targets) = (self.sources.len(), self.targets.len());
        if n_sources == 0 || n_targets == 0 || n_sources.saturating_mul(n_targets) > limit.saturating_mul(limit) {
            return;
        }
        let mut candidates = Vec::with_capacity(n_targets * KEPT);
        for t in 0..n_targets {
            let mut kept: [Option<Candidate>; KEPT] = [None; KEPT];
            for s in 0..n_sources {
                let is_same_name = self.sources[s].name() == self.targets[t].name();
                let candidate = Candidate { score: self.score(s, t, contents), is_same_name, target: t, source: s };
                keep_better(&mut kept, candidate);
            }
            candidates.extend(kept.into_iter().flatten());
        }
        // Stable, as in git: among equals the earlier target, then the slot, decides.
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.rank()));
        for candidate in candidates {
            if candidate.score < MINIMUM {
                break;
            }
            if !self.targets[candidate.target].is_used && !self.sources[candidate.source].is_used {
                self.pair(candidate.target, candidate.source);
            }
        }
    }

    fn score(&mut self, s: usize, t: usize, contents: &mut dyn Contents) -> u64 {
        let (source, target) = (&self.sources[s], &self.targets[t]);
        if !source.side.is_file() || !target.side.is_file() {
            return 0;
        }
        let (Some(old), Some(new)) = (contents.size(&source.side), contents.size(&target.side)) else { return 0 };
        let (largest, smallest) = (old.max(new), old.min(new));
        // Sizes so far apart that even a perfect overlap stays below the minimum.
        if u128::from(largest) * u128::from(MAX_SCORE - MINIMUM)
            < u128::from(largest - smallest) * u128::from(MAX_SCORE)
        {
            return 0;
        }
        if new == 0 {
            return 0;
        }
        for file in [source, target] {
            let spans = &mut self.spans;
            spans.entry(file.side.id).or_insert_with(|| {
                contents.load(&file.side, &file.path).map(|(content, is_text)| Spans::of(content, is_text))
            });
        }
        match (self.spans.get(&source.side.id), self.spans.get(&target.side.id)) {
            (Some(Some(old)), Some(Some(new))) => {
                u64::try_from(u128::from(old.shared(new)) * u128::from(MAX_SCORE) / u128::from(largest)).unwrap_or(0)
            }
            _ => 0,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    score: u64,
    is_same_name: bool,
    target: usize,
    source: usize,
}

impl Candidate {
    fn rank(&self) -> (u64, bool) {
        (self.score, self.is_same_name)
    }
}

/// Replaces the worst of the kept ones when the new one is better. Of equally bad ones git takes the first.
fn keep_better(kept: &mut [Option<Candidate>; KEPT], candidate: Candidate) {
    let rank = |slot: &Option<Candidate>| slot.map(|c| c.rank());
    let mut worst = 0;
    for i in 1..KEPT {
        if rank(&kept[i]) < rank(&kept[worst]) {
            worst = i;
        }
    }
    if rank(&kept[worst]) < Some(candidate.rank()) {
        kept[worst] = Some(candidate);
    }
}

/// A content as counted pieces: lines, cut after 64 bytes, by hash.
struct Spans {
    /// (hash, bytes) by hash.
    counts: Vec<(u32, u32)>,
}

impl Spans {
    fn of(content: &[u8], is_text: bool) -> Self {
        const BASE: u32 = 107_927;
        let mut pieces: Vec<(u32, u32)> = Vec::with_capacity(content.len() / 24 + 1);
        let (mut low, mut high, mut n) = (0_u32, 0_u32, 0_u32);
        let mut bytes = content.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if is_text && byte == b'\r' && bytes.peek() == Some(&b'\n') {
                continue;
            }
            let before = low;
            low = (low << 7) ^ (high >> 25);
            high = (high << 7) ^ (before >> 25);
            low = low.wrapping_add(u32::from(byte));
            n += 1;
            if n < 64 && byte != b'\n' {
                continue;
            }
            pieces.push((low.wrapping_add(high.wrapping_mul(0x61)) % BASE, n));
            (low, high, n) = (0, 0, 0);
        }
        if n > 0 {
            pieces.push((low.wrapping_add(high.wrapping_mul(0x61)) % BASE, n));
        }
        pieces.sort_unstable_by_key(|piece| piece.0);
        let mut counts: Vec<(u32, u32)> = Vec::with_capacity(pieces.len());
        for (hash, n) in pieces {
            match counts.last_mut() {
                Some(last) if last.0 == hash => last.1 = last.1.saturating_add(n),
                _ => counts.push((hash, n)),
            }
        }
        counts.shrink_to_fit();
        Self { counts }
    }

    /// Bytes of `self` that are also in `other`.
    fn shared(&self, other: &Self) -> u64 {
        let mut shared = 0_u64;
        let mut rest = other.counts.iter().peekable();
        for (hash, n) in &self.counts {
            while rest.next_if(|piece| piece.0 < *hash).is_some() {}
            if let Some((_, m)) = rest.next_if(|piece| piece.0 == *hash) {
                shared += u64::from(*n.min(m));
            }
        }
        shared
    }
}
