//! The forecasts of table `forecasts` in words, for ways in that ask no question of their own.

use serde_json::{Value, json};
use sightline_facts::session::Session;
use sightline_facts::tables::forecasts::{ForecastRow, ForecastsView};
use sightline_facts::time::{day_iso, instant_iso};

use super::{Answer, counted, paragraph, table};
use crate::TellError;
use crate::text::{put, visible};
use crate::words::{date, exact, percent};

/// Words the forecasts of all streams, of one stream or of one milestone, as of the end of their data.
///
/// # Errors
/// An error of the store.
pub fn foretold(
    session: &Session,
    stream: Option<&str>,
    milestone: Option<&str>,
    width: usize,
) -> Result<Answer, TellError> {
    let place = |source| TellError::Query { place: "forecasts".to_owned(), source };
    let sql = "select * from forecasts order by stream, asked desc, n_items, milestone";
    let batches = session.query(sql).map_err(place)?;
    let views: Vec<ForecastsView> = batches.iter().filter_map(ForecastsView::of).collect();
    let rows: Vec<ForecastRow<'_>> = views
        .iter()
        .flat_map(ForecastsView::rows)
        .filter(|r| stream.is_none_or(|s| s == r.stream) && milestone.is_none_or(|m| r.milestone == Some(m)))
        .collect();
    let json = json!({ "forecasts": rows.iter().map(row_json).collect::<Vec<_>>() });
    let mut text = String::new();
    if rows.is_empty() {
        text.push_str(&paragraph(
            "Nothing to forecast: no export of a tracker was read, or none with that stream of work or milestone. Milestones are forecast while five of their items are open.",
            width,
        ));
        return Ok(Answer { text, json });
    }
    put(&mut text, format_args!("Forecasts, each as of the end of its data\nWhen will it land?\n\n"));
    let (known, unknown): (Vec<&ForecastRow<'_>>, Vec<&ForecastRow<'_>>) =
        rows.iter().partition(|r| r.unknown.is_none());
    let cells: Vec<Vec<String>> = known
        .iter()
        .map(|r| {
            let day = |at: Option<i64>| at.map_or_else(|| "not in sight".to_owned(), date);
            let held = match r.n_passed_p85 {
                0 => "none passed yet".to_owned(),
                n => format!("{} of {}", exact(r.n_held_p85), exact(n)),
            };
            let due = r.due_ratio.zip(r.due_at).map(|(ratio, at)| format!("about {} by {}", percent(ratio), date(at)));
            vec![visible(r.stream), what(r), day(r.p50_at), day(r.p85_at), day(r.p95_at), held, due.unwrap_or_default()]
        })
        .collect();
    let headings = [
        "Stream of work",
        "What",
        "Even chance by",
        "85% (over 8 in 10) by",
        "95% (19 in 20) by",
        "85% dates that held",
        "Due date",
    ];
    text.push_str(&table(&headings, &cells, width));
    for row in unknown {
        let line = format!("□ {}, {}: we could not tell; {}.", visible(row.stream), what(row), why(row));
        text.push_str(&paragraph(&line, width));
    }
    Ok(Answer { text, json })
}

fn what(row: &ForecastRow<'_>) -> String {
    let items = counted(usize::try_from(row.n_items).unwrap_or(0), "item");
    match row.milestone {
        Some(name) => format!("milestone {}, {items} open", visible(name)),
        None => format!("next {items}"),
    }
}

fn why(row: &ForecastRow<'_>) -> &'static str {
    match row.unknown {
        Some("too-few-done") => "too few items were ever done",
        Some("too-young") => "its first item is too young",
        Some("asleep") => "nothing was done in the year before",
        Some("nothing-open") => "nothing that is asked about is open",
        _ => "it held no item",
    }
}

fn row_json(row: &ForecastRow<'_>) -> Value {
    let day = |at: Option<i64>| at.map(day_iso);
    json!({
        "stream": row.stream,
        "asked": row.asked,
        "n_items": row.n_items,
        "milestone": row.milestone,
        "as_of": instant_iso(row.as_of),
        "p50": day(row.p50_at),
        "p85": day(row.p85_at),
        "p95": day(row.p95_at),
        "unknown": row.unknown,
        "due": day(row.due_at),
        "due_ratio": row.due_ratio,
        "record": {
            "since": day(row.record_from_at),
            "n_passed": { "p50": row.n_passed_p50, "p85": row.n_passed_p85, "p95": row.n_passed_p95 },
            "n_held": { "p50": row.n_held_p50, "p85": row.n_held_p85, "p95": row.n_held_p95 },
        },
    })
}
