//! Walks through the past of a stream and asks, every four weeks, what a manager would have asked on that day; then
//! compares the answers with what happened.
//!
//! A forecaster is as good as its record: of dates given as "85 in 100" 85 of 100 should hold (coverage), and among
//! those that hold, narrow ranges are better than wide ones (log loss).

use std::collections::BTreeMap;

use sightline_facts::time::DAY;

use crate::forecast::{Answer, Asked, Forecast, Question};
use crate::series::Series;

/// Between two days on which is asked.
const STEP: i64 = 28 * DAY;
/// History before the first question.
const LEAST_HISTORY: i64 = 182 * DAY;
/// Data after the last question, so that most answers are known.
const TAIL: i64 = 365 * DAY;
/// Items done before the first question.
const LEAST_DONE: usize = 30;
/// Items below which a stream says too little to be scored.
const LEAST_ITEMS: usize = 100;
/// Open items below which nobody would ask about a milestone.
const LEAST_MEMBERS: usize = 5;
/// How many more items are asked about.
const SIZES: [usize; 3] = [5, 20, 50];
/// The shares that the three dates of a forecast stand for.
const LEVELS: [f64; 3] = [0.50, 0.85, 0.95];
/// Answers known in a stream below which it is left out of the mean over streams.
const LEAST_KNOWN: usize = 5;

/// A question with what really happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// The question.
    pub question: Question,
    /// When it came true; the end of the data where it had not yet.
    pub actual_at: i64,
    /// It had not come true by the end of the data: only "later than that" is known.
    pub is_censored: bool,
}

/// Whether a milestone is a place to put things off rather than something that is released.
pub(crate) fn is_no_release(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends_word = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    ["future", "backlog", "icebox", "ice box", "someday"].iter().any(|word| name.contains(word))
        || name.match_indices(".x").any(|(at, _)| ends_word(&name[at + 2..]))
        || name.strip_prefix("next").is_some_and(ends_word)
}

/// The first Monday, 00:00 UTC, on or after the day of an instant.
pub(crate) fn monday(at: i64) -> i64 {
    let day = at.div_euclid(DAY);
    // 1970-01-01 was a Thursday.
    let weekday = (day + 3).rem_euclid(7);
    (day + (7 - weekday).rem_euclid(7)) * DAY
}

/// All questions that the past of a stream allows, in order of time; none for a stream of fewer than 100 items.
pub fn questions(series: &Series) -> Vec<Asking> {
    let mut found = Vec::new();
    if series.items.iter().filter(|i| i.is_counted).count() < LEAST_ITEMS {
        return found;
    }
    let mut at = monday(series.first_at + LEAST_HISTORY);
    while at <= series.end_at - TAIL {
        let done = series.n_done(i64::MIN, at);
        if done >= LEAST_DONE {
            let last_year = series.n_done(at - 364 * DAY, at);
            // In a stream that lies dormant nobody would ask for so many.
            for n in SIZES.into_iter().filter(|n| last_year * 2 >= (*n).max(8)) {
                let actual = series.done.get(done + n - 1).copied();
                found.push(Asking {
                    question: Question { as_of: at, asked: Asked::Next(n), open: None },
                    actual_at: actual.unwrap_or(series.end_at),
                    is_censored: actual.is_none(),
                });
            }
            for name in series.milestones.keys().filter(|name| !is_no_release(name)) {
                found.extend(milestone(series, at, name));
            }
        }
        at += STEP;
    }
    found
}

/// The question about a milestone; `None` with fewer than five open items.
fn milestone(series: &Series, at: i64, name: &str) -> Option<Asking> {
    let open = series.open_members(name, at);
    if open.len() < LEAST_MEMBERS {
        return None;
    }
    let mut gone: BTreeMap<usize, Option<i64>> = open.iter().map(|i| (*i, series.items[*i].done_at)).collect();
    // An item leaves by being done or by being taken out, whichever is first.
    for change in series.milestones.get(name).into_iter().flatten().filter(|c| !c.is_member && c.at > at) {
        if let Some(left) = gone.get_mut(&change.item) {
            *left = Some(left.map_or(change.at, |l| l.min(change.at)));
        }
    }
    let is_censored = gone.values().any(Option::is_none);
    let last = gone.values().map(|left| left.unwrap_or(series.end_at)).max().unwrap_or(at).max(at);
    let keys = open.iter().map(|i| series.items[*i].key.clone()).collect();
    Some(Asking {
        question: Question { as_of: at, asked: Asked::Milestone(name.to_owned()), open: Some(keys) },
        actual_at: if is_censored { series.end_at } else { last },
        is_censored,
    })
}

/// How good the answers to one kind of question were.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The stream, or `all` for the mean over streams.
    pub series: String,
    /// `next-5`, `next-20`, `next-50`, `next-N` or `milestone`.
    pub kind: String,
    /// Questions that were answered.
    pub n: usize,
    /// Of these, how many had not come true by the end of the data.
    pub n_censored: usize,
    /// Questions to which the forecaster said that it cannot know.
    pub n_unknown: usize,
    /// Share of outcomes on or before P50, P85 and P95.
    pub coverage: [f64; 3],
    /// Mean distance of the three shares from 0.50, 0.85 and 0.95.
    pub calibration_error: f64,
    /// Mean pinball loss on the logarithm of days, doubled: small for dates that are near and ranges that hold.
    pub log_loss: f64,
    /// The same on days.
    pub crps_days: f64,
    /// Median of P95 − P50, days.
    pub width_days: f64,
}

/// One answered question, in days after it was asked.
struct Scored {
    actual: f64,
    is_censored: bool,
    dates: [f64; 3],
}

#[expect(clippy::cast_precision_loss, reason = "spans of time stay far below 2^53 microseconds")]
fn days(micros: i64) -> f64 {
    micros as f64 / DAY as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn number(n: usize) -> f64 {
    n as f64
}

fn pinball(actual: f64, date: f64, level: f64) -> f64 {
    if actual >= date { (actual - date) * level } else { (date - actual) * (1.0 - level) }
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values.into_iter().fold((0.0, 0), |(sum, n), v| (sum + v, n + 1));
    if n == 0 { f64::NAN } else { sum / number(n) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => values[n / 2],
        _ => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// Scores the answers to the questions of one stream, one row per kind of question.
pub fn score(series: &str, asked: &[Asking], answers: &[Answer]) -> Vec<Score> {
    let mut groups: BTreeMap<String, (Vec<Scored>, usize)> = BTreeMap::new();
    for (asking, answer) in asked.iter().zip(answers) {
        let kind = match &asking.question.asked {
            Asked::Next(n) => format!("next-{n}"),
            Asked::Milestone(_) => "milestone".to_owned(),
        };
        let (scored, unknown) = groups.entry(kind).or_default();
        let Some(Forecast { p50_at, p85_at, p95_at }) = answer.known() else {
            *unknown += 1;
            continue;
        };
        let after = |at: i64| days(at - asking.question.as_of).max(0.0);
        scored.push(Scored {
            actual: after(asking.actual_at),
            is_censored: asking.is_censored,
            dates: [after(p50_at), after(p85_at), after(p95_at)],
        });
    }
    groups.into_iter().map(|(kind, (scored, n_unknown))| sum_up(series, kind, &scored, n_unknown)).collect()
}

fn sum_up(series: &str, kind: String, scored: &[Scored], n_unknown: usize) -> Score {
    let (mut coverage, mut loss, mut log_loss) = ([f64::NAN; 3], [f64::NAN; 3], [f64::NAN; 3]);
    for (k, level) in LEVELS.into_iter().enumerate() {
        // Beyond the end of the data nothing is known: a date there is neither met nor missed.
        let known = || scored.iter().filter(|s| !(s.is_censored && s.dates[k] >= s.actual));
        // Two seconds of grace, for sources that keep milliseconds.
        let is_met = |s: &Scored| !s.is_censored && s.actual <= s.dates[k] + 2.0 / 86_400.0;
        coverage[k] = mean(known().map(|s| f64::from(u8::from(is_met(s)))));
        loss[k] = mean(known().map(|s| pinball(s.actual, s.dates[k], level)));
        log_loss[k] = mean(known().map(|s| pinball(s.actual.max(1.0).ln(), s.dates[k].max(1.0).ln(), level)));
    }
    Score {
        series: series.to_owned(),
        kind,
        n: scored.len(),
        n_censored: scored.iter().filter(|s| s.is_censored).count(),
        n_unknown,
        coverage,
        calibration_error: mean(coverage.into_iter().zip(LEVELS).map(|(c, level)| (c - level).abs())),
        log_loss: 2.0 * mean(log_loss),
        crps_days: 2.0 * mean(loss),
        width_days: median(scored.iter().map(|s| s.dates[2] - s.dates[0]).collect()),
    }
}

/// The mean over streams, so that no large one speaks for all: per kind, and over all questions for the next items.
/// Streams with fewer than five known answers are left out.
pub fn over_all(scores: &[Score]) -> Vec<Score> {
    let kinds: std::collections::BTreeSet<&str> = scores.iter().map(|s| s.kind.as_str()).collect();
    let mut found = Vec::new();
    for kind in kinds.into_iter().chain(["next-N"]) {
        let of_kind: Vec<&Score> = scores
            .iter()
            .filter(|s| if kind == "next-N" { s.kind.starts_with("next-") } else { s.kind == kind })
            .filter(|s| s.n - s.n_censored >= LEAST_KNOWN)
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        let average = |value: &dyn Fn(&Score) -> f64| mean(of_kind.iter().map(|s| value(s)).filter(|v| !v.is_nan()));
        found.push(Score {
            series: "all".to_owned(),
            kind: kind.to_owned(),
            n: of_kind.iter().map(|s| s.n).sum(),
            n_censored: of_kind.iter().map(|s| s.n_censored).sum(),
            n_unknown: of_kind.iter().map(|s| s.n_unknown).sum(),
            coverage: [0, 1, 2].map(|k| average(&|s| s.coverage[k])),
            calibration_error: average(&|s| s.calibration_error),
            log_loss: average(&|s| s.log_loss),
            crps_days: average(&|s| s.crps_days),
            width_days: average(&|s| s.width_days),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Item;

    #[test]
    fn places_to_put_things_off_are_no_releases() {
        for name in ["Future work", "backlog", "Ice Box", "3.x", "3.x (maybe)", "next", "Next release"] {
            assert!(is_no_release(name), "{name}");
        }
        for name in ["3.5", "3.xy", "nextcloud 2", "1.0.0-rc.1"] {
            assert!(!is_no_release(name), "{name}");
        }
    }

    #[test]
    fn questions_are_asked_on_mondays() {
        let thursday = 0;
        assert_eq!(monday(thursday), 4 * DAY);
        assert_eq!(monday(4 * DAY), 4 * DAY);
        assert_eq!(monday(4 * DAY + 1), 4 * DAY, "the day of the instant counts");
        assert_eq!(monday(-1), 4 * DAY);
    }

    /// 120 items, one opened and done a week after the other, and one that is never done.
    fn weekly() -> Series {
        let mut items: Vec<Item> = (0..120)
            .map(|week| Item {
                key: format!("#{week}"),
                created_at: week * 7 * DAY,
                done_at: Some((week + 1) * 7 * DAY - 1),
                closed_at: None,
                is_counted: true,
            })
            .collect();
        items.push(Item { key: "#open".to_owned(), created_at: 0, done_at: None, closed_at: None, is_counted: true });
        let mut changes: Vec<_> = (56..62).map(|n| ("v1".to_owned(), n * 7 * DAY, format!("#{n}"), true)).collect();
        changes.push(("v1".to_owned(), 0, "#open".to_owned(), true));
        changes.push(("v1".to_owned(), 0, "#50".to_owned(), true));
        changes.push(("v1".to_owned(), 119 * 7 * DAY, "#open".to_owned(), false));
        Series::new("shop/issues", items, changes, 120 * 7 * DAY)
    }

    #[test]
    fn a_steady_stream_answers_its_own_questions() {
        let series = weekly();
        let asked = questions(&series);
        assert!(asked.iter().all(|a| a.question.as_of <= series.end_at - TAIL));
        let next: Vec<_> = asked.iter().filter(|a| a.question.asked == Asked::Next(5)).collect();
        assert!(!next.is_empty());
        for asking in &next {
            // Weeks end on Wednesdays, so the fifth item is done four weeks and three days after a Monday.
            assert_eq!(asking.actual_at - asking.question.as_of, 31 * DAY - 1);
        }
        let at = next[0].question.as_of;
        let all = |days: i64| {
            Answer::dates(Forecast { p50_at: at + days * DAY, p85_at: at + days * DAY, p95_at: at + days * DAY })
        };
        let one = [asked.iter().find(|a| a.question.asked == Asked::Next(5)).expect("it is asked").clone()];
        let right = &score("s", &one, &[all(31)])[0];
        assert!(right.coverage.iter().all(|c| *c > 0.999), "{right:?}");
        assert!(right.log_loss < 1e-6 && right.width_days.abs() < 1e-9, "{right:?}");
        let early = &score("s", &one, &[all(3)])[0];
        assert!(early.coverage.iter().all(|c| *c < 0.001), "{early:?}");
        // Mean of (31 − 3) times the three levels, doubled.
        assert!((early.crps_days - 2.0 * 28.0 * 2.3 / 3.0).abs() < 1e-6, "{early:?}");
        assert_eq!(score("s", &one, &[Answer::cannot_know(crate::forecast::Unknown::NothingOpen)])[0].n_unknown, 1);
    }

    #[test]
    fn a_milestone_ends_when_its_last_item_is_done_or_taken_out() {
        let series = weekly();
        let asking = |week: i64| milestone(&series, week * 7 * DAY, "v1");
        assert_eq!(asking(58), None, "#50 is done; #56, #57 too; #58 and #open remain");
        let late = milestone(&series, 50 * 7 * DAY, "v1");
        assert_eq!(late, None, "five must be open on the day, however many come later");
        let mut more = series.clone();
        for changes in more.milestones.values_mut() {
            for change in changes.iter_mut().filter(|c| c.is_member) {
                change.at = 0;
            }
            changes.sort_unstable();
        }
        let asking = milestone(&more, 55 * 7 * DAY, "v1").expect("seven are open");
        assert_eq!((asking.actual_at, asking.is_censored), (119 * 7 * DAY, false), "#open was taken out");
    }

    #[test]
    fn a_date_beyond_the_data_is_neither_met_nor_missed() {
        let asking = Asking {
            question: Question { as_of: 0, asked: Asked::Next(5), open: None },
            actual_at: 100 * DAY,
            is_censored: true,
        };
        let answer = Answer::dates(Forecast { p50_at: 50 * DAY, p85_at: 100 * DAY, p95_at: 300 * DAY });
        let found = &score("s", &[asking], &[answer])[0];
        assert_eq!(found.coverage[0].to_bits(), 0.0_f64.to_bits());
        assert!(found.coverage[1].is_nan() && found.coverage[2].is_nan());
        assert!(over_all(std::slice::from_ref(found)).is_empty(), "one answer says too little");
    }
}
