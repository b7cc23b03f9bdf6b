//! What components offer and keep: endpoints, and the tables and records of their stores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::facts::{Facts, Place, Signal};
use super::knowledge::knowledge;
use super::names::{folder_of, is_below, is_go, key, last_part, stem};
use super::parts::{Part, Parts};
use super::settings::Readers;

mod commands;
use commands::Commands;

/// An operation that a part offers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Endpoint {
    pub(super) part: usize,
    pub(super) protocol: &'static str,
    pub(super) method: Option<String>,
    pub(super) http_route: Option<String>,
    pub(super) base_path: Option<String>,
    pub(super) name: Option<String>,
    pub(super) basis: String,
    pub(super) place: Place,
}

/// A table or kind of record.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) part: Option<usize>,
    pub(super) store: Option<usize>,
    pub(super) basis: String,
    pub(super) place: Place,
    pub(super) fields: BTreeMap<String, Field>,
}

impl Entity {
    /// Adds the fields of another description of the same.
    fn take_fields(&mut self, other: &Self) {
        for (name, field) in &other.fields {
            self.fields.entry(name.clone()).or_insert_with(|| field.clone());
        }
    }
}

/// A column of it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) type_name: Option<String>,
    /// Kind of personal data and the rule.
    pub(super) personal: Option<(&'static str, &'static str)>,
    pub(super) place: Place,
    pub(super) basis: &'static str,
}

/// Finds the endpoints of all parts, sorted and each once.
pub(super) fn endpoints(facts: &Facts, parts: &Parts) -> Vec<Endpoint> {
    let base_paths = base_paths(facts, parts);
    let prefixes = Prefixes::of(facts);
    let classes = RouteClasses::of(facts);
    let commands = Commands::of(facts);
    let mut found: BTreeSet<Endpoint> = BTreeSet::new();
    let mut routed: BTreeSet<usize> = BTreeSet::new();
    let mut methods: BTreeMap<String, Vec<&Signal>> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("rpc-method")) {
        methods.entry(key(s.scope.as_deref().unwrap_or_default())).or_default().push(s);
    }
    let endpoint = |s: &Signal, part: usize, protocol: &'static str| Endpoint {
        part,
        protocol,
        method: None,
        http_route: None,
        base_path: if protocol == "http" { base_paths.get(&part).cloned() } else { None },
        name: s.name.clone(),
        basis: s.basis.to_string(),
        place: s.place.clone(),
    };
    for s in &facts.signals {
        let protocol = match &*s.kind {
            "route" => "http",
            "page" => "page",
            "graphql-operation" => "graphql",
            "cli-command" => "command",
            "rpc-service" if &*s.place.rule != "proto-rpc" => "grpc",
            _ => continue,
        };
        if let Some(implemented) = classes.routes(parts, s) {
            for (at, route) in implemented {
                routed.insert(at);
                let (method, basis) = (s.method.clone(), "resolved".to_owned());
                found.insert(Endpoint { method, http_route: Some(route), basis, ..endpoint(s, at, protocol) });
            }
            continue;
        }
        for at in parts.owners(&s.place.repo, &s.place.path) {
            // A background job runs the same code and answers nobody.
            if parts.all[*at].kind == "job" {
                continue;
            }
            match protocol {
                "grpc" => {
                    for name in operations(&methods, s.name.as_deref().unwrap_or_default()) {
                        found.insert(Endpoint { name: Some(name), ..endpoint(s, *at, protocol) });
                    }
                }
                "http" => {
                    let Some(route) = s.http_route.clone() else { continue };
                    routed.insert(*at);
                    for prefix in prefixes.of_route(facts, s) {
                        let route = joined(classes.inherited(s), &route);
                        let (method, http_route) = (s.method.clone(), Some(joined(&prefix, &route)));
                        found.insert(Endpoint { method, http_route, ..endpoint(s, *at, protocol) });
                    }
                }
                "command" => {
                    found.insert(Endpoint { name: commands.full_name(s), ..endpoint(s, *at, protocol) });
                }
                "page" => {
                    found.insert(Endpoint { http_route: s.http_route.clone(), ..endpoint(s, *at, protocol) });
                }
                _ => {
                    found.insert(endpoint(s, *at, protocol));
                }
            }
        }
    }
    // A contract speaks for a component whose code shows no route.
    for s in facts.signals.iter().filter(|s| s.is("api-operation")) {
        for at in parts.owners(&s.place.repo, &s.place.path).iter().filter(|at| !routed.contains(at)) {
            let (method, http_route) = (s.method.clone(), s.http_route.clone());
            found.insert(Endpoint { method, http_route, ..endpoint(s, *at, "http") });
        }
    }
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .filter(|e| {
            let name = if e.http_route.is_some() { None } else { e.name.clone() };
            seen.insert((e.part, e.protocol, e.method.clone(), e.http_route.clone(), name))
        })
        .collect()
}

/// Paths that settings put before all routes of a part.
fn base_paths(facts: &Facts, parts: &Parts) -> BTreeMap<usize, String> {
    let readers = Readers::of_parts(parts);
    let mut bases: BTreeMap<usize, String> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("base-path")) {
        let Some(route) = s.http_route.as_deref().filter(|r| *r != "/") else { continue };
        for reader in readers.of(parts, &s.place).iter().filter(|r| !r.is_shared) {
            bases.entry(reader.part).or_insert_with(|| route.to_owned());
        }
    }
    bases
}

/// The operations of a service of remote calls, each with the service's name; that alone where none is known.
fn operations(methods: &BTreeMap<String, Vec<&Signal>>, service: &str) -> Vec<String> {
    let of_service = methods.get(&key(last_part(service)));
    let mut names: Vec<&str> = of_service.into_iter().flatten().filter_map(|m| m.name.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return vec![service.to_owned()];
    }
    names.into_iter().map(|name| format!("{service}/{name}")).collect()
}

/// Classes that answer at the routes which an interface or a class declares, perhaps in another project.
struct RouteClasses<'a> {
    /// By repository and what they implement or extend.
    of: BTreeMap<(&'a str, String), Vec<&'a Signal>>,
    /// What each class implements or extends, by repository and class.
    above: BTreeMap<(&'a str, String), Vec<&'a Signal>>,
    /// Paths of classes, for those that extend them.
    paths: BTreeMap<(&'a str, String), &'a str>,
}

/// Classes between one that declares routes and one that answers at them.
const MAX_CLASSES: usize = 8;

impl<'a> RouteClasses<'a> {
    fn of(facts: &'a Facts) -> Self {
        let mut classes = Self { of: BTreeMap::new(), above: BTreeMap::new(), paths: BTreeMap::new() };
        for s in &facts.signals {
            let repo = &*s.place.repo;
            let name = s.name.as_deref().unwrap_or_default();
            if s.is("class-path")
                && let Some(path) = s.http_route.as_deref()
            {
                classes.paths.insert((repo, key(name)), path);
            }
            if s.is("route-class")
                && let Some(interface) = &s.target
            {
                classes.of.entry((repo, key(interface))).or_default().push(s);
                classes.above.entry((repo, key(name))).or_default().push(s);
            }
        }
        classes
    }

    /// Parts that answer at a route of an interface, and where; nothing where the route is not one of an interface, or
    /// where nobody implements it and it counts as it stands.
    fn routes(&self, parts: &Parts, s: &Signal) -> Option<Vec<(usize, String)>> {
        let interface = s.attribute("interface")?;
        let route = s.http_route.as_deref().unwrap_or("/");
        let mut answers = Vec::new();
        let is_implemented = self.answer(parts, &s.place.repo, &interface, route, 0, &mut answers);
        (is_implemented || s.attribute("unimplemented").is_some()).then_some(answers)
    }

    /// Adds the parts whose classes implement or extend something, at any distance; whether there are such classes.
    fn answer(
        &self,
        parts: &Parts,
        repo: &str,
        interface: &str,
        route: &str,
        depth: usize,
        answers: &mut Vec<(usize, String)>,
    ) -> bool {
        let mut any = false;
        let classes = self.of.get(&(repo, key(interface))).filter(|_| depth < MAX_CLASSES);
        for class in classes.into_iter().flatten() {
            let name = class.name.as_deref().unwrap_or_default();
            if class.attribute("between").is_some() {
                any |= self.answer(parts, repo, name, route, depth + 1, answers);
                continue;
            }
            any = true;
            let own = class.http_route.as_deref();
            let prefix = own.or_else(|| self.path_above(repo, name, 0)).unwrap_or_default().trim_matches('/');
            let owners = parts.owners(&class.place.repo, &class.place.path).iter();
            answers.extend(owners.map(|at| (*at, joined(prefix, route))));
        }
        any
    }

    /// What a class that has no path of its own inherits as one.
    fn path_above(&self, repo: &str, class: &str, depth: usize) -> Option<&'a str> {
        let above = self.above.get(&(repo, key(class))).filter(|_| depth < MAX_CLASSES)?;
        above.iter().find_map(|s| {
            let name = s.target.as_deref().unwrap_or_default();
            let own = self.paths.get(&(repo, key(name))).copied();
            own.or_else(|| self.path_above(repo, name, depth + 1))
        })
    }

    /// What stands before a route of a class because of what that class extends.
    fn inherited(&self, s: &Signal) -> &'a str {
        let class = s.name.as_deref().filter(|_| s.technology_is("spring-web")).and_then(|n| n.split('.').next());
        let Some(class) = class.filter(|_| !self.paths.is_empty()) else { return "" };
        let above = self.above.get(&(&*s.place.repo, key(class)));
        let has_none = above.is_some_and(|all| all.iter().all(|a| a.http_route.is_none()));
        if has_none { self.path_above(&s.place.repo, class, 0).unwrap_or_default() } else { "" }
    }
}

fn joined(prefix: &str, route: &str) -> String {
    let prefix = prefix.trim_matches('/');
    if prefix.is_empty() {
        return route.to_owned();
    }
    let prefix = format!("/{prefix}");
    match route.trim_matches('/') {
        "" => prefix,
        rest => format!("{prefix}/{rest}"),
    }
}

/// Repository, file and name of a router.
type Router = (Arc<str>, Arc<str>, String);

/// Paths under which routers are mounted.
struct Prefixes<'a> {
    /// By file and router: where it is mounted there.
    here: FxHashMap<Router, Vec<&'a Signal>>,
    /// All mounts under a path, and whether they mount a single function.
    mounted: Vec<(&'a Signal, bool)>,
    /// Modules from which files import what they mount, by file and the name that they give it.
    imported: FxHashMap<Router, Vec<&'a str>>,
}

/// How deep routers are mounted in one another before we stop to follow them.
const MAX_MOUNTS: usize = 6;
/// Paths that one router may stand under.
const MAX_PREFIXES: usize = 16;

impl<'a> Prefixes<'a> {
    fn of(facts: &'a Facts) -> Self {
        let mut here: FxHashMap<_, Vec<&Signal>> = FxHashMap::default();
        let mut mounted = Vec::new();
        for s in facts.signals.iter().filter(|s| s.is("route-prefix") && s.http_route.is_some()) {
            let name = s.name.as_deref().unwrap_or_default();
            // `bills::router` is not the function `router` of this file.
            if !name.contains("::") || name.to_ascii_lowercase().starts_with("self::") {
                let id = (Arc::clone(&s.place.repo), Arc::clone(&s.place.path), key(last_part(name)));
                here.entry(id).or_default().push(s);
            }
            mounted.push((s, s.attribute("of").as_deref() == Some("handler")));
        }
        let mut imported: FxHashMap<_, Vec<&str>> = FxHashMap::default();
        for s in facts.signals.iter().filter(|s| s.is("router-import")) {
            if let (Some(name), Some(module)) = (&s.name, s.target.as_deref()) {
                let id = (Arc::clone(&s.place.repo), Arc::clone(&s.place.path), key(name));
                imported.entry(id).or_default().push(module);
            }
        }
        Self { here, mounted, imported }
    }

    /// Prefixes of a route; one empty one where nothing mounts its router.
    fn of_route(&self, facts: &Facts, s: &Signal) -> Vec<String> {
        self.above(facts, s, 0)
    }

    /// What the files that mount this one put before it, and what its own file does.
    fn above(&self, facts: &Facts, s: &Signal, depth: usize) -> Vec<String> {
        let own = self.inside(s, 0);
        let others = self.mounted.iter().filter(|_| depth < MAX_MOUNTS);
        let others = others.filter(|(m, _)| m.place.repo == s.place.repo && m.place.path != s.place.path);
        let mounts: Vec<(Fit, &Signal)> = others
            .filter_map(|(mount, is_of_handler)| Some((self.mounts(facts, mount, *is_of_handler, s)?, *mount)))
            .collect();
        let best = mounts.iter().map(|(fit, _)| *fit).max();
        let mut outer: Vec<String> = Vec::new();
        for (_, mount) in mounts.iter().filter(|(fit, _)| Some(*fit) == best) {
            let route = mount.http_route.as_deref().unwrap_or_default();
            outer.extend(self.above(facts, mount, depth + 1).iter().map(|above| joined(above, route)));
        }
        if outer.is_empty() {
            return own;
        }
        outer.sort();
        outer.dedup();
        outer.truncate(MAX_PREFIXES);
        let mut all: Vec<String> = outer.iter().flat_map(|o| own.iter().map(|i| joined(o, i))).collect();
        all.sort();
        all.dedup();
        all.truncate(MAX_PREFIXES);
        all
    }

    /// What its own file puts before a router: groups stand in groups.
    fn inside(&self, s: &Signal, depth: usize) -> Vec<String> {
        let on = s.attribute("on").unwrap_or_default();
        let handler = s.name.as_deref().filter(|_| on.is_empty() && s.is("route")).unwrap_or_default();
        let router = key(if on.is_empty() { last_part(handler) } else { &on });
        let id = (Arc::clone(&s.place.repo), Arc::clone(&s.place.path), router);
        let mounts = self.here.get(&id).filter(|_| depth < MAX_MOUNTS && !id.2.is_empty());
        let mut own: Vec<String> = Vec::new();
        for mount in mounts.into_iter().flatten().filter(|m| m.place != s.place) {
            let route = mount.http_route.as_deref().unwrap_or_default();
            own.extend(self.inside(mount, depth + 1).iter().map(|above| joined(above, route)));
        }
        own.sort();
        own.dedup();
        own.truncate(MAX_PREFIXES);
        if own.is_empty() { vec![String::new()] } else { own }
    }

    /// How well a mount in one file fits the router of another: it imports that file, and names it.
    fn mounts(&self, facts: &Facts, mount: &Signal, is_of_handler: bool, route: &Signal) -> Option<Fit> {
        let name = mount.name.as_deref().unwrap_or_default();
        // What a name stands for is told by its import, whatever other files are called.
        let id = (Arc::clone(&mount.place.repo), Arc::clone(&mount.place.path), key(name));
        if let Some(modules) = self.imported.get(&id) {
            let stem = module_stem(&route.place.path);
            if modules.iter().any(|m| is_module(&mount.place.path, m, stem)) {
                return Some(Fit::Named);
            }
            // A package may hand on what its files define.
            let is_in_package = |m: &&str| {
                let above = stem.match_indices('/').map(|(at, _)| &stem[..at]);
                above.rev().any(|folder| is_module(&mount.place.path, m, folder))
            };
            if !modules.iter().any(is_in_package) {
                return None;
            }
        }
        // A mount of single functions says nothing of the others in their file.
        if is_of_handler && route.name.as_deref().is_none_or(|n| key(last_part(n)) != key(last_part(name))) {
            return None;
        }
        let from = (Arc::clone(&mount.place.repo), Arc::clone(&mount.place.path));
        let imports = facts.imports.get(&from)?;
        if !imports.iter().any(|t| **t == *route.place.path || is_below(&route.place.path, t)) {
            return None;
        }
        let wanted = module_of(&route.place.path);
        if wanted.is_empty() {
            return None;
        }
        let words: Vec<String> = name
            .split(['.', '/', ':', '\\'])
            .map(key)
            .filter(|w| w.len() > 1 && w != "router" && w != "routes")
            .collect();
        let bare = |w: &str| w.trim_end_matches("router").trim_end_matches("routes").to_owned();
        let is_exact = |file: &str| words.iter().any(|w| !file.is_empty() && (w == file || bare(w) == file));
        let is_package = is_go(&route.place.path)
            && words.first().is_some_and(|w| *w == key(last_part(folder_of(&route.place.path))));
        if is_of_handler || is_package || is_exact(&wanted) {
            return Some(Fit::Named);
        }
        // `orders_api` is no mount of `api` where a file `orders_api` is imported as well.
        if imports.iter().any(|t| is_exact(&module_of(t))) {
            return None;
        }
        words.iter().any(|w| w.contains(&wanted) || wanted.contains(w.as_str())).then_some(Fit::Alike)
    }
}

/// A file of Python without what all such files have: the module that it is.
fn module_stem(file: &str) -> &str {
    let stem = file.strip_suffix(".py").unwrap_or(file);
    stem.strip_suffix("/__init__").unwrap_or(stem)
}

/// Whether a module is the one that another file imports by a name such as `shop.orders.views` or `.views`.
fn is_module(importer: &str, module: &str, stem: &str) -> bool {
    let bare = module.trim_start_matches('.');
    let path = bare.replace('.', "/");
    let ups = module.len() - bare.len();
    if ups == 0 {
        return stem == path || stem.ends_with(&format!("/{path}"));
    }
    let above = (1..ups).fold(folder_of(importer), |folder, _| folder_of(folder));
    let full = if above.is_empty() || path.is_empty() { format!("{above}{path}") } else { format!("{above}/{path}") };
    stem == full
}

/// How a mount names the file of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// One name holds the other.
    Alike,
    /// By the name itself.
    Named,
}

/// What a file of routes is about: its name, or that of its folder where the name is one that all such files have.
fn module_of(path: &str) -> String {
    let file = stem(path);
    if matches!(file, "index" | "__init__" | "mod" | "routes" | "router" | "urls" | "views") {
        return key(last_part(folder_of(path)));
    }
    key(file)
}

/// Finds tables and records, with their fields.
pub(super) fn entities(facts: &Facts, parts: &Parts, stores_of: &BTreeMap<usize, Vec<usize>>) -> Vec<Entity> {
    let mut found: BTreeMap<(Option<usize>, String), Entity> = BTreeMap::new();
    // The table of each class that is kept in one of another name.
    let mut classes: BTreeMap<(Option<usize>, String), String> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("table") || s.is("data-model")) {
        let table = s.attribute("table");
        let Some(name) = table.as_deref().or(s.name.as_deref()).map(last_part) else { continue };
        for part in keepers(parts, &s.place) {
            let stores = part.and_then(|p| stores_of.get(&p)).map_or(&[][..], Vec::as_slice);
            let databases: Vec<usize> = stores.iter().copied().filter(|at| parts.all[*at].kind == "database").collect();
            let store = match databases[..] {
                [one] => Some(one),
                [] if stores.len() == 1 => Some(stores[0]),
                _ => None,
            };
            let store = kept_in(parts, &s.place, &databases, store).or_else(|| store_at(parts, &s.place));
            let kind = if s.is("table") { "table" } else { "model" };
            if let Some(class) = &s.name {
                classes.insert((part, key(class)), key(name));
            }
            let entity = found.entry((part, key(name))).or_insert_with(|| Entity {
                name: name.to_owned(),
                kind,
                part,
                store,
                basis: s.basis.to_string(),
                place: s.place.clone(),
                fields: BTreeMap::new(),
            });
            if kind == "table" {
                entity.kind = "table";
            }
        }
    }
    for s in facts.signals.iter().filter(|s| s.is("column")) {
        let (Some(name), Some(table)) = (&s.name, &s.scope) else { continue };
        for part in keepers(parts, &s.place) {
            let mut id = (part, key(last_part(table)));
            if let Some(named) = classes.get(&id).filter(|_| !found.contains_key(&id)) {
                id.1.clone_from(named);
            }
            if let Some(entity) = found.get_mut(&id) {
                entity.fields.entry(name.clone()).or_insert_with(|| Field {
                    type_name: s.value.clone(),
                    personal: personal_of(name, s.value.as_deref()),
                    place: s.place.clone(),
                    basis: "declared",
                });
            }
        }
    }
    // A class that is named beside the table that it is kept in is no second table.
    for ((part, class), table) in &classes {
        let id = (*part, table.clone());
        if class != table
            && found.contains_key(&id)
            && let Some(same) = found.remove(&(*part, class.clone()))
            && let Some(kept) = found.get_mut(&id)
        {
            kept.take_fields(&same);
        }
    }
    join_scripts(&mut found, stores_of);
    found.into_values().collect()
}

/// Gives tables that a script of a store makes to the parts that keep records under the same name there, else to the only
/// part that uses the store.
fn join_scripts(found: &mut BTreeMap<(Option<usize>, String), Entity>, stores_of: &BTreeMap<usize, Vec<usize>>) {
    let made: Vec<(Option<usize>, String)> = found.keys().filter(|(part, _)| part.is_none()).cloned().collect();
    for id in made {
        let Some(table) = found.get(&id).cloned() else { continue };
        let is_same = |e: &Entity| {
            let meet = table.store.is_none() || e.store.is_none() || e.store == table.store;
            meet && e.place.repo == table.place.repo
        };
        let keepers: Vec<usize> = found
            .iter()
            .filter(|((part, name), e)| part.is_some() && *name == id.1 && is_same(e))
            .filter_map(|((part, _), _)| *part)
            .collect();
        let mut users = stores_of.iter().filter(|(_, all)| table.store.is_some_and(|s| all.contains(&s)));
        match (keepers.is_empty(), users.next(), users.next()) {
            (true, Some((only, _)), None) => {
                found.remove(&id);
                found.entry((Some(*only), id.1)).or_insert(Entity { part: Some(*only), ..table });
            }
            (true, ..) => {}
            (false, ..) => {
                found.remove(&id);
                for part in keepers {
                    if let Some(kept) = found.get_mut(&(Some(part), id.1.clone())) {
                        kept.kind = "table";
                        kept.store = kept.store.or(table.store);
                        kept.take_fields(&table);
                    }
                }
            }
        }
    }
}

/// The store into which the script at a place is mounted.
fn store_at(parts: &Parts, place: &Place) -> Option<usize> {
    match parts.owners(&place.repo, &place.path) {
        [one] if is_store(&parts.all[*one]) => Some(*one),
        _ => None,
    }
}

fn is_store(part: &Part) -> bool {
    matches!(part.kind.as_str(), "database" | "search" | "cache" | "storage")
}

/// The parts that keep what is declared at a place. Where one folder of code is run several times, as a server and as
/// its workers, it is kept once: by what answers.
fn keepers(parts: &Parts, place: &Place) -> Vec<Option<usize>> {
    let owners = parts.owners(&place.repo, &place.path);
    let root = |at: &usize| parts.all[*at].root.as_ref();
    let is_one_code = owners.windows(2).all(|pair| root(&pair[0]) == root(&pair[1]));
    match owners {
        [] => vec![None],
        // What is mounted into a store is kept there by those that use it.
        all if all.iter().all(|at| is_store(&parts.all[*at])) => vec![None],
        [first, _, ..] if is_one_code => {
            let answers = owners.iter().find(|at| parts.all[**at].kind != "job");
            vec![Some(*answers.unwrap_or(first))]
        }
        _ => owners.iter().copied().map(Some).collect(),
    }
}

/// The store that the folders of a schema name, as in `db/clickhouse/schema.sql`: one of those that the part uses, or
/// none where it uses no such store; `otherwise` where no folder names a store.
fn kept_in(parts: &Parts, place: &Place, databases: &[usize], otherwise: Option<usize>) -> Option<usize> {
    let named = folder_of(&place.path).rsplit('/').find_map(|folder| {
        let word = folder.to_ascii_lowercase();
        let technology = knowledge().reached(&word);
        knowledge().schemas.iter().find(|s| **s == technology)
    });
    let Some(named) = named else { return otherwise };
    let made_with = |at: usize| parts.all[at].technology.as_deref().map(|t| knowledge().reached(t));
    // A store of a make that no folder is called by may be of the same family.
    if databases.iter().any(|at| made_with(*at).is_none_or(|t| !knowledge().schemas.iter().any(|s| s == t))) {
        return otherwise;
    }
    databases.iter().copied().find(|at| made_with(*at) == Some(named.as_str()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonalFile {
    /// Last words of names that are about such data and hold none.
    about: Vec<String>,
    personal: Vec<Personal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Personal {
    id: String,
    says: String,
    words: Vec<String>,
}

/// The file's text, for a hash over what the map depends on.
pub(super) const PERSONAL_TEXT: &str = include_str!("../../../../rules/personal-data.toml");

static PERSONAL: LazyLock<PersonalFile> =
    LazyLock::new(|| toml::from_str(PERSONAL_TEXT).expect("rules/personal-data.toml is tested to be right"));

/// What kind of personal data a column holds by its name, unless its type cannot hold it: a switch says nothing of a
/// person, and a moment is at most a birth date.
pub(super) fn personal_of(name: &str, type_name: Option<&str>) -> Option<(&'static str, &'static str)> {
    let found = personal(name)?;
    let plain = type_name.unwrap_or_default().to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|w| plain.contains(w));
    let is_switch = is(&["bool", "tinyint(1)"]) || plain == "bit";
    let is_moment = is(&["time", "date"]);
    let is_number = is(&["int", "serial", "float", "double", "decimal", "numeric", "number"])
        && !is(&["phone", "point", "interval"]);
    let has_letters = matches!(found.1, "email" | "name" | "user-name" | "password" | "gender");
    // What only points to other records is none itself.
    let is_relation = is(&["foreignkey", "onetoone", "manytomany", "onetomany", "manytoone", "relation"]);
    let is_wrong = is_switch || is_relation || is_moment && found.1 != "birth-date" || is_number && has_letters;
    (!is_wrong).then_some(found)
}

/// What kind of personal data a name suggests, and the rule that says so.
pub(super) fn personal(name: &str) -> Option<(&'static str, &'static str)> {
    let words = format!(" {} ", words_of(name).join(" "));
    // What is only about such data: `email_template`, `phone_verified`.
    let last = words.trim_end().rsplit(' ').next().unwrap_or_default();
    if PERSONAL.about.iter().any(|w| w == last) {
        return None;
    }
    PERSONAL
        .personal
        .iter()
        .find(|p| p.words.iter().any(|w| words.contains(&format!(" {w} "))))
        .map(|p| (p.says.as_str(), p.id.as_str()))
}

/// The words of a name in code, in small letters.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        if !c.is_alphanumeric() {
            before = '_';
            continue;
        }
        let starts = before == '_' || c.is_uppercase() && !before.is_uppercase();
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_suggest_personal_data() {
        let check = |name: &str, expect: Option<&str>| assert_eq!(personal(name).map(|p| p.1), expect, "{name}");
        check("customerEmail", Some("email"));
        check("email_address", Some("email"));
        check("FIRST_NAME", Some("name"));
        check("company", None);
        check("japan_code", None);
        check("pan", Some("card"));
        check("name", None);
        check("dateOfBirth", Some("birth-date"));
        // What is only about such data.
        check("email_template", None);
        check("user_email_notifications", None);
    }

    #[test]
    fn a_type_that_cannot_hold_it_speaks_against_personal_data() {
        let check = |name: &str, of: &str, expect: bool| {
            assert_eq!(personal_of(name, Some(of)).is_some(), expect, "{name} {of}");
        };
        check("wants_email", "boolean", false);
        check("email", "ForeignKey", false);
        check("email", "character varying(255)", true);
        check("password_reset", "timestamp with time zone", false);
        check("birthday", "date", true);
        check("phone", "bigint", true);
        check("password_tries", "integer", false);
        check("location_gps", "point", true);
    }

    #[test]
    fn a_module_is_found_by_the_name_that_it_is_imported_by() {
        let check = |module: &str, file: &str, expect: bool| {
            assert_eq!(is_module("src/shop/api.py", module, module_stem(file)), expect, "{module} {file}");
        };
        check("shop.orders.views", "src/shop/orders/views.py", true);
        check(".orders.views", "src/shop/orders/views.py", true);
        check("..shop.orders", "src/shop/orders/__init__.py", true);
        // Near misses: another module whose name ends alike, and one beside it.
        check("shop.orders.views", "src/shop/past_orders/views.py", false);
        check(".views", "src/shop/orders/views.py", false);
        check("orders.views", "src/past_orders/views.py", false);
    }

    #[test]
    fn prefixes_and_routes_join_with_one_slash() {
        assert_eq!(joined("/api/", "/orders"), "/api/orders");
        assert_eq!(joined("", "/"), "/");
        assert_eq!(joined("api", "/"), "/api");
        assert_eq!(joined("/", "/orders"), "/orders");
    }
}
