//! What happens after an endpoint is asked: the list of endpoints, and one flow.

use std::sync::Arc;

use axum::response::Response;
use maud::html;
use sightline_facts::session::Value;
use sightline_map::{Subject, SystemMap};
use sightline_tell::cell::{Cell, Rows};
use sightline_tell::document::{Evidence, Report};
use sightline_tell::{TellError, address, text};

use super::{Form, Place, section, told};
use crate::ask::Ask;
use crate::carried::Carried;
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
        let report = match report(facts, of) {
            Ok(report) => report,
            Err(Trouble::Tell(TellError::NoPage { detail, .. })) => return nothing(facts, ask, of, &detail),
            Err(other) => return Err(other),
        };
        let place = Place {
            path: "/flow".to_owned(),
            query: format!("of={}", address::encoded(of)),
            room: "/flows",
            above: above(),
        };
        told(facts, ask, place, form, &report, &html! {})
    })
    .await
}

fn above() -> Vec<(String, String)> {
    vec![("Flows".to_owned(), "/flows".to_owned())]
}

/// The flow of that title, of an endpoint, or of a part.
pub(crate) fn report(facts: &Facts, of: &str) -> Result<Arc<Report>, Trouble> {
    facts.report(&format!("flow {of}"), |session| {
        let titled = session.query_with("select flow from flows where title = :of", &[("of", Value::Text(of))])?;
        let titled = Rows::of(&titled);
        let id = match titled.rows.as_slice() {
            [one] => one.first().and_then(Cell::text).unwrap_or(of),
            _ => of,
        };
        match (sightline_tell::page::flow(session, id), of.split_once(": ")) {
            // A part may be called otherwise than in its endpoints' ids.
            (Err(TellError::NoPage { .. }), Some((part, rest))) => {
                Ok(sightline_tell::page::flow(session, &format!("{part} {rest}"))?)
            }
            (outcome, _) => Ok(outcome?),
        }
    })
}

/// An endpoint after which nothing could be followed, several of that name, or none.
fn nothing(facts: &Facts, ask: &Ask, of: &str, detail: &str) -> Result<Response, Trouble> {
    let map = SystemMap::read(&facts.session)?;
    let mut found = sightline_map::find(&map, of);
    if found.is_empty() {
        found = sightline_map::find(&map, &of.replacen(": ", " ", 1));
    }
    let found: Vec<_> = found
        .into_iter()
        .filter_map(|s| match s {
            Subject::Endpoint(id) => map.endpoints.iter().find(|e| e.id == id),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        let title = text::shorten_middle(&text::visible(of), 100);
        return Err(Trouble::NotFound(format!("nothing is known of what follows `{title}`\nhelp: {detail}")));
    }
    let main = html! {
        h1 { bdi { (text::shorten_middle(&text::visible(of), 120)) } }
        p class="q" { "What happens when it is asked?" }
        @if found.len() > 1 {
            p class="lead" { "Several endpoints have this name. Which one do you mean?" }
        } @else {
            p class="lead" { "No step could be followed after it, so there is nothing to show." }
            p class="note" { "It calls no other part and no store in a way that we could see." }
        }
        ul { @for endpoint in found {
            li {
                @if map.endpoints.iter().filter(|e| e.id == endpoint.id).count() == 1 && of != endpoint.id {
                    a href=(address::flow(&endpoint.id)) { bdi { (text::visible(&endpoint.id)) } }
                } @else {
                    bdi { (text::visible(&endpoint.id)) }
                }
                ", declared in "
                a class="path" href=(address::code(&place(&endpoint.spot)).unwrap_or_default()) { bdi { (text::visible(&endpoint.spot.path)) ":" (endpoint.spot.line_start) } }
            }
        } }
    };
    let title = text::shorten_middle(&text::visible(of), 80);
    Ok(reply::page(ask, Some(facts), &Page { title, room: "/flows", above: above(), main, ..Page::default() }))
}

fn place(spot: &sightline_map::Spot) -> Evidence {
    Evidence {
        repo: spot.repo.clone(),
        commit: spot.commit.clone(),
        path: Some(spot.path.clone()),
        lines: Some((spot.line_start, spot.line_end)),
        ..Evidence::default()
    }
}

/// All endpoints, each leading to what it sets off.
pub(crate) async fn list(ask: Ask) -> Response {
    list_as(ask, Form::Page).await
}

/// The same in any form.
pub(crate) async fn list_as(ask: Ask, form: Form) -> Response {
    ask.facts(move |facts, ask| list_page(facts, ask, form)).await
}

fn list_page(facts: &Facts, ask: &Ask, form: Form) -> Result<Response, Trouble> {
    // The pages behind the list are asked for one by one.
    let carried = Carried::of(ask);
    let repo = section::wanted(facts, &carried)?;
    let report = facts.report(&format!("flows {repo}"), |session| {
        if !repo.is_empty() {
            return Ok(sightline_tell::narrow::load(session, "flow", repo)?);
        }
        let mut report = sightline_tell::load_section(session, "flow")?;
        report.sections.truncate(1);
        Ok(report)
    })?;
    let rows = Rows::of(&facts.session.query_with(
        "select c.name as part, e.endpoint, e.method, coalesce(e.http_route, e.name) as route, e.name \
         from endpoints e join components c on c.component = e.component where :repo = '' or e.repo = :repo \
         order by c.name, route, e.method, e.endpoint",
        &[("repo", Value::Text(repo))],
    )?);
    let words = |row: &[Cell], name: &str| rows.get(row, name).text().map(text::visible).unwrap_or_default();
    let more = html! {
        @if !rows.rows.is_empty() {
            section class="sec" aria-labelledby="h-endpoints" {
                h2 id="h-endpoints" class="h3" { "Follow any endpoint" }
                div class="tw" role="region" aria-label="Endpoints" tabindex="0" {
                    table data-rows {
                        caption { "Endpoints; each leads to its steps." }
                        thead { tr { th scope="col" { "Endpoint" } th scope="col" { "Part" } th scope="col" { "Answered by" } } }
                        tbody { @for row in rows.rows.iter().take(MOST) {
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
                @if rows.rows.len() > MOST { p class="more" { a href=(address::table("endpoints")) { "All endpoints" } } }
            }
        }
    };
    let query = Carried { repo: repo.to_owned(), ..Carried::default() }.query();
    let place = Place { path: "/flows".to_owned(), query, room: "/flows", above: Vec::new() };
    told(facts, ask, place, form, &report, &more)
}
