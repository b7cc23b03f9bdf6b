//! Questions that follow the connections of the map: who depends on a thing, and what happens after a request.
//!
//! Pure functions over rows. Nothing is worded here beyond the names and words that rows hold; sentences are made in
//! `tell`. [`find`] says what a name means, [`impact`] walks against the connections, [`flow`] walks along them.

mod code;
mod dependents;
mod flow;
mod functions;
mod impact;
mod routes;
mod stories;
#[cfg(test)]
mod tests;

use crate::system_map::{Endpoint, SystemMap, short};

pub use flow::{Flow, Step, StepKind, flow};
pub use impact::{Hop, Impact, Reached, impact};
pub use stories::stories;

/// What a name on the map means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A component, by its id.
    Component(String),
    /// An endpoint, by its id.
    Endpoint(String),
    /// A topic, queue or exchange.
    Topic(String),
    /// A table or collection, by its id.
    Entity(String),
}

impl Subject {
    /// The word for what it is.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Component(_) => "component",
            Self::Endpoint(_) => "endpoint",
            Self::Topic(_) => "topic",
            Self::Entity(_) => "table",
        }
    }

    /// Its id; a component's without the prefix.
    pub fn id(&self) -> &str {
        match self {
            Self::Component(id) => short(id),
            Self::Endpoint(id) | Self::Topic(id) | Self::Entity(id) => id,
        }
    }
}

/// A name without case and signs.
pub fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a name can mean, the likeliest kind only: a component before an endpoint, a topic and a table. Several answers
/// mean that the name is not enough to tell them apart.
///
/// A kind may stand before the name, as in `component:orders`, `topic:orders.paid` or `table:orders`. An endpoint is
/// named by its id, by `POST /orders` or by `/orders`, and so that one of several can be meant, with its component in
/// front: `orders POST /orders`.
pub fn find(map: &SystemMap, name: &str) -> Vec<Subject> {
    let name = name.trim();
    let (kind, rest) = match name.split_once(':') {
        Some((kind @ ("component" | "endpoint" | "topic" | "table"), rest)) => (kind, rest.trim()),
        _ => ("", name),
    };
    let may = |word: &str| kind.is_empty() || kind == word;
    let mut found = Vec::new();
    if may("component") {
        found = components(map, rest);
    }
    if found.is_empty() && may("endpoint") {
        found = endpoints(map, rest);
    }
    if found.is_empty() && may("topic") {
        found.extend(map.topics.iter().filter(|t| t.topic == rest).map(|t| Subject::Topic(t.topic.clone())));
    }
    if found.is_empty() && may("table") {
        let named = |lower: bool| {
            map.entities
                .iter()
                .filter(move |e| e.id == rest || if lower { e.name.eq_ignore_ascii_case(rest) } else { e.name == rest })
        };
        found.extend(named(false).map(|e| Subject::Entity(e.id.clone())));
        if found.is_empty() {
            found.extend(named(true).map(|e| Subject::Entity(e.id.clone())));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Exact ids and names first, then names without case and signs, then other names of a component.
fn components(map: &SystemMap, name: &str) -> Vec<Subject> {
    let plain = bare(name);
    let of = |test: &dyn Fn(&crate::system_map::Component) -> bool| -> Vec<Subject> {
        map.components.iter().filter(|c| test(c)).map(|c| Subject::Component(c.id.clone())).collect()
    };
    let by_id = of(&|c| short(&c.id) == name || c.name == name);
    if !by_id.is_empty() || plain.is_empty() || name.contains('/') {
        return by_id;
    }
    let by_name = of(&|c| bare(short(&c.id)) == plain || bare(&c.name) == plain);
    if !by_name.is_empty() {
        return by_name;
    }
    of(&|c| c.aliases.as_deref().is_some_and(|a| a.split(", ").any(|a| bare(a) == plain)))
}

fn endpoints(map: &SystemMap, name: &str) -> Vec<Subject> {
    let subject = |e: &Endpoint| Subject::Endpoint(e.id.clone());
    let exact: Vec<Subject> = map.endpoints.iter().filter(|e| e.id == name).map(subject).collect();
    if !exact.is_empty() {
        return exact;
    }
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let Some(last) = words.pop() else { return Vec::new() };
    if !last.starts_with('/') {
        // What is not HTTP goes by its name: `CheckoutService/PlaceOrder`.
        let named = |e: &&Endpoint| e.http_route.is_none() && e.name.as_deref() == Some(name);
        return map.endpoints.iter().filter(named).map(subject).collect();
    }
    let method = words.last().filter(|w| routes::is_method(w)).map(|w| w.to_ascii_uppercase());
    let owner = if method.is_some() { words.split_last().map(|w| w.1) } else { Some(words.as_slice()) };
    let owner = owner.and_then(<[&str]>::first).map(|o| bare(o));
    map.endpoints
        .iter()
        .filter(|e| routes::serves(e, method.as_deref(), last))
        .filter(|e| {
            owner.as_deref().is_none_or(|o| bare(short(&e.component)) == o || bare(map.name(&e.component)) == o)
        })
        .map(subject)
        .collect()
}

/// All names that [`find`] knows, for whoever mistyped one.
pub fn names(map: &SystemMap) -> Vec<String> {
    let endpoints = map.endpoints.iter().filter_map(|e| {
        let route = e.http_route.as_deref()?;
        Some(e.method.as_deref().map_or_else(|| route.to_owned(), |m| format!("{m} {route}")))
    });
    let mut names: Vec<String> = map
        .components
        .iter()
        .map(|c| short(&c.id).to_owned())
        .chain(endpoints)
        .chain(map.topics.iter().map(|t| t.topic.clone()))
        .chain(map.entities.iter().map(|e| e.name.clone()))
        .collect();
    names.sort();
    names.dedup();
    names
}
