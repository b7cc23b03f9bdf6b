//! Parts, links and offers as rows of their tables.

mod components;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::components::SPEC as COMPONENTS;
use sightline_facts::tables::connections::{self, ConnectionRow, ConnectionsBuilder};
use sightline_facts::tables::endpoints::{self, EndpointRow, EndpointsBuilder};
use sightline_facts::tables::entities::{self, EntitiesBuilder, EntityRow};
use sightline_facts::tables::entity_fields::{self, EntityFieldRow, EntityFieldsBuilder};
use sightline_facts::tables::map_evidence::{self, MapEvidenceBuilder, MapEvidenceRow};
use sightline_facts::tables::map_gaps::{self, MapGapRow, MapGapsBuilder};
use sightline_facts::tables::topics::{self, TopicRow, TopicsBuilder};

use components::component_rows;

use super::facts::{Facts, Place};
use super::links::{KINDS, Links};
use super::offers::{Endpoint, Entity};
use super::parts::{Evidence, Parts};
use crate::catalogue::Catalogue;

/// The stores that each part keeps data in.
pub(super) fn stores_of(parts: &Parts, links: &Links) -> BTreeMap<usize, Vec<usize>> {
    let mut stores: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in links.all.keys() {
        if matches!(parts.all[*to].kind.as_str(), "database" | "cache" | "storage") {
            stores.entry(*from).or_default().push(*to);
        }
    }
    stores
}

/// Ids of the parts: their names, and where several share one the repository or kind before it.
fn ids(parts: &Parts) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids = vec![String::new(); parts.all.len()];
    for (at, part) in parts.all.iter().enumerate() {
        let name = part.name.trim().replace(' ', "-");
        let candidates = [
            name.clone(),
            format!("{}-{name}", part.kind),
            format!("{}/{name}", part.repo.as_deref().unwrap_or("")),
            format!("{}/{name}", part.root.as_ref().map_or("", |r| r.1.as_str())),
        ];
        let id = candidates.into_iter().find(|c| !taken.contains_key(&c.to_lowercase()));
        let id = id.unwrap_or_else(|| format!("{name}-{at}"));
        taken.insert(id.to_lowercase(), at);
        ids[at] = id;
    }
    ids
}

/// Writes all tables of the map.
pub(super) fn write(
    facts: &Facts,
    catalogue: &Catalogue,
    parts: &Parts,
    links: &Links,
    endpoints: &[Endpoint],
    entities: &[Entity],
) -> Vec<(&'static TableSpec, RecordBatch)> {
    let ids = ids(parts);
    let mut order: Vec<usize> = (0..parts.all.len()).collect();
    order.retain(|at| !links.hidden.contains(at) && parts.all[*at].evidence.iter().any(|e| !e.place.path.is_empty()));
    order.sort_by(|a, b| ids[*a].cmp(&ids[*b]));
    let kept: BTreeSet<usize> = order.iter().copied().collect();
    let mut proof = MapEvidenceBuilder::default();
    let components = component_rows(facts, catalogue, parts, links, endpoints, &ids, &order, &mut proof);
    let connections = connection_rows(links, &ids, &kept, &mut proof);
    let endpoint_rows = endpoint_rows(endpoints, &ids, &kept);
    let (entity_rows, field_rows) = entity_rows(entities, &ids);
    let topic_rows = topic_rows(links, &ids);
    let gap_rows = gap_rows(links, &ids);
    vec![
        (&COMPONENTS, components),
        (&connections::SPEC, connections),
        (&endpoints::SPEC, endpoint_rows),
        (&entities::SPEC, entity_rows),
        (&entity_fields::SPEC, field_rows),
        (&topics::SPEC, topic_rows),
        (&map_evidence::SPEC, proof.finish()),
        (&map_gaps::SPEC, gap_rows),
    ]
}

fn id_of(ids: &[String], at: usize) -> String {
    format!("component:{}", ids[at])
}

/// Evidence without doubles, the strongest first.
fn sorted(evidence: &[Evidence]) -> Vec<&Evidence> {
    let mut all: Vec<&Evidence> = evidence.iter().filter(|e| !e.place.path.is_empty()).collect();
    all.sort();
    all.dedup_by(|a, b| a.place == b.place && a.about == b.about);
    all
}

fn prove(rows: &mut MapEvidenceBuilder, subject: &str, evidence: &[&Evidence]) {
    /// More places than this tell nobody anything new.
    const MOST: usize = 40;
    for (position, e) in evidence.iter().take(MOST).enumerate() {
        rows.push(&MapEvidenceRow {
            subject,
            position: i64::try_from(position + 1).unwrap_or(i64::MAX),
            about: &e.about,
            basis: e.basis,
            repo: &e.place.repo,
            commit: e.place.commit.as_deref(),
            path: &e.place.path,
            line_start: e.place.line_start,
            line_end: e.place.line_end,
            rule: &e.place.rule,
            seen: &e.place.seen,
            ..MapEvidenceRow::default()
        });
    }
}

fn connection_rows(
    links: &Links,
    ids: &[String],
    kept: &BTreeSet<usize>,
    proof: &mut MapEvidenceBuilder,
) -> RecordBatch {
    let mut order: Vec<(&(usize, usize), _)> =
        links.all.iter().filter(|((f, t), _)| kept.contains(f) && kept.contains(t)).collect();
    order.sort_by(|a, b| (&ids[a.0.0], &ids[a.0.1]).cmp(&(&ids[b.0.0], &ids[b.0.1])));
    let mut rows = ConnectionsBuilder::default();
    for ((from, to), link) in order {
        let evidence = sorted(&link.evidence);
        let Some(first) = evidence.first() else { continue };
        let id = format!("{} -> {}", ids[*from], ids[*to]);
        prove(proof, &id, &evidence);
        let basis = ["declared", "resolved", "said"].into_iter().find(|b| first.basis == *b).unwrap_or("inferred");
        let places: BTreeSet<&Place> = evidence.iter().map(|e| &e.place).collect();
        rows.push(&ConnectionRow {
            connection: &id,
            from_component: &id_of(ids, *from),
            to_component: &id_of(ids, *to),
            kind: KINDS.into_iter().find(|k| *k == link.kind).unwrap_or("other"),
            protocol: link.protocol.as_deref(),
            is_async: link.kind == "async",
            data_flow: link.flow.word(),
            what: &link.what,
            n_places: i64::try_from(places.len()).unwrap_or(i64::MAX),
            basis,
            repo: &first.place.repo,
            commit: first.place.commit.as_deref(),
            path: &first.place.path,
            line_start: first.place.line_start,
            line_end: first.place.line_end,
            rule: &first.place.rule,
            seen: &first.place.seen,
            ..ConnectionRow::default()
        });
    }
    rows.finish()
}

fn endpoint_rows(endpoints: &[Endpoint], ids: &[String], kept: &BTreeSet<usize>) -> RecordBatch {
    let mut rows = EndpointsBuilder::default();
    let mut order: Vec<&Endpoint> = endpoints.iter().filter(|e| kept.contains(&e.part)).collect();
    order.sort_by(|a, b| {
        (&ids[a.part], a.protocol, &a.http_route, &a.method, &a.name).cmp(&(
            &ids[b.part],
            b.protocol,
            &b.http_route,
            &b.method,
            &b.name,
        ))
    });
    for e in order {
        let what = match (e.method.as_deref(), e.http_route.as_deref(), e.name.as_deref()) {
            (Some(method), Some(route), _) => format!("{method} {route}"),
            (None, Some(route), _) => route.to_owned(),
            (_, None, name) => name.unwrap_or_default().to_owned(),
        };
        rows.push(&EndpointRow {
            endpoint: &format!("{}: {what}", ids[e.part]),
            component: &id_of(ids, e.part),
            protocol: e.protocol,
            method: e.method.as_deref(),
            http_route: e.http_route.as_deref(),
            base_path: e.base_path.as_deref(),
            name: e.name.as_deref(),
            basis: &e.basis,
            repo: &e.place.repo,
            commit: e.place.commit.as_deref(),
            path: &e.place.path,
            line_start: e.place.line_start,
            line_end: e.place.line_end,
            rule: &e.place.rule,
            seen: &e.place.seen,
            ..EndpointRow::default()
        });
    }
    rows.finish()
}

fn entity_rows(entities: &[Entity], ids: &[String]) -> (RecordBatch, RecordBatch) {
    let (mut rows, mut fields) = (EntitiesBuilder::default(), EntityFieldsBuilder::default());
    let mut order: Vec<(String, &Entity)> = entities
        .iter()
        .map(|e| {
            let place = e.part.or(e.store).map_or(&*e.place.repo, |at| ids[at].as_str());
            (format!("{place}/{}", e.name), e)
        })
        .collect();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    for (id, e) in &order {
        rows.push(&EntityRow {
            entity: id,
            name: &e.name,
            kind: e.kind,
            component: e.part.map(|at| id_of(ids, at)).as_deref(),
            store: e.store.map(|at| id_of(ids, at)).as_deref(),
            n_fields: i64::try_from(e.fields.len()).unwrap_or(i64::MAX),
            n_personal: i64::try_from(e.fields.values().filter(|f| f.personal.is_some()).count()).unwrap_or(i64::MAX),
            basis: &e.basis,
            repo: &e.place.repo,
            commit: e.place.commit.as_deref(),
            path: &e.place.path,
            line_start: e.place.line_start,
            line_end: e.place.line_end,
            rule: &e.place.rule,
            seen: &e.place.seen,
            ..EntityRow::default()
        });
        for (name, f) in &e.fields {
            fields.push(&EntityFieldRow {
                entity: id,
                name,
                type_name: f.type_name.as_deref(),
                personal: f.personal.map(|p| p.0),
                personal_rule: f.personal.map(|p| p.1),
                basis: f.basis,
                repo: &f.place.repo,
                commit: f.place.commit.as_deref(),
                path: &f.place.path,
                line_start: f.place.line_start,
                line_end: f.place.line_end,
                rule: &f.place.rule,
                seen: &f.place.seen,
                ..EntityFieldRow::default()
            });
        }
    }
    (rows.finish(), fields.finish())
}

fn topic_rows(links: &Links, ids: &[String]) -> RecordBatch {
    let mut rows = TopicsBuilder::default();
    for t in &links.topics {
        rows.push(&TopicRow {
            topic: &t.topic,
            component: &id_of(ids, t.part),
            direction: if t.produces { "produces" } else { "consumes" },
            broker: t.broker.map(|at| id_of(ids, at)).as_deref(),
            technology: t.technology.as_deref(),
            basis: t.basis,
            repo: &t.place.repo,
            commit: t.place.commit.as_deref(),
            path: &t.place.path,
            line_start: t.place.line_start,
            line_end: t.place.line_end,
            rule: &t.place.rule,
            seen: &t.place.seen,
            ..TopicRow::default()
        });
    }
    rows.finish()
}

fn gap_rows(links: &Links, ids: &[String]) -> RecordBatch {
    let mut rows = MapGapsBuilder::default();
    for g in &links.gaps {
        rows.push(&MapGapRow {
            component: g.part.map(|at| id_of(ids, at)).as_deref(),
            what: g.what,
            target: g.target.as_deref(),
            reason: &g.reason,
            repo: &g.place.repo,
            commit: g.place.commit.as_deref(),
            path: &g.place.path,
            line_start: g.place.line_start,
            line_end: g.place.line_end,
            rule: &g.place.rule,
            seen: &g.place.seen,
            ..MapGapRow::default()
        });
    }
    rows.finish()
}
