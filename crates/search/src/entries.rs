//! What is indexed: a question for each kind, with the same columns, so that a further kind is a further question.
//!
//! Columns: `is_minor` (comes after others of its kind), `id`, `title`, `names` (further whole names, one a line),
//! `detail` (shown), `context` (searched, not shown), `repo`, `path`, `line_start`, `link`.

use std::ops::ControlFlow;

use sightline_facts::FactsError;
use sightline_facts::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use sightline_facts::arrow::compute::cast;
use sightline_facts::arrow::datatypes::{DataType, Int64Type};
use sightline_facts::session::Session;

use crate::kind::Kind;

/// One thing to be indexed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) kind: Kind,
    pub(crate) is_minor: bool,
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) names: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) context: &'a str,
    pub(crate) repo: &'a str,
    pub(crate) path: &'a str,
    pub(crate) line_start: i64,
    pub(crate) link: &'a str,
}

const QUESTIONS: &[(Kind, &str)] = &[
    (
        Kind::Component,
        "select false as is_minor, component as id, name as title, \
           concat_ws(chr(10), substr(component, 11), replace(aliases, ', ', chr(10))) as names, \
           purpose as detail, concat_ws(' ', kind, technology, language, area, owner, folder) as context, \
           repo, path, line_start, component as link from components",
    ),
    (
        Kind::Endpoint,
        "select false as is_minor, e.endpoint as id, \
           case when e.http_route is null then coalesce(e.name, e.endpoint) else concat_ws(' ', e.method, e.http_route) end as title, \
           concat_ws(chr(10), e.http_route, concat(e.base_path, e.http_route), e.name) as names, \
           concat(e.protocol, ' of ', coalesce(c.name, e.component)) as detail, concat_ws(' ', e.name, e.path) as context, \
           e.repo, e.path, e.line_start, concat('endpoint:', e.endpoint) as link \
         from endpoints e left join components c on c.component = e.component",
    ),
    (
        Kind::Table,
        "select false as is_minor, e.entity as id, e.name as title, e.entity as names, \
           concat_ws(' ', e.kind, case when c.name is null then null else concat('of ', c.name) end, \
             case when s.name is null then null else concat('kept in ', s.name) end) as detail, e.path as context, \
           e.repo, e.path, e.line_start, concat('table:', e.entity) as link \
         from entities e left join components c on c.component = e.component left join components s on s.component = e.store",
    ),
    (
        Kind::Topic,
        "select false as is_minor, t.topic as id, t.topic as title, cast(null as varchar) as names, \
           concat_ws(' ', first_value(t.technology order by t.repo, t.path, t.line_start), \
             concat('sent by ', string_agg(distinct c.name, ', ' order by c.name) filter (where t.direction = 'produces')), \
             concat('received by ', string_agg(distinct c.name, ', ' order by c.name) filter (where t.direction = 'consumes'))) as detail, \
           'topic queue exchange' as context, \
           first_value(t.repo order by t.repo, t.path, t.line_start) as repo, first_value(t.path order by t.repo, t.path, t.line_start) as path, \
           first_value(t.line_start order by t.repo, t.path, t.line_start) as line_start, concat('topic:', t.topic) as link \
         from topics t left join components c on c.component = t.component group by t.topic",
    ),
    (
        Kind::Technology,
        "select false as is_minor, technology as id, first_value(name order by repo, path, line_start) as title, technology as names, \
           first_value(purpose order by repo, path, line_start) as detail, \
           concat_ws(' ', first_value(kind order by repo, path, line_start), first_value(company order by repo, path, line_start)) as context, \
           first_value(repo order by repo, path, line_start) as repo, first_value(path order by repo, path, line_start) as path, \
           first_value(line_start order by repo, path, line_start) as line_start, concat('technology:', technology) as link \
         from technologies group by technology",
    ),
    (
        Kind::Team,
        "select false as is_minor, owner as id, owner as title, cast(null as varchar) as names, \
           concat('named in CODEOWNERS for ', first_value(pattern order by repo, position, pattern)) as detail, 'owner team' as context, \
           first_value(repo order by repo, position, pattern) as repo, first_value(path order by repo, position, pattern) as path, \
           first_value(line_start order by repo, position, pattern) as line_start, concat('team:', owner) as link \
         from owners group by owner",
    ),
    (
        Kind::Issue,
        "select status_category = 'done' as is_minor, issue as id, title, key as names, concat_ws(', ', key, kind, status) as detail, \
           concat_ws(' ', labels, components, milestone, assignee) as context, repo, path, line_start, issue as link from issues",
    ),
    (
        Kind::Pull,
        "select state <> 'open' as is_minor, pull as id, title, key as names, concat_ws(', ', key, state) as detail, \
           concat_ws(' ', labels, milestone, author) as context, repo, path, line_start, pull as link from pulls",
    ),
    (
        Kind::Release,
        "select is_prerelease as is_minor, concat(repo, ':', tag) as id, tag as title, version as names, \
           concat('released on ', cast(released_at as date)) as detail, line as context, repo, cast(null as varchar) as path, \
           0 as line_start, concat('release:', repo, ':', tag) as link from releases",
    ),
    (
        Kind::Package,
        "select bool_and(coalesce(not is_direct, false)) as is_minor, concat(ecosystem, '/', name) as id, name as title, \
           regexp_replace(name, '^.*[/:]', '') as names, \
           concat_ws(' ', ecosystem, first_value(version order by version is null, is_lock desc, repo, path, line_start)) as detail, \
           cast(null as varchar) as context, first_value(repo order by is_lock, repo, path, line_start) as repo, \
           first_value(path order by is_lock, repo, path, line_start) as path, \
           first_value(line_start order by is_lock, repo, path, line_start) as line_start, concat('package:', ecosystem, '/', name) as link \
         from packages group by ecosystem, name",
    ),
    (
        Kind::Field,
        "select f.personal is null as is_minor, concat(f.entity, '.', f.name) as id, concat(e.name, '.', f.name) as title, f.name as names, \
           concat_ws(', ', f.type_name, f.personal) as detail, cast(null as varchar) as context, \
           f.repo, f.path, f.line_start, concat('table:', f.entity) as link \
         from entity_fields f join (select entity, min(name) as name from entities group by entity) e on e.entity = f.entity",
    ),
    (
        Kind::Setting,
        "select false as is_minor, concat(repo, ':', setting) as id, setting as title, cast(null as varchar) as names, \
           first_value(quote order by path, line_start) as detail, cast(null as varchar) as context, repo, \
           first_value(path order by path, line_start) as path, first_value(line_start order by path, line_start) as line_start, \
           concat('setting:', setting) as link from settings group by repo, setting",
    ),
    (
        Kind::Heading,
        "select level > 2 as is_minor, concat(repo, ':', path, ':', line_start) as id, text as title, cast(null as varchar) as names, \
           path as detail, path as context, repo, path, line_start, concat('file:', repo, ':', path) as link from headings",
    ),
    (
        Kind::Module,
        "select kind <> 'project' as is_minor, module as id, name as title, path as names, concat_ws(' ', language, kind, path) as detail, \
           path as context, repo, path, 0 as line_start, module as link from modules",
    ),
    (
        Kind::File,
        "select kind not in ('code', 'config', 'docs') as is_minor, concat(repo, ':', path) as id, path as title, path as names, \
           path as detail, path as context, repo, path, 0 as line_start, concat('file:', repo, ':', path) as link from files",
    ),
    (
        Kind::Symbol,
        "select is_test as is_minor, concat(repo, ':', path, ':', line_start, ':', name) as id, name as title, \
           concat_ws('.', container, name) as names, concat(kind, ' in ', path) as detail, concat_ws(' ', container, path) as context, \
           repo, path, line_start, concat('file:', repo, ':', path) as link from symbols",
    ),
];

/// Hands out everything that is to be found, batch by batch.
pub(crate) fn each<E: From<FactsError>>(
    session: &Session,
    take: &mut dyn FnMut(&Entry<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for (kind, sql) in QUESTIONS {
        let mut failed = None;
        session.stream(sql, &mut |batch| match rows(*kind, &batch, take) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                failed = Some(e);
                ControlFlow::Break(())
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
    }
    for term in sightline_tell::glossary::terms() {
        take(&Entry {
            kind: Kind::Term,
            is_minor: false,
            id: &term.word,
            title: &term.word,
            names: &term.also.join("\n"),
            detail: &term.means,
            context: "",
            repo: "",
            path: "",
            line_start: 0,
            link: &format!("term:{}", term.word),
        })?;
    }
    Ok(())
}

fn rows<E: From<FactsError>>(
    kind: Kind,
    batch: &RecordBatch,
    take: &mut dyn FnMut(&Entry<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let text = |name: &str| -> Result<StringArray, FactsError> {
        column(batch, name, &DataType::Utf8)?.as_string_opt::<i32>().cloned().ok_or_else(|| missing(name))
    };
    let starts: Int64Array = column(batch, "line_start", &DataType::Int64)?
        .as_primitive_opt::<Int64Type>()
        .cloned()
        .ok_or_else(|| missing("line_start"))?;
    let minor: BooleanArray =
        column(batch, "is_minor", &DataType::Boolean)?.as_boolean_opt().cloned().ok_or_else(|| missing("is_minor"))?;
    let (id, title, names, detail) = (text("id")?, text("title")?, text("names")?, text("detail")?);
    let (context, repo, path, links) = (text("context")?, text("repo")?, text("path")?, text("link")?);
    for i in 0..batch.num_rows() {
        let whole = value(&title, i);
        let entry = Entry {
            kind,
            is_minor: minor.is_valid(i) && minor.value(i),
            id: value(&id, i),
            // People know a file by its last part.
            title: if kind == Kind::File { whole.rsplit('/').next().unwrap_or(whole) } else { whole },
            names: value(&names, i),
            detail: value(&detail, i),
            context: value(&context, i),
            repo: value(&repo, i),
            path: value(&path, i),
            line_start: if starts.is_valid(i) { starts.value(i) } else { 0 },
            link: value(&links, i),
        };
        take(&entry)?;
    }
    Ok(())
}

fn value(array: &StringArray, i: usize) -> &str {
    if array.is_valid(i) { array.value(i) } else { "" }
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, FactsError> {
    let array = batch.column_by_name(name).ok_or_else(|| missing(name))?;
    cast(array, kind).map_err(|e| FactsError::Sql { detail: format!("column `{name}` of the search index: {e}") })
}

fn missing(name: &str) -> FactsError {
    FactsError::Sql { detail: format!("a question of the search index has no column `{name}`") }
}
