//! The folder that a source is downloaded into: files of JSON lines that the readers of exports know, and
//! `connection.json`, which says how far each of them counts and where to go on.
//!
//! A page is appended and synced first; only then the new cursor and the new lengths replace the old ones by one rename.
//! A kill between the two leaves lines beyond the length that counts, and the next run cuts them off: nothing is lost and
//! nothing counts twice. A record that was asked for again stands twice until [`Folder::settle`] keeps the newer one.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ConnectError;

/// Name of the file that makes a folder a download.
pub const STATE: &str = "connection.json";
/// Name of the file that says what could not be had.
pub const INCOMPLETE: &str = "incomplete.jsonl";
/// Raised when cursors or records mean something else; what an older version downloaded is then asked for anew.
const VERSION: u32 = 1;

/// Where to go on with one list of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Cursor {
    /// What changed before that instant is there.
    pub(crate) since: Option<String>,
    /// The page to ask for next in a round that is not finished.
    pub(crate) page: Option<String>,
    /// The newest instant of the round; becomes `since` at its end.
    pub(crate) newest: Option<String>,
    /// Records near `since` that are there, so that they are not asked for in detail again.
    pub(crate) seen: Vec<String>,
    /// It was there from one end to the other at least once.
    pub(crate) is_whole: bool,
    /// How far back the user wanted it when it was asked for from there, where somebody said so.
    pub(crate) from: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    version: u32,
    location: String,
    /// Bytes of each file that count.
    bytes: BTreeMap<String, u64>,
    cursors: BTreeMap<String, Cursor>,
}

/// What of a source could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Missing {
    /// What it is, as `deployments`.
    #[serde(rename = "missing")]
    pub(crate) what: String,
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
}

/// A download, held by one process at a time.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    state: State,
    _lock: File,
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ConnectError {
    let path = path.to_path_buf();
    move |source| ConnectError::Io { doing, path, source }
}

impl Folder {
    /// Opens or makes it, and cuts off what a killed run left behind.
    pub(crate) fn open(path: &Path, location: &str, stop: &AtomicBool) -> Result<Self, ConnectError> {
        std::fs::create_dir_all(path).map_err(io("create", path))?;
        let lock = lock(path, stop)?;
        let at = path.join(STATE);
        let mut state: State = match std::fs::read(&at) {
            // A state that cannot be understood is that of another version: everything is asked for anew.
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => State::default(),
            Err(e) => return Err(io("read", &at)(e)),
        };
        if state.version != VERSION {
            state = State { version: VERSION, ..State::default() };
        }
        location.clone_into(&mut state.location);
        let folder = Self { path: path.to_path_buf(), state, _lock: lock };
        folder.cut()?;
        Ok(folder)
    }

    /// Cuts off what was appended and does not count.
    fn cut(&self) -> Result<(), ConnectError> {
        for file in files(&self.path) {
            let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if name == INCOMPLETE {
                continue;
            }
            let counts = self.state.bytes.get(&name).copied().unwrap_or(0);
            let length = std::fs::metadata(&file).map_err(io("read", &file))?.len();
            if counts == 0 {
                std::fs::remove_file(&file).map_err(io("remove", &file))?;
            } else if length > counts {
                let open = OpenOptions::new().write(true).open(&file).map_err(io("open", &file))?;
                open.set_len(counts).and_then(|()| open.sync_all()).map_err(io("shorten", &file))?;
            }
        }
        Ok(())
    }

    pub(crate) fn cursor(&self, list: &str) -> Cursor {
        self.state.cursors.get(list).cloned().unwrap_or_default()
    }

    /// Appends records to files and moves the cursor of a list, both or neither.
    pub(crate) fn commit(
        &mut self,
        list: &str,
        cursor: Cursor,
        records: &[(&'static str, Value)],
    ) -> Result<(), ConnectError> {
        let mut by_file: BTreeMap<&'static str, Vec<u8>> = BTreeMap::new();
        for (file, record) in records {
            let lines = by_file.entry(file).or_default();
            serde_json::to_writer(&mut *lines, record)
                .map_err(|e| io("write", &self.path)(std::io::Error::other(e)))?;
            lines.push(b'\n');
        }
        for (file, lines) in by_file {
            let path = self.path.join(file);
            let mut open = OpenOptions::new().create(true).append(true).open(&path).map_err(io("open", &path))?;
            open.write_all(&lines).and_then(|()| open.sync_data()).map_err(io("write", &path))?;
            let length = open.metadata().map_err(io("read", &path))?.len();
            self.state.bytes.insert(file.to_owned(), length);
        }
        self.state.cursors.insert(list.to_owned(), cursor);
        self.save()
    }

    fn save(&self) -> Result<(), ConnectError> {
        let text =
            serde_json::to_vec_pretty(&self.state).map_err(|e| io("write", &self.path)(std::io::Error::other(e)))?;
        replace(&self.path.join(STATE), &text)
    }

    /// Whether there is anything to read.
    pub(crate) fn has_records(&self) -> bool {
        self.state.bytes.values().any(|bytes| *bytes > 0)
    }

    /// The records of a file that count, in their order; one that was asked for again stands twice.
    pub(crate) fn records(&self, file: &str) -> Result<Vec<Value>, ConnectError> {
        let path = self.path.join(file);
        let Ok(open) = File::open(&path) else { return Ok(Vec::new()) };
        let counts = self.state.bytes.get(file).copied().unwrap_or(0);
        let mut found = Vec::new();
        for line in BufReader::new(open.take(counts)).split(b'\n') {
            let line = line.map_err(io("read", &path))?;
            found.extend(serde_json::from_slice::<Value>(&line));
        }
        Ok(found)
    }

    /// Leaves one line of each record: the newest, where the record first stood if it says the same. A file in which
    /// every record stands once is not touched, so that what did not change is not read again.
    pub(crate) fn settle(&mut self) -> Result<(), ConnectError> {
        let names: Vec<String> = self.state.bytes.keys().cloned().collect();
        for name in names {
            let path = self.path.join(&name);
            if !path.exists() {
                continue;
            }
            let Some(kept) = kept_lines(&path)? else { continue };
            let part = self.path.join(format!("{name}.part"));
            let mut out = BufWriter::new(File::create(&part).map_err(io("create", &part))?);
            let mut length = 0_u64;
            for (number, line) in lines(&path)?.enumerate() {
                let line = line.map_err(io("read", &path))?;
                if kept.binary_search(&number).is_ok() {
                    length += line.len() as u64 + 1;
                    out.write_all(&line).and_then(|()| out.write_all(b"\n")).map_err(io("write", &part))?;
                }
            }
            let out = out.into_inner().map_err(|e| io("write", &part)(e.into_error()))?;
            out.sync_all().map_err(io("write", &part))?;
            // The shorter file counts as a whole also where the lengths are not yet those below.
            std::fs::rename(&part, &path).map_err(io("replace", &path))?;
            self.state.bytes.insert(name, length);
        }
        self.save()
    }

    /// Writes down what could not be had, or that nothing is missing.
    pub(crate) fn tell_missing(&self, missing: &[Missing]) -> Result<(), ConnectError> {
        let path = self.path.join(INCOMPLETE);
        if missing.is_empty() {
            return match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io("remove", &path)(e)),
                _ => Ok(()),
            };
        }
        let mut text = Vec::new();
        for one in missing {
            serde_json::to_writer(&mut text, one).map_err(|e| io("write", &path)(std::io::Error::other(e)))?;
            text.push(b'\n');
        }
        if std::fs::read(&path).is_ok_and(|before| before == text) {
            return Ok(());
        }
        replace(&path, &text)
    }
}

/// The files of JSON lines of a download, by name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect())
        .unwrap_or_default();
    found.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
    found.sort();
    found
}

fn lock(path: &Path, stop: &AtomicBool) -> Result<File, ConnectError> {
    let at = path.join("lock");
    let file = OpenOptions::new().create(true).append(true).open(&at).map_err(io("open", &at))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(e)) => return Err(io("lock", &at)(e)),
            Err(TryLockError::WouldBlock) if stop.load(Ordering::Relaxed) => return Err(ConnectError::Stopped),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), ConnectError> {
    let part = path.with_extension("part");
    let mut file = File::create(&part).map_err(io("create", &part))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io("write", &part))?;
    std::fs::rename(&part, path).map_err(io("replace", path))
}

fn lines(path: &Path) -> Result<impl Iterator<Item = std::io::Result<Vec<u8>>>, ConnectError> {
    Ok(BufReader::with_capacity(1 << 20, File::open(path).map_err(io("open", path))?).split(b'\n'))
}

/// What tells a record from the others of its file, whatever service it is of.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Ids {
    number: Value,
    iid: Value,
    key: Value,
    identifier: Value,
    id: Value,
    tag: Value,
    milestone: Value,
    kind: Value,
    project: Value,
    run_attempt: Value,
    job: Value,
}

fn id_of(line: &[u8]) -> Option<String> {
    let ids: Ids = serde_json::from_slice(line).ok()?;
    // A key that people use comes before the number of a row, which a moved issue may change.
    let first = [&ids.key, &ids.identifier, &ids.number, &ids.iid, &ids.tag, &ids.id].into_iter().find(|v| is_id(v));
    match first {
        Some(id) => Some(format!("{id} {} {}", ids.run_attempt, ids.job)),
        None => ids.milestone.is_string().then(|| format!("{} {} {}", ids.kind, ids.project, ids.milestone)),
    }
}

fn is_id(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

/// Numbers of the lines to keep, rising; `None` where that is all of them.
fn kept_lines(path: &Path) -> Result<Option<Vec<usize>>, ConnectError> {
    /// First line that says what the last one says, and the hash of the last one.
    #[derive(Clone, Copy)]
    struct Last {
        line: usize,
        hash: [u8; 16],
    }
    let mut last: FxHashMap<String, Last> = FxHashMap::default();
    let mut n = 0;
    let mut kept = Vec::new();
    for (number, line) in lines(path)?.enumerate() {
        let line = line.map_err(io("read", path))?;
        n += 1;
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(&line).as_bytes()[..16]);
        match id_of(&line) {
            None => kept.push(number),
            Some(id) => {
                let entry = last.entry(id).or_insert(Last { line: number, hash });
                if entry.hash != hash {
                    *entry = Last { line: number, hash };
                }
            }
        }
    }
    if kept.len() + last.len() == n {
        return Ok(None);
    }
    kept.extend(last.into_values().map(|l| l.line));
    kept.sort_unstable();
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tried {
        folder: tempfile::TempDir,
    }

    impl Tried {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().expect("a temporary folder") }
        }

        fn open(&self) -> Folder {
            Folder::open(self.folder.path(), "github:a/b", &AtomicBool::new(false)).expect("a folder can be made")
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.folder.path().join("issues.jsonl")).unwrap_or_default()
        }
    }

    fn issue(number: i64, title: &str) -> (&'static str, Value) {
        ("issues.jsonl", serde_json::json!({"number": number, "title": title}))
    }

    fn at(page: &str) -> Cursor {
        Cursor { page: Some(page.to_owned()), ..Cursor::default() }
    }

    #[test]
    fn what_does_not_count_is_cut_off() {
        let tried = Tried::new();
        tried.open().commit("issues", at("2"), &[issue(1, "a")]).expect("a page");
        // A kill after the lines were written and before the cursor was.
        let mut torn = tried.text();
        torn.push_str("{\"number\":2,\"ti");
        std::fs::write(tried.folder.path().join("issues.jsonl"), torn).expect("a file");
        std::fs::write(tried.folder.path().join("runs.jsonl"), "{\"id\":1}\n").expect("a file");
        let folder = tried.open();
        assert_eq!(tried.text(), "{\"number\":1,\"title\":\"a\"}\n");
        assert_eq!(folder.cursor("issues").page.as_deref(), Some("2"), "it goes on where it was");
        assert!(!tried.folder.path().join("runs.jsonl").exists());
    }

    #[test]
    fn of_two_records_the_newer_one_stays() {
        let tried = Tried::new();
        let mut folder = tried.open();
        folder.commit("issues", at("2"), &[issue(1, "a"), issue(2, "b")]).expect("a page");
        folder.settle().expect("nothing to do");
        let before = tried.text();
        folder.commit("issues", at("3"), &[issue(1, "a")]).expect("the same again");
        folder.settle().expect("a file can be written");
        assert_eq!(tried.text(), before, "what says the same leaves the bytes as they were");
        folder.commit("issues", at("3"), &[issue(1, "new"), issue(3, "c")]).expect("a page");
        folder.settle().expect("a file can be written");
        assert_eq!(
            tried.text(),
            "{\"number\":2,\"title\":\"b\"}\n{\"number\":1,\"title\":\"new\"}\n{\"number\":3,\"title\":\"c\"}\n"
        );
        drop(folder);
        tried.open();
        assert_eq!(tried.text().lines().count(), 3, "all of the shorter file counts");
    }

    #[test]
    fn what_is_missing_is_written_down_once() {
        let tried = Tried::new();
        let folder = tried.open();
        let missing = Missing { what: "deployments".into(), reason: "forbidden", detail: "no".into() };
        folder.tell_missing(&[missing]).expect("a file");
        let path = tried.folder.path().join(INCOMPLETE);
        assert!(std::fs::read_to_string(&path).expect("it is there").contains("\"forbidden\""));
        folder.tell_missing(&[]).expect("a file");
        assert!(!path.exists());
    }
}
