//! Where execution can begin, and where other code can come in: from symbols, file names and manifests.
//!
//! Seen: functions that a language's rules make the start of a program, files that a language or a framework starts
//! by their name, executable scripts, and projects whose manifest or layout makes them a library. Not seen, because
//! no source table holds it: commands named inside manifests (`bin`, `scripts`, console scripts) beyond what
//! `projects.kind` says, and the first line of a script.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::session::Session;
use sightline_facts::tables::entry_points::{EntryPointRow, EntryPointsBuilder};
use sightline_facts::tables::files::FileRow;
use sightline_facts::tables::projects::ProjectRow;
use sightline_facts::tables::symbols::{SymbolRow, SymbolsView};

use crate::error::MapError;
use crate::index::ModuleIndex;
use crate::query::views;

/// Wrappers of build tools, which are executable in most repositories and start nothing of the product.
const BUILD_WRAPPERS: &[&str] = &["gradlew", "mvnw", "configure", "sbt", "bazelisk"];
/// Parts of a path whose programs show or measure the product and are no part of it.
const ASIDE: &[&str] = &[
    "examples",
    "example",
    "benches",
    "benchmark",
    "benchmarks",
    "samples",
    "sample",
    "demo",
    "demos",
    "docs",
    "doc",
    "playground",
    "playgrounds",
    "fixtures",
    "fuzz",
    "testdata",
    "archetype-resources",
    "test",
    "tests",
    "e2e",
    "spec",
];
/// Beginnings of folders that hold what is copied into other systems.
const COPIED: &[&str] = &["template-", "templates-"];

/// One entry point before it is written; the order of fields is the order of rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry<'a> {
    path: &'a str,
    line_start: i64,
    name: String,
    kind: &'static str,
    line_end: i64,
    commit: Option<&'a str>,
    reason: String,
}

/// Finds the entry points of one repository and writes them by path, line and name.
pub(crate) fn find_entry_points(
    session: &Session,
    repo: &str,
    index: &ModuleIndex,
    files: &[FileRow<'_>],
    projects: &[ProjectRow<'_>],
    rows: &mut EntryPointsBuilder,
) -> Result<(), MapError> {
    let symbol_views = views!(
        session,
        repo,
        // The longest columns are of no use here, and would be decoded for all symbols.
        "select repo, \"commit\", path, line_start, line_end, language, kind, name, container, visibility, \
         cast(null as varchar) as doc, parameters, n_parameters, cast(null as varchar) as calls, cyclomatic, cognitive, \
         cast(null as bigint) as nesting, is_test \
         from symbols where repo = :repo and kind in ('function', 'method') and not is_test \
         and (lower(name) = 'main' or (name = 'start' and language = 'Elixir')) order by path, line_start, name",
        SymbolsView,
        "symbols"
    )?;
    let kinds: FxHashMap<&str, &str> = files.iter().map(|f| (f.path, f.kind)).collect();
    let paths: FxHashSet<&str> = kinds.keys().copied().collect();
    let names = ProjectNames::of(projects);

    let mut found: BTreeSet<Entry<'_>> = BTreeSet::new();
    for symbol in symbol_views.iter().flat_map(SymbolsView::rows) {
        if kinds.get(symbol.path) != Some(&"code") || is_aside(symbol.path) {
            continue;
        }
        if let Some((name, reason)) = main_function(&symbol, &names) {
            found.insert(Entry {
                path: symbol.path,
                line_start: symbol.line_start,
                line_end: symbol.line_end,
                name,
                kind: "binary",
                commit: symbol.commit,
                reason,
            });
        }
    }
    let by_symbol: FxHashSet<&str> = found.iter().map(|e| e.path).collect();
    for file in files.iter().filter(|f| f.lines > 0 && !is_aside(f.path) && !by_symbol.contains(f.path)) {
        if let Some((kind, name, reason)) = by_file(file, &names) {
            found.insert(Entry {
                path: file.path,
                line_start: 1,
                line_end: 1,
                name,
                kind,
                commit: file.commit,
                reason,
            });
        }
    }
    let started: FxHashSet<usize> = found.iter().map(|e| project_position(index, e.path)).collect();
    let mut said: FxHashSet<(&str, &str, String)> =
        found.iter().map(|e| (folder_of(e.path), e.kind, e.name.clone())).collect();
    for project in projects.iter().filter(|p| !is_aside(p.path)) {
        let position = index.position_of(project.path);
        if index.modules()[position].path != folder_of(project.path) {
            continue;
        }
        if let Some((kind, reason)) = by_manifest(project, started.contains(&position), &paths) {
            let name = project.name.map_or_else(|| index.modules()[position].name.clone(), str::to_owned);
            // A folder with several manifests of one project (`setup.py`, `pyproject.toml`) comes in once.
            if !said.insert((folder_of(project.path), kind, name.clone())) {
                continue;
            }
            found.insert(Entry {
                path: project.path,
                line_start: project.line_start,
                line_end: project.line_end,
                name,
                kind,
                commit: project.commit,
                reason,
            });
        }
    }
    for entry in &found {
        rows.push(&EntryPointRow {
            repo,
            commit: entry.commit,
            path: entry.path,
            line_start: entry.line_start,
            line_end: entry.line_end,
            kind: entry.kind,
            name: &entry.name,
            module: index.module_of(entry.path),
            reason: &entry.reason,
            ..EntryPointRow::default()
        });
    }
    Ok(())
}

/// Names that manifests give, by folder.
struct ProjectNames<'a>(FxHashMap<&'a str, &'a str>);

impl<'a> ProjectNames<'a> {
    fn of(projects: &[ProjectRow<'a>]) -> Self {
        let mut names = FxHashMap::default();
        for project in projects {
            if let Some(name) = project.name {
                names.entry(folder_of(project.path)).or_insert(name);
            }
        }
        Self(names)
    }

    /// The last part of the project's name around a path, or the folder's.
    fn around(&self, path: &str) -> String {
        let mut folder = folder_of(path);
        loop {
            if let Some(name) = self.0.get(folder) {
                return name.rsplit(['/', ':']).next().unwrap_or(name).to_owned();
            }
            if folder.is_empty() {
                return last(folder_of(path)).to_owned();
            }
            folder = folder_of(folder);
        }
    }
}

/// Name and reason of a program that begins with a function, by the rules of its language.
fn main_function(symbol: &SymbolRow<'_>, names: &ProjectNames<'_>) -> Option<(String, String)> {
    let file = last(symbol.path);
    let stem = file.split('.').next().unwrap_or(file);
    let top = symbol.container.is_none_or(str::is_empty);
    let class = || symbol.container.and_then(|c| c.rsplit('.').next()).filter(|c| !c.is_empty()).unwrap_or(stem);
    let folder_or = |generic: &[&str]| {
        let folder = last(folder_of(symbol.path));
        match (generic.contains(&stem), folder) {
            (true, "" | "src" | "source") => symbol.repo.to_owned(),
            (true, folder) => folder.to_owned(),
            (false, _) => stem.to_owned(),
        }
    };
    let arguments = symbol.parameters.unwrap_or_default();
    match symbol.language {
        "Rust" if top && symbol.name == "main" && is_rust_program(symbol.path) => {
            let folder = folder_of(symbol.path);
            let name = match (file, last(folder)) {
                ("main.rs", "src") => names.around(symbol.path),
                ("main.rs", program) if !program.is_empty() => program.to_owned(),
                _ => stem.to_owned(),
            };
            Some((name, "function `main` of a Rust program".to_owned()))
        }
        "Go" if top && symbol.name == "main" => {
            let folder = last(folder_of(symbol.path));
            let name = if folder.is_empty() { names.around(symbol.path) } else { folder.to_owned() };
            Some((name, "function `main` of a Go program".to_owned()))
        }
        "Java" | "Scala" | "Groovy" if symbol.name == "main" && arguments.contains("String") => {
            Some((class().to_owned(), format!("method `main` of a {} class", symbol.language)))
        }
        "Kotlin" if symbol.name == "main" && (top || arguments.contains("String")) => {
            Some((class().to_owned(), "function `main` of a Kotlin program".to_owned()))
        }
        "C#" if symbol.name == "Main" => Some((names.around(symbol.path), "method `Main` of a C# program".to_owned())),
        "C" | "C++" if top && symbol.name == "main" => {
            Some((folder_or(&["main"]), format!("function `main` of a {} program", symbol.language)))
        }
        "Elixir" if symbol.name == "start" && symbol.n_parameters == 2 && class().ends_with("Application") => {
            Some((names.around(symbol.path), "function `start/2` of an OTP application".to_owned()))
        }
        _ => None,
    }
}

/// Whether Cargo would build a program from the file: a `main` in some other file of `src` is a helper or an example.
fn is_rust_program(path: &str) -> bool {
    let folder = folder_of(path);
    last(path) == "main.rs"
        || last(folder) == "bin"
        || (last(path) != "build.rs" && !folder.split('/').any(|part| part == "src"))
}

/// Kind, name and reason of a file that is started by its name, its place or its mode.
fn by_file(file: &FileRow<'_>, names: &ProjectNames<'_>) -> Option<(&'static str, String, String)> {
    let name = last(file.path);
    let stem = name.split('.').next().unwrap_or(name);
    let folder = folder_of(file.path);
    let is_code = file.kind == "code";
    let found = |kind, name: &str, reason: &str| Some((kind, name.to_owned(), reason.to_owned()));
    match (file.language, name) {
        (Some("Python"), "__main__.py") if is_code => found("command", last(folder), "`python -m` runs this file"),
        (Some("Python"), "manage.py") if is_code => found("command", "manage.py", "command file of a Django site"),
        (Some("Python"), "wsgi.py" | "asgi.py") if is_code => {
            found("service", last(folder), "web servers start a Python site from a file of this name")
        }
        (Some("C#"), "Program.cs") if is_code => {
            Some(("binary", names.around(file.path), "C# programs begin in `Program.cs`".to_owned()))
        }
        (Some("Swift"), "main.swift") if is_code => {
            Some(("binary", names.around(file.path), "Swift programs begin in `main.swift`".to_owned()))
        }
        (Some("PHP"), "index.php") if is_code && last(folder) == "public" => Some((
            "service",
            names.around(file.path),
            "web servers start a PHP site from `public/index.php`".to_owned(),
        )),
        (_, "artisan" | "console") if is_code && (folder.is_empty() || last(folder) == "bin") => {
            found("command", name, "command file of a PHP framework")
        }
        (_, _) if is_site_settings(name) && is_at_home(folder) => {
            Some(("service", names.around(file.path), format!("`{name}` sets up a site, which its framework starts")))
        }
        (_, "config.ru") => {
            Some(("service", names.around(file.path), "Rack starts a Ruby site from `config.ru`".to_owned()))
        }
        (Some("Ruby"), _) if is_code && matches!(last(folder), "exe" | "bin") => {
            found("command", stem, "a gem's commands stand in `exe` or `bin`")
        }
        (Some(language), _)
            if file.is_executable
                && (is_code || file.kind == "config")
                && !BUILD_WRAPPERS.contains(&stem)
                && is_script(language) =>
        {
            Some(("script", name.to_owned(), format!("executable {language} script")))
        }
        _ => None,
    }
}

/// Whether a file of this name sets up a site that its framework starts, rather than a library of pages.
fn is_site_settings(name: &str) -> bool {
    let is_settings =
        |rest: &str| matches!(rest, ".config.js" | ".config.mjs" | ".config.cjs" | ".config.ts" | ".config.mts");
    name == "gatsby-config.js"
        || ["next", "nuxt", "svelte", "astro", "remix", "react-router"]
            .iter()
            .any(|framework| name.strip_prefix(framework).is_some_and(is_settings))
}

/// Whether a folder holds a project rather than something inside one.
fn is_at_home(folder: &str) -> bool {
    folder.matches('/').count() < 3
}

/// Whether files in a language run as they are.
fn is_script(language: &str) -> bool {
    matches!(
        language,
        "BASH"
            | "Shell"
            | "sh"
            | "Zsh"
            | "Fish"
            | "Python"
            | "Ruby"
            | "Perl"
            | "PHP"
            | "JavaScript"
            | "PowerShell"
            | "TypeScript"
    )
}

/// Kind and reason of what a manifest offers to others or starts.
fn by_manifest(project: &ProjectRow<'_>, has_program: bool, paths: &FxHashSet<&str>) -> Option<(&'static str, String)> {
    let folder = folder_of(project.path);
    let beside = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let has = |name: &str| paths.contains(beside(name).as_str());
    let is_cargo = project.format == "Cargo.toml";
    if is_cargo && has("src/lib.rs") {
        return Some(("library", "a Rust library begins in `src/lib.rs`".to_owned()));
    }
    match project.kind {
        "library" if !is_cargo => Some(("library", format!("`{}` describes a library", project.format))),
        "application" if project.ecosystem == "pypi" => {
            Some(("command", format!("`{}` declares commands", project.format)))
        }
        "application" if !has_program => Some(("binary", format!("`{}` describes a program", project.format))),
        "unknown" if !has_program && is_built_jar(project.format) => {
            Some(("library", format!("`{}` builds an archive that has no `main`", project.format)))
        }
        "unknown" if !has_program && project.format == "go.mod" => {
            Some(("library", "a Go module without a program".to_owned()))
        }
        _ => None,
    }
}

fn is_built_jar(format: &str) -> bool {
    matches!(format, "pom.xml" | "build.gradle" | "build.gradle.kts" | "build.sbt")
}

/// Position of the project that a file belongs to.
fn project_position(index: &ModuleIndex, path: &str) -> usize {
    let position = index.position_of(path);
    index.modules()[position].project.unwrap_or(position)
}

fn is_aside(path: &str) -> bool {
    folder_of(path)
        .split('/')
        .any(|part| ASIDE.contains(&part) || COPIED.iter().any(|beginning| part.starts_with(beginning)))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedFile;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::entry_points::EntryPointsView;
    use sightline_facts::tables::symbols::{self, SymbolsBuilder};

    const FUNCTION: SymbolRow<'_> = SymbolRow {
        repo: "shop",
        commit: None,
        path: "",
        line_start: 3,
        line_end: 5,
        language: "",
        kind: "function",
        name: "main",
        container: None,
        visibility: "public",
        doc: None,
        parameters: None,
        n_parameters: 0,
        calls: None,
        cyclomatic: None,
        cognitive: None,
        nesting: None,
        is_test: false,
        _row: std::marker::PhantomData,
    };

    /// Files as `path`, `path!` when executable; every one is code with a language by its ending.
    fn check(files: &[&str], main: &[SymbolRow<'_>], projects: &[(&str, &str, &str)], expect: &[&str]) {
        let mut rows = SymbolsBuilder::default();
        for symbol in main {
            rows.push(symbol);
        }
        let session = Session::of_batches(vec![(&symbols::SPEC, vec![rows.finish()])]).expect("the rows fit");
        let files: Vec<FileRow<'_>> = files
            .iter()
            .map(|f| {
                let path = f.trim_end_matches('!');
                let language = match path.rsplit('.').next() {
                    Some("py") => Some("Python"),
                    Some("sh") => Some("BASH"),
                    Some("java") => Some("Java"),
                    Some("rs") => Some("Rust"),
                    _ => None,
                };
                let is_executable = f.ends_with('!');
                FileRow { repo: "shop", path, kind: "code", language, lines: 9, is_executable, ..FileRow::default() }
            })
            .collect();
        let projects: Vec<ProjectRow<'_>> = projects
            .iter()
            .map(|(path, kind, name)| ProjectRow {
                path,
                kind,
                name: Some(name),
                format: last(path),
                line_start: 2,
                line_end: 2,
                ..ProjectRow::default()
            })
            .collect();
        let index = ModuleIndex::new(
            "shop",
            files.iter().map(|f| IndexedFile { path: f.path, kind: f.kind }),
            projects.iter().map(|p| folder_of(p.path)),
        );
        let mut found = EntryPointsBuilder::default();
        find_entry_points(&session, "shop", &index, &files, &projects, &mut found).expect("the tables are there");
        let batch = found.finish();
        let lines: Vec<String> = EntryPointsView::of(&batch)
            .expect("its own table")
            .rows()
            .map(|e| format!("{} {} {}:{}", e.kind, e.name, e.path, e.line_start))
            .collect();
        assert_eq!(lines, expect);
    }

    #[test]
    fn rust_programs_and_libraries() {
        let main = |path| SymbolRow { path, language: "Rust", ..FUNCTION };
        check(
            &["build.rs", "src/main.rs", "src/lib.rs", "src/bin/tool.rs", "examples/show.rs"],
            &[
                main("build.rs"),
                main("src/main.rs"),
                main("src/lib.rs"),
                main("src/bin/tool.rs"),
                main("examples/show.rs"),
            ],
            &[("Cargo.toml", "unknown", "shop")],
            &["library shop Cargo.toml:2", "binary tool src/bin/tool.rs:3", "binary shop src/main.rs:3"],
        );
    }

    #[test]
    fn a_java_main_takes_strings_and_a_jar_without_one_is_a_library() {
        let main = |path, parameters| SymbolRow {
            path,
            language: "Java",
            kind: "method",
            container: Some("Shop"),
            parameters: Some(parameters),
            ..FUNCTION
        };
        let files = ["src/main/java/Shop.java"];
        let pom = [("pom.xml", "unknown", "shop")];
        check(&files, &[main(files[0], "String[] args")], &pom, &["binary Shop src/main/java/Shop.java:3"]);
        check(&files, &[main(files[0], "int depth")], &pom, &["library shop pom.xml:2"]);
    }

    #[test]
    fn files_that_are_started_by_name_or_mode() {
        check(
            &["shop/__main__.py", "manage.py", "run.sh!", "lib.sh", "gradlew!", "docs/make.sh!"],
            &[],
            &[],
            &["command manage.py manage.py:1", "script run.sh run.sh:1", "command shop shop/__main__.py:1"],
        );
    }
}
