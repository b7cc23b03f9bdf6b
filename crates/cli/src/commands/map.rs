//! `sightline map`: the parts of the running system.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Args;
use sightline_tell::answers;

use super::named;
use crate::args::Global;
use crate::exit::Exit;
use crate::output;

/// Which parts exist, and what does each one do?
#[derive(Debug, Args)]
#[command(
    after_help = "Services, jobs, sites, stores, queues and outside systems, by area: what each is for, what it is made with, who looks after it, and how many use it. Found in deployment files, code and settings; nothing is run.\n\nExamples:\n  sightline map\n  sightline map --area data\n  sightline map --kind database"
)]
pub(crate) struct Map {
    /// Only this area
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
    /// Only parts of this kind, such as service, database or external
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

pub(crate) fn run(command: &Map, global: &Global) -> Result<Exit> {
    let (_, map) = named::read(global)?;
    let known = |of: &dyn Fn(&sightline_map::Component) -> Option<String>| -> Vec<String> {
        map.components.iter().filter_map(of).collect::<BTreeSet<_>>().into_iter().collect()
    };
    if let Some(area) = &command.area {
        let areas = known(&|c| c.area.clone());
        if !areas.iter().any(|a| a.eq_ignore_ascii_case(area)) {
            return Err(named::none_of("area", area, &areas, &format!("the areas are {}", areas.join(", "))));
        }
    }
    if let Some(kind) = &command.kind {
        let kinds = known(&|c| Some(c.kind.clone()));
        if !kinds.contains(kind) {
            return Err(named::none_of(
                "part of the kind",
                kind,
                &kinds,
                &format!("the kinds here are {}", kinds.join(", ")),
            ));
        }
    }
    let answer = answers::parts(&map, command.area.as_deref(), command.kind.as_deref(), output::width());
    named::print(&answer, global)
}
