//! Measures: every number is a query.
//!
//! A metric is a file of the data room `metrics/`: SQL with a question, a unit, a definition and its source
//! ([`metrics`] loads ours and a user's own). [`run`] asks them all, [`rows_behind`] shows what one value stands on and
//! [`left_out`] what none of them counts.
//! What SQL says badly is a pure function here: [`hotspots`], [`coupling`] and [`calendar`]. Nothing is worded and no file is read.

mod behind;
mod calendar;
mod coupling;
mod error;
mod hotspots;
mod items_at;
mod left_out;
mod metric;
mod query;
mod reads;
mod reference;
mod run;
mod shared;

#[cfg(test)]
mod golden;

mod room {
    //! The data room, as the build script listed it.
    include!(concat!(env!("OUT_DIR"), "/room.rs"));
}

pub use behind::{Behind, behind};
pub use calendar::{Calendar, calendar};
pub use coupling::{Change, Coupling, CouplingConfig, Pair, change_coupling, coupling};
pub use error::MeasureError;
pub use hotspots::hotspots;
pub use items_at::{ITEMS_AT, ItemAt, items_at};
pub use left_out::{LeftOut, left_out};
pub use metric::{Better, Metric, metrics};
pub use reads::{asks_of_nothing, reads};
pub use reference::reference;
pub use run::{Run, rows_behind, run};
pub use shared::hold_shared;
pub use sightline_facts::Diagnostic;
