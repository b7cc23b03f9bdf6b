//! Brings written files to the disk beside other work: waiting for each of some forty files of a scan, one after the
//! other, takes longer than reading what one commit changed.

use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::error::FactsError;

/// Files that are written and perhaps not yet on the disk.
#[derive(Debug, Default)]
pub(super) struct Flush {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    files: Sender<(File, PathBuf)>,
    /// Ends when nothing more can come.
    thread: JoinHandle<Result<(), FactsError>>,
}

impl Running {
    fn start() -> std::io::Result<Self> {
        let (files, written) = channel::<(File, PathBuf)>();
        let flush = move || {
            let mut outcome = Ok(());
            for (file, path) in written {
                let flushed = file.sync_data().map_err(|e| FactsError::io("write", &path, e));
                outcome = outcome.and(flushed);
            }
            outcome
        };
        let thread = std::thread::Builder::new().name("sightline-flush".to_owned()).spawn(flush);
        Ok(Self { files, thread: thread? })
    }
}

impl Flush {
    /// Takes a file that is written.
    ///
    /// # Errors
    /// No thread can be started.
    pub(super) fn take(&self, file: File, path: PathBuf) -> Result<(), FactsError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let running = match &mut *running {
            Some(running) => running,
            none => none.insert(Running::start().map_err(|e| FactsError::io("start a thread to write", &path, e))?),
        };
        // The thread listens until `wait` ends it.
        drop(running.files.send((file, path)));
        Ok(())
    }

    /// Waits until all files taken so far are on the disk.
    ///
    /// # Errors
    /// What kept the first of them from it.
    pub(super) fn wait(&self) -> Result<(), FactsError> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { files, thread }) = running else { return Ok(()) };
        drop(files);
        thread.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
    }
}
