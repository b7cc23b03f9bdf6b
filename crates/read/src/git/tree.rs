//! The files of a commit, straight from its tree objects.

use gix::ObjectId;
use gix::objs::Find;

use super::{GitError, GitSource, one_line, parse_id};
use crate::history::message;

/// More files than any real repository has; a tree made to explode ends here.
const MOST_ENTRIES: usize = 5_000_000;
/// Longest path in bytes; longer ones cannot be checked out on any common system.
pub(crate) const LONGEST_PATH: usize = 4096;

/// What kind of entry a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TreeMode {
    /// A file.
    File,
    /// A file that may be run.
    Executable,
    /// A symbolic link; the blob holds its target.
    Link,
    /// A submodule; the id is a commit of another repository.
    Submodule,
}

/// One file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Path from the root as git stores it: `/` between parts, any other bytes but NUL.
    pub path: Vec<u8>,
    /// What it is.
    pub mode: TreeMode,
    /// Object id of the blob, or the commit of a submodule.
    pub id: String,
}

/// A folder that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeGap {
    /// Path of the folder from the root, raw bytes; empty for the root.
    pub path: Vec<u8>,
    /// Stable code: `missing-object`, `damaged` or `too-large`.
    pub reason: &'static str,
    /// The reason in words.
    pub detail: String,
}

/// All files of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeListing {
    /// Files by raw path bytes.
    pub entries: Vec<TreeEntry>,
    /// Folders that could not be listed, by path.
    pub gaps: Vec<TreeGap>,
}

impl GitSource {
    /// Lists all files of the tree of a commit. A folder that cannot be read becomes a gap.
    ///
    /// # Errors
    /// [`GitError::Unreadable`] when the commit itself cannot be read.
    pub fn tree(&self, commit: &str) -> Result<TreeListing, GitError> {
        let repo = self.local();
        let unreadable = |detail: &str| GitError::Unreadable {
            repo: self.name(),
            what: "commit",
            id: message::clean(commit),
            detail: detail.to_owned(),
        };
        let id = parse_id(commit).ok_or_else(|| unreadable("that is no object id"))?;
        let object = repo.find_object(id).map_err(|error| unreadable(&one_line(&error.to_string())))?;
        let root = message::RawCommit::parse(&object.data)
            .and_then(|raw| raw.tree_id())
            .ok_or_else(|| unreadable("it is no commit"))?;
        Ok(list(&repo, root))
    }
}

fn list(repo: &gix::Repository, root: ObjectId) -> TreeListing {
    let mut listing = TreeListing::default();
    let mut buffer = Vec::new();
    // Folders wait on a stack of our own: trees can nest deeper than a thread's stack.
    let mut waiting = vec![(Vec::new(), root)];
    'folders: while let Some((folder, id)) = waiting.pop() {
        let mut gap = |reason, detail| listing.gaps.push(TreeGap { path: folder.clone(), reason, detail });
        let data = match repo.objects.try_find(&id, &mut buffer) {
            Ok(Some(data)) if data.kind == gix::object::Kind::Tree => data.data,
            Ok(Some(data)) => {
                gap("damaged", format!("a {} is where a folder should be", data.kind));
                continue;
            }
            Ok(None) => {
                gap("missing-object", format!("the clone does not have the tree {id}"));
                continue;
            }
            Err(error) => {
                gap("damaged", one_line(&error.to_string()));
                continue;
            }
        };
        let mut entries = RawTree { rest: data, hash_len: id.kind().len_in_bytes() };
        for entry in entries.by_ref() {
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name);
            if path.len() > LONGEST_PATH {
                gap("too-large", format!("paths below are longer than {LONGEST_PATH} bytes"));
                break;
            }
            if listing.entries.len() + waiting.len() >= MOST_ENTRIES {
                gap("too-large", format!("the tree has more than {MOST_ENTRIES} files"));
                break 'folders;
            }
            match entry.mode() {
                None => waiting.push((path, entry.id)),
                Some(mode) => listing.entries.push(TreeEntry { path, mode, id: entry.id.to_string() }),
            }
        }
        if entries.is_damaged() {
            gap("damaged", format!("the tree {id} ends in the middle of an entry"));
        }
    }
    listing.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    listing.gaps.sort_by(|a, b| a.path.cmp(&b.path));
    listing
}

/// Finds the object at a path below a commit, one tree at a time.
pub(super) fn find(repo: &gix::Repository, commit: ObjectId, path: &[u8]) -> Option<ObjectId> {
    let mut buffer = Vec::new();
    let commit = repo.objects.try_find(&commit, &mut buffer).ok()??;
    let mut id = message::RawCommit::parse(commit.data)?.tree_id()?;
    for part in path.split(|b| *b == b'/') {
        let data = repo.objects.try_find(&id, &mut buffer).ok()??;
        if data.kind != gix::object::Kind::Tree {
            return None;
        }
        id = RawTree { rest: data.data, hash_len: id.kind().len_in_bytes() }.find(|entry| entry.name == part)?.id;
    }
    Some(id)
}

/// An entry of a tree object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawEntry<'a> {
    /// Mode bits.
    pub(crate) bits: u32,
    /// Name within the folder.
    pub(crate) name: &'a [u8],
    /// Object id.
    pub(crate) id: ObjectId,
}

impl RawEntry<'_> {
    /// What it is; `None` for a folder. Odd modes of old tools are folded the way git does.
    pub(crate) fn mode(&self) -> Option<TreeMode> {
        match self.bits & 0o170_000 {
            0o040_000 => None,
            0o120_000 => Some(TreeMode::Link),
            0o100_000 if self.bits & 0o100 != 0 => Some(TreeMode::Executable),
            0o100_000 => Some(TreeMode::File),
            _ => Some(TreeMode::Submodule),
        }
    }
}

/// Walks the entries of a tree object without allocating. Stops at the first that is damaged.
pub(crate) struct RawTree<'a> {
    /// Bytes not yet read.
    pub(crate) rest: &'a [u8],
    /// Bytes of an object id.
    pub(crate) hash_len: usize,
}

impl RawTree<'_> {
    /// After the last entry: whether bytes were left that are no entry.
    pub(crate) fn is_damaged(&self) -> bool {
        !self.rest.is_empty()
    }
}

impl<'a> Iterator for RawTree<'a> {
    type Item = RawEntry<'a>;

    fn next(&mut self) -> Option<RawEntry<'a>> {
        let mut bits = 0_u32;
        let mut at = 0;
        loop {
            match *self.rest.get(at)? {
                b' ' => break,
                digit @ b'0'..=b'7' if at < 7 => bits = bits << 3 | u32::from(digit - b'0'),
                _ => return None,
            }
            at += 1;
        }
        let after = &self.rest[at + 1..];
        let end = memchr::memchr(0, after)?;
        let id = after.get(end + 1..end + 1 + self.hash_len)?;
        let id = ObjectId::try_from(id).ok()?;
        self.rest = &after[end + 1 + self.hash_len..];
        Some(RawEntry { bits, name: &after[..end], id })
    }
}
