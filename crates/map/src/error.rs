//! What can go wrong while structure is derived.

use sightline_facts::FactsError;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// The source tables could not be read.
    #[error("could not read the facts that modules are derived from: {0}")]
    Facts(#[from] FactsError),
    /// A table or an answer lacks a column, so it was made by another version.
    #[error(
        "an answer about `{table}` lacks the column `{column}` or holds another type in it\nhelp: scan again with this version"
    )]
    Column {
        /// The table that was asked.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}
