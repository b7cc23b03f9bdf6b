//! Facts for other tools: the map as JSON, CSV and the text forms of diagrams and catalogues; packages as bills of
//! materials; findings, endpoints and flows in the forms of their trades.
//!
//! Pure functions from rows to text. Everything is sorted by ids, so that the same facts give the same bytes and a
//! difference between two exports is a difference of the systems. Names come from repositories and are hostile until
//! escaped: each format has its own rules, which stand in its file. Every export says which commit it shows.

mod asyncapi;
mod backstage;
mod csv;
mod cyclonedx;
mod dot;
mod json;
mod madr;
mod mermaid;
mod openapi;
mod owners;
mod packages;
mod plantuml;
mod sarif;
mod sequence;
mod spdx;
mod structurizr;

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;
use sightline_map::{Component, Connection, Endpoint, ReadAt, Spot, SystemMap, short_id};

use crate::TellError;
use crate::answers::{self, NameError};
use crate::cell::{Cell, Rows, instant_iso};
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
    /// A bill of materials in `CycloneDX` 1.6.
    Cyclonedx,
    /// A bill of materials in SPDX 2.3.
    Spdx,
    /// Findings in SARIF 2.1.0.
    Sarif,
    /// The HTTP endpoints of one component as an `OpenAPI` 3.1 skeleton; it takes the component's name.
    Openapi,
    /// Topics and queues with who sends and receives, as an `AsyncAPI` 3.0 inventory.
    Asyncapi,
    /// Drafts of decision records (MADR) for technologies whose choice no record tells.
    Madr,
    /// A Mermaid sequence diagram of one flow; it takes an endpoint, component, topic or table.
    Sequence,
    /// Components that nobody is named for, as a table.
    Owners,
}

impl Format {
    /// Whether it draws arrows, so that their direction can be chosen.
    pub fn has_arrows(self) -> bool {
        !matches!(
            self,
            Self::Backstage
                | Self::Cyclonedx
                | Self::Spdx
                | Self::Sarif
                | Self::Openapi
                | Self::Asyncapi
                | Self::Madr
                | Self::Sequence
                | Self::Owners
        )
    }

    /// Whether it is about one thing, whose name it takes.
    pub fn takes_subject(self) -> bool {
        matches!(self, Self::Openapi | Self::Sequence)
    }
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
    export_of(session, format, direction, None)
}

/// As [`export`], of one thing where the format takes one ([`Format::takes_subject`]).
///
/// # Errors
/// A table cannot be read, or [`TellError::Name`] when `subject` means nothing here or is missing.
pub fn export_of(
    session: &Session,
    format: Format,
    direction: Direction,
    subject: Option<&str>,
) -> Result<String, TellError> {
    // What depends on what is the one thing that a catalogue asks; it does not turn with the data.
    let direction = if format == Format::Backstage { Direction::Call } else { direction };
    let map = SystemMap::read(session)?;
    let head = Head::of(&map);
    match format {
        Format::Cyclonedx => return cyclonedx::write(session, &head),
        Format::Spdx => return spdx::write(session, &head),
        Format::Sarif => return sarif::write(session, &head),
        Format::Openapi => return Ok(openapi::write(&map, &head, subject)?),
        Format::Asyncapi => return Ok(asyncapi::write(&map, &head)?),
        Format::Madr => return madr::write(session, &head),
        Format::Sequence => {
            let name = subject.ok_or_else(|| {
                NameError("a sequence diagram shows one flow\nhelp: name it with `--of \"POST /orders\"`".to_owned())
            })?;
            let found = sightline_map::flow(session, &map, &answers::names::subject(&map, name)?)?;
            return Ok(sequence::write(&map, &head, &found));
        }
        Format::Owners => {
            let rules = ask(session, "select count(*) as n from owners")?;
            let n = rules.rows.first().and_then(|r| r.first()?.integer()).unwrap_or(0);
            return Ok(owners::write(&map, &head, n));
        }
        _ => {}
    }
    let sheet = Sheet::of(map, direction);
    Ok(match format {
        Format::Json => json::write(&sheet),
        Format::Mermaid => mermaid::write(&sheet),
        Format::Structurizr => structurizr::write(&sheet),
        Format::Plantuml => plantuml::write(&sheet),
        Format::Dot => dot::write(&sheet),
        Format::Backstage => backstage::write(&sheet),
        Format::Cyclonedx
        | Format::Spdx
        | Format::Sarif
        | Format::Openapi
        | Format::Asyncapi
        | Format::Madr
        | Format::Sequence
        | Format::Owners
        | Format::Csv => csv::write(&sheet),
    })
}

/// What was read, for the head of an export.
#[derive(Debug)]
struct Head {
    title: String,
    sources: Vec<ReadAt>,
}

impl Head {
    fn of(map: &SystemMap) -> Self {
        let title = match map.sources.as_slice() {
            [one] => visible(&one.repo),
            many => format!("{} repositories", many.len()),
        };
        Self { title, sources: map.sources.clone() }
    }

    /// The newest instant to which the sources were read; no clock is asked, so that the same facts give the same bytes.
    fn as_of_iso(&self) -> String {
        instant_iso(self.sources.iter().map(|s| s.as_of).max().unwrap_or(0))
    }

    /// What was read at which commit, one line per repository.
    fn lines(&self) -> Vec<String> {
        let line = |s: &ReadAt| {
            let commit = s.commit.as_deref().map(|c| format!(" at commit {}", visible(c))).unwrap_or_default();
            format!("{}{commit}, as of {}", visible(&s.repo), instant_iso(s.as_of))
        };
        self.sources.iter().map(line).collect()
    }
}

/// A place in a file, as ids of facts name it.
#[derive(Debug, Clone)]
struct Place {
    repo: String,
    commit: Option<String>,
    path: String,
    line_start: i64,
    line_end: i64,
}

impl Place {
    /// From the columns that evidence has.
    fn of(rows: &Rows, row: &[Cell]) -> Option<Self> {
        let text = |name: &str| rows.get(row, name).text().map(str::to_owned);
        let line = |name: &str| rows.get(row, name).integer().unwrap_or(0);
        Some(Self {
            repo: text("repo")?,
            commit: text("commit"),
            path: text("path")?,
            line_start: line("line_start"),
            line_end: line("line_end"),
        })
    }

    fn of_spot(spot: &Spot) -> Self {
        Self {
            repo: spot.repo.clone(),
            commit: spot.commit.clone(),
            path: spot.path.clone(),
            line_start: spot.line_start,
            line_end: spot.line_end,
        }
    }

    /// `place:<repo>:<path>:<first>-<last>@<commit>`, the id that the tool `evidence` of `sightline mcp` opens.
    fn id(&self) -> String {
        let lines = if self.line_start > 0 {
            format!(":{}-{}", self.line_start, self.line_end.max(self.line_start))
        } else {
            String::new()
        };
        let commit = self.commit.as_deref().filter(|c| !c.is_empty()).map(|c| format!("@{c}")).unwrap_or_default();
        format!("place:{}:{}{lines}{commit}", self.repo, self.path)
    }
}

/// The rows of a question.
fn ask(session: &Session, sql: &str) -> Result<Rows, TellError> {
    let batches = session.query(sql).map_err(|source| TellError::Query { place: "an export".to_owned(), source })?;
    Ok(Rows::of(&batches))
}

fn put_text(object: &mut serde_json::Map<String, serde_json::Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

/// A UUID (version 8, RFC 9562) made from the content, so that the same content has the same one.
fn uuid(content: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(content.as_bytes());
    let mut bytes: Vec<u8> = hash.iter().copied().take(16).collect();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut hex = String::new();
    for byte in bytes {
        crate::text::put(&mut hex, format_args!("{byte:02x}"));
    }
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
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
