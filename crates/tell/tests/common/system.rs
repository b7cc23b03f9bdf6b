//! The running system of the made-up shop: a site, two services, a database, a queue, an outside company.

use sightline_facts::RowBuilder;
use sightline_facts::session::Session;
use sightline_facts::tables::{
    components, connections, endpoints, entities, entity_fields, map_evidence, map_gaps, topics,
};

use super::{COMMIT, Names, Tables};

/// The shop with its map.
pub fn shop_with_map() -> Session {
    shop_with_map_of(&Names::default())
}

/// The same with other names.
pub fn shop_with_map_of(names: &Names) -> Session {
    let mut all = super::tables(names);
    all.extend(map(names));
    Session::of_batches(all).expect("the rows fit")
}

#[expect(clippy::too_many_lines, reason = "one system, told from top to bottom")]
fn map(names: &Names) -> Tables {
    let repo = names.repo.as_str();
    let commit = Some(COMMIT);
    let mut out: Tables = Vec::new();
    let mut proof = map_evidence::MapEvidenceBuilder::default();
    let mut rows = components::ComponentsBuilder::default();
    for (name, kind, technology, area, is_outside, basis, line) in [
        ("billing", "service", Some("Spring MVC"), "product", false, "declared", 20),
        ("kafka", "broker", Some("Apache Kafka"), "data", false, "declared", 30),
        ("orders", "service", Some("Spring MVC"), "product", false, "declared", 10),
        ("orders-db", "database", Some("PostgreSQL"), "data", false, "declared", 40),
        ("stripe", "external", Some("Stripe"), "outside", true, "resolved", 50),
        ("user", "user", None, "outside", true, "inferred", 60),
        ("web", "web", Some("Vue"), "product", false, "declared", 60),
    ] {
        let id = format!("component:{name}");
        let purpose = if name == "orders" { names.words.as_str() } else { "What it does." };
        rows.push(&components::ComponentRow {
            component: &id,
            name: if name == "orders" { names.person.as_str() } else { name },
            kind,
            purpose,
            technology,
            language: (kind == "service").then_some("Java"),
            folder: (kind == "service").then_some(name),
            area: Some(area),
            owner: (name == "orders").then_some("@example/payments"),
            is_outside,
            code_lines: 100,
            n_endpoints: i64::from(name == "orders") * 2,
            n_uses: 1,
            n_used_by: 1,
            basis,
            repo,
            commit,
            path: "compose.yml",
            line_start: line,
            line_end: line,
            rule: "compose-service",
            seen: name,
            ..components::ComponentRow::default()
        });
        proof.push(&map_evidence::MapEvidenceRow {
            subject: &id,
            position: 1,
            about: "a Compose file names it",
            basis,
            repo,
            commit,
            path: "compose.yml",
            line_start: line,
            line_end: line,
            rule: "compose-service",
            seen: name,
            ..map_evidence::MapEvidenceRow::default()
        });
    }
    out.push((&components::SPEC, vec![rows.finish()]));

    let mut rows = connections::ConnectionsBuilder::default();
    for (from, to, kind, protocol, flow, what, basis) in [
        ("billing", "kafka", "async", "kafka", "in", "receives messages from", "resolved"),
        ("billing", "stripe", "sync", "http", "out", "calls", "resolved"),
        ("orders", "kafka", "async", "kafka", "both", "exchanges messages through", "resolved"),
        ("orders", "orders-db", "data", "postgresql", "both", "keeps data in", "declared"),
        ("user", "web", "sync", "http", "both", "uses", "inferred"),
        ("web", "orders", "sync", "http", "both", "calls", "resolved"),
    ] {
        let id = format!("{from} -> {to}");
        rows.push(&connections::ConnectionRow {
            connection: &id,
            from_component: &format!("component:{from}"),
            to_component: &format!("component:{to}"),
            kind,
            protocol: Some(protocol),
            is_async: kind == "async",
            data_flow: flow,
            what,
            n_places: 1,
            basis,
            repo,
            commit,
            path: "orders/src/Client.java",
            line_start: 7,
            line_end: 7,
            rule: "http-call",
            seen: to,
            ..connections::ConnectionRow::default()
        });
    }
    out.push((&connections::SPEC, vec![rows.finish()]));
    out.push((&map_evidence::SPEC, vec![proof.finish()]));

    let mut rows = endpoints::EndpointsBuilder::default();
    for (protocol, method, route, line) in [
        ("http", Some("POST"), Some("/orders"), 12),
        ("http", Some("GET"), Some("/orders/{id}"), 20),
        ("grpc", None, None, 30),
    ] {
        rows.push(&endpoints::EndpointRow {
            endpoint: &format!("orders: {} {}", method.unwrap_or("Orders"), route.unwrap_or("Place")),
            component: "component:orders",
            protocol,
            method,
            http_route: route,
            name: Some("Orders.place"),
            basis: "declared",
            repo,
            commit,
            path: &names.file,
            line_start: line,
            line_end: line,
            rule: "spring-route",
            seen: "orders",
            ..endpoints::EndpointRow::default()
        });
    }
    out.push((&endpoints::SPEC, vec![rows.finish()]));

    let mut rows = entities::EntitiesBuilder::default();
    rows.push(&entities::EntityRow {
        entity: "orders/customers",
        name: "customers",
        kind: "table",
        component: Some("component:orders"),
        store: Some("component:orders-db"),
        n_fields: 2,
        n_personal: 1,
        basis: "declared",
        repo,
        commit,
        path: "orders/db/V1.sql",
        line_start: 1,
        line_end: 4,
        rule: "sql-table",
        seen: "customers",
        ..entities::EntityRow::default()
    });
    out.push((&entities::SPEC, vec![rows.finish()]));
    let mut rows = entity_fields::EntityFieldsBuilder::default();
    for (name, personal, line) in [("id", None, 2), ("email", Some("email address"), 3)] {
        rows.push(&entity_fields::EntityFieldRow {
            entity: "orders/customers",
            name,
            type_name: Some("text"),
            personal,
            personal_rule: personal.map(|_| "email"),
            basis: "inferred",
            repo,
            commit,
            path: "orders/db/V1.sql",
            line_start: line,
            line_end: line,
            rule: "sql-table",
            seen: name,
            ..entity_fields::EntityFieldRow::default()
        });
    }
    out.push((&entity_fields::SPEC, vec![rows.finish()]));

    let mut rows = topics::TopicsBuilder::default();
    for (component, direction) in [("component:billing", "consumes"), ("component:orders", "produces")] {
        rows.push(&topics::TopicRow {
            topic: "orders.paid",
            component,
            direction,
            broker: Some("component:kafka"),
            technology: Some("kafka"),
            basis: "resolved",
            repo,
            commit,
            path: "orders/src/Client.java",
            line_start: 9,
            line_end: 9,
            rule: "topic",
            seen: "orders.paid",
            ..topics::TopicRow::default()
        });
    }
    out.push((&topics::SPEC, vec![rows.finish()]));

    let mut rows = map_gaps::MapGapsBuilder::default();
    rows.push(&map_gaps::MapGapRow {
        component: Some("component:orders"),
        what: "call",
        target: Some("{url}"),
        reason: "the host comes from url, which no configuration here sets",
        repo,
        commit,
        path: "orders/src/Client.java",
        line_start: 30,
        line_end: 30,
        rule: "http-call",
        seen: "url",
        ..map_gaps::MapGapRow::default()
    });
    out.push((&map_gaps::SPEC, vec![rows.finish()]));
    out
}
