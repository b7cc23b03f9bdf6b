//! Pictures as SVG text. Each mark is also a row of a table, so nothing is known only by looking.
//!
//! Charts are drawn here and not by a library: the one at hand writes fixed colours and fonts into each element,
//! which the report's two palettes and its Content-Security-Policy do not allow.

use std::fmt::Write as _;

use super::pictures;
use crate::document::{Format, Picture, PictureKind};
use crate::{text, words};

const WIDTH: f64 = 760.0;

/// The picture as one `svg` element.
pub(super) fn svg(picture: &Picture, id: &str) -> String {
    let (height, body) = match picture.kind {
        PictureKind::Bars => bars(picture),
        PictureKind::Months => months(picture),
        PictureKind::Scatter => scatter(picture),
        _ => return pictures::of(picture).svg(id, &picture.title, &picture.description),
    };
    format!(
        "<svg role=\"img\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>{body}</svg>",
        escape(&picture.title),
        escape(&picture.description)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn value(x: f64, format: Format) -> String {
    if format == Format::Percent { words::percent(x) } else { words::decimal(x, 1) }
}

/// Adds formatted text; writing to a String cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { let _done = write!($out, $($arg)*); };
}

fn bars(picture: &Picture) -> (f64, String) {
    let most = picture.marks.iter().map(|m| m.x).fold(0.0_f64, f64::max).max(f64::MIN_POSITIVE);
    let (left, row) = (190.0, 26.0);
    let room = WIDTH - left - 80.0;
    let mut out = String::new();
    let mut y = 4.0;
    for mark in &picture.marks {
        let wide = (mark.x / most * room).max(1.0);
        put!(
            out,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            left - 10.0,
            y + 15.0,
            escape(&text::shorten_middle(&mark.label, 26))
        );
        put!(out, "<rect class=\"bar\" x=\"{left}\" y=\"{y:.0}\" width=\"{wide:.1}\" height=\"18\" rx=\"2\"/>");
        put!(
            out,
            "<text class=\"m\" x=\"{:.1}\" y=\"{:.0}\">{}</text>",
            left + wide + 8.0,
            y + 14.0,
            value(mark.x, picture.format)
        );
        y += row;
    }
    (y + 2.0, out)
}

fn months(picture: &Picture) -> (f64, String) {
    let (height, left, bottom) = (190.0, 48.0, 160.0);
    let most = picture.marks.iter().map(|m| m.x).fold(0.0_f64, f64::max).max(1.0);
    let top = nice(most);
    let mut out = String::new();
    for part in [0.0, 0.5, 1.0] {
        let y = bottom - part * (bottom - 16.0);
        put!(out, "<line class=\"gr\" x1=\"{left}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        put!(
            out,
            "<text class=\"m\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 4.0,
            value(top * part, Format::Plain)
        );
    }
    let count = f64::from(u32::try_from(picture.marks.len()).unwrap_or(1));
    let step = (WIDTH - left) / count;
    let mut x = left;
    let mut year = "";
    for mark in &picture.marks {
        let tall = (mark.x / top * (bottom - 16.0)).max(0.5);
        put!(
            out,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\"><title>{}: {}</title></rect>",
            x + step * 0.12,
            bottom - tall,
            step * 0.76,
            escape(&mark.label),
            value(mark.x, Format::Plain)
        );
        let this = mark.label.split('-').next().unwrap_or("");
        if this != year {
            put!(out, "<line class=\"ax\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{}\"/>", bottom + 6.0);
            put!(out, "<text class=\"m\" x=\"{:.1}\" y=\"{}\">{}</text>", x + 3.0, bottom + 18.0, escape(this));
            year = this;
        }
        x += step;
    }
    (height, out)
}

/// The next round number: 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|n| *n >= value).unwrap_or(value)
}

fn scatter(picture: &Picture) -> (f64, String) {
    let (height, left, bottom, top, right) = (420.0, 56.0, 372.0, 20.0, WIDTH - 16.0);
    let x_most = nice(picture.marks.iter().map(|m| m.x).fold(1.0_f64, f64::max));
    let y_most = nice(picture.marks.iter().map(|m| m.y).fold(1.0_f64, f64::max));
    // Most files change little and are simple: a square root spreads them without hiding the few at the far end.
    let across = |x: f64| left + (x.max(0.0) / x_most).sqrt() * (right - left);
    let up = |y: f64| bottom - (y.max(0.0) / y_most).sqrt() * (bottom - top);
    let mut out = String::new();
    for part in [0.0, 0.04, 0.16, 0.36, 0.64, 1.0] {
        let (x, y) = (across(x_most * part), up(y_most * part));
        put!(out, "<line class=\"gr\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        put!(
            out,
            "<text class=\"m\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            y + 4.0,
            words::decimal(y_most * part, 0)
        );
        put!(
            out,
            "<text class=\"m\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            words::decimal(x_most * part, 0)
        );
    }
    put!(out, "<line class=\"ax\" x1=\"{left}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>");
    put!(
        out,
        "<text class=\"m\" x=\"{right}\" y=\"{}\" text-anchor=\"end\">{} →</text>",
        bottom + 38.0,
        escape(&picture.x_title)
    );
    put!(out, "<text class=\"m\" x=\"4\" y=\"12\">↑ {}</text>", escape(&picture.y_title));
    for (i, mark) in picture.marks.iter().enumerate().rev() {
        let (class, radius) = if i < 10 { ("hot", 5.5) } else { ("dot", 4.0) };
        put!(
            out,
            "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\"><title>{}: {} changes, {} points</title></circle>",
            across(mark.x),
            up(mark.y),
            escape(&mark.label),
            words::decimal(mark.x, 0),
            words::decimal(mark.y, 0)
        );
    }
    let mut taken: Vec<(f64, f64, f64, f64)> = Vec::new();
    for (i, mark) in picture.marks.iter().take(10).enumerate() {
        label(&mut out, &mut taken, i + 1, mark, (across(mark.x), up(mark.y)), (left, right, top, bottom));
    }
    (height, out)
}

type Frame = (f64, f64, f64, f64);

/// Sets a label beside its point, at the first place where it covers no other label.
fn label(
    out: &mut String,
    taken: &mut Vec<Frame>,
    n: usize,
    mark: &crate::document::Mark,
    at: (f64, f64),
    frame: Frame,
) {
    let name = mark.label.rsplit('/').next().unwrap_or(&mark.label);
    let shown = format!("{n} {}", text::shorten_middle(name, 32));
    let wide = 6.4 * f64::from(u32::try_from(text::width(&shown)).unwrap_or(32));
    let (x, y) = at;
    let (left, right, top, bottom) = frame;
    let places = [0.0, -16.0, 16.0, -32.0, 32.0, -48.0, 48.0, -64.0, 64.0]
        .into_iter()
        .flat_map(|dy| [(9.0, dy), (-9.0 - wide, dy)]);
    for (dx, dy) in places {
        let (lx, ly) = (x + dx, y + dy);
        let fits = lx >= left && lx + wide <= right && ly - 8.0 >= top - 12.0 && ly + 6.0 <= bottom;
        let free = taken.iter().all(|t| lx + wide < t.0 || lx > t.2 || ly + 7.0 < t.1 || ly - 7.0 > t.3);
        if fits && free {
            taken.push((lx, ly - 7.0, lx + wide, ly + 7.0));
            if dy.abs() > 20.0 {
                let edge = if dx > 0.0 { lx - 2.0 } else { lx + wide + 2.0 };
                put!(out, "<path class=\"ld\" d=\"M{x:.1} {y:.1}L{edge:.1} {ly:.1}\"/>");
            }
            put!(out, "<text x=\"{lx:.1}\" y=\"{:.1}\">{}</text>", ly + 4.0, escape(&shown));
            return;
        }
    }
}
