//! Bad input of every kind: a clear message or a row in `gaps`, nothing lost, and the scan goes on.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::{fails, gaps, ok, run, scanned, sql};
use sightline_testkit::TinyRepo;

/// A repository with one good file, which must be read whatever stands beside it.
fn with_good_file() -> TinyRepo {
    let mut repo = TinyRepo::default();
    repo.file("good.py", "def pay():\n    return 1\n");
    repo
}

/// The good file was read and everything cited holds.
fn good_file_is_there(workspace: &std::path::Path) {
    assert_eq!(sql(workspace, "select name from symbols where path = 'good.py'"), ["pay"]);
    ok(workspace, &["verify"]);
    ok(workspace, &["overview"]);
}

#[test]
fn a_path_that_does_not_exist() {
    let place = tempfile::tempdir().unwrap();
    let (code, message) = fails(place.path(), &["open", "no/such/place"]);
    assert_eq!(code, 3);
    assert!(message.contains("no/such/place") && message.contains("help:"), "{message}");
}

#[test]
fn a_file_instead_of_a_folder() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a.txt");
    fs::write(&file, "x").unwrap();
    let (code, message) = fails(place.path(), &["scan", file.to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(message.contains("is a file"), "{message}");
}

#[test]
fn an_empty_folder_and_an_empty_repository() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("nothing");
    fs::create_dir(&folder).unwrap();
    let workspace = place.path().join("w");
    ok(&workspace, &["open", folder.to_str().unwrap()]);
    assert_eq!(sql(&workspace, "select kind, n_files from sources"), ["folder,0"]);

    let unborn = TinyRepo::default();
    let workspace = scanned(&unborn, &[]);
    assert_eq!(sql(&workspace, "select branch, n_files, n_commits from sources"), ["main,0,0"]);
    ok(&workspace, &["overview"]);
}

#[test]
fn a_detached_head() {
    let mut repo = with_good_file();
    let first = repo.commit("one");
    repo.file("later.py", "x = 1\n").commit("two");
    repo.git(&["checkout", "-q", &first]);
    let workspace = scanned(&repo, &[]);
    assert_eq!(sql(&workspace, "select branch, n_files, n_commits from sources"), [",1,1"]);
    good_file_is_there(&workspace);
}

#[test]
fn a_revision_that_does_not_exist_names_those_that_do() {
    let mut repo = with_good_file();
    repo.commit("one");
    repo.git(&["tag", "v1.0"]);
    let (code, message) = fails(&repo.outside().join("w"), &["scan", repo.path().to_str().unwrap(), "--at", "v1.1"]);
    assert_eq!(code, 3);
    assert!(message.contains("v1.1") && message.contains("v1.0"), "{message}");
}

#[test]
fn missing_objects_of_a_damaged_clone() {
    let mut repo = with_good_file();
    repo.file("lost.py", "def lost():\n    pass\n").commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:lost.py"]);
    let object = repo.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(object).unwrap();
    let workspace = scanned(&repo, &[]);
    assert!(gaps(&workspace).contains(&"missing-object,lost.py".to_owned()), "{:?}", gaps(&workspace));
    assert_eq!(sql(&workspace, "select name from symbols where path = 'good.py'"), ["pay"]);
}

#[test]
fn a_shallow_clone_says_so() {
    let mut repo = with_good_file();
    repo.commit("one");
    repo.file("b.py", "b = 1\n").commit("two");
    let clone = repo.outside().join("clone");
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()]);
    let workspace = repo.outside().join("w");
    ok(&workspace, &["scan", clone.to_str().unwrap()]);
    assert_eq!(sql(&workspace, "select is_shallow, n_commits from sources"), ["true,1"]);
    assert!(gaps(&workspace).iter().any(|g| g.starts_with("shallow")), "{:?}", gaps(&workspace));
    good_file_is_there(&workspace);
}

#[test]
fn a_sha256_repository() {
    let mut repo = TinyRepo::sha256("shop");
    repo.file("good.py", "def pay():\n    return 1\n").commit("one");
    let workspace = scanned(&repo, &[]);
    assert_eq!(sql(&workspace, "select object_format, n_commits from sources"), ["sha256,1"]);
    good_file_is_there(&workspace);
}

#[test]
fn a_file_of_two_gigabytes() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("shop");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("good.py"), "def pay():\n    return 1\n").unwrap();
    fs::File::create(folder.join("huge.csv")).unwrap().set_len(2 << 30).unwrap();
    let workspace = place.path().join("w");
    ok(&workspace, &["scan", folder.to_str().unwrap()]);
    assert_eq!(sql(&workspace, "select bytes from files where path = 'huge.csv'"), ["2147483648"]);
    assert_eq!(gaps(&workspace), ["too-large,huge.csv"]);
    good_file_is_there(&workspace);
}

#[test]
fn long_lines_deep_nesting_and_bytes_that_are_no_text() {
    let mut repo = with_good_file();
    repo.file("line.js", &format!("var x = [{}];\n", "1,".repeat(500_000)));
    repo.file("deep.js", &format!("{}{}\n", "(".repeat(100_000), ")".repeat(100_000)));
    repo.file("deep.json", &format!("{}{}\n", "[".repeat(100_000), "]".repeat(100_000)));
    repo.file("package.json", &format!("{}{}\n", "{\"a\":".repeat(100_000), "}".repeat(100_000)));
    repo.bytes(b"latin.py", b"# caf\xe9\ndef latin():\n    pass\n");
    repo.bytes(b"nul.py", b"def nul():\0\n");
    let utf16: Vec<u8> =
        [0xfffe_u16].iter().chain("".encode_utf16().collect::<Vec<_>>().iter()).flat_map(|u| u.to_be_bytes()).collect();
    repo.bytes(b"utf16.txt", &utf16);
    repo.commit("one");
    let workspace = scanned(&repo, &[]);
    let gaps = gaps(&workspace);
    assert!(gaps.contains(&"not-utf8,latin.py".to_owned()), "{gaps:?}");
    assert!(gaps.iter().any(|g| g.ends_with("package.json")), "{gaps:?}");
    assert_eq!(sql(&workspace, "select kind from files where path = 'nul.py'"), ["binary"]);
    assert_eq!(sql(&workspace, "select name from symbols where path = 'latin.py'"), ["latin"]);
    good_file_is_there(&workspace);
}

#[test]
fn names_that_try_to_fool_a_reader() {
    let mut repo = with_good_file();
    repo.bytes(b"new\nline.py", b"def a():\n    pass\n");
    repo.bytes(b"esc\x1b[31m.py", b"def b():\n    pass\n");
    repo.bytes("turn\u{202e}yp.exe".as_bytes(), b"x");
    repo.bytes(b"invalid\xff.py", b"def c():\n    pass\n");
    repo.bytes(b"Good.py", b"def other():\n    pass\n");
    repo.commit("one");
    let workspace = scanned(&repo, &[]);
    let paths = sql(&workspace, "select path from files order by path");
    assert_eq!(paths.len(), 6, "{paths:?}");
    assert!(paths.iter().all(|p| !p.chars().any(|c| c.is_control() || c == '\u{202e}')), "{paths:?}");
    assert!(paths.contains(&r"new\nline.py".to_owned()) && paths.contains(&r"invalid\xff.py".to_owned()), "{paths:?}");
    good_file_is_there(&workspace);
}

#[test]
fn links_are_recorded_and_never_followed() {
    let mut repo = with_good_file();
    repo.link("loop", "loop").link("up", "../../../etc").link("absolute", "/etc/passwd").link("inside", "good.py");
    repo.commit("one");
    for options in [&[][..], &["--worktree"][..]] {
        let workspace = scanned(&repo, options);
        assert_eq!(
            sql(&workspace, "select path from files where kind = 'link' order by path"),
            ["absolute", "inside", "loop", "up"]
        );
        assert_eq!(gaps(&workspace), ["link-outside,absolute", "link-outside,up"]);
        good_file_is_there(&workspace);
    }
}

#[test]
fn manifests_that_are_not_what_their_names_say() {
    let mut repo = with_good_file();
    repo.file("Cargo.toml", "this is = = not toml\n");
    repo.file("pom.xml", "<project><dependencies>\n");
    repo.file("package-lock.json", "{ \"packages\": 7 }\n");
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for i in 1..40 {
        writeln!(bomb, "a{i}: &a{i} [*a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}]", p = i - 1)
            .unwrap();
    }
    repo.file("pnpm-lock.yaml", &format!("lockfileVersion: '9.0'\n{bomb}"));
    repo.commit("one");
    let workspace = scanned(&repo, &[]);
    let gaps = gaps(&workspace);
    for path in ["Cargo.toml", "pom.xml"] {
        assert!(gaps.iter().any(|g| g.ends_with(path)), "{path}: {gaps:?}");
    }
    good_file_is_there(&workspace);
}

#[test]
fn a_lock_file_with_a_hundred_thousand_entries() {
    let mut repo = with_good_file();
    let mut lock = String::from("version = 4\n");
    for i in 0..100_000 {
        writeln!(lock, "\n[[package]]\nname = \"p{i}\"\nversion = \"1.0.{i}\"").unwrap();
    }
    repo.file("Cargo.lock", &lock).commit("one");
    let workspace = scanned(&repo, &[]);
    assert_eq!(sql(&workspace, "select count(*) from packages where is_lock"), ["100000"]);
    good_file_is_there(&workspace);
}

#[test]
fn odd_history_octopus_merge_and_dates_of_1970_and_2100() {
    let mut repo = with_good_file();
    repo.commit_at("the beginning of time", 0);
    for branch in ["a", "b", "c"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.file(&format!("{branch}.py"), "x = 1\n").commit(branch);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "octopus", "a", "b", "c"]);
    repo.file("future.py", "x = 1\n").commit_at("from the future", 4_102_444_800);
    let workspace = scanned(&repo, &[]);
    assert_eq!(sql(&workspace, "select max(n_parents), count(*) from commits"), ["4,6"]);
    let as_of = sql(&workspace, "select as_of < timestamp '2030-01-01' from sources");
    assert_eq!(as_of, ["true"], "look-back windows must not reach into the future");
    good_file_is_there(&workspace);
}

#[test]
fn fifty_thousand_files_in_one_commit() {
    let mut repo = with_good_file();
    repo.commit("one");
    let mut stream = String::from(
        "commit refs/heads/main\ncommitter Ana <ana@example.org> 1767355200 +0000\ndata 4\nmany\nfrom refs/heads/main^0\n",
    );
    for i in 0..50_000 {
        writeln!(stream, "M 100644 inline many/{}/{i}.txt\ndata 2\nx\n", i % 100).unwrap();
    }
    let file = repo.outside().join("stream");
    fs::write(&file, stream).unwrap();
    let status = std::process::Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(repo.path())
        .stdin(fs::File::open(file).unwrap())
        .status()
        .unwrap();
    assert!(status.success());
    let workspace = scanned(&repo, &[]);
    assert_eq!(sql(&workspace, "select n_files, n_commits from sources"), ["50001,2"]);
    assert_eq!(sql(&workspace, "select max(n_files) from commits"), ["50000"]);
    assert_eq!(sql(&workspace, "select count(*) from coupling"), ["0"], "such a commit says nothing about coupling");
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_last_snapshot() {
    let mut repo = with_good_file();
    repo.commit("one");
    let workspace = scanned(&repo, &[]);
    let before = sql(&workspace, "select commit from sources");
    let mut lines = String::new();
    for i in 0_u32..20_000 {
        writeln!(lines, "def f{i}(a{i}, b): return {i} * {}", i * 7919 % 1_000_003).unwrap();
    }
    repo.file("big.py", &lines).commit("two");
    // A limit on the size of files is the portable way to have writes refused; 512 bytes times 300.
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_sightline"), "scan"])
        .arg(repo.path())
        .arg("--workspace")
        .arg(&workspace)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sql(&workspace, "select commit from sources"), before);
    good_file_is_there(&workspace);
}

#[test]
fn a_workspace_that_cannot_be_written() {
    let mut repo = with_good_file();
    repo.commit("one");
    let (code, message) = fails(std::path::Path::new("/dev/null/workspace"), &["scan", repo.path().to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(message.contains("/dev/null/workspace"), "{message}");
    // Root may write anywhere, so only other users see this one.
    let locked = repo.outside().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(locked.join("probe"), "").is_err() {
        let (code, message) = fails(&locked.join("w"), &["scan", repo.path().to_str().unwrap()]);
        assert_eq!(code, 3);
        assert!(message.contains("--workspace"), "{message}");
    }
}

#[test]
fn a_folder_without_permission() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("shop");
    fs::create_dir_all(folder.join("secret")).unwrap();
    fs::write(folder.join("good.py"), "def pay():\n    return 1\n").unwrap();
    fs::set_permissions(folder.join("secret"), fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::read_dir(folder.join("secret")).is_ok();
    let workspace = place.path().join("w");
    ok(&workspace, &["scan", folder.to_str().unwrap()]);
    if !readable {
        assert_eq!(gaps(&workspace), ["no-permission,secret"]);
    }
    good_file_is_there(&workspace);
    fs::set_permissions(folder.join("secret"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn strict_scans_say_with_their_exit_code_that_something_is_missing() {
    let mut repo = with_good_file();
    repo.file("Cargo.toml", "not = = toml").commit("one");
    let workspace = repo.outside().join("w");
    let output = run(&workspace, &["scan", repo.path().to_str().unwrap(), "--strict"]);
    assert_eq!(output.status.code(), Some(4));
}
