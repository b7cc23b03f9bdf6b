//! Metrics: all that are measured, and one with its definition, its values, the rows behind one of them, and what it leaves
//! out with the reasons.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::rows::first_rows;
use sightline_measure::{Behind, Better, LeftOut, Metric, behind};
use sightline_tell::cell::{Cell, Rows};
use sightline_tell::document::{Evidence, Format};
use sightline_tell::{address, render, text, words};

use super::Form;
use crate::ask::Ask;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::{self, Page};

/// Rows of each table on the page of a metric.
const ROWS: usize = 100;
/// Rows that its data form holds of each table.
const MOST_ROWS: usize = 10_000;
/// Longest text of a cell.
const CELL: usize = 90;

/// All metrics, those with values first.
pub(crate) async fn list(ask: Ask) -> Response {
    ask.facts(|facts, ask| {
        let metrics = sightline_scan::settings::metrics(&ask.app.workspace)?;
        let counted = "select metric, count(*) as n, max(value) as value from metrics group by metric";
        let counted = Rows::of(&facts.session.query(counted)?);
        let values = |metric: &Metric| {
            let row = counted.rows.iter().find(|row| counted.get(row, "metric").text() == Some(&metric.id));
            row.map(|row| (counted.get(row, "n").integer().unwrap_or(0), counted.get(row, "value").number()))
        };
        let (known, unknown): (Vec<&Metric>, Vec<&Metric>) = metrics.iter().partition(|m| values(m).is_some());
        let main = html! {
            h1 { "Metrics" }
            p class="q" { "What is measured here, and how?" }
            p class="lead" { (known.len()) " metrics have values here, of " (metrics.len()) " that are defined. Each opens to its question in SQL, its rows, and what it leaves out." }
            div class="tw" role="region" aria-label="Metrics with values" tabindex="0" {
                table data-rows {
                    caption { "Metrics with values here." }
                    thead { tr { th scope="col" { "Metric" } th scope="col" { "Question" } th scope="col" { "Here" } } }
                    tbody { @for metric in &known {
                        @let (n, value) = values(metric).unwrap_or_default();
                        tr {
                            th scope="row" { a href=(address::metric(&metric.id)) { (metric.id) } }
                            td { (metric.question) }
                            td {
                                @match value {
                                    Some(value) if n == 1 => { (with_unit(&Cell::Float(value), metric)) }
                                    _ => { (words::exact(n)) @if n == 1 { " value" } @else { " values" } }
                                }
                            }
                        }
                    } }
                }
            }
            @if !unknown.is_empty() {
                h2 class="h3" { "Without values here" }
                p { "Nothing that was read tells of these." }
                dl class="terms" { @for metric in &unknown {
                    dt { a href=(address::metric(&metric.id)) { (metric.id) } }
                    dd { (metric.question) }
                } }
            }
        };
        Ok(reply::page(ask, Some(facts), &Page { title: "Metrics".to_owned(), room: "/metrics", main, ..Page::default() }))
    })
    .await
}

/// One metric, or what stands behind it as data.
pub(crate) async fn get(ask: Ask, Path(name): Path<String>) -> Response {
    ask.facts(move |facts, ask| {
        let (id, form) = Form::of(&name);
        let metrics = sightline_scan::settings::metrics(&ask.app.workspace)?;
        let metric = metrics.iter().find(|m| m.id == id).ok_or_else(|| {
            let id = text::shorten_end(&text::visible(id), 60);
            Trouble::NotFound(format!("there is no metric `{id}`\nhelp: the page Metrics lists them"))
        })?;
        let given = |key| Some(ask.get(key)).filter(|value| !value.is_empty());
        let (repo, subject) = (given("repo"), given("subject"));
        let found = behind(&facts.session, metric, repo, subject)?;
        let asked = [repo, subject].into_iter().flatten().collect::<Vec<_>>().join(" / ");
        match form {
            Form::Page => Ok(page(facts, ask, metric, &found, &asked)),
            Form::Json => Ok(reply::json(&json(metric, &found))),
            _ => Err(Trouble::NotFound("what stands behind a metric comes as JSON".to_owned())),
        }
    })
    .await
}

fn json(metric: &Metric, found: &Behind) -> serde_json::Value {
    serde_json::json!({
        "id": metric.id, "question": metric.question, "unit": metric.unit, "better": metric.better.word(),
        "source": metric.source, "doc": metric.doc, "sql": metric.sql, "rows_sql": metric.rows,
        "values": render::rows_json(&first_rows(&found.values, MOST_ROWS)),
        "rows_of": { "repo": found.of.0, "subject": found.of.1 },
        "rows": render::rows_json(&first_rows(&found.rows, MOST_ROWS)),
        "left_out": found.left_out.as_ref().map(|left| serde_json::json!({
            "sql": metric.left_out, "n": left.n, "rows": render::rows_json(&first_rows(&left.rows, MOST_ROWS)),
        })),
    })
}

/// The address of a metric, narrowed to a value.
fn address_of(metric: &Metric, ending: &str, repo: Option<&str>, subject: Option<&str>) -> String {
    let pairs: Vec<String> = [("repo", repo), ("subject", subject)]
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", address::encoded(value?))))
        .collect();
    let glue = if pairs.is_empty() { "" } else { "?" };
    format!("{}{ending}{glue}{}", address::metric(&metric.id), pairs.join("&"))
}

/// A value as people read it: a share as a percentage, all else with its unit.
fn with_unit(value: &Cell, metric: &Metric) -> String {
    match metric.unit.as_str() {
        "ratio" => render::shown(value, Format::Percent),
        unit => format!("{} {unit}", render::shown(value, Format::Plain)),
    }
}

/// `asked` is the value that was asked for, in words; empty where none was.
fn page(facts: &Facts, ask: &Ask, metric: &Metric, found: &Behind, asked: &str) -> Response {
    let values = Rows::of(&found.values);
    let of = found.name();
    let better = match metric.better {
        Better::Higher => "higher is better",
        Better::Lower => "lower is better",
        Better::Neither => "neither higher nor lower is better by itself",
    };
    let main = html! {
        h1 class="path" { (metric.id) }
        p class="q" { (metric.question) }
        p class="lead" {
            @match values.rows.as_slice() {
                [] => { "There is no value here." }
                [one] => { (with_unit(values.get(one, "value"), metric)) "." }
                several => { (exact(several.len())) " values, in " (metric.unit) "; " (better) "." }
            }
        }
        p { (shell::words(&metric.doc.trim().replace('\n', " "))) }
        p class="note" { "Defined by: " (metric.source) "." }
        @if let Some(left) = found.left_out.as_ref().filter(|left| left.n > 0) {
            p { a href="#left-out" { (exact(left.n)) @if left.n == 1 { " row is" } @else { " rows are" } " left out" } @if !asked.is_empty() { " of " bdi { (text::visible(asked)) } } ", each with the reason." }
        }
        @if !values.rows.is_empty() {
            h2 class="h3" { "Values" }
            (value_table(metric, found, &values))
            h2 class="h3" id="rows" { "Rows behind " @if of.is_empty() { "the value" } @else { bdi { (text::visible(&of)) } } }
            (grid("Rows behind the value", &found.rows))
        }
        @if let Some(left) = &found.left_out { (left_out(left, asked)) }
        details class="cols" {
            summary { "The question in SQL" }
            pre { code { (metric.sql.trim()) } }
            p class="acts" { a href=(address::sql(metric.sql.trim())) { "Ask it in SQL" } }
        }
    };
    let (repo, subject) = (found.of.0.as_deref(), found.of.1.as_deref());
    let page = Page {
        title: metric.id.clone(),
        room: "/metrics",
        above: vec![("Metrics".to_owned(), "/metrics".to_owned())],
        forms: vec![("JSON", address_of(metric, ".json", repo, subject))],
        main,
    };
    reply::page(ask, Some(facts), &page)
}

/// All values, each leading to its rows.
fn value_table(metric: &Metric, found: &Behind, values: &Rows) -> Markup {
    let n = values.rows.len();
    html! {
        div class="tw" role="region" aria-label="Values" tabindex="0" {
            table data-rows {
                caption { @if n > ROWS { "The first " (exact(ROWS)) " of " (exact(n)) " values; " a href=(address::sql(&format!("select repo, subject, value, unit, n from metrics where metric = '{}' order by repo, subject", metric.id.replace('\'', "''")))) { "all in SQL" } "." } @else { "Each value leads to the rows it stands on." } }
                thead { tr { th scope="col" { "Of" } th scope="col" class="r" { "Value" } th scope="col" class="r" { "Rows" } } }
                tbody { @for row in values.rows.iter().take(ROWS) {
                    @let (repo, subject) = (values.get(row, "repo").text(), values.get(row, "subject").text());
                    @let name = [repo, subject].into_iter().flatten().collect::<Vec<_>>().join(" / ");
                    @let is_shown = (repo, subject) == (found.of.0.as_deref(), found.of.1.as_deref());
                    tr {
                        th scope="row" { a href={ (address_of(metric, "", repo, subject)) "#rows" } aria-current=[is_shown.then_some("true")] { bdi { (if name.is_empty() { "all".to_owned() } else { text::shorten_middle(&text::visible(&name), CELL) }) } } }
                        td class="r" { (render::shown(values.get(row, "value"), Format::Plain)) }
                        td class="r" { (render::shown(values.get(row, "n"), Format::Plain)) }
                    }
                } }
            }
        }
    }
}

/// What is left out: how many for each reason, then row by row.
fn left_out(left: &LeftOut, of: &str) -> Markup {
    html! {
        h2 class="h3" id="left-out" { "Left out" @if !of.is_empty() { " of " bdi { (text::visible(of)) } } }
        @if left.n == 0 {
            p { "Nothing is left out." }
        } @else {
            p { (exact(left.n)) @if left.n == 1 { " row is" } @else { " rows are" } " not counted:" }
            ul { @for (reason, n) in &left.reasons { li { (exact(*n)) ", " bdi { (text::visible(reason)) } } } }
            (grid("What is left out", &left.rows))
        }
    }
}

/// Rows of any shape; a path leads to its lines.
fn grid(label: &str, batches: &[RecordBatch]) -> Markup {
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let shown = first_rows(batches, ROWS);
    let rows = Rows::of(&shown);
    let names: Vec<String> = batches
        .first()
        .map_or_else(Vec::new, |batch| batch.schema().fields().iter().map(|field| field.name().clone()).collect());
    let right: Vec<bool> = (0..names.len()).map(|i| rows.rows.iter().any(|row| row[i].is_number())).collect();
    html! {
        div class="tw" role="region" aria-label=(label) tabindex="0" {
            table data-rows {
                caption { @if total > ROWS { "The first " (exact(ROWS)) " of " (exact(total)) " rows." } @else { (exact(total)) @if total == 1 { " row." } @else { " rows." } } }
                thead { tr { @for (name, right) in names.iter().zip(&right) { th scope="col" class=[right.then_some("r")] { (name) } } } }
                tbody { @for row in &rows.rows { tr { @for (i, cell) in row.iter().enumerate() {
                    @let words = text::shorten_end(&if names[i].starts_with("line_") { cell.integer().map(|n| n.to_string()).unwrap_or_default() } else { render::shown(cell, Format::Plain) }, CELL);
                    td class=[right[i].then_some("r")] {
                        @match lines(&rows, row, &names[i]) {
                            Some(href) => { a href=(href) { bdi { (words) } } }
                            None => { bdi { (words) } }
                        }
                    }
                } } } }
            }
        }
    }
}

/// Where the lines of a row stand, for its path.
fn lines(rows: &Rows, row: &[Cell], column: &str) -> Option<String> {
    if column != "path" {
        return None;
    }
    let of = |name: &str| rows.get(row, name);
    let start = of("line_start").integer();
    address::code(&Evidence {
        repo: of("repo").text()?.to_owned(),
        path: Some(of("path").text()?.to_owned()),
        lines: start.map(|start| (start, of("line_end").integer().unwrap_or(start))),
        ..Evidence::default()
    })
}

fn exact(n: usize) -> String {
    words::exact(i64::try_from(n).unwrap_or(i64::MAX))
}
