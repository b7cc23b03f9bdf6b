//! What the name of a status says, by `rules/statuses.toml`, where the tracker keeps no category and people say none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

#[derive(serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Names {
    done: BTreeSet<String>,
    in_progress: BTreeSet<String>,
}

static STATUSES: LazyLock<Names> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../rules/statuses.toml")).expect("the embedded list is read by a test")
});

/// What people say that statuses mean, before what the tracker or the name says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statuses(BTreeMap<String, &'static str>);

impl Statuses {
    /// From now on a status of that name means that category.
    pub fn say(&mut self, name: &str, category: &'static str) {
        self.0.insert(plain(name), category);
    }

    /// `to-do`, `in-progress` or `done`, and who said so: people (`said`), the tracker (`declared`) or the name alone
    /// (`inferred`).
    pub fn category(&self, name: &str, declared: Option<&str>) -> (&'static str, &'static str) {
        match self.0.get(&plain(name)) {
            Some(category) => (category, "said"),
            None => category(name, declared),
        }
    }
}

/// A name in lower case with one blank for each run of blanks, hyphens and underscores.
fn plain(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_')).collect();
    words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What the tracker says (`declared`), or else the name (`inferred`).
fn category(name: &str, declared: Option<&str>) -> (&'static str, &'static str) {
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
    let name = plain(name);
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
