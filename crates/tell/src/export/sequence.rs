//! A Mermaid sequence diagram of one flow: who asks whom, in order.
//!
//! Names and messages are free text up to the end of the line, in which `;` would end the statement and `#` begins a
//! character's number; whatever could mean something is written as a number.

use std::collections::BTreeMap;

use sightline_map::{Flow, StepKind, SystemMap};

use super::{Head, Place, label, mermaid};

/// Characters up to which code hosts draw a diagram.
const MANY: usize = 5_000;

pub(super) fn write(map: &SystemMap, head: &Head, flow: &Flow) -> String {
    let mut lines: Vec<String> = head.lines().into_iter().map(|l| format!("%% {l}")).collect();
    lines.push(format!("%% Flow of {}", label(flow.subject.id())));
    lines.push("sequenceDiagram".to_owned());
    lines.push("  autonumber".to_owned());
    let mut handles: BTreeMap<String, String> = BTreeMap::new();
    let mut handle = |lines: &mut Vec<String>, id: &str| -> String {
        if let Some(known) = handles.get(id) {
            return known.clone();
        }
        let new = format!("p{}", handles.len() + 1);
        lines.push(format!("  participant {new} as {}", mermaid::quoted(map.name(id))));
        handles.insert(id.to_owned(), new.clone());
        new
    };
    let mut steps = Vec::new();
    for step in &flow.steps {
        let from = handle(&mut lines, &step.from);
        let via = step.via.as_deref().map(|v| format!(": {v}")).unwrap_or_default();
        let perhaps = if step.is_assumed || step.basis == "inferred" { " (perhaps)" } else { "" };
        match step.kind {
            StepKind::Start => {
                let asked = step.via.as_deref().unwrap_or("begins");
                steps.push(format!("  [*ASK*]->>{from}: {}", mermaid::quoted(asked)));
            }
            StepKind::Gap => {
                let text = format!("could not be followed: {} ({})", step.to, step.what);
                steps.push(format!("  Note over {from}: {}", mermaid::quoted(&text)));
            }
            StepKind::Call | StepKind::Data | StepKind::Send | StepKind::Receive => {
                let to = handle(&mut lines, &step.to);
                let arrow = if step.is_later { "--)" } else { "->>" };
                let text = format!("{}{via}{perhaps}", step.what);
                steps.push(format!("  {from}{arrow}{to}: {}", mermaid::quoted(&text)));
            }
        }
        if let Some(spot) = &step.spot {
            steps.push(format!("  %% step {}: {}", step.number, label(&Place::of_spot(spot).id())));
        }
    }
    // Whoever asks comes first, where somebody does.
    if steps.iter().any(|s| s.contains("[*ASK*]")) {
        let at = lines.iter().position(|l| l.contains("autonumber")).map_or(lines.len(), |i| i + 1);
        lines.insert(at, "  actor asker as whoever asks".to_owned());
    }
    lines.extend(steps.into_iter().map(|s| s.replace("[*ASK*]", "asker")));
    if flow.is_cut {
        lines.push("%% There are more steps than are shown.".to_owned());
    }
    let length: usize = lines.iter().map(String::len).sum();
    if length > MANY {
        lines.insert(0, format!("%% {length} characters: some code hosts do not draw so many."));
    }
    lines.join("\n") + "\n"
}
