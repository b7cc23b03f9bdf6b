//! Dart, R and Haskell.

use super::sheet::{Dependency, Project, Scope, Sheet, is_plain};
use super::tree::Node;

/// Reads a `pubspec.yaml`.
pub(super) fn pubspec(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.yaml() else { return };
    if let Some(name) = root.entry("name") {
        let runtime = root.at(&["environment", "sdk"]).and_then(Node::text).map(|s| format!("dart {s}"));
        sheet.project(&Project {
            lines: (name.line, name.line),
            name: name.node.text(),
            version: root.scalar_of("version"),
            description: root.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
            runtime: runtime.as_deref(),
            ..Project::default()
        });
    }
    for (table, scope) in [("dependencies", Scope::Runtime), ("dev_dependencies", Scope::Dev), ("dependency_overrides", Scope::Unknown)] {
        for entry in root.entries_of(table) {
            let declared = entry.node.scalar().or_else(|| entry.node.scalar_of("version"));
            let git = entry.node.get("git").and_then(|g| g.text().or_else(|| g.text_of("url")));
            sheet.push(&Dependency {
                name: &entry.key,
                declared,
                version: declared.filter(|d| is_plain(d)),
                scope,
                direct: Some(true),
                group: (table == "dependency_overrides").then_some(table),
                source: git.or_else(|| entry.node.text_of("path")).or_else(|| entry.node.text_of("sdk").map(|_| "sdk")),
                lines: (entry.line, entry.line),
                ..Dependency::default()
            });
        }
    }
}

/// Reads a `pubspec.lock`.
pub(super) fn pubspec_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.yaml() else { return };
    for entry in root.entries_of("packages") {
        let node = &entry.node;
        let version = node.entry("version");
        let kind = node.scalar_of("dependency").unwrap_or("");
        let description = node.get("description");
        let source = match node.text_of("source") {
            Some("hosted") | None => None,
            Some(other) => description.and_then(|d| d.text_of("url").or_else(|| d.text_of("path"))).or(Some(other)),
        };
        sheet.push(&Dependency {
            name: &entry.key,
            version: version.and_then(|v| v.node.scalar()),
            scope: if kind.contains("dev") { Scope::Dev } else { Scope::Runtime },
            direct: Some(kind.starts_with("direct")),
            source,
            lines: (entry.line, version.map_or(entry.line, |v| v.line)),
            ..Dependency::default()
        });
    }
}

/// Reads an `renv.lock`.
pub(super) fn renv_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    for entry in root.entries_of("Packages") {
        let node = &entry.node;
        let version = node.entry("Version");
        let name = node.entry("Package");
        let repository = node.text_of("Repository");
        let origin = node.text_of("RemoteUrl").or(repository).or_else(|| node.text_of("Source"));
        sheet.push(&Dependency {
            name: name.and_then(|n| n.node.text()).unwrap_or(&entry.key),
            version: version.and_then(|v| v.node.text()),
            source: origin.filter(|r| *r != "CRAN"),
            lines: (entry.line, version.map_or(entry.line, |v| v.line)),
            ..Dependency::default()
        });
    }
}

/// Reads a `cabal.project.freeze`: `constraints: any.name ==1.0, …`.
pub(super) fn cabal_freeze(sheet: &mut Sheet<'_, '_>) {
    for (at, line) in sheet.text().lines().enumerate() {
        let line = line.trim_start().strip_prefix("constraints:").unwrap_or(line);
        for part in line.split(',') {
            let Some((name, version)) = part.split_once("==") else { continue };
            let name = name.trim();
            sheet.push(&Dependency {
                name: name.strip_prefix("any.").unwrap_or(name),
                version: Some(version.trim()),
                lines: (at + 1, at + 1),
                ..Dependency::default()
            });
        }
    }
}

/// Reads a `stack.yaml.lock`: `hackage: name-1.0@sha256:…`.
pub(super) fn stack_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.yaml() else { return };
    for package in root.items_of("packages") {
        // What was asked for and what it was completed to are the same package.
        for place in ["completed", "original"] {
            let Some(hackage) = package.get(place).and_then(|p| p.entry("hackage")) else { continue };
            let text = hackage.node.text().unwrap_or("").split('@').next().unwrap_or("");
            let Some((name, version)) = text.rsplit_once('-').filter(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit())) else {
                sheet.odd(hackage.line, "a package of Hackage is `name-version`");
                break;
            };
            sheet.push(&Dependency { name, version: Some(version), lines: (hackage.line, hackage.line), ..Dependency::default() });
            break;
        }
    }
}
