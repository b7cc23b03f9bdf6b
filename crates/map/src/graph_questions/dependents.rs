//! Who depends on each component, over any number of steps: the whole map at once.
//!
//! [`super::impact`] answers the same for one thing, with every step of the way. This keeps the shortest ways only, in
//! numbers instead of names, so that a map of thousands of parts takes a fraction of a second.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::tables::dependents::{DependentRow, DependentsBuilder};

use crate::system_map::SystemMap;

/// Rows up to which all are kept.
const MOST_ROWS: usize = 300_000;
/// Dependents that a component keeps where there are more rows than that, the nearest ones.
const NEAREST: usize = 100;

/// A component that starts a connection, and how.
#[derive(Clone, Copy)]
struct User {
    at: usize,
    is_sync: bool,
    is_inferred: bool,
}

/// The shortest way from a component to the one in question.
#[derive(Clone, Copy)]
struct Way {
    at: usize,
    /// The component next to it on the way.
    through: Option<usize>,
    distance: i64,
    is_sync: bool,
    is_inferred: bool,
}

/// The table of dependents of a map, by component, then distance, then dependent.
pub(super) fn dependents(map: &SystemMap) -> RecordBatch {
    let position: BTreeMap<&str, usize> = map.components.iter().enumerate().map(|(i, c)| (c.id.as_str(), i)).collect();
    let users = users(map, &position);
    let mut all: Vec<Vec<Way>> = (0..map.components.len()).map(|at| ways(&users, at)).collect();
    let is_large = all.iter().map(Vec::len).sum::<usize>() > MOST_ROWS;
    let mut rows = DependentsBuilder::default();
    let id = |at: usize| map.components[at].id.as_str();
    for (at, ways) in all.iter_mut().enumerate() {
        ways.sort_by_key(|w| (w.distance, id(w.at)));
        let is_cut = is_large && ways.len() > NEAREST;
        if is_cut {
            ways.truncate(NEAREST);
        }
        for way in ways.iter() {
            rows.push(&DependentRow {
                component: id(at),
                dependent: id(way.at),
                distance: way.distance,
                through: way.through.map(id),
                is_sync: way.is_sync,
                is_inferred: way.is_inferred,
                is_cut,
                ..DependentRow::default()
            });
        }
    }
    rows.finish()
}

/// Who starts a connection to each component or receives what it sends, without doubles; the strongest of each pair.
fn users(map: &SystemMap, position: &BTreeMap<&str, usize>) -> Vec<Vec<User>> {
    let mut pairs: BTreeMap<(usize, usize), (bool, bool)> = BTreeMap::new();
    let mut join = |to: &str, from: &str, is_sync: bool, is_inferred: bool| {
        if let (Some(to), Some(from)) = (position.get(to), position.get(from))
            && to != from
        {
            let known = pairs.entry((*to, *from)).or_insert((is_sync, is_inferred));
            if (is_sync, !is_inferred) > (known.0, !known.1) {
                *known = (is_sync, is_inferred);
            }
        }
    };
    for c in &map.connections {
        join(&c.to, &c.from, !c.is_async && c.kind != "monitoring", c.basis == "inferred");
    }
    let mut receivers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for t in map.topics.iter().filter(|t| !t.produces) {
        receivers.entry(&t.topic).or_default().push(&t.component);
    }
    for sent in map.topics.iter().filter(|t| t.produces) {
        for receiver in receivers.get(sent.topic.as_str()).into_iter().flatten() {
            join(&sent.component, receiver, false, sent.spot.basis == "inferred");
        }
    }
    let mut users: Vec<Vec<User>> = vec![Vec::new(); map.components.len()];
    for ((to, from), (is_sync, is_inferred)) in pairs {
        users[to].push(User { at: from, is_sync, is_inferred });
    }
    users
}

/// Breadth first from one component against the connections. Of ways of one length, one that waits throughout counts.
fn ways(users: &[Vec<User>], start: usize) -> Vec<Way> {
    let mut seen = FxHashSet::from_iter([start]);
    let mut found: Vec<Way> = Vec::new();
    let mut level = vec![Way { at: start, through: None, distance: 0, is_sync: true, is_inferred: false }];
    while !level.is_empty() {
        let mut next: BTreeMap<usize, Way> = BTreeMap::new();
        for way in &level {
            for user in users[way.at].iter().filter(|u| !seen.contains(&u.at)) {
                let longer = Way {
                    at: user.at,
                    through: (way.at != start).then_some(way.at),
                    distance: way.distance + 1,
                    is_sync: way.is_sync && user.is_sync,
                    is_inferred: way.is_inferred || user.is_inferred,
                };
                let known = next.entry(user.at).or_insert(longer);
                if longer.is_sync && !known.is_sync {
                    *known = longer;
                }
            }
        }
        seen.extend(next.keys());
        found.extend(next.values());
        level = next.into_values().collect();
    }
    found
}
