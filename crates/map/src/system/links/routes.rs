//! Routes of gateways, proxies and ingresses, and figures that are fetched.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::people::person;
use super::{Finder, Flow, Gap, New, Target, manner};
use crate::system::facts::{Place, Signal};
use crate::system::knowledge::knowledge;
use crate::system::names::{addresses, folder_of, is_below, is_local, last_part};
use crate::system::parts::{Part, Parts};

impl Finder<'_> {
    /// Configuration of a proxy that no part owns: the proxy itself is then known by it alone.
    pub(super) fn proxies(&mut self, parts: &mut Parts) {
        let mut made: BTreeMap<(Arc<str>, String), usize> = BTreeMap::new();
        for s in self.facts.signals.iter().filter(|s| s.is("gateway-route")) {
            let Some(technology) = s.technology.as_deref().and_then(|t| self.catalogue.get(t)) else { continue };
            if knowledge().edges.contains(&technology.id) {
                continue;
            }
            let Some(kind) =
                knowledge().kind_of(&technology.id, &technology.kind).filter(|k| matches!(*k, "web" | "gateway"))
            else {
                continue;
            };
            let leads = s
                .target
                .as_deref()
                .is_some_and(|t| self.follow(parts, None, &s.place, t).iter().any(|f| matches!(f, Target::Part(..))));
            if !leads || !self.gateways(parts, s).is_empty() {
                continue;
            }
            let folder = folder_of(&s.place.path);
            let id = (Arc::clone(&s.place.repo), technology.id.clone());
            if made.contains_key(&id) {
                continue;
            }
            let mut part = Part {
                name: technology.id.clone(),
                kind: kind.to_owned(),
                technology: Some(technology.id.clone()),
                basis: "inferred",
                ..Part::default()
            };
            if !folder.is_empty() {
                last_part(folder).clone_into(&mut part.name);
            }
            part.repo = Some(Arc::clone(&s.place.repo));
            let name = part.name.clone();
            part.alias(&name);
            part.alias(&technology.name);
            part.show(1, &s.place, format!("its configuration is one of {}", technology.name), "declared");
            made.insert(id, parts.add(part));
        }
    }

    /// Routes of gateways and proxies.
    pub(super) fn routes(&mut self, parts: &mut Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("gateway-route") || s.is("ingress-route")) {
            let Some(target) = s.target.as_deref().or(s.name.as_deref()) else { continue };
            let is_edge = s.is("ingress-route")
                || s.technology.as_deref().is_some_and(|t| knowledge().edges.iter().any(|e| e == t));
            if is_edge {
                self.ingress(parts, s, target);
                continue;
            }
            for from in self.gateways(parts, s) {
                self.pass_on(parts, s, from, target);
            }
        }
    }

    /// An edge leads people to what it names.
    fn ingress(&mut self, parts: &mut Parts, s: &Signal, target: &str) {
        let host = addresses(target).into_iter().next().map_or_else(|| target.to_owned(), |a| a.host);
        let first = host.split('.').next().unwrap_or(&host);
        let found = parts.named(&host, Some(&s.place.repo)).or_else(|| parts.named(first, Some(&s.place.repo)));
        let Some(to) = found.filter(|to| {
            matches!(parts.all[*to].kind.as_str(), "web" | "gateway")
                || s.is("ingress-route") && parts.all[*to].is_code()
        }) else {
            return;
        };
        let user = person(parts, &s.place);
        let about = format!("an ingress leads {} to it", s.http_route.as_deref().unwrap_or("requests"));
        self.out.add(
            user,
            to,
            New {
                kind: "sync",
                protocol: Some("http"),
                flow: Flow::Both,
                what: "uses",
                about,
                basis: "declared",
                place: &s.place,
                rank: 1,
            },
        );
    }

    /// A gateway passes the requests of one route on.
    fn pass_on(&mut self, parts: &mut Parts, s: &Signal, from: usize, target: &str) {
        for found in self.follow(parts, Some(from), &s.place, target) {
            let about = match &s.http_route {
                Some(route) => format!("requests for {route} are passed on"),
                None => "requests are passed on".to_owned(),
            };
            match found {
                Target::Part(to, _) => {
                    let (kind, flow, _) = manner(&parts.all[to], &parts.all[from]);
                    let (kind, flow) = if kind == "monitoring" { ("sync", Flow::Both) } else { (kind, flow) };
                    self.out.add(
                        from,
                        to,
                        New {
                            kind,
                            protocol: Some("http"),
                            flow,
                            what: "passes requests on to",
                            about,
                            basis: "declared",
                            place: &s.place,
                            rank: 0,
                        },
                    );
                }
                Target::Public(address) => self.company(parts, s, from, &address, "http"),
                Target::Hole(name, _) => {
                    self.out.gaps.insert(Gap {
                        part: Some(from),
                        what: "route",
                        target: Some(target.to_owned()),
                        reason: format!("the place comes from {name}, which no configuration here sets"),
                        place: s.place.clone(),
                    });
                }
                Target::Local(_) | Target::Unknown(_) => {
                    self.out.gaps.insert(Gap {
                        part: Some(from),
                        what: "route",
                        target: Some(target.to_owned()),
                        reason: "nothing here has that name".to_owned(),
                        place: s.place.clone(),
                    });
                }
            }
        }
    }

    /// The gateways that a file of routes is for: those that read it as settings, into which it is mounted, or in whose
    /// folder it stands; else the only one of its product.
    fn gateways(&self, parts: &Parts, s: &Signal) -> Vec<usize> {
        let technology = s.technology.as_deref().unwrap_or_default();
        let mounted = Self::mounted(parts, &s.place);
        let made_for = |at: &usize| parts.all[*at].technology.as_deref() == Some(technology);
        if mounted.iter().any(made_for) {
            return mounted.into_iter().filter(made_for).collect();
        }
        let found: Vec<usize> = self.readers.of(parts, &s.place).iter().map(|r| r.part).collect();
        if !found.is_empty() {
            return found;
        }
        if !mounted.is_empty() {
            return mounted;
        }
        let same: Vec<usize> = parts.of_technology(technology).collect();
        if same.len() == 1 { same } else { Vec::new() }
    }

    /// The parts for which a file speaks: those that it belongs to; where it belongs to nobody, the only one of the product
    /// that such files of settings are for.
    pub(super) fn speakers(parts: &Parts, s: &Signal) -> Vec<usize> {
        let owners = parts.owners(&s.place.repo, &s.place.path).to_vec();
        if owners.is_empty() { Self::only_reader(parts, s).into_iter().collect() } else { owners }
    }

    /// The only part of the product that reads a file of settings.
    pub(super) fn only_reader(parts: &Parts, s: &Signal) -> Option<usize> {
        let product = s.attribute("reader")?;
        let mut same = parts.of_technology(&product);
        same.next().filter(|_| same.next().is_none())
    }

    /// Parts into which a file, or its folder, is mounted.
    fn mounted(parts: &Parts, place: &Place) -> Vec<usize> {
        let fits = |part: &Part| {
            part.mounts.iter().any(|mount| {
                if let Some(path) = mount.strip_prefix('/').filter(|_| part.repo.as_ref() == Some(&place.repo)) {
                    return is_below(&place.path, path) && !path.is_empty();
                }
                let mount = mount.trim_start_matches("./").trim_start_matches("../").trim_end_matches('/');
                mount.len() > 3 && (place.path.ends_with(mount) || place.path.contains(&format!("{mount}/")))
            })
        };
        parts.all.iter().enumerate().filter(|(_, p)| fits(p)).map(|(at, _)| at).collect()
    }

    /// Figures that a metrics server fetches.
    pub(super) fn scrapes(&mut self, parts: &Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("scrape-target")) {
            let Some(target) = s.target.as_deref() else { continue };
            let mut froms = parts.owners(&s.place.repo, &s.place.path).to_vec();
            froms.retain(|at| parts.all[*at].kind == "monitoring");
            if froms.is_empty() {
                froms = Self::mounted(parts, &s.place);
            }
            if froms.is_empty() {
                froms = parts.of_technology(s.technology.as_deref().unwrap_or("prometheus")).collect();
            }
            for from in froms {
                for found in self.follow(parts, Some(from), &s.place, target) {
                    // A program on the machine around it, which the name of the task tells.
                    let named = || s.name.as_deref().and_then(|n| parts.named(n, Some(&s.place.repo)));
                    let found = match found {
                        Target::Local(address) if address.host == "host.docker.internal" => {
                            named().map_or(Target::Local(address.clone()), |to| Target::Part(to, address))
                        }
                        Target::Part(to, address) if address.host == "host.docker.internal" => {
                            Target::Part(named().unwrap_or(to), address)
                        }
                        other => other,
                    };
                    let Target::Part(to, address) = found else { continue };
                    // Its own host is its own; that of the machine around it leads to a program that runs there.
                    let is_outside_its_own = address.host == "host.docker.internal" && parts.all[to].is_code();
                    if is_local(&address.host) && !is_outside_its_own {
                        continue;
                    }
                    let about = "figures are fetched from it".to_owned();
                    self.out.add(
                        from,
                        to,
                        New {
                            kind: "monitoring",
                            protocol: Some("http"),
                            flow: Flow::In,
                            what: "fetches figures from",
                            about,
                            basis: "declared",
                            place: &s.place,
                            rank: 1,
                        },
                    );
                }
            }
        }
    }
}
