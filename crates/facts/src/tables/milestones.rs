//! Table `milestones`.

use crate::spec::Proof;

crate::table! {
    /// One row per milestone, fix version, sprint or cycle that work items name, as last described in the export.
    "milestones", version 1, proof Proof::Lines;
    row MilestoneRow, builder MilestonesBuilder, view MilestonesView;
    repo: Text [""] "Data set, by the name of its source.";
    project: OptText [""] "Project or team that keeps it.";
    milestone: Text [""] "Its name.";
    kind: Text [""] "`milestone`, `version`, `sprint` or `cycle`.";
    state: OptText [""] "`open` or `closed`, where the export says so.";
    due_at: OptInstant [""] "When it is or was due; a day counts from its beginning.";
    closed_at: OptInstant [""] "When it was closed or released.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of a record that names it.";
    line_end: Integer ["line"] "Last line of that record.";
}
