//! CSV: one table whose first column says what a row is, so that everything fits into one sheet of a spreadsheet.

use super::Sheet;
use crate::cell::{Cell, instant_iso};
use crate::render::csv_line;
use crate::text::visible;
use sightline_map::{Spot, short_id};

const COLUMNS: [&str; 19] = [
    "row",
    "name",
    "from",
    "to",
    "method",
    "path",
    "kind",
    "technology",
    "language",
    "area",
    "owner",
    "what",
    "is_outside",
    "basis",
    "repo",
    "commit",
    "as_of",
    "file",
    "line",
];

#[derive(Default)]
struct Line<'a> {
    row: &'a str,
    name: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    kind: &'a str,
    technology: Option<&'a str>,
    language: Option<&'a str>,
    area: Option<&'a str>,
    owner: Option<&'a str>,
    what: Option<&'a str>,
    is_outside: Option<bool>,
    basis: &'a str,
}

pub(super) fn write(sheet: &Sheet) -> String {
    let mut out = String::new();
    csv_line(&mut out, COLUMNS.into_iter().map(|c| Cell::Text(c.to_owned())));
    for c in &sheet.components {
        let line = Line {
            row: "component",
            name: &c.name,
            kind: &c.kind,
            technology: c.technology.as_deref(),
            language: c.language.as_deref(),
            area: c.area.as_deref(),
            owner: c.owner.as_deref(),
            what: Some(&c.purpose),
            is_outside: Some(c.is_outside),
            basis: &c.basis,
            ..Line::default()
        };
        put(&mut out, sheet, &line, c.spots.first());
    }
    for a in &sheet.arrows {
        let (from, to) = (short_id(&a.from), short_id(&a.to));
        let name = format!("{from} -> {to}");
        let line = Line {
            row: "connection",
            name: &name,
            from: Some(from),
            to: Some(to),
            kind: &a.kind,
            technology: a.protocol.as_deref(),
            what: Some(&a.what),
            basis: &a.basis,
            ..Line::default()
        };
        put(&mut out, sheet, &line, a.spots.first());
    }
    for e in &sheet.endpoints {
        let line = Line {
            row: "endpoint",
            name: &e.id,
            from: Some(short_id(&e.component)),
            method: e.method.as_deref(),
            path: e.http_route.as_deref(),
            kind: &e.protocol,
            what: e.name.as_deref(),
            basis: &e.spot.basis,
            ..Line::default()
        };
        put(&mut out, sheet, &line, Some(&e.spot));
    }
    out
}

fn put(out: &mut String, sheet: &Sheet, line: &Line<'_>, spot: Option<&Spot>) {
    let text = |t: Option<&str>| t.filter(|t| !t.is_empty()).map_or(Cell::Null, |t| Cell::Text(visible(t)));
    let source = spot.and_then(|s| sheet.sources.iter().find(|o| o.repo == s.repo));
    let as_of = source.map(|s| instant_iso(s.as_of));
    let cells = [
        text(Some(line.row)),
        text(Some(line.name)),
        text(line.from),
        text(line.to),
        text(line.method),
        text(line.path),
        text(Some(line.kind)),
        text(line.technology),
        text(line.language),
        text(line.area),
        text(line.owner),
        text(line.what),
        line.is_outside.map_or(Cell::Null, Cell::Boolean),
        text(Some(line.basis)),
        text(spot.map(|s| s.repo.as_str())),
        text(spot.and_then(|s| s.commit.as_deref())),
        text(as_of.as_deref()),
        text(spot.map(|s| s.path.as_str())),
        spot.map_or(Cell::Null, |s| Cell::Integer(s.line_start)),
    ];
    csv_line(out, cells.into_iter());
}
