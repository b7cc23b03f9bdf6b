//! The pages that are sections of the report, each under its id.

use axum::extract::Path;
use axum::response::Response;
use sightline_tell::section;

use super::{Form, Place, flow, search, sql, told};
use crate::ask::Ask;
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
        let report = facts.report(&format!("section {id}"), |s| Ok(sightline_tell::load_section(s, &id)?))?;
        let path = if id == "start" { "/".to_owned() } else { format!("/{id}") };
        let room = RAIL.iter().flat_map(|(_, rooms)| *rooms).find(|(href, ..)| *href == path).map_or("", |r| r.0);
        let place = Place { path, query: String::new(), room, above: Vec::new() };
        told(facts, ask, place, form, &report, &maud::html! {})
    })
    .await
}
