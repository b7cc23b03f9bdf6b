//! Markdown to blocks, by pulldown-cmark's events and their offsets.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::blocks::{Block, BlockKind, Words};
use super::html;

/// Blocks of a document whose first line is `first_line` of its file.
pub(super) fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM;
    let mut reader = Reader { lines: LineIndex::new(text, first_line), ..Reader::default() };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.event(event, &range, text);
    }
    reader.out
}

/// Offsets to lines.
#[derive(Debug, Default)]
struct LineIndex {
    starts: Vec<usize>,
    first_line: usize,
}

impl LineIndex {
    fn new(text: &str, first_line: usize) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { starts, first_line }
    }

    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1) + self.first_line
    }
}

/// What the reader is in. Depths are counted, not recursed into: quotes nest as deep as a file likes.
#[derive(Debug, Default)]
struct Reader {
    lines: LineIndex,
    out: Vec<Block>,
    words: Words,
    quotes: usize,
    /// Depth of quotes at which an admonition began.
    admonition: Option<usize>,
    items: usize,
    /// Where the words of a list item began that stands without a paragraph.
    item_start: Option<usize>,
    /// Cells so far of the row of a table.
    cells: usize,
    /// Inside indented lines that are words rather than code.
    in_indented_words: bool,
    /// Inside code blocks, footnotes and pictures nothing is gathered.
    hidden: usize,
    html: String,
    html_state: html::State,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, range: &Range<usize>, text: &str) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag, range, text),
            // The grammar takes these lines for code, so that marks are still in them.
            Event::Text(text) if self.in_indented_words => self.words.push(&text.replace(['`', '*'], "")),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text)
                if self.hidden == 0 =>
            {
                self.words.push(&text);
            }
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(tag) => self.inline_html(&tag),
            Event::SoftBreak | Event::HardBreak if self.hidden == 0 => self.words.push(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        match tag {
            // Under a definition or a box, indented lines are its further paragraphs.
            Tag::CodeBlock(CodeBlockKind::Indented) if self.hidden == 0 && self.is_under_definition() => {
                self.words.clear();
                self.in_indented_words = true;
            }
            Tag::CodeBlock(_) | Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) => {
                self.end_of_item_words(range.start);
                self.hidden += 1;
            }
            Tag::Image { .. } => self.hidden += 1,
            Tag::Table(_) => self.end_of_item_words(range.start),
            Tag::TableHead | Tag::TableRow => {
                self.words.clear();
                self.cells = 0;
            }
            Tag::TableCell => {
                if self.cells > 0 {
                    self.words.push(" | ");
                }
                self.cells += 1;
            }
            Tag::BlockQuote(kind) => {
                self.quotes += 1;
                if kind.is_some() && self.admonition.is_none() {
                    self.admonition = Some(self.quotes);
                }
            }
            Tag::Item => {
                self.end_of_item_words(range.start);
                self.items += 1;
                self.item_start = Some(range.start);
                self.words.clear();
            }
            Tag::Paragraph | Tag::Heading { .. } => {
                self.words.clear();
                self.item_start = None;
            }
            Tag::Link { .. } => self.words.links += 1,
            Tag::HtmlBlock => self.html.clear(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: &Range<usize>, text: &str) {
        match tag {
            TagEnd::CodeBlock if self.in_indented_words => {
                self.in_indented_words = false;
                self.push(BlockKind::ListItem, range, text);
            }
            TagEnd::CodeBlock | TagEnd::FootnoteDefinition | TagEnd::Image | TagEnd::MetadataBlock(_) => {
                self.hidden = self.hidden.saturating_sub(1);
            }
            TagEnd::BlockQuote(_) => {
                if self.admonition == Some(self.quotes) {
                    self.admonition = None;
                }
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::Item => {
                // The blank line below a list belongs to its last item in the grammar, not to a reader.
                self.end_of_item_words(range.start + text[range.clone()].trim_end().len());
                self.items = self.items.saturating_sub(1);
            }
            TagEnd::Heading(level) => {
                self.html_state = html::State::default();
                self.push(BlockKind::Heading(level as u8), range, text);
            }
            TagEnd::TableHead => self.words.clear(),
            TagEnd::TableRow if self.hidden == 0 && !self.html_state.is_hidden() => {
                self.push(BlockKind::TableRow, range, text);
            }
            TagEnd::Paragraph if self.hidden == 0 && !self.html_state.is_hidden() => {
                let kind = self.paragraph_kind(&text[range.clone()]);
                self.push(kind, range, text);
            }
            TagEnd::Link => self.words.links = self.words.links.saturating_sub(1),
            TagEnd::HtmlBlock if self.hidden == 0 && self.quotes == 0 => {
                let first = self.lines.line(range.start);
                html::blocks(&self.html, first, &mut self.html_state, &mut self.out);
            }
            _ => {}
        }
    }

    fn is_under_definition(&self) -> bool {
        self.out.last().is_some_and(|above| [": ", "!!!"].iter().any(|mark| above.text.starts_with(mark)))
    }

    fn paragraph_kind(&self, raw: &str) -> BlockKind {
        let raw = raw.trim_start();
        if self.admonition.is_some() || raw.starts_with(":::") || raw.starts_with("!!!") {
            BlockKind::Admonition
        } else if self.items > 0 || ["import ", "export ", "{%", "{{", "[//]:"].iter().any(|p| raw.starts_with(p)) {
            // Statements of MDX and of template languages are as little prose as an item of a list.
            BlockKind::ListItem
        } else if self.quotes > 0 {
            BlockKind::Quote
        } else {
            BlockKind::Paragraph
        }
    }

    fn push(&mut self, kind: BlockKind, range: &Range<usize>, text: &str) {
        let raw = &text[range.clone()];
        let first = self.lines.line(range.start + (raw.len() - raw.trim_start().len()));
        let end = range.start + raw.trim_end().len();
        let last = self.lines.line(end.saturating_sub(1)).max(first);
        let block = self.words.take(kind, first, last);
        if !block.text.is_empty() {
            self.out.push(block);
        }
    }

    /// Items of a tight list hold their words without a paragraph.
    fn end_of_item_words(&mut self, end: usize) {
        let Some(start) = self.item_start.take() else { return };
        let first = self.lines.line(start);
        let last = self.lines.line(end.saturating_sub(1)).max(first);
        let block = self.words.take(BlockKind::ListItem, first, last);
        if !block.text.is_empty() {
            self.out.push(block);
        }
    }

    fn inline_html(&mut self, tag: &str) {
        let (name, is_end) = html::tag_name(tag);
        match (name.as_str(), is_end) {
            ("br", _) => self.words.push(" "),
            ("a", false) => self.words.links += 1,
            ("a", true) => self.words.links = self.words.links.saturating_sub(1),
            _ => {}
        }
    }
}
