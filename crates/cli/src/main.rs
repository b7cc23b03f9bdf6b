//! `sightline`: the command line. It parses, asks and prints; whatever it says is computed in the rooms below.

mod args;
mod commands;
mod exit;
mod output;
mod place;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Exit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    exit::explain_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            error.print().ok();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match commands::run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let exit = Exit::of(&error);
            // A reader that closed the pipe has seen what it wanted.
            if !exit::is_broken_pipe(&error) {
                output::error(&error, cli.global.json);
            }
            exit.into()
        }
    }
}
