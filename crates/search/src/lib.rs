//! The search index: one box that finds components, endpoints, tables, topics, technologies, teams, words, packages,
//! headings, modules, files and symbols.
//!
//! The index is made from the fact tables alone and belongs to one snapshot: it stands in a folder named by the
//! snapshot's fingerprint, is made at the first search after a scan, and takes the place of those before it. It is made
//! in a temporary folder and renamed, so that it is complete or not there. Ranking happens here and nowhere else: what a
//! page shows is the order of [`Index::search`].

mod entries;
mod error;
mod kind;
mod making;
mod ranking;
mod schema;
mod words;

use std::path::{Path, PathBuf};

use sightline_facts::session::Session;
use tantivy::{IndexReader, ReloadPolicy};

pub use error::SearchError;
pub use kind::Kind;

use schema::Fields;

/// Raised when what is indexed, or how, changes: indexes of other versions are made anew.
const VERSION: u32 = 2;

/// Longest question, in characters; the rest of it is left aside.
const LONGEST_QUERY: usize = 200;

/// Most answers to one question.
pub const MOST_HITS: usize = 1_000;

/// One answer. Its texts come from repositories and are not yet made safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Id of the row, such as `component:orders`.
    pub id: String,
    /// Name by which people know it.
    pub title: String,
    /// One line more: what it is for, or where it belongs.
    pub detail: String,
    /// Repository of its place; empty for words of the glossary.
    pub repo: String,
    /// File of its place, relative to the root of the repository; a folder for modules.
    pub path: String,
    /// Line of its place, counted from 1; 0 where a whole file or folder is meant.
    pub line_start: i64,
    /// What to ask for next: the subject of a page, of `show`, `flow` or `impact`, such as `component:orders`,
    /// `endpoint:orders: POST /orders`, `table:orders/customers`, `topic:orders.paid`, `technology:kafka`, `team:@shop/web`,
    /// `package:npm/express`, `issue:PAY-123`, `pull:shop#12`, `term:commit`, `module:shop:src`, or `file:shop:src/main.rs`.
    pub link_subject: String,
}

/// An index over one snapshot, open for any number of threads.
pub struct Index {
    reader: IndexReader,
    fields: Fields,
    place: PathBuf,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index of the session's snapshot below `folder` (see `Workspace::search_dir`); makes it when it is not
    /// there, and removes those of other snapshots.
    ///
    /// Rows are read in batches and written in parts of a fixed size, so memory does not grow with them. A session over
    /// rows in memory has no snapshot, so its index is made anew each time.
    ///
    /// # Errors
    /// [`SearchError::Facts`] when a table cannot be read, [`SearchError::Index`] when the folder cannot be written or
    /// holds something else.
    pub fn open_or_build(session: &Session, folder: &Path) -> Result<Self, SearchError> {
        let place = making::place(session, folder);
        if session.fingerprint().is_some()
            && let Ok(index) = Self::open(&place)
        {
            return Ok(index);
        }
        making::make(session, folder, &place)?;
        Self::open(&place)
    }

    /// Whether the index of the session's snapshot is there already, so that opening it takes no time.
    pub fn is_built(session: &Session, folder: &Path) -> bool {
        session.fingerprint().is_some() && making::place(session, folder).join("meta.json").is_file()
    }

    fn open(place: &Path) -> Result<Self, SearchError> {
        let failed = |e: tantivy::TantivyError| SearchError::index("open the search index", place, &e);
        let index = tantivy::Index::open_in_dir(place).map_err(failed)?;
        let fields = Fields::of(&index.schema()).map_err(failed)?;
        // A finished index never changes.
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        Ok(Self { reader, fields, place: place.to_path_buf() })
    }

    /// Things that are indexed.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Whether nothing is indexed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The best answers, at most `limit` and never more than [`MOST_HITS`].
    ///
    /// Whole names come first, then beginnings of names (those of the running system before those of documents and code),
    /// then names that have all words (written as `camelCase`,
    /// `snake_case` or a path), then those that have some of them in what is said about them, then names with a letter
    /// wrong (two in words of eight letters or more). Inside each of these, kinds that people ask for first come first
    /// (see [`Kind`]), then short names. The same question has the same answer.
    ///
    /// # Errors
    /// [`SearchError::Index`] when the index is damaged.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<Hit>, SearchError> {
        self.search_kind(query, None, limit)
    }

    /// As [`Index::search`], among things of one kind.
    ///
    /// # Errors
    /// As [`Index::search`].
    pub fn search_kind(&self, query: &str, kind: Option<Kind>, limit: usize) -> Result<Vec<Hit>, SearchError> {
        let query: String = query.chars().take(LONGEST_QUERY).collect();
        ranking::search(&self.reader.searcher(), &self.fields, &query, kind, limit.min(MOST_HITS))
            .map_err(|e| SearchError::index("ask the search index", &self.place, &e))
    }
}
