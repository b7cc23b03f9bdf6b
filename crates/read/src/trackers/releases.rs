//! Releases with the commits that each brought: a release stands for a deployment to production, unless the exporter says
//! that deployments are marked as such.

use serde::Deserialize;
use sightline_facts::tables::deployment_changes::DeploymentChangeRow;
use sightline_facts::tables::deployments::DeploymentRow;

use super::fields::{At, Count, List, Text, first_missing};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Release {
    tag: Text,
    released_at: At,
    html_url: Text,
    prerelease: Option<bool>,
    is_deployment: Option<bool>,
    commits: List<Commit>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Commit {
    sha: Text,
    authored_at: At,
    committed_at: At,
    pr: Count,
}

/// Appends the commits that a deployment brought.
pub(super) fn push_changes(
    commits: &[Commit],
    deployment: &str,
    to_sha: Option<&str>,
    place: Place<'_>,
    rows: &mut TrackerRows,
) {
    for commit in commits {
        let Some(sha) = commit.sha.get() else { continue };
        rows.deployment_changes.push(&DeploymentChangeRow {
            repo: place.repo,
            deployment: Some(deployment),
            to_sha,
            sha,
            authored_at: commit.authored_at.0,
            committed_at: commit.committed_at.0,
            pull_key: commit.pr.0.map(|n| format!("#{n}")).as_deref(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..DeploymentChangeRow::default()
        });
    }
}

impl Tells for Release {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("tag", self.tag.get().is_some()), ("released_at", self.released_at.0.is_some())])
    }

    fn id(&self) -> String {
        self.tag.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let tag = self.tag.get().unwrap_or_default();
        let at = self.released_at.0.unwrap_or_default();
        told.created(at);
        let id = format!("release:{}@{tag}", place.repo);
        rows.deployments.push(&DeploymentRow {
            repo: place.repo,
            deployment: &id,
            batch: &id,
            name: tag,
            kind: "release",
            environment: match (self.prerelease, self.is_deployment) {
                (Some(true), _) => Some("pre-release"),
                (_, Some(false)) => None,
                _ => Some("production"),
            },
            result: "success",
            finished_at: at,
            n_changes: i64::try_from(self.commits.0.len()).unwrap_or(i64::MAX),
            url: self.html_url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..DeploymentRow::default()
        });
        push_changes(&self.commits.0, &id, None, place, rows);
    }
}
