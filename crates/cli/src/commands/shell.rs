//! Shell completions and the manual page, made from the same description as `--help`.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output;

/// Completions for your shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sightline completions bash > ~/.local/share/bash-completion/completions/sightline")]
pub(crate) struct Completions {
    /// Shell to write them for
    shell: Shell,
}

/// The manual page, as troff
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sightline man | man -l -")]
pub(crate) struct Man;

pub(crate) fn completions(command: &Completions) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "sightline", &mut text);
    output::data(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

pub(crate) fn man() -> Result<Exit> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    output::data(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
