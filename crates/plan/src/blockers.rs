//! What is stuck, or about to be? Warnings about open work as it was known on a day, each with how often such warnings
//! of the same stream came true.
//!
//! A warning about an item says: this will not be done within the time in which three of four items of its stream are
//! done from start to end. That is what the look back ([`lookback`]) checks, in the same way for these warnings and for
//! the plain rule "older than the 85th percentile". Only work in flight is looked at. Why this truth and no other, and
//! what was measured, stands in `docs/decisions/0009-blockers.md`.

mod groups;
pub mod lookback;
mod model;
mod seen;

use std::collections::BTreeMap;

use sightline_facts::time::DAY;

use crate::work::{Stage, Stream, Work, WorkItem};
use seen::{Habits, at_share, see};

pub use groups::{Spell, spells};
pub use model::{FEATURES, Weights};
pub use seen::{Seen, Usual};

/// What a row of `blockers` is of that says of a whole stream that it sleeps.
pub const ASLEEP: &str = "asleep";
/// Days without any item that ended after which a stream sleeps: nobody is waiting there, so nothing is stuck.
pub const ASLEEP_AFTER_DAYS: i64 = 364;
/// Between two days of the past on which warnings are looked at.
const STEP: i64 = 28 * DAY;
/// How far the record of earlier warnings goes back.
const RECORD_DAYS: usize = 65;
/// From which chance on an item is warned of. Set so that over the development data as many stuck items are found as by
/// the plain rule.
const WARNED: f64 = 0.75;
/// Silence shorter than this is never called one, however lively a stream is; days.
const LEAST_SILENCE: f64 = 14.0;
/// Going back to the author fewer times than this is never called ping-pong.
const LEAST_ROUNDS: usize = 3;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Waits for an item at which nothing happens.
    IdleDependency,
    /// Waits for an item that itself takes longer than most.
    SlippingDependency,
    /// Others wait for it and it is with nobody.
    UnownedBlocker,
    /// A milestone gets more work than leaves it.
    ScopeGrowth,
    /// The builds of the default branch fail.
    BrokenMain,
    /// Those it is with have done nothing anywhere for longer than usual.
    SilentAssignee,
    /// Goes back and forth more often than most.
    PingPong,
    /// A pull request that nobody has answered for longer than usual.
    Unanswered,
    /// Nobody has done anything about it for longer than usual.
    NoProgress,
    /// Older than most were when they were done.
    Ageing,
    /// None of these, but its state as a whole is that of items that stay.
    Slow,
}

impl Kind {
    /// All kinds, in the order in which they explain an item best.
    pub const ALL: [Self; 11] = [
        Self::IdleDependency,
        Self::SlippingDependency,
        Self::UnownedBlocker,
        Self::ScopeGrowth,
        Self::BrokenMain,
        Self::SilentAssignee,
        Self::PingPong,
        Self::Unanswered,
        Self::NoProgress,
        Self::Ageing,
        Self::Slow,
    ];

    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::IdleDependency => "idle-dependency",
            Self::SlippingDependency => "slipping-dependency",
            Self::UnownedBlocker => "unowned-blocker",
            Self::ScopeGrowth => "scope-growth",
            Self::BrokenMain => "broken-main",
            Self::SilentAssignee => "silent-assignee",
            Self::PingPong => "ping-pong",
            Self::Unanswered => "unanswered",
            Self::NoProgress => "no-progress",
            Self::Ageing => "ageing",
            Self::Slow => "slow",
        }
    }
}

/// What a warning is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An item, by its place in [`Work::items`].
    Item(usize),
    /// A milestone of the stream, with an item of it that is open.
    Milestone(String, usize),
}

/// How earlier warnings of one kind in one stream went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Record {
    /// Earlier warnings whose outcome is known, one per item and four weeks.
    pub n: usize,
    /// Of these, how many came true.
    pub n_true: usize,
}

/// One warning.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// Place of the stream in [`Work::streams`].
    pub stream: usize,
    /// What it is about.
    pub subject: Subject,
    /// What is wrong.
    pub kind: Kind,
    /// Since when.
    pub since_at: i64,
    /// What was measured: days, or times, or items; by the kind.
    pub value: f64,
    /// What is usual in the stream, in the same unit; 0 where there is no such thing.
    pub usual: f64,
    /// The chance that it is not done within [`Usual::p75`] days, by the model; `None` for milestones.
    pub chance: Option<f64>,
    /// The time that the warning speaks of, days.
    pub within_days: f64,
    /// How earlier warnings of this kind went in this stream.
    pub record: Record,
    /// The item that it waits for, for warnings about dependencies.
    pub waits_for: Option<usize>,
    /// Open items that wait for it, directly or through others.
    pub n_waiting: usize,
    /// An open milestone that it is in.
    pub milestone: Option<String>,
}

impl Warning {
    /// Whether dates of others hang on it.
    pub fn moves_dates(&self) -> bool {
        self.n_waiting > 0 || self.milestone.is_some() || matches!(self.subject, Subject::Milestone(..))
    }

    /// How sure it is, from 0 to 1: the share of such warnings that came true, drawn towards the model's chance (or one
    /// half) where there were few.
    pub fn sureness(&self) -> f64 {
        use crate::forecast::numbers::number;
        let before = self.chance.unwrap_or(0.5);
        (number(self.record.n_true) + 4.0 * before) / (number(self.record.n) + 4.0)
    }
}

/// A stream that sleeps: items are open, and none has ended for [`ASLEEP_AFTER_DAYS`]. Nothing of it is warned of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sleeping {
    /// Place of the stream in [`Work::streams`].
    pub stream: usize,
    /// When its last item ended.
    pub since_at: i64,
    /// That item, by its place in [`Work::items`].
    pub last: usize,
    /// Open items.
    pub n_open: usize,
}

/// Streams that sleep at the end of their data, or at an earlier instant. Those where nothing has ever ended are young
/// rather than asleep.
pub fn sleeping(work: &Work, at: Option<i64>) -> Vec<Sleeping> {
    let mut found = Vec::new();
    for (place, stream) in work.streams.iter().enumerate() {
        let now = at.map_or(stream.end_at, |at| at.min(stream.end_at));
        let mut last: Option<(i64, usize)> = None;
        let mut n_open = 0;
        for item in &stream.items {
            match work.items[*item].stage(now) {
                Some((Stage::Done, since)) => last = last.max(Some((since, *item))),
                Some(_) => n_open += 1,
                None => {}
            }
        }
        if let Some((since_at, last)) = last.filter(|(since, _)| n_open > 0 && *since <= now - ASLEEP_AFTER_DAYS * DAY)
        {
            found.push(Sleeping { stream: place, since_at, last, n_open });
        }
    }
    found
}

/// A day of a stream: what was usual, and each item in flight.
pub(crate) struct Day {
    pub(crate) at: i64,
    pub(crate) usual: Usual,
    pub(crate) items: Vec<(usize, Seen, f64)>,
}

fn day(work: &Work, stream: &Stream, habits: &Habits, at: i64, weights: &Weights) -> Option<Day> {
    let open: Vec<usize> = stream.items.iter().copied().filter(|i| work.items[*i].is_open(at)).collect();
    let usual = habits.usual(at, open.len())?;
    let items = open
        .into_iter()
        .filter_map(|i| {
            let item = &work.items[i];
            let seen = see(work, item, at);
            seen.is_in_flight(item).then(|| {
                let chance = weights.chance(&model::features(item, &seen, &usual));
                (i, seen, chance)
            })
        })
        .collect();
    Some(Day { at, usual, items })
}

/// Whether an item is stuck on a day: not done by the end of the horizon. `None` where the data ends before.
fn is_stuck(item: &WorkItem, at: i64, horizon_days: f64, end_at: i64) -> Option<bool> {
    let until = crate::forecast::numbers::after(at, horizon_days);
    (until <= end_at).then(|| item.is_open(until))
}

/// What is wrong with one item: kind, since when, what was measured, what is usual, what it waits for.
type Wrong = (Kind, i64, f64, f64, Option<usize>);

/// Everything that is wrong with an item on a day. `waiting` holds the open items that others wait for.
fn wrong(work: &Work, day: &Day, place: usize, seen: &Seen, chance: f64, n_waiting: usize) -> Vec<Wrong> {
    let (item, usual, at) = (&work.items[place], &day.usual, day.at);
    let mut found: Vec<Wrong> = Vec::new();
    let after = crate::forecast::numbers::after;
    let long_silence = usual.gap.max(LEAST_SILENCE);
    let open = item.waits_for.iter().filter(|(since, other)| *since <= at && work.items[*other].is_open(at));
    let mut idle: Option<(f64, usize, i64)> = None;
    let mut slipping: Option<(f64, usize, i64)> = None;
    for (since, other) in open {
        let theirs = see(work, &work.items[*other], at);
        if theirs.idle > long_silence && idle.is_none_or(|(most, ..)| theirs.idle > most) {
            idle = Some((theirs.idle, *other, after(theirs.last_at, long_silence).max(*since)));
        } else if theirs.idle <= long_silence
            && theirs.age > usual.p85
            && slipping.is_none_or(|(most, ..)| theirs.age > most)
        {
            slipping = Some((theirs.age, *other, after(work.items[*other].created_at, usual.p85).max(*since)));
        }
    }
    found.extend(idle.map(|(days, other, since)| (Kind::IdleDependency, since, days, long_silence, Some(other))));
    found.extend(slipping.map(|(days, other, since)| (Kind::SlippingDependency, since, days, usual.p85, Some(other))));
    if n_waiting > 0 && !item.is_pull && seen.assignees.is_empty() {
        let since = item.created_at;
        found.push((Kind::UnownedBlocker, since, crate::forecast::numbers::number(n_waiting), 0.0, None));
    }
    if chance < WARNED {
        return found;
    }
    if seen.silent > long_silence {
        let last = after(at, -seen.silent);
        found.push((Kind::SilentAssignee, after(last, long_silence), seen.silent, long_silence, None));
    }
    let rounds = crate::forecast::numbers::number(seen.rounds);
    if item.is_pull && seen.rounds >= LEAST_ROUNDS && rounds > usual.rounds {
        found.push((Kind::PingPong, item.created_at, rounds, usual.rounds, None));
    }
    let long_unanswered = usual.answer.max(LEAST_SILENCE);
    if item.is_pull && seen.n_other == 0 && seen.age > long_unanswered {
        found.push((Kind::Unanswered, after(item.created_at, long_unanswered), seen.age, long_unanswered, None));
    }
    if seen.idle > long_silence {
        found.push((Kind::NoProgress, after(seen.last_at, long_silence), seen.idle, long_silence, None));
    }
    if seen.age > usual.p85 {
        found.push((Kind::Ageing, after(item.created_at, usual.p85), seen.age, usual.p85, None));
    }
    if found.is_empty() {
        found.push((Kind::Slow, at, seen.age, usual.p85, None));
    }
    found
}

/// Open items that wait for each item on a day, directly or through others. Each is counted once, cycles too.
fn waiting(work: &Work, at: i64) -> BTreeMap<usize, usize> {
    let mut direct: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, item) in work.items.iter().enumerate().filter(|(_, i)| !i.waits_for.is_empty() && i.is_open(at)) {
        for (_, other) in item.waits_for.iter().filter(|(since, other)| *since <= at && work.items[*other].is_open(at))
        {
            direct.entry(*other).or_default().push(place);
        }
    }
    direct
        .keys()
        .map(|start| {
            let mut seen = std::collections::BTreeSet::from([*start]);
            let mut next = vec![*start];
            while let Some(place) = next.pop() {
                for waiting in direct.get(&place).into_iter().flatten() {
                    if seen.insert(*waiting) {
                        next.push(*waiting);
                    }
                }
            }
            (*start, seen.len() - 1)
        })
        .collect()
}

/// Whom an item is with on a day.
pub fn assignees(work: &Work, place: usize, at: i64) -> Vec<&str> {
    let seen = see(work, &work.items[place], at);
    seen.assignees.iter().filter_map(|a| work.names.get(*a as usize)).map(String::as_str).collect()
}

/// All warnings about the work of a workspace, each stream as known at the end of its data, or at an earlier instant.
/// Streams that sleep are left out: [`sleeping`].
/// Sorted: first what dates of others hang on, then the surest to a tenth, then what is so most lately. One item may have several.
pub fn warnings(work: &Work, at: Option<i64>) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut waits: BTreeMap<i64, BTreeMap<usize, usize>> = BTreeMap::new();
    let asleep: Vec<usize> = sleeping(work, at).into_iter().map(|s| s.stream).collect();
    for (place, stream) in work.streams.iter().enumerate().filter(|(place, _)| !asleep.contains(place)) {
        let now = at.map_or(stream.end_at, |at| at.min(stream.end_at));
        let habits = Habits::of(work, stream);
        let mut records: BTreeMap<Kind, Record> = BTreeMap::new();
        let mut today = Vec::new();
        for step in (0..=RECORD_DAYS).rev() {
            let then = now - STEP * i64::try_from(step).unwrap_or(0);
            let Some(day) = day(work, stream, &habits, then, &model::LEARNED) else { continue };
            let waits = waits.entry(then).or_insert_with(|| waiting(work, then));
            for (item, seen, chance) in &day.items {
                let n_waiting = waits.get(item).copied().unwrap_or(0);
                for wrong in wrong(work, &day, *item, seen, *chance, n_waiting) {
                    if step > 0 {
                        // What came true is told from what is known now, not from what the data will say later.
                        if let Some(came_true) = is_stuck(&work.items[*item], then, day.usual.p75, now) {
                            let record = records.entry(wrong.0).or_default();
                            record.n += 1;
                            record.n_true += usize::from(came_true);
                        }
                    } else {
                        let (kind, since_at, value, usual, waits_for) = wrong;
                        let milestone = seen
                            .milestones
                            .iter()
                            .filter_map(|m| work.names.get(*m as usize))
                            .find(|name| !crate::backtest::is_no_release(name));
                        today.push(Warning {
                            stream: place,
                            subject: Subject::Item(*item),
                            kind,
                            since_at,
                            value,
                            usual,
                            chance: Some(*chance),
                            within_days: day.usual.p75,
                            record: Record::default(),
                            waits_for,
                            n_waiting,
                            milestone: milestone.cloned(),
                        });
                    }
                }
            }
        }
        today.extend(groups::scope_growth(work, place, now, &mut records));
        for warning in &mut today {
            warning.record = records.get(&warning.kind).copied().unwrap_or_default();
        }
        found.extend(today);
    }
    let tenths = |share: f64| crate::forecast::numbers::whole((share * 10.0).round());
    found.sort_by(|a, b| {
        (b.moves_dates().cmp(&a.moves_dates()))
            .then(tenths(b.sureness()).cmp(&tenths(a.sureness())))
            // What got stuck lately can still be helped.
            .then(b.since_at.cmp(&a.since_at))
            .then((a.stream, &a.subject, a.kind).cmp(&(b.stream, &b.subject, b.kind)))
    });
    found
}

#[cfg(test)]
mod tests;
