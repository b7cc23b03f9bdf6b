//! Warnings over work made up here: a stream whose items take one to ten days, and a few that do not.

use super::*;
use crate::work::{Event, Stage, What};

/// A stream under construction. Days count from an arbitrary first.
#[derive(Default)]
struct Made {
    work: Work,
}

const ANN: u32 = 0;
const BOB: u32 = 1;
const V1: u32 = 2;

impl Made {
    fn new(names: &[&str]) -> Self {
        let mut made = Self::default();
        made.work.names = names.iter().map(|n| (*n).to_owned()).collect();
        made.work.streams.push(Stream {
            name: "shop/issues".into(),
            repo: "shop".into(),
            items: Vec::new(),
            end_at: 0,
        });
        made
    }

    /// An item that Ann opens, with what happened to it: day, what and who.
    fn item(&mut self, created: i64, is_pull: bool, events: &[(i64, What, u32)]) -> usize {
        let place = self.work.items.len();
        let made = |(at, what, by): &(i64, What, u32)| Event {
            at: at * DAY,
            position: 0,
            what: *what,
            by: Some(*by),
            is_bot: false,
        };
        let gone = events.iter().rev().find(|(_, what, _)| matches!(what, What::Stage(_)));
        let gone_at = gone.filter(|(_, what, _)| *what == What::Stage(Stage::Done)).map(|(at, ..)| at * DAY);
        self.work.items.push(WorkItem {
            id: format!("issue:shop#{place}"),
            key: format!("#{place}"),
            title: String::new(),
            stream: 0,
            is_pull,
            created_at: created * DAY,
            author: Some(ANN),
            events: events.iter().map(made).collect(),
            gone_at,
            waits_for: Vec::new(),
            place: ("shop.jsonl".into(), 1, 1),
        });
        self.work.streams[0].items.push(place);
        place
    }

    /// 200 items, one a day, done after one to ten days.
    fn steady(&mut self) {
        for day in 0..200 {
            self.item(day, false, &[(day + 1 + day * 7 % 10, What::Stage(Stage::Done), BOB)]);
        }
    }

    /// As many that nobody ever took up, so that a queue stands behind what is done.
    fn wishes(&mut self) {
        for _ in 0..200 {
            self.item(0, false, &[]);
        }
    }

    fn ends(mut self, day: i64) -> Work {
        self.work.streams[0].end_at = day * DAY;
        self.work.sum_up();
        self.work
    }
}

fn kinds(found: &[Warning], item: usize) -> Vec<&'static str> {
    found.iter().filter(|w| w.subject == Subject::Item(item)).map(|w| w.kind.id()).collect()
}

#[test]
fn what_is_usual_is_that_of_the_day() {
    let mut made = Made::new(&["ann", "bob"]);
    made.steady();
    made.item(0, false, &[(150, What::Stage(Stage::Done), BOB), (180, What::Stage(Stage::ToDo), BOB)]);
    let work = made.ends(210);
    let habits = Habits::of(&work, &work.streams[0]);
    assert_eq!(habits.usual(20 * DAY, 0), None, "fewer than 30 have ended");
    let usual = |day: i64| habits.usual(day * DAY, 10).expect("enough have ended");
    let then = usual(149);
    let rounded = [then.p50, then.p75, then.p85, then.p95].map(|days| format!("{days:.0}"));
    assert_eq!(rounded, ["5", "8", "9", "10"]);
    assert_eq!(usual(169).n_gone, usual(179).n_gone - 10, "ten end in ten days");
    assert_eq!(usual(189).n_gone, usual(179).n_gone + 9, "ten more ended, and one was opened again");
}

#[test]
fn a_silent_item_with_a_silent_person_is_warned_of_and_a_lively_one_is_not() {
    let mut made = Made::new(&["ann", "bob", "v1"]);
    made.steady();
    made.wishes();
    let silent = made.item(120, false, &[(121, What::Assigned(V1), ANN)]);
    let lively = made.item(205, false, &[(206, What::Said, BOB), (208, What::Said, BOB), (209, What::Said, ANN)]);
    let work = made.ends(210);
    let found = warnings(&work, None);
    let silent = kinds(&found, silent);
    assert!(
        silent.contains(&"ageing") && silent.contains(&"no-progress") && silent.contains(&"silent-assignee"),
        "{silent:?}"
    );
    assert_eq!(kinds(&found, lively), [""; 0]);
    let ageing = found.iter().find(|w| w.kind == Kind::Ageing).expect("it is old");
    assert_eq!(ageing.since_at, 129 * DAY, "85 of 100 took at most nine days");
}

#[test]
fn a_stream_in_which_nothing_ended_for_a_year_is_not_warned_of() {
    let made = |end: i64| {
        let mut made = Made::new(&["ann", "bob", "v1"]);
        made.steady();
        made.wishes();
        made.item(120, false, &[(121, What::Assigned(V1), ANN)]);
        // Six that came in lately would be a milestone that grows.
        for day in 0..6 {
            made.item(end - 10, false, &[(end - 10 + day, What::Joined(V1), ANN)]);
        }
        made.ends(end)
    };
    // The last of the steady ones ends on day 207; a year later the last day of grace is over.
    let awake = made(207 + ASLEEP_AFTER_DAYS - 1);
    assert!(!warnings(&awake, None).is_empty());
    assert_eq!(sleeping(&awake, None), []);
    let asleep = made(207 + ASLEEP_AFTER_DAYS);
    assert_eq!(warnings(&asleep, None), []);
    let found = sleeping(&asleep, None);
    assert_eq!((found.len(), found[0].since_at, found[0].n_open), (1, 207 * DAY, 207));
    assert_eq!(asleep.items[found[0].last].gone_at, Some(207 * DAY));
    assert!(!warnings(&asleep, Some(300 * DAY)).is_empty(), "on an earlier day it was awake");
    let mut never = Made::new(&["ann"]);
    never.wishes();
    assert_eq!(sleeping(&never.ends(900), None), [], "nothing ever ended");
}

#[test]
fn dependencies_are_followed_and_nobody_looks_after_a_blocker() {
    let mut made = Made::new(&["ann", "bob"]);
    made.steady();
    let idle = made.item(100, false, &[(101, What::Said, BOB)]);
    let waiting = made.item(190, false, &[(209, What::Said, BOB)]);
    let far = made.item(195, false, &[(209, What::Said, BOB)]);
    made.work.items[waiting].waits_for.push((191 * DAY, idle));
    made.work.items[far].waits_for.push((196 * DAY, waiting));
    // A cycle is followed once around.
    made.work.items[idle].waits_for.push((196 * DAY, far));
    let work = made.ends(210);
    let waits = super::waiting(&work, 210 * DAY);
    assert_eq!([waits[&idle], waits[&waiting], waits[&far]], [2, 2, 2]);
    let found = warnings(&work, None);
    assert!(kinds(&found, waiting).contains(&"idle-dependency"));
    assert!(kinds(&found, waiting).contains(&"unowned-blocker"));
    assert!(kinds(&found, far).contains(&"slipping-dependency"), "{:?}", kinds(&found, far));
    assert!(found[0].moves_dates(), "what others wait for comes first");
}

#[test]
fn a_milestone_grows_when_more_comes_in_than_leaves() {
    let mut made = Made::new(&["ann", "bob", "v1"]);
    made.steady();
    for day in 200..206 {
        made.item(day, false, &[(day, What::Joined(V1), ANN)]);
    }
    made.item(100, false, &[(100, What::Joined(V1), ANN), (207, What::Stage(Stage::Done), BOB)]);
    let work = made.ends(210);
    let found = warnings(&work, None);
    let growth = found.iter().find(|w| w.kind == Kind::ScopeGrowth).expect("it grows");
    assert_eq!((growth.value, growth.usual), (6.0, 1.0));
    let mut less = work;
    less.items.truncate(204);
    less.streams[0].items.truncate(204);
    assert!(warnings(&less, None).iter().all(|w| w.kind != Kind::ScopeGrowth), "four items are no plan");
}

/// The same as an export of that day would give: nothing later is looked at.
#[test]
fn warnings_of_a_day_use_nothing_later() {
    let mut made = Made::new(&["ann", "bob", "v1"]);
    made.steady();
    made.wishes();
    made.item(60, false, &[(61, What::Assigned(BOB), ANN), (170, What::Stage(Stage::Done), BOB)]);
    made.item(90, true, &[(95, What::Said, BOB), (96, What::Said, ANN), (180, What::Said, BOB)]);
    let work = made.ends(210);
    let day = 150 * DAY;
    let mut then = work.clone();
    for item in &mut then.items {
        item.events.retain(|e| e.at <= day);
        item.gone_at = item.gone_at.filter(|at| *at <= day);
    }
    then.items.retain(|i| i.created_at <= day);
    let n = then.items.len();
    then.streams[0].items.retain(|i| *i < n);
    // The last two items stand behind later ones, so their places change.
    then.streams[0].items = (0..n).collect();
    then.streams[0].end_at = day;
    then.sum_up();
    let known = |found: Vec<Warning>, work: &Work| -> Vec<(String, &'static str, i64, Record)> {
        found
            .into_iter()
            .filter_map(|w| match w.subject {
                Subject::Item(place) => {
                    Some((format!("{}", work.items[place].created_at), w.kind.id(), w.since_at, w.record))
                }
                Subject::Milestone(..) => None,
            })
            .collect()
    };
    let (later, earlier) = (known(warnings(&work, Some(day)), &work), known(warnings(&then, None), &then));
    assert!(!earlier.is_empty());
    assert_eq!(later, earlier);
}

#[test]
fn a_look_back_finds_what_stays_and_compares_with_the_plain_rule() {
    let mut made = Made::new(&["ann", "bob"]);
    for day in 0..900 {
        let took = if day % 9 == 0 { 60 } else { 1 + day * 7 % 10 };
        made.item(day, false, &[(day + took, What::Stage(Stage::Done), BOB)]);
    }
    let work = made.ends(960);
    let report = lookback::lookback(&work);
    assert!(!report.is_left_out, "one stream has no others to learn from");
    let row = &report.rows[1];
    assert_eq!(row.series, "shop/issues");
    assert!(row.base > 0.3 && row.base < 1.0, "{row:?}");
    assert!(row.plain.precision > 0.5 && row.plain.recall > 0.3, "{row:?}");
    assert!(row.equal_recall.recall >= row.plain.recall - 1e-9, "{row:?}");
    let learned = report.learned.expect("both outcomes are there");
    assert!(learned.of.iter().all(|w| w.is_finite()));
    let empty = lookback::lookback(&Work::default());
    assert!(empty.rows.is_empty() && empty.learned.is_none());
}
