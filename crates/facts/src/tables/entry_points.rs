//! Table `entry_points`.

use crate::spec::Proof;

crate::table! {
    /// One row per place where execution can begin or where other code can come in.
    "entry_points", version 1, proof Proof::Lines;
    row EntryPointRow, builder EntryPointsBuilder, view EntryPointsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    kind: Text [""] "`binary`, `command`, `service`, `script`, `library` or `test-runner`.";
    name: Text [""] "Name of the program, command or library.";
    module: Text [""] "The module it belongs to.";
    reason: Text [""] "What made it an entry point, in words.";
}
