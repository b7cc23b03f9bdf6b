//! Entities of a Backstage catalogue: a draft of the `catalog-info.yaml` that people type by hand today, with the
//! place that each stands on as a comment. Every text is a JSON string, which YAML reads as it is.

use std::collections::{BTreeMap, BTreeSet};

use sightline_map::Component;

use super::{Sheet, cited, label};

/// Longest name that Backstage takes.
const LONGEST: usize = 63;

pub(super) fn write(sheet: &Sheet) -> String {
    let mut lines: Vec<String> = sheet.heading().into_iter().map(|l| format!("# {l}")).collect();
    lines.push("# A draft: check owners and lifecycles before it goes into the catalogue.".to_owned());
    let names = names(sheet);
    let system = plain(&sheet.title);
    lines.push("---".to_owned());
    lines.push("apiVersion: backstage.io/v1alpha1".to_owned());
    lines.push("kind: System".to_owned());
    lines.push("metadata:".to_owned());
    lines.push(format!("  name: {}", text(&system)));
    lines.push("spec:".to_owned());
    lines.push("  owner: \"unknown\"".to_owned());
    for c in &sheet.components {
        let Some(name) = names.get(c.id.as_str()) else { continue };
        lines.push("---".to_owned());
        if let Some(spot) = c.spots.first() {
            lines.push(format!("# {}: {}", label(&c.basis), cited(spot)));
        }
        lines.push("apiVersion: backstage.io/v1alpha1".to_owned());
        lines.push(format!("kind: {}", kind(c)));
        lines.push("metadata:".to_owned());
        lines.push(format!("  name: {}", text(name)));
        lines.push(format!("  title: {}", text(&label(&c.name))));
        lines.push(format!("  description: {}", text(&label(&c.purpose))));
        lines.push("  annotations:".to_owned());
        lines.push(format!("    sightline/id: {}", text(&label(&c.id))));
        if let Some(spot) = c.spots.first() {
            lines.push(format!("    sightline/evidence: {}", text(&cited(spot))));
            if let Some(commit) = &spot.commit {
                lines.push(format!("    sightline/commit: {}", text(&label(commit))));
            }
        }
        lines.push("spec:".to_owned());
        lines.push(format!("  type: {}", text(type_of(c))));
        if kind(c) == "Component" {
            lines.push("  lifecycle: \"unknown\"".to_owned());
        }
        lines.push(format!("  owner: {}", text(&owner(c))));
        if !c.is_outside {
            lines.push(format!("  system: {}", text(&system)));
        }
        let uses: BTreeSet<String> = sheet
            .arrows
            .iter()
            .filter(|a| a.from == c.id && a.to != c.id)
            .filter_map(|a| Some((sheet.components.iter().find(|o| o.id == a.to)?, names.get(a.to.as_str())?)))
            .map(|(other, name)| format!("{}:{name}", kind(other).to_lowercase()))
            .collect();
        if !uses.is_empty() {
            lines.push("  dependsOn:".to_owned());
            lines.extend(uses.iter().map(|u| format!("    - {}", text(u))));
        }
    }
    lines.join("\n") + "\n"
}

/// Names that Backstage takes, one per entity. People are no entity of a catalogue.
fn names(sheet: &Sheet) -> BTreeMap<&str, String> {
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for c in sheet.components.iter().filter(|c| c.kind != "user") {
        let base = plain(sightline_map::short_id(&c.id));
        let mut name = base.clone();
        let mut further = 2;
        while !taken.insert((kind(c), name.to_lowercase())) {
            name = format!("{}-{further}", &base[..base.len().min(LONGEST - 6)]);
            further += 1;
        }
        names.insert(c.id.as_str(), name);
    }
    names
}

/// Letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn plain(name: &str) -> String {
    let out: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .take(LONGEST)
        .collect();
    let out = out.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if out.is_empty() { "unnamed".to_owned() } else { out.to_owned() }
}

fn kind(c: &Component) -> &'static str {
    match c.kind.as_str() {
        "database" | "cache" | "search" | "storage" | "broker" | "external" => "Resource",
        _ if c.is_outside => "Resource",
        _ => "Component",
    }
}

fn type_of(c: &Component) -> &str {
    match c.kind.as_str() {
        "web" | "app" => "website",
        "library" => "library",
        "external" => "external-system",
        "broker" => "message-broker",
        "database" | "cache" | "search" | "storage" | "tool" | "job" | "gateway" => &c.kind,
        _ => "service",
    }
}

/// The first owner as the name of a group, since an owner in CODEOWNERS is mostly a team: `@org/team` is `team`.
fn owner(c: &Component) -> String {
    let first = c.owner.as_deref().and_then(|o| o.split(", ").next()).unwrap_or("");
    let name = first.trim_start_matches('@').rsplit('/').next().unwrap_or("");
    if name.is_empty() { "unknown".to_owned() } else { plain(name) }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_backstage_takes() {
        let check = |name: &str, expect: &str| assert_eq!(plain(name), expect);
        check("orders", "orders");
        check("mail server", "mail-server");
        check("_x/y_", "x-y");
        check("☃", "unnamed");
        assert_eq!(plain(&"a".repeat(100)).len(), LONGEST);
        assert_eq!(text("a\": {b}\n# c"), "\"a\\\": {b}\\n# c\"");
    }
}
