//! `sightline forecast`: when will it land?

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_facts::time::{day_words, parse_instant};
use sightline_plan::series::{self, Groups};
use sightline_plan::{Asked, Question, Series, forecast, initiatives};
use sightline_tell::answers::{self, Foretold};

use super::named;
use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Name of the group of items that a query gives.
const QUERY: &str = "items of the query";
/// Items asked about where nobody says how many.
const NEXT: u32 = 20;

/// When will it land?
#[derive(Debug, Args)]
#[command(
    after_help = "A forecast is a range: an even chance by one day, 85% by another, 95% by a third. Without a name it shows the next 20 items and every open milestone of each stream of work: the issues and pull requests of a data set, or the projects of a tracker. Where the past says too little it says so. How often such dates held is shown beside them; `sightline backtest` measures it in full.\n\nExamples:\n  sightline forecast\n  sightline forecast --next 50 --series shop/issues\n  sightline forecast --milestone 2.0 --explain\n  sightline forecast --label security\n  sightline forecast --initiative \"Faster checkout\"\n  sightline forecast --query \"select issue from issues where title like '%login%'\"\n  sightline forecast --next 10 --at 2026-03-02     as it was known on that day"
)]
pub(crate) struct Forecast {
    /// When will so many more items be done?
    #[arg(long, value_name = "N", conflicts_with = "milestone", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    next: Option<u32>,
    /// When will nothing that is open in this milestone or version be left?
    #[arg(long, value_name = "NAME")]
    milestone: Option<String>,
    /// When will nothing that is open with this label be left?
    #[arg(long, value_name = "NAME", conflicts_with_all = ["next", "milestone"])]
    label: Option<String>,
    /// When will nothing that is open of these items be left? SQL whose first column gives ids or keys
    #[arg(long, value_name = "SQL", conflicts_with_all = ["next", "milestone", "label"])]
    query: Option<String>,
    /// When will nothing that is open of this initiative or project be left?
    #[arg(long, value_name = "NAME", conflicts_with_all = ["next", "milestone", "label", "query"])]
    initiative: Option<String>,
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
    let mut ids = command.query.as_deref().map(|sql| session.query(sql)).transpose()?.map(|b| super::first_column(&b));
    let initiative = command.initiative.as_deref().map(named::as_read);
    if let Some(name) = &initiative {
        let known = initiatives::names(&session)?;
        if !known.contains(name) {
            let list = "`sightline sql \"select kind, name from initiatives\"` shows them";
            return Err(named::none_of("initiative or project", name, &known, list));
        }
        ids = Some(initiatives::issues(&session, name)?);
    }
    let members = ids.as_ref().map(|_| initiative.as_deref().unwrap_or(QUERY));
    let group = match (&command.label, &command.query, &initiative) {
        (Some(_), ..) => "label",
        (_, Some(_), _) => "query",
        (.., Some(_)) => "initiative",
        _ => "milestone",
    };
    let mut found = Vec::new();
    let (mut milestones, mut ends) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|name| command.series.as_ref().is_none_or(|s| s == *name)) {
        let groups = if command.label.is_some() { Groups::Labels } else { Groups::Milestones };
        let Some(series) = series::read_by(&session, name, groups)? else { continue };
        let series = match &ids {
            None => series,
            Some(ids) => match series.with_group(members.unwrap_or(QUERY), &series::keys_of(ids, name)) {
                Some(series) => series,
                None => continue,
            },
        };
        ends.push(series.end_at);
        if at.is_some_and(|at| at > series.end_at) {
            continue;
        }
        milestones.extend(series.milestones.keys().cloned());
        let questions = questions(command, members, &series, at.unwrap_or(series.end_at));
        for (question, explanation) in questions.iter().zip(forecast::explain(&series, &questions)) {
            let (series, question, rows) = (series.name.clone(), question.clone(), series.rows.clone());
            found.push(Foretold { series, question, group, explanation, rows });
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
        if let Some(name) = &initiative {
            return Err(UsageError(format!(
                "no issue that was read belongs to a project of `{name}`\nhelp: scan the tracker that holds its issues; `issues.components` names the projects of each"
            ))
            .into());
        }
        if command.query.is_some() {
            return Err(UsageError(
                "no item that the query gives belongs to a stream of work\nhelp: let its first column be `issue` of `issues` or `pull` of `pulls`, or their `key`"
                    .to_owned(),
            )
            .into());
        }
        milestones.sort();
        milestones.dedup();
        let name = command.milestone.as_deref().or(command.label.as_deref()).unwrap_or_default();
        return Err(named::none_of(group, name, &milestones, "`sightline forecast` shows those with open items"));
    }
    named::print(&answers::forecast(&found, command.explain, output::width()), global)
}

/// What is asked of one stream; `members` names the group of the items that were asked for one by one.
fn questions(command: &Forecast, members: Option<&str>, series: &Series, as_of: i64) -> Vec<Question> {
    let ask = |asked| Question { as_of, asked, open: None };
    if let Some(name) = members {
        return vec![ask(Asked::Milestone(name.to_owned()))];
    }
    if let Some(name) = command.milestone.as_deref().or(command.label.as_deref()).map(named::as_read) {
        let known = series.milestones.contains_key(&name);
        return known.then(|| ask(Asked::Milestone(name))).into_iter().collect();
    }
    let next = ask(Asked::Next(command.next.unwrap_or(NEXT) as usize));
    let open = if command.next.is_some() { Vec::new() } else { forecast::open_milestones(series, as_of) };
    std::iter::once(next).chain(open.into_iter().map(|name| ask(Asked::Milestone(name)))).collect()
}
