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
    /// Whether code outside tests imports, and the cited line: commit, path, first and last line, target.
    from_code: bool,
    cited: Option<(Option<String>, String, i64, i64, String)>,
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
    let file_views =
        views!(session, repo, "select * from files where repo = :repo order by path", FilesView, "files")?;
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
        sums[*to].has_tests |= !edge.from_code;
    }

    let mut rows = ModulesBuilder::default();
    let mut order: Vec<usize> = (0..index.modules().len()).collect();
    order.sort_by_key(|i| &index.modules()[*i].id);
    for i in order {
        let (module, sum) = (&index.modules()[i], &sums[i]);
        let manifest = projects.iter().filter(|p| module.kind == crate::ModuleKind::Project && folder_of(p.path) == module.path);
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
        self.languages
            .iter()
            .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
            .map(|(language, _)| *language)
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
               and kind = 'internal' and resolved_path is not null order by path, line_start, target, resolved_path";
    let mut edges: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
    for batch in ask(session, sql, repo)? {
        let (commits, paths) = (text(&batch, "imports", "commit")?, text(&batch, "imports", "path")?);
        let (starts, ends) = (integer(&batch, "imports", "line_start")?, integer(&batch, "imports", "line_end")?);
        let (targets, resolved) = (text(&batch, "imports", "target")?, text(&batch, "imports", "resolved_path")?);
        for i in 0..batch.num_rows() {
            let path = paths.value(i);
            let pair = (index.position_of(path), index.position_of(resolved.value(i)));
            if pair.0 == pair.1 {
                continue;
            }
            let from_code = kinds.get(path).is_none_or(|kind| *kind != "test");
            let edge = edges.entry(pair).or_default();
            edge.n_imports += 1;
            if !edge.files.contains(path) {
                edge.files.insert(path.to_owned());
            }
            if edge.cited.is_none() || (from_code && !edge.from_code) {
                let commit = (!commits.is_null(i)).then(|| commits.value(i).to_owned());
                edge.cited =
                    Some((commit, path.to_owned(), starts.value(i), ends.value(i), targets.value(i).to_owned()));
            }
            edge.from_code |= from_code;
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
        let Some((commit, path, line_start, line_end, target)) = &edge.cited else { continue };
        rows.push(&ModuleImportRow {
            repo,
            commit: commit.as_deref(),
            path,
            line_start: *line_start,
            line_end: *line_end,
            module: id(*from),
            uses: id(*to),
            target,
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
