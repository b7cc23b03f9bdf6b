//! History is what git says it is: small repositories are made with the `git` program and read back, and the rows are
//! compared with `git log`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::tables::{
    changes::ChangesView, commits::CommitsView, gaps::GapsView, release_changes::ReleaseChangesView, tags::TagsView,
};
use sightline_read::git::{Blob, GitError, GitSource};
use sightline_read::history::{self, HistoryOptions, HistorySummary};
use sightline_read::rows::SourceRows;
use tempfile::TempDir;

struct Repo {
    dir: TempDir,
    clock: u64,
}

impl Repo {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(init: &[&str]) -> Self {
        let repo = Self { dir: tempfile::tempdir().expect("a temporary folder"), clock: 1_700_000_000 };
        repo.git(&[&["init", "-q", "-b", "main"], init].concat());
        repo
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self) -> Command {
        let mut git = Command::new("git");
        git.current_dir(self.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let date = format!("@{} +0100", self.clock);
        git.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Ann").env(format!("GIT_{who}_EMAIL"), "Ann@Example.org");
        }
        git.args(["-c", "protocol.file.allow=always"]);
        git
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn fast_import(&self, script: &[u8]) {
        let mut child =
            self.command().args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().expect("git runs");
        child.stdin.take().expect("it was piped").write_all(script).expect("git reads");
        assert!(child.wait().expect("git ends").success());
    }

    fn write(&mut self, path: &str, content: impl AsRef<[u8]>) -> &mut Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
        std::fs::write(path, content).expect("a file");
        self
    }

    fn commit(&mut self, message: &str) -> String {
        self.clock += 60;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn source(&self) -> GitSource {
        GitSource::open(self.path()).expect("it opens").expect("it is there")
    }

    fn read(&self, known: &[String], options: &HistoryOptions) -> Rows {
        read(&self.source(), known, options)
    }

    fn all(&self) -> Rows {
        self.read(&[], &HistoryOptions::default())
    }
}

#[derive(Default)]
struct Rows {
    batches: Vec<(&'static str, RecordBatch)>,
    summary: HistorySummary,
}

impl Rows {
    fn take(&mut self, rows: &mut SourceRows) {
        for builder in rows.builders().into_iter().filter(|b| !b.is_empty()) {
            self.batches.push((builder.spec().name, builder.finish()));
        }
    }

    fn of(&self, table: &str) -> impl Iterator<Item = &RecordBatch> {
        self.batches.iter().filter(move |(name, _)| *name == table).map(|(_, batch)| batch)
    }

    /// Changes as `added deleted kind [old => ]path`, sorted.
    fn changes(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for view in self.of("changes").filter_map(ChangesView::of) {
            for row in view.rows() {
                let count = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
                let old = row.old_path.map(|p| format!("{p} => ")).unwrap_or_default();
                lines.push(format!("{} {} {} {old}{}", count(row.added), count(row.deleted), row.kind, row.path));
            }
        }
        lines.sort();
        lines
    }

    fn sums(&self) -> (i64, i64) {
        self.of("changes").filter_map(ChangesView::of).fold((0, 0), |sum, view| {
            view.rows().fold(sum, |(a, d), row| (a + row.added.unwrap_or(0), d + row.deleted.unwrap_or(0)))
        })
    }

    fn commits<T>(&self, pick: impl Fn(&sightline_facts::tables::commits::CommitRow<'_>) -> T) -> Vec<T> {
        let views: Vec<CommitsView> = self.of("commits").filter_map(CommitsView::of).collect();
        views.iter().flat_map(|view| view.rows().map(|row| pick(&row)).collect::<Vec<_>>()).collect()
    }

    fn gaps(&self) -> Vec<String> {
        let views: Vec<GapsView> = self.of("gaps").filter_map(GapsView::of).collect();
        views.iter().flat_map(|view| view.rows().map(|row| row.reason.to_owned()).collect::<Vec<_>>()).collect()
    }

    fn fingerprint(&self) -> String {
        self.batches.iter().map(|(name, batch)| format!("{name} {batch:?}")).collect::<Vec<_>>().join("\n")
    }
}

fn read(git: &GitSource, known: &[String], options: &HistoryOptions) -> Rows {
    let mut rows = Rows::default();
    let tip = git.head(None).expect("a head").commit.expect("a commit");
    let stop = AtomicBool::new(false);
    rows.summary = history::read(git, "r", &tip, known, options, &|_, _| {}, &stop, &mut |batch| rows.take(batch))
        .expect("history is read");
    rows
}

/// Sums of `git log --no-merges --numstat --no-renames`.
fn git_sums(repo: &Repo) -> (i64, i64) {
    let text = repo.git(&["log", "--no-merges", "--numstat", "--no-renames", "--format="]);
    text.lines().fold((0, 0), |(a, d), line| {
        let mut words = line.split('\t').map(|w| w.parse::<i64>().unwrap_or(0));
        (a + words.next().unwrap_or(0), d + words.next().unwrap_or(0))
    })
}

fn without_renames() -> HistoryOptions {
    HistoryOptions { renames: false, ..HistoryOptions::default() }
}

#[test]
fn an_empty_repository_has_a_branch_and_no_commit() {
    let head = Repo::new().source().head(None).expect("an unborn branch is no error");
    assert_eq!((head.commit, head.branch.as_deref(), head.is_detached), (None, Some("main"), false));
}

#[test]
fn a_folder_without_repository_is_none_and_a_missing_path_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(GitSource::open(folder.path()).expect("it is readable").is_none());
    assert!(matches!(GitSource::open(&folder.path().join("nope")), Err(GitError::NoSuchPath { .. })));
}

#[test]
fn heads_are_found_detached_bare_and_by_name() {
    let mut repo = Repo::new();
    let first = repo.commit("One");
    repo.commit("Two");
    repo.git(&["tag", "v1.0", &first]);
    repo.git(&["checkout", "-q", &first]);
    let source = repo.source();
    let head = source.head(None).expect("a head");
    assert_eq!((head.commit.as_deref(), head.is_detached), (Some(first.as_str()), true));
    assert_eq!(source.head(Some("main")).expect("a branch").branch.as_deref(), Some("main"));
    assert_eq!(source.head(Some("v1.0")).expect("a tag").commit.as_deref(), Some(first.as_str()));
    let error = source.head(Some("mian")).expect_err("no such branch").to_string();
    assert!(error.contains("did you mean `main`?"), "{error}");
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let bare = GitSource::open(&repo.path().join("bare.git")).expect("it opens").expect("it is there");
    assert!(bare.is_bare() && !source.is_bare());
    assert_eq!(source.subject_of(&first).as_deref(), Some("One"));
    assert!(source.has_commit(&first) && source.tag_exists("v1.0") && !source.tag_exists("v2.0"));
}

#[test]
fn all_kinds_of_changes_are_counted_as_git_counts_them() {
    let mut repo = Repo::new();
    repo.write("text", "a\nb\nc\n").write("open-end", "a\nb").write("crlf", "a\r\nb\r\n").write("bin", b"a\0b");
    repo.write("utf16", b"\xff\xfea\0\n\0").write("late-nul", [vec![b'x'; 8000], vec![0, b'\n']].concat());
    repo.write("gone/deep/file", "x\n")
        .write("kept", "1\n2\n3\n4\n5\n6\n")
        .write("same-a", "same\n")
        .write("empty", "");
    repo.commit("One");
    repo.write("text", "a\nB\nc\nd\n").write("open-end", "a\nb\n").write("crlf", "a\nb\n").write("bin", b"a\0c");
    repo.git(&["rm", "-q", "-r", "gone"]);
    repo.git(&["mv", "kept", "moved"]);
    repo.git(&["mv", "same-a", "same-b"]);
    repo.write("moved", "1\n2\n3\n4\n5\nsix\n").write("late-nul", "y\n");
    repo.git(&["update-index", "--chmod=+x", "empty"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("text", repo.path().join("link")).expect("a link");
    repo.clock += 60;
    repo.git(&["add", "text", "open-end", "crlf", "bin", "moved", "late-nul", "link"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "1".repeat(40))]);
    repo.git(&["commit", "-q", "-m", "Two"]);
    assert_eq!(repo.read(&[], &without_renames()).sums(), git_sums(&repo));
    let rows = repo.all();
    let of_second: Vec<String> = rows
        .changes()
        .into_iter()
        .filter(|line| !line.contains(" added ") || line.contains("link") || line.contains("module"))
        .collect();
    assert_eq!(
        of_second,
        [
            "- - modified bin",
            "0 0 modified empty",
            "0 0 renamed same-a => same-b",
            "0 1 deleted gone/deep/file",
            "1 0 added link",
            "1 0 added module",
            "1 1 modified late-nul",
            "1 1 modified open-end",
            "1 1 renamed kept => moved",
            "2 1 modified text",
            "2 2 modified crlf",
        ]
    );
}

#[test]
fn hostile_names_are_shown_and_never_lost() {
    let mut repo = Repo::new();
    repo.write("new\nline", "x\n").write("esc\u{1b}[31m", "x\n").write("\u{202e}rtl", "x\n");
    repo.commit("Bad \u{202e}name\u{1b}[0m");
    repo.fast_import(b"commit refs/heads/main\ncommitter A <a@b> 1700001000 +0000\ndata 1\nx\nfrom refs/heads/main^0\nM 644 inline \"caf\\351\"\ndata 2\ny\n\n");
    let rows = repo.all();
    assert_eq!(
        rows.changes(),
        ["1 0 added \\u{202e}rtl", "1 0 added caf\\xe9", "1 0 added esc\\x1b[31m", "1 0 added new\\nline"]
    );
    assert_eq!(rows.commits(|c| c.subject.to_owned()), ["x", "Bad name\\x1b[0m"]);
    let source = repo.source();
    let tree = source.tree(&source.head(None).expect("a head").commit.expect("a commit")).expect("a tree");
    assert!(tree.gaps.is_empty() && tree.entries.iter().any(|e| e.path == b"caf\xe9"));
    let entry = tree.entries.iter().find(|e| e.path == b"caf\xe9").expect("just seen");
    assert_eq!(source.blobs().read(&entry.id, 100), Blob::Bytes(b"y\n"));
    assert_eq!(source.blobs().read(&entry.id, 1), Blob::TooLarge(2));
    assert_eq!(source.blobs().read(&"1".repeat(40), 1), Blob::Missing);
}

#[test]
fn merges_of_any_size_have_no_changes_and_all_parents() {
    let mut repo = Repo::new();
    repo.commit("Root");
    for branch in ["a", "b", "c"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.write(branch, "x\n").commit(branch);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.clock += 60;
    repo.git(&["merge", "-q", "--no-ff", "-m", "Octopus", "a", "b", "c"]);
    let rows = repo.all();
    let merges = rows.commits(|c| (c.is_merge, c.n_parents, c.n_files));
    assert_eq!(merges.iter().filter(|m| m.0).collect::<Vec<_>>(), [&(true, 4, 0)]);
    assert_eq!((rows.summary.n_commits, rows.summary.n_changes), (5, 3));
    let order = rows.commits(|c| c.commit.to_owned());
    assert_eq!(order.len().to_string(), repo.git(&["rev-list", "--count", "HEAD"]));
    assert_eq!(order.first(), Some(&repo.git(&["rev-parse", "HEAD"])), "children stand before their parents");
}

#[test]
fn any_date_and_a_mailmap_are_understood() {
    let mut repo = Repo::new();
    repo.write(".mailmap", "Ann Lee <lee@example.org> <ann@example.org>\n");
    for clock in [0, 4_102_444_740, 1_700_000_000] {
        repo.clock = clock;
        repo.commit("x");
    }
    let rows = repo.all();
    let times = rows.commits(|c| c.committed_at / 60_000_000);
    assert_eq!(times, [28_333_334, 68_374_080, 1], "children first, whatever their clocks say");
    assert!(
        rows.commits(|c| format!("{} {} {}", c.author_name, c.author_email, c.author_offset))
            .iter()
            .all(|a| a == "Ann Lee lee@example.org 60")
    );
    let now = HistoryOptions { now: Some(1_800_000_000_000_000), ..HistoryOptions::default() };
    assert_eq!(repo.read(&[], &now).summary.newest_at, Some(1_700_000_060_000_000));
}

#[test]
fn reading_on_from_an_earlier_tip_gives_what_was_added() {
    let mut repo = Repo::new();
    let mut tips = Vec::new();
    for i in 0..6 {
        repo.clock = if i == 3 { 5 } else { 1_700_000_000 + i * 100 };
        repo.git(&["checkout", "-q", "-B", "side"]);
        repo.write(&format!("side{i}"), "x\n").commit("Side");
        repo.git(&["checkout", "-q", "-B", "main", if i == 0 { "side" } else { "main" }]);
        repo.write("file", format!("{i}\n")).commit("Main");
        repo.clock += 1;
        repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
        tips.push(repo.git(&["rev-parse", "HEAD"]));
    }
    let mut all = repo.all().commits(|c| c.commit.to_owned());
    all.sort();
    for tip in &tips {
        let mut parts =
            repo.read(std::slice::from_ref(tip), &HistoryOptions::default()).commits(|c| c.commit.to_owned());
        let before = repo.git(&["rev-list", tip]);
        parts.extend(before.lines().map(str::to_owned));
        parts.sort();
        assert_eq!(parts, all, "from {tip}");
    }
    // Somebody pushes with force: the old tip is no ancestor any more.
    let lost = repo.commit("Lost");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.commit("Other");
    let rows = repo.read(&[lost], &HistoryOptions::default());
    assert!(rows.summary.is_rewritten && rows.batches.is_empty());
}

#[test]
fn one_and_many_threads_give_the_same_rows() {
    let repo = Repo::new();
    let mut script = String::new();
    for i in 0..700 {
        write!(
            script,
            "commit refs/heads/main\ncommitter A <a@b> {} +0000\ndata 4\nS #{}\nM 644 inline f{}\ndata 3\n{:02}\n\n",
            1_700_000_000 + i,
            i % 10,
            i % 40,
            i % 90
        )
        .unwrap();
    }
    repo.fast_import(script.as_bytes());
    let read = |threads| repo.read(&[], &HistoryOptions { threads, ..HistoryOptions::default() });
    let (one, many) = (read(1), read(3));
    assert_eq!(one.summary.n_commits, 700);
    assert_eq!(one.fingerprint(), many.fingerprint());
}

#[test]
fn a_commit_of_fifty_thousand_files_is_read_in_parts() {
    let repo = Repo::new();
    let mut script = String::from(
        "blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/main\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\n",
    );
    for i in 0..50_000 {
        writeln!(script, "M 644 :1 d{}/f{i}", i % 100).unwrap();
    }
    repo.fast_import(script.as_bytes());
    let rows = repo.all();
    assert_eq!((rows.summary.n_changes, rows.sums()), (50_000, (50_000, 0)));
}

#[test]
fn a_shallow_clone_says_where_its_history_ends() {
    let mut repo = Repo::new();
    for i in 0..4 {
        repo.write("f", format!("{i}\n")).commit("x");
    }
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--depth", "2", &url, "shallow"]);
    let source = GitSource::open(&repo.path().join("shallow")).expect("it opens").expect("it is there");
    assert!(source.is_shallow());
    let rows = read(&source, &[], &HistoryOptions::default());
    assert_eq!(
        (rows.summary.n_commits, rows.gaps(), rows.changes()),
        (2, vec!["shallow".to_owned()], vec!["1 1 modified f".to_owned()])
    );
}

#[test]
fn missing_objects_are_gaps_and_the_rest_is_read() {
    let mut repo = Repo::new();
    repo.write("a", "a\n").commit("One");
    let lost = repo.write("a", "b\n").commit("Two");
    let tip = repo.write("b", "b2\n").commit("Three");
    let object = |id: &str| repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    let blob = repo.git(&["rev-parse", &format!("{tip}:b")]);
    std::fs::remove_file(object(&blob)).expect("a loose object");
    let rows = repo.all();
    assert_eq!((rows.summary.n_commits, rows.gaps()), (3, vec!["missing-object".to_owned()]));
    assert!(rows.changes().contains(&"- - added b".to_owned()));
    std::fs::remove_file(object(&lost)).expect("a loose object");
    let rows = repo.all();
    assert_eq!((rows.summary.n_commits, rows.gaps().len()), (1, 2));
}

#[test]
fn sha256_repositories_are_read() {
    let mut repo = Repo::with(&["--object-format=sha256"]);
    repo.write("a", "a\n").commit("One");
    let rows = repo.all();
    assert_eq!((repo.source().object_format(), rows.changes()), ("sha256", vec!["1 0 added a".to_owned()]));
}

#[test]
fn attributes_decide_what_is_binary_as_in_git() {
    let mut repo = Repo::new();
    repo.write(".gitattributes", "*.lock -diff\n*.raw diff\n").write("sub/.gitattributes", "x binary\n");
    repo.write("a.lock", "1\n").write("b.raw", b"\0\n").write("sub/x", "1\n").write("x", "1\n");
    repo.commit("One");
    assert_eq!(repo.read(&[], &without_renames()).sums(), git_sums(&repo));
    let changes = repo.all().changes();
    for line in ["- - added a.lock", "1 0 added b.raw", "- - added sub/x", "1 0 added x"] {
        assert!(changes.contains(&line.to_owned()), "{line} in {changes:?}");
    }
}

#[test]
fn tags_of_every_kind_are_listed() {
    let mut repo = Repo::new();
    let commit = repo.commit("One");
    repo.git(&["tag", "v1.0"]);
    repo.git(&["tag", "-a", "v2.0-rc1", "-m", "Second\n\nmore"]);
    repo.git(&["tag", "-a", "nested", "-m", "N", "v2.0-rc1"]);
    repo.git(&["tag", "tree", "HEAD^{tree}"]);
    let mut rows = SourceRows::default();
    history::tags(&repo.source(), "r", &mut rows);
    let batch = rows.tags.finish();
    let view = TagsView::of(&batch).expect("the columns of tags");
    let found: Vec<_> =
        view.rows().map(|t| (t.tag, t.commit, t.is_annotated, t.message, t.version, t.is_prerelease)).collect();
    let commit = Some(commit.as_str());
    assert_eq!(
        found,
        [
            ("nested", commit, true, Some("N"), None, false),
            ("tree", None, false, None, None, false),
            ("v1.0", commit, false, None, Some("1.0"), false),
            ("v2.0-rc1", commit, true, Some("Second"), Some("2.0-rc1"), true),
        ]
    );
}

#[test]
fn what_a_release_adds_and_removes_is_read_from_the_trees_of_its_tags() {
    let mut repo = Repo::new();
    let write = |repo: &Repo, path: &str, text: &str| {
        let place = repo.path().join(path);
        std::fs::create_dir_all(place.parent().expect("a file has a folder")).expect("a folder");
        std::fs::write(place, text).expect("a file");
    };
    write(&repo, "db/mysql/init.sql", "create table a (b int);\n");
    write(&repo, "db/postgres/init.sql", "create table a (b int);\n");
    write(&repo, "package.json", "{\n\"dependencies\": {\n\"mysql2\": \"1\",\n\"pg\": \"8\"\n}\n}\n");
    write(&repo, "compose.yaml", "services:\n  web:\n    image: a\n");
    let release = |repo: &mut Repo, tag: &str| {
        repo.clock += 86_400;
        repo.git(&["add", "-A"]);
        repo.git(&["commit", "-q", "-m", tag]);
        repo.git(&["tag", tag]);
    };
    release(&mut repo, "v1.0.0");
    write(
        &repo,
        "package.json",
        "{\n\"dependencies\": {\n\"pg\": \"8\"\n},\n\"devDependencies\": {\n\"vitest\": \"1\"\n}\n}\n",
    );
    write(&repo, "compose.yaml", "services:\n  web:\n    image: a\n  queue:\n    image: b\n");
    write(&repo, "src/assistant/ask/main.py", "print(1)\n");
    std::fs::remove_dir_all(repo.path().join("db/mysql")).expect("it was there");
    // What only an early release has belongs to the next stable one.
    release(&mut repo, "v2.0.0-rc.1");
    release_unchanged(&mut repo, "v2.0.0");
    let git = GitSource::open(repo.path()).expect("readable").expect("a repository");
    let mut rows = SourceRows::default();
    history::tags(&git, "shop", &mut rows);
    let tags = rows.tags.finish();
    history::releases(&git, "shop", &tags, &mut rows);
    let batch = rows.release_changes.finish();
    let view = ReleaseChangesView::of(&batch).expect("the builder made the batch");
    let found: Vec<String> = view
        .rows()
        .map(|c| format!("{} against {}: {} {} {} in {}", c.tag, c.previous_tag, c.change, c.kind, c.name, c.path))
        .collect();
    assert_eq!(
        found,
        [
            "v2.0.0 against v1.0.0: added folder src in src/assistant/ask/main.py",
            "v2.0.0 against v1.0.0: added service queue in compose.yaml",
            "v2.0.0 against v1.0.0: removed folder db/mysql in db/mysql/init.sql",
            "v2.0.0 against v1.0.0: removed package mysql2 in package.json",
        ]
    );
    // Each row can be checked: the commit that it cites holds the file.
    for change in view.rows() {
        assert!(git.path_in_commit(change.commit, change.path.as_bytes()).is_some(), "{}", change.name);
    }
}

fn release_unchanged(repo: &mut Repo, tag: &str) {
    repo.clock += 86_400;
    repo.git(&["commit", "-q", "--allow-empty", "-m", tag]);
    repo.git(&["tag", tag]);
}
