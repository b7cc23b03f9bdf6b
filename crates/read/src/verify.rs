//! Re-checks evidence: reads every cited line, commit and tag again and says what no longer holds.

mod export;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustc_hash::FxHashMap;
use sightline_facts::FactsError;
use sightline_facts::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use sightline_facts::arrow::datatypes::Int64Type;
use sightline_facts::spec::{Proof, TableSpec};
use sightline_facts::store::{FactFile, Snapshot, SourceState, Workspace};
use sightline_facts::tables;

use crate::git::{GitError, GitSource};
use crate::scan::{Progress, ScanError};
use crate::text::{Decoded, decode, holds_words, raw_path};
use crate::tree::{Content, Entry, EntryMode, Tree};

/// A row whose evidence no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// Source.
    pub repo: String,
    /// Table of the row.
    pub table: String,
    /// File, commit or tag.
    pub place: String,
    /// First line, 0 where there is none.
    pub line: i64,
    /// Why.
    pub why: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Table and the number of its rows that were checked, in the order of tables.
    pub checked: Vec<(&'static str, u64)>,
    /// What does not hold, sorted.
    pub broken: Vec<Broken>,
}

/// Checks all rows of all source tables and the evidence of all claims.
///
/// # Errors
/// An unreadable fact file, a source that is not where it was, or a stop by the user.
pub fn verify(
    workspace: &Workspace,
    snapshot: &Snapshot,
    threads: usize,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Verified, ScanError> {
    let mut verified = Verified::default();
    for spec in tables::ALL.iter().filter(|s| s.proof != Proof::Derived) {
        verified.checked.push((spec.name, 0));
    }
    for source in snapshot.sources.values() {
        if source.kind == "tracker" {
            export::verify(workspace, source, &mut verified, progress, stop)?;
            continue;
        }
        let checker = Checker::new(source)?;
        check_source(workspace, snapshot, &checker, threads, progress, stop, &mut verified)?;
    }
    let own = own_file(workspace);
    let checker = Checker {
        source: &own,
        git: None,
        entries: std::iter::once((
            SETTINGS.to_owned(),
            Entry { path: SETTINGS.to_owned(), mode: EntryMode::File, blob: None },
        ))
        .collect(),
    };
    check_source(workspace, snapshot, &checker, threads, progress, stop, &mut verified)?;
    verified.broken.sort();
    Ok(verified)
}

/// The settings file of the workspace, whose corrections are evidence too.
const SETTINGS: &str = "sightline.toml";

/// The workspace's own folder as a source: what people said of the map stands there, and not in a repository.
fn own_file(workspace: &Workspace) -> SourceState {
    SourceState {
        name: "workspace".to_owned(),
        kind: "folder".to_owned(),
        folder: workspace.root().to_string_lossy().into_owned(),
        ..SourceState::default()
    }
}

fn check_source(
    workspace: &Workspace,
    snapshot: &Snapshot,
    checker: &Checker<'_>,
    threads: usize,
    progress: &dyn Progress,
    stop: &AtomicBool,
    verified: &mut Verified,
) -> Result<(), ScanError> {
    let source = checker.source;
    let mut work: Vec<(&'static TableSpec, FactFile)> = Vec::new();
    for spec in tables::ALL.iter().copied().filter(|s| s.proof != Proof::Derived) {
        let own = source.tables.get(spec.name).into_iter().chain(snapshot.derived.get(spec.name)).flatten();
        work.extend(own.filter(|f| f.spec == spec.version).map(|f| (spec, f.clone())));
    }
    progress.stage(&source.name, "evidence", Some(work.iter().map(|(_, f)| f.rows).sum()));
    let next = AtomicUsize::new(0);
    let found: Mutex<Found> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some((spec, file)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = checker.check_file(workspace, spec, file, stop);
                    let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    match outcome {
                        Ok((rows, broken)) => {
                            *found.rows.entry(spec.name).or_default() += rows;
                            found.broken.extend(broken);
                        }
                        Err(error) => {
                            found.error.get_or_insert(error);
                            return;
                        }
                    }
                }
            });
        }
    });
    let Found { rows, broken, error } = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(error) = error {
        return Err(error);
    }
    for (table, count) in &mut verified.checked {
        *count += rows.get(table).copied().unwrap_or(0);
    }
    verified.broken.extend(broken);
    Ok(())
}

/// What the threads found so far.
#[derive(Default)]
struct Found {
    rows: FxHashMap<&'static str, u64>,
    broken: Vec<Broken>,
    error: Option<ScanError>,
}

/// Checks rows of one source.
struct Checker<'a> {
    source: &'a SourceState,
    git: Option<GitSource>,
    /// Entries at the commit, or on disk.
    entries: FxHashMap<String, Entry>,
}

/// The file that the last row cited; rows come in the order of paths.
#[derive(Default)]
struct Cited {
    path: String,
    text: Option<String>,
    line_starts: Vec<usize>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a SourceState) -> Result<Self, ScanError> {
        let folder = std::path::PathBuf::from(&source.folder);
        let git = if source.kind == "folder" {
            None
        } else {
            Some(GitSource::open(&folder)?.ok_or(GitError::NoSuchPath { path: folder })?)
        };
        let mut checker = Self { source, git, entries: FxHashMap::default() };
        let listing = checker.tree().list(source.commit.as_deref())?;
        checker.entries = listing.entries.into_iter().map(|e| (e.path.clone(), e)).collect();
        Ok(checker)
    }

    fn tree(&self) -> Tree<'_> {
        match &self.git {
            Some(git) if self.source.kind == "git" => Tree::Git(git),
            _ => Tree::Disk(self.source.folder.as_ref()),
        }
    }

    fn check_file(
        &self,
        workspace: &Workspace,
        spec: &'static TableSpec,
        file: &FactFile,
        stop: &AtomicBool,
    ) -> Result<(u64, Vec<Broken>), ScanError> {
        let tree = self.tree();
        let mut reader = tree.reader();
        let mut cited = Cited::default();
        let (mut rows, mut broken) = (0, Vec::new());
        for batch in workspace.read(file)? {
            if stop.load(Ordering::Relaxed) {
                return Err(ScanError::Stopped);
            }
            let batch = batch?;
            let columns = Columns::of(&batch, spec)?;
            for i in 0..batch.num_rows() {
                if columns.repo.is_some_and(|r| r.value(i) != self.source.name) {
                    continue;
                }
                rows += 1;
                let outcome = self.check_row(spec.proof, &columns, i, &mut reader, &mut cited);
                if let Err(why) = outcome {
                    broken.push(Broken {
                        repo: self.source.name.clone(),
                        table: spec.name.to_owned(),
                        place: columns.place(i),
                        line: columns.lines(i).map_or(0, |l| l.0),
                        why,
                    });
                }
            }
        }
        Ok((rows, broken))
    }

    fn check_row(
        &self,
        proof: Proof,
        columns: &Columns<'_>,
        i: usize,
        reader: &mut crate::tree::ContentReader<'_>,
        cited: &mut Cited,
    ) -> Result<(), String> {
        match proof {
            Proof::Derived => Ok(()),
            Proof::Blob(_) => {
                let entry = columns.path(i).and_then(|p| self.entries.get(p)).ok_or("the file is not there")?;
                let expected = columns.proof.and_then(|c| text_at(c, i)).unwrap_or_default();
                match &entry.blob {
                    Some(blob) if blob == expected => Ok(()),
                    Some(_) => Err("the file has another content".to_owned()),
                    // Unread files carry a stand-in for the id; that they are there is all there is to check.
                    None if expected.len() < 40 => Ok(()),
                    None => match reader.read(entry) {
                        Content::Bytes(_, Some(id)) if id == expected => Ok(()),
                        Content::Bytes(..) => Err("the file has another content".to_owned()),
                        _ => Err("the file cannot be read".to_owned()),
                    },
                }
            }
            Proof::Lines | Proof::TextInLines(_) => {
                // Evidence of a claim may be a whole table or a commit rather than a file.
                let (Some(path), Some((start, end))) = (columns.path(i), columns.lines(i)) else {
                    return self.check_commit(columns, i);
                };
                let wanted = if columns.is_quote { None } else { columns.proof.and_then(|c| text_at(c, i)) };
                self.cite(path, reader, cited)?;
                let lines = cited.lines(start, end)?;
                if wanted.is_some_and(|w| !w.is_empty() && !lines.contains(w)) {
                    return Err(format!("lines {start} to {end} do not hold `{}`", wanted.unwrap_or_default()));
                }
                if columns.is_quote {
                    check_quote(lines, columns.proof.and_then(|c| text_at(c, i)).unwrap_or_default())?;
                }
                Ok(())
            }
            Proof::Subject(_) => {
                let commit = columns.commit(i).unwrap_or_default();
                let git = self.git.as_ref().ok_or("the repository is not there")?;
                let subject = git.subject_of(commit).ok_or("the commit is not there")?;
                let expected = columns.proof.and_then(|c| text_at(c, i)).unwrap_or_default();
                if subject == expected { Ok(()) } else { Err("the commit has another subject".to_owned()) }
            }
            Proof::Change => {
                let (commit, path) = (columns.commit(i).unwrap_or_default(), columns.path(i).unwrap_or_default());
                let git = self.git.as_ref().ok_or("the repository is not there")?;
                let raw = raw_path(path);
                let there = git.path_in_commit(commit, &raw).is_some()
                    || git.parents_of(commit).iter().any(|p| git.path_in_commit(p, &raw).is_some());
                if there { Ok(()) } else { Err("neither the commit nor its parents have the file".to_owned()) }
            }
            Proof::Tag(_) => {
                let tag = columns.proof.and_then(|c| text_at(c, i)).unwrap_or_default();
                let there = self.git.as_ref().is_some_and(|g| g.tag_exists(tag));
                if there { Ok(()) } else { Err("the tag is not there".to_owned()) }
            }
        }
    }

    fn check_commit(&self, columns: &Columns<'_>, i: usize) -> Result<(), String> {
        match (columns.commit(i), &self.git) {
            (Some(commit), Some(git)) if !git.has_commit(commit) => Err("the commit is not there".to_owned()),
            _ => Ok(()),
        }
    }

    /// Makes a file the cited one.
    fn cite(&self, path: &str, reader: &mut crate::tree::ContentReader<'_>, cited: &mut Cited) -> Result<(), String> {
        if cited.path == path && cited.text.is_some() {
            return Ok(());
        }
        path.clone_into(&mut cited.path);
        cited.text = None;
        let entry = self.entries.get(path).ok_or("the file is not there")?;
        let Content::Bytes(bytes, _) = reader.read(entry) else { return Err("the file cannot be read".to_owned()) };
        let Decoded::Text(text) = decode(bytes).0 else { return Err("the file is not text".to_owned()) };
        cited.line_starts.clear();
        cited.line_starts.push(0);
        cited.line_starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1));
        cited.text = Some(text.into_owned());
        Ok(())
    }
}

impl Cited {
    /// The text of lines, counted from 1, inclusive.
    fn lines(&self, start: i64, end: i64) -> Result<&str, String> {
        let text = self.text.as_deref().unwrap_or_default();
        // Text after the last line end is a line of its own; nothing after it is none, except in an empty file.
        let ends_open = !text.ends_with('\n') || text.is_empty();
        let count = self.line_starts.len() - usize::from(!ends_open);
        let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(end)) else {
            return Err("the lines are not counted from 1".to_owned());
        };
        if from == 0 || to < from {
            return Err(format!("lines {start} to {end} make no range"));
        }
        if to > count {
            return Err(format!("line {end} is past the end ({count} lines)"));
        }
        let last = self.line_starts.get(to).copied().unwrap_or(text.len());
        Ok(&text[self.line_starts[from - 1]..last])
    }
}

/// The words of a quote occur in the lines in the same order; a quote may leave out markup and be cut at its end.
fn check_quote(lines: &str, quote: &str) -> Result<(), String> {
    if holds_words(lines, quote) { Ok(()) } else { Err("the cited lines do not hold the quoted words".to_owned()) }
}

/// The columns of a batch that evidence needs.
struct Columns<'a> {
    repo: Option<&'a StringArray>,
    commits: Option<&'a StringArray>,
    paths: Option<&'a StringArray>,
    start: Option<&'a sightline_facts::arrow::array::Int64Array>,
    end: Option<&'a sightline_facts::arrow::array::Int64Array>,
    proof: Option<&'a StringArray>,
    is_quote: bool,
}

fn text_at(column: &StringArray, i: usize) -> Option<&str> {
    (!column.is_null(i)).then(|| column.value(i))
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch, spec: &TableSpec) -> Result<Self, FactsError> {
        let text = |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let number = |name: &str| batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
        let quote = text("quote");
        let proof = match spec.proof {
            Proof::TextInLines(c) | Proof::Blob(c) | Proof::Subject(c) | Proof::Tag(c) => {
                Some(text(c).ok_or_else(|| FactsError::Sql {
                    detail: format!("table `{}` has no column `{c}` to check", spec.name),
                })?)
            }
            _ => quote,
        };
        Ok(Self {
            repo: text("repo"),
            commits: text("commit"),
            paths: text("path"),
            start: number("line_start"),
            end: number("line_end"),
            proof,
            is_quote: spec.proof == Proof::Lines && quote.is_some(),
        })
    }

    fn path(&self, i: usize) -> Option<&str> {
        self.paths.and_then(|c| text_at(c, i))
    }

    fn commit(&self, i: usize) -> Option<&str> {
        self.commits.and_then(|c| text_at(c, i))
    }

    fn lines(&self, i: usize) -> Option<(i64, i64)> {
        let value =
            |c: Option<&sightline_facts::arrow::array::Int64Array>| c.and_then(|c| (!c.is_null(i)).then(|| c.value(i)));
        Some((value(self.start)?, value(self.end)?))
    }

    fn place(&self, i: usize) -> String {
        let place = self.path(i).or_else(|| self.commit(i)).or_else(|| self.proof.and_then(|c| text_at(c, i)));
        place.unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_may_drop_markup_and_be_cut_but_not_invent() {
        assert!(check_quote("# **Shop** sells [things](x) to people.", "Shop sells things to peo…").is_ok());
        assert!(check_quote("# Shop sells things.", "Shop buys things").is_err());
    }
}
