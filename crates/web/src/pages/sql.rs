//! Questions in SQL: the editor, the answer as table and picture, downloads, and questions that were saved.
//!
//! A question is part of the address, so that it can be shared; whoever opens it asks the same of the facts of then. It
//! only ever reads, has limits of time and rows, and ends when nobody waits for its answer any more.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Form as Sent;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use sightline_facts::session::{Answer, Limits};
use sightline_facts::{FactsError, store, tables};
use sightline_tell::cell::{Cell, Rows};
use sightline_tell::document::{Drawn, Format, Mark, Picture, PictureKind};
use sightline_tell::{address, render, text, words};

use super::{Form, correct};
use crate::ask::Ask;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::{self, Page};

/// Longest question, in bytes.
const LONGEST: usize = 20_000;
/// Longest text of a cell on the page.
const CELL: usize = 240;
/// Bars of the picture.
const MOST_BARS: usize = 40;
/// Questions that a workspace keeps.
const MOST_SAVED: usize = 200;

/// The editor, with the answer where a question was asked.
pub(crate) async fn get(ask: Ask) -> Response {
    let Ok(Ok(_turn)) = turn(&ask).await else { return busy() };
    let gone = Gone::default();
    let stop = Arc::clone(&gone.0);
    ask.facts(move |facts, ask| {
        let question = ask.get("q");
        let started = Instant::now();
        let answer = (!question.trim().is_empty()).then(|| answer(facts, ask, ask.app.limits.rows, &stop));
        let seconds = started.elapsed().as_secs_f64();
        let saved = saved(ask);
        let main = html! {
            h1 { "SQL" }
            p class="q" { "What do I want to know that no page says?" }
            (editor(question))
            div id="answer" aria-live="polite" {
                @match &answer {
                    None => {}
                    Some(Ok(answer)) => { (shown(question, answer, seconds)) (keep(ask, question)) }
                    Some(Err(why)) => { (failed(why)) }
                }
            }
            (questions(ask, &saved))
            p class="note" { a href="/tables" { "Tables" } " lists what there is to ask, with the meaning of each column. Questions only read; one ends after " (words::decimal(ask.app.limits.time.as_secs_f64(), 0)) " seconds, and a page shows up to " (words::exact(i64::try_from(ask.app.limits.rows).unwrap_or(0))) " rows." }
        };
        Ok(reply::page(ask, Some(facts), &Page { title: "SQL".to_owned(), room: "/sql", main, ..Page::default() }))
    })
    .await
}

/// The answer as a file.
pub(crate) async fn download(ask: Ask, form: Form) -> Response {
    let Ok(Ok(_turn)) = turn(&ask).await else { return busy() };
    let gone = Gone::default();
    let stop = Arc::clone(&gone.0);
    ask.facts(move |facts, ask| {
        let answer = answer(facts, ask, ask.app.limits.rows_of_file, &stop)?;
        match form {
            Form::Csv => Ok(reply::download("text/csv; charset=utf-8", "answer.csv", render::csv(&answer.batches))),
            Form::Json => Ok(reply::json(&render::rows_json(&answer.batches))),
            Form::Parquet => {
                let bytes = store::parquet_bytes(answer.schema, &answer.batches)?;
                Ok(reply::download("application/vnd.apache.parquet", "answer.parquet", bytes))
            }
            Form::Page | Form::Markdown => Err(Trouble::NotFound("answers come as CSV, JSON and Parquet".to_owned())),
        }
    })
    .await
}

/// Tables and their columns, for completion.
pub(crate) async fn schema(ask: Ask) -> Response {
    ask.facts(|_, _| {
        let all: serde_json::Map<String, serde_json::Value> = tables::ALL
            .iter()
            .map(|t| (t.name.to_owned(), t.columns.iter().map(|c| serde_json::Value::from(c.name)).collect()))
            .collect();
        Ok(reply::json(&serde_json::Value::Object(all)))
    })
    .await
}

/// Raises its flag when whoever waits for the answer goes away: the server then drops what it was doing for them.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits for one of the few places for questions.
async fn turn(
    ask: &Ask,
) -> Result<Result<tokio::sync::OwnedSemaphorePermit, tokio::sync::AcquireError>, tokio::time::error::Elapsed> {
    let places = Arc::clone(&ask.app.questions);
    tokio::time::timeout(ask.app.limits.time, places.acquire_owned()).await
}

fn busy() -> Response {
    reply::plain(StatusCode::SERVICE_UNAVAILABLE, "other questions are still being answered; ask again in a moment")
}

fn answer(facts: &Facts, ask: &Ask, rows: usize, stop: &AtomicBool) -> Result<Answer, Trouble> {
    let question = ask.get("q");
    if question.trim().is_empty() {
        return Err(Trouble::Wrong("there is no question\nhelp: write it into the address as `q`".to_owned()));
    }
    if question.len() > LONGEST {
        return Err(Trouble::Wrong(format!("the question is longer than {LONGEST} bytes")));
    }
    let limits = Limits { rows, time: ask.app.limits.time };
    Ok(facts.console()?.query_until(question, &limits, stop)?)
}

fn editor(question: &str) -> Markup {
    let start = "select name, kind, code_lines\nfrom components\norder by code_lines desc\nlimit 20";
    html! {
        form class="sql-form" action="/sql" id="sql-form" {
            label for="q" { "Question in SQL" }
            textarea id="q" name="q" rows="8" maxlength=(LONGEST) spellcheck="false" autocapitalize="off" autocomplete="off" data-sql { (if question.is_empty() { start } else { question }) }
            div id="hints" role="listbox" aria-label="Completions" hidden {}
            p class="acts" {
                button { "Ask" }
                " " button type="button" id="sql-stop" hidden { "Stop" }
                " " span class="note" { "Ctrl and Enter asks; Ctrl and Space completes." }
            }
        }
    }
}

/// A form that keeps the question.
fn keep(ask: &Ask, question: &str) -> Markup {
    html! {
        @if ask.visitor.may_edit() {
            form class="act" method="post" action="/sql/save" {
                input type="hidden" name="csrf" value=(ask.visitor.csrf);
                input type="hidden" name="q" value=(question);
                label { "Keep this question as " input name="name" required maxlength="80" placeholder="for example: largest parts"; }
                " " button { "Save" }
            }
        }
    }
}

fn failed(why: &Trouble) -> Markup {
    let why = match why {
        Trouble::Facts(FactsError::Sql { detail }) => detail.clone(),
        other => other.to_string(),
    };
    let (what, help) = why.split_once("\nhelp: ").unwrap_or((&why, ""));
    html! {
        div class="att" role="alert" {
            span class="sh" aria-hidden="true" { "▲" }
            p { (shell::words(&text::shorten_end(what, 1_000))) }
            @if !help.is_empty() { p class="why" { (shell::words(help)) } }
        }
    }
}

fn shown(question: &str, answer: &Answer, seconds: f64) -> Markup {
    let rows = Rows::of(&answer.batches);
    let columns: Vec<String> = answer.schema.fields().iter().map(|f| f.name().clone()).collect();
    let right: Vec<bool> = (0..columns.len()).map(|c| rows.rows.iter().any(|r| r[c].is_number())).collect();
    let n = words::exact(i64::try_from(rows.rows.len()).unwrap_or(0));
    let file = |ending: &str| format!("/sql.{ending}?q={}", address::encoded(question));
    html! {
        p class="lead" { @if answer.is_cut { "The first " } (n) @if rows.rows.len() == 1 { " row" } @else { " rows" } @if answer.is_cut { " of more" } ", in " (words::decimal(seconds, 2)) " s." }
        @if let Some(picture) = chart(&columns, &rows) { (picture) }
        @if !rows.rows.is_empty() {
            div class="tw" role="region" aria-label="Answer" tabindex="0" {
                table data-rows {
                    caption class="off" { "The answer" }
                    thead { tr { @for (c, right) in columns.iter().zip(&right) { th scope="col" class=[right.then_some("r")] { (text::shorten_end(&text::visible(c), 80)) } } } }
                    tbody { @for row in &rows.rows { tr { @for (i, cell) in row.iter().enumerate() {
                        @let words = text::shorten_end(&render::shown(cell, Format::Plain), CELL);
                        td class=[right[i].then_some("r")] { bdi { (words) } }
                    } } } }
                }
            }
        }
        p class="forms" { "This answer as " a href=(file("csv")) { "CSV" } ", " a href=(file("json")) { "JSON" } ", " a href=(file("parquet")) { "Parquet" } ". " a href=(address::sql(question)) data-copy { "Link to this question" } }
    }
}

/// A picture of an answer with names in its first column and a number in another.
fn chart(columns: &[String], rows: &Rows) -> Option<Markup> {
    if rows.rows.len() < 2 || rows.rows.len() > MOST_BARS {
        return None;
    }
    let is_name =
        |c: usize| rows.rows.iter().all(|r| matches!(r[c], Cell::Text(_) | Cell::Instant(_) | Cell::Boolean(_)));
    let is_length = |c: usize| rows.rows.iter().all(|r| r[c].number().is_some_and(|x| x >= 0.0));
    let name = (0..columns.len()).find(|c| is_name(*c))?;
    let length = (0..columns.len()).find(|c| is_length(*c))?;
    let marks: Vec<Mark> = rows
        .rows
        .iter()
        .map(|r| Mark {
            label: text::shorten_middle(&render::shown(&r[name], Format::Date), 60),
            x: r[length].number().unwrap_or(0.0),
            y: 0.0,
        })
        .collect();
    let title = format!("{} by {}", text::visible(&columns[length]), text::visible(&columns[name]));
    let picture = Picture {
        key: "answer".to_owned(),
        kind: PictureKind::Bars,
        title: title.clone(),
        description: "One bar for each row of the answer; the table below says the same.".to_owned(),
        x_title: columns[length].clone(),
        y_title: String::new(),
        format: Format::Plain,
        marks,
        system: Drawn::default(),
        query: String::new(),
        lines_query: String::new(),
    };
    Some(html! {
        figure {
            figcaption { (title) }
            div class="pic" role="region" aria-label=(title) tabindex="0" { (render::drawn(&picture, "p-answer")) }
        }
    })
}

/// Where questions are kept: plain files beside the settings, for version control.
fn folder(ask: &Ask) -> PathBuf {
    ask.app.workspace.root().join("questions")
}

/// The file name of a question: letters, digits and dashes of its name, and nothing that leads elsewhere.
fn slug(name: &str) -> Option<String> {
    let mut out = String::new();
    for c in name.trim().chars().flat_map(char::to_lowercase).take(80) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let slug = out.trim_end_matches('-').to_owned();
    (!slug.is_empty()).then_some(slug)
}

/// Saved questions by name: file name, text.
fn saved(ask: &Ask) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder(ask)) else { return BTreeMap::new() };
    let names = entries.flatten().filter_map(|e| {
        let name = e.file_name().into_string().ok()?;
        let stem = name.strip_suffix(".sql")?;
        (slug(stem).as_deref() == Some(stem) && e.file_type().is_ok_and(|t| t.is_file())).then(|| stem.to_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.truncate(MOST_SAVED);
    names
        .into_iter()
        .filter_map(|stem| {
            let text = std::fs::read_to_string(folder(ask).join(format!("{stem}.sql"))).ok()?;
            (text.len() <= LONGEST).then_some((stem, text))
        })
        .collect()
}

fn questions(ask: &Ask, saved: &BTreeMap<String, String>) -> Markup {
    html! {
        h2 class="h3" { "Saved questions" }
        @if saved.is_empty() {
            p class="note" { "None yet. What is saved here stands as a file in " code { "questions/" } " of the workspace, where others find it too." }
        } @else {
            ul class="saved" { @for (name, question) in saved {
                li {
                    a href=(address::sql(question.trim())) { (name.replace('-', " ")) }
                    @if ask.visitor.may_edit() {
                        form class="act" method="post" action="/sql/forget" {
                            input type="hidden" name="csrf" value=(ask.visitor.csrf);
                            input type="hidden" name="name" value=(name);
                            button aria-label={ "Remove " (name) } { "Remove" }
                        }
                    }
                }
            } }
        }
    }
}

/// Keeps a question.
pub(crate) async fn save(ask: Ask, Sent(form): Sent<BTreeMap<String, String>>) -> Response {
    changed(ask, form, |ask, form| {
        let field = |name: &str| form.get(name).map(|v| v.trim()).unwrap_or_default();
        let name = slug(field("name"))
            .ok_or_else(|| Trouble::Wrong("a name needs at least one letter or digit".to_owned()))?;
        let question = field("q");
        if question.is_empty() || question.len() > LONGEST {
            return Err(Trouble::Wrong(format!("a question has between 1 and {LONGEST} bytes")));
        }
        let place = folder(ask);
        let failed = |e: std::io::Error| Trouble::Wrong(format!("the question could not be saved: {}", e.kind()));
        std::fs::create_dir_all(&place).map_err(failed)?;
        if saved(ask).len() >= MOST_SAVED {
            return Err(Trouble::Wrong(format!("there are {MOST_SAVED} saved questions already; remove one first")));
        }
        let (file, temporary) = (place.join(format!("{name}.sql")), place.join(format!(".{name}.sql.new")));
        std::fs::write(&temporary, format!("{question}\n")).map_err(failed)?;
        std::fs::rename(&temporary, &file).map_err(failed)?;
        Ok(address::sql(question))
    })
    .await
}

/// Removes a saved question.
pub(crate) async fn forget(ask: Ask, Sent(form): Sent<BTreeMap<String, String>>) -> Response {
    changed(ask, form, |ask, form| {
        let name = form.get("name").and_then(|n| slug(n));
        let name = name.ok_or_else(|| Trouble::Wrong("no question is named".to_owned()))?;
        match std::fs::remove_file(folder(ask).join(format!("{name}.sql"))) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Trouble::Wrong(format!("the question could not be removed: {}", e.kind())))
            }
            _ => Ok("/sql".to_owned()),
        }
    })
    .await
}

async fn changed(
    ask: Ask,
    form: BTreeMap<String, String>,
    change: impl FnOnce(&Ask, &BTreeMap<String, String>) -> Result<String, Trouble> + Send + 'static,
) -> Response {
    ask.blocking(move |ask| match correct::may(ask, &form).and_then(|()| change(ask, &form)) {
        Ok(place) => reply::see(&place),
        Err(trouble) => reply::trouble(ask, ask.app.door.facts().ok().as_deref(), &trouble),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        let check = |name: &str, expect: Option<&str>| assert_eq!(slug(name).as_deref(), expect, "{name}");
        check("Largest parts!", Some("largest-parts"));
        check("../../etc/passwd", Some("etc-passwd"));
        check("..", None);
        check("ü", None);
        check("a\0b", Some("a-b"));
    }
}
