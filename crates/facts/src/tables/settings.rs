//! Table `settings`.

use crate::spec::Proof;

crate::table! {
    /// One row per setting that a document or an example of a configuration file describes: an environment variable or a key.
    "settings", version 1, proof Proof::Lines;
    row SettingRow, builder SettingsBuilder, view SettingsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    setting: Text [""] "Name, such as `DATABASE_URL`.";
    default_value: OptText [""] "What the document says it is when nobody sets it, as written.";
    topic: Text [""] "Topic of `rules/topics.toml` that name and words speak of most; `other` when there is none.";
    quote: Text [""] "What the document says about it, without markup.";
    form: Text [""] "Where it stands: `heading`, `row` of a table, `item` of a list or manual page, `mention` in running text, or `key` of a configuration file that is there to be copied or looked up.";
}
