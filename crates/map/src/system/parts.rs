//! The parts of the system: what deployment names, what code builds, and which of the two are one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::{Facts, Place, Signal, is_aside};
use super::knowledge::{fits, knowledge};
use super::names::{folder_of, image_name, is_below, join, key, last_part, module_name};
use super::settings::Settings;
use crate::catalogue::{Catalogue, Role, Technology};

/// A component in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) kind: String,
    /// Id in the catalogue.
    pub(super) technology: Option<String>,
    /// Repository and folder of its code.
    pub(super) root: Option<(Arc<str>, String)>,
    /// Repository it belongs to.
    pub(super) repo: Option<Arc<str>>,
    /// Names under which it is known, in the form in which names are compared, and as written.
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) is_outside: bool,
    pub(super) basis: &'static str,
    /// Variables that its deployment sets.
    pub(super) variables: Vec<(String, String, Place)>,
    /// Parts that its deployment names as needed first, and whether it is linked to them.
    pub(super) needs: Vec<(String, bool, Place)>,
    /// Ports that it listens on.
    pub(super) ports: BTreeSet<u16>,
    /// Ports that are open to the outside.
    pub(super) is_published: bool,
    /// Folders and files that are mounted into it.
    pub(super) mounts: Vec<String>,
    /// Text of its commands.
    pub(super) commands: Vec<(String, Place)>,
    /// Names of the roles that its code takes.
    pub(super) roles: BTreeMap<String, Place>,
    /// Whether deployment names it.
    pub(super) is_deployed: bool,
    /// A template of a cloud creates it; then who is declared beside it.
    pub(super) is_resource: bool,
    pub(super) users: Vec<usize>,
    pub(super) technology_place: Option<Place>,
    /// It is a group of functions.
    pub(super) is_function: bool,
    /// What people said of it.
    pub(super) said_purpose: Option<String>,
    pub(super) said_owner: Option<String>,
    pub(super) said_area: Option<String>,
    /// The kind is settled.
    pub(super) is_fixed: bool,
    /// What it is, where it is not derived from kind and technology.
    pub(super) purpose: Option<String>,
}

/// A place and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Evidence {
    pub(super) rank: u8,
    pub(super) place: Place,
    pub(super) about: String,
    pub(super) basis: &'static str,
}

impl Part {
    pub(super) fn alias(&mut self, name: &str) {
        let name = name.trim();
        let compared = key(name);
        if compared.len() > 1 && !name.contains(['{', '$']) {
            self.aliases.entry(compared).or_insert_with(|| name.to_owned());
        }
    }

    pub(super) fn show(&mut self, rank: u8, place: &Place, about: impl Into<String>, basis: &'static str) {
        self.evidence.push(Evidence { rank, place: place.clone(), about: about.into(), basis });
    }

    pub(super) fn is_code(&self) -> bool {
        self.root.is_some()
    }
}

/// What a file of deployment says of one thing that it runs.
#[derive(Debug, Clone, Default)]
struct Deployed {
    repo: Arc<str>,
    name: String,
    /// Format: `compose`, `kubernetes` and so on.
    format: String,
    path: Arc<str>,
    part: Part,
    images: Vec<(String, Place)>,
    build: Option<String>,
    dockerfile: Option<String>,
    is_job: bool,
    /// Name of the project whose code it runs.
    code: Option<String>,
    /// Technology that deployment says it is.
    technology: Option<(String, Place)>,
    /// It ends by itself: a migration, a filling of tables.
    runs_once: bool,
}

/// A folder whose code is built or started on its own.
#[derive(Debug, Clone)]
struct Root {
    repo: Arc<str>,
    folder: String,
    names: BTreeMap<String, String>,
    places: Vec<Evidence>,
    has_code: bool,
    has_dockerfile: bool,
    /// Images that its Dockerfiles build on.
    bases: Vec<(String, Place)>,
    is_application: bool,
}

/// The parts, and whose each file is.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) all: Vec<Part>,
    /// Parts by repository and folder of code, for looking up the owner of a file.
    roots: FxHashMap<Arc<str>, BTreeMap<String, Vec<usize>>>,
    /// Folders of projects that no part is built from alone, and the parts that use them.
    libraries: FxHashMap<Arc<str>, BTreeMap<String, Vec<usize>>>,
    by_alias: FxHashMap<String, Vec<usize>>,
    /// Parts of single files, where a folder of code is built into several.
    by_file: FxHashMap<(Arc<str>, Arc<str>), Vec<usize>>,
    /// Whether any file describes how the system is deployed.
    pub(super) is_deployed: bool,
    /// Folders in which such a file stands.
    deployments: BTreeSet<(Arc<str>, String)>,
}

impl Parts {
    /// Parts to which a file belongs: the one whose folder is nearest, or all that use the library it stands in.
    pub(super) fn owners(&self, repo: &str, path: &str) -> &[usize] {
        if !self.by_file.is_empty()
            && let Some(found) = self.by_file.get(&(Arc::from(repo), Arc::from(path)))
        {
            return found;
        }
        let mut folder = folder_of(path);
        let (roots, libraries) = (self.roots.get(repo), self.libraries.get(repo));
        loop {
            if let Some(found) = roots.and_then(|r| r.get(folder)) {
                return found;
            }
            if let Some(found) = libraries.and_then(|l| l.get(folder)) {
                return found;
            }
            if folder.is_empty() {
                return &[];
            }
            folder = folder_of(folder);
        }
    }

    /// The part of that name; one of the same repository where several have it.
    pub(super) fn named(&self, name: &str, repo: Option<&str>) -> Option<usize> {
        let found = self.by_alias.get(&key(name))?;
        found
            .iter()
            .copied()
            .find(|i| repo.is_some() && self.all[*i].repo.as_deref() == repo)
            .or(found.first().copied())
    }

    /// Parts of a kind.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.all.iter().enumerate().filter(move |(_, p)| p.kind == kind).map(|(i, _)| i)
    }

    /// Parts that are a technology.
    pub(super) fn of_technology<'a>(&'a self, technology: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.all.iter().enumerate().filter(move |(_, p)| p.technology.as_deref() == Some(technology)).map(|(i, _)| i)
    }

    /// Whether a file in a folder describes deployment.
    pub(super) fn deploys(&self, repo: &Arc<str>, folder: &str) -> bool {
        self.deployments.contains(&(Arc::clone(repo), folder.to_owned()))
    }

    /// Gives a part a further name.
    pub(super) fn add_alias(&mut self, at: usize, name: &str) {
        self.all[at].alias(name);
        let list = self.by_alias.entry(key(name)).or_default();
        list.retain(|other| *other != at);
        list.insert(0, at);
    }

    /// Makes one part of two: the second keeps nothing.
    pub(super) fn unite(&mut self, at: usize, other: usize) {
        let taken = std::mem::take(&mut self.all[other]);
        let part = &mut self.all[at];
        for alias in taken.aliases.values() {
            part.alias(alias);
        }
        part.evidence.extend(taken.evidence);
        part.variables.extend(taken.variables);
        part.needs.extend(taken.needs);
        part.ports.extend(taken.ports);
        part.mounts.extend(taken.mounts);
        part.commands.extend(taken.commands);
        part.roles.extend(taken.roles);
        part.root = part.root.take().or(taken.root);
        part.is_published |= taken.is_published;
        part.is_deployed |= taken.is_deployed;
        let folders = self.roots.values_mut().chain(self.libraries.values_mut()).flat_map(BTreeMap::values_mut);
        for list in folders.chain(self.by_alias.values_mut()).chain(self.by_file.values_mut()) {
            for one in list.iter_mut().filter(|one| **one == other) {
                *one = at;
            }
            list.dedup();
        }
    }

    /// Adds a part that something points to.
    pub(super) fn add(&mut self, part: Part) -> usize {
        let at = self.all.len();
        for alias in part.aliases.keys() {
            self.by_alias.entry(alias.clone()).or_default().push(at);
        }
        self.all.push(part);
        at
    }
}

/// Finds the parts of all repositories.
pub(super) fn find(facts: &Facts, catalogue: &Catalogue) -> Parts {
    let deployed = deployed(facts);
    let roots = roots(facts, &deployed);
    let mut parts = Parts { is_deployed: !deployed.is_empty(), ..Parts::default() };
    parts.deployments = deployed.iter().map(|d| (Arc::clone(&d.repo), folder_of(&d.path).to_owned())).collect();
    join_both(facts, catalogue, deployed, roots, &mut parts);
    parts.all.retain(|p| !is_orchestrator(facts, p));
    whole_repositories(facts, catalogue, &mut parts);
    parts.by_alias.clear();
    for (at, part) in parts.all.iter().enumerate() {
        for alias in part.aliases.keys() {
            parts.by_alias.entry(alias.clone()).or_default().push(at);
        }
    }
    index(facts, &mut parts);
    programs(facts, &mut parts);
    resources(facts, catalogue, &mut parts);
    listen(facts, &mut parts);
    classify(facts, catalogue, &mut parts);
    parts
}

/// Stores and queues that templates of a cloud create, where nothing else of their technology runs here.
fn resources(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts) {
    for s in facts.signals.iter().filter(|s| s.is("resource") && !is_trial(&s.place.path)) {
        let Some(technology) = s.technology.as_deref().and_then(|t| find_technology(catalogue, t)) else { continue };
        let kind = knowledge().kind_of(&technology.id, &technology.kind).unwrap_or("");
        if !matches!(kind, "database" | "broker" | "storage" | "cache") {
            continue;
        }
        let owners = parts.owners(&s.place.repo, &s.place.path).to_vec();
        let same: Vec<usize> = parts
            .all
            .iter()
            .enumerate()
            .filter(|(_, p)| p.technology.as_deref() == Some(technology.id.as_str()) && !p.is_resource)
            .map(|(at, _)| at)
            .collect();
        if !same.is_empty() {
            if let [one] = same[..] {
                parts.all[one].show(6, &s.place, "a template of a cloud creates one", "declared");
            }
            continue;
        }
        // Where something else describes what runs, a template is one place of several to run it.
        if parts
            .all
            .iter()
            .any(|p| p.is_deployed && !p.is_function && !p.is_resource && p.repo.as_deref() == Some(&*s.place.repo))
        {
            continue;
        }
        let logical = s.name.clone().unwrap_or_else(|| technology.name.clone());
        let physical = s.target.clone().filter(|t| !t.contains(['$', '{', '!']) && !t.is_empty());
        let name = physical.unwrap_or_else(|| match owners.first() {
            Some(owner) => format!("{}-{}", parts.all[*owner].name, logical.to_ascii_lowercase()),
            None => logical.clone(),
        });
        let mut part = Part {
            name: name.clone(),
            kind: kind.to_owned(),
            technology: Some(technology.id.clone()),
            repo: Some(Arc::clone(&s.place.repo)),
            basis: "declared",
            is_deployed: true,
            is_resource: true,
            ..Part::default()
        };
        part.alias(&name);
        part.show(0, &s.place, "a template of a cloud creates it", "declared");
        part.users = owners;
        part.technology_place = Some(s.place.clone());
        parts.add(part);
    }
}

/// An entry of the catalogue by its id, also without the name of its cloud.
pub(super) fn find_technology<'c>(catalogue: &'c Catalogue, id: &str) -> Option<&'c Technology> {
    let id = knowledge().reached(id);
    catalogue.get(id).or_else(|| catalogue.get(&format!("aws-{id}")))
}

/// Whether a part is the program that starts the others on a developer's machine.
fn is_orchestrator(facts: &Facts, part: &Part) -> bool {
    let Some((repo, folder)) = &part.root else { return false };
    facts.packages.iter().any(|p| {
        p.place.repo == *repo
            && p.folder == *folder
            && fits("nuget:aspire.hosting*", &format!("{}:{}", p.ecosystem, p.name))
    }) || facts.signals.iter().any(|s| {
        s.is("service")
            && s.technology_is("dotnet-aspire")
            && s.place.repo == *repo
            && folder_of(&s.place.path) == folder
            && !folder.is_empty()
    })
}

/// A repository in which nothing is deployed or started still is something: a library, a tool, an app.
fn whole_repositories(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts) {
    for repo in &facts.repos {
        if parts.all.iter().any(|p| p.repo.as_ref() == Some(repo)) {
            continue;
        }
        let Some(files) = facts.files.get(repo) else { continue };
        if !files.values().any(is_program) && !files.values().any(|f| f.language.as_deref() == Some("SQL")) {
            continue;
        }
        let mut part = Part {
            basis: "resolved",
            repo: Some(Arc::clone(repo)),
            root: Some((Arc::clone(repo), String::new())),
            ..Part::default()
        };
        let manifest = facts
            .projects
            .iter()
            .filter(|p| p.place.repo == *repo)
            .min_by_key(|p| (p.folder.matches('/').count() + usize::from(!p.folder.is_empty()), p.name.is_none()));
        part.name = manifest
            .and_then(|p| p.name.as_deref())
            .filter(|_| manifest.is_some_and(|p| p.folder.is_empty()))
            .map_or_else(|| last_part(repo).to_owned(), |n| module_name(n).to_owned());
        let programs: Vec<_> = facts
            .entries
            .iter()
            .filter(|(place, _, kind)| place.repo == *repo && matches!(kind.as_str(), "binary" | "command" | "service"))
            .collect();
        let mobile = facts.packages.iter().filter(|p| p.place.repo == *repo).find_map(|p| {
            let hits = catalogue.of_package(&p.ecosystem, &p.name);
            hits.into_iter().find(|h| h.technology.kind == "mobile").map(|h| (h.technology.id.clone(), p.place.clone()))
        });
        let has = |kind: &str| facts.signals.iter().any(|s| s.is(kind) && s.place.repo == *repo);
        let is_app =
            mobile.is_some() || files.keys().any(|p| p.ends_with("AndroidManifest.xml") || p.ends_with("Info.plist"));
        part.kind = if is_app {
            "app"
        } else if has("route") || has("page") {
            "service"
        } else if !programs.is_empty() || has("cli-command") {
            "tool"
        } else {
            "library"
        }
        .to_owned();
        if let Some((technology, place)) = mobile {
            part.technology = Some(technology);
            part.show(2, &place, "a library for apps that it uses", "declared");
        }
        for (place, name, _) in programs.iter().take(10) {
            part.show(1, place, format!("the program {name} starts here"), "resolved");
        }
        if let Some(manifest) = manifest {
            part.show(2, &manifest.place, "its manifest", "declared");
        }
        if part.evidence.is_empty()
            && let Some(readme) = facts.documents.iter().find(|d| d.place.repo == *repo)
        {
            part.show(3, &readme.place, "its README", "declared");
        }
        let name = part.name.clone();
        part.alias(&name);
        part.is_fixed = true;
        parts.all.push(part);
    }
}

/// Files of each program, where one folder of code is built into several: those that its start leads to by imports.
fn programs(facts: &Facts, parts: &mut Parts) {
    let shared: Vec<(Arc<str>, String, Vec<usize>)> = parts
        .roots
        .iter()
        .flat_map(|(repo, folders)| folders.iter().map(|(f, who)| (Arc::clone(repo), f.clone(), who.clone())))
        .filter(|(_, _, who)| who.len() > 1)
        .collect();
    for (repo, folder, who) in shared {
        let Some(files) = facts.files.get(&repo) else { continue };
        let mut reach: Vec<(usize, BTreeSet<Arc<str>>)> = Vec::new();
        for at in &who {
            let part = &parts.all[*at];
            let start = facts.entries.iter().find(|(place, _, kind)| {
                place.repo == repo
                    && kind == "binary"
                    && is_below(&place.path, &folder)
                    && folder_of(&place.path) != folder
                    && part.aliases.contains_key(&key(last_part(folder_of(&place.path))))
            });
            if let Some((place, _, _)) = start {
                reach.push((*at, reached(facts, &repo, files, &place.path)));
            }
        }
        if reach.len() < 2 {
            continue;
        }
        for path in files.keys().filter(|p| is_below(p, &folder)) {
            let owners: Vec<usize> =
                reach.iter().filter(|(_, r)| r.contains(path.as_str())).map(|(at, _)| *at).collect();
            if !owners.is_empty() {
                parts.by_file.insert((Arc::clone(&repo), Arc::from(path.as_str())), owners);
            }
        }
    }
}

/// Files that a start leads to: those of its folder, and whatever they import, folders whole.
fn reached(
    facts: &Facts,
    repo: &Arc<str>,
    files: &BTreeMap<String, super::facts::File>,
    start: &str,
) -> BTreeSet<Arc<str>> {
    let beside = |folder: &str| -> Vec<Arc<str>> {
        files.keys().filter(|p| folder_of(p) == folder).map(|p| Arc::from(p.as_str())).collect()
    };
    let mut found: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut todo: Vec<Arc<str>> = beside(folder_of(start));
    while let Some(path) = todo.pop() {
        if !found.insert(Arc::clone(&path)) {
            continue;
        }
        for target in facts.imports.get(&(Arc::clone(repo), path)).into_iter().flatten() {
            if files.contains_key(&**target) {
                todo.push(Arc::clone(target));
            } else {
                todo.extend(beside(target));
            }
        }
    }
    found
}

/// Words of a path that say that a file of deployment tries something out.
fn is_trial(path: &str) -> bool {
    let name = last_part(path).to_ascii_lowercase();
    is_aside(path) || name.contains("test") || name.contains(".ci.") || name.contains("-ci.")
}

/// What files of deployment run, by repository, format and name. Several files of one format that name the same thing
/// speak of one.
fn deployed(facts: &Facts) -> Vec<Deployed> {
    let mut found: BTreeMap<(Arc<str>, String, Arc<str>, String), Deployed> = BTreeMap::new();
    let shells = Shells::of(facts);
    let is_main = main_deployments(facts);
    let mut labels: Vec<(Arc<str>, Option<String>, &Signal)> = Vec::new();
    let formats = [
        "compose",
        "kubernetes",
        "procfile",
        "helm",
        "dotnet-aspire",
        "nomad",
        "render",
        "fly",
        "serverless",
        "systemd",
        "app-engine",
    ];
    let of = |s: &Signal, name: &str| {
        let format = s.technology.clone().unwrap_or_default();
        // Objects of Kubernetes are spread over files, and files of Compose in one folder add to each other.
        let path = match format.as_str() {
            "kubernetes" => Arc::from(""),
            "compose" => Arc::from(folder_of(&s.place.path)),
            _ => Arc::clone(&s.place.path),
        };
        (Arc::clone(&s.place.repo), format, path, name.to_owned())
    };
    for s in &facts.signals {
        let format = s.technology.as_deref().unwrap_or_default();
        if !formats.contains(&format) || !is_main(s) || FUNCTIONS.contains(&format) {
            continue;
        }
        if s.is("service") && format == "kubernetes" {
            labels.push((Arc::clone(&s.place.repo), s.attribute("selector"), s));
            continue;
        }
        if !(s.is("service") || s.is("workload")) {
            continue;
        }
        let Some(name) = s.name.as_deref().filter(|n| !n.contains("{{")) else { continue };
        let entry = found.entry(of(s, name)).or_insert_with(|| Deployed {
            repo: Arc::clone(&s.place.repo),
            name: name.to_owned(),
            format: format.to_owned(),
            path: Arc::clone(&s.place.path),
            ..Deployed::default()
        });
        entry.part.alias(name);
        let what = if s.is("workload") { s.value.clone().unwrap_or_default() } else { format.to_owned() };
        entry.is_job |= matches!(s.value.as_deref(), Some("CronJob" | "Job"));
        entry.runs_once |= s.value.as_deref() == Some("Job");
        entry.part.show(0, &s.place, format!("{} names it ({what})", title(format)), "declared");
        if let Some(name) = s.attribute("container_name") {
            entry.part.alias(&name);
        }
        if let Some(image) = s.attribute("image") {
            entry.images.push((shells.fill(s, &image), s.place.clone()));
        }
        if let Some(build) = s.attribute("build") {
            entry.build = Some(shells.fill(s, &build));
        }
        if let Some(app) = s.attribute("app") {
            entry.part.alias(&app);
        }
        if let Some(project) = s.attribute("project") {
            entry.code = Some(last_part(&project).rsplit('.').next().unwrap_or(&project).to_owned());
        }
        if format == "procfile" {
            entry.build = Some(".".to_owned());
            if let Some(command) = &s.value {
                entry.part.commands.push((command.clone(), s.place.clone()));
            }
            entry.is_job |= name != "web";
            entry.runs_once |= name == "release";
        }
    }
    for s in &facts.signals {
        let Some(scope) = s.scope.as_deref() else { continue };
        let Some(entry) = found.get_mut(&of(s, scope)) else { continue };
        match &*s.kind {
            "image" => {
                let image = s.value.clone().or_else(|| s.name.clone());
                entry.images.extend(image.map(|v| (shells.fill(s, &v), s.place.clone())));
            }
            "build-context" => {
                entry.build = s.value.as_deref().map(|v| shells.fill(s, v)).or(entry.build.take());
                entry.dockerfile = s.attribute("dockerfile").map(|v| shells.fill(s, &v)).or(entry.dockerfile.take());
            }
            "alias" => entry.part.alias(s.name.as_deref().unwrap_or_default()),
            "port" => {
                let port = s
                    .value
                    .as_deref()
                    .and_then(|v| v.rsplit([':', '-']).next()?.trim_end_matches('}').parse::<u16>().ok());
                entry.part.ports.extend(port);
                if let Some(published) = s.attribute("published") {
                    entry.part.is_published = true;
                    let published = shells.fill(s, &published);
                    entry.part.ports.extend(published.rsplit(':').next().and_then(|p| p.parse::<u16>().ok()));
                }
            }
            "env" => {
                let Some(name) = &s.name else { continue };
                let passed = || shells.get(s, name).filter(|_| s.attribute("from").as_deref() == Some("shell"));
                if let Some(value) = s.value.as_deref().map(|v| shells.fill(s, v)).or_else(passed) {
                    entry.part.variables.push((name.clone(), value, s.place.clone()));
                }
            }
            "depends-on" => {
                if let Some(target) = &s.target {
                    let is_linked = s.attribute("via").as_deref() == Some("links") || s.technology_is("dotnet-aspire");
                    entry.part.needs.push((target.clone(), is_linked, s.place.clone()));
                }
            }
            "volume" => entry.part.mounts.extend(s.value.clone()),
            "command" => {
                if let Some(command) = &s.value {
                    entry.part.commands.push((command.clone(), s.place.clone()));
                }
            }
            _ => {}
        }
    }
    // Functions of one template, or of one folder, are one part: they are built and released together.
    for s in facts.signals.iter().filter(|s| (s.is("resource") || s.is("service")) && is_main(s)) {
        if !s.technology.as_deref().is_some_and(|t| FUNCTIONS.contains(&t)) || last_part(&s.place.path).ends_with(".tf")
        {
            continue;
        }
        let folder = folder_of(&s.place.path);
        let name = s.attribute("service").filter(|n| !n.contains(['$', '{'])).unwrap_or_else(|| {
            let last = last_part(folder);
            if last.is_empty() || GENERIC.contains(&last) {
                last_part(&s.place.repo).to_owned()
            } else {
                last.to_owned()
            }
        });
        let id = (Arc::clone(&s.place.repo), "serverless".to_owned(), Arc::clone(&s.place.path), name.clone());
        let entry = found.entry(id).or_insert_with(|| Deployed {
            repo: Arc::clone(&s.place.repo),
            name: name.clone(),
            format: "serverless".to_owned(),
            path: Arc::clone(&s.place.path),
            build: Some(".".to_owned()),
            ..Deployed::default()
        });
        entry.part.alias(&name);
        entry.part.show(
            0,
            &s.place,
            format!("{} is a function of it", s.name.as_deref().unwrap_or("this")),
            "declared",
        );
    }
    // What a host of an application calls a resource: its technology stands in a row of its own.
    for s in facts.signals.iter().filter(|s| s.is("resource")) {
        let same = found
            .values_mut()
            .find(|d| d.repo == s.place.repo && d.path == s.place.path && s.name.as_deref() == Some(d.name.as_str()));
        if let (Some(d), Some(technology)) = (same, &s.technology) {
            d.technology = Some((technology.clone(), s.place.clone()));
        }
    }
    let mut all: Vec<Deployed> = found.into_values().collect();
    // Names of names: a variable for a database that a server holds.
    for _ in 0..2 {
        for s in facts.signals.iter().filter(|s| s.is("alias") && s.technology_is("dotnet-aspire")) {
            let (Some(name), Some(scope)) = (&s.name, &s.scope) else { continue };
            let owner = all
                .iter_mut()
                .find(|d| d.repo == s.place.repo && d.path == s.place.path && d.part.aliases.contains_key(&key(scope)));
            if let Some(owner) = owner {
                owner.part.alias(name);
            }
        }
    }
    // A service of Kubernetes gives its name, and what it opens, to the workload that its selector means.
    for (repo, selector, s) in labels {
        let Some(name) = &s.name else { continue };
        let wanted = selector.as_deref().unwrap_or(name);
        let mut owner =
            all.iter_mut().find(|d| d.repo == repo && d.format == "kubernetes" && key(&d.name) == key(name));
        if owner.is_none() {
            owner = all
                .iter_mut()
                .find(|d| d.repo == repo && d.format == "kubernetes" && d.part.aliases.contains_key(&key(wanted)));
        }
        if let Some(owner) = owner {
            owner.part.alias(name);
            owner.part.ports.extend(s.attribute("port").and_then(|p| p.parse::<u16>().ok()));
        }
    }
    all
}

/// Technologies that run single functions.
const FUNCTIONS: &[&str] = &["aws-lambda", "google-functions", "azure-functions"];

/// Variables of the files `.env` beside descriptions of deployment, which those fill in.
struct Shells {
    by_folder: BTreeMap<(Arc<str>, String), Settings>,
}

impl Shells {
    fn of(facts: &Facts) -> Self {
        let mut pairs: BTreeMap<(Arc<str>, String), Vec<(&str, &str, &Place)>> = BTreeMap::new();
        for s in facts.signals.iter().filter(|s| s.is("env") && s.technology_is("dotenv")) {
            if let (Some(name), Some(value)) = (&s.name, &s.value) {
                let id = (Arc::clone(&s.place.repo), folder_of(&s.place.path).to_owned());
                pairs.entry(id).or_default().push((name, value, &s.place));
            }
        }
        for list in pairs.values_mut() {
            // `.env` itself before its variants.
            list.sort_by_key(|(_, _, place)| (last_part(&place.path) != ".env", &place.path, place.line_start));
        }
        Self { by_folder: pairs.into_iter().map(|(id, list)| (id, Settings::of_pairs(list.into_iter()))).collect() }
    }

    fn beside(&self, s: &Signal) -> Option<&Settings> {
        self.by_folder.get(&(Arc::clone(&s.place.repo), folder_of(&s.place.path).to_owned()))
    }

    /// A text with what the file beside it sets; the rest stays as written.
    fn fill(&self, s: &Signal, text: &str) -> String {
        match self.beside(s) {
            Some(settings) if text.contains('$') => settings.resolve(text),
            _ if text.contains("${") => Settings::default().resolve(text),
            _ => text.to_owned(),
        }
    }

    fn get(&self, s: &Signal, name: &str) -> Option<String> {
        let settings = self.beside(s)?;
        settings.get(name).map(|v| settings.resolve(&v.text))
    }
}

/// Parts of a path that hold variants of a system, not what it is: they count only where nothing else describes it.
const VARIANTS: &[&str] = &[
    "extras",
    "extra",
    "contrib",
    "examples",
    "example",
    "samples",
    "sample",
    "hack",
    "playground",
    "benchmarks",
    "benchmark",
    "demo",
    "demos",
    "docs",
    "addons",
    "optional",
];

/// Which signals of deployment speak of the system itself.
pub(super) fn main_deployments(facts: &Facts) -> impl Fn(&Signal) -> bool {
    let is_variant =
        |path: &str| folder_of(path).split('/').any(|f| VARIANTS.contains(&f.to_ascii_lowercase().as_str()));
    let repos: BTreeSet<Arc<str>> = facts
        .signals
        .iter()
        .filter(|s| (s.is("service") || s.is("workload")) && !is_trial(&s.place.path) && !is_variant(&s.place.path))
        .map(|s| Arc::clone(&s.place.repo))
        .collect();
    move |s: &Signal| !is_trial(&s.place.path) && (!is_variant(&s.place.path) || !repos.contains(&s.place.repo))
}

fn title(format: &str) -> &str {
    match format {
        "compose" => "a Compose file",
        "kubernetes" => "a Kubernetes manifest",
        "procfile" => "a Procfile",
        "helm" => "a Helm chart",
        "dotnet-aspire" => "the Aspire host",
        "serverless" => "a serverless configuration",
        other => other,
    }
}

/// Folders at the end of a path that hold only the recipe of an image, not the code that goes into it.
const RECIPE_FOLDERS: &[&str] =
    &["docker", ".docker", "build", "deploy", "deployment", "container", "dockerfiles", "ci"];

/// The folder of code that a Dockerfile belongs to.
fn code_folder<'a>(facts: &Facts, repo: &Arc<str>, folder: &'a str) -> &'a str {
    let mut folder = folder;
    if let Some(above) = folder.strip_suffix("/src/main/docker") {
        return above;
    }
    if folder == "src/main/docker" {
        return "";
    }
    while RECIPE_FOLDERS.contains(&last_part(folder).to_ascii_lowercase().as_str()) && !folder.is_empty() {
        let above = folder_of(folder);
        if !has_code(facts, repo, above, folder) {
            break;
        }
        folder = above;
    }
    folder
}

/// Whether a folder holds code outside another below it.
fn has_code(facts: &Facts, repo: &Arc<str>, folder: &str, except: &str) -> bool {
    let Some(files) = facts.files.get(repo) else { return false };
    files.range(folder.to_owned()..).take_while(|(path, _)| folder.is_empty() || path.starts_with(folder)).any(
        |(path, f)| {
            f.kind == "code"
                && is_below(path, folder)
                && (except.is_empty() || !is_below(path, except))
                && is_program(f)
        },
    )
}

/// Whether a file is written in a language of programs rather than of settings and pages.
pub(super) fn is_program(file: &super::facts::File) -> bool {
    const OTHER: &[&str] = &[
        "HTML",
        "CSS",
        "Sass",
        "LESS",
        "SVG",
        "YAML",
        "JSON",
        "TOML",
        "XML",
        "Markdown",
        "INI",
        "Dockerfile",
        "Makefile",
        "BASH",
        "Shell",
        "HCL",
        "Batch",
        "PowerShell",
        "SQL",
        "Protocol Buffers",
        "Autoconf",
        "Nix",
        "Text",
        "Plain Text",
        "ReStructuredText",
    ];
    file.kind == "code" && file.language.as_deref().is_some_and(|l| !OTHER.contains(&l))
}

/// Folders whose code is built or started on its own.
fn roots(facts: &Facts, deployed: &[Deployed]) -> Vec<Root> {
    let mut found: BTreeMap<(Arc<str>, String), Root> = BTreeMap::new();
    fn at<'m>(found: &'m mut BTreeMap<(Arc<str>, String), Root>, repo: &Arc<str>, folder: &str) -> &'m mut Root {
        found.entry((Arc::clone(repo), folder.to_owned())).or_insert_with(|| Root {
            repo: Arc::clone(repo),
            folder: folder.to_owned(),
            names: BTreeMap::new(),
            places: Vec::new(),
            has_code: false,
            has_dockerfile: false,
            bases: Vec::new(),
            is_application: false,
        })
    }
    let mut manifests: BTreeSet<(&str, &str)> =
        facts.projects.iter().map(|p| (&*p.place.repo, p.folder.as_str())).collect();
    manifests.extend(facts.packages.iter().map(|p| (&*p.place.repo, p.folder.as_str())));
    let project_folder = |repo: &Arc<str>, path: &str| -> Option<String> {
        let mut folder = folder_of(path);
        loop {
            if manifests.contains(&(&**repo, folder)) {
                return Some(folder.to_owned());
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    };
    for s in &facts.signals {
        if s.technology_is("dockerfile") && s.is("base-image") && !is_trial(&s.place.path) {
            let folder = code_folder(facts, &s.place.repo, folder_of(&s.place.path)).to_owned();
            let root = at(&mut found, &s.place.repo, &folder);
            root.has_dockerfile = true;
            let stages: Vec<&str> = root.bases.iter().map(|(name, _)| name.as_str()).collect();
            let name = s.name.clone().unwrap_or_default();
            // The last stage is what runs; a stage that builds on an earlier one stands on that one's image.
            if !stages.contains(&name.as_str()) {
                root.bases.push((name, s.place.clone()));
            }
            root.places.push(Evidence {
                rank: 2,
                place: s.place.clone(),
                about: "a Dockerfile builds it".to_owned(),
                basis: "declared",
            });
        }
    }
    for d in deployed {
        if let Some(folder) = built_from(d) {
            let folder = code_folder(facts, &d.repo, &folder).to_owned();
            if facts.files.get(&d.repo).is_some_and(|f| f.keys().any(|p| is_below(p, &folder))) {
                at(&mut found, &d.repo, &folder);
            }
        }
    }
    for s in facts.signals.iter().filter(|s| s.is("application") && !is_trial(&s.place.path)) {
        let manifest = project_folder(&s.place.repo, &s.place.path);
        // A folder that deployment builds, nearer to the program than any manifest, is what starts.
        let built = found
            .keys()
            .filter(|(repo, f)| *repo == s.place.repo && is_below(&s.place.path, f))
            .map(|(_, f)| f.clone());
        let nearest = manifest.into_iter().chain(built).max_by_key(String::len);
        let folder = nearest.unwrap_or_else(|| folder_of(&s.place.path).to_owned());
        let root = at(&mut found, &s.place.repo, &folder);
        root.is_application = true;
        root.places.push(Evidence {
            rank: 1,
            place: s.place.clone(),
            about: "the program starts here".to_owned(),
            basis: "declared",
        });
    }
    // Programs that only their entry points show, in projects that nothing above covers.
    for (place, name, kind) in &facts.entries {
        if !matches!(kind.as_str(), "binary" | "service") || is_aside(&place.path) {
            continue;
        }
        let Some(folder) = project_folder(&place.repo, &place.path) else { continue };
        let covered = found.keys().any(|(repo, f)| *repo == place.repo && !f.is_empty() && is_below(&place.path, f));
        if covered || !offers_something(facts, &place.repo, &folder) {
            continue;
        }
        let root = at(&mut found, &place.repo, &folder);
        root.is_application = true;
        root.places.push(Evidence {
            rank: 1,
            place: place.clone(),
            about: format!("the program {name} starts here"),
            basis: "resolved",
        });
    }
    // Code that others ask for and that nothing starts or builds is a library, whatever it could serve.
    let asked: BTreeSet<String> = facts
        .packages
        .iter()
        .flat_map(|p| [p.name.to_ascii_lowercase(), last_part(&p.name).to_ascii_lowercase()])
        .collect();
    let built: BTreeSet<(Arc<str>, String)> = deployed
        .iter()
        .filter_map(|d| Some((Arc::clone(&d.repo), code_folder(facts, &d.repo, &built_from(d)?).to_owned())))
        .collect();
    found.retain(|id, root| {
        let is_asked = facts.projects.iter().any(|p| {
            p.place.repo == root.repo
                && p.folder == root.folder
                && p.name.as_deref().is_some_and(|n| asked.contains(&n.to_ascii_lowercase()))
        });
        let starts = facts.entries.iter().any(|(place, _, kind)| {
            place.repo == root.repo
                && matches!(kind.as_str(), "binary" | "service")
                && is_below(&place.path, &root.folder)
        });
        root.has_dockerfile || built.contains(id) || !is_asked || starts
    });
    let mut all: Vec<Root> = found.into_values().collect();
    for root in &mut all {
        root.has_code = has_code(facts, &root.repo, &root.folder, "");
        for project in facts.projects.iter().filter(|p| p.place.repo == root.repo && p.folder == root.folder) {
            if let Some(name) = &project.name {
                root.names.insert(key(module_name(name)), module_name(name).to_owned());
            }
            root.places.push(Evidence {
                rank: 3,
                place: project.place.clone(),
                about: "its manifest".to_owned(),
                basis: "declared",
            });
        }
        if !root.folder.is_empty() {
            root.names.insert(key(last_part(&root.folder)), last_part(&root.folder).to_owned());
        }
    }
    // A folder that only gathers others is none of its own.
    let folders: Vec<(Arc<str>, String)> = all.iter().map(|r| (Arc::clone(&r.repo), r.folder.clone())).collect();
    all.retain(|root| {
        let below: Vec<&str> = folders
            .iter()
            .filter(|(repo, f)| *repo == root.repo && *f != root.folder && is_below(f, &root.folder))
            .map(|(_, f)| f.as_str())
            .collect();
        if below.is_empty() || root.is_application {
            return true;
        }
        let Some(files) = facts.files.get(&root.repo) else { return true };
        files
            .iter()
            .any(|(path, f)| is_program(f) && is_below(path, &root.folder) && !below.iter().any(|b| is_below(path, b)))
            || !root.has_code
    });
    // App names of settings inside each folder.
    for s in facts.signals.iter().filter(|s| s.is("app-name")) {
        let nearest = all
            .iter_mut()
            .filter(|r| r.repo == s.place.repo && is_below(&s.place.path, &r.folder))
            .max_by_key(|r| r.folder.len());
        if let (Some(root), Some(name)) = (nearest, s.name.as_deref().filter(|n| !n.contains(['$', '{', '@']))) {
            root.names.insert(key(name), name.to_owned());
            root.places.push(Evidence {
                rank: 2,
                place: s.place.clone(),
                about: "its settings name it".to_owned(),
                basis: "declared",
            });
        }
    }
    all
}

/// Whether code in a folder offers, calls or stores anything that a detector sees.
fn offers_something(facts: &Facts, repo: &Arc<str>, folder: &str) -> bool {
    const KINDS: &[&str] = &[
        "route",
        "page",
        "rpc-service",
        "rpc-call",
        "http-call",
        "consumes-topic",
        "produces-topic",
        "data-access",
        "job",
        "client",
        "sdk-client",
    ];
    facts.signals.iter().any(|s| s.place.repo == *repo && KINDS.contains(&&*s.kind) && is_below(&s.place.path, folder))
}

/// The folder that an image is built from, by its build context and Dockerfile.
fn built_from(d: &Deployed) -> Option<String> {
    let base = folder_of(&d.path);
    let context = join(base, d.build.as_deref()?)?;
    match d.dockerfile.as_deref() {
        Some(dockerfile) => {
            let folder = folder_of(&join(&context, dockerfile)?).to_owned();
            Some(if folder.is_empty() { context } else { folder })
        }
        None => Some(context),
    }
}

/// Unites what deployment runs with the folders that it is built from.
fn join_both(facts: &Facts, catalogue: &Catalogue, deployed: Vec<Deployed>, roots: Vec<Root>, parts: &mut Parts) {
    let mut image_folders: BTreeMap<(Arc<str>, String), String> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("build-context") && !s.technology_is("compose")) {
        if let (Some(image), Some(context)) = (&s.name, &s.value)
            && let Some(folder) = join(folder_of(&s.place.path), context)
        {
            image_folders.insert((Arc::clone(&s.place.repo), key(image_name(image))), folder);
        }
    }
    let mut of_root: BTreeMap<usize, Vec<Deployed>> = BTreeMap::new();
    let mut alone: Vec<Deployed> = Vec::new();
    for d in deployed {
        let found = root_of(facts, catalogue, &d, &roots, &image_folders);
        // An image that only holds tools runs code that is mounted into it: the code that has its name.
        let is_recipe = found.is_some_and(|at| {
            !roots[at].has_code
                && roots[at].bases.last().is_none_or(|(image, _)| best_hit(catalogue.of_image(image)).is_none())
        });
        let named = if is_recipe && !d.part.mounts.is_empty() { ends_with(&roots, &d, &d.name) } else { None };
        match named.or(found) {
            Some(root) => of_root.entry(root).or_default().push(d),
            None => alone.push(d),
        }
    }
    for (at, root) in roots.iter().enumerate() {
        let runs = of_root.remove(&at).unwrap_or_default();
        let base = root.bases.last().and_then(|(image, _)| best_hit(catalogue.of_image(image)));
        if !root.has_code {
            let runs: Vec<Deployed> = runs.into_iter().filter(|d| !d.runs_once).collect();
            // Only a recipe: what runs is the image that it builds on, once per thing that deployment names.
            for d in merge(runs) {
                let installed = installed(facts, catalogue, root);
                let (hit, place) = match &installed {
                    Some((technology, place)) => (Some(*technology), Some(place)),
                    None => (base, root.bases.last()),
                };
                parts.add(infrastructure(catalogue, d, hit, place));
            }
            continue;
        }
        if runs.is_empty() && !root.is_application && !root.has_dockerfile {
            continue;
        }
        // What runs once on code that others run as well fills or changes their stores; it is no part of its own.
        let is_served = runs.iter().any(|d| !d.runs_once);
        let groups = split(runs.into_iter().filter(|d| !is_served || !d.runs_once).collect());
        if groups.is_empty() {
            let mut part = Part { basis: "declared", ..Part::default() };
            part.name = root_name(facts, root);
            take_root(&mut part, root);
            parts.add(part);
        }
        for (i, group) in groups.into_iter().enumerate() {
            let mut part = Part { basis: "declared", is_deployed: true, ..Part::default() };
            part.name = deployed_name(&group, root, facts);
            part.is_function = group.iter().all(|d| d.format == "serverless");
            for d in group {
                absorb(&mut part, d);
            }
            if i == 0 {
                take_root(&mut part, root);
            } else {
                part.root = Some((Arc::clone(&root.repo), root.folder.clone()));
                part.repo = Some(Arc::clone(&root.repo));
                part.evidence.extend(root.places.iter().cloned());
            }
            parts.add(part);
        }
    }
    for d in merge(alone) {
        if d.runs_once {
            continue;
        }
        let is_known =
            d.technology.is_some() || d.images.iter().any(|(image, _)| !hits_of(catalogue, image).is_empty());
        // A name that a part with code has already is that part.
        let same = d.part.aliases.keys().find_map(|a| parts.by_alias.get(a)).and_then(|f| f.first().copied());
        if let Some(at) = same.filter(|at| parts.all[*at].is_code() && !is_known) {
            absorb(&mut parts.all[at], d);
            continue;
        }
        // Neither an image nor code: a further name of something, or an entry that only steers others.
        if d.images.is_empty() && d.technology.is_none() && d.build.is_none() {
            let first = d.name.split(['-', '_', '.']).next().unwrap_or(&d.name).to_owned();
            if let Some(at) = parts.named(&first, Some(&d.repo)).filter(|at| parts.all[*at].is_code()) {
                absorb(&mut parts.all[at], d);
            }
            continue;
        }
        parts.add(infrastructure(catalogue, d, None, None));
    }
}

/// What an image is: by its whole name, else by the last part of it alone, for copies in other registries.
fn hits_of<'c>(catalogue: &'c Catalogue, image: &str) -> Vec<crate::catalogue::Hit<'c>> {
    let found = catalogue.of_image(image);
    if found.is_empty() { catalogue.of_image(image_name(image)) } else { found }
}

fn take_root(part: &mut Part, root: &Root) {
    part.root = Some((Arc::clone(&root.repo), root.folder.clone()));
    part.repo = Some(Arc::clone(&root.repo));
    for name in root.names.values() {
        part.alias(name);
    }
    let name = part.name.clone();
    part.alias(&name);
    part.evidence.extend(root.places.iter().cloned());
}

fn absorb(part: &mut Part, d: Deployed) {
    part.repo.get_or_insert_with(|| Arc::clone(&d.repo));
    for alias in d.part.aliases.into_values() {
        part.alias(&alias);
    }
    for (image, _) in &d.images {
        let name = image_name(image).to_owned();
        if part.root.is_some() || !GENERIC.contains(&name.as_str()) {
            part.alias(&name);
        }
    }
    part.evidence.extend(d.part.evidence);
    part.variables.extend(d.part.variables);
    part.needs.extend(d.part.needs);
    part.ports.extend(d.part.ports);
    part.mounts.extend(d.part.mounts);
    part.commands.extend(d.part.commands);
    part.is_published |= d.part.is_published;
    part.is_deployed = true;
    if d.is_job && part.kind.is_empty() {
        part.kind = "job".to_owned();
    }
}

/// Names that say what a thing is rather than which one.
const GENERIC: &[&str] =
    &["app", "web", "server", "service", "api", "backend", "main", "latest", "image", "src", "code"];

/// The name of a folder of code: of its settings or manifest, else of the folder, else of the repository.
fn root_name(facts: &Facts, root: &Root) -> String {
    let app_name = facts
        .signals
        .iter()
        .filter(|s| s.is("app-name") && s.place.repo == root.repo && is_below(&s.place.path, &root.folder))
        .find_map(|s| s.name.clone().filter(|n| root.names.contains_key(&key(n))));
    let folder = last_part(&root.folder);
    match app_name {
        Some(name) => name,
        None if !folder.is_empty() && !GENERIC.contains(&folder) => folder.to_owned(),
        None => {
            let named = root.names.values().find(|n| !GENERIC.contains(&n.as_str())).cloned();
            named.unwrap_or_else(|| last_part(&root.repo).to_owned())
        }
    }
}

fn deployed_name(group: &[Deployed], root: &Root, facts: &Facts) -> String {
    let order = [
        "compose",
        "kubernetes",
        "helm",
        "dotnet-aspire",
        "nomad",
        "render",
        "fly",
        "serverless",
        "systemd",
        "procfile",
    ];
    let rank = |d: &Deployed| {
        (order.iter().position(|f| *f == d.format).unwrap_or(order.len()), d.path.matches('/').count(), d.name.clone())
    };
    let best = group.iter().filter(|d| !GENERIC.contains(&d.name.as_str())).min_by_key(|d| rank(d));
    best.map_or_else(|| root_name(facts, root), |d| d.name.clone())
}

/// Things of one name, or of one image under names that differ only in signs, are one.
fn merge(all: Vec<Deployed>) -> Vec<Deployed> {
    let mut merged: BTreeMap<(Arc<str>, String), Deployed> = BTreeMap::new();
    for d in all {
        let id = (Arc::clone(&d.repo), key(&d.name));
        match merged.get_mut(&id) {
            Some(known) => {
                known.images.extend(d.images.iter().cloned());
                known.part.aliases.extend(d.part.aliases);
                known.part.evidence.extend(d.part.evidence);
                known.part.variables.extend(d.part.variables);
                known.part.needs.extend(d.part.needs);
                known.part.ports.extend(d.part.ports);
                known.part.mounts.extend(d.part.mounts);
                known.part.commands.extend(d.part.commands);
                known.part.is_published |= d.part.is_published;
            }
            None => {
                merged.insert(id, d);
            }
        }
    }
    merged.into_values().collect()
}

/// What runs from one folder, in groups of one component each: things that one file names side by side differ, the
/// same thing in files of several formats does not.
fn split(mut runs: Vec<Deployed>) -> Vec<Vec<Deployed>> {
    runs.sort_by_key(|d| d.is_job);
    let mut groups: Vec<Vec<Deployed>> = Vec::new();
    for d in runs {
        let same = groups.iter().position(|g| g.iter().any(|o| key(&o.name) == key(&d.name)));
        let free = || {
            groups
                .iter()
                .position(|g| g.iter().all(|o| o.is_job == d.is_job && (o.format != d.format || o.path != d.path)))
        };
        match same.or_else(free) {
            Some(at) => groups[at].push(d),
            None => groups.push(vec![d]),
        }
    }
    groups
}

/// The server that the Dockerfile of a folder installs.
fn installed<'c>(facts: &Facts, catalogue: &'c Catalogue, root: &Root) -> Option<(&'c Technology, (String, Place))> {
    facts
        .signals
        .iter()
        .filter(|s| s.is("installs") && s.place.repo == root.repo && is_below(&s.place.path, &root.folder))
        .find_map(|s| {
            let package = s.name.clone()?;
            let technology = catalogue.get(knowledge().reached(&package))?;
            Some((technology, (package, s.place.clone())))
        })
}

fn best_hit(hits: Vec<crate::catalogue::Hit<'_>>) -> Option<&Technology> {
    hits.into_iter().map(|h| h.technology).find(|t| knowledge().kind_of(&t.id, &t.kind).is_some())
}

/// A part that is run from somebody's image.
fn infrastructure(
    catalogue: &Catalogue,
    d: Deployed,
    base: Option<&Technology>,
    base_place: Option<&(String, Place)>,
) -> Part {
    let mut part = Part { basis: "declared", ..Part::default() };
    part.name.clone_from(&d.name);
    let is_job = d.is_job;
    // What we build ourselves is what it builds on, whatever its own name resembles.
    let is_ours = d.build.is_some() && base.is_some();
    let hit = d
        .images
        .iter()
        .filter(|_| !is_ours)
        .find_map(|(image, place)| Some((best_hit(hits_of(catalogue, image))?, place.clone(), image.clone())));
    let said = d
        .technology
        .as_ref()
        .and_then(|(t, place)| Some((catalogue.get(knowledge().reached(t))?, place.clone(), t.clone())));
    let hit = said.or(hit);
    let hit = hit.or_else(|| base.zip(base_place).map(|(t, (image, place))| (t, place.clone(), image.clone())));
    absorb(&mut part, d);
    let name = part.name.clone();
    part.alias(&name);
    match hit {
        Some((technology, place, image)) => {
            part.kind = knowledge().kind_of(&technology.id, &technology.kind).unwrap_or("service").to_owned();
            part.technology = Some(technology.id.clone());
            part.show(1, &place, format!("its image ({image}) is {}", technology.name), "declared");
        }
        None => part.kind = if is_job { "job" } else { "service" }.to_owned(),
    }
    part
}

/// The folder that a deployed thing is built from.
fn root_of(
    facts: &Facts,
    catalogue: &Catalogue,
    d: &Deployed,
    roots: &[Root],
    image_folders: &BTreeMap<(Arc<str>, String), String>,
) -> Option<usize> {
    let at = |folder: &str| roots.iter().position(|r| r.repo == d.repo && r.folder == folder);
    if let Some(folder) = built_from(d) {
        let folder = code_folder(facts, &d.repo, &folder);
        if let Some(found) = at(folder) {
            return Some(found);
        }
    }
    if let Some(code) = &d.code {
        let wanted = key(code);
        return roots.iter().position(|r| r.repo == d.repo && r.names.contains_key(&wanted));
    }
    if d.technology.is_some() || d.images.iter().any(|(image, _)| image.starts_with("docker.io/library/")) {
        return None;
    }
    for (image, _) in &d.images {
        if let Some(folder) = image_folders.get(&(Arc::clone(&d.repo), key(image_name(image)))) {
            let folder = code_folder(facts, &d.repo, folder);
            if let Some(found) = at(folder) {
                return Some(found);
            }
        }
    }
    let by_name = |name: &str| {
        let wanted = key(name);
        if wanted.len() < 2 {
            return None;
        }
        let mut found = roots.iter().enumerate().filter(|(_, r)| r.has_code || r.has_dockerfile);
        let in_repo = found.clone().find(|(_, r)| r.repo == d.repo && r.names.contains_key(&wanted));
        in_repo.or_else(|| found.find(|(_, r)| r.names.contains_key(&wanted))).map(|(i, _)| i)
    };
    for (image, _) in &d.images {
        let is_ours = image.contains('/') || catalogue.of_image(image).is_empty();
        if !is_ours
            || !catalogue.of_image(image).is_empty() && by_name(image_name(image)).is_none_or(|i| !roots[i].has_code)
        {
            continue;
        }
        if let Some(found) = by_name(image_name(image)).or_else(|| ends_with(roots, d, image_name(image))) {
            return Some(found);
        }
    }
    let is_foreign = d.images.iter().any(|(image, _)| !catalogue.of_image(image).is_empty());
    if is_foreign {
        return None;
    }
    by_name(&d.name).or_else(|| ends_with(roots, d, &d.name))
}

/// Words after a name that say in which role its code runs.
const ROLES: &[&str] = &[
    "http",
    "grpc",
    "api",
    "server",
    "service",
    "svc",
    "worker",
    "web",
    "app",
    "backend",
    "frontend",
    "consumer",
    "scheduler",
];

/// The one folder whose name ends with a name, or the other way round, at a `-` or `_`.
fn ends_with(roots: &[Root], d: &Deployed, name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    if name.len() < 3 {
        return None;
    }
    let fits = |r: &Root| {
        r.names.values().any(|n| {
            let n = n.to_ascii_lowercase().replace('_', "-");
            n.len() > 2
                && (n.ends_with(&format!("-{name}"))
                    || name.ends_with(&format!("-{n}"))
                    || name.strip_prefix(&format!("{n}-")).is_some_and(|rest| ROLES.contains(&rest)))
        })
    };
    let mut found = roots.iter().enumerate().filter(|(_, r)| r.repo == d.repo && r.has_code && fits(r));
    let first = found.next()?.0;
    found.next().is_none().then_some(first)
}

/// Whose each folder is, libraries included.
fn index(facts: &Facts, parts: &mut Parts) {
    for (at, part) in parts.all.iter().enumerate() {
        if let Some((repo, folder)) = &part.root {
            parts.roots.entry(Arc::clone(repo)).or_default().entry(folder.clone()).or_default().push(at);
        }
    }
    // Projects by the name under which others ask for them.
    let mut by_name: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (i, project) in facts.projects.iter().enumerate() {
        if let Some(name) = &project.name {
            by_name.entry(name.to_ascii_lowercase()).or_default().push(i);
            by_name.entry(last_part(name).to_ascii_lowercase()).or_default().push(i);
        }
    }
    let mut asked: FxHashMap<(Arc<str>, &str), BTreeSet<usize>> = FxHashMap::default();
    for package in &facts.packages {
        for name in [package.name.to_ascii_lowercase(), last_part(&package.name).to_ascii_lowercase()] {
            for project in by_name.get(&name).into_iter().flatten() {
                if facts.projects[*project].folder != package.folder {
                    asked
                        .entry((Arc::clone(&package.place.repo), package.folder.as_str()))
                        .or_default()
                        .insert(*project);
                }
            }
        }
    }
    let mut users: BTreeMap<(Arc<str>, String), BTreeSet<usize>> = BTreeMap::new();
    for (at, part) in parts.all.iter().enumerate() {
        let Some((repo, folder)) = &part.root else { continue };
        let mut todo = vec![(Arc::clone(repo), folder.as_str())];
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        while let Some(from) = todo.pop() {
            for project in asked.get(&from).into_iter().flatten() {
                if seen.insert(*project) {
                    let project = &facts.projects[*project];
                    users.entry((Arc::clone(&project.place.repo), project.folder.clone())).or_default().insert(at);
                    todo.push((Arc::clone(&project.place.repo), project.folder.as_str()));
                }
            }
        }
    }
    for ((repo, folder), who) in users {
        if folder.is_empty() || parts.roots.get(&repo).is_some_and(|r| r.contains_key(&folder)) {
            continue;
        }
        parts.libraries.entry(repo).or_default().insert(folder, who.into_iter().collect());
    }
}

/// Ports that images open and settings name.
fn listen(facts: &Facts, parts: &mut Parts) {
    for s in facts.signals.iter().filter(|s| s.is("port") && s.scope.is_none()) {
        let Some(port) =
            s.value.as_deref().and_then(|v| v.trim_end_matches('}').rsplit(':').next()?.parse::<u16>().ok())
        else {
            continue;
        };
        for at in parts.owners(&s.place.repo, &s.place.path).to_vec() {
            parts.all[at].ports.insert(port);
        }
    }
}

/// Says of each part with code what kind it is, by its roles, packages and image.
fn classify(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts) {
    let known = knowledge();
    for s in facts.signals.iter().filter(|s| s.is("role")) {
        let Some(name) = s.name.clone() else { continue };
        for at in parts.owners(&s.place.repo, &s.place.path).to_vec() {
            parts.all[at].roles.entry(name.clone()).or_insert_with(|| s.place.clone());
        }
    }
    let serves: BTreeSet<usize> = facts
        .signals
        .iter()
        .filter(|s| s.is("route") || s.is("rpc-service") && &*s.place.rule != "proto-rpc")
        .flat_map(|s| parts.owners(&s.place.repo, &s.place.path).iter().copied())
        .collect();
    let shows: BTreeSet<usize> = facts
        .signals
        .iter()
        .filter(|s| s.is("page"))
        .flat_map(|s| parts.owners(&s.place.repo, &s.place.path).iter().copied())
        .collect();
    let commands: BTreeSet<usize> = facts
        .signals
        .iter()
        .filter(|s| s.is("cli-command"))
        .flat_map(|s| parts.owners(&s.place.repo, &s.place.path).iter().copied())
        .collect();
    for at in 0..parts.all.len() {
        let Some((repo, folder)) = parts.all[at].root.clone() else { continue };
        let mut best: Option<(u8, String, String, Place, String)> = None;
        let mut offer = |rank: u8, technology: &str, kind: &str, place: &Place, about: String| {
            if best.as_ref().is_none_or(|b| rank < b.0) {
                best = Some((rank, technology.to_owned(), kind.to_owned(), place.clone(), about));
            }
        };
        for (name, place) in &parts.all[at].roles {
            if let Some(role) = known.role(name) {
                let rank = if role.kind == "monitoring" { 1 } else { 0 };
                offer(rank, &role.technology, &role.kind, place, format!("its code takes the role {name}"));
            }
        }
        let mut is_web = false;
        let mut framework: Option<(&Technology, Place)> = None;
        for package in facts.packages.iter().filter(|p| p.place.repo == repo && p.folder == folder && p.is_runtime) {
            for hit in catalogue.of_package(&package.ecosystem, &package.name) {
                let technology = hit.technology;
                if hit.role == Role::Is
                    && let Some(kind) = known.kind_of(&technology.id, &technology.kind)
                {
                    offer(2, &technology.id, kind, &package.place, format!("it is built with {}", package.name));
                }
                is_web |= technology.kind == "ui-framework" && package.ecosystem == "npm";
                if technology.kind == "web-framework" && framework.is_none() && is_product(technology) {
                    framework = Some((technology, package.place.clone()));
                }
                if technology.kind == "mobile" {
                    offer(5, &technology.id, "app", &package.place, format!("it is built with {}", package.name));
                }
            }
        }
        let base = last_base(facts, &repo, &folder, &parts.all[at]);
        let part = &mut parts.all[at];
        if part.kind == "job" || part.is_fixed {
            continue;
        }
        if let Some((_, technology, kind, place, about)) = best {
            part.kind = kind;
            part.technology = Some(technology);
            part.show(1, &place, about, "declared");
            continue;
        }
        let base_hit = base.as_ref().and_then(|(image, _)| best_hit(catalogue.of_image(image)));
        let base_kind = base_hit.and_then(|t| known.kind_of(&t.id, &t.kind));
        if let Some((technology, place)) = framework {
            part.technology = Some(technology.id.clone());
            part.show(4, &place, format!("it is built with {}", technology.name), "declared");
        }
        part.kind = match (serves.contains(&at), is_web || shows.contains(&at), base_kind) {
            (false, false, _) if commands.contains(&at) && !part.is_deployed => "tool",
            (false, true, _) => "web",
            (
                false,
                _,
                Some(
                    kind @ ("web" | "gateway" | "database" | "broker" | "cache" | "monitoring" | "registry" | "config"
                    | "auth"),
                ),
            ) => {
                if part.technology.is_none() {
                    part.technology = base_hit.map(|t| t.id.clone());
                }
                kind
            }
            _ => "service",
        }
        .to_owned();
    }
    for part in &mut parts.all {
        if part.kind.is_empty() {
            part.kind = "service".to_owned();
        }
    }
}

/// Whether an entry of the catalogue is one product rather than a group of libraries.
fn is_product(technology: &Technology) -> bool {
    technology.name.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        || technology.name.chars().skip(1).any(char::is_uppercase)
        || !technology.name.contains(' ')
}

/// The image on which the last stage of a part's Dockerfile builds; of several in its folder, the one with its name.
fn last_base(facts: &Facts, repo: &Arc<str>, folder: &str, part: &Part) -> Option<(String, Place)> {
    let mut by_file: BTreeMap<Arc<str>, (BTreeMap<String, String>, Option<(String, Place)>)> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("base-image") && s.place.repo == *repo) {
        if code_folder(facts, repo, folder_of(&s.place.path)) != folder {
            continue;
        }
        let Some(image) = s.name.clone() else { continue };
        let (stages, last) = by_file.entry(Arc::clone(&s.place.path)).or_default();
        let image = stages.get(&image).cloned().unwrap_or(image);
        if let Some(stage) = s.attribute("stage") {
            stages.insert(stage, image.clone());
        }
        *last = Some((image, s.place.clone()));
    }
    if by_file.len() > 1 {
        by_file.retain(|path, _| {
            let words = key(path);
            part.aliases.keys().any(|a| words.ends_with(a.as_str()) || words.ends_with(&format!("{a}dockerfile")))
        });
    }
    if by_file.len() == 1 { by_file.into_values().next()?.1 } else { None }
}

/// Whether a part asks for one of some packages, or takes one of some roles; the place that shows it.
pub(super) fn has(facts: &Facts, part: &Part, packages: &[String], roles: &[String]) -> Option<Place> {
    for role in roles {
        if let Some(place) = part.roles.get(role) {
            return Some(place.clone());
        }
    }
    let (repo, folder) = part.root.as_ref()?;
    let mut best: Option<&Place> = None;
    for package in facts.packages.iter().filter(|p| {
        p.place.repo == *repo && (p.folder == *folder || is_below(&p.folder, folder) && is_below(folder, &p.folder))
    }) {
        let full = format!("{}:{}", package.ecosystem, package.name);
        if packages.iter().any(|p| fits(p, &full)) {
            best = Some(&package.place);
            break;
        }
    }
    best.cloned()
}
