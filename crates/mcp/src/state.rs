//! What the server holds between questions: the facts of the latest snapshot, the map and the index over them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sightline_facts::FactsError;
use sightline_facts::session::{Limits, Session};
use sightline_facts::store::Snapshot;
use sightline_map::SystemMap;
use sightline_measure::Metric;
use sightline_search::Index;

use crate::Config;
use crate::error::ToolError;

/// One snapshot and what was made of it so far.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) snapshot: Snapshot,
    pub(crate) session: Session,
    map: OnceLock<SystemMap>,
    index: OnceLock<Index>,
    folder: std::path::PathBuf,
}

/// Shared by all clients.
#[derive(Debug)]
pub(crate) struct State {
    config: Config,
    latest: Mutex<Option<Arc<Facts>>>,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, latest: Mutex::default() }
    }

    /// What a query of this many rows may cost.
    pub(crate) fn limits(&self, rows: usize) -> Limits {
        Limits { rows, time: self.config.query_time }
    }

    pub(crate) fn metrics(&self) -> &[Metric] {
        &self.config.metrics
    }

    /// The facts of the latest snapshot; a scan since the last question is noticed here.
    pub(crate) fn facts(&self) -> Result<Arc<Facts>, ToolError> {
        let workspace = &self.config.workspace;
        let nothing = || FactsError::NothingScanned { path: workspace.root().to_path_buf() };
        let snapshot = workspace.snapshot()?.ok_or_else(nothing)?;
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = latest.as_ref()
            && facts.session.fingerprint() == Some(snapshot.fingerprint().as_str())
        {
            return Ok(Arc::clone(facts));
        }
        let session = Session::of_snapshot(workspace, &snapshot, false)?;
        let facts = Arc::new(Facts {
            snapshot,
            session,
            map: OnceLock::new(),
            index: OnceLock::new(),
            folder: workspace.search_dir(),
        });
        *latest = Some(Arc::clone(&facts));
        Ok(facts)
    }
}

impl Facts {
    pub(crate) fn map(&self) -> Result<&SystemMap, ToolError> {
        if let Some(map) = self.map.get() {
            return Ok(map);
        }
        let map = SystemMap::read(&self.session)?;
        Ok(self.map.get_or_init(|| map))
    }

    pub(crate) fn index(&self) -> Result<&Index, ToolError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let index = Index::open_or_build(&self.session, &self.folder)?;
        Ok(self.index.get_or_init(|| index))
    }
}
