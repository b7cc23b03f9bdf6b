//! Runs the program as a user would, on its own workspace and with nothing of this user's settings.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of it")]

pub(crate) mod tracker;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sightline_testkit::TinyRepo;

/// A command on a workspace.
pub(crate) fn command(workspace: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sightline"));
    command
        .args(arguments)
        .arg("--workspace")
        .arg(workspace)
        .env_remove("SIGHTLINE_WORKSPACE")
        .env("XDG_DATA_HOME", workspace.join("data"))
        .env("HOME", workspace);
    command
}

/// Runs it.
pub(crate) fn run(workspace: &Path, arguments: &[&str]) -> Output {
    command(workspace, arguments).output().expect("the program starts")
}

/// What a successful run printed.
pub(crate) fn ok(workspace: &Path, arguments: &[&str]) -> String {
    let output = run(workspace, arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?} ended with {:?}\n{out}\n{err}", output.status.code());
    out.into_owned()
}

/// What a failing run said, with its exit code.
pub(crate) fn fails(workspace: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(workspace, arguments);
    assert!(!output.status.success(), "{arguments:?} should not succeed: {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Scans a folder and gives its workspace.
pub(crate) fn scanned(repo: &TinyRepo, options: &[&str]) -> PathBuf {
    let workspace = repo.outside().join("workspace");
    let path = repo.path();
    let mut arguments = vec!["scan", path.to_str().expect("temporary folders have plain names")];
    arguments.extend(options);
    ok(&workspace, &arguments);
    workspace
}

/// An answer as CSV lines without the heading.
pub(crate) fn sql(workspace: &Path, query: &str) -> Vec<String> {
    let text = ok(workspace, &["sql", "--format", "csv", query]);
    text.lines().skip(1).map(str::to_owned).collect()
}

/// `reason` and `path` of all gaps.
pub(crate) fn gaps(workspace: &Path) -> Vec<String> {
    sql(workspace, "select reason, path from gaps order by reason, path")
}
