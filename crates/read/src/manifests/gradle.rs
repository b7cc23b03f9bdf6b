//! Gradle's build scripts in Groovy and Kotlin: what they declare literally.

use rustc_hash::FxHashMap;

use super::maven::exact;
use super::script::{Comments, Kind, Token, arguments, closing, named, scan, statement};
use super::sheet::{Dependency, Project, Scope, Sheet};

/// The scope that the name of a configuration stands for; `None` for a word that is no configuration.
fn configuration(word: &str) -> Option<Scope> {
    const ENDINGS: [(&str, Scope); 17] = [
        ("annotationprocessor", Scope::Build),
        ("kapt", Scope::Build),
        ("ksp", Scope::Build),
        ("classpath", Scope::Build),
        ("compileonly", Scope::Build),
        ("compileonlyapi", Scope::Build),
        ("providedcompile", Scope::Build),
        ("providedruntime", Scope::Build),
        ("corelibrarydesugaring", Scope::Build),
        ("implementation", Scope::Runtime),
        ("api", Scope::Runtime),
        ("runtimeonly", Scope::Runtime),
        ("compile", Scope::Runtime),
        ("runtime", Scope::Runtime),
        ("shadow", Scope::Runtime),
        ("provided", Scope::Build),
        ("developmentonly", Scope::Dev),
    ];
    let lower = word.to_ascii_lowercase();
    let base = ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending)).map(|(_, scope)| *scope);
    let is_test = lower.contains("test") || lower.starts_with("jmh");
    match base {
        Some(_) if is_test => Some(Scope::Test),
        base => base,
    }
}

/// Reads a `build.gradle` or `build.gradle.kts`.
pub(super) fn build_script(sheet: &mut Sheet<'_, '_>) {
    let tokens = scan(sheet.text(), Comments::Slashes);
    let values = constants(&tokens);
    let mut blocks: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        match (token.kind, token.text) {
            (Kind::Mark, "{") => blocks.push(block_name(&tokens, at)),
            (Kind::Mark, "}") => {
                blocks.pop();
            }
            (Kind::Word | Kind::Text, word) if blocks.last() == Some(&"dependencies") || blocks.last() == Some(&"constraints") => {
                let begins = at == 0 || matches!(tokens[at - 1].kind, Kind::Break) || ["{", "}", ";"].iter().any(|m| tokens[at - 1].is_mark(m));
                let in_buildscript = blocks.contains(&"buildscript");
                let next = tokens.get(at + 1);
                // Configurations that a build names itself are taken when a literal coordinate follows.
                let scope = configuration(word);
                if begins && next.is_some_and(|n| n.is_mark("(") || n.kind != Kind::Mark) {
                    let scope = if in_buildscript { Scope::Build } else { scope.unwrap_or_default() };
                    declaration(sheet, statement(&tokens, at + 1), word, scope, &values);
                }
            }
            (Kind::Word, "id" | "kotlin" | "version") if blocks.last() == Some(&"plugins") => {
                plugin(sheet, statement(&tokens, at), &values);
                at += statement(&tokens, at).len().max(1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    script_project(sheet, &tokens);
}

/// The word in front of a `{`, also across the brackets of a call.
fn block_name<'a>(tokens: &[Token<'a>], open: usize) -> &'a str {
    let mut before = tokens[..open].iter().rev().skip_while(|t| t.kind == Kind::Break).peekable();
    if before.peek().is_some_and(|t| t.is_mark(")")) {
        return before.find(|t| t.kind == Kind::Break || t.is_mark("(")).map_or("", |_| before.next().map_or("", |t| t.text));
    }
    before.next().filter(|t| t.kind == Kind::Word).map_or("", |t| t.text)
}

/// Names that the script gives to literal versions: `ext.x = "1"`, `def x = '1'`, `val x = "1"`, `x: "1"` in a map.
fn constants<'a>(tokens: &[Token<'a>]) -> FxHashMap<&'a str, &'a str> {
    let mut values = FxHashMap::default();
    for window in tokens.windows(3) {
        let is_set = window[1].is_mark("=") || window[1].is_mark(":");
        if window[0].kind == Kind::Word && is_set && window[2].kind == Kind::Text && !window[2].text.contains('$') {
            values.entry(window[0].text).or_insert(window[2].text);
        }
    }
    values
}

/// Replaces `$name`, `${name}` and `${a.name}` by constants of the same script.
fn fill(text: &str, values: &FxHashMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let hole = &rest[at + 1..];
        let (key, length) = match hole.strip_prefix('{').and_then(|h| h.find('}').map(|end| (&h[..end], end + 2))) {
            Some(found) => found,
            None => {
                let end = hole.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(hole.len());
                (&hole[..end], end)
            }
        };
        match values.get(key.rsplit('.').next().unwrap_or(key)) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[at..=at + length]),
        }
        rest = &hole[length..];
    }
    out.push_str(rest);
    out
}

/// One line of a `dependencies` block.
fn declaration(sheet: &mut Sheet<'_, '_>, tokens: &[Token<'_>], group: &str, scope: Scope, values: &FxHashMap<&str, &str>) {
    let inner = match tokens.first() {
        Some(open) if open.is_mark("(") => &tokens[1..closing(tokens, 0).max(1).min(tokens.len())],
        _ => tokens,
    };
    let parts = arguments(inner);
    if let (Some(organisation), Some(artifact)) = (named(&parts, "group"), named(&parts, "name")) {
        let version = named(&parts, "version");
        let name = format!("{}:{}", fill(organisation.text, values), fill(artifact.text, values));
        let resolved = version.map(|v| fill(v.text, values));
        sheet.push(&Dependency {
            name: &name,
            shown: artifact.text,
            declared: version.map(|v| v.text),
            version: resolved.as_deref().and_then(exact),
            scope,
            direct: Some(true),
            group: Some(group),
            lines: (organisation.line.min(artifact.line), artifact.line.max(version.map_or(0, |v| v.line))),
            ..Dependency::default()
        });
        return;
    }
    for (at, part) in parts.iter().enumerate() {
        // Also inside `platform("…")`, `enforcedPlatform("…")`, `kotlin("…")` and the like.
        let Some(position) = part.iter().position(|t| t.kind == Kind::Text) else { continue };
        let literal = part[position];
        let kotlin_module = position >= 2 && part[position - 2].is_word("kotlin");
        if kotlin_module {
            let name = format!("org.jetbrains.kotlin:kotlin-{}", literal.text);
            let version = parts.get(at + 1).and_then(|p| p.iter().find(|t| t.kind == Kind::Text)).map(|t| t.text);
            sheet.push(&Dependency {
                name: &name,
                shown: literal.text,
                declared: version,
                version: version.and_then(exact),
                scope,
                direct: Some(true),
                group: Some(group),
                lines: (literal.line, literal.line),
                ..Dependency::default()
            });
            return;
        }
        let nested = position >= 2 && ["project", "files", "fileTree", "exclude", "because"].iter().any(|w| part[..position].iter().any(|t| t.is_word(w)));
        if !nested && !(position > 0 && !part[..position].iter().any(|t| t.is_mark("(") || t.is_mark("["))) {
            coordinate(sheet, literal.text, literal.line, group, scope, values);
        }
    }
}

/// `group:name:version[:classifier][@type]`.
fn coordinate(sheet: &mut Sheet<'_, '_>, text: &str, line: usize, group: &str, scope: Scope, values: &FxHashMap<&str, &str>) {
    let filled = fill(text, values);
    let mut parts = filled.split('@').next().unwrap_or(&filled).split(':');
    let (Some(organisation), Some(artifact)) = (parts.next(), parts.next()) else { return };
    let plain = |s: &str| !s.is_empty() && !s.contains([' ', '/', '$', '{', '\\']);
    if !plain(organisation) || !plain(artifact) {
        return;
    }
    let raw = text.splitn(3, ':').nth(2).map(|v| v.split('@').next().unwrap_or(v));
    let name = format!("{organisation}:{artifact}");
    let version = parts.next();
    sheet.push(&Dependency {
        name: &name,
        declared: raw,
        version: version.and_then(|v| exact(v.split("!!").next().unwrap_or(v))),
        scope,
        direct: Some(true),
        group: Some(group),
        lines: (line, line),
        ..Dependency::default()
    });
}

/// `id("x") version "1"`, `id 'x' version '1'`, `kotlin("jvm") version "1"`.
fn plugin(sheet: &mut Sheet<'_, '_>, tokens: &[Token<'_>], values: &FxHashMap<&str, &str>) {
    let Some(id) = tokens.iter().find(|t| t.kind == Kind::Text) else { return };
    let version = tokens.iter().position(|t| t.is_word("version")).and_then(|at| {
        tokens[at + 1..].iter().find(|t| !t.is_mark("(")).filter(|t| t.kind == Kind::Text)
    });
    let full;
    let name = if tokens.first().is_some_and(|t| t.is_word("kotlin")) {
        full = format!("org.jetbrains.kotlin.{}", id.text);
        full.as_str()
    } else {
        id.text
    };
    // A plugin is published as `<id>:<id>.gradle.plugin`.
    let coordinates = format!("{name}:{name}.gradle.plugin");
    let resolved = version.map(|v| fill(v.text, values));
    sheet.push(&Dependency {
        name: &coordinates,
        shown: id.text,
        declared: version.map(|v| v.text),
        version: resolved.as_deref().and_then(exact),
        scope: Scope::Build,
        direct: Some(true),
        group: Some("plugins"),
        lines: (id.line, version.map_or(id.line, |v| v.line)),
        ..Dependency::default()
    });
}

fn script_project(sheet: &mut Sheet<'_, '_>, tokens: &[Token<'_>]) {
    let mut depth = 0_usize;
    let (mut group, mut version, mut description) = (None, None, None);
    let mut name = None;
    for (at, token) in tokens.iter().enumerate() {
        match (token.kind, token.text) {
            (Kind::Mark, "{") => depth += 1,
            (Kind::Mark, "}") => depth = depth.saturating_sub(1),
            (Kind::Word, word) => {
                let value = tokens[at + 1..].iter().find(|t| !t.is_mark("=")).filter(|t| t.kind == Kind::Text);
                let Some(value) = value.filter(|_| depth == 0) else { continue };
                let begins = at == 0 || tokens[at - 1].kind == Kind::Break;
                match word {
                    "group" if begins => group = Some(value),
                    "version" if begins => version = Some(value),
                    "description" if begins => description = Some(value),
                    "name" if at > 1 && tokens[at - 2].is_word("rootProject") => name = Some(value),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let Some(first) = [name, group, version, description].into_iter().flatten().map(|t| t.line).min() else { return };
    let kind = if name.is_some() { "workspace" } else { "unknown" };
    let line = name.or(group).or(version).map_or(first, |t| t.line);
    sheet.project(&Project {
        lines: (line, line),
        name: name.map(|t| t.text),
        version: version.map(|t| t.text),
        description: description.map(|t| (t.text, t.line)),
        kind,
        ..Project::default()
    });
}

/// Reads a script that only lists coordinates for others, such as `gradle/dependencies.gradle`: every literal
/// `group:name:version` in it, with the script's own version constants filled in.
pub(super) fn coordinates_script(sheet: &mut Sheet<'_, '_>) {
    let tokens = scan(sheet.text(), Comments::Slashes);
    let mut values = constants(&tokens);
    // Groovy maps of versions: `versions += [ kafka: "1.0" ]` are constants already; quoted keys are too.
    for window in tokens.windows(3) {
        if window[0].kind == Kind::Text && window[1].is_mark(":") && window[2].kind == Kind::Text {
            values.entry(window[0].text).or_insert(window[2].text);
        }
    }
    for token in tokens.iter().filter(|t| t.kind == Kind::Text && t.text.matches(':').count() >= 2) {
        coordinate(sheet, token.text, token.line, "", Scope::Unknown, &values);
    }
}
