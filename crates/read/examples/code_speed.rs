//! How fast code is read, and what comes out: `code_speed DIR [--rows]`.
//!
//! Reads every file of a folder once on one thread; prints bytes, seconds, rows and gaps per language on stderr.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sightline_facts::RowBuilder;
use sightline_facts::tables::{gaps::GapsView, imports::ImportsView, symbols::SymbolsView};
use sightline_read::code::{
    CodeReader,
    resolve::{Context, Memo},
};
use sightline_read::file::{FileInput, FileKind};
use sightline_read::rows::SourceRows;

fn files(folder: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != ".git" {
            files(&entry.path(), into)?;
        } else if kind.is_file() {
            into.push(entry.path());
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let root = std::env::args().nth(1).ok_or("give a folder")?;
    let with_rows = std::env::args().nth(2).is_some_and(|a| a == "--rows");
    let root = Path::new(&root);
    let mut paths = Vec::new();
    files(root, &mut paths)?;
    paths.sort();
    let mut reader = CodeReader::new();
    let mut rows = SourceRows::default();
    let mut totals: BTreeMap<&str, (usize, usize, Duration)> = BTreeMap::new();
    let config = tokei::Config::default();
    for path in &paths {
        let Some(language) = tokei::LanguageType::from_path(path, &config).map(tokei::LanguageType::name) else {
            continue;
        };
        if !CodeReader::wants(language) {
            continue;
        }
        let bytes = std::fs::read(path)?;
        let text = String::from_utf8_lossy(&bytes);
        let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        let file = FileInput {
            repo: "r",
            commit: None,
            path: &relative,
            text: &text,
            language: Some(language),
            kind: FileKind::Code,
        };
        let start = Instant::now();
        reader.read(&file, &mut rows);
        let total = totals.entry(language).or_default();
        total.0 += 1;
        total.1 += text.len();
        total.2 += start.elapsed();
    }
    for (language, (n, bytes, time)) in &totals {
        let megabytes = u32::try_from(*bytes / 1_000).map_or(f64::INFINITY, f64::from) / 1e3;
        let per_second = megabytes / time.as_secs_f64();
        writeln!(out, "{language}: {n} files, {bytes} bytes, {:.2} s, {per_second:.1} MB/s", time.as_secs_f64())?;
    }
    let (symbols, imports, gaps) = (rows.symbols.finish(), rows.imports.finish(), rows.gaps.finish());
    writeln!(out, "{} symbols, {} imports, {} gaps", symbols.num_rows(), imports.num_rows(), gaps.num_rows())?;
    let symbols = SymbolsView::of(&symbols).ok_or("symbols")?;
    let imports = ImportsView::of(&imports).ok_or("imports")?;
    let gaps = GapsView::of(&gaps).ok_or("gaps")?;
    let mut context = Context::new();
    for path in &paths {
        context.add_file(&path.strip_prefix(root)?.to_string_lossy().replace('\\', "/"), None);
    }
    symbols.rows().for_each(|s| context.add_symbol(&s));
    context.finish();
    let start = Instant::now();
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut found = Vec::new();
    let mut memo = Memo::default();
    for i in imports.rows() {
        let resolved = context.resolve(&i, &mut memo);
        *kinds.entry((i.language, resolved.kind)).or_default() += 1;
        found.push(resolved);
    }
    writeln!(out, "resolved in {:.2} s, without manifests", start.elapsed().as_secs_f64())?;
    for ((language, kind), n) in &kinds {
        writeln!(out, "  {language} {kind} {n}")?;
    }
    for g in gaps.rows() {
        writeln!(out, "gap {} {}:{:?}", g.reason, g.path.unwrap_or_default(), g.line_start)?;
    }
    if with_rows {
        for s in symbols.rows() {
            writeln!(
                out,
                "{}:{}-{} {} {} {}|{}({})#{} cyc={:?} cog={:?} nest={:?} test={} doc={:?}",
                s.path,
                s.line_start,
                s.line_end,
                s.visibility,
                s.kind,
                s.container.unwrap_or_default(),
                s.name,
                s.parameters.unwrap_or_default(),
                s.n_parameters,
                s.cyclomatic,
                s.cognitive,
                s.nesting,
                s.is_test,
                s.doc
            )?;
        }
        for (i, r) in imports.rows().zip(&found) {
            let path = r.resolved_path.unwrap_or_default();
            writeln!(out, "{}:{}-{} import {} {} {path}", i.path, i.line_start, i.line_end, i.target, r.kind)?;
        }
    }
    Ok(())
}
