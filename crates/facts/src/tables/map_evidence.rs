//! Table `map_evidence`.

use crate::spec::Proof;

crate::table! {
    /// One row per place on which a row of the map stands: a component, connection or endpoint.
    "map_evidence", version 1, proof Proof::TextInLines("seen");
    row MapEvidenceRow, builder MapEvidenceBuilder, view MapEvidenceView;
    subject: Text [""] "Id of the component or connection.";
    position: Integer [""] "Order: the strongest first.";
    about: Text [""] "What the place shows, in words.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
