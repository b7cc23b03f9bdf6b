//! What a metric leaves out, row by row, with the reason.

use std::collections::BTreeMap;

use sightline_facts::arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use sightline_facts::arrow::compute::{cast, filter_record_batch};
use sightline_facts::arrow::datatypes::DataType;
use sightline_facts::session::Session;

use crate::error::MeasureError;
use crate::metric::Metric;
use crate::run::{JOINT, explain, subject_columns};

/// The column that says why a row is left out.
const REASON: &str = "reason";

/// Rows that no value of a metric counts.
#[derive(Debug, Clone, Default)]
pub struct LeftOut {
    /// The rows, in the order of the query.
    pub rows: Vec<RecordBatch>,
    /// How many there are.
    pub n: usize,
    /// Each reason with its number of rows, the most frequent first.
    pub reasons: Vec<(String, usize)>,
}

/// The rows that a metric leaves out; of one repository and subject where these are given. `None` when the metric
/// leaves out nothing.
///
/// A part of the subject that a left-out row cannot have, as the statistic or the year of what never ended, narrows
/// nothing.
///
/// # Errors
/// [`MeasureError::Metric`] shows a metric whose SQL is wrong, [`MeasureError::Column`] one whose rows give no reason.
pub fn left_out(
    session: &Session,
    metric: &Metric,
    repo: Option<&str>,
    subject: Option<&str>,
) -> Result<Option<LeftOut>, MeasureError> {
    let Some(sql) = &metric.left_out else { return Ok(None) };
    let names: Vec<&str> = subject_columns(metric).collect();
    let parts = subject.map(|s| s.splitn(names.len().max(1), JOINT).collect::<Vec<_>>()).unwrap_or_default();
    let wanted: Vec<(&str, &str)> =
        repo.map(|repo| ("repo", repo)).into_iter().chain(names.iter().copied().zip(parts)).collect();
    let mut found = LeftOut::default();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for batch in session.query(sql).map_err(|e| explain(metric, sql, e))? {
        let missing = || MeasureError::Column { about: metric.id.clone(), column: REASON.to_owned() };
        let batch = narrowed(&batch, &wanted).map_err(|_| missing())?;
        let reason = batch.column_by_name(REASON).ok_or_else(missing)?;
        let reason = cast(reason, &DataType::Utf8).map_err(|_| missing())?;
        for reason in reason.as_string::<i32>() {
            *reasons.entry(reason.unwrap_or_default().to_owned()).or_default() += 1;
        }
        found.n += batch.num_rows();
        found.rows.push(batch);
    }
    found.reasons = reasons.into_iter().collect();
    found.reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(Some(found))
}

/// The rows of a batch whose columns hold what is wanted. A column that the batch does not have, or that holds nothing
/// in a row, lets it pass.
fn narrowed(
    batch: &RecordBatch,
    wanted: &[(&str, &str)],
) -> Result<RecordBatch, sightline_facts::arrow::error::ArrowError> {
    let mut batch = batch.clone();
    for (name, value) in wanted {
        let Some(column) = batch.column_by_name(name) else { continue };
        let column = cast(column, &DataType::Utf8)?;
        let column = column.as_string::<i32>();
        let keep: BooleanArray =
            (0..column.len()).map(|i| Some(column.is_null(i) || column.value(i) == *value)).collect();
        batch = filter_record_batch(&batch, &keep)?;
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::session_of;
    use crate::metric::parse;

    const TABLES: &str =
        "tags\nrepo | tag | prefix | version\na | v1 | v | 1\na | x1 | x | NULL\na | x2 | x | NULL\nb | v2 | v | NULL";

    fn metric(left_out: &str) -> Metric {
        let text = format!(
            "id = \"a\"\nquestion = \"q\"\nunit = \"tags\"\nbetter = \"lower\"\ngrain = [\"repo\", \"prefix\", \"bound\"]\n\
             source = \"s\"\ndoc = \"d\"\nsql = \"select 1\"\nrows = \"select :repo, :prefix, :bound\"\n{left_out}"
        );
        parse("metrics/a.toml", &text).expect("the file is right")
    }

    #[test]
    fn rows_are_narrowed_by_what_they_have_and_counted_by_reason() {
        let metric = metric(
            "left_out = \"select repo, prefix, tag, concat('no version: ', prefix) as reason from tags where version is null\"",
        );
        let check = |repo, subject, expect: &[(&str, usize)]| {
            let found = left_out(&session_of(TABLES), &metric, repo, subject).expect("the query runs").expect("a list");
            let reasons: Vec<_> = found.reasons.iter().map(|(r, n)| (r.as_str(), *n)).collect();
            assert_eq!(reasons, expect);
            assert_eq!(found.n, found.rows.iter().map(RecordBatch::num_rows).sum::<usize>());
        };
        check(None, None, &[("no version: x", 2), ("no version: v", 1)]);
        check(Some("a"), None, &[("no version: x", 2)]);
        // The rows have no bound, so that the second part of the subject narrows nothing.
        check(Some("b"), Some("v / low"), &[("no version: v", 1)]);
        check(Some("b"), Some("x / low"), &[]);
    }

    #[test]
    fn a_metric_that_leaves_out_nothing_has_no_list_and_one_without_reasons_is_told() {
        let session = session_of(TABLES);
        assert!(left_out(&session, &metric(""), None, None).expect("nothing is asked").is_none());
        let error = left_out(&session, &metric("left_out = \"select repo from tags\""), None, None);
        let error = error.expect_err("no reason").to_string();
        assert!(error.contains("`reason`"), "{error}");
        let error = left_out(&session, &metric("left_out = \"select repo, reson from tags\""), None, None);
        assert!(error.expect_err("no column").to_string().contains("metrics/a.toml:10:26"));
    }
}
