//! A GitHub of a few issues, pull requests, deployments, releases and runs, which pages as the real one does and can be
//! told to change or to break at any request.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sightline_testkit::http::{Reply, Request, Server};

/// The clock of the server stands in the middle of January.
const DATE: &str = "Fri, 16 Jan 2026 12:00:00 GMT";
/// Records of a page: fewer than are asked for, so that few make many pages.
const PAGE: usize = 4;

/// What is there, and what is in the way.
pub(crate) struct Hub {
    pub(crate) items: Mutex<Vec<Value>>,
    /// Asked before each answer; what it gives is answered instead.
    #[expect(clippy::type_complexity, reason = "it is named once")]
    before: Box<dyn Fn(&Hub, &Request) -> Option<Reply> + Send + Sync>,
    /// Requests without the token.
    pub(crate) strangers: AtomicUsize,
}

/// `2026-01-DDT00:00:SSZ`
pub(crate) fn at(day: usize, second: usize) -> String {
    format!("2026-01-{day:02}T00:{:02}:{:02}Z", second / 60, second % 60)
}

impl Hub {
    /// Fourteen issues and pull requests; six of them changed in the same second, which is more than a page.
    pub(crate) fn start(
        before: impl Fn(&Self, &Request) -> Option<Reply> + Send + Sync + 'static,
    ) -> (Arc<Self>, Server) {
        let items = (1..=14)
            .map(|n| {
                let day = if (5..=10).contains(&n) { 5 } else { n };
                let mut item = json!({
                    "number": n, "title": format!("item {n}"), "state": "open", "body": "depends on #1",
                    "user": {"login": "ann", "type": "User", "avatar_url": "x", "email": "ann@example.org"},
                    "labels": [{"id": 1, "name": "bug", "color": "red"}], "assignees": [], "comments": 1,
                    "created_at": at(1, 0), "updated_at": at(day, 0),
                    "html_url": format!("https://github.example/acme/shop/issues/{n}"),
                });
                if n % 3 == 0 {
                    item["pull_request"] = json!({"merged_at": null});
                }
                if n == 2 {
                    item["sub_issues_summary"] = json!({"total": 1});
                    item["issue_dependencies_summary"] = json!({"total_blocked_by": 1});
                }
                item
            })
            .collect();
        let hub = Arc::new(Self { items: Mutex::new(items), before: Box::new(before), strangers: AtomicUsize::new(0) });
        let own = Arc::clone(&hub);
        let server = Server::start(move |request| own.answer(request));
        (hub, server)
    }

    pub(crate) fn quiet() -> (Arc<Self>, Server) {
        Self::start(|_, _| None)
    }

    fn answer(&self, request: &Request) -> Reply {
        if request.headers.get("authorization").is_none_or(|v| !v.contains(super::TOKEN)) {
            self.strangers.fetch_add(1, Ordering::SeqCst);
        }
        if let Some(reply) = (self.before)(self, request) {
            return reply;
        }
        if request.path == "/graphql" {
            return graph(request);
        }
        let Some(path) = request.path.strip_prefix("/repos/acme/shop") else { return Reply::status(404, "{}") };
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let all = match parts.as_slice() {
            ["issues"] => {
                let mut items = self.items.lock().expect("nobody panics").clone();
                items.retain(|i| i["updated_at"].as_str().unwrap_or_default() >= request.query("since"));
                items.sort_by_key(|i| i["updated_at"].as_str().unwrap_or_default().to_owned());
                items
            }
            ["issues", n, "timeline"] => (0..if *n == "1" { 6 } else { 2 })
                .map(|i| json!({"event": "labeled", "created_at": at(1, i), "actor": {"login": "bob"}, "label": {"name": format!("l{i}")}}))
                .collect(),
            ["issues", "2", "sub_issues"] => vec![json!({"number": 3, "title": "part"})],
            ["issues", "2", "dependencies", "blocked_by"] => vec![json!({"number": 4})],
            ["pulls", _] => {
                return Reply::json(
                    json!({"additions": 7, "deletions": 2, "changed_files": 1, "commits": 1, "base": {"ref": "main"},
                        "head": {"ref": "fix-1"}, "merged_at": null})
                    .to_string(),
                );
            }
            ["milestones"] => vec![json!({"title": "v1", "state": "open", "due_on": at(20, 0)})],
            ["deployments"] => (1..=6)
                .rev()
                .map(|n| json!({"id": n, "sha": format!("d{n}"), "ref": "main", "task": "deploy", "environment": "production", "created_at": at(n, 0)}))
                .collect(),
            ["deployments", _, "statuses"] => vec![json!({"state": "success", "created_at": at(7, 0)})],
            ["releases"] => (1..=6)
                .rev()
                .map(|n| json!({"tag_name": format!("v{n}"), "published_at": at(n, 0), "draft": false, "prerelease": false}))
                .collect(),
            ["compare", _] => {
                let commits: Vec<Value> = (1..=2).map(|n| json!({"sha": format!("c{n}"), "commit": {"message": "x (#3)", "author": {"date": at(1, n)}, "committer": {"date": at(1, n)}}})).collect();
                return Reply::json(json!({"commits": commits}).to_string());
            }
            ["actions", "runs"] => {
                let (page, runs) = cut(request, (1..=6).rev().map(|n| json!({"id": n, "name": "ci", "head_sha": "a", "head_branch": "main", "run_number": n, "workflow_id": 1, "status": "completed", "conclusion": "success", "run_attempt": 1, "created_at": at(n + 10, 0), "updated_at": at(n + 10, 9)})).collect());
                return page(json!({"total_count": 6, "workflow_runs": runs}));
            }
            ["actions", "runs", n, "jobs"] => {
                return Reply::json(json!({"jobs": [{"id": format!("j{n}"), "run_id": n, "head_sha": "a", "status": "completed", "started_at": at(2, 0), "name": "test", "steps": [{}]}]}).to_string());
            }
            [] => return Reply::json(json!({"default_branch": "main"}).to_string()).with("date", DATE),
            ["commits"] => (1..=6).rev().map(|n| json!({"sha": format!("s{n}")})).collect(),
            ["commits", sha, "check-runs"] => {
                let runs: Vec<Value> = rollup(sha).iter().filter(|one| one["__typename"] == "CheckRun").map(|run| json!({"node_id": run["id"], "name": run["name"], "status": "completed", "conclusion": "failure", "started_at": run["startedAt"], "completed_at": run["completedAt"], "app": run["checkSuite"]["app"]})).collect();
                let (page, runs) = cut(request, runs);
                return page(json!({"check_runs": runs}));
            }
            ["commits", sha, "status"] => {
                let statuses: Vec<Value> = rollup(sha).iter().filter(|one| one["__typename"] == "StatusContext").map(|one| json!({"context": one["context"], "state": "error", "updated_at": one["createdAt"], "description": "secret"})).collect();
                return Reply::json(json!({"state": "failure", "statuses": statuses}).to_string());
            }
            _ => return Reply::status(404, "{\"message\":\"Not Found\"}"),
        };
        let (page, items) = cut(request, all);
        page(Value::Array(items))
    }
}

/// The page that was asked for, and how it is sent.
fn cut(request: &Request, all: Vec<Value>) -> (impl Fn(Value) -> Reply, Vec<Value>) {
    let page = request.number_of("page", 1);
    let has_more = all.len() > page * PAGE;
    let items = all.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
    let others: Vec<String> = request
        .query
        .iter()
        .filter(|(name, _)| *name != "page")
        .map(|(name, value)| format!("&{name}={value}"))
        .collect();
    let others = others.concat();
    let next = format!("http://{}{}?page={}{others}", request.headers["host"], request.path, page + 1);
    let send = move |body: Value| {
        let reply = Reply::json(body.to_string()).with("date", DATE);
        if has_more { reply.with("link", format!("<{next}>; rel=\"next\", <x>; rel=\"last\"")) } else { reply }
    };
    (send, items)
}

/// What tools said of a commit: Actions, which is told elsewhere, another tool, and one that sets statuses.
fn rollup(sha: &str) -> Vec<Value> {
    let day = sha[1..].parse::<usize>().unwrap_or(0) + 10;
    let run = |tool: &str| json!({"__typename": "CheckRun", "id": format!("{tool}-{sha}"), "name": "build", "status": "COMPLETED", "conclusion": "FAILURE", "startedAt": at(day, 1), "completedAt": at(day, 9), "checkSuite": {"app": {"slug": tool}}});
    let said =
        json!({"__typename": "StatusContext", "context": "ci/deploy", "state": "ERROR", "createdAt": at(day, 5)});
    vec![run("github-actions"), run("other-ci"), said]
}

/// A list of GraphQL with so many elements a page; cursors are places.
fn connection(all: Vec<Value>, after: &Value, size: usize) -> Value {
    let from = after.as_str().and_then(|a| a.parse().ok()).unwrap_or(0);
    let has_next = from + size < all.len();
    let nodes: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    json!({"nodes": nodes, "pageInfo": {"hasNextPage": has_next, "endCursor": (from + size).to_string()}})
}

/// Checks and projects. One commit has more checks than a page, one issue more changes of its status.
fn graph(request: &Request) -> Reply {
    let asked: Value = serde_json::from_str(&request.body).expect("a query");
    let (query, variables) = (asked["query"].as_str().unwrap_or_default(), &asked["variables"]);
    let after = &variables["after"];
    let contexts =
        |sha: &str, after: &Value| json!({"contexts": connection(rollup(sha), after, if sha == "s6" { 2 } else { 3 })});
    let change = |from: &str, to: &str, day: usize| json!({"createdAt": at(day, 0), "previousStatus": from, "status": to, "actor": {"__typename": "User", "login": "ann"}, "project": {"id": "P1"}});
    let changes = vec![change("", "Todo", 2), change("Todo", "In Progress", 3), change("In Progress", "Done", 9)];
    let data = if query.contains("history(first") {
        let commits = (1..=6).rev().map(|n| json!({"at": at(n + 10, 0), "oid": format!("s{n}"), "statusCheckRollup": contexts(&format!("s{n}"), &Value::Null)})).collect();
        json!({"repository": {"defaultBranchRef": {"name": "main", "target": {"history": connection(commits, after, 4)}}}})
    } else if query.contains("pullRequests(first") {
        let pulls = (1..=3).map(|n| json!({"at": at(n, 0), "number": n * 3, "branch": "fix", "commits": {"nodes": [{"commit": {"oid": format!("p{n}"), "statusCheckRollup": contexts(&format!("p{n}"), &Value::Null)}}]}})).collect();
        json!({"repository": {"pullRequests": connection(pulls, after, 4)}})
    } else if query.starts_with("query Contexts") {
        let sha = variables["oid"].as_str().unwrap_or_default();
        json!({"repository": {"object": {"statusCheckRollup": contexts(sha, after)}}})
    } else if query.starts_with("query Projects") {
        let project = |n: usize| json!({"id": format!("P{n}"), "number": n, "title": format!("Board {n}"), "url": "https://github.example/p", "closed": n == 2, "closedAt": null, "createdAt": at(1, 0), "updatedAt": at(8, 0), "creator": {"login": "ann"}, "statusUpdates": {"nodes": [{"createdAt": at(8, 0), "status": "AT_RISK", "targetDate": "2026-02-01", "body": "secret", "creator": {"login": "ann"}}, {"createdAt": at(4, 0), "status": "ON_TRACK", "targetDate": null, "body": "secret", "creator": null}]}});
        json!({"repository": {"projectsV2": connection((1..=2).map(project).collect(), after, 1)}})
    } else if query.starts_with("query Items") {
        let items = (1..=6).map(|n| {
            let repository = if n == 5 { "acme/other" } else { "acme/shop" };
            let mut content = json!({"__typename": if n == 3 { "PullRequest" } else { "Issue" }, "id": format!("I{n}"), "number": n, "repository": {"nameWithOwner": repository}});
            if n == 1 {
                content["timelineItems"] = connection(changes.clone(), &Value::Null, 2);
            }
            if n == 6 {
                content = json!({"__typename": "DraftIssue"});
            }
            let field = |name: &str| json!({"name": name});
            json!({"id": format!("{}-{n}", variables["id"].as_str().unwrap_or_default()), "updatedAt": at(9, 0), "isArchived": false, "content": content, "fieldValues": {"nodes": [
                {"__typename": "ProjectV2ItemFieldSingleSelectValue", "name": if n == 1 { "Done" } else { "Todo" }, "updatedAt": at(9, 0), "field": field("Status")},
                {"__typename": "ProjectV2ItemFieldIterationValue", "title": "Sprint 1", "startDate": "2026-01-05", "duration": 14, "updatedAt": at(6, 0), "field": field("Iteration")},
                {"__typename": "ProjectV2ItemFieldTextValue"},
            ]}})
        });
        let of_one = variables["id"] == "P1";
        json!({"node": {"items": connection(items.filter(|_| of_one).collect(), after, 4)}})
    } else {
        json!({"node": {"timelineItems": connection(changes, after, 2)}})
    };
    Reply::json(json!({"data": data}).to_string()).with("date", DATE)
}
