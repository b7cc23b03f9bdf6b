//! Streams the files of one data set into the store: cut, parse on several threads, drop what came before, write.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashSet;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::rows::RowBuilder;
use sightline_facts::store::{FactFile, TableWriter, Workspace};
use sightline_facts::tables::data_sets::{self, DataSetRow, DataSetsBuilder};
use sightline_facts::tables::gaps::{self, GapRow, GapsBuilder};
use sightline_facts::tables::milestones::{self, MilestoneRow, MilestonesBuilder};
use sightline_facts::time::DAY;
use sightline_facts::{FactsError, spec::TableSpec};

use super::boards::Boards;
use super::jira::Site;
use super::records::{Record, Records};
use super::status::Statuses;
use super::table::Projects;
use super::{Format, Kind, Place, Tells, Told, recognise};
use crate::rows::TrackerRows;
use crate::scan::{Progress, ScanError};
use crate::text::visible_path;

/// Bytes of records in flight: parsed side by side while those before are written.
const CHUNK_BYTES: usize = 8 << 20;
/// Gaps of one data set that are kept; a file that is broken throughout says the same again and again.
const MOST_GAPS: u64 = 10_000;

/// What to read and where to.
pub(crate) struct Reading<'a> {
    pub(crate) workspace: &'a Workspace,
    /// Name of the data set.
    pub(crate) repo: &'a str,
    /// Files in order.
    pub(crate) files: &'a [PathBuf],
    pub(crate) threads: usize,
    /// The present, microseconds since 1970.
    pub(crate) now: i64,
    /// The day that the user named, if any.
    pub(crate) as_of: Option<i64>,
    /// What people say that statuses mean.
    pub(crate) statuses: &'a Statuses,
    /// Examples of what the fields of a Jira site hold, where the user gives some.
    pub(crate) jira_fields: Option<&'a str>,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) stop: &'a AtomicBool,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Fact files by table.
    pub(crate) tables: BTreeMap<String, Vec<FactFile>>,
    /// Records read.
    pub(crate) records: u64,
}

/// Writers of the tables that have rows.
struct Writers<'a> {
    workspace: &'a Workspace,
    repo: &'a str,
    open: BTreeMap<&'static str, TableWriter>,
}

impl Writers<'_> {
    fn write(&mut self, spec: &'static TableSpec, batch: RecordBatch) -> Result<(), FactsError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        match self.open.entry(spec.name) {
            std::collections::btree_map::Entry::Occupied(mut open) => open.get_mut().write(batch),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(self.workspace.writer(spec, self.repo)?).write(batch)
            }
        }
    }

    fn rows(&mut self, all: Vec<TrackerRows>) -> Result<(), FactsError> {
        for mut rows in all {
            for builder in rows.builders() {
                let (spec, batch) = (builder.spec(), builder.finish());
                self.write(spec, batch)?;
            }
            self.write(&gaps::SPEC, rows.gaps.finish())?;
        }
        Ok(())
    }
}

/// A record, parsed or not.
type Parsed = Result<Box<dyn Tells>, String>;

/// Reads all files of a data set. Memory follows [`CHUNK_BYTES`] and the keys of the items, not the files.
pub(crate) fn read(reading: &Reading<'_>) -> Result<Outcome, ScanError> {
    let mut writers = Writers { workspace: reading.workspace, repo: reading.repo, open: BTreeMap::new() };
    let mut told = Told { latest: reading.now + DAY, ..Told::default() };
    let mut gaps = Gaps { repo: reading.repo, rows: GapsBuilder::default(), n: 0 };
    let mut seen: FxHashSet<(&'static str, String)> = FxHashSet::default();
    let mut outcome = Outcome::default();
    let mut first: Option<First> = None;
    let files = reading.files.iter().map(|path| Ok((path, format_of(path)?))).collect::<Result<Vec<_>, ScanError>>()?;
    let projects = projects(&files)?;
    let boards = boards(&files)?;
    let jira = jira_site(&files, reading.jira_fields)?;
    reading.progress.stage(reading.repo, "records", None);
    for (path, format) in files {
        let name = path.file_name().map(|n| visible_path(n.as_encoded_bytes()).into_owned()).unwrap_or_default();
        let Some(format) = format else {
            gaps.push(&name, None, "unknown-format", "its first record is none of an export that we know");
            continue;
        };
        let file = File::open(path).map_err(|e| not_readable(path, &e))?;
        let mut records = Records::new(BufReader::with_capacity(1 << 20, file), format.layout);
        let mut has_header = matches!(format.kind, Kind::Table(_));
        let mut pending: Option<Vec<TrackerRows>> = None;
        loop {
            if reading.stop.load(Ordering::Relaxed) {
                return Err(ScanError::Stopped);
            }
            let mut chunk = Vec::new();
            let mut bytes = 0;
            while bytes < CHUNK_BYTES {
                let Some(record) = records.next().map_err(|e| not_readable(path, &e))? else { break };
                if std::mem::take(&mut has_header) {
                    continue;
                }
                bytes += record.bytes.len();
                chunk.push(record);
            }
            if chunk.is_empty() {
                break;
            }
            // Rows of the chunk before are written while this one is parsed.
            let (written, parsed) = std::thread::scope(|scope| {
                let parsing = scope.spawn(|| parse(&format.kind, &chunk, reading.threads));
                let written = pending.take().map_or(Ok(()), |rows| writers.rows(rows));
                (written, parsing.join())
            });
            written?;
            let parsed = parsed.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked));
            let mut fresh: Vec<(&Record, Box<dyn Tells>)> = Vec::with_capacity(parsed.len());
            for (record, parsed) in chunk.iter().zip(parsed) {
                match parsed {
                    Err(detail) => {
                        let reason = if record.too_long { "too-large" } else { "syntax" };
                        gaps.push(&name, Some((record.line_start, record.line_end)), reason, &detail);
                    }
                    Ok(tells) => {
                        // Records of different kinds may have the same number.
                        if seen.insert((format.word, tells.id())) {
                            fresh.push((record, tells));
                        }
                    }
                }
            }
            outcome.records += fresh.len() as u64;
            let place = Place {
                repo: reading.repo,
                path: &name,
                line_start: 0,
                line_end: 0,
                projects: &projects,
                boards: &boards,
                statuses: reading.statuses,
                jira: &jira,
            };
            let (rows, later) = tell(&fresh, place, &told, reading.threads);
            told.join(later);
            pending = Some(rows);
            reading.progress.advance(outcome.records, "records");
        }
        if let Some(rows) = pending {
            writers.rows(rows)?;
        }
        first.get_or_insert((format.word, name, (records.line() - 1).max(1)));
    }
    for wrong in &jira.wrong {
        let (_, file, _) = first.clone().unwrap_or_default();
        gaps.push(&file, None, "jira-field", &format!("SIGHTLINE_JIRA_FIELDS: {wrong}"));
    }
    let sets = data_set_rows(reading, &told, outcome.records, gaps.n, first);
    writers.write(&data_sets::SPEC, sets)?;
    writers.write(&milestones::SPEC, milestone_rows(reading, &told))?;
    writers.write(&gaps::SPEC, gaps.rows.finish())?;
    for (table, writer) in writers.open {
        outcome.tables.insert(table.to_owned(), vec![writer.finish()?]);
    }
    Ok(outcome)
}

/// Of the first file that holds an export: the word of its format, its name, and its last line.
type First = (&'static str, String, i64);

/// The row of `data_sets`; none where no file holds an export.
fn data_set_rows(reading: &Reading<'_>, told: &Told, n_records: u64, n_gaps: u64, first: Option<First>) -> RecordBatch {
    let mut sets = DataSetsBuilder::default();
    if let Some((format, path, line_end)) = first {
        sets.push(&DataSetRow {
            repo: reading.repo,
            format,
            as_of: reading.as_of.or(told.newest).unwrap_or(reading.now - reading.now.rem_euclid(DAY)),
            first_at: told.first_at,
            n_records: i64::try_from(n_records).unwrap_or(i64::MAX),
            n_gaps: i64::try_from(n_gaps).unwrap_or(i64::MAX),
            path: &path,
            line_start: 1,
            line_end,
            ..DataSetRow::default()
        });
    }
    sets.finish()
}

fn not_readable(path: &Path, error: &std::io::Error) -> ScanError {
    // A message of our own, about a file beside, says all there is to say.
    let detail = if error.get_ref().is_some() { error.to_string() } else { error.kind().to_string() };
    crate::git::GitError::NotReadable { path: path.to_path_buf(), detail }.into()
}

fn format_of(path: &Path) -> Result<Option<Format>, ScanError> {
    recognise(path).map_err(|e| not_readable(path, &e))
}

/// Which project each scope belongs to, where a file of the data set says so.
fn projects(files: &[(&PathBuf, Option<Format>)]) -> Result<Projects, ScanError> {
    let mut projects = Projects::new();
    for (path, format) in files {
        let Some(Format { layout, kind: Kind::Table(shape), .. }) = format else { continue };
        if shape.is_mapping() {
            let file = File::open(path).map_err(|e| not_readable(path, &e))?;
            let mut records = Records::new(BufReader::new(file), *layout);
            while let Some(record) = records.next().map_err(|e| not_readable(path, &e))? {
                shape.project(&record.bytes, &mut projects);
            }
        }
    }
    Ok(projects)
}

/// Where items stand in projects, where a file of the data set says so.
fn boards(files: &[(&PathBuf, Option<Format>)]) -> Result<Boards, ScanError> {
    let mut boards = Boards::default();
    for (path, format) in files {
        let Some(Format { layout, kind: Kind::ProjectItem, .. }) = format else { continue };
        let name = path.file_name().map(|n| visible_path(n.as_encoded_bytes()).into_owned()).unwrap_or_default();
        let file = File::open(path).map_err(|e| not_readable(path, &e))?;
        let mut records = Records::new(BufReader::new(file), *layout);
        while let Some(record) = records.next().map_err(|e| not_readable(path, &e))? {
            if !record.too_long {
                boards.add(&record.bytes, &name, record.line_start, record.line_end);
            }
        }
    }
    Ok(boards)
}

/// What a site of Jira says of its fields and statuses, by all its issues and the user's examples.
fn jira_site(files: &[(&PathBuf, Option<Format>)], examples: Option<&str>) -> Result<Site, ScanError> {
    let is_jira = files.iter().any(|(_, f)| matches!(f, Some(Format { kind: Kind::Jira, .. })));
    // An example is about Jira; other data sets of the workspace do not miss its issue.
    let mut site = Site::new(examples.filter(|_| is_jira));
    for (path, format) in files {
        let Some(Format { layout, kind: Kind::Jira, .. }) = format else { continue };
        let file = File::open(path).map_err(|e| not_readable(path, &e))?;
        let mut records = Records::new(BufReader::with_capacity(1 << 20, file), *layout);
        while let Some(record) = records.next().map_err(|e| not_readable(path, &e))? {
            if !record.too_long {
                site.learn(&record.bytes);
            }
        }
    }
    site.close();
    Ok(site)
}

/// Parses records on several threads; the answers are in their order.
fn parse(kind: &Kind, records: &[Record], threads: usize) -> Vec<Parsed> {
    in_parts(records, threads, |part| {
        part.iter()
            .map(|record| {
                if record.too_long {
                    return Err(format!("a record of more than {} MiB", super::records::MAX_RECORD >> 20));
                }
                kind.parse(&record.bytes)
            })
            .collect::<Vec<Parsed>>()
    })
    .into_iter()
    .flatten()
    .collect()
}

/// Writes records down as rows on several threads, each part in builders of its own.
fn tell(
    records: &[(&Record, Box<dyn Tells>)],
    place: Place<'_>,
    told: &Told,
    threads: usize,
) -> (Vec<TrackerRows>, Told) {
    let parts = in_parts(records, threads, |part| {
        let mut rows = TrackerRows::default();
        let mut own = Told { latest: told.latest, ..Told::default() };
        for (record, tells) in part {
            let place = Place { line_start: record.line_start, line_end: record.line_end, ..place };
            tells.tell(place, &mut rows, &mut own);
            own.tell_unreadable(&tells.id(), place, &mut rows);
        }
        (rows, own)
    });
    let mut all = Told { latest: told.latest, ..Told::default() };
    let mut rows = Vec::with_capacity(parts.len());
    for (part, own) in parts {
        all.join(own);
        rows.push(part);
    }
    (rows, all)
}

/// Cuts a slice into as many parts as there are threads and works on them side by side.
fn in_parts<T: Sync, R: Send>(all: &[T], threads: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let size = all.len().div_ceil(threads.max(1)).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = all.chunks(size).map(|part| scope.spawn(move || work(part))).collect();
        running.into_iter().map(|r| r.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))).collect()
    })
}

fn milestone_rows(reading: &Reading<'_>, told: &Told) -> RecordBatch {
    let mut rows = MilestonesBuilder::default();
    for ((project, kind, name), milestone) in &told.milestones {
        rows.push(&MilestoneRow {
            repo: reading.repo,
            project: project.as_deref(),
            milestone: name,
            kind,
            state: milestone.state,
            due_at: milestone.due_at,
            closed_at: milestone.closed_at,
            path: &milestone.path,
            line_start: milestone.line_start,
            line_end: milestone.line_end,
            ..MilestoneRow::default()
        });
    }
    rows.finish()
}

/// Records that could not be read.
struct Gaps<'a> {
    repo: &'a str,
    rows: GapsBuilder,
    n: u64,
}

impl Gaps<'_> {
    fn push(&mut self, path: &str, lines: Option<(i64, i64)>, reason: &str, detail: &str) {
        self.n += 1;
        if self.n > MOST_GAPS {
            return;
        }
        let detail = super::fields::text(detail).unwrap_or_default();
        self.rows.push(&GapRow {
            repo: self.repo,
            path: Some(path),
            line_start: lines.map(|l| l.0),
            line_end: lines.map(|l| l.1),
            reader: "tracker",
            reason,
            detail: &detail,
            ..GapRow::default()
        });
    }
}
