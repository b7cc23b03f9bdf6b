//! `sightline mcp`: the same answers for assistants.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_mcp::{Config, HTTP_PATH, Http};
use sightline_scan::settings;

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Variable that holds the token, for those who want the same one each time.
const TOKEN: &str = "SIGHTLINE_MCP_TOKEN";

/// Serve the tables and answers to an assistant, over the Model Context Protocol
#[derive(Debug, Args)]
#[command(
    after_help = "An assistant starts this command itself and speaks to it on standard input and output. It can ask, and change nothing. Answers carry ids of evidence; texts of repositories are marked as data.\n\nWith --http the server listens on this machine alone and wants a token: a new one each time, or that of the variable SIGHTLINE_MCP_TOKEN.\n\nExamples:\n  sightline mcp                          as an assistant's settings name it\n  sightline mcp --workspace ~/program    over another workspace\n  sightline mcp --http --port 4871       for assistants that speak HTTP"
)]
pub(crate) struct Mcp {
    /// Serve over streamable HTTP on this machine, with a token
    #[arg(long)]
    http: bool,
    /// Port for HTTP; 0 for any that is free
    #[arg(long, default_value_t = 4871, requires = "http")]
    port: u16,
    /// Seconds that one query of the assistant may take
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=600))]
    query_seconds: u64,
}

pub(crate) fn run(command: &Mcp, global: &Global) -> Result<Exit> {
    let workspace = place::existing(global)?;
    // What is wrong with the workspace is said now, to the person who sets this up, and not to the assistant later.
    drop(Session::over(&workspace)?);
    let metrics = settings::metrics(&workspace)?;
    let config = Config { workspace, metrics, query_time: Duration::from_secs(command.query_seconds) };
    if !command.http {
        sightline_mcp::serve_stdio(config)?;
        return Ok(Exit::Done);
    }
    let http = match std::env::var(TOKEN) {
        Ok(token) if token.len() >= 16 && token.bytes().all(|b| b.is_ascii_graphic()) => {
            Http { port: command.port, token }
        }
        Ok(_) => {
            return Err(UsageError(format!(
                "`{TOKEN}` is too weak for a token\nhelp: give it 16 letters and digits or more, or leave it out for a new one"
            ))
            .into());
        }
        Err(_) => Http::with_new_token(command.port)?,
    };
    sightline_mcp::serve_http(config, &http, &mut |address| {
        output::say(&format!("serving at http://{address}{HTTP_PATH}\nheader: Authorization: Bearer {}", http.token));
    })?;
    Ok(Exit::Done)
}
