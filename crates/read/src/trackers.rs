//! Readers of what trackers, build systems and incident tools export: files of JSON lines, JSON arrays and CSV.
//!
//! What a file is, its first record says, never its name. It streams by: records are cut, parsed by several threads,
//! and written in their order; memory follows a fixed number of bytes in flight. A record that cannot be read becomes a
//! gap with its lines, and the rest is read. A record that comes twice (pages of an interface overlap) counts once.

mod actions;
mod boards;
mod checks;
mod deployments;
mod fields;
mod github;
mod gitlab;
mod incidents;
mod initiatives;
mod jenkins;
mod jira;
mod linear;
mod milestones;
mod missing;
mod read;
mod records;
mod releases;
mod status;
mod table;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::rows::TrackerRows;
use records::{Layout, Records};
use sightline_facts::tables::gaps::GapRow;

pub(crate) use read::{Reading, read};
pub use status::Statuses;

/// Raised when a reader of this room says something else of the same bytes.
pub const VERSION: u32 = 6;

/// Milestones of one data set beyond which no more are kept; a tracker has hundreds.
const MOST_MILESTONES: usize = 100_000;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The word in `data_sets.format`.
    pub word: &'static str,
    layout: Layout,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Github,
    Jira,
    Linear,
    Release,
    Run,
    Job,
    Check,
    ProjectItem,
    Initiative,
    PagerDuty,
    Opsgenie,
    Statuspage,
    Deployment,
    GitlabItem,
    GitlabPipeline,
    GitlabDeployment,
    Jenkins,
    Milestone,
    Missing,
    Table(Arc<table::Shape>),
}

/// Where a record stands, for the evidence of its rows.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    repo: &'a str,
    path: &'a str,
    line_start: i64,
    line_end: i64,
    /// Which project each scope belongs to, where a file of the data set says so.
    projects: &'a table::Projects,
    /// Where items stand in projects, where a file of the data set says so.
    boards: &'a boards::Boards,
    /// What people say that statuses mean.
    statuses: &'a Statuses,
    /// What a site of Jira says of its fields and statuses.
    jira: &'a jira::Site,
}

impl Place<'_> {
    /// `to-do`, `in-progress` or `done`, and how that is known, for the name of a status and what the tracker says of it.
    fn category(&self, name: &str, declared: Option<&str>) -> (&'static str, &'static str) {
        self.statuses.category(name, declared)
    }

    /// Says what could not be read of the record.
    fn gap(&self, rows: &mut TrackerRows, reason: &str, detail: &str) {
        rows.gaps.push(&GapRow {
            repo: self.repo,
            path: Some(self.path),
            line_start: Some(self.line_start),
            line_end: Some(self.line_end),
            reader: "tracker",
            reason,
            detail,
            ..GapRow::default()
        });
    }
}

/// What records tell besides rows; joined in the order of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    /// Creations, of which the oldest counts.
    first_at: Option<i64>,
    /// The newest time that is not in the future.
    newest: Option<i64>,
    /// Times after this are mistakes of a clock.
    latest: i64,
    /// Events of the record at hand whose times cannot be read.
    unreadable: Unreadable,
    /// Milestones by project, kind and name, with what the last record says of each.
    milestones: BTreeMap<(Option<String>, &'static str, String), Milestone>,
}

/// Times of events that cannot be read: how many, and the first, as what it is of and what stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Unreadable {
    n: usize,
    first: Option<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Milestone {
    state: Option<&'static str>,
    due_at: Option<i64>,
    closed_at: Option<i64>,
    /// File and lines of the record that named it first.
    path: String,
    line_start: i64,
    line_end: i64,
}

impl Told {
    fn created(&mut self, at: i64) {
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.saw(Some(at));
    }

    fn saw(&mut self, at: Option<i64>) {
        if let Some(at) = at.filter(|at| *at <= self.latest) {
            self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
        }
    }

    /// The instant of something that happened; one that cannot be read is noted, for the gap of its record.
    fn at(&mut self, of: &fields::EventAt, what: &str) -> Option<i64> {
        if let Some(written) = &of.1 {
            self.unreadable.n += 1;
            self.unreadable.first.get_or_insert_with(|| (what.to_owned(), written.to_string()));
        }
        of.0
    }

    /// Appends a gap if times of the record's events could not be read.
    fn tell_unreadable(&mut self, id: &str, place: Place<'_>, rows: &mut TrackerRows) {
        let Unreadable { n, first: Some((what, written)) } = std::mem::take(&mut self.unreadable) else { return };
        let (events, times) = if n == 1 { ("event", "a time") } else { ("events", "times") };
        let detail = format!(
            "{n} {events} of {id} with {times} that cannot be read, first `{what}` at `{written}`; left out, and the \
             rest of the record is read: correct it to the form 2026-11-20T10:00:00Z or export it again, then scan"
        );
        place.gap(rows, "event-time", &detail);
    }

    fn milestone(&mut self, project: Option<&str>, kind: &'static str, named: &fields::Named, place: Place<'_>) {
        let Some(name) = named.get() else { return };
        let key = (project.map(str::to_owned), kind, name.to_owned());
        if self.milestones.len() >= MOST_MILESTONES && !self.milestones.contains_key(&key) {
            return;
        }
        let state = match (named.state.as_deref(), named.is_released) {
            (Some("closed"), _) | (_, Some(true)) => Some("closed"),
            (Some(_), _) | (_, Some(false)) => Some("open"),
            _ if named.closed_at.is_some() => Some("closed"),
            _ => None,
        };
        // A version's date is the day it was released, once it was.
        let released_at = named.due_at.filter(|_| named.is_released == Some(true));
        self.join_milestone(
            key,
            Milestone {
                state,
                due_at: named.due_at,
                closed_at: named.closed_at.or(released_at),
                path: place.path.to_owned(),
                line_start: place.line_start,
                line_end: place.line_end,
            },
        );
    }

    fn join_milestone(&mut self, key: (Option<String>, &'static str, String), later: Milestone) {
        match self.milestones.entry(key) {
            Entry::Vacant(place) => {
                place.insert(later);
            }
            // An event that only names it says nothing of its dates.
            Entry::Occupied(mut seen) => {
                let seen = seen.get_mut();
                seen.state = later.state.or(seen.state);
                seen.due_at = later.due_at.or(seen.due_at);
                seen.closed_at = later.closed_at.or(seen.closed_at);
            }
        }
    }

    /// Joins what later records told.
    fn join(&mut self, later: Self) {
        self.first_at = [self.first_at, later.first_at].into_iter().flatten().min();
        self.newest = self.newest.max(later.newest);
        for (key, milestone) in later.milestones {
            if self.milestones.len() < MOST_MILESTONES || self.milestones.contains_key(&key) {
                self.join_milestone(key, milestone);
            }
        }
    }
}

/// A record that was parsed and can be written down as rows.
trait Tells: Send + Sync {
    /// The key without which it says nothing, where that is missing.
    fn missing(&self) -> Option<&'static str>;
    /// What tells it from others of its data set.
    fn id(&self) -> String;
    /// Appends its rows.
    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told);
}

impl Kind {
    fn parse(&self, bytes: &[u8]) -> Result<Box<dyn Tells>, String> {
        fn record<'a, T: serde::Deserialize<'a> + Tells>(bytes: &'a [u8]) -> Result<T, String> {
            let record = serde_json::from_slice::<T>(bytes).map_err(|error| {
                // The parser counts lines from the start of the record; the gap has the file's own.
                let text = error.to_string();
                text.rsplit_once(" at line ").map_or_else(|| text.clone(), |(what, _)| what.to_owned())
            })?;
            match record.missing() {
                Some(key) => Err(format!("it has no `{key}`")),
                None => Ok(record),
            }
        }
        fn json<'a, T: serde::Deserialize<'a> + Tells + 'static>(bytes: &'a [u8]) -> Result<Box<dyn Tells>, String> {
            Ok(Box::new(record::<T>(bytes)?))
        }
        match self {
            Self::Github => json::<github::Item>(bytes),
            Self::Jira => {
                let mut issue: jira::Issue = record(bytes)?;
                issue.read_own(bytes);
                Ok(Box::new(issue))
            }
            Self::Linear => json::<linear::Issue>(bytes),
            Self::Release => json::<releases::Release>(bytes),
            Self::Run => json::<actions::Run>(bytes),
            Self::Job => json::<actions::Job>(bytes),
            Self::Check => json::<checks::Check>(bytes),
            Self::ProjectItem => json::<boards::ProjectItem>(bytes),
            Self::Initiative => json::<initiatives::Initiative>(bytes),
            Self::PagerDuty => json::<incidents::PagerDuty>(bytes),
            Self::Opsgenie => json::<incidents::Opsgenie>(bytes),
            Self::Statuspage => json::<incidents::Statuspage>(bytes),
            Self::Deployment => json::<deployments::Deployment>(bytes),
            Self::GitlabItem => json::<gitlab::Item>(bytes),
            Self::GitlabPipeline => json::<gitlab::Pipeline>(bytes),
            Self::GitlabDeployment => json::<gitlab::Deployment>(bytes),
            Self::Jenkins => json::<jenkins::Build>(bytes),
            Self::Milestone => json::<milestones::Milestone>(bytes),
            Self::Missing => json::<missing::Missing>(bytes),
            Self::Table(shape) => shape.parse(bytes),
        }
    }
}

/// Which keys a first record has, by what it is of. The first that fits decides, so that those which say more come first.
const SHAPES: [(&[&str], &str, Kind); 19] = [
    (&["key", "fields"], "jira", Kind::Jira),
    (&["identifier", "createdAt", "title"], "linear", Kind::Linear),
    (&["milestone", "kind"], "milestones", Kind::Milestone),
    (&["initiative", "kind"], "initiatives", Kind::Initiative),
    (&["project_item", "project_number"], "github-project-items", Kind::ProjectItem),
    (&["check", "sha", "status"], "github-checks", Kind::Check),
    (&["missing", "reason"], "missing", Kind::Missing),
    (&["tag", "released_at"], "releases", Kind::Release),
    (&["run_id", "head_sha", "started_at"], "github-jobs", Kind::Job),
    (&["workflow_id", "head_sha", "run_number"], "github-runs", Kind::Run),
    (&["environment", "sha", "task"], "github-deployments", Kind::Deployment),
    (&["incident_number", "created_at"], "pagerduty", Kind::PagerDuty),
    (&["tinyId", "createdAt"], "opsgenie", Kind::Opsgenie),
    (&["impact", "incident_updates"], "statuspage", Kind::Statuspage),
    (&["iid", "environment", "sha"], "gitlab-deployments", Kind::GitlabDeployment),
    (&["iid", "title", "state"], "gitlab", Kind::GitlabItem),
    (&["id", "sha", "ref", "source"], "gitlab-pipelines", Kind::GitlabPipeline),
    (&["number", "timestamp", "duration"], "jenkins", Kind::Jenkins),
    (&["number", "title", "created_at", "state"], "github", Kind::Github),
];

/// Says what a file holds, by its first record; `None` for anything that is no export we know.
///
/// # Errors
/// The file cannot be read.
pub fn recognise(path: &Path) -> io::Result<Option<Format>> {
    let mut file = BufReader::new(File::open(path)?);
    let start = {
        use io::BufRead;
        file.fill_buf()?.iter().copied().find(|b| !b.is_ascii_whitespace() && !matches!(b, 0xef | 0xbb | 0xbf))
    };
    let layout = match start {
        Some(b'{') => Layout::Lines,
        Some(b'[') => Layout::Array,
        Some(_) => Layout::Csv,
        None => return Ok(None),
    };
    let Some(first) = Records::new(file, layout).next()?.filter(|r| !r.too_long) else { return Ok(None) };
    if layout == Layout::Csv {
        let mapping = table::mapping_beside(path).map_err(io::Error::other)?;
        return Ok(table::Shape::of(&first.bytes, &mapping).map(|shape| Format {
            word: shape.word(),
            layout,
            kind: Kind::Table(Arc::new(shape)),
        }));
    }
    let Ok(serde_json::Value::Object(record)) = serde_json::from_slice(&first.bytes) else { return Ok(None) };
    let has = |keys: &[&str]| keys.iter().all(|key| record.contains_key(*key));
    let known = SHAPES.iter().find(|(keys, _, _)| has(keys));
    Ok(known.map(|(_, word, kind)| Format { word, layout, kind: kind.clone() }))
}

/// The files that make one data set with this one: the tables of one `DevLake` export in the same folder, whose names
/// begin alike; otherwise the file alone. Sorted.
///
/// # Errors
/// The file cannot be read.
pub fn data_set(path: &Path, format: &Format) -> io::Result<(String, Vec<PathBuf>)> {
    let stem = |path: &Path| path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let Kind::Table(shape) = &format.kind else { return Ok((stem(path), vec![path.to_path_buf()])) };
    let Some(set) = shape.set_of(&stem(path)) else { return Ok((stem(path), vec![path.to_path_buf()])) };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for entry in folder.read_dir()?.flatten() {
        let other = entry.path();
        if other.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"))
            && other.is_file()
            && let Ok(Some(Format { kind: Kind::Table(shape), .. })) = recognise(&other)
            && shape.set_of(&stem(&other)).as_ref() == Some(&set)
        {
            files.push(other);
        }
    }
    files.sort();
    Ok((if set.is_empty() { stem(folder) } else { set }, files))
}
