//! `OpenAPI` 3.1: the HTTP endpoints of one component as a skeleton to start from, with the lines that declare each.
//!
//! Bodies and answers are not known, so every operation has the one answer that the format asks for, and says so.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sightline_map::{Endpoint, SystemMap, short_id};

use super::{Head, Place};
use crate::answers::NameError;
use crate::answers::names::known_component;

/// Methods that a path of the format may have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub(super) fn write(map: &SystemMap, head: &Head, component: Option<&str>) -> Result<String, NameError> {
    let component = match component {
        Some(name) => known_component(map, name)?,
        None => only(map)?,
    };
    let mut paths: BTreeMap<String, BTreeMap<&str, Vec<&Endpoint>>> = BTreeMap::new();
    for e in map.endpoints.iter().filter(|e| e.component == component.id && e.protocol == "http") {
        let Some(route) = e.http_route.as_deref() else { continue };
        let (path, _) = template(&format!("{}{route}", e.base_path.as_deref().unwrap_or_default()));
        let method = e.method.as_deref().map(str::to_ascii_lowercase);
        // Where any method is meant, the format has no word for it: it is shown as the one that changes nothing.
        let method = METHODS.iter().find(|m| method.as_deref() == Some(m)).unwrap_or(&"get");
        paths.entry(path).or_default().entry(method).or_default().push(e);
    }
    let listed: Map<String, Value> = paths
        .into_iter()
        .map(|(path, methods)| {
            let (_, names) = template(&path);
            let mut item = Map::new();
            if !names.is_empty() {
                let parameters: Vec<Value> = names
                    .iter()
                    .map(|n| json!({ "name": n, "in": "path", "required": true, "schema": { "type": "string" } }))
                    .collect();
                item.insert("parameters".into(), parameters.into());
            }
            for (method, found) in methods {
                item.insert(method.to_owned(), operation(&found));
            }
            (path, Value::Object(item))
        })
        .collect();
    let whole = json!({
        "openapi": "3.1.0",
        "info": {
            "title": component.name,
            "version": head.sources.iter().find_map(|s| s.commit.clone()).unwrap_or_else(|| head.as_of_iso()),
            "description": format!("Endpoints of {} as found in code. {}", component.name, head.lines().join("; ")),
            "x-sightline": { "component": component.id, "as_of": head.as_of_iso() },
        },
        "paths": listed,
    });
    Ok(format!("{whole:#}\n"))
}

/// The component that is meant when none is named.
fn only(map: &SystemMap) -> Result<&sightline_map::Component, NameError> {
    let mut ids: Vec<&str> =
        map.endpoints.iter().filter(|e| e.protocol == "http").map(|e| e.component.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [one] => map.component(one).ok_or_else(|| NameError("its component is not on the map".to_owned())),
        [] => {
            Err(NameError("no HTTP endpoint was found\nhelp: `sightline endpoints` shows what is offered".to_owned()))
        }
        many => {
            let names: Vec<&str> = many.iter().take(12).map(|id| short_id(id)).collect();
            Err(NameError(format!(
                "{} components offer HTTP endpoints, and one document describes one\nhelp: choose with `--of NAME`: {}",
                many.len(),
                names.join(", ")
            )))
        }
    }
}

fn operation(found: &[&Endpoint]) -> Value {
    let evidence: Vec<Value> = found
        .iter()
        .map(|e| {
            let place = Place::of_spot(&e.spot);
            json!({ "fact": format!("endpoint:{}", e.id), "place": place.id(), "basis": e.spot.basis, "seen": e.spot.seen })
        })
        .collect();
    let mut operation = json!({
        "responses": { "default": { "description": "What it answers was not read." } },
        "x-sightline": evidence,
    });
    if let Some(name) = found.iter().find_map(|e| e.name.as_deref()) {
        operation["summary"] = name.into();
    }
    operation
}

/// A route with its variables as the format writes them, `{name}`, and their names: `/a/:id`, `/a/<int:id>`, `/a/{id:[0-9]+}`
/// and `/a/*` come as `/a/{id}`, `/a/{id}`, `/a/{id}` and `/a/{rest}`.
fn template(route: &str) -> (String, Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    for part in route.split('/').skip(usize::from(route.starts_with('/'))) {
        let inner = part
            .strip_prefix(':')
            .or_else(|| part.strip_prefix('{').and_then(|p| p.split([':', '}', '=']).next()))
            .or_else(|| part.strip_prefix('<').map(|p| p.trim_end_matches('>').rsplit(':').next().unwrap_or(p)))
            .or_else(|| part.starts_with('*').then_some("rest"));
        match inner {
            Some(inner) => {
                let mut name: String =
                    inner.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
                if name.is_empty() {
                    "rest".clone_into(&mut name);
                }
                while names.contains(&name) {
                    name.push('_');
                }
                parts.push(format!("{{{name}}}"));
                names.push(name);
            }
            None => parts.push(part.replace(['{', '}', '?', '#'], "_")),
        }
    }
    (format!("/{}", parts.join("/")), names)
}

#[cfg(test)]
mod tests {
    #[test]
    fn variables_of_all_frameworks_become_those_of_the_format() {
        let check = |route: &str, path: &str, names: &[&str]| {
            let (found, all) = super::template(route);
            assert_eq!((found.as_str(), all), (path, names.iter().map(|n| (*n).to_owned()).collect()), "{route}");
        };
        check("/orders/:id", "/orders/{id}", &["id"]);
        check("/orders/<int:id>/lines", "/orders/{id}/lines", &["id"]);
        check("/orders/{id:[0-9]+}", "/orders/{id}", &["id"]);
        check("/{id}/{id}", "/{id}/{id_}", &["id", "id_"]);
        check("/files/*", "/files/{rest}", &["rest"]);
        check("health", "/health", &[]);
        check("/", "/", &[]);
    }
}
