//! The document for the terminal: the same sentences and figures as the page, with a place under each.

use super::{Note, marks, note, pictures, place, shown, table::grid, without_commit};
use crate::document::{Basis, Block, Claim, Format, Level, Report, Section, Table};
use crate::text;
use crate::words;

/// Rows of a table that are printed.
const MOST_ROWS: usize = 15;

/// Colours, or none.
struct Paint {
    on: bool,
}

impl Paint {
    fn set(&self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.set("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.set("2", text)
    }

    fn shape(&self, basis: Basis, attention: bool) -> String {
        if attention {
            return self.set("33", "▲");
        }
        let code = match basis {
            Basis::Declared | Basis::Resolved => "32",
            Basis::Inferred => "36",
            Basis::Said => "35",
            Basis::Unknown => "33",
        };
        self.set(code, basis.shape())
    }
}

/// One section, or all when `section` is `None`, as lines of at most `width` columns.
pub fn terminal(report: &Report, section: Option<&str>, width: usize, color: bool) -> String {
    let paint = Paint { on: color };
    let width = width.clamp(40, 160);
    let mut out = String::new();
    let mut push = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    let mut first = true;
    for one in report.sections.iter().filter(|s| section.is_none_or(|id| s.id == id)) {
        if !first {
            push("");
        }
        first = false;
        for line in section_lines(report, one, width, &paint) {
            push(&line);
        }
    }
    out
}

fn section_lines(report: &Report, section: &Section, width: usize, paint: &Paint) -> Vec<String> {
    let mut lines = vec![format!(
        "{}  {}",
        paint.bold(&format!("{} · {}", section.title, report.title())),
        paint.dim(&as_of(report))
    )];
    if !section.question.is_empty() {
        lines.push(paint.dim(&section.question));
    }
    for block in &section.blocks {
        match block {
            Block::Heading(heading) => {
                lines.push(String::new());
                lines.push(paint.bold(heading));
            }
            Block::Note(words) => match note(words) {
                Note::Marks => {
                    lines.extend(marks().map(|(shape, name, meaning)| format!("  {shape} {name}: {meaning}")));
                }
                Note::Words(words) | Note::Commands(words) => {
                    lines.extend(indented(words, width, "  ", "  ").map(|l| paint.dim(&l)));
                }
            },
            Block::Claim(claim) => lines.extend(claim_lines(claim, width, paint)),
            Block::Table(table) => lines.extend(table_lines(table, width, paint)),
            Block::Picture(picture) if picture.kind.is_system() => {
                let words = format!("{}: {} {}", picture.title, picture.description, pictures::of(picture).words);
                lines.push(String::new());
                lines.extend(indented(&words, width, "", "").map(|l| paint.dim(&l)));
            }
            // A chart's marks are in the table beside it.
            Block::Picture(_) => {}
        }
    }
    lines
}

fn as_of(report: &Report) -> String {
    let date = report.as_of().map(|at| format!("as of {}", words::date(at))).unwrap_or_default();
    match report.sources.as_slice() {
        [one] => one.commit.as_deref().map_or(date.clone(), |c| format!("{date}, commit {}", super::short(c))),
        _ => date,
    }
}

fn indented(words: &str, width: usize, first: &str, rest: &str) -> impl Iterator<Item = String> {
    let room = width.saturating_sub(text::width(rest)).max(20);
    let (first, rest) = (first.to_owned(), rest.to_owned());
    text::wrap(words, room)
        .into_iter()
        .enumerate()
        .map(move |(i, line)| if i == 0 { format!("{first}{line}") } else { format!("{rest}{line}") })
}

fn claim_lines(claim: &Claim, width: usize, paint: &Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if claim.level == Level::Top {
        lines.push(String::new());
        lines.extend(indented(&claim.text, width, "", "").map(|l| paint.bold(&l)));
        lines.push(paint.dim(&format!("{} {}", claim.basis.shape(), stands_on(claim, width))));
        return lines;
    }
    let mut sentence = indented(&claim.text, width, "", "  ");
    if let Some(first) = sentence.next() {
        lines.push(format!("{} {first}", paint.shape(claim.basis, claim.level == Level::Attention)));
    }
    lines.extend(sentence);
    for (word, text) in [("why", &claim.why), ("ask", &claim.ask)] {
        if let Some(text) = text {
            lines.extend(indented(&format!("{word}: {text}"), width, "  ", "       ").map(|l| paint.dim(&l)));
        }
    }
    lines.push(paint.dim(&format!("  {}", stands_on(claim, width))));
    lines
}

fn stands_on(claim: &Claim, width: usize) -> String {
    let Some(first) = claim.evidence.first() else { return claim.basis.words().to_lowercase() };
    let more = claim.n_rows.max(i64::try_from(claim.evidence.len()).unwrap_or(0)) - 1;
    let more = if more > 0 { format!(" and {} more", words::exact(more)) } else { String::new() };
    let basis = claim.basis.words().to_lowercase();
    let room = width.saturating_sub(6 + basis.len() + more.len()).max(20);
    format!("{basis}: {}{more}", text::shorten_middle(&place(first), room))
}

fn table_lines(table: &Table, width: usize, paint: &Paint) -> Vec<String> {
    let mut lines = vec![String::new()];
    if table.rows.is_empty() {
        lines.push(paint.dim(&table.empty));
        return lines;
    }
    lines.push(table.caption.clone());
    let headings: Vec<String> = table.columns.iter().map(|c| c.title.clone()).collect();
    let rows: Vec<Vec<(String, bool)>> = table
        .rows
        .iter()
        .zip(&table.places)
        .take(MOST_ROWS)
        .map(|(row, at)| {
            let cells = table.columns.iter().zip(row);
            cells
                .map(|(column, cell)| match (column.format, at) {
                    // The commit stands at the top of the page; here the room is the file's.
                    (Format::Place, Some(at)) if at.path.is_some() => (without_commit(&place(at)).to_owned(), false),
                    (Format::Place, Some(at)) => (place(at), false),
                    _ => (shown(cell, column.format), cell.is_number()),
                })
                .collect()
        })
        .collect();
    lines.extend(grid(&headings, &rows, width, "  ").lines().map(str::to_owned));
    let left = table.rows.len().saturating_sub(rows.len());
    if left > 0 {
        let more = if table.cut { "more than " } else { "" };
        lines.push(paint.dim(&format!("  … and {more}{} more rows", words::exact(i64::try_from(left).unwrap_or(0)))));
    }
    lines
}
