//! Copies the rows of unchanged files from an earlier scan and puts those of new files between them, in the order of
//! paths.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use sightline_facts::FactsError;
use sightline_facts::arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use sightline_facts::arrow::compute::filter_record_batch;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{FactFile, Workspace};

/// Puts one value in a column of text for all rows.
pub(super) fn with_text(batch: &RecordBatch, column: &str, values: StringArray) -> RecordBatch {
    let Ok(index) = batch.schema().index_of(column) else { return batch.clone() };
    let mut columns = batch.columns().to_vec();
    columns[index] = Arc::new(values);
    RecordBatch::try_new(batch.schema(), columns).expect("the new column has the length and type of the one before")
}

/// The column of paths.
pub(super) fn paths(batch: &RecordBatch) -> &StringArray {
    batch.column_by_name("path").expect("tables of the tree have a path").as_string::<i32>()
}

/// Rows of unchanged files in an old fact file, with the new commit in their evidence.
pub(super) fn kept(
    workspace: &Workspace,
    files: &[FactFile],
    unchanged: &FxHashSet<String>,
    commit: Option<&str>,
    each: &mut dyn FnMut(RecordBatch) -> Result<(), FactsError>,
) -> Result<(), FactsError> {
    for file in files {
        for batch in workspace.read(file)? {
            let batch = batch?;
            let mask = of_files(paths(&batch), unchanged);
            let rest = if mask.true_count() == batch.num_rows() {
                batch
            } else {
                filter_record_batch(&batch, &mask).expect("the mask has the batch's length")
            };
            if rest.num_rows() > 0 {
                let commits: StringArray = std::iter::repeat_n(commit, rest.num_rows()).collect();
                each(with_text(&rest, "commit", commits))?;
            }
        }
    }
    Ok(())
}

/// Which rows belong to some files. Rows of a file stand together, so one look-up for all of them does.
fn of_files(paths: &StringArray, files: &FxHashSet<String>) -> BooleanArray {
    let mut before: Option<(&str, bool)> = None;
    let kept = paths.iter().map(|path| match (path, before) {
        (Some(path), Some((same, is_kept))) if path == same => is_kept,
        (Some(path), _) => {
            let is_kept = files.contains(path);
            before = Some((path, is_kept));
            is_kept
        }
        (None, _) => false,
    });
    kept.map(Some).collect()
}

/// Interleaves rows of unchanged and of new files; both come in the order of paths and share no path.
pub(super) struct Interleave {
    new: Vec<RecordBatch>,
    batch: usize,
    row: usize,
}

impl Interleave {
    /// Starts with the rows of new files.
    pub(super) fn new(new: Vec<RecordBatch>) -> Self {
        Self { new, batch: 0, row: 0 }
    }

    /// The path of the next new row.
    fn next_path(&mut self) -> Option<&str> {
        while self.new.get(self.batch).is_some_and(|b| self.row >= b.num_rows()) {
            (self.batch, self.row) = (self.batch + 1, 0);
        }
        self.new.get(self.batch).map(|b| paths(b).value(self.row))
    }

    /// Hands out rows of new files up to a path, or all.
    fn new_before(
        &mut self,
        limit: Option<&str>,
        each: &mut dyn FnMut(RecordBatch) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        while let Some(path) = self.next_path() {
            if limit.is_some_and(|limit| path >= limit) {
                break;
            }
            let batch = &self.new[self.batch];
            let end = limit.map_or(batch.num_rows(), |limit| first_at_or_after(paths(batch), self.row, limit));
            each(batch.slice(self.row, end - self.row))?;
            self.row = end;
        }
        Ok(())
    }

    /// Hands out a batch of unchanged files with the new rows that belong before and between its own.
    pub(super) fn old(
        &mut self,
        batch: &RecordBatch,
        each: &mut dyn FnMut(RecordBatch) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        let old_paths = paths(batch).clone();
        let mut at = 0;
        while at < old_paths.len() {
            self.new_before(Some(old_paths.value(at)), each)?;
            let end = match self.next_path() {
                Some(next) => first_at_or_after(&old_paths, at, next),
                None => old_paths.len(),
            };
            each(batch.slice(at, end - at))?;
            at = end;
        }
        Ok(())
    }

    /// Hands out the new rows that are left.
    pub(super) fn finish(
        mut self,
        each: &mut dyn FnMut(RecordBatch) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        self.new_before(None, each)
    }
}

/// The first row from `from` on whose path is not before `limit`.
fn first_at_or_after(paths: &StringArray, from: usize, limit: &str) -> usize {
    let (mut low, mut high) = (from, paths.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if paths.value(middle) < limit { low = middle + 1 } else { high = middle }
    }
    low
}

/// All rows of a table after a scan: old ones that stay and new ones, in order.
pub(super) fn merged(
    workspace: &Workspace,
    spec: &'static TableSpec,
    old: Option<(&[FactFile], &FxHashSet<String>)>,
    new: Vec<RecordBatch>,
    commit: Option<&str>,
    each: &mut dyn FnMut(RecordBatch) -> Result<(), FactsError>,
) -> Result<(), FactsError> {
    let mut interleave = Interleave::new(new);
    if let Some((files, unchanged)) = old {
        let readable: Vec<FactFile> = files.iter().filter(|f| f.spec == spec.version).cloned().collect();
        kept(workspace, &readable, unchanged, commit, &mut |batch| interleave.old(&batch, each))?;
    }
    interleave.finish(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::files::{FileRow, FilesBuilder};

    fn files(paths: &[&str]) -> RecordBatch {
        let mut rows = FilesBuilder::default();
        for path in paths {
            rows.push(&FileRow { path, ..FileRow::default() });
        }
        rows.finish()
    }

    #[test]
    fn new_rows_stand_where_their_paths_belong() {
        let check = |old: &[&[&str]], new: &[&[&str]], expect: &[&str]| {
            let mut seen = Vec::new();
            let mut each = |batch: RecordBatch| {
                seen.extend(paths(&batch).iter().flatten().map(str::to_owned));
                Ok(())
            };
            let mut interleave = Interleave::new(new.iter().map(|b| files(b)).collect());
            for batch in old {
                interleave.old(&files(batch), &mut each).unwrap();
            }
            interleave.finish(&mut each).unwrap();
            assert_eq!(seen, expect);
        };
        check(&[], &[], &[]);
        check(&[&["b", "b", "d"]], &[], &["b", "b", "d"]);
        check(&[], &[&["a"], &[], &["c"]], &["a", "c"]);
        check(
            &[&["b", "b", "d"], &["e", "h"]],
            &[&["a", "c", "c"], &["f"], &["z"]],
            &["a", "b", "b", "c", "c", "d", "e", "f", "h", "z"],
        );
    }
}
