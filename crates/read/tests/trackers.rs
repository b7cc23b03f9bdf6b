//! Exports of trackers, build systems and incident tools: what they hold is told by their first record, each file is a
//! data set of its own, and what is broken in it is a gap with its line.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use sightline_facts::arrow::util::display::array_value_to_string;
use sightline_facts::session::Session;
use sightline_facts::store::{Snapshot, SourceState, Workspace};
use sightline_read::detect::Detectors;
use sightline_read::scan::{FileLabel, Modules, Quiet, ScanOptions, Source, scan_source};
use sightline_read::trackers;

/// Exports have no files that belong to modules.
struct NoModules;

impl Modules for NoModules {
    fn assign(&self, _repo: &str, files: &[FileLabel<'_>], _manifests: &[String]) -> Vec<String> {
        vec![String::new(); files.len()]
    }
}

/// A folder with exports, and the workspace that they are read into.
struct Exports {
    folder: tempfile::TempDir,
    /// Examples of what the fields of a Jira site hold.
    jira_fields: Option<&'static str>,
}

impl Exports {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a temporary file can be written");
        }
        Self { folder, jira_fields: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Reads the data set of a file with so many threads.
    fn read(&self, name: &str, threads: usize) -> (Workspace, SourceState) {
        let format = trackers::recognise(&self.path(name)).expect("the file is there").expect("the format is known");
        let (set, exports) = trackers::data_set(&self.path(name), &format).expect("the folder can be listed");
        self.read_as(set, exports, threads)
    }

    /// Reads all files as one data set.
    fn read_all(&self, files: &[(&str, &str)], threads: usize) -> (Workspace, SourceState) {
        self.read_as("shop".to_owned(), files.iter().map(|(name, _)| self.path(name)).collect(), threads)
    }

    fn read_as(&self, set: String, exports: Vec<PathBuf>, threads: usize) -> (Workspace, SourceState) {
        let workspace = Workspace::at(self.path("workspace"));
        let lock = workspace.lock(&mut |_| false).expect("nobody else reads");
        let source = Source {
            name: set,
            location: String::new(),
            folder: self.folder.path().to_path_buf(),
            git: None,
            worktree: false,
            revision: None,
            exports,
        };
        let options = ScanOptions {
            threads,
            renames: false,
            // 2026-11-20
            now: 1_795_132_800_000_000,
            as_of: None,
            detectors: &Detectors::new(&[]).expect("ours are right"),
            statuses: &trackers::Statuses::default(),
            jira_fields: self.jira_fields,
            modules: &NoModules,
            progress: &Quiet,
            stop: &AtomicBool::new(false),
        };
        let (state, _) = scan_source(&workspace, &lock, None, &source, &options).expect("the export is read");
        (workspace, state)
    }
}

/// The answer to a question, one text per row.
fn ask(session: &Session, query: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for batch in session.query(query).expect(query) {
        for i in 0..batch.num_rows() {
            let cells: Vec<String> =
                batch.columns().iter().map(|c| array_value_to_string(c, i).expect("a value can be shown")).collect();
            rows.push(cells.join(","));
        }
    }
    rows
}

/// Reads one data set and compares the answers to questions.
fn check_set(files: &[(&str, &str)], questions: &[(&str, &[&str])]) {
    check_set_with(None, files, questions);
}

/// The same, with examples of what the fields of a Jira site hold.
fn check_set_with(jira_fields: Option<&'static str>, files: &[(&str, &str)], questions: &[(&str, &[&str])]) {
    let exports = Exports { jira_fields, ..Exports::new(files) };
    let (workspace, state) = exports.read(files[0].0, 2);
    let snapshot = Snapshot { sources: [(state.name.clone(), state)].into(), ..Snapshot::default() };
    let session = Session::of_snapshot(&workspace, &snapshot, true).expect("the facts are there");
    for (query, expect) in questions {
        assert_eq!(ask(&session, query), *expect, "{query}");
    }
}

/// Reads files as one data set, as those of a download are; they stay as long as the first of the two.
fn read_download(files: &[(&str, &str)]) -> (Exports, Session) {
    let exports = Exports::new(files);
    let (workspace, state) = exports.read_all(files, 2);
    let snapshot = Snapshot { sources: [(state.name.clone(), state)].into(), ..Snapshot::default() };
    let session = Session::of_snapshot(&workspace, &snapshot, true).expect("the facts are there");
    (exports, session)
}

fn check(name: &str, text: &str, query: &str, expect: &[&str]) {
    check_set(&[(name, text)], &[(query, expect)]);
}

const GITHUB: &str = concat!(
    r##"{"number":1,"title":"Lost \u202ecart\u0007","state":"closed","state_reason":"not_planned","user":{"login":"ann","type":"User"},"labels":[{"name":"bug"},{"name":"cart"}],"milestone":{"title":"v1","due_on":"2026-04-01T00:00:00Z","state":"open"},"assignees":[{"login":"bob"}],"created_at":"2026-01-05T10:00:00Z","updated_at":"2026-02-01T00:00:00Z","closed_at":"2026-01-20T12:00:00Z","comments":1,"timeline":[{"event":"milestoned","created_at":"2026-01-06T00:00:00Z","actor":{"login":"bob"},"milestone":"v0"},{"event":"demilestoned","created_at":"2026-01-07T00:00:00Z","milestone":{"title":"v0"}},{"event":"closed","created_at":"2026-01-20T12:00:00Z","actor":{"login":"merger[bot]"}}],"references":[{"number":2,"kind":"blocked_by","at":"2026-01-08T00:00:00Z"}]}"##,
    "\n{\"number\":\n",
    r##"{"number":2,"title":"Fix cart","state":"closed","user":{"login":"bob","type":"User"},"created_at":"2026-01-10T00:00:00Z","closed_at":"2026-01-12T00:00:00Z","pull_request":{"merged_at":"2026-01-12T00:00:00Z","additions":7,"base":{"ref":"main"},"merge_commit_sha":"abc"},"reviews":[{"user":{"login":"ann"},"state":"APPROVED","submitted_at":"2026-01-11T00:00:00Z"},{"user":{"login":"ann"},"state":"PENDING","submitted_at":null}],"timeline":[{"event":"committed","sha":"abc","authored_at":"2026-01-09T00:00:00Z","committed_at":"2026-01-09T01:00:00Z"}]}"##,
    "\n",
    r##"{"number":3,"title":"Given up","state":"closed","user":null,"created_at":"2026-01-10T00:00:00Z","closed_at":"2026-01-13T00:00:00Z","pull_request":{"merged_at":null,"merge_commit_sha":"tried"}}"##,
    "\n",
    r##"{"number":1,"title":"The same again","state":"open","created_at":"2026-01-05T10:00:00Z"}"##,
    "\n",
    r##"{"number":4,"title":"No time","state":"open"}"##,
    "\n",
);

#[test]
fn issues_and_pulls_of_github_are_told_apart() {
    check(
        "github-shop.jsonl",
        GITHUB,
        "select repo, issue, key, title, resolution, labels, milestone, done_at, line_start from issues",
        &[r"github-shop,issue:github-shop#1,#1,Lost cart\x07,not_planned,bug; cart,v1,2026-01-20T12:00:00Z,1"],
    );
    check(
        "github-shop.jsonl",
        GITHUB,
        "select pull, state, author, merged_at, merge_sha, added, base, line_start from pulls order by key",
        &["pull:github-shop#2,merged,bob,2026-01-12T00:00:00Z,abc,7,main,3", "pull:github-shop#3,closed,,,,,,4"],
    );
    check(
        "github-shop.jsonl",
        GITHUB,
        "select pull, reviewer, state from reviews",
        &["pull:github-shop#2,ann,approved"],
    );
    check(
        "github-shop.jsonl",
        GITHUB,
        "select from_item, to_key, kind, basis from issue_links",
        &["issue:github-shop#1,#2,depends-on,said"],
    );
    check(
        "github-shop.jsonl",
        GITHUB,
        "select milestone, state, due_at from milestones order by 1",
        &["v0,,", "v1,open,2026-04-01T00:00:00Z"],
    );
}

#[test]
fn events_are_kept_in_order_and_what_an_export_leaves_out_is_taken_from_the_record() {
    check(
        "x.jsonl",
        GITHUB,
        "select item, kind, to_value, is_bot, field from issue_events order by item, at, position",
        &[
            "issue:x#1,created,open,false,",
            "issue:x#1,milestoned,v0,false,",
            "issue:x#1,demilestoned,v0,false,",
            "issue:x#1,closed,,true,",
            "pull:x#2,committed,,false,",
            "pull:x#2,created,open,false,",
            "pull:x#2,merged,,false,record",
            "pull:x#2,closed,,false,record",
            "pull:x#3,created,open,false,",
            "pull:x#3,closed,,false,record",
        ],
    );
}

#[test]
fn a_broken_line_is_a_gap_and_the_rest_is_read() {
    let query = "select path, line_start, reader, reason, detail from gaps order by line_start";
    let expect =
        ["x.jsonl,2,tracker,syntax,EOF while parsing a value", "x.jsonl,6,tracker,syntax,it has no `created_at`"];
    check("x.jsonl", GITHUB, query, &expect);
    check("x.jsonl", GITHUB, "select format, n_records, n_gaps, line_end from data_sets", &["github,3,2,6"]);
}

#[test]
fn an_event_whose_time_cannot_be_read_is_a_gap_and_its_item_stays() {
    let gaps = "select path, line_start, reason, detail from gaps";
    let github = concat!(
        "\n",
        r##"{"number":1,"title":"Cart","state":"closed","created_at":"2026-01-05T10:00:00Z","closed_at":"2026-01-20T12:00:00Z","timeline":[{"event":"labeled","created_at":"string","label":{"name":"bug"}},{"event":"renamed","created_at":7},{"event":"assigned","created_at":"2026-01-07T00:00:00Z","assignee":{"login":"bob"}}]}"##,
        "\n",
        r##"{"number":2,"title":"Fix","state":"open","created_at":"2026-01-05T10:00:00Z","pull_request":{},"timeline":[{"event":"reviewed","state":"approved","submitted_at":"soon"},{"event":"committed","sha":"abc","author":{"date":"never"},"committer":{"date":"2026-01-07T00:00:00Z"}}]}"##,
    );
    check_set(
        &[("x.jsonl", github)],
        &[
            ("select key from issues", &["#1"]),
            (
                "select item, kind, to_value, authored_at is null as is_unsigned from issue_events order by item, position",
                &[
                    "issue:x#1,created,open,true",
                    "issue:x#1,assigned,bob,true",
                    "issue:x#1,closed,,true",
                    "pull:x#2,created,open,true",
                    "pull:x#2,committed,,true",
                ],
            ),
            ("select count(*) from reviews", &["0"]),
            (
                gaps,
                &[
                    "x.jsonl,2,event-time,2 events of #1 with times that cannot be read, first `labeled` at `string`; left out, and the rest of the record is read: correct it to the form 2026-11-20T10:00:00Z or export it again, then scan",
                    "x.jsonl,3,event-time,2 events of #2 with times that cannot be read, first `reviewed` at `soon`; left out, and the rest of the record is read: correct it to the form 2026-11-20T10:00:00Z or export it again, then scan",
                ],
            ),
        ],
    );
    let jira = r#"{"key":"PAY-1","fields":{"summary":"Refund","created":"2026-01-05T10:00:00.000+0000","status":{"name":"Open"}},"changelog":{"histories":[{"created":"yesterday","items":[{"field":"status","fromString":"Open","toString":"Closed"}]}]}}"#;
    check(
        "j.jsonl",
        jira,
        "select line_start, substr(detail, 1, 90) as said from gaps",
        &["1,1 event of PAY-1 with a time that cannot be read, first `change` at `yesterday`; left out,"],
    );
    // The time of the item itself is another matter: without it nothing can be said.
    let broken = r#"{"number":1,"title":"Cart","state":"open","created_at":"string"}"#;
    check("b.jsonl", broken, "select reason from gaps", &["syntax"]);
}

#[test]
fn an_array_is_read_like_lines() {
    let text = "[\n  {\"number\": 7, \"title\": \"a\",\n   \"state\": \"open\", \"created_at\": \"2026-01-05\"},\n  {\"number\": 8, \"title\": \"b\", \"state\": \"open\", \"created_at\": \"2026-01-05\"}\n]\n";
    check("pages.json", text, "select key, line_start, line_end from issues order by key", &["#7,2,3", "#8,4,4"]);
}

const JIRA: &str = concat!(
    r##"{"id":"1","key":"PAY-1","fields":{"summary":"Refund","project":{"key":"PAY"},"issuetype":{"name":"Bug"},"status":{"name":"Closed","statusCategory":{"key":"done"}},"created":"2026-01-05T10:00:00.000+0100","updated":"2026-03-01T00:00:00.000+0000","resolutiondate":"2026-02-10T00:00:00.000+0000","fixVersions":[{"name":"2.0","released":true,"releaseDate":"2026-03-05"}],"issuelinks":[{"type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"inwardIssue":{"key":"PAY-2"}}],"parent":{"key":"PAY-9"}},"changelog":{"histories":[{"created":"2026-02-10T00:00:00.000+0000","author":{"displayName":"Ann"},"items":[{"field":"status","fromString":"In Progress","toString":"Closed"},{"field":"resolution","fromString":null,"toString":"Done"}]},{"created":"2026-01-20T00:00:00.000+0000","items":[{"field":"Fix Version","fromString":"1.0","toString":null},{"field":"Fix Version","fromString":null,"toString":"2.0"},{"field":"status","fromString":"Open","toString":"In Progress"}]}]},"comments":[{"created":"2026-01-06T00:00:00.000+0000","author":{"name":"bob"},"body_length":5}]}"##,
    "\n",
    r##"{"key":"PAY-2","fields":{"summary":"Ledger","created":"2026-01-05T10:00:00.000+0000","status":{"name":"In Review"}}}"##,
    "\n",
);

#[test]
fn issues_of_jira_have_their_past_walked_back() {
    check(
        "jira-pay.jsonl",
        JIRA,
        "select key, project, kind, status_category, status_basis, created_at, done_at, parent from issues order by key",
        &[
            "PAY-1,PAY,Bug,done,declared,2026-01-05T09:00:00Z,2026-02-10T00:00:00Z,PAY-9",
            "PAY-2,PAY,,in-progress,inferred,2026-01-05T10:00:00Z,,",
        ],
    );
    // The change log comes newest first; version 1.0 is only known from being taken out.
    check(
        "jira-pay.jsonl",
        JIRA,
        "select kind, from_value, to_value from issue_events where item = 'issue:PAY-1' order by at, position",
        &[
            "created,,Open",
            "milestoned,,1.0",
            "commented,,",
            "demilestoned,,1.0",
            "milestoned,,2.0",
            "status,Open,In Progress",
            "status,In Progress,Closed",
            "resolution,,Done",
        ],
    );
    check(
        "jira-pay.jsonl",
        JIRA,
        "select to_key, kind, type_name, is_inward, basis from issue_links order by to_key",
        &["PAY-2,depends-on,Blocks,true,declared", "PAY-9,part-of,parent,false,declared"],
    );
    check(
        "jira-pay.jsonl",
        JIRA,
        "select milestone, kind, state, closed_at from milestones where milestone = '2.0'",
        &["2.0,version,closed,2026-03-05T00:00:00Z"],
    );
}

#[test]
fn issues_of_linear_have_cycles_and_states() {
    let text = r#"{"identifier":"ENG-4","title":"Search","createdAt":"2026-01-05T10:00:00.000Z","updatedAt":"2026-02-01T10:00:00.000Z","completedAt":"2026-01-30T10:00:00.000Z","startedAt":"2026-01-10T10:00:00.000Z","estimate":3,"state":{"name":"Shipped!","type":"completed"},"team":{"key":"ENG","name":"Engineering"},"labels":{"nodes":[{"name":"ui"}]},"cycle":{"number":7,"endsAt":"2026-02-02T00:00:00.000Z"},"history":{"nodes":[{"createdAt":"2026-01-30T10:00:00.000Z","fromState":{"name":"Doing"},"toState":{"name":"Shipped!"}},{"createdAt":"2026-01-10T10:00:00.000Z","fromState":{"name":"Todo"},"toState":{"name":"Doing"},"toCycle":{"number":7},"addedLabels":[{"name":"ui"}]}]},"relations":{"nodes":[{"type":"blocks","createdAt":"2026-01-06T00:00:00.000Z","relatedIssue":{"identifier":"ENG-5"}}]},"inverseRelations":{"nodes":[{"type":"blocks","issue":{"identifier":"ENG-3"}}]}}"#;
    check(
        "linear.jsonl",
        text,
        "select key, project, status_category, status_basis, points, labels, milestone, started_at from issues",
        &["ENG-4,ENG,done,declared,3.0,ui,Cycle 7,2026-01-10T10:00:00Z"],
    );
    check(
        "linear.jsonl",
        text,
        "select kind, to_value from issue_events order by at, position",
        &["created,Todo", "status,Doing", "milestoned,Cycle 7", "labeled,ui", "status,Shipped!"],
    );
    check(
        "linear.jsonl",
        text,
        "select to_key, kind, is_inward from issue_links order by to_key",
        &["ENG-3,depends-on,true", "ENG-5,blocks,false"],
    );
}

#[test]
fn releases_pipelines_and_incidents_have_tables_of_their_own() {
    check(
        "releases-shop.jsonl",
        r#"{"tag":"1.2","released_at":"2026-01-05T14:00:00-05:00","commits":[{"sha":"a1","authored_at":"2026-01-04T00:00:00Z","pr":12},{"sha":"b2","authored_at":"2026-01-05T00:00:00Z","pr":null}]}"#,
        "select d.name, d.environment, d.finished_at, d.n_changes, c.sha, c.pull_key from deployments d join deployment_changes c on c.deployment = d.deployment order by c.sha",
        &["1.2,production,2026-01-05T19:00:00Z,2,a1,#12", "1.2,production,2026-01-05T19:00:00Z,2,b2,"],
    );
    check(
        "runs.jsonl",
        r#"{"id":9,"name":"build","head_branch":"main","head_sha":"a1","run_number":3,"workflow_id":4,"event":"push","status":"completed","conclusion":"failure","created_at":"2026-01-05T00:00:00Z","run_started_at":"2026-01-05T00:01:00Z","updated_at":"2026-01-05T00:09:00Z","run_attempt":2}"#,
        "select pipeline, kind, attempt, trigger, status, result, finished_at from pipelines",
        &["run:9,run,2,push,completed,failure,2026-01-05T00:09:00Z"],
    );
    check(
        "jobs.jsonl",
        r#"{"id":11,"run_id":9,"head_sha":"a1","status":"in_progress","conclusion":null,"started_at":"2026-01-05T00:01:00Z","completed_at":null,"name":"test","steps":[{},{}]}"#,
        "select pipeline, kind, run, status, result, finished_at, n_steps from pipelines",
        &["job:11,job,run:9,running,,,2"],
    );
    check(
        "pages.jsonl",
        r#"{"id":"Q1","incident_number":4,"title":"Down","created_at":"2026-01-05T00:00:00Z","status":"resolved","urgency":"high","last_status_change_at":"2026-01-05T02:00:00Z","service":{"id":"S","summary":"shop"},"acknowledgements":[{"at":"2026-01-05T00:10:00Z"}]}"#,
        "select incident, key, status_category, severity, service, acknowledged_at, resolved_at from incidents",
        &["incident:Q1,4,resolved,high,shop,2026-01-05T00:10:00Z,2026-01-05T02:00:00Z"],
    );
    // A resolved incident is with nobody any more: who took it on stands in its log. What came after it does not count.
    check(
        "pages.jsonl",
        r#"{"id":"Q2","incident_number":5,"title":"Down","created_at":"2026-01-05T00:00:00Z","status":"resolved","last_status_change_at":"2026-01-09T00:00:00Z","acknowledgements":[],"log":[{"type":"resolve_log_entry","created_at":"2026-01-05T03:00:00Z"},{"type":"acknowledge_log_entry","created_at":"2026-01-05T01:00:00Z"},{"type":"acknowledge_log_entry","created_at":"2026-01-05T00:20:00Z"},{"type":"trigger_log_entry","created_at":"2026-01-05T00:00:00Z"}]}"#,
        "select acknowledged_at, resolved_at from incidents",
        &["2026-01-05T00:20:00Z,2026-01-05T03:00:00Z"],
    );
}

#[test]
fn a_run_with_a_result_is_over_however_it_is_written() {
    let run = |id: u32, status: &str, conclusion: &str| {
        format!(
            r#"{{"id":{id},"name":"build","head_sha":"a1","run_number":3,"workflow_id":4,"status":"{status}","conclusion":{conclusion},"created_at":"2026-01-05T00:00:00Z","updated_at":"2026-01-05T00:09:00Z"}}"#
        )
    };
    let text = [
        run(1, "COMPLETED", "\"success\""),
        run(2, "SUCCESS", "\"SUCCESS\""),
        run(3, "IN_PROGRESS", "\"\""),
        run(4, "pending", "null"),
    ];
    check(
        "runs.jsonl",
        &text.join("\n"),
        "select pipeline, status, result, finished_at from pipelines order by pipeline",
        &[
            "run:1,completed,success,2026-01-05T00:09:00Z",
            "run:2,completed,success,2026-01-05T00:09:00Z",
            "run:3,running,,",
            "run:4,queued,,",
        ],
    );
}

/// An issue of a site that keeps estimate, sprint and epic in fields of its own.
fn own_fields(key: &str, names: &str) -> String {
    format!(
        r#"{{"key":"{key}","fields":{{"summary":"Cart","created":"2026-01-05T10:00:00.000+0000","customfield_1":5.0,"customfield_2":[{{"id":7,"boardId":1,"name":"Sprint 7","state":"CLOSED","completeDate":"2026-01-19T10:00:00.000Z","goal":"secret"}}],"customfield_3":"PAY-1","customfield_4":5.0,"customfield_5":"PAY-9","customfield_6":null}}{names}}}"#
    )
}

const OWN: &str = "select key, points, parent from issues order by key";
const SPRINTS: &str = "select milestone, kind, state, closed_at from milestones";

#[test]
fn fields_that_a_site_of_jira_made_are_known_by_their_names() {
    let names = r#","names":{"customfield_1":"Story Points","customfield_2":"Sprint","customfield_3":"Epic Link","summary":"Summary"}"#;
    check_set(
        &[("jira.jsonl", &[own_fields("PAY-2", names), own_fields("PAY-3", "")].join("\n"))],
        &[
            (OWN, &["PAY-2,5.0,PAY-1", "PAY-3,5.0,PAY-1"]),
            (SPRINTS, &["Sprint 7,sprint,closed,2026-01-19T10:00:00Z"]),
            (
                "select to_key, kind, type_name from issue_links where from_item = 'issue:PAY-2'",
                &["PAY-1,part-of,epic"],
            ),
        ],
    );
    // Without names a number and a key may mean anything; a sprint is known by what it looks like.
    check_set(
        &[("jira.jsonl", &own_fields("PAY-2", ""))],
        &[(OWN, &["PAY-2,,"]), (SPRINTS, &["Sprint 7,sprint,closed,2026-01-19T10:00:00Z"])],
    );
    let written = r#"{"key":"PAY-4","fields":{"created":"2026-01-05T10:00:00.000+0000","customfield_2":["com.atlassian.greenhopper.service.sprint.Sprint@1f[id=1,state=ACTIVE,name=Sprint 8,goal=x,completeDate=<null>]"]}}"#;
    check_set(&[("jira.jsonl", written)], &[(SPRINTS, &["Sprint 8,sprint,open,"])]);
}

#[test]
fn the_past_of_an_issue_of_jira_is_read_with_the_categories_that_the_site_gives() {
    let issue = |key: &str, project: &str, status: &str, category: &str, log: &str| {
        format!(
            r#"{{"key":"{key}","fields":{{"project":{{"key":"{project}"}},"created":"2026-01-05T10:00:00.000+0000","status":{{"name":"{status}","statusCategory":{{"key":"{category}"}}}}}},"changelog":{{"histories":[{log}]}}}}"#
        )
    };
    let log = |from: &str, to: &str| {
        format!(
            r#"{{"created":"2026-01-06T10:00:00.000+0000","items":[{{"field":"status","fromString":"{from}","toString":"{to}"}}]}}"#
        )
    };
    let text = [
        issue("PAY-1", "PAY", "Shipped", "done", &log("Received", "Shipped")),
        issue("PAY-2", "PAY", "Received", "indeterminate", ""),
        // Two projects mean different things by a name, so that the name alone says what it meant.
        issue("PAY-3", "PAY", "Parked", "indeterminate", ""),
        issue("OPS-1", "OPS", "Parked", "new", ""),
        issue("OPS-2", "OPS", "Shipped", "done", &log("Parked", "Shipped")),
    ];
    check(
        "jira.jsonl",
        &text.join("\n"),
        "select item, to_value, category from issue_events where item in ('issue:PAY-1', 'issue:OPS-2') order by item, at",
        &[
            "issue:OPS-2,Parked,to-do",
            "issue:OPS-2,Shipped,done",
            "issue:PAY-1,Received,in-progress",
            "issue:PAY-1,Shipped,done",
        ],
    );
}

#[test]
fn an_example_says_what_a_field_of_a_site_of_jira_holds() {
    let text = [own_fields("PAY-2", ""), own_fields("PAY-3", "").replace("_4\":5.0", "_4\":8")].join("\n");
    let gaps = "select reason, detail from gaps order by detail";
    check_set_with(
        Some("points=PAY-3:5, epic = PAY-2:PAY-9"),
        &[("jira.jsonl", &text)],
        &[(OWN, &["PAY-2,5.0,PAY-9", "PAY-3,5.0,PAY-9"]), (gaps, &[])],
    );
    check_set_with(
        Some("points=PAY-2:5, epic=PAY-8:PAY-9, sprint=PAY-2:Sprint 9, size=3"),
        &[("jira.jsonl", &text)],
        &[
            (OWN, &["PAY-2,,", "PAY-3,,"]),
            (
                gaps,
                &[
                    "jira-field,SIGHTLINE_JIRA_FIELDS: `epic=PAY-8:PAY-9` names an issue that the export does not hold",
                    "jira-field,SIGHTLINE_JIRA_FIELDS: `points=PAY-2:5` fits customfield_1, customfield_4; name an issue in which only one holds it",
                    "jira-field,SIGHTLINE_JIRA_FIELDS: `size=3` is no example such as `points=PAY-12:5, sprint=PAY-12:Sprint 7, epic=PAY-12:PAY-1`",
                    "jira-field,SIGHTLINE_JIRA_FIELDS: `sprint=PAY-2:Sprint 9` fits no field of its own in PAY-2",
                ],
            ),
        ],
    );
}

#[test]
fn relations_that_github_keeps_are_declared() {
    check(
        "x.jsonl",
        r#"{"number":2,"title":"Cart","state":"open","created_at":"2026-01-05T10:00:00Z","html_url":"https://h/acme/shop/issues/2","type":"Bug","parent":{"number":9},"sub_issues":[{"number":3,"repository":"acme/shop"}],"blocked_by":[{"number":4,"repository":"acme/pay"}]}"#,
        "select to_key, kind, is_inward, basis from issue_links order by to_key",
        &["#3,has-part,true,declared", "#9,part-of,false,declared", "acme/pay#4,depends-on,false,declared"],
    );
}

#[test]
fn deployments_end_with_their_statuses() {
    check(
        "deployments.jsonl",
        concat!(
            r#"{"id":1,"sha":"a1","ref":"main","task":"deploy","environment":"Prod-EU","created_at":"2026-01-05T10:00:00Z","statuses":[{"state":"inactive","created_at":"2026-01-07T10:00:00Z"},{"state":"success","created_at":"2026-01-05T10:05:00Z"}],"commits":[{"sha":"a1","pr":7}]}"#,
            "\n",
            r#"{"id":2,"sha":"b2","ref":"main","task":"deploy","environment":"preproduction","created_at":"2026-01-06T10:00:00Z","statuses":[{"state":"error","created_at":"2026-01-06T10:05:00Z"},{"state":"in_progress","created_at":"2026-01-06T10:01:00Z"}]}"#,
        ),
        "select environment, result, finished_at, d.sha, c.pull_key from deployments d left join deployment_changes c on c.to_sha = d.sha order by d.sha",
        &["production,success,2026-01-05T10:05:00Z,a1,#7", "staging,failure,2026-01-06T10:05:00Z,b2,"],
    );
    check(
        "releases.jsonl",
        concat!(
            r#"{"tag":"1","released_at":"2026-01-05T14:00:00Z","is_deployment":false}"#,
            "\n",
            r#"{"tag":"2-rc","released_at":"2026-01-06T14:00:00Z","prerelease":true}"#,
        ),
        "select name, environment from deployments order by name",
        &["1,", "2-rc,pre-release"],
    );
}

#[test]
fn gitlab_has_issues_requests_pipelines_and_deployments() {
    let issue = r#"{"iid":4,"title":"Cart","state":"opened","created_at":"2026-01-05T10:00:00Z","author":{"name":"Ann Lee","username":"ann"},"labels":["bug"],"milestone":{"title":"v1","due_date":"2026-02-01","state":"active"},"links":[{"iid":3,"link_type":"is_blocked_by"}],"timeline":[{"event":"closed","created_at":"2026-01-06T10:00:00Z"},{"event":"reopened","created_at":"2026-01-07T10:00:00Z"}]}"#;
    check("issues.jsonl", issue, "select key, status, author, labels, milestone from issues", &["#4,open,ann,bug,v1"]);
    check("issues.jsonl", issue, "select to_key, kind from issue_links", &["#3,depends-on"]);
    check("issues.jsonl", issue, "select milestone, due_at from milestones", &["v1,2026-02-01T00:00:00Z"]);
    check(
        "issues.jsonl",
        issue,
        "select kind, category from issue_events order by at, position",
        &["created,to-do", "closed,done", "reopened,to-do"],
    );
    let request = r#"{"iid":4,"title":"Mend cart","state":"merged","source_branch":"fix","target_branch":"main","created_at":"2026-01-05T10:00:00Z","merged_at":"2026-01-06T10:00:00Z","merge_commit_sha":null,"squash_commit_sha":"abc","n_commits":2,"reviews":[{"user":{"username":"bob"},"state":"APPROVED","submitted_at":"2026-01-06T09:00:00Z"}]}"#;
    check(
        "merge_requests.jsonl",
        request,
        "select key, p.state, base, merged_at, merge_sha, n_commits, r.reviewer, r.state from pulls p join reviews r on r.pull = p.pull",
        &["!4,merged,main,2026-01-06T10:00:00Z,abc,2,bob,approved"],
    );
    check(
        "pipelines.jsonl",
        r#"{"id":7,"iid":1,"sha":"a1","ref":"main","status":"failed","source":"merge_request_event","created_at":"2026-01-05T10:00:00Z","updated_at":"2026-01-05T10:09:00Z"}"#,
        "select pipeline, trigger, branch, status, result, finished_at from pipelines",
        &["run:7,pull_request,main,completed,failure,2026-01-05T10:09:00Z"],
    );
    check(
        "deployments.jsonl",
        r#"{"id":8,"iid":2,"ref":"main","sha":"a1","status":"success","created_at":"2026-01-05T10:00:00Z","updated_at":"2026-01-05T10:09:00Z","environment":{"name":"eu-west","tier":"production"}}"#,
        "select environment, result, finished_at from deployments",
        &["production,success,2026-01-05T10:09:00Z"],
    );
}

#[test]
fn builds_of_jenkins_are_runs_of_their_job() {
    check(
        "builds.jsonl",
        concat!(
            r#"{"job":"shop/main","number":12,"timestamp":1767607200000,"duration":61000,"building":false,"result":"ABORTED","actions":[{"causes":[{"shortDescription":"Started by user Ann","userName":"Ann"}]},{"lastBuiltRevision":{"SHA1":"a1","branch":[{"name":"main"}]}}]}"#,
            "\n",
            r#"{"job":"shop/next","number":12,"timestamp":1767607200000,"duration":0,"building":true,"result":null,"actions":[]}"#,
        ),
        "select pipeline, status, result, trigger, branch, sha, actor, finished_at from pipelines order by pipeline",
        &[
            "run:shop/main#12,completed,cancelled,manual,main,a1,Ann,2026-01-05T10:01:01Z",
            "run:shop/next#12,running,,,,,,",
        ],
    );
}

#[test]
fn a_status_page_tells_incidents_and_not_maintenance() {
    check(
        "incidents.jsonl",
        concat!(
            r#"{"id":"a","name":"Slow","status":"postmortem","impact":"major","created_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T12:00:00Z","components":[{"name":"API"}],"incident_updates":[{"status":"resolved","created_at":"2026-01-05T12:00:00Z"},{"status":"identified","created_at":"2026-01-05T10:20:00Z"}]}"#,
            "\n",
            r#"{"id":"b","name":"Upgrade","status":"scheduled","impact":"maintenance","created_at":"2026-01-05T10:00:00Z","incident_updates":[]}"#,
        ),
        "select incident, status_category, severity, service, acknowledged_at, resolved_at from incidents",
        &["incident:a,resolved,major,API,2026-01-05T10:20:00Z,2026-01-05T12:00:00Z"],
    );
}

#[test]
fn what_a_connector_adds_is_a_milestone_or_a_gap() {
    check(
        "milestones.jsonl",
        r#"{"milestone":"Sprint 7","kind":"sprint","project":"PAY","state":"active","due_at":"2026-02-01"}"#,
        "select project, milestone, kind, state, due_at from milestones",
        &["PAY,Sprint 7,sprint,open,2026-02-01T00:00:00Z"],
    );
    check(
        "incomplete.jsonl",
        r#"{"missing":"deployments","reason":"forbidden","detail":"not allowed"}"#,
        "select reader, reason, detail, path, line_start from gaps",
        &["tracker,forbidden,deployments: not allowed,incomplete.jsonl,1"],
    );
}

/// Two issues and a pull request that stand in projects.
const ITEMS: &str = concat!(
    r##"{"number":1,"title":"Cart","state":"open","created_at":"2026-01-05T00:00:00Z","timeline":[{"event":"closed","created_at":"2026-01-10T00:00:00Z"},{"event":"reopened","created_at":"2026-01-12T00:00:00Z"}]}"##,
    "\n",
    r##"{"number":2,"title":"Pay","state":"closed","created_at":"2026-01-05T00:00:00Z","closed_at":"2026-01-20T00:00:00Z"}"##,
    "\n",
    r##"{"number":3,"title":"Fix","state":"open","created_at":"2026-01-05T00:00:00Z","pull_request":{}}"##,
);

#[test]
fn a_project_says_how_far_an_issue_is_and_closing_alone_ends_it() {
    let cards = concat!(
        r##"{"id":"a","project_item":1,"project":"Old","project_number":4,"is_project_closed":true,"status":{"name":"Backlog","updated_at":"2026-02-01T00:00:00Z"}}"##,
        "\n",
        r##"{"id":"b","project_item":1,"project":"Shop","project_number":7,"updated_at":"2026-01-14T00:00:00Z","status":{"name":"Done","updated_at":"2026-01-14T00:00:00Z"},"points":5,"iteration":{"name":"Sprint 2","starts_on":"2026-01-05","n_days":14,"updated_at":"2026-01-06T00:00:00Z"},"history":[{"at":"2026-01-13T00:00:00Z","from":"Todo","to":"In Review","actor":{"login":"ann"}},{"at":"2026-01-06T00:00:00Z","from":"","to":"Todo","actor":{"login":"mover[bot]","type":"Bot"}},{"at":"2026-01-11T00:00:00Z","from":"Todo","to":"Todo"}]}"##,
        "\n",
        r##"{"id":"c","project_item":2,"project":"Shop","project_number":7,"status":{"name":"In Progress","updated_at":"2026-01-07T00:00:00Z"}}"##,
        "\n",
        r##"{"id":"d","project_item":3,"project":"Shop","project_number":7,"status":{"name":"In Progress","updated_at":"2026-01-07T00:00:00Z"}}"##,
    );
    let (_kept, session) = read_download(&[("issues.jsonl", ITEMS), ("project_items.jsonl", cards)]);
    assert_eq!(
        ask(
            &session,
            "select key, status, status_category, points, components, milestone, done_at is null from issues order by key"
        ),
        ["#1,Done,in-progress,5.0,Old; Shop,Sprint 2,true", "#2,closed,done,,Shop,,false"],
        "the project that goes on counts"
    );
    let replay = |item: &str| {
        let query = format!(
            "select at, kind, from_value, to_value, category, path, line_start from issue_events where item like '%#{item}' order by at, position"
        );
        ask(&session, &query)
    };
    assert_eq!(
        replay("1"),
        [
            "2026-01-05T00:00:00Z,created,,open,to-do,issues.jsonl,1",
            "2026-01-06T00:00:00Z,status,,Todo,to-do,project_items.jsonl,2",
            "2026-01-06T00:00:00Z,milestoned,,Sprint 2,,project_items.jsonl,2",
            "2026-01-10T00:00:00Z,closed,,,done,issues.jsonl,1",
            "2026-01-11T00:00:00Z,status,Todo,Todo,,project_items.jsonl,2",
            "2026-01-12T00:00:00Z,reopened,,,to-do,issues.jsonl,1",
            "2026-01-13T00:00:00Z,status,Todo,In Review,in-progress,project_items.jsonl,2",
            "2026-01-14T00:00:00Z,status,In Review,Done,,project_items.jsonl,2",
        ],
        "while it is closed no status says how far it is, and done alone ends nothing"
    );
    assert_eq!(replay("2")[1], "2026-01-07T00:00:00Z,status,,In Progress,in-progress,project_items.jsonl,3");
    assert_eq!(
        replay("3")[1],
        "2026-01-07T00:00:00Z,status,,In Progress,,project_items.jsonl,4",
        "a pull request is open"
    );
    assert_eq!(
        ask(&session, "select milestone, kind, due_at, path, line_start from milestones"),
        ["Sprint 2,cycle,2026-01-19T00:00:00Z,project_items.jsonl,2"]
    );
    assert_eq!(ask(&session, "select count(*) from gaps"), ["0"]);
}

#[test]
fn checks_of_other_tools_are_pipelines_once() {
    let (_kept, session) = read_download(&[
        (
            "checks.jsonl",
            concat!(
                r##"{"id":"check:1","check":"build","tool":"other-ci","sha":"a1","branch":"main","status":"completed","result":"failure","started_at":"2026-01-05T10:00:00Z","finished_at":"2026-01-05T10:05:00Z"}"##,
                "\n",
                r##"{"id":"status:a1:deploy","check":"deploy","sha":"a1","branch":"main","status":"queued","result":null,"created_at":"2026-01-05T10:00:00Z","finished_at":null}"##,
            ),
        ),
        // The same check, seen at the pull request that was merged as it was.
        (
            "pull_checks.jsonl",
            r#"{"id":"check:1","check":"build","tool":"other-ci","sha":"a1","branch":"fix","pull":3,"status":"completed","result":"failure","started_at":"2026-01-05T10:00:00Z","finished_at":"2026-01-05T10:05:00Z"}"#,
        ),
    ]);
    assert_eq!(
        ask(
            &session,
            "select pipeline, kind, name, definition, trigger, branch, status, result, finished_at from pipelines order by pipeline"
        ),
        [
            "check:1,check,build,other-ci,push,main,completed,failure,2026-01-05T10:05:00Z",
            "status:a1:deploy,check,deploy,,push,main,queued,,",
        ]
    );
}

#[test]
fn initiatives_keep_what_their_updates_said() {
    let text = concat!(
        r##"{"id":"p1","initiative":"Checkout","kind":"project","part_of":["Grow","Trust"],"status":"Building","status_type":"started","owner":"ann","teams":["ENG"],"created_at":"2026-01-01T00:00:00Z","target_at":"2026-03-01","updates":[{"at":"2026-01-09T00:00:00Z","author":"ann","health":"atRisk","body_length":80},{"at":"2026-01-02T00:00:00Z","author":"ann","health":"onTrack","body_length":20},{"at":"soon","health":"onTrack"}]}"##,
        "\n",
        r##"{"id":"n1","initiative":"Grow","kind":"initiative","status":"Canceled","status_type":"Canceled","health":"ON_TRACK","created_at":"2026-01-01T00:00:00Z","canceled_at":"2026-02-01T00:00:00Z"}"##,
        "\n",
        r##"{"id":"n2","initiative":"No time","kind":"initiative"}"##,
    );
    check_set(
        &[("initiatives.jsonl", text)],
        &[
            (
                "select initiative, name, kind, part_of, status, status_category, health, n_updates, last_update_at, due_at, done_at from initiatives order by kind",
                &[
                    "initiative:n1,Grow,initiative,,Canceled,done,on-track,0,,,2026-02-01T00:00:00Z",
                    "project:p1,Checkout,project,Grow; Trust,Building,in-progress,at-risk,2,2026-01-09T00:00:00Z,2026-03-01T00:00:00Z,",
                ],
            ),
            (
                "select at, health, from_health, n_characters from initiative_updates order by at",
                &["2026-01-02T00:00:00Z,on-track,,20", "2026-01-09T00:00:00Z,at-risk,on-track,80"],
            ),
            ("select reason, line_start from gaps order by reason", &["event-time,1", "syntax,3"]),
        ],
    );
}

#[test]
fn columns_of_csv_are_found_by_name_or_named_beside() {
    check(
        "tickets.csv",
        "Issue key,Summary,Created,Resolved,Status\nPAY-1,\"Lost, and found\",2026-01-05,2026-01-09,Done\nPAY-2,x,yesterday,,Open\nPAY-3,y,2026-01-05,,QA\n",
        "select key, title, status_category, done_at, line_start from issues order by key",
        &["PAY-1,Lost, and found,done,2026-01-09T00:00:00Z,2", "PAY-3,y,in-progress,,4"],
    );
    check_set(
        &[
            ("odd.csv", "Ticket No.;Since\n12;2026-01-05 10:00\n"),
            ("odd.columns.toml", "key = \"Ticket No.\"\ncreated = \"Since\"\n"),
        ],
        &[("select key, created_at from issues", &["#12,2026-01-05T10:00:00Z"])],
    );
}

#[test]
fn tables_of_one_devlake_export_are_one_data_set() {
    check_set(
        &[
            (
                "team-cicd_deployment_commits.csv",
                "id,result,started_date,finished_date,cicd_deployment_id,cicd_scope_id,repo_url,environment,commit_sha\n1,SUCCESS,2026-01-05T00:00:00Z,2026-01-05T01:00:00Z,p1,s1,R,PRODUCTION,c1\n",
            ),
            ("team-project_mapping.csv", "project_name,table,row_id\nshop,cicd_scopes,s1\nshop,repos,r1\n"),
            (
                "team-incidents.csv",
                "id,created_date,updated_date,table,scope_id\ni1,2026-1-6 5:00:00,2026-1-6 6:00:00,repos,r1\ni2,2026-1-6 5:00:00,2026-1-6 6:00:00,repos,r2\n",
            ),
            ("other-commits_diffs.csv", "old_commit_sha,new_commit_sha,commit_sha\na,b,c\n"),
        ],
        &[
            (
                "select repo, deployment, batch, project, environment, result, path from deployments",
                &["team,1,p1,shop,production,success,team-cicd_deployment_commits.csv"],
            ),
            ("select incident, project from incidents order by 1", &["incident:i1,shop", "incident:i2,"]),
            ("select repo from data_sets", &["team"]),
        ],
    );
}

#[test]
fn threads_change_nothing() {
    let exports = Exports::new(&[("x.jsonl", GITHUB)]);
    assert_eq!(exports.read("x.jsonl", 1).1.tables, exports.read("x.jsonl", 5).1.tables);
}

#[test]
fn what_is_no_export_is_not_taken_for_one() {
    for (name, text) in
        [("a", ""), ("b", "hello"), ("c", "{\"a\":1}"), ("d", "[1,2]"), ("e", "a,b\n1,2\n"), ("f", "{\"number\":")]
    {
        let exports = Exports::new(&[(name, text)]);
        assert_eq!(trackers::recognise(&exports.path(name)).expect("the file is there"), None, "{text}");
    }
}

#[test]
fn nesting_without_end_is_a_gap() {
    let deep = format!("{{\"number\":9,\"title\":{}1", "[".repeat(100_000));
    let first = "{\"number\":1,\"title\":\"a\",\"state\":\"open\",\"created_at\":\"2026-01-05\"}";
    let text = format!("{first}\n{deep}\n");
    check("x.jsonl", &text, "select line_start, reason, detail from gaps", &["2,syntax,EOF while parsing a list"]);
    check("x.jsonl", &text, "select key from issues", &["#1"]);
}
