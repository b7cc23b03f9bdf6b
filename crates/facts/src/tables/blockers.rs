//! Table `blockers`.

use crate::spec::Proof;

crate::table! {
    /// One row per warning about open work that is stuck or about to be, at the end of its data set; an item may have
    /// several. Streams in which nothing has ended for a year have one row that says so, and no warnings.
    "blockers", version 1, proof Proof::Derived;
    row BlockerRow, builder BlockersBuilder, view BlockersView;
    repo: Text [""] "Data set, by the name of its source.";
    stream: Text [""] "Stream of work: `data-set/PROJECT`, `data-set/issues` or `data-set/pulls`.";
    position: Integer ["warnings"] "Place in the order of importance over all streams, from 1: first what dates of others hang on, then the surest.";
    subject: Text [""] "What it is about: `issue` of `issues`, `pull` of `pulls`, the name of a milestone, a branch and its workflow, or a stream that sleeps.";
    subject_kind: Text [""] "`issue`, `pull`, `milestone`, `branch` or `stream`.";
    key: Text [""] "Key as people write it, or the name.";
    title: OptText [""] "Title of the item.";
    kind: Text [""] "`idle-dependency`, `slipping-dependency`, `unowned-blocker`, `scope-growth`, `broken-main`, `silent-assignee`, `ping-pong`, `unanswered`, `no-progress`, `ageing`, `slow`, or `asleep` for streams of which nothing is warned.";
    since_at: Instant [""] "Since when it is so.";
    value: Float [""] "What was measured: days (for `asleep` since its last item ended); for `ping-pong` times that it went back to its author, for `unowned-blocker` open items that wait for it, for `scope-growth` open items that came in within 12 weeks.";
    usual: Float [""] "What 85 of 100 in the stream do not exceed, in the same unit; for `scope-growth` items that left in that time; 0 where there is no such thing.";
    chance: OptFloat ["ratio"] "Chance that the item is not done within `within_days`, by a model learned from other streams; empty for milestones and branches.";
    within_days: Float ["days"] "The time that the warning speaks of: that within which three of four items of the stream are done from start to end; for milestones 84, for branches 1, for streams 364: nothing ended for as long.";
    n_earlier: Integer ["warnings"] "Earlier warnings of this kind in this stream whose outcome is known, one per item and four weeks.";
    n_came_true: Integer ["warnings"] "Of these, how many came true: not done within that time; as many items still open in the milestone; the branch still failing.";
    waits_for: OptText [""] "Key of the item that it waits for.";
    n_waiting: Integer ["items"] "Open items that wait for it, directly or through others; for a milestone or stream its open items.";
    milestone: OptText [""] "An open milestone or version that it is in.";
    assignees: OptText [""] "Whom it is with, separated by `; `.";
    as_of: Instant [""] "The day on which it is so: the end of the data set.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of the record; for `asleep` that of the item that ended last.";
    line_end: Integer ["line"] "Last line of the record.";
}
