//! The lines around a cited place, read again from where a source was read: what a page shows as proof.
//!
//! A path leads nowhere but to a file of that source: in a repository it is looked up in the commit's tree; on disk it
//! has to be one that the listing of the folder would give, and no link is followed. Values that look like secrets are
//! masked ([`sightline_facts::secrets`]).

use std::path::Path;

use sightline_facts::secrets;
use sightline_facts::store::SourceState;

use crate::git::{GitError, GitSource};
use crate::text::{Decoded, decode, raw_path};
use crate::tree::{Content, Entry, EntryMode, Tree};

/// Lines of one excerpt at most.
pub const MOST_LINES: usize = 400;
/// Longest line that is kept, in characters.
const LONGEST: usize = 400;

/// Lines of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Number of the first line, counted from 1.
    pub first: usize,
    /// The lines without their ends, cut where they are very long.
    pub lines: Vec<String>,
    /// Lines of the whole file.
    pub total: usize,
}

/// Why there are no lines to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExcerptError {
    /// The repository is not where it was.
    #[error(transparent)]
    Git(#[from] GitError),
    /// No such file in the source.
    #[error(
        "`{path}` is no file of `{source_name}` at that commit\nhelp: `sightline scan` reads the source again; `sightline verify` says what moved"
    )]
    NoSuchFile {
        /// The path, as rows write it.
        path: String,
        /// The source.
        source_name: String,
    },
    /// It is there and cannot be shown.
    #[error("`{path}` cannot be shown: {why}")]
    NotShown {
        /// The path.
        path: String,
        /// Why not.
        why: String,
    },
}

/// Reads the lines `from..=to` of a file with up to `around` lines on each side, at `commit` or else at the commit that
/// the source was read at. Without `from` the file's beginning is given.
///
/// # Errors
/// [`ExcerptError`] when the source is not where it was, has no such file, or the file is no text.
pub fn excerpt(
    source: &SourceState,
    path: &str,
    lines: Option<(usize, usize)>,
    commit: Option<&str>,
    around: usize,
) -> Result<Excerpt, ExcerptError> {
    let missing = || ExcerptError::NoSuchFile { path: path.to_owned(), source_name: source.name.clone() };
    let raw = raw_path(path);
    if raw.split(|b| *b == b'/').any(|part| part.is_empty() || part == b"." || part == b"..") {
        return Err(missing());
    }
    let folder = Path::new(&source.folder);
    let commit = commit.filter(|c| !c.is_empty()).or(source.commit.as_deref());
    let git = if source.kind == "folder" { None } else { GitSource::open(folder)? };
    // Rows of a work tree without a commit are of files as they lie on disk.
    let blob = git.as_ref().and_then(|g| commit.and_then(|c| g.path_in_commit(c, &raw)));
    let (tree, entry) = match (&git, blob) {
        (Some(git), Some(blob)) => {
            (Tree::Git(git), Entry { path: path.to_owned(), mode: EntryMode::File, blob: Some(blob) })
        }
        (Some(_), None) if source.kind == "git" => return Err(missing()),
        _ => {
            let tree = Tree::Disk(folder);
            let listing = tree.list(None)?;
            let entry = listing.entries.into_iter().find(|e| e.path == path).ok_or_else(missing)?;
            (tree, entry)
        }
    };
    let not_shown = |why: &str| ExcerptError::NotShown { path: path.to_owned(), why: why.to_owned() };
    let mut reader = tree.reader();
    match reader.read(&entry) {
        Content::Bytes(bytes, _) => match decode(bytes).0 {
            Decoded::Text(text) => Ok(cut(&text, lines, around)),
            Decoded::Binary => Err(not_shown("it is not text")),
        },
        Content::TooLarge(size) => Err(not_shown(&format!("it has {size} bytes"))),
        Content::Unreadable(_, why) => Err(not_shown(&why)),
    }
}

/// The lines of a text that are asked for, with some around them.
pub fn cut(text: &str, lines: Option<(usize, usize)>, around: usize) -> Excerpt {
    let total = text.lines().count();
    let (from, to) = lines.unwrap_or((1, 1));
    let first = from.saturating_sub(around).clamp(1, total.max(1));
    let last = to.max(from).saturating_add(around).min(total);
    let lines = secrets::masked(text)
        .skip(first - 1)
        // Behind the end nothing is cited, and the last line would be taken for it.
        .take(if from > total { 0 } else { (last + 1).saturating_sub(first).min(MOST_LINES) })
        .map(|line| match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.into_owned(),
        })
        .collect();
    Excerpt { first, lines, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_given_with_their_neighbours() {
        let text = "one\ntwo\nthree\nfour\nfive\n";
        let check = |lines: Option<(usize, usize)>, around: usize, first: usize, expect: &[&str]| {
            let found = cut(text, lines, around);
            assert_eq!(
                (found.first, found.lines.as_slice(), found.total),
                (first, &expect.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>()[..], 5)
            );
        };
        check(Some((3, 3)), 1, 2, &["two", "three", "four"]);
        check(Some((1, 2)), 1, 1, &["one", "two", "three"]);
        check(Some((5, 9)), 1, 4, &["four", "five"]);
        check(Some((99, 99)), 0, 5, &[]);
        check(None, 1, 1, &["one", "two"]);
        assert_eq!(cut("", Some((1, 1)), 3).lines.len(), 0);
        assert!(cut(&"x".repeat(90_000), None, 0).lines[0].len() < 500);
        assert_eq!(cut("a\nDB_PASSWORD=hunter22\n", Some((2, 2)), 0).lines, ["DB_PASSWORD=•••"]);
    }
}
