//! What the house promises and no compiler sees: the direction of dependencies, no absolute paths, a data room whose
//! files come in pairs, no file that has grown beyond reading.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::reference::root;

/// Which of our crates each crate may name in `[dependencies]`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("sightline-facts", &[]),
    ("sightline-read", &["sightline-facts"]),
    ("sightline-map", &["sightline-facts"]),
    ("sightline-measure", &["sightline-facts"]),
    ("sightline-tell", &["sightline-facts", "sightline-map", "sightline-measure", "sightline-plan"]),
    ("sightline-connect", &["sightline-facts"]),
    (
        "sightline-scan",
        &[
            "sightline-facts",
            "sightline-read",
            "sightline-connect",
            "sightline-map",
            "sightline-measure",
            "sightline-plan",
            "sightline-tell",
        ],
    ),
    (
        "sightline",
        &[
            "sightline-facts",
            "sightline-read",
            "sightline-connect",
            "sightline-map",
            "sightline-measure",
            "sightline-tell",
            "sightline-scan",
            "sightline-plan",
            "sightline-search",
            "sightline-web",
            "sightline-mcp",
        ],
    ),
    ("sightline-search", &["sightline-facts", "sightline-tell"]),
    ("sightline-plan", &["sightline-facts"]),
    (
        "sightline-web",
        &[
            "sightline-facts",
            "sightline-map",
            "sightline-measure",
            "sightline-plan",
            "sightline-read",
            "sightline-scan",
            "sightline-search",
            "sightline-tell",
        ],
    ),
    (
        "sightline-mcp",
        &[
            "sightline-facts",
            "sightline-map",
            "sightline-measure",
            "sightline-plan",
            "sightline-read",
            "sightline-search",
            "sightline-tell",
        ],
    ),
    ("sightline-testkit", &["sightline-facts", "sightline-read"]),
    (
        "xtask",
        &[
            "sightline-facts",
            "sightline-connect",
            "sightline-map",
            "sightline-measure",
            "sightline-read",
            "sightline-testkit",
        ],
    ),
];

/// Longest source file in lines.
const LONGEST: usize = 800;

/// Checks everything and names all that is wrong.
pub(crate) fn tidy() -> Result<()> {
    let mut wrong = Vec::new();
    dependencies(&mut wrong)?;
    files(&mut wrong)?;
    metrics(&mut wrong)?;
    detectors(&mut wrong);
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} things are not tidy:\n{}", wrong.len(), wrong.join("\n"))
}

/// Dependencies point one way.
fn dependencies(wrong: &mut Vec<String>) -> Result<()> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .context("cargo metadata did not run")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(may_use) = allowed.get(name) else {
            wrong.push(format!("crate `{name}` has no place in the order of rooms (xtask/src/tidy.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_ours = used.starts_with("sightline");
            // Tests may look further than the code does.
            if is_ours && dependency["kind"].is_null() && !may_use.contains(&used) {
                wrong.push(format!("crate `{name}` must not use `{used}`: dependencies point one way"));
            }
        }
    }
    Ok(())
}

/// Files that git tracks: no absolute path of a machine, no source file beyond reading.
fn files(wrong: &mut Vec<String>) -> Result<()> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .context("git ls-files did not run")?;
    // Put together here, so that this very line is not one of them.
    let places: Vec<String> = ["home", "root", "Users"].iter().map(|p| format!("/{p}/")).collect();
    for name in String::from_utf8_lossy(&output.stdout).split('\0').filter(|n| !n.is_empty()) {
        let Ok(text) = std::fs::read_to_string(root().join(name)) else { continue };
        let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or_default();
        if extension == "rs" && text.lines().count() > LONGEST {
            wrong.push(format!("{name} has over {LONGEST} lines: look for the seam"));
        }
        if extension == "rs" && !text.starts_with("//!") && !text.starts_with("#!") {
            wrong.push(format!("{name} does not say with `//!` what it is"));
        }
        let is_prose = extension == "md" || extension == "toml";
        if is_prose
            && let Some(place) =
                places.iter().find(|p| text.contains(&format!(" {p}")) || text.contains(&format!("\"{p}")))
        {
            wrong.push(format!("{name} names a place of one machine: `{place}`"));
        }
    }
    Ok(())
}

/// Each metric has its golden SQL.
fn metrics(wrong: &mut Vec<String>) -> Result<()> {
    let folder = root().join("metrics");
    for entry in std::fs::read_dir(&folder).context("there is no folder `metrics`")? {
        let path = entry?.path();
        let partner = match path.extension().and_then(|e| e.to_str()) {
            Some("toml") => path.with_extension("slt"),
            Some("slt") => path.with_extension("toml"),
            _ => continue,
        };
        if !partner.exists() {
            let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            wrong.push(format!("metrics/{} has no metrics/{} beside it", name(&path), name(&partner)));
        }
    }
    Ok(())
}

/// Each detector has its page.
fn detectors(wrong: &mut Vec<String>) {
    for (file, _) in sightline_read::detect::Detectors::ours() {
        let page = file.replace(".toml", ".md");
        if !root().join(&page).exists() {
            wrong.push(format!("{file} has no {page} beside it"));
        }
    }
}
