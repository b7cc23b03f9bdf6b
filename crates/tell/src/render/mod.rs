//! Renderers: one document, several media. None of them knows a fact; they only set what the document holds.

mod csv;
mod html;
mod json;
mod markdown;
pub mod pictures;
mod svg;
mod table;
mod terminal;

use sightline_facts::time::day_words;

use crate::cell::Cell;
use crate::document::{Basis, Evidence, Format};
use crate::{text, words};

pub(crate) use csv::line as csv_line;
pub use csv::{csv, table_csv};
pub use html::{STYLE, Served, drawn, html, served};
pub use json::{json, rows_json};
pub use markdown::markdown;
pub(crate) use table::grid;
pub use table::{brief_table, record, table};
pub use terminal::terminal;

/// Rows of a table that are set on a page; the rest goes along as CSV or stays in the store.
const MOST_SHOWN: usize = 200;

/// A commit as people write it.
pub fn short(commit: &str) -> String {
    text::visible(commit).chars().take(7).collect()
}

/// Where evidence stands: `path:12-14@1a2b3c4`, or the commit alone.
pub fn place(evidence: &Evidence) -> String {
    let lines = match evidence.lines {
        Some((a, b)) if b > a => format!(":{a}-{b}"),
        Some((a, _)) => format!(":{a}"),
        None => String::new(),
    };
    let commit = evidence.commit.as_deref().map(short);
    match (&evidence.path, commit) {
        (Some(path), Some(commit)) => format!("{}{lines}@{commit}", text::visible(path)),
        (Some(path), None) => format!("{}{lines}", text::visible(path)),
        (None, Some(commit)) => format!("commit {commit} of {}", text::visible(&evidence.repo)),
        (None, None) => text::visible(&evidence.repo),
    }
}

/// A place without the commit at its end.
fn without_commit(place: &str) -> &str {
    place.rsplit_once('@').map_or(place, |(file, _)| file)
}

/// A cell as people read it, made visible but not yet escaped.
pub fn shown(cell: &Cell, format: Format) -> String {
    match (cell, format) {
        (Cell::Null, _) => "–".to_owned(),
        (Cell::Float(value), Format::Percent) => words::percent(*value),
        (Cell::Text(value), Format::Basis) => {
            Basis::of(value).map_or_else(|| text::visible(value), |b| b.words().to_owned())
        }
        (Cell::Text(value), Format::Kind) => text::visible(pictures::kind_words(value)),
        (Cell::Text(value), _) => text::visible(value),
        (Cell::Integer(value), _) => words::exact(*value),
        (Cell::Float(value), _) => words::decimal(*value, 2),
        (Cell::Boolean(value), _) => if *value { "yes" } else { "no" }.to_owned(),
        (Cell::Instant(value), Format::Date) => day_words(*value),
        (Cell::Instant(value), _) => crate::cell::instant_iso(*value),
        (Cell::List(items), _) => items.iter().take(50).map(|i| shown(i, format)).collect::<Vec<_>>().join(", "),
    }
}

/// Notes may ask for text that the renderer knows better.
enum Note<'a> {
    /// A plain note.
    Words(&'a str),
    /// A note about commands, for those who read it in a terminal or beside one; pages have links instead.
    Commands(&'a str),
    /// The list of what the marks mean.
    Marks,
}

fn note(text: &str) -> Note<'_> {
    match text.strip_prefix("@commands ") {
        Some(words) => Note::Commands(words),
        None if text == "@basis" => Note::Marks,
        None => Note::Words(text),
    }
}

/// Shape, words and meaning of each basis.
fn marks() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    Basis::ALL.into_iter().map(|b| (b.shape(), b.words(), b.meaning()))
}
