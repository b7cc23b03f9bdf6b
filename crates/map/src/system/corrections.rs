//! What people say of the map in `sightline.toml`: it outlives re-scans, counts as evidence, and is reported where
//! the code no longer bears it out.

use std::sync::Arc;

use super::facts::Place;
use super::links::{Gap, Links};
use super::parts::{Part, Parts};

/// Name that stands for the workspace where evidence names a repository.
pub const WORKSPACE: &str = "workspace";

/// One correction, as the settings file has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// What it says.
    pub says: Says,
    /// File, relative to the workspace.
    pub file: String,
    /// First and last line.
    pub lines: (i64, i64),
    /// Text of the first line.
    pub seen: String,
}

/// The two kinds of corrections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// About a component.
    Component {
        /// Any name that it has now.
        name: String,
        /// Its name from now on.
        rename: Option<String>,
        /// Its kind.
        kind: Option<String>,
        /// What it is, in one sentence.
        describe: Option<String>,
        /// Who looks after it.
        owner: Option<String>,
        /// Its product area.
        area: Option<String>,
        /// Others that are the same thing.
        merge: Vec<String>,
        /// Leave it out.
        hide: bool,
        /// It exists although nothing shows it.
        add: bool,
    },
    /// About a connection.
    Connection {
        /// The side that starts it.
        from: String,
        /// The other side.
        to: String,
        /// What it does.
        what: Option<String>,
        /// Its kind.
        kind: Option<String>,
        /// Leave it out.
        hide: bool,
    },
}

impl Default for Says {
    fn default() -> Self {
        Self::Connection { from: String::new(), to: String::new(), what: None, kind: None, hide: false }
    }
}

impl Correction {
    fn place(&self) -> Place {
        Place {
            repo: Arc::from(WORKSPACE),
            path: Arc::from(self.file.as_str()),
            line_start: self.lines.0,
            line_end: self.lines.1,
            rule: Arc::from("correction"),
            seen: Arc::from(self.seen.as_str()),
            commit: None,
        }
    }

    fn gap(&self, target: &str, reason: String) -> Gap {
        Gap { part: None, what: "correction", target: Some(target.to_owned()), reason, place: self.place() }
    }
}

/// Applies what is said of components, before addresses are followed to them.
pub(super) fn components(corrections: &[Correction], parts: &mut Parts) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for correction in corrections {
        let Says::Component { name, rename, kind, describe, owner, area, merge, add, .. } = &correction.says else {
            continue;
        };
        let found = parts.named(name, None);
        let at = match (found, add) {
            (Some(at), false) => at,
            (Some(at), true) => {
                gaps.push(correction.gap(name, format!("{name} is added by hand, and the code shows it by now")));
                at
            }
            (None, true) => {
                let mut part =
                    Part { name: name.clone(), kind: "external".to_owned(), basis: "said", ..Part::default() };
                part.repo = Some(Arc::from(WORKSPACE));
                part.alias(name);
                parts.add(part)
            }
            (None, false) => {
                gaps.push(correction.gap(name, format!("no component has the name {name} any more")));
                continue;
            }
        };
        let place = correction.place();
        let part = &mut parts.all[at];
        part.show(if *add { 0 } else { 8 }, &place, "a correction says so", "said");
        if let Some(kind) = kind {
            part.kind.clone_from(kind);
            part.is_outside = matches!(kind.as_str(), "external" | "user");
        }
        part.said_purpose = describe.clone().or(part.said_purpose.take());
        part.said_owner = owner.clone().or(part.said_owner.take());
        part.said_area = area.clone().or(part.said_area.take());
        if let Some(rename) = rename {
            part.name.clone_from(rename);
            parts.add_alias(at, rename);
        }
        for other in merge {
            match parts.named(other, None).filter(|o| *o != at) {
                Some(other) => parts.unite(at, other),
                None => gaps.push(correction.gap(other, format!("no component has the name {other} any more"))),
            }
        }
    }
    gaps
}

/// Applies what is said of connections, and leaves out what is to be hidden.
pub(super) fn connections(corrections: &[Correction], parts: &Parts, links: &mut Links) {
    for correction in corrections {
        match &correction.says {
            Says::Component { name, hide: true, .. } => {
                if let Some(at) = parts.named(name, None) {
                    links.hidden.insert(at);
                    links.all.retain(|(from, to), _| *from != at && *to != at);
                }
            }
            Says::Component { .. } => {}
            Says::Connection { from, to, what, kind, hide } => {
                let ends = (parts.named(from, None), parts.named(to, None));
                let (Some(a), Some(b)) = ends else {
                    let missing = if ends.0.is_none() { from } else { to };
                    let gap = correction.gap(missing, format!("no component has the name {missing} any more"));
                    links.gaps.insert(gap);
                    continue;
                };
                if *hide {
                    if links.all.remove(&(a, b)).is_none() {
                        let reason = format!("the connection from {from} to {to} is not there any more");
                        links.gaps.insert(correction.gap(&format!("{from} -> {to}"), reason));
                    }
                    continue;
                }
                links.say(a, b, kind.as_deref(), what.as_deref(), &correction.place());
            }
        }
    }
}
