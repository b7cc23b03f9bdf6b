//! The room that everything else stands on: fact tables with documented columns, the Parquet store that keeps them,
//! and the one door to SQL. It knows no source and no report.
//!
//! Everything Sightline learns is a row in one of [`tables::ALL`]. Readers fill row builders, a [`store::Workspace`]
//! keeps them on disk in snapshots that are complete or not there at all, and a [`session::Session`] answers SQL
//! over a snapshot.

pub mod diagnostic;
pub mod error;
pub mod rows;
pub mod secrets;
pub mod session;
pub mod spec;
pub mod store;
pub mod table;
pub mod tables;
pub mod time;

/// Arrow's arrays, as DataFusion re-exports them: the only Arrow in the tree.
pub mod arrow {
    pub use datafusion::arrow::*;
    /// Record batches and arrays.
    pub mod array {
        pub use datafusion::arrow::array::*;
        pub use datafusion::arrow::record_batch::RecordBatch;
    }
}

pub use diagnostic::Diagnostic;
pub use error::FactsError;
pub use rows::RowBuilder;
