//! How long a question takes over a million things: `cargo run --release --example search_speed [N]`.
//!
//! Writes a workspace with N rows into a temporary folder (files, symbols, packages, fields, endpoints, components, in
//! the proportions of real repositories), makes its index and asks. Prints time and memory of making, and the 50th and
//! 95th percentile of questions of each sort.

use std::time::{Duration, Instant};

use sightline_facts::RowBuilder;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::store::{Snapshot, Workspace};
use sightline_facts::tables::components::{self, ComponentRow, ComponentsBuilder};
use sightline_facts::tables::endpoints::{self, EndpointRow, EndpointsBuilder};
use sightline_facts::tables::files::{self, FileRow, FilesBuilder};
use sightline_facts::tables::packages::{self, PackageRow, PackagesBuilder};
use sightline_facts::tables::symbols::{self, SymbolRow, SymbolsBuilder};
use sightline_search::Index;

const PARTS: &[&str] = &[
    "order", "payment", "customer", "invoice", "cart", "user", "account", "session", "token", "price", "stock", "ship",
    "mail", "report", "event", "queue", "cache", "store", "index", "search", "parse", "build", "render", "load",
    "save", "create", "update", "delete", "find", "list", "check", "convert", "encode", "decode", "client", "server",
    "handler", "service", "factory", "manager", "config", "error", "result", "request", "response", "test", "util",
    "node", "tree", "map", "set", "get", "put", "post", "http", "grpc", "json", "yaml", "table", "column", "row",
    "page", "view", "model",
];

/// A reproducible sequence: the same million each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n
    }

    fn part(&mut self) -> String {
        // A third of the words is rare, as in real code.
        if self.below(3) == 0 {
            format!("{}{}", PARTS[self.below(PARTS.len())], self.below(20_000))
        } else {
            PARTS[self.below(PARTS.len())].to_owned()
        }
    }

    fn camel(&mut self) -> String {
        let n = 2 + self.below(3);
        (0..n).map(|_| self.part()).map(|p| p[..1].to_uppercase() + &p[1..]).collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |a| a.parse())?;
    let folder = tempfile::tempdir()?;
    let workspace = Workspace::at(folder.path());
    let names = generate(&workspace, n)?;
    let session = Session::over(&workspace)?;
    let before = peak_memory();
    let started = Instant::now();
    let index = Index::open_or_build(&session, &workspace.search_dir())?;
    let bytes: u64 = size(&workspace.search_dir())?;
    say(&format!(
        "{} things indexed in {:.1} s, {} MB on disk, {} MB more memory at most",
        index.len(),
        started.elapsed().as_secs_f64(),
        bytes >> 20,
        peak_memory().saturating_sub(before) >> 10,
    ));
    let started = Instant::now();
    drop(Index::open_or_build(&session, &workspace.search_dir())?);
    say(&format!("opened again in {:.1} ms", started.elapsed().as_secs_f64() * 1e3));
    let mut random = Numbers(7);
    let mut pick = || names[random.below(names.len())].clone();
    let wrong = |name: String| {
        let middle = name.len() / 2;
        format!("{}{}", &name[..middle], &name[middle + 1..])
    };
    let sorts: Vec<(&str, Vec<String>)> = vec![
        ("whole names", (0..200).map(|_| pick()).collect()),
        ("beginnings", (0..200).map(|_| pick().chars().take(4).collect()).collect()),
        ("one letter", ('a'..='z').map(String::from).collect()),
        ("common words", PARTS.iter().map(|p| (*p).to_owned()).collect()),
        ("two words", PARTS.iter().zip(PARTS.iter().rev()).map(|(a, b)| format!("{a} {b}")).collect()),
        ("a letter wrong", (0..200).map(|_| wrong(pick())).collect()),
        ("common word, wrong", PARTS.iter().map(|p| wrong(format!("{p}xq"))).collect()),
        ("nothing like it", (0..50).map(|i| format!("zqxjkvwq{i}")).collect()),
        ("a sentence", (0..50).map(|_| format!("{} {} {}", pick(), pick(), pick())).collect()),
    ];
    for (sort, questions) in sorts {
        let mut times: Vec<Duration> = Vec::new();
        for question in &questions {
            let started = Instant::now();
            index.search(question, 20)?;
            times.push(started.elapsed());
        }
        times.sort();
        let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
        say(&format!(
            "{sort:20} p50 {:7.2} ms  p95 {:7.2} ms  max {:7.2} ms  n {}",
            at(50),
            at(95),
            at(100),
            times.len()
        ));
    }
    Ok(())
}

fn generate(workspace: &Workspace, n: usize) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut random = Numbers(1);
    let mut names = Vec::new();
    let lock = workspace.lock(&mut |_| false)?;
    let mut snapshot = Snapshot::default();
    let mut table = |spec: &'static TableSpec,
                     n: usize,
                     push: &mut dyn FnMut(&mut Numbers, usize) -> sightline_facts::arrow::array::RecordBatch|
     -> Result<(), Box<dyn std::error::Error>> {
        let mut writer = workspace.writer(spec, "bench")?;
        for from in (0..n).step_by(10_000) {
            writer.write(push(&mut random, (n - from).min(10_000)))?;
        }
        snapshot.derived.insert(spec.name.to_owned(), vec![writer.finish()?]);
        Ok(())
    };
    table(&components::SPEC, n / 2_000, &mut |random, k| {
        let mut rows = ComponentsBuilder::default();
        for _ in 0..k {
            let name = format!("{}-{}", random.part(), random.part());
            rows.push(&ComponentRow {
                component: &format!("component:{name}"),
                name: &name,
                kind: "service",
                repo: "bench",
                path: "compose.yaml",
                line_start: 1,
                ..ComponentRow::default()
            });
            names.push(name);
        }
        rows.finish()
    })?;
    table(&endpoints::SPEC, n / 50, &mut |random, k| {
        let mut rows = EndpointsBuilder::default();
        for _ in 0..k {
            let route = format!("/{}/{}/{{id}}", random.part(), random.part());
            rows.push(&EndpointRow {
                endpoint: &format!("x: GET {route}"),
                component: "component:x",
                method: Some("GET"),
                http_route: Some(&route),
                repo: "bench",
                path: "routes.ts",
                line_start: 3,
                ..EndpointRow::default()
            });
        }
        rows.finish()
    })?;
    table(&packages::SPEC, n / 50, &mut |random, k| {
        let mut rows = PackagesBuilder::default();
        for _ in 0..k {
            let name = format!("@{}/{}-{}", random.part(), random.part(), random.part());
            rows.push(&PackageRow {
                repo: "bench",
                path: "package-lock.json",
                line_start: 9,
                ecosystem: "npm",
                name: &name,
                is_lock: true,
                ..PackageRow::default()
            });
        }
        rows.finish()
    })?;
    table(&files::SPEC, n / 10, &mut |random, k| {
        let mut rows = FilesBuilder::default();
        for _ in 0..k {
            let path = format!("src/{}/{}/{}.ts", random.part(), random.part(), random.camel());
            rows.push(&FileRow { repo: "bench", path: &path, kind: "code", ..FileRow::default() });
        }
        rows.finish()
    })?;
    table(&symbols::SPEC, n - n / 2_000 - n / 50 * 2 - n / 10, &mut |random, k| {
        let mut rows = SymbolsBuilder::default();
        for i in 0..k {
            let name = random.camel();
            let path = format!("src/{}/{}.ts", random.part(), random.part());
            rows.push(&SymbolRow {
                repo: "bench",
                path: &path,
                line_start: 5,
                name: &name,
                kind: "function",
                ..SymbolRow::default()
            });
            if i % 1_000 == 0 {
                names.push(name);
            }
        }
        rows.finish()
    })?;
    workspace.publish(&lock, snapshot)?;
    Ok(names)
}

fn size(folder: &std::path::Path) -> std::io::Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        total += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}

/// The most memory that this process had so far, in kilobytes; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[expect(clippy::print_stdout, reason = "the result of the measurement")]
fn say(text: &str) {
    println!("{text}");
}
