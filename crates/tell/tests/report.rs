//! What reports say about a system with known answers.

mod common;

use std::collections::BTreeSet;

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::tables::claim_evidence::ClaimEvidenceView;
use sightline_facts::tables::claims::ClaimsView;
use sightline_tell::document::{Block, Claim, Level, Report};
use sightline_tell::{Earlier, asked, claims, load, load_section, render, sentences};

fn report(session: &Session) -> Report {
    claims(session).expect("the sections are ours")
}

fn said(report: &Report, id: &str) -> Option<String> {
    all(report).find(|c| c.id.starts_with(id)).map(|c| c.text.clone())
}

fn all(report: &Report) -> impl Iterator<Item = &Claim> {
    report.sections.iter().flat_map(sightline_tell::document::Section::claims)
}

/// Renders into a folder that the developer names, to look at.
#[test]
fn every_renderer_sets_the_shop() {
    let report = report(&common::shop());
    let pages = [
        ("report.html", render::html(&report)),
        ("report.md", render::markdown(&report, None)),
        ("report.txt", render::terminal(&report, None, 110, false)),
        ("report.json", format!("{:#}", render::json(&report))),
    ];
    for (name, page) in pages {
        assert!(page.contains("Shop sells things"), "{name}");
    }
}

#[test]
fn the_first_sentences_answer_their_questions() {
    let report = report(&common::shop());
    // How many tables there are is no answer of the shop's.
    let is_ours = |c: &&Claim| c.level == Level::Top && !c.text.starts_with("The facts stand in");
    let tops: Vec<&str> = all(&report).filter(is_ours).map(|c| c.text.as_str()).collect();
    insta::assert_snapshot!(tops.join("\n"), @r"
    shop holds 27,800 lines of code and tests, 89% of them Java; 2 people changed it in the 12 months before 20 Nov 2026.
    shop asks for no package of a known store, queue, web framework or AI service (searched 2 packages of 1 manifest).
    shop explains itself in 2 documents with 620 words; 1 passage speaks of what people ask about.
    No parts of a running system were found: no deployment file, program with endpoints or data store (searched 57 files).
    No endpoint was found (searched 57 files for routes and remote procedures).
    No data store and no table was found (searched 57 files for deployment, settings, schemas and models).
    3 outside packages from 1 ecosystem: 2 are asked for directly, and lock files fix the version of 2.
    shop is built mainly with Java and TypeScript and asks for 2 outside packages by name.
    Documents of shop describe 1 setting; its code reads no environment variables.
    The newest release of shop is v2.1.0 of 20 Nov 2026; the one before it, v2.0.0 of 20 Sep 2026, came 61 days earlier.
    In shop, 10 files carry 53% of the changes to code files in the 12 months before 20 Nov 2026; 10 of them have one regular author.
    57 files were listed, 54 of them code or tests; some part of 1 could not be read.
    ");
}

#[test]
fn the_map_is_told_in_one_sentence_each() {
    let names = common::Names { person: "orders".into(), ..common::Names::default() };
    let report = report(&common::system::shop_with_map_of(&names));
    let sentences: Vec<&str> = report
        .sections
        .iter()
        .filter(|s| matches!(s.id.as_str(), "map" | "endpoints" | "data"))
        .flat_map(sightline_tell::document::Section::claims)
        .map(|c| c.text.as_str())
        .collect();
    insta::assert_snapshot!(sentences.join("\n"), @r"
    The system has 5 parts in 2 areas: 3 programs of its own and 1 data store among them, joined by 6 connections.
    By their folders and kinds, the parts appear to form 2 areas; the largest is product with 3 parts.
    1 of the 6 connections appears to exist by what is usual for the packages in use; no line names both ends.
    1 place in 1 part could not be followed to the other end, so connections may be missing.
    1 part offers 3 endpoints; 1 of them has a method that changes something.
    No OpenAPI document was found that says what the endpoints are (searched 57 files).
    1 topic or queue carries messages of 2 parts: orders.paid.
    Data is kept in 1 store; 1 table or collection is known, with 1 field whose names suggest personal data.
    By their names, 1 field of 1 table or collection appears to hold personal data: email address.
    ");
    assert_eq!(
        said(&report, "start/system/").as_deref(),
        Some("shop has 5 parts with 6 connections, keeps data in 1 store and relies on 1 outside system.")
    );
    assert_eq!(
        said(&report, "outside/systems/").as_deref(),
        Some("The running system starts connections to 1 outside system: stripe.")
    );
}

#[test]
fn documents_are_quoted_by_topic_and_releases_are_told_apart() {
    let report = report(&common::shop());
    let check = |id: &str, expect: &str| assert_eq!(said(&report, id).as_deref(), Some(expect), "{id}");
    check("documents/storage/", "README.md of shop says: “Orders are kept in PostgreSQL; nothing else is needed.”");
    check("documents/ai/", "No document of shop speaks of AI or models (searched 2 documents).");
    check(
        "answers/mail/",
        "No package for sending mail or text messages was found in shop (searched 2 packages of 1 manifest).",
    );
    let claim = all(&report).find(|c| c.id.starts_with("documents/storage/")).expect("the README is quoted");
    assert_eq!(claim.evidence[0].lines, Some((6, 7)));
}

#[test]
fn a_repository_speaks_for_itself_in_quotation_marks() {
    let report = report(&common::shop());
    assert_eq!(
        said(&report, "start/readme/").as_deref(),
        Some("The README of shop says: “Shop sells things to people and tells them when the parcel comes.”")
    );
    let claim = all(&report).find(|c| c.key == "readme").expect("the README is quoted");
    let place = &claim.evidence[0];
    assert_eq!((place.path.as_deref(), place.lines), (Some("README.md"), Some((3, 4))));
}

#[test]
fn what_was_not_found_says_where_we_looked() {
    let report = report(&common::empty_repository());
    let check = |id: &str, expect: &str| assert_eq!(said(&report, id).as_deref(), Some(expect), "{id}");
    check("start/languages/", "No code was recognised in bare (searched 0 files).");
    check("start/age/", "bare has no history to read, so nothing is said about age, activity and people.");
    // Where there is no history, nobody looks for tags in it.
    assert_eq!(said(&report, "start/release/"), None);
    check("health/codeowners/", "No ownership file (CODEOWNERS) was found in bare (searched 0 files).");
    check("outside/one/", "No outside package was found: no manifest or lock file names one (searched 0 files).");
}

#[test]
fn every_claim_stands_on_something() {
    for session in [common::shop(), common::empty_repository(), common::two(), common::system::shop_with_map()] {
        for claim in all(&report(&session)) {
            assert!(!claim.evidence.is_empty(), "{} stands on nothing", claim.id);
            assert!(
                claim.evidence.iter().all(|e| !e.from_table.is_empty()),
                "{} does not say from which table",
                claim.id
            );
            assert!(!claim.query.is_empty(), "{} has no query", claim.id);
        }
    }
}

#[test]
fn stored_sentences_make_the_same_report() {
    let session = common::shop();
    let fresh = report(&session);
    for (spec, rows) in sentences(&session, &Earlier::default()).expect("sentences") {
        session.add_batches(spec, vec![rows]).expect("the rows fit");
    }
    let loaded = load(&session).expect("a report");
    // The table of tables counts the stored sentences too.
    let texts = |r: &Report| {
        all(r)
            .filter(|c| c.key != "count")
            .map(|c| (c.text.clone(), c.level, c.figures.clone(), c.evidence.clone(), c.n_rows))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&fresh), texts(&loaded));
    let one = load_section(&session, "start").expect("a section");
    assert_eq!(one.sections.len(), 1);
    assert!(load_section(&session, "strat").is_err());
}

/// Over a session without rows, so that whatever is said was not asked for.
#[test]
fn sentences_that_are_kept_are_said_again_and_cite_the_commit_of_today() {
    let stored = sentences(&common::shop(), &Earlier::default()).expect("sentences");
    let commits = |rows: &RecordBatch| -> BTreeSet<String> {
        let view = ClaimEvidenceView::of(rows).expect("rows of evidence");
        view.rows().filter(|r| r.from_table == "files").filter_map(|r| r.commit.map(str::to_owned)).collect()
    };
    let then = commits(&stored[1].1).pop_first().expect("a sentence about files");
    let earlier = Earlier {
        kept: asked().expect("our sections").into_iter().map(|a| a.place).collect(),
        claims: vec![stored[0].1.clone()],
        evidence: vec![stored[1].1.clone()],
        moved: [("shop".to_owned(), (then, "today".to_owned()))].into(),
    };
    let nothing = Session::of_batches(Vec::new()).expect("a session");
    let again = sentences(&nothing, &earlier).expect("sentences");
    assert_eq!(again[0].1, stored[0].1);
    assert_eq!(again[1].1.num_rows(), stored[1].1.num_rows());
    assert_eq!(commits(&again[1].1), BTreeSet::from(["today".to_owned()]));
}

#[test]
fn tables_hold_every_sentence_and_pages_the_first() {
    let session = common::many(13);
    let n = |r: &Report, key: &str| all(r).filter(|c| c.key == key).count();
    let stored = sentences(&session, &Earlier::default()).expect("sentences");
    let ids: Vec<String> =
        ClaimsView::of(&stored[0].1).expect("rows of claims").rows().map(|r| r.claim.to_owned()).collect();
    let n_stored = |place: &str| ids.iter().filter(|id| id.starts_with(place)).count();
    assert_eq!((n_stored("start/size/"), n(&report(&session), "size")), (13, 12));
    let attention = |r: &Report| all(r).filter(|c| c.level == Level::Attention).count();
    assert!(attention(&report(&session)) <= 7);
}

#[test]
fn several_repositories_get_totals_and_their_own_sentences() {
    let report = report(&common::two());
    assert_eq!(said(&report, "start/one/"), None);
    assert!(said(&report, "start/several/all").is_some());
    let readmes = all(&report).filter(|c| c.key == "readme").count();
    assert_eq!(readmes, 2);
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let page = || {
        let report = report(&common::two());
        (render::html(&report), render::markdown(&report, None), render::terminal(&report, None, 100, true))
    };
    assert_eq!(page(), page());
}

#[test]
fn no_page_shows_more_than_seven_things_that_need_attention() {
    let report = report(&common::two());
    for section in &report.sections {
        assert!(section.claims().filter(|c| c.level == Level::Attention).count() <= 7);
    }
    assert!(report.sections.iter().all(|s| !matches!(s.blocks.last(), Some(Block::Heading(_)))));
}

#[test]
fn every_query_of_every_section_runs() {
    let session = common::shop();
    let mut wrong = Vec::new();
    for file in sightline_tell::section::all().expect("the sections are ours") {
        for block in &file.blocks {
            for (what, query) in [
                ("query", &block.query),
                ("evidence", &block.evidence),
                ("absent", &block.absent_query),
                ("lines", &block.lines),
                ("pages", &file.pages),
            ] {
                let sql = file.sql(query);
                // `@tables` is filled in by the engine.
                if sql.is_empty() || sql.contains("@tables") {
                    continue;
                }
                if let Err(error) = session.query(&sql) {
                    wrong.push(format!("{}/{} {what}: {error}", file.id, block.key()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_about_one_repository_tells_of_no_other() {
    let session = common::two();
    let (mut said, mut rows) = (0, 0);
    for file in sightline_tell::section::all().expect("the sections are ours") {
        let page = sightline_tell::narrow::load(&session, &file.id, "billing").expect("a page");
        for block in &page.sections[0].blocks {
            match block {
                Block::Claim(claim) => {
                    assert_eq!(claim.repo.as_deref(), Some("billing"), "{}: {}", claim.id, claim.text);
                    said += 1;
                }
                Block::Table(table) => {
                    let others = table.places.iter().flatten().filter(|at| at.repo == "shop").count();
                    assert_eq!(others, 0, "{}/{}", file.id, table.key);
                    session.query(&table.query).expect("the query behind a table runs");
                    rows += table.rows.len();
                }
                _ => {}
            }
        }
    }
    assert!(said > 20 && rows > 20, "{said} sentences, {rows} rows");
}

/// Whoever asks for one part gets what the report says of it, and the query behind a table is about that part alone.
#[test]
fn a_page_alone_says_what_the_report_says() {
    let session = common::system::shop_with_map();
    let report = report(&session);
    let ids: Vec<&str> = report.sections.iter().map(|s| s.id.as_str()).filter(|id| id.contains('/')).collect();
    assert!(ids.contains(&"component/orders"), "{ids:?}");
    let page = sightline_tell::page::component(&session, "orders").expect("a page");
    let (alone, within) = (&page.sections[0], report.section("component/orders").expect("a page of the report"));
    let texts = |s: &sightline_tell::document::Section| s.claims().map(|c| c.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(alone), texts(within));
    let tables = |s: &sightline_tell::document::Section| {
        let all = s.blocks.iter().filter_map(|b| if let Block::Table(t) = b { Some(t) } else { None });
        all.map(|t| (t.key.clone(), t.rows.clone())).collect::<Vec<_>>()
    };
    // Alone a page says what was not found; among others like it, it leaves that out.
    let told: Vec<_> = tables(alone).into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
    assert_eq!(told, tables(within));
    assert!(!told.is_empty() && told.len() < tables(alone).len());
    for block in &alone.blocks {
        if let Block::Table(table) = block {
            assert!(table.query.contains("where page = 'component:orders'"), "{}", table.query);
            session.query(&table.query).expect("the query behind a table runs");
        }
    }
    let error = sightline_tell::page::component(&session, "ordrs").expect_err("no such part").to_string();
    assert!(error.starts_with("error[page-unknown]: there is no page about `ordrs`"), "{error}");
}

#[test]
fn a_section_as_markdown() {
    let report = load_section(&common::empty_repository(), "outside").expect("a section");
    insta::assert_snapshot!(render::markdown(&report, Some("outside")), @r"
    # bare

    bare at commit `4f2c9e1`, as of 20 Nov 2026.

    ## Outside

    *Whom and what do we depend on?*

    **No outside package was found: no manifest or lock file names one (searched 0 files).** ● [^1]


    ### Outside systems that it calls

    No outside system is known to be called.

    ### Packages

    No packages are known.

    ### Several versions of one package

    No package is named in more than one version.

    ### Licences and age, where lock files say so

    No lock file states a licence.

    ### Packages asked for directly

    No manifest asks for a package.

    ### Outside companies

    No package for the services of a known outside company was found.

    ## Evidence

    [^1]: Seen in code: [`commit 4f2c9e1 of bare`](https://github.com/example/shop/commit/4f2c9e1b7a6d5c4e3f2a1b0c9d8e7f6a5b4c3d2e)
    ");
}
