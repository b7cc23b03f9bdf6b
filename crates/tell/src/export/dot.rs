//! A Graphviz graph. Texts stand in quotes, in which only `\"` and `\\` have to be written otherwise.

use super::{Sheet, label};

pub(super) fn write(sheet: &Sheet) -> String {
    let mut lines: Vec<String> = sheet.heading().into_iter().map(|l| format!("// {l}")).collect();
    lines.push("// A dashed arrow was inferred and may be wrong.".to_owned());
    lines.push("digraph system {".to_owned());
    lines.push("  rankdir=LR;".to_owned());
    lines.push("  node [shape=box, fontname=\"sans-serif\"];".to_owned());
    lines.push("  edge [fontname=\"sans-serif\", fontsize=10];".to_owned());
    let handles = sheet.handles();
    for (n, (area, parts)) in sheet.areas().into_iter().enumerate() {
        if let Some(area) = area {
            lines.push(format!("  subgraph cluster_{n} {{"));
            lines.push(format!("    label={};", quoted(area)));
        }
        for c in parts {
            let name = c.technology.as_deref().map_or_else(|| c.name.clone(), |t| format!("{} ({t})", c.name));
            lines.push(format!(
                "    {} [label={}, shape={}, tooltip={}];",
                handles[c.id.as_str()],
                quoted(&name),
                shape(&c.kind),
                quoted(&c.purpose)
            ));
        }
        if area.is_some() {
            lines.push("  }".to_owned());
        }
    }
    for a in &sheet.arrows {
        let style = if a.basis == "inferred" { ", style=dashed" } else { "" };
        let (from, to) = (&handles[a.from.as_str()], &handles[a.to.as_str()]);
        lines.push(format!("  {from} -> {to} [label={}{style}];", quoted(&a.what)));
    }
    lines.push("}".to_owned());
    lines.join("\n") + "\n"
}

fn shape(kind: &str) -> &'static str {
    match kind {
        "database" | "cache" | "search" | "storage" => "cylinder",
        "broker" => "cds",
        "user" => "ellipse",
        "external" => "box3d",
        _ => "box",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", label(text).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_cannot_leave_their_quotes() {
        assert_eq!(super::quoted("a\" -> b"), r#""a\" -> b""#);
        assert_eq!(super::quoted("a\\"), r#""a\\""#);
        assert_eq!(super::quoted("<b>x</b>"), "\"<b>x</b>\"", "in quotes this is no markup");
    }
}
