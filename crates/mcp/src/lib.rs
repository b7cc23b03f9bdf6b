//! The MCP server: the same tables, answers and citations for assistants, on standard input and output or over HTTP.
//!
//! Nothing is answered here that another way in would not answer: tools ask `tell`, `map`, `measure` and `search`, and
//! SQL goes through the one door, which only asks. What this room adds is for its readers: every answer lists the
//! places it stands on as ids that the tool `evidence` opens, limits keep an answer small, and whatever comes out of a
//! repository is marked as data, since a repository can hold sentences that are meant to be taken for instructions.

mod error;
mod evidence;
mod handler;
mod http;
mod limits;
mod prompts;
mod reply;
mod state;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use rmcp::ServiceExt;
use sightline_facts::store::Workspace;
use sightline_measure::Metric;

pub use error::McpError;
pub use http::{HTTP_PATH, Http};

use handler::Assistant;
use state::State;

/// What a server answers about.
#[derive(Debug, Clone)]
pub struct Config {
    /// The workspace; a scan that is published while the server runs is seen by the next question.
    pub workspace: Workspace,
    /// Metrics that can be explained: ours and those of the workspace.
    pub metrics: Vec<Metric>,
    /// Time that one query may take.
    pub query_time: Duration,
}

/// Serves one client on standard input and output, until it closes them.
///
/// # Errors
/// [`McpError::Start`] when the server cannot start, [`McpError::Protocol`] when the client does not begin as the protocol
/// says.
pub fn serve_stdio(config: Config) -> Result<(), McpError> {
    let state = Arc::new(State::new(config));
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let started = Assistant::new(Arc::clone(&state)).serve(rmcp::transport::stdio()).await;
        match started {
            Ok(running) => running.waiting().await.map(drop).map_err(|e| McpError::Protocol { detail: e.to_string() }),
            // A client that says nothing and goes away is no failure.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(e) => Err(McpError::Protocol { detail: e.to_string() }),
        }
    });
    // Reading standard input blocks a thread that nobody can wake.
    runtime.shutdown_background();
    served
}

/// Serves any number of clients over streamable HTTP, until the process is told to stop. `ready` hears where.
///
/// # Errors
/// [`McpError::Start`] when the port is taken or the server cannot start.
pub fn serve_http(config: Config, http: &Http, ready: &mut dyn FnMut(std::net::SocketAddr)) -> Result<(), McpError> {
    let state = Arc::new(State::new(config));
    let runtime = runtime()?;
    let served = runtime.block_on(http::serve(Arc::clone(&state), http, ready));
    runtime.shutdown_background();
    served
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        sightline_tell::text::put(&mut text, format_args!("{byte:02x}"));
    }
    text
}

fn runtime() -> Result<tokio::runtime::Runtime, McpError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("sightline-mcp")
        .enable_all()
        .build()
        .map_err(|e| McpError::Start { detail: e.to_string() })
}
