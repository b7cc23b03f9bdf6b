//! From work items over changed files to components and modules.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::{Session, Value, bind};
use sightline_facts::table::{Boolean, ColumnKind as _, Instant, OptInteger, OptText, Text};
use sightline_facts::tables::work_components::{WorkComponentRow, WorkComponentsBuilder};

use super::history::History;
use super::items::Items;
use super::links::{Basis, From, Kind, Links};
use super::repositories::Pairs;
use crate::error::MapError;
use crate::query::column;

/// Names shorter than this are words of the language too often to be looked for in titles, in characters.
const SHORTEST_NAME: usize = 5;

/// A component or module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) id: String,
    name: String,
    pub(super) is_component: bool,
    folder: String,
    team: Option<String>,
}

/// The parts of one repository.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) all: Vec<Part>,
    /// Components and modules by folder; parts may share one.
    by_folder: BTreeMap<String, Vec<usize>>,
    /// Rules of CODEOWNERS in their order: pattern and owner.
    owners: Vec<(String, String)>,
}

impl Parts {
    pub(super) fn read(session: &Session, repo: &str) -> Result<Self, MapError> {
        const COMPONENTS: &str = "select component as id, name, folder, owner, true as is_component from components \
             where repo = :repo and folder is not null and not is_outside order by component";
        const MODULES: &str = "select module as id, path as name, path as folder, cast(null as varchar) as owner, \
             false as is_component from modules where repo = :repo order by module";
        let parameters = [("repo", Value::Text(repo))];
        let mut parts = Self::default();
        let owners = "select pattern, owner from owners where repo = :repo order by path, position, owner";
        for batch in session.query_with(owners, &parameters)? {
            let (patterns, who) =
                (column::<Text>(&batch, "owners", "pattern")?, column::<Text>(&batch, "owners", "owner")?);
            parts.owners.extend(
                (0..batch.num_rows()).map(|i| (Text::get(&patterns, i).to_owned(), Text::get(&who, i).to_owned())),
            );
        }
        for (sql, table) in [(COMPONENTS, "components"), (MODULES, "modules")] {
            for batch in session.query_with(sql, &parameters)? {
                let (ids, names) = (column::<Text>(&batch, table, "id")?, column::<Text>(&batch, table, "name")?);
                let folders = column::<Text>(&batch, table, "folder")?;
                let owners = column::<OptText>(&batch, table, "owner")?;
                let components = column::<Boolean>(&batch, table, "is_component")?;
                for i in 0..batch.num_rows() {
                    let folder = Text::get(&folders, i).trim_matches('/').to_owned();
                    let team = OptText::get(&owners, i).map(str::to_owned).or_else(|| parts.owner_of(&folder));
                    parts.add(Part {
                        id: Text::get(&ids, i).to_owned(),
                        name: Text::get(&names, i).to_owned(),
                        is_component: Boolean::get(&components, i),
                        folder,
                        team,
                    });
                }
            }
        }
        Ok(parts)
    }

    fn add(&mut self, part: Part) {
        self.by_folder.entry(part.folder.clone()).or_default().push(self.all.len());
        self.all.push(part);
    }

    /// Who looks after a folder: of the rules that hold for all of it the last counts.
    fn owner_of(&self, folder: &str) -> Option<String> {
        let mut found: Option<(&str, Vec<&str>)> = None;
        for (pattern, owner) in &self.owners {
            let bare = pattern.trim_start_matches('/').trim_end_matches('*').trim_end_matches('/');
            if bare.contains('*') || !(bare.is_empty() || is_below(folder, bare)) {
                continue;
            }
            match &mut found {
                Some((known, who)) if *known == pattern => who.push(owner),
                _ => found = Some((pattern, vec![owner])),
            }
        }
        found.map(|(_, who)| who.join(", "))
    }

    /// The parts that a file belongs to: of components and of modules those with the innermost folder around it.
    pub(super) fn of_file(&self, path: &str) -> Vec<usize> {
        let (mut found, mut has) = (Vec::new(), [false; 2]);
        let mut folder = path;
        loop {
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            let here = self.by_folder.get(folder).map_or(&[][..], Vec::as_slice);
            for is_component in [true, false] {
                let before = found.len();
                if !has[usize::from(is_component)] {
                    found.extend(here.iter().copied().filter(|p| self.all[*p].is_component == is_component));
                    has[usize::from(is_component)] = found.len() > before;
                }
            }
            if folder.is_empty() || has == [true; 2] {
                return found;
            }
        }
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What an item changed of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sum {
    commits: FxHashSet<u32>,
    files: FxHashSet<u32>,
    added: i64,
    deleted: i64,
    first_at: i64,
    last_at: i64,
}

/// What the items of one repository changed.
#[derive(Default)]
struct Sums {
    /// By item and part.
    by_part: BTreeMap<(usize, usize), Sum>,
    /// Changed lines of each item, in components and in modules.
    lines: BTreeMap<(usize, bool), i64>,
}

/// Rows of `work_components`, by repository, item and part.
///
/// Commits count for the pull requests that they are part of and the issues that they do; mentions do not. Each file
/// counts once among components and once among modules, unless several parts share its folder.
pub(super) fn parts(
    session: &Session,
    items: &Items,
    histories: &[History],
    pairs: &Pairs,
    links: &Links,
) -> Result<RecordBatch, MapError> {
    let mut rows = WorkComponentsBuilder::default();
    if items.all.is_empty() {
        return Ok(rows.finish());
    }
    let mut work: Vec<FxHashMap<u32, Vec<usize>>> = vec![FxHashMap::default(); histories.len()];
    for (from, to, link) in links.sorted() {
        if let From::Commit(repo, commit) = from
            && link.shown.kind != Kind::Mentions
            && link.shown.basis != Basis::Inferred
        {
            work[repo].entry(commit).or_default().push(to);
        }
    }
    for (repo, history) in histories.iter().enumerate() {
        let sets: BTreeSet<usize> = pairs.all.iter().filter(|p| p.repo == repo).map(|p| p.set).collect();
        if work[repo].is_empty() && sets.is_empty() {
            continue;
        }
        let parts = Parts::read(session, &history.repo)?;
        let sums = changed(session, history, &parts, &work[repo])?;
        for ((item, part), sum) in &sums.by_part {
            let total = sums.lines.get(&(*item, parts.all[*part].is_component)).copied().unwrap_or(0);
            push(&mut rows, items, history, *item, &parts.all[*part], sum, total, "changed-files");
        }
        for (item, part, rule) in named(items, &sets, &parts) {
            if !sums.by_part.contains_key(&(item, part)) {
                push(&mut rows, items, history, item, &parts.all[part], &Sum::default(), 0, rule);
            }
        }
    }
    Ok(rows.finish())
}

/// Adds up the changes of all commits of a repository that are work on something.
fn changed(
    session: &Session,
    history: &History,
    parts: &Parts,
    work: &FxHashMap<u32, Vec<usize>>,
) -> Result<Sums, MapError> {
    let mut sums = Sums::default();
    let mut places: FxHashMap<String, (u32, Vec<usize>)> = FxHashMap::default();
    let sql = bind(
        "select \"commit\", path, added, deleted, committed_at from changes where repo = :repo",
        &[("repo", Value::Text(&history.repo))],
    );
    let mut failed = None;
    session.stream(&sql, &mut |batch| {
        let columns = (|| {
            let text = |name| column::<Text>(&batch, "changes", name);
            let number = |name| column::<OptInteger>(&batch, "changes", name);
            let at = column::<Instant>(&batch, "changes", "committed_at")?;
            Ok((text("commit")?, text("path")?, number("added")?, number("deleted")?, at))
        })();
        let (commits, paths, added, deleted, at) = match columns {
            Ok(columns) => columns,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        for i in 0..batch.num_rows() {
            let commit = history.find(Text::get(&commits, i));
            let Some((commit, of)) = commit.and_then(|c| Some((c, work.get(&c)?))) else { continue };
            let path = Text::get(&paths, i);
            if !places.contains_key(path) {
                let number = u32::try_from(places.len()).unwrap_or(u32::MAX);
                places.insert(path.to_owned(), (number, parts.of_file(path)));
            }
            let Some((file, parts_of)) = places.get(path) else { continue };
            let (added, deleted) = (OptInteger::get(&added, i).unwrap_or(0), OptInteger::get(&deleted, i).unwrap_or(0));
            let at = Instant::get(&at, i);
            for item in of {
                let mut counted = [false; 2];
                for part in parts_of {
                    let sum = sums.by_part.entry((*item, *part)).or_default();
                    sum.first_at = if sum.commits.is_empty() { at } else { sum.first_at.min(at) };
                    sum.last_at = if sum.commits.is_empty() { at } else { sum.last_at.max(at) };
                    sum.commits.insert(commit);
                    sum.files.insert(*file);
                    sum.added += added;
                    sum.deleted += deleted;
                    let kind = parts.all[*part].is_component;
                    if !counted[usize::from(kind)] {
                        counted[usize::from(kind)] = true;
                        *sums.lines.entry((*item, kind)).or_default() += added + deleted;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(sums), Err)
}

/// Components that items name: by a label or a component of the tracker, or by their name in the title.
///
/// Where a repository is one part its name says nothing, so nothing is looked for there.
fn named(items: &Items, sets: &BTreeSet<usize>, parts: &Parts) -> Vec<(usize, usize, &'static str)> {
    let components: Vec<(usize, String)> =
        parts.all.iter().enumerate().filter(|(_, p)| p.is_component).map(|(at, p)| (at, plain(&p.name))).collect();
    let mut found = Vec::new();
    if components.len() < 2 {
        return found;
    }
    for (at, item) in items.all.iter().enumerate().filter(|(_, item)| sets.contains(&item.set)) {
        let labels: BTreeSet<String> = item
            .labels
            .split("; ")
            .map(|label| plain(label.rsplit([':', '/']).next().unwrap_or(label)))
            .filter(|label| !label.is_empty())
            .collect();
        let title = format!(" {} ", plain(&item.title));
        for (part, name) in &components {
            if labels.contains(name) {
                found.push((at, *part, "label"));
            } else if name.len() >= SHORTEST_NAME && title.contains(&format!(" {name} ")) {
                found.push((at, *part, "title"));
            }
        }
    }
    found
}

/// A name without case and signs: its words, each after a blank.
fn plain(name: &str) -> String {
    let words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    words.join(" ")
}

#[expect(clippy::too_many_arguments, reason = "a row has these parts")]
fn push(
    rows: &mut WorkComponentsBuilder,
    items: &Items,
    history: &History,
    item: usize,
    part: &Part,
    sum: &Sum,
    total: i64,
    rule: &'static str,
) {
    let item = &items.all[item];
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let is_changed = !sum.commits.is_empty();
    #[expect(clippy::cast_precision_loss, reason = "counts of lines are far below 2^52")]
    let share = if total > 0 { (sum.added + sum.deleted) as f64 / total as f64 } else { 0.0 };
    rows.push(&WorkComponentRow {
        item: &item.id,
        item_kind: if item.is_pull { "pull" } else { "issue" },
        part: &part.id,
        part_kind: if part.is_component { "component" } else { "module" },
        n_commits: count(sum.commits.len()),
        n_files: count(sum.files.len()),
        added: sum.added,
        deleted: sum.deleted,
        share_ratio: share,
        first_at: is_changed.then_some(sum.first_at),
        last_at: is_changed.then_some(sum.last_at),
        team: part.team.as_deref(),
        basis: if is_changed { "resolved" } else { "inferred" },
        rule,
        code_repo: &history.repo,
        repo: &items.sets[item.set].repo,
        path: &item.path,
        line_start: item.line_start,
        line_end: item.line_end,
        ..WorkComponentRow::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(id: &str, folder: &str, is_component: bool) -> Part {
        Part { id: id.to_owned(), name: id.to_owned(), is_component, folder: folder.to_owned(), team: None }
    }

    #[test]
    fn a_file_belongs_to_the_innermost_folder_of_each_kind() {
        let mut parts = Parts::default();
        for (id, folder, is_component) in [
            ("shop", "", true),
            ("cart", "cart", true),
            ("cart-job", "cart", true),
            ("m", "", false),
            ("m/price", "cart/price", false),
        ] {
            parts.add(part(id, folder, is_component));
        }
        let check = |path: &str, expect: &[&str]| {
            let found: Vec<&str> = parts.of_file(path).into_iter().map(|p| parts.all[p].id.as_str()).collect();
            assert_eq!(found, expect, "{path}");
        };
        check("cart/price/round.rs", &["m/price", "cart", "cart-job"]);
        check("cart/main.rs", &["cart", "cart-job", "m"]);
        check("cartoon.rs", &["shop", "m"]);
    }

    #[test]
    fn the_last_rule_that_holds_for_all_of_a_folder_says_who_looks_after_it() {
        let owners =
            [("*", "@all"), ("/cart/", "@cart"), ("/cart/", "@pay"), ("*.md", "@docs"), ("/cart/price/", "@price")];
        let owners = owners.map(|(p, o)| (p.to_owned(), o.to_owned())).to_vec();
        let parts = Parts { owners, ..Parts::default() };
        let check =
            |folder: &str, expect: Option<&str>| assert_eq!(parts.owner_of(folder).as_deref(), expect, "{folder}");
        check("cart", Some("@cart, @pay"));
        check("cart/price/eu", Some("@price"));
        check("cartoon", Some("@all"));
        check("", Some("@all"));
    }
}
