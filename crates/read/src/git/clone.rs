//! Clones and updates repositories by URL with the user's own `git` program, so that their ssh keys, proxies and
//! credential helpers work as they are used to.
//!
//! A clone grows in steps of depth. Each finished step stays, so an interrupted clone goes on where it stopped.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{GitError, url};
use crate::history::message::clean;

/// Depths fetched one after the other before all of the history.
const DEPTHS: [u32; 3] = [500, 5_000, 50_000];
/// How much of what git says is kept, in bytes.
const KEPT: usize = 8 * 1024;
/// How often the stop flag is looked at.
const TICK: Duration = Duration::from_millis(20);

/// Told how far a clone is.
pub trait FetchProgress {
    /// `phase` is what is done, in words, such as `receiving objects`; `percent` where it is known.
    fn fetching(&self, phase: &str, percent: Option<u8>);

    /// `done` records of a live source were downloaded; `what` is as `github-acme-shop: issues`.
    fn downloaded(&self, what: &str, done: u64) {
        let _ = done;
        self.fetching(what, None);
    }

    /// A sentence that the user should see, such as that a source could not be reached.
    fn notice(&self, text: &str) {
        let _ = text;
    }
}

/// Whether a text is meant as the URL of a repository rather than as a path.
pub fn looks_like_url(text: &str) -> bool {
    if let Some((scheme, rest)) = text.split_once("://") {
        return !rest.is_empty()
            && !scheme.is_empty()
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+');
    }
    // `git@host:path`. One letter before the colon is a Windows drive.
    match text.split_once(':') {
        Some((host, path)) => {
            host.contains('@')
                && host.len() > 2
                && !path.is_empty()
                && !host.contains(['/', '\\', ' '])
                && !host.starts_with('-')
        }
        None => false,
    }
}

fn check(address: &str) -> Result<(), GitError> {
    let bad =
        |detail: &str| Err(GitError::BadUrl { url: clean(&url::without_secrets(address)), detail: detail.to_owned() });
    if address.starts_with('-') {
        return bad("it starts with `-`, which git would read as an option");
    }
    if address.chars().any(|c| c.is_control() || c == ' ') {
        return bad("it holds blanks or control characters");
    }
    match address.split_once("://") {
        Some((scheme, rest)) => {
            if !["https", "http", "ssh", "file", "git"].contains(&scheme) {
                return bad("only https, http, ssh, git and file are followed");
            }
            if rest.starts_with('-') || rest.rsplit_once('@').is_some_and(|(_, host)| host.starts_with('-')) {
                return bad("its host starts with `-`");
            }
            Ok(())
        }
        None if looks_like_url(address) && !address.contains("::") => Ok(()),
        None => bad("it has no scheme"),
    }
}

/// Clones a URL into a bare repository below `into`, or brings an earlier clone of it up to date; gives its folder.
///
/// User, password and token of the URL are handed to git and stored nowhere.
///
/// # Errors
/// [`GitError::BadUrl`], [`GitError::NoGitProgram`], [`GitError::Unreachable`], [`GitError::NeedsLogin`],
/// [`GitError::NotARepository`], [`GitError::CloneFailed`], [`GitError::Io`], and [`GitError::Stopped`].
pub fn fetch_url(
    address: &str,
    into: &Path,
    progress: &dyn FetchProgress,
    stop: &AtomicBool,
) -> Result<PathBuf, GitError> {
    check(address)?;
    let shown = url::without_secrets(address);
    let name = url::last_part(&shown).unwrap_or_else(|| "repository".to_owned());
    let name: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).take(60).collect();
    let hash = blake3::hash(shown.as_bytes()).to_hex();
    let folder = into.join(format!("{}-{}.git", name.trim_start_matches('.'), &hash.as_str()[..10]));
    std::fs::create_dir_all(into).map_err(|source| GitError::Io {
        doing: "create",
        path: into.to_path_buf(),
        source,
    })?;
    let _lock = lock(&folder, progress, stop)?;
    let clone = Clone { address, shown: clean(&shown), folder: &folder, progress, stop };
    clone.prepare()?;
    clone.fetch()?;
    Ok(folder)
}

/// Waits until no other process works on the clone.
fn lock(folder: &Path, progress: &dyn FetchProgress, stop: &AtomicBool) -> Result<File, GitError> {
    let path = folder.with_extension("lock");
    let io = |source| GitError::Io { doing: "lock", path: path.clone(), source };
    let file = File::options().create(true).append(true).open(&path).map_err(io)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        if stop.load(Ordering::Relaxed) {
            return Err(GitError::Stopped);
        }
        progress.fetching("waiting for another fetch of this repository", None);
        std::thread::sleep(TICK);
    }
}

struct Clone<'a> {
    address: &'a str,
    shown: String,
    folder: &'a Path,
    progress: &'a dyn FetchProgress,
    stop: &'a AtomicBool,
}

impl Clone<'_> {
    /// Makes the empty repository, and clears away what a killed fetch left.
    fn prepare(&self) -> Result<(), GitError> {
        if !self.folder.join("HEAD").is_file() || !self.folder.join("objects").is_dir() {
            let mut git = Self::git(None);
            git.args(["init", "--quiet", "--bare", "--template=", "--"]).arg(self.folder);
            self.run("init", git)?;
        }
        let mut git = Self::git(Some(self.folder));
        git.args(["config", "remote.origin.url", &self.shown]);
        self.run("config", git)?;
        for lock in ["shallow.lock", "packed-refs.lock", "HEAD.lock", "config.lock"] {
            // We hold the clone's own lock, so nobody else is at work.
            std::fs::remove_file(self.folder.join(lock)).ok();
        }
        if let Ok(packs) = std::fs::read_dir(self.folder.join("objects/pack")) {
            for pack in packs.filter_map(Result::ok).filter(|p| p.file_name().to_string_lossy().starts_with("tmp_")) {
                std::fs::remove_file(pack.path()).ok();
            }
        }
        Ok(())
    }

    fn fetch(&self) -> Result<(), GitError> {
        let branch = self.remote_head()?;
        if let Some(branch) = &branch {
            let mut git = Self::git(Some(self.folder));
            git.args(["symbolic-ref", "HEAD", branch]);
            self.run("symbolic-ref", git)?;
        }
        let is_begun = self.folder.join("sightline-complete").is_file();
        if !is_begun && let Some(branch) = &branch {
            self.grow(branch)?;
        }
        let is_shallow = self.folder.join("shallow").is_file();
        let refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        self.run_fetch(is_shallow.then_some("--unshallow"), &["--prune"], &refspecs)?;
        let path = self.folder.join("sightline-complete");
        std::fs::write(&path, "").map_err(|source| GitError::Io { doing: "write", path, source })
    }

    /// Fetches the branch in steps of depth.
    fn grow(&self, branch: &str) -> Result<(), GitError> {
        let refspec = format!("+{branch}:{branch}");
        for (i, depth) in DEPTHS.iter().enumerate() {
            let is_shallow = self.folder.join("shallow").is_file();
            if i > 0 && !is_shallow {
                // The step before reached the beginning.
                break;
            }
            let reached = std::fs::read_to_string(self.folder.join("sightline-depth")).ok();
            if reached.and_then(|text| text.trim().parse::<u32>().ok()).is_some_and(|reached| reached >= *depth) {
                continue;
            }
            match self.run_fetch(Some(&format!("--depth={depth}")), &["--no-tags"], &[&refspec]) {
                Ok(()) => {}
                // Old servers know no depth; they give all at once.
                Err(GitError::CloneFailed { detail, .. }) if detail.contains("shallow") => break,
                Err(error) => return Err(error),
            }
            let path = self.folder.join("sightline-depth");
            std::fs::write(&path, depth.to_string()).map_err(|source| GitError::Io { doing: "write", path, source })?;
        }
        Ok(())
    }

    fn run_fetch(&self, depth: Option<&str>, options: &[&str], refspecs: &[&str]) -> Result<(), GitError> {
        let mut git = Self::git(Some(self.folder));
        git.args([
            "fetch",
            "--progress",
            "--force",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
        ]);
        git.arg("--update-head-ok").args(depth).args(options);
        git.arg("--").arg(self.address).args(refspecs);
        self.run("fetch", git).map(|_| ())
    }

    /// Full name of the branch that the remote's `HEAD` points at; `None` for an empty repository.
    fn remote_head(&self) -> Result<Option<String>, GitError> {
        self.progress.fetching("asking for branches", None);
        let mut git = Self::git(Some(self.folder));
        git.args(["ls-remote", "--symref", "--", self.address, "HEAD"]);
        let said = self.run("ls-remote", git)?;
        let named = said.lines().find_map(|line| Some(line.strip_prefix("ref: ")?.split('\t').next()?.to_owned()));
        let has_commit = said.lines().any(|line| line.ends_with("\tHEAD") && !line.starts_with("ref: "));
        let is_name = |name: &String| {
            name.starts_with("refs/heads/")
                && !name.contains("..")
                && !name.contains([' ', '*', ':', '^', '~', '?', '['])
        };
        Ok(named.filter(is_name).filter(|_| has_commit))
    }

    fn git(folder: Option<&Path>) -> Command {
        let mut git = Command::new("git");
        if let Some(folder) = folder {
            git.arg("--git-dir").arg(folder);
        }
        for setting in [
            "protocol.allow=never",
            "protocol.ext.allow=never",
            "protocol.https.allow=always",
            "protocol.http.allow=always",
            "protocol.ssh.allow=always",
            "protocol.git.allow=always",
            "protocol.file.allow=always",
            "core.hooksPath=/dev/null",
            "core.fsmonitor=false",
            "gc.auto=0",
            "maintenance.auto=false",
            "fetch.recurseSubmodules=false",
            "transfer.bundleURI=false",
        ] {
            git.args(["-c", setting]);
        }
        for inherited in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_NAMESPACE",
            "GIT_COMMON_DIR",
            "GIT_TRACE",
            "GIT_TRACE_CURL",
            "GIT_CURL_VERBOSE",
        ] {
            git.env_remove(inherited);
        }
        git.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        if std::env::var_os("GIT_SSH_COMMAND").is_none() && std::env::var_os("GIT_SSH").is_none() {
            git.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        git
    }

    /// Runs git to its end; gives what it wrote to stdout.
    fn run(&self, verb: &'static str, mut git: Command) -> Result<String, GitError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(GitError::Stopped);
        }
        let no_git = |error: std::io::Error| GitError::NoGitProgram { detail: error.to_string() };
        let mut child = git.spawn().map_err(no_git)?;
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let (sender, receiver) = std::sync::mpsc::channel();
        let read_out = std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(stdout) = stdout {
                // A remote cannot fill our memory.
                stdout.take(4 << 20).read_to_end(&mut text).ok();
            }
            String::from_utf8_lossy(&text).into_owned()
        });
        let read_err = std::thread::spawn(move || {
            let mut said = String::new();
            if let Some(mut stderr) = stderr {
                read_lines(&mut stderr, &mut |line| {
                    if let Some(step) = parse_progress(line) {
                        sender.send(step).ok();
                    } else if said.len() < KEPT {
                        said.push_str(line);
                        said.push('\n');
                    }
                });
            }
            said
        });
        let status = loop {
            for (phase, percent) in receiver.try_iter() {
                self.progress.fetching(&phase, Some(percent));
            }
            if self.stop.load(Ordering::Relaxed) {
                child.kill().ok();
                child.wait().ok();
                return Err(GitError::Stopped);
            }
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => {}
                Err(error) => return Err(no_git(error)),
            }
            match receiver.recv_timeout(TICK) {
                Ok((phase, percent)) => self.progress.fetching(&phase, Some(percent)),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(2)),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            }
        };
        let out = read_out.join().unwrap_or_default();
        let said = read_err.join().unwrap_or_default();
        if status.success() { Ok(out) } else { Err(self.explain(verb, &said)) }
    }

    /// Turns what git said into an error that helps.
    fn explain(&self, verb: &'static str, said: &str) -> GitError {
        let detail = self.scrub(said);
        let low = detail.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| low.contains(word));
        let url = self.shown.clone();
        if has(&[
            "could not resolve host",
            "couldn't resolve host",
            "failed to connect",
            "could not connect",
            "connection refused",
            "connection timed out",
            "network is unreachable",
            "name or service not known",
        ]) {
            GitError::Unreachable { url, detail }
        } else if has(&[
            "authentication failed",
            "could not read username",
            "could not read password",
            "permission denied",
            "terminal prompts disabled",
            "host key verification failed",
            "error: 401",
            "error: 403",
        ]) {
            GitError::NeedsLogin { url, detail }
        } else if has(&[
            "not found",
            "does not appear to be a git repository",
            "does not exist",
            "not a git repository",
            "error: 404",
        ]) {
            GitError::NotARepository { url, detail }
        } else {
            GitError::CloneFailed { verb, url, detail }
        }
    }

    /// The lines that say what is wrong, without secrets.
    fn scrub(&self, said: &str) -> String {
        let mut text = said.replace(self.address, &self.shown);
        if let Some((_, rest)) = self.address.split_once("://")
            && let Some((user, _)) = rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit_once('@')
        {
            for secret in user.split(':').chain([user]).filter(|s| s.len() > 2) {
                text = text.replace(secret, "…");
            }
        }
        let told: Vec<&str> = text
            .lines()
            .filter(|line| ["fatal:", "error:", "remote:", "ssh:"].iter().any(|start| line.starts_with(start)))
            .collect();
        let told = if told.is_empty() { text } else { told.join("; ") };
        let told = super::one_line(&told);
        if told.is_empty() { "git gave no reason".to_owned() } else { told }
    }
}

/// Splits at `\n` and at the `\r` that progress is drawn with.
fn read_lines(from: &mut dyn Read, line: &mut dyn FnMut(&str)) {
    const LONGEST: usize = 4096;
    let mut buffer = [0; 4096];
    let mut pending: Vec<u8> = Vec::new();
    while let Ok(n) = from.read(&mut buffer) {
        if n == 0 {
            break;
        }
        for byte in &buffer[..n] {
            if matches!(byte, b'\n' | b'\r') || pending.len() >= LONGEST {
                if !pending.is_empty() {
                    line(&String::from_utf8_lossy(&pending));
                }
                pending.clear();
            } else {
                pending.push(*byte);
            }
        }
    }
    if !pending.is_empty() {
        line(&String::from_utf8_lossy(&pending));
    }
}

/// `remote: Compressing objects:  42% (1/2)` to (`compressing objects`, 42).
fn parse_progress(line: &str) -> Option<(String, u8)> {
    let line = line.strip_prefix("remote: ").unwrap_or(line);
    let (phase, rest) = line.split_once(':')?;
    let percent = rest.trim_start().split_once('%')?.0.parse::<u8>().ok()?;
    (phase.len() < 60).then(|| (clean(phase).to_lowercase(), percent.min(100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        for text in ["https://host/a", "ssh://git@host/a", "git@host:a/b.git", "file:///srv/a"] {
            assert!(looks_like_url(text) && check(text).is_ok(), "{text}");
        }
        for text in [".", "/srv/a", "C:\\code", "a/b:c", "host", "./x@y:z"] {
            assert!(!looks_like_url(text), "{text}");
        }
        for text in [
            "--upload-pack=touch x",
            "ext::sh -c x",
            "ftp://host/a",
            "https://host/a b",
            "ssh://-oProxyCommand=x/a",
            "ssh://u@-x/a",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn progress_is_read_off_what_git_says() {
        assert_eq!(parse_progress("Receiving objects:  42% (5/12)"), Some(("receiving objects".to_owned(), 42)));
        assert_eq!(
            parse_progress("remote: Counting objects: 100% (3/3), done."),
            Some(("counting objects".to_owned(), 100))
        );
        assert_eq!(parse_progress("fatal: nothing here"), None);
    }
}
