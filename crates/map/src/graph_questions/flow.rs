//! What happens after a request, step by step.
//!
//! Inside a component the code tells: from the function that answers, along the names that functions call, to those that
//! ask others, keep data or send messages; where a file has no functions that we know, along its imports. From one
//! component to the next the route of a call tells which endpoint goes on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use sightline_facts::session::Session;

use super::code::{Calls, Code, File};
use super::functions::{Entry, Functions, Told};
use super::stories::only_told;
use super::{Subject, routes};
use crate::error::MapError;
use crate::system_map::{Component, Connection, Endpoint, Entity, Spot, SystemMap};

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
    /// Files of the code that the request comes to in the first component.
    pub n_files: usize,
    /// There are more steps than are shown.
    pub is_cut: bool,
}

impl Flow {
    /// Numbers of the steps of which something holds.
    pub fn numbers(&self, holds: impl Fn(&Step) -> bool) -> Vec<usize> {
        self.steps.iter().filter(|s| holds(s)).map(|s| s.number).collect()
    }

    /// Of the steps, gaps left out: how many code tells of this request, through how many components, and how many more
    /// it may take. The first two are those of the table `flows`.
    pub fn told(&self) -> (usize, usize, usize) {
        let told = only_told(self.clone());
        (told.flow.numbers(|s| s.kind != StepKind::Gap).len(), told.flow.components.len(), told.n_assumed)
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
    Ok(follow(&Ways::read(session, map)?, map, subject))
}

/// What flows are followed along: read once for all flows of a map.
pub(super) struct Ways<'a> {
    code: Code,
    functions: Functions,
    calls: Calls,
    starts: Starts<'a>,
    /// Lines at which requests come in, by file.
    entries: BTreeMap<File, Vec<i64>>,
}

impl<'a> Ways<'a> {
    pub(super) fn read(session: &Session, map: &'a SystemMap) -> Result<Self, MapError> {
        let mut entries: BTreeMap<File, Vec<i64>> = BTreeMap::new();
        for e in &map.endpoints {
            entries.entry((e.spot.repo.clone(), e.spot.path.clone())).or_default().push(e.spot.line_start);
        }
        for lines in entries.values_mut() {
            lines.sort_unstable();
            lines.dedup();
        }
        Ok(Self {
            code: Code::read(session)?,
            functions: Functions::read(session)?,
            calls: Calls::read(session)?,
            starts: by_start(map),
            entries,
        })
    }

    fn entry(&self, spot: &Spot, name: Option<&str>, method: Option<&str>) -> Entry {
        let file = (spot.repo.clone(), spot.path.clone());
        Entry {
            beside: self.entries.get(&file).cloned().unwrap_or_default(),
            file,
            line: spot.line_start,
            name: name.map(str::to_owned),
            method: method.map(str::to_owned),
        }
    }

    fn of_endpoint(&self, e: &Endpoint) -> Entry {
        self.entry(&e.spot, e.name.as_deref(), e.method.as_deref())
    }
}

/// As [`flow`], over code that was read before: for many flows of one map.
pub(super) fn follow(ways: &Ways<'_>, map: &SystemMap, subject: &Subject) -> Flow {
    let mut walk = Walk {
        map,
        ways,
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
type Starts<'a> = BTreeMap<&'a str, Vec<&'a Connection>>;

/// Connections of a map by the component that starts them.
fn by_start(map: &SystemMap) -> Starts<'_> {
    let mut starts = Starts::new();
    for connection in &map.connections {
        starts.entry(connection.from.as_str()).or_default().push(connection);
    }
    starts
}

/// Path, line and function of a way in.
type Entrance = (String, i64, Option<String>);

/// How near a place in code is to where a request begins: levels of calls, then the line.
type Rank = (usize, i64);

/// A service that is called without a single method being named: its name, what it offers, where and how near.
type Served<'a> = (String, Vec<&'a Endpoint>, &'a Spot, Rank);

struct Walk<'a> {
    map: &'a SystemMap,
    ways: &'a Ways<'a>,
    steps: Vec<Step>,
    /// Component, and the way in; `None` for all of it.
    shown: BTreeSet<(String, Option<Entrance>)>,
    later: VecDeque<Later>,
    n_files: usize,
    is_cut: bool,
}

/// What the code of a component can come to.
enum Reach<'a> {
    /// The whole component was asked about: all that it does.
    Whole,
    /// The way in is not known, so that everything may count.
    Unknown,
    /// Files of a repository that imports lead to, each with its rank.
    Files(String, Rc<BTreeMap<String, usize>>),
    /// Functions that calls lead to.
    Functions(&'a Functions, Told),
}

impl Reach<'_> {
    /// The rank of a place, where it can be reached.
    fn rank(&self, spot: &Spot) -> Option<(usize, i64)> {
        match self {
            Self::Whole | Self::Unknown => Some((0, 0)),
            Self::Files(repo, files) if spot.repo == *repo => files.get(&spot.path).map(|r| (*r, spot.line_start)),
            Self::Files(..) => None,
            Self::Functions(functions, told) => functions.rank(told, spot),
        }
    }

    /// The rank of data that is kept.
    fn rank_of_kept(&self, entity: &Entity) -> Option<(usize, i64)> {
        match self {
            Self::Functions(functions, told) => functions.rank_of_kept(told, entity),
            _ => self.rank(&entity.spot),
        }
    }

    /// Whether the code that is come to names an operation; where that is not known, it may.
    fn names(&self, operation: &str) -> bool {
        match self {
            Self::Functions(_, told) => told.names(operation),
            _ => true,
        }
    }

    fn n_files(&self) -> usize {
        match self {
            Self::Whole | Self::Unknown => 0,
            Self::Files(_, files) => files.len(),
            Self::Functions(_, told) => told.files.len(),
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
        // A component as a whole has no code that answers.
        let received = spot.filter(|s| self.is_code(s) && what == "receives").map(|s| self.ways.entry(s, None, None));
        let way = entry.map(|e| self.ways.of_endpoint(e)).or(received);
        self.enter(id, way.as_ref(), number, false, entry.is_none());
    }

    fn push(&mut self, mut step: Step) -> usize {
        step.number = self.steps.len() + 1;
        let number = step.number;
        self.steps.push(step);
        number
    }

    fn is_code(&self, spot: &Spot) -> bool {
        self.ways.code.files.contains(&(spot.repo.clone(), spot.path.clone()))
    }

    /// Shows what a component does, entered by a way that is known or not.
    fn enter(&mut self, id: &str, way: Option<&Entry>, after: usize, is_later: bool, is_whole: bool) {
        let Some(component) = self.map.component(id) else { return };
        if is_an_end(component) {
            return;
        }
        let whole = (id.to_owned(), None);
        let key = (id.to_owned(), way.map(|e| (e.file.1.clone(), e.line, e.name.clone())));
        if self.shown.contains(&whole) || !self.shown.insert(key) {
            if let Some(step) = self.steps.get_mut(after - 1) {
                step.is_seen = true;
            }
            return;
        }
        let mut reach = self.reach(component, way);
        if is_whole && matches!(reach, Reach::Unknown) {
            reach = Reach::Whole;
        }
        if self.n_files == 0 {
            self.n_files = reach.n_files();
        }
        let mut steps = self.next_steps(id, &reach, is_later);
        if steps.is_empty() && !matches!(reach, Reach::Whole | Reach::Unknown) {
            // The code that acts could not be tied to that which answers: everything the component does may happen.
            steps = self.next_steps(id, &Reach::Unknown, is_later);
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
                Onward::Into(way) => self.enter(&to, way.as_ref(), number, is_later, false),
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

    fn reach(&self, component: &Component, way: Option<&Entry>) -> Reach<'a> {
        let ways = self.ways;
        let folder = component.folder.as_deref().unwrap_or("");
        let inside = |path: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
        let Some(way) = way else { return Reach::Unknown };
        let is_code = inside(&way.file.1) && ways.code.files.contains(&way.file);
        if ways.functions.tells(way) && (is_code || way.name.is_some()) {
            return ways
                .functions
                .told(&ways.code, folder, way)
                .map_or(Reach::Unknown, |told| Reach::Functions(&ways.functions, told));
        }
        if !is_code {
            return Reach::Unknown;
        }
        Reach::Files(way.file.0.clone(), ways.code.reachable(&way.file.0, folder, &way.file.1))
    }

    /// The steps that start at a component, in the order in which its code is come to.
    fn next_steps(&self, id: &str, reach: &Reach<'_>, is_later: bool) -> Vec<(Step, Onward)> {
        let mut found: Vec<((usize, i64), Step, Onward)> = Vec::new();
        let is_assumed = matches!(reach, Reach::Unknown);
        for c in self.ways.starts.get(id).into_iter().flatten().copied() {
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

    fn calls_of(&self, c: &'a Connection, reach: &Reach<'_>, is_assumed: bool) -> Vec<((usize, i64), Step, Onward)> {
        let spots: Vec<(&Spot, (usize, i64))> =
            c.spots.iter().filter_map(|s| reach.rank(s).map(|rank| (s, rank))).collect();
        let mut met: BTreeMap<&str, (&Endpoint, &Spot, (usize, i64))> = BTreeMap::new();
        let mut served: Option<Served<'_>> = None;
        for (spot, rank) in &spots {
            for call in self.ways.calls.at(spot) {
                let route = call.route.as_deref();
                let endpoint =
                    route.and_then(|r| routes::answering(&self.map.endpoints, &c.to, call.method.as_deref(), r));
                if let Some(e) = endpoint {
                    met.entry(e.id.as_str()).or_insert((e, spot, *rank));
                }
                if let Some(service) = call.service.as_deref() {
                    let methods = self.map.endpoints.iter().filter(|e| e.component == c.to).filter(|e| {
                        e.name
                            .as_deref()
                            .and_then(|n| n.split_once('/'))
                            .is_some_and(|(of, m)| of == service && reach.names(m))
                    });
                    served.get_or_insert((service.to_owned(), methods.collect(), spot, *rank));
                }
            }
        }
        let into = |e: &Endpoint| Onward::Into(Some(self.ways.of_endpoint(e)));
        if !met.is_empty() {
            let each = met.into_values().map(|(e, spot, rank)| {
                (rank, step_of(c, StepKind::Call, Some(named(e)), is_assumed, Some(spot)), into(e))
            });
            return each.collect();
        }
        if let Some((service, methods, spot, rank)) = served {
            let step = |via: String| step_of(c, StepKind::Call, Some(via), is_assumed, Some(spot));
            if methods.is_empty() {
                return vec![(rank, step(service), Onward::Into(None))];
            }
            return methods.into_iter().map(|e| (rank, step(named(e)), into(e))).collect();
        }
        let nearest = spots.into_iter().min_by_key(|(_, rank)| *rank);
        nearest
            .map(|(spot, rank)| (rank, step_of(c, StepKind::Call, None, is_assumed, Some(spot)), Onward::Into(None)))
            .into_iter()
            .collect()
    }

    /// A store is opened in settings, so what ties it to code is the data that code keeps there.
    fn data_of(&self, c: &Connection, reach: &Reach<'_>, is_assumed: bool) -> Vec<((usize, i64), Step, Onward)> {
        let kept =
            self.map.entities.iter().filter(|e| {
                e.component.as_deref() == Some(c.from.as_str()) && e.store.as_deref() == Some(c.to.as_str())
            });
        let mut reached: Vec<_> = kept.filter_map(|e| Some((reach.rank_of_kept(e)?, e))).collect();
        reached.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        let names: BTreeSet<&str> = reached.iter().map(|(_, e)| e.name.as_str()).collect();
        let via = (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "));
        let direct = c.spots.iter().filter_map(|s| Some((reach.rank(s)?, s))).min_by_key(|(rank, _)| *rank);
        let asked = self.asked(c, reach);
        let first = reached.first().map(|(rank, e)| (*rank, &e.spot)).or(direct);
        let first = first.or_else(|| asked.as_ref().map(|(rank, spot)| ((*rank, spot.line_start), spot)));
        first
            .map(|(rank, spot)| (rank, step_of(c, StepKind::Data, via, is_assumed, Some(spot)), Onward::Stop))
            .into_iter()
            .collect()
    }

    /// Where the code asks the one database of a component without naming what it asks for.
    fn asked(&self, c: &Connection, reach: &Reach<'_>) -> Option<(usize, Spot)> {
        let is_database = |id: &str| self.map.component(id).is_some_and(|c| c.kind == "database");
        let starts = self.ways.starts.get(c.from.as_str())?;
        let n = starts.iter().filter(|o| o.kind == "data" && is_database(&o.to)).count();
        match reach {
            Reach::Functions(functions, told) if n == 1 && is_database(&c.to) => functions.rank_of_query(told),
            _ => None,
        }
    }

    /// Data of which nobody knows the store.
    fn kept_of(&self, id: &str, reach: &Reach<'_>, is_assumed: bool) -> Option<((usize, i64), Step, Onward)> {
        let kept = self.map.entities.iter().filter(|e| e.component.as_deref() == Some(id) && e.store.is_none());
        let reached: Vec<_> = kept.filter_map(|e| Some((reach.rank_of_kept(e)?, e))).collect();
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

    fn messages_of(&self, id: &str, reach: &Reach<'_>, is_assumed: bool) -> Vec<((usize, i64), Step, Onward)> {
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

    fn gaps_of(&self, id: &str, reach: &Reach<'_>) -> Vec<((usize, i64), Step, Onward)> {
        // What one detector could not follow another may have.
        let followed: BTreeSet<(&str, &str, i64)> = self
            .ways
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
                is_assumed: matches!(reach, Reach::Unknown),
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
            let way = is_code.then(|| self.ways.entry(&message.spot, None, None));
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
            self.enter(&message.to, way.as_ref(), number, true, false);
        }
    }
}

/// Where to go on after a step.
enum Onward {
    Stop,
    Into(Option<Entry>),
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
