//! `Cargo.toml` and `Cargo.lock`.

use super::sheet::{Dependency, Project, Scope, Sheet};
use super::tree::{Entry, Node};

const TABLES: [(&str, Scope); 5] = [
    ("dependencies", Scope::Runtime),
    ("dev-dependencies", Scope::Dev),
    ("dev_dependencies", Scope::Dev),
    ("build-dependencies", Scope::Build),
    ("build_dependencies", Scope::Build),
];

/// Reads a `Cargo.toml`: its own dependencies, those of its targets, and those a workspace shares.
pub(super) fn cargo_toml(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    project(sheet, &root);
    tables(sheet, &root, None);
    for target in root.entries_of("target") {
        tables(sheet, &target.node, Some(&target.key));
    }
    for entry in root.at(&["workspace", "dependencies"]).map_or(&[][..], Node::entries) {
        dependency(sheet, entry, Scope::Unknown, Some("workspace"));
    }
}

fn tables(sheet: &mut Sheet<'_, '_>, holder: &Node<'_>, group: Option<&str>) {
    for (table, scope) in TABLES {
        for entry in holder.entries_of(table) {
            dependency(sheet, entry, scope, group);
        }
    }
}

fn dependency(sheet: &mut Sheet<'_, '_>, entry: &Entry<'_>, scope: Scope, group: Option<&str>) {
    let node = &entry.node;
    let package = node.entry("package");
    let name = package.and_then(|e| e.node.text()).unwrap_or(&entry.key);
    let inherited = node.is_true("workspace");
    let declared = node.text().or_else(|| node.text_of("version"));
    if declared.is_none() && !node.is_map() {
        sheet.odd(entry.line, "a dependency is a version or a table");
        return;
    }
    if let Some(git) = node.entry("git").filter(|e| e.node.text().is_none()) {
        sheet.odd(git.line, "the `git` of a dependency is a URL");
        return;
    }
    let source = node
        .text_of("git")
        .map(|git| match ["rev", "tag", "branch"].iter().find_map(|k| node.text_of(k)) {
            Some(at) => format!("{git}#{at}"),
            None => git.to_owned(),
        })
        .or_else(|| node.text_of("path").map(str::to_owned))
        .or_else(|| node.text_of("registry").or_else(|| node.text_of("registry-index")).map(|r| format!("registry {r}")))
        .or_else(|| inherited.then(|| "workspace".to_owned()));
    let exact = declared.and_then(|d| d.trim().strip_prefix('=')).map(str::trim);
    let scope = if node.is_true("optional") { Scope::Optional } else { scope };
    // A renamed package shows its real name on a line of its own.
    let last = package.map_or(entry.line, |e| e.node.last).max(node.entry("version").map_or(0, |e| e.node.last));
    sheet.push(&Dependency {
        name,
        declared,
        version: exact.filter(|v| v.matches('.').count() == 2),
        scope,
        direct: Some(true),
        group,
        source: source.as_deref(),
        lines: (entry.line, last),
        ..Dependency::default()
    });
}

fn project(sheet: &mut Sheet<'_, '_>, root: &Node<'_>) {
    let workspace = root.get("workspace");
    let Some(package) = root.get("package").or_else(|| root.get("project")) else {
        if let Some(entry) = root.entry("workspace") {
            let shared = entry.node.get("package");
            let get = |key| shared.and_then(|s| s.text_of(key));
            let runtime = get("rust-version").map(|r| format!("rust {r}"));
            sheet.project(&Project {
                lines: (entry.line, entry.line),
                version: get("version"),
                licence: get("license"),
                kind: "workspace",
                runtime: runtime.as_deref(),
                ..Project::default()
            });
        }
        return;
    };
    let kind = if workspace.is_some() {
        "workspace"
    } else if root.get("lib").is_some() {
        "library"
    } else if root.get("bin").is_some() {
        "application"
    } else {
        // By layout a crate is what its `src/` holds, which this file does not say.
        "unknown"
    };
    let runtime = package.text_of("rust-version").map(|r| format!("rust {r}"));
    let line = package.entry("name").map_or(package.first, |e| e.line);
    sheet.project(&Project {
        lines: (line, package.entry("version").map_or(line, |e| e.line).clamp(line, line + 5)),
        name: package.text_of("name"),
        version: package.text_of("version"),
        description: package.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
        licence: package.text_of("license"),
        kind,
        runtime: runtime.as_deref(),
    });
}

/// Reads a `Cargo.lock`. Packages without a source are the workspace's own.
pub(super) fn cargo_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    // What the workspace's own packages list is direct.
    let mut direct: rustc_hash::FxHashSet<String> = rustc_hash::FxHashSet::default();
    let packages = root.items_of("package");
    let own = packages.iter().filter(|p| p.get("source").is_none());
    let has_own = own.clone().next().is_some();
    for package in own {
        for dependency in package.items_of("dependencies") {
            // `name`, `name version` or `name version (source)`.
            direct.extend(dependency.text().and_then(|d| d.split(' ').next()).map(str::to_owned));
        }
    }
    for package in packages {
        let Some(name) = package.entry("name") else { continue };
        let text = name.node.text().unwrap_or("");
        let version = package.entry("version");
        let source = package.text_of("source");
        let registry = source.is_some_and(|s| s.contains("crates.io"));
        sheet.push(&Dependency {
            name: text,
            version: version.and_then(|v| v.node.text()),
            scope: Scope::Unknown,
            direct: has_own.then(|| direct.contains(text)),
            source: source.filter(|_| !registry).or(if source.is_none() { Some("path") } else { None }),
            lines: (name.line, version.map_or(name.line, |v| v.line).max(name.line)),
            ..Dependency::default()
        });
    }
}
