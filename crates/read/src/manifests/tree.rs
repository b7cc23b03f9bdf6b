//! JSON, TOML and YAML as one small tree that knows the line of every key and value.
//!
//! The readers of manifests care about lines and values, not about which of the three notations a tool chose. Depth is
//! bounded while parsing, and YAML aliases are never expanded, so that a small hostile file stays a small tree.

use std::borrow::Cow;

use jsonc_parser::ast;
use saphyr_parser::{Event, Parser, ScalarStyle};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::LineTable;

/// Nesting beyond which a file is taken for hostile; real manifests stay under 20.
const MAX_DEPTH: usize = 200;

/// A value with the lines on which it stands, counted from 1, inclusive.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) value: Value<'a>,
}

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// A quoted string, or any plain YAML scalar that is no null and no boolean.
    Text(Cow<'a, str>),
    /// A number or date, as written.
    Bare(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Map(Vec<Entry<'a>>),
}

/// One key of a map with its value.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Cow<'a, str>,
    /// Line of the key.
    pub(crate) line: usize,
    pub(crate) node: Node<'a>,
}

/// Why a text is not a tree: the line where it went wrong, and how.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) line: usize,
    pub(crate) detail: String,
}

impl<'a> Node<'a> {
    /// The value under a key. Repeated keys: the last one counts, as in every JSON parser.
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.entry(key).map(|e| &e.node)
    }

    /// The entry of a key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries().iter().rev().find(|e| e.key == key)
    }

    /// The value at the end of a chain of keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Node<'a>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string it is.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The string, number or boolean it is, as text.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Bare(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The string under a key.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// The string or number under a key.
    pub(crate) fn scalar_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::scalar)
    }

    /// Whether a key holds `true`.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|n| matches!(n.value, Value::Bool(true)))
    }

    /// The entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry<'a>] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entries of the map under a key.
    pub(crate) fn entries_of(&self, key: &str) -> &[Entry<'a>] {
        self.get(key).map_or(&[], Node::entries)
    }

    /// The items of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Node<'a>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of the list under a key.
    pub(crate) fn items_of(&self, key: &str) -> &[Node<'a>] {
        self.get(key).map_or(&[], Node::items)
    }

    /// Whether it is a map.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

/// Reads JSON, with the comments and trailing commas that several tools allow.
pub(crate) fn json<'a>(text: &'a str, lines: &LineTable) -> Result<Node<'a>, Broken> {
    // The parser itself refuses nesting beyond 512 levels, before its own recursion could hurt.
    let parsed = jsonc_parser::parse_to_ast(
        text,
        &jsonc_parser::CollectOptions::default(),
        &jsonc_parser::ParseOptions::default(),
    )
    .map_err(|e| Broken { line: lines.line(e.range().start), detail: format!("not JSON: {}", e.kind()) })?;
    let value = parsed.value.ok_or(Broken { line: 1, detail: "not JSON: the file holds no value".to_owned() })?;
    Ok(json_node(value, lines))
}

fn json_node<'a>(value: ast::Value<'a>, lines: &LineTable) -> Node<'a> {
    let (range, value) = match value {
        ast::Value::StringLit(s) => (s.range, Value::Text(s.value)),
        ast::Value::NumberLit(n) => (n.range, Value::Bare(Cow::Borrowed(n.value))),
        ast::Value::BooleanLit(b) => (b.range, Value::Bool(b.value)),
        ast::Value::NullKeyword(n) => (n.range, Value::Null),
        ast::Value::Array(a) => (a.range, Value::List(a.elements.into_iter().map(|v| json_node(v, lines)).collect())),
        ast::Value::Object(o) => {
            let entries = o.properties.into_iter().map(|property| {
                let line = lines.line(property.range.start);
                let key = match property.name {
                    ast::ObjectPropName::String(s) => s.value,
                    ast::ObjectPropName::Word(w) => Cow::Borrowed(w.value),
                };
                Entry { key, line, node: json_node(property.value, lines) }
            });
            (o.range, Value::Map(entries.collect()))
        }
    };
    Node { first: lines.line(range.start), last: lines.line(range.end.saturating_sub(1)), value }
}

/// Reads TOML.
pub(crate) fn toml<'a>(text: &'a str, lines: &LineTable) -> Result<Node<'a>, Broken> {
    let table = DeTable::parse(text).map_err(|e| Broken {
        line: e.span().map_or(1, |s| lines.line(s.start)),
        detail: format!("not TOML: {}", e.message()),
    })?;
    let span = table.span();
    Ok(toml_table(table.into_inner(), &span, lines))
}

fn toml_table<'a>(table: DeTable<'a>, span: &std::ops::Range<usize>, lines: &LineTable) -> Node<'a> {
    let mut entries: Vec<_> = table.into_iter().collect();
    // The parser's maps are sorted by key; the order of the file is what people see.
    entries.sort_by_key(|(key, _)| key.span().start);
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(key, value)| {
            let line = lines.line(key.span().start);
            Entry { key: key.into_inner(), line, node: toml_node(value, lines) }
        })
        .collect();
    let first = lines.line(span.start);
    let last = lines.line(span.end.saturating_sub(1).max(span.start));
    // A table below a header ends with its last entry, not with the header.
    let last = entries.iter().map(|e| e.node.last).fold(last, usize::max);
    Node { first, last, value: Value::Map(entries) }
}

fn toml_node<'a>(value: Spanned<DeValue<'a>>, lines: &LineTable) -> Node<'a> {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::Table(table) => return toml_table(table, &span, lines),
        DeValue::String(s) => Value::Text(s),
        DeValue::Integer(n) => Value::Bare(Cow::Owned(n.to_string())),
        DeValue::Float(n) => Value::Bare(Cow::Owned(n.to_string())),
        DeValue::Boolean(b) => Value::Bool(b),
        DeValue::Datetime(d) => Value::Bare(Cow::Owned(d.to_string())),
        DeValue::Array(items) => Value::List(items.into_iter().map(|v| toml_node(v, lines)).collect()),
    };
    Node { first: lines.line(span.start), last: lines.line(span.end.saturating_sub(1).max(span.start)), value }
}

/// A collection of a YAML document that has not ended yet.
struct Open<'a> {
    first: usize,
    last: usize,
    /// `None` for a sequence.
    entries: Option<Vec<Entry<'a>>>,
    items: Vec<Node<'a>>,
    key: Option<(Cow<'a, str>, usize)>,
}

impl<'a> Open<'a> {
    fn add(&mut self, node: Node<'a>) {
        self.last = self.last.max(node.last);
        match (&mut self.entries, self.key.take()) {
            (None, _) => self.items.push(node),
            (Some(entries), Some((key, line))) => entries.push(Entry { key, line, node }),
            (Some(_), None) => {
                let line = node.first;
                let key = match node.value {
                    Value::Text(text) | Value::Bare(text) => text,
                    Value::Bool(b) => Cow::Borrowed(if b { "true" } else { "false" }),
                    _ => Cow::Borrowed(""),
                };
                self.key = Some((key, line));
            }
        }
    }

    fn close(self) -> Node<'a> {
        let value = match self.entries {
            Some(entries) => Value::Map(entries),
            None => Value::List(self.items),
        };
        Node { first: self.first, last: self.last, value }
    }
}

/// Reads the first document of a YAML file.
pub(crate) fn yaml(text: &str) -> Result<Node<'_>, Broken> {
    let first = documents(text, 1)?.pop();
    Ok(first.unwrap_or(Node { first: 1, last: 1, value: Value::Null }))
}

/// Reads up to `most` documents of a YAML file. An alias is a null: what it stands for is said where its anchor is.
pub(crate) fn documents(text: &str, most: usize) -> Result<Vec<Node<'_>>, Broken> {
    let mut found = Vec::new();
    if flow_depth(text) > MAX_DEPTH {
        return Err(Broken { line: 1, detail: format!("nested more than {MAX_DEPTH} levels deep") });
    }
    let mut open: Vec<Open<'_>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|e| Broken { line: e.marker().line(), detail: format!("not YAML: {}", e.info()) })?;
        let line = span.start.line();
        let node = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= MAX_DEPTH {
                    return Err(Broken { line, detail: format!("nested more than {MAX_DEPTH} levels deep") });
                }
                let entries = matches!(event, Event::MappingStart(..)).then(Vec::new);
                open.push(Open { first: line, last: line, entries, items: Vec::new(), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(ended) = open.pop() else { continue };
                ended.close()
            }
            Event::Scalar(text, style, ..) => {
                let last = if span.end.col() == 0 { span.end.line().saturating_sub(1) } else { span.end.line() };
                Node { first: line, last: last.max(line), value: yaml_scalar(text, style) }
            }
            Event::Alias(_) => Node { first: line, last: line, value: Value::Null },
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.add(node),
            None => found.push(node),
        }
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}

fn yaml_scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value<'_> {
    if style != ScalarStyle::Plain {
        return Value::Text(text);
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => Value::Text(text),
    }
}

/// The deepest nesting of brackets, counted without regard to quotes: cheap, and exact enough to refuse a bomb before
/// the parser keeps a state for each bracket.
fn flow_depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
