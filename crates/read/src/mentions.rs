//! Work items that a text names, and what the words before each say of it: `Fixes #12`, `part of PAY-3`,
//! `depends on shop/cart#9`, `Closes https://host/shop/cart/issues/9`.
//!
//! Only the words right before a key count. What stands further away is mostly about something else ("fixes the conflict
//! between #1 and #2").

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Words that are looked back from a key.
const WORDS_BEFORE: usize = 8;

/// What the words before a key say of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Manner {
    /// It is finished by this.
    Closes,
    /// Part of it is done, or it is what this is about.
    Addresses,
    /// It has to come first.
    DependsOn,
    /// It has to wait for this.
    Blocks,
    /// It is the same.
    Duplicates,
    /// It takes the place of it.
    Supersedes,
    /// It comes after it.
    Follows,
    /// It is named, no more.
    Names,
}

impl Manner {
    /// The word of `issue_links.kind`.
    pub(crate) fn link_kind(self) -> &'static str {
        match self {
            Self::Closes => "closes",
            Self::Addresses => "addresses",
            Self::DependsOn => "depends-on",
            Self::Blocks => "blocks",
            Self::Duplicates => "duplicates",
            Self::Supersedes => "supersedes",
            Self::Follows => "follows",
            Self::Names => "mentions",
        }
    }
}

/// A work item that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// `#`, `!` (merge requests) or the prefix of an issue key.
    pub(crate) key: String,
    /// `12`, `owner/repo#12`, `group/repo!12` or `PAY-12`.
    pub(crate) value: String,
    /// What is said of it.
    pub(crate) manner: Manner,
}

impl Mention {
    /// The key as people write it.
    pub(crate) fn written(&self) -> String {
        if self.value.bytes().all(|b| b.is_ascii_digit()) {
            format!("{}{}", self.key, self.value)
        } else {
            self.value.clone()
        }
    }
}

#[derive(serde::Deserialize)]
struct IssueKeys {
    look_alikes: BTreeSet<String>,
}

static ISSUE_KEYS: LazyLock<IssueKeys> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../rules/issue-keys.toml")).expect("the embedded list is read by a test")
});

/// Finds `#1`, `GH-1`, `owner/repo#1`, `ABC-1` and addresses of issues and pull requests, in the order of the text; at
/// most `most`.
pub(crate) fn mentions(text: &str, most: usize) -> Vec<Mention> {
    let bytes = text.as_bytes();
    let mut found: Vec<Mention> = Vec::new();
    let mut at = 0;
    // Where the words before a key begin: a list (`fixes #1, #2`) says of each what it says of its first.
    let mut last: Option<(usize, Manner)> = None;
    while at < bytes.len() && found.len() < most {
        let Some(step) = memchr::memchr3(b'#', b'-', b'/', &bytes[at..]) else { break };
        let mark = at + step;
        at = mark + 1;
        let Some(one) = (if bytes[mark] == b'/' { address(text, mark) } else { key_at(text, mark) }) else { continue };
        let listed = last.filter(|(end, _)| is_list(&text[*end..one.start]));
        let manner = listed.map_or_else(|| manner(&text[..one.start]), |(_, manner)| manner);
        last = Some((one.end, manner));
        found.push(Mention { key: one.key, value: one.value, manner });
        at = one.end;
    }
    found
}

struct Found {
    start: usize,
    end: usize,
    key: String,
    value: String,
}

fn key_at(text: &str, mark: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let digits = bytes[mark + 1..].iter().take_while(|b| b.is_ascii_digit()).take(10).count();
    let end = mark + 1 + digits;
    if digits == 0 || digits > 9 || bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        return None;
    }
    let number = &text[mark + 1..end];
    if bytes[mark] == b'#' {
        let start = repository_start(bytes, mark);
        if start == mark
            && mark > 0
            && (bytes[mark - 1].is_ascii_alphanumeric() || matches!(bytes[mark - 1], b'&' | b'#' | b'/'))
        {
            return None;
        }
        if start == mark && is_no_item(&text[..mark], &text[end..]) {
            return None;
        }
        let value = if start == mark { number.to_owned() } else { text[start..end].to_owned() };
        return Some(Found { start, end, key: "#".to_owned(), value });
    }
    let start = project_start(bytes, mark);
    let is_followed = matches!(bytes.get(end), Some(b'-')) && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric)
        || matches!(bytes.get(end), Some(b'.')) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    let prefix = &text[start..mark];
    if prefix.len() < 2 || is_followed || ISSUE_KEYS.look_alikes.contains(prefix) {
        return None;
    }
    if prefix == "GH" {
        Some(Found { start, end, key: "#".to_owned(), value: number.to_owned() })
    } else if number.starts_with('0') {
        None
    } else {
        Some(Found { start, end, key: prefix.to_owned(), value: text[start..end].to_owned() })
    }
}

/// Whether a number counts something else than work items (`Test #4`), or is the words of a link, whose address says what is
/// meant (`[#4](https://…)`).
fn is_no_item(before: &str, after: &str) -> bool {
    const COUNTED: [&str; 12] =
        ["test", "step", "frame", "thread", "worker", "build", "job", "run", "figure", "table", "chapter", "section"];
    if before.ends_with('[') {
        let rest = after.lines().next().unwrap_or_default();
        return rest.split_once(']').is_some_and(|(words, rest)| !words.contains('[') && rest.starts_with("(http"));
    }
    let word = before.trim_end().rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    word.len() <= 8 && COUNTED.iter().any(|counted| word.eq_ignore_ascii_case(counted))
}

/// The item behind an address such as `https://host/owner/repo/issues/12`; `slash` is the one before the number.
fn address(text: &str, slash: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    if !bytes.get(slash + 1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let digits = bytes[slash + 1..].iter().take_while(|b| b.is_ascii_digit()).take(10).count();
    let end = slash + 1 + digits;
    if digits > 9 || bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        return None;
    }
    let floor = slash.saturating_sub(300);
    let from =
        bytes[floor..slash].iter().rposition(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b'<' | b'"' | b'['));
    let start = from.map_or(floor, |at| floor + at + 1);
    let head = text.get(start..slash)?;
    let (_, path) = head.split_once("://")?;
    let (_, path) = path.split_once('/')?;
    let (repository, word) = path.rsplit_once('/')?;
    let (mark, repository) = match word {
        "issues" | "pull" | "pulls" => ('#', repository),
        "merge_requests" => ('!', repository),
        _ => return None,
    };
    let repository = repository.strip_suffix("/-").unwrap_or(repository);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    if !repository.contains('/') || repository.starts_with('/') || !repository.bytes().all(is_name) {
        return None;
    }
    Some(Found { start, end, key: mark.to_string(), value: format!("{repository}{mark}{}", &text[slash + 1..end]) })
}

/// Start of `owner/repo` before a `#`; the mark itself where there is none.
fn repository_start(bytes: &[u8], mark: usize) -> usize {
    let floor = mark.saturating_sub(140);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    let start = mark - bytes[floor..mark].iter().rev().take_while(|b| is_name(b)).count();
    let name = &bytes[start..mark];
    let is_repository = memchr::memchr_iter(b'/', name).count() == 1
        && !name.starts_with(b"/")
        && !name.ends_with(b"/")
        && (start == 0 || bytes[start - 1] != b':');
    if is_repository { start } else { mark }
}

/// Start of an upper-case project key before a `-`; the mark itself where there is none.
fn project_start(bytes: &[u8], mark: usize) -> usize {
    let floor = mark.saturating_sub(12);
    let start = mark
        - bytes[floor..mark]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_')
            .count();
    let is_free =
        start == 0 || !(bytes[start - 1].is_ascii_alphanumeric() || matches!(bytes[start - 1], b'-' | b'_' | b'.'));
    let is_key = (2..=10).contains(&(mark - start)) && bytes[start].is_ascii_uppercase();
    if is_free && is_key { start } else { mark }
}

/// Whether only a comma or `and` stands between two keys.
fn is_list(between: &str) -> bool {
    matches!(between.trim(), "," | ";" | "and" | "&" | ", and" | "+") && !between.contains('\n')
}

/// What the words right before a key say of it.
fn manner(before: &str) -> Manner {
    const CLOSING: [&str; 11] =
        ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved", "solves", "solved"];
    const ADDRESSING: [&str; 12] = [
        "address",
        "addresses",
        "addressed",
        "addressing",
        "implement",
        "implements",
        "implemented",
        "implementing",
        "tackle",
        "tackles",
        "tackling",
        "towards",
    ];
    // Words that may stand between a verb and its key.
    const PLAIN: [&str; 9] = ["issue", "issues", "bug", "ticket", "the", "request", "feature", "task", "story"];
    const PARTS: [&str; 15] = [
        "one", "two", "some", "several", "most", "part", "parts", "half", "item", "items", "point", "points", "step",
        "aspect", "aspects",
    ];
    const JOINING: [&str; 5] = ["of", "in", "from", "to", "an"];
    // What a sentence before says is about something else.
    let floor = before.len().saturating_sub(160);
    let floor = (floor..=before.len()).find(|at| before.is_char_boundary(*at)).unwrap_or(before.len());
    let near = &before[floor..];
    let start = near
        .char_indices()
        .rev()
        .find(|(at, c)| *c == '\n' && near[*at + 1..].trim().is_empty() || matches!(c, '.' | '!' | '?' | ';'))
        .map_or(0, |(at, c)| at + c.len_utf8());
    let words: Vec<String> = near[start..]
        .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | '_')))
        .filter(|w| !w.is_empty())
        .take(WORDS_BEFORE)
        .map(str::to_lowercase)
        .collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match (word(1), word(0)) {
        ("depends" | "depend" | "depending" | "dependent" | "waits" | "waiting", "on" | "for")
        | (_, "requires" | "needs") => {
            return Manner::DependsOn;
        }
        ("blocked" | "held", "by" | "on" | "up") => return Manner::DependsOn,
        ("based", "on") => return Manner::Follows,
        ("duplicate", "of") | (_, "duplicates") => return Manner::Duplicates,
        (_, "blocks" | "blocking") => return Manner::Blocks,
        (_, "supersedes" | "replaces" | "obsoletes" | "supersede") => return Manner::Supersedes,
        ("follow-up" | "followup", "to" | "of" | "for") | (_, "follows" | "follow-up" | "followup") => {
            return Manner::Follows;
        }
        ("belongs" | "belong", "to") | ("part" | "parts", "of") => return Manner::Addresses,
        _ => {}
    }
    let mut is_part = false;
    for (at, word) in words.iter().enumerate() {
        let word = word.as_str();
        let is_denied =
            words.get(at + 1).is_some_and(|w| w == "not" || w.ends_with("n't") || w == "cannot" || w == "never");
        if CLOSING.contains(&word) && (is_part || at == 0 || words[..at].iter().all(|w| PLAIN.contains(&w.as_str()))) {
            return match (is_denied, is_part) {
                (true, _) => Manner::Names,
                (false, true) => Manner::Addresses,
                (false, false) => Manner::Closes,
            };
        }
        if ADDRESSING.contains(&word) {
            return if is_denied { Manner::Names } else { Manner::Addresses };
        }
        is_part |= PARTS.contains(&word);
        if !PARTS.contains(&word) && !PLAIN.contains(&word) && !JOINING.contains(&word) {
            break;
        }
    }
    Manner::Names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let found: Vec<String> =
            mentions(text, 100).iter().map(|m| format!("{} {}", m.manner.link_kind(), m.written())).collect();
        assert_eq!(found.join("; "), expect, "{text}");
    }

    #[test]
    fn words_before_a_key_say_what_it_is_to_the_text() {
        check("Fixes #12", "closes #12");
        check("This should close: #12", "closes #12");
        check("Solves issue #12.", "closes #12");
        check("title (Fix #12)", "closes #12");
        check("fix the bug PAY-3", "closes PAY-3");
        check("Resolves one item in #12. Closes #13.", "addresses #12; closes #13");
        check("I think this fixes most of #12", "addresses #12");
        check("This belongs to #12, part of #13", "addresses #12; addresses #13");
        check("Addresses the request #12", "addresses #12");
        check("Depends on #12, blocked by PAY-3", "depends-on #12; depends-on PAY-3");
        check("Follow-up to #12. Supersedes #13. Duplicate of #14", "follows #12; supersedes #13; duplicates #14");
        check("fixes #1, #2 and #3; see #4", "closes #1; closes #2; closes #3; mentions #4");
    }

    #[test]
    fn words_that_are_about_something_else_say_nothing() {
        check("Fixes the conflict between #12 and #13", "mentions #12; mentions #13");
        check("This does not fix #12; it doesn't close #13", "mentions #12; mentions #13");
        check("after the fix in #12", "mentions #12");
        check("Bug is fixed. #12 is another", "mentions #12");
        check("a prefix #12", "mentions #12");
        check("a macro to solve #12 would be another", "mentions #12");
    }

    #[test]
    fn numbers_that_count_something_else_are_no_items() {
        check("193/196 Test  #31: x ... Passed\nstep #2, in #3", "mentions #3");
        check(
            "[#15 (comment)](https://host.example/shop/till/pull/15#x) and [#16]",
            "mentions shop/till#15; mentions #16",
        );
    }

    #[test]
    fn addresses_of_items_are_found() {
        check("Closes https://host.example/shop/cart/issues/9.", "closes shop/cart#9");
        check("see (https://host.example/shop/cart/pull/9#discussion_r12)", "mentions shop/cart#9");
        check("https://gitlab.example/group/sub/x/-/merge_requests/9", "mentions group/sub/x!9");
        check("https://host.example/browse/PAY-3", "mentions PAY-3");
        for text in
            ["https://host.example/shop/cart/releases/9", "issues/9", "https://host.example/issues/9", "/pull/9a"]
        {
            check(text, "");
        }
    }
}
