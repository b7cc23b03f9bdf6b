//! Issues and pull requests of GitHub: the object of its REST interface, with `timeline`, `reviews` and `references`
//! where an exporter put them in.

use serde::Deserialize;
use sightline_facts::tables::issue_events::IssueEventRow;
use sightline_facts::tables::issue_links::IssueLinkRow;
use sightline_facts::tables::issues::IssueRow;
use sightline_facts::tables::pulls::PullRow;
use sightline_facts::tables::reviews::ReviewRow;

use super::boards::Standing;
use super::fields::{At, Count, EventAt, List, Named, Said, Text, first_missing, joined, name};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Item {
    pub(super) number: Count,
    pub(super) title: Text,
    pub(super) state: Text,
    pub(super) state_reason: Text,
    pub(super) user: Option<Named>,
    pub(super) labels: List<Named>,
    pub(super) milestone: Option<Named>,
    pub(super) assignees: List<Named>,
    pub(super) created_at: At,
    pub(super) updated_at: At,
    pub(super) closed_at: At,
    pub(super) comments: Count,
    pub(super) draft: Option<bool>,
    pub(super) html_url: Text,
    pub(super) body: Said,
    pub(super) references: List<Reference>,
    /// Relations that the tracker itself keeps.
    pub(super) sub_issues: List<Linked>,
    pub(super) blocked_by: List<Linked>,
    pub(super) parent: Option<Linked>,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) timeline: List<Event>,
    pub(super) reviews: List<Review>,
    /// The interface for issues has what is a pull request's own below this key, that for pull requests at the top.
    pub(super) pull_request: Option<Pull>,
    pub(super) head: Option<Named>,
    pub(super) merged_at: At,
    pub(super) merged_by: Option<Named>,
    pub(super) base: Option<Named>,
    pub(super) merge_commit_sha: Text,
    pub(super) additions: Count,
    pub(super) deletions: Count,
    pub(super) changed_files: Count,
    pub(super) commits: Count,
    /// Requests have numbers of their own, as `!12`, beside those of issues.
    #[serde(skip)]
    pub(super) has_own_numbers: bool,
    /// Further relations that the tracker keeps, with their kind and its word for it.
    #[serde(skip)]
    pub(super) relations: Vec<(Linked, &'static str, &'static str)>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Pull {
    pub(super) head: Option<Named>,
    pub(super) merged_at: At,
    pub(super) merged_by: Option<Named>,
    pub(super) base: Option<Named>,
    pub(super) merge_commit_sha: Text,
    pub(super) additions: Count,
    pub(super) deletions: Count,
    pub(super) changed_files: Count,
    pub(super) commits: Count,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Reference {
    number: Count,
    kind: Text,
    at: EventAt,
}

/// Another issue, in another repository where one is named.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Linked {
    pub(super) number: Count,
    pub(super) repository: Text,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Event {
    #[serde(rename = "event")]
    kind: Text,
    created_at: EventAt,
    submitted_at: EventAt,
    actor: Option<Named>,
    user: Option<Named>,
    label: Option<Named>,
    milestone: Option<Named>,
    assignee: Option<Named>,
    requested_reviewer: Option<Named>,
    requested_team: Option<Named>,
    state: Text,
    commit_id: Text,
    sha: Text,
    authored_at: EventAt,
    committed_at: EventAt,
    author: Option<Signature>,
    committer: Option<Signature>,
    body: Option<Length>,
    body_length: Count,
}

/// Who made a commit and when, as the interface writes it.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct Signature {
    date: EventAt,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Review {
    user: Option<Named>,
    state: Text,
    submitted_at: EventAt,
    commit_id: Text,
    body: Option<Length>,
    body_length: Count,
}

/// The length of a text, in characters. The text itself is not kept.
#[derive(Clone, Copy)]
struct Length(i64);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Ok(Self(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)))
    }
}

impl Tells for Item {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("number", self.number.0.is_some()), ("created_at", self.created_at.0.is_some())])
    }

    fn id(&self) -> String {
        // Issues and pull requests share their numbers, unless they are told to have their own.
        self.key()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let key = self.key();
        let is_pull = self.is_pull();
        let kind = if is_pull { "pull" } else { "issue" };
        let item = format!("{kind}:{}{key}", place.repo);
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.updated_at.0);
        if let Some(milestone) = &self.milestone {
            told.milestone(None, "milestone", milestone, place);
        }
        if is_pull {
            self.pull(&item, &key, place, rows, told);
        } else {
            self.issue(&item, &key, place, rows, told);
        }
        self.events(&item, kind, place, rows, told);
        for reference in &self.references.0 {
            let Some(number) = reference.number.0 else { continue };
            let word = reference.kind.get().unwrap_or("mentions");
            let at = told.at(&reference.at, word);
            told.saw(at);
            rows.issue_links.push(&IssueLinkRow {
                repo: place.repo,
                from_item: &item,
                to_key: &format!("#{number}"),
                kind: link_kind(word),
                type_name: word,
                basis: "said",
                at,
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..IssueLinkRow::default()
            });
        }
        self.relations(&item, place, rows);
        // What an exporter found in all texts is more than the description alone says.
        if self.references.0.is_empty() {
            self.body.tell(&item, &key, self.created_at.0, place, rows);
        }
    }
}

impl Item {
    fn is_pull(&self) -> bool {
        self.pull_request.is_some() || self.head.is_some() || self.merged_at.0.is_some()
    }

    /// What projects say of it; numbers of its own would mean other items there.
    fn standing<'a>(&self, place: Place<'a>) -> Standing<'a> {
        place.boards.of(self.number.0.filter(|_| !self.has_own_numbers))
    }

    fn key(&self) -> String {
        let sign = if self.has_own_numbers && self.is_pull() { '!' } else { '#' };
        format!("{sign}{}", self.number.0.unwrap_or_default())
    }

    /// Relations that the tracker keeps as such.
    fn relations(&self, item: &str, place: Place<'_>, rows: &mut TrackerRows) {
        let others = self.relations.iter().map(|(other, kind, type_name)| (other, *kind, *type_name));
        let below = self.sub_issues.0.iter().map(|other| (other, "has-part", "sub-issue"));
        let above = self.parent.iter().map(|other| (other, "part-of", "parent"));
        let first = self.blocked_by.0.iter().map(|other| (other, "depends-on", "blocked by"));
        for (other, kind, type_name) in others.chain(below).chain(above).chain(first) {
            let Some(number) = other.number.0 else { continue };
            let foreign = other.repository.get().filter(|name| !self.is_in(name));
            rows.issue_links.push(&IssueLinkRow {
                repo: place.repo,
                from_item: item,
                to_key: &format!("{}#{number}", foreign.unwrap_or_default()),
                kind,
                type_name,
                is_inward: kind == "has-part",
                basis: "declared",
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..IssueLinkRow::default()
            });
        }
    }

    /// Whether it is of that repository, by its own address.
    fn is_in(&self, repository: &str) -> bool {
        self.html_url.get().is_none_or(|url| url.contains(&format!("/{repository}/")))
    }

    /// When it was closed for the last time, if it is closed.
    fn closed_at(&self) -> Option<i64> {
        self.closed_at.0.filter(|_| self.state.is("closed"))
    }

    fn issue(&self, item: &str, key: &str, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let done_at = self.closed_at();
        told.saw(done_at);
        let state = self.state.get().unwrap_or("open");
        let standing = self.standing(place);
        let (status, category, basis) = match standing.status().filter(|_| state != "closed") {
            // Closing alone ends an issue.
            Some(status) => match place.category(status, None) {
                ("done", basis) => (status, "in-progress", basis),
                (category, basis) => (status, category, basis),
            },
            None if state == "closed" => (state, "done", "declared"),
            None => {
                let (category, basis) = place.category(state, None);
                (state, category, basis)
            }
        };
        rows.issues.push(&IssueRow {
            repo: place.repo,
            issue: item,
            key,
            title: self.title.get().unwrap_or_default(),
            kind: self.kind.get(),
            status,
            status_category: category,
            status_basis: basis,
            resolution: self.state_reason.get().filter(|r| *r != "reopened"),
            author: name(self.user.as_ref()),
            assignee: name(self.assignees.0.first()),
            n_assignees: whole(self.assignees.0.len()),
            labels: joined(&self.labels.0).as_deref(),
            priority: standing.priority(),
            points: standing.points(),
            components: standing.projects().as_deref(),
            milestone: name(self.milestone.as_ref()).or(standing.iteration()),
            due_at: standing.due_at(),
            parent: self.parent.as_ref().and_then(|p| p.number.0).map(|n| format!("#{n}")).as_deref(),
            created_at: self.created_at.0.unwrap_or_default(),
            updated_at: self.updated_at.0,
            done_at,
            n_comments: self.comments.0.unwrap_or_default(),
            url: self.html_url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueRow::default()
        });
    }

    fn pull(&self, item: &str, key: &str, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let none = Pull::default();
        let below = self.pull_request.as_ref().unwrap_or(&none);
        let merged_at = below.merged_at.0.or(self.merged_at.0);
        let closed_at = self.closed_at();
        told.saw(merged_at);
        told.saw(closed_at);
        let state = match (merged_at, self.state.get()) {
            (Some(_), _) => "merged",
            (None, Some("closed")) => "closed",
            _ => "open",
        };
        rows.pulls.push(&PullRow {
            repo: place.repo,
            pull: item,
            key,
            title: self.title.get().unwrap_or_default(),
            state,
            is_draft: self.draft.unwrap_or(false),
            author: name(self.user.as_ref()),
            is_bot: self.user.as_ref().is_some_and(Named::is_bot),
            merged_by: name(below.merged_by.as_ref().or(self.merged_by.as_ref())),
            base: name(below.base.as_ref().or(self.base.as_ref())),
            branch: name(below.head.as_ref().or(self.head.as_ref())),
            labels: joined(&self.labels.0).as_deref(),
            milestone: name(self.milestone.as_ref()),
            n_assignees: whole(self.assignees.0.len()),
            created_at: self.created_at.0.unwrap_or_default(),
            updated_at: self.updated_at.0,
            closed_at,
            merged_at,
            // Before a merge the interface names a commit that it only tried.
            merge_sha: below.merge_commit_sha.get().or(self.merge_commit_sha.get()).filter(|_| merged_at.is_some()),
            added: below.additions.0.or(self.additions.0),
            deleted: below.deletions.0.or(self.deletions.0),
            n_files: below.changed_files.0.or(self.changed_files.0),
            n_commits: below.commits.0.or(self.commits.0),
            n_comments: self.comments.0.unwrap_or_default(),
            url: self.html_url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..PullRow::default()
        });
        for review in &self.reviews.0 {
            let length = review.body.map(|l| l.0).or(review.body_length.0);
            push_review(
                item,
                &review.state,
                review.user.as_ref(),
                &review.submitted_at,
                &review.commit_id,
                length,
                place,
                rows,
                told,
            );
        }
    }

    fn events(&self, item: &str, kind: &'static str, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let base = IssueEventRow {
            repo: place.repo,
            item,
            item_kind: kind,
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueEventRow::default()
        };
        rows.issue_events.push(&IssueEventRow {
            at: self.created_at.0.unwrap_or_default(),
            kind: "created",
            to_value: Some("open"),
            category: Some("to-do"),
            actor: name(self.user.as_ref()),
            is_bot: self.user.as_ref().is_some_and(Named::is_bot),
            ..base
        });
        let mut position = 0;
        let (mut has_close, mut has_merge) = (false, false);
        let mut turns: Vec<(i64, bool)> = Vec::new();
        for event in &self.timeline.0 {
            let Some(word) = event.kind.get() else { continue };
            if word == "reviewed" {
                // The interface lists reviews among the events too.
                if self.reviews.0.is_empty() && kind == "pull" {
                    let length = event.body.map(|l| l.0).or(event.body_length.0);
                    push_review(
                        item,
                        &event.state,
                        event.user.as_ref(),
                        &event.submitted_at,
                        &event.commit_id,
                        length,
                        place,
                        rows,
                        told,
                    );
                }
                continue;
            }
            let signed = [&event.committer, &event.author].map(|s| s.as_ref().map(|s| &s.date));
            // The interface writes the times of a commit into its signatures, exporters beside them.
            let mut first = |of: &EventAt, otherwise: Option<&EventAt>| {
                told.at(of, word).or_else(|| otherwise.and_then(|date| told.at(date, word)))
            };
            let authored_at = first(&event.authored_at, signed[1]);
            let committed_at = first(&event.committed_at, signed[0]);
            let Some(at) = first(&event.created_at, None).or(committed_at) else { continue };
            has_close |= word == "closed";
            has_merge |= word == "merged";
            turns.extend(category(word).map(|stage| (at, stage != "done")));
            position += 1;
            told.saw(Some(at));
            if let Some(milestone) = &event.milestone {
                told.milestone(None, "milestone", milestone, place);
            }
            let to =
                [&event.milestone, &event.label, &event.assignee, &event.requested_reviewer, &event.requested_team];
            let actor = event.actor.as_ref().or(event.user.as_ref());
            rows.issue_events.push(&IssueEventRow {
                position,
                at,
                kind: if word == "line-commented" { "review_comment" } else { word },
                to_value: to.into_iter().find_map(|n| name(n.as_ref())),
                category: category(word),
                actor: name(actor),
                is_bot: actor.is_some_and(Named::is_bot),
                sha: event.sha.get().or(event.commit_id.get()),
                authored_at,
                n_characters: event.body.map(|l| l.0).or(event.body_length.0),
                ..base
            });
        }
        // Some exports hold comments only. What the record itself says of its end is then all there is.
        let merged_at = self.pull_request.as_ref().and_then(|p| p.merged_at.0).or(self.merged_at.0);
        for (word, at) in
            [("merged", merged_at.filter(|_| !has_merge)), ("closed", self.closed_at().filter(|_| !has_close))]
        {
            if let Some(at) = at {
                position += 1;
                turns.push((at, false));
                let (field, category) = (Some("record"), category(word));
                rows.issue_events.push(&IssueEventRow { position, at, kind: word, field, category, ..base });
            }
        }
        turns.sort_unstable();
        let is_open = |at: i64| turns.iter().rev().find(|(turn, _)| *turn <= at).is_none_or(|(_, is_open)| *is_open);
        self.standing(place).tell((item, kind), place, &mut position, &is_open, rows, told);
    }
}

#[expect(clippy::too_many_arguments, reason = "a review stands in two shapes, and these are its parts")]
fn push_review(
    pull: &str,
    state: &Text,
    user: Option<&Named>,
    at: &EventAt,
    sha: &Text,
    n_characters: Option<i64>,
    place: Place<'_>,
    rows: &mut TrackerRows,
    told: &mut Told,
) {
    // A review that was begun and not yet submitted has no time.
    let Some(submitted_at) = told.at(at, "reviewed") else { return };
    told.saw(Some(submitted_at));
    let state = state.get().unwrap_or("commented").to_ascii_lowercase().replace('_', "-");
    rows.reviews.push(&ReviewRow {
        repo: place.repo,
        pull,
        reviewer: name(user),
        is_bot: user.is_some_and(Named::is_bot),
        state: &state,
        submitted_at,
        sha: sha.get(),
        n_characters,
        path: place.path,
        line_start: place.line_start,
        line_end: place.line_end,
        ..ReviewRow::default()
    });
}

/// What an event makes of the item, where it opens or closes it.
fn category(event: &str) -> Option<&'static str> {
    match event {
        "closed" | "merged" => Some("done"),
        "reopened" => Some("to-do"),
        _ => None,
    }
}

fn link_kind(word: &str) -> &'static str {
    match word {
        "depends_on" | "blocked_by" => "depends-on",
        "blocks" => "blocks",
        "duplicate_of" => "duplicates",
        "follows" => "follows",
        "supersedes" => "supersedes",
        "closes" | "fixes" => "closes",
        "alternative_to" => "relates",
        "mentions" => "mentions",
        _ => "other",
    }
}

fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
