//! Reading the sources again from the page: one scan at a time, with its progress for whoever watches.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sightline_facts::store::Workspace;
use sightline_read::git::clone::FetchProgress;
use sightline_read::scan::Progress;
use sightline_scan::{Options, Summary};
use tokio::sync::watch;

/// Shortest time between two news of progress.
const PACE: Duration = Duration::from_millis(100);

/// How far a scan is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct State {
    /// `idle`, `running`, `done` or `failed`.
    pub(crate) phase: &'static str,
    /// The source that is being read.
    pub(crate) source: String,
    /// What is done with it.
    pub(crate) stage: String,
    /// Units done.
    pub(crate) done: u64,
    /// Units there are, where that is known.
    pub(crate) total: Option<u64>,
    /// The last unit.
    pub(crate) what: String,
    /// What came of it, in words.
    pub(crate) outcome: String,
    /// Tenths of a second since it began.
    pub(crate) tenths: u64,
}

/// Scans of this server.
pub(crate) struct Scans {
    state: watch::Sender<State>,
    stop: Mutex<Option<Arc<AtomicBool>>>,
}

impl Scans {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(State { phase: "idle", ..State::default() }), stop: Mutex::default() }
    }

    /// How far it is, now and later.
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Begins a scan of what the workspace reads, unless one runs already.
    pub(crate) fn start(self: &Arc<Self>, workspace: Workspace) -> bool {
        let mut running = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return false;
        }
        let stop = Arc::new(AtomicBool::new(false));
        *running = Some(Arc::clone(&stop));
        self.state.send_replace(State {
            phase: "running",
            stage: "looking for sources".to_owned(),
            ..State::default()
        });
        let scans = Arc::clone(self);
        let named = std::thread::Builder::new().name("scan".to_owned()).spawn(move || scans.run(&workspace, &stop));
        if named.is_err() {
            *running = None;
            self.state.send_modify(|s| {
                s.phase = "failed";
                "no thread could be started".clone_into(&mut s.outcome);
            });
        }
        true
    }

    /// Asks a running scan to stop; the snapshot stays as it was.
    pub(crate) fn stop(&self) {
        if let Some(stop) = &*self.stop.lock().unwrap_or_else(PoisonError::into_inner) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn run(&self, workspace: &Workspace, stop: &AtomicBool) {
        let reporter = Reporter { state: &self.state, started: Instant::now(), last: Mutex::new(None) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(0));
        let options = Options {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            renames: true,
            now,
            as_of: None,
            keep_others: true,
            fresh: false,
        };
        let outcome = sightline_scan::asked_before(workspace)
            .and_then(|asked| sightline_scan::discover(workspace, &asked, &reporter, stop))
            .and_then(|sources| {
                sightline_scan::scan(workspace, &sources, &options, &reporter, stop, &mut |_| {
                    reporter.say("waiting for another scan of this workspace");
                    !stop.load(Ordering::Relaxed)
                })
            });
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.state.send_modify(|state| {
            state.tenths = reporter.tenths();
            match outcome {
                Ok(summary) => {
                    state.phase = "done";
                    state.outcome = describe(&summary);
                }
                Err(error) => {
                    state.phase = "failed";
                    state.outcome = error.to_string();
                }
            }
        });
    }
}

/// What a scan found, in a sentence.
fn describe(summary: &Summary) -> String {
    if summary.unchanged {
        return "Nothing has changed since the scan before.".to_owned();
    }
    let count = |n: u64| sightline_tell::words::exact(i64::try_from(n).unwrap_or(i64::MAX));
    let files: u64 = summary.sources.values().map(|s| s.files_read).sum();
    let commits: u64 = summary.sources.values().map(|s| s.commits_read).sum();
    format!("Read anew: {} files and {} commits.", count(files), count(commits))
}

/// Passes progress on, not more often than people can read.
struct Reporter<'a> {
    state: &'a watch::Sender<State>,
    started: Instant,
    last: Mutex<Option<Instant>>,
}

impl Reporter<'_> {
    fn tenths(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis() / 100).unwrap_or(u64::MAX)
    }

    fn say(&self, stage: &str) {
        self.stage("", stage, None);
    }
}

impl Progress for Reporter<'_> {
    fn stage(&self, source: &str, stage: &str, total: Option<u64>) {
        self.state.send_modify(|s| {
            s.source = sightline_tell::text::visible(source);
            stage.clone_into(&mut s.stage);
            s.done = 0;
            s.total = total;
            s.what = String::new();
            s.tenths = self.tenths();
        });
    }

    fn advance(&self, done: u64, what: &str) {
        let Ok(mut last) = self.last.try_lock() else { return };
        if last.is_some_and(|at| at.elapsed() < PACE) {
            return;
        }
        *last = Some(Instant::now());
        self.state.send_modify(|s| {
            s.done = done;
            s.what = sightline_tell::text::shorten_middle(&sightline_tell::text::visible(what), 100);
            s.tenths = self.tenths();
        });
    }
}

impl FetchProgress for Reporter<'_> {
    fn fetching(&self, stage: &str, percent: Option<u8>) {
        self.state.send_modify(|s| {
            stage.clone_into(&mut s.stage);
            s.done = u64::from(percent.unwrap_or(0));
            s.total = Some(100);
        });
    }
}
