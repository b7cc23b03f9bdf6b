//! Tables that depend on all sources: modules, hotspots, coupling, metrics, claims. Made after the sources are read,
//! before anything is published.

mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sightline_facts::arrow::array::{AsArray, RecordBatch, StringArray};
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{DERIVED, FactFile, Snapshot, Workspace};
use sightline_facts::tables::metrics::MetricsView;
use sightline_measure::Metric;
use sightline_read::scan::Progress;
use sightline_tell::{Asked, Earlier};

use self::steps::{
    BLOCKERS, BOTTLENECKS, CALENDAR, COUPLING, DEPENDENCIES, FORECASTS, HOTSPOTS, MODULES, PEOPLE, STORIES, SYSTEM,
    Step, TECHNOLOGIES, WORK,
};
use crate::settings::Said;
use crate::{LazyCatalogue, ScanError};

/// Raised when a derived table says something else of the same source tables.
const VERSION: u32 = 13;

/// What the derived tables depend on: every fact file of every source by its content, the metrics, the catalogue, this
/// program.
pub(crate) fn key(snapshot: &Snapshot, metrics: &[Metric], catalogue: &[(String, String)], said: &Said) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(format!("{VERSION} {}", env!("CARGO_PKG_VERSION")).as_bytes());
    hash.update(sightline_tell::fingerprint().as_bytes());
    for file in snapshot.sources.values().flat_map(|s| s.tables.values()).flatten() {
        hash.update(file.file.as_bytes());
    }
    hash.update(format!("{said:?}").as_bytes());
    for metric in metrics {
        hash.update(metric.text.as_bytes());
    }
    for text in sightline_map::catalogue_texts() {
        hash.update(text.as_bytes());
    }
    for text in sightline_map::system_texts() {
        hash.update(text.as_bytes());
    }
    for (_, text) in catalogue {
        hash.update(text.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// Columns that questions can read, by table and position.
type Reads = BTreeMap<String, Vec<usize>>;

/// What deriving works on.
pub(crate) struct Deriving<'a, 's> {
    pub(crate) workspace: &'a Workspace,
    /// The snapshot before, whose rows may be kept.
    pub(crate) earlier: Option<&'a Snapshot>,
    pub(crate) metrics: &'a [Metric],
    pub(crate) threads: usize,
    pub(crate) catalogue: &'a LazyCatalogue<'s>,
    /// The workspace's own part of it, as text.
    pub(crate) own_catalogue: &'a [(String, String)],
    /// What people say in the settings.
    pub(crate) said: &'a Said,
    pub(crate) progress: &'a dyn Progress,
}

impl Deriving<'_, '_> {
    /// What a step's rows depend on: the columns that its questions can read, its knowledge, this program. The commit at
    /// which a file was read is left out: rows that are kept get that of today.
    fn key_of(&self, step: &Step, reads: &Reads, next: &Snapshot) -> String {
        let mut hash = keyed(step.name);
        for (table, columns) in reads {
            read_without_commit(&mut hash, table, columns.clone(), next);
        }
        if step.knows {
            sightline_map::catalogue_texts().chain(sightline_map::system_texts()).for_each(|t| part(&mut hash, t));
            self.own_catalogue.iter().for_each(|(_, text)| part(&mut hash, text));
            part(&mut hash, &format!("{:?}", self.said.of_map));
        }
        match step.name {
            "people" => part(&mut hash, &format!("{:?}", self.said.of_people)),
            "calendar" => part(&mut hash, &format!("{:?}", self.said.calendar)),
            _ => {}
        }
        // A repository without a row still has its empty module.
        for source in next.sources.values().filter(|s| s.kind != "tracker") {
            part(&mut hash, &source.name);
        }
        finished(&hash)
    }

    /// Notes what a step has asked, so that the next scan can tell whether its rows are still true.
    fn note(&self, step: &Step, reading: &Session, next: &mut Snapshot) {
        let mut reads = Reads::new();
        for sql in reading.asked() {
            for (table, columns) in sightline_measure::reads(&sql) {
                reads.entry(table.to_owned()).or_default().extend(columns);
            }
        }
        for columns in reads.values_mut() {
            columns.sort_unstable();
            columns.dedup();
        }
        next.derived_keys.insert(step.name.to_owned(), self.key_of(step, &reads, next));
        next.derived_reads.insert(step.name.to_owned(), reads);
    }

    /// The key of a metric: its file, and the columns that its query can read of the tables it names.
    fn key_of_metric(metric: &Metric, next: &Snapshot) -> String {
        let mut hash = keyed("metric");
        part(&mut hash, &metric.text);
        for (table, columns) in sightline_measure::reads(&metric.sql) {
            read_columns(&mut hash, table, &columns, next);
        }
        finished(&hash)
    }

    /// The key of the sentences of a claim: the section files, and the columns that its queries can read. The commit at
    /// which a file was read is left out, for [`sightline_tell::Earlier`] brings it up to date.
    fn key_of_claim(claim: &Asked, sections: &str, next: &Snapshot) -> String {
        let mut hash = keyed("claim");
        part(&mut hash, sections);
        // A sentence about a whole repository stands on it.
        next.sources.values().for_each(|s| part(&mut hash, &s.name));
        let says = claim.says.iter().map(|sql| (sql, false));
        for (sql, stands_on) in says.chain([(&claim.stands_on, true)]) {
            for (table, columns) in sightline_measure::reads(sql) {
                // The commit of a source is a thing to say; that of a file is only where it stands.
                if table == "sources" && !stands_on {
                    read_columns(&mut hash, table, &columns, next);
                } else {
                    read_without_commit(&mut hash, table, columns, next);
                }
            }
        }
        finished(&hash)
    }

    /// Whether what was made under this name and key is still there; notes the key for the next scan.
    fn is_kept(&self, name: &str, key: String, next: &mut Snapshot) -> bool {
        let kept = self.earlier.is_some_and(|e| e.derived_keys.get(name) == Some(&key));
        next.derived_keys.insert(name.to_owned(), key);
        kept
    }

    /// Takes the tables of a step over from the snapshot before, if they can be kept.
    fn keeps(&self, step: &Step, next: &mut Snapshot, session: &Session) -> Result<bool, ScanError> {
        let Some(earlier) = self.earlier else { return Ok(false) };
        let Some(reads) = earlier.derived_reads.get(step.name) else { return Ok(false) };
        let key = self.key_of(step, reads, next);
        if earlier.derived_keys.get(step.name) != Some(&key) {
            return Ok(false);
        }
        let specs: Vec<_> = sightline_facts::tables::ALL.iter().filter(|s| step.fills.contains(&s.name)).collect();
        if !specs.iter().all(|s| earlier.derived.get(s.name).is_some_and(|f| f.iter().all(|f| f.spec == s.version))) {
            return Ok(false);
        }
        let moved = moved(earlier, next);
        for spec in specs {
            let kept = earlier.derived.get(spec.name).cloned().unwrap_or_default();
            let mut batches = Vec::new();
            for file in &kept {
                batches.extend(self.workspace.read(file)?.collect::<Result<Vec<_>, _>>()?);
            }
            if spec.is_of_tree() && !moved.is_empty() {
                let batches = batches.iter().map(|batch| with_commits(batch, &moved)).collect();
                self.fill(next, session, spec, batches)?;
            } else {
                session.add_batches(spec, batches)?;
                next.derived.insert(spec.name.to_owned(), kept);
            }
        }
        next.derived_keys.insert(step.name.to_owned(), key);
        next.derived_reads.insert(step.name.to_owned(), reads.clone());
        Ok(true)
    }

    /// Writes a derived table and lets later steps see it.
    fn fill(
        &self,
        next: &mut Snapshot,
        session: &Session,
        spec: &'static TableSpec,
        batches: Vec<RecordBatch>,
    ) -> Result<(), ScanError> {
        let mut writer = self.workspace.writer(spec, DERIVED)?;
        for batch in &batches {
            writer.write(batch.clone())?;
        }
        let file: FactFile = writer.finish()?;
        next.derived.insert(spec.name.to_owned(), vec![file]);
        session.add_batches(spec, batches)?;
        Ok(())
    }

    /// Makes all derived tables that cannot be kept, and writes them.
    ///
    /// Questions that do not build on each other are asked at the same time where there are threads for it. Each
    /// answer comes from one thread in a fixed order, so the tables do not depend on that.
    pub(crate) fn derive(&self, next: &mut Snapshot) -> Result<(), ScanError> {
        next.derived.clear();
        next.derived_keys.clear();
        next.derived_reads.clear();
        let session = Session::for_many_questions(self.workspace, next)?;
        let keeps = |step: &Step, next: &mut Snapshot| self.keeps(step, next, &session);

        self.progress.stage("", "modules, hotspots and change coupling", None);
        let (modules, hotspots, coupling) = (keeps(&MODULES, next)?, keeps(&HOTSPOTS, next)?, keeps(&COUPLING, next)?);
        let [of_hotspots, of_coupling] = [HOTSPOTS, COUPLING].map(|step| session.only(step.reads));
        // What history says of files takes as long as all that is known of the tree, and neither needs the other.
        let (changed, of_tree) = both(
            self.threads,
            || -> Result<_, ScanError> {
                let hotspots = (!hotspots).then(|| sightline_measure::hotspots(&of_hotspots)).transpose()?;
                let coupling = (!coupling).then(|| sightline_measure::coupling(&of_coupling)).transpose()?;
                Ok((hotspots, coupling))
            },
            || self.derive_of_tree(next, &session, modules),
        );
        of_tree?;
        for (step, reading, is_kept) in [(&HOTSPOTS, &of_hotspots, hotspots), (&COUPLING, &of_coupling, coupling)] {
            if !is_kept {
                self.note(step, reading, next);
            }
        }
        let one = |spec, batch| vec![(spec, vec![batch])];
        let (hotspots, coupling) = changed?;
        for (spec, batch) in
            [(&sightline_facts::tables::hotspots::SPEC, hotspots), (&sightline_facts::tables::coupling::SPEC, coupling)]
        {
            if let Some(batch) = batch {
                self.fill(next, &session, spec, vec![batch])?;
            }
        }
        self.step(&CALENDAR, next, &session, |reading| {
            let calendar = sightline_measure::calendar(reading, self.said.calendar.as_ref())?;
            Ok(one(&sightline_facts::tables::calendar::SPEC, calendar))
        })?;
        self.step(&DEPENDENCIES, next, &session, |reading| {
            Ok(one(&sightline_facts::tables::dependencies::SPEC, sightline_map::dependencies(reading)?))
        })?;
        self.progress.stage("", "blockers, bottlenecks and forecasts", None);
        self.step(&BOTTLENECKS, next, &session, |reading| {
            Ok(one(&sightline_facts::tables::bottlenecks::SPEC, sightline_plan::bottlenecks::bottlenecks(reading)?))
        })?;
        self.step(&BLOCKERS, next, &session, |reading| {
            Ok(one(&sightline_facts::tables::blockers::SPEC, sightline_plan::tables::blockers(reading)?))
        })?;
        self.step(&FORECASTS, next, &session, |reading| {
            Ok(one(&sightline_facts::tables::forecasts::SPEC, sightline_plan::tables::forecasts(reading)?))
        })?;

        self.measure_and_tell(next, &session)
    }

    /// Modules, and what is made of them: the system with its flows, and the work on its parts.
    fn derive_of_tree(&self, next: &mut Snapshot, session: &Session, has_modules: bool) -> Result<(), ScanError> {
        // What a tracker exported has no tree to make a map of.
        let repos: Vec<String> =
            next.sources.values().filter(|s| s.kind != "tracker").map(|s| s.name.clone()).collect();
        if !has_modules {
            let reading = session.only(MODULES.reads);
            let mut by_table: Vec<(&'static TableSpec, Vec<RecordBatch>)> = Vec::new();
            for repo in &repos {
                for (spec, batch) in sightline_map::modules(&reading, repo)? {
                    match by_table.iter_mut().find(|(s, _)| s.name == spec.name) {
                        Some((_, batches)) => batches.push(batch),
                        None => by_table.push((spec, vec![batch])),
                    }
                }
            }
            for (spec, batches) in by_table {
                self.fill(next, session, spec, batches)?;
            }
            self.note(&MODULES, &reading, next);
        }
        let each = |rows: Vec<(&'static TableSpec, RecordBatch)>| rows.into_iter().map(|(s, b)| (s, vec![b])).collect();
        self.progress.stage("", "technologies", None);
        self.step(&TECHNOLOGIES, next, session, |reading| {
            let catalogue = self.catalogue.get()?;
            let of_repo = |repo: &String| sightline_map::technologies(reading, repo, catalogue);
            let batches = repos.iter().map(of_repo).collect::<Result<Vec<_>, _>>()?;
            Ok(vec![(&sightline_facts::tables::technologies::SPEC, batches)])
        })?;
        self.progress.stage("", "components and connections", None);
        self.step(&SYSTEM, next, session, |reading| {
            Ok(each(sightline_map::system(reading, &repos, self.catalogue.get()?, &self.said.of_map)?))
        })?;
        self.progress.stage("", "flows and dependents", None);
        self.step(&STORIES, next, session, |reading| Ok(each(sightline_map::stories(reading)?)))?;
        self.progress.stage("", "work and changes", None);
        self.step(&WORK, next, session, |reading| Ok(each(sightline_map::work(reading)?)))?;
        self.step(&PEOPLE, next, session, |reading| {
            let people = sightline_map::people(reading, &self.said.of_people)?;
            Ok(vec![(&sightline_facts::tables::identities::SPEC, vec![people])])
        })
    }

    /// Keeps the rows of a step, or makes them.
    fn step(
        &self,
        step: &Step,
        next: &mut Snapshot,
        session: &Session,
        make: impl FnOnce(&Session) -> Result<Vec<(&'static TableSpec, Vec<RecordBatch>)>, ScanError>,
    ) -> Result<(), ScanError> {
        if self.keeps(step, next, session)? {
            return Ok(());
        }
        let reading = session.only(step.reads);
        let rows = make(&reading)?;
        self.note(step, &reading, next);
        for (spec, batches) in rows {
            debug_assert!(step.fills.contains(&spec.name), "{} is kept with the others", spec.name);
            self.fill(next, session, spec, batches)?;
        }
        Ok(())
    }

    /// Metrics and sentences, side by side: they see the same tables and not each other.
    fn measure_and_tell(&self, next: &mut Snapshot, session: &Session) -> Result<(), ScanError> {
        self.progress.stage("", "metrics and sentences", None);
        let old = self.old_metrics()?;
        let mut kept = BTreeMap::new();
        let mut asked = Vec::new();
        for metric in self.metrics {
            let is_kept = self.is_kept(&format!("metric/{}", metric.id), Self::key_of_metric(metric, next), next);
            match &old {
                Some(old) if is_kept => drop(kept.insert(&metric.id, old.get(&metric.id).cloned().unwrap_or_default())),
                _ => asked.push(metric.clone()),
            }
        }
        let metrics = sightline_measure::Run::of(session, &asked);
        let tell = || {
            let earlier = self.earlier_sentences(next)?;
            let sentences = sightline_tell::sentences(session, &earlier);
            metrics.work();
            Ok::<_, ScanError>(sentences?)
        };
        let ((), sentences) = both(self.threads, || metrics.work(), tell);
        let mut rows = by_metric(&[metrics.finish()?]);
        rows.extend(kept.into_iter().map(|(id, batches)| (id.clone(), batches)));
        let rows = rows.into_values().flatten().collect();
        self.fill(next, session, &sightline_facts::tables::metrics::SPEC, rows)?;
        for (spec, batch) in sentences? {
            self.fill(next, session, spec, vec![batch])?;
        }
        Ok(())
    }

    /// The sentences of the snapshot before, with those that need not be asked for again.
    fn earlier_sentences(&self, next: &mut Snapshot) -> Result<Earlier, ScanError> {
        // The texts are long and the claims many: one hash of them stands for them in each key.
        let mut sections = keyed("sections");
        part(&mut sections, &sightline_tell::fingerprint());
        let sections = finished(&sections);
        let mut kept = BTreeSet::new();
        for claim in sightline_tell::asked()? {
            let key = Self::key_of_claim(&claim, &sections, next);
            if self.is_kept(&format!("claim/{}", claim.place), key, next) {
                kept.insert(claim.place);
            }
        }
        let Some(earlier) = self.earlier else { return Ok(Earlier::default()) };
        let (said, stands_on) =
            (&sightline_facts::tables::claims::SPEC, &sightline_facts::tables::claim_evidence::SPEC);
        let (Some(claims), Some(evidence)) = (self.old_rows(said)?, self.old_rows(stands_on)?) else {
            return Ok(Earlier::default());
        };
        Ok(Earlier { kept, claims, evidence, moved: moved(earlier, next) })
    }

    /// Rows of a derived table of the snapshot before, if they are of this version of it.
    fn old_rows(&self, spec: &TableSpec) -> Result<Option<Vec<RecordBatch>>, ScanError> {
        let Some(files) = self.earlier.and_then(|e| e.derived.get(spec.name)) else { return Ok(None) };
        if files.iter().any(|f| f.spec != spec.version) {
            return Ok(None);
        }
        let mut batches = Vec::new();
        for file in files {
            batches.extend(self.workspace.read(file)?.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Some(batches))
    }

    /// Rows of `metrics` of the snapshot before, by metric.
    fn old_metrics(&self) -> Result<Option<BTreeMap<String, Vec<RecordBatch>>>, ScanError> {
        Ok(self.old_rows(&sightline_facts::tables::metrics::SPEC)?.map(|batches| by_metric(&batches)))
    }
}

/// The commit of each repository then and now, where it differs.
fn moved(earlier: &Snapshot, next: &Snapshot) -> BTreeMap<String, (String, String)> {
    let moved = next.sources.iter().filter_map(|(name, now)| {
        let (then, now) = (earlier.sources.get(name)?.commit.clone()?, now.commit.clone()?);
        (then != now).then(|| (name.clone(), (then, now)))
    });
    moved.collect()
}

/// Rows of a table about files, with the commits of today.
fn with_commits(batch: &RecordBatch, moved: &BTreeMap<String, (String, String)>) -> RecordBatch {
    let text = |name: &str| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
    let (Ok(at), Some(repos), Some(commits)) = (batch.schema().index_of("commit"), text("repo"), text("commit")) else {
        return batch.clone();
    };
    let commits: StringArray = repos
        .iter()
        .zip(commits)
        .map(|(repo, commit)| {
            let new = repo.and_then(|r| moved.get(r)).filter(|(then, _)| commit == Some(then));
            new.map(|(_, now)| now.as_str()).or(commit)
        })
        .collect();
    let mut columns = batch.columns().to_vec();
    columns[at] = Arc::new(commits);
    RecordBatch::try_new(batch.schema(), columns).unwrap_or_else(|_| batch.clone())
}

/// As [`read_columns`], without the commit at which a file was read. Where commits are what rows are about, one of them
/// may be the newest, and what was taken from there must not be replaced: then the newest belongs to the key. In a work
/// tree a file of the same content can gain or lose its commit, so there it counts as well.
fn read_without_commit(hash: &mut blake3::Hasher, table: &str, mut columns: Vec<usize>, next: &Snapshot) {
    let Some(spec) = sightline_facts::tables::ALL.iter().find(|s| s.name == table) else { return };
    if let Some(commit) = spec.columns.iter().position(|c| c.name == "commit").filter(|at| columns.contains(at)) {
        if spec.is_of_tree() && next.sources.values().all(|s| s.kind != "worktree") {
            columns.retain(|c| *c != commit);
        } else {
            next.sources.values().for_each(|s| part(hash, s.commit.as_deref().unwrap_or_default()));
        }
    }
    read_columns(hash, table, &columns, next);
}

/// Columns of a table as they are in a snapshot, by the hashes of their values.
fn read_columns(hash: &mut blake3::Hasher, table: &str, columns: &[usize], next: &Snapshot) {
    part(hash, table);
    for file in next.files_of(table) {
        hash.update(&file.rows.to_le_bytes()).update(&file.spec.to_le_bytes());
        for column in columns {
            // A file of an earlier version of this program knows no hash of its columns.
            part(hash, file.columns.get(*column).unwrap_or(&file.file));
        }
    }
}

/// Cuts rows of `metrics`, which come sorted by metric, where a metric ends.
fn by_metric(batches: &[RecordBatch]) -> BTreeMap<String, Vec<RecordBatch>> {
    let mut found: BTreeMap<String, Vec<RecordBatch>> = BTreeMap::new();
    for batch in batches {
        let Some(view) = MetricsView::of(batch) else { continue };
        let ids: Vec<&str> = view.rows().map(|r| r.metric).collect();
        let mut at = 0;
        for run in ids.chunk_by(|a, b| a == b) {
            found.entry(run[0].to_owned()).or_default().push(batch.slice(at, run.len()));
            at += run.len();
        }
    }
    found
}

/// A hash that begins with what everything derived depends on.
fn keyed(name: &str) -> blake3::Hasher {
    let mut hash = blake3::Hasher::new();
    part(&mut hash, &format!("{VERSION} {} {name}", env!("CARGO_PKG_VERSION")));
    hash
}

/// Takes a text into a hash so that its end can be told.
fn part(hash: &mut blake3::Hasher, text: &str) {
    hash.update(&text.len().to_le_bytes()).update(text.as_bytes());
}

fn finished(hash: &blake3::Hasher) -> String {
    hash.finalize().to_hex()[..16].to_owned()
}

/// Does two things, side by side where there are two threads.
fn both<A: Send, B: Send>(threads: usize, first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    if threads < 2 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let started = std::thread::Builder::new()
            .name("sightline-derive".to_owned())
            // The planner of SQL recurses.
            .stack_size(16 << 20)
            .spawn_scoped(scope, first);
        let second = second();
        let first = match started.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(first)) => first,
            Ok(Err(panicked)) => std::panic::resume_unwind(panicked),
            Err(error) => std::panic::resume_unwind(Box::new(format!("no thread could be started: {error}"))),
        };
        (first, second)
    })
}
