//! Reads files of the catalogue, with messages that show the line.

use std::ops::Range;

use rustc_hash::FxHashMap;
use sightline_facts::Diagnostic;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Catalogue, KINDS, Technology};

/// Keys of an entry in the order in which files have them; the first four are required.
const KEYS: &[&str] = &[
    "id",
    "name",
    "kind",
    "purpose",
    "company",
    "packages",
    "packages_server",
    "images",
    "schemes",
    "ports",
    "imports",
    "env",
    "hosts",
    "shared",
];

/// Purl types of packages.
const ECOSYSTEMS: &[&str] = &[
    "cargo",
    "cocoapods",
    "composer",
    "conan",
    "cran",
    "gem",
    "golang",
    "hex",
    "maven",
    "npm",
    "nuget",
    "pub",
    "pypi",
    "swift",
    "vcpkg",
];

/// Longest purpose, in words.
const MOST_WORDS: usize = 12;

type Wrong = Box<Diagnostic>;

/// A pattern that was claimed: its technology, whether that says it is shared, and what to show.
struct Claim {
    id: String,
    is_shared: bool,
    file: String,
}

/// All entries of some files.
pub(super) fn catalogue<'a>(files: impl Iterator<Item = (String, &'a str)>) -> Result<Catalogue, Wrong> {
    let mut all = Vec::new();
    let mut ids: FxHashMap<String, String> = FxHashMap::default();
    let mut claims: FxHashMap<String, Claim> = FxHashMap::default();
    for (file, text) in files {
        let table = DeTable::parse(text).map_err(|error| {
            let message = format!("this is not TOML: {}", error.message());
            Diagnostic::at("catalogue-syntax", message, &file, text, error.span().unwrap_or(0..0))
                .help("close the quote or bracket that the line opens")
        })?;
        let place = Place { file: &file, text };
        for (key, value) in table.get_ref() {
            if key.get_ref() != "technology" {
                let message = format!("a file of the catalogue has a key we do not know: `{}`", key.get_ref());
                return Err(place
                    .wrong("catalogue-unknown-key", message, key.span())
                    .suggest(key.get_ref(), ["technology"])
                    .help("such a file holds entries that begin with `[[technology]]`")
                    .into());
            }
            let DeValue::Array(entries) = value.get_ref() else {
                let message = "`technology` must be written as `[[technology]]`".to_owned();
                return Err(place.wrong("catalogue-wrong-value", message, key.span()).into());
            };
            for entry in entries {
                let DeValue::Table(entry_table) = entry.get_ref() else {
                    let message = "`technology` must be written as `[[technology]]`".to_owned();
                    return Err(place.wrong("catalogue-wrong-value", message, entry.span()).into());
                };
                let entry = Entry { place: &place, table: entry_table, span: entry.span() };
                let (technology, patterns) = entry.read()?;
                if let Some(other) = ids.insert(technology.id.clone(), file.clone()) {
                    let message = format!("technology `{}` exists already, in {other}", technology.id);
                    return Err(place
                        .wrong("catalogue-duplicate-id", message, entry.span_of("id"))
                        .help("give it an id of its own: a technology is never redefined in silence")
                        .into());
                }
                for (pattern, span) in patterns {
                    claim(&mut claims, &technology, &place, &pattern, span)?;
                }
                all.push(technology);
            }
        }
    }
    Ok(Catalogue::over(all))
}

/// Notes that a technology claims a pattern; two may only where both say so.
fn claim(
    claims: &mut FxHashMap<String, Claim>,
    technology: &Technology,
    place: &Place<'_>,
    pattern: &str,
    span: Range<usize>,
) -> Result<(), Wrong> {
    let bare = pattern.split_once(' ').map_or(pattern, |(_, bare)| bare);
    let is_shared = technology.shared.iter().any(|s| s == bare);
    let Some(other) = claims.get(pattern) else {
        let made = Claim { id: technology.id.clone(), is_shared, file: place.file.to_owned() };
        claims.insert(pattern.to_owned(), made);
        return Ok(());
    };
    if is_shared && other.is_shared && other.id != technology.id {
        return Ok(());
    }
    let message = if other.id == technology.id {
        format!("technology `{}` has `{bare}` twice", technology.id)
    } else {
        format!("technology `{}` claims `{bare}`, which `{}` of {} claims too", technology.id, other.id, other.file)
    };
    Err(place
        .wrong("catalogue-claimed-twice", message, span)
        .help("leave it to one of them, or list it under `shared` in both when it truly means both")
        .into())
}

/// A file.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn wrong(&self, code: &'static str, message: String, span: Range<usize>) -> Diagnostic {
        Diagnostic::at(code, message, self.file, self.text, span)
            .help("`docs/reference/catalogue.md` shows every key with its meaning; `rules/catalogue/` holds ours")
    }
}

/// One entry of a file.
struct Entry<'a> {
    place: &'a Place<'a>,
    table: &'a DeTable<'a>,
    span: Range<usize>,
}

/// Patterns with the sort they belong to before a blank, and where they stand.
type Found = Vec<(String, Range<usize>)>;

impl Entry<'_> {
    fn read(&self) -> Result<(Technology, Found), Wrong> {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !KEYS.contains(&name) {
                let message = format!("technology `{}` has a key we do not know: `{name}`", self.label());
                return Err(self
                    .place
                    .wrong("catalogue-unknown-key", message, key.span())
                    .suggest(name, KEYS.iter().copied())
                    .help("`docs/reference/catalogue.md` shows every key with its meaning")
                    .into());
            }
        }
        let mut found = Found::new();
        let technology = Technology {
            id: self.id()?,
            name: self.required("name")?,
            kind: self.kind()?,
            purpose: self.purpose()?,
            company: self.string("company")?.map(|(text, _)| text.to_owned()),
            packages: self.list("packages", "package", &mut found, package_fault)?,
            packages_server: self.list("packages_server", "package", &mut found, package_fault)?,
            images: self.list("images", "image", &mut found, image_fault)?,
            schemes: self.list("schemes", "scheme", &mut found, scheme_fault)?,
            ports: self.ports(&mut found)?,
            imports: self.list("imports", "import", &mut found, import_fault)?,
            env: self.list("env", "env", &mut found, env_fault)?,
            hosts: self.list("hosts", "host", &mut found, host_fault)?,
            shared: self.list("shared", "", &mut Found::new(), |_| None)?,
            file: self.place.file.to_owned(),
        };
        if let Some(stray) =
            technology.shared.iter().find(|s| !found.iter().any(|(p, _)| p.ends_with(&format!(" {s}"))))
        {
            let message = format!("technology `{}` shares `{stray}`, which it does not claim", technology.id);
            return Err(self.place.wrong("catalogue-wrong-value", message, self.span_of("shared")).into());
        }
        Ok((technology, found))
    }

    /// What to call the entry in a message.
    fn label(&self) -> &str {
        match self.table.get("id").map(Spanned::get_ref) {
            Some(DeValue::String(id)) => id,
            _ => "without id",
        }
    }

    fn span_of(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or(self.span.clone(), Spanned::span)
    }

    fn fault(&self, key: &str, why: &str, span: Range<usize>) -> Wrong {
        let message = format!("`{key}` of technology `{}` {why}", self.label());
        self.place.wrong("catalogue-wrong-value", message, span).into()
    }

    fn string(&self, key: &str) -> Result<Option<(&str, Range<usize>)>, Wrong> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok(Some((text, value.span()))),
            _ => Err(self.fault(key, "must be a text that is not empty", value.span())),
        }
    }

    fn required(&self, key: &str) -> Result<String, Wrong> {
        self.string(key)?.map(|(text, _)| text.to_owned()).ok_or_else(|| {
            let message = format!("technology `{}` lacks the key `{key}`", self.label());
            self.place.wrong("catalogue-missing-key", message, self.span.clone()).into()
        })
    }

    fn id(&self) -> Result<String, Wrong> {
        let id = self.required("id")?;
        let is_id = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if id.bytes().all(is_id) {
            return Ok(id);
        }
        Err(self.fault("id", "may hold lower-case letters, digits and `-` only", self.span_of("id")))
    }

    fn kind(&self) -> Result<String, Wrong> {
        let kind = self.required("kind")?;
        if KINDS.iter().any(|(k, _)| *k == kind) {
            return Ok(kind);
        }
        let message = format!("technology `{}` is of a kind we do not know: `{kind}`", self.label());
        Err(self
            .place
            .wrong("catalogue-unknown-kind", message, self.span_of("kind"))
            .suggest(&kind, KINDS.iter().map(|(k, _)| *k))
            .help("`docs/reference/catalogue.md` lists the kinds")
            .into())
    }

    fn purpose(&self) -> Result<String, Wrong> {
        let purpose = self.required("purpose")?;
        match purpose.split_whitespace().count() {
            0..=MOST_WORDS => Ok(purpose),
            n => {
                let why = format!("has {n} words; {MOST_WORDS} must do");
                Err(self.fault("purpose", &why, self.span_of("purpose")))
            }
        }
    }

    fn list(
        &self,
        key: &str,
        sort: &str,
        found: &mut Found,
        fault: fn(&str) -> Option<&'static str>,
    ) -> Result<Vec<String>, Wrong> {
        let Some(value) = self.table.get(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.fault(key, "must be a list of texts", value.span()));
        };
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            let DeValue::String(text) = item.get_ref() else {
                return Err(self.fault(key, "must be a list of texts", item.span()));
            };
            if let Some(why) = fault(text) {
                return Err(self.fault(key, &format!("holds `{text}`: {why}"), item.span()));
            }
            found.push((format!("{sort} {text}"), item.span()));
            all.push(text.to_string());
        }
        Ok(all)
    }

    fn ports(&self, found: &mut Found) -> Result<Vec<u16>, Wrong> {
        let Some(value) = self.table.get("ports") else { return Ok(Vec::new()) };
        let expected = "must be a list of whole numbers from 1 to 65535";
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.fault("ports", expected, value.span()));
        };
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            let port = match item.get_ref() {
                DeValue::Integer(number) => number.as_str().parse::<u16>().ok().filter(|p| *p > 0),
                _ => None,
            };
            let port = port.ok_or_else(|| self.fault("ports", expected, item.span()))?;
            found.push((format!("port {port}"), item.span()));
            all.push(port);
        }
        Ok(all)
    }
}

fn package_fault(pattern: &str) -> Option<&'static str> {
    let Some((ecosystem, name)) = pattern.split_once(':') else {
        return Some("write the registry before it, as in `npm:pg`");
    };
    if !ECOSYSTEMS.contains(&ecosystem) {
        return Some("the word before the colon is no purl type, such as `npm`, `maven`, `pypi` or `golang`");
    }
    if name.trim_end_matches('*').len() < 2 || name.find('*').is_some_and(|at| at + 1 != name.len()) {
        return Some("a name has two characters at least, and `*` only at its end");
    }
    if ecosystem == "maven" && !name.contains(':') && !name.ends_with('*') {
        return Some("names of Maven are `group:artifact`");
    }
    let is_canonical = super::patterns::package_name(ecosystem, name) == name && !name.contains(char::is_whitespace);
    (!is_canonical).then_some("write it in lower case, and Python names with `-` for `_` and `.`")
}

fn image_fault(pattern: &str) -> Option<&'static str> {
    let literal = pattern.bytes().filter(|b| !matches!(b, b'*' | b'/')).count();
    if literal < 2 {
        return Some("a pattern needs two characters at least besides `*`");
    }
    let is_right = super::patterns::image_name(pattern) == pattern && !pattern.contains(char::is_whitespace);
    (!is_right).then_some("write it in lower case, without `docker.io/`, `library/`, tag and digest")
}

fn scheme_fault(pattern: &str) -> Option<&'static str> {
    let bare = pattern.strip_prefix("jdbc:").or(pattern.strip_prefix("r2dbc:")).unwrap_or(pattern);
    // An underscore is no part of a scheme by RFC 3986, but SQLAlchemy's drivers have it.
    let is_scheme = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'_');
    let is_right = !bare.is_empty() && bare.bytes().all(is_scheme);
    (!is_right).then_some("a scheme is what stands before `://`, in lower case, or `jdbc:` and one word")
}

fn import_fault(pattern: &str) -> Option<&'static str> {
    let is_wrong = pattern.contains(['*', ' ']) || pattern.len() < 2;
    is_wrong.then_some("write the import without `*`: what is below it counts anyway")
}

fn env_fault(pattern: &str) -> Option<&'static str> {
    let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'*');
    let is_right = pattern.bytes().all(is_name) && pattern.bytes().filter(|b| *b != b'*').count() > 2;
    (!is_right).then_some("names of variables hold capitals, digits and `_`")
}

fn host_fault(pattern: &str) -> Option<&'static str> {
    let is_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'*');
    let is_path = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    let (host, path) = pattern.split_once('/').unwrap_or((pattern, ""));
    let literal = host.rsplit('.').take_while(|label| !label.contains('*')).count();
    let is_right = host.bytes().all(is_host) && path.bytes().all(is_path) && literal >= 2;
    (!is_right).then_some(
        "a host is written in lower case without scheme and port, its last two parts without `*`, perhaps with the start of a path",
    )
}
