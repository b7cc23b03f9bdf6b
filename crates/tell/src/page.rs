//! Pages about one thing: a part of the system, the flow of a request. The same documents as sections of the report, so
//! that every renderer and every way in shows them alike.

use sightline_facts::session::Session;
use sightline_map::{Subject, SystemMap, map_names};

use crate::engine::Engine;
use crate::store::Stored;
use crate::{Report, TellError, section};

/// What is known of one part, by its name or id.
///
/// # Errors
/// [`TellError::NoPage`] when there is no such part, or several; otherwise as [`crate::claims`].
pub fn component(session: &Session, name: &str) -> Result<Report, TellError> {
    of(session, "component", name, |subject| match subject {
        Subject::Component(id) => Some(id.clone()),
        _ => None,
    })
}

/// What happens after a request, named as `POST /orders`, `orders POST /orders` or by the id of its endpoint; or all
/// that a part without endpoints does.
///
/// # Errors
/// [`TellError::NoPage`] when there is no such request, several, or nothing after it; otherwise as [`crate::claims`].
pub fn flow(session: &Session, name: &str) -> Result<Report, TellError> {
    of(session, "flow", name, |subject| match subject {
        Subject::Endpoint(id) => Some(format!("flow:{id}")),
        Subject::Component(_) => Some(format!("flow:{}", subject.id())),
        _ => None,
    })
}

/// The page of a section by its id, such as `component:orders`; `None` when there is none.
///
/// # Errors
/// As [`crate::claims`].
pub fn by_id(session: &Session, section: &str, id: &str) -> Result<Option<Report>, TellError> {
    let file = section::find(section)?;
    let stored = Stored::read(session, Some(section))?;
    Engine::over(session).page(file, id, stored)
}

fn of(
    session: &Session,
    section: &str,
    name: &str,
    id: impl Fn(&Subject) -> Option<String>,
) -> Result<Report, TellError> {
    // Ids need no map.
    if let Some(report) = by_id(session, section, name)? {
        return Ok(report);
    }
    let broken =
        |source: sightline_map::MapError| TellError::NoPage { name: name.to_owned(), detail: source.to_string() };
    let map = SystemMap::read(session).map_err(broken)?;
    let found: Vec<String> = sightline_map::find(&map, name).iter().filter_map(id).collect();
    let none = |detail: String| TellError::NoPage { name: name.to_owned(), detail };
    match found.as_slice() {
        [] => {
            let near: Vec<String> = map_names(&map)
                .into_iter()
                .filter(|n| n.to_lowercase().contains(&name.to_lowercase()))
                .take(5)
                .collect();
            Err(none(if near.is_empty() {
                "`sightline map` and `sightline endpoints` list what is known".to_owned()
            } else {
                format!("names like it: {}", near.join(", "))
            }))
        }
        [one] => by_id(session, section, one)?
            .ok_or_else(|| none("no step could be followed after it, so there is nothing to show".to_owned())),
        many => Err(none(format!("several have that name: {}", many.join(", ")))),
    }
}
