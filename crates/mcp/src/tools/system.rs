//! Tools about the running system: what `tell` answers at the terminal, for assistants.

use schemars::JsonSchema;
use serde::Deserialize;
use sightline_plan::initiatives;
use sightline_tell::answers::{self, Answer, NameError, names};
use sightline_tell::{TellError, render};

use crate::error::ToolError;
use crate::limits::WIDTH;
use crate::reply::Reply;
use crate::state::State;

/// Arguments of `map`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    /// Only this product area.
    area: Option<String>,
    /// Only this kind of component, such as `service`, `database` or `external`.
    kind: Option<String>,
}

/// Arguments of `show_component`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    /// Name of the component, with or without `component:`.
    name: String,
}

/// Arguments of `impact` and `flow`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// A component, endpoint such as `POST /orders`, topic or table. Where a name is not enough, its kind may stand before
    /// it: `component:orders`, `topic:orders.paid`, `table:orders`, or the component before an endpoint: `orders POST /orders`.
    name: String,
}

/// Arguments of `endpoints`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoints {
    /// Component whose endpoints to list; all when left out.
    component: Option<String>,
}

/// Arguments of `data`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    /// Table, collection or kind of record to show with its fields; the whole inventory when left out.
    entity: Option<String>,
}

/// Arguments of `blockers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stream {
    /// Stream of work such as `shop/issues`; all when left out.
    stream: Option<String>,
}

/// Arguments of `forecast`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Forecast {
    /// Stream of work such as `shop/issues`; all when left out.
    stream: Option<String>,
    /// Milestone or version by its name; all, and the next items, when left out.
    milestone: Option<String>,
    /// Initiative or project by its name, instead of a milestone: when will nothing that is open of it be left?
    initiative: Option<String>,
}

/// Arguments of `report_section`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    /// Id of the section, such as `start`, `map`, `outside`, `stack`, `health`, `changes`, `documents` or `trust`.
    section: String,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::new(answer.text, answer.json)
    }
}

pub(super) fn blockers(state: &State, given: &Stream) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    Ok(answers::blockers(&facts.session, given.stream.as_deref().map(str::trim), true, WIDTH)?.into())
}

pub(super) fn forecast(state: &State, given: &Forecast) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    if let Some(name) = given.initiative.as_deref().map(str::trim) {
        let known = initiatives::names(&facts.session)?;
        if !known.iter().any(|k| k == name) {
            let list = "`sql` with `select kind, name from initiatives` shows them";
            return Err(names::none_of("initiative or project", name, &known, list).into());
        }
        let found = answers::of_initiative(&facts.session, name, true, WIDTH)?.ok_or_else(|| {
            ToolError::Arguments(format!(
                "no issue that was read belongs to a project of `{name}`\nhelp: `issues.components` names the projects of each"
            ))
        })?;
        return Ok(found.into());
    }
    let stream = given.stream.as_deref().map(str::trim);
    Ok(answers::foretold(&facts.session, stream, given.milestone.as_deref().map(str::trim), WIDTH)?.into())
}

/// A page of the report.
pub(super) fn section(state: &State, id: &str) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let report = sightline_tell::load_section(&facts.session, id)?;
    Ok(Reply::new(render::markdown(&report, Some(id)), render::json(&report)))
}

pub(super) fn named_section(state: &State, given: &Section) -> Result<Reply, ToolError> {
    section(state, given.section.trim())
}

pub(super) fn map(state: &State, given: &Map) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let map = facts.map()?;
    let known = |of: &dyn Fn(&sightline_map::Component) -> Option<String>| -> Vec<String> {
        let mut all: Vec<String> = map.components.iter().filter_map(of).collect();
        all.sort();
        all.dedup();
        all
    };
    let check = |what: &str, asked: Option<&str>, all: Vec<String>| -> Result<(), NameError> {
        match asked {
            Some(asked) if !all.iter().any(|a| a.eq_ignore_ascii_case(asked)) => {
                Err(names::none_of(what, asked, &all, &format!("there are {}", all.join(", "))))
            }
            _ => Ok(()),
        }
    };
    check("area", given.area.as_deref(), known(&|c| c.area.clone()))?;
    check("part of the kind", given.kind.as_deref(), known(&|c| Some(c.kind.clone())))?;
    Ok(answers::parts(map, given.area.as_deref(), given.kind.as_deref(), WIDTH).into())
}

/// The page of a component.
pub(super) fn component(state: &State, given: &Component) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let component = names::known_component(facts.map()?, &given.name)?;
    let report = sightline_tell::page::component(&facts.session, &component.id)?;
    Ok(Reply::new(render::markdown(&report, None), render::json(&report)))
}

pub(super) fn impact(state: &State, given: &Named) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let map = facts.map()?;
    let subject = names::subject(map, &given.name)?;
    let found = sightline_map::impact(&facts.session, map, &subject)?;
    Ok(answers::impact(map, &found, WIDTH).into())
}

pub(super) fn flow(state: &State, given: &Named) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let map = facts.map()?;
    let subject = names::subject(map, &given.name)?;
    match sightline_tell::page::flow(&facts.session, &given.name) {
        Ok(report) => return Ok(Reply::new(render::markdown(&report, None), render::json(&report))),
        // Flows of topics and tables have no page, and where nothing could be followed the answer says where it looked.
        Err(TellError::NoPage { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let found = sightline_map::flow(&facts.session, map, &subject)?;
    Ok(answers::flow(map, &found, WIDTH).into())
}

pub(super) fn endpoints(state: &State, given: &Endpoints) -> Result<Reply, ToolError> {
    let Some(name) = &given.component else { return section(state, "endpoints") };
    let facts = state.facts()?;
    let component = names::known_component(facts.map()?, name)?;
    Ok(answers::endpoints(&facts.session, component, WIDTH)?.into())
}

pub(super) fn data(state: &State, given: &Data) -> Result<Reply, ToolError> {
    let Some(name) = &given.entity else { return section(state, "data") };
    let facts = state.facts()?;
    Ok(answers::entity(&facts.session, name, WIDTH)??.into())
}
