//! How good the warnings would have been: every four weeks of the past each item in flight is looked at, and what was
//! said of it is compared with what came of it; beside the plain rule "older than the 85th percentile" on the same days.
//!
//! Warnings are scored by weights that were learned from the other streams, so that no stream is judged by itself.

use std::collections::BTreeMap;

use sightline_facts::time::DAY;

use super::model::{self, Features, Weights};
use super::seen::{Habits, Usual};
use super::{STEP, WARNED, is_stuck};
use crate::backtest::monday;
use crate::forecast::numbers::{days, number};
use crate::work::Work;

/// History before the first day.
const LEAST_HISTORY: i64 = 182 * DAY;
/// Outcomes of each sort below which a stream says nothing.
const LEAST_OUTCOMES: usize = 10;

/// An item on a day, with what came of it.
struct Example {
    item: usize,
    at: i64,
    features: Features,
    usual: Usual,
    age: f64,
    is_stuck: bool,
    /// One over the number of days on which its item was looked at.
    weight: f64,
}

impl Example {
    /// What the plain rule says.
    fn is_old(&self) -> bool {
        self.age > self.usual.p85
    }
}

/// How good one way of warning is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Warnings.
    pub n_warned: usize,
    /// Share of warnings that came true.
    pub precision: f64,
    /// Share of stuck items, day by day, that were warned of.
    pub recall: f64,
    /// Precision where each item counts once, on however many days it was looked at.
    pub item_precision: f64,
    /// Recall likewise.
    pub item_recall: f64,
    /// Median of days from the first warning until the item was older than 95 of 100; of those warned of before.
    pub days_ahead: f64,
    /// Share of items that came to be older than 95 of 100 that were warned of before.
    pub late_recall: f64,
}

/// One stream looked back on.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookback {
    /// The stream; `all` for the mean over streams.
    pub series: String,
    /// Items in flight, one per item and day, whose outcome is known.
    pub n: usize,
    /// Items.
    pub n_items: usize,
    /// Share of them that was stuck: the precision of warning of everything.
    pub base: f64,
    /// The same where each item counts once.
    pub item_base: f64,
    /// Older than the 85th percentile.
    pub plain: Quality,
    /// The most likely ones, as many as it takes to find as many stuck items as the plain rule, day by day.
    pub equal_recall: Quality,
    /// The same where each item counts once.
    pub equal_item_recall: Quality,
    /// Those that are warned of.
    pub warned: Quality,
}

/// The look back over all streams of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The mean over streams, then each stream; none where no stream is long enough.
    pub rows: Vec<Lookback>,
    /// Streams that say too little.
    pub too_short: Vec<String>,
    /// What was learned from all streams together; `None` where there was nothing to learn from.
    pub learned: Option<Weights>,
    /// Whether each stream was scored by weights learned from the others; by those that Sightline brings otherwise.
    pub is_left_out: bool,
}

fn examples(work: &Work, stream: usize) -> Vec<Example> {
    let stream = &work.streams[stream];
    let Some(first) = stream.items.first().map(|i| work.items[*i].created_at) else { return Vec::new() };
    let habits = Habits::of(work, stream);
    let mut found = Vec::new();
    let mut at = monday(first + LEAST_HISTORY);
    while at <= stream.end_at {
        if let Some(day) = super::day(work, stream, &habits, at, &model::LEARNED) {
            for (place, seen, _) in day.items {
                let item = &work.items[place];
                let Some(is_stuck) = is_stuck(item, at, day.usual.p75, stream.end_at) else { continue };
                let features = model::features(item, &seen, &day.usual);
                found.push(Example {
                    item: place,
                    at,
                    features,
                    usual: day.usual,
                    age: seen.age,
                    is_stuck,
                    weight: 0.0,
                });
            }
        }
        at += STEP;
    }
    let mut n: BTreeMap<usize, usize> = BTreeMap::new();
    for e in &found {
        *n.entry(e.item).or_default() += 1;
    }
    for e in &mut found {
        e.weight = 1.0 / number(n[&e.item]);
    }
    found
}

/// Learns from streams: each counts the same, and in it an item as the root of the days on which it was looked at.
fn learn<'a>(streams: impl Iterator<Item = &'a Vec<Example>>) -> Option<Weights> {
    let mut given: Vec<(&Features, bool, f64)> = Vec::new();
    for stream in streams {
        let total: f64 = stream.iter().map(|e| e.weight.sqrt()).sum();
        given.extend(stream.iter().map(|e| (&e.features, e.is_stuck, e.weight.sqrt() / total)));
    }
    Weights::learn(&given)
}

/// Looks back on every stream.
pub fn lookback(work: &Work) -> Report {
    let mut known: Vec<(usize, Vec<Example>)> = Vec::new();
    let mut too_short = Vec::new();
    for (place, stream) in work.streams.iter().enumerate() {
        let found = examples(work, place);
        let n_stuck = found.iter().filter(|e| e.is_stuck).count();
        if n_stuck < LEAST_OUTCOMES || found.len() - n_stuck < LEAST_OUTCOMES {
            too_short.push(stream.name.clone());
        } else {
            known.push((place, found));
        }
    }
    let is_left_out = known.len() > 1;
    let mut rows: Vec<Lookback> = Vec::new();
    for (place, found) in &known {
        let others = known.iter().filter(|(other, _)| other != place).map(|(_, e)| e);
        let weights = learn(others).filter(|_| is_left_out).unwrap_or(model::LEARNED);
        rows.push(score(work, *place, found, &weights));
    }
    if let Some(mean) = over_all(&rows) {
        rows.insert(0, mean);
    }
    Report { rows, too_short, learned: learn(known.iter().map(|(_, e)| e)), is_left_out }
}

fn score(work: &Work, stream: usize, found: &[Example], weights: &Weights) -> Lookback {
    let chances: Vec<f64> = found.iter().map(|e| weights.chance(&e.features)).collect();
    let plain: Vec<bool> = found.iter().map(Example::is_old).collect();
    let stuck = |weight: &dyn Fn(&Example) -> f64| {
        found.iter().filter(|e| e.is_stuck).map(weight).sum::<f64>() / found.iter().map(weight).sum::<f64>()
    };
    let quality = |warned: &[bool]| quality(work, stream, found, warned);
    let plain_quality = quality(&plain);
    // The most likely first, until as much of what was stuck is found.
    let as_much = |weight: &dyn Fn(&Example) -> f64| {
        let wanted: f64 = found.iter().zip(&plain).filter(|(e, w)| **w && e.is_stuck).map(|(e, _)| weight(e)).sum();
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]).then(a.cmp(b)));
        let (mut warned, mut sum) = (vec![false; found.len()], 0.0);
        for i in order {
            if sum >= wanted - 1e-9 {
                break;
            }
            warned[i] = true;
            sum += if found[i].is_stuck { weight(&found[i]) } else { 0.0 };
        }
        quality(&warned)
    };
    let n_items = found.iter().map(|e| e.item).collect::<std::collections::BTreeSet<_>>().len();
    Lookback {
        series: work.streams[stream].name.clone(),
        n: found.len(),
        n_items,
        base: stuck(&|_| 1.0),
        item_base: stuck(&|e| e.weight),
        plain: plain_quality,
        equal_recall: as_much(&|_| 1.0),
        equal_item_recall: as_much(&|e| e.weight),
        warned: quality(&chances.iter().map(|c| *c >= WARNED).collect::<Vec<_>>()),
    }
}

fn quality(work: &Work, stream: usize, found: &[Example], warned: &[bool]) -> Quality {
    let share = |weight: &dyn Fn(&Example) -> f64| {
        let sum = |keep: &dyn Fn(&Example, bool) -> bool| {
            found.iter().zip(warned).filter(|(e, w)| keep(e, **w)).map(|(e, _)| weight(e)).sum::<f64>()
        };
        let hits = sum(&|e, w| w && e.is_stuck);
        (hits / sum(&|_, w| w), hits / sum(&|e, _| e.is_stuck))
    };
    let (precision, recall) = share(&|_| 1.0);
    let (item_precision, item_recall) = share(&|e| e.weight);
    // When each item that came to be older than 95 of 100, by what was known then, was first warned of.
    let mut late: BTreeMap<usize, (i64, Option<i64>)> = BTreeMap::new();
    for (example, warned) in found.iter().zip(warned) {
        let item = &work.items[example.item];
        let crossed_at = crate::forecast::numbers::after(item.created_at, example.usual.p95);
        let is_late = crossed_at <= work.streams[stream].end_at && item.is_open(crossed_at);
        if is_late && example.at < crossed_at {
            let (crossing, first) = late.entry(example.item).or_insert((crossed_at, None));
            *crossing = crossed_at;
            if *warned && first.is_none() {
                *first = Some(example.at);
            }
        }
    }
    let mut ahead: Vec<f64> = late.values().filter_map(|(crossing, first)| Some(days(crossing - (*first)?))).collect();
    ahead.sort_unstable_by(f64::total_cmp);
    Quality {
        n_warned: warned.iter().filter(|w| **w).count(),
        precision,
        recall,
        item_precision,
        item_recall,
        days_ahead: if ahead.is_empty() { f64::NAN } else { super::at_share(&ahead, 0.5) },
        late_recall: number(ahead.len()) / number(late.len()),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.filter(|v| !v.is_nan()).fold((0.0, 0), |(sum, n), v| (sum + v, n + 1));
    if n == 0 { f64::NAN } else { sum / number(n) }
}

/// The mean over streams, so that no large one speaks for all.
fn over_all(rows: &[Lookback]) -> Option<Lookback> {
    if rows.is_empty() {
        return None;
    }
    let quality = |of: &dyn Fn(&Lookback) -> Quality| {
        let average = |value: &dyn Fn(Quality) -> f64| mean(rows.iter().map(|r| value(of(r))));
        Quality {
            n_warned: rows.iter().map(|r| of(r).n_warned).sum(),
            precision: average(&|q| q.precision),
            recall: average(&|q| q.recall),
            item_precision: average(&|q| q.item_precision),
            item_recall: average(&|q| q.item_recall),
            days_ahead: average(&|q| q.days_ahead),
            late_recall: average(&|q| q.late_recall),
        }
    };
    Some(Lookback {
        series: "all".to_owned(),
        n: rows.iter().map(|r| r.n).sum(),
        n_items: rows.iter().map(|r| r.n_items).sum(),
        base: mean(rows.iter().map(|r| r.base)),
        item_base: mean(rows.iter().map(|r| r.item_base)),
        plain: quality(&|r| r.plain),
        equal_recall: quality(&|r| r.equal_recall),
        equal_item_recall: quality(&|r| r.equal_item_recall),
        warned: quality(&|r| r.warned),
    })
}
