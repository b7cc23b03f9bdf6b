//! Answers to questions about the map and the program: sentences and tables made from what `map` and `plan` found.
//!
//! Here is wording only; which parts are reached, in which order and how many, is known before. The sentence that
//! answers comes first, the table after it, and what could not be followed is said as plainly as what could.

mod blockers;
mod drift;
mod flow;
mod forecast;
mod foretold;
mod impact;
mod lists;
pub mod names;
mod parts;

use names::none_of;
use serde_json::{Value, json};
use sightline_map::{Spot, Subject, SystemMap};

use crate::document::Basis;
use crate::render::grid;
use crate::text::{visible, wrap};
use crate::words;

pub use blockers::{blockers, lookback};
pub use drift::drift;
pub use flow::flow;
pub use forecast::{Foretold, forecast, of_initiative, unknown};
pub use foretold::foretold;
pub use impact::impact;
pub use lists::{component, endpoints, entity};
pub use names::NameError;
pub use parts::{component_sentence, parts};

/// An answer for people and for programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Lines of text.
    pub text: String,
    /// The same as JSON. Keys are added, never renamed.
    pub json: Value,
}

/// The name of a component, fit to be shown.
fn name(map: &SystemMap, id: &str) -> String {
    visible(map.name(id))
}

/// What was asked about, in words.
fn subject_name(map: &SystemMap, subject: &Subject) -> String {
    match subject {
        Subject::Component(id) => name(map, id),
        Subject::Endpoint(id) => map.endpoints.iter().find(|e| e.id == *id).map_or_else(
            || visible(id),
            |e| match (&e.method, &e.http_route) {
                (Some(method), Some(route)) => {
                    format!("{} of {}", visible(&format!("{method} {route}")), name(map, &e.component))
                }
                (None, Some(route)) => format!("{} of {}", visible(route), name(map, &e.component)),
                _ => format!("{} of {}", visible(e.name.as_deref().unwrap_or(id)), name(map, &e.component)),
            },
        ),
        Subject::Topic(topic) => format!("the topic {}", visible(topic)),
        Subject::Entity(id) => {
            let entity = map.entities.iter().find(|e| e.id == *id);
            let holder = entity.and_then(|e| e.component.as_deref()).map(|c| format!(" of {}", name(map, c)));
            format!("{}{}", visible(entity.map_or(id.as_str(), |e| &e.name)), holder.unwrap_or_default())
        }
    }
}

/// `path:12@1a2b3c4`.
fn place(spot: Option<&Spot>) -> String {
    let Some(spot) = spot.filter(|s| !s.path.is_empty()) else { return String::new() };
    let lines = if spot.line_end > spot.line_start {
        format!("{}-{}", spot.line_start, spot.line_end)
    } else {
        spot.line_start.to_string()
    };
    format!("{}:{lines}", visible(&spot.path))
}

/// A place for programs.
fn place_json(spot: Option<&Spot>) -> Value {
    spot.map_or(Value::Null, |s| {
        json!({
            "repo": s.repo,
            "commit": s.commit,
            "path": s.path,
            "line_start": s.line_start,
            "line_end": s.line_end,
            "basis": s.basis,
            "seen": s.seen,
        })
    })
}

/// The shape of a basis.
fn shape(basis: &str) -> &'static str {
    Basis::of(basis).unwrap_or(Basis::Unknown).shape()
}

/// `1 part`, `4 parts`.
fn counted(n: usize, noun: &str) -> String {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    format!("{} {}", words::exact(n), words::noun(n, noun))
}

/// `step 4`, `steps 4 and 6`.
fn steps(numbers: &[usize]) -> String {
    let items: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let word = if numbers.len() == 1 { "step" } else { "steps" };
    format!("{word} {}", words::list(&items, 4, items.len()))
}

/// The line that every answer begins with: what was asked, of what, as of when.
fn heading(map: &SystemMap, title: &str) -> String {
    let as_of = map.sources.iter().map(|s| s.as_of).max();
    let date = as_of.map(|at| format!("as of {}", words::date(at))).unwrap_or_default();
    let commit = match map.sources.as_slice() {
        [one] => one.commit.as_deref().map(|c| format!(", commit {}", visible(c).chars().take(7).collect::<String>())),
        _ => None,
    };
    format!("{title}  {date}{}\n", commit.unwrap_or_default())
}

/// A paragraph in lines of at most `width` columns.
fn paragraph(text: &str, width: usize) -> String {
    wrap(text, width).join("\n") + "\n"
}

/// A table of text cells.
fn table(headings: &[&str], rows: &[Vec<String>], width: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let headings: Vec<String> = headings.iter().map(|h| (*h).to_owned()).collect();
    let is_number = |c: &str| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit() || b == b',');
    let cells: Vec<Vec<(String, bool)>> =
        rows.iter().map(|r| r.iter().map(|c| (c.clone(), is_number(c))).collect()).collect();
    grid(&headings, &cells, width, "")
}

/// Says that there is no map and what would make one.
fn no_map(map: &SystemMap) -> Option<String> {
    map.components.is_empty().then(|| {
        "No parts of a running system were found here: no deployment file, no program with endpoints, no store.\n\
         `sightline trust` says what was read; `sightline overview` shows the code.\n"
            .to_owned()
    })
}
