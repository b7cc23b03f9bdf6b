//! Conditions on texts in queries, `(#eq? @name "x")`, taken out of them.
//!
//! Detectors that look for many products differ in little but texts: without their conditions they are the same query,
//! which is matched once for all. The meaning is that of tree-sitter's Rust binding.

use std::sync::OnceLock;

use regex::Regex;
use tree_sitter::Node;

/// A query without its conditions, and the conditions of each of its patterns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// The query's text; conditions that we do not know stay in it.
    pub(super) structure: String,
    /// By pattern.
    pub(super) conditions: Vec<Vec<Predicate>>,
}

/// One condition.
#[derive(Debug)]
pub(super) struct Predicate {
    capture: String,
    is_negated: bool,
    test: Test,
}

#[derive(Debug)]
enum Test {
    /// The text is one of these.
    AnyOf(Vec<String>),
    /// The text is that of another capture.
    Same(String),
    /// The text holds a match; compiled when a node is first asked.
    Matches(String, OnceLock<Option<Regex>>),
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        let test = match (&self.test, &other.test) {
            (Test::AnyOf(a), Test::AnyOf(b)) => a == b,
            (Test::Same(a), Test::Same(b)) | (Test::Matches(a, _), Test::Matches(b, _)) => a == b,
            _ => false,
        };
        test && self.capture == other.capture && self.is_negated == other.is_negated
    }
}

impl Eq for Predicate {}

impl Predicate {
    /// Whether all nodes of the capture pass; a capture without nodes does.
    fn holds(&self, captured: &[(&str, Node<'_>)], text: &str) -> bool {
        let mut own = texts_of(captured, &self.capture, text);
        match &self.test {
            Test::AnyOf(texts) => own.all(|t| texts.iter().any(|x| x == t) != self.is_negated),
            Test::Same(other) => own.zip(texts_of(captured, other, text)).all(|(a, b)| (a == b) != self.is_negated),
            Test::Matches(pattern, regex) => {
                let Some(regex) = regex.get_or_init(|| Regex::new(pattern).ok()) else { return false };
                own.all(|t| regex.is_match(t) != self.is_negated)
            }
        }
    }
}

/// The texts of all nodes of a capture.
fn texts_of<'t>(captured: &[(&str, Node<'_>)], name: &str, text: &'t str) -> impl Iterator<Item = &'t str> {
    captured.iter().filter(move |(n, _)| *n == name).map(move |(_, n)| &text[n.byte_range()])
}

impl Split {
    /// Whether the conditions of the pattern that matched hold.
    pub(super) fn holds(&self, pattern: usize, captured: &[(&str, Node<'_>)], text: &str) -> bool {
        self.conditions.get(pattern).is_none_or(|all| all.iter().all(|p| p.holds(captured, text)))
    }

    /// Takes the conditions out of a query. A text that is no query is given back as it is, for the compiler to refuse.
    pub(super) fn of(query: &str) -> Self {
        let mut split = Self { structure: String::with_capacity(query.len()), conditions: Vec::new() };
        let mut depth = 0_usize;
        let mut rest = query;
        while let Some(first) = rest.chars().next() {
            if let Some((predicate, after)) = rest.strip_prefix("(#").and_then(predicate)
                && let Some(of_pattern) = split.conditions.last_mut()
            {
                of_pattern.push(predicate);
                rest = after;
                continue;
            }
            let length = match first {
                ';' => rest.find('\n').unwrap_or(rest.len()),
                '"' => string(rest).map_or(rest.len(), |(_, after)| rest.len() - after.len()),
                _ => first.len_utf8(),
            };
            match first {
                '(' | '[' => {
                    if depth == 0 {
                        split.conditions.push(Vec::new());
                    }
                    depth += 1;
                }
                ')' | ']' => depth = depth.saturating_sub(1),
                '"' if depth == 0 => split.conditions.push(Vec::new()),
                _ => {}
            }
            if first != ';' {
                split.structure.push_str(&rest[..length]);
            }
            rest = &rest[length..];
        }
        // The same structure is the same text, however it was set.
        split.structure = spaced(&split.structure);
        split
    }
}

/// Reads a condition behind its `(#`, and says what comes after it; `None` for one that we do not know.
fn predicate(text: &str) -> Option<(Predicate, &str)> {
    let (name, mut rest) = text.split_once('?')?;
    let (is_negated, name) = name.strip_prefix("not-").map_or((false, name), |name| (true, name));
    let mut captures = Vec::new();
    let mut texts = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            rest = after;
            break;
        }
        if rest.starts_with('"') {
            let (value, after) = string(rest)?;
            texts.push(value);
            rest = after;
        } else {
            let word = rest.strip_prefix('@')?;
            let end = word.find(|c: char| c.is_whitespace() || c == ')')?;
            captures.push(word[..end].to_owned());
            rest = &word[end..];
        }
    }
    let condition = match (name, captures.len(), texts.len()) {
        ("eq", 1, 1) | ("any-of", 1, 1..) => Test::AnyOf(texts),
        ("eq", 2, 0) => Test::Same(captures.pop()?),
        ("match", 1, 1) => Test::Matches(texts.pop()?, OnceLock::new()),
        _ => return None,
    };
    Some((Predicate { capture: captures.pop()?, is_negated, test: condition }, rest))
}

/// The value of a string at the beginning of a text, and what comes after it.
pub(super) fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

/// One space for any number of them outside of strings, and none where brackets need none.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
            if !out.is_empty() && !out.ends_with(['(', '[']) && !rest.starts_with([')', ']']) && !rest.is_empty() {
                out.push(' ');
            }
            continue;
        }
        let length = if first == '"' {
            string(rest).map_or(rest.len(), |(_, after)| rest.len() - after.len())
        } else {
            first.len_utf8()
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_out_pattern_by_pattern() {
        let split = Split::of(
            "; calls\n(call method: (identifier) @_f arguments: (_ \"(\" @open)\n  (#eq? @_f \"get\")) @at\n\n\
             ((string) @a\n (#match? @a \"^\\\"(a|b)[)]\\\"$\") (#set! x y) (#not-eq? @a @b))",
        );
        assert_eq!(
            split.structure,
            "(call method: (identifier) @_f arguments: (_ \"(\" @open)) @at ((string) @a (#set! x y))"
        );
        let capture = |name: &str, is_negated, test| Predicate { capture: name.to_owned(), is_negated, test };
        assert_eq!(
            split.conditions,
            [
                vec![capture("_f", false, Test::AnyOf(vec!["get".to_owned()]))],
                vec![
                    capture("a", false, Test::Matches("^\"(a|b)[)]\"$".to_owned(), OnceLock::new())),
                    capture("a", true, Test::Same("b".to_owned())),
                ],
            ]
        );
    }

    #[test]
    fn rules_that_differ_in_texts_alone_have_one_structure() {
        let of = |text: &str| Split::of(text).structure;
        assert_eq!(of("(a @x (#eq? @x \"1\")) @at"), of("(a   @x\n  (#any-of? @x \"2\" \"3\"))\n  @at"));
        assert_ne!(of("(a \"x  y\" @x)"), of("(a \"x y\" @x)"));
    }

    #[test]
    fn a_text_that_is_no_query_stays_one_for_the_compiler_to_refuse() {
        for text in ["(a (#eq? @x", "(a \"b", "(#eq? @a \"b\")", ")", "(a (#eq? 1 2))"] {
            assert!(!Split::of(text).structure.is_empty(), "{text}");
        }
    }
}
