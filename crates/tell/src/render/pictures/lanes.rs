//! A flow as numbered steps between lanes, one lane per part, from top to bottom.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{Canvas, Look, NAME, Rect, SIZE, Way, fit};
use super::{Drawing, Step, WIDTH, counted, int};
use crate::text;

const LEFT: i32 = 34;
const HEAD: i32 = 32;
const ROW: i32 = 46;

/// Draws the steps in the order of their numbers. Parts stand in the order in which they come up.
pub fn lanes(steps: &[Step]) -> Drawing {
    let mut steps: Vec<&Step> = steps.iter().collect();
    steps.sort();
    steps.dedup();
    let mut names: Vec<&str> = Vec::new();
    let mut outside: BTreeSet<&str> = BTreeSet::new();
    for step in &steps {
        for name in [step.from.as_str(), step.to.as_str()] {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        if step.is_outside {
            outside.insert(&step.to);
        }
    }
    let lane: BTreeMap<&str, i32> = names.iter().enumerate().map(|(i, n)| (*n, int(i))).collect();
    let n = int(names.len()).max(1);
    let pitch = ((WIDTH - LEFT) / n).clamp(124, 230);
    let width = (LEFT + n * pitch).max(480);
    let middle = |name: &str| LEFT + lane.get(name).copied().unwrap_or(0) * pitch + pitch / 2;
    let bottom = HEAD + 16 + int(steps.len()) * ROW;
    let mut canvas = Canvas::default();
    for name in &names {
        let x = middle(name);
        canvas.path("lf", &format!("M{x} {HEAD}V{bottom}"));
    }
    for name in &names {
        let class = if outside.contains(name) { "bx ko out" } else { "bx ks" };
        let rect = Rect { x: middle(name) - (pitch - 12) / 2, y: 1, w: pitch - 12, h: HEAD };
        canvas.open(class);
        canvas.title(&text::shorten_middle(&text::visible(name), 200));
        canvas.solid(rect, "hl");
        canvas.text_middle(middle(name), rect.middle() + 5, "nm", &fit(name, NAME, rect.w - 12));
        canvas.close();
    }
    let mut looks = BTreeSet::new();
    for (i, step) in steps.iter().enumerate() {
        let y = HEAD + 16 + int(i) * ROW + 32;
        let look = Look { is_guess: false, is_async: step.is_async };
        let to = if step.to.is_empty() { &step.from } else { &step.to };
        draw(&mut canvas, step, y, (middle(&step.from), middle(to)), width);
        if !step.is_gap {
            looks.insert(look);
        }
    }
    let looks: Vec<Look> = looks.into_iter().collect();
    let mut y = canvas.legend(bottom + 10, &[], &looks, &[]);
    if steps.iter().any(|s| s.is_gap) {
        y += 8;
        canvas.path("gp", &format!("M1 {y}h22"));
        canvas.path("gq", &format!("M26 {}h8v8h-8z", y - 4));
        canvas.text(42, y + 4, "m", "could not be followed from here");
        y += 14;
    }
    let later = steps.iter().filter(|s| s.is_async).count();
    let gaps = steps.iter().filter(|s| s.is_gap).count();
    let mut words =
        format!("{} through {}", counted(steps.len(), "step", "steps"), counted(names.len(), "part", "parts"));
    for (n, said) in [(outside.len(), "outside the system"), (later, "later"), (gaps, "not followed")] {
        if n > 0 {
            words = format!("{words}, {n} {said}");
        }
    }
    words.push('.');
    canvas.finish(width, y, words)
}

fn draw(canvas: &mut Canvas, step: &Step, y: i32, (from, to): (i32, i32), width: i32) {
    canvas.open("st");
    canvas.title(&text::shorten_end(
        &text::visible(&format!("{}. {} → {}: {}", step.number, step.from, step.to, step.label)),
        240,
    ));
    canvas.path("no", &format!("M12 {}a11 11 0 1 0 .1 0z", y - 15));
    canvas.text_middle(12, y, "nn", &step.number.to_string());
    let look = Look { is_guess: false, is_async: step.is_async };
    let class = if step.is_gap { "gp" } else { look.class() };
    let left = from.min(to);
    // Words begin beside the lane where the line begins, and have the room up to the edge.
    let start = left + 8 + if step.is_async { 16 } else { 0 };
    let label = fit(&step.label, SIZE, (width - start - 4).max(60));
    if from == to || step.to.is_empty() {
        if step.is_gap {
            canvas.path(class, &format!("M{from} {y}h44"));
            canvas.path("gq", &format!("M{} {}h8v8h-8z", from + 47, y - 4));
            canvas.text(start, y - 8, "halo m", &label);
        } else {
            canvas.path(class, &format!("M{from} {}h26q8 0 8 8t-8 8h-26", y - 8));
            canvas.head(from, y + 8, Way::Left, look);
            canvas.text(from + 42, y + 4, "halo", &fit(&step.label, SIZE, (width - from - 46).max(60)));
        }
    } else {
        let way = if to > from { Way::Right } else { Way::Left };
        let sign = if to > from { 1 } else { -1 };
        if step.is_gap {
            canvas.path(class, &format!("M{from} {y}H{}", to - sign * 12));
            canvas.path("gq", &format!("M{} {}h8v8h-8z", to - sign * 7 - 4, y - 4));
        } else {
            canvas.path(class, &format!("M{from} {y}H{to}"));
            canvas.head(to, y, way, look);
        }
        canvas.runs(&[(from, y, to, y)]);
        if step.is_async {
            canvas.clock(left + 13, y - 12);
        }
        canvas.text(start, y - 8, if step.is_gap { "halo m" } else { "halo" }, &label);
    }
    canvas.close();
}
