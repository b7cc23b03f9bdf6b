//! Commands of command-line tools with those that they stand below: `repo create`, not `create`.
//!
//! What makes a command (a function, a variable, a list of variants) is told by its signal; so is what stands below
//! what. The command at the top is the program itself, which nobody types a second time: it is left out of the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::facts::{Facts, Signal};
use super::super::names::{folder_of, is_below, is_go, key};

/// Commands below commands before we stop to follow them.
const MAX_DEPTH: usize = 6;
/// Libraries on which the command at the top is put.
const LIBRARIES: [&str; 5] = ["click", "asyncclick", "rich_click", "typer", "program"];

/// A command, or a group without a name of its own.
struct Command<'a> {
    signal: &'a Signal,
    name: String,
    /// What makes it: a function, or a list of variants.
    made_in: String,
    /// What holds it: a variable, or the type of what a variant holds.
    held_as: String,
    /// What it is put on.
    on: String,
    /// Names of those above it, where they stand around it.
    above: Vec<String>,
}

/// Says what stands below what.
struct Mount<'a> {
    signal: &'a Signal,
    child: &'a str,
    on: String,
    made_in: String,
}

/// Full names of commands, by the place and name of their signals.
pub(super) struct Commands(BTreeMap<(Arc<str>, Arc<str>, i64, String), String>);

impl Commands {
    pub(super) fn of(facts: &Facts) -> Self {
        let attribute = |s: &Signal, name: &str| s.attribute(name).unwrap_or_default();
        let all: Vec<Command<'_>> = facts
            .signals
            .iter()
            .filter(|s| s.is("cli-command") || s.is("cli-group"))
            .map(|s| Command {
                signal: s,
                name: typed(s),
                made_in: attribute(s, "in"),
                held_as: attribute(s, "as"),
                on: attribute(s, "on"),
                above: attribute(s, "above").split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect(),
            })
            .collect();
        let mounts: Vec<Mount<'_>> = facts
            .signals
            .iter()
            .filter(|s| s.is("cli-parent"))
            .filter_map(|s| {
                let child = s.name.as_deref()?;
                Some(Mount { signal: s, child, on: attribute(s, "on"), made_in: attribute(s, "in") })
            })
            .collect();
        let parents: Vec<Option<usize>> = all.iter().map(|c| parent(facts, &all, &mounts, c)).collect();
        let has_children: Vec<bool> = (0..all.len()).map(|at| parents.contains(&Some(at))).collect();
        // Whoever stands above those that stand above others is the program.
        let is_program: Vec<bool> = (0..all.len())
            .map(|at| {
                parents[at].is_none()
                    && (all[at].on.is_empty() || LIBRARIES.contains(&all[at].on.as_str()))
                    && (0..all.len()).any(|child| parents[child] == Some(at) && has_children[child])
            })
            .collect();
        let mut names = BTreeMap::new();
        for (at, command) in all.iter().enumerate() {
            let mut parts = vec![command.name.clone()];
            parts.extend(command.above.iter().rev().cloned());
            let mut next = parents[at];
            for _ in 0..MAX_DEPTH {
                let Some(above) = next.filter(|n| !is_program[*n] && *n != at) else { break };
                if !all[above].name.is_empty() {
                    parts.push(all[above].name.clone());
                }
                parts.extend(all[above].above.iter().rev().cloned());
                next = parents[above];
            }
            parts.reverse();
            names.insert(id(command.signal), parts.join(" "));
        }
        Self(names)
    }

    /// The name of a command with those above it.
    pub(super) fn full_name(&self, s: &Signal) -> Option<String> {
        self.0.get(&id(s)).cloned().or_else(|| s.name.clone())
    }
}

/// The name as people type it: clap makes `list-orders` of the variant `ListOrders`.
fn typed(s: &Signal) -> String {
    let name = s.name.as_deref().unwrap_or_default();
    if !s.technology_is("clap") {
        return name.to_owned();
    }
    let mut typed = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 && !typed.ends_with('-') {
            typed.push('-');
        }
        typed.extend(c.to_lowercase());
    }
    typed
}

fn id(s: &Signal) -> (Arc<str>, Arc<str>, i64, String) {
    (Arc::clone(&s.place.repo), Arc::clone(&s.place.path), s.place.line_start, s.name.clone().unwrap_or_default())
}

/// The command that another stands below.
fn parent(facts: &Facts, all: &[Command<'_>], mounts: &[Mount<'_>], child: &Command<'_>) -> Option<usize> {
    let is_other = |at: &usize| !std::ptr::eq(all[*at].signal, child.signal);
    let in_repo = |at: &usize| all[*at].signal.place.repo == child.signal.place.repo;
    let find = |wanted: &dyn Fn(&Command<'_>) -> bool| {
        (0..all.len()).filter(is_other).filter(in_repo).find(|at| wanted(&all[*at]))
    };
    let path = &child.signal.place.path;
    if !child.on.is_empty() {
        let named = |c: &Command<'_>| c.held_as == child.on || c.made_in == child.on;
        return find(&|c| c.signal.place.path == *path && named(c))
            .or_else(|| find(&|c| named(c) && is_imported(facts, path, &c.signal.place.path, child)));
    }
    if child.made_in.is_empty() && child.held_as.is_empty() {
        return None;
    }
    // A variant that holds the list which this one is of.
    if let Some(at) = find(&|c| !c.held_as.is_empty() && c.held_as == child.made_in && c.made_in != child.made_in) {
        return Some(at);
    }
    let means = |m: &&Mount<'_>| {
        let name = m.child.rsplit(['.', ':']).next().unwrap_or(m.child);
        if m.signal.place.repo != child.signal.place.repo || name != child.made_in && name != child.held_as {
            return false;
        }
        let is_near = m.signal.place.path == *path || folder_of(&m.signal.place.path) == folder_of(path);
        let is_typed = m.signal.technology == child.signal.technology && m.signal.technology_is("clap");
        is_typed || is_near || is_imported(facts, &m.signal.place.path, path, child)
    };
    let mut found: Vec<&Mount<'_>> = mounts.iter().filter(means).collect();
    // Of several packages that have a function of that name, the one that is called like the folder.
    let folder = key(folder_of(path).rsplit('/').next().unwrap_or_default());
    let named_like =
        |m: &Mount<'_>| !folder.is_empty() && key(m.child.split('.').next().unwrap_or_default()).contains(&folder);
    if found.iter().any(|m| named_like(m)) {
        found.retain(|m| named_like(m));
    }
    found.into_iter().find_map(|mount| {
        let place = &mount.signal.place;
        let made_there =
            |c: &Command<'_>| c.signal.place.path == place.path && !c.made_in.is_empty() && c.made_in == mount.made_in;
        let held_there = |c: &Command<'_>| !mount.on.is_empty() && c.held_as == mount.on;
        find(&|c| made_there(c) && held_there(c))
            .or_else(|| find(&made_there))
            .or_else(|| find(&|c| held_there(c) && folder_of(&c.signal.place.path) == folder_of(&place.path)))
            .or_else(|| find(&|c| held_there(c) && mount.signal.technology_is("clap")))
    })
}

/// Whether a file imports another, or the folder it stands in.
fn is_imported(facts: &Facts, from: &Arc<str>, path: &str, child: &Command<'_>) -> bool {
    let id = (Arc::clone(&child.signal.place.repo), Arc::clone(from));
    facts.imports.get(&id).is_some_and(|all| {
        all.iter().any(|t| **t == *path || folder_of(t) == folder_of(path) && is_go(path) || is_below(path, t))
    })
}
