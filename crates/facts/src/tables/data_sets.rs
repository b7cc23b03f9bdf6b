//! Table `data_sets`.

use crate::spec::Proof;

crate::table! {
    /// What was read of trackers, build systems and incident tools: one row per exported data set.
    "data_sets", version 1, proof Proof::Lines;
    row DataSetRow, builder DataSetsBuilder, view DataSetsView;
    repo: Text [""] "Data set, by the name of its source: the file's name without its ending, or service and place of a live source.";
    format: Text [""] "What the lines were recognised as: `github`, `jira`, `linear`, `gitlab`, `releases`, `github-runs`, `github-jobs`, `github-deployments`, `github-checks`, `github-project-items`, `initiatives`, `gitlab-pipelines`, `gitlab-deployments`, `jenkins`, `milestones`, `pagerduty`, `opsgenie`, `statuspage`, `missing`, `devlake` or `csv`; of a download, what its items are.";
    as_of: Instant [""] "The instant up to which it tells: the newest time in it that is not in the future, unless the user named a day.";
    first_at: OptInstant [""] "The oldest creation in it.";
    n_records: Integer ["records"] "Records read.";
    n_gaps: Integer ["records"] "Records that could not be read; each is a row of `gaps`.";
    path: Text [""] "File it was read from.";
    line_start: Integer ["line"] "First line.";
    line_end: Integer ["line"] "Last line.";
}
