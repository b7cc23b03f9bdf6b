//! Initiatives and projects with the updates about them, as the connectors of Linear and GitHub write them down.

use serde::Deserialize;
use sightline_facts::tables::initiative_updates::InitiativeUpdateRow;
use sightline_facts::tables::initiatives::InitiativeRow;

use super::fields::{At, Count, EventAt, List, Named, Text, first_missing, joined};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Initiative {
    id: Text,
    #[serde(rename = "initiative")]
    name: Text,
    kind: Text,
    part_of: List<Named>,
    status: Text,
    status_type: Text,
    owner: Text,
    teams: List<Named>,
    health: Text,
    created_at: At,
    updated_at: At,
    started_at: At,
    completed_at: At,
    canceled_at: At,
    target_at: At,
    url: Text,
    updates: List<Update>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Update {
    at: EventAt,
    author: Option<Named>,
    health: Text,
    body_length: Count,
    target_at: At,
    url: Text,
}

/// The word for how it goes, however the tracker writes it: `onTrack`, `ON_TRACK`.
fn health(word: &Text) -> Option<&'static str> {
    let plain: String = word.get()?.chars().filter(char::is_ascii_alphabetic).collect();
    match plain.to_ascii_lowercase().as_str() {
        "ontrack" => Some("on-track"),
        "atrisk" => Some("at-risk"),
        "offtrack" => Some("off-track"),
        "complete" => Some("complete"),
        "inactive" => Some("inactive"),
        _ => None,
    }
}

fn category(status: Option<&str>) -> &'static str {
    match status.unwrap_or_default().to_ascii_lowercase().as_str() {
        "started" | "active" | "paused" => "in-progress",
        "completed" | "canceled" => "done",
        _ => "to-do",
    }
}

impl Initiative {
    fn kind(&self) -> &'static str {
        if self.kind.is("project") { "project" } else { "initiative" }
    }
}

impl Tells for Initiative {
    fn missing(&self) -> Option<&'static str> {
        first_missing([
            ("id", self.id.get().is_some()),
            ("initiative", self.name.get().is_some()),
            ("created_at", self.created_at.0.is_some()),
        ])
    }

    fn id(&self) -> String {
        format!("{}:{}", self.kind(), self.id.get().unwrap_or_default())
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let id = self.id();
        told.saw(self.created_at.0);
        told.saw(self.updated_at.0);
        let mut updates: Vec<(i64, &Update)> =
            self.updates.0.iter().filter_map(|u| told.at(&u.at, "update").map(|at| (at, u))).collect();
        updates.sort_by_key(|(at, _)| *at);
        let mut before = None;
        for (at, update) in &updates {
            told.saw(Some(*at));
            let here = health(&update.health);
            rows.initiative_updates.push(&InitiativeUpdateRow {
                repo: place.repo,
                initiative: &id,
                at: *at,
                author: update.author.as_ref().and_then(Named::get),
                health: here,
                from_health: before,
                due_at: update.target_at.0,
                n_characters: update.body_length.0.unwrap_or_default(),
                url: update.url.get(),
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..InitiativeUpdateRow::default()
            });
            before = here.or(before);
        }
        rows.initiatives.push(&InitiativeRow {
            repo: place.repo,
            initiative: &id,
            name: self.name.get().unwrap_or_default(),
            kind: self.kind(),
            part_of: joined(&self.part_of.0).as_deref(),
            status: self.status.get().unwrap_or("unknown"),
            status_category: category(self.status_type.get()),
            owner: self.owner.get(),
            teams: joined(&self.teams.0).as_deref(),
            health: before.or_else(|| health(&self.health)),
            n_updates: i64::try_from(updates.len()).unwrap_or(i64::MAX),
            last_update_at: updates.last().map(|(at, _)| *at),
            created_at: self.created_at.0.unwrap_or_default(),
            started_at: self.started_at.0,
            due_at: self.target_at.0.or(updates.last().and_then(|(_, update)| update.target_at.0)),
            done_at: self.completed_at.0.or(self.canceled_at.0),
            url: self.url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..InitiativeRow::default()
        });
    }
}
