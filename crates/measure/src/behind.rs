//! What stands behind a metric in a workspace: its values, the rows of one of them, and what is left out.

use sightline_facts::arrow::array::{Array, AsArray, RecordBatch};
use sightline_facts::arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use sightline_facts::arrow::error::ArrowError;
use sightline_facts::session::{Session, Value};

use crate::error::MeasureError;
use crate::left_out::{LeftOut, left_out};
use crate::metric::Metric;
use crate::run::rows_behind;

/// What stands behind a metric.
#[derive(Debug, Clone, Default)]
pub struct Behind {
    /// Its values: repository, subject, value, unit and `n`.
    pub values: Vec<RecordBatch>,
    /// Repository and subject of the value whose rows are shown: the one that was asked for, or the one with most rows.
    pub of: (Option<String>, Option<String>),
    /// The rows of that value.
    pub rows: Vec<RecordBatch>,
    /// What is left out, of the repository and subject that were asked for; `None` when the metric leaves out nothing.
    pub left_out: Option<LeftOut>,
}

impl Behind {
    /// The value whose rows are shown, in words; empty where the metric has one value for all.
    pub fn name(&self) -> String {
        let (repo, subject) = &self.of;
        [repo, subject].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" / ")
    }
}

/// Asks for the values of a metric, of one repository and subject where these are given, and for what stands behind one of
/// them: rows of all values can be millions, and those of one show what they are.
///
/// # Errors
/// [`MeasureError::Metric`] shows a metric whose SQL is wrong.
pub fn behind(
    session: &Session,
    metric: &Metric,
    repo: Option<&str>,
    subject: Option<&str>,
) -> Result<Behind, MeasureError> {
    let asked = "from metrics where metric = :id and (:repo is null or repo = :repo) \
                 and (:subject is null or subject = :subject)";
    let parameters = [
        ("id", Value::Text(&metric.id)),
        ("repo", repo.map_or(Value::Null, Value::Text)),
        ("subject", subject.map_or(Value::Null, Value::Text)),
    ];
    let values = format!("select repo, subject, value, unit, n {asked} order by repo, subject");
    let values = session.query_with(&values, &parameters)?;
    let one = format!("select repo, subject {asked} order by n desc, repo, subject limit 1");
    let one = session.query_with(&one, &parameters)?;
    let has_value = one.iter().any(|batch| batch.num_rows() > 0);
    let mut found = Behind { values, ..Behind::default() };
    found.of = if has_value {
        (text_at(&one, "repo"), text_at(&one, "subject"))
    } else {
        (repo.map(str::to_owned), subject.map(str::to_owned))
    };
    if has_value {
        found.rows = in_order(rows_behind(session, metric, found.of.0.as_deref(), found.of.1.as_deref())?);
    }
    found.left_out =
        left_out(session, metric, repo, subject)?.map(|left| LeftOut { rows: in_order(left.rows), ..left });
    Ok(found)
}

/// Rows in an order that stays, since a query gives them as its threads come: by where they stand, and then by their other
/// columns. Those that cannot be sorted stay as they came.
fn in_order(batches: Vec<RecordBatch>) -> Vec<RecordBatch> {
    let sorted = || -> Result<Option<RecordBatch>, ArrowError> {
        let Some(first) = batches.first() else { return Ok(None) };
        let all = concat_batches(&first.schema(), &batches)?;
        let place = ["repo", "path", "line_start"].into_iter().filter_map(|name| all.column_by_name(name));
        let columns: Vec<SortColumn> =
            place.chain(all.columns()).map(|values| SortColumn { values: values.clone(), options: None }).collect();
        if columns.is_empty() {
            return Ok(None);
        }
        take_record_batch(&all, &lexsort_to_indices(&columns, None)?).map(Some)
    };
    match sorted() {
        Ok(Some(batch)) => vec![batch],
        _ => batches,
    }
}

/// A column of the first row.
fn text_at(batches: &[RecordBatch], column: &str) -> Option<String> {
    let column = batches.first()?.column_by_name(column)?.as_string_opt::<i32>()?;
    (!column.is_empty() && !column.is_null(0)).then(|| column.value(0).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::session_of;
    use crate::metrics;

    #[test]
    fn the_value_with_most_rows_is_shown_with_what_it_leaves_out() {
        let tables = "data_sets\nrepo | as_of\na | 2026-06-01\nb | 2026-06-01\n\
             issues\nrepo | issue | project | created_at | done_at\na | i1 | A | 2026-05-01 | 2026-05-02\n\
             b | i2 | B | 2026-05-01 | 2026-05-02\nb | i3 | B | 2026-05-01 | 2026-05-02\nb | i4 | B | 2026-05-01 | NULL\n\
             metrics\nmetric | repo | subject | value | unit | n\nissue-lead-time | a | A / p50 | 24 | hours | 1\n\
             issue-lead-time | b | B / p50 | 24 | hours | 2";
        let session = session_of(tables);
        let all = metrics(&[]).expect("ours are right");
        let metric = all.iter().find(|m| m.id == "issue-lead-time").expect("it is ours");
        let count = |batches: &[RecordBatch]| batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        let check = |repo, subject, name: &str, values: usize, rows: usize, left: usize| {
            let found = behind(&session, metric, repo, subject).expect("the queries run");
            let left_out = found.left_out.as_ref().map(|l| l.n);
            assert_eq!((count(&found.values), count(&found.rows), left_out), (values, rows, Some(left)), "{repo:?}");
            assert_eq!(found.name(), name);
        };
        check(None, None, "b / B / p50", 2, 2, 1);
        check(Some("a"), None, "a / A / p50", 1, 1, 0);
        check(Some("b"), None, "b / B / p50", 1, 2, 1);
        check(None, Some("A / p50"), "a / A / p50", 1, 1, 0);
        check(Some("c"), None, "c", 0, 0, 0);
    }

    #[test]
    fn rows_come_in_the_order_in_which_they_stand() {
        use std::sync::Arc;

        use sightline_facts::arrow::array::{ArrayRef, Int64Array, StringArray};
        let batch = |keys: &[&str], lines: &[i64]| {
            let keys: ArrayRef = Arc::new(StringArray::from(keys.to_vec()));
            let lines: ArrayRef = Arc::new(Int64Array::from(lines.to_vec()));
            RecordBatch::try_from_iter([("key", keys), ("line_start", lines)]).expect("columns of one length")
        };
        let sorted = in_order(vec![batch(&["c", "a"], &[7, 10]), batch(&["b", "d"], &[7, 2])]);
        let keys: Vec<_> = sorted[0].column(0).as_string::<i32>().iter().flatten().collect();
        assert_eq!(keys, ["d", "b", "c", "a"]);
        assert_eq!(in_order(Vec::new()), []);
    }
}
