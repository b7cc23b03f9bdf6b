//! `sightline forecast` over exports made here: ranges with their chances, the same as of a day as from an export of
//! that day, and plain words where nobody can know.

mod common;

use std::path::PathBuf;

use common::{fails, ok};
use serde_json::{Value, json};

/// Days of the made-up project, from its first.
const FIRST: i64 = 18_628; // 2021-01-01

/// An instant of a day, as trackers write it.
fn at(day: i64) -> String {
    sightline_facts::time::instant_iso((FIRST + day) * sightline_facts::time::DAY + 36_000_000_000)
}

/// A project with some three issues a week: most are done within weeks, some never; every fourth is in a milestone.
/// What comes after `last_day` is left out, as an export of that day would.
fn export(last_day: i64, milestone: &str) -> String {
    let seen = |day: i64| day <= last_day;
    let mut lines = String::new();
    for n in 0..400_i64 {
        let created = n * 12 / 5 + n * n % 3;
        if !seen(created) {
            continue;
        }
        let took = 1 + (n * 7_919 + n * n * 31) % 45;
        let done = (n % 11 != 5 && seen(created + took)).then_some(created + took);
        let mut timeline = Vec::new();
        let event = |kind: &str, day: i64| json!({"event": kind, "milestone": milestone, "created_at": at(day)});
        if n % 4 == 0 {
            timeline.push(event("milestoned", created));
        }
        if n % 12 == 0 && seen(created + 5) {
            timeline.push(event("demilestoned", created + 5));
        }
        let is_in = timeline.len() == 1;
        let issue = json!({
            "number": n + 1,
            "title": "made up",
            "state": if done.is_some() { "closed" } else { "open" },
            "created_at": at(created),
            "updated_at": at(done.unwrap_or(created)),
            "closed_at": done.map(at),
            "milestone": is_in.then_some(json!({ "title": milestone })),
            "timeline": timeline,
        });
        lines += &format!("{issue}\n");
    }
    // Something happened on the last day, so that the data reaches to it.
    let marker = json!({"number": 999, "title": "last", "state": "open", "created_at": at(last_day), "updated_at": at(last_day), "timeline": []});
    lines + &format!("{marker}\n")
}

/// A workspace into which an export was read.
fn workspace(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a temporary file can be written");
    let workspace = folder.path().join("workspace");
    ok(&workspace, &["scan", "--quiet", path.to_str().expect("temporary folders have plain names")]);
    workspace
}

fn json_of(workspace: &std::path::Path, arguments: &[&str]) -> Value {
    let text = ok(workspace, &[arguments, &["--json"]].concat());
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_forecast_is_a_range_with_chances_and_reasons() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = workspace(&folder, "shop.jsonl", &export(900, "2.0"));
    insta::assert_snapshot!(ok(&workspace, &["forecast", "--next", "20"]), @"");
    let explained = ok(&workspace, &["forecast", "--next", "20", "--explain"]);
    let (_, reasons) = explained.split_once("What would move it\n").expect("it is explained");
    insta::assert_snapshot!(reasons, @"");
    insta::assert_snapshot!(ok(&workspace, &["forecast"]), @"");
    let told = json_of(&workspace, &["forecast", "--milestone", "2.0"]);
    let one = &told["forecasts"][0];
    let day = |level: &str| one[level].as_str().expect("a day").to_owned();
    assert!(day("p50") < day("p85") && day("p85") < day("p95"), "{one}");
    assert_eq!(one["distribution"].as_object().map(serde_json::Map::len), Some(19));
    assert!(one["basis"]["n_open"].as_u64() > Some(4), "{one}");
    assert_eq!(told, json_of(&workspace, &["forecast", "--milestone", "2.0"]), "chance repeats itself");
    let rows = one["rows"].as_str().expect("the rows behind it");
    assert!(ok(&workspace, &["sql", "--format", "csv", rows]).lines().count() > 300);
}

#[test]
fn an_earlier_day_is_asked_as_an_export_of_that_day_would_answer() {
    let (whole, cut) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let whole = workspace(&whole, "shop.jsonl", &export(900, "2.0"));
    let cut = workspace(&cut, "shop.jsonl", &export(620, "2.0"));
    let day = at(600);
    for asked in [["--next", "20"], ["--milestone", "2.0"]] {
        let ask = |workspace| json_of(workspace, &["forecast", asked[0], asked[1], "--at", &day]);
        assert_eq!(ask(&whole), ask(&cut), "{asked:?}");
    }
    let (code, error) = fails(&cut, &["forecast", "--at", "2031-01-01"]);
    assert!(code == 2 && error.contains("lies after the end of the data"), "{code}: {error}");
}

#[test]
fn what_cannot_be_known_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = workspace(&folder, "young.jsonl", &export(15, "2.0"));
    insta::assert_snapshot!(ok(&workspace, &["forecast", "--next", "5"]), @"");
    let told = json_of(&workspace, &["forecast", "--next", "5"]);
    assert!(told["forecasts"][0]["p50"].is_null() && told["forecasts"][0]["unknown"].is_string(), "{told}");
}

#[test]
fn hostile_names_are_shown_and_asked_for_harmlessly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = "v2 \u{1b}[31m'; drop \"x\" --";
    let workspace = workspace(&folder, "o'dd näme.jsonl", &export(900, name));
    let text = ok(&workspace, &["forecast", "--milestone", name, "--explain"]);
    assert!(text.contains("chance") && !text.contains('\u{1b}'), "{text}");
    let told = json_of(&workspace, &["forecast", "--milestone", name]);
    let rows = told["forecasts"][0]["rows"].as_str().expect("the rows behind it").to_owned();
    assert!(ok(&workspace, &["sql", "--format", "csv", &rows]).lines().count() > 300, "{rows}");
}

#[test]
fn wrong_names_get_help() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = workspace(&folder, "shop.jsonl", &export(300, "2.0"));
    for (arguments, expect) in [
        (["--series", "shop/isues"], "did you mean `shop/issues`?"),
        (["--milestone", "2.1"], "there is no milestone `2.1`"),
        (["--at", "soon"], "`soon` is no day"),
        (["--next", "0"], "0 is not in 1..=100000"),
    ] {
        let (code, error) = fails(&workspace, &[&["forecast"], &arguments[..]].concat());
        assert!(code == 2 && error.contains(expect), "{code}: {error}");
    }
}
