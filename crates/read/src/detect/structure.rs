//! Structural queries, matched without tree-sitter's own engine.
//!
//! That engine analyses each pattern against all states of a grammar before it matches anything. For a detector that
//! takes some ten milliseconds, and a system in ten languages needs a hundred detectors: longer than reading its files.
//! Detectors ask for little of what queries can do, and that much is matched here, with the same meaning: nodes by kind,
//! fields, `!field`, captures, `[a b]`, `_`, anchors, `?`, `*` and `+`, and siblings in a row. What is not understood is
//! left to tree-sitter.
//!
//! # Source
//! The tree-sitter manual, "Queries: syntax" and "operators"; what it leaves open is as in `lib/src/query.c`.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Language, Node, Tree};

/// Kind of a node that could not be parsed.
const ERROR: u16 = u16::MAX;
/// Position that is none.
const NONE: u32 = u32::MAX;
/// How often a node may be compared with a part of a pattern before a rule is given up for a file.
const MAX_STEPS: u64 = 20_000_000;
/// Ways in which a pattern may match at one node.
const MAX_WAYS: usize = 4_096;
/// Levels of a pattern.
const MAX_DEPTH: usize = 64;

/// A tree as columns: nodes before their children, in the order of the text.
pub(super) struct Flat<'t> {
    nodes: Vec<Node<'t>>,
    kinds: Vec<u16>,
    is_named: Vec<bool>,
    /// The field of its parent that a node is; 0 for none.
    fields: Vec<u16>,
    /// One behind the last node below a node, which is its next sibling.
    ends: Vec<u32>,
    parents: Vec<u32>,
    /// The first node of each kind, and behind each node the next of its kind.
    first_of_kind: FxHashMap<u16, u32>,
    next_of_kind: Vec<u32>,
}

impl<'t> Flat<'t> {
    /// Takes a tree apart.
    pub(super) fn of(tree: &'t Tree) -> Self {
        let n = tree.root_node().descendant_count();
        let mut flat = Self {
            nodes: Vec::with_capacity(n),
            kinds: Vec::with_capacity(n),
            is_named: Vec::with_capacity(n),
            fields: Vec::with_capacity(n),
            ends: Vec::with_capacity(n),
            parents: Vec::with_capacity(n),
            first_of_kind: FxHashMap::default(),
            next_of_kind: Vec::new(),
        };
        let mut cursor = tree.walk();
        let mut parent = NONE;
        'tree: loop {
            let at = position(flat.nodes.len());
            let node = cursor.node();
            flat.nodes.push(node);
            flat.kinds.push(node.kind_id());
            flat.is_named.push(node.is_named());
            flat.fields.push(cursor.field_id().map_or(0, std::num::NonZero::get));
            flat.ends.push(NONE);
            flat.parents.push(parent);
            if cursor.goto_first_child() {
                parent = at;
                continue;
            }
            flat.ends[at as usize] = position(flat.nodes.len());
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'tree;
                }
                flat.ends[parent as usize] = position(flat.nodes.len());
                parent = flat.parents[parent as usize];
            }
        }
        flat.next_of_kind = vec![NONE; flat.nodes.len()];
        for at in (0..flat.nodes.len()).rev() {
            let before = flat.first_of_kind.insert(flat.kinds[at], position(at));
            flat.next_of_kind[at] = before.unwrap_or(NONE);
        }
        flat
    }

    fn of_kind(&self, kind: u16) -> impl Iterator<Item = u32> {
        let first = self.first_of_kind.get(&kind).copied();
        std::iter::successors(first, |at| Some(self.next_of_kind[*at as usize]).filter(|next| *next != NONE))
    }

    fn children(&self, at: u32) -> impl Iterator<Item = u32> {
        let end = self.ends[at as usize];
        let next = move |at: u32| Some(at).filter(|at| *at < end);
        std::iter::successors(next(at + 1), move |at| next(self.ends[*at as usize]))
    }
}

/// Trees of more than four milliards of nodes are not parsed.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

/// The patterns of a query.
#[derive(Debug)]
pub(super) struct Patterns {
    names: Vec<String>,
    patterns: Vec<Pattern>,
}

/// One pattern: a node, or several siblings.
#[derive(Debug)]
struct Pattern {
    items: Vec<Item>,
    /// Two matches can differ in what they capture, not only in where.
    is_varied: bool,
}

/// A child that is looked for.
#[derive(Debug, Clone)]
struct Item {
    /// What may stand between it and the one before.
    gap: Gap,
    times: Times,
    /// What it may be.
    one_of: Vec<Shape>,
    captures: Vec<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Any,
    /// No named node, `.`.
    Unnamed,
    /// Nothing: one of many after another.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    One,
    Optional,
    Any,
    Some,
}

/// A node that is looked for.
#[derive(Debug, Clone)]
struct Shape {
    kind: Kind,
    /// The field that it is of its parent; 0 for any.
    field: u16,
    /// Fields that it must not have.
    without: Vec<u16>,
    children: Vec<Item>,
    /// No named node comes after the last child that is looked for.
    is_whole: bool,
    captures: Vec<u16>,
}

#[derive(Debug, Clone)]
enum Kind {
    Any,
    Named,
    OneOf(Vec<u16>),
}

impl Kind {
    fn fits(&self, kind: u16, is_named: bool) -> bool {
        match self {
            Self::Any => kind != ERROR,
            Self::Named => is_named && kind != ERROR,
            Self::OneOf(kinds) => kinds.contains(&kind),
        }
    }
}

/// What a query captured at one place: names and nodes.
type Captured = Vec<(u16, u32)>;

impl Patterns {
    /// Reads a query; `None` when it holds anything that is not matched here.
    pub(super) fn of(text: &str, language: &Language) -> Option<Self> {
        let mut reader = Reader { rest: text, language, names: Vec::new(), depth: 0 };
        let mut patterns = Vec::new();
        while !reader.at_end() {
            let items = reader.pattern()?;
            let is_varied = items.iter().any(Item::is_varied);
            patterns.push(Pattern { items, is_varied });
        }
        Some(Self { names: reader.names, patterns })
    }

    /// Calls back for each match until it says no. False when it took too long.
    pub(super) fn each<'p, 't>(
        &'p self,
        flat: &Flat<'t>,
        callback: &mut dyn FnMut(usize, &[(&'p str, Node<'t>)]) -> bool,
    ) -> bool {
        let mut matching = Matching { flat, steps: 0 };
        let mut nodes: Vec<(&'p str, Node<'t>)> = Vec::new();
        for (index, pattern) in self.patterns.iter().enumerate() {
            let Some(first) = pattern.items.first() else { continue };
            for shape in &first.one_of {
                let mut goes_on = true;
                let mut at = |at: u32| {
                    let mut ways: Vec<Captured> = Vec::new();
                    matching.at(pattern, first, shape, at, &mut ways);
                    if pattern.is_varied {
                        leave_out_less(&mut ways);
                    } else if ways.len() > 1 {
                        let mut seen = FxHashSet::default();
                        ways.retain(|way| seen.insert(way.clone()));
                    }
                    for way in ways {
                        nodes.clear();
                        let named = way
                            .iter()
                            .map(|(name, at)| (self.names[usize::from(*name)].as_str(), flat.nodes[*at as usize]));
                        nodes.extend(named);
                        goes_on = goes_on && callback(index, &nodes);
                    }
                    goes_on && matching.steps < MAX_STEPS
                };
                let is_done = match &shape.kind {
                    Kind::OneOf(kinds) => kinds.iter().flat_map(|kind| flat.of_kind(*kind)).all(&mut at),
                    Kind::Any | Kind::Named => (0..position(flat.nodes.len())).all(&mut at),
                };
                if !is_done {
                    return matching.steps < MAX_STEPS;
                }
            }
        }
        true
    }
}

/// Of two ways in which a pattern matches at a node, the one that captures less says nothing new.
fn leave_out_less(ways: &mut Vec<Captured>) {
    let mut seen = FxHashSet::default();
    ways.retain(|way| seen.insert(way.clone()));
    if ways.len() > 256 {
        return;
    }
    let less = |a: &Captured, b: &Captured| a.len() < b.len() && a.iter().all(|c| b.contains(c));
    let is_less: Vec<bool> = ways.iter().map(|a| ways.iter().any(|b| less(a, b))).collect();
    let mut at = 0;
    ways.retain(|_| {
        at += 1;
        !is_less[at - 1]
    });
}

impl Item {
    /// Whether the number of captures can differ from match to match.
    fn is_varied(&self) -> bool {
        let n_captures = |s: &Shape| s.captures.len() + s.children.iter().map(Item::n_captures).sum::<usize>();
        self.times != Times::One && self.n_captures() > 0
            || self.one_of.iter().any(|s| n_captures(s) != n_captures(&self.one_of[0]))
            || self.one_of.iter().flat_map(|s| &s.children).any(Self::is_varied)
    }

    fn n_captures(&self) -> usize {
        let of_shape = |s: &Shape| s.captures.len() + s.children.iter().map(Self::n_captures).sum::<usize>();
        self.captures.len() + self.one_of.first().map_or(0, of_shape)
    }
}

/// One query over one tree.
struct Matching<'f, 't> {
    flat: &'f Flat<'t>,
    steps: u64,
}

/// What comes next once a part fits; false when no more is wanted.
type Then<'a, 'f, 't> = &'a mut dyn FnMut(&mut Matching<'f, 't>, &mut Captured) -> bool;

/// Siblings among which a child is looked for: from where on, and where they end.
type Siblings = Range<u32>;

impl<'f, 't> Matching<'f, 't> {
    /// All ways in which a pattern matches, with its first node at a place.
    fn at(&mut self, pattern: &Pattern, first: &Item, shape: &Shape, at: u32, ways: &mut Vec<Captured>) {
        let mut captured = Captured::new();
        let mut found = |captured: &mut Captured| {
            ways.push(captured.clone());
            ways.len() < MAX_WAYS
        };
        let rest = &pattern.items[1..];
        let siblings = match self.flat.parents[at as usize] {
            _ if rest.is_empty() => 0..0,
            NONE => return,
            parent => self.flat.ends[at as usize]..self.flat.ends[parent as usize],
        };
        self.node(shape, &first.captures, at, &mut captured, &mut |matching, captured| {
            matching.items(rest, siblings.clone(), false, captured, &mut |_, captured| found(captured))
        });
    }

    /// Whether a node fits, in each way in which its children do.
    fn node(&mut self, shape: &Shape, named: &[u16], at: u32, captured: &mut Captured, then: Then<'_, 'f, 't>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        let flat = self.flat;
        let i = at as usize;
        if !shape.kind.fits(flat.kinds[i], flat.is_named[i])
            || shape.field != 0 && shape.field != flat.fields[i]
            || !shape.without.is_empty() && flat.children(at).any(|c| shape.without.contains(&flat.fields[c as usize]))
        {
            return true;
        }
        let before = captured.len();
        captured.extend(shape.captures.iter().chain(named).map(|name| (*name, at)));
        let goes_on = if shape.children.is_empty() {
            then(self, captured)
        } else {
            self.items(&shape.children, at + 1..flat.ends[i], shape.is_whole, captured, then)
        };
        captured.truncate(before);
        goes_on
    }

    /// Whether children are there, one after the other, in each way in which they are.
    fn items(
        &mut self,
        items: &[Item],
        among: Siblings,
        is_whole: bool,
        captured: &mut Captured,
        then: Then<'_, 'f, 't>,
    ) -> bool {
        let Some((item, rest)) = items.split_first() else {
            let is_last = !is_whole || !self.siblings(among).any(|(_, is_named)| is_named);
            return !is_last || then(self, captured);
        };
        let goes_on = self.item(item, among.clone(), captured, &mut |matching, after, captured| {
            if matches!(item.times, Times::One | Times::Optional) {
                return matching.items(rest, after, is_whole, captured, then);
            }
            // The same any number of times more, then the rest.
            let more = Item { times: Times::Any, gap: Gap::Nothing, ..item.clone() };
            let items: Vec<Item> = std::iter::once(more).chain(rest.iter().cloned()).collect();
            matching.items(&items, after, is_whole, captured, then)
        });
        let is_needless = matches!(item.times, Times::Optional | Times::Any);
        goes_on && (!is_needless || self.items(rest, among, is_whole, captured, then))
    }

    /// Finds a child among siblings, and goes on behind it.
    fn item(
        &mut self,
        item: &Item,
        among: Siblings,
        captured: &mut Captured,
        then: &mut dyn FnMut(&mut Self, Siblings, &mut Captured) -> bool,
    ) -> bool {
        let end = among.end;
        for (at, is_named) in self.siblings(among) {
            let behind = self.flat.ends[at as usize]..end;
            for shape in &item.one_of {
                let goes_on = self.node(shape, &item.captures, at, captured, &mut |matching, captured| {
                    then(matching, behind.clone(), captured)
                });
                if !goes_on {
                    return false;
                }
            }
            if item.gap == Gap::Nothing || item.gap == Gap::Unnamed && is_named {
                break;
            }
        }
        true
    }

    /// Siblings, and whether they are named.
    fn siblings(&self, among: Siblings) -> impl Iterator<Item = (u32, bool)> + use<'f, 't> {
        let flat = self.flat;
        let next = move |at: u32| Some(at).filter(|at| *at < among.end);
        std::iter::successors(next(among.start), move |at| next(flat.ends[*at as usize]))
            .map(|at| (at, flat.is_named[at as usize]))
    }
}

/// Reads the text of a query.
struct Reader<'q> {
    rest: &'q str,
    language: &'q Language,
    names: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn at_end(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty()
    }

    /// Takes a sign, if it comes next.
    fn takes(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(sign);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn comes(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.starts_with(sign)
    }

    fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// A pattern at the top: a node, or siblings in brackets of their own.
    fn pattern(&mut self) -> Option<Vec<Item>> {
        let before = self.rest;
        if self.takes('(') && (self.comes('(') || self.comes('[')) {
            let mut without = Vec::new();
            let (items, is_whole) = self.children(&mut without)?;
            // Captures of siblings as a whole have no node.
            let is_plain = !is_whole
                && without.is_empty()
                && !["@", "?", "*", "+"].iter().any(|s| self.rest.trim_start().starts_with(s));
            return Some(items).filter(|items| is_plain && items.first().is_some_and(|i| i.times == Times::One));
        }
        self.rest = before;
        let item = self.item(Gap::Any)?;
        (item.times == Times::One).then(|| vec![item])
    }

    /// Children up to the closing bracket, and whether nothing may come after them; fields that must not be there.
    fn children(&mut self, without: &mut Vec<u16>) -> Option<(Vec<Item>, bool)> {
        let mut items = Vec::new();
        let mut is_next = false;
        loop {
            if self.takes(')') {
                return Some((items, is_next));
            }
            if self.takes('.') {
                is_next = true;
                continue;
            }
            if self.takes('!') {
                let field = self.word()?;
                without.push(self.language.field_id_for_name(&field)?.get());
                continue;
            }
            items.push(self.item(if is_next { Gap::Unnamed } else { Gap::Any })?);
            is_next = false;
        }
    }

    /// A node or a choice of them, with how often it comes and what it is called.
    fn item(&mut self, gap: Gap) -> Option<Item> {
        let field = self.field()?;
        let mut one_of = self.one_of()?;
        for shape in one_of.iter_mut().filter(|_| field != 0) {
            // Two fields for one node: left to those who know what that means.
            if shape.field != 0 {
                return None;
            }
            shape.field = field;
        }
        let mut item = Item { gap, times: Times::One, one_of, captures: Vec::new() };
        loop {
            let times = match self.rest.trim_start().chars().next() {
                Some('?') => Times::Optional,
                Some('*') => Times::Any,
                Some('+') => Times::Some,
                Some('@') => {
                    self.takes('@');
                    let name = self.name()?;
                    item.captures.push(name);
                    continue;
                }
                _ => return Some(item),
            };
            self.rest = &self.rest.trim_start()[1..];
            if item.times != Times::One {
                return None;
            }
            item.times = times;
        }
    }

    /// A node, or several of which one is enough, in brackets.
    fn one_of(&mut self) -> Option<Vec<Shape>> {
        if !self.takes('[') {
            return self.shape().map(|shape| vec![shape]);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut all = Vec::new();
        while !self.takes(']') {
            let field = self.field()?;
            let mut some = self.one_of()?;
            if field != 0 {
                some.iter_mut().for_each(|shape| shape.field = field);
            }
            while self.takes('@') {
                let name = self.name()?;
                some.iter_mut().for_each(|shape| shape.captures.push(name));
            }
            all.extend(some);
        }
        self.depth -= 1;
        Some(all)
    }

    /// `name:` before a node; 0 when there is none.
    fn field(&mut self) -> Option<u16> {
        let before = self.rest;
        if let Some(word) = self.word()
            && let Some(after) = self.rest.strip_prefix(':')
        {
            self.rest = after;
            return self.language.field_id_for_name(&word).map(std::num::NonZero::get);
        }
        self.rest = before;
        Some(0)
    }

    /// The number of a capture's name.
    fn name(&mut self) -> Option<u16> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let at = self.names.iter().position(|n| n == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u16::try_from(at).ok().filter(|_| !name.is_empty())
    }

    fn shape(&mut self) -> Option<Shape> {
        let plain = |kind| Shape {
            kind,
            field: 0,
            without: Vec::new(),
            children: Vec::new(),
            is_whole: false,
            captures: Vec::new(),
        };
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('"') {
            let (text, after) = super::predicates::string(self.rest)?;
            self.rest = after;
            return self.kind(&text, false).map(plain);
        }
        if !self.takes('(') {
            return (self.word()? == "_").then(|| plain(Kind::Any));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let word = self.word()?;
        let mut shape = plain(if word == "_" { Kind::Named } else { self.kind(&word, true)? });
        (shape.children, shape.is_whole) = self.children(&mut shape.without)?;
        // `(a .)` asks for something that has no child to be the last.
        if shape.is_whole && shape.children.is_empty() {
            return None;
        }
        self.depth -= 1;
        Some(shape)
    }

    fn kind(&self, name: &str, is_named: bool) -> Option<Kind> {
        let id = self.language.id_for_node_kind(name, is_named);
        if id == 0 || id == ERROR || matches!(name, "ERROR" | "MISSING") {
            return None;
        }
        let mut kinds = Vec::new();
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if !self.language.node_kind_is_supertype(id) {
                kinds.push(id);
                continue;
            }
            let below = self.language.subtypes_for_supertype(id);
            if below.is_empty() || kinds.len() > 1_000 {
                return None;
            }
            waiting.extend(below);
        }
        kinds.sort_unstable();
        kinds.dedup();
        Some(Kind::OneOf(kinds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tree_sitter::{Parser, Query, QueryCursor, StreamingIterator};

    const TEXT: &str = r#"
        class Shop { @Get("/a") @Post(value = "/b") void sell(String a, int b) { log(a); /* c */ client.get("/x", a, b).run(); } }
        interface Empty { }
        class Broken { void f( { client.get( ; } }
    "#;

    /// Pattern, and the text of each capture, as both ways of matching see them.
    fn matches(query: &str) -> (Vec<String>, Vec<String>) {
        let language: Language = tree_sitter_java::LANGUAGE.into();
        let mut parser = Parser::new();
        parser.set_language(&language).expect("the grammar fits");
        let tree = parser.parse(TEXT, None).expect("a tree");
        let said = |pattern: usize, captured: &mut dyn Iterator<Item = (&str, Node<'_>)>| {
            let mut all: Vec<String> =
                captured.map(|(n, c)| format!("{n}={}@{}", &TEXT[c.byte_range()], c.start_byte())).collect();
            all.sort();
            format!("{pattern} {}", all.join(" "))
        };
        let mut own = Vec::new();
        let patterns = Patterns::of(query, &language).unwrap_or_else(|| panic!("{query} is understood"));
        let is_done = patterns.each(&Flat::of(&tree), &mut |pattern, captured| {
            own.push(said(pattern, &mut captured.iter().copied()));
            true
        });
        assert!(is_done);
        let theirs_query = Query::new(&language, query).expect("a query");
        let names = theirs_query.capture_names();
        let mut cursor = QueryCursor::new();
        let mut found = cursor.matches(&theirs_query, tree.root_node(), TEXT.as_bytes());
        let mut theirs = Vec::new();
        while let Some(one) = found.next() {
            let mut captured = one.captures().iter().map(|c| (names[c.index as usize], c.node));
            theirs.push(said(one.pattern_index, &mut captured));
        }
        own.sort();
        theirs.sort();
        theirs.dedup();
        (own, theirs)
    }

    #[test]
    fn queries_mean_what_they_mean_to_tree_sitter() {
        for query in [
            "(class_declaration name: (identifier) @name)",
            "(class_declaration name: (_) @name body: (class_body (method_declaration name: (identifier) @method)))",
            "(annotation name: (identifier) @a arguments: (annotation_argument_list (string_literal) @path))",
            "(annotation arguments: (annotation_argument_list [(string_literal) @path (element_value_pair key: (_) @key value: (string_literal) @path)]))",
            "(method_invocation object: (_) @on name: (identifier) @name arguments: (argument_list . (string_literal) @first))",
            "(method_invocation arguments: (argument_list (_) @any))",
            "(method_invocation arguments: (argument_list (identifier) @last .))",
            "(method_invocation !object name: (identifier) @alone)",
            "(argument_list . (string_literal) @a . (identifier) @b (identifier)? @c)",
            "(formal_parameters (formal_parameter type: (_) @type name: (identifier) @name)* @all)",
            "(modifiers (annotation)+ @all)",
            "(modifiers (annotation) @one . (annotation) @two)",
            "((class_declaration) @a . (interface_declaration name: (_) @b))",
            "[(class_declaration) (interface_declaration)] @either",
            "(block . (expression_statement) @first)",
            "(block (block_comment) @c . (_) @behind)",
            "(block _ @any)",
            "\"class\" @word (class_declaration \"class\" @word name: (_) @name)",
            "(expression_statement (_ (_) @deep))",
            "(class_body (method_declaration body: (block [[(expression_statement) (if_statement)] @inner (return_statement) @r])))",
            "(ternary_expression) @none",
        ] {
            let (own, theirs) = matches(query);
            assert_eq!(own, theirs, "{query}");
            assert_eq!(theirs.is_empty(), query.ends_with("@none"), "{query} tells something");
        }
    }

    #[test]
    fn what_is_not_understood_is_left_to_others() {
        let language: Language = tree_sitter_java::LANGUAGE.into();
        for query in
            ["(nothing_of_this_name)", "(ERROR) @e", "((identifier) @a)+", "(identifier", "(identifier) (#foo? @a)"]
        {
            assert!(Patterns::of(query, &language).is_none(), "{query}");
        }
    }
}
