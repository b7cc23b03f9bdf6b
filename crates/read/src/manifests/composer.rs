//! `composer.json` and `composer.lock`.

use super::sheet::{Dependency, Project, Scope, Sheet, instant, is_plain};
use super::tree::Node;

/// What Composer calls a platform package is a requirement of the machine, not a dependency.
fn is_platform(name: &str) -> bool {
    matches!(name, "php" | "hhvm" | "composer" | "composer-plugin-api" | "composer-runtime-api" | "php-64bit" | "php-ipv6")
        || ["ext-", "lib-"].iter().any(|p| name.starts_with(p))
}

/// Reads a `composer.json`.
pub(super) fn composer_json(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    let runtime = root.at(&["require", "php"]).and_then(Node::text).map(|p| format!("php {p}"));
    let first = root.entry("name").map_or(root.first, |e| e.line);
    let licence = root.get("license").and_then(|l| l.text().or_else(|| l.items().first().and_then(Node::text)));
    sheet.project(&Project {
        lines: (first, first),
        name: root.text_of("name"),
        version: root.text_of("version"),
        description: root.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
        licence,
        kind: match root.text_of("type") {
            Some("project") => "application",
            Some("library") => "library",
            _ => "unknown",
        },
        runtime: runtime.as_deref(),
    });
    for (table, scope) in [("require", Scope::Runtime), ("require-dev", Scope::Dev)] {
        for entry in root.entries_of(table).iter().filter(|e| !is_platform(&e.key)) {
            let declared = entry.node.text();
            sheet.push(&Dependency {
                name: &entry.key,
                declared,
                version: declared.filter(|d| is_plain(d)),
                scope,
                direct: Some(true),
                lines: (entry.line, entry.line),
                ..Dependency::default()
            });
        }
    }
}

/// Reads a `composer.lock`.
pub(super) fn composer_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    for (table, scope) in [("packages", Scope::Runtime), ("packages-dev", Scope::Dev)] {
        for package in root.items_of(table) {
            let Some(name) = package.entry("name") else { continue };
            let version = package.entry("version");
            let licences: Vec<&str> = package.items_of("license").iter().filter_map(Node::text).collect();
            let licence = licences.join(" OR ");
            let origin = package.get("source").or_else(|| package.get("dist"));
            let is_path = package.at(&["dist", "type"]).and_then(Node::text) == Some("path");
            // Composer writes local-looking times with an offset; without one they are UTC.
            let time = package.text_of("time").and_then(|t| instant(t).or_else(|| instant(&format!("{}Z", t.replace(' ', "T")))));
            sheet.push(&Dependency {
                name: name.node.text().unwrap_or(""),
                version: version.and_then(|v| v.node.scalar()),
                scope,
                source: origin.and_then(|o| o.text_of("url")).filter(|u| is_path || !(u.contains("github.com") || u.contains("packagist"))),
                released_at: time,
                licence: Some(&licence),
                lines: (name.line, version.map_or(name.line, |v| v.line)),
                ..Dependency::default()
            });
        }
    }
}
