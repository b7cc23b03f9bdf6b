//! What settings name as part of the platform: registries, configuration servers, identity, tracing, mail.

use super::calls::shortened;
use super::{Finder, Flow, Gap, New, Target, outside};
use crate::system::facts::Signal;
use crate::system::names::{addresses, is_public, key, last_part};
use crate::system::parts::Parts;

impl Finder<'_> {
    /// Registries, configuration servers, identity, tracing, mail: addresses whose meaning the setting's name tells.
    pub(super) fn platform(&mut self, parts: &mut Parts) {
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

    /// One part uses a part of the platform in some role.
    fn platform_of(&mut self, parts: &mut Parts, s: &Signal, from: usize, role: &str, target: &str, setting: &str) {
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
        if role == "config-repository" {
            self.config_repository(parts, s, from, target);
            return;
        }
        let about = format!("{} says where", if setting.is_empty() { role } else { setting });
        for to in self.ends_of_platform(parts, s, from, (role, of_kind), target, setting) {
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
                self.sign_in(parts, to, &s.place);
            }
        }
    }

    /// The parts that an address of the platform means, in a role that parts of some kind have.
    fn ends_of_platform(
        &mut self,
        parts: &mut Parts,
        s: &Signal,
        from: usize,
        (role, of_kind): (&str, &str),
        target: &str,
        setting: &str,
    ) -> Vec<usize> {
        let technology = s.technology.as_deref().unwrap_or_default();
        let mut to = Vec::new();
        for found in self.follow(parts, Some(from), &s.place, target) {
            match found {
                Target::Part(part, _) => to.push(part),
                Target::Public(_) | Target::Unknown(_) if role == "mail" => {
                    to.push(outside(parts, "mail server", "a server that sends mail", None, &s.place, &["smtp"]));
                }
                // A profile for another place; here the own one is used.
                Target::Public(_) if parts.of_kind(of_kind).next().is_some() => {}
                Target::Public(address) => {
                    let known = self
                        .catalogue
                        .of_address(&address.host, &address.path)
                        .first()
                        .map(|h| h.technology.purpose.clone());
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
                    let only = Self::only_of(parts, technology, of_kind, from);
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
        to
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
    fn only_of(parts: &Parts, technology: &str, kind: &str, but: usize) -> Option<usize> {
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
}
