//! The tree of a source: files in parallel, rows in the order of paths.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::FactsError;
use sightline_facts::arrow::array::{AsArray, RecordBatch, StringArray};
use sightline_facts::rows::RowBuilder;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{FactFile, SourceState, TableWriter, Workspace};
use sightline_facts::tables::files::{self, FilesView};
use sightline_facts::tables::gaps::{GapsBuilder, GapsView};
use sightline_facts::tables::imports::{self, ImportsView};
use sightline_facts::tables::packages::{self, PackagesView};
use sightline_facts::tables::projects::{self, ProjectsView};
use sightline_facts::tables::symbols::{self, SymbolsView};

use super::file::{FileScan, Tools};
use super::merge::{Interleave, kept, merged, paths, with_text};
use super::tables::{GapRows, TREE_TABLES};
use super::{ScanError, ScanOptions, Source, SourceSummary, Waiting};
use crate::code::CodeReader;
use crate::code::resolve::{Context, Memo};
use crate::detect::Detector;
use crate::rows::SourceRows;
use crate::tree::{Entry, Tree};

/// Files that one thread reads before it hands over their rows. Fixed, so that the work is cut the same way for any
/// number of threads.
const CHUNK: usize = 32;

/// What decides to which module a file belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLabel<'a> {
    /// Path.
    pub path: &'a str,
    /// Kind, as in `files.kind`.
    pub kind: &'a str,
    /// Language.
    pub language: Option<&'a str>,
}

/// Says to which module each file belongs; the knowledge is that of the room that draws the map.
pub trait Modules: Sync {
    /// The module's id for each file, in the order given. `manifests` are the paths of manifests.
    fn assign(&self, repo: &str, files: &[FileLabel<'_>], manifests: &[String]) -> Vec<String>;
}

/// What a scan of a tree works on.
pub(super) struct TreeScan<'a> {
    pub workspace: &'a Workspace,
    pub source: &'a Source,
    pub tree: &'a Tree<'a>,
    pub commit: Option<&'a str>,
    pub row_commit: Option<&'a str>,
    pub old: Option<&'a SourceState>,
    pub options: &'a ScanOptions<'a>,
}

/// What one chunk of files gave.
struct Chunk {
    index: usize,
    batches: Vec<RecordBatch>,
    gaps: RecordBatch,
    unchanged: Vec<String>,
}

/// Rows of new files by table, in order.
struct NewRows {
    /// Streams for tables that need nothing from other files; `None` when old rows must be put between.
    writers: Option<FxHashMap<&'static str, TableWriter>>,
    held: FxHashMap<&'static str, Vec<RecordBatch>>,
}

/// Tables whose last columns can only be filled when all files are known.
const WAITING: [&str; 2] = ["files", "imports"];

/// Reads the tree and writes its tables.
pub(super) fn scan(
    scan: &TreeScan<'_>,
    state: &mut SourceState,
    summary: &mut SourceSummary,
    gaps: &mut GapRows,
) -> Result<(), ScanError> {
    let options = scan.options;
    let repo = scan.source.name.as_str();
    options.progress.stage(repo, "listing files", None);
    let listing = scan.tree.list(scan.commit)?;
    for gap in &listing.gaps {
        gaps.listing(gap);
    }
    let known = known_blobs(scan)?;
    options.progress.stage(repo, "files", Some(listing.entries.len() as u64));

    let writers = if known.is_empty() {
        let mut writers = FxHashMap::default();
        for spec in TREE_TABLES.iter().filter(|s| !WAITING.contains(&s.name)) {
            writers.insert(spec.name, scan.workspace.writer(spec, repo)?);
        }
        Some(writers)
    } else {
        None
    };
    let mut new = NewRows { writers, held: FxHashMap::default() };
    let mut context = Context::new();
    let mut unchanged: FxHashSet<String> = FxHashSet::default();
    let foreseen = foreseen(&listing.entries, &known);
    std::thread::scope(|scope| {
        // Of imports there are most rows; the old ones are read while the new files are.
        let old_imports = || kept_rows(scan, &imports::SPEC, &foreseen);
        let old_imports = (!foreseen.is_empty()).then(|| Waiting::start(scope, options.threads, old_imports));
        read_files(scan, &listing.entries, &known, |chunk| {
            unchanged.extend(chunk.unchanged);
            for batch in chunk.batches {
                take_new(&mut new, batch, &mut context)?;
            }
            if chunk.gaps.num_rows() > 0 {
                gaps.add(chunk.gaps);
            }
            Ok(())
        })?;
        summary.files = listing.entries.len() as u64;
        summary.files_read = summary.files - unchanged.len() as u64;

        options.progress.stage(repo, "putting rows in order", None);
        keep_gaps(scan, &unchanged, gaps)?;
        let old_imports = old_imports.filter(|_| foreseen == unchanged);
        write_tables(scan, &unchanged, old_imports, new, context, state)
    })
}

/// Writes all tables of the tree. Each is written while the rows of the next are put in order; those of imports are read
/// in the meantime.
fn write_tables(
    scan: &TreeScan<'_>,
    unchanged: &FxHashSet<String>,
    old_imports: Option<Waiting<'_, Result<Vec<RecordBatch>, FactsError>>>,
    mut new: NewRows,
    mut context: Context,
    state: &mut SourceState,
) -> Result<(), ScanError> {
    let (new, context) = (&mut new, &mut context);
    let held_imports = new.held.remove(imports::SPEC.name).unwrap_or_default();
    std::thread::scope(|scope| {
        let mut writing: Vec<(&'static str, Writing<'_>)> = Vec::new();
        let ordered = || {
            let old = match old_imports {
                Some(old) => old.finish()?,
                None => kept_rows(scan, &imports::SPEC, unchanged)?,
            };
            interleaved(&old, held_imports)
        };
        let ordered = Waiting::start(scope, scan.options.threads, ordered);
        // What imports are resolved by comes first, the rest while those are written.
        for spec in [&symbols::SPEC, &packages::SPEC] {
            writing.push((spec.name, write_table(scope, scan, spec, unchanged, new, context)?));
        }
        // What a file belongs to depends on the manifests.
        let written = write_table(scope, scan, &projects::SPEC, unchanged, new, context)?;
        state.tables.insert(projects::SPEC.name.to_owned(), vec![written.finish()?]);
        write_files(scan, unchanged, new, context, state)?;
        context.finish();
        writing.push((imports::SPEC.name, write_imports(scope, scan, &ordered.finish()?, context)?));
        let is_written = |table: &str| table == files::SPEC.name || writing.iter().any(|(t, _)| *t == table);
        let rest: Vec<_> =
            TREE_TABLES.iter().filter(|s| !is_written(s.name) && s.name != projects::SPEC.name).collect();
        for spec in rest {
            writing.push((spec.name, write_table(scope, scan, spec, unchanged, new, context)?));
        }
        for (table, written) in writing {
            state.tables.insert(table.to_owned(), vec![written.finish()?]);
        }
        Ok(())
    })
}

/// Files that are known without a look at their bytes to be as they were.
fn foreseen(entries: &[Entry], known: &FxHashMap<String, String>) -> FxHashSet<String> {
    let is_same = |entry: &&Entry| {
        let known_blob = known.get(&entry.path).and_then(|k| k.strip_prefix(mode_key(entry).as_str()));
        FileScan::is_known(entry, known_blob)
    };
    if known.is_empty() {
        FxHashSet::default()
    } else {
        entries.iter().filter(is_same).map(|e| e.path.clone()).collect()
    }
}

/// Path and blob of each file that was read before and whose rows could be kept.
fn known_blobs(scan: &TreeScan<'_>) -> Result<FxHashMap<String, String>, FactsError> {
    let mut known = FxHashMap::default();
    let Some(old) = scan.old else { return Ok(known) };
    // Rows of all tables must be there to be copied.
    let complete = TREE_TABLES
        .iter()
        .all(|s| old.tables.get(s.name).is_some_and(|files| files.iter().all(|f| f.spec == s.version)));
    if !complete {
        return Ok(known);
    }
    // The other columns are of no use here, and decoding them takes longer than all the rest.
    let wanted: Vec<usize> = ["path", "blob", "kind", "is_executable"]
        .iter()
        .filter_map(|name| files::SPEC.columns.iter().position(|c| c.name == *name))
        .collect();
    for file in old.tables.get(files::SPEC.name).into_iter().flatten() {
        for batch in scan.workspace.read_columns(file, &wanted)? {
            let batch = batch?;
            let text = |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
            let bits = batch.column_by_name("is_executable").and_then(|c| c.as_boolean_opt());
            let (Some(paths), Some(blobs), Some(kinds), Some(bits)) = (text("path"), text("blob"), text("kind"), bits)
            else {
                continue;
            };
            for i in 0..batch.num_rows() {
                let kind = kinds.value(i);
                let key = key(blobs.value(i), kind == "link", kind == "submodule", bits.value(i));
                known.insert(paths.value(i).to_owned(), key);
            }
        }
    }
    Ok(known)
}

/// What must be the same for the rows of a file to be kept: its blob, and what its mode says in `files`.
fn key(blob: &str, is_link: bool, is_submodule: bool, is_executable: bool) -> String {
    format!("{}{}{} {blob}", u8::from(is_link), u8::from(is_submodule), u8::from(is_executable))
}

fn mode_key(entry: &Entry) -> String {
    use crate::tree::EntryMode;
    key("", entry.mode == EntryMode::Link, entry.mode == EntryMode::Submodule, entry.mode == EntryMode::Executable)
}

/// Reads all files on the given number of threads; `each` gets the chunks in the order of paths.
fn read_files(
    scan: &TreeScan<'_>,
    entries: &[Entry],
    known: &FxHashMap<String, String>,
    mut each: impl FnMut(Chunk) -> Result<(), FactsError>,
) -> Result<(), ScanError> {
    let options = scan.options;
    let next = AtomicUsize::new(0);
    let chunks = entries.len().div_ceil(CHUNK);
    let threads = options.threads.clamp(1, chunks.max(1));
    let pins: FxHashMap<&str, &str> = entries
        .iter()
        .filter(|e| e.mode == crate::tree::EntryMode::Submodule)
        .filter_map(|e| Some((e.path.as_str(), e.blob.as_deref()?)))
        .collect();
    let file_scan = FileScan { repo: &scan.source.name, commit: scan.row_commit, pins: &pins };
    std::thread::scope(|scope| {
        // Made in here, so that an early end drops the receiver before the threads are waited for.
        let (sender, receiver) = sync_channel::<Chunk>(4 * threads);
        for _ in 0..threads {
            let sender = sender.clone();
            let next = &next;
            std::thread::Builder::new()
                .name("sightline-read".to_owned())
                // Parsers of outside formats may recurse; the depth of their input is bounded, and so is this.
                .stack_size(16 << 20)
                .spawn_scoped(scope, move || {
                    // tokei splits a file's lines over rayon's threads; with files in parallel already, a pool of this
                    // thread alone keeps that work here. A pool that cannot be made costs time, not truth.
                    let own_pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
                    let mut tools = Tools {
                        content: scan.tree.reader(),
                        code: CodeReader::new(),
                        detector: Detector::new(options.detectors),
                    };
                    let mut rows = SourceRows::default();
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(part) = entries.chunks(CHUNK).nth(index) else { break };
                        let mut unchanged = Vec::new();
                        for entry in part {
                            if options.stop.load(Ordering::Relaxed) {
                                return;
                            }
                            let known_blob =
                                known.get(&entry.path).and_then(|k| k.strip_prefix(mode_key(entry).as_str()));
                            if file_scan.read(entry, known_blob, &mut tools, &mut rows) {
                                unchanged.push(entry.path.clone());
                            }
                        }
                        let gaps = rows.gaps.finish();
                        let batches =
                            rows.builders().into_iter().filter(|b| !b.is_empty()).map(RowBuilder::finish).collect();
                        if sender.send(Chunk { index, batches, gaps, unchanged }).is_err() {
                            break;
                        }
                    }
                    drop(own_pool);
                })
                .map_err(|e| FactsError::Io {
                    doing: "start a thread for",
                    path: scan.source.folder.clone(),
                    source: e,
                })?;
        }
        drop(sender);
        let mut early: BTreeMap<usize, Chunk> = BTreeMap::new();
        let mut expected = 0;
        for chunk in &receiver {
            early.insert(chunk.index, chunk);
            while let Some(chunk) = early.remove(&expected) {
                expected += 1;
                let done = (expected * CHUNK).min(entries.len());
                options.progress.advance(done as u64, &entries[done - 1].path);
                each(chunk)?;
            }
        }
        if expected < chunks { Err(ScanError::Stopped) } else { Ok(()) }
    })
}

/// Lets the resolver of imports learn from rows.
fn teach(context: &mut Context, spec: &TableSpec, batch: &RecordBatch) {
    if spec.name == symbols::SPEC.name {
        SymbolsView::of(batch).iter().flat_map(SymbolsView::rows).for_each(|r| context.add_symbol(&r));
    } else if spec.name == projects::SPEC.name {
        ProjectsView::of(batch).iter().flat_map(ProjectsView::rows).for_each(|r| context.add_project(&r));
    } else if spec.name == packages::SPEC.name {
        PackagesView::of(batch).iter().flat_map(PackagesView::rows).for_each(|r| context.add_package(&r));
    } else if spec.name == files::SPEC.name {
        FilesView::of(batch).iter().flat_map(FilesView::rows).for_each(|r| context.add_file(r.path, r.language));
    }
}

/// The table of a batch that a builder made.
fn spec_of(batch: &RecordBatch) -> &'static TableSpec {
    TREE_TABLES
        .iter()
        .copied()
        .find(|s| {
            s.columns.len() == batch.num_columns()
                && batch.schema().fields().iter().zip(s.columns).all(|(f, c)| f.name() == c.name)
        })
        .expect("readers of files fill tables of the tree alone")
}

fn take_new(new: &mut NewRows, batch: RecordBatch, context: &mut Context) -> Result<(), FactsError> {
    let spec = spec_of(&batch);
    if let Some(writer) = new.writers.as_mut().and_then(|w| w.get_mut(spec.name)) {
        teach(context, spec, &batch);
        return writer.write(batch);
    }
    new.held.entry(spec.name).or_default().push(batch);
    Ok(())
}

/// Puts the rows of a table in order and writes it.
fn write_table<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    scan: &TreeScan<'_>,
    spec: &'static TableSpec,
    unchanged: &FxHashSet<String>,
    new: &mut NewRows,
    context: &mut Context,
) -> Result<Writing<'scope>, FactsError> {
    if let Some(writer) = new.writers.as_mut().and_then(|w| w.remove(spec.name)) {
        return writer.finish().map(Writing::Done);
    }
    let writer = scan.workspace.writer(spec, &scan.source.name)?;
    Writing::start(scope, writer, scan.options.threads, |write| {
        merge_table(scan, spec, unchanged, new, &mut |batch| {
            teach(context, spec, &batch);
            write(batch)
        })
    })
}

fn merge_table(
    scan: &TreeScan<'_>,
    spec: &'static TableSpec,
    unchanged: &FxHashSet<String>,
    new: &mut NewRows,
    each: &mut dyn FnMut(RecordBatch) -> Result<(), FactsError>,
) -> Result<(), FactsError> {
    let held = new.held.remove(spec.name).unwrap_or_default();
    let old = scan.old.and_then(|o| o.tables.get(spec.name)).filter(|_| !unchanged.is_empty());
    merged(scan.workspace, spec, old.map(|files| (files.as_slice(), unchanged)), held, scan.row_commit, each)
}

/// Rows of a table that are kept from the scan before, in order.
fn kept_rows(
    scan: &TreeScan<'_>,
    spec: &'static TableSpec,
    unchanged: &FxHashSet<String>,
) -> Result<Vec<RecordBatch>, FactsError> {
    let mut batches = Vec::new();
    let old = scan.old.and_then(|o| o.tables.get(spec.name)).filter(|_| !unchanged.is_empty());
    let readable: Vec<FactFile> = old.into_iter().flatten().filter(|f| f.spec == spec.version).cloned().collect();
    kept(scan.workspace, &readable, unchanged, scan.row_commit, &mut |batch| {
        batches.push(batch);
        Ok(())
    })?;
    Ok(batches)
}

/// Kept rows and new ones in order.
fn interleaved(old: &[RecordBatch], new: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, FactsError> {
    let mut batches = Vec::new();
    let mut each = |batch: RecordBatch| {
        batches.push(batch);
        Ok(())
    };
    let mut interleave = Interleave::new(new);
    for batch in old {
        interleave.old(batch, &mut each)?;
    }
    interleave.finish(&mut each)?;
    Ok(batches)
}

/// A table on its way to its file.
enum Writing<'scope> {
    Done(FactFile),
    Beside(std::thread::ScopedJoinHandle<'scope, Result<FactFile, FactsError>>),
}

impl<'scope> Writing<'scope> {
    /// Writes a table on a thread of its own, where there is one, while its rows are made here.
    fn start(
        scope: &'scope std::thread::Scope<'scope, '_>,
        mut writer: TableWriter,
        threads: usize,
        make: impl FnOnce(&mut dyn FnMut(RecordBatch) -> Result<(), FactsError>) -> Result<(), FactsError>,
    ) -> Result<Self, FactsError> {
        if threads < 2 {
            make(&mut |batch| writer.write(batch))?;
            return writer.finish().map(Self::Done);
        }
        let (sender, receiver) = sync_channel::<RecordBatch>(4);
        let writing = scope.spawn(move || {
            for batch in receiver {
                writer.write(batch)?;
            }
            writer.finish()
        });
        // A writer that failed has dropped its end of the channel, and says why when it is asked.
        let outcome = make(&mut |batch| {
            drop(sender.send(batch));
            Ok(())
        });
        drop(sender);
        outcome.map(|()| Self::Beside(writing))
    }

    /// The file, once it is written.
    fn finish(self) -> Result<FactFile, FactsError> {
        match self {
            Self::Done(file) => Ok(file),
            Self::Beside(writing) => writing.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)),
        }
    }
}

/// Gaps of unchanged files stay; so do those of history, when its rows do.
fn keep_gaps(scan: &TreeScan<'_>, unchanged: &FxHashSet<String>, gaps: &mut GapRows) -> Result<(), FactsError> {
    for file in scan.old.and_then(|o| o.tables.get("gaps")).into_iter().flatten() {
        for batch in scan.workspace.read(file)? {
            let batch = batch?;
            let mut kept = GapsBuilder::default();
            for row in GapsView::of(&batch).iter().flat_map(GapsView::rows) {
                if row.path.is_some_and(|p| unchanged.contains(p)) && row.reader != "history" {
                    kept.push(&sightline_facts::tables::gaps::GapRow { commit: scan.row_commit, ..row });
                } else if row.reader == "history" {
                    kept.push(&row);
                }
            }
            gaps.add(kept.finish());
        }
    }
    Ok(())
}

/// Writes `files` with the module of each, which depends on all of them.
fn write_files(
    scan: &TreeScan<'_>,
    unchanged: &FxHashSet<String>,
    new: &mut NewRows,
    context: &mut Context,
    state: &mut SourceState,
) -> Result<(), FactsError> {
    let repo = scan.source.name.as_str();
    let mut batches = Vec::new();
    merge_table(scan, &files::SPEC, unchanged, new, &mut |batch| {
        teach(context, &files::SPEC, &batch);
        batches.push(batch);
        Ok(())
    })?;
    let mut manifests = Vec::new();
    for file in state.tables.get(projects::SPEC.name).into_iter().flatten() {
        for batch in scan.workspace.read(file)? {
            manifests.extend(paths(&batch?).iter().flatten().map(str::to_owned));
        }
    }
    manifests.dedup();
    let views: Vec<FilesView> = batches.iter().filter_map(FilesView::of).collect();
    let labels: Vec<FileLabel<'_>> = views
        .iter()
        .flat_map(FilesView::rows)
        .map(|r| FileLabel { path: r.path, kind: r.kind, language: r.language })
        .collect();
    let modules = scan.options.modules.assign(repo, &labels, &manifests);
    let mut writer = scan.workspace.writer(&files::SPEC, repo)?;
    let mut at = 0;
    for batch in &batches {
        let column = StringArray::from_iter_values(&modules[at..at + batch.num_rows()]);
        at += batch.num_rows();
        writer.write(with_text(batch, "module", column))?;
    }
    state.tables.insert(files::SPEC.name.to_owned(), vec![writer.finish()?]);
    Ok(())
}

/// Writes `imports` with what each resolves to.
fn write_imports<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    scan: &TreeScan<'_>,
    ordered: &[RecordBatch],
    context: &Context,
) -> Result<Writing<'scope>, FactsError> {
    let threads = scan.options.threads;
    let writer = scan.workspace.writer(&imports::SPEC, &scan.source.name)?;
    let resolve = |batches: &[RecordBatch]| -> Vec<RecordBatch> {
        let mut memo = Memo::default();
        batches.iter().map(|batch| resolved(batch, context, &mut memo)).collect()
    };
    Writing::start(scope, writer, threads, |write| {
        let (first, second) = ordered.split_at(ordered.len() / 2);
        std::thread::scope(|scope| {
            let second = Waiting::start(scope, threads, || resolve(second));
            let mut memo = Memo::default();
            for batch in first {
                write(resolved(batch, context, &mut memo))?;
            }
            second.finish().into_iter().try_for_each(write)
        })
    })
}

/// Rows of `imports` with what each resolves to.
fn resolved<'a>(batch: &RecordBatch, context: &'a Context, memo: &mut Memo<'a>) -> RecordBatch {
    let mut resolved = imports::ImportsBuilder::default();
    for row in ImportsView::of(batch).iter().flat_map(ImportsView::rows) {
        let found = context.resolve(&row, memo);
        resolved.push(&imports::ImportRow {
            kind: found.kind,
            resolved_path: found.resolved_path,
            package: found.package,
            ..row
        });
    }
    resolved.finish()
}
