//! What depends on what: work items by what trackers and texts say, and from them and from the map components, teams,
//! repositories and trackers.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind as _, Float, Integer, OptInstant, OptText, Text};
use sightline_facts::tables::dependencies::{DependenciesBuilder, DependencyRow};

use super::items::Items;
use super::order::{Done, order};
use super::parts::Parts;
use crate::error::MapError;
use crate::query::column;

/// Work items that change both of two parts; fewer may be chance.
const LEAST_SHARED: usize = 3;
/// Share below which two parts are not said to change together.
const LEAST_STRENGTH: f64 = 0.3;
/// Work items that change more parts are sweeping and say little of any two.
const MOST_PARTS: usize = 8;

/// Where a dependency can be checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    repo: String,
    commit: Option<String>,
    path: String,
    lines: Option<(i64, i64)>,
    about: String,
}

/// Ends and rule of a dependency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Ends {
    level: &'static str,
    from: String,
    to: String,
    rule: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
struct Dependency {
    basis: &'static str,
    is_mutual: bool,
    is_open: bool,
    n_places: usize,
    strength: Option<f64>,
    place: Place,
}

/// All that is found; of several places of one dependency the first is cited.
#[derive(Debug, Default)]
struct Found {
    all: BTreeMap<Ends, Dependency>,
}

impl Found {
    fn add(&mut self, level: &'static str, ends: (&str, &str), rule: &'static str, one: Dependency) {
        if ends.0 == ends.1 {
            return;
        }
        let key = Ends { level, from: ends.0.to_owned(), to: ends.1.to_owned(), rule };
        match self.all.get_mut(&key) {
            Some(known) => {
                known.n_places += one.n_places;
                known.is_open |= one.is_open;
                known.basis = stronger(known.basis, one.basis);
                known.strength = match (known.strength, one.strength) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    (a, b) => a.or(b),
                };
            }
            None => drop(self.all.insert(key, one)),
        }
    }
}

fn stronger(a: &'static str, b: &'static str) -> &'static str {
    let rank = |basis: &str| ["declared", "resolved", "said", "inferred"].iter().position(|b| *b == basis);
    if rank(b) < rank(a) { b } else { a }
}

/// What an item changed most: its component, team and repository.
#[derive(Debug, Clone, Default, PartialEq)]
struct Home {
    share: f64,
    component: String,
    team: Option<String>,
    repo: String,
}

/// Derives `dependencies`.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn dependencies(session: &Session) -> Result<RecordBatch, MapError> {
    let mut found = Found::default();
    let components = Components::read(session)?;
    let items = Items::read(session)?;
    let work = Work::read(session)?;
    if !items.all.is_empty() {
        between_items(session, &items, &work, &mut found)?;
        same_work(&items, &work, &components, &mut found);
        follows(&items, &work, &components, &mut found);
    }
    connections(session, &components, &mut found)?;
    co_change(session, &mut found)?;
    Ok(rows(&items, &components, &found))
}

/// Owner and name of every component, and which are connected.
#[derive(Debug, Default)]
struct Components {
    names: BTreeMap<String, String>,
    owners: BTreeMap<String, String>,
    repos: BTreeMap<String, String>,
    connected: BTreeSet<(String, String)>,
}

impl Components {
    fn read(session: &Session) -> Result<Self, MapError> {
        let mut components = Self::default();
        let sql = "select component, name, owner, repo from components where not is_outside order by component";
        for batch in session.query(sql)? {
            let text = |name| column::<Text>(&batch, "components", name);
            let (ids, names, repos) = (text("component")?, text("name")?, text("repo")?);
            let owners = column::<OptText>(&batch, "components", "owner")?;
            for i in 0..batch.num_rows() {
                let id = Text::get(&ids, i).to_owned();
                if let Some(owner) = OptText::get(&owners, i) {
                    components.owners.insert(id.clone(), owner.to_owned());
                }
                components.names.insert(id.clone(), Text::get(&names, i).to_owned());
                components.repos.insert(id, Text::get(&repos, i).to_owned());
            }
        }
        for batch in session.query("select from_component, to_component from connections")? {
            let from = column::<Text>(&batch, "connections", "from_component")?;
            let to = column::<Text>(&batch, "connections", "to_component")?;
            for i in 0..batch.num_rows() {
                let (a, b) = (Text::get(&from, i), Text::get(&to, i));
                if let (Some(x), Some(y)) = (components.owners.get(a), components.owners.get(b)) {
                    components.connected.insert((x.clone(), y.clone()));
                }
                components.connected.insert((a.to_owned(), b.to_owned()));
            }
        }
        Ok(components)
    }

    /// Whether a connection leads from one component or team to another, in any direction.
    fn is_connected(&self, a: &str, b: &str) -> bool {
        let has = |a: &str, b: &str| self.connected.contains(&(a.to_owned(), b.to_owned()));
        has(a, b) || has(b, a)
    }
}

/// What work items changed.
#[derive(Debug, Default)]
struct Work {
    /// Where most of an item's changes are.
    home: BTreeMap<String, Home>,
    /// Components, teams and repositories that each item changed, by level.
    touched: BTreeMap<(&'static str, String), BTreeSet<String>>,
    /// When the last commit of each item was made.
    done: BTreeMap<String, i64>,
}

impl Work {
    fn read(session: &Session) -> Result<Self, MapError> {
        let mut work = Self::default();
        let sql = "select item, part, team, code_repo, share_ratio, n_commits, last_at from work_components \
             where part_kind = 'component' order by item, n_commits = 0, share_ratio desc, part";
        for batch in session.query(sql)? {
            let text = |name| column::<Text>(&batch, "work_components", name);
            let (items, parts, repos) = (text("item")?, text("part")?, text("code_repo")?);
            let teams = column::<OptText>(&batch, "work_components", "team")?;
            let shares = column::<Float>(&batch, "work_components", "share_ratio")?;
            let commits = column::<Integer>(&batch, "work_components", "n_commits")?;
            let last = column::<OptInstant>(&batch, "work_components", "last_at")?;
            for i in 0..batch.num_rows() {
                let item = Text::get(&items, i).to_owned();
                if let Some(at) = OptInstant::get(&last, i) {
                    let done = work.done.entry(item.clone()).or_insert(at);
                    *done = at.max(*done);
                }
                let home = Home {
                    share: Float::get(&shares, i),
                    component: Text::get(&parts, i).to_owned(),
                    team: OptText::get(&teams, i).map(str::to_owned),
                    repo: Text::get(&repos, i).to_owned(),
                };
                // Words that name a part do not change it.
                if Integer::get(&commits, i) > 0 {
                    let levels = [
                        ("component", Some(&home.component)),
                        ("team", home.team.as_ref()),
                        ("repository", Some(&home.repo)),
                    ];
                    for (level, thing) in levels {
                        let touched = work.touched.entry((level, item.clone())).or_default();
                        touched.extend(thing.cloned());
                    }
                }
                work.home.entry(item).or_insert(home);
            }
        }
        Ok(work)
    }
}

/// Dependencies that trackers keep and texts tell, and their sums by component, team, repository and tracker.
fn between_items(session: &Session, items: &Items, work: &Work, found: &mut Found) -> Result<(), MapError> {
    const SQL: &str = "select from_item, to_key, kind, basis, type_name, repo, path, line_start, line_end from issue_links \
         where kind in ('depends-on', 'blocks') order by repo, path, line_start, from_item, to_key";
    let addresses = addresses(session, items)?;
    // A relation that is kept at both ends is one.
    let mut seen = BTreeSet::new();
    for batch in session.query(SQL)? {
        let text = |name| column::<Text>(&batch, "issue_links", name);
        let (from, to, kinds, bases) = (text("from_item")?, text("to_key")?, text("kind")?, text("basis")?);
        let (words, repos, paths) = (text("type_name")?, text("repo")?, text("path")?);
        let starts = column::<Integer>(&batch, "issue_links", "line_start")?;
        let ends = column::<Integer>(&batch, "issue_links", "line_end")?;
        for i in 0..batch.num_rows() {
            let Some(one) = items.of_id(Text::get(&from, i)) else { continue };
            let is_declared = Text::get(&bases, i) == "declared";
            let key = Text::get(&to, i);
            for other in targets(items, &addresses, items.all[one].set, key) {
                let is_depending = Text::get(&kinds, i) == "depends-on";
                let (a, b) = if is_depending { (one, other) } else { (other, one) };
                let (from, to) = (&items.all[a], &items.all[b]);
                let dependency = Dependency {
                    basis: if is_declared { "declared" } else { "said" },
                    is_mutual: false,
                    is_open: from.is_open && to.is_open,
                    n_places: 1,
                    strength: None,
                    place: Place {
                        repo: Text::get(&repos, i).to_owned(),
                        commit: None,
                        path: Text::get(&paths, i).to_owned(),
                        lines: Some((Integer::get(&starts, i), Integer::get(&ends, i))),
                        about: format!("{} {} {key}", items.all[one].key, Text::get(&words, i)),
                    },
                };
                let rule = if is_declared { "tracker-link" } else { "text" };
                if !seen.insert((a, b, rule)) {
                    continue;
                }
                if let (Some(x), Some(y)) = (work.home.get(&from.id), work.home.get(&to.id)) {
                    let sum = |found: &mut Found, level, ends: (&str, &str)| {
                        found.add(level, ends, "work-items", Dependency { basis: "resolved", ..dependency.clone() });
                    };
                    sum(found, "component", (&x.component, &y.component));
                    sum(found, "repository", (&x.repo, &y.repo));
                    if let (Some(x), Some(y)) = (&x.team, &y.team) {
                        sum(found, "team", (x, y));
                    }
                }
                let sets = (items.sets[from.set].repo.as_str(), items.sets[to.set].repo.as_str());
                found.add("tracker", sets, "work-items", Dependency { basis: "resolved", ..dependency.clone() });
                found.add("item", (&from.id, &to.id), rule, dependency);
            }
        }
    }
    Ok(())
}

/// Data sets by the address under which texts name their repository.
fn addresses(session: &Session, items: &Items) -> Result<BTreeMap<String, BTreeSet<usize>>, MapError> {
    let mut found: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for batch in session.query("select repo, address from tracker_repositories where address is not null")? {
        let repos = column::<Text>(&batch, "tracker_repositories", "repo")?;
        let addresses = column::<OptText>(&batch, "tracker_repositories", "address")?;
        for i in 0..batch.num_rows() {
            let Some(set) = items.sets.iter().position(|s| s.repo == Text::get(&repos, i)) else { continue };
            for address in OptText::get(&addresses, i).unwrap_or_default().split("; ").filter(|a| !a.is_empty()) {
                found.entry(address.to_owned()).or_default().insert(set);
            }
        }
    }
    Ok(found)
}

/// Items that a key means, seen from a data set.
fn targets(items: &Items, addresses: &BTreeMap<String, BTreeSet<usize>>, set: usize, key: &str) -> Vec<usize> {
    let Some((address, digits)) = key.split_once(['#', '!']) else { return items.keyed(key).to_vec() };
    let Ok(number) = digits.parse() else { return Vec::new() };
    if address.is_empty() {
        return items.numbered(set, number).to_vec();
    }
    let sets = addresses.get(&address.to_lowercase()).into_iter().flatten();
    sets.flat_map(|set| items.numbered(*set, number)).copied().collect()
}

/// Parts, teams and repositories that the same work items change.
fn same_work(items: &Items, work: &Work, components: &Components, found: &mut Found) {
    let is_counted = counted(items);
    let mut alone: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut both: BTreeMap<(&'static str, &str, &str), Vec<usize>> = BTreeMap::new();
    for ((level, item), things) in &work.touched {
        let Some(at) = items.of_id(item) else { continue };
        // One pull request cannot change two repositories; its issue can.
        if *level != "repository" && !is_counted(at) || things.len() > MOST_PARTS {
            continue;
        }
        let things: Vec<&str> = things.iter().map(String::as_str).collect();
        for (n, a) in things.iter().enumerate() {
            *alone.entry((level, a)).or_default() += 1;
            for b in &things[n + 1..] {
                both.entry((level, a, b)).or_default().push(at);
            }
        }
    }
    for ((level, a, b), shared) in both {
        let count = |thing: &str| alone.get(&(level, thing)).copied().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "counts of work items are far below 2^52")]
        let strength = 2.0 * shared.len() as f64 / (count(a) + count(b)).max(1) as f64;
        if shared.len() < LEAST_SHARED || strength < LEAST_STRENGTH {
            continue;
        }
        let Some(newest) = shared.iter().max_by_key(|at| (items.all[**at].created_at, **at)) else { continue };
        let item = &items.all[*newest];
        let name = |id: &str| components.names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let place = Place {
            repo: items.sets[item.set].repo.clone(),
            commit: None,
            path: item.path.clone(),
            lines: Some((item.line_start, item.line_end)),
            about: format!("{} {} changed {} and {}", item.key, item.title, name(a), name(b)),
        };
        let one = Dependency {
            basis: "inferred",
            is_mutual: true,
            is_open: true,
            n_places: shared.len(),
            strength: Some(strength),
            place,
        };
        found.add(level, (a, b), "same-work", one);
    }
}

/// Parts, teams and repositories on which work regularly comes soon after work on another.
fn follows(items: &Items, work: &Work, components: &Components, found: &mut Found) {
    let is_counted = counted(items);
    let mut by_level: BTreeMap<&'static str, Vec<Done<'_>>> = BTreeMap::new();
    for ((level, item), things) in &work.touched {
        let (Some(place), Some(at)) = (items.of_id(item), work.done.get(item)) else { continue };
        if is_counted(place) {
            let parts = things.iter().map(String::as_str).collect();
            by_level.entry(level).or_default().push(Done { at: *at, item: place, parts });
        }
    }
    let name = |id: &str| components.names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    for (level, done) in &by_level {
        for one in order(done) {
            let (first, then) = (&items.all[one.latest.0], &items.all[one.latest.1]);
            let days = one.latest.2.div_euclid(sightline_facts::time::DAY);
            let about = format!(
                "{} changed {}, and {} changed {} {days} days later; {} of {} times within 14 days, {:.1} by chance",
                first.key,
                name(one.leader),
                then.key,
                name(one.follower),
                one.n_followed,
                one.n,
                one.expected
            );
            #[expect(clippy::cast_precision_loss, reason = "counts of work items are far below 2^52")]
            let strength = one.n_followed as f64 / one.n as f64;
            let place = Place {
                repo: items.sets[then.set].repo.clone(),
                commit: None,
                path: then.path.clone(),
                lines: Some((then.line_start, then.line_end)),
                about,
            };
            let dependency = Dependency {
                basis: "inferred",
                is_mutual: false,
                is_open: true,
                n_places: one.n_followed,
                strength: Some(strength),
                place,
            };
            found.add(level, (one.follower, one.leader), "follows", dependency);
        }
    }
}

/// Which items are counted: a pull request and its issue are the same work, so that issues count only in data sets
/// without pull requests.
fn counted(items: &Items) -> impl Fn(usize) -> bool {
    let sets_with_pulls: BTreeSet<usize> = items.all.iter().filter(|i| i.is_pull).map(|i| i.set).collect();
    move |at| items.all[at].is_pull || !sets_with_pulls.contains(&items.all[at].set)
}

/// Connections of the map that lead from a team or repository to another.
fn connections(session: &Session, components: &Components, found: &mut Found) -> Result<(), MapError> {
    const SQL: &str = "select from_component, to_component, what, basis, repo, \"commit\", path, line_start, line_end \
         from connections order by connection";
    for batch in session.query(SQL)? {
        let text = |name| column::<Text>(&batch, "connections", name);
        let (from, to, what, bases) = (text("from_component")?, text("to_component")?, text("what")?, text("basis")?);
        let (repos, paths) = (text("repo")?, text("path")?);
        let commits = column::<OptText>(&batch, "connections", "commit")?;
        let starts = column::<Integer>(&batch, "connections", "line_start")?;
        let ends = column::<Integer>(&batch, "connections", "line_end")?;
        for i in 0..batch.num_rows() {
            let (a, b) = (Text::get(&from, i), Text::get(&to, i));
            // What people corrected stands in no repository.
            if Text::get(&paths, i).is_empty() {
                continue;
            }
            let name = |id: &str| components.names.get(id).cloned().unwrap_or_else(|| id.to_owned());
            let one = Dependency {
                basis: match Text::get(&bases, i) {
                    "declared" => "declared",
                    "inferred" => "inferred",
                    _ => "resolved",
                },
                is_mutual: false,
                is_open: true,
                n_places: 1,
                strength: None,
                place: Place {
                    repo: Text::get(&repos, i).to_owned(),
                    commit: OptText::get(&commits, i).map(str::to_owned),
                    path: Text::get(&paths, i).to_owned(),
                    lines: Some((Integer::get(&starts, i), Integer::get(&ends, i))),
                    about: format!("{} {}", name(a), Text::get(&what, i)),
                },
            };
            for (level, things) in [("team", &components.owners), ("repository", &components.repos)] {
                if let (Some(a), Some(b)) = (things.get(a), things.get(b)) {
                    found.add(level, (a, b), "connection", one.clone());
                }
            }
        }
    }
    Ok(())
}

/// Components whose files change in the same commits.
fn co_change(session: &Session, found: &mut Found) -> Result<(), MapError> {
    const SQL: &str = "select c.repo, s.\"commit\", c.path, c.other_path, c.degree_ratio, c.n_shared from coupling c \
         join sources s on s.repo = c.repo where c.crosses_modules order by c.repo, c.degree_ratio desc, c.path, c.other_path";
    let mut parts: BTreeMap<String, Parts> = BTreeMap::new();
    for batch in session.query(SQL)? {
        let text = |name| column::<Text>(&batch, "coupling", name);
        let (repos, paths, others) = (text("repo")?, text("path")?, text("other_path")?);
        let commits = column::<OptText>(&batch, "coupling", "commit")?;
        let (degrees, shared) =
            (column::<Float>(&batch, "coupling", "degree_ratio")?, column::<Integer>(&batch, "coupling", "n_shared")?);
        for i in 0..batch.num_rows() {
            let repo = Text::get(&repos, i);
            if !parts.contains_key(repo) {
                parts.insert(repo.to_owned(), Parts::read(session, repo)?);
            }
            let Some(known) = parts.get(repo) else { continue };
            let (path, other) = (Text::get(&paths, i), Text::get(&others, i));
            let components = |path: &str| -> BTreeSet<&str> {
                let of_file = known.of_file(path).into_iter().map(|p| &known.all[p]);
                of_file.filter(|p| p.is_component).map(|p| p.id.as_str()).collect()
            };
            let (a, b) = (components(path), components(other));
            if !a.is_disjoint(&b) {
                continue;
            }
            for (a, b) in a.iter().flat_map(|a| b.iter().map(move |b| if a < b { (*a, *b) } else { (*b, *a) })) {
                let place = Place {
                    repo: repo.to_owned(),
                    commit: OptText::get(&commits, i).map(str::to_owned),
                    path: path.to_owned(),
                    lines: None,
                    about: format!("{path} and {other} changed together {} times", Integer::get(&shared, i)),
                };
                let one = Dependency {
                    basis: "inferred",
                    is_mutual: true,
                    is_open: true,
                    n_places: 1,
                    strength: Some(Float::get(&degrees, i)),
                    place,
                };
                found.add("component", (a, b), "co-change", one);
            }
        }
    }
    Ok(())
}

/// Whether a dependency can be part of a circle. What only came after something else does not have to.
fn binds(ends: &Ends, one: &Dependency) -> bool {
    !one.is_mutual && one.is_open && ends.rule != "follows"
}

/// A circle of dependencies of one level for each end that is in one, as names.
///
/// Of each set of things that all depend on each other the shortest way round through its first is told.
fn cycles(found: &Found, level: &str, name: impl Fn(&str) -> String) -> BTreeMap<String, String> {
    let directed: Vec<&Ends> =
        found.all.iter().filter(|(e, d)| e.level == level && binds(e, d)).map(|(e, _)| e).collect();
    let things: BTreeSet<&str> = directed.iter().flat_map(|e| [e.from.as_str(), e.to.as_str()]).collect();
    let things: Vec<&str> = things.into_iter().collect();
    let number = |thing: &str| things.binary_search(&thing).unwrap_or_default();
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for ends in &directed {
        graph.add_edge(number(&ends.from), number(&ends.to), ());
    }
    let mut told = BTreeMap::new();
    for mut component in tarjan_scc(&graph).into_iter().filter(|c| c.len() > 1) {
        component.sort_unstable();
        let within: BTreeSet<usize> = component.iter().copied().collect();
        let start = component[0];
        // Breadth first from the first thing back to itself.
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        'search: while let Some(at) = queue.pop_front() {
            let next: BTreeSet<usize> = graph.neighbors(at).filter(|n| within.contains(n)).collect();
            for to in next {
                if to == start {
                    before.insert(start, at);
                    break 'search;
                }
                if let Entry::Vacant(free) = before.entry(to) {
                    free.insert(at);
                    queue.push_back(to);
                }
            }
        }
        let mut way = vec![start];
        let mut at = before.get(&start).copied();
        while let Some(thing) = at {
            way.push(thing);
            at = (thing != start).then(|| before.get(&thing).copied()).flatten();
        }
        way.reverse();
        let text = way.iter().map(|t| name(things[*t])).collect::<Vec<_>>().join(" > ");
        told.extend(component.iter().map(|thing| (things[*thing].to_owned(), text.clone())));
    }
    told
}

fn rows(items: &Items, components: &Components, found: &Found) -> RecordBatch {
    let name = |thing: &str| -> String {
        let of_item = || items.of_id(thing).map(|at| items.all[at].key.clone());
        components.names.get(thing).cloned().or_else(of_item).unwrap_or_else(|| thing.to_owned())
    };
    let mut circles: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for level in ["item", "component", "team", "repository", "tracker"] {
        circles.insert(level, cycles(found, level, name));
    }
    let mut rows = DependenciesBuilder::default();
    for (ends, one) in &found.all {
        let circle = circles.get(ends.level).and_then(|c| {
            let (from, to) = (c.get(&ends.from)?, c.get(&ends.to)?);
            (from == to && binds(ends, one)).then_some(from.as_str())
        });
        rows.push(&DependencyRow {
            level: ends.level,
            from_thing: &ends.from,
            to_thing: &ends.to,
            from_name: &name(&ends.from),
            to_name: &name(&ends.to),
            rule: ends.rule,
            basis: one.basis,
            is_mutual: one.is_mutual,
            is_open: one.is_open,
            is_connected: matches!(ends.level, "component" | "team")
                .then(|| components.is_connected(&ends.from, &ends.to)),
            n_places: i64::try_from(one.n_places).unwrap_or(i64::MAX),
            strength_ratio: one.strength,
            cycle: circle,
            about: &one.place.about,
            repo: &one.place.repo,
            commit: one.place.commit.as_deref(),
            path: &one.place.path,
            line_start: one.place.lines.map(|l| l.0),
            line_end: one.place.lines.map(|l| l.1),
            ..DependencyRow::default()
        });
    }
    rows.finish()
}
