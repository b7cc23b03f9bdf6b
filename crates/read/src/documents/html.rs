//! The HTML that people put into Markdown: centred titles and slogans, badges, folded sections.
//!
//! Not a parser of HTML: it walks over tags once, from left to right, and keeps the words between those that matter.

use super::blocks::{Block, BlockKind, Words};

/// What is still open from one piece of HTML to the next, since Markdown cuts HTML at blank lines.
#[derive(Debug, Default)]
pub(super) struct State {
    hidden: usize,
}

impl State {
    /// Inside a table or a folded section.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden > 0
    }
}

/// The name of a tag in lower case, and whether it ends an element. A comment has no name.
pub(super) fn tag_name(tag: &str) -> (String, bool) {
    let inner = tag.trim_start_matches('<');
    let is_end = inner.starts_with('/');
    let name = inner.trim_start_matches('/');
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    (name[..end.min(20)].to_ascii_lowercase(), is_end)
}

/// Appends the blocks of a piece of HTML whose first line is `first_line` of its file.
pub(super) fn blocks(html: &str, first_line: usize, state: &mut State, out: &mut Vec<Block>) {
    let mut writer = Writer { out, words: Words::default(), kind: BlockKind::Paragraph, first: None, line: first_line };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        writer.text(&rest[..at], state);
        rest = &rest[at..];
        let end =
            if rest.starts_with("<!--") { rest.find("-->").map(|at| at + 3) } else { rest.find('>').map(|at| at + 1) };
        let Some(end) = end else {
            // Nothing is closed any more, so no further tag can be either.
            rest = "";
            break;
        };
        let tag = &rest[..end];
        if !tag.starts_with("<!") {
            writer.tag(tag, state);
        }
        writer.line += tag.matches('\n').count();
        rest = &rest[end..];
    }
    writer.text(rest, state);
    writer.flush();
}

struct Writer<'a> {
    out: &'a mut Vec<Block>,
    words: Words,
    kind: BlockKind,
    /// First and last line with words of the block at hand.
    first: Option<(usize, usize)>,
    line: usize,
}

impl Writer<'_> {
    fn text(&mut self, text: &str, state: &State) {
        for (i, part) in text.split('\n').enumerate() {
            if i > 0 {
                self.line += 1;
                self.words.push(" ");
            }
            if !state.is_hidden() && !part.trim().is_empty() {
                let first = self.first.map_or(self.line, |(first, _)| first);
                self.first = Some((first, self.line));
                self.words.push(&without_entities(part));
            }
        }
    }

    fn tag(&mut self, tag: &str, state: &mut State) {
        let (name, is_end) = tag_name(tag);
        match name.as_str() {
            "a" if is_end => self.words.links = self.words.links.saturating_sub(1),
            "a" => self.words.links += 1,
            "br" => self.words.push(" "),
            "table" | "details" | "script" | "style" | "svg" | "video" | "pre" => {
                self.flush();
                state.hidden = if is_end { state.hidden.saturating_sub(1) } else { state.hidden + 1 };
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                let level = name.as_bytes()[1] - b'0';
                self.kind = if is_end { BlockKind::Paragraph } else { BlockKind::Heading(level) };
            }
            "li" => {
                self.flush();
                self.kind = if is_end { BlockKind::Paragraph } else { BlockKind::ListItem };
            }
            "p" | "div" | "center" | "section" | "header" | "footer" | "ul" | "ol" | "hr" | "blockquote" | "align"
            | "main" | "article" | "dl" | "dt" | "dd"
                // `<h1><div>Title</div></h1>` stays a heading.
                if !matches!(self.kind, BlockKind::Heading(_)) =>
            {
                self.flush();
            }
            _ => {}
        }
    }

    fn flush(&mut self) {
        let kind = std::mem::replace(&mut self.kind, BlockKind::Paragraph);
        if let Some((first, last)) = self.first.take() {
            let block = self.words.take(kind, first, last);
            if !block.text.is_empty() {
                self.out.push(block);
            }
        }
        self.words.clear();
    }
}

fn without_entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let pairs = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&mdash;", "—"),
        ("&ndash;", "–"),
        ("&bull;", "•"),
        ("&middot;", "·"),
        ("&copy;", "©"),
        ("&ensp;", " "),
        ("&emsp;", " "),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}
