//! What can go wrong with the server and with one question.

use sightline_facts::FactsError;
use sightline_map::MapError;
use sightline_measure::MeasureError;
use sightline_plan::PlanError;
use sightline_read::excerpt::ExcerptError;
use sightline_search::SearchError;
use sightline_tell::TellError;
use sightline_tell::answers::NameError;

/// An error that ends the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum McpError {
    /// It could not start.
    #[error("the server for assistants could not start: {detail}")]
    Start {
        /// Why.
        detail: String,
    },
    /// The client does not speak the protocol.
    #[error(
        "the assistant did not speak MCP as expected: {detail}\nhelp: `sightline mcp` is started by an assistant; the README shows its settings"
    )]
    Protocol {
        /// What was wrong.
        detail: String,
    },
}

/// Why a question has no answer. Shown to the assistant, which can then ask better.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    #[error("{0}")]
    Arguments(String),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Facts(#[from] FactsError),
    #[error(transparent)]
    Map(#[from] MapError),
    #[error(transparent)]
    Measure(#[from] MeasureError),
    #[error(transparent)]
    Tell(#[from] TellError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    Excerpt(#[from] ExcerptError),
}
