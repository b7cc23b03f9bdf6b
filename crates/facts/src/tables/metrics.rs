//! Table `metrics`.

use crate::spec::Proof;

crate::table! {
    /// One row per value of a metric.
    "metrics", version 1, proof Proof::Derived;
    row MetricRow, builder MetricsBuilder, view MetricsView;
    metric: Text [""] "Id of the metric.";
    repo: OptText [""] "Repository, where the metric is per repository.";
    subject: OptText [""] "What the value is about: a module, a language, a month, a file.";
    grain: Text [""] "Names of the columns that `subject` is made of.";
    value: OptFloat [""] "The value, in the metric's unit.";
    unit: Text [""] "Unit.";
    n: Integer ["rows"] "Rows behind the value.";
}
