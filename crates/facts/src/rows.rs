//! What all row builders share, so that a store or a reader can hold them without knowing the table.

use datafusion::arrow::array::RecordBatch;

use crate::spec::TableSpec;

/// A builder of rows of one table.
pub trait RowBuilder: Send {
    /// The table it builds.
    fn spec(&self) -> &'static TableSpec;
    /// Rows held since the last [`RowBuilder::finish`].
    fn len(&self) -> usize;
    /// Whether it holds no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Hands out the rows held so far as one batch and starts anew.
    fn finish(&mut self) -> RecordBatch;
}
