//! Clones by URL: from a folder, and from git's own HTTP server behind a tiny loopback CGI host.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sightline_read::git::{FetchProgress, GitError, GitSource, fetch_url};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ann").env(format!("GIT_{who}_EMAIL"), "ann@example.org");
        command.env(format!("GIT_{who}_DATE"), "@1700000000 +0000");
    }
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A bare repository `shop.git` of `n` commits below `root`.
fn shop(root: &Path, n: u64) {
    git(root, &["init", "-q", "--bare", "-b", "main", "shop.git"]);
    let mut script = String::new();
    for i in 0..n {
        let content = format!("line {i}\n");
        write!(script, "commit refs/heads/main\ncommitter A <a@b> {} +0000\ndata 2\nx\n", 1_700_000_000 + i)
            .expect("writing to a string does not fail");
        write!(script, "M 644 inline file{}\ndata {}\n{content}\n", i % 20, content.len())
            .expect("writing to a string does not fail");
    }
    let mut child = Command::new("git")
        .current_dir(root.join("shop.git"))
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("it was piped").write_all(script.as_bytes()).expect("git reads");
    assert!(child.wait().expect("git ends").success());
}

fn add_commit(root: &Path) -> String {
    let bare = root.join("shop.git");
    let tree = git(&bare, &["rev-parse", "main^{tree}"]);
    let commit = git(&bare, &["commit-tree", "-p", "main", "-m", "Later", &tree]);
    git(&bare, &["update-ref", "refs/heads/main", &commit]);
    commit
}

struct Silent;

impl FetchProgress for Silent {
    fn fetching(&self, _: &str, _: Option<u8>) {}
}

fn fetch(url: &str, into: &Path) -> Result<std::path::PathBuf, GitError> {
    fetch_url(url, into, &Silent, &AtomicBool::new(false))
}

fn count(clone: &Path) -> String {
    git(clone, &["rev-list", "--count", "HEAD"])
}

/// Serves `root` until the process ends; the `cut`-th POST is broken off in the middle, 0 for none.
fn serve(root: &Path, cut: u64) -> (u16, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let root = root.to_path_buf();
    let posts = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&posts);
    std::thread::spawn(move || {
        // Bounded, so that a test that goes wrong ends.
        for stream in listener.incoming().take(200).filter_map(Result::ok) {
            answer(&stream, &root, &counted, cut);
        }
    });
    (port, posts)
}

fn answer(stream: &TcpStream, root: &Path, posts: &AtomicU64, cut: u64) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut command = Command::new("git");
    command.args(["http-backend"]).env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("REQUEST_METHOD", &method).env("PATH_INFO", path).env("QUERY_STRING", query);
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((key, value)) = header.trim().split_once(": ") else { break };
        match key.to_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "content-type" => drop(command.env("CONTENT_TYPE", value).get_envs()),
            "content-encoding" => drop(command.env("HTTP_CONTENT_ENCODING", value).get_envs()),
            "git-protocol" => drop(command.env("GIT_PROTOCOL", value).get_envs()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    command.env("CONTENT_LENGTH", length.to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut input = child.stdin.take()?;
    let feed = std::thread::spawn(move || input.write_all(&body).is_ok());
    let output = child.wait_with_output().ok()?.stdout;
    feed.join().ok()?;
    let split = output.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&output[..split]).into_owned();
    let status = head.lines().find_map(|l| l.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
    let content = &output[split + 4..];
    let is_cut = method == "POST" && posts.fetch_add(1, Ordering::SeqCst) + 1 == cut;
    let sent = if is_cut { &content[..content.len() / 2] } else { content };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", content.len())
        .ok()?;
    stream.write_all(sent).ok()
}

#[test]
fn a_folder_is_cloned_and_brought_up_to_date() {
    let root = tempfile::tempdir().expect("a folder");
    shop(root.path(), 5);
    let url = format!("file://{}/shop.git", root.path().display());
    let into = root.path().join("clones");
    let clone = fetch(&url, &into).expect("it is cloned");
    assert_eq!(count(&clone), "5");
    let later = add_commit(root.path());
    git(&root.path().join("shop.git"), &["tag", "v1.0"]);
    assert_eq!(fetch(&url, &into).expect("it is updated"), clone);
    let source = GitSource::open(&clone).expect("it opens").expect("it is there");
    assert_eq!(source.head(None).expect("a head").commit.as_deref(), Some(later.as_str()));
    assert!(source.is_bare() && !source.is_shallow() && source.tag_exists("v1.0"));
    assert_eq!((source.name().as_str(), source.origin_url().as_deref()), ("shop", Some(url.as_str())));
}

#[test]
fn an_empty_repository_is_cloned() {
    let root = tempfile::tempdir().expect("a folder");
    git(root.path(), &["init", "-q", "--bare", "-b", "main", "shop.git"]);
    let clone = fetch(&format!("file://{}/shop.git", root.path().display()), &root.path().join("clones"))
        .expect("it is cloned");
    let source = GitSource::open(&clone).expect("it opens").expect("it is there");
    assert_eq!(source.head(None).expect("an unborn branch").commit, None);
}

#[test]
fn a_clone_over_http_goes_on_where_it_was_cut_off_and_keeps_no_secret() {
    let root = tempfile::tempdir().expect("a folder");
    shop(root.path(), 1_200);
    let into = root.path().join("clones");
    // Asking for branches is POST 1, the first step 2 and 3, the second step 4 and 5.
    let (port, posts) = serve(root.path(), 5);
    let url = format!("http://ann:s3cret@127.0.0.1:{port}/shop.git");
    let error = fetch(&url, &into).expect_err("it is cut off");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let clone = std::fs::read_dir(&into)
        .expect("the folder of clones")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .expect("the half clone");
    assert_eq!(count(&clone), "500", "the first step is kept");
    let before = posts.load(Ordering::SeqCst);
    assert_eq!(fetch(&url, &into).expect("it goes on"), clone);
    assert!(posts.load(Ordering::SeqCst) > before);
    assert_eq!(count(&clone), "1200");
    assert!(!GitSource::open(&clone).expect("it opens").expect("it is there").is_shallow());
    let config = std::fs::read_to_string(clone.join("config")).expect("it has settings");
    assert!(!config.contains("s3cret") && config.contains("127.0.0.1"), "{config}");
    let later = add_commit(root.path());
    fetch(&url, &into).expect("it is updated");
    assert_eq!(git(&clone, &["rev-parse", "HEAD"]), later);
}

#[test]
fn errors_say_what_is_wrong() {
    let root = tempfile::tempdir().expect("a folder");
    let into = root.path().join("clones");
    let missing = format!("file://{}/nope.git", root.path().display());
    assert!(matches!(fetch(&missing, &into), Err(GitError::NotARepository { .. })));
    let (port, _) = serve(root.path(), 0);
    assert!(matches!(fetch(&format!("http://127.0.0.1:{port}/nope.git"), &into), Err(GitError::NotARepository { .. })));
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("it is bound").port();
    assert!(matches!(fetch(&format!("http://127.0.0.1:{closed}/a.git"), &into), Err(GitError::Unreachable { .. })));
    assert!(matches!(fetch("--upload-pack=x", &into), Err(GitError::BadUrl { .. })));
    assert!(matches!(fetch("ext::sh -c x", &into), Err(GitError::BadUrl { .. })));
    let stopped = fetch_url(&missing, &into, &Silent, &AtomicBool::new(true));
    assert!(matches!(stopped, Err(GitError::Stopped)));
}
