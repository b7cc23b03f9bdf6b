//! What a name on the map means, and help for whoever mistyped it.

use sightline_map::{Component, Subject, SystemMap};

/// A name that means nothing here, or more than one thing: what, and after `help:` what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(pub String);

/// The one thing that a name means.
///
/// # Errors
/// It means nothing, or several things; the message names the closest, or all of them.
pub fn subject(map: &SystemMap, name: &str) -> Result<Subject, NameError> {
    let mut found = sightline_map::find(map, name);
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => Err(unknown(map, name)),
        _ => {
            let all: Vec<String> = found.iter().take(8).map(|s| format!("  {}", s.id())).collect();
            let more = found.len().saturating_sub(8);
            let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
            Err(NameError(format!(
                "`{name}` can mean {} things:\n{}{more}\nhelp: say which one, in these words",
                found.len(),
                all.join("\n")
            )))
        }
    }
}

/// The component of that name, `component:` before it or not; `None` where there is none.
pub fn component<'a>(map: &'a SystemMap, name: &str) -> Option<&'a Component> {
    match sightline_map::find(map, name).as_slice() {
        [Subject::Component(id)] => map.component(id),
        _ => None,
    }
}

/// The component of that name.
///
/// # Errors
/// There is none; the message names the closest.
pub fn known_component<'a>(map: &'a SystemMap, name: &str) -> Result<&'a Component, NameError> {
    component(map, name).ok_or_else(|| {
        let known: Vec<String> = map.components.iter().map(|c| sightline_map::short_id(&c.id).to_owned()).collect();
        none_of("component", name, &known, "`sightline map` lists them")
    })
}

fn unknown(map: &SystemMap, name: &str) -> NameError {
    if map.components.is_empty() {
        let help = "help: `sightline overview` shows what was read, `sightline show PATH` a file or a part of the code";
        return NameError(format!("no parts of a running system were found, so there is no `{name}`\n{help}"));
    }
    let names = sightline_map::map_names(map);
    let hint = closest(name, names.iter().map(String::as_str)).map_or_else(
        || {
            "`sightline map` lists components, `sightline endpoints` endpoints and topics, `sightline data` tables"
                .to_owned()
        },
        |c| format!("did you mean `{c}`?"),
    );
    NameError(format!("there is no component, endpoint, topic or table `{name}`\nhelp: {hint}"))
}

/// An error for a name that is none of those that exist; `list` says where to see them.
pub fn none_of(what: &str, name: &str, known: &[String], list: &str) -> NameError {
    let hint = closest(name, known.iter().map(String::as_str))
        .map_or_else(|| list.to_owned(), |c| format!("did you mean `{c}`?"));
    NameError(format!("there is no {what} `{name}`\nhelp: {hint}"))
}

/// The name most like a mistyped one.
pub fn closest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|n| (strsim::jaro_winkler(name, n), n))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, n)| n)
}
