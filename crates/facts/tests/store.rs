//! What users of the store rely on: a snapshot is complete or not there, and nothing a scan does damages the last one.

use std::fs;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{AsArray, RecordBatch};
use sightline_facts::arrow::datatypes::Int64Type;
use sightline_facts::session::Session;
use sightline_facts::store::{Snapshot, SourceState, Workspace};
use sightline_facts::tables::tags::{self, TagRow, TagsBuilder, TagsView};

/// Writes tags and publishes them as the only source's only table.
fn scan(workspace: &Workspace, names: &[&str]) -> Snapshot {
    let lock = workspace.lock(&mut |_| false).expect("nobody else scans");
    let mut writer = workspace.writer(&tags::SPEC, "shop").expect("a writable workspace");
    for name in names {
        let mut rows = TagsBuilder::default();
        rows.push(&TagRow { repo: "shop", tag: name, ..TagRow::default() });
        writer.write(rows.finish()).expect("rows of the table");
    }
    let mut snapshot = Snapshot::default();
    let state = SourceState {
        name: "shop".into(),
        location: "shop".into(),
        folder: "shop".into(),
        kind: "git".into(),
        asked_revision: None,
        commit: None,
        reader_hash: String::new(),
        history_hash: String::new(),
        exports: std::collections::BTreeMap::new(),
        tags_hash: String::new(),
        read_at: String::new(),
        tables: [("tags".to_owned(), vec![writer.finish().expect("space")])].into(),
    };
    snapshot.sources.insert("shop".into(), state);
    workspace.publish(&lock, snapshot.clone()).expect("a writable workspace");
    snapshot
}

fn tags_of(workspace: &Workspace) -> Vec<String> {
    let session = Session::over(workspace).expect("a snapshot");
    let batches = session.query("select * from tags order by tag").expect("a query");
    batches
        .iter()
        .flat_map(|b| TagsView::of(b).expect("tags").rows().map(|r| r.tag.to_owned()).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_scan_replaces_the_one_before_and_leaves_its_files_for_readers() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    let first = scan(&workspace, &["v1"]);
    scan(&workspace, &["v1", "v2"]);
    assert_eq!(tags_of(&workspace), ["v1", "v2"]);
    let old = first.files().next().expect("one file");
    assert!(workspace.path_of(old).exists(), "a reader may still have it open");
    scan(&workspace, &["v3"]);
    assert!(!workspace.path_of(old).exists(), "two scans later it is gone");
}

#[test]
fn rows_give_the_same_file_however_they_are_cut() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let names: Vec<String> = (0..20_000).map(|i| format!("v{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let one_by_one = scan(&Workspace::at(a.path()), &names);

    let workspace = Workspace::at(b.path());
    workspace.create().unwrap();
    let mut writer = workspace.writer(&tags::SPEC, "shop").unwrap();
    let mut rows = TagsBuilder::default();
    for name in &names {
        rows.push(&TagRow { repo: "shop", tag: name, ..TagRow::default() });
    }
    writer.write(rows.finish()).unwrap();
    assert_eq!(Some(&writer.finish().unwrap()), one_by_one.files().next());
}

#[test]
fn what_a_killed_scan_left_is_not_seen_and_swept_later() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    scan(&workspace, &["v1"]);
    let mut half = workspace.writer(&tags::SPEC, "shop").unwrap();
    let mut rows = TagsBuilder::default();
    rows.push(&TagRow { repo: "shop", tag: "half", ..TagRow::default() });
    half.write(rows.finish()).unwrap();
    drop(half);
    fs::write(workspace.state_dir().join("snapshot.json.new"), "{ half").unwrap();
    assert_eq!(tags_of(&workspace), ["v1"]);
    scan(&workspace, &["v2"]);
    assert_eq!(tags_of(&workspace), ["v2"]);
    let left: Vec<_> = fs::read_dir(workspace.state_dir().join("facts/tags")).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "the latest and the one before: {left:?}");
}

#[test]
fn a_second_scan_is_told_who_holds_the_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    let held = workspace.lock(&mut |_| false).unwrap();
    let error = workspace.lock(&mut |_| false).expect_err("held").to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    drop(held);
    workspace.lock(&mut |_| false).expect("free again");
}

#[test]
fn a_damaged_snapshot_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    scan(&workspace, &["v1"]);
    let path = workspace.state_dir().join("snapshot.json");
    fs::write(&path, "not json").unwrap();
    let error = workspace.snapshot().expect_err("damaged").to_string();
    assert!(error.contains("snapshot.json"), "{error}");
    let outside = r#"{"version":1,"sources":{},"derived":{"tags":[{"file":"../../x","rows":1,"spec":1}]}}"#;
    fs::write(&path, outside).unwrap();
    assert!(workspace.snapshot().expect_err("leaves the folder").to_string().contains("outside"));
}

#[test]
fn every_column_of_every_table_says_what_it_means() {
    for spec in sightline_facts::tables::ALL {
        assert!(spec.purpose.ends_with('.'), "{}", spec.name);
        for column in spec.columns {
            assert!(column.meaning.ends_with('.'), "{}.{}", spec.name, column.name);
            assert!(!column.name.ends_with("_ratio") || column.unit == "ratio", "{}.{}", spec.name, column.name);
        }
    }
}

#[test]
fn a_session_for_many_questions_reads_a_column_once() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    let snapshot = scan(&workspace, &["v1", "v2"]);
    let session = Session::for_many_questions(&workspace, &snapshot).expect("a snapshot");
    let rows = |sql: &str| session.query(sql).map(|b| b.iter().map(RecordBatch::num_rows).sum::<usize>());
    assert_eq!(rows("select tag from tags where tag > 'v1'").expect("a query"), 1);
    for file in snapshot.files() {
        fs::remove_file(workspace.path_of(file)).expect("the file is there");
    }
    assert_eq!(rows("select upper(tag) as tag from tags").expect("the column is in memory"), 2);
    assert_eq!(rows("select tag, count(*) as n from tags group by tag").expect("the column is in memory"), 2);
    let count = session.query("select count(*) as n from tags").expect("the number of rows needs no file");
    assert_eq!(count[0].column(0).as_primitive::<Int64Type>().value(0), 2);
    let error = rows("select message from tags").expect_err("nobody asked for this column before").to_string();
    assert!(error.contains(".parquet"), "names the file: {error}");
    assert_eq!(rows("select count(*) as n from commits").expect("every table exists"), 1);
}
