//! How the map is resolved, one mechanism a test: names, values, variables, drivers, several programs of one folder,
//! repositories together, corrections, hostile manifests.

mod common;

use std::path::{Path, PathBuf};

use common::{ok, run, sql};

/// A folder of plain files, and a workspace beside it.
struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for (path, text) in files {
            tree.file(path, text);
        }
        tree
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.folder.path().join("shop").join(path);
        std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    fn scan(&self) -> PathBuf {
        let place = self.folder.path().join("shop");
        ok(&self.workspace(), &["scan", place.to_str().expect("temporary folders have plain names")]);
        self.workspace()
    }

    /// Connections as `from -> to kind basis`.
    fn connections(&self) -> Vec<String> {
        connections(&self.scan())
    }
}

fn connections(workspace: &Path) -> Vec<String> {
    sql(workspace, "select connection || ' ' || kind || ' ' || basis from connections order by 1")
}

fn components(workspace: &Path) -> Vec<String> {
    sql(workspace, "select name || ' ' || kind from components where kind <> 'user' order by 1")
}

const PYTHON: &str = "import os, requests\nfrom flask import Flask\napp = Flask(__name__)\n";

#[test]
fn a_call_is_followed_from_a_local_name_through_a_variable_to_the_service_that_deployment_names() {
    let tree = Tree::new(&[
        (
            "compose.yaml",
            "services:\n  cart:\n    build: ./cart\n    environment:\n      - STOCK_ADDR\n      - UNUSED\n  stock:\n    build: ./stock\n",
        ),
        (".env", "STOCK_PORT=8081\nSTOCK_ADDR=http://stock:${STOCK_PORT}\n"),
        ("cart/Dockerfile", "FROM python:3\n"),
        ("cart/app.py", &format!("{PYTHON}stock = os.environ['STOCK_ADDR']\nrequests.get(stock + '/items')\n")),
        ("stock/Dockerfile", "FROM python:3\n"),
        ("stock/app.py", PYTHON),
    ]);
    assert_eq!(tree.connections(), ["cart -> stock sync resolved"]);
}

#[test]
fn a_config_map_serves_only_those_that_ask_for_its_keys() {
    let workload = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n      - name: main\n        \
             image: {name}\n        envFrom:\n        - configMapRef:\n            name: addresses\n---\n"
        )
    };
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: addresses\ndata:\n  STOCK_ADDR: \"stock:8080\"\n  CART_ADDR: \"cart:8080\"\n---\n";
    let manifests = [workload("cart"), workload("stock"), workload("mail"), map.to_owned()].concat();
    let tree = Tree::new(&[
        ("k8s/all.yaml", &manifests),
        ("src/cart/Dockerfile", "FROM python:3\n"),
        ("src/cart/app.py", &format!("{PYTHON}stock = os.environ['STOCK_ADDR']\n")),
        ("src/stock/Dockerfile", "FROM python:3\n"),
        ("src/stock/app.py", &format!("{PYTHON}level = os.environ['LEVEL']\n")),
        ("src/mail/Dockerfile", "FROM python:3\n"),
        ("src/mail/app.py", &format!("{PYTHON}level = os.environ['LEVEL']\n")),
    ]);
    assert_eq!(tree.connections(), ["cart -> stock sync declared"]);
}

#[test]
fn a_store_is_the_one_that_runs_here_and_a_driver_alone_is_a_guess() {
    let pom = |driver: &str| {
        format!(
            "<project><artifactId>x</artifactId><dependencies><dependency>{driver}</dependency></dependencies></project>"
        )
    };
    let mysql = "<groupId>mysql</groupId><artifactId>mysql-connector-java</artifactId>";
    let web = "<groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId>";
    let application = "@SpringBootApplication\npublic class A { public static void main(String[] a) {} }\n";
    let tree = Tree::new(&[
        (
            "compose.yml",
            "services:\n  orders:\n    build: orders\n    depends_on: [db]\n  cart:\n    build: cart\n    depends_on: [db]\n  db:\n    image: mysql:8\n",
        ),
        ("orders/Dockerfile", "FROM eclipse-temurin:21\n"),
        ("orders/pom.xml", &pom(mysql)),
        ("orders/src/main/java/A.java", application),
        ("cart/Dockerfile", "FROM eclipse-temurin:21\n"),
        ("cart/pom.xml", &pom(web)),
        ("cart/src/main/java/A.java", application),
    ]);
    // The order of starting alone says nothing of a part whose packages could not reach the store.
    assert_eq!(tree.connections(), ["orders -> db data inferred"]);
}

#[test]
fn programs_of_one_folder_own_the_files_that_their_starts_lead_to() {
    let main = |package: &str| {
        format!("package main\n\nimport \"shop.io/shop/internal/{package}\"\n\nfunc main() {{ {package}.Run() }}\n")
    };
    let listen = |package: &str, route: &str| {
        format!(
            "package {package}\n\nimport \"net/http\"\n\nfunc Run() {{\n\thttp.HandleFunc(\"{route}\", nil)\n\thttp.ListenAndServe(\":80\", nil)\n}}\n"
        )
    };
    let tree = Tree::new(&[
        (
            "compose.yml",
            "services:\n  cart:\n    build:\n      context: .\n      dockerfile: docker/cart.Dockerfile\n  stock:\n    build:\n      context: .\n      dockerfile: docker/stock.Dockerfile\n",
        ),
        ("docker/cart.Dockerfile", "FROM golang:1\n"),
        ("docker/stock.Dockerfile", "FROM golang:1\n"),
        ("go.mod", "module shop.io/shop\n\ngo 1.24\n"),
        ("cmd/cart/main.go", &main("cart")),
        ("cmd/stock/main.go", &main("stock")),
        ("internal/cart/cart.go", &listen("cart", "/cart")),
        ("internal/stock/stock.go", &listen("stock", "/stock")),
    ]);
    let workspace = tree.scan();
    assert_eq!(sql(&workspace, "select endpoint from endpoints order by 1"), ["cart: /cart", "stock: /stock"]);
}

#[test]
fn fields_of_a_kept_class_are_found_by_its_table_and_personal_ones_are_told() {
    let tree = Tree::new(&[
        ("compose.yml", "services:\n  cart:\n    build: .\n"),
        ("Dockerfile", "FROM eclipse-temurin:21\n"),
        ("src/main/java/A.java", "@SpringBootApplication\npublic class A { public static void main(String[] a) {} }\n"),
        (
            "src/main/java/Customer.java",
            "@Entity\n@Table(name = \"customers\")\npublic class Customer {\n  private Long id;\n  private String email;\n}\n",
        ),
    ]);
    let workspace = tree.scan();
    let fields = "select e.name || '.' || f.name || ' ' || coalesce(f.personal, 'plain') from entity_fields f \
                  join entities e on e.entity = f.entity order by 1";
    assert_eq!(sql(&workspace, fields), ["customers.email email address", "customers.id plain"]);
}

#[test]
fn what_is_mounted_belongs_to_what_it_is_mounted_into() {
    let tree = Tree::new(&[
        (
            "compose.yml",
            "services:\n  orders:\n    build: ./orders\n    environment:\n      DATABASE_URL: postgres://db/orders\n  db:\n    image: postgres:16\n    volumes:\n      - ./db/init.sql:/docker-entrypoint-initdb.d/init.sql\n  charts:\n    image: grafana/grafana\n    volumes:\n      - ./charts/:/etc/grafana/provisioning/\n  logs:\n    image: opensearchproject/opensearch:2\n  collector:\n    image: otel/opentelemetry-collector\n    volumes:\n      - ${COLLECTOR_CONFIG}:/etc/collector.yml\n",
        ),
        (".env", "COLLECTOR_CONFIG=./telemetry/otel-config.yml\n"),
        ("orders/Dockerfile", "FROM python:3\n"),
        ("orders/app.py", PYTHON),
        ("db/init.sql", "create table placed (id int, street text);\n"),
        (
            "charts/datasources/logs.yaml",
            "apiVersion: 1\ndatasources:\n  - name: Logs\n    type: grafana-opensearch-datasource\n    url: http://logs:9200\n",
        ),
        ("telemetry/otel-config.yml", "exporters:\n  opensearch:\n    http: {endpoint: \"http://logs:9200\"}\n"),
    ]);
    assert_eq!(
        tree.connections(),
        ["charts -> logs data resolved", "collector -> logs monitoring declared", "orders -> db data declared"]
    );
    let kept = "select e.name || ' of ' || c.name || ' in ' || s.name from entities e \
                join components c on c.component = e.component join components s on s.component = e.store";
    assert_eq!(sql(&tree.workspace(), kept), ["placed of orders in db"]);
}

#[test]
fn what_is_no_system_of_services_is_something_all_the_same() {
    let check = |files: &[(&str, &str)], expect: &str| {
        assert_eq!(components(&Tree::new(files).scan()), [expect]);
    };
    check(
        &[("Cargo.toml", "[package]\nname = \"sums\"\nversion = \"1.0.0\"\n"), ("src/lib.rs", "pub fn sum() {}\n")],
        "sums library",
    );
    check(
        &[("Cargo.toml", "[package]\nname = \"list\"\nversion = \"1.0.0\"\n"), ("src/main.rs", "fn main() {}\n")],
        "list tool",
    );
    check(
        &[
            ("app/src/main/AndroidManifest.xml", "<manifest package=\"shop\"/>"),
            ("app/src/main/java/A.kt", "class A\n"),
        ],
        "shop app",
    );
}

#[test]
fn routers_in_routers_have_the_prefixes_of_all_that_mount_them() {
    let routes = |files: &[(&str, &str)]| {
        let tree = Tree::new(files);
        sql(
            &tree.scan(),
            "select coalesce(method, 'ANY') || ' ' || http_route from endpoints where protocol = 'http' order by 1",
        )
    };
    let package = ("package.json", "{\"name\": \"shop\", \"dependencies\": {\"express\": \"5\"}}");
    let found = routes(&[
        package,
        (
            "index.js",
            "const app = require('express')();\nconst api = require('./api');\napp.use('/api', api);\napp.listen(80);\n",
        ),
        (
            "api/index.js",
            "const router = require('express').Router();\nconst orders = require('./orders');\nrouter.use('/orders', orders);\nmodule.exports = router;\n",
        ),
        (
            "api/orders.js",
            "const router = require('express').Router();\nrouter.get('/:id', (req, res) => res.send(1));\nrouter.post('/', (req, res) => res.send(1));\nmodule.exports = router;\n",
        ),
    ]);
    assert_eq!(found, ["GET /api/orders/:id", "POST /api/orders"]);
    let found = routes(&[
        ("go.mod", "module shop\n\nrequire github.com/gin-gonic/gin v1.10.0\n"),
        (
            "main.go",
            "package main\n\nimport \"github.com/gin-gonic/gin\"\n\nfunc main() {\n\te := gin.Default()\n\tv1 := e.Group(\"/v1\")\n\torders := v1.Group(\"/orders\")\n\t\
             orders.GET(\"/:id\", one)\n\te.Run()\n}\n",
        ),
    ]);
    assert_eq!(found, ["GET /v1/orders/:id"]);
    let found = routes(&[
        ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.0.0\"\n[dependencies]\nactix-web = \"4\"\n"),
        (
            "src/main.rs",
            "use actix_web::web::{self, get, scope};\nmod users;\n#[get(\"/health\")]\nasync fn health() {}\nfn main() {\n    HttpServer::new(|| App::new().service(scope(\"/api\")\n\
             .service(health).service(users::ban).service(scope(\"/v1\").route(\"/orders\", web::post().to(place)))));\n}\n",
        ),
        (
            "src/users.rs",
            "use actix_web::{get, post};\n#[post(\"/ban\")]\npub async fn ban() {}\n#[get(\"/list\")]\npub async fn list() {}\n",
        ),
    ]);
    assert_eq!(
        found,
        ["GET /api/health", "GET /list", "POST /api/ban", "POST /api/v1/orders"],
        "a mount of one function says nothing of the others"
    );
}

#[test]
fn commands_are_called_with_those_that_they_stand_below() {
    let commands = |files: &[(&str, &str)]| {
        sql(&Tree::new(files).scan(), "select name from endpoints where protocol = 'command' order by 1")
    };
    let go = |package: &str, imports: &str, body: &str| {
        format!("package {package}\n\nimport (\n\t\"github.com/spf13/cobra\"\n{imports})\n\n{body}\n")
    };
    let found = commands(&[
        ("go.mod", "module example.com/shop\n\nrequire github.com/spf13/cobra v1.8.0\n"),
        ("main.go", &go("main", "\t\"example.com/shop/cmd/root\"\n", "func main() { root.NewCmdRoot().Execute() }")),
        (
            "cmd/root/root.go",
            &go(
                "root",
                "\trepoCmd \"example.com/shop/cmd/repo\"\n\tgistCmd \"example.com/shop/cmd/gist\"\n",
                "func NewCmdRoot() *cobra.Command {\n\tcmd := &cobra.Command{Use: \"shop\"}\n\tcmd.AddCommand(repoCmd.NewCmdRepo())\n\tcmd.AddCommand(gistCmd.NewCmdGist())\n\treturn cmd\n}",
            ),
        ),
        (
            "cmd/repo/repo.go",
            &go(
                "repo",
                "\tcreateCmd \"example.com/shop/cmd/repo/create\"\n",
                "func NewCmdRepo() *cobra.Command {\n\tcmd := &cobra.Command{Use: \"repo <command>\"}\n\tcmd.AddCommand(createCmd.NewCmdCreate())\n\treturn cmd\n}",
            ),
        ),
        (
            "cmd/repo/create/create.go",
            &go("create", "", "func NewCmdCreate() *cobra.Command { return &cobra.Command{Use: \"create\"} }"),
        ),
        (
            "cmd/gist/gist.go",
            &go(
                "gist",
                "\tgistCreate \"example.com/shop/cmd/gist/create\"\n",
                "func NewCmdGist() *cobra.Command {\n\tcmd := &cobra.Command{Use: \"gist\"}\n\tcmd.AddCommand(gistCreate.NewCmdCreate())\n\treturn cmd\n}",
            ),
        ),
        (
            "cmd/gist/create/create.go",
            &go("create", "", "func NewCmdCreate() *cobra.Command { return &cobra.Command{Use: \"create\"} }"),
        ),
    ]);
    assert_eq!(found, ["gist", "gist create", "repo", "repo create", "shop"]);
    let found = commands(&[
        ("pyproject.toml", "[project]\nname = \"shop\"\ndependencies = [\"click\"]\n"),
        (
            "shop/cli.py",
            "import click\n\n@click.group()\ndef shop_cli(): pass\n\n@shop_cli.group('database')\ndef shop_database(): pass\n\n@shop_database.command('init')\ndef init_command(): pass\n\n\
             if __name__ == '__main__':\n    shop_cli()\n",
        ),
    ]);
    assert_eq!(found, ["database", "database init", "shop_cli"]);
    let found = commands(&[
        ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.0.0\"\n[dependencies]\nclap = \"4\"\n"),
        (
            "src/main.rs",
            "fn main() {}\n#[derive(Subcommand)]\nenum Commands { Repo(RepoArgs), Version }\n#[derive(Args)]\nstruct RepoArgs {\n    #[command(subcommand)]\n    command: RepoCommands,\n}\n\
             #[derive(Subcommand)]\nenum RepoCommands { Create, List }\n",
        ),
    ]);
    assert_eq!(found, ["repo", "repo create", "repo list", "version"]);
}

#[test]
fn every_component_is_told_in_a_sentence_and_every_row_has_evidence_that_holds() {
    let tree = Tree::new(&[
        (
            "compose.yml",
            "services:\n  web:\n    build: .\n    environment: {CACHE_URL: 'redis://cache:6379'}\n  cache:\n    image: redis:7\n",
        ),
        ("Dockerfile", "FROM node:22\n"),
        (
            "package.json",
            "{\"name\": \"shop\", \"description\": \"Sells things to people who need them.\", \"dependencies\": {\"express\": \"5\"}}",
        ),
        (
            "index.js",
            "const app = require('express')();\napp.get('/items', (req, res) => res.send([]));\napp.listen(80);\n",
        ),
    ]);
    let workspace = tree.scan();
    let sentences =
        sql(&workspace, "select purpose from components where purpose not like '%.' and purpose not like '%”'");
    assert_eq!(sentences, Vec::<String>::new());
    let without = "select connection from connections where connection not in (select subject from map_evidence)";
    assert_eq!(sql(&workspace, without), Vec::<String>::new());
    assert!(ok(&workspace, &["verify"]).contains("citations hold"));
}

#[test]
fn two_repositories_meet_by_name_and_one_that_goes_takes_only_its_own_rows() {
    let tree = Tree::new(&[
        ("a/compose.yml", "services:\n  cart:\n    build: .\n    environment: {STOCK_URL: 'http://stock:80'}\n"),
        ("a/Dockerfile", "FROM python:3\n"),
        ("a/app.py", PYTHON),
        ("b/compose.yml", "services:\n  stock:\n    build: .\n"),
        ("b/Dockerfile", "FROM python:3\n"),
        ("b/app.py", PYTHON),
    ]);
    let place = |name: &str| tree.folder.path().join("shop").join(name).to_str().expect("plain").to_owned();
    let (a, b) = (place("a"), place("b"));
    let (workspace, other) = (tree.workspace(), tree.folder.path().join("other"));
    ok(&workspace, &["scan", &a, &b]);
    assert_eq!(connections(&workspace), ["cart -> stock sync declared"]);
    ok(&other, &["scan", &b, &a]);
    let rows = "select component, name, kind, purpose, repo, path, line_start from components order by 1";
    assert_eq!(sql(&workspace, rows), sql(&other, rows), "the order of repositories changes nothing");
    ok(&other, &["scan", &a]);
    let alone = tree.folder.path().join("alone");
    ok(&alone, &["scan", &a]);
    assert_eq!(sql(&alone, rows), sql(&workspace, &rows.replace(" order", " where repo = 'a' order")));
}

#[test]
fn corrections_outlive_scans_and_are_reported_where_the_code_contradicts_them() {
    let tree = Tree::new(&[
        ("compose.yml", "services:\n  cart:\n    build: cart\n  db:\n    image: postgres:17\n"),
        ("cart/Dockerfile", "FROM python:3\n"),
        ("cart/app.py", PYTHON),
    ]);
    let workspace = tree.scan();
    let settings = "[[component]]\nname = \"cart\"\nrename = \"basket\"\ndescribe = \"Holds what people want to buy.\"\nowner = \"team-shop\"\n\n\
                    [[component]]\nname = \"ledger\"\nadd = true\ndescribe = \"The books.\"\n\n\
                    [[connection]]\nfrom = \"basket\"\nto = \"ledger\"\nwhat = \"books sales in\"\n\n\
                    [[component]]\nname = \"ghost\"\nhide = true\n";
    std::fs::write(workspace.join("sightline.toml"), settings).expect("a settings file");
    for _ in 0..2 {
        tree.file("cart/more.py", PYTHON);
        tree.scan();
        let names = sql(&workspace, "select name, basis, coalesce(owner, 'nobody') from components order by 1");
        assert_eq!(names, ["basket,declared,team-shop", "db,declared,nobody", "ledger,said,nobody"]);
        assert_eq!(connections(&workspace), ["basket -> ledger sync said"]);
        let gaps = sql(&workspace, "select target || ': ' || reason from map_gaps where what = 'correction'");
        assert_eq!(gaps, ["ghost: no component has the name ghost any more"]);
    }
    // What people said is evidence like any other: it is read again, and misses what was taken away.
    ok(&workspace, &["verify"]);
    std::fs::write(workspace.join("sightline.toml"), "# empty\n").expect("a settings file");
    let output = run(&workspace, &["verify"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("workspace: sightline.toml:"), "{said}");
}

#[test]
fn files_of_compose_build_on_each_other_whatever_they_are_called() {
    let tree = Tree::new(&[
        (
            "compose.yml",
            "include: [stores/data.yml]\nservices:\n  orders:\n    extends: {file: shared/base.yml, service: app}\n    \
             environment:\n      DATABASE_URL: postgres://db/orders\n",
        ),
        // Only there to be extended; what a service says itself is stronger than what it takes over.
        (
            "shared/base.yml",
            "services:\n  app:\n    build: ../code\n    env_file: app.env\n    environment:\n      \
             DATABASE_URL: postgres://ledger/x\n",
        ),
        ("shared/app.env", "CACHE_URL=redis://cache:6379\n"),
        (
            "stores/data.yml",
            "services:\n  store:\n    image: postgres:17\n  db:\n    extends: store\n  ledger:\n    extends: store\n  cache:\n    \
             image: redis:7\n",
        ),
        ("code/Dockerfile", "FROM python:3\n"),
        ("code/app.py", "import os\ncache = os.environ['CACHE_URL']\ndatabase = os.environ['DATABASE_URL']\n"),
        // Not of Compose, though it has services.
        ("code/services.yaml", "services:\n  App\\Mailer: {public: true, arguments: ['x']}\n"),
    ]);
    let workspace = tree.scan();
    let parts =
        sql(&workspace, "select name, kind, coalesce(technology, '') from components where not is_outside order by 1");
    assert_eq!(
        parts,
        [
            "cache,cache,Redis",
            "db,database,PostgreSQL",
            "ledger,database,PostgreSQL",
            "orders,service,",
            "store,database,PostgreSQL"
        ]
    );
    assert_eq!(connections(&workspace), ["orders -> cache data declared", "orders -> db data declared"]);
    ok(&workspace, &["verify"]);
}

#[test]
fn a_file_of_variables_for_all_counts_for_those_that_ask() {
    let service = |name: &str| format!("  {name}:\n    build: {name}\n    env_file: all.env\n");
    let compose = format!(
        "services:\n{}{}  db:\n    image: postgres:17\n    env_file: all.env\n",
        service("cart"),
        service("mail")
    );
    let tree = Tree::new(&[
        ("compose.yml", &compose),
        ("all.env", "DATABASE_URL=postgres://db/shop\nMAIL_URL=http://mail:8080\n"),
        ("cart/Dockerfile", "FROM python:3\n"),
        ("cart/app.py", "import os\nmail = os.environ['MAIL_URL']\n"),
        ("mail/Dockerfile", "FROM python:3\n"),
        ("mail/app.py", "import os\ndatabase = os.environ['DATABASE_URL']\n"),
    ]);
    let workspace = tree.scan();
    assert_eq!(connections(&workspace), ["cart -> mail sync declared", "mail -> db data declared"]);
}

#[test]
fn hostile_manifests_end_in_gaps_and_rows_that_are_escaped() {
    let many: String = (0..10_000).map(|i| ["  s", &i.to_string(), ":\n    image: postgres\n"].concat()).collect();
    let tree = Tree::new(&[
        ("compose.yml", &format!("services:\n{many}")),
        (
            "evil/compose.yml",
            "services:\n  \"<script>alert(1)</script>\":\n    image: \"redis\"\n    depends_on: [\"<script>alert(1)</script>\"]\n",
        ),
        (
            "loop/compose.yml",
            "include: [compose.yml]\nservices:\n  a:\n    extends: {service: a}\n    image: nginx\n    environment: {A: '${B}', B: '${A}'}\n",
        ),
        ("loop/.env", "A=${B}\nB=${A}\n"),
    ]);
    let workspace = tree.scan();
    assert!(sql(&workspace, "select reason from gaps").contains(&"too-many".to_owned()));
    let circles = sql(&workspace, "select target || ': ' || reason from map_gaps where what = 'deployment' order by 1");
    assert_eq!(
        circles,
        [
            "a of loop/compose.yml: a extends itself in the end",
            "loop/compose.yml: the files that include each other come back to where they began"
        ]
    );
    let report = ok(&workspace, &["report", "--output", "-"]);
    assert!(report.contains("&lt;script&gt;alert"), "the name is shown");
    assert!(!report.contains("<script>alert"), "and escaped on the page");
}

#[test]
fn nothing_in_rules_or_code_names_a_system_of_the_benchmark() {
    // Words that only occur as names of its systems; written in halves so that this file does not hold them.
    let names: Vec<String> = [
        ("piggy", "metrics"),
        ("bank-of-", "anthos"),
        ("online-", "boutique"),
        ("retail-st", "ore-sample"),
        ("pet", "clinic"),
        ("opentelemetry-", "demo"),
        ("callista", "enterprise"),
        ("mudi", "gal"),
        ("anil", "allewar"),
        ("rohit", "ghatol"),
        ("koushik", "kothagal"),
        ("georg", "wittberger"),
        ("blog-micro", "services"),
        // Systems of the questions; one more is a product that the catalogue knows.
        ("log", "flare"),
        ("mini", "flux"),
        ("kh", "oj"),
        ("paper", "less"),
        ("rip", "grep"),
    ]
    .iter()
    .map(|(a, b)| format!("{a}{b}"))
    .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut todo = vec![root.join("rules"), root.join("crates"), root.join("metrics")];
    let mut found = Vec::new();
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).expect("a room").flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let text = text.to_lowercase();
                found.extend(
                    names.iter().filter(|n| text.contains(n.as_str())).map(|n| format!("{}: {n}", path.display())),
                );
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Endpoints as `component method route`.
fn endpoints(workspace: &Path) -> Vec<String> {
    let columns = "replace(component, 'component:', '') || ' ' || coalesce(method, '-') || ' ' || http_route";
    sql(workspace, &format!("select {columns} from endpoints order by 1"))
}

#[test]
fn routes_of_an_interface_are_offered_by_whoever_implements_it() {
    let interface = "import io.micronaut.http.annotation.*;\npublic interface StockOperations {\n  @Get\n  List<Item> all();\n  @Get(\"/{code}\")\n  Item one(String code);\n}\n";
    let controller = "import io.micronaut.http.annotation.*;\n@Controller(\"/stock\")\npublic class StockController implements StockOperations {}\n";
    let start = "public class App { public static void main(String[] a) {} }\n";
    let pom = |name: &str, uses: &str| {
        let uses = format!("<dependency><groupId>s</groupId><artifactId>{uses}</artifactId></dependency>");
        format!(
            "<project><groupId>s</groupId><artifactId>{name}</artifactId><dependencies>{uses}</dependencies></project>"
        )
    };
    let tree = Tree::new(&[
        ("compose.yml", "services:\n  stock:\n    build: stock\n  cart:\n    build: cart\n"),
        ("stock/Dockerfile", "FROM eclipse-temurin:21\n"),
        ("stock/pom.xml", &pom("stock", "stock-api")),
        ("stock/src/main/java/StockController.java", controller),
        ("stock/src/main/java/App.java", start),
        ("cart/Dockerfile", "FROM eclipse-temurin:21\n"),
        ("cart/pom.xml", &pom("cart", "stock-api")),
        ("cart/src/main/java/App.java", start),
        ("stock-api/pom.xml", &pom("stock-api", "other")),
        ("stock-api/src/main/java/StockOperations.java", interface),
    ]);
    assert_eq!(endpoints(&tree.scan()), ["stock GET /stock", "stock GET /stock/{code}"]);
}

#[test]
fn the_name_of_a_file_is_a_route_only_in_the_framework_that_makes_it_one() {
    let page = "export default function Page() { return null; }\n";
    let tree = Tree::new(&[
        ("compose.yml", "services:\n  site:\n    build: site\n  panel:\n    build: panel\n"),
        ("site/Dockerfile", "FROM node:22\n"),
        ("site/package.json", "{\"name\": \"site\", \"dependencies\": {\"next\": \"15.0.0\"}}\n"),
        ("site/pages/orders/[id].jsx", page),
        ("site/app/api/orders/route.ts", "export async function POST() {}\n"),
        ("panel/Dockerfile", "FROM node:22\n"),
        ("panel/package.json", "{\"name\": \"panel\", \"dependencies\": {\"react\": \"19.0.0\"}}\n"),
        ("panel/pages/orders/[id].jsx", page),
    ]);
    assert_eq!(endpoints(&tree.scan()), ["site - /orders/{id}", "site POST /api/orders"]);
}

#[test]
fn templates_of_a_chart_are_filled_in_from_its_values() {
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"shop.fullname\" . }}-cart\nspec:\n  template:\n    spec:\n      containers:\n      \
                    - name: cart\n        image: \"{{ .Values.cart.image }}:{{ .Values.tag | default \"latest\" }}\"\n        env:\n        - name: STOCK_URL\n          \
                    value: {{ .Values.stock.url | quote }}\n        - name: MAIL_URL\n          value: {{ .Values.mail.url }}\n";
    let stock = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: stock\nspec:\n  template:\n    spec:\n      containers:\n      - name: stock\n        image: acme/stock\n";
    let tree = Tree::new(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "cart:\n  image: acme/cart\nstock:\n  url: http://stock:8080\n"),
        ("chart/templates/cart.yaml", template),
        ("chart/templates/stock.yaml", stock),
    ]);
    assert_eq!(tree.connections(), ["shop-cart -> stock sync declared"]);
}

#[test]
fn a_label_that_all_workloads_have_names_none_of_them() {
    let workload = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-{name}\n  labels:\n    app: shop\nspec:\n  template:\n    spec:\n      containers:\n      \
             - name: {name}\n        image: acme/shop-{name}\n        env:\n        - name: DB_HOST\n          value: shop-db\n---\n"
        )
    };
    let all = [workload("cart"), workload("orders"), workload("db")].concat();
    let tree = Tree::new(&[
        ("k8s/all.yaml", &all),
        ("cart/Dockerfile", "FROM python:3\n"),
        ("cart/app.py", PYTHON),
        ("orders/Dockerfile", "FROM python:3\n"),
        ("orders/app.py", PYTHON),
    ]);
    assert_eq!(tree.connections(), ["shop-cart -> shop-db data declared", "shop-orders -> shop-db data declared"]);
    assert_eq!(components(&tree.workspace()), ["shop-cart service", "shop-db database", "shop-orders service"]);
}

#[test]
fn the_scheme_of_an_address_tells_what_an_unknown_image_is() {
    let compose = "services:\n  cart:\n    build: cart\n    environment:\n      DOCUMENTS_URL: mongodb://documents:10260/shop\n  documents:\n    image: acme/documents\n";
    let tree = Tree::new(&[("compose.yml", compose), ("cart/Dockerfile", "FROM python:3\n"), ("cart/app.py", PYTHON)]);
    assert_eq!(tree.connections(), ["cart -> documents data declared"]);
    assert_eq!(components(&tree.workspace()), ["cart service", "documents database"]);
}

#[test]
fn a_general_name_is_kept_where_it_tells_one_part_from_others() {
    let compose = "services:\n  web:\n    build: web\n  orders:\n    build: orders\n";
    let tree = Tree::new(&[
        ("compose.yml", compose),
        ("web/Dockerfile", "FROM nginx\nENV ORDERS_HOST=orders \\\n    LEVEL=info\n"),
        ("web/default.conf.template", "location /api/ {\n  proxy_pass http://${ORDERS_HOST}:8080/;\n}\n"),
        ("web/app.js", "fetch('/api/orders');\n"),
        ("orders/Dockerfile", "FROM python:3\n"),
        ("orders/app.py", PYTHON),
    ]);
    assert!(tree.connections().contains(&"web -> orders sync declared".to_owned()));
}
