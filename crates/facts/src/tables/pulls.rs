//! Table `pulls`.

use crate::spec::Proof;

crate::table! {
    /// One row per pull or merge request, as it stands in the export; `issue_events` and `reviews` hold its history.
    "pulls", version 1, proof Proof::Lines;
    row PullRow, builder PullsBuilder, view PullsView;
    repo: Text [""] "Data set, by the name of its source.";
    pull: Text [""] "Id: `pull:data-set#12`.";
    key: Text [""] "Key as people write it: `#12`.";
    project: OptText [""] "Project or repository, where the data set holds several.";
    title: Text [""] "Title at the end, at most 1,000 characters.";
    state: Text [""] "`open`, `merged` or `closed` without merging.";
    is_draft: Boolean [""] "Marked as a draft at the end.";
    author: OptText [""] "Who opened it.";
    is_bot: Boolean [""] "The author is a program.";
    merged_by: OptText [""] "Who merged it.";
    base: OptText [""] "Branch it is for.";
    branch: OptText [""] "Branch it comes from, where the export says so.";
    labels: OptText [""] "Labels, separated by `; `.";
    milestone: OptText [""] "Milestone at the end.";
    n_assignees: Integer ["people"] "People it is assigned to.";
    created_at: Instant [""] "When it was opened.";
    updated_at: OptInstant [""] "When anything about it last changed.";
    closed_at: OptInstant [""] "When it was closed, by merging or without.";
    merged_at: OptInstant [""] "When it was merged.";
    merge_sha: OptText [""] "Commit that the merge made.";
    added: OptInteger ["lines"] "Lines added.";
    deleted: OptInteger ["lines"] "Lines deleted.";
    n_files: OptInteger ["files"] "Files changed.";
    n_commits: OptInteger ["commits"] "Commits in it at the end.";
    n_comments: Integer ["comments"] "Comments.";
    url: OptText [""] "Where it can be opened.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
