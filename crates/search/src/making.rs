//! Making an index: beside its place, then one rename.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sightline_facts::FactsError;
use sightline_facts::session::Session;
use tantivy::indexer::NoMergePolicy;
use tantivy::{IndexSettings, IndexWriter, TantivyDocument, TantivyError};

use crate::SearchError;
use crate::entries::{self, Entry};
use crate::schema::{self, Fields};
use crate::words::{bare, words};

/// Bytes that are held before a part of the index is written, over all its threads.
const HELD_BYTES: usize = 96 << 20;

/// Most characters of a title or detail that are kept.
const KEPT: usize = 300;

/// Most words of one name, and of what is said about it.
const MOST_WORDS: usize = 24;

/// A folder in which an index was being made this long ago belongs to a process that has died.
const ABANDONED: Duration = Duration::from_hours(1);

/// Begins the name of a folder in which an index is being made.
const UNFINISHED: &str = ".making-";

/// Where the index of a session stands.
pub(crate) fn place(session: &Session, folder: &Path) -> PathBuf {
    folder.join(format!("{}-v{}", session.fingerprint().unwrap_or("memory"), crate::VERSION))
}

/// Makes the index of a session at `place`, and removes those of other snapshots.
pub(crate) fn make(session: &Session, folder: &Path, place: &Path) -> Result<(), SearchError> {
    fs::create_dir_all(folder).map_err(|e| FactsError::io("create the folder", folder, e))?;
    let unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(folder)
        .map_err(|e| FactsError::io("create a folder in", folder, e))?;
    write(session, unfinished.path())?;
    if session.fingerprint().is_none() {
        fs::remove_dir_all(place).ok();
    }
    match fs::rename(unfinished.path(), place) {
        // Nothing is left to remove.
        Ok(()) => drop(unfinished.keep()),
        // Somebody else was faster; theirs is the same. What is damaged is in nobody's use and gives way.
        Err(_) if tantivy::Index::open_in_dir(place).is_ok() => {}
        Err(_) => {
            fs::remove_dir_all(place).ok();
            fs::rename(unfinished.path(), place).map_err(|e| FactsError::io("put the search index at", place, e))?;
            drop(unfinished.keep());
        }
    }
    sweep(folder, place);
    Ok(())
}

/// Removes indexes of other snapshots and leftovers of processes that died. Who has one open keeps it; what cannot be
/// removed is tried again next time.
fn sweep(folder: &Path, keep: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path == keep {
            continue;
        }
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        let age = entry.metadata().and_then(|m| m.modified()).map(|at| SystemTime::now().duration_since(at));
        if is_unfinished && !matches!(age, Ok(Ok(age)) if age > ABANDONED) {
            continue;
        }
        fs::remove_dir_all(path).ok();
    }
}

/// What goes wrong while rows are taken.
enum Failure {
    Facts(FactsError),
    Engine(TantivyError),
}

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        Self::Facts(error)
    }
}

impl From<TantivyError> for Failure {
    fn from(error: TantivyError) -> Self {
        Self::Engine(error)
    }
}

fn write(session: &Session, folder: &Path) -> Result<(), SearchError> {
    write_parts(session, folder).map_err(|failure| match failure {
        Failure::Facts(error) => error.into(),
        Failure::Engine(error) => SearchError::index("write the search index in", folder, &error),
    })
}

fn write_parts(session: &Session, folder: &Path) -> Result<(), Failure> {
    let schema = schema::schema();
    let fields = Fields::of(&schema)?;
    let index = tantivy::Index::builder().schema(schema).settings(IndexSettings::default()).create_in_dir(folder)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let mut writer: IndexWriter = index.writer_with_num_threads(threads, HELD_BYTES.max(threads * (16 << 20)))?;
    // Parts are joined once, at the end.
    writer.set_merge_policy(Box::new(NoMergePolicy));
    entries::each::<Failure>(session, &mut |entry| {
        writer.add_document(document(&fields, entry))?;
        Ok(())
    })?;
    writer.commit()?;
    let parts = index.searchable_segment_ids()?;
    if parts.len() > 1 {
        writer.merge(&parts).wait()?;
        writer.garbage_collect_files().wait()?;
    }
    writer.wait_merging_threads()?;
    Ok(())
}

fn document(fields: &Fields, entry: &Entry<'_>) -> TantivyDocument {
    let mut document = TantivyDocument::new();
    let title: String = entry.title.chars().take(KEPT).collect();
    let mut names = vec![bare(entry.title)];
    let mut found = words(entry.title, MOST_WORDS);
    for name in entry.names.lines() {
        let name_bare = bare(name);
        if !names.contains(&name_bare) {
            names.push(name_bare);
            for word in words(name, MOST_WORDS) {
                if found.len() < MOST_WORDS && !found.contains(&word) {
                    found.push(word);
                }
            }
        }
    }
    if let Some((stem, _)) = entry.title.rsplit_once('.').filter(|_| entry.kind == crate::Kind::File) {
        names.push(bare(stem));
    }
    for name in names.iter().filter(|n| !n.is_empty()) {
        document.add_text(fields.names, name);
        if entry.kind <= crate::Kind::Team {
            document.add_text(fields.system, name);
        }
    }
    for word in &found {
        document.add_text(fields.words, word);
    }
    let said = words(entry.detail, MOST_WORDS).into_iter().chain(words(entry.context, MOST_WORDS));
    let mut said: Vec<String> = said.filter(|w| !found.contains(w)).collect();
    said.sort_unstable();
    said.dedup();
    for word in &said {
        document.add_text(fields.context, word);
    }
    document.add_u64(fields.rank, rank(entry));
    document.add_text(fields.kind, entry.kind.id());
    document.add_text(fields.id, entry.id);
    document.add_text(fields.title, title);
    document.add_text(fields.detail, entry.detail.chars().take(KEPT).collect::<String>());
    document.add_text(fields.repo, entry.repo);
    document.add_text(fields.path, entry.path);
    document.add_i64(fields.line, entry.line_start);
    document.add_text(fields.link, entry.link);
    document
}

/// The order among answers that match equally well: kind, then what is minor last, then short titles. The lowest bits
/// are a hash of what it is, so that the order is the same however threads shared the work.
fn rank(entry: &Entry<'_>) -> u64 {
    let kind = entry.kind as u64;
    let length = entry.title.chars().take(1_023).count() as u64;
    let mut hash = blake3::Hasher::new();
    for part in [entry.title, entry.id, entry.repo, entry.path] {
        hash.update(part.as_bytes()).update(&[0]);
    }
    hash.update(&entry.line_start.to_le_bytes());
    let mut low = [0; 8];
    low.copy_from_slice(&hash.finalize().as_bytes()[..8]);
    kind << 58 | u64::from(entry.is_minor) << 57 | length << 47 | u64::from_le_bytes(low) >> 17
}
