//! What follows from the things that parts are made with, and from what deployment starts first.

use super::stores::speaks;
use super::{Finder, Flow, New, kind_of, manner};
use crate::system::knowledge::knowledge;
use crate::system::parts::{Part, Parts, has};

impl Finder<'_> {
    /// Connections that follow from packages and roles.
    pub(super) fn implied(&mut self, parts: &Parts) {
        for rule in &knowledge().implies {
            let ends: Vec<usize> = parts
                .all
                .iter()
                .enumerate()
                .filter(|(_, p)| match &rule.to_kind {
                    Some(kind) => p.kind == *kind,
                    None if rule.to.is_empty() => true,
                    None => p.technology.as_ref().is_some_and(|t| rule.to.contains(t)),
                })
                .filter(|(_, p)| rule.to_roles.is_empty() || rule.to_roles.iter().any(|r| p.roles.contains_key(r)))
                .map(|(at, _)| at)
                .collect();
            if ends.is_empty() {
                continue;
            }
            for (from, part) in parts.all.iter().enumerate().filter(|(_, p)| p.is_code()) {
                let Some(place) = has(self.facts, part, &rule.packages, &rule.roles) else { continue };
                if ends.contains(&from) {
                    continue;
                }
                // What settings said already is what is meant; otherwise it must be clear which one is.
                let joined: Vec<usize> = ends.iter().copied().filter(|to| self.out.joins(from, *to)).collect();
                let to: &[usize] = match (&joined[..], &ends[..]) {
                    ([], [one]) => std::slice::from_ref(one),
                    ([], _) => continue,
                    (found, _) => found,
                };
                for to in to {
                    let mut flow = Flow::of(&rule.data_flow);
                    if rule.kind == "registration" && part.kind == "gateway" {
                        flow = Flow::In;
                    }
                    let about = format!("{} has {}", part.name, place.seen);
                    let (from, to) = if rule.is_reverse { (*to, from) } else { (from, *to) };
                    self.out.add(
                        from,
                        to,
                        New {
                            kind: kind_of(&rule.kind),
                            protocol: None,
                            flow,
                            what: &rule.what,
                            about,
                            basis: "inferred",
                            place: &place,
                            rank: 1,
                        },
                    );
                }
            }
        }
    }

    /// A gateway that names no routes leads to whatever is registered.
    pub(super) fn registered_routes(&mut self, parts: &Parts) {
        let gateways: Vec<usize> = parts.of_kind("gateway").filter(|at| parts.all[*at].is_code()).collect();
        for gateway in gateways {
            let has_routes =
                self.facts.signals.iter().any(|s| {
                    s.is("gateway-route") && self.readers.of(parts, &s.place).iter().any(|r| r.part == gateway)
                });
            let registry = self
                .out
                .all
                .iter()
                .find(|((from, _), l)| *from == gateway && l.kind == "registration")
                .map(|((_, to), l)| (*to, l.evidence.first().map(|e| e.place.clone())));
            let (Some((registry, Some(place))), false) = (registry, has_routes) else { continue };
            // Routes that stand on a configuration server are not seen; as a rule they leave out what only others call.
            let reads_elsewhere = self.out.all.iter().any(|((from, _), l)| *from == gateway && l.kind == "config");
            let is_called = |at: usize| {
                self.out.all.iter().any(|((from, to), l)| {
                    *to == at && *from != gateway && l.kind == "sync" && parts.all[*from].is_code()
                })
            };
            let registered: Vec<usize> = self
                .out
                .all
                .iter()
                .filter(|((from, to), l)| {
                    *to == registry
                        && *from != gateway
                        && l.kind == "registration"
                        && parts.all[*from].kind == "service"
                        && !(reads_elsewhere && is_called(*from))
                })
                .map(|((from, _), _)| *from)
                .collect();
            for to in registered {
                let about = "it names no routes, so it leads to all that is registered".to_owned();
                self.out.add(
                    gateway,
                    to,
                    New {
                        kind: "sync",
                        protocol: Some("http"),
                        flow: Flow::Both,
                        what: "passes requests on to",
                        about,
                        basis: "inferred",
                        place: &place,
                        rank: 2,
                    },
                );
            }
        }
    }

    /// Products that belong together.
    pub(super) fn companions(&mut self, parts: &Parts) {
        for rule in &knowledge().companion {
            for from in parts.of_technology(&rule.from).collect::<Vec<_>>() {
                let ends: Vec<usize> = parts
                    .all
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| p.technology.as_ref().is_some_and(|t| rule.to.contains(t)))
                    .map(|(at, _)| at)
                    .collect();
                let already: Vec<usize> = ends.iter().copied().filter(|to| self.out.joins(from, *to)).collect();
                let to = match (&ends[..], &already[..]) {
                    (_, [one]) | ([one], []) => *one,
                    _ => continue,
                };
                let Some(place) = parts.all[from].evidence.iter().min().map(|e| e.place.clone()) else { continue };
                let about = "the two products belong together".to_owned();
                self.out.add(
                    from,
                    to,
                    New {
                        kind: kind_of(&rule.kind),
                        protocol: None,
                        flow: Flow::of(&rule.data_flow),
                        what: &rule.what,
                        about,
                        basis: "inferred",
                        place: &place,
                        rank: 2,
                    },
                );
            }
        }
    }

    /// Monitoring tools that reach the container engine see everything that it runs.
    pub(super) fn watchers(&mut self, parts: &Parts) {
        for (from, part) in parts.all.iter().enumerate() {
            let is_watcher = part.technology.as_deref().is_some_and(|t| knowledge().watchers.iter().any(|w| w == t))
                && part.mounts.iter().any(|m| m.contains("docker.sock"));
            let Some(place) = part.evidence.iter().min().map(|e| e.place.clone()).filter(|_| is_watcher) else {
                continue;
            };
            for (to, other) in
                parts.all.iter().enumerate().filter(|(to, o)| *to != from && o.is_deployed && o.repo == part.repo)
            {
                if self.out.joins(from, to) {
                    continue;
                }
                let about = format!("it watches the container engine, which runs {}", other.name);
                self.out.add(
                    from,
                    to,
                    New {
                        kind: "monitoring",
                        protocol: None,
                        flow: Flow::In,
                        what: "watches",
                        about,
                        basis: "inferred",
                        place: &place,
                        rank: 4,
                    },
                );
            }
        }
    }

    /// What deployment starts first: a weak sign, kept where it names something that others are made to use.
    pub(super) fn needs(&mut self, parts: &Parts) {
        for (from, part) in parts.all.iter().enumerate() {
            for (name, is_linked, place) in &part.needs {
                let Some(to) = parts.named(name, Some(&place.repo)).filter(|to| *to != from) else { continue };
                let other = &parts.all[to];
                let is_base = matches!(other.kind.as_str(), "database" | "cache" | "broker" | "storage");
                let (kind, flow, what) = manner(other, part);
                let about =
                    format!("deployment {} {}", if *is_linked { "links it to" } else { "starts it after" }, other.name);
                let (rank, protocol) = if self.out.joins(from, to) {
                    (9, None)
                } else if *is_linked || is_base && (!part.is_code() || self.may_use(part, other)) {
                    (5, other.technology.as_deref())
                } else {
                    continue;
                };
                let is_door = matches!(part.kind.as_str(), "web" | "gateway") && kind == "sync";
                let what = if is_door { "passes requests on to" } else { what };
                self.out.add(from, to, New { kind, protocol, flow, what, about, basis: "inferred", place, rank });
            }
        }
    }

    /// Who may reach whom, as policies of a network say: those let in are those who call.
    pub(super) fn policies(&mut self, parts: &Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("network-rule")) {
            let (Some(name), Some(target)) = (&s.name, &s.target) else { continue };
            let named = |name: &str| parts.named(name, Some(&s.place.repo));
            let (Some(from), Some(to)) = (named(name), named(target)) else { continue };
            let (kind, flow, what) = manner(&parts.all[to], &parts.all[from]);
            let about = format!("a network policy lets it reach {}", parts.all[to].name);
            let (rank, protocol) =
                if self.out.joins(from, to) { (9, None) } else { (6, parts.all[to].technology.as_deref()) };
            let place = &s.place;
            let protocol = protocol.filter(|_| kind == "data" || kind == "async");
            self.out.add(from, to, New { kind, protocol, flow, what, about, basis: "inferred", place, rank });
        }
    }

    /// Whether the packages of a part let it reach a store, or its manifests do not tell.
    fn may_use(&self, part: &Part, store: &Part) -> bool {
        let Some((repo, folder)) = &part.root else { return true };
        let Some(technology) = store.technology.as_deref() else { return true };
        let mut any = false;
        for package in self.facts.packages.iter().filter(|p| p.place.repo == *repo && p.folder == *folder) {
            any = true;
            let reaches = self.catalogue.of_package(&package.ecosystem, &package.name).iter().any(|h| {
                h.technology.id == technology
                    || speaks(technology) == h.technology.id
                    || matches!(
                        h.technology.kind.as_str(),
                        "orm" | "queue" | "stream" | "cache" | "job-runner" | "migration"
                    )
            });
            if reaches {
                return true;
            }
        }
        !any
    }
}
