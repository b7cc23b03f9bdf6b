//! Live sources from the command line: downloaded, read, remembered, killed in the middle, and read without a network.

mod common;
#[path = "../../connect/tests/common/github.rs"]
mod github;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{command, sql};
use github::Hub;
use sightline_testkit::http::Server;

/// The token of all tests: it must be found nowhere.
const TOKEN: &str = "tok3n-that-nobody-may-see";

fn with_token(workspace: &Path, arguments: &[&str]) -> Command {
    let mut command = command(workspace, arguments);
    command.env("GITHUB_TOKEN", TOKEN).env_remove("GH_TOKEN").env_remove("SIGHTLINE_HOSTS");
    command
}

/// Runs to the end; neither output holds the token.
fn run(workspace: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = with_token(workspace, arguments).output().expect("the program starts");
    let (out, err) = (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned());
    assert!(!out.contains(TOKEN) && !err.contains(TOKEN), "{out}\n{err}");
    (status.code(), out, err)
}

fn ok(workspace: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(workspace, arguments);
    assert_eq!(code, Some(0), "{arguments:?}\n{out}\n{err}");
    out + &err
}

/// What a whole workspace says of the source, in one question.
fn told(workspace: &Path) -> Vec<String> {
    sql(
        workspace,
        "select 1, 'issues', cast(count(*) as varchar), cast(count(distinct key) as varchar) from issues
         union all select 2, 'pulls', cast(count(*) as varchar), cast(count(distinct key) as varchar) from pulls
         union all select 3, 'labels', cast(count(*) as varchar), '' from issue_events where kind = 'labeled'
         union all select 4, kind, to_key, basis from issue_links where basis = 'declared'
         union all select 5, 'deployments', cast(count(*) as varchar), min(environment) from deployments
           where kind = 'deployment'
         union all select 6, 'changes', cast(count(*) as varchar), '' from deployment_changes where to_sha is not null
         union all select 7, 'releases', cast(count(*) as varchar), min(environment) from deployments
           where kind = 'release'
         union all select 8, kind, cast(count(*) as varchar), '' from pipelines group by kind
         union all select 9, milestone, cast(due_at as varchar), '' from milestones
         union all select 10, 'format', format, '' from data_sets
         union all select 11, 'gap', reason, '' from gaps
         union all select 12, key, status, milestone from issues where components is not null
         union all select 13, name, status_category, health from initiatives
         union all select 14, cast(at as varchar), to_value, category from issue_events where kind = 'status' and item like '%#1'
         union all select 15, kind, key, cast(n_earlier as varchar) from blockers where kind = 'broken-main'
         union all select 16, section, text, basis from claims where section = 'program' and text like 'Board%'
         order by 1, 2, 3",
    )
}

/// No file below the folder holds the token.
fn keeps_the_secret(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            keeps_the_secret(&entry.path());
        } else {
            let bytes = std::fs::read(entry.path()).expect("a file");
            let has = bytes.windows(TOKEN.len()).any(|w| w == TOKEN.as_bytes());
            assert!(!has, "{}", entry.path().display());
        }
    }
}

fn downloads(workspace: &Path) -> PathBuf {
    let below = std::fs::read_dir(workspace.join(".sightline/sources")).expect("downloads").flatten().next();
    below.expect("one download").path()
}

#[test]
fn a_live_source_is_downloaded_read_and_remembered() {
    let (_, server) = Hub::quiet();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = folder.path().join("workspace");
    let address = format!("github:{}/acme/shop", server.url());
    ok(&workspace, &["scan", &address]);
    let expected = [
        "1,issues,10,10",
        "2,pulls,4,4",
        "3,labels,32,",
        "4,depends-on,#4,declared",
        "4,has-part,#3,declared",
        "5,deployments,6,production",
        "6,changes,10,",
        "7,releases,6,",
        "8,check,18,",
        "8,job,6,",
        "8,run,6,",
        "9,Sprint 1,2026-01-19T00:00:00Z,",
        "9,v1,2026-01-20T00:00:00Z,",
        "10,format,github,",
        "12,#1,Done,Sprint 1",
        "12,#2,Todo,Sprint 1",
        "12,#4,Todo,Sprint 1",
        "13,Board 1,in-progress,at-risk",
        "13,Board 2,done,at-risk",
        "14,2026-01-02T00:00:00Z,Todo,to-do",
        "14,2026-01-03T00:00:00Z,In Progress,in-progress",
        "14,2026-01-09T00:00:00Z,Done,",
        "15,broken-main,main (build),0",
        "15,broken-main,main (ci/deploy),0",
        "16,program,\"Board 1 is said to be at risk, in the update of 8 Jan 2026.\",said",
    ];
    assert_eq!(told(&workspace), expected);
    assert!(ok(&workspace, &["verify"]).contains("hold"));
    assert!(ok(&workspace, &["scan"]).contains("nothing new since the last scan"), "it is remembered");
    keeps_the_secret(&workspace);

    // Without the service the download is read as it is, and so it is in another workspace, where nobody is asked.
    drop(server);
    let said = ok(&workspace, &["scan"]);
    assert!(said.contains("was not brought up to date") && said.contains("cannot be reached"), "{said}");
    assert_eq!(told(&workspace), expected);
    let other = folder.path().join("other");
    ok(&other, &["scan", downloads(&workspace).to_str().expect("a plain name")]);
    assert_eq!(told(&other), expected);
}

#[test]
fn killed_at_any_moment_it_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, quiet) = Hub::quiet();
    let whole = folder.path().join("whole");
    ok(&whole, &["scan", &format!("github:{}/acme/shop", quiet.url())]);
    let expected = told(&whole);
    for kill_at in [7, 29, 55] {
        let workspace = folder.path().join(format!("killed-{kill_at}"));
        let reached = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&reached);
        let (_, server): (_, Server) = Hub::start(move |_, request| {
            if request.number == kill_at {
                seen.store(true, Ordering::SeqCst);
                // The answer never comes before the kill.
                std::thread::sleep(Duration::from_millis(300));
            }
            None
        });
        let address = format!("github:{}/acme/shop", server.url());
        let mut child = with_token(&workspace, &["scan", &address])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        while !reached.load(Ordering::SeqCst) && child.try_wait().expect("our child").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().expect("our child");
        child.wait().expect("our child");
        keeps_the_secret(&workspace);
        ok(&workspace, &["scan", &address]);
        assert_eq!(told(&workspace), expected, "killed at request {kill_at}");
    }
}

#[test]
fn what_would_be_asked_is_said_beforehand() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = folder.path().join("workspace");
    let all = ok(&workspace, &["connect"]);
    assert!(all.contains("github:OWNER/REPO") && all.contains("statuspage:PAGE_ID"), "{all}");
    let github = ok(&workspace, &["connect", "github"]);
    assert!(github.contains("Pull requests: read") && github.contains("GITHUB_TOKEN"), "{github}");
    let (_, server) = Hub::quiet();
    let address = format!("github:{}/acme/shop", server.url());
    let said = ok(&workspace, &["scan", &address, "--dry-run"]);
    assert!(said.contains("there is a token") && said.contains("/repos/{owner}/{repo}/issues"), "{said}");
    assert_eq!(server.asked(), 0, "nobody was asked");

    // A host that nobody named may not have the token, and is not asked without it either.
    let (code, out, _) = run(&workspace, &["connect", "github:https://foreign.example/acme/shop"]);
    assert!(code == Some(3) && out.contains("SIGHTLINE_HOSTS=foreign.example"), "{out}");
    let (code, _, err) = run(&workspace, &["scan", "github:https://foreign.example/acme/shop"]);
    assert!(code == Some(3) && err.contains("your token is not sent to `foreign.example`"), "{err}");
    let (code, _, err) = run(&workspace, &["connect", "gihub:a/b"]);
    assert!(code == Some(2) && err.contains("no service that Sightline knows"), "{err}");
    let (code, _, err) = run(&workspace, &["scan", "linear:ENG"]);
    assert!(code == Some(3) && err.contains("`LINEAR_API_KEY`"), "{err}");
}
