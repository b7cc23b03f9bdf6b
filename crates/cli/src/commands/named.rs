//! What a name on the map means, and help for whoever mistyped it.

use anyhow::Result;
use sightline_facts::session::Session;
use sightline_map::{Component, Subject, SystemMap};

use super::tables::closest;
use crate::args::Global;
use crate::exit::UsageError;
use crate::{output, place};

/// The workspace's facts and its map.
pub(super) fn read(global: &Global) -> Result<(Session, SystemMap)> {
    let session = Session::over(&place::existing(global)?)?;
    let map = SystemMap::read(&session)?;
    Ok((session, map))
}

/// The one thing that a name means.
pub(super) fn subject(map: &SystemMap, name: &str) -> Result<Subject> {
    let mut found = sightline_map::find(map, name);
    match found.len() {
        1 => Ok(found.swap_remove(0)),
        0 => Err(unknown(map, name)),
        _ => {
            let all: Vec<String> = found.iter().take(8).map(|s| format!("  {}", s.id())).collect();
            let more = found.len().saturating_sub(8);
            let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
            Err(UsageError(format!(
                "`{name}` can mean {} things:\n{}{more}\nhelp: say which one, in these words",
                found.len(),
                all.join("\n")
            ))
            .into())
        }
    }
}

/// The component of that name, `component:` before it or not; `None` where there is none.
pub(super) fn component<'a>(map: &'a SystemMap, name: &str) -> Option<&'a Component> {
    match sightline_map::find(map, name).as_slice() {
        [Subject::Component(id)] => map.component(id),
        _ => None,
    }
}

fn unknown(map: &SystemMap, name: &str) -> anyhow::Error {
    if map.components.is_empty() {
        let help = "help: `sightline overview` shows what was read, `sightline show PATH` a file or a part of the code";
        return UsageError(format!("no parts of a running system were found, so there is no `{name}`\n{help}")).into();
    }
    let names = sightline_map::map_names(map);
    let hint = closest(name, names.iter().map(String::as_str)).map_or_else(
        || {
            "`sightline map` lists components, `sightline endpoints` endpoints and topics, `sightline data` tables"
                .to_owned()
        },
        |c| format!("did you mean `{c}`?"),
    );
    UsageError(format!("there is no component, endpoint, topic or table `{name}`\nhelp: {hint}")).into()
}

/// A name of a tracker as it stands in the tables: what readers take out of outside text is taken out of it too.
pub(super) fn as_read(name: &str) -> String {
    sightline_read::history::message::clean(name).chars().take(1_000).collect()
}

/// An error for a name that is none of those that exist.
pub(super) fn none_of(what: &str, name: &str, known: &[String], list: &str) -> anyhow::Error {
    let hint = closest(name, known.iter().map(String::as_str))
        .map_or_else(|| list.to_owned(), |c| format!("did you mean `{c}`?"));
    UsageError(format!("there is no {what} `{name}`\nhelp: {hint}")).into()
}

/// Prints an answer, as JSON where it was asked for.
pub(super) fn print(answer: &sightline_tell::answers::Answer, global: &Global) -> Result<crate::exit::Exit> {
    if global.json {
        output::json(&answer.json)?;
    } else {
        output::data(&answer.text)?;
    }
    Ok(crate::exit::Exit::Done)
}
