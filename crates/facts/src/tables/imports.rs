//! Table `imports`.

use crate::spec::Proof;

crate::table! {
    /// One row per import statement, include or use of another file or package.
    "imports", version 1, proof Proof::TextInLines("target");
    row ImportRow, builder ImportsBuilder, view ImportsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    language: Text [""] "Language of the file.";
    target: Text [""] "What is imported, as written.";
    kind: Text [""] "`internal` (a file of this repository), `package` (a dependency), `standard` (the language's own library) or `unknown`.";
    resolved_path: OptText [""] "File or folder of this repository that it resolves to.";
    package: OptText [""] "Dependency that provides it, by the name in its manifest.";
}
