//! Progress on stderr: drawn on a terminal only, after 250 milliseconds, with counts and what is being read.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sightline_read::git::clone::FetchProgress;
use sightline_read::scan::Progress;

use crate::output::put;

/// How long work may take before anything is drawn.
const PATIENCE: Duration = Duration::from_millis(250);

/// Raised by Ctrl-C; a second Ctrl-C ends the process at once.
pub(crate) fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            #[expect(clippy::exit, reason = "the user asked twice")]
            std::process::exit(crate::exit::Exit::Stopped as i32);
        }
        crate::output::say("stopping; press Ctrl-C again to end at once");
    })
    // Without a handler Ctrl-C ends the process, which leaves the last snapshot as it was.
    .ok();
    stop
}

/// A bar for a person who watches.
pub(crate) struct Bar {
    drawn: ProgressBar,
    started: Instant,
    label: Mutex<String>,
    /// Stages with the moment at which each began.
    stages: Mutex<Vec<(String, Instant)>>,
}

impl Bar {
    /// A bar, hidden where nobody watches.
    pub(crate) fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        Self {
            drawn: ProgressBar::with_draw_target(None, target),
            started: Instant::now(),
            label: Mutex::default(),
            stages: Mutex::default(),
        }
    }

    fn begin(&self, label: String, total: Option<u64>) {
        let template = match total {
            Some(_) => "{prefix}  {bar:24} {human_pos}/{human_len}  {wide_msg}",
            None => "{prefix}  {spinner} {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.drawn.set_style(style);
        }
        if let Some(total) = total {
            self.drawn.set_length(total);
        }
        self.drawn.set_position(0);
        self.drawn.set_message("");
        self.drawn.set_prefix(label.clone());
        if let Ok(mut stages) = self.stages.lock() {
            stages.push((label.clone(), Instant::now()));
        }
        if let Ok(mut current) = self.label.lock() {
            *current = label;
        }
    }

    /// How long each stage took so far, one line each.
    pub(crate) fn timings(&self) -> String {
        let Ok(stages) = self.stages.lock() else { return String::new() };
        let ends = stages.iter().skip(1).map(|(_, began)| *began).chain([Instant::now()]);
        let mut text = String::new();
        for ((label, began), end) in stages.iter().zip(ends) {
            let label = sightline_tell::text::visible(label);
            put(&mut text, format_args!("{:9.3} s  {label}\n", end.duration_since(*began).as_secs_f64()));
        }
        text
    }

    fn move_to(&self, done: u64, what: &str) {
        if self.started.elapsed() >= PATIENCE {
            self.drawn.set_message(sightline_tell::text::visible(what));
            self.drawn.set_position(done);
        }
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        self.drawn.finish_and_clear();
    }
}

impl Progress for Bar {
    fn stage(&self, source: &str, stage: &str, total: Option<u64>) {
        let label = if source.is_empty() { stage.to_owned() } else { format!("{source}: {stage}") };
        self.begin(label, total);
    }

    fn advance(&self, done: u64, what: &str) {
        self.move_to(done, what);
    }
}

impl FetchProgress for Bar {
    fn fetching(&self, stage: &str, percent: Option<u8>) {
        let same = self.label.lock().is_ok_and(|l| *l == stage);
        if !same {
            self.begin(stage.to_owned(), Some(100));
        }
        self.move_to(u64::from(percent.unwrap_or(0)), "");
    }

    fn downloaded(&self, what: &str, done: u64) {
        let same = self.label.lock().is_ok_and(|l| *l == what);
        if !same {
            self.begin(what.to_owned(), None);
        }
        self.move_to(done, &format!("{done} records"));
    }

    fn notice(&self, text: &str) {
        self.drawn.suspend(|| crate::output::say(&sightline_tell::text::visible(text)));
    }
}
