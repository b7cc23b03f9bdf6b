//! The pages that are sections of the report, each under its id.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use sightline_tell::document::{Block, Report};
use sightline_tell::{section, text};

use super::{Form, Place, compare, flow, glossary, search, sql, told};
use crate::ask::Ask;
use crate::carried::Carried;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::RAIL;

/// The first page.
pub(crate) async fn start(ask: Ask) -> Response {
    of(ask, "start", Form::Page).await
}

/// Any other, or one of them as data.
pub(crate) async fn get(ask: Ask, Path(name): Path<String>) -> Response {
    let (id, form) = Form::of(&name);
    match id {
        "flow" => flow::answer(ask, form).await,
        "sql" => sql::download(ask, form).await,
        "flows" => flow::list_as(ask, form).await,
        "search" => search::get_as(ask, form).await,
        "glossary" => glossary::get_as(ask, form).await,
        _ => of(ask, id, form).await,
    }
}

/// An address that leads nowhere.
pub(crate) async fn missing(ask: Ask) -> Response {
    ask.facts(|_, ask| Err(unknown(&ask.path))).await
}

fn unknown(path: &str) -> Trouble {
    Trouble::NotFound(format!("nothing is kept under `{path}`\nhelp: the list of pages leads to all there are"))
}

/// What would stand on a page that has nothing yet, and how to fill it.
fn beginning(id: &str, report: &Report) -> Markup {
    let blocks = report.sections.iter().flat_map(|s| &s.blocks);
    let says_more = |b: &Block| matches!(b, Block::Table(_) | Block::Picture(_));
    let answers = match id {
        "program" => [
            "How many items are open, and how long such work usually takes.",
            "What has waited longer than most, and who could look at it.",
            "When the open work will land, as a range with its chances.",
        ],
        "dependencies" => [
            "Which open item waits for which, and whose it is.",
            "Which work belongs to which change and part, and which has no other end.",
            "Which parts and teams depend on each other, said or unsaid.",
        ],
        _ => return html! {},
    };
    if blocks.into_iter().any(says_more) {
        return html! {};
    }
    html! {
        section class="sec begin" aria-labelledby="h-begin" {
            h2 id="h-begin" class="h3" { "What this page can answer" }
            ul {
                @for answer in answers { li { (answer) } }
            }
            h2 class="h3" { "How to fill it" }
            ol {
                li { "Name your tracker, such as " code { "sightline scan github:acme/shop" } "; " code { "sightline connect" } " says which services are known, what they would be asked, and which permissions that needs." }
                li { "Or export its issues and pull requests as a JSON or CSV file, and read that: " code { "sightline scan issues.jsonl" } }
                li { "Look at this page again." }
            }
            p class="note" { "Only a tracker that you name is asked, for reading alone; nothing is written to it." }
        }
    }
}

/// The one of several repositories that pages are to be about; empty for all.
pub(super) fn wanted<'a>(facts: &Facts, carried: &'a Carried) -> Result<&'a str, Trouble> {
    if carried.repo.is_empty() || facts.sources.iter().any(|s| s.repo == carried.repo) {
        // Of a single one, everything is about it.
        return Ok(if facts.sources.len() > 1 { &carried.repo } else { "" });
    }
    let named = text::shorten_middle(&text::visible(&carried.repo), 80);
    Err(Trouble::NotFound(format!(
        "no repository is called `{named}`\nhelp: the trust page lists those that were read"
    )))
}

async fn of(ask: Ask, id: &str, form: Form) -> Response {
    let id = id.to_owned();
    ask.facts(move |facts, ask| {
        // Sections with a page for each of many things have a list of their own.
        if id == "component" {
            return Ok(reply::see("/map"));
        }
        if section::find(&id).is_err() {
            return Err(unknown(&ask.path));
        }
        let carried = Carried::of(ask);
        if id == "changes" && !carried.since.is_empty() {
            return compare::page(facts, ask, &carried, form);
        }
        let repo = wanted(facts, &carried)?;
        let report = facts.report(&format!("section {id} {repo}"), |s| {
            if repo.is_empty() {
                return Ok(sightline_tell::load_section(s, &id)?);
            }
            Ok(sightline_tell::narrow::load(s, &id, repo)?)
        })?;
        let path = if id == "start" { "/".to_owned() } else { format!("/{id}") };
        let room = RAIL.iter().flat_map(|(_, rooms)| *rooms).find(|(href, ..)| *href == path).map_or("", |r| r.0);
        let query = Carried { repo: repo.to_owned(), ..Carried::default() }.query();
        let place = Place { path, query, room, above: Vec::new() };
        told(facts, ask, place, form, &report, &beginning(&id, &report))
    })
    .await
}
