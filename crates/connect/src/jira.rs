//! Jira Cloud and Jira Data Center: issues with their change log, versions, sprints.
//!
//! Issues are asked for in the order of their changes, from an instant on. JQL reads an instant in the time zone of the
//! account's profile, so it is given as minutes back from now, which have no zone; the clock is that of the service.

mod fields;

use serde_json::{Value, json};
use sightline_facts::time::parse_instant;

use self::fields::Custom;
use crate::client::encoded;
use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::pages::{PAGE, array, later, take, text};
use crate::sync::{Record, Sync};
use crate::texts::{document_length, person, pick};

/// Minutes that a round goes back behind the end of the one before.
const OVERLAP: i64 = 10;
/// Records that are kept in the cursor as being there.
const MOST_SEEN: usize = 400;
/// Records of a page of boards and sprints; the interface allows no more.
const SMALL_PAGE: usize = 50;
/// Boards, sprints, entries and comments beyond which no more are asked.
const MOST: usize = 20_000;
/// Fields of an issue that are asked for.
const FIELDS: [&str; 21] = [
    "summary",
    "project",
    "issuetype",
    "status",
    "priority",
    "resolution",
    "created",
    "updated",
    "resolutiondate",
    "duedate",
    "labels",
    "components",
    "fixVersions",
    "versions",
    "assignee",
    "reporter",
    "issuelinks",
    "subtasks",
    "parent",
    "comment",
    "timeoriginalestimate",
];

/// Which search the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// Cloud: a token leads to the next page.
    Token,
    /// Cloud of some years ago.
    Offset,
    /// Data Center.
    Server,
}

impl Search {
    fn path(self) -> &'static str {
        match self {
            Self::Token => "/rest/api/3/search/jql",
            Self::Offset => "/rest/api/3/search",
            Self::Server => "/rest/api/2/search",
        }
    }

    fn version(self) -> &'static str {
        if self == Self::Server { "2" } else { "3" }
    }
}

pub(crate) fn sync(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    let search = match sync.detail("/rest/api/2/serverInfo", &[])? {
        Some(info) if info["deploymentType"] == "Server" || info["deploymentType"] == "Data Center" => Search::Server,
        _ => Search::Token,
    };
    sync.whole("issues", |sync| match issues(sync, search) {
        Err(ConnectError::NotFound { .. }) if search == Search::Token => issues(sync, Search::Offset),
        other => other,
    })?;
    sync.part("versions", |sync| versions(sync, search))?;
    sync.part("sprints", sprints)
}

fn issues(sync: &mut Sync<'_>, search: Search) -> Result<(), ConnectError> {
    let custom = Custom::find(sync, search)?;
    let mut fields = FIELDS.join(",");
    for id in custom.ids() {
        fields.push(',');
        fields.push_str(id);
    }
    let mut cursor = sync.cursor("issues");
    let mut overlap = if cursor.page.is_none() { OVERLAP } else { 1 };
    let mut now: Option<i64> = None;
    let (mut token, mut start) = (None::<String>, 0_usize);
    let mut jql = String::new();
    cursor.newest = None;
    loop {
        // A chain of tokens belongs to one question; where to go on after a kill is told by the instant.
        if token.is_none() && cursor.since.is_some() && now.is_none() {
            now = Some(sync.client.get(&format!("/rest/api/{}/field", search.version()), &[])?.now());
        }
        if token.is_none() {
            let since = cursor.since.as_deref().and_then(parse_instant).zip(now);
            let since = since.map(|(at, now)| (now - at).div_euclid(60_000_000).max(0) + 1 + overlap);
            let after = since.map(|minutes| format!(" AND updated >= \"-{minutes}m\"")).unwrap_or_default();
            jql = format!("project = \"{}\"{after} ORDER BY updated ASC, key ASC", sync.address.name);
        }
        let (size, offset) = (PAGE.to_string(), start.to_string());
        let mut query = vec![
            ("jql", jql.as_str()),
            ("fields", fields.as_str()),
            ("expand", "changelog"),
            ("maxResults", size.as_str()),
        ];
        match (&token, search) {
            (Some(token), Search::Token) => query.push(("nextPageToken", token)),
            (None, Search::Token) => {}
            _ => query.push(("startAt", offset.as_str())),
        }
        let answer = sync.client.get(search.path(), &query)?;
        now = Some(answer.now());
        let total = answer.body["total"].as_u64().and_then(|n| usize::try_from(n).ok());
        let is_last = answer.body["isLast"].as_bool();
        let next = answer.body["nextPageToken"].as_str().map(str::to_owned);
        let found = array(take(answer.body, "issues"));
        let n = found.len();
        let mut records: Vec<Record> = Vec::new();
        for issue in found {
            let at = text(&issue["fields"], "updated");
            let mark = format!("{} {at}", text(&issue, "key"));
            cursor.newest = later(cursor.newest.take(), &at);
            if !cursor.seen.contains(&mark) {
                records.push(("issues.jsonl", self::issue(sync, search, &custom, &issue)?));
                cursor.seen.push(mark);
            }
        }
        let surplus = cursor.seen.len().saturating_sub(MOST_SEEN);
        cursor.seen.drain(..surplus);
        let is_end = match search {
            Search::Token => next.is_none() || is_last == Some(true),
            // Without a count of all, a page that is not full is the last one.
            _ => n == 0 || total.map_or(n < PAGE, |total| start + n >= total),
        };
        let has_moved = later(cursor.since.clone(), cursor.newest.as_deref().unwrap_or_default()) != cursor.since;
        if has_moved {
            cursor.since.clone_from(&cursor.newest);
        }
        if search != Search::Token {
            // From the instant that was reached on, so that what changes meanwhile pushes nothing out of sight.
            start = if has_moved { 0 } else { start + n };
            overlap = 1;
        }
        token = next;
        cursor.page = (!is_end).then(|| "on".to_owned());
        cursor.is_whole |= is_end;
        sync.commit("issues", cursor.clone(), &records)?;
        if is_end {
            return Ok(());
        }
    }
}

fn issue(sync: &mut Sync<'_>, search: Search, custom: &Custom, issue: &Value) -> Result<Value, ConnectError> {
    const NAMED: [&str; 5] = ["issuetype", "priority", "resolution", "assignee", "reporter"];
    const PLAIN: [&str; 7] =
        ["summary", "created", "updated", "resolutiondate", "duedate", "labels", "timeoriginalestimate"];
    let key = text(issue, "key");
    let from = &issue["fields"];
    let mut fields = pick(from, &PLAIN);
    for name in NAMED {
        if from[name].is_object() {
            fields[name] = pick(&from[name], &["displayName", "name", "accountType"]);
        }
    }
    for name in ["components", "fixVersions", "versions"] {
        let all = array(from[name].clone());
        fields[name] = all.iter().map(|one| pick(one, &["name", "released", "releaseDate", "archived"])).collect();
    }
    fields["project"] = pick(&from["project"], &["key"]);
    fields["status"] = json!({
        "name": from["status"]["name"], "statusCategory": pick(&from["status"]["statusCategory"], &["key"]),
    });
    if from["parent"].is_object() {
        fields["parent"] = pick(&from["parent"], &["key"]);
    }
    fields["subtasks"] = array(from["subtasks"].clone()).iter().map(|one| pick(one, &["key"])).collect();
    fields["issuelinks"] = array(from["issuelinks"].clone())
        .iter()
        .map(|link| {
            let mut kept = json!({"type": pick(&link["type"], &["name", "inward", "outward"])});
            for end in ["inwardIssue", "outwardIssue"] {
                if link[end].is_object() {
                    kept[end] = pick(&link[end], &["key"]);
                }
            }
            kept
        })
        .collect();
    if let Some(points) = custom.points.iter().map(|id| &from[id]).find(|v| v.is_number()) {
        fields["storyPoints"] = points.clone();
    }
    if let Some(id) = &custom.sprint {
        fields["sprints"] = array(from[id].clone()).iter().filter_map(sprint).collect();
    }
    if let Some(epic) = custom.epic.as_ref().map(|id| &from[id]).filter(|v| v.is_string())
        && fields["parent"].is_null()
    {
        fields["parent"] = json!({"key": epic});
    }
    if let Some(id) = &custom.flagged {
        fields["flagged"] = (!array(from[id].clone()).is_empty()).into();
    }
    let histories = histories(sync, search, &key, &issue["changelog"])?;
    let comments = comments(sync, search, &key, &from["comment"])?;
    Ok(json!({
        "key": key, "id": issue["id"], "self": format!("{}/browse/{key}", sync.address.base), "fields": fields,
        "changelog": {"histories": histories}, "comments": comments,
    }))
}

/// A sprint, which Data Center writes as the text of an object of Java.
fn sprint(value: &Value) -> Option<Value> {
    let Some(written) = value.as_str() else {
        return value.is_object().then(|| pick(value, &["name", "state", "startDate", "endDate", "completeDate"]));
    };
    let inside = written.split_once('[')?.1.trim_end_matches(']');
    let mut found = json!({});
    for pair in inside.split(',') {
        if let Some((name, value)) = pair.split_once('=')
            && ["name", "state", "startDate", "endDate", "completeDate"].contains(&name)
            && value != "<null>"
        {
            found[name] = if name == "state" { value.to_lowercase().into() } else { value.into() };
        }
    }
    found["name"].is_string().then_some(found)
}

/// The whole change log; the search gives the newest entries of a long one only.
fn histories(sync: &mut Sync<'_>, search: Search, key: &str, log: &Value) -> Result<Vec<Value>, ConnectError> {
    let there = array(log["histories"].clone());
    let total = log["total"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(there.len());
    let all = if total > there.len() {
        let path = format!("/rest/api/{}/issue/{}/changelog", search.version(), encoded(key));
        by_offset(sync, &path, &[], "values", PAGE)?
    } else {
        there
    };
    Ok(all.iter().map(history).collect())
}

fn history(history: &Value) -> Value {
    let items = array(history["items"].clone());
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            let mut kept = pick(item, &["field", "fromString", "toString"]);
            // What people wrote stays with the service.
            if matches!(text(item, "field").to_lowercase().as_str(), "description" | "environment" | "comment") {
                kept = pick(item, &["field"]);
            }
            kept
        })
        .collect();
    json!({"created": history["created"], "author": author(&history["author"]), "items": items})
}

fn author(value: &Value) -> Value {
    pick(&person(value), &["displayName", "name"])
}

fn comments(sync: &mut Sync<'_>, search: Search, key: &str, there: &Value) -> Result<Vec<Value>, ConnectError> {
    let mut all = array(there["comments"].clone());
    let total = there["total"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(all.len());
    if total > all.len() {
        let path = format!("/rest/api/{}/issue/{}/comment", search.version(), encoded(key));
        all = by_offset(sync, &path, &[], "comments", PAGE)?;
    }
    let kept = all.iter().map(|comment| {
        json!({
            "created": comment["created"], "author": author(&comment["author"]),
            "body_length": document_length(&comment["body"]),
        })
    });
    Ok(kept.collect())
}

/// All elements of a list that is gone through by `startAt`.
fn by_offset(
    sync: &mut Sync<'_>,
    path: &str,
    query: &[(&str, &str)],
    key: &str,
    size: usize,
) -> Result<Vec<Value>, ConnectError> {
    let mut found = Vec::new();
    loop {
        let (start, most) = (found.len().to_string(), size.to_string());
        let own = [("startAt", start.as_str()), ("maxResults", most.as_str())];
        let query: Vec<(&str, &str)> = query.iter().copied().chain(own).collect();
        let body = sync.client.get(path, &query)?.body;
        let is_last = body["isLast"].as_bool();
        let total = body["total"].as_u64().and_then(|n| usize::try_from(n).ok());
        let page = array(take(body, key));
        let n = page.len();
        found.extend(page);
        let is_end = match (is_last, total) {
            (Some(is_last), _) => is_last,
            (None, Some(total)) => found.len() >= total,
            (None, None) => n < size,
        };
        if is_end || n == 0 || found.len() >= MOST {
            return Ok(found);
        }
    }
}

fn versions(sync: &mut Sync<'_>, search: Search) -> Result<(), ConnectError> {
    let project = sync.address.name.clone();
    let path = format!("/rest/api/{}/project/{}/versions", search.version(), encoded(&project));
    let all = array(sync.client.get(&path, &[])?.body);
    let records: Vec<Record> = all
        .iter()
        .map(|version| {
            let is_released = version["released"] == true;
            let record = json!({
                "milestone": version["name"], "kind": "version", "project": project,
                "state": if is_released { "closed" } else { "open" }, "due_at": version["releaseDate"],
                "closed_at": if is_released { version["releaseDate"].clone() } else { Value::Null },
            });
            ("milestones.jsonl", record)
        })
        .collect();
    sync.commit("versions", Cursor { is_whole: true, ..Cursor::default() }, &records)
}

fn sprints(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    let project = sync.address.name.clone();
    let boards = by_offset(sync, "/rest/agile/1.0/board", &[("projectKeyOrId", &project)], "values", SMALL_PAGE)?;
    let mut records: Vec<Record> = Vec::new();
    for board in boards.iter().filter(|board| board["type"] != "kanban") {
        let path = format!("/rest/agile/1.0/board/{}/sprint", text(board, "id"));
        let all = match by_offset(sync, &path, &[], "values", SMALL_PAGE) {
            // Only boards with sprints answer.
            Err(ConnectError::BadAnswer { .. } | ConnectError::NotFound { .. }) => Vec::new(),
            other => other?,
        };
        for sprint in all {
            let record = json!({
                "milestone": sprint["name"], "kind": "sprint", "project": project, "state": sprint["state"],
                "started_at": sprint["startDate"], "due_at": sprint["endDate"], "closed_at": sprint["completeDate"],
            });
            records.push(("milestones.jsonl", record));
        }
    }
    sync.commit("sprints", Cursor { is_whole: true, ..Cursor::default() }, &records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sprint_is_an_object_or_the_text_of_one() {
        let written = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=1,rapidViewId=2,state=CLOSED,name=Sprint 7,startDate=2026-01-05T10:00:00.000Z,endDate=2026-01-19T10:00:00.000Z,completeDate=<null>]";
        let found = sprint(&json!(written)).expect("a sprint");
        assert_eq!((found["name"].as_str(), found["state"].as_str()), (Some("Sprint 7"), Some("closed")));
        assert!(found["completeDate"].is_null());
        assert_eq!(sprint(&json!({"name": "S", "goal": "secret"})), Some(json!({"name": "S"})));
        assert_eq!(sprint(&json!(3)), None);
    }
}
