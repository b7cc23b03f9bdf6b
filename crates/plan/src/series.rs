//! Streams of work items over time: when each was opened, when it was done, and in which milestones it was when.
//!
//! A tracker's data set holds one stream per project, or one of issues (`shop/issues`) and one of pull requests
//! (`shop/pulls`) where it knows no projects. Whatever looks ahead from a day may use only what was visible on that
//! day: [`Series::as_of`] takes the rest away.

use std::collections::BTreeMap;

use sightline_facts::session::{Session, Value};
use sightline_facts::table::{Boolean, ColumnKind, Instant, OptInstant, Text};

use crate::error::PlanError;
use crate::query::column;

/// A work item. Instants are microseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Key as people write it: `PAY-123`, `#12`.
    pub key: String,
    /// When it was opened.
    pub created_at: i64,
    /// When it was done for the last time: an issue closed, a pull request merged.
    pub done_at: Option<i64>,
    /// When a pull request was closed without being merged. An issue that is closed is done.
    pub closed_at: Option<i64>,
    /// Whether it counts as work of the stream. A pull request that is never merged arrives and is no delivery.
    pub is_counted: bool,
}

impl Item {
    /// When nothing more was to be done about it: done, or closed without.
    pub fn gone_at(&self) -> Option<i64> {
        self.done_at.or(self.closed_at)
    }
}

/// An item came into a milestone or left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// When.
    pub at: i64,
    /// Index of the item in [`Series::items`].
    pub item: usize,
    /// Whether it is in the milestone from then on. Of two changes at one instant the one into it is the later.
    pub is_member: bool,
}

/// One stream of work items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// `data-set/PROJECT`, `data-set/issues` or `data-set/pulls`.
    pub name: String,
    /// All items, by creation and key.
    pub items: Vec<Item>,
    /// Changes of membership by milestone, fix version or cycle, each in order of time.
    pub milestones: BTreeMap<String, Vec<Membership>>,
    /// When items were opened, sorted; those that never count too.
    pub created: Vec<i64>,
    /// When items were done, sorted.
    pub done: Vec<i64>,
    /// When the first item that counts was opened; 0 where there is none.
    pub first_at: i64,
    /// The instant up to which the data tells.
    pub end_at: i64,
    /// SQL that gives the items; empty where they were not read from tables.
    pub rows: String,
    /// What [`Series::milestones`] are.
    pub groups: Groups,
}

impl Series {
    /// Makes a stream of items in any order and of changes of membership that name items by their key. Changes of
    /// items that are not there are left out.
    pub fn new(name: &str, mut items: Vec<Item>, changes: Vec<(String, i64, String, bool)>, end_at: i64) -> Self {
        items.sort_by(|a, b| (a.created_at, &a.key).cmp(&(b.created_at, &b.key)));
        let places: BTreeMap<&str, usize> = items.iter().enumerate().map(|(i, item)| (item.key.as_str(), i)).collect();
        let mut milestones: BTreeMap<String, Vec<Membership>> = BTreeMap::new();
        for (milestone, at, key, is_member) in changes {
            if let Some(item) = places.get(key.as_str()) {
                milestones.entry(milestone).or_default().push(Membership { at, item: *item, is_member });
            }
        }
        for changes in milestones.values_mut() {
            changes.sort_unstable();
        }
        let mut series = Self { name: name.to_owned(), items, milestones, end_at, ..Self::default() };
        series.sum_up();
        series
    }

    fn sum_up(&mut self) {
        let counted = || self.items.iter().filter(|i| i.is_counted);
        self.created = self.items.iter().map(|i| i.created_at).collect();
        self.done = counted().filter_map(|i| i.done_at).collect();
        self.first_at = counted().map(|i| i.created_at).min().unwrap_or(0);
        self.created.sort_unstable();
        self.done.sort_unstable();
    }

    /// Items done after `from` and not after `to`.
    pub fn n_done(&self, from: i64, to: i64) -> usize {
        count(&self.done, from, to)
    }

    /// Items opened after `from` and not after `to`.
    pub fn n_created(&self, from: i64, to: i64) -> usize {
        count(&self.created, from, to)
    }

    /// Items that are in a milestone and not done at an instant, as indexes in the order in which they came in.
    pub fn open_members(&self, milestone: &str, at: i64) -> Vec<usize> {
        let mut is_member: BTreeMap<usize, bool> = BTreeMap::new();
        let mut order = Vec::new();
        for change in self.milestones.get(milestone).into_iter().flatten().take_while(|c| c.at <= at) {
            if is_member.insert(change.item, change.is_member).is_none() {
                order.push(change.item);
            }
        }
        order
            .into_iter()
            .filter(|i| is_member.get(i) == Some(&true))
            .filter(|i| self.items[*i].is_counted && self.items[*i].done_at.is_none_or(|d| d > at))
            .collect()
    }

    /// The stream with one more group, of the items with these keys, each in it since it was opened; `None` where none
    /// of them belongs to the stream.
    #[must_use]
    pub fn with_group(&self, name: &str, keys: &[String]) -> Option<Self> {
        let keys: std::collections::BTreeSet<&str> = keys.iter().map(String::as_str).collect();
        let members: Vec<Membership> = self
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| keys.contains(item.key.as_str()))
            .map(|(item, found)| Membership { at: found.created_at, item, is_member: true })
            .collect();
        if members.is_empty() {
            return None;
        }
        let mut series = self.clone();
        series.milestones.insert(name.to_owned(), members);
        Some(series)
    }

    /// The stream as it was known at an instant: nothing that happened later.
    ///
    /// One thing remains: whether a pull request will ever be merged is taken from the end, since who asks about a
    /// milestone names its items.
    #[must_use]
    pub fn as_of(&self, at: i64) -> Self {
        // Items are sorted by creation, so the indexes of those that remain stay as they are.
        let n = self.items.partition_point(|i| i.created_at <= at);
        let seen = |then: Option<i64>| then.filter(|t| *t <= at);
        let items = self.items[..n]
            .iter()
            .map(|i| Item { done_at: seen(i.done_at), closed_at: seen(i.closed_at), ..i.clone() })
            .collect();
        let milestones = self
            .milestones
            .iter()
            .map(|(name, changes)| {
                let seen: Vec<_> = changes.iter().copied().take_while(|c| c.at <= at).filter(|c| c.item < n).collect();
                (name.clone(), seen)
            })
            .filter(|(_, changes)| !changes.is_empty())
            .collect();
        let mut series = Self {
            name: self.name.clone(),
            rows: self.rows.clone(),
            groups: self.groups,
            items,
            milestones,
            ..Self::default()
        };
        series.end_at = self.end_at.min(at);
        series.sum_up();
        series
    }
}

fn count(sorted: &[i64], from: i64, to: i64) -> usize {
    let up_to = |at: i64| sorted.partition_point(|t| *t <= at);
    up_to(to).saturating_sub(up_to(from))
}

/// Keys of those of some items that may belong to a stream. Ids lead to keys: `issue:PAY-1` and
/// `issue:shop#1` end with them, and the latter says in which data set; a key alone may be of any.
#[must_use]
pub fn keys_of(ids: &[String], stream: &str) -> Vec<String> {
    let key = |id: &String| {
        let Some((kind, rest)) = id.split_once(':') else { return Some(id.clone()) };
        if (kind == "pull") != stream.ends_with("/pulls") {
            return None;
        }
        match rest.split_once('#') {
            None => Some(rest.to_owned()),
            Some((repo, number)) => {
                let is_here = stream.strip_prefix(repo).is_some_and(|rest| rest.starts_with('/'));
                is_here.then(|| format!("#{number}"))
            }
        }
    };
    ids.iter().filter_map(key).collect()
}

/// Names of all streams of a workspace, sorted.
///
/// # Errors
/// An error of the store.
pub fn names(session: &Session) -> Result<Vec<String>, PlanError> {
    const SQL: &str = "select distinct name from (\
         select concat(repo, '/', coalesce(project, 'issues')) as name from issues \
         union all select concat(repo, '/pulls') as name from pulls) n order by name";
    let mut found = Vec::new();
    for batch in session.query(SQL)? {
        let names = column::<Text>(&batch, "streams", "name")?;
        found.extend((0..batch.num_rows()).map(|i| Text::get(&names, i).to_owned()));
    }
    Ok(found)
}

/// What groups items of a stream, as [`Series::milestones`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Groups {
    /// Milestones, versions and cycles.
    #[default]
    Milestones,
    /// Labels.
    Labels,
}

impl Groups {
    /// Kinds of events by which an item comes in and leaves.
    fn events(self) -> (&'static str, &'static str) {
        match self {
            Self::Milestones => ("milestoned", "demilestoned"),
            Self::Labels => ("labeled", "unlabeled"),
        }
    }
}

/// Reads one stream out of the tables; `None` where no item belongs to it.
///
/// # Errors
/// An error of the store.
pub fn read(session: &Session, name: &str) -> Result<Option<Series>, PlanError> {
    read_by(session, name, Groups::Milestones)
}

/// As [`read`], with items grouped by something else than milestones.
///
/// # Errors
/// An error of the store.
pub fn read_by(session: &Session, name: &str, groups: Groups) -> Result<Option<Series>, PlanError> {
    // Projects may have a `/` in their name, so each one may be where the data set's name ends.
    for (at, _) in name.rmatch_indices('/') {
        if let Some(found) = read_stream(session, name, (&name[..at], &name[at + 1..]), groups)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn read_stream(
    session: &Session,
    name: &str,
    (repo, stream): (&str, &str),
    groups: Groups,
) -> Result<Option<Series>, PlanError> {
    let parameters = [("repo", Value::Text(repo)), ("stream", Value::Text(stream))];
    let (items, kind) = match stream {
        "pulls" => (
            "select key, created_at, merged_at as done_at, closed_at, merged_at is not null as is_counted from pulls where repo = :repo",
            "pull",
        ),
        "issues" => (
            "select key, created_at, done_at, true as is_counted from issues where repo = :repo and project is null",
            "issue",
        ),
        _ => (
            "select key, created_at, done_at, true as is_counted from issues where repo = :repo and project = :stream",
            "issue",
        ),
    };
    let mut found = Vec::new();
    for batch in session.query_with(items, &parameters)? {
        let keys = column::<Text>(&batch, name_of(kind), "key")?;
        let created = column::<Instant>(&batch, name_of(kind), "created_at")?;
        let done = column::<OptInstant>(&batch, name_of(kind), "done_at")?;
        let closed =
            if kind == "pull" { Some(column::<OptInstant>(&batch, name_of(kind), "closed_at")?) } else { None };
        let counted = column::<Boolean>(&batch, name_of(kind), "is_counted")?;
        found.extend((0..batch.num_rows()).map(|i| {
            let done_at = OptInstant::get(&done, i);
            Item {
                key: Text::get(&keys, i).to_owned(),
                created_at: Instant::get(&created, i),
                done_at,
                closed_at: closed.as_ref().and_then(|c| OptInstant::get(c, i)).filter(|_| done_at.is_none()),
                is_counted: Boolean::get(&counted, i),
            }
        }));
    }
    if found.is_empty() {
        return Ok(None);
    }
    // Names of items lead to their keys: `issue:PAY-1` and `issue:shop#1` end with them.
    let (joined, left) = groups.events();
    let sql = "select item, at, kind = :joined as is_member, to_value from issue_events \
         where repo = :repo and item_kind = :kind and kind in (:joined, :left) and to_value is not null";
    let given =
        [parameters[0], ("kind", Value::Text(kind)), ("joined", Value::Text(joined)), ("left", Value::Text(left))];
    let mut changes = Vec::new();
    let prefix = if kind == "pull" { format!("pull:{repo}") } else { format!("issue:{repo}") };
    for batch in session.query_with(sql, &given)? {
        let items = column::<Text>(&batch, "milestones", "item")?;
        let at = column::<Instant>(&batch, "milestones", "at")?;
        let is_member = column::<Boolean>(&batch, "milestones", "is_member")?;
        let milestones = column::<Text>(&batch, "milestones", "to_value")?;
        changes.extend((0..batch.num_rows()).map(|i| {
            let item = Text::get(&items, i);
            let key = item
                .strip_prefix(&prefix)
                .filter(|key| key.starts_with('#'))
                .or(item.split_once(':').map(|(_, key)| key))
                .unwrap_or(item);
            (Text::get(&milestones, i).to_owned(), Instant::get(&at, i), key.to_owned(), Boolean::get(&is_member, i))
        }));
    }
    let mut end_at = 0;
    for batch in session.query_with("select as_of from data_sets where repo = :repo", &parameters)? {
        let at = column::<Instant>(&batch, "data sets", "as_of")?;
        end_at = (0..batch.num_rows()).map(|i| Instant::get(&at, i)).chain([end_at]).max().unwrap_or(0);
    }
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let rows = items.replace(":repo", &quoted(repo)).replace(":stream", &quoted(stream));
    Ok(Some(Series { rows, groups, ..Series::new(name, found, changes, end_at) }))
}

fn name_of(kind: &str) -> &'static str {
    if kind == "pull" { "pull requests" } else { "issues" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(key: &str, created_at: i64, done_at: Option<i64>) -> Item {
        Item { key: key.to_owned(), created_at, done_at, closed_at: None, is_counted: true }
    }

    fn change(milestone: &str, at: i64, key: &str, is_member: bool) -> (String, i64, String, bool) {
        (milestone.to_owned(), at, key.to_owned(), is_member)
    }

    fn series() -> Series {
        let items = vec![item("b", 20, Some(90)), item("a", 10, Some(50)), item("c", 30, None), item("d", 80, None)];
        let changes = vec![
            change("v1", 20, "b", true),
            change("v1", 10, "a", true),
            change("v1", 40, "c", true),
            change("v1", 60, "c", false),
            change("v2", 60, "c", true),
            change("v2", 60, "c", false),
            change("v1", 5, "gone", true),
        ];
        Series::new("shop/issues", items, changes, 100)
    }

    #[test]
    fn members_are_those_of_the_day() {
        let series = series();
        let open = |milestone: &str, at: i64| -> Vec<&str> {
            series.open_members(milestone, at).into_iter().map(|i| series.items[i].key.as_str()).collect()
        };
        assert_eq!(open("v1", 9), [""; 0]);
        assert_eq!(open("v1", 45), ["a", "b", "c"]);
        assert_eq!(open("v1", 50), ["b", "c"], "done at that very instant is done");
        assert_eq!(open("v1", 60), ["b"]);
        assert_eq!(open("v2", 60), ["c"], "into it is the later of two changes at one instant");
        assert_eq!(open("none", 60), [""; 0]);
    }

    #[test]
    fn nothing_that_happened_later_is_seen() {
        let then = series().as_of(45);
        assert_eq!(
            then.items.iter().map(|i| (i.key.as_str(), i.done_at)).collect::<Vec<_>>(),
            [("a", None), ("b", None), ("c", None)]
        );
        assert_eq!((then.done.len(), then.created.len(), then.end_at), (0, 3, 45));
        assert_eq!(then.milestones.keys().collect::<Vec<_>>(), ["v1"]);
        assert_eq!(then.open_members("v1", 45), series().open_members("v1", 45));
        assert_eq!(series().as_of(i64::MAX), series());
    }

    #[test]
    fn spans_hold_their_end_and_not_their_start() {
        let series = series();
        assert_eq!(series.n_done(50, 90), 1);
        assert_eq!(series.n_done(49, 90), 2);
        assert_eq!(series.n_created(0, 30), 3);
        assert_eq!(series.n_created(30, 0), 0);
    }
}
