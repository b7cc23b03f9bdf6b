//! Where an address leads whose value nothing here sets: what its setting is called after, and what answers at its path.

use std::collections::BTreeSet;

use super::{Finder, Gap, New, Target, manner};
use crate::system::facts::Place;
use crate::system::knowledge::knowledge;
use crate::system::names::{is_local, key};
use crate::system::offers::Endpoint;
use crate::system::parts::{Part, Parts};
use crate::system::settings::Value;

/// An operation over HTTP that a part offers, in the form in which paths are compared.
#[derive(Debug)]
pub(super) struct Offered {
    part: usize,
    method: Option<String>,
    /// Segments of the path; nothing for one that takes any text.
    segments: Vec<Option<String>>,
}

impl Offered {
    /// Those among the endpoints that a request can reach.
    pub(super) fn of(endpoints: &[Endpoint]) -> Vec<Self> {
        let http = endpoints.iter().filter(|e| e.protocol == "http");
        http.filter_map(|e| {
            let segments = segments(e.http_route.as_deref()?);
            Some(Self { part: e.part, method: e.method.clone(), segments })
        })
        .collect()
    }

    fn answers(&self, method: Option<&str>, path: &[Option<String>]) -> bool {
        let same_method = match (self.method.as_deref(), method) {
            (Some(own), Some(asked)) => own.eq_ignore_ascii_case(asked),
            _ => true,
        };
        let fits = |(own, asked): (&Option<String>, &Option<String>)| own.is_none() || own == asked;
        same_method && self.segments.len() == path.len() && self.segments.iter().zip(path).all(fits)
    }
}

/// The segments of a path: what stands for any text is nothing.
fn segments(path: &str) -> Vec<Option<String>> {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let parts = path.split('/').filter(|p| !p.is_empty());
    parts.map(|p| (!p.contains(['{', '<', ':', '*', '$'])).then(|| p.to_ascii_lowercase())).collect()
}

/// Whether a path says of whom it is one: it has a word that is not on every server, and stands not alone.
fn is_telling(path: &[Option<String>]) -> bool {
    const COMMON: [&str; 16] = [
        "api",
        "rest",
        "health",
        "healthz",
        "healthcheck",
        "ready",
        "readyz",
        "live",
        "metrics",
        "status",
        "info",
        "login",
        "graphql",
        "ping",
        "oauth",
        "token",
    ];
    let words = path.iter().flatten();
    path.len() > 1 && words.clone().any(|w| w.len() > 3 && !COMMON.contains(&w.as_str()))
}

/// What a setting that holds an address is called after: `orders` of `ORDERS_SERVICE_URL`, in the form in which names
/// are compared, with and without the word for what it is.
fn called_after(setting: &str) -> Option<(String, String)> {
    const ADDRESS: [&str; 12] = [
        "baseurl",
        "baseuri",
        "baseaddress",
        "hostname",
        "endpoint",
        "address",
        "origin",
        "addr",
        "host",
        "url",
        "uri",
        "base",
    ];
    const BEFORE: [&str; 6] = ["nextpublic", "nuxtpublic", "reactapp", "vite", "expopublic", "public"];
    let last = setting.rsplit(['.', ':', ']', '[']).find(|w| !w.trim().is_empty())?;
    // Where people come from, or are sent to, is nobody that is asked.
    let lower = key(last);
    if ["redirect", "callback", "cors", "allowed", "return", "public", "external", "webhook", "self"]
        .iter()
        .any(|w| lower.contains(w) && !BEFORE.iter().any(|b| lower.starts_with(b)))
    {
        return None;
    }
    let mut name = lower.as_str();
    for before in BEFORE {
        name = name.strip_prefix(before).unwrap_or(name);
    }
    let whole = name.len();
    while let Some(rest) = ADDRESS.iter().find_map(|end| name.strip_suffix(end)) {
        name = rest;
    }
    (name.len() < whole && name.len() > 2).then(|| (name.to_owned(), without_role(name).to_owned()))
}

/// A name without the word for what it names is.
fn without_role(name: &str) -> &str {
    const ROLES: [&str; 7] = ["microservice", "service", "svc", "api", "server", "app", "backend"];
    let bare = ROLES.iter().find_map(|role| name.strip_suffix(role)).unwrap_or(name);
    if bare.len() > 2 { bare } else { name }
}

impl Finder<'_> {
    /// The one part with code that a setting of an address is called after.
    pub(super) fn meant(parts: &Parts, from: usize, setting: &str) -> Option<usize> {
        let (name, bare) = called_after(setting)?;
        let asker = &parts.all[from];
        // A server knows the address of its pages to name it in mails and headers.
        let is_asked = |part: &Part| match part.kind.as_str() {
            "library" | "tool" | "app" => false,
            "web" => asker.kind == "gateway",
            _ => part.is_code() && !part.is_development,
        };
        let only = |fits: &dyn Fn(&Part) -> bool| {
            let found = parts.all.iter().enumerate().filter(|(at, p)| *at != from && is_asked(p) && fits(p));
            let of_repo: Vec<usize> = found.clone().filter(|(_, p)| p.repo == asker.repo).map(|(at, _)| at).collect();
            let all: Vec<usize> = if of_repo.is_empty() { found.map(|(at, _)| at).collect() } else { of_repo };
            if let [one] = all[..] { Some(one) } else { None }
        };
        only(&|p| p.aliases.contains_key(&name))
            .or_else(|| only(&|p| p.aliases.keys().any(|a| without_role(a) == bare)))
    }

    /// The one other part that answers at a path; who is told of a gateway asks that.
    pub(super) fn serving(&self, parts: &Parts, from: usize, method: Option<&str>, path: &str) -> Option<usize> {
        let path = segments(path);
        let has_gateway = self.out.all.keys().any(|(f, to)| *f == from && parts.all[*to].kind == "gateway");
        if has_gateway || !is_telling(&path) {
            return None;
        }
        let mut all: BTreeSet<usize> =
            self.offered.iter().filter(|o| o.part != from && o.answers(method, &path)).map(|o| o.part).collect();
        // What only hands requests on answers at the paths of those behind it.
        if all.len() > 1 {
            let hands_on = |p: &Part| p.kind == "gateway" || p.aliases.keys().any(|a| a.contains("gateway"));
            all.retain(|at| !hands_on(&parts.all[*at]));
        }
        let mut all = all.into_iter();
        all.next().filter(|_| all.next().is_none())
    }

    /// Settings of addresses that code asks for, and for which there is no value but one of a laptop, or none.
    pub(super) fn asked_settings(&mut self, parts: &Parts) {
        let mut found: Vec<(usize, usize, String, Place)> = Vec::new();
        let reads = self.facts.signals.iter().filter(|s| s.is("env-read") || s.is("config-read"));
        for s in reads {
            let Some(name) = s.name.as_deref().filter(|n| called_after(n).is_some()) else { continue };
            // What several programs share says of none of them that it is the one that asks.
            if parts.is_shared(&s.place.repo, &s.place.path) {
                continue;
            }
            for from in parts.owners(&s.place.repo, &s.place.path) {
                let value = self.settings(*from).and_then(|all| all.get(name)).map(|v| v.text.clone());
                if value.is_none_or(|text| self.is_of_a_laptop(parts, *from, &s.place, &text))
                    && let Some(to) = Self::meant(parts, *from, name)
                {
                    found.push((*from, to, name.to_owned(), s.place.clone()));
                }
            }
        }
        for (from, settings) in self.settings.iter().enumerate() {
            let is_used = |v: &Value| settings.get(&v.name).is_some_and(|used| used.text == v.text);
            for value in settings.all().filter(|v| (2..6).contains(&v.rank) && !v.is_shared && is_used(v)) {
                let text = settings.resolve(&value.text);
                if text.contains("://")
                    && self.is_of_a_laptop(parts, from, &value.place, &text)
                    && let Some(to) = Self::meant(parts, from, &value.name)
                {
                    found.push((from, to, value.name.clone(), value.place.clone()));
                }
            }
        }
        for (from, to, name, place) in found {
            if self.out.joins(from, to) {
                continue;
            }
            let (kind, flow, what) = manner(&parts.all[to], &parts.all[from]);
            let about = format!("{name} is called after {}", parts.all[to].name);
            let protocol = (kind == "sync").then_some("http");
            self.out.add(
                from,
                to,
                New { kind, protocol, flow, what, about, basis: "inferred", place: &place, rank: 4 },
            );
        }
    }

    /// Settings of addresses that are empty here and are called after a product: something that may be added.
    pub(super) fn empty_settings(&mut self, parts: &Parts) {
        let mut gaps = BTreeSet::new();
        for s in self.facts.signals.iter().filter(|s| s.is("env") && s.value.as_deref().is_none_or(str::is_empty)) {
            let Some(name) = s.name.as_deref().filter(|n| called_after(n).is_some()) else { continue };
            let words = name.split(['_', '.']).map(str::to_ascii_lowercase);
            let product = words.filter(|w| w.len() > 3).find_map(|w| {
                let technology = self.catalogue.get(&w)?;
                knowledge().kind_of(&technology.id, &technology.kind).map(|_| technology)
            });
            let Some(product) = product else { continue };
            let from = match s.scope.as_deref() {
                Some(scope) => parts.named(scope, Some(&s.place.repo)),
                None => parts.owners(&s.place.repo, &s.place.path).first().copied(),
            };
            let Some(from) = from else { continue };
            let is_set = self.settings(from).and_then(|all| all.get(name)).is_some_and(|v| !v.text.is_empty());
            let is_here = parts.of_technology(&product.id).next().is_some();
            if !is_set && !is_here && s.attribute("from").is_none() && s.attribute("secret").is_none() {
                gaps.insert(Gap {
                    part: Some(from),
                    what: "address",
                    target: Some(product.name.clone()),
                    reason: format!("{name} is empty here; with an address there, {} is used as well", product.name),
                    place: s.place.clone(),
                });
            }
        }
        self.out.gaps.extend(gaps);
    }

    /// Whether a text leads nowhere but to the machine itself, or to a place that is not known.
    fn is_of_a_laptop(&self, parts: &Parts, from: usize, place: &Place, text: &str) -> bool {
        self.follow(parts, Some(from), place, text).iter().all(|target| match target {
            Target::Part(_, address) => is_local(&address.host),
            Target::Public(_) => false,
            Target::Local(_) | Target::Unknown(_) | Target::Hole(..) => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_called_after_the_part_whose_address_it_holds() {
        let check = |setting: &str, expect: Option<(&str, &str)>| {
            let found = called_after(setting);
            let found = found.as_ref().map(|(name, bare)| (name.as_str(), bare.as_str()));
            assert_eq!(found, expect, "{setting}");
        };
        check("ORDERS_SERVICE_URL", Some(("ordersservice", "orders")));
        check("config.ordersApiBaseUrl", Some(("ordersapi", "orders")));
        check("services.stock-url", Some(("stock", "stock")));
        check("VITE_CART_HOST", Some(("cart", "cart")));
        // No address, no name, and places that people are sent to.
        check("ORDERS_SERVICE_TOKEN", None);
        check("BASE_URL", None);
        check("OAUTH_REDIRECT_URL", None);
    }

    #[test]
    fn a_path_is_answered_by_the_same_segments() {
        let offered =
            |method: &str, route: &str| Offered { part: 1, method: Some(method.to_owned()), segments: segments(route) };
        let answers = |route: &str, path: &str| offered("GET", route).answers(Some("GET"), &segments(path));
        assert!(answers("/orders/{id}", "/orders/{order.id}") && answers("/orders/:id", "/orders/7?full=true"));
        assert!(!answers("/orders/{id}", "/orders") && !answers("/orders/{id}", "/carts/7"));
        assert!(!offered("POST", "/orders/{id}").answers(Some("GET"), &segments("/orders/7")));
        assert!(is_telling(&segments("/orders/{id}")) && !is_telling(&segments("/api/health")));
        assert!(!is_telling(&segments("/orders")), "one word alone may be anybody's");
    }
}
