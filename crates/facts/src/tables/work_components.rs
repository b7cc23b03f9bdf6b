//! Table `work_components`.

use crate::spec::Proof;

crate::table! {
    /// One row per work item (issue or pull request) and part of the system that its commits changed: a component, and a module of code.
    "work_components", version 1, proof Proof::Lines;
    row WorkComponentRow, builder WorkComponentsBuilder, view WorkComponentsView;
    item: Text [""] "The issue or pull request, as in `issues.issue` or `pulls.pull`.";
    item_kind: Text [""] "`issue` or `pull`.";
    part: Text [""] "The component as in `components.component`, or the module as in `modules.module`.";
    part_kind: Text [""] "`component` or `module`: each file counts once in either.";
    n_commits: Integer ["commits"] "Commits of the item that changed files of the part; 0 where only words name it.";
    n_files: Integer ["files"] "Files of the part that they changed.";
    added: Integer ["lines"] "Lines added there.";
    deleted: Integer ["lines"] "Lines deleted there.";
    share_ratio: Float ["ratio"] "Share of the item's changed lines that is in the part, 0 to 1.";
    first_at: OptInstant [""] "When the first of the commits was made.";
    last_at: OptInstant [""] "When the last of them was made.";
    team: OptText [""] "Who looks after the part, by CODEOWNERS or a correction.";
    basis: Text [""] "`resolved` through commits, `inferred` from words.";
    rule: Text [""] "`changed-files`, `label` (a label or the tracker's component has the part's name) or `title` (the title names it).";
    code_repo: Text [""] "Repository of the part, by the name of its source.";
    repo: Text [""] "Data set of the item, by the name of its source.";
    path: Text [""] "File of the export that holds it.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
