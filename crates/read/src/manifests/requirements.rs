//! `requirements*.txt` and the requirement strings of PEP 508 that many Python files hold.

use super::sheet::{Dependency, Scope, Sheet};

/// A requirement string taken apart: `name[extras] specifier; marker` or `name @ url`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Requirement<'a> {
    pub(super) name: &'a str,
    /// The version specifier, without brackets.
    pub(super) specifier: &'a str,
    pub(super) url: Option<&'a str>,
}

impl<'a> Requirement<'a> {
    /// Takes a requirement apart; `None` if it is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let end =
            text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(text.len());
        let name = text[..end].trim_end_matches(['-', '_', '.']);
        if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let mut rest = text[name.len()..].trim_start();
        if rest.starts_with('[') {
            rest = rest[rest.find(']')? + 1..].trim_start();
        }
        if let Some(url) = rest.strip_prefix('@') {
            let url = url.trim().split([' ', ';']).next().unwrap_or("");
            return (!url.is_empty()).then_some(Self { name, specifier: "", url: Some(url) });
        }
        let specifier = rest.split(';').next().unwrap_or("").trim();
        let specifier = specifier.strip_prefix('(').and_then(|s| s.strip_suffix(')')).unwrap_or(specifier).trim();
        let is_clause = |clause: &str| {
            let version = clause.trim().trim_start_matches(['=', '<', '>', '~', '!']);
            version.len() < clause.trim().len() && !version.trim().is_empty() && !version.trim().contains([' ', '='])
        };
        // A trailing comma is tolerated by pip.
        let valid = specifier.is_empty() || specifier.trim_end_matches(',').split(',').all(is_clause);
        valid.then_some(Self { name, specifier, url: None })
    }

    /// The version that the specifier pins.
    pub(super) fn pinned(&self) -> Option<&'a str> {
        pinned(self.specifier)
    }
}

/// The version that a PEP 440 specifier pins: `==1.0` or `===1.0`, without a wildcard and alone.
pub(super) fn pinned(specifier: &str) -> Option<&str> {
    let version = specifier.trim().strip_prefix("==")?.trim_start_matches('=').trim();
    (!version.is_empty() && !version.contains(['*', ',', ' ', '$', '{'])).then_some(version)
}

/// Appends the row of one requirement string.
pub(super) fn push(
    sheet: &mut Sheet<'_, '_>,
    text: &str,
    lines: (usize, usize),
    scope: Scope,
    group: Option<&str>,
) -> bool {
    let Some(requirement) = Requirement::parse(text) else { return false };
    push_parsed(sheet, requirement, lines, scope, group, true);
    true
}

fn push_parsed(
    sheet: &mut Sheet<'_, '_>,
    requirement: Requirement<'_>,
    lines: (usize, usize),
    scope: Scope,
    group: Option<&str>,
    direct: bool,
) {
    sheet.push(&Dependency {
        name: requirement.name,
        declared: Some(requirement.specifier),
        version: requirement.pinned(),
        scope,
        direct: Some(direct),
        group,
        source: requirement.url,
        lines,
        ..Dependency::default()
    });
}

/// Whether a path is a requirements file: `requirements.txt`, `dev-requirements.txt`, `requirements/test.txt`, and
/// `.in` files of pip-tools.
pub(super) fn wants(folder: &str, name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in")) else { return false };
    let contains = |text: &str| memchr::memmem::find(text.as_bytes(), b"requirements").is_some();
    let last = folder.rsplit('/').next().unwrap_or(folder);
    contains(stem) || last == "requirements" || (stem == "constraints")
}

/// Reads a requirements file.
pub(super) fn requirements(sheet: &mut Sheet<'_, '_>) {
    let stem = sheet.file.path.to_ascii_lowercase();
    let scope = match stem.rsplit('/').next().map(|n| n.replace("requirements", "")) {
        Some(rest) if ["test"].iter().any(|w| rest.contains(w)) => Scope::Test,
        Some(rest) if ["dev", "lint", "doc", "ci", "format", "typing"].iter().any(|w| rest.contains(w)) => Scope::Dev,
        Some(rest) if rest.contains("build") => Scope::Build,
        _ => Scope::Runtime,
    };
    let mut logical = String::new();
    let mut first = 0;
    let mut complaints = 0;
    let text = sheet.text();
    let total = text.lines().count();
    let compiled: Vec<&str> = if is_compiled(text) { text.lines().collect() } else { Vec::new() };
    for (at, line) in text.lines().enumerate() {
        // A comment begins a line or stands behind a blank.
        let is_comment = line.trim_start().starts_with('#');
        let code =
            if is_comment { "" } else { line.split(" #").next().unwrap_or(line).split("\t#").next().unwrap_or("") };
        let goes_on = code.trim_end().ends_with('\\') && at + 1 < total;
        if logical.is_empty() {
            first = at + 1;
        }
        if is_comment && !logical.is_empty() {
            // A comment ends a continued line.
        } else {
            logical.push_str(code.trim_end().trim_end_matches('\\'));
        }
        if goes_on {
            logical.push(' ');
            continue;
        }
        let requirement = std::mem::take(&mut logical);
        let direct = compiled.is_empty() || asked_for(&compiled, first - 1, at);
        if !logical_line(sheet, requirement.trim(), (first, at + 1), scope, direct) {
            complaints += 1;
            // A file of prose would give a gap for each line; a few say enough.
            if complaints <= 3 {
                sheet.odd(first, "this line is no requirement of PEP 508 and no option of pip");
            }
        }
    }
}

/// One line with its continuations joined; false if it is no requirement.
fn logical_line(sheet: &mut Sheet<'_, '_>, line: &str, lines: (usize, usize), scope: Scope, direct: bool) -> bool {
    if line.is_empty() {
        return true;
    }
    // Options of a requirement follow it: `--hash=sha256:…`, `--global-option`, `-C setting`.
    let requirement = line.find(" -").map_or(line, |at| &line[..at]).trim();
    if let Some(option) = line.strip_prefix('-') {
        let editable = ["e ", "-editable ", "-editable="].iter().find_map(|p| option.strip_prefix(p));
        if let Some(place) = editable {
            url_requirement(sheet, place.trim(), lines, scope);
        }
        return true;
    }
    if requirement.contains("://")
        && !requirement.contains(" @ ")
        && Requirement::parse(requirement).is_none_or(|r| r.url.is_none())
    {
        url_requirement(sheet, requirement, lines, scope);
        return true;
    }
    if requirement.starts_with('.')
        || requirement.starts_with('/')
        || requirement.rsplit_once('.').is_some_and(|(_, ending)| ending == "whl")
        || requirement.ends_with(".tar.gz")
    {
        url_requirement(sheet, requirement, lines, scope);
        return true;
    }
    let Some(requirement) = Requirement::parse(requirement) else { return false };
    push_parsed(sheet, requirement, lines, scope, None, direct);
    true
}

/// Whether a tool made the file from a shorter one, and so names all that is needed, however far away.
fn is_compiled(text: &str) -> bool {
    let head = text.get(..text.len().min(400)).unwrap_or(text);
    head.contains("autogenerated by pip-compile") || head.contains("autogenerated by uv")
}

/// Whether the comments behind a requirement of a compiled file, on its lines `first..=last` counted from 0 or below
/// them, name a file that asks for it. Without any such comment it counts as asked for.
fn asked_for(lines: &[&str], first: usize, last: usize) -> bool {
    let own = lines.get(first..=last).unwrap_or_default().iter().copied();
    let below = lines.get(last + 1..).unwrap_or_default().iter().copied();
    let below = below.take_while(|l| l.trim_start().starts_with('#'));
    let comments: Vec<&str> = own.chain(below).filter_map(|l| l.split_once('#').map(|(_, said)| said.trim())).collect();
    if !comments.iter().any(|c| c.starts_with("via")) {
        return true;
    }
    comments.iter().any(|c| {
        c.contains("-r ")
            || c.contains(".toml")
            || c.contains("setup.")
            || c.split_whitespace().any(|w| w.rsplit('.').next() == Some("in") && w.contains('.'))
    })
}

/// A requirement that is only a place: the name is what `#egg=` says, or a wheel's file name.
fn url_requirement(sheet: &mut Sheet<'_, '_>, place: &str, lines: (usize, usize), scope: Scope) {
    let place = place.split(" ;").next().unwrap_or(place).trim();
    let egg = place.split_once("egg=").map(|(_, rest)| rest.split(['&', '[']).next().unwrap_or(rest));
    let file = place.split(['#', '?']).next().unwrap_or(place).rsplit('/').next().unwrap_or("");
    let wheel = file.strip_suffix(".whl").map(|w| {
        let mut parts = w.split('-');
        (parts.next().unwrap_or(""), parts.next())
    });
    let Some((name, version)) = egg.map(|e| (e, None)).or(wheel) else { return };
    sheet.push(&Dependency {
        name,
        version,
        scope,
        direct: Some(true),
        source: Some(place),
        lines,
        ..Dependency::default()
    });
}

#[cfg(test)]
mod tests {
    use super::{Requirement, asked_for};

    #[test]
    fn what_a_compiled_file_brings_along_is_not_asked_for() {
        let text = "flask==3.0\n    # via -r requirements.in\njinja2==3.1\n    # via\n    #   flask\nlocust==2.0 # via -r in.txt\nzmq==1 # via locust";
        let lines: Vec<&str> = text.lines().collect();
        let check = |line: usize, expect: bool| assert_eq!(asked_for(&lines, line, line), expect, "{}", lines[line]);
        check(0, true);
        check(2, false);
        check(5, true);
        check(6, false);
    }

    #[test]
    fn requirement_strings_come_apart_and_prose_does_not() {
        let check = |text, expect: Option<(&str, &str)>| {
            assert_eq!(Requirement::parse(text).map(|r| (r.name, r.url.unwrap_or(r.specifier))), expect, "{text}");
        };
        check(
            "requests[security,socks] >=2.8.1, ==2.8.* ; python_version < '2.7'",
            Some(("requests", ">=2.8.1, ==2.8.*")),
        );
        check("pip @ https://example.org/pip.whl ; os_name == 'nt'", Some(("pip", "https://example.org/pip.whl")));
        check("zope.interface (>=5)", Some(("zope.interface", ">=5")));
        check("this is prose", None);
        check("<html>", None);
    }
}
