//! The first sentence of a documentation comment, free of the signs that make it a comment.

use super::describe::fold;

/// Longest sentence that is kept, in characters.
const MAX_SENTENCE: usize = 300;

/// Appends the first sentence of a comment or docstring to `into`; nothing where it says nothing.
pub(super) fn first_sentence(comment: &str, into: &mut String) {
    if comment.is_empty() {
        return;
    }
    // A string of one line that documents, in languages that have no comments for it.
    let is_string = comment.starts_with(['"', '\'']) && !comment.starts_with("\"\"\"") && !comment.starts_with("'''");
    let comment = if is_string { comment.trim_matches(['"', '\'']) } else { comment };
    let start = into.len();
    let mut left = MAX_SENTENCE;
    let mut is_example = false;
    for line in comment.split('\n').take(60) {
        let line = bare(line);
        if line.starts_with("```") {
            is_example = !is_example;
            continue;
        }
        if is_example || is_directive(line) {
            continue;
        }
        if line.is_empty() {
            if into.len() > start {
                break;
            }
            continue;
        }
        let line = match line.strip_prefix(['@', '\\']) {
            Some(tag) => match tag.strip_prefix("brief ").or_else(|| tag.strip_prefix("summary ")) {
                Some(rest) => rest,
                None => break,
            },
            None => line,
        };
        if into.len() > start {
            into.push(' ');
        }
        let (sentence, is_end) = cut(line);
        let before = into.len();
        plain(sentence, into);
        while into.len() > before && into.ends_with(' ') {
            into.pop();
        }
        left = left.saturating_sub(into[before..].chars().count());
        if is_end || left == 0 {
            break;
        }
    }
    let sentence = into.split_off(start);
    fold(sentence.trim(), MAX_SENTENCE, into);
}

/// A line without comment signs and quotes.
fn bare(line: &str) -> &str {
    let mut line = line.trim();
    for sign in ["/**", "/*!", "/*", "///", "//!", "//", "\"\"\"", "'''", "r\"\"\"", "~S\"\"\"", "#", "*"] {
        if let Some(rest) = line.strip_prefix(sign) {
            line = rest;
            break;
        }
    }
    line = line.trim_end();
    for sign in ["**/", "*/", "\"\"\"", "'''"] {
        line = line.strip_suffix(sign).unwrap_or(line).trim_end();
    }
    // A run of signs is a frame, not text.
    let line = line.trim();
    if line.chars().all(|c| matches!(c, '#' | '*' | '-' | '=' | '/' | '"' | '\'')) { "" } else { line }
}

/// Comments that speak to a tool.
fn is_directive(line: &str) -> bool {
    ["!", "go:", "nolint", "frozen_string_literal", "rubocop:", "shellcheck ", "-*-", "encoding:", "typed:", ":nodoc:"]
        .iter()
        .any(|d| line.starts_with(d))
}

/// The part of a line up to the end of the first sentence, and whether it ends there.
fn cut(line: &str) -> (&str, bool) {
    for (place, sign) in line.char_indices() {
        if !matches!(sign, '.' | '!' | '?' | '。') {
            continue;
        }
        let end = place + sign.len_utf8();
        let rest = &line[end..];
        let is_end = rest.is_empty() || rest.starts_with([' ', '\t', '<']) || sign == '。';
        let before = &line[..place];
        let is_short =
            ["e.g", "i.e", "etc", "vs", "cf", "approx"].iter().any(|s| before.ends_with(s)) && !rest.is_empty();
        if is_end && !is_short {
            return (&line[..end], true);
        }
    }
    (line, false)
}

/// Appends text without HTML or XML tags and without Javadoc's inline tags.
fn plain(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(place) = rest.find(['<', '{']) {
        into.push_str(&rest[..place]);
        let tail = &rest[place..];
        if let Some(tag) = tail.strip_prefix("{@") {
            let Some(end) = tag.find('}') else {
                rest = tag;
                continue;
            };
            into.push_str(tag[..end].split_once(' ').map_or("", |(_, words)| words.trim().trim_start_matches('#')));
            rest = &tag[end + 1..];
            continue;
        }
        let is_tag = tail.starts_with('<')
            && tail[1..].starts_with(|c: char| c == '/' || c.is_ascii_lowercase())
            && tail.find('>').is_some_and(|end| end < 80);
        if let Some(end) = tail.find('>').filter(|_| is_tag) {
            if let Some((_, name)) = tail[..end].split_once("cref=\"").or_else(|| tail[..end].split_once("name=\"")) {
                into.push_str(name.trim_end_matches(['"', '/', ' ']));
            }
            rest = &tail[end + 1..];
        } else {
            let first = tail.chars().next().map_or(1, char::len_utf8);
            into.push_str(&tail[..first]);
            rest = &tail[first..];
        }
    }
    into.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(comment: &str, expect: &str) {
        let mut sentence = String::new();
        first_sentence(comment, &mut sentence);
        assert_eq!(sentence, expect, "of {comment:?}");
    }

    #[test]
    fn first_sentences() {
        check("/**\n * Sends {@link Order}s, e.g. paid\n * ones. And more.\n */", "Sends Orders, e.g. paid ones.");
        check("/// <summary>\n/// Sends it.\n/// </summary>", "Sends it.");
        check("\"\"\"\n    Sends it\n    at once\n\n    Later.\n    \"\"\"", "Sends it at once");
        check("# frozen_string_literal: true", "");
        check("/** @param x first */", "");
        check("/// \\brief Sends. Fast.", "Sends.");
        check("/** <b>Bold</b> a < b. */", "Bold a < b.");
        check("// -----\n// Does it\n// -----", "Does it");
    }
}
