//! Tables that depend on all sources: modules, hotspots, coupling, metrics, claims. Made after the sources are read,
//! before anything is published.

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{DERIVED, FactFile, Snapshot, Workspace};
use sightline_map::{Catalogue, Correction};
use sightline_measure::Metric;
use sightline_read::scan::Progress;

use crate::ScanError;

/// Raised when a derived table says something else of the same source tables.
const VERSION: u32 = 3;

/// What the derived tables depend on: every fact file of every source by its content, the metrics, the catalogue, this
/// program.
pub(crate) fn key(
    snapshot: &Snapshot,
    metrics: &[Metric],
    catalogue: &[(String, String)],
    said: &[Correction],
) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(format!("{VERSION} {}", env!("CARGO_PKG_VERSION")).as_bytes());
    hash.update(sightline_tell::fingerprint().as_bytes());
    for file in snapshot.sources.values().flat_map(|s| s.tables.values()).flatten() {
        hash.update(file.file.as_bytes());
    }
    hash.update(format!("{said:?}").as_bytes());
    for metric in metrics {
        hash.update(metric.text.as_bytes());
    }
    for text in sightline_map::catalogue_texts() {
        hash.update(text.as_bytes());
    }
    for text in sightline_map::system_texts() {
        hash.update(text.as_bytes());
    }
    for (_, text) in catalogue {
        hash.update(text.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// Makes and writes all derived tables.
///
/// Questions that do not build on each other are asked at the same time where there are threads for it. Each answer
/// comes from one thread in a fixed order, so the tables do not depend on that.
pub(crate) fn derive(
    workspace: &Workspace,
    next: &mut Snapshot,
    metrics: &[Metric],
    threads: usize,
    catalogue: &Catalogue,
    said: &[Correction],
    progress: &dyn Progress,
) -> Result<(), ScanError> {
    next.derived.clear();
    let session = Session::for_many_questions(workspace, next)?;
    let repos: Vec<String> = next.sources.keys().cloned().collect();

    progress.stage("", "modules, hotspots and change coupling", None);
    let (by_table, changed) = both(
        threads,
        || -> Result<_, ScanError> {
            let mut by_table: Vec<(&'static TableSpec, Vec<RecordBatch>)> = Vec::new();
            for repo in &repos {
                for (spec, batch) in sightline_map::modules(&session, repo)? {
                    match by_table.iter_mut().find(|(s, _)| s.name == spec.name) {
                        Some((_, batches)) => batches.push(batch),
                        None => by_table.push((spec, vec![batch])),
                    }
                }
            }
            Ok(by_table)
        },
        || -> Result<_, ScanError> {
            Ok((sightline_measure::hotspots(&session)?, sightline_measure::coupling(&session)?))
        },
    );
    for (spec, batches) in by_table? {
        keep(workspace, next, &session, spec, batches)?;
    }
    progress.stage("", "technologies", None);
    let technologies = repos
        .iter()
        .map(|repo| sightline_map::technologies(&session, repo, catalogue))
        .collect::<Result<Vec<_>, _>>()?;
    keep(workspace, next, &session, &sightline_facts::tables::technologies::SPEC, technologies)?;
    progress.stage("", "components and connections", None);
    for (spec, batch) in sightline_map::system(&session, &repos, catalogue, said)? {
        keep(workspace, next, &session, spec, vec![batch])?;
    }
    let (hotspots, coupling) = changed?;
    keep(workspace, next, &session, &sightline_facts::tables::hotspots::SPEC, vec![hotspots])?;
    keep(workspace, next, &session, &sightline_facts::tables::coupling::SPEC, vec![coupling])?;

    progress.stage("", "metrics and sentences", None);
    let (values, sentences) =
        both(threads, || sightline_measure::run(&session, metrics), || sightline_tell::sentences(&session));
    keep(workspace, next, &session, &sightline_facts::tables::metrics::SPEC, vec![values?])?;
    for (spec, batch) in sentences?.rows() {
        keep(workspace, next, &session, spec, vec![batch])?;
    }
    Ok(())
}

/// Does two things, side by side where there are two threads.
fn both<A: Send, B: Send>(threads: usize, first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    if threads < 2 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let started = std::thread::Builder::new()
            .name("sightline-derive".to_owned())
            // The planner of SQL recurses.
            .stack_size(16 << 20)
            .spawn_scoped(scope, first);
        let second = second();
        let first = match started.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(first)) => first,
            Ok(Err(panicked)) => std::panic::resume_unwind(panicked),
            Err(error) => std::panic::resume_unwind(Box::new(format!("no thread could be started: {error}"))),
        };
        (first, second)
    })
}

/// Writes a derived table and lets later steps see it.
fn keep(
    workspace: &Workspace,
    next: &mut Snapshot,
    session: &Session,
    spec: &'static TableSpec,
    batches: Vec<RecordBatch>,
) -> Result<(), ScanError> {
    let mut writer = workspace.writer(spec, DERIVED)?;
    for batch in &batches {
        writer.write(batch.clone())?;
    }
    let file: FactFile = writer.finish()?;
    next.derived.insert(spec.name.to_owned(), vec![file]);
    session.add_batches(spec, batches)?;
    Ok(())
}
