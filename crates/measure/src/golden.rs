//! Golden SQL: runs every `metrics/<id>.slt` over the tiny tables that it declares.
//!
//! Two things are said in such a file. `statement ok` with `tables` declares tables in place of all earlier ones: a
//! line with a table's name, one with columns joined by ` | `, and a line per row. Columns that are not named hold
//! nothing, zero, false or the empty text; `NULL` is no value. `query` with `metric <id>` gives `repo`, `subject`,
//! `value` and `n` of each value; the runner also demands that `rows` yields exactly `n` rows for each, and that none of
//! them is listed as left out. `query` with `left-out <id>` gives `repo`, `reason` and number of what is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use sightline_facts::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use sightline_facts::arrow::compute::cast;
use sightline_facts::arrow::datatypes::DataType;
use sightline_facts::session::Session;
use sightline_facts::spec::{ColumnType, TableSpec};
use sightline_facts::tables;
use sightline_facts::tables::metrics::MetricsView;
use sqllogictest::{DBOutput, DefaultColumnType};

use crate::{Metric, left_out, metrics, reads, room, rows_behind, run};

/// A message of the runner.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// The tables of one golden file.
struct Tables(Option<Session>);

impl sqllogictest::DB for Tables {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, text: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let (verb, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        match verb {
            "tables" => {
                self.0 = Some(session_of(rest));
                Ok(DBOutput::StatementComplete(0))
            }
            "metric" => {
                let session = self.0.get_or_insert_with(|| session_of(""));
                values(session, rest.trim())
            }
            "left-out" => {
                let session = self.0.get_or_insert_with(|| session_of(""));
                reasons(session, rest.trim())
            }
            _ => Err(Failed(format!("neither `tables`, `metric` nor `left-out`: {text}"))),
        }
    }
}

fn values(session: &Session, id: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
    let fail = |e: &dyn fmt::Display| Failed(e.to_string());
    let metric = known(id)?;
    let left_out = left_out(session, &metric, None, None).map_err(|e| fail(&e))?.unwrap_or_default();
    let batch = run(session, std::slice::from_ref(&metric)).map_err(|e| fail(&e))?;
    let view = MetricsView::of(&batch).ok_or_else(|| Failed("not the table `metrics`".to_owned()))?;
    let mut lines = Vec::new();
    for row in view.rows() {
        let behind = rows_behind(session, &metric, row.repo, row.subject).map_err(|e| fail(&e))?;
        let shown: usize = behind.iter().map(RecordBatch::num_rows).sum();
        if i64::try_from(shown).ok() != Some(row.n) {
            return Err(Failed(format!("{id} {:?} says n = {}, its `rows` are {shown}", row.subject, row.n)));
        }
        if let Some(twice) = in_both(&behind, &left_out.rows) {
            return Err(Failed(format!("{id} {:?} counts and leaves out {twice}", row.subject)));
        }
        let value = row.value.map_or("NULL".to_owned(), |v| format!("{v:.3}"));
        lines.push(vec![
            row.repo.unwrap_or("-").to_owned(),
            match row.subject {
                None => "-".to_owned(),
                Some("") => "(empty)".to_owned(),
                Some(subject) => subject.to_owned(),
            },
            value,
            row.n.to_string(),
        ]);
    }
    Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; 4], rows: lines })
}

fn known(id: &str) -> Result<Metric, Failed> {
    let all = metrics(&[]).map_err(|e| Failed(e.to_string()))?;
    all.into_iter().find(|m| m.id == id).ok_or_else(|| Failed(format!("no metric `{id}`")))
}

/// What a metric leaves out, by repository and reason.
fn reasons(session: &Session, id: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
    let found = left_out(session, &known(id)?, None, None).map_err(|e| Failed(e.to_string()))?;
    let found = found.ok_or_else(|| Failed(format!("metric `{id}` has no `left_out`")))?;
    let mut counted: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in found.rows.iter().flat_map(|batch| cells(batch, &["repo", "reason"])) {
        *counted.entry(row).or_default() += 1;
    }
    let rows = counted.into_iter().map(|(mut row, n)| {
        row.push(n.to_string());
        row
    });
    Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; 3], rows: rows.collect() })
}

/// Columns that tell a row of one kind from another.
const WHICH: [&str; 16] = [
    "repo",
    "issue",
    "item",
    "milestone",
    "pull",
    "pull_key",
    "reviewer",
    "submitted_at",
    "deployment",
    "batch",
    "incident",
    "sha",
    "pipeline",
    "attempt",
    "commit",
    "part",
];

/// A row that is counted as well as left out, told by the columns that both have.
fn in_both(counted: &[RecordBatch], left_out: &[RecordBatch]) -> Option<String> {
    let (first, other) = (counted.first()?, left_out.first()?);
    let has = |batch: &RecordBatch, name: &str| batch.column_by_name(name).is_some();
    let names: Vec<&str> = WHICH.iter().copied().filter(|name| has(first, name) && has(other, name)).collect();
    // Of days and the like none is left out, only what makes them.
    if names.iter().all(|name| *name == "repo") {
        return None;
    }
    let counted: BTreeSet<Vec<String>> = counted.iter().flat_map(|batch| cells(batch, &names)).collect();
    let mut left_out = left_out.iter().flat_map(|batch| cells(batch, &names));
    left_out.find(|row| counted.contains(row)).map(|row| row.join(" "))
}

/// Some columns of a batch as text, row by row.
fn cells(batch: &RecordBatch, names: &[&str]) -> Vec<Vec<String>> {
    let columns: Vec<ArrayRef> = names
        .iter()
        .map(|name| {
            let column = batch.column_by_name(name).unwrap_or_else(|| unreachable!("no column `{name}`"));
            cast(column, &DataType::Utf8).expect("every type can be written as text")
        })
        .collect();
    let text = |column: &ArrayRef, row: usize| {
        let column = column.as_string::<i32>();
        if column.is_null(row) { "-".to_owned() } else { column.value(row).to_owned() }
    };
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| text(column, row)).collect()).collect()
}

/// A session over tables written as text.
pub(crate) fn session_of(text: &str) -> Session {
    let mut given: Vec<(&'static TableSpec, Vec<RecordBatch>)> = Vec::new();
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty()).peekable();
    while let Some(name) = lines.next() {
        let spec = tables::find(name).unwrap_or_else(|| unreachable!("`{name}` is no table"));
        let header: Vec<&str> = lines.next().unwrap_or_default().split('|').map(str::trim).collect();
        for column in &header {
            assert!(spec.column(column).is_some(), "`{name}` has no column `{column}`");
        }
        let mut rows: Vec<Vec<&str>> = Vec::new();
        while let Some(line) = lines.next_if(|l| l.contains('|')) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            assert_eq!(cells.len(), header.len(), "{name}: {line}");
            rows.push(cells);
        }
        given.push((spec, vec![batch_of(spec, &header, &rows)]));
    }
    Session::of_batches(given).expect("the batches are made from the specs")
}

fn batch_of(spec: &'static TableSpec, header: &[&str], rows: &[Vec<&str>]) -> RecordBatch {
    let columns = spec.columns.iter().map(|column| -> ArrayRef {
        let at = header.iter().position(|h| *h == column.name);
        let cells = rows.iter().map(|row| match at.map(|i| row[i]) {
            Some("NULL") => None,
            None if column.nullable => None,
            Some(cell) => Some(cell),
            None => Some(match column.kind {
                ColumnType::Text => "",
                ColumnType::Boolean => "false",
                _ => "0",
            }),
        });
        match column.kind {
            ColumnType::Text => Arc::new(cells.collect::<StringArray>()),
            ColumnType::Integer => Arc::new(cells.map(|c| c.map(parsed::<i64>)).collect::<Int64Array>()),
            ColumnType::Float => Arc::new(cells.map(|c| c.map(parsed::<f64>)).collect::<Float64Array>()),
            ColumnType::Boolean => Arc::new(cells.map(|c| c.map(parsed::<bool>)).collect::<BooleanArray>()),
            ColumnType::Instant => {
                Arc::new(cells.map(|c| c.map(instant)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
            }
        }
    });
    RecordBatch::try_new(spec.schema(), columns.collect()).expect("columns follow the spec")
}

fn parsed<T: std::str::FromStr>(cell: &str) -> T {
    cell.parse().unwrap_or_else(|_| unreachable!("`{cell}` does not fit its column"))
}

/// `2026-05-01` or `2026-05-01T13:00` as microseconds since 1970.
fn instant(cell: &str) -> i64 {
    let (day, time) = cell.split_once('T').unwrap_or((cell, "00:00"));
    let parts: Vec<i64> = day.split('-').chain(time.split(':')).map(parsed::<i64>).collect();
    let &[year, month, day, hour, minute] = parts.as_slice() else { return parsed::<i64>(cell) };
    // Days from civil, as in `sightline_facts::time`.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    ((days * 24 + hour) * 60 + minute) * 60_000_000
}

#[test]
fn every_metric_has_golden_sql_that_holds() {
    let mut failures = Vec::new();
    for metric in metrics(&[]).expect("our metric files are right") {
        let name = format!("{}.slt", metric.id);
        let Some((_, script)) = room::GOLDEN.iter().find(|(golden, _)| **golden == name) else {
            failures.push(format!("metrics/{name} is missing"));
            continue;
        };
        assert!(script.contains(&format!("metric {}", metric.id)), "{name} asks something else");
        if metric.left_out.is_some() && !script.contains(&format!("left-out {}", metric.id)) {
            failures.push(format!("metrics/{name} does not show what is left out"));
        }
        let mut runner = sqllogictest::Runner::new(|| async { Ok(Tables(None)) });
        if let Err(error) = runner.run_script_with_name(script, name) {
            failures.push(error.display(false).to_string());
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

/// Metrics over work items that count what happened, so that nothing which could have been counted is missing.
const COUNT_ALL: [&str; 9] = [
    "blocked-time",
    "issue-links-by-type",
    "open-item-age",
    "open-items",
    "pulls-by-outcome",
    "pulls-merged-unanswered",
    "releases-last-year",
    "reopened-issues",
    "status-changes",
];

#[test]
fn every_metric_over_work_items_says_what_it_leaves_out() {
    let work = ["issues", "pulls", "reviews", "issue_events", "deployments", "incidents", "pipelines"];
    for metric in metrics(&[]).expect("our metric files are right") {
        let is_over_work = reads(&metric.sql).keys().any(|table| work.contains(table));
        let counts_all = COUNT_ALL.contains(&metric.id.as_str());
        assert!(!is_over_work || counts_all || metric.left_out.is_some(), "{} has no `left_out`", metric.id);
        assert!(!counts_all || metric.left_out.is_none(), "{} is in the list of those that count all", metric.id);
    }
}

#[test]
fn every_metric_answers_over_empty_tables() {
    let batch = run(&session_of(""), &metrics(&[]).expect("our metric files are right")).expect("every query runs");
    assert_eq!(batch.num_rows(), 0, "no facts, no values");
}

#[test]
fn the_page_shows_every_metric() {
    let page = crate::reference();
    for metric in metrics(&[]).expect("our metric files are right") {
        assert!(page.contains(&format!("\n## {}\n", metric.id)), "{}", metric.id);
    }
}

#[test]
fn the_checked_in_page_is_the_page_of_the_metric_files() {
    let checked_in = include_str!("../../../docs/reference/metrics.md");
    assert!(checked_in == crate::reference(), "docs/reference/metrics.md is stale: run `cargo xtask gen`");
}
