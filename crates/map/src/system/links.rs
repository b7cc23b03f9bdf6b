//! The connections between parts: addresses followed to the part that they mean, topics joined, and what follows from
//! the things that parts are made with.

mod addresses;
mod calls;
mod guesses;
mod implied;
mod people;
mod platform;
mod routes;
mod stores;
mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::facts::{Facts, Place};
use super::names::{Address, addresses, is_local, is_public, key};
use super::offers::Endpoint;
use super::parts::{Evidence, Part, Parts};
use super::settings::{Readers, Settings};
use crate::catalogue::Catalogue;
use guesses::Offered;

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

    /// As it stands in a row.
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
    /// Adds a reason for a connection; the strongest reason says what it is.
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

    /// Whether either of two parts starts a connection to the other.
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
    /// A host that is not known, and the path after it.
    Hole(String, String),
}

/// Finds one kind of connection after another; each step sees what those before it found.
struct Finder<'a> {
    facts: &'a Facts,
    catalogue: &'a Catalogue,
    settings: &'a [Settings],
    readers: Readers,
    /// Names of upstreams of proxies: repository, file and name to address.
    upstreams: FxHashMap<(Arc<str>, Arc<str>, String), String>,
    /// Operations over HTTP that parts offer.
    offered: Vec<Offered>,
    /// Databases that the code of a part opens, and that nothing here has: which part, its technology, and where.
    alternatives: BTreeSet<(usize, String, Place)>,
    /// Connections that are known before shared code is looked at.
    told: BTreeSet<(usize, usize)>,
    /// What is found so far.
    out: Links,
}

/// Finds the connections; parts that only an address shows are added to `parts`.
pub(super) fn find(
    facts: &Facts,
    catalogue: &Catalogue,
    parts: &mut Parts,
    settings: &[Settings],
    endpoints: &[Endpoint],
) -> Links {
    let mut upstreams = FxHashMap::default();
    for s in facts.signals.iter().filter(|s| s.is("alias") && s.scope.is_none()) {
        if let (Some(name), Some(target)) = (&s.name, &s.target) {
            upstreams.insert((Arc::clone(&s.place.repo), Arc::clone(&s.place.path), key(name)), target.clone());
        }
    }
    let readers = Readers::of_parts(parts);
    let offered = Offered::of(endpoints);
    let mut finder = Finder {
        facts,
        catalogue,
        settings,
        readers,
        upstreams,
        offered,
        alternatives: BTreeSet::new(),
        told: BTreeSet::new(),
        out: Links::default(),
    };
    finder.schemes(parts);
    finder.variables(parts);
    finder.commands(parts);
    finder.platform(parts);
    finder.issuers(parts);
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
    finder.packaged(parts);
    finder.implied(parts);
    finder.registered_routes(parts);
    finder.companions(parts);
    finder.watchers(parts);
    finder.asked_settings(parts);
    finder.empty_settings(parts);
    finder.needs(parts);
    finder.policies(parts);
    finder.embedded(parts);
    finder.alternatives(parts);
    finder.front_ends(parts);
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
            targets.push(Self::place_of(parts, address, &place.repo));
        }
        targets
    }

    /// What an address means, seen from a repository.
    fn place_of(parts: &Parts, address: Address, repo: &str) -> Target {
        let host = address.host.as_str();
        // What a page calls at its own host is what listens there.
        if host.to_ascii_lowercase().contains("location.host") {
            return match address.port.and_then(|port| by_port(parts, port, repo)) {
                Some(part) => Target::Part(part, address),
                None => Target::Local(address),
            };
        }
        if host.starts_with('{') && host.ends_with('}') || host.contains("{{") {
            return Target::Hole(host.trim_matches(['{', '}']).to_owned(), address.path);
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
            (first != host && !is_public(host) || host.split('.').skip(1).any(|word| word == "svc"))
                .then(|| parts.named(first, Some(repo)))
                .flatten()
        });
        match named {
            Some(part) => Target::Part(part, address),
            None if host.contains(['{', '$']) => Target::Hole(host.to_owned(), address.path),
            None if is_public(host) => Target::Public(address),
            None => Target::Unknown(address),
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

/// The one part with code that listens on a port.
fn by_port(parts: &Parts, port: u16, repo: &str) -> Option<usize> {
    let mut found =
        parts.all.iter().enumerate().filter(|(_, p)| p.ports.contains(&port) && p.repo.as_deref() == Some(repo));
    let first = found.next()?.0;
    found.next().is_none().then_some(first)
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
    // A package shows that somebody means to use it; code and settings show that it is used.
    let basis = if &*place.rule == "manifest" { "inferred" } else { "resolved" };
    if let Some(at) = parts.named(name, None) {
        let part = &mut parts.all[at];
        if part.is_outside && part.basis == "inferred" && basis == "resolved" {
            part.basis = basis;
            part.show(1, place, "it is used here", basis);
        }
        return at;
    }
    let mut part = Part {
        name: name.to_owned(),
        kind: "external".to_owned(),
        technology: technology.map(str::to_owned),
        is_outside: true,
        basis,
        purpose: Some(purpose.to_owned()),
        repo: Some(Arc::clone(&place.repo)),
        ..Part::default()
    };
    part.alias(name);
    for alias in aliases {
        part.alias(alias);
    }
    part.show(1, place, "it is used here", basis);
    parts.add(part)
}
