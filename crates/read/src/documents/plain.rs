//! reStructuredText and plain text to blocks.
//!
//! Plain text that underlines its headings reads like reStructuredText, so one reader does for both. Only lines without
//! indentation are words of the document; what is indented belongs to a directive, a literal block or a list.

use super::blocks::{Block, BlockKind, Words};

/// Blocks of a document whose first line is `first_line` of its file.
pub(super) fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut out = Vec::new();
    let mut styles: Vec<(u8, bool)> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.is_empty() || line.starts_with([' ', '\t']) {
            at += 1;
        } else if let Some((title_at, style)) = heading_at(&lines, at) {
            let level = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            let level = u8::try_from(level + 1).unwrap_or(6).min(6);
            let end = title_at + 1;
            push(&mut out, BlockKind::Heading(level), &lines[title_at..=title_at], (title_at, end), first_line);
            at = end + 1;
        } else if line.starts_with("..") && line.as_bytes().get(2).is_none_or(u8::is_ascii_whitespace) {
            at = after_directive(&lines, at, first_line, &mut out);
        } else if is_rule(line) {
            // A table drawn with characters runs to the next blank line; so does nothing else that begins like this.
            at = paragraph_end(&lines, at);
        } else {
            let end = paragraph_end(&lines, at);
            let kind = if is_item(line) { BlockKind::ListItem } else { BlockKind::Paragraph };
            let kind = if line.starts_with('|') || line.starts_with("+-") { BlockKind::ListItem } else { kind };
            push(&mut out, kind, &lines[at..end], (at, end - 1), first_line);
            at = end;
        }
    }
    first_line_as_title(&mut out);
    out
}

/// A text without any heading is called by its first short line.
fn first_line_as_title(out: &mut [Block]) {
    let has_heading = out.iter().any(Block::is_heading);
    if let (false, Some(first)) = (has_heading, out.first_mut())
        && first.first == first.last
        && first.text.len() <= 80
        && first.kind == BlockKind::Paragraph
        && !first.text.ends_with(['.', ':', ','])
    {
        first.kind = BlockKind::Heading(1);
    }
}

/// The line of a heading's text and the heading's style (its character, and whether a line is drawn above it).
fn heading_at(lines: &[&str], at: usize) -> Option<(usize, (u8, bool))> {
    let underlines = |title: &str, rule: &str| {
        // Short rules happen; a rule of two characters under a long line is text.
        is_rule(rule) && !title.trim().is_empty() && (rule.len() >= 3 || rule.len() >= title.len())
    };
    let line = *lines.get(at)?;
    let below = *lines.get(at + 1)?;
    if is_rule(line) {
        let rule = *lines.get(at + 2)?;
        let is_same = rule.as_bytes().first() == line.as_bytes().first();
        return (is_same && !is_rule(below) && underlines(below, rule)).then(|| (at + 1, (line.as_bytes()[0], true)));
    }
    underlines(line, below).then(|| (at, (below.as_bytes()[0], false)))
}

fn is_rule(line: &str) -> bool {
    let Some(first) = line.bytes().next() else { return false };
    line.len() >= 2 && first.is_ascii_punctuation() && line.bytes().all(|b| b == first) && line != "::" && line != ".."
}

fn paragraph_end(lines: &[&str], at: usize) -> usize {
    let mut end = at + 1;
    while end < lines.len() && !lines[end].is_empty() {
        // The next heading's text may follow without a blank line only where its rule does.
        if !lines[end].starts_with([' ', '\t']) && (is_item(lines[end]) || heading_at(lines, end).is_some()) {
            break;
        }
        end += 1;
    }
    end
}

fn is_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let is_number = digits > 0 && [". ", ") "].iter().any(|mark| line[digits..].starts_with(mark));
    is_number || ["- ", "* ", "+ ", "• "].iter().any(|mark| line.starts_with(mark)) || is_field(line)
}

/// `:Author: Ada`
fn is_field(line: &str) -> bool {
    line.strip_prefix(':').is_some_and(|rest| rest.split_once(": ").is_some_and(|(name, _)| !name.contains('`')))
}

/// Skips a directive, comment or target with all that is indented below it; keeps the words of admonitions.
fn after_directive(lines: &[&str], at: usize, first_line: usize, out: &mut Vec<Block>) -> usize {
    let mut end = at + 1;
    while end < lines.len() && (lines[end].is_empty() || lines[end].starts_with([' ', '\t'])) {
        end += 1;
    }
    let name = lines[at].trim_start_matches("..").trim_start();
    let is_admonition = ["note::", "warning::", "tip::", "important::", "attention::", "caution::"];
    if is_admonition.iter().any(|admonition| name.starts_with(admonition)) {
        let last = (at..end).rev().find(|i| !lines[*i].is_empty()).unwrap_or(at);
        push(out, BlockKind::Admonition, &lines[at + 1..=last.max(at)], (at, last), first_line);
    }
    end
}

fn push(out: &mut Vec<Block>, kind: BlockKind, lines: &[&str], (first, last): (usize, usize), first_line: usize) {
    let mut raw = lines.join(" ");
    if kind == BlockKind::ListItem && !is_field(&raw) {
        raw = raw
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '*' | '+' | '•' | '.' | ')' | '|'))
            .to_owned();
    } else if is_field(&raw) {
        raw.remove(0);
    }
    let mut words = Words::default();
    inline(&raw, &mut words);
    let block = words.take(kind, first + first_line, last + first_line);
    if !block.text.is_empty() {
        out.push(block);
    }
}

/// Text without ``code`` marks, `links <address>`_, :role:`names`, emphasis and |pictures|.
fn inline(raw: &str, words: &mut Words) {
    let mut rest = raw;
    while let Some(at) = rest.find(['`', '|', '*']) {
        let before = &rest[..at];
        let mark = rest.as_bytes()[at];
        let width = rest[at..].bytes().take_while(|b| *b == mark).count();
        let after = &rest[at + width..];
        if mark == b'`' {
            words.push(without_role(before));
            let fence = &rest[at..at + width.min(2)];
            let Some(end) = after.find(fence) else {
                words.push(after);
                return;
            };
            let inner = &after[..end];
            let tail = &after[end + fence.len()..];
            let is_link = width == 1 && tail.starts_with('_');
            words.links += usize::from(is_link);
            words.push(inner.rfind(" <").filter(|_| inner.ends_with('>')).map_or(inner, |cut| &inner[..cut]));
            words.links -= usize::from(is_link);
            rest = if is_link { tail.trim_start_matches('_') } else { tail };
        } else if mark == b'|' && width == 1 {
            words.push(before);
            // A substitution is mostly a badge.
            match after.split_once('|') {
                Some((name, tail)) if !name.is_empty() && name.len() <= 40 && !name.starts_with(' ') => {
                    rest = tail.trim_start_matches('_');
                }
                _ => {
                    words.push("|");
                    rest = after;
                }
            }
        } else {
            words.push(before);
            let is_operator = before.ends_with(' ') && after.starts_with(' ');
            if is_operator || mark == b'|' {
                words.push(&rest[at..at + width]);
            }
            rest = after;
        }
    }
    words.push(rest.strip_suffix("::").map(|text| format!("{text}:")).as_deref().unwrap_or(rest));
}

/// `see :ref:` before a name in backticks.
fn without_role(before: &str) -> &str {
    let Some(head) = before.strip_suffix(':') else { return before };
    match head.rfind(':') {
        Some(at) if !head[at + 1..].contains(' ') && at + 1 < head.len() => &before[..at],
        _ => before,
    }
}
