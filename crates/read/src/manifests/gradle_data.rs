//! Gradle's data files: lock files, version catalogs and verification metadata.

use super::maven::exact;
use super::sheet::{Dependency, Scope, Sheet};
use super::tree::Node;
use super::xml::{line, parse};

/// Reads a `gradle.lockfile` or `buildscript-gradle.lockfile`: `group:name:version=configurations`.
pub(super) fn lockfile(sheet: &mut Sheet<'_, '_>) {
    let is_buildscript = sheet.format.starts_with("buildscript");
    for (at, line) in sheet.text().lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
        let Some((name, version)) = coordinates.rsplit_once(':').filter(|(n, v)| n.contains(':') && !v.is_empty()) else {
            sheet.odd(at + 1, "a line of a gradle.lockfile is `group:name:version=configurations`");
            continue;
        };
        let all_tests = !configurations.is_empty() && configurations.split(',').all(|c| c.to_ascii_lowercase().contains("test"));
        let all_build = configurations.split(',').all(|c| {
            let c = c.to_ascii_lowercase();
            c.contains("annotationprocessor") || c == "classpath" || c.contains("plugin")
        });
        let scope = if is_buildscript || (all_build && !configurations.is_empty()) {
            Scope::Build
        } else if all_tests {
            Scope::Test
        } else {
            Scope::Runtime
        };
        sheet.push(&Dependency {
            name,
            version: Some(version),
            scope,
            group: Some(configurations),
            lines: (at + 1, at + 1),
            ..Dependency::default()
        });
    }
}

/// Reads a version catalog, `libs.versions.toml`.
pub(super) fn catalog(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    let version_of = |node: Option<&Node<'_>>| -> Option<String> {
        let node = node?;
        let node = match node.text_of("ref") {
            Some(reference) => root.at(&["versions", reference])?,
            None => node,
        };
        let rich = ["strictly", "require", "prefer"].iter().find_map(|k| node.text_of(k));
        node.text().or(rich).map(str::to_owned)
    };
    for (table, scope) in [("libraries", Scope::Unknown), ("plugins", Scope::Build)] {
        for entry in root.entries_of(table) {
            let node = &entry.node;
            let is_plugin = table == "plugins";
            let (key, version) = if let Some(text) = node.text() {
                let cut = if is_plugin { text.rsplit_once(':') } else { text.rsplit_once(':').filter(|(n, _)| n.contains(':')) };
                cut.map_or((text.to_owned(), None), |(name, version)| (name.to_owned(), Some(version.to_owned())))
            } else {
                let module = node.text_of(if is_plugin { "id" } else { "module" }).map(str::to_owned);
                let joined = || Some(format!("{}:{}", node.text_of("group")?, node.text_of("name")?));
                let Some(name) = module.or_else(joined) else {
                    sheet.odd(entry.line, "an entry of a version catalog names a module");
                    continue;
                };
                (name, version_of(node.get("version")))
            };
            if !is_plugin && !key.contains(':') {
                sheet.odd(entry.line, "a library of a version catalog is `group:name`");
                continue;
            }
            let name = if is_plugin { format!("{key}:{key}.gradle.plugin") } else { key.clone() };
            sheet.push(&Dependency {
                name: &name,
                shown: if node.get("group").is_some() { node.text_of("name").unwrap_or(&key) } else { &key },
                declared: version.as_deref(),
                version: version.as_deref().and_then(exact),
                scope,
                direct: Some(true),
                group: Some(&entry.key),
                lines: (entry.line, node.last.max(entry.line)),
                ..Dependency::default()
            });
        }
    }
}

/// Reads a `verification-metadata.xml`: every component whose checksum the build accepts.
pub(super) fn verification_metadata(sheet: &mut Sheet<'_, '_>) {
    let Some(document) = parse(sheet) else { return };
    if document.root_element().tag_name().name() != "verification-metadata" {
        sheet.odd(1, "the root of this file is `verification-metadata`");
        return;
    }
    for component in document.descendants().filter(|n| n.is_element() && n.tag_name().name() == "component") {
        let get = |name| component.attribute(name);
        let first = line(sheet, component);
        let (Some(group), Some(artifact), Some(version)) = (get("group"), get("name"), get("version")) else {
            sheet.odd(first, "a component has a group, a name and a version");
            continue;
        };
        let last = component.attributes().map(|a| sheet.lines.line(a.range().end)).max().unwrap_or(first);
        let name = format!("{group}:{artifact}");
        sheet.push(&Dependency { name: &name, shown: artifact, version: Some(version), lines: (first, last), ..Dependency::default() });
    }
}
