//! `go.mod`, `go.work` and `go.sum`.

use rustc_hash::FxHashMap;

use super::sheet::{Dependency, Project, Scope, Sheet};

/// One directive of a `go.mod`, with its block opened up.
struct Directive<'a> {
    line: usize,
    verb: &'a str,
    words: Vec<&'a str>,
    comment: &'a str,
}

fn directives(text: &str) -> Vec<Directive<'_>> {
    let mut found = Vec::new();
    let mut block = None;
    for (at, raw) in text.lines().enumerate() {
        let (code, comment) = raw.split_once("//").filter(|(c, _)| c.is_empty() || c.ends_with([' ', '\t', ')', '('])).unwrap_or((raw, ""));
        let mut words = code.split_whitespace().map(|w| w.trim_matches(['"', '`']));
        let line = at + 1;
        if let Some(verb) = block {
            let words: Vec<_> = words.collect();
            if words.first() == Some(&")") {
                block = None;
            } else if !words.is_empty() {
                found.push(Directive { line, verb, words, comment: comment.trim() });
            }
            continue;
        }
        let Some(verb) = words.next() else { continue };
        let rest: Vec<_> = words.collect();
        if rest.first() == Some(&"(") || (rest.is_empty() && verb.ends_with('(')) {
            block = Some(verb.trim_end_matches('('));
        } else {
            found.push(Directive { line, verb, words: rest, comment: comment.trim() });
        }
    }
    found
}

/// Reads a `go.mod`. A replaced module is listed as what replaces it, with the replaced one in `group_name`.
pub(super) fn go_mod(sheet: &mut Sheet<'_, '_>) {
    let found = directives(sheet.text());
    const VERBS: [&str; 10] =
        ["module", "go", "toolchain", "require", "replace", "exclude", "retract", "tool", "godebug", "ignore"];
    if let Some(odd) = found.iter().find(|d| !VERBS.contains(&d.verb)) {
        sheet.odd(odd.line, "no directive of a go.mod begins like this");
        return;
    }
    let one = |verb: &str| found.iter().find(|d| d.verb == verb);
    if let Some(module) = one("module") {
        let runtime = one("go").and_then(|d| d.words.first()).map(|v| format!("go {v}"));
        sheet.project(&Project {
            lines: (module.line, module.line),
            name: module.words.first().copied(),
            runtime: runtime.as_deref(),
            ..Project::default()
        });
    }
    let mut replaced: FxHashMap<&str, Vec<&Directive<'_>>> = FxHashMap::default();
    for directive in found.iter().filter(|d| d.verb == "replace") {
        if let Some(old) = directive.words.first() {
            replaced.entry(old).or_default().push(directive);
        }
    }
    let tools: Vec<&str> = found.iter().filter(|d| d.verb == "tool").filter_map(|d| d.words.first().copied()).collect();
    for required in found.iter().filter(|d| d.verb == "require") {
        let [name, version, ..] = required.words[..] else {
            sheet.odd(required.line, "a requirement is a module path and a version");
            continue;
        };
        let replacement = replaced.get(name).and_then(|all| all.iter().find_map(|d| Replacement::of(d, version)));
        let is_indirect = required.comment.starts_with("indirect");
        // A tool lives in some package of its module.
        let is_tool = tools.iter().any(|t| t.strip_prefix(name).is_some_and(|r| r.is_empty() || r.starts_with('/')));
        let base = Dependency {
            name,
            declared: Some(version),
            version: Some(version),
            scope: if is_tool { Scope::Build } else { Scope::Runtime },
            direct: Some(!is_indirect),
            lines: (required.line, required.line),
            ..Dependency::default()
        };
        match replacement {
            None => sheet.push(&base),
            Some(Replacement { path: true, to, .. }) => {
                sheet.push(&Dependency { source: Some(to), version: None, ..base });
            }
            Some(Replacement { to, version, line, .. }) => {
                let group = format!("replaces {name}");
                sheet.push(&Dependency { name: to, version, declared: version, group: Some(&group), lines: (line, line), ..base });
            }
        }
    }
}

/// The right-hand side of a `replace` that applies to a version.
struct Replacement<'a> {
    to: &'a str,
    version: Option<&'a str>,
    line: usize,
    path: bool,
}

impl<'a> Replacement<'a> {
    fn of(directive: &Directive<'a>, required: &str) -> Option<Self> {
        let arrow = directive.words.iter().position(|w| *w == "=>")?;
        if directive.words.get(1).is_some_and(|v| *v != "=>" && *v != required) {
            return None;
        }
        let to = directive.words.get(arrow + 1).copied()?;
        let version = directive.words.get(arrow + 2).copied();
        let path = version.is_none() || to.starts_with('.') || to.starts_with('/');
        Some(Self { to, version, line: directive.line, path })
    }
}

/// Reads a `go.work`: the modules of a workspace, and what it replaces.
pub(super) fn go_work(sheet: &mut Sheet<'_, '_>) {
    let found = directives(sheet.text());
    let runtime = found.iter().find(|d| d.verb == "go").and_then(|d| d.words.first()).map(|v| format!("go {v}"));
    if let Some(first) = found.first() {
        sheet.project(&Project {
            lines: (first.line, first.line),
            kind: "workspace",
            runtime: runtime.as_deref(),
            ..Project::default()
        });
    }
    for directive in found.iter().filter(|d| d.verb == "replace") {
        let Some(old) = directive.words.first() else { continue };
        let version = directive.words.get(1).copied().filter(|v| *v != "=>");
        let Some(new) = Replacement::of(directive, version.unwrap_or("")) else { continue };
        let group = format!("replaces {old}");
        sheet.push(&Dependency {
            name: if new.path { old } else { new.to },
            declared: new.version,
            version: new.version,
            scope: Scope::Runtime,
            group: Some(&group),
            source: new.path.then_some(new.to),
            lines: (directive.line, directive.line),
            ..Dependency::default()
        });
    }
}

/// Reads a `go.sum`: one row per module and version whose content was hashed. Lines ending in `/go.mod` say only that
/// the module was looked at while versions were chosen, so they are no row. A `go.mod` beside it says what is in use:
/// who counts packages takes `go.sum` only where that is missing.
pub(super) fn go_sum(sheet: &mut Sheet<'_, '_>) {
    let text = sheet.text();
    let mut complained = false;
    for (at, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version), Some(hash)) = (words.next(), words.next(), words.next()) else {
            if !line.trim().is_empty() && !complained {
                complained = true;
                sheet.odd(at + 1, "a line of a go.sum is a module, a version and a hash");
            }
            continue;
        };
        if version.ends_with("/go.mod") || !hash.starts_with("h1:") {
            continue;
        }
        sheet.push(&Dependency { name, version: Some(version), lines: (at + 1, at + 1), ..Dependency::default() });
    }
}
