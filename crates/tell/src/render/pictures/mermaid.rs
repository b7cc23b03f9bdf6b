//! The diagram as Mermaid text, which code hosts draw. A flowchart, because the labels of its C4 variant overlap.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::canvas::put;
use super::{Group, Line, MOST_IN_DIAGRAM, Part, System, is_guess, kind_words};
use crate::text;

/// Code hosts refuse longer pictures.
const MOST_BYTES: usize = 5_000;

/// A flowchart from left to right, or nothing when it would be too large to be drawn.
pub fn mermaid(parts: &[Part], lines: &[Line]) -> Option<String> {
    if parts.is_empty() || parts.len() > MOST_IN_DIAGRAM {
        return None;
    }
    let system = System::of(parts, lines);
    let mut out = String::from("flowchart LR\n");
    let mut areas: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, part) in system.parts.iter().enumerate() {
        areas.entry(part.area.as_deref().unwrap_or("")).or_default().push(i);
    }
    let framed = areas.len() > 1;
    for (a, (area, members)) in areas.iter().enumerate() {
        let frame = framed && !area.is_empty();
        if frame {
            put!(out, "  subgraph a{a}[\"{}\"]\n", plain(area));
        }
        for &i in members {
            let part = system.parts[i];
            let words = format!("{}<br>{}", plain(&part.name), plain(kind_words(&part.kind)));
            let (open, close) = match Group::of(part) {
                Group::Store => ("[(", ")]"),
                Group::Queue => ("[[", "]]"),
                Group::Outside => ("([", "])"),
                _ => ("[", "]"),
            };
            put!(out, "  {}n{i}{open}\"{words}\"{close}\n", if frame { "  " } else { "" });
        }
        if frame {
            out.push_str("  end\n");
        }
    }
    for wire in &system.lines {
        let arrow = if is_guess(wire.line) { "-.->" } else { "-->" };
        let mut words: Vec<String> = wire.line.label.iter().map(|l| plain(l)).filter(|l| !l.is_empty()).collect();
        if wire.line.is_async {
            words.push("later".to_owned());
        }
        let words = if words.is_empty() { String::new() } else { format!("|\"{}\"|", words.join(", ")) };
        put!(out, "  n{} {arrow}{words} n{}\n", wire.from, wire.to);
    }
    (out.len() <= MOST_BYTES).then_some(out)
}

/// Text in which nothing means anything to Mermaid, Markdown or HTML.
fn plain(words: &str) -> String {
    let mut out = String::new();
    for c in text::shorten_middle(&text::visible(words), 40).chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '`' => out.push('ˋ'),
            _ => out.push(c),
        }
    }
    out.replace("://", ":\u{2060}//")
}
