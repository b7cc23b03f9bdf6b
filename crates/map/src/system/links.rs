//! The connections between parts: addresses followed to the part that they mean, topics joined, and what follows from
//! the things that parts are made with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::{Facts, Place, Signal};
use super::knowledge::knowledge;
use super::names::{Address, addresses, is_local, is_public, key, last_part};
use super::parts::{Evidence, Part, Parts, has};
use super::settings::{Readers, Settings};
use crate::catalogue::Catalogue;

/// A connection in the making, from the side that starts it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) kind: &'static str,
    pub(super) protocol: Option<String>,
    pub(super) flow: Flow,
    pub(super) what: String,
    pub(super) evidence: Vec<Evidence>,
}

/// Which way data moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Out,
    In,
    Both,
}

impl Flow {
    fn of(word: &str) -> Self {
        match word {
            "out" => Self::Out,
            "in" => Self::In,
            _ => Self::Both,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
            Self::Both => "both",
        }
    }

    fn with(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }
}

/// Kinds of connections, the one that says most first.
pub(super) const KINDS: [&str; 7] = ["sync", "async", "data", "config", "registration", "monitoring", "other"];

fn kind_of(word: &str) -> &'static str {
    KINDS.into_iter().find(|k| *k == word).unwrap_or("other")
}

/// Something that could not be followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    pub(super) part: Option<usize>,
    pub(super) what: &'static str,
    pub(super) target: Option<String>,
    pub(super) reason: String,
    pub(super) place: Place,
}

/// A topic and who uses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TopicUse {
    pub(super) topic: String,
    pub(super) part: usize,
    pub(super) produces: bool,
    pub(super) broker: Option<usize>,
    pub(super) technology: Option<String>,
    pub(super) basis: &'static str,
    pub(super) place: Place,
}

/// What is found about connections.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) all: BTreeMap<(usize, usize), Link>,
    pub(super) gaps: BTreeSet<Gap>,
    pub(super) topics: BTreeSet<TopicUse>,
    /// Parts that people want left out.
    pub(super) hidden: BTreeSet<usize>,
}

/// One more reason for a connection.
struct New<'a> {
    kind: &'static str,
    protocol: Option<&'a str>,
    flow: Flow,
    what: &'a str,
    about: String,
    basis: &'static str,
    place: &'a Place,
    /// Weaker reasons do not change what a stronger one said.
    rank: u8,
}

impl Links {
    fn add(&mut self, from: usize, to: usize, new: New<'_>) {
        if from == to {
            return;
        }
        let evidence = Evidence { rank: new.rank, place: new.place.clone(), about: new.about, basis: new.basis };
        match self.all.get_mut(&(from, to)) {
            None => {
                let link = Link {
                    kind: new.kind,
                    protocol: new.protocol.map(str::to_owned),
                    flow: new.flow,
                    what: new.what.to_owned(),
                    evidence: vec![evidence],
                };
                self.all.insert((from, to), link);
            }
            Some(link) => {
                let best = link.evidence.iter().map(|e| e.rank).min().unwrap_or(u8::MAX);
                if new.rank < best {
                    link.kind = new.kind;
                    link.flow = new.flow;
                    new.what.clone_into(&mut link.what);
                    link.protocol = new.protocol.map(str::to_owned).or(link.protocol.take());
                } else if new.rank == best {
                    link.flow = if link.kind == new.kind { link.flow.with(new.flow) } else { link.flow };
                    link.protocol = link.protocol.take().or_else(|| new.protocol.map(str::to_owned));
                }
                if !link.evidence.contains(&evidence) {
                    link.evidence.push(evidence);
                }
            }
        }
    }

    /// A connection that somebody said there is.
    pub(super) fn say(&mut self, from: usize, to: usize, kind: Option<&str>, what: Option<&str>, place: &Place) {
        let about = "a correction says so".to_owned();
        let kind = kind_of(kind.unwrap_or("sync"));
        let what = what.unwrap_or("uses");
        self.add(from, to, New { kind, protocol: None, flow: Flow::Both, what, about, basis: "said", place, rank: 1 });
    }

    fn joins(&self, a: usize, b: usize) -> bool {
        self.all.contains_key(&(a, b)) || self.all.contains_key(&(b, a))
    }
}

/// Where a text leads.
enum Target {
    Part(usize, Address),
    Public(Address),
    Local(Address),
    /// A name that nothing in the repositories has.
    Unknown(Address),
    Hole(String),
}

struct Finder<'a> {
    facts: &'a Facts,
    catalogue: &'a Catalogue,
    settings: &'a [Settings],
    readers: Readers,
    /// Names of upstreams of proxies: repository, file and name to address.
    upstreams: FxHashMap<(Arc<str>, Arc<str>, String), String>,
    /// Names of clients (interfaces, variables) by repository and name to the address they are made for.
    out: Links,
}

/// Finds the connections; parts that only an address shows are added to `parts`.
pub(super) fn find(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts, settings: &[Settings]) -> Links {
    let mut upstreams = FxHashMap::default();
    for s in facts.signals.iter().filter(|s| s.is("alias") && s.scope.is_none()) {
        if let (Some(name), Some(target)) = (&s.name, &s.target) {
            upstreams.insert((Arc::clone(&s.place.repo), Arc::clone(&s.place.path), key(name)), target.clone());
        }
    }
    let readers = Readers::of_parts(parts);
    let mut finder = Finder { facts, catalogue, settings, readers, upstreams, out: Links::default() };
    finder.variables(parts);
    finder.platform(parts);
    finder.stores(parts);
    finder.proxies(parts);
    finder.calls(parts);
    finder.rpc(parts);
    finder.routes(parts);
    finder.scrapes(parts);
    finder.topics(parts);
    finder.templates(parts);
    finder.companies(parts);
    finder.drivers(parts);
    finder.implied(parts);
    finder.registered_routes(parts);
    finder.companions(parts);
    finder.watchers(parts);
    finder.needs(parts);
    finder.people(parts);
    finder.out
}

impl Finder<'_> {
    fn settings(&self, part: usize) -> Option<&Settings> {
        self.settings.get(part)
    }

    /// Follows a text to the parts, companies or names that it means.
    fn follow(&self, parts: &Parts, part: Option<usize>, place: &Place, text: &str) -> Vec<Target> {
        let resolved = match part.and_then(|p| self.settings(p)) {
            Some(settings) => settings.resolve(text),
            None => Settings::default().resolve(text),
        };
        let mut targets = Vec::new();
        for mut address in addresses(&resolved) {
            if let Some(upstream) =
                self.upstreams.get(&(Arc::clone(&place.repo), Arc::clone(&place.path), key(&address.host)))
                && !upstream.contains(&address.host)
            {
                let inner =
                    part.and_then(|p| self.settings(p)).map_or_else(|| upstream.clone(), |s| s.resolve(upstream));
                if let Some(found) = addresses(&inner).into_iter().next() {
                    address = Address { path: address.path, ..found };
                }
            }
            targets.push(self.place_of(parts, address, &place.repo));
        }
        targets
    }

    fn place_of(&self, parts: &Parts, address: Address, repo: &str) -> Target {
        let host = address.host.as_str();
        // What a page calls at its own host is what listens there.
        if host.to_ascii_lowercase().contains("location.host") {
            return match address.port.and_then(|port| by_port(parts, port, repo)) {
                Some(part) => Target::Part(part, address),
                None => Target::Local(address),
            };
        }
        if host.starts_with('{') && host.ends_with('}') || host.contains("{{") {
            return Target::Hole(host.trim_matches(['{', '}']).to_owned());
        }
        if is_local(host) {
            return match address.port.and_then(|port| by_port(parts, port, repo)) {
                Some(part) => Target::Part(part, address),
                None => Target::Local(address),
            };
        }
        let named = parts.named(host, Some(repo)).or_else(|| {
            // A name inside a cluster: `orders.shop.svc.cluster.local`.
            let first = host.split('.').next().unwrap_or(host);
            (first != host && !is_public(host) || host.ends_with(".svc") || host.contains(".svc."))
                .then(|| parts.named(first, Some(repo)))
                .flatten()
        });
        match named {
            Some(part) => Target::Part(part, address),
            None if host.contains(['{', '$']) => Target::Hole(host.to_owned()),
            None if is_public(host) => Target::Public(address),
            None => Target::Unknown(address),
        }
    }

    /// Addresses in what a part runs with: variables of its deployment and its settings.
    fn variables(&mut self, parts: &Parts) {
        for (at, part) in parts.all.iter().enumerate() {
            let Some(settings) = self.settings.get(at) else { continue };
            let mut found = Vec::new();
            for value in settings.all() {
                if value.is_shared && knowledge().settings_with(&key(&value.name)).next().is_none() {
                    continue;
                }
                let text = settings.resolve(&value.text);
                let is_url = text.contains("://");
                if text.len() > 400 || !(is_url || names_an_address(&value.name) || has_port(&text)) {
                    continue;
                }
                // A map of variables serves many; a part uses those that it asks for.
                let is_unused = value.rank == 1
                    && settings.asks_for(&value.name) == Some(false)
                    && !knowledge().is_framework_setting(&value.name);
                if names_itself(&value.name) || is_unused {
                    continue;
                }
                for target in self.follow(parts, Some(at), &value.place, &value.text) {
                    let Target::Part(to, address) = target else { continue };
                    let is_bare = !is_url && address.port.is_none();
                    // A bare word means a host only where it is one alone.
                    if to == at
                        || is_bare && (text.contains([' ', '/']) || address.host.len() < 3)
                        || is_local(&address.host) && value.rank > 2
                    {
                        continue;
                    }
                    found.push((to, address, value.clone()));
                }
            }
            for (to, address, value) in found {
                let (kind, flow, what) = manner(&parts.all[to], part);
                let about = format!("{} is set to an address of {}", value.name, parts.all[to].name);
                let protocol = protocol_of(&parts.all[to], &address, &value.name);
                let rank = if value.rank >= 6 { 2 } else { 3 };
                let basis = if value.rank >= 6 { "resolved" } else { "declared" };
                self.out.add(
                    at,
                    to,
                    New { kind, protocol: protocol.as_deref(), flow, what, about, basis, place: &value.place, rank },
                );
            }
        }
        // Commands name addresses too: options such as `--upstream=http://orders:80`.
        for (at, part) in parts.all.iter().enumerate() {
            for (command, place) in &part.commands {
                for word in command
                    .split([' ', '=', '"', '\'', ',', '[', ']'])
                    .filter(|w| w.contains(':') && !w.starts_with('-'))
                {
                    if !word.contains("://") && !has_port(word) {
                        continue;
                    }
                    for target in self.follow(parts, Some(at), place, word) {
                        let Target::Part(to, address) = target else { continue };
                        if is_local(&address.host) {
                            continue;
                        }
                        let (kind, flow, what) = manner(&parts.all[to], part);
                        let about = format!("its command names {}", parts.all[to].name);
                        let protocol = protocol_of(&parts.all[to], &address, "");
                        self.out.add(
                            at,
                            to,
                            New {
                                kind,
                                protocol: protocol.as_deref(),
                                flow,
                                what,
                                about,
                                basis: "declared",
                                place,
                                rank: 3,
                            },
                        );
                    }
                }
            }
        }
    }

    /// Registries, configuration servers, identity, tracing, mail: addresses whose meaning the setting's name tells.
    fn platform(&mut self, parts: &mut Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("platform-address")) {
            let (Some(role), Some(target)) = (s.name.as_deref(), s.target.as_deref()) else { continue };
            let setting = s.attribute("key").unwrap_or_default();
            if let Some(from) = s.scope.as_deref().and_then(|scope| parts.named(scope, Some(&s.place.repo))) {
                self.platform_of(parts, s, from, role, target, &setting);
                continue;
            }
            for reader in self.readers.of_setting(self.facts, parts, &s.place, &setting) {
                self.platform_of(parts, s, reader.part, role, target, &setting);
            }
        }
    }

    fn platform_of(&mut self, parts: &mut Parts, s: &Signal, from: usize, role: &str, target: &str, setting: &str) {
        let technology = s.technology.as_deref().unwrap_or_default();
        let (kind, flow, what, of_kind) = match role {
            "registry" => ("registration", Flow::Out, "registers with", "registry"),
            "config-server" => ("config", Flow::In, "reads its settings from", "config"),
            "config-repository" => ("config", Flow::In, "reads settings from", "external"),
            "identity" => ("sync", Flow::In, "asks who the user is at", "auth"),
            "tracing" | "metrics" | "logs" => ("monitoring", Flow::Out, "reports to", "monitoring"),
            "admin-server" => ("monitoring", Flow::Out, "reports its state to", "monitoring"),
            "mail" => ("sync", Flow::Out, "sends mail through", "external"),
            _ => return,
        };
        let flow = if role == "registry" && parts.all[from].kind == "gateway" { Flow::In } else { flow };
        let about = format!("{} says where", if setting.is_empty() { role } else { setting });
        let mut to = Vec::new();
        if role == "config-repository" {
            self.config_repository(parts, s, from, target);
            return;
        }
        for found in self.follow(parts, Some(from), &s.place, target) {
            match found {
                Target::Part(part, _) => to.push(part),
                Target::Public(_) | Target::Unknown(_) if role == "mail" => {
                    to.push(outside(parts, "mail server", "a server that sends mail", None, &s.place, &["smtp"]));
                }
                // A profile for another place; here the own one is used.
                Target::Public(_) if parts.of_kind(of_kind).next().is_some() => {}
                Target::Public(address) => {
                    let known = self.catalogue.of_host(&address.host).first().map(|h| h.technology.purpose.clone());
                    to.push(outside(
                        parts,
                        &address.host,
                        &known.unwrap_or_else(|| "an outside system".to_owned()),
                        None,
                        &s.place,
                        &[],
                    ));
                }
                Target::Local(_) | Target::Unknown(_) | Target::Hole(_) if of_kind != "external" => {
                    let only = self.only_of(parts, technology, of_kind, from);
                    match only {
                        Some(part) => to.push(part),
                        None => {
                            self.out.gaps.insert(Gap {
                                part: Some(from),
                                what: "address",
                                target: Some(target.to_owned()),
                                reason: format!("{setting} names a place that nothing here has"),
                                place: s.place.clone(),
                            });
                        }
                    }
                }
                Target::Local(_) | Target::Unknown(_) | Target::Hole(_) if role == "mail" => {
                    to.push(outside(parts, "mail server", "a server that sends mail", None, &s.place, &["smtp"]));
                }
                _ => {}
            }
        }
        if to.is_empty() && addresses(target).is_empty() {
            to.extend(parts.named(target, Some(&s.place.repo)).filter(|at| parts.all[*at].kind == of_kind));
        }
        for to in to {
            self.out.add(
                from,
                to,
                New {
                    kind,
                    protocol: None,
                    flow,
                    what,
                    about: about.clone(),
                    basis: "declared",
                    place: &s.place,
                    rank: 1,
                },
            );
            if role == "identity" && key(setting).contains("authorizationuri") {
                let user = person(parts, &s.place);
                let about = "people are sent there to sign in".to_owned();
                self.out.add(
                    user,
                    to,
                    New {
                        kind: "sync",
                        protocol: Some("http"),
                        flow: Flow::Both,
                        what: "sign in at",
                        about,
                        basis: "inferred",
                        place: &s.place,
                        rank: 2,
                    },
                );
            }
        }
    }

    /// The repository from which a configuration server reads: one, however many profiles name it.
    fn config_repository(&mut self, parts: &mut Parts, s: &Signal, from: usize, target: &str) {
        let new = |about: String| New {
            kind: "config",
            protocol: Some("git"),
            flow: Flow::In,
            what: "reads settings from",
            about,
            basis: "declared",
            place: &s.place,
            rank: 1,
        };
        let known = self
            .out
            .all
            .keys()
            .find(|(f, to)| *f == from && parts.all[*to].technology.as_deref() == Some("git"))
            .map(|(_, to)| *to);
        let resolved = self.settings(from).map_or_else(|| target.to_owned(), |settings| settings.resolve(target));
        let trimmed = resolved.trim_end_matches('/').trim_end_matches(".git");
        let first = addresses(&resolved).into_iter().find(|a| is_public(&a.host));
        let to = match (known, first) {
            (Some(known), _) => known,
            (None, Some(address)) => {
                let path = address.path.trim_end_matches('/').trim_end_matches(".git");
                outside(
                    parts,
                    &format!("{}{path}", address.host),
                    "a repository of settings",
                    Some("git"),
                    &s.place,
                    &["config repository", last_part(path)],
                )
            }
            // A folder of the same tree is no part of its own.
            (None, None)
                if trimmed.starts_with("classpath:")
                    || s.technology_is("folder")
                    || last_part(trimmed).contains('{') =>
            {
                return;
            }
            (None, None) => outside(
                parts,
                last_part(trimmed),
                "a repository of settings",
                Some("git"),
                &s.place,
                &["config repository"],
            ),
        };
        self.out.add(from, to, new(format!("it reads {}", shortened(target))));
    }

    /// The only part of a technology, else of a kind.
    fn only_of(&self, parts: &Parts, technology: &str, kind: &str, but: usize) -> Option<usize> {
        let mut of_technology = parts.of_technology(technology).filter(|p| *p != but);
        if let (Some(one), None) = (of_technology.next(), of_technology.next()) {
            return Some(one);
        }
        let mut of_kind = parts.of_kind(kind).filter(|p| *p != but);
        match (of_kind.next(), of_kind.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// Data stores: connection strings and clients.
    fn stores(&mut self, parts: &mut Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("data-access") || s.is("broker-address")) {
            let word = s.technology.as_deref().unwrap_or_default().to_ascii_lowercase();
            let technology = knowledge().reached(&word).to_owned();
            let Some(entry) = self.catalogue.get(&technology) else { continue };
            let kind = knowledge().kind_of(&technology, &entry.kind).unwrap_or("");
            if !matches!(kind, "database" | "cache" | "broker" | "storage" | "search") {
                continue;
            }
            let name = s.name.clone().unwrap_or_default();
            let users: Vec<usize> =
                self.readers.of_setting(self.facts, parts, &s.place, &name).iter().map(|r| r.part).collect();
            for from in users {
                self.store_of(parts, s, from, &technology, kind);
            }
        }
    }

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
                Target::Part(..) | Target::Local(_) => is_hole = true,
                Target::Unknown(address) => named = named.or(Some(address)),
                Target::Public(address) => public = public.or(Some(address)),
                Target::Hole(_) => is_hole = true,
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
            let rank = if basis == "resolved" { 0 } else { 2 };
            self.out.add(
                from,
                to,
                New { kind: link, protocol: Some(technology), flow, what, about, basis, place: &s.place, rank },
            );
        }
    }

    /// The store of a technology that a part most likely means: one that is joined to it by settings already, the only
    /// one, or the one that has its name.
    fn likeliest(&self, parts: &Parts, technology: &str, kind: &str, from: usize) -> Option<usize> {
        let same: Vec<usize> = parts
            .all
            .iter()
            .enumerate()
            .filter(|(_, p)| {
                p.kind == kind
                    && p.technology.as_deref().is_some_and(|t| t == technology || knowledge().reached(t) == technology)
            })
            .map(|(at, _)| at)
            .collect();
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

    /// Requests that code makes.
    fn calls(&mut self, parts: &mut Parts) {
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
    fn company(&mut self, parts: &mut Parts, s: &Signal, from: usize, address: &Address, protocol: &str) {
        let known = self.catalogue.of_host(&address.host);
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
    fn rpc(&mut self, parts: &Parts) {
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

    /// Routes of gateways and proxies.
    fn routes(&mut self, parts: &mut Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("gateway-route") || s.is("ingress-route")) {
            let Some(target) = s.target.as_deref().or(s.name.as_deref()) else { continue };
            let is_edge = s.is("ingress-route")
                || s.technology.as_deref().is_some_and(|t| knowledge().edges.iter().any(|e| e == t));
            let froms: Vec<usize> = if is_edge {
                let host = addresses(target).into_iter().next().map_or_else(|| target.to_owned(), |a| a.host);
                let first = host.split('.').next().unwrap_or(&host);
                let found = parts.named(&host, Some(&s.place.repo)).or_else(|| parts.named(first, Some(&s.place.repo)));
                let Some(to) = found.filter(|to| {
                    matches!(parts.all[*to].kind.as_str(), "web" | "gateway")
                        || s.is("ingress-route") && parts.all[*to].is_code()
                }) else {
                    continue;
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
                continue;
            } else {
                self.gateways(parts, s)
            };
            for from in froms {
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
                        Target::Hole(name) => {
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
        }
    }

    /// The gateways that a file of routes is for: those that read it as settings, into which it is mounted, or in whose
    /// folder it stands; else the only one of its product.
    fn gateways(&self, parts: &Parts, s: &Signal) -> Vec<usize> {
        let found: Vec<usize> = self.readers.of(parts, &s.place).iter().map(|r| r.part).collect();
        if !found.is_empty() {
            return found;
        }
        let mounted = self.mounted(parts, &s.place);
        if !mounted.is_empty() {
            return mounted;
        }
        let technology = s.technology.as_deref().unwrap_or_default();
        let same: Vec<usize> = parts.of_technology(technology).collect();
        if same.len() == 1 { same } else { Vec::new() }
    }

    /// Parts into which a file, or its folder, is mounted.
    fn mounted(&self, parts: &Parts, place: &Place) -> Vec<usize> {
        let fits = |part: &Part| {
            part.mounts.iter().any(|mount| {
                let mount = mount.trim_start_matches("./").trim_start_matches("../").trim_end_matches('/');
                mount.len() > 3 && (place.path.ends_with(mount) || place.path.contains(&format!("{mount}/")))
            })
        };
        parts.all.iter().enumerate().filter(|(_, p)| fits(p)).map(|(at, _)| at).collect()
    }

    /// Figures that a metrics server fetches.
    fn scrapes(&mut self, parts: &Parts) {
        for s in self.facts.signals.iter().filter(|s| s.is("scrape-target")) {
            let Some(target) = s.target.as_deref() else { continue };
            let mut froms = parts.owners(&s.place.repo, &s.place.path).to_vec();
            froms.retain(|at| parts.all[*at].kind == "monitoring");
            if froms.is_empty() {
                froms = self.mounted(parts, &s.place);
            }
            if froms.is_empty() {
                froms = parts.of_technology(s.technology.as_deref().unwrap_or("prometheus")).collect();
            }
            for from in froms {
                for found in self.follow(parts, Some(from), &s.place, target) {
                    let Target::Part(to, address) = found else { continue };
                    if is_local(&address.host) {
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

    /// Topics: who sends, who receives, and through which broker.
    fn topics(&mut self, parts: &mut Parts) {
        for s in self
            .facts
            .signals
            .iter()
            .filter(|s| s.is("consumes-topic") || s.is("produces-topic") || s.is("topic-binding"))
        {
            let Some(topic) = s.topic.as_deref().or(s.name.as_deref()) else { continue };
            let binding = s.name.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
            let produces = match &*s.kind {
                "topic-binding" => binding.contains("out") || binding.contains("produce") || binding.contains("source"),
                kind => kind == "produces-topic",
            };
            let users: Vec<usize> = if s.is("topic-binding") {
                self.readers.of(parts, &s.place).iter().map(|r| r.part).collect()
            } else {
                parts.owners(&s.place.repo, &s.place.path).to_vec()
            };
            for part in users {
                let word = s.technology.as_deref().unwrap_or_default();
                let broker = self.broker_of(parts, part, word, &s.place);
                let topic = self.settings(part).map_or_else(|| topic.to_owned(), |settings| settings.resolve(topic));
                let (flow, what) =
                    if produces { (Flow::Out, "sends messages to") } else { (Flow::In, "receives messages from") };
                if let Some(to) = broker {
                    let about = format!("{} {topic}", if produces { "it sends to" } else { "it receives from" });
                    let technology = parts.all[to].technology.clone();
                    self.out.add(
                        part,
                        to,
                        New {
                            kind: "async",
                            protocol: technology.as_deref(),
                            flow,
                            what,
                            about,
                            basis: "resolved",
                            place: &s.place,
                            rank: 0,
                        },
                    );
                } else {
                    self.out.gaps.insert(Gap {
                        part: Some(part),
                        what: "topic",
                        target: Some(topic.clone()),
                        reason: format!("no broker here carries it ({word})"),
                        place: s.place.clone(),
                    });
                }
                let basis = if topic.contains('{') { "inferred" } else { "resolved" };
                self.out.topics.insert(TopicUse {
                    topic,
                    part,
                    produces,
                    broker,
                    technology: s.technology.clone(),
                    basis,
                    place: s.place.clone(),
                });
            }
        }
    }

    fn broker_of(&self, parts: &mut Parts, part: usize, word: &str, place: &Place) -> Option<usize> {
        let technology = knowledge().reached(word).to_owned();
        let entry = self.catalogue.get(&technology).filter(|t| knowledge().kind_of(&t.id, &t.kind) == Some("broker"));
        let Some(entry) = entry else {
            // A library over several brokers: the only one there is.
            let all: Vec<usize> = parts.of_kind("broker").collect();
            let joined: Vec<usize> = all.iter().copied().filter(|at| self.out.joins(part, *at)).collect();
            return match (&all[..], &joined[..]) {
                (_, [one]) | ([one], _) => Some(*one),
                _ => None,
            };
        };
        let same = |p: &Part| {
            p.kind == "broker" && p.technology.as_deref().is_some_and(|t| t == technology || speaks(t) == technology)
        };
        let all: Vec<usize> = parts.all.iter().enumerate().filter(|(_, p)| same(p)).map(|(at, _)| at).collect();
        let joined = all.iter().copied().find(|at| self.out.joins(part, *at));
        if let Some(found) = joined.or(all.first().copied()) {
            return Some(found);
        }
        let mut made = Part {
            name: entry.name.clone(),
            kind: "broker".to_owned(),
            technology: Some(technology.clone()),
            basis: "inferred",
            ..Part::default()
        };
        made.is_outside = entry.company.is_some();
        made.repo = Some(Arc::clone(&place.repo));
        let name = made.name.clone();
        made.alias(&name);
        made.alias(&technology);
        made.show(2, place, "its topics are used", "inferred");
        Some(parts.add(made))
    }

    /// Stores and queues that the template of a part creates for it.
    fn templates(&mut self, parts: &Parts) {
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

    /// Clients made for the services of outside companies.
    fn companies(&mut self, parts: &mut Parts) {
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
                let to = match known {
                    Some(to) => to,
                    None => {
                        let to = outside(
                            parts,
                            &technology.name,
                            &technology.purpose,
                            Some(&technology.id),
                            &s.place,
                            &[&technology.id],
                        );
                        if let Some(kind) = kind {
                            kind.clone_into(&mut parts.all[to].kind);
                        }
                        to
                    }
                };
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

    /// Connections that follow from packages and roles.
    fn implied(&mut self, parts: &Parts) {
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
    fn registered_routes(&mut self, parts: &Parts) {
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
    fn companions(&mut self, parts: &Parts) {
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
                    (_, [one]) => *one,
                    ([one], []) => *one,
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

    /// What deployment starts first: a weak sign, kept where it names something that others are made to use.
    fn needs(&mut self, parts: &Parts) {
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
                } else if *is_linked || is_base && !part.is_code() {
                    (5, other.technology.as_deref())
                } else if is_base && self.may_use(part, other) {
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

    /// Packages that are made to reach one kind of store: it is the one that runs here, else one that nothing describes.
    fn drivers(&mut self, parts: &mut Parts) {
        // Where deployment runs stores, one that it does not run is an alternative.
        let runs_store = parts.all.iter().any(|p| p.is_deployed && matches!(p.kind.as_str(), "database" | "cache"));
        for from in 0..parts.all.len() {
            let Some((repo, folder)) = parts.all[from].root.clone() else { continue };
            let mut found: BTreeMap<String, Place> = BTreeMap::new();
            let mut embeds = false;
            for package in
                self.facts.packages.iter().filter(|p| p.place.repo == repo && p.folder == folder && p.is_runtime)
            {
                let full = format!("{}:{}", package.ecosystem, package.name);
                if knowledge().carriers.iter().any(|c| super::knowledge::fits(c, &full)) {
                    continue;
                }
                for hit in self.catalogue.of_package(&package.ecosystem, &package.name) {
                    embeds |= is_embedded(&hit.technology.id);
                    let kind = knowledge().kind_of(&hit.technology.id, &hit.technology.kind);
                    if hit.role == crate::catalogue::Role::Uses
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
                    None if embeds || kind != "database" || runs_store => continue,
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

    /// Configuration of a proxy that no part owns: the proxy itself is then known by it alone.
    fn proxies(&mut self, parts: &mut Parts) {
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
            let folder = super::names::folder_of(&s.place.path);
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
                part.name = last_part(folder).to_owned();
            }
            part.repo = Some(Arc::clone(&s.place.repo));
            let name = part.name.clone();
            part.alias(&name);
            part.alias(&technology.name);
            part.show(1, &s.place, format!("its configuration is one of {}", technology.name), "declared");
            made.insert(id, parts.add(part));
        }
    }

    /// Monitoring tools that reach the container engine see everything that it runs.
    fn watchers(&mut self, parts: &Parts) {
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

    /// The people at the edge: they use what leads inwards and is led to by nothing else.
    fn people(&mut self, parts: &mut Parts) {
        // A front end behind a proxy may call back through it; the proxy is the door all the same.
        let is_led_to = |at: usize, out: &Links| {
            out.all.iter().any(|((from, to), l)| {
                *to == at
                    && l.kind == "sync"
                    && matches!(parts.all[*from].kind.as_str(), "gateway" | "web")
                    && !(parts.all[at].kind == "gateway"
                        && out.all.get(&(at, *from)).is_some_and(|back| back.kind == "sync"))
            })
        };
        let mut doors: Vec<usize> = parts
            .all
            .iter()
            .enumerate()
            .filter(|(at, p)| {
                matches!(p.kind.as_str(), "gateway" | "web" | "app")
                    && !is_led_to(*at, &self.out)
                    && p.evidence.iter().any(|e| !e.place.path.is_empty())
            })
            .map(|(at, _)| at)
            .collect();
        let serves: BTreeSet<usize> = self
            .facts
            .signals
            .iter()
            .filter(|s| s.is("route") || s.is("page"))
            .flat_map(|s| parts.owners(&s.place.repo, &s.place.path).iter().copied())
            .filter(|at| parts.all[*at].kind != "job")
            .collect();
        if doors.is_empty() {
            let code: Vec<usize> =
                parts.all.iter().enumerate().filter(|(_, p)| p.is_code()).map(|(at, _)| at).collect();
            let is_called = |at: usize| self.out.all.iter().any(|((_, to), l)| *to == at && l.kind == "sync");
            if serves.len() == 1 {
                doors.extend(serves.iter().copied());
            } else {
                // Without a gateway, what is open to the outside and called by nothing else is where people come in.
                doors.extend(
                    code.into_iter().filter(|at| parts.all[*at].is_published && serves.contains(at) && !is_called(*at)),
                );
            }
        }
        for (at, _) in parts.all.iter().enumerate().filter(|(_, p)| matches!(p.kind.as_str(), "tool" | "app")) {
            if !doors.contains(&at) {
                doors.push(at);
            }
        }
        let mut signed: Vec<(usize, Place)> = Vec::new();
        for (at, part) in parts.all.iter().enumerate().collect::<Vec<_>>() {
            let Some(place) = part.roles.get("OAuth2Sso") else { continue };
            let auth: Vec<usize> = self
                .out
                .all
                .keys()
                .filter(|(from, to)| *from == at && parts.all[*to].kind == "auth")
                .map(|(_, to)| *to)
                .collect();
            signed.extend(auth.into_iter().map(|to| (to, place.clone())));
        }
        for (to, place) in signed {
            let user = person(parts, &place);
            let about = "people are sent there to sign in".to_owned();
            self.out.add(
                user,
                to,
                New {
                    kind: "sync",
                    protocol: Some("http"),
                    flow: Flow::Both,
                    what: "sign in at",
                    about,
                    basis: "inferred",
                    place: &place,
                    rank: 2,
                },
            );
        }
        for door in doors {
            let Some(place) = parts.all[door].evidence.iter().min().map(|e| e.place.clone()) else { continue };
            let user = person(parts, &place);
            if self.out.joins(user, door) {
                continue;
            }
            let about = "requests from outside come in there".to_owned();
            self.out.add(
                user,
                door,
                New {
                    kind: "sync",
                    protocol: Some("http"),
                    flow: Flow::Both,
                    what: "uses",
                    about,
                    basis: "inferred",
                    place: &place,
                    rank: 3,
                },
            );
        }
    }
}

/// How a part reaches another, by the other's kind: kind of connection, flow of data, verb.
fn manner(to: &Part, from: &Part) -> (&'static str, Flow, &'static str) {
    match to.kind.as_str() {
        "database" | "cache" | "storage" | "search" => ("data", Flow::Both, "keeps data in"),
        "broker" => ("async", Flow::Both, "exchanges messages through"),
        "registry" => ("registration", if from.kind == "gateway" { Flow::In } else { Flow::Out }, "registers with"),
        "config" => ("config", Flow::In, "reads its settings from"),
        "auth" => ("sync", Flow::In, "asks who the user is at"),
        "monitoring" => ("monitoring", Flow::Out, "reports to"),
        _ => ("sync", Flow::Both, "calls"),
    }
}

fn protocol_of(to: &Part, address: &Address, name: &str) -> Option<String> {
    match to.kind.as_str() {
        "database" | "cache" | "storage" | "search" | "broker" => to.technology.clone(),
        _ => match address.scheme.as_str() {
            "http" | "https" => Some("http".to_owned()),
            "grpc" | "dns" => Some("grpc".to_owned()),
            "" if key(name).contains("grpc") => Some("grpc".to_owned()),
            _ => None,
        },
    }
}

/// Whether the name of a setting says that its value is an address.
fn names_an_address(name: &str) -> bool {
    let name = key(name);
    [
        "host",
        "addr",
        "url",
        "uri",
        "server",
        "servers",
        "endpoint",
        "endpoints",
        "broker",
        "brokers",
        "hosts",
        "nodes",
        "backend",
        "upstream",
        "target",
        "origin",
        "hostname",
        "serviceid",
        "listofservers",
        "serviceurl",
        "defaultzone",
        "location",
        "service",
        "connect",
        "proxy",
        "api",
        "bootstrap",
        "dsn",
        "connection",
    ]
    .iter()
    .any(|end| name.ends_with(end))
        || name.contains("serviceurl")
        || name.contains("bootstrapserver")
}

/// Whether a setting says what the part itself is called.
fn names_itself(name: &str) -> bool {
    let name = key(name);
    [
        "applicationname",
        "instancehostname",
        "servicename",
        "instanceid",
        "virtualhost",
        "advertisedlisteners",
        "advertisedhostname",
        "containername",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

fn has_port(text: &str) -> bool {
    text.split([',', ' ']).any(|t| {
        t.rsplit_once(':').is_some_and(|(h, p)| {
            !h.is_empty()
                && (2..=5).contains(&p.split('/').next().unwrap_or(p).len())
                && p.split('/').next().unwrap_or(p).bytes().all(|b| b.is_ascii_digit())
        })
    })
}

/// The one part with code that listens on a port.
fn by_port(parts: &Parts, port: u16, repo: &str) -> Option<usize> {
    let mut found =
        parts.all.iter().enumerate().filter(|(_, p)| p.ports.contains(&port) && p.repo.as_deref() == Some(repo));
    let first = found.next()?.0;
    found.next().is_none().then_some(first)
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
fn speaks(technology: &str) -> &str {
    match technology {
        "redpanda" => "kafka",
        "valkey" | "dragonfly" | "keydb" => "redis",
        other => other,
    }
}

/// A service of remote calls by its last name, without what languages put around it.
fn service_key(name: &str) -> String {
    let name = name.rsplit(['.', '/', ':']).next().unwrap_or(name);
    let name = key(name);
    name.trim_end_matches("servicer").trim_end_matches("implbase").trim_end_matches("service").to_owned()
}

/// Why a host that stands for something else could not be followed.
fn hole(name: &str) -> String {
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

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

/// The part for an outside system, made when it is met first.
fn outside(
    parts: &mut Parts,
    name: &str,
    purpose: &str,
    technology: Option<&str>,
    place: &Place,
    aliases: &[&str],
) -> usize {
    if let Some(at) = parts.named(name, None) {
        return at;
    }
    let mut part = Part {
        name: name.to_owned(),
        kind: "external".to_owned(),
        technology: technology.map(str::to_owned),
        is_outside: true,
        basis: "inferred",
        purpose: Some(purpose.to_owned()),
        repo: Some(Arc::clone(&place.repo)),
        ..Part::default()
    };
    part.alias(name);
    for alias in aliases {
        part.alias(alias);
    }
    part.show(1, place, "it is used here", "resolved");
    parts.add(part)
}

/// The people who use the system.
fn person(parts: &mut Parts, place: &Place) -> usize {
    if let Some(at) = parts.all.iter().position(|p| p.kind == "user") {
        return at;
    }
    let mut part = Part {
        name: "user".to_owned(),
        kind: "user".to_owned(),
        is_outside: true,
        basis: "inferred",
        ..Part::default()
    };
    part.repo = Some(Arc::clone(&place.repo));
    part.purpose = Some("the people who use the system".to_owned());
    part.show(1, place, "requests from outside come in there", "inferred");
    let at = parts.all.len();
    parts.all.push(part);
    at
}
