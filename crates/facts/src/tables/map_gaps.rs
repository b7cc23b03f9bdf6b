//! Table `map_gaps`.

use crate::spec::Proof;

crate::table! {
    /// One row per thing of the map that could not be followed to its end, and why.
    "map_gaps", version 1, proof Proof::TextInLines("seen");
    row MapGapRow, builder MapGapsBuilder, view MapGapsView;
    component: OptText [""] "The component it is about.";
    what: Text [""] "What could not be followed: `call`, `address`, `topic`, `route`, `deployment` or `correction`.";
    target: OptText [""] "What it points to, as written.";
    reason: Text [""] "Why not, in words.";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
