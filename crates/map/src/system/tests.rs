//! What must hold of resolution whatever the rows are: their order changes nothing, and a repository that goes takes
//! only its own rows.

use proptest::prelude::*;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{Array, RecordBatch, StringArray};
use sightline_facts::session::Session;
use sightline_facts::tables::{documents, entry_points, files, imports, owners, packages, projects, signals};

use super::system;
use crate::catalogue::Catalogue;

/// A row of `signals`, by what the cases below need of it.
#[derive(Debug, Clone, Default)]
struct Saw {
    repo: String,
    path: &'static str,
    line: i64,
    rule: &'static str,
    kind: &'static str,
    name: String,
    value: Option<String>,
    target: Option<String>,
    route: Option<&'static str>,
    technology: &'static str,
    scope: Option<String>,
}

/// The file that says what runs.
const COMPOSE: &str = "docker-compose.yml";

/// What detectors see of a system of services: names are its own, so that two systems have nothing in common.
fn shop(repo: &str, services: usize) -> Vec<Saw> {
    let mut all = Vec::new();
    let mut saw = |one: Saw| all.push(Saw { repo: repo.to_owned(), ..one });
    let database = format!("{repo}-db");
    saw(Saw {
        path: COMPOSE,
        line: 1,
        rule: "compose-service",
        kind: "service",
        name: database.clone(),
        technology: "compose",
        ..Saw::default()
    });
    saw(Saw {
        path: COMPOSE,
        line: 2,
        rule: "compose-image",
        kind: "image",
        name: "postgres:16".to_owned(),
        value: Some("postgres:16".to_owned()),
        technology: "compose",
        scope: Some(database.clone()),
        ..Saw::default()
    });
    for at in 0..services {
        let name = format!("{repo}-part{at}");
        let line = 10 + 10 * i64::try_from(at).unwrap_or_default();
        saw(Saw {
            path: COMPOSE,
            line,
            rule: "compose-service",
            kind: "service",
            name: name.clone(),
            technology: "compose",
            ..Saw::default()
        });
        saw(Saw {
            path: COMPOSE,
            line: line + 1,
            rule: "compose-build",
            kind: "build-context",
            name: name.clone(),
            value: Some(format!("./part{at}")),
            technology: "compose",
            scope: Some(name.clone()),
            ..Saw::default()
        });
        // Each calls the next one, and two of them keep data.
        let peer = format!("http://{repo}-part{}:8080", (at + 1) % services);
        for (variable, value) in [("PEER_URL", peer), ("DATABASE_URL", format!("postgresql://{database}:5432/x"))] {
            if variable == "DATABASE_URL" && at > 1 {
                continue;
            }
            saw(Saw {
                path: COMPOSE,
                line: line + 2,
                rule: "compose-environment",
                kind: "env",
                name: variable.to_owned(),
                value: Some(value),
                technology: "compose",
                scope: Some(name.clone()),
                ..Saw::default()
            });
        }
        let (code, route) =
            [("part0/app.py", "/a"), ("part1/app.py", "/b"), ("part2/app.py", "/c"), ("part3/app.py", "/d")][at];
        saw(Saw {
            path: code,
            line: 1,
            rule: "python-route",
            kind: "route",
            name: "one".to_owned(),
            route: Some(route),
            technology: "flask",
            ..Saw::default()
        });
        saw(Saw {
            path: code,
            line: 9,
            rule: "python-http-call",
            kind: "http-call",
            name: "get".to_owned(),
            target: Some("{PEER_URL}/x".to_owned()),
            technology: "requests",
            ..Saw::default()
        });
    }
    all
}

fn session(rows: &[Saw], repos: &[&str]) -> Session {
    let mut seen = signals::SignalsBuilder::default();
    for s in rows {
        seen.push(&signals::SignalRow {
            repo: &s.repo,
            path: s.path,
            line_start: s.line,
            line_end: s.line,
            rule: s.rule,
            kind: s.kind,
            name: Some(&s.name),
            value: s.value.as_deref(),
            target: s.target.as_deref(),
            http_route: s.route,
            technology: Some(s.technology),
            scope: s.scope.as_deref(),
            basis: "declared",
            seen: &s.name,
            ..signals::SignalRow::default()
        });
    }
    let mut listed = files::FilesBuilder::default();
    for repo in repos {
        for path in ["part0/app.py", "part1/app.py", "part2/app.py", "part3/app.py"] {
            listed.push(&files::FileRow {
                repo,
                path,
                kind: "code",
                language: Some("Python"),
                code_lines: 9,
                ..files::FileRow::default()
            });
        }
    }
    Session::of_batches(vec![
        (&signals::SPEC, vec![seen.finish()]),
        (&files::SPEC, vec![listed.finish()]),
        (&projects::SPEC, vec![projects::ProjectsBuilder::default().finish()]),
        (&packages::SPEC, vec![packages::PackagesBuilder::default().finish()]),
        (&documents::SPEC, vec![documents::DocumentsBuilder::default().finish()]),
        (&owners::SPEC, vec![owners::OwnersBuilder::default().finish()]),
        (&imports::SPEC, vec![imports::ImportsBuilder::default().finish()]),
        (&entry_points::SPEC, vec![entry_points::EntryPointsBuilder::default().finish()]),
    ])
    .expect("the rows fit")
}

/// The tables of the map, by name.
fn map(rows: &[Saw], repos: &[&str]) -> Vec<(&'static str, RecordBatch)> {
    let catalogue = Catalogue::new(&[]).expect("the catalogue is right");
    let names: Vec<String> = repos.iter().map(|r| (*r).to_owned()).collect();
    let tables = system(&session(rows, repos), &names, &catalogue, &[]).expect("the rows are ours");
    tables.into_iter().map(|(spec, rows)| (spec.name, rows)).collect()
}

/// The rows of one repository, each as one text: without the people, who use all repositories, and of a part without
/// the area, which is its repository where there are several.
fn rows_of(tables: &[(&'static str, RecordBatch)], repo: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, batch) in tables {
        let Some(repos) = batch.column_by_name("repo").and_then(|c| c.as_any().downcast_ref::<StringArray>()) else {
            continue;
        };
        for at in (0..batch.num_rows()).filter(|at| repos.value(*at) == repo) {
            let row = batch.slice(at, 1);
            let n = if *name == "components" { 3 } else { row.num_columns() };
            found.push(format!("{name}: {:?}", &row.columns()[..n]));
        }
    }
    found.retain(|row| !row.contains("user"));
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_rows_changes_nothing(rows in Just(shop("shop", 4)).prop_shuffle()) {
        let expect = map(&shop("shop", 4), &["shop"]);
        prop_assert!(expect.iter().any(|(name, rows)| *name == "connections" && rows.num_rows() > 4));
        prop_assert_eq!(map(&rows, &["shop"]), expect);
    }

    #[test]
    fn a_repository_that_goes_takes_only_its_own_rows(ours in 1..4_usize, theirs in 1..4_usize) {
        let both: Vec<Saw> = shop("shop", ours).into_iter().chain(shop("mail", theirs)).collect();
        let with = map(&both, &["mail", "shop"]);
        let without = map(&shop("shop", ours), &["shop"]);
        prop_assert!(!rows_of(&with, "mail").is_empty() && rows_of(&without, "mail").is_empty());
        prop_assert_eq!(rows_of(&with, "shop"), rows_of(&without, "shop"));
    }
}

#[test]
fn a_command_of_its_own_leaves_the_entry_point_of_what_is_extended() {
    let saw = |line, kind, name: &str, value: &str, scope: &str| Saw {
        repo: "shop".to_owned(),
        path: COMPOSE,
        line,
        rule: "compose-service",
        kind,
        name: name.to_owned(),
        value: Some(value.to_owned()),
        technology: "compose",
        scope: (!scope.is_empty()).then(|| scope.to_owned()),
        ..Saw::default()
    };
    let rows = [
        saw(1, "service", "orders", "", ""),
        saw(2, "image", "acme/orders", "acme/orders", "orders"),
        saw(3, "service", "base", "", ""),
        saw(4, "image", "acme/front", "acme/front", "base"),
        saw(5, "command", "entrypoint", "front --upstream=http://orders:80", "base"),
        saw(6, "command", "command", "front --upstream=http://nobody:80", "base"),
        saw(7, "service", "front", "", ""),
        saw(8, "compose-extends", "base", "", "front"),
        saw(9, "command", "command", "serve", "front"),
    ];
    let tables = map(&rows, &["shop"]);
    let connections = tables.iter().find(|(name, _)| *name == "connections").map(|(_, rows)| rows).expect("a table");
    let texts = |name: &str| {
        let column = connections.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<StringArray>());
        column.expect("a column of text").iter().flatten().map(str::to_owned).collect::<Vec<_>>()
    };
    let pairs: Vec<String> =
        texts("from_component").iter().zip(texts("to_component")).map(|(from, to)| format!("{from} {to}")).collect();
    assert!(pairs.contains(&"component:front component:orders".to_owned()), "{pairs:?}");
}
