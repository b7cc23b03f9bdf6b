//! Detector files: what they hold, and how they are read with messages that show the line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::{Deref, Range};
use std::sync::OnceLock;

use globset::{Glob, GlobSet};
use rayon::prelude::*;
use regex::Regex;
use sightline_facts::Diagnostic;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::format::Format;
use super::pattern::Pattern;
use super::signal::{Captures, Column, Signal, Template};
use crate::code::Id;

/// Keys of a rule; the last three hold for each of its matches that does not say otherwise.
const KEYS: &[&str] = &[
    "id",
    "sees",
    "status",
    "files",
    "languages",
    "needs",
    "kinds",
    "format",
    "source",
    "match",
    "signal",
    "within",
    "nested",
    "rewrite",
];
const MATCH_KEYS: &[&str] = &[
    "query", "path", "line", "file", "loose", "join", "where", "parse", "rewrite", "get", "within", "nested",
    "resolve", "block", "signal",
];
/// Kinds of files that detectors look at unless they say otherwise: what a test or a page says is no part of the system.
const KINDS: [&str; 3] = ["code", "config", "data"];

/// One detector.
#[derive(Debug)]
pub struct Rule {
    /// Id, the name of its file.
    pub id: String,
    /// What it sees, in one sentence.
    pub sees: String,
    /// `draft`, `stable` or `retired`.
    pub status: String,
    /// Where the meaning of what it looks for is written.
    pub source: String,
    /// Globs of the files it looks at, for people; empty where the language decides.
    pub files: Vec<String>,
    /// Names of the languages it looks at.
    pub languages: Vec<String>,
    /// The file it comes from.
    pub file: String,
    /// The file's text.
    pub text: String,
    pub(super) globs: Vec<Glob>,
    /// The same globs, where a query asks for them besides the language.
    pub(super) places: Option<GlobSet>,
    pub(super) ids: Vec<Id>,
    pub(super) kinds: Vec<String>,
    pub(super) format: Option<Format>,
    pub(super) needs: Vec<String>,
    pub(super) matches: Vec<Match>,
}

impl Rule {
    /// Compiles the regular expressions, which a scan only does where it needs them.
    ///
    /// # Errors
    /// The expression that is none, and why.
    pub(super) fn compile(&self) -> Result<(), String> {
        let all = self.matches.iter().flat_map(|m| {
            let (line, block) = match &m.how {
                How::Line { regex, block, .. } => (Some(regex), block.as_ref()),
                How::File { regex } => (Some(regex), None),
                _ => (None, None),
            };
            let conditions = m.conditions.iter().chain(&m.parses).chain(&m.nested).map(|c| &c.regex);
            let rewrites = m.rewrites.iter().flat_map(|(_, steps)| steps).map(|(regex, _)| regex);
            line.into_iter().chain(block).chain(conditions).chain(rewrites)
        });
        for expression in all {
            let compiled = Expression::new(&expression.text).map_err(|e| format!("`{}`: {e}", expression.text))?;
            let named: Vec<&str> = compiled.capture_names().flatten().collect();
            if !expression.groups().eq(named.iter().copied()) {
                return Err(format!("`{}`: its groups {named:?} are written in a way we do not see", expression.text));
            }
        }
        Ok(())
    }
}

/// A capture, and expressions with what stands for their matches.
type Rewrite = (String, Vec<(Expression, String)>);

/// One way to match.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) how: How,
    /// Conditions that must hold; named groups become captures.
    pub(super) conditions: Vec<Condition>,
    /// The same, but only for their captures.
    pub(super) parses: Vec<Condition>,
    /// Captures of what is around a match whose groups are taken from every level, outermost first, with `/` between:
    /// scopes of routes may be nested in any depth. `rewrite` changes the text of each level before that.
    pub(super) nested: Vec<Condition>,
    /// Values that stand elsewhere in the tree: capture and where it may be, in order of preference.
    pub(super) gets: Vec<(String, Vec<Lookup>)>,
    /// Captures that are texts: a name there is looked up among the constants of the file.
    pub(super) resolve: Vec<String>,
    /// Captures that are rewritten at the end: expressions and what stands for their matches, in the order of the rule.
    rewrites: Vec<Rewrite>,
    pub(super) signal: Signal,
    /// Where the pattern stands in the rule's file.
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) enum How {
    /// A tree-sitter query, and queries for what may enclose a match.
    Query {
        text: String,
        within: Vec<String>,
    },
    Path {
        pattern: Pattern,
        loose: bool,
    },
    /// Lines, joined where one ends with `join`; `block` captures from the line that opened the enclosing braces.
    Line {
        regex: Expression,
        join: Option<String>,
        block: Option<Expression>,
    },
    /// The path of the file itself, once per file: frameworks that make routes of file names.
    File {
        regex: Expression,
    },
}

/// Looks a value up in the tree around a match.
pub(super) type InTree<'a> = &'a dyn Fn(&Lookup) -> Option<String>;

impl Match {
    /// Checks the conditions, takes what they capture, and rewrites captures; whether all that must hold does. Matches
    /// in a tree of settings give a way to look values up there; for the others an absent capture is an empty text.
    pub(super) fn settle<'m>(&'m self, captures: &mut Captures<'m>, tree: Option<InTree<'_>>) -> bool {
        for (conditions, must) in [(&self.conditions, true), (&self.parses, false)] {
            for condition in conditions {
                let subject = match (&condition.on, tree) {
                    (Subject::Capture(name), None) => Some(captures.get(name).unwrap_or_default().to_owned()),
                    (Subject::Capture(name), Some(_)) => captures.get(name).map(str::to_owned),
                    (Subject::Value(place), Some(look_up)) => look_up(place),
                    (Subject::Value(_), None) => continue,
                };
                let holds = subject.is_some_and(|s| captures.set_groups(&condition.regex, &s));
                if must && !holds {
                    return false;
                }
            }
        }
        for (name, _) in &self.rewrites {
            let Some(text) = captures.get(name).map(str::to_owned) else { continue };
            let text = self.rewritten(name, Cow::Owned(text)).into_owned();
            captures.set(name.as_str(), text);
        }
        true
    }

    /// A text as the rule rewrites what is captured under a name; of a capture of `nested` each level on its own.
    pub(super) fn rewritten<'t>(&self, name: &str, text: Cow<'t, str>) -> Cow<'t, str> {
        let Some((_, steps)) = self.rewrites.iter().find(|(of, _)| of == name) else { return text };
        let mut text = text;
        for (regex, to) in steps {
            let changed = match regex.replace_all(&text, to.as_str()) {
                Cow::Owned(changed) => Some(changed),
                Cow::Borrowed(_) => None,
            };
            text = changed.map_or(text, Cow::Owned);
        }
        text
    }
}

/// A regular expression over a capture or a value elsewhere in the tree.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) on: Subject,
    pub(super) regex: Expression,
}

/// A regular expression that is compiled when it is first held against a text: a scan meets few of our rules' words,
/// and compiling all of them takes longer than a re-scan may.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    compiled: OnceLock<Regex>,
}

impl Expression {
    /// An expression of ours, which a test compiles.
    fn ours(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    /// Compiles it.
    pub(super) fn new(text: &str) -> Result<Self, regex::Error> {
        Ok(Self { text: text.to_owned(), compiled: OnceLock::from(Regex::new(text)?) })
    }

    /// Names of its groups.
    fn groups(&self) -> impl Iterator<Item = &str> {
        self.text.split("(?").skip(1).filter_map(|rest| {
            let name = rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<'))?.split('>').next()?;
            (!name.starts_with(['=', '!'])).then_some(name)
        })
    }
}

impl Deref for Expression {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        self.compiled.get_or_init(|| Regex::new(&self.text).expect("a test compiles all of ours"))
    }
}

#[derive(Debug)]
pub(super) enum Subject {
    Capture(String),
    Value(Lookup),
}

/// A place in the tree relative to a match: so many levels up (or at the root), then down a path.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) is_rooted: bool,
    pub(super) up: usize,
    pub(super) down: Option<Pattern>,
}

impl Lookup {
    fn parse(text: &str) -> Result<Self, String> {
        let (is_rooted, mut rest) = text.strip_prefix('/').map_or((false, text), |r| (true, r));
        let mut up = 0;
        while let Some(after) = rest.strip_prefix("../").or(rest.strip_prefix("..").filter(|r| r.is_empty())) {
            up += 1;
            rest = after;
        }
        let down = if rest.is_empty() { None } else { Some(Pattern::parse(rest)?) };
        Ok(Self { is_rooted, up, down })
    }
}

/// A result with a message for people.
type Read<T> = Result<T, Box<Diagnostic>>;
type Value<'a> = Spanned<DeValue<'a>>;

/// Reads one detector file.
///
/// # Errors
/// A message that shows the first thing that is wrong, and where.
pub(super) fn parse(file: &str, text: &str) -> Result<Rule, Box<Diagnostic>> {
    let table = DeTable::parse(text).map_err(|error| {
        let message = format!("this is not TOML: {}", error.message());
        Diagnostic::at("detector-syntax", message, file, text, error.span().unwrap_or(0..0))
            .help("close the quote or bracket that the line opens")
    })?;
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml");
    let is_ours = super::room::DETECTORS.iter().any(|(f, t)| *f == file && *t == text);
    Reader { file, text, stem, is_ours }.rule(table.get_ref())
}

/// Reads the parts of one file.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    stem: &'a str,
    is_ours: bool,
}

impl Reader<'_> {
    fn error(&self, code: &'static str, message: String, span: Range<usize>) -> Diagnostic {
        Diagnostic::at(code, message, self.file, self.text, span)
            .help("CONTRIBUTING.md shows how a detector is written; `rules/` holds ours")
    }

    fn wrong(&self, key: &str, expected: &str, span: Range<usize>) -> Box<Diagnostic> {
        let message = format!("`{key}` of detector `{}` must be {expected}", self.stem);
        Box::new(self.error("detector-wrong-value", message, span))
    }

    fn known(&self, table: &DeTable<'_>, keys: &[&str]) -> Read<()> {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if !keys.contains(&name) {
                let message = format!("detector `{}` has a key we do not know: `{name}`", self.stem);
                let list = keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
                return Err(Box::new(
                    self.error("detector-unknown-key", message, key.span())
                        .suggest(name, keys.iter().copied())
                        .help(format!("the keys here are {list}")),
                ));
            }
        }
        Ok(())
    }

    fn need<'t, 'd>(&self, table: &'t DeTable<'d>, key: &str, span: Range<usize>) -> Read<&'t Value<'d>> {
        table.get(key).ok_or_else(|| {
            let message = format!("detector `{}` lacks the key `{key}`", self.stem);
            Box::new(self.error("detector-missing-key", message, span))
        })
    }

    fn string<'t>(&self, key: &str, value: &'t Value<'_>) -> Read<&'t str> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(self.wrong(key, "a text that is not empty", value.span())),
        }
    }

    /// A list of texts, or one text alone.
    fn strings<'t>(&self, key: &str, value: &'t Value<'_>) -> Read<Vec<(&'t str, Range<usize>)>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|i| Ok((self.string(key, i)?, i.span()))).collect(),
            _ => Ok(vec![(self.string(key, value)?, value.span())]),
        }
    }

    fn table<'t, 'd>(&self, key: &str, value: &'t Value<'d>) -> Read<&'t DeTable<'d>> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong(key, "a table", value.span())),
        }
    }

    fn word(&self, key: &str, value: &Value<'_>, words: &[&str]) -> Read<String> {
        let word = self.string(key, value)?;
        if words.contains(&word) {
            return Ok(word.to_owned());
        }
        let list = words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
        let diagnostic = self.wrong(key, &format!("one of {list}"), value.span());
        Err(Box::new(diagnostic.suggest(word, words.iter().copied())))
    }

    fn rule(&self, table: &DeTable<'_>) -> Read<Rule> {
        self.known(table, KEYS)?;
        let text = |key: &str| self.need(table, key, 0..0).and_then(|v| Ok(self.string(key, v)?.to_owned()));
        let list = |key: &str| table.get(key).map_or(Ok(Vec::new()), |v| self.strings(key, v));
        let id = text("id")?;
        if id != self.stem {
            let span = self.need(table, "id", 0..0)?.span();
            let message = format!("detector `{id}` stands in a file of another name");
            let help = format!("rename the file to `{id}.toml`, or the detector to `{}`", self.stem);
            return Err(Box::new(self.error("detector-wrong-id", message, span).help(help)));
        }
        let mut globs = Vec::new();
        for (glob, span) in list("files")? {
            globs.push(Glob::new(glob).map_err(|e| self.wrong("files", &format!("globs: {e}"), span))?);
        }
        let mut ids = Vec::new();
        for (language, span) in list("languages")? {
            let id = Id::of(language).ok_or_else(|| {
                self.wrong("languages", "languages whose code we parse, such as `Java` or `TypeScript`", span)
            })?;
            ids.push(id);
        }
        if globs.is_empty() && ids.is_empty() {
            let message = format!("detector `{id}` says neither in `files` nor in `languages` where it looks");
            return Err(Box::new(self.error("detector-missing-key", message, 0..0)));
        }
        let words: Vec<&str> = Format::WORDS.iter().map(|(w, _)| *w).collect();
        let format = table.get("format").map(|v| self.word("format", v, &words)).transpose()?;
        let kinds: Vec<String> = list("kinds")?.into_iter().map(|(k, _)| k.to_owned()).collect();
        let base = table.get("signal").map(|v| self.signal(v)).transpose()?.unwrap_or_default();
        let mut rule = Rule {
            sees: text("sees")?,
            status: self.word("status", self.need(table, "status", 0..0)?, &["draft", "stable", "retired"])?,
            source: text("source")?,
            files: list("files")?.into_iter().map(|(f, _)| f.to_owned()).collect(),
            languages: list("languages")?.into_iter().map(|(l, _)| l.to_owned()).collect(),
            file: self.file.to_owned(),
            text: self.text.to_owned(),
            places: if globs.is_empty() { None } else { GlobSet::new(&globs).ok() },
            globs,
            ids,
            kinds: if kinds.is_empty() { KINDS.map(str::to_owned).to_vec() } else { kinds },
            format: Format::WORDS.iter().find(|(w, _)| Some(*w) == format.as_deref()).map(|(_, f)| *f),
            needs: list("needs")?.into_iter().map(|(n, _)| n.to_owned()).collect(),
            matches: Vec::new(),
            id,
        };
        let matches = self.need(table, "match", 0..0)?;
        let DeValue::Array(items) = matches.get_ref() else {
            return Err(self.wrong("match", "written as `[[match]]`, with double brackets", matches.span()));
        };
        for item in items {
            rule.matches.push(self.one_match(item, table, &base, &rule)?);
        }
        self.literals(&mut rule)?;
        Ok(rule)
    }

    fn one_match(&self, item: &Value<'_>, all: &DeTable<'_>, base: &Signal, rule: &Rule) -> Read<Match> {
        let table = self.table("match", item)?;
        let shared = |key: &str| table.get(key).or_else(|| all.get(key));
        self.known(table, MATCH_KEYS)?;
        let ways: Vec<&str> =
            ["query", "path", "line", "file"].into_iter().filter(|k| table.get(*k).is_some()).collect();
        let [way] = ways[..] else {
            let message =
                format!("a match of detector `{}` needs exactly one of `query`, `path`, `line` and `file`", self.stem);
            return Err(Box::new(self.error("detector-wrong-match", message, item.span())));
        };
        let value = self.need(table, way, item.span())?;
        let span = value.span();
        let text = self.string(way, value)?;
        let is_true = |key: &str| table.get(key).is_some_and(|v| matches!(v.get_ref(), DeValue::Boolean(true)));
        let how = match way {
            "query" => {
                if rule.ids.is_empty() {
                    return Err(self.wrong("languages", "there, since a query is for the grammar of a language", span));
                }
                let within = shared("within").map_or(Ok(Vec::new()), |v| self.strings("within", v))?;
                How::Query { text: text.to_owned(), within: within.into_iter().map(|(q, _)| q.to_owned()).collect() }
            }
            "path" => {
                let pattern = Pattern::parse(text)
                    .map_err(|e| self.wrong("path", &format!("a path of keys: {e}"), span.clone()))?;
                How::Path { pattern, loose: is_true("loose") }
            }
            "file" => How::File { regex: self.expression("file", value)? },
            _ => How::Line {
                regex: self.expression("line", value)?,
                join: table.get("join").map(|v| self.string("join", v).map(str::to_owned)).transpose()?,
                block: table.get("block").map(|v| self.expression("block", v)).transpose()?,
            },
        };
        let own = table.get("signal").map(|v| self.signal(v)).transpose()?.unwrap_or_default();
        let signal = base.with(&own);
        for required in [("kind", Column::Kind), ("basis", Column::Basis)] {
            if !signal.columns.contains_key(&required.1) {
                let message = format!("detector `{}` does not say the `{}` of its signal", self.stem, required.0);
                return Err(Box::new(self.error("detector-missing-key", message, item.span())));
            }
        }
        let found = Match {
            how,
            conditions: self.conditions(table.get("where"), "where")?,
            parses: self.conditions(table.get("parse"), "parse")?,
            nested: self.conditions(shared("nested"), "nested")?,
            rewrites: self.rewrites(shared("rewrite"))?,
            gets: self.gets(table.get("get"))?,
            resolve: table
                .get("resolve")
                .map_or(Ok(Vec::new()), |v| self.strings("resolve", v))?
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect(),
            signal,
            span,
        };
        self.check_captures(&found, &own, item.span())?;
        Ok(found)
    }

    fn lookup(&self, key: &str, text: &str, span: Range<usize>) -> Read<Lookup> {
        Lookup::parse(text).map_err(|e| self.wrong(key, &format!("a path of keys: {e}"), span))
    }

    fn expression(&self, key: &str, value: &Value<'_>) -> Read<Expression> {
        let text = self.string(key, value)?;
        if self.is_ours {
            return Ok(Expression::ours(text));
        }
        Expression::new(text).map_err(|e| self.wrong(key, &format!("a regular expression: {e}"), value.span()))
    }

    fn conditions(&self, value: Option<&Value<'_>>, key: &str) -> Read<Vec<Condition>> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let mut entries: Vec<_> = self.table(key, value)?.iter().collect();
        // Groups captured by one condition may be read by the next: the order is that of the file.
        entries.sort_by_key(|(k, _)| k.span().start);
        let mut conditions = Vec::new();
        for (on, expression) in entries {
            let regex = self.expression(key, expression)?;
            let on = match on.get_ref().strip_prefix('@') {
                Some(capture) => Subject::Capture(capture.to_owned()),
                None => Subject::Value(self.lookup(key, on.get_ref(), on.span())?),
            };
            conditions.push(Condition { on, regex });
        }
        Ok(conditions)
    }

    /// `{ capture = [["expression", "what stands for it"], …] }`.
    fn rewrites(&self, value: Option<&Value<'_>>) -> Read<Vec<Rewrite>> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let mut rewrites = Vec::new();
        for (name, steps) in self.table("rewrite", value)? {
            let wrong =
                |span| self.wrong("rewrite", "a list of pairs: an expression and what stands for its matches", span);
            let DeValue::Array(items) = steps.get_ref() else { return Err(wrong(steps.span())) };
            let mut pairs = Vec::new();
            for item in items {
                let DeValue::Array(pair) = item.get_ref() else { return Err(wrong(item.span())) };
                let (Some(from), Some(DeValue::String(to)), 2) =
                    (pair.first(), pair.get(1).map(Spanned::get_ref), pair.len())
                else {
                    return Err(wrong(item.span()));
                };
                pairs.push((self.expression("rewrite", from)?, to.to_string()));
            }
            rewrites.push((name.get_ref().to_string(), pairs));
        }
        Ok(rewrites)
    }

    fn gets(&self, value: Option<&Value<'_>>) -> Read<Vec<(String, Vec<Lookup>)>> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let mut gets = Vec::new();
        for (name, places) in self.table("get", value)? {
            let lookups = self
                .strings("get", places)?
                .into_iter()
                .map(|(text, span)| self.lookup("get", text, span))
                .collect::<Result<Vec<_>, _>>()?;
            gets.push((name.get_ref().to_string(), lookups));
        }
        Ok(gets)
    }

    fn signal(&self, value: &Value<'_>) -> Read<Signal> {
        let table = self.table("signal", value)?;
        let mut keys: Vec<&str> = Column::KEYS.iter().map(|(k, _)| *k).collect();
        keys.push("attributes");
        self.known(table, &keys)?;
        let template = |key: &str, v: &Value<'_>| -> Read<Template> {
            // An empty text switches a column of the rule off for one match.
            let DeValue::String(text) = v.get_ref() else { return Err(self.wrong(key, "a text", v.span())) };
            Template::parse(text).map_err(|e| self.wrong(key, &format!("a text with captures: {e}"), v.span()))
        };
        let mut signal = Signal::default();
        for (key, column) in Column::KEYS {
            if let Some(v) = table.get(key) {
                let template = template(key, v)?;
                if column == Column::Basis
                    && !template.words().is_some_and(|w| ["declared", "resolved", "inferred"].contains(&w))
                {
                    return Err(self.wrong(key, "`declared`, `resolved` or `inferred`", v.span()));
                }
                signal.columns.insert(column, template);
            }
        }
        if let Some(v) = table.get("attributes") {
            for (key, v) in self.table("attributes", v)? {
                signal.attributes.insert(key.get_ref().to_string(), template("attributes", v)?);
            }
        }
        Ok(signal)
    }

    /// Every capture that a signal uses can be captured by something. What all matches of a rule share may use a
    /// capture of one of them, when it is marked with `?`.
    fn check_captures(&self, found: &Match, own: &Signal, span: Range<usize>) -> Read<()> {
        let mut names: Vec<String> = ["value", "key", "path", "in_file"].map(str::to_owned).to_vec();
        match &found.how {
            How::Path { pattern, .. } => names.extend(pattern.captures().map(str::to_owned)),
            How::Line { regex, block, .. } => {
                names = regex.groups().chain(block.iter().flat_map(Expression::groups)).map(str::to_owned).collect();
            }
            How::File { regex } => names = regex.groups().map(str::to_owned).collect(),
            How::Query { text, within } => {
                names = within.iter().map(String::as_str).chain([text.as_str()]).flat_map(query_captures).collect();
            }
        }
        let groups = found.conditions.iter().chain(&found.parses).chain(&found.nested).flat_map(|c| c.regex.groups());
        names.extend(groups.map(str::to_owned));
        names.extend(found.gets.iter().map(|(name, _)| name.clone()));
        let own: Vec<&str> = own.captures().collect();
        for used in found.signal.captures().filter(|u| own.contains(u) || found.signal.demands(u)) {
            if !names.iter().any(|n| n == used) {
                let message = format!("the signal of detector `{}` uses `@{used}`, which nothing captures", self.stem);
                let span = self.text.find(&format!("@{used}")).map_or(span, |at| at..at + used.len() + 1);
                return Err(Box::new(
                    self.error("detector-unknown-capture", message, span)
                        .suggest(used, names.iter().map(String::as_str)),
                ));
            }
        }
        Ok(())
    }

    /// Words of which a file must hold one before anything else is looked at: without them every file would be parsed.
    fn literals(&self, rule: &mut Rule) -> Read<()> {
        if !rule.needs.is_empty() {
            return Ok(());
        }
        let mut needs = Vec::new();
        for one in &rule.matches {
            let words = match &one.how {
                How::Query { text, .. } => query_literals(text),
                How::Path { pattern, loose: false } => pattern.literal().map(|l| vec![l.to_owned()]),
                _ => None,
            };
            let is_named = matches!(one.how, How::Line { .. } | How::File { .. });
            match words {
                Some(words) => needs.extend(words),
                // Files for line patterns are few and named; every other one must say what it needs.
                None if is_named && rule.ids.is_empty() => return Ok(()),
                None => {
                    let message = format!(
                        "detector `{}` must say in `needs` which words a file holds that it looks at",
                        self.stem
                    );
                    return Err(Box::new(self.error("detector-no-literal", message, one.span.clone())));
                }
            }
        }
        needs.sort();
        needs.dedup();
        rule.needs = needs;
        Ok(())
    }
}

/// Names of the captures of a query.
fn query_captures(text: &str) -> Vec<String> {
    let name = |part: &str| {
        let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
        part[..end].to_owned()
    };
    text.split('@').skip(1).map(name).collect()
}

/// Words that each pattern of a query compares a capture with (`#eq?`, `#any-of?`); none when some pattern has no such
/// comparison.
fn query_literals(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for pattern in patterns(text) {
        let mut best: Option<Vec<String>> = None;
        for comparison in pattern.split("(#").skip(1) {
            let comparison = comparison.split(')').next().unwrap_or("");
            if !comparison.starts_with("eq?") && !comparison.starts_with("any-of?") {
                continue;
            }
            let literals: Vec<String> = comparison.split('"').skip(1).step_by(2).map(str::to_owned).collect();
            let shortest = |l: &[String]| l.iter().map(String::len).min().unwrap_or(0);
            if best.as_ref().is_none_or(|b| shortest(&literals) > shortest(b)) && shortest(&literals) > 0 {
                best = Some(literals);
            }
        }
        words.extend(best?);
    }
    Some(words)
}

/// The patterns of a query: what stands in brackets at its top.
fn patterns(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut in_quotes, mut found) = (0_usize, 0, false, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '"' => in_quotes = !in_quotes,
            '(' | '[' if !in_quotes => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            ')' | ']' if !in_quotes => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push(&text[start..=at]);
                }
            }
            _ => {}
        }
    }
    found
}

/// All rules by id: ours first, then a user's, which cannot replace one in silence.
pub(super) fn all<'t>(files: impl Iterator<Item = (&'t str, &'t str)>) -> Result<Vec<Rule>, Box<Diagnostic>> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    let files: Vec<(&str, &str)> = files.collect();
    // Some three hundred files, before anything else of a scan can begin.
    let parsed: Vec<_> = files.par_iter().map(|(file, text)| parse(file, text)).collect();
    for ((file, text), rule) in files.into_iter().zip(parsed) {
        let rule = rule?;
        if let Some(other) = rules.get(&rule.id) {
            let at = text.find(&rule.id).unwrap_or(0);
            let message = format!("detector `{}` exists already, in {}", rule.id, other.file);
            let help = "give it an id of its own: a detector is never redefined in silence";
            let span = at..at + rule.id.len();
            return Err(Box::new(Diagnostic::at("detector-duplicate-id", message, file, text, span).help(help)));
        }
        rules.insert(rule.id.clone(), rule);
    }
    Ok(rules.into_values().collect())
}
