//! One table of facts: its columns with their meanings, and its rows a page at a time, filtered and sorted.

use std::ops::ControlFlow;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use sightline_facts::session::{Value, bind};
use sightline_facts::spec::{ColumnSpec, ColumnType, TableSpec};
use sightline_facts::{store, tables};
use sightline_tell::cell::{Cell, Rows};
use sightline_tell::document::{Evidence, Format};
use sightline_tell::{address, render, text, words};
use tokio_stream::wrappers::ReceiverStream;

use super::Form;
use crate::ask::Ask;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// Rows on one page.
const ROWS: usize = 100;
/// Pages that can be turned to; a filter finds what lies behind.
const MOST_PAGES: usize = 10_000;
/// Longest text of a cell on the page.
const CELL: usize = 90;

/// How a filter compares: word in the address, words on the page, SQL with `@column` for the column.
const TESTS: [(&str, &str, &str); 6] = [
    ("has", "contains", "strpos(lower(cast(@column as varchar)), lower(:value)) > 0"),
    ("is", "is exactly", "cast(@column as varchar) = :value"),
    ("not", "is not", "coalesce(cast(@column as varchar), '') <> :value"),
    ("over", "is more than", "try_cast(@column as double) > try_cast(:value as double)"),
    ("under", "is less than", "try_cast(@column as double) < try_cast(:value as double)"),
    ("none", "is missing", "@column is null"),
];

/// What part of a table is asked for.
struct View<'a> {
    spec: &'static TableSpec,
    filter: Option<(&'static ColumnSpec, &'static str, &'a str)>,
    sort: Option<(&'static ColumnSpec, bool)>,
}

impl<'a> View<'a> {
    /// Reads it from the address. Only names of the spec come into SQL; values are bound.
    fn of(spec: &'static TableSpec, ask: &'a Ask) -> Result<Self, Trouble> {
        let column = |name: &str| {
            spec.column(name).ok_or_else(|| {
                Trouble::Wrong(format!("table `{}` has no column `{}`", spec.name, text::shorten_end(name, 60)))
            })
        };
        let test = if ask.get("test").is_empty() { "has" } else { ask.get("test") };
        let filter = match (ask.get("column"), ask.get("value")) {
            ("", _) => None,
            (_, "") if test != "none" => None,
            (name, value) => {
                let known = TESTS.iter().find(|(word, ..)| *word == test);
                let (word, ..) = known.ok_or_else(|| Trouble::Wrong("there is no such comparison".to_owned()))?;
                Some((column(name)?, *word, value))
            }
        };
        let sort = match ask.get("sort") {
            "" => None,
            name => Some((column(name)?, ask.get("down") == "1")),
        };
        Ok(Self { spec, filter, sort })
    }

    fn condition(&self) -> String {
        let Some((column, test, value)) = self.filter else { return String::new() };
        let sql = TESTS.iter().find(|(word, ..)| *word == test).map_or("true", |t| t.2);
        let sql = sql.replace("@column", &format!("\"{}\"", column.name));
        format!(" where {}", bind(&sql, &[("value", Value::Text(value))]))
    }

    /// The question for the rows.
    fn sql(&self) -> String {
        let order = match self.sort {
            Some((column, down)) => {
                format!(" order by \"{}\"{} nulls last", column.name, if down { " desc" } else { "" })
            }
            None => String::new(),
        };
        format!("select * from {}{}{order}", self.spec.name, self.condition())
    }

    /// The address of this view with other values.
    fn address(&self, ending: &str, sort: Option<(&str, bool)>, page: usize) -> String {
        let mut pairs = Vec::new();
        if let Some((column, test, value)) = self.filter {
            pairs.push(format!("column={}&test={test}&value={}", column.name, address::encoded(value)));
        }
        if let Some((column, down)) = sort {
            pairs.push(format!("sort={column}{}", if down { "&down=1" } else { "" }));
        }
        if page > 1 {
            pairs.push(format!("page={page}"));
        }
        let glue = if pairs.is_empty() { "" } else { "?" };
        format!("{}{ending}{glue}{}", address::table(self.spec.name), pairs.join("&"))
    }
}

/// A table, or its rows as a file.
pub(crate) async fn get(ask: Ask, Path(name): Path<String>) -> Response {
    let (name, form) = Form::of(&name);
    let Some(spec) = tables::ALL.iter().copied().find(|t| t.name == name) else {
        let name = text::shorten_end(&text::visible(name), 60);
        return ask
            .facts(move |_, _| {
                Err(Trouble::NotFound(format!("there is no table `{name}`\nhelp: the page Tables lists them")))
            })
            .await;
    };
    ask.facts(move |facts, ask| {
        let view = View::of(spec, ask)?;
        match form {
            Form::Page => page(facts, ask, &view),
            Form::Csv => Ok(stream(ask, &view)),
            Form::Json => {
                let sql = format!("{} limit {}", view.sql(), ask.app.limits.rows_of_file / 20);
                Ok(reply::json(&render::rows_json(&facts.session.query(&sql)?)))
            }
            Form::Parquet => {
                let limits =
                    sightline_facts::session::Limits { rows: ask.app.limits.rows_of_file, time: ask.app.limits.time };
                let answer = facts.console()?.query_within(&view.sql(), &limits)?;
                let bytes = store::parquet_bytes(answer.schema, &answer.batches)?;
                Ok(reply::download("application/vnd.apache.parquet", &format!("{}.parquet", spec.name), bytes))
            }
            Form::Markdown => Err(Trouble::NotFound("tables come as CSV, JSON and Parquet".to_owned())),
        }
    })
    .await
}

/// All rows as CSV, sent as they are read.
fn stream(ask: &Ask, view: &View<'_>) -> Response {
    let (send, receive) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(4);
    let (app, sql) = (std::sync::Arc::clone(&ask.app), view.sql());
    tokio::task::spawn_blocking(move || {
        let mut is_first = true;
        let failed = |e: String| std::io::Error::other(e);
        let facts = match app.door.facts() {
            Ok(facts) => facts,
            Err(e) => return drop(send.blocking_send(Err(failed(e.to_string())))),
        };
        let outcome = facts.console().and_then(|session| {
            session.stream(&sql, &mut |batch| {
                let mut csv = render::csv(&[batch]);
                if !is_first {
                    let end = csv.find("\r\n").map_or(0, |i| i + 2);
                    csv.drain(..end);
                }
                is_first = false;
                // Whoever went away wants no more.
                if send.blocking_send(Ok(csv)).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        if let Err(e) = outcome {
            drop(send.blocking_send(Err(failed(e.to_string()))));
        }
    });
    let body = Body::from_stream(ReceiverStream::new(receive));
    reply::download("text/csv; charset=utf-8", &format!("{}.csv", view.spec.name), body)
}

fn page(facts: &Facts, ask: &Ask, view: &View<'_>) -> Result<Response, Trouble> {
    let spec = view.spec;
    let at = ask.number("page").unwrap_or(1).clamp(1, MOST_PAGES);
    let count = format!("select count(*) as n from {}{}", spec.name, view.condition());
    let total = Rows::of(&facts.session.query(&count)?).rows.first().and_then(|r| r.first().and_then(Cell::integer));
    let total = usize::try_from(total.unwrap_or(0)).unwrap_or(0);
    let rows = Rows::of(&facts.session.query(&format!("{} limit {ROWS} offset {}", view.sql(), (at - 1) * ROWS))?);
    let pages = total.div_ceil(ROWS).clamp(1, MOST_PAGES);
    let sort = view.sort.map(|(c, down)| (c.name, down));
    let main = html! {
        h1 class="path" { (spec.name) }
        p class="q" { (spec.purpose) }
        p class="lead" { (number(total)) @if total == 1 { " row" } @else { " rows" } @if view.filter.is_some() { " that fit" } "." }
        (filter(view))
        @if rows.rows.is_empty() {
            p class="note" { @if view.filter.is_some() { "No row fits. " a href=(address::table(spec.name)) { "Show all" } } @else { "This table holds no rows. " code { "sightline scan" } " fills it where a source has what it is about; " a href="/trust" { "Trust" } " says what could not be read." } }
        } @else {
            (grid(view, &rows))
            nav class="pages-nav" aria-label="Pages of rows" {
                @if at > 1 { a rel="prev" href=(view.address("", sort, at - 1)) { "Previous" } " " }
                "Page " (number(at)) " of " (number(pages))
                @if at < pages { " " a rel="next" href=(view.address("", sort, at + 1)) { "Next" } }
            }
        }
        p class="acts" { a href=(address::sql(&view.sql())) { "Ask in SQL" } }
        details class="cols" {
            summary { "Columns and what they mean" }
            dl class="terms" { @for column in spec.columns {
                dt { code { (column.name) } " " small { (column.kind.word()) @if !column.unit.is_empty() { ", " (column.unit) } } }
                dd { (crate::shell::words(column.meaning)) }
            } }
        }
    };
    let forms = [("CSV", ".csv"), ("JSON", ".json"), ("Parquet", ".parquet")];
    let page = Page {
        title: spec.name.to_owned(),
        room: "/tables",
        above: vec![("Tables".to_owned(), "/tables".to_owned())],
        forms: forms.iter().map(|(word, ending)| (*word, view.address(ending, sort, 1))).collect(),
        main,
    };
    Ok(reply::page(ask, Some(facts), &page))
}

fn filter(view: &View<'_>) -> Markup {
    let (column, test, value) = view.filter.map_or(("", "has", ""), |(c, t, v)| (c.name, t, v));
    html! {
        form class="filter" role="search" aria-label="Rows of this table" action=(address::table(view.spec.name)) {
            label for="column" { "Rows whose" }
            select id="column" name="column" { @for c in view.spec.columns { option value=(c.name) selected[c.name == column] { (c.name) } } }
            select name="test" aria-label="Comparison" { @for (word, words, _) in TESTS { option value=(word) selected[word == test] { (words) } } }
            input type="search" name="value" value=(value) aria-label="Value" maxlength="500";
            @if let Some((column, down)) = view.sort {
                input type="hidden" name="sort" value=(column.name);
                @if down { input type="hidden" name="down" value="1"; }
            }
            button { "Show" }
            @if view.filter.is_some() { " " a href=(address::table(view.spec.name)) { "Show all" } }
        }
    }
}

fn grid(view: &View<'_>, rows: &Rows) -> Markup {
    let spec = view.spec;
    html! {
        div class="tw" role="region" aria-label={ "Rows of " (spec.name) } tabindex="0" {
            table data-rows {
                caption class="off" { (spec.purpose) }
                thead { tr { @for column in spec.columns {
                    @let sorted = view.sort.filter(|(c, _)| c.name == column.name).map(|(_, down)| down);
                    th scope="col" class=[is_number(column).then_some("r")] aria-sort=[sorted.map(|down| if down { "descending" } else { "ascending" })] {
                        a href=(view.address("", Some((column.name, sorted == Some(false))), 1)) title=(column.meaning) {
                            (column.name)
                            @if let Some(down) = sorted { span aria-hidden="true" { @if down { " ▼" } @else { " ▲" } } }
                        }
                    }
                } }
                }
                tbody { @for row in &rows.rows {
                    tr { @for (i, (column, cell)) in spec.columns.iter().zip(row).enumerate() {
                        @let inner = value(spec, rows, row, column, cell);
                        @if i == 0 { th scope="row" { (inner) } } @else { td class=[is_number(column).then_some("r")] { (inner) } }
                    } }
                } }
            }
        }
    }
}

fn is_number(column: &ColumnSpec) -> bool {
    matches!(column.kind, ColumnType::Integer | ColumnType::Float)
}

fn value(spec: &TableSpec, rows: &Rows, row: &[Cell], column: &ColumnSpec, cell: &Cell) -> Markup {
    let full = match cell {
        // Counted things are set with commas; a line number is a name.
        Cell::Integer(n) if column.unit == "line" => n.to_string(),
        _ => render::shown(cell, Format::Plain),
    };
    let cut = text::shorten_end(&full, CELL);
    let href = match (column.name, cell) {
        ("path", Cell::Text(path)) if spec.column("repo").is_some() => {
            let of = |name: &str| rows.get(row, name);
            let start = of("line_start").integer();
            address::code(&Evidence {
                repo: of("repo").text().unwrap_or_default().to_owned(),
                commit: if spec.column("line_start").is_some() { of("commit").text().map(str::to_owned) } else { None },
                path: Some(path.clone()),
                lines: start.map(|s| (s, of("line_end").integer().unwrap_or(s))),
                ..Evidence::default()
            })
        }
        ("component" | "from_component" | "to_component", Cell::Text(id)) => {
            Some(address::part(id.strip_prefix("component:").unwrap_or(id)))
        }
        ("endpoint", Cell::Text(id)) if spec.name == "endpoints" => Some(address::flow(id)),
        _ => None,
    };
    html! {
        @match href {
            Some(href) => { a href=(href) { bdi { (cut) } } }
            None => { bdi title=[(cut != full).then(|| text::shorten_end(&full, 400))] { (cut) } }
        }
    }
}

fn number(n: usize) -> String {
    words::exact(i64::try_from(n).unwrap_or(i64::MAX))
}
