//! `cargo xtask rule-costs`: what the queries of each detector take to compile, the dearest first. A scan compiles those
//! whose words it meets, and in a small repository that is much of its time.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use sightline_read::detect::Detectors;

/// Detectors that are named; the rest is only summed up.
const SHOWN: usize = 40;

pub(crate) fn costs() -> Result<()> {
    let mut out = std::io::stdout().lock();
    let detectors = Detectors::only(Detectors::ours()).map_err(|d| anyhow::anyhow!("{d}"))?;
    let mut costs = detectors.costs();
    costs.sort_by_key(|(rule, _, first, around)| (std::cmp::Reverse(*first + *around), rule.id.clone()));
    let millis = |d: Duration| d.as_secs_f64() * 1e3;
    writeln!(out, "   first   around")?;
    for (rule, language, first, around) in costs.iter().take(SHOWN) {
        writeln!(out, "{:8.1} {:8.1} ms  {language} {}", millis(*first), millis(*around), rule.file)?;
    }
    let sum = |pick: fn(&(&_, String, Duration, Duration)) -> Duration| millis(costs.iter().map(pick).sum());
    writeln!(out, "{:8.1} {:8.1} ms  all {}", sum(|c| c.2), sum(|c| c.3), costs.len())?;
    Ok(())
}
