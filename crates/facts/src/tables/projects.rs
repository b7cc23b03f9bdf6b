//! Table `projects`.

use crate::spec::Proof;

crate::table! {
    /// One row per manifest: what a project says about itself.
    "projects", version 1, proof Proof::Lines;
    row ProjectRow, builder ProjectsBuilder, view ProjectsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    ecosystem: Text [""] "Package registry by its purl type.";
    format: Text [""] "File format.";
    name: OptText [""] "Name of the project as its manifest gives it.";
    version: OptText [""] "Its version.";
    description: OptText [""] "Its description.";
    description_line: OptInteger ["line"] "Line on which the description stands.";
    licence: OptText [""] "Licence that the manifest states.";
    kind: Text [""] "`application`, `library`, `workspace` or `unknown`.";
    runtime: OptText [""] "Language or runtime version that it asks for, as written.";
}
