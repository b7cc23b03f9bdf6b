//! Parts, links and offers as rows of their tables.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::components::{self, ComponentRow, ComponentsBuilder};
use sightline_facts::tables::connections::{self, ConnectionRow, ConnectionsBuilder};
use sightline_facts::tables::endpoints::{self, EndpointRow, EndpointsBuilder};
use sightline_facts::tables::entities::{self, EntitiesBuilder, EntityRow};
use sightline_facts::tables::entity_fields::{self, EntityFieldRow, EntityFieldsBuilder};
use sightline_facts::tables::map_evidence::{self, MapEvidenceBuilder, MapEvidenceRow};
use sightline_facts::tables::map_gaps::{self, MapGapRow, MapGapsBuilder};
use sightline_facts::tables::topics::{self, TopicRow, TopicsBuilder};

use super::facts::{Facts, Place};
use super::links::{KINDS, Links};
use super::names::{is_below, key, last_part};
use super::offers::{Endpoint, Entity};
use super::parts::{Evidence, Part, Parts, is_program};
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
    let connections = connection_rows(parts, links, &ids, &kept, &mut proof);
    let endpoint_rows = endpoint_rows(endpoints, &ids, &kept);
    let (entity_rows, field_rows) = entity_rows(entities, &ids);
    let topic_rows = topic_rows(links, &ids);
    let gap_rows = gap_rows(links, &ids);
    vec![
        (&components::SPEC, components),
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

#[expect(clippy::too_many_arguments, reason = "what one table is made from")]
fn component_rows(
    facts: &Facts,
    catalogue: &Catalogue,
    parts: &Parts,
    links: &Links,
    endpoints: &[Endpoint],
    ids: &[String],
    order: &[usize],
    proof: &mut MapEvidenceBuilder,
) -> RecordBatch {
    let areas = areas(parts);
    let mut rows = ComponentsBuilder::default();
    for at in order {
        let part = &parts.all[*at];
        let id = id_of(ids, *at);
        let evidence = sorted(&part.evidence);
        let Some(first) = evidence.first() else { continue };
        prove(proof, &id, &evidence);
        let code = code_of(facts, parts, part);
        let n_endpoints = endpoints.iter().filter(|e| e.part == *at).count();
        let uses = links.all.keys().filter(|(from, _)| from == at).count();
        let used_by = links.all.keys().filter(|(_, to)| to == at).count();
        let technology = part.technology.as_deref().map(|t| catalogue.get(t).map_or(t, |t| t.name.as_str()));
        let purpose = purpose(facts, catalogue, part, code.language.as_deref(), n_endpoints);
        let mut aliases: Vec<&str> =
            part.aliases.values().map(String::as_str).filter(|a| key(a) != key(&part.name)).collect();
        aliases.sort_unstable();
        let aliases = aliases.join(", ");
        let owner = owner_of(facts, part);
        rows.push(&ComponentRow {
            component: &id,
            name: &part.name,
            kind: &part.kind,
            purpose: &purpose,
            technology,
            language: code.language.as_deref(),
            folder: part.root.as_ref().map(|(_, folder)| folder.as_str()),
            aliases: Some(aliases.as_str()).filter(|a| !a.is_empty()),
            area: areas.get(at).map(String::as_str),
            owner: owner.as_deref(),
            is_outside: part.is_outside,
            code_lines: code.lines,
            n_endpoints: i64::try_from(n_endpoints).unwrap_or(i64::MAX),
            n_uses: i64::try_from(uses).unwrap_or(i64::MAX),
            n_used_by: i64::try_from(used_by).unwrap_or(i64::MAX),
            basis: part.basis,
            repo: &first.place.repo,
            commit: first.place.commit.as_deref(),
            path: &first.place.path,
            line_start: first.place.line_start,
            line_end: first.place.line_end,
            rule: &first.place.rule,
            seen: &first.place.seen,
            ..ComponentRow::default()
        });
    }
    rows.finish()
}

#[derive(Default)]
struct Code {
    lines: i64,
    language: Option<String>,
}

/// Lines and main language of the code in a part's folder, without folders of other parts below it.
fn code_of(facts: &Facts, parts: &Parts, part: &Part) -> Code {
    let Some((repo, folder)) = &part.root else { return Code::default() };
    let inner: Vec<&str> = parts
        .all
        .iter()
        .filter_map(|p| p.root.as_ref())
        .filter(|(r, f)| r == repo && f != folder && is_below(f, folder))
        .map(|(_, f)| f.as_str())
        .collect();
    let mut by_language: BTreeMap<&str, i64> = BTreeMap::new();
    let Some(files) = facts.files.get(repo) else { return Code::default() };
    let below =
        files.range(folder.clone()..).take_while(|(path, _)| folder.is_empty() || path.starts_with(folder.as_str()));
    for (path, file) in
        below.filter(|(path, f)| is_program(f) && is_below(path, folder) && !inner.iter().any(|i| is_below(path, i)))
    {
        let _ = path;
        if let Some(language) = &file.language {
            *by_language.entry(language).or_default() += file.code_lines;
        }
    }
    let lines = by_language.values().sum();
    let language =
        by_language.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0))).map(|(l, _)| l.to_owned());
    Code { lines, language }
}

/// What a component is, in one plain sentence: what its manifest or README says, else what it is made with.
fn purpose(facts: &Facts, catalogue: &Catalogue, part: &Part, language: Option<&str>, n_endpoints: usize) -> String {
    let name = &part.name;
    let lower = |text: &str| {
        let text = text.trim().trim_end_matches('.');
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(a), Some(b)) if a.is_uppercase() && b.is_lowercase() => {
                a.to_lowercase().chain(text.chars().skip(1)).collect()
            }
            _ => text.to_owned(),
        }
    };
    let word = kind_words(&part.kind);
    if let Some(said) = &part.said_purpose {
        return said.clone();
    }
    if let Some(purpose) = &part.purpose {
        return format!("{name}: {}.", lower(purpose));
    }
    if let Some((repo, folder)) = &part.root {
        let said = facts
            .projects
            .iter()
            .filter(|p| p.place.repo == *repo && p.folder == *folder)
            .find_map(|p| p.description.as_ref().map(|(text, _)| text.clone()))
            .filter(|d| is_telling(d));
        let said = said.or_else(|| {
            let readme =
                facts.documents.iter().find(|d| d.place.repo == *repo && d.folder == *folder && !folder.is_empty())?;
            let (text, _, _) = readme.summary.as_ref()?;
            let sentence = text.split_inclusive(['.', '!']).next().unwrap_or(text).trim().to_owned();
            is_telling(&sentence).then_some(sentence)
        });
        if let Some(said) = said {
            return format!("{name} is {word}. Its own words: “{}”", said.trim().replace('\n', " "));
        }
    }
    let technology = part.technology.as_deref().and_then(|t| catalogue.get(t));
    match technology {
        Some(t) if !part.is_code() => format!("{name} is {}: {}.", t.name, lower(&t.purpose)),
        Some(t) if !matches!(part.kind.as_str(), "service" | "web" | "job" | "app") => {
            format!("{name} is {word}, made with {}: {}.", t.name, lower(&t.purpose))
        }
        _ => {
            let written = language.map(|l| format!(" written in {l}")).unwrap_or_default();
            let made = technology.map(|t| format!(" with {}", t.name)).unwrap_or_default();
            let offers = match n_endpoints {
                0 => String::new(),
                1 => "; it offers 1 endpoint".to_owned(),
                n => format!("; it offers {n} endpoints"),
            };
            format!("{name} is {word}{written}{made}{offers}.")
        }
    }
}

/// Whether a description says something of the thing.
fn is_telling(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.split_whitespace().count() >= 5
        && !lower.contains("does not")
        && text.len() < 240
        && !["demo project for spring boot", "parent pom", "todo", "todo:", "a new flutter project"]
            .iter()
            .any(|t| lower.starts_with(t))
        && !lower.contains("http://")
        && !lower.contains("https://")
}

fn kind_words(kind: &str) -> &'static str {
    match kind {
        "service" => "a service",
        "job" => "a background job",
        "web" => "a web front end",
        "gateway" => "a gateway, through which requests come in",
        "database" => "a database",
        "cache" => "a cache",
        "search" => "a search store",
        "storage" => "a file store",
        "broker" => "a message broker",
        "registry" => "a service registry",
        "config" => "a configuration server",
        "auth" => "a sign-in service",
        "monitoring" => "a monitoring tool",
        "external" => "an outside system",
        "user" => "the people who use the system",
        "app" => "an app",
        "tool" => "a command-line tool",
        "library" => "a library",
        _ => "a part of the system",
    }
}

/// Who looks after the folder of a part: the last rule of owners that covers all of it.
fn owner_of(facts: &Facts, part: &Part) -> Option<String> {
    if part.said_owner.is_some() {
        return part.said_owner.clone();
    }
    let (repo, folder) = part.root.as_ref()?;
    let mut found: Option<(String, Vec<String>)> = None;
    for owner in facts.owners.iter().filter(|o| o.repo == *repo) {
        let pattern =
            owner.pattern.trim_start_matches('/').trim_end_matches("**").trim_end_matches('*').trim_end_matches('/');
        if (pattern.is_empty() || is_below(folder, pattern)) && !pattern.contains('*') {
            match &mut found {
                Some((known, who)) if *known == owner.pattern => who.push(owner.owner.clone()),
                _ => found = Some((owner.pattern.clone(), vec![owner.owner.clone()])),
            }
        }
    }
    found.map(|(_, who)| who.join(", "))
}

/// Product areas: the folder that gathers several parts, else the repository where there are several.
fn areas(parts: &Parts) -> BTreeMap<usize, String> {
    let mut areas = BTreeMap::new();
    let repos: BTreeSet<_> = parts.all.iter().filter(|p| p.is_code()).filter_map(|p| p.repo.clone()).collect();
    for (at, part) in parts.all.iter().enumerate() {
        if let Some(area) = &part.said_area {
            areas.insert(at, area.clone());
            continue;
        }
        if part.is_outside {
            areas.insert(at, "outside".to_owned());
            continue;
        }
        if repos.len() > 1
            && let Some(repo) = &part.repo
        {
            areas.insert(at, repo.to_string());
            continue;
        }
        if let Some((_, folder)) = &part.root {
            let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
            let area = match last_part(above) {
                "" | "src" | "services" | "apps" | "packages" | "cmd" => "",
                other => other,
            };
            let n = parts
                .all
                .iter()
                .filter(|p| p.root.as_ref().is_some_and(|(_, f)| f.rsplit_once('/').map_or("", |(a, _)| a) == above))
                .count();
            if !area.is_empty() && n > 1 {
                areas.insert(at, area.to_owned());
                continue;
            }
        }
        let area = match part.kind.as_str() {
            "monitoring" => "operations",
            "registry" | "config" | "auth" => "platform",
            "database" | "cache" | "storage" | "search" | "broker" => "data",
            _ => "product",
        };
        areas.insert(at, area.to_owned());
    }
    areas
}

fn connection_rows(
    parts: &Parts,
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
    let _ = parts;
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
