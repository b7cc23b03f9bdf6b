//! A Mermaid flowchart: code hosts draw it. Not the C4 variant, whose labels lie over each other.
//!
//! Labels stand in quotes. Inside them Mermaid knows `#name;` and `#number;` for characters, and a backtick at the
//! start turns Markdown on; so every character that could mean something is written as a number.

use std::collections::BTreeMap;

use super::{Sheet, label};
use crate::text::put;
use crate::words;

/// Boxes from which code hosts draw slowly or not at all.
const MANY: usize = 50;
/// Bytes from which code hosts refuse to draw.
const MOST_BYTES: usize = 5_000;

/// The map as far as code hosts draw it: all of it, else without words at the arrows, else an area in each box.
pub(super) fn write(sheet: &Sheet) -> String {
    if sheet.components.len() <= MANY {
        for with_words in [true, false] {
            let text = whole(sheet, with_words);
            if text.len() <= MOST_BYTES {
                return text;
            }
        }
    }
    by_area(sheet)
}

/// Areas with the number of their parts, and how many connections go from one to another.
fn by_area(sheet: &Sheet) -> String {
    let mut areas: Vec<(Option<&str>, usize)> =
        sheet.areas().into_iter().map(|(area, parts)| (area, parts.len())).collect();
    areas.sort_by_key(|(area, n)| (std::cmp::Reverse(*n), *area));
    let shown = areas.len().min(MANY - 1);
    let of: BTreeMap<&str, Option<&str>> =
        sheet.components.iter().map(|c| (c.id.as_str(), c.area.as_deref())).collect();
    let place = |id: &str| of.get(id).and_then(|area| areas[..shown].iter().position(|(a, _)| a == area));
    let mut sums: BTreeMap<(usize, usize), (usize, bool)> = BTreeMap::new();
    for arrow in &sheet.arrows {
        if let (Some(from), Some(to)) = (place(&arrow.from), place(&arrow.to))
            && from != to
        {
            let sum = sums.entry((from, to)).or_insert((0, true));
            sum.0 += 1;
            sum.1 &= arrow.basis == "inferred";
        }
    }
    let mut lines: Vec<String> = sheet.heading().into_iter().map(|l| format!("%% {l}")).collect();
    lines.push(format!(
        "%% Each box is an area, for code hosts draw no more than {MANY} boxes and {MOST_BYTES} characters; there are {} parts.",
        sheet.components.len()
    ));
    lines.push("%% A dotted arrow was inferred and may be wrong. Other formats hold every part.".to_owned());
    lines.push("flowchart LR".to_owned());
    for (n, (area, parts)) in areas[..shown].iter().enumerate() {
        let count = i64::try_from(*parts).unwrap_or(i64::MAX);
        let name = quoted(area.unwrap_or("no area"));
        lines.push(format!("  area_{n}[\"{name}<br/>{parts} {}\"]", words::noun(count, "part")));
    }
    if areas.len() > shown {
        lines.push(format!("  more[\"{} more areas\"]", areas.len() - shown));
    }
    // The thickest bundles first: what finds no room is the thinnest.
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(between, (n, _))| (std::cmp::Reverse(*n), *between));
    let mut room = MOST_BYTES.saturating_sub(lines.iter().map(|l| l.len() + 1).sum());
    for ((from, to), (n, is_inferred)) in sums {
        let line = format!("  area_{from} {}|\"{n}\"| area_{to}", if is_inferred { "-.->" } else { "-->" });
        let Some(left) = room.checked_sub(line.len() + 1) else { break };
        room = left;
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

fn whole(sheet: &Sheet, with_words: bool) -> String {
    let mut lines: Vec<String> = sheet.heading().into_iter().map(|l| format!("%% {l}")).collect();
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
        let what = if with_words { format!("|\"{}\"|", quoted(&a.what)) } else { String::new() };
        lines.push(format!("  {from} {line}{what} {to}"));
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
    use sightline_map::Component;

    use crate::export::{Arrow, Direction, Sheet};

    /// So many parts in areas of ten, each calling the next two.
    fn sheet(n: usize) -> Sheet {
        let id = |i: usize| format!("component:a-part-with-a-name-{i}");
        let part = |i: usize| Component {
            id: id(i),
            name: format!("a-part-with-a-name-{i}"),
            kind: "service".into(),
            area: Some(format!("area {}", i / 10)),
            ..Component::default()
        };
        let arrow = |i: usize, step: usize| Arrow {
            from: id(i),
            to: id((i + step) % n),
            kind: "sync".into(),
            protocol: None,
            is_async: false,
            what: "calls".into(),
            basis: "resolved".into(),
            spots: Vec::new(),
        };
        Sheet {
            title: "many".into(),
            direction: Direction::Call,
            sources: Vec::new(),
            components: (0..n).map(part).collect(),
            arrows: (0..n).flat_map(|i| [arrow(i, 1), arrow(i, 2)]).collect(),
            endpoints: Vec::new(),
        }
    }

    #[test]
    fn code_hosts_draw_it_however_large_the_system_is() {
        let (small, middle, large, huge) =
            (super::write(&sheet(5)), super::write(&sheet(25)), super::write(&sheet(500)), super::write(&sheet(5_000)));
        for text in [&small, &middle, &large, &huge] {
            assert!(text.len() <= super::MOST_BYTES, "{} bytes", text.len());
            assert!(text.lines().filter(|l| l.contains("[\"")).count() <= super::MANY + 4, "{text}");
        }
        assert!(small.contains("-->|\"calls\"|"), "{small}");
        assert!(
            middle.contains("c_a_part_with_a_name_24") && !middle.contains("calls"),
            "words give way first: {middle}"
        );
        assert!(
            large.contains("area_0[\"area 0<br/>10 parts\"]") && large.contains("area_0 -->|\"3\"| area_1"),
            "{large}"
        );
        assert!(huge.contains("451 more areas"), "{huge}");
    }

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
