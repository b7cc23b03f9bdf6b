//! Order in history: work on one part that regularly comes soon after work on another.
//!
//! Two busy parts follow each other all the time, so that counting is not enough. How often work on B came within
//! [`WITHIN`] after work on A is held against how often it came after other work of the same months; with so many pairs
//! looked at, it must be so rare by chance that not even one such pair would be expected among them. And B must come
//! after A clearly more often than before it, or there is no order.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::time::DAY;

/// "Soon".
const WITHIN: i64 = 14 * DAY;
/// Other work is compared with that was done so long before or after.
const SEASON: i64 = 90 * DAY;
/// Times that work on the first part must have been done alone.
const LEAST_TIMES: usize = 8;
/// Times that it must have been followed.
const LEAST_FOLLOWED: usize = 5;
/// Share of times that it must have been followed: less is nothing to count on.
const LEAST_RATIO: f64 = 0.5;
/// Other work that a comparison needs.
const LEAST_OTHERS: usize = 5;
/// The chance of finding any order where there is none.
const MISTAKE: f64 = 0.05;
/// Times that are looked at, the latest ones.
const MOST_TIMES: usize = 300;
/// Parts that are looked at, those that most work is done on.
const MOST_PARTS: usize = 60;
/// Work that changes more parts is sweeping and says little of any two.
const MOST_CHANGED: usize = 8;

/// A work item that was done, with what it changed.
#[derive(Debug, Clone)]
pub(super) struct Done<'a> {
    pub(super) at: i64,
    /// Its place among all items.
    pub(super) item: usize,
    pub(super) parts: BTreeSet<&'a str>,
}

/// One part that regularly follows another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order<'a> {
    pub(super) follower: &'a str,
    pub(super) leader: &'a str,
    /// Times that work was done on the leader alone, and how many of these the follower came soon after.
    pub(super) n: usize,
    pub(super) n_followed: usize,
    /// How many would have been followed by chance.
    pub(super) expected: f64,
    /// The latest such pair: item of the leader, item of the follower, and the time between them.
    pub(super) latest: (usize, usize, i64),
}

/// Finds them, in the order of the names of leader and follower.
pub(super) fn order<'a>(done: &[Done<'a>]) -> Vec<Order<'a>> {
    let mut done: Vec<&Done<'a>> = done.iter().filter(|d| d.parts.len() <= MOST_CHANGED).collect();
    done.sort_by_key(|d| (d.at, d.item));
    let mut n_work: BTreeMap<&str, usize> = BTreeMap::new();
    for part in done.iter().flat_map(|d| &d.parts) {
        *n_work.entry(part).or_default() += 1;
    }
    let mut parts: Vec<(&'a str, usize)> = n_work.into_iter().filter(|(_, n)| *n >= LEAST_FOLLOWED).collect();
    parts.sort_by_key(|(part, n)| (std::cmp::Reverse(*n), *part));
    parts.truncate(MOST_PARTS);
    parts.sort_unstable();
    let mut n_pairs = 0_u32;
    let mut found = Vec::new();
    for (leader, _) in &parts {
        for (follower, _) in parts.iter().filter(|(part, _)| part != leader) {
            if let Some(pair) = Pair::of(&done, leader, follower) {
                n_pairs += 1;
                found.extend(pair.order());
            }
        }
    }
    found.retain(|(_, chance)| chance * f64::from(n_pairs) <= MISTAKE);
    found.into_iter().map(|(order, _)| order).collect()
}

/// Two parts, with all that was done.
struct Pair<'d, 'a> {
    done: &'d [&'d Done<'a>],
    leader: &'a str,
    follower: &'a str,
    /// Places in `done` of work on the leader without the follower, the latest ones.
    led: Vec<usize>,
    /// Places in `done` of work on the follower without the leader.
    followers: Vec<usize>,
}

impl<'d, 'a> Pair<'d, 'a> {
    /// `None` where there is too little work on either alone.
    fn of(done: &'d [&'d Done<'a>], leader: &'a str, follower: &'a str) -> Option<Self> {
        let alone = |part: &str, other: &str| -> Vec<usize> {
            let is = |at: &usize| done[*at].parts.contains(part) && !done[*at].parts.contains(other);
            (0..done.len()).filter(is).collect()
        };
        let (mut led, followers) = (alone(leader, follower), alone(follower, leader));
        led.drain(..led.len().saturating_sub(MOST_TIMES));
        (led.len() >= LEAST_TIMES && followers.len() >= LEAST_FOLLOWED).then_some(Self {
            done,
            leader,
            follower,
            led,
            followers,
        })
    }

    /// The next work on the follower alone that was done soon after an instant.
    fn after(&self, at: i64) -> Option<usize> {
        let next = self.followers.partition_point(|f| self.done[*f].at <= at);
        self.followers.get(next).copied().filter(|f| self.done[*f].at <= at + WITHIN)
    }

    /// Whether work on the follower alone was done shortly before an instant.
    fn is_before(&self, at: i64) -> bool {
        let next = self.followers.partition_point(|f| self.done[*f].at < at);
        next > 0 && self.done[self.followers[next - 1]].at >= at - WITHIN
    }

    /// The order of the two, with the chance that it came about without any; `None` where there is none.
    fn order(&self) -> Option<(Order<'a>, f64)> {
        // By place: other work before it, and how much of that was soon followed.
        let mut others = Vec::with_capacity(self.done.len() + 1);
        let mut sums = (0_u32, 0_u32);
        others.push(sums);
        for one in self.done {
            if !one.parts.contains(self.leader) && !one.parts.contains(self.follower) {
                sums = (sums.0 + 1, sums.1 + u32::from(self.after(one.at).is_some()));
            }
            others.push(sums);
        }
        let mut chances = Vec::with_capacity(self.led.len());
        let (mut n_followed, mut after_only, mut before_only) = (0_usize, 0_usize, 0_usize);
        let mut latest = None;
        for place in &self.led {
            let at = self.done[*place].at;
            let from = self.done.partition_point(|d| d.at < at - SEASON);
            let to = self.done.partition_point(|d| d.at <= at + SEASON);
            let (n, followed) = (others[to].0 - others[from].0, others[to].1 - others[from].1);
            if (n as usize) < LEAST_OTHERS {
                continue;
            }
            // Half a case more on either side: what was never seen is not impossible.
            chances.push((f64::from(followed) + 0.5) / (f64::from(n) + 1.0));
            let (after, before) = (self.after(at), self.is_before(at));
            n_followed += usize::from(after.is_some());
            after_only += usize::from(after.is_some() && !before);
            before_only += usize::from(before && after.is_none());
            latest = after.map(|f| (self.done[*place].item, self.done[f].item, self.done[f].at - at)).or(latest);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of work items are far below 2^52")]
        let ratio = n_followed as f64 / chances.len().max(1) as f64;
        if chances.len() < LEAST_TIMES || n_followed < LEAST_FOLLOWED || ratio < LEAST_RATIO {
            return None;
        }
        let fair = vec![0.5; after_only + before_only];
        if at_least(&fair, after_only) > MISTAKE {
            return None;
        }
        let order = Order {
            follower: self.follower,
            leader: self.leader,
            n: chances.len(),
            n_followed,
            expected: chances.iter().sum(),
            latest: latest?,
        };
        Some((order, at_least(&chances, n_followed)))
    }
}

/// The chance that at least so many of independent events with these chances happen.
fn at_least(chances: &[f64], n: usize) -> f64 {
    // By number of events: the chance of exactly so many; the last place holds `n` and more.
    let mut exactly = vec![0.0; n + 1];
    exactly[0] = 1.0;
    for chance in chances {
        for k in (0..n).rev() {
            let moved = exactly[k] * chance;
            exactly[k + 1] += moved;
            exactly[k] -= moved;
        }
    }
    exactly[n]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work done by day, with the parts that it changed.
    fn check(work: &[(i64, &[&'static str])], expect: &[&str]) {
        let done: Vec<Done<'_>> = work
            .iter()
            .enumerate()
            .map(|(item, (day, parts))| Done { at: day * DAY, item, parts: parts.iter().copied().collect() })
            .collect();
        let mut shuffled = done.clone();
        shuffled.reverse();
        for done in [done, shuffled] {
            let found: Vec<String> = order(&done)
                .iter()
                .map(|o| {
                    format!(
                        "{} after {}: {} of {}, {:.1} by chance",
                        o.follower, o.leader, o.n_followed, o.n, o.expected
                    )
                })
                .collect();
            assert_eq!(found, expect);
        }
    }

    /// Every 60 days work on `a`; other work on each tenth day.
    fn base() -> Vec<(i64, &'static [&'static str])> {
        let mut work: Vec<(i64, &'static [&'static str])> = (0..20).map(|n| (n * 60, &["a"][..])).collect();
        work.extend((0..120).map(|n| (n * 10 + 5, &["other"][..])));
        work
    }

    #[test]
    fn what_always_comes_five_days_later_follows() {
        let mut work = base();
        work.extend((0..20).map(|n| (n * 60 + 6, &["b"][..])));
        // By hand: of six other days in sixty two lie within 14 days before work on `b`, which makes 6.5 of 19 each time.
        check(&work, &["b after a: 20 of 20, 6.8 by chance"]);
        let latest = order(
            &work
                .iter()
                .enumerate()
                .map(|(item, (day, parts))| Done { at: day * DAY, item, parts: parts.iter().copied().collect() })
                .collect::<Vec<_>>(),
        )[0]
        .latest;
        assert_eq!(latest, (19, 159, 6 * DAY));
    }

    #[test]
    fn a_busy_part_follows_everything_and_so_nothing() {
        let mut work = base();
        work.extend((0..400).map(|n| (n * 3 + 1, &["busy"][..])));
        check(&work, &[]);
    }

    #[test]
    fn work_at_the_same_time_has_no_order_and_work_on_both_is_none_of_either() {
        let mut work = base();
        work.extend((0..20).map(|n| (n * 60 + if n % 2 == 0 { 5 } else { -5 }, &["b"][..])));
        check(&work, &[]);
        let mut both = base();
        both.extend((0..20).map(|n| (n * 60 + 6, &["a", "b"][..])));
        check(&both, &[]);
    }

    #[test]
    fn a_few_times_may_be_chance() {
        let mut work = base();
        work.extend((0..4).map(|n| (n * 60 + 6, &["b"][..])));
        check(&work, &[]);
        check(&[], &[]);
    }

    #[test]
    fn the_tail_of_unequal_chances_is_exact() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(at_least(&[0.5, 0.5, 0.5], 2), 0.5);
        close(at_least(&[0.1, 0.2], 2), 0.02);
        close(at_least(&[0.1, 0.2], 1), 0.28);
        close(at_least(&[0.3], 0), 1.0);
        close(at_least(&[], 1), 0.0);
    }
}
