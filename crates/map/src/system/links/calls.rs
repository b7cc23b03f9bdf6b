//! Calls that code makes: requests, remote procedures, clients of companies.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finder, Flow, Gap, New, Target, manner, outside};
use crate::system::facts::{Place, Signal};
use crate::system::knowledge::knowledge;
use crate::system::names::{Address, key};
use crate::system::parts::Parts;

impl Finder<'_> {
    /// Requests that code makes.
    pub(super) fn calls(&mut self, parts: &mut Parts) {
        let signals: Vec<&Signal> =
            self.facts.signals.iter().filter(|s| s.is("http-call") || s.is("client") || s.is("rpc-call")).collect();
        for s in signals {
            let url = s.attribute("url");
            let target = url.as_deref().or(s.target.as_deref());
            let Some(target) = target.filter(|t| !t.is_empty() && !t.starts_with('/')) else { continue };
            for from in parts.owners(&s.place.repo, &s.place.path).to_vec() {
                let protocol = if s.is("rpc-call") || s.technology_is("grpc") { "grpc" } else { "http" };
                for found in self.follow(parts, Some(from), &s.place, target) {
                    match found {
                        Target::Part(to, _) => {
                            let (kind, flow, what) = manner(&parts.all[to], &parts.all[from]);
                            // What draws charts fetches what it shows.
                            let is_shown =
                                kind == "monitoring" && parts.all[from].kind == "monitoring" && s.is("client");
                            let (flow, what) = if is_shown { (Flow::In, "shows figures from") } else { (flow, what) };
                            let about = format!("its code calls {}", shortened(target));
                            let protocol = (kind == "sync").then_some(protocol);
                            self.out.add(
                                from,
                                to,
                                New { kind, protocol, flow, what, about, basis: "resolved", place: &s.place, rank: 0 },
                            );
                        }
                        Target::Public(address) => self.company(parts, s, from, &address, protocol),
                        Target::Hole(name) => {
                            self.out.gaps.insert(Gap {
                                part: Some(from),
                                what: "call",
                                target: Some(target.to_owned()),
                                reason: hole(&name),
                                place: s.place.clone(),
                            });
                        }
                        Target::Unknown(address) => {
                            self.out.gaps.insert(Gap {
                                part: Some(from),
                                what: "call",
                                target: Some(target.to_owned()),
                                reason: format!("nothing here has the name {}", address.host),
                                place: s.place.clone(),
                            });
                        }
                        Target::Local(address) => {
                            self.out.gaps.insert(Gap {
                                part: Some(from),
                                what: "call",
                                target: Some(target.to_owned()),
                                reason: format!(
                                    "nothing here is known to listen on port {}",
                                    address.port.map_or_else(|| "80".to_owned(), |p| p.to_string())
                                ),
                                place: s.place.clone(),
                            });
                        }
                    }
                }
            }
        }
    }

    /// A call that leaves the company.
    pub(super) fn company(&mut self, parts: &mut Parts, s: &Signal, from: usize, address: &Address, protocol: &str) {
        // Who asks a host for nothing only looks whether the network is there.
        if s.method.as_deref() == Some("HEAD") && address.path.trim_matches('/').is_empty() {
            return;
        }
        let known = self.catalogue.of_address(&address.host, &address.path);
        let hit = known.first().map(|h| h.technology);
        let purpose = hit.map_or_else(|| "an outside system".to_owned(), |t| t.purpose.clone());
        let to = match hit.filter(|t| t.company.is_some()) {
            Some(technology) => {
                outside(parts, &technology.name, &purpose, Some(&technology.id), &s.place, &[&address.host])
            }
            None => outside(parts, &address.host, &purpose, None, &s.place, &[]),
        };
        let reads = s.method.as_deref().is_none_or(|m| m == "GET");
        let flow = if reads { Flow::In } else { Flow::Both };
        let about = format!("its code calls {}", address.host);
        self.out.add(
            from,
            to,
            New {
                kind: "sync",
                protocol: Some(protocol),
                flow,
                what: "calls",
                about,
                basis: "resolved",
                place: &s.place,
                rank: 0,
            },
        );
    }

    /// Remote procedure calls, joined by the name of the service.
    pub(super) fn rpc(&mut self, parts: &Parts) {
        let mut offers: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for s in self.facts.signals.iter().filter(|s| s.is("rpc-service") && &*s.place.rule != "proto-rpc") {
            let Some(name) = &s.name else { continue };
            for at in parts.owners(&s.place.repo, &s.place.path) {
                offers.entry(service_key(name)).or_default().insert(*at);
            }
        }
        for s in self.facts.signals.iter().filter(|s| s.is("rpc-call")) {
            let Some(name) = &s.name else { continue };
            let Some(servers) = offers.get(&service_key(name)) else { continue };
            for from in parts.owners(&s.place.repo, &s.place.path) {
                // Health checks and the like are offered by many; such a name says nothing.
                let [to] = servers.iter().copied().collect::<Vec<_>>()[..] else { continue };
                let about = format!("its code calls the service {name}");
                self.out.add(
                    *from,
                    to,
                    New {
                        kind: "sync",
                        protocol: Some("grpc"),
                        flow: Flow::Both,
                        what: "calls",
                        about,
                        basis: "resolved",
                        place: &s.place,
                        rank: 0,
                    },
                );
            }
        }
    }

    /// Packages that are made for the service of one outside company: whoever asks for one to run calls it, unless code
    /// showed so already.
    pub(super) fn packaged(&mut self, parts: &mut Parts) {
        for from in 0..parts.all.len() {
            let part = &parts.all[from];
            let Some((repo, folder)) = part.root.clone() else { continue };
            if part.is_development || matches!(part.kind.as_str(), "library" | "tool") {
                continue;
            }
            let mut found: BTreeMap<String, Place> = BTreeMap::new();
            for package in
                self.facts.packages.iter().filter(|p| p.place.repo == repo && p.folder == folder && p.is_runtime)
            {
                for hit in self.catalogue.of_package(&package.ecosystem, &package.name) {
                    let technology = hit.technology;
                    if technology.company.is_some() && knowledge().called.contains(&technology.kind) {
                        found.entry(technology.id.clone()).or_insert_with(|| package.place.clone());
                    }
                }
            }
            for (id, place) in found {
                let Some(technology) = self.catalogue.get(&id) else { continue };
                // What runs here under that name stands in for the company's.
                let runs_here = parts.all.iter().any(|p| p.technology.as_deref() == Some(id.as_str()) && !p.is_outside);
                if runs_here {
                    continue;
                }
                let to = outside(parts, &technology.name, &technology.purpose, Some(&id), &place, &[&id]);
                if technology.kind == "data-warehouse" {
                    "database".clone_into(&mut parts.all[to].kind);
                }
                if self.out.joins(from, to) {
                    continue;
                }
                let (kind, flow, what) = manner(&parts.all[to], &parts.all[from]);
                let what = if kind == "sync" { "calls" } else { what };
                let about = format!("it has {}, made for {}", place.seen, technology.name);
                let basis = "inferred";
                self.out.add(from, to, New { kind, protocol: None, flow, what, about, basis, place: &place, rank: 4 });
            }
        }
    }

    /// Clients made for the services of outside companies.
    pub(super) fn companies(&mut self, parts: &mut Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("sdk-client")) {
            let Some(technology) = s.technology.as_deref().and_then(|t| {
                self.catalogue.get(knowledge().reached(t)).or_else(|| self.catalogue.get(&format!("aws-{t}")))
            }) else {
                continue;
            };
            let kind = knowledge()
                .kind_of(&technology.id, &technology.kind)
                .filter(|k| matches!(*k, "database" | "broker" | "storage" | "cache"));
            for from in parts.owners(&s.place.repo, &s.place.path).to_vec() {
                let known = kind.and_then(|k| self.likeliest(parts, &technology.id, k, from));
                let to = known.unwrap_or_else(|| {
                    let id = technology.id.as_str();
                    let to = outside(parts, &technology.name, &technology.purpose, Some(id), &s.place, &[id]);
                    if let Some(kind) = kind {
                        kind.clone_into(&mut parts.all[to].kind);
                    }
                    to
                });
                let (link, flow, what) = manner(&parts.all[to], &parts.all[from]);
                let what = if link == "sync" { "calls" } else { what };
                let about = format!("its code makes a client of {}", technology.name);
                self.out.add(
                    from,
                    to,
                    New { kind: link, protocol: None, flow, what, about, basis: "resolved", place: &s.place, rank: 1 },
                );
            }
        }
    }
}

/// A service of remote calls by its last name, without what languages put around it.
fn service_key(name: &str) -> String {
    let name = name.rsplit(['.', '/', ':']).next().unwrap_or(name);
    let name = key(name);
    name.trim_end_matches("servicer").trim_end_matches("implbase").trim_end_matches("service").to_owned()
}

/// Why a host that stands for something else could not be followed.
pub(super) fn hole(name: &str) -> String {
    let is_setting = name.contains('.') && !name.starts_with("this.")
        || name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if is_setting && !name.is_empty() {
        format!("the host comes from {name}, which no configuration here sets")
    } else {
        format!(
            "the address is only put together when the program runs, from {}",
            if name.is_empty() { "parts" } else { name }
        )
    }
}

/// A text short enough for a sentence.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}
