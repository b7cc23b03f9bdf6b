//! Imports of languages that find files by search paths: JavaScript, TypeScript, Python, Ruby, Bash.

use std::path::Path;

use sightline_facts::tables::imports::ImportRow;

use super::super::language::{Id, description};
use super::files::{Found, join, upwards};
use super::{Context, Resolved, folder, is_standard};

/// What an import of JavaScript or TypeScript may leave out, in the order in which tools try it.
const ENDINGS: [&str; 13] =
    ["", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".vue", ".svelte"];

impl Context {
    pub(super) fn script<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let target = import.target.split(['?', '!']).next().unwrap_or_default();
        let from = folder(import.path);
        if target.starts_with('.') {
            let path = join(from, target);
            return path.and_then(|p| self.script_file(&p)).map_or(Resolved::UNKNOWN, Resolved::file);
        }
        let bare = target.strip_prefix("node:").unwrap_or(target);
        if bare.len() < target.len() || is_standard(Id::JavaScript, bare, '/') {
            return Resolved::STANDARD;
        }
        if let Some(rest) = target.strip_prefix("@/").or_else(|| target.strip_prefix("~/")) {
            for base in upwards(from) {
                for source in ["src", "app", ""] {
                    let path = join(base, source).and_then(|b| join(&b, rest));
                    if let Some(path) = path.and_then(|p| self.script_file(&p)) {
                        return Resolved::file(path);
                    }
                }
            }
            return Resolved::UNKNOWN;
        }
        let mut parts = target.splitn(if target.starts_with('@') { 3 } else { 2 }, '/');
        let mut name = parts.next().unwrap_or_default().to_owned();
        if target.starts_with('@')
            && let Some(second) = parts.next()
        {
            name = format!("{name}/{second}");
        }
        let inside = parts.next().unwrap_or_default();
        if let Some(project) = self.project("npm", &name) {
            for source in ["", "src", "lib", "source"] {
                let entry = join(project, source).and_then(|b| join(&b, inside));
                // A folder is no answer while its entry file may lie deeper.
                if let Some(path) = entry.filter(|e| !e.is_empty()).and_then(|b| self.script_file(&b)) {
                    return Resolved::file(path);
                }
            }
            return self.files.folder(project).map_or(Resolved::INTERNAL, Resolved::file);
        }
        let types = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
        self.packages.find("npm", import.path, &[name, types]).map_or(Resolved::UNKNOWN, Resolved::package)
    }

    /// The file that a path without its ending means, or the index of the folder.
    fn script_file(&self, path: &str) -> Option<&str> {
        let try_endings = |base: &str| ENDINGS.iter().find_map(|ending| self.files.file(&format!("{base}{ending}")));
        try_endings(path)
            .or_else(|| {
                // TypeScript names the file that the compiler will write.
                let (head, ending) = path.rsplit_once('.')?;
                let own: &[&str] = match ending {
                    "js" => &["ts", "tsx", "jsx"],
                    "jsx" => &["tsx"],
                    "mjs" => &["mts"],
                    "cjs" => &["cts"],
                    _ => &[],
                };
                own.iter().find_map(|e| self.files.file(&format!("{head}.{e}")))
            })
            .or_else(|| try_endings(&format!("{path}/index")))
    }

    pub(super) fn python<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let target = import.target.split_whitespace().collect::<String>();
        let dots = target.bytes().take_while(|b| *b == b'.').count();
        let from = folder(import.path);
        let path = target[dots..].replace('.', "/");
        if dots > 0 {
            let mut base = from;
            for _ in 1..dots {
                if base.is_empty() {
                    return Resolved::UNKNOWN;
                }
                base = folder(base);
            }
            let path = join(base, &path);
            return path.and_then(|p| self.python_file(&p)).map_or(Resolved::UNKNOWN, Resolved::file);
        }
        if is_standard(Id::Python, &target, '.') {
            return Resolved::STANDARD;
        }
        // A module, or a name in the module before it.
        let parents: Vec<&str> =
            std::iter::successors(Some(path.as_str()), |p| p.rsplit_once('/').map(|(h, _)| h)).collect();
        for base in upwards(from) {
            for root in [base.to_owned(), join(base, "src").unwrap_or_default()] {
                for path in &parents {
                    if let Some(file) = join(&root, path).and_then(|p| self.python_file(&p)) {
                        return Resolved::file(file);
                    }
                }
            }
        }
        let first = target.split('.').next().unwrap_or_default();
        let parts: Vec<&str> = target.split('.').collect();
        let mut candidates: Vec<String> = (2..=parts.len().min(5)).rev().map(|n| parts[..n].join("-")).collect();
        candidates.extend(description(Id::Python).packages.get(first).cloned());
        candidates.push(first.to_owned());
        candidates.push(format!("{first}-binary"));
        candidates.push(format!("python-{first}"));
        if let Some(package) = self.packages.find("pypi", import.path, &candidates) {
            return Resolved::package(package);
        }
        // Any other source root. A single word at any depth would be a guess.
        for path in parents.iter().filter(|p| p.contains('/')) {
            for end in [format!("{path}.py"), format!("{path}/__init__.py")] {
                match self.files.ending(&end, import.path) {
                    Found::One(path) => return Resolved::file(path),
                    Found::Several => return Resolved::INTERNAL,
                    Found::Nothing => {}
                }
            }
        }
        Resolved::UNKNOWN
    }

    fn python_file(&self, path: &str) -> Option<&str> {
        if path.is_empty() {
            return None;
        }
        self.files
            .file(&format!("{path}.py"))
            .or_else(|| self.files.file(&format!("{path}/__init__.py")))
            .or_else(|| self.files.file(&format!("{path}.pyi")))
            .or_else(|| self.files.folder(path))
    }

    pub(super) fn ruby<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let relative = import.target.strip_prefix("require_relative");
        let target = relative.unwrap_or(import.target).trim().trim_matches(['(', ')', ' ', '"', '\'']);
        let file = if Path::new(target).extension().is_some_and(|e| e == "rb") {
            target.to_owned()
        } else {
            format!("{target}.rb")
        };
        if relative.is_some() || target.starts_with("./") || target.starts_with("../") {
            let path = join(folder(import.path), &file);
            return path.and_then(|p| self.files.file(&p)).map_or(Resolved::UNKNOWN, Resolved::file);
        }
        for root in ["lib", "app", "test", "spec", ""] {
            let end = join(root, &file).unwrap_or_default();
            // At the root of the repository or of a gem in it.
            let is_root = |p: &&str| !root.is_empty() || *p == end;
            let hits = self.files.all_ending(&end).filter(is_root);
            match super::files::nearest(hits, import.path) {
                Found::One(path) => return Resolved::file(path),
                Found::Several => return Resolved::INTERNAL,
                Found::Nothing => {}
            }
        }
        if is_standard(Id::Ruby, target, '/') {
            return Resolved::STANDARD;
        }
        let mut candidates = vec![target.replace('/', "-"), target.replace('/', "_")];
        let first = target.split('/').next().unwrap_or_default();
        candidates.extend([first.to_owned(), first.replace('_', "-"), first.replace('-', "_"), first.replace('_', "")]);
        self.packages.find("gem", import.path, &candidates).map_or(Resolved::UNKNOWN, Resolved::package)
    }

    pub(super) fn bash<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let target = import.target;
        // `$DIR/lib.sh`, `"$(dirname "$0")/lib.sh"`: what follows the last variable or command.
        let rest = match target.rfind(['$', ')', '}', '`']) {
            Some(_) => target.rsplit_once([')', '}', '`']).map_or(target, |(_, rest)| rest),
            None => target,
        };
        let rest = if rest.starts_with('$') { rest.split_once('/').map_or("", |(_, r)| r) } else { rest };
        let rest = rest.trim_matches(['"', '\'', '/']);
        if rest.is_empty() || rest.contains('$') || (target.starts_with('/') && !target.contains('$')) {
            return Resolved::UNKNOWN;
        }
        for base in upwards(folder(import.path)) {
            if let Some(path) = join(base, rest).and_then(|p| self.files.file(&p)) {
                return Resolved::file(path);
            }
        }
        match self.files.ending(rest.trim_start_matches("./").trim_start_matches("../"), import.path) {
            Found::One(path) if rest.contains('/') || target != rest => Resolved::file(path),
            _ => Resolved::UNKNOWN,
        }
    }
}
