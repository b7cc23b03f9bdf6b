//! Table `flow_steps`.

use crate::spec::Proof;

crate::table! {
    /// One row per step of a flow, in order: who does what to whom, and how that is known.
    "flow_steps", version 1, proof Proof::TextInLines("seen");
    row FlowStepRow, builder FlowStepsBuilder, view FlowStepsView;
    flow: Text [""] "The flow, by its id in `flows`.";
    number: Integer [""] "Its number, from 1.";
    after_number: OptInteger [""] "Number of the step that leads to it; empty for the first.";
    kind: Text [""] "`start`, `call`, `data`, `send`, `receive` or `gap` (what could not be followed).";
    from_component: Text [""] "The component that acts.";
    to_component: OptText [""] "The component at the other end; empty for a gap.";
    target: OptText [""] "Of a gap, what it points to as written.";
    what: Text [""] "What happens, in words that follow the name of the one that acts; of a gap, why it could not be followed.";
    via: OptText [""] "The endpoint, topic or table.";
    is_later: Boolean [""] "Nobody waits for it.";
    is_outside: Boolean [""] "It leaves the system.";
    is_seen: Boolean [""] "What comes after it was shown by an earlier step.";
    is_assumed: Boolean [""] "Code did not tell whether this request takes the step; such steps are kept only where one that it told comes after them.";
    basis: Text [""] "How it is known: `declared`, `resolved`, `inferred`, `said`, or `unknown` of a gap.";
    repo: OptText [""] "Repository of the place that shows it, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: OptText [""] "File of the place that shows it; empty where a step follows from others.";
    line_start: OptInteger ["line"] "First line of it, counted from 1.";
    line_end: OptInteger ["line"] "Last line of it, inclusive.";
    seen: Text [""] "Text of the cited lines that shows it.";
}
