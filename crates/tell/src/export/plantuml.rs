//! A `PlantUML` component diagram.
//!
//! `PlantUML`'s preprocessor calls functions such as `%getenv("X")` wherever they stand, and its text knows markup. So
//! every character that could mean something is written as `<U+XXXX>`, which is shown and never read again.

use super::{Sheet, label};
use crate::text::put;

pub(super) fn write(sheet: &Sheet) -> String {
    let mut lines = vec!["@startuml".to_owned()];
    lines.extend(sheet.heading().into_iter().map(|l| format!("' {}", escaped(&l))));
    lines.push("' A dashed arrow was inferred and may be wrong.".to_owned());
    lines.push("left to right direction".to_owned());
    let handles = sheet.handles();
    for (area, parts) in sheet.areas() {
        if let Some(area) = area {
            lines.push(format!("package \"{}\" {{", escaped(area)));
        }
        for c in parts {
            let made = c.technology.as_deref().map(|t| format!("\\n{}", escaped(t))).unwrap_or_default();
            let name = escaped(&c.name);
            lines.push(format!("  {} \"{name}{made}\" as {}", word(&c.kind), handles[c.id.as_str()]));
        }
        if area.is_some() {
            lines.push("}".to_owned());
        }
    }
    for a in &sheet.arrows {
        let arrow = if a.basis == "inferred" { "..>" } else { "-->" };
        let (from, to) = (&handles[a.from.as_str()], &handles[a.to.as_str()]);
        lines.push(format!("{from} {arrow} {to} : {}", escaped(&a.what)));
    }
    lines.push("@enduml".to_owned());
    lines.join("\n") + "\n"
}

fn word(kind: &str) -> &'static str {
    match kind {
        "database" | "cache" | "search" | "storage" => "database",
        "broker" => "queue",
        "user" => "actor",
        "external" => "cloud",
        _ => "component",
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in label(text).chars() {
        // `//`, `--`, `__` and `..` begin markup or lines; one alone does not.
        let doubled = out.ends_with(c) && "/-_.".contains(c);
        if (c.is_alphanumeric() || " .,:/_-+@()".contains(c)) && !doubled {
            out.push(c);
        } else {
            put(&mut out, format_args!("<U+{:04X}>", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_in_a_name_is_run_or_read_as_markup() {
        let check = |text: &str, expect: &str| assert_eq!(super::escaped(text), expect);
        check("orders-db", "orders-db");
        check("%getenv(\"X\")", "<U+0025>getenv(<U+0022>X<U+0022>)");
        check("a\nb", "a b");
        check("<b>//x", "<U+003C>b<U+003E>/<U+002F>x");
    }
}
