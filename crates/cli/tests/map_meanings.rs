//! How the map is resolved where no address tells: names of settings, paths, shared code, files that are mounted, what
//! a clone is called.

mod common;

use std::path::{Path, PathBuf};

use common::{ok, sql};

/// A folder of plain files, and a workspace beside it.
struct Tree {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::called("shop", files)
    }

    fn called(name: &'static str, files: &[(&str, &str)]) -> Self {
        let tree = Self { folder: tempfile::tempdir().expect("a temporary folder"), name };
        for (path, text) in files {
            let path = tree.folder.path().join(name).join(path);
            std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        tree
    }

    fn scan(&self) -> PathBuf {
        let workspace = self.folder.path().join("workspace");
        let place = self.folder.path().join(self.name);
        ok(&workspace, &["scan", place.to_str().expect("temporary folders have plain names")]);
        workspace
    }
}

/// Connections but those of people, as `from -> to basis`.
fn connections(workspace: &Path) -> Vec<String> {
    sql(
        workspace,
        "select connection || ' ' || basis from connections where from_component <> 'component:user' order by 1",
    )
}

const FLASK: &str = "import os, requests\nfrom flask import Flask\napp = Flask(__name__)\n";
const IMAGE: &str = "FROM python:3\n";

#[test]
fn a_setting_that_nothing_sets_means_the_part_that_it_is_called_after() {
    let tree = Tree::new(&[
        (
            "compose.yaml",
            "services:\n  web:\n    build: ./web\n  stock-service:\n    build: ./stock\n  mails:\n    build: ./mails\n",
        ),
        ("web/Dockerfile", IMAGE),
        // The first has no value, the second one of a laptop, the third is called after nothing here.
        (
            "web/app.py",
            &format!(
                "{FLASK}stock = os.environ['STOCK_URL']\nmails = os.getenv('MAILS_SERVICE_URL', 'http://localhost:9000')\n\
                 bank = os.environ['BANK_URL']\nback = os.environ['MAILS_REDIRECT_URL']\n"
            ),
        ),
        ("stock/Dockerfile", IMAGE),
        ("stock/app.py", FLASK),
        ("mails/Dockerfile", IMAGE),
        ("mails/app.py", FLASK),
    ]);
    assert_eq!(connections(&tree.scan()), ["web -> mails inferred", "web -> stock-service inferred"]);
}

/// A project of .NET that refers to the code that all share.
fn shares(package: &str) -> String {
    let package = match package {
        "" => String::new(),
        name => format!("<PackageReference Include=\"{name}\" Version=\"7.0.0\" />"),
    };
    format!(
        "<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n<ItemGroup>{package}\n\
         <ProjectReference Include=\"../Shared/Shared.csproj\" />\n</ItemGroup>\n</Project>\n"
    )
}

const WEB: &str = "var builder = WebApplication.CreateBuilder(args);\nvar app = builder.Build();\n";
const LIBRARY: &str = "<Project Sdk=\"Microsoft.NET.Sdk\">\n</Project>\n";

#[test]
fn what_shared_code_asks_for_says_of_none_of_those_that_share_it_that_it_asks() {
    let asks = "var stock = Environment.GetEnvironmentVariable(\"STOCK_URL\");\n";
    let check = |shared: &str, own: &str, expect: &[&str]| {
        let (web, web_code) = (shares(""), format!("{WEB}{own}"));
        let tree = Tree::new(&[
            (
                "compose.yaml",
                "services:\n  web:\n    build: ./Web\n  mails:\n    build: ./Mails\n  stock:\n    build: ./Stock\n",
            ),
            ("Shared/Shared.csproj", LIBRARY),
            ("Shared/Stock.cs", shared),
            ("Web/Dockerfile", IMAGE),
            ("Web/Web.csproj", &web),
            ("Web/Program.cs", &web_code),
            ("Mails/Dockerfile", IMAGE),
            ("Mails/Mails.csproj", &web),
            ("Mails/Program.cs", WEB),
            ("Stock/Dockerfile", IMAGE),
            ("Stock/Stock.csproj", LIBRARY),
            ("Stock/Program.cs", WEB),
        ]);
        assert_eq!(connections(&tree.scan()), expect, "shared: {shared}, own: {own}");
    };
    check(asks, "", &[]);
    check("", asks, &["Web -> stock inferred"]);
}

#[test]
fn of_those_that_share_how_to_sign_in_those_do_that_are_told_where() {
    let (plain, identity) = (shares(""), shares("Duende.IdentityServer"));
    let tree = Tree::new(&[
        (
            "AppHost/Program.cs",
            "var builder = DistributedApplication.CreateBuilder(args);\n\
             var identity = builder.AddProject<Projects.Identity>(\"identity\");\n\
             var identityEndpoint = identity.GetEndpoint(\"http\");\n\
             var orders = builder.AddProject<Projects.Orders>(\"orders\")\n    .WithEnvironment(\"Identity__Url\", identityEndpoint);\n\
             var mails = builder.AddProject<Projects.Mails>(\"mails\");\n\
             identity.WithEnvironment(\"OrdersClient\", orders.GetEndpoint(\"http\"));\n",
        ),
        ("AppHost/AppHost.csproj", LIBRARY),
        ("Shared/Shared.csproj", LIBRARY),
        (
            "Shared/SignIn.cs",
            "var identityUrl = identitySection.GetRequiredValue(\"Url\");\n\
             services.AddAuthentication().AddJwtBearer(options => { options.Authority = identityUrl; });\n",
        ),
        ("Identity/Identity.csproj", &identity),
        ("Identity/Program.cs", &format!("{WEB}builder.Services.AddIdentityServer();\n")),
        ("Orders/Orders.csproj", &plain),
        ("Orders/Program.cs", WEB),
        ("Mails/Mails.csproj", &plain),
        ("Mails/Program.cs", WEB),
    ]);
    assert_eq!(connections(&tree.scan()), ["orders -> identity declared"]);
}

#[test]
fn a_call_to_an_unknown_host_goes_to_the_one_part_that_answers_at_its_path() {
    let tree = Tree::new(&[
        ("compose.yaml", "services:\n  web:\n    build: ./web\n  a:\n    build: ./a\n  b:\n    build: ./b\n"),
        ("web/Dockerfile", IMAGE),
        (
            "web/app.py",
            &format!(
                "{FLASK}def show(base, n):\n    requests.get(f'{{base}}/shelves/{{n}}')\n    requests.get(f'{{base}}/health')\n"
            ),
        ),
        ("a/Dockerfile", IMAGE),
        (
            "a/app.py",
            &format!("{FLASK}@app.get('/shelves/<int:n>')\ndef one(n): ...\n@app.get('/health')\ndef up(): ...\n"),
        ),
        ("b/Dockerfile", IMAGE),
        (
            "b/app.py",
            &format!("{FLASK}@app.post('/shelves/<int:n>')\ndef add(n): ...\n@app.get('/shelves')\ndef all(): ...\n"),
        ),
    ]);
    assert_eq!(connections(&tree.scan()), ["web -> a inferred"]);
}

#[test]
fn settings_that_are_mounted_into_a_tool_speak_for_it() {
    let tree = Tree::new(&[
        (
            "compose.yaml",
            "services:\n  dashboards:\n    image: grafana/grafana\n    volumes:\n      - ./watch/boards.yaml:/etc/grafana/provisioning/datasources/a.yaml\n  \
             logs:\n    image: grafana/loki\n  shop:\n    build: .\n",
        ),
        ("watch/boards.yaml", "not: read\n"),
        ("watch/grafana-boards.yaml", "datasources:\n  - name: Logs\n    type: loki\n    url: http://logs:3100\n"),
        ("Dockerfile", IMAGE),
        ("app.py", FLASK),
    ]);
    // The file stands in the folder of the shop, and is mounted nowhere.
    assert_eq!(connections(&tree.scan()), ["shop -> logs resolved"]);
    let mounted = std::fs::read_to_string(tree.folder.path().join("shop/compose.yaml")).expect("it was written");
    std::fs::write(
        tree.folder.path().join("shop/compose.yaml"),
        mounted.replace("watch/boards", "watch/grafana-boards"),
    )
    .expect("it can be written");
    assert_eq!(connections(&tree.scan()), ["dashboards -> logs resolved"]);
}

#[test]
fn one_program_that_is_run_with_another_word_each_is_several_parts() {
    let service = |name: &str| format!("  {name}:\n    build: .\n    entrypoint: shop {name}\n");
    let routes = |name: &str| {
        format!("package {name}\n\nimport \"net/http\"\n\nfunc Run() {{ http.HandleFunc(\"/{name}\", show) }}\n")
    };
    let tree = Tree::new(&[
        ("compose.yaml", &format!("services:\n{}{}", service("carts"), service("orders"))),
        ("Dockerfile", "FROM golang:1\n"),
        ("go.mod", "module shop\n"),
        ("main.go", "package main\n\nfunc main() { start() }\n"),
        ("services/carts/carts.go", &routes("carts")),
        ("services/orders/orders.go", &routes("orders")),
    ]);
    let workspace = tree.scan();
    let endpoints = sql(&workspace, "select component || ' ' || http_route from endpoints order by 1");
    assert_eq!(endpoints, ["component:carts /carts", "component:orders /orders"]);
}

#[test]
fn files_of_a_shared_library_are_of_those_whose_imports_lead_to_them() {
    let service = |uses: &str| {
        format!("package main\n\nimport \"example.com/shop/pkg/{uses}\"\n\nfunc main() {{ {uses}.Open() }}\n")
    };
    let module = |name: &str| {
        format!(
            "module example.com/shop/{name}\n\nrequire example.com/shop/pkg v0.0.0\n\nreplace example.com/shop/pkg => ../pkg\n"
        )
    };
    let opens = |package: &str, driver: &str| {
        format!("package {package}\n\nimport \"database/sql\"\n\nfunc Open() {{ sql.Open(\"{driver}\", dsn) }}\n")
    };
    let tree = Tree::new(&[
        (
            "compose.yaml",
            "services:\n  carts:\n    build: ./carts\n  orders:\n    build: ./orders\n  pg:\n    image: postgres\n  my:\n    image: mysql\n",
        ),
        ("carts/Dockerfile", "FROM golang:1\n"),
        ("carts/go.mod", &module("carts")),
        ("carts/main.go", &service("older")),
        ("orders/Dockerfile", "FROM golang:1\n"),
        ("orders/go.mod", &module("orders")),
        ("orders/main.go", &service("newer")),
        ("pkg/go.mod", "module example.com/shop/pkg\n"),
        ("pkg/older/open.go", &opens("older", "mysql")),
        ("pkg/newer/open.go", &opens("newer", "postgres")),
    ]);
    assert_eq!(connections(&tree.scan()), ["carts -> my inferred", "orders -> pg inferred"]);
}

#[test]
fn tables_of_code_that_parts_share_stand_once_in_the_store_that_they_share() {
    let app = "FROM ruby:3\n";
    let gem = |name: &str| {
        format!("Gem::Specification.new do |s|\n  s.name = \"{name}\"\n  s.add_dependency \"records\"\nend\n")
    };
    let service = |name: &str| {
        format!("  {name}:\n    build: ./{name}\n    environment:\n      DATABASE_URL: postgres://db/shop\n")
    };
    let tree = Tree::new(&[
        ("compose.yaml", &format!("services:\n{}{}  db:\n    image: postgres\n", service("carts"), service("orders"))),
        ("carts/Dockerfile", app),
        ("carts/carts.gemspec", &gem("carts")),
        ("carts/app.rb", "require 'sinatra'\nget('/carts') { }\n"),
        ("orders/Dockerfile", app),
        ("orders/orders.gemspec", &gem("orders")),
        ("orders/app.rb", "require 'sinatra'\nget('/orders') { }\n"),
        ("records/records.gemspec", "Gem::Specification.new do |s|\n  s.name = \"records\"\nend\n"),
        ("records/schema.sql", "create table items (id int, email text);\n"),
    ]);
    let rows = sql(
        &tree.scan(),
        "select name || ' ' || coalesce(component, '-') || ' ' || coalesce(store, '-') from entities",
    );
    assert_eq!(rows, ["items - component:db"]);
}

#[test]
fn an_issuer_in_a_setting_is_whom_a_program_asks_who_people_are() {
    let tree = Tree::new(&[
        (
            "compose.yaml",
            "services:\n  web:\n    build: ./web\n    environment:\n      OIDC_ISSUER: https://people.auth0.com/\n      OIDC_REDIRECT_URL: https://shop.io/back\n",
        ),
        ("web/Dockerfile", IMAGE),
        ("web/app.py", FLASK),
    ]);
    let workspace = tree.scan();
    assert_eq!(
        sql(&workspace, "select connection || ': ' || what from connections where from_component = 'component:web'"),
        ["web -> Auth0: asks who the user is at"]
    );
}

#[test]
fn what_code_could_keep_data_in_and_what_is_left_empty_are_gaps() {
    let opens = |driver: &str| {
        format!("package {driver}\n\nimport \"database/sql\"\n\nfunc Open() {{ sql.Open(\"{driver}\", dsn) }}\n")
    };
    let tree = Tree::new(&[
        ("compose.yaml", "services:\n  notes:\n    build: .\n    env_file: .env\n  pg:\n    image: postgres\n"),
        ("Dockerfile", "FROM golang:1\n"),
        ("go.mod", "module notes\n"),
        ("main.go", "package main\n\nfunc main() {}\n"),
        ("store/postgres/open.go", &opens("postgres")),
        ("store/mysql/open.go", &opens("mysql")),
        (".env", "MEILISEARCH_URL=\nOTHER_URL=\n"),
    ]);
    let gaps = sql(
        &tree.scan(),
        "select target || ': ' || replace(reason, ',', '') from map_gaps where what = 'address' order by 1",
    );
    assert_eq!(
        gaps,
        [
            "Meilisearch: MEILISEARCH_URL is empty here; with an address there Meilisearch is used as well",
            "MySQL: its code can keep data in MySQL instead which nothing here chooses",
        ]
    );
}

#[test]
fn a_recipe_around_the_one_folder_of_code_is_one_part_with_it() {
    let tree = Tree::new(&[
        ("compose.yaml", "services:\n  receipts:\n    build: ./python\n  web:\n    build: ./web\n"),
        ("python/Dockerfile", IMAGE),
        ("python/__init__.py", ""),
        ("python/app/requirements.txt", "flask==3\n"),
        ("python/app/main.py", &format!("{FLASK}@app.get('/receipts')\ndef all(): ...\napp.run()\n")),
        ("web/Dockerfile", IMAGE),
        ("web/app.py", FLASK),
    ]);
    let workspace = tree.scan();
    assert_eq!(sql(&workspace, "select name from components where kind <> 'user' order by 1"), ["receipts", "web"]);
    assert_eq!(
        sql(&workspace, "select component || ' ' || http_route from endpoints"),
        ["component:receipts /receipts"]
    );
}

#[test]
fn code_that_terraform_archives_is_that_of_the_function() {
    let handler = |route: &str| {
        format!("import requests\ndef handler(event, context):\n    requests.get('https://api.stripe.com/{route}')\n")
    };
    let tree = Tree::new(&[
        (
            "infra/main.tf",
            "data \"archive_file\" \"orders\" {\n  source_dir = \"${path.module}/../functions/orders\"\n}\n\
             resource \"aws_lambda_function\" \"orders\" {\n  function_name = \"shop-orders\"\n  filename = data.archive_file.orders.output_path\n}\n\
             resource \"aws_lambda_function\" \"carts\" {\n  filename = \"../functions/carts/dist/carts.zip\"\n}\n",
        ),
        ("functions/orders/app.py", &handler("orders")),
        ("functions/carts/app.py", &handler("carts")),
        ("functions/other/readme.txt", "nothing\n"),
    ]);
    assert_eq!(connections(&tree.scan()), ["carts -> Stripe resolved", "shop-orders -> Stripe resolved"]);
}

#[test]
fn a_clone_in_a_folder_of_any_name_is_called_by_its_manifest_or_its_title() {
    let parts = |files: &[(&str, &str)]| {
        sql(&Tree::called("repo", files).scan(), "select name from components where kind <> 'user' order by 1")
    };
    let server =
        ("src/server.js", "const app = require('express')();\napp.get('/', (q, r) => r.send(''));\napp.listen(80);\n");
    assert_eq!(
        parts(&[("package.json", "{ \"name\": \"stall\", \"dependencies\": { \"express\": \"4\" } }"), server]),
        ["stall"]
    );
    let unnamed = ("package.json", "{ \"dependencies\": { \"express\": \"4\" } }");
    assert_eq!(parts(&[unnamed, ("README.md", "# Market: buy and sell\n\nA market.\n"), server]), ["Market"]);
    assert_eq!(parts(&[unnamed, ("README.md", "# How to build all of this\n"), server]), ["repo"]);
}
