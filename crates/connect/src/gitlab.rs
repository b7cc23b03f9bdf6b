//! GitLab: issues and merge requests with what happened to them, milestones, pipelines, deployments, releases.

use serde_json::{Value, json};

use crate::client::encoded;
use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::pages::{Falling, Rising, all, all_if_there, array, earlier_by, falling, rising, text};
use crate::sync::{Record, Sync};
use crate::texts::{length, person, pick, references};

/// Events of one item that are kept.
const MOST_EVENTS: usize = 20_000;
/// How far back pipelines are asked for the first time, in seconds, unless the user names a day.
const PIPELINES: i64 = 365 * 86_400;
/// How far back a round goes where a list falls by creation, in seconds.
const OVERLAP: i64 = 30 * 86_400;

pub(crate) fn sync(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    let base = format!("/projects/{}", encoded(&sync.address.name));
    sync.whole("issues", |sync| items(sync, &base, "issues"))?;
    sync.part("merge requests", |sync| items(sync, &base, "merge_requests"))?;
    sync.part("milestones", |sync| milestones(sync, &base))?;
    sync.part("pipelines", |sync| pipelines(sync, &base))?;
    sync.part("deployments", |sync| deployments(sync, &base))?;
    sync.part("releases", |sync| releases(sync, &base))
}

fn items(sync: &mut Sync<'_>, base: &str, kind: &'static str) -> Result<(), ConnectError> {
    let is_request = kind == "merge_requests";
    let (list, file) = if is_request { ("merge requests", "merge_requests.jsonl") } else { ("issues", "issues.jsonl") };
    let list = Rising {
        list,
        path: &format!("{base}/{kind}"),
        query: &[("scope", "all"), ("state", "all"), ("order_by", "updated_at"), ("sort", "asc")],
        since: "updated_after",
        from: None,
        is_named: false,
        id: "iid",
        updated: "updated_at",
    };
    rising(sync, &list, &mut |sync, item| {
        let path = format!("{base}/{kind}/{}", text(&item, "iid"));
        Ok(vec![(file, self::item(sync, &path, &item, is_request)?)])
    })
}

fn item(sync: &mut Sync<'_>, path: &str, item: &Value, is_request: bool) -> Result<Value, ConnectError> {
    const KEPT: [&str; 21] = [
        "iid",
        "title",
        "state",
        "created_at",
        "updated_at",
        "closed_at",
        "merged_at",
        "due_date",
        "labels",
        "user_notes_count",
        "web_url",
        "draft",
        "source_branch",
        "target_branch",
        "merge_commit_sha",
        "squash_commit_sha",
        "sha",
        "weight",
        "issue_type",
        "changes_count",
        "confidential",
    ];
    let own = item["iid"].as_i64().unwrap_or_default();
    let mut record = pick(item, &KEPT);
    for who in ["author", "merge_user", "merged_by", "closed_by"] {
        if item[who].is_object() {
            record[who] = person(&item[who]);
        }
    }
    for who in ["assignees", "reviewers"] {
        record[who] = array(item[who].clone()).iter().map(person).collect();
    }
    if item["milestone"].is_object() {
        record["milestone"] = pick(&item["milestone"], &["title", "state", "due_date"]);
    }
    record["body_length"] = length(&item["description"]).into();
    let mut said = Vec::new();
    references(item["description"].as_str().unwrap_or_default(), &text(item, "created_at"), own, &mut said);
    let mut timeline = Vec::new();
    for event in all_if_there(sync, &format!("{path}/resource_state_events"), &[], "", MOST_EVENTS)? {
        timeline.push(json!({
            "event": event["state"], "created_at": event["created_at"], "actor": person(&event["user"]),
        }));
    }
    for (list, what, joins, leaves) in
        [("label", "label", "labeled", "unlabeled"), ("milestone", "milestone", "milestoned", "demilestoned")]
    {
        for event in all_if_there(sync, &format!("{path}/resource_{list}_events"), &[], "", MOST_EVENTS)? {
            let mut kept = json!({
                "event": if event["action"] == "add" { joins } else { leaves },
                "created_at": event["created_at"], "actor": person(&event["user"]),
            });
            kept[what] = pick(&event[what], &["name", "title"]);
            timeline.push(kept);
        }
    }
    let mut reviews = Vec::new();
    for note in all_if_there(sync, &format!("{path}/notes"), &[("sort", "asc")], "", MOST_EVENTS)? {
        self::note(&note, own, &mut timeline, &mut reviews, &mut said);
    }
    timeline.sort_by_key(|event| text(event, "created_at"));
    if is_request {
        let commits = all_if_there(sync, &format!("{path}/commits"), &[], "", MOST_EVENTS)?;
        record["n_commits"] = commits.len().into();
        timeline.extend(commits.iter().map(|commit| {
            json!({
                "event": "committed", "sha": commit["id"], "authored_at": commit["authored_date"],
                "committed_at": commit["committed_date"],
            })
        }));
        record["reviews"] = Value::Array(reviews);
    } else {
        let links = all_if_there(sync, &format!("{path}/links"), &[], "", MOST_EVENTS)?;
        record["links"] = links.iter().map(|link| pick(link, &["iid", "link_type"])).collect();
    }
    record["timeline"] = Value::Array(timeline);
    record["said"] = Value::Array(said);
    Ok(record)
}

/// A comment, or what GitLab writes down as a comment of its own: who was assigned, who approved.
fn note(note: &Value, own: i64, timeline: &mut Vec<Value>, reviews: &mut Vec<Value>, said: &mut Vec<Value>) {
    let body = note["body"].as_str().unwrap_or_default();
    let (at, author) = (&note["created_at"], person(&note["author"]));
    if note["system"] != true {
        let is_review = note["type"] == "DiffNote";
        let event = if is_review { "review_comment" } else { "commented" };
        timeline.push(json!({"event": event, "created_at": at, "actor": author, "body_length": length(&note["body"])}));
        references(body, at.as_str().unwrap_or_default(), own, said);
        return;
    }
    let people = || body.split_whitespace().filter_map(|word| word.strip_prefix('@'));
    let first = body.split_whitespace().next().unwrap_or_default();
    match first {
        "approved" => reviews.push(json!({"user": author, "state": "APPROVED", "submitted_at": at})),
        "unapproved" => reviews.push(json!({"user": author, "state": "DISMISSED", "submitted_at": at})),
        "assigned" | "unassigned" => {
            // One note may say both: "assigned to @a and unassigned @b".
            let mut event = first;
            for word in body.split_whitespace() {
                if matches!(word, "assigned" | "unassigned") {
                    event = word;
                } else if let Some(name) = word.strip_prefix('@') {
                    let name = name.trim_end_matches([',', '.']);
                    timeline.push(json!({
                        "event": event, "created_at": at, "actor": author, "assignee": {"login": name},
                    }));
                }
            }
        }
        "requested" if body.starts_with("requested review from") => {
            for name in people() {
                timeline.push(json!({
                    "event": "review_requested", "created_at": at, "actor": author,
                    "requested_reviewer": {"login": name.trim_end_matches([',', '.'])},
                }));
            }
        }
        _ if body.starts_with("marked this merge request as **ready**") => {
            timeline.push(json!({"event": "ready_for_review", "created_at": at, "actor": author}));
        }
        _ if body.starts_with("marked this merge request as **draft**") => {
            timeline.push(json!({"event": "convert_to_draft", "created_at": at, "actor": author}));
        }
        _ => {}
    }
}

fn milestones(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let all = all(sync, &format!("{base}/milestones"), &[("include_ancestors", "true")], "", MOST_EVENTS)?;
    let records: Vec<Record> = all
        .iter()
        .map(|one| {
            let is_closed = one["state"] == "closed";
            let record = json!({
                "milestone": one["title"], "kind": "milestone", "state": if is_closed { "closed" } else { "open" },
                "due_at": one["due_date"], "started_at": one["start_date"], "url": one["web_url"],
            });
            ("milestones.jsonl", record)
        })
        .collect();
    sync.commit("milestones", Cursor { is_whole: true, ..Cursor::default() }, &records)
}

fn pipelines(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let now = sync.client.get(&format!("{base}/pipelines"), &[("per_page", "1")])?.now();
    let usual = earlier_by(&sightline_facts::time::instant_iso(now), PIPELINES);
    let list = Rising {
        list: "pipelines",
        path: &format!("{base}/pipelines"),
        query: &[("order_by", "updated_at"), ("sort", "asc")],
        since: "updated_after",
        from: sync.builds_from.clone().or(Some(usual)),
        is_named: sync.builds_from.is_some(),
        id: "id",
        updated: "updated_at",
    };
    rising(sync, &list, &mut |_, pipeline| {
        let kept = ["id", "name", "sha", "ref", "status", "source", "created_at", "updated_at", "web_url"];
        Ok(vec![("pipelines.jsonl", pick(&pipeline, &kept))])
    })
}

fn deployments(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let list = Rising {
        list: "deployments",
        path: &format!("{base}/deployments"),
        query: &[("order_by", "updated_at"), ("sort", "asc")],
        since: "updated_after",
        from: None,
        is_named: false,
        id: "id",
        updated: "updated_at",
    };
    rising(sync, &list, &mut |_, deployment| {
        let mut record = pick(&deployment, &["id", "iid", "ref", "sha", "status", "created_at", "updated_at"]);
        record["environment"] = pick(&deployment["environment"], &["name", "tier"]);
        record["finished_at"] = deployment["deployable"]["finished_at"].clone();
        record["user"] = person(&deployment["user"]);
        Ok(vec![("deployments.jsonl", record)])
    })
}

fn releases(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let marked = sync.folder.records("deployments.jsonl")?.iter().any(|deployment| {
        deployment["environment"]["tier"] == "production"
            || text(&deployment["environment"], "name").starts_with("prod")
    });
    let list = Falling {
        list: "releases",
        path: &format!("{base}/releases"),
        query: &[("order_by", "released_at"), ("sort", "desc")],
        key: "",
        created: "released_at",
        from: None,
        is_named: false,
        overlap: OVERLAP,
    };
    falling(sync, &list, &mut |_, release| {
        if release["upcoming_release"] == true || !release["released_at"].is_string() {
            return Ok(Vec::new());
        }
        let record = json!({
            "tag": release["tag_name"], "released_at": release["released_at"], "name": release["name"],
            "html_url": release["_links"]["self"], "is_deployment": !marked,
        });
        Ok(vec![("releases.jsonl", record)])
    })
}
