//! `package-lock.json`, `npm-shrinkwrap.json` and `bun.lock`.

use rustc_hash::FxHashSet;

use super::npm::{npm_source, split_name};
use super::sheet::{Dependency, Scope, Sheet};
use super::tree::{Entry, Node, Value};

/// Reads a `package-lock.json` of any lockfile version.
pub(super) fn package_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    if let Some(packages) = root.get("packages") {
        packages_table(sheet, packages);
    } else {
        let mut path = Vec::new();
        dependencies_table(sheet, root.entries_of("dependencies"), &mut path);
    }
}

/// Versions 2 and 3: one flat table by path.
fn packages_table(sheet: &mut Sheet<'_, '_>, packages: &Node<'_>) {
    let mut direct = FxHashSet::default();
    let workspaces = packages.entries().iter().filter(|e| !e.key.contains("node_modules/"));
    for workspace in workspaces {
        for table in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] {
            direct.extend(workspace.node.entries_of(table).iter().map(|d| d.key.to_string()));
        }
    }
    for entry in packages.entries() {
        // Without `node_modules` it is the project or a workspace of its own.
        let Some((outer, installed)) = entry.key.rsplit_once("node_modules/") else { continue };
        if entry.node.is_true("link") {
            continue;
        }
        let name = entry.node.text_of("name").unwrap_or(installed);
        let is_direct = (outer.is_empty() || !outer.contains("node_modules/")) && direct.contains(installed);
        locked(sheet, entry, name, Some(is_direct));
    }
}

/// Version 1: tables within tables.
fn dependencies_table(sheet: &mut Sheet<'_, '_>, entries: &[Entry<'_>], path: &mut Vec<usize>) {
    for entry in entries {
        let version = entry.node.text_of("version").unwrap_or("");
        let name = super::npm::alias(version).map_or(entry.key.as_ref(), |(name, _)| name);
        // At the top level hoisted packages stand beside direct ones, so the file does not tell.
        locked(sheet, entry, name, if path.is_empty() { None } else { Some(false) });
        path.push(entry.line);
        dependencies_table(sheet, entry.node.entries_of("dependencies"), path);
        path.pop();
    }
}

fn locked(sheet: &mut Sheet<'_, '_>, entry: &Entry<'_>, name: &str, direct: Option<bool>) {
    let node = &entry.node;
    let is = |key| node.is_true(key);
    let scope = if is("dev") {
        Scope::Dev
    } else if is("optional") || is("devOptional") {
        Scope::Optional
    } else if is("peer") {
        Scope::Peer
    } else {
        Scope::Runtime
    };
    let raw = node.text_of("version").unwrap_or("");
    let resolved = node.text_of("resolved");
    let source = npm_source(raw).or_else(|| resolved.filter(|r| !r.starts_with("https://registry.")).filter(|r| !r.contains("/-/")));
    let version = match super::npm::alias(raw) {
        Some((_, version)) => version,
        None => Some(raw).filter(|v| npm_source(v).is_none()),
    };
    let name_line = node.entry("name").filter(|_| name != entry.key).map(|e| e.line);
    let version_line = node.entry("version").map_or(entry.line, |e| e.line);
    sheet.push(&Dependency {
        name,
        version,
        scope,
        direct,
        source,
        licence: node.get("license").and_then(Node::text),
        lines: (entry.line, version_line.max(name_line.unwrap_or(0))),
        ..Dependency::default()
    });
}

/// Reads a `bun.lock`: JSON with trailing commas, one array per package.
pub(super) fn bun_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    let mut scopes: Vec<(&str, Scope)> = Vec::new();
    for workspace in root.entries_of("workspaces") {
        for (table, scope) in [
            ("dependencies", Scope::Runtime),
            ("devDependencies", Scope::Dev),
            ("optionalDependencies", Scope::Optional),
            ("peerDependencies", Scope::Peer),
        ] {
            scopes.extend(workspace.node.entries_of(table).iter().map(|d| (d.key.as_ref(), scope)));
        }
    }
    let direct: rustc_hash::FxHashMap<&str, Scope> = scopes.into_iter().rev().collect();
    for entry in root.entries_of("packages") {
        let Some(Value::Text(spec)) = entry.node.items().first().map(|n| &n.value) else {
            sheet.odd(entry.line, "a package of a bun.lock is an array that begins with `name@version`");
            continue;
        };
        let (name, version) = split_name(spec);
        if version.is_some_and(|v| v.starts_with("workspace:")) {
            continue;
        }
        let scope = direct.get(entry.key.as_ref()).copied();
        let source = version.and_then(npm_source);
        sheet.push(&Dependency {
            name,
            version: version.filter(|_| source.is_none()),
            scope: scope.unwrap_or_default(),
            direct: Some(scope.is_some()),
            source,
            lines: (entry.line, entry.node.items().first().map_or(entry.line, |n| n.first)),
            ..Dependency::default()
        });
    }
}
