//! Tables that depend on all sources: modules, hotspots, coupling, metrics, claims. Made after the sources are read,
//! before anything is published.

use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{DERIVED, FactFile, Snapshot, Workspace};
use sightline_facts::arrow::array::RecordBatch;
use sightline_measure::Metric;
use sightline_read::scan::Progress;

use crate::ScanError;

/// Raised when a derived table says something else of the same source tables.
const VERSION: u32 = 1;

/// What the derived tables depend on: every fact file of every source by its content, the metrics, this program.
pub(crate) fn key(snapshot: &Snapshot, metrics: &[Metric]) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(format!("{VERSION} {}", env!("CARGO_PKG_VERSION")).as_bytes());
    hash.update(sightline_tell::fingerprint().as_bytes());
    for file in snapshot.sources.values().flat_map(|s| s.tables.values()).flatten() {
        hash.update(file.file.as_bytes());
    }
    for metric in metrics {
        hash.update(metric.text.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// Makes and writes all derived tables.
pub(crate) fn derive(
    workspace: &Workspace,
    next: &mut Snapshot,
    metrics: &[Metric],
    progress: &dyn Progress,
) -> Result<(), ScanError> {
    next.derived.clear();
    let session = Session::of_snapshot(workspace, next, true)?;
    let repos: Vec<String> = next.sources.keys().cloned().collect();

    progress.stage("", "modules", None);
    let mut by_table: Vec<(&'static TableSpec, Vec<RecordBatch>)> = Vec::new();
    for repo in &repos {
        for (spec, batch) in sightline_map::modules(&session, repo)? {
            match by_table.iter_mut().find(|(s, _)| s.name == spec.name) {
                Some((_, batches)) => batches.push(batch),
                None => by_table.push((spec, vec![batch])),
            }
        }
    }
    for (spec, batches) in by_table {
        keep(workspace, next, &session, spec, batches)?;
    }
    progress.stage("", "hotspots and change coupling", None);
    let hotspots = sightline_measure::hotspots(&session)?;
    keep(workspace, next, &session, &sightline_facts::tables::hotspots::SPEC, vec![hotspots])?;
    let coupling = sightline_measure::coupling(&session)?;
    keep(workspace, next, &session, &sightline_facts::tables::coupling::SPEC, vec![coupling])?;
    progress.stage("", "metrics", None);
    let values = sightline_measure::run(&session, metrics)?;
    keep(workspace, next, &session, &sightline_facts::tables::metrics::SPEC, vec![values])?;
    progress.stage("", "sentences", None);
    for (spec, batch) in sightline_tell::sentences(&session)?.rows() {
        keep(workspace, next, &session, spec, vec![batch])?;
    }
    Ok(())
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
