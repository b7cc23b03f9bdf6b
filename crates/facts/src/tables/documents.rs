//! Table `documents`.

use crate::spec::Proof;

crate::table! {
    /// One row per document written for people.
    "documents", version 1, proof Proof::Lines;
    row DocumentRow, builder DocumentsBuilder, view DocumentsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    kind: Text [""] "`readme`, `decision`, `changelog`, `contributing`, `security`, `conduct`, `guide` or `other`.";
    title: OptText [""] "Title.";
    title_line: OptInteger ["line"] "Line of the title.";
    summary: OptText [""] "First paragraph of plain prose, without badges and pictures.";
    summary_start: OptInteger ["line"] "First line of that paragraph.";
    summary_end: OptInteger ["line"] "Last line of that paragraph.";
    status: OptText [""] "Status of a decision record, as written.";
    decided_on: OptText [""] "Date of a decision record, as written.";
    n_words: Integer ["words"] "Words.";
}
