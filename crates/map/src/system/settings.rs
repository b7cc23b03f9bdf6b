//! The values that a part runs with: variables of its deployment, settings beside its code and on a configuration
//! server, defaults; and texts with their placeholders filled in.

mod gather;
mod readers;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Place;
use super::names::{key, setting_key};

pub(super) use gather::gather;
pub(super) use readers::Readers;

/// Names and texts of settings, and where they stand.
pub(super) type Pairs<'f> = Vec<(&'f str, &'f str, &'f Place)>;

/// One value of a setting.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// The setting's name as written.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) place: Place,
    /// Smaller is stronger: deployment, own settings, shared settings, defaults.
    pub(super) rank: u8,
    /// Whether it is not said to this part alone, but to all that share a configuration server or a file.
    pub(super) is_shared: bool,
}

impl Value {
    /// One that only the part itself reads.
    fn own(name: &str, text: &str, place: &Place, rank: u8) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), place: place.clone(), rank, is_shared: false }
    }
}

/// Values of one part, by name in the form in which names are compared; the strongest first.
#[derive(Debug, Default, Clone)]
pub(super) struct Settings {
    by_key: BTreeMap<String, Vec<Value>>,
    /// Names that its code or its own settings ask for.
    reads: BTreeSet<String>,
    /// Those of them that code of its own asks for, which it shares with no other part.
    own_reads: BTreeSet<String>,
    /// Names in its code, without what stands before their last dot, and the variables that fill them.
    filled: BTreeMap<String, BTreeSet<String>>,
}

impl Settings {
    fn add(&mut self, value: Value) {
        let list = self.by_key.entry(key(&value.name)).or_default();
        if !list.iter().any(|v| v.text == value.text && v.place == value.place) {
            list.push(value);
        }
    }

    /// Values by name and text, in order of strength.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str, &'a Place)>) -> Self {
        let mut all = Self::default();
        for (name, text, place) in pairs {
            all.add(Value::own(name, text, place, 0));
        }
        all
    }

    /// The strongest value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.by_key.get(setting_key(name).as_ref())?.first()
    }

    /// The strongest value of the one variable that fills a name in the code, such as `shop.stockAddr`.
    fn get_filled(&self, name: &str) -> Option<&Value> {
        let variables = self.filled.get(last_name(name)?)?;
        let variable = variables.first().filter(|_| variables.len() == 1)?;
        self.get(variable)
    }

    /// The strongest value of what a field of settings in the code is called: `settings.Shop.StockAddress` is a setting of
    /// that last name, or the one whose name ends so.
    fn get_last(&self, name: &str) -> Option<&Value> {
        const LONG_ENOUGH: usize = 8;
        let field = key(name.contains('.').then(|| last_name(name)).flatten()?);
        if let Some(values) = self.by_key.get(&field) {
            return values.first();
        }
        let mut found = self.by_key.iter().filter(|(k, _)| field.len() >= LONG_ENOUGH && k.ends_with(&field));
        let (_, values) = found.next()?;
        if found.next().is_some() { None } else { values.first() }
    }

    /// Whether the part asks for a name; nothing is known where it is not seen to ask for any.
    pub(super) fn asks_for(&self, name: &str) -> Option<bool> {
        (!self.reads.is_empty()).then(|| self.reads.contains(&key(name)))
    }

    /// Whether code that no other part has asks for a name.
    pub(super) fn asks_for_itself(&self, name: &str) -> bool {
        self.own_reads.contains(&key(name))
    }

    /// All values, by name, the strongest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Value> {
        self.by_key.values().flatten()
    }

    /// Fills the placeholders of a text in; what is not known stays as a hole `{name}`.
    pub(super) fn resolve(&self, text: &str) -> String {
        self.fill(text, 0)
    }

    fn fill(&self, text: &str, depth: usize) -> String {
        /// A placeholder may lead to another; a circle ends here.
        const DEEPEST: usize = 8;
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['$', '{', '#']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            let (open, body_at) = match tail {
                t if t.starts_with("${") || t.starts_with("#{") => (true, 2),
                t if t.starts_with("$(") => (true, 2),
                t if t.starts_with("{{") => (false, 0),
                t if t.starts_with('{') => (true, 1),
                t if t.starts_with('$') => (false, 1),
                _ => (false, 0),
            };
            if open {
                let Some(end) = closing(tail, body_at) else {
                    out.push_str(tail);
                    return out;
                };
                let body = &tail[body_at..end];
                rest = &tail[end + 1..];
                let (name, default) = split_default(body);
                // An expression of code: the variable in it, and the address that stands in when it is not set.
                let variable = variable_of(name);
                let found = self
                    .get(name)
                    .or_else(|| variable.and_then(|v| self.get(v)))
                    .or_else(|| self.get_filled(name).filter(|_| variable.is_none()))
                    .or_else(|| self.get_last(name).filter(|_| variable.is_none()));
                let default = default.filter(|_| variable.is_none()).or_else(|| quoted(body));
                match (found, default) {
                    (Some(value), _) if depth < DEEPEST && !value.text.contains(body) => {
                        out.push_str(&self.fill(&value.text, depth + 1));
                    }
                    (_, Some(default)) if depth < DEEPEST => out.push_str(&self.fill(default, depth + 1)),
                    _ => {
                        out.push('{');
                        out.push_str(name);
                        out.push('}');
                    }
                }
                continue;
            }
            if body_at == 1 {
                let name: &str = &tail[1..];
                let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
                let name = &name[..end];
                rest = &tail[1 + end..];
                match self.get(name) {
                    Some(value) if depth < DEEPEST && !name.is_empty() => {
                        out.push_str(&self.fill(&value.text, depth + 1));
                    }
                    _ => {
                        out.push('{');
                        out.push_str(name);
                        out.push('}');
                    }
                }
                continue;
            }
            let taken = tail.chars().take(if tail.starts_with("{{") { 2 } else { 1 }).map(char::len_utf8).sum();
            out.push_str(&tail[..taken]);
            rest = &tail[taken..];
        }
        out.push_str(rest);
        out
    }
}

/// The name behind the last dot, where it is long enough to mean one thing.
fn last_name(name: &str) -> Option<&str> {
    let last = name.trim_start_matches(['&', '*']).rsplit('.').next()?.trim();
    let is_name = last.len() > 4 && last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some(last)
}

/// Where the bracket that opened before `from` closes.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut depth = 1;
    for (at, c) in text.char_indices().filter(|(at, _)| *at >= from) {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The name of an environment variable in an expression such as `process.env.ORDERS_URL`.
fn variable_of(expression: &str) -> Option<&str> {
    if !expression.contains(['.', '[', '(', ' ']) {
        return None;
    }
    let mut words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.find(|w| {
        w.len() > 2
            && w.bytes().any(|b| b.is_ascii_uppercase())
            && w.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

/// An address in quotes in an expression of code.
fn quoted(expression: &str) -> Option<&str> {
    let mut parts = expression.split(['\'', '"', '`']);
    parts.next();
    parts.step_by(2).find(|t| {
        t.contains("://")
            || t.rsplit_once(':')
                .is_some_and(|(h, p)| !h.is_empty() && p.len() > 1 && p.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// `name:default`, `name:-default` and `name-default` of shells.
fn split_default(body: &str) -> (&str, Option<&str>) {
    match body.split_once(":-").or_else(|| body.split_once(":=")).or_else(|| body.split_once(':')) {
        Some((name, default)) => (name.trim(), Some(default)),
        None => (body.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let mut all = Settings::default();
        for (name, text) in pairs {
            let place = Place {
                repo: "shop".into(),
                path: "a.yml".into(),
                line_start: 1,
                line_end: 1,
                rule: "r".into(),
                seen: "".into(),
                commit: None,
            };
            all.add(Value { name: (*name).to_owned(), text: (*text).to_owned(), place, rank: 0, is_shared: false });
        }
        all
    }

    #[test]
    fn a_name_in_code_stands_for_the_one_variable_that_fills_it() {
        let mut all = settings(&[("STOCK_ADDR", "stock:8080"), ("OTHER_ADDR", "other:80")]);
        for (name, variable) in [("stockAddr", "STOCK_ADDR"), ("hostAddr", "STOCK_ADDR"), ("hostAddr", "OTHER_ADDR")] {
            all.filled.entry(name.to_owned()).or_default().insert(variable.to_owned());
        }
        assert_eq!(all.resolve("http://{shop.stockAddr}/v1"), "http://stock:8080/v1");
        assert_eq!(all.resolve("http://{shop.hostAddr}/v1"), "http://{shop.hostAddr}/v1", "two variables fill it");
        let all =
            settings(&[("Shop__StockAddress", "http://stock"), ("A__CartUrl", "http://a"), ("B__CartUrl", "http://b")]);
        assert_eq!(all.resolve("{options.StockAddress}/v1"), "http://stock/v1", "a field of settings of that name");
        assert_eq!(all.resolve("{options.CartUrl}/v1"), "{options.CartUrl}/v1", "two settings end so");
    }

    #[test]
    fn placeholders_are_filled_and_holes_stay() {
        let all =
            settings(&[("ORDERS_URL", "http://${orders.host}:8080"), ("orders.host", "orders"), ("LOOP", "${LOOP}")]);
        let check = |text: &str, expect: &str| assert_eq!(all.resolve(text), expect, "{text}");
        check("${ORDERS_URL}/v1", "http://orders:8080/v1");
        check("$ORDERS_URL/v1", "http://orders:8080/v1");
        check("{ordersUrl}/v1/{id}", "http://orders:8080/v1/{id}");
        check("${MISSING:http://x}/a", "http://x/a");
        check("${MISSING:-y}", "y");
        check("${MISSING}", "{MISSING}");
        check("{process.env.ORDERS_URL}/v1", "http://orders:8080/v1");
        check("{process.env.X_URL || 'http://stock:80'}/v1", "http://stock:80/v1");
        check("${LOOP}", "{LOOP}");
        check("{{ .Values.x }}", "{{ .Values.x }}");
        check("${unclosed", "${unclosed");
        check("100 %", "100 %");
    }
}
