//! One scan at a time: an operating-system lock that goes away with the process that held it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::FactsError;

/// Held while a scan writes; dropped, it lets the next one in. A killed process lets go of it too.
#[derive(Debug)]
pub struct ScanLock {
    file: File,
    root: PathBuf,
}

impl ScanLock {
    /// Takes the lock, asking `wait` with the holder's own words every half second while another process has it.
    pub(super) fn take(root: &Path, path: &Path, wait: &mut dyn FnMut(&str) -> bool) -> Result<Self, FactsError> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(|e| {
                if e.kind() == std::io::ErrorKind::PermissionDenied {
                    FactsError::ReadOnly { path: root.to_path_buf(), source: e }
                } else {
                    FactsError::io("open the lock", path, e)
                }
            })?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    file.rewind().and_then(|()| file.read_to_string(&mut holder)).ok();
                    let holder = if holder.is_empty() { "it does not say who it is".to_owned() } else { holder };
                    if !wait(&holder) {
                        return Err(FactsError::Busy { path: root.to_path_buf(), holder });
                    }
                    std::thread::sleep(Duration::from_millis(500));
                }
                Err(TryLockError::Error(e)) => return Err(FactsError::io("lock", path, e)),
            }
        }
        // What is written here is for people who wait; the lock holds without it.
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "process {}", std::process::id())).ok();
        Ok(Self { file, root: root.to_path_buf() })
    }

    /// Whether this lock is that workspace's.
    pub fn holds(&self, root: &Path) -> bool {
        self.root == root
    }
}

impl Drop for ScanLock {
    fn drop(&mut self) {
        self.file.unlock().ok();
    }
}
