//! When it will land, in words: ranges with their chances, never a single date, and why nothing can be said where
//! nothing can.

use serde_json::{Value, json};
use sightline_facts::session::Session;
use sightline_facts::time::{day_iso, instant_iso};
use sightline_plan::forecast::{DISTRIBUTION, Held, Lever, LeverKind, MilestoneBasis, OpenEnded, RateBasis, explain};
use sightline_plan::{Asked, Basis, Explanation, Forecast, PlanError, Question, Unknown, initiatives};

use super::{Answer, counted, paragraph, table};
use crate::text::{put, visible};
use crate::words::{date, decimal, percent};

/// A question about a stream of work with its answer.
#[derive(Debug, Clone)]
pub struct Foretold {
    /// Name of the stream.
    pub series: String,
    /// What was asked.
    pub question: Question,
    /// What a question about a group of items is about: `milestone`, `label`, `initiative` or `query`.
    pub group: &'static str,
    /// What can be said.
    pub explanation: Explanation,
    /// SQL of the items that it stands on.
    pub rows: String,
}

/// Words answers to questions about dates. With `is_explained` it says what each stands on, what would move it and how
/// earlier dates held.
pub fn forecast(found: &[Foretold], is_explained: bool, width: usize) -> Answer {
    let mut text = String::new();
    if let [one] = found {
        text.push_str(&single(one, is_explained, width));
    } else {
        put(&mut text, format_args!("Forecast  {}\nWhen will it land?\n\n", days(found)));
        text.push_str(&overview(found, width));
        for one in found.iter().filter(|_| is_explained) {
            put(&mut text, format_args!("\n\n{}\n", visible(&format!("{}: {}", one.series, what(one)))));
            text.push_str(&reasons(one, width));
        }
    }
    Answer { text, json: json!({ "forecasts": found.iter().map(to_json).collect::<Vec<_>>() }) }
}

/// Words when nothing that is open of an initiative or project will be left, in each stream of work that holds issues of
/// it, as of the end of its data; `None` where none does.
///
/// # Errors
/// An error of the store.
pub fn of_initiative(
    session: &Session,
    name: &str,
    is_explained: bool,
    width: usize,
) -> Result<Option<Answer>, PlanError> {
    let found: Vec<Foretold> = initiatives::streams(session, name)?
        .into_iter()
        .flat_map(|series| {
            let question = Question { as_of: series.end_at, asked: Asked::Milestone(name.to_owned()), open: None };
            let explained = explain(&series, std::slice::from_ref(&question));
            explained.into_iter().map(move |explanation| Foretold {
                series: series.name.clone(),
                question: question.clone(),
                group: "initiative",
                explanation,
                rows: series.rows.clone(),
            })
        })
        .collect();
    Ok((!found.is_empty()).then(|| forecast(&found, is_explained, width)))
}

/// Why nobody can know, after a colon.
pub fn unknown(why: &Unknown) -> String {
    match why {
        Unknown::NoStream => "there is no such stream of work".to_owned(),
        Unknown::NoItem => "it held no item on that day".to_owned(),
        Unknown::TooFewDone { n_done, least } => {
            let verb = if *n_done == 1 { "was" } else { "were" };
            format!("only {} {verb} ever done, and it takes {least}", counted(*n_done, "item"))
        }
        Unknown::TooYoung { days, least } => {
            let age = counted(usize::try_from(*days).unwrap_or(0), "day");
            format!("its first item is {age} old, and it takes {least}")
        }
        Unknown::Asleep { last_at } => {
            format!("nothing was done in the year before; the last item was done on {}", date(*last_at))
        }
        Unknown::NothingOpen => "nothing that is asked about is open on that day".to_owned(),
        Unknown::Untested { n_passed, least } => {
            let passed = counted(*n_passed, "date");
            format!(
                "what is left with a label is seldom ever all done, and only {passed} of labels called 85% {} passed here, where it takes {least}; ask about a milestone or the next items",
                if *n_passed == 1 { "has" } else { "have" }
            )
        }
        Unknown::BadRecord { n_passed, n_held } => format!(
            "of {} of labels called 85% that have passed here {n_held} held, so one more would mislead; ask about a milestone or the next items",
            counted(*n_passed, "date")
        ),
    }
}

/// `as of 20 Nov 2026`, or how many days there are.
fn days(found: &[Foretold]) -> String {
    let mut days: Vec<String> = found.iter().map(|f| date(f.question.as_of)).collect();
    days.dedup();
    match days.as_slice() {
        [one] => format!("as of {one}"),
        _ => "each as of the end of its data".to_owned(),
    }
}

/// What was asked about: `next 20 items`.
fn what(one: &Foretold) -> String {
    match &one.question.asked {
        Asked::Next(1) => "next item".to_owned(),
        Asked::Next(n) => format!("next {}", counted(*n, "item")),
        Asked::Milestone(_) if one.group == "query" => "items of the query".to_owned(),
        Asked::Milestone(name) => format!("{} {name}", one.group),
    }
}

/// The three dates. One that nobody can see is none.
fn dates(forecast: Forecast, is_open_ended: OpenEnded) -> [String; 3] {
    let [p50, p85, p95] = [forecast.p50_at, forecast.p85_at, forecast.p95_at].map(date);
    let [open50, open85, open95] = is_open_ended;
    [(p50, open50), (p85, open85), (p95, open95)]
        .map(|(day, is_open)| if is_open { "not in sight".to_owned() } else { day })
}

/// `Even chance by …, 85% chance by …, 95% chance by …`.
fn chances(forecast: Forecast, is_open_ended: OpenEnded) -> String {
    let by = |day: &str| if day.starts_with("not ") { format!("is {day}") } else { format!("by {day}") };
    let [p50, p85, p95] = dates(forecast, is_open_ended);
    format!(
        "Even chance (5 in 10) {}, 85% chance (more than 8 in 10) {}, 95% chance (19 in 20) {}.",
        by(&p50),
        by(&p85),
        by(&p95)
    )
}

fn single(one: &Foretold, is_explained: bool, width: usize) -> String {
    let mut text = format!("Forecast of {}  as of {}\n", visible(&one.series), date(one.question.as_of));
    let question = match &one.question.asked {
        Asked::Next(1) => "When will the next item be done?".to_owned(),
        Asked::Next(_) => format!("When will the {} be done?", what(one)),
        Asked::Milestone(_) if one.group == "query" => {
            "When will nothing that is open of the items of the query be left?".to_owned()
        }
        Asked::Milestone(name) if one.group == "label" => {
            format!("When will nothing that is open with label {} be left?", visible(name))
        }
        Asked::Milestone(name) if one.group == "initiative" => {
            format!("When will nothing that is open of initiative {} be left?", visible(name))
        }
        Asked::Milestone(name) => {
            format!("When will nothing that is open in milestone {} be left?", visible(name))
        }
    };
    put(&mut text, format_args!("{question}\n\n"));
    let Some(forecast) = one.explanation.answer.known() else {
        text.push_str(&paragraph(&cannot_know(one), width));
        return text;
    };
    text.push_str(&paragraph(&chances(forecast, one.explanation.answer.is_open_ended), width));
    if let Some(Basis::Milestone(basis)) = one.explanation.answer.basis {
        text.push_str(&paragraph(&state(&basis), width));
    }
    text.push_str(&paragraph(&record(&one.explanation.held), width));
    if is_explained {
        text.push('\n');
        text.push_str(&reasons(one, width));
    } else {
        text.push_str("\n`--explain` says what this stands on and what would move it.\n");
    }
    text
}

/// That nothing can be said, with the reason.
fn cannot_know(one: &Foretold) -> String {
    let why = one.explanation.answer.unknown.as_ref().map(unknown).unwrap_or_default();
    format!("□ We could not tell: {why}.")
}

/// Several answers as a table; those that cannot be known below it, with the reason.
fn overview(found: &[Foretold], width: usize) -> String {
    let mut rows = Vec::new();
    let mut silent = Vec::new();
    for one in found {
        let name = visible(&one.series);
        match one.explanation.answer.known() {
            Some(forecast) => {
                let [p50, p85, p95] = dates(forecast, one.explanation.answer.is_open_ended);
                rows.push(vec![name, visible(&what(one)), p50, p85, p95, held_of(&one.explanation.held, 1)]);
            }
            None => silent.push({
                let why = one.explanation.answer.unknown.as_ref().map(unknown).unwrap_or_default();
                format!("□ {name}, {}: we could not tell; {why}.", visible(&what(one)))
            }),
        }
    }
    let headings = [
        "Stream of work",
        "What",
        "Even chance by",
        "85% (over 8 in 10) by",
        "95% (19 in 20) by",
        "85% dates that held",
    ];
    let mut text = table(&headings, &rows, width);
    if !rows.is_empty() && !silent.is_empty() {
        text.push('\n');
    }
    for line in silent {
        text.push_str(&paragraph(&line, width));
    }
    text
}

/// `52 of 60`.
fn held_of(held: &Held, level: usize) -> String {
    match held.n_passed[level] {
        0 => "none passed yet".to_owned(),
        n => format!("{} of {n}", held.n_held[level]),
    }
}

/// How earlier dates held, in a sentence.
fn record(held: &Held) -> String {
    let Some(first) = held.first_at.filter(|_| held.n_passed[1] > 0) else {
        return "No earlier 85% date of this stream has passed yet, so how well they hold cannot be shown.".to_owned();
    };
    let about = match held.n_milestones {
        0 => String::new(),
        n => format!("{}, ", counted(n, "milestone")),
    };
    format!(
        "Earlier 85% dates of this stream ({about}since {}): {} held, which is {}.",
        date(first),
        held_of(held, 1),
        percent(held.ratio(1))
    )
}

/// How a milestone stands.
fn state(basis: &MilestoneBasis) -> String {
    let left = match basis.n_left_12_weeks {
        0 => "none was done or taken out in the last 12 weeks".to_owned(),
        n => format!(
            "{} done or taken out in the last 12 weeks",
            if n == 1 { "1 was".to_owned() } else { format!("{n} were") }
        ),
    };
    let verb = if basis.n_open == 1 { "is" } else { "are" };
    format!("{} {verb} open; {left}.", counted(basis.n_open, "item"))
}

fn reasons(one: &Foretold, width: usize) -> String {
    let explanation = &one.explanation;
    let mut text = String::new();
    if explanation.answer.known().is_none() {
        return paragraph(&cannot_know(one), width);
    }
    text.push_str("What it stands on\n");
    let sentences = match &explanation.answer.basis {
        Some(Basis::Rate(basis)) => rate(basis),
        Some(Basis::Milestone(basis)) => milestone(basis),
        None => Vec::new(),
    };
    for sentence in sentences {
        text.push_str(&paragraph(&sentence, width));
    }
    if !explanation.levers.is_empty() {
        text.push_str("\nWhat would move it\n");
        let rows: Vec<Vec<String>> = explanation.levers.iter().map(lever_row).collect();
        text.push_str(&table(&["If", "Even chance by", "85% by", "95% by"], &rows, width));
    }
    text.push_str("\nHow its earlier dates held\n");
    let held = &explanation.held;
    let rows: Vec<Vec<String>> = [(0, "50% (even chance)"), (1, "85% (more than 8 in 10)"), (2, "95% (19 in 20)")]
        .into_iter()
        .map(|(level, called)| {
            let share = if held.n_passed[level] == 0 { "–".to_owned() } else { percent(held.ratio(level)) };
            vec![called.to_owned(), held_of(held, level), share]
        })
        .collect();
    text.push_str(&table(&["Called", "Held", "Share"], &rows, width));
    let since = held.first_at.map(|at| format!(" since {}", date(at))).unwrap_or_default();
    text.push_str(&paragraph(
        &format!(
            "Asked every four weeks{since}, as known on each day; only dates that have passed are counted. Neighbours overlap, so they tell less than their number."
        ),
        width,
    ));
    put(&mut text, format_args!("\nRows: sightline sql \"{}\"\n", visible(&one.rows)));
    text
}

fn rate(basis: &RateBasis) -> Vec<String> {
    let rate = &basis.rate;
    let per_week = |items: f64| decimal(items, usize::from(items < 10.0));
    let mut found = vec![
        format!(
            "Rate: about {} items a week now, with a chance of 8 in 10 between {} and {}; {} in the long run.",
            per_week(rate.median),
            per_week(rate.low),
            per_week(rate.high),
            per_week(rate.long_run)
        ),
        format!("In the last 12 weeks {} done.", were(basis.n_done_12_weeks)),
        format!(
            "Spread: within a year the rate usually stays between {} and {} times what it is.",
            decimal(1.0 / rate.year_factor, 1),
            decimal(rate.year_factor, 1)
        ),
    ];
    let balance = format!("In the last 26 weeks {} opened and {} done.", were(basis.n_new), basis.n_done);
    let effect = match basis.flow_factor {
        f if f < 0.97 => {
            format!("Work piles up and is mostly worked off later, so days count {} times.", decimal(f, 2))
        }
        f if f > 1.03 => {
            format!("Less new work comes than usual, which slows a stream down, so days count {} times.", decimal(f, 2))
        }
        _ => "That is the usual balance.".to_owned(),
    };
    found.push(format!("{balance} {effect}"));
    found.push(format!(
        "The track record weighs as much as {}, the model itself as {}; before it P50, P85 and P95 were {}, {} and {} days.",
        counted(usize_of(basis.record_weight), "earlier forecast"),
        decimal(basis.model_weight, 0),
        decimal(basis.before_days[0], 0),
        decimal(basis.before_days[1], 0),
        decimal(basis.before_days[2], 0)
    ));
    found
}

fn milestone(basis: &MilestoneBasis) -> Vec<String> {
    let mut found = vec![
        state(basis),
        format!("Nothing came in, left or was done for {}.", crate::words::duration(basis.idle_days)),
    ];
    found.push(if basis.n_forecasts == 0 {
        "No earlier milestone of this stream says how long they take here, so the usual time is taken.".to_owned()
    } else {
        format!(
            "Milestones of this stream take {} times as long as usual, by {} about {}.",
            decimal(basis.factor, 2),
            counted(basis.n_forecasts, "earlier question"),
            counted(basis.n_milestones, "milestone")
        )
    });
    found.push("Items that are put into it later do not count.".to_owned());
    found
}

/// `1 item was`, `37 items were`.
fn were(n: usize) -> String {
    format!("{} {}", counted(n, "item"), if n == 1 { "was" } else { "were" })
}

fn usize_of(weight: f64) -> usize {
    decimal(weight, 0).replace(',', "").parse().unwrap_or(0)
}

fn lever_row(lever: &Lever) -> Vec<String> {
    let words = match lever.kind {
        LeverKind::Items(n) => format!("it were {}", counted(n, "item")),
        LeverKind::UsualInflow => "new and finished work kept their usual balance".to_owned(),
        LeverKind::MovedToday => "an item were done or taken out today".to_owned(),
    };
    let [p50, p85, p95] = dates(lever.forecast, lever.is_open_ended);
    vec![words, p50, p85, p95]
}

fn to_json(one: &Foretold) -> Value {
    let answer = &one.explanation.answer;
    let known = answer.known();
    let asked = match &one.question.asked {
        Asked::Next(n) => json!({ "next": n }),
        Asked::Milestone(name) => json!({ one.group: name }),
    };
    let at = |of: fn(&Forecast) -> i64| known.as_ref().map(|f| day_iso(of(f)));
    let distribution: serde_json::Map<String, Value> = DISTRIBUTION
        .iter()
        .zip(&answer.distribution)
        .filter(|_| known.is_some())
        .map(|(p, at)| (format!("p{p:02}"), day_iso(*at).into()))
        .collect();
    let levers: Vec<Value> = one
        .explanation
        .levers
        .iter()
        .filter(|_| known.is_some())
        .map(|lever| {
            let (kind, n) = match lever.kind {
                LeverKind::Items(n) => ("items", Some(n)),
                LeverKind::UsualInflow => ("usual-inflow", None),
                LeverKind::MovedToday => ("moved-today", None),
            };
            let Forecast { p50_at, p85_at, p95_at } = lever.forecast;
            json!({
                "if": kind,
                "n_items": n,
                "p50": day_iso(p50_at),
                "p85": day_iso(p85_at),
                "p95": day_iso(p95_at),
                "is_open_ended": levels_json(&lever.is_open_ended),
            })
        })
        .collect();
    let held = &one.explanation.held;
    json!({
        "series": one.series,
        "as_of": instant_iso(one.question.as_of),
        "asked": asked,
        "p50": at(|f| f.p50_at),
        "p85": at(|f| f.p85_at),
        "p95": at(|f| f.p95_at),
        "is_open_ended": known.map(|_| levels_json(&answer.is_open_ended)),
        "distribution": distribution,
        "unknown": answer.unknown.as_ref().map(unknown),
        "basis": basis_json(answer.basis.as_ref()),
        "levers": levers,
        "record": {
            "since": held.first_at.map(day_iso),
            "n_milestones": held.n_milestones,
            "n_passed": levels_json(&held.n_passed),
            "n_held": levels_json(&held.n_held),
        },
        "rows": one.rows,
    })
}

/// Something for each of the three dates.
fn levels_json<T: Copy + Into<Value>>(of: &[T; 3]) -> Value {
    json!({ "p50": of[0].into(), "p85": of[1].into(), "p95": of[2].into() })
}

fn basis_json(basis: Option<&Basis>) -> Value {
    match basis {
        None => Value::Null,
        Some(Basis::Rate(b)) => json!({
            "kind": "rate",
            "rate_per_week": b.rate.median,
            "rate_per_week_p10": b.rate.low,
            "rate_per_week_p90": b.rate.high,
            "long_run_rate_per_week": b.rate.long_run,
            "rate_wandering_per_week": b.rate.wandering,
            "week_noise_shape": b.rate.shape,
            "n_done_12_weeks": b.n_done_12_weeks,
            "n_new_26_weeks": b.n_new,
            "n_done_26_weeks": b.n_done,
            "flow_factor": b.flow_factor,
            "before_record_days": b.before_days,
            "record_weight": b.record_weight,
            "model_weight": b.model_weight,
        }),
        Some(Basis::Milestone(b)) => json!({
            "kind": "milestone",
            "n_open": b.n_open,
            "idle_days": b.idle_days,
            "n_left_12_weeks": b.n_left_12_weeks,
            "stream_factor": b.factor,
            "n_earlier_forecasts": b.n_forecasts,
            "n_earlier_milestones": b.n_milestones,
        }),
    }
}
