//! Where documents and the map differ, in words.

use serde_json::{Value, json};
use sightline_map::{Declared, Drift, SystemMap, short_id};

use super::{Answer, counted, heading, name, paragraph, place, place_json, table};
use crate::text::put;
use crate::text::visible;
use crate::words;

/// Words a comparison.
pub fn drift(map: &SystemMap, found: &Drift, width: usize) -> Answer {
    let mut text = heading(map, "Drift");
    text.push_str("Do diagrams and catalogues still say what code and deployment show?\n\n");
    text.push_str(&paragraph(&sentence(found), width));
    let lists = [
        ("Declared as parts, not found", &found.parts_not_found),
        ("Declared as connected, not found", &found.lines_not_found),
    ];
    for (title, all) in lists {
        let rows: Vec<Vec<String>> = all.iter().map(|d| vec![visible(&d.name), place(Some(&d.spot))]).collect();
        if !rows.is_empty() {
            put(&mut text, format_args!("\n{title}\n{}", table(&["What", "Declared in"], &rows, width)));
        }
    }
    let parts: Vec<Vec<String>> = found
        .parts_not_declared
        .iter()
        .filter_map(|id| map.component(id))
        .map(|c| vec![visible(&c.name), c.kind.clone(), place(c.spots.first())])
        .collect();
    if !parts.is_empty() {
        put(
            &mut text,
            format_args!("\nFound as parts, not declared\n{}", table(&["What", "Kind", "Found in"], &parts, width)),
        );
    }
    let lines: Vec<Vec<String>> = found
        .lines_not_declared
        .iter()
        .filter_map(|id| map.connections.iter().find(|c| c.id == *id))
        .map(|c| {
            vec![format!("{} {} {}", name(map, &c.from), visible(&c.what), name(map, &c.to)), place(c.spots.first())]
        })
        .collect();
    if !lines.is_empty() {
        put(
            &mut text,
            format_args!("\nFound as connected, not declared\n{}", table(&["What", "Found in"], &lines, width)),
        );
    }
    if !found.aside.is_empty() {
        let n = found.aside.len();
        let verb = if n == 1 { "holds a picture" } else { "hold pictures" };
        text.push('\n');
        text.push_str(&paragraph(
            &format!(
                "{} {verb} of something else and {} left aside: {}.",
                counted(n, "document"),
                if n == 1 { "was" } else { "were" },
                listed(&found.aside)
            ),
            width,
        ));
    }
    let document = |d: &(String, String)| json!({"repo": d.0, "path": d.1});
    let json = json!({
        "documents": found.documents.iter().map(document).collect::<Vec<_>>(),
        "left_aside": found.aside.iter().map(document).collect::<Vec<_>>(),
        "n_agreed": found.n_agreed,
        "n_differences": found.n_differences(),
        "parts_declared_not_found": found.parts_not_found.iter().map(declared_json).collect::<Vec<_>>(),
        "connections_declared_not_found": found.lines_not_found.iter().map(declared_json).collect::<Vec<_>>(),
        "parts_found_not_declared": found.parts_not_declared.iter().map(|c| short_id(c)).collect::<Vec<_>>(),
        "connections_found_not_declared": found.lines_not_declared,
    });
    Answer { text, json }
}

fn sentence(found: &Drift) -> String {
    let n = found.documents.len();
    if n == 0 {
        return "No diagram or catalogue of the system was found (searched for Backstage, Structurizr, C4, Mermaid and PlantUML), so there is nothing to compare.".to_owned();
    }
    let verb = if n == 1 { "declares" } else { "declare" };
    let documents = listed(&found.documents);
    if found.n_differences() == 0 {
        return format!("{documents} {verb} the same parts and connections that code and deployment show.");
    }
    let missing = found.parts_not_found.len() + found.lines_not_found.len();
    let undeclared = found.parts_not_declared.len() + found.lines_not_declared.len();
    format!(
        "{documents} and the map agree on {}; {} declared there {} not found, and {} found {} not declared.",
        counted(found.n_agreed, "thing"),
        counted(missing, "thing"),
        if missing == 1 { "was" } else { "were" },
        counted(undeclared, "thing"),
        if undeclared == 1 { "is" } else { "are" }
    )
}

fn listed(documents: &[(String, String)]) -> String {
    let paths: Vec<String> = documents.iter().map(|(_, path)| visible(path)).collect();
    words::list(&paths, 3, paths.len())
}

fn declared_json(one: &Declared) -> Value {
    json!({"name": one.name, "technology": one.technology, "place": place_json(Some(&one.spot))})
}
