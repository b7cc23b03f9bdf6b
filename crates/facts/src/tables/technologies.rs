//! Table `technologies`.

use crate::spec::Proof;

crate::table! {
    /// One row per technology of the catalogue that a repository is seen to be or to use.
    "technologies", version 1, proof Proof::TextInLines("recognised");
    row TechnologyRow, builder TechnologiesBuilder, view TechnologiesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the first place was read; empty for files outside git.";
    path: Text [""] "File of the first place: shipped code before tests, folders near the root before deep ones.";
    line_start: Integer ["line"] "First line of that place, counted from 1.";
    line_end: Integer ["line"] "Last line of that place, inclusive.";
    technology: Text [""] "Id in the catalogue.";
    name: Text [""] "Name as its makers write it.";
    kind: Text [""] "Kind in the catalogue: `database`, `queue`, `web-framework` and so on.";
    role: Text [""] "`is` when the repository runs that thing itself, `uses` when it is a user of it.";
    purpose: Text [""] "What the technology does, in plain words.";
    company: OptText [""] "The outside company that runs it, when one does.";
    basis: Text [""] "`declared`: written in a manifest or another file; `inferred`: likely, by a habit of names.";
    found_by: Text [""] "What was recognised: `package`, `image`, `scheme`, `host`, `import`, `env` or `port`.";
    recognised: Text [""] "The text that was recognised, as the cited lines show it.";
    what: Text [""] "The whole name that was recognised, such as `npm:pg`.";
    version: OptText [""] "Version at the first place that names one, exact or as asked for.";
    scope: Text [""] "Widest use: `runtime`, `optional`, `peer`, `unknown`, `build`, `dev` or `test`, in this order.";
    n_places: Integer ["places"] "Places (file and line) at which it was recognised.";
    first_seen_at: OptInstant [""] "When history first shows it, where that is known.";
}
