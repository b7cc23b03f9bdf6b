//! When are the next N items done? The filtered rate, simulated forward, stretched where work piles up, and put right
//! by what became of the stream's own earlier forecasts.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::time::DAY;

use super::numbers::{self, Percentiles, bend, interpolate, level_of, number};
use super::rate::{Rate, RateFilter, WEEK};
use super::{DISTRIBUTION, LEAST_HISTORY, STEP, start};
use crate::series::Series;

/// Sizes whose earlier forecasts are the track record. Other sizes lie between them or follow the nearest.
const SIZES: [usize; 3] = [5, 20, 50];
/// Beyond the median the range ends so many days later, or at twice the median.
const REACH: f64 = 1_825.0;
/// Weeks over which new work is set against finished work.
const FLOW_WEEKS: i64 = 26;
/// How strongly work that piles up shortens the wait: sooner or later it is worked off.
const FLOW: f64 = 0.45;
/// The logarithm of new to finished work that is usual: a fifth more comes than goes.
const FLOW_USUAL: f64 = 0.2;
/// Items added to both, so that small numbers say little.
const FLOW_ADDED: f64 = 3.0;
/// The logarithm beyond which more says no more.
const FLOW_MOST: f64 = 1.0;
/// Parts into which probabilities are cut to count how outcomes fell.
const BINS: usize = 20;
/// Forecasts that the belief weighs that the model is right as it is.
const PRIOR: f64 = 15.0;
/// What a forecast of another size counts.
const OTHER_SIZE: f64 = 0.5;
/// Days after which a forecast counts half.
const HALF_LIFE: f64 = 365.0;
/// Items done before a forecast counts as one that somebody would have made.
const LEAST_DONE: usize = 30;

/// What a forecast of the next items stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateBasis {
    /// What is believed of the rate.
    pub rate: Rate,
    /// Items done in the 12 weeks before.
    pub n_done_12_weeks: usize,
    /// Items opened in the 26 weeks before.
    pub n_new: usize,
    /// Items done in the 26 weeks before.
    pub n_done: usize,
    /// By what the days are multiplied because of these two.
    pub flow_factor: f64,
    /// P50, P85 and P95 in days before the track record put them right.
    pub before_days: [f64; 3],
    /// What the track record weighs, in forecasts.
    pub record_weight: f64,
    /// What the belief that the model is right as it is weighs against it.
    pub model_weight: f64,
}

/// Forecasts of the next items of one stream, all on the same moment of the week.
pub(crate) struct NextItems<'a> {
    series: &'a Series,
    /// Before the track record, by instant and size.
    raw: BTreeMap<(i64, usize), Percentiles>,
    rates: BTreeMap<i64, Rate>,
}

/// How outcomes fell among earlier forecasts.
struct Correction {
    /// Share of outcomes up to each twentieth of probability, from 0 to 1.
    sums: Vec<f64>,
    weight: f64,
}

impl<'a> NextItems<'a> {
    /// Simulates all that is asked at each instant (`asked`, whose instants lie whole weeks apart), and the track
    /// record before. `everywhere` are sizes whose own earlier forecasts are wanted too.
    pub(crate) fn new(series: &'a Series, asked: &BTreeMap<i64, BTreeSet<usize>>, everywhere: &[usize]) -> Self {
        let mut found = Self { series, raw: BTreeMap::new(), rates: BTreeMap::new() };
        let Some(moment) = asked.keys().next().map(|at| at.rem_euclid(WEEK)) else { return found };
        let first = start(series);
        let mut origins: BTreeSet<i64> = asked.keys().copied().collect();
        if let Some(first) = first {
            for at in asked.keys() {
                let mut earlier = at - STEP;
                while earlier >= first + LEAST_HISTORY && origins.insert(earlier) {
                    earlier -= STEP;
                }
            }
        }
        let mut filter = RateFilter::new(series, first, moment);
        for at in origins {
            let mut sizes: BTreeSet<usize> =
                SIZES.iter().chain(everywhere).copied().filter(|n| is_askable(series, at, *n)).collect();
            // Dates of other sizes are made from these three.
            if asked.contains_key(&at) || everywhere.iter().any(|n| sizes.contains(n)) {
                sizes.extend(SIZES);
            }
            sizes.extend(asked.get(&at).into_iter().flatten());
            if sizes.is_empty() {
                continue;
            }
            filter.advance(at);
            let sizes: Vec<usize> = sizes.into_iter().collect();
            let factor = flow(series, at).2;
            for (n, days) in filter.simulate(&sizes) {
                let middle = days[49] * factor;
                found.raw.insert((at, n), days.map(|d| bend(d * factor, middle, REACH)));
            }
            found.rates.insert(at, filter.rate());
        }
        found
    }

    /// How the outcomes of earlier forecasts fell, as far as they were known then. An outcome still to come is known to
    /// be later than now.
    fn correction(&self, at: i64, n: usize) -> Correction {
        let mut mass = [PRIOR / number(BINS); BINS];
        let mut weight = 0.0;
        for ((origin, size), days) in self.raw.range(..(at, 0)) {
            if (at - origin) % STEP != 0 || !SIZES.contains(size) || !is_askable(self.series, *origin, *size) {
                continue;
            }
            let age = numbers::days(at - origin);
            // Forecasts whose spans overlap tell the same thing several times. Only the forecast may say how much: a
            // weight that depends on the outcome would favour the early ones.
            let w = (if *size == n { 1.0 } else { OTHER_SIZE })
                * libm::exp2(-age / HALF_LIFE)
                * (numbers::days(STEP) / days[49].max(1.0)).min(1.0);
            weight += w;
            if let Some(outcome) = nth_done(self.series, *origin, *size).filter(|done| *done <= at) {
                let level = level_of(numbers::days(outcome - origin), days);
                mass[numbers::whole(level * number(BINS)).min(BINS - 1)] += w;
            } else {
                let reached = level_of(age, days) * number(BINS);
                let open: [f64; BINS] = std::array::from_fn(|bin| (number(bin + 1) - reached).clamp(0.0, 1.0));
                let sum: f64 = open.iter().sum();
                for (mass, open) in mass.iter_mut().zip(open) {
                    *mass += w * open / sum;
                }
            }
        }
        let all: f64 = mass.iter().sum();
        let mut sum = 0.0;
        let mut sums = vec![0.0];
        sums.extend(mass.iter().map(|m| {
            sum += m / all;
            sum
        }));
        Correction { sums, weight }
    }

    /// Days at each probability of [`DISTRIBUTION`] until `n` more items are done; ascending, and never less for more
    /// items.
    pub(crate) fn days(&self, at: i64, n: usize) -> Vec<f64> {
        let raw = |size: usize| self.raw.get(&(at, size)).expect("what is asked was simulated");
        // For sizes with a track record: the percentile at the probability at which such outcomes really fell.
        let corrected = |record: usize, size: usize| -> Vec<f64> {
            let edges: Vec<f64> = (0..=BINS).map(|bin| number(bin) / number(BINS)).collect();
            let sums = self.correction(at, record).sums;
            DISTRIBUTION.iter().map(|p| percentile(raw(size), interpolate(number(*p) / 100.0, &sums, &edges))).collect()
        };
        let mut known: Vec<Vec<f64>> = Vec::new();
        for size in SIZES {
            let mut days = corrected(size, size);
            if let Some(fewer) = known.last() {
                raise(&mut days, fewer);
            }
            known.push(days);
        }
        let last = SIZES.len() - 1;
        let mut days = if n < SIZES[0] {
            corrected(SIZES[0], n)
        } else if let Some(i) = SIZES.iter().position(|size| *size == n) {
            known.swap_remove(i)
        } else if n > SIZES[last] {
            let mut days = corrected(SIZES[last], n);
            raise(&mut days, &known[last]);
            days
        } else {
            // Between two sizes: as far on the way from one to the other as before the correction.
            let i = SIZES.iter().rposition(|size| *size < n).unwrap_or(0);
            let (fewer, more) = (raw(SIZES[i]), raw(SIZES[i + 1]));
            let place = |p: usize| {
                let log = |of: &Percentiles| libm::log(percentile(of, number(p) / 100.0));
                let (low, high) = (log(fewer), log(more));
                if high > low { ((log(raw(n)) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
            };
            let between = |(k, p): (usize, &usize)| {
                let (low, high) = (known[i][k], known[i + 1][k]);
                libm::exp(libm::log(low) + place(*p) * (libm::log(high) - libm::log(low))).clamp(low, high)
            };
            DISTRIBUTION.iter().enumerate().map(between).collect()
        };
        for i in 1..days.len() {
            days[i] = days[i].max(days[i - 1]);
        }
        days
    }

    /// What the forecast stands on.
    pub(crate) fn basis(&self, at: i64, n: usize) -> Option<RateBasis> {
        let (n_new, n_done, flow_factor) = flow(self.series, at);
        let raw = self.raw.get(&(at, n))?;
        Some(RateBasis {
            rate: *self.rates.get(&at)?,
            n_done_12_weeks: self.series.n_done(at - 12 * WEEK, at),
            n_new,
            n_done,
            flow_factor,
            before_days: [49, 84, 94].map(|i| raw[i]),
            record_weight: self.correction(at, n).weight,
            model_weight: PRIOR,
        })
    }

    /// Instants before `at`, four weeks apart, at which somebody would have asked about `n` items and got an answer.
    pub(crate) fn earlier(&self, at: i64, n: usize) -> Vec<i64> {
        let is_earlier = |(origin, size): &(i64, usize)| {
            *size == n && (at - origin) % STEP == 0 && is_askable(self.series, *origin, n)
        };
        self.raw.range(..(at, 0)).map(|(key, _)| *key).filter(is_earlier).map(|(origin, _)| origin).collect()
    }
}

/// When the `n`-th item after an instant was done; `None` where the data ends before.
pub(crate) fn nth_done(series: &Series, after: i64, n: usize) -> Option<i64> {
    let done = series.done.partition_point(|t| *t <= after);
    series.done.get(done.checked_add(n)?.checked_sub(1)?).copied()
}

/// Whether somebody would ask for so many: enough was done ever, and lately.
fn is_askable(series: &Series, at: i64, n: usize) -> bool {
    series.n_done(i64::MIN, at) >= LEAST_DONE && number(series.n_done(at - 364 * DAY, at)) >= (number(n) / 2.0).max(4.0)
}

/// Items opened and done in the last half year, and by what the days are multiplied because of them.
fn flow(series: &Series, at: i64) -> (usize, usize, f64) {
    let from = at - FLOW_WEEKS * WEEK;
    let (new, done) = (series.n_created(from, at), series.n_done(from, at));
    let ratio = libm::log((number(new) + FLOW_ADDED) / (number(done) + FLOW_ADDED)) - FLOW_USUAL;
    (new, done, libm::exp(-FLOW * ratio.clamp(-FLOW_MOST, FLOW_MOST)))
}

/// Days at a probability, on a logarithmic scale between percentiles; an hour at least.
fn percentile(of: &Percentiles, p: f64) -> f64 {
    let levels: Percentiles = std::array::from_fn(numbers::level);
    let logs = of.map(|days| libm::log(days.max(0.05)));
    libm::exp(interpolate(p, &levels, &logs))
}

fn raise(days: &mut [f64], at_least: &[f64]) {
    for (days, least) in days.iter_mut().zip(at_least) {
        *days = days.max(*least);
    }
}
