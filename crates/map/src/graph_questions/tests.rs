//! A shop made by hand: site -> gateway -> orders -> orders-db, orders sends `paid` to billing, billing calls Stripe.

use sightline_facts::RowBuilder;
use sightline_facts::session::Session;
use sightline_facts::tables::{
    components, connections, endpoints, entities, files, imports, map_evidence, map_gaps, signals, topics,
};

use super::*;
use crate::system_map::SystemMap;

const ROUTES: &str = "orders/src/OrderRoutes.java";
const SERVICE: &str = "orders/src/service/OrderService.java";
const IMPL: &str = "orders/src/service/OrderServiceImpl.java";
const UNUSED: &str = "orders/src/Unused.java";
const BILLING: &str = "billing/src/Bill.java";

#[expect(clippy::too_many_lines, reason = "one system, told from top to bottom")]
fn shop() -> Session {
    let mut parts = components::ComponentsBuilder::default();
    for (id, kind, folder, is_outside) in [
        ("billing", "service", Some("billing"), false),
        ("gateway", "gateway", Some("gateway"), false),
        ("kafka", "broker", None, false),
        ("orders", "service", Some("orders"), false),
        ("orders-db", "database", None, false),
        ("prometheus", "monitoring", None, false),
        ("stock", "service", Some("stock"), false),
        ("stripe", "external", None, true),
        ("user", "user", None, true),
    ] {
        parts.push(&components::ComponentRow {
            component: &format!("component:{id}"),
            name: id,
            kind,
            folder,
            is_outside,
            basis: "declared",
            aliases: (id == "orders").then_some("order-svc"),
            ..components::ComponentRow::default()
        });
    }
    let mut joined = connections::ConnectionsBuilder::default();
    let mut proof = map_evidence::MapEvidenceBuilder::default();
    for (from, to, kind, flow, basis, path, line) in [
        ("billing", "kafka", "async", "in", "resolved", BILLING, 3),
        ("billing", "orders", "sync", "both", "resolved", BILLING, 8),
        ("billing", "stripe", "sync", "out", "resolved", BILLING, 9),
        ("gateway", "orders", "sync", "both", "declared", "gateway/routes.yml", 2),
        ("orders", "kafka", "async", "out", "resolved", IMPL, 30),
        ("orders", "orders-db", "data", "both", "resolved", "orders/application.yml", 4),
        ("orders", "stock", "sync", "both", "resolved", UNUSED, 5),
        ("prometheus", "orders", "monitoring", "in", "declared", "prometheus.yml", 4),
        ("user", "gateway", "sync", "both", "inferred", "compose.yml", 1),
    ] {
        let id = format!("{from} -> {to}");
        joined.push(&connections::ConnectionRow {
            connection: &id,
            from_component: &format!("component:{from}"),
            to_component: &format!("component:{to}"),
            kind,
            is_async: kind == "async",
            data_flow: flow,
            what: "uses",
            basis,
            path,
            line_start: line,
            line_end: line,
            ..connections::ConnectionRow::default()
        });
        proof.push(&map_evidence::MapEvidenceRow {
            subject: &id,
            position: 1,
            basis,
            path,
            line_start: line,
            line_end: line,
            ..map_evidence::MapEvidenceRow::default()
        });
    }
    let mut offered = endpoints::EndpointsBuilder::default();
    for (component, method, route, path) in [
        ("orders", "POST", "/orders", ROUTES),
        ("orders", "GET", "/orders/{id}", ROUTES),
        ("stock", "GET", "/stock", "stock/src/Stock.java"),
        ("billing", "GET", "/health", BILLING),
        ("orders", "GET", "/health", ROUTES),
    ] {
        offered.push(&endpoints::EndpointRow {
            endpoint: &format!("{component}: {method} {route}"),
            component: &format!("component:{component}"),
            protocol: "http",
            method: Some(method),
            http_route: Some(route),
            basis: "declared",
            path,
            line_start: 7,
            line_end: 7,
            ..endpoints::EndpointRow::default()
        });
    }
    let mut kept = entities::EntitiesBuilder::default();
    kept.push(&entities::EntityRow {
        entity: "orders/orders_table",
        name: "orders_table",
        kind: "model",
        component: Some("component:orders"),
        store: Some("component:orders-db"),
        basis: "declared",
        path: "orders/src/service/Order.java",
        line_start: 2,
        line_end: 2,
        ..entities::EntityRow::default()
    });
    let mut sent = topics::TopicsBuilder::default();
    for (component, direction, path, line) in [("billing", "consumes", BILLING, 3), ("orders", "produces", IMPL, 30)] {
        sent.push(&topics::TopicRow {
            topic: "paid",
            component: &format!("component:{component}"),
            direction,
            broker: Some("component:kafka"),
            basis: "resolved",
            path,
            line_start: line,
            line_end: line,
            ..topics::TopicRow::default()
        });
    }
    let mut lost = map_gaps::MapGapsBuilder::default();
    for (path, target) in [(IMPL, "{url}"), (UNUSED, "{other}")] {
        lost.push(&map_gaps::MapGapRow {
            component: Some("component:orders"),
            what: "call",
            target: Some(target),
            reason: "no setting says where",
            path,
            line_start: 40,
            line_end: 40,
            ..map_gaps::MapGapRow::default()
        });
    }
    let mut listed = files::FilesBuilder::default();
    for path in [ROUTES, SERVICE, IMPL, UNUSED, BILLING, "orders/src/service/Order.java", "stock/src/Stock.java"] {
        listed.push(&files::FileRow { path, kind: "code", ..files::FileRow::default() });
    }
    let mut used = imports::ImportsBuilder::default();
    for (path, target) in [(ROUTES, SERVICE), (SERVICE, "orders/src/service/Order.java"), (IMPL, ROUTES)] {
        used.push(&imports::ImportRow { path, resolved_path: Some(target), ..imports::ImportRow::default() });
    }
    let mut called = signals::SignalsBuilder::default();
    called.push(&signals::SignalRow {
        kind: "http-call",
        target: Some("http://orders/orders/{id}"),
        method: Some("GET"),
        path: BILLING,
        line_start: 8,
        line_end: 8,
        ..signals::SignalRow::default()
    });
    Session::of_batches(vec![
        (&components::SPEC, vec![parts.finish()]),
        (&connections::SPEC, vec![joined.finish()]),
        (&map_evidence::SPEC, vec![proof.finish()]),
        (&endpoints::SPEC, vec![offered.finish()]),
        (&entities::SPEC, vec![kept.finish()]),
        (&topics::SPEC, vec![sent.finish()]),
        (&map_gaps::SPEC, vec![lost.finish()]),
        (&files::SPEC, vec![listed.finish()]),
        (&imports::SPEC, vec![used.finish()]),
        (&signals::SPEC, vec![called.finish()]),
    ])
    .expect("the rows fit")
}

/// The one thing that a name means.
fn one(map: &SystemMap, name: &str) -> Subject {
    let found = find(map, name);
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found.into_iter().next().expect("there is one")
}

/// Who depends on something: `name (steps, waits or not)`.
fn depend_on(name: &str) -> Vec<String> {
    let session = shop();
    let map = SystemMap::read(&session).expect("the rows are ours");
    let found = impact(&session, &map, &one(&map, name)).expect("the rows are ours");
    let how = |r: &Reached| if r.is_sync { "waits" } else { "later" };
    found.reached.iter().map(|r| format!("{} {} {}", short(&r.component), r.path.len(), how(r))).collect()
}

/// The steps of a flow, one line each.
fn steps(name: &str) -> Vec<String> {
    let session = shop();
    let map = SystemMap::read(&session).expect("the rows are ours");
    let found = flow(&session, &map, &one(&map, name)).expect("the rows are ours");
    let mark = |on: bool, word: &'static str| if on { word } else { "" };
    let line = |s: &Step| {
        let via = s.via.as_deref().map(|v| format!(" [{v}]")).unwrap_or_default();
        let after = s.after.map(|n| format!(" after {n}")).unwrap_or_default();
        let marks = [
            mark(s.is_later, " later"),
            mark(s.is_outside, " outside"),
            mark(s.is_seen, " seen"),
            mark(s.is_assumed, " assumed"),
        ];
        format!("{} {} {} -> {}{via}{after}{}", s.number, s.kind.word(), short(&s.from), short(&s.to), marks.concat())
    };
    found.steps.iter().map(line).collect()
}

#[test]
fn names_mean_one_thing_or_say_which() {
    let session = shop();
    let map = SystemMap::read(&session).expect("the rows are ours");
    let check = |name: &str, expect: &[&str]| {
        let found: Vec<String> = find(&map, name).iter().map(|s| format!("{} {}", s.word(), s.id())).collect();
        assert_eq!(found, expect, "{name}");
    };
    check("orders", &["component orders"]);
    check("component:orders", &["component orders"]);
    check("Orders_DB", &["component orders-db"]);
    check("order-svc", &["component orders"]);
    check("post /orders", &["endpoint orders: POST /orders"]);
    check("/orders/:number", &["endpoint orders: GET /orders/{id}"]);
    check("orders: POST /orders", &["endpoint orders: POST /orders"]);
    check("GET /health", &["endpoint billing: GET /health", "endpoint orders: GET /health"]);
    check("billing GET /health", &["endpoint billing: GET /health"]);
    check("paid", &["topic paid"]);
    check("ORDERS_TABLE", &["table orders/orders_table"]);
    check("ordrs", &[]);
    check("", &[]);
}

#[test]
fn dependents_come_nearest_first_and_say_whether_they_wait() {
    assert_eq!(depend_on("orders"), ["billing 1 waits", "gateway 1 waits", "prometheus 1 later", "user 2 waits"]);
    assert_eq!(
        depend_on("orders-db"),
        ["orders 1 waits", "billing 2 waits", "gateway 2 waits", "prometheus 2 later", "user 3 waits"]
    );
    assert_eq!(depend_on("user"), Vec::<String>::new());
}

#[test]
fn receivers_depend_on_senders() {
    // Stock is called by orders, from which billing hears; it also calls orders, which is the shorter story.
    assert!(depend_on("stock").contains(&"billing 2 waits".to_owned()));
    assert_eq!(
        depend_on("paid"),
        ["billing 1 later", "orders 1 later", "gateway 2 later", "prometheus 2 later", "user 3 later"]
    );
}

#[test]
fn an_endpoint_is_used_by_those_who_call_its_route() {
    assert_eq!(depend_on("GET /orders/{id}"), ["billing 1 waits"]);
    // Nobody's route is known to be this one: whoever calls the component may call it.
    assert_eq!(depend_on("POST /orders"), depend_on("orders"));
}

#[test]
fn a_flow_follows_code_then_messages() {
    // The routes import the service, whose implementation sends; what Unused.java calls is no step.
    assert_eq!(
        steps("POST /orders"),
        [
            "1 start orders -> orders [POST /orders]",
            "2 data orders -> orders-db [orders_table] after 1",
            "3 send orders -> kafka [paid] after 1",
            "4 gap orders -> {url} after 1",
            "5 receive kafka -> billing [paid] after 3 later",
            // Billing asks for another endpoint in the same file: it has been shown, the circle is cut.
            "6 call billing -> orders [GET /orders/{id}] after 5 later seen",
            "7 call billing -> stripe after 5 later outside",
        ]
    );
}

#[test]
fn without_a_file_that_answers_everything_counts_and_says_so() {
    assert_eq!(
        steps("gateway"),
        [
            "1 start gateway -> gateway",
            // All that the gateway does was asked for; which of the orders' work follows, nobody told.
            "2 call gateway -> orders after 1",
            "3 call orders -> stock after 2 assumed",
            "4 data orders -> orders-db [orders_table] after 2 assumed",
            "5 send orders -> kafka [paid] after 2 assumed",
            "6 gap orders -> {other} after 2 assumed",
            "7 gap orders -> {url} after 2 assumed",
            "8 receive kafka -> billing [paid] after 5 later assumed",
            "9 call billing -> orders [GET /orders/{id}] after 8 later seen",
            "10 call billing -> stripe after 8 later outside",
        ]
    );
}

#[test]
fn a_flow_of_nothing_is_its_start() {
    assert_eq!(steps("orders-db"), ["1 start orders-db -> orders-db"]);
}
