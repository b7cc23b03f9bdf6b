//! What sentences stand on: of the rows of a question the first of each subject, and how many there are.
//!
//! Cut here and not by SQL: a question around the one of the section is planned twice as long, and a scan asks a hundred.

use std::sync::Arc;

use sightline_facts::FactsError;
use sightline_facts::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use sightline_facts::arrow::compute::{SortColumn, SortOptions, concat_batches, lexsort_to_indices, take_record_batch};
use sightline_facts::arrow::error::ArrowError;

use crate::cell::{Cell, Rows};

/// Evidence rows that one claim keeps; the query gives the rest.
pub(super) const MOST_EVIDENCE: usize = 5;

/// The column that says how many rows a subject has.
pub(super) const N_ALL_ROWS: &str = "n_all_rows";

/// The first rows of each subject, by rank, with how many there are. Repositories come by name, whatever their commits
/// are called, for sentences are said again with a newer one.
pub(super) fn first_of_each(batches: &[RecordBatch]) -> Result<Rows, FactsError> {
    cut(batches).map_err(|e| FactsError::Sql { detail: format!("evidence could not be put in order: {e}") })
}

fn cut(batches: &[RecordBatch]) -> Result<Rows, ArrowError> {
    let Some(first) = batches.first() else { return Ok(Rows::default()) };
    let all = concat_batches(&first.schema(), batches)?;
    if all.num_rows() == 0 {
        return Ok(Rows::of(&[all]));
    }
    let order = lexsort_to_indices(&order_of(&all), None)?;
    let subjects = texts(&all, "subject");
    let subject = |row: u32| subjects.filter(|s| s.is_valid(row as usize)).map(|s| s.value(row as usize));
    let (mut kept, mut counts) = (Vec::new(), Vec::new());
    for run in order.values().chunk_by(|a, b| subject(*a) == subject(*b)) {
        let first = &run[..run.len().min(MOST_EVIDENCE)];
        kept.extend_from_slice(first);
        counts.extend(first.iter().map(|_| run.len()));
    }
    let mut rows = Rows::of(&[take_record_batch(&all, &UInt32Array::from(kept))?]);
    rows.columns.push(N_ALL_ROWS.to_owned());
    for (row, n) in rows.rows.iter_mut().zip(counts) {
        row.push(Cell::Integer(i64::try_from(n).unwrap_or(i64::MAX)));
    }
    Ok(rows)
}

/// Columns by which evidence is put in order; rows that are equal in all of them stay as they came.
fn order_of(all: &RecordBatch) -> Vec<SortColumn> {
    let places: ArrayRef = match (texts(all, "repo"), texts(all, "commit")) {
        (Some(repos), Some(commits)) => {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            Arc::new(StringArray::from_iter_values(
                repos.iter().zip(commits).map(|(repo, commit)| text(repo) + " " + &text(commit)),
            ))
        }
        (Some(repos), None) => Arc::new(repos.clone()),
        _ => Arc::new(StringArray::new_null(all.num_rows())),
    };
    let rows: UInt32Array = (0..u32::try_from(all.num_rows()).unwrap_or(u32::MAX)).collect();
    let named = |name: &str| all.column_by_name(name).cloned();
    let columns =
        [named("subject"), named("rank"), Some(places), named("path"), named("line_start"), Some(Arc::new(rows))];
    let options = Some(SortOptions { descending: false, nulls_first: false });
    columns.into_iter().flatten().map(|values| SortColumn { values, options }).collect()
}

fn texts<'a>(all: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    all.column_by_name(name).and_then(|column| column.as_string_opt::<i32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_facts::session::Session;

    #[test]
    fn the_first_of_each_subject_come_by_rank_and_place() {
        let session = Session::of_batches(Vec::new()).expect("a session");
        let ranks = "unnest(make_array(9, 8, null, 7, 6, 5, 4))";
        let sql = format!(
            "select 'b' as subject, {ranks} as rank, 'r' as repo, cast(null as varchar) as commit, 'p' as path, 1 as line_start
             union all select 'a', 1, 'r', 'c', 'q', 2 union all select 'a', 1, 'r', 'c', 'p', 3 union all select 'a', 1, 'r', 'c', 'p', 1"
        );
        let rows = first_of_each(&session.query(&sql).expect("a query")).expect("an order");
        let shown: Vec<String> = rows
            .rows
            .iter()
            .map(|row| {
                let cell = |name: &str| rows.get(row, name).json().to_string().replace('"', "");
                ["subject", "rank", "path", "line_start", N_ALL_ROWS].map(cell).join(" ")
            })
            .collect();
        assert_eq!(
            shown,
            ["a 1 p 1 3", "a 1 p 3 3", "a 1 q 2 3", "b 4 p 1 7", "b 5 p 1 7", "b 6 p 1 7", "b 7 p 1 7", "b 8 p 1 7"]
        );
    }
}
