//! Table `reviews`.

use crate::spec::Proof;

crate::table! {
    /// One row per review that was submitted for a pull request.
    "reviews", version 1, proof Proof::Lines;
    row ReviewRow, builder ReviewsBuilder, view ReviewsView;
    repo: Text [""] "Data set, by the name of its source.";
    pull: Text [""] "The pull request, as in `pulls`.";
    reviewer: OptText [""] "Who reviewed.";
    is_bot: Boolean [""] "The reviewer is a program.";
    state: Text [""] "`approved`, `changes-requested`, `commented`, `dismissed` or the tracker's own word.";
    submitted_at: Instant [""] "When the review was submitted.";
    sha: OptText [""] "Commit that was looked at; may be shortened.";
    n_characters: OptInteger ["characters"] "Length of its text.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of the pull request's record.";
    line_end: Integer ["line"] "Last line of the pull request's record.";
}
