//! Writes what people correct of the map into `sightline.toml`, without touching anything else that stands there.
//!
//! The file belongs to people: comments, order and layout stay as they are, a table of the same name gets the new keys,
//! and a new one goes to the end. The result is read by the loader of the scan before it replaces the file by a rename.

use std::io::Write as _;
use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::ScanError;
use crate::settings::{FILE, parse_corrections, parse_sources};

/// Longest value that is written, in bytes.
const LONGEST: usize = 500;

/// What somebody says of the map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// What is corrected.
    pub of: Of,
    /// Keys and texts: `rename`, `kind`, `describe`, `owner`, `area` of a component; `what`, `kind` of a connection.
    pub texts: Vec<(&'static str, String)>,
    /// It is not there.
    pub hide: bool,
    /// Who says so and when, for a comment above.
    pub by: String,
}

/// What a correction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// A component, by its name.
    Component(String),
    /// A connection, by the names of its ends.
    Connection(String, String),
}

impl Default for Of {
    fn default() -> Self {
        Self::Component(String::new())
    }
}

/// Writes a correction and gives the line at which its table stands now.
///
/// # Errors
/// [`ScanError::Settings`] when the file is no good before, would be none after, changed meanwhile, or cannot be
/// written. The file is then as it was.
pub fn write(root: &Path, said: &Said) -> Result<usize, ScanError> {
    let place = root.join(FILE);
    // Whoever made it a link meant the file behind it.
    let place = place.canonicalize().unwrap_or(place);
    let before = read(&place)?;
    let after = edited(&before, said)?;
    parse_sources(&after, root)?;
    parse_corrections(&after)?;
    let failed = |e: std::io::Error| ScanError::Settings(format!("could not write `{FILE}` of the workspace: {e}"));
    std::fs::create_dir_all(place.parent().unwrap_or(root)).map_err(failed)?;
    let temporary = place.with_extension(format!("toml.{}", std::process::id()));
    let written = (|| {
        let mut file = std::fs::File::create(&temporary)?;
        if let Ok(old) = std::fs::metadata(&place) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(after.as_bytes())?;
        file.sync_all()
    })();
    // An edit made by hand since we read it must not be lost.
    let unchanged = read(&place).is_ok_and(|now| now == before);
    let outcome = match (written, unchanged) {
        (Ok(()), true) => std::fs::rename(&temporary, &place).map_err(failed),
        (Ok(()), false) => Err(ScanError::Settings(format!(
            "`{FILE}` was changed by somebody else at this moment\nhelp: look at the page again and send it once more"
        ))),
        (Err(e), _) => Err(failed(e)),
    };
    if outcome.is_err() {
        std::fs::remove_file(&temporary).ok();
    }
    outcome?;
    Ok(line_of(&after, &said.of))
}

fn read(place: &Path) -> Result<String, ScanError> {
    match std::fs::read_to_string(place) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(ScanError::Settings(format!("could not read `{FILE}` of the workspace: {e}"))),
    }
}

/// The keys that name what a table is about.
fn names(of: &Of) -> Vec<(&'static str, &str)> {
    match of {
        Of::Component(name) => vec![("name", name)],
        Of::Connection(from, to) => vec![("from", from), ("to", to)],
    }
}

fn edited(text: &str, said: &Said) -> Result<String, ScanError> {
    let wrong = |what: String| ScanError::Settings(what);
    let (room, allowed): (_, &[&str]) = match said.of {
        Of::Component(_) => ("component", &["rename", "kind", "describe", "owner", "area"]),
        Of::Connection(..) => ("connection", &["what", "kind"]),
    };
    let named = names(&said.of);
    let texts: Vec<_> = said.texts.iter().filter(|(_, t)| !t.trim().is_empty()).collect();
    if texts.is_empty() && !said.hide {
        return Err(wrong("the correction says nothing\nhelp: fill in at least one of its fields".to_owned()));
    }
    if let Some((key, _)) = texts.iter().find(|(key, _)| !allowed.contains(key)) {
        return Err(wrong(format!("a {room} has no `{key}` to correct")));
    }
    for (key, text) in named.iter().copied().chain(texts.iter().map(|(k, t)| (*k, t.as_str()))) {
        if text.trim().is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err(wrong(format!("`{key}` has to be one line of at most {LONGEST} bytes")));
        }
    }
    let mut document = text
        .parse::<DocumentMut>()
        .map_err(|e| wrong(format!("`{FILE}` is not TOML: {}\nhelp: mend it by hand first", e.message())))?;
    let item = document.entry(room).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = item.as_array_of_tables_mut().ok_or_else(|| {
        wrong(format!("`{room}` in `{FILE}` is not a list of tables\nhelp: write `[[{room}]]` with double brackets"))
    })?;
    let is_meant = |table: &Table| named.iter().all(|(k, v)| table.get(k).and_then(Item::as_str) == Some(v));
    let comment = format!("# {}\n", said.by.replace(char::is_control, " "));
    if let Some(table) = tables.iter_mut().find(|t| is_meant(t)) {
        fill(table, &texts, said.hide);
    } else {
        let mut table = Table::new();
        for (key, text) in &named {
            table.insert(key, value(*text));
        }
        fill(&mut table, &texts, said.hide);
        let gap = if text.trim().is_empty() { "" } else { "\n" };
        table.decor_mut().set_prefix(format!("{gap}{comment}"));
        tables.push(table);
    }
    Ok(document.to_string())
}

fn fill(table: &mut Table, texts: &[&(&'static str, String)], hide: bool) {
    for (key, text) in texts {
        table.insert(key, value(text.trim()));
    }
    if hide {
        table.insert("hide", value(true));
    }
}

/// The line of the table that is about it, counted from 1.
fn line_of(text: &str, of: &Of) -> usize {
    let found = parse_corrections(text).unwrap_or_default();
    let line = found.iter().find_map(|c| match (&c.says, of) {
        (sightline_map::Says::Component { name, .. }, Of::Component(wanted)) if name == wanted => Some(c.lines.0),
        (sightline_map::Says::Connection { from, to, .. }, Of::Connection(a, b)) if from == a && to == b => {
            Some(c.lines.0)
        }
        _ => None,
    });
    line.and_then(|l| usize::try_from(l).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(of: Of, texts: &[(&'static str, &str)]) -> Said {
        let texts = texts.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        Said { of, texts, hide: false, by: "said by ana on 2026-01-02".to_owned() }
    }

    #[test]
    fn what_people_wrote_stays_as_it_is() {
        let before = "# our list\n[[source]]\npath = \"shop\"   # the shop\n\n[[component]]\nname = 'orders'  # kept\nkind=\"service\"\n";
        let of = Of::Component("orders".to_owned());
        let after = edited(before, &said(of, &[("owner", "Payments"), ("area", "")])).expect("a correction");
        assert_eq!(after, format!("{before}owner = \"Payments\"\n"));
        let of = Of::Connection("orders".to_owned(), "a \"b\"\\".to_owned());
        let after = edited(before, &Said { hide: true, ..said(of.clone(), &[]) }).expect("a correction");
        assert!(after.starts_with(before), "{after}");
        assert!(after.contains("\n# said by ana on 2026-01-02\n[[connection]]\nfrom = \"orders\"\n"), "{after}");
        assert_eq!(line_of(&after, &of), 10, "{after}");
    }

    #[test]
    fn nothing_else_can_be_written() {
        let of = || Of::Component("orders".to_owned());
        let check = |said: &Said, expect: &str| {
            let error = edited("", said).expect_err(expect).to_string();
            assert!(error.contains(expect), "{error}");
        };
        check(&said(of(), &[]), "says nothing");
        check(&said(of(), &[("owner", "a\n[[source]]\npath = \"/\"")]), "one line");
        check(&said(of(), &[("owner", &"x".repeat(600))]), "at most 500 bytes");
        check(&said(of(), &[("merge", "x")]), "no `merge` to correct");
        check(&said(Of::Component(String::new()), &[("owner", "x")]), "`name`");
        let error = edited("[[component", &said(of(), &[("owner", "x")])).expect_err("broken").to_string();
        assert!(error.contains("mend it by hand first"), "{error}");
    }

    #[test]
    fn the_file_is_replaced_at_once_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = Of::Component("orders".to_owned());
        assert_eq!(write(folder.path(), &said(of.clone(), &[("owner", "Payments")])).expect("written"), 2);
        write(folder.path(), &said(of, &[("owner", "Billing")])).expect("written again");
        let text = std::fs::read_to_string(folder.path().join(FILE)).expect("a file");
        assert_eq!(text, "# said by ana on 2026-01-02\n[[component]]\nname = \"orders\"\nowner = \"Billing\"\n");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left behind");
    }
}
