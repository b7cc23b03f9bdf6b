//! What the search box promises: whole names first, kinds that people ask for first, words inside names, letters wrong,
//! and an index that belongs to its snapshot.

use std::path::Path;
use std::sync::LazyLock;

use sightline_facts::RowBuilder;
use sightline_facts::session::Session;
use sightline_facts::store::{Snapshot, Workspace};
use sightline_facts::tables::components::{self, ComponentRow, ComponentsBuilder};
use sightline_facts::tables::endpoints::{self, EndpointRow, EndpointsBuilder};
use sightline_facts::tables::entities::{self, EntitiesBuilder, EntityRow};
use sightline_facts::tables::entity_fields::{self, EntityFieldRow, EntityFieldsBuilder};
use sightline_facts::tables::files::{self, FileRow, FilesBuilder};
use sightline_facts::tables::headings::{self, HeadingRow, HeadingsBuilder};
use sightline_facts::tables::owners::{self, OwnerRow, OwnersBuilder};
use sightline_facts::tables::packages::{self, PackageRow, PackagesBuilder};
use sightline_facts::tables::symbols::{self, SymbolRow, SymbolsBuilder};
use sightline_facts::tables::topics::{self, TopicRow, TopicsBuilder};
use sightline_search::{Hit, Index, Kind};

macro_rules! rows {
    ($module:ident, $builder:ident, $($row:expr),+ $(,)?) => {{
        let mut rows = $builder::default();
        $( rows.push(&$row); )+
        (&$module::SPEC, vec![rows.finish()])
    }};
}

#[expect(clippy::too_many_lines, reason = "one shop, told from top to bottom")]
/// A shop with an order service, its table, topic, files and symbols.
fn shop() -> Session {
    let component = |component, name, purpose, aliases| ComponentRow {
        component,
        name,
        purpose,
        aliases,
        kind: "service",
        repo: "shop",
        path: "compose.yaml",
        line_start: 3,
        line_end: 3,
        ..ComponentRow::default()
    };
    let symbol =
        |name, path| SymbolRow { repo: "shop", path, name, kind: "class", line_start: 7, ..SymbolRow::default() };
    let topic = |component, direction| TopicRow {
        topic: "orders.paid",
        component,
        direction,
        repo: "shop",
        path: "a.ts",
        line_start: 1,
        ..TopicRow::default()
    };
    let given = vec![
        rows!(
            components,
            ComponentsBuilder,
            component("component:orders", "orders", "Takes orders of customers.", Some("order-api, checkout")),
            component("component:payment-service", "payment-service", "Charges cards.", None),
        ),
        rows!(
            endpoints,
            EndpointsBuilder,
            EndpointRow {
                endpoint: "orders: POST /orders/{id}",
                component: "component:orders",
                protocol: "http",
                method: Some("POST"),
                http_route: Some("/orders/{id}"),
                repo: "shop",
                path: "src/routes.ts",
                line_start: 12,
                ..EndpointRow::default()
            }
        ),
        rows!(
            entities,
            EntitiesBuilder,
            EntityRow {
                entity: "orders/customers",
                name: "customers",
                kind: "table",
                component: Some("component:orders"),
                repo: "shop",
                path: "schema.sql",
                line_start: 1,
                ..EntityRow::default()
            }
        ),
        rows!(
            entity_fields,
            EntityFieldsBuilder,
            EntityFieldRow {
                entity: "orders/customers",
                name: "email",
                personal: Some("email"),
                repo: "shop",
                path: "schema.sql",
                line_start: 2,
                ..EntityFieldRow::default()
            }
        ),
        rows!(
            topics,
            TopicsBuilder,
            topic("component:orders", "produces"),
            topic("component:payment-service", "consumes")
        ),
        rows!(files, FilesBuilder, FileRow { repo: "shop", path: "src/orders.ts", kind: "code", ..FileRow::default() }),
        rows!(
            headings,
            HeadingsBuilder,
            HeadingRow {
                repo: "shop",
                path: "README.md",
                line_start: 1,
                level: 1,
                text: "Running orders locally",
                ..HeadingRow::default()
            }
        ),
        rows!(
            owners,
            OwnersBuilder,
            OwnerRow {
                repo: "shop",
                path: "CODEOWNERS",
                line_start: 1,
                pattern: "/src",
                owner: "@shop/web-team",
                ..OwnerRow::default()
            }
        ),
        rows!(
            packages,
            PackagesBuilder,
            PackageRow {
                repo: "shop",
                path: "package.json",
                line_start: 4,
                ecosystem: "npm",
                name: "@types/express",
                ..PackageRow::default()
            }
        ),
        rows!(
            symbols,
            SymbolsBuilder,
            symbol("OrderHTTPClient", "src/client.ts"),
            symbol("orders", "src/orders.ts"),
            symbol("注文サービス", "src/jp.ts"),
        ),
    ];
    Session::of_batches(given).expect("rows of their tables")
}

/// Made once: what is asked changes nothing in it.
static SHOP: LazyLock<(tempfile::TempDir, Index)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open_or_build(&shop(), folder.path()).expect("an index");
    (folder, index)
});

fn search(query: &str) -> Vec<Hit> {
    SHOP.1.search(query, 10).expect("answers")
}

/// Kinds and titles of the first answers.
#[track_caller]
fn check(query: &str, expect: &[&str]) {
    let found: Vec<String> = search(query).iter().map(|h| format!("{} {}", h.kind, h.title)).collect();
    let first: Vec<&str> = found.iter().take(expect.len()).map(String::as_str).collect();
    assert_eq!(first, expect, "{query}: {found:#?}");
}

#[test]
fn a_whole_name_comes_first_and_among_equals_the_component() {
    check(
        "orders",
        &[
            "component orders",
            "endpoint POST /orders/{id}",
            "table customers",
            "topic orders.paid",
            "file orders.ts",
            "symbol orders",
        ],
    );
    check("Customers", &["table customers"]);
    check("checkout", &["component orders"]);
    check("/orders/{id}", &["endpoint POST /orders/{id}"]);
    check("src/orders.ts", &["file orders.ts"]);
    check("email", &["field customers.email"]);
    check("lock files", &["term lock file"]);
    check("@shop/web-team", &["team @shop/web-team"]);
    check("express", &["package @types/express"]);
}

#[test]
fn words_are_found_inside_names_and_in_what_is_said() {
    check("http client", &["symbol OrderHTTPClient"]);
    check("orderhttp", &["symbol OrderHTTPClient"]);
    check("cards", &["component payment-service"]);
    check("locally", &["heading Running orders locally"]);
    check("注文", &["symbol 注文サービス"]);
    check("paid", &["topic orders.paid"]);
}

#[test]
fn a_long_word_may_have_letters_wrong_and_a_short_one_not() {
    check("paymnt", &["component payment-service"]);
    check("custmoers", &["table customers"]);
    check("paymentservise", &["component payment-service"]);
    assert!(search("xyz").is_empty(), "three letters must be right");
    assert!(search("qqqqqqqqqqqq").is_empty());
}

#[test]
fn odd_questions_have_answers_or_none_and_never_fail() {
    let long = "order ".repeat(10_000);
    for query in ["", "   ", "/", "\"", "a AND (b", "field:x", "\u{0}", "*", long.as_str(), "🦀", "ﷺ"] {
        search(query);
    }
    assert!(search("").is_empty());
}

#[test]
fn an_answer_says_where_it_stands_and_what_to_ask_next() {
    let hit = search("POST /orders/{id}").remove(0);
    assert_eq!((hit.path.as_str(), hit.line_start), ("src/routes.ts", 12));
    assert_eq!(hit.link_subject, "endpoint:orders: POST /orders/{id}");
    assert_eq!(hit.detail, "http of orders");
    assert_eq!(search("orders.paid")[0].detail, "sent by orders received by payment-service");
}

#[test]
fn one_kind_can_be_asked_for_and_fewer_answers() {
    let index = &SHOP.1;
    let files = index.search_kind("orders", Some(Kind::File), 10).expect("answers");
    assert_eq!(files.iter().map(|h| h.title.as_str()).collect::<Vec<_>>(), ["orders.ts"]);
    assert_eq!(index.search("orders", 2).expect("answers").len(), 2);
    assert!(index.search("orders", 0).expect("answers").is_empty());
}

/// Publishes a snapshot with one file of that name.
fn scan(workspace: &Workspace, path: &str) -> Session {
    let lock = workspace.lock(&mut |_| false).expect("nobody else scans");
    let mut writer = workspace.writer(&files::SPEC, "shop").expect("a writable workspace");
    let mut rows = FilesBuilder::default();
    rows.push(&FileRow { repo: "shop", path, kind: "code", ..FileRow::default() });
    writer.write(rows.finish()).expect("rows of the table");
    let mut snapshot = Snapshot::default();
    snapshot.derived.insert("files".into(), vec![writer.finish().expect("space")]);
    workspace.publish(&lock, snapshot).expect("a writable workspace");
    Session::over(workspace).expect("a snapshot")
}

fn indexes(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("the folder").count()
}

#[test]
fn an_index_belongs_to_its_snapshot_and_takes_the_place_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    let place = workspace.search_dir();
    let first = scan(&workspace, "first.rs");
    assert!(!Index::is_built(&first, &place));
    let old = Index::open_or_build(&first, &place).expect("an index");
    assert!(Index::is_built(&first, &place));
    let second = scan(&workspace, "second.rs");
    let new = Index::open_or_build(&second, &place).expect("an index");
    assert!(
        new.search("first.rs", 5).expect("answers").iter().all(|h| h.kind != Kind::File),
        "it is not there any more"
    );
    assert_eq!(new.search("second.rs", 5).expect("answers").len(), 1);
    assert_eq!(indexes(&place), 1, "the old one is removed");
    assert_eq!(old.search("first.rs", 5).expect("answers").len(), 1, "who has it open may go on");
}

#[test]
fn a_damaged_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    let place = workspace.search_dir();
    let session = scan(&workspace, "first.rs");
    drop(Index::open_or_build(&session, &place).expect("an index"));
    let index = std::fs::read_dir(&place).unwrap().flatten().next().expect("one index").path();
    std::fs::write(index.join("meta.json"), "{").unwrap();
    let again = Index::open_or_build(&session, &place).expect("an index");
    assert_eq!(again.search("first.rs", 5).expect("answers").len(), 1);
}

#[test]
fn several_at_once_share_one_index() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(folder.path());
    let place = workspace.search_dir();
    let session = scan(&workspace, "first.rs");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let index = Index::open_or_build(&session, &place).expect("an index");
                assert_eq!(index.search("first.rs", 5).expect("answers").len(), 1);
            });
        }
    });
    assert_eq!(indexes(&place), 1);
}
