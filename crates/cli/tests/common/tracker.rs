//! A made-up project, as a tracker exports it.

use std::path::PathBuf;

use serde_json::{Value, json};

/// Days of the made-up project, from its first.
pub(crate) const FIRST: i64 = 18_628; // 2021-01-01

/// An instant of a day, as trackers write it.
pub(crate) fn at(day: i64) -> String {
    sightline_facts::time::instant_iso((FIRST + day) * sightline_facts::time::DAY + 36_000_000_000)
}

/// A project with some three issues a week: most are done within weeks, some never; every fourth is in a milestone.
/// What comes after `last_day` is left out, as an export of that day would.
pub(crate) fn export(last_day: i64, milestone: &str) -> String {
    export_with(last_day, milestone, |n| n % 4 == 0)
}

/// As [`export`], with those issues in the milestone.
pub(crate) fn export_with(last_day: i64, milestone: &str, is_member: impl Fn(i64) -> bool) -> String {
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
        if is_member(n) {
            timeline.push(event("milestoned", created));
        }
        if is_member(n) && n % 12 == 0 && seen(created + 5) {
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
        lines += &issue.to_string();
        lines.push('\n');
    }
    // Something happened on the last day, so that the data reaches to it.
    let marker = json!({"number": 999, "title": "last", "state": "open", "created_at": at(last_day), "updated_at": at(last_day), "timeline": []});
    lines + &format!("{marker}\n")
}

/// A download as it lies on disk: issues, the project of GitHub that some of them are in, and the initiative above it.
pub(crate) fn download(folder: &std::path::Path) -> PathBuf {
    let path = folder.join("github-acme-shop");
    std::fs::create_dir(&path).expect("a folder");
    let cards: Vec<String> = (1..=400)
        .filter(|n| n % 5 == 0)
        .map(|n| {
            json!({"id": format!("c{n}"), "project_item": n, "project": "New checkout", "project_number": 1})
                .to_string()
        })
        .collect();
    let above = |name: &str, kind: &str, part_of: &[&str]| {
        json!({"id": name, "initiative": name, "kind": kind, "part_of": part_of, "status": "Active", "status_type": "started", "created_at": at(1)}).to_string()
    };
    let initiatives = [
        above("New checkout", "project", &["Sell more"]),
        above("Sell more", "initiative", &[]),
        above("Idle", "initiative", &[]),
    ];
    let files = [
        ("issues.jsonl", export(900, "2.0")),
        ("project_items.jsonl", cards.join("\n") + "\n"),
        ("initiatives.jsonl", initiatives.join("\n") + "\n"),
    ];
    let bytes: serde_json::Map<String, Value> =
        files.iter().map(|(name, text)| ((*name).to_owned(), text.len().into())).collect();
    let state = json!({"version": 1, "location": "github:acme/shop", "bytes": bytes, "cursors": {}});
    std::fs::write(path.join("connection.json"), state.to_string()).expect("a file");
    for (name, text) in files {
        std::fs::write(path.join(name), text).expect("a file");
    }
    path
}
