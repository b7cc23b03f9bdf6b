//! What can go wrong with the index.

use std::path::{Path, PathBuf};

use sightline_facts::FactsError;

/// An error of the search index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A table could not be read.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The index could not be made, opened or asked.
    #[error("could not {doing} `{}`: {detail}\nhelp: the index is made anew after `{}` is removed", path.display(), path.display())]
    Index {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The index's folder.
        path: PathBuf,
        /// Why, in the engine's words.
        detail: String,
    },
}

impl SearchError {
    pub(crate) fn index(doing: &'static str, path: &Path, error: &dyn std::fmt::Display) -> Self {
        Self::Index { doing, path: path.to_path_buf(), detail: error.to_string() }
    }
}
