//! The join over tiny histories and trackers.

use rustc_hash::FxHashMap;
use sightline_facts::RowBuilder;
use sightline_facts::session::Session;
use sightline_facts::tables::{
    changes, commit_references, commits, components, data_sets, dependencies as depends, issue_events, issue_links,
    issues, modules, owners, pulls, sources,
};

use super::history::History;
use super::{dependencies, work};

const DAY: i64 = 86_400 * 1_000_000;

fn lineage(commits: &[(&str, &str, i64)], named: &[(&str, usize)]) -> String {
    let history = History::of("shop", commits);
    let named: FxHashMap<u32, usize> =
        named.iter().map(|(id, pull)| (history.find(id).expect("it is there"), *pull)).collect();
    let owners = history.lineage(&named);
    let found = history.ids.iter().zip(owners).filter_map(|(id, owner)| Some(format!("{}:{}", &id[..2], owner?)));
    found.collect::<Vec<_>>().join(" ")
}

/// An id that begins with a letter and a digit.
fn id(short: &str) -> String {
    format!("{short:0<40}")
}

fn graph(lines: &[&str]) -> Vec<(String, String, i64)> {
    let n = i64::try_from(lines.len()).expect("a few");
    let commit = |(at, line): (i64, &&str)| {
        let mut words = line.split_whitespace().map(id);
        (words.next().unwrap_or_default(), words.collect::<Vec<_>>().join(" "), (n - at) * DAY)
    };
    (0..n).zip(lines).map(commit).collect()
}

fn check_lineage(lines: &[&str], named: &[(&str, usize)], expect: &str) {
    let graph = graph(lines);
    let commits: Vec<(&str, &str, i64)> = graph.iter().map(|(c, p, at)| (c.as_str(), p.as_str(), *at)).collect();
    let named: Vec<(String, usize)> = named.iter().map(|(c, pull)| (id(c), *pull)).collect();
    let named: Vec<(&str, usize)> = named.iter().map(|(c, pull)| (c.as_str(), *pull)).collect();
    assert_eq!(lineage(&commits, &named), expect, "{lines:?}");
}

#[test]
fn commits_belong_to_the_innermost_merge_that_brought_them_in() {
    // Two branches, merged one after the other; a1 is on the main line.
    check_lineage(
        &["e1 d1 c2", "d1 a1 b2", "c2 c1", "b2 b1", "c1 a1", "b1 a1", "a1"],
        &[("e1", 9), ("d1", 8)],
        "c2:9 b2:8 c1:9 b1:8",
    );
    // The second branch builds on the first: what came in earlier belongs to the earlier one.
    check_lineage(&["e1 d1 c1", "d1 a1 b1", "c1 b1", "b1 a1", "a1"], &[("e1", 9), ("d1", 8)], "c1:9 b1:8");
    // A pull request into the branch of another.
    check_lineage(&["e1 a1 d1", "d1 b1 c1", "c1 b1", "b1 a1", "a1"], &[("e1", 9), ("d1", 8)], "d1:9 c1:8 b1:9");
    // The branch took in the main line: nothing of that belongs to it.
    check_lineage(&["e1 a2 d1", "d1 b1 a2", "a2 a1", "b1 a1", "a1"], &[("e1", 9)], "d1:9 b1:9");
    // A merge that names nothing.
    check_lineage(&["e1 a1 b1", "b1 a1", "a1"], &[], "");
}

#[test]
fn short_ids_mean_a_commit_only_where_they_mean_one() {
    let history = History::of("shop", &[("aaaaaaa1aaaa", "", 0), ("aaaaaaa2aaaa", "", 0), ("bbbbbbb1aaaa", "", 0)]);
    assert_eq!(history.find("bbbbbbb"), Some(2));
    assert_eq!(history.find("aaaaaaa"), None, "two begin like this");
    assert_eq!(history.find("aaaaaaa2"), Some(1));
    assert_eq!(history.find("bbbbbb"), None, "too short");
    assert_eq!(history.find("ccccccc"), None);
    assert_eq!(history.find("no-hash"), None);
}

/// The column `line` of an answer.
fn lines(session: &Session, sql: &str) -> String {
    let mut found = Vec::new();
    for batch in session.query(sql).expect("a question") {
        let column = batch.column_by_name("line").expect("it is asked for");
        let lines = sightline_facts::arrow::array::AsArray::as_string_opt::<i32>(column).expect("text");
        found.extend(lines.iter().flatten().map(str::to_owned));
    }
    found.join("\n")
}

/// A workspace of one repository and one data set, written as lines.
#[derive(Default)]
struct World {
    set: &'static str,
    repo: &'static str,
    url: Option<&'static str>,
    /// Number or key, day, title.
    issues: Vec<(&'static str, i64, &'static str)>,
    /// Number, day, title, merged.
    pulls: Vec<(&'static str, i64, &'static str, bool)>,
    /// Id, parents, day, subject.
    commits: Vec<(&'static str, &'static str, i64, &'static str)>,
    /// Commit, kind, key, value.
    references: Vec<(&'static str, &'static str, &'static str, &'static str)>,
    /// Item, kind, commit.
    events: Vec<(&'static str, &'static str, &'static str)>,
    /// From, to, kind.
    links: Vec<(&'static str, &'static str, &'static str)>,
    /// Commit, path, lines.
    changes: Vec<(&'static str, &'static str, i64)>,
    /// Name and folder.
    components: Vec<(&'static str, &'static str)>,
}

impl World {
    fn shop() -> Self {
        Self { set: "github-shop", repo: "shop", ..Self::default() }
    }

    fn item(&self, kind: &str, key: &str) -> String {
        if key.starts_with('#') { format!("{kind}:{}{key}", self.set) } else { format!("{kind}:{key}") }
    }

    #[expect(clippy::too_many_lines, reason = "one builder for each table, one after the other")]
    fn session(&self) -> Session {
        let mut sets = data_sets::DataSetsBuilder::default();
        sets.push(&data_sets::DataSetRow {
            repo: self.set,
            format: "github",
            path: "x.jsonl",
            line_start: 1,
            line_end: 9,
            ..Default::default()
        });
        let mut sources = sources::SourcesBuilder::default();
        let tip = self.commits.first().map(|c| id(c.0));
        sources.push(&sources::SourceRow {
            repo: self.repo,
            kind: "git",
            url: self.url,
            commit: tip.as_deref(),
            ..Default::default()
        });
        let (mut all_issues, mut all_pulls) = (issues::IssuesBuilder::default(), pulls::PullsBuilder::default());
        for (key, day, title) in &self.issues {
            all_issues.push(&issues::IssueRow {
                repo: self.set,
                issue: &self.item("issue", key),
                key,
                title,
                created_at: day * DAY,
                path: "x.jsonl",
                ..Default::default()
            });
        }
        for (key, day, title, is_merged) in &self.pulls {
            all_pulls.push(&pulls::PullRow {
                repo: self.set,
                pull: &self.item("pull", key),
                key,
                title,
                created_at: day * DAY,
                merged_at: is_merged.then_some((day + 1) * DAY),
                path: "x.jsonl",
                ..Default::default()
            });
        }
        let mut all_commits = commits::CommitsBuilder::default();
        for (commit, parents, day, subject) in &self.commits {
            let parents: Vec<String> = parents.split_whitespace().map(id).collect();
            all_commits.push(&commits::CommitRow {
                repo: self.repo,
                commit: &id(commit),
                parents: Some(parents.join(" ").as_str()).filter(|p| !p.is_empty()),
                is_merge: parents.len() > 1,
                committed_at: day * DAY,
                subject,
                ..Default::default()
            });
        }
        let mut references = commit_references::CommitReferencesBuilder::default();
        for (commit, kind, key, value) in &self.references {
            references.push(&commit_references::CommitReferenceRow {
                repo: self.repo,
                commit: &id(commit),
                kind,
                key,
                value,
                ..Default::default()
            });
        }
        let mut events = issue_events::IssueEventsBuilder::default();
        for (item, kind, commit) in &self.events {
            let sha = id(commit);
            events.push(&issue_events::IssueEventRow {
                repo: self.set,
                item,
                kind,
                sha: Some(&sha[..12]),
                ..Default::default()
            });
        }
        let mut links = issue_links::IssueLinksBuilder::default();
        for (from_item, to_key, kind) in &self.links {
            links.push(&issue_links::IssueLinkRow { repo: self.set, from_item, to_key, kind, ..Default::default() });
        }
        let mut all_changes = changes::ChangesBuilder::default();
        for (commit, path, lines) in &self.changes {
            all_changes.push(&changes::ChangeRow {
                repo: self.repo,
                commit: &id(commit),
                path,
                added: Some(*lines),
                deleted: Some(0),
                ..Default::default()
            });
        }
        let mut all_components = components::ComponentsBuilder::default();
        for (name, folder) in &self.components {
            all_components.push(&components::ComponentRow {
                repo: self.repo,
                component: &format!("component:{name}"),
                name,
                folder: Some(folder),
                ..Default::default()
            });
        }
        Session::of_batches(vec![
            (&data_sets::SPEC, vec![sets.finish()]),
            (&sources::SPEC, vec![sources.finish()]),
            (&issues::SPEC, vec![all_issues.finish()]),
            (&pulls::SPEC, vec![all_pulls.finish()]),
            (&commits::SPEC, vec![all_commits.finish()]),
            (&commit_references::SPEC, vec![references.finish()]),
            (&issue_events::SPEC, vec![events.finish()]),
            (&issue_links::SPEC, vec![links.finish()]),
            (&changes::SPEC, vec![all_changes.finish()]),
            (&components::SPEC, vec![all_components.finish()]),
            (&modules::SPEC, vec![modules::ModulesBuilder::default().finish()]),
            (&owners::SPEC, vec![owners::OwnersBuilder::default().finish()]),
        ])
        .expect("rows of our own")
    }

    /// Answers a question about the derived tables, one line per row.
    fn ask(&self, sql: &str) -> String {
        let derived = work(&self.session()).expect("rows of our own");
        let session = Session::of_batches(derived.into_iter().map(|(spec, batch)| (spec, vec![batch])).collect());
        lines(&session.expect("rows of our own"), sql)
    }

    /// What depends on what, one line per row.
    fn dependencies(&self) -> String {
        let session = self.session();
        for (spec, batch) in work(&session).expect("rows of our own") {
            session.add_batches(spec, vec![batch]).expect("rows of our own");
        }
        let rows = dependencies(&session).expect("rows of our own");
        let session = Session::of_batches(vec![(&depends::SPEC, vec![rows])]).expect("rows of our own");
        lines(
            &session,
            "select concat(level, ' ', from_name, ' ', to_name, ' ', rule, ' ', basis, ' ', n_places, ' ', \
             coalesce(cycle, '-')) as line from dependencies order by level, from_name, to_name, rule",
        )
    }

    fn links(&self) -> String {
        self.ask(
            "select concat(replace(substr(from_item, 1, 14), 'commit:', ''), ' ', kind, ' ', to_item, ' ', basis, ' ', rule) \
             as line from work_links order by from_kind, from_item, to_item",
        )
    }
}

#[test]
fn a_merged_branch_belongs_to_its_pull_request_and_does_its_issue() {
    let world = World {
        issues: vec![("#1", 1, "Prices are wrong")],
        pulls: vec![("#2", 2, "Round half up", true)],
        commits: vec![("e1", "a1 b1", 4, "Merge pull request #2"), ("b1", "a1", 3, "Round"), ("a1", "", 1, "Start")],
        references: vec![("e1", "pull", "#", "2"), ("e1", "closes", "#", "1")],
        ..World::shop()
    };
    insta::assert_snapshot!(world.links(), @"
    shop@b1 closes issue:github-shop#1 resolved through-pull
    shop@b1 part-of pull:github-shop#2 resolved merged-branch
    shop@e1 closes issue:github-shop#1 resolved closing-word
    shop@e1 part-of pull:github-shop#2 resolved merge-commit
    pull:github-sh closes issue:github-shop#1 resolved merge-message
    ");
}

#[test]
fn numbers_of_other_repositories_and_of_later_items_are_no_links() {
    let world = World {
        url: Some("https://host.example/ann/shop.git"),
        issues: vec![("#1", 1, "Prices are wrong"), ("#9", 90, "Opened much later")],
        commits: vec![("b1", "a1", 3, "Round"), ("a1", "", 2, "Start")],
        references: vec![
            ("b1", "closes", "#", "bob/till#1"),
            ("b1", "closes", "#", "9"),
            ("b1", "closes", "#", "77"),
            ("a1", "addresses", "#", "Ann/Shop#1"),
        ],
        ..World::shop()
    };
    insta::assert_snapshot!(world.links(), @"shop@a1 addresses issue:github-shop#1 resolved addressing-word");
}

#[test]
fn trackers_list_commits_and_what_closed_an_issue() {
    let world = World {
        issues: vec![("#1", 1, "Prices are wrong")],
        pulls: vec![("#2", 1, "Round", true), ("#3", 1, "Abandoned", false)],
        commits: vec![("c1", "b1", 5, "More"), ("b1", "a1", 4, "Round"), ("a1", "", 1, "Start")],
        events: vec![
            ("pull:github-shop#2", "committed", "b1"),
            ("pull:github-shop#3", "committed", "c1"),
            ("issue:github-shop#1", "closed", "b1"),
            ("issue:github-shop#1", "referenced", "c1"),
            ("issue:github-shop#1", "closed", "f9"),
        ],
        ..World::shop()
    };
    insta::assert_snapshot!(world.links(), @"
    shop@b1 closes issue:github-shop#1 declared closed-by-commit
    shop@b1 part-of pull:github-shop#2 declared tracker-commit
    shop@c1 mentions issue:github-shop#1 inferred tracker-mention
    shop@c1 part-of pull:github-shop#3 inferred tracker-commit
    pull:github-sh closes issue:github-shop#1 resolved through-commit
    ");
}

#[test]
fn keys_join_any_repository_and_numbers_only_its_own() {
    let world = World {
        set: "jira-pay",
        repo: "till",
        issues: vec![("PAY-3", 1, "Round half up")],
        commits: vec![
            ("c1", "b1", 4, "PAY-3: round"),
            ("b1", "a1", 3, "Words"),
            ("a2", "a1", 3, "Other words"),
            ("a1", "", 2, "More words"),
        ],
        references: vec![
            ("c1", "issue", "PAY", "PAY-3"),
            ("b1", "issue", "PAY", "PAY-3"),
            ("a2", "trailer", "Jira", "PAY-3"),
            ("a1", "issue", "#", "3"),
            ("a1", "issue", "PAY", "PAY-4"),
        ],
        ..World::default()
    };
    insta::assert_snapshot!(world.links(), @"
    till@a2 addresses issue:PAY-3 resolved trailer
    till@b1 mentions issue:PAY-3 inferred mention
    till@c1 addresses issue:PAY-3 resolved key-in-subject
    ");
    insta::assert_snapshot!(world.ask("select concat(repo, ' ', code_repo, ' ', rule, ' ', n_shared) as line from tracker_repositories"), @"jira-pay till keys-in-commits 2");
}

#[test]
fn a_script_that_merges_tells_the_name_of_its_repository() {
    let merge = |id, number: &'static str| (id, "pull", "#", number);
    let world = World {
        issues: vec![("#9", 1, "Prices are wrong")],
        pulls: vec![("#1", 1, "One", true), ("#2", 1, "Two", true), ("#3", 1, "Three", true)],
        commits: vec![
            ("d1", "c1", 9, "Words"),
            ("c1", "c2", 8, "Merge Ann/Shop#3: Three"),
            ("c2", "c3", 7, "Merge ann/shop#2: Two"),
            ("c3", "c4", 6, "Merge ann/shop#1: One"),
            ("c4", "", 5, "Merge bob/till#1: Another"),
        ],
        references: vec![
            merge("c1", "Ann/Shop#3"),
            merge("c2", "ann/shop#2"),
            merge("c3", "ann/shop#1"),
            merge("c4", "bob/till#1"),
            ("d1", "closes", "#", "ann/shop#9"),
        ],
        ..World::shop()
    };
    insta::assert_snapshot!(world.links(), @"
    shop@c1 part-of pull:github-shop#3 resolved merge-commit
    shop@c2 part-of pull:github-shop#2 resolved merge-commit
    shop@c3 part-of pull:github-shop#1 resolved merge-commit
    shop@d1 closes issue:github-shop#9 resolved closing-word
    ");
}

#[test]
fn changed_files_lead_to_components() {
    let world = World {
        issues: vec![("#1", 1, "Prices are wrong")],
        pulls: vec![("#2", 2, "Round half up in the basket", true)],
        commits: vec![("e1", "a1 b1", 4, "Merge pull request #2"), ("b1", "a1", 3, "Round"), ("a1", "", 1, "Start")],
        references: vec![("e1", "pull", "#", "2"), ("b1", "closes", "#", "1"), ("a1", "issue", "#", "1")],
        changes: vec![("b1", "cart/round.rs", 30), ("b1", "till/main.rs", 10), ("a1", "basket/x.rs", 9)],
        components: vec![("cart", "cart"), ("till", "till"), ("basket", "basket")],
        ..World::shop()
    };
    insta::assert_snapshot!(world.ask(
        "select concat(item, ' ', part, ' ', n_commits, ' ', added, ' ', share_ratio, ' ', basis, ' ', rule) as line \
         from work_components order by item, part"), @"
    issue:github-shop#1 component:cart 1 30 0.75 resolved changed-files
    issue:github-shop#1 component:till 1 10 0.25 resolved changed-files
    pull:github-shop#2 component:basket 0 0 0.0 inferred title
    pull:github-shop#2 component:cart 1 30 0.75 resolved changed-files
    pull:github-shop#2 component:till 1 10 0.25 resolved changed-files
    ");
}

#[test]
fn items_that_wait_in_a_circle_are_told_with_the_way_round() {
    let world = World {
        issues: vec![("#1", 1, "One"), ("#2", 1, "Two"), ("#3", 1, "Three"), ("#4", 1, "Four")],
        commits: vec![("c1", "b1", 5, "More"), ("b1", "", 4, "Round")],
        references: vec![("c1", "closes", "#", "1"), ("b1", "closes", "#", "2")],
        changes: vec![("c1", "cart/a.rs", 3), ("b1", "till/b.rs", 3)],
        components: vec![("cart", "cart"), ("till", "till")],
        links: vec![
            ("issue:github-shop#1", "#2", "depends-on"),
            ("issue:github-shop#2", "#1", "blocks"),
            ("issue:github-shop#2", "#3", "depends-on"),
            ("issue:github-shop#3", "#1", "depends-on"),
            ("issue:github-shop#4", "#1", "depends-on"),
            ("issue:github-shop#4", "#77", "depends-on"),
            ("issue:github-shop#4", "bob/till#1", "depends-on"),
            ("issue:github-shop#4", "#2", "relates"),
        ],
        ..World::shop()
    };
    insta::assert_snapshot!(world.dependencies(), @"
    component cart till work-items resolved 1 -
    item #1 #2 text said 1 #1 > #2 > #3 > #1
    item #2 #3 text said 1 #1 > #2 > #3 > #1
    item #3 #1 text said 1 #1 > #2 > #3 > #1
    item #4 #1 text said 1 -
    ");
}

#[test]
fn parts_that_the_same_work_changes_seem_to_depend_on_each_other() {
    let pull = |commit, number| (commit, "pull", "#", number);
    let world = World {
        pulls: vec![("#1", 1, "One", true), ("#2", 1, "Two", true), ("#3", 1, "Three", true)],
        commits: vec![("c3", "c2", 6, "Three"), ("c2", "c1", 5, "Two"), ("c1", "", 4, "One")],
        references: vec![pull("c1", "1"), pull("c2", "2"), pull("c3", "3")],
        changes: vec![
            ("c1", "cart/a.rs", 1),
            ("c1", "till/b.rs", 1),
            ("c1", "bank/b.rs", 1),
            ("c2", "cart/a.rs", 1),
            ("c2", "till/b.rs", 1),
            ("c2", "bank/b.rs", 1),
            ("c3", "cart/a.rs", 1),
            ("c3", "till/b.rs", 1),
        ],
        components: vec![("cart", "cart"), ("till", "till"), ("bank", "bank")],
        ..World::shop()
    };
    // The bank changed with either only twice, which may be chance.
    insta::assert_snapshot!(world.dependencies(), @"component cart till same-work inferred 3 -");
}

#[test]
fn without_a_tracker_nothing_is_read() {
    let empty = Session::of_batches(vec![(&data_sets::SPEC, vec![]), (&issues::SPEC, vec![]), (&pulls::SPEC, vec![])]);
    let derived =
        work(&empty.expect("rows of our own").only(&["data_sets", "issues", "pulls"])).expect("it asks no more");
    assert!(derived.iter().all(|(_, batch)| batch.num_rows() == 0));
}
