//! `snapshot.json`: which fact files count, what they were made from and by what.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::FactsError;

/// Version of the snapshot format. A later one is refused, an earlier one means a full scan.
pub const SNAPSHOT_VERSION: u32 = 1;

/// One Parquet file of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactFile {
    /// Path below the facts folder: `<table>/<owner>-<content hash>.parquet`.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
    /// Version of the table's spec at the time of writing.
    pub spec: u32,
    /// Hash of each column's values, in the order of the spec: what does not read a column that changed, or reads no
    /// other rows, need not be asked again. Empty in snapshots of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// What is known of one source: how to find it again and what was read of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// Name of the source: the `repo` of its rows.
    pub name: String,
    /// What the user gave, made absolute: a folder or a URL.
    pub location: String,
    /// Folder from which lines can be read again: the checkout, bare clone or plain folder.
    pub folder: String,
    /// `git`, `worktree`, `folder` or `tracker`.
    pub kind: String,
    /// The revision that was asked for, when not the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_revision: Option<String>,
    /// Commit that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Hash of everything the tree's rows depend on besides the blobs: readers' versions, rules, options.
    pub reader_hash: String,
    /// The same for rows of history.
    pub history_hash: String,
    /// For a tracker's export, the names of its files below `folder` and the hash of each one's bytes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exports: BTreeMap<String, String>,
    /// Hash of the list of tags.
    #[serde(default)]
    pub tags_hash: String,
    /// When it was read, RFC 3339. Not in any table, so that the same input gives the same bytes.
    pub read_at: String,
    /// Fact files by table; history may have several, oldest part last.
    pub tables: BTreeMap<String, Vec<FactFile>>,
}

/// One complete state of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`SNAPSHOT_VERSION`] of the writer.
    pub version: u32,
    /// Sources by name.
    pub sources: BTreeMap<String, SourceState>,
    /// Fact files of derived tables.
    #[serde(default)]
    pub derived: BTreeMap<String, Vec<FactFile>>,
    /// Hash of everything the derived tables depend on besides the sources.
    #[serde(default)]
    pub derived_hash: String,
    /// The same for each part of the derived tables, such as `metric/churn`, so that a part can be kept.
    #[serde(default)]
    pub derived_keys: BTreeMap<String, String>,
    /// Of each derived step, the columns that its questions can read, by table and position.
    #[serde(default)]
    pub derived_reads: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    /// Files of the snapshot before this one, which a reader may still have open.
    #[serde(default)]
    pub previous: Vec<String>,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            version: SNAPSHOT_VERSION,
            sources: BTreeMap::new(),
            derived: BTreeMap::new(),
            derived_hash: String::new(),
            derived_keys: BTreeMap::new(),
            derived_reads: BTreeMap::new(),
            previous: Vec::new(),
        }
    }
}

impl Snapshot {
    /// Every fact file of this snapshot.
    pub fn files(&self) -> impl Iterator<Item = &FactFile> {
        self.sources.values().flat_map(|s| s.tables.values()).chain(self.derived.values()).flatten()
    }

    /// The fact files of one table, over all sources.
    pub fn files_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a FactFile> + 'a {
        self.sources
            .values()
            .filter_map(move |s| s.tables.get(table))
            .chain(self.derived.get(table))
            .flatten()
            .filter(|f| f.rows > 0)
    }

    /// What tells the facts of this snapshot from those of all others: a hash of its files' names, which are hashes of
    /// their content, with the versions of their specs. 32 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut names: Vec<(&str, u32)> = self.files().map(|f| (f.file.as_str(), f.spec)).collect();
        names.sort_unstable();
        let mut hash = blake3::Hasher::new();
        for (name, spec) in names {
            hash.update(name.as_bytes()).update(&[0]).update(&spec.to_le_bytes());
        }
        hash.finalize().to_hex()[..32].to_owned()
    }

    pub(super) fn load(path: &Path) -> Result<Option<Self>, FactsError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(FactsError::io("read", path, e)),
        };
        let bad = |detail: String| FactsError::BadSnapshot { path: path.to_path_buf(), detail };
        let snapshot: Self = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
        if snapshot.version > SNAPSHOT_VERSION {
            return Err(bad(format!(
                "it has version {}, and this program reads up to {SNAPSHOT_VERSION}",
                snapshot.version
            )));
        }
        // The names come from a file that others may have edited; they must stay below the facts folder.
        if let Some(file) = snapshot.files().find(|f| f.file.contains("..") || f.file.starts_with('/')) {
            return Err(bad(format!("it names a file outside the workspace: `{}`", file.file)));
        }
        Ok(Some(snapshot))
    }

    pub(super) fn save(&self, path: &Path) -> Result<(), FactsError> {
        let temporary = path.with_extension("json.new");
        let json = serde_json::to_vec_pretty(self)
            .map_err(|e| FactsError::BadSnapshot { path: path.to_path_buf(), detail: e.to_string() })?;
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(&json)?;
            file.sync_all()?;
            fs::rename(&temporary, path)?;
            // The rename itself must survive a power cut too.
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|e| {
            fs::remove_file(&temporary).ok();
            FactsError::io("write", path, e)
        })
    }
}
