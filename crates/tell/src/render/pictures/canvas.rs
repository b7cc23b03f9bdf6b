//! What all pictures are put together from: boxes with names, lines with heads, marks and legends.
//!
//! Widths of letters are estimates on the wide side, because the reader's font is not known here. In tests each shape
//! is also kept as a rectangle, so that overlaps can be looked for.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use super::{Drawing, Group, Part, WIDTH, kind_words, tip};
use crate::text;

/// Adds formatted text; writing to a String cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { let _done = write!($out, $($arg)*); };
}
pub(super) use put;

/// Size of all letters but the numbers in marks.
pub(super) const SIZE: i32 = 12;
/// Size of names in boxes.
pub(super) const NAME: i32 = 13;

/// A rectangle: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Rect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) w: i32,
    pub(crate) h: i32,
}

impl Rect {
    pub(crate) fn right(self) -> i32 {
        self.x + self.w
    }

    pub(crate) fn bottom(self) -> i32 {
        self.y + self.h
    }

    pub(crate) fn middle(self) -> i32 {
        self.y + self.h / 2
    }

    #[cfg(test)]
    pub(crate) fn meets(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    #[cfg(test)]
    pub(crate) fn holds(self, other: Self) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.bottom() >= other.bottom()
    }
}

/// Everything drawn, as rectangles, for tests.
#[cfg(test)]
#[derive(Debug, Clone, Default)]
pub(crate) struct Shapes {
    pub(crate) boxes: Vec<(String, Rect)>,
    pub(crate) texts: Vec<(String, Rect)>,
    /// Straight runs of lines, with the number of the line they belong to.
    pub(crate) runs: Vec<(usize, Rect)>,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Look {
    /// Dashed.
    pub(super) is_guess: bool,
    /// With a clock and an open head.
    pub(super) is_async: bool,
}

impl Look {
    pub(super) fn of(line: &super::Line) -> Self {
        Self { is_guess: super::is_guess(line), is_async: line.is_async }
    }

    pub(super) fn class(self) -> &'static str {
        match (self.is_guess, self.is_async) {
            (false, false) => "ln",
            (true, false) => "ln gs",
            (false, true) => "ln as",
            (true, true) => "ln as gs",
        }
    }
}

/// Where an arrow head points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Left,
    Right,
}

#[derive(Default)]
pub(super) struct Canvas {
    out: String,
    /// Where the words that reach furthest end.
    right: i32,
    #[cfg(test)]
    shapes: Shapes,
    #[cfg(test)]
    line: usize,
}

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

/// Thousandths of the letter size that a letter takes at most in the common fonts.
fn advance(c: char) -> i32 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 290,
        'f' | 't' | 'r' | 'I' | ' ' | '-' | '(' | ')' | '[' | ']' | '/' | '\\' => 390,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 980,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 570,
        'A'..='Z' | '&' | '+' | '=' | '<' | '>' | '#' => 760,
        c if c.is_ascii() => 630,
        c => match c.width().unwrap_or(0) {
            0 => 0,
            1 => 800,
            _ => 1_300,
        },
    }
}

/// Pixels that the text takes at most.
pub(super) fn wide(text: &str, size: i32) -> i32 {
    let sum = text.chars().map(advance).fold(0_i32, i32::saturating_add);
    // Names are bold, which takes more.
    let bold = if size == NAME { 109 } else { 100 };
    sum.saturating_mul(size) / 1_000 * bold / 100 + 1
}

/// The text made visible and shortened in the middle until it takes at most so many pixels.
pub(super) fn fit(words: &str, size: i32, room: i32) -> String {
    let shown = text::visible(words);
    let mut most = text::width(&shown).min(120);
    let mut cut = text::shorten_middle(&shown, most);
    while wide(&cut, size) > room && most > 1 {
        most -= 1;
        cut = text::shorten_middle(&shown, most);
    }
    cut
}

/// What a box needs beside its name.
pub(super) const BESIDE_NAME: i32 = 20;
/// Height of a box with its name on one line, and on two.
pub(super) const ONE_LINE: i32 = 44;
pub(super) const TWO_LINES: i32 = 58;

/// The name on one line, or on two where the box is tall enough, broken behind a hyphen, dot or the like.
fn name_lines(name: &str, room: i32, tall: i32) -> Vec<String> {
    let shown = text::shorten_middle(&text::visible(name), 120);
    if wide(&shown, NAME) <= room || tall < TWO_LINES {
        return vec![fit(&shown, NAME, room)];
    }
    let breaks = shown.char_indices().filter(|(_, c)| matches!(c, '-' | '_' | '.' | '/' | ':' | ' '));
    let fitting =
        breaks.map(|(i, c)| shown.split_at(i + c.len_utf8())).filter(|(a, _)| wide(a.trim_end(), NAME) <= room);
    match fitting.fold(None, |_, split| Some(split)) {
        Some((first, rest)) if !rest.is_empty() => vec![first.trim_end().to_owned(), fit(rest, NAME, room)],
        _ => vec![fit(&shown, NAME, room)],
    }
}

/// Height of a part's box of that width: of two lines when that shows more of its name.
pub(super) fn height_of(part: &Part, width: i32) -> i32 {
    if name_lines(&part.name, width - BESIDE_NAME, TWO_LINES).len() > 1 { TWO_LINES } else { ONE_LINE }
}

impl Canvas {
    /// Words at the start of a baseline.
    pub(super) fn text(&mut self, x: i32, y: i32, class: &str, words: &str) {
        self.words(x, y, x, class, words);
    }

    /// Words that end at `x`.
    pub(super) fn text_end(&mut self, x: i32, y: i32, class: &str, words: &str) {
        let left = x - wide(words, size_of(class));
        self.words(x, y, left, &format!("{class} te"), words);
    }

    /// Words around `x`.
    pub(super) fn text_middle(&mut self, x: i32, y: i32, class: &str, words: &str) {
        let left = x - wide(words, size_of(class)) / 2;
        self.words(x, y, left, &format!("{class} tm"), words);
    }

    fn words(&mut self, x: i32, y: i32, left: i32, class: &str, words: &str) {
        let class = class.trim();
        let room = wide(words, size_of(class));
        self.right = self.right.max(left + room);
        if class.is_empty() {
            put!(self.out, "<text x=\"{x}\" y=\"{y}\">{}</text>", escape(words));
        } else {
            put!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escape(words));
        }
        #[cfg(test)]
        {
            let size = size_of(class);
            let rect = Rect { x: left, y: y - size * 4 / 5, w: room, h: size };
            self.shapes.texts.push((words.to_owned(), rect));
        }
    }

    /// Words that stand upright beside `x`, read from below, ending at `y`.
    pub(super) fn text_up(&mut self, x: i32, y: i32, words: &str) {
        put!(self.out, "<text transform=\"translate({x} {y}) rotate(-90)\">{}</text>", escape(words));
        #[cfg(test)]
        {
            let w = wide(words, SIZE);
            self.shapes.texts.push((words.to_owned(), Rect { x: x - SIZE * 4 / 5, y: y - w, w: SIZE, h: w }));
        }
    }

    /// The box of a part, with its kind and `more` in the second line.
    pub(super) fn part(&mut self, rect: Rect, part: &Part, more: Option<&str>) {
        let Rect { x, y, w, h } = rect;
        self.open_box(rect, part);
        let room = w - BESIDE_NAME;
        let kind = kind_words(&part.kind);
        let both = more.map(|m| text::visible(&format!("{kind} · {m}")));
        let second = both.filter(|b| wide(b, SIZE) <= room).unwrap_or_else(|| fit(kind, SIZE, room));
        let names = name_lines(&part.name, room, h);
        let mut baseline = y + h / 2 + 4 - 8 * i32::try_from(names.len()).unwrap_or(1);
        for name in &names {
            self.text(x + 13, baseline, "nm", name);
            baseline += 16;
        }
        self.text(x + 13, baseline, "m", &second);
        self.close_box(part);
    }

    /// The box of a part with its name alone.
    pub(super) fn small_part(&mut self, rect: Rect, part: &Part) {
        self.open_box(rect, part);
        self.text(rect.x + 11, rect.middle() + 4, "", &fit(&part.name, SIZE, rect.w - 17));
        self.close_box(part);
    }

    /// A box that stands for several parts.
    pub(super) fn count(&mut self, rect: Rect, group: Group, n: usize, names: &str) {
        let Rect { x, y, w, h } = rect;
        let outside = if group == Group::Outside { " out" } else { "" };
        put!(
            self.out,
            "<g class=\"bx {}{outside}\"><title>{}</title>",
            group.class(),
            escape(&text::shorten_end(&text::visible(names), 160))
        );
        put!(self.out, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"5\"/>");
        put!(self.out, "<path class=\"kb\" d=\"M{} {}v{}\"/>", x + 5, y + 7, h - 14);
        self.text(x + 11, rect.middle() + 4, "nm", &n.to_string());
        self.close();
        #[cfg(test)]
        self.shapes.boxes.push((format!("{n} at {x} {y}"), rect));
    }

    fn open_box(&mut self, rect: Rect, part: &Part) {
        let Rect { x, y, w, h } = rect;
        let group = Group::of(part);
        let outside = if group == Group::Outside { " out" } else { "" };
        if let Some(href) = &part.href {
            put!(self.out, "<a href=\"{}\">", escape(href));
        }
        put!(self.out, "<g class=\"bx {}{outside}\"><title>{}</title>", group.class(), escape(&tip(part)));
        put!(self.out, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"5\"/>");
        put!(self.out, "<path class=\"kb\" d=\"M{} {}v{}\"/>", x + 5, y + 7, h - 14);
        #[cfg(test)]
        self.shapes.boxes.push((part.id.clone(), rect));
    }

    fn close_box(&mut self, part: &Part) {
        self.close();
        if part.href.is_some() {
            self.out.push_str("</a>");
        }
    }

    /// Opens a group with a class.
    pub(super) fn open(&mut self, class: &str) {
        put!(self.out, "<g class=\"{class}\">");
    }

    /// Opens a group that is moved.
    pub(super) fn open_at(&mut self, x: i32, y: i32) {
        if x == 0 && y == 0 {
            self.out.push_str("<g>");
        } else {
            put!(self.out, "<g transform=\"translate({x} {y})\">");
        }
    }

    /// Ends a group.
    pub(super) fn close(&mut self) {
        self.out.push_str("</g>");
    }

    /// A tool tip for the group that was opened last.
    pub(super) fn title(&mut self, words: &str) {
        put!(self.out, "<title>{}</title>", escape(words));
    }

    /// A rectangle with a class.
    pub(super) fn rect(&mut self, rect: Rect, class: &str) {
        let Rect { x, y, w, h } = rect;
        put!(self.out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"5\"/>");
    }

    /// A rectangle that text must keep out of, unless it stands wholly inside.
    pub(super) fn solid(&mut self, rect: Rect, class: &str) {
        self.rect(rect, class);
        #[cfg(test)]
        self.shapes.boxes.push((format!("{class} {}", self.shapes.boxes.len()), rect));
    }

    /// A path as it is.
    pub(super) fn path(&mut self, class: &str, d: &str) {
        put!(self.out, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// Says which straight runs the next line has; kept for tests.
    #[cfg_attr(not(test), expect(unused_variables, clippy::unused_self, reason = "kept for tests only"))]
    pub(super) fn runs(&mut self, runs: &[(i32, i32, i32, i32)]) {
        #[cfg(test)]
        {
            self.line += 1;
            for &(x1, y1, x2, y2) in runs {
                let rect = Rect { x: x1.min(x2), y: y1.min(y2), w: (x1 - x2).abs(), h: (y1 - y2).abs() };
                self.shapes.runs.push((self.line, rect));
            }
        }
    }

    /// An arrow head whose tip is at `x`, `y`.
    pub(super) fn head(&mut self, x: i32, y: i32, way: Way, look: Look) {
        let back = if way == Way::Right { -8 } else { 8 };
        let class = if look.is_async { "hd as" } else { "hd" };
        let close = if look.is_async { "" } else { "z" };
        put!(self.out, "<path class=\"{class}\" d=\"M{} {}L{x} {y}l{back} 4{close}\"/>", x + back, y - 4);
    }

    /// A clock: what follows happens later.
    pub(super) fn clock(&mut self, x: i32, y: i32) {
        put!(self.out, "<g class=\"ck\"><circle cx=\"{x}\" cy=\"{y}\" r=\"5\"/><path d=\"M{x} {}v3h2\"/></g>", y - 3);
    }

    /// The legend: kinds of boxes and looks of lines that are in the picture. Returns its lower edge.
    pub(super) fn legend(&mut self, y: i32, groups: &[Group], looks: &[Look], others: &[&str]) -> i32 {
        let (mut x, mut y) = (0, y + 14);
        let mut next = |canvas: &mut Self, class: &str, words: &str, draw: &dyn Fn(&mut Self, i32, i32)| {
            let w = 34 + wide(words, SIZE);
            if x > 0 && x + w > WIDTH {
                x = 0;
                y += 20;
            }
            canvas.open(class);
            draw(canvas, x, y);
            canvas.text(x + 30, y + 4, "m", words);
            canvas.close();
            x += w + 18;
        };
        for group in groups {
            let class = if *group == Group::Outside { "bx ko out" } else { "bx" };
            let class = format!("{class} {}", group.class());
            next(self, &class, group.words(), &|canvas, x, y| {
                put!(canvas.out, "<rect x=\"{}\" y=\"{}\" width=\"22\" height=\"14\" rx=\"3\"/>", x + 1, y - 7);
                put!(canvas.out, "<path class=\"kb\" d=\"M{} {}v8\"/>", x + 5, y - 4);
            });
        }
        let mut line = |canvas: &mut Self, look: Look, words: &str| {
            next(canvas, "lg", words, &|canvas, x, y| {
                canvas.path(look.class(), &format!("M{x} {y}h22"));
                canvas.head(x + 23, y, Way::Right, look);
                if look.is_async {
                    canvas.clock(x + 8, y);
                }
            });
        };
        if looks.iter().any(|l| !l.is_async && !l.is_guess) {
            line(self, Look::default(), "calls or uses");
        }
        if looks.iter().any(|l| l.is_async) {
            line(self, Look { is_async: true, is_guess: false }, "sends or receives messages, does not wait");
        }
        if looks.iter().any(|l| l.is_guess) {
            line(self, Look { is_async: false, is_guess: true }, "inferred, may be wrong");
        }
        for words in others {
            next(self, "lg", words, &|canvas, x, y| {
                canvas.rect(Rect { x: x + 1, y: y - 7, w: 22, h: 14 }, "fr");
            });
        }
        y + 14
    }

    pub(super) fn finish(self, width: i32, height: i32, words: String) -> Drawing {
        Drawing {
            width: width.max(self.right),
            height,
            body: self.out,
            words,
            #[cfg(test)]
            shapes: self.shapes,
        }
    }
}

fn size_of(class: &str) -> i32 {
    if class.split(' ').any(|c| c == "nm") { NAME } else { SIZE }
}
