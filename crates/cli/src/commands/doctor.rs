//! `sightline doctor`: is everything in order here?

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::args::Global;
use crate::exit::Exit;
use crate::output::put;
use crate::{output, place};

/// Check that Sightline and its workspace are in order
#[derive(Debug, Args)]
#[command(after_help = "Exits with 1 when something is not.\n\nExample:\n  sightline doctor")]
pub(crate) struct Doctor;

struct Check {
    what: &'static str,
    is_fine: bool,
    found: String,
}

pub(crate) fn run(_command: &Doctor, global: &Global) -> Result<Exit> {
    let mut checks = vec![Check { what: "version", is_fine: true, found: env!("CARGO_PKG_VERSION").to_owned() }, git()];
    match place::existing(global) {
        Ok(workspace) => {
            let root = workspace.root().display().to_string();
            checks.push(Check { what: "workspace", is_fine: true, found: root });
            let probe = workspace.state_dir().join("doctor");
            let writable = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
            checks.push(match writable {
                Ok(()) => Check { what: "can be written", is_fine: true, found: "yes".to_owned() },
                Err(e) => Check { what: "can be written", is_fine: false, found: format!("no: {e}") },
            });
            checks.push(match workspace.snapshot() {
                Ok(Some(snapshot)) => {
                    let missing = snapshot.files().filter(|f| !workspace.path_of(f).exists()).count();
                    let rows: u64 = snapshot.files().map(|f| f.rows).sum();
                    let found = if missing == 0 {
                        format!(
                            "{} of {}",
                            output::counted(rows, "row"),
                            output::counted(snapshot.sources.len() as u64, "source")
                        )
                    } else {
                        format!("{missing} fact files are missing; `sightline scan --fresh` makes them anew")
                    };
                    Check { what: "facts", is_fine: missing == 0, found }
                }
                Ok(None) => Check { what: "facts", is_fine: true, found: "no scan yet".to_owned() },
                Err(e) => Check { what: "facts", is_fine: false, found: e.to_string() },
            });
        }
        Err(e) => {
            checks.push(Check { what: "workspace", is_fine: true, found: e.to_string().replace("\nhelp: ", "; ") });
        }
    }
    if global.json {
        let value: Vec<_> =
            checks.iter().map(|c| serde_json::json!({"check": c.what, "ok": c.is_fine, "found": c.found})).collect();
        output::json(&serde_json::Value::Array(value))?;
    } else {
        let mut text = String::new();
        for check in &checks {
            let mark = if check.is_fine { "ok " } else { "NOT" };
            put(&mut text, format_args!("{mark}  {:16} {}\n", check.what, check.found));
        }
        output::data(&text)?;
    }
    Ok(if checks.iter().all(|c| c.is_fine) { Exit::Done } else { Exit::Crossed })
}

/// The `git` program is needed for URLs alone.
fn git() -> Check {
    let found = Command::new("git").arg("--version").output().ok().filter(|o| o.status.success());
    match found {
        Some(out) => {
            Check { what: "git program", is_fine: true, found: String::from_utf8_lossy(&out.stdout).trim().to_owned() }
        }
        None => Check {
            what: "git program",
            is_fine: false,
            found: "not found; folders can be read without it, URLs cannot be cloned".to_owned(),
        },
    }
}
