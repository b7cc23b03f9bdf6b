//! `sightline init`: a settings file for a workspace of several sources.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use sightline_scan::settings;

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::{self, put};

const TEMPLATE: &str = "\
# Sources of this workspace. `sightline scan` reads them; facts are kept in .sightline/ beside this file.
# Each source has `path` (from this file) or `url`, and may have `name`, `revision` and `worktree`.
";

/// List several repositories in a sightline.toml
#[derive(Debug, Args)]
#[command(
    after_help = "`sightline scan` in that folder then reads all of them into one workspace beside it. An existing file is left alone.\n\nExamples:\n  sightline init                      with this folder alone\n  sightline init ../shop ../billing   with two repositories\n  sightline init --workspace ~/program https://host/shop.git"
)]
pub(crate) struct Init {
    /// Folders or git URLs to list (default: this folder)
    places: Vec<String>,
}

pub(crate) fn run(command: &Init, global: &Global) -> Result<Exit> {
    let root = match &global.workspace {
        Some(dir) => dir.clone(),
        None => std::env::current_dir().context("the current folder cannot be read")?,
    };
    std::fs::create_dir_all(&root).with_context(|| format!("could not create `{}`", root.display()))?;
    let path: PathBuf = root.join(settings::FILE);
    let mut text = TEMPLATE.to_owned();
    let places = if command.places.is_empty() { vec![".".to_owned()] } else { command.places.clone() };
    for place in &places {
        let (key, value) = if sightline_read::git::looks_like_url(place) {
            ("url", place.clone())
        } else {
            let given = std::path::absolute(place).with_context(|| format!("`{place}` is not a path"))?;
            let inside = std::path::absolute(&root).ok().and_then(|r| given.strip_prefix(r).ok().map(PathBuf::from));
            let written = match inside {
                Some(p) if p.as_os_str().is_empty() => ".".to_owned(),
                Some(p) => p.to_string_lossy().into_owned(),
                None => place.clone(),
            };
            ("path", written)
        };
        put(&mut text, format_args!("\n[[source]]\n{key} = {}\n", toml_string(&value)));
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    match file {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).with_context(|| format!("could not write `{}`", path.display()))?;
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(UsageError(format!(
                "`{}` is there already and was left as it is\nhelp: add `[[source]]` entries to it by hand",
                path.display()
            ))
            .into());
        }
        Err(e) => return Err(e).with_context(|| format!("could not write `{}`", path.display())),
    }
    output::data(&format!("{}\nNext:      `sightline scan` in that folder", path.display()))?;
    Ok(Exit::Done)
}

/// A TOML basic string.
fn toml_string(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => put(&mut out, format_args!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}
