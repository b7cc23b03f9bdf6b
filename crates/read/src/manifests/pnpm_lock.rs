//! `pnpm-lock.yaml` of every lockfile version.

use rustc_hash::FxHashMap;

use super::npm::{npm_source, split_name};
use super::sheet::{Dependency, Scope, Sheet};
use super::tree::{Entry, Node};

/// What the importers say of the packages they ask for themselves.
#[derive(Debug, Default)]
struct Wanted {
    /// `name@version` as resolved, with the scope it is wanted for.
    scopes: FxHashMap<String, Scope>,
}

/// Reads a `pnpm-lock.yaml`.
pub(super) fn pnpm_lock(sheet: &mut Sheet<'_, '_>) {
    // Recent versions put what pnpm itself needs into a document of its own, in front.
    for root in sheet.yaml_documents(4) {
        if root.is_map() {
            document(sheet, &root);
        } else if root.text().is_some() {
            sheet.odd(root.first, "the file holds no YAML mapping");
        }
    }
}

fn document(sheet: &mut Sheet<'_, '_>, root: &Node<'_>) {
    let mut wanted = Wanted::default();
    for importer in std::iter::once(root).chain(root.entries_of("importers").iter().map(|e| &e.node)) {
        for (table, scope) in [
            ("dependencies", Scope::Runtime),
            ("optionalDependencies", Scope::Optional),
            ("devDependencies", Scope::Dev),
        ] {
            for entry in importer.entries_of(table) {
                let version = entry.node.text().or_else(|| entry.node.text_of("version")).unwrap_or("");
                let bare = without_peers(version);
                let id = if bare.contains('@') && !bare.contains(':') {
                    bare.trim_start_matches('/').to_owned()
                } else {
                    format!("{}@{bare}", entry.key)
                };
                wanted.scopes.entry(id).or_insert(scope);
            }
        }
    }
    for entry in root.entries_of("packages") {
        package(sheet, entry, &wanted);
    }
}

/// The part of a dependency path before its peers: `(react@18)` since version 6, `_react@18` before.
fn without_peers(path: &str) -> &str {
    path.split('(').next().unwrap_or(path)
}

/// Name and version of a key of `packages`: `/name/1.0.0_peer`, `/@scope/name/1.0.0`, `/name@1.0.0(peer)`,
/// `name@1.0.0`, `registry.host/name/1.0.0`, `github.com/owner/repo/commit`, `file:path`.
fn name_and_version(key: &str) -> Option<(&str, &str)> {
    let key = without_peers(key);
    let bare = key.strip_prefix('/').unwrap_or(key);
    // Since version 6: `name@version`, where the version may be a URL.
    let first_slash_is_scope = bare.starts_with('@');
    let (name, version) = split_name(bare);
    if let Some(version) = version
        && (!name.contains('/') || (first_slash_is_scope && name.matches('/').count() == 1))
    {
        return Some((name, version));
    }
    // Before: `name/version` with peers after `_`; a registry's host may stand in front.
    let bare = if key.starts_with('/') || first_slash_is_scope {
        bare
    } else {
        let (host, rest) = bare.split_once('/')?;
        if host.contains('.') { rest } else { bare }
    };
    let cut = bare.split('_').next().filter(|_| !bare.starts_with('_')).unwrap_or(bare);
    // A name may hold `_` itself, so the underscore counts only behind the last slash.
    let (name, version) =
        bare.rsplit_once('/').filter(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit())).or_else(|| {
            // Peers of the old form may hold slashes of scoped names.
            cut.rsplit_once('/')
        })?;
    let version = version.split('_').next().unwrap_or(version);
    (!name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit())).then_some((name, version))
}

fn package(sheet: &mut Sheet<'_, '_>, entry: &Entry<'_>, wanted: &Wanted) {
    let node = &entry.node;
    let resolution = node.get("resolution");
    let of_resolution = |key: &str| resolution.and_then(|r| r.text_of(key));
    let split = name_and_version(&entry.key);
    let name = node.text_of("name").or(split.map(|(name, _)| name));
    let Some(name) = name else {
        sheet.odd(entry.line, "the key of this package holds no name and version");
        return;
    };
    let raw = node.scalar_of("version").or(split.map(|(_, version)| version)).unwrap_or("");
    let is_url = npm_source(raw).is_some() || raw.contains("//");
    let source = of_resolution("repo")
        .or_else(|| of_resolution("tarball"))
        .or_else(|| of_resolution("directory"))
        .or_else(|| is_url.then_some(raw));
    let version = if is_url { None } else { Some(raw) };
    let id = format!("{name}@{raw}");
    let scope = wanted.scopes.get(&id).copied();
    let flagged = if node.is_true("dev") {
        Scope::Dev
    } else if node.is_true("optional") {
        Scope::Optional
    } else if node.get("dev").is_some() {
        Scope::Runtime
    } else {
        Scope::Unknown
    };
    let last = node.entry("version").or_else(|| node.entry("name")).map_or(entry.line, |e| e.line);
    sheet.push(&Dependency {
        name,
        version,
        scope: scope.unwrap_or(flagged),
        direct: Some(scope.is_some()),
        source,
        lines: (entry.line, last),
        ..Dependency::default()
    });
}

#[cfg(test)]
mod tests {
    use super::name_and_version;

    #[test]
    fn keys_of_every_lockfile_version_split_into_name_and_version() {
        let check = |key, expect| assert_eq!(name_and_version(key), expect, "{key}");
        check("/acorn/8.7.0", Some(("acorn", "8.7.0")));
        check("/@babel/core/7.1.0_react@17.0.1", Some(("@babel/core", "7.1.0")));
        check(
            "/@typescript-eslint/utils/5.13.0_eslint@8.0.0+typescript@4.5.5",
            Some(("@typescript-eslint/utils", "5.13.0")),
        );
        check("/a/1.0.0_@scope/b@2.0.0", Some(("a", "1.0.0")));
        check("/acorn@8.7.0", Some(("acorn", "8.7.0")));
        check("/@eslint/eslintrc@1.2.0(eslint@8)", Some(("@eslint/eslintrc", "1.2.0")));
        check("ansi-regex@6.0.1", Some(("ansi-regex", "6.0.1")));
        check("registry.npmjs.org/ms/2.0.0", Some(("ms", "2.0.0")));
        check("invalidpath", None);
    }
}
