//! What can be typed. Each command's own page stands in `commands/`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::exit::MEANINGS;

const ABOUT: &str = "Sightline reads repositories and tells what they are: parts, packages, people, history, weak \
points. Every sentence cites lines you can open; every number is a query you can run.";

const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}

See:
  open       Read a repository and show what it is: start here
  overview   What is this system and how is it doing?
  answers    What does it need and use, and what does it do without?
  documents  What do its README and documentation say, by topic?
  map        Which parts exist, and what does each one do?
  endpoints  What can be asked of it: endpoints and topics
  flow       What happens, step by step, when an endpoint is asked?
  data       Where does our data live, and who keeps it?
  impact     Who depends on a part, endpoint, table or topic?
  outside    Which companies and packages does it depend on?
  stack      What is it built with, and why?
  configuration  What can be set, and what is the default?
  changes    What was released when, and what came and went?
  health     Where are the weak points?
  search     Find anything by its name: parts, endpoints, tables, teams, files, words
  show       One component, file or part of the code: contents, people and changes

Check:
  why        What stands behind a number or a sentence: definition, query, rows
  verify     Read every cited line again and say what no longer holds
  drift      Do diagrams and catalogues still say what code and deployment show?
  trust      How far can I believe this? What was read and what was not
  sql        Ask the tables yourself; without a query, a prompt with completion
  tables     The tables, or the columns of one with their units
  metrics    The metrics, or the values of one

Run the program:
  program    How does work flow, and what may be stuck?
  dependencies  Who waits for whom, and which work belongs to which change?
  blockers   What is stuck, or about to be?
  forecast   When will it land? Ranges with their chances
  backtest   How good would forecasts on this data have been?

Run:
  scan       Read what changed, or several repositories into one workspace
  connect    What a live source would be asked, and which permissions its token needs
  serve      The same pages in your browser, with evidence, search and SQL
  report     Write the report again: one HTML file, Markdown, JSON or text
  export     For other tools: map, bill of materials, findings, endpoints, flows
  mcp        Serve the tables and answers to an assistant
  init       List several repositories in a sightline.toml
  doctor     Check that Sightline and its workspace are in order
  completions, man, help
             Completions for your shell, the manual page, help for a command

Options:
{options}

Facts are kept in a workspace: the folder of the nearest sightline.toml, else a folder for each
repository under your data folder, never inside the repository. Later commands use the workspace of
the repository you stand in, or else the one used last.

{exit-codes}

Examples:
  sightline open .                       this repository
  sightline open https://host/shop.git   a repository elsewhere
  sightline map                          the parts of the running system
  sightline flow \"POST /orders\"         what happens when that is asked
  sightline health                       its weak points
  sightline why bus-factor               what that number means and where it comes from
  sightline sql \"select language, sum(code_lines) from languages group by 1 order by 2 desc\"
{after-help}";

/// The page of `sightline --help`, with what cannot be written down twice.
fn template() -> String {
    let codes: Vec<String> = MEANINGS.iter().map(|(exit, meaning)| format!("{} {meaning}", *exit as u8)).collect();
    let codes = sightline_tell::text::wrap(&format!("Exit codes: {}.", codes.join(", ")), 100);
    HELP.replace("{exit-codes}", &codes.join("\n"))
}

/// Heading of the options that every command has, so that its own stand first.
const EVERYWHERE: &str = "Options of every command";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "sightline",
    version,
    about = ABOUT,
    help_template = template(),
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
    /// Folder that holds the facts, made when it is not there
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SIGHTLINE_WORKSPACE",
        hide_env_values = true,
        help_heading = EVERYWHERE
    )]
    pub(crate) workspace: Option<PathBuf>,
    /// Answer in JSON, for programs
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// No progress and no remarks, the answer alone
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) quiet: bool,
}

/// All commands. What each says of itself stands with its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Open(commands::open::Open),
    Scan(commands::scan::Scan),
    Connect(commands::connect::Connect),
    Overview(commands::section::Overview),
    Answers(commands::section::Answers),
    Documents(commands::section::Documents),
    Map(commands::map::Map),
    Endpoints(commands::endpoints::Endpoints),
    Flow(commands::flow::Flow),
    Data(commands::data::Data),
    Impact(commands::impact::Impact),
    Drift(commands::drift::Drift),
    Stack(commands::section::Stack),
    Outside(commands::section::Outside),
    Configuration(commands::section::Configuration),
    Changes(commands::section::Changes),
    Health(commands::section::Health),
    Program(commands::section::Program),
    Dependencies(commands::section::Dependencies),
    Trust(commands::section::Trust),
    Search(commands::search::Search),
    Show(commands::show::Show),
    Sql(commands::sql::Sql),
    Tables(commands::tables::Tables),
    Metrics(commands::metrics::Metrics),
    Why(commands::why::Why),
    Blockers(commands::blockers::Blockers),
    Forecast(commands::forecast::Forecast),
    Backtest(commands::backtest::Backtest),
    Report(commands::report::Report),
    Serve(commands::serve::Serve),
    Export(commands::export::Export),
    Mcp(commands::mcp::Mcp),
    Verify(commands::verify::Verify),
    Init(commands::init::Init),
    Doctor(commands::doctor::Doctor),
    Completions(commands::shell::Completions),
    Man(commands::shell::Man),
}
