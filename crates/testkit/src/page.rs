//! Fixture pages: Markdown that is specification, example and test of a detector in one.
//!
//! Each heading is a tiny repository of its own: fenced blocks with `file=PATH` are its files, and the block
//! `rows table=signals` holds the rows that must come out, in the columns that its header names. An empty block says
//! that nothing must.

use std::fmt::Write as _;
use std::ops::Range;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{Array, AsArray, RecordBatch};
use sightline_facts::arrow::datatypes::Int64Type;
use sightline_read::detect::Detectors;

/// One part of a page.
#[derive(Debug, Default)]
struct Case<'a> {
    heading: &'a str,
    files: Vec<(&'a str, String)>,
    /// Header and rows as written, and where they stand in the page.
    rows: Option<(Vec<&'a str>, Range<usize>)>,
}

/// Columns of a block that does not name its own.
const DEFAULT: [&str; 3] = ["kind", "name", "evidence"];

/// Runs a page with some detectors and shows the rows of one of them. The answer is the page as it should be: the same
/// text where all rows are right.
///
/// # Errors
/// What is wrong with the page itself.
pub fn run(page: &str, detectors: &Detectors, rule: &str) -> Result<String, String> {
    let mut out = String::with_capacity(page.len());
    let mut at = 0;
    let cases = cases(page)?;
    for case in &cases {
        let (rows, range) = case.rows.as_ref().ok_or_else(|| format!("`{}` has no rows block", case.heading))?;
        let columns: Vec<&str> = match rows.first() {
            Some(header) => header.split('|').map(str::trim).collect(),
            None => DEFAULT.to_vec(),
        };
        out.push_str(&page[at..range.start]);
        out.push_str(&table(&columns, &found(case, detectors, rule, &columns)?));
        at = range.end;
    }
    out.push_str(&page[at..]);
    if cases.is_empty() { Err("the page has no files and rows".to_owned()) } else { Ok(out) }
}

/// How many repositories a page has, and whether one of them expects nothing.
///
/// # Errors
/// What is wrong with the page itself.
pub fn shape(page: &str) -> Result<(usize, bool), String> {
    let cases = cases(page)?;
    Ok((cases.len(), cases.iter().any(|c| c.rows.as_ref().is_some_and(|(rows, _)| rows.len() < 2))))
}

fn cases(page: &str) -> Result<Vec<Case<'_>>, String> {
    let mut cases = vec![Case { heading: "the start of the page", ..Case::default() }];
    let mut lines = page.split_inclusive('\n');
    let mut at = 0;
    while let Some(line) = lines.next() {
        at += line.len();
        if let Some(heading) = line.strip_prefix("## ") {
            cases.push(Case { heading: heading.trim(), ..Case::default() });
            continue;
        }
        let fence: String = line.chars().take_while(|c| *c == '`').collect();
        if fence.len() < 3 {
            continue;
        }
        let (info, start) = (line[fence.len()..].trim(), at);
        let mut body = Vec::new();
        loop {
            let Some(line) = lines.next() else { return Err(format!("the block `{info}` does not end")) };
            if line.trim_end() == fence {
                break;
            }
            at += line.len();
            body.push(line);
        }
        let case = cases.last_mut().expect("there is always the first case");
        if let Some(file) = info.split_whitespace().find_map(|w| w.strip_prefix("file=")) {
            case.files.push((file, body.concat()));
        } else if info.starts_with("rows") {
            case.rows = Some((body.iter().map(|l| l.trim_end()).collect(), start..at));
        }
        at += fence.len() + 1;
    }
    cases.retain(|c| !c.files.is_empty());
    Ok(cases)
}

/// The rows that come out, cell by cell.
fn found(case: &Case<'_>, detectors: &Detectors, rule: &str, columns: &[&str]) -> Result<Vec<Vec<String>>, String> {
    let mut rows = sightline_read::detect::read_texts(detectors, case.files.iter().map(|(p, t)| (*p, t.as_str())));
    let batch = rows.signals.finish();
    let gaps = rows.gaps.finish();
    if gaps.num_rows() > 0 {
        let detail = cell(&gaps, "detail", 0).unwrap_or_default();
        return Err(format!("`{}` left a gap: {detail}", case.heading));
    }
    let mut cells = Vec::new();
    for row in 0..batch.num_rows() {
        prove(case, &batch, row)?;
        if cell(&batch, "rule", row).is_none_or(|r| r != rule) {
            continue;
        }
        let line = columns.iter().map(|column| match *column {
            "evidence" => Some(format!("{}:{}", cell(&batch, "path", row)?, cell(&batch, "line_start", row)?)),
            other => cell(&batch, other, row),
        });
        cells.push(line.map(|c| c.unwrap_or_default().replace('|', "\\|")).collect());
    }
    Ok(cells)
}

/// Every row cites lines that exist and hold what it says they hold, as `sightline verify` will check.
fn prove(case: &Case<'_>, batch: &RecordBatch, row: usize) -> Result<(), String> {
    let get = |column: &str| cell(batch, column, row).unwrap_or_default();
    let (path, seen) = (get("path"), get("seen"));
    let number = |column: &str| get(column).parse::<usize>().unwrap_or(0);
    let text = case.files.iter().find(|(p, _)| *p == path).map_or("", |(_, t)| t.as_str());
    let (first, last) = (number("line_start"), number("line_end"));
    let cited: Vec<&str> = text.lines().skip(first.saturating_sub(1)).take((last + 1).saturating_sub(first)).collect();
    if first == 0 || last < first || last > text.lines().count() || !cited.join("\n").contains(&seen) {
        return Err(format!("`{}`: {path}:{first}-{last} does not show `{seen}`", case.heading));
    }
    Ok(())
}

fn cell(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(column)?;
    if column.is_null(row) {
        return None;
    }
    match column.as_string_opt::<i32>() {
        Some(text) => Some(text.value(row).to_owned()),
        None => column.as_primitive_opt::<Int64Type>().map(|n| n.value(row).to_string()),
    }
}

/// A table of aligned columns; nothing at all without rows.
fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let header: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&header).chain(rows).collect();
    let width = |i: usize| all.iter().map(|r| r[i].chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for row in &all {
        let mut line = String::new();
        for (i, text) in row.iter().enumerate() {
            let separator = if i == 0 { "" } else { " | " };
            write!(line, "{separator}{text:0$}", width(i)).expect("a string takes any text");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
