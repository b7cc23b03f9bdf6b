//! Warnings about more than one item: milestones that grow, and branches whose builds fail.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind, Instant, Integer, OptInstant, OptText, Text};
use sightline_facts::time::DAY;

use super::{Kind, RECORD_DAYS, Record, STEP, Subject, Warning};
use crate::error::PlanError;
use crate::forecast::numbers::{days, number};
use crate::query::column;
use crate::work::{What, Work};

/// Over how long growth is measured, and after how long it is checked.
const SPAN: i64 = 84 * DAY;
/// Open items below which a milestone is no plan, and new ones below which it does not grow.
const LEAST_OPEN: usize = 5;
const LEAST_NEW: usize = 3;

/// A milestone on a day.
#[derive(Default)]
struct Scope {
    open: BTreeSet<usize>,
    n_new: usize,
    n_left: usize,
    first_new_at: Option<i64>,
}

/// Open items of each milestone of a stream on a day, and what came and went in the twelve weeks before.
fn scopes(work: &Work, stream: usize, at: i64) -> BTreeMap<u32, Scope> {
    let mut found: BTreeMap<u32, Scope> = BTreeMap::new();
    for place in work.streams[stream].items.iter().copied() {
        let item = &work.items[place];
        let mut joined: BTreeMap<u32, i64> = BTreeMap::new();
        for event in item.events.iter().take_while(|e| e.at <= at) {
            match event.what {
                What::Joined(name) => {
                    joined.entry(name).or_insert(event.at);
                }
                What::Left(name) if joined.remove(&name).is_some() && event.at > at - SPAN => {
                    found.entry(name).or_default().n_left += 1;
                }
                _ => {}
            }
        }
        if joined.is_empty() {
            continue;
        }
        let Some((stage, since)) = item.stage(at) else { continue };
        for (name, joined_at) in joined {
            let scope = found.entry(name).or_default();
            if stage == crate::work::Stage::Done {
                scope.n_left += usize::from(since > at - SPAN);
            } else {
                scope.open.insert(place);
                if joined_at > at - SPAN {
                    scope.n_new += 1;
                    scope.first_new_at = Some(scope.first_new_at.map_or(joined_at, |first| first.min(joined_at)));
                }
            }
        }
    }
    found
}

/// Milestones that got more open items in twelve weeks than left them. It came true where as many or more are open
/// twelve weeks later.
pub(super) fn scope_growth(work: &Work, stream: usize, now: i64, records: &mut BTreeMap<Kind, Record>) -> Vec<Warning> {
    let grows =
        |scope: &Scope| scope.open.len() >= LEAST_OPEN && scope.n_new >= LEAST_NEW && scope.n_new > scope.n_left;
    let is_release =
        |name: u32| work.names.get(name as usize).is_some_and(|name| !crate::backtest::is_no_release(name));
    let has_milestones = work.streams[stream]
        .items
        .iter()
        .any(|i| work.items[*i].events.iter().any(|e| matches!(e.what, What::Joined(_))));
    if !has_milestones {
        return Vec::new();
    }
    for step in 1..=RECORD_DAYS {
        let then = now - STEP * i64::try_from(step).unwrap_or(0);
        if then + SPAN > now {
            continue;
        }
        let before = scopes(work, stream, then);
        if !before.values().any(grows) {
            continue;
        }
        let later = scopes(work, stream, then + SPAN);
        for (name, scope) in before.iter().filter(|(name, scope)| grows(scope) && is_release(**name)) {
            let record = records.entry(Kind::ScopeGrowth).or_default();
            record.n += 1;
            record.n_true += usize::from(later.get(name).is_some_and(|l| l.open.len() >= scope.open.len()));
        }
    }
    scopes(work, stream, now)
        .into_iter()
        .filter(|(name, scope)| grows(scope) && is_release(*name))
        .filter_map(|(name, scope)| {
            let one = *scope.open.first()?;
            Some(Warning {
                stream,
                subject: Subject::Milestone(work.names[name as usize].clone(), one),
                kind: Kind::ScopeGrowth,
                since_at: scope.first_new_at.unwrap_or(now),
                value: number(scope.n_new),
                usual: number(scope.n_left),
                chance: None,
                within_days: days(SPAN),
                record: Record::default(),
                waits_for: None,
                n_waiting: scope.open.len(),
                milestone: work.names.get(name as usize).cloned(),
            })
        })
        .collect()
}

/// A time in which the builds of a default branch fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Spell {
    /// Data set.
    pub repo: String,
    /// The branch.
    pub branch: String,
    /// The workflow.
    pub name: String,
    /// End of the first run that failed after one that passed.
    pub since_at: i64,
    /// Runs that failed since.
    pub n_failed: usize,
    /// Days since then until the end of the data.
    pub days: f64,
    /// Days that 85 of 100 earlier such times lasted.
    pub usual_days: f64,
    /// Earlier such times, and how many of them lasted over a day.
    pub record: Record,
    /// File of the export and lines of the last run that failed.
    pub place: (String, i64, i64),
}

const RUNS: &str = "\
    select repo, branch, name, result, finished_at, path, line_start, line_end from (\
      select p.repo, p.branch, p.name, p.result, p.finished_at, p.path, p.line_start, p.line_end from pipelines p \
      where p.kind in ('run', 'check') and p.branch in ('main', 'master', 'trunk', 'develop') and p.finished_at is not null \
        and lower(p.result) in ('success', 'failure', 'timed_out') and coalesce(p.trigger, 'push') <> 'pull_request') r \
    order by repo, branch, name, finished_at, line_start";

/// The builds of default branches that fail at the end of the data.
///
/// # Errors
/// An error of the store.
pub fn spells(session: &Session) -> Result<Vec<Spell>, PlanError> {
    let mut ends: BTreeMap<String, i64> = BTreeMap::new();
    for batch in session.query("select repo, as_of from data_sets")? {
        let repo = column::<Text>(&batch, "data sets", "repo")?;
        let at = column::<Instant>(&batch, "data sets", "as_of")?;
        ends.extend((0..batch.num_rows()).map(|i| (Text::get(&repo, i).to_owned(), Instant::get(&at, i))));
    }
    // By workflow: spells that ended, as days, and the one that goes on.
    let mut found: Vec<(Spell, Vec<f64>, bool)> = Vec::new();
    for batch in session.query(RUNS)? {
        let text = |name: &'static str| column::<Text>(&batch, "builds", name);
        let (repo, name, path) = (text("repo")?, text("name")?, text("path")?);
        let branch = column::<OptText>(&batch, "builds", "branch")?;
        let result = column::<OptText>(&batch, "builds", "result")?;
        let at = column::<OptInstant>(&batch, "builds", "finished_at")?;
        let start = column::<Integer>(&batch, "builds", "line_start")?;
        let end = column::<Integer>(&batch, "builds", "line_end")?;
        for i in 0..batch.num_rows() {
            let (repo, name) = (Text::get(&repo, i), Text::get(&name, i));
            let branch = OptText::get(&branch, i).unwrap_or_default();
            let Some(at) = OptInstant::get(&at, i) else { continue };
            if !found.last().is_some_and(|(s, ..)| s.repo == repo && s.branch == branch && s.name == name) {
                let spell = Spell {
                    repo: repo.to_owned(),
                    branch: branch.to_owned(),
                    name: name.to_owned(),
                    since_at: at,
                    n_failed: 0,
                    days: 0.0,
                    usual_days: 0.0,
                    record: Record::default(),
                    place: (String::new(), 1, 1),
                };
                found.push((spell, Vec::new(), false));
            }
            let Some((spell, ended, is_failing)) = found.last_mut() else { continue };
            let passed = OptText::get(&result, i).is_some_and(|r| r.eq_ignore_ascii_case("success"));
            if passed {
                if std::mem::take(is_failing) {
                    ended.push(days(at - spell.since_at));
                }
                spell.n_failed = 0;
            } else {
                if !std::mem::replace(is_failing, true) {
                    spell.since_at = at;
                }
                spell.n_failed += 1;
                spell.place = (Text::get(&path, i).to_owned(), Integer::get(&start, i), Integer::get(&end, i));
            }
        }
    }
    Ok(found
        .into_iter()
        .filter(|(.., is_failing)| *is_failing)
        .map(|(mut spell, mut ended, _)| {
            ended.sort_unstable_by(f64::total_cmp);
            spell.days = days(ends.get(&spell.repo).copied().unwrap_or(spell.since_at) - spell.since_at).max(0.0);
            spell.usual_days = super::at_share(&ended, 0.85);
            spell.record = Record { n: ended.len(), n_true: ended.iter().filter(|d| **d > 1.0).count() };
            spell
        })
        .collect())
}
