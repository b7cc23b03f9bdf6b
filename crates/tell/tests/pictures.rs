//! Pictures of the running system as sections ask for them.

mod common;

use sightline_tell::document::Report;
use sightline_tell::{claims_of, render, section};

const BOXES: &str = "select * from (values ('c:web', 'web', 'web', 'shop', 'Shows the <b>shop</b>.'), \
     ('c:api', 'api', 'service', 'shop', 'Takes orders.'), ('c:db', 'orders-db', 'database', 'data', 'Keeps orders.')) \
     as t(id, name, kind, area, purpose)";
const LINES: &str = "select * from (values ('c:web', 'c:api', false, 'resolved', 'http'), \
     ('c:api', 'c:db', false, 'inferred', 'postgresql'), ('c:api', 'c:gone', false, 'resolved', 'http')) \
     as t(\"from\", \"to\", is_async, basis, label)";

fn file(blocks: &str) -> String {
    format!(
        "id = \"map\"\ntitle = \"Map\"\nquestion = \"Which parts exist?\"\n[queries]\nboxes = '''{BOXES}'''\nwires = '''{LINES}'''\n{blocks}"
    )
}

fn block(kind: &str) -> String {
    format!(
        "[[block]]\npicture = \"{kind}\"\nkind = \"{kind}\"\ntitle = \"Parts\"\ndescription = \"What there is.\"\nquery = \"boxes\"\nlines = \"wires\"\n"
    )
}

fn report(blocks: &str) -> Report {
    let section = section::parse(&file(blocks)).expect("the section is right");
    claims_of(&common::shop(), &[section]).expect("the queries run")
}

#[test]
fn a_section_draws_boxes_and_lines_of_two_queries() {
    let report = report(&(block("diagram") + &block("grid") + &block("matrix")));
    let page = render::html(&report);
    assert_eq!(page.matches("<svg class=\"sys\" role=\"img\"").count(), 3);
    for needed in ["orders-db", "3 boxes and 2 lines, of which 1 is inferred.", "query of the lines", "Known by"] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains("style=\"") && !page.contains("<b>shop"), "neither styles of elements nor foreign markup");
    let text = render::terminal(&report, None, 100, false);
    assert!(text.contains("Parts: What there is. 3 boxes and 2 lines"), "{text}");
    let markdown = render::markdown(&report, None);
    assert_eq!(markdown.matches("```mermaid\nflowchart LR").count(), 2, "of diagram and grid: {markdown}");
    assert!(markdown.contains("n0 -.->|\"postgresql\"| n1"), "{markdown}");
    let json = render::json(&report);
    assert_eq!(json["sections"][0]["blocks"][0]["lines"][1]["basis"], "inferred");
}

#[test]
fn many_boxes_become_the_grid() {
    let many = "[[block]]\npicture = \"many\"\nkind = \"diagram\"\nquery = '''select path as id, path as name, 'service' as kind, \
                module as area from files'''\nlines = \"wires\"\n";
    let page = render::html(&report(many));
    assert!(page.contains("class=\"hk\"") && page.contains("more</text>"), "columns of kinds, and boxes left out");
    let markdown = render::markdown(&report(many), None);
    assert!(!markdown.contains("```mermaid"), "too many for a flowchart");
}

#[test]
fn a_flow_has_steps_and_a_part_has_neighbours() {
    let blocks = "[[block]]\npicture = \"flow\"\nkind = \"lanes\"\nquery = '''select 1 as number, 'web' as \"from\", 'api' as \"to\", \
                  'POST /orders' as label, true as is_async'''\n[[block]]\npicture = \"one\"\nkind = \"columns\"\n\
                  query = '''select *, id = 'c:api' as is_this from @boxes2'''\nlines = \"wires\"\n";
    let page = render::html(&report(&blocks.replace("@boxes2", &format!("({BOXES})"))));
    for needed in ["POST /orders", "Used by 1", "Uses 1", "class=\"ck\""] {
        assert!(page.contains(needed), "{needed}");
    }
}

#[test]
fn a_picture_that_cannot_be_drawn_says_why() {
    let check = |blocks: &str, expect: &str| {
        let error = section::parse(&file(blocks)).map(|s| claims_of(&common::shop(), &[s]).map(|_| ()));
        let said = match error {
            Err(error) | Ok(Err(error)) => error.to_string(),
            Ok(Ok(())) => String::new(),
        };
        assert!(said.contains(expect), "{said}");
    };
    check(&block("diagram").replace("lines = \"wires\"", ""), "needs `lines`");
    check(&block("bars"), "is of a kind without `lines`");
    check(&block("grid").replace("\"boxes\"", "\"select 1 as id\""), "needs column `name`");
    assert!(
        report(&block("grid").replace("\"boxes\"", "\"select * from (select 1 as id) where id > 1\"")).sections[0]
            .blocks
            .is_empty()
    );
}
