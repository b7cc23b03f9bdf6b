//! Writes one table of one source into one Parquet file whose name is the hash of its bytes.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use datafusion::arrow::compute::BatchCoalescer;
use datafusion::arrow::datatypes::{
    DataType, Float64Type, Int64Type, SchemaRef, TimestampMicrosecondType, ToByteSlice,
};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::FactFile;
use super::flush::Flush;
use crate::error::FactsError;
use crate::spec::TableSpec;

/// Rows handed to the Parquet encoder and given back by its decoder at a time. Always the same number, whatever sizes come in, so that the same
/// rows give the same bytes however the work was cut.
pub(crate) const BATCH_ROWS: usize = 8_192;
/// Rows in a row group: the grain at which queries skip and parallelise.
const GROUP_ROWS: usize = 262_144;

/// Hashes what passes through on its way to the file.
struct HashingFile {
    file: BufWriter<File>,
    hash: blake3::Hasher,
}

impl Write for HashingFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A fact file being written. Dropped before [`TableWriter::finish`], it leaves a temporary file that the next scan
/// removes.
pub struct TableWriter {
    spec: &'static TableSpec,
    folder: PathBuf,
    owner: String,
    temporary: PathBuf,
    parquet: ArrowWriter<HashingFile>,
    coalescer: BatchCoalescer,
    columns: Vec<blake3::Hasher>,
    rows: u64,
    flush: Arc<Flush>,
}

impl std::fmt::Debug for TableWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter").field("table", &self.spec.name).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl TableWriter {
    pub(super) fn create(
        facts: &Path,
        spec: &'static TableSpec,
        owner: &str,
        flush: Arc<Flush>,
    ) -> Result<Self, FactsError> {
        let folder = facts.join(spec.name);
        fs::create_dir_all(&folder).map_err(|e| FactsError::io("create the folder", &folder, e))?;
        let owner = file_safe(owner);
        let temporary = folder.join(format!("{owner}.new-{}", std::process::id()));
        let file = File::create(&temporary).map_err(|e| FactsError::io("create", &temporary, e))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            // A file is one repository's, and mostly one group of rows: no other column tells which of them to skip.
            .set_statistics_enabled(EnabledStatistics::None)
            .set_column_statistics_enabled("repo".into(), EnabledStatistics::Chunk)
            .set_created_by("sightline".to_owned())
            .build();
        let hashing = HashingFile { file: BufWriter::with_capacity(1 << 18, file), hash: blake3::Hasher::new() };
        let parquet =
            ArrowWriter::try_new(hashing, spec.schema(), Some(properties)).map_err(|e| parquet_error(&temporary, e))?;
        let coalescer = BatchCoalescer::new(spec.schema(), BATCH_ROWS);
        let columns = vec![blake3::Hasher::new(); spec.columns.len()];
        Ok(Self { spec, folder, owner, temporary, parquet, coalescer, columns, rows: 0, flush })
    }

    /// The table that is written.
    pub fn spec(&self) -> &'static TableSpec {
        self.spec
    }

    /// Rows taken so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a batch of the table's schema, of any size.
    ///
    /// # Errors
    /// An I/O error, [`FactsError::DiskFull`] among them.
    pub fn write(&mut self, batch: RecordBatch) -> Result<(), FactsError> {
        self.rows += batch.num_rows() as u64;
        self.coalescer.push_batch(batch).map_err(|e| self.arrow_error(&e))?;
        while let Some(full) = self.coalescer.next_completed_batch() {
            self.encode(&full)?;
        }
        Ok(())
    }

    /// Ends the file, gives it its final name and says what a snapshot needs to know of it. That it is on the disk is known
    /// once a snapshot is published.
    ///
    /// # Errors
    /// An I/O error; the file is then not part of any snapshot.
    pub fn finish(mut self) -> Result<FactFile, FactsError> {
        self.coalescer.finish_buffered_batch().map_err(|e| self.arrow_error(&e))?;
        while let Some(rest) = self.coalescer.next_completed_batch() {
            self.encode(&rest)?;
        }
        let temporary = self.temporary;
        let hashing = self.parquet.into_inner().map_err(|e| parquet_error(&temporary, e))?;
        let HashingFile { file, hash } = hashing;
        let file = file.into_inner().map_err(|e| FactsError::io("write", &temporary, e.into_error()))?;
        let hash = hash.finalize().to_hex();
        let name = format!("{}-{}.parquet", self.owner, &hash.as_str()[..16]);
        let path = self.folder.join(&name);
        fs::rename(&temporary, &path).map_err(|e| FactsError::io("rename", &temporary, e))?;
        self.flush.take(file, path)?;
        let columns = self.columns.iter().map(|c| c.finalize().to_hex()[..16].to_owned()).collect();
        Ok(FactFile { file: format!("{}/{name}", self.spec.name), rows: self.rows, spec: self.spec.version, columns })
    }

    /// Hands a batch of the fixed size to the encoder, and to the hash of each column.
    fn encode(&mut self, batch: &RecordBatch) -> Result<(), FactsError> {
        for (hash, column) in self.columns.iter_mut().zip(batch.columns()) {
            absorb(hash, column);
        }
        self.parquet.write(batch).map_err(|e| parquet_error(&self.temporary, e))
    }

    fn arrow_error(&self, error: &datafusion::arrow::error::ArrowError) -> FactsError {
        FactsError::Parquet { doing: "write", path: self.temporary.clone(), detail: error.to_string() }
    }
}

/// Takes the values of a column into its hash. The types are those of specs.
fn absorb(hash: &mut blake3::Hasher, column: &dyn Array) {
    // Rows that were read again may carry a mask of missing values though none is missing; new ones do not.
    let valid: Vec<u8> = match column.nulls().filter(|nulls| nulls.null_count() > 0) {
        Some(nulls) => nulls.iter().map(u8::from).collect(),
        None => Vec::new(),
    };
    hash.update(&column.len().to_le_bytes()).update(&valid);
    match column.data_type() {
        DataType::Utf8 => {
            let text = column.as_string::<i32>();
            let offsets = text.value_offsets();
            let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
            let ends: Vec<u8> = offsets.iter().flat_map(|o| (o - first).to_le_bytes()).collect();
            let bytes = usize::try_from(first).unwrap_or(0)..usize::try_from(last).unwrap_or(0);
            hash.update(&ends).update(&text.value_data()[bytes]);
        }
        DataType::Boolean => {
            let values: Vec<u8> = column.as_boolean().iter().map(|v| u8::from(v.unwrap_or_default())).collect();
            hash.update(&values);
        }
        DataType::Float64 => absorb_numbers(hash, column.as_primitive::<Float64Type>()),
        DataType::Int64 => absorb_numbers(hash, column.as_primitive::<Int64Type>()),
        DataType::Timestamp(..) => absorb_numbers(hash, column.as_primitive::<TimestampMicrosecondType>()),
        other => unreachable!("specs have no column of type {other}"),
    }
}

/// Takes numbers into a hash. What stands in the place of a missing one means nothing and is not always the same.
fn absorb_numbers<T: ArrowPrimitiveType>(hash: &mut blake3::Hasher, column: &PrimitiveArray<T>) {
    if column.null_count() == 0 {
        hash.update(column.values().inner().as_slice());
    } else {
        let values: Vec<T::Native> = column.iter().map(Option::unwrap_or_default).collect();
        hash.update(values.to_byte_slice());
    }
}

fn parquet_error(path: &Path, error: ParquetError) -> FactsError {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(io) => FactsError::io("write", path, *io),
            Err(other) => FactsError::Parquet { doing: "write", path: path.to_path_buf(), detail: other.to_string() },
        },
        other => FactsError::Parquet { doing: "write", path: path.to_path_buf(), detail: other.to_string() },
    }
}

/// Writes an answer to a Parquet file of the user's choice.
///
/// # Errors
/// An I/O error, or a column type that Parquet does not know.
pub fn write_parquet(path: &Path, schema: SchemaRef, batches: &[RecordBatch]) -> Result<(), FactsError> {
    let file = File::create(path).map_err(|e| FactsError::io("create", path, e))?;
    let mut writer = ArrowWriter::try_new(file, schema, None).map_err(|e| parquet_error(path, e))?;
    for batch in batches {
        writer.write(batch).map_err(|e| parquet_error(path, e))?;
    }
    writer.close().map(drop).map_err(|e| parquet_error(path, e))
}

/// An answer as the bytes of a Parquet file.
///
/// # Errors
/// A column type that Parquet does not know.
pub fn parquet_bytes(schema: SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, FactsError> {
    let place = Path::new("answer.parquet");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None).map_err(|e| parquet_error(place, e))?;
    for batch in batches {
        writer.write(batch).map_err(|e| parquet_error(place, e))?;
    }
    writer.close().map_err(|e| parquet_error(place, e))?;
    Ok(bytes)
}

/// A name of a source as part of a file name.
fn file_safe(name: &str) -> String {
    let mut safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .take(80)
        .collect();
    if safe != name || safe.starts_with('.') {
        // Two names that differ only in what was replaced must not share a file.
        let hash = blake3::hash(name.as_bytes()).to_hex();
        safe = format!("x{safe}-{}", &hash.as_str()[..8]);
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array};
    use datafusion::arrow::buffer::NullBuffer;

    use super::absorb;

    fn hash(column: &ArrayRef) -> String {
        let mut hash = blake3::Hasher::new();
        absorb(&mut hash, column);
        hash.finalize().to_hex().to_string()
    }

    #[test]
    fn columns_with_the_same_values_have_the_same_hash_however_they_were_made() {
        // What stands in the place of a missing value, and a mask that hides nothing, come from whoever made the column.
        let numbers = |values: [i64; 2], seen: [bool; 2]| -> ArrayRef {
            Arc::new(Int64Array::new(values.to_vec().into(), Some(NullBuffer::from(seen.to_vec()))))
        };
        let bits = |values: [bool; 2], seen: [bool; 2]| -> ArrayRef {
            Arc::new(BooleanArray::new(values.to_vec().into(), Some(NullBuffer::from(seen.to_vec()))))
        };
        let plain: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        assert_eq!(hash(&plain), hash(&numbers([1, 2], [true, true])));
        assert_eq!(hash(&numbers([1, 0], [true, false])), hash(&numbers([1, 9], [true, false])));
        assert_eq!(hash(&bits([true, false], [true, false])), hash(&bits([true, true], [true, false])));
        assert_ne!(
            hash(&numbers([1, 0], [true, false])),
            hash(&numbers([1, 0], [true, true])),
            "missing is not nought"
        );
        assert_ne!(hash(&plain), hash(&numbers([1, 3], [true, true])));
    }
}
