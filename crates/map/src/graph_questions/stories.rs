//! What is asked of every map, kept as tables: the flow of each request, and who depends on each part.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::dependents;
use sightline_facts::tables::flow_steps::{self, FlowStepRow, FlowStepsBuilder};
use sightline_facts::tables::flows::{self, FlowRow, FlowsBuilder};

use super::Subject;
use super::dependents::dependents as all_dependents;
use super::flow::{Flow, Step, StepKind, Ways, follow, named};
use crate::error::MapError;
use crate::system_map::{SystemMap, short};

/// Flows that are kept; endpoints beyond that, in the order of their ids, are followed when asked for.
const MOST_FLOWS: usize = 2_000;

/// Derives `flows`, `flow_steps` and `dependents` from the tables of the map.
///
/// A flow is kept where at least one step could be followed after its start. What is known of a component as a whole is
/// no step of each of its requests: it is told once, in a column of its own. Components without endpoints have one flow
/// for all that they do.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn stories(session: &Session) -> Result<Vec<(&'static TableSpec, RecordBatch)>, MapError> {
    let map = SystemMap::without_sources(session)?;
    let mut heads = FlowsBuilder::default();
    let mut steps = FlowStepsBuilder::default();
    if !map.connections.is_empty() || !map.entities.is_empty() || !map.topics.is_empty() {
        let ways = Ways::read(session, &map)?;
        for subject in subjects(&map).into_iter().take(MOST_FLOWS) {
            let flow = only_told(follow(&ways, &map, &subject));
            if flow.flow.numbers(|s| s.kind != StepKind::Gap).len() > 1 {
                write(&map, &flow, &mut heads, &mut steps);
            }
        }
    }
    Ok(vec![
        (&flows::SPEC, heads.finish()),
        (&flow_steps::SPEC, steps.finish()),
        (&dependents::SPEC, all_dependents(&map)),
    ])
}

/// Every endpoint, and every part of our own that has none and does something.
fn subjects(map: &SystemMap) -> Vec<Subject> {
    let asked: BTreeSet<&str> = map.endpoints.iter().map(|e| e.component.as_str()).collect();
    let acting: BTreeSet<&str> = map
        .connections
        .iter()
        .filter(|c| matches!(c.kind.as_str(), "sync" | "data" | "async"))
        .map(|c| c.from.as_str())
        .collect();
    let mut found: Vec<Subject> = map
        .components
        .iter()
        .filter(|c| !c.is_outside && c.kind != "user")
        .filter(|c| acting.contains(c.id.as_str()) && !asked.contains(c.id.as_str()))
        .map(|c| Subject::Component(c.id.clone()))
        .collect();
    let mut endpoints: Vec<&str> = map.endpoints.iter().map(|e| e.id.as_str()).collect();
    endpoints.sort_unstable();
    endpoints.dedup();
    found.extend(endpoints.into_iter().map(|id| Subject::Endpoint(id.to_owned())));
    found
}

/// A flow without the steps that code did not tell.
pub(super) struct Told {
    pub(super) flow: Flow,
    /// Steps left out.
    pub(super) n_assumed: usize,
    /// What the components that take part use besides.
    also: BTreeSet<String>,
}

/// Leaves out the steps of which the code did not tell whether this request takes them, and what comes after them.
pub(super) fn only_told(mut flow: Flow) -> Told {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let (mut kept, mut also, mut n_assumed) = (Vec::new(), BTreeSet::new(), 0);
    let first = flow.steps.first().map(|s| s.from.clone()).unwrap_or_default();
    for mut step in flow.steps {
        let is_reached = step.after.is_none_or(|after| numbers.contains_key(&after));
        if step.is_assumed || !is_reached {
            if step.kind != StepKind::Gap {
                n_assumed += 1;
                if step.from == first && step.to != first {
                    also.insert(step.to);
                }
            }
            continue;
        }
        numbers.insert(step.number, kept.len() + 1);
        step.number = kept.len() + 1;
        step.after = step.after.and_then(|after| numbers.get(&after)).copied();
        kept.push(step);
    }
    let parts: BTreeSet<&str> = kept.iter().flat_map(|s| [s.from.as_str(), s.to.as_str()]).collect();
    also.retain(|id| !parts.contains(id.as_str()));
    flow.components.retain(|id| parts.contains(id.as_str()));
    flow.steps = kept;
    Told { flow, n_assumed, also }
}

fn write(map: &SystemMap, told: &Told, heads: &mut FlowsBuilder, steps: &mut FlowStepsBuilder) {
    let flow = &told.flow;
    let Some(start) = flow.steps.first() else { return };
    let Some(spot) = &start.spot else { return };
    let (title, endpoint) = match &flow.subject {
        Subject::Endpoint(id) => {
            let Some(e) = map.endpoints.iter().find(|e| e.id == *id) else { return };
            (format!("{} of {}", named(e), map.name(&e.component)), Some(id.as_str()))
        }
        _ => (format!("All work of {}", map.name(&start.from)), None),
    };
    let id = format!("flow:{}", endpoint.unwrap_or_else(|| short(&start.from)));
    let outside: BTreeSet<&str> = flow.steps.iter().filter(|s| s.is_outside).map(|s| map.name(&s.to)).collect();
    let outside = outside.into_iter().collect::<Vec<_>>().join(", ");
    let mut also: Vec<&str> = told.also.iter().map(|id| map.name(id)).collect();
    also.sort_unstable();
    let also = also.join(", ");
    let n = |holds: fn(&Step) -> bool| i64::try_from(flow.numbers(holds).len()).unwrap_or(i64::MAX);
    heads.push(&FlowRow {
        flow: &id,
        title: &title,
        component: &start.from,
        endpoint,
        n_steps: n(|s| s.kind != StepKind::Gap),
        n_components: i64::try_from(flow.components.len()).unwrap_or(i64::MAX),
        n_outside: n(|s| s.is_outside),
        n_later: n(|s| s.is_later && s.kind != StepKind::Gap),
        n_stored: n(|s| s.kind == StepKind::Data),
        n_gaps: n(|s| s.kind == StepKind::Gap),
        n_assumed: i64::try_from(told.n_assumed).unwrap_or(i64::MAX),
        also: Some(also.as_str()).filter(|o| !o.is_empty()),
        outside: Some(outside.as_str()).filter(|o| !o.is_empty()),
        is_cut: flow.is_cut,
        repo: &spot.repo,
        commit: spot.commit.as_deref(),
        path: &spot.path,
        line_start: spot.line_start,
        line_end: spot.line_end,
        seen: &spot.seen,
        ..FlowRow::default()
    });
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    for step in &flow.steps {
        let is_gap = step.kind == StepKind::Gap;
        // Rows of the workspace's own corrections stand in no repository.
        let at = step.spot.as_ref().filter(|s| !s.path.is_empty());
        steps.push(&FlowStepRow {
            flow: &id,
            number: number(step.number),
            after_number: step.after.map(number),
            kind: step.kind.word(),
            from_component: &step.from,
            to_component: (!is_gap).then_some(step.to.as_str()),
            target: is_gap.then_some(step.to.as_str()),
            what: &step.what,
            via: step.via.as_deref(),
            is_later: step.is_later,
            is_outside: step.is_outside,
            is_seen: step.is_seen,
            is_assumed: step.is_assumed,
            basis: if step.is_assumed && !is_gap { "inferred" } else { &step.basis },
            repo: at.map(|s| s.repo.as_str()),
            commit: at.and_then(|s| s.commit.as_deref()),
            path: at.map(|s| s.path.as_str()),
            line_start: at.map(|s| s.line_start),
            line_end: at.map(|s| s.line_end),
            seen: at.map_or("", |s| s.seen.as_str()),
            ..FlowStepRow::default()
        });
    }
}
