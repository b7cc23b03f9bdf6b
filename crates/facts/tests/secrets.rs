//! Secrets in lines that are shown: what is hidden, and what a reader still sees.

use sightline_facts::secrets::{MASK, mask, masked};

#[test]
fn a_secret_cannot_be_read_and_what_the_line_does_can() {
    let check = |line: &str, expect: &str| assert_eq!(mask(line), expect, "{line}");
    check("DB_PASSWORD=hunter22", "DB_PASSWORD=•••");
    check("  POSTGRES_PASSWORD: s3cr3tvalue", "  POSTGRES_PASSWORD: •••");
    check("const apiKey = \"abcd1234efgh\";", "const apiKey = \"•••\";");
    check("{\"client_secret\": 'p8e-what'}", "{\"client_secret\": '•••'}");
    check("url: postgres://shop:opensesame@db:5432/shop", "url: postgres://shop:•••@db:5432/shop");
    let key = format!("aws = {}{}", "AKIA", "ABCDEFGHIJKLMNOP");
    check(&key, "aws = •••");
    let token = format!("curl -H 'Authorization: Bearer {}_{}'", "ghp", "a1b2c3d4e5f6a7b8c9d0e1f2");
    check(&token, "curl -H 'Authorization: Bearer •••'");
}

#[test]
fn names_places_and_programs_stay_as_they_are() {
    for line in [
        "DB_PASSWORD=${DB_PASSWORD}",
        "password: {{ .Values.password }}",
        "url: postgres://shop:${PASSWORD}@db/shop",
        "let token = request.token();",
        "password: String,",
        "fn secret(&self) -> bool {",
        "if (token === null) return;",
        "the token is kept in the keyring",
        "image: shop/orders:1.2.3",
        "https://example.org:8080/a@b",
    ] {
        assert_eq!(mask(line), line);
    }
}

#[test]
fn nothing_of_a_private_key_is_shown() {
    let text = format!("a\n-----BEGIN RSA {0} KEY-----\nMIIEow\nIBAAKC\n-----END RSA {0} KEY-----\nb\n", "PRIVATE");
    let lines: Vec<_> = masked(&text).collect();
    assert_eq!(lines.len(), 6);
    assert_eq!((&*lines[2], &*lines[3], &*lines[5]), (MASK, MASK, "b"));
}

#[test]
fn a_line_of_a_megabyte_costs_no_time() {
    let line = format!("password={}", "x=:'\"".repeat(200_000));
    // What is beyond the first 20,000 bytes is not shown at all.
    assert!(mask(&line).len() <= 20_016);
}
