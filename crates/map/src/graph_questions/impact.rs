//! What depends on a thing, over any number of steps.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;

use super::code::Calls;
use super::{Subject, routes};
use crate::error::MapError;
use crate::system_map::{Spot, SystemMap};

/// One step of a path: the side that depends, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The component that depends.
    pub from: String,
    /// The component that it depends on.
    pub to: String,
    /// What it does, in words that follow its name.
    pub what: String,
    /// The topic, where that is what joins them.
    pub topic: Option<String>,
    /// It waits for an answer.
    pub is_sync: bool,
    /// How the step is known.
    pub basis: String,
    /// The strongest place that shows it.
    pub spot: Option<Spot>,
}

/// A component that depends on the thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The component.
    pub component: String,
    /// The shortest path from it to the thing.
    pub path: Vec<Hop>,
    /// Every step of the path waits for its answer.
    pub is_sync: bool,
    /// Some step of the path was inferred.
    pub is_inferred: bool,
}

/// Who is affected when a thing changes or stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// The thing.
    pub subject: Subject,
    /// Components that are or hold it.
    pub at: Vec<String>,
    /// Nobody could be tied to this very endpoint, so whoever calls its component is shown.
    pub is_wider: bool,
    /// Those that depend on it, nearest first.
    pub reached: Vec<Reached>,
}

impl Impact {
    /// Components that depend on it through steps that all wait.
    pub fn n_sync(&self) -> usize {
        self.reached.iter().filter(|r| r.is_sync).count()
    }

    /// Components that depend on it directly.
    pub fn n_direct(&self) -> usize {
        self.reached.iter().filter(|r| r.path.len() == 1).count()
    }
}

/// Everything that depends on a thing, each with the shortest path; of paths of one length, one that waits throughout
/// comes first, since its break is felt at once.
///
/// A component depends on whatever it starts a connection to, and on whoever sends the topics that it receives. What is
/// only watched or told (`monitoring`, messages) does not wait.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn impact(session: &Session, map: &SystemMap, subject: &Subject) -> Result<Impact, MapError> {
    let (at, mut is_wider) = (holders(map, subject), false);
    let mut users = users(map);
    let mut first: Option<BTreeSet<String>> = None;
    if let Subject::Endpoint(id) = subject {
        let callers = callers(map, &Calls::read(session)?, id);
        is_wider = callers.is_empty();
        first = (!is_wider).then_some(callers);
    }
    if let Subject::Topic(topic) = subject {
        // Whoever receives or sends it depends on it, even though the one that holds it is the broker.
        for t in map.topics.iter().filter(|t| t.topic == *topic) {
            let what = if t.produces { "sends to" } else { "receives from" };
            let hop = Hop {
                from: t.component.clone(),
                to: String::new(),
                what: what.to_owned(),
                topic: Some(topic.clone()),
                is_sync: false,
                basis: t.spot.basis.clone(),
                spot: Some(t.spot.clone()),
            };
            users.entry(String::new()).or_default().push(hop);
        }
    }
    let starts = if matches!(subject, Subject::Topic(_)) { vec![String::new()] } else { at.clone() };
    let mut reached = walk(&users, &starts, first.as_ref());
    reached.sort_by(|a, b| (a.path.len(), &a.component).cmp(&(b.path.len(), &b.component)));
    Ok(Impact { subject: subject.clone(), at, is_wider, reached })
}

/// Components that are or hold a thing.
fn holders(map: &SystemMap, subject: &Subject) -> Vec<String> {
    let mut at: Vec<String> = match subject {
        Subject::Component(id) => vec![id.clone()],
        Subject::Endpoint(id) => map.endpoints.iter().filter(|e| e.id == *id).map(|e| e.component.clone()).collect(),
        Subject::Topic(topic) => {
            map.topics.iter().filter(|t| t.topic == *topic).filter_map(|t| t.broker.clone()).collect()
        }
        Subject::Entity(id) => map
            .entities
            .iter()
            .filter(|e| e.id == *id)
            .filter_map(|e| e.component.clone().or_else(|| e.store.clone()))
            .collect(),
    };
    at.sort();
    at.dedup();
    at
}

/// Who depends on each component, directly.
fn users(map: &SystemMap) -> BTreeMap<String, Vec<Hop>> {
    let mut users: BTreeMap<String, Vec<Hop>> = BTreeMap::new();
    for c in &map.connections {
        users.entry(c.to.clone()).or_default().push(Hop {
            from: c.from.clone(),
            to: c.to.clone(),
            what: c.what.clone(),
            topic: None,
            is_sync: !c.is_async && c.kind != "monitoring",
            basis: c.basis.clone(),
            spot: c.spots.first().cloned(),
        });
    }
    for sent in map.topics.iter().filter(|t| t.produces) {
        let received = map.topics.iter().filter(|t| !t.produces && t.topic == sent.topic);
        for t in received.filter(|t| t.component != sent.component) {
            users.entry(sent.component.clone()).or_default().push(Hop {
                from: t.component.clone(),
                to: sent.component.clone(),
                what: "receives messages of".to_owned(),
                topic: Some(t.topic.clone()),
                is_sync: false,
                basis: t.spot.basis.clone(),
                spot: Some(t.spot.clone()),
            });
        }
    }
    users
}

/// Components whose code calls an endpoint by its route.
fn callers(map: &SystemMap, calls: &Calls, id: &str) -> BTreeSet<String> {
    let Some(endpoint) = map.endpoints.iter().find(|e| e.id == *id) else { return BTreeSet::new() };
    map.connections
        .iter()
        .filter(|c| c.to == endpoint.component)
        .filter(|c| {
            c.spots.iter().flat_map(|s| calls.at(s)).any(|call| {
                let found = call
                    .route
                    .as_deref()
                    .and_then(|r| routes::answering(&map.endpoints, &c.to, call.method.as_deref(), r));
                found.is_some_and(|e| e.id == *id)
            })
        })
        .map(|c| c.from.clone())
        .collect()
}

/// Breadth first, level by level, in sorted order. `first` limits who counts on the first level.
fn walk(users: &BTreeMap<String, Vec<Hop>>, starts: &[String], first: Option<&BTreeSet<String>>) -> Vec<Reached> {
    let mut seen: BTreeSet<String> = starts.iter().cloned().collect();
    let mut reached: Vec<Reached> = Vec::new();
    // The path from each member of the last level to the thing.
    let mut level: BTreeMap<String, Vec<Hop>> = starts.iter().map(|s| (s.clone(), Vec::new())).collect();
    while !level.is_empty() {
        let mut next: BTreeMap<String, Vec<Hop>> = BTreeMap::new();
        for (component, path) in &level {
            for hop in users.get(component).into_iter().flatten().filter(|h| !seen.contains(&h.from)) {
                if path.is_empty() && first.is_some_and(|f| !f.contains(&hop.from)) {
                    continue;
                }
                let mut longer = vec![hop.clone()];
                longer.extend(path.iter().cloned());
                let better = next.get(&hop.from).is_none_or(|known| (!waits(known)) && waits(&longer));
                if better {
                    next.insert(hop.from.clone(), longer);
                }
            }
        }
        for (component, path) in &next {
            seen.insert(component.clone());
            reached.push(Reached {
                component: component.clone(),
                is_sync: waits(path),
                is_inferred: path.iter().any(|h| h.basis == "inferred"),
                path: path.clone(),
            });
        }
        level = next;
    }
    reached
}

fn waits(path: &[Hop]) -> bool {
    path.iter().all(|h| h.is_sync)
}
