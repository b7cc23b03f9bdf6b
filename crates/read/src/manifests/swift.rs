//! Swift packages: `Package.swift` by its literal calls, `Package.resolved` of versions 1 to 3.

use super::script::{Comments, Kind, arguments, closing, named, scan};
use super::sheet::{Dependency, Project, Scope, Sheet};

/// The name purl gives a Swift package: the place of its repository without scheme and `.git`.
fn place(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let bare = bare.strip_prefix("git@").unwrap_or(bare).replacen(".com:", ".com/", 1);
    bare.trim_end_matches('/').trim_end_matches(".git").to_owned()
}

/// Reads a `Package.swift`.
pub(super) fn package_swift(sheet: &mut Sheet<'_, '_>) {
    let tokens: Vec<_> = scan(sheet.text(), Comments::Slashes).into_iter().filter(|t| t.kind != Kind::Break).collect();
    let tools = sheet.text().lines().next().and_then(|l| l.split_once("swift-tools-version")).map(|(_, v)| v.trim_start_matches(':').trim());
    let runtime = tools.map(|t| format!("swift {t}"));
    for (at, token) in tokens.iter().enumerate() {
        let opens = tokens.get(at + 1).is_some_and(|t| t.is_mark("("));
        if token.is_word("Package") && opens {
            let name = tokens.get(at + 4).filter(|t| t.kind == Kind::Text && tokens[at + 2].is_word("name"));
            let line = name.map_or(token.line, |t| t.line);
            let kind = if tokens.iter().any(|t| t.is_word("executableTarget") || t.is_word("executable")) { "application" } else { "library" };
            sheet.project(&Project { lines: (line, line), name: name.map(|t| t.text), kind, runtime: runtime.as_deref(), ..Project::default() });
        }
        if !(token.is_word("package") && opens && at > 0 && tokens[at - 1].is_mark(".")) {
            continue;
        }
        let close = closing(&tokens, at + 1).min(tokens.len());
        let inner = &tokens[at + 2..close];
        let parts = arguments(inner);
        let (url, path, id) = (named(&parts, "url"), named(&parts, "path"), named(&parts, "id"));
        let Some(shown) = url.or(id).or(path) else { continue };
        // What follows the place is the requirement, shown as written.
        let requirement: Vec<_> = parts.iter().filter(|p| !p.first().is_some_and(|t| ["url", "path", "id", "name"].iter().any(|k| t.is_word(k)))).collect();
        let has = |word: &str| requirement.iter().any(|p| p.iter().any(|t| t.is_word(word)));
        let versions: Vec<&str> = requirement.iter().flat_map(|p| p.iter().filter(|t| t.kind == Kind::Text).map(|t| t.text)).collect();
        let declared = match versions[..] {
            [] => None,
            [from, to] => Some(format!("{from}..<{to}")),
            [one, ..] if has("exact") => Some(format!("exact {one}")),
            [one, ..] if has("from") || has("upToNextMajor") => Some(format!("from {one}")),
            [one, ..] if has("upToNextMinor") => Some(format!("up to next minor {one}")),
            [one, ..] => Some(one.to_owned()),
        };
        let last = inner.last().map_or(shown.line, |t| t.line);
        let name = if path.is_some() { named(&parts, "name").unwrap_or(shown).text.to_owned() } else { place(shown.text) };
        sheet.push(&Dependency {
            name: &name,
            declared: declared.as_deref(),
            version: versions.first().copied().filter(|_| has("exact")),
            scope: Scope::Runtime,
            direct: Some(true),
            source: path.map(|t| t.text),
            lines: (token.line.min(shown.line), last.max(shown.line)),
            ..Dependency::default()
        });
    }
}

/// Reads a `Package.resolved`.
pub(super) fn package_resolved(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    let pins = root.get("pins").or_else(|| root.at(&["object", "pins"]));
    let Some(pins) = pins else {
        sheet.odd(1, "a Package.resolved holds `pins`");
        return;
    };
    for pin in pins.items() {
        let url = pin.entry("location").or_else(|| pin.entry("repositoryURL"));
        let state = pin.get("state");
        let version = state.and_then(|s| s.entry("version"));
        let version_text = version.and_then(|v| v.node.text());
        let other = state.and_then(|s| s.text_of("branch").or_else(|| s.text_of("revision")));
        let identity = pin.entry("identity").or_else(|| pin.entry("package"));
        let Some(shown) = url.or(identity) else { continue };
        let text = shown.node.text().unwrap_or("");
        let source = if version_text.is_none() { other.map(|o| format!("{text}#{o}")) } else { None };
        let last = version.map_or(shown.line, |v| v.line);
        sheet.push(&Dependency {
            name: &place(text),
            version: version_text,
            source: source.as_deref(),
            lines: (shown.line.min(last), shown.line.max(last)),
            ..Dependency::default()
        });
    }
}
