//! Deployments of GitHub with their statuses, and the commits that each brought where a connector put them in.

use serde::Deserialize;
use sightline_facts::tables::deployments::DeploymentRow;

use super::fields::{At, EventAt, List, Text, without_id_or_start};
use super::releases::{Commit, push_changes};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Deployment {
    id: Text,
    sha: Text,
    #[serde(rename = "ref")]
    reference: Text,
    environment: Text,
    production_environment: Option<bool>,
    created_at: At,
    statuses: List<Status>,
    commits: List<Commit>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    state: Text,
    created_at: EventAt,
}

/// `production`, `staging`, `testing` or the tool's own word in lower case, by the name of an environment.
pub(super) fn environment(name: &str, is_production: Option<bool>) -> String {
    let name = name.to_lowercase();
    // `production/eu` and `prod-2` are production; `preproduction` is not.
    let first = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if is_production == Some(true) {
        return "production".to_owned();
    }
    match first {
        "production" | "prod" | "live" => "production".to_owned(),
        "staging" | "stage" | "preproduction" | "preprod" => "staging".to_owned(),
        "testing" | "test" | "qa" => "testing".to_owned(),
        _ => name,
    }
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
        let mut statuses: Vec<(i64, &str)> = Vec::with_capacity(self.statuses.0.len());
        for status in &self.statuses.0 {
            let at = told.at(&status.created_at, "status");
            statuses.extend(at.zip(status.state.get()));
        }
        statuses.sort_by_key(|(at, _)| *at);
        for (at, _) in &statuses {
            told.saw(Some(*at));
        }
        // What was live and then replaced has become inactive: it succeeded all the same.
        let live = statuses.iter().find(|(_, state)| *state == "success");
        let failed = statuses.iter().rev().find(|(_, state)| matches!(*state, "failure" | "error"));
        let (finished_at, result) = match (live, failed, statuses.last()) {
            (Some((at, _)), ..) => (*at, "success"),
            (None, Some((at, _)), _) => (*at, "failure"),
            (None, None, Some((at, state))) => (*at, *state),
            (None, None, None) => (created_at, "unknown"),
        };
        let id = format!("deployment:{}@{}", place.repo, self.id.get().unwrap_or_default());
        rows.deployments.push(&DeploymentRow {
            repo: place.repo,
            deployment: &id,
            batch: &id,
            name: self.reference.get().or(self.sha.get()).unwrap_or_default(),
            kind: "deployment",
            environment: self.environment.get().map(|e| environment(e, self.production_environment)).as_deref(),
            result,
            sha: self.sha.get(),
            started_at: Some(created_at),
            finished_at,
            n_changes: i64::try_from(self.commits.0.len()).unwrap_or(i64::MAX),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..DeploymentRow::default()
        });
        push_changes(&self.commits.0, &id, self.sha.get(), place, rows);
    }
}
