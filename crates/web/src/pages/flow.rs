//! What happens after an endpoint is asked: the list of endpoints, and one flow.

use axum::response::Response;
use maud::html;
use sightline_tell::cell::{Cell, Rows};
use sightline_tell::{address, text};

use super::{Form, Place, told};
use crate::ask::Ask;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// Endpoints on one page of the list.
const MOST: usize = 500;

/// One flow.
pub(crate) async fn get(ask: Ask) -> Response {
    answer(ask, Form::Page).await
}

/// One flow in any form.
pub(crate) async fn answer(ask: Ask, form: Form) -> Response {
    ask.facts(move |facts, ask| {
        let of = ask.get("of").trim();
        if of.is_empty() || of.len() > 500 {
            return Ok(reply::see("/flows"));
        }
        let report = facts.report(&format!("flow {of}"), |s| crate::interim::flow(s, of))?;
        let place = Place {
            path: "/flow".to_owned(),
            query: format!("of={}", address::encoded(of)),
            room: "/flows",
            above: vec![("Flows".to_owned(), "/flows".to_owned())],
        };
        told(facts, ask, place, form, &report, &html! {})
    })
    .await
}

/// All endpoints, each leading to what it sets off.
pub(crate) async fn list(ask: Ask) -> Response {
    ask.facts(list_page).await
}

fn list_page(facts: &Facts, ask: &Ask) -> Result<Response, Trouble> {
    let rows = Rows::of(&facts.session.query(
        "select c.name as part, e.endpoint, e.method, e.protocol, coalesce(e.http_route, e.name) as route, e.name \
         from endpoints e join components c on c.component = e.component \
         order by c.name, route, e.method, e.endpoint",
    )?);
    let wanted = ask.get("q").to_lowercase();
    let words = |row: &[Cell], name: &str| rows.get(row, name).text().map(text::visible).unwrap_or_default();
    let shown: Vec<&Vec<Cell>> = rows
        .rows
        .iter()
        .filter(|row| {
            wanted.is_empty()
                || ["part", "endpoint", "route", "name"].iter().any(|c| words(row, c).to_lowercase().contains(&wanted))
        })
        .collect();
    let number = |n: usize| sightline_tell::words::exact(i64::try_from(n).unwrap_or(i64::MAX));
    let main = html! {
        h1 { "Flows" }
        p class="q" { "What happens when a user does something?" }
        @if rows.rows.is_empty() {
            p class="lead" { "No endpoint is known, so there is nothing to follow." }
            p class="note" { "Endpoints are found where code declares routes or procedures. The page " a href="/trust" { "Trust" } " says what was read." }
        } @else {
            p class="lead" { (number(rows.rows.len())) " endpoints can be followed, each to its last effect." }
            form class="filter" role="search" action="/flows" {
                label for="of" { "Only with" }
                input id="of" type="search" name="q" value=(ask.get("q")) maxlength="200";
                button { "Show" }
                span class="note" role="status" { (number(shown.len())) " shown" }
            }
            div class="tw" role="region" aria-label="Endpoints" tabindex="0" {
                table data-rows {
                    caption { "Endpoints; each leads to its steps." }
                    thead { tr { th scope="col" { "Endpoint" } th scope="col" { "Part" } th scope="col" { "Answered by" } } }
                    tbody { @for row in shown.iter().take(MOST) {
                        tr {
                            th scope="row" {
                                a href=(address::flow(rows.get(row, "endpoint").text().unwrap_or_default())) {
                                    bdi { (text::shorten_middle(format!("{} {}", words(row, "method"), words(row, "route")).trim(), 80)) }
                                }
                            }
                            td { a href=(address::part(rows.get(row, "part").text().unwrap_or_default())) { bdi { (text::shorten_middle(&words(row, "part"), 40)) } } }
                            td { bdi { (text::shorten_middle(&words(row, "name"), 60)) } }
                        }
                    } }
                }
            }
            @if shown.len() > MOST { p class="more" { "Narrow it down to see the other " (number(shown.len() - MOST)) "." } }
        }
    };
    Ok(reply::page(ask, Some(facts), &Page { title: "Flows".to_owned(), room: "/flows", main, ..Page::default() }))
}
