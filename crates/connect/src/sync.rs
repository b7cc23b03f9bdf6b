//! One round of a download: ask for what changed, append it, and leave a folder that the readers can read.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use sightline_facts::time::{instant_iso, parse_instant};

use crate::address::Address;
use crate::client::{Client, Limits};
use crate::error::ConnectError;
use crate::folder::{self, Cursor, Folder, INCOMPLETE, Missing, STATE};
use crate::kinds::Kind;
use crate::secret::{Credentials, Environment};
use crate::{github, gitlab, incidents, jenkins, jira, linear};

/// Told how far a download is.
pub trait Progress {
    /// `done` records of `what` were downloaded, as `github-acme-shop: issues`.
    fn downloaded(&self, what: &str, done: u64);
    /// A sentence that the user should see.
    fn notice(&self, text: &str);
}

/// What the user may choose.
pub struct Options<'a> {
    /// Where tokens come from.
    pub environment: Environment<'a>,
    /// Patience.
    pub limits: Limits,
    /// Told how far it is.
    pub progress: &'a dyn Progress,
    /// Raised to stop.
    pub stop: &'a AtomicBool,
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Requests sent.
    pub requests: u64,
    /// Records written.
    pub records: u64,
    /// Parts of the source that could not be had; each is a line of `incomplete.jsonl`.
    pub missing: usize,
}

/// A record and the file that it belongs to.
pub(crate) type Record = (&'static str, Value);

/// Makes records of one element of a list, with requests of its own.
pub(crate) type Each<'e> = &'e mut dyn FnMut(&mut Sync<'_>, Value) -> Result<Vec<Record>, ConnectError>;

/// A round under way.
pub(crate) struct Sync<'a> {
    pub(crate) address: &'a Address,
    pub(crate) client: Client<'a>,
    pub(crate) folder: Folder,
    missing: Vec<Missing>,
    /// Lists that were begun in this round.
    begun: Vec<&'static str>,
    records: u64,
    /// The day from which on runs of builds are wanted, where the user names one.
    pub(crate) builds_from: Option<String>,
    /// Examples of what the fields of a Jira site hold, where the user gives some.
    pub(crate) jira_fields: Option<String>,
    progress: &'a dyn Progress,
}

impl Sync<'_> {
    /// Appends records and moves the cursor of their list, both or neither.
    pub(crate) fn commit(
        &mut self,
        list: &'static str,
        cursor: Cursor,
        records: &[Record],
    ) -> Result<(), ConnectError> {
        self.folder.commit(list, cursor, records)?;
        self.records += records.len() as u64;
        self.progress.downloaded(&format!("{}: {list}", self.address.title()), self.records);
        Ok(())
    }

    /// Says something that the user should see.
    pub(crate) fn notice(&self, text: &str) {
        self.progress.notice(text);
    }

    pub(crate) fn cursor(&self, list: &'static str) -> Cursor {
        self.folder.cursor(list)
    }

    /// Asks for a list that the source may lack or the token may not read: then that is written down, and the rest goes
    /// on.
    pub(crate) fn part(
        &mut self,
        list: &'static str,
        ask: impl FnOnce(&mut Self) -> Result<(), ConnectError>,
    ) -> Result<(), ConnectError> {
        self.begun.push(list);
        match ask(self) {
            Err(error) if error.is_of_one_part() => {
                let reason = if matches!(error, ConnectError::Forbidden { .. }) { "forbidden" } else { "not-found" };
                self.missing.push(Missing { what: list.to_owned(), reason, detail: error.brief() });
                Ok(())
            }
            other => other,
        }
    }

    /// Asks for a list without which there is nothing to read.
    pub(crate) fn whole(
        &mut self,
        list: &'static str,
        ask: impl FnOnce(&mut Self) -> Result<(), ConnectError>,
    ) -> Result<(), ConnectError> {
        self.begun.push(list);
        ask(self)
    }

    /// Asks for a detail of one record; `None` where it is not there or not allowed.
    pub(crate) fn detail(&mut self, path: &str, query: &[(&str, &str)]) -> Result<Option<Value>, ConnectError> {
        match self.client.get(path, query) {
            Ok(answer) => Ok(Some(answer.body)),
            Err(error) if error.is_of_one_part() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Brings the download of a source up to date.
///
/// The folder is left in order whatever happens: what was downloaded before an error counts, stands once, and is gone on
/// from next time.
///
/// # Errors
/// [`ConnectError`]: no token, no network, nothing there, a stop by the user.
pub fn sync(address: &Address, folder: &Path, options: &Options<'_>) -> Result<Outcome, ConnectError> {
    let credentials = Credentials::find(address, options.environment)?;
    if credentials.is_none() && address.kind == Kind::Github {
        options.progress.notice("no token is set, so GitHub allows 60 requests an hour (`sightline connect github`)");
    }
    let builds_from = (options.environment)("SIGHTLINE_BUILDS_FROM").filter(|day| !day.trim().is_empty());
    if builds_from.as_deref().is_some_and(|day| parse_instant(day).is_none()) {
        options.progress.notice("SIGHTLINE_BUILDS_FROM is no day such as 2024-01-31, so it is passed over");
    }
    let waiting = |text: &str| options.progress.notice(text);
    let mut sync = Sync {
        address,
        client: Client::new(address, credentials, options.limits, options.stop, &waiting),
        folder: Folder::open(folder, &address.location, options.stop)?,
        missing: Vec::new(),
        begun: Vec::new(),
        records: 0,
        jira_fields: (options.environment)("SIGHTLINE_JIRA_FIELDS"),
        builds_from: builds_from.and_then(|day| parse_instant(&day)).map(instant_iso),
        progress: options.progress,
    };
    let asked = match address.kind {
        Kind::Github => github::sync(&mut sync),
        Kind::Gitlab => gitlab::sync(&mut sync),
        Kind::Jira => jira::sync(&mut sync),
        Kind::Linear => linear::sync(&mut sync),
        Kind::Jenkins => jenkins::sync(&mut sync),
        Kind::Pagerduty => incidents::pagerduty(&mut sync),
        Kind::Opsgenie => incidents::opsgenie(&mut sync),
        Kind::Statuspage => incidents::statuspage(&mut sync),
    };
    sync.folder.settle()?;
    if let Err(error) = &asked {
        // What was never there from end to end is a gap in the tables; what is only out of date is not.
        for list in std::mem::take(&mut sync.begun) {
            if !sync.folder.cursor(list).is_whole && !sync.missing.iter().any(|m| m.what == list) {
                sync.missing.push(Missing { what: list.to_owned(), reason: "not-downloaded", detail: error.brief() });
            }
        }
    }
    if asked.is_ok() && !sync.folder.has_records() {
        let detail = "the source holds no record yet".to_owned();
        sync.missing.push(Missing { what: "records".to_owned(), reason: "empty", detail });
    }
    // A source that could not be asked even once leaves nothing that looks like a download.
    if asked.is_ok() || sync.folder.has_records() {
        sync.folder.tell_missing(&sync.missing)?;
    }
    let outcome = Outcome { requests: sync.client.requests, records: sync.records, missing: sync.missing.len() };
    asked.map(|()| outcome)
}

/// Whether a folder holds an earlier download that can be read.
pub fn earlier(folder: &Path) -> bool {
    folder.join(STATE).is_file() && !exports(folder).is_empty()
}

/// The files of a download that hold records, in the order in which they are read.
pub fn exports(folder: &Path) -> Vec<PathBuf> {
    let mut found = folder::files(folder);
    found.retain(|file| std::fs::metadata(file).is_ok_and(|m| m.len() > 0));
    // The items say best what the whole is of; what is missing is told last.
    found.sort_by_key(|file| (file.ends_with(INCOMPLETE), !file.ends_with("issues.jsonl"), file.clone()));
    found
}

/// Puts a download in order that a killed run left behind, without asking anybody: what does not count is cut off, and of
/// a record that stands twice the newer one stays. A folder that may not be written is left as it is.
///
/// # Errors
/// [`ConnectError::Stopped`].
pub fn settle(folder: &Path, stop: &AtomicBool) -> Result<(), ConnectError> {
    let location = std::fs::read(folder.join(STATE))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .and_then(|state| state["location"].as_str().map(str::to_owned))
        .unwrap_or_default();
    match Folder::open(folder, &location, stop).and_then(|mut open| open.settle()) {
        Err(ConnectError::Stopped) => Err(ConnectError::Stopped),
        _ => Ok(()),
    }
}
