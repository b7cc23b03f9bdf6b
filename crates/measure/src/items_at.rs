//! The program as it was known on a day: the state of every work item at an instant, rebuilt from events.

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::{Session, Value};
use sightline_facts::table::{Boolean, ColumnKind, OptText, Text};

use crate::error::MeasureError;
use crate::query::column;

/// The query, with `:at` for the instant in microseconds since 1970.
pub const ITEMS_AT: &str = include_str!("items_at.sql");

/// A work item as it was known at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemAt {
    /// Data set.
    pub repo: String,
    /// Id, as in `issues.issue` or `pulls.pull`.
    pub item: String,
    /// `issue` or `pull`.
    pub kind: String,
    /// Status in the tracker's words.
    pub status: Option<String>,
    /// It was not done.
    pub is_open: bool,
    /// Its labels, sorted, separated by `; `.
    pub labels: Option<String>,
    /// Its milestones or fix versions, likewise.
    pub milestones: Option<String>,
    /// Whom it was assigned to, likewise.
    pub assignees: Option<String>,
}

/// Every issue and pull request that existed at an instant (microseconds since 1970), by data set and id.
///
/// Only events up to the instant are read. Exports without events of one kind, such as labels, give items without them.
///
/// # Errors
/// An error of the store.
pub fn items_at(session: &Session, at: i64) -> Result<Vec<ItemAt>, MeasureError> {
    let mut found = Vec::new();
    for batch in session.query_with(ITEMS_AT, &[("at", Value::Integer(at))])? {
        let required = |name: &str| column::<Text>(&batch, "items on a day", name);
        let (repo, item, kind) = (required("repo")?, required("item")?, required("item_kind")?);
        let is_open = column::<Boolean>(&batch, "items on a day", "is_open")?;
        let optional = |name: &str| optional(&batch, name);
        let (status, labels) = (optional("status")?, optional("labels")?);
        let (milestones, assignees) = (optional("milestones")?, optional("assignees")?);
        found.extend((0..batch.num_rows()).map(|i| ItemAt {
            repo: Text::get(&repo, i).to_owned(),
            item: Text::get(&item, i).to_owned(),
            kind: Text::get(&kind, i).to_owned(),
            status: status[i].clone(),
            is_open: Boolean::get(&is_open, i),
            labels: labels[i].clone(),
            milestones: milestones[i].clone(),
            assignees: assignees[i].clone(),
        }));
    }
    Ok(found)
}

fn optional(batch: &RecordBatch, name: &str) -> Result<Vec<Option<String>>, MeasureError> {
    let values = column::<OptText>(batch, "items on a day", name)?;
    Ok((0..batch.num_rows()).map(|i| OptText::get(&values, i).map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::issue_events::{self, IssueEventRow, IssueEventsBuilder};

    use super::*;

    const KINDS: [&str; 10] = [
        "closed",
        "reopened",
        "status",
        "labeled",
        "unlabeled",
        "milestoned",
        "demilestoned",
        "assigned",
        "unassigned",
        "commented",
    ];
    const VALUES: [&str; 3] = ["a", "b", "c"];

    /// One event: item, instant, kind and value by their places in the lists above.
    type Event = (usize, i64, usize, usize);

    fn category(kind: &str, value: &str) -> Option<&'static str> {
        match (kind, value) {
            ("closed", _) | ("status", "c") => Some("done"),
            ("status", "b") => Some("in-progress"),
            ("reopened" | "status", _) => Some("to-do"),
            _ => None,
        }
    }

    /// Replays events one after another, as somebody would who never saw the query.
    fn replay(events: &[(i64, String, &'static str, &'static str)], at: i64) -> Vec<ItemAt> {
        let mut items: BTreeMap<String, (ItemAt, [BTreeSet<&str>; 3])> = BTreeMap::new();
        for (_, item, kind, value) in events.iter().filter(|e| e.0 <= at) {
            if *kind == "created" {
                let new = ItemAt {
                    repo: "shop".to_owned(),
                    item: item.clone(),
                    kind: "issue".to_owned(),
                    status: Some("open".to_owned()),
                    is_open: true,
                    labels: None,
                    milestones: None,
                    assignees: None,
                };
                items.insert(item.clone(), (new, Default::default()));
                continue;
            }
            let Some((state, sets)) = items.get_mut(item) else { continue };
            if *kind == "status" {
                state.status = Some((*value).to_owned());
            }
            if let Some(category) = category(kind, value) {
                state.is_open = category != "done";
            }
            let set = ["labeled", "milestoned", "assigned"].iter().position(|k| k == kind);
            let left = ["unlabeled", "demilestoned", "unassigned"].iter().position(|k| k == kind);
            if let Some(set) = set {
                sets[set].insert(value);
            }
            if let Some(set) = left {
                sets[set].remove(value);
            }
        }
        let joined =
            |set: &BTreeSet<&str>| (!set.is_empty()).then(|| set.iter().copied().collect::<Vec<_>>().join("; "));
        items
            .into_values()
            .map(|(state, [labels, milestones, assignees])| ItemAt {
                labels: joined(&labels),
                milestones: joined(&milestones),
                assignees: joined(&assignees),
                ..state
            })
            .collect()
    }

    /// Events of up to four items, each created at an instant of its own, in the order in which they happened.
    fn check(created: &[i64], events: &[Event], days: &[i64]) {
        let mut all: Vec<(i64, String, &str, &str)> = Vec::new();
        for (n, at) in created.iter().enumerate() {
            all.push((*at, format!("issue:{n}"), "created", "open"));
        }
        for (item, after, kind, value) in events {
            let item = item % created.len();
            all.push((created[item] + after, format!("issue:{item}"), KINDS[*kind], VALUES[*value]));
        }
        // Of events of one instant the place in the list decides, as in a tracker's.
        all.sort_by_key(|e| e.0);
        let mut rows = IssueEventsBuilder::default();
        for (position, (at, item, kind, value)) in all.iter().enumerate() {
            let category = if *kind == "created" { Some("to-do") } else { category(kind, value) };
            rows.push(&IssueEventRow {
                repo: "shop",
                item,
                item_kind: "issue",
                position: i64::try_from(position).expect("few events"),
                at: *at,
                kind,
                to_value: Some(value),
                category,
                ..IssueEventRow::default()
            });
        }
        let session = Session::of_batches(vec![(&issue_events::SPEC, vec![rows.finish()])]).expect("the rows fit");
        for day in days {
            assert_eq!(items_at(&session, *day).expect("the query runs"), replay(&all, *day), "at {day}: {all:?}");
        }
    }

    #[test]
    fn the_last_event_before_the_day_decides() {
        // Kinds: 0 closed, 1 reopened, 3 labeled, 4 unlabeled.
        check(&[10], &[(0, 5, 0, 0), (0, 5, 1, 0), (0, 7, 3, 1), (0, 9, 4, 1)], &[9, 10, 14, 15, 17, 19, 99]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn any_past_day_is_that_of_a_replay(
            created in prop::collection::vec(0_i64..20, 1..4),
            events in prop::collection::vec((0_usize..4, 0_i64..40, 0_usize..KINDS.len(), 0_usize..VALUES.len()), 0..40),
            days in prop::collection::vec(-1_i64..70, 5),
        ) {
            check(&created, &events, &days);
        }
    }
}
