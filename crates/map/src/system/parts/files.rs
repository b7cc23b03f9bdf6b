//! Whose each file is: folders of parts, libraries that they share, programs of one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::roots::is_program;
use super::{Part, Parts};
use crate::system::facts::{Facts, File, FileId};
use crate::system::names::{folder_of, is_below, join, key, last_part};

/// Whose each folder is, libraries included.
pub(super) fn index(facts: &Facts, parts: &mut Parts) {
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
    // Projects that builds name by their place rather than by a name.
    let folders: BTreeMap<(&str, &str), usize> =
        facts.projects.iter().enumerate().map(|(i, p)| ((&*p.place.repo, p.folder.as_str()), i)).collect();
    for s in facts.signals.iter().filter(|s| s.is("project-reference")) {
        let (folder, target) = (folder_of(&s.place.path), s.target.as_deref().unwrap_or_default());
        let named = if s.technology_is("gradle") {
            // From the root of the build, which may stand below that of the repository.
            let mut above = std::iter::successors(Some(folder), |f| (!f.is_empty()).then(|| folder_of(f)));
            above.find_map(|f| join(f, target).filter(|t| folders.contains_key(&(&*s.place.repo, t.as_str()))))
        } else {
            join(folder, target).map(|file| folder_of(&file).to_owned())
        };
        let project = named.and_then(|f| folders.get(&(&*s.place.repo, f.as_str())).copied());
        if let Some(project) = project.filter(|p| facts.projects[*p].folder != folder) {
            asked.entry((Arc::clone(&s.place.repo), folder)).or_default().insert(project);
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

/// Files of each program, where one folder of code is built into several: those that its start leads to by imports.
pub(super) fn programs(facts: &Facts, parts: &mut Parts) {
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
            let start = facts.entries.iter().find_map(|(place, _, kind)| {
                let is_start = place.repo == repo && kind == "binary" && is_below(&place.path, &folder);
                Some((place, own_folder(part, &folder, &place.path).filter(|_| is_start)?))
            });
            if let Some((place, own)) = start {
                let mut reaches = reached(facts, &repo, files, &place.path);
                // Settings and the like beside the program are never imported.
                reaches.extend(files.keys().filter(|p| is_below(p, own)).map(|p| Arc::from(p.as_str())));
                reach.push((*at, reaches));
            }
        }
        if reach.len() < 2 {
            continue;
        }
        // Code that the start of none of them leads to is run by none of them.
        let is_whole = reach.len() == who.len();
        for (path, file) in files.iter().filter(|(p, _)| is_below(p, &folder)) {
            let owners: Vec<usize> =
                reach.iter().filter(|(_, r)| r.contains(path.as_str())).map(|(at, _)| *at).collect();
            if !owners.is_empty() || is_whole && is_program(file) {
                parts.by_file.insert((Arc::clone(&repo), Arc::from(path.as_str())), owners);
            }
        }
    }
}

/// Settings and scripts that are mounted into somebody's image: they are those of what runs from it, unless a part with
/// code of its own stands nearer to them.
pub(super) fn mounted(facts: &Facts, parts: &mut Parts) {
    let mut found: FxHashMap<FileId, Vec<usize>> = FxHashMap::default();
    for (at, part) in parts.all.iter().enumerate().filter(|(_, p)| !p.is_code()) {
        let Some((repo, files)) = part.repo.as_ref().and_then(|repo| Some((repo, facts.files.get(repo)?))) else {
            continue;
        };
        for path in part.mounts.iter().filter_map(|mount| mount.strip_prefix('/')).filter(|path| !path.is_empty()) {
            let below = files.range(path.to_owned()..).take_while(|(p, _)| p.starts_with(path));
            for (file, _) in below.filter(|(p, f)| is_below(p, path) && !is_program(f)) {
                let owners = parts.owners(repo, file);
                let is_nearer = owners.iter().filter_map(|owner| parts.all[*owner].root.as_ref());
                if is_nearer.into_iter().all(|(_, root)| root.len() < path.len()) {
                    let list = found.entry((Arc::clone(repo), Arc::from(file.as_str()))).or_default();
                    if !list.contains(&at) {
                        list.push(at);
                    }
                }
            }
        }
    }
    parts.by_file.extend(found);
}

/// The folder between a folder of code and the start of a program that has the name of a part, as in `cmd/orders` and
/// `orders/cmd`.
fn own_folder<'p>(part: &Part, folder: &str, start: &'p str) -> Option<&'p str> {
    let mut own = folder_of(start);
    while own.len() > folder.len() {
        if part.aliases.contains_key(&key(last_part(own))) {
            return Some(own);
        }
        own = folder_of(own);
    }
    None
}

/// Files that a start leads to: those of its folder, and whatever they import, folders whole.
pub(super) fn reached(
    facts: &Facts,
    repo: &Arc<str>,
    files: &BTreeMap<String, File>,
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
