//! Which workspace a command works on.
//!
//! In this order: `--workspace DIR` (or `SIGHTLINE_WORKSPACE`), the folder of the nearest `sightline.toml` upwards, the
//! workspace of the repository around the current folder, and the workspace used last. Without a `sightline.toml` a
//! workspace lives under the user's data directory, never inside the repository that is read.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;
use sightline_facts::store::Workspace;
use sightline_read::git::GitSource;
use sightline_read::git::clone::looks_like_url;
use sightline_scan::settings;

use crate::args::Global;
use crate::exit::UsageError;

/// The folder under which workspaces are kept.
fn data_dir() -> Result<PathBuf> {
    let strategy = etcetera::choose_base_strategy().context(
        "could not find your home folder, where workspaces are kept\nhelp: name a place with `--workspace DIR`",
    )?;
    Ok(strategy.data_dir().join("sightline"))
}

/// The workspace for what the user wants to open.
pub(crate) fn for_target(global: &Global, target: &str) -> Result<Workspace> {
    if let Some(dir) = &global.workspace {
        return Ok(Workspace::at(absolute(dir)?));
    }
    if let Some(root) = settings_root() {
        return Ok(Workspace::at(root));
    }
    let key = if looks_like_url(target) {
        sightline_read::git::without_secrets(target)
    } else {
        Path::new(target).canonicalize().map_or_else(|_| target.to_owned(), |p| p.to_string_lossy().into_owned())
    };
    kept(&key)
}

/// The workspace for a question about what was scanned before.
pub(crate) fn existing(global: &Global) -> Result<Workspace> {
    if let Some(dir) = &global.workspace {
        return Ok(Workspace::at(absolute(dir)?));
    }
    if let Some(root) = settings_root() {
        return Ok(Workspace::at(root));
    }
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    if let Ok(Some(git)) = GitSource::discover(&here) {
        let root = git.work_dir().map_or_else(|| git.git_dir().to_path_buf(), Path::to_path_buf);
        let root = root.canonicalize().unwrap_or(root);
        let workspace = kept(&root.to_string_lossy())?;
        if workspace.snapshot()?.is_some() {
            return Ok(workspace);
        }
    }
    let of_folder = kept(&here.to_string_lossy())?;
    if of_folder.snapshot()?.is_some() {
        return Ok(of_folder);
    }
    if let Ok(last) = std::fs::read_to_string(data_dir()?.join("last")) {
        return Ok(Workspace::at(last.trim()));
    }
    Err(UsageError(
        "nothing has been scanned yet\nhelp: `sightline open PATH` reads a repository and shows what it is".to_owned(),
    )
    .into())
}

/// The workspace that a folder is, or the one of a repository that was scanned by its folder.
pub(crate) fn at(folder: &Path) -> Result<Workspace> {
    let place = absolute(folder)?;
    let place = place.canonicalize().unwrap_or(place);
    for workspace in [Workspace::at(&place), kept(&place.to_string_lossy())?] {
        if workspace.snapshot()?.is_some() {
            return Ok(workspace);
        }
    }
    let shown = folder.display();
    Err(UsageError(format!("nothing has been scanned into `{shown}`\nhelp: `sightline open {shown}` reads it")).into())
}

/// Remembers a workspace as the one used last. That it cannot be remembered is no reason to fail.
pub(crate) fn remember(workspace: &Workspace) {
    if let Ok(dir) = data_dir() {
        std::fs::create_dir_all(&dir).ok();
        std::fs::write(dir.join("last"), workspace.root().to_string_lossy().as_bytes()).ok();
    }
}

/// The workspace under the data directory for a place, readable by its name and told apart by a hash.
fn kept(key: &str) -> Result<Workspace> {
    let hash = blake3::hash(key.as_bytes()).to_hex();
    let name: String = key
        .trim_end_matches('/')
        .trim_end_matches(".git")
        .rsplit(['/', ':'])
        .next()
        .unwrap_or("workspace")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .take(40)
        .collect();
    Ok(Workspace::at(data_dir()?.join("workspaces").join(format!("{name}-{}", &hash.as_str()[..8]))))
}

/// The folder of the nearest `sightline.toml` upwards.
pub(crate) fn settings_root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find(|p| p.join(settings::FILE).is_file()).map(Path::to_path_buf)
}

fn absolute(dir: &Path) -> Result<PathBuf> {
    std::path::absolute(dir).with_context(|| format!("`{}` is not a path", dir.display()))
}
