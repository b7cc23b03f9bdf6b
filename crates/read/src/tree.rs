//! The files of a source: listed from a git tree, a checkout or a plain folder, and read one at a time.
//!
//! Nothing here leaves the folder that was named: links are recorded and never followed, and special files are
//! passed over.

mod disk;

use std::path::Path;

use crate::git::{Blob, BlobReader, GitError, GitSource, TreeMode};
use crate::text::visible_path;

pub use disk::blob_id;

/// Largest file whose content is read. A larger one is listed with its size and noted as a gap.
pub const MAX_FILE: u64 = 64 << 20;

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryMode {
    /// A file.
    File,
    /// A file marked executable.
    Executable,
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
}

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path as shown in rows; [`crate::text::raw_path`] finds the bytes again.
    pub path: String,
    /// What it is.
    pub mode: EntryMode,
    /// Object id, where the listing knows it before the content is read.
    pub blob: Option<String>,
}

/// Something that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingGap {
    /// Where.
    pub path: String,
    /// Stable code.
    pub reason: &'static str,
    /// In words.
    pub detail: String,
}

/// All files of a source, sorted by path.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files.
    pub entries: Vec<Entry>,
    /// What could not be listed.
    pub gaps: Vec<ListingGap>,
}

/// Where the content of a source comes from.
#[derive(Debug)]
pub enum Tree<'a> {
    /// Objects of a git repository.
    Git(&'a GitSource),
    /// Files on disk below a folder: a checkout's or a plain one.
    Disk(&'a Path),
}

/// The content of one entry.
#[derive(Debug)]
pub enum Content<'a> {
    /// The bytes and, where the listing did not know it, the object id.
    Bytes(&'a [u8], Option<String>),
    /// Too large to be read; the size in bytes.
    TooLarge(u64),
    /// It cannot be read: a stable code and the reason in words.
    Unreadable(&'static str, String),
}

impl Tree<'_> {
    /// Lists the files at a commit, or on disk.
    ///
    /// # Errors
    /// [`GitError`] when the commit itself cannot be read.
    pub fn list(&self, commit: Option<&str>) -> Result<Listing, GitError> {
        match self {
            Self::Disk(root) => Ok(disk::list(root)),
            Self::Git(git) => {
                let Some(commit) = commit else { return Ok(Listing::default()) };
                let tree = git.tree(commit)?;
                let mut listing = Listing {
                    entries: tree
                        .entries
                        .into_iter()
                        .map(|e| Entry {
                            path: visible_path(&e.path).into_owned(),
                            mode: match e.mode {
                                TreeMode::File => EntryMode::File,
                                TreeMode::Executable => EntryMode::Executable,
                                TreeMode::Link => EntryMode::Link,
                                TreeMode::Submodule => EntryMode::Submodule,
                            },
                            blob: Some(e.id),
                        })
                        .collect(),
                    gaps: tree
                        .gaps
                        .into_iter()
                        .map(|g| ListingGap {
                            path: visible_path(&g.path).into_owned(),
                            reason: g.reason,
                            detail: g.detail,
                        })
                        .collect(),
                };
                // Escaping can change the order, and a later merge of old and new rows relies on it.
                listing.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
                Ok(listing)
            }
        }
    }

    /// A reader of contents for one thread.
    pub fn reader(&self) -> ContentReader<'_> {
        match self {
            Self::Git(git) => ContentReader::Git(Box::new(git.blobs())),
            Self::Disk(root) => ContentReader::Disk { root, buffer: Vec::new() },
        }
    }
}

/// Reads contents one after the other into one buffer.
pub enum ContentReader<'a> {
    /// From git objects.
    Git(Box<BlobReader>),
    /// From disk.
    Disk {
        /// The folder.
        root: &'a Path,
        /// Reused.
        buffer: Vec<u8>,
    },
}

impl std::fmt::Debug for ContentReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentReader")
    }
}

impl ContentReader<'_> {
    /// The content of an entry; a link's content is the text it holds.
    pub fn read(&mut self, entry: &Entry) -> Content<'_> {
        match self {
            Self::Disk { root, buffer } => disk::read(root, entry, buffer),
            Self::Git(blobs) => match blobs.read(entry.blob.as_deref().unwrap_or_default(), MAX_FILE) {
                Blob::Bytes(bytes) => Content::Bytes(bytes, None),
                Blob::TooLarge(size) => Content::TooLarge(size),
                Blob::Missing => Content::Unreadable(
                    "missing-object",
                    "its object is not in the repository (a partial or damaged clone)".to_owned(),
                ),
                Blob::Damaged(why) => Content::Unreadable("damaged-object", why),
            },
        }
    }
}
