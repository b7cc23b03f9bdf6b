//! What differs between two trees, down to the files.

use std::ops::Range;
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::Find;
use rustc_hash::FxHashMap;

use crate::git::TreeMode;
use crate::git::tree_internals::{LONGEST_PATH, RawEntry, RawTree};

/// Bytes of a tree object and the length of the ids in it.
type LoadedTree = (Rc<[u8]>, usize);

/// More changed files than any real commit has.
const MOST_CHANGES: usize = 2_000_000;

/// A file on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) mode: TreeMode,
    pub(super) id: ObjectId,
}

impl Side {
    /// A file with content of its own, not a link or submodule.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.mode, TreeMode::File | TreeMode::Executable)
    }
}

/// A file that differs. At least one side is there.
#[derive(Debug, Clone)]
pub(super) struct Change {
    path: Range<usize>,
    pub(super) old: Option<Side>,
    pub(super) new: Option<Side>,
    /// Path before a rename, in the same store.
    pub(super) renamed_from: Option<Range<usize>>,
}

/// The files that differ, by path, and the folders that could not be read.
#[derive(Debug, Default)]
pub(super) struct Changes {
    bytes: Vec<u8>,
    pub(super) list: Vec<Change>,
    pub(super) gaps: Vec<(Vec<u8>, &'static str, String)>,
}

impl Changes {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.list.clear();
        self.gaps.clear();
        self.bytes.shrink_to(1 << 20);
        self.list.shrink_to(1 << 14);
    }

    pub(super) fn path(&self, change: &Change) -> &[u8] {
        &self.bytes[change.path.clone()]
    }

    pub(super) fn old_path(&self, change: &Change) -> Option<&[u8]> {
        change.renamed_from.clone().map(|range| &self.bytes[range])
    }

    /// The range that stands for a change's path, to be kept as the source of a rename.
    pub(super) fn range(change: &Change) -> Range<usize> {
        change.path.clone()
    }

    fn push(&mut self, folder: &[u8], name: &[u8], old: Option<Side>, new: Option<Side>) {
        let start = self.bytes.len();
        join(&mut self.bytes, folder, name);
        self.list.push(Change { path: start..self.bytes.len(), old, new, renamed_from: None });
    }
}

fn join(out: &mut Vec<u8>, folder: &[u8], name: &[u8]) {
    out.extend_from_slice(folder);
    if !folder.is_empty() {
        out.push(b'/');
    }
    out.extend_from_slice(name);
}

/// Trees of one thread that were read lately. The old tree of a commit is the new tree of its parent.
#[derive(Default)]
pub(super) struct TreeCache {
    trees: FxHashMap<ObjectId, Rc<[u8]>>,
    n_bytes: usize,
    buffer: Vec<u8>,
}

impl TreeCache {
    /// Bytes kept before the cache starts anew.
    const KEPT: usize = 24 << 20;

    fn get(&mut self, repo: &gix::Repository, id: &ObjectId) -> Result<Rc<[u8]>, (&'static str, String)> {
        if let Some(tree) = self.trees.get(id) {
            return Ok(Rc::clone(tree));
        }
        let data = match repo.objects.try_find(id, &mut self.buffer) {
            Ok(Some(data)) if data.kind == gix::object::Kind::Tree => data.data,
            Ok(Some(data)) => return Err(("damaged", format!("a {} is where a folder should be", data.kind))),
            Ok(None) => return Err(("missing-object", format!("the clone does not have the tree {id}"))),
            Err(error) => return Err(("damaged", crate::git::one_line(&error.to_string()))),
        };
        let tree: Rc<[u8]> = Rc::from(data);
        if self.n_bytes + tree.len() > Self::KEPT {
            self.trees.clear();
            self.n_bytes = 0;
        }
        self.n_bytes += tree.len() + 80;
        self.trees.insert(*id, Rc::clone(&tree));
        Ok(tree)
    }
}

/// Collects the files that differ between two trees; `None` is the empty tree.
pub(super) fn compare(
    repo: &gix::Repository,
    cache: &mut TreeCache,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    changes: &mut Changes,
) {
    changes.clear();
    // Folders wait on a stack of our own: trees can nest deeper than a thread's stack.
    let mut waiting: Vec<(Vec<u8>, Option<ObjectId>, Option<ObjectId>)> = Vec::new();
    if old != new {
        waiting.push((Vec::new(), old, new));
    }
    while let Some((folder, old, new)) = waiting.pop() {
        let mut load = |id: Option<ObjectId>| -> Result<Option<LoadedTree>, (&'static str, String)> {
            id.map(|id| Ok((cache.get(repo, &id)?, id.kind().len_in_bytes()))).transpose()
        };
        let (old, new) = match (load(old), load(new)) {
            (Ok(old), Ok(new)) => (old, new),
            (Err((reason, detail)), _) | (_, Err((reason, detail))) => {
                changes.gaps.push((folder, reason, detail));
                continue;
            }
        };
        let raw = |tree: &'_ Option<(Rc<[u8]>, usize)>| tree.as_ref().map_or(0, |t| t.1);
        let (old_len, new_len) = (raw(&old), raw(&new));
        let mut old = RawTree { rest: old.as_ref().map_or(&[], |t| &t.0[..]), hash_len: old_len };
        let mut new = RawTree { rest: new.as_ref().map_or(&[], |t| &t.0[..]), hash_len: new_len };
        let is_too_long = merge(&folder, &mut old, &mut new, changes, &mut waiting);
        if is_too_long {
            changes.gaps.push((
                folder.clone(),
                "too-large",
                format!("paths below are longer than {LONGEST_PATH} bytes"),
            ));
        }
        if old.is_damaged() || new.is_damaged() {
            changes.gaps.push((folder, "damaged", "a tree ends in the middle of an entry".to_owned()));
        }
        if changes.list.len() + waiting.len() > MOST_CHANGES {
            changes.gaps.push((Vec::new(), "too-large", format!("more than {MOST_CHANGES} files changed")));
            break;
        }
    }
    let bytes = &changes.bytes;
    changes.list.sort_by(|a, b| bytes[a.path.clone()].cmp(&bytes[b.path.clone()]));
}

/// Walks two folders side by side. True when a path is too long to follow.
fn merge(
    folder: &[u8],
    old: &mut RawTree<'_>,
    new: &mut RawTree<'_>,
    changes: &mut Changes,
    waiting: &mut Vec<(Vec<u8>, Option<ObjectId>, Option<ObjectId>)>,
) -> bool {
    let mut is_too_long = false;
    let mut emit = |old: Option<RawEntry<'_>>, new: Option<RawEntry<'_>>| {
        let name = new.or(old).map_or(&b""[..], |entry| entry.name);
        if folder.len() + name.len() >= LONGEST_PATH {
            is_too_long = true;
            return;
        }
        let side = |entry: Option<RawEntry<'_>>| entry.map(|entry| (entry.mode(), entry.id));
        match (side(old), side(new)) {
            (Some((None, old)), Some((None, new))) => waiting.push((joined(folder, name), Some(old), Some(new))),
            (Some((None, old)), None) => waiting.push((joined(folder, name), Some(old), None)),
            (None, Some((None, new))) => waiting.push((joined(folder, name), None, Some(new))),
            (old, new) => {
                let file = |side: Option<(Option<TreeMode>, ObjectId)>| {
                    side.and_then(|(mode, id)| Some(Side { mode: mode?, id }))
                };
                let (old, new) = (file(old), file(new));
                if old != new {
                    changes.push(folder, name, old, new);
                }
            }
        }
    };
    let (mut a, mut b) = (old.next(), new.next());
    loop {
        match (a, b) {
            (None, None) => break,
            (Some(x), Some(y)) => match order(&x, &y) {
                std::cmp::Ordering::Less => {
                    emit(Some(x), None);
                    a = old.next();
                }
                std::cmp::Ordering::Greater => {
                    emit(None, Some(y));
                    b = new.next();
                }
                std::cmp::Ordering::Equal => {
                    if x.id != y.id || x.bits != y.bits {
                        emit(Some(x), Some(y));
                    }
                    a = old.next();
                    b = new.next();
                }
            },
            (Some(x), None) => {
                emit(Some(x), None);
                a = old.next();
            }
            (None, Some(y)) => {
                emit(None, Some(y));
                b = new.next();
            }
        }
    }
    is_too_long
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(folder.len() + name.len() + 1);
    join(&mut path, folder, name);
    path
}

/// Git sorts a folder as if its name ended in `/`, which keeps a file and a folder of the same name apart.
fn order(a: &RawEntry<'_>, b: &RawEntry<'_>) -> std::cmp::Ordering {
    let n = a.name.len().min(b.name.len());
    let next =
        |entry: &RawEntry<'_>| entry.name.get(n).copied().unwrap_or(if entry.mode().is_none() { b'/' } else { 0 });
    a.name[..n].cmp(&b.name[..n]).then_with(|| next(a).cmp(&next(b))).then_with(|| a.name.len().cmp(&b.name.len()))
}
