//! Builds of Jenkins, as its interface gives them, with the job that a connector put in.

use serde::Deserialize;
use sightline_facts::tables::pipelines::PipelineRow;

use super::fields::{Count, List, Named, Text, first_missing, name};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Build {
    job: Text,
    number: Count,
    /// Milliseconds since 1970.
    timestamp: Count,
    /// Milliseconds.
    duration: Count,
    building: Option<bool>,
    result: Text,
    actions: List<Action>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Action {
    causes: List<Cause>,
    last_built_revision: Option<Revision>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Cause {
    short_description: Text,
    user_name: Option<Named>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Revision {
    #[serde(rename = "SHA1")]
    sha: Text,
    branch: List<Named>,
}

/// What started a build, in the words of other tools.
fn trigger(cause: &str) -> &str {
    let begins = |word: &str| cause.starts_with(word);
    if begins("Started by timer") {
        "schedule"
    } else if begins("Started by user") {
        "manual"
    } else if begins("Started by an SCM change") || begins("Push event") || begins("Started by GitHub push") {
        "push"
    } else if begins("Pull request") || begins("Merge request") {
        "pull_request"
    } else if begins("Started by upstream") {
        "upstream"
    } else {
        cause
    }
}

impl Tells for Build {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("number", self.number.0.is_some()), ("timestamp", self.timestamp.0.is_some())])
    }

    fn id(&self) -> String {
        format!("{}#{}", self.job.get().unwrap_or_default(), self.number.0.unwrap_or_default())
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let micros = |millis: i64| millis.checked_mul(1_000);
        let started_at = self.timestamp.0.and_then(micros);
        if let Some(at) = started_at {
            told.created(at);
        }
        let is_building = self.building == Some(true);
        let took = self.duration.0.and_then(micros).filter(|_| !is_building);
        let finished_at = started_at.zip(took).and_then(|(at, took)| at.checked_add(took));
        told.saw(finished_at);
        let cause = self.actions.0.iter().find_map(|a| a.causes.0.first());
        let revision = self.actions.0.iter().find_map(|a| a.last_built_revision.as_ref());
        let result = self.result.get().map(|r| match r {
            "SUCCESS" => "success".to_owned(),
            "FAILURE" => "failure".to_owned(),
            "ABORTED" => "cancelled".to_owned(),
            "NOT_BUILT" => "skipped".to_owned(),
            other => other.to_lowercase(),
        });
        rows.pipelines.push(&PipelineRow {
            repo: place.repo,
            pipeline: &format!("run:{}", self.id()),
            kind: "run",
            name: self.job.get().unwrap_or_default(),
            definition: self.job.get(),
            attempt: 1,
            trigger: cause.and_then(|c| c.short_description.get()).map(trigger),
            branch: revision.and_then(|r| name(r.branch.0.first())),
            sha: revision.and_then(|r| r.sha.get()),
            status: if is_building { "running" } else { "completed" },
            result: result.as_deref().filter(|_| !is_building),
            actor: cause.and_then(|c| name(c.user_name.as_ref())),
            created_at: started_at,
            started_at,
            finished_at,
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..PipelineRow::default()
        });
    }
}
