//! Table `components`.

use crate::spec::Proof;

crate::table! {
    /// One row per part of the running system: a service, job, site, store, queue, outside system or group of people.
    "components", version 2, proof Proof::TextInLines("seen");
    row ComponentRow, builder ComponentsBuilder, view ComponentsView;
    component: Text [""] "Id, `component:<name>`.";
    name: Text [""] "Name, as deployment, settings or its folder give it.";
    kind: Text [""] "`service`, `job`, `web`, `gateway`, `database`, `cache`, `search`, `storage`, `broker`, `registry`, `config`, `auth`, `monitoring`, `external`, `user`, `app`, `tool` or `library`.";
    purpose: Text [""] "What it is, in one plain sentence.";
    technology: OptText [""] "What it is made with or is, by its name in the catalogue.";
    language: OptText [""] "Language with the most code lines in its folder.";
    folder: OptText [""] "Folder of its code, relative to the root of the repository; empty text for the root.";
    aliases: OptText [""] "Other names under which it is reached or built, sorted, joined by `, `.";
    area: OptText [""] "Product area: what groups it with others in folders or names.";
    owner: OptText [""] "Who looks after its folder, by CODEOWNERS.";
    is_outside: Boolean [""] "Run by somebody else: another company, or people.";
    is_development: Boolean [""] "There for those who develop and test alone: nothing but their files names it, or it stands in for something else.";
    code_lines: Integer ["lines"] "Lines of code without tests in its folder.";
    n_endpoints: Integer ["endpoints"] "Endpoints that it offers.";
    n_uses: Integer ["components"] "Components to which it starts a connection.";
    n_used_by: Integer ["components"] "Components that start a connection to it.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
