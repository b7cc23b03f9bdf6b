//! What can go wrong between a query and the disk.

use std::path::{Path, PathBuf};

/// An error of the store or of SQL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// A file of the workspace could not be read or written.
    #[error("could not {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The disk is full.
    #[error("the disk that holds `{}` is full; what was there before the scan is unchanged\nhelp: free some space, or choose another place with `--workspace DIR`", path.display())]
    DiskFull {
        /// The file that could not be written.
        path: PathBuf,
    },
    /// The workspace cannot be written.
    #[error("the workspace `{}` cannot be written: {source}\nhelp: choose another place with `--workspace DIR`", path.display())]
    ReadOnly {
        /// The workspace.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No scan has finished in this workspace.
    #[error("the workspace `{}` holds no facts yet\nhelp: `sightline scan PATH` reads a repository into it", path.display())]
    NothingScanned {
        /// The workspace.
        path: PathBuf,
    },
    /// The snapshot file is not one of ours.
    #[error("`{}` is not a snapshot that this version can read: {detail}\nhelp: move it away and scan again; the facts are made anew from the sources", path.display())]
    BadSnapshot {
        /// The snapshot file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Another scan holds the workspace.
    #[error("another scan is writing to `{}` ({holder})\nhelp: wait until it is done, or choose another place with `--workspace DIR`", path.display())]
    Busy {
        /// The workspace.
        path: PathBuf,
        /// Who holds it, as that process said.
        holder: String,
    },
    /// A Parquet file could not be read or written.
    #[error("could not {doing} the fact file `{}`: {detail}", path.display())]
    Parquet {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A query is wrong or failed.
    #[error("{detail}")]
    Sql {
        /// The engine's message, in one paragraph.
        detail: String,
    },
    /// A query took longer than it may.
    #[error("the question was given up after {seconds} seconds\nhelp: ask for fewer rows, or narrow it with `where`")]
    TooLong {
        /// Seconds that it was allowed.
        seconds: f64,
    },
    /// Nobody waits for the answer any more.
    #[error("the question was stopped")]
    Stopped,
    /// A query would write.
    #[error(
        "only questions are answered here: this statement would change something\nhelp: start it with `select`, `with`, `show` or `describe`"
    )]
    NotReadOnly,
}

impl FactsError {
    /// Wraps an I/O error, telling a full disk and a read-only place from the rest.
    pub fn io(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path: path.to_path_buf() },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path: path.to_path_buf(), source },
            _ => Self::Io { doing, path: path.to_path_buf(), source },
        }
    }
}
