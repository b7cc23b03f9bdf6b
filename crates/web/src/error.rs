//! What keeps the web app from starting.

use std::net::SocketAddr;
use std::path::PathBuf;

/// An error that stops the server. What goes wrong with one page is said on that page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// The address cannot be used.
    #[error(
        "could not listen on `{address}`: {source}\nhelp: choose another port with `--port`, or 0 for any that is free"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Others could reach it and nobody said who may.
    #[error(
        "`{address}` can be reached by others, and nobody says who may look\nhelp: list them in a file and name it with `--users FILE`:\n  [[user]]\n  name = \"ana\"\n  role = \"editor\"   # or \"reader\", who may not correct, scan or save\n  token = \"…\"       # at least 24 letters and digits, different for each"
    )]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// The file of users is no good.
    #[error("`{path}`: {detail}\nhelp: write `[[user]]` tables with `name`, `role` (reader or editor) and `token`")]
    Users {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The system gave no randomness for tokens.
    #[error("the system gave no random numbers for tokens: {0}")]
    Random(String),
    /// The server could not be run.
    #[error("could not serve: {0}")]
    Serve(#[from] std::io::Error),
}
