//! NuGet and MSBuild: project files, central package management, `packages.config`, and the lock files.

use roxmltree::Node as Xml;
use rustc_hash::FxHashMap;

use super::sheet::{Dependency, Project, Scope, Sheet, pinned};
use super::xml::{child, lines, parse, text_of};

/// Attribute or child element of a name: MSBuild takes both.
fn metadata<'d>(node: Xml<'d, '_>, name: &str) -> Option<&'d str> {
    node.attributes()
        .find(|a| a.name().eq_ignore_ascii_case(name))
        .map(|a| a.value().trim())
        .or_else(|| {
            let element = node.children().find(|c| c.is_element() && c.tag_name().name().eq_ignore_ascii_case(name))?;
            Some(element.text()?.trim())
        })
        .filter(|v| !v.is_empty())
}

/// Fills in `$(Name)` from the properties of the same file, one level deep in each round.
fn fill(text: &str, properties: &FxHashMap<&str, &str>) -> String {
    let mut value = text.to_owned();
    for _ in 0..5 {
        let Some(start) = value.find("$(") else { break };
        let Some(length) = value[start..].find(')') else { break };
        let key = value[start + 2..start + length].to_owned();
        let Some(known) = properties.get(key.as_str()) else { break };
        value.replace_range(start..=start + length, known);
        if value.len() > 4_096 {
            break;
        }
    }
    value
}

/// The version that a NuGet requirement leads to: restore takes the lowest one allowed, so `1.0` is 1.0 and `[1.0]` is
/// exactly that.
fn lowest(declared: &str) -> Option<&str> {
    let inner = declared.strip_prefix('[').and_then(|d| d.strip_suffix(']')).unwrap_or(declared).trim();
    pinned(inner)
}

/// Reads a project file (`*.csproj` and its kin), `Directory.Packages.props`, `Directory.Build.props` or another file
/// of MSBuild.
pub(super) fn msbuild(sheet: &mut Sheet<'_, '_>) {
    let Some(document) = parse(sheet) else { return };
    let root = document.root_element();
    if root.tag_name().name() != "Project" {
        sheet.odd(1, "the root of a file of MSBuild is `Project`");
        return;
    }
    let mut properties: FxHashMap<&str, &str> = FxHashMap::default();
    let groups = root.descendants().filter(|n| n.is_element() && n.tag_name().name() == "PropertyGroup");
    for property in groups.flat_map(|g| g.children()).filter(Xml::is_element) {
        properties.entry(property.tag_name().name()).or_insert(property.text().unwrap_or("").trim());
    }
    if sheet.format == "csproj" {
        project(sheet, root, &properties);
    }
    for item in root.descendants().filter(Xml::is_element) {
        let kind = item.tag_name().name();
        let (scope, group) = match kind {
            "PackageReference" => (Scope::Runtime, None),
            "PackageVersion" => (Scope::Unknown, Some("central")),
            "GlobalPackageReference" => (Scope::Build, Some("global")),
            "PackageDownload" | "DotNetCliToolReference" => (Scope::Build, Some(kind)),
            _ => continue,
        };
        let Some(name) = metadata(item, "Include").or_else(|| metadata(item, "Update")) else { continue };
        let declared = metadata(item, "VersionOverride").or_else(|| metadata(item, "Version"));
        let resolved = declared.map(|d| fill(d, &properties));
        // Assets that stay private are tools of the build, such as analysers.
        let is_private = metadata(item, "PrivateAssets").is_some_and(|p| p.eq_ignore_ascii_case("all"));
        let condition = item.parent().and_then(|p| metadata(p, "Condition")).or_else(|| metadata(item, "Condition"));
        sheet.push(&Dependency {
            name,
            declared,
            version: resolved.as_deref().and_then(lowest),
            scope: if is_private { Scope::Build } else { scope },
            direct: (kind != "PackageVersion").then_some(true),
            group: group.or(condition),
            lines: lines(sheet, item),
            ..Dependency::default()
        });
    }
}

fn project(sheet: &mut Sheet<'_, '_>, root: Xml<'_, '_>, properties: &FxHashMap<&str, &str>) {
    let stem = sheet.file.name().rsplit_once('.').map_or(sheet.file.name(), |(stem, _)| stem);
    let get = |names: &[&str]| names.iter().find_map(|n| properties.get(n).copied()).filter(|v| !v.is_empty());
    let description = root
        .descendants()
        .find(|n| n.is_element() && n.tag_name().name() == "Description")
        .and_then(|n| Some((n.text()?, lines(sheet, n).0)));
    let kind = match get(&["OutputType"]) {
        Some("Exe" | "WinExe") => "application",
        Some("Library") => "library",
        _ if root.attribute("Sdk").is_some_and(|s| s.contains(".Web") || s.contains(".Worker")) => "application",
        _ => "unknown",
    };
    let first = lines(sheet, root).0;
    sheet.project(&Project {
        lines: (first, first),
        name: get(&["PackageId", "AssemblyName"]).or(Some(stem)),
        version: get(&["Version", "VersionPrefix", "PackageVersion"]),
        description,
        licence: get(&["PackageLicenseExpression"]),
        kind,
        runtime: get(&["TargetFramework", "TargetFrameworks", "TargetFrameworkVersion"]),
    });
}

/// Reads a `packages.config`.
pub(super) fn packages_config(sheet: &mut Sheet<'_, '_>) {
    let Some(document) = parse(sheet) else { return };
    for package in document.root_element().children().filter(|n| n.is_element() && n.tag_name().name() == "package") {
        let at = lines(sheet, package);
        let Some(name) = package.attribute("id") else {
            sheet.odd(at.0, "a package of a packages.config has an id");
            continue;
        };
        let version = package.attribute("version");
        let is_dev = package.attribute("developmentDependency") == Some("true");
        sheet.push(&Dependency {
            name,
            declared: version,
            version: version.and_then(pinned),
            scope: if is_dev { Scope::Dev } else { Scope::Runtime },
            direct: Some(true),
            group: package.attribute("targetFramework"),
            lines: at,
            ..Dependency::default()
        });
    }
}

/// Reads the files and dependencies of a `*.nuspec`.
pub(super) fn nuspec(sheet: &mut Sheet<'_, '_>) {
    let Some(document) = parse(sheet) else { return };
    let Some(metadata) = child(document.root_element(), "metadata") else { return };
    if let Some(id) = child(metadata, "id") {
        sheet.project(&Project {
            lines: lines(sheet, id),
            name: id.text(),
            version: text_of(metadata, "version"),
            description: child(metadata, "description").and_then(|d| Some((d.text()?, lines(sheet, d).0))),
            licence: text_of(metadata, "license"),
            kind: "library",
            ..Project::default()
        });
    }
    for dependency in metadata.descendants().filter(|n| n.is_element() && n.tag_name().name() == "dependency") {
        let declared = dependency.attribute("version");
        sheet.push(&Dependency {
            name: dependency.attribute("id").unwrap_or(""),
            declared,
            version: declared.and_then(lowest),
            scope: Scope::Runtime,
            direct: Some(true),
            group: dependency.parent().and_then(|p| p.attribute("targetFramework")),
            lines: lines(sheet, dependency),
            ..Dependency::default()
        });
    }
}

/// Reads a `packages.lock.json`.
pub(super) fn packages_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    for framework in root.entries_of("dependencies") {
        for entry in framework.node.entries() {
            let kind = entry.node.text_of("type");
            if kind.is_some_and(|k| k.eq_ignore_ascii_case("project")) {
                continue;
            }
            let resolved = entry.node.entry("resolved");
            sheet.push(&Dependency {
                name: &entry.key,
                declared: entry.node.text_of("requested"),
                version: resolved.and_then(|v| v.node.text()),
                scope: Scope::Runtime,
                direct: kind.map(|k| k.eq_ignore_ascii_case("direct")),
                group: Some(&framework.key),
                lines: (entry.line, resolved.map_or(entry.line, |v| v.line)),
                ..Dependency::default()
            });
        }
    }
}

/// Reads the libraries of a `*.deps.json` or `project.assets.json`: `"Name/1.0": {"type": "package"}`.
pub(super) fn libraries(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.json() else { return };
    for entry in root.entries_of("libraries") {
        let kind = entry.node.text_of("type").unwrap_or("package");
        if !kind.eq_ignore_ascii_case("package") {
            continue;
        }
        let Some((name, version)) = entry.key.split_once('/').filter(|(n, v)| !n.is_empty() && !v.is_empty()) else {
            sheet.odd(entry.line, "a library is `name/version`");
            continue;
        };
        sheet.push(&Dependency {
            name,
            version: Some(version),
            scope: Scope::Runtime,
            lines: (entry.line, entry.line),
            ..Dependency::default()
        });
    }
}

/// A line of Paket without its comment.
fn without_comment(line: &str) -> &str {
    let line = line.split(" #").next().unwrap_or(line);
    // A URL holds slashes too, so a comment stands behind no colon.
    line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':')).map_or(line, |(at, _)| &line[..at]).trim_end()
}

/// Reads a `paket.dependencies`.
pub(super) fn paket_dependencies(sheet: &mut Sheet<'_, '_>) {
    const OPTIONS: &[&str] = &["~>", "==", "=", ">=", "<=", ">", "<", "!", "@"];
    let mut group = None;
    for (at, raw) in sheet.text().lines().enumerate() {
        let line = without_comment(raw);
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or("");
        let Some(name) = words.next() else { continue };
        if verb == "group" {
            group = Some(name);
        }
        let (name, declared, source) = match verb {
            "nuget" | "clitool" => {
                // The range ends where options such as `framework: net6.0` begin.
                let range: Vec<&str> = words
                    .take_while(|w| OPTIONS.contains(w) || w.trim_start_matches(['~', '>', '<', '=', '!', '@']).starts_with(|c: char| c.is_ascii_digit()))
                    .collect();
                (name, range.join(" "), None)
            }
            "github" | "gist" | "bitbucket" => {
                let (name, version) = name.split_once(':').unwrap_or((name, ""));
                (name, version.to_owned(), Some(verb))
            }
            _ => continue,
        };
        let exact = declared.trim_start_matches(['=', ' ']);
        sheet.push(&Dependency {
            name,
            declared: Some(&declared),
            version: pinned(exact),
            scope: group.map_or(Scope::Runtime, Scope::of_group),
            direct: Some(true),
            group,
            source,
            lines: (at + 1, at + 1),
            ecosystem: source.filter(|s| *s == "github").map(|_| "github"),
            ..Dependency::default()
        });
    }
}

/// Reads a `paket.lock`: packages stand four blanks deep, what they need six.
pub(super) fn paket_lock(sheet: &mut Sheet<'_, '_>) {
    let (mut group, mut section) = (None, "");
    for (at, raw) in sheet.text().lines().enumerate() {
        let line = raw.trim_end();
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if indent == 0 {
            section = body;
            if let Some(name) = body.strip_prefix("GROUP ") {
                group = Some(name.trim());
            }
            continue;
        }
        let is_github = section == "GITHUB";
        let Some((name, rest)) = body.split_once(" (").filter(|_| (is_github || section == "NUGET") && indent == 4) else { continue };
        let version = rest.split(')').next().unwrap_or("");
        sheet.push(&Dependency {
            name,
            version: Some(version),
            scope: group.map_or(Scope::Runtime, Scope::of_group),
            group,
            source: is_github.then_some("github"),
            lines: (at + 1, at + 1),
            ecosystem: is_github.then_some("github"),
            ..Dependency::default()
        });
    }
}
