//! Which source tables belong to the tree and which to the history, and how each reaches the disk.

use sightline_facts::arrow::array::{AsArray, RecordBatch};
use sightline_facts::rows::RowBuilder;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{FactFile, SourceState, Workspace};
use sightline_facts::tables::gaps::{self, GapRow, GapsBuilder, GapsView};
use sightline_facts::tables::{
    changes, commit_references, commits, documents, files, headings, imports, languages, licences, owners, packages,
    passages, projects, settings, signals, submodules, symbols,
};
use sightline_facts::{FactsError, store::TableWriter};

use super::{ScanError, ScanOptions, Source, SourceSummary};
use crate::git::GitError;
use crate::history::{self, HistoryOptions};
use crate::tree::ListingGap;

/// Tables whose rows are about files of the tree. Gaps are among them and written apart.
pub(super) static TREE_TABLES: [&TableSpec; 14] = [
    &files::SPEC,
    &languages::SPEC,
    &symbols::SPEC,
    &imports::SPEC,
    &packages::SPEC,
    &projects::SPEC,
    &signals::SPEC,
    &documents::SPEC,
    &headings::SPEC,
    &passages::SPEC,
    &settings::SPEC,
    &licences::SPEC,
    &owners::SPEC,
    &submodules::SPEC,
];

/// Tables to which a scan appends.
pub static HISTORY_TABLES: [&TableSpec; 3] = [&commits::SPEC, &commit_references::SPEC, &changes::SPEC];

/// Parts of a history table before they are put together: each scan with new commits adds one.
const MOST_PARTS: usize = 12;

/// Writes a table from one batch.
pub(super) fn write_one(
    workspace: &Workspace,
    owner: &str,
    state: &mut SourceState,
    spec: &'static TableSpec,
    batch: RecordBatch,
) -> Result<(), FactsError> {
    let mut writer = workspace.writer(spec, owner)?;
    writer.write(batch)?;
    state.tables.insert(spec.name.to_owned(), vec![writer.finish()?]);
    Ok(())
}

/// A short hash of a batch's text columns, to see whether anything differs.
pub(super) fn batch_hash(batch: &RecordBatch) -> String {
    let mut hash = blake3::Hasher::new();
    for column in batch.columns() {
        if let Some(text) = column.as_string_opt::<i32>() {
            for value in text {
                hash.update(value.unwrap_or("\u{0}").as_bytes());
                hash.update(b"\n");
            }
        }
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// All gaps of a source, from every reader, sorted before they are written.
pub(super) struct GapRows {
    repo: String,
    commit: Option<String>,
    batches: Vec<RecordBatch>,
    own: GapsBuilder,
}

impl GapRows {
    pub(super) fn new(repo: &str, commit: Option<&str>) -> Self {
        Self {
            repo: repo.to_owned(),
            commit: commit.map(str::to_owned),
            batches: Vec::new(),
            own: GapsBuilder::default(),
        }
    }

    /// Takes rows as a reader wrote them.
    pub(super) fn add(&mut self, batch: RecordBatch) {
        self.batches.push(batch);
    }

    /// Takes what a listing could not list.
    pub(super) fn listing(&mut self, gap: &ListingGap) {
        self.own.push(&GapRow {
            repo: &self.repo,
            commit: self.commit.as_deref(),
            path: Some(&gap.path),
            reader: "tree",
            reason: gap.reason,
            detail: &gap.detail,
            ..GapRow::default()
        });
    }

    /// Writes all of them by path, line and reader.
    pub(super) fn write(mut self, workspace: &Workspace, state: &mut SourceState) -> Result<(), FactsError> {
        self.batches.push(self.own.finish());
        let views: Vec<GapsView> = self.batches.iter().filter_map(GapsView::of).collect();
        let mut rows: Vec<GapRow<'_>> = views.iter().flat_map(GapsView::rows).collect();
        rows.sort_by(|a, b| {
            (a.path, a.line_start, a.reader, a.reason, a.detail).cmp(&(
                b.path,
                b.line_start,
                b.reader,
                b.reason,
                b.detail,
            ))
        });
        rows.dedup();
        let mut sorted = GapsBuilder::default();
        for row in &rows {
            sorted.push(row);
        }
        write_one(workspace, &self.repo.clone(), state, &gaps::SPEC, sorted.finish())
    }
}

/// Reads new history and appends it; says when the newest commit was made that is not in the future.
#[expect(clippy::too_many_arguments, reason = "one step of `scan_source`, split off for its length alone")]
pub(super) fn scan_history(
    workspace: &Workspace,
    source: &Source,
    old: Option<&SourceState>,
    commit: Option<&str>,
    options: &ScanOptions<'_>,
    state: &mut SourceState,
    summary: &mut SourceSummary,
    gaps: &mut GapRows,
) -> Result<Option<i64>, ScanError> {
    let (Some(git), Some(tip)) = (&source.git, commit) else { return Ok(None) };
    let old = old.filter(|o| o.history_hash == state.history_hash && has_history(o));
    let old_tip = old.and_then(|o| o.commit.as_deref());
    let mut newest: Option<i64> = None;
    let mut append_to = old;
    if old_tip == Some(tip) {
        keep_history(old, state, summary);
        return Ok(None);
    }
    loop {
        options.progress.stage(&source.name, "history", None);
        let known: Vec<String> = append_to.and_then(|o| o.commit.clone()).into_iter().collect();
        let mut writers = HISTORY_TABLES
            .iter()
            .map(|spec| workspace.writer(spec, &source.name))
            .collect::<Result<Vec<TableWriter>, _>>()?;
        let mut failed: Option<FactsError> = None;
        let mut history_gaps = Vec::new();
        let history_options = history_options(options);
        let outcome = history::read(
            git,
            &source.name,
            tip,
            &known,
            &history_options,
            &|done, total| {
                if done == 0 {
                    options.progress.stage(&source.name, "history", Some(total));
                }
                options.progress.advance(done, "commits");
            },
            options.stop,
            &mut |rows| {
                let batches = [rows.commits.finish(), rows.commit_references.finish(), rows.changes.finish()];
                for (writer, batch) in writers.iter_mut().zip(batches) {
                    if failed.is_none()
                        && let Err(error) = writer.write(batch)
                    {
                        failed = Some(error);
                        // The walk has no other way to learn that its rows cannot be kept.
                        options.stop.store(true, std::sync::atomic::Ordering::Relaxed);
                    }
                }
                let batch = rows.gaps.finish();
                if batch.num_rows() > 0 {
                    history_gaps.push(batch);
                }
            },
        );
        if let Some(error) = failed {
            return Err(error.into());
        }
        let read = match outcome {
            Ok(read) => read,
            Err(GitError::Stopped) => return Err(ScanError::Stopped),
            Err(error) => return Err(error.into()),
        };
        newest = newest.max(read.newest_at);
        if read.is_rewritten && append_to.is_some() {
            // The tip of the last scan is no ancestor any more (a force push): its commits must not stay.
            append_to = None;
            newest = None;
            continue;
        }
        summary.commits_read = writers[0].rows();
        keep_history(append_to, state, summary);
        summary.commits += summary.commits_read;
        for writer in writers {
            let name = writer.spec().name;
            let file = writer.finish()?;
            let parts = state.tables.entry(name.to_owned()).or_default();
            parts.retain(|f| f.rows > 0);
            if file.rows > 0 || parts.is_empty() {
                parts.push(file);
            }
        }
        for batch in history_gaps {
            gaps.add(batch);
        }
        break;
    }
    join_parts(workspace, &source.name, state)?;
    Ok(newest)
}

/// How the history is read.
pub(super) fn history_options(options: &ScanOptions<'_>) -> HistoryOptions {
    HistoryOptions {
        renames: options.renames,
        threads: options.threads,
        now: Some(options.now),
        ..HistoryOptions::default()
    }
}

fn has_history(state: &SourceState) -> bool {
    HISTORY_TABLES
        .iter()
        .all(|spec| state.tables.get(spec.name).is_some_and(|files| files.iter().all(|f| f.spec == spec.version)))
}

/// Takes over the history that was read before.
fn keep_history(old: Option<&SourceState>, state: &mut SourceState, summary: &mut SourceSummary) {
    let Some(old) = old else { return };
    for spec in HISTORY_TABLES {
        if let Some(files) = old.tables.get(spec.name) {
            state.tables.insert(spec.name.to_owned(), files.clone());
            if spec.name == commits::SPEC.name {
                summary.commits = files.iter().map(|f| f.rows).sum();
            }
        }
    }
}

/// Puts the parts of a history table together when they have become many.
fn join_parts(workspace: &Workspace, owner: &str, state: &mut SourceState) -> Result<(), FactsError> {
    for spec in HISTORY_TABLES {
        let Some(parts) = state.tables.get(spec.name).filter(|p| p.len() > MOST_PARTS) else { continue };
        let mut writer = workspace.writer(spec, owner)?;
        for part in parts {
            for batch in workspace.read(part)? {
                writer.write(batch?)?;
            }
        }
        let joined: FactFile = writer.finish()?;
        state.tables.insert(spec.name.to_owned(), vec![joined]);
    }
    Ok(())
}
