//! Takes each detector away in turn and demands that its own page then fails: a page that passes without its detector
//! shows nothing.

use anyhow::{Context, Result, bail};
use sightline_read::detect::Detectors;
use sightline_testkit::page;

use crate::reference::root;

/// Proves all detectors.
pub(crate) fn prove() -> Result<()> {
    let ours = Detectors::ours();
    let all = Detectors::only(ours).map_err(|d| anyhow::anyhow!("{d}"))?;
    all.check().map_err(|d| anyhow::anyhow!("{d}"))?;
    let mut wrong = Vec::new();
    for (file, _) in ours {
        let name = file.replace(".toml", ".md");
        let text = std::fs::read_to_string(root().join(&name)).with_context(|| format!("could not read `{name}`"))?;
        let id = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml");
        if page::run(&text, &all, id).as_ref() != Ok(&text) {
            wrong.push(format!("{name} does not pass with all detectors: run the tests"));
            continue;
        }
        let others: Vec<(&str, &str)> = ours.iter().filter(|(other, _)| other != file).copied().collect();
        let without = Detectors::only(&others).map_err(|d| anyhow::anyhow!("{d}"))?;
        if page::run(&text, &without, id).as_ref() == Ok(&text) {
            wrong.push(format!("{name} passes without its detector: it shows nothing"));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} detectors are not proved:\n{}", wrong.len(), wrong.join("\n"))
}
