//! The map in the forms that other tools read.

mod common;

use common::system::{shop_with_map, shop_with_map_of};
use serde_json::Value;
use sightline_facts::RowBuilder;
use sightline_facts::tables::technologies::{self, TechnologiesBuilder, TechnologyRow};
use sightline_tell::TellError;
use sightline_tell::export::{Direction, Format, export, export_of};

/// Formats that show everything.
const ALL: [Format; 11] = [
    Format::Json,
    Format::Mermaid,
    Format::Structurizr,
    Format::Plantuml,
    Format::Dot,
    Format::Backstage,
    Format::Csv,
    Format::Cyclonedx,
    Format::Spdx,
    Format::Sarif,
    Format::Owners,
];

fn plain() -> common::Names {
    common::Names { person: "orders".into(), ..common::Names::default() }
}

fn json(direction: Direction) -> serde_json::Value {
    let text = export(&shop_with_map_of(&plain()), Format::Json, direction).expect("an export");
    serde_json::from_str(&text).expect("it is JSON")
}

fn arrows(direction: Direction) -> Vec<String> {
    let whole = json(direction);
    let all = whole["connections"].as_array().expect("a list");
    all.iter()
        .map(|c| format!("{} -> {}", c["from"].as_str().expect("text"), c["to"].as_str().expect("text")))
        .collect()
}

#[test]
fn arrows_follow_the_call_or_the_data() {
    assert_eq!(
        arrows(Direction::Call),
        [
            "billing -> kafka",
            "billing -> stripe",
            "orders -> kafka",
            "orders -> orders-db",
            "user -> web",
            "web -> orders"
        ]
    );
    // Billing receives; orders sends and receives; a store gives its data to whoever asks; Stripe is told.
    assert_eq!(
        arrows(Direction::Dataflow),
        [
            "billing -> stripe",
            "kafka -> billing",
            "kafka -> orders",
            "orders -> kafka",
            "orders-db -> orders",
            "user -> web",
            "web -> orders"
        ]
    );
}

#[test]
fn json_holds_what_scorers_and_scripts_read() {
    let whole = json(Direction::Dataflow);
    assert_eq!(whole["sources"][0]["commit"], common::COMMIT);
    let orders =
        whole["components"].as_array().expect("a list").iter().find(|c| c["id"] == "orders").expect("it is there");
    assert_eq!(orders["evidence"][0]["path"], "compose.yml");
    assert_eq!(orders["evidence"][0]["line"], 10);
    let endpoints = whole["endpoints"].as_array().expect("a list");
    assert_eq!(endpoints.len(), 2, "what is not HTTP has no path");
    assert_eq!((&endpoints[0]["method"], &endpoints[0]["path"]), (&"POST".into(), &"/orders".into()));
}

#[test]
fn a_flowchart_groups_by_area_and_dots_what_was_inferred() {
    let text = export(&shop_with_map_of(&plain()), Format::Mermaid, Direction::Call).expect("an export");
    let without_colours: Vec<&str> = text.lines().filter(|l| !l.contains("classDef")).collect();
    insta::assert_snapshot!(without_colours.join("\n"), @r#"
    %% Map of shop, made by Sightline
    %% shop at commit 4f2c9e1b7a6d5c4e3f2a1b0c9d8e7f6a5b4c3d2e, as of 2026-11-20T00:00:00Z
    %% Arrows point from the side that starts a connection.
    %% A dotted arrow was inferred and may be wrong.
    flowchart LR
      subgraph area_0["data"]
        c_kafka{{"kafka<br/>Apache Kafka"}}:::queue
        c_orders_db[("orders-db<br/>PostgreSQL")]:::store
      end
      subgraph area_1["outside"]
        c_stripe(["stripe"]):::outside
        c_user(("user")):::outside
      end
      subgraph area_2["product"]
        c_billing["billing<br/>Spring MVC"]:::service
        c_orders["orders<br/>Spring MVC"]:::service
        c_web["web<br/>Vue"]:::front
      end
      c_billing -->|"receives messages from"| c_kafka
      c_billing -->|"calls"| c_stripe
      c_orders -->|"exchanges messages through"| c_kafka
      c_orders -->|"keeps data in"| c_orders_db
      c_user -.->|"uses"| c_web
      c_web -->|"calls"| c_orders
    "#);
}

#[test]
fn a_catalogue_names_kinds_owners_and_what_each_depends_on() {
    let text = export(&shop_with_map_of(&plain()), Format::Backstage, Direction::Dataflow).expect("an export");
    let orders = text.split("---\n").find(|e| e.contains("name: \"orders\"\n")).expect("an entity");
    insta::assert_snapshot!(orders, @r#"
    # declared: compose.yml:10@4f2c9e1
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: "orders"
      title: "orders"
      description: "Shop sells things to people and tells them when the parcel comes."
      annotations:
        sightline/id: "component:orders"
        sightline/evidence: "compose.yml:10@4f2c9e1"
        sightline/commit: "4f2c9e1b7a6d5c4e3f2a1b0c9d8e7f6a5b4c3d2e"
    spec:
      type: "service"
      lifecycle: "unknown"
      owner: "payments"
      system: "shop"
      dependsOn:
        - "resource:kafka"
        - "resource:orders-db"
    "#);
}

#[test]
fn every_format_says_what_it_shows_and_always_the_same() {
    for format in ALL {
        let text = || export(&shop_with_map(), format, Direction::Call).expect("an export");
        let first = text();
        assert_eq!(first, text(), "{format:?}");
        assert!(first.contains(common::COMMIT) && first.contains("2026-11-20"), "{format:?}");
        let shows_parts = format.has_arrows() || format == Format::Backstage;
        assert_eq!(first.contains("Ana Silva"), shows_parts, "{format:?}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let evil =
        "x\"] } \u{1b}[31m\n@enduml\n!include /etc/passwd\n%getenv(\"HOME\") ${HOME} `a` <script> =cmd|'/c calc'!A0";
    let names = common::Names { person: evil.into(), words: evil.into(), ..common::Names::default() };
    for format in ALL {
        let text = export(&shop_with_map_of(&names), format, Direction::Call).expect("an export");
        assert!(!text.contains('\u{1b}'), "{format:?}");
        // One line per row, so that no name begins a line of its own.
        for wrong in ["\n@enduml\n!", "\n!include", "\n%getenv"] {
            assert!(!text.contains(wrong), "{format:?}: {wrong}");
        }
        match format {
            Format::Plantuml => assert!(!text.contains("%getenv"), "{text}"),
            Format::Structurizr => assert!(!text.contains("${HOME}") && !text.contains("x\"]")),
            Format::Mermaid => assert!(!text.contains("x\"]") && !text.contains("<script>")),
            Format::Dot => assert!(!text.contains("x\"]")),
            Format::Json | Format::Cyclonedx | Format::Spdx | Format::Sarif => {
                assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
            }
            _ => {}
        }
    }
}

#[test]
fn a_workspace_without_a_map_exports_an_empty_one() {
    for format in ALL {
        export(&common::empty_repository(), format, Direction::Call).expect("an export");
    }
}

fn parsed(format: Format, of: Option<&str>) -> Value {
    let text = export_of(&shop_with_map_of(&plain()), format, Direction::Call, of).expect("an export");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn a_bill_of_materials_lists_each_version_once_with_its_places() {
    let bom = parsed(Format::Cyclonedx, None);
    assert_eq!((&bom["bomFormat"], &bom["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let serial = bom["serialNumber"].as_str().expect("a number");
    assert!(serial.starts_with("urn:uuid:") && serial.len() == 45, "{serial}");
    assert_eq!(bom["metadata"]["component"]["version"], common::COMMIT);
    let components = bom["components"].as_array().expect("a list");
    assert!(!components.is_empty());
    let mut references: Vec<&str> = components.iter().filter_map(|c| c["bom-ref"].as_str()).collect();
    assert_eq!(references.len(), components.len());
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), components.len(), "no reference twice");
    for component in components {
        let place = &component["evidence"]["occurrences"][0];
        assert!(place["additionalContext"].as_str().is_some_and(|p| p.starts_with("place:")), "{component}");
    }
    let spdx = parsed(Format::Spdx, None);
    let packages = spdx["packages"].as_array().expect("a list");
    let libraries = components.iter().filter(|c| c["type"] == "library").count();
    assert_eq!(packages.len(), libraries + 1, "the same packages, and the system itself");
    for package in packages {
        let id = package["SPDXID"].as_str().expect("an id");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.'), "{id}");
    }
}

#[test]
fn findings_cite_lines_and_belong_to_a_rule() {
    let sarif = parsed(Format::Sarif, None);
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(!results.is_empty(), "the shop has hotspots");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small number");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["properties"]["fact"].is_string(), "{result}");
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(uri.as_str().is_some_and(|u| !u.starts_with('/') && !u.contains(' ')), "{result}");
    }
}

#[test]
fn endpoints_of_one_component_become_a_skeleton_to_start_from() {
    let document = parsed(Format::Openapi, Some("orders"));
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    assert!(!paths.is_empty());
    for (path, item) in paths {
        assert!(path.starts_with('/'), "{path}");
        let operations: Vec<_> =
            item.as_object().expect("an object").iter().filter(|(k, _)| *k != "parameters").collect();
        assert!(!operations.is_empty(), "{path}");
        for (method, operation) in operations {
            assert!(
                operation["x-sightline"][0]["place"].as_str().is_some_and(|p| p.starts_with("place:")),
                "{method} {path}"
            );
            assert!(operation["responses"]["default"].is_object());
        }
    }
    let error = export_of(&shop_with_map(), Format::Openapi, Direction::Call, Some("odrers-db"));
    assert!(matches!(error, Err(TellError::Name(_))), "{error:?}");
}

#[test]
fn topics_become_channels_with_their_senders_and_receivers() {
    let document = parsed(Format::Asyncapi, None);
    assert_eq!(document["asyncapi"], "3.0.0");
    let channels = document["channels"].as_object().expect("channels");
    let operations = document["operations"].as_object().expect("operations");
    assert!(!channels.is_empty() && !operations.is_empty());
    for (key, operation) in operations {
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{key}");
        let channel = operation["channel"]["$ref"].as_str().and_then(|r| r.strip_prefix("#/channels/"));
        assert!(channel.is_some_and(|c| channels.contains_key(c)), "{operation}");
        assert!(["send", "receive"].contains(&operation["action"].as_str().expect("an action")), "{operation}");
        let place = operation["x-sightline"]["evidence"][0]["place"].as_str();
        assert!(place.is_some_and(|p| p.starts_with("place:")), "{operation}");
    }
}

#[test]
fn drafts_of_decisions_leave_open_what_is_not_known() {
    let session = shop_with_map();
    let mut rows = TechnologiesBuilder::default();
    rows.push(&TechnologyRow {
        repo: "shop",
        path: "src/`a`<script>.js",
        line_start: 3,
        line_end: 3,
        technology: "valkey",
        name: "Valkey",
        kind: "cache",
        purpose: "keeps answers at hand",
        ..TechnologyRow::default()
    });
    // A record of the shop names this one.
    rows.push(&TechnologyRow {
        repo: "shop",
        technology: "postgresql",
        name: "PostgreSQL",
        kind: "database",
        ..TechnologyRow::default()
    });
    session.add_batches(&technologies::SPEC, vec![rows.finish()]).expect("the rows fit");
    let text = export_of(&session, Format::Madr, Direction::Call, None).expect("an export");
    assert!(text.contains("# Use Valkey\n"), "{text}");
    assert!(text.contains("It is used here: `shop:src/'a'&lt;script>.js:3-3`"), "{text}");
    assert!(!text.contains("# Use PostgreSQL"), "{text}");
    assert!(text.contains("because (open: the reason, from those who decided)"), "{text}");
}

#[test]
fn a_flow_becomes_a_sequence_of_messages() {
    let text =
        export_of(&shop_with_map_of(&plain()), Format::Sequence, Direction::Call, Some("web")).expect("an export");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.starts_with("%%")).collect();
    assert_eq!(lines[..2], ["sequenceDiagram", "autonumber"]);
    assert!(lines.iter().any(|l| l.contains("->>") && l.contains("calls")), "{text}");
    let error = export(&shop_with_map(), Format::Sequence, Direction::Call);
    assert!(matches!(error, Err(TellError::Name(_))), "it takes the name of a flow");
}

#[test]
fn parts_without_an_owner_are_listed_and_others_are_not() {
    let text = export(&shop_with_map_of(&plain()), Format::Owners, Direction::Call).expect("an export");
    let names: Vec<&str> = text.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    assert!(names.contains(&"billing") && !names.contains(&"orders") && !names.contains(&"stripe"), "{text}");
}
