//! What happens after a request, step by step.
//!
//! Inside a component the code tells: from the file that answers, along its imports, to the files that call, keep data
//! or send messages. From one component to the next the route of a call tells which endpoint goes on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use sightline_facts::session::Session;

use super::code::{Calls, Code, File};
use super::{Subject, routes};
use crate::error::MapError;
use crate::system_map::{Component, Connection, Endpoint, Spot, SystemMap};

/// Steps after which a flow is no story any more.
const MOST: usize = 100;

/// What a step is, in the order in which steps of one place are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// The request comes in.
    Start,
    /// One side calls and waits.
    Call,
    /// Data is written or read.
    Data,
    /// A message is sent; the sender goes on.
    Send,
    /// A message is received, some time later.
    Receive,
    /// Something that could not be followed.
    Gap,
}

impl StepKind {
    /// The word in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Call => "call",
            Self::Data => "data",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Gap => "gap",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the answer, independent of the others")]
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// The step that leads to it.
    pub after: Option<usize>,
    /// What it is.
    pub kind: StepKind,
    /// The component that acts; of a start, the one that is asked.
    pub from: String,
    /// The component at the other end; of a gap, what it points to as written.
    pub to: String,
    /// What it does, in words that follow the name of `from`; of a gap, why it could not be followed.
    pub what: String,
    /// The endpoint, topic or table.
    pub via: Option<String>,
    /// Nobody waits for it.
    pub is_later: bool,
    /// It leaves the system.
    pub is_outside: bool,
    /// What comes after it has been shown by an earlier step.
    pub is_seen: bool,
    /// Code did not tell whether this request takes the step: it is one of all connections of the component.
    pub is_assumed: bool,
    /// How it is known.
    pub basis: String,
    /// The place that shows it.
    pub spot: Option<Spot>,
}

/// The steps of a request or of a component's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// What was asked about.
    pub subject: Subject,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Components that take part, sorted.
    pub components: Vec<String>,
    /// Files of the first component that can be reached from the one that answers.
    pub n_files: usize,
    /// There are more steps than are shown.
    pub is_cut: bool,
}

impl Flow {
    /// Numbers of the steps of which something holds.
    pub fn numbers(&self, holds: impl Fn(&Step) -> bool) -> Vec<usize> {
        self.steps.iter().filter(|s| holds(s)).map(|s| s.number).collect()
    }
}

/// Follows a request from an endpoint, or all that a component does, to the last effects that are known.
///
/// Steps that wait come first, as code has them; what happens later, through messages, follows them. A component that
/// has been shown is not shown again. Only calls, data and messages are steps: that a component registers, reads its
/// settings or is watched is no answer to a request. Of a topic, the flow is that of its receivers; of a table, that of
/// the component which holds it.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn flow(session: &Session, map: &SystemMap, subject: &Subject) -> Result<Flow, MapError> {
    Ok(follow(&Code::read(session)?, &Calls::read(session)?, &by_start(map), map, subject))
}

/// As [`flow`], over code that was read before: for many flows of one map.
pub(super) fn follow(code: &Code, calls: &Calls, starts: &Starts<'_>, map: &SystemMap, subject: &Subject) -> Flow {
    let mut walk = Walk {
        map,
        starts,
        code,
        calls,
        steps: Vec::new(),
        shown: BTreeSet::new(),
        later: VecDeque::new(),
        n_files: 0,
        is_cut: false,
    };
    match subject {
        Subject::Component(id) => {
            walk.start(id, None, "starts", None, map.component(id).and_then(|c| c.spots.first()));
        }
        Subject::Endpoint(id) => {
            if let Some(e) = map.endpoints.iter().find(|e| e.id == *id) {
                walk.start(&e.component, Some(e), "is asked", Some(named(e)), Some(&e.spot));
            }
        }
        Subject::Topic(topic) => {
            for t in map.topics.iter().filter(|t| t.topic == *topic && !t.produces) {
                walk.start(&t.component, None, "receives", Some(topic.clone()), Some(&t.spot));
            }
        }
        Subject::Entity(id) => {
            for e in map.entities.iter().filter(|e| e.id == *id) {
                if let Some(component) = &e.component {
                    walk.start(component, None, "holds", Some(e.name.clone()), Some(&e.spot));
                }
            }
        }
    }
    walk.finish_later();
    let known = |id: &String| map.component(id).is_some();
    let components: BTreeSet<String> = walk
        .steps
        .iter()
        .flat_map(|s| [s.from.clone(), s.to.clone()])
        .filter(|id| known(id) && map.component(id).is_some_and(|c| c.kind != "user"))
        .collect();
    Flow {
        subject: subject.clone(),
        components: components.into_iter().collect(),
        n_files: walk.n_files,
        is_cut: walk.is_cut,
        steps: walk.steps,
    }
}

/// `POST /orders`, or the name of what is no route.
pub(super) fn named(e: &Endpoint) -> String {
    match (&e.method, &e.http_route) {
        (Some(method), Some(route)) => format!("{method} {route}"),
        (None, Some(route)) => route.clone(),
        (_, None) => e.name.clone().unwrap_or_else(|| e.id.clone()),
    }
}

/// A message that waits to be followed: the sending step, topic, and receiving component with its place.
struct Later {
    after: usize,
    from: String,
    topic: String,
    to: String,
    spot: Spot,
    is_assumed: bool,
}

/// Connections by the component that starts them.
pub(super) type Starts<'a> = BTreeMap<&'a str, Vec<&'a Connection>>;

/// Connections of a map by the component that starts them.
pub(super) fn by_start(map: &SystemMap) -> Starts<'_> {
    let mut starts = Starts::new();
    for connection in &map.connections {
        starts.entry(connection.from.as_str()).or_default().push(connection);
    }
    starts
}

struct Walk<'a> {
    map: &'a SystemMap,
    starts: &'a Starts<'a>,
    code: &'a Code,
    calls: &'a Calls,
    steps: Vec<Step>,
    /// Component, and the file it was entered by; `None` for all of it.
    shown: BTreeSet<(String, Option<String>)>,
    later: VecDeque<Later>,
    n_files: usize,
    is_cut: bool,
}

/// What the code of a component can come to.
struct Reach {
    /// Rank of each file; `None` where the way in is not known, so that everything counts.
    files: Option<Rc<BTreeMap<String, usize>>>,
    repo: String,
}

impl Reach {
    /// The rank of a place, where its file can be reached.
    fn rank(&self, spot: &Spot) -> Option<(usize, i64)> {
        match &self.files {
            None => Some((0, 0)),
            Some(files) if spot.repo == self.repo => files.get(&spot.path).map(|r| (*r, spot.line_start)),
            Some(_) => None,
        }
    }
}

impl<'a> Walk<'a> {
    fn start(&mut self, id: &str, entry: Option<&Endpoint>, what: &str, via: Option<String>, spot: Option<&Spot>) {
        let number = self.push(Step {
            number: 0,
            after: None,
            kind: StepKind::Start,
            from: id.to_owned(),
            to: id.to_owned(),
            what: what.to_owned(),
            via,
            is_later: false,
            is_outside: false,
            is_seen: false,
            is_assumed: false,
            basis: spot.map_or_else(|| "inferred".to_owned(), |s| s.basis.clone()),
            spot: spot.cloned(),
        });
        // A component as a whole has no file that answers.
        let file = entry.map(|e| &e.spot).or(spot.filter(|s| self.is_code(s) && what == "receives"));
        let file = file.map(|s| (s.repo.clone(), s.path.clone()));
        self.enter(id, file.as_ref(), number, false);
    }

    fn push(&mut self, mut step: Step) -> usize {
        step.number = self.steps.len() + 1;
        let number = step.number;
        self.steps.push(step);
        number
    }

    fn is_code(&self, spot: &Spot) -> bool {
        self.code.files.contains(&(spot.repo.clone(), spot.path.clone()))
    }

    /// Shows what a component does, entered by a file or not.
    fn enter(&mut self, id: &str, file: Option<&File>, after: usize, is_later: bool) {
        let Some(component) = self.map.component(id) else { return };
        if is_an_end(component) {
            return;
        }
        let whole = (id.to_owned(), None);
        let key = (id.to_owned(), file.map(|f| f.1.clone()));
        if self.shown.contains(&whole) || !self.shown.insert(key) {
            if let Some(step) = self.steps.get_mut(after - 1) {
                step.is_seen = true;
            }
            return;
        }
        let reach = self.reach(component, file);
        if self.n_files == 0 {
            self.n_files = reach.files.as_ref().map_or(0, |f| f.len());
        }
        let mut steps = self.next_steps(id, &reach, is_later);
        if steps.is_empty() && reach.files.is_some() {
            // The code that acts could not be tied to the file that answers: everything the component does may happen.
            let all = Reach { files: None, repo: reach.repo };
            steps = self.next_steps(id, &all, is_later);
        }
        for (step, onward) in steps {
            if self.steps.len() >= MOST {
                self.is_cut = true;
                return;
            }
            let (to, is_assumed) = (step.to.clone(), step.is_assumed);
            let kind = step.kind;
            let number = self.push(Step { after: Some(after), ..step });
            match onward {
                Onward::Stop => {}
                Onward::Into(file) => self.enter(&to, file.as_ref(), number, is_later),
                Onward::Topic(topic) => {
                    for t in self.map.topics.iter().filter(|t| !t.produces && t.topic == topic) {
                        self.later.push_back(Later {
                            after: number,
                            from: to.clone(),
                            topic: topic.clone(),
                            to: t.component.clone(),
                            spot: t.spot.clone(),
                            is_assumed,
                        });
                    }
                }
            }
            debug_assert!(kind != StepKind::Start, "a flow starts once");
        }
    }

    fn reach(&self, component: &Component, file: Option<&File>) -> Reach {
        let folder = component.folder.as_deref().unwrap_or("");
        let inside = |path: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
        let entry = file.filter(|(repo, path)| inside(path) && self.code.files.contains(&(repo.clone(), path.clone())));
        Reach {
            files: entry.map(|(repo, path)| self.code.reachable(repo, folder, path)),
            repo: entry.map_or_else(String::new, |(repo, _)| repo.clone()),
        }
    }

    /// The steps that start at a component, in the order in which its code is come to.
    fn next_steps(&self, id: &str, reach: &Reach, is_later: bool) -> Vec<(Step, Onward)> {
        let mut found: Vec<((usize, i64), Step, Onward)> = Vec::new();
        let is_assumed = reach.files.is_none();
        for c in self.starts.get(id).into_iter().flatten().copied() {
            match c.kind.as_str() {
                "sync" => found.extend(self.calls_of(c, reach, is_assumed)),
                "data" => found.extend(self.data_of(c, reach, is_assumed)),
                "async" if c.data_flow != "in" => {
                    // Known topics are steps of their own, below.
                    let named = self.map.topics.iter().any(|t| t.component == id);
                    let rank = c.spots.iter().filter_map(|s| reach.rank(s)).min();
                    if let Some(rank) = rank.filter(|_| !named) {
                        found.push((rank, step_of(c, StepKind::Send, None, is_assumed, c.spots.first()), Onward::Stop));
                    }
                }
                _ => {}
            }
        }
        found.extend(self.kept_of(id, reach, is_assumed));
        found.extend(self.messages_of(id, reach, is_assumed));
        found.extend(self.gaps_of(id, reach));
        found.sort_by(|a, b| (a.0, a.1.kind, &a.1.to, &a.1.via).cmp(&(b.0, b.1.kind, &b.1.to, &b.1.via)));
        found
            .into_iter()
            .map(|(_, mut step, onward)| {
                step.is_later |= is_later;
                step.is_outside = self.map.component(&step.to).is_some_and(|c| c.is_outside);
                (step, onward)
            })
            .collect()
    }

    fn calls_of(&self, c: &'a Connection, reach: &Reach, is_assumed: bool) -> Vec<((usize, i64), Step, Onward)> {
        let spots: Vec<(&Spot, (usize, i64))> =
            c.spots.iter().filter_map(|s| reach.rank(s).map(|rank| (s, rank))).collect();
        let mut met: BTreeMap<&str, (&Endpoint, &Spot, (usize, i64))> = BTreeMap::new();
        let mut served: Option<(String, &Endpoint, &Spot, (usize, i64))> = None;
        for (spot, rank) in &spots {
            for call in self.calls.at(spot) {
                let route = call.route.as_deref();
                let endpoint =
                    route.and_then(|r| routes::answering(&self.map.endpoints, &c.to, call.method.as_deref(), r));
                if let Some(e) = endpoint {
                    met.entry(e.id.as_str()).or_insert((e, spot, *rank));
                }
                if let Some(service) = call.service.as_deref() {
                    let of_service = |e: &&Endpoint| {
                        e.component == c.to
                            && e.name
                                .as_deref()
                                .is_some_and(|n| n.split('/').next() == Some(service) && n.contains('/'))
                    };
                    if let Some(e) = self.map.endpoints.iter().find(of_service) {
                        served.get_or_insert((service.to_owned(), e, spot, *rank));
                    }
                }
            }
        }
        let into = |e: &Endpoint| Onward::Into(Some((e.spot.repo.clone(), e.spot.path.clone())));
        if !met.is_empty() {
            let each = met.into_values().map(|(e, spot, rank)| {
                (rank, step_of(c, StepKind::Call, Some(named(e)), is_assumed, Some(spot)), into(e))
            });
            return each.collect();
        }
        if let Some((service, e, spot, rank)) = served {
            return vec![(rank, step_of(c, StepKind::Call, Some(service), is_assumed, Some(spot)), into(e))];
        }
        let nearest = spots.into_iter().min_by_key(|(_, rank)| *rank);
        nearest
            .map(|(spot, rank)| (rank, step_of(c, StepKind::Call, None, is_assumed, Some(spot)), Onward::Into(None)))
            .into_iter()
            .collect()
    }

    /// A store is opened in settings, so what ties it to code is the data that code keeps there.
    fn data_of(&self, c: &Connection, reach: &Reach, is_assumed: bool) -> Vec<((usize, i64), Step, Onward)> {
        let kept =
            self.map.entities.iter().filter(|e| {
                e.component.as_deref() == Some(c.from.as_str()) && e.store.as_deref() == Some(c.to.as_str())
            });
        let mut reached: Vec<_> = kept.filter_map(|e| Some((reach.rank(&e.spot)?, e))).collect();
        reached.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        let names: BTreeSet<&str> = reached.iter().map(|(_, e)| e.name.as_str()).collect();
        let via = (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "));
        let direct = c.spots.iter().filter_map(|s| Some((reach.rank(s)?, s))).min_by_key(|(rank, _)| *rank);
        let first = reached.first().map(|(rank, e)| (*rank, &e.spot)).or(direct);
        first
            .map(|(rank, spot)| (rank, step_of(c, StepKind::Data, via, is_assumed, Some(spot)), Onward::Stop))
            .into_iter()
            .collect()
    }

    /// Data of which nobody knows the store.
    fn kept_of(&self, id: &str, reach: &Reach, is_assumed: bool) -> Option<((usize, i64), Step, Onward)> {
        let kept = self.map.entities.iter().filter(|e| e.component.as_deref() == Some(id) && e.store.is_none());
        let reached: Vec<_> = kept.filter_map(|e| Some((reach.rank(&e.spot)?, e))).collect();
        let (rank, first) = reached.iter().min_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)))?;
        let names: BTreeSet<&str> = reached.iter().map(|(_, e)| e.name.as_str()).collect();
        let step = Step {
            number: 0,
            after: None,
            kind: StepKind::Data,
            from: id.to_owned(),
            to: id.to_owned(),
            what: "keeps".to_owned(),
            via: Some(names.into_iter().collect::<Vec<_>>().join(", ")),
            is_later: false,
            is_outside: false,
            is_seen: false,
            is_assumed,
            basis: first.spot.basis.clone(),
            spot: Some(first.spot.clone()),
        };
        Some((*rank, step, Onward::Stop))
    }

    fn messages_of(&self, id: &str, reach: &Reach, is_assumed: bool) -> Vec<((usize, i64), Step, Onward)> {
        let mut sent: BTreeMap<&str, ((usize, i64), Step, Onward)> = BTreeMap::new();
        for t in self.map.topics.iter().filter(|t| t.produces && t.component == id) {
            let Some(rank) = reach.rank(&t.spot) else { continue };
            let step = Step {
                number: 0,
                after: None,
                kind: StepKind::Send,
                from: id.to_owned(),
                to: t.broker.clone().unwrap_or_else(|| id.to_owned()),
                what: "sends messages to".to_owned(),
                via: Some(t.topic.clone()),
                is_later: false,
                is_outside: false,
                is_seen: false,
                is_assumed,
                basis: t.spot.basis.clone(),
                spot: Some(t.spot.clone()),
            };
            sent.entry(t.topic.as_str()).or_insert((rank, step, Onward::Topic(t.topic.clone())));
        }
        sent.into_values().collect()
    }

    fn gaps_of(&self, id: &str, reach: &Reach) -> Vec<((usize, i64), Step, Onward)> {
        // What one detector could not follow another may have.
        let followed: BTreeSet<(&str, &str, i64)> = self
            .starts
            .get(id)
            .into_iter()
            .flatten()
            .flat_map(|c| &c.spots)
            .map(|s| (s.repo.as_str(), s.path.as_str(), s.line_start))
            .collect();
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for g in self.map.gaps.iter().filter(|g| g.component.as_deref() == Some(id) && g.what != "correction") {
            let Some(rank) = reach.rank(&g.spot) else { continue };
            if followed.contains(&(g.spot.repo.as_str(), g.spot.path.as_str(), g.spot.line_start)) {
                continue;
            }
            let to = g.target.clone().unwrap_or_default();
            if !seen.insert((to.clone(), g.reason.clone())) {
                continue;
            }
            let step = Step {
                number: 0,
                after: None,
                kind: StepKind::Gap,
                from: id.to_owned(),
                to,
                what: g.reason.clone(),
                via: None,
                is_later: false,
                is_outside: false,
                is_seen: false,
                is_assumed: reach.files.is_none(),
                basis: "unknown".to_owned(),
                spot: Some(g.spot.clone()),
            };
            out.push((rank, step, Onward::Stop));
        }
        out
    }

    /// Follows messages after everything that waits.
    fn finish_later(&mut self) {
        while let Some(message) = self.later.pop_front() {
            if self.steps.len() >= MOST {
                self.is_cut = true;
                return;
            }
            let is_code = self.is_code(&message.spot);
            let file = is_code.then(|| (message.spot.repo.clone(), message.spot.path.clone()));
            let number = self.push(Step {
                number: 0,
                after: Some(message.after),
                kind: StepKind::Receive,
                from: message.from,
                to: message.to.clone(),
                what: "delivers messages to".to_owned(),
                via: Some(message.topic),
                is_later: true,
                is_outside: false,
                is_seen: false,
                is_assumed: message.is_assumed,
                basis: message.spot.basis.clone(),
                spot: Some(message.spot),
            });
            self.enter(&message.to, file.as_ref(), number, true);
        }
    }
}

/// Where to go on after a step.
enum Onward {
    Stop,
    Into(Option<File>),
    Topic(String),
}

/// Whether nothing can be followed behind a component: it runs elsewhere or only keeps and passes on.
fn is_an_end(c: &Component) -> bool {
    c.is_outside
        || matches!(
            c.kind.as_str(),
            "database" | "cache" | "search" | "storage" | "broker" | "external" | "user" | "monitoring"
        )
}

fn step_of(c: &Connection, kind: StepKind, via: Option<String>, is_assumed: bool, spot: Option<&Spot>) -> Step {
    // What the connection is for in general need not be what this one call does.
    let what = if kind == StepKind::Call && via.is_some() { "calls" } else { c.what.as_str() };
    Step {
        number: 0,
        after: None,
        kind,
        from: c.from.clone(),
        to: c.to.clone(),
        what: what.to_owned(),
        via,
        is_later: false,
        is_outside: false,
        is_seen: false,
        is_assumed,
        basis: spot.map_or_else(|| c.basis.clone(), |s| s.basis.clone()),
        spot: spot.cloned(),
    }
}
