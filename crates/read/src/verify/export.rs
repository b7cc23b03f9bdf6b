//! Checks rows that were read of a tracker's export: the file has the bytes that were read, and the lines are in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sightline_facts::spec::Proof;
use sightline_facts::store::{Snapshot, SourceState, Workspace};
use sightline_facts::tables;

use super::{Broken, Columns, Verified};
use crate::scan::{Progress, ScanError, export_hashes};
use crate::text::raw_path;

/// Lines of a file, counted while it streams by.
fn count_lines(path: &Path) -> std::io::Result<i64> {
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let (mut buffer, mut lines, mut ends_open) = (vec![0; 1 << 20], 0, false);
    loop {
        let n = file.read(&mut buffer)?;
        let Some(last) = buffer[..n].last() else { break };
        ends_open = *last != b'\n';
        lines += i64::try_from(memchr::memchr_iter(b'\n', &buffer[..n]).count()).unwrap_or(i64::MAX);
    }
    Ok(lines + i64::from(ends_open))
}

/// Checks all rows of one export. With the bytes that were read, every line says what it said; so one hash stands for
/// reading millions of lines again.
pub(super) fn verify(
    workspace: &Workspace,
    snapshot: &Snapshot,
    source: &SourceState,
    verified: &mut Verified,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<(), ScanError> {
    progress.stage(&source.name, "evidence", None);
    let mut files = BTreeMap::new();
    for (name, hash) in &source.exports {
        let path = Path::new(&source.folder).join(path_of(name));
        let found = export_hashes(std::slice::from_ref(&path), stop);
        let state = match found {
            Err(ScanError::Stopped) => return Err(ScanError::Stopped),
            Err(_) => Err("the file is not there"),
            Ok(found) if found.values().next() != Some(hash) => Err("the file has another content"),
            Ok(_) => count_lines(&path).map_err(|_| "the file cannot be read"),
        };
        files.insert(name.as_str(), state);
    }
    for spec in tables::ALL.iter().copied().filter(|s| s.proof != Proof::Derived) {
        let own = source.tables.get(spec.name).into_iter().chain(snapshot.derived.get(spec.name)).flatten();
        for file in own.filter(|f| f.spec == spec.version) {
            let mut rows = 0;
            for batch in workspace.read(file)? {
                if stop.load(Ordering::Relaxed) {
                    return Err(ScanError::Stopped);
                }
                let batch = batch?;
                let columns = Columns::of(&batch, spec)?;
                for i in 0..batch.num_rows() {
                    if columns.repo.is_some_and(|r| r.value(i) != source.name) {
                        continue;
                    }
                    rows += 1;
                    let (path, lines) = (columns.path(i).unwrap_or_default(), columns.lines(i).unwrap_or_default());
                    let why = match files.get(path) {
                        None => "the file is none of the export".to_owned(),
                        Some(Err(why)) => (*why).to_owned(),
                        Some(Ok(n)) if lines.0 < 1 || lines.1 < lines.0 || lines.1 > *n => {
                            format!("lines {} to {} are not in the file ({n} lines)", lines.0, lines.1)
                        }
                        Some(Ok(_)) => continue,
                    };
                    verified.broken.push(Broken {
                        repo: source.name.clone(),
                        table: spec.name.to_owned(),
                        place: path.to_owned(),
                        line: lines.0,
                        why,
                    });
                    if verified.broken.len() >= MOST_BROKEN {
                        break;
                    }
                }
            }
            for (table, count) in &mut verified.checked {
                if *table == spec.name {
                    *count += rows;
                }
            }
        }
    }
    Ok(())
}

/// A changed export breaks each of its rows; the first of them say as much as all.
const MOST_BROKEN: usize = 10_000;

fn path_of(name: &str) -> std::path::PathBuf {
    let raw = raw_path(name);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        std::ffi::OsStr::from_bytes(&raw).into()
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(&raw).into_owned().into()
    }
}
