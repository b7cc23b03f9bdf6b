//! Where does work wait? Over the items of a stream that ended in the last year: which statuses and hand-offs take their
//! time, and whose items take longer than those of others. What goes together is said, not why.
//!
//! Ranges come from drawing the items again (bootstrap) with the fixed sequence of chance, so that the same facts give
//! the same range.
//!
//! # Source
//! Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, percentile intervals.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind, Float, Instant, Integer, OptText, Text};
use sightline_facts::tables::bottlenecks::{BottleneckRow, BottlenecksBuilder};

use crate::error::PlanError;
use crate::forecast::numbers::{number, uniform, whole};
use crate::query::column;

/// Tables that it is made of.
pub const READ: &[&str] = &["data_sets", "issues", "pulls", "issue_events", "reviews", "work_components", "components"];
/// What items may have in common; the words are those of the query below.
const TRAITS: [&str; 3] = ["reviewer", "part", "team"];
/// Items below which nothing is said of a place, or of what is elsewhere.
const LEAST: usize = 5;
/// Draws of each range.
const DRAWS: usize = 400;
/// Places of the fifth and the ninety-fifth of a hundred draws.
const ENDS: [usize; 2] = [19, 379];

/// One item that ended in the last year.
struct Ended {
    days: f64,
    /// Time by place: status or hand-off.
    spans: BTreeMap<Key, f64>,
    /// What it has: assignee, reviewer, label, component, part, team.
    has: BTreeSet<Key>,
}

/// One place where work waits.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    dimension: &'static str,
    value: String,
    n_items: usize,
    waiting_days: f64,
    ratio: [f64; 3],
    effect: [f64; 3],
}

const ENDED: &str = "\
    select i.repo, concat(i.repo, '/', coalesce(i.project, 'issues')) as stream, i.issue as item, d.as_of, \
      (extract(epoch from i.done_at) - extract(epoch from i.created_at)) / 86400.0 as days, i.assignee, i.labels, i.components \
    from issues i join data_sets d on d.repo = i.repo \
    where i.done_at <= d.as_of and i.done_at > d.as_of - interval '365 days' union all \
    select p.repo, concat(p.repo, '/pulls'), p.pull, d.as_of, \
      (extract(epoch from p.closed_at) - extract(epoch from p.created_at)) / 86400.0, cast(null as varchar), p.labels, cast(null as varchar) \
    from pulls p join data_sets d on d.repo = p.repo \
    where not p.is_bot and p.closed_at <= d.as_of and p.closed_at > d.as_of - interval '365 days'";

/// Time of each ended issue in each status that is not the end.
const STATUSES: &str = "\
    select repo, item, to_value as place, sum(days) as days from (\
      select e.repo, e.item, e.to_value, e.category, \
        (extract(epoch from least(coalesce(lead(e.at) over (partition by e.repo, e.item order by e.at, e.position), i.done_at), i.done_at)) \
          - extract(epoch from e.at)) / 86400.0 as days \
      from issue_events e join issues i on i.repo = e.repo and i.issue = e.item \
      where e.kind in ('created', 'status') and e.to_value is not null and e.at <= i.done_at) s \
    where category <> 'done' and days > 0 group by repo, item, to_value";

/// What people did about each pull request that ended, in order: by its author or by others.
const TURNS: &str = "\
    select repo, item, by_author, days from (\
      select t.repo, t.item, t.by_author, t.at, \
        (extract(epoch from coalesce(lead(t.at) over (partition by t.repo, t.item order by t.at, t.by_author), t.closed_at)) \
          - extract(epoch from t.at)) / 86400.0 as days \
      from (\
        select p.repo, p.pull as item, 1 as by_author, p.created_at as at, p.closed_at from pulls p where p.closed_at is not null union all \
        select p.repo, p.pull, case when r.reviewer = p.author then 1 else 0 end, r.submitted_at, p.closed_at \
        from reviews r join pulls p on p.repo = r.repo and p.pull = r.pull \
        where not r.is_bot and r.submitted_at >= p.created_at and r.submitted_at <= p.closed_at union all \
        select p.repo, p.pull, case when e.actor = p.author then 1 else 0 end, e.at, p.closed_at \
        from issue_events e join pulls p on p.repo = e.repo and p.pull = e.item \
        where not e.is_bot and e.actor is not null and e.kind in ('commented', 'review_comment', 'head_ref_force_pushed') \
          and e.at >= p.created_at and e.at <= p.closed_at) t) s where days > 0";

/// Who reviewed each item, which parts of the system its commits changed, and which teams look after these.
const COMMON: &str = "\
    select distinct 'reviewer' as dimension, r.repo, r.pull as item, r.reviewer as place \
    from reviews r join pulls p on p.repo = r.repo and p.pull = r.pull \
    where not r.is_bot and r.reviewer is not null and (p.author is null or r.reviewer <> p.author) union all \
    select distinct 'team', w.repo, w.item, w.team from work_components w \
    where w.team is not null and w.basis = 'resolved' union all \
    select distinct 'part', w.repo, w.item, c.name from work_components w join components c on c.component = w.part \
    where w.part_kind = 'component' and w.basis = 'resolved'";

/// Table `bottlenecks`.
///
/// # Errors
/// An error of the store.
pub fn bottlenecks(session: &Session) -> Result<RecordBatch, PlanError> {
    let mut streams: BTreeMap<(String, String), (i64, BTreeMap<String, Ended>)> = BTreeMap::new();
    let mut homes: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for batch in session.query(ENDED)? {
        let text = |name: &'static str| column::<Text>(&batch, "ended items", name);
        let (repo, stream, item) = (text("repo")?, text("stream")?, text("item")?);
        let as_of = column::<Instant>(&batch, "ended items", "as_of")?;
        let days = column::<Float>(&batch, "ended items", "days")?;
        let lists = [("assignee", "assignee"), ("label", "labels"), ("component", "components")];
        let lists = lists
            .into_iter()
            .map(|(dimension, name)| Ok((dimension, column::<OptText>(&batch, "ended items", name)?)))
            .collect::<Result<Vec<_>, PlanError>>()?;
        for i in 0..batch.num_rows() {
            let has = lists
                .iter()
                .flat_map(|(dimension, list)| {
                    let text = OptText::get(list, i).unwrap_or_default();
                    text.split("; ").filter(|v| !v.is_empty()).map(|v| (*dimension, v.to_owned())).collect::<Vec<_>>()
                })
                .collect();
            let home = (Text::get(&repo, i).to_owned(), Text::get(&stream, i).to_owned());
            let id = Text::get(&item, i).to_owned();
            homes.insert((home.0.clone(), id.clone()), home.clone());
            let (end, items) = streams.entry(home).or_default();
            *end = Instant::get(&as_of, i).max(*end);
            items.insert(id, Ended { days: Float::get(&days, i).max(0.0), spans: BTreeMap::new(), has });
        }
    }
    let mut find = |repo: &str, item: &str, put: &mut dyn FnMut(&mut Ended)| {
        let home = homes.get(&(repo.to_owned(), item.to_owned()));
        if let Some(ended) = home.and_then(|h| streams.get_mut(h)).and_then(|(_, items)| items.get_mut(item)) {
            put(ended);
        }
    };
    for batch in session.query(STATUSES)? {
        let text = |name: &'static str| column::<Text>(&batch, "statuses", name);
        let (repo, item) = (text("repo")?, text("item")?);
        let place = column::<OptText>(&batch, "statuses", "place")?;
        let days = column::<Float>(&batch, "statuses", "days")?;
        for i in 0..batch.num_rows() {
            let status = OptText::get(&place, i).unwrap_or_default().to_owned();
            find(Text::get(&repo, i), Text::get(&item, i), &mut |ended| {
                *ended.spans.entry(("status", status.clone())).or_default() += Float::get(&days, i);
            });
        }
    }
    for batch in session.query(TURNS)? {
        let text = |name: &'static str| column::<Text>(&batch, "turns", name);
        let (repo, item) = (text("repo")?, text("item")?);
        let by_author = column::<Integer>(&batch, "turns", "by_author")?;
        let days = column::<Float>(&batch, "turns", "days")?;
        for i in 0..batch.num_rows() {
            let is_own = Integer::get(&by_author, i) == 1;
            let waits = if is_own { "waiting for others" } else { "waiting for its author" };
            find(Text::get(&repo, i), Text::get(&item, i), &mut |ended| {
                *ended.spans.entry(("hand-off", waits.to_owned())).or_default() += Float::get(&days, i);
            });
        }
    }
    for batch in session.query(COMMON)? {
        let text = |name: &'static str| column::<Text>(&batch, "what items have in common", name);
        let (repo, item, dimension) = (text("repo")?, text("item")?, text("dimension")?);
        let place = column::<OptText>(&batch, "what items have in common", "place")?;
        for i in 0..batch.num_rows() {
            let value = OptText::get(&place, i).unwrap_or_default().to_owned();
            let Some(dimension) = TRAITS.into_iter().find(|t| *t == Text::get(&dimension, i)) else { continue };
            find(Text::get(&repo, i), Text::get(&item, i), &mut |ended| {
                ended.has.insert((dimension, value.clone()));
            });
        }
    }
    let mut rows = BottlenecksBuilder::default();
    for ((repo, stream), (as_of, items)) in &streams {
        let items: Vec<&Ended> = items.values().collect();
        for (place, position) in places(&items).iter().zip(1..) {
            rows.push(&BottleneckRow {
                repo,
                stream,
                position,
                dimension: place.dimension,
                value: &place.value,
                n_items: i64::try_from(place.n_items).unwrap_or(i64::MAX),
                waiting_days: place.waiting_days,
                waiting_ratio: place.ratio[0],
                waiting_low_ratio: place.ratio[1],
                waiting_high_ratio: place.ratio[2],
                effect: place.effect[0],
                effect_low: place.effect[1],
                effect_high: place.effect[2],
                as_of: *as_of,
                _row: std::marker::PhantomData,
            });
        }
    }
    Ok(rows.finish())
}

/// What kind of thing may hold items up, and which one it is.
type Key = (&'static str, String);

/// Something that may hold items up, before its range is known.
struct Candidate<'a> {
    key: &'a Key,
    /// Which of the sums of all time it is a part of.
    of: usize,
    /// Whether items have it, which can be set against those that have not; otherwise they spend time in it.
    is_trait: bool,
    /// Items with the time they spent in it, or took in all; in the order of how long they took.
    own: Vec<(usize, f64)>,
    /// How many of it there are of the same kind.
    n_alike: f64,
    ratios: Vec<f64>,
    effects: Vec<f64>,
}

impl Candidate<'_> {
    /// Its share of all time; `drawn` is how often each item counts, `sums` the time of all by kind.
    fn share(&self, drawn: &[u32], sums: &[f64]) -> Option<f64> {
        let own: f64 = self.own.iter().map(|(i, days)| f64::from(drawn[*i]) * days).sum();
        (sums[self.of] > 0.0).then(|| own / sums[self.of])
    }

    /// How many times as long items with it take as those without, each in the middle. `order` are all items in the order
    /// of how long they take.
    fn times(&self, drawn: &[u32], items: &[&Ended], order: &[usize]) -> Option<f64> {
        let n_with: u64 = self.own.iter().map(|(i, _)| u64::from(drawn[*i])).sum();
        let n_all: u64 = drawn.iter().copied().map(u64::from).sum();
        let with = middle(n_with, self.own.iter().map(|(i, days)| (drawn[*i], *days)))?;
        let mut own = self.own.iter().peekable();
        let others = order.iter().filter(|i| own.next_if(|(other, _)| other == *i).is_none());
        let without = middle(n_all - n_with, others.map(|i| (drawn[*i], items[*i].days)))?;
        // An hour is added so that a median of nothing divides too.
        Some((with + 1.0 / 24.0) / (without + 1.0 / 24.0))
    }

    /// Sees one draw. One that says nothing counts as the items themselves, which come first; `false` when those say
    /// nothing either.
    fn see(&mut self, drawn: &[u32], sums: &[f64], items: &[&Ended], order: &[usize]) -> bool {
        let first = (self.ratios.first().copied(), self.effects.first().copied());
        let ratio = self.share(drawn, sums).or(first.0);
        let effect = if self.is_trait { self.times(drawn, items, order).or(first.1) } else { ratio };
        let (Some(ratio), Some(effect)) = (ratio, effect) else { return false };
        self.ratios.push(ratio);
        self.effects.push(if self.is_trait { effect } else { effect * self.n_alike });
        true
    }
}

/// The median of `n` ascending values, each with how often it counts; the lower of two in the middle.
fn middle(n: u64, values: impl Iterator<Item = (u32, f64)>) -> Option<f64> {
    let place = n.checked_sub(1)? / 2;
    let mut seen = 0;
    for (times, value) in values {
        seen += u64::from(times);
        if seen > place {
            return Some(value);
        }
    }
    None
}

/// A figure, which came first, with the range in which 90 of 100 draws lie.
fn range(mut figures: Vec<f64>) -> [f64; 3] {
    let value = figures[0];
    let draws = &mut figures[1..];
    draws.sort_unstable_by(f64::total_cmp);
    let [low, high] = ENDS.map(|i| draws[i]);
    [value, low, high]
}

/// All that may hold items up, where there are enough of them.
fn candidates<'a>(items: &[&'a Ended], order: &[usize], kinds: &[&'static str]) -> Vec<Candidate<'a>> {
    let n = items.len();
    let mut found: BTreeMap<(bool, &'a Key), Vec<(usize, f64)>> = BTreeMap::new();
    for i in order {
        for (key, days) in &items[*i].spans {
            found.entry((false, key)).or_default().push((*i, *days));
        }
        for key in &items[*i].has {
            found.entry((true, key)).or_default().push((*i, items[*i].days));
        }
    }
    let mut n_alike: BTreeMap<&str, usize> = BTreeMap::new();
    for (is_trait, key) in found.keys() {
        *n_alike.entry(key.0).or_default() += usize::from(!is_trait);
    }
    found
        .into_iter()
        .filter(|((is_trait, _), own)| own.len() >= LEAST && (!is_trait || n - own.len() >= LEAST))
        .map(|((is_trait, key), own)| Candidate {
            key,
            of: if is_trait { kinds.len() } else { kinds.iter().position(|k| *k == key.0).unwrap_or_default() },
            is_trait,
            own,
            n_alike: number(n_alike[key.0]),
            ratios: Vec::with_capacity(DRAWS + 1),
            effects: Vec::with_capacity(DRAWS + 1),
        })
        .collect()
}

/// All places of a stream, by falling effect. What its range cannot tell from no effect stands behind what it can.
fn places(items: &[&Ended]) -> Vec<Place> {
    let n = items.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| items[*a].days.total_cmp(&items[*b].days));
    let kinds: BTreeSet<&'static str> = items.iter().flat_map(|i| i.spans.keys()).map(|key| key.0).collect();
    let kinds: Vec<&'static str> = kinds.into_iter().collect();
    let mut candidates = candidates(items, &order, &kinds);
    // The time of each item: in all places of a kind, and last in all.
    let of_kind = |kind: &str| -> Vec<f64> {
        items.iter().map(|i| i.spans.iter().filter(|(key, _)| key.0 == kind).map(|(_, days)| days).sum()).collect()
    };
    let mut times: Vec<Vec<f64>> = kinds.iter().map(|kind| of_kind(kind)).collect();
    times.push(items.iter().map(|i| i.days).collect());
    let mut drawn = vec![1_u32; n];
    let mut counter = 0;
    for draw in 0..=DRAWS {
        // First the items themselves; then as many of them as there are, drawn again.
        if draw > 0 {
            drawn.fill(0);
            for _ in 0..n {
                drawn[whole(uniform(counter) * number(n)).min(n - 1)] += 1;
                counter += 1;
            }
        }
        let sums: Vec<f64> =
            times.iter().map(|days| days.iter().zip(&drawn).map(|(d, times)| d * f64::from(*times)).sum()).collect();
        candidates.retain_mut(|candidate| candidate.see(&drawn, &sums, items, &order));
    }
    let mut found: Vec<Place> = candidates
        .into_iter()
        .map(|c| Place {
            dimension: c.key.0,
            value: c.key.1.clone(),
            n_items: c.own.len(),
            waiting_days: c.own.iter().map(|(_, days)| days).sum(),
            ratio: range(c.ratios),
            effect: range(c.effects),
        })
        .collect();
    found.sort_by(|a, b| {
        let is_told = |p: &Place| p.effect[1] > 1.0;
        (is_told(b).cmp(&is_told(a)))
            .then(b.effect[0].total_cmp(&a.effect[0]))
            .then((a.dimension, &a.value).cmp(&(b.dimension, &b.value)))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(days: f64, waits: f64, label: bool) -> Ended {
        let spans =
            BTreeMap::from([(("status", "Doing".to_owned()), days - waits), (("status", "Waiting".to_owned()), waits)]);
        let has = label.then(|| ("label", "security".to_owned())).into_iter().collect();
        Ended { days, spans, has }
    }

    #[test]
    fn the_slow_place_comes_first_with_a_range_around_it() {
        // Ten items with the label take 30 days, ten without take 10; a fifth of the time is waiting.
        let items: Vec<Ended> = (0..20)
            .map(|i| {
                let days = if i % 2 == 0 { 30.0 } else { 10.0 } + f64::from(i) / 10.0;
                item(days, days / 5.0, i % 2 == 0)
            })
            .collect();
        let items: Vec<&Ended> = items.iter().collect();
        let found = places(&items);
        assert_eq!(found[0].value, "security");
        assert!((found[0].effect[0] - 2.8).abs() < 0.2, "{:?}", found[0]);
        assert!(found[0].effect[1] > 2.0 && found[0].effect[2] < 3.5, "{:?}", found[0]);
        let waiting = found.iter().find(|p| p.value == "Waiting").expect("it is there");
        assert!((waiting.ratio[0] - 0.2).abs() < 1e-9 && (waiting.effect[0] - 0.4).abs() < 1e-9, "{waiting:?}");
        assert_eq!(places(&items), found, "the same facts give the same ranges");
    }

    #[test]
    fn the_middle_counts_each_value_as_often_as_it_was_drawn() {
        let check = |values: &[(u32, f64)], expect| {
            let n = values.iter().map(|(times, _)| u64::from(*times)).sum();
            assert_eq!(middle(n, values.iter().copied()), expect, "{values:?}");
        };
        check(&[(1, 1.0), (1, 2.0), (1, 3.0)], Some(2.0));
        check(&[(1, 1.0), (0, 2.0), (1, 3.0)], Some(1.0));
        check(&[(1, 1.0), (3, 3.0)], Some(3.0));
        check(&[(0, 1.0)], None);
    }

    #[test]
    fn too_few_items_say_nothing() {
        let items: Vec<Ended> = (0..4).map(|_| item(5.0, 1.0, true)).collect();
        assert_eq!(places(&items.iter().collect::<Vec<_>>()), []);
        assert_eq!(places(&[]), []);
    }

    /// Twelve issues, of which the first six changed what one team looks after.
    #[test]
    fn items_of_one_team_are_set_against_the_others() {
        use sightline_facts::tables::data_sets::{DataSetRow, DataSetsBuilder};
        use sightline_facts::tables::issues::{IssueRow, IssuesBuilder};
        use sightline_facts::tables::work_components::{WorkComponentRow, WorkComponentsBuilder};
        use sightline_facts::tables::{self, bottlenecks::BottlenecksView};
        use sightline_facts::time::DAY;

        let mut sets = DataSetsBuilder::default();
        sets.push(&DataSetRow { repo: "shop", as_of: 100 * DAY, ..DataSetRow::default() });
        let (mut issues, mut parts) = (IssuesBuilder::default(), WorkComponentsBuilder::default());
        for n in 0..12_i64 {
            let issue = format!("issue:shop#{n}");
            let days = if n < 6 { 20 + n } else { 2 + n % 3 };
            issues.push(&IssueRow {
                repo: "shop",
                issue: &issue,
                created_at: 10 * DAY,
                done_at: Some((10 + days) * DAY),
                ..IssueRow::default()
            });
            if n < 7 {
                // The seventh only names the part.
                let basis = if n < 6 { "resolved" } else { "inferred" };
                let team = Some("@acme/pay");
                let repo = "shop";
                parts.push(&WorkComponentRow { repo, item: &issue, team, basis, ..WorkComponentRow::default() });
            }
        }
        let mut given = vec![
            (&tables::data_sets::SPEC, vec![sets.finish()]),
            (&tables::issues::SPEC, vec![issues.finish()]),
            (&tables::work_components::SPEC, vec![parts.finish()]),
        ];
        given.extend(
            READ.iter()
                .filter(|name| !given.iter().any(|(spec, _)| spec.name == **name))
                .map(|name| (*tables::ALL.iter().find(|spec| spec.name == *name).expect("a table of ours"), Vec::new()))
                .collect::<Vec<_>>(),
        );
        let session = Session::of_batches(given).expect("rows of our own");
        let found = bottlenecks(&session).expect("it can be asked");
        let rows = BottlenecksView::of(&found).expect("a batch of ours");
        let of_team: Vec<(&str, i64, bool)> = rows
            .rows()
            .filter(|row| row.dimension == "team")
            .map(|row| (row.value, row.n_items, row.effect_low > 1.0))
            .collect();
        assert_eq!(of_team, [("@acme/pay", 6, true)]);
    }
}
