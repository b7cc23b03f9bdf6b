//! The document as JSON. The shape is public: keys are added, never renamed.

use serde_json::{Map, Value, json};

use sightline_facts::secrets::mask;

use super::place;
use crate::cell::instant_iso;
use crate::document::{Block, Claim, Evidence, Format, Picture, Report, Section, Source, Table};
use crate::{host, text};

/// The report as JSON.
pub fn json(report: &Report) -> Value {
    json!({
        "title": report.title(),
        "as_of": report.as_of().map(instant_iso),
        "sources": report.sources.iter().map(source).collect::<Vec<_>>(),
        "sections": report.sections.iter().map(|s| section(report, s)).collect::<Vec<_>>(),
    })
}

fn source(source: &Source) -> Value {
    json!({
        "repo": source.repo,
        "url": source.url,
        "commit": source.commit,
        "committed_at": source.committed_at.map(instant_iso),
        "as_of": instant_iso(source.as_of),
        "is_shallow": source.is_shallow,
    })
}

fn section(report: &Report, section: &Section) -> Value {
    let blocks: Vec<Value> = section
        .blocks
        .iter()
        .map(|block| match block {
            Block::Heading(text) => json!({ "kind": "heading", "text": text }),
            Block::Note(text) => json!({ "kind": "note", "text": text.strip_prefix("@commands ").unwrap_or(text) }),
            Block::Claim(one) => claim(report, one),
            Block::Table(one) => table(one),
            Block::Picture(one) => picture(one),
        })
        .collect();
    json!({ "id": section.id, "title": section.title, "question": section.question, "blocks": blocks })
}

fn claim(report: &Report, claim: &Claim) -> Value {
    let figures: Vec<Value> = claim
        .figures
        .iter()
        .map(|f| json!({ "name": f.name, "kind": f.kind, "value": f.value, "shown": claim.text.get(f.at.clone()) }))
        .collect();
    json!({
        "kind": "claim",
        "id": claim.id,
        "level": match claim.level {
            crate::document::Level::Top => "top",
            crate::document::Level::Fact => "fact",
            crate::document::Level::Attention => "attention",
            crate::document::Level::Quote => "quote",
        },
        "repo": claim.repo,
        "text": claim.text,
        "basis": claim.basis.id(),
        "figures": figures,
        "why": claim.why,
        "ask": claim.ask,
        "query": claim.query,
        "n_rows": claim.n_rows,
        "evidence": claim.evidence.iter().map(|e| evidence(report, e)).collect::<Vec<_>>(),
    })
}

fn evidence(report: &Report, evidence: &Evidence) -> Value {
    json!({
        "place": place(evidence),
        "repo": evidence.repo,
        "commit": evidence.commit,
        "path": evidence.path,
        "line_start": evidence.lines.map(|l| l.0),
        "line_end": evidence.lines.map(|l| l.1),
        "quote": evidence.quote.as_deref().map(mask),
        "about": evidence.about,
        "from_table": evidence.from_table,
        "url": host::link(report.source(&evidence.repo), evidence),
    })
}

fn table(table: &Table) -> Value {
    let rows: Vec<Value> = table
        .rows
        .iter()
        .zip(&table.places)
        .map(|(row, at)| {
            let mut object = Map::new();
            for (column, cell) in table.columns.iter().zip(row) {
                let value = match (column.format, at) {
                    (Format::Place, Some(at)) => Value::from(place(at)),
                    _ => cell.json(),
                };
                object.insert(column.name.clone(), value);
            }
            Value::Object(object)
        })
        .collect();
    json!({
        "kind": "table",
        "id": table.key,
        "caption": table.caption,
        "columns": table.columns.iter().map(|c| json!({ "name": c.name, "title": c.title })).collect::<Vec<_>>(),
        "rows": rows,
        "is_cut": table.cut,
        "query": table.query,
    })
}

fn picture(picture: &Picture) -> Value {
    let marks: Vec<Value> = picture.marks.iter().map(|m| json!({ "label": m.label, "x": m.x, "y": m.y })).collect();
    let drawn = &picture.system;
    let boxes = drawn.parts.iter().map(|p| {
        json!({
            "id": p.id, "name": p.name, "kind": p.kind, "area": p.area, "purpose": p.purpose, "is_outside": p.is_outside,
        })
    });
    let lines = drawn.lines.iter().map(|l| {
        json!({
            "from": l.from, "to": l.to, "kind": l.kind, "is_async": l.is_async, "basis": l.basis.id(), "label": l.label,
        })
    });
    let steps = drawn.steps.iter().map(|s| {
        json!({
            "number": s.number, "from": s.from, "to": s.to, "label": s.label,
            "is_async": s.is_async, "is_outside": s.is_outside, "is_gap": s.is_gap,
        })
    });
    json!({
        "kind": "picture",
        "id": picture.key,
        "title": text::visible(&picture.title),
        "description": picture.description,
        "marks": marks,
        "boxes": boxes.collect::<Vec<_>>(),
        "lines": lines.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "query": picture.query,
        "lines_query": picture.lines_query,
    })
}

/// The rows of a result as a list of objects.
pub fn rows_json(batches: &[sightline_facts::arrow::array::RecordBatch]) -> Value {
    let rows = crate::cell::Rows::of(batches);
    let object = |row: &Vec<crate::cell::Cell>| {
        Value::Object(rows.columns.iter().cloned().zip(row.iter().map(crate::cell::Cell::json)).collect())
    };
    Value::Array(rows.rows.iter().map(object).collect())
}
