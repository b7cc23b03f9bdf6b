//! When is a milestone empty? A log-normal around what usually happens to one that moved as lately, has as many open
//! items, and lost as many in the last weeks; shifted by how the stream's own earlier milestones went.
//!
//! A fixed set of items does not get the whole team's throughput, as burn-up charts assume: what is left in a
//! milestone is often what nobody works on. How long nothing has happened tells more than how much there is to do.
//!
//! # Source
//! That what lay idle for long stays so for about as long again: Eliazar, "Lindy's law", Physica A 2017. Fits with
//! outcomes still to come: Tobin, Econometrica 1958.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::time::DAY;

use super::items::nth_done;
use super::numbers::{bend, days, inverse_phi, log_upper, number};
use super::{DISTRIBUTION, LEAST_HISTORY, OPEN_ENDED_DAYS, OpenEnded, STEP, start};
use crate::backtest::is_no_release;
use crate::series::Series;

/// Logarithm of the days that are usual for fifteen items in a milestone that moved a little over two weeks ago.
const BASE: f64 = 5.15;
/// Standard deviation of the logarithm.
const SPREAD: f64 = 1.7;
/// Exponent of open items over own pace.
const OWN_PACE: f64 = 1.0 / 3.0;
/// Days added to how long nothing has happened.
const IDLE_ADDED: f64 = 14.0;
/// Days beyond which longer says no more.
const IDLE_MOST: f64 = 180.0;
/// How much streams differ, as a standard deviation of the logarithm.
const STREAM_SPREAD: f64 = 0.6;
/// Beyond the median the range ends so many days later, or at twice the median.
const REACH: f64 = 730.0;
/// Days beyond which no date is given.
const MOST_DAYS: f64 = 36_500.0;
/// Weeks of which the own pace is taken.
const PACE_WEEKS: i64 = 12;
/// Items done before a forecast counts as one that somebody would have made.
const LEAST_DONE: usize = 30;
/// Open items below which an earlier milestone does not count.
const LEAST_MEMBERS: usize = 5;

/// What a forecast of a milestone stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MilestoneBasis {
    /// Items that are open.
    pub n_open: usize,
    /// Days since an item last came in, left or was done.
    pub idle_days: f64,
    /// Items that left in the last 12 weeks: done or taken out.
    pub n_left_12_weeks: usize,
    /// By what the usual days are multiplied, from the stream's earlier milestones.
    pub factor: f64,
    /// Earlier forecasts that this stands on.
    pub n_forecasts: usize,
    /// Milestones that these were about.
    pub n_milestones: usize,
}

/// An earlier question about a milestone: what was usual then, and what came of it.
struct Earlier<'a> {
    name: &'a str,
    base: f64,
    gone_at: Option<i64>,
}

/// Forecasts of the milestones of one stream.
pub(crate) struct Milestones<'a> {
    series: &'a Series,
    earlier: BTreeMap<i64, Vec<Earlier<'a>>>,
    factors: BTreeMap<i64, (f64, usize, usize)>,
    /// By instant: what would have been said of each milestone then.
    told: BTreeMap<i64, Vec<Told<'a>>>,
}

/// What would have been said of a milestone at an instant, as days by [`DISTRIBUTION`], and when it was empty.
pub(crate) type Told<'a> = (i64, &'a str, Vec<f64>, Option<i64>);

/// What can be seen of a milestone at an instant.
struct Seen {
    open: BTreeSet<usize>,
    idle_days: f64,
    n_left: usize,
}

impl<'a> Milestones<'a> {
    pub(crate) fn new(series: &'a Series) -> Self {
        Self { series, earlier: BTreeMap::new(), factors: BTreeMap::new(), told: BTreeMap::new() }
    }

    /// Plays the milestone's past up to an instant.
    fn seen(&self, name: &str, at: i64) -> Seen {
        let items = &self.series.items;
        let is_open = |item: usize, then: i64| items[item].gone_at().is_none_or(|gone| gone > then);
        let mut joined: BTreeMap<usize, i64> = BTreeMap::new();
        // What happened, and whether an open item left by it.
        let mut events: Vec<(i64, bool)> = Vec::new();
        for change in self.series.milestones.get(name).into_iter().flatten().take_while(|c| c.at <= at) {
            let open = is_open(change.item, change.at);
            if change.is_member {
                // A second "on" says nothing new.
                if joined.insert(change.item, change.at).is_none() && open {
                    events.push((change.at, false));
                }
            } else if joined.remove(&change.item).is_some() && open {
                events.push((change.at, true));
            }
        }
        let mut open = BTreeSet::new();
        for (item, joined_at) in joined {
            match items[item].gone_at().filter(|gone| *gone <= at) {
                Some(gone) => events.push((gone.max(joined_at), gone > joined_at)),
                None => {
                    open.insert(item);
                }
            }
        }
        let last = events.iter().map(|(then, _)| *then).max().unwrap_or(at);
        let n_left = events.iter().filter(|(then, left)| *left && *then > at - PACE_WEEKS * 7 * DAY).count();
        Seen { open, idle_days: days(at - last), n_left }
    }

    /// Milestones about which somebody would ask.
    pub(crate) fn open(&self, at: i64) -> Vec<String> {
        let names = self.series.milestones.keys().filter(|name| !is_no_release(name));
        names.filter(|name| self.seen(name, at).open.len() >= LEAST_MEMBERS).cloned().collect()
    }

    /// Instants before `at`, four weeks apart, at which somebody could have asked.
    fn origins(&self, at: i64) -> impl Iterator<Item = i64> + use<'a> {
        let least = start(self.series).map_or(i64::MAX, |first| first + LEAST_HISTORY);
        // Items done before are the same number for all later instants, so the first that has too few ends the walk.
        let enough = nth_done(self.series, i64::MIN, LEAST_DONE).unwrap_or(i64::MAX).max(least);
        std::iter::successors(Some(at - STEP), |origin| Some(origin - STEP)).take_while(move |origin| *origin >= enough)
    }

    /// The milestones that somebody would have asked about at an instant, with their outcome.
    fn remember(&mut self, origin: i64) {
        if self.earlier.contains_key(&origin) {
            return;
        }
        let mut found = Vec::new();
        for name in self.series.milestones.keys().filter(|name| !is_no_release(name)) {
            let seen = self.seen(name, origin);
            if seen.open.len() >= LEAST_MEMBERS {
                let base = base(seen.open.len(), seen.idle_days, seen.n_left);
                found.push(Earlier { name, base, gone_at: self.gone_at(name, origin, &seen.open) });
            }
        }
        self.earlier.insert(origin, found);
    }

    /// When the last of these items was done or taken out; `None` where the data ends before.
    fn gone_at(&self, name: &str, after: i64, open: &BTreeSet<usize>) -> Option<i64> {
        let mut gone: BTreeMap<usize, Option<i64>> =
            open.iter().map(|item| (*item, self.series.items[*item].gone_at())).collect();
        for change in self.series.milestones.get(name).into_iter().flatten().filter(|c| !c.is_member && c.at > after) {
            if let Some(gone) = gone.get_mut(&change.item) {
                *gone = Some(gone.map_or(change.at, |g| g.min(change.at)));
            }
        }
        gone.into_values().try_fold(after, |last, gone| gone.map(|gone| last.max(gone)))
    }

    /// How much longer or shorter this stream's milestones take than usual, as the mean of what is believed after its
    /// earlier ones: a factor on days, with the forecasts and milestones that it stands on.
    fn factor(&mut self, at: i64) -> (f64, usize, usize) {
        if let Some(found) = self.factors.get(&at) {
            return *found;
        }
        let origins: Vec<i64> = self.origins(at).collect();
        let mut known: Vec<(&str, f64, f64, bool)> = Vec::new();
        for origin in origins {
            self.remember(origin);
            for earlier in &self.earlier[&origin] {
                let gone = earlier.gone_at.filter(|gone| *gone <= at);
                let taken = libm::log(days(gone.unwrap_or(at) - origin).max(1.0));
                known.push((earlier.name, earlier.base, taken, gone.is_some()));
            }
        }
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, ..) in &known {
            *asked.entry(name).or_default() += 1;
        }
        // A milestone asked about n times counts as the root of n, since these questions tell much the same.
        let weighted: Vec<(f64, f64, bool)> = known
            .iter()
            .map(|(name, base, taken, is_known)| (1.0 / number(asked[name]).sqrt(), taken - base, *is_known))
            .collect();
        let shifts: Vec<f64> = (-30..=30).map(|i| f64::from(i) / 10.0).collect();
        let unlikely: Vec<f64> = shifts
            .iter()
            .map(|shift| {
                let prior = shift * shift / (2.0 * STREAM_SPREAD * STREAM_SPREAD);
                weighted.iter().fold(prior, |sum, (weight, off, is_known)| {
                    let z = (off - shift) / SPREAD;
                    sum + weight * if *is_known { 0.5 * z * z } else { -log_upper(z) }
                })
            })
            .collect();
        let least = unlikely.iter().copied().fold(f64::INFINITY, f64::min);
        let (mut sum, mut mean) = (0.0, 0.0);
        for (shift, unlikely) in shifts.iter().zip(&unlikely) {
            let weight = libm::exp(least - unlikely);
            sum += weight;
            mean += weight * shift;
        }
        let found = (libm::exp(mean / sum), known.len(), asked.len());
        self.factors.insert(at, found);
        found
    }

    /// What a forecast stands on. `n_open` replaces the number of open items where whoever asks names them.
    pub(crate) fn basis(&mut self, name: &str, at: i64, n_open: Option<usize>) -> MilestoneBasis {
        let seen = self.seen(name, at);
        let (factor, n_forecasts, n_milestones) = self.factor(at);
        MilestoneBasis {
            n_open: n_open.unwrap_or(seen.open.len()),
            idle_days: seen.idle_days,
            n_left_12_weeks: seen.n_left,
            factor,
            n_forecasts,
            n_milestones,
        }
    }

    /// Earlier questions about milestones with their answers, the latest first.
    pub(crate) fn told_earlier(&mut self, at: i64) -> Vec<Told<'a>> {
        let origins: Vec<i64> = self.origins(at).collect();
        let mut found = Vec::new();
        for origin in origins {
            self.remember(origin);
            if !self.told.contains_key(&origin) {
                let asked: Vec<_> = self.earlier[&origin].iter().map(|e| (e.name, e.gone_at)).collect();
                let told = asked
                    .into_iter()
                    .map(|(name, gone_at)| (origin, name, distribution(&self.basis(name, origin, None)), gone_at))
                    .collect();
                self.told.insert(origin, told);
            }
            found.extend(self.told[&origin].iter().cloned());
        }
        found
    }
}

/// Logarithm of the days that are usual.
fn base(n_open: usize, idle_days: f64, n_left: usize) -> f64 {
    let pace = number(n_left) / number(12) + 0.25;
    BASE + libm::log((idle_days.min(IDLE_MOST) + IDLE_ADDED) / 30.0)
        + OWN_PACE * libm::log(number(n_open.max(1)) / pace / 15.0)
}

/// Days that as many in a hundred do not exceed, before the range is bent.
fn unbent(basis: &MilestoneBasis, percent: usize) -> f64 {
    let median = libm::exp(base(basis.n_open, basis.idle_days, basis.n_left_12_weeks)) * basis.factor;
    median * libm::exp(SPREAD * inverse_phi(number(percent) / 100.0))
}

/// Which of P50, P85 and P95 lie too far ahead to be shown as dates. Bending keeps ranges usable where they are scored;
/// it must not make a date of what nobody can see.
pub(crate) fn is_open_ended(basis: &MilestoneBasis) -> OpenEnded {
    [50, 85, 95].map(|percent| unbent(basis, percent) >= OPEN_ENDED_DAYS)
}

/// Days at each probability of [`DISTRIBUTION`] until the milestone is empty; ascending, and never less for more items.
pub(crate) fn distribution(basis: &MilestoneBasis) -> Vec<f64> {
    let median = unbent(basis, 50);
    DISTRIBUTION.iter().map(|p| bend(unbent(basis, *p), median, REACH).min(MOST_DAYS)).collect()
}
