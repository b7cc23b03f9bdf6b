//! Warnings and forecasts as tables, so that every way in says the same. Each stream is asked about as of the end of its
//! data.

use std::collections::BTreeMap;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind, OptInstant, Text};
use sightline_facts::tables::blockers::{BlockerRow, BlockersBuilder};
use sightline_facts::tables::forecasts::{ForecastRow, ForecastsBuilder};
use sightline_facts::time::DAY;

use crate::blockers::{self, Subject, Warning};
use crate::error::PlanError;
use crate::forecast::{self, Asked, DISTRIBUTION, Question, Unknown};
use crate::query::column;
use crate::series;
use crate::work::Work;

/// Tables that the warnings are made of.
pub const BLOCKERS_READ: &[&str] =
    &["data_sets", "issues", "pulls", "issue_events", "issue_links", "reviews", "pipelines"];
/// Tables that the forecasts are made of.
pub const FORECASTS_READ: &[&str] = &["data_sets", "issues", "pulls", "issue_events", "milestones"];

/// Sizes that are asked about without anybody asking.
const NEXT: [usize; 3] = [5, 10, 20];

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Table `blockers`.
///
/// # Errors
/// An error of the store.
pub fn blockers(session: &Session) -> Result<RecordBatch, PlanError> {
    let work = Work::read(session)?;
    let mut rows = BlockersBuilder::default();
    let mut position = 0;
    // A default branch that fails stops everybody, so it comes first.
    for spell in blockers::spells(session)? {
        position += 1;
        let as_of = work.streams.iter().find(|s| s.repo == spell.repo).map(|s| s.end_at);
        let as_of = as_of.unwrap_or_else(|| forecast::numbers::after(spell.since_at, spell.days));
        rows.push(&BlockerRow {
            repo: &spell.repo,
            stream: &spell.repo,
            position,
            subject: &format!("{} {}", spell.branch, spell.name),
            subject_kind: "branch",
            key: &format!("{} ({})", spell.branch, spell.name),
            title: None,
            kind: blockers::Kind::BrokenMain.id(),
            since_at: spell.since_at,
            value: spell.days,
            usual: spell.usual_days,
            chance: None,
            within_days: 1.0,
            n_earlier: count(spell.record.n),
            n_came_true: count(spell.record.n_true),
            waits_for: None,
            n_waiting: 0,
            milestone: None,
            assignees: None,
            as_of,
            path: &spell.place.0,
            line_start: spell.place.1,
            line_end: spell.place.2,
            _row: std::marker::PhantomData,
        });
    }
    for warning in blockers::warnings(&work, None) {
        position += 1;
        push(&mut rows, &work, &warning, position);
    }
    for sleeping in blockers::sleeping(&work, None) {
        position += 1;
        let (stream, last) = (&work.streams[sleeping.stream], &work.items[sleeping.last]);
        rows.push(&BlockerRow {
            repo: &stream.repo,
            stream: &stream.name,
            position,
            subject: &stream.name,
            subject_kind: "stream",
            key: &stream.name,
            title: None,
            kind: blockers::ASLEEP,
            since_at: sleeping.since_at,
            value: forecast::numbers::days(stream.end_at - sleeping.since_at),
            usual: 0.0,
            chance: None,
            within_days: forecast::numbers::days(blockers::ASLEEP_AFTER_DAYS * DAY),
            n_earlier: 0,
            n_came_true: 0,
            waits_for: None,
            n_waiting: count(sleeping.n_open),
            milestone: None,
            assignees: None,
            as_of: stream.end_at,
            path: &last.place.0,
            line_start: last.place.1,
            line_end: last.place.2,
            _row: std::marker::PhantomData,
        });
    }
    Ok(rows.finish())
}

fn push(rows: &mut BlockersBuilder, work: &Work, warning: &Warning, position: i64) {
    let stream = &work.streams[warning.stream];
    let (place, milestone) = match &warning.subject {
        Subject::Item(place) => (*place, None),
        Subject::Milestone(name, place) => (*place, Some(name.as_str())),
    };
    let item = &work.items[place];
    let names: Vec<&str> =
        blockers::assignees(work, place, stream.end_at).into_iter().filter(|_| milestone.is_none()).collect();
    let assignees = (!names.is_empty()).then(|| names.join("; "));
    rows.push(&BlockerRow {
        repo: &stream.repo,
        stream: &stream.name,
        position,
        subject: milestone.unwrap_or(&item.id),
        subject_kind: match (milestone, item.is_pull) {
            (Some(_), _) => "milestone",
            (None, true) => "pull",
            (None, false) => "issue",
        },
        key: milestone.unwrap_or(&item.key),
        title: milestone.is_none().then_some(item.title.as_str()),
        kind: warning.kind.id(),
        since_at: warning.since_at,
        value: warning.value,
        usual: warning.usual,
        chance: warning.chance,
        within_days: warning.within_days,
        n_earlier: count(warning.record.n),
        n_came_true: count(warning.record.n_true),
        waits_for: warning.waits_for.map(|other| work.items[other].key.as_str()),
        n_waiting: count(warning.n_waiting),
        milestone: warning.milestone.as_deref(),
        assignees: assignees.as_deref(),
        as_of: stream.end_at,
        path: &item.place.0,
        line_start: item.place.1,
        line_end: item.place.2,
        _row: std::marker::PhantomData,
    });
}

/// When milestones are due, by data set and name.
fn due(session: &Session) -> Result<BTreeMap<(String, String), i64>, PlanError> {
    let mut found = BTreeMap::new();
    for batch in session.query("select repo, milestone, due_at from milestones where due_at is not null")? {
        let repo = column::<Text>(&batch, "milestones", "repo")?;
        let name = column::<Text>(&batch, "milestones", "milestone")?;
        let at = column::<OptInstant>(&batch, "milestones", "due_at")?;
        for i in 0..batch.num_rows() {
            if let Some(at) = OptInstant::get(&at, i) {
                found.insert((Text::get(&repo, i).to_owned(), Text::get(&name, i).to_owned()), at);
            }
        }
    }
    Ok(found)
}

/// The chance that it is done by an instant, as far as a distribution is known.
fn chance_by(distribution: &[i64], at: i64) -> Option<f64> {
    let first = distribution.first()?;
    let percent = |i: usize| forecast::numbers::number(DISTRIBUTION[i]) / 100.0;
    if at < *first {
        return Some(percent(0));
    }
    let place = distribution.partition_point(|then| *then <= at);
    Some(percent(place.clamp(1, DISTRIBUTION.len()) - 1))
}

fn code(unknown: &Unknown) -> &'static str {
    match unknown {
        Unknown::NoStream | Unknown::NoItem => "no-item",
        Unknown::TooFewDone { .. } => "too-few-done",
        Unknown::TooYoung { .. } => "too-young",
        Unknown::Asleep { .. } => "asleep",
        Unknown::NothingOpen => "nothing-open",
        Unknown::Untested { .. } => "untested",
        Unknown::BadRecord { .. } => "bad-record",
    }
}

/// Table `forecasts`.
///
/// # Errors
/// An error of the store.
pub fn forecasts(session: &Session) -> Result<RecordBatch, PlanError> {
    let due = due(session)?;
    let mut repos: Vec<String> = Vec::new();
    for batch in session.query("select repo from data_sets order by repo")? {
        let repo = column::<Text>(&batch, "data sets", "repo")?;
        repos.extend((0..batch.num_rows()).map(|i| Text::get(&repo, i).to_owned()));
    }
    let mut rows = ForecastsBuilder::default();
    for name in series::names(session)? {
        let Some(series) = series::read(session, &name)? else { continue };
        // The longest name of a data set that the stream's name begins with is that of its own.
        let repo = repos
            .iter()
            .filter(|repo| name.strip_prefix(repo.as_str()).is_some_and(|rest| rest.starts_with('/')))
            .max_by_key(|repo| repo.len());
        let Some(repo) = repo else { continue };
        let as_of = series.end_at;
        let ask = |asked| Question { as_of, asked, open: None };
        let milestones = forecast::open_milestones(&series, as_of);
        let questions: Vec<Question> = NEXT
            .into_iter()
            .map(|n| ask(Asked::Next(n)))
            .chain(milestones.into_iter().map(|name| ask(Asked::Milestone(name))))
            .collect();
        for (question, explained) in questions.iter().zip(forecast::explain(&series, &questions)) {
            let answer = &explained.answer;
            let held = &explained.held;
            let shown = |which: usize, of: fn(&forecast::Forecast) -> i64| {
                answer.known().as_ref().map(of).filter(|_| !answer.is_open_ended[which])
            };
            let (asked, milestone, n_items) = match &question.asked {
                Asked::Next(n) => ("next", None, *n),
                Asked::Milestone(name) => ("milestone", Some(name.as_str()), series.open_members(name, as_of).len()),
            };
            let due_at =
                milestone.and_then(|m| due.get(&(repo.clone(), m.to_owned())).copied()).filter(|at| *at > as_of);
            let due_ratio =
                due_at.filter(|_| answer.known().is_some()).and_then(|at| chance_by(&answer.distribution, at));
            rows.push(&ForecastRow {
                repo,
                stream: &series.name,
                asked,
                n_items: count(n_items),
                milestone,
                as_of,
                p50_at: shown(0, |f| f.p50_at),
                p85_at: shown(1, |f| f.p85_at),
                p95_at: shown(2, |f| f.p95_at),
                unknown: answer.unknown.as_ref().map(code),
                due_at,
                due_ratio,
                n_passed_p50: count(held.n_passed[0]),
                n_held_p50: count(held.n_held[0]),
                n_passed_p85: count(held.n_passed[1]),
                n_held_p85: count(held.n_held[1]),
                n_passed_p95: count(held.n_passed[2]),
                n_held_p95: count(held.n_held[2]),
                record_from_at: held.first_at,
                _row: std::marker::PhantomData,
            });
        }
    }
    Ok(rows.finish())
}
