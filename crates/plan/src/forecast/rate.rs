//! How many items a stream finishes a week, now and later: a filter over the past and paths into the future.
//!
//! The logarithm of the sustained rate wanders from week to week, slowly drawn to its long-run mean. On top of it lie
//! bursts and lulls that pass within weeks, and the noise of a single week, which is wider than Poisson's because
//! items are closed in batches. How fast the rate wanders and how uneven weeks are is not known: nine settings run side by
//! side, and each counts as much as it explained the past.
//!
//! That the rate is not known, and will not stay what it is, is what the usual Monte Carlo leaves out, and why its
//! dates are too sure.
//!
//! # Source
//! A hidden Markov model on a grid, filtered forward: Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 1989.
//! Counts are negative binomial, a Poisson whose mean varies by a gamma: Greenwood, Yule, J. R. Stat. Soc. 1920.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sightline_facts::time::DAY;

use super::numbers::{Percentiles, number, percentiles, phi, uniform};
use crate::series::Series;

/// A week.
pub(crate) const WEEK: i64 = 7 * DAY;
/// Width of a cell of the grid of the logarithm of the weekly rate.
const CELL: f64 = 0.3;
/// The least of it: an item in ninety weeks. 37 cells reach to 545 items a week.
const LOWEST: f64 = -4.5;
/// Cells of the grid.
const N_RATES: usize = 37;
/// What is believed before the first week: so wide around one item a week, as a standard deviation of the logarithm.
const START_SPREAD: f64 = 2.0;
/// What that belief weighs in the long-run mean, weeks.
const START_WEEKS: f64 = 26.0;
/// How far the logarithm of the rate wanders in a week; the past of the stream says which fits. 0.36 to 1.44 a year.
const WANDERING: [f64; 3] = [0.05, 0.10, 0.20];
/// Weekly pull to the long-run mean: half the way in 4.4 years. From 0 to 0.005 scores are alike.
const PULL: f64 = 0.003;
/// Size of bursts and lulls, of the logarithm.
const BURST: f64 = 0.7;
/// States of a burst, in standard deviations.
const BURSTS: [f64; N_BURSTS] = [-1.6, -0.8, 0.0, 0.8, 1.6];
/// States of a burst.
const N_BURSTS: usize = 5;
/// What of a burst is left a week later. From 0.6 to 0.8 scores are alike.
const BURST_LEFT: f64 = 0.6;
/// Shapes of the gamma distribution of a week's noise, the most uneven first; the past says which fits.
const SHAPES: [f64; 3] = [0.7, 1.5, 4.0];
/// Settings that run side by side: each wandering with each shape.
const N_SETTINGS: usize = WANDERING.len() * SHAPES.len();
/// Paths into the future.
const PATHS: usize = 2_000;
/// Weeks after which a path gives up: twenty years.
const MAX_WEEKS: usize = 1_040;
/// Items of one week beyond which no more are told apart.
const MAX_COUNT: usize = 5_000;

/// A number for each rate and burst.
type Grid = [[f64; N_BURSTS]; N_RATES];

/// What is the same for every stream.
struct Tables {
    /// Probability of each burst after each.
    burst: [[f64; N_BURSTS]; N_BURSTS],
    /// The same, summed up along the row.
    burst_sums: [[f64; N_BURSTS]; N_BURSTS],
    /// How often each burst is met in the long run.
    burst_share: [f64; N_BURSTS],
    /// Items a week; a burst leaves their mean as it is.
    rate: Grid,
    /// By shape and state: the probability of at most 0, 1, 2 … items in a week.
    counts: Vec<Vec<f64>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

impl Tables {
    fn new() -> Self {
        let spread = (1.0 - BURST_LEFT * BURST_LEFT).sqrt();
        let burst: [[f64; N_BURSTS]; N_BURSTS] = BURSTS.map(|from| {
            let edge = |j: usize| match j {
                0 => 0.0,
                N_BURSTS => 1.0,
                _ => phi((BURSTS[j] - 0.4 - BURST_LEFT * from) / spread),
            };
            std::array::from_fn(|j| edge(j + 1) - edge(j))
        });
        let burst_sums = burst.map(|row| {
            let mut sum = 0.0;
            row.map(|p| {
                sum += p;
                sum
            })
        });
        let mut burst_share = [1.0 / number(N_BURSTS); N_BURSTS];
        for _ in 0..200 {
            burst_share = after_burst(&burst_share, &burst);
        }
        let mean: f64 = burst_share.iter().zip(BURSTS).map(|(p, z)| p * libm::exp(BURST * z)).sum();
        let rate = std::array::from_fn(|x| BURSTS.map(|z| libm::exp(log_rate(x) + BURST * z) / mean));
        let mut counts = Vec::with_capacity(SHAPES.len() * N_RATES * N_BURSTS);
        for shape in SHAPES {
            for row in &rate {
                counts.extend(row.iter().map(|rate: &f64| at_most(*rate, shape)));
            }
        }
        Self { burst, burst_sums, burst_share, rate, counts }
    }
}

/// The logarithm of the rate of a cell.
fn log_rate(cell: usize) -> f64 {
    LOWEST + CELL * number(cell)
}

/// Probabilities of bursts a week later.
fn after_burst(now: &[f64; N_BURSTS], step: &[[f64; N_BURSTS]; N_BURSTS]) -> [f64; N_BURSTS] {
    std::array::from_fn(|j| (0..N_BURSTS).map(|i| now[i] * step[i][j]).sum())
}

/// Probabilities of at most 0, 1, 2 … items in a week of that mean and shape, up to nearly 1.
fn at_most(rate: f64, shape: f64) -> Vec<f64> {
    let ratio = rate / (rate + shape);
    let mut p = libm::exp(shape * libm::log(shape / (rate + shape)));
    let (mut sum, mut k) = (p, 0);
    let mut sums = vec![sum];
    while sum < 1.0 - 1e-9 && k < MAX_COUNT {
        p *= (number(k) + shape) / number(k + 1) * ratio;
        k += 1;
        sum += p;
        sums.push(sum);
    }
    sums
}

/// The probability of `n` items in a week, for each state.
fn likelihood(shape: f64, n: usize, rates: &Grid) -> Grid {
    let k = number(n);
    let ways = libm::lgamma(k + shape) - libm::lgamma(shape) - libm::lgamma(k + 1.0);
    rates.map(|row| {
        row.map(|rate| {
            let all = libm::log(rate / (rate + shape));
            libm::exp(ways + k * all + shape * libm::log(shape / (rate + shape)))
        })
    })
}

/// The probability of one cell up and one cell down within a week, by cell.
#[derive(Clone, Copy)]
struct Moves {
    up: [f64; N_RATES],
    down: [f64; N_RATES],
}

impl Moves {
    /// For each wandering, drawn to a mean.
    fn all(mean: f64) -> [Self; WANDERING.len()] {
        WANDERING.map(|wandering| {
            let mut moves = Self { up: [0.0; N_RATES], down: [0.0; N_RATES] };
            for x in 0..N_RATES {
                let drift = (PULL * (mean - log_rate(x))).clamp(-CELL, CELL);
                let variance = ((wandering * wandering + drift * drift) / (CELL * CELL)).min(1.0);
                moves.up[x] = f64::midpoint(variance, drift / CELL).clamp(0.0, 1.0);
                moves.down[x] = f64::midpoint(variance, -drift / CELL).clamp(0.0, 1.0);
            }
            moves
        })
    }

    /// Probabilities a week later. What would leave the grid stays.
    fn step(&self, now: &Grid, x: usize) -> [f64; N_BURSTS] {
        let last = N_RATES - 1;
        let mut stay = 1.0 - self.up[x] - self.down[x];
        if x == 0 {
            stay += self.down[0];
        }
        if x == last {
            stay += self.up[last];
        }
        std::array::from_fn(|z| {
            let mut p = stay * now[x][z];
            if x > 0 {
                p += self.up[x - 1] * now[x - 1][z];
            }
            if x < last {
                p += self.down[x + 1] * now[x + 1][z];
            }
            p
        })
    }
}

/// What is believed of a stream's rate at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Items a week, bursts left out: as likely lower as higher.
    pub median: f64,
    /// It is lower with a chance of one in ten.
    pub low: f64,
    /// It is higher with a chance of one in ten.
    pub high: f64,
    /// What it is drawn to in the long run, items a week.
    pub long_run: f64,
    /// How far the logarithm of the rate wanders in a week, as a standard deviation.
    pub wandering: f64,
    /// Within a year the rate usually stays below so many times what it is, and above the same part of it.
    pub year_factor: f64,
    /// Shape of a week's noise: the smaller, the more uneven are weeks.
    pub shape: f64,
}

/// The filter over one stream. Weeks are counted back from the instants that are asked about, which must fall on the
/// same moment of the week.
pub(crate) struct RateFilter<'a> {
    series: &'a Series,
    /// Start of the first week not yet seen; `None` where nothing was ever opened.
    next: Option<i64>,
    states: Vec<Grid>,
    /// Logarithm of how well each setting explained the past.
    fit: [f64; N_SETTINGS],
    /// Weeks spent at each rate.
    spent: [f64; N_RATES],
    likelihoods: BTreeMap<usize, [Grid; SHAPES.len()]>,
}

impl<'a> RateFilter<'a> {
    /// Before the first week. `moment` is that of the week, microseconds after its start.
    pub(crate) fn new(series: &'a Series, start: Option<i64>, moment: i64) -> Self {
        let next = start.map(|first| {
            let week = moment + (first - moment).div_euclid(WEEK) * WEEK;
            if week < first { week + WEEK } else { week }
        });
        let mut belief: [f64; N_RATES] = std::array::from_fn(|x| {
            let z = log_rate(x) / START_SPREAD;
            libm::exp(-0.5 * z * z)
        });
        let sum: f64 = belief.iter().sum();
        belief = belief.map(|p| p / sum);
        let grid = belief.map(|p| TABLES.burst_share.map(|q| p * q));
        Self {
            series,
            next,
            states: vec![grid; N_SETTINGS],
            fit: [0.0; N_SETTINGS],
            spent: belief.map(|p| p * START_WEEKS),
            likelihoods: BTreeMap::new(),
        }
    }

    /// The long-run mean of the logarithm of the rate.
    fn mean(&self) -> f64 {
        let weeks: f64 = self.spent.iter().sum();
        self.spent.iter().enumerate().map(|(x, weeks)| weeks * log_rate(x)).sum::<f64>() / weeks
    }

    /// How much each setting counts; they sum to 1.
    fn weights(&self) -> [f64; N_SETTINGS] {
        let best = self.fit.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let weights = self.fit.map(|fit| libm::exp(fit - best));
        let sum: f64 = weights.iter().sum();
        weights.map(|w| w / sum)
    }

    /// Sees all whole weeks up to an instant.
    pub(crate) fn advance(&mut self, to: i64) {
        while let Some(start) = self.next.filter(|start| start + WEEK <= to) {
            let n = self.series.n_done(start, start + WEEK);
            self.see(n);
            self.next = Some(start + WEEK);
        }
    }

    /// Sees one week in which `n` items were done.
    fn see(&mut self, n: usize) {
        let tables = &*TABLES;
        let moves = Moves::all(self.mean());
        let likelihood =
            self.likelihoods.entry(n).or_insert_with(|| SHAPES.map(|shape| likelihood(shape, n, &tables.rate)));
        for (setting, (state, fit)) in self.states.iter_mut().zip(&mut self.fit).enumerate() {
            let (moves, likelihood) = (&moves[setting / SHAPES.len()], &likelihood[setting % SHAPES.len()]);
            let mut sum = 0.0;
            let mut seen: Grid = std::array::from_fn(|x| {
                let mut row = after_burst(&moves.step(state, x), &tables.burst);
                for (p, l) in row.iter_mut().zip(likelihood[x]) {
                    *p *= l;
                    sum += *p;
                }
                row
            });
            if sum > 1e-280 {
                seen.iter_mut().flatten().for_each(|p| *p /= sum);
                *state = seen;
                *fit += libm::log(sum);
            } else {
                // A week that cannot be under this setting, such as thousands of items closed at once, teaches nothing.
                *fit -= 650.0;
            }
        }
        for (weight, state) in self.weights().into_iter().zip(&self.states) {
            if weight > 1e-6 {
                for (spent, row) in self.spent.iter_mut().zip(state) {
                    *spent += weight * row.iter().sum::<f64>();
                }
            }
        }
    }

    /// What is believed of the rate now.
    pub(crate) fn rate(&self) -> Rate {
        let weights = self.weights();
        let share: [f64; N_RATES] = std::array::from_fn(|x| {
            weights.iter().zip(&self.states).map(|(w, state)| w * state[x].iter().sum::<f64>()).sum()
        });
        let at = |p: f64| {
            let mut sum = 0.0;
            for (x, share) in share.iter().enumerate() {
                if sum + share >= p || x == N_RATES - 1 {
                    return libm::exp(log_rate(x) - CELL / 2.0 + CELL * (p - sum) / share.max(1e-12));
                }
                sum += share;
            }
            f64::NAN
        };
        let over = |value: &dyn Fn(usize) -> f64| weights.iter().enumerate().map(|(i, w)| w * value(i)).sum::<f64>();
        let wandering = over(&|i| WANDERING[i / SHAPES.len()]);
        Rate {
            median: at(0.5),
            low: at(0.1),
            high: at(0.9),
            long_run: libm::exp(self.mean()),
            wandering,
            year_factor: libm::exp(wandering * 52.0_f64.sqrt()),
            shape: libm::exp(over(&|i| libm::log(SHAPES[i % SHAPES.len()]))),
        }
    }

    /// Days until so many more items are done, as a distribution for each of `sizes` (at least 1 each, ascending).
    ///
    /// The same numbers serve every forecast, so that neighbouring days do not jitter, and all sizes share the paths,
    /// so that more items never finish earlier.
    pub(crate) fn simulate(&self, sizes: &[usize]) -> BTreeMap<usize, Percentiles> {
        let tables = &*TABLES;
        let moves = Moves::all(self.mean());
        let sums = |values: &mut dyn Iterator<Item = f64>| -> Vec<f64> {
            values
                .scan(0.0, |sum, v| {
                    *sum += v;
                    Some(*sum)
                })
                .collect()
        };
        let settings = sums(&mut self.weights().into_iter());
        let starts: Vec<Vec<f64>> =
            self.states.iter().map(|state| sums(&mut state.iter().flatten().copied())).collect();
        let below = |sums: &[f64], u: f64| sums.partition_point(|s| *s < u).min(sums.len() - 1);
        let mut found: Vec<Vec<f64>> = sizes.iter().map(|_| Vec::with_capacity(PATHS)).collect();
        for path in 0..PATHS {
            let setting = below(&settings, (number(path) + 0.5) / number(PATHS));
            let moves = &moves[setting / SHAPES.len()];
            let first_table = setting % SHAPES.len() * N_RATES * N_BURSTS;
            let start = below(&starts[setting], chance(0, path, 0));
            let (mut x, mut z) = (start / N_BURSTS, start % N_BURSTS);
            let (mut done, mut reached) = (0, 0);
            for week in 1..=MAX_WEEKS {
                let step = chance(week, path, 0);
                if step < moves.up[x] {
                    x = (x + 1).min(N_RATES - 1);
                } else if step > 1.0 - moves.down[x] {
                    x = x.saturating_sub(1);
                }
                let burst = chance(week, path, 1);
                z = tables.burst_sums[z].iter().filter(|s| **s < burst).count().min(N_BURSTS - 1);
                let counts = &tables.counts[first_table + x * N_BURSTS + z];
                let luck = chance(week, path, 2);
                let n = if luck <= counts[0] { 0 } else { counts.partition_point(|s| *s < luck) };
                if n == 0 {
                    continue;
                }
                let part = chance(week, path, 3);
                while reached < sizes.len() && done + n >= sizes[reached] {
                    let within = (number(sizes[reached] - done - 1) + part) / number(n);
                    found[reached].push(7.0 * number(week - 1) + 7.0 * within);
                    reached += 1;
                }
                done += n;
                if reached == sizes.len() {
                    break;
                }
            }
            for missed in &mut found[reached..] {
                missed.push(7.0 * number(MAX_WEEKS));
            }
        }
        sizes.iter().copied().zip(found.into_iter().map(percentiles)).collect()
    }
}

/// Chance number `which` (0 to 3) of a week of a path.
#[inline]
fn chance(week: usize, path: usize, which: usize) -> f64 {
    uniform(((week * PATHS + path) * 4 + which) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Item;

    /// Items done at given instants, each opened at 0.
    fn done(at: impl IntoIterator<Item = i64>) -> Series {
        let items = at.into_iter().enumerate().map(|(i, at)| Item {
            key: format!("#{i}"),
            created_at: 0,
            done_at: Some(at),
            closed_at: None,
            is_counted: true,
        });
        Series::new("shop/issues", items.collect(), Vec::new(), 0)
    }

    #[test]
    fn the_tables_are_distributions() {
        let tables = &*TABLES;
        for row in tables.burst {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(tables.counts.len(), SHAPES.len() * N_RATES * N_BURSTS);
        assert!(tables.counts.iter().all(|c| c.is_sorted() && c[c.len() - 1] > 0.9));
        // Mean over bursts of the rate of cell 15, whose logarithm is 0.
        let mean: f64 = tables.rate[15].iter().zip(tables.burst_share).map(|(r, p)| r * p).sum();
        assert!((mean - 1.0).abs() < 1e-9, "{mean}");
        // P(0) = (a / (r + a))^a; for a mean of 1 and shape 4 that is 0.8^4.
        assert!((at_most(1.0, 4.0)[0] - 0.4096).abs() < 1e-12);
    }

    #[test]
    fn a_steady_stream_is_measured() {
        let series = done((0..156).map(|i| i * WEEK / 3 + 1));
        let mut filter = RateFilter::new(&series, Some(0), 0);
        filter.advance(52 * WEEK);
        let rate = filter.rate();
        assert!((2.0..4.0).contains(&rate.median), "three items a week: {rate:?}");
        assert!(rate.low < rate.median && rate.median < rate.high);
        let days = filter.simulate(&[3, 30]);
        assert!((4.0..14.0).contains(&days[&3][49]), "three items take about a week: {:?}", days[&3][49]);
        assert!((50.0..100.0).contains(&days[&30][49]), "thirty take about seventy days: {:?}", days[&30][49]);
    }

    #[test]
    fn thousands_of_items_at_once_do_no_harm() {
        let series = done((0..100_000).map(|_| 10 * WEEK + 1).chain((0..200).map(|i| i * WEEK / 4 + 1)));
        let mut filter = RateFilter::new(&series, Some(0), 0);
        filter.advance(50 * WEEK);
        let rate = filter.rate();
        assert!(rate.median.is_finite() && rate.high < 600.0, "{rate:?}");
    }

    #[test]
    fn a_stream_of_nothing_still_has_a_range() {
        let empty = Series::default();
        let mut filter = RateFilter::new(&empty, None, 0);
        filter.advance(i64::MAX / 2);
        let days = &filter.simulate(&[1])[&1];
        assert!(days.is_sorted() && days[98] > 10.0 * days[49]);
    }
}
