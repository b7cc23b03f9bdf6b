//! Projects and initiatives of Linear with the updates that people wrote about them. Of an update its length is kept and
//! how well its author said that things go, not its text.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{MOST_PAGES, all, ask};
use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::graphql::next;
use crate::pages::{array, text};
use crate::sync::{Record, Sync};
use crate::texts::length;

const UPDATE: &str = "{ nodes { createdAt health body url user { displayName } } pageInfo { hasNextPage endCursor } }";

pub(super) fn initiatives(sync: &mut Sync<'_>, team: &str) -> Result<(), ConnectError> {
    let fields = format!(
        "id name url createdAt updatedAt startedAt completedAt canceledAt targetDate health healthUpdatedAt trashed \
         status {{ name type }} lead {{ displayName }} teams(first: 10) {{ nodes {{ key }} }} \
         initiatives(first: 10) {{ nodes {{ id name }} }} projectUpdates(first: 20) {UPDATE}"
    );
    let mut records: Vec<Record> = Vec::new();
    let mut above = BTreeSet::new();
    for mut project in all(sync, "projects", &fields, None)? {
        let teams: Vec<String> = array(project["teams"]["nodes"].take()).iter().map(|team| text(team, "key")).collect();
        let is_ours = team.is_empty() || teams.iter().any(|key| key.eq_ignore_ascii_case(team));
        if !is_ours || project["trashed"] == true {
            continue;
        }
        let parts = array(project["initiatives"]["nodes"].take());
        above.extend(parts.iter().map(|initiative| text(initiative, "id")));
        let names: Vec<Value> = parts.iter().map(|initiative| initiative["name"].clone()).collect();
        let (status, kind) = (project["status"]["name"].take(), project["status"]["type"].take());
        let owner = project["lead"]["displayName"].take();
        let updates = updates(sync, "project", "projectUpdates", &mut project)?;
        let told = json!({
            "kind": "project", "part_of": names, "status": status, "status_type": kind, "owner": owner, "teams": teams,
            "updates": updates,
        });
        records.push(("initiatives.jsonl", record(&project, told)));
    }
    let fields = format!(
        "id name url createdAt updatedAt startedAt completedAt canceledAt targetDate health healthUpdatedAt trashed \
         status owner {{ displayName }} parentInitiative {{ id name }} initiativeUpdates(first: 20) {UPDATE}"
    );
    let mut initiatives = all(sync, "initiatives", &fields, None)?;
    initiatives.retain(|initiative| initiative["trashed"] != true);
    // What is above an initiative of ours is ours too.
    loop {
        let n = above.len();
        for initiative in initiatives.iter().filter(|i| i["parentInitiative"]["id"].is_string()) {
            if above.contains(&text(initiative, "id")) {
                above.insert(text(&initiative["parentInitiative"], "id"));
            }
        }
        if above.len() == n {
            break;
        }
    }
    for mut initiative in initiatives {
        if !team.is_empty() && !above.contains(&text(&initiative, "id")) {
            continue;
        }
        let owner = initiative["owner"]["displayName"].take();
        let part_of: Vec<Value> =
            Some(initiative["parentInitiative"]["name"].take()).into_iter().filter(Value::is_string).collect();
        let status = initiative["status"].take();
        let updates = updates(sync, "initiative", "initiativeUpdates", &mut initiative)?;
        let told = json!({
            "kind": "initiative", "part_of": part_of, "status": status, "status_type": status, "owner": owner,
            "updates": updates,
        });
        records.push(("initiatives.jsonl", record(&initiative, told)));
    }
    sync.commit("initiatives", Cursor { is_whole: true, ..Cursor::default() }, &records)
}

/// What both have, beside what only one has.
fn record(from: &Value, mut told: Value) -> Value {
    const NAMES: [(&str, &str); 11] = [
        ("id", "id"),
        ("initiative", "name"),
        ("health", "health"),
        ("health_at", "healthUpdatedAt"),
        ("created_at", "createdAt"),
        ("updated_at", "updatedAt"),
        ("started_at", "startedAt"),
        ("completed_at", "completedAt"),
        ("canceled_at", "canceledAt"),
        ("target_at", "targetDate"),
        ("url", "url"),
    ];
    for (ours, theirs) in NAMES {
        told[ours] = from[theirs].clone();
    }
    told
}

/// All updates, oldest first; the first page is there already.
fn updates(sync: &mut Sync<'_>, kind: &str, list: &str, of: &mut Value) -> Result<Vec<Value>, ConnectError> {
    let mut page = of[list].take();
    let mut found = array(page["nodes"].take());
    let mut after = next(&page);
    for _ in 0..MOST_PAGES {
        let Some(cursor) = after.take() else { break };
        let query = format!(
            "query Updates($id: String!, $after: String) {{ {kind}(id: $id) {{ {list}(first: 100, after: $after) {UPDATE} }} }}"
        );
        let mut data = ask(sync, &query, &json!({"id": of["id"], "after": cursor}))?;
        page = data[kind][list].take();
        found.extend(array(page["nodes"].take()));
        after = next(&page);
    }
    let mut kept: Vec<Value> = found
        .iter()
        .map(|update| {
            json!({
                "at": update["createdAt"], "author": update["user"]["displayName"], "health": update["health"],
                "body_length": length(&update["body"]), "url": update["url"],
            })
        })
        .collect();
    kept.sort_by_key(|update| text(update, "at"));
    Ok(kept)
}
