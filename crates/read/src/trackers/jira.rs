//! Issues of Jira, as its search gives them with `expand=changelog`.

mod site;

use std::collections::BTreeSet;

use serde::Deserialize;
use sightline_facts::tables::issue_events::IssueEventRow;
use sightline_facts::tables::issue_links::IssueLinkRow;
use sightline_facts::tables::issues::IssueRow;

use super::fields::{At, EventAt, List, Named, Said, Text, first_missing, joined, name};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;
use site::Own;
pub(super) use site::Site;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Issue {
    key: Text,
    #[serde(rename = "self")]
    url: Text,
    fields: Fields,
    changelog: Changelog,
    comments: List<Comment>,
    #[serde(skip)]
    own: Own,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Fields {
    summary: Text,
    description: Said,
    project: Option<Project>,
    issuetype: Option<Named>,
    status: Option<Status>,
    priority: Option<Named>,
    resolution: Option<Named>,
    created: At,
    updated: At,
    resolutiondate: At,
    duedate: At,
    labels: List<Named>,
    components: List<Named>,
    fix_versions: List<Named>,
    assignee: Option<Named>,
    reporter: Option<Named>,
    issuelinks: List<Link>,
    subtasks: List<Keyed>,
    parent: Option<Keyed>,
    /// Where a connector knows which field of the site holds it.
    story_points: Option<f64>,
    sprints: List<Named>,
    comment: List<Comment>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Project {
    key: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Keyed {
    key: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    name: Text,
    status_category: Option<Keyed>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Link {
    #[serde(rename = "type")]
    kind: LinkType,
    inward_issue: Option<Keyed>,
    outward_issue: Option<Keyed>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LinkType {
    name: Text,
    inward: Text,
    outward: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Changelog {
    histories: List<History>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct History {
    created: EventAt,
    author: Option<Named>,
    items: List<Change>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Change {
    field: Text,
    #[serde(rename = "fromString")]
    from: Text,
    #[serde(rename = "toString")]
    to: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Comment {
    created: EventAt,
    author: Option<Named>,
    body_length: Option<i64>,
}

impl Tells for Issue {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("key", self.key.get().is_some()), ("created", self.fields.created.0.is_some())])
    }

    fn id(&self) -> String {
        self.key.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let fields = &self.fields;
        let key = self.key.get().unwrap_or_default();
        let item = format!("issue:{key}");
        let project = fields.project.as_ref().and_then(|p| p.key.get()).or(key.rsplit_once('-').map(|(p, _)| p));
        let created_at = fields.created.0.unwrap_or_default();
        told.created(created_at);
        told.saw(fields.updated.0);
        told.saw(fields.resolutiondate.0);
        for version in &fields.fix_versions.0 {
            told.milestone(project, "version", version, place);
        }
        for sprint in fields.sprints.0.iter().chain(&self.own.sprints(place.jira)) {
            told.milestone(project, "sprint", sprint, place);
        }
        let none = Status::default();
        let now = fields.status.as_ref().unwrap_or(&none);
        let declared = now.status_category.as_ref().and_then(|c| c.key.get());
        let status = now.name.get().unwrap_or("unknown");
        let (category, basis) = place.category(status, declared);
        let comments = if self.comments.0.is_empty() { &fields.comment.0 } else { &self.comments.0 };
        rows.issues.push(&IssueRow {
            repo: place.repo,
            issue: &item,
            key,
            project,
            title: fields.summary.get().unwrap_or_default(),
            kind: name(fields.issuetype.as_ref()),
            status,
            status_category: category,
            status_basis: basis,
            resolution: name(fields.resolution.as_ref()),
            priority: name(fields.priority.as_ref()),
            points: fields.story_points.or_else(|| self.own.points(place.jira)),
            author: name(fields.reporter.as_ref()),
            assignee: name(fields.assignee.as_ref()),
            n_assignees: i64::from(name(fields.assignee.as_ref()).is_some()),
            labels: joined(&fields.labels.0).as_deref(),
            components: joined(&fields.components.0).as_deref(),
            milestone: joined(&fields.fix_versions.0).as_deref(),
            parent: fields.parent.as_ref().and_then(|p| p.key.get()).or_else(|| self.own.epic(place.jira)),
            created_at,
            updated_at: fields.updated.0,
            done_at: fields.resolutiondate.0,
            due_at: fields.duedate.0,
            n_comments: i64::try_from(comments.len()).unwrap_or(i64::MAX),
            url: self.url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueRow::default()
        });
        self.events(&item, status, comments, place, rows, told);
        self.links(&item, place, rows);
        fields.description.tell(&item, key, fields.created.0, place, rows);
    }
}

impl Issue {
    /// Reads the fields that the site made for itself; `bytes` are those of the record.
    pub(super) fn read_own(&mut self, bytes: &[u8]) {
        self.own = Own::of(bytes);
    }

    /// The change log, oldest first: the interface of the cloud gives it newest first.
    fn histories(&self) -> Vec<&History> {
        let mut all: Vec<&History> = self.changelog.histories.0.iter().collect();
        if let (Some(first), Some(last)) = (all.first(), all.last())
            && first.created.0 > last.created.0
        {
            all.reverse();
        }
        all
    }

    fn events(
        &self,
        item: &str,
        status: &str,
        comments: &[Comment],
        place: Place<'_>,
        rows: &mut TrackerRows,
        told: &mut Told,
    ) {
        let fields = &self.fields;
        let created_at = fields.created.0.unwrap_or_default();
        let histories = self.histories();
        let changes = || histories.iter().flat_map(|h| h.items.0.iter());
        // The log holds changes; what an issue was born with is found by walking back from what it is.
        let first_status = changes().find(|c| c.field.is("status")).and_then(|c| c.from.get()).unwrap_or(status);
        let held = [
            fields.fix_versions.0.iter().filter_map(Named::get).collect(),
            name(fields.assignee.as_ref()).into_iter().collect(),
            fields.labels.0.iter().filter_map(Named::get).collect(),
        ];
        let base = IssueEventRow {
            repo: place.repo,
            item,
            item_kind: "issue",
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueEventRow::default()
        };
        // The log says nothing of categories; what the site says of a status now holds for its past too.
        let category = |status: &str| place.category(status, place.jira.category(status)).0;
        let mut position = 0;
        let mut push = |row: IssueEventRow<'_>| {
            rows.issue_events.push(&IssueEventRow { position, ..row });
            position += 1;
        };
        let reporter = fields.reporter.as_ref();
        push(IssueEventRow {
            at: created_at,
            kind: "created",
            to_value: Some(first_status),
            category: Some(category(first_status)),
            actor: name(reporter),
            is_bot: reporter.is_some_and(Named::is_bot),
            ..base
        });
        for (field, held) in SETS.iter().zip(held) {
            for value in field.born_with(held, &histories) {
                push(IssueEventRow {
                    at: created_at,
                    kind: field.joins,
                    field: Some(field.name),
                    to_value: Some(value),
                    ..base
                });
            }
        }
        for history in histories {
            let Some(at) = told.at(&history.created, "change") else { continue };
            told.saw(Some(at));
            let actor = history.author.as_ref();
            let base = IssueEventRow { at, actor: name(actor), is_bot: actor.is_some_and(Named::is_bot), ..base };
            for change in &history.items.0 {
                let Some(field) = change.field.get() else { continue };
                let base = IssueEventRow { field: Some(field), ..base };
                let (from, to) = (change.from.get(), change.to.get());
                if let Some(set) = SETS.iter().find(|set| set.is(field)) {
                    let (before, after) = (set.values(from), set.values(to));
                    for value in before.difference(&after) {
                        push(IssueEventRow { kind: set.leaves, to_value: Some(value), ..base });
                    }
                    for value in after.difference(&before) {
                        if set.joins == "milestoned" {
                            let named = Named { name: Some((*value).to_owned()), ..Named::default() };
                            let project = fields.project.as_ref().and_then(|p| p.key.get());
                            told.milestone(project, "version", &named, place);
                        }
                        push(IssueEventRow { kind: set.joins, to_value: Some(value), ..base });
                    }
                    continue;
                }
                let kind = if field == "summary" { "renamed" } else { &field.to_lowercase().replace(' ', "-") };
                let category = to.filter(|_| kind == "status").map(category);
                push(IssueEventRow { kind, from_value: from, to_value: to, category, ..base });
            }
        }
        for comment in comments {
            let Some(at) = told.at(&comment.created, "commented") else { continue };
            told.saw(Some(at));
            let actor = comment.author.as_ref();
            push(IssueEventRow {
                at,
                kind: "commented",
                actor: name(actor),
                is_bot: actor.is_some_and(Named::is_bot),
                n_characters: comment.body_length,
                ..base
            });
        }
    }

    fn links(&self, item: &str, place: Place<'_>, rows: &mut TrackerRows) {
        let base = IssueLinkRow {
            repo: place.repo,
            from_item: item,
            basis: "declared",
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueLinkRow::default()
        };
        for link in &self.fields.issuelinks.0 {
            let ends =
                [(&link.inward_issue, &link.kind.inward, true), (&link.outward_issue, &link.kind.outward, false)];
            for (other, word, is_inward) in ends {
                let Some(to_key) = other.as_ref().and_then(|o| o.key.get()) else { continue };
                let type_name = link.kind.name.get().or(word.get()).unwrap_or("link");
                let kind = link_kind(word.get().unwrap_or(type_name));
                rows.issue_links.push(&IssueLinkRow { to_key, kind, type_name, is_inward, ..base });
            }
        }
        for (other, kind) in self
            .fields
            .subtasks
            .0
            .iter()
            .map(|s| (s, "has-part"))
            .chain(self.fields.parent.iter().map(|p| (p, "part-of")))
        {
            if let Some(to_key) = other.key.get() {
                rows.issue_links.push(&IssueLinkRow {
                    to_key,
                    kind,
                    type_name: "parent",
                    is_inward: kind == "has-part",
                    ..base
                });
            }
        }
        if let Some(to_key) = self.own.epic(place.jira).filter(|_| self.fields.parent.is_none()) {
            rows.issue_links.push(&IssueLinkRow { to_key, kind: "part-of", type_name: "epic", ..base });
        }
    }
}

/// A field that holds values which come and go.
struct Set {
    name: &'static str,
    /// The name that the interface of the cloud gives it.
    id: &'static str,
    joins: &'static str,
    leaves: &'static str,
    /// Blanks part its values; otherwise a change names one.
    has_words: bool,
    /// There is one at a time, and the change log may name it otherwise than the issue does.
    is_single: bool,
}

const SETS: [Set; 3] = [
    Set {
        name: "Fix Version",
        id: "fixVersions",
        joins: "milestoned",
        leaves: "demilestoned",
        has_words: false,
        is_single: false,
    },
    Set {
        name: "assignee",
        id: "assignee",
        joins: "assigned",
        leaves: "unassigned",
        has_words: false,
        is_single: true,
    },
    Set { name: "labels", id: "labels", joins: "labeled", leaves: "unlabeled", has_words: true, is_single: false },
];

impl Set {
    fn is(&self, field: &str) -> bool {
        field.eq_ignore_ascii_case(self.name) || field.eq_ignore_ascii_case(self.id)
    }

    fn values<'a>(&self, text: Option<&'a str>) -> BTreeSet<&'a str> {
        match text {
            Some(text) if self.has_words => text.split_whitespace().collect(),
            text => text.into_iter().collect(),
        }
    }

    /// What the field held when the issue was opened: the log holds changes, so they are walked back from its end.
    fn born_with<'a>(&self, mut held: BTreeSet<&'a str>, histories: &[&'a History]) -> BTreeSet<&'a str> {
        let changes = histories.iter().rev().flat_map(|h| h.items.0.iter().rev());
        for change in changes.filter(|c| c.field.get().is_some_and(|f| self.is(f))) {
            if self.is_single {
                held.clear();
            }
            for value in self.values(change.to.get()) {
                held.remove(value);
            }
            held.extend(self.values(change.from.get()));
        }
        held
    }
}

/// What a link says, from the words that the tracker writes beside this end of it.
fn link_kind(words: &str) -> &'static str {
    let words = words.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    // "is blocked by", "depends on", "requires" lead to what must come first; "blocks", "required by" away from it.
    if has(&["blocked by", "depends on", "depends upon", "requires", "has to be done after"]) {
        "depends-on"
    } else if has(&["block", "required by", "depended", "dependency of", "is a dependency", "has to be done before"]) {
        "blocks"
    } else if has(&["duplicate", "clone"]) {
        "duplicates"
    } else if has(&["supersede"]) {
        "supersedes"
    } else if has(&["follow"]) {
        "follows"
    } else if has(&["part of", "is contained", "is child"]) {
        "part-of"
    } else if has(&["contains", "is parent", "incorporates"]) {
        "has-part"
    } else if has(&["relate", "reference", "address", "cause"]) {
        "relates"
    } else {
        "other"
    }
}
