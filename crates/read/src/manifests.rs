//! Manifests and lock files: what a project says of itself and what it depends on, each with its line.
//!
//! A reader is chosen by the name of the file alone ([`wants`]). What cannot be read becomes a row of `gaps` and stops
//! nothing. Nothing is executed: build scripts are read as text, for what they say literally.

mod cargo;
mod go;
mod lines;
mod maven;
mod npm;
mod npm_locks;
mod pnpm_lock;
mod purl;
mod sheet;
mod tree;
mod xml;
mod yarn_lock;

use crate::file::FileInput;
use crate::rows::SourceRows;
use sheet::Sheet;

/// Raised when any reader here says something else of the same bytes.
pub const VERSION: u32 = 1;

/// A reader of one format.
type Reader = fn(&mut Sheet<'_, '_>);

/// How a format is read: registry (purl type), name of the format, whether it is a lock file, and by what.
type Format = (&'static str, &'static str, bool, Reader);

/// The format of a path, by its name and, where a name is common, by its folder.
fn format_of(path: &str) -> Option<Format> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let _ = folder;
    let format: Format = match name {
        "package.json" => ("npm", "package.json", false, npm::package_json),
        "package-lock.json" => ("npm", "package-lock.json", true, npm_locks::package_lock),
        "npm-shrinkwrap.json" => ("npm", "npm-shrinkwrap.json", true, npm_locks::package_lock),
        "bun.lock" => ("npm", "bun.lock", true, npm_locks::bun_lock),
        "pnpm-lock.yaml" => ("npm", "pnpm-lock.yaml", true, pnpm_lock::pnpm_lock),
        "pnpm-workspace.yaml" => ("npm", "pnpm-workspace.yaml", false, npm::pnpm_workspace),
        "yarn.lock" => ("npm", "yarn.lock", true, yarn_lock::yarn_lock),
        "deno.json" | "deno.jsonc" => ("jsr", "deno.json", false, npm::deno_json),
        "deno.lock" => ("jsr", "deno.lock", true, npm::deno_lock),
        "Cargo.toml" => ("cargo", "Cargo.toml", false, cargo::cargo_toml),
        "Cargo.lock" => ("cargo", "Cargo.lock", true, cargo::cargo_lock),
        "go.mod" => ("golang", "go.mod", false, go::go_mod),
        "go.work" => ("golang", "go.work", false, go::go_work),
        "go.sum" => ("golang", "go.sum", true, go::go_sum),
        "pom.xml" => ("maven", "pom.xml", false, maven::pom),
        _ => return None,
    };
    Some(format)
}

/// Whether a path is a manifest or lock file that some reader here reads (by name only, cheap, no allocation).
pub fn wants(path: &str) -> bool {
    format_of(path).is_some()
}

/// Appends rows of `packages`, `projects` (and `gaps`) for one manifest or lock file.
pub fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    let Some((ecosystem, format, is_lock, reader)) = format_of(file.path) else { return };
    let mut sheet = Sheet::new(file, rows);
    sheet.is(ecosystem, format, is_lock);
    reader(&mut sheet);
}
