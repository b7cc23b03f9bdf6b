//! `AsciiDoc` to blocks: titles, sections and paragraphs; delimited blocks and macros are passed over.

use super::blocks::{Block, BlockKind, Words};

const ADMONITIONS: [&str; 5] = ["NOTE:", "TIP:", "IMPORTANT:", "WARNING:", "CAUTION:"];

/// Blocks of a document whose first line is `first_line` of its file.
pub(super) fn blocks(text: &str, first_line: usize) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut out = Vec::new();
    let mut at = 0;
    let mut after_title = false;
    while at < lines.len() {
        let line = lines[at];
        let in_header = std::mem::take(&mut after_title);
        if let Some((level, title)) = heading(line) {
            push(&mut out, BlockKind::Heading(level), title, (at, at), first_line);
            after_title = level == 1;
            at += 1;
        } else if let Some(end) = after_delimited(&lines, at) {
            at = end;
        } else if line.is_empty() || is_passed_over(line) || (in_header && is_author(line)) {
            // The header's attributes and author may come in several lines.
            after_title = in_header && !line.is_empty();
            at += 1;
        } else {
            let end = paragraph_end(&lines, at);
            let text = lines[at..end].join(" ");
            let (kind, text) = if let Some(admonition) = ADMONITIONS.iter().find(|a| text.starts_with(**a)) {
                (BlockKind::Admonition, text[admonition.len()..].to_owned())
            } else if is_item(line) {
                (BlockKind::ListItem, text.trim_start_matches(['*', '.', '-', ' ']).to_owned())
            } else {
                (BlockKind::Paragraph, text)
            };
            // An indented line is literal text.
            if !line.starts_with([' ', '\t']) {
                push(&mut out, kind, &text, (at, end - 1), first_line);
            }
            at = end;
        }
    }
    out
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let mark = if line.starts_with('=') { '=' } else { '#' };
    let title = line.trim_start_matches(mark);
    let level = line.len() - title.len();
    let title = title.strip_prefix(' ')?.trim();
    ((1..=6).contains(&level) && !title.is_empty()).then(|| (u8::try_from(level).unwrap_or(6), title))
}

/// The line after a block between two equal rules of four characters or more, `|===` or two backtick fences.
fn after_delimited(lines: &[&str], at: usize) -> Option<usize> {
    let rule = lines[at];
    let first = rule.bytes().next()?;
    let is_rule = rule.len() >= 4 && b"-.=*_+/".contains(&first) && rule.bytes().all(|b| b == first);
    let is_table = matches!(rule, "|===" | "!===" | ",===" | ":===");
    if !is_rule && !is_table && !rule.starts_with("```") {
        return None;
    }
    let end_rule = if rule.starts_with("```") { "```" } else { rule };
    let end = lines[at + 1..].iter().position(|line| *line == end_rule);
    // Without an end it is a line like any other; the search is not repeated for it.
    Some(end.map_or(at + 1, |end| at + end + 2))
}

fn is_passed_over(line: &str) -> bool {
    let is_attribute = line.starts_with(':') && line[1..].contains(':');
    let is_macro = line.split_once("::").is_some_and(|(name, rest)| {
        !name.is_empty()
            && rest.ends_with(']')
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_')
    });
    let is_block_title = line.starts_with('.') && line.len() > 1 && !line.starts_with(". ") && !line.starts_with("..");
    is_attribute
        || is_macro
        || is_block_title
        || line.starts_with("//")
        || matches!(line, "+" | "'''" | "<<<")
        || (line.starts_with('[') && line.ends_with(']'))
}

fn is_author(line: &str) -> bool {
    line.contains('@') || (line.starts_with('v') && line.as_bytes().get(1).is_some_and(u8::is_ascii_digit))
}

fn is_item(line: &str) -> bool {
    let mark = line.trim_start_matches(['*', '.', '-']);
    mark.len() < line.len() && mark.starts_with(' ')
}

fn paragraph_end(lines: &[&str], at: usize) -> usize {
    let mut end = at + 1;
    while end < lines.len()
        && !lines[end].is_empty()
        && !is_passed_over(lines[end])
        && !is_item(lines[end])
        && lines[end] != "--"
    {
        end += 1;
    }
    end
}

fn push(out: &mut Vec<Block>, kind: BlockKind, text: &str, (first, last): (usize, usize), first_line: usize) {
    let mut words = Words::default();
    inline(text, &mut words);
    let block = words.take(kind, first + first_line, last + first_line);
    if !block.text.is_empty() {
        out.push(block);
    }
}

/// Text without marks: `link:address[text]` and `address[text]` become their text, pictures and `{attributes}` go.
fn inline(text: &str, words: &mut Words) {
    for (i, word) in pieces(text).enumerate() {
        if i > 0 {
            words.push(" ");
        }
        let Some((target, label)) =
            word.strip_suffix(']').or_else(|| word.rfind(']').map(|at| &word[..at])).and_then(|w| w.split_once('['))
        else {
            words.push(&plain(word));
            continue;
        };
        let tail = word.rfind(']').map_or("", |at| &word[at + 1..]);
        if target.starts_with("image:") || target.starts_with("icon:") || target.contains("image::") {
            words.push(tail);
        } else if is_link(target) {
            words.links += 1;
            words.push(&plain(label.split([',', '^']).next().unwrap_or(label)));
            words.links -= 1;
            words.push(tail);
        } else {
            words.push(&plain(word));
        }
    }
}

/// An address, a macro for links, or an attribute that holds an address: `{homepage}[Name]`.
fn is_link(target: &str) -> bool {
    target.contains("://")
        || target.contains('{')
        || ["link:", "xref:", "mailto:"].iter().any(|m| target.starts_with(m))
}

/// Words, where blanks inside `address[a few words]` do not count.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = false;
    text.split(move |c: char| {
        match c {
            '[' => depth = true,
            ']' => depth = false,
            _ => {}
        }
        c == ' ' && !depth
    })
}

fn plain(word: &str) -> String {
    // Marks stand at the ends of words; inside a word they are part of a name.
    let word = word.replace('`', "");
    let core = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    let mut out = format!("{}{}", core.trim_matches(['*', '_']), &word[core.len()..]);
    if let (Some(start), Some(end)) = (out.find('{'), out.find('}'))
        && start < end
    {
        out.replace_range(start..=end, "");
    }
    out.replace("<<", "").replace(">>", "")
}
