//! GitHub as a live source: everything comes once, whatever breaks or changes on the way, and the token stays a secret.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::github::{Hub, at};
use common::{Download, TOKEN};
use serde_json::Value;
use sightline_connect::ConnectError;
use sightline_testkit::http::{Reply, Request, Server};

/// Everything that a whole download holds.
fn all(download: &Download) -> BTreeMap<String, Value> {
    let files = [
        ("issues.jsonl", "number"),
        ("milestones.jsonl", "milestone"),
        ("deployments.jsonl", "id"),
        ("releases.jsonl", "tag"),
        ("runs.jsonl", "id"),
        ("jobs.jsonl", "id"),
        ("checks.jsonl", "id"),
        ("pull_checks.jsonl", "id"),
        ("project_items.jsonl", "id"),
        ("initiatives.jsonl", "id"),
    ];
    let mut found = BTreeMap::new();
    for (file, id) in files {
        found.extend(download.records(file, id).into_iter().map(|(id, record)| (format!("{file} {id}"), record)));
    }
    found
}

fn of(server: &Server) -> Download {
    Download::of(&format!("github:{}/acme/shop", server.url()))
}

/// What a download without any trouble holds.
fn expected() -> BTreeMap<String, Value> {
    let (_, server) = Hub::quiet();
    let download = of(&server);
    download.finish();
    all(&download)
}

#[test]
fn all_pages_are_read_and_people_stay_private() {
    let (hub, server) = Hub::quiet();
    let download = of(&server);
    download.finish();
    let found = all(&download);
    // 14 items, 1 milestone, 6 deployments, 6 releases, 6 runs, 6 jobs, 12 and 6 checks, 4 items of projects, 2 projects.
    assert_eq!(found.len(), 63, "{:?}", found.keys());
    assert_eq!(found["issues.jsonl 1"]["timeline"].as_array().map(Vec::len), Some(6), "events have pages too");
    assert_eq!(found["issues.jsonl 2"]["blocked_by"][0]["number"], 4);
    assert_eq!(found["issues.jsonl 3"]["pull_request"]["additions"], 7);
    assert_eq!(found["issues.jsonl 3"]["references"][0]["kind"], "depends_on");
    assert_eq!(found["deployments.jsonl 2"]["commits"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["releases.jsonl \"v2\""]["is_deployment"], false, "deployments are marked as such");
    let check = &found["checks.jsonl \"check:other-ci-s6\""];
    assert_eq!((check["result"].as_str(), check["branch"].as_str()), (Some("failure"), Some("main")));
    assert_eq!(found["checks.jsonl \"status:s6:ci/deploy\""]["tool"], Value::Null, "the second page of a commit");
    assert_eq!(found["pull_checks.jsonl \"check:other-ci-p2\""]["pull"], 6);
    assert_eq!(found["project_items.jsonl \"P1-1\""]["history"].as_array().map(Vec::len), Some(3), "with pages");
    assert_eq!(found["project_items.jsonl \"P1-1\""]["iteration"]["name"], "Sprint 1");
    assert_eq!(found["initiatives.jsonl \"P1\""]["updates"][1]["health"], "AT_RISK");
    let files = download.files();
    for text in files.values() {
        assert!(
            !text.contains("secret") && !text.contains("example.org") && !text.contains("depends on #1"),
            "no address and no text: {text}"
        );
    }
    assert_eq!(hub.strangers.load(Ordering::SeqCst), 0, "each request has the token");
    download.keeps_the_secret();
}

#[test]
fn runs_older_than_a_year_come_when_a_day_is_named_and_later_days_ask_no_more() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let (_, server) = Hub::start(move |_, request| {
        let is_list = request.path.ends_with("/actions/runs") && request.number_of("per_page", 0) != 1;
        is_list.then(|| {
            let run = |id: usize, day: &str| serde_json::json!({"id": id, "name": "ci", "head_sha": "a", "run_number": id, "workflow_id": 1, "created_at": format!("{day}T00:00:00Z")});
            // The second page has a run of 2023, the third one of 2021.
            let page = request.number_of("page", 1);
            counted.fetch_max(page, Ordering::SeqCst);
            let (id, day) = [(9, "2026-01-10"), (5, "2023-05-01"), (2, "2021-05-01")][page - 1];
            let reply = Reply::json(serde_json::json!({"workflow_runs": [run(id, day)]}).to_string())
                .with("date", "Fri, 16 Jan 2026 12:00:00 GMT");
            if page == 3 {
                return reply;
            }
            let next = format!("http://{}{}?page={}", request.headers["host"], request.path, page + 1);
            reply.with("link", format!("<{next}>; rel=\"next\""))
        })
    });
    let mut download = of(&server);
    let runs = |download: &Download, pages: usize| {
        asked.store(0, Ordering::SeqCst);
        download.finish();
        assert_eq!(asked.load(Ordering::SeqCst), pages, "pages that were asked for");
        download.records("runs.jsonl", "id").into_keys().collect::<Vec<_>>()
    };
    assert_eq!(runs(&download, 2), ["9"], "the last year");
    download.builds_from = Some("2023-01-01");
    assert_eq!(runs(&download, 3), ["5", "9"]);
    assert_eq!(runs(&download, 2), ["5", "9"], "that far back it is there");
    download.builds_from = Some("2020-01-01");
    assert_eq!(runs(&download, 3), ["2", "5", "9"]);
    download.builds_from = Some("some day");
    assert_eq!(runs(&download, 2), ["2", "5", "9"]);
}

#[test]
fn stopped_at_any_request_it_goes_on_and_nothing_is_lost_or_doubled() {
    let expected = expected();
    let (_, server) = Hub::quiet();
    let requests = {
        let d = of(&server);
        d.finish().requests
    };
    for n in 1..=usize::try_from(requests).expect("few") {
        let stop = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&stop);
        let (_, server) = Hub::start(move |_, request| {
            if request.number == n {
                raised.store(true, Ordering::SeqCst);
            }
            None
        });
        let download = of(&server);
        let ended = download.round_until(&stop);
        assert!(ended.is_ok() || matches!(ended, Err(ConnectError::Stopped)), "{n}: {ended:?}");
        all(&download);
        download.finish();
        assert_eq!(all(&download), expected, "stopped at request {n}");
    }
}

#[test]
fn limits_and_broken_answers_cost_time_and_no_record() {
    let expected = expected();
    let faults: [fn() -> Reply; 6] = [
        || Reply::status(429, "").with("retry-after", "0"),
        || Reply::status(403, "{\"message\":\"You have exceeded a secondary rate limit\"}").with("retry-after", "0"),
        // The clock of the service is years ahead; the limit is lifted at once.
        || {
            Reply::status(403, "{}")
                .with("x-ratelimit-remaining", "0")
                .with("date", "Tue, 01 Jan 2036 00:00:00 GMT")
                .with("x-ratelimit-reset", "2082758400")
        },
        || Reply::status(502, "<html>"),
        || Reply::json("[{\"number\": 1, \"title\": \"half\"}]").cut(),
        Reply::silence,
    ];
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    // Every second request meets one of them.
    let (_, server) = Hub::start(move |_, _| {
        let n = counted.fetch_add(1, Ordering::SeqCst);
        n.is_multiple_of(2).then(|| faults[n / 2 % faults.len()]())
    });
    let download = of(&server);
    download.finish();
    assert_eq!(all(&download), expected);
    assert!(asked.load(Ordering::SeqCst) > 60);
    download.keeps_the_secret();
}

#[test]
fn a_limit_that_lasts_too_long_ends_the_round_and_keeps_what_is_there() {
    let (_, server) =
        Hub::start(|_, request| (request.number > 20).then(|| Reply::status(429, "").with("retry-after", "3600")));
    let download = of(&server);
    let error = download.round().expect_err("an hour is too long");
    assert!(matches!(error, ConnectError::LongWait { minutes: 60, .. }), "{error}");
    assert!(!download.lines("issues.jsonl").is_empty());
    assert_eq!(download.lines("incomplete.jsonl")[0]["reason"], "not-downloaded");
}

#[test]
fn an_expired_token_ends_the_round_and_a_new_one_goes_on() {
    let expected = expected();
    let is_expired = Arc::new(AtomicBool::new(true));
    let expired = Arc::clone(&is_expired);
    let (_, server) = Hub::start(move |_, request| {
        let told = format!("{{\"message\":\"Bad credentials {TOKEN}\"}}");
        (expired.load(Ordering::SeqCst) && request.number > 25).then(|| Reply::status(401, told))
    });
    let download = of(&server);
    let error = download.round().expect_err("it is refused").to_string();
    assert!(error.contains("refuses the token") && !error.contains(TOKEN), "{error}");
    download.keeps_the_secret();
    is_expired.store(false, Ordering::SeqCst);
    download.finish();
    assert_eq!(all(&download), expected);
    assert!(download.lines("incomplete.jsonl").is_empty(), "nothing is missing any more");
}

#[test]
fn what_changes_while_pages_are_read_is_met_again() {
    let (hub, server) = Hub::start(|hub, request| {
        // The first item of the list moves to its end, and those behind it to earlier pages.
        if request.number == 6 {
            let mut items = hub.items.lock().expect("nobody panics");
            items[0]["updated_at"] = at(20, 0).into();
            items[0]["title"] = "renamed".into();
        }
        None
    });
    let download = of(&server);
    download.finish();
    let found = download.records("issues.jsonl", "number");
    assert_eq!(found.len(), 14, "none is missed");
    assert_eq!(found["1"]["title"], "renamed", "and the newer one counts");
    assert_eq!(hub.items.lock().expect("nobody panics").len(), 14);
}

#[test]
fn the_next_round_asks_for_what_changed() {
    let (hub, server) = Hub::quiet();
    let download = of(&server);
    let first = download.finish();
    let before = download.files();
    let second = download.finish();
    assert!(second.requests * 2 < first.requests, "{first:?}, then {second:?}");
    let jsonl = |files: &BTreeMap<std::path::PathBuf, String>| {
        files
            .iter()
            .filter(|(p, _)| p.extension().is_some_and(|e| e == "jsonl"))
            .map(|(_, t)| t.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(jsonl(&download.files()), jsonl(&before), "the same bytes, so that nothing is read again");
    {
        let mut items = hub.items.lock().expect("nobody panics");
        items[6]["updated_at"] = at(25, 0).into();
        items[6]["state"] = "closed".into();
    }
    download.finish();
    let found = download.records("issues.jsonl", "number");
    assert_eq!((found.len(), found["7"]["state"].as_str()), (14, Some("closed")));
}

#[test]
fn a_part_that_may_not_be_read_is_written_down_and_the_rest_is_there() {
    let (_, server) = Hub::start(|_, request| {
        let is_part = request.path.ends_with("/deployments");
        is_part.then(|| Reply::status(403, "{\"message\":\"Resource not accessible by personal access token\"}"))
    });
    let download = of(&server);
    let outcome = download.finish();
    assert_eq!(outcome.missing, 1);
    let missing = download.lines("incomplete.jsonl");
    assert_eq!(
        (missing[0]["missing"].as_str(), missing[0]["reason"].as_str()),
        (Some("deployments"), Some("forbidden"))
    );
    assert_eq!(download.records("releases.jsonl", "tag")["\"v2\""]["is_deployment"], true);
}

#[test]
fn a_server_without_graphql_is_asked_for_checks_commit_by_commit() {
    let expected = expected();
    let (_, server) = Hub::start(|_, request| (request.path == "/graphql").then(|| Reply::status(404, "{}")));
    let download = of(&server);
    assert_eq!(download.finish().missing, 2, "checks of pull requests and projects");
    let mut found = all(&download);
    found.retain(|id, _| id.starts_with("checks.jsonl"));
    assert_eq!(found.len(), 12);
    for (id, record) in &found {
        for key in ["check", "tool", "sha", "branch", "status", "result", "finished_at"] {
            assert_eq!(record[key], expected[id][key], "{id} {key}");
        }
    }
}

#[test]
fn what_a_token_may_not_see_of_graphql_is_written_down() {
    let (_, server) = Hub::start(|_, request| {
        let is = |text: &str| request.path == "/graphql" && request.body.contains(text);
        let refused = |kind: &str, data: Value| {
            let told =
                serde_json::json!({"data": data, "errors": [{"type": kind, "message": "Resource not accessible"}]});
            Some(Reply::json(told.to_string()).with("date", "Fri, 16 Jan 2026 12:00:00 GMT"))
        };
        if is("history(first") {
            // A commit is there, and what tools said of it is not.
            let commit = serde_json::json!({"at": at(15, 0), "oid": "s5", "statusCheckRollup": null});
            let target = serde_json::json!({"history": {"nodes": [commit], "pageInfo": {"hasNextPage": false}}});
            return refused(
                "FORBIDDEN",
                serde_json::json!({"repository": {"defaultBranchRef": {"name": "main", "target": target}}}),
            );
        }
        if is("query Projects") { refused("INSUFFICIENT_SCOPES", Value::Null) } else { None }
    });
    let download = of(&server);
    download.finish();
    let missing = download.lines("incomplete.jsonl");
    let missing: Vec<_> = missing.iter().map(|m| (m["missing"].as_str(), m["reason"].as_str())).collect();
    assert_eq!(missing, [(Some("checks"), Some("forbidden")), (Some("projects"), Some("forbidden"))]);
    assert_eq!(download.lines("pull_checks.jsonl").len(), 6, "the rest is there");
}

#[test]
fn a_branch_that_was_rewritten_while_it_was_read_is_read_again() {
    let expected = expected();
    let broken = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&broken);
    let (_, server) = Hub::start(move |_, request| {
        let is_second = request.body.contains("history(first") && request.body.contains("\"after\":\"4\"");
        (is_second && !seen.swap(true, Ordering::SeqCst)).then(|| {
            Reply::json("{\"data\":{\"repository\":null},\"errors\":[{\"message\":\"`4` does not appear to be a valid cursor.\"}]}")
        })
    });
    let download = of(&server);
    download.finish();
    assert!(broken.load(Ordering::SeqCst));
    assert_eq!(all(&download), expected);
}

#[test]
fn a_redirect_to_another_host_goes_without_the_token() {
    let (hub, other) = Hub::quiet();
    let target = other.url();
    // Only https is followed to other hosts, so that a redirect within this machine ends there.
    let server = Server::start(move |request: &Request| {
        Reply::status(301, "{}").with("location", format!("{target}{}", request.path))
    });
    let download = of(&server);
    let error = download.round().expect_err("nothing was read").to_string();
    assert!(error.contains("cannot be reached"), "{error}");
    assert_eq!(hub.strangers.load(Ordering::SeqCst) + other.asked(), 0, "the other host was not even asked");
}

#[test]
fn what_is_not_there_is_an_error_and_leaves_no_download() {
    let (_, server) = Hub::quiet();
    let download = Download::of(&format!("github:{}/acme/other", server.url()));
    assert!(matches!(download.round(), Err(ConnectError::NotFound { .. })));
    assert!(!sightline_connect::earlier(download.folder.path()));
    assert!(sightline_connect::exports(download.folder.path()).is_empty());
}
