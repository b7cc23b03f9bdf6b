//! Table `issue_events`.

use crate::spec::Proof;

crate::table! {
    /// One row per thing that happened to an issue or a pull request. Replayed in order they give its state at any time.
    "issue_events", version 1, proof Proof::Lines;
    row IssueEventRow, builder IssueEventsBuilder, view IssueEventsView;
    repo: Text [""] "Data set, by the name of its source.";
    item: Text [""] "The issue or pull request: `issue` of `issues` or `pull` of `pulls`.";
    item_kind: Text [""] "`issue` or `pull`.";
    position: Integer ["events"] "Place among the events of the item as the tracker lists them, from 0: the order of events of one instant.";
    at: Instant [""] "When it happened; for a commit, when it was made.";
    kind: Text [""] "`status`, `closed`, `reopened`, `merged`, `milestoned`, `demilestoned`, `labeled`, `unlabeled`, `assigned`, `unassigned`, `commented`, `review_comment`, `review_requested`, `committed` and the tracker's own words for others.";
    field: OptText [""] "Field that changed, where the tracker names one: `status`, `Fix Version`, `Story Points`.";
    from_value: OptText [""] "What it was before, at most 1,000 characters.";
    to_value: OptText [""] "What it became: a status, label, milestone, person or reviewer.";
    category: OptText [""] "What the status became: `to-do`, `in-progress` or `done`, by the name of the status; only where it changed or began.";
    actor: OptText [""] "Who did it.";
    is_bot: Boolean [""] "The actor is a program.";
    sha: OptText [""] "The commit, for `committed`, `referenced`, `merged` and `closed`; may be shortened.";
    authored_at: OptInstant [""] "When the commit was written.";
    n_characters: OptInteger ["characters"] "Length of a comment.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of the item's record.";
    line_end: Integer ["line"] "Last line of the item's record.";
}
