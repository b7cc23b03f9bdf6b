//! Linear: issues with history, relations and comments, cycles, milestones of projects, projects and initiatives with
//! their updates. Everything is a GraphQL query; each stays well below the complexity that the interface allows one query.

mod initiatives;

use serde_json::{Value, json};

use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::graphql::{self, next};
use crate::pages::{array, earlier_by, later, text};
use crate::sync::{Record, Sync};

/// What a round goes back behind the beginning of the one before, in seconds.
const OVERLAP: i64 = 300;
/// Pages of details of one issue beyond which no more are asked.
const MOST_PAGES: usize = 100;
/// Issues of a page: with the details below one query costs about 7,000 of the 10,000 points allowed.
const PAGE: usize = 15;

const STATE: &str = "{ name type }";
const CYCLE: &str = "{ number name endsAt completedAt }";

/// One page of a list of an issue, by its name and what is asked of each element.
fn nested(list: &str, arguments: &str) -> String {
    let fields = match list {
        "history" => format!(
            "createdAt actor {{ displayName }} fromState {STATE} toState {STATE} fromAssignee {{ displayName }} \
             toAssignee {{ displayName }} fromCycle {CYCLE} toCycle {CYCLE} fromProjectMilestone {{ name }} \
             toProjectMilestone {{ name }} addedLabels {{ name }} removedLabels {{ name }} fromEstimate toEstimate"
        ),
        "comments" => "createdAt user { displayName }".to_owned(),
        "relations" => "type createdAt relatedIssue { identifier }".to_owned(),
        "inverseRelations" => "type createdAt issue { identifier }".to_owned(),
        _ => "name".to_owned(),
    };
    format!("{list}({arguments}) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }}")
}

/// Lists of an issue with the size of their first page.
const LISTS: [(&str, usize); 5] =
    [("history", 25), ("comments", 20), ("relations", 10), ("inverseRelations", 10), ("labels", 20)];

fn issue_fields() -> String {
    let lists: Vec<String> = LISTS.iter().map(|(list, size)| nested(list, &format!("first: {size}"))).collect();
    format!(
        "id identifier title url branchName state {STATE} team {{ key name }} project {{ name }} \
         projectMilestone {{ name targetDate }} cycle {CYCLE} creator {{ displayName }} assignee {{ displayName }} \
         estimate priorityLabel dueDate createdAt updatedAt startedAt completedAt canceledAt archivedAt \
         parent {{ identifier }} {}",
        lists.join(" ")
    )
}

pub(crate) fn sync(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    let key = sync.address.name.clone();
    let team = if key.is_empty() { None } else { Some(team(sync, &key)?) };
    sync.whole("issues", |sync| issues(sync, team.as_deref()))?;
    sync.part("cycles", |sync| cycles(sync, team.as_deref()))?;
    sync.part("milestones", |sync| milestones(sync, &key))?;
    sync.part("initiatives", |sync| initiatives::initiatives(sync, &key))
}

/// Asks, and gives what was answered.
fn ask(sync: &mut Sync<'_>, query: &str, variables: &Value) -> Result<Value, ConnectError> {
    let url = sync.address.graphql();
    graphql::ask(sync, &url, query, variables).map(|told| told.data)
}

/// The id of a team by its key.
fn team(sync: &mut Sync<'_>, key: &str) -> Result<String, ConnectError> {
    let mut after = Value::Null;
    loop {
        let query = "query Teams($after: String) { teams(first: 50, after: $after) \
                     { nodes { id key } pageInfo { hasNextPage endCursor } } }";
        let teams = ask(sync, query, &json!({"after": after}))?["teams"].take();
        if let Some(found) = array(teams["nodes"].clone()).iter().find(|t| text(t, "key").eq_ignore_ascii_case(key)) {
            return Ok(text(found, "id"));
        }
        let Some(cursor) = next(&teams) else {
            let (host, word) = (sync.address.host().to_owned(), "linear");
            return Err(ConnectError::NotFound { host, path: format!("team {key}"), word });
        };
        after = cursor;
    }
}

fn issues(sync: &mut Sync<'_>, team: Option<&str>) -> Result<(), ConnectError> {
    let list = format!(
        "issues(first: {PAGE}, after: $after, includeArchived: true, orderBy: updatedAt) \
         {{ nodes {{ {} }} pageInfo {{ hasNextPage endCursor }} }}",
        issue_fields()
    );
    let query = match team {
        Some(_) => format!("query Issues($team: String!, $after: String) {{ team(id: $team) {{ {list} }} }}"),
        None => format!("query Issues($after: String) {{ {list} }}"),
    };
    let mut cursor = sync.cursor("issues");
    loop {
        let floor = cursor.since.as_deref().map(|at| earlier_by(at, OVERLAP));
        let mut variables = json!({"after": cursor.page});
        if let Some(team) = team {
            variables["team"] = team.into();
        }
        let mut data = match ask(sync, &query, &variables) {
            Err(ConnectError::BadAnswer { .. }) if cursor.page.is_some() => {
                // The place where an earlier round stopped is not known any more: the round begins again.
                cursor.page = None;
                variables["after"] = Value::Null;
                ask(sync, &query, &variables)?
            }
            other => other?,
        };
        let mut page = if team.is_some() { data["team"]["issues"].take() } else { data["issues"].take() };
        let nodes = array(page["nodes"].take());
        // The list falls by change, so what lies below the floor is there already. Should it rise, all is read.
        let instants: Vec<String> = nodes.iter().map(|issue| text(issue, "updatedAt")).collect();
        let falls = instants.first() >= instants.last();
        let is_below = |at: &String| floor.as_ref().is_some_and(|floor| falls && at < floor);
        let reached = instants.iter().any(is_below);
        let mut records: Vec<Record> = Vec::new();
        for (issue, at) in nodes.into_iter().zip(&instants) {
            cursor.newest = later(cursor.newest.take(), at);
            if !is_below(at) {
                records.push(("issues.jsonl", self::issue(sync, issue)?));
            }
        }
        let next = next(&page).and_then(|cursor| cursor.as_str().map(str::to_owned)).filter(|_| !reached);
        let is_end = next.is_none();
        cursor.page = next;
        if is_end {
            cursor.since = cursor.newest.take().or(cursor.since);
            cursor.is_whole = true;
        }
        sync.commit("issues", cursor.clone(), &records)?;
        if is_end {
            return Ok(());
        }
    }
}

/// An issue with all pages of its lists.
fn issue(sync: &mut Sync<'_>, mut issue: Value) -> Result<Value, ConnectError> {
    let id = text(&issue, "id");
    for (list, _) in LISTS {
        let mut all = array(issue[list]["nodes"].take());
        let mut after = next(&issue[list]);
        let mut n = 0;
        while let Some(cursor) = after.take().filter(|_| n < MOST_PAGES) {
            n += 1;
            let query = format!(
                "query Issue($id: String!, $after: String) {{ issue(id: $id) {{ {} }} }}",
                nested(list, "first: 100, after: $after")
            );
            let mut data = ask(sync, &query, &json!({"id": id, "after": cursor}))?;
            let mut page = data["issue"][list].take();
            all.extend(array(page["nodes"].take()));
            after = next(&page);
        }
        issue[list] = Value::Array(all);
    }
    Ok(issue)
}

/// All elements of a list of the workspace or of a team.
fn all(sync: &mut Sync<'_>, list: &str, fields: &str, team: Option<&str>) -> Result<Vec<Value>, ConnectError> {
    let inner = format!(
        "{list}(first: 50, after: $after, includeArchived: true) \
         {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }}"
    );
    let query = match team {
        Some(_) => format!("query List($team: String!, $after: String) {{ team(id: $team) {{ {inner} }} }}"),
        None => format!("query List($after: String) {{ {inner} }}"),
    };
    let mut found = Vec::new();
    let mut variables = json!({"after": null});
    if let Some(team) = team {
        variables["team"] = team.into();
    }
    for _ in 0..MOST_PAGES {
        let mut data = ask(sync, &query, &variables)?;
        let mut page = if team.is_some() { data["team"][list].take() } else { data[list].take() };
        found.extend(array(page["nodes"].take()));
        match next(&page) {
            Some(cursor) => variables["after"] = cursor,
            None => break,
        }
    }
    Ok(found)
}

fn cycles(sync: &mut Sync<'_>, team: Option<&str>) -> Result<(), ConnectError> {
    let all = all(sync, "cycles", "number name startsAt endsAt completedAt team { key }", team)?;
    let records: Vec<Record> = all
        .iter()
        .map(|cycle| {
            let name = cycle["name"].as_str().map_or_else(|| format!("Cycle {}", text(cycle, "number")), str::to_owned);
            let record = json!({
                "milestone": name, "kind": "cycle", "project": cycle["team"]["key"],
                "state": if cycle["completedAt"].is_null() { "open" } else { "closed" },
                "started_at": cycle["startsAt"], "due_at": cycle["endsAt"], "closed_at": cycle["completedAt"],
            });
            ("milestones.jsonl", record)
        })
        .collect();
    sync.commit("cycles", Cursor { is_whole: true, ..Cursor::default() }, &records)
}

fn milestones(sync: &mut Sync<'_>, key: &str) -> Result<(), ConnectError> {
    let fields = "name targetDate status project { name teams(first: 10) { nodes { key } } }";
    let mut records: Vec<Record> = Vec::new();
    for one in all(sync, "projectMilestones", fields, None)? {
        let state = if one["status"] == "done" { "closed" } else { "open" };
        // A project may belong to several teams, and issues name their team.
        for team in array(one["project"]["teams"]["nodes"].clone()).iter().map(|team| text(team, "key")) {
            if key.is_empty() || team.eq_ignore_ascii_case(key) {
                let record = json!({
                    "milestone": one["name"], "kind": "milestone", "project": team, "state": state,
                    "due_at": one["targetDate"], "of": one["project"]["name"],
                });
                records.push(("milestones.jsonl", record));
            }
        }
    }
    sync.commit("milestones", Cursor { is_whole: true, ..Cursor::default() }, &records)
}
