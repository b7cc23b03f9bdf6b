//! How the map is resolved where one body of code is run, shared or described in several ways: one mechanism a test.

mod common;

use std::path::{Path, PathBuf};

use common::{ok, sql};

const PYTHON: &str = "from flask import Flask\napp = Flask(__name__)\n";

/// A repository of plain files, scanned into a workspace beside it.
struct Scanned {
    folder: tempfile::TempDir,
}

impl Scanned {
    fn new(files: &[(&str, &str)]) -> Self {
        let scanned = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let place = scanned.folder.path().join("shop");
        for (path, text) in files {
            let path = place.join(path);
            std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        ok(&scanned.workspace(), &["scan", place.to_str().expect("temporary folders have plain names")]);
        scanned
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    fn ask(&self, query: &str) -> Vec<String> {
        sql(Path::new(&self.workspace()), query)
    }

    fn components(&self) -> Vec<String> {
        self.ask("select name || ' ' || kind from components where kind <> 'user' order by 1")
    }

    fn connections(&self) -> Vec<String> {
        self.ask(
            "select connection || ' ' || kind from connections where not starts_with(connection, 'user') order by 1",
        )
    }

    fn endpoints(&self) -> Vec<String> {
        let columns = "replace(component, 'component:', '') || ' ' || coalesce(method, '-') || ' ' || http_route";
        self.ask(&format!("select {columns} from endpoints order by 1"))
    }
}

#[test]
fn of_one_image_the_server_answers_and_its_workers_work() {
    let compose = "services:\n  api:\n    build: api\n  worker:\n    build: api\n    command: celery -A app worker\n  \
                   migrator:\n    build: api\n    command: flask db upgrade\n  db:\n    image: postgres:16\n";
    let code = format!("{PYTHON}@app.get('/orders')\ndef orders(): pass\n");
    let model = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass\nclass Order(Base):\n    __tablename__ = 'orders'\n    id = mapped_column(Integer)\n";
    let shop = Scanned::new(&[
        ("docker-compose.yml", compose),
        ("api/Dockerfile", "FROM python:3\n"),
        ("api/app.py", &code),
        ("api/models.py", model),
    ]);
    assert_eq!(shop.components(), ["api service", "db database", "worker job"]);
    assert_eq!(shop.endpoints(), ["api GET /orders"]);
    // The tables of that code are kept once.
    assert_eq!(shop.ask("select distinct component from entities"), ["component:api"]);
}

#[test]
fn where_all_that_deployment_names_works_in_the_background_the_server_is_there_too() {
    let shop = Scanned::new(&[
        ("Procfile", "clock: python clock.py\njobs: python jobs.py\n"),
        ("app.py", &format!("{PYTHON}@app.get('/orders')\ndef orders(): pass\napp.run()\n")),
        ("jobs.py", "def work(): pass\n"),
    ]);
    assert_eq!(shop.components(), ["clock job", "jobs job", "shop service"]);
    assert_eq!(shop.endpoints(), ["shop GET /orders"]);
}

#[test]
fn one_product_in_files_of_two_formats_is_one() {
    let stateful = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: shop-mysql\nspec:\n  template:\n    spec:\n      \
                    containers:\n      - name: mysql\n        image: mysql:8\n";
    let shop = Scanned::new(&[
        ("docker-compose.yml", "services:\n  web:\n    build: web\n  mysql:\n    image: mysql:8\n"),
        ("k8s/mysql.yaml", stateful),
        ("web/Dockerfile", "FROM python:3\n"),
        ("web/app.py", PYTHON),
    ]);
    assert_eq!(shop.components(), ["mysql database", "web service"]);
    // Near miss: two of one format are two.
    let two = "services:\n  web:\n    build: web\n  mysql:\n    image: mysql:8\n  other:\n    image: mysql:8\n";
    let shop =
        Scanned::new(&[("docker-compose.yml", two), ("web/Dockerfile", "FROM python:3\n"), ("web/app.py", PYTHON)]);
    assert_eq!(shop.components(), ["mysql database", "other database", "web service"]);
}

#[test]
fn an_image_under_the_name_of_the_packages_here_is_built_here() {
    let shop = Scanned::new(&[
        (
            "deploy/docker-compose.yml",
            "services:\n  basket:\n    image: ghcr.io/basket/basket:latest\n  extra:\n    image: ghcr.io/acme/extra\n",
        ),
        ("apps/web/package.json", "{\"name\": \"@basket/web\", \"dependencies\": {\"express\": \"5.0.0\"}}\n"),
        ("apps/web/Dockerfile", "FROM node:22\n"),
        (
            "apps/web/index.js",
            "import express from 'express';\nconst app = express();\napp.get('/orders', f);\napp.listen(80);\n",
        ),
    ]);
    assert_eq!(shop.components(), ["basket service", "extra service"]);
    assert_eq!(shop.endpoints(), ["basket GET /orders"]);
}

#[test]
fn a_store_that_a_shared_project_opens_is_that_of_each_program_built_with_it() {
    let program = |uses: &str| {
        format!(
            "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><ItemGroup><ProjectReference Include=\"{uses}\" /></ItemGroup></Project>\n"
        )
    };
    let start = "var builder = WebApplication.CreateBuilder(args);\nvar app = builder.Build();\napp.MapGet(\"/x\", () => 1);\napp.Run();\n";
    let keeps = "public class Keeper { public void Keep() { using var c = new SqlConnection(connectionString); } }\n";
    let shop = Scanned::new(&[
        (
            "compose.yml",
            "services:\n  orders:\n    build: src/Orders\n  mail:\n    build: src/Mail\n  sql:\n    image: mcr.microsoft.com/mssql/server\n",
        ),
        ("src/Orders/Dockerfile", "FROM mcr.microsoft.com/dotnet/aspnet:9.0\n"),
        ("src/Orders/Orders.csproj", &program("..\\Shared\\Shared.csproj")),
        ("src/Orders/Program.cs", start),
        ("src/Mail/Dockerfile", "FROM mcr.microsoft.com/dotnet/aspnet:9.0\n"),
        ("src/Mail/Mail.csproj", &program("..\\Other\\Other.csproj")),
        ("src/Mail/Program.cs", start),
        ("src/Shared/Shared.csproj", &program("..\\Store\\Store.csproj")),
        ("src/Store/Store.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"></Project>\n"),
        ("src/Store/Keeper.cs", keeps),
    ]);
    assert_eq!(shop.connections(), ["orders -> sql data"]);
}

#[test]
fn a_client_library_names_no_server() {
    let server =
        "from fastapi import FastAPI\nimport aiohttp\napp = FastAPI()\n@app.get('/orders')\ndef orders(): pass\n";
    let shop = Scanned::new(&[
        ("requirements.txt", "aiohttp==3.9\nfastapi==0.110\n"),
        ("main.py", server),
        ("Dockerfile", "FROM python:3\n"),
    ]);
    assert_eq!(shop.ask("select technology from components where kind = 'service'"), ["FastAPI"]);
}

#[test]
fn a_store_in_a_file_is_shown_where_nothing_else_keeps_the_data() {
    let code = format!("import sqlite3\n{PYTHON}@app.get('/orders')\ndef orders(): sqlite3.connect('shop.db')\n");
    let alone = Scanned::new(&[("Dockerfile", "FROM python:3\n"), ("app.py", &code)]);
    assert_eq!(alone.connections(), ["shop -> SQLite data"]);
    // Near miss: beside a database it is one for a laptop.
    let both = Scanned::new(&[
        (
            "compose.yml",
            "services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgresql://db:5432/x\n  db:\n    image: postgres:16\n",
        ),
        ("Dockerfile", "FROM python:3\n"),
        ("app.py", &code),
    ]);
    assert_eq!(both.connections(), ["shop -> db data"]);
}

#[test]
fn a_router_is_mounted_by_the_name_that_its_file_was_imported_under() {
    let views = |path: &str| {
        format!("from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/{path}')\ndef one(): pass\n")
    };
    let api = "from fastapi import FastAPI\nfrom shop.case.views import router as case_router\nfrom shop.case.type.views import router as case_type_router\n\
               app = FastAPI()\napp.include_router(case_router, prefix='/cases')\napp.include_router(case_type_router, prefix='/types')\n";
    let shop = Scanned::new(&[
        ("Dockerfile", "FROM python:3\n"),
        ("shop/__init__.py", ""),
        ("shop/api.py", api),
        ("shop/case/__init__.py", ""),
        ("shop/case/views.py", &views("a")),
        ("shop/case/type/__init__.py", ""),
        ("shop/case/type/views.py", &views("b")),
    ]);
    assert_eq!(shop.endpoints(), ["shop GET /cases/a", "shop GET /types/b"]);
}

#[test]
fn routes_of_a_class_are_those_of_the_controllers_that_extend_it_at_any_distance() {
    let crud = "public abstract class Crud<T> {\n  @GetMapping(\"/{id}\") public T one(long id) { return null; }\n}\n";
    let between = "@RequestMapping(\"/api\")\npublic abstract class BaseController<T> extends CrudController<T> {}\n";
    let crud = crud.replace("Crud<", "CrudController<");
    let orders = "@RestController\n@RequestMapping(\"/orders\")\npublic class OrderController extends BaseController<Order> {}\n";
    let items = "@RestController\npublic class ItemController extends BaseController<Item> {\n  @PostMapping(\"/items\") public void add() {}\n}\n";
    let start = "@SpringBootApplication\npublic class App { public static void main(String[] a) {} }\n";
    let shop = Scanned::new(&[
        ("Dockerfile", "FROM eclipse-temurin:21\n"),
        ("src/main/java/App.java", start),
        ("src/main/java/CrudController.java", &crud),
        ("src/main/java/BaseController.java", between),
        ("src/main/java/OrderController.java", orders),
        ("src/main/java/ItemController.java", items),
    ]);
    assert_eq!(shop.endpoints(), ["shop GET /api/{id}", "shop GET /orders/{id}", "shop POST /api/items"]);
}
