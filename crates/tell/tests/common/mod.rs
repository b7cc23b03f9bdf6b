//! A small made-up system with known answers: a web shop in two languages with a few weak points.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses part of it")]

pub mod system;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::{
    changes, commits, coupling, documents, entry_points, files, gaps, hotspots, languages, licences, module_imports,
    modules, owners, packages, passages, projects, releases, settings, sources, symbols, tags,
};

pub const COMMIT: &str = "4f2c9e1b7a6d5c4e3f2a1b0c9d8e7f6a5b4c3d2e";
const DAY: i64 = 86_400_000_000;
/// 20 Nov 2026.
pub const AS_OF: i64 = 1_795_132_800_000_000;

type Tables = Vec<(&'static TableSpec, Vec<RecordBatch>)>;

/// Names with which the hostile variant of the system is filled.
pub struct Names {
    pub repo: String,
    pub file: String,
    pub words: String,
    pub person: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            repo: "shop".into(),
            file: "orders/src/Checkout.java".into(),
            words: "Shop sells things to people and tells them when the parcel comes.".into(),
            person: "Ana Silva".into(),
        }
    }
}

/// The shop.
pub fn shop() -> Session {
    Session::of_batches(tables(&Names::default())).expect("the rows fit")
}

/// The shop with other names.
pub fn shop_of(names: &Names) -> Session {
    Session::of_batches(tables(names)).expect("the rows fit")
}

/// Nothing but a source.
pub fn empty_repository() -> Session {
    Session::of_batches(vec![source("bare", 0, 0)]).expect("the rows fit")
}

/// Two repositories.
pub fn two() -> Session {
    let mut all = tables(&Names::default());
    let second = tables(&Names { repo: "billing".into(), ..Names::default() });
    for ((_, rows), (_, more)) in all.iter_mut().zip(second) {
        rows.extend(more);
    }
    Session::of_batches(all).expect("the rows fit")
}

/// So many repositories.
pub fn many(n: usize) -> Session {
    let mut all = tables(&Names::default());
    for i in 1..n {
        let next = tables(&Names { repo: format!("shop-{i}"), ..Names::default() });
        for ((_, rows), (_, more)) in all.iter_mut().zip(next) {
            rows.extend(more);
        }
    }
    Session::of_batches(all).expect("the rows fit")
}

fn source(repo: &str, n_files: i64, n_commits: i64) -> (&'static TableSpec, Vec<RecordBatch>) {
    let mut rows = sources::SourcesBuilder::default();
    rows.push(&sources::SourceRow {
        repo,
        kind: "git",
        url: Some("https://github.com/example/shop.git"),
        commit: Some(COMMIT),
        branch: Some("main"),
        committed_at: Some(AS_OF),
        as_of: AS_OF,
        object_format: Some("sha1"),
        n_files,
        n_commits,
        ..sources::SourceRow::default()
    });
    (&sources::SPEC, vec![rows.finish()])
}

#[expect(clippy::too_many_lines, reason = "one system, told from top to bottom")]
fn tables(names: &Names) -> Tables {
    let repo = names.repo.as_str();
    let commit = Some(COMMIT);
    let hot = names.file.as_str();
    let mut out: Tables = vec![source(repo, 61, 240)];

    let mut rows = files::FilesBuilder::default();
    let mut language_rows = languages::LanguagesBuilder::default();
    let orders = format!("module:{repo}:orders");
    let web = format!("module:{repo}:web");
    let mut file = |path: &str, kind: &str, language: &str, module: &str, code: i64| {
        rows.push(&files::FileRow {
            repo,
            commit,
            path,
            blob: "b",
            kind,
            language: Some(language),
            module,
            bytes: code * 40,
            lines: code + 20,
            code_lines: code,
            comment_lines: 10,
            blank_lines: 10,
            ..files::FileRow::default()
        });
        language_rows.push(&languages::LanguageRow {
            repo,
            commit,
            path,
            line_start: 1,
            line_end: code + 20,
            language,
            code_lines: code,
            comment_lines: 10,
            blank_lines: 10,
            ..languages::LanguageRow::default()
        });
    };
    file(hot, "code", "Java", &orders, 4_200);
    for i in 0..40 {
        file(&format!("orders/src/Part{i}.java"), "code", "Java", &orders, 300 + i * 10);
    }
    file("orders/test/CheckoutTest.java", "test", "Java", &orders, 800);
    for i in 0..12 {
        file(&format!("web/src/page{i}.ts"), "code", "TypeScript", &web, 250);
    }
    file("README.md", "docs", "Markdown", &web, 0);
    file(".github/workflows/build.yml", "config", "YAML", &web, 40);
    file("Dockerfile", "config", "Dockerfile", &web, 20);
    out.push((&files::SPEC, vec![rows.finish()]));
    out.push((&languages::SPEC, vec![language_rows.finish()]));

    let mut rows = modules::ModulesBuilder::default();
    for (module, name, path, language, code_lines, has_tests, cycle) in [
        (orders.as_str(), "orders", "orders", "Java", 24_000, true, Some("cycle:1")),
        (web.as_str(), "web", "web", "TypeScript", 3_000, false, Some("cycle:1")),
    ] {
        rows.push(&modules::ModuleRow {
            repo,
            module,
            name,
            path,
            kind: "project",
            language: Some(language),
            n_files: 40,
            code_lines,
            test_lines: if has_tests { 800 } else { 0 },
            n_functions: 120,
            n_uses: 1,
            n_used_by: 1,
            cycle,
            has_tests,
            ..modules::ModuleRow::default()
        });
    }
    out.push((&modules::SPEC, vec![rows.finish()]));

    let mut rows = module_imports::ModuleImportsBuilder::default();
    for (module, uses, path, target, n_imports) in
        [(&orders, &web, hot, "web.Labels", 1), (&web, &orders, "web/src/page1.ts", "orders/api", 9)]
    {
        rows.push(&module_imports::ModuleImportRow {
            repo,
            commit,
            path,
            line_start: 7,
            line_end: 7,
            module,
            uses,
            target,
            n_imports,
            n_files: 1,
            in_cycle: true,
            ..module_imports::ModuleImportRow::default()
        });
    }
    out.push((&module_imports::SPEC, vec![rows.finish()]));

    let mut rows = entry_points::EntryPointsBuilder::default();
    rows.push(&entry_points::EntryPointRow {
        repo,
        commit,
        path: "orders/src/Main.java",
        line_start: 12,
        line_end: 20,
        kind: "service",
        name: "orders",
        module: &orders,
        reason: "a `main` method that starts a web server",
        ..entry_points::EntryPointRow::default()
    });
    out.push((&entry_points::SPEC, vec![rows.finish()]));

    let mut commit_rows = commits::CommitsBuilder::default();
    let mut change_rows = changes::ChangesBuilder::default();
    for i in 0..240_i64 {
        let at = AS_OF - (239 - i) * 6 * DAY;
        let id = format!("{i:040x}");
        let author = if i % 7 == 0 { "Ben Okafor" } else { names.person.as_str() };
        commit_rows.push(&commits::CommitRow {
            repo,
            commit: &id,
            tree: "t",
            authored_at: at,
            author_name: author,
            author_email: author,
            committed_at: at,
            committer_name: author,
            committer_email: author,
            subject: "Change something",
            n_parents: 1,
            n_files: 1,
            added: 10,
            deleted: 2,
            ..commits::CommitRow::default()
        });
        change_rows.push(&changes::ChangeRow {
            repo,
            commit: &id,
            committed_at: at,
            path: if i % 3 == 0 { "web/src/page1.ts" } else { hot },
            kind: "modified",
            added: Some(10),
            deleted: Some(2),
            ..changes::ChangeRow::default()
        });
    }
    out.push((&commits::SPEC, vec![commit_rows.finish()]));
    out.push((&changes::SPEC, vec![change_rows.finish()]));

    let mut rows = hotspots::HotspotsBuilder::default();
    let mut hotspot = |path: &str, n_changes: i64, complexity: i64, score_ratio: f64| {
        rows.push(&hotspots::HotspotRow {
            repo,
            commit,
            path,
            module: &orders,
            n_changes,
            churn: n_changes * 30,
            n_authors: 2,
            main_author: Some(&names.person),
            main_author_ratio: Some(0.86),
            code_lines: 500,
            complexity,
            max_cognitive: Some(complexity / 2),
            hardest_function: Some("placeOrder"),
            hardest_line: Some(88),
            change_rank_ratio: 1.0,
            complexity_rank_ratio: 1.0,
            score_ratio,
            ..hotspots::HotspotRow::default()
        });
    };
    hotspot(hot, 41, 310, 1.0);
    for i in 0..30_i32 {
        let weight = f64::from(30 - i);
        hotspot(&format!("orders/src/Part{i}.java"), i64::from(31 - i), i64::from((i * 37) % 120), weight / 31.0);
    }
    out.push((&hotspots::SPEC, vec![rows.finish()]));

    let mut rows = coupling::CouplingBuilder::default();
    rows.push(&coupling::CouplingRow {
        repo,
        path: hot,
        other_path: "web/src/page1.ts",
        n_shared: 12,
        n_changes: 41,
        n_other_changes: 14,
        degree_ratio: 0.6,
        crosses_modules: true,
        ..coupling::CouplingRow::default()
    });
    out.push((&coupling::SPEC, vec![rows.finish()]));

    let mut rows = documents::DocumentsBuilder::default();
    rows.push(&documents::DocumentRow {
        repo,
        commit,
        path: "README.md",
        line_start: 1,
        line_end: 40,
        kind: "readme",
        title: Some("Shop"),
        title_line: Some(1),
        summary: Some(&names.words),
        summary_start: Some(3),
        summary_end: Some(4),
        n_words: 420,
        ..documents::DocumentRow::default()
    });
    rows.push(&documents::DocumentRow {
        repo,
        commit,
        path: "docs/adr/0001-postgres.md",
        line_start: 1,
        line_end: 30,
        kind: "decision",
        title: Some("Keep orders in PostgreSQL"),
        title_line: Some(1),
        status: Some("accepted"),
        decided_on: Some("2025-03-02"),
        n_words: 200,
        ..documents::DocumentRow::default()
    });
    out.push((&documents::SPEC, vec![rows.finish()]));

    let mut rows = licences::LicencesBuilder::default();
    rows.push(&licences::LicenceRow {
        repo,
        commit,
        path: "LICENSE",
        line_start: 1,
        line_end: 201,
        spdx: Some("Apache-2.0"),
        score_ratio: 1.0,
        ..licences::LicenceRow::default()
    });
    out.push((&licences::SPEC, vec![rows.finish()]));

    let mut rows = projects::ProjectsBuilder::default();
    rows.push(&projects::ProjectRow {
        repo,
        commit,
        path: "web/package.json",
        line_start: 1,
        line_end: 30,
        ecosystem: "npm",
        format: "package.json",
        name: Some("web"),
        version: Some("2.1.0"),
        description: Some("Front end of the shop."),
        description_line: Some(4),
        kind: "application",
        runtime: Some(">=22"),
        ..projects::ProjectRow::default()
    });
    out.push((&projects::SPEC, vec![rows.finish()]));

    let mut rows = packages::PackagesBuilder::default();
    for (path, is_lock, name, declared, version, line) in [
        ("web/package.json", false, "vue", Some("^3.5"), None, 12),
        ("web/package.json", false, "left-pad", Some("*"), None, 13),
        ("web/package-lock.json", true, "vue", None, Some("3.5.22"), 40),
        ("web/package-lock.json", true, "semver", None, Some("6.3.1"), 60),
        ("web/package-lock.json", true, "semver", None, Some("7.7.3"), 80),
    ] {
        rows.push(&packages::PackageRow {
            repo,
            commit,
            path,
            line_start: line,
            line_end: line,
            ecosystem: "npm",
            format: if is_lock { "package-lock.json" } else { "package.json" },
            is_lock,
            name,
            name_in_file: name,
            declared,
            version,
            scope: "runtime",
            is_direct: if is_lock { None } else { Some(true) },
            licence: is_lock.then_some("MIT"),
            released_at: is_lock.then_some(AS_OF - 400 * DAY),
            ..packages::PackageRow::default()
        });
    }
    out.push((&packages::SPEC, vec![rows.finish()]));

    let mut rows = tags::TagsBuilder::default();
    let mut release_rows = releases::ReleasesBuilder::default();
    let names = ["v1.0.0", "v1.1.0", "v1.2.0", "v2.0.0", "v2.1.0"];
    for (i, tag) in names.into_iter().enumerate() {
        let at = AS_OF - (4 - i64::try_from(i).expect("five tags")) * 61 * DAY;
        rows.push(&tags::TagRow {
            repo,
            tag,
            commit,
            tagged_at: Some(at),
            is_release: true,
            version: Some(&tag[1..]),
            ..tags::TagRow::default()
        });
        release_rows.push(&releases::ReleaseRow {
            repo,
            tag,
            commit: COMMIT,
            is_main: true,
            version: &tag[1..],
            released_at: at,
            place: i64::try_from(names.len() - i).expect("five tags"),
            previous_tag: i.checked_sub(1).map(|before| names[before]),
            previous_at: (i > 0).then(|| at - 61 * DAY),
            days: (i > 0).then_some(61),
            ..releases::ReleaseRow::default()
        });
    }
    out.push((&tags::SPEC, vec![rows.finish()]));
    out.push((&releases::SPEC, vec![release_rows.finish()]));

    let mut rows = passages::PassagesBuilder::default();
    rows.push(&passages::PassageRow {
        repo,
        commit,
        path: "README.md",
        line_start: 6,
        line_end: 7,
        topic: "storage",
        heading: Some("Storage"),
        quote: "Orders are kept in PostgreSQL; nothing else is needed.",
        score: 6,
        place: 2,
        document: "readme",
        ..passages::PassageRow::default()
    });
    out.push((&passages::SPEC, vec![rows.finish()]));
    let mut rows = settings::SettingsBuilder::default();
    rows.push(&settings::SettingRow {
        repo,
        commit,
        path: "README.md",
        line_start: 12,
        line_end: 12,
        setting: "SHOP_DATABASE_URL",
        default_value: Some("localhost"),
        topic: "storage",
        quote: "SHOP_DATABASE_URL: where the database is. Defaults to localhost.",
        form: "item",
        ..settings::SettingRow::default()
    });
    out.push((&settings::SPEC, vec![rows.finish()]));

    let mut rows = owners::OwnersBuilder::default();
    rows.push(&owners::OwnerRow {
        repo,
        commit,
        path: ".github/CODEOWNERS",
        line_start: 2,
        line_end: 2,
        pattern: "/orders/",
        owner: "@example/payments",
        ..owners::OwnerRow::default()
    });
    out.push((&owners::SPEC, vec![rows.finish()]));

    let mut rows = symbols::SymbolsBuilder::default();
    rows.push(&symbols::SymbolRow {
        repo,
        commit,
        path: hot,
        line_start: 88,
        line_end: 190,
        language: "Java",
        kind: "method",
        name: "placeOrder",
        container: Some("Checkout"),
        visibility: "public",
        n_parameters: 2,
        cyclomatic: Some(31),
        cognitive: Some(155),
        nesting: Some(5),
        ..symbols::SymbolRow::default()
    });
    out.push((&symbols::SPEC, vec![rows.finish()]));

    let mut rows = gaps::GapsBuilder::default();
    rows.push(&gaps::GapRow {
        repo,
        commit,
        path: Some("data/huge.json"),
        reader: "file",
        reason: "too-large",
        detail: "The file is larger than the limit.",
        ..gaps::GapRow::default()
    });
    out.push((&gaps::SPEC, vec![rows.finish()]));
    out
}
