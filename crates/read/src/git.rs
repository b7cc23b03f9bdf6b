//! Git repositories as readers see them: opened in place, never changed, nothing in them ever run.
//!
//! Only the repository's own objects and references are looked at. The user's and the machine's git settings are left
//! aside, so that the same repository gives the same rows everywhere.

mod blobs;
pub mod clone;
mod error;
mod tree;
mod url;

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

pub use blobs::{Blob, BlobReader};
pub use clone::{FetchProgress, fetch_url, looks_like_url};
pub use error::GitError;
pub use tree::{TreeEntry, TreeGap, TreeListing, TreeMode};
pub use url::without_secrets;

/// Raw tree objects, for the history reader.
pub(crate) mod tree_internals {
    pub(crate) use super::tree::{LONGEST_PATH, RawEntry, RawTree};
}

use crate::history::message;

/// A repository that was opened. Cheap to share between threads.
pub struct GitSource {
    repo: gix::ThreadSafeRepository,
    shallow: Vec<gix::ObjectId>,
}

impl std::fmt::Debug for GitSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitSource").field("path", &self.git_dir()).finish_non_exhaustive()
    }
}

/// What was asked to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Object id of the commit; `None` on a branch without commits.
    pub commit: Option<String>,
    /// Short name of the branch that points at it.
    pub branch: Option<String>,
    /// `HEAD` points at a commit rather than at a branch, or a revision was asked for that is no branch.
    pub is_detached: bool,
    /// When the commit was made, in microseconds since 1970-01-01 UTC.
    pub committed_at: Option<i64>,
}

impl GitSource {
    /// Opens the repository whose root or git directory is `path`, bare or not. `Ok(None)` when there is none at that
    /// very path; parents are not looked at.
    ///
    /// # Errors
    /// [`GitError::NoSuchPath`], [`GitError::NotReadable`] and [`GitError::CannotOpen`].
    pub fn open(path: &Path) -> Result<Option<Self>, GitError> {
        match path.metadata() {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(GitError::NoSuchPath { path: path.to_path_buf() });
            }
            Err(error) => {
                return Err(GitError::NotReadable { path: path.to_path_buf(), detail: error.to_string() });
            }
        }
        let dot_git = path.join(".git");
        let is_work_tree = dot_git.symlink_metadata().is_ok();
        let is_git_dir = path.join("HEAD").symlink_metadata().is_ok() && path.join("objects").is_dir();
        if !is_work_tree && !is_git_dir {
            if let Err(error) = std::fs::read_dir(path)
                && error.kind() == std::io::ErrorKind::PermissionDenied
            {
                return Err(GitError::NotReadable { path: path.to_path_buf(), detail: error.to_string() });
            }
            return Ok(None);
        }
        let place = if is_work_tree { dot_git } else { path.to_path_buf() };
        let repo = gix::open::Options::isolated()
            .lossy_config(true)
            .strict_config(false)
            .open(place)
            .map_err(|error| GitError::CannotOpen { path: path.to_path_buf(), detail: one_line(&error.to_string()) })?;
        let shallow = read_shallow(&repo.to_thread_local());
        Ok(Some(Self { repo, shallow }))
    }

    /// Opens the repository that `path` lies in: itself or the nearest parent that is one.
    ///
    /// # Errors
    /// Those of [`GitSource::open`].
    pub fn discover(path: &Path) -> Result<Option<Self>, GitError> {
        let start = path.canonicalize().map_err(|_| GitError::NoSuchPath { path: path.to_path_buf() })?;
        for place in start.ancestors().filter(|p| p.is_dir()) {
            if let Some(source) = Self::open(place)? {
                return Ok(Some(source));
            }
        }
        Ok(None)
    }

    /// Folder of the checkout; `None` for a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.repo.work_dir()
    }

    /// Folder that holds the objects and references.
    pub fn git_dir(&self) -> &Path {
        self.repo.refs.git_dir()
    }

    /// Whether it has no work tree.
    pub fn is_bare(&self) -> bool {
        self.repo.work_dir().is_none()
    }

    /// Whether the clone has only part of the history.
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// Commits whose parents were left out of a shallow clone, sorted.
    pub(crate) fn shallow(&self) -> &[gix::ObjectId] {
        &self.shallow
    }

    /// Hash that names the objects: `sha1` or `sha256`.
    pub fn object_format(&self) -> &'static str {
        if self.local().object_hash().len_in_bytes() == 20 { "sha1" } else { "sha256" }
    }

    /// URL of `origin`, else of the only remote, without user, password or token.
    pub fn origin_url(&self) -> Option<String> {
        let repo = self.local();
        let config = repo.config_snapshot();
        let url = config.string("remote.origin.url").or_else(|| {
            let names = repo.remote_names();
            let name = (names.len() == 1).then(|| names.iter().next()).flatten()?;
            config.string(format!("remote.{}.url", name.to_str().ok()?).as_str())
        })?;
        let url = url.to_str_lossy();
        (!url.trim().is_empty()).then(|| without_secrets(url.trim()))
    }

    /// A name for it: the last part of the origin's URL, else of its folder.
    pub fn name(&self) -> String {
        if let Some(name) = self.origin_url().as_deref().and_then(url::last_part) {
            return name;
        }
        let folder = self.work_dir().map_or_else(|| self.git_dir().to_path_buf(), Path::to_path_buf);
        let folder = folder.canonicalize().unwrap_or(folder);
        folder_name(&folder)
    }

    /// Resolves `HEAD`, or the revision that was asked for, to a commit.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] names branches and tags that look alike; [`GitError::Unreadable`] when the commit
    /// itself is missing.
    pub fn head(&self, revision: Option<&str>) -> Result<Head, GitError> {
        let repo = self.local();
        let Some(revision) = revision.filter(|r| *r != "HEAD") else {
            return self.own_head(&repo);
        };
        let unknown = || GitError::UnknownRevision {
            revision: message::clean(revision),
            repo: self.name(),
            close: close_references(&repo, revision),
        };
        let object = repo.rev_parse_single(revision).map_err(|_| unknown())?.object().map_err(|_| unknown())?;
        let commit = object.peel_to_kind(gix::object::Kind::Commit).map_err(|_| unknown())?;
        let id = commit.id;
        let branch = repo.try_find_reference(revision).ok().flatten().and_then(|reference| {
            let (category, name) = reference.name().category_and_short_name()?;
            matches!(category, gix::reference::Category::LocalBranch | gix::reference::Category::RemoteBranch)
                .then(|| message::clean(&name.to_str_lossy()))
        });
        let committed_at = self.committed_at(&repo, id)?;
        Ok(Head { commit: Some(id.to_string()), is_detached: branch.is_none(), branch, committed_at: Some(committed_at) })
    }

    fn own_head(&self, repo: &gix::Repository) -> Result<Head, GitError> {
        let unreadable = |detail: String| GitError::Unreadable {
            repo: self.name(),
            what: "commit",
            id: "HEAD".to_owned(),
            detail: one_line(&detail),
        };
        let head = repo.head().map_err(|error| unreadable(error.to_string()))?;
        let is_detached = head.is_detached();
        let branch = head.referent_name().map(|name| message::clean(&name.shorten().to_str_lossy()));
        let id = head.into_peeled_id();
        let id = match id {
            Ok(id) => id.detach(),
            Err(_) if repo.head().is_ok_and(|h| h.is_unborn()) => {
                return Ok(Head { commit: None, branch, is_detached, committed_at: None });
            }
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let committed_at = self.committed_at(repo, id)?;
        Ok(Head { commit: Some(id.to_string()), branch, is_detached, committed_at: Some(committed_at) })
    }

    fn committed_at(&self, repo: &gix::Repository, id: gix::ObjectId) -> Result<i64, GitError> {
        let unreadable = |detail: String| GitError::Unreadable {
            repo: self.name(),
            what: "commit",
            id: id.to_string(),
            detail: one_line(&detail),
        };
        let object = repo.find_object(id).map_err(|error| unreadable(error.to_string()))?;
        let commit = message::RawCommit::parse(&object.data).ok_or_else(|| unreadable("it is no commit".to_owned()))?;
        Ok(message::Person::parse(commit.committer).micros())
    }

    /// A per-thread reader of blobs.
    pub fn blobs(&self) -> BlobReader {
        BlobReader::new(self.local())
    }

    /// Whether the commit is there.
    pub fn has_commit(&self, commit: &str) -> bool {
        parse_id(commit).is_some_and(|id| {
            self.local().try_find_header(id).ok().flatten().is_some_and(|h| h.kind() == gix::object::Kind::Commit)
        })
    }

    /// First line of a commit's message, as table `commits` has it.
    pub fn subject_of(&self, commit: &str) -> Option<String> {
        let repo = self.local();
        let object = repo.find_object(parse_id(commit)?).ok()?;
        let raw = message::RawCommit::parse(&object.data)?;
        Some(message::Message::parse(&raw.text()).subject)
    }

    /// Object id of the file at a path (raw bytes) of a commit; `None` where there is no such file.
    pub fn path_in_commit(&self, commit: &str, path: &[u8]) -> Option<String> {
        tree::find(&self.local(), parse_id(commit)?, path).map(|id| id.to_string())
    }

    /// Whether there is a tag of that name, as table `tags` writes names.
    pub fn tag_exists(&self, tag: &str) -> bool {
        let repo = self.local();
        if repo.try_find_reference(format!("refs/tags/{tag}").as_str()).ok().flatten().is_some() {
            return true;
        }
        // Names with bytes that are no text were cleaned before they became a row; look for one that cleans to this.
        let Ok(references) = repo.references() else { return false };
        references.tags().is_ok_and(|tags| {
            tags.filter_map(Result::ok).any(|reference| message::clean_bytes(reference.name().shorten()) == tag)
        })
    }

    /// A repository handle for this thread.
    pub(crate) fn local(&self) -> gix::Repository {
        self.repo.to_thread_local()
    }
}

/// An object id from its hexadecimal form, at full length.
pub(crate) fn parse_id(hex: &str) -> Option<gix::ObjectId> {
    gix::ObjectId::from_hex(hex.as_bytes()).ok()
}

/// An error's text in one line, short enough for a message.
pub(crate) fn one_line(text: &str) -> String {
    let text = message::clean(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    text.chars().take(300).collect()
}

fn read_shallow(repo: &gix::Repository) -> Vec<gix::ObjectId> {
    let mut ids: Vec<gix::ObjectId> = std::fs::read_to_string(repo.common_dir().join("shallow"))
        .map(|text| text.lines().filter_map(|line| parse_id(line.trim())).collect())
        .unwrap_or_default();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().map_or_else(|| "repository".into(), |n| n.to_string_lossy());
    let name = if name == ".git" {
        folder.parent().and_then(Path::file_name).map_or_else(|| "repository".into(), |n| n.to_string_lossy())
    } else {
        name
    };
    let name = message::clean(name.strip_suffix(".git").filter(|n| !n.is_empty()).unwrap_or(&name));
    if name.is_empty() { "repository".to_owned() } else { name }
}

/// Branches and tags whose names look like `revision`, the closest first, three at most.
fn close_references(repo: &gix::Repository, revision: &str) -> Vec<String> {
    const MOST: usize = 20_000;
    let wanted = revision.to_lowercase();
    let Ok(references) = repo.references() else { return Vec::new() };
    let Ok(all) = references.all() else { return Vec::new() };
    let mut scored: Vec<(usize, String)> = all
        .take(MOST)
        .filter_map(Result::ok)
        .map(|reference| message::clean(&reference.name().shorten().to_str_lossy()))
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = strsim::levenshtein(&lower, &wanted);
            let is_part = wanted.len() > 2 && (lower.contains(&wanted) || wanted.contains(&lower));
            (is_part || distance <= 1 + wanted.len() / 4).then_some((if is_part { 1 } else { distance }, name))
        })
        .collect();
    scored.sort();
    scored.dedup();
    scored.truncate(3);
    scored.into_iter().map(|(_, name)| name).collect()
}

/// A path made of raw bytes of a repository, for places that need one of the operating system.
pub fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    gix::path::from_bstr(bytes.as_bstr()).map_or_else(|_| PathBuf::from(bytes.to_str_lossy().as_ref()), std::borrow::Cow::into_owned)
}

impl GitSource {
    /// Object ids of the parents of a commit; none when the commit is not there.
    pub fn parents_of(&self, commit: &str) -> Vec<String> {
        let repo = self.local();
        let Some(object) = parse_id(commit).and_then(|id| repo.find_commit(id).ok()) else { return Vec::new() };
        object.parent_ids().map(|id| id.to_string()).collect()
    }
}
