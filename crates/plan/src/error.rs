//! What can go wrong.

use sightline_facts::FactsError;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The store or SQL.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// An answer lacks a column that was asked for.
    #[error(
        "the question about {about} gave no column `{column}`\nhelp: this is a mistake of Sightline; please report it"
    )]
    Column {
        /// What was asked about.
        about: &'static str,
        /// The column.
        column: &'static str,
    },
}
