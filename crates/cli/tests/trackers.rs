//! Exports of trackers as sources of a workspace: named, remembered, checked, and asked about the past.

mod common;

use std::path::{Path, PathBuf};

use common::{fails, ok, sql};

/// A folder with exports, and the workspace that they are read into.
struct Exports {
    folder: tempfile::TempDir,
}

impl Exports {
    fn new(files: &[(&str, &str)]) -> Self {
        let exports = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for (name, text) in files {
            exports.write(name, text);
        }
        exports
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a temporary file can be written");
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    fn scan(&self, names: &[&str]) -> PathBuf {
        let workspace = self.workspace();
        let paths: Vec<String> = names.iter().map(|n| self.path(n)).collect();
        let mut arguments = vec!["scan", "--json"];
        arguments.extend(paths.iter().map(String::as_str));
        ok(&workspace, &arguments);
        workspace
    }
}

/// Two issues of GitHub.
const GITHUB: &str = concat!(
    r##"{"number":1,"title":"Lost cart","state":"open","created_at":"2026-01-05T10:00:00Z"}"##,
    "\n",
    r##"{"number":2,"title":"Fix cart","state":"open","created_at":"2026-01-06T10:00:00Z"}"##,
    "\n",
);

#[test]
fn what_is_no_export_is_said_with_what_to_give() {
    let exports = Exports::new(&[("notes.txt", "hello\n"), ("odd.csv", "Ticket No.;Since\n12;2026-01-05 10:00\n")]);
    for name in ["notes.txt", "odd.csv"] {
        let (code, error) = fails(&exports.workspace(), &["scan", &exports.path(name)]);
        assert!(code == 3 && error.contains("not an export that Sightline knows"), "{code}: {error}");
    }
    exports.write("odd.columns.toml", "key = \"Ticket No.\"\ncreatd = \"Since\"\n");
    let (_, error) = fails(&exports.workspace(), &["scan", &exports.path("odd.csv")]);
    assert!(error.contains("a key we do not know: `creatd`"), "{error}");
}

#[test]
fn what_people_say_of_themselves_and_their_time_is_used_at_the_next_scan_and_stays() {
    let pull = |n: i64, who: &str, at: &str, review: &str| {
        serde_json::json!({
            "number": n, "title": "a", "state": "open", "user": {"login": who}, "created_at": at, "pull_request": {},
            "reviews": [{"user": {"login": "bo"}, "state": "APPROVED", "submitted_at": review}],
        })
        .to_string()
    };
    // Opened on a Friday at 15:00 UTC, reviewed on Monday at 09:00 UTC; in Berlin that is from 16 to 10 o'clock.
    let text = pull(1, "ann", "2026-01-09T15:00:00Z", "2026-01-12T09:00:00Z")
        + "\n"
        + &pull(2, "al", "2026-01-09T15:00:00Z", "2026-01-12T09:00:00Z");
    let exports = Exports::new(&[("x.jsonl", text.as_str())]);
    let workspace = exports.scan(&["x.jsonl"]);
    let hours = "select value from metrics where metric = 'first-review-business-hours' and subject = 'p50'";
    let people = "select distinct name, basis, said_at from identities where account in ('ann', 'al') order by name";
    assert_eq!(sql(&workspace, hours), [""; 0], "nobody said when people work");
    assert_eq!(sql(&workspace, people), ["al,declared,", "ann,declared,"]);
    let settings = "[[person]]\nname = \"Ann Lee\"\naccounts = [\"github:ann\", \"al\"]\n\n[calendar]\nzone = \"Europe/Berlin\"\nhours = \"09:00-17:00\"\n";
    std::fs::write(workspace.join("sightline.toml"), settings).expect("a temporary file can be written");
    // Asked again the unchanged export is not read; what is said counts all the same, and still does after a fresh scan.
    for again in [&["scan", "--json"][..], &["scan", "--json", "--fresh"]] {
        ok(&workspace, again);
        assert_eq!(sql(&workspace, hours), ["2"]);
        assert_eq!(sql(&workspace, people), ["Ann Lee,said,sightline.toml:1"]);
    }
    std::fs::write(workspace.join("sightline.toml"), "[calendar]\nzone = \"Berlin\"\n").expect("it can be written");
    let (code, error) = fails(&workspace, &["scan"]);
    assert!(code != 0 && error.contains("no time zone is called `Berlin`\n  --> sightline.toml:2"), "{code}: {error}");
}

#[test]
fn the_same_bytes_are_not_read_again_and_other_bytes_are_noticed() {
    let exports = Exports::new(&[("x.jsonl", GITHUB)]);
    let workspace = exports.scan(&["x.jsonl"]);
    let unchanged = |workspace: &Path| {
        let told: serde_json::Value = serde_json::from_str(&ok(workspace, &["scan", "--json"])).expect("JSON");
        told["sources"]["x"]["unchanged"].as_bool()
    };
    assert_eq!(unchanged(&workspace), Some(true), "the workspace remembers the file");
    assert!(ok(&workspace, &["verify"]).contains("hold"));
    exports.write("x.jsonl", &GITHUB.replace("Fix cart", "Mend cart"));
    let (code, _) = fails(&workspace, &["verify"]);
    assert_eq!(code, 1, "what was read stands there no more");
    assert_eq!(unchanged(&workspace), Some(false));
    assert_eq!(sql(&workspace, "select title from issues where key = '#2'"), ["Mend cart"]);
    ok(&workspace, &["verify"]);
}

#[test]
fn a_question_about_the_past_is_answered_from_the_workspace() {
    let lines: Vec<String> = (0..60)
        .map(|n| {
            let (month, day) = (1 + n / 28, 1 + n % 28);
            format!("{{\"number\":{n},\"title\":\"t\",\"state\":\"closed\",\"created_at\":\"2025-12-01T00:00:00Z\",\"closed_at\":\"2026-{month:02}-{day:02}T00:00:00Z\"}}\n")
        })
        .collect();
    let exports = Exports::new(&[
        ("github-shop.jsonl", &lines.concat()),
        (
            "q.jsonl",
            "{\"dataset\":\"github-shop/issues\",\"as_of\":\"2026-02-02\",\"items\":7}\n{\"dataset\":\"github-shop/pulls\",\"as_of\":\"2026-02-02\",\"items\":7}\n",
        ),
        ("bad.jsonl", "{\"dataset\":\"github-shop/issues\",\"as_of\":\"soon\",\"items\":7}\n"),
    ]);
    let workspace = exports.scan(&["github-shop.jsonl"]);
    let out = exports.path("f.jsonl");
    ok(&workspace, &["backtest", "--questions", &exports.path("q.jsonl"), "--out", &out]);
    let text = std::fs::read_to_string(out).expect("the answers");
    let answers: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(answers.len(), 2, "whoever compares forecasts gets dates for every question: {text}");
    assert_eq!(answers[1]["unknown"], "there is no such stream of work", "there are no pull requests");
    assert!(answers[0]["unknown"].is_null() && answers[1]["p95"].is_string(), "{text}");
    assert_eq!((answers[0]["dataset"].as_str(), answers[0]["items"].as_u64()), (Some("github-shop/issues"), Some(7)));
    let [p50, p85, p95] = ["p50", "p85", "p95"].map(|level| answers[0][level].as_str().expect("an instant").to_owned());
    assert!("2026-02-02T00:00:00Z" < p50.as_str() && p50 <= p85 && p85 <= p95, "{text}");
    let (code, error) = fails(&workspace, &["backtest", "--questions", &exports.path("bad.jsonl")]);
    assert!(code == 2 && error.contains("bad.jsonl:1") && error.contains("`soon`"), "{code}: {error}");
    assert!(ok(&workspace, &["backtest"]).contains("No stream of work is long enough"));
}
