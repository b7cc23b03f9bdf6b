//! Where issues stand in projects of GitHub. A project knows what the issue itself does not: its status, how that
//! changed, iteration, estimate. Its items are a file of their own, which is read before the issues.

use std::collections::BTreeMap;

use serde::Deserialize;
use sightline_facts::tables::issue_events::IssueEventRow;
use sightline_facts::time::DAY;

use super::fields::{At, Count, EventAt, List, Named, Text, first_missing, name};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

/// One item of a project.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct ProjectItem {
    id: Text,
    #[serde(rename = "project_item")]
    number: Count,
    project: Text,
    project_number: Count,
    is_project_closed: Option<bool>,
    is_archived: Option<bool>,
    updated_at: At,
    status: Option<Choice>,
    priority: Option<Choice>,
    iteration: Option<Iteration>,
    points: Option<f64>,
    due_at: At,
    history: List<Change>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Choice {
    name: Text,
    updated_at: At,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Iteration {
    name: Text,
    starts_on: At,
    n_days: Count,
    updated_at: At,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Change {
    at: EventAt,
    from: Text,
    to: Text,
    actor: Option<Named>,
}

/// An item of a project and where its record stands.
#[derive(Debug)]
struct Card {
    item: ProjectItem,
    path: String,
    line_start: i64,
    line_end: i64,
}

/// The items of all projects, by the number of the issue or pull request.
#[derive(Debug, Default)]
pub(super) struct Boards(BTreeMap<i64, Vec<Card>>);

impl Boards {
    /// Takes a record in; a later one of the same item counts.
    pub(super) fn add(&mut self, bytes: &[u8], path: &str, line_start: i64, line_end: i64) {
        let Ok(item) = serde_json::from_slice::<ProjectItem>(bytes) else { return };
        let Some(number) = item.number.0 else { return };
        let cards = self.0.entry(number).or_default();
        cards.retain(|card| card.item.project_number.0 != item.project_number.0);
        cards.push(Card { item, path: path.to_owned(), line_start, line_end });
        // The project whose status counts comes first: one that goes on, then the one that was touched last.
        cards.sort_by_key(|card| {
            let item = &card.item;
            let touched = item.status.as_ref().and_then(|s| s.updated_at.0);
            let is_over = item.is_project_closed == Some(true) || item.is_archived == Some(true);
            (touched.is_none(), is_over, touched.map(|at| -at), item.project_number.0)
        });
    }

    /// What projects say of an item.
    pub(super) fn of(&self, number: Option<i64>) -> Standing<'_> {
        Standing(number.and_then(|number| self.0.get(&number)).map_or(&[], Vec::as_slice))
    }
}

/// What projects say of one item, the one that counts first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a>(&'a [Card]);

impl<'a> Standing<'a> {
    fn first<T>(self, of: impl Fn(&'a ProjectItem) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|card| of(&card.item))
    }

    pub(super) fn status(self) -> Option<&'a str> {
        self.0.first()?.item.status.as_ref()?.name.get()
    }

    pub(super) fn priority(self) -> Option<&'a str> {
        self.first(|item| item.priority.as_ref()?.name.get())
    }

    pub(super) fn points(self) -> Option<f64> {
        self.first(|item| item.points)
    }

    pub(super) fn due_at(self) -> Option<i64> {
        self.first(|item| item.due_at.0)
    }

    pub(super) fn iteration(self) -> Option<&'a str> {
        self.first(|item| item.iteration.as_ref()?.name.get())
    }

    /// Names of the projects that it is in.
    pub(super) fn projects(self) -> Option<String> {
        let mut names: Vec<&str> = self.0.iter().filter_map(|card| card.item.project.get()).collect();
        names.sort_unstable();
        (!names.is_empty()).then(|| names.join("; "))
    }

    /// Appends the changes of its status, and the iteration that it is in.
    ///
    /// Closing alone ends an item. So a status that means done says nothing of how far it is, nor does any status
    /// while the item is closed, as `is_open` tells; of a pull request none does.
    pub(super) fn tell(
        self,
        (id, item_kind): (&str, &'static str),
        place: Place<'_>,
        position: &mut i64,
        is_open: &dyn Fn(i64) -> bool,
        rows: &mut TrackerRows,
        told: &mut Told,
    ) {
        let Some(card) = self.0.first() else { return };
        let base = IssueEventRow {
            repo: place.repo,
            item: id,
            item_kind,
            path: &card.path,
            line_start: card.line_start,
            line_end: card.line_end,
            field: Some("Status"),
            kind: "status",
            ..IssueEventRow::default()
        };
        let item = &card.item;
        let mut changes: Vec<(i64, &Change)> =
            item.history.0.iter().filter_map(|change| told.at(&change.at, "status").map(|at| (at, change))).collect();
        changes.sort_by_key(|(at, _)| *at);
        let mut told_at = Vec::new();
        for (at, change) in &changes {
            // Without a status an item is what the tracker itself says: open.
            told_at.push((*at, change.from.get(), change.to.get().unwrap_or("open"), change.actor.as_ref()));
        }
        // A server that does not tell the past tells when the status was last set.
        let last = changes.last().map(|(at, change)| (*at, change.to.get()));
        if let Some(now) = &item.status
            && let (Some(name), Some(at)) = (now.name.get(), now.updated_at.0)
            && last.is_none_or(|(_, to)| to != Some(name))
        {
            told_at.push((last.map_or(at, |(last, _)| last.max(at)), last.and_then(|(_, to)| to), name, None));
        }
        for (at, from_value, to, actor) in told_at {
            *position += 1;
            told.saw(Some(at));
            let category = Some(place.category(to, None).0);
            rows.issue_events.push(&IssueEventRow {
                position: *position,
                at,
                from_value,
                to_value: Some(to),
                category: category.filter(|c| item_kind == "issue" && *c != "done" && is_open(at)),
                actor: name(actor),
                is_bot: actor.is_some_and(Named::is_bot),
                ..base
            });
        }
        for card in self.0 {
            let Some(iteration) = &card.item.iteration else { continue };
            let (Some(to), Some(at)) = (iteration.name.get(), iteration.updated_at.0) else { continue };
            *position += 1;
            told.saw(Some(at));
            rows.issue_events.push(&IssueEventRow {
                position: *position,
                at,
                kind: "milestoned",
                field: Some("Iteration"),
                to_value: Some(to),
                path: &card.path,
                line_start: card.line_start,
                line_end: card.line_end,
                ..base
            });
        }
    }
}

impl Tells for ProjectItem {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("id", self.id.get().is_some()), ("project_item", self.number.0.is_some())])
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    /// What it says of its issue the issue's own rows hold; the iteration is one also when no issue is left in it.
    fn tell(&self, place: Place<'_>, _rows: &mut TrackerRows, told: &mut Told) {
        told.saw(self.updated_at.0);
        if let Some(iteration) = &self.iteration {
            let days = iteration.n_days.0.filter(|n| (0..=10_000).contains(n)).unwrap_or_default();
            let ends = iteration.starts_on.0.map(|at| at + days * DAY);
            let named = Named { name: iteration.name.get().map(str::to_owned), due_at: ends, ..Named::default() };
            told.milestone(None, "cycle", &named, place);
        }
    }
}
