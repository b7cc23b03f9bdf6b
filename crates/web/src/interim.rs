//! Stands in for the pages of parts and flows until `tell` makes them.

use sightline_facts::session::Session;
use sightline_map::{Subject, SystemMap};
use sightline_tell::answers;
use sightline_tell::document::{Block, Report, Section};

use crate::reply::Trouble;

fn report(session: &Session, title: &str, question: &str, text: &str) -> Result<Report, Trouble> {
    let section = Section {
        id: "page".to_owned(),
        title: title.to_owned(),
        question: question.to_owned(),
        blocks: text.lines().map(|l| Block::Note(l.to_owned())).collect(),
    };
    Ok(Report { sources: sightline_tell::sources(session)?, sections: vec![section] })
}

pub(crate) fn component(session: &Session, id: &str) -> Result<Report, Trouble> {
    let map = SystemMap::read(session)?;
    let found = sightline_map::impact(session, &map, &Subject::Component(id.to_owned()))?;
    let part = map.components.iter().find(|c| c.id == id || c.name == id);
    let part = part.ok_or_else(|| Trouble::NotFound(format!("no part `{id}`")))?;
    let text = answers::component_sentence(&map, part, &found);
    report(session, &part.name, "What is this part, and what happens if it stops?", &text)
}

pub(crate) fn flow(session: &Session, of: &str) -> Result<Report, Trouble> {
    let map = SystemMap::read(session)?;
    let subject = sightline_map::find(&map, of).into_iter().next();
    let subject = subject.ok_or_else(|| Trouble::NotFound(format!("no endpoint `{of}`")))?;
    let found = sightline_map::flow(session, &map, &subject)?;
    report(session, of, "What happens then?", &answers::flow(&map, &found, 100).text)
}
