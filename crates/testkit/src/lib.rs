//! Tests only: tiny repositories made on the spot by the `git` program, with fixed people and dates, so that their
//! object ids are the same on every machine; fixture pages ([`page`]); and servers that answer as told ([`http`]).

pub mod http;
pub mod page;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// First commit's time: 1 Jan 2026, noon UTC. Each further commit is a day later.
const FIRST: i64 = 1_767_268_800;
const DAY: i64 = 86_400;

/// A repository in a temporary folder.
#[derive(Debug)]
pub struct TinyRepo {
    folder: TempDir,
    name: String,
    commits: i64,
    author: (String, String),
}

impl Default for TinyRepo {
    fn default() -> Self {
        Self::new("shop")
    }
}

impl TinyRepo {
    /// An empty repository in a folder of that name.
    pub fn new(name: &str) -> Self {
        Self::with_init(name, &["init", "-q", "-b", "main"])
    }

    /// A repository whose objects are named by SHA-256.
    pub fn sha256(name: &str) -> Self {
        Self::with_init(name, &["init", "-q", "-b", "main", "--object-format=sha256"])
    }

    fn with_init(name: &str, init: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(name)).expect("an empty temporary folder");
        let author = ("Ana Lima".to_owned(), "ana@example.org".to_owned());
        let repo = Self { folder, name: name.to_owned(), commits: 0, author };
        repo.git(init);
        repo
    }

    /// The work tree.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// The folder around it, for workspaces and clones.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// Runs git in the work tree and gives what it printed.
    ///
    /// # Panics
    /// When git fails: a test has nothing to stand on then.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_at(FIRST + self.commits * DAY, arguments)
    }

    fn git_at(&self, seconds: i64, arguments: &[&str]) -> String {
        // The `@` says that it is a number of seconds, however small.
        let date = format!("@{seconds} +0000");
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", &self.author.0)
            .env("GIT_AUTHOR_EMAIL", &self.author.1)
            .env("GIT_COMMITTER_NAME", &self.author.0)
            .env("GIT_COMMITTER_EMAIL", &self.author.1)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .expect("the git program");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Writes a file, folders included.
    pub fn file(&mut self, path: &str, text: &str) -> &mut Self {
        self.bytes(path.as_bytes(), text.as_bytes())
    }

    /// Writes a file whose name or content need not be text.
    ///
    /// # Panics
    /// When the work tree cannot be written.
    pub fn bytes(&mut self, path: &[u8], content: &[u8]) -> &mut Self {
        let path = self.path().join(OsStr::from_bytes(path));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder in the work tree");
        }
        std::fs::write(path, content).expect("a file in the work tree");
        self
    }

    /// Makes a symbolic link.
    ///
    /// # Panics
    /// When the work tree cannot be written.
    pub fn link(&mut self, path: &str, target: &str) -> &mut Self {
        std::os::unix::fs::symlink(target, self.path().join(path)).expect("a link in the work tree");
        self
    }

    /// Who writes the commits that follow.
    pub fn by(&mut self, name: &str, email: &str) -> &mut Self {
        self.author = (name.to_owned(), email.to_owned());
        self
    }

    /// Commits everything, a day after the commit before; gives the commit's id.
    pub fn commit(&mut self, message: &str) -> String {
        let seconds = FIRST + self.commits * DAY;
        self.commit_at(message, seconds)
    }

    /// Commits everything at a given time, seconds since 1970.
    pub fn commit_at(&mut self, message: &str, seconds: i64) -> String {
        self.git(&["add", "-A"]);
        self.git_at(seconds, &["commit", "-q", "--allow-empty", "-m", message]);
        self.commits += 1;
        self.git(&["rev-parse", "HEAD"])
    }
}
