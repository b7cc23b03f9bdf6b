//! A GitHub of a few issues, pull requests, deployments, releases and runs, which pages as the real one does and can be
//! told to change or to break at any request.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sightline_testkit::http::{Reply, Request, Server};

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
        // The clock of the server stands in the middle of January.
        let reply = Reply::json(body.to_string()).with("date", "Fri, 16 Jan 2026 12:00:00 GMT");
        if has_more { reply.with("link", format!("<{next}>; rel=\"next\", <x>; rel=\"last\"")) } else { reply }
    };
    (send, items)
}
