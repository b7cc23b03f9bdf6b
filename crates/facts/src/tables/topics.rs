//! Table `topics`.

use crate::spec::Proof;

crate::table! {
    /// One row per topic, queue or exchange and component that sends to it or receives from it.
    "topics", version 1, proof Proof::TextInLines("seen");
    row TopicRow, builder TopicsBuilder, view TopicsView;
    topic: Text [""] "Topic, queue or exchange.";
    component: Text [""] "The component that sends or receives.";
    direction: Text [""] "`produces` or `consumes`.";
    broker: OptText [""] "The component that carries it, where it is known.";
    technology: OptText [""] "Messaging system, such as `kafka`.";
    basis: Text [""] "How it is known: `declared` (written down as such), `resolved` (followed through code and settings), `inferred` (the likeliest reading) or `said` (by a person, in a correction).";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the first piece of evidence, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    rule: Text [""] "The detector or reader that saw it.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
