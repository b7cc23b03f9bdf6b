//! Who depends on a thing, in words.

use serde_json::json;
use sightline_map::{Hop, Impact, Reached, Subject, SystemMap, short_id};

use super::{Answer, counted, heading, name, paragraph, place, place_json, shape, subject_name};
use crate::text::{put, visible, wrap};

/// Words a found impact.
pub fn impact(map: &SystemMap, found: &Impact, width: usize) -> Answer {
    let what = subject_name(map, &found.subject);
    let mut text = heading(map, &format!("Impact of {what}"));
    text.push_str("What depends on this, and who notices when it stops?\n\n");
    text.push_str(&paragraph(&sentence(map, found, &what), width));
    if found.is_wider && !found.reached.is_empty() {
        let words = "No call could be tied to this very endpoint, so those who call its component are shown.";
        text.push_str(&paragraph(words, width));
    }
    for (n, r) in found.reached.iter().enumerate() {
        if n == 0 {
            text.push('\n');
        }
        text.push_str(&dependent(map, found, r, width));
    }
    if found.reached.iter().any(|r| !r.is_sync) {
        text.push('\n');
        let words =
            "later: a step of the path is a message or is only watched; at once: every step waits for its answer.";
        text.push_str(&paragraph(words, width));
    }
    let reached: Vec<_> = found
        .reached
        .iter()
        .map(|r| {
            json!({
                "component": short_id(&r.component),
                "n_steps": r.path.len(),
                "is_sync": r.is_sync,
                "is_inferred": r.is_inferred,
                "path": r.path.iter().map(hop_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    let json = json!({
        "subject": {"kind": found.subject.word(), "id": found.subject.id()},
        "at": found.at.iter().map(|a| short_id(a)).collect::<Vec<_>>(),
        "is_wider": found.is_wider,
        "n_dependents": found.reached.len(),
        "n_direct": found.n_direct(),
        "n_sync": found.n_sync(),
        "dependents": reached,
    });
    Answer { text, json }
}

/// One that depends: who and when, by which way, and where the first step stands.
fn dependent(map: &SystemMap, found: &Impact, reached: &Reached, width: usize) -> String {
    let mark = shape(if reached.is_inferred { "inferred" } else { "resolved" });
    let when = if reached.is_sync { "at once" } else { "later" };
    let kind = map.component(&reached.component).map_or("", |c| c.kind.as_str());
    let way: Vec<String> =
        reached.path.iter().map(|h| name(map, &h.from)).chain(end(map, found, &reached.path)).collect();
    let first = reached.path.first();
    let what = first.map(|h| {
        h.topic.as_deref().map_or_else(|| visible(&h.what), |t| format!("{} {}", visible(&h.what), visible(t)))
    });
    let mut out = format!("{mark} {} ({kind}), {when}\n", name(map, &reached.component));
    let way = format!("{}: {}", way.join(" → "), what.unwrap_or_default());
    for line in wrap(&way, width.saturating_sub(4).max(20)) {
        put(&mut out, format_args!("    {line}\n"));
    }
    let at = place(first.and_then(|h| h.spot.as_ref()));
    if !at.is_empty() {
        put(&mut out, format_args!("    {}\n", crate::text::shorten_middle(&at, width.saturating_sub(4).max(20))));
    }
    out
}

fn sentence(map: &SystemMap, found: &Impact, what: &str) -> String {
    let n = found.reached.len();
    if n == 0 {
        let gaps = match map.gaps.len() {
            0 => String::new(),
            n => format!("; {} could not be followed", counted(n, "place")),
        };
        return format!(
            "Nothing was found that depends on {what} (searched {} between {}{gaps}).",
            counted(map.connections.len(), "connection"),
            counted(map.components.len(), "part")
        );
    }
    let verb = if n == 1 { "depends" } else { "depend" };
    let direct = found.n_direct();
    let how = match (direct, n - direct) {
        (_, 0) => "directly".to_owned(),
        (0, _) => "through others".to_owned(),
        (a, b) => format!("{a} directly and {b} through others"),
    };
    let waits = match found.n_sync() {
        0 => "none of them waits for it".to_owned(),
        w if w == n && n > 1 => "all of them wait for an answer and notice at once".to_owned(),
        w if w == n => "it waits for an answer and notices at once".to_owned(),
        1 => "1 of them waits for an answer and notices at once".to_owned(),
        w => format!("{w} of them wait for an answer and notice at once"),
    };
    format!("{} {verb} on {what}, {how}; {waits}.", counted(n, "part"))
}

/// What the path ends at.
fn end(map: &SystemMap, found: &Impact, path: &[Hop]) -> Option<String> {
    match (&found.subject, path.last()) {
        (Subject::Topic(topic), _) => Some(visible(topic)),
        (_, Some(hop)) => Some(name(map, &hop.to)),
        (_, None) => None,
    }
}

fn hop_json(hop: &Hop) -> serde_json::Value {
    json!({
        "from": short_id(&hop.from),
        "to": short_id(&hop.to),
        "what": hop.what,
        "topic": hop.topic,
        "is_sync": hop.is_sync,
        "basis": hop.basis,
        "place": place_json(hop.spot.as_ref()),
    })
}
