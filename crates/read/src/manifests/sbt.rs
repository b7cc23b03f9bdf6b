//! sbt: literal `"group" %% "artifact" % "version"` in `*.sbt` files and in Scala files below `project/`.

use rustc_hash::FxHashMap;

use super::maven::exact;
use super::script::{Comments, Kind, Token, scan};
use super::sheet::{Dependency, Project, Scope, Sheet};

/// Reads a file of sbt.
pub(super) fn sbt(sheet: &mut Sheet<'_, '_>) {
    let tokens: Vec<Token<'_>> = scan(sheet.text(), Comments::Slashes).into_iter().filter(|t| t.kind != Kind::Break).collect();
    let mut values: FxHashMap<&str, &str> = FxHashMap::default();
    for window in tokens.windows(4) {
        if window[0].is_word("val") && window[2].is_mark("=") && window[3].kind == Kind::Text {
            values.insert(window[1].text, window[3].text);
        }
    }
    for (at, token) in tokens.iter().enumerate().filter(|(_, t)| t.kind == Kind::Text) {
        let first = percents(&tokens, at + 1);
        let Some(artifact) = tokens.get(at + 1 + first).filter(|t| t.kind == Kind::Text && (1..=3).contains(&first)) else { continue };
        let after = at + 2 + first;
        if percents(&tokens, after) != 1 {
            continue;
        }
        // The version is a literal or a name, maybe behind dots: `Versions.akka`.
        let mut end = after + 1;
        while tokens.get(end).is_some_and(|t| t.kind == Kind::Word) && tokens.get(end + 1).is_some_and(|t| t.is_mark(".")) {
            end += 2;
        }
        let Some(version) = tokens.get(end).filter(|t| t.kind != Kind::Mark) else { continue };
        let value = if version.kind == Kind::Text { Some(version.text) } else { values.get(version.text).copied() };
        let configuration = (percents(&tokens, end + 1) == 1).then(|| tokens.get(end + 2)).flatten().map_or("", |t| t.text);
        let lower = configuration.to_ascii_lowercase();
        let before = tokens[..at].iter().rev().take(3).any(|t| t.is_word("addSbtPlugin") || t.is_word("addCompilerPlugin") || t.is_word("compilerPlugin"));
        let scope = if before || lower.contains("provided") {
            Scope::Build
        } else if lower.contains("test") || lower == "it" {
            Scope::Test
        } else {
            Scope::Runtime
        };
        let name = format!("{}:{}", token.text, artifact.text);
        sheet.push(&Dependency {
            name: &name,
            shown: artifact.text,
            declared: Some(value.unwrap_or(version.text)),
            version: value.and_then(exact),
            scope,
            direct: Some(true),
            // `%%` adds the Scala version to the artifact's name, `%%%` also the platform.
            group: match first {
                2 => Some("scala cross-built"),
                3 => Some("scala and platform cross-built"),
                _ => None,
            },
            lines: (token.line, version.line.max(artifact.line)),
            ..Dependency::default()
        });
    }
    project(sheet, &tokens);
}

/// How many `%` follow from `at` on.
fn percents(tokens: &[Token<'_>], at: usize) -> usize {
    tokens.get(at..).map_or(0, |t| t.iter().take_while(|t| t.is_mark("%")).count())
}

fn project(sheet: &mut Sheet<'_, '_>, tokens: &[Token<'_>]) {
    let setting = |key: &str| {
        tokens.windows(4).find(|w| w[0].is_word(key) && w[1].is_mark(":") && w[2].is_mark("=") && w[3].kind == Kind::Text).map(|w| w[3])
    };
    let Some(name) = setting("name") else { return };
    let runtime = setting("scalaVersion").map(|v| format!("scala {}", v.text));
    sheet.project(&Project {
        lines: (name.line, name.line),
        name: Some(name.text),
        version: setting("version").map(|t| t.text),
        description: setting("description").map(|t| (t.text, t.line)),
        runtime: runtime.as_deref(),
        ..Project::default()
    });
}
