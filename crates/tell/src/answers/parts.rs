//! The parts of the system as an indented list by area, and one part in a sentence.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sightline_map::{Component, Impact, SystemMap, short_id};

use super::{Answer, counted, heading, name, no_map, paragraph, place_json, shape, table};
use crate::text::{put, visible, wrap};
use crate::words;

/// The plural word for a kind of part, in the order in which a map is read.
const KINDS: [(&str, &str); 18] = [
    ("web", "web front end"),
    ("app", "app"),
    ("gateway", "gateway"),
    ("service", "service"),
    ("auth", "sign-in service"),
    ("job", "background job"),
    ("broker", "message broker"),
    ("database", "database"),
    ("cache", "cache"),
    ("search", "search store"),
    ("storage", "file store"),
    ("config", "configuration server"),
    ("registry", "service registry/service registries"),
    ("monitoring", "monitoring tool"),
    ("tool", "tool"),
    ("library", "library/libraries"),
    ("external", "outside system"),
    ("user", "group of people/groups of people"),
];

/// What to ask next.
const NEXT: &str = "`sightline show PART` tells more of one, `sightline impact PART` who depends on it, `sightline flow PART` what it does.";

/// The map as a list by area, then a table; of one area or kind where they are given.
pub fn parts(map: &SystemMap, area: Option<&str>, kind: Option<&str>, width: usize) -> Answer {
    let wanted = |c: &&Component| {
        area.is_none_or(|a| c.area.as_deref().is_some_and(|b| b.eq_ignore_ascii_case(a)))
            && kind.is_none_or(|k| c.kind == k)
    };
    let shown: Vec<&Component> = map.components.iter().filter(wanted).collect();
    let title = match map.sources.as_slice() {
        [one] => visible(&one.repo),
        many => format!("{} repositories", many.len()),
    };
    let mut text = heading(map, &format!("Map · {title}"));
    text.push_str("Which parts exist and what does each one do?\n\n");
    if let Some(nothing) = no_map(map) {
        text.push_str(&nothing);
    } else {
        text.push_str(&paragraph(&sentence(&title, &shown, area, kind), width));
        let mut areas: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
        for c in &shown {
            areas.entry(c.area.as_deref().unwrap_or("without an area")).or_default().push(c);
        }
        for (area, members) in &areas {
            put(&mut text, format_args!("\n{}\n", visible(area)));
            for c in members {
                for (i, line) in wrap(&visible(&c.purpose), width.saturating_sub(6).max(20)).into_iter().enumerate() {
                    let head = if i == 0 { format!("  {} ", shape(&c.basis)) } else { "      ".to_owned() };
                    put(&mut text, format_args!("{head}{line}\n"));
                }
            }
        }
        let rows: Vec<Vec<String>> = shown.iter().map(|c| row(map, c)).collect();
        text.push('\n');
        text.push_str(&table(
            &["Part", "Kind", "Area", "Made with", "Looked after by", "Uses", "Used by", "Endpoints"],
            &rows,
            width,
        ));
        text.push('\n');
        text.push_str(&paragraph(NEXT, width));
    }
    let list: Vec<_> = shown
        .iter()
        .map(|c| {
            json!({
                "component": short_id(&c.id),
                "name": c.name,
                "kind": c.kind,
                "purpose": c.purpose,
                "technology": c.technology,
                "language": c.language,
                "area": c.area,
                "owner": c.owner,
                "folder": c.folder,
                "is_outside": c.is_outside,
                "basis": c.basis,
                "uses": uses(map, &c.id).into_iter().map(short_id).collect::<Vec<_>>(),
                "used_by": used_by(map, &c.id).into_iter().map(short_id).collect::<Vec<_>>(),
                "place": place_json(c.spots.first()),
            })
        })
        .collect();
    Answer { text, json: json!({ "components": list }) }
}

fn sentence(title: &str, shown: &[&Component], area: Option<&str>, kind: Option<&str>) -> String {
    let inside = shown.iter().filter(|c| !c.is_outside).count();
    let outside = shown.iter().filter(|c| c.is_outside && c.kind != "user").count();
    let mut counts: Vec<String> = Vec::new();
    for (kind, noun) in KINDS.iter().filter(|(k, _)| !matches!(*k, "external" | "user")) {
        match shown.iter().filter(|c| c.kind == *kind && !c.is_outside).count() {
            0 => {}
            n => counts.push(counted(n, noun)),
        }
    }
    let place = match (area, kind) {
        (None, None) => title.to_owned(),
        (Some(area), _) => format!("The area {}", visible(area)),
        (None, Some(_)) => format!("Of this kind, {title}"),
    };
    let outside = match outside {
        0 => String::new(),
        n => format!("; it relies on {}", counted(n, "outside system")),
    };
    if counts.is_empty() {
        return format!("{place} has {}{outside}.", counted(inside, "part"));
    }
    format!("{place} has {}: {}{outside}.", counted(inside, "part"), words::list(&counts, 8, counts.len()))
}

fn row(map: &SystemMap, c: &Component) -> Vec<String> {
    let endpoints = map.endpoints.iter().filter(|e| e.component == c.id).count();
    vec![
        visible(&c.name),
        c.kind.clone(),
        visible(c.area.as_deref().unwrap_or("")),
        visible(c.technology.as_deref().or(c.language.as_deref()).unwrap_or("")),
        visible(c.owner.as_deref().unwrap_or("")),
        uses(map, &c.id).len().to_string(),
        used_by(map, &c.id).len().to_string(),
        if endpoints == 0 { String::new() } else { endpoints.to_string() },
    ]
}

fn uses<'a>(map: &'a SystemMap, id: &str) -> BTreeSet<&'a str> {
    map.connections.iter().filter(|c| c.from == id).map(|c| c.to.as_str()).collect()
}

fn used_by<'a>(map: &'a SystemMap, id: &str) -> BTreeSet<&'a str> {
    map.connections.iter().filter(|c| c.to == id).map(|c| c.from.as_str()).collect()
}

/// One part in a sentence: what it is, who uses it, what it uses, who looks after it, who notices when it stops.
pub fn component_sentence(map: &SystemMap, component: &Component, found: &Impact) -> String {
    let list = |ids: BTreeSet<&str>| {
        let names: Vec<String> = ids.into_iter().map(|id| name(map, id)).collect();
        words::list(&names, 4, names.len())
    };
    let (users, used) = (used_by(map, &component.id), uses(map, &component.id));
    let mut facts = Vec::new();
    facts.push(if users.is_empty() {
        "nothing was found that uses it".to_owned()
    } else {
        format!("used by {}", list(users))
    });
    if !used.is_empty() {
        facts.push(format!("uses {}", list(used)));
    }
    match component.owner.as_deref() {
        Some(owner) => facts.push(format!("looked after by {}", visible(owner))),
        None if !component.is_outside => facts.push("no ownership file names who looks after it".to_owned()),
        None => {}
    }
    let stops = found.n_sync();
    if stops > 0 {
        let verb = if stops == 1 { "notices" } else { "notice" };
        facts.push(format!("{} {verb} at once when it stops", counted(stops, "part")));
    }
    let joined = facts.join("; ");
    let mut chars = joined.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{} {first}{}.", visible(&component.purpose), chars.as_str())
}
