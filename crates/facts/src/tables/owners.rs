//! Table `owners`.

use crate::spec::Proof;

crate::table! {
    /// One row per rule of a CODEOWNERS file and owner.
    "owners", version 1, proof Proof::TextInLines("owner");
    row OwnerRow, builder OwnersBuilder, view OwnersView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    pattern: Text [""] "Pattern of files.";
    owner: Text [""] "User, team or address that looks after them.";
    section: OptText [""] "Section of the file (GitLab).";
    position: Integer [""] "Order of the rule; the last one that matches a file wins.";
}
