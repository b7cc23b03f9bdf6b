//! A Mermaid flowchart: code hosts draw it. Not the C4 variant, whose labels lie over each other.
//!
//! Labels stand in quotes. Inside them Mermaid knows `#name;` and `#number;` for characters, and a backtick at the
//! start turns Markdown on; so every character that could mean something is written as a number.

use super::{Sheet, label};
use crate::text::put;

/// Boxes from which code hosts draw slowly or not at all.
const MANY: usize = 50;

pub(super) fn write(sheet: &Sheet) -> String {
    let mut lines: Vec<String> = sheet.heading().into_iter().map(|l| format!("%% {l}")).collect();
    if sheet.components.len() > MANY {
        lines.push(format!("%% {} boxes: some code hosts do not draw so many.", sheet.components.len()));
    }
    lines.push("%% A dotted arrow was inferred and may be wrong.".to_owned());
    lines.push("flowchart LR".to_owned());
    let handles = sheet.handles();
    for (n, (area, parts)) in sheet.areas().into_iter().enumerate() {
        let indent = if let Some(area) = area {
            lines.push(format!("  subgraph area_{n}[\"{}\"]", quoted(area)));
            "    "
        } else {
            "  "
        };
        for c in parts {
            let (open, close) = shape(&c.kind);
            let made = c.technology.as_deref().filter(|t| !t.eq_ignore_ascii_case(&c.name));
            let second = made.map(|t| format!("<br/>{}", quoted(t))).unwrap_or_default();
            lines.push(format!(
                "{indent}{}{open}\"{}{second}\"{close}:::{}",
                handles[c.id.as_str()],
                quoted(&c.name),
                group(&c.kind)
            ));
        }
        if area.is_some() {
            lines.push("  end".to_owned());
        }
    }
    for a in &sheet.arrows {
        let line = if a.basis == "inferred" { "-.->" } else { "-->" };
        let (from, to) = (&handles[a.from.as_str()], &handles[a.to.as_str()]);
        lines.push(format!("  {from} {line}|\"{}\"| {to}", quoted(&a.what)));
    }
    lines.extend(COLOURS.iter().map(|(group, colour)| format!("  classDef {group} stroke:{colour}")));
    lines.join("\n") + "\n"
}

/// Colours of borders, those of our own pictures on a light page.
const COLOURS: [(&str, &str); 6] = [
    ("front", "#052A68"),
    ("service", "#1D7C5D"),
    ("job", "#95650E"),
    ("queue", "#AE0DAC"),
    ("store", "#641D0D"),
    ("outside", "#364150"),
];

fn group(kind: &str) -> &'static str {
    match kind {
        "web" | "app" | "gateway" => "front",
        "job" => "job",
        "broker" => "queue",
        "database" | "cache" | "search" | "storage" => "store",
        "external" | "user" => "outside",
        _ => "service",
    }
}

fn shape(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "database" | "cache" | "search" | "storage" => ("[(", ")]"),
        "broker" => ("{{", "}}"),
        "user" => ("((", "))"),
        "external" => ("([", "])"),
        _ => ("[", "]"),
    }
}

/// Text in which no character means anything to Mermaid.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in label(text).chars() {
        if c.is_alphanumeric() || " .,:/_-+@()=".contains(c) {
            out.push(c);
        } else {
            put(&mut out, format_args!("#{};", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_cannot_leave_their_quotes() {
        let check = |text: &str, expect: &str| assert_eq!(super::quoted(text), expect);
        check("orders-db", "orders-db");
        check("a\"] --> b", "a#34;#93; --#62; b");
        check("`**x**`\n", "#96;#42;#42;x#42;#42;#96;");
        check("<img src=x>", "#60;img src=x#62;");
        check("{path}; #1", "#123;path#125;#59; #35;1");
    }
}
