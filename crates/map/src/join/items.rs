//! Work items of all trackers with what the join needs to know of them, and the commits that trackers name.

use std::ops::ControlFlow;

use rustc_hash::FxHashMap;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::{Boolean, ColumnKind as _, Instant, Integer, OptInstant, OptText, Text};

use crate::error::MapError;
use crate::query::column;

/// An issue or a pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: String,
    /// Index of its data set.
    pub(super) set: usize,
    pub(super) key: String,
    pub(super) is_pull: bool,
    pub(super) title: String,
    pub(super) created_at: i64,
    /// Neither done nor closed.
    pub(super) is_open: bool,
    /// When a pull request was merged.
    pub(super) merged_at: Option<i64>,
    pub(super) merge_sha: Option<String>,
    pub(super) branch: Option<String>,
    /// Labels and components of the tracker, separated by `; `.
    pub(super) labels: String,
    pub(super) url: Option<String>,
    pub(super) path: String,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
}

impl Item {
    /// The number of a key that is one.
    pub(super) fn number(&self) -> Option<u64> {
        self.key.trim_start_matches(['#', '!']).parse().ok()
    }
}

/// A data set that holds work items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) repo: String,
    pub(super) path: String,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
}

/// All work items.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) sets: Vec<Set>,
    pub(super) all: Vec<Item>,
    by_number: FxHashMap<(usize, u64), Vec<usize>>,
    by_key: FxHashMap<String, Vec<usize>>,
    by_id: FxHashMap<String, usize>,
}

impl Items {
    /// Reads `issues` and `pulls`.
    pub(super) fn read(session: &Session) -> Result<Self, MapError> {
        let mut items = Self::default();
        let sets = "select repo, path, line_start, line_end from data_sets \
             where repo in (select repo from issues union select repo from pulls) order by repo, path";
        for batch in session.query(sets)? {
            let (repos, paths) =
                (column::<Text>(&batch, "data_sets", "repo")?, column::<Text>(&batch, "data_sets", "path")?);
            let starts = column::<Integer>(&batch, "data_sets", "line_start")?;
            for i in 0..batch.num_rows() {
                let repo = Text::get(&repos, i);
                if items.sets.last().is_none_or(|s| s.repo != repo) {
                    // The first record is enough to show what the data set is.
                    let line_start = Integer::get(&starts, i);
                    let path = Text::get(&paths, i).to_owned();
                    items.sets.push(Set { repo: repo.to_owned(), path, line_start, line_end: line_start });
                }
            }
        }
        let issues = "select repo, issue as id, key, title, created_at, cast(null as timestamp) as merged_at, \
             cast(null as varchar) as merge_sha, cast(null as varchar) as branch, \
             done_at is null as is_open, concat(coalesce(labels, ''), '; ', coalesce(components, '')) as labels, url, path, line_start, line_end \
             from issues order by repo, path, line_start, issue";
        let pulls = "select repo, pull as id, key, title, created_at, merged_at, merge_sha, branch, \
             closed_at is null and merged_at is null as is_open, labels, url, path, \
             line_start, line_end from pulls order by repo, path, line_start, pull";
        for (sql, is_pull) in [(issues, false), (pulls, true)] {
            let mut failed = None;
            session.stream(sql, &mut |batch| match items.push(&batch, is_pull) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(items)
    }

    fn push(&mut self, batch: &RecordBatch, is_pull: bool) -> Result<(), MapError> {
        let table = if is_pull { "pulls" } else { "issues" };
        let text = |name| column::<Text>(batch, table, name);
        let maybe = |name| column::<OptText>(batch, table, name);
        let (repos, ids, keys, titles, paths) =
            (text("repo")?, text("id")?, text("key")?, text("title")?, text("path")?);
        let (shas, branches, labels, urls) = (maybe("merge_sha")?, maybe("branch")?, maybe("labels")?, maybe("url")?);
        let created = column::<Instant>(batch, table, "created_at")?;
        let merged = batch.column_by_name("merged_at").and_then(OptInstant::narrow);
        let open = column::<Boolean>(batch, table, "is_open")?;
        let starts = column::<Integer>(batch, table, "line_start")?;
        let ends = column::<Integer>(batch, table, "line_end")?;
        let owned = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
        for i in 0..batch.num_rows() {
            let Some(set) = self.sets.iter().position(|s| s.repo == Text::get(&repos, i)) else { continue };
            self.add(Item {
                id: Text::get(&ids, i).to_owned(),
                set,
                key: Text::get(&keys, i).to_owned(),
                is_pull,
                title: Text::get(&titles, i).to_owned(),
                created_at: Instant::get(&created, i),
                is_open: Boolean::get(&open, i),
                merged_at: merged.as_ref().and_then(|m| OptInstant::get(m, i)),
                merge_sha: owned(OptText::get(&shas, i)),
                branch: owned(OptText::get(&branches, i)),
                labels: OptText::get(&labels, i).unwrap_or_default().to_owned(),
                url: owned(OptText::get(&urls, i)),
                path: Text::get(&paths, i).to_owned(),
                line_start: Integer::get(&starts, i),
                line_end: Integer::get(&ends, i),
            });
        }
        Ok(())
    }

    /// Adds an item.
    pub(super) fn add(&mut self, item: Item) {
        let at = self.all.len();
        match item.number() {
            Some(number) => self.by_number.entry((item.set, number)).or_default().push(at),
            None => self.by_key.entry(item.key.clone()).or_default().push(at),
        }
        self.by_id.insert(item.id.clone(), at);
        self.all.push(item);
    }

    /// Items of a data set with a number: an issue and a pull request share theirs or not, by tracker.
    pub(super) fn numbered(&self, set: usize, number: u64) -> &[usize] {
        self.by_number.get(&(set, number)).map_or(&[], Vec::as_slice)
    }

    /// Items with a key such as `PAY-123`, of any data set.
    pub(super) fn keyed(&self, key: &str) -> &[usize] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// The item of an id.
    pub(super) fn of_id(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Whether any item has a key that is no number.
    pub(super) fn has_keys(&self) -> bool {
        !self.by_key.is_empty()
    }
}

/// What a tracker says happened with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happened {
    /// The commit is in the branch of the pull request.
    Committed,
    /// The commit is what merging made.
    Merged,
    /// The commit closed the issue.
    Closed,
    /// The message of the commit names the item.
    Referenced,
}

/// Commits that trackers name: item, commit id (which may be shortened), and what happened.
#[derive(Debug, Default)]
pub(super) struct Shas {
    pub(super) all: Vec<(usize, String, Happened)>,
}

impl Shas {
    /// Reads them off `issue_events` and the merges of `pulls`, by item, commit and what happened.
    pub(super) fn read(session: &Session, items: &Items) -> Result<Self, MapError> {
        const SQL: &str = "select item, sha, kind from issue_events where sha is not null and \
             kind in ('committed', 'merged', 'closed', 'referenced')";
        let mut all: Vec<_> = items
            .all
            .iter()
            .enumerate()
            .filter_map(|(at, item)| Some((at, item.merge_sha.clone()?, Happened::Merged)))
            .collect();
        if !items.all.is_empty() {
            let mut failed = None;
            session.stream(SQL, &mut |batch| {
                let columns = (|| {
                    let text = |name| column::<Text>(&batch, "issue_events", name);
                    Ok((text("item")?, column::<OptText>(&batch, "issue_events", "sha")?, text("kind")?))
                })();
                let (ids, shas, kinds) = match columns {
                    Ok(columns) => columns,
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                };
                for i in 0..batch.num_rows() {
                    let (Some(item), Some(sha)) = (items.of_id(Text::get(&ids, i)), OptText::get(&shas, i)) else {
                        continue;
                    };
                    let happened = match Text::get(&kinds, i) {
                        "committed" => Happened::Committed,
                        "merged" => Happened::Merged,
                        "closed" => Happened::Closed,
                        _ => Happened::Referenced,
                    };
                    all.push((item, sha.to_owned(), happened));
                }
                ControlFlow::Continue(())
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(Self { all })
    }
}
