//! Links of pull requests to issues: what they say themselves, and what their commits say.

use rustc_hash::FxHashMap;
use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind as _, Text};

use super::items::Items;
use super::links::{Basis, From, Kind, Links, Shown, shown};
use super::repositories::Pairs;
use crate::error::MapError;
use crate::query::column;

/// Shorter titles are alike by chance, in characters.
const SHORTEST_TITLE: usize = 15;

/// What pull requests say of issues in their descriptions, titles and names of branches.
pub(super) fn own_words(session: &Session, items: &Items, pairs: &Pairs, links: &mut Links) -> Result<(), MapError> {
    const SQL: &str = "select from_item, to_key, kind, basis from issue_links where kind in \
         ('closes', 'addresses', 'mentions', 'relates', 'other')";
    for batch in session.query(SQL)? {
        let text = |name| column::<Text>(&batch, "issue_links", name);
        let (from, to, kinds) = (text("from_item")?, text("to_key")?, text("kind")?);
        for i in 0..batch.num_rows() {
            let Some(pull) = items.of_id(Text::get(&from, i)).filter(|item| items.all[*item].is_pull) else { continue };
            let (kind, basis, rule) = match Text::get(&kinds, i) {
                "closes" => (Kind::Closes, Basis::Declared, "closing-reference"),
                "addresses" => (Kind::Addresses, Basis::Resolved, "addressing-word"),
                _ => (Kind::Mentions, Basis::Inferred, "mention"),
            };
            for issue in issues_of(items, pairs, pull, Text::get(&to, i)) {
                links.add(From::Pull(pull), issue, shown(kind, basis, rule));
            }
        }
    }
    let mut titles: FxHashMap<(usize, String), usize> = FxHashMap::default();
    for (at, item) in items.all.iter().enumerate().filter(|(_, item)| !item.is_pull) {
        titles.insert((item.set, item.title.trim().to_lowercase()), at);
    }
    for (at, pull) in items.all.iter().enumerate().filter(|(_, item)| item.is_pull) {
        for (text, rule) in [(Some(&pull.title), "key-in-title"), (pull.branch.as_ref(), "key-in-branch")] {
            for key in text.into_iter().flat_map(|t| keys_in(t)) {
                for issue in items.keyed(&key).iter().filter(|issue| !items.all[**issue].is_pull) {
                    links.add(From::Pull(at), *issue, shown(Kind::Addresses, Basis::Resolved, rule));
                }
            }
        }
        let title = pull.title.trim().to_lowercase();
        if title.chars().count() >= SHORTEST_TITLE
            && let Some(issue) = titles.get(&(pull.set, title))
        {
            links.add(From::Pull(at), *issue, shown(Kind::Addresses, Basis::Inferred, "same-title"));
        }
    }
    Ok(())
}

/// Issues that a pull request means by a key.
fn issues_of(items: &Items, pairs: &Pairs, pull: usize, key: &str) -> Vec<usize> {
    let number = |text: &str| text.parse::<u64>().ok();
    let found: Vec<usize> = match key.split_once(['#', '!']) {
        Some(("", digits)) => {
            number(digits).into_iter().flat_map(|n| items.numbered(items.all[pull].set, n)).copied().collect()
        }
        Some((address, digits)) => {
            let sets = pairs.addresses.get(&address.to_lowercase()).into_iter().flatten();
            number(digits)
                .into_iter()
                .flat_map(|n| sets.clone().flat_map(move |s| items.numbered(*s, n)))
                .copied()
                .collect()
        }
        None => items.keyed(key).to_vec(),
    };
    found.into_iter().filter(|item| !items.all[*item].is_pull).collect()
}

/// Keys such as `PAY-3` in a title or the name of a branch, where they are written in small letters too.
fn keys_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
        let parts: Vec<&str> = word.split(['-', '_']).collect();
        for pair in parts.windows(2) {
            let is_prefix = pair[0].len() >= 2 && pair[0].starts_with(|c: char| c.is_ascii_alphabetic());
            if is_prefix && !pair[1].is_empty() && pair[1].bytes().all(|b| b.is_ascii_digit()) {
                found.push(format!("{}-{}", pair[0].to_uppercase(), pair[1]));
            }
        }
    }
    found
}

/// What commits say of issues, said of the pull requests that they are part of.
///
/// The message that merges a pull request is its own word; what a commit of its branch says, the pull request does
/// through that commit.
pub(super) fn through_commits(
    items: &Items,
    repo: usize,
    references: impl Iterator<Item = (u32, usize, Kind)>,
    pull_of: &FxHashMap<u32, Vec<usize>>,
    named: &FxHashMap<u32, usize>,
    links: &mut Links,
) {
    for (commit, issue, kind) in references.filter(|(_, item, _)| !items.all[*item].is_pull) {
        for pull in pull_of.get(&commit).into_iter().flatten() {
            let is_merge = named.get(&commit) == Some(pull);
            if kind == Kind::Mentions && !is_merge {
                continue;
            }
            links.add(
                From::Pull(*pull),
                issue,
                Shown {
                    kind,
                    basis: if kind == Kind::Mentions { Basis::Inferred } else { Basis::Resolved },
                    rule: match (kind, is_merge) {
                        (Kind::Mentions, _) => "mention",
                        (_, true) => "merge-message",
                        (_, false) => "through-commit",
                    },
                    via: Some(From::Commit(repo, commit)),
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_titles_and_branches() {
        let check = |text: &str, expect: &[&str]| assert_eq!(keys_in(text), expect, "{text}");
        check("PAY-3: round half up", &["PAY-3"]);
        check("ann/pay-3-round-half-up", &["PAY-3"]);
        check("feature/PAY_3", &["PAY-3"]);
        check("release 2.1", &[]);
        check("utf-8 names", &["UTF-8"]);
    }
}
