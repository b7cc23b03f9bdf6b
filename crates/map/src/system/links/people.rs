//! The people at the edge, and where they come in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Finder, Flow, Links, New};
use crate::system::facts::Place;
use crate::system::parts::{Part, Parts};

impl Finder<'_> {
    /// The people at the edge: they use what leads inwards and is led to by nothing else.
    pub(super) fn people(&mut self, parts: &mut Parts) {
        let doors = self.doors(parts);
        for (to, place) in self.signing_in(parts) {
            self.sign_in(parts, to, &place);
        }
        for door in doors {
            let Some(place) = parts.all[door].evidence.iter().min().map(|e| e.place.clone()) else { continue };
            let user = person(parts, &place);
            if self.out.joins(user, door) {
                continue;
            }
            // A tool is typed and an app is opened; neither speaks a protocol with people.
            let (protocol, about) = match parts.all[door].kind.as_str() {
                "tool" => (Some("command"), "people run it"),
                "app" => (None, "people open it"),
                _ => (Some("http"), "requests from outside come in there"),
            };
            let about = about.to_owned();
            self.out.add(
                user,
                door,
                New {
                    kind: "sync",
                    protocol,
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

    /// Pages whose calls could not be followed ask the one program of their repository that answers requests.
    pub(super) fn front_ends(&mut self, parts: &Parts) {
        let serves: BTreeSet<usize> = self
            .facts
            .signals
            .iter()
            .filter(|s| s.is("route"))
            .flat_map(|s| parts.owners(&s.place.repo, &s.place.path).iter().copied())
            .filter(|at| parts.all[*at].kind == "service")
            .collect();
        for (from, part) in parts.all.iter().enumerate() {
            let asks = self.out.all.iter().any(|((f, _), l)| *f == from && l.kind == "sync");
            if part.kind != "web" || !part.is_code() || asks || part.is_development {
                continue;
            }
            let mut beside = serves.iter().copied().filter(|at| parts.all[*at].repo == part.repo && *at != from);
            let (Some(to), None) = (beside.next(), beside.next()) else { continue };
            if self.out.joins(from, to) {
                continue;
            }
            let Some(place) = part.evidence.iter().min().map(|e| e.place.clone()) else { continue };
            let about = format!("it shows pages, and {} is all that answers requests beside it", parts.all[to].name);
            let (kind, protocol, flow, what, basis) = ("sync", Some("http"), Flow::Both, "calls", "inferred");
            self.out.add(from, to, New { kind, protocol, flow, what, about, basis, place: &place, rank: 5 });
        }
    }

    /// Parts through which people come in.
    fn doors(&self, parts: &Parts) -> Vec<usize> {
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
        doors
    }

    /// Parts at which applications let people sign in, and the place that says so.
    fn signing_in(&self, parts: &Parts) -> Vec<(usize, Place)> {
        let mut signed: Vec<(usize, Place)> = Vec::new();
        for (at, part) in parts.all.iter().enumerate() {
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
        signed
    }

    /// People are sent to a part to sign in.
    pub(super) fn sign_in(&mut self, parts: &mut Parts, to: usize, place: &Place) {
        let user = person(parts, place);
        let about = "people are sent there to sign in".to_owned();
        let (kind, protocol, flow, what, basis) = ("sync", Some("http"), Flow::Both, "sign in at", "inferred");
        self.out.add(user, to, New { kind, protocol, flow, what, about, basis, place, rank: 2 });
    }
}

/// The people who use the system.
pub(super) fn person(parts: &mut Parts, place: &Place) -> usize {
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
