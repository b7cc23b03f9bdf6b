//! What a match says: captured texts, put into the columns of `signals`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use regex::Regex;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A column that a rule may fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Column {
    Kind,
    Name,
    Value,
    Target,
    Method,
    HttpRoute,
    MessagingDestination,
    Technology,
    Scope,
    Basis,
}

impl Column {
    /// All of them by the key in a rule.
    pub(super) const KEYS: [(&'static str, Self); 10] = [
        ("kind", Self::Kind),
        ("name", Self::Name),
        ("value", Self::Value),
        ("target", Self::Target),
        ("method", Self::Method),
        ("http_route", Self::HttpRoute),
        ("messaging_destination", Self::MessagingDestination),
        ("technology", Self::Technology),
        ("scope", Self::Scope),
        ("basis", Self::Basis),
    ];
}

/// A text with places for captures: `@name`, or `{a}/{b?}` among other words. A capture with `?` may be absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Capture { name: String, optional: bool },
}

impl Template {
    /// Reads a text of a rule.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let capture = |name: &str| {
            let (name, optional) = name.strip_suffix('?').map_or((name, false), |n| (n, true));
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return Err(format!("`{name}` is no name of a capture"));
            }
            Ok(Part::Capture { name: name.to_owned(), optional })
        };
        if let Some(name) = text.strip_prefix('@') {
            return Ok(Self { parts: vec![capture(name)?] });
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((words, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a `{` is not closed")?;
            if !words.is_empty() {
                parts.push(Part::Words(words.to_owned()));
            }
            parts.push(capture(name)?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Words(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Names of the captures that it uses.
    pub(super) fn captures(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|p| match p {
            Part::Capture { name, .. } => Some(name.as_str()),
            Part::Words(_) => None,
        })
    }

    /// The text with all captures filled in: an error when one that must be there is not, nothing when all are absent.
    pub(super) fn fill(&self, captures: &Captures<'_>) -> Result<Option<String>, ()> {
        let mut out = String::new();
        let mut any = false;
        for part in &self.parts {
            match part {
                Part::Words(words) => out.push_str(words),
                Part::Capture { name, optional } => match captures.get(name) {
                    Some(text) => {
                        any = true;
                        out.push_str(text);
                    }
                    None if *optional => {}
                    None => return Err(()),
                },
            }
        }
        let has_captures = self.captures().next().is_some();
        Ok((!has_captures || any).then_some(out))
    }

    /// Whether it is a path put together of captures, with slashes between or after them.
    fn is_path(&self) -> bool {
        self.parts.iter().any(|p| matches!(p, Part::Words(words) if words.ends_with('/')))
    }

    /// The text of a template without captures.
    pub(super) fn words(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Words(words)] => Some(words),
            _ => None,
        }
    }
}

/// What a rule puts into the row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Signal {
    pub(super) columns: BTreeMap<Column, Template>,
    pub(super) attributes: BTreeMap<String, Template>,
}

impl Signal {
    /// This one, with what another says about the same columns instead.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged.columns.extend(other.columns.clone());
        merged.attributes.extend(other.attributes.clone());
        merged
    }

    /// Whether a capture must be there.
    pub(super) fn demands(&self, capture: &str) -> bool {
        let parts = self.columns.values().chain(self.attributes.values()).flat_map(|t| &t.parts);
        parts.into_iter().any(|p| matches!(p, Part::Capture { name, optional: false } if name == capture))
    }

    /// Names of all captures that it uses.
    pub(super) fn captures(&self) -> impl Iterator<Item = &str> {
        self.columns.values().chain(self.attributes.values()).flat_map(Template::captures)
    }
}

/// Captured texts by name; the one captured last counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Captures<'a> {
    texts: FxHashMap<Cow<'a, str>, Cow<'a, str>>,
}

impl<'a> Captures<'a> {
    pub(super) fn set(&mut self, name: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) {
        self.texts.insert(name.into(), text.into());
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(Cow::as_ref)
    }

    /// Captures the named groups of a regular expression in several texts, each joined with `/` in their order.
    pub(super) fn join_groups<'t>(&mut self, regex: &'a Regex, texts: impl Iterator<Item = Cow<'t, str>>) {
        let mut joined: BTreeMap<&'a str, String> = BTreeMap::new();
        for text in texts {
            let Some(found) = regex.captures(&text) else { continue };
            for name in regex.capture_names().flatten() {
                if let Some(group) = found.name(name).filter(|g| !g.as_str().is_empty()) {
                    let all = joined.entry(name).or_default();
                    if !all.is_empty() {
                        all.push('/');
                    }
                    all.push_str(group.as_str());
                }
            }
        }
        for (name, text) in joined {
            self.set(name, text);
        }
    }

    /// Captures the named groups of a match of a regular expression in a text.
    pub(super) fn set_groups(&mut self, regex: &'a Regex, text: &str) -> bool {
        let Some(found) = regex.captures(text) else { return false };
        for name in regex.capture_names().flatten() {
            if let Some(group) = found.name(name).filter(|g| !g.as_str().is_empty()) {
                self.set(name, group.as_str().to_owned());
            }
        }
        true
    }
}

/// A row in the making.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) lines: (usize, usize),
    pub(super) rule: usize,
    pub(super) columns: BTreeMap<Column, String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) shown: String,
}

/// Longest text that is kept of one capture.
const MAX_TEXT: usize = 2_000;

impl Seen {
    /// Fills a signal in; nothing when a capture that must be there is not.
    pub(super) fn of(
        signal: &Signal,
        captures: &Captures<'_>,
        rule: usize,
        lines: (usize, usize),
        shown: &str,
    ) -> Option<Self> {
        let mut columns = BTreeMap::new();
        for (column, template) in &signal.columns {
            let Ok(text) = template.fill(captures) else { return None };
            // Where all of the path of a route may be left out, what is left is the root.
            let is_route =
                *column == Column::HttpRoute && columns.get(&Column::Kind).is_some_and(|k: &String| k == "route");
            let text = text.or_else(|| (is_route && template.is_path()).then(|| "/".to_owned()));
            let Some(text) = text.map(|t| tidy(*column, &t)) else { continue };
            if !text.is_empty() {
                columns.insert(*column, text);
            }
        }
        let mut attributes = BTreeMap::new();
        for (key, template) in &signal.attributes {
            let Ok(text) = template.fill(captures) else { return None };
            if let Some(text) = text.filter(|t| !t.is_empty()) {
                attributes.insert(key.clone(), cut(&text).to_owned());
            }
        }
        let mut row = Self { lines, rule, columns, attributes, shown: cut(shown).to_owned() };
        row.hide_secrets(captures.get("key"));
        Some(row)
    }

    /// Secrets are told by place and kind, never by value.
    fn hide_secrets(&mut self, key: Option<&str>) {
        let name = self.columns.get(&Column::Name).cloned().unwrap_or_default();
        let is_secret = SECRET_NAME.is_match(&name);
        for column in [Column::Value, Column::Target] {
            let Some(text) = self.columns.get_mut(&column) else { continue };
            let is_reference = text.contains("${") || text.contains("{{") || text.starts_with('$');
            if is_secret && column == Column::Value && !is_reference && !text.contains("://") {
                self.columns.remove(&column);
                self.attributes.insert("secret".to_owned(), "hidden".to_owned());
                // The key stands in the cited lines; of the name the file may write no more than the last part, or write
                // it on a line of its own.
                let last = name.rsplit(['.', ']']).next().unwrap_or(&name);
                let is_beside = self.shown.contains(last);
                key.filter(|_| !is_beside).unwrap_or(last).clone_into(&mut self.shown);
                continue;
            }
            if let Cow::Owned(hidden) = without_passwords(text) {
                *text = hidden;
                self.attributes.insert("secret".to_owned(), "hidden".to_owned());
            }
        }
        for text in self.attributes.values_mut() {
            if let Cow::Owned(hidden) = without_passwords(text) {
                *text = hidden;
            }
        }
        // The part before the password still stands in the line.
        if let Some(found) = PASSWORD.find(&self.shown).map(|m| m.start()) {
            self.shown.truncate(found);
        }
    }
}

/// Names of settings whose values nobody should read in a report.
static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(passw(or)?d|passphrase|\bpwd\b|_pwd|secret|token|credential|api[-_.]?key|private[-_.]?key|access[-_.]?key)")
        .expect("a fixed expression")
});
/// User and password in a URL, and passwords in connection strings.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?P<url>://)[^/@\s:{}$]*:[^/@\s{}$]+@|(?P<key>\b(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*)[^;&\s{}$]+")
        .expect("a fixed expression")
});

fn without_passwords(text: &str) -> Cow<'_, str> {
    PASSWORD.replace_all(text, "${url}${key}***")
}

/// Routes begin with one slash and hold no double one; methods are in capitals.
fn tidy(column: Column, text: &str) -> String {
    let text = cut(text.trim());
    match column {
        Column::Method => text.to_ascii_uppercase(),
        Column::HttpRoute => {
            let text = text.split_once('?').filter(|(_, query)| query.contains('=')).map_or(text, |(path, _)| path);
            let mut route = String::with_capacity(text.len() + 1);
            for part in text.split('/').filter(|p| !p.is_empty()) {
                route.push('/');
                route.push_str(part);
            }
            if route.is_empty() { "/".to_owned() } else { route }
        }
        _ => text.to_owned(),
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_literals_captures_and_holes() {
        let mut captures = Captures::default();
        captures.set("a", "x");
        let check = |text: &str, expect: Result<Option<&str>, ()>| {
            let filled = Template::parse(text).expect("a template").fill(&captures);
            assert_eq!(filled, expect.map(|t| t.map(str::to_owned)), "{text}");
        };
        check("word", Ok(Some("word")));
        check("@a", Ok(Some("x")));
        check("@b", Err(()));
        check("@b?", Ok(None));
        check("{a}/{b?}-", Ok(Some("x/-")));
        assert!(Template::parse("{a").is_err() && Template::parse("@").is_err());
    }

    #[test]
    fn routes_and_methods_are_written_one_way() {
        assert_eq!(tidy(Column::HttpRoute, "//a//{b}/?c=1"), "/a/{b}");
        assert_eq!(tidy(Column::HttpRoute, ""), "/");
        assert_eq!(tidy(Column::Method, "get"), "GET");
    }

    #[test]
    fn secrets_are_told_by_place_and_never_by_value() {
        let check = |name: &str, value: &str, expect: Option<&str>| {
            let mut captures = Captures::default();
            captures.set("n", name.to_owned());
            captures.set("v", value.to_owned());
            let signal = Signal {
                columns: [(Column::Name, Template::parse("@n")), (Column::Value, Template::parse("@v"))]
                    .into_iter()
                    .map(|(c, t)| (c, t.expect("a template")))
                    .collect(),
                attributes: BTreeMap::new(),
            };
            let row = Seen::of(&signal, &captures, 0, (1, 1), value).expect("all captures are there");
            assert_eq!(row.columns.get(&Column::Value).map(String::as_str), expect, "{name}");
            assert!(!format!("{row:?}").contains("hunter2"), "{row:?}");
        };
        check("DB_PASSWORD", "hunter2", None);
        check("DB_PASSWORD", "${DB_PASSWORD}", Some("${DB_PASSWORD}"));
        check("BROKER", "amqp://bob:hunter2@mq:5672", Some("amqp://***mq:5672"));
        check("DB", "Server=db;Password=hunter2;", Some("Server=db;Password=***;"));
        check("HOST", "db", Some("db"));
    }
}
