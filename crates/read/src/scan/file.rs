//! One file: its bytes are read once and handed to every reader that wants them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustc_hash::FxHashMap;
use sightline_facts::tables::files::FileRow;
use sightline_facts::tables::languages::LanguageRow;

use crate::classify::{classify, count};
use crate::code::CodeReader;
use crate::detect::Detector;
use crate::file::{FileInput, FileKind};
use crate::rows::SourceRows;
use crate::text::{Decoded, decode};
use crate::tree::{Content, ContentReader, Entry, EntryMode};
use crate::{documents, licences, manifests, owners, submodules};

/// Raised when this page says something else of the same bytes.
pub(super) const VERSION: u32 = 1;

/// Bytes at the start of a file that decide what it is.
const HEAD: usize = 8_000;

/// What stays the same for all files of a source.
#[derive(Clone, Copy)]
pub(super) struct FileScan<'a> {
    /// Name of the source.
    pub repo: &'a str,
    /// Commit for evidence.
    pub commit: Option<&'a str>,
    /// Commit that the tree holds at the folder of each submodule.
    pub pins: &'a FxHashMap<&'a str, &'a str>,
}

/// The tools of one thread.
pub(super) struct Tools<'a> {
    /// Reads contents.
    pub content: ContentReader<'a>,
    /// Parses code.
    pub code: CodeReader,
    /// Looks for what rules describe.
    pub detector: Detector<'a>,
}

impl FileScan<'_> {
    /// Whether an entry is as it was at the last scan, as far as that is known without its bytes.
    pub(super) fn is_known(entry: &Entry, known_blob: Option<&str>) -> bool {
        // What `.gitmodules` gives depends on the tree too, so its rows are made anew each time.
        known_blob.is_some() && entry.blob.as_deref() == known_blob && !submodules::wants(&entry.path)
    }

    /// Reads one entry into rows. `known_blob` is the id that the file had at the last scan; when it still has it,
    /// nothing is appended and the answer is true.
    pub(super) fn read(
        &self,
        entry: &Entry,
        known_blob: Option<&str>,
        tools: &mut Tools<'_>,
        rows: &mut SourceRows,
    ) -> bool {
        if Self::is_known(entry, known_blob) {
            return true;
        }
        let known_blob = known_blob.filter(|_| !submodules::wants(&entry.path));
        if entry.mode == EntryMode::Submodule {
            let blob = entry.blob.as_deref().unwrap_or_default();
            self.plain(entry, FileKind::Submodule, blob, 0, rows);
            return false;
        }
        let Tools { content, code, detector } = tools;
        let (bytes, id) = match content.read(entry) {
            Content::Bytes(bytes, id) => (bytes, id),
            Content::TooLarge(size) => {
                let blob = entry.blob.clone().unwrap_or_else(|| format!("size-{size}"));
                if known_blob == Some(blob.as_str()) {
                    return true;
                }
                self.plain(entry, FileKind::Data, &blob, size, rows);
                let limit = crate::tree::MAX_FILE >> 20;
                let detail = format!("{size} bytes; files over {limit} MiB are listed but not read");
                self.gap(entry, "too-large", &detail, rows);
                return false;
            }
            Content::Unreadable(reason, detail) => {
                let blob = entry.blob.as_deref().unwrap_or("unreadable");
                self.plain(entry, FileKind::Data, blob, 0, rows);
                self.gap(entry, reason, &detail, rows);
                return false;
            }
        };
        let blob = entry.blob.as_deref().or(id.as_deref()).unwrap_or_default();
        if known_blob == Some(blob) {
            return true;
        }
        if entry.mode == EntryMode::Link {
            self.plain(entry, FileKind::Link, blob, bytes.len() as u64, rows);
            if leaves_tree(&entry.path, bytes) {
                self.gap(entry, "link-outside", "a link to a place outside the tree; it was not followed", rows);
            }
            return false;
        }
        self.content(entry, blob, bytes, (code, detector), rows);
        false
    }

    fn content(
        &self,
        entry: &Entry,
        blob: &str,
        bytes: &[u8],
        (code, detector): (&mut CodeReader, &mut Detector<'_>),
        rows: &mut SourceRows,
    ) {
        let (decoded, lossy) = decode(bytes);
        let classified = classify(&entry.path, &bytes[..bytes.len().min(HEAD)], decoded == Decoded::Binary);
        let language = classified.language.map(tokei::LanguageType::name);
        let mut row = FileRow {
            repo: self.repo,
            commit: self.commit,
            path: &entry.path,
            blob,
            kind: classified.kind.word(),
            language,
            module: "",
            bytes: whole(bytes.len() as u64),
            is_executable: entry.mode == EntryMode::Executable,
            ..FileRow::default()
        };
        let Decoded::Text(text) = decoded else {
            rows.files.push(&row);
            return;
        };
        match classified.language.filter(|_| classified.kind != FileKind::Lfs) {
            Some(language) => {
                let counted = count(language, bytes);
                // tokei counts a line that embedded languages share once for each; the evidence is the file's own.
                let last = line_count(&text).max(1);
                (row.lines, row.code_lines) = (counted.lines.min(last), counted.code);
                (row.comment_lines, row.blank_lines) = (counted.comments, counted.blanks);
                for (inner, code, comments, blanks) in &counted.per_language {
                    rows.languages.push(&LanguageRow {
                        repo: self.repo,
                        commit: self.commit,
                        path: &entry.path,
                        line_start: 1,
                        line_end: last,
                        language: inner.name(),
                        code_lines: *code,
                        comment_lines: *comments,
                        blank_lines: *blanks,
                        ..LanguageRow::default()
                    });
                }
            }
            None => row.lines = line_count(&text),
        }
        rows.files.push(&row);
        if classified.kind == FileKind::Lfs {
            return;
        }
        let input = FileInput {
            repo: self.repo,
            commit: self.commit,
            path: &entry.path,
            text: &text,
            language,
            kind: classified.kind,
        };
        if lossy {
            input.gap(rows, "file", "not-utf8", "some bytes are no UTF-8 text; they read as \u{fffd}", None);
        }
        // A parser that fails on one odd file must not take the scan with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.readers(&input, code, detector, rows)));
        if outcome.is_err() {
            *code = CodeReader::new();
            detector.forget();
            input.gap(rows, "file", "reader-failed", "a reader gave up on this file; please report it", None);
        }
    }

    /// A file of which only its name is told.
    fn plain(&self, entry: &Entry, kind: FileKind, blob: &str, bytes: u64, rows: &mut SourceRows) {
        rows.files.push(&FileRow {
            repo: self.repo,
            commit: self.commit,
            path: &entry.path,
            blob,
            kind: kind.word(),
            module: "",
            bytes: whole(bytes),
            is_executable: entry.mode == EntryMode::Executable,
            ..FileRow::default()
        });
    }

    fn gap(&self, entry: &Entry, reason: &str, detail: &str, rows: &mut SourceRows) {
        let input = FileInput {
            repo: self.repo,
            commit: self.commit,
            path: &entry.path,
            text: "",
            language: None,
            kind: FileKind::Data,
        };
        input.gap(rows, "tree", reason, detail, None);
    }

    /// Hands the text to every reader that wants it.
    fn readers(
        &self,
        input: &FileInput<'_>,
        code: &mut CodeReader,
        detector: &mut Detector<'_>,
        rows: &mut SourceRows,
    ) {
        let own = !matches!(input.kind, FileKind::Vendored | FileKind::Generated);
        if own && manifests::wants(input.path) {
            manifests::read(input, rows);
        }
        if own && documents::wants(input.path) {
            documents::read(input, rows);
        }
        if owners::wants(input.path) {
            owners::read(input, rows);
        }
        if licences::wants(input.path) {
            licences::read(input, rows);
        }
        if submodules::wants(input.path) {
            submodules::read_with_pins(input, rows, &|folder| self.pins.get(folder).map(|id| (*id).to_owned()));
        }
        if own {
            detector.read(input, code, rows);
        }
    }
}

/// Lines of a text: line ends, and one more where the last line has none.
fn line_count(text: &str) -> i64 {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    whole((ends + usize::from(!text.is_empty() && !text.ends_with('\n'))) as u64)
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Whether a link points out of the tree: an absolute path, or more `..` than folders above it.
fn leaves_tree(path: &str, target: &[u8]) -> bool {
    if target.first() == Some(&b'/') {
        return true;
    }
    let mut depth = path.matches('/').count();
    for part in target.split(|b| *b == b'/') {
        match part {
            b".." if depth == 0 => return true,
            b".." => depth -= 1,
            b"" | b"." => {}
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_leave_the_tree_are_told_from_those_that_stay() {
        let check = |path: &str, target: &str, expect: bool| {
            assert_eq!(leaves_tree(path, target.as_bytes()), expect, "{path} -> {target}");
        };
        check("a", "b", false);
        check("a", "../b", true);
        check("docs/a", "../b", false);
        check("docs/a", "x/../../../b", true);
        check("a", "/etc/passwd", true);
    }

    #[test]
    fn a_last_line_without_end_counts() {
        assert_eq!([line_count(""), line_count("a"), line_count("a\n"), line_count("a\nb")], [0, 1, 1, 2]);
    }
}
