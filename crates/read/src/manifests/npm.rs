//! `package.json`, the catalogs of `pnpm-workspace.yaml`, and `deno.json`.

use super::sheet::{Dependency, Project, Scope, Sheet, pinned};
use super::tree::{Entry, Node};

/// The dependency tables of a `package.json` and what they are for.
const TABLES: [(&str, Scope); 4] = [
    ("dependencies", Scope::Runtime),
    ("devDependencies", Scope::Dev),
    ("peerDependencies", Scope::Peer),
    ("optionalDependencies", Scope::Optional),
];

/// Where an npm range points when it is no version of the registry: a URL, a path, a workspace.
pub(super) fn npm_source(declared: &str) -> Option<&str> {
    const PREFIXES: [&str; 13] = [
        "git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:", "http:", "https:", "file:", "link:",
        "portal:", "workspace:",
    ];
    let is_source = PREFIXES.iter().any(|p| declared.starts_with(p))
        || declared.starts_with("./")
        || declared.starts_with("../")
        // `owner/repo` is GitHub; a scoped alias is `npm:@scope/name`.
        || (declared.contains('/') && !declared.contains(' ') && !declared.starts_with("npm:") && !declared.starts_with('@'));
    is_source.then_some(declared)
}

/// Splits `name@version`, where the name may begin with `@`. Without a version the whole is the name.
pub(super) fn split_name(spec: &str) -> (&str, Option<&str>) {
    match spec.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => (&spec[..=at], Some(&spec[at + 2..])),
        None => (spec, None),
    }
}

/// The package behind `npm:name@range`, if the range is such an alias.
pub(super) fn alias(declared: &str) -> Option<(&str, Option<&str>)> {
    declared.strip_prefix("npm:").filter(|d| d.contains(|c: char| c.is_alphabetic())).map(split_name)
}

/// Reads a `package.json`.
pub(super) fn package_json(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    npm_project(sheet, &root);
    for (table, scope) in TABLES {
        for entry in root.entries_of(table) {
            let optional_peer = scope == Scope::Peer
                && root.at(&["peerDependenciesMeta", &entry.key]).is_some_and(|meta| meta.is_true("optional"));
            dependency(sheet, entry, if optional_peer { Scope::Optional } else { scope }, optional_peer.then_some("peer"));
        }
    }
    // Bun keeps its catalogs here, either at the top or under `workspaces`.
    for holder in [Some(&root), root.get("workspaces")].into_iter().flatten() {
        catalogs(sheet, holder);
    }
}

fn npm_project(sheet: &mut Sheet<'_, '_>, root: &Node<'_>) {
    let name = root.entry("name").or_else(|| root.entry("displayName"));
    let last = ["name", "version"].iter().filter_map(|k| root.entry(k)).map(|e| e.line).max();
    let first = name.map_or(root.first, |e| e.line);
    let licence = root.get("license").and_then(|l| l.text().or_else(|| l.text_of("type")));
    let kind = if root.get("workspaces").is_some() {
        "workspace"
    } else if root.get("bin").is_some() {
        "application"
    } else if ["main", "module", "exports", "types", "typings", "browser"].iter().any(|k| root.get(k).is_some()) {
        "library"
    } else if root.is_true("private") {
        "application"
    } else {
        "unknown"
    };
    let engine = root.at(&["engines", "node"]).or_else(|| root.at(&["engines", "bun"])).and_then(Node::text);
    let runtime = engine.map(|e| format!("node {e}"));
    let version_line = root.entry("version").map_or(first, |e| e.line);
    // Name and version far apart would cite half the file.
    let near = last.filter(|l| l.abs_diff(first) <= 5).unwrap_or(first);
    sheet.project(&Project {
        lines: (first.min(version_line).max(first.saturating_sub(5)), near),
        name: name.and_then(|e| e.node.text()),
        version: root.text_of("version"),
        description: root.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
        licence,
        kind,
        runtime: runtime.as_deref(),
    });
}

fn dependency(sheet: &mut Sheet<'_, '_>, entry: &Entry<'_>, scope: Scope, group: Option<&str>) {
    let declared = entry.node.text().unwrap_or("");
    let (name, range) = alias(declared).unwrap_or((&entry.key, Some(declared)));
    let range = range.unwrap_or("");
    sheet.push(&Dependency {
        name,
        declared: Some(declared),
        version: pinned(range.strip_prefix('=').unwrap_or(range)),
        scope,
        direct: Some(true),
        group,
        source: npm_source(declared),
        lines: (entry.line, entry.node.first),
        ..Dependency::default()
    });
}

fn catalogs(sheet: &mut Sheet<'_, '_>, root: &Node<'_>) {
    for entry in root.entries_of("catalog") {
        dependency(sheet, entry, Scope::Unknown, Some("catalog"));
    }
    for catalog in root.entries_of("catalogs") {
        let group = format!("catalog:{}", catalog.key);
        for entry in catalog.node.entries() {
            dependency(sheet, entry, Scope::Unknown, Some(&group));
        }
    }
}

/// Reads the catalogs and overrides of a `pnpm-workspace.yaml`.
pub(super) fn pnpm_workspace(sheet: &mut Sheet<'_, '_>) {
    if let Some(root) = sheet.yaml() {
        catalogs(sheet, &root);
        sheet.project(&Project { lines: (root.first, root.first), kind: "workspace", ..Project::default() });
    }
}

/// Reads the imports of a `deno.json`: `npm:` and `jsr:` specifiers.
pub(super) fn deno_json(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    if let Some(name) = root.entry("name") {
        sheet.project(&Project {
            lines: (name.line, name.line),
            name: name.node.text(),
            version: root.text_of("version"),
            description: root.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
            licence: root.text_of("license"),
            kind: if root.get("exports").is_some() { "library" } else { "unknown" },
            runtime: None,
            ..Project::default()
        });
    }
    for entry in root.entries_of("imports") {
        if let Some(spec) = entry.node.text() {
            deno_spec(sheet, spec, (entry.line, entry.node.first), Some(true));
        }
    }
}

fn deno_spec(sheet: &mut Sheet<'_, '_>, spec: &str, lines: (usize, usize), direct: Option<bool>) {
    let (registry, rest) = match spec.split_once(':') {
        Some((registry @ ("npm" | "jsr"), rest)) => (registry, rest.trim_start_matches('/')),
        _ => return,
    };
    // A path into the package may follow: `jsr:@std/fs@1/walk`.
    let (name, range) = split_name(rest);
    let range = range.map(|r| r.split(['/', '_']).next().unwrap_or(r));
    let name = if range.is_none() {
        let parts = if name.starts_with('@') { 2 } else { 1 };
        name.match_indices('/').nth(parts - 1).map_or(name, |(at, _)| &name[..at])
    } else {
        name
    };
    let is_lock = sheet.is_lock;
    sheet.push(&Dependency {
        name,
        declared: range.filter(|_| !is_lock),
        version: range.and_then(pinned),
        scope: if is_lock { Scope::Unknown } else { Scope::Runtime },
        direct,
        lines,
        ecosystem: Some(if registry == "npm" { "npm" } else { "jsr" }),
        ..Dependency::default()
    });
}

/// Reads a `deno.lock`, versions 2 to 5.
pub(super) fn deno_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    let nested = root.get("packages");
    for (registry, table) in [("jsr", "jsr"), ("npm", "npm")] {
        let Some(table) = root.get(table).or_else(|| nested.and_then(|n| n.get(table))) else { continue };
        // Version 2 has `npm.packages`, later ones list packages directly.
        let entries = table.get("packages").filter(|_| table.get("specifiers").is_some()).unwrap_or(table);
        for entry in entries.entries() {
            let spec = format!("{registry}:{}", entry.key);
            deno_spec(sheet, &spec, (entry.line, entry.line), None);
        }
    }
}
