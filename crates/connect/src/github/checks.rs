//! Check runs and commit statuses: what build systems other than GitHub Actions say of the commits of the default branch
//! and of pull requests. GraphQL gives many commits at once; a server that has none is asked commit by commit.
//!
//! What Actions itself runs is left out here: it comes as runs and jobs.

use serde_json::{Value, json};

use super::{MOST_EVENTS, refused_without_token};
use crate::client::encoded;
use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::graphql;
use crate::pages::{PAGE, all, array, earlier_by, is_before, text};
use crate::sync::{Record, Sync};

/// How far back checks are asked for the first time, in seconds: GitHub keeps them a little longer.
const CHECKS: i64 = 365 * 86_400;
/// The same where each commit costs two requests.
const CHECKS_ONE_BY_ONE: i64 = 30 * 86_400;
/// How far a round goes back behind the one before, in seconds: a check may take that long to end.
const OVERLAP: i64 = 3 * 86_400;
/// Pages of checks of one commit.
const MOST_PAGES: usize = 20;

/// What is asked of the checks of a commit.
const CONTEXTS: &str = "{ nodes { __typename \
     ... on CheckRun { id name status conclusion startedAt completedAt checkSuite { app { slug } } } \
     ... on StatusContext { context state createdAt } } pageInfo { hasNextPage endCursor } }";

/// A list of commits, newest first.
struct Commits {
    list: &'static str,
    file: &'static str,
    /// The list within a repository, with the place of its cursor.
    query: String,
    /// Where the list stands in the answer.
    at: &'static str,
}

pub(super) fn checks(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    refused_without_token(sync)?;
    let contexts = format!("statusCheckRollup {{ contexts(first: 100) {CONTEXTS} }}");
    let branch = Commits {
        list: "checks",
        file: "checks.jsonl",
        query: format!(
            "defaultBranchRef {{ name target {{ ... on Commit {{ history(first: 25, after: $after) \
             {{ nodes {{ at: committedDate oid {contexts} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"
        ),
        at: "/repository/defaultBranchRef/target/history",
    };
    match falling(sync, &branch) {
        // A server of a company may have no GraphQL, or an older one.
        Err(ConnectError::NotFound { .. } | ConnectError::BadAnswer { .. }) => one_by_one(sync, base),
        other => other,
    }
}

/// Checks of the commits at the ends of pull requests.
pub(super) fn of_pulls(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    refused_without_token(sync)?;
    let contexts = format!("statusCheckRollup {{ contexts(first: 100) {CONTEXTS} }}");
    let pulls = Commits {
        list: "pull request checks",
        file: "pull_checks.jsonl",
        query: format!(
            "pullRequests(first: 25, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) \
             {{ nodes {{ at: updatedAt number branch: headRefName commits(last: 1) {{ nodes {{ commit {{ oid {contexts} }} }} }} }} \
             pageInfo {{ hasNextPage endCursor }} }}"
        ),
        at: "/repository/pullRequests",
    };
    falling(sync, &pulls)
}

/// Goes through a list of commits from the newest down to where the round before began.
fn falling(sync: &mut Sync<'_>, commits: &Commits) -> Result<(), ConnectError> {
    let query = format!(
        "query Checks($owner: String!, $name: String!, $after: String) \
         {{ repository(owner: $owner, name: $name) {{ {} }} }}",
        commits.query
    );
    let (url, named) = (sync.address.graphql(), sync.address.name.clone());
    let (owner, name) = named.split_once('/').unwrap_or_default();
    let mut cursor = sync.cursor(commits.list);
    let mut refused = None;
    loop {
        let mut variables = json!({"owner": owner, "name": name, "after": cursor.page});
        let mut told = match graphql::ask(sync, &url, &query, &variables) {
            Err(ConnectError::BadAnswer { .. }) if cursor.page.take().is_some() => {
                // The branch was rewritten, so that nobody knows the place any more: the round begins again.
                variables["after"] = Value::Null;
                graphql::ask(sync, &url, &query, &variables)?
            }
            other => other?,
        };
        refused = refused.or(told.refused);
        let now = sightline_facts::time::instant_iso(told.now);
        let floor = cursor.since.as_deref().map(|at| earlier_by(at, OVERLAP));
        let floor = floor.or(sync.builds_from.clone()).unwrap_or_else(|| earlier_by(&now, CHECKS));
        let branch = told.data["repository"]["defaultBranchRef"]["name"].clone();
        let mut list = told.data.pointer_mut(commits.at).map(Value::take).unwrap_or_default();
        let nodes: Vec<Value> = array(list["nodes"].take()).into_iter().filter(|node| !node.is_null()).collect();
        // Commits keep their dates when they are merged later, so a single old one is no end.
        let is_below = !nodes.is_empty() && nodes.iter().all(|node| is_before(&text(node, "at"), &floor));
        let mut records: Vec<Record> = Vec::new();
        for mut found in nodes {
            let branch = if branch.is_string() { branch.clone() } else { found["branch"].take() };
            let number = found["number"].take();
            let mut commit = match found.pointer_mut("/commits/nodes/0/commit") {
                Some(inner) => inner.take(),
                None => found,
            };
            let sha = text(&commit, "oid");
            let rollup = commit["statusCheckRollup"]["contexts"].take();
            for context in contexts(sync, &url, (owner, name), &sha, rollup)? {
                if let Some(mut record) = record(&context, &sha) {
                    record["branch"] = branch.clone();
                    if number.is_number() {
                        record["pull"] = number.clone();
                    }
                    records.push((commits.file, record));
                }
            }
        }
        cursor.newest.get_or_insert(now);
        cursor.page = graphql::next(&list).filter(|_| !is_below).and_then(|at| at.as_str().map(str::to_owned));
        let is_end = cursor.page.is_none();
        if is_end {
            cursor.since = cursor.newest.take();
            cursor.is_whole = true;
        }
        sync.commit(commits.list, cursor.clone(), &records)?;
        if is_end {
            // What may be read is there; that something may not is told.
            return refused.map_or(Ok(()), Err);
        }
    }
}

/// All checks of a commit; the first page is there already.
fn contexts(
    sync: &mut Sync<'_>,
    url: &str,
    (owner, name): (&str, &str),
    sha: &str,
    mut page: Value,
) -> Result<Vec<Value>, ConnectError> {
    let mut found = array(page["nodes"].take());
    let mut after = graphql::next(&page);
    for _ in 0..MOST_PAGES {
        let Some(cursor) = after.take() else { break };
        let query = format!(
            "query Contexts($owner: String!, $name: String!, $oid: GitObjectID!, $after: String) \
             {{ repository(owner: $owner, name: $name) {{ object(oid: $oid) {{ ... on Commit \
             {{ statusCheckRollup {{ contexts(first: 100, after: $after) {CONTEXTS} }} }} }} }} }}"
        );
        let variables = json!({"owner": owner, "name": name, "oid": sha, "after": cursor});
        let mut told = graphql::ask(sync, url, &query, &variables)?;
        page = told.data["repository"]["object"]["statusCheckRollup"]["contexts"].take();
        found.extend(array(page["nodes"].take()));
        after = graphql::next(&page);
    }
    Ok(found)
}

/// A check as the reader knows it; `None` for what Actions runs.
fn record(context: &Value, sha: &str) -> Option<Value> {
    match context["__typename"].as_str()? {
        "CheckRun" => {
            let tool = context.pointer("/checkSuite/app/slug").and_then(Value::as_str);
            let times = [&context["startedAt"], &context["completedAt"]];
            let words = [text(context, "status"), text(context, "conclusion")];
            check(&text(context, "id"), &text(context, "name"), tool, sha, &words, times)
        }
        "StatusContext" => Some(status(&text(context, "context"), &text(context, "state"), &context["createdAt"], sha)),
        _ => None,
    }
}

fn check(
    id: &str,
    name: &str,
    tool: Option<&str>,
    sha: &str,
    [status, result]: &[String; 2],
    [started_at, finished_at]: [&Value; 2],
) -> Option<Value> {
    (tool != Some("github-actions")).then(|| {
        json!({
            "id": format!("check:{id}"), "check": name, "tool": tool, "sha": sha, "status": status.to_lowercase(),
            "result": (!result.is_empty()).then(|| result.to_lowercase()), "started_at": started_at,
            "finished_at": finished_at,
        })
    })
}

/// What a context said last of a commit. Each word of it is a record of its own there, and the last one counts here.
fn status(context: &str, state: &str, at: &Value, sha: &str) -> Value {
    let result = match state.to_lowercase().as_str() {
        "success" => Some("success"),
        "failure" | "error" => Some("failure"),
        _ => None,
    };
    let status = if result.is_some() { "completed" } else { "queued" };
    json!({
        "id": format!("status:{sha}:{context}"), "check": context, "sha": sha, "status": status, "result": result,
        "created_at": at, "finished_at": result.map(|_| at),
    })
}

/// The same over REST: two requests for each commit of the default branch.
fn one_by_one(sync: &mut Sync<'_>, base: &str) -> Result<(), ConnectError> {
    let repository = sync.client.get(base, &[])?;
    let now = sightline_facts::time::instant_iso(repository.now());
    let branch = text(&repository.body, "default_branch");
    let mut cursor = sync.cursor("checks");
    let floor = cursor.since.as_deref().map(|at| earlier_by(at, OVERLAP));
    let floor = floor.unwrap_or_else(|| earlier_by(&now, CHECKS_ONE_BY_ONE));
    cursor.newest.get_or_insert(now);
    loop {
        let page: usize = cursor.page.as_deref().and_then(|p| p.parse().ok()).unwrap_or(1);
        let (size, number) = (PAGE.to_string(), page.to_string());
        let query = [("sha", branch.as_str()), ("since", &floor), ("per_page", &size), ("page", &number)];
        let answer = sync.client.get(&format!("{base}/commits"), &query)?;
        let has_next = answer.next().is_some();
        let mut records: Vec<Record> = Vec::new();
        for commit in array(answer.body) {
            let sha = text(&commit, "sha");
            let path = format!("{base}/commits/{}", encoded(&sha));
            let runs = all(sync, &format!("{path}/check-runs"), &[("filter", "latest")], "check_runs", MOST_EVENTS)?;
            let checks = runs.iter().filter_map(|run| {
                let tool = run.pointer("/app/slug").and_then(Value::as_str);
                let words = [text(run, "status"), text(run, "conclusion")];
                let times = [&run["started_at"], &run["completed_at"]];
                check(&text(run, "node_id"), &text(run, "name"), tool, &sha, &words, times)
            });
            let statuses = all(sync, &format!("{path}/status"), &[], "statuses", MOST_EVENTS)?;
            let statuses =
                statuses.iter().map(|one| status(&text(one, "context"), &text(one, "state"), &one["updated_at"], &sha));
            for mut record in checks.chain(statuses).collect::<Vec<_>>() {
                record["branch"] = branch.as_str().into();
                records.push(("checks.jsonl", record));
            }
        }
        cursor.page = has_next.then(|| (page + 1).to_string());
        if !has_next {
            cursor = Cursor { since: cursor.newest.take(), is_whole: true, ..Cursor::default() };
        }
        sync.commit("checks", cursor.clone(), &records)?;
        if !has_next {
            return Ok(());
        }
    }
}
