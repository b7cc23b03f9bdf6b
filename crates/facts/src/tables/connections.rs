//! Table `connections`.

use crate::spec::Proof;

crate::table! {
    /// One row per connection between two components, from the side that starts it.
    "connections", version 1, proof Proof::TextInLines("seen");
    row ConnectionRow, builder ConnectionsBuilder, view ConnectionsView;
    connection: Text [""] "Id, `<from> -> <to>`, both without `component:`.";
    from_component: Text [""] "The component that starts the connection.";
    to_component: Text [""] "The component at the other end.";
    kind: Text [""] "`sync`, `async`, `data`, `config`, `registration`, `monitoring` or `other`; with several the first in this order counts.";
    protocol: OptText [""] "Protocol or product, such as `http`, `grpc`, `kafka`, `postgresql`.";
    is_async: Boolean [""] "The sender does not wait for an answer: messages, events.";
    data_flow: Text [""] "Which way data moves: `out` (from the starting side), `in` (towards it) or `both`.";
    what: Text [""] "What the connection does, in words that follow the name of the starting component.";
    n_places: Integer ["places"] "Places (file and line) that show it; see `map_evidence`.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
