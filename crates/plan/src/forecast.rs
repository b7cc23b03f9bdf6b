//! When will it land? Questions about a stream of work, and their answers as distributions.
//!
//! Two models that share nothing but the data: of the next items ([`items`], over [`rate`]) and of milestones
//! ([`milestones`]). No constant in them belongs to a stream or a data set, all chance comes from one fixed seed, and
//! nothing that happened after the day of the question is looked at. Why they are as they are, what they were measured
//! at and where they fall short stands in `docs/decisions/0007-forecast-model.md`.

mod items;
mod milestones;
pub(crate) mod numbers;
mod rate;
mod record;

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::time::DAY;

use crate::baseline;
use crate::series::{Groups, Series};
use items::NextItems;
use milestones::Milestones;
use rate::WEEK;

pub use items::RateBasis;
pub use milestones::MilestoneBasis;
pub use rate::Rate;
pub use record::{Explanation, Held, Lever, LeverKind, explain};

/// Probabilities, in percent, at which a distribution is given.
pub const DISTRIBUTION: [usize; 19] = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95];
/// Places of P50, P85 and P95 in it.
const SHOWN: [usize; 3] = [9, 16, 18];
/// Days from which a date only says that nobody can see the end.
const OPEN_ENDED_DAYS: f64 = 3_650.0;
/// Between two earlier forecasts of the track record.
const STEP: i64 = 28 * DAY;
/// History before the first of them.
const LEAST_HISTORY: i64 = 182 * DAY;
/// Before 1950 nobody kept a tracker: an older date is a mistake, and would make the past endless.
const EARLIEST: i64 = -7_300 * DAY;
/// Items done below which nothing is known.
const LEAST_DONE: usize = 8;
/// Age of a stream below which nothing is known.
const LEAST_AGE: i64 = 56 * DAY;
/// Time without any item done after which nothing is known.
const ASLEEP: i64 = 364 * DAY;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// When are so many more items done?
    Next(usize),
    /// When are all items gone that are open and in the milestone of this name?
    Milestone(String),
}

/// A question about one stream, asked on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The instant at which it is asked, microseconds since 1970. Nothing later may be used.
    pub as_of: i64,
    /// What is asked.
    pub asked: Asked,
    /// Keys of the items that a question about a milestone means, where whoever asks names them; as the tracker gives
    /// numbers they may lack their `#`.
    pub open: Option<Vec<String>>,
}

/// A distribution over dates. Instants are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// As likely earlier as later.
    pub p50_at: i64,
    /// Not later in 85 of 100 cases.
    pub p85_at: i64,
    /// Not later in 95 of 100 cases.
    pub p95_at: i64,
}

/// A date is no date any more where the model sees ten years and more ahead: nobody can see that end. In the order P50,
/// P85, P95.
pub type OpenEnded = [bool; 3];

/// Why nobody can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// There is no such stream of work.
    NoStream,
    /// On that day it held no item.
    NoItem,
    /// So few items were ever done.
    TooFewDone {
        /// Items done.
        n_done: usize,
        /// It takes at least so many.
        least: usize,
    },
    /// It is so young.
    TooYoung {
        /// Days since its first item.
        days: i64,
        /// It takes at least so many.
        least: i64,
    },
    /// Nothing was done in the last year.
    Asleep {
        /// When the last item was done.
        last_at: i64,
    },
    /// No open item is asked about.
    NothingOpen,
    /// A label is asked about, and too few earlier dates of labels have passed to tell whether such dates hold.
    Untested {
        /// Dates called 85 in 100 that have passed.
        n_passed: usize,
        /// It takes at least so many.
        least: usize,
    },
    /// A label is asked about, and earlier dates of it, or of the labels of its stream, did not hold.
    BadRecord {
        /// Dates called 85 in 100 that have passed.
        n_passed: usize,
        /// How many of them held.
        n_held: usize,
    },
}

/// What can be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The dates. Where [`Answer::unknown`] says that nobody can know they are the model's belief all the same, for
    /// comparisons that want a date for every question; they are not for showing to people.
    pub forecast: Option<Forecast>,
    /// The whole distribution: an instant at each probability of [`DISTRIBUTION`]. Empty where a model gives only three.
    pub distribution: Vec<i64>,
    /// Which of the dates are not for showing, since they lie too far ahead.
    pub is_open_ended: OpenEnded,
    /// Why nobody can know.
    pub unknown: Option<Unknown>,
    /// What it stands on.
    pub basis: Option<Basis>,
}

/// What a forecast stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// The rate of the stream.
    Rate(RateBasis),
    /// How lately the milestone moved.
    Milestone(MilestoneBasis),
}

impl Answer {
    /// Three dates and nothing more.
    pub fn dates(forecast: Forecast) -> Self {
        Self {
            forecast: Some(forecast),
            distribution: Vec::new(),
            is_open_ended: [false; 3],
            unknown: None,
            basis: None,
        }
    }

    /// No date.
    pub fn cannot_know(why: Unknown) -> Self {
        Self { forecast: None, distribution: Vec::new(), is_open_ended: [false; 3], unknown: Some(why), basis: None }
    }

    /// The dates that may be shown.
    pub fn known(&self) -> Option<Forecast> {
        self.forecast.filter(|_| self.unknown.is_none())
    }

    /// Days at each probability of [`DISTRIBUTION`], made into dates.
    fn of(as_of: i64, days: &[f64], unknown: Option<Unknown>, basis: Option<Basis>) -> Self {
        let distribution: Vec<i64> = days.iter().map(|d| numbers::after(as_of, *d)).collect();
        let [p50_at, p85_at, p95_at] = SHOWN.map(|i| distribution[i]);
        let is_open_ended = match &basis {
            Some(Basis::Milestone(basis)) => milestones::is_open_ended(basis),
            _ => open_ended(as_of, [p50_at, p85_at, p95_at]),
        };
        Self { forecast: Some(Forecast { p50_at, p85_at, p95_at }), distribution, is_open_ended, unknown, basis }
    }
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Model {
    /// The model of this module.
    #[default]
    Calibrated,
    /// What products ship, as a yardstick: [`baseline`].
    MonteCarlo,
}

/// Answers questions about one stream, in their order. They come together because earlier forecasts of a stream are
/// the track record of later ones and need be made only once; no answer depends on which others are asked for.
pub fn forecasts(series: &Series, questions: &[Question], model: Model) -> Vec<Answer> {
    if model == Model::MonteCarlo {
        return questions.iter().map(|question| baseline::forecast(series, question)).collect();
    }
    let mut answers: Vec<Option<Answer>> = vec![None; questions.len()];
    // By moment of the week: what is asked at which instant.
    let mut weeks: BTreeMap<i64, BTreeMap<i64, BTreeSet<usize>>> = BTreeMap::new();
    let mut milestones = Milestones::new(series);
    for (question, answer) in questions.iter().zip(&mut answers) {
        match &question.asked {
            Asked::Next(n) => {
                let asked = weeks.entry(question.as_of.rem_euclid(WEEK)).or_default();
                asked.entry(question.as_of).or_default().insert((*n).max(1));
            }
            Asked::Milestone(name) => *answer = Some(milestone(&mut milestones, series, question, name)),
        }
    }
    for asked in weeks.values() {
        let next = NextItems::new(series, asked, &[]);
        for (question, answer) in questions.iter().zip(&mut answers) {
            if let Asked::Next(n) = question.asked
                && asked.contains_key(&question.as_of)
            {
                *answer = Some(next_items(&next, series, question.as_of, n));
            }
        }
    }
    answers.into_iter().map(|answer| answer.unwrap_or_else(|| Answer::cannot_know(Unknown::NoItem))).collect()
}

/// Answers for the next `n` items, out of what was simulated.
fn next_items(next: &NextItems<'_>, series: &Series, as_of: i64, n: usize) -> Answer {
    let unknown = cannot_know(series, as_of).or((n == 0).then_some(Unknown::NothingOpen));
    let n = n.max(1);
    Answer::of(as_of, &next.days(as_of, n), unknown, next.basis(as_of, n).map(Basis::Rate))
}

fn milestone(milestones: &mut Milestones<'_>, series: &Series, question: &Question, name: &str) -> Answer {
    let n_open = question.open.as_ref().map(Vec::len);
    let basis = milestones.basis(name, question.as_of, n_open);
    let mut unknown = cannot_know(series, question.as_of).or((basis.n_open == 0).then_some(Unknown::NothingOpen));
    if series.groups == Groups::Labels {
        unknown = unknown.or_else(|| record::distrusted(milestones, name, question.as_of));
    }
    Answer::of(question.as_of, &milestones::distribution(&basis), unknown, Some(Basis::Milestone(basis)))
}

/// Which dates lie so far ahead that they only say that nobody can see the end.
fn open_ended(as_of: i64, dates: [i64; 3]) -> OpenEnded {
    dates.map(|at| numbers::days(at - as_of) >= OPEN_ENDED_DAYS)
}

/// Milestones of a stream about which somebody would ask on a day: at least five of their items are open, and they are
/// no place to put things off. Sorted by name.
pub fn open_milestones(series: &Series, as_of: i64) -> Vec<String> {
    milestones::Milestones::new(series).open(as_of)
}

/// Why nothing can be known of a stream on a day; `None` where something can.
fn cannot_know(series: &Series, as_of: i64) -> Option<Unknown> {
    let first = start(series).filter(|first| *first <= as_of);
    let Some(first) = first else { return Some(Unknown::NoItem) };
    let n_done = series.n_done(i64::MIN, as_of);
    if n_done < LEAST_DONE {
        return Some(Unknown::TooFewDone { n_done, least: LEAST_DONE });
    }
    if as_of - first < LEAST_AGE {
        return Some(Unknown::TooYoung { days: (as_of - first) / DAY, least: LEAST_AGE / DAY });
    }
    let last_at = series.done[n_done - 1];
    (last_at <= as_of - ASLEEP).then_some(Unknown::Asleep { last_at })
}

/// When the first item was opened; `None` where there is none. Pull requests that will be turned down are among them:
/// on the day nobody knows.
fn start(series: &Series) -> Option<i64> {
    series.created.first().map(|first| (*first).max(EARLIEST))
}

#[cfg(test)]
mod tests;
