//! Table `incidents`.

use crate::spec::Proof;

crate::table! {
    /// One row per incident of an alerting tool or incident tracker.
    "incidents", version 1, proof Proof::Lines;
    row IncidentRow, builder IncidentsBuilder, view IncidentsView;
    repo: Text [""] "Data set, by the name of its source.";
    incident: Text [""] "Id: `incident:` and the tool's own.";
    key: Text [""] "Number or key as people write it.";
    project: OptText [""] "Project it is counted in, where the export says so.";
    title: Text [""] "Title, at most 1,000 characters.";
    status: Text [""] "Status in the tool's words.";
    status_category: Text [""] "`open`, `acknowledged` or `resolved`.";
    severity: OptText [""] "Urgency or priority in the tool's words.";
    service: OptText [""] "Service it is about; several are separated by `; `.";
    assignee: OptText [""] "Who was called, the first of several.";
    created_at: Instant [""] "When it was opened.";
    started_at: OptInstant [""] "When its effect began, where the tool says so.";
    acknowledged_at: OptInstant [""] "When somebody first took it on.";
    resolved_at: OptInstant [""] "When it was resolved; empty while it is open.";
    url: OptText [""] "Where it can be opened.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
