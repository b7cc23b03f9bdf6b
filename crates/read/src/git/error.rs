//! What can go wrong between us and a git repository: what happened, where, and what to do next.

use std::path::PathBuf;

/// An error that stops reading a repository. What only hides a part of it is a row of `gaps` instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// Nothing is at the path.
    #[error("there is nothing at `{}`\nhelp: check the spelling; a git URL starts with `https://`, `ssh://`, `git@host:` or `file://`", path.display())]
    NoSuchPath {
        /// The path.
        path: PathBuf,
    },
    /// The path may not be read.
    #[error("`{}` cannot be read: {detail}\nhelp: give yourself permission to read it, or copy the repository to a place of your own", path.display())]
    NotReadable {
        /// The path.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// There is a repository, but it cannot be opened.
    #[error("the git repository `{}` cannot be opened: {detail}\nhelp: `git -C PATH fsck` says what is wrong with it; a fresh clone is often the quickest repair", path.display())]
    CannotOpen {
        /// The path.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The revision is not known.
    #[error("`{revision}` is no commit, branch or tag of `{repo}`{}\nhelp: `git branch -a` and `git tag` list what there is; a shallow clone knows few old commits", close_words(.close))]
    UnknownRevision {
        /// What was asked for.
        revision: String,
        /// The repository's name.
        repo: String,
        /// Names of branches and tags that look alike.
        close: Vec<String>,
    },
    /// An object that everything else hangs on is not there or damaged.
    #[error("`{repo}` has no readable {what} `{id}`: {detail}\nhelp: `git fetch` completes a partial clone; `git fsck` names what is damaged")]
    Unreadable {
        /// The repository's name.
        repo: String,
        /// `commit` or `tree`.
        what: &'static str,
        /// Object id.
        id: String,
        /// Why.
        detail: String,
    },
    /// The stop flag was raised.
    #[error("stopped before the end; what was there before is unchanged\nhelp: run the same command again to go on")]
    Stopped,
    /// A worker thread came to an unplanned end.
    #[error("reading the history of `{repo}` came to an unplanned end; this is a fault of ours\nhelp: please report it with the name of the repository")]
    Internal {
        /// The repository's name.
        repo: String,
    },
    /// The URL is not one that we clone.
    #[error("`{url}` is not a URL that can be cloned: {detail}\nhelp: use `https://host/path`, `ssh://host/path`, `git@host:path` or `file:///path`")]
    BadUrl {
        /// The URL without secrets.
        url: String,
        /// Why.
        detail: String,
    },
    /// There is no `git` program.
    #[error("cloning needs the `git` program, which was not found: {detail}\nhelp: install git, or clone in another way and give the folder instead of the URL")]
    NoGitProgram {
        /// Why.
        detail: String,
    },
    /// The host cannot be reached.
    #[error("`{url}` cannot be reached: {detail}\nhelp: check the host name and the network; what was fetched so far is kept, so the same command goes on from there")]
    Unreachable {
        /// The URL without secrets.
        url: String,
        /// What git said.
        detail: String,
    },
    /// The host wants to know who asks.
    #[error("`{url}` wants you to sign in: {detail}\nhelp: set up a git credential helper or an ssh key so that `git ls-remote URL` works without questions")]
    NeedsLogin {
        /// The URL without secrets.
        url: String,
        /// What git said.
        detail: String,
    },
    /// There is no repository behind the URL.
    #[error("there is no git repository at `{url}`: {detail}\nhelp: check the path; a private repository also looks like this to somebody who may not see it")]
    NotARepository {
        /// The URL without secrets.
        url: String,
        /// What git said.
        detail: String,
    },
    /// git failed in another way.
    #[error("`git {verb}` failed for `{url}`: {detail}\nhelp: what was fetched so far is kept; run the same command again to go on")]
    CloneFailed {
        /// The git command.
        verb: &'static str,
        /// The URL without secrets.
        url: String,
        /// What git said.
        detail: String,
    },
    /// A file of the clone cannot be written.
    #[error("could not {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn close_words(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    format!("; did you mean {}?", quoted.join(" or "))
}
