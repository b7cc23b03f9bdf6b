//! What can be typed. Each command's own page stands in `commands/`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;

const ABOUT: &str = "Sightline reads repositories and tells what they are: parts, packages, people, history, weak \
points. Every sentence cites lines you can open, every number is a query you can run.";

const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}

See:
  open       Read a repository and show what it is: the one command to start with
  overview   What is this system and how is it doing?
  stack      What is it built with, and why?
  outside    Which packages does it depend on?
  health     Where are the weak points?
  show       One file or module: size, symbols, imports, people, changes

Check:
  sql        Ask the tables yourself; without a query, a prompt with completion
  tables     All tables, or the columns of one, with units
  metrics    All metrics, or the values of one
  why        Definition, SQL and rows behind a metric or a sentence
  trust      How far can I believe this? What was read, what was not
  verify     Read every cited line again

Run:
  scan       Read sources into the workspace, or bring it up to date
  report     Write the report: one HTML file, Markdown or JSON
  init       Write a sightline.toml for several sources
  doctor     Look whether everything is in order here
  completions, man
             Shell completions, manual page

Options:
{options}

Exit codes: 0 done, 1 a check does not hold, 2 wrong usage, 3 input unusable, 4 incomplete under
--strict, 70 a fault of ours, 130 stopped.

Examples:
  sightline open .                       this repository
  sightline open https://host/shop.git   a repository elsewhere
  sightline sql \"select language, sum(code_lines) from languages group by 1 order by 2 desc\"
  sightline why bus-factor
{after-help}";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "sightline",
    version,
    about = ABOUT,
    help_template = HELP,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    infer_subcommands = false
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Folder of the workspace, made when it is not there
    #[arg(long, global = true, value_name = "DIR", env = "SIGHTLINE_WORKSPACE")]
    pub(crate) workspace: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress and no remarks
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// All commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a repository and show what it is
    Open(commands::open::Open),
    /// Read sources into the workspace, or bring it up to date
    Scan(commands::scan::Scan),
    /// What is this system and how is it doing?
    Overview(commands::section::Overview),
    /// What is it built with, and why?
    Stack(commands::section::Stack),
    /// Which packages does it depend on?
    Outside(commands::section::Outside),
    /// Where are the weak points?
    Health(commands::section::Health),
    /// How far can I believe this?
    Trust(commands::section::Trust),
    /// One file or module: size, symbols, imports, people, changes
    Show(commands::show::Show),
    /// Ask the tables yourself
    Sql(commands::sql::Sql),
    /// All tables, or the columns of one
    Tables(commands::tables::Tables),
    /// All metrics, or the values of one
    Metrics(commands::metrics::Metrics),
    /// Definition, SQL and rows behind a metric or a sentence
    Why(commands::why::Why),
    /// Write the report: one HTML file, Markdown or JSON
    Report(commands::report::Report),
    /// Read every cited line again
    Verify(commands::verify::Verify),
    /// Write a sightline.toml for several sources
    Init(commands::init::Init),
    /// Look whether everything is in order here
    Doctor(commands::doctor::Doctor),
    /// Shell completions
    Completions(commands::shell::Completions),
    /// Manual page
    Man(commands::shell::Man),
}
