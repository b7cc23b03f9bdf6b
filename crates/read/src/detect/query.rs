//! Structural matches in code: tree-sitter queries over the tree that the reader of code has parsed anyway.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use tree_sitter::{Node, Query, QueryCursor, QueryCursorOptions, QueryCursorState, StreamingIterator, Tree};

use super::predicates::Split;
use super::ready::Ready;
use super::rule::{How, Match, Rule, Subject};
use super::signal::{Captures, Column, Seen};
use super::structure::{Flat, Patterns};
use super::{MAX_MATCHES, Note};
use crate::code::Id;

/// How often a query may report before it is stopped; it does so every few hundred steps.
const MAX_CHECKS: usize = 200_000;
/// Matches that may be in progress at once, so that no text makes a query take all memory.
const MATCH_LIMIT: u32 = 4_096;

/// Texts that names of the same file stand for; looked up when a match first needs one.
#[derive(Debug, Default)]
pub(super) struct Constants {
    texts: OnceCell<FxHashMap<String, String>>,
}

impl Constants {
    /// What a name stands for. A name that is given two texts stands for neither.
    fn get(&self, id: Id, tree: &Tree, text: &str, name: &str) -> Option<&str> {
        let texts = self.texts.get_or_init(|| {
            let mut texts: FxHashMap<String, String> = FxHashMap::default();
            let Some(query) = constants_query(id) else { return texts };
            let mut twice = Vec::new();
            // A file with too many constants is read up to the limit; the rest stay names.
            let _ = each(&mut QueryCursor::new(), &query, tree, text, &mut |_, captured| {
                let of = |wanted: &str| captured.iter().find(|(n, _)| *n == wanted).map(|(_, n)| *n);
                let variable = of("env").map(|n| format!("{{{}}}", literal(&text[n.byte_range()])));
                let value = variable.or_else(|| of("value").and_then(|n| beginning(n, text)));
                if let (Some(name), Some(value)) = (of("name").map(|n| &text[n.byte_range()]), value) {
                    match texts.get(name) {
                        Some(other) if *other != value => twice.push(name.to_owned()),
                        _ => {
                            texts.insert(name.to_owned(), value);
                        }
                    }
                }
                texts.len() < MAX_MATCHES
            });
            for name in twice {
                texts.remove(&name);
            }
            texts
        });
        texts.get(name).map(String::as_str)
    }
}

thread_local! {
    /// Compiled queries for constants, by grammar; a thread meets the same few languages again and again.
    static CONSTANTS: RefCell<FxHashMap<Id, Option<Rc<Query>>>> = RefCell::default();
}

fn constants_query(id: Id) -> Option<Rc<Query>> {
    CONSTANTS.with_borrow_mut(|known| {
        let compile =
            || crate::code::constants(id).and_then(|q| Query::new(&crate::code::grammar(id), q).ok()).map(Rc::new);
        known.entry(id).or_insert_with(compile).clone()
    })
}

/// The text of a value: a literal as it is, of a sum that begins with one that one and a hole for the rest.
fn beginning(value: Node<'_>, text: &str) -> Option<String> {
    let raw = &text[value.byte_range()];
    if !BUILT.contains(&value.kind()) {
        return Some(literal(raw).to_owned());
    }
    let mut first = value;
    while let Some(left) = first.child_by_field_name("left") {
        first = left;
    }
    let start = is_literal(first.kind()).then(|| literal(&text[first.byte_range()]))?;
    start.contains("//").then(|| format!("{start}{{…}}"))
}

/// What the text of a node is read with.
pub(super) struct Reading<'a> {
    pub(super) path: &'a str,
    pub(super) id: Id,
    pub(super) tree: &'a Tree,
    /// The tree as columns, made when a query first needs them.
    pub(super) flat: &'a OnceCell<Flat<'a>>,
    pub(super) text: &'a str,
    pub(super) constants: &'a Constants,
}

/// Queries of one rule as one query of several patterns for a grammar, prepared when it is first asked for.
#[derive(Debug)]
struct Together {
    id: Id,
    text: String,
    prepared: OnceLock<Option<Prepared>>,
    asked: Vec<Asked>,
}

/// One of the queries.
#[derive(Debug)]
struct Asked {
    text: String,
    split: Split,
    /// Its first pattern among those of all.
    first: usize,
}

impl Together {
    fn new(id: Id) -> Self {
        Self { id, text: String::new(), prepared: OnceLock::new(), asked: Vec::new() }
    }

    /// Adds a query, and says where it is. One of the same text is there once, and one of the same structure has the
    /// same patterns.
    fn add(&mut self, text: &str) -> usize {
        if let Some(at) = self.asked.iter().position(|a| a.text == text) {
            return at;
        }
        let split = Split::of(text);
        let first = if let Some(same) = self.asked.iter().find(|a| a.split.structure == split.structure) {
            same.first
        } else {
            self.text.push_str(&split.structure);
            self.text.push('\n');
            self.asked.iter().map(|a| a.first + a.split.conditions.len()).max().unwrap_or(0)
        };
        self.asked.push(Asked { text: text.to_owned(), split, first });
        self.asked.len() - 1
    }

    /// The query, without conditions; `None` for one that does not fit its grammar.
    fn prepared(&self) -> Option<&Prepared> {
        let prepare = || {
            let grammar = crate::code::grammar(self.id);
            let own = Patterns::of(&self.text, &grammar).map(Prepared::Own);
            own.or_else(|| Query::new(&grammar, &self.text).ok().map(Prepared::TreeSitter))
        };
        self.prepared.get_or_init(prepare).as_ref()
    }

    /// Calls back for each match, its conditions not looked at, until it says no.
    fn each<'a>(
        &'a self,
        reading: &Reading<'a>,
        cursor: &mut QueryCursor,
        callback: &mut dyn FnMut(usize, &Nodes<'a>) -> bool,
    ) -> Option<Note> {
        match self.prepared()? {
            Prepared::Own(patterns) => {
                let flat = reading.flat.get_or_init(|| Flat::of(reading.tree));
                (!patterns.each(flat, callback)).then_some(Note::TooSlow)
            }
            Prepared::TreeSitter(query) => each(cursor, query, reading.tree, reading.text, callback),
        }
    }
}

/// How a query is matched.
#[derive(Debug)]
enum Prepared {
    Own(Patterns),
    /// What [`Patterns`] does not understand.
    TreeSitter(Query),
}

impl Asked {
    /// Whether the pattern that matched is one of this query, and its conditions hold.
    fn holds(&self, pattern: usize, captured: &Nodes<'_>, text: &str) -> bool {
        let own = pattern.checked_sub(self.first).filter(|own| *own < self.split.conditions.len());
        own.is_some_and(|own| self.split.holds(own, captured, text))
    }
}

/// Matches of a rule, prepared for one grammar.
#[derive(Debug)]
pub(super) struct Compiled {
    main: Together,
    around: Together,
    /// Which of the rule's matches, which of the main queries, and which of those of the code around.
    matches: Vec<(usize, usize, Vec<usize>)>,
}

/// Compiles the matches of a rule for a grammar.
///
/// # Errors
/// The place in the query's text, and what is wrong there.
pub(super) fn check(rule: &Rule, id: Id) -> Result<(), (usize, String)> {
    let grammar = &crate::code::grammar(id);
    for one in &rule.matches {
        let How::Query { text, within } = &one.how else { continue };
        for text in std::iter::once(text).chain(within) {
            let query = Query::new(grammar, text);
            let query = query.map_err(|e| (e.offset, format!("{:?}: {}", e.kind, e.message)))?;
            let split = Split::of(text);
            let taken_apart = Query::new(grammar, &split.structure).map(|q| q.pattern_count()).ok();
            if taken_apart != Some(query.pattern_count()) || split.conditions.len() != query.pattern_count() {
                return Err((0, "its conditions cannot be told from its patterns".to_owned()));
            }
        }
    }
    Ok(())
}

/// Prepares the queries of a rule for a grammar.
pub(super) fn compile(rule: &Rule, id: Id) -> Compiled {
    let mut compiled = Compiled { main: Together::new(id), around: Together::new(id), matches: Vec::new() };
    for (at, one) in rule.matches.iter().enumerate() {
        let How::Query { text, within } = &one.how else { continue };
        let within = within.iter().map(|t| compiled.around.add(t)).collect();
        compiled.matches.push((at, compiled.main.add(text), within));
    }
    compiled
}

/// What it takes to compile the queries of a rule, and those of what is around.
pub(super) fn cost(compiled: &Compiled) -> (Duration, Duration) {
    let timed = |together: &Together| {
        let start = Instant::now();
        let _prepared = together.prepared();
        start.elapsed()
    };
    (timed(&compiled.main), timed(&compiled.around))
}

/// What encloses other code, with what it captured.
struct Around<'a> {
    range: std::ops::Range<usize>,
    captures: Vec<(&'a str, Node<'a>)>,
}

/// Runs the queries of a rule over a tree.
pub(super) fn run<'a>(
    detectors: &'a Ready,
    rule: usize,
    compiled: &'a Compiled,
    reading: &Reading<'a>,
    cursor: &mut QueryCursor,
    seen: &mut Vec<Seen>,
) -> Option<Note> {
    let text = reading.text;
    let spec = detectors.rule(rule);
    // Most files have no match, and need not be searched for what is around one.
    let mut around: Option<Vec<Vec<Around<'a>>>> = None;
    let mut found = vec![0; compiled.matches.len()];
    let note = compiled.main.each(reading, cursor, &mut |pattern, captured| {
        for ((index, main, within), found) in compiled.matches.iter().zip(&mut found) {
            if *found > MAX_MATCHES || !compiled.main.asked[*main].holds(pattern, captured, text) {
                continue;
            }
            *found += 1;
            if *found <= MAX_MATCHES {
                let around: &[Vec<Around<'a>>] = if within.is_empty() {
                    &[]
                } else {
                    around.get_or_insert_with(|| enclosing(&compiled.around, reading))
                };
                let around = within.iter().filter_map(|w| around.get(*w));
                seen.extend(matched(&spec.matches[*index], rule, captured, around, reading));
            }
        }
        true
    });
    note.or(found.iter().any(|n| *n > MAX_MATCHES).then_some(Note::TooMany))
}

/// What one match says, unless a condition of its rule does not hold.
fn matched<'a: 'r, 'r>(
    one: &'a Match,
    rule: usize,
    nodes: &Nodes<'a>,
    around: impl Iterator<Item = &'r Vec<Around<'a>>>,
    reading: &Reading<'a>,
) -> Vec<Seen> {
    let text = reading.text;
    let mut captures = Captures::default();
    let place = nodes.iter().map(|(_, n)| n.start_byte()).max().unwrap_or(0);
    let rendered = |name: &str, node: Node<'a>| reading.rendered(node, one.resolve.iter().any(|r| r == name));
    for around in around {
        let inner = around.iter().filter(|a| a.range.contains(&place)).min_by_key(|a| a.range.len());
        // What is joined from every level is no capture of the innermost one.
        let is_nested = |name: &str| one.nested.iter().any(|c| matches!(&c.on, Subject::Capture(n) if n == name));
        for (name, node) in inner.iter().flat_map(|a| &a.captures).filter(|(name, _)| !is_nested(name)) {
            captures.set(*name, rendered(name, *node));
        }
        for condition in &one.nested {
            let Subject::Capture(wanted) = &condition.on else { continue };
            // A call that puts something below a prefix is not below it itself.
            let is_own = |a: &Around<'a>| a.captures.iter().any(|(_, own)| nodes.iter().any(|(_, n)| n == own));
            let mut levels: Vec<&Around<'a>> =
                around.iter().filter(|a| a.range.contains(&place) && !is_own(a)).collect();
            levels.sort_by_key(|a| std::cmp::Reverse(a.range.len()));
            let texts = levels.iter().flat_map(|a| a.captures.iter().map(|(name, node)| (*name, *node, &a.range)));
            let texts = texts.filter(|(name, ..)| name == wanted).map(|(name, node, range)| {
                // Of a call that holds the code around, what stands before that code tells what it puts before it.
                let is_holding = node.start_byte() < range.start && range.end <= node.end_byte();
                let level = if is_holding {
                    Cow::Borrowed(text[node.start_byte()..range.start].trim())
                } else {
                    rendered(name, node)
                };
                one.rewritten(name, level)
            });
            captures.join_groups(&condition.regex, texts);
        }
    }
    for (name, node) in nodes {
        captures.set(*name, rendered(name, *node));
    }
    captures.set("in_file", reading.path);
    if !one.settle(&mut captures, None) {
        return Vec::new();
    }
    let Some(main) = main_node(nodes, &one.signal) else { return Vec::new() };
    let lines = (main.start_position().row + 1, last_row(main) + 1);
    let shown = literal(&text[main.byte_range()]).lines().next().unwrap_or("").trim();
    Seen::of(&one.signal, &captures, rule, lines, shown).into_iter().collect()
}

/// Captures of one match: their names and nodes.
type Nodes<'a> = [(&'a str, Node<'a>)];

/// Calls back for each match until it says no.
fn each<'a>(
    cursor: &mut QueryCursor,
    query: &'a Query,
    tree: &'a Tree,
    text: &str,
    callback: &mut dyn FnMut(usize, &Nodes<'a>) -> bool,
) -> Option<Note> {
    let mut checks = 0;
    let mut stop = |_: &QueryCursorState| {
        checks += 1;
        if checks > MAX_CHECKS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    cursor.set_match_limit(MATCH_LIMIT);
    let options = QueryCursorOptions::new().progress_callback(&mut stop);
    let names = query.capture_names();
    {
        let mut matches = cursor.matches_with_options(query, tree.root_node(), text.as_bytes(), options);
        while let Some(found) = matches.next() {
            let captured: Vec<(&str, Node<'_>)> =
                found.captures().iter().filter_map(|c| Some((*names.get(c.index as usize)?, c.node))).collect();
            if !callback(found.pattern_index, &captured) {
                break;
            }
        }
    }
    if checks > MAX_CHECKS || cursor.did_exceed_match_limit() { Some(Note::TooSlow) } else { None }
}

/// Everything that may stand around a match, by query: the range is that of `@around`, else of the first capture.
fn enclosing<'a>(together: &'a Together, reading: &Reading<'a>) -> Vec<Vec<Around<'a>>> {
    let mut found: Vec<Vec<Around<'a>>> = together.asked.iter().map(|_| Vec::new()).collect();
    let mut cursor = QueryCursor::new();
    // A query that is stopped here leaves rows without what is around them; the main query says so in a gap.
    let _ = together.each(reading, &mut cursor, &mut |pattern, captured| {
        let around = captured.iter().find(|(n, _)| *n == "around").or(captured.first());
        let Some((_, node)) = around else { return true };
        for (asked, found) in together.asked.iter().zip(&mut found) {
            if found.len() < MAX_MATCHES && asked.holds(pattern, captured, reading.text) {
                let kept = captured.iter().filter(|(n, _)| *n != "around" && !n.starts_with('_'));
                found.push(Around { range: node.byte_range(), captures: kept.copied().collect() });
            }
        }
        true
    });
    found
}

/// The node whose lines are the evidence: `@at`, else the first one that the signal uses, else the first there is.
fn main_node<'a>(captured: &[(&str, Node<'a>)], signal: &super::signal::Signal) -> Option<Node<'a>> {
    let named = |name: &str| captured.iter().find(|(n, _)| *n == name).map(|(_, node)| *node);
    let used = [Column::HttpRoute, Column::MessagingDestination, Column::Value, Column::Name, Column::Target]
        .iter()
        .filter_map(|c| signal.columns.get(c))
        .flat_map(super::signal::Template::captures)
        .find_map(named);
    named("at").or(used).or(captured.first().map(|(_, n)| *n))
}

/// The last row of a node; one that ends with a line's end ends on that line.
fn last_row(node: Node<'_>) -> usize {
    let (start, end) = (node.start_position(), node.end_position());
    if end.column == 0 && end.row > start.row { end.row - 1 } else { end.row }
}

impl<'a> Reading<'a> {
    /// The text of a node: a literal without its quotes, parts that are put together with `{name}` for what is no
    /// literal. Where a text is asked for, a name is what it stands for, or a hole.
    fn rendered(&self, node: Node<'_>, is_text: bool) -> Cow<'a, str> {
        let raw = &self.text[node.byte_range()];
        let is_built = match node.kind() {
            "string" => raw.starts_with(['f', 'F']),
            kind => BUILT.contains(&kind),
        };
        let is_name = is_text && !is_literal(node.kind());
        if !is_built && !is_name {
            return Cow::Borrowed(literal(raw));
        }
        let mut out = String::new();
        self.join(node, &mut out, 0);
        Cow::Owned(out)
    }

    /// Puts the parts of a built string together.
    fn join(&self, node: Node<'_>, out: &mut String, depth: usize) {
        let text = self.text;
        let raw = &text[node.byte_range()];
        let mut walker = node.walk();
        let is_sum = node.child_by_field_name("operator").is_none_or(|o| &text[o.byte_range()] == "+");
        match node.kind() {
            _ if depth > 64 => out.push_str("{…}"),
            "binary_expression" | "binary_operator" if is_sum => {
                for part in [node.child_by_field_name("left"), node.child_by_field_name("right")].into_iter().flatten()
                {
                    self.join(part, out, depth + 1);
                }
            }
            "parenthesized_expression" | "concatenated_string" => {
                for part in node.named_children(&mut walker) {
                    self.join(part, out, depth + 1);
                }
            }
            "template_string" | "interpolated_string_expression" => self.built(node, out),
            "string" if raw.starts_with(['f', 'F']) => self.built(node, out),
            kind if is_literal(kind) => out.push_str(literal(raw)),
            _ => self.name(raw, out),
        }
    }

    /// What a name stands for, or a hole with the name in it.
    fn name(&self, raw: &str, out: &mut String) {
        let name = raw.rsplit(['.', ':']).next().unwrap_or(raw);
        if let Some(constant) = self.constants.get(self.id, self.tree, self.text, name) {
            out.push_str(constant);
        } else {
            out.push('{');
            out.push_str(raw.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches(['{', '}']));
            out.push('}');
        }
    }

    /// A string with parts filled in: `${x}` and `{x}` become what `x` stands for, or `{x}`.
    fn built(&self, node: Node<'_>, out: &mut String) {
        let text = self.text;
        let mut walker = node.walk();
        let inner: Vec<Node<'_>> = node
            .named_children(&mut walker)
            .filter(|c| matches!(c.kind(), "template_substitution" | "interpolation"))
            .collect();
        let raw = node.byte_range();
        let mut at = raw.start + text[raw.clone()].find(['"', '\'', '`']).map_or(0, |q| q + 1);
        for part in inner {
            out.push_str(&text[at.min(part.start_byte())..part.start_byte()]);
            self.name(text[part.byte_range()].trim_start_matches('$').trim_matches(['{', '}']).trim(), out);
            at = part.end_byte();
        }
        let rest = text.get(at..raw.end).unwrap_or("");
        out.push_str(rest.trim_end_matches(['"', '\'', '`']));
    }
}

/// Nodes that put a text together from parts.
const BUILT: [&str; 6] = [
    "binary_expression",
    "binary_operator",
    "template_string",
    "interpolated_string_expression",
    "parenthesized_expression",
    "concatenated_string",
];

/// Whether a node is a text or number as it stands.
fn is_literal(kind: &str) -> bool {
    kind.contains("string")
        || kind.contains("char")
        || kind.contains("literal")
        || kind.contains("number")
        || kind == "integer"
}

/// A literal without quotes and prefixes; anything else as it is.
fn literal(raw: &str) -> &str {
    let trimmed = raw.trim();
    let body = trimmed.trim_start_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, '@' | '$' | '#'));
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        if let Some(inner) = body.strip_prefix(quote).and_then(|b| b.trim_end_matches('#').strip_suffix(quote)) {
            return inner;
        }
    }
    trimmed
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn literals_lose_their_quotes() {
        let cases = [
            ("\"a\"", "a"),
            ("'a'", "a"),
            ("`a`", "a"),
            ("r\"a\"", "a"),
            ("@\"a\"", "a"),
            ("r#\"a\"#", "a"),
            ("\"\"\"a\"\"\"", "a"),
            ("name", "name"),
            ("a(\"b\")", "a(\"b\")"),
            ("\"", "\""),
        ];
        for (raw, expect) in cases {
            assert_eq!(literal(raw), expect, "{raw}");
        }
    }
}
