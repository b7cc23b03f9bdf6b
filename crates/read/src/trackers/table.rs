//! CSV: lists of work items, with their columns found by name or named in a file beside, and the tables of Apache
//! `DevLake`'s domain layer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sightline_facts::tables::deployment_changes::DeploymentChangeRow;
use sightline_facts::tables::deployments::DeploymentRow;
use sightline_facts::tables::incidents::IncidentRow;
use sightline_facts::tables::issue_events::IssueEventRow;
use sightline_facts::tables::issues::IssueRow;
use sightline_facts::tables::pulls::PullRow;
use sightline_facts::time::parse_instant;

use super::{Place, Tells, Told, fields};
use crate::rows::TrackerRows;

/// The columns of a list of work items: our name, and the names under which it is found without a mapping.
const COLUMNS: [(&str, &[&str]); 18] = [
    ("key", &["key", "issue key", "identifier", "number", "ticket", "id", "issue id"]),
    ("created", &["created", "created at", "created date", "created on", "opened", "opened at", "creation date"]),
    ("title", &["title", "summary", "subject", "name"]),
    (
        "done",
        &[
            "done",
            "done at",
            "resolved",
            "resolved at",
            "resolution date",
            "closed",
            "closed at",
            "closed date",
            "completed",
            "completed at",
        ],
    ),
    ("started", &["started", "started at", "start date", "in progress at"]),
    ("status", &["status", "state"]),
    ("kind", &["type", "issue type", "kind"]),
    ("priority", &["priority"]),
    ("assignee", &["assignee", "assigned to", "owner"]),
    ("author", &["author", "reporter", "creator", "created by"]),
    ("labels", &["labels", "tags"]),
    ("milestone", &["milestone", "fix version", "fix versions", "fix version s", "sprint", "iteration", "release"]),
    ("project", &["project", "project key", "team"]),
    ("points", &["points", "story points", "estimate"]),
    ("due", &["due", "due date", "due at", "due on"]),
    ("updated", &["updated", "updated at", "updated date", "changed"]),
    ("parent", &["parent", "parent key", "epic"]),
    ("url", &["url", "link"]),
];

/// `DevLake`'s tables, and columns that only they have together.
const DEVLAKE: [(&str, &[&str]); 8] = [
    ("cicd_deployment_commits", &["cicd_deployment_id", "result", "environment", "repo_url", "finished_date"]),
    ("deployments", &["cicd_deployment_id", "result", "environment", "repo_url", "started_date"]),
    ("commits_diffs", &["old_commit_sha", "new_commit_sha", "commit_sha"]),
    ("pull_request_comments", &["pull_request_id", "created_date", "account_id"]),
    ("pull_request_commits", &["pull_request_id", "commit_sha", "commit_authored_date"]),
    ("pull_requests", &["base_repo_id", "merge_commit_sha", "created_date", "merged_date"]),
    ("project_mapping", &["project_name", "table", "row_id"]),
    ("incidents", &["id", "created_date", "table", "scope_id"]),
];

/// Project of a table's row, as `DevLake`'s `project_mapping` gives it.
pub(super) type Projects = BTreeMap<(String, String), String>;

/// What the rows of a CSV file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    separator: u8,
    /// The columns as the file names them, in lower case.
    header: Vec<String>,
    /// `DevLake`'s table, or `None` for a list of work items.
    table: Option<&'static str>,
    /// For work items, the column of each of [`COLUMNS`].
    places: [Option<usize>; COLUMNS.len()],
}

/// One row: its cells by column.
struct Row {
    shape: Arc<Shape>,
    cells: Vec<String>,
}

impl Shape {
    /// What a file with this header is, with its columns found by their names or by a mapping from ours to the file's.
    pub(super) fn of(header: &[u8], mapping: &BTreeMap<String, String>) -> Option<Self> {
        let separator =
            [b',', b';', b'\t'].into_iter().max_by_key(|s| memchr::memchr_iter(*s, header).count()).unwrap_or(b',');
        let header: Vec<String> =
            cells(header, separator).iter().map(|c| c.trim_start_matches('\u{feff}').trim().to_lowercase()).collect();
        if header.len() < 2 {
            return None;
        }
        let table = DEVLAKE
            .iter()
            .find(|(_, columns)| columns.iter().all(|c| header.iter().any(|h| h == c)))
            .map(|(table, _)| *table)
            .filter(|_| mapping.is_empty());
        let plain: Vec<String> = header.iter().map(|h| words(h)).collect();
        let places = COLUMNS.map(|(ours, names)| match mapping.get(ours) {
            Some(theirs) => header.iter().position(|h| *h == theirs.to_lowercase()),
            None => names.iter().find_map(|name| plain.iter().position(|h| h == name)),
        });
        let shape = Self { separator, header, table, places };
        // Without a key and a time of creation, a table is no list of work items.
        (table.is_some() || (places[0].is_some() && places[1].is_some())).then_some(shape)
    }

    pub(super) fn word(&self) -> &'static str {
        if self.table.is_some() { "devlake" } else { "csv" }
    }

    /// The data set that a `DevLake` table belongs to: what stands before the table's name in the file's.
    pub(super) fn set_of(&self, stem: &str) -> Option<String> {
        self.table?;
        let (set, table) = stem.rsplit_once('-').unwrap_or(("", stem));
        DEVLAKE.iter().any(|(name, _)| table.starts_with(name)).then(|| set.to_owned())
    }

    pub(super) fn is_mapping(&self) -> bool {
        self.table == Some("project_mapping")
    }

    pub(super) fn parse(self: &Arc<Self>, bytes: &[u8]) -> Result<Box<dyn Tells>, String> {
        let cells = cells(bytes, self.separator);
        if cells.len() > self.header.len() {
            return Err(format!("it has {} cells, and the header {}", cells.len(), self.header.len()));
        }
        let row = Row { shape: Arc::clone(self), cells };
        for (at, name) in row.shape.header.iter().enumerate() {
            // A time that cannot be read would be taken as "never".
            if row.shape.is_time(at, name) && row.cell(at).is_some_and(|c| parse_instant(c).is_none()) {
                return Err(format!("`{name}` is no time: `{}`", row.cell(at).unwrap_or_default()));
            }
        }
        match row.missing() {
            Some(key) => Err(format!("it has no `{key}`")),
            None => Ok(Box::new(row)),
        }
    }

    fn is_time(&self, at: usize, name: &str) -> bool {
        let times = ["created", "done", "started", "due", "updated"];
        match self.table {
            Some(_) => name.ends_with("_date"),
            None => COLUMNS.iter().zip(self.places).any(|((ours, _), place)| place == Some(at) && times.contains(ours)),
        }
    }

    /// Reads a whole `project_mapping`.
    pub(super) fn project(self: &Arc<Self>, bytes: &[u8], projects: &mut Projects) {
        let row = Row { shape: Arc::clone(self), cells: cells(bytes, self.separator) };
        if let (Some(project), Some(table), Some(id)) = (row.get("project_name"), row.get("table"), row.get("row_id")) {
            projects.entry((table.to_owned(), id.to_owned())).or_insert_with(|| project.to_owned());
        }
    }
}

/// The mapping that a user wrote beside a CSV file: `tickets.columns.toml` for `tickets.csv`, with lines such as
/// `key = "Ticket No."`.
///
/// # Errors
/// A message that names the file and what is wrong with it.
pub(super) fn mapping_beside(csv: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = csv.with_extension("columns.toml");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(BTreeMap::new()) };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mapping: BTreeMap<String, String> = toml::from_str(&text).map_err(|e| {
        format!("`{name}` is not a list of columns: {}\nhelp: write lines such as `key = \"Ticket\"`", e.message())
    })?;
    let known: Vec<&str> = COLUMNS.iter().map(|(ours, _)| *ours).collect();
    if let Some(key) = mapping.keys().find(|k| !known.contains(&k.as_str())) {
        let list = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        return Err(format!("`{name}` has a key we do not know: `{key}`\nhelp: the keys are {list}"));
    }
    Ok(mapping)
}

/// A header as words: lower case, one blank for each run of other characters.
fn words(header: &str) -> String {
    header.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The cells of a row of CSV; a doubled quote inside quotes is one.
///
/// # Source
/// RFC 4180, with other separators.
fn cells(row: &[u8], separator: u8) -> Vec<String> {
    let (mut found, mut cell, mut quoted, mut at) = (Vec::new(), Vec::new(), false, 0);
    while at < row.len() {
        match row[at] {
            b'"' if quoted && row.get(at + 1) == Some(&b'"') => {
                cell.push(b'"');
                at += 1;
            }
            b'"' => quoted = !quoted,
            byte if byte == separator && !quoted => {
                found.push(String::from_utf8_lossy(&cell).into_owned());
                cell.clear();
            }
            byte => cell.push(byte),
        }
        at += 1;
    }
    found.push(String::from_utf8_lossy(&cell).into_owned());
    found
}

impl Row {
    fn cell(&self, at: usize) -> Option<&str> {
        self.cells.get(at).map(|c| c.trim()).filter(|c| !c.is_empty() && !c.eq_ignore_ascii_case("null"))
    }

    /// The cell of a column of the file.
    fn get(&self, column: &str) -> Option<&str> {
        self.cell(self.shape.header.iter().position(|h| h == column)?)
    }

    /// The cell of one of [`COLUMNS`].
    fn ours(&self, column: &str) -> Option<&str> {
        let at = COLUMNS.iter().position(|(ours, _)| *ours == column)?;
        self.cell(self.shape.places[at]?)
    }

    fn text(&self, column: &str) -> Option<String> {
        self.ours(column).and_then(fields::text)
    }

    fn at(&self, column: &str) -> Option<i64> {
        self.get(column).and_then(parse_instant)
    }

    fn project(&self, place: Place<'_>, table: &str, id: &str) -> Option<String> {
        let key = (table.to_owned(), self.get(id)?.to_owned());
        place.projects.get(&key).map(|p| fields::text(p).unwrap_or_default())
    }

    fn safe(&self, column: &str) -> Option<String> {
        self.get(column).and_then(fields::text)
    }

    fn work_item(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let at = |column: &str| self.ours(column).and_then(parse_instant);
        let key = self.text("key").unwrap_or_default();
        let is_number = key.bytes().all(|b| b.is_ascii_digit());
        let (item, key) = if is_number {
            (format!("issue:{}#{key}", place.repo), format!("#{key}"))
        } else {
            (format!("issue:{key}"), key)
        };
        let created_at = at("created").unwrap_or_default();
        told.created(created_at);
        told.saw(at("updated"));
        let done_at = at("done");
        told.saw(done_at);
        let status_text = self.text("status");
        let status = status_text.as_deref().unwrap_or(if done_at.is_some() { "done" } else { "open" });
        let (category, basis) = place.category(status, None);
        let project = self.text("project").or(key.rsplit_once('-').map(|(p, _)| p.to_owned()));
        let milestone = self.text("milestone");
        if let Some(milestone) = &milestone {
            let named = fields::Named { name: Some(milestone.clone()), ..fields::Named::default() };
            told.milestone(project.as_deref(), "milestone", &named, place);
        }
        let assignee = self.text("assignee");
        rows.issues.push(&IssueRow {
            repo: place.repo,
            issue: &item,
            key: &key,
            project: project.as_deref(),
            title: self.text("title").as_deref().unwrap_or_default(),
            kind: self.text("kind").as_deref(),
            status,
            // A day on which it was done says more than the name of a status.
            status_category: if done_at.is_some() { "done" } else { category },
            status_basis: basis,
            priority: self.text("priority").as_deref(),
            points: self.ours("points").and_then(|p| p.parse().ok()),
            author: self.text("author").as_deref(),
            assignee: assignee.as_deref(),
            n_assignees: i64::from(assignee.is_some()),
            labels: self.text("labels").as_deref(),
            milestone: milestone.as_deref(),
            parent: self.text("parent").as_deref(),
            created_at,
            updated_at: at("updated"),
            started_at: at("started"),
            done_at,
            due_at: at("due"),
            url: self.text("url").as_deref(),
            path: place.path,
            line_start: place.line_start,
            line_end: place.line_end,
            ..IssueRow::default()
        });
        let base = IssueEventRow { item: &item, item_kind: "issue", ..event(place) };
        rows.issue_events.push(&IssueEventRow { at: created_at, kind: "created", category: Some("to-do"), ..base });
        if let Some(to_value) = milestone.as_deref() {
            // The list does not say when; that it always was so is all there is to go by.
            let to_value = Some(to_value);
            rows.issue_events.push(&IssueEventRow {
                at: created_at,
                position: 1,
                kind: "milestoned",
                to_value,
                ..base
            });
        }
        if let Some(at) = done_at {
            let (field, category) = (Some("record"), Some("done"));
            rows.issue_events.push(&IssueEventRow { at, position: 2, kind: "closed", field, category, ..base });
        }
    }

    fn devlake(&self, table: &str, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        let id = self.safe("id").unwrap_or_default();
        let created_at = self.at("created_date");
        if let Some(at) = created_at {
            told.created(at);
        }
        told.saw(self.at("finished_date"));
        match table {
            "cicd_deployment_commits" | "deployments" => rows.deployments.push(&DeploymentRow {
                repo: place.repo,
                deployment: &id,
                batch: self.safe("cicd_deployment_id").as_deref().unwrap_or(&id),
                name: self.safe("name").or(self.safe("cicd_deployment_id")).as_deref().unwrap_or(&id),
                kind: "deployment",
                project: self.project(place, "cicd_scopes", "cicd_scope_id").as_deref(),
                scope: self.safe("cicd_scope_id").as_deref(),
                of_repo: self.safe("repo_url").as_deref(),
                environment: self.safe("environment").map(|e| e.to_lowercase()).as_deref(),
                result: &self.safe("result").unwrap_or_default().to_lowercase(),
                sha: self.safe("commit_sha").as_deref(),
                started_at: self.at("started_date"),
                finished_at: self.at("finished_date").or(self.at("started_date")).unwrap_or_default(),
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..DeploymentRow::default()
            }),
            "commits_diffs" => rows.deployment_changes.push(&DeploymentChangeRow {
                repo: place.repo,
                to_sha: self.safe("new_commit_sha").as_deref(),
                from_sha: self.safe("old_commit_sha").as_deref(),
                sha: self.safe("commit_sha").as_deref().unwrap_or_default(),
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..DeploymentChangeRow::default()
            }),
            "pull_requests" => rows.pulls.push(&PullRow {
                repo: place.repo,
                pull: &format!("pull:{}#{id}", place.repo),
                key: &id,
                project: self.project(place, "repos", "base_repo_id").as_deref(),
                title: self.safe("title").as_deref().unwrap_or_default(),
                state: if self.at("merged_date").is_some() {
                    "merged"
                } else if self.at("closed_date").is_some() {
                    "closed"
                } else {
                    "open"
                },
                author: self.safe("author_id").as_deref(),
                created_at: created_at.unwrap_or_default(),
                closed_at: self.at("closed_date"),
                merged_at: self.at("merged_date"),
                merge_sha: self.safe("merge_commit_sha").as_deref(),
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..PullRow::default()
            }),
            "pull_request_comments" => rows.issue_events.push(&IssueEventRow {
                item: &format!("pull:{}#{}", place.repo, self.safe("pull_request_id").unwrap_or_default()),
                item_kind: "pull",
                at: created_at.unwrap_or_default(),
                kind: "commented",
                actor: self.safe("account_id").as_deref(),
                ..event(place)
            }),
            "pull_request_commits" => rows.issue_events.push(&IssueEventRow {
                item: &format!("pull:{}#{}", place.repo, self.safe("pull_request_id").unwrap_or_default()),
                item_kind: "pull",
                at: self.at("commit_authored_date").unwrap_or_default(),
                kind: "committed",
                sha: self.safe("commit_sha").as_deref(),
                authored_at: self.at("commit_authored_date"),
                ..event(place)
            }),
            "incidents" => {
                let resolved_at = self.at("resolution_date");
                rows.incidents.push(&IncidentRow {
                    repo: place.repo,
                    incident: &format!("incident:{id}"),
                    key: &id,
                    project: self.get("table").and_then(|table| self.project(place, table, "scope_id")).as_deref(),
                    title: self.safe("title").as_deref().unwrap_or_default(),
                    status: self.safe("status").as_deref().unwrap_or("unknown"),
                    status_category: if resolved_at.is_some() { "resolved" } else { "open" },
                    service: self.safe("scope_id").as_deref(),
                    created_at: created_at.unwrap_or_default(),
                    resolved_at,
                    path: place.path,
                    line_start: place.line_start,
                    line_end: place.line_end,
                    ..IncidentRow::default()
                });
            }
            // Read before the others; it has no rows of its own.
            _ => {}
        }
    }
}

fn event(place: Place<'_>) -> IssueEventRow<'_> {
    IssueEventRow {
        repo: place.repo,
        path: place.path,
        line_start: place.line_start,
        line_end: place.line_end,
        ..IssueEventRow::default()
    }
}

impl Tells for Row {
    fn missing(&self) -> Option<&'static str> {
        let Some(table) = self.shape.table else {
            return if self.ours("key").is_none() {
                Some("key")
            } else if self.ours("created").is_none() {
                Some("created")
            } else {
                None
            };
        };
        let needed: &[&'static str] = match table {
            "cicd_deployment_commits" => &["id", "finished_date"],
            "deployments" => &["id", "started_date"],
            "commits_diffs" => &["commit_sha"],
            "pull_request_comments" => &["pull_request_id", "created_date"],
            "pull_request_commits" => &["pull_request_id", "commit_authored_date"],
            "project_mapping" => &[],
            _ => &["id", "created_date"],
        };
        needed.iter().find(|column| self.get(column).is_none()).copied()
    }

    fn id(&self) -> String {
        match self.shape.table {
            None => self.ours("key").unwrap_or_default().to_owned(),
            // Rows without an id of their own are told apart by all they say.
            Some(table) => match self.get("id") {
                Some(id) if table != "pull_request_comments" => format!("{table}/{id}"),
                _ => format!("{table}/{}", self.cells.join("\u{1f}")),
            },
        }
    }

    fn tell(&self, place: Place<'_>, rows: &mut TrackerRows, told: &mut Told) {
        match self.shape.table {
            None => self.work_item(place, rows, told),
            Some(table) => self.devlake(table, place, rows, told),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cut_at_separators_outside_of_quotes() {
        let check = |row: &str, expect: &[&str]| assert_eq!(cells(row.as_bytes(), b','), expect, "{row}");
        check("a,b", &["a", "b"]);
        check("\"a,\"\"b\"\"\",,", &["a,\"b\"", "", ""]);
        check("", &[""]);
        check("\"open", &["open"]);
    }

    #[test]
    fn columns_are_found_by_their_usual_names_or_a_mapping() {
        let none = BTreeMap::new();
        let word =
            |header: &str, mapping: &BTreeMap<String, String>| Shape::of(header.as_bytes(), mapping).map(|s| s.word());
        assert_eq!(word("Issue key;Summary;Created;Resolved", &none), Some("csv"));
        assert_eq!(word("Ticket No.,Since", &none), None, "neither is a usual name");
        let mapping =
            BTreeMap::from([("key", "Ticket No."), ("created", "Since")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(word("Ticket No.,Since", &mapping), Some("csv"));
        assert_eq!(word("project_name,table,row_id", &none), Some("devlake"));
        assert_eq!(word("a,b", &none), None);
    }
}
