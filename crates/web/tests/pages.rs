//! Every page, found by following links as a reader would.

mod common;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use common::{Site, attributes};
use sightline_tell::address::encoded;

/// The pages that are sections of the report, by their names in addresses.
const SECTIONS: [&str; 16] = [
    "start",
    "answers",
    "documents",
    "map",
    "flows",
    "endpoints",
    "data",
    "outside",
    "stack",
    "configuration",
    "changes",
    "health",
    "program",
    "dependencies",
    "tables",
    "trust",
];

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
        "metric",
        "metrics",
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
fn a_metric_opens_to_its_rows() {
    let site = Site::shop();
    let page = site.get("/metric/code-lines").body;
    for expect in ["How much code is there?", "Rows behind", "The question in SQL", "href=\"/metrics\""] {
        assert!(page.contains(expect), "{expect}: {page}");
    }
    let data = site.get("/metric/code-lines.json");
    let json: serde_json::Value = serde_json::from_str(&data.body).expect("JSON");
    assert!(json["values"].as_array().is_some_and(|v| !v.is_empty()) && json["rows"][0]["path"].is_string(), "{json}");
    // What is over work items lists what it leaves out, though there are none here.
    let none = site.get("/metric/issue-lead-time").body;
    assert!(none.contains("There is no value here") && none.contains("Nothing is left out"), "{none}");
    assert_eq!(site.get("/metric/no-such").status, 404);
    assert_eq!(site.get("/metric/code-lines?repo=no-such").status, 200);
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
fn a_day_to_compare_with_is_chosen_once_for_all_pages() {
    let site = Site::grown();
    let page = site.get("/map").body;
    assert!(page.contains("popovertarget=\"dates\"") && page.contains("/changes?since=v1.0.0"), "{page}");
    let told = site.get("/changes?since=v1.0.0");
    assert_eq!(told.status, 200, "{}", told.body);
    assert!(told.body.contains("Changes since v1.0.0 of") && told.body.contains("new +"), "{}", told.body);
    // Each sentence opens, and each figure is answered for that time alone.
    for href in attributes(&told.body, "href") {
        if href.starts_with("/evidence") || href.starts_with("/sql") {
            let reply = site.get(&href);
            assert!(reply.status == 200 && !reply.body.contains("role=\"alert\""), "{href}: {}", reply.body);
        }
    }
    // The choice is carried on, and a page says what it means there.
    let map = site.get("/map?since=v1.0.0").body;
    assert!(map.contains("<div class=\"since\"") && map.contains("href=\"/data?since=v1.0.0\""), "{map}");
    assert!(map.contains("href=\"/component/orders?since=v1.0.0\""), "{map}");
    let part = site.get("/component/stock?since=v1.0.0").body;
    assert!(part.contains("1 commit by 1 person changed files of this part"), "{part}");
    let other = site.get("/component/orders?since=v1.1.0").body;
    assert!(other.contains("no file of this part changed"), "{other}");
    for (form, begins) in [("json", "{"), ("md", "# "), ("csv", "name,")] {
        let twin = site.get(&format!("/changes.{form}?since=v1.0.0"));
        assert!(twin.status == 200 && twin.body.starts_with(begins), "{form}: {}", twin.body);
    }
    // No figure is shown for a day that the facts do not reach.
    for wrong in ["1999-01-01", "2100-01-01", "v9", "%27%20or%201%3D1", "2026-02-30"] {
        let reply = site.get(&format!("/changes?since={wrong}"));
        assert!(reply.status == 400 && !reply.body.contains("class=\"lead"), "{wrong}: {}", reply.body);
        let reply = site.get(&format!("/map?since={wrong}"));
        assert!(reply.status == 200 && reply.body.contains("Nothing can be compared with"), "{wrong}: {}", reply.body);
    }
    let plain = Site::shop().get("/changes?since=2026-01-02");
    assert_eq!(plain.status, 400, "a single commit has no earlier day: {}", plain.body);
}

#[test]
fn pages_can_be_about_one_of_several_repositories() {
    let site = Site::grown();
    let all = site.get("/map").body;
    assert!(all.contains("<option value=\"billing\">"), "{all}");
    let page = site.get("/map?repo=billing").body;
    assert!(page.contains("href=\"/component/invoices?repo=billing\""), "{page}");
    assert!(!page.contains("/component/stock"), "{page}");
    assert!(page.contains("about all repositories together"), "{page}");
    assert!(page.contains("<option value=\"billing\" selected>"), "{page}");
    let json: serde_json::Value = serde_json::from_str(&site.get("/map.json?repo=billing").body).expect("JSON");
    let blocks = json["sections"][0]["blocks"].as_array().expect("blocks");
    let parts = blocks.iter().find(|b| b["id"] == "parts" && b["kind"] == "table").expect("the table");
    let names: Vec<&str> = parts["rows"].as_array().into_iter().flatten().filter_map(|r| r["name"].as_str()).collect();
    assert_eq!(names, ["invoices"]);
    // Each figure leads to a question that gives the same rows.
    for href in attributes(&page, "href").iter().filter(|h| h.starts_with("/sql?q=")) {
        let reply = site.get(href);
        assert!(!reply.body.contains("role=\"alert\""), "{href}: {}", reply.body);
    }
    for name in [
        "start",
        "answers",
        "documents",
        "endpoints",
        "data",
        "outside",
        "stack",
        "configuration",
        "changes",
        "health",
        "trust",
        "flows",
    ] {
        let reply = site.get(&format!("/{name}?repo=billing"));
        assert!(reply.status == 200 && !reply.body.contains("/component/stock"), "{name}: {}", reply.body);
    }
    assert_eq!(site.get("/map?repo=nowhere").status, 404);
    assert_eq!(site.get(&format!("/map?repo={}", encoded("x' or '1'='1"))).status, 404);
}

#[test]
fn every_figure_of_every_page_is_answered() {
    let site = Site::shop();
    let mut asked = BTreeSet::new();
    for page in
        SECTIONS.iter().map(|name| format!("/{name}")).chain(["/component/orders".to_owned(), "/glossary".to_owned()])
    {
        let body = site.get(&page).body;
        for href in attributes(&body, "href").into_iter().filter(|h| h.starts_with("/sql?q=")) {
            if asked.insert(href.clone()) {
                let reply = site.get(&href);
                let is_answered = reply.body.contains(" rows, in ") || reply.body.contains(" row, in ");
                assert!(reply.status == 200 && is_answered, "{page}: {href}: {}", reply.body);
            }
        }
        for href in attributes(&body, "href").into_iter().filter(|h| h.starts_with("/evidence")) {
            let reply = site.get(&href);
            assert!(reply.status == 200 && reply.body.contains("It stands on"), "{page}: {href}: {}", reply.body);
        }
    }
    assert!(asked.len() > 60, "{}", asked.len());
}

/// The words of a page without its markup.
fn words(page: &str) -> String {
    let text: String = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, rest)| rest)).collect();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.replace('\u{2060}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn page_terminal_and_markdown_say_the_same() {
    let site = Site::shop();
    let session = sightline_facts::session::Session::over(&common::shop().1).expect("facts");
    let mut said = 0;
    for name in SECTIONS.iter().filter(|name| **name != "flows") {
        let report = sightline_tell::load_section(&session, name).expect("a section");
        let page = words(&site.get(&format!("/{name}")).body);
        let terminal = sightline_tell::render::terminal(&report, Some(name), 160, false);
        let terminal = terminal.split_whitespace().collect::<Vec<_>>().join(" ");
        let json: serde_json::Value = serde_json::from_str(&site.get(&format!("/{name}.json")).body).expect("JSON");
        for claim in report.sections[0].claims() {
            let text = claim.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(page.contains(&text), "{name}: the page does not say: {text}");
            // Outside names may be shortened where a line has no room for them.
            assert!(terminal.contains(&text), "{name}: the terminal does not say: {text}\n{terminal}");
            said += 1;
        }
        assert_eq!(json["sections"][0]["id"], *name);
    }
    assert!(said > 40, "{said}");
}

#[test]
fn the_glossary_holds_the_words_of_the_system_and_of_the_trade() {
    let site = Site::grown();
    let page = site.get("/glossary").body;
    for word in ["Words of this system", "Words of the trade", "/component/stock", "id=\"word-commit\"", "Reservation"]
    {
        assert!(page.contains(word), "{word}: {page}");
    }
    assert!(page.contains("Stock that is set aside for an order."), "what a document defines is quoted: {page}");
    assert!(site.get("/glossary.json").body.contains("\"term\":\"Reservation\""));
}

/// Reads the sources again and waits until that is done.
fn scan_again(site: &Site) {
    assert_eq!(site.post("/scan", &[]).status, 303);
    let page = (0..600)
        .map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            site.get("/scan").body
        })
        .find(|page| !page.contains("data-phase=\"running\""))
        .expect("the scan ends");
    assert!(page.contains("The scan is done."), "{page}");
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

    scan_again(&site);
    let rows = site
        .get(&format!("/sql.csv?q={}", encoded("select purpose, owner, basis from components where name = 'orders'")));
    assert!(rows.body.contains("Takes orders of people.,Checkout"), "{}", rows.body);
    assert!(site.get("/component/orders").body.contains("Takes orders of people."), "pages show the new facts at once");
    assert!(site.get("/corrections").body.contains("corrections stand"));
}

#[test]
fn a_connection_can_be_hidden_added_and_described() {
    let site = Site::shop();
    let form = site.get("/component/orders").body;
    assert!(
        form.contains("A connection is wrong or missing") && form.contains("<option value=\"payments\">"),
        "{form}"
    );
    let said = |fields: &[(&str, &str)]| {
        let all: Vec<_> = [("of", "connection")].iter().chain(fields).copied().collect();
        site.post("/corrections", &all)
    };
    assert_eq!(said(&[("from", "orders"), ("to", "payments"), ("hide", "1")]).status, 303);
    assert_eq!(
        said(&[("from", "payments"), ("to", "db"), ("what", "keeps receipts in"), ("kind", "data")]).status,
        303
    );
    for (wrong, why) in [
        (vec![("from", "orders"), ("to", "nobody"), ("what", "x")], "no such part"),
        (vec![("from", "orders"), ("to", "orders"), ("what", "x")], "one part"),
        (vec![("from", "orders"), ("to", "db"), ("kind", "magic")], "no such kind"),
        (vec![("from", "orders"), ("to", "db")], "says nothing"),
    ] {
        assert_eq!(said(&wrong).status, 400, "{why}");
    }
    assert!(site.file("sightline.toml").contains("[[connection]]\nfrom = \"orders\"\nto = \"payments\"\nhide = true"));

    scan_again(&site);
    let lines =
        "select concat(from_component, ' ', to_component, ' ', coalesce(what, '')) as line from connections order by 1";
    let rows = site.get(&format!("/sql.csv?q={}", encoded(lines))).body;
    assert!(!rows.contains("component:orders component:payments"), "{rows}");
    assert!(rows.contains("component:payments component:db keeps receipts in"), "{rows}");
}

#[test]
fn what_a_contract_declares_is_held_against_the_code() {
    let site = Site::shop();
    let page = site.get("/endpoints").body;
    assert!(page.contains("declared, not found") && page.contains("receipt"), "{page}");
    let json: serde_json::Value = serde_json::from_str(&site.get("/endpoints.json").body).expect("JSON");
    let blocks = json["sections"][0]["blocks"].as_array().expect("blocks");
    let rows = &blocks.iter().find(|b| b["id"] == "contracts" && b["kind"] == "table").expect("the table")["rows"];
    let state = |route: &str| {
        rows.as_array()
            .into_iter()
            .flatten()
            .find(|r| r["http_route"] == route)
            .map(|r| r["state"].as_str().unwrap_or_default())
    };
    assert_eq!(state("/orders"), Some("declared and found"));
    assert_eq!(state("/orders/{id}/receipt"), Some("declared, not found"));
    assert_eq!(state("/pay"), None, "nothing is promised of a part without a contract");
    let undeclared = rows.as_array().into_iter().flatten().filter(|r| r["state"] == "found, not declared").count();
    assert_eq!(undeclared, 1, "{rows}");
}

#[test]
fn a_committed_password_is_cited_and_not_shown() {
    let site = Site::shop();
    let code = site.get("/code?repo=shop&path=settings.env&from=1&to=1");
    assert!(code.body.contains("ORDERS_PASSWORD=•••") && !code.body.contains("hunter22"), "{}", code.body);
}

#[test]
fn several_workspaces_stand_side_by_side() {
    let site = Site::of(|options, folder| {
        options.more = vec![sightline_facts::store::Workspace::at(folder.join("empty"))];
    });
    let rooms = site.get("/").body;
    let names: Vec<String> = attributes(&rooms, "href")
        .into_iter()
        .filter_map(|h| Some(h.strip_prefix("/w/")?.strip_suffix('/')?.to_owned()))
        .collect();
    assert_eq!(names.len(), 2, "{rooms}");
    assert!(rooms.contains("Nothing has been read into it yet.") && rooms.contains("shop: "), "{rooms}");
    let home = format!("/w/{}", names[0]);
    for page in ["/", "/map", "/component/orders", "/sql"] {
        let reply = site.get(&format!("{home}{page}"));
        assert_eq!(reply.status, 200, "{page}: {}", reply.body);
        for name in ["href", "src", "action"] {
            for to in attributes(&reply.body, name).iter().filter(|to| to.starts_with('/')) {
                assert!(to.starts_with(&format!("{home}/")) || to == "/w/", "{page} leads out of its workspace: {to}");
            }
        }
    }
    let evidence =
        attributes(&site.get(&format!("{home}/map")).body, "href").into_iter().find(|h| h.contains("/evidence?"));
    assert_eq!(site.get(&evidence.expect("evidence")).status, 200);
    assert!(site.get("/map").body.contains(&format!("{home}/map")), "an address without a workspace asks which");
    assert_eq!(site.get(&format!("/w/{}/map", names[1])).status, 404, "nothing scanned there");
    assert_eq!(site.get("/w/other/map").status, 200, "an unknown one leads to the list");
    assert_eq!(site.raw("GET", &format!("{home}/map"), &[], "").status, 401, "and none is open to strangers");
    assert_eq!(site.raw("GET", "/", &[], "").status, 401);
    // The form of one workspace brings back what its page gave it.
    let form = site.get(&format!("{home}/scan")).body;
    let csrf = form.split("name=\"csrf\" value=\"").nth(1).and_then(|r| r.split('"').next()).expect("a form");
    let asked = site
        .post(&format!("{home}/sql/save"), &[("csrf", csrf), ("name", "Parts"), ("q", "select name from components")]);
    assert!(asked.status == 303 && asked.header("location").starts_with(&home), "{asked:?}");
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
