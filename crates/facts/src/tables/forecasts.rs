//! Table `forecasts`.

use crate::spec::Proof;

crate::table! {
    /// One row per question about when work will be done, asked at the end of its data set; never a single date.
    "forecasts", version 1, proof Proof::Derived;
    row ForecastRow, builder ForecastsBuilder, view ForecastsView;
    repo: Text [""] "Data set, by the name of its source.";
    stream: Text [""] "Stream of work: `data-set/PROJECT`, `data-set/issues` or `data-set/pulls`.";
    asked: Text [""] "`next`: when are so many more items done; or `milestone`: when is nothing left of what is open in it.";
    n_items: Integer ["items"] "Items that are asked about: the next so many, or those open in the milestone.";
    milestone: OptText [""] "The milestone or version.";
    as_of: Instant [""] "The day of the question: the end of the data set.";
    p50_at: OptInstant [""] "As likely earlier as later; empty where nobody can know, or ten years and more ahead.";
    p85_at: OptInstant [""] "Not later in 85 of 100 cases; empty likewise.";
    p95_at: OptInstant [""] "Not later in 95 of 100 cases; empty likewise.";
    unknown: OptText [""] "Why nobody can know: `no-item`, `too-few-done`, `too-young`, `asleep` (nothing done for a year) or `nothing-open`; empty where something can be said.";
    due_at: OptInstant [""] "When the milestone is due, where the tracker says so and that day is still to come.";
    due_ratio: OptFloat ["ratio"] "Chance that it is done by then, from 0.05 to 0.95 as far as the distribution is known.";
    n_passed_p50: Integer ["forecasts"] "Earlier dates of the stream called even chances that have passed.";
    n_held_p50: Integer ["forecasts"] "Of these, how many held.";
    n_passed_p85: Integer ["forecasts"] "Earlier dates called 85 in 100 that have passed.";
    n_held_p85: Integer ["forecasts"] "Of these, how many held.";
    n_passed_p95: Integer ["forecasts"] "Earlier dates called 95 in 100 that have passed.";
    n_held_p95: Integer ["forecasts"] "Of these, how many held.";
    record_from_at: OptInstant [""] "Day of the first earlier forecast that is counted.";
}
