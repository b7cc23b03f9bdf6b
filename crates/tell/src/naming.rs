//! What a system is called. Tables name a repository by its source, often the last folder of a clone's address; people know
//! the product by the name that its README or manifest gives. Pages about one repository say that name; stored sentences
//! and tables keep the one that joins them.

use std::sync::LazyLock;

use regex::Regex;

use crate::cell::{Cell, Rows};
use crate::document::{Claim, Figure};
use crate::text;

/// The README nearest to the root and the manifests beside it, of the only repository.
pub(crate) const SQL: &str = "\
select s.repo, d.title, d.summary, p.names
from sources s
left join (select repo, title, summary, row_number() over (partition by repo order by length(path), path) as place
  from documents where kind = 'readme' and strpos(path, '/') = 0) d on d.repo = s.repo and d.place = 1
left join (select repo, array_agg(name order by length(name), name, path) as names from projects where strpos(path, '/') = 0 and name is not null group by repo) p
  on p.repo = s.repo
where (select count(*) from sources) = 1";

/// Longest name, in characters and in words.
const LONGEST: usize = 40;
const MOST_WORDS: usize = 4;

/// Beginnings of headings that are no names.
const NO_NAMES: [&str; 18] = [
    "readme",
    "introduction",
    "overview",
    "about",
    "getting started",
    "documentation",
    "docs",
    "table of contents",
    "contents",
    "installation",
    "what is",
    "features",
    "quick",
    "the repository",
    "this ",
    "how to",
    "notice",
    "usage",
];

/// Names of folders and manifests that many systems have.
const ANYTHING: [&str; 21] = [
    "repo",
    "repository",
    "src",
    "source",
    "code",
    "app",
    "project",
    "git",
    "clone",
    "checkout",
    "work",
    "workspace",
    "root",
    "monorepo",
    "main",
    "master",
    "trunk",
    "server",
    "web",
    "backend",
    "frontend",
];

static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([A-Z0-9][\w.+-]*(?: [A-Z0-9][\w.+-]*){0,2}) (?:is|lets|allows|helps|provides|gives|makes)\b")
        .expect("the pattern is ours")
});

/// The name by which people know the only repository that was read, where it differs from that of its source.
pub(crate) fn name(rows: &Rows) -> Option<String> {
    let row = rows.rows.first()?;
    let text = |column: &str| rows.get(row, column).text().map(|t| text::visible(t).trim().to_owned());
    let repo = text("repo")?;
    let title = text("title").and_then(|title| of_title(&title));
    let subject = text("summary").and_then(|summary| of_summary(&summary));
    let manifest = match rows.get(row, "names") {
        Cell::List(names) => names.iter().filter_map(Cell::text).find_map(of_manifest),
        _ => None,
    };
    // A source that is named after its product needs no other name.
    let is_source = |name: &String| letters(name) == letters(&repo);
    if [&title, &subject, &manifest].into_iter().flatten().any(is_source) {
        return None;
    }
    let generic = is_anything(&repo);
    title.or(subject).or(manifest.filter(|_| generic))
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `repo`, `src` and `v2` say nothing of what is in them.
fn is_anything(name: &str) -> bool {
    let lower = name.to_lowercase();
    let version = lower.strip_prefix('v').unwrap_or(&lower);
    ANYTHING.contains(&lower.as_str()) || version.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// A heading such as `🛒 Shop (beta) - sells things` without all but the name.
fn of_title(title: &str) -> Option<String> {
    let title = title.trim_start_matches(|c: char| !c.is_alphanumeric());
    let title = title.strip_prefix("Welcome to ").unwrap_or(title);
    let end = [" - ", " – ", " — ", ": ", " | ", " (", ", "].iter().filter_map(|mark| title.find(mark)).min();
    let name =
        title[..end.unwrap_or(title.len())].trim_end_matches(|c: char| !c.is_alphanumeric() && c != '+' && c != '#');
    let lower = name.to_lowercase();
    let is_name = name.chars().any(char::is_alphabetic)
        && name.chars().count() <= LONGEST
        && name.split_whitespace().count() <= MOST_WORDS
        && !title.trim_end().ends_with(['?', '!', '.'])
        && !NO_NAMES.iter().any(|beginning| lower.starts_with(beginning))
        && !["archived", "deprecated", "notice"].iter().any(|word| title.to_lowercase().contains(word))
        && !is_anything(name);
    is_name.then(|| name.to_owned())
}

/// `Shop sells …` tells a name; `This app is …` does not.
fn of_summary(summary: &str) -> Option<String> {
    let name = SUBJECT.captures(summary)?.get(1)?.as_str();
    let first = name.split(' ').next().unwrap_or_default();
    let is_pronoun = [
        "This",
        "It",
        "The",
        "A",
        "An",
        "Our",
        "We",
        "Your",
        "These",
        "That",
        "In",
        "With",
        "For",
        "Currently",
        "Note",
        "There",
        "Here",
        "If",
        "You",
        "I",
    ]
    .contains(&first);
    (!is_pronoun && name.chars().count() <= LONGEST).then(|| name.to_owned())
}

/// `@acme/shop`, `example.com/shop/v2` and `acme/shop` are called shop.
fn of_manifest(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && !part.starts_with('@')).collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| is_anything(last)) {
        parts.pop();
    }
    let name = parts.last()?;
    let is_aside = ["-e2e", "-monorepo", "-root", "-workspace", "-dev"].iter().any(|end| name.ends_with(end));
    (!is_anything(name) && !is_aside && name.chars().count() <= LONGEST).then(|| (*name).to_owned())
}

/// Says the name in a sentence where it names the source.
pub(crate) fn rename(claim: &mut Claim, repo: &str, name: &str) {
    let places: Vec<usize> =
        (0..claim.figures.len()).filter(|i| is_source(&claim.figures[*i], &claim.text, repo)).collect();
    for place in places {
        let at = claim.figures[place].at.clone();
        claim.text.replace_range(at.clone(), name);
        let (old, new) = (at.len(), name.len());
        let moved = |position: usize| if position >= at.end { position - old + new } else { position };
        for figure in &mut claim.figures {
            let start = if figure.at.start >= at.end { moved(figure.at.start) } else { figure.at.start };
            figure.at = start..moved(figure.at.end);
        }
    }
}

fn is_source(figure: &Figure, text: &str, repo: &str) -> bool {
    figure.kind == "name"
        && matches!(figure.name.as_str(), "repo" | "name")
        && text.get(figure.at.clone()) == Some(repo)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(repo: &str, title: &str, summary: &str, manifest: &str) -> Option<String> {
        let cell = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(text.to_owned()) };
        let names = if manifest.is_empty() { Cell::Null } else { Cell::List(vec![cell(manifest)]) };
        name(&Rows {
            columns: ["repo", "title", "summary", "names"].map(str::to_owned).to_vec(),
            rows: vec![vec![cell(repo), cell(title), cell(summary), names]],
        })
    }

    #[test]
    fn a_product_has_the_name_that_its_papers_give_it() {
        let check = |(repo, title, summary, manifest): (&str, &str, &str, &str), expect: Option<&str>| {
            assert_eq!(called(repo, title, summary, manifest).as_deref(), expect, "{repo}");
        };
        check(("repo", "🛒 Parcel Shop (beta) - sells things", "", ""), Some("Parcel Shop"));
        check(("v2", "Introduction", "Parcel Shop is an application.", ""), Some("Parcel Shop"));
        check(("repo", "", "This is an application.", "example.com/acme/shop/v2"), Some("shop"));
        check(("repo", "Notice: Shop is being archived", "This is read-only.", "shop"), Some("shop"));
        check(("parcel-shop", "Parcel Shop", "", ""), None);
        check(("shop", "Getting started", "It sells.", "parcels"), None);
        check(("repo", "", "", "@acme/monorepo"), None);
    }
}
