//! Incidents of `PagerDuty`, Opsgenie and Statuspage, as their interfaces give them.

use serde::Deserialize;
use sightline_facts::tables::incidents::IncidentRow;

use super::fields::{At, EventAt, List, Named, Text, first_missing, joined, name, without_id_or_start};
use super::{Place, Tells, Told};
use crate::rows::TrackerRows;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PagerDuty {
    id: Text,
    incident_number: Text,
    title: Text,
    created_at: At,
    status: Text,
    urgency: Text,
    last_status_change_at: At,
    resolved_at: At,
    html_url: Text,
    service: Option<Named>,
    assignments: List<Assignment>,
    acknowledgements: List<Acknowledgement>,
    /// What happened to it; a connector puts it in.
    log: List<Entry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    #[serde(rename = "type")]
    kind: Text,
    created_at: EventAt,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Assignment {
    assignee: Option<Named>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Acknowledgement {
    at: EventAt,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Opsgenie {
    id: Text,
    tiny_id: Text,
    message: Text,
    status: Text,
    created_at: At,
    updated_at: At,
    priority: Text,
    impact_start_date: At,
    impact_end_date: At,
    impacted_services: List<Named>,
    owner_team: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Statuspage {
    id: Text,
    name: Text,
    status: Text,
    impact: Text,
    created_at: At,
    started_at: At,
    updated_at: At,
    resolved_at: At,
    shortlink: Text,
    components: List<Named>,
    #[serde(rename = "incident_updates")]
    updates: List<Update>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Update {
    status: Text,
    created_at: EventAt,
}

/// `open`, `acknowledged` or `resolved`.
fn category(status: &str) -> &'static str {
    match status {
        "resolved" | "closed" | "completed" | "postmortem" => "resolved",
        "acknowledged" | "identified" | "monitoring" | "in_progress" | "verifying" => "acknowledged",
        _ => "open",
    }
}

impl Tells for PagerDuty {
    fn missing(&self) -> Option<&'static str> {
        without_id_or_start(&self.id, &self.created_at)
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.last_status_change_at.0);
        let status = self.status.get().unwrap_or("triggered");
        let is_resolved = category(status) == "resolved";
        let id = self.id.get().unwrap_or_default();
        // The incident tells who has taken it on now; who had before stands in its log only.
        let taken_on = self.acknowledgements.0.iter().map(|a| &a.at);
        let mut logged = |kind: &str| -> Vec<i64> {
            self.log.0.iter().filter(|e| e.kind.is(kind)).filter_map(|e| told.at(&e.created_at, kind)).collect()
        };
        let (acknowledged, resolved) = (logged("acknowledge_log_entry"), logged("resolve_log_entry"));
        let taken_on: Vec<i64> = taken_on.filter_map(|at| told.at(at, "acknowledged")).collect();
        rows.incidents.push(&IncidentRow {
            repo: place.repo,
            incident: &format!("incident:{id}"),
            key: self.incident_number.get().unwrap_or(id),
            title: self.title.get().unwrap_or_default(),
            status,
            status_category: category(status),
            severity: self.urgency.get(),
            service: name(self.service.as_ref()),
            assignee: name(self.assignments.0.first().and_then(|a| a.assignee.as_ref())),
            created_at: self.created_at.0.unwrap_or_default(),
            acknowledged_at: acknowledged.into_iter().chain(taken_on).min(),
            resolved_at: (self.resolved_at.0.or(resolved.into_iter().max()).or(self.last_status_change_at.0))
                .filter(|_| is_resolved),
            url: self.html_url.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IncidentRow::default()
        });
    }
}

impl Tells for Opsgenie {
    fn missing(&self) -> Option<&'static str> {
        first_missing([("id", self.id.get().is_some()), ("createdAt", self.created_at.0.is_some())])
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.updated_at.0);
        let status = self.status.get().unwrap_or("open");
        let is_resolved = category(status) == "resolved";
        let id = self.id.get().unwrap_or_default();
        rows.incidents.push(&IncidentRow {
            repo: place.repo,
            incident: &format!("incident:{id}"),
            key: self.tiny_id.get().unwrap_or(id),
            title: self.message.get().unwrap_or_default(),
            status,
            status_category: category(status),
            severity: self.priority.get(),
            service: joined(&self.impacted_services.0).as_deref(),
            assignee: self.owner_team.get(),
            created_at: self.created_at.0.unwrap_or_default(),
            started_at: self.impact_start_date.0,
            resolved_at: self.impact_end_date.0.or(self.updated_at.0).filter(|_| is_resolved),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IncidentRow::default()
        });
    }
}

impl Tells for Statuspage {
    fn missing(&self) -> Option<&'static str> {
        without_id_or_start(&self.id, &self.created_at)
    }

    fn id(&self) -> String {
        self.id.owned()
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        // Maintenance that was announced is no incident.
        if self.impact.is("maintenance") || self.status.is("scheduled") {
            return;
        }
        told.created(self.created_at.0.unwrap_or_default());
        told.saw(self.updated_at.0);
        let status = self.status.get().unwrap_or("investigating");
        let is_resolved = category(status) == "resolved";
        let id = self.id.get().unwrap_or_default();
        let taken_on = |update: &&Update| update.status.get().is_some_and(|s| category(s) == "acknowledged");
        rows.incidents.push(&IncidentRow {
            repo: place.repo,
            incident: &format!("incident:{id}"),
            key: id,
            title: self.name.get().unwrap_or_default(),
            status,
            status_category: category(status),
            severity: self.impact.get(),
            service: joined(&self.components.0).as_deref(),
            created_at: self.created_at.0.unwrap_or_default(),
            started_at: self.started_at.0,
            acknowledged_at: self
                .updates
                .0
                .iter()
                .filter(taken_on)
                .filter_map(|u| told.at(&u.created_at, "update"))
                .min(),
            resolved_at: self.resolved_at.0.or(self.updated_at.0).filter(|_| is_resolved),
            url: self.shortlink.get(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IncidentRow::default()
        });
    }
}
