//! Runs and jobs of GitHub Actions, as its interface gives them.

use serde::Deserialize;
use sightline_facts::tables::pipelines::PipelineRow;

use super::fields::{At, Count, Named, Text, name, without_id_or_start};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Run {
    id: Text,
    name: Text,
    head_branch: Text,
    head_sha: Text,
    path: Text,
    event: Text,
    status: Text,
    conclusion: Text,
    created_at: At,
    updated_at: At,
    #[serde(rename = "run_started_at")]
    started_at: At,
    #[serde(rename = "run_attempt")]
    attempt: Count,
    actor: Option<Named>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Job {
    id: Text,
    run_id: Text,
    run_attempt: Count,
    head_sha: Text,
    head_branch: Text,
    status: Text,
    conclusion: Text,
    created_at: At,
    started_at: At,
    completed_at: At,
    name: Text,
    workflow_name: Text,
    steps: Count,
}

/// Whether it waits, runs or is over. What has a result is over, whatever its status says: some exports repeat the result
/// there, and some write both in capitals.
fn state(status: &Text, result: Option<&str>) -> &'static str {
    let is = |word: &str| status.get().is_some_and(|status| status.eq_ignore_ascii_case(word));
    if is("completed") || result.is_some() {
        "completed"
    } else if is("in_progress") {
        "running"
    } else {
        "queued"
    }
}

/// The result in the words of the interface, which are small.
fn result(conclusion: &Text) -> Option<String> {
    conclusion.get().map(str::to_ascii_lowercase)
}

impl Tells for Run {
    fn missing(&self) -> Option<&'static str> {
        without_id_or_start(&self.id, &self.created_at)
    }

    fn id(&self) -> String {
        // Each attempt of a run may be exported as a record of its own.
        format!("{}/{}", self.id.get().unwrap_or_default(), self.attempt.0.unwrap_or(1))
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.updated_at.0);
        let result = result(&self.conclusion);
        let status = state(&self.status, result.as_deref());
        rows.pipelines.push(&PipelineRow {
            repo: place.repo,
            pipeline: &format!("run:{}", self.id.get().unwrap_or_default()),
            kind: "run",
            name: self.name.get().unwrap_or_default(),
            definition: self.path.get(),
            attempt: self.attempt.0.unwrap_or(1),
            trigger: self.event.get(),
            branch: self.head_branch.get(),
            sha: self.head_sha.get(),
            status,
            result: result.as_deref(),
            actor: name(self.actor.as_ref()),
            created_at: self.created_at.0,
            started_at: self.started_at.0,
            finished_at: self.updated_at.0.filter(|_| status == "completed"),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..PipelineRow::default()
        });
    }
}

impl Tells for Job {
    fn missing(&self) -> Option<&'static str> {
        self.id.get().is_none().then_some("id")
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        if let Some(at) = self.created_at.0.or(self.started_at.0) {
            told.created(at);
        }
        told.saw(self.completed_at.0);
        let result = result(&self.conclusion);
        rows.pipelines.push(&PipelineRow {
            repo: place.repo,
            pipeline: &format!("job:{}", self.id.get().unwrap_or_default()),
            kind: "job",
            run: self.run_id.get().map(|id| format!("run:{id}")).as_deref(),
            name: self.name.get().unwrap_or_default(),
            definition: self.workflow_name.get(),
            attempt: self.run_attempt.0.unwrap_or(1),
            branch: self.head_branch.get(),
            sha: self.head_sha.get(),
            status: state(&self.status, result.as_deref()),
            result: result.as_deref(),
            created_at: self.created_at.0,
            started_at: self.started_at.0,
            finished_at: self.completed_at.0,
            n_steps: self.steps.0,
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..PipelineRow::default()
        });
    }
}
