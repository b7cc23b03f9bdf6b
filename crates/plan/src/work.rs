//! Work items with all that happened to them, as far as warnings need it: who did what when, in which stage an item
//! was, whom it was with, what it waits for. Read once, replayed for any day.

use std::collections::{BTreeMap, HashMap};

use sightline_facts::session::Session;
use sightline_facts::table::{Boolean, ColumnKind, Instant, Integer, OptInstant, OptText, Text};

use crate::error::PlanError;
use crate::query::column;

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nobody has begun.
    ToDo,
    /// Somebody works on it.
    InProgress,
    /// Nothing more is to be done about it.
    Done,
}

/// What happened. People and milestones are places in [`Work::names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It came into a stage.
    Stage(Stage),
    /// It was given to somebody.
    Assigned(u32),
    /// It was taken from somebody.
    Unassigned(u32),
    /// It came into a milestone, version or cycle.
    Joined(u32),
    /// It left one.
    Left(u32),
    /// It became a draft.
    Drafted,
    /// It was said to be ready.
    Ready,
    /// Somebody said something about it.
    Said,
    /// Somebody reviewed it.
    Reviewed,
    /// Anything else that a person did.
    Other,
}

/// One thing that happened to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Place among events of one instant.
    pub position: i64,
    /// What.
    pub what: What,
    /// Who did it, where that is known.
    pub by: Option<u32>,
    /// A program did it.
    pub is_bot: bool,
}

/// A work item with its past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// Id: `issue:PAY-123`.
    pub id: String,
    /// Key as people write it.
    pub key: String,
    /// Title at the end.
    pub title: String,
    /// Place of its stream in [`Work::streams`].
    pub stream: usize,
    /// A pull request.
    pub is_pull: bool,
    /// When it was opened.
    pub created_at: i64,
    /// Who opened it.
    pub author: Option<u32>,
    /// All that happened, in order.
    pub events: Vec<Event>,
    /// When it was ended for the last time; `None` while it is open. For scoring only.
    pub gone_at: Option<i64>,
    /// What it waits for: since when, and the place of the other item.
    pub waits_for: Vec<(i64, usize)>,
    /// File of the export and lines of its record.
    pub place: (String, i64, i64),
}

/// A stream of work: the issues or pull requests of a data set, or a project of a tracker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// `data-set/PROJECT`, `data-set/issues` or `data-set/pulls`.
    pub name: String,
    /// The data set.
    pub repo: String,
    /// Places of its items, by creation.
    pub items: Vec<usize>,
    /// The instant up to which the data tells.
    pub end_at: i64,
}

/// All work items of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// By stream and creation.
    pub items: Vec<WorkItem>,
    /// By name.
    pub streams: Vec<Stream>,
    /// People and milestones.
    pub names: Vec<String>,
    /// By person: when they did anything in the data set, sorted.
    pub active: Vec<Vec<i64>>,
}

impl WorkItem {
    /// The stage in which it was at an instant and since when; `None` before it was opened.
    pub fn stage(&self, at: i64) -> Option<(Stage, i64)> {
        if self.created_at > at {
            return None;
        }
        let mut found = (Stage::ToDo, self.created_at);
        for event in self.events.iter().take_while(|e| e.at <= at) {
            if let What::Stage(stage) = event.what
                && stage != found.0
            {
                // Between two stages of open work an item stays open; only done and open are times of their own.
                let since = if (stage == Stage::Done) == (found.0 == Stage::Done) { found.1 } else { event.at };
                found = (stage, since);
            }
        }
        Some(found)
    }

    /// Whether something was to be done about it at an instant.
    pub fn is_open(&self, at: i64) -> bool {
        self.stage(at).is_some_and(|(stage, _)| stage != Stage::Done)
    }
}

/// Names as small numbers.
#[derive(Default)]
struct Names {
    places: HashMap<(usize, String), u32>,
    names: Vec<String>,
}

impl Names {
    fn of(&mut self, data_set: usize, name: &str) -> u32 {
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        *self.places.entry((data_set, name.to_owned())).or_insert_with(|| {
            self.names.push(name.to_owned());
            next
        })
    }
}

const ITEMS: &str = "\
    select i.repo, i.issue as item, i.key, i.title, concat(i.repo, '/', coalesce(i.project, 'issues')) as stream, \
      false as is_pull, i.created_at, i.done_at as gone_at, i.author, i.path, i.line_start, i.line_end \
    from issues i union all \
    select p.repo, p.pull, p.key, p.title, concat(p.repo, '/pulls'), true, p.created_at, p.closed_at, p.author, \
      p.path, p.line_start, p.line_end from pulls p where not p.is_bot";
/// Commits are left out: an export holds those of the end, and what was rewritten since then would tell of the future.
const EVENTS: &str = "\
    select repo, item, position, at, kind, category, to_value, actor, is_bot from issue_events \
    where kind not in ('committed', 'referenced', 'cross-referenced', 'mentioned', 'subscribed') union all \
    select repo, pull, 1000000000, submitted_at, 'reviewed', cast(null as varchar), cast(null as varchar), reviewer, is_bot \
    from reviews";
const LINKS: &str = "\
    select repo, from_item, to_key, kind, at from issue_links where kind in ('depends-on', 'blocks')";

impl Work {
    /// Reads all items of a workspace.
    ///
    /// # Errors
    /// An error of the store.
    pub fn read(session: &Session) -> Result<Self, PlanError> {
        let mut ends: BTreeMap<String, i64> = BTreeMap::new();
        for batch in session.query("select repo, as_of from data_sets")? {
            let (repo, at) =
                (column::<Text>(&batch, "data sets", "repo")?, column::<Instant>(&batch, "data sets", "as_of")?);
            for i in 0..batch.num_rows() {
                let end = ends.entry(Text::get(&repo, i).to_owned()).or_default();
                *end = Instant::get(&at, i).max(*end);
            }
        }
        let data_sets: HashMap<String, usize> = ends.keys().cloned().enumerate().map(|(i, k)| (k, i)).collect();
        let mut names = Names::default();
        let mut work = Self::default();
        let mut found: Vec<(String, String, WorkItem)> = Vec::new();
        for batch in session.query(ITEMS)? {
            let text = |name: &'static str| column::<Text>(&batch, "work items", name);
            let (repo, id, key, title) = (text("repo")?, text("item")?, text("key")?, text("title")?);
            let (stream, path) = (text("stream")?, text("path")?);
            let is_pull = column::<Boolean>(&batch, "work items", "is_pull")?;
            let created = column::<Instant>(&batch, "work items", "created_at")?;
            let gone = column::<OptInstant>(&batch, "work items", "gone_at")?;
            let author = column::<OptText>(&batch, "work items", "author")?;
            let start = column::<Integer>(&batch, "work items", "line_start")?;
            let end = column::<Integer>(&batch, "work items", "line_end")?;
            for i in 0..batch.num_rows() {
                let Some(set) = data_sets.get(Text::get(&repo, i)).copied() else { continue };
                let item = WorkItem {
                    id: Text::get(&id, i).to_owned(),
                    key: Text::get(&key, i).to_owned(),
                    title: Text::get(&title, i).to_owned(),
                    stream: 0,
                    is_pull: Boolean::get(&is_pull, i),
                    created_at: Instant::get(&created, i),
                    author: OptText::get(&author, i).map(|a| names.of(set, a)),
                    events: Vec::new(),
                    gone_at: OptInstant::get(&gone, i),
                    waits_for: Vec::new(),
                    place: (Text::get(&path, i).to_owned(), Integer::get(&start, i), Integer::get(&end, i)),
                };
                found.push((Text::get(&stream, i).to_owned(), Text::get(&repo, i).to_owned(), item));
            }
        }
        found.sort_by(|a, b| (&a.0, a.2.created_at, &a.2.key).cmp(&(&b.0, b.2.created_at, &b.2.key)));
        let mut by_id: HashMap<(usize, String), usize> = HashMap::new();
        let mut by_key: HashMap<(usize, String), usize> = HashMap::new();
        for (stream, repo, mut item) in found {
            if work.streams.last().is_none_or(|s| s.name != stream) {
                let end_at = ends.get(&repo).copied().unwrap_or(0);
                work.streams.push(Stream { name: stream, repo: repo.clone(), items: Vec::new(), end_at });
            }
            item.stream = work.streams.len() - 1;
            let (place, set) = (work.items.len(), data_sets[&repo]);
            work.streams[item.stream].items.push(place);
            by_id.insert((set, item.id.clone()), place);
            by_key.insert((set, item.key.clone()), place);
            work.items.push(item);
        }
        work.read_events(session, &data_sets, &by_id, &mut names)?;
        work.read_links(session, &data_sets, &by_id, &by_key)?;
        work.names = names.names;
        work.sum_up();
        Ok(work)
    }

    fn read_events(
        &mut self,
        session: &Session,
        data_sets: &HashMap<String, usize>,
        by_id: &HashMap<(usize, String), usize>,
        names: &mut Names,
    ) -> Result<(), PlanError> {
        for batch in session.query(EVENTS)? {
            let text = |name: &'static str| column::<Text>(&batch, "events", name);
            let (repo, item, kind) = (text("repo")?, text("item")?, text("kind")?);
            let optional = |name: &'static str| column::<OptText>(&batch, "events", name);
            let (category, value, actor) = (optional("category")?, optional("to_value")?, optional("actor")?);
            let position = column::<Integer>(&batch, "events", "position")?;
            let at = column::<Instant>(&batch, "events", "at")?;
            let is_bot = column::<Boolean>(&batch, "events", "is_bot")?;
            for i in 0..batch.num_rows() {
                let Some(set) = data_sets.get(Text::get(&repo, i)).copied() else { continue };
                let Some(place) = by_id.get(&(set, Text::get(&item, i).to_owned())) else { continue };
                let kind = Text::get(&kind, i);
                let stage = match OptText::get(&category, i) {
                    Some("done") => Some(Stage::Done),
                    Some("in-progress") => Some(Stage::InProgress),
                    Some(_) => Some(Stage::ToDo),
                    None => None,
                };
                let value = OptText::get(&value, i).map(|v| names.of(set, v));
                let what = match (kind, stage, value) {
                    (_, Some(stage), _) => What::Stage(stage),
                    ("assigned", _, Some(who)) => What::Assigned(who),
                    ("unassigned", _, Some(who)) => What::Unassigned(who),
                    ("milestoned", _, Some(name)) => What::Joined(name),
                    ("demilestoned", _, Some(name)) => What::Left(name),
                    ("convert_to_draft" | "converted_to_draft", ..) => What::Drafted,
                    ("ready_for_review", ..) => What::Ready,
                    ("commented" | "review_comment", ..) => What::Said,
                    ("reviewed", ..) => What::Reviewed,
                    _ => What::Other,
                };
                self.items[*place].events.push(Event {
                    at: Instant::get(&at, i),
                    position: Integer::get(&position, i),
                    what,
                    by: OptText::get(&actor, i).map(|a| names.of(set, a)),
                    is_bot: Boolean::get(&is_bot, i),
                });
            }
        }
        Ok(())
    }

    fn read_links(
        &mut self,
        session: &Session,
        data_sets: &HashMap<String, usize>,
        by_id: &HashMap<(usize, String), usize>,
        by_key: &HashMap<(usize, String), usize>,
    ) -> Result<(), PlanError> {
        for batch in session.query(LINKS)? {
            let text = |name: &'static str| column::<Text>(&batch, "links", name);
            let (repo, from, to, kind) = (text("repo")?, text("from_item")?, text("to_key")?, text("kind")?);
            let at = column::<OptInstant>(&batch, "links", "at")?;
            for i in 0..batch.num_rows() {
                let Some(set) = data_sets.get(Text::get(&repo, i)).copied() else { continue };
                let (Some(from), Some(to)) = (
                    by_id.get(&(set, Text::get(&from, i).to_owned())).copied(),
                    by_key.get(&(set, Text::get(&to, i).to_owned())).copied(),
                ) else {
                    continue;
                };
                if from == to {
                    continue;
                }
                let both = self.items[from].created_at.max(self.items[to].created_at);
                let since = OptInstant::get(&at, i).unwrap_or(both);
                // "A blocks B" is written at A and means that B waits for A.
                let (waiting, other) = if Text::get(&kind, i) == "blocks" { (to, from) } else { (from, to) };
                self.items[waiting].waits_for.push((since, other));
            }
        }
        Ok(())
    }

    /// Puts everything in order; for whoever makes items without a store too.
    pub(crate) fn sum_up(&mut self) {
        self.active = vec![Vec::new(); self.names.len()];
        for item in &mut self.items {
            item.events.sort_by_key(|e| (e.at, e.position));
            item.waits_for.sort_unstable();
            item.waits_for.dedup_by_key(|(_, other)| *other);
            let own = item.author.map(|a| (a, item.created_at));
            let acts = item.events.iter().filter(|e| !e.is_bot).filter_map(|e| Some((e.by?, e.at)));
            for (who, at) in acts.chain(own) {
                if let Some(active) = self.active.get_mut(who as usize) {
                    active.push(at);
                }
            }
        }
        self.active.iter_mut().for_each(|a| a.sort_unstable());
    }
}
