//! Asks metrics and shows the rows behind a value.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sightline_facts::FactsError;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use sightline_facts::arrow::compute::cast;
use sightline_facts::arrow::datatypes::{DataType, Float64Type, Int64Type};
use sightline_facts::session::{Session, Value};
use sightline_facts::tables::metrics::{MetricRow, MetricsBuilder};

use crate::error::MeasureError;
use crate::metric::Metric;
use crate::reads::asks_of_nothing;
use crate::shared::hold_shared;
use sightline_facts::Diagnostic;

/// Between the parts of a subject.
pub(crate) const JOINT: &str = " / ";
/// Rows that are shown at most when no single value is asked for.
const MOST_ROWS: usize = 10_000;

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    repo: Option<String>,
    parts: Vec<String>,
    n: i64,
    value: Option<f64>,
}

/// Asks every metric; gives rows of table `metrics`, by metric, repository and subject.
///
/// Metrics about hotspots and coupling read those derived tables: put them into the session before.
///
/// # Errors
/// [`MeasureError::Metric`] shows a metric whose SQL is wrong.
pub fn run(session: &Session, metrics: &[Metric]) -> Result<RecordBatch, MeasureError> {
    let run = Run::of(session, metrics);
    run.work();
    run.finish()
}

/// Metrics that are being asked, by whoever has time: the same rows, whoever asks which.
#[derive(Debug)]
pub struct Run<'a> {
    session: &'a Session,
    sorted: Vec<&'a Metric>,
    /// The questions in short, where what they share could be asked.
    short: OnceLock<Option<Vec<String>>>,
    next: AtomicUsize,
    answers: Vec<OnceLock<Result<Vec<Answer>, MeasureError>>>,
}

impl<'a> Run<'a> {
    /// Nothing is asked yet.
    pub fn of(session: &'a Session, metrics: &'a [Metric]) -> Self {
        // Of nothing ours say nothing, and most workspaces have no tracker. Somebody's own may count it as zero.
        let says = |metric: &&Metric| !(metric.is_ours() && asks_of_nothing(session, &metric.sql));
        let mut sorted: Vec<&Metric> = metrics.iter().filter(says).collect();
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        let answers = sorted.iter().map(|_| OnceLock::new()).collect();
        Self { session, sorted, short: OnceLock::new(), next: AtomicUsize::new(0), answers }
    }

    /// Asks until none is left that nobody has begun.
    pub fn work(&self) {
        let short = self.short.get_or_init(|| {
            let full: Vec<&str> = self.sorted.iter().map(|metric| metric.sql.as_str()).collect();
            // Where what they share cannot be asked, each is asked in full, and tells what is wrong.
            hold_shared(self.session, "held_by_metrics", &full).ok()
        });
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((metric, answer)) = self.sorted.get(at).zip(self.answers.get(at)) else { return };
            let short = short.as_ref().and_then(|short| short.get(at)).map(String::as_str);
            answer.get_or_init(|| answers(self.session, metric, short));
        }
    }

    /// The rows; asks what nobody asked.
    ///
    /// # Errors
    /// As [`run`].
    pub fn finish(self) -> Result<RecordBatch, MeasureError> {
        self.work();
        let mut rows = MetricsBuilder::default();
        for (metric, answer) in self.sorted.into_iter().zip(self.answers) {
            let grain = subject_columns(metric).collect::<Vec<_>>().join(JOINT);
            for answer in answer.into_inner().unwrap_or_else(|| answers(self.session, metric, None))? {
                let subject = (!answer.parts.is_empty()).then(|| answer.parts.join(JOINT));
                rows.push(&MetricRow {
                    metric: &metric.id,
                    repo: answer.repo.as_deref(),
                    subject: subject.as_deref(),
                    grain: &grain,
                    value: answer.value,
                    unit: &metric.unit,
                    n: answer.n,
                    ..MetricRow::default()
                });
            }
        }
        Ok(rows.finish())
    }
}

/// The rows behind one value of a metric, or behind all its values of the repository and subject that are given.
///
/// With both given these are exactly the `n` rows of the value. Otherwise values are gone through in order until
/// 10,000 rows are shown.
///
/// # Errors
/// [`MeasureError::Metric`] shows a metric whose SQL is wrong.
pub fn rows_behind(
    session: &Session,
    metric: &Metric,
    repo: Option<&str>,
    subject: Option<&str>,
) -> Result<Vec<RecordBatch>, MeasureError> {
    let wants_repo = metric.grain.iter().any(|g| g == "repo");
    let names: Vec<&str> = subject_columns(metric).collect();
    let mut batches = Vec::new();
    if (repo.is_some() || !wants_repo) && (subject.is_some() || names.is_empty()) {
        // A subject's last part takes the rest, so that a path may contain the joint.
        let parts: Vec<&str> = if names.is_empty() {
            Vec::new()
        } else {
            subject.unwrap_or_default().splitn(names.len(), JOINT).collect()
        };
        return rows_of(session, metric, repo, &parts);
    }
    let mut shown = 0;
    for answer in answers(session, metric, None)? {
        let other_repo = repo.is_some_and(|r| answer.repo.as_deref() != Some(r));
        if other_repo || subject.is_some_and(|s| s != answer.parts.join(JOINT)) {
            continue;
        }
        let parts: Vec<&str> = answer.parts.iter().map(String::as_str).collect();
        let found = rows_of(session, metric, answer.repo.as_deref(), &parts)?;
        shown += found.iter().map(RecordBatch::num_rows).sum::<usize>();
        batches.extend(found);
        if shown >= MOST_ROWS {
            break;
        }
    }
    Ok(batches)
}

fn rows_of(
    session: &Session,
    metric: &Metric,
    repo: Option<&str>,
    parts: &[&str],
) -> Result<Vec<RecordBatch>, MeasureError> {
    let mut parameters: Vec<(&str, Value<'_>)> = Vec::new();
    parameters.extend(repo.map(|r| ("repo", Value::Text(r))));
    parameters.extend(subject_columns(metric).zip(parts.iter().map(|p| Value::Text(p))));
    session.query_with(&metric.rows, &parameters).map_err(|e| explain(metric, &metric.rows, e))
}

pub(crate) fn subject_columns(metric: &Metric) -> impl Iterator<Item = &str> {
    metric.grain.iter().map(String::as_str).filter(|g| *g != "repo")
}

/// The values of a metric, perhaps by a shorter question that gives the same answer.
fn answers(session: &Session, metric: &Metric, short: Option<&str>) -> Result<Vec<Answer>, MeasureError> {
    let batches = session.query(short.unwrap_or(&metric.sql)).map_err(|e| explain(metric, &metric.sql, e))?;
    let mut found = Vec::new();
    for batch in &batches {
        // Types are brought in line here: a question around the metric's own would do the same and is planned longer.
        let of_type = |name: &str, to: &DataType| -> Result<ArrayRef, MeasureError> {
            let missing = || MeasureError::Column { about: metric.id.clone(), column: name.to_owned() };
            let column = batch.column_by_name(name).ok_or_else(missing)?;
            cast(column, to).map_err(|_| missing())
        };
        let n = of_type("n", &DataType::Int64)?;
        let value = of_type("value", &DataType::Float64)?;
        let (n, value) = (n.as_primitive::<Int64Type>(), value.as_primitive::<Float64Type>());
        let grain: Vec<(&String, ArrayRef)> =
            metric.grain.iter().map(|g| Ok((g, of_type(g, &DataType::Utf8)?))).collect::<Result<_, MeasureError>>()?;
        let part = |a: &ArrayRef, i: usize| {
            let a = a.as_string::<i32>();
            if a.is_null(i) { String::new() } else { a.value(i).to_owned() }
        };
        for i in 0..batch.num_rows() {
            found.push(Answer {
                repo: grain.iter().find(|(g, _)| *g == "repo").map(|(_, a)| part(a, i)),
                parts: grain.iter().filter(|(g, _)| *g != "repo").map(|(_, a)| part(a, i)).collect(),
                n: if n.is_null(i) { 0 } else { n.value(i) },
                value: (!value.is_null(i)).then(|| value.value(i)),
            });
        }
    }
    let order = |answer: &Answer| -> Vec<String> {
        let mut parts = answer.parts.iter();
        let of_grain = |g: &String| if g == "repo" { answer.repo.clone() } else { parts.next().cloned() };
        metric.grain.iter().filter_map(of_grain).collect()
    };
    found.sort_by_cached_key(order);
    Ok(found)
}

/// The engine's message at the place in the metric's file that it is about.
pub(crate) fn explain(metric: &Metric, sql: &str, error: FactsError) -> MeasureError {
    let FactsError::Sql { detail } = &error else { return error.into() };
    let start = metric.text.find(sql).unwrap_or(0);
    let first = detail.lines().next().unwrap_or_default();
    let named = first
        .split("No field named ")
        .nth(1)
        .map(|rest| rest.split([' ', ',']).next().unwrap_or(rest).trim_end_matches('.').replace('"', ""));
    let (code, message, word) = match &named {
        Some(name) => (
            "metric-unknown-column",
            format!("metric `{}` reads `{name}`, which does not exist", metric.id),
            name.as_str(),
        ),
        None => ("metric-sql", format!("the SQL of metric `{}` does not run: {first}", metric.id), ""),
    };
    let at = sql.find(word).filter(|_| !word.is_empty()).map_or(start, |i| start + i);
    let columns = sightline_facts::tables::ALL.iter().flat_map(|t| t.columns.iter().map(|c| c.name));
    let bare = word.rsplit('.').next().unwrap_or(word);
    let diagnostic = Diagnostic::at(code, message, &metric.file, &metric.text, at..at + word.len().max(1))
        .help("`sightline tables` lists tables and columns with their units");
    if word.is_empty() { diagnostic.into() } else { diagnostic.suggest(bare, columns).into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::parse;
    use sightline_facts::tables::metrics::MetricsView;
    use sightline_facts::tables::tags::{self, TagRow, TagsBuilder};

    fn metric(sql: &str) -> Metric {
        let text = format!(
            "id = \"a\"\nquestion = \"q\"\nunit = \"tags\"\nbetter = \"lower\"\ngrain = [\"repo\", \"prefix\", \"version\"]\n\
             source = \"s\"\ndoc = \"d\"\nsql = '''\n{sql}'''\n\
             rows = 'select * from tags where repo = :repo and prefix = :prefix and version = :version'\n"
        );
        parse("metrics/a.toml", &text).expect("the file is right")
    }

    fn session() -> Session {
        let mut rows = TagsBuilder::default();
        for (tag, prefix, version) in [("v1", "v", "1 / 2"), ("v1.0", "v", "1 / 2"), ("x1", "x", "1")] {
            rows.push(&TagRow { repo: "r", tag, prefix: Some(prefix), version: Some(version), ..TagRow::default() });
        }
        Session::of_batches(vec![(&tags::SPEC, vec![rows.finish()])]).expect("the rows fit")
    }

    const COUNT: &str = "select repo, prefix, version, count(*) as n, count(*) as value from tags group by 1, 2, 3";

    #[test]
    fn a_subject_joins_the_grain_and_leads_back_to_its_rows() {
        let (session, metric) = (session(), metric(COUNT));
        let batch = run(&session, std::slice::from_ref(&metric)).expect("the query runs");
        let view = MetricsView::of(&batch).expect("its own table");
        let lines: Vec<_> = view.rows().map(|r| (r.subject.unwrap_or(""), r.grain, r.n)).collect();
        assert_eq!(lines, [("v / 1 / 2", "prefix / version", 2), ("x / 1", "prefix / version", 1)]);
        let count = |repo, subject| {
            let batches = rows_behind(&session, &metric, repo, subject).expect("the query runs");
            batches.iter().map(RecordBatch::num_rows).sum::<usize>()
        };
        assert_eq!(count(Some("r"), Some("v / 1 / 2")), 2);
        assert_eq!(count(Some("r"), None), 3);
        assert_eq!(count(None, None), 3);
        assert_eq!(count(Some("other"), Some("x / 1")), 0);
    }

    #[test]
    fn a_mistyped_column_is_shown_at_its_place() {
        let wrong = metric(&COUNT.replace("repo, prefix", "repo, prefx"));
        let error = run(&session(), &[wrong]).expect_err("no such column").to_string();
        insta::assert_snapshot!(error, @r#"
        error[metric-unknown-column]: metric `a` reads `prefx`, which does not exist
          --> metrics/a.toml:9:14
        9 | select repo, prefx, version, count(*) as n, count(*) as value from tags group by 1, 2, 3'''
          |              ^^^^^ did you mean `prefix`?
        help: `sightline tables` lists tables and columns with their units
        "#);
    }

    #[test]
    fn of_nothing_our_metrics_say_nothing() {
        let session = Session::of_batches(Vec::new()).expect("a session");
        for metric in crate::metrics(&[]).expect("our metrics") {
            assert!(metric.is_ours(), "{}", metric.id);
            assert_eq!(answers(&session, &metric, None).expect("an answer"), [], "{}", metric.id);
        }
    }
}
