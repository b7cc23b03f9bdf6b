//! Table `licences`.

use crate::spec::Proof;

crate::table! {
    /// One row per licence file.
    "licences", version 1, proof Proof::Lines;
    row LicenceRow, builder LicencesBuilder, view LicencesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    spdx: OptText [""] "SPDX id of the licence text; empty when no known text matches.";
    score_ratio: Float ["ratio"] "Share of the text that agrees with the licence's own, 0 to 1.";
}
