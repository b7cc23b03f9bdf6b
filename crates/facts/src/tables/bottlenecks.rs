//! Table `bottlenecks`.

use crate::spec::Proof;

crate::table! {
    /// One row per place where work waits: a status, a person, a team, a label, a part, a hand-off. It says what goes together, not why.
    "bottlenecks", version 1, proof Proof::Derived;
    row BottleneckRow, builder BottlenecksBuilder, view BottlenecksView;
    repo: Text [""] "Data set, by the name of its source.";
    stream: Text [""] "Stream of work: `data-set/PROJECT`, `data-set/issues` or `data-set/pulls`.";
    position: Integer ["places"] "Place in the stream by size of effect, from 1.";
    dimension: Text [""] "`status`: time in it; `hand-off`: time until somebody else, or the author again, acts on a pull request; `assignee`, `reviewer`, `label`, `component` (of the tracker), `part` (of the system, by the commits), `team` (that looks after such a part): items with it against the others.";
    value: Text [""] "The status, hand-off, person, label or component.";
    n_items: Integer ["items"] "Items of the last year that it stands on.";
    waiting_days: Float ["days"] "Time that these items spent there; for items with something in common, from opening to end.";
    waiting_ratio: Float ["ratio"] "Share of all time of the stream's items.";
    waiting_low_ratio: Float ["ratio"] "Lower end of the range in which that share lies with a chance of 90 in 100.";
    waiting_high_ratio: Float ["ratio"] "Upper end.";
    effect: Float ["times"] "How many times as long as elsewhere: the median time of items with it over that of the others; for a status or hand-off its share over an even one.";
    effect_low: Float ["times"] "Lower end of the range in which that lies with a chance of 90 in 100.";
    effect_high: Float ["times"] "Upper end.";
    as_of: Instant [""] "End of the year that it is about: the end of the data set.";
}
