//! What the web app must withstand, one test each, over real HTTP on a loopback port.

mod common;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use common::{HOSTILE, Site, shop};
use sightline_tell::address::encoded;
use sightline_web::{Options, Server, WebError};

/// Every kind of page, with something to find in it.
const PAGES: [&str; 30] = [
    "/",
    "/changes?since=2026-01-01",
    "/map",
    "/flows",
    "/flow?of=POST%20%2Forders",
    "/component/orders",
    "/endpoints",
    "/data",
    "/outside",
    "/stack",
    "/health",
    "/tables",
    "/table/components",
    "/metrics",
    "/metric/code-lines",
    "/table/commits.csv",
    "/trust",
    "/sql?q=select%20name%20from%20components",
    "/sql.csv?q=select%20name%20from%20components",
    "/search?q=orders",
    "/glossary",
    "/help",
    "/corrections",
    "/scan",
    "/evidence?id=start%2Fsize%2Fshop&on=%2F",
    "/code?repo=shop&path=README.md",
    "/map.json",
    "/map.csv",
    "/schema.json",
    "/style.css",
];

#[test]
fn no_page_is_reached_without_the_token() {
    let site = Site::shop();
    let wrong = format!("sightline_{}={}", site.address.port(), "0".repeat(64));
    for page in PAGES {
        assert_eq!(site.get(page).status, 200, "{page} is there for whoever has the cookie");
        let glue = if page.contains('?') { "&" } else { "?" };
        for (path, headers) in [
            (page.to_owned(), vec![]),
            (page.to_owned(), vec![("Cookie", wrong.as_str())]),
            (page.to_owned(), vec![("Authorization", "Bearer 0123456789012345678901234567")]),
            (format!("{page}{glue}token={}", "0".repeat(64)), vec![]),
            (format!("{page}{glue}token="), vec![]),
        ] {
            let reply = site.raw("GET", &path, &headers, "");
            assert_eq!(reply.status, 401, "{path} {headers:?}");
            assert!(
                !reply.body.contains("orders") && !reply.body.contains("shop"),
                "{path} tells nothing: {}",
                reply.body
            );
            assert_eq!(reply.header("set-cookie"), "");
        }
    }
    let reply = site.raw("GET", "/nowhere", &[], "");
    assert_eq!(reply.status, 401, "not even which pages there are");
    let program = site.raw("GET", "/map.json", &[("Authorization", &format!("Bearer {}", site.token))], "");
    assert_eq!(program.status, 200, "a program brings the token in a header");
}

#[test]
fn a_foreign_host_is_not_answered() {
    let site = Site::shop();
    let port = site.address.port();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1.evil.example:{port}"),
        String::new(),
        format!("192.0.2.7:{port}"),
    ] {
        let reply = site.raw("GET", "/map", &[("Host", &host), ("Cookie", &site.cookie)], "");
        assert!(matches!(reply.status, 400 | 421), "{host}: {}", reply.status);
        assert!(!reply.body.contains("orders"), "{host}");
        let reply = site.raw("GET", &format!("/?token={}", site.token), &[("Host", &host)], "");
        assert_eq!(reply.header("set-cookie"), "", "no cookie for {host}");
    }
    let both = site.host();
    let twice = [("Host", both.as_str()), ("Host", "evil.example"), ("Cookie", site.cookie.as_str())];
    assert_ne!(site.raw("GET", "/map", &twice, "").status, 200, "two hosts are none");
    assert_eq!(
        site.raw("GET", "/map", &[("Host", &format!("localhost:{port}")), ("Cookie", &site.cookie)], "").status,
        200
    );
}

#[test]
fn a_form_of_another_site_changes_nothing() {
    let site = Site::shop();
    let fields = [("name", "orders"), ("owner", "Mallory")];
    let own = format!("http://{}", site.host());
    let cookie = ("Cookie", site.cookie.as_str());
    let other_port = format!("http://127.0.0.1:{}", site.address.port().wrapping_add(1));
    for headers in [
        vec![cookie, ("Origin", "http://evil.example")],
        vec![cookie, ("Origin", "null")],
        vec![cookie, ("Origin", other_port.as_str())],
        vec![cookie, ("Sec-Fetch-Site", "cross-site")],
        vec![cookie],
    ] {
        for path in ["/corrections", "/scan", "/scan/stop", "/sql/save", "/sql/forget"] {
            let reply = site.post_from(path, &fields, &headers);
            assert_eq!(reply.status, 403, "{path} {headers:?}: {}", reply.body);
        }
    }
    for csrf in ["", "0", &"0".repeat(64)] {
        let reply = site.post("/corrections", &[("csrf", csrf), ("name", "orders"), ("owner", "Mallory")]);
        assert_eq!(reply.status, 403, "a form has to bring what its page gave it");
    }
    let foreign = site.raw("GET", "/map", &[cookie, ("Origin", "http://evil.example")], "");
    assert_eq!(foreign.status, 403, "nor may another site look");
    assert_eq!(site.file("sightline.toml"), "", "nothing was written");
    let reply = site.post_from("/corrections", &fields, &[cookie, ("Origin", &own)]);
    assert_eq!(reply.status, 303, "our own form is taken: {}", reply.body);
    assert!(site.file("sightline.toml").contains("owner = \"Mallory\""));
}

#[test]
fn no_parameter_leads_out_of_its_place() {
    let site = Site::shop();
    std::fs::write(site.root.join("secret.txt"), "root:x:0:0 a secret\n").expect("the workspace can be written");
    let ways = [
        "../workspace/secret.txt",
        "../../workspace/secret.txt",
        "/etc/passwd",
        "../../../../../../etc/passwd",
        "..\\..\\etc\\passwd",
        "src/../../workspace/secret.txt",
        "./../workspace/secret.txt",
        ".git/config",
        ".git/HEAD",
        "compose.yaml/../../workspace/secret.txt",
        "%2e%2e%2fworkspace%2fsecret.txt",
        "..%00/etc/passwd",
        "README.md\0",
        "file:///etc/passwd",
    ];
    for way in ways {
        let way = encoded(way);
        for path in [
            format!("/code?repo=shop&path={way}"),
            format!("/code?repo=shop&path={way}&commit={way}"),
            format!("/code?repo={way}&path=README.md"),
            format!("/code?repo=workspace&path={way}"),
            format!("/table/{way}"),
            format!("/table/commits?column={way}&value=x"),
            format!("/table/commits?sort={way}"),
            format!("/table/commits?column=repo&test={way}&value=x"),
            format!("/component/{way}"),
            format!("/flow?of={way}"),
            format!("/evidence?id={way}&on=%2F"),
            format!("/map.csv?table={way}"),
            format!("/changes?since={way}"),
            format!("/changes?since=2026-01-01&until={way}"),
            format!("/map?repo={way}"),
            format!("/{way}"),
        ] {
            let reply = site.get(&path);
            assert!(matches!(reply.status, 400 | 404), "{path}: {}\n{}", reply.status, reply.body);
            assert!(!reply.body.contains("root:") && !reply.body.contains("[core]"), "{path}: {}", reply.body);
        }
        // A commit that is none leads to no other file either.
        let reply = site.get(&format!("/code?repo=shop&path=README.md&commit={way}"));
        assert!(matches!(reply.status, 400 | 404), "{way}: {}", reply.status);
        let evidence = site.get(&format!("/evidence?id=start%2Fsize%2Fshop&on={}", encoded("//evil.example/")));
        assert!(!evidence.body.contains("href=\"//evil.example"), "the way back stays here");
    }
    let before: Vec<_> = names(&site);
    for name in ["../../evil", "/tmp/evil", "..", ".hidden", "a/b", "questions"] {
        site.post("/sql/save", &[("name", name), ("q", "select 1")]);
    }
    let after: Vec<_> = names(&site).into_iter().filter(|n| !before.contains(n)).collect();
    assert_eq!(after, ["questions"], "questions are kept in their folder alone");
    for entry in std::fs::read_dir(site.root.join("questions")).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'), "{name}");
    }
    site.post("/sql/forget", &[("name", "../secret")]);
    assert!(site.file("secret.txt").contains("a secret"), "nothing else can be removed");
}

fn names(site: &Site) -> Vec<String> {
    let entries = std::fs::read_dir(&site.root).expect("a workspace");
    entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn sql_only_asks_and_ends() {
    let site = Site::of(|options, _| options.sql_time = Duration::from_secs(1));
    let ask = |sql: &str| site.get(&format!("/sql.json?q={}", encoded(sql)));
    assert_eq!(ask("select count(*) as n from components").status, 200);
    let place = site.root.join("written.parquet");
    for sql in [
        "create table x as select 1",
        "drop table commits",
        "insert into tags select * from tags",
        "update commits set subject = ''",
        "delete from commits",
        &format!("copy commits to '{}'", place.display()),
        "create external table t stored as csv location '/etc/passwd'",
        "select * from '/etc/passwd'",
        "select * from 'file:///etc/passwd'",
        "select * from read_csv('/etc/passwd')",
        "select * from parquet_scan('/etc/passwd')",
        "set datafusion.execution.batch_size = 1",
        "select 1; drop table commits",
        "load data inpath '/etc/passwd' into table commits",
        "explain analyze create table x as select 1",
    ] {
        let reply = ask(sql);
        assert_eq!(reply.status, 400, "{sql}: {}", reply.body);
        assert!(!reply.body.contains("root:"), "{sql}");
    }
    assert!(!place.exists());
    assert_eq!(ask("select count(*) as n from commits").status, 200, "the table is still there");
    let started = Instant::now();
    for sql in [
        "select count(*) from changes a, changes b, changes c, changes d, changes e, changes f, changes g, changes h",
        "select sum(a.value * b.value) from generate_series(1, 10000000) a, generate_series(1, 10000000) b",
        "with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t",
    ] {
        let reply = ask(sql);
        assert!(matches!(reply.status, 200 | 400), "{sql}: {}", reply.status);
        assert!(reply.status == 200 || !reply.body.is_empty());
    }
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    assert_eq!(site.get("/map").status, 200, "pages are answered all the while");
    let rows = ask("select * from generate_series(1, 3000000)");
    assert!(rows.body.len() < 60_000_000, "downloads have an end too: {}", rows.body.len());
}

/// Tags of a page: the text between real angle brackets.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|rest| rest.split('>').next())
}

#[test]
fn no_name_of_a_repository_becomes_markup() {
    let site = Site::shop();
    site.post("/sql/save", &[("name", "x"), ("q", HOSTILE)]);
    site.post("/corrections", &[("name", HOSTILE), ("describe", HOSTILE)]);
    let hostile = encoded(HOSTILE);
    let mut seen = 0;
    let pages: Vec<String> = PAGES
        .iter()
        .filter(|p| !p.contains('.'))
        .map(|p| (*p).to_owned())
        .chain([
            format!("/sql?q={hostile}"),
            format!("/sql?q={}", encoded(&format!("select '{HOSTILE}' as \"{}\"", HOSTILE.replace('"', "\"\"")))),
            format!(
                "/sql?q={}",
                encoded("select author_name, count(*) as n from commits group by 1 union all select 'x', 2")
            ),
            format!("/flow?of={hostile}"),
            format!("/component/{hostile}"),
            format!("/table/commits?column=author_name&value={hostile}"),
            format!("/table/{hostile}"),
            format!("/search?q={hostile}"),
            format!("/map?since={hostile}"),
            format!("/changes?since={hostile}"),
            "/changes?since=2026-01-01".to_owned(),
            format!("/component/orders?since=2026-01-01&repo={hostile}"),
            format!("/map?repo={hostile}"),
            format!("/flows?q={hostile}"),
            format!("/code?repo={hostile}&path={hostile}"),
            format!("/evidence?id={hostile}&on={hostile}"),
            "/code?repo=shop&path=README.md".to_owned(),
            format!("/code?repo=shop&path={}", encoded("docs/<img src=x onerror=alert(1)>.md")),
            "/table/files".to_owned(),
            "/table/packages".to_owned(),
            "/table/headings".to_owned(),
        ])
        .collect();
    for path in pages {
        let reply = site.get(&path);
        let page = &reply.body;
        assert!(reply.header("content-type").starts_with("text/html"), "{path}");
        seen += usize::from(page.contains("alert(1)"));
        for tag in tags(page) {
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            assert!(
                !["img", "iframe", "object", "embed", "base", "style", "foreignObject"].contains(&name),
                "{path}: <{tag}>"
            );
            if name == "script" {
                assert!(tag.starts_with("script src=\"/script.js?v="), "{path}: <{tag}>");
            }
            // What is left of a tag without its quoted values has no event handler.
            let bare: String = tag.split('"').step_by(2).collect();
            assert!(!bare.contains(" on") && !bare.contains(" style=") && !bare.contains(" srcdoc"), "{path}: <{tag}>");
        }
        for href in common::attributes(page, "href") {
            let good = href.starts_with('/') && !href.starts_with("//") || href.starts_with('#');
            assert!(good, "{path} leads to {href}");
        }
    }
    assert!(seen > 8, "the hostile names do stand on pages, as text: {seen}");
    let csv = site.get("/table/commits.csv");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"commits.csv\"");
}

#[test]
fn oversized_requests_are_turned_away() {
    let site = Site::shop();
    let big = "x".repeat(1 << 20);
    let reply = site.post("/corrections", &[("name", "orders"), ("owner", &big)]);
    assert_eq!(reply.status, 413, "{}", reply.body);
    let reply = site.get(&format!("/sql?q={}", "x".repeat(40_000)));
    assert_eq!(reply.status, 414);
    let reply = site.raw("GET", "/map", &[("Cookie", &site.cookie), ("X-Big", &"x".repeat(1 << 20))], "");
    assert_ne!(reply.status, 200);
    let reply = site.get(&format!("/sql?q={}", "x".repeat(21_000)));
    assert_eq!(reply.status, 200, "the page says that the question is too long");
    assert!(reply.body.contains("longer than"), "{}", &reply.body[..400]);
    assert_eq!(site.raw("DELETE", "/map", &[("Cookie", &site.cookie)], "").status, 405);
    assert_eq!(site.file("sightline.toml"), "");
    assert_eq!(site.get("/map").status, 200, "others are still answered");
}

#[test]
fn every_answer_says_what_a_page_may_load() {
    let site = Site::shop();
    for reply in [
        site.get("/map"),
        site.get("/nowhere"),
        site.raw("GET", "/map", &[], ""),
        site.get("/style.css"),
        site.get("/map.json"),
    ] {
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "same-origin");
        assert_ne!(reply.header("cache-control"), "", "{}", reply.status);
        assert!(!reply.header("cache-control").contains("public"));
    }
    let reply = site.raw("GET", &format!("/map?token={}", site.token), &[], "");
    let cookie = reply.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(&site.token), "the cookie is not the token");
    assert!(!reply.body.contains(&site.token), "the address one is led to has no token: {}", reply.body);
}

#[test]
fn others_come_in_by_name_and_readers_change_nothing() {
    let open = Options {
        workspace: shop().1.clone(),
        more: Vec::new(),
        address: "0.0.0.0:0".parse().expect("an address"),
        users: None,
        hosts: Vec::new(),
        sql_time: Duration::from_secs(5),
    };
    let error = Server::bind(&open).expect_err("nobody says who may look");
    assert!(matches!(error, WebError::Open { .. }) && error.to_string().contains("--users"), "{error}");

    let (reader, editor) = ("reader-0123456789-0123456789", "editor-0123456789-0123456789");
    let write_users = |users: &std::path::Path| {
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.write(true).create_new(true).open(users).expect("a new file");
        write!(file, "[[user]]\nname = \"rita\"\nrole = \"reader\"\ntoken = \"{reader}\"\n[[user]]\nname = \"eva\"\nrole = \"editor\"\ntoken = \"{editor}\"\n").expect("written");
    };
    let mut site = Site::of(|options, folder| {
        let users = folder.join("users.toml");
        write_users(&users);
        options.users = Some(users);
    });
    assert_eq!(site.token, "", "there is no token of this launch beside those of people");
    site.enter(reader);
    assert_eq!(site.get("/map").status, 200, "readers look");
    assert!(site.get("/sql?q=select%201%20as%20n").body.contains("1 row"), "readers ask");
    let fields = [("name", "orders"), ("owner", "Rita")];
    assert_eq!(site.csrf, "", "no form is shown to a reader");
    for path in ["/corrections", "/scan", "/sql/save"] {
        assert_eq!(site.post(path, &fields).status, 403, "{path}");
    }
    let bearer = format!("Bearer {reader}");
    let reply = site.post_from("/corrections", &fields, &[("Authorization", &bearer)]);
    assert_eq!(reply.status, 403, "nor by a program");
    assert_eq!(site.file("sightline.toml"), "");
    site.enter(editor);
    assert_eq!(site.post("/corrections", &fields).status, 303);
    assert!(site.file("sightline.toml").contains("# said by eva in the web app"), "{}", site.file("sightline.toml"));
}

#[test]
fn a_stop_waits_for_nobody() {
    let mut site = Site::shop();
    // Somebody watches a scan, and somebody never ends the request that they began.
    let mut watching = std::net::TcpStream::connect(site.address).expect("it listens");
    write!(watching, "GET /scan/events HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", site.host(), site.cookie)
        .expect("sent");
    let mut first = [0; 64];
    assert!(watching.read(&mut first).expect("news") > 0);
    let mut dawdling = std::net::TcpStream::connect(site.address).expect("it listens");
    dawdling.write_all(b"POST /scan HTTP/1.1\r\nHost: x\r\n").expect("sent");
    let started = Instant::now();
    site.stop();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(std::net::TcpStream::connect(site.address).is_err(), "nobody listens any more");
}
