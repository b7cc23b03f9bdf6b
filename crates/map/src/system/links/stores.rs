//! Stores of data and whoever keeps data in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The folder of a part: its repository and its path there.
type Root = (Arc<str>, String);

use super::{Finder, Flow, New, Target, manner};
use crate::catalogue::Role;
use crate::system::facts::{Place, Signal};
use crate::system::knowledge::{fits, knowledge};
use crate::system::names::{Address, key};
use crate::system::parts::{Part, Parts};

impl Finder<'_> {
    /// Data stores: connection strings and clients.
    pub(super) fn stores(&mut self, parts: &mut Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("data-access") || s.is("broker-address")) {
            let name = s.name.clone().unwrap_or_default();
            let variable = s.attribute("technology_in");
            let users: Vec<usize> =
                self.readers.of_setting(self.facts, parts, &s.place, &name).iter().map(|r| r.part).collect();
            for from in users {
                // A variable may choose another store than the one that is written.
                let chosen = variable.as_deref().and_then(|v| Some(self.settings(from)?.get(v)?.text.clone()));
                let word = chosen.or_else(|| s.technology.clone()).unwrap_or_default().to_ascii_lowercase();
                let technology = knowledge().reached(&word).to_owned();
                let Some(entry) = self.catalogue.get(&technology) else { continue };
                let kind = knowledge().kind_of(&technology, &entry.kind).unwrap_or("");
                if matches!(kind, "database" | "cache" | "broker" | "storage" | "search") {
                    self.store_of(parts, s, from, &technology, kind);
                }
            }
        }
    }

    /// The store that one part opens: the one it names, the likeliest here, else one that only the code shows.
    fn store_of(&mut self, parts: &mut Parts, s: &Signal, from: usize, technology: &str, kind: &str) {
        let target = s.target.as_deref().unwrap_or_default();
        let label = self.catalogue.get(technology).map_or_else(|| technology.to_owned(), |t| t.name.clone());
        let about = match &s.name {
            Some(name) => format!("{name} opens {label}"),
            None => format!("its code opens {label}"),
        };
        let (link, what, flow) = if kind == "broker" {
            ("async", "exchanges messages through", Flow::Both)
        } else {
            ("data", "keeps data in", Flow::Both)
        };
        let mut to: Option<(usize, &'static str)> = None;
        let mut named: Option<Address> = None;
        let mut public = None;
        let mut is_hole = target.is_empty();
        for found in self.follow(parts, Some(from), &s.place, target) {
            match found {
                Target::Part(part, _)
                    if matches!(
                        parts.all[part].kind.as_str(),
                        "database" | "cache" | "broker" | "storage" | "search"
                    ) =>
                {
                    to = Some((part, "resolved"));
                    break;
                }
                Target::Part(..) | Target::Local(_) | Target::Hole(_) => is_hole = true,
                Target::Unknown(address) => named = named.or(Some(address)),
                Target::Public(address) => public = public.or(Some(address)),
            }
        }
        if to.is_none() && named.is_none() && public.is_none() {
            is_hole = true;
        }
        if to.is_none() {
            to = self.likeliest(parts, technology, kind, from).map(|part| (part, "inferred"));
        }
        if to.is_none() && is_embedded(technology) {
            return;
        }
        if to.is_none() {
            let made = match (named, public) {
                (Some(address), _) if is_store_name(&address.host) => Some(address.host),
                (_, Some(address)) => Some(address.host),
                _ => None,
            };
            // Where deployment is described, a store that it does not run and nobody names is one of a laptop.
            if made.is_none() && (parts.is_deployed || !is_hole) {
                return;
            }
            let name = made.unwrap_or_else(|| technology.to_owned());
            let mut part = Part {
                name: name.clone(),
                kind: kind.to_owned(),
                technology: Some(technology.to_owned()),
                basis: "inferred",
                ..Part::default()
            };
            part.repo = Some(Arc::clone(&s.place.repo));
            part.alias(&name);
            part.show(2, &s.place, about.clone(), "inferred");
            let at = match parts.named(&name, Some(&s.place.repo)) {
                Some(at) => at,
                None => parts.add(part),
            };
            to = Some((at, "inferred"));
        }
        if let Some((to, basis)) = to {
            parts.all[to].technology.get_or_insert_with(|| technology.to_owned());
            // What a program sends and receives tells more of a broker than that it knows where one is.
            let rank = if basis == "resolved" { u8::from(link == "async") } else { 2 };
            self.out.add(
                from,
                to,
                New { kind: link, protocol: Some(technology), flow, what, about, basis, place: &s.place, rank },
            );
        }
    }

    /// A store in a file of its own, for a part that keeps data nowhere else.
    pub(super) fn embedded(&mut self, parts: &mut Parts) {
        // Those of the Java world stand in for another one while people develop and test.
        const KEPT: [&str; 6] = ["sqlite", "duckdb", "rocksdb", "leveldb", "lmdb", "bolt"];
        let keeps = |out: &super::Links, parts: &Parts, from: usize| {
            out.all.keys().any(|(f, to)| *f == from && matches!(parts.all[*to].kind.as_str(), "database" | "search"))
        };
        let mut found: BTreeMap<usize, (&'static str, Place)> = BTreeMap::new();
        for s in self.facts.signals.iter().filter(|s| s.is("data-access")) {
            let word = s.technology.as_deref().unwrap_or_default().to_ascii_lowercase();
            let Some(technology) = KEPT.into_iter().find(|k| *k == knowledge().reached(&word)) else { continue };
            for reader in self.readers.of(parts, &s.place) {
                found.entry(reader.part).or_insert_with(|| (technology, s.place.clone()));
            }
        }
        for (at, settings) in self.settings.iter().enumerate() {
            let named = settings.all().find(|v| v.text.starts_with("sqlite:") || v.text.starts_with("sqlite3:"));
            if let Some(value) = named {
                found.entry(at).or_insert_with(|| ("sqlite", value.place.clone()));
            }
        }
        for (at, part) in parts.all.iter().enumerate() {
            let Some((repo, folder)) = &part.root else { continue };
            for package in
                self.facts.packages.iter().filter(|p| p.is_runtime && p.place.repo == *repo && p.folder == *folder)
            {
                for hit in self.catalogue.of_package(&package.ecosystem, &package.name) {
                    let kept = KEPT.into_iter().find(|k| *k == hit.technology.id && hit.role == Role::Uses);
                    if let Some(technology) = kept {
                        found.entry(at).or_insert_with(|| (technology, package.place.clone()));
                    }
                }
            }
        }
        found.retain(|at, _| {
            let Some(part) = parts.all.get(*at) else { return false };
            matches!(part.kind.as_str(), "service" | "job" | "app" | "web")
                && part.is_code()
                && !keeps(&self.out, parts, *at)
        });
        let mut made: BTreeMap<(Option<Root>, &str), usize> = BTreeMap::new();
        let roots: BTreeSet<_> = found.keys().map(|at| parts.all[*at].root.clone()).collect();
        for (from, (technology, place)) in found {
            let Some(entry) = self.catalogue.get(technology) else { continue };
            let root = parts.all[from].root.clone();
            let name = if roots.len() == 1 {
                entry.name.clone()
            } else {
                format!("{} of {}", entry.name, parts.all[from].name)
            };
            let about = format!("{} keeps data with {}", parts.all[from].name, entry.name);
            let to = *made.entry((root, technology)).or_insert_with(|| {
                let mut part = Part {
                    name: name.clone(),
                    kind: "database".to_owned(),
                    technology: Some(technology.to_owned()),
                    basis: "inferred",
                    repo: Some(Arc::clone(&place.repo)),
                    ..Part::default()
                };
                part.alias(&name);
                part.show(2, &place, about.clone(), "inferred");
                parts.add(part)
            });
            let new = New {
                kind: "data",
                protocol: Some(technology),
                flow: Flow::Both,
                what: "keeps data in",
                about,
                basis: "inferred",
                place: &place,
                rank: 4,
            };
            self.out.add(from, to, new);
        }
    }

    /// The store of a technology that a part most likely means: one that is joined to it by settings already, the only
    /// one, or the one that has its name.
    pub(super) fn likeliest(&self, parts: &Parts, technology: &str, kind: &str, from: usize) -> Option<usize> {
        let mut same: Vec<usize> = parts
            .all
            .iter()
            .enumerate()
            .filter(|(_, p)| {
                p.kind == kind
                    && p.technology.as_deref().is_some_and(|t| t == technology || knowledge().reached(t) == technology)
            })
            .map(|(at, _)| at)
            .collect();
        // One of which only the kind is known may be of any make.
        if same.is_empty() {
            same = parts.of_kind(kind).filter(|at| parts.all[*at].technology.is_none()).collect();
        }
        // What is there for those who write the program is meant by the product only where it has nothing else.
        let is_of_product = |at: &usize| !parts.all[*at].is_development;
        if is_of_product(&from) && same.iter().any(is_of_product) {
            same.retain(is_of_product);
        }
        if let Some(joined) = same.iter().find(|at| self.out.joins(from, **at)) {
            return Some(*joined);
        }
        if let Some(needed) = same
            .iter()
            .find(|at| parts.all[from].needs.iter().any(|(n, _, _)| parts.all[**at].aliases.contains_key(&key(n))))
        {
            return Some(*needed);
        }
        if let [one] = same[..] {
            return Some(one);
        }
        let words: Vec<String> = parts.all[from]
            .aliases
            .keys()
            .map(|a| a.trim_end_matches("service").trim_end_matches("api").to_owned())
            .filter(|w| w.len() > 2)
            .collect();
        let mut named = same
            .iter()
            .filter(|at| parts.all[**at].aliases.keys().any(|a| words.iter().any(|w| a.contains(w.as_str()))));
        match (named.next(), named.next()) {
            (Some(one), None) => Some(*one),
            _ => None,
        }
    }

    /// Stores and queues that the template of a part creates for it.
    pub(super) fn templates(&mut self, parts: &Parts) {
        for (to, part) in parts.all.iter().enumerate().filter(|(_, p)| p.is_resource) {
            let Some(place) = &part.technology_place else { continue };
            for from in &part.users {
                let (kind, flow, what) = manner(part, &parts.all[*from]);
                let about = format!("its template creates {}", part.name);
                let protocol = part.technology.as_deref();
                self.out.add(*from, to, New { kind, protocol, flow, what, about, basis: "inferred", place, rank: 4 });
            }
        }
    }

    /// Packages that are made to reach one kind of store: it is the one that runs here, else one that nothing describes.
    pub(super) fn drivers(&mut self, parts: &mut Parts) {
        // Where deployment runs stores, one that it does not run is an alternative.
        let runs_store = parts.all.iter().any(|p| p.is_deployed && matches!(p.kind.as_str(), "database" | "cache"));
        for from in 0..parts.all.len() {
            let Some((repo, folder)) = parts.all[from].root.clone() else { continue };
            let mut found: BTreeMap<String, Place> = BTreeMap::new();
            let (mut embeds, mut is_java) = (false, false);
            for package in
                self.facts.packages.iter().filter(|p| p.place.repo == repo && p.folder == folder && p.is_runtime)
            {
                let full = format!("{}:{}", package.ecosystem, package.name);
                if knowledge().carriers.iter().any(|c| fits(c, &full)) {
                    continue;
                }
                for hit in self.catalogue.of_package(&package.ecosystem, &package.name) {
                    embeds |= is_embedded(&hit.technology.id);
                    is_java |= package.ecosystem == "maven";
                    let kind = knowledge().kind_of(&hit.technology.id, &hit.technology.kind);
                    if hit.role == Role::Uses
                        && matches!(kind, Some("database" | "cache" | "broker"))
                        && hit.technology.company.is_none()
                        && !hit.technology.images.is_empty()
                    {
                        found.entry(hit.technology.id.clone()).or_insert_with(|| package.place.clone());
                    }
                }
            }
            for (technology, place) in found {
                let Some(entry) = self.catalogue.get(&technology) else { continue };
                let kind = knowledge().kind_of(&technology, &entry.kind).unwrap_or("database");
                let is_joined = self.out.all.keys().any(|(f, to)| {
                    *f == from
                        && parts.all[*to]
                            .technology
                            .as_deref()
                            .is_some_and(|t| t == technology || speaks(t) == technology)
                });
                if is_joined || is_embedded(&technology) {
                    continue;
                }
                let (link, what) =
                    if kind == "broker" { ("async", "exchanges messages through") } else { ("data", "keeps data in") };
                let about = format!("it has {}, made for {}", place.seen, entry.name);
                let to = match self.likeliest(parts, &technology, kind, from) {
                    Some(to) => to,
                    // Another store in the same manifest may be the one that is used.
                    // Libraries of the Java world bring clients of brokers along; elsewhere somebody chose one.
                    None if kind == "broker" && (parts.is_deployed || is_java) => continue,
                    None if kind == "cache" || kind == "database" && (embeds || runs_store) => continue,
                    None if parts.of_technology(&technology).next().is_some() => continue,
                    None => {
                        let mut part = Part {
                            name: entry.name.clone(),
                            kind: kind.to_owned(),
                            technology: Some(technology.clone()),
                            basis: "inferred",
                            ..Part::default()
                        };
                        part.repo = Some(Arc::clone(&repo));
                        part.alias(&entry.name);
                        part.alias(&technology);
                        part.show(2, &place, about.clone(), "inferred");
                        parts.add(part)
                    }
                };
                parts.all[to].technology.get_or_insert_with(|| technology.clone());
                self.out.add(
                    from,
                    to,
                    New {
                        kind: link,
                        protocol: Some(&technology),
                        flow: Flow::Both,
                        what,
                        about,
                        basis: "inferred",
                        place: &place,
                        rank: 4,
                    },
                );
            }
        }
    }
}

/// Stores that live inside the program that uses them.
fn is_embedded(technology: &str) -> bool {
    matches!(technology, "h2" | "hsqldb" | "derby" | "sqlite" | "rocksdb" | "leveldb" | "duckdb" | "lmdb" | "bolt")
}

/// Whether a host could be the name of a store: not a hole, a number or a word of an example.
fn is_store_name(host: &str) -> bool {
    host.len() > 2 && host.chars().any(|c| c.is_ascii_alphabetic()) && !host.contains(['{', '$', '*'])
}

/// What a product that speaks another's protocol stands in for.
pub(super) fn speaks(technology: &str) -> &str {
    match technology {
        "redpanda" => "kafka",
        "valkey" | "dragonfly" | "keydb" => "redis",
        other => other,
    }
}
