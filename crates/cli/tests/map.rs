//! The map of a tiny system from the outside: two services, a database, a topic, a call to another company.

mod common;

use std::path::PathBuf;

use common::{fails, ok, scanned};
use sightline_testkit::TinyRepo;

/// `orders` keeps orders in PostgreSQL, asks `stock`, sends `orders.paid`, which `stock` receives; `stock` asks a company
/// elsewhere.
fn shop() -> (TinyRepo, PathBuf) {
    let mut repo = TinyRepo::default();
    repo.file(
        "docker-compose.yml",
        "services:\n  orders:\n    build: ./orders\n    environment:\n      DB_URL: jdbc:postgresql://orders-db:5432/orders\n  \
         stock:\n    build: ./stock\n  orders-db:\n    image: postgres:17\n  kafka:\n    image: apache/kafka:4.0.0\n",
    );
    for (name, port) in [("orders", 8080), ("stock", 8081)] {
        repo.file(&format!("{name}/Dockerfile"), &format!("FROM eclipse-temurin:21\nEXPOSE {port}\n")).file(
            &format!("{name}/pom.xml"),
            &format!(
                "<project>\n  <groupId>shop</groupId>\n  <artifactId>{name}</artifactId>\n  <version>1</version>\n  <dependencies>\n    \
                 <dependency>\n      <groupId>org.springframework.boot</groupId>\n      <artifactId>spring-boot-starter-web</artifactId>\n    </dependency>\n    \
                 <dependency>\n      <groupId>org.springframework.kafka</groupId>\n      <artifactId>spring-kafka</artifactId>\n    </dependency>\n  \
                 </dependencies>\n</project>\n"
            ),
        );
    }
    repo.file(
        "orders/src/main/resources/application.yml",
        "spring:\n  application:\n    name: orders\n  datasource:\n    url: ${DB_URL}\n  kafka:\n    bootstrap-servers: kafka:9092\n",
    )
    .file(
        "orders/src/main/java/shop/orders/OrdersApplication.java",
        "package shop.orders;\n@SpringBootApplication\npublic class OrdersApplication {\n  public static void main(String[] a) { SpringApplication.run(OrdersApplication.class, a); }\n}\n",
    )
    .file(
        "orders/src/main/java/shop/orders/web/OrderController.java",
        "package shop.orders.web;\nimport shop.orders.service.OrderService;\n@RestController\npublic class OrderController {\n  private final OrderService orders;\n  \
         @PostMapping(\"/orders\")\n  public Order place(@RequestBody Order order) { return orders.place(order); }\n  \
         @GetMapping(\"/health\")\n  public String health() { return \"ok\"; }\n}\n",
    )
    .file(
        "orders/src/main/java/shop/orders/service/OrderService.java",
        "package shop.orders.service;\nimport shop.orders.data.Order;\nimport shop.orders.client.StockClient;\n@Service\npublic class OrderService {\n  \
         private final KafkaTemplate<String, String> kafka;\n  private final StockClient stock;\n  public Order place(Order order) {\n    \
         stock.reserve(order);\n    kafka.send(\"orders.paid\", order.id());\n    return order;\n  }\n}\n",
    )
    .file(
        "orders/src/main/java/shop/orders/data/Order.java",
        "package shop.orders.data;\n@Entity\n@Table(name = \"orders\")\npublic class Order {\n  @Id\n  private Long id;\n  private String email;\n}\n",
    )
    .file(
        "orders/src/main/java/shop/orders/client/StockClient.java",
        "package shop.orders.client;\n@FeignClient(name = \"stock\", url = \"http://stock:8081\")\npublic interface StockClient {\n  \
         @PostMapping(\"/reservations\")\n  void reserve(Order order);\n}\n",
    )
    .file(
        "stock/src/main/resources/application.yml",
        "spring:\n  application:\n    name: stock\n  kafka:\n    bootstrap-servers: kafka:9092\n",
    )
    .file(
        "stock/src/main/java/shop/stock/StockApplication.java",
        "package shop.stock;\n@SpringBootApplication\npublic class StockApplication {\n  public static void main(String[] a) { SpringApplication.run(StockApplication.class, a); }\n}\n",
    )
    .file(
        "stock/src/main/java/shop/stock/web/StockController.java",
        "package shop.stock.web;\nimport shop.stock.Supplier;\n@RestController\npublic class StockController {\n  private final Supplier supplier;\n  \
         @PostMapping(\"/reservations\")\n  public void reserve() { supplier.order(); }\n  @GetMapping(\"/health\")\n  public String health() { return \"ok\"; }\n}\n",
    )
    .file(
        "stock/src/main/java/shop/stock/Supplier.java",
        "package shop.stock;\nimport org.springframework.web.client.RestTemplate;\n@Component\npublic class Supplier {\n  private final RestTemplate restTemplate = new RestTemplate();\n  \
         public void order() {\n    restTemplate.postForObject(\"https://api.stripe.com/v1/charges\", null, String.class);\n  }\n}\n",
    )
    .file(
        "stock/src/main/java/shop/stock/Paid.java",
        "package shop.stock;\npublic class Paid {\n  @KafkaListener(topics = \"orders.paid\")\n  public void on(String id) {}\n}\n",
    )
    .file(
        "docs/architecture.md",
        "# Parts\n\n```mermaid\nflowchart LR\n  orders[Orders] --> stock[Stock]\n  orders --> mailer[Mailer]\n```\n",
    )
    .file(".github/CODEOWNERS", "/orders/ @example/payments\n")
    .commit("a shop");
    let workspace = scanned(&repo, &[]);
    (repo, workspace)
}

#[test]
fn questions_over_the_map_are_answered() {
    let (_repo, workspace) = shop();
    let has = |arguments: &[&str], parts: &[&str]| {
        let said = ok(&workspace, arguments);
        for part in parts {
            assert!(said.contains(part), "{arguments:?} should say `{part}`:\n{said}");
        }
        assert!(said.lines().all(|l| l.chars().count() <= 100), "{arguments:?}:\n{said}");
        said
    };
    has(&["map"], &["Which parts exist", "orders-db", "2 services", "@example/payments"]);
    let stores = has(&["map", "--kind", "database"], &["orders-db"]);
    assert!(!stores.contains("stock"), "{stores}");
    has(&["endpoints"], &["4 endpoints", "/reservations", "orders.paid"]);
    has(&["endpoints", "orders"], &["POST", "/orders", "orders.paid"]);
    has(&["data"], &["orders-db"]);
    has(&["data", "--entity", "ORDERS"], &["orders-db"]);
    has(&["impact", "stock"], &["orders (service), at once", "orders → stock"]);
    has(&["impact", "topic:orders.paid"], &["stock (service), later"]);
    let flow = has(
        &["flow", "POST /orders"],
        &[
            "orders is asked POST /orders",
            "orders calls stock: POST /reservations",
            "sends orders.paid",
            "◷ later",
            "⇢ outside",
        ],
    );
    assert!(flow.find("calls stock") < flow.find("stock receives orders.paid"), "what waits comes first:\n{flow}");
    has(&["show", "orders"], &["Uses", "looked after by @example/payments", "Stands on"]);
    has(&["show", "component:orders"], &["Stands on"]);
    has(&["drift"], &["docs/architecture.md", "Mailer", "orders-db"]);
    has(&["overview"], &["shop has 4 parts with 5 connections"]);
    ok(&workspace, &["verify"]);
}

#[test]
fn programs_get_the_same_as_json() {
    let (_repo, workspace) = shop();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let said = ok(&workspace, &[arguments, &["--json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{said}"))
    };
    assert!(json(&["map"])["components"].as_array().is_some_and(|c| c.len() >= 5));
    assert_eq!(json(&["impact", "stock"])["dependents"][0]["component"], "orders");
    assert_eq!(json(&["flow", "POST /orders"])["steps"][0]["place"]["line_start"], 6);
    assert_eq!(json(&["drift"])["parts_declared_not_found"][0]["name"], "Mailer");
    assert!(json(&["show", "orders"])["Uses"].is_array());
    assert!(json(&["endpoints", "stock"])["endpoints"].is_array());
    assert!(json(&["endpoints"])["sections"].is_array());
    assert_eq!(json(&["data", "--entity", "orders"])["kept"][0]["name"], "orders");
    assert_eq!(json(&["export"])["direction"], "dataflow");
    assert_eq!(json(&["export", "--direction", "call"])["direction"], "call");
}

/// The table of steps is what the command tells, for SQL, exports and pages, without what the code did not tell of the
/// request: that the command marks as perhaps.
#[test]
fn flows_are_tables_as_well() {
    let (_repo, workspace) = shop();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let said = ok(&workspace, &[arguments, &["--json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{said}"))
    };
    let told = json(&["flow", "POST /orders"]);
    let sql = "select number as step, kind, from_component, via from flow_steps \
               where flow = (select flow from flows where title = 'POST /orders of orders') order by number";
    let rows = json(&["sql", sql]);
    let rows = rows.as_array().expect("rows");
    let all = told["steps"].as_array().expect("steps");
    let steps: Vec<_> = all.iter().filter(|s| s["is_assumed"] == false).collect();
    assert!(steps.len() > 3 && steps.len() < all.len(), "some of both: {told}");
    assert_eq!(rows.len(), steps.len());
    for (i, (row, step)) in rows.iter().zip(steps).enumerate() {
        assert_eq!((&row["kind"], &row["via"]), (&step["kind"], &step["via"]));
        assert_eq!(row["step"], i + 1);
    }
    // Whoever depends on a part through another is there with the way.
    let far = json(&["sql", "select component, dependent, through from dependents where distance = 2"]);
    assert!(far.as_array().is_some_and(|rows| !rows.is_empty()), "{far}");
}

#[test]
fn a_name_that_is_none_or_several_is_met_with_help() {
    let (_repo, workspace) = shop();
    let check = |arguments: &[&str], meant: &str| {
        let (code, message) = fails(&workspace, arguments);
        assert_eq!(code, 2, "{arguments:?}: {message}");
        assert!(message.contains(meant), "{arguments:?} should say `{meant}`: {message}");
    };
    check(&["impact", "ordrs"], "did you mean `orders`?");
    check(&["flow", "POST /ordrs"], "did you mean `POST /orders`?");
    check(&["flow", "GET /health"], "can mean 2 things:\n  orders: GET /health\n  stock: GET /health");
    check(&["endpoints", "stok"], "did you mean `stock`?");
    check(&["data", "--entity", "order"], "did you mean `orders`?");
    check(&["map", "--area", "nowhere"], "the areas are");
    check(&["map", "--kind", "databse"], "did you mean `database`?");
    ok(&workspace, &["flow", "stock GET /health"]);
}

#[test]
fn an_export_is_written_whole_to_a_file() {
    let (repo, workspace) = shop();
    let file = repo.outside().join("shop.mmd");
    let name = file.to_str().expect("temporary folders have plain names");
    let said = ok(&workspace, &["export", "--format", "mermaid", "--output", name]);
    assert_eq!(said.trim(), name);
    let written = std::fs::read_to_string(&file).expect("the file is there");
    assert_eq!(written, ok(&workspace, &["export", "--format", "mermaid"]));
    assert!(written.contains("flowchart LR") && written.contains("c_orders"), "{written}");
    for format in ["structurizr", "plantuml", "dot", "backstage", "csv"] {
        assert!(ok(&workspace, &["export", "--format", format]).contains("orders-db"), "{format}");
    }
}

#[test]
fn without_a_running_system_it_says_where_it_looked() {
    let mut repo = TinyRepo::default();
    repo.file("notes.md", "# Notes\n\nNothing that runs.\n").commit("notes");
    let workspace = scanned(&repo, &[]);
    assert!(ok(&workspace, &["map"]).contains("No parts of a running system were found"));
    assert!(ok(&workspace, &["drift"]).contains("nothing to compare"));
    assert!(ok(&workspace, &["endpoints"]).contains("No endpoint was found (searched 1 file"));
    let (code, message) = fails(&workspace, &["impact", "orders"]);
    assert_eq!(code, 2);
    assert!(message.contains("no parts of a running system were found"), "{message}");
}

#[test]
fn everything_is_found_by_its_name_in_one_box() {
    let (_repo, workspace) = shop();
    let orders = ok(&workspace, &["search", "orders"]);
    assert!(orders.starts_with("component   orders\n"), "{orders}");
    let endpoint = ok(&workspace, &["search", "POST", "/orders"]);
    assert!(endpoint.starts_with("endpoint    POST /orders\n"), "{endpoint}");
    assert!(endpoint.contains("OrderController.java:6"), "{endpoint}");
    let wrong = ok(&workspace, &["search", "OrdrController", "--limit", "1", "--json"]);
    assert!(
        wrong.contains("\"title\": \"OrderController\"") || wrong.contains("\"title\": \"OrderController.java\""),
        "{wrong}"
    );
    let field = ok(&workspace, &["search", "email", "--kind", "field"]);
    assert!(field.starts_with("field       orders.email\n"), "{field}");
}

#[test]
fn a_search_that_finds_nothing_says_where_it_looked() {
    let (_repo, workspace) = shop();
    let nothing = ok(&workspace, &["search", "qqqqqqqq"]);
    assert!(nothing.starts_with("Nothing like `qqqqqqqq` was found (searched "), "{nothing}");
    let (code, error) = fails(&workspace, &["search", "x", "--kind", "parts"]);
    assert_eq!(code, 2);
    assert!(error.contains("the kinds are component, endpoint, table"), "{error}");
}

#[test]
fn what_changed_since_a_day_or_release_is_told_and_no_other_day() {
    let mut repo = TinyRepo::default();
    repo.file("docker-compose.yml", "services:\n  orders:\n    build: ./orders\n  cache:\n    image: redis:8\n");
    repo.file("orders/Dockerfile", "FROM node:24\nCMD [\"node\", \"server.js\"]\n");
    repo.file("orders/package.json", "{\"name\": \"orders\", \"dependencies\": {\"express\": \"5.1.0\"}}\n");
    repo.file(
        "orders/server.js",
        "const app = require('express')();\napp.post('/orders', place);\napp.listen(3000);\n",
    );
    repo.commit("Begin");
    repo.git(&["tag", "v1.0.0"]);
    repo.by("Bo Chen", "bo@example.org");
    repo.file("docker-compose.yml", "services:\n  orders:\n    build: ./orders\n  stock:\n    build: ./stock\n");
    repo.file("stock/Dockerfile", "FROM node:24\nCMD [\"node\", \"server.js\"]\n");
    repo.file("stock/package.json", "{\"name\": \"stock\", \"dependencies\": {\"express\": \"5.1.0\"}}\n");
    repo.file("stock/server.js", "const app = require('express')();\napp.post('/stock', take);\napp.listen(3001);\n");
    repo.file("stock/migrations/001_items.sql", "create table items (id int);\n");
    repo.commit("Keep stock");
    repo.git(&["tag", "v1.1.0"]);
    repo.file(
        "orders/server.js",
        "const app = require('express')();\napp.post('/orders', place);\napp.listen(3002);\n",
    );
    repo.commit("Another port");
    let workspace = scanned(&repo, &[]);
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(ok(&workspace, &["changes", "--since", "v1.0.0"]));
    for part in [
        "Between v1.0.0 of",
        "1 person made 2 changes to",
        "1 release of",
        "came out in that time: v1.1.0.",
        "Files of 2 parts changed",
        "1 part of shop appears to be new since then, for nothing in the folder is older: stock.",
        "new +",
        "changed △",
        "1 file that appears to change what a store looks like came into shop",
        "Of the 1 person who changed shop in that time, 1 did so for the first time.",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(text.contains("cache (service)"), "what a release removed is told: {text}");
    let text = words(ok(&workspace, &["changes", "--since", "v1.0.0", "--until", "v1.1.0"]));
    assert!(text.contains("1 person made 1 change to") && !text.contains("Another port"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&ok(&workspace, &["changes", "--since", "v1.0.0", "--json"])).expect("JSON");
    assert_eq!(json["sections"][0]["id"], "since");
    for (given, why) in [
        (vec!["--since", "v9"], "write a day as 2026-09-01, or the name of a tag"),
        (vec!["--since", "1999-01-01"], "the history that was read reaches from"),
        (vec!["--since", "v1.1.0", "--until", "v1.0.0"], "name the earlier of the two first"),
        (vec!["--since", "x'@net or 1=1"], "write a day"),
    ] {
        let (code, error) = fails(&workspace, &[&["changes"], given.as_slice()].concat());
        assert!(code == 2 && error.contains(why), "{given:?}: {code} {error}");
    }
}
