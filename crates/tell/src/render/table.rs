//! Tables for the terminal: columns as wide as they must be, numbers flush right, long names cut in the middle and
//! sentences at the end.

use sightline_facts::arrow::array::RecordBatch;

use crate::cell::{Cell, Rows};
use crate::document::Format;
use crate::text;

/// Narrowest column that still says something.
const NARROW: usize = 6;

/// The rows of a result as a table of at most `width` columns.
pub fn table(batches: &[RecordBatch], width: usize) -> String {
    let rows = Rows::of(batches);
    let cells: Vec<Vec<(String, bool)>> =
        rows.rows.iter().map(|row| row.iter().map(|cell| (plain(cell), cell.is_number())).collect()).collect();
    grid(&rows.columns.iter().map(|c| text::visible(c)).collect::<Vec<_>>(), &cells, width, "")
}

/// Rows behind a value for people who look at what they are: numbers with four decimals, times to the minute, file and line
/// as one column at the end, and no column `repo` that says the same in each row. Data forms have them in full.
pub fn brief_table(batches: &[RecordBatch], width: usize) -> String {
    let rows = Rows::of(batches);
    let has = |name: &str| rows.position(name).is_some();
    let is_one_repo = rows.position("repo").is_some_and(|at| rows.rows.windows(2).all(|two| two[0][at] == two[1][at]));
    let has_place = has("path") && has("line_start");
    let is_left_out = |name: &str| {
        (is_one_repo && name == "repo") || (has_place && ["path", "line_start", "line_end"].contains(&name))
    };
    let columns: Vec<usize> = (0..rows.columns.len()).filter(|at| !is_left_out(&rows.columns[*at])).collect();
    // Times give way as late as numbers do: what is cut out of one is what it says.
    let brief = |cell: &Cell| match cell {
        Cell::Float(value) => {
            let rounded = format!("{value:.4}");
            (rounded.trim_end_matches('0').trim_end_matches('.').to_owned(), true)
        }
        Cell::Instant(_) => {
            let full = plain(cell);
            (full.get(..16).map_or_else(|| full.clone(), |minute| minute.replace('T', " ")), true)
        }
        _ => (plain(cell), cell.is_number()),
    };
    let place = |row: &[Cell]| match (rows.get(row, "path"), rows.get(row, "line_start")) {
        (Cell::Text(path), line) => (format!("{}:{}", text::visible(path), plain(line)), false),
        _ => (String::new(), false),
    };
    let cells: Vec<Vec<(String, bool)>> = rows
        .rows
        .iter()
        .map(|row| columns.iter().map(|at| brief(&row[*at])).chain(has_place.then(|| place(row))).collect())
        .collect();
    let names = columns.iter().map(|at| rows.columns[*at].as_str()).chain(has_place.then_some("where"));
    grid(&names.map(text::visible).collect::<Vec<_>>(), &cells, width, "")
}

/// One row as a list of names and values.
pub fn record(batches: &[RecordBatch]) -> String {
    let rows = Rows::of(batches);
    let Some(row) = rows.rows.first() else { return String::new() };
    let widest = rows.columns.iter().map(|c| text::width(c)).max().unwrap_or(0);
    let mut out = String::new();
    for (name, cell) in rows.columns.iter().zip(row) {
        let pad = " ".repeat(widest - text::width(name));
        out.extend([text::visible(name).as_str(), pad.as_str(), "  ", plain(cell).as_str(), "\n"]);
    }
    out
}

/// SQL results are for people who look closely: numbers without rounding and separators, empty cells empty.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Integer(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Boolean(value) => value.to_string(),
        _ => super::shown(cell, Format::Plain),
    }
}

/// Sets headings and cells as lines that start with `indent`.
pub(crate) fn grid(headings: &[String], rows: &[Vec<(String, bool)>], width: usize, indent: &str) -> String {
    if headings.is_empty() {
        return String::new();
    }
    let right: Vec<bool> = (0..headings.len())
        .map(|c| {
            let mut cells =
                rows.iter().filter_map(|r| r.get(c)).filter(|cell| !cell.0.is_empty() && cell.0 != "–").peekable();
            cells.peek().is_some() && cells.all(|cell| cell.1)
        })
        .collect();
    let room = width.saturating_sub(text::width(indent) + 2 * (headings.len() - 1));
    let widths = column_widths(headings, rows, &right, room);
    let mut out = String::new();
    let mut set = |cells: &mut dyn Iterator<Item = &str>| {
        let mut one = indent.to_owned();
        for (column, cell) in cells.enumerate().take(widths.len()) {
            // The end of a path or name tells it apart; a sentence is read from its beginning.
            let is_sentence = cell.split(' ').nth(2).is_some();
            let shorten = if is_sentence { text::shorten_end } else { text::shorten_middle };
            let cut = shorten(cell, widths[column]);
            let pad = " ".repeat(widths[column].saturating_sub(text::width(&cut)));
            if column > 0 {
                one.push_str("  ");
            }
            if right[column] {
                one.push_str(&pad);
                one.push_str(&cut);
            } else {
                one.push_str(&cut);
                one.push_str(&pad);
            }
        }
        out.push_str(one.trim_end());
        out.push('\n');
    };
    // A heading that is wider than its column goes on in the next line, with its last line next to the rule.
    let wrapped: Vec<Vec<String>> = headings.iter().zip(&widths).map(|(h, w)| text::wrap(h, *w)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        set(&mut wrapped.iter().map(|h| (line + h.len()).checked_sub(height).map_or("", |i| h[i].as_str())));
    }
    let rule: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
    set(&mut rule.iter().map(String::as_str));
    for row in rows {
        set(&mut row.iter().map(|c| c.0.as_str()));
    }
    out
}

/// As wide as cells and words of headings ask for; where that is too much, text gives way before numbers do.
fn column_widths(headings: &[String], rows: &[Vec<(String, bool)>], right: &[bool], room: usize) -> Vec<usize> {
    let word = |heading: &String| heading.split_whitespace().map(text::width).max().unwrap_or(0);
    let mut cells = vec![0; headings.len()];
    for row in rows {
        for (wide, (cell, _)) in cells.iter_mut().zip(row) {
            *wide = (*wide).max(text::width(cell));
        }
    }
    let mut widths: Vec<usize> = headings.iter().zip(&cells).map(|(h, c)| word(h).max(*c)).collect();
    // A heading in one line reads best, where there is room for all of them.
    let whole: Vec<usize> = headings.iter().zip(&cells).map(|(h, c)| text::width(h).max(*c)).collect();
    if whole.iter().sum::<usize>() <= room {
        return whole;
    }
    shrink(&mut widths, room, &|column| !right[column]);
    shrink(&mut widths, room, &|_| true);
    widths
}

/// Takes room from the widest of the columns that may shrink until all fit, or all of them are narrow.
fn shrink(widths: &mut [usize], room: usize, may: &dyn Fn(usize) -> bool) {
    loop {
        let sum = widths.iter().sum::<usize>();
        let of_those = |widths: &[usize]| -> Vec<usize> {
            widths.iter().enumerate().filter(|(c, _)| may(*c)).map(|(_, w)| *w).collect()
        };
        let candidates = of_those(widths);
        let widest = candidates.iter().copied().max().unwrap_or(0);
        if sum <= room || widest <= NARROW {
            return;
        }
        let next = candidates.iter().copied().filter(|w| *w < widest).max().unwrap_or(0).max(NARROW);
        let tied = candidates.iter().filter(|w| **w == widest).count();
        let cut = (widest - next).min((sum - room).div_ceil(tied)).max(1);
        for (column, wide) in widths.iter_mut().enumerate() {
            if may(column) && *wide == widest {
                *wide -= cut;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rows: &[(&str, &str)], width: usize) -> String {
        let headings = ["name".to_owned(), "lines".to_owned()];
        let rows: Vec<_> = rows.iter().map(|r| vec![(r.0.to_owned(), false), (r.1.to_owned(), true)]).collect();
        grid(&headings, &rows, width, "")
    }

    #[test]
    fn a_brief_table_rounds_and_leaves_out_what_is_always_the_same() {
        use std::sync::Arc;

        use sightline_facts::arrow::array::{
            ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
        };
        let columns: [(&str, ArrayRef); 5] = [
            ("repo", Arc::new(StringArray::from(vec!["shop", "shop"]))),
            ("path", Arc::new(StringArray::from(vec!["shop.jsonl", "shop.jsonl"]))),
            ("line_start", Arc::new(Int64Array::from(vec![12, 2_130]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![0, 90_000_000]).with_timezone("UTC"))),
            ("x", Arc::new(Float64Array::from(vec![0.106_111_1, 3.0]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        insta::assert_snapshot!(brief_table(&[batch], 80), @r"
                      at       x  where
        ────────────────  ──────  ───────────────
        1970-01-01 00:00  0.1061  shop.jsonl:12
        1970-01-01 00:01       3  shop.jsonl:2130
        ");
    }

    #[test]
    fn numbers_stand_flush_right() {
        insta::assert_snapshot!(set(&[("core", "12"), ("clients", "3400")], 80), @r"
        name     lines
        ───────  ─────
        core        12
        clients   3400
        ");
    }

    #[test]
    fn long_cells_lose_their_middle_first() {
        insta::assert_snapshot!(set(&[("a/very/long/path/to/a/File.java", "7")], 24), @r"
        name               lines
        ─────────────────  ─────
        a/ver…a/File.java      7
        ");
    }

    #[test]
    fn sentences_lose_their_end() {
        insta::assert_snapshot!(set(&[("keeps data in tables and answers SQL", "7")], 24), @r"
        name               lines
        ─────────────────  ─────
        keeps data in ta…      7
        ");
    }

    #[test]
    fn a_megabyte_of_name_takes_one_line() {
        let out = set(&[(&"x".repeat(1_000_000), "1")], 40);
        assert!(out.lines().all(|l| text::width(l) <= 40), "{}", out.len());
    }
}
