//! Chores: `cargo xtask gen` writes the reference pages, `gen --check` says whether they are stale, `tidy` checks what
//! the house promises and no compiler sees, `prove-rules` takes each detector away and demands that its page then fails,
//! `rule-costs` says which detectors take longest to compile.
//! The tests run the checks, so `cargo test` covers them.
//!
//! The command itself is an example, not a binary: `cargo run` at the root then means the product and nothing else.

mod costs;
mod prove;
mod reference;
mod tidy;

use anyhow::{Result, bail};

/// Runs one chore.
///
/// # Errors
/// What is stale or untidy, or how to call this.
pub fn run(words: &[&str]) -> Result<()> {
    match words {
        ["gen"] => reference::generate(false),
        ["gen", "--check"] => reference::generate(true),
        ["tidy"] => tidy::tidy(),
        ["prove-rules"] => prove::prove(),
        ["rule-costs"] => costs::costs(),
        _ => bail!("usage: cargo xtask gen [--check] | tidy | prove-rules | rule-costs"),
    }
}
