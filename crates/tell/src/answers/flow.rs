//! What happens after a request, in numbered steps.

use serde_json::json;
use sightline_map::{Flow, Step, StepKind, Subject, SystemMap, short_id};

use super::{Answer, counted, heading, name, paragraph, place, place_json, shape, steps, subject_name};
use crate::text::{put, visible, wrap};

/// Words a found flow.
pub fn flow(map: &SystemMap, found: &Flow, width: usize) -> Answer {
    let what = subject_name(map, &found.subject);
    let mut text = heading(map, &format!("Flow of {what}"));
    text.push_str("What happens, step by step?\n\n");
    text.push_str(&paragraph(&sentence(map, found, &what), width));
    text.push('\n');
    for step in &found.steps {
        text.push_str(&step_lines(map, step, width));
    }
    for note in notes(map, found) {
        text.push('\n');
        text.push_str(&paragraph(&note, width));
    }
    let json = json!({
        "subject": {"kind": found.subject.word(), "id": found.subject.id()},
        "components": found.components.iter().map(|c| short_id(c)).collect::<Vec<_>>(),
        "n_steps": found.steps.len(),
        "is_cut": found.is_cut,
        "steps": found.steps.iter().map(step_json).collect::<Vec<_>>(),
    });
    Answer { text, json }
}

fn sentence(map: &SystemMap, found: &Flow, what: &str) -> String {
    let n = found.numbers(|s| s.kind != StepKind::Gap).len();
    if found.steps.len() < 2 {
        let searched =
            counted(map.connections.iter().filter(|c| found.components.contains(&c.from)).count(), "connection");
        return format!(
            "No step after {what} was found: it calls nothing, keeps nothing and sends nothing that we could see (searched {searched} of its component)."
        );
    }
    let gaps = found.numbers(|s| s.kind == StepKind::Gap);
    if n < 2 {
        return format!(
            "Nothing after the first step of {what} could be followed: {} where we could not tell.",
            if gaps.len() == 1 { "1 call leads".to_owned() } else { format!("{} lead", counted(gaps.len(), "call")) }
        );
    }
    let mut parts = match found.told() {
        // Nothing after the start is sure.
        (..=1, _, perhaps) => vec![format!(
            "{what} perhaps takes {} through {}",
            counted(perhaps + 1, "step"),
            counted(found.components.len(), "part")
        )],
        (told, through, perhaps) => {
            let more = if perhaps > 0 { format!(", and perhaps {perhaps} more") } else { String::new() };
            vec![format!("{what} takes {} through {}{more}", counted(told, "step"), counted(through, "part"))]
        }
    };
    let outside = found.numbers(|s| s.is_outside);
    if !outside.is_empty() {
        let verb = if outside.len() == 1 { "leaves" } else { "leave" };
        let mut who: Vec<String> = found.steps.iter().filter(|s| s.is_outside).map(|s| name(map, &s.to)).collect();
        who.sort();
        who.dedup();
        parts.push(format!("{} {verb} the system ({})", steps(&outside), crate::words::list(&who, 3, who.len())));
    }
    let later = found.numbers(|s| s.is_later && s.kind != StepKind::Gap);
    if !later.is_empty() {
        let verb = if later.len() == 1 { "happens" } else { "happen" };
        parts.push(format!("{} {verb} later, after a message", steps(&later)));
    }
    if !gaps.is_empty() {
        parts.push(format!("{} could not be followed", counted(gaps.len(), "call")));
    }
    format!("{}.", parts.join("; "))
}

fn step_lines(map: &SystemMap, step: &Step, width: usize) -> String {
    let from = name(map, &step.from);
    let via = step.via.as_deref().map(|v| visible(v).trim().to_owned()).filter(|v| !v.is_empty());
    let mut words = match step.kind {
        StepKind::Start => match (&via, step.what.as_str()) {
            (Some(via), what) => format!("{from} {what} {via}"),
            (None, what) => format!("{from} {what}"),
        },
        StepKind::Gap => {
            format!("{from} goes on to {}, which could not be followed: {}", pointed(&step.to), visible(&step.what))
        }
        StepKind::Send => match &via {
            Some(via) if step.to == step.from => format!("{from} sends {via}"),
            Some(via) => format!("{from} sends {via} to {}", name(map, &step.to)),
            None => format!("{from} {} {}", visible(&step.what), name(map, &step.to)),
        },
        StepKind::Receive => format!("{} receives {}", name(map, &step.to), via.unwrap_or_default()),
        StepKind::Data if step.to == step.from => {
            format!("{from} keeps {}, in a store that is not known", via.unwrap_or_default())
        }
        StepKind::Call | StepKind::Data => {
            let object = via.map(|v| format!(": {v}")).unwrap_or_default();
            format!("{from} {} {}{object}", visible(&step.what), name(map, &step.to))
        }
    };
    let mut marks: Vec<String> = Vec::new();
    if step.is_later && step.kind == StepKind::Receive {
        marks.push("◷ later".to_owned());
    }
    if step.is_outside {
        marks.push("⇢ outside".to_owned());
    }
    if step.after.is_some_and(|n| n + 1 != step.number) {
        marks.push(format!("after step {}", step.after.unwrap_or(0)));
    }
    if step.is_seen {
        marks.push("goes on as shown above".to_owned());
    }
    if step.is_assumed && step.kind != StepKind::Gap {
        marks.push("perhaps".to_owned());
    }
    if !marks.is_empty() {
        put(&mut words, format_args!("  [{}]", marks.join(", ")));
    }
    let basis = if step.is_assumed && step.kind != StepKind::Gap { "inferred" } else { step.basis.as_str() };
    let head = format!("{:>3}. {} ", step.number, shape(basis));
    let mut out = String::new();
    for (i, line) in wrap(&words, width.saturating_sub(7).max(20)).into_iter().enumerate() {
        out.push_str(if i == 0 { &head } else { "       " });
        out.push_str(&line);
        out.push('\n');
    }
    let at = place(step.spot.as_ref());
    if !at.is_empty() {
        put(&mut out, format_args!("       {}\n", crate::text::shorten_middle(&at, width.saturating_sub(7).max(20))));
    }
    out
}

fn pointed(target: &str) -> String {
    let shown = visible(target);
    if shown.trim().is_empty() { "something".to_owned() } else { format!("“{}”", shown.trim()) }
}

/// What a reader must know to believe the steps.
fn notes(map: &SystemMap, found: &Flow) -> Vec<String> {
    let mut notes = Vec::new();
    let assumed: Vec<String> = {
        let mut names: Vec<String> = found
            .steps
            .iter()
            .filter(|s| s.is_assumed && s.kind != StepKind::Gap)
            .map(|s| name(map, &s.from))
            .collect();
        names.sort();
        names.dedup();
        names
    };
    if !assumed.is_empty() {
        notes.push(format!(
            "○ perhaps: which of its connections this request uses could not be followed in the code of {}, so all of them are shown.",
            crate::words::list(&assumed, 4, assumed.len())
        ));
    }
    if found.n_files > 0 && matches!(found.subject, Subject::Endpoint(_)) {
        notes.push(format!(
            "Followed from the code that answers through {} by what they call or import.",
            counted(found.n_files, "file")
        ));
    }
    if found.is_cut {
        notes.push(format!("Only the first {} are shown.", counted(found.steps.len(), "step")));
    }
    notes
}

fn step_json(step: &Step) -> serde_json::Value {
    let is_gap = step.kind == StepKind::Gap;
    json!({
        "step": step.number,
        "after": step.after,
        "kind": step.kind.word(),
        "from": short_id(&step.from),
        "to": if is_gap { None } else { Some(short_id(&step.to)) },
        "target": if is_gap { Some(&step.to) } else { None },
        "what": step.what,
        "via": step.via,
        "is_later": step.is_later,
        "is_outside": step.is_outside,
        "is_seen": step.is_seen,
        "is_assumed": step.is_assumed,
        "basis": step.basis,
        "place": place_json(step.spot.as_ref()),
    })
}
