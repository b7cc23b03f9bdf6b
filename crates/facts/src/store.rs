//! The workspace on disk: Parquet files and one `snapshot.json` that names those which count.
//!
//! A scan writes new files beside the old ones and then replaces `snapshot.json` by one atomic rename, so a reader
//! sees the old snapshot or the new one and nothing between. Files of the snapshot before the latest stay until the
//! next scan, since a reader may have just opened it.

mod flush;
mod lock;
mod snapshot;
mod writer;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use flush::Flush;
pub use lock::ScanLock;
pub use snapshot::{FactFile, SNAPSHOT_VERSION, Snapshot, SourceState};
pub use writer::{TableWriter, parquet_bytes, write_parquet};

pub(crate) use self::writer::BATCH_ROWS;
use crate::error::FactsError;
use crate::spec::TableSpec;

/// Name of derived tables' owner in file names: they belong to the workspace, not to one source.
pub const DERIVED: &str = "_derived";

/// A folder that holds facts, and perhaps `sightline.toml` and the user's own rules and metrics.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    /// Fact files on their way to the disk.
    flush: Arc<Flush>,
}

impl Workspace {
    /// The workspace at a folder. Nothing is read or made yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), flush: Arc::default() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder for what Sightline makes: facts, clones, caches.
    pub fn state_dir(&self) -> PathBuf {
        self.root.join(".sightline")
    }

    /// Where clones of URLs are kept.
    pub fn clones_dir(&self) -> PathBuf {
        self.state_dir().join("clones")
    }

    /// Where downloads of live sources are kept, a folder for each.
    pub fn sources_dir(&self) -> PathBuf {
        self.state_dir().join("sources")
    }

    /// Where search indexes are kept, one folder for each snapshot that was searched.
    pub fn search_dir(&self) -> PathBuf {
        self.state_dir().join("search")
    }

    fn facts_dir(&self) -> PathBuf {
        self.state_dir().join("facts")
    }

    fn snapshot_path(&self) -> PathBuf {
        self.state_dir().join("snapshot.json")
    }

    /// Makes the folders that a scan needs.
    ///
    /// # Errors
    /// [`FactsError::ReadOnly`] when the place cannot be written.
    pub fn create(&self) -> Result<(), FactsError> {
        let facts = self.facts_dir();
        fs::create_dir_all(&facts).map_err(|e| self.write_error("create the folder", &facts, e))?;
        // Facts are made anew by a scan, so nobody wants them in version control.
        let ignore = self.state_dir().join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(|e| self.write_error("write", &ignore, e))?;
        }
        Ok(())
    }

    fn write_error(&self, doing: &'static str, path: &Path, source: std::io::Error) -> FactsError {
        if source.kind() == std::io::ErrorKind::PermissionDenied {
            FactsError::ReadOnly { path: self.root.clone(), source }
        } else {
            FactsError::io(doing, path, source)
        }
    }

    /// Takes the workspace for writing; one scan at a time.
    ///
    /// # Errors
    /// [`FactsError::Busy`] when another scan holds it and `wait` says not to wait.
    pub fn lock(&self, wait: &mut dyn FnMut(&str) -> bool) -> Result<ScanLock, FactsError> {
        self.create()?;
        ScanLock::take(&self.root, &self.state_dir().join("lock"), wait)
    }

    /// The latest complete snapshot, `None` before the first scan.
    ///
    /// # Errors
    /// [`FactsError::BadSnapshot`] when the file is damaged or of a later version.
    pub fn snapshot(&self) -> Result<Option<Snapshot>, FactsError> {
        Snapshot::load(&self.snapshot_path())
    }

    /// Waits until all fact files are on the disk, replaces the snapshot by one atomic rename, then removes fact files that
    /// neither it nor the one before names.
    ///
    /// # Errors
    /// An I/O error leaves the earlier snapshot in place.
    pub fn publish(&self, lock: &ScanLock, mut next: Snapshot) -> Result<(), FactsError> {
        debug_assert!(lock.holds(&self.root), "only the holder of the lock publishes");
        self.flush.wait()?;
        next.previous = self.snapshot()?.map(|old| old.files().map(|f| f.file.clone()).collect()).unwrap_or_default();
        next.save(&self.snapshot_path())?;
        self.sweep(&next);
        Ok(())
    }

    /// Removes what no snapshot names: leftovers of killed scans and files of snapshots before the last.
    /// A file that cannot be removed is no error; the next sweep tries again.
    fn sweep(&self, snapshot: &Snapshot) {
        let named: std::collections::BTreeSet<&str> =
            snapshot.files().map(|f| f.file.as_str()).chain(snapshot.previous.iter().map(String::as_str)).collect();
        let Ok(tables) = fs::read_dir(self.facts_dir()) else { return };
        for table in tables.flatten() {
            let Ok(files) = fs::read_dir(table.path()) else { continue };
            for file in files.flatten() {
                let relative =
                    format!("{}/{}", table.file_name().to_string_lossy(), file.file_name().to_string_lossy());
                if !named.contains(relative.as_str()) {
                    drop(fs::remove_file(file.path()));
                }
            }
        }
    }

    /// Opens a writer for one table of one source (or of [`DERIVED`]).
    ///
    /// # Errors
    /// An I/O error when the file cannot be made.
    pub fn writer(&self, spec: &'static TableSpec, owner: &str) -> Result<TableWriter, FactsError> {
        TableWriter::create(&self.facts_dir(), spec, owner, Arc::clone(&self.flush))
    }

    /// The absolute path of a fact file named by a snapshot.
    pub fn path_of(&self, file: &FactFile) -> PathBuf {
        self.facts_dir().join(&file.file)
    }

    /// Reads the batches of one fact file, in order.
    ///
    /// # Errors
    /// [`FactsError::Parquet`] when the file is missing or damaged.
    pub fn read(
        &self,
        file: &FactFile,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, FactsError>> + use<>, FactsError> {
        self.read_with(file, None)
    }

    /// As [`Workspace::read`], of some columns, which come in the order of the table's.
    ///
    /// # Errors
    /// As [`Workspace::read`].
    pub fn read_columns(
        &self,
        file: &FactFile,
        columns: &[usize],
    ) -> Result<impl Iterator<Item = Result<RecordBatch, FactsError>> + use<>, FactsError> {
        self.read_with(file, Some(columns))
    }

    fn read_with(
        &self,
        file: &FactFile,
        columns: Option<&[usize]>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, FactsError>> + use<>, FactsError> {
        let path = self.path_of(file);
        let parquet = |detail: String| FactsError::Parquet { doing: "read", path: path.clone(), detail };
        let handle = fs::File::open(&path).map_err(|e| FactsError::io("open", &path, e))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(handle)
            .and_then(|b| {
                let columns = columns.map(|c| ProjectionMask::roots(b.parquet_schema(), c.iter().copied()));
                b.with_batch_size(writer::BATCH_ROWS).with_projection(columns.unwrap_or(ProjectionMask::all())).build()
            })
            .map_err(|e| parquet(e.to_string()))?;
        let path = path.clone();
        Ok(reader.map(move |batch| {
            batch.map_err(|e| FactsError::Parquet { doing: "read", path: path.clone(), detail: e.to_string() })
        }))
    }
}
