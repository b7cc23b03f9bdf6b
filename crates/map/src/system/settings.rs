//! The values that a part runs with: variables of its deployment, settings beside its code and on a configuration
//! server, defaults; and texts with their placeholders filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::{Facts, Place};
use super::knowledge::knowledge;
use super::names::{folder_of, is_below, key, last_part, setting_key, stem};
use super::parts::{Part, Parts, has, main_deployments};

/// One value of a setting.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// The setting's name as written.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) place: Place,
    /// Smaller is stronger: deployment, own settings, shared settings, defaults.
    pub(super) rank: u8,
    /// Whether only this part reads it, or all that share a configuration server.
    pub(super) is_shared: bool,
}

/// Values of one part, by name in the form in which names are compared; the strongest first.
#[derive(Debug, Default, Clone)]
pub(super) struct Settings {
    by_key: BTreeMap<String, Vec<Value>>,
    /// Names that its code or its own settings ask for.
    reads: BTreeSet<String>,
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
            all.add(Value {
                name: name.to_owned(),
                text: text.to_owned(),
                place: place.clone(),
                rank: 0,
                is_shared: false,
            });
        }
        all
    }

    /// The strongest value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.by_key.get(setting_key(name).as_ref())?.first()
    }

    /// Whether the part asks for a name; nothing is known where it is not seen to ask for any.
    pub(super) fn asks_for(&self, name: &str) -> Option<bool> {
        (!self.reads.is_empty()).then(|| self.reads.contains(&key(name)))
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
                let found = self.get(name).or_else(|| variable.and_then(|v| self.get(v)));
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
                        out.push_str(&self.fill(&value.text, depth + 1))
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

/// A part that reads a file of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader {
    pub(super) part: usize,
    pub(super) rank: u8,
    /// Many read the file.
    pub(super) is_shared: bool,
}

/// Who reads which file of settings.
#[derive(Debug)]
pub(super) struct Readers {
    /// Folders of configuration servers.
    servers: Vec<(Arc<str>, String)>,
    /// Parts with code.
    code: Vec<usize>,
}

impl Readers {
    pub(super) fn of_parts(parts: &Parts) -> Self {
        Self {
            servers: parts.all.iter().filter(|p| p.kind == "config").filter_map(|p| p.root.clone()).collect(),
            code: parts.all.iter().enumerate().filter(|(_, p)| p.is_code()).map(|(at, _)| at).collect(),
        }
    }

    /// The parts that read the file of a place.
    ///
    /// Files of a configuration server, and of a folder of settings, are named after the application that reads them;
    /// general names there are for all.
    pub(super) fn of(&self, parts: &Parts, place: &Place) -> Vec<Reader> {
        let name = stem(&place.path);
        let is_general = matches!(name, "application" | "bootstrap" | "appsettings" | "settings");
        let server = self.servers.iter().find(|(repo, folder)| *repo == place.repo && is_below(&place.path, folder));
        let own =
            |part: &Part| part.root.as_ref().is_some_and(|(repo, f)| *repo == place.repo && is_below(&place.path, f));
        let folder = folder_of(&place.path);
        let is_settings_folder = folder.split('/').any(|f| f.to_ascii_lowercase().contains("config"));
        if !is_general && (server.is_some() || is_settings_folder) {
            let named = self.code.iter().copied().find(|at| {
                let part = &parts.all[*at];
                part.aliases.contains_key(&key(name)) || profile_of(name, part)
            });
            if let Some(part) = named.filter(|at| server.is_some() || !own(&parts.all[*at])) {
                return vec![Reader { part, rank: 2, is_shared: false }];
            }
        }
        if let Some((_, root)) = server
            && (is_general || name.starts_with("application-"))
            && !last_part(&place.path).starts_with("bootstrap")
            && folder != format!("{root}/src/main/resources").trim_start_matches('/')
            && folder != root
        {
            return self.code.iter().map(|part| Reader { part: *part, rank: 4, is_shared: true }).collect();
        }
        let has_profile = name.contains('-') || last_part(&place.path).matches('.').count() > 1;
        let rank = if has_profile { 3 } else { 2 };
        parts
            .owners(&place.repo, &place.path)
            .iter()
            .map(|part| Reader { part: *part, rank, is_shared: false })
            .collect()
    }

    /// The same for a setting of a name: of a file that many read, only those that have the library which reads it.
    pub(super) fn of_setting(&self, facts: &Facts, parts: &Parts, place: &Place, name: &str) -> Vec<Reader> {
        let mut all = self.of(parts, place);
        let compared = key(name);
        all.retain(|reader| {
            !reader.is_shared
                || knowledge()
                    .settings_with(&compared)
                    .any(|setting| has(facts, &parts.all[reader.part], &setting.packages, &setting.roles).is_some())
        });
        all
    }
}

/// Values of all parts, in the order of the parts.
pub(super) fn gather(facts: &Facts, parts: &Parts) -> Vec<Settings> {
    let mut all = vec![Settings::default(); parts.all.len()];
    let mut maps: BTreeMap<(Arc<str>, String), Vec<(&str, &str, &Place)>> = BTreeMap::new();
    let is_main = main_deployments(facts);
    for s in facts.signals.iter().filter(|s| is_main(s)) {
        if s.is("config-value")
            && s.technology_is("kubernetes")
            && let (Some(map), Some(name), Some(value)) = (&s.scope, &s.name, &s.value)
        {
            maps.entry((Arc::clone(&s.place.repo), map.clone())).or_default().push((name, value, &s.place));
        }
    }
    let readers = Readers::of_parts(parts);
    for (at, part) in parts.all.iter().enumerate() {
        for (name, text, place) in &part.variables {
            all[at].add(Value {
                name: name.clone(),
                text: text.clone(),
                place: place.clone(),
                rank: 0,
                is_shared: false,
            });
        }
    }
    for s in facts.signals.iter().filter(|s| s.is("env-from")) {
        let (Some(scope), Some(map)) = (&s.scope, &s.value) else { continue };
        let Some(at) = parts.named(scope, Some(&s.place.repo)) else { continue };
        for (name, text, place) in maps.get(&(Arc::clone(&s.place.repo), map.clone())).into_iter().flatten() {
            all[at].add(Value {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
                place: (*place).clone(),
                rank: 1,
                is_shared: false,
            });
        }
    }
    for s in &facts.signals {
        let (Some(name), Some(text)) = (&s.name, &s.value) else { continue };
        let value = |rank: u8, is_shared: bool| Value {
            name: name.clone(),
            text: text.clone(),
            place: s.place.clone(),
            rank,
            is_shared,
        };
        let technology = s.technology.as_deref().unwrap_or_default();
        match &*s.kind {
            "config-value" if technology == "kubernetes" => {}
            "config-value" => {
                for reader in readers.of(parts, &s.place) {
                    all[reader.part].add(value(reader.rank, reader.is_shared));
                }
            }
            "env" if technology == "dotenv" => {
                // A file beside a description of deployment is read by that; see `parts`.
                let folder = folder_of(&s.place.path);
                for at in parts.owners(&s.place.repo, &s.place.path) {
                    let is_own = parts.all[*at]
                        .root
                        .as_ref()
                        .is_some_and(|(_, f)| is_below(folder, f) && !parts.deploys(&s.place.repo, folder));
                    if is_own {
                        all[*at].add(value(3, false));
                    }
                }
            }
            "env" if technology == "dockerfile" => {
                for at in parts.owners(&s.place.repo, &s.place.path) {
                    all[*at].add(value(3, false));
                }
            }
            "env-read" | "config-read" => {
                for at in parts.owners(&s.place.repo, &s.place.path) {
                    all[*at].add(value(6, false));
                }
            }
            _ => {}
        }
    }
    // Variables that take one key of a config map.
    for s in facts.signals.iter().filter(|s| s.is("env")) {
        let (Some(scope), Some(name), Some(from)) = (&s.scope, &s.name, s.attribute("from")) else { continue };
        let Some((map, field)) = from.split_once('/') else { continue };
        let Some(at) = parts.named(scope, Some(&s.place.repo)) else { continue };
        for (_, text, place) in
            maps.get(&(Arc::clone(&s.place.repo), map.to_owned())).into_iter().flatten().filter(|(n, _, _)| *n == field)
        {
            all[at].add(Value {
                name: name.clone(),
                text: (*text).to_owned(),
                place: (*place).clone(),
                rank: 1,
                is_shared: false,
            });
        }
    }
    for s in facts.signals.iter().filter(|s| s.is("env-read") || s.is("config-read")) {
        let Some(name) = &s.name else { continue };
        for at in parts.owners(&s.place.repo, &s.place.path) {
            all[*at].reads.insert(key(name));
        }
    }
    for settings in &mut all {
        let asked: Vec<String> = settings.all().filter(|v| v.rank > 1).flat_map(|v| placeholders(&v.text)).collect();
        settings.reads.extend(asked);
    }
    for (at, settings) in all.iter_mut().enumerate() {
        for list in settings.by_key.values_mut() {
            list.sort_by(|a, b| (a.rank, &a.place).cmp(&(b.rank, &b.place)));
        }
        // Shared settings of a library count only for those that have the library.
        let part = &parts.all[at];
        settings.by_key.retain(|name, list| {
            for setting in knowledge().settings_with(name) {
                if has(facts, part, &setting.packages, &setting.roles).is_none() {
                    list.retain(|v| !v.is_shared);
                }
            }
            !list.is_empty()
        });
    }
    all
}

/// Names in the placeholders of a text, in the form in which names are compared.
fn placeholders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some(end) = closing(after, 0) else { break };
        found.push(key(split_default(&after[..end]).0));
        rest = &after[end..];
    }
    found
}

/// Whether a file's stem is a name of the part with a profile after it.
fn profile_of(stem: &str, part: &Part) -> bool {
    let mut end = stem.len();
    while let Some(at) = stem[..end].rfind('-') {
        if part.aliases.contains_key(&key(&stem[..at])) {
            return true;
        }
        end = at;
    }
    false
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
