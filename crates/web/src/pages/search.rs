//! Search: one box for everything that has a name.

use axum::response::Response;
use maud::html;
use sightline_search::{Hit, Kind};
use sightline_tell::document::Evidence;
use sightline_tell::{address, text, words};

use crate::ask::Ask;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// Answers on one page.
const MOST: usize = 60;

/// What has a name like the one that is asked for.
pub(crate) async fn get(ask: Ask) -> Response {
    get_as(ask, super::Form::Page).await
}

/// The same, also for programs.
pub(crate) async fn get_as(ask: Ask, form: super::Form) -> Response {
    ask.facts(move |facts, ask| {
        let query = ask.get("q").trim();
        let kind = Kind::of(ask.get("kind"));
        let hits = if query.is_empty() { Vec::new() } else { facts.index()?.search_kind(query, kind, MOST)? };
        if form == super::Form::Json {
            let list = hits.iter().map(|h| {
                serde_json::json!({
                    "kind": h.kind.id(), "title": h.title, "detail": h.detail, "repo": h.repo, "path": h.path,
                    "line_start": h.line_start, "subject": h.link_subject, "href": place(h),
                })
            });
            return Ok(reply::json(&list.collect()));
        }
        if form != super::Form::Page {
            return Err(Trouble::NotFound("answers come as a page and as JSON".to_owned()));
        }
        let number = |n: usize| words::exact(i64::try_from(n).unwrap_or(i64::MAX));
        let main = html! {
            h1 { "Search" }
            p class="q" { "Where is the thing with this name?" }
            form class="filter" role="search" aria-label="Names" action="/search" {
                label for="again" { "Name or words" }
                input id="again" type="search" name="q" value=(query) maxlength="200";
                select name="kind" aria-label="Kind" {
                    option value="" { "of any kind" }
                    @for one in Kind::ALL { option value=(one.id()) selected[kind == Some(one)] { (one.id()) } }
                }
                button { "Search" }
            }
            @if query.is_empty() {
                p class="note" { "Parts, endpoints, tables, topics, technologies, teams, packages, files, symbols and words of the glossary are found by their names; a letter may be wrong." }
            } @else if hits.is_empty() {
                p class="lead" { "Nothing has a name like " bdi { (text::shorten_end(&text::visible(query), 80)) } "." }
                p class="note" { "Looked through " (words::exact(i64::try_from(facts.index()?.len()).unwrap_or(i64::MAX))) " names. " a href="/trust" { "Trust" } " says what could not be read." }
            } @else {
                p class="lead" role="status" { @if hits.len() == MOST { "The first " } (number(hits.len())) @if hits.len() == 1 { " answer." } @else { " answers, the likeliest first." } }
                ol class="hits" { @for hit in &hits {
                    li class="hit" {
                        a href=(place(hit)) { bdi { (text::shorten_middle(&text::visible(&hit.title), 100)) } }
                        " " small { (hit.kind.id()) }
                        @if !hit.detail.is_empty() { br; small { bdi { (text::shorten_end(&text::visible(&hit.detail), 160)) } } }
                    }
                } }
            }
        };
        Ok(reply::page(ask, Some(facts), &Page { title: "Search".to_owned(), main, ..Page::default() }))
    })
    .await
}

/// The page of what was found.
fn place(hit: &Hit) -> String {
    let (kind, rest) = hit.link_subject.split_once(':').unwrap_or((&hit.link_subject, ""));
    let rows = |table: &str, column: &str, value: &str| {
        format!("{}?column={column}&test=is&value={}", address::table(table), address::encoded(value))
    };
    match kind {
        "component" => address::part(rest),
        "endpoint" => address::flow(rest),
        "table" => rows("entity_fields", "entity", rest),
        "topic" => rows("topics", "topic", rest),
        "technology" => rows("technologies", "technology", rest),
        "team" => rows("owners", "owner", rest),
        "package" => rows("packages", "name", rest.split_once('/').map_or(rest, |(_, name)| name)),
        "term" => format!("/glossary#word-{}", address::encoded(&rest.replace(' ', "-"))),
        "module" => rows("modules", "module", &hit.link_subject),
        _ => address::code(&Evidence {
            repo: hit.repo.clone(),
            path: Some(hit.path.clone()),
            lines: (hit.line_start > 0).then_some((hit.line_start, hit.line_start)),
            ..Evidence::default()
        })
        .unwrap_or_else(|| "/".to_owned()),
    }
}
