//! Claim templates: sentences with typed places for columns of a query, and no arithmetic.
//!
//! `{repo} has {n_files:count:file} and {tests:percent} of them are tests` names columns. What follows the colon is
//! the type: `name` (the default), `text` (quoted), `said` (a sentence
//! of a table), `count` with its noun, `word` (`word:is/are`, by a number), `number`, `percent` (of a ratio), `date`,
//! `duration` (of days), `version`, `path`, and `list` with how many are shown and, if wanted, a second column of
//! ratios that stand in brackets. A place whose column is empty makes no sentence.

use serde_json::Value;

use crate::cell::{Cell, Rows};
use crate::document::Figure;
use crate::{text, words};

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Plain(String),
    Place { column: String, kind: Kind },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Name,
    Said,
    Text,
    Count(String),
    Word(String),
    Number,
    Percent,
    Date,
    Duration,
    Version,
    Path,
    List { most: usize, shares: Option<String> },
}

impl Kind {
    fn id(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Said => "said",
            Self::Text => "text",
            Self::Count(_) => "count",
            Self::Word(_) => "word",
            Self::Number => "number",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::Version => "version",
            Self::Path => "path",
            Self::List { .. } => "list",
        }
    }
}

/// Longest quotation in a sentence, in columns.
const QUOTE: usize = 920;
/// Longest name.
const NAME: usize = 80;

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                parts.push(Part::Plain(rest[..open].to_owned()));
            }
            let inner = &rest[open + 1..];
            let close = inner.find('}').ok_or_else(|| format!("`{{` without `}}` in `{source}`"))?;
            parts.push(place(&inner[..close])?);
            rest = &inner[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest.to_owned()));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The template as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Columns that it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| match part {
                Part::Plain(_) => [None, None],
                Part::Place { column, kind: Kind::List { shares, .. } } => [Some(column.as_str()), shares.as_deref()],
                Part::Place { column, .. } => [Some(column.as_str()), None],
            })
            .flatten()
    }

    /// Fills the template from one row. `None` when a column is empty: then there is nothing to say.
    pub fn fill(&self, rows: &Rows, row: &[Cell]) -> Option<(String, Vec<Figure>)> {
        let mut out = String::new();
        let mut figures = Vec::new();
        for part in &self.parts {
            match part {
                Part::Plain(plain) => out.push_str(plain),
                Part::Place { column, kind } => {
                    let cell = rows.get(row, column);
                    let shown = match without_nought(kind, cell, &out) {
                        Some(words) => words,
                        None => show(kind, cell, |other| rows.get(row, other))?,
                    };
                    let start = out.len();
                    out.push_str(&shown);
                    figures.push(Figure {
                        name: column.clone(),
                        kind: kind.id().to_owned(),
                        value: exact(cell),
                        at: start..out.len(),
                    });
                }
            }
        }
        Some((out, figures))
    }
}

fn place(inner: &str) -> Result<Part, String> {
    let mut words = inner.split(':');
    let column = words.next().unwrap_or_default().trim();
    if column.is_empty() {
        return Err(format!("a place without a column: `{{{inner}}}`"));
    }
    let kind = words.next().unwrap_or("name");
    let first = words.next();
    let second = words.next();
    let kind = match kind {
        "name" => Kind::Name,
        "said" => Kind::Said,
        "text" => Kind::Text,
        "count" => Kind::Count(first.ok_or_else(|| format!("`{{{inner}}}` needs a noun: `count:file`"))?.to_owned()),
        "word" => Kind::Word(first.ok_or_else(|| format!("`{{{inner}}}` needs two words: `word:is/are`"))?.to_owned()),
        "number" => Kind::Number,
        "percent" => Kind::Percent,
        "date" => Kind::Date,
        "duration" => Kind::Duration,
        "version" => Kind::Version,
        "path" => Kind::Path,
        "list" => Kind::List {
            most: first.map_or(Ok(3), str::parse).map_err(|_| format!("`{{{inner}}}`: how many to list?"))?,
            shares: second.map(str::to_owned),
        },
        other => return Err(format!("`{{{inner}}}` has a type we do not know: `{other}`")),
    };
    Ok(Part::Place { column: column.to_owned(), kind })
}

/// What stands for a nought in a sentence: "no stores", "none of them". Where a figure tells how much was looked at, in
/// parentheses, it stays a figure.
fn without_nought(kind: &Kind, cell: &Cell, before: &str) -> Option<String> {
    let is_aside = before.rfind('(') > before.rfind(')');
    if is_aside || cell.integer() != Some(0) {
        return None;
    }
    let is_first = before.is_empty() || before.ends_with(". ");
    Some(match kind {
        Kind::Count(noun) => format!("{} {}", if is_first { "No" } else { "no" }, words::noun(0, noun)),
        Kind::Number => if is_first { "None" } else { "none" }.to_owned(),
        _ => return None,
    })
}

fn show<'a>(kind: &Kind, cell: &Cell, other: impl Fn(&str) -> &'a Cell) -> Option<String> {
    Some(match kind {
        Kind::Name | Kind::Version => text::shorten_middle(text::visible(cell.text()?).trim(), NAME),
        Kind::Path => text::shorten_middle(&text::visible(cell.text()?), NAME),
        Kind::Said => text::shorten_end(text::visible(cell.text()?).trim(), QUOTE),
        Kind::Text => {
            let clean = text::visible(cell.text()?);
            format!("“{}”", quotation(clean.trim()))
        }
        Kind::Count(noun) => {
            let value = cell.integer()?;
            format!("{} {}", words::prose(value), words::noun(value, noun))
        }
        Kind::Word(pair) => words::noun(cell.integer()?, pair),
        Kind::Number => cell.integer().map_or_else(
            || cell.number().map(|v| words::decimal(v, usize::from(v.abs() < 10.0))),
            |v| Some(words::prose(v)),
        )?,
        Kind::Percent => words::percent(cell.number()?),
        Kind::Date => match cell {
            Cell::Instant(micros) => words::date(*micros),
            _ => return None,
        },
        Kind::Duration => words::duration(cell.number()?),
        Kind::List { most, shares } => {
            let Cell::List(items) = cell else { return None };
            let ratios = shares.as_deref().map(other);
            let names: Vec<String> = items
                .iter()
                .enumerate()
                .filter_map(|(i, item)| {
                    let name = text::shorten_middle(text::visible(item.text()?).trim(), NAME);
                    let Some(Cell::List(ratios)) = ratios else { return Some(name) };
                    Some(match ratios.get(i).and_then(Cell::number) {
                        Some(ratio) => format!("{name} ({})", words::percent(ratio)),
                        None => name,
                    })
                })
                .collect();
            if names.is_empty() {
                return None;
            }
            words::list(&names, *most, names.len())
        }
    })
}

/// The words of somebody else; where they are too long, as many whole sentences as fit.
fn quotation(words: &str) -> String {
    let short = text::shorten_end(words, QUOTE);
    let ends = [". ", "! ", "? "].iter().filter_map(|mark| short.rfind(mark)).max();
    match ends.filter(|at| short != words && at * 3 > short.len()) {
        Some(at) => format!("{} …", &short[..=at]),
        None => short,
    }
}

/// The exact value for machines; long texts and lists are cut, since the query gives them in full.
fn exact(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) if text.len() > 1_000 => Value::from(text.chars().take(1_000).collect::<String>()),
        Cell::List(items) => Value::Array(items.iter().take(20).map(exact).collect()),
        other => other.json(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, columns: &[(&str, Cell)]) -> Option<String> {
        let rows = Rows { columns: columns.iter().map(|c| c.0.to_owned()).collect(), rows: Vec::new() };
        let row: Vec<Cell> = columns.iter().map(|c| c.1.clone()).collect();
        Template::parse(template).expect("a good template").fill(&rows, &row).map(|(text, _)| text)
    }

    #[test]
    fn every_type_shows_its_value_in_words() {
        let texts = |items: &[&str]| Cell::List(items.iter().map(|t| Cell::Text((*t).to_owned())).collect());
        let check = |template: &str, cell: Cell, expect: &str| {
            assert_eq!(fill(template, &[("x", cell)]).as_deref(), Some(expect), "{template}");
        };
        check("{x} is it", Cell::Text("shop".into()), "shop is it");
        check("it says {x:text}", Cell::Text("We\nsell  things".into()), "it says “We sell  things”");
        let long = format!("{}. And this does not fit.", "word ".repeat(182).trim_end());
        check("{x:text}", Cell::Text(long), &format!("“{}. …”", "word ".repeat(182).trim_end()));
        check("{x:count:file}", Cell::Integer(1), "1 file");
        check("{x:count:dependency}", Cell::Integer(12_345), "12,300 dependencies");
        check("{x:count:file} and more", Cell::Integer(0), "No files and more");
        check("it has {x:count:file}", Cell::Integer(0), "it has no files");
        check("{x:number} of them are", Cell::Integer(0), "None of them are");
        check("nothing was found (searched {x:count:file})", Cell::Integer(0), "nothing was found (searched 0 files)");
        check("they {x:word:is/are} here", Cell::Integer(2), "they are here");
        check("{x:percent} of it", Cell::Float(0.314), "31% of it");
        check("on {x:date}", Cell::Instant(1_795_132_800_000_000), "on 20 Nov 2026");
        check("every {x:duration}", Cell::Float(34.2), "every 34 days");
        check("{x:list:2}", texts(&["a", "b", "c", "d"]), "a, b and 2 more");
    }

    #[test]
    fn shares_stand_behind_their_names() {
        let names = Cell::List(vec![Cell::Text("Java".into()), Cell::Text("Scala".into())]);
        let shares = Cell::List(vec![Cell::Float(0.8), Cell::Float(0.2)]);
        let text = fill("{x:list:3:s}", &[("x", names), ("s", shares)]);
        assert_eq!(text.as_deref(), Some("Java (80%) and Scala (20%)"));
    }

    #[test]
    fn what_is_missing_is_not_said() {
        assert_eq!(fill("{x} since {y:date}", &[("x", Cell::Text("a".into())), ("y", Cell::Null)]), None);
        assert_eq!(fill("{x:list:3}", &[("x", Cell::List(Vec::new()))]), None);
    }

    #[test]
    fn a_bad_template_says_why() {
        let check = |template: &str, part: &str| {
            let error = Template::parse(template).expect_err("it is bad");
            assert!(error.contains(part), "{error}");
        };
        check("{x", "without");
        check("{x:kount}", "type we do not know");
        check("{x:count}", "needs a noun");
        check("{}", "without a column");
    }

    #[test]
    fn figures_know_their_place_in_the_sentence() {
        let rows = Rows { columns: vec!["n".into()], rows: Vec::new() };
        let template = Template::parse("It has {n:count:file}.").expect("a good template");
        let (text, figures) = template.fill(&rows, &[Cell::Integer(1_234)]).expect("a value");
        assert_eq!(&text[figures[0].at.clone()], "1,230 files");
        assert_eq!(figures[0].value, 1_234, "the exact value is kept");
    }
}
