//! Issues of Linear, as its GraphQL interface gives them; lists stand bare or below `nodes`.

use serde::Deserialize;
use sightline_facts::tables::issue_events::IssueEventRow;
use sightline_facts::tables::issue_links::IssueLinkRow;
use sightline_facts::tables::issues::IssueRow;

use super::fields::{At, EventAt, List, Named, Text, first_missing, joined, name};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Issue {
    identifier: Text,
    title: Text,
    url: Text,
    state: Option<State>,
    team: Option<Team>,
    project: Option<Named>,
    project_milestone: Option<Named>,
    cycle: Option<Cycle>,
    creator: Option<Named>,
    assignee: Option<Named>,
    labels: List<Named>,
    estimate: Option<f64>,
    priority_label: Text,
    due_date: At,
    created_at: At,
    updated_at: At,
    started_at: At,
    completed_at: At,
    canceled_at: At,
    parent: Option<Keyed>,
    history: List<Change>,
    comments: List<Comment>,
    relations: List<Relation>,
    inverse_relations: List<Relation>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    name: Text,
    #[serde(rename = "type")]
    kind: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Team {
    key: Text,
    name: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Keyed {
    identifier: Text,
}

/// A cycle; many have a number and no name.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Cycle {
    name: Text,
    number: Text,
    ends_at: At,
    completed_at: At,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Change {
    created_at: EventAt,
    actor: Option<Named>,
    from_state: Option<State>,
    to_state: Option<State>,
    from_assignee: Option<Named>,
    to_assignee: Option<Named>,
    from_cycle: Option<Cycle>,
    to_cycle: Option<Cycle>,
    from_project_milestone: Option<Named>,
    to_project_milestone: Option<Named>,
    added_labels: List<Named>,
    removed_labels: List<Named>,
    from_estimate: Option<f64>,
    to_estimate: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Comment {
    created_at: EventAt,
    user: Option<Named>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Relation {
    #[serde(rename = "type")]
    kind: Text,
    created_at: EventAt,
    issue: Option<Keyed>,
    related_issue: Option<Keyed>,
}

impl Cycle {
    fn named(&self) -> Named {
        let name = self.name.get().map(str::to_owned).or(self.number.get().map(|n| format!("Cycle {n}")));
        Named { name, due_at: self.ends_at.0, closed_at: self.completed_at.0, ..Named::default() }
    }
}

impl Tells for Issue {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("identifier", self.identifier.get().is_some()), ("createdAt", self.created_at.0.is_some())])
    }

    fn id(&self) -> String {
        self.identifier.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let key = self.identifier.get().unwrap_or_default();
        let item = format!("issue:{key}");
        let team = self.team.as_ref().and_then(|t| t.key.get().or(t.name.get()));
        let project = team.or(key.rsplit_once('-').map(|(p, _)| p));
        let done_at = self.completed_at.0.or(self.canceled_at.0);
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.updated_at.0);
        told.saw(done_at);
        let cycle = self.cycle.as_ref().map(Cycle::named);
        if let Some(milestone) = &self.project_milestone {
            told.milestone(project, "milestone", milestone, place);
        }
        if let Some(cycle) = &cycle {
            told.milestone(project, "cycle", cycle, place);
        }
        let none = State::default();
        let state = self.state.as_ref().unwrap_or(&none);
        let status = state.name.get().unwrap_or("unknown");
        let (category, basis) = place.category(status, state.kind.get());
        rows.issues.push(&IssueRow {
            repo: place.repo,
            issue: &item,
            key,
            project,
            title: self.title.get().unwrap_or_default(),
            status,
            status_category: category,
            status_basis: basis,
            resolution: state.kind.get().filter(|_| done_at.is_some()),
            priority: self.priority_label.get(),
            points: self.estimate,
            author: name(self.creator.as_ref()),
            assignee: name(self.assignee.as_ref()),
            n_assignees: i64::from(name(self.assignee.as_ref()).is_some()),
            labels: joined(&self.labels.0).as_deref(),
            components: name(self.project.as_ref()),
            milestone: name(self.project_milestone.as_ref()).or(name(cycle.as_ref())),
            parent: self.parent.as_ref().and_then(|p| p.identifier.get()),
            created_at: self.created_at.0.unwrap_or_default(),
            updated_at: self.updated_at.0,
            started_at: self.started_at.0,
            done_at,
            due_at: self.due_date.0,
            n_comments: i64::try_from(self.comments.0.len()).unwrap_or(i64::MAX),
            url: self.url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueRow::default()
        });
        self.events(&item, status, place, rows, told);
        self.links(&item, place, rows, told);
    }
}

impl Issue {
    fn events(&self, item: &str, status: &str, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let mut history: Vec<&Change> =
            self.history.0.iter().filter(|c| told.at(&c.created_at, "change").is_some()).collect();
        // The interface gives the newest first; the sort is stable.
        history.sort_by_key(|c| c.created_at.0);
        let first = history.iter().find_map(|c| c.from_state.as_ref()).and_then(|s| s.name.get()).unwrap_or(status);
        let base = IssueEventRow {
            repo: place.repo,
            item,
            item_kind: "issue",
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueEventRow::default()
        };
        let mut position = 0;
        let mut push = |row: IssueEventRow<'_>| {
            rows.issue_events.push(&IssueEventRow { position, ..row });
            position += 1;
        };
        let at = self.created_at.0.unwrap_or_default();
        let began = history.iter().find_map(|c| c.from_state.as_ref()).or(self.state.as_ref());
        push(IssueEventRow {
            at,
            kind: "created",
            to_value: Some(first),
            category: Some(place.category(first, began.and_then(|s| s.kind.get())).0),
            actor: name(self.creator.as_ref()),
            ..base
        });
        for change in history {
            let at = change.created_at.0.unwrap_or_default();
            told.saw(Some(at));
            let actor = change.actor.as_ref();
            let base = IssueEventRow { at, actor: name(actor), is_bot: actor.is_some_and(Named::is_bot), ..base };
            let state = |s: &Option<State>| s.as_ref().and_then(|s| s.name.get().map(str::to_owned));
            let (from, to) = (state(&change.from_state), state(&change.to_state));
            if to.is_some() {
                let (from, to) = (from.as_deref(), to.as_deref());
                let declared = change.to_state.as_ref().and_then(|s| s.kind.get());
                let category = to.map(|to| place.category(to, declared).0);
                push(IssueEventRow {
                    kind: "status",
                    field: Some("state"),
                    from_value: from,
                    to_value: to,
                    category,
                    ..base
                });
            }
            let (from, to) = (name(change.from_assignee.as_ref()), name(change.to_assignee.as_ref()));
            for (kind, person) in [("unassigned", from), ("assigned", to)] {
                if person.is_some() {
                    push(IssueEventRow { kind, to_value: person, ..base });
                }
            }
            let cycles = [change.from_cycle.as_ref().map(Cycle::named), change.to_cycle.as_ref().map(Cycle::named)];
            let left = [&cycles[0], &change.from_project_milestone];
            let entered = [&cycles[1], &change.to_project_milestone];
            for (kind, named) in
                left.into_iter().map(|n| ("demilestoned", n)).chain(entered.into_iter().map(|n| ("milestoned", n)))
            {
                if let Some(to) = name(named.as_ref()) {
                    push(IssueEventRow { kind, to_value: Some(to), ..base });
                }
            }
            let labels = change.added_labels.0.iter().map(|l| ("labeled", l));
            for (kind, label) in labels.chain(change.removed_labels.0.iter().map(|l| ("unlabeled", l))) {
                push(IssueEventRow { kind, to_value: label.get(), ..base });
            }
            if change.from_estimate != change.to_estimate {
                let words = [change.from_estimate, change.to_estimate].map(|e| e.map(|e| e.to_string()));
                let (from_value, to_value) = (words[0].as_deref(), words[1].as_deref());
                push(IssueEventRow { kind: "estimate", field: Some("estimate"), from_value, to_value, ..base });
            }
        }
        for comment in &self.comments.0 {
            let Some(at) = told.at(&comment.created_at, "commented") else { continue };
            told.saw(Some(at));
            let is_bot = comment.user.as_ref().is_some_and(Named::is_bot);
            push(IssueEventRow { at, kind: "commented", actor: name(comment.user.as_ref()), is_bot, ..base });
        }
    }

    fn links(&self, item: &str, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let base = IssueLinkRow {
            repo: place.repo,
            from_item: item,
            basis: "declared",
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueLinkRow::default()
        };
        let outward = self.relations.0.iter().map(|r| (r, &r.related_issue, false));
        for (relation, other, is_inward) in outward.chain(self.inverse_relations.0.iter().map(|r| (r, &r.issue, true)))
        {
            let Some(to_key) = other.as_ref().and_then(|o| o.identifier.get()) else { continue };
            let type_name = relation.kind.get().unwrap_or("related");
            let kind = match (type_name, is_inward) {
                ("blocks", false) => "blocks",
                ("blocks", true) => "depends-on",
                ("duplicate", _) => "duplicates",
                ("related" | "similar", _) => "relates",
                _ => "other",
            };
            rows.issue_links.push(&IssueLinkRow {
                to_key,
                kind,
                type_name,
                is_inward,
                at: told.at(&relation.created_at, type_name),
                ..base
            });
        }
        if let Some(to_key) = self.parent.as_ref().and_then(|p| p.identifier.get()) {
            rows.issue_links.push(&IssueLinkRow { to_key, kind: "part-of", type_name: "parent", ..base });
        }
    }
}
