//! What could be seen of an open item on a day, and what was usual in its stream then. Nothing later is looked at.

use sightline_facts::time::DAY;

use crate::forecast::numbers::{days, number};
use crate::work::{Stage, Stream, What, Work, WorkItem};

/// Ended items below which nothing is called usual.
pub(super) const LEAST_GONE: usize = 30;
/// Days of silence after which work that nobody planned is no work that somebody waits for.
const ASLEEP_DAYS: f64 = 56.0;
/// The span of "lately".
const LATELY: i64 = 28 * DAY;
/// The span whose gaps, answers and rounds are called usual.
const YEAR: i64 = super::ASLEEP_AFTER_DAYS * DAY;

/// What is usual in a stream, as known on a day. Days unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// Within which half of the ended items ended.
    pub p50: f64,
    /// Within which three of four did: the horizon of a warning.
    pub p75: f64,
    /// Within which 85 of 100 did.
    pub p85: f64,
    /// Within which 95 of 100 did.
    pub p95: f64,
    /// Within which 85 of 100 events of people followed the one before.
    pub gap: f64,
    /// Within which 85 of 100 pull requests were answered.
    pub answer: f64,
    /// Times that 85 of 100 pull requests went back to their author at most.
    pub rounds: f64,
    /// Open items over items ended in a year.
    pub load: f64,
    /// Ended items that it stands on.
    pub n_gone: usize,
}

/// An open item as it was seen on a day. Spans are days.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Since it was opened.
    pub age: f64,
    /// Since a person did anything about it.
    pub idle: f64,
    /// When a person last did.
    pub last_at: i64,
    /// Things that people did.
    pub n_events: usize,
    /// Comments and reviews by others than its author.
    pub n_other: usize,
    /// When the first of these came.
    pub answered_at: Option<i64>,
    /// People who did anything.
    pub n_people: usize,
    /// Things that people did in the last four weeks.
    pub n_recent: usize,
    /// Whom it is with.
    pub assignees: Vec<u32>,
    /// Since the liveliest of them did anything anywhere in the data set; 0 where it is with nobody.
    pub silent: f64,
    /// Somebody has begun.
    pub is_started: bool,
    /// A draft.
    pub is_draft: bool,
    /// Times it went back to its author after others had spoken.
    pub rounds: usize,
    /// Milestones in which it is.
    pub milestones: Vec<u32>,
}

/// What people did in a stream, prepared so that what was usual on any day is found fast.
pub(super) struct Habits {
    /// When an item ended and how long it took; as known on a day these are replayed, since ends are taken back.
    ends: Vec<(i64, Option<i64>, i64)>,
    gaps: Vec<(i64, f64)>,
    answers: Vec<(i64, f64)>,
    rounds: Vec<(i64, f64)>,
}

/// The value at place `ceil(p × n)` of a list in ascending order.
pub(super) fn at_share(sorted: &[f64], p: f64) -> f64 {
    let place = crate::forecast::numbers::whole((p * number(sorted.len())).ceil()).max(1);
    sorted.get(place - 1).copied().unwrap_or(0.0)
}

impl Habits {
    pub(super) fn of(work: &Work, stream: &Stream) -> Self {
        let mut found = Self { ends: Vec::new(), gaps: Vec::new(), answers: Vec::new(), rounds: Vec::new() };
        for item in stream.items.iter().map(|i| &work.items[*i]) {
            // Each time between an end and its being taken back, the item counted as one that ended.
            let mut ended: Option<i64> = None;
            let mut last = item.created_at;
            for event in item.events.iter().filter(|e| e.at >= item.created_at) {
                if let What::Stage(stage) = event.what {
                    match (stage == Stage::Done, ended) {
                        (true, None) => ended = Some(event.at),
                        (false, Some(at)) => {
                            found.ends.push((at, Some(event.at), item.created_at));
                            ended = None;
                        }
                        _ => {}
                    }
                }
                if !event.is_bot {
                    found.gaps.push((event.at, days(event.at - last)));
                    last = event.at;
                }
            }
            found.ends.extend(ended.map(|at| (at, None, item.created_at)));
            if item.is_pull {
                let all = see(work, item, i64::MAX);
                found.answers.extend(all.answered_at.map(|at| (at, days(at - item.created_at))));
                found.rounds.extend(ended.map(|at| (at, number(all.rounds))));
            }
        }
        found.ends.sort_unstable();
        for list in [&mut found.gaps, &mut found.answers, &mut found.rounds] {
            list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        }
        found
    }

    /// What was usual on a day; `None` while too few items had ended, and while the stream slept. `n_open` is the number
    /// of open items.
    pub(super) fn usual(&self, at: i64, n_open: usize) -> Option<Usual> {
        let known = self.ends.iter().take_while(|(end, ..)| *end <= at);
        let ended: Vec<&(i64, Option<i64>, i64)> =
            known.filter(|(_, back, _)| back.is_none_or(|back| back > at)).collect();
        if ended.len() < LEAST_GONE {
            return None;
        }
        let in_year = ended.iter().filter(|(end, ..)| *end > at - YEAR).count();
        if in_year == 0 {
            return None;
        }
        let mut leads: Vec<f64> = ended.iter().map(|(end, _, created)| days(end - created)).collect();
        leads.sort_unstable_by(f64::total_cmp);
        Some(Usual {
            p50: at_share(&leads, 0.5),
            p75: at_share(&leads, 0.75),
            p85: at_share(&leads, 0.85),
            p95: at_share(&leads, 0.95),
            gap: lately(&self.gaps, at),
            answer: lately(&self.answers, at),
            rounds: lately(&self.rounds, at),
            load: number(n_open) / number(in_year),
            n_gone: leads.len(),
        })
    }
}

/// The 85th percentile of the last year, or of all before where the year holds little.
fn lately(list: &[(i64, f64)], at: i64) -> f64 {
    let end = list.partition_point(|(then, _)| *then <= at);
    let start = list.partition_point(|(then, _)| *then <= at - YEAR);
    let start = if end - start < LEAST_GONE { 0 } else { start };
    let mut values: Vec<f64> = list[start..end].iter().map(|(_, v)| *v).collect();
    values.sort_unstable_by(f64::total_cmp);
    at_share(&values, 0.85)
}

/// What can be seen of an item on a day on which it is open.
pub(super) fn see(work: &Work, item: &WorkItem, at: i64) -> Seen {
    let mut seen = Seen {
        age: if at == i64::MAX { 0.0 } else { days(at - item.created_at) },
        idle: 0.0,
        last_at: item.created_at,
        n_events: 0,
        n_other: 0,
        answered_at: None,
        n_people: 0,
        n_recent: 0,
        assignees: Vec::new(),
        silent: 0.0,
        is_started: false,
        is_draft: false,
        rounds: 0,
        milestones: Vec::new(),
    };
    let mut people: Vec<u32> = Vec::new();
    let mut is_with_author = false;
    for event in item.events.iter().take_while(|e| e.at <= at) {
        let (into, out, value) = match event.what {
            What::Stage(stage) => {
                seen.is_started = stage == Stage::InProgress;
                (None, None, 0)
            }
            What::Assigned(who) => (Some(&mut seen.assignees), None, who),
            What::Unassigned(who) => (None, Some(&mut seen.assignees), who),
            What::Joined(name) => (Some(&mut seen.milestones), None, name),
            What::Left(name) => (None, Some(&mut seen.milestones), name),
            What::Drafted | What::Ready => {
                seen.is_draft = event.what == What::Drafted;
                (None, None, 0)
            }
            What::Said | What::Reviewed | What::Other => (None, None, 0),
        };
        if let Some(list) = into.filter(|list| !list.contains(&value)) {
            list.push(value);
        }
        if let Some(list) = out {
            list.retain(|v| *v != value);
        }
        if event.is_bot {
            continue;
        }
        seen.n_events += 1;
        seen.last_at = seen.last_at.max(event.at);
        if at != i64::MAX && event.at > at - LATELY {
            seen.n_recent += 1;
        }
        let Some(by) = event.by else { continue };
        if !people.contains(&by) {
            people.push(by);
        }
        let is_own = item.author == Some(by);
        if is_own && is_with_author {
            seen.rounds += 1;
            is_with_author = false;
        }
        if !is_own && matches!(event.what, What::Said | What::Reviewed) {
            seen.n_other += 1;
            seen.answered_at.get_or_insert(event.at);
            is_with_author = true;
        }
    }
    seen.n_people = people.len();
    if at != i64::MAX {
        seen.idle = days(at - seen.last_at);
        let last_act = |who: &u32| {
            let acts = work.active.get(*who as usize).map_or(&[][..], |a| a);
            acts[..acts.partition_point(|t| *t <= at)].last().copied().unwrap_or(item.created_at)
        };
        seen.silent = seen.assignees.iter().map(last_act).max().map_or(0.0, |last| days(at - last));
    }
    seen
}

impl Seen {
    /// Whether somebody expects it: a pull request that is no old draft, something begun, given to somebody, put into a
    /// milestone, or talked about in the last eight weeks. The rest is a list of wishes, in which nothing is stuck.
    pub(super) fn is_in_flight(&self, item: &WorkItem) -> bool {
        let is_talked_about = self.idle < ASLEEP_DAYS;
        if item.is_pull {
            !self.is_draft || is_talked_about
        } else {
            self.is_started || !self.assignees.is_empty() || !self.milestones.is_empty() || is_talked_about
        }
    }
}
