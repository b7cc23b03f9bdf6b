//! What a commit message names: issues, pull requests, co-authors, reverted commits, and the kind of change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::message::Message;
use crate::mentions::{Manner, mentions};

/// Most references kept of one commit; a pasted change log names thousands.
const MOST: usize = 300;
/// How much of a message is searched, in bytes.
const SEARCHED: usize = 64 * 1024;

/// A thing that a message names; the fields are those of table `commit_references`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// `issue`, `pull`, `closes`, `addresses`, `co-author`, `trailer` or `reverts`.
    pub kind: &'static str,
    /// Trailer key, `#`, `!` or the prefix of an issue key.
    pub key: String,
    /// The number, key, person or value.
    pub value: String,
}

/// What a message says about the commit itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nature {
    /// Type by Conventional Commits, in lower case.
    pub change_type: Option<String>,
    /// Scope by Conventional Commits.
    pub change_scope: Option<String>,
    /// Marked as breaking.
    pub is_breaking: bool,
    /// Says that it reverts a commit.
    pub is_revert: bool,
}

#[derive(serde::Deserialize)]
struct Bots {
    name_ends: Vec<String>,
    names: BTreeSet<String>,
    email_parts: Vec<String>,
}

static BOTS: LazyLock<Bots> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../rules/bots.toml")).expect("the embedded list is read by a test")
});

/// Whether a name and a lower-case address belong to a program.
pub fn is_bot(name: &str, email: &str) -> bool {
    let name = name.to_lowercase();
    BOTS.names.contains(&name)
        || BOTS.name_ends.iter().any(|end| name.ends_with(end.as_str()))
        || BOTS.email_parts.iter().any(|part| email.contains(part.as_str()))
}

/// Reads type, scope and marks off a message.
pub fn nature(message: &Message, text: &str) -> Nature {
    const TYPES: [&str; 17] = [
        "build", "chore", "ci", "deps", "docs", "feat", "fix", "hotfix", "i18n", "perf", "refactor", "release",
        "revert", "security", "style", "test", "wip",
    ];
    let searched = searched(text);
    let mut nature = Nature {
        is_revert: message.subject.starts_with("Revert \"") || searched.contains("This reverts commit "),
        is_breaking: searched
            .lines()
            .any(|line| line.starts_with("BREAKING CHANGE: ") || line.starts_with("BREAKING-CHANGE: ")),
        ..Nature::default()
    };
    let Some((head, _)) = message.subject.split_once(": ") else { return nature };
    let (head, is_marked) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    let (word, scope) = match head.split_once('(') {
        Some((word, scope)) => match scope.strip_suffix(')') {
            Some(scope) if !scope.contains(['(', ')']) => (word, Some(scope.trim())),
            _ => return nature,
        },
        None => (head, None),
    };
    let word = word.to_ascii_lowercase();
    if TYPES.contains(&word.as_str()) {
        nature.is_revert |= word == "revert";
        nature.is_breaking |= is_marked;
        nature.change_type = Some(word);
        nature.change_scope = scope.filter(|s| !s.is_empty()).map(str::to_owned);
    }
    nature
}

/// Everything a message names, each thing once, sorted by kind, key and value.
pub fn references(message: &Message, text: &str) -> Vec<Reference> {
    let mut found = BTreeSet::new();
    let mut pulls = BTreeSet::new();
    pull_requests(message, text, &mut pulls);
    for (key, value) in &message.trailers {
        let kind = if key.eq_ignore_ascii_case("co-authored-by") { "co-author" } else { "trailer" };
        if !value.is_empty() {
            found.insert(Reference { kind, key: key.clone(), value: value.clone() });
        }
    }
    let searched = searched(text);
    for (at, _) in searched.match_indices("This reverts commit ").take(MOST) {
        let id: String =
            searched[at + "This reverts commit ".len()..].chars().take_while(char::is_ascii_hexdigit).collect();
        if (7..=64).contains(&id.len()) {
            found.insert(Reference { kind: "reverts", key: String::new(), value: id.to_ascii_lowercase() });
        }
    }
    let mut said = BTreeMap::new();
    for one in mentions(searched, MOST) {
        let manner = match one.manner {
            Manner::Closes | Manner::Addresses => one.manner,
            _ => Manner::Names,
        };
        // Each thing is told once, as the strongest that was said of it.
        let strongest = said.entry((one.key, one.value)).or_insert(manner);
        *strongest = manner.min(*strongest);
    }
    for ((key, value), manner) in said.into_iter().filter(|(k, _)| !pulls.contains(k)) {
        let kind = match manner {
            Manner::Closes => "closes",
            Manner::Addresses => "addresses",
            _ => "issue",
        };
        found.insert(Reference { kind, key, value });
    }
    for (key, value) in pulls {
        found.insert(Reference { kind: "pull", key, value });
    }
    found.into_iter().take(MOST).collect()
}

fn searched(text: &str) -> &str {
    let mut end = text.len().min(SEARCHED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Pull and merge requests by the messages that forges write.
fn pull_requests(message: &Message, text: &str, pulls: &mut BTreeSet<(String, String)>) {
    let subject = message.subject.as_str();
    let mut number = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        if (1..=9).contains(&digits.len()) {
            pulls.insert(("#".to_owned(), digits));
        }
    };
    for start in ["Merge pull request #", "Merged PR ", "Merge PR #", "Merge #"] {
        if let Some(rest) = subject.strip_prefix(start) {
            number(rest);
        }
    }
    if let Some((_, rest)) = subject.rsplit_once("(pull request #") {
        number(rest);
    }
    if let Some((_, rest)) = subject.rsplit_once("(#")
        && rest.strip_suffix(')').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    {
        number(rest);
    }
    // Scripts that merge name the repository too: `Merge owner/repo#12: title`.
    if let Some((repository, rest)) = subject.strip_prefix("Merge ").and_then(|rest| rest.split_once('#')) {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if repository.split('/').filter(|part| !part.is_empty()).count() == 2
            && repository.bytes().all(is_name)
            && (1..=9).contains(&digits.len())
        {
            pulls.insert(("#".to_owned(), format!("{repository}#{digits}")));
        }
    }
    for line in searched(text).lines() {
        if let Some(rest) = line.strip_prefix("See merge request ") {
            let value = rest.trim();
            if let Some((_, n)) = value.rsplit_once('!')
                && !n.is_empty()
                && n.bytes().all(|b| b.is_ascii_digit())
            {
                pulls.insert(("!".to_owned(), super::message::clean(value)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let found = references(&Message::parse(text), text);
        let found: Vec<String> = found.iter().map(|r| format!("{} {} {}", r.kind, r.key, r.value)).collect();
        assert_eq!(found.join("; "), expect, "{text}");
    }

    #[test]
    fn issues_and_pull_requests_are_found() {
        check("Repair #12", "issue # 12");
        check("Fixes #12", "closes # 12");
        check("See GH-7", "issue # 7");
        check("As in shop/cart#9", "issue # shop/cart#9");
        check("PAY-12: round half up (#345)", "issue PAY PAY-12; pull # 345");
        check("Merge pull request #9 from a/b\n\nCloses: PAY-3", "closes PAY PAY-3; pull # 9; trailer Closes PAY-3");
        check("Merge branch 'x'\n\nSee merge request group/x!12", "pull ! group/x!12");
        check("Merged PR 77: words", "pull # 77");
        check("Merge #9: words", "pull # 9");
        check("Merge shop/cart#9: words\n\nFixes one item of #3", "addresses # 3; pull # shop/cart#9");
        check("Revert \"Merge #9: words\"", "issue # 9");
        check("Merge branch 'fix-#9'", "issue # 9");
    }

    #[test]
    fn look_alikes_are_no_issues() {
        for text in [
            "Use UTF-8 and SHA-256",
            "CVE-2024-1234, RFC-7231, ISO-8859",
            "colour #123abc, &#123; a#1 C#7",
            "one-1 X-1 v1.2-3 a-B-7 FOO-BAR",
            "LOG4J2-1.2",
            "https://host/x/#12",
        ] {
            check(text, "");
        }
    }

    #[test]
    fn people_trailers_and_reverts_are_found() {
        check(
            "A\n\nCo-authored-by: Ann <a@x>\nSigned-off-by: Bo <b@x>",
            "co-author Co-authored-by Ann <a@x>; trailer Signed-off-by Bo <b@x>",
        );
        check("Revert \"A\"\n\nThis reverts commit 0123456789ABCDEF.", "reverts  0123456789abcdef");
    }

    #[test]
    fn the_nature_of_a_change_is_read_off_the_subject() {
        let check = |text: &str, expect: (Option<&str>, Option<&str>, bool, bool)| {
            let n = nature(&Message::parse(text), text);
            assert_eq!(
                (n.change_type.as_deref(), n.change_scope.as_deref(), n.is_breaking, n.is_revert),
                expect,
                "{text}"
            );
        };
        check("feat(cart)!: drop v1", (Some("feat"), Some("cart"), true, false));
        check("Fix: round", (Some("fix"), None, false, false));
        check("fix: a\n\nBREAKING CHANGE: b", (Some("fix"), None, true, false));
        check("MINOR: words", (None, None, false, false));
        check("note(: words", (None, None, false, false));
        check("Revert \"x\"", (None, None, false, true));
    }

    #[test]
    fn programs_are_told_from_people() {
        assert!(is_bot("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"));
        assert!(is_bot("Renovate Bot", "bot@renovateapp.com"));
        assert!(!is_bot("Abbot Smith", "abbot@example.org"));
        assert!(!is_bot("Talbot", "talbot@example.org"));
    }
}
