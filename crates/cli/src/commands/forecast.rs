//! `sightline forecast`: when will it land?

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_facts::time::{day_words, parse_instant};
use sightline_plan::{Asked, Question, Series, forecast, series};
use sightline_tell::answers::{self, Foretold};

use super::named;
use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Items asked about where nobody says how many.
const NEXT: u32 = 20;

/// When will it land?
#[derive(Debug, Args)]
#[command(
    after_help = "A forecast is a range: an even chance by one day, 85% by another, 95% by a third. Without a name it shows the next 20 items and every open milestone of each stream of work: the issues and pull requests of a data set, or the projects of a tracker. Where the past says too little it says so. How often such dates held is shown beside them; `sightline backtest` measures it in full.\n\nExamples:\n  sightline forecast\n  sightline forecast --next 50 --series shop/issues\n  sightline forecast --milestone 2.0 --explain\n  sightline forecast --next 10 --at 2026-03-02     as it was known on that day"
)]
pub(crate) struct Forecast {
    /// When will so many more items be done?
    #[arg(long, value_name = "N", conflicts_with = "milestone", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    next: Option<u32>,
    /// When will nothing that is open in this milestone or version be left?
    #[arg(long, value_name = "NAME")]
    milestone: Option<String>,
    /// One stream of work, such as `shop/issues`, instead of all
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Ask as of an earlier day, with nothing in sight that happened later
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// Say what it stands on, what would move it, and how earlier dates held
    #[arg(long)]
    explain: bool,
}

pub(crate) fn run(command: &Forecast, global: &Global) -> Result<Exit> {
    let session = Session::over(&place::existing(global)?)?;
    let names = series::names(&session)?;
    if names.is_empty() {
        return Err(UsageError(
            "no stream of work was read, so there is nothing to forecast\nhelp: `sightline scan FILE.jsonl` reads the export of a tracker"
                .to_owned(),
        )
        .into());
    }
    if let Some(name) = command.series.as_ref().filter(|name| !names.contains(name)) {
        return Err(named::none_of("stream of work", name, &names, "`sightline forecast` shows them"));
    }
    let at = command.at.as_deref().map(|day| {
        parse_instant(day)
            .ok_or_else(|| UsageError(format!("`{day}` is no day\nhelp: write it as year, month and day: 2026-03-02")))
    });
    let at = at.transpose()?;
    let mut found = Vec::new();
    let (mut milestones, mut ends) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|name| command.series.as_ref().is_none_or(|s| s == *name)) {
        let Some(series) = series::read(&session, name)? else { continue };
        ends.push(series.end_at);
        if at.is_some_and(|at| at > series.end_at) {
            continue;
        }
        milestones.extend(series.milestones.keys().cloned());
        let questions = questions(command, &series, at.unwrap_or(series.end_at));
        for (question, explanation) in questions.iter().zip(forecast::explain(&series, &questions)) {
            let (series, question, rows) = (series.name.clone(), question.clone(), series.rows.clone());
            found.push(Foretold { series, question, explanation, rows });
        }
    }
    if found.is_empty() {
        if let (Some(at), Some(end)) = (at, ends.iter().max().filter(|end| at.is_some_and(|at| at > **end))) {
            return Err(UsageError(format!(
                "{} lies after the end of the data, {}\nhelp: scan a newer export, or leave `--at` out",
                day_words(at),
                day_words(*end)
            ))
            .into());
        }
        milestones.sort();
        milestones.dedup();
        let name = command.milestone.as_deref().unwrap_or_default();
        return Err(named::none_of("milestone", name, &milestones, "`sightline forecast` shows those with open items"));
    }
    named::print(&answers::forecast(&found, command.explain, output::width()), global)
}

/// What is asked of one stream.
fn questions(command: &Forecast, series: &Series, as_of: i64) -> Vec<Question> {
    let ask = |asked| Question { as_of, asked, open: None };
    if let Some(name) = command.milestone.as_deref().map(named::as_read) {
        let known = series.milestones.contains_key(&name);
        return known.then(|| ask(Asked::Milestone(name))).into_iter().collect();
    }
    let next = ask(Asked::Next(command.next.unwrap_or(NEXT) as usize));
    let open = if command.next.is_some() { Vec::new() } else { forecast::open_milestones(series, as_of) };
    std::iter::once(next).chain(open.into_iter().map(|name| ask(Asked::Milestone(name)))).collect()
}
