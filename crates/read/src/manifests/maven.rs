//! `pom.xml`: dependencies, managed ones, plugins and profiles, with the properties that the file itself defines.

use roxmltree::Node;
use rustc_hash::FxHashMap;

use super::sheet::{Dependency, Project, Scope, Sheet, pinned};
use super::xml::{child, children, line, lines, parse, text_of};

/// Properties refer to properties; more rounds than this is a circle.
const MAX_ROUNDS: usize = 10;
/// An expanded value beyond this length is a bomb of properties that double each other.
const MAX_VALUE: usize = 4_096;

/// What a `pom.xml` says that `${...}` may stand for.
struct Properties<'d> {
    values: FxHashMap<String, &'d str>,
}

impl<'d> Properties<'d> {
    fn of(root: Node<'d, '_>) -> Self {
        let mut values = FxHashMap::default();
        let parent = child(root, "parent");
        for (name, inherited) in [("groupId", true), ("artifactId", false), ("version", true), ("name", false), ("packaging", false)] {
            let own = text_of(root, name);
            let value = own.or_else(|| parent.filter(|_| inherited).and_then(|p| text_of(p, name)));
            if let Some(value) = value {
                for prefix in ["project.", "pom.", ""] {
                    values.insert(format!("{prefix}{name}"), value);
                }
            }
        }
        if let Some(parent) = parent {
            for name in ["groupId", "artifactId", "version"] {
                if let Some(value) = text_of(parent, name) {
                    values.insert(format!("project.parent.{name}"), value);
                    values.insert(format!("parent.{name}"), value);
                }
            }
        }
        // Profiles first, so that the main properties win.
        let profiles = child(root, "profiles").into_iter().flat_map(|p| children(p, "profile"));
        for holder in profiles.chain(std::iter::once(root)) {
            for property in child(holder, "properties").into_iter().flat_map(|p| p.children()) {
                if property.is_element() {
                    values.insert(property.tag_name().name().to_owned(), property.text().unwrap_or("").trim());
                }
            }
        }
        Self { values }
    }

    /// The text with its placeholders replaced as far as this file can tell.
    fn resolve(&self, text: &str) -> String {
        let mut value = text.to_owned();
        for _ in 0..MAX_ROUNDS {
            let mut next = String::with_capacity(value.len());
            let mut rest = value.as_str();
            let mut changed = false;
            while let Some(start) = rest.find("${") {
                let Some(length) = rest[start..].find('}') else { break };
                let key = rest[start + 2..start + length].trim();
                next.push_str(&rest[..start]);
                match self.values.get(key) {
                    Some(known) => {
                        next.push_str(known);
                        changed = true;
                    }
                    None => next.push_str(&rest[start..=start + length]),
                }
                rest = &rest[start + length + 1..];
            }
            next.push_str(rest);
            if !changed || next.len() > MAX_VALUE {
                break;
            }
            value = next;
        }
        value
    }
}

/// Reads a `pom.xml`.
pub(super) fn pom(sheet: &mut Sheet<'_, '_>) {
    let Some(document) = parse(sheet) else { return };
    let root = document.root_element();
    if root.tag_name().name() != "project" {
        let at = line(sheet, root);
        sheet.odd(at, "the root of a pom.xml is `project`");
        return;
    }
    let properties = Properties::of(root);
    project(sheet, root, &properties);
    if let Some(parent) = child(root, "parent") {
        artifact(sheet, parent, &properties, Scope::Build, Some("parent"), None, None);
    }
    section(sheet, root, &properties, None);
    for profile in child(root, "profiles").into_iter().flat_map(|p| children(p, "profile")) {
        let id = text_of(profile, "id").unwrap_or("");
        section(sheet, profile, &properties, Some(id));
    }
}

/// The dependencies and plugins of the project or of one profile.
fn section(sheet: &mut Sheet<'_, '_>, node: Node<'_, '_>, properties: &Properties<'_>, profile: Option<&str>) {
    let mut managed: FxHashMap<String, String> = FxHashMap::default();
    let management = child(node, "dependencyManagement").and_then(|m| child(m, "dependencies"));
    for dependency in management.into_iter().flat_map(|d| children(d, "dependency")) {
        if let (Some(group), Some(name), Some(version)) =
            (text_of(dependency, "groupId"), text_of(dependency, "artifactId"), text_of(dependency, "version"))
        {
            let key = format!("{}:{}", properties.resolve(group), properties.resolve(name));
            managed.entry(key).or_insert_with(|| properties.resolve(version));
        }
    }
    let group = |what: &str| match (profile, what) {
        (Some(profile), "") => format!("profile:{profile}"),
        (Some(profile), what) => format!("{what} profile:{profile}"),
        (None, what) => what.to_owned(),
    };
    for dependency in child(node, "dependencies").into_iter().flat_map(|d| children(d, "dependency")) {
        let scope = scope_of(dependency, properties);
        artifact(sheet, dependency, properties, scope, Some(&group("")), Some(&managed), None);
    }
    for dependency in management.into_iter().flat_map(|d| children(d, "dependency")) {
        artifact(sheet, dependency, properties, scope_of(dependency, properties), Some(&group("managed")), None, None);
    }
    for build in [child(node, "build"), child(node, "reporting")].into_iter().flatten() {
        let of = |holder: Option<Node<'_, '_>>| holder.and_then(|h| child(h, "plugins")).map(|p| p.id());
        let direct = of(Some(build));
        let managed_plugins = of(child(build, "pluginManagement"));
        for (id, what) in [(direct, "plugin"), (managed_plugins, "managed plugin")] {
            let Some(plugins) = id.and_then(|id| node.document().get_node(id)) else { continue };
            for plugin in children(plugins, "plugin") {
                // Maven's own plugins may leave their group out.
                artifact(sheet, plugin, properties, Scope::Build, Some(&group(what)), None, Some("org.apache.maven.plugins"));
                for dependency in child(plugin, "dependencies").into_iter().flat_map(|d| children(d, "dependency")) {
                    artifact(sheet, dependency, properties, Scope::Build, Some(&group("plugin dependency")), None, None);
                }
            }
        }
        let extensions = child(build, "extensions").into_iter().flat_map(|e| children(e, "extension"));
        for extension in extensions {
            artifact(sheet, extension, properties, Scope::Build, Some(&group("extension")), None, None);
        }
    }
}

fn scope_of(dependency: Node<'_, '_>, properties: &Properties<'_>) -> Scope {
    if text_of(dependency, "optional") == Some("true") {
        return Scope::Optional;
    }
    match properties.resolve(text_of(dependency, "scope").unwrap_or("compile")).as_str() {
        "test" => Scope::Test,
        "provided" | "import" | "system" => Scope::Build,
        "compile" | "runtime" => Scope::Runtime,
        _ => Scope::Unknown,
    }
}

fn artifact(
    sheet: &mut Sheet<'_, '_>,
    node: Node<'_, '_>,
    properties: &Properties<'_>,
    scope: Scope,
    group: Option<&str>,
    managed: Option<&FxHashMap<String, String>>,
    default_group: Option<&str>,
) {
    let Some(artifact) = text_of(node, "artifactId") else {
        let at = line(sheet, node);
        sheet.odd(at, "this dependency has no artifactId");
        return;
    };
    let Some(group_id) = text_of(node, "groupId").or(default_group) else {
        let at = line(sheet, node);
        sheet.odd(at, "this dependency has no groupId");
        return;
    };
    let name = format!("{}:{}", properties.resolve(group_id), properties.resolve(artifact));
    let declared = text_of(node, "version");
    let version = declared.map(|d| properties.resolve(d)).or_else(|| managed.and_then(|m| m.get(&name).cloned()));
    let plain = version.as_deref().and_then(exact);
    let artifact_line = child(node, "artifactId").map_or(0, |n| lines(sheet, n).1);
    let version_line = child(node, "version").map_or(0, |n| lines(sheet, n).1);
    let first = line(sheet, node);
    sheet.push(&Dependency {
        name: &name,
        shown: artifact,
        // What the file itself can fill in says more than a placeholder, unless it is shown as the version already.
        declared: if plain.is_none() { version.as_deref() } else { declared.or(version.as_deref()) },
        version: plain,
        scope,
        direct: Some(true),
        group,
        lines: (first, artifact_line.max(version_line)),
        ..Dependency::default()
    });
}

/// The version that a Maven requirement pins: `1.0` (which Maven treats as a wish it grants) or `[1.0]`.
pub(super) fn exact(version: &str) -> Option<&str> {
    if let Some(inner) = version.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
        return Some(inner.trim()).filter(|v| !v.contains([',', '[', '(', '$']));
    }
    let is_dynamic = version.starts_with("latest.") || version == "LATEST" || version == "RELEASE" || version.ends_with('+');
    let has_hole = version.contains(['$', '{', '(', '[', ',', ' ']);
    (!is_dynamic && !has_hole).then_some(version).filter(|v| pinned(v).is_some() || v.contains(|c: char| c.is_ascii_digit()))
}

fn project(sheet: &mut Sheet<'_, '_>, root: Node<'_, '_>, properties: &Properties<'_>) {
    let Some(artifact) = child(root, "artifactId") else { return };
    let artifact_id = properties.resolve(artifact.text().unwrap_or("").trim());
    let name = match properties.values.get("project.groupId") {
        Some(group) => format!("{}:{artifact_id}", properties.resolve(group)),
        None => artifact_id,
    };
    let version = properties.values.get("project.version").map(|v| properties.resolve(v));
    let description = child(root, "description").or_else(|| child(root, "name"));
    let description = description.and_then(|d| Some((properties.resolve(d.text()?.trim()), line(sheet, d))));
    let licence = child(root, "licenses").and_then(|l| child(l, "license")).and_then(|l| text_of(l, "name"));
    let packaging = text_of(root, "packaging").unwrap_or("jar");
    let kind = match packaging {
        "pom" if child(root, "modules").is_some() => "workspace",
        "war" | "ear" => "application",
        _ => "unknown",
    };
    let release = ["maven.compiler.release", "java.version", "maven.compiler.target", "maven.compiler.source"];
    let runtime = release.iter().find_map(|k| properties.values.get(*k)).map(|v| format!("java {}", properties.resolve(v)));
    let at = lines(sheet, artifact);
    sheet.project(&Project {
        lines: at,
        name: Some(&name),
        version: version.as_deref(),
        description: description.as_ref().map(|(text, line)| (text.as_str(), *line)),
        licence,
        kind,
        runtime: runtime.as_deref(),
    });
}
