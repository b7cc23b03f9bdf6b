//! What the name of a status says, by `rules/statuses.toml`, where the tracker keeps no category.

use std::collections::BTreeSet;
use std::sync::LazyLock;

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Statuses {
    done: BTreeSet<String>,
    in_progress: BTreeSet<String>,
}

static STATUSES: LazyLock<Statuses> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../rules/statuses.toml")).expect("the embedded list is read by a test")
});

/// `to-do`, `in-progress` or `done`, and whether the tracker said so (`declared`) or the name does (`inferred`).
pub(super) fn category(name: &str, declared: Option<&str>) -> (&'static str, &'static str) {
    // Jira's three keys, and Linear's types.
    let told = match declared.map(str::to_ascii_lowercase).as_deref() {
        Some("new" | "to do" | "triage" | "backlog" | "unstarted") => Some("to-do"),
        Some("indeterminate" | "in progress" | "started") => Some("in-progress"),
        Some("done" | "completed" | "canceled" | "cancelled" | "duplicate") => Some("done"),
        _ => None,
    };
    if let Some(told) = told {
        return (told, "declared");
    }
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_')).collect();
    let name = words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase();
    let category = if STATUSES.done.contains(&name) {
        "done"
    } else if STATUSES.in_progress.contains(&name) {
        "in-progress"
    } else {
        "to-do"
    };
    (category, "inferred")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tracker_decides_and_the_name_otherwise() {
        assert_eq!(category("Whatever", Some("indeterminate")), ("in-progress", "declared"));
        assert_eq!(category("Done", Some("new")), ("to-do", "declared"));
        assert_eq!(category("IN_PROGRESS", None), ("in-progress", "inferred"));
        assert_eq!(category("Won't  Do", Some("?")), ("done", "inferred"));
        assert_eq!(category("Received", None), ("to-do", "inferred"));
        assert!(STATUSES.done.is_disjoint(&STATUSES.in_progress));
    }
}
