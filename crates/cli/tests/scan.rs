//! What users rely on when they scan: the same input gives the same bytes, a re-scan reads only what is new, and
//! nothing that happens to a scan damages the last one.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use common::{command, ok, scanned, sql};
use sightline_testkit::TinyRepo;

/// A small system in two languages with a little history.
fn shop() -> TinyRepo {
    let mut repo = TinyRepo::default();
    repo.file("README.md", "# Shop\n\nShop sells things to people.\n");
    repo.file("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n\n[dependencies]\nserde = \"1\"\n");
    repo.file("src/main.rs", "mod cart;\n\nfn main() {\n    cart::fill();\n}\n");
    repo.file(
        "src/cart.rs",
        "/// Fills the cart.\npub fn fill() {\n    if true {\n        println!(\"x\");\n    }\n}\n",
    );
    repo.commit("feat: sell things (#1)");
    repo.by("Bo Chen", "bo@example.org");
    for i in 0..30 {
        repo.file(
            &format!("web/page{i}.ts"),
            &format!("import {{ a }} from './page{}';\nexport function page{i}() {{ return {i}; }}\n", (i + 1) % 30),
        );
    }
    repo.commit("Add pages\n\nCloses #2");
    repo.git(&["tag", "v0.1.0"]);
    repo
}

/// Fact files by table: their names are hashes of their bytes.
fn fact_files(workspace: &Path) -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(workspace.join(".sightline/snapshot.json")).expect("a snapshot");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut files = BTreeMap::new();
    let tables = json["sources"].as_object().into_iter().flatten().map(|(_, s)| &s["tables"]).chain([&json["derived"]]);
    for (table, parts) in tables.filter_map(|t| t.as_object()).flatten() {
        let names = parts.as_array().into_iter().flatten().filter_map(|p| p["file"].as_str()).map(str::to_owned);
        files.entry(table.clone()).or_insert_with(Vec::new).extend(names);
    }
    files
}

#[test]
fn one_thread_or_two_and_another_folder_give_the_same_bytes() {
    let repo = shop();
    let one = repo.outside().join("one");
    let two = repo.outside().join("two");
    ok(&one, &["scan", repo.path().to_str().unwrap(), "--threads", "1"]);
    let elsewhere = repo.outside().join("else/where");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let copy = elsewhere.join("shop");
    assert!(std::process::Command::new("cp").arg("-r").arg(repo.path()).arg(&copy).status().unwrap().success());
    ok(&two, &["scan", copy.to_str().unwrap(), "--threads", "2"]);
    let (one, two) = (fact_files(&one), fact_files(&two));
    assert!(one.len() > 20, "{:?}", one.keys());
    assert_eq!(one, two);
}

#[test]
fn a_scan_in_steps_ends_with_the_same_rows_as_one_from_the_start() {
    let mut repo = shop();
    let workspace = scanned(&repo, &[]);
    repo.file("src/cart.rs", "pub fn fill() {}\npub fn empty() {}\n");
    repo.file("src/order.rs", "use crate::cart;\npub fn order() { cart::empty() }\n");
    std::fs::remove_file(repo.path().join("web/page7.ts")).unwrap();
    repo.commit("fix: orders");
    let summary = ok(&workspace, &["scan", repo.path().to_str().unwrap(), "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let of_shop = &summary["sources"]["shop"];
    assert_eq!((of_shop["files_read"].as_u64(), of_shop["commits_read"].as_u64()), (Some(2), Some(1)), "{summary}");

    let fresh = repo.outside().join("fresh");
    ok(&fresh, &["scan", repo.path().to_str().unwrap()]);
    for (table, files) in fact_files(&fresh) {
        let rows = |workspace: &Path| {
            let mut rows = sql(workspace, &format!("select * from {table}"));
            rows.sort();
            rows
        };
        assert_eq!(rows(&workspace), rows(&fresh), "{table} ({files:?})");
    }
}

/// Fact files of derived tables alone.
fn derived_files(workspace: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(workspace.join(".sightline/snapshot.json")).expect("a snapshot");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let tables = json["derived"].as_object().into_iter().flatten();
    tables.map(|(table, parts)| (table.clone(), parts.to_string())).collect()
}

/// Scans again and checks that derived tables have the bytes of a scan from nothing; says which of them changed.
fn derived_again(workspace: &Path, places: &[&str], step: &str) -> Vec<String> {
    let before = derived_files(workspace);
    ok(workspace, &["scan"]);
    let after = derived_files(workspace);
    let fresh = workspace.with_file_name(format!("fresh-{}", step.replace(' ', "-")));
    for room in ["metrics", "rules"].iter().filter(|room| workspace.join(room).exists()) {
        std::fs::create_dir_all(&fresh).expect("a folder");
        let copied = std::process::Command::new("cp").arg("-r").arg(workspace.join(room)).arg(&fresh).status();
        assert!(copied.expect("`cp` runs").success());
    }
    let arguments: Vec<&str> = ["scan"].iter().chain(places).copied().collect();
    ok(&fresh, &arguments);
    assert_eq!(after, derived_files(&fresh), "{step}");
    after.into_iter().filter(|(table, file)| before.get(table) != Some(file)).map(|(table, _)| table).collect()
}

fn own_metric(workspace: &Path, value: &str) {
    let text = format!(
        "id = \"own-files\"\nquestion = \"How many files?\"\nunit = \"files\"\nbetter = \"neither\"\ngrain = [\"repo\"]\n\
         source = \"ours\"\ndoc = \"Files.\"\nsql = \"select repo, count(*) as n, {value} as value from files group by repo\"\n\
         rows = \"select * from files where repo = :repo\"\n"
    );
    std::fs::create_dir_all(workspace.join("metrics")).expect("a folder");
    std::fs::write(workspace.join("metrics/own-files.toml"), text).expect("a file");
}

#[test]
fn derived_tables_kept_in_part_are_those_of_a_scan_from_the_start() {
    let mut repo = shop();
    repo.file("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.1\"\n\n[dependencies]\nhouse-rules = \"1\"\n");
    repo.commit("build: house rules");
    let mut other = TinyRepo::new("billing");
    other.file("bill.go", "package main\n\nfunc main() {}\n").commit("one");
    let workspace = repo.outside().join("w");
    let (shop, billing) = (repo.path().to_str().unwrap().to_owned(), other.path().to_str().unwrap().to_owned());
    let both = [shop.as_str(), billing.as_str()];
    ok(&workspace, &["scan", &shop, &billing]);

    own_metric(&workspace, "count(*)");
    ok(&workspace, &["scan"]);
    own_metric(&workspace, "count(*) * 2");
    assert_eq!(derived_again(&workspace, &both, "a changed metric"), ["metrics"]);
    let doubled = "select cast(value as bigint) from metrics where metric = 'own-files' and repo = 'billing'";
    assert_eq!(sql(&workspace, doubled), ["2"]);

    std::fs::create_dir_all(workspace.join("rules/catalogue")).unwrap();
    let rules = "[[technology]]\nid = \"own-rules\"\nname = \"Rules of the house\"\nkind = \"ai\"\n\
                 purpose = \"keeps order\"\npackages = [\"cargo:house-rules\"]\n";
    std::fs::write(workspace.join("rules/catalogue/own.toml"), rules).unwrap();
    let changed = derived_again(&workspace, &both, "a technology");
    assert!(changed.contains(&"technologies".to_owned()) && !changed.contains(&"modules".to_owned()), "{changed:?}");

    // Commits that change a document alone, then code, then what is asked for.
    repo.file("README.md", "# Shop\n\nShop sells things to everybody.\n").commit("docs: everybody");
    derived_again(&workspace, &both, "a document");
    repo.file("src/cart.rs", "pub fn fill() {}\n\npub fn empty() {\n    if true {\n        fill();\n    }\n}\n");
    repo.commit("fix: empty");
    derived_again(&workspace, &both, "code");
    repo.file("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.2.0\"\n\n[dependencies]\naxum = \"1\"\n");
    repo.commit("build: axum");
    repo.git(&["tag", "v0.2.0"]);
    derived_again(&workspace, &both, "packages and a tag");
    repo.git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
    derived_again(&workspace, &both, "an empty commit");

    // A source that somebody took out, as a workspace of the same repositories but one is.
    let path = workspace.join(".sightline/snapshot.json");
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    json["sources"].as_object_mut().unwrap().remove("billing").expect("it was there");
    std::fs::write(&path, json.to_string()).unwrap();
    let changed = derived_again(&workspace, &[&shop], "a repository less");
    assert!(changed.contains(&"modules".to_owned()), "{changed:?}");
    assert_eq!(sql(&workspace, "select count(*) from metrics where repo = 'billing'"), ["0"]);
    ok(&workspace, &["verify"]);
}

#[test]
fn nothing_new_means_nothing_read() {
    let repo = shop();
    let workspace = scanned(&repo, &[]);
    let before = fact_files(&workspace);
    let said = ok(&workspace, &["scan"]);
    assert!(said.contains("nothing new since the last scan"), "{said}");
    assert_eq!(fact_files(&workspace), before);
}

#[test]
fn a_rewritten_history_leaves_no_old_commits() {
    let mut repo = shop();
    let workspace = scanned(&repo, &[]);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.file("other.py", "x = 1\n").commit("another way");
    ok(&workspace, &["scan"]);
    assert_eq!(
        sql(&workspace, "select subject from commits order by committed_at"),
        ["feat: sell things (#1)", "another way"]
    );
}

#[test]
fn a_work_tree_shows_changes_that_are_not_committed() {
    let mut repo = shop();
    repo.file("draft.py", "def draft():\n    pass\n");
    let workspace = scanned(&repo, &["--worktree"]);
    assert_eq!(sql(&workspace, "select name, commit is null from symbols where path = 'draft.py'"), ["draft,true"]);
    ok(&workspace, &["verify"]);
    repo.file("draft.py", "\n\n");
    let (code, _) = common::fails(&workspace, &["verify"]);
    assert_eq!(code, 1, "a cited line that is gone");
}

#[test]
fn several_repositories_in_one_folder() {
    let (mut a, b) = (TinyRepo::new("billing"), shop());
    a.file("bill.go", "package main\n\nfunc main() {}\n").commit("one");
    let folder = b.outside().join("all");
    std::fs::create_dir(&folder).unwrap();
    for repo in [&a, &b] {
        assert!(std::process::Command::new("cp").arg("-r").arg(repo.path()).arg(&folder).status().unwrap().success());
    }
    let workspace = b.outside().join("w");
    ok(&workspace, &["open", folder.to_str().unwrap()]);
    assert_eq!(sql(&workspace, "select repo, n_commits from sources order by repo"), ["billing,1", "shop,2"]);
    ok(&workspace, &["verify"]);
}

#[test]
fn a_bare_clone_and_a_url_are_read_like_a_checkout() {
    let repo = shop();
    let bare = repo.outside().join("shop.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let of_bare = repo.outside().join("wb");
    ok(&of_bare, &["scan", bare.to_str().unwrap()]);
    let of_url = repo.outside().join("wu");
    ok(&of_url, &["scan", &format!("file://{}", bare.display())]);
    let ask = "select path, blob from files order by path";
    assert_eq!(sql(&of_bare, ask), sql(&of_url, ask));
    assert_eq!(sql(&of_bare, "select count(*) from commits"), ["2"]);
    ok(&of_url, &["verify"]);
}

#[test]
fn a_scan_killed_at_any_moment_leaves_a_snapshot_that_can_be_read() {
    let mut repo = shop();
    let workspace = scanned(&repo, &[]);
    let path = repo.path();
    for round in 0_u64..50 {
        repo.file(&format!("more/file{round}.py"), &format!("def f{round}():\n    return {round}\n"));
        repo.commit(&format!("round {round}"));
        let mut child = command(&workspace, &["scan", path.to_str().unwrap(), "--quiet"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        // Moments spread over the length of a scan, some before its start and some after its end.
        std::thread::sleep(Duration::from_millis(round * 37 % 400));
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        let counted =
            sql(&workspace, "select s.n_commits, count(*) from sources s join commits c on c.repo = s.repo group by 1");
        let (said, there) = counted[0].split_once(',').expect("two columns");
        assert_eq!(said, there, "round {round}: half a scan is visible");
    }
    ok(&workspace, &["scan"]);
    assert_eq!(sql(&workspace, "select count(*) from commits"), ["52"]);
    ok(&workspace, &["verify"]);
}

#[test]
fn submodules_are_named_with_the_commit_that_is_pinned() {
    let mut library = TinyRepo::new("library");
    library.file("lib.c", "int one(void) { return 1; }\n");
    let pinned = library.commit("one");
    let mut repo = shop();
    let url = format!("file://{}", library.path().display());
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", &url, "third/library"]);
    repo.commit("Use the library");
    let workspace = scanned(&repo, &[]);
    let ask = "select mount_path, pinned_commit from submodules";
    assert_eq!(sql(&workspace, ask), [format!("third/library,{pinned}")]);
    assert_eq!(sql(&workspace, "select path from files where kind = 'submodule'"), ["third/library"]);

    library.file("lib.c", "int two(void) { return 2; }\n");
    let moved = library.commit("two");
    repo.git(&["-c", "protocol.file.allow=always", "-C", "third/library", "fetch", "-q"]);
    repo.git(&["-C", "third/library", "checkout", "-q", &moved]);
    repo.commit("Newer library");
    ok(&workspace, &["scan"]);
    assert_eq!(sql(&workspace, ask), [format!("third/library,{moved}")]);
    ok(&workspace, &["verify"]);
}

#[test]
fn two_scans_at_once_wait_or_say_so() {
    let repo = shop();
    let workspace = scanned(&repo, &[]);
    let lock = std::fs::OpenOptions::new().write(true).open(workspace.join(".sightline/lock")).unwrap();
    lock.lock().unwrap();
    let (code, message) = common::fails(&workspace, &["scan", "--no-wait"]);
    assert_eq!(code, 3);
    assert!(message.contains("another scan"), "{message}");
    let mut waiting = command(&workspace, &["scan"])
        .stderr(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    lock.unlock().unwrap();
    assert!(waiting.wait().unwrap().success());
}
