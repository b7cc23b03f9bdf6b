//! Prints what detectors see in a folder, one signal a line: `signals FOLDER [RULE ...]`.
//!
//! Rules are read from the room `rules/` of this repository as it is now, so trying one out needs no build.
#![expect(clippy::print_stdout, reason = "an example whose output is read by people")]

use std::path::{Path, PathBuf};

use sightline_facts::RowBuilder;
use sightline_facts::tables::gaps::GapsView;
use sightline_facts::tables::signals::SignalsView;
use sightline_read::detect::{Detectors, read_texts};

/// Largest file that is read.
const MAX_BYTES: u64 = 2 << 20;

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: signals FOLDER [RULE ...]")?);
    let wanted: Vec<String> = arguments.collect();
    let rules = rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"))?;
    let rules: Vec<(&str, &str)> = rules.iter().map(|(f, t)| (f.as_str(), t.as_str())).collect();
    let detectors = Detectors::only(&rules).map_err(|d| d.to_string())?;

    let mut files = Vec::new();
    for entry in ignore::WalkBuilder::new(&folder).hidden(false).git_ignore(false).build().flatten() {
        let is_text = entry.file_type().is_some_and(|t| t.is_file())
            && entry.metadata().is_ok_and(|m| m.len() < MAX_BYTES)
            && !entry.path().components().any(|c| c.as_os_str() == ".git");
        if let (true, Ok(text)) = (is_text, std::fs::read_to_string(entry.path())) {
            let path = entry.path().strip_prefix(&folder).unwrap_or(entry.path());
            files.push((path.to_string_lossy().into_owned(), text));
        }
    }
    files.sort();
    let mut rows = read_texts(&detectors, files.iter().map(|(p, t)| (p.as_str(), t.as_str())));
    let batch = rows.signals.finish();
    for s in SignalsView::of(&batch).iter().flat_map(SignalsView::rows) {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == s.rule) {
            continue;
        }
        let cells = [
            ("name", s.name),
            ("value", s.value),
            ("target", s.target),
            ("method", s.method),
            ("route", s.http_route),
            ("topic", s.messaging_destination),
            ("technology", s.technology),
            ("scope", s.scope),
            ("attributes", s.attributes),
        ];
        let cells: Vec<String> =
            cells.into_iter().filter_map(|(key, text)| Some(format!("{key}={}", text?.escape_debug()))).collect();
        println!("{}:{}\t{}\t{}\t{}", s.path, s.line_start, s.rule, s.kind, cells.join("\t"));
    }
    let batch = rows.gaps.finish();
    for g in GapsView::of(&batch).iter().flat_map(GapsView::rows) {
        println!(
            "{}:{}\tGAP\t{}\t{}",
            g.path.unwrap_or(""),
            g.line_start.unwrap_or(0),
            g.reason,
            g.detail.escape_debug()
        );
    }
    Ok(())
}

/// File and text of each rule below a folder.
fn rules(room: &Path) -> Result<Vec<(String, String)>, String> {
    let sorted = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let read = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut paths: Vec<PathBuf> = read.flatten().map(|e| e.path()).collect();
        paths.sort();
        Ok(paths)
    };
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rules = Vec::new();
    for family in sorted(room)?.into_iter().filter(|p| p.is_dir()) {
        if ["languages", "catalogue"].contains(&name(&family).as_str()) {
            continue;
        }
        for path in sorted(&family)?.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            rules.push((format!("rules/{}/{}", name(&family), name(&path)), text));
        }
    }
    Ok(rules)
}
