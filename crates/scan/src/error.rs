//! What can stop a scan.

use sightline_facts::FactsError;
use sightline_read::git::GitError;

/// An error that stops a scan. The facts of the scan before are unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The store or SQL.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// A repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A live source.
    #[error(transparent)]
    Connect(sightline_connect::ConnectError),
    /// The map.
    #[error(transparent)]
    Map(#[from] sightline_map::MapError),
    /// A metric.
    #[error(transparent)]
    Measure(#[from] sightline_measure::MeasureError),
    /// Forecasts or warnings could not be made.
    #[error(transparent)]
    Plan(#[from] sightline_plan::PlanError),
    /// A section of the report.
    #[error(transparent)]
    Tell(#[from] sightline_tell::TellError),
    /// The path is a file, and its first record is none of a tracker's export.
    #[error(
        "`{path}` is a file, and not an export that Sightline knows\nhelp: give a repository or folder, or an export of issues, releases, pipelines or incidents: JSON lines, a JSON array, or CSV with columns for key and creation (`sightline scan --help` lists them)"
    )]
    UnknownFile {
        /// The path.
        path: String,
    },
    /// `sightline.toml` is wrong.
    #[error("{0}")]
    Settings(String),
    /// The user stopped it.
    #[error(
        "stopped; the facts of the scan before are unchanged\nhelp: the same command goes on from what has not changed"
    )]
    Stopped,
}

impl From<sightline_connect::ConnectError> for ScanError {
    fn from(error: sightline_connect::ConnectError) -> Self {
        match error {
            sightline_connect::ConnectError::Stopped => Self::Stopped,
            other => Self::Connect(other),
        }
    }
}

impl From<sightline_read::scan::ScanError> for ScanError {
    fn from(error: sightline_read::scan::ScanError) -> Self {
        use sightline_read::scan::ScanError as Inner;
        match error {
            Inner::Facts(e) => Self::Facts(e),
            Inner::Git(GitError::Stopped) | Inner::Stopped => Self::Stopped,
            Inner::Git(e) => Self::Git(e),
            other => Self::Settings(other.to_string()),
        }
    }
}
