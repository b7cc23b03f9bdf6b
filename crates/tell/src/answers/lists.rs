//! What is known of one component or one table, as lists: endpoints, topics, kept data, people, places.

use serde_json::{Map, Value as Json, json};
use sightline_facts::FactsError;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::{Session, Value};
use sightline_map::{Component, Subject, SystemMap, short_id};

use super::{Answer, NameError, component_sentence, counted, none_of};
use crate::TellError;
use crate::render::{rows_json, table};
use crate::text::{put, visible, wrap};

/// A titled question about the subject.
type Part = (&'static str, &'static str);

const COMPONENT: &[Part] = &[
    (
        "Used by",
        "select c.name as part, c.kind, x.kind as how, x.what, x.basis, concat(x.path, ':', x.line_start) as place, x.repo, x.commit, x.path, x.line_start, x.line_end from connections x join components c on c.component = x.from_component where x.to_component = :component order by c.name limit :limit",
    ),
    (
        "Uses",
        "select c.name as part, c.kind, x.kind as how, x.what, x.basis, concat(x.path, ':', x.line_start) as place, x.repo, x.commit, x.path, x.line_start, x.line_end from connections x join components c on c.component = x.to_component where x.from_component = :component order by c.name limit :limit",
    ),
    (
        "Endpoints",
        "select coalesce(method, protocol) as method, coalesce(http_route, name) as route, base_path, name, concat(path, ':', line_start) as place, repo, commit, path, line_start, line_end from endpoints where component = :component order by http_route, method, name, path, line_start limit :limit",
    ),
    (
        "Topics",
        "select direction, topic, technology, concat(path, ':', line_start) as place, repo, commit, path, line_start, line_end from topics where component = :component order by direction, topic, path, line_start limit :limit",
    ),
    (
        "Data it keeps",
        "select e.name, e.kind, s.name as store, e.n_fields as fields, e.n_personal as personal, concat(e.path, ':', e.line_start) as place, e.repo, e.commit, e.path, e.line_start, e.line_end from entities e left join components s on s.component = e.store where e.component = :component or e.store = :component order by e.name, e.path, e.line_start limit :limit",
    ),
    (
        "Could not be followed",
        "select what, target, reason, concat(path, ':', line_start) as place, repo, commit, path, line_start, line_end from map_gaps where component = :component order by path, line_start, target limit :limit",
    ),
    (
        "People",
        "select c.author_name as person, count(distinct c.commit) as commits, max(c.committed_at) as last from changes ch join components k on k.component = :component and k.repo = ch.repo and k.folder is not null and (k.folder = '' or starts_with(ch.path, concat(k.folder, '/'))) join commits c on c.commit = ch.commit and c.repo = ch.repo where not c.is_bot group by 1 order by 2 desc, 1 limit :limit",
    ),
    (
        "Stands on",
        "select position, about, basis, concat(path, ':', line_start) as place, repo, commit, path, line_start, line_end, seen from map_evidence where subject = :component order by position limit :limit",
    ),
];

const ENDPOINTS: &str = "select coalesce(method, protocol) as method, coalesce(http_route, name) as route, base_path, name, \
     concat(path, ':', line_start) as place, repo, commit, path, line_start, line_end from endpoints where component = :component order by http_route, method, name, path, line_start";

const TOPICS: &str = "select direction, topic, technology, concat(path, ':', line_start) as place, repo, commit, path, line_start, line_end from topics \
     where component = :component order by direction, topic, path, line_start";

/// Which of several of one name is meant is not asked: all are shown, each with its holder.
const KEPT: &str = "select e.name, e.kind, c.name as kept_by, s.name as store, e.n_fields, e.n_personal, e.basis, \
     concat(e.path, ':', e.line_start) as place, e.repo, e.commit, e.path, e.line_start, e.line_end from entities e left join components c on c.component = e.component \
     left join components s on s.component = e.store where lower(e.name) = lower(:name) or e.entity = :name order by e.entity, e.path, e.line_start";

const FIELDS: &str = "select f.entity, f.name, f.type_name as type, f.personal, f.personal_rule as rule, \
     concat(f.path, ':', f.line_start) as place, f.repo, f.commit, f.path, f.line_start, f.line_end from entity_fields f join entities e on e.entity = f.entity \
     where lower(e.name) = lower(:name) or e.entity = :name order by f.entity, f.path, f.line_start, f.name";

const USERS: &str = "select c.name as part, x.what, s.name as store, concat(x.path, ':', x.line_start) as place, x.repo, x.commit, x.path, x.line_start, x.line_end \
     from connections x join components c on c.component = x.from_component join components s on s.component = x.to_component \
     where x.to_component in (select store from entities where (lower(name) = lower(:name) or entity = :name) and store is not null) \
     order by c.name, s.name";

/// All that is known of a component: its sentence, then lists of at most `limit` rows.
///
/// # Errors
/// A table cannot be read.
pub fn component(
    session: &Session,
    map: &SystemMap,
    component: &Component,
    limit: i64,
    width: usize,
) -> Result<Answer, TellError> {
    let found = sightline_map::impact(session, map, &Subject::Component(component.id.clone()))?;
    let sentence = component_sentence(map, component, &found);
    let parameters = [("component", Value::Text(&component.id)), ("limit", Value::Integer(limit))];
    let mut text = wrap(&sentence, width).join("\n") + "\n";
    let mut object = Map::new();
    object.insert("Component".to_owned(), short_id(&component.id).into());
    object.insert("Sentence".to_owned(), sentence.into());
    for (title, sql) in COMPONENT {
        let rows = ask(session, sql, &parameters)?;
        if count(&rows) > 0 {
            put(&mut text, format_args!("\n{title}\n{}", for_people(&rows, width)));
        }
        object.insert((*title).to_owned(), rows_json(&rows));
    }
    Ok(Answer { text, json: Json::Object(object) })
}

/// What a component offers: endpoints and topics.
///
/// # Errors
/// A table cannot be read.
pub fn endpoints(session: &Session, component: &Component, width: usize) -> Result<Answer, TellError> {
    let parameters = [("component", Value::Text(&component.id))];
    let (endpoints, topics) = (ask(session, ENDPOINTS, &parameters)?, ask(session, TOPICS, &parameters)?);
    let (n, m) = (count(&endpoints), count(&topics));
    let shown = visible(&component.name);
    let mut text = if n + m == 0 {
        format!("No endpoint or topic of {shown} was found: a framework that we do not know may hide them.\n")
    } else {
        format!("{shown} offers {} and takes part in {}.\n", counted(n, "endpoint"), counted(m, "topic"))
    };
    if n > 0 {
        put(&mut text, format_args!("\n{}", for_people(&endpoints, width)));
    }
    if m > 0 {
        put(&mut text, format_args!("\n{}", for_people(&topics, width)));
    }
    let json = json!({
        "component": short_id(&component.id),
        "endpoints": rows_json(&endpoints),
        "topics": rows_json(&topics),
    });
    Ok(Answer { text, json })
}

/// A table, collection or kind of record: who keeps it, its fields, and who uses its store. The inner result says that
/// there is none of that name.
///
/// # Errors
/// A table cannot be read.
pub fn entity(session: &Session, name: &str, width: usize) -> Result<Result<Answer, NameError>, TellError> {
    let name = name.strip_prefix("table:").unwrap_or(name);
    let parameters = [("name", Value::Text(name))];
    let kept = ask(session, KEPT, &parameters)?;
    if count(&kept) == 0 {
        let known = ask(session, "select distinct name from entities order by name", &[])?;
        let known = crate::cell::Rows::of(&known);
        let known: Vec<String> = known.rows.iter().filter_map(|r| r.first()?.text().map(str::to_owned)).collect();
        return Ok(Err(none_of("table or collection", name, &known, "`sightline data` lists them")));
    }
    let (fields, users) = (ask(session, FIELDS, &parameters)?, ask(session, USERS, &parameters)?);
    let mut text = for_people(&kept, width);
    if count(&fields) > 0 {
        put(&mut text, format_args!("\nFields\n{}", for_people(&fields, width)));
    } else {
        text += "\nIts fields are not known here.\n";
    }
    if count(&users) > 0 {
        put(&mut text, format_args!("\nParts that use its store\n{}", for_people(&users, width)));
    }
    let json = json!({ "kept": rows_json(&kept), "fields": rows_json(&fields), "store_used_by": rows_json(&users) });
    Ok(Ok(Answer { text, json }))
}

fn ask(session: &Session, sql: &str, parameters: &[(&str, Value<'_>)]) -> Result<Vec<RecordBatch>, TellError> {
    session
        .query_with(sql, parameters)
        .map_err(|source: FactsError| TellError::Query { place: "a list about the map".to_owned(), source })
}

/// The rows for people, who read `place` and not its parts.
fn for_people(rows: &[RecordBatch], width: usize) -> String {
    const PARTS: [&str; 5] = ["repo", "commit", "path", "line_start", "line_end"];
    let without = |batch: &RecordBatch| {
        let schema = batch.schema();
        let kept: Vec<usize> =
            (0..batch.num_columns()).filter(|i| !PARTS.contains(&schema.field(*i).name().as_str())).collect();
        batch.project(&kept).unwrap_or_else(|_| batch.clone())
    };
    table(&rows.iter().map(without).collect::<Vec<_>>(), width)
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}
