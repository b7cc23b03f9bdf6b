//! Why a forecast says what it says: what it stands on, what would move its dates, and how often dates that the same
//! stream would have been given earlier held.

use std::collections::{BTreeMap, BTreeSet};

use super::items::{NextItems, nth_done};
use super::milestones::{self, Milestones};
use super::{Answer, Asked, Basis, Forecast, OpenEnded, Question, SHOWN, Unknown, next_items, numbers, open_ended};
use crate::series::Series;

/// Passed dates below which a record says nothing.
const LEAST_PASSED: usize = 3;
/// Share of dates called 85 in 100 that must have held.
const LEAST_HELD: f64 = 0.6;

/// Why a date for a label is not to be trusted; `None` where earlier ones held.
///
/// A label is no plan: work goes on joining it, and what is left of it at any time are the items that stay. On the
/// development data 142 of 151 questions about labels had no answer years later, while a date was given for most. So a
/// label has to earn its dates: by its own record, or by that of all labels of its stream where its own is too short.
pub(super) fn distrusted(milestones: &mut Milestones<'_>, name: &str, as_of: i64) -> Option<Unknown> {
    let (mut own, mut all) = (Held::default(), Held::default());
    for (origin, earlier, days, gone_at) in milestones.told_earlier(as_of) {
        all.count(as_of, origin, &days, gone_at);
        if earlier == name {
            own.count(as_of, origin, &days, gone_at);
        }
    }
    let held = if own.n_passed[1] >= LEAST_PASSED { own } else { all };
    let (n_passed, n_held) = (held.n_passed[1], held.n_held[1]);
    if n_passed < LEAST_PASSED {
        return Some(Unknown::Untested { n_passed, least: LEAST_PASSED });
    }
    (held.ratio(1) < LEAST_HELD).then_some(Unknown::BadRecord { n_passed, n_held })
}

/// How often earlier dates held, as far as that can be told on the day of the question.
///
/// Counted are forecasts, four weeks apart, whose date lies before that day. Counting those too that came true before a
/// date still to come would make the record better than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Dates given at 50, 85 and 95 in 100 that have passed.
    pub n_passed: [usize; 3],
    /// How many of each held.
    pub n_held: [usize; 3],
    /// Day of the first forecast counted; `None` where there is none.
    pub first_at: Option<i64>,
    /// Milestones that they were about; 0 for the next items.
    pub n_milestones: usize,
}

/// What would move the dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeverKind {
    /// So many items instead.
    Items(usize),
    /// New work and finished work kept their usual balance.
    UsualInflow,
    /// Something in the milestone were done or taken out today.
    MovedToday,
}

/// One thing that would move the dates, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lever {
    /// What.
    pub kind: LeverKind,
    /// The dates then.
    pub forecast: Forecast,
    /// Which of them lie too far ahead to be shown.
    pub is_open_ended: OpenEnded,
}

/// A forecast with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The forecast.
    pub answer: Answer,
    /// What would move its dates.
    pub levers: Vec<Lever>,
    /// How earlier dates of the same stream held.
    pub held: Held,
}

/// Answers questions about one stream and says why, in their order. It makes every earlier forecast of the stream, so it
/// costs as much as all of them.
pub fn explain(series: &Series, questions: &[Question]) -> Vec<Explanation> {
    let mut milestones = Milestones::new(series);
    // The track record of milestones is that of the whole stream, so it is the same for all asked on one day.
    let mut held: BTreeMap<i64, Held> = BTreeMap::new();
    let mut explained = Vec::with_capacity(questions.len());
    for question in questions {
        explained.push(match &question.asked {
            Asked::Next(n) => explain_next(series, question.as_of, *n),
            Asked::Milestone(name) => {
                let held = *held.entry(question.as_of).or_insert_with(|| held_by(&mut milestones, question.as_of));
                let (answer, levers) = explain_milestone(&mut milestones, series, question, name);
                Explanation { answer, levers, held }
            }
        });
    }
    explained
}

fn explain_next(series: &Series, as_of: i64, asked: usize) -> Explanation {
    let n = asked.max(1);
    let quarter = (n / 4).max(1);
    let sizes: BTreeSet<usize> = [n, n.saturating_sub(quarter).max(1), n.saturating_add(quarter)].into();
    let next = NextItems::new(series, &BTreeMap::from([(as_of, sizes.clone())]), &[n]);
    let answer = next_items(&next, series, as_of, asked);
    let mut levers: Vec<Lever> = sizes
        .into_iter()
        .filter(|size| *size != n)
        .map(|size| Lever::of_rate(LeverKind::Items(size), as_of, &next.days(as_of, size)))
        .collect();
    if let Some(Basis::Rate(basis)) = answer.basis {
        let days: Vec<f64> = next.days(as_of, n).iter().map(|d| d / basis.flow_factor).collect();
        levers.push(Lever::of_rate(LeverKind::UsualInflow, as_of, &days));
    }
    let mut held = Held::default();
    for origin in next.earlier(as_of, n) {
        held.count(as_of, origin, &next.days(origin, n), nth_done(series, origin, n));
    }
    Explanation { answer, levers, held }
}

fn explain_milestone(
    milestones: &mut Milestones<'_>,
    series: &Series,
    question: &Question,
    name: &str,
) -> (Answer, Vec<Lever>) {
    let answer = super::milestone(milestones, series, question, name);
    let mut levers = Vec::new();
    if let Some(Basis::Milestone(basis)) = answer.basis {
        let mut lever = |kind, basis| {
            let forecast = dates(question.as_of, &milestones::distribution(&basis));
            levers.push(Lever { kind, forecast, is_open_ended: milestones::is_open_ended(&basis) });
        };
        let quarter = (basis.n_open / 4).max(1);
        if basis.n_open > quarter {
            let n_open = basis.n_open - quarter;
            lever(LeverKind::Items(n_open), milestones::MilestoneBasis { n_open, ..basis });
        }
        if basis.idle_days > 1.0 {
            lever(LeverKind::MovedToday, milestones::MilestoneBasis { idle_days: 0.0, ..basis });
        }
    }
    (answer, levers)
}

/// How dates of the stream's earlier milestones held.
fn held_by(milestones: &mut Milestones<'_>, as_of: i64) -> Held {
    let mut held = Held::default();
    let mut names = BTreeSet::new();
    for (origin, name, days, gone_at) in milestones.told_earlier(as_of) {
        if held.count(as_of, origin, &days, gone_at) {
            names.insert(name);
        }
    }
    held.n_milestones = names.len();
    held
}

fn dates(as_of: i64, days: &[f64]) -> Forecast {
    let [p50_at, p85_at, p95_at] = SHOWN.map(|i| numbers::after(as_of, days[i]));
    Forecast { p50_at, p85_at, p95_at }
}

impl Lever {
    fn of_rate(kind: LeverKind, as_of: i64, days: &[f64]) -> Self {
        let forecast = dates(as_of, days);
        let is_open_ended = open_ended(as_of, [forecast.p50_at, forecast.p85_at, forecast.p95_at]);
        Self { kind, forecast, is_open_ended }
    }
}

impl Held {
    /// The share that held of the dates at 50 (0), 85 (1) or 95 (2) in 100 that have passed; not a number where none has.
    pub fn ratio(&self, level: usize) -> f64 {
        numbers::number(self.n_held[level]) / numbers::number(self.n_passed[level])
    }

    /// Counts the dates of one earlier forecast that have passed; whether any has.
    fn count(&mut self, as_of: i64, origin: i64, days: &[f64], came_true: Option<i64>) -> bool {
        let Forecast { p50_at, p85_at, p95_at } = dates(origin, days);
        let mut any = false;
        for (k, date) in [p50_at, p85_at, p95_at].into_iter().enumerate().filter(|(_, date)| *date <= as_of) {
            any = true;
            self.n_passed[k] += 1;
            self.n_held[k] += usize::from(came_true.is_some_and(|at| at <= date));
        }
        if any {
            self.first_at = Some(self.first_at.map_or(origin, |first| first.min(origin)));
        }
        any
    }
}
