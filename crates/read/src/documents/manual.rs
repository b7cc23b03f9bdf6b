//! Manual pages (`man` and `mdoc` macros of roff) to blocks: sections, paragraphs, and tagged items such as options and
//! variables. Other requests shape the page and say nothing.

use super::blocks::{Block, BlockKind, Words};

/// Whether a path ends like a manual page, `tool.1` or `tool.conf.5`.
pub(super) fn is_manual(name: &str) -> bool {
    let Some((stem, section)) = name.rsplit_once('.') else { return false };
    stem.len() > 1 && section.len() == 1 && section.bytes().all(|b| (b'1'..=b'8').contains(&b))
}

/// Whether the text begins like one; `libfoo.so.1` and `notes.2` do not.
pub(super) fn looks_like_manual(text: &str) -> bool {
    text.lines()
        .take(40)
        .find(|line| !line.trim().is_empty() && !line.starts_with(".\\\"") && !line.starts_with("'\\\""))
        .is_some_and(|line| line.starts_with(".TH") || line.starts_with(".Dd") || line.starts_with(".\\"))
}

/// Blocks of a page whose first line is `first_line` of its file.
pub(super) fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let mut page = Page { out: Vec::new(), words: Words::default(), kind: BlockKind::Paragraph, lines: None };
    let mut expects_tag = false;
    for (i, line) in text.lines().enumerate() {
        let line_number = i + first_line;
        let Some(request) = line.strip_prefix('.').or_else(|| line.strip_prefix('\'')) else {
            if line.trim().is_empty() {
                page.flush();
            } else {
                page.push(line, line_number);
                expects_tag = false;
            }
            continue;
        };
        let (name, rest) = request.split_once([' ', '\t']).unwrap_or((request, ""));
        match name {
            "SH" | "Sh" | "SS" | "Ss" => {
                page.flush();
                let level = if name.eq_ignore_ascii_case("sh") { 2 } else { 3 };
                page.push(rest, line_number);
                page.kind = BlockKind::Heading(level);
                page.flush();
            }
            "TP" | "It" | "IP" | "TQ" => {
                page.flush();
                page.kind = BlockKind::ListItem;
                expects_tag = name == "TP" || name == "TQ";
                page.push(rest.trim_start_matches("Ev ").trim_start_matches("Fl "), line_number);
            }
            "PP" | "P" | "LP" | "Pp" => page.flush(),
            // A bold line that begins a paragraph is a tag too, wherever `.TP` is not used.
            "B" | "BR" | "BI" | "I" | "IR" | "Nm" | "Ev" | "Fl" | "Cm" | "Ar" | "Li" | "Em" | "Sy" => {
                if !expects_tag && page.lines.is_none() && name.starts_with('B') {
                    page.kind = BlockKind::ListItem;
                }
                expects_tag = false;
                page.push(rest, line_number);
            }
            _ => {}
        }
    }
    page.flush();
    page.out
}

struct Page {
    out: Vec<Block>,
    words: Words,
    kind: BlockKind,
    lines: Option<(usize, usize)>,
}

impl Page {
    fn push(&mut self, raw: &str, line: usize) {
        let text = plain(raw);
        if text.trim().is_empty() {
            return;
        }
        if self.lines.is_some() {
            self.words.push(" ");
        }
        self.words.push(&text);
        self.lines = Some((self.lines.map_or(line, |l| l.0), line));
    }

    fn flush(&mut self) {
        if let Some((first, last)) = self.lines.take() {
            let block = self.words.take(self.kind, first, last);
            if !block.text.is_empty() {
                self.out.push(block);
            }
        }
        self.words.clear();
        self.kind = BlockKind::Paragraph;
    }
}

/// Text without font changes and quoted blanks: `\fBtool\fR`, `\-`, `\&`, `"two words"`.
fn plain(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('f') => {
                    // One letter, `(` and two, or a name in brackets.
                    match rest.next() {
                        Some('(') => {
                            let _skipped = (rest.next(), rest.next());
                        }
                        Some('[') => while rest.next().is_some_and(|c| c != ']') {},
                        _ => {}
                    }
                }
                Some('(') => {
                    let pair: String = rest.by_ref().take(2).collect();
                    out.push_str(match pair.as_str() {
                        "aq" | "cq" | "oq" => "'",
                        "dq" | "lq" | "rq" => "\"",
                        "em" | "en" | "hy" => "-",
                        "bu" => "•",
                        _ => " ",
                    });
                }
                Some('"') => break,
                Some('e') => out.push('\\'),
                Some(c @ ('-' | '.' | '\'' | '`')) => out.push(c),
                Some(' ' | '~' | '0') => out.push(' '),
                _ => {}
            },
            '"' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_variables_are_items_with_their_words() {
        let text = ".\\\" A comment.\n.TH SHOP 1\n.SH NAME\nshop \\- sells things\n.SH ENVIRONMENT\n.TP\n.B SHOP_PORT\n\
            Port to listen on\\&.\n.br\nDefault is 8080\\&.\n.PP\n.B \\-config\\-file\n.RS 4\nRead \\fIthis\\fR file.\n";
        assert!(looks_like_manual(text));
        let found: Vec<String> =
            blocks(text, 1).iter().map(|b| format!("{:?} {}-{} {}", b.kind, b.first, b.last, b.text)).collect();
        assert_eq!(
            found,
            [
                "Heading(2) 3-3 NAME",
                "Paragraph 4-4 shop - sells things",
                "Heading(2) 5-5 ENVIRONMENT",
                "ListItem 7-10 SHOP_PORT Port to listen on. Default is 8080.",
                "ListItem 12-14 -config-file Read this file.",
            ]
        );
    }

    #[test]
    fn other_files_with_a_digit_at_the_end_are_none() {
        assert!(is_manual("shop.1") && is_manual("shop.conf.5"));
        assert!(!is_manual("shop.9") && !is_manual("v1.23") && !is_manual("shop"));
        assert!(!looks_like_manual("hello\n.TH"));
    }
}
