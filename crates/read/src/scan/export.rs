//! Scans what a tracker exported: a source of its own, whose rows depend on the bytes of its files and the readers'
//! version. The same bytes are not read again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sightline_facts::store::{SourceState, Workspace};
use sightline_facts::tables::{
    data_sets, deployment_changes, deployments, gaps, incidents, initiative_updates, initiatives, issue_events,
    issue_links, issues, milestones, pipelines, pulls, reviews,
};

use super::{ScanError, ScanOptions, Source, SourceSummary, rfc3339};
use crate::git::GitError;
use crate::text::visible_path;
use crate::trackers;

/// Hash of everything that the rows depend on besides the files.
fn reader_hash(options: &ScanOptions<'_>) -> String {
    let specs = [
        &data_sets::SPEC,
        &issues::SPEC,
        &issue_events::SPEC,
        &issue_links::SPEC,
        &pulls::SPEC,
        &reviews::SPEC,
        &milestones::SPEC,
        &pipelines::SPEC,
        &deployments::SPEC,
        &deployment_changes::SPEC,
        &incidents::SPEC,
        &initiatives::SPEC,
        &initiative_updates::SPEC,
        &gaps::SPEC,
    ];
    let versions = specs.map(|s| s.version);
    let said = (options.statuses, options.jira_fields);
    let key = format!("{} {versions:?} {:?} {said:?}", trackers::VERSION, options.as_of);
    blake3::hash(key.as_bytes()).to_hex()[..16].to_owned()
}

/// Name and hash of each file.
pub(crate) fn hashes(files: &[std::path::PathBuf], stop: &AtomicBool) -> Result<BTreeMap<String, String>, ScanError> {
    files
        .iter()
        .map(|path| {
            let name = path.file_name().map(|n| visible_path(n.as_encoded_bytes()).into_owned()).unwrap_or_default();
            Ok((name, hash_of(path, stop)?))
        })
        .collect()
}

fn hash_of(path: &Path, stop: &AtomicBool) -> Result<String, ScanError> {
    let wrong = |e: std::io::Error| GitError::NotReadable { path: path.to_path_buf(), detail: e.kind().to_string() };
    let mut file = File::open(path).map_err(wrong)?;
    let mut hash = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(ScanError::Stopped);
        }
        let n = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(wrong(e).into()),
        };
        hash.update(&buffer[..n]);
    }
    Ok(hash.finalize().to_hex()[..32].to_owned())
}

/// Reads the source, or keeps what was read of the same bytes.
pub(super) fn scan(
    workspace: &Workspace,
    old: Option<&SourceState>,
    source: &Source,
    options: &ScanOptions<'_>,
) -> Result<(SourceState, SourceSummary), ScanError> {
    let mut state = SourceState {
        name: source.name.clone(),
        location: source.location.clone(),
        folder: source.folder.to_string_lossy().into_owned(),
        kind: "tracker".to_owned(),
        asked_revision: None,
        commit: None,
        reader_hash: reader_hash(options),
        history_hash: String::new(),
        exports: hashes(&source.exports, options.stop)?,
        tags_hash: String::new(),
        read_at: rfc3339(options.now),
        tables: BTreeMap::new(),
    };
    let mut summary = SourceSummary { files: source.exports.len() as u64, ..SourceSummary::default() };
    if let Some(old) = old.filter(|o| o.reader_hash == state.reader_hash && o.exports == state.exports) {
        state.tables.clone_from(&old.tables);
        summary.unchanged = true;
        return Ok((state, summary));
    }
    let outcome = trackers::read(&trackers::Reading {
        workspace,
        repo: &source.name,
        files: &source.exports,
        threads: options.threads,
        now: options.now,
        as_of: options.as_of,
        statuses: options.statuses,
        jira_fields: options.jira_fields,
        progress: options.progress,
        stop: options.stop,
    })?;
    summary.files_read = summary.files;
    summary.records = outcome.records;
    state.tables = outcome.tables;
    Ok((state, summary))
}
