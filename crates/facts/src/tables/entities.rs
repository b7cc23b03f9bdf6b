//! Table `entities`.

use crate::spec::Proof;

crate::table! {
    /// One row per table, collection or kind of record that components keep.
    "entities", version 1, proof Proof::TextInLines("seen");
    row EntityRow, builder EntitiesBuilder, view EntitiesView;
    entity: Text [""] "Id, `<component or store>/<name>`, both without `component:`.";
    name: Text [""] "Name of the table or collection, or of the class that is kept in it.";
    kind: Text [""] "`table` where a schema or migration creates it, `model` where only code names it.";
    component: OptText [""] "The component whose code or migrations hold it.";
    store: OptText [""] "The component that keeps it, where it is known.";
    n_fields: Integer ["fields"] "Fields that are known; see `entity_fields`.";
    n_personal: Integer ["fields"] "Fields among them that are likely personal data.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
