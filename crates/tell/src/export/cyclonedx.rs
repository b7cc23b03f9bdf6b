//! `CycloneDX` 1.6: packages with the places that show them, AI models by name, and services of other companies that the
//! system uses.
//!
//! Licences are those that lock files state; where a text is no expression of SPDX it is given as a name.

use serde_json::{Map, Value, json};
use sightline_facts::session::Session;

use super::{Head, Place, ask, packages, put_text, uuid};
use crate::TellError;

pub(super) fn write(session: &Session, head: &Head) -> Result<String, TellError> {
    let packages = packages::read(session)?;
    let mut taken = std::collections::BTreeSet::new();
    let mut components = Vec::new();
    let mut direct = Vec::new();
    for package in &packages {
        let reference = package.reference();
        if !taken.insert(reference.clone()) {
            continue;
        }
        let mut one = Map::new();
        one.insert("type".into(), "library".into());
        one.insert("bom-ref".into(), reference.clone().into());
        one.insert("name".into(), package.name.clone().into());
        put_text(&mut one, "version", package.version.as_deref());
        one.insert("scope".into(), if package.is_shipped { "required" } else { "excluded" }.into());
        let licences: Vec<Value> = match package.expression() {
            Some(expression) => vec![json!({ "expression": expression })],
            None => package.licences.iter().map(|l| json!({ "license": { "name": l } })).collect(),
        };
        if !licences.is_empty() {
            one.insert("licenses".into(), licences.into());
        }
        put_text(&mut one, "purl", package.purl.as_deref());
        let places: Vec<Value> = package.places.iter().map(occurrence).collect();
        one.insert("evidence".into(), json!({ "occurrences": places }));
        let properties = json!([
            property("sightline:ecosystem", &package.ecosystem),
            property("sightline:is_direct", if package.is_direct { "true" } else { "false" }),
            property("sightline:n_places", &package.n_places.to_string()),
        ]);
        one.insert("properties".into(), properties);
        components.push(Value::Object(one));
        if package.is_direct {
            direct.push(reference);
        }
    }
    components.extend(models(session)?);
    let mut metadata = Map::new();
    metadata.insert("timestamp".into(), head.as_of_iso().into());
    metadata.insert("lifecycles".into(), json!([{ "phase": "pre-build" }]));
    metadata.insert(
        "tools".into(),
        json!({ "components": [{ "type": "application", "name": "sightline", "version": env!("CARGO_PKG_VERSION") }] }),
    );
    let mut system = json!({ "type": "application", "bom-ref": "system", "name": head.title });
    if let [source] = head.sources.as_slice()
        && let Some(commit) = &source.commit
    {
        system["version"] = commit.clone().into();
    }
    metadata.insert("component".into(), system);
    metadata.insert("properties".into(), head.lines().iter().map(|l| property("sightline:source", l)).collect());
    let mut whole = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "services": services(session)?,
        "dependencies": [{ "ref": "system", "dependsOn": direct }],
    });
    // The same facts have the same number.
    whole["serialNumber"] = format!("urn:uuid:{}", uuid(&whole.to_string())).into();
    Ok(format!("{whole:#}\n"))
}

/// AI models by the names that code and settings give them.
fn models(session: &Session) -> Result<Vec<Value>, TellError> {
    let rows = ask(
        session,
        "select name, basis, repo, commit, path, line_start, line_end from signals where kind = 'ai-model' and name is not null \
         order by name, repo, path, line_start",
    )?;
    let mut found: Vec<Value> = Vec::new();
    for row in &rows.rows {
        let name = rows.get(row, "name").text().unwrap_or_default();
        let Some(place) = Place::of(&rows, row) else { continue };
        if found.last().is_none_or(|m| m["name"] != name) {
            // `owner/model` is how hubs name models.
            let mut model = json!({
                "type": "machine-learning-model",
                "bom-ref": format!("ai-model:{name}"),
                "name": name,
                "evidence": { "occurrences": [] },
                "properties": [property("sightline:basis", rows.get(row, "basis").text().unwrap_or_default())],
            });
            if let Some((owner, _)) = name.split_once('/') {
                model["publisher"] = owner.into();
            }
            found.push(model);
        }
        let places = found.last_mut().and_then(|m| m["evidence"]["occurrences"].as_array_mut());
        if let Some(places) = places.filter(|p| p.len() < 20) {
            places.push(occurrence(&place));
        }
    }
    Ok(found)
}

/// Services of other companies by the technology that was recognised.
fn services(session: &Session) -> Result<Vec<Value>, TellError> {
    let rows = ask(
        session,
        "select technology, name, kind, purpose, company, basis, what, repo, commit, path, line_start, line_end from technologies \
         where company is not null and role = 'uses' order by technology, repo, path, line_start",
    )?;
    let mut found: Vec<Value> = Vec::new();
    let mut last = String::new();
    for row in &rows.rows {
        let text = |name: &str| rows.get(row, name).text().unwrap_or_default();
        if text("technology") == last {
            continue;
        }
        text("technology").clone_into(&mut last);
        let mut properties = vec![
            property("sightline:kind", text("kind")),
            property("sightline:basis", text("basis")),
            property("sightline:recognised", text("what")),
        ];
        properties.extend(Place::of(&rows, row).map(|p| property("sightline:evidence", &p.id())));
        found.push(json!({
            "bom-ref": format!("technology:{last}"),
            "provider": { "name": text("company") },
            "name": text("name"),
            "description": text("purpose"),
            "x-trust-boundary": true,
            "properties": properties,
        }));
    }
    Ok(found)
}

fn occurrence(place: &Place) -> Value {
    let mut one = json!({ "location": place.path, "additionalContext": place.id() });
    if place.line_start > 0 {
        one["line"] = place.line_start.into();
    }
    one
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}
