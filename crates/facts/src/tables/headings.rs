//! Table `headings`.

use crate::spec::Proof;

crate::table! {
    /// One row per heading of a document, with the first paragraph under it.
    "headings", version 1, proof Proof::Lines;
    row HeadingRow, builder HeadingsBuilder, view HeadingsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    level: Integer [""] "Level, 1 to 6.";
    text: Text [""] "Heading without markup.";
    summary: OptText [""] "First paragraph under it.";
    summary_start: OptInteger ["line"] "First line of that paragraph.";
    summary_end: OptInteger ["line"] "Last line of that paragraph.";
}
