//! The work items of an initiative or project: those of the projects that are part of it, directly or through others.

use std::collections::BTreeSet;

use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind, OptText, Text};

use crate::error::PlanError;
use crate::query::column;
use crate::series::{self, Groups, Series};

/// An initiative or project of a tracker.
struct One {
    repo: String,
    name: String,
    is_project: bool,
    part_of: BTreeSet<String>,
}

/// Names, as the tables hold several in one text.
fn names_in(text: Option<&str>) -> BTreeSet<String> {
    text.unwrap_or_default().split("; ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn read(session: &Session) -> Result<Vec<One>, PlanError> {
    let mut found = Vec::new();
    for batch in session.query("select repo, name, kind, part_of from initiatives order by repo, kind, name")? {
        let text = |name: &'static str| column::<Text>(&batch, "initiatives", name);
        let (repo, name, kind) = (text("repo")?, text("name")?, text("kind")?);
        let part_of = column::<OptText>(&batch, "initiatives", "part_of")?;
        found.extend((0..batch.num_rows()).map(|i| One {
            repo: Text::get(&repo, i).to_owned(),
            name: Text::get(&name, i).to_owned(),
            is_project: Text::get(&kind, i) == "project",
            part_of: names_in(OptText::get(&part_of, i)),
        }));
    }
    Ok(found)
}

/// Names of all initiatives and projects, sorted.
///
/// # Errors
/// An error of the store.
pub fn names(session: &Session) -> Result<Vec<String>, PlanError> {
    let names: BTreeSet<String> = read(session)?.into_iter().map(|one| one.name).collect();
    Ok(names.into_iter().collect())
}

/// Ids of the issues of an initiative or project, sorted: those whose `components` hold one of its projects.
///
/// # Errors
/// An error of the store.
pub fn issues(session: &Session, name: &str) -> Result<Vec<String>, PlanError> {
    let all = read(session)?;
    // Names are those of one tracker; another may use the same.
    let mut within: BTreeSet<(&str, &str)> =
        all.iter().filter(|one| one.name == name).map(|one| (one.repo.as_str(), one.name.as_str())).collect();
    loop {
        let n = within.len();
        for one in &all {
            if one.part_of.iter().any(|above| within.contains(&(one.repo.as_str(), above.as_str()))) {
                within.insert((&one.repo, &one.name));
            }
        }
        if within.len() == n {
            break;
        }
    }
    let projects: BTreeSet<(&str, &str)> = all
        .iter()
        .filter(|one| one.is_project && within.contains(&(one.repo.as_str(), one.name.as_str())))
        .map(|one| (one.repo.as_str(), one.name.as_str()))
        .collect();
    let mut found = Vec::new();
    let sql = "select repo, issue, components from issues where components is not null order by issue";
    for batch in session.query(sql)? {
        let text = |name: &'static str| column::<Text>(&batch, "issues", name);
        let (repo, issue) = (text("repo")?, text("issue")?);
        let components = column::<OptText>(&batch, "issues", "components")?;
        for i in 0..batch.num_rows() {
            let repo = Text::get(&repo, i);
            let own = names_in(OptText::get(&components, i));
            if own.iter().any(|name| projects.contains(&(repo, name.as_str()))) {
                found.push(Text::get(&issue, i).to_owned());
            }
        }
    }
    Ok(found)
}

/// The streams of work that hold issues of an initiative or project, each with those issues as a group of that name.
///
/// # Errors
/// An error of the store.
pub fn streams(session: &Session, name: &str) -> Result<Vec<Series>, PlanError> {
    let ids = issues(session, name)?;
    let mut found = Vec::new();
    for stream in series::names(session)? {
        let Some(series) = series::read_by(session, &stream, Groups::Milestones)? else { continue };
        found.extend(series.with_group(name, &series::keys_of(&ids, &stream)));
    }
    Ok(found)
}
