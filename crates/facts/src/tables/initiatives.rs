//! Table `initiatives`.

use crate::spec::Proof;

crate::table! {
    /// One row per goal or project that a tracker keeps above its work items, as it stands at the end; `initiative_updates` holds what people wrote about it.
    "initiatives", version 1, proof Proof::Lines;
    row InitiativeRow, builder InitiativesBuilder, view InitiativesView;
    repo: Text [""] "Data set, by the name of its source.";
    initiative: Text [""] "Id: `initiative:` or `project:` and the tool's own.";
    name: Text [""] "Its name; `issues.components` of the items in a project hold it.";
    kind: Text [""] "`initiative` (of Linear) or `project` (of Linear or GitHub).";
    part_of: OptText [""] "Names of the initiatives that it is part of, separated by `; `.";
    status: Text [""] "Status in the tracker's words.";
    status_category: Text [""] "`to-do`, `in-progress` or `done`; what was given up is done.";
    owner: OptText [""] "Who leads it; for a project of GitHub who made it.";
    teams: OptText [""] "Teams that work on it, separated by `; `.";
    health: OptText [""] "What its newest update says: `on-track`, `at-risk`, `off-track`, `complete` or `inactive`.";
    n_updates: Integer ["updates"] "Updates that people wrote about it.";
    last_update_at: OptInstant [""] "When the newest of them was written.";
    created_at: Instant [""] "When it was made.";
    started_at: OptInstant [""] "When work on it began, where the tracker says so.";
    due_at: OptInstant [""] "The day that is aimed at, from its beginning.";
    done_at: OptInstant [""] "When it was completed or given up; empty while it goes on.";
    url: OptText [""] "Where it can be opened.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
