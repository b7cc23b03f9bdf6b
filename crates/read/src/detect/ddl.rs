//! The tables that SQL creates as a tree with lines: `table.<name>.columns.<column>` is the column's type. No dialect is
//! asked for: what all of them write alike is read, and the rest of a script is passed over.

use std::borrow::Cow;

use crate::manifests::lines::LineTable;
use crate::manifests::tree::{Entry, Node, Value};

/// Words that begin a constraint rather than a column.
const CONSTRAINTS: [&str; 15] = [
    "primary",
    "foreign",
    "unique",
    "constraint",
    "key",
    "index",
    "check",
    "exclude",
    "like",
    "period",
    "fulltext",
    "spatial",
    "partition",
    "inherits",
    "references",
];
/// Words that follow the type of a column.
const AFTER_TYPE: [&str; 22] = [
    "not",
    "null",
    "default",
    "primary",
    "unique",
    "references",
    "check",
    "constraint",
    "generated",
    "collate",
    "comment",
    "auto_increment",
    "autoincrement",
    "identity",
    "on",
    "as",
    "character",
    "encode",
    "encoding",
    "key",
    "static",
    "codec",
];
/// Characters of a quoted name.
const MAX_NAME: usize = 200;
/// Columns of one table that are read.
const MAX_COLUMNS: usize = 2_000;

/// A word, name or sign of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    /// Without quotes.
    text: &'a str,
    /// Offset of its first byte.
    at: usize,
    is_quoted: bool,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        !self.is_quoted && self.text.eq_ignore_ascii_case(word)
    }

    fn is_name(&self) -> bool {
        self.is_quoted || self.text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '#')
    }
}

/// Reads a script.
pub(super) fn read<'a>(text: &'a str, lines: &LineTable) -> Node<'a> {
    let tokens = tokens(text);
    let mut tables: Vec<Entry<'a>> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = at == 0 || tokens[at - 1].is(";") || lines.line(tokens[at - 1].at) < lines.line(tokens[at].at);
        at += 1;
        if !starts || !tokens[at - 1].is("create") {
            continue;
        }
        // `CREATE TEMPORARY TABLE` and its like; a view or function in between ends the search.
        let Some(table) = tokens[at..].iter().take(6).position(|t| t.is("table")).map(|i| at + i + 1) else { continue };
        if let Some((entry, next)) = table_at(&tokens, table, lines) {
            tables.push(entry);
            at = next;
        }
    }
    let node = |value| Node { first: 1, last: lines.count(), value };
    let table = Entry { key: Cow::Borrowed("table"), line: 1, node: node(Value::Map(tables)) };
    node(Value::Map(vec![table]))
}

/// A table whose name begins at a token, and the token behind it.
fn table_at<'a>(tokens: &[Token<'a>], mut at: usize, lines: &LineTable) -> Option<(Entry<'a>, usize)> {
    if tokens.get(at)?.is("if") {
        at += 3;
    }
    let mut name = tokens.get(at).filter(|t| t.is_name())?;
    while tokens.get(at + 1).is_some_and(|t| t.is(".")) {
        at += 2;
        name = tokens.get(at)?;
    }
    at += 1;
    if !tokens.get(at)?.is("(") {
        return None;
    }
    at += 1;
    let mut columns = Vec::new();
    let (mut depth, mut is_start) = (1, true);
    while let Some(token) = tokens.get(at) {
        match token.text {
            "(" if !token.is_quoted => depth += 1,
            ")" if !token.is_quoted => depth -= 1,
            "," if !token.is_quoted && depth == 1 => {
                is_start = true;
                at += 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if is_start && depth == 1 && columns.len() < MAX_COLUMNS {
            let is_constraint = !token.is_quoted && CONSTRAINTS.iter().any(|c| token.text.eq_ignore_ascii_case(c));
            if token.is_name() && !is_constraint {
                let line = lines.line(token.at);
                let value = Value::Text(Cow::Owned(type_at(&tokens[at + 1..])));
                let node = Node { first: line, last: line, value };
                columns.push(Entry { key: Cow::Borrowed(token.text), line, node });
            }
        }
        is_start = false;
        at += 1;
    }
    let (first, last) = (lines.line(name.at), lines.line(tokens.get(at).map_or(name.at, |t| t.at)));
    let node = |value| Node { first, last, value };
    let columns = Entry { key: Cow::Borrowed("columns"), line: first, node: node(Value::Map(columns)) };
    Some((Entry { key: Cow::Borrowed(name.text), line: first, node: node(Value::Map(vec![columns])) }, at))
}

/// The type that a column has: its words up to what says more of the column, with what stands in brackets.
fn type_at(tokens: &[Token<'_>]) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().take(12) {
        let is_end = token.is(",") || token.is(")") || token.is(";");
        let is_after = at > 0 && AFTER_TYPE.iter().any(|w| token.is(w));
        if depth == 0 && (is_end || is_after) {
            break;
        }
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        let is_tight = matches!(token.text, "(" | ")" | "," | "." | "[" | "]") || out.ends_with(['(', ',', '.', '[']);
        if !out.is_empty() && !is_tight {
            out.push(' ');
        }
        out.push_str(token.text);
    }
    out
}

/// Words, quoted names and signs of a script, without comments and texts.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let until = |end: &str, skip: usize| {
            rest.get(skip..).and_then(|r| r.find(end)).map_or(text.len(), |i| at + skip + i + end.len())
        };
        let Some(c) = rest.chars().next() else { break };
        match c {
            '-' if rest.starts_with("--") => at = until("\n", 2),
            '/' if rest.starts_with("/*") => at = until("*/", 2),
            '\'' => at = until("'", 1),
            '$' if rest.starts_with("$$") => at = until("$$", 2),
            '"' | '`' | '[' => {
                let close = if c == '[' { ']' } else { c };
                let near = rest[1..].char_indices().take(MAX_NAME).find(|(_, c)| *c == close || *c == '\n');
                match near.filter(|(length, c)| *c == close && *length > 0) {
                    Some((length, _)) => {
                        found.push(Token { text: &rest[1..=length], at, is_quoted: true });
                        at += length + 2;
                    }
                    // An array type, `text[]`, or a sign that quotes nothing.
                    None => at += 1,
                }
            }
            c if c.is_alphanumeric() || c == '_' || c == '#' => {
                let length = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '#' | '$')));
                let word = &rest[..length.unwrap_or(rest.len())];
                found.push(Token { text: word, at, is_quoted: false });
                at += word.len();
            }
            '(' | ')' | ',' | ';' | '.' => {
                found.push(Token { text: &rest[..1], at, is_quoted: false });
                at += 1;
            }
            other => at += other.len_utf8(),
        }
    }
    found
}
