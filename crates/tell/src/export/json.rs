//! JSON: components, connections and endpoints, each with the lines that show it. Keys are added, never renamed.

use serde_json::{Map, Value, json};

use super::{Sheet, common_kind};
use crate::cell::instant_iso;
use sightline_map::{Spot, short_id};

pub(super) fn write(sheet: &Sheet) -> String {
    let components: Vec<Value> = sheet
        .components
        .iter()
        .map(|c| {
            object([
                ("id", json!(short_id(&c.id))),
                ("name", json!(c.name)),
                ("kind", json!(common_kind(&c.kind))),
                ("sightline_kind", json!(c.kind)),
                ("technology", json!(c.technology)),
                ("language", json!(c.language)),
                ("purpose", json!(c.purpose)),
                ("area", json!(c.area)),
                ("owner", json!(c.owner)),
                ("folder", json!(c.folder)),
                ("is_outside", json!(c.is_outside)),
                ("basis", json!(c.basis)),
                ("evidence", evidence(&c.spots)),
            ])
        })
        .collect();
    let connections: Vec<Value> = sheet
        .arrows
        .iter()
        .map(|a| {
            object([
                ("from", json!(short_id(&a.from))),
                ("to", json!(short_id(&a.to))),
                ("kind", json!(a.kind)),
                ("protocol", json!(a.protocol)),
                ("what", json!(a.what)),
                ("is_async", json!(a.is_async)),
                ("basis", json!(a.basis)),
                ("evidence", evidence(&a.spots)),
            ])
        })
        .collect();
    let endpoints: Vec<Value> = sheet
        .endpoints
        .iter()
        .filter(|e| e.protocol == "http")
        .filter_map(|e| {
            let path = e.http_route.as_deref()?;
            Some(object([
                ("component", json!(short_id(&e.component))),
                ("method", json!(e.method)),
                ("path", json!(path)),
                ("base_path", json!(e.base_path)),
                ("name", json!(e.name)),
                ("basis", json!(e.spot.basis)),
                ("evidence", evidence(std::slice::from_ref(&e.spot))),
            ]))
        })
        .collect();
    let sources: Vec<Value> = sheet
        .sources
        .iter()
        .map(|s| {
            object([
                ("repo", json!(s.repo)),
                ("url", json!(s.url)),
                ("commit", json!(s.commit)),
                ("as_of", json!(instant_iso(s.as_of))),
            ])
        })
        .collect();
    let whole = json!({
        "title": sheet.title,
        "direction": sheet.direction.word(),
        "sources": sources,
        "components": components,
        "connections": connections,
        "endpoints": endpoints,
    });
    format!("{whole:#}\n")
}

/// An object without the keys that have no value.
fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Object(
        pairs.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>(),
    )
}

fn evidence(spots: &[Spot]) -> Value {
    spots
        .iter()
        .map(|s| {
            object([
                ("path", json!(s.path)),
                ("line", json!(s.line_start)),
                ("line_end", if s.line_end > s.line_start { json!(s.line_end) } else { Value::Null }),
                ("repo", json!(s.repo)),
                ("commit", json!(s.commit)),
                ("basis", json!(s.basis)),
                ("about", if s.about.is_empty() { Value::Null } else { json!(s.about) }),
                ("seen", json!(s.seen)),
            ])
        })
        .collect()
}
