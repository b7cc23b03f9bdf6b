//! Where documents and the map differ: what diagrams and catalogues declare, beside what code and deployment show.
//!
//! Names are compared without case and signs. Lines are compared without direction, since diagrams draw calls and data
//! flows alike. A picture in which fewer than two boxes are parts of the system is of something else and left aside.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;
use sightline_facts::tables::signals::SignalsView;

use crate::error::MapError;
use crate::graph_questions::bare;
use crate::system::names::folder_of;
use crate::system_map::{Component, Spot, SystemMap};

/// Something that a document declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// Name as the document shows it; of a line, both ends.
    pub name: String,
    /// Where.
    pub spot: Spot,
    /// How the document is written, such as `mermaid`.
    pub technology: String,
}

/// The differences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Documents that were compared, as `repo` and `path`, sorted.
    pub documents: Vec<(String, String)>,
    /// Documents whose pictures are of something else.
    pub aside: Vec<(String, String)>,
    /// Parts that documents declare and nothing else shows.
    pub parts_not_found: Vec<Declared>,
    /// Lines between known parts that documents declare and nothing else shows.
    pub lines_not_found: Vec<Declared>,
    /// Components that no document declares, by id.
    pub parts_not_declared: Vec<String>,
    /// Connections between declared components that no document declares, by id.
    pub lines_not_declared: Vec<String>,
    /// Parts and lines on which documents and map agree.
    pub n_agreed: usize,
}

impl Drift {
    /// All differences together.
    pub fn n_differences(&self) -> usize {
        self.parts_not_found.len()
            + self.lines_not_found.len()
            + self.parts_not_declared.len()
            + self.lines_not_declared.len()
    }
}

/// A document: its boxes by their handle, and its lines.
#[derive(Default)]
struct Document {
    technology: String,
    boxes: BTreeMap<String, Drawn>,
    lines: Vec<(String, String, Spot)>,
}

struct Drawn {
    label: String,
    is_aside: bool,
    spot: Spot,
}

/// Compares.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn drift(session: &Session, map: &SystemMap) -> Result<Drift, MapError> {
    let mut out = Drift::default();
    let (mut declared, mut drawn) = (BTreeSet::new(), BTreeSet::new());
    for (place, document) in read(session)? {
        let met: BTreeMap<&str, &Component> =
            document.boxes.iter().filter_map(|(h, b)| Some((h.as_str(), part_of(map, h, &b.label)?))).collect();
        let distinct: BTreeSet<&str> = met.values().map(|c| c.id.as_str()).collect();
        let is_catalogue = matches!(document.technology.as_str(), "backstage" | "structurizr" | "c4");
        let least = if is_catalogue { 1 } else { 2 };
        if distinct.len() < least {
            out.aside.push(place);
            continue;
        }
        out.documents.push(place);
        declared.extend(distinct.iter().map(|id| (*id).to_owned()));
        for (handle, one) in &document.boxes {
            let touched = document.lines.iter().any(|(a, b, _)| a == handle || b == handle);
            if !met.contains_key(handle.as_str()) && !one.is_aside && (touched || is_catalogue) {
                out.parts_not_found.push(Declared {
                    name: one.label.clone(),
                    spot: one.spot.clone(),
                    technology: document.technology.clone(),
                });
            }
        }
        for (a, b, spot) in &document.lines {
            // A line to a part that was not found says nothing new.
            let ends = (end(map, &met, a), end(map, &met, b));
            let (Some(a), Some(b)) = ends else { continue };
            if a.id == b.id || !drawn.insert(pair(&a.id, &b.id)) {
                continue;
            }
            if !joined(map, &a.id, &b.id) {
                out.lines_not_found.push(Declared {
                    name: format!("{} – {}", a.name, b.name),
                    spot: spot.clone(),
                    technology: document.technology.clone(),
                });
            }
        }
    }
    if !out.documents.is_empty() {
        let undeclared = map.components.iter().filter(|c| c.kind != "user" && !declared.contains(&c.id));
        out.parts_not_declared = undeclared.map(|c| c.id.clone()).collect();
        out.lines_not_declared = map
            .connections
            .iter()
            .filter(|c| declared.contains(&c.from) && declared.contains(&c.to))
            .filter(|c| !drawn.contains(&pair(&c.from, &c.to)))
            .map(|c| c.id.clone())
            .collect();
    }
    out.parts_not_found.sort();
    out.lines_not_found.sort();
    out.n_agreed = declared.len() + drawn.len() - out.lines_not_found.len();
    Ok(out)
}

fn pair(a: &str, b: &str) -> (String, String) {
    if a < b { (a.to_owned(), b.to_owned()) } else { (b.to_owned(), a.to_owned()) }
}

/// Whether two components are joined, or one through a broker that carries the topics of both.
fn joined(map: &SystemMap, a: &str, b: &str) -> bool {
    let direct = |a: &str, b: &str| map.connections.iter().any(|c| c.from == a && c.to == b);
    let sends = |a: &str, b: &str| {
        let sent = map.topics.iter().filter(|t| t.produces && t.component == a);
        sent.into_iter().any(|s| map.topics.iter().any(|t| !t.produces && t.topic == s.topic && t.component == b))
    };
    direct(a, b) || direct(b, a) || sends(a, b) || sends(b, a)
}

/// The component at the end of a line: by its box, or by its name where the line alone names it.
fn end<'a>(map: &'a SystemMap, met: &BTreeMap<&str, &'a Component>, handle: &str) -> Option<&'a Component> {
    met.get(handle).copied().or_else(|| part_of(map, handle, handle))
}

/// The component that a box means: by its whole label, by what stands before a second line or remark, by its handle,
/// and by its technology where just one component has it.
fn part_of<'a>(map: &'a SystemMap, handle: &str, label: &str) -> Option<&'a Component> {
    let head = label.split(['(', '[', ':', '\n', '|', '<']).next().unwrap_or(label);
    let head = head.split(" - ").next().unwrap_or(head);
    let by_name = |name: &str| {
        let name = bare(name);
        let has = |c: &&Component| {
            bare(&c.name) == name
                || bare(crate::system_map::short(&c.id)) == name
                || c.aliases.as_deref().is_some_and(|a| a.split(", ").any(|a| bare(a) == name))
        };
        (!name.is_empty()).then(|| map.components.iter().find(has)).flatten()
    };
    let by_technology = |name: &str| {
        let name = bare(name);
        let mut made = map.components.iter().filter(|c| c.technology.as_deref().is_some_and(|t| bare(t) == name));
        made.next().filter(|_| made.next().is_none())
    };
    // A handle of one or two letters is no name.
    let handle = Some(handle).filter(|h| h.len() > 2);
    by_name(label).or_else(|| by_name(head)).or_else(|| by_technology(head)).or_else(|| handle.and_then(by_name))
}

/// Whether a document stands among tests, examples or code of others.
fn is_aside(path: &str) -> bool {
    let words = ["test", "tests", "testdata", "fixtures", "examples", "example", "samples", "node_modules", "vendor"];
    folder_of(path).split('/').any(|part| words.contains(&part.to_ascii_lowercase().as_str()))
}

/// What documents declare, by place.
fn read(session: &Session) -> Result<BTreeMap<(String, String), Document>, MapError> {
    let sql = "select * from signals where kind in ('diagram-node', 'diagram-edge', 'catalog-entity', 'depends-on') \
               and technology in ('backstage', 'structurizr', 'mermaid', 'plantuml', 'c4') \
               order by repo, path, line_start, kind, name, target";
    let mut documents: BTreeMap<(String, String), Document> = BTreeMap::new();
    for batch in &session.query(sql)? {
        let view = SignalsView::of(batch).ok_or(MapError::Column { table: "signals", column: "*" })?;
        for s in view.rows() {
            let Some(name) = s.name.filter(|n| !n.is_empty() && !is_aside(s.path)) else { continue };
            let document = documents.entry((s.repo.to_owned(), s.path.to_owned())).or_default();
            s.technology.unwrap_or_default().clone_into(&mut document.technology);
            let spot = Spot {
                repo: s.repo.to_owned(),
                path: s.path.to_owned(),
                line_start: s.line_start,
                line_end: s.line_end,
                commit: s.commit.map(str::to_owned),
                basis: s.basis.to_owned(),
                about: String::new(),
                seen: s.seen.to_owned(),
            };
            let attribute = |key: &str| {
                let all: serde_json::Value = serde_json::from_str(s.attributes?).ok()?;
                all.get(key).and_then(|v| v.as_str()).map(str::to_owned)
            };
            if matches!(s.kind, "diagram-edge" | "depends-on") {
                // Other relations of a catalogue say what belongs together, not what talks to what.
                if let Some(target) = s.target
                    && attribute("relation").is_none_or(|r| r == "dependsOn")
                {
                    document.lines.push((name.to_owned(), target.to_owned(), spot));
                }
                continue;
            }
            let is_entity = s.kind == "catalog-entity";
            let kind = if is_entity { s.value.map(str::to_owned) } else { attribute("type") }.unwrap_or_default();
            let kind = kind.to_lowercase();
            let is_part = !is_entity || matches!(kind.as_str(), "component" | "resource");
            // People, and frames around other boxes, are no parts.
            let is_aside = ["person", "actor", "boundary"].iter().any(|k| kind.contains(k)) || kind == "softwaresystem";
            let label = if is_entity { name } else { s.value.filter(|v| !v.is_empty()).unwrap_or(name) };
            if is_part {
                document.boxes.entry(name.to_owned()).or_insert(Drawn { label: label.to_owned(), is_aside, spot });
            }
        }
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::components::{ComponentRow, ComponentsBuilder};
    use sightline_facts::tables::connections::{ConnectionRow, ConnectionsBuilder};
    use sightline_facts::tables::signals::{SignalRow, SignalsBuilder};
    use sightline_facts::tables::{components, connections, signals};

    /// Three parts, `web -> orders -> db`, and a document of boxes and lines.
    fn compare(boxes: &[(&str, &str)], lines: &[(&str, &str)]) -> Drift {
        let mut parts = ComponentsBuilder::default();
        for (id, technology) in [("db", Some("PostgreSQL")), ("orders-service", None), ("web", None)] {
            parts.push(&ComponentRow {
                component: &format!("component:{id}"),
                name: id,
                kind: "service",
                technology,
                ..ComponentRow::default()
            });
        }
        let mut joined = ConnectionsBuilder::default();
        for (from, to) in [("orders-service", "db"), ("web", "orders-service")] {
            joined.push(&ConnectionRow {
                connection: &format!("{from} -> {to}"),
                from_component: &format!("component:{from}"),
                to_component: &format!("component:{to}"),
                kind: "sync",
                ..ConnectionRow::default()
            });
        }
        let mut seen = SignalsBuilder::default();
        let row = SignalRow { technology: Some("mermaid"), path: "README.md", ..SignalRow::default() };
        for (name, label) in boxes {
            seen.push(&SignalRow { kind: "diagram-node", name: Some(name), value: Some(label), ..row });
        }
        for (from, to) in lines {
            seen.push(&SignalRow { kind: "diagram-edge", name: Some(from), target: Some(to), ..row });
        }
        let session = Session::of_batches(vec![
            (&components::SPEC, vec![parts.finish()]),
            (&connections::SPEC, vec![joined.finish()]),
            (&signals::SPEC, vec![seen.finish()]),
        ])
        .expect("the rows fit");
        drift(&session, &SystemMap::read(&session).expect("the rows are ours")).expect("the rows are ours")
    }

    fn names(all: &[Declared]) -> Vec<&str> {
        all.iter().map(|d| d.name.as_str()).collect()
    }

    #[test]
    fn names_are_met_without_case_signs_and_remarks() {
        let boxes = [("A", "Orders Service (Java)"), ("B", "PostgreSQL"), ("web", "The site")];
        let found = compare(&boxes, &[("B", "A"), ("web", "A")]);
        assert_eq!(found.n_differences(), 0, "{found:?}");
        assert_eq!(found.n_agreed, 5);
    }

    #[test]
    fn differences_go_both_ways() {
        let found = compare(&[("A", "orders service"), ("B", "web"), ("C", "Mailer")], &[("A", "C"), ("B", "A")]);
        assert_eq!(names(&found.parts_not_found), ["Mailer"]);
        assert_eq!(found.parts_not_declared, ["component:db"]);
        assert_eq!(found.lines_not_declared, Vec::<String>::new(), "a line to a part nobody drew says nothing new");
        let found = compare(&[("A", "orders service"), ("B", "web"), ("C", "db")], &[("B", "C")]);
        assert_eq!(names(&found.lines_not_found), ["web – db"]);
        assert_eq!(found.lines_not_declared, ["orders-service -> db", "web -> orders-service"]);
    }

    #[test]
    fn a_picture_of_something_else_is_left_aside() {
        let found = compare(&[("A", "Start"), ("B", "Is it paid?"), ("C", "web")], &[("A", "B")]);
        assert_eq!((found.documents.len(), found.aside.len(), found.n_differences()), (0, 1, 0));
    }
}
