//! The facts of one snapshot, opened once and kept until the snapshot changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use sightline_facts::FactsError;
use sightline_facts::session::Session;
use sightline_facts::store::{Snapshot, Workspace};
use sightline_search::Index;
use sightline_tell::cell::{Cell, Rows};
use sightline_tell::document::{Report, Source};
use sightline_tell::since::Dates;

use crate::reply::Trouble;

/// Pages and reports that are kept, each.
const MOST_KEPT: usize = 400;
/// Bytes of pages that are kept.
const MOST_BYTES: usize = 48 << 20;

/// Everything that pages ask of one snapshot.
pub(crate) struct Facts {
    /// Tells this snapshot from all others.
    pub(crate) stamp: String,
    /// Where sources are and what they were read at.
    pub(crate) snapshot: Snapshot,
    /// Answers the questions of pages; small tables are held in memory.
    pub(crate) session: Session,
    /// What was read, for headers.
    pub(crate) sources: Vec<Source>,
    /// What people call what was read.
    pub(crate) name: String,
    /// Days that the facts reach, and those that are offered to compare with.
    pub(crate) dates: Dates,
    /// Names of parts of the system.
    pub(crate) parts: BTreeSet<String>,
    workspace: Workspace,
    /// Answers the questions of people: apart, so that a heavy one holds up no page.
    console: OnceLock<Result<Session, String>>,
    index: OnceLock<Result<Index, String>>,
    reports: Mutex<BTreeMap<String, Arc<Report>>>,
    bodies: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bodies: BTreeMap<String, Arc<str>>,
    bytes: usize,
}

impl Facts {
    fn open(workspace: &Workspace, snapshot: Snapshot) -> Result<Self, Trouble> {
        let session = Session::for_many_questions(workspace, &snapshot)?;
        let sources = sightline_tell::sources(&session)?;
        let name = sightline_tell::title(&session)?;
        let dates = sightline_tell::since::dates(&session)?;
        let names = Rows::of(&session.query("select distinct name from components")?);
        let parts = names.rows.iter().filter_map(|r| r.first().and_then(Cell::text).map(str::to_owned)).collect();
        Ok(Self {
            stamp: snapshot.fingerprint(),
            snapshot,
            session,
            sources,
            name,
            dates,
            parts,
            workspace: workspace.clone(),
            console: OnceLock::new(),
            index: OnceLock::new(),
            reports: Mutex::default(),
            bodies: Mutex::default(),
        })
    }

    /// The session for questions in SQL.
    pub(crate) fn console(&self) -> Result<&Session, FactsError> {
        let made = self
            .console
            .get_or_init(|| Session::of_snapshot(&self.workspace, &self.snapshot, false).map_err(|e| e.to_string()));
        made.as_ref().map_err(|detail| FactsError::Sql { detail: detail.clone() })
    }

    /// The search index; made when it is not there, which [`warm`] does ahead of the first search.
    pub(crate) fn index(&self) -> Result<&Index, Trouble> {
        let made = self.index.get_or_init(|| {
            Index::open_or_build(&self.session, &self.workspace.search_dir()).map_err(|e| e.to_string())
        });
        made.as_ref().map_err(|detail| Trouble::Broken(detail.clone()))
    }

    /// A report that was made before, or the one that `make` gives.
    pub(crate) fn report(
        &self,
        key: &str,
        make: impl FnOnce(&Session) -> Result<Report, Trouble>,
    ) -> Result<Arc<Report>, Trouble> {
        if let Some(report) = self.reports.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(Arc::clone(report));
        }
        let report = Arc::new(make(&self.session)?);
        let mut kept = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key.to_owned(), Arc::clone(&report));
        Ok(report)
    }

    /// The inside of a page that was set before, or the one that `make` gives.
    pub(crate) fn body(&self, key: &str, make: impl FnOnce() -> Result<String, Trouble>) -> Result<Arc<str>, Trouble> {
        if let Some(body) = self.bodies.lock().unwrap_or_else(PoisonError::into_inner).bodies.get(key) {
            return Ok(Arc::clone(body));
        }
        let body: Arc<str> = make()?.into();
        let mut kept = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bodies.len() >= MOST_KEPT || kept.bytes + body.len() > MOST_BYTES {
            *kept = Kept::default();
        }
        kept.bytes += body.len();
        kept.bodies.insert(key.to_owned(), Arc::clone(&body));
        Ok(body)
    }
}

/// Makes the search index while people read the first pages, so that the first search need not wait for it.
fn warm(facts: &Arc<Facts>) {
    let facts = Arc::clone(facts);
    aside("search-index", move || {
        // Why there is none is said by whoever searches.
        drop(facts.index());
    });
}

/// Runs something on a thread of its own: not on one of the async runtime, where the last holder of facts must not end
/// their engine. That no thread could be started only means that the work waits until somebody asks for it.
fn aside(name: &str, work: impl FnOnce() + Send + 'static) {
    drop(std::thread::Builder::new().name(name.to_owned()).stack_size(8 << 20).spawn(work));
}

/// What tells one `snapshot.json` from another without reading it.
type Stat = (Option<SystemTime>, u64);

/// Opens the facts when they are asked for, and anew when a scan replaced them.
pub(crate) struct Door {
    workspace: Workspace,
    open: RwLock<Option<(Stat, Arc<Facts>)>>,
}

impl Door {
    pub(crate) fn new(workspace: Workspace) -> Self {
        Self { workspace, open: RwLock::default() }
    }

    /// The facts of the latest snapshot. Not for async threads: it reads files, and the last holder of older facts ends
    /// their engine.
    pub(crate) fn facts(&self) -> Result<Arc<Facts>, Trouble> {
        let now = self.stat();
        if let Some((stat, facts)) = &*self.open.read().unwrap_or_else(PoisonError::into_inner)
            && *stat == now
        {
            return Ok(Arc::clone(facts));
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((stat, facts)) = &*open
            && *stat == now
        {
            return Ok(Arc::clone(facts));
        }
        let snapshot = self.workspace.snapshot()?.ok_or(Trouble::NothingScanned)?;
        let facts = Arc::new(Facts::open(&self.workspace, snapshot)?);
        *open = Some((now, Arc::clone(&facts)));
        warm(&facts);
        Ok(facts)
    }

    /// Opens the facts ahead of the first question. What keeps them from opening is said on the first page.
    pub(crate) fn warm(self: &Arc<Self>) {
        let door = Arc::clone(self);
        aside("facts", move || drop(door.facts()));
    }

    fn stat(&self) -> Stat {
        let path: PathBuf = self.workspace.state_dir().join("snapshot.json");
        std::fs::metadata(path).map_or((None, 0), |m| (m.modified().ok(), m.len()))
    }
}
