//! Derives the table `technologies` of one repository.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{Array, RecordBatch};
use sightline_facts::session::Session;
use sightline_facts::tables::packages::{PackageRow, PackagesView};
use sightline_facts::tables::technologies::{TechnologiesBuilder, TechnologyRow};

use super::{Catalogue, Hit, Role};
use crate::error::MapError;
use crate::query::{ask, text, views};

/// How widely a package of that scope is used, widest first.
const SCOPES: [&str; 7] = ["runtime", "optional", "peer", "unknown", "build", "dev", "test"];

/// What is known of one technology in one role.
struct Seen<'a> {
    hit: Hit<'a>,
    /// The place that is cited, and how good it is.
    first: (Rank<'a>, &'a PackageRow<'a>),
    /// The place that names a version, and how good it is.
    version: Option<(Rank<'a>, &'a str)>,
    scope: usize,
    places: FxHashSet<(&'a str, i64)>,
}

/// Order of places: scope, test file or not, lock file or not, depth of the folder, path, line, name.
type Rank<'a> = (usize, bool, bool, usize, &'a str, i64, &'a str);

/// Recognises the technologies of one repository, today by its packages.
///
/// - Packages that a manifest asks for count. Those of lock files count only where the lock file calls them direct,
///   or where no manifest of their ecosystem was read at all: what a library brings along says little of a system.
/// - Vendored manifests are left out; those among tests are cited only when there is nothing else.
/// - One row per technology and role, sorted by id and role.
///
/// # Errors
/// [`MapError`] when a source table cannot be read.
pub fn technologies(session: &Session, repo: &str, catalogue: &Catalogue) -> Result<RecordBatch, MapError> {
    let package_views = views!(
        session,
        repo,
        "select * from packages where repo = :repo order by path, line_start, ecosystem, name, is_lock",
        PackagesView,
        "packages"
    )?;
    let packages: Vec<PackageRow<'_>> = package_views.iter().flat_map(PackagesView::rows).collect();
    let mut kinds: FxHashMap<String, String> = FxHashMap::default();
    let asked =
        "select path, kind from files where repo = :repo and path in (select path from packages where repo = :repo)";
    for batch in ask(session, asked, repo)? {
        let (paths, words) = (text(&batch, "files", "path")?, text(&batch, "files", "kind")?);
        for i in 0..paths.len() {
            kinds.insert(paths.value(i).to_owned(), words.value(i).to_owned());
        }
    }
    let kind_of = |path: &str| kinds.get(path).map_or("", String::as_str);
    let packages: Vec<&PackageRow<'_>> = packages.iter().filter(|p| kind_of(p.path) != "vendored").collect();
    let is_asked_for = |p: &PackageRow<'_>| p.is_direct.unwrap_or(!p.is_lock);
    let with_manifest: FxHashSet<&str> = packages.iter().filter(|p| is_asked_for(p)).map(|p| p.ecosystem).collect();
    let locked = locked_versions(&packages);

    let mut known: FxHashMap<(&str, &str), Vec<Hit<'_>>> = FxHashMap::default();
    let mut seen: BTreeMap<(&str, Role), Seen<'_>> = BTreeMap::new();
    for package in packages.iter().filter(|p| is_asked_for(p) || !with_manifest.contains(p.ecosystem)) {
        let hits = known
            .entry((package.ecosystem, package.name))
            .or_insert_with(|| catalogue.of_package(package.ecosystem, package.name));
        let is_test = kind_of(package.path) == "test" || is_sample(package.path);
        // Whatever a manifest beside tests and samples says of its own, the product does not run with it.
        let said = SCOPES.iter().position(|s| *s == package.scope).unwrap_or(3);
        let scope = if is_test { SCOPES.len() - 1 } else { said };
        let depth = package.path.matches('/').count();
        let rank = (scope, is_test, package.is_lock, depth, package.path, package.line_start, package.name);
        let exact = package.version.or_else(|| locked.get(&(package.ecosystem, package.name)).copied().flatten());
        let version = exact.or(package.declared).filter(|v| !v.trim().is_empty()).map(|v| (rank, v));
        for hit in hits.iter() {
            let new = || Seen { hit: *hit, first: (rank, package), version, scope, places: FxHashSet::default() };
            let of_it = seen.entry((&hit.technology.id, hit.role)).or_insert_with(new);
            of_it.places.insert((package.path, package.line_start));
            of_it.scope = of_it.scope.min(scope);
            if rank < of_it.first.0 {
                of_it.first = (rank, package);
            }
            of_it.version = match (of_it.version, version) {
                (Some(old), Some(new)) => Some(if new.0 < old.0 { new } else { old }),
                (old, new) => old.or(new),
            };
        }
    }

    let mut rows = TechnologiesBuilder::default();
    for found in seen.into_values() {
        let (technology, package) = (found.hit.technology, found.first.1);
        rows.push(&TechnologyRow {
            repo,
            commit: package.commit,
            path: package.path,
            line_start: package.line_start,
            line_end: package.line_end,
            technology: &technology.id,
            name: &technology.name,
            kind: &technology.kind,
            role: found.hit.role.word(),
            purpose: &technology.purpose,
            company: technology.company.as_deref(),
            basis: "declared",
            found_by: "package",
            recognised: package.name_in_file,
            what: &format!("{}:{}", package.ecosystem, package.name),
            version: found.version.map(|(_, v)| v),
            scope: SCOPES[found.scope],
            n_places: i64::try_from(found.places.len()).unwrap_or(i64::MAX),
            first_seen_at: None,
            ..TechnologyRow::default()
        });
    }
    Ok(rows.finish())
}

/// The version that lock files give a package, where they agree on one.
fn locked_versions<'a>(packages: &[&PackageRow<'a>]) -> FxHashMap<(&'a str, &'a str), Option<&'a str>> {
    let mut all: FxHashMap<(&str, &str), Option<&str>> = FxHashMap::default();
    for package in packages.iter().filter(|p| p.is_lock && p.version.is_some()) {
        all.entry((package.ecosystem, package.name))
            .and_modify(|v| *v = v.filter(|v| Some(*v) == package.version))
            .or_insert(package.version);
    }
    all
}

/// Whether a folder on the way says that a file is there to show or to try something.
fn is_sample(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let is_word = |f: &str| {
        matches!(
            f,
            "test"
                | "tests"
                | "testdata"
                | "test-data"
                | "fixtures"
                | "__fixtures__"
                | "examples"
                | "example"
                | "samples"
                | "sample"
                | "docs"
                | "doc"
                | "spec"
                | "e2e"
                | "benchmarks"
                | "playground"
        )
    };
    folders.split('/').any(|f| is_word(&f.to_ascii_lowercase()))
}
