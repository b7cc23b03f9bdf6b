//! One file per command.

pub(crate) mod backtest;
pub(crate) mod blockers;
pub(crate) mod connect;
pub(crate) mod data;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod endpoints;
pub(crate) mod export;
pub(crate) mod flow;
pub(crate) mod forecast;
pub(crate) mod impact;
pub(crate) mod init;
pub(crate) mod map;
pub(crate) mod mcp;
pub(crate) mod metrics;
mod named;
pub(crate) mod open;
pub(crate) mod report;
pub(crate) mod scan;
pub(crate) mod search;
pub(crate) mod section;
pub(crate) mod serve;
pub(crate) mod shell;
pub(crate) mod show;
pub(crate) mod sql;
pub(crate) mod tables;
pub(crate) mod verify;
pub(crate) mod why;

use anyhow::Result;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Runs the command that was typed.
pub(crate) fn run(cli: &Cli) -> Result<Exit> {
    let global = &cli.global;
    match &cli.command {
        Command::Open(command) => open::run(command, global),
        Command::Scan(command) => scan::run(command, global),
        Command::Connect(command) => connect::run(command, global),
        Command::Overview(_) => section::run("start", global),
        Command::Answers(_) => section::run("answers", global),
        Command::Documents(_) => section::run("documents", global),
        Command::Map(command) => map::run(command, global),
        Command::Endpoints(command) => endpoints::run(command, global),
        Command::Flow(command) => flow::run(command, global),
        Command::Data(command) => data::run(command, global),
        Command::Impact(command) => impact::run(command, global),
        Command::Drift(command) => drift::run(command, global),
        Command::Stack(_) => section::run("stack", global),
        Command::Outside(_) => section::run("outside", global),
        Command::Configuration(_) => section::run("configuration", global),
        Command::Changes(command) => section::changes(command, global),
        Command::Health(_) => section::run("health", global),
        Command::Program(_) => section::run("program", global),
        Command::Dependencies(_) => section::run("dependencies", global),
        Command::Trust(_) => section::run("trust", global),
        Command::Search(command) => search::run(command, global),
        Command::Show(command) => show::run(command, global),
        Command::Sql(command) => sql::run(command, global),
        Command::Tables(command) => tables::run(command, global),
        Command::Metrics(command) => metrics::run(command, global),
        Command::Why(command) => why::run(command, global),
        Command::Forecast(command) => forecast::run(command, global),
        Command::Blockers(command) => blockers::run(command, global),
        Command::Backtest(command) => backtest::run(command, global),
        Command::Report(command) => report::run(command, global),
        Command::Serve(command) => serve::run(command, global),
        Command::Export(command) => export::run(command, global),
        Command::Mcp(command) => mcp::run(command, global),
        Command::Verify(command) => verify::run(command, global),
        Command::Init(command) => init::run(command, global),
        Command::Doctor(command) => doctor::run(command, global),
        Command::Completions(command) => shell::completions(command),
        Command::Man(_) => shell::man(),
    }
}

/// The texts of the first column of an answer.
fn first_column(batches: &[sightline_facts::arrow::array::RecordBatch]) -> Vec<String> {
    use sightline_facts::arrow::array::AsArray;
    batches
        .iter()
        .filter_map(|b| b.columns().first())
        .filter_map(|c| c.as_string_opt::<i32>())
        .flat_map(|c| c.iter().flatten().map(str::to_owned))
        .collect()
}
