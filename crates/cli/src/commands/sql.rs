//! `sightline sql`: questions to the tables, one at a time or at a prompt.

mod prompt;

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use sightline_facts::FactsError;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::tables::ALL;
use sightline_tell::render;

use crate::args::Global;
use crate::exit::Exit;
use crate::{output, place};

/// Ask the tables yourself
///
/// Without a query it opens a prompt with history and completion; with standard input it reads the query from there.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sightline sql \"select language, sum(code_lines) as lines from languages group by 1 order by 2 desc\"\n  sightline sql --format csv \"select * from packages\" > packages.csv\n  sightline sql --format parquet --output changes.parquet \"select * from changes\"\n  sightline sql                                  a prompt"
)]
pub(crate) struct Sql {
    /// The question
    query: Option<String>,
    /// Format of the answer
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// File to write instead of standard output (needed for Parquet)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Formats of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people
    Table,
    /// Comma-separated values
    Csv,
    /// A list of objects
    Json,
    /// Apache Parquet
    Parquet,
}

pub(crate) fn run(command: &Sql, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global)?;
    let session = Session::over(&workspace)?;
    let query = match &command.query {
        Some(query) if query != "-" => query.clone(),
        None if std::io::stdin().is_terminal() => {
            prompt::run(&session, &workspace)?;
            return Ok(Exit::Done);
        }
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("the query could not be read from standard input")?;
            text
        }
    };
    let format = if global.json { Format::Json } else { command.format };
    if format == Format::Parquet {
        let Some(path) = &command.output else {
            bail!("Parquet is not for reading on a terminal\nhelp: add `--output FILE`");
        };
        let (schema, batches) = session.query_schema(&query).map_err(|e| helped(e, &query))?;
        sightline_facts::store::write_parquet(path, schema, &batches)?;
        return Ok(Exit::Done);
    }
    let batches = session.query(&query).map_err(|e| helped(e, &query))?;
    let text = answer(&batches, format)?;
    match &command.output {
        Some(path) => std::fs::write(path, text).with_context(|| format!("could not write `{}`", path.display()))?,
        None => output::data(&text)?,
    }
    Ok(Exit::Done)
}

fn answer(batches: &[RecordBatch], format: Format) -> Result<String> {
    Ok(match format {
        Format::Csv => render::csv(batches),
        Format::Json | Format::Parquet => serde_json::to_string_pretty(&render::rows_json(batches))?,
        Format::Table => render::table(batches, output::width()),
    })
}

/// An error of SQL with the table or column that was probably meant.
fn helped(error: FactsError, query: &str) -> FactsError {
    let FactsError::Sql { detail } = &error else { return error };
    let quoted: Vec<&str> = detail.split('`').skip(1).step_by(2).collect();
    if let Some(name) = quoted.first().filter(|_| detail.starts_with("there is no table"))
        && let Some(close) = super::tables::closest(name, ALL.iter().map(|t| t.name))
    {
        return FactsError::Sql { detail: format!("there is no table `{name}`\nhelp: did you mean `{close}`?") };
    }
    if let Some(rest) = detail.split("No field named ").nth(1) {
        let name = rest.split(['.', ' ']).next().unwrap_or(rest).trim_matches('"').to_owned();
        let name =
            rest.split(". ").next().unwrap_or(&name).rsplit('.').next().unwrap_or(&name).trim_matches('"').to_owned();
        let lower = query.to_lowercase();
        let used: Vec<_> = ALL.iter().filter(|t| lower.contains(t.name)).collect();
        let columns = used.iter().flat_map(|t| t.columns).map(|c| c.name);
        let help = match (super::tables::closest(&name, columns), used.first()) {
            (Some(close), _) => format!("did you mean `{close}`?"),
            (None, Some(table)) => format!("`sightline tables {}` lists its columns", table.name),
            (None, None) => "`sightline tables` lists tables and columns".to_owned(),
        };
        return FactsError::Sql { detail: format!("there is no column `{name}` in this question\nhelp: {help}") };
    }
    error
}
