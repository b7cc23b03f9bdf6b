//! The forecast that products ship: throughput of the last weeks, drawn again and again. It is kept as the yardstick
//! that a better model has to beat.

use sightline_facts::time::DAY;

use crate::forecast::{Answer, Asked, Forecast, Question, Unknown};
use crate::series::Series;

/// Weeks that it looks back.
const WEEKS: usize = 12;
/// Weeks beyond which it looks no further back for a week in which anything was done.
const MOST_WEEKS: usize = 1_040;
/// Runs of each simulation.
const RUNS: usize = 2_000;
/// Weeks after which a run gives up: fifty years.
const LONGEST_RUN: u32 = 2_600;

/// Numbers in a fixed sequence that look like chance.
///
/// # Source
/// Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014 (`SplitMix64`).
#[derive(Debug, Clone)]
struct SplitMix(u64);

impl SplitMix {
    /// Seeded by a text.
    ///
    /// # Source
    /// Fowler, Noll, Vo: FNV-1a.
    fn of(text: &str) -> Self {
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// A number below `n`.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let scaled = (u128::from(z) * n as u128) >> 64;
        usize::try_from(scaled).unwrap_or(0)
    }
}

/// Items done in each of the last weeks, the latest first; the window doubles while nothing was done in it.
fn weekly(series: &Series, as_of: i64) -> Vec<usize> {
    let mut weeks = WEEKS;
    loop {
        let ends = (0..weeks).map(|w| as_of - 7 * DAY * i64::try_from(w).unwrap_or(0));
        let counts: Vec<usize> = ends.map(|end| series.n_done(end - 7 * DAY, end)).collect();
        if counts.iter().any(|c| *c > 0) || weeks >= MOST_WEEKS {
            return counts;
        }
        weeks *= 2;
    }
}

/// Answers one question by drawing weeks with replacement until enough items are done, 2,000 times.
///
/// A milestone is taken as so many items of the whole stream, as burn-up charts do. The seed is made of the stream's
/// name and the question.
pub fn forecast(series: &Series, question: &Question) -> Answer {
    let as_of = question.as_of;
    let (n, what) = match &question.asked {
        Asked::Next(n) => (*n, n.to_string()),
        Asked::Milestone(name) => {
            let open = question.open.as_ref().map_or_else(|| series.open_members(name, as_of).len(), Vec::len);
            (open, format!("milestone:{name}"))
        }
    };
    if n == 0 {
        return Answer::cannot_know(Unknown::NothingOpen);
    }
    let history = weekly(series, as_of);
    if history.iter().all(|c| *c == 0) {
        return Answer::cannot_know(Unknown::TooFewDone { n_done: 0, least: 1 });
    }
    let mut random = SplitMix::of(&format!("{}|{as_of}|{what}", series.name));
    let mut runs: Vec<u32> = (0..RUNS)
        .map(|_| {
            let (mut done, mut weeks) = (0, 0);
            while done < n && weeks < LONGEST_RUN {
                done += history[random.below(history.len())];
                weeks += 1;
            }
            weeks
        })
        .collect();
    runs.sort_unstable();
    // The smallest week by which at least that share of the runs was done.
    let at = |percent: usize| as_of + 7 * DAY * i64::from(runs[(RUNS * percent).div_ceil(100).max(1) - 1]);
    Answer::dates(Forecast { p50_at: at(50), p85_at: at(85), p95_at: at(95) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Item;

    /// Items done in given weeks before day 0; each was opened a year before.
    fn done(weeks: &[i64]) -> Series {
        let items = weeks.iter().enumerate().map(|(i, week)| Item {
            key: format!("#{i}"),
            created_at: -400 * DAY,
            done_at: Some(-7 * DAY * week - DAY),
            closed_at: None,
            is_counted: true,
        });
        Series::new("shop/issues", items.collect(), Vec::new(), 0)
    }

    fn ask(series: &Series, n: usize) -> Answer {
        forecast(series, &Question { as_of: 0, asked: Asked::Next(n), open: None })
    }

    #[test]
    fn a_steady_team_is_sure() {
        let series = done(&(0..12).collect::<Vec<_>>());
        let weeks = |n: i64| n * 7 * DAY;
        let expect = Answer::dates(Forecast { p50_at: weeks(3), p85_at: weeks(3), p95_at: weeks(3) });
        assert_eq!(ask(&series, 3), expect, "one item a week, so three take three weeks in every run");
    }

    #[test]
    fn an_unsteady_team_is_not() {
        let series = done(&[0, 0, 0, 0, 5, 5, 11]);
        let found = ask(&series, 7);
        assert!(matches!(found.known(), Some(f) if f.p50_at < f.p85_at && f.p85_at < f.p95_at), "{found:?}");
        assert_eq!(ask(&series, 7), ask(&series, 7), "the same question has the same answer");
    }

    #[test]
    fn an_old_window_is_found_and_no_history_is_said() {
        assert!(ask(&done(&[30]), 1).known().is_some());
        assert!(ask(&done(&[]), 1).unknown.is_some());
        assert_eq!(ask(&done(&[1]), 0).unknown, Some(Unknown::NothingOpen));
    }

    #[test]
    fn what_comes_later_changes_nothing() {
        let series = done(&[0, 0, 3, 5, -4, -9]);
        let question = Question { as_of: 0, asked: Asked::Next(4), open: None };
        assert_eq!(forecast(&series, &question), forecast(&series.as_of(0), &question));
    }
}
