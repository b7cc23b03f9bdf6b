//! The document as Markdown that renders on code hosts, with evidence as footnotes at the end.

use std::fmt::Write as _;

use super::{Note, marks, note, pictures, place, shown};
use crate::document::{Block, Claim, Format, Level, Picture, PictureKind, Report, Table};
use crate::{host, text, words};

/// Rows of a table that are set: whoever has the report alone sees no others.
const MOST_ROWS: usize = 200;
/// Longest cell, and longest cell of words that are quoted.
const CELL: usize = 400;
const QUOTED: usize = 920;

/// The report, or one of its sections, as Markdown.
pub fn markdown(report: &Report, section: Option<&str>) -> String {
    let mut page = Page { report, out: String::new(), notes: Vec::new() };
    page.line(&format!("# {}", escape(&report.title())));
    for source in &report.sources {
        let commit = source.commit.as_deref().map(|c| format!(" at commit `{}`", super::short(c))).unwrap_or_default();
        let repo = escape(&text::visible(&source.repo));
        let what = match &source.name {
            Some(name) => format!("{}, read from source {repo}", escape(&text::visible(name))),
            None => repo,
        };
        page.line(&format!("\n{what}{commit}, as of {}.", words::date(source.as_of)));
    }
    for one in report.sections.iter().filter(|s| section.is_none_or(|id| s.id == id)) {
        if one.question.is_empty() {
            page.line(&format!("\n## {}", escape(&one.title)));
        } else {
            page.line(&format!("\n## {}\n\n*{}*", escape(&one.title), one.question));
        }
        for block in &one.blocks {
            page.block(block);
        }
    }
    page.evidence();
    page.out
}

struct Page<'a> {
    report: &'a Report,
    out: String,
    notes: Vec<&'a Claim>,
}

impl<'a> Page<'a> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn block(&mut self, block: &'a Block) {
        match block {
            Block::Heading(heading) => self.line(&format!("\n### {}", escape(heading))),
            Block::Note(words) => match note(words) {
                Note::Words(words) => self.line(&format!("\n{words}")),
                // Whoever reads Markdown has no terminal beside it.
                Note::Commands(_) => {}
                Note::Marks => {
                    self.line("");
                    for (shape, name, meaning) in marks() {
                        self.line(&format!("- {shape} **{name}**: {meaning}"));
                    }
                }
            },
            Block::Claim(claim) => self.claim(claim),
            Block::Table(table) => self.table(table),
            Block::Picture(picture) => self.picture(picture),
        }
    }

    fn claim(&mut self, claim: &'a Claim) {
        self.notes.push(claim);
        let n = self.notes.len();
        let text = escape(&claim.text);
        let mark = format!("{} [^{n}]", claim.basis.shape());
        match claim.level {
            Level::Top => self.line(&format!("\n**{text}** {mark}\n")),
            Level::Quote => self.line(&format!("\n> {text} {mark}\n")),
            Level::Fact => self.line(&format!("- {text} {mark}")),
            Level::Attention => self.line(&format!("- ▲ {text} {mark}")),
        }
        if let Some(why) = &claim.why {
            self.line(&format!("  Why it matters: {why}"));
        }
        if let Some(ask) = &claim.ask {
            self.line(&format!("  Ask: *{ask}*"));
        }
    }

    fn table(&mut self, table: &Table) {
        if table.rows.is_empty() {
            self.line(&format!("\n{}", table.empty));
            return;
        }
        self.line(&format!("\n{}\n", table.caption));
        let titles: Vec<String> = table.columns.iter().map(|c| escape(&c.title)).collect();
        self.line(&format!("| {} |", titles.join(" | ")));
        let rule: Vec<&str> = (0..table.columns.len())
            .map(|c| if table.rows.iter().any(|r| r[c].is_number()) { "--:" } else { "---" })
            .collect();
        self.line(&format!("|{}|", rule.join("|")));
        for (row, at) in table.rows.iter().zip(&table.places).take(MOST_ROWS) {
            let cells: Vec<String> = table
                .columns
                .iter()
                .zip(row)
                .map(|(column, cell)| match (column.format, at) {
                    (Format::Place, Some(at)) => self.linked(at),
                    (Format::Text, _) => escape(&text::shorten_end(&shown(cell, column.format), QUOTED)),
                    _ => escape(&text::shorten_end(&shown(cell, column.format), CELL)),
                })
                .collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
        let left = table.rows.len().saturating_sub(MOST_ROWS);
        if left > 0 {
            let left = words::exact(i64::try_from(left).unwrap_or(i64::MAX));
            self.line(&format!("\n{}{left} more rows are left out here.", if table.cut { "More than " } else { "" }));
        } else if table.cut {
            self.line("\nMore rows are left out here.");
        }
    }

    /// Only what Mermaid draws: the table beside any other picture holds the same facts, and a caption without its picture
    /// says nothing.
    fn picture(&mut self, picture: &Picture) {
        let drawn = &picture.system;
        // Other kinds say something else than who is connected to whom.
        let flow = matches!(picture.kind, PictureKind::Diagram | PictureKind::Grid);
        if let Some(mermaid) = pictures::mermaid(&drawn.parts, &drawn.lines).filter(|_| flow) {
            self.line(&format!("\n{}: {}", escape(&picture.title), picture.description));
            self.line(&escape(&pictures::of(picture).words));
            self.line(&format!("\n```mermaid\n{mermaid}```"));
        }
    }

    fn linked(&self, at: &crate::document::Evidence) -> String {
        let shown = code(&text::shorten_middle(&place(at), 100));
        match host::link(self.report.source(&at.repo), at) {
            Some(url) => format!("[{shown}]({url})"),
            None => shown,
        }
    }

    fn evidence(&mut self) {
        if self.notes.is_empty() {
            return;
        }
        self.line("\n## Evidence\n");
        for (i, claim) in std::mem::take(&mut self.notes).into_iter().enumerate() {
            let mut note = format!("[^{}]: {}", i + 1, claim.basis.words());
            for (j, one) in claim.evidence.iter().enumerate() {
                // Writing to a String cannot fail.
                let _done = write!(note, "{} {}", if j == 0 { ":" } else { "," }, self.linked(one));
            }
            let left = claim.n_rows - i64::try_from(claim.evidence.len()).unwrap_or(0);
            if left > 0 {
                let _done = write!(note, " and {} more", words::exact(left));
            }
            self.line(&note);
        }
    }
}

/// Text in which no character of Markdown or HTML means anything.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' | '@' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    // Without a scheme's colon no host makes a link of it by itself.
    out.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.")
}

/// Text in fixed-width letters; a back-tick in it would end it, so it is replaced.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "ˋ").replace('|', "\\|"))
}
