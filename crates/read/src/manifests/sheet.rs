//! Where the readers of manifests write: one sheet per file, which fills in what all its rows share.

use sightline_facts::tables::packages::PackageRow;
use sightline_facts::tables::projects::ProjectRow;

use super::lines::LineTable;
use super::purl::purl;
use super::tree::Broken;
use crate::file::FileInput;
use crate::rows::SourceRows;

/// Cited text up to this many bytes is searched for the name; a longer one is a minified file, where searching every
/// row would take quadratic time.
const CHECKED_TEXT: usize = 4_096;
/// Gaps that one file may give.
const MAX_GAPS: usize = 20;

/// What a dependency is needed for; the words of column `packages.scope`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Scope {
    Runtime,
    Dev,
    Test,
    Build,
    Optional,
    Peer,
    #[default]
    Unknown,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Build => "build",
            Self::Optional => "optional",
            Self::Peer => "peer",
            Self::Unknown => "unknown",
        }
    }

    /// The scope that the name of a group of dependencies suggests.
    pub(super) fn of_group(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let is = |words: &[&str]| words.iter().any(|w| name.contains(w));
        if is(&["test"]) {
            Self::Test
        } else if is(&["dev", "lint", "doc", "check", "typing", "format", "debug", "bench", "ci"]) {
            Self::Dev
        } else if is(&["build", "release"]) {
            Self::Build
        } else {
            Self::Optional
        }
    }
}

/// A row of `packages` in the making.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dependency<'a> {
    pub(super) name: &'a str,
    /// The part of the name that the cited lines show; empty when it is the name itself.
    pub(super) shown: &'a str,
    pub(super) declared: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) scope: Scope,
    pub(super) direct: Option<bool>,
    pub(super) group: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    pub(super) released_at: Option<i64>,
    pub(super) licence: Option<&'a str>,
    /// First and last line, counted from 1.
    pub(super) lines: (usize, usize),
    /// Registry where it differs from the one of the file.
    pub(super) ecosystem: Option<&'static str>,
}

/// A row of `projects` in the making.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Project<'a> {
    pub(super) lines: (usize, usize),
    pub(super) name: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) description: Option<(&'a str, usize)>,
    pub(super) licence: Option<&'a str>,
    /// Empty means unknown.
    pub(super) kind: &'a str,
    pub(super) runtime: Option<&'a str>,
}

/// Takes the rows of one file.
#[derive(Debug)]
pub(super) struct Sheet<'f, 'r> {
    pub(super) file: &'f FileInput<'f>,
    pub(super) lines: LineTable,
    pub(super) ecosystem: &'static str,
    pub(super) format: &'static str,
    pub(super) is_lock: bool,
    /// Gaps noted so far: a file of prose would give one for each line, and a few say enough.
    gaps: usize,
    rows: &'r mut SourceRows,
}

impl<'f, 'r> Sheet<'f, 'r> {
    pub(super) fn new(file: &'f FileInput<'f>, rows: &'r mut SourceRows) -> Self {
        let lines = LineTable::of(file.text);
        Self { file, lines, ecosystem: "generic", format: "", is_lock: false, gaps: 0, rows }
    }

    /// Says what kind of file the coming rows are from.
    pub(super) fn is(&mut self, ecosystem: &'static str, format: &'static str, is_lock: bool) {
        (self.ecosystem, self.format, self.is_lock) = (ecosystem, format, is_lock);
    }

    /// The text of the file.
    pub(super) fn text(&self) -> &'f str {
        self.file.text
    }

    /// Appends a row of `packages`. Nameless ones are no dependency.
    pub(super) fn push(&mut self, dependency: &Dependency<'_>) {
        let d = dependency;
        if d.name.trim().is_empty() {
            return;
        }
        let count = self.lines.count();
        let first = d.lines.0.clamp(1, count);
        let last = d.lines.1.clamp(first, count);
        let ecosystem = d.ecosystem.unwrap_or(self.ecosystem);
        let shown = self.shown(d, first, last);
        let non_empty = |s: &&str| !s.is_empty();
        let version = d.version.filter(non_empty);
        let url = purl(ecosystem, d.name, version);
        self.rows.packages.push(&PackageRow {
            repo: self.file.repo,
            commit: self.file.commit,
            path: self.file.path,
            line_start: number(first),
            line_end: number(last),
            ecosystem,
            format: self.format,
            is_lock: self.is_lock,
            name: d.name,
            name_in_file: shown,
            declared: d.declared.filter(non_empty),
            version,
            scope: d.scope.word(),
            is_direct: d.direct,
            group_name: d.group.filter(non_empty),
            source: d.source.filter(non_empty),
            purl: Some(&url),
            released_at: d.released_at,
            licence: d.licence.filter(non_empty),
            ..PackageRow::default()
        });
    }

    /// The longest part of the name that the cited lines really show: `verify` will look for it.
    fn shown<'a>(&self, d: &Dependency<'a>, first: usize, last: usize) -> &'a str
    where
        'f: 'a,
    {
        let wanted = if d.shown.is_empty() { d.name } else { d.shown };
        let cited = self.lines.text(self.file.text, first, last);
        if cited.len() > CHECKED_TEXT || cited.contains(wanted) {
            return wanted;
        }
        let parts = d.name.rsplit(['/', ':', '.', '-', '_']).chain(d.name.split(['/', ':', '.', '-', '_']));
        if let Some(part) = parts.filter(|p| p.len() > 1 && cited.contains(p)).max_by_key(|p| p.len()) {
            return part;
        }
        // An escaped or computed name: what the line shows instead is the honest evidence.
        cited.lines().next().unwrap_or("").trim()
    }

    /// Appends a row of `projects`.
    pub(super) fn project(&mut self, project: &Project<'_>) {
        let p = project;
        let count = self.lines.count();
        let first = p.lines.0.clamp(1, count);
        let non_empty = |s: &&str| !s.trim().is_empty();
        let description = p.description.filter(|(text, _)| !text.trim().is_empty());
        self.rows.projects.push(&ProjectRow {
            repo: self.file.repo,
            commit: self.file.commit,
            path: self.file.path,
            line_start: number(first),
            line_end: number(p.lines.1.clamp(first, count)),
            ecosystem: self.ecosystem,
            format: self.format,
            name: p.name.filter(non_empty),
            version: p.version.filter(non_empty),
            description: description.map(|(text, _)| text.trim()),
            description_line: description.map(|(_, line)| number(line.clamp(1, count))),
            licence: p.licence.filter(non_empty),
            kind: if p.kind.is_empty() { "unknown" } else { p.kind },
            runtime: p.runtime.filter(non_empty),
            ..ProjectRow::default()
        });
    }

    /// Notes that the file is not what its name says.
    pub(super) fn broken(&mut self, broken: &Broken) {
        let line = broken.line.clamp(1, self.lines.count());
        self.file.gap(self.rows, "manifest", "syntax", &broken.detail, Some((line, line)));
    }

    /// Notes that one part could not be read.
    pub(super) fn odd(&mut self, line: usize, detail: &str) {
        self.gaps += 1;
        if self.gaps > MAX_GAPS {
            return;
        }
        self.file.gap(self.rows, "manifest", "syntax", detail, Some((line, line)));
    }

    /// Parses the file as JSON and gives its tree, or notes a gap.
    pub(super) fn json(&mut self) -> Option<super::tree::Node<'f>> {
        let tree = super::tree::json(self.file.text, &self.lines);
        self.map_or_gap(tree, "JSON object")
    }

    /// Parses the file as TOML and gives its tree, or notes a gap.
    pub(super) fn toml(&mut self) -> Option<super::tree::Node<'f>> {
        let tree = super::tree::toml(self.file.text, &self.lines);
        self.map_or_gap(tree, "TOML table")
    }

    /// Parses the file as YAML and gives the trees of its first documents, or notes a gap.
    pub(super) fn yaml_documents(&mut self, most: usize) -> Vec<super::tree::Node<'f>> {
        super::tree::documents(self.file.text, most).unwrap_or_else(|broken| {
            self.broken(&broken);
            Vec::new()
        })
    }

    /// Parses the file as YAML and gives its tree, or notes a gap.
    pub(super) fn yaml(&mut self) -> Option<super::tree::Node<'f>> {
        let tree = super::tree::yaml(self.file.text);
        self.map_or_gap(tree, "YAML mapping")
    }

    fn map_or_gap(&mut self, tree: Result<super::tree::Node<'f>, Broken>, what: &str) -> Option<super::tree::Node<'f>> {
        match tree {
            Ok(node) if node.is_map() => Some(node),
            // An empty YAML file says nothing, which is no mistake.
            Ok(node) if what.starts_with("YAML") && matches!(node.value, super::tree::Value::Null) => None,
            Ok(node) => {
                self.odd(node.first, &format!("the file holds no {what}"));
                None
            }
            Err(broken) => {
                self.broken(&broken);
                None
            }
        }
    }
}

fn number(line: usize) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

/// An RFC 3339 instant in microseconds since 1970, UTC.
pub(super) fn instant(text: &str) -> Option<i64> {
    text.trim().parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
}

/// Whether a version is a plain one rather than a range: starts with a digit (or `v` and a digit) and holds nothing
/// that ranges are written with.
pub(super) fn is_plain(version: &str) -> bool {
    let digits = version.strip_prefix(['v', 'V']).unwrap_or(version);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && !version.contains([' ', ',', '*', '<', '>', '^', '~', '|', '[', '(', '$', '{', ']', ')', '#', '/'])
        && !version.split(['.', '-']).any(|part| matches!(part, "x" | "X" | "+"))
        && !version.ends_with('+')
}

/// The version, where what is declared pins one.
pub(super) fn pinned(declared: &str) -> Option<&str> {
    is_plain(declared).then_some(declared)
}
