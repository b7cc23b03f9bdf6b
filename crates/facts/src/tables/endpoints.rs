//! Table `endpoints`.

use crate::spec::Proof;

crate::table! {
    /// One row per operation that a component offers.
    "endpoints", version 1, proof Proof::TextInLines("seen");
    row EndpointRow, builder EndpointsBuilder, view EndpointsView;
    endpoint: Text [""] "Id, `<component>: <method> <route>`, the component without `component:`.";
    component: Text [""] "The component that offers it.";
    protocol: Text [""] "`http`, `grpc`, `graphql`, `page` or `command`.";
    method: OptText [""] "HTTP method in capitals; empty where any is meant.";
    http_route: OptText [""] "Path as the component's code declares it, beginning with `/`.";
    base_path: OptText [""] "Path that a setting puts before all routes of the component.";
    name: OptText [""] "Function, class or operation that answers.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
