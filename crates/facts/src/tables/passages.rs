//! Table `passages`.

use crate::spec::Proof;

crate::table! {
    /// One row per passage of a document and topic that it speaks of: what a system's own papers say about storage, sign-in, installation and so on.
    "passages", version 1, proof Proof::Lines;
    row PassageRow, builder PassagesBuilder, view PassagesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    topic: Text [""] "Topic of `rules/topics.toml`: `storage`, `sign-in`, `install` and so on; `question` for a heading that asks one, `release` for notes under the heading of a release.";
    heading: OptText [""] "Headings above it, outermost first, at most two; the title of the document is left out.";
    quote: Text [""] "Its words without markup; cut at the end of a sentence where it is long.";
    score: Integer ["points"] "How much it says about the topic: points for its headings and for each kind of word of the topic.";
    place: Integer ["passages"] "Place of the passage in its document, counted from 1.";
    document: Text [""] "Kind of the document, as in `documents.kind`.";
}
