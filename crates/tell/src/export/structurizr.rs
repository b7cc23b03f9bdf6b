//! A Structurizr workspace: the common text form of C4.
//!
//! In quotes `\"` is a quotation mark; a backslash before anything else is itself, so one at the end would take the
//! quote with it and becomes a slash. `${NAME}` stands for a variable of the environment and is pulled apart.

use std::collections::BTreeSet;

use sightline_map::Component;

use super::{Sheet, cited, label};

pub(super) fn write(sheet: &Sheet) -> String {
    let mut lines: Vec<String> = sheet.heading().into_iter().map(|l| format!("// {}", inside(&l))).collect();
    lines.push(format!("workspace {} {{", quoted(&sheet.title)));
    lines.push("  model {".to_owned());
    let handles = sheet.handles();
    let mut taken = BTreeSet::new();
    // Names must differ inside the system and among what stands beside it.
    let mut named = |c: &Component| {
        let outside = beside(c);
        let name = if taken.insert((outside, c.name.to_lowercase())) { c.name.clone() } else { c.id.clone() };
        taken.insert((outside, name.to_lowercase()));
        quoted(&name)
    };
    for c in sheet.components.iter().filter(|c| beside(c)) {
        let word = if c.kind == "user" { "person" } else { "softwareSystem" };
        let name = named(c);
        lines.push(format!("    {} = {word} {name} {} {{", handles[c.id.as_str()], quoted(&c.purpose)));
        lines.push(format!("      tags {}", quoted(tag(&c.kind))));
        lines.extend(properties(c, "      "));
        lines.push("    }".to_owned());
    }
    lines.push(format!("    system = softwareSystem {} {{", quoted(&format!("{} (system)", sheet.title))));
    for (area, parts) in sheet.areas() {
        let parts: Vec<&Component> = parts.into_iter().filter(|c| !beside(c)).collect();
        if parts.is_empty() {
            continue;
        }
        let indent = if area.is_some() { "        " } else { "      " };
        if let Some(area) = area {
            lines.push(format!("      group {} {{", quoted(area)));
        }
        for c in parts {
            let made = c.technology.as_deref().or(c.language.as_deref()).unwrap_or("");
            let name = named(c);
            lines.push(format!(
                "{indent}{} = container {name} {} {} {{",
                handles[c.id.as_str()],
                quoted(&c.purpose),
                quoted(made)
            ));
            lines.push(format!("{indent}  tags {}", quoted(tag(&c.kind))));
            lines.extend(properties(c, &format!("{indent}  ")));
            lines.push(format!("{indent}}}"));
        }
        if area.is_some() {
            lines.push("      }".to_owned());
        }
    }
    lines.push("    }".to_owned());
    for a in &sheet.arrows {
        let (from, to) = (&handles[a.from.as_str()], &handles[a.to.as_str()]);
        let tags = if a.basis == "inferred" { "Inferred" } else { "Seen" };
        let protocol = quoted(a.protocol.as_deref().unwrap_or(""));
        lines.push(format!("    {from} -> {to} {} {protocol} \"{tags}\"", quoted(&a.what)));
    }
    lines.push("  }".to_owned());
    lines.extend(VIEWS.lines().map(str::to_owned));
    lines.push("}".to_owned());
    lines.join("\n") + "\n"
}

const VIEWS: &str = "  views {
    container system \"map\" {
      include *
      autoLayout lr
    }
    styles {
      element \"Store\" {
        shape cylinder
      }
      element \"Queue\" {
        shape pipe
      }
      element \"Front end\" {
        shape webBrowser
      }
      relationship \"Inferred\" {
        style dotted
      }
      relationship \"Seen\" {
        style solid
      }
    }
  }";

/// Whether it stands beside the system rather than in it.
fn beside(c: &Component) -> bool {
    c.is_outside || matches!(c.kind.as_str(), "user" | "external")
}

fn tag(kind: &str) -> &'static str {
    match kind {
        "database" | "cache" | "search" | "storage" => "Store",
        "broker" => "Queue",
        "web" | "app" => "Front end",
        "job" => "Background job",
        "gateway" => "Gateway",
        "user" | "external" => "Outside",
        _ => "Service",
    }
}

fn properties(c: &Component, indent: &str) -> Vec<String> {
    let mut lines = vec![format!("{indent}properties {{")];
    let mut put = |name: &str, value: &str| lines.push(format!("{indent}  {name} {}", quoted(value)));
    put("sightline.id", &c.id);
    if let Some(owner) = &c.owner {
        put("sightline.owner", owner);
    }
    put("sightline.basis", &c.basis);
    if let Some(spot) = c.spots.first() {
        put("sightline.evidence", &cited(spot));
    }
    lines.push(format!("{indent}}}"));
    lines
}

fn inside(text: &str) -> String {
    label(text).replace('\\', "/").replace("${", "$ {")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", inside(text).replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_cannot_leave_their_quotes_or_read_the_environment() {
        let check = |text: &str, expect: &str| assert_eq!(super::quoted(text), expect);
        check("orders", "\"orders\"");
        check("a\" \"b", "\"a\\\" \\\"b\"");
        check("ends in \\", "\"ends in /\"");
        check("${HOME}", "\"$ {HOME}\"");
    }
}
