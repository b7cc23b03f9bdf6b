//! The engine of detectors: what it says of rules that are wrong, and what it makes of hostile files.

use sightline_facts::RowBuilder;
use sightline_facts::tables::gaps::GapsView;
use sightline_facts::tables::signals::SignalsView;
use sightline_read::detect::{Detectors, read_texts};

const GOOD: &str = r#"id     = "a"
sees   = "keys"
status = "draft"
files  = ["**/*.yml"]
source = "us"

[[match]]
path  = "services.{service}.image"
where = { "@value" = '^x' }

[signal]
kind  = "image"
name  = "@service"
basis = "declared"
"#;

const QUERY: &str = r#"id     = "a"
sees   = "calls"
status = "draft"
languages = ["Java"]
needs  = ["a"]
source = "us"

[[match]]
query = '(identifier) @name'

[signal]
kind  = "call"
name  = "@name"
basis = "declared"
"#;

/// The message about a rule of a user.
fn message(text: &str) -> String {
    let extra = [("rules/mine/a.toml".to_owned(), text.to_owned())];
    Detectors::new(&extra).expect_err("the rule is wrong").to_string()
}

#[test]
fn a_users_rule_works_beside_ours_and_changes_the_hash() {
    let ours = Detectors::new(&[]).expect("ours are right");
    let both = Detectors::new(&[("rules/mine/a.toml".to_owned(), GOOD.to_owned())]).expect("nothing is wrong");
    assert_eq!(both.rules().len(), ours.rules().len() + 1);
    assert_ne!(both.hash(), ours.hash(), "files must be read again when a rule comes");
    let mut rows = read_texts(&both, [("mine.yml", "services:\n  s: {image: xyz, runs: often}\n")].into_iter());
    let batch = rows.signals.finish();
    let signals = SignalsView::of(&batch).expect("the table is `signals`");
    assert_eq!(
        signals.rows().map(|r| (r.rule.to_owned(), r.name.map(str::to_owned))).collect::<Vec<_>>(),
        [("a".to_owned(), Some("s".to_owned()))]
    );
}

#[test]
fn a_mistyped_key_is_shown_with_the_right_one() {
    let text = message(&GOOD.replace("basis", "basys"));
    let expect = "error[detector-unknown-key]: detector `a` has a key we do not know: `basys`\n  \
                  --> rules/mine/a.toml:14:1\n14 | basys = \"declared\"\n   | ^^^^^ did you mean `basis`?\n";
    assert!(text.starts_with(expect), "{text}");
}

#[test]
fn other_mistakes_name_their_place() {
    let check = |base: &str, from: &str, to: &str, code: &str, place: &str| {
        assert!(base.contains(from), "{from}");
        let text = message(&base.replace(from, to));
        assert!(text.starts_with(&format!("error[{code}]")) && text.contains(place), "{text}");
    };
    check(GOOD, "id     = \"a\"", "id     = \"b\"", "detector-wrong-id", "a.toml:1:10");
    check(GOOD, "\"draft\"", "\"done\"", "detector-wrong-value", "a.toml:3:10");
    check(GOOD, "source = \"us\"\n", "", "detector-missing-key", "a.toml:1:1");
    check(GOOD, "\"keys\"", "\"keys", "detector-syntax", "a.toml:2:");
    check(GOOD, "{service}", "{service", "detector-wrong-value", "a.toml:8:9");
    check(GOOD, "'^x'", "'('", "detector-wrong-value", "a.toml:9:");
    check(GOOD, "\"@service\"", "\"@servce\"", "detector-unknown-capture", "did you mean `service`?");
    check(GOOD, "path ", "line = 'x'\npath ", "detector-wrong-match", "a.toml:7:");
    check(GOOD, "where = ", "rewrite = { value = [['a']] }\nwhere = ", "detector-wrong-value", "a.toml:9:");
    check(GOOD, "services.{service}.image", "*.{service}", "detector-no-literal", "a.toml:8:9");
    check(GOOD, "\"declared\"", "\"sure\"", "detector-wrong-value", "a.toml:14:9");
    check(QUERY, "(identifier)", "(identifer)", "detector-query", "a.toml:9:");
    check(QUERY, "Java", "Jav", "detector-wrong-value", "a.toml:4:");
}

#[test]
fn a_detector_is_never_redefined_in_silence() {
    let twice = ["rules/mine/a.toml", "rules/other/a.toml"].map(|f| (f.to_owned(), GOOD.to_owned()));
    let error = Detectors::new(&twice).expect_err("twice the same id").to_string();
    assert!(error.starts_with("error[detector-duplicate-id]"), "{error}");
}

/// Reasons of gaps, and how many rows there are.
fn outcome(path: &str, text: &str) -> (Vec<String>, usize) {
    let detectors = Detectors::new(&[]).expect("ours are right");
    let mut rows = read_texts(&detectors, [(path, text)].into_iter());
    let gaps = rows.gaps.finish();
    let reasons = GapsView::of(&gaps).expect("the table is `gaps`").rows().map(|g| g.reason.to_owned()).collect();
    (reasons, rows.signals.finish().num_rows())
}

#[test]
fn a_bracket_that_closes_at_its_keys_indentation_is_read_as_other_tools_read_it() {
    let text = "services:\n  a:\n    command: [\n      \"x\"\n    ]\n    image: b:1\n";
    let (reasons, rows) = outcome("compose.yml", text);
    assert_eq!(reasons, Vec::<String>::new());
    assert!(rows >= 2, "the service and its image, {rows}");
}

#[test]
fn a_mark_of_byte_order_hides_no_settings() {
    let (reasons, rows) = outcome("appsettings.json", "\u{feff}{\"ConnectionStrings\": {\"Orders\": \"Server=db\"}}");
    assert_eq!(reasons, Vec::<String>::new());
    assert!(rows >= 1);
}

#[test]
fn hostile_files_end_in_gaps() {
    let many: String = (0..10_000).map(|i| ["  s", &i.to_string(), ":\n    image: x\n"].concat()).collect();
    let (reasons, rows) = outcome("compose.yml", &format!("services:\n{many}"));
    assert!(reasons.contains(&"too-many".to_owned()), "{reasons:?}");
    assert!(rows <= 4_000, "{rows}");
    let anchors: Vec<String> = (1..50).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}]\n", i - 1)).collect();
    let anchors = anchors.concat();
    let (reasons, _) = outcome("compose.yml", &format!("a0: &a0 [x]\n{anchors}services: *a49\nimage: y\n"));
    assert_eq!(reasons, Vec::<String>::new(), "aliases stand for nothing, so nothing grows");
    assert_eq!(outcome("compose.yml", "services: {a: [").0, ["syntax"]);
    assert_eq!(outcome("main.tf", &"resource \"a\" \"b\" {\n".repeat(5_000)).0, ["syntax"]);
    let (reasons, rows) = outcome("a.sql", &format!("CREATE TABLE t (\n  a int,\n{}", "[".repeat(500_000)));
    assert_eq!((reasons.len(), rows), (0, 2), "a table and a column, however the rest goes on");
    let (reasons, rows) = outcome("compose.yml", "services:\n  \"<script>\":\n    image: \"\\e[31m\"\n");
    assert_eq!((reasons.len(), rows), (0, 2), "names are kept as they are and escaped where they are shown");
}

/// Addresses of the HTTP calls in a file.
fn calls(path: &str, text: &str) -> Vec<String> {
    let detectors = Detectors::new(&[]).expect("ours are right");
    let mut rows = read_texts(&detectors, [(path, text)].into_iter());
    let batch = rows.signals.finish();
    let signals = SignalsView::of(&batch).expect("the table is `signals`");
    signals.rows().filter(|s| s.kind == "http-call").filter_map(|s| s.target.map(str::to_owned)).collect()
}

#[test]
fn names_are_followed_to_texts_and_variables_of_the_same_file() {
    let check = |path: &str, text: &str, expect: &str| assert_eq!(calls(path, text), [expect], "{path}");
    let java = "class A { RestTemplate rest; @Value(\"${orders.url}\") String base;\n\
                void a() { rest.getForObject(base + \"/v1\", X.class); } }";
    check("src/A.java", java, "${orders.url}/v1");
    let java = "class A { RestTemplate rest;\n\
                void a(String id) { String url = \"http://orders:80/v1/\" + id; rest.getForObject(url, X.class); } }";
    check("src/A.java", java, "http://orders:80/v1/{…}");
    check("a.js", "const base = process.env.ORDERS || 'http://x';\nfetch(`${base}/v1`);\n", "{ORDERS}/v1");
    check("a.ts", "const paths = { orders: 'http://orders/v1' };\naxios.get(paths.orders);\n", "http://orders/v1");
    check("a.tsx", "const base = process.env.ORDERS;\nfetch(base + '/v1');\n", "{ORDERS}/v1");
    check("a.py", "import os, requests\nbase = os.environ['ORDERS']\nrequests.get(base + '/v1')\n", "{ORDERS}/v1");
    let go = "package a\nfunc f() { base := os.Getenv(\"ORDERS\"); http.Get(base + \"/v1\") }\n";
    check("a.go", go, "{ORDERS}/v1");
}

#[test]
fn the_path_of_a_file_is_matched_and_rewritten_once_per_file() {
    let rule = GOOD.replace(
        "path  = \"services.{service}.image\"\nwhere = { \"@value\" = '^x' }",
        "file = '^(?P<service>[^/]+/.*)[.]yml$'\nrewrite = { service = [['/', '-'], ['-+$', '']] }",
    );
    let detectors = Detectors::only(&[("a.toml", &rule)]).expect("the rule is right");
    let files = [("x/y.yml", "\n\n# first\nsecond\n"), ("z.yml", "a: 1\n"), ("empty/y.yml", " \n")];
    let mut rows = read_texts(&detectors, files.into_iter());
    let batch = rows.signals.finish();
    let signals = SignalsView::of(&batch).expect("the table is `signals`");
    let seen: Vec<_> = signals.rows().map(|r| (r.name.map(str::to_owned), r.line_start, r.seen.to_owned())).collect();
    assert_eq!(seen, [(Some("x-y".to_owned()), 3, "# first".to_owned())]);
}
