//! What a reader of documents finds, shown on small texts in each markup, and that no text makes it slow.

use std::time::{Duration, Instant};

use sightline_facts::RowBuilder;
use sightline_facts::tables::{
    documents::DocumentsView, headings::HeadingsView, passages::PassagesView, settings::SettingsView,
};
use sightline_read::documents;
use sightline_read::file::{FileInput, FileKind};
use sightline_read::rows::SourceRows;

fn read(path: &str, text: &str) -> SourceRows {
    let mut rows = SourceRows::default();
    let file = FileInput { repo: "shop", commit: None, path, text, language: None, kind: FileKind::Docs };
    assert!(documents::wants(path), "{path}");
    documents::read(&file, &mut rows);
    rows
}

/// `kind | title@line | summary@first-last`
fn check(path: &str, text: &str, expected: &str) {
    let batch = read(path, text).documents.finish();
    let view = DocumentsView::of(&batch).expect("the builder made the batch");
    let row = view.rows().next().expect("a document");
    let line = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
    let found = format!(
        "{} | {}@{} | {}@{}-{}",
        row.kind,
        row.title.unwrap_or("-"),
        line(row.title_line),
        row.summary.unwrap_or("-"),
        line(row.summary_start),
        line(row.summary_end)
    );
    assert_eq!(found, expected);
}

#[test]
fn badges_menus_and_notes_are_not_what_a_readme_says() {
    let text = "<h1 align=\"center\">\n  <img src=\"logo.png\">\n  Orders\n</h1>\n\n\
        [![build](b.svg)](ci) [![docs](d.svg)](docs)\n\n[English](a.md) | [Deutsch](b.md) | [日本語](c.md)\n\n\
        > **Note**\n> We are moving soon to another place.\n\n\
        Takes orders from the [web shop](https://example.org) and `bills` them\n:rocket: with *great* care.\n";
    check(
        "README.md",
        text,
        "readme | Orders@3 | Takes orders from the web shop and bills them with great care.@13-14",
    );
}

#[test]
fn centred_prose_counts() {
    let text = "# Shop\n<p align=\"center\">\n  <a href=\"x\"><img src=\"b.svg\"></a>\n</p>\n<p align=\"center\">\n  \
        A shop that <b>sells</b> books &amp; maps.\n</p>\n";
    check("README.md", text, "readme | Shop@1 | A shop that sells books & maps.@6-6");
}

#[test]
fn a_readme_that_only_tells_how_to_install_has_no_summary() {
    let text = "# Shop\n\n## Installation\n\nRun the installer and wait for a while.\n";
    check("README.md", text, "readme | Shop@1 | -@-");
    check("docs/setup.md", text, "guide | Shop@1 | Run the installer and wait for a while.@5-5");
}

#[test]
fn instructions_and_pleas_are_not_what_a_readme_says() {
    let text = "# Shop\n\nShow your love for Shop -- mugs and stickers now available!\n\nYou need to have Java installed.\n\n\
        Shop is a tool that sells things.\n";
    check("README.md", text, "readme | Shop@1 | Shop is a tool that sells things.@7-7");
    // After an instruction, only a sentence that says what it is counts, and only before the first section.
    let text = "# Shop\n\nYou need to have Java installed.\n\nAll is checked with three versions of it.\n\n\
        ### Running a test\n\nA test is a program of its own.\n";
    check("README.md", text, "readme | Shop@1 | -@-");
}

#[test]
fn front_matter_names_a_page() {
    let text = "---\ntitle: \"Set up\"\ndescription: How to set the shop up.\n---\n\n# Other\n\nSome words about it.\n";
    check("docs/a.mdx", text, "guide | Set up@2 | How to set the shop up.@3-3");
    let rule = "---\nA rule above is no front matter, says this line.\n";
    check("docs/b.md", rule, "guide | -@ | A rule above is no front matter, says this line.@2-2");
}

#[test]
fn a_line_that_only_leads_on_or_that_a_program_wrote_says_not_what_it_is() {
    let elsewhere =
        "# Shop\n\nSee our [web site](https://shop.example) for details on the project.\n\n## Build\n\nRun make.\n";
    check("README.md", elsewhere, "readme | Shop@1 | -@-");
    let made = "# Web\n\nThis project was generated with [Angular CLI](https://cli.example) version 10.1.5.\n\n## Development server\n\nRun it.\n";
    check("web/README.md", made, "readme | Web@1 | -@-");
    let said = "# Shop\n\nThis shop was created with love for readers, and sells maps.\n";
    check("README.md", said, "readme | Shop@1 | This shop was created with love for readers, and sells maps.@3-3");
}

#[test]
fn restructured_text_is_read_by_its_underlines() {
    let text = "====\nShop\n====\n\n.. image:: logo.png\n   :alt: Logo\n\n|build| |docs|\n\n:Version: 1\n\n\
        A shop for `maps <https://example.org>`_ and ``books``,\nsee also :ref:`terms`.\n\nUse\n---\n\nCall it.\n";
    check("README.rst", text, "readme | Shop@2 | A shop for maps and books, see also terms.@12-13");
}

#[test]
fn asciidoc_is_read_by_its_marks() {
    let text = "= Shop\nAda <ada@example.org>\n:toc:\n\nimage::logo.png[Logo]\n\nNOTE: This moves soon to a new place.\n\n\
        ----\ncode\n----\n\nA _shop_ for https://example.org[old maps], `books` and {more}tea.\n\n== Use\n";
    check("README.adoc", text, "readme | Shop@1 | A shop for old maps, books and tea.@13-13");
}

#[test]
fn long_summaries_end_with_a_sentence() {
    let sentence = "This sentence has exactly fifty characters, or so. ";
    let batch = read("README.md", &sentence.repeat(20)).documents.finish();
    let view = DocumentsView::of(&batch).expect("the builder made the batch");
    let summary = view.rows().next().and_then(|row| row.summary.map(str::to_owned)).expect("a summary");
    assert!(summary.chars().count() <= 600 && summary.ends_with("or so."), "{summary}");
}

#[test]
fn decision_records_have_a_status_and_a_date() {
    let cases = [
        ("docs/adr/0001-db.md", "# 1. Use a database\n\nDate: 2024-02-03\n\n## Status\n\nAccepted\n\n## Context\n"),
        ("adr/0002.md", "---\nstatus: Accepted\ndate: 2024-02-03\n---\n# Use a database\n"),
        ("decisions/3.md", "# Use a database\n\n* Status: Accepted\n* Date: 2024-02-03\n"),
    ];
    for (path, text) in cases {
        let batch = read(path, text).documents.finish();
        let view = DocumentsView::of(&batch).expect("the builder made the batch");
        let row = view.rows().next().expect("a document");
        assert_eq!(
            (row.kind, row.status, row.decided_on),
            ("decision", Some("Accepted"), Some("2024-02-03")),
            "{path}"
        );
    }
}

#[test]
fn each_heading_comes_with_its_first_paragraph() {
    let text = "Shop\n====\n\nIt sells many things.\n\n## Not `here`\n\n```\n# no heading\n```\n\n### Deep\n- item\n\nThen some words.\n";
    let batch = read("docs/a.md", text).headings.finish();
    let view = HeadingsView::of(&batch).expect("the builder made the batch");
    let found: Vec<String> = view
        .rows()
        .map(|h| format!("{} {}-{} {}: {}", h.level, h.line_start, h.line_end, h.text, h.summary.unwrap_or("-")))
        .collect();
    let expected = ["1 1-2 Shop: It sells many things.", "2 6-6 Not here: -", "3 12-12 Deep: Then some words."];
    assert_eq!(found, expected);
}

#[test]
fn too_large_or_too_many_headings_is_a_gap() {
    assert_eq!(read("README.md", &"word ".repeat(500_000)).gaps.len(), 1);
    let rows = read("README.md", &"# a heading\n".repeat(600));
    assert_eq!((rows.headings.len(), rows.gaps.len()), (500, 1));
}

#[test]
fn no_text_makes_reading_slow_or_overflows_the_stack() {
    let hostile = [
        "[".repeat(100_000),
        "![".repeat(100_000),
        "> ".repeat(100_000),
        "* ".repeat(100_000),
        "`".repeat(500_000),
        "*a ".repeat(300_000),
        "<".repeat(500_000),
        "<div>".repeat(200_000),
        "<!--".repeat(250_000),
        "|".repeat(500_000),
        "a".repeat(1_000_000),
        "=\n".repeat(300_000),
        "----\n----x\n".repeat(90_000),
        ":a".repeat(400_000),
    ];
    for text in hostile {
        for path in ["README.md", "README.rst", "README.adoc"] {
            let start = Instant::now();
            let _rows = read(path, &text);
            let taken = start.elapsed();
            assert!(taken < Duration::from_secs(5), "{path} {:?}: {taken:?}", &text[..text.len().min(12)]);
        }
    }
}

/// `topic score@first-last heading: quote`, for the topics named.
fn passages(path: &str, text: &str, topics: &[&str]) -> Vec<String> {
    let batch = read(path, text).passages.finish();
    let view = PassagesView::of(&batch).expect("the builder made the batch");
    view.rows()
        .filter(|p| topics.contains(&p.topic))
        .map(|p| {
            let heading = p.heading.unwrap_or("-");
            format!("{} {}@{}-{} {heading}: {}", p.topic, p.score, p.line_start, p.line_end, p.quote)
        })
        .collect()
}

#[test]
fn passages_speak_of_the_topics_that_people_ask_about() {
    let text = "# Shop\n\nSells things.\n\n## Storage\n\nOrders are kept in **PostgreSQL**; nothing else is\nneeded.\n\n\
        ## Setup\n\nIt runs on:\n\n- Linux\n- Windows\n\n| Part | Does |\n|---|---|\n| api | Takes orders from the web server |\n";
    assert_eq!(
        passages("README.md", text, &["storage", "install", "architecture"]),
        [
            "storage 6@7-8 Storage: Orders are kept in PostgreSQL; nothing else is needed.",
            "install 6@12-15 Setup: It runs on: Linux · Windows",
        ]
    );
    // Near miss: the word alone in a heading, and words that a licence or a code block holds.
    assert!(passages("README.md", "# Database\n\nHello there, dear reader.\n", &["storage"]).is_empty());
    assert!(passages("LICENSE.md", text, &["storage"]).is_empty());
    assert!(
        passages("README.md", "# Shop\n\n```\nall is kept in PostgreSQL by default\n```\n", &["storage"]).is_empty()
    );
}

#[test]
fn of_a_list_of_many_things_a_topic_gets_the_items_that_speak_of_it() {
    let text = "# Shop\n\n## Technical\n\n- Written with care.\n- Works only with PostgreSQL.\n- Small and easy to read.\n\
        - Users log in with OpenID Connect.\n- Comes in ten colours.\n";
    assert_eq!(
        passages("README.md", text, &["storage", "sign-in"]),
        [
            "storage 3@6-6 Technical: Works only with PostgreSQL.",
            "sign-in 5@8-8 Technical: Users log in with OpenID Connect.",
        ]
    );
    // A list whose items are all about it stays whole.
    let whole = "# Shop\n\n## Sign-in\n\n- Passwords.\n- OpenID Connect.\n- Passkeys of any maker.\n";
    assert_eq!(
        passages("README.md", whole, &["sign-in"]),
        ["sign-in 6@5-7 Sign-in: Passwords. · OpenID Connect. · Passkeys of any maker."]
    );
}

#[test]
fn what_a_line_leads_to_is_there_or_the_line_is_not() {
    let long = "It does a good many things that are not told here again. ".repeat(4);
    let text = format!(
        "# Shop\n\n## Parts\n\nThe shop consists of these services:\n\n- The web server takes orders. {long}\n- The worker sends parcels. {long}\n\n\
         ## Start\n\nIt runs on Linux with Docker. Start it with:\n\n```\nshop\n```\n\nOn Windows with Docker run:\n\n```\nshop\n```\n"
    );
    assert_eq!(
        passages("README.md", &text, &["architecture", "install"]),
        [
            "architecture 3@5-8 Parts: The shop consists of these services: The web server takes orders. · The worker sends parcels.",
            "install 5@12-12 Start: It runs on Linux with Docker.",
        ]
    );
}

#[test]
fn a_page_is_about_what_it_is_called() {
    let text = "# Page\n\nUsers can log in with a password.\n";
    let score = |path: &str| passages(path, text, &["sign-in"]);
    assert_eq!(score("docs/authentication.md"), ["sign-in 5@3-3 Page: Users can log in with a password."]);
    assert_eq!(score("docs/other.md"), ["sign-in 3@3-3 Page: Users can log in with a password."]);
}

#[test]
fn headings_that_ask_come_with_the_beginning_of_their_answer() {
    let text = "# FAQ\n\n## Can it sell tea?\n\nYes, it can sell tea and coffee.\n\n## Why?\n\nBecause of that.\n";
    assert_eq!(
        passages("FAQ.md", text, &["question"]),
        ["question 1@3-5 Can it sell tea?: Yes, it can sell tea and coffee."]
    );
}

#[test]
fn notes_of_releases_stand_under_their_release() {
    let text = "# Changes\n\nHello to all.\n\n## 2.0.0 (2026-01-02)\n\n### Removed\n\n- Drop MySQL for good.\n\n\
        Bug fixes:\n\n- Prices are right again.\n\n## 1.0.0\n\n- First release of all.\n\n## Thanks\n\n- To all who helped.\n";
    assert_eq!(
        passages("CHANGELOG.md", text, &["release", "upgrade"]),
        [
            "release 1@9-9 2.0.0 (2026-01-02) › Removed: Drop MySQL for good.",
            "release 1@13-13 2.0.0 (2026-01-02) › Bug fixes: Prices are right again.",
            "release 1@17-17 1.0.0: First release of all.",
        ]
    );
}

#[test]
fn settings_are_read_from_headings_lists_tables_and_manual_pages() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        let batch = read(path, text).settings.finish();
        let view = SettingsView::of(&batch).expect("the builder made the batch");
        let found: Vec<String> = view
            .rows()
            .map(|s| {
                let default = s.default_value.unwrap_or("-");
                format!("{} = {default} ({}, {})@{}-{}", s.setting, s.form, s.topic, s.line_start, s.line_end)
            })
            .collect();
        assert_eq!(found, expected, "{path}");
    };
    check(
        "docs/configuration.md",
        "# Settings\n\n#### [`SHOP_DBENGINE=<engine>`](#x) {#x}\n\n: Which database is used.\n\n    Defaults to `sqlite`.\n\n#### `SHOP_MAIL_CRON`\n\n: When.\n\n    Defaults to `*/10 * * * *`, **always**.\n\n\
            - `SHOP_PORT`: port to listen on (default: 8080).\n\n| Name | Means |\n|---|---|\n| `SHOP_SMTP_HOST` | Server for mail |\n\n\
            Set `SHOP_TELEMETRY_OFF` to be left alone.\n",
        &[
            "SHOP_DBENGINE = sqlite (heading, storage)@3-7",
            "SHOP_MAIL_CRON = */10 * * * * (heading, jobs)@9-13",
            "SHOP_PORT = 8080 (item, other)@15-15",
            "SHOP_SMTP_HOST = - (row, outside)@19-19",
            "SHOP_TELEMETRY_OFF = - (mention, security)@21-21",
        ],
    );
    check(
        "config/defaults.hjson",
        "{\n  # settings of the database\n  database: {\n    # Most connections\n    # at once.\n    pool_size: 30\n    password: \"hunter2\"\n  }\n  # see the manual\n  port: 8536 # where it listens\n}\n",
        &[
            "database.pool_size = 30 (key, storage)@4-6",
            "database.password = - (key, storage)@7-7",
            "port = 8536 (key, other)@9-10",
        ],
    );
    check(
        ".env.example",
        "# Where mail goes out.\nSMTP_HOST=\"mail\"\n\n# Off by default: write it so.\n#SHOP_COLOUR=red\n# note = well, this is prose\n",
        &["SMTP_HOST = mail (key, outside)@1-2", "SHOP_COLOUR = red (key, other)@4-5"],
    );
    for other in ["nginx.conf.example", "config/settings.yml", "docker-compose.yml.example", "install.sh.example"] {
        assert!(!documents::wants(other), "{other}");
    }
    check(
        "shop.1",
        ".TH SHOP 1\n.SH ENVIRONMENT\n.TP\n.B WORKER_POOL_SIZE\nNumber of workers\\&.\n.br\nDefault is 16 workers\\&.\n",
        &["WORKER_POOL_SIZE = 16 workers (item, jobs)@4-7"],
    );
}
