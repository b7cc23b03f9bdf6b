//! Typed columns of answers.

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::table::ColumnKind;

use crate::error::PlanError;

/// A column of an answer as an array of a kind.
pub(crate) fn column<K: ColumnKind>(
    batch: &RecordBatch,
    about: &'static str,
    column: &'static str,
) -> Result<K::Array, PlanError> {
    batch.column_by_name(column).and_then(K::narrow).ok_or(PlanError::Column { about, column })
}
