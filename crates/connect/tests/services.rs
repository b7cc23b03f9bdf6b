//! The other services: each pages in its own way, and each is interrupted at every request and gone on with.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::{Download, TOKEN};
use serde_json::{Value, json};
use sightline_connect::ConnectError;
use sightline_testkit::http::{Reply, Request, Server};

/// How a service answers.
type Answer = fn(&Request) -> Reply;

/// The clock of every service here.
const DATE: (&str, &str) = ("date", "Fri, 16 Jan 2026 12:00:00 GMT");

fn server(answer: Answer) -> Server {
    Server::start(move |request| answer(request).with(DATE.0, DATE.1))
}

/// All records by file and line, sorted, since a round that goes on may write them in another order. The server's port,
/// which is another one each time, is left out.
fn all(download: &Download, server: &Server) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for path in sightline_connect::exports(download.folder.path()) {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let mut lines: Vec<String> =
            download.lines(&name).iter().map(|line| line.to_string().replace(&server.url(), "")).collect();
        lines.sort();
        let n = lines.len();
        lines.dedup();
        assert_eq!(lines.len(), n, "no record of {name} stands twice");
        found.insert(name, lines);
    }
    found
}

/// Downloads once, then once more for each request at which a round can be stopped; all must end with the same records.
/// A second round must change nothing.
fn download(location: &str, answer: Answer) -> Download {
    let at = |server: &Server| location.replace("SERVER", &server.url());
    let whole = server(answer);
    let done = Download::of(&at(&whole));
    let first = done.finish();
    let expected = all(&done, &whole);
    assert!(!expected.contains_key("incomplete.jsonl"), "{expected:?}");
    for n in 1..=usize::try_from(first.requests).expect("few") {
        let stop = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&stop);
        let server = Server::start(move |request| {
            if request.number == n {
                raised.store(true, Ordering::SeqCst);
            }
            answer(request).with(DATE.0, DATE.1)
        });
        let stopped = Download::of(&at(&server));
        let ended = stopped.round_until(&stop);
        assert!(ended.is_ok() || matches!(ended, Err(ConnectError::Stopped)), "{n}: {ended:?}");
        stopped.finish();
        assert_eq!(all(&stopped, &server), expected, "stopped at request {n}");
    }
    done.finish();
    assert_eq!(all(&done, &whole), expected, "nothing had changed");
    done.keeps_the_secret();
    done
}

fn page(items: Vec<Value>, from: usize, size: usize) -> Vec<Value> {
    items.into_iter().skip(from).take(size).collect()
}

fn has_header(request: &Request, name: &str, value: &str) -> bool {
    request.headers.get(name).is_some_and(|found| found == value)
}

/// Seven issues, of which three changed in the same minute; a page holds two.
fn jira_issues(request: &Request) -> Vec<Value> {
    let minutes =
        request.query("jql").split("updated >= \"-").nth(1).and_then(|rest| rest.split('m').next()?.parse().ok());
    let now = 16 * 24 * 60 + 12 * 60;
    (1..=7_i64)
        .map(|n| {
            let day = if (3..=5).contains(&n) { 3 } else { n };
            (day, json!({"key": format!("PAY-{n}"), "id": n.to_string(), "fields": {
                "summary": "s", "created": "2026-01-01T00:00:00.000+0000", "updated": format!("2026-01-{day:02}T00:00:00.000+0000"),
                "status": {"name": "Open", "statusCategory": {"key": "new", "self": "x"}},
                "assignee": {"displayName": "Ann", "emailAddress": "ann@example.org"},
                "customfield_1": 5, "customfield_2": [{"name": "Sprint 1", "state": "active", "goal": "secret goal"}],
                "comment": {"total": if n == 1 { 3 } else { 0 }, "comments": []},
            }, "changelog": {"total": if n == 2 { 3 } else { 1 }, "histories": [{"created": "2026-01-02T00:00:00.000+0000", "items": [{"field": "description", "fromString": "secret", "toString": "text"}]}]}}))
        })
        .filter(|(day, _)| minutes.is_none_or(|minutes: i64| day * 24 * 60 >= now - minutes))
        .map(|(_, issue)| issue)
        .collect()
}

fn jira(request: &Request, is_server: bool) -> Reply {
    let start = request.number_of("startAt", 0);
    let body = match request.path.as_str() {
        "/rest/api/2/serverInfo" if is_server => json!({"deploymentType": "Server"}),
        "/rest/api/3/field" | "/rest/api/2/field" => {
            json!([{"id": "customfield_1", "name": "Story Points"}, {"id": "customfield_2", "name": "Sprint"}])
        }
        "/rest/api/3/search/jql" if !is_server => {
            let start = request.query("nextPageToken").strip_prefix('t').and_then(|n| n.parse().ok()).unwrap_or(0);
            let all = jira_issues(request);
            let mut body = json!({"isLast": start + 2 >= all.len()});
            if start + 2 < all.len() {
                body["nextPageToken"] = format!("t{}", start + 2).into();
            }
            body["issues"] = page(all, start, 2).into();
            body
        }
        "/rest/api/2/search" if is_server => {
            let all = jira_issues(request);
            json!({"startAt": start, "total": all.len(), "issues": page(all, start, 2)})
        }
        path if path.ends_with("/PAY-2/changelog") => {
            let entries = (1..=3).map(|n| json!({"created": format!("2026-01-0{n}T00:00:00.000+0000"), "items": [{"field": "status", "fromString": "a", "toString": "b"}]})).collect();
            json!({"total": 3, "isLast": start + 2 >= 3, "values": page(entries, start, 2)})
        }
        path if path.ends_with("/PAY-1/comment") => {
            let comments = (1..=3).map(|n| json!({"created": format!("2026-01-0{n}T00:00:00.000+0000"), "body": {"type": "doc", "content": [{"type": "text", "text": "secret"}]}})).collect();
            json!({"total": 3, "comments": page(comments, start, 2)})
        }
        path if path.ends_with("/PAY/versions") => {
            json!([{"name": "1.0", "released": true, "releaseDate": "2026-01-09"}])
        }
        "/rest/agile/1.0/board" => {
            json!({"isLast": true, "values": [{"id": 4, "type": "scrum"}, {"id": 5, "type": "kanban"}]})
        }
        "/rest/agile/1.0/board/4/sprint" => {
            json!({"isLast": true, "values": [{"name": "Sprint 1", "state": "active"}]})
        }
        _ => return Reply::status(404, "{\"errorMessages\":[\"no\"]}"),
    };
    Reply::json(body.to_string())
}

#[test]
fn jira_cloud_pages_by_tokens_and_data_center_by_places() {
    let cloud = download("jira:SERVER/PAY", |request| jira(request, false));
    let issues = cloud.records("issues.jsonl", "key");
    assert_eq!(issues.len(), 7);
    let first = &issues["\"PAY-1\""];
    assert_eq!(first["comments"].as_array().map(Vec::len), Some(3), "comments have pages of their own");
    assert_eq!(first["comments"][0]["body_length"], 6);
    assert_eq!(
        (first["fields"]["storyPoints"].as_i64(), first["fields"]["sprints"][0]["name"].as_str()),
        (Some(5), Some("Sprint 1"))
    );
    assert_eq!(issues["\"PAY-2\""]["changelog"]["histories"].as_array().map(Vec::len), Some(3));
    assert_eq!(cloud.records("milestones.jsonl", "milestone").len(), 2);
    for text in cloud.files().values() {
        assert!(!text.contains("secret") && !text.contains("example.org"), "{text}");
    }
    let center = download("jira:SERVER/PAY", |request| jira(request, true));
    assert_eq!(center.records("issues.jsonl", "key").len(), 7);
}

#[test]
fn fields_of_a_jira_site_are_learned_from_examples() {
    let server = server(|request| match request.path.as_str() {
        "/rest/api/3/field" => Reply::json(
            "[{\"id\":\"customfield_7\",\"name\":\"Aufwand\"},{\"id\":\"customfield_8\",\"name\":\"Rang\"},{\"id\":\"customfield_9\",\"name\":\"Lauf\"}]",
        ),
        "/rest/api/3/issue/PAY-1" => {
            let fields = json!({"customfield_7": 5.0, "customfield_8": "5", "customfield_9": [{"name": "Run 3"}], "summary": "5"});
            Reply::json(json!({"fields": fields}).to_string())
        }
        "/rest/api/3/issue/PAY-2" => {
            Reply::json(json!({"fields": {"customfield_7": 8, "customfield_8": "9"}}).to_string())
        }
        "/rest/api/3/search/jql" => {
            assert!(request.query("fields").ends_with("customfield_7,customfield_9"), "{}", request.query("fields"));
            let issue = json!({"key": "PAY-2", "fields": {"summary": "s", "created": "2026-01-01T00:00:00.000+0000", "updated": "2026-01-01T00:00:00.000+0000", "customfield_7": 8, "customfield_9": [{"name": "Run 4"}]}});
            Reply::json(json!({"issues": [issue], "isLast": true}).to_string())
        }
        _ => Reply::status(404, "{}"),
    });
    let mut download = Download::of(&format!("jira:{}/PAY", server.url()));
    download.jira_fields = Some("points=PAY-2:8, sprint=PAY-1:Run 3, epic=PAY-1:5, points");
    download.finish();
    let issue = &download.records("issues.jsonl", "key")["\"PAY-2\""];
    assert_eq!(
        (issue["fields"]["storyPoints"].as_f64(), &issue["fields"]["sprints"][0]["name"]),
        (Some(8.0), &json!("Run 4"))
    );
    let said = download.said();
    assert!(said.contains("fits customfield_7, customfield_8; name an issue"), "{said}");
    assert!(said.contains("`points`, which is no example such as"), "{said}");
}

/// A list of GraphQL, two elements a page; cursors are places.
fn connection(all: Vec<Value>, after: &Value) -> Value {
    let from = after.as_str().and_then(|a| a.parse().ok()).unwrap_or(0);
    let has_next = from + 2 < all.len();
    json!({"nodes": page(all, from, 2), "pageInfo": {"hasNextPage": has_next, "endCursor": (from + 2).to_string()}})
}

fn linear(request: &Request) -> Reply {
    if !has_header(request, "authorization", TOKEN) {
        return Reply::status(
            400,
            "{\"errors\":[{\"message\":\"no\",\"extensions\":{\"code\":\"AUTHENTICATION_ERROR\"}}]}",
        );
    }
    let asked: Value = serde_json::from_str(&request.body).expect("a query");
    let (query, variables) = (asked["query"].as_str().unwrap_or_default(), &asked["variables"]);
    let empty = || connection(Vec::new(), &Value::Null);
    let data = if query.starts_with("query Teams") {
        json!({"teams": connection(vec![json!({"id": "1", "key": "OPS"}), json!({"id": "2", "key": "WEB"}), json!({"id": "3", "key": "ENG"})], &variables["after"])})
    } else if query.starts_with("query Issues") {
        assert_eq!(variables["team"], "3");
        let issues = (1..=5).rev().map(|n| json!({
            "id": format!("i{n}"), "identifier": format!("ENG-{n}"), "title": "t", "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": format!("2026-01-{n:02}T00:00:00.000Z"), "state": {"name": "Todo", "type": "unstarted"},
            "history": {"nodes": [{"createdAt": "2026-01-01T01:00:00.000Z"}], "pageInfo": {"hasNextPage": n == 2, "endCursor": "0"}},
            "comments": empty(), "relations": empty(), "inverseRelations": empty(), "labels": empty(),
        })).collect();
        json!({"team": {"issues": connection(issues, &variables["after"])}})
    } else if query.starts_with("query Issue(") {
        let entries = (2..=4).map(|n| json!({"createdAt": format!("2026-01-01T0{n}:00:00.000Z")})).collect();
        json!({"issue": {"history": connection(entries, &variables["after"])}})
    } else if query.contains("projects(first: 50") {
        let update = |day: usize| json!({"createdAt": format!("2026-01-{day:02}T00:00:00.000Z"), "health": "atRisk", "body": "secret", "user": {"displayName": "ann"}});
        let project = |n: usize, key: &str| {
            json!({
                "id": format!("p{n}"), "name": format!("Project {n}"), "createdAt": "2026-01-01T00:00:00.000Z", "status": {"name": "Doing", "type": "started"},
                "teams": {"nodes": [{"key": key}]}, "initiatives": {"nodes": [{"id": format!("n{n}"), "name": format!("Goal {n}")}]}, "trashed": n == 4,
                "projectUpdates": {"nodes": [update(9)], "pageInfo": {"hasNextPage": n == 1, "endCursor": "0"}},
            })
        };
        let all = vec![project(1, "ENG"), project(2, "OPS"), project(3, "ENG"), project(4, "ENG")];
        json!({"projects": connection(all, &variables["after"])})
    } else if query.contains("initiatives(first: 50") {
        let goal = |n: usize, above: Option<usize>| {
            json!({
                "id": format!("n{n}"), "name": format!("Goal {n}"), "createdAt": "2026-01-01T00:00:00.000Z", "status": "Active", "owner": {"displayName": "bob"},
                "parentInitiative": above.map(|n| json!({"id": format!("n{n}"), "name": format!("Goal {n}")})), "initiativeUpdates": empty(),
            })
        };
        json!({"initiatives": connection(vec![goal(1, Some(8)), goal(2, Some(9)), goal(8, None), goal(9, None)], &variables["after"])})
    } else if query.starts_with("query Updates") {
        let older = (1..=3).map(|day| json!({"createdAt": format!("2026-01-0{day}T00:00:00.000Z"), "health": "onTrack", "body": "secret"})).collect();
        json!({"project": {"projectUpdates": connection(older, &variables["after"])}})
    } else if query.contains("cycles(") {
        json!({"team": {"cycles": connection(vec![json!({"number": 3, "team": {"key": "ENG"}})], &Value::Null)}})
    } else {
        let of = |key: &str| json!({"name": "Beta", "targetDate": "2026-02-01", "project": {"name": "Search", "teams": {"nodes": [{"key": key}]}}});
        json!({"projectMilestones": connection(vec![of("ENG"), of("OPS")], &Value::Null)})
    };
    Reply::json(json!({"data": data}).to_string())
}

#[test]
fn linear_is_asked_by_cursors_newest_first() {
    let done = download("linear:SERVER/graphql/eng", linear);
    let issues = done.records("issues.jsonl", "identifier");
    assert_eq!(issues.len(), 5);
    assert_eq!(issues["\"ENG-2\""]["history"].as_array().map(Vec::len), Some(4), "a long history has pages of its own");
    let milestones: Vec<String> = done.lines("milestones.jsonl").iter().map(|m| m["milestone"].to_string()).collect();
    assert_eq!(milestones, ["\"Cycle 3\"", "\"Beta\""], "milestones of other teams are not ours");
    let above = done.records("initiatives.jsonl", "initiative");
    let names: Vec<&str> = above.keys().map(|name| name.trim_matches('"')).collect();
    assert_eq!(names, ["Goal 1", "Goal 8", "Project 1", "Project 3"], "those of our team and what is above them");
    let days: Vec<_> = above["\"Project 1\""]["updates"].as_array().into_iter().flatten().map(|u| &u["at"]).collect();
    assert_eq!((days.len(), days[3].as_str()), (4, Some("2026-01-09T00:00:00.000Z")), "oldest first, with pages");
    assert_eq!(above["\"Project 1\""]["part_of"][0], "Goal 1");
    assert!(!done.files().values().any(|text| text.contains("secret")));
}

#[test]
fn a_limit_of_linear_is_an_error_of_graphql() {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| {
        if asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            let told = "{\"errors\":[{\"message\":\"slow down\",\"extensions\":{\"code\":\"RATELIMITED\"}}]}";
            // Lifted at once, by the clock of the service.
            return Reply::status(400, told).with("x-ratelimit-requests-reset", "1768564800000").with(DATE.0, DATE.1);
        }
        linear(request)
    });
    let download = Download::of(&format!("linear:{}/graphql/ENG", server.url()));
    download.finish();
    assert_eq!(download.records("issues.jsonl", "identifier").len(), 5);
}

fn gitlab(request: &Request) -> Reply {
    if !has_header(request, "private-token", TOKEN) {
        return Reply::status(401, "{}");
    }
    // The path of a project stands in one part of the address.
    let Some(path) = request.path.strip_prefix("/api/v4/projects/acme/web/shop") else {
        return Reply::status(404, "{}");
    };
    let since = request.query("updated_after");
    let item = |n: usize| json!({"iid": n, "title": "t", "state": "opened", "created_at": "2026-01-01T00:00:00.000Z", "updated_at": format!("2026-01-{n:02}T00:00:00.000Z"), "description": "secret, closes #1", "author": {"username": "ann", "public_email": "a@example.org"}, "labels": []});
    let all = match path.split('/').skip(1).collect::<Vec<_>>().as_slice() {
        ["issues"] => (1..=5).map(item).collect(),
        ["merge_requests"] => vec![{ let mut one = item(6); one["source_branch"] = "fix".into(); one }],
        [_, _, "resource_state_events"] => vec![json!({"state": "closed", "created_at": "2026-01-02T00:00:00Z", "user": {"username": "bob"}})],
        ["merge_requests", _, "notes"] => vec![
            json!({"system": true, "body": "assigned to @ann and unassigned @bob", "created_at": "2026-01-03T00:00:00Z", "author": {"username": "bob"}}),
            json!({"system": true, "body": "approved this merge request", "created_at": "2026-01-04T00:00:00Z", "author": {"username": "cem"}}),
            json!({"system": false, "body": "secret", "created_at": "2026-01-05T00:00:00Z", "author": {"username": "dan"}}),
        ],
        ["merge_requests", _, "commits"] => vec![json!({"id": "c1", "authored_date": "2026-01-01T00:00:00Z", "committed_date": "2026-01-01T00:00:00Z"})],
        [_, _, "resource_label_events" | "resource_milestone_events" | "notes" | "links"] | ["milestones"] => Vec::new(),
        ["pipelines"] => (1..=3).map(|n| json!({"id": n, "sha": "a", "ref": "main", "source": "push", "status": "success", "created_at": "2026-01-01T00:00:00Z", "updated_at": format!("2026-01-{n:02}T00:00:00.000Z")})).collect(),
        ["deployments"] => vec![json!({"id": 1, "iid": 1, "sha": "a", "ref": "main", "status": "success", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00.000Z", "environment": {"name": "live", "tier": "production"}})],
        ["releases"] => vec![json!({"tag_name": "v1", "released_at": "2026-01-02T00:00:00Z"})],
        _ => return Reply::status(404, "{}"),
    };
    let all: Vec<Value> =
        all.into_iter().filter(|one| one["updated_at"].as_str().is_none_or(|at| at >= since)).collect();
    let number = request.number_of("page", 1);
    let has_more = all.len() > number * 2;
    let items = page(all, (number - 1) * 2, 2);
    let reply = Reply::json(Value::from(items).to_string());
    let next = format!(
        "http://{}{}?page={}",
        request.headers["host"],
        request.path.replace("acme/web/shop", "acme%2Fweb%2Fshop"),
        number + 1
    );
    if has_more { reply.with("link", format!("<{next}>; rel=\"next\"")) } else { reply }
}

#[test]
fn gitlab_has_issues_requests_pipelines_deployments_and_releases() {
    let done = download("gitlab:SERVER/acme/web/shop", gitlab);
    assert_eq!(done.records("issues.jsonl", "iid").len(), 5);
    assert_eq!(done.records("pipelines.jsonl", "id").len(), 3);
    assert_eq!(done.records("releases.jsonl", "tag")["\"v1\""]["is_deployment"], false);
    let request = &done.records("merge_requests.jsonl", "iid")["6"];
    let events: Vec<(&str, &str)> = request["timeline"]
        .as_array()
        .expect("events")
        .iter()
        .map(|e| (e["event"].as_str().unwrap_or_default(), e["assignee"]["login"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        events,
        [("closed", ""), ("assigned", "ann"), ("unassigned", "bob"), ("commented", ""), ("committed", "")]
    );
    assert_eq!(request["reviews"][0]["user"]["username"], "cem");
    assert_eq!((request["said"][0]["number"].as_i64(), request["n_commits"].as_i64()), (Some(1), Some(1)));
    for text in done.files().values() {
        assert!(!text.contains("secret") && !text.contains("example.org"), "{text}");
    }
}

fn pagerduty(request: &Request) -> Reply {
    let is_log = request.path.ends_with("/log_entries");
    if !has_header(request, "authorization", &format!("Token token={TOKEN}")) || request.path != "/incidents" && !is_log
    {
        return Reply::status(401, "{}");
    }
    if is_log {
        // The newest first, in pages of two.
        let entry = |kind: &str, hour: usize| json!({"type": format!("{kind}_log_entry"), "created_at": format!("2025-01-15T{hour:02}:00:00Z"), "agent": {"summary": "secret"}});
        let all = vec![entry("resolve", 4), entry("acknowledge", 2), entry("trigger", 1)];
        let start = request.number_of("offset", 0);
        return Reply::json(json!({"more": start + 2 < all.len(), "log_entries": page(all, start, 2)}).to_string());
    }
    let (since, until) = (request.query("since"), request.query("until"));
    let all: Vec<Value> = (1..=12)
        .map(|n| (format!("2025-{n:02}-15T00:00:00Z"), n))
        .filter(|(at, _)| since <= at.as_str() && at.as_str() < until)
        .map(|(at, n)| json!({"id": format!("Q{n}"), "incident_number": n, "title": "t", "created_at": at, "status": "resolved", "service": {"summary": "shop", "self": "x"}}))
        .collect();
    let start = request.number_of("offset", 0);
    Reply::json(json!({"more": start + 2 < all.len(), "incidents": page(all, start, 2)}).to_string())
}

fn opsgenie(request: &Request) -> Reply {
    if !has_header(request, "authorization", &format!("GenieKey {TOKEN}")) {
        return Reply::status(401, "{}");
    }
    let since: i64 = request.query("query").trim_start_matches("createdAt >= ").parse().unwrap_or(0);
    let all: Vec<Value> = (1..=3)
        // The first of January 2026 and the days after it, in milliseconds.
        .filter(|n| 1_767_225_600_000 + (n - 1) * 86_400_000 >= since)
        .map(|n| json!({"id": format!("o{n}"), "tinyId": n.to_string(), "message": "m", "createdAt": format!("2026-01-{n:02}T00:00:00Z")}))
        .collect();
    Reply::json(json!({"data": page(all, request.number_of("offset", 0), 100)}).to_string())
}

fn jenkins(request: &Request) -> Reply {
    let tree = request.query("tree");
    let body = match request.path.as_str() {
        "/job/shop/api/json" => json!({"jobs": [{"name": "main"}, {"name": "next"}]}),
        "/job/shop/job/main/api/json" | "/job/shop/job/next/api/json" if tree.starts_with("allBuilds") => {
            let is_main = request.path.contains("main");
            let builds: Vec<Value> = (1..=if is_main { 3 } else { 1 }).rev().map(|n| json!({"number": n, "timestamp": 1_767_607_200_000_i64, "duration": 1, "result": "SUCCESS", "building": false, "actions": [{}, {"causes": [{"shortDescription": "Started by timer"}]}]})).collect();
            json!({"allBuilds": builds})
        }
        _ => json!({}),
    };
    Reply::json(body.to_string())
}

fn statuspage(request: &Request) -> Reply {
    if request.path != "/api/v2/incidents.json" || request.headers.contains_key("authorization") {
        return Reply::status(404, "{}");
    }
    Reply::json(json!({"incidents": [{"id": "a", "name": "Slow", "status": "resolved", "impact": "minor", "created_at": "2026-01-05T10:00:00Z", "incident_updates": [{"status": "resolved", "body": "secret", "created_at": "2026-01-05T11:00:00Z"}]}]}).to_string())
}

#[test]
fn incidents_and_builds_come_from_their_own_tools() {
    let incidents = download("pagerduty:SERVER", pagerduty);
    let incidents = incidents.records("incidents.jsonl", "id");
    assert_eq!(incidents.len(), 12);
    let log = incidents.values().map(|i| i["log"].as_array().map_or(0, Vec::len));
    assert!(log.into_iter().all(|n| n == 3), "{incidents:?}");
    assert_eq!(download("opsgenie:SERVER", opsgenie).records("incidents.jsonl", "id").len(), 3);
    let builds = download("jenkins:SERVER/job/shop", jenkins);
    let jobs: Vec<String> =
        builds.lines("builds.jsonl").iter().map(|b| format!("{} {}", b["job"], b["number"])).collect();
    assert_eq!(jobs, ["\"shop/main\" 3", "\"shop/main\" 2", "\"shop/main\" 1", "\"shop/next\" 1"]);
    let incidents = download("statuspage:SERVER", statuspage);
    assert!(!incidents.files().values().any(|text| text.contains("secret")));
}
