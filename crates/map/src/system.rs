//! The running system, from what detectors saw: components, connections, endpoints, topics and kept data.
//!
//! The steps build on each other: [`parts`] unites deployment and code, [`settings`] knows the values that each part
//! runs with, [`links`] follows addresses, [`offers`] lists what is offered and kept, [`rows`] writes it all down. All
//! of it is pure: rows in, rows out, in an order that depends on nothing but the rows.

mod charts;
mod compose;
mod corrections;
mod facts;
mod knowledge;
mod links;
pub(crate) mod names;
mod offers;
mod parts;
mod rows;
mod settings;
#[cfg(test)]
mod tests;

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;

use crate::catalogue::Catalogue;
use crate::error::MapError;

pub use corrections::{Correction, Says, WORKSPACE};

/// Derives the tables of the map over all repositories of a workspace.
///
/// `said` is what people corrected by hand.
///
/// Needs the source tables and `entry_points` in the session. Rows come sorted by their ids.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn system(
    session: &Session,
    repos: &[String],
    catalogue: &Catalogue,
    said: &[Correction],
) -> Result<Vec<(&'static TableSpec, RecordBatch)>, MapError> {
    let mut facts = facts::Facts::read(session, repos)?;
    facts.read_entries(session, repos)?;
    let mut parts = parts::find(&facts, catalogue);
    let contradicted = corrections::components(said, &mut parts);
    let values = settings::gather(&facts, &parts);
    let endpoints = offers::endpoints(&facts, &parts);
    let mut links = links::find(&facts, catalogue, &mut parts, &values, &endpoints);
    parts::keep_used(&mut parts, links.all.keys().copied());
    links.gaps.extend(contradicted);
    links.gaps.extend(facts.gaps.iter().cloned());
    corrections::connections(said, &parts, &mut links);
    let entities = offers::entities(&facts, &parts, &rows::stores_of(&parts, &links));
    Ok(rows::write(&facts, catalogue, &parts, &links, &endpoints, &entities))
}

/// Text of the rules that the map depends on besides the catalogue.
pub fn system_texts() -> [&'static str; 2] {
    [knowledge::TEXT, offers::PERSONAL_TEXT]
}
