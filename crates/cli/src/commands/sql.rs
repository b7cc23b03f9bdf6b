//! `sightline sql`: questions to the tables, one at a time or at a prompt.

mod prompt;

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use sightline_facts::FactsError;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::tables::ALL;
use sightline_tell::render;

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Ask the tables yourself, in SQL
#[derive(Debug, Args)]
#[command(
    after_help = "Without a query it opens a prompt with history and completion, or reads the query from standard input when that is no terminal. Questions only: nothing is changed. `sightline tables` lists what there is to ask.\n\nExamples:\n  sightline sql \"select language, sum(code_lines) as lines from languages group by 1 order by 2 desc\"\n  sightline sql --format csv \"select * from packages\" > packages.csv\n  sightline sql --format parquet --output changes.parquet \"select * from changes\"\n  sightline sql                            a prompt"
)]
pub(crate) struct Sql {
    /// One question in SQL (`-` reads it from standard input)
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
            return Err(
                UsageError("Parquet is not for reading on a terminal\nhelp: add `--output FILE`".to_owned()).into()
            );
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

/// The name of the column at the start of what the engine says: `authr.`, `c.authr. Valid fields are …`, `"a"."b".`
fn field(text: &str) -> &str {
    let token = text.split_whitespace().next().unwrap_or(text).trim_end_matches(['.', ',']);
    token.rsplit('.').next().unwrap_or(token).trim_matches('"')
}

/// The parser's words, lower case at the start and free of its quoting: `expected: an SQL statement, found: selec …`.
fn sentence(wrong: &str) -> String {
    let wrong = wrong.replace("\\\"", "\"");
    let mut letters = wrong.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
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
    if let Some(wrong) = detail.strip_prefix("ParserError(\"").and_then(|d| d.strip_suffix("\")")) {
        let help = "`sightline sql --help` has examples, `sightline tables` lists what there is to ask";
        return FactsError::Sql { detail: format!("this is no SQL: {}\nhelp: {help}", sentence(wrong)) };
    }
    if let Some(rest) = detail.split("No field named ").nth(1) {
        let name = field(rest);
        let lower = query.to_lowercase();
        let used: Vec<_> = ALL.iter().filter(|t| lower.contains(t.name)).collect();
        let columns = used.iter().flat_map(|t| t.columns).map(|c| c.name);
        let help = match (super::tables::closest(name, columns), used.first()) {
            (Some(close), _) => format!("did you mean `{close}`?"),
            (None, Some(table)) => format!("`sightline tables {}` lists its columns", table.name),
            (None, None) => "`sightline tables` lists tables and columns".to_owned(),
        };
        return FactsError::Sql { detail: format!("there is no column `{name}` in this question\nhelp: {help}") };
    }
    error
}
