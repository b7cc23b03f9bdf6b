//! Table `changes`.

use crate::spec::Proof;

crate::table! {
    /// One row per file that a commit changed against its first parent; merges have none.
    "changes", version 1, proof Proof::Change;
    row ChangeRow, builder ChangesBuilder, view ChangesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: Text [""] "The commit.";
    committed_at: Instant [""] "When the commit was made.";
    path: Text [""] "File after the change; before it, for a deletion.";
    old_path: OptText [""] "Earlier path of a renamed or copied file.";
    kind: Text [""] "`added`, `modified`, `deleted` or `renamed`.";
    added: OptInteger ["lines"] "Lines added; empty for binary files.";
    deleted: OptInteger ["lines"] "Lines deleted; empty for binary files.";
}
