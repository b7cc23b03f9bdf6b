//! Projects of GitHub (those of today, which only GraphQL knows): which items of the repository are in them, in which
//! status and iteration, how the status changed, and what people wrote about where the project stands.

use serde_json::{Value, json};

use super::refused_without_token;
use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::graphql;
use crate::pages::{array, text};
use crate::sync::{Record, Sync};
use crate::texts::length;

/// Pages of one list beyond which no more are asked.
const MOST_PAGES: usize = 200;
/// Changes of status, newest last.
const HISTORY: &str = "{ nodes { ... on ProjectV2ItemStatusChangedEvent \
     { createdAt previousStatus status actor { __typename login } project { id } } } pageInfo { hasNextPage endCursor } }";
const CHANGES: &str = "itemTypes: [PROJECT_V2_ITEM_STATUS_CHANGED_EVENT]";
const UPDATES: &str = "statusUpdates(first: 50, orderBy: {field: CREATED_AT, direction: DESC}) \
     { nodes { createdAt status targetDate body creator { login } } }";
const FIELD: &str = "field { ... on ProjectV2FieldCommon { name } }";

pub(super) fn projects(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    refused_without_token(sync)?;
    // A server of a company may be older than updates and the history of a status.
    let (all, is_new) = match list(sync, UPDATES) {
        Err(ConnectError::BadAnswer { .. }) => match list(sync, "") {
            Err(ConnectError::BadAnswer { host, path, .. }) => {
                return Err(ConnectError::NotFound { host, path, word: sync.address.kind.about().word });
            }
            other => (other?, false),
        },
        other => (other?, true),
    };
    let records: Vec<Record> = all.iter().map(|project| ("initiatives.jsonl", initiative(project))).collect();
    let mut cursor = sync.cursor("projects");
    sync.commit("projects", cursor.clone(), &records)?;
    let place = cursor.page.take();
    let (mut from, mut page) = match place.as_deref().and_then(|at| at.split_once(' ')) {
        Some((number, page)) => (number.parse().unwrap_or(0), Some(page.to_owned())),
        None => (0_i64, None),
    };
    let mut refused = None;
    for project in &all {
        let number = project["number"].as_i64().unwrap_or_default();
        if number < from {
            continue;
        }
        if number > from {
            page = None;
        }
        from = number;
        loop {
            let mut told = match items(sync, project, page.as_deref(), is_new) {
                // The place is not known any more: this project is gone through again.
                Err(ConnectError::BadAnswer { .. }) if page.take().is_some() => items(sync, project, None, is_new)?,
                other => other?,
            };
            refused = refused.or(told.refused);
            let mut list = told.data["node"]["items"].take();
            let mut records: Vec<Record> = Vec::new();
            for found in array(list["nodes"].take()) {
                records.extend(item(sync, project, found)?.map(|record| ("project_items.jsonl", record)));
            }
            page = graphql::next(&list).and_then(|at| at.as_str().map(str::to_owned));
            let reached = page.as_ref().map(|page| format!("{number} {page}"));
            let is_end = reached.is_none();
            sync.commit(
                "projects",
                Cursor { page: reached, is_whole: cursor.is_whole, ..Cursor::default() },
                &records,
            )?;
            if is_end {
                break;
            }
        }
    }
    sync.commit("projects", Cursor { is_whole: true, ..Cursor::default() }, &[])?;
    refused.map_or(Ok(()), Err)
}

/// The projects that the repository is linked to, by number.
fn list(sync: &mut Sync<'_>, updates: &str) -> Result<Vec<Value>, ConnectError> {
    let query = format!(
        "query Projects($owner: String!, $name: String!, $after: String) {{ repository(owner: $owner, name: $name) \
         {{ projectsV2(first: 20, after: $after, orderBy: {{field: NUMBER, direction: ASC}}) \
         {{ nodes {{ id number title url closed closedAt createdAt updatedAt creator {{ login }} {updates} }} \
         pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let (url, named) = (sync.address.graphql(), sync.address.name.clone());
    let (owner, name) = named.split_once('/').unwrap_or_default();
    let mut variables = json!({"owner": owner, "name": name, "after": null});
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let mut told = graphql::ask(sync, &url, &query, &variables)?;
        let mut page = told.data["repository"]["projectsV2"].take();
        found.extend(array(page["nodes"].take()).into_iter().filter(Value::is_object));
        match graphql::next(&page) {
            Some(cursor) => variables["after"] = cursor,
            None => break,
        }
    }
    Ok(found)
}

fn items(
    sync: &mut Sync<'_>,
    project: &Value,
    page: Option<&str>,
    is_new: bool,
) -> Result<graphql::Told, ConnectError> {
    let ask = |sync: &mut Sync<'_>, history: &str| {
        let query = format!(
            "query Items($id: ID!, $after: String) {{ node(id: $id) {{ ... on ProjectV2 {{ items(first: 50, after: $after) \
             {{ nodes {{ id updatedAt isArchived content {{ __typename \
             ... on Issue {{ id number repository {{ nameWithOwner }} {history} }} \
             ... on PullRequest {{ id number repository {{ nameWithOwner }} }} }} \
             fieldValues(first: 30) {{ nodes {{ __typename \
             ... on ProjectV2ItemFieldSingleSelectValue {{ name updatedAt {FIELD} }} \
             ... on ProjectV2ItemFieldIterationValue {{ title startDate duration updatedAt {FIELD} }} \
             ... on ProjectV2ItemFieldNumberValue {{ number {FIELD} }} \
             ... on ProjectV2ItemFieldDateValue {{ date {FIELD} }} }} }} }} \
             pageInfo {{ hasNextPage endCursor }} }} }} }} }}"
        );
        let url = sync.address.graphql();
        graphql::ask(sync, &url, &query, &json!({"id": project["id"], "after": page}))
    };
    let history = format!("timelineItems(first: 50, {CHANGES}) {HISTORY}");
    match ask(sync, if is_new { &history } else { "" }) {
        Err(ConnectError::BadAnswer { .. }) if is_new && page.is_none() => ask(sync, ""),
        other => other,
    }
}

/// An item with its fields and what its status was; `None` for drafts and what is of another repository.
fn item(sync: &mut Sync<'_>, project: &Value, mut item: Value) -> Result<Option<Value>, ConnectError> {
    let mut content = item["content"].take();
    let is_own = text(&content["repository"], "nameWithOwner").eq_ignore_ascii_case(&sync.address.name);
    if !is_own || !content["number"].is_number() {
        return Ok(None);
    }
    let mut record = json!({
        "id": item["id"], "project_item": content["number"], "is_pull": content["__typename"] == "PullRequest",
        "project": project["title"], "project_number": project["number"], "is_project_closed": project["closed"],
        "is_archived": item["isArchived"], "updated_at": item["updatedAt"],
    });
    for value in array(item["fieldValues"]["nodes"].take()) {
        let field = text(&value["field"], "name").to_lowercase();
        match (value["__typename"].as_str(), field.as_str()) {
            (Some("ProjectV2ItemFieldSingleSelectValue"), "status" | "priority") => {
                record[field.as_str()] = json!({"name": value["name"], "updated_at": value["updatedAt"]});
            }
            (Some("ProjectV2ItemFieldIterationValue"), _) => {
                record["iteration"] = json!({
                    "name": value["title"], "starts_on": value["startDate"], "n_days": value["duration"],
                    "updated_at": value["updatedAt"],
                });
            }
            (Some("ProjectV2ItemFieldNumberValue"), "estimate" | "points" | "story points" | "size") => {
                record["points"] = value["number"].clone();
            }
            (Some("ProjectV2ItemFieldDateValue"), "due" | "due date" | "target date" | "end date" | "deadline") => {
                record["due_at"] = value["date"].clone();
            }
            _ => {}
        }
    }
    let changes = history(sync, &text(&content, "id"), content["timelineItems"].take())?;
    let own = changes.iter().filter(|change| change["project"]["id"] == project["id"]);
    record["history"] = own
        .map(|change| {
            json!({
                "at": change["createdAt"], "from": change["previousStatus"], "to": change["status"],
                "actor": {"login": change["actor"]["login"], "type": change["actor"]["__typename"]},
            })
        })
        .collect();
    Ok(Some(record))
}

/// All changes of an issue's status; the first page is there already.
fn history(sync: &mut Sync<'_>, id: &str, mut page: Value) -> Result<Vec<Value>, ConnectError> {
    let mut found = array(page["nodes"].take());
    let mut after = graphql::next(&page);
    for _ in 0..MOST_PAGES {
        let Some(cursor) = after.take() else { break };
        let query = format!(
            "query History($id: ID!, $after: String) {{ node(id: $id) {{ ... on Issue \
             {{ timelineItems(first: 100, after: $after, {CHANGES}) {HISTORY} }} }} }}"
        );
        let url = sync.address.graphql();
        let mut told = graphql::ask(sync, &url, &query, &json!({"id": id, "after": cursor}))?;
        page = told.data["node"]["timelineItems"].take();
        found.extend(array(page["nodes"].take()));
        after = graphql::next(&page);
    }
    Ok(found)
}

/// A project as the readers know what stands above items.
fn initiative(project: &Value) -> Value {
    let mut updates = array(project["statusUpdates"]["nodes"].clone());
    updates.reverse();
    let is_closed = project["closed"] == true;
    let said: Vec<Value> = updates
        .iter()
        .map(|update| {
            json!({
                "at": update["createdAt"], "author": update["creator"]["login"], "health": update["status"],
                "body_length": length(&update["body"]), "target_at": update["targetDate"],
            })
        })
        .collect();
    json!({
        "id": project["id"], "initiative": project["title"], "kind": "project",
        "status": if is_closed { "closed" } else { "open" }, "status_type": if is_closed { "completed" } else { "started" },
        "owner": project["creator"]["login"], "created_at": project["createdAt"], "updated_at": project["updatedAt"],
        "completed_at": project["closedAt"], "target_at": updates.last().map(|update| update["targetDate"].clone()),
        "url": project["url"], "updates": said,
    })
}
