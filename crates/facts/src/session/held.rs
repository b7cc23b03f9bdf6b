//! Tables whose columns are decoded when a question first names them, once for all questions.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{exec_datafusion_err, project_schema};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::error::FactsError;
use crate::spec::TableSpec;
use crate::store::{BATCH_ROWS, FactFile, Workspace};

/// Rows of fact files, of which only those columns are in memory that somebody asked for.
pub(super) struct Held {
    schema: SchemaRef,
    workspace: Workspace,
    files: Vec<FactFile>,
    /// Rows of each batch.
    rows: Vec<usize>,
    decoded: Mutex<Decoded>,
}

/// The columns that were decoded so far, cut into batches; by position in the table.
type Decoded = Vec<Option<Vec<ArrayRef>>>;

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Held {
    pub(super) fn new(spec: &TableSpec, workspace: &Workspace, files: Vec<FactFile>) -> Self {
        let rows = files.iter().flat_map(rows_of_batches).collect();
        let decoded = Mutex::new(vec![None; spec.columns.len()]);
        Self { schema: spec.schema(), workspace: workspace.clone(), files, rows, decoded }
    }

    /// The rows with the given columns.
    fn batches(&self, columns: &[usize]) -> Result<Vec<RecordBatch>, DataFusionError> {
        let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing: Vec<usize> = columns.iter().copied().filter(|c| decoded[*c].is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let batches = self.read(&missing).map_err(|e| DataFusionError::External(Box::new(e)))?;
            if !batches.iter().map(RecordBatch::num_rows).eq(self.rows.iter().copied()) {
                return Err(exec_datafusion_err!("a fact file has other rows than its snapshot says"));
            }
            for (at, column) in missing.iter().enumerate() {
                decoded[*column] = Some(batches.iter().map(|b| Arc::clone(b.column(at))).collect());
            }
        }
        let schema = project_schema(&self.schema, Some(&columns.to_vec()))?;
        let batches = self.rows.iter().enumerate().map(|(at, rows)| {
            let of_batch = |c: &usize| decoded[*c].as_ref().map(|column| Arc::clone(&column[at]));
            let arrays = columns.iter().filter_map(of_batch).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(*rows));
            Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?)
        });
        batches.collect()
    }

    fn read(&self, columns: &[usize]) -> Result<Vec<RecordBatch>, FactsError> {
        let mut batches = Vec::new();
        for file in &self.files {
            for batch in self.workspace.read_columns(file, columns)? {
                batches.push(batch?);
            }
        }
        Ok(batches)
    }
}

/// How [`Workspace::read`] cuts a file.
fn rows_of_batches(file: &FactFile) -> impl Iterator<Item = usize> + use<> {
    let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
    (0..rows.div_ceil(BATCH_ROWS)).map(move |at| BATCH_ROWS.min(rows - at * BATCH_ROWS))
}

#[async_trait]
impl TableProvider for Held {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let batches = self.batches(projection.unwrap_or(&all))?;
        let schema = project_schema(&self.schema, projection)?;
        let rows: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&[batches], schema, None)?;
        Ok(rows)
    }
}
