//! Bundler: `Gemfile`, `*.gemspec`, `Gemfile.lock` and `gems.locked`; and CocoaPods, which is written the same way.

use super::script::{Comments, Kind, Token, arguments, named, scan, statement};
use super::sheet::{Dependency, Project, Scope, Sheet, is_plain};

/// The version that a list of Ruby requirements pins: one alone, `= 1.0` or `1.0`.
fn exact(requirements: &[&str]) -> Option<String> {
    let [only] = requirements else { return None };
    let version = only.trim().strip_prefix('=').unwrap_or(only).trim();
    is_plain(version).then(|| version.to_owned())
}

/// Reads a `Gemfile` or `gems.rb`.
pub(super) fn gemfile(sheet: &mut Sheet<'_, '_>) {
    calls(sheet, "gem");
}

/// Reads a `Podfile`.
pub(super) fn podfile(sheet: &mut Sheet<'_, '_>) {
    calls(sheet, "pod");
}

/// Every `gem "name", "range", option: …` (or `pod`), with the groups or targets around it.
fn calls(sheet: &mut Sheet<'_, '_>, call: &str) {
    let tokens = scan(sheet.text(), Comments::Hash);
    let mut blocks: Vec<Option<String>> = Vec::new();
    let mut runtime = None;
    for (at, token) in tokens.iter().enumerate() {
        let begins = at == 0 || tokens[at - 1].kind == Kind::Break || tokens[at - 1].is_mark(";");
        if token.kind != Kind::Word {
            continue;
        }
        match token.text {
            // Every `do` and every opening `if` ends with `end`; only groups and targets have a name.
            "do" => {
                let line: Vec<_> = tokens[..at].iter().rev().take_while(|t| t.kind != Kind::Break).collect();
                let is_group = line.last().is_some_and(|t| t.is_word("group") || t.is_word("target") || t.is_word("abstract_target"));
                let names = line.iter().rev().skip(1).filter(|t| t.kind != Kind::Mark && t.text != "optional" && t.text != "true");
                blocks.push(is_group.then(|| names.map(|t| t.text).collect::<Vec<_>>().join(",")));
            }
            "if" | "unless" | "case" | "def" | "begin" | "while" | "class" | "module" if begins => blocks.push(None),
            "end" if begins => {
                blocks.pop();
            }
            "ruby" if begins => runtime = tokens.get(at + 1).and_then(|t| t.literal().map(|v| (v, t.line))),
            word if word == call && begins => {
                let inner = blocks.iter().rev().find_map(|b| b.as_deref());
                requirement(sheet, statement(&tokens, at + 1), inner);
            }
            _ => {}
        }
    }
    if let Some((version, line)) = runtime {
        let runtime = format!("ruby {version}");
        sheet.project(&Project { lines: (line, line), runtime: Some(&runtime), ..Project::default() });
    }
}

/// The arguments of a `gem`, `pod` or `add_dependency` call.
fn requirement(sheet: &mut Sheet<'_, '_>, tokens: &[Token<'_>], block: Option<&str>) {
    let tokens = match tokens.first() {
        Some(open) if open.is_mark("(") => &tokens[1..],
        _ => tokens,
    };
    let parts = arguments(tokens);
    let Some(name) = parts.first().and_then(|p| p.iter().find(|t| t.kind == Kind::Text)) else { return };
    if name.text.contains("#{") {
        return;
    }
    // A requirement is a string alone or a list of strings; with a key in front it is an option.
    let ranges: Vec<&Token<'_>> = parts[1..]
        .iter()
        .filter(|p| p.first().is_some_and(|t| t.kind == Kind::Text || t.is_mark("[")) && !p.iter().any(|t| t.is_mark(">") || t.is_mark(":")))
        .flat_map(|p| p.iter().filter(|t| t.kind == Kind::Text))
        .collect();
    let texts: Vec<&str> = ranges.iter().map(|t| t.text).collect();
    let option_group = parts.iter().find_map(|p| {
        let at = p.iter().position(|t| t.is_word("group") || t.is_word("groups"))?;
        (at <= 1).then(|| p[at + 1..].iter().filter(|t| t.kind != Kind::Mark && t.kind != Kind::Break).map(|t| t.text).collect::<Vec<_>>().join(","))
    });
    let group = option_group.as_deref().or(block);
    let source = ["git", "github", "path", "podspec", "source"].iter().find_map(|k| named(&parts, k));
    let last = ranges.iter().map(|t| t.line).max().unwrap_or(name.line);
    let scope = match group {
        _ if sheet.format == "Podfile" => if group.is_some_and(|g| g.contains("Test")) { Scope::Test } else { Scope::Runtime },
        None | Some("default" | "production") => Scope::Runtime,
        Some(group) if group.split(',').any(|g| g == "default" || g == "production") => Scope::Runtime,
        Some(group) => Scope::of_group(group),
    };
    sheet.push(&Dependency {
        name: name.text,
        declared: Some(&texts.join(", ")),
        version: exact(&texts).as_deref(),
        scope,
        direct: Some(true),
        group,
        source: source.map(|t| t.text),
        lines: (name.line, last),
        ..Dependency::default()
    });
}

/// Reads a `*.gemspec`.
pub(super) fn gemspec(sheet: &mut Sheet<'_, '_>) {
    let tokens = scan(sheet.text(), Comments::Hash);
    let mut project = Project { kind: "library", ..Project::default() };
    let mut runtime = None;
    let constants: rustc_hash::FxHashMap<&str, &str> = tokens
        .windows(3)
        .filter(|w| w[0].kind == Kind::Word && w[1].is_mark("=") && w[2].kind == Kind::Text && !w[2].text.contains("#{"))
        .map(|w| (w[0].text, w[2].text))
        .collect();
    for (at, token) in tokens.iter().enumerate().filter(|(at, t)| *at > 0 && t.kind == Kind::Word && tokens[at - 1].is_mark(".")) {
        let next = tokens.get(at + 1);
        let is_set = next.is_some_and(|t| t.is_mark("="));
        let value = tokens.get(at + if is_set { 2 } else { 1 });
        let value = value.filter(|v| v.kind == Kind::Text && !v.text.contains("#{"));
        let text = value.map(|v| v.text);
        match token.text {
            "name" if is_set && project.name.is_none() => {
                project.name = text;
                project.lines = (token.line, token.line);
            }
            "version" if is_set => {
                // A constant of this very file is as good as a literal; one of another file stays unknown.
                let words = tokens[at + 2..].iter().take_while(|t| t.kind == Kind::Word || t.is_mark(":"));
                let constant = words.filter(|t| t.kind == Kind::Word).last().and_then(|t| constants.get(t.text).copied());
                project.version = project.version.or(text).or(constant);
            }
            "summary" if is_set => project.description = project.description.or(value.map(|v| (v.text, v.line))),
            "license" | "licenses" if is_set => {
                let listed = tokens[at + 2..].iter().find(|t| !t.is_mark("[")).and_then(Token::literal);
                project.licence = text.or(listed);
            }
            "required_ruby_version" => {
                let found = tokens[at + 1..].iter().take(6).find(|t| t.kind == Kind::Text);
                runtime = found.map(|t| format!("ruby {}", t.text));
            }
            "add_dependency" | "add_runtime_dependency" => requirement(sheet, statement(&tokens, at + 1), None),
            "add_development_dependency" => requirement(sheet, statement(&tokens, at + 1), Some("development")),
            _ => {}
        }
    }
    project.runtime = runtime.as_deref();
    if project.name.is_some() {
        sheet.project(&project);
    }
}

/// Reads a `Gemfile.lock` or `gems.locked`. Gems stand four blanks deep below `specs:`, what they need six.
pub(super) fn gemfile_lock(sheet: &mut Sheet<'_, '_>) {
    let text = sheet.text();
    let mut direct = rustc_hash::FxHashSet::default();
    let mut section = "";
    for line in text.lines() {
        if !line.starts_with(' ') {
            section = line.trim();
        } else if section == "DEPENDENCIES" {
            let name = line.trim().split([' ', '!']).next().unwrap_or("");
            direct.insert(name);
        }
    }
    let knows_direct = !direct.is_empty();
    let (mut section, mut remote, mut revision, mut known) = ("", None, None, false);
    for (at, raw) in text.lines().enumerate() {
        let line = raw.trim_end();
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if body.is_empty() {
            continue;
        }
        if indent == 0 {
            (section, remote, revision) = (body, None, None);
            // Conflict markers and prose are no section; sections are capitals.
            let is_section = body.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
            known |= is_section;
            if !is_section {
                sheet.odd(at + 1, "this line is no section of a Gemfile.lock");
                if !known {
                    return;
                }
            }
            continue;
        }
        if !matches!(section, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") {
            continue;
        }
        if let Some(place) = body.strip_prefix("remote: ") {
            remote = Some(place);
        } else if let Some(commit) = body.strip_prefix("revision: ") {
            revision = Some(commit);
        } else if indent == 4
            && let Some((name, version)) = body.strip_suffix(')').and_then(|b| b.split_once(" ("))
        {
            // Versions of gems hold no dash: what follows one is the platform.
            let (version, platform) = version.split_once('-').map_or((version, None), |(v, p)| (v, Some(p)));
            let source = remote.filter(|_| section != "GEM" || !remote.is_some_and(|r| r.contains("rubygems.org")));
            let source = source.map(|s| revision.map_or_else(|| s.to_owned(), |r| format!("{s}#{r}")));
            sheet.push(&Dependency {
                name,
                version: Some(version),
                direct: knows_direct.then(|| direct.contains(name)),
                group: platform,
                source: source.as_deref(),
                lines: (at + 1, at + 1),
                ..Dependency::default()
            });
        }
    }
}

/// Reads the `PODS` of a `Podfile.lock`.
pub(super) fn podfile_lock(sheet: &mut Sheet<'_, '_>) {
    let Some(root) = sheet.yaml() else { return };
    let direct: rustc_hash::FxHashSet<&str> =
        root.items_of("DEPENDENCIES").iter().filter_map(super::tree::Node::text).map(|d| d.split(" (").next().unwrap_or(d)).collect();
    for item in root.items_of("PODS") {
        // A pod with dependencies is a map of one key.
        let text = item.text().or_else(|| item.entries().first().map(|e| e.key.as_ref())).unwrap_or("");
        let Some((name, version)) = text.strip_suffix(')').and_then(|t| t.split_once(" (")) else {
            sheet.odd(item.first, "a pod is `Name (version)`");
            continue;
        };
        let source = root.at(&["EXTERNAL SOURCES", name.split('/').next().unwrap_or(name)]);
        sheet.push(&Dependency {
            name,
            version: Some(version),
            direct: Some(direct.contains(name)),
            source: source.and_then(|s| [":git", ":path", ":podspec"].iter().find_map(|k| s.text_of(k))),
            lines: (item.first, item.first),
            ..Dependency::default()
        });
    }
}
