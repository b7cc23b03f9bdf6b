//! Files of Compose that build on others: a service takes over what the one says that it extends, and files include
//! files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::facts::Signal;
use super::links::Gap;
use super::names::{folder_of, join, last_part};

/// What a service says once: its own word counts, not that of the service it extends.
const SAID_ONCE: [&str; 2] = ["image", "build-context"];
/// Of what it says one of each name: variables; the command and the entry point, which are commands of two names.
const SAID_BY_NAME: [&str; 2] = ["env", "command"];
/// Names that Compose looks for by itself: what such a file describes is run.
const DEFAULTS: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// A service: its file and its name.
type Service = (Arc<str>, String);

/// Gives the services of a repository what they take over from those they extend, and takes away services that are
/// only there to be extended. What leads in a circle, or nowhere, is given back as gaps.
///
/// Source: Compose Specification, chapters on extends and include.
pub(super) fn take_over(repo: &str, signals: &mut Vec<Signal>) -> Vec<Gap> {
    let of_compose = |s: &Signal| &*s.place.repo == repo && s.technology_is("compose");
    let mut gaps = Vec::new();
    let mut services: BTreeSet<Service> = BTreeSet::new();
    let mut extended: BTreeMap<Service, (Service, usize)> = BTreeMap::new();
    let mut included: BTreeMap<Arc<str>, Vec<(Arc<str>, usize)>> = BTreeMap::new();
    for (at, s) in signals.iter().enumerate().filter(|(_, s)| of_compose(s)) {
        let file = |target: &str| join(folder_of(&s.place.path), target).map(Arc::from);
        match (&*s.kind, &s.name, &s.scope) {
            ("service", Some(name), _) => {
                services.insert((Arc::clone(&s.place.path), name.clone()));
            }
            ("compose-extends", Some(name), Some(scope)) => {
                let base = s.target.as_deref().map_or_else(|| Some(Arc::clone(&s.place.path)), file);
                if let Some(base) = base {
                    extended.insert((Arc::clone(&s.place.path), scope.clone()), ((base, name.clone()), at));
                }
            }
            ("compose-include", ..) => {
                if let Some(target) = s.target.as_deref().and_then(file) {
                    included.entry(Arc::clone(&s.place.path)).or_default().push((target, at));
                }
            }
            _ => {}
        }
    }
    let gap = |signals: &[Signal], at: usize, target: String, reason: String| {
        let place = signals[at].place.clone();
        Gap { part: None, what: "deployment", target: Some(target), reason, place }
    };
    for (file, at) in circles(&included) {
        let reason = "the files that include each other come back to where they began".to_owned();
        gaps.push(gap(signals, at, file.to_string(), reason));
    }
    let mut said: BTreeMap<Service, Vec<usize>> = BTreeMap::new();
    for (at, s) in signals.iter().enumerate().filter(|(_, s)| &*s.place.repo == repo && !s.is("compose-extends")) {
        if let Some(scope) = s.scope.as_deref().filter(|_| !extended.is_empty()) {
            said.entry((Arc::clone(&s.place.path), scope.to_owned())).or_default().push(at);
        }
    }
    let is_run = |path: &Arc<str>| {
        DEFAULTS.contains(&last_part(path)) || included.values().flatten().any(|(target, _)| target == path)
    };
    let mut templates: BTreeSet<Service> = BTreeSet::new();
    let mut taken: Vec<Signal> = Vec::new();
    for service in extended.keys() {
        let own = said.get(service).into_iter().flatten().map(|at| &signals[*at]);
        let mut known: BTreeSet<(&str, Option<&str>)> = own.filter_map(once).collect();
        let mut seen = BTreeSet::from([service]);
        let mut from = service;
        while let Some((base, at)) = extended.get(from) {
            let name = format!("{} of {}", base.1, base.0);
            if !seen.insert(base) {
                gaps.push(gap(signals, *at, name, format!("{} extends itself in the end", service.1)));
                break;
            }
            if !services.contains(base) {
                gaps.push(gap(signals, *at, name, format!("{} extends a service that was not found", from.1)));
                break;
            }
            let more: Vec<&Signal> = said.get(base).into_iter().flatten().map(|at| &signals[*at]).collect();
            let new = more.iter().filter(|s| once(s).is_none_or(|o| !known.contains(&o)));
            taken.extend(new.map(|s| taken_over(s, service)));
            known.extend(more.into_iter().filter_map(once));
            if base.0 != service.0 && !is_run(&base.0) {
                templates.insert(base.clone());
            }
            from = base;
        }
    }
    signals.retain(|s| {
        let is_template = || {
            let name = s.name.clone().unwrap_or_default();
            templates.contains(&(Arc::clone(&s.place.path), name))
        };
        !(of_compose(s) && s.is("service") && is_template())
    });
    signals.append(&mut taken);
    gaps
}

/// What tells apart the things of which a service has one each. Of other things there may be any number.
fn once(s: &Signal) -> Option<(&str, Option<&str>)> {
    let kind = &*s.kind;
    let by_name = SAID_BY_NAME.contains(&kind).then_some((kind, s.name.as_deref()));
    by_name.or_else(|| SAID_ONCE.contains(&kind).then_some((kind, None)))
}

/// What is said of one service, as said of another one that extends it.
fn taken_over(s: &Signal, by: &Service) -> Signal {
    let mut taken = s.clone();
    taken.scope = Some(by.1.clone());
    if s.place.path != by.0 {
        taken.taken_by = Some(Arc::clone(&by.0));
        if s.is("build-context") {
            taken.value = s.value.as_deref().map(|v| rebased(v, folder_of(&s.place.path), folder_of(&by.0)));
        }
    }
    taken
}

/// A path as seen from another folder.
fn rebased(path: &str, from: &str, to: &str) -> String {
    match join(from, path) {
        Some(inside) => "../".repeat(to.split('/').filter(|p| !p.is_empty()).count()) + &inside,
        None => path.to_owned(),
    }
}

/// Files that lead back to themselves by what they include, with the signal that closes each circle.
fn circles(included: &BTreeMap<Arc<str>, Vec<(Arc<str>, usize)>>) -> Vec<(Arc<str>, usize)> {
    let mut found = Vec::new();
    let mut done: BTreeSet<&Arc<str>> = BTreeSet::new();
    for start in included.keys() {
        // Files on the way here, each with how many of those it includes were looked at.
        let mut way: Vec<(&Arc<str>, usize)> = vec![(start, 0)];
        while let Some((file, next)) = way.last_mut() {
            let target = included.get(*file).filter(|_| !done.contains(*file)).and_then(|t| t.get(*next));
            *next += 1;
            match target {
                Some((target, at)) if way.iter().any(|(f, _)| *f == target) => found.push((Arc::clone(target), *at)),
                Some((target, _)) => way.push((target, 0)),
                None => done.extend(way.pop().map(|(file, _)| file)),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_once_however_files_lead_to_them() {
        let check = |edges: &[(&str, &str)], expect: &[(&str, usize)]| {
            let mut included: BTreeMap<Arc<str>, Vec<(Arc<str>, usize)>> = BTreeMap::new();
            for (at, (from, to)) in edges.iter().enumerate() {
                included.entry(Arc::from(*from)).or_default().push((Arc::from(*to), at));
            }
            let found = circles(&included);
            let found: Vec<(&str, usize)> = found.iter().map(|(file, at)| (&**file, *at)).collect();
            assert_eq!(found, expect, "{edges:?}");
        };
        check(&[("a", "b"), ("b", "c"), ("a", "c")], &[]);
        check(&[("a", "a")], &[("a", 0)]);
        check(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "b")], &[("b", 2)]);
    }

    #[test]
    fn a_path_is_seen_from_another_folder() {
        assert_eq!(rebased("./api", "common", "deploy/prod"), "../../common/api");
        assert_eq!(rebased(".", "common", ""), "common");
        assert_eq!(rebased("https://host/repo.git", "common", ""), "https://host/repo.git");
    }
}
