//! What is stuck or about to be, in words: what is wrong, since when, what hangs on it, and how often such warnings of
//! the same stream came true.

use serde_json::{Value, json};
use sightline_facts::session::Session;
use sightline_facts::tables::blockers::{BlockerRow, BlockersView};
use sightline_facts::time::{day_iso, instant_iso};
use sightline_plan::blockers::ASLEEP;
use sightline_plan::blockers::lookback::{Lookback, Quality, Report};

use super::{Answer, counted, paragraph, table};
use crate::TellError;
use crate::text::{put, shorten_end, visible, wrap};
use crate::words::{date, decimal, duration, exact};

/// Items that are shown unless all are asked for.
const SHOWN: usize = 20;

/// Words the warnings of table `blockers`: of all streams or of one, the most important first. One item is one line.
///
/// # Errors
/// An error of the store.
pub fn blockers(session: &Session, stream: Option<&str>, all: bool, width: usize) -> Result<Answer, TellError> {
    let place = |source| TellError::Query { place: "blockers".to_owned(), source };
    let batches = session.query("select * from blockers order by position").map_err(place)?;
    let views: Vec<BlockersView> = batches.iter().filter_map(BlockersView::of).collect();
    let rows = views.iter().flat_map(BlockersView::rows).filter(|r| stream.is_none_or(|s| s == r.stream));
    let (asleep, rows): (Vec<BlockerRow<'_>>, Vec<_>) = rows.partition(|r| r.kind == ASLEEP);
    let json = json!({
        "blockers": rows.iter().map(row_json).collect::<Vec<_>>(),
        "asleep": asleep.iter().map(asleep_json).collect::<Vec<_>>(),
    });
    let asleep = sleeping(&asleep);
    let about = stream.map(|s| format!(" of {}", visible(s))).unwrap_or_default();
    let mut text = String::new();
    let Some(as_of) = rows.iter().map(|r| r.as_of).max() else {
        let why = asleep.unwrap_or_else(|| {
            "Warnings need a tracker's export in which 30 items have ended, and work in flight.".to_owned()
        });
        text.push_str(&paragraph(&format!("No open work{about} is warned of. {why}"), width));
        return Ok(Answer { text, json });
    };
    // Rows of one subject stand together, at the place of the first.
    let mut subjects: Vec<Vec<&BlockerRow<'_>>> = Vec::new();
    for row in &rows {
        let same = |other: &&BlockerRow<'_>| (other.stream, other.subject) == (row.stream, row.subject);
        match subjects.iter_mut().find(|s| s.first().is_some_and(same)) {
            Some(found) => found.push(row),
            None => subjects.push(vec![row]),
        }
    }
    put(&mut text, format_args!("Blockers{about}  as of {}\nWhat is stuck, or about to be?\n\n", date(as_of)));
    let moving = subjects.iter().filter(|s| s.iter().any(|r| r.n_waiting > 0 || r.milestone.is_some())).count();
    text.push_str(&paragraph(
        &format!(
            "{} {} warned of; {} of these hold up others or a milestone.",
            counted(subjects.len(), "thing"),
            if subjects.len() == 1 { "is" } else { "are" },
            exact(i64::try_from(moving).unwrap_or(i64::MAX)),
        ),
        width,
    ));
    if let Some(asleep) = asleep {
        text.push_str(&paragraph(&asleep, width));
    }
    text.push('\n');
    let shown = if all { subjects.len() } else { SHOWN };
    for rows in subjects.iter().take(shown) {
        let first = rows[0];
        let title = first.title.map(|t| format!("  {}", shorten_end(&visible(t), 60))).unwrap_or_default();
        put(&mut text, format_args!("{}{title}\n", visible(first.key)));
        let kinds: Vec<String> = rows.iter().map(|r| what(r)).collect();
        let about = [Some(format!("{}.", kinds.join("; "))), waits(first), Some(sure(rows))];
        let about = about.into_iter().flatten().collect::<Vec<_>>().join(" ");
        for line in wrap(&about, width.saturating_sub(2).max(20)) {
            put(&mut text, format_args!("  {line}\n"));
        }
    }
    if subjects.len() > shown {
        put(
            &mut text,
            format_args!("\n{} more: `sightline blockers --all`.\n", counted(subjects.len() - shown, "thing")),
        );
    }
    text.push('\n');
    text.push_str(&paragraph(
        "A warning came true where the item was not done within the time in which three of four items of its stream are done from start to end. `sightline backtest --blockers` compares that with the plain rule of age.",
        width,
    ));
    Ok(Answer { text, json })
}

/// Streams that sleep are named up to here.
const NAMED: usize = 5;

/// How many streams sleep; `None` where none does.
fn sleeping(asleep: &[BlockerRow<'_>]) -> Option<String> {
    let mut names: Vec<String> = asleep.iter().take(NAMED).map(|r| visible(r.stream)).collect();
    if asleep.len() > NAMED {
        names.push(format!("{} more", exact(i64::try_from(asleep.len() - NAMED).unwrap_or(i64::MAX))));
    }
    let (verb, which) = if asleep.len() == 1 { ("sleeps", "it") } else { ("sleep", "them") };
    (!asleep.is_empty()).then(|| {
        format!(
            "{} {verb}, with nothing finished for a year, so nothing of {which} is warned of: {}.",
            counted(asleep.len(), "stream"),
            names.join(", ")
        )
    })
}

fn asleep_json(row: &BlockerRow<'_>) -> Value {
    json!({
        "stream": row.stream,
        "last_done": day_iso(row.since_at),
        "n_open": row.n_waiting,
        "as_of": instant_iso(row.as_of),
        "evidence": { "repo": row.repo, "path": row.path, "line_start": row.line_start, "line_end": row.line_end },
    })
}

/// What is wrong, in words.
fn what(row: &BlockerRow<'_>) -> String {
    let other = row.waits_for.map(visible).unwrap_or_default();
    let times = decimal(row.value, 0);
    match row.kind {
        "idle-dependency" => format!("waits for {other}, where nothing happened for {}", duration(row.value)),
        "slipping-dependency" => {
            format!("waits for {other}, open for {}; 85% ended within {}", duration(row.value), duration(row.usual))
        }
        "unowned-blocker" => format!(
            "{times} open {} for it and it is with nobody",
            if times == "1" { "item waits" } else { "items wait" }
        ),
        "scope-growth" => format!("{times} items came in and {} left in 12 weeks", decimal(row.usual, 0)),
        "broken-main" => format!("its builds have failed for {}", duration(row.value)),
        "silent-assignee" => {
            format!(
                "{} did nothing for {}",
                row.assignees.map_or("who has it".to_owned(), visible),
                duration(row.value)
            )
        }
        "ping-pong" => format!("went back to its author {times} times"),
        "unanswered" => format!("no answer for {}", duration(row.value)),
        "no-progress" => format!("nothing happened for {}", duration(row.value)),
        "ageing" => format!("open for {}; 85% ended within {}", duration(row.value), duration(row.usual)),
        _ => "its state is that of items that stay".to_owned(),
    }
}

/// Who waits for it.
fn waits(row: &BlockerRow<'_>) -> Option<String> {
    let items = (row.n_waiting > 0 && row.subject_kind != "milestone")
        .then(|| counted(usize::try_from(row.n_waiting).unwrap_or(0), "item"));
    let milestone =
        row.milestone.filter(|_| row.subject_kind != "milestone").map(|m| format!("milestone {}", visible(m)));
    let who: Vec<String> = [items, milestone].into_iter().flatten().collect();
    (!who.is_empty()).then(|| format!("Held up: {}.", who.join(", ")))
}

/// `Such warnings came true: 31 of 40 (no progress).`
fn sure(rows: &[&BlockerRow<'_>]) -> String {
    let known: Vec<String> = rows
        .iter()
        .filter(|r| r.n_earlier > 0)
        .map(|r| format!("{} of {} ({})", exact(r.n_came_true), exact(r.n_earlier), r.kind))
        .collect();
    match known.as_slice() {
        [] => "No such warning came before.".to_owned(),
        known => format!("Earlier ones that came true: {}.", known.join(", ")),
    }
}

fn row_json(row: &BlockerRow<'_>) -> Value {
    json!({
        "position": row.position,
        "stream": row.stream,
        "subject": row.subject,
        "subject_kind": row.subject_kind,
        "key": row.key,
        "title": row.title,
        "kind": row.kind,
        "says": what(row),
        "since": day_iso(row.since_at),
        "value": row.value,
        "usual": row.usual,
        "chance": row.chance,
        "within_days": row.within_days,
        "n_earlier": row.n_earlier,
        "n_came_true": row.n_came_true,
        "waits_for": row.waits_for,
        "n_waiting": row.n_waiting,
        "milestone": row.milestone,
        "assignees": row.assignees,
        "as_of": instant_iso(row.as_of),
        "evidence": { "repo": row.repo, "path": row.path, "line_start": row.line_start, "line_end": row.line_end },
    })
}

/// How good the warnings would have been, beside the plain rule of age.
pub fn lookback(report: &Report, width: usize) -> Answer {
    let mut text = String::new();
    if report.rows.is_empty() {
        text += "No stream of work is long enough to look back on: it takes 30 items that ended, and work in flight of which some was stuck and some was not.\n";
    } else {
        put(&mut text, format_args!("Warnings, looked back on\nWould they have been right?\n\n"));
        let cell = |v: f64| if v.is_nan() { "–".to_owned() } else { format!("{v:.3}") };
        let ahead = |q: &Quality| if q.days_ahead.is_nan() { "–".to_owned() } else { decimal(q.days_ahead, 0) };
        let rows: Vec<Vec<String>> = report
            .rows
            .iter()
            .map(|r| {
                vec![
                    visible(&r.series),
                    exact(i64::try_from(r.n).unwrap_or(i64::MAX)),
                    cell(r.base),
                    cell(r.plain.recall),
                    cell(r.plain.precision),
                    cell(r.equal_recall.precision),
                    cell(r.plain.item_recall),
                    cell(r.plain.item_precision),
                    cell(r.equal_item_recall.item_precision),
                    ahead(&r.plain),
                    ahead(&r.equal_recall),
                    cell(r.warned.precision),
                    cell(r.warned.recall),
                ]
            })
            .collect();
        let headings = [
            "Stream",
            "n",
            "stuck",
            "recall",
            "rule",
            "ours",
            "recall/item",
            "rule/item",
            "ours/item",
            "ahead rule",
            "ahead ours",
            "warned",
            "found",
        ];
        text.push_str(&table(&headings, &rows, width.max(170)));
        text.push('\n');
        let notes = [
            "n: open items in flight, one per item and four weeks. stuck: share of them not done within the time in which three of four items of the stream are done from start to end.",
            "rule: precision of \"older than the 85th percentile\"; recall: the share of what was stuck that it finds. ours: precision of as many of the likeliest ones as it takes to find as much. /item: each item counts once.",
            "ahead: median days from the first warning until the item was older than 95 of 100, at that recall. warned, found: precision and recall of what `sightline blockers` warns of.",
            if report.is_left_out {
                "Each stream is scored by weights learned from the others."
            } else {
                "Scored by the weights that Sightline brings, since there are no other streams to learn from."
            },
        ];
        for note in notes {
            text.push_str(&paragraph(note, width));
        }
    }
    if !report.too_short.is_empty() {
        let names: Vec<String> = report.too_short.iter().map(|n| visible(n)).collect();
        text.push_str(&paragraph(&format!("Too little to look back on: {}.", names.join(", ")), width));
    }
    let quality = |q: &Quality| {
        json!({
            "n_warned": q.n_warned, "precision": number(q.precision), "recall": number(q.recall),
            "item_precision": number(q.item_precision), "item_recall": number(q.item_recall),
            "days_ahead": number(q.days_ahead), "late_recall": number(q.late_recall),
        })
    };
    let row = |r: &Lookback| {
        json!({
            "series": r.series, "n": r.n, "n_items": r.n_items, "base": number(r.base), "item_base": number(r.item_base),
            "plain": quality(&r.plain), "equal_recall": quality(&r.equal_recall),
            "equal_item_recall": quality(&r.equal_item_recall), "warned": quality(&r.warned),
        })
    };
    let learned = report
        .learned
        .as_ref()
        .map(|w| json!({ "features": sightline_plan::blockers::FEATURES, "weights": w.of, "intercept": w.intercept }));
    let json = json!({
        "scores": report.rows.iter().map(row).collect::<Vec<_>>(),
        "too_short": report.too_short,
        "is_left_out": report.is_left_out,
        "learned": learned,
    });
    Answer { text, json }
}

/// No number is none in JSON.
fn number(value: f64) -> Value {
    if value.is_finite() { value.into() } else { Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_words_of_its_own() {
        let said: Vec<String> = sightline_plan::blockers::Kind::ALL
            .iter()
            .map(|kind| {
                what(&BlockerRow {
                    repo: "shop",
                    stream: "shop/issues",
                    position: 1,
                    subject: "issue:shop#1",
                    subject_kind: "issue",
                    key: "#1",
                    title: None,
                    kind: kind.id(),
                    since_at: 0,
                    value: 40.0,
                    usual: 10.0,
                    chance: Some(0.9),
                    within_days: 20.0,
                    n_earlier: 0,
                    n_came_true: 0,
                    waits_for: Some("#2"),
                    n_waiting: 1,
                    milestone: None,
                    assignees: Some("ann"),
                    as_of: 0,
                    path: "shop.jsonl",
                    line_start: 1,
                    line_end: 1,
                    _row: std::marker::PhantomData,
                })
            })
            .collect();
        let different: std::collections::BTreeSet<&String> = said.iter().collect();
        assert_eq!(different.len(), said.len(), "{said:?}");
        assert!(said.iter().all(|s| !s.is_empty()));
    }
}
