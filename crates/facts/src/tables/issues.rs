//! Table `issues`.

use crate::spec::Proof;

crate::table! {
    /// One row per work item of a tracker that is not a pull request, as it stands in the export; `issue_events` holds what it was before.
    "issues", version 1, proof Proof::Lines;
    row IssueRow, builder IssuesBuilder, view IssuesView;
    repo: Text [""] "Data set, by the name of its source.";
    issue: Text [""] "Id: `issue:PAY-123`, or `issue:data-set#12` where keys are numbers.";
    key: Text [""] "Key as people write it: `PAY-123`, `#12`.";
    project: OptText [""] "Project or team that the tracker keeps it in.";
    title: Text [""] "Title at the end, at most 1,000 characters.";
    kind: OptText [""] "Type in the tracker's words, such as `Bug` or `Story`.";
    status: Text [""] "Status in the tracker's words; of an open issue of GitHub that of its project, where it is in one.";
    status_category: Text [""] "`to-do`, `in-progress` or `done`.";
    status_basis: Text [""] "`said` where `[status]` of `sightline.toml` says the category, `declared` where the tracker does, `inferred` from the name of the status.";
    resolution: OptText [""] "How it ended in the tracker's words: `completed`, `not_planned`, `Fixed`, `Won't Fix`.";
    priority: OptText [""] "Priority in the tracker's words.";
    points: OptFloat ["points"] "Estimate, where the tracker keeps one.";
    author: OptText [""] "Who opened it.";
    assignee: OptText [""] "Whom it is assigned to, the first of several.";
    n_assignees: Integer ["people"] "People it is assigned to.";
    labels: OptText [""] "Labels, separated by `; `.";
    components: OptText [""] "Components of the tracker's project, separated by `; `; of Linear and GitHub the projects that it is in.";
    milestone: OptText [""] "Milestone, fix version or cycle at the end; several are separated by `; `.";
    parent: OptText [""] "Key of the item that it is a part of.";
    created_at: Instant [""] "When it was opened.";
    updated_at: OptInstant [""] "When anything about it last changed.";
    started_at: OptInstant [""] "When work began, where the tracker says so itself; from statuses it is told by `issue_events`.";
    done_at: OptInstant [""] "When it was closed or resolved for the last time; empty while it is open.";
    due_at: OptInstant [""] "When it is due; a day counts from its beginning.";
    n_comments: Integer ["comments"] "Comments.";
    url: OptText [""] "Where it can be opened.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
