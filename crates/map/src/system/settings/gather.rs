//! Gathers the values of all parts from everything that sets them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::readers::Readers;
use super::{Pairs, Settings, Value, closing, last_name, split_default};
use crate::system::facts::{Facts, Place};
use crate::system::knowledge::knowledge;
use crate::system::names::{folder_of, is_below, key};
use crate::system::parts::{Parts, has, main_deployments};

/// Values of all parts, in the order of the parts.
pub(in crate::system) fn gather(facts: &Facts, parts: &Parts) -> Vec<Settings> {
    let mut all = vec![Settings::default(); parts.all.len()];
    for (settings, part) in all.iter_mut().zip(&parts.all) {
        for (name, text, place) in &part.variables {
            settings.add(Value::own(name, text, place, 0));
        }
        for (name, text, place, is_shared) in &part.given {
            settings.add(Value { is_shared: *is_shared, ..Value::own(name, text, place, 1) });
        }
    }
    let maps = ConfigMaps::of(facts);
    take_whole_maps(facts, parts, &maps, &mut all);
    take_files(facts, parts, &mut all);
    take_keys_of_maps(facts, parts, &maps, &mut all);
    take_reads(facts, parts, &mut all);
    arrange(facts, parts, &mut all);
    all
}

/// Config maps of Kubernetes by repository and name.
struct ConfigMaps<'f>(BTreeMap<(Arc<str>, String), Pairs<'f>>);

impl<'f> ConfigMaps<'f> {
    fn of(facts: &'f Facts) -> Self {
        let mut maps: BTreeMap<(Arc<str>, String), Pairs<'f>> = BTreeMap::new();
        let is_main = main_deployments(facts);
        for s in facts.signals.iter().filter(|s| is_main(s)) {
            if s.is("config-value")
                && s.technology_is("kubernetes")
                && let (Some(map), Some(name), Some(value)) = (&s.scope, &s.name, &s.value)
            {
                maps.entry((Arc::clone(&s.place.repo), map.clone())).or_default().push((name, value, &s.place));
            }
        }
        Self(maps)
    }

    /// Names, texts and places of one map.
    fn named(&self, repo: &Arc<str>, map: &str) -> &[(&'f str, &'f str, &'f Place)] {
        self.0.get(&(Arc::clone(repo), map.to_owned())).map_or(&[], Vec::as_slice)
    }
}

/// Variables of workloads that take a config map whole.
fn take_whole_maps(facts: &Facts, parts: &Parts, maps: &ConfigMaps<'_>, all: &mut [Settings]) {
    for s in facts.signals.iter().filter(|s| s.is("env-from")) {
        let (Some(scope), Some(map)) = (&s.scope, &s.value) else { continue };
        let Some(at) = parts.named(scope, Some(&s.place.repo)) else { continue };
        for (name, text, place) in maps.named(&s.place.repo, map) {
            all[at].add(Value::own(name, text, place, 1));
        }
    }
}

/// Variables that take one key of a config map.
fn take_keys_of_maps(facts: &Facts, parts: &Parts, maps: &ConfigMaps<'_>, all: &mut [Settings]) {
    for s in facts.signals.iter().filter(|s| s.is("env")) {
        let (Some(scope), Some(name), Some(from)) = (&s.scope, &s.name, s.attribute("from")) else { continue };
        let Some((map, field)) = from.split_once('/') else { continue };
        let Some(at) = parts.named(scope, Some(&s.place.repo)) else { continue };
        for (_, text, place) in maps.named(&s.place.repo, map).iter().filter(|(n, _, _)| *n == field) {
            all[at].add(Value::own(name, text, place, 1));
        }
    }
}

/// Values in files of settings, in recipes of images and in code.
fn take_files(facts: &Facts, parts: &Parts, all: &mut [Settings]) {
    let readers = Readers::of_parts(parts);
    for s in &facts.signals {
        let (Some(name), Some(text)) = (&s.name, &s.value) else { continue };
        let value = |rank: u8, is_shared: bool| Value { is_shared, ..Value::own(name, text, &s.place, rank) };
        let technology = s.technology.as_deref().unwrap_or_default();
        match &*s.kind {
            "config-value" if technology == "kubernetes" => {}
            "config-value" => {
                for reader in readers.of(parts, &s.place) {
                    all[reader.part].add(value(reader.rank, reader.is_shared));
                }
            }
            "env" if technology == "dotenv" => {
                // A file beside a description of deployment is read by that; see `parts`.
                let folder = folder_of(&s.place.path);
                for at in parts.owners(&s.place.repo, &s.place.path) {
                    let is_own = parts.all[*at]
                        .root
                        .as_ref()
                        .is_some_and(|(_, f)| is_below(folder, f) && !parts.deploys(&s.place.repo, folder));
                    if is_own {
                        all[*at].add(value(3, false));
                    }
                }
            }
            "env" if technology == "dockerfile" => {
                for at in parts.owners(&s.place.repo, &s.place.path) {
                    all[*at].add(value(3, false));
                }
            }
            "env-read" | "config-read" => {
                // One program that is run as several parts holds the defaults of all of them.
                let owners = parts.owners(&s.place.repo, &s.place.path);
                let is_of_several = owners.windows(2).any(|pair| parts.all[pair[0]].root == parts.all[pair[1]].root);
                for at in owners {
                    all[*at].add(value(6, is_of_several));
                }
            }
            _ => {}
        }
    }
}

/// Names that code, and settings themselves, ask for.
fn take_reads(facts: &Facts, parts: &Parts, all: &mut [Settings]) {
    for s in facts.signals.iter().filter(|s| s.is("env-read") || s.is("config-read")) {
        let Some(name) = &s.name else { continue };
        let is_shared = parts.is_shared(&s.place.repo, &s.place.path);
        for at in parts.owners(&s.place.repo, &s.place.path) {
            all[*at].reads.insert(key(name));
            if !is_shared {
                all[*at].own_reads.insert(key(name));
            }
            if let Some(target) = s.target.as_deref().filter(|_| s.is("env-read")).and_then(last_name) {
                all[*at].filled.entry(target.to_owned()).or_default().insert(name.clone());
            }
        }
    }
    for settings in all {
        let asked: Vec<String> = settings.all().filter(|v| v.rank > 1).flat_map(|v| placeholders(&v.text)).collect();
        settings.reads.extend(asked);
    }
}

/// Puts the strongest values first, and takes shared settings of a library from those that do not have it.
fn arrange(facts: &Facts, parts: &Parts, all: &mut [Settings]) {
    for (settings, part) in all.iter_mut().zip(&parts.all) {
        for list in settings.by_key.values_mut() {
            list.sort_by(|a, b| (a.rank, &a.place).cmp(&(b.rank, &b.place)));
        }
        settings.by_key.retain(|name, list| {
            for setting in knowledge().settings_with(name) {
                if has(facts, part, &setting.packages, &setting.roles).is_none() {
                    list.retain(|v| !v.is_shared);
                }
            }
            !list.is_empty()
        });
    }
}

/// Names in the placeholders of a text, in the form in which names are compared.
fn placeholders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some(end) = closing(after, 0) else { break };
        found.push(key(split_default(&after[..end]).0));
        rest = &after[end..];
    }
    found
}
