//! GitHub: issues and pull requests with all that happened to them, milestones, deployments, releases with the commits
//! that each brought, runs and jobs of Actions, checks of other tools, projects.

mod checks;
mod projects;

use serde_json::{Value, json};

use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::pages::{Falling, Rising, all, all_if_there, array, earlier_by, falling, rising, take, text};
use crate::sync::{Record, Sync};
use crate::texts::{length, person, pick, references};

/// Events of one item that are kept; the interface has no more of most.
const MOST_EVENTS: usize = 20_000;
/// Commits of one release or deployment that are listed.
const MOST_COMMITS: usize = 10_000;
/// Statuses of one deployment.
const MOST_STATUSES: usize = 1_000;
/// How far back runs are asked for the first time, in seconds, unless the user names a day.
const RUNS: i64 = 365 * 86_400;
/// How far back the jobs of runs are asked for, in seconds: one request for each run.
const JOBS: i64 = 30 * 86_400;
/// How far a round goes back: a deployment or run may take that long to end.
const OVERLAP: i64 = 30 * 86_400;
const RUN_OVERLAP: i64 = 3 * 86_400;

pub(crate) fn sync(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    let base = format!("/repos/{}", sync.address.name);
    sync.whole("issues", |sync| items(sync, &base))?;
    sync.part("milestones", |sync| milestones(sync, &base))?;
    sync.part("deployments", |sync| deployments(sync, &base))?;
    sync.part("deployment changes", |sync| deployment_changes(sync, &base))?;
    sync.part("releases", |sync| releases(sync, &base))?;
    sync.part("runs", |sync| runs(sync, &base))?;
    sync.part("checks", |sync| checks::checks(sync, &base))?;
    sync.part("pull request checks", checks::of_pulls)?;
    sync.part("projects", projects::projects)
}

/// GraphQL answers nobody without a token, and one request for each commit is more than GitHub then allows.
fn refused_without_token(sync: &Sync<'_>) -> Result<(), ConnectError> {
    if sync.client.has_token() {
        return Ok(());
    }
    let (host, word) = (sync.address.host().to_owned(), sync.address.kind.about().word);
    let detail = "it is told with a token only".to_owned();
    Err(ConnectError::Forbidden { host, path: "graphql".to_owned(), detail, word })
}

fn items(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let list = Rising {
        list: "issues",
        path: &format!("{base}/issues"),
        query: &[("state", "all"), ("sort", "updated"), ("direction", "asc")],
        since: "since",
        from: None,
        is_named: false,
        id: "number",
        updated: "updated_at",
    };
    rising(sync, &list, &mut |sync, item| Ok(vec![("issues.jsonl", self::item(sync, base, &item)?)]))
}

/// An issue or pull request with what happened to it.
fn item(sync: &mut Sync<'_>, base: &str, item: &Value) -> Result<Value, ConnectError> {
    const KEPT: [&str; 12] = [
        "number",
        "title",
        "state",
        "state_reason",
        "author_association",
        "created_at",
        "updated_at",
        "closed_at",
        "comments",
        "draft",
        "locked",
        "html_url",
    ];
    let number = item["number"].as_i64().unwrap_or_default();
    let mut record = pick(item, &KEPT);
    record["user"] = person(&item["user"]);
    record["assignees"] = people(&item["assignees"]);
    record["labels"] = array(item["labels"].clone()).iter().map(|label| pick(label, &["name"])).collect();
    record["type"] = item["type"]["name"].clone();
    if item["milestone"].is_object() {
        record["milestone"] = milestone(&item["milestone"]);
    }
    record["body_length"] = length(&item["body"]).into();
    if let Some(parent) = item["parent_issue_url"].as_str().and_then(|url| url.rsplit('/').next()?.parse::<i64>().ok())
    {
        record["parent"] = json!({"number": parent});
    }
    let mut said = Vec::new();
    references(item["body"].as_str().unwrap_or_default(), &text(item, "created_at"), number, &mut said);
    if item["pull_request"].is_object() {
        record["pull_request"] = match sync.detail(&format!("{base}/pulls/{number}"), &[])? {
            Some(pull) => self::pull(&pull),
            None => pick(&item["pull_request"], &["merged_at"]),
        };
    }
    let path = format!("{base}/issues/{number}");
    let events = all_if_there(sync, &format!("{path}/timeline"), &[], "", MOST_EVENTS)?;
    record["timeline"] = events.iter().filter_map(|event| self::event(event, number, &mut said)).collect();
    // The list says how many there are, so that only issues which have some cost a request.
    if item["sub_issues_summary"]["total"].as_i64().is_some_and(|n| n > 0) {
        let below = all_if_there(sync, &format!("{path}/sub_issues"), &[], "", MOST_EVENTS)?;
        record["sub_issues"] = below.iter().map(linked).collect();
    }
    let dependencies = &item["issue_dependencies_summary"];
    if dependencies["total_blocked_by"].as_i64().or(dependencies["blocked_by"].as_i64()).is_some_and(|n| n > 0) {
        let first = all_if_there(sync, &format!("{path}/dependencies/blocked_by"), &[], "", MOST_EVENTS)?;
        record["blocked_by"] = first.iter().map(linked).collect();
    }
    record["references"] = Value::Array(said);
    Ok(record)
}

fn people(all: &Value) -> Value {
    array(all.clone()).iter().map(person).collect()
}

fn milestone(value: &Value) -> Value {
    pick(value, &["title", "state", "due_on", "created_at", "closed_at"])
}

fn pull(pull: &Value) -> Value {
    let mut kept =
        pick(pull, &["merged_at", "merge_commit_sha", "additions", "deletions", "changed_files", "commits", "draft"]);
    kept["merged_by"] = person(&pull["merged_by"]);
    kept["base"] = pick(&pull["base"], &["ref", "sha"]);
    kept["head"] = pick(&pull["head"], &["ref", "sha"]);
    kept["requested_reviewers"] = people(&pull["requested_reviewers"]);
    kept
}

/// The number of another issue, with its repository where that is another one.
fn linked(issue: &Value) -> Value {
    let mut kept = pick(issue, &["number", "title", "state"]);
    let repository = issue["repository_url"].as_str().and_then(|url| url.split_once("/repos/"));
    if let Some((_, name)) = repository {
        kept["repository"] = name.into();
    }
    kept
}

/// What is kept of an event; adds the items that its text names.
fn event(event: &Value, number: i64, said: &mut Vec<Value>) -> Option<Value> {
    const KEPT: [&str; 8] =
        ["event", "created_at", "submitted_at", "state", "commit_id", "sha", "lock_reason", "author_association"];
    let kind = event["event"].as_str()?;
    // Who follows an issue says nothing of the work.
    if matches!(kind, "subscribed" | "unsubscribed" | "mentioned" | "locked" | "unlocked") {
        return None;
    }
    if kind == "line-commented" || kind == "commit-commented" {
        // Such an event holds a list of comments and no time of its own; the first one stands for it.
        let first = event["comments"].get(0)?;
        references(first["body"].as_str().unwrap_or_default(), &text(first, "created_at"), number, said);
        return Some(json!({
            "event": kind, "created_at": first["created_at"], "actor": person(&first["user"]),
            "body_length": length(&first["body"]),
        }));
    }
    let mut kept = pick(event, &KEPT);
    for who in ["actor", "user", "assignee", "requested_reviewer"] {
        if event[who].is_object() {
            kept[who] = person(&event[who]);
        }
    }
    if event["requested_team"].is_object() {
        kept["requested_team"] = pick(&event["requested_team"], &["name"]);
    }
    for what in ["label", "milestone"] {
        if event[what].is_object() {
            kept[what] = pick(&event[what], &["name", "title"]);
        }
    }
    if kind == "committed" {
        kept["authored_at"] = event["author"]["date"].clone();
        kept["committed_at"] = event["committer"]["date"].clone();
    }
    if let Some(source) = event.pointer("/source/issue").filter(|s| s.is_object()) {
        kept["source"] = linked(source);
    }
    if event["body"].is_string() {
        kept["body_length"] = length(&event["body"]).into();
        let at = [&event["created_at"], &event["submitted_at"]].into_iter().find_map(Value::as_str).unwrap_or_default();
        references(event["body"].as_str().unwrap_or_default(), at, number, said);
    }
    Some(kept)
}

fn milestones(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let all = all(sync, &format!("{base}/milestones"), &[("state", "all")], "", MOST_EVENTS)?;
    let records: Vec<Record> = all
        .iter()
        .map(|one| {
            let record = json!({
                "milestone": one["title"], "kind": "milestone", "state": one["state"], "due_at": one["due_on"],
                "created_at": one["created_at"], "closed_at": one["closed_at"], "url": one["html_url"],
            });
            ("milestones.jsonl", record)
        })
        .collect();
    sync.commit("milestones", Cursor { is_whole: true, ..Cursor::default() }, &records)
}

fn deployments(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let old = newest_records(sync, "deployments.jsonl", "id")?;
    let list = Falling {
        list: "deployments",
        path: &format!("{base}/deployments"),
        query: &[],
        key: "",
        created: "created_at",
        from: None,
        is_named: false,
        overlap: OVERLAP,
    };
    falling(sync, &list, &mut |sync, deployment| {
        let mut record = pick(
            &deployment,
            &[
                "id",
                "sha",
                "ref",
                "task",
                "environment",
                "production_environment",
                "transient_environment",
                "created_at",
                "updated_at",
            ],
        );
        record["creator"] = person(&deployment["creator"]);
        let id = text(&deployment, "id");
        let statuses = all_if_there(sync, &format!("{base}/deployments/{id}/statuses"), &[], "", MOST_STATUSES)?;
        record["statuses"] = statuses.iter().map(|s| pick(s, &["state", "created_at", "environment"])).collect();
        // What it brought is asked once it is known to have gone well, and stays as it is.
        let known = old.iter().find(|old| old["id"] == record["id"] && !old["commits"].is_null());
        if let Some(old) = known {
            record["commits"] = old["commits"].clone();
        }
        Ok(vec![("deployments.jsonl", record)])
    })
}

/// Whether a deployment reached production: GitHub lets each repository name its environments.
fn is_production(deployment: &Value) -> bool {
    deployment["production_environment"].as_bool().unwrap_or(false)
        || text(deployment, "environment").to_lowercase().starts_with("prod")
}

fn has_succeeded(deployment: &Value) -> bool {
    deployment["statuses"].as_array().is_some_and(|all| all.iter().any(|s| s["state"] == "success"))
}

/// Asks which commits each deployment to production brought that the one before it did not.
fn deployment_changes(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let mut all = newest_records(sync, "deployments.jsonl", "id")?;
    all.retain(|d| is_production(d) && has_succeeded(d));
    changes(sync, base, "deployment changes", "deployments.jsonl", all, "created_at", "sha")
}

/// Adds the commits between each record and the one before it to those that lack them.
fn changes(
    sync: &mut Sync<'_>,
    base: &str,
    list: &'static str,
    file: &'static str,
    mut all: Vec<Value>,
    by: &str,
    point: &str,
) -> Result<(), ConnectError> {
    all.sort_by_key(|record| text(record, by));
    let mut before: Option<String> = None;
    for mut record in all {
        let here = text(&record, point);
        let Some(from) = before.replace(here.clone()).filter(|from| *from != here) else { continue };
        if !record["commits"].is_null() || here.is_empty() {
            continue;
        }
        let path = format!("{base}/compare/{}...{}", crate::client::encoded(&from), crate::client::encoded(&here));
        let commits = all_if_there(sync, &path, &[], "commits", MOST_COMMITS)?;
        record["commits"] = commits.iter().map(commit).collect();
        sync.commit(list, Cursor::default(), &[(file, record)])?;
    }
    sync.commit(list, Cursor { is_whole: true, ..Cursor::default() }, &[])
}

/// A commit as releases list it; the number of its pull request stands at the end of a squashed subject.
fn commit(commit: &Value) -> Value {
    let subject = commit["commit"]["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
    let pull = subject
        .strip_suffix(')')
        .and_then(|s| s.rsplit_once("(#"))
        .map(|(_, n)| n)
        .or_else(|| subject.strip_prefix("Merge pull request #").and_then(|s| s.split(' ').next()))
        .and_then(|n| n.parse::<i64>().ok());
    json!({
        "sha": commit["sha"], "authored_at": commit["commit"]["author"]["date"],
        "committed_at": commit["commit"]["committer"]["date"], "pr": pull,
    })
}

fn releases(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    // A repository that marks its deployments says itself what went to production; its releases do not stand for them.
    let marked = newest_records(sync, "deployments.jsonl", "id")?.iter().any(is_production);
    let old = newest_records(sync, "releases.jsonl", "tag")?;
    let list = Falling {
        list: "releases",
        path: &format!("{base}/releases"),
        query: &[],
        key: "",
        created: "published_at",
        from: None,
        is_named: false,
        overlap: OVERLAP,
    };
    falling(sync, &list, &mut |_, release| {
        if release["draft"] == true || !release["published_at"].is_string() {
            return Ok(Vec::new());
        }
        let mut record = json!({
            "tag": release["tag_name"], "released_at": release["published_at"], "html_url": release["html_url"],
            "name": release["name"], "prerelease": release["prerelease"], "is_deployment": !marked,
        });
        let known = old.iter().find(|old| old["tag"] == record["tag"] && !old["commits"].is_null());
        if let Some(old) = known {
            record["commits"] = old["commits"].clone();
        }
        Ok(vec![("releases.jsonl", record)])
    })?;
    let all = newest_records(sync, "releases.jsonl", "tag")?;
    changes(sync, base, "release changes", "releases.jsonl", all, "released_at", "tag")
}

/// The last record of each id, in the order of their first ones.
fn newest_records(sync: &Sync<'_>, file: &str, id: &str) -> Result<Vec<Value>, ConnectError> {
    let mut places = std::collections::BTreeMap::new();
    let mut found: Vec<Value> = Vec::new();
    for record in sync.folder.records(file)? {
        match places.entry(text(&record, id)) {
            std::collections::btree_map::Entry::Occupied(place) => {
                let at: usize = *place.get();
                found[at] = record;
            }
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(found.len());
                found.push(record);
            }
        }
    }
    Ok(found)
}

fn runs(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    // The first page says what the time is for the service.
    let now = sync.client.get(&format!("{base}/actions/runs"), &[("per_page", "1")])?.now();
    let now = sightline_facts::time::instant_iso(now);
    let jobs_from = earlier_by(&now, JOBS);
    let list = Falling {
        list: "runs",
        path: &format!("{base}/actions/runs"),
        query: &[],
        key: "workflow_runs",
        created: "created_at",
        from: sync.builds_from.clone().or(Some(earlier_by(&now, RUNS))),
        is_named: sync.builds_from.is_some(),
        overlap: RUN_OVERLAP,
    };
    falling(sync, &list, &mut |sync, run| {
        const KEPT: [&str; 15] = [
            "id",
            "name",
            "head_branch",
            "head_sha",
            "path",
            "run_number",
            "run_attempt",
            "event",
            "status",
            "conclusion",
            "workflow_id",
            "created_at",
            "updated_at",
            "run_started_at",
            "html_url",
        ];
        let mut record = pick(&run, &KEPT);
        record["actor"] = person(&run["actor"]);
        let pulls = array(run["pull_requests"].clone());
        record["pull_requests"] = pulls.iter().map(|pull| pick(pull, &["number"])).collect();
        let mut records = vec![("runs.jsonl", record)];
        if text(&run, "created_at") >= jobs_from {
            let path = format!("{base}/actions/runs/{}/jobs", text(&run, "id"));
            for job in all_if_there(sync, &path, &[("filter", "all")], "jobs", MOST_EVENTS)? {
                records.push(("jobs.jsonl", self::job(job)));
            }
        }
        Ok(records)
    })
}

fn job(job: Value) -> Value {
    const KEPT: [&str; 13] = [
        "id",
        "run_id",
        "run_attempt",
        "head_sha",
        "head_branch",
        "status",
        "conclusion",
        "created_at",
        "started_at",
        "completed_at",
        "name",
        "workflow_name",
        "runner_group_name",
    ];
    let mut record = pick(&job, &KEPT);
    // A job that is not done has no end, which the readers want to see as such.
    for key in ["head_sha", "started_at"] {
        record[key] = job[key].clone();
    }
    record["steps"] = array(take(job, "steps")).len().into();
    record
}
