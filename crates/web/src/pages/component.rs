//! The page of a part of the system.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use maud::html;
use sightline_map::{Subject, SystemMap};
use sightline_tell::document::Report;
use sightline_tell::{address, text};

use super::{Form, Place, correct, told};
use crate::ask::Ask;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// One part, by its name or id.
pub(crate) async fn get(ask: Ask, Path(name): Path<String>) -> Response {
    ask.facts(move |facts, ask| {
        // A name may end like a form of the page; then the page is meant.
        let (name, form) = if facts.parts.contains(&name) { (name.as_str(), Form::Page) } else { Form::of(&name) };
        let map = SystemMap::read(&facts.session)?;
        let found: Vec<&sightline_map::Component> = sightline_map::find(&map, &format!("component:{name}"))
            .iter()
            .filter_map(|s| match s {
                Subject::Component(id) => map.components.iter().find(|c| c.id == *id),
                _ => None,
            })
            .collect();
        match found.as_slice() {
            [] => Err(Trouble::NotFound(format!(
                "no part of the system is called `{}`\nhelp: the map lists all parts",
                text::shorten_middle(name, 100)
            ))),
            [one] if one.kind == "user" => Ok(people(facts, ask, one)),
            [one] => one_part(facts, ask, one, form),
            several => Ok(choice(facts, ask, name, several)),
        }
    })
    .await
}

/// What is known of a part, by its id or name.
pub(crate) fn report(facts: &Facts, name: &str) -> Result<Arc<Report>, Trouble> {
    facts.report(&format!("part {name}"), |session| Ok(sightline_tell::page::component(session, name)?))
}

fn one_part(facts: &Facts, ask: &Ask, part: &sightline_map::Component, form: Form) -> Result<Response, Trouble> {
    let report = report(facts, &part.id)?;
    let place = Place {
        path: address::part(&part.name),
        query: String::new(),
        room: "/map",
        above: vec![("Map".to_owned(), "/map".to_owned())],
    };
    let more = html! {
        section class="sec correct" aria-labelledby="h-wrong" {
            h2 id="h-wrong" class="h3" { "Is something here wrong?" }
            (correct::form(ask, &part.name, part.kind.as_str()))
            details {
                summary { "A connection is wrong or missing" }
                (correct::connection_form(ask, facts, &part.name))
            }
        }
    };
    told(facts, ask, place, form, &report, &more)
}

/// People at the edge of the system have no page of facts; what they use is on the map.
fn people(facts: &Facts, ask: &Ask, part: &sightline_map::Component) -> Response {
    let rows =
        format!("{}?column=from_component&test=is&value={}", address::table("connections"), address::encoded(&part.id));
    let main = html! {
        h1 { bdi { (text::visible(&part.name)) } }
        p class="q" { "Who is this?" }
        p class="lead" { bdi { (text::visible(&part.purpose)) } }
        p { "They stand on the " a href="/map" { "map" } " at the edge of the system. " a href=(rows) { "What they use" } }
    };
    let above = vec![("Map".to_owned(), "/map".to_owned())];
    reply::page(
        ask,
        Some(facts),
        &Page { title: text::visible(&part.name), room: "/map", above, main, ..Page::default() },
    )
}

/// Several parts have the name: which one is meant?
fn choice(facts: &Facts, ask: &Ask, name: &str, parts: &[&sightline_map::Component]) -> Response {
    let main = html! {
        h1 { bdi { (text::visible(name)) } }
        p class="lead" { "Several parts have this name. Which one do you mean?" }
        ul { @for part in parts {
            li { a href=(address::part(sightline_map::short_id(&part.id))) { bdi { (text::visible(sightline_map::short_id(&part.id))) } } ": " bdi { (text::visible(&part.purpose)) } }
        } }
    };
    let page = Page {
        title: text::visible(name),
        room: "/map",
        above: vec![("Map".to_owned(), "/map".to_owned())],
        main,
        ..Page::default()
    };
    reply::page(ask, Some(facts), &page)
}
