//! Links between changes and work items: each pair once, with the strongest of all that shows it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::{Session, Value, bind};
use sightline_facts::table::{ColumnKind as _, Text};
use sightline_facts::tables::work_links::{WorkLinkRow, WorkLinksBuilder};

use super::history::History;
use super::items::{Happened, Item, Items, Shas};
use super::pulls;
use super::repositories::Pairs;
use crate::error::MapError;
use crate::query::column;

/// Clocks differ; a commit may seem this much older than the item it is work on, in microseconds: two days.
const SLACK: i64 = 2 * 86_400 * 1_000_000;
/// Trailers that say what a commit is about.
const TRAILERS: [&str; 11] =
    ["issue", "issues", "jira", "bug", "task", "ticket", "story", "work-item", "ref", "refs", "references"];

/// The near end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum From {
    /// Repository and commit.
    Commit(usize, u32),
    /// Index of the item.
    Pull(usize),
}

/// What the change is to the item; the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    PartOf,
    Closes,
    Addresses,
    Mentions,
}

/// How a link is known; the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Basis {
    Declared,
    Resolved,
    Inferred,
}

/// The strongest that shows a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    pub(super) kind: Kind,
    pub(super) basis: Basis,
    pub(super) rule: &'static str,
    /// The commit or pull request through which it was followed.
    pub(super) via: Option<From>,
}

/// A link with all that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) shown: Shown,
    rules: BTreeSet<&'static str>,
}

/// All links by their ends.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) all: FxHashMap<(From, usize), Link>,
}

impl Links {
    pub(super) fn add(&mut self, from: From, to: usize, shown: Shown) {
        if from == From::Pull(to) {
            return;
        }
        let link = self.all.entry((from, to)).or_insert_with(|| Link { shown, rules: BTreeSet::new() });
        link.shown = link.shown.min(shown);
        link.rules.insert(shown.rule);
    }

    /// Links in an order that depends on nothing else.
    pub(super) fn sorted(&self) -> Vec<(From, usize, &Link)> {
        let mut all: Vec<_> = self.all.iter().map(|((from, to), link)| (*from, *to, link)).collect();
        all.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        all
    }
}

pub(super) fn shown(kind: Kind, basis: Basis, rule: &'static str) -> Shown {
    Shown { kind, basis, rule, via: None }
}

/// A work item that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference {
    commit: u32,
    item: usize,
    kind: Kind,
    rule: &'static str,
}

/// Finds all links.
pub(super) fn links(
    session: &Session,
    items: &Items,
    histories: &[History],
    shas: &Shas,
    pairs: &Pairs,
) -> Result<Links, MapError> {
    let mut links = Links::default();
    if items.all.is_empty() {
        return Ok(links);
    }
    pulls::own_words(session, items, pairs, &mut links)?;
    let told: FxHashMap<usize, Vec<(usize, Shown)>> = told_by(&links);
    for (repo, history) in histories.iter().enumerate() {
        let has_numbers = pairs.sets_of(repo).next().is_some();
        if history.ids.is_empty() || !(has_numbers || items.has_keys() || !pairs.addresses.is_empty()) {
            continue;
        }
        let references = references(session, items, pairs, repo, history)?;
        of_repository(items, pairs, repo, history, &references, shas, &mut links);
    }
    through_pulls(items, &told, &mut links);
    Ok(links)
}

/// What pull requests say of issues themselves, which holds for each of their commits.
fn told_by(links: &Links) -> FxHashMap<usize, Vec<(usize, Shown)>> {
    let mut told: FxHashMap<usize, Vec<(usize, Shown)>> = FxHashMap::default();
    for (from, to, link) in links.sorted() {
        if let (From::Pull(pull), true) = (from, link.shown.basis != Basis::Inferred) {
            told.entry(pull).or_default().push((to, link.shown));
        }
    }
    told
}

/// Items that a reference of a message of this repository means, opened before the commit was made.
fn meant<'a>(
    items: &'a Items,
    pairs: &'a Pairs,
    repo: usize,
    value: &str,
    at: i64,
) -> impl Iterator<Item = usize> + use<'a> {
    let mut found: Vec<usize> = Vec::new();
    if let Some((address, number)) = value.split_once(['#', '!']) {
        if let Ok(number) = number.parse() {
            let sets = pairs.addresses.get(&address.to_lowercase());
            found.extend(sets.into_iter().flatten().flat_map(|set| items.numbered(*set, number)));
        }
    } else if let Ok(number) = value.parse() {
        found.extend(pairs.sets_of(repo).flat_map(|set| items.numbered(set, number)));
    } else {
        found.extend(items.keyed(value));
    }
    found.into_iter().filter(move |item| items.all[*item].created_at <= at.saturating_add(SLACK))
}

/// What the messages of a repository name.
fn references(
    session: &Session,
    items: &Items,
    pairs: &Pairs,
    repo: usize,
    history: &History,
) -> Result<Vec<Reference>, MapError> {
    const SQL: &str = "select r.\"commit\", r.kind, r.key, r.value, c.subject from commit_references r \
         join commits c on c.repo = r.repo and c.\"commit\" = r.\"commit\" \
         where r.repo = :repo and r.kind in ('pull', 'issue', 'closes', 'addresses', 'trailer')";
    let sql = bind(SQL, &[("repo", Value::Text(&history.repo))]);
    let mut found = Vec::new();
    let mut failed = None;
    session.stream(&sql, &mut |batch| {
        let columns =
            ["commit", "kind", "key", "value", "subject"].map(|c| column::<Text>(&batch, "commit_references", c));
        let [Ok(commits), Ok(kinds), Ok(keys), Ok(values), Ok(subjects)] = columns else {
            failed = columns.into_iter().find_map(Result::err);
            return ControlFlow::Break(());
        };
        for i in 0..batch.num_rows() {
            let Some(commit) = history.find(Text::get(&commits, i)) else { continue };
            let at = history.at[commit as usize];
            let (kind, key, value) = (Text::get(&kinds, i), Text::get(&keys, i), Text::get(&values, i));
            let subject = Text::get(&subjects, i);
            if kind == "trailer" {
                if TRAILERS.contains(&key.to_lowercase().as_str()) {
                    let words =
                        value.split([',', ' ', ';']).map(|w| w.trim_start_matches('#')).filter(|w| !w.is_empty());
                    for word in words {
                        found.extend(meant(items, pairs, repo, word, at).map(|item| Reference {
                            commit,
                            item,
                            kind: Kind::Addresses,
                            rule: "trailer",
                        }));
                    }
                }
                continue;
            }
            let is_merge = history.is_merge[commit as usize] || subject.starts_with("Merge ");
            for item in meant(items, pairs, repo, value, at) {
                let (kind, rule) = manner(kind, is_merge, items.all[item].is_pull, value, subject);
                found.push(Reference { commit, item, kind, rule });
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    Ok(found)
}

/// What a message says of an item by the kind of its reference.
fn manner(kind: &str, is_merge: bool, is_pull: bool, value: &str, subject: &str) -> (Kind, &'static str) {
    match (kind, is_pull) {
        ("pull", true) if is_merge => (Kind::PartOf, "merge-commit"),
        ("pull", true) => (Kind::PartOf, "squash-commit"),
        // Many write the number of the issue where others write that of the pull request.
        ("pull", false) => (Kind::Addresses, "key-in-subject"),
        (_, true) => (Kind::Mentions, "mention"),
        ("closes", false) => (Kind::Closes, "closing-word"),
        ("addresses", false) => (Kind::Addresses, "addressing-word"),
        _ if leads(subject, value) => (Kind::Addresses, "key-in-subject"),
        _ => (Kind::Mentions, "mention"),
    }
}

/// Whether a subject is about a key: it holds a key such as `PAY-3`, or begins with a number such as `#12` or `[#12]`.
fn leads(subject: &str, value: &str) -> bool {
    if value.bytes().all(|b| b.is_ascii_digit()) {
        let start = subject.trim_start_matches(['[', '(', ' ']);
        let rest = start.strip_prefix('#').or_else(|| start.strip_prefix("GH-")).and_then(|s| s.strip_prefix(value));
        return rest.is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_alphanumeric()));
    }
    // `Revert "PAY-3: words"` is about it just as well.
    !value.contains(['#', '!']) && subject.contains(value)
}

/// Links of the commits of one repository, and of pull requests through them.
fn of_repository(
    items: &Items,
    pairs: &Pairs,
    repo: usize,
    history: &History,
    references: &[Reference],
    shas: &Shas,
    links: &mut Links,
) {
    let sets: BTreeSet<usize> = pairs.sets_of(repo).collect();
    let mut named: FxHashMap<u32, usize> = FxHashMap::default();
    let mut committed: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    let mut closed: Vec<(u32, usize, Kind)> = Vec::new();
    for (item, sha, happened) in shas.all.iter().filter(|(item, ..)| sets.contains(&items.all[*item].set)) {
        let Some(commit) = history.find(sha) else { continue };
        let (from, is_pull) = (From::Commit(repo, commit), items.all[*item].is_pull);
        match happened {
            Happened::Committed => committed.entry(commit).or_default().push(*item),
            Happened::Merged if is_pull => {
                named.insert(commit, *item);
                links.add(from, *item, shown(Kind::PartOf, Basis::Declared, "tracker-commit"));
            }
            Happened::Closed if !is_pull => {
                closed.push((commit, *item, Kind::Closes));
                links.add(from, *item, shown(Kind::Closes, Basis::Declared, "closed-by-commit"));
            }
            Happened::Merged | Happened::Closed | Happened::Referenced => {
                links.add(from, *item, shown(Kind::Mentions, Basis::Inferred, "tracker-mention"));
            }
        }
    }
    for one in references {
        let basis = if one.kind == Kind::Mentions { Basis::Inferred } else { Basis::Resolved };
        links.add(From::Commit(repo, one.commit), one.item, shown(one.kind, basis, one.rule));
        if one.kind == Kind::PartOf {
            // What the message of a merge says counts more than which commit the tracker noted.
            named.insert(one.commit, one.item);
        }
    }
    let mut pull_of: FxHashMap<u32, Vec<usize>> = named.iter().map(|(commit, pull)| (*commit, vec![*pull])).collect();
    for (commit, owner) in (0u32..).zip(history.lineage(&named)) {
        let from = From::Commit(repo, commit);
        let listed = committed.get(&commit).map_or(&[][..], Vec::as_slice);
        if let Some(pull) = owner {
            links.add(from, pull, shown(Kind::PartOf, Basis::Resolved, "merged-branch"));
            pull_of.entry(commit).or_default().push(pull);
        }
        for pull in listed {
            // A branch that builds on another lists its commits too; they came in by the other.
            let is_other = owner.is_some_and(|o| o != *pull && listed.contains(&o));
            let is_merged = items.all[*pull].merged_at.is_some();
            let found = match (is_other, is_merged) {
                (true, _) => shown(Kind::Mentions, Basis::Inferred, "tracker-mention"),
                (false, true) => shown(Kind::PartOf, Basis::Declared, "tracker-commit"),
                (false, false) => shown(Kind::PartOf, Basis::Inferred, "tracker-commit"),
            };
            links.add(from, *pull, found);
            if found.kind == Kind::PartOf && is_merged {
                pull_of.entry(commit).or_default().push(*pull);
            }
        }
    }
    let said = references.iter().map(|r| (r.commit, r.item, r.kind)).chain(closed);
    pulls::through_commits(items, repo, said, &pull_of, &named, links);
}

/// Links of commits to the issues that their pull requests do.
fn through_pulls(items: &Items, told: &FxHashMap<usize, Vec<(usize, Shown)>>, links: &mut Links) {
    let parts: Vec<(From, usize)> = links
        .sorted()
        .into_iter()
        .filter(|(from, _, link)| {
            matches!(from, From::Commit(..)) && link.shown.kind == Kind::PartOf && link.shown.basis != Basis::Inferred
        })
        .map(|(from, pull, _)| (from, pull))
        .collect();
    // What the message of the merge says is the pull request's own word as well.
    let mut of_pull: FxHashMap<usize, Vec<(usize, Shown)>> = told.clone();
    for (from, to, link) in links.sorted() {
        if let (From::Pull(pull), true) = (from, link.rules.contains("merge-message")) {
            let known = of_pull.entry(pull).or_default();
            if link.shown.kind != Kind::Mentions && !known.iter().any(|(issue, _)| *issue == to) {
                known.push((to, link.shown));
            }
        }
    }
    for (from, pull) in parts {
        for (issue, of) in of_pull.get(&pull).into_iter().flatten().filter(|(issue, _)| !items.all[*issue].is_pull) {
            let through =
                Shown { kind: of.kind, basis: Basis::Resolved, rule: "through-pull", via: Some(From::Pull(pull)) };
            links.add(from, *issue, through);
        }
    }
}

/// The id of the near end.
pub(super) fn id_of(items: &Items, histories: &[History], from: From) -> String {
    match from {
        From::Commit(repo, commit) => {
            format!("commit:{}@{}", histories[repo].repo, histories[repo].ids[commit as usize])
        }
        From::Pull(pull) => items.all[pull].id.clone(),
    }
}

/// Rows of `work_links`, by near end (commits as they were walked, then pull requests) and far end.
pub(super) fn rows(items: &Items, histories: &[History], links: &Links) -> RecordBatch {
    let mut rows = WorkLinksBuilder::default();
    for (from, to, link) in links.sorted() {
        let (id, to) = (id_of(items, histories, from), &items.all[to]);
        let shown = &link.shown;
        let also: Vec<&str> = link.rules.iter().copied().filter(|rule| *rule != shown.rule).collect();
        let also = also.join("; ");
        let via = shown.via.map(|via| id_of(items, histories, via));
        let (mut commit, mut pull, at) = (
            None,
            None::<&Item>,
            match from {
                From::Commit(repo, commit) => histories[repo].at[commit as usize],
                From::Pull(pull) => items.all[pull].created_at,
            },
        );
        match from {
            From::Commit(repo, at) => {
                commit = Some((histories[repo].repo.as_str(), histories[repo].ids[at as usize].as_str()));
            }
            From::Pull(at) => pull = Some(&items.all[at]),
        }
        rows.push(&WorkLinkRow {
            from_item: &id,
            from_kind: if commit.is_some() { "commit" } else { "pull" },
            to_item: &to.id,
            to_kind: if to.is_pull { "pull" } else { "issue" },
            kind: match shown.kind {
                Kind::PartOf => "part-of",
                Kind::Closes => "closes",
                Kind::Addresses => "addresses",
                Kind::Mentions => "mentions",
            },
            basis: match shown.basis {
                Basis::Declared => "declared",
                Basis::Resolved => "resolved",
                Basis::Inferred => "inferred",
            },
            rule: shown.rule,
            also: Some(also.as_str()).filter(|a| !a.is_empty()),
            via: via.as_deref(),
            at,
            code_repo: commit.map(|c| c.0),
            code_commit: commit.map(|c| c.1),
            from_repo: pull.map(|p| items.sets[p.set].repo.as_str()),
            from_path: pull.map(|p| p.path.as_str()),
            from_line_start: pull.map(|p| p.line_start),
            from_line_end: pull.map(|p| p.line_end),
            repo: &items.sets[to.set].repo,
            path: &to.path,
            line_start: to.line_start,
            line_end: to.line_end,
            ..WorkLinkRow::default()
        });
    }
    rows.finish()
}
