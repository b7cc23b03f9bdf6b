//! Prints the rows of `packages` and `gaps` of manifests as JSON lines: `packages ROOT < paths`, one path per line.
#![expect(clippy::print_stdout, reason = "an example whose output is read by a script")]

use std::io::BufRead;

use sightline_facts::RowBuilder;
use sightline_facts::tables::{gaps::GapsView, packages::PackagesView, projects::ProjectsView};
use sightline_read::file::{FileInput, FileKind};
use sightline_read::{manifests, rows::SourceRows};

fn main() -> std::io::Result<()> {
    let root = std::path::PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        let bytes = std::fs::read(root.join(&path))?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let file = FileInput { repo: "r", commit: None, path: &path, text, language: None, kind: FileKind::Config };
        let mut rows = SourceRows::default();
        let started = std::time::Instant::now();
        if manifests::wants(&path) {
            manifests::read(&file, &mut rows);
        }
        let micros = started.elapsed().as_micros();
        let packages = rows.packages.finish();
        let gaps = rows.gaps.finish();
        let projects = rows.projects.finish();
        println!("{}", serde_json::json!({
            "path": path, "wanted": manifests::wants(&path), "packages": packages.num_rows(), "micros": micros,
        }));
        for p in PackagesView::of(&packages).iter().flat_map(PackagesView::rows) {
            println!("{}", serde_json::json!({
                "table": "packages", "path": p.path, "line_start": p.line_start, "line_end": p.line_end,
                "ecosystem": p.ecosystem, "format": p.format, "is_lock": p.is_lock, "name": p.name,
                "name_in_file": p.name_in_file, "declared": p.declared, "version": p.version, "scope": p.scope,
                "is_direct": p.is_direct, "group_name": p.group_name, "source": p.source, "purl": p.purl,
                "released_at": p.released_at, "licence": p.licence,
            }));
        }
        for p in ProjectsView::of(&projects).iter().flat_map(ProjectsView::rows) {
            println!("{}", serde_json::json!({
                "table": "projects", "path": p.path, "line_start": p.line_start, "line_end": p.line_end,
                "name": p.name, "version": p.version, "description": p.description,
                "description_line": p.description_line, "licence": p.licence, "kind": p.kind, "runtime": p.runtime,
            }));
        }
        for g in GapsView::of(&gaps).iter().flat_map(GapsView::rows) {
            println!("{}", serde_json::json!({
                "table": "gaps", "path": g.path, "line": g.line_start, "reason": g.reason, "detail": g.detail,
            }));
        }
    }
    Ok(())
}
