//! What a workspace says of itself: `sightline.toml` and the user's own metrics.

mod calendar;
mod people;
mod statuses;

use std::path::Path;

use sightline_facts::store::Workspace;
use sightline_map::{Catalogue, Correction, Person, Says};
use sightline_measure::{Calendar, Metric};
use sightline_read::detect::Detectors;

use crate::{Asked, ScanError};

/// Name of the settings file.
pub const FILE: &str = "sightline.toml";

/// Folders of a workspace's `rules/` below which no rules are looked for.
const DEPTH: usize = 4;

/// Our detectors and the workspace's own, from `rules/**/*.toml`.
///
/// # Errors
/// A diagnostic that names the file and line of the rule that is wrong.
pub fn detectors(workspace: &Workspace) -> Result<Detectors, ScanError> {
    let mut extra = Vec::new();
    below(workspace.root(), "rules", DEPTH, &mut extra)?;
    Detectors::new(&extra).map_err(|diagnostic| ScanError::Settings(diagnostic.to_string()))
}

/// Names and texts of the TOML files below a folder, sorted.
fn below(root: &Path, name: &str, depth: usize, found: &mut Vec<(String, String)>) -> Result<(), ScanError> {
    let Ok(entries) = std::fs::read_dir(root.join(name)) else { return Ok(()) };
    let mut names: Vec<_> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for entry in names {
        let name = format!("{name}/{entry}");
        let path = root.join(&name);
        if path.is_dir() && depth > 0 {
            below(root, &name, depth - 1, found)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            let text = std::fs::read_to_string(&path)
                .map_err(|e| ScanError::Settings(format!("could not read `{name}` of the workspace: {e}")))?;
            found.push((name, text));
        }
    }
    Ok(())
}

/// Our metrics and the workspace's own, from its `metrics/` folder.
///
/// # Errors
/// A diagnostic that names the file and line of the metric that is wrong.
pub fn metrics(workspace: &Workspace) -> Result<Vec<Metric>, ScanError> {
    Ok(sightline_measure::metrics(&own_files(workspace, "metrics")?)?)
}

/// The workspace's own files of the technology catalogue, from its `rules/catalogue/` folder: name and text.
///
/// # Errors
/// [`ScanError::Settings`] names the file that could not be read.
pub fn catalogue_files(workspace: &Workspace) -> Result<Vec<(String, String)>, ScanError> {
    own_files(workspace, "rules/catalogue")
}

/// Our technology catalogue and the workspace's own files.
///
/// # Errors
/// A diagnostic that names the file and line of the entry that is wrong.
pub fn catalogue(own: &[(String, String)]) -> Result<Catalogue, ScanError> {
    Catalogue::new(own).map_err(|wrong| ScanError::Settings(wrong.to_string()))
}

/// The TOML files of a folder of the workspace, by name.
fn own_files(workspace: &Workspace, room: &str) -> Result<Vec<(String, String)>, ScanError> {
    let folder = workspace.root().join(room);
    let mut extra = Vec::new();
    if let Ok(entries) = std::fs::read_dir(&folder) {
        let mut files: Vec<_> =
            entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file)
                .map_err(|e| ScanError::Settings(format!("could not read `{}`: {e}", file.display())))?;
            let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            extra.push((format!("{room}/{name}"), text));
        }
    }
    Ok(extra)
}

/// The text of `sightline.toml`; empty without that file.
fn settings_text(root: &Path) -> Result<String, ScanError> {
    let path = root.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(ScanError::Settings(format!("could not read `{}`: {e}", path.display()))),
    }
}

/// The sources that `sightline.toml` lists; empty without that file.
///
/// # Errors
/// [`ScanError::Settings`] with file, line and what to write instead.
pub fn sources(root: &Path) -> Result<Vec<Asked>, ScanError> {
    parse_sources(&settings_text(root)?, root)
}

/// What people say of their system, of themselves and of their time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Corrections of the map.
    pub of_map: Vec<Correction>,
    /// Accounts that belong to one person.
    pub of_people: Vec<Person>,
    /// When they work; `None` where the settings do not say.
    pub calendar: Option<Calendar>,
}

/// All that `sightline.toml` says besides its sources; nothing without that file.
///
/// # Errors
/// [`ScanError::Settings`] with file, line and what to write instead.
pub fn said(root: &Path) -> Result<Said, ScanError> {
    let text = settings_text(root)?;
    Ok(Said { of_map: parse_corrections(&text)?, of_people: people::parse(&text)?, calendar: calendar::parse(&text)? })
}

/// What the names of statuses mean, by the table `[status]` of `sightline.toml`.
///
/// # Errors
/// [`ScanError::Settings`] with file, line and what to write instead.
pub fn statuses(root: &Path) -> Result<sightline_read::trackers::Statuses, ScanError> {
    statuses::parse(&settings_text(root)?)
}

/// What is wrong in the settings: what, at which byte, and what to write instead.
fn mistake(text: &str, what: &str, offset: Option<usize>, help: &str) -> ScanError {
    let line = offset.map_or(1, |o| text[..o.min(text.len())].matches('\n').count() + 1);
    ScanError::Settings(format!("{what}\n  --> {FILE}:{line}\nhelp: {help}"))
}

/// The settings as a document that knows where everything stands.
fn document(text: &str) -> Result<toml_edit::Document<String>, ScanError> {
    text.parse::<toml_edit::Document<String>>().map_err(|e| {
        let what = format!("`{FILE}` is not TOML: {}", e.message());
        mistake(text, &what, e.span().map(|s| s.start), "`sightline init` writes one to start from")
    })
}

/// What people corrected of the map: the tables `[[component]]` and `[[connection]]` of `sightline.toml`.
///
/// # Errors
/// [`ScanError::Settings`] with file, line and what to write instead.
pub fn corrections(root: &Path) -> Result<Vec<Correction>, ScanError> {
    parse_corrections(&settings_text(root)?)
}

pub(crate) fn parse_corrections(text: &str) -> Result<Vec<Correction>, ScanError> {
    const COMPONENT: [&str; 9] = ["name", "rename", "kind", "describe", "owner", "area", "merge", "hide", "add"];
    const CONNECTION: [&str; 5] = ["from", "to", "what", "kind", "hide"];
    let line_of = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let wrong = |what: String, line: usize, help: String| {
        ScanError::Settings(format!("{what}\n  --> {FILE}:{line}\nhelp: {help}"))
    };
    let document = document(text)?;
    let mut found = Vec::new();
    for (room, keys) in [("component", &COMPONENT[..]), ("connection", &CONNECTION[..])] {
        let Some(item) = document.get(room) else { continue };
        let Some(tables) = item.as_array_of_tables() else {
            let line = item.span().map_or(1, |s| line_of(s.start));
            return Err(wrong(
                format!("`{room}` is not a list of tables"),
                line,
                format!("write `[[{room}]]` with double brackets"),
            ));
        };
        for table in tables {
            let start = table.span().map_or(1, |s| line_of(s.start));
            for (key, value) in table {
                if !keys.contains(&key) {
                    let span = table.key(key).and_then(toml_edit::Key::span).or(value.span());
                    let list = keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
                    return Err(wrong(
                        format!("a {room} has a key we do not know: `{key}`"),
                        span.map_or(start, |s| line_of(s.start)),
                        format!("the keys are {list}"),
                    ));
                }
            }
            let word = |key: &str| table.get(key).and_then(toml_edit::Item::as_str).map(str::to_owned);
            let is = |key: &str| table.get(key).and_then(toml_edit::Item::as_bool).unwrap_or(false);
            let need = |key: &str| {
                word(key).filter(|w| !w.trim().is_empty()).ok_or_else(|| {
                    wrong(
                        format!("a {room} needs `{key}`"),
                        start,
                        format!("write `{key} = \"…\"` with a name that the map shows"),
                    )
                })
            };
            let says = if room == "component" {
                let merge = table.get("merge").and_then(toml_edit::Item::as_array);
                let merge =
                    merge.into_iter().flatten().filter_map(toml_edit::Value::as_str).map(str::to_owned).collect();
                Says::Component {
                    name: need("name")?,
                    rename: word("rename"),
                    kind: word("kind"),
                    describe: word("describe"),
                    owner: word("owner"),
                    area: word("area"),
                    merge,
                    hide: is("hide"),
                    add: is("add"),
                }
            } else {
                Says::Connection {
                    from: need("from")?,
                    to: need("to")?,
                    what: word("what"),
                    kind: word("kind"),
                    hide: is("hide"),
                }
            };
            let seen = text.lines().nth(start - 1).unwrap_or("").trim().to_owned();
            let line = i64::try_from(start).unwrap_or(i64::MAX);
            found.push(Correction { says, file: FILE.to_owned(), lines: (line, line), seen });
        }
    }
    Ok(found)
}

pub(crate) fn parse_sources(text: &str, root: &Path) -> Result<Vec<Asked>, ScanError> {
    const KEYS: [&str; 5] = ["path", "url", "name", "revision", "worktree"];
    let wrong = |what: String, offset: Option<usize>, help: &str| mistake(text, &what, offset, help);
    let document = document(text)?;
    for (key, item) in document.iter() {
        if !["source", "component", "connection", "person", "calendar"].contains(&key) {
            let offset = document.key(key).and_then(toml_edit::Key::span).or(item.span()).map(|s| s.start);
            return Err(wrong(
                format!("`{FILE}` has a key we do not know: `{key}`"),
                offset,
                "sources are written as `[[source]]` with `path` or `url`, corrections as `[[component]]`, `[[connection]]` and `[[person]]`, working time as `[calendar]`",
            ));
        }
    }
    let Some(item) = document.get("source") else { return Ok(Vec::new()) };
    let Some(tables) = item.as_array_of_tables() else {
        return Err(wrong(
            "`source` is not a list of tables".to_owned(),
            item.span().map(|s| s.start),
            "write `[[source]]` with double brackets",
        ));
    };
    let mut sources = Vec::new();
    for table in tables {
        let start = table.span().map(|s| s.start);
        for (key, value) in table {
            if !KEYS.contains(&key) {
                let offset = table.key(key).and_then(toml_edit::Key::span).or(value.span()).map(|s| s.start);
                return Err(wrong(
                    format!("a source has a key we do not know: `{key}`"),
                    offset.or(start),
                    "the keys are `path`, `url`, `name`, `revision` and `worktree`",
                ));
            }
        }
        let word = |key: &str| table.get(key).and_then(toml_edit::Item::as_str).map(str::to_owned);
        let location = match (word("path"), word("url")) {
            // Paths in the file are meant from where the file stands.
            (Some(path), None) => root.join(path).to_string_lossy().into_owned(),
            (None, Some(url)) => url,
            _ => return Err(wrong("a source needs either `path` or `url`".to_owned(), start, "write one of the two")),
        };
        sources.push(Asked {
            location,
            name: word("name"),
            revision: word("revision"),
            worktree: table.get("worktree").and_then(toml_edit::Item::as_bool).unwrap_or(false),
        });
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_relative_to_the_file() {
        let text = "[[source]]\npath = \"shop\"\n[[source]]\nurl = \"https://example.org/a.git\"\nrevision = \"v2\"\n";
        let sources = parse_sources(text, Path::new("/w")).expect("two sources");
        assert_eq!(sources[0].location, "/w/shop");
        assert_eq!(
            (sources[1].location.as_str(), sources[1].revision.as_deref()),
            ("https://example.org/a.git", Some("v2"))
        );
    }

    #[test]
    fn corrections_are_read_with_their_lines() {
        let text = "[[component]]\nname = \"a\"\nmerge = [\"b\"]\n\n[[connection]]\nfrom = \"a\"\nto = \"c\"\n";
        let found = parse_corrections(text).expect("two corrections");
        assert_eq!(
            found.iter().map(|c| (c.lines.0, c.seen.as_str())).collect::<Vec<_>>(),
            [(1, "[[component]]"), (5, "[[connection]]")]
        );
        assert!(matches!(&found[0].says, Says::Component { name, merge, .. } if name == "a" && merge == &["b"]));
        let check = |text: &str, expect: &str| {
            let error = parse_corrections(text).expect_err(text).to_string();
            assert!(error.contains(expect), "{error}");
        };
        check("[[component]]\nrename = \"x\"\n", "a component needs `name`\n  --> sightline.toml:1");
        check("[[component]]\nname = \"x\"\nhidden = true\n", "a key we do not know: `hidden`\n  --> sightline.toml:3");
        check("[connection]\nfrom = \"x\"\n", "is not a list of tables");
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let check = |text: &str, expect: &str| {
            let error = parse_sources(text, Path::new("/w")).expect_err(text).to_string();
            assert!(error.contains(expect), "{error}");
        };
        check("[[source]]\npath = \"x\"\nbranch = \"y\"\n", "a key we do not know: `branch`\n  --> sightline.toml:3");
        check("[[source]]\nname = \"x\"\n", "needs either `path` or `url`\n  --> sightline.toml:1");
        check("sources = 1\n", "a key we do not know: `sources`\n  --> sightline.toml:1");
        check("[[source]\n", "is not TOML");
    }
}
