//! Reads documents for people: what they are called, what they say first, their headings, passages by topic, and the
//! settings they describe.
//!
//! Markdown, `reStructuredText`, `AsciiDoc`, manual pages and plain text are each turned into the same list of blocks (headings,
//! paragraphs, quotes, list items) with their lines; what is a title or a summary is decided on the blocks alone.

use std::borrow::Cow;

use sightline_facts::tables::{documents::DocumentRow, headings::HeadingRow};

use crate::file::{FileInput, FileKind};
use crate::rows::SourceRows;

mod asciidoc;
mod blocks;
mod front_matter;
mod html;
mod keys;
mod manual;
mod markdown;
mod passages;
mod plain;
mod prose;
mod topics;

use blocks::{Block, BlockKind};
use front_matter::FrontMatter;

/// Raised when the rows for the same bytes change.
pub const VERSION: u32 = 11;

/// Hash of the topics, on which rows depend as much as on the reader.
pub(crate) fn fingerprint() -> String {
    blake3::hash(topics::SOURCE.as_bytes()).to_hex()[..16].to_owned()
}

/// Nobody reads more; such files are exports.
const MAX_BYTES: usize = 2 << 20;
const MAX_HEADINGS: usize = 500;
const MAX_SUMMARY: usize = 600;
const MAX_HEADING_SUMMARY: usize = 400;
const MAX_HEADING: usize = 300;

/// Names without extension, or with `.txt`, that are documents; beginnings, in lower case.
const NAMES: [&str; 16] = [
    "readme",
    "changelog",
    "changes",
    "history",
    "news",
    "releases",
    "release-notes",
    "release_notes",
    "contributing",
    "security",
    "code_of_conduct",
    "code-of-conduct",
    "install",
    "architecture",
    "governance",
    "roadmap",
];

/// Folders whose documents record decisions.
const DECISION_FOLDERS: [&str; 9] = [
    "adr",
    "adrs",
    "decisions",
    "decision-records",
    "decision_records",
    "architecture-decisions",
    "architecture-decision-records",
    "architecture_decisions",
    "rfcs",
];

/// Whether this reader has something to say about a file of that path.
pub fn wants(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    match extension {
        "md" | "markdown" | "mdx" | "rst" | "adoc" | "asciidoc" => true,
        "txt" => is_known_name(stem) || folder.split('/').any(|part| matches!(part, "docs" | "doc" | "documentation")),
        "" => is_known_name(name) || keys::wants(path),
        _ => manual::is_manual(name) || keys::wants(path),
    }
}

fn is_known_name(stem: &str) -> bool {
    NAMES
        .iter()
        .any(|name| stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_'])))
}

/// Reads the file into rows of `documents` and `headings`. Text that tests, tools or other projects brought along is
/// passed over.
pub fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    if matches!(file.kind, FileKind::Vendored | FileKind::Generated | FileKind::Test | FileKind::Binary) {
        return;
    }
    if file.text.len() > MAX_BYTES {
        file.gap(rows, "docs", "too-large", "documents are read up to 2 MB", None);
        return;
    }
    if keys::wants(file.path) {
        keys::read(file, rows);
        return;
    }
    let kind = kind_of(file.path);
    let extension = file.name().rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
    let is_manual = manual::is_manual(file.name());
    if is_manual && !manual::looks_like_manual(file.text) {
        return;
    }
    let (front, body, first_line) = front_matter::split(file.text);
    let blocks = match extension.as_str() {
        _ if is_manual => manual::blocks(body, first_line),
        "md" | "markdown" | "mdx" => markdown::blocks(body, first_line),
        "adoc" | "asciidoc" => asciidoc::blocks(body, first_line),
        _ => plain::blocks(body, first_line),
    };
    let Some(last_line) = last_written_line(file.text) else { return };
    // Rows of tables are passages at most: neither a title nor a summary.
    let told: Vec<Block> = blocks.iter().filter(|b| b.kind != BlockKind::TableRow).cloned().collect();
    push_document(file, rows, kind, &front, &told, (body, last_line));
    push_headings(file, rows, &told);
    passages::read(file, kind, &blocks, rows);
}

fn push_document(
    file: &FileInput<'_>,
    rows: &mut SourceRows,
    kind: &str,
    front: &FrontMatter<'_>,
    blocks: &[Block],
    (body, last_line): (&str, usize),
) {
    // Without a heading of the first level the first one may name the document, or just its first section: a README's
    // must then be the first thing in it.
    let is_title = |b: &&Block| kind != "readme" || !prose::is_section(b);
    let heading = blocks.iter().filter(is_title).find(|b| b.kind == BlockKind::Heading(1)).or_else(|| {
        let mut candidates = blocks.iter().take(if kind == "readme" { 1 } else { usize::MAX });
        candidates.find(|b| b.is_heading()).filter(is_title)
    });
    let (title, title_line) = match (heading, &front.title) {
        (_, Some((title, line))) => (Some(*title), Some(*line)),
        (Some(heading), None) => (Some(heading.text.as_str()), Some(heading.first)),
        (None, None) => (None, None),
    };
    let found = prose::summary(blocks, kind == "readme").map(|block| summary_of(block, blocks));
    let described = front.description.map(|(text, line)| (prose::cut(text, MAX_SUMMARY), line, line));
    let summary = if kind == "readme" { found.or(described) } else { described.or(found) };
    let (mut status, mut decided_on) = (None, None);
    if kind == "decision" {
        status = front.status.map(str::to_owned).or_else(|| prose::field(blocks, "status"));
        decided_on = front.date.map(str::to_owned).or_else(|| prose::field(blocks, "date"));
    }
    rows.documents.push(&DocumentRow {
        repo: file.repo,
        commit: file.commit,
        path: file.path,
        line_start: 1,
        line_end: count(last_line),
        kind,
        title: title.map(|title| prose::cut(title, MAX_HEADING)).as_deref(),
        title_line: title_line.map(count),
        summary: summary.as_ref().map(|(text, ..)| text.as_ref()),
        summary_start: summary.as_ref().map(|(_, first, _)| count(*first)),
        summary_end: summary.as_ref().map(|(.., last)| count(*last)),
        status: status.as_deref(),
        decided_on: decided_on.as_deref(),
        n_words: count(body.split_whitespace().count()),
        ..DocumentRow::default()
    });
}

/// The words of a summary; where they only lead to a list, with what that list begins with.
fn summary_of<'a>(block: &'a Block, blocks: &[Block]) -> (Cow<'a, str>, usize, usize) {
    let at = blocks.iter().position(|b| std::ptr::eq(b, block)).map_or(blocks.len(), |at| at + 1);
    let mut last = block.last;
    let mut text = block.text.clone();
    if text.ends_with(':') {
        for (i, item) in blocks[at..].iter().take_while(|b| b.kind == BlockKind::ListItem).enumerate() {
            let item_text = prose::first_sentence(&item.text, MAX_SUMMARY / 4);
            if text.len() + item_text.len() + 3 > MAX_SUMMARY {
                break;
            }
            text.push_str(if i == 0 { " " } else { " · " });
            text.push_str(item_text);
            last = item.last;
        }
    }
    if last == block.last {
        return (prose::cut(&block.text, MAX_SUMMARY), block.first, last);
    }
    (Cow::Owned(text), block.first, last)
}

fn push_headings(file: &FileInput<'_>, rows: &mut SourceRows, blocks: &[Block]) {
    let mut n_headings = 0;
    for (i, block) in blocks.iter().enumerate() {
        let BlockKind::Heading(level) = block.kind else { continue };
        if block.text.is_empty() {
            continue;
        }
        n_headings += 1;
        if n_headings > MAX_HEADINGS {
            let detail = "headings beyond the first 500 were left out";
            file.gap(rows, "docs", "too-many-headings", detail, Some((block.first, block.last)));
            return;
        }
        let below = blocks[i + 1..].iter().take_while(|b| !b.is_heading()).find(|b| prose::says_something(b));
        let summary = below.map(|b| prose::cut(&b.text, MAX_HEADING_SUMMARY));
        rows.headings.push(&HeadingRow {
            repo: file.repo,
            commit: file.commit,
            path: file.path,
            line_start: count(block.first),
            line_end: count(block.last),
            level: i64::from(level),
            text: &prose::cut(&block.text, MAX_HEADING),
            summary: summary.as_deref(),
            summary_start: below.map(|b| count(b.first)),
            summary_end: below.map(|b| count(b.last)),
            ..HeadingRow::default()
        });
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn last_written_line(text: &str) -> Option<usize> {
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).last().map(|(i, _)| i + 1)
}

/// The word in column `documents.kind`.
fn kind_of(path: &str) -> &'static str {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let is = |beginnings: &[&str]| beginnings.iter().any(|b| name.starts_with(b));
    if is(&["readme"]) {
        return "readme";
    }
    let is_index = is(&["index", "template", "adr-template", "_index", "0000-template", "_template"]);
    let in_decisions = folder.split('/').any(|part| DECISION_FOLDERS.contains(&part));
    let is_numbered_adr = name.strip_prefix("adr-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if (in_decisions || is_numbered_adr) && !is_index {
        return "decision";
    }
    if is(&["changelog", "changes", "history", "news", "release-notes", "release_notes", "releases", "releasenotes"]) {
        "changelog"
    } else if is(&["contributing"]) {
        "contributing"
    } else if is(&["security."]) || name == "security" {
        "security"
    } else if is(&["code_of_conduct", "code-of-conduct"]) {
        "conduct"
    } else if folder.split('/').any(|part| {
        matches!(part, "docs" | "doc" | "documentation" | "guides" | "guide" | "manual" | "wiki" | "handbook")
    }) || manual::is_manual(name)
    {
        "guide"
    } else {
        "other"
    }
}
