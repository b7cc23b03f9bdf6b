//! Detectors: rules as data that say what we can recognise, run over each file in the reader's single pass.
//!
//! A rule of `rules/<family>/<id>.toml` names files or languages, one or more matches (a tree-sitter query on code, a
//! path through a tree of settings, a regular expression on lines), and the row of `signals` that a match gives. A
//! user's own rules go through the same loader. Before anything is parsed for a rule, the file must hold one of the
//! rule's literal words: one automaton per language finds all words of all rules in one pass over the text.

mod compose;
mod ddl;
mod format;
mod hcl;
mod lines;
mod pattern;
mod predicates;
mod query;
mod ready;
mod reference;
mod rule;
mod signal;
mod structure;

use std::cell::OnceCell;
use std::sync::OnceLock;
use std::time::Duration;

use sightline_facts::Diagnostic;
use sightline_facts::tables::signals::SignalRow;
use tree_sitter::{QueryCursor, Tree};

use crate::classify::classify;
use crate::code::{CodeReader, Id};
use crate::file::{FileInput, FileKind};
use crate::manifests::lines::LineTable;
use crate::manifests::tree::Node;
use crate::rows::SourceRows;
use format::Format;
use query::{Constants, Reading};
use ready::Ready;
use rule::{How, Lookup, Match};
use signal::{Captures, Column, Seen};

pub use reference::reference;
pub use rule::Rule;

mod room {
    //! The data room, as the build script listed it.
    include!(concat!(env!("OUT_DIR"), "/detectors.rs"));
}

/// Raised when the same rule gives other rows for the same bytes.
pub const VERSION: u32 = 7;

/// Matches of one pattern in one file; more is data in the guise of settings or code.
const MAX_MATCHES: usize = 2_000;
/// Bytes at the start of a file that decide what it is.
const HEAD: usize = 8_000;
/// Largest file that is read as a tree or by lines.
const MAX_BYTES: usize = 4 << 20;

/// What in `rules/` is no detector.
const OTHER_ROOMS: [&str; 6] = [
    "rules/languages/",
    "rules/catalogue/",
    "rules/files.toml",
    "rules/bots.toml",
    "rules/issue-keys.toml",
    "rules/statuses.toml",
];

/// Why a rule did not see all of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Note {
    TooMany,
    TooSlow,
}

/// What decides at which files one of our detectors looks.
#[derive(Debug)]
struct Head {
    id: &'static str,
    languages: &'static [&'static str],
    files: &'static [&'static str],
    /// It has more than queries on code.
    looks_at_text: bool,
    is_retired: bool,
}

/// All rules; shared by all threads.
#[derive(Debug)]
pub struct Detectors {
    hash: String,
    /// Made for the first file: a scan that finds nothing new only has to know that the rules are those of before.
    ready: OnceLock<Ready>,
}

impl Detectors {
    /// Our rules and a user's own (`extra`: file name and text).
    ///
    /// # Errors
    /// A message about the first rule that is wrong. Queries of a user's rules are tried here, ours by a test.
    pub fn new(extra: &[(String, String)]) -> Result<Self, Box<Diagnostic>> {
        // A workspace at the root of a copy of this repository holds our rules, and beside them other knowledge.
        let is_own = |file: &str, text: &str| {
            OTHER_ROOMS.iter().any(|room| file.starts_with(room)) || room::DETECTORS.contains(&(file, text))
        };
        let users = extra.iter().map(|(file, text)| (file.as_str(), text.as_str())).filter(|(f, t)| !is_own(f, t));
        let users: Vec<(&str, &str)> = users.collect();
        if users.is_empty() {
            return Ok(Self { hash: hash_of(room::DETECTORS), ready: OnceLock::new() });
        }
        let detectors = Self::only(&[room::DETECTORS, &users].concat())?;
        for (file, _) in users {
            detectors.rules().into_iter().filter(|r| r.file == file).try_for_each(check_queries)?;
        }
        Ok(detectors)
    }

    /// Makes ready for the first file; also reads all rules where so many files will come that all are needed.
    pub fn prepare(&self, for_all_files: bool) {
        let ready = self.ready();
        if for_all_files {
            ready.rules();
        }
    }

    fn ready(&self) -> &Ready {
        self.ready.get_or_init(Ready::ours)
    }

    /// These rules alone.
    ///
    /// # Errors
    /// A message about the first rule that is wrong.
    pub fn only(files: &[(&str, &str)]) -> Result<Self, Box<Diagnostic>> {
        let ready = OnceLock::from(Ready::of_rules(rule::all(files.iter().copied())?));
        Ok(Self { hash: hash_of(files), ready })
    }

    /// Compiles the queries and expressions of all rules, which a scan only does for rules whose words it meets.
    ///
    /// # Errors
    /// A message about the first query that does not fit its grammar.
    pub fn check(&self) -> Result<(), Box<Diagnostic>> {
        self.rules().into_iter().try_for_each(check_queries)
    }

    /// File and text of each of our rules.
    pub fn ours() -> &'static [(&'static str, &'static str)] {
        room::DETECTORS
    }

    /// The rules by id.
    pub fn rules(&self) -> Vec<&Rule> {
        self.ready().rules()
    }

    /// Changes when any rule does.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What a scan spends once on the queries of each rule, by language: on those that it runs first, and on those of what
    /// is around a match.
    pub fn costs(&self) -> Vec<(&Rule, String, Duration, Duration)> {
        let ready = self.ready();
        let cost = |(id, rule): (Id, usize)| {
            let rule = ready.rule(rule);
            let (first, around) = query::cost(&query::compile(rule, id));
            (rule, format!("{id:?}"), first, around)
        };
        ready.queries().into_iter().map(cost).collect()
    }
}

/// A hash of rules by their texts.
fn hash_of(files: &[(&str, &str)]) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(&VERSION.to_le_bytes());
    for (_, text) in files {
        hash.update(text.as_bytes()).update(b"\0");
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// Compiles all queries and expressions of a rule.
fn check_queries(rule: &Rule) -> Result<(), Box<Diagnostic>> {
    if let Err(why) = rule.compile() {
        let message = format!("an expression of detector `{}` does not compile", rule.id);
        let mut diagnostic = Diagnostic::at("detector-wrong-value", message, &rule.file, &rule.text, 0..0);
        diagnostic.note = Some(why.replace('\n', " "));
        return Err(Box::new(diagnostic));
    }
    for id in &rule.ids {
        if let Err((offset, why)) = query::check(rule, *id) {
            let span = rule.matches.iter().map(|m| m.span.clone()).find(|s| s.len() > offset).unwrap_or(0..0);
            let at = (span.start + 3 + offset).min(span.end);
            let message = format!("a query of detector `{}` does not fit the grammar of {id:?}", rule.id);
            let mut diagnostic = Diagnostic::at("detector-query", message, &rule.file, &rule.text, at..at + 1);
            diagnostic.note = Some(why.replace('\n', " "));
            return Err(Box::new(diagnostic.help("`tree-sitter parse` shows the nodes of a file and their fields")));
        }
    }
    Ok(())
}

/// Runs the detectors; one per thread, since buffers are reused between files.
pub struct Detector<'d> {
    detectors: &'d Ready,
    cursor: QueryCursor,
    seen: Vec<Seen>,
}

impl std::fmt::Debug for Detector<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector").finish_non_exhaustive()
    }
}

impl<'d> Detector<'d> {
    /// A detector with nothing seen yet.
    pub fn new(detectors: &'d Detectors) -> Self {
        Self { detectors: detectors.ready(), cursor: QueryCursor::new(), seen: Vec::new() }
    }

    /// Looks at a file in every way, with the tree that the reader of code makes of it.
    pub(crate) fn read(&mut self, file: &FileInput<'_>, code: &mut CodeReader, rows: &mut SourceRows) {
        self.file(file, rows);
        if file.language.is_some_and(CodeReader::wants) {
            code.read_with(file, rows, &mut |id, tree, rows| self.code(file, id, tree, rows));
        }
        self.finish(file, rows);
    }

    /// Looks at a file as settings and as lines.
    fn file(&mut self, file: &FileInput<'_>, rows: &mut SourceRows) {
        let detectors = self.detectors;
        if file.text.len() > MAX_BYTES {
            return;
        }
        let mut candidates = detectors.of_text(file.path, file.text);
        candidates.retain(|rule| detectors.rule(*rule).kinds.iter().any(|k| k == file.kind.word()));
        if candidates.is_empty() {
            return;
        }
        let table = LineTable::of(file.text);
        let mut masked: [String; Format::WORDS.len()] = Default::default();
        let mut trees: Vec<(Format, Option<Vec<Node<'_>>>)> = Vec::new();
        let mut buffers = masked.iter_mut();
        for rule in candidates {
            let spec = detectors.rule(rule);
            for one in &spec.matches {
                let note = match &one.how {
                    How::Query { .. } => None,
                    How::Line { .. } => lines::run(one, rule, file.path, file.text, &mut self.seen),
                    How::File { .. } => {
                        lines::run_on_name(one, rule, file.path, file.text, &mut self.seen);
                        None
                    }
                    How::Path { .. } => {
                        let Some(format) = spec.format.or_else(|| Format::of(file.name())) else { continue };
                        let notation = format.notation();
                        if !trees.iter().any(|(f, _)| *f == notation) {
                            let Some(buffer) = buffers.next() else { continue };
                            let tree = notation.read(file.text, buffer).map_err(|broken| {
                                let lines = (broken.line.clamp(1, table.count()), broken.line.clamp(1, table.count()));
                                file.gap(rows, "detect", "syntax", &broken.detail, Some(lines));
                            });
                            trees.push((notation, tree.ok()));
                        }
                        let tree = trees.iter().find(|(f, _)| *f == notation).and_then(|(_, t)| t.as_deref());
                        let tree = tree.filter(|t| format.holds(file.path, t));
                        tree.and_then(|t| settings(one, rule, file.path, t, file.text, &table, &mut self.seen))
                    }
                };
                if let Some(note) = note {
                    gap(file, rows, spec, note);
                }
            }
        }
    }

    /// Looks at the tree of a file of code.
    fn code(&mut self, file: &FileInput<'_>, id: Id, tree: &Tree, rows: &mut SourceRows) {
        let constants = Constants::default();
        let flat = OnceCell::new();
        let reading = Reading { path: file.path, id, tree, flat: &flat, text: file.text, constants: &constants };
        for rule in self.detectors.of_code(id, file.text) {
            let spec = self.detectors.rule(rule);
            let is_asked = spec.places.as_ref().is_none_or(|p| p.is_match(file.path))
                && spec.kinds.iter().any(|k| k == file.kind.word());
            let Some(compiled) = is_asked.then(|| self.detectors.compiled(id, rule)).flatten() else { continue };
            let note = query::run(self.detectors, rule, compiled, &reading, &mut self.cursor, &mut self.seen);
            if let Some(note) = note {
                gap(file, rows, spec, note);
            }
        }
    }

    /// Writes what was seen in a file: by line, then by rule, then by what it says.
    fn finish(&mut self, file: &FileInput<'_>, rows: &mut SourceRows) {
        self.seen.sort();
        self.seen.dedup();
        for seen in self.seen.drain(..) {
            let column = |c: Column| seen.columns.get(&c).map(String::as_str);
            let attributes = (!seen.attributes.is_empty())
                .then(|| serde_json::to_string(&seen.attributes).expect("a map of texts is JSON"));
            rows.signals.push(&SignalRow {
                repo: file.repo,
                commit: file.commit,
                path: file.path,
                line_start: i64::try_from(seen.lines.0).unwrap_or(i64::MAX),
                line_end: i64::try_from(seen.lines.1).unwrap_or(i64::MAX),
                rule: &self.detectors.rule(seen.rule).id,
                kind: column(Column::Kind).unwrap_or_default(),
                name: column(Column::Name),
                value: column(Column::Value),
                target: column(Column::Target),
                method: column(Column::Method),
                http_route: column(Column::HttpRoute),
                messaging_destination: column(Column::MessagingDestination),
                technology: column(Column::Technology),
                scope: column(Column::Scope),
                attributes: attributes.as_deref(),
                basis: column(Column::Basis).unwrap_or_default(),
                seen: &seen.shown,
                ..SignalRow::default()
            });
        }
    }

    /// Forgets what was seen in a file that could not be read to its end.
    pub(crate) fn forget(&mut self) {
        self.seen.clear();
        self.cursor = QueryCursor::new();
    }
}

/// Runs detectors over texts as a scan would, without a repository: for fixture pages and for trying a rule out.
pub fn read_texts<'t>(detectors: &Detectors, files: impl Iterator<Item = (&'t str, &'t str)>) -> SourceRows {
    let mut rows = SourceRows::default();
    let mut detector = Detector::new(detectors);
    let mut code = CodeReader::new();
    for (path, text) in files {
        let classified = classify(path, text.as_bytes().get(..text.len().min(HEAD)).unwrap_or_default(), false);
        let language = classified.language.map(tokei::LanguageType::name);
        let file = FileInput { repo: "page", commit: None, path, text, language, kind: classified.kind };
        if !matches!(file.kind, FileKind::Vendored | FileKind::Generated) {
            detector.read(&file, &mut code, &mut rows);
        }
    }
    rows
}

/// Runs a path through the trees of a file.
fn settings(
    one: &Match,
    rule: usize,
    file: &str,
    trees: &[Node<'_>],
    text: &str,
    table: &LineTable,
    seen: &mut Vec<Seen>,
) -> Option<Note> {
    let How::Path { pattern, loose } = &one.how else { return None };
    let wants_value = one.signal.captures().any(|c| c == "value");
    let wants_path = one.signal.captures().any(|c| c == "path");
    let mut count = 0;
    for root in trees {
        pattern.each(root, *loose, &mut |found| {
            count += 1;
            let Some(node) = found.nodes.last().copied().filter(|_| count <= MAX_MATCHES) else { return };
            let mut captures = Captures::default();
            for (name, key) in &found.keys {
                captures.set(*name, *key);
            }
            if let Some((key, _)) = found.key {
                captures.set("key", key);
            }
            if wants_path {
                captures.set("path", found.path());
            }
            match node.scalar() {
                Some(value) => captures.set("value", value),
                None if wants_value => return,
                None => {}
            }
            for (name, places) in &one.gets {
                if let Some(value) = places.iter().find_map(|p| look_up(p, &found.nodes, *loose)) {
                    captures.set(name.as_str(), value);
                }
            }
            captures.set("in_file", file);
            let in_tree = |place: &Lookup| look_up(place, &found.nodes, *loose).map(str::to_owned);
            if !one.settle(&mut captures, Some(&in_tree)) {
                return;
            }
            let (lines, shown) = shown(found, node, text, table);
            seen.extend(Seen::of(&one.signal, &captures, rule, lines, &shown));
        });
    }
    (count > MAX_MATCHES).then_some(Note::TooMany)
}

/// The lines that a match cites and the text in them: the value where it stands there as it is, else its key.
fn shown(found: &pattern::Found<'_, '_>, node: &Node<'_>, text: &str, table: &LineTable) -> ((usize, usize), String) {
    let count = table.count();
    let value = node.scalar().filter(|v| !v.is_empty());
    let is_item = found.nodes.len() > 1 && !found.nodes[found.nodes.len() - 2].items().is_empty();
    let key = found.key.filter(|_| !is_item);
    let first = key.map_or(node.first, |(_, line)| line.min(node.first)).clamp(1, count);
    let last = if value.is_some() { node.last.clamp(first, count) } else { first };
    let cited = table.text(text, first, last);
    let key = key.map(|(k, _)| k);
    let shown = value.into_iter().chain(key).find(|t| cited.contains(*t)).map(str::to_owned);
    let shown = shown.unwrap_or_else(|| cited.lines().next().unwrap_or("").trim().to_owned());
    ((first, last), shown)
}

/// The value at a place relative to a match.
fn look_up<'t>(place: &'t Lookup, nodes: &[&'t Node<'_>], loose: bool) -> Option<&'t str> {
    let from =
        if place.is_rooted { nodes.first() } else { nodes.len().checked_sub(1 + place.up).and_then(|i| nodes.get(i)) };
    let node = match &place.down {
        Some(pattern) => pattern.first(from.copied()?, loose)?,
        None => from.copied()?,
    };
    node.scalar()
}

fn gap(file: &FileInput<'_>, rows: &mut SourceRows, rule: &Rule, note: Note) {
    let (reason, detail) = match note {
        Note::TooMany => ("too-many", format!("detector `{}` stopped after {MAX_MATCHES} matches", rule.id)),
        Note::TooSlow => {
            ("too-slow", format!("detector `{}` takes far more steps than it should; it was stopped", rule.id))
        }
    };
    file.gap(rows, "detect", reason, &detail, None);
}
