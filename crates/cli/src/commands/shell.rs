//! Shell completions and the manual page, made from the same description as `--help`.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::{Exit, MEANINGS};
use crate::output::{self, put};

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

/// One page for all commands: what clap knows of the whole, then each command with its own words and examples.
pub(crate) fn man() -> Result<Exit> {
    let mut cli = Cli::command();
    cli.build();
    let page = clap_mangen::Man::new(cli.clone());
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    let mut text = String::from_utf8(text)?;
    text += ".SH COMMANDS\n";
    for command in cli.get_subcommands_mut().filter(|c| c.get_name() != "help") {
        put(&mut text, format_args!(".SS sightline {}\n.nf\n", command.get_name()));
        for line in command.render_help().to_string().lines() {
            put(&mut text, format_args!("{}\n", troff(line)));
        }
        text += ".fi\n";
    }
    text += ".SH EXIT STATUS\n";
    for (exit, meaning) in MEANINGS {
        put(&mut text, format_args!(".TP\n{}\n{}\n", exit as u8, troff(meaning)));
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

/// A line as troff shows it unchanged: no escape, no request at its start, hyphens that can be copied.
fn troff(line: &str) -> String {
    let line = line.trim_end().replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}
