//! Table `flows`.

use crate::spec::Proof;

crate::table! {
    /// One row per request, or part without endpoints, whose steps could be followed: what happens, in short.
    "flows", version 2, proof Proof::TextInLines("seen");
    row FlowRow, builder FlowsBuilder, view FlowsView;
    flow: Text [""] "Id: `flow:` and the id of the endpoint, or of the component for all that it does.";
    title: Text [""] "What starts it, such as `POST /orders of orders`.";
    component: Text [""] "The component that is asked.";
    endpoint: OptText [""] "The endpoint that is asked; empty for a component without endpoints.";
    n_steps: Integer ["steps"] "Steps that could be followed, the start included.";
    n_components: Integer ["components"] "Components that take part.";
    n_outside: Integer ["steps"] "Steps that leave the system.";
    n_later: Integer ["steps"] "Steps that happen later, after a message.";
    n_stored: Integer ["steps"] "Steps that write to or read from a store.";
    n_gaps: Integer ["steps"] "Calls that could not be followed.";
    n_assumed: Integer ["steps"] "Steps that code did not tell of this request: they are known of the whole component only, so they are in `also` and no steps here.";
    outside: OptText [""] "Names of the outside systems that it reaches, sorted, joined by `, `.";
    also: OptText [""] "Names of what the component uses besides, sorted, joined by `, `; code did not tell which requests do.";
    is_cut: Boolean [""] "There are more steps than were kept.";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File of the place where it starts, relative to the root of the repository.";
    line_start: Integer ["line"] "First line of it, counted from 1.";
    line_end: Integer ["line"] "Last line of it, inclusive.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
