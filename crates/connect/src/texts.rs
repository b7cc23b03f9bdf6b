//! What is kept of the texts that people write: their length and the items that they name. The texts themselves stay
//! with the service.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

/// Longest text that is searched, in bytes.
const LONGEST: usize = 256 * 1024;
/// References of one text that are kept.
const MOST: usize = 200;

static RELATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?P<kind>depends? (?:up)?on|blocked (?:by|on)|requires|needs|based on|built on(?: top of)?|on top of|follow[- ]?up (?:to|of|for)|supersedes|replaces|alternative to|duplicate of|dup of|close[sd]?|fix(?:e[sd])?|resolve[sd]?)[:\s]+(?:[\w.-]+/[\w.-]+)?[#!](?P<number>\d{1,9})\b",
    )
    .expect("a constant, compiled in a test")
});

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\w/&#!])#(?P<number>\d{1,9})\b").expect("a constant, compiled in a test"));

/// What a phrase says of the item behind it, by its beginning.
const KINDS: [(&str, &str); 13] = [
    ("blocked", "blocked_by"),
    ("depend", "depends_on"),
    ("requires", "depends_on"),
    ("needs", "depends_on"),
    ("based", "depends_on"),
    ("built", "depends_on"),
    ("on top", "depends_on"),
    ("follow", "follows"),
    ("supersede", "supersedes"),
    ("replace", "supersedes"),
    ("alternative", "alternative_to"),
    ("dup", "duplicate_of"),
    ("", "closes"),
];

/// Adds the items that a text names: `{number, kind, at}`, each number once as a relation and once as a mention at most.
pub(crate) fn references(text: &str, at: &str, own: i64, found: &mut Vec<Value>) {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let mut add = |number: &str, kind: &str, is_mention: bool| {
        let Ok(number) = number.parse::<i64>() else { return };
        let is_there = found.iter().any(|r| r["number"] == number && (is_mention || r["kind"] == kind));
        if number != own && !is_there && found.len() < MOST {
            found.push(json!({"number": number, "kind": kind, "at": at}));
        }
    };
    for told in RELATION.captures_iter(text) {
        let phrase = told["kind"].to_lowercase();
        let kind = KINDS.iter().find(|(begin, _)| phrase.starts_with(begin)).map_or("closes", |(_, kind)| kind);
        add(&told["number"], kind, false);
    }
    for told in NUMBER.captures_iter(text) {
        add(&told["number"], "mentions", true);
    }
}

/// Length of a text in characters.
pub(crate) fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

/// Length of a text that may be a document of Jira Cloud: a tree whose leaves hold the words.
pub(crate) fn document_length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Object(node) => {
            let own = node.get("text").map_or(0, length);
            own + node.get("content").and_then(Value::as_array).map_or(0, |all| all.iter().map(document_length).sum())
        }
        _ => 0,
    }
}

/// What is kept of a person: name and whether it is a program. Addresses are not.
pub(crate) fn person(value: &Value) -> Value {
    match value {
        Value::Object(_) => {
            let keys = ["login", "username", "name", "displayName", "type", "summary"];
            pick(value, &keys)
        }
        other => other.clone(),
    }
}

/// An object with some keys of another, those that it has and that hold something.
pub(crate) fn pick(value: &Value, keys: &[&str]) -> Value {
    let kept = keys.iter().filter(|key| !value[**key].is_null());
    Value::Object(kept.map(|key| ((*key).to_owned(), value[*key].clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_other_items() {
        let check = |text: &str, expect: &[(i64, &str)]| {
            let mut found = Vec::new();
            references(text, "t", 1, &mut found);
            let found: Vec<(i64, &str)> =
                found.iter().map(|r| (r["number"].as_i64().unwrap_or(0), r["kind"].as_str().unwrap_or(""))).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("Fixes #12, depends on #3; see #4 and #4", &[(12, "closes"), (3, "depends_on"), (4, "mentions")]);
        check("Blocked by acme/shop#9", &[(9, "blocked_by")]);
        check("follow-up to #7", &[(7, "follows")]);
        check("#1 itself, a&#39;b, page/#5, colour ##6", &[]);
        check("duplicate of #2. Closed #2.", &[(2, "duplicate_of"), (2, "closes")]);
    }
}
