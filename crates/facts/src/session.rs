//! The one door to SQL: DataFusion over the fact files of a snapshot, read-only.

mod held;
mod parameters;
mod pauses;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use tokio::runtime::Runtime;
use tokio_stream::StreamExt;

use held::Held;
pub use parameters::{Value, bind};

use crate::error::FactsError;
use crate::spec::TableSpec;
use crate::store::{Snapshot, Workspace};
use crate::tables;

/// Memory that one query may use before it is refused, so that a careless join cannot take the machine down.
const QUERY_MEMORY: usize = 2 << 30;

/// Values (rows times columns) that a session may hold so that its many questions decode them once; some 12 bytes each.
/// Tables beyond it stay files.
const HELD_VALUES: u64 = 16 << 20;

/// Longest time until a raised stop is seen.
const PATIENCE: Duration = Duration::from_millis(50);

/// Answers SQL over facts. Blocking calls, from any number of threads; the engine's threads are its own.
pub struct Session {
    context: SessionContext,
    runtime: Arc<Runtime>,
    /// Tables that may be asked; all when `None`.
    only: Option<&'static [&'static str]>,
    /// [`Snapshot::fingerprint`] of the snapshot behind it; `None` for rows in memory.
    fingerprint: Option<Arc<str>>,
    /// What was asked, of a session that says what it reads.
    asked: Option<Arc<Mutex<BTreeSet<String>>>>,
    /// Rows of the tables that have some.
    filled: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

/// What a question of somebody else may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows that are handed out.
    pub rows: usize,
    /// Time until the question is given up.
    pub time: Duration,
}

/// The answer to a question under [`Limits`].
#[derive(Debug, Clone)]
pub struct Answer {
    /// Columns, also of an answer without rows.
    pub schema: SchemaRef,
    /// Rows, at most as many as were allowed.
    pub batches: Vec<RecordBatch>,
    /// There were more rows.
    pub is_cut: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// A session over the latest snapshot of a workspace. Every table exists; those without rows are empty.
    ///
    /// # Errors
    /// [`FactsError::NothingScanned`] before the first scan.
    pub fn over(workspace: &Workspace) -> Result<Self, FactsError> {
        let snapshot =
            workspace.snapshot()?.ok_or_else(|| FactsError::NothingScanned { path: workspace.root().to_path_buf() })?;
        Self::of_snapshot(workspace, &snapshot, false)
    }

    /// A session over a given snapshot, published or not. `ordered` answers with one partition only, so that rows
    /// without an `order by` and sums of floating point numbers come out the same each time.
    ///
    /// # Errors
    /// An I/O error when the engine cannot start.
    pub fn of_snapshot(workspace: &Workspace, snapshot: &Snapshot, ordered: bool) -> Result<Self, FactsError> {
        let mut session = Self::empty(ordered)?;
        session.fingerprint = Some(snapshot.fingerprint().into());
        for spec in tables::ALL {
            let files: Vec<_> = snapshot.files_of(spec.name).filter(|f| f.spec == spec.version && f.rows > 0).collect();
            let paths: Vec<_> = files.iter().map(|f| workspace.path_of(f)).collect();
            session.register_files(spec, &paths)?;
            session.note_rows(spec.name, files.iter().map(|f| f.rows).sum());
        }
        Ok(session)
    }

    /// As [`Session::of_snapshot`], `ordered`, for whoever asks a hundred questions: columns of small tables
    /// are decoded once, when somebody first asks for them, and kept; smallest tables first, up to a fixed number of
    /// values.
    ///
    /// # Errors
    /// An I/O error, or a fact file that cannot be read.
    pub fn for_many_questions(workspace: &Workspace, snapshot: &Snapshot) -> Result<Self, FactsError> {
        let session = Self::of_snapshot(workspace, snapshot, true)?;
        // Planning takes most of the time of small questions, and the first pass of the optimizer finds what there is.
        session.context.state_ref().write().config_mut().options_mut().optimizer.max_passes = 1;
        let mut by_rows: Vec<_> = tables::ALL
            .iter()
            .map(|spec| {
                let files: Vec<_> = snapshot.files_of(spec.name).filter(|f| f.spec == spec.version).cloned().collect();
                (files.iter().map(|f| f.rows).sum::<u64>(), spec.name, *spec, files)
            })
            .filter(|(rows, ..)| *rows > 0)
            .collect();
        by_rows.sort_by_key(|(rows, name, ..)| (*rows, *name));
        let mut held = 0;
        for (rows, _, spec, files) in by_rows {
            held += rows * spec.columns.len() as u64;
            if held > HELD_VALUES {
                // Every table after this one has more rows still.
                break;
            }
            session.register(spec, Arc::new(Held::new(spec, workspace, files)))?;
        }
        Ok(session)
    }

    /// A session over batches in memory; tables that are not given are empty.
    ///
    /// # Errors
    /// [`FactsError::Sql`] when a batch does not fit its spec.
    pub fn of_batches(given: Vec<(&'static TableSpec, Vec<RecordBatch>)>) -> Result<Self, FactsError> {
        let session = Self::empty(true)?;
        for spec in tables::ALL {
            session.add_batches(spec, Vec::new())?;
        }
        for (spec, batches) in given {
            session.add_batches(spec, batches)?;
        }
        Ok(session)
    }

    fn empty(ordered: bool) -> Result<Self, FactsError> {
        let threads = if ordered { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) };
        let mut config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(true)
            .with_collect_statistics(true)
            .with_parquet_pruning(true);
        // Names of tables and columns are case-insensitive; strings stay plain so that views can narrow them.
        config.options_mut().execution.parquet.schema_force_view_types = false;
        config.options_mut().execution.parquet.pushdown_filters = true;
        config.options_mut().sql_parser.map_string_types_to_utf8view = false;
        // Sorting the branches of a union apart fails where one of them orders by a constant and by a column twice.
        config.options_mut().optimizer.repartition_sorts = false;
        let environment = RuntimeEnvBuilder::new()
            .with_memory_limit(QUERY_MEMORY, 1.0)
            .build_arc()
            .map_err(|e| FactsError::Sql { detail: e.to_string() })?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("sightline-sql")
            // Deeply nested expressions recurse in the planner.
            .thread_stack_size(8 << 20)
            .enable_time()
            .build()
            .map_err(|e| FactsError::Sql { detail: format!("could not start the SQL engine: {e}") })?;
        let mut rules = PhysicalOptimizer::new().rules;
        if ordered {
            // Whoever asks for order asks many small questions, whose planning takes longer than their answer. The
            // logical plan reads no column in vain already, and looking again takes a tenth of the whole. Rows in memory
            // take no filter.
            let in_vain = ["ProjectionPushdown", "FilterPushdown", "FilterPushdown(Post)", "SanityCheckPlan"];
            rules.retain(|rule| !in_vain.contains(&rule.name()));
        }
        rules.push(Arc::new(pauses::PauseInJoins));
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(environment)
            .with_default_features()
            .with_physical_optimizer_rules(rules)
            .build();
        let context = SessionContext::new_with_state(state);
        Ok(Self {
            context,
            runtime: Arc::new(runtime),
            only: None,
            fingerprint: None,
            asked: None,
            filled: Arc::default(),
        })
    }

    /// The same facts for a step that says what it reads: a question about any other table is an error, so that what
    /// is kept while those tables stay as they are cannot go stale.
    #[must_use]
    pub fn only(&self, tables: &'static [&'static str]) -> Self {
        Self {
            context: self.context.clone(),
            runtime: Arc::clone(&self.runtime),
            only: Some(tables),
            fingerprint: self.fingerprint.clone(),
            asked: Some(Arc::default()),
            filled: Arc::clone(&self.filled),
        }
    }

    /// The questions that were asked of a session from [`Session::only`] and its clones, each once: what was made from
    /// their answers is the same while those are.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.iter().flat_map(|a| a.lock().unwrap_or_else(PoisonError::into_inner).clone());
        asked.collect()
    }

    /// Rows of a table. A question about tables without any need not be planned.
    pub fn n_rows(&self, table: &str) -> u64 {
        self.filled.lock().unwrap_or_else(PoisonError::into_inner).get(table).copied().unwrap_or(0)
    }

    fn note_rows(&self, table: &'static str, rows: u64) {
        let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
        if rows > 0 {
            filled.insert(table, rows)
        } else {
            filled.remove(table)
        };
    }

    /// What tells this snapshot's facts from all others; `None` for a session over rows in memory.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    fn register_files(&self, spec: &'static TableSpec, paths: &[std::path::PathBuf]) -> Result<(), FactsError> {
        if paths.is_empty() {
            return self.add_batches(spec, Vec::new());
        }
        let urls = paths
            .iter()
            .map(|p| ListingTableUrl::parse(p.to_string_lossy()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| sql_error(&e))?;
        let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
        let config =
            ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(spec.schema());
        let table = ListingTable::try_new(config).map_err(|e| sql_error(&e))?;
        self.register(spec, Arc::new(table))
    }

    fn register(&self, spec: &TableSpec, table: Arc<dyn TableProvider>) -> Result<(), FactsError> {
        self.context.deregister_table(spec.name).map_err(|e| sql_error(&e))?;
        self.context.register_table(spec.name, table).map(drop).map_err(|e| sql_error(&e))
    }

    /// Puts batches in the place of a table.
    ///
    /// # Errors
    /// [`FactsError::Sql`] when a batch does not fit the spec.
    pub fn add_batches(&self, spec: &'static TableSpec, batches: Vec<RecordBatch>) -> Result<(), FactsError> {
        self.note_rows(spec.name, batches.iter().map(|b| b.num_rows() as u64).sum());
        let table = MemTable::try_new(spec.schema(), vec![batches]).map_err(|e| sql_error(&e))?;
        self.register(spec, Arc::new(table))
    }

    /// Answers one question.
    ///
    /// # Errors
    /// [`FactsError::NotReadOnly`] for a statement that would change something, [`FactsError::Sql`] for the rest.
    pub fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, FactsError> {
        self.query_schema(sql).map(|(_, batches)| batches)
    }

    /// As [`Session::query`], of a question that has no answer where one of these tables is empty: planning it would take
    /// longer than anything else.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub fn query_of(&self, sql: &str, tables: &[&str]) -> Result<Vec<RecordBatch>, FactsError> {
        if tables.iter().any(|table| self.n_rows(table) == 0) {
            self.note_question(sql);
            return Ok(Vec::new());
        }
        self.query(sql)
    }

    /// Answers one question and says its columns, which an answer without rows would not show.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub fn query_schema(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), FactsError> {
        if nesting(sql) < DEEP {
            return self.answer(sql);
        }
        // The planner descends once per question inside a question, further than some threads have room for.
        std::thread::scope(|scope| {
            let asked = std::thread::Builder::new().stack_size(ROOM).spawn_scoped(scope, || self.answer(sql));
            match asked.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(answer)) => answer,
                Ok(Err(panicked)) => std::panic::resume_unwind(panicked),
                Err(error) => Err(FactsError::Sql { detail: format!("no thread could be started: {error}") }),
            }
        })
    }

    fn answer(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), FactsError> {
        self.runtime.block_on(async {
            let frame = self.plan(sql).await?;
            let schema: SchemaRef = Arc::clone(frame.schema().inner());
            let mut batches = frame.collect().await.map_err(|e| sql_error(&e))?;
            if batches.is_empty() {
                // An answer without rows still has columns.
                batches.push(RecordBatch::new_empty(Arc::clone(&schema)));
            }
            Ok((schema, batches))
        })
    }

    /// Keeps the answer to a question under a name by which other questions of this session can ask it.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub fn hold(&self, name: &str, sql: &str) -> Result<(), FactsError> {
        self.hold_rows(name, self.query(sql)?)
    }

    /// As [`Session::hold`], of rows that are known already; at least one batch, which may be empty.
    ///
    /// # Errors
    /// [`FactsError::Sql`] when the batches differ in their columns.
    pub fn hold_rows(&self, name: &str, batches: Vec<RecordBatch>) -> Result<(), FactsError> {
        // The rows' own columns: what is planned may allow missing values where none can be.
        let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        let rows = MemTable::try_new(schema, vec![batches]).map_err(|e| sql_error(&e))?;
        self.context.deregister_table(name).map_err(|e| sql_error(&e))?;
        self.context.register_table(name, Arc::new(rows)).map(drop).map_err(|e| sql_error(&e))
    }

    fn note_question(&self, sql: &str) {
        if let Some(asked) = &self.asked {
            asked.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
        }
    }

    /// The plan of one question that only asks.
    async fn plan(&self, sql: &str) -> Result<DataFrame, FactsError> {
        self.note_question(sql);
        plan(&self.context, self.only, sql).await
    }

    /// Hands out the rows of an answer batch by batch as they come, so that no more than a few are in memory at a time,
    /// until `each` wants no more. `each` must not ask this session.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub fn stream(&self, sql: &str, each: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>) -> Result<(), FactsError> {
        self.runtime.block_on(async {
            let mut rows = self.plan(sql).await?.execute_stream().await.map_err(|e| sql_error(&e))?;
            while let Some(batch) = rows.next().await {
                if each(batch.map_err(|e| sql_error(&e))?).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Answers a question of somebody else: no more rows and no more time than `limits` allow.
    ///
    /// # Errors
    /// [`FactsError::TooLong`] when the time is up; otherwise as [`Session::query`].
    pub fn query_within(&self, sql: &str, limits: &Limits) -> Result<Answer, FactsError> {
        self.query_until(sql, limits, &AtomicBool::new(false))
    }

    /// As [`Session::query_within`], and given up as soon as `stop` is raised because nobody wants the answer any more.
    ///
    /// The clock is that of the calling thread: one of the engine would stand still while operators compute on all of
    /// its threads. The question is told to end at its next pause.
    ///
    /// # Errors
    /// [`FactsError::TooLong`] when the time is up, [`FactsError::Stopped`] after `stop`; otherwise as
    /// [`Session::query`].
    pub fn query_until(&self, sql: &str, limits: &Limits, stop: &AtomicBool) -> Result<Answer, FactsError> {
        self.note_question(sql);
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        // The engine's threads must not hold the engine, or the last of them would have to end itself.
        let (context, only, question, rows) = (self.context.clone(), self.only, sql.to_owned(), limits.rows);
        let task = self.runtime.spawn(async move {
            let answer = cut(&context, only, &question, rows).await;
            // Whoever gave up does not listen any more.
            drop(send.send(answer));
        });
        let started = Instant::now();
        loop {
            let left = limits.time.saturating_sub(started.elapsed());
            match receive.recv_timeout(left.min(PATIENCE)) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(FactsError::Sql { detail: "the question ended without an answer".to_owned() });
                }
                Err(RecvTimeoutError::Timeout) if stop.load(Ordering::Relaxed) => {
                    task.abort();
                    return Err(FactsError::Stopped);
                }
                Err(RecvTimeoutError::Timeout) if started.elapsed() >= limits.time => {
                    task.abort();
                    return Err(FactsError::TooLong { seconds: limits.time.as_secs_f64() });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Answers one question in which `:name` stands for a value.
    ///
    /// # Errors
    /// As [`Session::query`]; a name without a value stays as it is and is an error of SQL.
    pub fn query_with(&self, sql: &str, parameters: &[(&str, Value<'_>)]) -> Result<Vec<RecordBatch>, FactsError> {
        self.query(&bind(sql, parameters))
    }
}

/// From how many brackets inside each other on a question is planned on a thread of its own, and with how much room.
const DEEP: usize = 6;
const ROOM: usize = 16 << 20;

/// How many brackets stand inside each other; those in strings count too, which costs a thread at most.
fn nesting(sql: &str) -> usize {
    let (mut deepest, mut depth) = (0_usize, 0_usize);
    for byte in sql.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The plan of one question that only asks, of the tables that may be asked.
async fn plan(
    context: &SessionContext,
    only: Option<&'static [&'static str]>,
    sql: &str,
) -> Result<DataFrame, FactsError> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(sql, options).await.map_err(|e| sql_error(&e))?;
    allows(only, frame.logical_plan())?;
    Ok(frame)
}

fn allows(only: Option<&'static [&'static str]>, plan: &LogicalPlan) -> Result<(), FactsError> {
    let Some(only) = only else { return Ok(()) };
    let mut other = None;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && !only.contains(&scan.table_name.table())
        {
            other = Some(scan.table_name.table().to_owned());
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(|e| sql_error(&e))?;
    match other {
        Some(table) => Err(FactsError::Sql { detail: format!("this step did not say that it reads `{table}`") }),
        None => Ok(()),
    }
}

/// The first rows of an answer.
async fn cut(
    context: &SessionContext,
    only: Option<&'static [&'static str]>,
    sql: &str,
    rows: usize,
) -> Result<Answer, FactsError> {
    let frame = plan(context, only, sql).await?;
    let mut answer = Answer { schema: Arc::clone(frame.schema().inner()), batches: Vec::new(), is_cut: false };
    let mut room = rows;
    let mut stream = frame.execute_stream().await.map_err(|e| sql_error(&e))?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|e| sql_error(&e))?;
        if batch.num_rows() > room {
            answer.is_cut = true;
            answer.batches.push(batch.slice(0, room));
            break;
        }
        room -= batch.num_rows();
        answer.batches.push(batch);
    }
    Ok(answer)
}

/// The engine's message without its own wrapping, and with the known traps explained.
fn sql_error(error: &DataFusionError) -> FactsError {
    let text = error.strip_backtrace();
    if ["DDL not supported", "DML not supported", "Statement not supported"].iter().any(|t| text.contains(t)) {
        return FactsError::NotReadOnly;
    }
    let mut detail = text;
    for prefix in ["Error during planning: ", "Schema error: ", "SQL error: ", "Execution error: "] {
        while let Some(rest) = detail.strip_prefix(prefix) {
            detail = rest.to_owned();
        }
    }
    if let Some(name) = detail.strip_prefix("table '").and_then(|r| r.split('\'').next()) {
        let table = name.rsplit('.').next().unwrap_or(name);
        detail = format!("there is no table `{table}`\nhelp: `sightline tables` lists them");
    }
    FactsError::Sql { detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::RowBuilder;
    use crate::tables::tags::{self, TagRow, TagsBuilder};

    fn two_tags() -> Session {
        let mut rows = TagsBuilder::default();
        rows.push(&TagRow { repo: "shop", tag: "v1", ..TagRow::default() });
        rows.push(&TagRow { repo: "shop", tag: "v'2", ..TagRow::default() });
        Session::of_batches(vec![(&tags::SPEC, vec![rows.finish()])]).expect("the rows fit")
    }

    fn count(batches: &[RecordBatch]) -> usize {
        batches.iter().map(RecordBatch::num_rows).sum()
    }

    #[test]
    fn answers_questions_and_binds_values() {
        let session = two_tags();
        assert_eq!(count(&session.query("select * from tags").expect("a query")), 2);
        let one = session.query_with("select * from tags where tag = :tag", &[("tag", Value::Text("v'2"))]);
        assert_eq!(count(&one.expect("a query")), 1);
        assert_eq!(count(&session.query("select * from commits").expect("an empty table")), 0);
    }

    #[test]
    fn refuses_whatever_would_write_or_read_files() {
        let session = two_tags();
        for sql in [
            "create table x as select 1",
            "drop table tags",
            "insert into tags select * from tags",
            "copy tags to 'x.parquet'",
            "create external table t stored as csv location '/etc/passwd'",
            "set datafusion.execution.batch_size = 1",
        ] {
            assert!(matches!(session.query(sql), Err(FactsError::NotReadOnly)), "{sql}");
        }
        assert!(session.query("select * from '/etc/passwd.csv'").is_err());
        assert!(session.query("select 1; select 2").is_err());
    }

    #[test]
    fn a_question_of_somebody_else_is_cut_at_its_limits() {
        let session = two_tags();
        let limits = Limits { rows: 1, time: Duration::from_secs(20) };
        let answer = session.query_within("select tag from tags order by tag", &limits).expect("a query");
        assert!(answer.is_cut);
        assert_eq!(count(&answer.batches), 1);
        let whole = session.query_within("select tag from tags where tag = 'v1'", &limits).expect("a query");
        assert!(!whole.is_cut, "as many rows as are allowed are no cut");
        let short = Limits { rows: 1, time: Duration::from_millis(200) };
        // A trillion rows: hours, if nobody stopped it.
        let endless = "select sum(a.value * b.value) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";
        let started = std::time::Instant::now();
        let error = session.query_within(endless, &short).expect_err("it would take hours");
        assert!(matches!(error, FactsError::TooLong { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    #[test]
    fn rows_are_streamed_until_nobody_wants_more() {
        let session = two_tags();
        let mut seen = 0;
        session
            .stream("select * from tags union all select * from tags", &mut |batch| {
                seen += batch.num_rows();
                ControlFlow::Break(())
            })
            .expect("a query");
        assert_eq!(seen, 2);
    }

    #[test]
    fn names_a_missing_table() {
        let error = two_tags().query("select * from tagz").expect_err("no such table").to_string();
        assert_eq!(error, "there is no table `tagz`\nhelp: `sightline tables` lists them");
    }
}
