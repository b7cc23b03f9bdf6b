//! `cargo xtask rule-costs`: what the queries of each detector take to compile, the dearest first. A scan compiles those
//! whose words it meets, and in a small repository that is most of its time.

use std::time::{Duration, Instant};

use anyhow::Result;
use sightline_read::detect::Detectors;

/// Detectors that are named; the rest is only summed up.
const SHOWN: usize = 40;

pub(crate) fn costs() -> Result<()> {
    let mut costs: Vec<(Duration, &str)> = Vec::new();
    for (file, text) in Detectors::ours() {
        let Ok(detectors) = Detectors::only(&[(file, text)]) else { continue };
        let start = Instant::now();
        if detectors.check().is_ok() {
            costs.push((start.elapsed(), file));
        }
    }
    costs.sort_by(|a, b| b.cmp(a));
    for (cost, file) in costs.iter().take(SHOWN) {
        println!("{:8.1} ms  {file}", cost.as_secs_f64() * 1e3);
    }
    let all: Duration = costs.iter().map(|(cost, _)| *cost).sum();
    println!("{:8.1} ms  all {}", all.as_secs_f64() * 1e3, costs.len());
    Ok(())
}
