//! Conan and vcpkg.

use super::script::{Comments, Kind, closing, scan};
use super::sheet::{Dependency, Project, Scope, Sheet, is_plain};
use super::tree::Node;

/// A Conan reference taken apart: `name/version@user/channel#revision:package`.
fn reference(text: &str) -> (&str, &str, Option<&str>) {
    let text = text.split(['#', ':', '%']).next().unwrap_or(text);
    let (text, place) = text.split_once('@').map_or((text, None), |(t, p)| (t, Some(p)));
    let (name, version) = text.split_once('/').unwrap_or((text, ""));
    (name.trim(), version.trim(), place.filter(|p| !p.is_empty() && *p != "_/_"))
}

fn conan(sheet: &mut Sheet<'_, '_>, text: &str, lines: (usize, usize), scope: Scope, group: Option<&str>, direct: Option<bool>) {
    let (name, version, place) = reference(text);
    if name.is_empty() || version.is_empty() {
        sheet.odd(lines.0, "a reference of Conan is `name/version`");
        return;
    }
    let is_lock = sheet.is_lock;
    sheet.push(&Dependency {
        name,
        declared: Some(version).filter(|_| !is_lock),
        version: Some(version).filter(|v| is_lock || (!v.contains(['[', '<', '>', '*', '{', ' ']))),
        scope,
        direct,
        group,
        source: place,
        lines,
        ..Dependency::default()
    });
}

fn requirement_scope(word: &str) -> Option<Scope> {
    match word {
        "requires" => Some(Scope::Runtime),
        "tool_requires" | "build_requires" => Some(Scope::Build),
        "test_requires" => Some(Scope::Test),
        "python_requires" => Some(Scope::Build),
        _ => None,
    }
}

/// Reads a `conanfile.txt`.
pub(super) fn conanfile_txt(sheet: &mut Sheet<'_, '_>) {
    let mut section = "";
    for (at, raw) in sheet.text().lines().enumerate() {
        let line = raw.split('#').next().unwrap_or(raw).trim();
        if let Some(head) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = head;
        } else if let Some(scope) = requirement_scope(section).filter(|_| line.contains('/')) {
            conan(sheet, line, (at + 1, at + 1), scope, None, Some(true));
        }
    }
}

/// Reads the literal requirements of a `conanfile.py`: class attributes and calls on `self`.
pub(super) fn conanfile_py(sheet: &mut Sheet<'_, '_>) {
    let tokens = scan(sheet.text(), Comments::Hash);
    let mut project = Project::default();
    for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.kind == Kind::Word) {
        let Some(next) = tokens.get(at + 1) else { break };
        let begins = at == 0 || tokens[at - 1].kind == Kind::Break;
        if let Some(scope) = requirement_scope(token.text) {
            let open = at + if next.is_mark("=") { 2 } else { 1 };
            let Some(first) = tokens.get(open) else { continue };
            let end = if first.kind == Kind::Mark {
                closing(&tokens, open)
            } else {
                // `requires = "a/1", "b/2"` is a tuple without brackets.
                tokens[open..].iter().position(|t| t.kind == Kind::Break).map_or(tokens.len(), |i| open + i)
            };
            let is_call = first.is_mark("(") && !next.is_mark("=");
            let texts = tokens[open..end.min(tokens.len())].iter().filter(|t| t.kind == Kind::Text);
            for text in texts.take(if is_call { 1 } else { usize::MAX }) {
                if text.text.contains('/') && !text.text.starts_with('/') {
                    conan(sheet, text.text, (text.line, text.line), scope, None, Some(true));
                }
            }
        }
        let literal = tokens.get(at + 2).filter(|t| t.kind == Kind::Text && next.is_mark("=") && begins);
        match (token.text, literal) {
            ("name", Some(value)) if project.name.is_none() => {
                project.name = Some(value.text);
                project.lines = (token.line, token.line);
            }
            ("version", Some(value)) => project.version = project.version.or(Some(value.text)),
            ("license", Some(value)) => project.licence = project.licence.or(Some(value.text)),
            ("description", Some(value)) => project.description = project.description.or(Some((value.text, value.line))),
            _ => {}
        }
    }
    if project.name.is_some() {
        sheet.project(&project);
    }
}

/// Reads a `conan.lock`, versions 0.0 to 0.5 of Conan 1 and those of Conan 2.
pub(super) fn conan_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    for (table, scope) in [("requires", Scope::Runtime), ("build_requires", Scope::Build), ("python_requires", Scope::Build)] {
        for item in root.items_of(table) {
            // Conan 2 may write pairs of a reference and its package.
            if let Some(text) = item.text().or_else(|| item.items().first().and_then(Node::text)) {
                conan(sheet, text, (item.first, item.first), scope, Some(table), None);
            }
        }
    }
    let nodes = root.at(&["graph_lock", "nodes"]).map_or(&[][..], Node::entries);
    let direct: Vec<&str> = root.at(&["graph_lock", "nodes", "0"]).map_or(&[][..], |n| n.items_of("requires")).iter().filter_map(Node::text).collect();
    for node in nodes {
        // Version 0.0 calls it `pref`. A node with a path is the consumer itself.
        let Some(found) = node.node.entry("ref").or_else(|| node.node.entry("pref")) else { continue };
        if node.node.get("path").is_some() {
            continue;
        }
        let scope = match node.node.text_of("context") {
            Some("build") => Scope::Build,
            _ => Scope::Runtime,
        };
        let is_direct = (!direct.is_empty()).then(|| direct.contains(&node.key.as_ref()));
        if let Some(text) = found.node.text().filter(|t| !t.is_empty()) {
            conan(sheet, text, (found.line, found.line), scope, node.node.text_of("context"), is_direct);
        }
    }
}

/// Reads a `vcpkg.json`.
pub(super) fn vcpkg(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    let version = ["version", "version-string", "version-semver", "version-date"].iter().find_map(|k| root.text_of(k));
    let first = root.entry("name").map_or(root.first, |e| e.line);
    let description = root.entry("description").and_then(|e| {
        let node = if e.node.items().is_empty() { &e.node } else { &e.node.items()[0] };
        Some((node.text()?, node.first))
    });
    sheet.project(&Project {
        lines: (first, first),
        name: root.text_of("name"),
        version,
        description,
        licence: root.text_of("license"),
        ..Project::default()
    });
    let mut list = |items: &[Node<'_>], scope: Scope, group: Option<&str>, direct: bool| {
        for item in items {
            let name = item.text().map(|t| (t, item.first)).or_else(|| item.entry("name").and_then(|e| Some((e.node.text()?, e.line))));
            let Some((name, line)) = name else { continue };
            let minimum = item.entry("version>=");
            let pin = ["version", "version-string", "version-semver"].iter().find_map(|k| item.entry(k));
            let declared = minimum.and_then(|e| e.node.text()).map(|v| format!(">={v}"));
            let exact = pin.and_then(|e| e.node.text()).filter(|v| is_plain(v));
            let last = minimum.or(pin).map_or(line, |e| e.line);
            sheet.push(&Dependency {
                name,
                declared: declared.as_deref().or(exact),
                version: exact,
                scope: if item.is_true("host") { Scope::Build } else { scope },
                direct: direct.then_some(true),
                group,
                lines: (line.min(last), line.max(last)),
                ..Dependency::default()
            });
        }
    };
    list(root.items_of("dependencies"), Scope::Runtime, None, true);
    for feature in root.entries_of("features") {
        list(feature.node.items_of("dependencies"), Scope::Optional, Some(&feature.key), true);
    }
    list(root.items_of("overrides"), Scope::Unknown, Some("overrides"), false);
}
