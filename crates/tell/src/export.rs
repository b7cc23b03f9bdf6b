//! The map of the system for other tools: JSON, CSV and the text forms of diagrams and catalogues.
//!
//! Pure functions from rows to text. Everything is sorted by ids, so that the same facts give the same bytes and a
//! difference between two exports is a difference of the systems. Names come from repositories and are hostile until
//! escaped: each format has its own rules, which stand in its file. Every export says which commit it shows.

mod backstage;
mod csv;
mod dot;
mod json;
mod mermaid;
mod plantuml;
mod structurizr;

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;
use sightline_map::{Component, Connection, Endpoint, ReadAt, Spot, SystemMap, short_id};

use crate::TellError;
use crate::cell::instant_iso;
use crate::text::visible;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Components, connections and endpoints as JSON.
    Json,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Structurizr workspace (C4).
    Structurizr,
    /// A `PlantUML` component diagram.
    Plantuml,
    /// A Graphviz graph.
    Dot,
    /// Entities of a Backstage catalogue.
    Backstage,
    /// One table of everything.
    Csv,
}

/// Which way an arrow points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the side that starts the connection.
    Call,
    /// The way that data moves.
    Dataflow,
}

impl Direction {
    fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Dataflow => "dataflow",
        }
    }
}

/// An arrow as it is drawn.
#[derive(Debug, Clone)]
struct Arrow {
    from: String,
    to: String,
    kind: String,
    protocol: Option<String>,
    is_async: bool,
    what: String,
    basis: String,
    spots: Vec<Spot>,
}

/// What all formats are written from.
#[derive(Debug)]
struct Sheet {
    title: String,
    direction: Direction,
    sources: Vec<ReadAt>,
    components: Vec<Component>,
    arrows: Vec<Arrow>,
    endpoints: Vec<Endpoint>,
}

/// Writes the map in a format.
///
/// # Errors
/// A table of the map cannot be read.
pub fn export(session: &Session, format: Format, direction: Direction) -> Result<String, TellError> {
    // What depends on what is the one thing that a catalogue asks; it does not turn with the data.
    let direction = if format == Format::Backstage { Direction::Call } else { direction };
    let sheet = Sheet::of(SystemMap::read(session)?, direction);
    Ok(match format {
        Format::Json => json::write(&sheet),
        Format::Mermaid => mermaid::write(&sheet),
        Format::Structurizr => structurizr::write(&sheet),
        Format::Plantuml => plantuml::write(&sheet),
        Format::Dot => dot::write(&sheet),
        Format::Backstage => backstage::write(&sheet),
        Format::Csv => csv::write(&sheet),
    })
}

impl Sheet {
    fn of(map: SystemMap, direction: Direction) -> Self {
        let known: BTreeSet<&str> = map.components.iter().map(|c| c.id.as_str()).collect();
        let mut arrows: BTreeMap<(String, String), Arrow> = BTreeMap::new();
        for c in map.connections.iter().filter(|c| known.contains(c.from.as_str()) && known.contains(c.to.as_str())) {
            for (from, to) in ways(&map, c, direction) {
                let arrow = arrows.entry((from.to_owned(), to.to_owned())).or_insert_with(|| Arrow {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    kind: c.kind.clone(),
                    protocol: c.protocol.clone(),
                    is_async: c.is_async,
                    what: if from == c.from { c.what.clone() } else { reversed(c) },
                    basis: c.basis.clone(),
                    spots: Vec::new(),
                });
                arrow.spots.extend(c.spots.iter().cloned());
            }
        }
        let title = match map.sources.as_slice() {
            [one] => visible(&one.repo),
            many => format!("{} repositories", many.len()),
        };
        let arrows = arrows.into_values().collect();
        Self { title, direction, sources: map.sources, components: map.components, arrows, endpoints: map.endpoints }
    }

    /// What was read at which commit, one line per repository, without marks of a comment.
    fn heading(&self) -> Vec<String> {
        let mut lines = vec![format!("Map of {}, made by Sightline", self.title)];
        lines.extend(self.sources.iter().map(|s| {
            let commit = s.commit.as_deref().map(|c| format!(" at commit {}", visible(c))).unwrap_or_default();
            format!("{}{commit}, as of {}", visible(&s.repo), instant_iso(s.as_of))
        }));
        lines.push(match self.direction {
            Direction::Call => "Arrows point from the side that starts a connection.".to_owned(),
            Direction::Dataflow => "Arrows point the way that data moves.".to_owned(),
        });
        lines
    }

    /// Components by area, in the order of areas; those without come last.
    fn areas(&self) -> Vec<(Option<&str>, Vec<&Component>)> {
        let mut areas: BTreeMap<(bool, Option<&str>), Vec<&Component>> = BTreeMap::new();
        for c in &self.components {
            areas.entry((c.area.is_none(), c.area.as_deref())).or_default().push(c);
        }
        areas.into_iter().map(|((_, area), parts)| (area, parts)).collect()
    }

    /// A word for each component that every format takes as a name: letters, digits and `_`, beginning with `c_`.
    fn handles(&self) -> BTreeMap<&str, String> {
        let mut taken = BTreeSet::new();
        let mut handles = BTreeMap::new();
        for c in &self.components {
            let plain: String = short_id(&c.id)
                .chars()
                .take(60)
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
                .collect();
            let mut handle = format!("c_{plain}");
            let mut further = 2;
            while !taken.insert(handle.clone()) {
                handle = format!("c_{plain}_{further}");
                further += 1;
            }
            handles.insert(c.id.as_str(), handle);
        }
        handles
    }
}

/// The arrows that one connection is drawn as.
fn ways<'a>(map: &SystemMap, c: &'a Connection, direction: Direction) -> Vec<(&'a str, &'a str)> {
    let (forth, back) = ((c.from.as_str(), c.to.as_str()), (c.to.as_str(), c.from.as_str()));
    if direction == Direction::Call {
        return vec![forth];
    }
    let keeps =
        map.component(&c.to).is_some_and(|to| matches!(to.kind.as_str(), "database" | "cache" | "storage" | "search"));
    match (c.kind.as_str(), c.data_flow.as_str()) {
        (_, "in") => vec![back],
        ("async", "both") => vec![forth, back],
        ("data", flow) if keeps && flow != "out" => vec![back],
        _ => vec![forth],
    }
}

/// What an arrow says that points against the side which starts the connection.
fn reversed(c: &Connection) -> String {
    match c.kind.as_str() {
        "async" => "delivers messages to",
        "data" => "gives data to",
        "config" => "gives settings to",
        "monitoring" => "gives figures to",
        "registration" => "tells addresses to",
        _ => "answers",
    }
    .to_owned()
}

/// Made visible and short enough for a label.
fn label(text: &str) -> String {
    crate::text::shorten_end(visible(text).trim(), 160)
}

/// The word of the common exchange formats for a kind of ours.
fn common_kind(kind: &str) -> &str {
    match kind {
        "job" | "tool" | "library" => "service",
        "app" => "web",
        "search" | "storage" => "database",
        other => other,
    }
}

/// `path:12@1a2b3c4`, the form in which places are cited everywhere.
fn cited(spot: &Spot) -> String {
    let commit = spot.commit.as_deref().map(|c| visible(c).chars().take(7).collect::<String>());
    let commit = commit.map(|c| format!("@{c}")).unwrap_or_default();
    format!("{}:{}{commit}", visible(&spot.path), spot.line_start)
}
