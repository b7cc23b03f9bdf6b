//! What imports mean once the whole repository is known.

use sightline_facts::tables::{imports::ImportRow, packages::PackageRow, projects::ProjectRow, symbols::SymbolRow};
use sightline_read::code::resolve::{Context, Memo};

/// One fact of a repository: `file PATH`, `namespace LANGUAGE NAME PATH`, `project ECOSYSTEM NAME PATH` or
/// `package ECOSYSTEM NAME PATH`.
fn add(context: &mut Context, fact: &str) {
    let words: Vec<&str> = fact.split_whitespace().collect();
    match words[..] {
        ["file", path] => context.add_file(path, None),
        ["namespace", language, name, path] => {
            context.add_symbol(&SymbolRow { language, kind: "namespace", name, path, ..SymbolRow::default() });
        }
        ["module", language, name, path] => {
            context.add_symbol(&SymbolRow { language, kind: "module", name, path, ..SymbolRow::default() });
        }
        ["project", ecosystem, name, path] => {
            context.add_project(&ProjectRow { ecosystem, name: Some(name), path, ..ProjectRow::default() });
        }
        ["package", ecosystem, name, path] => {
            context.add_package(&PackageRow { ecosystem, name, path, ..PackageRow::default() });
        }
        _ => {}
    }
}

fn context(facts: &[&str]) -> Context {
    let mut context = Context::new();
    for fact in facts {
        add(&mut context, fact);
    }
    context.finish();
    context
}

fn answer(context: &Context, language: &str, path: &str, target: &str) -> String {
    let import = ImportRow { language, path, target, ..ImportRow::default() };
    let found = context.resolve(&import, &mut Memo::default());
    let detail = found.resolved_path.or(found.package).map_or(String::new(), |d| format!(" {d}"));
    format!("{}{detail}", found.kind)
}

/// `facts`, then per question `language | importing file | target | answer`.
#[track_caller]
fn check(facts: &[&str], questions: &[(&str, &str, &str, &str)]) {
    let context = context(facts);
    for (language, path, target, expect) in questions {
        assert_eq!(answer(&context, language, path, target), *expect, "{language} {target} in {path}");
    }
}

#[test]
fn java_kotlin_scala() {
    check(
        &[
            "file core/src/main/java/shop/orders/Order.java",
            "file core/src/main/java/shop/orders/Line.java",
            "file app/src/main/kotlin/App.kt",
            "file a/src/main/java/twice/T.java",
            "file b/src/main/java/twice/T.java",
            "namespace Java shop.orders core/src/main/java/shop/orders/Order.java",
            "namespace Java shop.orders core/src/main/java/shop/orders/Line.java",
            "namespace Kotlin shop.app app/src/main/kotlin/App.kt",
            "package maven org.slf4j:slf4j-api pom.xml",
            "package maven com.google.guava:guava pom.xml",
            "package maven org.springframework.kafka:spring-kafka pom.xml",
            "package maven org.springframework.kafka:spring-kafka-test pom.xml",
        ],
        &[
            ("Java", "x/A.java", "shop.orders.Order", "internal core/src/main/java/shop/orders/Order.java"),
            ("Java", "x/A.java", "shop.orders.Order.State.OPEN", "internal core/src/main/java/shop/orders/Order.java"),
            ("Java", "x/A.java", "shop.orders.*", "internal core/src/main/java/shop/orders"),
            ("Kotlin", "x/A.kt", "shop.app.main", "internal app/src/main/kotlin"),
            ("Scala", "x/A.scala", "shop.orders.{Order, Line => L}", "internal core/src/main/java/shop/orders"),
            ("Java", "c/A.java", "twice.T", "internal"),
            ("Java", "a/src/test/java/twice/A.java", "twice.T", "internal a/src/main/java/twice/T.java"),
            ("Java", "x/A.java", "java.util.List", "standard"),
            ("Java", "x/A.java", "org.slf4j.Logger", "package org.slf4j:slf4j-api"),
            ("Java", "x/A.java", "com.google.common.collect.Lists", "package com.google.guava:guava"),
            ("Java", "x/A.java", "org.springframework.kafka.core.K", "package org.springframework.kafka:spring-kafka"),
            ("Java", "x/A.java", "net.elsewhere.Thing", "unknown"),
        ],
    );
}

#[test]
fn scripts() {
    check(
        &[
            "file web/src/a.ts",
            "file web/src/parts/index.tsx",
            "file web/src/util.js",
            "file libs/money/src/index.ts",
            "file libs/money/src/tax.ts",
            "project npm @shop/money libs/money/package.json",
            "package npm react web/package.json",
            "package npm @scope/kit package.json",
        ],
        &[
            ("TypeScript", "web/src/b.ts", "./a", "internal web/src/a.ts"),
            ("TypeScript", "web/src/b.ts", "./a.js", "internal web/src/a.ts"),
            ("TSX", "web/src/b.tsx", "./parts", "internal web/src/parts/index.tsx"),
            ("TypeScript", "web/src/deep/b.ts", "@/util", "internal web/src/util.js"),
            ("TypeScript", "web/src/b.ts", "@shop/money", "internal libs/money/src/index.ts"),
            ("TypeScript", "web/src/b.ts", "@shop/money/tax", "internal libs/money/src/tax.ts"),
            ("JavaScript", "web/src/b.js", "react/jsx-runtime", "package react"),
            ("JavaScript", "web/src/b.js", "@scope/kit/x", "package @scope/kit"),
            ("JavaScript", "web/src/b.js", "node:fs", "standard"),
            ("JavaScript", "web/src/b.js", "fs/promises", "standard"),
            ("JavaScript", "web/src/b.js", "../../../../etc/passwd", "unknown"),
            ("JavaScript", "web/src/b.js", "lodash", "unknown"),
        ],
    );
}

#[test]
fn python_ruby_bash() {
    check(
        &[
            "file src/shop/__init__.py",
            "file src/shop/orders.py",
            "file src/shop/base/__init__.py",
            "package pypi PyYAML requirements.txt",
            "package pypi google-cloud-storage requirements.txt",
            "file lib/shop/money.rb",
            "package gem activerecord Gemfile",
            "file ci/lib.sh",
        ],
        &[
            ("Python", "tests/t.py", "shop.orders", "internal src/shop/orders.py"),
            ("Python", "tests/t.py", "shop.orders.Order", "internal src/shop/orders.py"),
            ("Python", "src/shop/base/a.py", "..orders", "internal src/shop/orders.py"),
            ("Python", "src/shop/orders.py", ".", "internal src/shop/__init__.py"),
            ("Python", "tests/t.py", "yaml", "package PyYAML"),
            ("Python", "tests/t.py", "google.cloud.storage", "package google-cloud-storage"),
            ("Python", "tests/t.py", "os.path", "standard"),
            ("Python", "tests/t.py", "numpy", "unknown"),
            ("Python", "t.py", "....far", "unknown"),
            ("Ruby", "bin/x.rb", "shop/money", "internal lib/shop/money.rb"),
            ("Ruby", "lib/shop/a.rb", "require_relative 'money'", "internal lib/shop/money.rb"),
            ("Ruby", "lib/shop/a.rb", "active_record", "package activerecord"),
            ("Ruby", "lib/shop/a.rb", "json", "standard"),
            ("BASH", "ci/build.sh", "$(dirname \"$0\")/lib.sh", "internal ci/lib.sh"),
            ("BASH", "ci/build.sh", "$DIR/lib.sh", "internal ci/lib.sh"),
            ("BASH", "ci/build.sh", "/etc/profile", "unknown"),
        ],
    );
}

#[test]
fn compiled() {
    check(
        &[
            "file crates/shop/src/lib.rs",
            "file crates/shop/src/money.rs",
            "file crates/shop/src/money/tax.rs",
            "file crates/shop/src/orders/mod.rs",
            "project cargo my-shop crates/shop/Cargo.toml",
            "package cargo serde-json crates/shop/Cargo.toml",
            "file go/money/tax.go",
            "project golang example.com/shop go/go.mod",
            "package golang github.com/x/y go/go.mod",
            "file src/net/socket.h",
            "file Sources/Kit/a.swift",
            "package swift github.com/vapor/vapor Package.swift",
            "package swift github.com/apple/swift-nio Package.swift",
        ],
        &[
            ("Rust", "crates/shop/src/lib.rs", "mod money", "internal crates/shop/src/money.rs"),
            ("Rust", "crates/shop/src/money.rs", "mod tax", "internal crates/shop/src/money/tax.rs"),
            (
                "Rust",
                "crates/shop/src/orders/mod.rs",
                "crate::money::tax::Rate",
                "internal crates/shop/src/money/tax.rs",
            ),
            ("Rust", "crates/shop/src/money/tax.rs", "super::Money", "internal crates/shop/src/money.rs"),
            ("Rust", "crates/shop/src/lib.rs", "crate::{money::Money, orders}", "internal crates/shop/src/lib.rs"),
            ("Rust", "crates/cli/src/main.rs", "my_shop::money::Money", "internal crates/shop/src/money.rs"),
            ("Rust", "crates/shop/src/lib.rs", "serde_json::Value", "package serde-json"),
            ("Rust", "crates/shop/src/lib.rs", "std::{fmt, io}", "standard"),
            ("Go", "go/main.go", "example.com/shop/money", "internal go/money"),
            ("Go", "go/main.go", "github.com/x/y/z", "package github.com/x/y"),
            ("Go", "go/main.go", "net/http", "standard"),
            ("Go", "go/main.go", "example.org/other", "unknown"),
            ("C++", "src/main.cpp", "net/socket.h", "internal src/net/socket.h"),
            ("C++", "src/main.cpp", "<vector>", "standard"),
            ("C", "src/main.c", "<zlib.h>", "unknown"),
            ("Swift", "Tests/KitTests/a.swift", "Kit", "internal Sources/Kit"),
            ("Swift", "Sources/Kit/a.swift", "NIOCore", "package github.com/apple/swift-nio"),
            ("Swift", "Sources/Kit/a.swift", "Vapor", "package github.com/vapor/vapor"),
            ("Swift", "Sources/Kit/a.swift", "Foundation", "standard"),
        ],
    );
}

#[test]
fn by_namespace() {
    check(
        &[
            "namespace C# Shop.Orders src/Orders/A.cs",
            "namespace C# Shop.Orders src/Orders/B.cs",
            "namespace C# Shop.Orders src/Other/C.cs",
            "package nuget Newtonsoft.Json a.csproj",
            "namespace PHP Shop\\Money src/Money/Tax.php",
            "package composer monolog/monolog composer.json",
            "package composer psr/http-message composer.json",
            "package composer symfony/http-foundation composer.json",
            "module Elixir Shop.Money lib/shop/money.ex",
            "package hex phoenix_html mix.exs",
        ],
        &[
            ("C#", "src/X.cs", "Shop.Orders", "internal src/Orders"),
            ("C#", "src/X.cs", "Shop.Orders.Order", "internal src/Orders"),
            ("C#", "src/X.cs", "Newtonsoft.Json.Linq", "package Newtonsoft.Json"),
            ("C#", "src/X.cs", "System.Text", "standard"),
            ("PHP", "src/X.php", "Shop\\Money\\Tax", "internal src/Money/Tax.php"),
            ("PHP", "src/X.php", "Psr\\Http\\Message\\RequestInterface", "package psr/http-message"),
            ("PHP", "src/X.php", "Monolog\\Logger", "package monolog/monolog"),
            ("PHP", "src/X.php", "Symfony\\Component\\HttpFoundation\\Request", "package symfony/http-foundation"),
            ("Elixir", "lib/a.ex", "Shop.{Money}", "internal lib/shop/money.ex"),
            ("Elixir", "lib/a.ex", "GenServer", "standard"),
            ("Elixir", "lib/a.ex", "PhoenixHTML.Tag", "package phoenix_html"),
            ("Elixir", "lib/a.ex", "Ecto.Query", "unknown"),
        ],
    );
}

/// The same facts in any order give the same answers.
#[test]
fn order_does_not_matter() {
    let facts = [
        "file a/src/shop/T.java",
        "file b/src/shop/T.java",
        "file c/shop/T.kt",
        "file web/a.ts",
        "file web/a.js",
        "file lib/x.rb",
        "file app/x.rb",
        "namespace C# Shop p/A.cs",
        "namespace C# Shop q/B.cs",
        "package pypi PyYAML a/requirements.txt",
        "package pypi pyyaml b/requirements.txt",
        "package maven g.h:one pom.xml",
        "package maven g.h:two pom.xml",
        "project npm web web/package.json",
        "project npm web other/package.json",
        "package npm left web/package.json",
    ];
    let questions = [
        ("Java", "a/src/shop/U.java", "shop.T"),
        ("Java", "d/U.java", "shop.T"),
        ("Kotlin", "d/U.kt", "shop.T"),
        ("TypeScript", "web/b.ts", "./a"),
        ("Ruby", "y.rb", "x"),
        ("C#", "z/C.cs", "Shop"),
        ("Python", "c/d.py", "yaml"),
        ("Java", "d/U.java", "g.h.two.X"),
        ("TypeScript", "b.ts", "web"),
        ("TypeScript", "web/b.ts", "left/x"),
    ];
    let answers = |facts: &[&str]| {
        let context = context(facts);
        questions.map(|(language, path, target)| answer(&context, language, path, target))
    };
    let expect = answers(&facts);
    let mut shuffled = facts;
    // A small generator with a fixed seed: every run tries the same 200 orders.
    let mut seed = 7_usize;
    for _ in 0..200 {
        for place in (1..shuffled.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(place, (seed >> 33) % (place + 1));
        }
        assert_eq!(answers(&shuffled), expect, "{shuffled:?}");
    }
}
