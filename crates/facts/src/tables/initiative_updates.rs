//! Table `initiative_updates`.

use crate::spec::Proof;

crate::table! {
    /// One row per update that somebody wrote about an initiative or project: how well it goes, not the text.
    "initiative_updates", version 1, proof Proof::Lines;
    row InitiativeUpdateRow, builder InitiativeUpdatesBuilder, view InitiativeUpdatesView;
    repo: Text [""] "Data set, by the name of its source.";
    initiative: Text [""] "What it is about, as in `initiatives.initiative`.";
    at: Instant [""] "When it was written.";
    author: OptText [""] "Who wrote it.";
    health: OptText [""] "`on-track`, `at-risk`, `off-track`, `complete` or `inactive`.";
    from_health: OptText [""] "What the update before it said.";
    due_at: OptInstant [""] "The day that it aims at, where an update of this tracker names one.";
    n_characters: Integer ["characters"] "Length of its text.";
    url: OptText [""] "Where it can be opened.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of the record of what it is about.";
    line_end: Integer ["line"] "Last line of that record.";
}
