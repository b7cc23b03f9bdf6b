//! Imports of languages whose compiler finds files by modules, packages or include paths: Rust, Go, C, C++, Swift.

use sightline_facts::tables::imports::ImportRow;

use super::super::language::{Id, description};
use super::files::{Found, join, upwards};
use super::{Context, Resolved, expand, folder, is_standard, together};

impl Context {
    pub(super) fn rust<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        if let Some(name) = import.target.strip_prefix("mod ") {
            let found = self.rust_module(&module_folder(import.path), &[name.trim()]);
            return found.map_or(Resolved::UNKNOWN, Resolved::file);
        }
        let answers: Vec<_> = expand(import.target, "::").iter().map(|t| self.rust_one(t, import.path)).collect();
        let answer = together(&answers);
        if answer.kind == "internal" && answer.resolved_path.is_none() && import.target.contains("::{") {
            // Members lie in several files: the module they share.
            let head = import.target.split("::{").next().unwrap_or_default();
            return self.rust_one(head, import.path);
        }
        answer
    }

    fn rust_one<'a>(&'a self, target: &str, from: &str) -> Resolved<'a> {
        let parts: Vec<&str> =
            target.trim_start_matches("::").split("::").filter(|p| !matches!(*p, "*" | "self" | "")).collect();
        let Some(first) = parts.first().copied() else {
            return self.files.file(from).map_or(Resolved::UNKNOWN, Resolved::file);
        };
        let own = module_folder(from);
        match first {
            "crate" => return self.rust_crate(from, &parts[1..]),
            "super" => {
                let mut base = own;
                let n = parts.iter().take_while(|p| **p == "super").count();
                for _ in 0..n {
                    base = folder(&base).to_owned();
                }
                let found = self.rust_module(&base, &parts[n..]).or_else(|| self.rust_file(&base));
                return found.map_or(Resolved::UNKNOWN, Resolved::file);
            }
            _ if target.starts_with("self") => {
                let found = self.rust_module(&own, &parts).or_else(|| self.files.file(from));
                return found.map_or(Resolved::UNKNOWN, Resolved::file);
            }
            _ => {}
        }
        if is_standard(Id::Rust, first, ':') && first != "test" {
            return Resolved::STANDARD;
        }
        if let Some(project) = self.project("cargo", first) {
            let source = join(project, "src").unwrap_or_default();
            let found = self
                .rust_module(&source, &parts[1..])
                .or_else(|| ["lib.rs", "main.rs"].iter().find_map(|f| self.files.file(&format!("{source}/{f}"))))
                .or_else(|| self.files.folder(project));
            return found.map_or(Resolved::INTERNAL, Resolved::file);
        }
        if let Some(package) = self.packages.find("cargo", from, &[first.to_owned()]) {
            return Resolved::package(package);
        }
        // A module beside, or a member of a group in `use crate::{…}`.
        if let Some(path) = self.rust_module(&own, &parts) {
            return Resolved::file(path);
        }
        match self.rust_root(from) {
            Some(root) => self.rust_module(&root, &parts).map_or(Resolved::UNKNOWN, Resolved::file),
            None => Resolved::UNKNOWN,
        }
    }

    fn rust_crate<'a>(&'a self, from: &str, parts: &[&str]) -> Resolved<'a> {
        let Some(root) = self.rust_root(from) else { return Resolved::UNKNOWN };
        let found = self
            .rust_module(&root, parts)
            .or_else(|| ["lib.rs", "main.rs"].iter().find_map(|f| self.files.file(&join(&root, f)?)));
        found.map_or(Resolved::INTERNAL, Resolved::file)
    }

    /// The folder of the crate's first file.
    fn rust_root(&self, from: &str) -> Option<String> {
        let found = upwards(folder(from)).find(|base| {
            ["lib.rs", "main.rs"].iter().any(|f| join(base, f).is_some_and(|p| self.files.file(&p).is_some()))
        });
        found.map(str::to_owned)
    }

    /// The deepest module that the parts name, from a folder of modules.
    fn rust_module(&self, base: &str, parts: &[&str]) -> Option<&str> {
        let mut folder = base.to_owned();
        let mut found = None;
        for part in parts {
            folder = join(&folder, part.trim_start_matches("r#"))?;
            match self.rust_file(&folder) {
                Some(file) => found = Some(file),
                None => break,
            }
        }
        found
    }

    /// The file of a module whose children lie in that folder.
    fn rust_file(&self, folder: &str) -> Option<&str> {
        self.files
            .file(&format!("{folder}.rs"))
            .or_else(|| self.files.file(&join(folder, "mod.rs")?))
            .or_else(|| self.files.file(&join(folder, "lib.rs")?))
            .or_else(|| self.files.file(&join(folder, "main.rs")?))
    }

    pub(super) fn go<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let target = import.target;
        if target.starts_with('.') {
            let path = join(folder(import.path), target);
            return path.and_then(|p| self.files.folder(&p)).map_or(Resolved::UNKNOWN, Resolved::file);
        }
        let heads = || {
            std::iter::once(target.len())
                .chain(target.rmatch_indices('/').map(|(place, _)| place))
                .map(|end| target.split_at(end))
        };
        for (head, rest) in heads() {
            if let Some(project) = self.project("golang", head) {
                let path = join(project, rest).unwrap_or_default();
                if path.is_empty() {
                    return Resolved::INTERNAL;
                }
                return self.files.folder(&path).map_or(Resolved::INTERNAL, Resolved::file);
            }
        }
        let candidates: Vec<String> = heads().map(|(head, _)| head.to_owned()).collect();
        if let Some(package) = self.packages.find("golang", import.path, &candidates) {
            return Resolved::package(package);
        }
        let is_standard = !target.split('/').next().unwrap_or_default().contains('.');
        if is_standard { Resolved::STANDARD } else { Resolved::UNKNOWN }
    }

    pub(super) fn c<'a>(&'a self, id: Id, import: &ImportRow<'_>) -> Resolved<'a> {
        let inner = import.target.strip_prefix('<').and_then(|t| t.strip_suffix('>'));
        let target = inner.unwrap_or(import.target);
        if inner.is_some() && is_c_standard(id, target) {
            return Resolved::STANDARD;
        }
        if inner.is_none()
            && let Some(path) = join(folder(import.path), target).and_then(|p| self.files.file(&p))
        {
            return Resolved::file(path);
        }
        let end = target.trim_start_matches("./").trim_start_matches("../");
        match self.files.ending(end, import.path) {
            Found::One(path) => return Resolved::file(path),
            Found::Several => return Resolved::INTERNAL,
            Found::Nothing => {}
        }
        if is_c_standard(id, target) {
            return Resolved::STANDARD;
        }
        let first = target.split(['/', '.']).next().unwrap_or_default().to_owned();
        for ecosystem in ["conan", "vcpkg"] {
            let candidates = [first.clone(), format!("lib{first}")];
            if let Some(package) = self.packages.find(ecosystem, import.path, &candidates) {
                return Resolved::package(package);
            }
        }
        Resolved::UNKNOWN
    }

    pub(super) fn swift<'a>(&'a self, import: &ImportRow<'_>) -> Resolved<'a> {
        let module = import.target.split('.').next().unwrap_or_default();
        for root in ["Sources", "Tests", "Source", "Plugins"] {
            match self.files.folder_ending(&format!("{root}/{module}"), import.path) {
                Found::One(path) => return Resolved::file(path),
                Found::Several => return Resolved::INTERNAL,
                Found::Nothing => {}
            }
        }
        if is_standard(Id::Swift, module, '.') {
            return Resolved::STANDARD;
        }
        let mut candidates = vec![module.to_owned()];
        candidates.extend(description(Id::Swift).packages.get(module).cloned());
        for ecosystem in ["swift", "cocoapods"] {
            if let Some(package) = self.packages.find(ecosystem, import.path, &candidates) {
                return Resolved::package(package);
            }
        }
        Resolved::UNKNOWN
    }
}

fn is_c_standard(id: Id, target: &str) -> bool {
    let list = super::standard(id);
    list.contains(target) || super::standard(Id::Cpp).contains(target) || target.starts_with("linux/")
}

/// The folder in which the children of a file's module lie.
fn module_folder(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let last = folder.rsplit('/').next().unwrap_or_default();
    // Files of these folders are the roots of their own crates.
    if matches!(stem, "mod" | "lib" | "main") || matches!(last, "tests" | "examples" | "benches" | "bin") {
        return folder.to_owned();
    }
    join(folder, stem).unwrap_or_default()
}
