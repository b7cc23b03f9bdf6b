//! The parts of the system: what deployment names, what code builds, and which of the two are one.

mod classify;
mod deployed;
mod files;
mod origin;
mod roots;
mod shells;
mod unite;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::{Facts, FileId, Place};
use super::names::{folder_of, key};
use crate::catalogue::Catalogue;
use classify::{classify, listen};
use deployed::{deployed, is_trial, is_workplace, stands_in};
use files::{index, libraries, mounted, programs};
use roots::roots;
use unite::join_both;
use whole::{is_orchestrator, resources, whole_repositories};

pub(super) use classify::has;
pub(super) use deployed::main_deployments;
pub(super) use files::is_followed;
pub(super) use roots::is_program;

/// A component in the making.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is seen on its own, and any of them may come together")]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) kind: String,
    /// Id in the catalogue.
    pub(super) technology: Option<String>,
    /// Repository and folder of its code.
    pub(super) root: Option<(Arc<str>, String)>,
    /// A folder around that of its code which holds its recipe.
    pub(super) outer: Option<String>,
    /// Repository it belongs to.
    pub(super) repo: Option<Arc<str>>,
    /// Names under which it is known, in the form in which names are compared, and as written.
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) is_outside: bool,
    pub(super) basis: &'static str,
    /// Variables that its deployment sets.
    pub(super) variables: Vec<(String, String, Place)>,
    /// Variables of the files that it is given whole, and whether others are given the same file.
    pub(super) given: Vec<(String, String, Place, bool)>,
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
    /// Its image stands in for something else while people develop and test.
    pub(super) stands_in: bool,
    /// It is there for those who develop and test alone.
    pub(super) is_development: bool,
    /// Image of somebody else of which nothing is known but its name.
    pub(super) image: Option<String>,
    /// What it may be, by ids in the catalogue, where files of deployment differ; the likeliest first.
    pub(super) variants: Vec<String>,
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
    /// Adds a name, unless it is too short to tell anything or only a placeholder.
    pub(super) fn alias(&mut self, name: &str) {
        let name = name.trim();
        let compared = key(name);
        if compared.len() > 1 && !name.contains(['{', '$']) {
            self.aliases.entry(compared).or_insert_with(|| name.to_owned());
        }
    }

    /// Adds a place that shows something of it; a small rank says more.
    pub(super) fn show(&mut self, rank: u8, place: &Place, about: impl Into<String>, basis: &'static str) {
        self.evidence.push(Evidence { rank, place: place.clone(), about: about.into(), basis });
    }

    /// Whether its code is here.
    pub(super) fn is_code(&self) -> bool {
        self.root.is_some()
    }
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
    by_file: FxHashMap<FileId, Vec<usize>>,
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

    /// Whether a file belongs to programs with folders of their own.
    pub(super) fn is_shared(&self, repo: &str, path: &str) -> bool {
        self.owners(repo, path).windows(2).any(|pair| self.all[pair[0]].root != self.all[pair[1]].root)
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
        part.given.extend(taken.given);
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
    join_both(facts, catalogue, deployed, &roots, &mut parts);
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
    libraries(facts, &mut parts);
    mounted(facts, &mut parts);
    resources(facts, catalogue, &mut parts);
    listen(facts, &mut parts);
    classify(facts, catalogue, &mut parts);
    mark_development(&mut parts);
    parts
}

/// A store that only a workplace describes and that the product uses is one of the product, wherever that one runs.
pub(super) fn keep_used(parts: &mut Parts, used: impl Iterator<Item = (usize, usize)>) {
    for (from, to) in used {
        let by_product = !parts.all[from].is_development && parts.all[from].is_code();
        let part = &mut parts.all[to];
        let is_store = matches!(part.kind.as_str(), "database" | "cache" | "storage" | "search" | "broker");
        if by_product && is_store && !part.stands_in {
            part.is_development = false;
        }
    }
}

/// Marks what is there for those who develop and test alone: nothing but their files names it, or it stands in for
/// something else. A repository in which all is so has nothing else to tell.
fn mark_development(parts: &mut Parts) {
    for part in &mut parts.all {
        part.stands_in |= stands_in(&part.name);
    }
    let is_so = |part: &Part| {
        let mut places = part.evidence.iter().map(|e| &*e.place.path);
        part.stands_in || !part.evidence.is_empty() && places.all(|p| is_workplace(p) || is_trial(p))
    };
    let found: Vec<bool> = parts.all.iter().map(|p| !p.is_outside && is_so(p)).collect();
    let others: BTreeSet<Option<Arc<str>>> =
        parts.all.iter().zip(&found).filter(|(p, so)| !**so && p.is_code()).map(|(p, _)| p.repo.clone()).collect();
    for (part, so) in parts.all.iter_mut().zip(found) {
        part.is_development = so && others.contains(&part.repo);
    }
}
