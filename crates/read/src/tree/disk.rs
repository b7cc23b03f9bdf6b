//! Files on disk: a plain folder or the work tree of a checkout, with ignore rules, never through a link.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::{Content, Entry, EntryMode, Listing, ListingGap, MAX_FILE};
use crate::text::{raw_path, visible_path};

/// Lists what lies below a folder, sorted by path. `.git` and what ignore files name is left out.
pub(super) fn list(root: &Path) -> Listing {
    let mut listing = Listing::default();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .follow_links(false)
        // The same folder gives the same listing on every machine: the user's own ignore file does not count.
        .git_global(false)
        .require_git(false)
        .parents(false)
        // A folder with a `.git` of its own is another repository: a source of its own, or a submodule.
        .filter_entry(|e| e.file_name() != ".git" && (e.depth() == 0 || !e.path().join(".git").exists()))
        .build();
    for found in walk {
        match found {
            Ok(entry) => {
                let Ok(relative) = entry.path().strip_prefix(root) else { continue };
                if relative.as_os_str().is_empty() {
                    continue;
                }
                let path = visible_path(relative.as_os_str().as_bytes()).into_owned();
                let Some(kind) = entry.file_type() else { continue };
                let mode = if kind.is_symlink() {
                    EntryMode::Link
                } else if kind.is_file() {
                    let executable = entry.metadata().is_ok_and(|m| m.permissions().mode() & 0o111 != 0);
                    if executable { EntryMode::Executable } else { EntryMode::File }
                } else {
                    if !kind.is_dir() {
                        let detail = "a socket, pipe or device; only files are read".to_owned();
                        listing.gaps.push(ListingGap { path, reason: "special-file", detail });
                    }
                    continue;
                };
                listing.entries.push(Entry { path, mode, blob: None });
            }
            Err(error) => {
                let (path, reason) = walk_error(&error, root);
                listing.gaps.push(ListingGap {
                    path,
                    reason,
                    detail: error.to_string().replace(&*root.to_string_lossy(), "."),
                });
            }
        }
    }
    listing.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    listing
}

/// Where a walk failed, and its code.
fn walk_error(error: &ignore::Error, root: &Path) -> (String, &'static str) {
    fn path_of(error: &ignore::Error) -> Option<&Path> {
        match error {
            ignore::Error::WithPath { path, .. } => Some(path),
            ignore::Error::WithLineNumber { err, .. } | ignore::Error::WithDepth { err, .. } => path_of(err),
            ignore::Error::Loop { child, .. } => Some(child),
            _ => None,
        }
    }
    let reason = match error.io_error().map(std::io::Error::kind) {
        Some(std::io::ErrorKind::PermissionDenied) => "no-permission",
        _ => "unreadable-folder",
    };
    let path = path_of(error).and_then(|p| p.strip_prefix(root).ok()).unwrap_or(Path::new(""));
    (visible_path(path.as_os_str().as_bytes()).into_owned(), reason)
}

/// The place of an entry on disk.
fn place(root: &Path, entry: &Entry) -> PathBuf {
    root.join(std::ffi::OsStr::from_bytes(&raw_path(&entry.path)))
}

/// Reads an entry into the buffer.
pub(super) fn read<'a>(root: &Path, entry: &Entry, buffer: &'a mut Vec<u8>) -> Content<'a> {
    buffer.clear();
    let path = place(root, entry);
    let result = if entry.mode == EntryMode::Link {
        fs::read_link(&path).map(|target| buffer.extend_from_slice(target.as_os_str().as_bytes()))
    } else {
        File::open(&path)
            .and_then(|file| {
                let size = file.metadata()?.len();
                if size > MAX_FILE {
                    return Ok(Some(size));
                }
                // A file may grow while it is read; what is over the limit is not wanted then either.
                file.take(MAX_FILE).read_to_end(buffer).map(|_| None)
            })
            .and_then(|too_large| match too_large {
                Some(size) => Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, size.to_string())),
                None => Ok(()),
            })
    };
    match result {
        Ok(()) => {
            let id = blob_id(buffer);
            Content::Bytes(buffer, Some(id))
        }
        Err(e) if e.kind() == std::io::ErrorKind::FileTooLarge => {
            Content::TooLarge(e.to_string().parse().unwrap_or(u64::MAX))
        }
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            Content::Unreadable("no-permission", "you may not read it".to_owned())
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Content::Unreadable("vanished", "it was removed while the folder was read".to_owned())
        }
        Err(e) => Content::Unreadable("unreadable", e.kind().to_string()),
    }
}

/// The object id that git would give this content (SHA-1), as hexadecimal text.
pub fn blob_id(bytes: &[u8]) -> String {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes)
        .map_or_else(|_| blake3::hash(bytes).to_hex().to_string(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(blob_id(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(blob_id(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
