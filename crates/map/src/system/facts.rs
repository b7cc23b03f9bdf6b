//! What the map is made from: rows of source tables, owned and in a fixed order.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use sightline_facts::arrow::array::Array;
use sightline_facts::session::Session;
use sightline_facts::tables::documents::{DocumentRow, DocumentsView};
use sightline_facts::tables::owners::{OwnerRow, OwnersView};
use sightline_facts::tables::packages::{PackageRow, PackagesView};
use sightline_facts::tables::projects::{ProjectRow, ProjectsView};
use sightline_facts::tables::signals::{SignalRow, SignalsView};

use super::knowledge::fits;
use super::links::Gap;
use super::names::{folder_of, last_part, module_name};
use super::{charts, compose};
use crate::error::MapError;
use crate::query::{ask, integer, text, views};

/// A place in a file that shows something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) repo: Arc<str>,
    pub(super) path: Arc<str>,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
    pub(super) rule: Arc<str>,
    pub(super) seen: Arc<str>,
    pub(super) commit: Option<Arc<str>>,
}

/// A row of `signals`.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    pub(super) place: Place,
    pub(super) kind: Arc<str>,
    pub(super) name: Option<String>,
    pub(super) value: Option<String>,
    pub(super) target: Option<String>,
    pub(super) method: Option<String>,
    pub(super) http_route: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) technology: Option<String>,
    pub(super) scope: Option<String>,
    attributes: Option<String>,
    pub(super) basis: Arc<str>,
    /// The file whose service takes this over from one in another file.
    pub(super) taken_by: Option<Arc<str>>,
}

impl Signal {
    /// A captured value among the attributes.
    pub(super) fn attribute(&self, key: &str) -> Option<String> {
        let json: serde_json::Value = serde_json::from_str(self.attributes.as_deref()?).ok()?;
        json.get(key)?.as_str().map(str::to_owned)
    }

    /// Replaces values among the attributes for which there is another.
    pub(super) fn fill_attributes(&mut self, other: &dyn Fn(&str) -> Option<String>) {
        let Some(json) = self.attributes.as_deref().filter(|a| a.contains("{{")) else { return };
        let Ok(mut values) = serde_json::from_str::<BTreeMap<String, String>>(json) else { return };
        for value in values.values_mut() {
            if let Some(other) = other(value) {
                *value = other;
            }
        }
        self.attributes = serde_json::to_string(&values).ok();
    }

    /// The file that it speaks for: its own, or the one that takes it over.
    pub(super) fn speaks_for(&self) -> &Arc<str> {
        self.taken_by.as_ref().unwrap_or(&self.place.path)
    }

    /// Whether it is of a kind.
    pub(super) fn is(&self, kind: &str) -> bool {
        &*self.kind == kind
    }

    /// Whether it is about a technology.
    pub(super) fn technology_is(&self, technology: &str) -> bool {
        self.technology.as_deref() == Some(technology)
    }
}

/// A manifest that a project has.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) place: Place,
    pub(super) folder: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<(String, i64)>,
}

/// A package that a manifest asks for, outside tests and tools.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) place: Place,
    pub(super) folder: String,
    pub(super) ecosystem: String,
    pub(super) name: String,
    pub(super) is_runtime: bool,
}

/// A file of the tree.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) commit: Option<Arc<str>>,
    pub(super) kind: String,
    pub(super) language: Option<String>,
    pub(super) code_lines: i64,
}

/// A document for people.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) place: Place,
    pub(super) folder: String,
    pub(super) title: Option<String>,
    pub(super) summary: Option<(String, i64, i64)>,
}

/// A rule of a file of owners.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) repo: Arc<str>,
    pub(super) pattern: String,
    /// A person or team.
    pub(super) who: String,
}

/// Repository and path of a file.
pub(super) type FileId = (Arc<str>, Arc<str>);

/// All rows that the map is made from.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) repos: Vec<Arc<str>>,
    pub(super) signals: Vec<Signal>,
    pub(super) projects: Vec<Project>,
    pub(super) packages: Vec<Package>,
    /// By repository, then path.
    pub(super) files: FxHashMap<Arc<str>, BTreeMap<String, File>>,
    pub(super) documents: Vec<Document>,
    pub(super) owners: Vec<Owner>,
    /// Files inside the repository that a file imports, by repository and path.
    pub(super) imports: FxHashMap<FileId, Vec<Arc<str>>>,
    /// Entry points of programs: repository, path, line, name, kind.
    pub(super) entries: Vec<(Place, String, String)>,
    /// What already the reading of files that build on each other could not follow.
    pub(super) gaps: Vec<Gap>,
}

/// Parts of a path below which systems are tried or shown, not run.
const ASIDE: &[&str] =
    &["test", "tests", "__tests__", "testdata", "fixtures", "e2e", "e2e-tests", "spec", "node_modules", "vendor"];

/// Whether a file says nothing of the system that runs.
pub(super) fn is_aside(path: &str) -> bool {
    folder_of(path).split('/').any(|part| ASIDE.contains(&part.to_ascii_lowercase().as_str()))
}

/// Texts that occur often, kept once.
#[derive(Default)]
struct Interner(FxHashMap<String, Arc<str>>);

impl Interner {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let made: Arc<str> = Arc::from(text);
        self.0.insert(text.to_owned(), Arc::clone(&made));
        made
    }
}

/// Names of folders that people give any clone.
const CLONES: &[&str] = &[
    "repo",
    "repository",
    "src",
    "source",
    "code",
    "app",
    "project",
    "workspace",
    "checkout",
    "clone",
    "work",
    "build",
    "main",
    "master",
    "tree",
];

impl Facts {
    /// What a repository is called: by its source; where that is only what any clone may be called, by the manifest at
    /// its root, or by the title of its README where that is a name.
    pub(super) fn name_of<'f>(&'f self, repo: &'f str) -> &'f str {
        let is_any = |name: &str| CLONES.contains(&name.to_ascii_lowercase().as_str());
        let own = last_part(repo);
        if !is_any(own) {
            return own;
        }
        let manifests = self.projects.iter().filter(|p| &*p.place.repo == repo && p.folder.is_empty());
        let named = manifests.filter_map(|p| p.name.as_deref()).map(module_name).find(|n| !is_any(n) && n.len() > 1);
        named
            .or_else(|| {
                let readme = self.documents.iter().find(|d| &*d.place.repo == repo && d.folder.is_empty())?;
                let title = readme.title.as_deref()?;
                let name = title.split([':', '|', '(', '–', '—']).next()?.split(" - ").next()?.trim();
                let is_name = name.split_whitespace().count() <= 2
                    && name.chars().all(|c| c.is_alphanumeric() || " -_.".contains(c));
                (is_name && !name.is_empty() && !is_any(name)).then_some(name)
            })
            .unwrap_or(own)
    }

    /// Reads the rows of all repositories.
    pub(super) fn read(session: &Session, repos: &[String]) -> Result<Self, MapError> {
        let mut facts = Self::default();
        let mut names = Interner::default();
        for repo in repos {
            facts.repos.push(names.get(repo));
            facts.read_one(session, repo, &mut names)?;
        }
        Ok(facts)
    }

    fn read_one(&mut self, session: &Session, repo: &str, names: &mut Interner) -> Result<(), MapError> {
        let place = |names: &mut Interner, row: (&str, i64, i64), rule: &str, seen: &str, commit: Option<&str>| Place {
            repo: names.get(repo),
            path: names.get(row.0),
            line_start: row.1,
            line_end: row.2,
            rule: names.get(rule),
            seen: Arc::from(seen),
            commit: commit.map(|c| names.get(c)),
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let sql = "select * from signals where repo = :repo order by path, line_start, rule, kind, name, target, http_route, \
                   seen, method, value, scope, technology, messaging_destination, attributes";
        let signals = views!(session, repo, sql, SignalsView, "signals")?;
        for s in signals.iter().flat_map(SignalsView::rows).filter(|s: &SignalRow<'_>| !is_aside(s.path)) {
            let place = place(names, (s.path, s.line_start, s.line_end), s.rule, s.seen, s.commit);
            self.signals.push(Signal {
                place,
                kind: names.get(s.kind),
                name: owned(s.name),
                value: owned(s.value),
                target: owned(s.target),
                method: owned(s.method),
                http_route: owned(s.http_route),
                topic: owned(s.messaging_destination),
                technology: owned(s.technology),
                scope: owned(s.scope),
                attributes: owned(s.attributes),
                basis: names.get(s.basis),
                taken_by: None,
            });
        }
        let sql = "select * from projects where repo = :repo order by path, line_start";
        let projects = views!(session, repo, sql, ProjectsView, "projects")?;
        for p in projects.iter().flat_map(ProjectsView::rows).filter(|p: &ProjectRow<'_>| !is_aside(p.path)) {
            self.projects.push(Project {
                // The first line of a manifest shows itself; no text of it is demanded.
                place: place(names, (p.path, p.line_start, p.line_end), "manifest", "", p.commit),
                folder: folder_of(p.path).to_owned(),
                name: owned(p.name),
                description: p.description.map(str::to_owned).zip(p.description_line),
            });
        }
        let sql = "select * from packages where repo = :repo and not is_lock and scope not in ('dev', 'test') \
                   and coalesce(is_direct, true) \
                   order by path, line_start, name";
        let packages = views!(session, repo, sql, PackagesView, "packages")?;
        for p in packages.iter().flat_map(PackagesView::rows).filter(|p: &PackageRow<'_>| !is_aside(p.path)) {
            self.packages.push(Package {
                place: place(names, (p.path, p.line_start, p.line_end), "manifest", p.name_in_file, p.commit),
                folder: folder_of(p.path).to_owned(),
                ecosystem: p.ecosystem.to_owned(),
                name: p.name.to_owned(),
                is_runtime: matches!(p.scope, "runtime" | "unknown" | "peer" | "optional"),
            });
        }
        charts::fill(repo, &mut self.signals);
        self.gaps.extend(compose::take_over(repo, &mut self.signals));
        self.drop_signals_of_other_frameworks(session, repo)?;
        let mut files = BTreeMap::new();
        for batch in
            ask(session, "select path, \"commit\", kind, language, code_lines from files where repo = :repo", repo)?
        {
            let (paths, kinds) = (text(&batch, "files", "path")?, text(&batch, "files", "kind")?);
            let commits = text(&batch, "files", "commit")?;
            let (languages, lines) = (text(&batch, "files", "language")?, integer(&batch, "files", "code_lines")?);
            for i in 0..batch.num_rows() {
                let language = (!languages.is_null(i)).then(|| languages.value(i).to_owned());
                let commit = (!commits.is_null(i)).then(|| names.get(commits.value(i)));
                let file = File { commit, kind: kinds.value(i).to_owned(), language, code_lines: lines.value(i) };
                files.insert(paths.value(i).to_owned(), file);
            }
        }
        self.files.insert(names.get(repo), files);
        let sql = "select * from documents where repo = :repo and kind = 'readme' order by path";
        let documents = views!(session, repo, sql, DocumentsView, "documents")?;
        for d in documents.iter().flat_map(DocumentsView::rows) {
            let d: DocumentRow<'_> = d;
            let summary = d.summary.map(str::to_owned).zip(d.summary_start.zip(d.summary_end));
            self.documents.push(Document {
                place: place(names, (d.path, d.line_start, d.line_end), "readme", "", d.commit),
                folder: folder_of(d.path).to_owned(),
                title: owned(d.title),
                summary: summary.map(|(text, (start, end))| (text, start, end)),
            });
        }
        let owners =
            views!(session, repo, "select * from owners where repo = :repo order by position", OwnersView, "owners")?;
        for o in owners.iter().flat_map(OwnersView::rows) {
            let o: OwnerRow<'_> = o;
            self.owners.push(Owner { repo: names.get(repo), pattern: o.pattern.to_owned(), who: o.owner.to_owned() });
        }
        let sql = "select path, resolved_path from imports where repo = :repo and kind = 'internal' \
                   and resolved_path is not null group by path, resolved_path order by path, resolved_path";
        for batch in ask(session, sql, repo)? {
            let (paths, resolved) = (text(&batch, "imports", "path")?, text(&batch, "imports", "resolved_path")?);
            for i in 0..batch.num_rows() {
                let from = (names.get(repo), names.get(paths.value(i)));
                self.imports.entry(from).or_default().push(names.get(resolved.value(i)));
            }
        }
        Ok(())
    }

    /// Some detectors know a framework by names of files alone, which mean nothing elsewhere: their signals say with which
    /// packages they hold, and are dropped where no manifest in a folder above asks for one, in whatever scope.
    fn drop_signals_of_other_frameworks(&mut self, session: &Session, repo: &str) -> Result<(), MapError> {
        let wanted = |s: &Signal| s.attributes.as_ref().is_some_and(|a| a.contains("\"only_with\""));
        if !self.signals.iter().any(|s| &*s.place.repo == repo && wanted(s)) {
            return Ok(());
        }
        let mut asked: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql = "select path, ecosystem, name from packages where repo = :repo and not is_lock \
                   group by path, ecosystem, name order by path, ecosystem, name";
        for batch in ask(session, sql, repo)? {
            let (paths, names) = (text(&batch, "packages", "path")?, text(&batch, "packages", "name")?);
            let ecosystems = text(&batch, "packages", "ecosystem")?;
            for i in 0..batch.num_rows() {
                let folder = folder_of(paths.value(i)).to_owned();
                asked.entry(folder).or_default().push(format!("{}:{}", ecosystems.value(i), names.value(i)));
            }
        }
        self.signals.retain(|s| {
            if &*s.place.repo != repo || !wanted(s) {
                return true;
            }
            let patterns = s.attribute("only_with").unwrap_or_default();
            let mut folder = folder_of(&s.place.path);
            loop {
                let here = asked.get(folder).into_iter().flatten();
                if here.clone().any(|package| patterns.split('|').any(|p| fits(p, package))) {
                    return true;
                }
                if folder.is_empty() {
                    return false;
                }
                folder = folder_of(folder);
            }
        });
        Ok(())
    }

    /// Reads the programs that the code structure shows; a later step than the rest, since they are derived themselves.
    pub(super) fn read_entries(&mut self, session: &Session, repos: &[String]) -> Result<(), MapError> {
        use sightline_facts::tables::entry_points::{EntryPointRow, EntryPointsView};
        for repo in repos {
            let sql = "select * from entry_points where repo = :repo order by path, line_start, name";
            let views = views!(session, repo, sql, EntryPointsView, "entry_points")?;
            for e in views.iter().flat_map(EntryPointsView::rows) {
                let e: EntryPointRow<'_> = e;
                let place = Place {
                    repo: Arc::from(repo.as_str()),
                    path: Arc::from(e.path),
                    line_start: e.line_start,
                    line_end: e.line_end,
                    rule: Arc::from("entry-point"),
                    seen: Arc::from(""),
                    commit: e.commit.map(Arc::from),
                };
                self.entries.push((place, e.name.to_owned(), e.kind.to_owned()));
            }
        }
        Ok(())
    }
}
