//! The parts of a document, the same for every markup.

/// One part of a document with its lines, counted from 1 and inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// Words without markup, white space folded.
    pub(super) text: String,
    /// How many bytes of the text are links.
    pub(super) linked: usize,
    pub(super) first: usize,
    pub(super) last: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// A heading of level 1 to 6.
    Heading(u8),
    Paragraph,
    /// A quote that is no admonition.
    Quote,
    /// A note, tip or warning set apart.
    Admonition,
    ListItem,
    /// A row of a table, its cells set apart by bars; the row of titles is left out.
    TableRow,
}

impl Block {
    pub(super) fn is_heading(&self) -> bool {
        matches!(self.kind, BlockKind::Heading(_))
    }
}

/// Gathers the words of one block.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    linked: usize,
    /// Inside how many links.
    pub(super) links: usize,
}

impl Words {
    /// Appends text; white space folds to one blank.
    pub(super) fn push(&mut self, text: &str) {
        let before = self.text.len();
        for c in text.chars() {
            if c.is_whitespace() {
                if !self.text.is_empty() && !self.text.ends_with(' ') {
                    self.text.push(' ');
                }
            } else if !c.is_control() {
                self.text.push(c);
            }
        }
        if self.links > 0 {
            self.linked += self.text.len() - before;
        }
    }

    /// Ends the block and starts anew.
    pub(super) fn take(&mut self, kind: BlockKind, first: usize, last: usize) -> Block {
        let linked = std::mem::take(&mut self.linked);
        let text = without_shortcodes(std::mem::take(&mut self.text).trim_end());
        self.links = 0;
        Block { kind, text, linked, first, last }
    }

    /// Throws away what was gathered.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.linked = 0;
        self.links = 0;
    }
}

/// Drops `:rocket:`; keeps `10:30:00` and `std::vec::Vec`.
fn without_shortcodes(text: &str) -> String {
    if !text.contains(':') {
        return text.to_owned();
    }
    let mut words = Vec::new();
    for word in text.split(' ') {
        let code = word.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
        let is_code = code.is_some_and(|code| {
            code.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '+' | '-'))
                && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'+' | b'-'))
        });
        if !is_code {
            words.push(word);
        }
    }
    words.join(" ")
}
