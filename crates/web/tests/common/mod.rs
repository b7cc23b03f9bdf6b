//! A served workspace and a client that sends exactly what a test says, byte for byte.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use sightline_facts::store::Workspace;
use sightline_read::git::clone::FetchProgress;
use sightline_read::scan::Quiet;
use sightline_scan::Asked;
use sightline_testkit::TinyRepo;
use sightline_web::{Options, Server, Stopper};
use tempfile::TempDir;

/// What a hostile author writes wherever text may stand.
pub(crate) const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover=\"alert(1)";

/// A name in which no line can break, as settings and classes have them.
pub(crate) const LONG: &str = "ENDPOINT_IDENTIFICATION_ALGORITHM_OF_ALL_CONNECTIONS_THAT_LEAVE_THE_HOUSE";

/// A small system: a site and two services, a database, a queue; and names that try to become markup.
fn repository() -> TinyRepo {
    let mut repo = TinyRepo::default();
    repo.file(
        "README.md",
        &format!(
            "# Shop\n\nShop sells things to people.\n\n## About {HOSTILE}\n\nMore {HOSTILE}.\n\n## {LONG}\n\nSet it.\n"
        ),
    );
    repo.file(
        "compose.yaml",
        "services:\n  site:\n    build: site\n    environment:\n      ORDERS_URL: http://orders:8080\n  orders:\n    build: orders\n    environment:\n      DATABASE_URL: postgres://db/orders\n      PAYMENTS_URL: http://payments:8081\n  payments:\n    build: payments\n  db:\n    image: postgres:16\n  \"a<b>&\\\"quote'</title><script>alert(1)</script>\":\n    image: redis:7\n",
    );
    repo.file("site/Dockerfile", "FROM node:22\n");
    repo.file("site/package.json", &format!("{{\"name\": \"site\", \"description\": {HOSTILE:?}, \"dependencies\": {{\"express\": \"4\", \"<script>alert(1)</script>\": \"1\"}}}}\n"));
    repo.file("site/index.js", "const express = require('express');\nconst app = express();\napp.get('/', home);\napp.post('/buy', async (req, res) => { await fetch(process.env.ORDERS_URL + '/orders', { method: 'POST' }); });\napp.listen(80);\n");
    repo.file("orders/Dockerfile", "FROM node:22\n");
    repo.file("orders/package.json", "{\"name\": \"orders\", \"dependencies\": {\"express\": \"4\", \"pg\": \"8\"}}\n");
    repo.file("orders/index.js", "const express = require('express');\nconst { Pool } = require('pg');\nconst pool = new Pool({ connectionString: process.env.DATABASE_URL });\nconst app = express();\napp.post('/orders', async (req, res) => { await pool.query('insert into orders values (1)'); await fetch(process.env.PAYMENTS_URL + '/pay', { method: 'POST' }); });\napp.get('/orders/<script>alert(1)<\\/script>', list);\napp.listen(8080);\n");
    repo.file("orders/openapi.yaml", "openapi: 3.0.3\ninfo:\n  title: Orders\n  version: '1'\npaths:\n  /orders:\n    post:\n      operationId: createOrder\n  /orders/{id}/receipt:\n    get:\n      operationId: getReceipt\n");
    repo.file("settings.env", "ORDERS_PASSWORD=hunter22-not-shown\n");
    repo.file("payments/Dockerfile", "FROM node:22\n");
    repo.file("payments/package.json", "{\"name\": \"payments\", \"dependencies\": {\"express\": \"4\"}}\n");
    repo.file(
        "payments/index.js",
        "const express = require('express');\nconst app = express();\napp.post('/pay', pay);\napp.listen(8081);\n",
    );
    repo.file("docs/<img src=x onerror=alert(1)>.md", "# x\n");
    repo.by(HOSTILE, "mallory@example.org");
    repo.commit(&format!("feat: sell {HOSTILE}"));
    repo
}

/// Two repositories with a history: a shop that got a second service between two releases, and a billing beside it.
fn grown() -> (TinyRepo, TinyRepo) {
    let mut shop = TinyRepo::new("shop");
    shop.file("README.md", "# Shop\n\nShop sells things to people.\n");
    shop.file("docs/glossary.md", "# Glossary\n\n## Reservation\n\nStock that is set aside for an order.\n");
    shop.file("compose.yaml", "services:\n  orders:\n    build: orders\n");
    let service = |repo: &mut TinyRepo, name: &str| {
        repo.file(&format!("{name}/Dockerfile"), "FROM node:22\n");
        repo.file(
            &format!("{name}/package.json"),
            &format!("{{\"name\": \"{name}\", \"dependencies\": {{\"express\": \"5\"}}}}\n"),
        );
        repo.file(
            &format!("{name}/index.js"),
            &format!("const app = require('express')();\napp.post('/{name}', take);\napp.listen(8080);\n"),
        );
    };
    service(&mut shop, "orders");
    shop.commit("Take orders");
    shop.git(&["tag", "v1.0.0"]);
    shop.file("compose.yaml", "services:\n  orders:\n    build: orders\n  stock:\n    build: stock\n");
    service(&mut shop, "stock");
    shop.file("orders/index.js", "const app = require('express')();\napp.post('/orders', take);\napp.listen(8081);\n");
    shop.commit("Keep stock");
    shop.git(&["tag", "v1.1.0"]);
    shop.file("README.md", "# Shop\n\nShop sells things to people, and keeps stock.\n");
    shop.commit("Say so");
    let mut billing = TinyRepo::new("billing");
    billing.file("compose.yaml", "services:\n  invoices:\n    build: invoices\n");
    service(&mut billing, "invoices");
    billing.commit("Write invoices");
    (shop, billing)
}

struct NoFetch;

impl FetchProgress for NoFetch {
    fn fetching(&self, _stage: &str, _percent: Option<u8>) {}
}

/// The shop, read once for all tests of a file: the repository and its workspace.
pub(crate) fn shop() -> &'static (TinyRepo, Workspace) {
    static SHOP: OnceLock<(TinyRepo, Workspace)> = OnceLock::new();
    SHOP.get_or_init(|| {
        let repo = repository();
        let workspace = scan(&repo);
        (repo, workspace)
    })
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a new folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).expect("a file of ours");
        }
    }
}

/// Reads a repository into a workspace beside it.
fn scan(repo: &TinyRepo) -> Workspace {
    scan_all(&[repo])
}

/// Reads repositories into a workspace beside the first.
fn scan_all(repos: &[&TinyRepo]) -> Workspace {
    let workspace = Workspace::at(repos[0].outside().join("workspace"));
    let asked: Vec<Asked> = repos
        .iter()
        .map(|repo| Asked { location: repo.path().to_string_lossy().into_owned(), ..Asked::default() })
        .collect();
    let stop = AtomicBool::new(false);
    let sources = sightline_scan::discover(&workspace, &asked, &NoFetch, &stop).expect("a repository");
    let options =
        sightline_scan::Options { threads: 2, renames: true, now: 0, as_of: None, keep_others: true, fresh: false };
    sightline_scan::scan(&workspace, &sources, &options, &Quiet, &stop, &mut |_| false).expect("a scan");
    workspace
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// A server on a port of its own, and what a browser would know of it.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
    pub(crate) root: PathBuf,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Site {
    /// Serves the shop.
    pub(crate) fn shop() -> Self {
        Self::of(|_, _| {})
    }

    /// Serves two repositories with a history.
    pub(crate) fn grown() -> Self {
        static GROWN: OnceLock<(TinyRepo, TinyRepo, Workspace)> = OnceLock::new();
        let (_, _, workspace) = GROWN.get_or_init(|| {
            let (shop, billing) = grown();
            let workspace = scan_all(&[&shop, &billing]);
            (shop, billing, workspace)
        });
        Self::of(|options, folder| {
            let root = folder.join("grown");
            copy(workspace.root(), &root);
            options.workspace = Workspace::at(&root);
        })
    }

    /// Serves the shop from a workspace of the test's own, with other options; a folder for more files comes with them.
    pub(crate) fn of(change: impl FnOnce(&mut Options, &Path)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("workspace");
        copy(shop().1.root(), &root);
        let workspace = Workspace::at(&root);
        let mut options = Options {
            workspace,
            more: Vec::new(),
            address: "127.0.0.1:0".parse().expect("an address"),
            users: None,
            hosts: Vec::new(),
            sql_time: Duration::from_secs(5),
        };
        change(&mut options, folder.path());
        let server = Server::bind(&options).expect("a free port");
        let (address, stopper, url) = (server.address(), server.stopper(), server.url());
        let token = url.split_once("token=").map(|(_, t)| t.to_owned()).unwrap_or_default();
        let thread = Some(std::thread::spawn(move || server.run().expect("it serves")));
        let mut site =
            Self { address, token, cookie: String::new(), csrf: String::new(), root, stopper, thread, _folder: folder };
        let token = site.token.clone();
        site.enter(&token);
        site
    }

    /// Comes in by a token, as a browser does.
    pub(crate) fn enter(&mut self, token: &str) {
        let reply = self.raw("GET", &format!("/?token={token}"), &[], "");
        let cookie = reply.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        self.cookie = cookie;
        let page = self.get("/scan").body;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|r| r.split('"').next());
        self.csrf = csrf.map(str::to_owned).unwrap_or_default();
    }

    /// The host as browsers write it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Looks at an address with the cookie.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.raw("GET", path, &[("Cookie", &self.cookie)], "")
    }

    /// Sends a form as a page of the server does.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = format!("http://{}", self.host());
        self.post_from(path, fields, &[("Cookie", &self.cookie), ("Origin", &origin)])
    }

    /// Sends a form with headers of the test's choice; the csrf field is that of the session.
    pub(crate) fn post_from(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let csrf = ("csrf", self.csrf.as_str());
        let has_own = fields.iter().any(|(k, _)| *k == "csrf");
        let all = fields.iter().chain((!has_own).then_some(&csrf));
        let body: Vec<String> = all.map(|(k, v)| format!("{k}={}", sightline_tell::address::encoded(v))).collect();
        let mut headers = headers.to_vec();
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        self.raw("POST", path, &headers, &body.join("&"))
    }

    /// Sends a request; a `Host` header of the test replaces the right one.
    pub(crate) fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(k, _)| *k == "Host") {
            request.extend(["Host: ", &self.host(), "\r\n"]);
        }
        for (key, value) in headers {
            request.extend([key, ": ", value, "\r\n"]);
        }
        if method == "POST" {
            request.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        request.push_str("\r\n");
        request.push_str(body);
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket");
        // A server that refuses may close before it has read everything.
        drop(stream.write_all(request.as_bytes()));
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes));
        parse(&bytes)
    }

    /// A file of the workspace; empty where there is none.
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.root.join(name)).unwrap_or_default()
    }

    /// Ends the server and waits for it.
    pub(crate) fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends in peace");
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

pub(crate) fn parse(bytes: &[u8]) -> Reply {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or(0);
    let headers: BTreeMap<String, String> =
        lines.filter_map(|l| l.split_once(':')).map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned())).collect();
    let rest = bytes.get(end + 4..).unwrap_or_default();
    let chunked = headers.get("transfer-encoding").is_some_and(|t| t == "chunked");
    let body = if chunked { dechunk(rest) } else { rest.to_vec() };
    Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|s| usize::from_str_radix(s.trim(), 16).ok());
        let Some(size) = size.filter(|s| *s > 0) else { break };
        let start = end + 2;
        out.extend_from_slice(rest.get(start..start + size).unwrap_or_default());
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
    out
}

/// The values of an attribute in a page, unescaped.
pub(crate) fn attributes(page: &str, name: &str) -> Vec<String> {
    page.split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|v| v.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
        .collect()
}
