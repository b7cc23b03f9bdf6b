//! GitLab: issues and merge requests, pipelines and deployments, as its interface gives them. A connector puts `timeline`
//! and `reviews` in, in the words of [`super::github`], whose rows these become.

use serde::Deserialize;
use sightline_facts::tables::deployments::DeploymentRow;
use sightline_facts::tables::pipelines::PipelineRow;

use super::deployments::environment;
use super::fields::{At, Count, List, Named, Text, first_missing, name, without_id_or_start};
use super::releases::{Commit, push_changes};
use super::{Place, Tells, Told, github};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Item {
    iid: Count,
    title: Text,
    state: Text,
    author: Option<Named>,
    labels: List<Named>,
    milestone: Option<Named>,
    assignees: List<Named>,
    created_at: At,
    updated_at: At,
    closed_at: At,
    merged_at: At,
    merge_user: Option<Named>,
    merged_by: Option<Named>,
    source_branch: Text,
    target_branch: Option<Named>,
    merge_commit_sha: Text,
    squash_commit_sha: Text,
    user_notes_count: Count,
    changes_count: Count,
    n_commits: Count,
    draft: Option<bool>,
    web_url: Text,
    issue_type: Text,
    links: List<Link>,
    /// Items that its texts name; the interface itself has an object below `references`.
    said: List<github::Reference>,
    timeline: List<github::Event>,
    reviews: List<github::Review>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Link {
    iid: Count,
    #[serde(rename = "link_type")]
    kind: Text,
    project: Text,
}

impl Item {
    /// The same in the shape whose rows are the same.
    fn item(&self) -> github::Item {
        let is_request = self.source_branch.get().is_some();
        let state = match self.state.get() {
            Some("closed" | "merged") => "closed",
            _ => "open",
        };
        let sha = if self.merge_commit_sha.get().is_some() { &self.merge_commit_sha } else { &self.squash_commit_sha };
        let branch = self.source_branch.get().map(str::to_owned);
        let request = is_request.then(|| github::Pull {
            head: Some(Named { name: branch, ..Named::default() }),
            merged_at: self.merged_at,
            merged_by: self.merge_user.clone().or(self.merged_by.clone()),
            base: self.target_branch.clone(),
            merge_commit_sha: sha.clone(),
            changed_files: self.changes_count,
            commits: self.n_commits,
            ..github::Pull::default()
        });
        let relations = self.links.0.iter().map(|link| {
            let (kind, word) = match link.kind.get() {
                Some("is_blocked_by") => ("depends-on", "is_blocked_by"),
                Some("blocks") => ("blocks", "blocks"),
                _ => ("relates", "relates_to"),
            };
            (github::Linked { number: link.iid, repository: link.project.clone() }, kind, word)
        });
        github::Item {
            number: self.iid,
            title: self.title.clone(),
            state: Text::of(state),
            user: self.author.clone(),
            labels: self.labels.clone(),
            milestone: self.milestone.clone(),
            assignees: self.assignees.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            // A merged request has no time of closing of its own.
            closed_at: At(self.closed_at.0.or(self.merged_at.0)),
            comments: self.user_notes_count,
            draft: self.draft,
            html_url: self.web_url.clone(),
            kind: self.issue_type.clone(),
            references: self.said.clone(),
            timeline: self.timeline.clone(),
            reviews: self.reviews.clone(),
            pull_request: request,
            has_own_numbers: true,
            relations: relations.collect(),
            ..github::Item::default()
        }
    }
}

impl Tells for Item {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("iid", self.iid.0.is_some()), ("created_at", self.created_at.0.is_some())])
    }

    fn id(&self) -> String {
        format!("{} {}", self.source_branch.get().is_some(), self.iid.0.unwrap_or_default())
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        self.item().tell(place, rows, told);
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Pipeline {
    id: Text,
    name: Text,
    sha: Text,
    #[serde(rename = "ref")]
    reference: Text,
    status: Text,
    source: Text,
    created_at: At,
    updated_at: At,
    started_at: At,
    finished_at: At,
    user: Option<Named>,
}

impl Tells for Pipeline {
    fn missing(&self) -> Option<&'static str> {
        without_id_or_start(&self.id, &self.created_at)
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.updated_at.0);
        let (status, result) = match self.status.get() {
            Some("success") => ("completed", Some("success")),
            Some("failed") => ("completed", Some("failure")),
            Some("canceled" | "canceling") => ("completed", Some("cancelled")),
            Some("skipped") => ("completed", Some("skipped")),
            Some("running") => ("running", None),
            _ => ("queued", None),
        };
        rows.pipelines.push(&PipelineRow {
            repo: place.repo,
            pipeline: &format!("run:{}", self.id.get().unwrap_or_default()),
            kind: "run",
            name: self.name.get().unwrap_or("pipeline"),
            attempt: 1,
            trigger: self.source.get().map(|s| if s == "merge_request_event" { "pull_request" } else { s }),
            branch: self.reference.get(),
            sha: self.sha.get(),
            status,
            result,
            actor: name(self.user.as_ref()),
            created_at: self.created_at.0,
            started_at: self.started_at.0,
            finished_at: self.finished_at.0.or(self.updated_at.0).filter(|_| status == "completed"),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..PipelineRow::default()
        });
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Deployment {
    id: Text,
    sha: Text,
    #[serde(rename = "ref")]
    reference: Text,
    status: Text,
    environment: Option<Environment>,
    created_at: At,
    updated_at: At,
    finished_at: At,
    commits: List<Commit>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Environment {
    name: Text,
    tier: Text,
}

impl Tells for Deployment {
    fn missing(&self) -> Option<&'static str> {
        without_id_or_start(&self.id, &self.created_at)
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let created_at = self.created_at.0.unwrap_or_default();
        told.created(created_at);
        told.saw(self.updated_at.0);
        let result = match self.status.get() {
            Some("failed") => "failure",
            Some(other) => other,
            None => "unknown",
        };
        let of = self.environment.as_ref();
        let tier = of.and_then(|e| e.tier.get()).map(|tier| tier == "production");
        let id = format!("deployment:{}@{}", place.repo, self.id.get().unwrap_or_default());
        rows.deployments.push(&DeploymentRow {
            repo: place.repo,
            deployment: &id,
            batch: &id,
            name: self.reference.get().or(self.sha.get()).unwrap_or_default(),
            kind: "deployment",
            environment: of.and_then(|e| e.name.get()).map(|name| environment(name, tier)).as_deref(),
            result,
            sha: self.sha.get(),
            started_at: Some(created_at),
            finished_at: self.finished_at.0.or(self.updated_at.0).unwrap_or(created_at),
            n_changes: i64::try_from(self.commits.0.len()).unwrap_or(i64::MAX),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..DeploymentRow::default()
        });
        push_changes(&self.commits.0, &id, self.sha.get(), place, rows);
    }
}
