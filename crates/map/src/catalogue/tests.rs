//! Tables of what is recognised as what, with near misses, and what every file of ours must keep to.

use sightline_facts::RowBuilder;
use sightline_facts::session::Session;
use sightline_facts::tables::files::{self, FileRow, FilesBuilder};
use sightline_facts::tables::packages::{self, PackageRow, PackagesBuilder};
use sightline_facts::tables::technologies::TechnologiesView;

use super::*;

fn ours() -> Catalogue {
    Catalogue::new(&[]).expect("our own files are right")
}

/// Ids and roles of an answer, or `-`.
fn words(hits: &[Hit<'_>]) -> String {
    if hits.is_empty() {
        return "-".to_owned();
    }
    hits.iter().map(|h| format!("{} {}", h.role.word(), h.technology.id)).collect::<Vec<_>>().join(", ")
}

fn check(rows: &[(&str, &str)], ask: impl Fn(&Catalogue, &str) -> String) {
    let catalogue = ours();
    for (input, expected) in rows {
        assert_eq!(ask(&catalogue, input), *expected, "{input}");
    }
}

#[test]
fn packages_are_recognised_by_name_and_by_the_longest_prefix() {
    check(
        &[
            ("npm pg", "uses postgresql"),
            ("npm pgn", "-"),
            ("npm @aws-sdk/client-s3", "uses s3"),
            ("npm @aws-sdk/client-xyz", "uses aws"),
            ("npm PG", "uses postgresql"),
            ("pypi Psycopg2.Binary", "uses postgresql"),
            ("pypi pg", "-"),
            ("golang github.com/jackc/pgx/v5", "uses postgresql"),
            ("golang github.com/gomodule/redigo/v2", "uses redis"),
            ("golang github.com/gomodule/redigos", "-"),
            ("nuget Npgsql.EntityFrameworkCore.PostgreSQL", "uses postgresql"),
            ("nuget Microsoft.EntityFrameworkCore.SqlServer", "uses sql-server"),
            ("nuget Microsoft.EntityFrameworkCore", "uses entity-framework"),
            ("swift github.com/vapor/fluent-postgres-driver", "uses postgresql"),
            ("swift github.com/vapor/vapor.git", "uses vapor"),
            ("maven org.springframework.cloud:spring-cloud-starter-netflix-eureka-server", "is eureka"),
            ("maven org.springframework.cloud:spring-cloud-starter-netflix-eureka-client", "uses eureka"),
            ("maven org.springframework.cloud:spring-cloud-config-server", "is spring-cloud-config"),
            ("maven org.springframework.cloud:spring-cloud-starter-config", "uses spring-cloud-config"),
            ("maven org.springframework.cloud:spring-cloud-starter-netflix-zuul", "is zuul"),
            ("maven org.springframework.cloud:spring-cloud-starter-netflix-hystrix", "uses hystrix"),
            ("maven org.springframework.cloud:spring-cloud-starter-netflix-hystrix-dashboard", "is hystrix-dashboard"),
            ("maven de.codecentric:spring-boot-admin-starter-server", "is spring-boot-admin"),
            ("maven de.codecentric:spring-boot-admin-starter-client", "uses spring-boot-admin"),
            ("maven org.springframework.boot:spring-boot-starter-amqp", "uses rabbitmq"),
            ("maven com.example:postgresql", "-"),
            ("cargo tokio-postgres", "uses postgresql"),
            ("hex postgrex", "uses postgresql"),
            ("gem stripe", "uses stripe"),
            ("unknown stripe", "-"),
        ],
        |c, input| {
            let (ecosystem, name) = input.split_once(' ').expect("two words");
            words(&c.of_package(ecosystem, name))
        },
    );
}

#[test]
fn images_are_recognised_without_registry_tag_and_digest() {
    check(
        &[
            ("postgres", "is postgresql"),
            ("postgres:16-alpine", "is postgresql"),
            ("docker.io/library/postgres:16", "is postgresql"),
            ("localhost:5000/bitnami/postgresql:16@sha256:abc", "is postgresql"),
            ("postgresql-docs", "-"),
            ("quay.io/prometheuscommunity/postgres-exporter:v1", "is prometheus-exporters"),
            ("confluentinc/cp-kafka:7.5.0", "is kafka"),
            ("confluentinc/cp-kafka-connect:7.5.0", "is kafka-connect"),
            ("mycompany/orders:1", "-"),
            ("", "-"),
        ],
        |c, input| words(&c.of_image(input)),
    );
}

#[test]
fn addresses_are_recognised_by_scheme() {
    check(
        &[
            ("postgres://db:5432/shop", "uses postgresql"),
            ("postgresql+asyncpg://db/shop", "uses postgresql"),
            ("mysql+aiomysql2://db/shop", "uses mysql"),
            ("jdbc:h2:mem:test", "uses h2"),
            ("jdbc:postgresql://db/shop", "uses postgresql"),
            ("'redis://cache'", "uses redis"),
            ("mysql:3306", "-"),
            ("https://example.org", "-"),
            ("://", "-"),
        ],
        |c, input| words(&c.of_scheme(input)),
    );
}

#[test]
fn hosts_ports_and_variables_are_recognised() {
    check(
        &[
            ("api.stripe.com", "uses stripe"),
            ("API.Stripe.com:443", "uses stripe"),
            ("api.stripe.com.example.org", "-"),
            ("notstripe.com", "-"),
            ("files.s3.eu-west-1.amazonaws.com", "uses s3"),
            ("ec2.eu-west-1.amazonaws.com", "uses aws"),
            ("localhost", "-"),
        ],
        |c, input| words(&c.of_host(input)),
    );
    check(
        &[
            ("www.googleapis.com/oauth2/v3/userinfo", "uses google-signin"),
            ("www.googleapis.com/customsearch/v1?q=a", "uses web-search"),
            ("www.googleapis.com/drive/v3/files", "uses google-workspace"),
            ("www.googleapis.com/elsewhere", "uses google-cloud"),
            ("api.stripe.com/v1/charges", "uses stripe"),
        ],
        |c, input| {
            let (host, path) = input.split_once('/').unwrap_or((input, ""));
            words(&c.of_address(host, path))
        },
    );
    check(
        &[
            ("POSTGRES_PASSWORD", "uses postgresql"),
            ("PGHOST", "uses postgresql"),
            ("MY_POSTGRES_URL", "-"),
            ("PATH", "-"),
        ],
        |c, input| words(&c.of_env(input)),
    );
    check(&[("5432", "is postgresql"), ("8761", "is eureka"), ("8080", "-"), ("80", "-")], |c, input| {
        words(&c.of_port(input.parse().expect("a port")))
    });
}

#[test]
fn imports_are_recognised_by_what_stands_above_them_and_by_their_package() {
    check(
        &[
            ("Java org.apache.kafka.clients.producer.KafkaProducer", "uses kafka"),
            ("Kotlin redis.clients.jedis.Jedis", "uses redis"),
            ("Java org.apache.kafkaesque.Thing", "-"),
            ("Go github.com/jackc/pgx/v5/pgxpool", "uses postgresql"),
            ("Go fmt", "-"),
            ("TypeScript @aws-sdk/client-s3", "uses s3"),
            ("JavaScript stripe/lib/x", "uses stripe"),
            ("JavaScript ./stripe", "-"),
            ("Python psycopg2.extras", "uses postgresql"),
            ("Python .redis", "-"),
            ("Rust tokio_postgres::Client", "uses postgresql"),
            ("Rust crate::redis", "-"),
            ("Ruby sidekiq/api", "uses sidekiq"),
        ],
        |c, input| {
            let (language, import) = input.split_once(' ').expect("two words");
            words(&c.of_import(language, import))
        },
    );
}

#[test]
fn our_files_keep_to_their_form() {
    const BANNED: [&str; 14] = [
        "robust",
        "seamless",
        "leverage",
        "powerful",
        "blazing",
        "modern",
        "scalable",
        "lightweight",
        "effortless",
        "state-of-the-art",
        "next-generation",
        "world-class",
        "cutting-edge",
        "best-in-class",
    ];
    let catalogue = ours();
    let all = catalogue.technologies();
    assert!(all.len() >= 450, "{}", all.len());
    let companies: std::collections::BTreeSet<_> = all.iter().filter_map(|t| t.company.as_ref()).collect();
    assert!(companies.len() >= 120, "{}", companies.len());
    for t in all {
        let id = &t.id;
        let is_banned = |w: &str| BANNED.contains(&w.to_lowercase().as_str());
        assert!(!t.purpose.split_whitespace().any(is_banned), "{id}: {}", t.purpose);
        assert!(!t.purpose.ends_with('.'), "{id}: a purpose is no sentence");
        assert_eq!(t.file, format!("rules/catalogue/{}.toml", t.kind), "{id}");
        for list in [&t.packages, &t.packages_server, &t.images, &t.schemes, &t.imports, &t.env, &t.hosts] {
            assert!(list.is_sorted(), "{id}: lists are sorted: {list:?}");
        }
        let n = t.packages.len() + t.packages_server.len() + t.images.len() + t.schemes.len() + t.hosts.len();
        assert!(n > 0, "{id}: nothing would ever be recognised as it");
    }
    for (name, text) in room::FILES {
        let ids: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("id = ")).collect();
        assert!(ids.is_sorted(), "{name}: entries are sorted by id");
    }
    for (kind, _) in KINDS {
        assert!(all.iter().any(|t| t.kind == *kind), "kind `{kind}` has no technology");
    }
}

const GOOD: &str = "[[technology]]\nid = \"shopdb\"\nname = \"ShopDB\"\nkind = \"database\"\npurpose = \"keeps orders\"\n\
                    packages = [\"npm:shopdb\"]\nports = [6001]\n";

fn message(text: &str) -> String {
    let own = ("rules/catalogue/own.toml".to_owned(), text.to_owned());
    Catalogue::new(&[own]).expect_err("the file is wrong").to_string()
}

#[test]
fn a_users_entry_is_read_beside_ours() {
    let own = ("rules/catalogue/own.toml".to_owned(), GOOD.to_owned());
    let catalogue = Catalogue::new(&[own]).expect("nothing is wrong");
    assert_eq!(words(&catalogue.of_package("npm", "shopdb")), "uses shopdb");
    assert_eq!(catalogue.get("shopdb").map(|t| t.ports.clone()), Some(vec![6001]));
}

#[test]
fn a_mistyped_key_is_shown_with_the_right_one() {
    insta::assert_snapshot!(message(&GOOD.replace("packages", "package")), @r#"
    error[catalogue-unknown-key]: technology `shopdb` has a key we do not know: `package`
      --> rules/catalogue/own.toml:6:1
    6 | package = ["npm:shopdb"]
      | ^^^^^^^ did you mean `packages`?
    help: `docs/reference/catalogue.md` shows every key with its meaning
    "#);
}

#[test]
fn other_mistakes_name_their_place() {
    let check = |from: &str, to: &str, code: &str, place: &str| {
        let message = message(&GOOD.replace(from, to));
        assert!(message.starts_with(&format!("error[{code}]")) && message.contains(place), "{message}");
    };
    check("\"shopdb\"\n", "\"stripe\"\n", "catalogue-duplicate-id", "own.toml:2:6");
    check("npm:shopdb", "npm:pg", "catalogue-claimed-twice", "own.toml:6:13");
    check("\"npm:shopdb\"", "\"npm:a1\", \"npm:a1\"", "catalogue-claimed-twice", "own.toml:6:23");
    check("npm:shopdb", "nmp:shopdb", "catalogue-wrong-value", "own.toml:6:13");
    check("npm:shopdb", "npm:*db", "catalogue-wrong-value", "own.toml:6:13");
    check("npm:shopdb", "pypi:Shop_DB", "catalogue-wrong-value", "own.toml:6:13");
    check("npm:shopdb", "maven:shopdb", "catalogue-wrong-value", "own.toml:6:13");
    check("\"database\"", "\"databases\"", "catalogue-unknown-kind", "did you mean `database`?");
    check("keeps orders", &"word ".repeat(13), "catalogue-wrong-value", "has 13 words");
    check("6001", "66000", "catalogue-wrong-value", "own.toml:7:10");
    check("purpose = \"keeps orders\"\n", "", "catalogue-missing-key", "lacks the key `purpose`");
    check("[[technology]]", "[[technologie]]", "catalogue-unknown-key", "did you mean `technology`?");
    check("\"keeps orders\"", "\"keeps", "catalogue-syntax", "own.toml:5:");
    check("ports = [6001]", "images = [\"Shop:1\"]", "catalogue-wrong-value", "own.toml:7:11");
    check("ports = [6001]", "hosts = [\"*.com\"]", "catalogue-wrong-value", "own.toml:7:10");
    check("ports = [6001]", "env = [\"shop_url\"]", "catalogue-wrong-value", "own.toml:7:8");
}

#[test]
fn a_pattern_may_be_shared_where_both_say_so() {
    let two = |shared: &str| {
        let other = GOOD.replace("\"shopdb\"\n", "\"other\"\n").replace("ports = [6001]\n", "");
        let other = format!("{other}{shared}");
        let text = format!("{GOOD}shared = [\"npm:shopdb\"]\n{other}");
        Catalogue::new(&[("own.toml".to_owned(), text)])
    };
    let catalogue = two("shared = [\"npm:shopdb\"]\n").expect("both share it");
    assert_eq!(words(&catalogue.of_package("npm", "shopdb")), "uses other, uses shopdb");
    assert!(two("").is_err());
}

/// Technology, role, path, version, scope and number of places, row by row.
fn recognised(rows: &[PackageRow<'_>], kinds: &[(&str, &str)]) -> Vec<String> {
    let mut packages = PackagesBuilder::default();
    for row in rows {
        packages.push(row);
    }
    let mut listed = FilesBuilder::default();
    for (path, kind) in kinds {
        listed.push(&FileRow { repo: "shop", path, kind, ..FileRow::default() });
    }
    let session =
        Session::of_batches(vec![(&packages::SPEC, vec![packages.finish()]), (&files::SPEC, vec![listed.finish()])])
            .expect("the rows fit");
    let batch = technologies(&session, "shop", &ours()).expect("the tables are there");
    let view = TechnologiesView::of(&batch).expect("our own table");
    view.rows()
        .map(|r| {
            let version = r.version.unwrap_or("-");
            format!("{} {} {} {version} {} {}", r.role, r.technology, r.path, r.scope, r.n_places)
        })
        .collect()
}

fn package<'a>(path: &'a str, line: i64, name: &'a str, scope: &'a str) -> PackageRow<'a> {
    PackageRow {
        repo: "shop",
        path,
        line_start: line,
        line_end: line,
        ecosystem: "npm",
        name,
        name_in_file: name,
        scope,
        is_direct: Some(true),
        ..PackageRow::default()
    }
}

#[test]
fn shipped_code_is_cited_before_tests_and_vendored_files_never() {
    let rows = [
        PackageRow { declared: Some("^1"), ..package("a/testdata/package.json", 1, "pg", "runtime") },
        PackageRow { declared: Some("^8"), ..package("b/package.json", 7, "pg", "runtime") },
        package("b/package.json", 8, "jest", "dev"),
        package("node_modules/x/package.json", 1, "stripe", "runtime"),
        PackageRow { repo: "other", ..package("package.json", 1, "redis", "runtime") },
    ];
    let kinds = [("node_modules/x/package.json", "vendored"), ("b/package.json", "config")];
    assert_eq!(
        recognised(&rows, &kinds),
        ["uses jest b/package.json - dev 1", "uses postgresql b/package.json ^8 runtime 2"]
    );
}

#[test]
fn a_lock_file_adds_versions_and_speaks_alone_only_where_there_is_no_manifest() {
    let locked = |path, name, version, is_direct| PackageRow {
        is_lock: true,
        version: Some(version),
        is_direct,
        ..package(path, 3, name, "runtime")
    };
    let rows = [
        package("package.json", 1, "pg", "runtime"),
        locked("package-lock.json", "pg", "8.11.3", None),
        locked("package-lock.json", "redis", "4.0.0", Some(false)),
        PackageRow { ecosystem: "gem", ..locked("Gemfile.lock", "sidekiq", "7.1.0", None) },
    ];
    assert_eq!(
        recognised(&rows, &[]),
        ["uses postgresql package.json 8.11.3 runtime 1", "uses sidekiq Gemfile.lock 7.1.0 runtime 1"]
    );
}

#[test]
fn wildcards_fit_any_text_between_their_parts() {
    for (pattern, text, expected) in [
        ("*/postgres", "a/b/postgres", true),
        ("*/postgres", "postgres", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("s3.*.com", "s3.eu.com", true),
        ("s3.*.com", "s3.com", false),
        ("*", "", true),
        ("", "", true),
        ("", "x", false),
    ] {
        assert_eq!(patterns::fits(pattern, text), expected, "{pattern} {text}");
    }
}
