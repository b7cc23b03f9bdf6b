//! What settings name as part of the platform: registries, configuration servers, identity, tracing, mail.

use super::calls::shortened;
use super::{Finder, Flow, Gap, New, Target, outside};
use crate::system::facts::{Place, Signal};
use crate::system::names::{Address, addresses, is_public, key, last_part};
use crate::system::parts::Parts;

/// Whether a setting says where tokens are issued: `OIDC_ISSUER`, `SHOP_OAUTH_TOKEN_URL`, `Keycloak:Authority`.
fn names_an_issuer(name: &str) -> bool {
    const ABOUT: [&str; 6] = ["oidc", "oauth", "openid", "keycloak", "auth0", "jwks"];
    const ENDS: [&str; 8] = ["issuer", "authority", "url", "uri", "domain", "endpoint", "issuerhost", "server"];
    const OTHER: [&str; 8] = ["redirect", "callback", "logout", "return", "success", "failure", "admin", "frontend"];
    let name = key(name);
    let is_about = ABOUT.iter().any(|w| name.contains(w)) || matches!(name.as_str(), "issuerurl" | "issuerbaseurl");
    is_about && ENDS.iter().any(|w| name.ends_with(w)) && !OTHER.iter().any(|w| name.contains(w))
}

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
            let all = self.readers.of_setting(self.facts, parts, &s.place, &setting);
            let mut readers: Vec<usize> = all.iter().map(|r| r.part).collect();
            if readers.is_empty() {
                readers.extend(Self::only_reader(parts, s));
            }
            // Of those that share the code which asks, those that are told where.
            if role == "identity" && parts.is_shared(&s.place.repo, &s.place.path) {
                let is_told = |at: &usize| {
                    let knows = self.settings(*at).is_some_and(|all| !all.resolve(target).contains('{'));
                    knows || self.out.all.keys().any(|(from, to)| from == at && parts.all[*to].kind == "auth")
                };
                let told: Vec<usize> = readers.iter().copied().filter(is_told).collect();
                readers = if told.is_empty() { readers } else { told };
            }
            for from in readers {
                self.platform_of(parts, s, from, role, target, &setting);
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
                    to.push(self.outside_at(parts, &address, &s.place));
                }
                Target::Local(_) | Target::Unknown(_) | Target::Hole(..) if of_kind != "external" => {
                    let only = Self::only_of(parts, technology, of_kind, from);
                    match only {
                        Some(part) => to.push(part),
                        None => {
                            self.out.gaps.insert(Gap {
                                part: Some(from),
                                what: "address",
                                target: Some(target.to_owned()),
                                reason: if setting.is_empty() {
                                    format!("nothing here tells where {target} leads")
                                } else {
                                    format!("{setting} names a place that nothing here has")
                                },
                                place: s.place.clone(),
                            });
                        }
                    }
                }
                Target::Local(_) | Target::Unknown(_) | Target::Hole(..) if role == "mail" => {
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

    /// The outside system at a public address: under the name of its company's service where we know it.
    fn outside_at(&self, parts: &mut Parts, address: &Address, place: &Place) -> usize {
        let known = self.catalogue.of_address(&address.host, &address.path);
        match known.first().map(|h| h.technology) {
            Some(t) if t.company.is_some() => outside(parts, &t.name, &t.purpose, Some(&t.id), place, &[&address.host]),
            Some(t) => outside(parts, &address.host, &t.purpose, None, place, &[]),
            None => outside(parts, &address.host, "an outside system", None, place, &[]),
        }
    }

    /// Settings that are called after what issues tokens, and lead to an outside system: those that lead to a part are
    /// followed as all addresses are.
    pub(super) fn issuers(&mut self, parts: &mut Parts) {
        let has_own = parts.of_kind("auth").next().is_some();
        for (from, settings) in self.settings.iter().enumerate().filter(|_| !has_own) {
            for value in settings.all().filter(|v| !v.is_shared && names_an_issuer(&v.name)) {
                for found in self.follow(parts, Some(from), &value.place, &value.text) {
                    let Target::Public(address) = found else { continue };
                    let to = self.outside_at(parts, &address, &value.place);
                    let new = New {
                        kind: "sync",
                        protocol: None,
                        flow: Flow::In,
                        what: "asks who the user is at",
                        about: format!("{} says where", value.name),
                        basis: "declared",
                        place: &value.place,
                        rank: 1,
                    };
                    self.out.add(from, to, new);
                }
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

#[cfg(test)]
mod tests {
    use super::names_an_issuer;

    #[test]
    fn settings_that_are_called_after_an_issuer_say_where_people_sign_in() {
        for name in ["OIDC_ISSUER", "SHOP_OIDC_TOKEN_URL", "Keycloak:Authority", "AUTH0_DOMAIN", "ISSUER_BASE_URL"] {
            assert!(names_an_issuer(name), "{name}");
        }
        for name in ["OIDC_CLIENT_ID", "OAUTH_REDIRECT_URL", "JWT_ISSUER", "SHOP_URL", "KEYCLOAK_ADMIN_URL"] {
            assert!(!names_an_issuer(name), "{name}");
        }
    }
}
