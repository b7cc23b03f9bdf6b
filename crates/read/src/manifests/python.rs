//! `pyproject.toml`, `Pipfile`, `setup.cfg`, `setup.py` and conda's `environment.yml`.

use super::requirements::{Requirement, pinned, push};
use super::script::{Comments, Kind, closing, scan};
use super::sheet::{Dependency, Project, Scope, Sheet, is_plain};
use super::tree::{Entry, Node};

/// Reads a `pyproject.toml`: PEP 621, dependency groups of PEP 735, Poetry, PDM, uv and the build system.
pub(super) fn pyproject(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    project(sheet, &root);
    let strings = |sheet: &mut Sheet<'_, '_>, items: &[Node<'_>], scope, group: Option<&str>| {
        for item in items {
            let Some(text) = item.text() else { continue };
            if !push(sheet, text, (item.first, item.last), scope, group) {
                sheet.odd(item.first, "this string is no requirement of PEP 508");
            }
        }
    };
    if let Some(project) = root.get("project") {
        strings(sheet, project.items_of("dependencies"), Scope::Runtime, None);
        for extra in project.entries_of("optional-dependencies") {
            strings(sheet, extra.node.items(), Scope::Optional, Some(&extra.key));
        }
    }
    for group in root.entries_of("dependency-groups") {
        let scope = match Scope::of_group(&group.key) {
            // A group is never installed with the package, whatever its name.
            Scope::Optional => Scope::Dev,
            known => known,
        };
        strings(sheet, group.node.items(), scope, Some(&group.key));
    }
    strings(sheet, root.at(&["build-system", "requires"]).map_or(&[][..], Node::items), Scope::Build, Some("build-system"));
    strings(sheet, root.at(&["tool", "uv", "dev-dependencies"]).map_or(&[][..], Node::items), Scope::Dev, Some("dev"));
    for group in root.at(&["tool", "pdm", "dev-dependencies"]).map_or(&[][..], Node::entries) {
        strings(sheet, group.node.items(), Scope::Dev, Some(&group.key));
    }
    let Some(poetry) = root.at(&["tool", "poetry"]) else { return };
    for entry in poetry.entries_of("dependencies") {
        poetry_dependency(sheet, entry, Scope::Runtime, None);
    }
    for entry in poetry.entries_of("dev-dependencies") {
        poetry_dependency(sheet, entry, Scope::Dev, Some("dev"));
    }
    for group in poetry.entries_of("group") {
        let scope = match Scope::of_group(&group.key) {
            Scope::Optional if !group.node.is_true("optional") => Scope::Dev,
            known => known,
        };
        for entry in group.node.entries_of("dependencies") {
            poetry_dependency(sheet, entry, scope, Some(&group.key));
        }
    }
}

/// `name = "^1"`, `name = {version = "^1", …}`, or a list of those for different markers.
fn poetry_dependency(sheet: &mut Sheet<'_, '_>, entry: &Entry<'_>, scope: Scope, group: Option<&str>) {
    if entry.key == "python" {
        return;
    }
    let single = std::slice::from_ref(&entry.node);
    let nodes = if entry.node.items().is_empty() { single } else { entry.node.items() };
    for node in nodes {
        let declared = node.text().or_else(|| node.text_of("version"));
        let version = declared.and_then(|d| pinned(d).or_else(|| is_plain(d).then_some(d)));
        sheet.push(&Dependency {
            name: &entry.key,
            declared,
            version,
            scope: if node.is_true("optional") { Scope::Optional } else { scope },
            direct: Some(true),
            group,
            source: ["git", "url", "path", "file"].iter().find_map(|k| node.text_of(k)),
            lines: (entry.line, entry.line.max(node.entry("version").map_or(0, |e| e.line))),
            ..Dependency::default()
        });
    }
}

fn project(sheet: &mut Sheet<'_, '_>, root: &Node<'_>) {
    let Some(project) = root.get("project").or_else(|| root.at(&["tool", "poetry"])) else { return };
    let Some(name) = project.entry("name") else { return };
    let licence = project.get("license");
    let python = project.text_of("requires-python").or_else(|| project.at(&["dependencies", "python"]).and_then(Node::text));
    let runtime = python.map(|p| format!("python {p}"));
    let has_scripts = project.get("scripts").is_some() || project.get("gui-scripts").is_some();
    let is_workspace = root.at(&["tool", "uv", "workspace"]).is_some();
    sheet.project(&Project {
        lines: (name.line, project.entry("version").map_or(name.line, |e| e.line).clamp(name.line, name.line + 5)),
        name: name.node.text(),
        version: project.text_of("version"),
        description: project.entry("description").and_then(|e| Some((e.node.text()?, e.node.first))),
        licence: licence.and_then(|l| l.text().or_else(|| l.text_of("text"))),
        kind: if is_workspace { "workspace" } else if has_scripts { "application" } else { "unknown" },
        runtime: runtime.as_deref(),
    });
}

/// Reads a `Pipfile`.
pub(super) fn pipfile(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.toml() else { return };
    for table in root.entries() {
        let scope = match table.key.as_ref() {
            "packages" => Scope::Runtime,
            "dev-packages" => Scope::Dev,
            "source" | "requires" | "scripts" | "pipenv" => continue,
            other => Scope::of_group(other),
        };
        for entry in table.node.entries() {
            let node = &entry.node;
            let declared = node.text().or_else(|| node.text_of("version"));
            sheet.push(&Dependency {
                name: &entry.key,
                declared,
                version: declared.and_then(pinned),
                scope,
                direct: Some(true),
                group: Some(&table.key),
                source: ["git", "path", "file"].iter().find_map(|k| node.text_of(k)),
                lines: (entry.line, entry.line),
                ..Dependency::default()
            });
        }
    }
}

/// Reads the `[options]` of a `setup.cfg`.
pub(super) fn setup_cfg(sheet: &mut Sheet<'_, '_>) {
    let (mut section, mut key) = ("", "");
    let (mut name, mut version, mut description, mut licence, mut runtime) = (None, None, None, None, None);
    for (at, raw) in sheet.text().lines().enumerate() {
        let line = at + 1;
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(head) = trimmed.strip_prefix('[').and_then(|t| t.strip_suffix(']')).filter(|_| !raw.starts_with(' ')) {
            (section, key) = (head, "");
            continue;
        }
        let mut value = trimmed;
        if !raw.starts_with([' ', '\t']) {
            let Some((k, v)) = raw.split_once(['=', ':']) else { continue };
            (key, value) = (k.trim(), v.trim());
        }
        match (section, key) {
            ("metadata", "name") => name = Some((value, line)),
            ("metadata", "version") => version = Some(value),
            ("metadata", "description" | "summary") => description = Some((value, line)),
            ("metadata", "license") => licence = Some(value),
            ("options", "python_requires") => runtime = Some(format!("python {value}")),
            _ => {}
        }
        let (scope, group) = match (section, key) {
            ("options", "install_requires") => (Scope::Runtime, None),
            ("options", "setup_requires") => (Scope::Build, Some(key)),
            ("options", "tests_require") => (Scope::Test, Some(key)),
            ("options.extras_require", extra) => (Scope::Optional, Some(extra)),
            _ => continue,
        };
        for part in value.split("\n").filter(|v| !v.is_empty()) {
            let part = part.split(" #").next().unwrap_or(part);
            push(sheet, part, (line, line), scope, group);
        }
    }
    if let Some((name, line)) = name {
        sheet.project(&Project {
            lines: (line, line),
            name: Some(name),
            version: version.filter(|v| !v.starts_with("attr:") && !v.starts_with("file:")),
            description,
            licence,
            runtime: runtime.as_deref(),
            ..Project::default()
        });
    }
}

/// Reads the literal requirement lists of a `setup.py`, by text.
pub(super) fn setup_py(sheet: &mut Sheet<'_, '_>) {
    let tokens = scan(sheet.text(), Comments::Hash);
    let mut project = Project::default();
    for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.kind == Kind::Word) {
        if !tokens.get(at + 1).is_some_and(|t| t.is_mark("=")) {
            continue;
        }
        let Some(value) = tokens.get(at + 2) else { continue };
        let literal = value.literal();
        let depth_one = at > 0 && (tokens[at - 1].is_mark(",") || tokens[at - 1].is_mark("(") || tokens[at - 1].kind == Kind::Break);
        match token.text {
            "name" if depth_one && project.name.is_none() => {
                project.name = literal;
                project.lines = (token.line, token.line);
            }
            "version" if depth_one => project.version = project.version.or(literal),
            "description" if depth_one => project.description = project.description.or(literal.map(|l| (l, value.line))),
            "license" if depth_one => project.licence = project.licence.or(literal),
            _ => {}
        }
        let (scope, group) = match token.text {
            "install_requires" | "requires" | "REQUIRES" | "REQUIRED" | "INSTALL_REQUIRES" | "REQUIREMENTS" | "requirements" => (Scope::Runtime, None),
            "setup_requires" => (Scope::Build, Some(token.text)),
            "tests_require" => (Scope::Test, Some(token.text)),
            "extras_require" => (Scope::Optional, Some("extras")),
            _ => continue,
        };
        if !value.is_mark("[") && !value.is_mark("{") && !value.is_mark("(") {
            continue;
        }
        let end = closing(&tokens, at + 2);
        let mut extra = group;
        for inner in at + 3..end.min(tokens.len()) {
            let item = &tokens[inner];
            let Some(text) = item.literal() else { continue };
            if tokens.get(inner + 1).is_some_and(|t| t.is_mark(":")) {
                extra = Some(text);
            } else if !tokens.get(inner + 1).is_some_and(|t| t.is_mark("%") || t.is_mark(".") || t.is_mark("+")) {
                push(sheet, text, (item.line, item.line), scope, extra);
            }
        }
    }
    if project.name.is_some() {
        sheet.project(&project);
    }
}

/// Reads a conda `environment.yml`, with the pip requirements inside it.
pub(super) fn conda(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.yaml() else { return };
    if let Some(name) = root.entry("name") {
        sheet.project(&Project { lines: (name.line, name.line), name: name.node.text(), ..Project::default() });
    }
    for item in root.items_of("dependencies") {
        for requirement in item.items_of("pip") {
            let text = requirement.text().unwrap_or("");
            if let Some(parsed) = Requirement::parse(text) {
                sheet.push(&Dependency {
                    name: parsed.name,
                    declared: Some(parsed.specifier),
                    version: parsed.pinned(),
                    scope: Scope::Runtime,
                    direct: Some(true),
                    group: Some("pip"),
                    source: parsed.url,
                    lines: (requirement.first, requirement.first),
                    ecosystem: Some("pypi"),
                    ..Dependency::default()
                });
            }
        }
        let Some(text) = item.text() else { continue };
        // `channel::name=1.0=build`, `name>=1.0`, `name 1.0`.
        let bare = text.rsplit("::").next().unwrap_or(text);
        let end = bare.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(bare.len());
        let (name, rest) = bare.split_at(end);
        let version = rest.trim().trim_start_matches('=').split(['=', ' ']).next().filter(|v| rest.contains('=') && is_plain(v) && !rest.contains(['<', '>', '!', '~']));
        sheet.push(&Dependency {
            name,
            declared: Some(rest.trim()),
            version,
            scope: Scope::Runtime,
            direct: Some(true),
            source: text.split_once("::").map(|(channel, _)| channel),
            lines: (item.first, item.first),
            ..Dependency::default()
        });
    }
}
