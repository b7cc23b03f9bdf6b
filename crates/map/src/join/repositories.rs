//! Whose work a data set holds: which repositories its numbers and keys are about.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind as _, Text};
use sightline_facts::tables::tracker_repositories::{TrackerRepositoriesBuilder, TrackerRepositoryRow};

use super::history::History;
use super::items::{Happened, Items, Shas};
use crate::error::MapError;
use crate::query::column;

/// Fewer commits or keys in common may be chance.
const LEAST_SHARED: usize = 2;
/// Commits that trackers name and that are looked up for one data set and repository; more say nothing new.
const MOST_LOOKED_UP: usize = 50_000;
/// Merges by script that must carry the title of their pull request before the repository's name in them is believed.
const LEAST_TITLES: usize = 3;

/// A data set and a repository that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) set: usize,
    /// Index of the history.
    pub(super) repo: usize,
    pub(super) basis: &'static str,
    pub(super) rule: &'static str,
    pub(super) n_shared: usize,
}

/// What belongs together, and under which names texts speak of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// By data set and repository.
    pub(super) all: Vec<Pair>,
    /// Data sets by `owner/repository`, in lower case.
    pub(super) addresses: BTreeMap<String, BTreeSet<usize>>,
}

impl Pairs {
    /// Data sets whose numbers a message of this repository means where it names no repository.
    pub(super) fn sets_of(&self, repo: usize) -> impl Iterator<Item = usize> {
        self.all.iter().filter(move |p| p.repo == repo && p.rule != "keys-in-commits").map(|p| p.set)
    }
}

/// Finds what belongs together.
///
/// For each data set the first of these that finds any counts: the address of its items is that of a repository's origin;
/// commits that it names are in a repository (in forks of one another the one with most); its name ends in that of the
/// repository. Keys such as `PAY-3` stand for themselves, and a repository whose messages name them is noted.
pub(super) fn pair(session: &Session, items: &Items, histories: &[History], shas: &Shas) -> Result<Pairs, MapError> {
    let mut pairs = Pairs::default();
    let own = addresses_of_items(items);
    for set in 0..items.sets.len() {
        let mut found = by_address(set, own.get(&set), histories);
        if found.is_empty() {
            found = by_commits(set, items, histories, shas);
        }
        let has_numbers = items.all.iter().any(|i| i.set == set && i.number().is_some());
        if found.is_empty() && has_numbers {
            found = by_name(set, items, histories);
        }
        pairs.all.extend(found);
    }
    for (set, address) in &own {
        pairs.addresses.entry(address.clone()).or_default().insert(*set);
    }
    for pair in &pairs.all {
        if let Some(address) = histories[pair.repo].url.as_deref().and_then(address_of) {
            pairs.addresses.entry(address).or_default().insert(pair.set);
        }
    }
    if !items.all.is_empty() {
        let told = told(session, items, histories, &pairs)?;
        for (address, set) in told.addresses {
            pairs.addresses.entry(address).or_default().insert(set);
        }
        pairs.all.extend(told.by_keys);
        pairs.all.sort_by_key(|p| (p.set, p.repo));
    }
    Ok(pairs)
}

/// `owner/repository` in lower case of the address of a repository or of one of its items.
pub(super) fn address_of(url: &str) -> Option<String> {
    // `git@host:owner/repo.git`, `https://host/owner/repo`, `https://host/owner/repo/issues/3`.
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_matches('/');
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let end = parts
        .iter()
        .position(|p| matches!(*p, "issues" | "pull" | "pulls" | "merge_requests" | "-"))
        .unwrap_or(parts.len());
    if end < 2 {
        return None;
    }
    let joined = parts[..end].join("/").to_lowercase();
    Some(joined.strip_suffix(".git").map_or_else(|| joined.clone(), str::to_owned))
}

/// The address under which most items of a data set can be opened.
fn addresses_of_items(items: &Items) -> BTreeMap<usize, String> {
    let mut counts: BTreeMap<usize, BTreeMap<String, usize>> = BTreeMap::new();
    for item in items.all.iter().filter(|i| i.number().is_some()) {
        // The interface gives addresses of its own: `https://api.host/repos/owner/repo/issues/3`.
        let Some(address) = item.url.as_deref().and_then(address_of) else { continue };
        let address = address.strip_prefix("repos/").map_or_else(|| address.clone(), str::to_owned);
        *counts.entry(item.set).or_default().entry(address).or_default() += 1;
    }
    let most = |counts: BTreeMap<String, usize>| {
        counts.into_iter().max_by_key(|(name, n)| (*n, std::cmp::Reverse(name.clone())))
    };
    counts.into_iter().filter_map(|(set, counts)| Some((set, most(counts)?.0))).collect()
}

fn by_address(set: usize, address: Option<&String>, histories: &[History]) -> Vec<Pair> {
    let Some(address) = address else { return Vec::new() };
    let same = |h: &History| h.url.as_deref().and_then(address_of).as_ref() == Some(address);
    (0..histories.len())
        .filter(|repo| same(&histories[*repo]))
        .map(|repo| Pair { set, repo, basis: "declared", rule: "same-address", n_shared: 1 })
        .collect()
}

fn by_commits(set: usize, items: &Items, histories: &[History], shas: &Shas) -> Vec<Pair> {
    let named: BTreeSet<&str> = shas
        .all
        .iter()
        .filter(|(item, _, happened)| items.all[*item].set == set && *happened != Happened::Referenced)
        .map(|(_, sha, _)| sha.as_str())
        .take(MOST_LOOKED_UP)
        .collect();
    let counts: Vec<usize> =
        histories.iter().map(|h| named.iter().filter(|sha| h.find(sha).is_some()).count()).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    if most < LEAST_SHARED {
        return Vec::new();
    }
    let best: Vec<usize> = (0..histories.len()).filter(|repo| counts[*repo] == most).collect();
    // Copies of one repository know the same commits; the one with the data set's name is meant.
    let alike: Vec<usize> =
        best.iter().copied().filter(|repo| has_name(&items.sets[set].repo, &histories[*repo].repo)).collect();
    let best = if alike.is_empty() { best } else { alike };
    best.into_iter()
        .map(|repo| Pair { set, repo, basis: "resolved", rule: "commits-in-common", n_shared: most })
        .collect()
}

fn by_name(set: usize, items: &Items, histories: &[History]) -> Vec<Pair> {
    let found: Vec<usize> =
        (0..histories.len()).filter(|repo| has_name(&items.sets[set].repo, &histories[*repo].repo)).collect();
    // Of `shop` and `shop-cart` the longer name says more.
    let longest = found.iter().map(|repo| histories[*repo].repo.len()).max().unwrap_or(0);
    found
        .into_iter()
        .filter(|repo| histories[*repo].repo.len() == longest)
        .map(|repo| Pair { set, repo, basis: "inferred", rule: "same-name", n_shared: 1 })
        .collect()
}

/// Whether the name of a data set (`github-shop-cart`) ends in that of a repository (`cart`, `shop/cart`).
fn has_name(set: &str, repo: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let (set, repo) = (words(set), words(repo));
    !repo.is_empty() && set.ends_with(&repo)
}

/// What messages tell: names of a repository in its own merges, and repositories that name keys of a data set.
struct Told {
    addresses: Vec<(String, usize)>,
    by_keys: Vec<Pair>,
}

fn told(session: &Session, items: &Items, histories: &[History], pairs: &Pairs) -> Result<Told, MapError> {
    const SQL: &str = "select r.repo, r.\"commit\", r.kind, r.value, c.subject from commit_references r \
         join commits c on c.repo = r.repo and c.\"commit\" = r.\"commit\" \
         where r.kind in ('pull', 'issue', 'closes', 'addresses')";
    let by_repo: FxHashMap<&str, usize> = histories.iter().enumerate().map(|(i, h)| (h.repo.as_str(), i)).collect();
    // Address and data set: merges that carry the title of their pull request, and all.
    let mut titles: BTreeMap<(String, usize), (usize, usize)> = BTreeMap::new();
    let mut keys: BTreeMap<(usize, usize), FxHashSet<String>> = BTreeMap::new();
    let mut failed = None;
    session.stream(SQL, &mut |batch| {
        let columns =
            ["repo", "commit", "kind", "value", "subject"].map(|c| column::<Text>(&batch, "commit_references", c));
        let [Ok(repos), Ok(commits), Ok(kinds), Ok(values), Ok(subjects)] = columns else {
            failed = columns.into_iter().find_map(Result::err);
            return ControlFlow::Break(());
        };
        for i in 0..batch.num_rows() {
            let Some(repo) = by_repo.get(Text::get(&repos, i)).copied() else { continue };
            let value = Text::get(&values, i);
            if Text::get(&kinds, i) == "pull" {
                let Some((address, number)) = value.split_once(['#', '!']) else { continue };
                let (Ok(number), true) = (number.parse::<u64>(), address.contains('/')) else { continue };
                let title = Text::get(&subjects, i).split_once(": ").map(|(_, title)| title.trim());
                for set in pairs.sets_of(repo) {
                    let has_title = items
                        .numbered(set, number)
                        .iter()
                        .any(|item| items.all[*item].is_pull && title == Some(items.all[*item].title.trim()));
                    let counts = titles.entry((address.to_lowercase(), set)).or_default();
                    counts.0 += usize::from(has_title);
                    counts.1 += 1;
                }
            } else {
                for item in items.keyed(value) {
                    let commits_of = keys.entry((items.all[*item].set, repo)).or_default();
                    commits_of.insert(Text::get(&commits, i).to_owned());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let addresses = titles
        .into_iter()
        .filter(|(_, (alike, all))| *alike >= LEAST_TITLES && 2 * alike >= *all)
        .map(|(key, _)| key)
        .collect();
    let by_keys = keys
        .into_iter()
        .filter(|(_, commits)| commits.len() >= LEAST_SHARED)
        .filter(|((set, repo), _)| !pairs.all.iter().any(|p| p.set == *set && p.repo == *repo))
        .map(|((set, repo), commits)| Pair {
            set,
            repo,
            basis: "resolved",
            rule: "keys-in-commits",
            n_shared: commits.len(),
        })
        .collect();
    Ok(Told { addresses, by_keys })
}

/// Rows of `tracker_repositories`.
pub(super) fn rows(items: &Items, histories: &[History], pairs: &Pairs) -> RecordBatch {
    let mut rows = TrackerRepositoriesBuilder::default();
    for pair in &pairs.all {
        let set = &items.sets[pair.set];
        let named: Vec<&str> = pairs
            .addresses
            .iter()
            .filter(|(_, sets)| sets.contains(&pair.set))
            .map(|(name, _)| name.as_str())
            .collect();
        let address = named.join("; ");
        rows.push(&TrackerRepositoryRow {
            repo: &set.repo,
            code_repo: &histories[pair.repo].repo,
            address: Some(address.as_str()).filter(|a| !a.is_empty()),
            basis: pair.basis,
            rule: pair.rule,
            n_shared: i64::try_from(pair.n_shared).unwrap_or(i64::MAX),
            path: &set.path,
            line_start: set.line_start,
            line_end: set.line_end,
            ..TrackerRepositoryRow::default()
        });
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_repositories_and_items_are_alike() {
        let check = |url: &str, expect: Option<&str>| assert_eq!(address_of(url).as_deref(), expect, "{url}");
        check("https://host.example/Shop/Cart.git", Some("shop/cart"));
        check("git@host.example:shop/cart.git", Some("shop/cart"));
        check("ssh://git@host.example:22/shop/cart", Some("shop/cart"));
        check("https://host.example/shop/cart/issues/12", Some("shop/cart"));
        check("https://host.example/group/sub/cart/-/merge_requests/12#note", Some("group/sub/cart"));
        check("https://host.example/cart", None);
        check("/srv/git/cart.git", None);
    }

    #[test]
    fn names_of_data_sets_end_in_the_name_of_their_repository() {
        assert!(has_name("github-shop-cart", "cart"));
        assert!(has_name("github-shop-cart", "shop/cart"));
        assert!(!has_name("github-shop-cart", "shop"));
        assert!(!has_name("github-shopcart", "cart"));
        assert!(!has_name("github", ""));
    }
}
