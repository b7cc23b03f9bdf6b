//! Making hostile text fit to be shown: control and direction characters become visible, long text is cut.
//!
//! Every value from a repository passes through [`visible`] before it enters a sentence or a cell. Escaping for the
//! medium (HTML, Markdown, CSV) comes on top of it and is the renderer's work.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Longest text that is looked at; what lies behind it is dropped before any other work is done.
const LONGEST: usize = 20_000;

/// The text with every control, direction and invisible character replaced by something that can be seen.
///
/// Line ends and tabs become one space, because all text here stands in sentences or cells.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars().take(LONGEST) {
        push_visible(&mut out, c);
    }
    out
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' | '\r' | '\t' => {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        }
        '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => out.push('\u{2421}'),
        _ if is_invisible(c) => {
            // Writing to a String cannot fail.
            let _done = write!(out, "⟨U+{:04X}⟩", c as u32);
        }
        _ => out.push(c),
    }
}

/// Characters that change direction or take no space and so can make text look like something else.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Appends formatted text.
///
/// # Panics
/// Never: writing to a string does not fail.
pub fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a string does not fail");
}

/// Columns that the text takes in a terminal.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Cuts at the end so that at most `most` columns remain, ending in `…`.
pub fn shorten_end(text: &str, most: usize) -> String {
    if fits(text, most) {
        return text.to_owned();
    }
    let mut out = take_width(text.chars(), most.saturating_sub(1));
    let trimmed = out.trim_end().len();
    out.truncate(trimmed);
    out.push('…');
    out
}

/// Cuts in the middle so that both ends stay visible: endings of paths and names tell them apart.
pub fn shorten_middle(text: &str, most: usize) -> String {
    if fits(text, most) {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let head = take_width(text.chars(), room / 3);
    let tail: String = take_width(text.chars().rev(), room - room / 3).chars().rev().collect();
    format!("{head}…{tail}")
}

fn fits(text: &str, most: usize) -> bool {
    let mut columns = 0;
    for c in text.chars() {
        columns += c.width().unwrap_or(0);
        if columns > most {
            return false;
        }
    }
    true
}

fn take_width(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut columns = 0;
    chars
        .take_while(|c| {
            columns += c.width().unwrap_or(0);
            columns <= most
        })
        .collect()
}

/// Breaks text into lines of at most `columns`, at spaces; a word that is longer stands alone.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += wide;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        let check = |input: &str, expect: &str| assert_eq!(visible(input), expect, "{input:?}");
        check("plain – ünïcode ✓", "plain – ünïcode ✓");
        check("a\u{1b}[31mred", "a␛[31mred");
        check("safe\u{202e}gpj.exe", "safe⟨U+202E⟩gpj.exe");
        check("two\r\nlines\tand tab", "two lines and tab");
        check("nul\0del\u{7f}c1\u{9b}", "nul␀del␡c1⟨U+009B⟩");
        check("zero\u{200b}width", "zero⟨U+200B⟩width");
    }

    #[test]
    fn a_name_of_a_megabyte_is_cut_before_it_costs_anything() {
        assert!(visible(&"x".repeat(1_000_000)).len() <= LONGEST);
    }

    #[test]
    fn long_names_keep_both_ends() {
        let check = |most: usize, expect: &str| {
            assert_eq!(shorten_middle("core/src/main/scala/Server.scala", most), expect);
        };
        check(40, "core/src/main/scala/Server.scala");
        check(16, "core/…rver.scala");
        check(1, "…");
        assert_eq!(shorten_end("one two three", 8), "one two…");
        assert_eq!(width(&shorten_middle("日本語日本語日本語", 8)), 7, "wide characters count twice");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("averyveryverylongword x", 5), ["averyveryverylongword", "x"]);
    }
}
