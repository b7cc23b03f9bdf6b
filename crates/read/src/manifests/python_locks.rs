//! `poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml` and `Pipfile.lock`.

use rustc_hash::FxHashSet;

use super::sheet::{Dependency, Scope, Sheet, instant};
use super::tree::Node;

/// The earliest upload that a package's files state.
fn uploaded(package: &Node<'_>) -> Option<i64> {
    let one = package.get("sdist").into_iter();
    let many = ["wheels", "files"].iter().flat_map(|k| package.items_of(k));
    one.chain(package.get("archive"))
        .chain(many)
        .filter_map(|f| f.get("upload-time").or_else(|| f.get("upload_time")).and_then(Node::scalar).and_then(instant))
        .min()
}

/// Where a package comes from when not from PyPI.
fn source_of(package: &Node<'_>) -> Option<String> {
    if let Some(source) = package.get("source").filter(|s| s.is_map()) {
        let url = ["git", "url", "path", "editable", "virtual", "directory", "registry"].iter().find_map(|k| source.text_of(k))?;
        if url.contains("pypi.org") {
            return None;
        }
        let at = source.text_of("resolved_reference").or_else(|| source.text_of("reference"));
        return Some(match at.filter(|_| source.text_of("type") == Some("git")) {
            Some(at) => format!("{url}#{at}"),
            None => url.to_owned(),
        });
    }
    let vcs = package.get("vcs").and_then(|v| v.text_of("url")).or_else(|| package.text_of("git"));
    let path = package.get("directory").and_then(|d| d.text_of("path")).or_else(|| package.text_of("path"));
    let archive = package.get("archive").and_then(|d| d.text_of("url")).or_else(|| package.text_of("url"));
    vcs.or(path).or(archive).map(str::to_owned)
}

fn locked(sheet: &mut Sheet<'_, '_>, package: &Node<'_>, scope: Scope, direct: Option<bool>, group: Option<&str>) {
    let Some(name) = package.entry("name") else { return };
    let version = package.entry("version");
    let source = source_of(package);
    sheet.push(&Dependency {
        name: name.node.text().unwrap_or(""),
        version: version.and_then(|v| v.node.text()),
        scope,
        direct,
        group,
        source: source.as_deref(),
        released_at: uploaded(package),
        lines: (name.line, version.map_or(name.line, |v| v.line).max(name.line)),
        ..Dependency::default()
    });
}

/// Reads a `poetry.lock` or `pdm.lock`: `[[package]]` with a category or groups.
pub(super) fn poetry_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    for package in root.items_of("package") {
        let groups: Vec<&str> = package.items_of("groups").iter().filter_map(Node::text).collect();
        let runtime = groups.iter().any(|g| matches!(*g, "main" | "default"));
        let category = package.text_of("category");
        let scope = if package.is_true("optional") {
            Scope::Optional
        } else if runtime || category == Some("main") {
            Scope::Runtime
        } else if let Some(group) = groups.first().copied().or(category) {
            match Scope::of_group(group) {
                Scope::Optional => Scope::Dev,
                known => known,
            }
        } else {
            Scope::Unknown
        };
        let group = groups.join(",");
        locked(sheet, package, scope, None, Some(&group));
    }
}

/// Reads a `uv.lock`. The packages of the workspace itself are left out: they are what depends, not a dependency.
pub(super) fn uv_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    let packages = root.items_of("package");
    let is_own = |p: &Node<'_>| p.get("source").is_some_and(|s| s.get("virtual").is_some() || s.get("editable").is_some());
    let (mut runtime, mut optional, mut dev) = (FxHashSet::default(), FxHashSet::default(), FxHashSet::default());
    for own in packages.iter().filter(|p| is_own(p)) {
        runtime.extend(own.items_of("dependencies").iter().filter_map(|d| d.text_of("name")));
        let names = |key| own.entries_of(key).iter().flat_map(|g| g.node.items()).filter_map(|d| d.text_of("name"));
        optional.extend(names("optional-dependencies"));
        dev.extend(names("dev-dependencies"));
    }
    let has_own = packages.iter().any(is_own);
    for package in packages.iter().filter(|p| !is_own(p)) {
        let name = package.text_of("name").unwrap_or("");
        let scope = if runtime.contains(name) {
            Scope::Runtime
        } else if optional.contains(name) {
            Scope::Optional
        } else if dev.contains(name) {
            Scope::Dev
        } else {
            Scope::Unknown
        };
        locked(sheet, package, scope, has_own.then_some(scope != Scope::Unknown), None);
    }
}

/// Reads a `pylock.toml` of PEP 751.
pub(super) fn pylock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    for package in root.items_of("packages") {
        locked(sheet, package, Scope::Unknown, None, None);
    }
}

/// Reads a `Pipfile.lock`.
pub(super) fn pipfile_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    for table in root.entries().iter().filter(|t| t.key != "_meta") {
        let scope = match table.key.as_ref() {
            "default" => Scope::Runtime,
            "develop" => Scope::Dev,
            other => Scope::of_group(other),
        };
        for entry in table.node.entries() {
            let version = entry.node.entry("version");
            let pin = version.and_then(|v| v.node.text()).map(|v| v.trim_start_matches('='));
            let source = ["git", "path", "file"].iter().find_map(|k| entry.node.text_of(k));
            sheet.push(&Dependency {
                name: &entry.key,
                version: pin.filter(|v| *v != "*"),
                scope,
                group: Some(&table.key),
                source,
                lines: (entry.line, version.map_or(entry.line, |v| v.line)),
                ..Dependency::default()
            });
        }
    }
}
