//! A source that is downloaded from a server of this machine, and what the folder then holds.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of it")]

pub(crate) mod github;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use sightline_connect::{Address, ConnectError, Limits, Options, Outcome, Progress, sync};

/// The token of all tests: it must be found nowhere.
pub(crate) const TOKEN: &str = "tok3n-that-nobody-may-see";

/// Keeps what a download says.
#[derive(Default)]
pub(crate) struct Said(Mutex<Vec<String>>);

impl Progress for Said {
    fn downloaded(&self, what: &str, _done: u64) {
        self.0.lock().expect("nobody panics").push(what.to_owned());
    }

    fn notice(&self, text: &str) {
        self.0.lock().expect("nobody panics").push(text.to_owned());
    }
}

/// A folder to download into.
pub(crate) struct Download {
    pub(crate) folder: tempfile::TempDir,
    address: Address,
    said: Said,
    pub(crate) stop: AtomicBool,
    /// The day from which on builds are wanted, as the user wrote it.
    pub(crate) builds_from: Option<&'static str>,
    /// Examples of what the fields of a Jira site hold.
    pub(crate) jira_fields: Option<&'static str>,
}

impl Download {
    pub(crate) fn of(location: &str) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            address: Address::parse(location).expect("a source").expect("an address"),
            said: Said::default(),
            stop: AtomicBool::new(false),
            builds_from: None,
            jira_fields: None,
        }
    }

    /// One round, with the token in the variables that the services know.
    pub(crate) fn round(&self) -> Result<Outcome, ConnectError> {
        self.round_until(&self.stop)
    }

    /// One round that ends when somebody raises the flag.
    pub(crate) fn round_until(&self, stop: &AtomicBool) -> Result<Outcome, ConnectError> {
        let environment = |name: &str| match name {
            "SIGHTLINE_BUILDS_FROM" => self.builds_from.map(str::to_owned),
            "SIGHTLINE_JIRA_FIELDS" => self.jira_fields.map(str::to_owned),
            "SIGHTLINE_HOSTS" | "GH_TOKEN" | "JIRA_PAT" => None,
            name if name.ends_with("EMAIL") || name.ends_with("USER") => Some("ann@example.org".to_owned()),
            _ => Some(TOKEN.to_owned()),
        };
        let limits = Limits { longest_wait: Duration::from_secs(5), pause: Duration::from_millis(1) };
        let options = Options { environment: &environment, limits, progress: &self.said, stop };
        sync(&self.address, self.folder.path(), &options)
    }

    /// Rounds until one comes to its end.
    pub(crate) fn finish(&self) -> Outcome {
        self.stop.store(false, Ordering::SeqCst);
        self.round().expect("nothing is in the way")
    }

    /// What the user was told beside how far it is.
    pub(crate) fn said(&self) -> String {
        self.said.0.lock().expect("nobody panics").join("\n")
    }

    /// The records of a file by their id. None may stand twice.
    pub(crate) fn records(&self, file: &str, id: &str) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for record in self.lines(file) {
            let id = record[id].to_string();
            assert!(found.insert(id.clone(), record).is_none(), "{id} of {file} stands twice");
        }
        found
    }

    pub(crate) fn lines(&self, file: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line is whole JSON")).collect()
    }

    /// Name and text of each file.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        below(self.folder.path(), &mut found);
        found
    }

    /// The token stands in no file and in nothing that was said.
    pub(crate) fn keeps_the_secret(&self) {
        for (path, text) in self.files() {
            assert!(!text.contains(TOKEN), "{}", path.display());
        }
        for text in self.said.0.lock().expect("nobody panics").iter() {
            assert!(!text.contains(TOKEN), "{text}");
        }
    }
}

fn below(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            below(&entry.path(), found);
        } else {
            let bytes = std::fs::read(entry.path()).expect("a file");
            found.insert(entry.path(), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
