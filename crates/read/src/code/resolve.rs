//! Second step: what each import means, now that all files, manifests and definitions of the repository are known.
//!
//! Every rule looks for a file of the repository first, then for the language's own library, then for a declared
//! dependency; where two answers fit equally well there is none.

mod files;
mod jvm;
mod native;
mod packages;
mod scripts;

use std::cell::Cell;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::tables::{imports::ImportRow, packages::PackageRow, projects::ProjectRow, symbols::SymbolRow};

use super::language::{Id, description};
use files::Files;
use packages::Packages;

/// What an import means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The word in column `imports.kind`.
    pub kind: &'static str,
    /// File or folder of this repository.
    pub resolved_path: Option<&'a str>,
    /// Dependency, by the name in its manifest.
    pub package: Option<&'a str>,
}

impl<'a> Resolved<'a> {
    const UNKNOWN: Self = Self { kind: "unknown", resolved_path: None, package: None };
    const STANDARD: Self = Self { kind: "standard", resolved_path: None, package: None };
    /// Surely of this repository, though several files fit.
    const INTERNAL: Self = Self { kind: "internal", resolved_path: None, package: None };

    fn file(path: &'a str) -> Self {
        Self { kind: "internal", resolved_path: Some(path), package: None }
    }

    fn package(name: &'a str) -> Self {
        Self { kind: "package", resolved_path: None, package: Some(name) }
    }
}

/// Everything the whole scan knows that decides an import.
#[derive(Debug, Default)]
pub struct Context {
    files: Files,
    packages: Packages,
    /// Names of projects by ecosystem, with the folder of their manifest.
    projects: FxHashMap<(&'static str, String), Vec<String>>,
    /// Namespaces, packages and modules that files declare, with the files.
    namespaces: FxHashMap<String, Vec<String>>,
}

/// What imports of a name mean that mean the same wherever they stand; most names are imported again and again. `None`
/// for those of which the nearest of several counts.
#[derive(Debug, Default)]
pub struct Memo<'a> {
    jvm: FxHashMap<Id, FxHashMap<String, Option<Resolved<'a>>>>,
}

impl Context {
    /// A context that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a file known, whatever its language.
    pub fn add_file(&mut self, path: &str, _language: Option<&str>) {
        self.files.add(path);
    }

    /// Makes a definition known; only namespaces and modules matter.
    pub fn add_symbol(&mut self, row: &SymbolRow<'_>) {
        let Some(id) = Id::of(row.language) else { return };
        let is_name = match id {
            Id::Elixir => matches!(row.kind, "module" | "interface"),
            Id::CSharp | Id::Php | Id::Java | Id::Kotlin | Id::Scala => row.kind == "namespace",
            _ => false,
        };
        if !is_name {
            return;
        }
        let mut name = row.name.to_owned();
        if let Some(container) = row.container.filter(|_| matches!(id, Id::Elixir | Id::CSharp)) {
            name = format!("{container}.{name}");
        }
        self.namespaces.entry(name).or_default().push(row.path.to_owned());
    }

    /// Makes a manifest's own name known.
    pub fn add_project(&mut self, row: &ProjectRow<'_>) {
        let Some(name) = row.name else { return };
        let ecosystem = match row.ecosystem {
            "npm" => "npm",
            "cargo" => "cargo",
            "golang" => "golang",
            _ => return,
        };
        let name = if ecosystem == "cargo" { name.replace('-', "_") } else { name.to_owned() };
        self.projects.entry((ecosystem, name)).or_default().push(folder(row.path).to_owned());
    }

    /// Makes a dependency known.
    pub fn add_package(&mut self, row: &PackageRow<'_>) {
        self.packages.add(row.ecosystem, folder(row.path), row.name);
    }

    /// Sorts what was added; to be called once, before the first question.
    pub fn finish(&mut self) {
        self.files.finish();
        self.packages.finish();
        #[expect(clippy::iter_over_hash_type, reason = "each value is sorted on its own")]
        for paths in self.namespaces.values_mut() {
            paths.sort_unstable();
            paths.dedup();
        }
        #[expect(clippy::iter_over_hash_type, reason = "each value is sorted on its own")]
        for folders in self.projects.values_mut() {
            folders.sort_unstable();
            folders.dedup();
        }
    }

    /// Says what an import means; the same for the same rows, in whatever order they were added.
    pub fn resolve<'a>(&'a self, import: &ImportRow<'_>, memo: &mut Memo<'a>) -> Resolved<'a> {
        let Some(id) = Id::of(import.language) else { return Resolved::UNKNOWN };
        match id {
            Id::Java | Id::Kotlin | Id::Scala => {
                let known = memo.jvm.entry(id).or_default();
                match known.get(import.target) {
                    Some(Some(answer)) => return *answer,
                    Some(None) => return self.jvm(id, import, &Cell::default()),
                    None => {}
                }
                let is_near = Cell::default();
                let answer = self.jvm(id, import, &is_near);
                known.insert(import.target.to_owned(), (!is_near.get()).then_some(answer));
                answer
            }
            Id::CSharp => self.csharp(import),
            Id::Php => self.php(import),
            Id::Elixir => self.elixir(import),
            Id::JavaScript | Id::TypeScript | Id::Tsx => self.script(import),
            Id::Python => self.python(import),
            Id::Ruby => self.ruby(import),
            Id::Bash => self.bash(import),
            Id::Rust => self.rust(import),
            Id::Go => self.go(import),
            Id::C | Id::Cpp => self.c(id, import),
            Id::Swift => self.swift(import),
        }
    }

    /// The folder of the project of that name, when there is just one.
    fn project(&self, ecosystem: &'static str, name: &str) -> Option<&str> {
        match self.projects.get(&(ecosystem, name.to_owned())).map(Vec::as_slice) {
            Some([folder]) => Some(folder),
            _ => None,
        }
    }
}

/// Names of a language's own library.
fn standard(id: Id) -> &'static FxHashSet<&'static str> {
    use std::sync::OnceLock;
    static ALL: OnceLock<FxHashMap<Id, FxHashSet<&'static str>>> = OnceLock::new();
    static NONE: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        [
            Id::C,
            Id::Cpp,
            Id::CSharp,
            Id::Elixir,
            Id::Java,
            Id::JavaScript,
            Id::Kotlin,
            Id::Python,
            Id::Ruby,
            Id::Rust,
            Id::Scala,
            Id::Swift,
        ]
        .into_iter()
        .map(|id| (id, description(id).standard.iter().map(String::as_str).collect()))
        .collect()
    });
    all.get(&id).unwrap_or_else(|| NONE.get_or_init(FxHashSet::default))
}

/// Whether a dotted name lies in the language's own library.
fn is_standard(id: Id, name: &str, separator: char) -> bool {
    let list = standard(id);
    list.contains(name) || name.match_indices(separator).any(|(place, _)| list.contains(&name[..place]))
}

/// The folder of a path, empty at the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Takes `a.{b, c => d}` apart into `a.b` and `a.c`; anything else stays itself. New names given to what is imported
/// do not matter.
fn expand(target: &str, separator: &str) -> Vec<String> {
    let Some((prefix, rest)) = target.split_once('{') else {
        return vec![bare(target).to_owned()];
    };
    let prefix = prefix.trim().trim_end_matches(separator);
    let rest = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let mut members = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (place, byte) in rest.bytes().chain([b',']).enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                let member = rest[start..place].split('{').next().unwrap_or_default();
                let member = bare(member).trim_end_matches(separator);
                if !member.is_empty() {
                    members.push(match member {
                        "self" | "_" | "*" => prefix.to_owned(),
                        _ if prefix.is_empty() => member.to_owned(),
                        _ => format!("{prefix}{separator}{member}"),
                    });
                }
                start = place + 1;
            }
            _ => {}
        }
    }
    if members.is_empty() {
        members.push(prefix.to_owned());
    }
    members
}

/// A name without the new name it is given.
fn bare(name: &str) -> &str {
    let name = name.trim();
    let name = name.split(" as ").next().unwrap_or(name);
    name.split("=>").next().unwrap_or(name).trim()
}

/// One answer for a group: the common one, or the first kind with no path when members differ.
fn together<'a>(answers: &[Resolved<'a>]) -> Resolved<'a> {
    let Some(first) = answers.first().copied() else { return Resolved::UNKNOWN };
    if answers.iter().all(|a| *a == first) {
        return first;
    }
    if answers.iter().all(|a| a.kind == first.kind) {
        return Resolved { resolved_path: None, package: None, ..first };
    }
    Resolved::UNKNOWN
}
