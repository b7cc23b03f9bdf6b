//! Table `sources`.

use crate::spec::Proof;

crate::table! {
    /// What was read: one row per repository or folder.
    "sources", version 1, proof Proof::Derived;
    row SourceRow, builder SourcesBuilder, view SourcesView;
    repo: Text [""] "Repository, by the name of its source.";
    kind: Text [""] "`git` for a repository read from its objects, `worktree` for a checkout with its uncommitted changes, `folder` for a plain folder.";
    url: OptText [""] "Where the repository comes from (its `origin`), without user names or passwords.";
    commit: OptText [""] "Commit that was read; empty for plain folders and for a branch without commits.";
    branch: OptText [""] "Branch that pointed at the commit; empty when the head is detached.";
    committed_at: OptInstant [""] "When that commit was made.";
    as_of: Instant [""] "The instant to which look-back windows reach: the time of the newest commit read that is not in the future, or of the scan where there is no history.";
    object_format: OptText [""] "Hash that names git objects: `sha1` or `sha256`.";
    is_shallow: Boolean [""] "The clone has only part of the history.";
    is_bare: Boolean [""] "The repository has no work tree.";
    n_files: Integer ["files"] "Files in the tree.";
    n_commits: Integer ["commits"] "Commits that can be reached from the commit.";
}
