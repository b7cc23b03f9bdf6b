//! What must hold for every stream, however odd: ranges ascend, the future is not seen, chance repeats itself, more
//! items never finish earlier, and what comes with a question does not change its answer.

use proptest::prelude::*;

use super::*;
use crate::series::Item;

const HOUR: i64 = DAY / 24;

/// A stream made by chance: items of steady or bursty weeks, some never done, some pull requests turned down, in
/// milestones that they enter and leave.
fn stream() -> impl Strategy<Value = Series> {
    let item =
        (0_i64..900, prop::option::weighted(0.85, 0_i64..200), 0_u8..10, 0_usize..4, prop::option::of(1_i64..90));
    prop::collection::vec(item, 0..160).prop_map(|items| {
        let mut changes = Vec::new();
        let made = items.into_iter().enumerate().map(|(i, (opened, took, kind, milestone, left))| {
            let created_at = opened * DAY + 7 * HOUR;
            let end = took.map(|days| created_at + days * DAY + HOUR);
            let is_turned_down = kind == 0;
            let key = format!("#{i}");
            if milestone < 3 {
                let name = format!("{milestone}.0 “odd' name");
                changes.push((name.clone(), created_at, key.clone(), true));
                changes.extend(left.map(|days| (name, created_at + days * DAY, key.clone(), false)));
            }
            Item {
                key,
                created_at,
                done_at: end.filter(|_| !is_turned_down),
                closed_at: end.filter(|_| is_turned_down),
                is_counted: !is_turned_down,
            }
        });
        let made = made.collect();
        Series::new("shop/issues", made, changes, 1_100 * DAY)
    })
}

fn next(as_of: i64, n: usize) -> Question {
    Question { as_of, asked: Asked::Next(n), open: None }
}

fn of_milestone(as_of: i64, name: &str) -> Question {
    Question { as_of, asked: Asked::Milestone(name.to_owned()), open: None }
}

fn ask(series: &Series, questions: &[Question]) -> Vec<Answer> {
    forecasts(series, questions, Model::Calibrated)
}

/// All that can be asked on a day.
fn everything(series: &Series, as_of: i64) -> Vec<Question> {
    let next = [1, 4, 5, 9, 20, 21, 50, 70].map(|n| next(as_of, n));
    next.into_iter().chain(series.milestones.keys().map(|name| of_milestone(as_of, name))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_question_gets_dates_that_ascend(series in stream(), day in -400_i64..1_300) {
        let as_of = day * DAY;
        for answer in ask(&series, &everything(&series, as_of)) {
            let dates = answer.forecast.expect("there is always a belief");
            prop_assert!(as_of <= dates.p50_at && dates.p50_at <= dates.p85_at && dates.p85_at <= dates.p95_at);
            prop_assert!(answer.distribution.is_sorted() && answer.distribution.len() == DISTRIBUTION.len());
        }
    }

    #[test]
    fn the_future_is_not_seen(series in stream(), day in 0_i64..1_100) {
        let as_of = day * DAY;
        let questions = everything(&series.as_of(as_of), as_of);
        prop_assert_eq!(ask(&series, &questions), ask(&series.as_of(as_of), &questions));
        let explained = |series: &Series| explain(series, &questions[3..]);
        prop_assert_eq!(explained(&series), explained(&series.as_of(as_of)), "nor by the track record");
    }

    #[test]
    fn answers_do_not_depend_on_what_else_is_asked(series in stream(), day in 100_i64..1_100) {
        let as_of = day * DAY;
        let mut questions = everything(&series, as_of);
        questions.extend(everything(&series, as_of - 28 * DAY));
        questions.extend(everything(&series, as_of + 3 * HOUR));
        let together = ask(&series, &questions);
        prop_assert_eq!(&together, &ask(&series, &questions), "the same question has the same answer");
        for (question, answer) in questions.iter().zip(&together).step_by(5) {
            prop_assert_eq!(&ask(&series, std::slice::from_ref(question))[0], answer);
            prop_assert_eq!(&explain(&series, std::slice::from_ref(question))[0].answer, answer);
        }
    }

    #[test]
    fn more_items_never_finish_earlier(series in stream(), day in 100_i64..1_100) {
        let sizes = [1, 2, 4, 5, 6, 11, 19, 20, 21, 35, 49, 50, 51, 90, 400];
        let as_of = day * DAY;
        let answers = ask(&series, &sizes.map(|n| next(as_of, n)));
        for (fewer, more) in answers.iter().zip(&answers[1..]) {
            for (fewer, more) in fewer.distribution.iter().zip(&more.distribution) {
                prop_assert!(fewer <= more);
            }
        }
        let open = |n: usize| Question { open: Some(vec!["#1".to_owned(); n]), ..of_milestone(as_of, "0.0 “odd' name") };
        let answers = ask(&series, &[open(1), open(2), open(30)]);
        for (fewer, more) in answers.iter().zip(&answers[1..]) {
            prop_assert!(fewer.distribution.iter().zip(&more.distribution).all(|(fewer, more)| fewer <= more));
        }
    }
}

/// `n` items a week for so many weeks, each opened a week before it is done, and one that stays open.
fn steady(n: i64, weeks: i64) -> Series {
    let done = (0..weeks * n).map(|i| 7 * DAY + i * 7 * DAY / n);
    let items = done.enumerate().map(|(i, at)| Item {
        key: format!("#{i}"),
        created_at: at - 7 * DAY,
        done_at: Some(at),
        closed_at: None,
        is_counted: true,
    });
    let open = Item { key: "#open".to_owned(), created_at: 0, done_at: None, closed_at: None, is_counted: true };
    Series::new("shop/issues", items.chain([open]).collect(), Vec::new(), (weeks + 1) * 7 * DAY)
}

fn days_until(answer: &Answer, as_of: i64) -> [i64; 3] {
    let Forecast { p50_at, p85_at, p95_at } = answer.known().expect("enough is known");
    [p50_at, p85_at, p95_at].map(|at| (at - as_of) / DAY)
}

#[test]
fn a_steady_stream_goes_on_and_its_rate_decides() {
    let as_of = 100 * 7 * DAY;
    let slow = days_until(&ask(&steady(2, 100), &[next(as_of, 20)])[0], as_of);
    let fast = days_until(&ask(&steady(8, 100), &[next(as_of, 20)])[0], as_of);
    assert!((50..=90).contains(&slow[0]), "twenty items at two a week take about seventy days: {slow:?}");
    assert!((10..=25).contains(&fast[0]), "at eight a week two and a half weeks: {fast:?}");
    assert!(slow[0] < slow[1] && slow[1] < slow[2], "and nobody is sure of it: {slow:?}");
}

#[test]
fn what_happened_lately_counts_more_than_what_was_long_ago() {
    let as_of = 101 * 7 * DAY;
    let mut items = steady(4, 80).items;
    items.extend((0..20).map(|week| Item {
        key: format!("#late{week}"),
        created_at: (80 + week) * 7 * DAY,
        done_at: Some((81 + week) * 7 * DAY),
        closed_at: None,
        is_counted: true,
    }));
    let slowed = Series::new("shop/issues", items, Vec::new(), as_of);
    let [median, ..] = days_until(&ask(&slowed, &[next(as_of, 20)])[0], as_of);
    assert!(median > 70, "one item a week since: twenty take longer than at four a week: {median}");
}

/// Six items, put into a milestone at the start of which some were done lately.
fn milestone_idle_for(days: i64) -> (Series, i64) {
    let mut series = steady(3, 60);
    let as_of = 60 * 7 * DAY;
    let mut items = series.items.split_off(0);
    let mut changes = Vec::new();
    for i in 0..6 {
        let key = format!("#m{i}");
        let done_at = (i == 0).then_some(as_of - days * DAY);
        changes.push(("2.0".to_owned(), as_of - 200 * DAY, key.clone(), true));
        items.push(Item { key, created_at: as_of - 200 * DAY, done_at, closed_at: None, is_counted: true });
    }
    (Series::new("shop/issues", items, changes, as_of), as_of)
}

#[test]
fn a_milestone_that_lies_idle_takes_longer() {
    let until = |idle: i64| {
        let (series, as_of) = milestone_idle_for(idle);
        days_until(&ask(&series, &[of_milestone(as_of, "2.0")])[0], as_of)
    };
    let (active, idle) = (until(2), until(100));
    assert!(active[0] < idle[0] && active[1] < idle[1], "{active:?} {idle:?}");
    let (series, as_of) = milestone_idle_for(30);
    let basis = ask(&series, &[of_milestone(as_of, "2.0")])[0].basis;
    let Some(Basis::Milestone(basis)) = basis else { unreachable!("it is a milestone: {basis:?}") };
    assert_eq!((basis.n_open, basis.n_left_12_weeks), (5, 1));
    assert!((basis.idle_days - 30.0).abs() < 1e-9);
    let explained = explain(&series, &[of_milestone(as_of, "2.0")]).remove(0);
    assert_eq!(explained.answer.is_open_ended, [false, false, true], "the last of twenty would take eleven years");
    let moved = explained.levers.iter().find(|l| l.kind == LeverKind::MovedToday).expect("it lies idle");
    assert!(moved.forecast.p85_at < explained.answer.known().expect("it is known").p85_at);
}

#[test]
fn a_pull_request_that_is_turned_down_leaves_its_milestone() {
    let (series, as_of) = milestone_idle_for(2);
    let mut items = series.items;
    for item in items.iter_mut().filter(|i| i.key == "#m1") {
        (item.closed_at, item.is_counted) = (Some(as_of - DAY), false);
    }
    let changes = (0..6).map(|i| ("2.0".to_owned(), as_of - 200 * DAY, format!("#m{i}"), true)).collect();
    let series = Series::new("shop/pulls", items, changes, as_of);
    let basis = ask(&series, &[of_milestone(as_of, "2.0")])[0].basis;
    assert!(matches!(basis, Some(Basis::Milestone(b)) if b.n_open == 4 && b.n_left_12_weeks == 2), "{basis:?}");
}

#[test]
fn what_cannot_be_known_is_said_and_still_has_dates_for_comparison() {
    let unknown = |series: &Series, as_of: i64, n: usize| {
        let answer = ask(series, &[next(as_of, n)]).remove(0);
        assert!(answer.known().is_none() == answer.unknown.is_some() && answer.forecast.is_some());
        answer.unknown
    };
    let series = steady(1, 60);
    assert_eq!(unknown(&Series::default(), 0, 5), Some(Unknown::NoItem));
    assert_eq!(unknown(&series, -DAY, 5), Some(Unknown::NoItem));
    assert_eq!(unknown(&series, 21 * DAY, 5), Some(Unknown::TooFewDone { n_done: 3, least: 8 }));
    assert_eq!(unknown(&steady(7, 10), 20 * DAY, 5), Some(Unknown::TooYoung { days: 20, least: 56 }));
    assert_eq!(unknown(&series, 60 * 7 * DAY, 5), None);
    assert_eq!(unknown(&series, 60 * 7 * DAY, 0), Some(Unknown::NothingOpen));
    let last = 60 * 7 * DAY;
    assert_eq!(unknown(&series, last + 363 * DAY, 5), None, "a year has not passed");
    assert_eq!(unknown(&series, last + 364 * DAY, 5), Some(Unknown::Asleep { last_at: last }));
    let none = ask(&series, &[of_milestone(60 * 7 * DAY, "never heard of")]).remove(0);
    assert_eq!(none.unknown, Some(Unknown::NothingOpen));
}

/// A label over steady work: every eight weeks six items get it, which are done within four weeks, or never are.
fn labelled(weeks: i64, are_done: bool) -> Series {
    let mut items = steady(1, weeks).items;
    let mut changes = Vec::new();
    for start in (0..weeks - 8).step_by(8) {
        for n in 0..6 {
            let (key, at) = (format!("#{start}-{n}"), start * 7 * DAY);
            changes.push(("topic".to_owned(), at, key.clone(), true));
            let done_at = are_done.then_some(at + (20 + n) * DAY);
            items.push(Item { key, created_at: at, done_at, closed_at: None, is_counted: true });
        }
    }
    Series { groups: Groups::Labels, ..Series::new("shop/issues", items, changes, weeks * 7 * DAY) }
}

#[test]
fn a_label_has_to_earn_its_dates() {
    let asked = |series: &Series, week: i64| ask(series, &[of_milestone((week * 7 + 10) * DAY, "topic")]).remove(0);
    let cleared = labelled(400, true);
    assert_eq!(asked(&cleared, 392 - 8).unknown, None, "its dates held");
    let stays = labelled(700, false);
    let Some(Unknown::BadRecord { n_passed, n_held }) = asked(&stays, 680).unknown else {
        unreachable!("{:?}", asked(&stays, 680))
    };
    assert!(n_passed >= 3 && n_held == 0, "{n_held} of {n_passed}");
    assert_eq!(asked(&stays, 40).unknown, Some(Unknown::Untested { n_passed: 0, least: 3 }));
    // A milestone is a plan, and what is usual for milestones speaks for it.
    let milestone = Series { groups: Groups::Milestones, ..stays };
    assert_eq!(asked(&milestone, 680).unknown, None);
}

#[test]
fn mistaken_dates_do_no_harm() {
    let mut items = steady(2, 60).items;
    let year_one = -719_162 * DAY;
    items.push(Item {
        key: "#old".to_owned(),
        created_at: year_one,
        done_at: Some(year_one),
        closed_at: None,
        is_counted: true,
    });
    items.push(Item {
        key: "#back".to_owned(),
        created_at: 900 * DAY,
        done_at: Some(DAY),
        closed_at: None,
        is_counted: true,
    });
    let series = Series::new("shop/issues", items, Vec::new(), 60 * 7 * DAY);
    let far = 2_000_000 * DAY;
    for (as_of, n) in [(60 * 7 * DAY, 20), (60 * 7 * DAY, usize::MAX), (year_one, 5), (far, 5)] {
        let dates = ask(&series, &[next(as_of, n)])[0].forecast.expect("there is always a belief");
        assert!(as_of <= dates.p50_at && dates.p50_at <= dates.p95_at);
    }
    assert_eq!(ask(&series, &[next(60 * 7 * DAY, usize::MAX)])[0].is_open_ended, [true; 3]);
}

#[test]
fn the_track_record_counts_only_dates_that_have_passed() {
    let as_of = 150 * 7 * DAY;
    let held = explain(&steady(4, 150), &[next(as_of, 5)])[0].held;
    assert!(held.n_passed[0] > 20, "{held:?}");
    assert!(held.n_passed[0] >= held.n_passed[2], "later dates pass later");
    assert_eq!(held.n_held[2], held.n_passed[2], "a steady stream keeps its 95% dates");
    assert_eq!(held.first_at.map(|at| (as_of - at) % STEP), Some(0));
    let young = explain(&steady(4, 20), &[next(20 * 7 * DAY, 5)])[0].held;
    assert_eq!((young, young.ratio(1).is_nan()), (Held::default(), true));
}
