//! The join of program and system: which commits and pull requests belong to which work items, and which parts of the
//! system they changed. Pure functions over rows; nothing is worded.
//!
//! 1. **Repositories** (`repositories`): whose work a data set holds, by addresses, by commits that both know, by issue
//!    keys in messages, by names.
//! 2. **History** (`history`): through which merge each commit came in.
//! 3. **Links** (`links`): what tracker, messages, branch names and merges say, each link once with the strongest rule.
//! 4. **Parts** (`parts`): from links over changed files to components and modules.
//!
//! A number says nothing without its repository, and a commit cannot be work on an item that was opened after it: both
//! are checked for every reference. What only names an item stays a mention and changes no figure.

mod dependencies;
mod history;
mod items;
mod links;
mod order;
mod parts;
mod people;
mod pulls;
mod repositories;
#[cfg(test)]
mod tests;

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::{tracker_repositories, work_components, work_links};

use crate::error::MapError;

pub use dependencies::dependencies;
pub use people::{Person, people};

/// Derives `tracker_repositories`, `work_links` and `work_components`. Without a tracker's data set all are empty, and
/// no history is read.
///
/// # Errors
/// [`MapError`] when a table cannot be read.
pub fn work(session: &Session) -> Result<Vec<(&'static TableSpec, RecordBatch)>, MapError> {
    let items = items::Items::read(session)?;
    let histories = if items.all.is_empty() { Vec::new() } else { history::read(session)? };
    let shas = items::Shas::read(session, &items)?;
    let pairs = repositories::pair(session, &items, &histories, &shas)?;
    let links = links::links(session, &items, &histories, &shas, &pairs)?;
    Ok(vec![
        (&tracker_repositories::SPEC, repositories::rows(&items, &histories, &pairs)),
        (&work_links::SPEC, links::rows(&items, &histories, &links)),
        (&work_components::SPEC, parts::parts(session, &items, &histories, &pairs, &links)?),
    ])
}
