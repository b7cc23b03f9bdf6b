//! Matches line by line, for notations that have no tree: Dockerfile, nginx, Procfile.

use std::borrow::Cow;

use regex::Regex;

use super::rule::{How, Match};
use super::signal::{Captures, Seen};
use super::{MAX_MATCHES, Note};

/// Longest line that is looked at.
const MAX_LINE: usize = 20_000;

/// Runs one match over the lines of a text.
pub(super) fn run(one: &Match, rule: usize, file: &str, text: &str, seen: &mut Vec<Seen>) -> Option<Note> {
    let How::Line { regex, join, block } = &one.how else { return None };
    let mut lines = text.lines().enumerate();
    let mut open: Vec<Option<Captures<'_>>> = Vec::new();
    let mut found = 0;
    while let Some((at, line)) = lines.next() {
        if line.len() > MAX_LINE {
            continue;
        }
        let first = at + 1;
        let (mut whole, mut last) = (Cow::Borrowed(line), first);
        while let Some(mark) = join.as_deref().filter(|j| whole.trim_end().ends_with(*j)) {
            let Some((at, next)) = lines.next() else { break };
            let kept = whole.trim_end().trim_end_matches(mark).to_owned();
            // A comment between joined lines is no part of the command.
            let next = if next.trim_start().starts_with('#') { mark } else { next };
            whole = Cow::Owned(format!("{kept} {}", next.trim()));
            last = at + 1;
            if whole.len() > MAX_LINE {
                break;
            }
        }
        if let Some(block) = block {
            brackets(block, &whole, &mut open);
        }
        for groups in regex.captures_iter(&whole) {
            found += 1;
            if found > MAX_MATCHES {
                return Some(Note::TooMany);
            }
            let mut captures = open.iter().rev().flatten().next().cloned().unwrap_or_default();
            for name in regex.capture_names().flatten() {
                if let Some(group) = groups.name(name).filter(|g| !g.as_str().is_empty()) {
                    captures.set(name, group.as_str().to_owned());
                }
            }
            captures.set("in_file", file.to_owned());
            captures.set("in_line", whole.to_string());
            if !one.settle(&mut captures, None) {
                continue;
            }
            let matched = groups.get(0).map_or("", |m| m.as_str()).trim();
            let cited = || text.lines().skip(first - 1).take(last - first + 1);
            let shown =
                if cited().any(|l| l.contains(matched)) { matched } else { cited().next().unwrap_or("").trim() };
            seen.extend(Seen::of(&one.signal, &captures, rule, (first, last), shown));
        }
    }
    None
}

/// Runs a match on the path of a file; what it cites is the file's first line that is not blank.
pub(super) fn run_on_name(one: &Match, rule: usize, file: &str, text: &str, seen: &mut Vec<Seen>) {
    let How::File { regex } = &one.how else { return };
    let mut captures = Captures::default();
    let Some((at, line)) = text.lines().enumerate().find(|(_, l)| !l.trim().is_empty() && l.len() <= MAX_LINE) else {
        return;
    };
    if !captures.set_groups(regex, file) {
        return;
    }
    captures.set("in_file", file.to_owned());
    if one.settle(&mut captures, None) {
        let line = line.trim().trim_start_matches('\u{feff}');
        seen.extend(Seen::of(&one.signal, &captures, rule, (at + 1, at + 1), line));
    }
}

/// Follows `{` and `}` of a line; the line that opens a block may give it captures.
fn brackets<'m>(block: &'m Regex, line: &str, open: &mut Vec<Option<Captures<'m>>>) {
    for c in line.chars() {
        match c {
            '#' => break,
            '{' => {
                let mut captures = Captures::default();
                open.push(captures.set_groups(block, line).then_some(captures));
            }
            '}' => {
                open.pop();
            }
            _ => {}
        }
    }
}
