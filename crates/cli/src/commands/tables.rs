//! `sightline tables`: what there is to ask.

use anyhow::Result;
use clap::Args;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::ALL;
pub(crate) use sightline_tell::answers::names::closest;

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// The tables, or the columns of one with their units
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sightline tables\n  sightline tables commits")]
pub(crate) struct Tables {
    /// Table whose columns to list
    pub(crate) table: Option<String>,
}

pub(crate) fn run(command: &Tables, global: &Global) -> Result<Exit> {
    match &command.table {
        Some(name) => columns(find(name)?, global),
        None => list(global),
    }
}

fn find(name: &str) -> Result<&'static TableSpec> {
    if let Some(spec) = sightline_facts::tables::find(name) {
        return Ok(spec);
    }
    let close = closest(name, ALL.iter().map(|t| t.name));
    let hint = close.map_or_else(|| "`sightline tables` lists them".to_owned(), |c| format!("did you mean `{c}`?"));
    Err(UsageError(format!("there is no table `{name}`\nhelp: {hint}")).into())
}

fn list(global: &Global) -> Result<Exit> {
    // Rows are told where a workspace is at hand; the list itself needs none.
    let snapshot = place::existing(global).ok().and_then(|w| w.snapshot().ok().flatten());
    let rows = |name: &str| snapshot.as_ref().map(|s| s.files_of(name).map(|f| f.rows).sum::<u64>());
    if global.json {
        let tables: Vec<_> = ALL
            .iter()
            .map(|t| {
                let columns: Vec<_> = t.columns.iter().map(|c| serde_json::json!({
                    "name": c.name, "type": c.kind.word(), "unit": c.unit, "nullable": c.nullable, "meaning": c.meaning,
                })).collect();
                serde_json::json!({"name": t.name, "purpose": t.purpose, "spec": t.version, "rows": rows(t.name), "columns": columns})
            })
            .collect();
        output::json(&serde_json::Value::Array(tables))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for table in ALL {
        let count = rows(table.name).map(|r| i64::try_from(r).unwrap_or(i64::MAX)).map(sightline_tell::words::exact);
        put(&mut text, format_args!("{:18} {:>12}  {}\n", table.name, count.unwrap_or_default(), table.purpose));
    }
    text += "\n`sightline tables NAME` lists columns with units; `sightline sql` asks.\n";
    output::data(&text)?;
    Ok(Exit::Done)
}

fn columns(spec: &TableSpec, global: &Global) -> Result<Exit> {
    if global.json {
        let columns: Vec<_> = spec
            .columns
            .iter()
            .map(|c| {
                serde_json::json!({
                    "name": c.name, "type": c.kind.word(), "unit": c.unit, "nullable": c.nullable, "meaning": c.meaning,
                })
            })
            .collect();
        output::json(
            &serde_json::json!({"name": spec.name, "purpose": spec.purpose, "spec": spec.version, "columns": columns}),
        )?;
        return Ok(Exit::Done);
    }
    let mut text = format!("{}: {}\n\n", spec.name, spec.purpose);
    for column in spec.columns {
        let kind = if column.unit.is_empty() {
            column.kind.word().to_owned()
        } else {
            format!("{}, {}", column.kind.word(), column.unit)
        };
        let empty = if column.nullable { "may be empty" } else { "" };
        put(&mut text, format_args!("{:22} {kind:22} {empty:13} {}\n", column.name, column.meaning));
    }
    output::data(&text)?;
    Ok(Exit::Done)
}
