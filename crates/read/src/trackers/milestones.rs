//! Milestones, versions, sprints and cycles as a connector writes them down: also those that no issue names yet.

use serde::Deserialize;

use super::fields::{At, Named, Text};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Milestone {
    #[serde(rename = "milestone")]
    name: Text,
    kind: Text,
    project: Text,
    state: Text,
    due_at: At,
    closed_at: At,
}

impl Milestone {
    fn kind(&self) -> &'static str {
        match self.kind.get() {
            Some("version") => "version",
            Some("sprint") => "sprint",
            Some("cycle") => "cycle",
            _ => "milestone",
        }
    }
}

impl Tells for Milestone {
    fn missing(&self) -> Option<&'static str> {
        self.name.get().is_none().then_some("milestone")
    }

    fn id(&self) -> String {
        let [project, name] = [&self.project, &self.name].map(|t| t.get().unwrap_or_default());
        format!("{} {project} {name}", self.kind())
    }

    fn tell(&self, place: Place<'_>, _rows: &mut TrackerRows, told: &mut Told) {
        let named = Named {
            name: self.name.get().map(str::to_owned),
            state: self.state.get().map(str::to_owned),
            due_at: self.due_at.0,
            closed_at: self.closed_at.0,
            ..Named::default()
        };
        told.milestone(self.project.get(), self.kind(), &named, place);
    }
}
