//! Table `languages`.

use crate::spec::Proof;

crate::table! {
    /// Lines per language in one file: one row for the file's own language and one for each language embedded in it.
    "languages", version 1, proof Proof::Lines;
    row LanguageRow, builder LanguagesBuilder, view LanguagesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    language: Text [""] "Language, by tokei's name for it.";
    code_lines: Integer ["lines"] "Lines with code.";
    comment_lines: Integer ["lines"] "Lines with nothing but comment.";
    blank_lines: Integer ["lines"] "Lines with nothing but white space.";
}
