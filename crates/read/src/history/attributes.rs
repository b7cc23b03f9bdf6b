//! What `.mailmap` and `.gitattributes` at the tip say about names and about binary files.

use std::path::PathBuf;

use gix::ObjectId;
use gix::attrs::StateRef;
use gix::attrs::search::{MetadataCollection, Outcome};
use gix::bstr::{BStr, ByteSlice};
use gix::objs::Find;

use crate::git::GitSource;
use crate::git::tree_internals::RawTree;
use crate::history::message::RawCommit;

/// Larger files of settings are not believed.
const LARGEST: usize = 4 << 20;
/// Folders looked through for `.gitattributes`.
const MOST_FOLDERS: usize = 300_000;

/// The attribute `diff` at the tip, for all paths.
///
/// As in git, a bare repository has no attributes: git reads them from the work tree. We read those of the tip instead
/// of the work tree's files, so that uncommitted edits change nothing.
#[derive(Default)]
pub(super) struct Attributes {
    files: Vec<(Vec<u8>, Vec<u8>)>,
    search: gix::attrs::Search,
    collection: MetadataCollection,
}

impl Attributes {
    pub(super) fn at(git: &GitSource, repo: &gix::Repository, tip: ObjectId) -> Self {
        let mut attributes = Self::default();
        if git.is_bare() {
            return attributes;
        }
        attributes.files = files(repo, tip).unwrap_or_default();
        let is_of_interest =
            |text: &[u8]| text.contains_str("diff") || text.contains_str("binary") || text.contains_str("[attr]");
        if !attributes.files.iter().any(|(_, text)| is_of_interest(text)) {
            attributes.files.clear();
            return attributes;
        }
        // Later lists win: what is built in first, then from the root down.
        attributes.files.sort();
        let builtin = (Vec::new(), b"[attr]binary -diff -merge -text".to_vec());
        let root = PathBuf::from("/");
        for (i, (folder, text)) in std::iter::once(&builtin).chain(&attributes.files).enumerate() {
            let folder = root.join(crate::git::path_of_bytes(folder));
            let base = (i > 0).then_some(root.as_path());
            let source = if i == 0 { PathBuf::from("[builtin]") } else { folder.join(".gitattributes") };
            let is_root = i == 0 || folder == root;
            // Reading from memory cannot fail; should it, the file has no say.
            attributes.search.add_patterns_buffer(text, source, base, &mut attributes.collection, is_root).ok();
        }
        attributes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(super) fn hash_into(&self, hash: &mut blake3::Hasher) {
        for (folder, text) in &self.files {
            hash.update(&folder.len().to_le_bytes());
            hash.update(folder);
            hash.update(&text.len().to_le_bytes());
            hash.update(text);
        }
    }

    /// Room for the answers of [`Attributes::is_binary`], one per thread.
    pub(super) fn outcome(&self) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.initialize_with_selection(&self.collection, ["diff"]);
        outcome
    }

    /// What the attribute `diff` makes of a path: binary, text, or `None` for what its bytes say.
    pub(super) fn is_binary(&self, path: &[u8], outcome: &mut Outcome) -> Option<bool> {
        outcome.reset();
        let path: &BStr = path.as_bstr();
        self.search.pattern_matching_relative_path(path, gix::glob::pattern::Case::Sensitive, Some(false), outcome);
        match outcome.iter_selected().next()?.assignment.state {
            StateRef::Unset => Some(true),
            StateRef::Set => Some(false),
            // A named driver needs settings of the user's to do more than shape hunk headers.
            _ => None,
        }
    }
}

/// All `.gitattributes` of a commit: (folder, content).
fn files(repo: &gix::Repository, tip: ObjectId) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut buffer = Vec::new();
    let commit = repo.objects.try_find(&tip, &mut buffer).ok()??;
    let root = RawCommit::parse(commit.data)?.tree_id()?;
    let mut waiting = vec![(Vec::new(), root)];
    let mut found = Vec::new();
    let mut n_folders = 0;
    while let Some((folder, id)) = waiting.pop() {
        n_folders += 1;
        if n_folders > MOST_FOLDERS {
            break;
        }
        let Ok(Some(tree)) = repo.objects.try_find(&id, &mut buffer) else { continue };
        if tree.kind != gix::object::Kind::Tree {
            continue;
        }
        let mut blob = None;
        for entry in (RawTree { rest: tree.data, hash_len: id.kind().len_in_bytes() }) {
            if entry.mode().is_none() {
                let mut path: Vec<u8> = folder.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(entry.name);
                if path.len() <= crate::git::tree_internals::LONGEST_PATH {
                    waiting.push((path, entry.id));
                }
            } else if entry.name == b".gitattributes" {
                blob = Some(entry.id);
            }
        }
        if let Some(content) = blob.and_then(|id| small_blob(repo, id)) {
            found.push((folder, content));
        }
    }
    Some(found)
}

/// Bytes of `.mailmap` at the root of a commit; empty when there is none.
pub(super) fn mailmap_bytes(repo: &gix::Repository, tip: ObjectId) -> Vec<u8> {
    let mut buffer = Vec::new();
    let find = |buffer: &mut Vec<u8>| {
        let commit = repo.objects.try_find(&tip, buffer).ok()??;
        let root = RawCommit::parse(commit.data)?.tree_id()?;
        let tree = repo.objects.try_find(&root, buffer).ok()??;
        let mut tree = RawTree { rest: tree.data, hash_len: root.kind().len_in_bytes() };
        // A link named `.mailmap` is not followed, as in git.
        tree.find(|entry| entry.name == b".mailmap" && entry.bits & 0o170_000 == 0o100_000).map(|entry| entry.id)
    };
    find(&mut buffer).and_then(|id| small_blob(repo, id)).unwrap_or_default()
}

fn small_blob(repo: &gix::Repository, id: ObjectId) -> Option<Vec<u8>> {
    let header = repo.try_find_header(id).ok()??;
    if header.kind() != gix::object::Kind::Blob || header.size() > LARGEST as u64 {
        return None;
    }
    let mut buffer = Vec::new();
    repo.objects.try_find(&id, &mut buffer).ok()??;
    Some(buffer)
}
