//! `sightline forecast` over exports made here: ranges with their chances, the same as of a day as from an export of
//! that day, and plain words where nobody can know.

mod common;

use std::path::PathBuf;

use common::tracker::{at, download, export, export_with};
use common::{fails, ok};
use serde_json::Value;

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
    insta::assert_snapshot!(ok(&workspace, &["forecast", "--next", "20"]), @r#"
    Forecast of shop/issues  as of 20 Jun 2023
    When will the next 20 items be done?

    Even chance (5 in 10) by 6 Aug 2023, 85% chance (more than 8 in 10) by 3 Sep 2023, 95% chance (19 in
    20) by 29 Sep 2023.
    Earlier 85% dates of this stream (since 20 Jul 2021): 23 of 23 held, which is 100%.

    `--explain` says what this stands on and what would move it.
    "#);
    let explained = ok(&workspace, &["forecast", "--next", "20", "--explain"]);
    let (_, reasons) = explained.split_once("What would move it\n").expect("it is explained");
    insta::assert_snapshot!(reasons, @r#"
    If                                              Even chance by  85% by       95% by
    ──────────────────────────────────────────────  ──────────────  ───────────  ───────────
    it were 15 items                                25 Jul 2023     16 Aug 2023  7 Sep 2023
    it were 25 items                                18 Aug 2023     21 Sep 2023  20 Oct 2023
    new and finished work kept their usual balance  5 Aug 2023      1 Sep 2023   26 Sep 2023

    How its earlier dates held
    Called                   Held      Share
    ───────────────────────  ────────  ─────
    50% (even chance)        15 of 24  62%
    85% (more than 8 in 10)  23 of 23  100%
    95% (19 in 20)           22 of 22  100%
    Asked every four weeks since 20 Jul 2021, as known on each day; only dates that have passed are
    counted. Neighbours overlap, so they tell less than their number.

    Rows: sightline sql "select key, created_at, done_at, true as is_counted from issues where repo = 'shop' and project is null"
    "#);
    insta::assert_snapshot!(ok(&workspace, &["forecast"]), @r#"
    Forecast  as of 20 Jun 2023
    When will it land?

                                                                       85%
                                                                       dates
    Stream of                   Even chance  85% (over 8  95% (19 in   that
    work         What           by           in 10) by    20) by       held
    ───────────  ─────────────  ───────────  ───────────  ───────────  ────────
    shop/issues  next 20 items  6 Aug 2023   3 Sep 2023   29 Sep 2023  23 of 23
    shop/issues  milestone 2.0  21 Dec 2023  17 May 2025  4 Dec 2025   0 of 4
    "#);
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
    insta::assert_snapshot!(ok(&workspace, &["forecast", "--next", "5"]), @r#"
    Forecast of young/issues  as of 16 Jan 2021
    When will the next 5 items be done?

    □ We could not tell: only 2 items were ever done, and it takes 8.
    "#);
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

/// The same items under a label instead of a milestone.
fn labelled(export: &str) -> String {
    export
        .replace("\"event\":\"milestoned\"", "\"event\":\"labeled\"")
        .replace("\"event\":\"demilestoned\"", "\"event\":\"unlabeled\"")
        .replace("\"milestone\":\"urgent\"", "\"label\":\"urgent\"")
}

#[test]
fn a_label_is_forecast_as_a_milestone_of_the_same_items_and_a_query_as_what_it_gives() {
    let (milestones, labels) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    // What is done sooner or later: a label that is empty again and again.
    let text = export_with(900, "urgent", |n| n % 11 != 5);
    let milestones = workspace(&milestones, "shop.jsonl", &text);
    let labels = workspace(&labels, "shop.jsonl", &labelled(&text));
    let dates = |told: &Value| {
        let one = &told["forecasts"][0];
        (one["p50"].clone(), one["p85"].clone(), one["p95"].clone(), one["basis"]["n_open"].clone())
    };
    let by_label = json_of(&labels, &["forecast", "--label", "urgent"]);
    assert_eq!(dates(&by_label), dates(&json_of(&milestones, &["forecast", "--milestone", "urgent"])));
    assert_eq!(by_label["forecasts"][0]["asked"]["label"], "urgent");
    assert!(by_label["forecasts"][0]["p85"].is_string(), "its earlier dates held: {by_label}");
    assert!(ok(&labels, &["forecast", "--label", "urgent"]).contains("open with label urgent be left?"));
    let (code, error) = fails(&labels, &["forecast", "--label", "urgend"]);
    assert!(code == 2 && error.contains("urgent"), "{code}: {error}");

    let sql = "select issue from issues where done_at is null and key <> '#999'";
    let told = json_of(&milestones, &["forecast", "--query", sql]);
    let n_open = ok(&milestones, &["sql", "--format", "csv", &sql.replace("select issue", "select count(*)")]);
    assert_eq!(told["forecasts"][0]["basis"]["n_open"].to_string(), n_open.lines().nth(1).unwrap_or_default());
    let by_key = json_of(&milestones, &["forecast", "--query", &sql.replace("select issue", "select key")]);
    assert_eq!(dates(&told), dates(&by_key), "keys name items as ids do");
    let (code, error) = fails(&milestones, &["forecast", "--query", "select 'issue:elsewhere#7'"]);
    assert!(code == 2 && error.contains("no item that the query gives"), "{code}: {error}");
}

#[test]
fn a_label_whose_dates_did_not_hold_gets_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Some of its issues are never done, so that it is never empty.
    let workspace = workspace(&folder, "shop.jsonl", &labelled(&export_with(900, "topic", |_| true)));
    let told = json_of(&workspace, &["forecast", "--label", "topic"]);
    let why = told["forecasts"][0]["unknown"].as_str().expect("it is not answered");
    assert!(why.contains("called 85%") && why.contains("ask about a milestone or the next items"), "{why}");
    assert!(told["forecasts"][0]["p85"].is_null(), "{told}");
    let scores = json_of(&workspace, &["backtest", "--label"]);
    let score = &scores["scores"].as_array().expect("a list").iter().find(|s| s["series"] == "shop/issues");
    let score = score.expect("it is long enough");
    assert!(score["kind"] == "label" && score["n_unknown"].as_i64() > Some(5), "{score}");
    assert!(ok(&workspace, &["backtest", "--label"]).contains("got no date, since nobody could know"));
}

#[test]
fn what_is_stuck_is_shown_with_its_record_and_the_table_says_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = workspace(&folder, "shop.jsonl", &export(900, "2.0"));
    let shown = ok(&workspace, &["blockers"]);
    assert!(shown.starts_with("Blockers  as of 20 Jun 2023\nWhat is stuck, or about to be?\n"), "{shown}");
    assert!(shown.contains("85% ended within") && shown.contains("Earlier ones that came true:"), "{shown}");
    let told = json_of(&workspace, &["blockers"]);
    let rows = told["blockers"].as_array().expect("a list");
    let ageing = rows.iter().find(|r| r["kind"] == "ageing").expect("some items are never done");
    let (earlier, true_ones) = (ageing["n_earlier"].as_i64(), ageing["n_came_true"].as_i64());
    assert!(earlier > Some(10) && true_ones <= earlier, "{ageing}");
    assert!(ageing["value"].as_f64() > ageing["usual"].as_f64(), "{ageing}");
    assert!(ageing["evidence"]["line_start"].as_i64() > Some(0), "{ageing}");
    let n = ok(&workspace, &["sql", "--format", "csv", "select count(*) from blockers"]);
    assert_eq!(n.lines().nth(1), Some(rows.len().to_string().as_str()));
    assert!(ok(&workspace, &["program"]).contains("stuck"));
    let (code, error) = fails(&workspace, &["blockers", "--series", "shop/isues"]);
    assert!(code == 2 && error.contains("shop/issues"), "{code}: {error}");
    let looked_back = json_of(&workspace, &["backtest", "--blockers"]);
    assert_eq!(looked_back["is_left_out"], false, "one stream has no others to learn from");
    assert_eq!(looked_back["scores"][1]["series"], "shop/issues");
}

#[test]
fn the_program_page_gives_ranges_and_how_they_held() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workspace = workspace(&folder, "shop.jsonl", &export(900, "2.0"));
    let page = ok(&workspace, &["program"]);
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in
        ["even chance (5 in 10) by", "85% chance (more than 8 in 10) by", "95% chance (19 in 20) by", "called 85%"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let table = json_of(
        &workspace,
        &["sql", "--format", "json", "select asked, n_items from forecasts order by asked, n_items"],
    );
    let asked: Vec<i64> = table
        .as_array()
        .into_iter()
        .flatten()
        .filter(|r| r["asked"] == "next")
        .filter_map(|r| r["n_items"].as_i64())
        .collect();
    assert_eq!(asked, [5, 10, 20]);
}

#[test]
fn an_initiative_is_forecast_as_the_open_issues_of_its_projects() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = download(folder.path());
    let workspace = folder.path().join("workspace");
    ok(&workspace, &["scan", "--quiet", path.to_str().expect("temporary folders have plain names")]);
    let told = json_of(&workspace, &["forecast", "--initiative", "Sell more"]);
    let sql = "select issue from issues where components = 'New checkout'";
    let asked = json_of(&workspace, &["forecast", "--query", sql]);
    let (one, other) = (&told["forecasts"][0], &asked["forecasts"][0]);
    assert!(one["p85"].is_string() && one["basis"]["n_open"].as_u64() > Some(3), "{one}");
    assert_eq!((&one["p50"], &one["p85"], &one["p95"]), (&other["p50"], &other["p85"], &other["p95"]));
    let same = json_of(&workspace, &["forecast", "--initiative", "New checkout"]);
    assert_eq!(same["forecasts"][0]["p85"], one["p85"], "the project is all of the initiative");
    let said = ok(&workspace, &["forecast", "--initiative", "Sell more"]);
    assert!(said.contains("When will nothing that is open of initiative Sell more be left?"), "{said}");
    let why = ok(&workspace, &["why", "issue-lead-time"]);
    assert!(why.contains("\nLeft out (") && why.contains("  not done yet"), "{why}");
    let why = json_of(&workspace, &["why", "issue-lead-time"]);
    let open = json_of(&workspace, &["sql", "select count(*) as n from issues where done_at is null"]);
    assert_eq!(why["left_out"]["n"], open[0]["n"], "{why}");
    assert_eq!(why["left_out"]["reasons"][0]["reason"], "not done yet");
    let (code, error) = fails(&workspace, &["forecast", "--initiative", "Sell mor"]);
    assert!(code == 2 && error.contains("Sell more"), "{code}: {error}");
    let (code, error) = fails(&workspace, &["forecast", "--initiative", "Idle"]);
    assert!(code == 2 && error.contains("no issue that was read belongs to a project of `Idle`"), "{code}: {error}");
}
