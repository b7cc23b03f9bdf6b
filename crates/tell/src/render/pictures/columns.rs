//! One part, who uses it to the left and what it uses to the right.

use std::collections::BTreeMap;

use super::canvas::{Canvas, Look, Rect, Way};
use super::{Drawing, Group, Line, Part, System, WIDTH, Wire, counted, int, kind_words};

/// Boxes on each side.
const MOST: usize = 12;
const SIDE: i32 = 236;
const THIS: i32 = 260;
const HEIGHT: i32 = 44;
const STEP: i32 = HEIGHT + 10;

/// Draws the part with that id between those who use it and those it uses.
pub fn columns(parts: &[Part], lines: &[Line], this: &str) -> Drawing {
    let system = System::of(parts, lines);
    let mut canvas = Canvas::default();
    let Some(at) = system.parts.iter().position(|p| p.id == this) else {
        return canvas.finish(WIDTH, 1, String::new());
    };
    let users = side(&system, |w| (w.to == at).then_some(w.from), at);
    let used = side(&system, |w| (w.from == at).then_some(w.to), at);
    let shown = |n: usize| int(n.min(MOST)) * STEP + if n > MOST { 26 } else { 0 };
    let tall = shown(users.len()).max(shown(used.len())).max(88);
    let top = 30;
    let middle = top + (tall - 10) / 2;
    let center = Rect { x: (WIDTH - THIS) / 2, y: middle - 32, w: THIS, h: 64 };
    canvas.text(0, 14, "hg", &format!("Used by {}", crate::words::exact(i64::from(int(users.len())))));
    canvas.text(WIDTH - SIDE, 14, "hg", &format!("Uses {}", crate::words::exact(i64::from(int(used.len())))));
    let mut looks = Vec::new();
    for (list, is_left) in [(&users, true), (&used, false)] {
        let x = if is_left { 0 } else { WIDTH - SIDE };
        let start = middle - (shown(list.len()) - 10) / 2;
        if list.is_empty() {
            canvas.text(x, middle + 4, "m", "nothing that we saw");
        }
        for (i, (other, look, label)) in list.iter().take(MOST).enumerate() {
            let rect = Rect { x, y: start + int(i) * STEP, w: SIDE, h: HEIGHT };
            looks.push(*look);
            connect(&mut canvas, rect, center, is_left, *look);
            canvas.part(rect, system.parts[*other], label.as_deref());
        }
        if list.len() > MOST {
            let y = start + int(MOST) * STEP + 12;
            canvas.text(x, y, "m", &format!("+{} more", list.len() - MOST));
        }
    }
    // The trunks carry the heads of both sides.
    if !users.is_empty() {
        canvas.head(center.x, middle, Way::Right, Look::default());
    }
    let part = system.parts[at];
    let more = part.area.as_deref();
    canvas.open("me");
    canvas.part(center, part, more);
    canvas.close();
    let groups: Vec<Group> = Group::ALL
        .into_iter()
        .filter(|g| {
            let shown = users.iter().take(MOST).chain(used.iter().take(MOST)).map(|o| o.0).chain([at]);
            shown.into_iter().any(|p| Group::of(system.parts[p]) == *g)
        })
        .collect();
    looks.sort();
    looks.dedup();
    let height = canvas.legend(top + tall + 14, &groups, &looks, &[]);
    let words = format!(
        "{} is used by {} and uses {}.",
        crate::text::visible(&part.name),
        counted(users.len(), "part", "parts"),
        counted(used.len(), "part", "parts")
    );
    canvas.finish(WIDTH, height, words)
}

/// The parts at the other ends with how they are connected; seen before guessed, then by kind and name.
fn side(system: &System, other: impl Fn(&Wire) -> Option<usize>, this: usize) -> Vec<(usize, Look, Option<String>)> {
    let mut found: BTreeMap<usize, (Look, Vec<String>)> = BTreeMap::new();
    for wire in &system.lines {
        let Some(part) = other(wire).filter(|p| *p != this) else { continue };
        let look = Look::of(wire.line);
        let entry = found.entry(part).or_insert((look, Vec::new()));
        entry.0 = Look { is_guess: entry.0.is_guess && look.is_guess, is_async: entry.0.is_async && look.is_async };
        let label = wire.line.label.clone().unwrap_or_else(|| kind_words(&wire.line.kind).to_owned());
        if !entry.1.contains(&label) && !label.is_empty() {
            entry.1.push(label);
        }
    }
    let mut list: Vec<(usize, Look, Option<String>)> = found
        .into_iter()
        .map(|(part, (look, labels))| (part, look, (!labels.is_empty()).then(|| labels.join(", "))))
        .collect();
    list.sort_by_key(|(part, look, _)| {
        let part = system.parts[*part];
        (look.is_guess, Group::of(part), part.name.clone(), part.id.clone())
    });
    list
}

/// A line from the side box that bends into the trunk beside the middle box.
fn connect(canvas: &mut Canvas, side: Rect, center: Rect, is_left: bool, look: Look) {
    let (y, middle) = (side.middle(), center.middle());
    let (start, trunk, end, turn) = if is_left {
        (side.right(), center.x - 44, center.x, 1)
    } else {
        (side.x, center.right() + 44, center.right(), -1)
    };
    let bend = 8.min((y - middle).abs() / 2);
    let d = if bend == 0 {
        format!("M{start} {y}H{end}")
    } else {
        let (near, down) = (trunk - turn * bend, if y < middle { bend } else { -bend });
        format!(
            "M{start} {y}H{near}Q{trunk} {y} {trunk} {}V{}Q{trunk} {middle} {} {middle}H{end}",
            y + down,
            middle - down,
            trunk + turn * bend
        )
    };
    canvas.path(look.class(), &d);
    canvas.runs(&[(start, y, trunk, y), (trunk, y, trunk, middle), (trunk, middle, end, middle)]);
    if !is_left {
        canvas.head(side.x, y, Way::Right, look);
    }
    if look.is_async {
        canvas.clock(if is_left { side.right() + 14 } else { side.x - 20 }, y);
    }
}
