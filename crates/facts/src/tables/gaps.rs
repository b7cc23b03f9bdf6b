//! Table `gaps`.

use crate::spec::Proof;

crate::table! {
    /// Something that could not be read, and why.
    "gaps", version 1, proof Proof::Derived;
    row GapRow, builder GapsBuilder, view GapsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: OptText [""] "File that could not be read, where the gap is about a file.";
    line_start: OptInteger ["line"] "First line of the part that could not be read, where it is known.";
    line_end: OptInteger ["line"] "Last line of that part.";
    reader: Text [""] "The reader that noticed: `tree`, `file`, `code`, `manifest`, `history`, `tags`, `docs`, `owners`, `licence`, `tracker`.";
    reason: Text [""] "Stable code of the reason, such as `too-large`, `not-utf8`, `syntax`, `missing-object`, `shallow`.";
    detail: Text [""] "The reason in words.";
}
