//! The walk over a syntax tree: one loop that finds definitions, counts complexity and hands imports on.

use tree_sitter::{Node, Tree, TreeCursor};

use super::calls;
use super::describe::{self, Described, Visibility};
use super::docs;
use super::imports;
use super::language::{Id, Language, SymbolKind, role};
use super::mentions;
use crate::file::{FileInput, FileKind};
use crate::rows::SourceRows;
use sightline_facts::tables::symbols::SymbolRow;

/// No symbol.
const NONE: u32 = u32::MAX;
/// Definitions nested deeper than this are not told apart: no person wrote them, and their names would grow without end.
const MAX_SYMBOL_DEPTH: u32 = 64;
/// Longest container name.
const MAX_CONTAINER: usize = 1_000;

/// A piece of the text, in bytes.
pub(super) type Span = std::ops::Range<usize>;

/// A definition that was met; its complexity grows until the walk leaves it.
#[derive(Debug)]
pub(super) struct Symbol {
    pub(super) kind: SymbolKind,
    pub(super) name: Span,
    /// Text that names a scope between the enclosing symbol and this one.
    pub(super) scope: Span,
    pub(super) parent: u32,
    pub(super) depth: u32,
    pub(super) lines: (usize, usize),
    /// All of it.
    pub(super) span: Span,
    pub(super) doc: Span,
    pub(super) parameters: Span,
    pub(super) n_parameters: i64,
    pub(super) visibility: Visibility,
    pub(super) is_test: bool,
    pub(super) is_measured: bool,
    /// Visibility of members that say nothing, changed by `private` and the like.
    pub(super) inside: Visibility,
    cyclomatic: i64,
    cognitive: i64,
    nesting: i64,
}

impl Symbol {
    /// Whether functions inside are methods. A namespace without a name is a scope and has none.
    pub(super) fn has_members(&self) -> bool {
        self.kind.is_type() && !self.name.is_empty()
    }
}

/// A node between the root and the current one.
#[derive(Debug, Clone, Copy)]
struct Frame {
    role: u32,
    start: usize,
    start_row: usize,
    /// Symbol or scope that this node opened.
    symbol: u32,
    /// The function that counting goes to inside this node, and how deep it is nested there.
    function: u32,
    nesting: i64,
    /// Frame, counted from 1, at which the logical expression starts.
    logical: u32,
    /// The operator last seen in the logical expression that starts here.
    operator: u16,
}

/// A run of comment lines that may document what follows.
#[derive(Debug, Clone, Copy, Default)]
struct Comment {
    start: usize,
    end: usize,
    end_row: usize,
    /// Where attributes between comment and definition begin and end.
    attributes: (usize, usize),
    is_set: bool,
}

/// Buffers that are reused from file to file.
#[derive(Debug, Default)]
pub(super) struct State {
    symbols: Vec<Symbol>,
    frames: Vec<Frame>,
    container: String,
    text: String,
}

/// What the parser did not understand.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Errors {
    pub(super) bytes: usize,
    pub(super) first_line: usize,
}

struct Walk<'a, 'b> {
    language: &'static Language,
    file: &'b FileInput<'a>,
    rows: &'b mut SourceRows,
    state: &'b mut State,
    /// Innermost open symbol or scope.
    symbol: u32,
    function: u32,
    nesting: i64,
    after_else: bool,
    comment: Comment,
    errors: Errors,
    errors_end: usize,
}

/// Reads one tree and appends its rows in the order of the text.
pub(super) fn walk(
    language: &'static Language,
    file: &FileInput<'_>,
    tree: &Tree,
    state: &mut State,
    rows: &mut SourceRows,
) -> Errors {
    state.symbols.clear();
    state.frames.clear();
    let mut walk = Walk {
        language,
        file,
        rows,
        state,
        symbol: NONE,
        function: NONE,
        nesting: 0,
        after_else: false,
        comment: Comment::default(),
        errors: Errors::default(),
        errors_end: 0,
    };
    walk.run(tree.walk());
    walk.finish();
    walk.errors
}

impl Walk<'_, '_> {
    fn run(&mut self, mut cursor: TreeCursor<'_>) {
        loop {
            let node = cursor.node();
            let number = node.kind_id();
            let role = self.language.role(number);
            let (symbol, function, nesting) = (self.symbol, self.function, self.nesting);
            let mut frame = Frame {
                role,
                start: node.start_byte(),
                start_row: 0,
                symbol: NONE,
                function,
                nesting,
                logical: 0,
                operator: 0,
            };
            let mut descend = true;
            if role == 0 {
                self.after_else = false;
            } else {
                descend = self.enter(node, number, role, &mut frame);
            }
            if descend && cursor.goto_first_child() {
                // What was open outside comes back when the walk leaves the node.
                frame.function = function;
                frame.nesting = nesting;
                let opened = if self.symbol == symbol { NONE } else { self.symbol };
                frame.symbol = opened;
                self.state.frames.push(frame);
                continue;
            }
            (self.symbol, self.function, self.nesting) = (symbol, function, nesting);
            loop {
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
                let Some(frame) = self.state.frames.pop() else { return };
                self.function = frame.function;
                self.nesting = frame.nesting;
                if frame.symbol != NONE {
                    self.symbol = self.state.symbols.get(frame.symbol as usize).map_or(NONE, |s| s.parent);
                }
            }
        }
    }

    /// Does what the role asks for; says whether to look inside.
    fn enter(&mut self, node: Node<'_>, number: u16, role: u32, frame: &mut Frame) -> bool {
        if role & role::COMMENT != 0 {
            self.comment(node);
            return false;
        }
        let after_else = std::mem::take(&mut self.after_else);
        if role & role::ERROR != 0 {
            self.error(node);
        }
        if role & role::ATTRIBUTE != 0 {
            self.attribute(node);
            return false;
        }
        if role & (role::LOGICAL | role::BRACKETS) != 0 {
            let outer = self.state.frames.last().map_or(0, |f| f.logical);
            let own = u32::try_from(self.state.frames.len() + 1).unwrap_or(u32::MAX);
            frame.logical = if outer == 0 && role & role::LOGICAL != 0 { own } else { outer };
        }
        if role & role::WRAP != 0 {
            frame.start_row = node.start_position().row;
        }
        if self.function != NONE {
            self.count(node, number, role, after_else);
        }
        if role & (role::CALL | role::ACCESS) != 0 && !self.call(node, role) {
            return false;
        }
        if role & role::IMPORT != 0 {
            let is_done = imports::read(self.language, self.file, node, self.rows);
            if is_done {
                return false;
            }
        }
        if role & role::SCOPE != 0 {
            let described = describe::scope(self.language, self.file.text, node);
            self.open(node, described, None);
        } else if role & role::SYMBOL != 0 {
            let kind = self.language.kinds[usize::from(number)];
            let frames = &self.state.frames;
            // A constant lies one level below the statement that exports it.
            let is_wrapped = frames.iter().rev().take(2).any(|f| f.role & role::WRAP != 0 && f.symbol == NONE);
            let enclosing = self.enclosing();
            let described = describe::symbol(self.language, self.file.text, node, kind, enclosing, is_wrapped);
            if let Some(described) = described {
                self.open(node, described, None);
            }
        }
        role & role::LEAF == 0
    }

    fn enclosing(&self) -> Option<&Symbol> {
        self.state.symbols.get(self.symbol as usize)
    }

    /// Counts what a node adds to the function around it.
    fn count(&mut self, node: Node<'_>, number: u16, role: u32, after_else: bool) {
        let frames = &mut self.state.frames;
        let Some(function) = self.state.symbols.get_mut(self.function as usize) else { return };
        if role & role::OPERATOR != 0 {
            let Some(parent) = frames.last() else { return };
            let start = parent.logical;
            if parent.role & role::LOGICAL == 0 || start == 0 || !is_logical(self.language.id, node, self.file.text) {
                return;
            }
            function.cyclomatic += 1;
            // A grammar that has one node for all operators is told apart by the operator's first byte.
            let mark = number ^ u16::from(self.file.text.as_bytes().get(node.start_byte()).copied().unwrap_or(0)) << 8;
            if let Some(first) = frames.get_mut(start as usize - 1)
                && first.operator != mark
            {
                first.operator = mark;
                function.cognitive += 1;
            }
            return;
        }
        if role & role::ELSE != 0 {
            let parent = frames.last().map_or(0, |f| f.role);
            let outer = frames.len().checked_sub(2).and_then(|i| frames.get(i)).map_or(0, |f| f.role);
            let is_wrapped = parent & (role::IF | role::STRUCTURE | role::NO_ELSE | role::FLAT) == 0;
            if parent & role::NO_ELSE == 0 && !(is_wrapped && outer & role::NO_ELSE != 0) {
                function.cognitive += 1;
                self.after_else = true;
            }
            return;
        }
        if role & role::CASE != 0 {
            let text = &self.file.text[node.byte_range()];
            if !self.language.default_cases.iter().any(|d| text.starts_with(d.as_str())) {
                function.cyclomatic += 1;
            }
        }
        if role & role::DECISION != 0 {
            function.cyclomatic += 1;
        }
        if role & role::FLAT != 0 {
            function.cognitive += 1;
        }
        if role & role::JUMP != 0 && describe::names_label(self.language.id, &self.file.text[node.byte_range()]) {
            function.cognitive += 1;
        }
        if role & role::STRUCTURE != 0 && !(role & role::IF != 0 && after_else) {
            function.cognitive += 1 + self.nesting;
            self.nesting += 1;
            function.nesting = function.nesting.max(self.nesting);
        } else if role & role::LAMBDA != 0 {
            // The function that a constant is given is the definition itself and no step deeper.
            let is_definition = frames.last().is_some_and(|f| f.symbol != NONE && f.symbol == self.function);
            if !is_definition {
                self.nesting += 1;
            }
        }
    }

    /// Calls that define, import or change something; says whether to look inside.
    fn call(&mut self, node: Node<'_>, role: u32) -> bool {
        let text = self.file.text;
        match calls::read(self.language, text, node, role) {
            calls::Call::Plain => true,
            calls::Call::Import(target, row, end_row) => {
                imports::push(self.file, target, row, end_row, self.rows);
                false
            }
            calls::Call::Imports => {
                imports::elixir(self.file, node, self.rows);
                false
            }
            calls::Call::Visibility(visibility) => {
                if let Some(open) = self.state.symbols.get_mut(self.symbol as usize) {
                    open.inside = visibility;
                }
                true
            }
            calls::Call::Hide(name, visibility) => {
                let parent = self.symbol;
                for symbol in self.state.symbols.iter_mut().rev().take(200) {
                    if symbol.parent == parent && text.get(symbol.name.clone()) == text.get(name.clone()) {
                        symbol.visibility = visibility;
                        break;
                    }
                }
                true
            }
            calls::Call::Doc(span) => {
                let row = node.end_position().row;
                self.comment =
                    Comment { start: span.start, end: span.end, end_row: row, is_set: true, ..Comment::default() };
                false
            }
            calls::Call::ModuleDoc(span) => {
                if let Some(open) = self.state.symbols.get_mut(self.symbol as usize) {
                    open.doc = span;
                }
                false
            }
            calls::Call::Between => {
                if self.comment.is_set {
                    self.comment.end_row = node.end_position().row;
                }
                false
            }
            calls::Call::Define(described) => {
                let doc = self.comment.is_set.then_some(self.comment.start..self.comment.end);
                self.comment.is_set = false;
                self.open(node, *described, Some(doc.unwrap_or_default()));
                true
            }
            calls::Call::Structure(paths) => {
                if let Some(function) = self.state.symbols.get_mut(self.function as usize) {
                    function.cyclomatic += paths;
                    function.cognitive += 1 + self.nesting;
                    self.nesting += 1;
                    function.nesting = function.nesting.max(self.nesting);
                }
                true
            }
        }
    }

    /// Opens a definition or scope: what follows until the node ends lies inside it.
    fn open(&mut self, node: Node<'_>, described: Described, doc: Option<Span>) {
        let parent = self.symbol;
        let depth = self.enclosing().map_or(0, |s| s.depth + 1);
        if depth > MAX_SYMBOL_DEPTH {
            return;
        }
        let text = self.file.text;
        let mut start = node.start_byte();
        let mut start_row = node.start_position().row;
        for frame in self.state.frames.iter().rev() {
            if frame.role & role::WRAP == 0 {
                break;
            }
            (start, start_row) = (frame.start, frame.start_row);
        }
        let end = node.end_position();
        let end_row = if end.column == 0 && end.row > start_row { end.row - 1 } else { end.row };
        let is_scope = described.kind == SymbolKind::Scope;
        let (mut doc_span, mut attributes) = (0..0, 0..0);
        if !is_scope {
            if self.comment.is_set && self.comment.end_row + 1 >= start_row && self.comment.end <= start {
                doc_span = self.comment.start..self.comment.end;
                attributes = self.comment.attributes.0..self.comment.attributes.1;
            }
            self.comment.is_set = false;
        }
        if let Some(doc) = doc {
            doc_span = doc;
        }
        if self.language.id == Id::Python {
            doc_span = describe::docstring(self.language, node).unwrap_or_default();
        }
        let above = self.enclosing();
        let is_measured = described.kind.is_function() && described.is_measured;
        let mut kind = described.kind;
        let name = text.get(described.name.clone()).unwrap_or_default();
        if kind.is_function() {
            // A module of Ruby has methods as a class has.
            let in_module = self.language.id == Id::Ruby && above.is_some_and(|a| a.kind == SymbolKind::Module);
            let in_type = in_module || above.is_some_and(Symbol::has_members) || !described.scope.is_empty();
            if kind == SymbolKind::Function && (in_type || described.is_method) {
                kind = SymbolKind::Method;
            }
            let constructors = &self.language.constructors;
            let is_type_name = self.language.id == Id::Cpp
                && (above.is_some_and(|a| text.get(a.name.clone()) == Some(name))
                    || text.get(described.scope.clone()).is_some_and(|s| s.rsplit("::").next() == Some(name)));
            if kind == SymbolKind::Method && (constructors.iter().any(|c| c == name) || is_type_name) {
                kind = SymbolKind::Constructor;
            }
        }
        let is_local = above.is_some_and(|a| a.kind.is_function()) && kind == SymbolKind::Function;
        let visibility = if is_local {
            Visibility::Private
        } else {
            described.visibility.unwrap_or_else(|| above.map_or(Visibility::Public, |a| a.inside))
        };
        let is_test = self.file.kind == FileKind::Test
            || above.is_some_and(|a| a.is_test)
            || describe::is_test(self.language, text, name, start..described.name.start, attributes);
        let place = u32::try_from(self.state.symbols.len()).unwrap_or(NONE);
        self.state.symbols.push(Symbol {
            kind,
            name: described.name,
            scope: described.scope,
            parent,
            depth,
            lines: (start_row + 1, end_row + 1),
            span: start..node.end_byte(),
            doc: doc_span,
            parameters: described.parameters,
            n_parameters: described.n_parameters,
            visibility,
            is_test,
            is_measured,
            inside: described.inside,
            cyclomatic: 1,
            cognitive: 0,
            nesting: 0,
        });
        self.symbol = place;
        if is_measured {
            self.function = place;
            self.nesting = 0;
        } else if kind.is_type() {
            // Methods of a class inside a function have their own count; its fields have none.
            self.nesting = 0;
            self.function = NONE;
        }
    }

    fn comment(&mut self, node: Node<'_>) {
        let text = self.file.text;
        let span = node.byte_range();
        let body = text.get(span.clone()).unwrap_or_default();
        if !self.language.doc_comments.iter().any(|d| body.starts_with(d.as_str())) {
            return;
        }
        let end_byte = span.start + body.trim_end().len();
        let row = node.start_position().row;
        let end = node.end_position();
        let end_row = if end.column == 0 && end.row > row { end.row - 1 } else { end.row };
        let is_block = body.starts_with("/*");
        let goes_on = self.comment.is_set
            && !is_block
            && row == self.comment.end_row + 1
            && text.get(self.comment.end..span.start).is_some_and(|t| t.trim().is_empty());
        if goes_on {
            self.comment.end = end_byte;
            self.comment.end_row = end_row;
            return;
        }
        // A comment behind code describes that code.
        let before = &text.as_bytes()[..span.start];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
        if !is_block && !before[line_start..].trim_ascii().is_empty() {
            self.comment.is_set = false;
            return;
        }
        self.comment = Comment { start: span.start, end: end_byte, end_row, attributes: (0, 0), is_set: true };
    }

    fn attribute(&mut self, node: Node<'_>) {
        let (row, end_row) = (node.start_position().row, node.end_position().row);
        let (start, end) = (node.start_byte(), node.end_byte());
        if self.comment.is_set && self.comment.end_row + 1 >= row {
            if self.comment.attributes == (0, 0) {
                self.comment.attributes.0 = start;
            }
        } else {
            self.comment = Comment { start, end: start, end_row, attributes: (start, end), is_set: true };
        }
        self.comment.attributes.1 = end;
        self.comment.end_row = end_row;
    }

    fn error(&mut self, node: Node<'_>) {
        let (start, end) = (node.start_byte().max(self.errors_end), node.end_byte());
        if self.errors.first_line == 0 {
            self.errors.first_line = node.start_position().row + 1;
        }
        self.errors.bytes += end.saturating_sub(start);
        self.errors_end = self.errors_end.max(end);
    }

    /// Appends the rows, now that every count is complete.
    fn finish(&mut self) {
        let State { symbols, container, text: buffer, .. } = &mut *self.state;
        let text = self.file.text;
        let line = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        if matches!(self.language.id, Id::JavaScript | Id::TypeScript | Id::Tsx) {
            describe::exports(text, symbols);
        }
        for symbol in symbols.iter() {
            let name = text.get(symbol.name.clone()).unwrap_or_default();
            if symbol.kind == SymbolKind::Scope || name.is_empty() || name.contains('\n') {
                continue;
            }
            container_name(symbols, symbol, text, container);
            buffer.clear();
            let doc = text.get(symbol.doc.clone()).unwrap_or_default();
            docs::first_sentence(doc, buffer);
            let doc_end = buffer.len();
            let parameters = text.get(symbol.parameters.clone()).unwrap_or_default();
            describe::fold(parameters, 300, buffer);
            let parameters_end = buffer.len();
            // What a function inside a function calls, the outer one does.
            let is_inner = symbols.get(symbol.parent as usize).is_some_and(|p| p.kind.is_function());
            if !is_inner && !symbol.is_test && (symbol.kind.is_function() || symbol.is_measured) {
                mentions::names(self.language.id, text.get(symbol.span.clone()).unwrap_or_default(), buffer);
            }
            let (doc, rest) = buffer.split_at(doc_end);
            let (parameters, calls) = rest.split_at(parameters_end - doc_end);
            self.rows.symbols.push(&SymbolRow {
                repo: self.file.repo,
                commit: self.file.commit,
                path: self.file.path,
                line_start: line(symbol.lines.0),
                line_end: line(symbol.lines.1),
                language: self.file.language.unwrap_or_default(),
                kind: symbol.kind.word(),
                name,
                container: (!container.is_empty()).then_some(container.as_str()),
                visibility: symbol.visibility.word(),
                doc: (!doc.is_empty()).then_some(doc),
                parameters: (!parameters.is_empty()).then_some(parameters),
                n_parameters: symbol.n_parameters,
                calls: (!calls.is_empty()).then_some(calls),
                cyclomatic: symbol.is_measured.then_some(symbol.cyclomatic),
                cognitive: symbol.is_measured.then_some(symbol.cognitive),
                nesting: symbol.is_measured.then_some(symbol.nesting),
                is_test: symbol.is_test,
                ..SymbolRow::default()
            });
        }
    }
}

/// Whether an operator node that stands for any operator is a logical one.
fn is_logical(id: Id, node: Node<'_>, text: &str) -> bool {
    id != Id::Scala || matches!(text.get(node.byte_range()), Some("&&" | "||"))
}

/// The names of the enclosing symbols, outermost first.
fn container_name(symbols: &[Symbol], symbol: &Symbol, text: &str, into: &mut String) {
    into.clear();
    let mut chain: [u32; MAX_SYMBOL_DEPTH as usize + 2] = [NONE; MAX_SYMBOL_DEPTH as usize + 2];
    let mut n = 0;
    let mut at = symbol.parent;
    while at != NONE && n < chain.len() {
        chain[n] = at;
        n += 1;
        at = symbols.get(at as usize).map_or(NONE, |s| s.parent);
    }
    let mut add = |span: &Span| {
        for part in text.get(span.clone()).unwrap_or_default().split("::").flat_map(|p| p.split('\\')) {
            let part = part.trim();
            if !part.is_empty() && into.len() + part.len() < MAX_CONTAINER {
                if !into.is_empty() {
                    into.push('.');
                }
                into.push_str(part);
            }
        }
    };
    for place in chain[..n].iter().rev() {
        if let Some(outer) = symbols.get(*place as usize) {
            add(&outer.scope);
            add(&outer.name);
        }
    }
    add(&symbol.scope);
}
