//! Derives `modules`, `module_imports` and `entry_points` of one repository from its source tables.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{Array, RecordBatch};
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::entry_points::{self, EntryPointsBuilder};
use sightline_facts::tables::files::{FileRow, FilesView};
use sightline_facts::tables::module_imports::{self, ModuleImportRow, ModuleImportsBuilder};
use sightline_facts::tables::modules::{self, ModuleRow, ModulesBuilder};
use sightline_facts::tables::projects::{ProjectRow, ProjectsView};

use crate::entry_points::find_entry_points;
use crate::error::MapError;
use crate::graph::structure;
use crate::index::{IndexedFile, ModuleIndex};
use crate::query::{ask, integer, text, views};

/// What is summed up per module.
#[derive(Default, Clone)]
struct Sums<'a> {
    n_files: i64,
    code_lines: i64,
    test_lines: i64,
    n_functions: i64,
    max_cyclomatic: Option<i64>,
    has_tests: bool,
    has_docs: bool,
    /// Lines of code per language; tests count only where there is no code.
    languages: BTreeMap<&'a str, (i64, i64)>,
}

/// Imports from one module to another.
#[derive(Default)]
struct Edge {
    n_imports: i64,
    files: FxHashSet<String>,
    /// Whether code outside tests imports.
    from_code: bool,
    /// Whether a test imports.
    from_test: bool,
    /// The import that is cited: outside tests if there is one, then the first by path and line.
    cited: Option<Cited>,
}

struct Cited {
    is_test: bool,
    commit: Option<String>,
    path: String,
    line_start: i64,
    line_end: i64,
    target: String,
    resolved_path: String,
}

impl Cited {
    fn rank(&self) -> (bool, &str, i64, &str, &str) {
        (self.is_test, &self.path, self.line_start, &self.target, &self.resolved_path)
    }
}

/// Functions of one file, as its symbols tell.
#[derive(Default, Clone, Copy)]
struct Functions {
    n: i64,
    max_cyclomatic: Option<i64>,
    has_test: bool,
}

/// Derives the structure of one repository.
///
/// - Uses and layers follow imports of code; an import that only tests hold is listed in `module_imports` with
///   `is_test` and counts for nothing else, so that a test of two modules makes no cycle of them.
/// - A cycle's id is `cycle:` and the id of its first module by path.
/// - `max_cyclomatic` and `n_functions` leave symbols of tests out.
/// - Rows come sorted by module (and by the module used), entry points by path, line and name.
///
/// # Errors
/// [`MapError`] when a source table cannot be read.
pub fn modules(session: &Session, repo: &str) -> Result<Vec<(&'static TableSpec, RecordBatch)>, MapError> {
    let file_views = views!(session, repo, "select * from files where repo = :repo order by path", FilesView, "files")?;
    let files: Vec<FileRow<'_>> = file_views.iter().flat_map(FilesView::rows).collect();
    let project_views = views!(
        session,
        repo,
        "select * from projects where repo = :repo order by path, line_start",
        ProjectsView,
        "projects"
    )?;
    let projects: Vec<ProjectRow<'_>> = project_views.iter().flat_map(ProjectsView::rows).collect();
    let index = ModuleIndex::new(
        repo,
        files.iter().map(|f| IndexedFile { path: f.path, kind: f.kind }),
        projects.iter().map(|p| folder_of(p.path)),
    );
    let kinds: FxHashMap<&str, &str> = files.iter().map(|f| (f.path, f.kind)).collect();
    let functions = functions_by_file(session, repo)?;

    let mut sums = vec![Sums::default(); index.modules().len()];
    for file in &files {
        sums[index.position_of(file.path)].add(file, functions.get(file.path).copied().unwrap_or_default());
    }
    for batch in ask(session, "select path from documents where repo = :repo and kind = 'readme'", repo)? {
        let paths = text(&batch, "documents", "path")?;
        for path in paths.iter().flatten() {
            let module = index.position_of(path);
            sums[module].has_docs |= index.modules()[module].path == folder_of(path);
        }
    }

    let edges = edges(session, repo, &index, &kinds)?;
    let solid: Vec<_> = edges.iter().filter(|(_, e)| e.from_code).map(|(pair, _)| *pair).collect();
    let found = structure(index.modules().len(), &solid);
    let mut uses = vec![(0, 0); index.modules().len()];
    for (from, to) in &solid {
        uses[*from].0 += 1;
        uses[*to].1 += 1;
    }
    for ((_, to), edge) in &edges {
        sums[*to].has_tests |= edge.from_test;
    }

    let mirrored: FxHashSet<(&str, &str)> =
        files.iter().filter(|f| f.kind == "test").filter_map(|f| mirrored_code(folder_of(f.path))).collect();
    for (module, sum) in index.modules().iter().zip(&mut sums) {
        sum.has_tests |= code_folder(&module.path).is_some_and(|(root, package)| {
            mirrored.iter().any(|(tests, tested)| {
                *tests == root
                    && (*tested == package || tested.strip_suffix(package).is_some_and(|rest| rest.ends_with('/')))
            })
        });
    }

    let mut rows = ModulesBuilder::default();
    let mut order: Vec<usize> = (0..index.modules().len()).collect();
    order.sort_by_key(|i| &index.modules()[*i].id);
    for i in order {
        let (module, sum) = (&index.modules()[i], &sums[i]);
        let manifest =
            projects.iter().filter(|p| module.kind == crate::ModuleKind::Project && folder_of(p.path) == module.path);
        let named = manifest.filter_map(|p| p.name).find(|n| !n.is_empty());
        let cycle = found.cycle[i].map(|first| cycle_id(&index, first));
        rows.push(&ModuleRow {
            repo,
            module: &module.id,
            name: named.unwrap_or(&module.name),
            path: &module.path,
            kind: module.kind.word(),
            project: module.project.map(|p| index.modules()[p].id.as_str()),
            language: sum.language(),
            n_files: sum.n_files,
            code_lines: sum.code_lines,
            test_lines: sum.test_lines,
            n_functions: sum.n_functions,
            max_cyclomatic: sum.max_cyclomatic,
            n_uses: uses[i].0,
            n_used_by: uses[i].1,
            layer: i64::try_from(found.layer[i]).unwrap_or(i64::MAX),
            cycle: cycle.as_deref(),
            has_tests: sum.has_tests,
            has_docs: sum.has_docs,
            ..ModuleRow::default()
        });
    }
    let imports = import_rows(repo, &index, &edges, &found.cycle);
    let mut entries = EntryPointsBuilder::default();
    find_entry_points(session, repo, &index, &files, &projects, &mut entries)?;
    Ok(vec![(&modules::SPEC, rows.finish()), (&module_imports::SPEC, imports), (&entry_points::SPEC, entries.finish())])
}

/// Project and package of a folder laid out as `src/main/<language>/<package>`.
fn code_folder(path: &str) -> Option<(&str, &str)> {
    package_below(path, "src/main/")
}

/// Project and package that a folder of tests belongs to: by custom the same package, `src/test/<language>/<package>`.
fn mirrored_code(path: &str) -> Option<(&str, &str)> {
    package_below(path, "src/test/").or_else(|| package_below(path, "src/integrationTest/"))
}

fn package_below<'a>(path: &'a str, marker: &str) -> Option<(&'a str, &'a str)> {
    let at = path.find(marker).filter(|at| *at == 0 || path[..*at].ends_with('/'))?;
    let (_language, package) = path[at + marker.len()..].split_once('/')?;
    Some((&path[..at], package))
}

impl<'a> Sums<'a> {
    fn add(&mut self, file: &FileRow<'a>, functions: Functions) {
        let (code, test) = match file.kind {
            "code" => (file.code_lines, 0),
            "test" => (0, file.code_lines),
            _ => return,
        };
        self.n_files += 1;
        self.code_lines += code;
        self.test_lines += test;
        self.has_tests |= file.kind == "test" || functions.has_test;
        if let Some(language) = file.language {
            let lines = self.languages.entry(language).or_default();
            lines.0 += code;
            lines.1 += test;
        }
        if file.kind == "code" {
            self.n_functions += functions.n;
            self.max_cyclomatic = self.max_cyclomatic.max(functions.max_cyclomatic);
        }
    }

    /// The language with the most lines of code, then of tests; the first by name among equals.
    fn language(&self) -> Option<&'a str> {
        self.languages.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0))).map(|(language, _)| *language)
    }
}

fn functions_by_file(session: &Session, repo: &str) -> Result<FxHashMap<String, Functions>, MapError> {
    let sql = "select path, sum(case when is_test then 0 else 1 end) as n, \
               max(case when is_test then null else cyclomatic end) as highest, \
               max(case when is_test then 1 else 0 end) as tests from symbols \
               where repo = :repo and kind in ('function', 'method', 'constructor') group by path";
    let mut found = FxHashMap::default();
    for batch in ask(session, sql, repo)? {
        let paths = text(&batch, "symbols", "path")?;
        let (n, highest, tests) = (
            integer(&batch, "symbols", "n")?,
            integer(&batch, "symbols", "highest")?,
            integer(&batch, "symbols", "tests")?,
        );
        for i in 0..batch.num_rows() {
            let max_cyclomatic = (!highest.is_null(i)).then(|| highest.value(i));
            let functions = Functions { n: n.value(i), max_cyclomatic, has_test: tests.value(i) == 1 };
            found.insert(paths.value(i).to_owned(), functions);
        }
    }
    Ok(found)
}

/// Imports between modules, by the positions of the two. The first line by path is cited, of code before tests.
fn edges(
    session: &Session,
    repo: &str,
    index: &ModuleIndex,
    kinds: &FxHashMap<&str, &str>,
) -> Result<BTreeMap<(usize, usize), Edge>, MapError> {
    let sql = "select \"commit\", path, line_start, line_end, target, resolved_path from imports where repo = :repo \
               and kind = 'internal' and resolved_path is not null";
    let mut edges: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
    for batch in ask(session, sql, repo)? {
        let (commits, paths) = (text(&batch, "imports", "commit")?, text(&batch, "imports", "path")?);
        let (starts, ends) = (integer(&batch, "imports", "line_start")?, integer(&batch, "imports", "line_end")?);
        let (targets, resolved) = (text(&batch, "imports", "target")?, text(&batch, "imports", "resolved_path")?);
        // Most files are imported, and import, again and again.
        let mut positions: FxHashMap<&str, usize> = FxHashMap::default();
        let mut position_of = |path| *positions.entry(path).or_insert_with(|| index.position_of(path));
        for i in 0..batch.num_rows() {
            let path = paths.value(i);
            let pair = (position_of(path), position_of(resolved.value(i)));
            if pair.0 == pair.1 {
                continue;
            }
            let from_code = kinds.get(path).is_none_or(|kind| *kind != "test");
            let edge = edges.entry(pair).or_default();
            edge.n_imports += 1;
            if !edge.files.contains(path) {
                edge.files.insert(path.to_owned());
            }
            // Compared here, row by row: sorting all imports by text takes longer than all the rest.
            let rank = (!from_code, path, starts.value(i), targets.value(i), resolved.value(i));
            if edge.cited.as_ref().is_none_or(|cited| rank < cited.rank()) {
                edge.cited = Some(Cited {
                    is_test: !from_code,
                    commit: (!commits.is_null(i)).then(|| commits.value(i).to_owned()),
                    path: path.to_owned(),
                    line_start: starts.value(i),
                    line_end: ends.value(i),
                    target: targets.value(i).to_owned(),
                    resolved_path: resolved.value(i).to_owned(),
                });
            }
            edge.from_code |= from_code;
            edge.from_test |= !from_code;
        }
    }
    Ok(edges)
}

fn import_rows(
    repo: &str,
    index: &ModuleIndex,
    edges: &BTreeMap<(usize, usize), Edge>,
    cycles: &[Option<usize>],
) -> RecordBatch {
    let id = |i: usize| index.modules()[i].id.as_str();
    let mut sorted: Vec<_> = edges.iter().collect();
    sorted.sort_by_key(|((from, to), _)| (id(*from), id(*to)));
    let mut rows = ModuleImportsBuilder::default();
    for ((from, to), edge) in sorted {
        let Some(cited) = &edge.cited else { continue };
        rows.push(&ModuleImportRow {
            repo,
            commit: cited.commit.as_deref(),
            path: &cited.path,
            line_start: cited.line_start,
            line_end: cited.line_end,
            module: id(*from),
            uses: id(*to),
            target: &cited.target,
            n_imports: edge.n_imports,
            n_files: i64::try_from(edge.files.len()).unwrap_or(i64::MAX),
            is_test: !edge.from_code,
            in_cycle: edge.from_code && cycles[*from].is_some() && cycles[*from] == cycles[*to],
            ..ModuleImportRow::default()
        });
    }
    rows.finish()
}

fn cycle_id(index: &ModuleIndex, first: usize) -> String {
    format!("cycle:{}", index.modules()[first].id)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_facts::tables::documents::{DocumentRow, DocumentsBuilder};
    use sightline_facts::tables::files::FilesBuilder;
    use sightline_facts::tables::imports::{ImportRow, ImportsBuilder};
    use sightline_facts::tables::projects::ProjectsBuilder;
    use sightline_facts::tables::symbols::{SymbolRow, SymbolsBuilder};
    use sightline_facts::tables::{documents, files as files_table, imports, projects, symbols};

    /// A shop in which `cart` and `pay` import each other, `web` imports both, and `util` is tested only.
    fn shop() -> Session {
        let mut files = FilesBuilder::default();
        let mut file = |path: &str, kind: &str, language: Option<&str>, code_lines: i64| {
            files.push(&FileRow {
                repo: "shop",
                path,
                kind,
                language,
                code_lines,
                lines: code_lines,
                ..FileRow::default()
            });
        };
        for folder in ["src/cart", "src/pay", "src/web", "src/util"] {
            for name in ["a", "b", "c"] {
                file(&format!("{folder}/{name}.ts"), "code", Some("TypeScript"), 10);
            }
        }
        file("src/web/d.js", "code", Some("JavaScript"), 30);
        file("tests/util/a.ts", "test", Some("TypeScript"), 7);
        file("package.json", "config", None, 3);
        file("src/pay/README.md", "docs", None, 3);
        let mut import_rows = ImportsBuilder::default();
        let mut import = |path: &str, line: i64, target: &str, resolved: &str| {
            import_rows.push(&ImportRow {
                repo: "shop",
                path,
                line_start: line,
                line_end: line,
                target,
                kind: "internal",
                resolved_path: Some(resolved),
                ..ImportRow::default()
            });
        };
        import("src/cart/a.ts", 4, "../pay/a", "src/pay/a.ts");
        import("src/cart/a.ts", 3, "../pay/b", "src/pay/b.ts");
        import("src/cart/b.ts", 1, "./a", "src/cart/a.ts");
        import("src/pay/a.ts", 1, "../cart", "src/cart");
        import("src/web/a.ts", 1, "../cart/c", "src/cart/c.ts");
        import("src/web/b.ts", 1, "../pay/c", "src/pay/c.ts");
        import("tests/util/a.ts", 1, "../../src/web/a", "src/web/a.ts");
        let mut symbol_rows = SymbolsBuilder::default();
        let function = SymbolRow { repo: "shop", kind: "function", name: "f", ..SymbolRow::default() };
        symbol_rows.push(&SymbolRow { path: "src/cart/a.ts", cyclomatic: Some(12), ..function });
        symbol_rows.push(&SymbolRow { path: "src/cart/b.ts", cyclomatic: None, ..function });
        symbol_rows.push(&SymbolRow { path: "src/cart/b.ts", cyclomatic: Some(90), is_test: true, ..function });
        let mut project_rows = ProjectsBuilder::default();
        project_rows.push(&ProjectRow {
            repo: "shop",
            path: "package.json",
            line_start: 2,
            line_end: 2,
            format: "package.json",
            name: Some("@acme/shop"),
            kind: "application",
            ..ProjectRow::default()
        });
        let mut document_rows = DocumentsBuilder::default();
        document_rows.push(&DocumentRow {
            repo: "shop",
            path: "src/pay/README.md",
            kind: "readme",
            ..DocumentRow::default()
        });
        Session::of_batches(vec![
            (&files_table::SPEC, vec![files.finish()]),
            (&imports::SPEC, vec![import_rows.finish()]),
            (&symbols::SPEC, vec![symbol_rows.finish()]),
            (&projects::SPEC, vec![project_rows.finish()]),
            (&documents::SPEC, vec![document_rows.finish()]),
        ])
        .expect("the rows fit their specs")
    }

    fn derived(session: &Session, repo: &str) -> Vec<RecordBatch> {
        modules(session, repo).expect("the tables are there").into_iter().map(|(_, batch)| batch).collect()
    }

    #[test]
    fn modules_say_their_size_place_and_cycle() {
        let batches = derived(&shop(), "shop");
        let view = modules::ModulesView::of(&batches[0]).expect("its own table");
        let lines: Vec<_> = view
            .rows()
            .map(|m| {
                format!(
                    "{}: {} {:?}, {} files, {}+{} lines, {} functions to {:?}, uses {}, used by {}, layer {}, {:?}, tests {}, docs {}",
                    m.path, m.name, m.language.unwrap_or("-"), m.n_files, m.code_lines, m.test_lines, m.n_functions,
                    m.max_cyclomatic, m.n_uses, m.n_used_by, m.layer, m.cycle.unwrap_or("-"), m.has_tests, m.has_docs
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        : @acme/shop "-", 0 files, 0+0 lines, 0 functions to None, uses 0, used by 0, layer 0, "-", tests false, docs false
        src/cart: cart "TypeScript", 3 files, 30+0 lines, 2 functions to Some(12), uses 1, used by 2, layer 0, "cycle:module:shop:src/cart", tests true, docs false
        src/pay: pay "TypeScript", 3 files, 30+0 lines, 0 functions to None, uses 1, used by 2, layer 0, "cycle:module:shop:src/cart", tests false, docs true
        src/util: util "TypeScript", 4 files, 30+7 lines, 0 functions to None, uses 0, used by 0, layer 0, "-", tests true, docs false
        src/web: web "JavaScript", 4 files, 60+0 lines, 0 functions to None, uses 2, used by 0, layer 1, "-", tests true, docs false
        "#);
    }

    #[test]
    fn tests_of_a_package_stand_in_the_mirrored_folder() {
        let check = |tests: &str, code: &str, expect: bool| {
            let (Some((root, tested)), Some((home, package))) = (mirrored_code(tests), code_folder(code)) else {
                assert!(!expect, "{tests} {code}");
                return;
            };
            let same = root == home && (tested == package || tested.ends_with(&format!("/{package}")));
            assert_eq!(same, expect, "{tests} {code}");
        };
        check("core/src/test/scala/unit/shop/cart", "core/src/main/scala/shop/cart", true);
        check("src/test/java/shop/cart", "src/main/java/shop/cart", true);
        check("src/test/java/shop/cart", "src/main/java/shop/pay", false);
        check("web/src/test/java/shop/cart", "core/src/main/java/shop/cart", false);
        check("test/java/shop", "src/main/java/shop", false);
    }

    #[test]
    fn an_edge_cites_one_line_and_knows_tests_and_cycles() {
        let batches = derived(&shop(), "shop");
        let view = module_imports::ModuleImportsView::of(&batches[1]).expect("its own table");
        let lines: Vec<_> = view
            .rows()
            .map(|e| {
                format!(
                    "{} -> {}: {}:{} `{}`, {} imports in {} files, test {}, cycle {}",
                    e.module, e.uses, e.path, e.line_start, e.target, e.n_imports, e.n_files, e.is_test, e.in_cycle
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        module:shop:src/cart -> module:shop:src/pay: src/cart/a.ts:3 `../pay/b`, 2 imports in 1 files, test false, cycle true
        module:shop:src/pay -> module:shop:src/cart: src/pay/a.ts:1 `../cart`, 1 imports in 1 files, test false, cycle true
        module:shop:src/util -> module:shop:src/web: tests/util/a.ts:1 `../../src/web/a`, 1 imports in 1 files, test true, cycle false
        module:shop:src/web -> module:shop:src/cart: src/web/a.ts:1 `../cart/c`, 1 imports in 1 files, test false, cycle false
        module:shop:src/web -> module:shop:src/pay: src/web/b.ts:1 `../pay/c`, 1 imports in 1 files, test false, cycle false
        "#);
    }

    #[test]
    fn an_empty_repository_has_one_empty_module() {
        let batches = derived(&shop(), "elsewhere");
        let counts: Vec<_> = batches.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(counts, [1, 0, 0]);
    }
}
