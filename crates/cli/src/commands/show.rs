//! `sightline show`: all that is known of one component, file or module.

use anyhow::Result;
use clap::Args;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::{Session, Value};
use sightline_map::SystemMap;
use sightline_tell::{answers, render};

use super::tables::closest;
use super::{first_column, named};
use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// One component, file or part of the code: contents, people and changes
#[derive(Debug, Args)]
#[command(
    after_help = "Of a component: what it is for, who uses it and what it uses, endpoints, topics, kept data, people, and the lines that show it. Of a file: symbols, imports both ways, people, latest changes, files that change with it. Of a part (a module): what it uses and what uses it, entry points, largest files, hardest functions, people.\n\nExamples:\n  sightline show orders                  a component, by its name\n  sightline show src/main.rs\n  sightline show crates/facts            a part of the code, by its folder\n  sightline show module:shop:orders      the code of a name that is also a component"
)]
pub(crate) struct Show {
    /// A component by its name, a file by its path from the root of its repository, or a part by its folder or name
    subject: String,
    /// Rows of each table at most
    #[arg(long, default_value_t = 15, value_name = "N")]
    limit: i64,
}

/// A titled question about the subject.
type Part = (&'static str, &'static str);

const FILE: &[Part] = &[
    (
        "File",
        "select repo, path, kind, language, module, lines, code_lines, comment_lines, bytes, blob from files where path = :path",
    ),
    (
        "Symbols",
        "select kind, name, container, line_start, visibility, cyclomatic, cognitive, doc from symbols where path = :path order by line_start limit :limit",
    ),
    (
        "Imports",
        "select target, kind, coalesce(resolved_path, package) as resolved, line_start from imports where path = :path order by line_start limit :limit",
    ),
    (
        "Imported by",
        "select distinct path, line_start from imports where resolved_path = :path order by path limit :limit",
    ),
    (
        "Packages",
        "select name, declared, version, scope, line_start from packages where path = :path order by line_start limit :limit",
    ),
    ("Headings", "select level, text, line_start from headings where path = :path order by line_start limit :limit"),
    (
        "People",
        "select c.author_name as person, count(*) as commits, sum(ch.added + ch.deleted) as lines, max(c.committed_at) as last from changes ch join commits c on c.commit = ch.commit and c.repo = ch.repo where ch.path = :path and not c.is_bot group by 1 order by 2 desc, 1 limit :limit",
    ),
    (
        "Latest changes",
        "select c.committed_at, c.author_name as person, ch.added, ch.deleted, c.subject, ch.commit from changes ch join commits c on c.commit = ch.commit and c.repo = ch.repo where ch.path = :path order by c.committed_at desc limit :limit",
    ),
    (
        "Changes together with",
        "select case when path = :path then other_path else path end as file, n_shared, degree_ratio from coupling where path = :path or other_path = :path order by degree_ratio desc limit :limit",
    ),
    ("Not read", "select reason, detail, line_start from gaps where path = :path"),
];

const MODULE: &[Part] = &[
    (
        "Module",
        "select repo, module, name, path, kind, language, n_files, code_lines, test_lines, n_functions, max_cyclomatic, layer, cycle, has_tests, has_docs from modules where module = :module",
    ),
    (
        "What it says about itself",
        "select d.title, d.summary, d.path, d.summary_start as line from documents d join modules m on m.repo = d.repo where m.module = :module and d.kind = 'readme' and regexp_replace(d.path, '/?[^/]*$', '') = m.path",
    ),
    (
        "Entry points",
        "select kind, name, path, line_start, reason from entry_points where module = :module order by path limit :limit",
    ),
    (
        "Uses",
        "select uses, n_imports, n_files, is_test, in_cycle from module_imports where module = :module order by n_imports desc, uses limit :limit",
    ),
    (
        "Used by",
        "select module, n_imports, n_files, is_test, in_cycle from module_imports where uses = :module order by n_imports desc, module limit :limit",
    ),
    (
        "Largest files",
        "select path, kind, language, code_lines from files where module = :module order by code_lines desc, path limit :limit",
    ),
    (
        "Hardest functions",
        "select s.name, s.path, s.line_start, s.cognitive, s.cyclomatic from symbols s join files f on f.repo = s.repo and f.path = s.path where f.module = :module and s.cognitive is not null order by s.cognitive desc, s.path limit :limit",
    ),
    (
        "People",
        "select c.author_name as person, count(distinct c.commit) as commits, sum(ch.added + ch.deleted) as lines, max(c.committed_at) as last from changes ch join files f on f.repo = ch.repo and f.path = ch.path join commits c on c.commit = ch.commit and c.repo = ch.repo where f.module = :module and not c.is_bot group by 1 order by 2 desc, 1 limit :limit",
    ),
    (
        "Hotspots",
        "select path, n_changes, complexity, score_ratio from hotspots where module = :module order by score_ratio desc limit :limit",
    ),
];

pub(crate) fn run(command: &Show, global: &Global) -> Result<Exit> {
    let session = Session::over(&place::existing(global)?)?;
    let subject = command.subject.trim_start_matches("./").trim_end_matches('/');
    let found =
        session.query_with("select path from files where path = :path limit 1", &[("path", Value::Text(subject))])?;
    if rows(&found) > 0 {
        return print(
            &session,
            FILE,
            &[("path", Value::Text(subject)), ("limit", Value::Integer(command.limit))],
            global,
        );
    }
    let map = SystemMap::read(&session)?;
    if let Some(component) = named::component(&map, subject) {
        let answer = answers::component(&session, &map, component, command.limit, output::width())?;
        return named::print(&answer, global);
    }
    let sql = "select module from modules where module = :s or path = :s or name = :s \
               order by case when module = :s then 0 when path = :s then 1 else 2 end, module";
    let modules = first_column(&session.query_with(sql, &[("s", Value::Text(subject))])?);
    if let Some(module) = modules.first() {
        let parameters = [("module", Value::Text(module)), ("limit", Value::Integer(command.limit))];
        return print(&session, MODULE, &parameters, global);
    }
    let names = first_column(
        &session
            .query("select path from files union all select path from modules union all select name from modules union all select name from components")?,
    );
    let ends: Vec<&String> = names.iter().filter(|n| n.ends_with(&format!("/{subject}"))).take(5).collect();
    let hint = if ends.is_empty() {
        closest(subject, names.iter().map(String::as_str)).map_or_else(
            || "`sightline sql \"select module from modules\"` lists modules".to_owned(),
            |c| format!("did you mean `{c}`?"),
        )
    } else {
        let ends: Vec<String> = ends.iter().map(|e| format!("`{e}`")).collect();
        format!("did you mean {}?", ends.join(" or "))
    };
    Err(UsageError(format!("there is no component, file or module `{subject}`\nhelp: {hint}")).into())
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn print(session: &Session, parts: &[Part], parameters: &[(&str, Value<'_>)], global: &Global) -> Result<Exit> {
    let mut object = serde_json::Map::new();
    let mut text = String::new();
    for (title, sql) in parts {
        let answer = session.query_with(sql, parameters)?;
        if global.json {
            object.insert((*title).to_owned(), render::rows_json(&answer));
        } else if rows(&answer) == 1 && (*title == "File" || *title == "Module") {
            text += &render::record(&answer);
        } else if rows(&answer) > 0 {
            put(&mut text, format_args!("\n{title}\n{}", render::table(&answer, output::width())));
        }
    }
    if global.json {
        output::json(&serde_json::Value::Object(object))?;
    } else {
        output::data(&text)?;
    }
    Ok(Exit::Done)
}
