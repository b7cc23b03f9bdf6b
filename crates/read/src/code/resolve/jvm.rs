//! Imports of languages that name what they import by namespace: Java, Kotlin, Scala, C#, PHP, Elixir.

use std::cell::Cell;

use sightline_facts::tables::imports::ImportRow;

use super::super::language::{Id, description};
use super::files::{Found, nearest};
use super::{Context, Resolved, expand, folder, is_standard, together};

impl Context {
    /// Notes in `is_near` when another place could give another answer.
    pub(super) fn jvm<'a>(&'a self, id: Id, import: &ImportRow<'_>, is_near: &Cell<bool>) -> Resolved<'a> {
        let one = |t: &str| self.jvm_one(id, t, import.path, is_near);
        let answers: Vec<_> = expand(import.target, ".").iter().map(|t| one(t)).collect();
        let answer = together(&answers);
        match import.target.split_once(".{") {
            // Several files of one package: its folder.
            Some((package, _)) if answer == Resolved::INTERNAL => one(package),
            _ => answer,
        }
    }

    fn jvm_one<'a>(&'a self, id: Id, target: &str, from: &str, is_near: &Cell<bool>) -> Resolved<'a> {
        let target = target.trim_end_matches(".*").trim_end_matches("._").trim_end_matches(".given");
        let first = target.split('.').next().unwrap_or_default();
        if !matches!(first, "java" | "kotlin" | "scala")
            && let Some(internal) = self.jvm_internal(id, target, from, is_near)
        {
            return internal;
        }
        if matches!(first, "java" | "kotlin" | "scala") {
            return Resolved::STANDARD;
        }
        let named = description(Id::Java).packages.iter().chain(&description(Id::Kotlin).packages);
        let mut known: Vec<_> = named.filter(|(prefix, _)| target.starts_with(prefix.as_str())).collect();
        known.sort_unstable_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        if let Some(Ok(name)) = known.first().map(|(_, group)| self.packages.maven(group)) {
            return Resolved::package(name);
        }
        match self.packages.maven(target) {
            Ok(name) => Resolved::package(name),
            Err(true) => Resolved { kind: "package", resolved_path: None, package: None },
            Err(false) if is_standard(id, target, '.') => Resolved::STANDARD,
            Err(false) => Resolved::UNKNOWN,
        }
    }

    fn jvm_internal<'a>(&'a self, id: Id, target: &str, from: &str, is_near: &Cell<bool>) -> Option<Resolved<'a>> {
        let endings: [&str; 3] = match id {
            Id::Java => ["java", "kt", "scala"],
            Id::Kotlin => ["kt", "java", "scala"],
            _ => ["scala", "java", "kt"],
        };
        // `a.b.C`, `a.b.C.inner`, `a.b.C.Inner.member`: the type is the first part from the right that is a file.
        let mut name = target;
        for _ in 0..4 {
            let path = name.replace('.', "/");
            let mut is_several = false;
            for ending in endings {
                let end = format!("{path}.{ending}");
                let mut all = self.files.all_ending(&end);
                let Some(first) = all.next() else { continue };
                let mut others = all.peekable();
                if others.peek().is_none() {
                    return Some(Resolved::file(first));
                }
                is_near.set(true);
                match nearest(std::iter::once(first).chain(others), from) {
                    Found::One(path) => return Some(Resolved::file(path)),
                    Found::Several => is_several = true,
                    Found::Nothing => {}
                }
            }
            if is_several {
                return Some(Resolved::INTERNAL);
            }
            match name.rsplit_once('.') {
                Some((head, _)) if head.contains('.') => name = head,
                _ => break,
            }
        }
        // The package itself, or something in a file of another name.
        for name in [Some(target), target.rsplit_once('.').map(|(head, _)| head)].into_iter().flatten() {
            if let Some(paths) = self.namespaces.get(name) {
                let mut folders: Vec<&str> = paths.iter().map(|p| folder(p)).collect();
                folders.dedup();
                if folders.len() > 1 {
                    is_near.set(true);
                }
                return Some(match nearest(folders.into_iter(), from) {
                    Found::One(folder) => Resolved::file(folder),
                    // Product and test code declare the same package: the folder that holds most of it.
                    _ => most(paths).map_or(Resolved::INTERNAL, Resolved::file),
                });
            }
        }
        None
    }

    pub(super) fn csharp<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let mut name = import.target.split('<').next().unwrap_or_default().trim_start_matches("global::");
        for _ in 0..3 {
            if let Some(paths) = self.namespaces.get(name) {
                return most(paths).map_or(Resolved::INTERNAL, Resolved::file);
            }
            match name.rsplit_once('.') {
                // `using static A.B.C` and `using X = A.B.C` name a type.
                Some((head, _)) if head.contains('.') => name = head,
                _ => break,
            }
        }
        let mut candidates = vec![import.target.to_owned()];
        candidates.extend(import.target.rmatch_indices('.').map(|(place, _)| import.target[..place].to_owned()));
        if let Some(package) = self.packages.find("nuget", import.path, &candidates) {
            return Resolved::package(package);
        }
        if is_standard(Id::CSharp, import.target, '.') { Resolved::STANDARD } else { Resolved::UNKNOWN }
    }

    pub(super) fn php<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        if has_file_ending(import.target) {
            let relative = super::files::join(folder(import.path), import.target.trim_start_matches('/'));
            if let Some(path) = relative.and_then(|r| self.files.file(&r)) {
                return Resolved::file(path);
            }
            return match self.files.ending(import.target.trim_start_matches("./").trim_start_matches('/'), import.path)
            {
                Found::One(path) => Resolved::file(path),
                _ => Resolved::UNKNOWN,
            };
        }
        let answers: Vec<_> = expand(import.target, "\\").iter().map(|t| self.php_one(t, import.path)).collect();
        together(&answers)
    }

    fn php_one<'a>(&'a self, target: &str, from: &str) -> Resolved<'a> {
        let target = target.trim_start_matches('\\');
        let Some((namespace, name)) = target.rsplit_once('\\') else { return Resolved::STANDARD };
        if let Some(paths) = self.namespaces.get(namespace) {
            let file = format!("{name}.php");
            let named = paths.iter().map(String::as_str).filter(|p| p.rsplit('/').next() == Some(file.as_str()));
            if let Found::One(path) = nearest(named, from) {
                return Resolved::file(path);
            }
            return most(paths).map_or(Resolved::INTERNAL, Resolved::file);
        }
        if let Some(paths) = self.namespaces.get(target) {
            return most(paths).map_or(Resolved::INTERNAL, Resolved::file);
        }
        // Composer names are `vendor/name`; a namespace names both, or the vendor and a part.
        let parts: Vec<String> = target.split('\\').map(kebab).collect();
        let vendor = &parts[0];
        let mut candidates: Vec<String> = parts[1..].iter().map(|part| format!("{vendor}/{part}")).collect();
        candidates.extend((3..=parts.len().min(5)).map(|n| format!("{vendor}/{}", parts[1..n].join("-"))));
        candidates.push(format!("{vendor}/{vendor}"));
        candidates.push(format!("{vendor}/framework"));
        self.packages.find("composer", from, &candidates).map_or(Resolved::UNKNOWN, Resolved::package)
    }

    pub(super) fn elixir<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let answers: Vec<_> = expand(import.target, ".").iter().map(|t| self.elixir_one(t, import.path)).collect();
        together(&answers)
    }

    fn elixir_one<'a>(&'a self, target: &str, from: &str) -> Resolved<'a> {
        if let Some(paths) = self.namespaces.get(target) {
            return match nearest(paths.iter().map(String::as_str), from) {
                Found::One(path) => Resolved::file(path),
                _ => Resolved::INTERNAL,
            };
        }
        let first = target.split('.').next().unwrap_or_default();
        if is_standard(Id::Elixir, target, '.') {
            return Resolved::STANDARD;
        }
        let whole: Vec<String> = target.split('.').map(|p| kebab(p).replace('-', "_")).collect();
        let mut candidates: Vec<String> = (1..=whole.len()).rev().map(|n| whole[..n].join("_")).collect();
        candidates.push(first.to_ascii_lowercase());
        self.packages.find("hex", from, &candidates).map_or(Resolved::UNKNOWN, Resolved::package)
    }
}

/// The folder in which most of the files lie, if one has more than all others.
fn most(paths: &[String]) -> Option<&str> {
    let mut counts: Vec<(usize, &str)> = Vec::new();
    for path in paths {
        let folder = folder(path);
        match counts.iter().position(|(_, f)| *f == folder) {
            Some(place) => counts[place].0 += 1,
            None if counts.len() < 256 => counts.push((1, folder)),
            None => {}
        }
    }
    let top = counts.iter().map(|c| c.0).max()?;
    let mut hits = counts.iter().filter(|c| c.0 == top);
    match (hits.next(), hits.next()) {
        (Some((_, folder)), None) if !folder.is_empty() => Some(folder),
        (Some((_, _)), None) => paths.first().filter(|_| paths.len() == 1).map(String::as_str),
        _ => None,
    }
}

/// `HttpFoundation` as `http-foundation`.
fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for sign in name.chars() {
        if sign.is_uppercase() && was_lower {
            out.push('-');
        }
        was_lower = sign.is_lowercase() || sign.is_ascii_digit();
        out.extend(sign.to_lowercase());
    }
    out
}

fn has_file_ending(target: &str) -> bool {
    target.contains('/') || target.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "php" | "inc" | "phtml"))
}
