//! `sightline backtest`: how good forecasts on this data would have been.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use sightline_facts::session::Session;
use sightline_facts::time::parse_instant;
use sightline_plan::series::{self, Groups};
use sightline_plan::{Answer, Asked, Model, Question, Series, Unknown, backtest, forecast};

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// How good would forecasts on this data have been?
#[derive(Debug, Args)]
#[command(
    after_help = "Every four weeks of the past it asks when the next 5, 20 and 50 items will be done and when each milestone will be empty, with nothing in sight that happened later, and compares the answers with what happened. Dates called 85 in 100 should hold 85 times in 100.\n\nWith --questions it answers the questions of a file instead: JSON lines with `dataset`, `as_of`, `items` (a number, or `milestone:NAME`) and, if you like, `open` with the keys that are meant.\n\nExamples:\n  sightline backtest\n  sightline backtest --series shop/issues\n  sightline backtest --blockers\n  sightline backtest --label\n  sightline backtest --questions questions.jsonl --out forecasts.jsonl"
)]
pub(crate) struct Backtest {
    /// One stream of work, such as `shop/issues`, instead of all
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Questions to answer, one JSON object a line
    #[arg(long, value_name = "FILE", conflicts_with = "series")]
    questions: Option<PathBuf>,
    /// Where the answers go (default: standard output)
    #[arg(long, value_name = "FILE", requires = "questions")]
    out: Option<PathBuf>,
    /// Look back on the warnings of `sightline blockers` instead of forecasts
    #[arg(long, conflicts_with_all = ["questions", "model", "series"])]
    blockers: bool,
    /// Ask about labels: when is nothing left of what is open with each?
    #[arg(long, conflicts_with_all = ["questions", "blockers"])]
    label: bool,
    /// How to forecast
    #[arg(long, value_enum, default_value_t = Way::Calibrated)]
    model: Way,
}

/// How to forecast.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Way {
    /// As `sightline forecast` does
    Calibrated,
    /// Weeks drawn from the last twelve, as most products do: the yardstick
    MonteCarlo,
}

impl From<Way> for Model {
    fn from(way: Way) -> Self {
        match way {
            Way::Calibrated => Self::Calibrated,
            Way::MonteCarlo => Self::MonteCarlo,
        }
    }
}

pub(crate) fn run(command: &Backtest, global: &Global) -> Result<Exit> {
    let session = Session::over(&place::existing(global)?)?;
    if command.blockers {
        let work = sightline_plan::Work::read(&session)?;
        let report = sightline_plan::blockers::lookback::lookback(&work);
        return super::named::print(&sightline_tell::answers::lookback(&report, output::width()), global);
    }
    match &command.questions {
        Some(file) => answer(&session, file, command, global),
        None => walk(&session, command, global),
    }
}

/// A question as it stands in the file, with what must be copied into its answer.
struct Line {
    dataset: String,
    as_of: String,
    items: serde_json::Value,
    question: Question,
}

fn parse(line: &str, place: &str) -> Result<Line> {
    let wrong = |what: &str| {
        UsageError(format!(
            "{what}\n  --> {place}\nhelp: write lines such as {{\"dataset\": \"shop/issues\", \"as_of\": \"2026-03-02\", \"items\": 20}}"
        ))
    };
    let value: serde_json::Value = serde_json::from_str(line).map_err(|e| wrong(&format!("this is not JSON: {e}")))?;
    let text = |key: &str| {
        value
            .get(key)
            .and_then(|v| v.as_str())
            .map(str::to_owned)
            .ok_or_else(|| wrong(&format!("the question has no `{key}`")))
    };
    let (dataset, as_of) = (text("dataset")?, text("as_of")?);
    let items = value.get("items").cloned().unwrap_or_default();
    let asked = match (items.as_u64(), items.as_str().and_then(|i| i.strip_prefix("milestone:"))) {
        (Some(n), _) => Asked::Next(usize::try_from(n).unwrap_or(usize::MAX)),
        (None, Some(name)) => Asked::Milestone(super::named::as_read(name)),
        (None, None) => return Err(wrong("`items` is neither a number nor `milestone:NAME`").into()),
    };
    let open = value.get("open").and_then(|v| v.as_array()).map(|keys| {
        keys.iter().map(|key| key.as_str().map_or_else(|| key.to_string(), str::to_owned)).collect::<Vec<_>>()
    });
    let instant = parse_instant(&as_of).ok_or_else(|| wrong(&format!("`as_of` is no day: `{as_of}`")))?;
    Ok(Line { dataset, as_of, items, question: Question { as_of: instant, asked, open } })
}

/// Answers the questions of a file, each stream's together, in the order of the file.
fn answer(session: &Session, file: &Path, command: &Backtest, global: &Global) -> Result<Exit> {
    let shown = file.display();
    let reader = BufReader::new(
        std::fs::File::open(file).map_err(|e| UsageError(format!("could not read `{shown}`: {}", e.kind())))?,
    );
    let mut lines = Vec::new();
    for (n, line) in reader.lines().enumerate() {
        let line = line.with_context(|| format!("could not read `{shown}`"))?;
        if !line.trim().is_empty() {
            lines.push(parse(&line, &format!("{shown}:{}", n + 1))?);
        }
    }
    let mut by_series: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        by_series.entry(&line.dataset).or_default().push(i);
    }
    let mut answers: Vec<Option<Answer>> = vec![None; lines.len()];
    let mut strangers = Vec::new();
    for (name, places) in by_series {
        let series = match series::read(session, name)? {
            None => series::read(session, &super::named::as_read(name))?,
            found => found,
        };
        let why = series.is_none().then_some(Unknown::NoStream);
        if why.is_some() {
            strangers.push(name);
        }
        let series = series.unwrap_or_else(|| Series { name: name.to_owned(), ..Series::default() });
        let questions: Vec<Question> = places.iter().map(|i| lines[*i].question.clone()).collect();
        for (i, answer) in places.into_iter().zip(forecast::forecasts(&series, &questions, command.model.into())) {
            answers[i] = Some(Answer { unknown: why.or(answer.unknown), ..answer });
        }
    }
    let mut text = String::new();
    let (mut n_known, mut n_unknown) = (0_u64, 0_u64);
    for (line, answer) in lines.iter().zip(answers.into_iter().flatten()) {
        let mut value = serde_json::json!({ "dataset": line.dataset, "as_of": line.as_of, "items": line.items });
        // Whoever compares forecasts wants a date for every question, so there is one even where nobody can know.
        if let Some(found) = answer.forecast {
            for (level, at) in [("p50", found.p50_at), ("p85", found.p85_at), ("p95", found.p95_at)] {
                value[level] = sightline_facts::time::instant_iso(at).into();
            }
        }
        if let Some(why) = &answer.unknown {
            n_unknown += 1;
            value["unknown"] = sightline_tell::answers::unknown(why).into();
        } else {
            n_known += 1;
        }
        // A question without a date is no line of the file, so that whoever scores it counts it as unanswered.
        if answer.forecast.is_some() || command.out.is_none() {
            put(&mut text, format_args!("{value}\n"));
        }
    }
    match &command.out {
        Some(path) => {
            std::fs::File::create(path)
                .and_then(|mut f| f.write_all(text.as_bytes()))
                .with_context(|| format!("could not write `{}`", path.display()))?;
        }
        None => output::data(&text)?,
    }
    if !global.quiet {
        output::say(&format!(
            "answered {}, {} cannot be known",
            output::counted(n_known, "question"),
            output::exact(n_unknown)
        ));
        if !strangers.is_empty() {
            let known = series::names(session)?;
            output::say(&format!(
                "there is no stream of work `{}`\nhelp: there are {}",
                sightline_tell::text::visible(&strangers.join("`, `")),
                known.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    Ok(Exit::Done)
}

/// Walks through the past of each stream and shows how the answers did.
fn walk(session: &Session, command: &Backtest, global: &Global) -> Result<Exit> {
    let only = command.series.as_deref();
    let names = series::names(session)?;
    if let Some(name) = only.filter(|name| !names.iter().any(|n| n == name)) {
        return Err(super::named::none_of("stream of work", name, &names, "`sightline backtest` shows them"));
    }
    let (mut scores, mut small) = (Vec::new(), Vec::new());
    for name in names.iter().filter(|name| only.is_none_or(|o| o == *name)) {
        let groups = if command.label { Groups::Labels } else { Groups::Milestones };
        let Some(series) = series::read_by(session, name, groups)? else { continue };
        let mut asked = backtest::questions(&series);
        let is_short = asked.is_empty();
        if command.label {
            asked.retain(|a| matches!(a.question.asked, Asked::Milestone(_)));
        }
        if is_short {
            small.push(name.as_str());
            continue;
        }
        let questions: Vec<Question> = asked.iter().map(|a| a.question.clone()).collect();
        scores.extend(backtest::score(name, &asked, &forecast::forecasts(&series, &questions, command.model.into())));
    }
    for score in scores.iter_mut().filter(|_| command.label) {
        "label".clone_into(&mut score.kind);
    }
    let mut rows = backtest::over_all(&scores);
    rows.extend(scores);
    if global.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|s| {
                serde_json::json!({
                    "series": s.series, "kind": s.kind, "n": s.n, "n_censored": s.n_censored, "n_unknown": s.n_unknown,
                    "coverage_p50": s.coverage[0], "coverage_p85": s.coverage[1], "coverage_p95": s.coverage[2],
                    "calibration_error": s.calibration_error, "log_loss": s.log_loss, "crps_days": s.crps_days,
                    "width_days": s.width_days,
                })
            })
            .collect();
        output::json(&serde_json::json!({ "scores": rows, "too_short": small }))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    if rows.is_empty() {
        text += "No stream of work is long enough to look back on: it takes 100 items, 30 of them done, and a year and a half.\n";
    } else {
        put(
            &mut text,
            format_args!(
                "{:40} {:>5} {:>6} {:>6} {:>6} {:>7} {:>8} {:>9}\n",
                "held by the date called", "n", "50 %", "85 %", "95 %", "off by", "log loss", "P95 − P50"
            ),
        );
        for s in &rows {
            let share = |c: f64| if c.is_nan() { "–".to_owned() } else { format!("{:.0} %", c * 100.0) };
            let [p50, p85, p95] = s.coverage.map(share);
            if s.n == 0 {
                let name = format!("{} {}", sightline_tell::text::visible(&s.series), s.kind);
                put(&mut text, format_args!("{name:40} {:>5}\n", 0));
                continue;
            }
            put(
                &mut text,
                format_args!(
                    "{:40} {:>5} {p50:>6} {p85:>6} {p95:>6} {:>7.3} {:>8.3} {:>6.0} d\n",
                    format!("{} {}", sightline_tell::text::visible(&s.series), s.kind),
                    s.n,
                    s.calibration_error,
                    s.log_loss,
                    s.width_days
                ),
            );
        }
    }
    let n_unknown: usize = rows.iter().filter(|s| s.series != "all").map(|s| s.n_unknown).sum();
    if n_unknown > 0 {
        let n_unknown = output::counted(n_unknown as u64, "question");
        put(
            &mut text,
            format_args!("\n{n_unknown} got no date, since nobody could know; these are not in the table.\n"),
        );
    }
    if !small.is_empty() {
        put(&mut text, format_args!("\nToo short to look back on: {}.\n", small.join(", ")));
    }
    output::data(&text)?;
    Ok(Exit::Done)
}
