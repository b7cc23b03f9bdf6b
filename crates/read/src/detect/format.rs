//! Files of settings as one kind of tree, whatever their notation, each key and value with its line.

use std::borrow::Cow;

use roxmltree::{Document, ParsingOptions};

use super::{compose, ddl, hcl};
use crate::manifests::lines::LineTable;
use crate::manifests::tree::{self, Broken, Entry, Node, Value};

/// Documents that are read in one YAML file.
const MAX_DOCUMENTS: usize = 2_000;
/// Elements of one XML file, and how deep they may stand.
const MAX_XML_NODES: u32 = 500_000;
const MAX_XML_DEPTH: usize = 100;
/// What stands for `{`, `}`, quotes, colon, hash and comma inside the braces of a template while YAML is read; from
/// the private use area, so that no file means them.
const MASKS: [(char, char); 9] = [
    ('{', '\u{f8d0}'),
    ('}', '\u{f8d1}'),
    ('"', '\u{f8d2}'),
    ('\'', '\u{f8d3}'),
    (':', '\u{f8d4}'),
    ('#', '\u{f8d5}'),
    (',', '\u{f8d6}'),
    ('[', '\u{f8d7}'),
    (']', '\u{f8d8}'),
];

/// A notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Format {
    Yaml,
    Json,
    Toml,
    Xml,
    Properties,
    Dotenv,
    Ini,
    Hcl,
    Ddl,
    /// YAML with the shape of a Compose file, whatever the file is called.
    Compose,
}

impl Format {
    /// All of them by the word in a rule.
    pub(super) const WORDS: [(&'static str, Self); 10] = [
        ("yaml", Self::Yaml),
        ("json", Self::Json),
        ("toml", Self::Toml),
        ("xml", Self::Xml),
        ("properties", Self::Properties),
        ("dotenv", Self::Dotenv),
        ("ini", Self::Ini),
        ("hcl", Self::Hcl),
        ("ddl", Self::Ddl),
        ("compose", Self::Compose),
    ];

    /// The notation in which it is written: a file is read once for all formats of one notation.
    pub(super) fn notation(self) -> Self {
        if self == Self::Compose { Self::Yaml } else { self }
    }

    /// Whether a tree of its notation is of this format.
    pub(super) fn holds(self, path: &str, tree: &[Node<'_>]) -> bool {
        self != Self::Compose || compose::is_compose(path, tree)
    }

    /// The notation that the name of a file suggests.
    pub(super) fn of(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
        Some(match ending {
            "yml" | "yaml" => Self::Yaml,
            "json" | "jsonc" | "json5" => Self::Json,
            "toml" => Self::Toml,
            "xml" | "config" | "csproj" | "props" => Self::Xml,
            "properties" => Self::Properties,
            "ini" | "cfg" | "cnf" | "conf" => Self::Ini,
            "tf" | "tofu" | "hcl" | "nomad" => Self::Hcl,
            "sql" | "ddl" | "cql" | "pgsql" | "psql" | "hql" => Self::Ddl,
            _ if name == ".env" || name.starts_with(".env.") || ending == "env" || name.starts_with("env.") => {
                Self::Dotenv
            }
            _ => return None,
        })
    }

    /// Reads a text. Several documents give several trees.
    pub(super) fn read<'a>(self, text: &'a str, masked: &'a mut String) -> Result<Vec<Node<'a>>, Broken> {
        // A mark of byte order before the text is no part of it; lines stay where they are.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = LineTable::of(text);
        match self {
            Self::Yaml | Self::Compose if text.contains("{{") => {
                *masked = mask(text);
                if has_lone_closers(masked) && tree::documents(masked, MAX_DOCUMENTS).is_err() {
                    *masked = indent_closers(masked);
                }
                let mut trees = tree::documents(masked, MAX_DOCUMENTS)?;
                trees.iter_mut().for_each(unmask);
                Ok(trees)
            }
            Self::Yaml | Self::Compose => match tree::documents(text, MAX_DOCUMENTS) {
                Err(_) if has_lone_closers(text) => {
                    *masked = indent_closers(text);
                    tree::documents(masked, MAX_DOCUMENTS)
                }
                read => read,
            },
            Self::Json => tree::json(text, &lines).map(|t| vec![t]),
            Self::Toml => tree::toml(text, &lines).map(|t| vec![t]),
            Self::Xml => xml(text, &lines).map(|t| vec![t]),
            Self::Properties => Ok(properties(text)),
            Self::Dotenv => Ok(vec![dotenv(text)]),
            Self::Ini => Ok(vec![ini(text)]),
            Self::Hcl => hcl::read(text, &lines).map(|t| vec![t]),
            Self::Ddl => Ok(vec![ddl::read(text, &lines)]),
        }
    }
}

/// Whether a line holds nothing but the end of a list or map in brackets.
fn is_closer(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.starts_with([']', '}']) && line.chars().all(|c| matches!(c, ']' | '}' | ','))
}

fn has_lone_closers(text: &str) -> bool {
    text.lines().any(is_closer)
}

/// Moves brackets that close alone on a line to the right. Most tools read them at the indentation of their key, which
/// YAML's grammar does not allow and our parser therefore refuses. Lines stay where they are.
fn indent_closers(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 256);
    for line in text.split_inclusive('\n') {
        if is_closer(line) {
            out.push_str("                                ");
        }
        out.push_str(line);
    }
    out
}

/// Makes YAML of a template for YAML: lines that only steer it become empty, and what is filled in becomes a word.
fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let steers = !inside && trimmed.starts_with("{{") && trimmed.ends_with("}}") && !trimmed[2..].contains("{{");
        if steers {
            // A value that is filled in alone on its line would stand under no key either way.
            out.push_str(if line.ends_with('\n') { "\n" } else { "" });
            continue;
        }
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if !inside && rest.starts_with("{{") {
                inside = true;
            }
            if inside && rest.starts_with("}}") {
                inside = false;
                out.extend([MASKS[1].1, MASKS[1].1]);
                rest = &rest[2..];
                continue;
            }
            let masked = MASKS.iter().find(|(plain, _)| *plain == c).map_or(c, |(_, mask)| *mask);
            out.push(if inside { masked } else { c });
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn unmask(node: &mut Node<'_>) {
    let plain = |text: &mut Cow<'_, str>| {
        if text.contains(|c| MASKS.iter().any(|(_, m)| *m == c)) {
            let restored = text.chars().map(|c| MASKS.iter().find(|(_, m)| *m == c).map_or(c, |(p, _)| *p)).collect();
            *text = Cow::Owned(restored);
        }
    };
    match &mut node.value {
        Value::Text(text) | Value::Bare(text) => plain(text),
        Value::List(items) => items.iter_mut().for_each(unmask),
        Value::Map(entries) => {
            for entry in entries {
                plain(&mut entry.key);
                unmask(&mut entry.node);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// An element is a map: attributes under `@name`, elements under their names, text under `#text`. One that holds text
/// alone is that text.
fn xml<'a>(text: &'a str, lines: &LineTable) -> Result<Node<'a>, Broken> {
    let broken = |line: usize, detail: String| Broken { line, detail };
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_XML_NODES, ..ParsingOptions::default() };
    if nesting(text) > MAX_XML_DEPTH {
        return Err(broken(1, format!("nested more than {MAX_XML_DEPTH} levels deep")));
    }
    let document = Document::parse_with_options(text, options)
        .map_err(|e| broken(e.pos().row as usize, format!("not XML: {e}")))?;
    let root = document.root_element();
    let entry = element(root, lines);
    let line = entry.line;
    Ok(Node { first: line, last: entry.node.last, value: Value::Map(vec![entry]) })
}

fn element<'a>(node: roxmltree::Node<'_, '_>, lines: &LineTable) -> Entry<'a> {
    let line = lines.line(node.range().start);
    let mut entries = Vec::new();
    for attribute in node.attributes() {
        let line = lines.line(attribute.range().start);
        let value = Value::Text(Cow::Owned(attribute.value().to_owned()));
        entries.push(Entry {
            key: Cow::Owned(format!("@{}", attribute.name())),
            line,
            node: Node { first: line, last: line, value },
        });
    }
    entries.extend(node.children().filter(roxmltree::Node::is_element).map(|c| element(c, lines)));
    let own = node.children().find(|c| c.is_text() && c.text().is_some_and(|t| !t.trim().is_empty()));
    let (first, last) =
        own.map_or((line, line), |n| (lines.line(n.range().start), lines.line(n.range().end.saturating_sub(1))));
    let own = own.and_then(|n| n.text()).map(|t| Value::Text(Cow::Owned(t.trim().to_owned())));
    let value = match own {
        Some(value) if entries.is_empty() => {
            return Entry { key: name(node), line, node: Node { first: line, last, value } };
        }
        Some(value) => {
            entries.push(Entry { key: Cow::Borrowed("#text"), line: first, node: Node { first, last, value } });
            Value::Map(entries)
        }
        None => Value::Map(entries),
    };
    Entry {
        key: name(node),
        line,
        node: Node { first: line, last: lines.line(node.range().end.saturating_sub(1)), value },
    }
}

fn name<'a>(node: roxmltree::Node<'_, '_>) -> Cow<'a, str> {
    Cow::Owned(node.tag_name().name().to_owned())
}

/// The deepest nesting of elements, counted without a parser, so that a bomb is refused before recursion.
fn nesting(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest) = (0_usize, 0);
    for at in memchr::memchr2_iter(b'<', b'>', bytes) {
        match (bytes[at], bytes.get(at + 1)) {
            (b'<', Some(b'/')) => depth = depth.saturating_sub(1),
            (b'<', Some(next)) if next.is_ascii_alphabetic() || *next == b'_' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (b'>', _) if at > 0 && bytes[at - 1] == b'/' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Keys of a properties file become a tree: `a.b[0].c` is a list under `b`. A line `#---` starts another document, as
/// Spring reads it.
fn properties(text: &str) -> Vec<Node<'_>> {
    let mut documents = vec![Node { first: 1, last: 1, value: Value::Map(Vec::new()) }];
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let number = at + 1;
        let trimmed = line.trim();
        if trimmed == "#---" || trimmed == "!---" {
            documents.push(Node { first: number, last: number, value: Value::Map(Vec::new()) });
        }
        if trimmed.is_empty() || trimmed.starts_with(['#', '!']) {
            continue;
        }
        let end = trimmed.find(['=', ':']).or_else(|| trimmed.find(' ')).unwrap_or(trimmed.len());
        let (key, value) = (trimmed[..end].trim(), trimmed.get(end + 1..).unwrap_or("").trim());
        let (mut value, mut last) = (Cow::Borrowed(value), number);
        while let Some(part) = value.strip_suffix('\\') {
            let Some((at, next)) = lines.next() else { break };
            value = Cow::Owned(format!("{part}{}", next.trim()));
            last = at + 1;
        }
        let node = Node { first: number, last, value: Value::Text(value) };
        if let Some(root) = documents.last_mut() {
            insert(root, key, number, node);
        }
    }
    documents
}

/// Puts a value where its key leads. Where a value stands in the way, the rest of the key stays one with dots.
fn insert<'a>(mut at: &mut Node<'a>, key: &'a str, line: usize, node: Node<'a>) {
    let mut rest = key;
    loop {
        if let Some((index, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            let after = after.strip_prefix('.').unwrap_or(after);
            let Value::List(items) = &mut at.value else { return };
            // Indexes come in order in practice; a gap in them is no reason to make empty items.
            let index = index.parse::<usize>().unwrap_or(0).min(items.len());
            if index == items.len() {
                items.push(empty(after, line));
            }
            at = &mut items[index];
            if after.is_empty() {
                *at = node;
                return;
            }
            rest = after;
            continue;
        }
        let Value::Map(entries) = &mut at.value else { return };
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (head, after) = rest.split_at(end);
        let after = after.strip_prefix('.').unwrap_or(after);
        if after.is_empty() {
            entries.push(Entry { key: Cow::Borrowed(head), line, node });
            return;
        }
        let place = entries.iter().rposition(|e| e.key == head).unwrap_or_else(|| {
            entries.push(Entry { key: Cow::Borrowed(head), line, node: empty(after, line) });
            entries.len() - 1
        });
        let fits = match &entries[place].node.value {
            Value::Map(_) => !after.starts_with('['),
            Value::List(_) => after.starts_with('['),
            _ => false,
        };
        if !fits {
            entries.push(Entry { key: Cow::Borrowed(rest), line, node });
            return;
        }
        at = &mut entries[place].node;
        rest = after;
    }
}

/// What holds the rest of a key.
fn empty<'a>(rest: &str, line: usize) -> Node<'a> {
    let value = if rest.starts_with('[') { Value::List(Vec::new()) } else { Value::Map(Vec::new()) };
    Node { first: line, last: line, value }
}

/// `KEY=value`, with `export` before it or quotes around the value.
fn dotenv(text: &str) -> Node<'_> {
    let entries = text.lines().enumerate().filter_map(|(at, line)| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
        Some(text_entry(key.trim(), unquoted(value), at + 1))
    });
    Node { first: 1, last: 1, value: Value::Map(entries.collect()) }
}

/// Sections are maps; keys before the first one stand at the root.
fn ini(text: &str) -> Node<'_> {
    let mut root: Vec<Entry<'_>> = Vec::new();
    let mut section: Option<Entry<'_>> = None;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            root.extend(section.take());
            let node = Node { first: at + 1, last: at + 1, value: Value::Map(Vec::new()) };
            section = Some(Entry { key: Cow::Borrowed(name.trim()), line: at + 1, node });
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=').or_else(|| trimmed.split_once(':')) else { continue };
        let entry = text_entry(key.trim(), unquoted(value), at + 1);
        match section.as_mut().map(|s| &mut s.node.value) {
            Some(Value::Map(entries)) => entries.push(entry),
            _ => root.push(entry),
        }
    }
    root.extend(section);
    Node { first: 1, last: 1, value: Value::Map(root) }
}

fn text_entry<'a>(key: &'a str, value: &'a str, line: usize) -> Entry<'a> {
    Entry {
        key: Cow::Borrowed(key),
        line,
        node: Node { first: line, last: line, value: Value::Text(Cow::Borrowed(value)) },
    }
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|v| v.split(quote).next()) {
            return inner;
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(node: &Node<'_>) -> String {
        match &node.value {
            Value::Map(entries) => {
                let parts: Vec<String> =
                    entries.iter().map(|e| format!("{}:{}{}", e.key, e.line, show(&e.node))).collect();
                format!("{{{}}}", parts.join(" "))
            }
            Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
            _ => format!("={}", node.scalar().unwrap_or("null")),
        }
    }

    fn check(format: Format, text: &str, expect: &[&str]) {
        let mut masked = String::new();
        let trees = format.read(text, &mut masked).expect("the example is well-formed");
        assert_eq!(trees.iter().map(show).collect::<Vec<_>>(), expect, "{text}");
    }

    #[test]
    fn every_notation_becomes_a_tree_with_lines() {
        check(Format::Properties, "a.b=1\n# no\na.c[0].d = 2\na.c[1].d: 3\n", &["{a:1{b:1=1 c:3[{d:3=2} {d:4=3}]}}"]);
        check(Format::Properties, "a=1\na.b=2\n#---\nlong=x,\\\n  y\n", &["{a:1=1 a.b:2=2}", "{long:4=x,y}"]);
        check(Format::Dotenv, "# no\nexport A=\"1 #2\"\nB=2 # note\nC\n", &["{A:2=1 #2 B:3=2}"]);
        check(Format::Ini, "x=1\n[s]\n; no\ny = 2\n", &["{x:1=1 s:2{y:4=2}}"]);
        check(Format::Xml, "<a b='1'>\n<c>t</c>\n</a>", &["{a:1{@b:1=1 c:2=t}}"]);
        check(Format::Toml, "[a]\nb = 1\n", &["{a:1{b:2=1}}"]);
        let queue = "resource \"aws_sqs_queue\" \"orders\" {\n  name = \"o-${var.env}\"\n  arn = aws_x.y.arn\n}\n";
        check(Format::Hcl, queue, &["{resource:1{aws_sqs_queue:1{orders:1{name:2=o-${var.env} arn:3=aws_x.y.arn}}}}"]);
        check(Format::Hcl, "a = [1, {b = true}]\n", &["{a:1[=1 {b:1=true}]}"]);
        let ddl = "-- CREATE TABLE no (a int);\nCREATE TABLE IF NOT EXISTS shop.\"Order\" (\n  id bigint PRIMARY KEY,\n  `e mail` varchar(20) NOT NULL,\n  PRIMARY KEY (id)\n);\nselect 1;\ncreate temp table t (x numeric(3, 2), y text[]);";
        let tables =
            "{table:1{Order:2{columns:2{id:3=bigint e mail:4=varchar(20)}} t:8{columns:8{x:8=numeric(3,2) y:8=text}}}}";
        check(Format::Ddl, ddl, &[tables]);
        check(Format::Ddl, "CREATE VIEW v AS SELECT 1; CREATE TABLE x AS SELECT 2;", &["{table:1{}}"]);
        check(Format::Json, "{\"a\": [true]}", &["{a:1[=true]}"]);
    }

    #[test]
    fn templates_are_read_as_yaml_with_holes() {
        let text = "{{- if .Values.on }}\nimage: \"{{ .Values.image }}:{{ .Values.tag }}\"\nname: {{ include \"x\" . }}\n{{- end }}\n";
        check(Format::Yaml, text, &["{image:2={{ .Values.image }}:{{ .Values.tag }} name:3={{ include \"x\" . }}}"]);
    }

    #[test]
    fn bombs_are_refused() {
        let mut masked = String::new();
        assert!(Format::Xml.read(&"<a>".repeat(10_000), &mut masked).is_err());
        assert!(Format::Yaml.read(&"[".repeat(10_000), &mut String::new()).is_err());
    }
}
