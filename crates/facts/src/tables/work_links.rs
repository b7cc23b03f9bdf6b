//! Table `work_links`.

use crate::spec::Proof;

crate::table! {
    /// One row per change (a commit or a pull request) and the work item that it belongs to, does, or names.
    "work_links", version 1, proof Proof::Lines;
    row WorkLinkRow, builder WorkLinksBuilder, view WorkLinksView;
    from_item: Text [""] "The change: `commit:repository@id`, or the pull request as in `pulls.pull`.";
    from_kind: Text [""] "`commit` or `pull`.";
    to_item: Text [""] "The issue or pull request, as in `issues.issue` or `pulls.pull`.";
    to_kind: Text [""] "`issue` or `pull`.";
    kind: Text [""] "`part-of` (the commit is part of the pull request, or merged it), `closes` (it ends the issue), `addresses` (it does some of it, or is about it) or `mentions` (it names it, no more).";
    basis: Text [""] "`declared` where the tracker or a closing reference says so, `resolved` where it was followed through messages, branch names and merges, `inferred` where only a mention or equal words show it.";
    rule: Text [""] "How it is known, the strongest of several: `tracker-commit`, `merge-commit`, `squash-commit`, `merged-branch`, `closing-reference`, `closed-by-commit`, `closing-word`, `addressing-word`, `key-in-subject`, `key-in-title`, `key-in-branch`, `merge-message`, `through-commit`, `through-pull`, `same-title`, `tracker-mention` or `mention`.";
    also: OptText [""] "Other rules that show the same, separated by `; `.";
    via: OptText [""] "The commit or pull request through which it was followed.";
    at: Instant [""] "When the commit was made or the pull request opened.";
    code_repo: OptText [""] "Repository of the commit, by the name of its source.";
    code_commit: OptText [""] "The commit.";
    from_repo: OptText [""] "Data set of the pull request at the near end.";
    from_path: OptText [""] "File of the export that holds it.";
    from_line_start: OptInteger ["line"] "First line of its record.";
    from_line_end: OptInteger ["line"] "Last line of its record.";
    repo: Text [""] "Data set of the item at the far end, by the name of its source.";
    path: Text [""] "File of the export that holds it.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
