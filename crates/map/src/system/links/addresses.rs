//! Addresses in what parts run with: variables, settings and commands.

use super::{Finder, New, Target, manner};
use crate::system::knowledge::knowledge;
use crate::system::names::{Address, is_local, key};
use crate::system::parts::{Part, Parts};

impl Finder<'_> {
    /// The scheme of an address tells what somebody's image is that nothing else does: `mongodb://documents:27017`.
    pub(super) fn schemes(&self, parts: &mut Parts) {
        let mut found = Vec::new();
        for (at, settings) in self.settings.iter().enumerate() {
            for value in settings.all().filter(|v| v.text.contains("://")) {
                for target in self.follow(parts, Some(at), &value.place, &value.text) {
                    let Target::Part(to, address) = target else { continue };
                    let part = &parts.all[to];
                    let Some(entry) = self.catalogue.get(knowledge().reached(&address.scheme)) else { continue };
                    let kind = knowledge().kind_of(&entry.id, &entry.kind).unwrap_or_default();
                    let is_store = matches!(kind, "database" | "cache" | "broker" | "search");
                    if is_store && !part.is_code() && part.technology.is_none() && !part.is_fixed {
                        found.push((to, entry.id.clone(), kind, value.place.clone(), address.scheme));
                    }
                }
            }
        }
        for (to, technology, kind, place, scheme) in found {
            let part = &mut parts.all[to];
            if part.technology.is_none() {
                part.technology = Some(technology);
                kind.clone_into(&mut part.kind);
                part.show(2, &place, format!("it is reached at an address of {scheme}"), "declared");
            }
        }
    }

    /// Addresses in what a part runs with: variables of its deployment and its settings.
    pub(super) fn variables(&mut self, parts: &Parts) {
        for (at, part) in parts.all.iter().enumerate() {
            let Some(settings) = self.settings.get(at) else { continue };
            let mut found = Vec::new();
            for value in settings.all() {
                if value.is_shared
                    && knowledge().settings_with(&key(&value.name)).next().is_none()
                    && !(value.rank == 1 && settings.asks_for_itself(&value.name))
                {
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
                // An identity server knows its clients by where they are; they ask, and it answers.
                let is_client = part.kind == "auth" && key(&value.name).ends_with("client");
                if names_itself(&value.name) || is_unused || is_client {
                    continue;
                }
                for target in self.follow(parts, Some(at), &value.place, &value.text) {
                    let Target::Part(to, address) = target else { continue };
                    let is_bare = !is_url && address.port.is_none();
                    // A bare word means a host only where it is one alone.
                    if to == at
                        || is_bare && (text.contains([' ', '/']) || address.host.len() < 3)
                        || is_local(&address.host)
                            && (value.rank > 2 || settings.get(&value.name).is_some_and(|v| v.text != value.text))
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
    }

    /// Commands name addresses too: options such as `--upstream=http://orders:80`.
    pub(super) fn commands(&mut self, parts: &Parts) {
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
}

/// The protocol that an address of a part, or the name of its setting, tells.
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

/// Whether some word of a text ends with a port.
fn has_port(text: &str) -> bool {
    text.split([',', ' ']).any(|t| {
        t.rsplit_once(':').is_some_and(|(h, p)| {
            !h.is_empty()
                && (2..=5).contains(&p.split('/').next().unwrap_or(p).len())
                && p.split('/').next().unwrap_or(p).bytes().all(|b| b.is_ascii_digit())
        })
    })
}
