//! What the code says that questions over the map need: which file imports which, and what each call asks for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;

use super::routes;
use crate::error::MapError;
use crate::query::{integer, text};
use crate::system::names::folder_of;
use crate::system_map::Spot;

/// A call as a detector saw it.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Option<String>,
    pub(super) route: Option<String>,
    /// The service of a remote procedure call.
    pub(super) service: Option<String>,
}

/// Calls by repository, file and line.
#[derive(Debug, Default)]
pub(super) struct Calls(BTreeMap<(String, String, i64), Vec<Call>>);

impl Calls {
    pub(super) fn read(session: &Session) -> Result<Self, MapError> {
        let sql = "select repo, path, line_start, kind, coalesce(name, '') as name, coalesce(method, '') as method, \
                   coalesce(http_route, '') as http_route, coalesce(target, '') as target from signals \
                   where kind in ('http-call', 'rpc-call') order by repo, path, line_start, method, http_route, target";
        let mut calls: BTreeMap<(String, String, i64), Vec<Call>> = BTreeMap::new();
        for batch in &session.query(sql)? {
            let column = |name| text(batch, "signals", name);
            let (repo, path, kind, name) = (column("repo")?, column("path")?, column("kind")?, column("name")?);
            let (method, route, target) = (column("method")?, column("http_route")?, column("target")?);
            let line = integer(batch, "signals", "line_start")?;
            for i in 0..batch.num_rows() {
                let filled = |t: &str| (!t.is_empty()).then(|| t.to_owned());
                let is_rpc = kind.value(i) == "rpc-call";
                let written = routes::path_of(target.value(i)).map(str::to_owned);
                calls.entry((repo.value(i).to_owned(), path.value(i).to_owned(), line.value(i))).or_default().push(
                    Call {
                        method: filled(method.value(i)),
                        route: filled(route.value(i)).or(written).filter(|_| !is_rpc),
                        service: filled(name.value(i)).filter(|_| is_rpc),
                    },
                );
            }
        }
        Ok(Self(calls))
    }

    pub(super) fn at(&self, spot: &Spot) -> impl Iterator<Item = &Call> {
        self.0.get(&(spot.repo.clone(), spot.path.clone(), spot.line_start)).into_iter().flatten()
    }
}

/// A file, by repository and path.
pub(super) type File = (String, String);

/// Files that can be come to, each with its rank.
pub(super) type Ranks = Rc<BTreeMap<String, usize>>;

/// Files of code and what they import.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) files: BTreeSet<File>,
    imports: BTreeMap<File, Vec<String>>,
    /// Files that import a file, in order.
    importers: BTreeMap<File, Vec<String>>,
    /// Files right in a folder, in order.
    by_parent: BTreeMap<File, Vec<String>>,
    /// What was found reachable before, by repository, folder and start: endpoints of one file share it.
    known: RefCell<BTreeMap<(String, String, String), Ranks>>,
}

impl Code {
    pub(super) fn read(session: &Session) -> Result<Self, MapError> {
        let pairs =
            |batches: &[RecordBatch], second: &'static str| -> Result<Vec<(String, String, String)>, MapError> {
                let mut out = Vec::new();
                for batch in batches {
                    let (a, b, c) =
                        (text(batch, "files", "repo")?, text(batch, "files", "path")?, text(batch, "imports", second)?);
                    out.extend(
                        (0..batch.num_rows())
                            .map(|i| (a.value(i).to_owned(), b.value(i).to_owned(), c.value(i).to_owned())),
                    );
                }
                Ok(out)
            };
        let files = session.query("select repo, path, kind from files where kind = 'code'")?;
        let imports = session.query(
            "select distinct repo, path, resolved_path from imports where resolved_path is not null \
             order by repo, path, resolved_path",
        )?;
        let mut code = Self::default();
        code.files.extend(pairs(&files, "kind")?.into_iter().map(|(repo, path, _)| (repo, path)));
        for (repo, path, target) in pairs(&imports, "resolved_path")? {
            code.importers.entry((repo.clone(), target.clone())).or_default().push(path.clone());
            code.imports.entry((repo, path)).or_default().push(target);
        }
        for (repo, path) in &code.files {
            code.by_parent.entry((repo.clone(), folder_of(path).to_owned())).or_default().push(path.clone());
        }
        Ok(code)
    }

    /// Files that the code of one can come to inside a folder, each with its rank, nearest first.
    ///
    /// Along imports; of an imported folder, the files right in it. A file that an import names may only say what is
    /// done, as an interface does: so files whose name holds its name and that stand beside it or import it count too.
    pub(super) fn reachable(&self, repo: &str, folder: &str, start: &str) -> Ranks {
        let key = (repo.to_owned(), folder.to_owned(), start.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.walk(repo, folder, start));
        self.known.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// Files that a file imports; of an imported folder, the files right in it.
    pub(super) fn imported(&self, repo: &str, path: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for target in self.imports.get(&(repo.to_owned(), path.to_owned())).into_iter().flatten() {
            let key = (repo.to_owned(), target.clone());
            if self.files.contains(&key) {
                found.insert(target.clone());
            } else {
                found.extend(self.by_parent.get(&key).into_iter().flatten().cloned());
            }
        }
        found
    }

    fn walk(&self, repo: &str, folder: &str, start: &str) -> BTreeMap<String, usize> {
        let of = |map: &'_ BTreeMap<File, Vec<String>>, path: &str| -> Vec<String> {
            map.get(&(repo.to_owned(), path.to_owned())).cloned().unwrap_or_default()
        };
        let is_inside = |path: &str| {
            let below = folder.is_empty() || path.strip_prefix(folder).is_some_and(|r| r.starts_with('/'));
            below && self.files.contains(&(repo.to_owned(), path.to_owned()))
        };
        let mut rank = BTreeMap::from([(start.to_owned(), 0)]);
        let mut open = VecDeque::from([start.to_owned()]);
        while let Some(path) = open.pop_front() {
            let mut next: Vec<String> = Vec::new();
            for target in of(&self.imports, &path) {
                if is_inside(&target) {
                    next.push(target);
                } else {
                    next.extend(of(&self.by_parent, &target));
                }
            }
            let name = stem(&path);
            if name.len() > 3 {
                let mut near: BTreeSet<String> = of(&self.by_parent, folder_of(&path)).into_iter().collect();
                near.extend(of(&self.importers, &path));
                next.extend(near.into_iter().filter(|p| {
                    let other = stem(p);
                    other.len() > name.len() && other.contains(name) && speaks_for(other, name)
                }));
            }
            for file in next.into_iter().filter(|p| is_inside(p)) {
                if !rank.contains_key(&file) {
                    rank.insert(file.clone(), rank.len());
                    open.push_back(file);
                }
            }
        }
        rank
    }
}

/// Whether a name is made of another by what people call the code behind an interface.
fn speaks_for(longer: &str, name: &str) -> bool {
    let rest = longer.replacen(name, "", 1);
    matches!(rest.trim_matches(['_', '-', '.']), "Impl" | "Default" | "Implementation" | "impl" | "Base" | "Abstract")
        || (longer.ends_with(name) && !rest.is_empty())
}

fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}
