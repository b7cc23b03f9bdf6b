//! Pictures of the running system as SVG text: diagram, area × kind grid, three columns, lanes and matrix.
//!
//! No automatic layout makes hundreds of boxes with all their lines readable, so each picture has fixed rules and says
//! less when there is more. The same parts and lines give the same bytes in whatever order they come. Colours are
//! classes of the style sheet, since the report has a light and a dark palette and forbids styles of elements.

mod canvas;
mod channel;
mod columns;
mod diagram;
mod grid;
mod lanes;
mod layered;
mod matrix;
mod mermaid;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::document::{Basis, Picture, PictureKind};
use crate::text;

pub use columns::columns;
pub use diagram::diagram;
pub use grid::{Kept, Row, grid, kept};
pub use lanes::lanes;
pub use matrix::matrix;
pub use mermaid::mermaid;

/// Boxes up to which all lines are drawn; from there on the grid says more by drawing less.
pub const MOST_IN_DIAGRAM: usize = 40;

/// Width in pixels that a picture may take before its region scrolls.
pub(crate) const WIDTH: i32 = 1_040;

/// One box: a part of the running system.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Id, to which lines refer.
    pub id: String,
    /// Name.
    pub name: String,
    /// Kind, by the words of table `components`.
    pub kind: String,
    /// Product area.
    pub area: Option<String>,
    /// What it is for, in one plain sentence.
    pub purpose: Option<String>,
    /// Run by somebody else.
    pub is_outside: bool,
    /// Where its box leads, on pages that have somewhere to lead to.
    pub href: Option<String>,
}

/// One line: a connection from the side that starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Id of the part that starts it.
    pub from: String,
    /// Id of the part at the other end.
    pub to: String,
    /// Kind, by the words of table `connections`.
    pub kind: String,
    /// The sender does not wait for an answer.
    pub is_async: bool,
    /// How it is known; what was inferred is drawn dashed.
    pub basis: Basis,
    /// Protocol or product.
    pub label: Option<String>,
}

/// One step of a flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Its number, from 1.
    pub number: i64,
    /// Name of the part that acts.
    pub from: String,
    /// Name of the part that is reached.
    pub to: String,
    /// What happens; of a gap, why it could not be followed.
    pub label: String,
    /// It happens later.
    pub is_async: bool,
    /// `to` is run by somebody else.
    pub is_outside: bool,
    /// It could not be followed from here.
    pub is_gap: bool,
}

/// A finished picture.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    /// Width in pixels.
    pub width: i32,
    /// Height in pixels.
    pub height: i32,
    /// What stands inside the `svg` element.
    pub body: String,
    /// What is drawn, in words that follow the description.
    pub words: String,
    #[cfg(test)]
    pub(crate) shapes: canvas::Shapes,
}

impl Drawing {
    /// The picture as one `svg` element. `id` must be unique on the page.
    pub fn svg(&self, id: &str, title: &str, description: &str) -> String {
        // Borders that lie on the edge of the drawing need room for half their width.
        let (width, height) = (self.width + 4, self.height + 4);
        let description = text::shorten_end(&text::visible(&format!("{description} {}", self.words)), 1_000);
        let title = text::shorten_end(&text::visible(title), 200);
        // What can be followed must not stand inside an image.
        let role = if self.body.contains("<a href=") { "group" } else { "img" };
        format!(
            "<svg class=\"sys\" role=\"{role}\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"-2 -2 {width} {height}\" width=\"{width}\" height=\"{height}\">\
             <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>{}</svg>",
            canvas::escape(&title),
            canvas::escape(description.trim()),
            self.body
        )
    }
}

/// Draws what a section's picture holds.
pub(super) fn of(picture: &Picture) -> Drawing {
    let drawn = &picture.system;
    match picture.kind {
        PictureKind::Diagram if drawn.parts.len() <= MOST_IN_DIAGRAM => diagram(&drawn.parts, &drawn.lines),
        PictureKind::Matrix => matrix(&drawn.parts, &drawn.lines),
        PictureKind::Columns => columns(&drawn.parts, &drawn.lines, drawn.this.as_deref().unwrap_or_default()),
        PictureKind::Lanes => lanes(&drawn.steps),
        _ => grid(&drawn.parts, &drawn.lines, &Kept::default(), false),
    }
}

/// The columns of the grid and the colours of boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    FrontEnd,
    Service,
    Job,
    Queue,
    Store,
    Outside,
}

impl Group {
    pub(crate) const ALL: [Self; 6] =
        [Self::FrontEnd, Self::Service, Self::Job, Self::Queue, Self::Store, Self::Outside];

    pub(crate) fn of(part: &Part) -> Self {
        match part.kind.as_str() {
            _ if part.is_outside => Self::Outside,
            "external" | "user" => Self::Outside,
            "web" | "app" => Self::FrontEnd,
            "job" => Self::Job,
            "broker" => Self::Queue,
            "database" | "cache" | "search" | "storage" => Self::Store,
            _ => Self::Service,
        }
    }

    /// The heading of its column.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::FrontEnd => "Front ends",
            Self::Service => "Services",
            Self::Job => "Background jobs",
            Self::Queue => "Queues & events",
            Self::Store => "Data stores",
            Self::Outside => "Outside",
        }
    }

    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::FrontEnd => "kf",
            Self::Service => "ks",
            Self::Job => "kj",
            Self::Queue => "kq",
            Self::Store => "kd",
            Self::Outside => "ko",
        }
    }
}

/// The word for a kind in a box.
pub(crate) fn kind_words(kind: &str) -> &str {
    match kind {
        "web" => "website",
        "external" => "outside",
        "user" => "people",
        "auth" => "sign-in",
        "config" => "settings",
        "broker" => "messages",
        other => other,
    }
}

/// A whole number for drawing.
pub(crate) fn int(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// `3 boxes`, `1 box`.
fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", crate::words::exact(i64::try_from(n).unwrap_or(i64::MAX)), if n == 1 { one } else { many })
}

/// Parts in a fixed order with names fit to be shown, and the lines between them by position.
struct System<'a> {
    parts: Vec<&'a Part>,
    lines: Vec<Wire<'a>>,
}

/// A line whose ends are known.
#[derive(Clone, Copy)]
struct Wire<'a> {
    from: usize,
    to: usize,
    line: &'a Line,
}

impl<'a> System<'a> {
    /// Parts sorted by id, each once; lines sorted, each pair of ends once per look. Lines to nowhere are left out.
    fn of(parts: &'a [Part], lines: &'a [Line]) -> Self {
        let mut parts: Vec<&Part> = parts.iter().collect();
        parts.sort();
        parts.dedup_by(|a, b| a.id == b.id);
        let place: BTreeMap<&str, usize> = parts.iter().enumerate().map(|(i, p)| (p.id.as_str(), i)).collect();
        let mut wires: Vec<Wire> = lines
            .iter()
            .filter_map(|line| {
                let (from, to) = (*place.get(line.from.as_str())?, *place.get(line.to.as_str())?);
                Some(Wire { from, to, line })
            })
            .collect();
        wires.sort_by_key(|w| {
            (w.from, w.to, w.line.is_async, is_guess(w.line), &w.line.label, &w.line.kind, w.line.basis.id())
        });
        wires.dedup_by_key(|w| (w.from, w.to, w.line.is_async, is_guess(w.line)));
        Self { parts, lines: wires }
    }
}

/// Guesses never look like facts: they are drawn dashed.
fn is_guess(line: &Line) -> bool {
    !matches!(line.basis, Basis::Declared | Basis::Resolved | Basis::Said)
}

/// What a tool tip says of a part.
fn tip(part: &Part) -> String {
    let mut out = format!("{}: {}", part.name, kind_words(&part.kind));
    if let Some(area) = &part.area {
        out.push_str(", area ");
        out.push_str(area);
    }
    if let Some(purpose) = part.purpose.as_deref().filter(|p| !p.is_empty()) {
        out.push_str(". ");
        out.push_str(purpose);
    }
    text::shorten_end(&text::visible(&out), 200)
}

/// What lines look like, for those who do not see them.
fn drawn_words(n_parts: usize, wires: &[Wire]) -> String {
    let guesses = wires.iter().filter(|w| is_guess(w.line)).count();
    let mut out = format!("{} and {}", counted(n_parts, "box", "boxes"), counted(wires.len(), "line", "lines"));
    if guesses > 0 {
        out.push_str(", of which ");
        out.push_str(&counted(guesses, "is", "are"));
        out.push_str(" inferred");
    }
    out.push('.');
    out
}
