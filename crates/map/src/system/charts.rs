//! Helm charts: what templates leave open is filled in from the values beside them, as far as that is simple. Conditions
//! are taken for true, and whatever is not simple stays a hole.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::Signal;
use super::names::{folder_of, last_part};

/// Values that stand for others may do so only so often.
const DEEPEST: usize = 4;

/// One chart: its name and its values by path, `image.repository`.
#[derive(Debug, Default)]
struct Chart {
    name: String,
    values: FxHashMap<String, String>,
}

/// Charts of one repository by folder.
#[derive(Debug, Default)]
struct Charts(BTreeMap<String, Chart>);

/// Fills the templates of all charts of a repository in; the values are of no use afterwards.
pub(super) fn fill(repo: &str, signals: &mut Vec<Signal>) {
    let mut charts = Charts::default();
    for s in signals.iter().filter(|s| &*s.place.repo == repo && s.is("chart")) {
        if let Some(name) = &s.name {
            let folder = folder_of(&s.place.path).to_owned();
            charts.0.insert(folder, Chart { name: name.clone(), values: FxHashMap::default() });
        }
    }
    for s in signals.iter().filter(|s| &*s.place.repo == repo && s.is("helm-value")) {
        if let (Some(name), Some(value), Some(chart)) = (&s.name, &s.value, charts.0.get_mut(folder_of(&s.place.path)))
        {
            chart.values.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    signals.retain(|s| &*s.place.repo != repo || !s.is("helm-value"));
    if charts.0.is_empty() {
        return;
    }
    for s in signals.iter_mut().filter(|s| &*s.place.repo == repo) {
        let path = Arc::clone(&s.place.path);
        if !path.contains("/templates/") && !path.starts_with("templates/") {
            continue;
        }
        let Some((folder, chart)) = charts.of(&path) else { continue };
        let texts = [&mut s.name, &mut s.value, &mut s.target, &mut s.scope, &mut s.topic];
        for text in texts.into_iter().flatten().filter(|t| t.contains("{{")) {
            *text = charts.filled(folder, chart, text, 0);
        }
        s.fill_attributes(&|text| text.contains("{{").then(|| charts.filled(folder, chart, text, 0)));
    }
}

impl Charts {
    /// The chart whose template a file is.
    fn of(&self, path: &str) -> Option<(&str, &Chart)> {
        let mut folder = folder_of(path);
        loop {
            if let Some((folder, chart)) = self.0.get_key_value(folder) {
                return Some((folder, chart));
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }

    /// A value of a chart: what the chart around it says of it is stronger than what it says itself.
    fn value(&self, folder: &str, path: &str) -> Option<&str> {
        let above = folder.strip_suffix(last_part(folder)).and_then(|f| f.trim_end_matches('/').strip_suffix("charts"));
        let outer = above.and_then(|f| self.0.get(f.trim_end_matches('/')));
        let of_outer = outer.and_then(|o| {
            o.values
                .get(&format!("{}.{path}", last_part(folder)))
                .or_else(|| o.values.get(path).filter(|_| path.starts_with("global.")))
        });
        of_outer.or_else(|| self.0.get(folder)?.values.get(path)).map(String::as_str)
    }

    /// A text with its places filled in.
    fn filled(&self, folder: &str, chart: &Chart, text: &str, depth: usize) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, after)) = after.split_once("}}") else { break };
            out.push_str(before);
            rest = after;
            match self.worked_out(folder, chart, inside.trim_matches(['-', ' ']), depth) {
                Some(value) if value.is_empty() => rest = rest.strip_prefix('-').unwrap_or(rest),
                Some(value) => out.push_str(&value),
                None => {
                    out.push_str("{{");
                    out.push_str(inside);
                    out.push_str("}}");
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// What a pipeline gives.
    fn worked_out(&self, folder: &str, chart: &Chart, pipeline: &str, depth: usize) -> Option<String> {
        let mut stages = split_outside_quotes(pipeline, '|').into_iter().map(str::trim);
        let mut value = self.term(folder, chart, stages.next()?, depth);
        for stage in stages {
            let words = words(stage);
            match *words.first()? {
                "default" => {
                    value = value.filter(|v| !v.is_empty()).or_else(|| self.term(folder, chart, words.get(1)?, depth));
                }
                "lower" => value = value.map(|v| v.to_lowercase()),
                "quote" | "squote" | "toString" | "trunc" | "trimSuffix" | "trim" | "nindent" | "indent" | "int" => {}
                _ => return None,
            }
        }
        value
    }

    /// What a first stage gives: a value, a literal, a helper's name, a function of those.
    fn term(&self, folder: &str, chart: &Chart, term: &str, depth: usize) -> Option<String> {
        let term = term.trim();
        if let Some(inner) = term.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            return if depth < DEEPEST { self.worked_out(folder, chart, inner, depth + 1) } else { None };
        }
        if let Some(literal) = literal(term) {
            return Some(literal.to_owned());
        }
        let words = words(term);
        let value = |word: &str| {
            let path = word
                .strip_prefix(".Values.")
                .or_else(|| word.split_once(".Values.").filter(|(r, _)| r.starts_with('$')).map(|(_, p)| p))?;
            let found = self.value(folder, path)?;
            Some(if depth < DEEPEST && found.contains("{{") {
                self.filled(folder, chart, found, depth + 1)
            } else {
                found.to_owned()
            })
        };
        match words[..] {
            [".Chart.Name" | "$.Chart.Name"] => Some(chart.name.clone()),
            // The name of a release is only known when it is installed; what is named after it is known without.
            [".Release.Name" | "$.Release.Name"] => Some(String::new()),
            [".Release.Namespace" | "$.Release.Namespace"] => Some("default".to_owned()),
            ["include" | "template", name, ..] => {
                let name = literal(name)?;
                // A helper of another name may put anything together.
                let is_plain = name.matches('.').count() < 2
                    && name
                        .rsplit('.')
                        .next()
                        .is_some_and(|last| matches!(last.to_ascii_lowercase().as_str(), "fullname" | "name"));
                let named = || ["fullnameOverride", "nameOverride"].iter().find_map(|n| self.value(folder, n));
                is_plain.then(|| named().filter(|n| !n.is_empty()).unwrap_or(&chart.name).to_owned())
            }
            ["default", fallback, one] => {
                value(one).filter(|v| !v.is_empty()).or_else(|| self.term(folder, chart, fallback, depth + 1))
            }
            [one] | ["required", _, one] | ["quote" | "toString" | "tpl", one] | ["tpl", one, _] => value(one),
            ["printf", format, ref arguments @ ..] => {
                let mut out = literal(format)?.to_owned();
                for argument in arguments.iter().filter(|_| depth < DEEPEST) {
                    let filled = self.term(folder, chart, argument, depth + 1)?;
                    let place = out.find('%').filter(|at| at + 2 <= out.len() && out.is_char_boundary(at + 2))?;
                    out.replace_range(place..place + 2, &filled);
                }
                Some(out.trim_matches('-').to_owned())
            }
            _ => None,
        }
    }
}

/// The text of a literal.
fn literal(term: &str) -> Option<&str> {
    let quoted = |q: char| term.strip_prefix(q).and_then(|t| t.strip_suffix(q)).filter(|t| !t.contains(q));
    quoted('"').or_else(|| quoted('`')).or_else(|| Some(term).filter(|t| t.parse::<i64>().is_ok()))
}

/// Words at blanks that stand outside quotes and brackets.
fn words(text: &str) -> Vec<&str> {
    split_outside_quotes(text, ' ').into_iter().filter(|w| !w.is_empty()).collect()
}

fn split_outside_quotes(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut start, mut quote, mut depth) = (Vec::new(), 0, None, 0_i32);
    for (i, c) in text.char_indices() {
        if let Some(open) = quote {
            if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '`' => quote = Some(c),
            '(' => depth += 1,
            ')' => depth -= 1,
            c if c == at && depth <= 0 => {
                parts.push(&text[start..i]);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_and_holes_stay() {
        let made = |name: &str, values: &[(&str, &str)]| Chart {
            name: name.to_owned(),
            values: values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        let shop = made(
            "shop",
            &[("image.name", "acme/shop"), ("tag", ""), ("host", "{{ .Release.Name }}-db"), ("cart.port", "81")],
        );
        let inner = made("cart", &[("port", "80")]);
        let charts = Charts([("deploy/shop".to_owned(), shop), ("deploy/shop/charts/cart".to_owned(), inner)].into());
        let check = |path: &str, text: &str, expect: &str| {
            let (folder, chart) = charts.of(path).expect("a chart");
            assert_eq!(charts.filled(folder, chart, text, 0), expect, "{text}");
        };
        let shop = "deploy/shop/templates/a.yaml";
        check(
            shop,
            "{{ .Values.image.name }}:{{ .Values.tag | default .Chart.AppVersion }}",
            "acme/shop:{{ .Values.tag | default .Chart.AppVersion }}",
        );
        check(shop, "{{- .Values.image.name | quote -}}", "acme/shop");
        check(shop, "{{ .Values.none | default \"x\" }}{{ default \"y\" $.Values.tag }}", "xy");
        check(shop, "{{ include \"shop.fullname\" . }}-web", "shop-web");
        check(shop, "{{ include \"shop.db.fullname\" . }}", "{{ include \"shop.db.fullname\" . }}");
        check(shop, "{{ .Release.Name }}-web", "web");
        check(shop, "{{ .Values.host }}:{{ .Values.port }}", "db:{{ .Values.port }}");
        check(shop, "{{ printf \"%s-%s\" .Release.Name \"api\" }}", "api");
        check(shop, "{{ if eq 1 1 }}", "{{ if eq 1 1 }}");
        check("deploy/shop/charts/cart/templates/b.yaml", "{{ .Chart.Name }}:{{ .Values.port }}", "cart:81");
    }
}
