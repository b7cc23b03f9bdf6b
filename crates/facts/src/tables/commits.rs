//! Table `commits`.

use crate::spec::Proof;

crate::table! {
    /// One row per commit that can be reached from the commit that was read.
    "commits", version 1, proof Proof::Subject("subject");
    row CommitRow, builder CommitsBuilder, view CommitsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: Text [""] "Object id.";
    tree: Text [""] "Object id of its tree.";
    authored_at: Instant [""] "When the change was written.";
    author_offset: Integer ["minutes"] "Author's offset from UTC.";
    author_name: Text [""] "Author, after mailmap.";
    author_email: Text [""] "Author's address in lower case, after mailmap.";
    committed_at: Instant [""] "When the commit was made.";
    committer_name: Text [""] "Committer, after mailmap.";
    committer_email: Text [""] "Committer's address in lower case, after mailmap.";
    subject: Text [""] "First line of the message.";
    body: OptText [""] "Message without subject and trailers, at most 2,000 characters.";
    n_parents: Integer ["commits"] "Parents: 0 for a root, 2 or more for a merge.";
    parents: OptText [""] "Parents' object ids, separated by spaces.";
    change_type: OptText [""] "Type by Conventional Commits (`feat`, `fix`, …), where the subject has one.";
    change_scope: OptText [""] "Scope by Conventional Commits.";
    is_breaking: Boolean [""] "Marked as a breaking change by Conventional Commits.";
    is_bot: Boolean [""] "The author is a program by its name or address.";
    is_merge: Boolean [""] "Two or more parents.";
    is_revert: Boolean [""] "The subject or body says that it reverts a commit.";
    n_files: Integer ["files"] "Files changed against the first parent; 0 for merges.";
    added: Integer ["lines"] "Lines added in text files; 0 for merges.";
    deleted: Integer ["lines"] "Lines deleted in text files; 0 for merges.";
}
