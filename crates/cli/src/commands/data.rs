//! `sightline data`: where data lives.

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Value;
use sightline_tell::render;

use super::{first_column, named, section};
use crate::args::Global;
use crate::exit::Exit;
use crate::output::{self, put};

/// Where does our data live, and who keeps it?
#[derive(Debug, Args)]
#[command(
    after_help = "Stores, the tables and collections in them, the parts that keep them, and fields whose names suggest personal data.\n\nExamples:\n  sightline data\n  sightline data --entity customers      one table, collection or kind of record"
)]
pub(crate) struct Data {
    /// Table, collection or kind of record to show with its fields
    #[arg(long, value_name = "NAME")]
    entity: Option<String>,
}

/// Which of several of one name is meant is not asked: all are shown, each with its holder.
const KEPT: &str = "select e.name, e.kind, c.name as kept_by, s.name as store, e.n_fields, e.n_personal, e.basis, \
     concat(e.path, ':', e.line_start) as place from entities e left join components c on c.component = e.component \
     left join components s on s.component = e.store where lower(e.name) = lower(:name) or e.entity = :name order by e.entity, e.path, e.line_start";

const FIELDS: &str = "select f.entity, f.name, f.type_name as type, f.personal, f.personal_rule as rule, \
     concat(f.path, ':', f.line_start) as place from entity_fields f join entities e on e.entity = f.entity \
     where lower(e.name) = lower(:name) or e.entity = :name order by f.entity, f.path, f.line_start, f.name";

const USERS: &str = "select c.name as part, x.what, s.name as store, concat(x.path, ':', x.line_start) as place \
     from connections x join components c on c.component = x.from_component join components s on s.component = x.to_component \
     where x.to_component in (select store from entities where (lower(name) = lower(:name) or entity = :name) and store is not null) \
     order by c.name, s.name";

pub(crate) fn run(command: &Data, global: &Global) -> Result<Exit> {
    let Some(name) = &command.entity else { return section::run("data", global) };
    let (session, _) = named::read(global)?;
    let name = name.strip_prefix("table:").unwrap_or(name);
    let parameters = [("name", Value::Text(name))];
    let kept = session.query_with(KEPT, &parameters)?;
    if kept.iter().all(|b| b.num_rows() == 0) {
        let known = first_column(&session.query("select distinct name from entities order by name")?);
        return Err(named::none_of("table or collection", name, &known, "`sightline data` lists them"));
    }
    let (fields, users) = (session.query_with(FIELDS, &parameters)?, session.query_with(USERS, &parameters)?);
    if global.json {
        output::json(&serde_json::json!({
            "kept": render::rows_json(&kept),
            "fields": render::rows_json(&fields),
            "store_used_by": render::rows_json(&users),
        }))?;
        return Ok(Exit::Done);
    }
    let mut text = render::table(&kept, output::width());
    if fields.iter().any(|b| b.num_rows() > 0) {
        put(&mut text, format_args!("\nFields\n{}", render::table(&fields, output::width())));
    } else {
        text += "\nIts fields are not known here.\n";
    }
    if users.iter().any(|b| b.num_rows() > 0) {
        put(&mut text, format_args!("\nParts that use its store\n{}", render::table(&users, output::width())));
    }
    output::data(&text)?;
    Ok(Exit::Done)
}
