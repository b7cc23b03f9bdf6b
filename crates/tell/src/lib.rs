//! The room that says it: rows become claims, claims become a typed document, and a document becomes terminal text,
//! Markdown, JSON or one self-contained HTML file. [`export`] writes the map for other tools.
//!
//! What a page says is data: `sections/<id>.toml` holds its question, its queries and its sentences with typed places.
//! No figure is computed here. [`claims`] asks the facts, [`Report::rows`] hands the sentences to the store, and
//! [`load`] shows stored sentences again without asking for each of them.

pub mod address;
mod again;
pub mod answers;
pub mod cell;
pub mod document;
mod engine;
mod error;
pub mod export;
pub mod glossary;
pub mod host;
mod naming;
pub mod narrow;
pub mod page;
pub mod render;
pub mod section;
pub mod since;
mod store;
pub mod template;
pub mod text;
pub mod words;

use sightline_facts::session::Session;

pub use again::{Asked, Earlier, asked, sentences};
pub use document::Report;
pub use error::TellError;

use engine::{Engine, Scope};
use store::Stored;

/// Asks the facts everything and makes the whole report, tables and pictures included.
///
/// # Errors
/// A section file or one of its queries is wrong; broken repositories are not an error.
pub fn claims(session: &Session) -> Result<Report, TellError> {
    Ok(Engine::over(session).report(section::all()?, Scope::Whole, None)?.with_reasons_once())
}

/// As [`claims`], from sections of the caller's own.
///
/// # Errors
/// As [`claims`].
pub fn claims_of(session: &Session, sections: &[section::SectionFile]) -> Result<Report, TellError> {
    Ok(Engine::over(session).report(sections, Scope::Whole, None)?.with_reasons_once())
}

/// A page that is asked for, of a session that others may ask at the same time.
fn asked_for(session: &Session, file: &section::SectionFile) -> Result<Report, TellError> {
    Ok(Engine::over(session).in_full().report(std::slice::from_ref(file), Scope::Whole, None)?.with_reasons_once())
}

/// Makes the report from stored sentences and asks only for its tables and pictures.
///
/// # Errors
/// As [`claims`].
pub fn load(session: &Session) -> Result<Report, TellError> {
    let stored = Stored::read(session, None)?;
    Ok(Engine::over(session).report(section::all()?, Scope::Whole, stored)?.with_reasons_once())
}

/// As [`load`], for one section: the fast way to answer `overview`, `stack` and the like.
///
/// # Errors
/// [`TellError::NoSection`] for an unknown id; otherwise as [`claims`].
pub fn load_section(session: &Session, id: &str) -> Result<Report, TellError> {
    let file = section::find(id)?;
    let stored = Stored::read(session, Some(id))?;
    Ok(Engine::over(session).report(std::slice::from_ref(file), Scope::Whole, stored)?.with_reasons_once())
}

/// One stored sentence by its id, with what it stands on; `None` when no section says it.
///
/// # Errors
/// The stored sentences cannot be read.
pub fn claim(session: &Session, id: &str) -> Result<Option<document::Claim>, TellError> {
    store::one(session, id)
}

/// What was read: the header of every page.
///
/// # Errors
/// The table `sources` cannot be read.
pub fn sources(session: &Session) -> Result<Vec<document::Source>, TellError> {
    Engine::over(session).sources()
}

/// What people call what was read: the name of its README or manifest, else that of its source, else how many there are.
///
/// # Errors
/// The facts cannot be read.
pub fn title(session: &Session) -> Result<String, TellError> {
    let mut engine = Engine::over(session);
    let sources = engine.sources()?;
    Ok(engine.named(Report { sources, sections: Vec::new() })?.title())
}

/// All section files as one text: stored sentences are stale when it changes.
pub fn fingerprint() -> String {
    format!("{}{}", section::SHARED, section::FILES.concat())
}

impl Report {
    /// The same as [`load`].
    ///
    /// # Errors
    /// As [`claims`].
    pub fn load(session: &Session) -> Result<Self, TellError> {
        load(session)
    }
}
