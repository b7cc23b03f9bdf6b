//! Table `commit_references`.

use crate::spec::Proof;

crate::table! {
    /// One row per thing that a commit message names: an issue, a pull request, a co-author, a trailer, a reverted commit.
    "commit_references", version 1, proof Proof::Derived;
    row CommitReferenceRow, builder CommitReferencesBuilder, view CommitReferencesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: Text [""] "The commit.";
    kind: Text [""] "`issue`, `pull`, `closes`, `addresses` (part of it is done), `co-author`, `trailer` or `reverts`.";
    key: Text [""] "Trailer key, `#` or the project prefix of an issue key.";
    value: Text [""] "The number, key, person or value as written; `owner/repo#12` where a text names the repository or gives an address.";
}
