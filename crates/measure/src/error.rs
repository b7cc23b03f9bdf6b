//! What can go wrong while something is measured.

use sightline_facts::FactsError;

use sightline_facts::Diagnostic;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// A metric file is wrong. The text starts with `error[code]` and shows the line.
    #[error("{0}")]
    Metric(Box<Diagnostic>),
    /// The facts could not be asked.
    #[error("could not read the facts that are measured: {0}")]
    Facts(#[from] FactsError),
    /// An answer lacks a column, so a table was made by another version.
    #[error(
        "an answer about {about} lacks the column `{column}` or holds another type in it\nhelp: scan again with this version"
    )]
    Column {
        /// What was asked.
        about: String,
        /// The column.
        column: String,
    },
    /// A commit changes the same file twice.
    #[error("commit {commit} has two changes of file {file}; rows of `changes` come once per commit and file")]
    DuplicateChange {
        /// Number of the commit.
        commit: u32,
        /// Number of the file.
        file: u32,
    },
}

impl From<Diagnostic> for MeasureError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Metric(Box::new(diagnostic))
    }
}
