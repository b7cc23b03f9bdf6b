//! Which functions a request comes to: from the one that answers, along the names that each one calls.
//!
//! Names are looked up where the language would look: in the type that stands before the dot, in the file itself, in what
//! it imports, beside it, and at last in the whole part where few things are called so. A name that many things have
//! leads nowhere, for a step that may not happen is worse than one that is not shown.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use sightline_facts::session::Session;

use super::bare;
use super::code::{Code, File};
use crate::error::MapError;
use crate::query::{integer, text};
use crate::system::names::{folder_of, is_below, is_go, last_part_of_name};
use crate::system_map::{Entity, Spot};

/// Functions after which a request is followed no further.
const MOST: usize = 800;
/// Things of one name in a part; a name of more says nothing.
const FEW: usize = 3;
/// Functions beside code that stands in none, up to which that code is theirs.
const SMALL: usize = 5;
/// What the code that keeps a kind of record is called besides.
const KEEPERS: [&str; 10] =
    ["repository", "repo", "dao", "mapper", "model", "entity", "record", "table", "collection", "objects"];

/// How libraries of many languages call asking a database, without signs.
const QUERIES: [&str; 12] = [
    "executemany",
    "execcontext",
    "fetchall",
    "fetchone",
    "fetchrow",
    "querycontext",
    "queryrow",
    "queryrowcontext",
    "queryrowx",
    "querymultiple",
    "rawquery",
    "executequery",
];

/// A function or a type.
#[derive(Debug)]
struct Symbol {
    file: File,
    lines: (i64, i64),
    name: String,
    /// Last name of what it stands in.
    owner: String,
    commit: Option<String>,
    is_function: bool,
    is_method: bool,
    is_constructor: bool,
    calls: Vec<(String, String)>,
}

/// Where a request comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// File that answers or registers.
    pub(super) file: File,
    /// Line of it.
    pub(super) line: i64,
    /// What answers, as written.
    pub(super) name: Option<String>,
    /// HTTP method.
    pub(super) method: Option<String>,
    /// Distinct lines of the file at which requests come in, in order.
    pub(super) beside: Vec<i64>,
}

/// What a request comes to.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Rank of each function.
    order: FxHashMap<usize, usize>,
    /// Names that those functions use, without case and signs.
    mentioned: BTreeSet<String>,
    /// Files of those functions.
    pub(super) files: BTreeSet<File>,
    /// Lines that answer without being a function.
    inline: Option<(File, i64, i64)>,
}

impl Told {
    /// Whether the code names something.
    pub(super) fn names(&self, name: &str) -> bool {
        self.mentioned.contains(&bare(name))
    }
}

/// Functions that one leads to, by folder and function.
type Known = BTreeMap<(String, usize), Rc<Vec<usize>>>;

/// Functions and types of all code that is no test.
#[derive(Debug, Default)]
pub(super) struct Functions {
    symbols: Vec<Symbol>,
    by_file: BTreeMap<File, Vec<usize>>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// Types by their last name without case and signs.
    types: FxHashMap<String, Vec<usize>>,
    /// Members by the name of their type.
    members: FxHashMap<String, Vec<usize>>,
    /// What a function leads to, by folder and function.
    known: RefCell<Known>,
}

impl Functions {
    pub(super) fn read(session: &Session) -> Result<Self, MapError> {
        let sql = "select repo, path, coalesce(\"commit\", '') as \"commit\", line_start, line_end, kind, name, coalesce(container, '') as container, \
                   coalesce(calls, '') as calls from symbols where not is_test and kind in ('function', 'method', \
                   'constructor', 'class', 'interface', 'trait', 'struct', 'record', 'object', 'type', 'module') \
                   order by repo, path, line_start, line_end desc, name";
        let mut all = Self::default();
        for batch in &session.query(sql)? {
            let column = |name| text(batch, "symbols", name);
            let (repo, path, kind, name) = (column("repo")?, column("path")?, column("kind")?, column("name")?);
            let commit = column("commit")?;
            let (container, calls) = (column("container")?, column("calls")?);
            let (first, last) = (integer(batch, "symbols", "line_start")?, integer(batch, "symbols", "line_end")?);
            for i in 0..batch.num_rows() {
                let used = calls.value(i).split(' ').filter(|c| !c.is_empty());
                all.push(Symbol {
                    file: (repo.value(i).to_owned(), path.value(i).to_owned()),
                    lines: (first.value(i), last.value(i)),
                    name: last_part_of_name(name.value(i)).to_owned(),
                    owner: last_part_of_name(container.value(i)).to_owned(),
                    commit: Some(commit.value(i)).filter(|c| !c.is_empty()).map(str::to_owned),
                    is_function: matches!(kind.value(i), "function" | "method" | "constructor"),
                    is_method: kind.value(i) == "method",
                    is_constructor: kind.value(i) == "constructor",
                    calls: used
                        .map(|c| c.rsplit_once('.').unwrap_or(("", c)))
                        .map(|(o, n)| (o.to_owned(), n.to_owned()))
                        .collect(),
                });
            }
        }
        Ok(all)
    }

    fn push(&mut self, symbol: Symbol) {
        let at = self.symbols.len();
        self.by_file.entry(symbol.file.clone()).or_default().push(at);
        if symbol.is_function {
            self.by_name.entry(symbol.name.clone()).or_default().push(at);
            if !symbol.owner.is_empty() {
                self.members.entry(symbol.owner.clone()).or_default().push(at);
            }
        } else {
            self.types.entry(bare(&symbol.name)).or_default().push(at);
        }
        self.symbols.push(symbol);
    }

    fn get(&self, at: usize) -> Option<&Symbol> {
        self.symbols.get(at)
    }

    /// Whether anything is known of the functions of a file.
    fn knows(&self, file: &File) -> bool {
        self.by_file.get(file).is_some_and(|all| all.iter().any(|at| self.get(*at).is_some_and(|s| s.is_function)))
    }

    /// What a request that comes in somewhere comes to; nothing where the code that answers could not be told.
    pub(super) fn told(&self, code: &Code, folder: &str, entry: &Entry) -> Option<Told> {
        let mut told = Told::default();
        let first = self.answering(code, folder, entry);
        if first.is_empty() {
            let is_inline = entry.name.is_none() && entry.beside.len() > 1 && !self.stands_in_a_function(entry);
            if !is_inline {
                return None;
            }
            let next = entry.beside.iter().copied().find(|l| *l > entry.line).unwrap_or(i64::MAX);
            told.inline = Some((entry.file.clone(), entry.line, next - 1));
            told.files.insert(entry.file.clone());
            return Some(told);
        }
        let mut open: VecDeque<usize> = VecDeque::new();
        for at in first {
            if told.order.insert(at, told.order.len()).is_none() {
                open.push_back(at);
            }
        }
        while let Some(at) = open.pop_front() {
            let Some(symbol) = self.get(at) else { continue };
            told.files.insert(symbol.file.clone());
            told.mentioned.insert(bare(&symbol.owner));
            let is_script = is_script(&symbol.file.1);
            for (owner, name) in &symbol.calls {
                // A variable that is only called like a table is asked for nothing that a table is: `user.toString()`.
                if !is_script
                    || is_name_of_type(owner)
                    || KEEPERS.iter().any(|k| bare(owner).ends_with(k))
                    || asks_for_data(name)
                {
                    told.mentioned.insert(bare(owner));
                }
                if !is_script || is_name_of_type(name) {
                    told.mentioned.insert(bare(name));
                }
            }
            if told.order.len() >= MOST {
                continue;
            }
            for next in self.callees(code, folder, at).iter() {
                if !told.order.contains_key(next) {
                    told.order.insert(*next, told.order.len());
                    open.push_back(*next);
                }
            }
        }
        told.mentioned.remove("");
        Some(told)
    }

    fn stands_in_a_function(&self, entry: &Entry) -> bool {
        self.function_at(&entry.file, entry.line).is_some()
    }

    /// The outermost function around a line.
    fn function_at(&self, file: &File, line: i64) -> Option<usize> {
        let all = self.by_file.get(file)?;
        let holds = |at: &usize| self.get(*at).is_some_and(|s| s.is_function && s.lines.0 <= line && line <= s.lines.1);
        all.iter().copied().find(holds)
    }

    /// The innermost type around a line.
    fn type_at(&self, file: &File, line: i64) -> Option<&Symbol> {
        let all = self.by_file.get(file)?;
        let around = all.iter().filter_map(|at| self.get(*at));
        around.filter(|s| !s.is_function && s.lines.0 <= line && line <= s.lines.1).last()
    }

    /// The functions that answer.
    fn answering(&self, code: &Code, folder: &str, entry: &Entry) -> Vec<usize> {
        let around = self.function_at(&entry.file, entry.line);
        if let Some(name) = entry.name.as_deref() {
            let found = self.named(code, folder, entry, name);
            if !found.is_empty() {
                return found;
            }
        }
        let inside = |at: usize| {
            let Some(s) = self.get(at) else { return 0 };
            entry.beside.iter().filter(|l| s.lines.0 <= **l && **l <= s.lines.1).count()
        };
        if let Some(at) = around {
            // A function around several registers them and answers none.
            return if inside(at) <= 1 { vec![at] } else { Vec::new() };
        }
        let own = || self.by_file.get(&entry.file).into_iter().flatten().copied();
        let is_function = |at: &usize| self.get(*at).is_some_and(|s| s.is_function);
        if let Some(method) = entry.method.as_deref() {
            let found: Vec<usize> =
                own().filter(is_function).filter(|at| self.get(*at).is_some_and(|s| s.name == method)).collect();
            if !found.is_empty() {
                return found;
            }
        }
        // What stands above a function describes it.
        let below = own()
            .filter(is_function)
            .find(|at| self.get(*at).is_some_and(|s| s.lines.0 > entry.line && s.lines.0 <= entry.line + 3));
        if let Some(at) = below.filter(|_| entry.name.is_some() || entry.beside.len() > 1) {
            return vec![at];
        }
        if entry.name.is_none() && entry.beside.len() <= 1 { own().filter(is_function).collect() } else { Vec::new() }
    }

    /// The functions that a handler's name, as written, means.
    fn named(&self, code: &Code, folder: &str, entry: &Entry, written: &str) -> Vec<usize> {
        let plain = written.split('(').next().unwrap_or(written);
        let plain = plain.trim_end_matches("::class").trim_end_matches(".as_view").trim_end_matches(".as_asgi");
        let words: Vec<&str> =
            plain.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let Some(last) = words.last().copied() else { return Vec::new() };
        let owner = words.len().checked_sub(2).and_then(|i| words.get(i)).copied().unwrap_or("");
        let repo = &entry.file.0;
        let is_called = |s: &Symbol, name: &str| s.name == name || bare(&s.name) == bare(name);
        let own: Vec<usize> = self.by_file.get(&entry.file).into_iter().flatten().copied().collect();
        let here: Vec<usize> = own
            .iter()
            .copied()
            .filter(|at| self.get(*at).is_some_and(|s| s.is_function && is_called(s, last)))
            .collect();
        let nearest = here.iter().copied().min_by_key(|at| {
            let s = self.get(*at);
            s.map_or(i64::MAX, |s| {
                if s.lines.0 <= entry.line && entry.line <= s.lines.1 { 0 } else { (s.lines.0 - entry.line).abs() }
            })
        });
        if let Some(at) = nearest {
            return vec![at];
        }
        if !owner.is_empty() {
            for owner in [owner.to_owned(), format!("{owner}Controller")] {
                let found = self.of_type(repo, folder, &owner, last);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        let types = self.types_named(repo, folder, last);
        if !types.is_empty() {
            return types.iter().flat_map(|t| self.all_members(*t)).collect();
        }
        self.look_up(code, folder, &entry.file, last, last.len() < 4)
    }

    fn is_inside(&self, at: usize, repo: &str, folder: &str) -> bool {
        self.get(at).is_some_and(|s| s.file.0 == repo && is_below(&s.file.1, folder))
    }

    /// Types of a name, those of the part before others of the repository; nothing where too many have it.
    fn types_named(&self, repo: &str, folder: &str, name: &str) -> Vec<usize> {
        let Some(all) = self.types.get(&bare(name)) else { return Vec::new() };
        let inside: Vec<usize> = all.iter().copied().filter(|at| self.is_inside(*at, repo, folder)).collect();
        let found = if inside.is_empty() {
            all.iter().copied().filter(|at| self.get(*at).is_some_and(|s| s.file.0 == repo)).collect()
        } else {
            inside
        };
        if found.len() > FEW { Vec::new() } else { found }
    }

    /// Functions that belong to a type, in whichever file of its folder they stand.
    fn all_members(&self, at: usize) -> Vec<usize> {
        let Some(of) = self.get(at) else { return Vec::new() };
        let beside = |s: &Symbol| s.file.0 == of.file.0 && folder_of(&s.file.1) == folder_of(&of.file.1);
        let members = self.members.get(&of.name).into_iter().flatten().copied();
        members.filter(|m| self.get(*m).is_some_and(beside)).collect()
    }

    fn of_type(&self, repo: &str, folder: &str, owner: &str, name: &str) -> Vec<usize> {
        let types = self.types_named(repo, folder, owner);
        let members = types.iter().flat_map(|t| self.all_members(*t));
        members.filter(|m| self.get(*m).is_some_and(|s| s.name == name || bare(&s.name) == bare(name))).collect()
    }

    /// Functions of a name as seen from a file: its own, those it imports, those beside it, those of the part.
    fn look_up(&self, code: &Code, folder: &str, file: &File, name: &str, is_vague: bool) -> Vec<usize> {
        let Some(all) = self.by_name.get(name) else { return Vec::new() };
        let of = |test: &dyn Fn(&Symbol) -> bool| -> Vec<usize> {
            all.iter().copied().filter(|at| self.get(*at).is_some_and(|s| s.file.0 == file.0 && test(s))).collect()
        };
        let part = of(&|s| is_below(&s.file.1, folder));
        if is_vague && part.len() > FEW {
            return Vec::new();
        }
        let own = of(&|s| s.file == *file);
        // What a thing of another name does stands elsewhere; in Go a method calls its own by any name.
        let is_elsewhere = is_vague && !is_go(&file.1);
        if !own.is_empty() && !is_elsewhere {
            return own;
        }
        let mut near = code.imported(&file.0, &file.1);
        let first = of(&|s| near.contains(&s.file.1));
        if !first.is_empty() {
            return first;
        }
        if !own.is_empty() {
            return own;
        }
        // A file that only hands on what others define.
        near = near.iter().flat_map(|f| code.imported(&file.0, f)).collect();
        let second = of(&|s| near.contains(&s.file.1));
        if !second.is_empty() && second.len() <= FEW {
            return second;
        }
        let beside = of(&|s| folder_of(&s.file.1) == folder_of(&file.1));
        if !beside.is_empty() && beside.len() <= FEW {
            return beside;
        }
        if part.len() <= FEW && name.len() > 4 { part } else { Vec::new() }
    }

    /// The functions that one calls.
    fn callees(&self, code: &Code, folder: &str, at: usize) -> Rc<Vec<usize>> {
        let key = (folder.to_owned(), at);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        if let Some(symbol) = self.get(at) {
            let repo = symbol.file.0.as_str();
            for (owner, name) in &symbol.calls {
                let is_own = matches!(owner.as_str(), "self" | "this" | "cls" | "super" | "Self" | "static" | "parent");
                if is_own && !symbol.owner.is_empty() {
                    let mut own = self.of_type(repo, folder, &symbol.owner, name);
                    if own.is_empty() {
                        own = self.look_up(code, folder, &symbol.file, name, true);
                    }
                    found.extend(own);
                    continue;
                }
                let types = if owner.is_empty() { Vec::new() } else { self.types_named(repo, folder, owner) };
                let members: Vec<usize> = types
                    .iter()
                    .flat_map(|t| self.all_members(*t))
                    .filter(|m| self.get(*m).is_some_and(|s| s.name == *name))
                    .collect();
                if !members.is_empty() {
                    found.extend(members);
                    continue;
                }
                if !types.is_empty() && !owner.chars().next().is_some_and(char::is_lowercase) {
                    // The type is ours and has no such member: it inherits it.
                    continue;
                }
                // Short names behind something unknown, such as `get` and `save`, are mostly those of a library.
                let is_vague = !owner.is_empty();
                if is_vague && name.len() < 5 {
                    continue;
                }
                let mut functions = self.look_up(code, folder, &symbol.file, name, is_vague);
                if owner.is_empty() && names_methods_by_their_owner(&symbol.file.1) {
                    functions.retain(|at| self.get(*at).is_some_and(|s| !s.is_method));
                }
                if functions.is_empty() && owner.is_empty() {
                    let made = self.types_named(repo, folder, name);
                    let constructors = made.iter().flat_map(|t| self.all_members(*t));
                    found.extend(constructors.filter(|m| self.get(*m).is_some_and(|s| s.is_constructor)));
                }
                found.extend(functions);
            }
        }
        let found = Rc::new(found);
        self.known.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// The rank of a place among what a request comes to.
    pub(super) fn rank(&self, told: &Told, spot: &Spot) -> Option<(usize, i64)> {
        let file = (spot.repo.clone(), spot.path.clone());
        if let Some((of, first, last)) = &told.inline {
            return (*of == file && (*first..=*last).contains(&spot.line_start)).then_some((0, spot.line_start));
        }
        if let Some(at) = self.function_at(&file, spot.line_start) {
            return told.order.get(&at).map(|rank| (*rank, spot.line_start));
        }
        let rank_of =
            |functions: &mut dyn Iterator<Item = usize>| functions.filter_map(|m| told.order.get(&m)).min().copied();
        if let Some(of) = self.type_at(&file, spot.line_start) {
            let own = self.by_file.get(&file).into_iter().flatten().copied();
            let mut members = own.filter(|at| self.get(*at).is_some_and(|s| s.is_function && s.owner == of.name));
            let rank = rank_of(&mut members);
            let is_used = told.mentioned.contains(&bare(&of.name));
            return rank.or(is_used.then_some(told.order.len())).map(|rank| (rank, spot.line_start));
        }
        let functions: Vec<usize> = self
            .by_file
            .get(&file)?
            .iter()
            .copied()
            .filter(|at| self.get(*at).is_some_and(|s| s.is_function))
            .collect();
        (functions.len() <= SMALL)
            .then(|| rank_of(&mut functions.into_iter()))
            .flatten()
            .map(|rank| (rank, spot.line_start))
    }

    /// The rank of a kind of record: where the code names it, or what keeps it.
    pub(super) fn rank_of_kept(&self, told: &Told, entity: &Entity) -> Option<(usize, i64)> {
        let file = (entity.spot.repo.clone(), entity.spot.path.clone());
        if let Some(at) = self.function_at(&file, entity.spot.line_start)
            && let Some(rank) = told.order.get(&at)
        {
            return Some((*rank, entity.spot.line_start));
        }
        let class = self.type_at(&file, entity.spot.line_start).map(|t| bare(&t.name)).unwrap_or_default();
        let own = bare(entity.name.rsplit('.').next().unwrap_or(&entity.name));
        let singular = own.strip_suffix('s').unwrap_or(&own);
        let is_named = [class.as_str(), own.as_str(), singular].into_iter().filter(|n| n.len() > 2).any(|n| {
            told.mentioned.contains(n)
                || told.mentioned.contains(&format!("{n}s"))
                || KEEPERS.iter().any(|k| {
                    told.mentioned.contains(&format!("{n}{k}")) || told.mentioned.contains(&format!("{n}s{k}"))
                })
        });
        is_named.then_some((told.order.len(), entity.spot.line_start))
    }

    /// The rank of the first function that asks a database in its own words, whatever it asks for.
    pub(super) fn rank_of_query(&self, told: &Told) -> Option<(usize, Spot)> {
        let asks = |s: &Symbol| {
            s.calls.iter().any(|(owner, name)| !owner.is_empty() && QUERIES.contains(&bare(name).as_str()))
        };
        let found = told.order.iter().filter_map(|(at, rank)| Some((*rank, self.get(*at)?))).filter(|(_, s)| asks(s));
        let (rank, symbol) = found.min_by_key(|(rank, _)| *rank)?;
        Some((
            rank,
            Spot {
                repo: symbol.file.0.clone(),
                path: symbol.file.1.clone(),
                line_start: symbol.lines.0,
                line_end: symbol.lines.1,
                commit: symbol.commit.clone(),
                basis: "inferred".to_owned(),
                about: format!("{} asks a database", symbol.name),
                seen: symbol.name.clone(),
            },
        ))
    }

    /// Whether requests of a file are told apart by functions.
    pub(super) fn tells(&self, entry: &Entry) -> bool {
        entry.name.is_some() && !self.symbols.is_empty() || self.knows(&entry.file) || entry.beside.len() > 1
    }
}

/// Whether a file is a script of JavaScript or TypeScript, where tables are mostly fields of a client.
fn is_script(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    matches!(extension, "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "vue" | "svelte")
}

/// Whether a name is written as those of types are.
fn is_name_of_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// Whether what is called reads or writes records, by the word that it begins with.
fn asks_for_data(name: &str) -> bool {
    const VERBS: [&str; 25] = [
        "find",
        "get",
        "create",
        "insert",
        "update",
        "upsert",
        "delete",
        "remove",
        "destroy",
        "save",
        "count",
        "aggregate",
        "group",
        "query",
        "select",
        "all",
        "first",
        "where",
        "exists",
        "bulk",
        "list",
        "add",
        "fetch",
        "load",
        "paginate",
    ];
    VERBS.iter().any(|verb| name.starts_with(verb))
}

/// Whether a language calls no method without what it belongs to.
fn names_methods_by_their_owner(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    matches!(
        extension,
        "py" | "js" | "jsx" | "mjs" | "ts" | "tsx" | "vue" | "svelte" | "go" | "rs" | "php" | "ex" | "exs"
    )
}

#[cfg(test)]
mod tests {
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::symbols::{self, SymbolRow, SymbolsBuilder};
    use sightline_facts::tables::{files, imports};

    use super::*;

    const ROUTES: &str = "shop/routes.py";
    const STORE: &str = "shop/store.py";

    /// Routes that are registered in one place, a class that answers two of them, and what it imports.
    fn shop() -> (Code, Functions) {
        let mut rows = SymbolsBuilder::default();
        for (path, line, kind, name, container, calls) in [
            (ROUTES, 1, "function", "register", None, "app.add self.health"),
            (ROUTES, 10, "class", "OrderView", None, ""),
            (ROUTES, 11, "method", "place", Some("OrderView"), "self.check store.write_order ?.get"),
            (ROUTES, 20, "method", "check", Some("OrderView"), "len"),
            (ROUTES, 30, "class", "HealthView", None, ""),
            (ROUTES, 31, "method", "get", Some("HealthView"), "Response"),
            (STORE, 1, "function", "write_order", None, "Order.objects db.fetchone"),
            (STORE, 9, "function", "drop_all", None, "db.fetchall"),
        ] {
            rows.push(&SymbolRow {
                path,
                line_start: line,
                line_end: line + 5,
                kind,
                name,
                container,
                calls: Some(calls),
                ..SymbolRow::default()
            });
        }
        let mut listed = files::FilesBuilder::default();
        for path in [ROUTES, STORE] {
            listed.push(&files::FileRow { path, kind: "code", ..files::FileRow::default() });
        }
        let mut used = imports::ImportsBuilder::default();
        used.push(&imports::ImportRow { path: ROUTES, resolved_path: Some(STORE), ..imports::ImportRow::default() });
        let session = Session::of_batches(vec![
            (&symbols::SPEC, vec![rows.finish()]),
            (&files::SPEC, vec![listed.finish()]),
            (&imports::SPEC, vec![used.finish()]),
        ])
        .expect("the rows fit");
        (Code::read(&session).expect("the rows are ours"), Functions::read(&session).expect("the rows are ours"))
    }

    /// Names of the functions that a request comes to, in order; nothing where they could not be told.
    fn comes_to(name: Option<&str>, line: i64) -> Option<Vec<String>> {
        let (code, functions) = shop();
        let entry = Entry {
            file: (String::new(), ROUTES.to_owned()),
            line,
            name: name.map(str::to_owned),
            method: None,
            beside: vec![2, 3, 4],
        };
        let told = functions.told(&code, "shop", &entry)?;
        let mut order: Vec<(usize, usize)> = told.order.iter().map(|(at, rank)| (*rank, *at)).collect();
        order.sort_unstable();
        Some(order.iter().filter_map(|(_, at)| functions.get(*at)).map(|s| s.name.clone()).collect())
    }

    #[test]
    fn a_request_comes_to_what_its_own_handler_calls() {
        let check = |name, line, expect: Option<&[&str]>| {
            let expect = expect.map(|e| e.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
            assert_eq!(comes_to(name, line), expect, "{name:?}");
        };
        check(Some("OrderView.place"), 2, Some(&["place", "check", "write_order"]));
        // A class that answers does so with all of its methods.
        check(Some("HealthView.as_view()"), 3, Some(&["get"]));
        // Near misses: a class of a library, and lines in a function that only registers.
        check(Some("LogoutView.as_view()"), 4, None);
        check(None, 2, None);
    }

    #[test]
    fn data_is_used_where_code_names_it_or_asks_a_database() {
        let (code, functions) = shop();
        let entry = Entry {
            file: (String::new(), ROUTES.to_owned()),
            line: 2,
            name: Some("OrderView.place".to_owned()),
            method: None,
            beside: vec![2, 3, 4],
        };
        let told = functions.told(&code, "shop", &entry).expect("the handler is known");
        let kept = |name: &str| {
            let entity = Entity { name: name.to_owned(), ..Entity::default() };
            functions.rank_of_kept(&told, &entity).is_some()
        };
        assert!(kept("order") && kept("orders") && !kept("invoice"));
        let (_, spot) = functions.rank_of_query(&told).expect("a function asks");
        assert_eq!((spot.path.as_str(), spot.line_start), (STORE, 1));
    }
}
