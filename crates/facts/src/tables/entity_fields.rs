//! Table `entity_fields`.

use crate::spec::Proof;

crate::table! {
    /// One row per column or field of an entity.
    "entity_fields", version 1, proof Proof::TextInLines("seen");
    row EntityFieldRow, builder EntityFieldsBuilder, view EntityFieldsView;
    entity: Text [""] "The entity.";
    name: Text [""] "Name of the column or field.";
    type_name: OptText [""] "Type as written.";
    personal: OptText [""] "Kind of personal data that the name suggests, such as `email` or `postal address`.";
    personal_rule: OptText [""] "The rule of `rules/personal-data.toml` that says so.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
