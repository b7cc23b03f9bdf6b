//! What all row builders share, so that a store or a reader can hold them without knowing the table; and the first rows
//! of an answer.

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

/// The first rows of an answer.
pub fn first_rows(batches: &[RecordBatch], limit: usize) -> Vec<RecordBatch> {
    let mut left = limit;
    let mut taken = Vec::new();
    for batch in batches {
        let n = batch.num_rows().min(left);
        taken.push(batch.slice(0, n));
        left -= n;
    }
    taken
}
