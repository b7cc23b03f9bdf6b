//! Elixir and Gleam: `mix.exs`, `mix.lock` and `gleam.toml`.

use super::script::{Comments, Kind, Token, arguments, closing, scan};
use super::sheet::{Dependency, Project, Scope, Sheet, is_plain};

/// The tuples `{:name, …}` of a list of dependencies.
fn atom<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    match tokens {
        [colon, name, ..] if colon.is_mark(":") && name.kind != Kind::Mark => Some(name.text),
        _ => None,
    }
}

/// The value of `key: value` among the arguments of a tuple.
fn option<'t, 'a>(parts: &[&'t [Token<'a>]], key: &str) -> Option<&'t [Token<'a>]> {
    parts.iter().find_map(|p| match p {
        [name, colon, rest @ ..] if name.is_word(key) && colon.is_mark(":") => Some(rest),
        _ => None,
    })
}

/// Reads a `mix.exs`: the project's own words and the tuples of its dependencies.
pub(super) fn mix_exs(sheet: &mut Sheet<'_, '_>) {
    let tokens: Vec<Token<'_>> = scan(sheet.text(), Comments::Hash).into_iter().filter(|t| t.kind != Kind::Break).collect();
    let mut project = Project::default();
    let mut runtime = None;
    for window in tokens.windows(4) {
        let (name, value) = (window[0], window[2]);
        if name.kind != Kind::Word || !window[1].is_mark(":") {
            continue;
        }
        let literal = (value.kind == Kind::Text).then_some(value.text);
        match name.text {
            "app" if value.is_mark(":") && project.name.is_none() => {
                project.name = Some(window[3].text);
                project.lines = (name.line, name.line);
            }
            "version" => project.version = project.version.or(literal),
            "elixir" => runtime = runtime.or(literal.map(|l| format!("elixir {l}"))),
            "description" => project.description = project.description.or(literal.map(|l| (l, value.line))),
            "apps_path" => project.kind = "workspace",
            _ => {}
        }
    }
    project.runtime = runtime.as_deref();
    if project.name.is_some() || !project.kind.is_empty() {
        sheet.project(&Project { lines: (project.lines.0.max(1), project.lines.1.max(1)), ..project });
    }
    // Dependencies stand in functions named for them; without such a name a tuple may be anything.
    let mut at = 0;
    while at + 1 < tokens.len() {
        let is_function = (tokens[at].is_word("defp") || tokens[at].is_word("def")) && tokens[at + 1].text.contains("deps");
        let is_key = tokens[at].is_word("deps") && tokens[at + 1].is_mark(":");
        if !is_function && !is_key {
            at += 1;
            continue;
        }
        let end = tokens[at + 2..].iter().position(|t| t.is_word("def") || t.is_word("defp")).map_or(tokens.len(), |i| at + 2 + i);
        let mut inner = at + 2;
        while inner < end {
            if tokens[inner].is_mark("{") && tokens.get(inner + 1).is_some_and(|t| t.is_mark(":")) {
                let close = closing(&tokens, inner).min(tokens.len());
                mix_dependency(sheet, &tokens[inner + 1..close]);
                inner = close;
            }
            inner += 1;
        }
        at = end;
    }
}

fn mix_dependency(sheet: &mut Sheet<'_, '_>, tokens: &[Token<'_>]) {
    let parts = arguments(tokens);
    let Some(app) = parts.first().and_then(|p| atom(p)) else { return };
    let line = tokens.first().map_or(1, |t| t.line);
    let declared = parts.get(1).and_then(|p| p.first()).filter(|t| t.kind == Kind::Text);
    let text = declared.map(|t| t.text);
    let package = option(&parts, "hex").and_then(atom);
    let only = option(&parts, "only");
    let only: Option<Vec<&str>> = only.map(|t| t.iter().filter(|t| t.kind == Kind::Word).map(|t| t.text).collect());
    let is = |key: &str| option(&parts, key).is_some_and(|t| t.first().is_some_and(|t| t.is_word("true")));
    let scope = match only.as_deref() {
        Some(only) if only.iter().all(|o| *o == "test") => Scope::Test,
        Some(only) if !only.contains(&"prod") => Scope::Dev,
        _ if is("optional") => Scope::Optional,
        _ => Scope::Runtime,
    };
    let source = ["git", "github", "path"].iter().find_map(|k| option(&parts, k)).and_then(|t| t.first()).filter(|t| t.kind == Kind::Text);
    let exact = text.map(|t| t.trim_start_matches(['=', ' '])).filter(|t| is_plain(t));
    let group = only.map(|o| o.join(","));
    sheet.push(&Dependency {
        name: package.unwrap_or(app),
        declared: text,
        version: exact,
        scope,
        direct: Some(true),
        group: group.as_deref(),
        source: source.map(|t| t.text).or_else(|| is("in_umbrella").then_some("umbrella")),
        lines: (line, declared.map_or(line, |t| t.line)),
        ..Dependency::default()
    });
}

/// Reads a `mix.lock`: a map of name to `{:hex, :package, "version", …}` or `{:git, "url", "commit", …}`.
pub(super) fn mix_lock(sheet: &mut Sheet<'_, '_>) {
    let tokens: Vec<Token<'_>> = scan(sheet.text(), Comments::Hash).into_iter().filter(|t| t.kind != Kind::Break).collect();
    if !tokens.is_empty() && !(tokens[0].is_mark("%") && tokens.get(1).is_some_and(|t| t.is_mark("{"))) {
        sheet.odd(tokens[0].line, "a mix.lock is a map, `%{…}`");
        return;
    }
    let mut at = 2;
    while at < tokens.len() {
        let name = tokens[at];
        let is_entry = name.kind == Kind::Text && tokens.get(at + 1).is_some_and(|t| t.is_mark(":")) && tokens.get(at + 2).is_some_and(|t| t.is_mark("{"));
        if !is_entry {
            at += 1;
            continue;
        }
        let close = closing(&tokens, at + 2).min(tokens.len());
        let parts = arguments(&tokens[(at + 3).min(close)..close]);
        let kind = parts.first().and_then(|p| atom(p)).unwrap_or("");
        let text = |i: usize| parts.get(i).and_then(|p| p.first()).filter(|t| t.kind == Kind::Text).map(|t| t.text);
        let package = parts.get(1).and_then(|p| atom(p)).filter(|_| kind == "hex");
        let is_git = kind == "git";
        let source = if is_git { text(1).map(|url| format!("{url}#{}", text(2).unwrap_or(""))) } else { None };
        let last = parts.get(2).and_then(|p| p.first()).map_or(name.line, |t| t.line);
        let is_whole = match kind {
            "hex" => text(2).is_some(),
            "git" | "path" => text(1).is_some(),
            _ => false,
        };
        if is_whole {
            sheet.push(&Dependency {
                name: package.unwrap_or(name.text),
                version: if kind == "hex" { text(2) } else { None },
                source: source.as_deref(),
                lines: (name.line, last),
                ..Dependency::default()
            });
        } else {
            sheet.odd(name.line, "a locked dependency is a tuple of `:hex`, `:git` or `:path`");
        }
        at = close + 1;
    }
}

/// Reads a `gleam.toml`.
pub(super) fn gleam_toml(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    if let Some(name) = root.entry("name") {
        sheet.project(&Project {
            lines: (name.line, name.line),
            name: name.node.text(),
            version: root.text_of("version"),
            description: root.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
            licence: root.items_of("licences").first().and_then(super::tree::Node::text),
            ..Project::default()
        });
    }
    for (table, scope) in [("dependencies", Scope::Runtime), ("dev-dependencies", Scope::Dev), ("dev_dependencies", Scope::Dev)] {
        for entry in root.entries_of(table) {
            let declared = entry.node.text();
            sheet.push(&Dependency {
                name: &entry.key,
                declared,
                version: declared.map(|d| d.trim_start_matches(['=', ' '])).filter(|d| is_plain(d)),
                scope,
                direct: Some(true),
                source: ["git", "path"].iter().find_map(|k| entry.node.text_of(k)),
                lines: (entry.line, entry.line),
                ..Dependency::default()
            });
        }
    }
}
