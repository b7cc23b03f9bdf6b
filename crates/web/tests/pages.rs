//! Every page, found by following links as a reader would.

mod common;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use common::{Site, attributes};
use sightline_tell::address::encoded;

/// Pages that one crawl looks at; tables of rows lead to many lines of code.
const MOST: usize = 700;

#[test]
fn every_link_leads_somewhere() {
    let site = Site::shop();
    let mut todo: VecDeque<(String, String)> = VecDeque::from([("/".to_owned(), "the start".to_owned())]);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut fetched = 0;
    while let Some((path, from)) = todo.pop_front() {
        // A handful of each kind is looked at, so that a kind with many does not hide the others.
        let kind = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default().to_owned();
        let n = kinds.entry(kind).or_default();
        *n += 1;
        if *n > 60 || fetched > MOST {
            continue;
        }
        fetched += 1;
        let reply = site.get(&path);
        assert_eq!(reply.status, 200, "{path}, linked from {from}: {}", reply.body);
        if !reply.header("content-type").starts_with("text/html") {
            continue;
        }
        let page = &reply.body;
        assert_eq!(page.matches("<h1").count(), 1, "{path} has one heading of the first level");
        let ids: BTreeSet<String> = attributes(page, "id").into_iter().collect();
        assert_eq!(ids.len(), attributes(page, "id").len(), "{path}: each id stands once");
        for href in attributes(page, "href").into_iter().chain(attributes(page, "src")) {
            if let Some(id) = href.strip_prefix('#') {
                assert!(ids.contains(id), "{path} leads to #{id}");
            } else if href.starts_with('/') && seen.insert(href.clone()) {
                todo.push_back((href, path.clone()));
            }
        }
    }
    for kind in [
        "",
        "map",
        "component",
        "flow",
        "flows",
        "endpoints",
        "evidence",
        "code",
        "sql",
        "table",
        "tables",
        "trust",
        "glossary",
        "help",
        "scan",
        "corrections",
    ] {
        assert!(kinds.get(kind).is_some_and(|n| *n > 0), "no link leads to /{kind}: {kinds:?}");
    }
}

#[test]
fn a_page_has_twins_for_programs() {
    let site = Site::shop();
    for name in ["start", "map", "endpoints", "data", "outside", "stack", "health", "tables", "trust"] {
        let reply = site.get(&format!("/{name}.json"));
        let json: serde_json::Value = serde_json::from_str(&reply.body).expect(name);
        assert_eq!(json["sections"][0]["id"], name);
        let markdown = site.get(&format!("/{name}.md"));
        assert!(markdown.status == 200 && markdown.body.starts_with("# "), "{name}");
    }
    let csv = site.get("/map.csv?table=parts");
    assert!(csv.body.starts_with("name,kind,"), "{}", csv.body);
    assert!(csv.body.contains("orders,service,"), "{}", csv.body);
    let table = site.get("/table/components.json");
    let rows: serde_json::Value = serde_json::from_str(&table.body).expect("rows");
    assert!(rows.as_array().is_some_and(|r| r.iter().any(|c| c["name"] == "orders")), "{rows}");
    let parquet = site.get("/table/components.parquet");
    assert!(parquet.status == 200 && parquet.body.starts_with("PAR1"));
    assert_eq!(site.get("/map.parquet").status, 404);
}

#[test]
fn a_sentence_opens_to_its_lines() {
    let site = Site::shop();
    let page = site.get("/map").body;
    let marks: Vec<String> = attributes(&page, "href").into_iter().filter(|h| h.starts_with("/evidence")).collect();
    assert!(marks.len() > 1, "{marks:?}");
    let mut lines = 0;
    for mark in &marks {
        let whole = site.get(mark);
        assert_eq!(whole.status, 200, "{mark}");
        let panel = site.get(&format!("{mark}&panel=1"));
        assert!(
            !panel.body.contains("<html") && whole.body.contains(&panel.body.replace("<!DOCTYPE html>", "")[..200]),
            "{mark}"
        );
        lines += panel.body.matches("<mark>").count();
        assert!(panel.body.contains("/sql?q="), "the question stands beside it");
    }
    assert!(lines > 3, "cited lines are shown and marked");
    let code = site.get("/code?repo=shop&path=compose.yaml&from=6&to=6");
    assert!(code.body.contains("<mark><span class=\"ln-no\">6 </span>  orders:</mark>"), "{}", code.body);
}

#[test]
fn browsers_keep_what_has_not_changed() {
    let site = Site::shop();
    let first = site.get("/map");
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let again = site.raw("GET", "/map", &[("Cookie", &site.cookie), ("If-None-Match", &tag)], "");
    assert_eq!((again.status, again.body.len()), (304, 0));
    let stranger = site.raw("GET", "/map", &[("If-None-Match", &tag)], "");
    assert_eq!(stranger.status, 401, "the tag opens nothing");
    let small = site.raw("GET", "/map", &[("Cookie", &site.cookie), ("Accept-Encoding", "gzip")], "");
    assert_eq!(small.header("content-encoding"), "gzip");
}

#[test]
fn rows_are_filtered_sorted_and_counted() {
    let site = Site::shop();
    let page = |query: &str| site.get(&format!("/table/files?{query}")).body;
    assert!(page("column=path&test=has&value=INDEX.JS").contains("3 rows that fit."), "case does not matter");
    assert!(page("column=path&test=is&value=compose.yaml").contains("1 row that fit."));
    assert!(page("column=code_lines&test=over&value=1000000").contains("No row fits."));
    assert!(
        page(&format!("column=path&test=is&value={}", encoded("x' or '1'='1"))).contains("No row fits."),
        "a value is no SQL"
    );
    let down = page("sort=code_lines&down=1");
    assert!(down.contains("aria-sort=\"descending\""));
    assert_eq!(site.get("/table/files?column=nope&value=x").status, 400);
    assert_eq!(site.get("/table/files?sort=path;drop").status, 400);
}

#[test]
fn a_correction_holds_after_a_scan() {
    let site = Site::shop();
    let before = "# our own words\n\n[[component]]\nname = \"payments\"   # a comment\nowner = \"Payments\"\n";
    std::fs::write(site.root.join("sightline.toml"), before).expect("the workspace can be written");
    let reply = site
        .post("/corrections", &[("name", "orders"), ("describe", "Takes orders of people."), ("owner", "Checkout")]);
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert!(site.file("sightline.toml").starts_with(before), "{}", site.file("sightline.toml"));
    assert!(site.get(reply.header("location")).body.contains("Written to"));
    let reply = site.post("/corrections", &[("name", "orders"), ("kind", "king")]);
    assert_eq!(reply.status, 400, "only kinds that there are: {}", reply.body);

    assert_eq!(site.post("/scan", &[]).status, 303);
    let page = (0..600)
        .map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            site.get("/scan").body
        })
        .find(|page| !page.contains("data-phase=\"running\""))
        .expect("the scan ends");
    assert!(page.contains("The scan is done."), "{page}");
    let rows = site
        .get(&format!("/sql.csv?q={}", encoded("select purpose, owner, basis from components where name = 'orders'")));
    assert!(rows.body.contains("Takes orders of people.,Checkout"), "{}", rows.body);
    assert!(site.get("/component/orders").body.contains("Takes orders of people."), "pages show the new facts at once");
    assert!(site.get("/corrections").body.contains("corrections stand"));
}

#[test]
fn a_question_can_be_kept_shared_and_taken_home() {
    let site = Site::shop();
    let question = "select name, code_lines from components where code_lines > 0 order by 2 desc";
    let asked = site.get(&format!("/sql?q={}", encoded(question)));
    assert!(asked.body.contains("rows, in ") && asked.body.contains("class=\"bar\""), "a table and a picture");
    assert_eq!(site.post("/sql/save", &[("name", "Largest parts"), ("q", question)]).status, 303);
    assert_eq!(site.file("questions/largest-parts.sql"), format!("{question}\n"));
    assert!(site.get("/sql").body.contains(">largest parts</a>"));
    assert!(site.get(&format!("/sql.csv?q={}", encoded(question))).body.starts_with("name,code_lines\r\n"));
    assert!(site.get(&format!("/sql.parquet?q={}", encoded(question))).body.starts_with("PAR1"));
    let wrong = site.get(&format!("/sql?q={}", encoded("select nme from components")));
    assert!(wrong.status == 200 && wrong.body.contains("role=\"alert\""), "an error stands beside the question");
    site.post("/sql/forget", &[("name", "largest-parts")]);
    assert_eq!(site.file("questions/largest-parts.sql"), "");
}

#[test]
fn without_facts_each_page_says_how_to_get_them() {
    let site = Site::of(|options, folder| {
        let empty = folder.join("empty");
        options.workspace = sightline_facts::store::Workspace::at(empty);
    });
    for page in ["/", "/map", "/tables", "/sql", "/glossary"] {
        let reply = site.get(page);
        assert_eq!(reply.status, 404, "{page}");
        assert!(reply.body.contains("sightline scan"), "{page}: {}", reply.body);
    }
    assert_eq!(site.get("/scan").status, 200);
}
