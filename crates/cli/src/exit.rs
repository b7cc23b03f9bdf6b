//! Exit codes, the same for every command.

use std::process::ExitCode;

use sightline_facts::FactsError;
use sightline_scan::ScanError;

/// What the exit code says. Documented in `sightline --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// A threshold that the user set was crossed, or a check does not hold.
    Crossed = 1,
    /// Wrong usage.
    Usage = 2,
    /// The input cannot be used.
    Input = 3,
    /// Incomplete, under `--strict`.
    Incomplete = 4,
    /// Stopped by the user (128 + SIGINT, as shells expect).
    Stopped = 130,
    /// A fault of ours.
    Fault = 70,
}

/// Every code with its meaning, for `--help` and the manual page.
pub(crate) const MEANINGS: [(Exit, &str); 7] = [
    (Exit::Done, "done"),
    (Exit::Crossed, "a check does not hold"),
    (Exit::Usage, "wrong usage"),
    (Exit::Input, "the input cannot be used"),
    (Exit::Incomplete, "incomplete under `scan --strict`"),
    (Exit::Fault, "a fault of ours"),
    (Exit::Stopped, "stopped"),
];

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A wrong use that clap cannot see.
#[derive(Debug)]
pub(crate) struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

impl Exit {
    /// The code for an error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if error.is::<UsageError>() {
            return Self::Usage;
        }
        if is_broken_pipe(error) {
            return Self::Done;
        }
        match error.downcast_ref::<ScanError>() {
            Some(ScanError::Stopped) => return Self::Stopped,
            Some(_) => return Self::Input,
            None => {}
        }
        match error.downcast_ref::<FactsError>() {
            Some(FactsError::Sql { .. } | FactsError::NotReadOnly) => Self::Usage,
            _ => Self::Input,
        }
    }
}

/// Whether an error says no more than that the reader of our output has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|e| e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
}

/// A panic on the main thread is a fault of ours and says so; one inside a reader is caught there and becomes a gap.
pub(crate) fn explain_panics() {
    std::panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        if thread.name() == Some("sightline-read") {
            return;
        }
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        crate::output::to_stderr(&format!(
            "error[our-fault]: Sightline came to an unplanned end at {place}: {info}\nhelp: please report it with the command you ran\n"
        ));
        if thread.name() == Some("main") {
            #[expect(clippy::exit, reason = "the documented exit code for faults of ours")]
            std::process::exit(Exit::Fault as i32);
        }
    }));
}
