//! Table `submodules`.

use crate::spec::Proof;

crate::table! {
    /// One row per submodule: a repository that this one includes by reference and that was not read.
    "submodules", version 1, proof Proof::Lines;
    row SubmoduleRow, builder SubmodulesBuilder, view SubmodulesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    name: Text [""] "Name of the submodule.";
    mount_path: Text [""] "Folder at which it appears.";
    url: OptText [""] "Where it comes from, without passwords.";
    pinned_commit: OptText [""] "Commit of it that is used.";
}
