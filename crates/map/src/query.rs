//! Typed columns of answers, and the tables that come back whole.

use sightline_facts::arrow::array::{Int64Array, RecordBatch, StringArray};
use sightline_facts::session::{Session, Value};
use sightline_facts::table::{ColumnKind, Integer, Text};

use crate::error::MapError;

/// Asks about one repository; `:repo` in the question stands for it.
pub(crate) fn ask(session: &Session, sql: &str, repo: &str) -> Result<Vec<RecordBatch>, MapError> {
    Ok(session.query_with(sql, &[("repo", Value::Text(repo))])?)
}

/// A column of text.
pub(crate) fn text(batch: &RecordBatch, table: &'static str, column: &'static str) -> Result<StringArray, MapError> {
    batch.column_by_name(column).and_then(Text::narrow).ok_or(MapError::Column { table, column })
}

/// A column of whole numbers.
pub(crate) fn integer(batch: &RecordBatch, table: &'static str, column: &'static str) -> Result<Int64Array, MapError> {
    batch.column_by_name(column).and_then(Integer::narrow).ok_or(MapError::Column { table, column })
}

/// A column of a kind.
pub(crate) fn column<K: ColumnKind>(
    batch: &RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<K::Array, MapError> {
    batch.column_by_name(column).and_then(K::narrow).ok_or(MapError::Column { table, column })
}

/// Narrows every batch of an answer to the view of a table.
macro_rules! views {
    ($session:expr, $repo:expr, $sql:expr, $view:ty, $table:literal) => {
        $crate::query::ask($session, $sql, $repo)?
            .iter()
            .map(|batch| <$view>::of(batch).ok_or($crate::MapError::Column { table: $table, column: "*" }))
            .collect::<Result<Vec<$view>, _>>()
    };
}
pub(crate) use views;
