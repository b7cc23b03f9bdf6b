//! Chores: `cargo xtask gen` writes the reference pages, `gen --check` says whether they are stale, `tidy` checks what
//! the house promises and no compiler sees, `prove-rules` takes each detector away and demands that its page fails.

mod prove;
mod reference;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a chore for developers")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["gen"] => reference::generate(false),
        ["gen", "--check"] => reference::generate(true),
        ["tidy"] => tidy::tidy(),
        ["prove-rules"] => prove::prove(),
        _ => bail!("usage: cargo xtask gen [--check] | tidy | prove-rules"),
    }
}
