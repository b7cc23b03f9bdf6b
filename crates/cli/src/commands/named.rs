//! Facts, map and names for the commands that ask about the map.

use anyhow::Result;
use sightline_facts::session::Session;
use sightline_map::{Component, Subject, SystemMap};
use sightline_tell::answers::names;

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
    names::subject(map, name).map_err(usage)
}

/// The component of that name, `component:` before it or not; `None` where there is none.
pub(super) fn component<'a>(map: &'a SystemMap, name: &str) -> Option<&'a Component> {
    names::component(map, name)
}

/// A name of a tracker as it stands in the tables: what readers take out of outside text is taken out of it too.
pub(super) fn as_read(name: &str) -> String {
    sightline_read::history::message::clean(name).chars().take(1_000).collect()
}

/// An error for a name that is none of those that exist.
pub(super) fn none_of(what: &str, name: &str, known: &[String], list: &str) -> anyhow::Error {
    usage(names::none_of(what, name, known, list))
}

/// A wrong name is a wrong use of the command.
pub(super) fn usage(error: names::NameError) -> anyhow::Error {
    UsageError(error.0).into()
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
