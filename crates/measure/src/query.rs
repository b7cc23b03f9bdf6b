//! Typed columns of answers.

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::table::ColumnKind;

use crate::error::MeasureError;

/// A column of an answer as an array of a kind.
pub(crate) fn column<K: ColumnKind>(batch: &RecordBatch, about: &str, column: &str) -> Result<K::Array, MeasureError> {
    batch
        .column_by_name(column)
        .and_then(K::narrow)
        .ok_or_else(|| MeasureError::Column { about: about.to_owned(), column: column.to_owned() })
}
