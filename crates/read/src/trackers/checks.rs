//! Checks and statuses that build systems gave commits, as the connector of GitHub writes them down.

use serde::Deserialize;
use sightline_facts::tables::pipelines::PipelineRow;

use super::fields::{At, Count, Text, first_missing};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Check {
    id: Text,
    #[serde(rename = "check")]
    name: Text,
    tool: Text,
    sha: Text,
    branch: Text,
    pull: Count,
    status: Text,
    result: Text,
    created_at: At,
    started_at: At,
    finished_at: At,
}

impl Tells for Check {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("id", self.id.get().is_some()), ("check", self.name.get().is_some())])
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        if let Some(at) = self.created_at.0.or(self.started_at.0).or(self.finished_at.0) {
            told.created(at);
        }
        told.saw(self.finished_at.0);
        let status = match self.status.get() {
            Some("completed") => "completed",
            Some("in_progress") => "running",
            _ => "queued",
        };
        rows.pipelines.push(&PipelineRow {
            repo: place.repo,
            pipeline: self.id.get().unwrap_or_default(),
            kind: "check",
            name: self.name.get().unwrap_or_default(),
            definition: self.tool.get(),
            attempt: 1,
            trigger: Some(if self.pull.0.is_some() { "pull_request" } else { "push" }),
            branch: self.branch.get(),
            sha: self.sha.get(),
            status,
            result: self.result.get().filter(|_| status == "completed"),
            created_at: self.created_at.0,
            started_at: self.started_at.0,
            finished_at: self.finished_at.0.filter(|_| status == "completed"),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..PipelineRow::default()
        });
    }
}
