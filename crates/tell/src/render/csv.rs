//! CSV by RFC 4180, with spreadsheet formulas made harmless.

use sightline_facts::arrow::array::RecordBatch;

use crate::cell::{Cell, Rows};
use crate::document::{Format, Table};

/// The rows of a result as CSV with a line of column names.
pub fn csv(batches: &[RecordBatch]) -> String {
    let rows = Rows::of(batches);
    let mut out = String::new();
    line(&mut out, rows.columns.iter().map(|c| Cell::Text(c.clone())));
    for row in &rows.rows {
        line(&mut out, row.iter().cloned());
    }
    out
}

/// A table of a report as CSV, up to about `most` bytes.
pub fn table_csv(table: &Table, most: usize) -> String {
    let mut out = String::new();
    line(&mut out, table.columns.iter().map(|c| Cell::Text(c.name.clone())));
    for (row, at) in table.rows.iter().zip(&table.places) {
        let cells = table.columns.iter().zip(row).map(|(column, cell)| match (column.format, at) {
            (Format::Place, Some(at)) => Cell::Text(super::place(at)),
            _ => cell.clone(),
        });
        line(&mut out, cells);
        if out.len() > most {
            break;
        }
    }
    out
}

/// Appends one line.
pub(crate) fn line(out: &mut String, cells: impl Iterator<Item = Cell>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        field(out, &cell);
    }
    out.push_str("\r\n");
}

fn field(out: &mut String, cell: &Cell) {
    let text = match cell {
        Cell::Null => return,
        Cell::Text(text) => harmless(text),
        Cell::Integer(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Instant(value) => crate::cell::instant_iso(*value),
        Cell::List(_) => harmless(&cell.json().to_string()),
    };
    if text.contains(['"', ',', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(&text);
    }
}

/// A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection").
fn harmless(text: &str) -> String {
    let starts = text
        .trim_start_matches(' ')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    let clean = text.replace('\0', "\u{2400}");
    if starts { format!("'{clean}") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_do_not_run() {
        let check = |text: &str, expect: &str| {
            let mut out = String::new();
            field(&mut out, &Cell::Text(text.to_owned()));
            assert_eq!(out, expect, "{text:?}");
        };
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
        check("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0");
        check("@scope/name", "'@scope/name");
        check("  =1+1", "'  =1+1");
        check("two\nlines", "\"two\nlines\"");
    }

    #[test]
    fn numbers_stay_numbers() {
        let mut out = String::new();
        line(&mut out, [Cell::Integer(-5), Cell::Float(0.5), Cell::Null, Cell::Boolean(true)].into_iter());
        assert_eq!(out, "-5,0.5,,true\r\n");
    }
}
