//! Claims as rows, and claims made from rows: a scan stores them, and a warm command shows them without asking again.

use std::collections::BTreeMap;
use std::mem;

use serde_json::{Value, json};
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::claim_evidence::{self, ClaimEvidenceBuilder, ClaimEvidenceRow};
use sightline_facts::tables::claims::{self, ClaimRow, ClaimsBuilder, ClaimsView};

use crate::TellError;
use crate::document::{Basis, Block, Claim, Evidence, Figure, Report};
use crate::section::BlockFile;

impl Report {
    /// Rows of `claims` and `claim_evidence`.
    pub fn rows(&self) -> Vec<(&'static TableSpec, RecordBatch)> {
        let mut rows = SentenceRows::default();
        for section in &self.sections {
            let claims = section.blocks.iter().filter_map(|b| if let Block::Claim(c) = b { Some(c) } else { None });
            for (position, claim) in claims.enumerate() {
                rows.claim(&section.id, position, claim);
            }
        }
        rows.finish()
    }
}

/// Rows of `claims` and `claim_evidence` in the making.
#[derive(Debug, Default)]
pub(crate) struct SentenceRows {
    sentences: ClaimsBuilder,
    evidence: ClaimEvidenceBuilder,
}

impl SentenceRows {
    /// Adds a sentence.
    pub(crate) fn claim(&mut self, section: &str, position: usize, claim: &Claim) {
        self.sentences.push(&ClaimRow {
            claim: &claim.id,
            section,
            position: number(position),
            repo: claim.repo.as_deref(),
            text: &claim.text,
            template: &claim.template,
            figures: &stored_figures(claim),
            basis: claim.basis.id(),
            query: &claim.query,
            n_evidence: number(claim.evidence.len()),
            ..ClaimRow::default()
        });
        for (position, one) in claim.evidence.iter().enumerate() {
            self.evidence.push(&ClaimEvidenceRow {
                claim: &claim.id,
                position: number(position),
                repo: &one.repo,
                commit: one.commit.as_deref(),
                path: one.path.as_deref(),
                line_start: one.lines.map(|l| l.0),
                line_end: one.lines.map(|l| l.1),
                quote: one.quote.as_deref(),
                about: one.about.as_deref(),
                from_table: &one.from_table,
                ..ClaimEvidenceRow::default()
            });
        }
    }

    /// Adds a sentence of an earlier scan at its new position.
    pub(crate) fn again(&mut self, row: &ClaimRow<'_>, position: usize, evidence: &[ClaimEvidenceRow<'_>]) {
        self.sentences.push(&ClaimRow { position: number(position), ..*row });
        for row in evidence {
            self.evidence.push(row);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<(&'static TableSpec, RecordBatch)> {
        vec![(&claims::SPEC, self.sentences.finish()), (&claim_evidence::SPEC, self.evidence.finish())]
    }
}

fn number(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Figures as JSON: name, kind, exact value and the bytes of the sentence that show it.
pub(crate) fn figures_json(figures: &[Figure]) -> Value {
    figures
        .iter()
        .map(|f| json!({ "name": f.name, "kind": f.kind, "value": f.value, "start": f.at.start, "end": f.at.end }))
        .collect()
}

/// Figures of a claim, and as last item how many rows could have been cited.
fn stored_figures(claim: &Claim) -> String {
    let mut figures = figures_json(&claim.figures);
    if let Value::Array(items) = &mut figures {
        items.push(json!({ "name": "n_rows", "kind": "cited", "value": claim.n_rows }));
    }
    figures.to_string()
}

fn cited_of(text: &str) -> Option<i64> {
    let figures: Value = serde_json::from_str(text).ok()?;
    figures.as_array()?.iter().find(|f| f["kind"] == "cited")?["value"].as_i64()
}

fn figures_of(text: &str, sentence: &str) -> Vec<Figure> {
    let Ok(Value::Array(items)) = serde_json::from_str(text) else { return Vec::new() };
    let place = |item: &Value, key: &str| item[key].as_u64().and_then(|v| usize::try_from(v).ok());
    items
        .iter()
        .filter_map(|item| {
            let at = place(item, "start")?..place(item, "end")?;
            // A range that does not fit would break a renderer that slices the sentence by it.
            sentence.get(at.clone())?;
            Some(Figure {
                name: item["name"].as_str()?.to_owned(),
                kind: item["kind"].as_str()?.to_owned(),
                value: item["value"].clone(),
                at,
            })
        })
        .collect()
}

/// Stored claims, by section and key, waiting for their place in a document.
pub(crate) struct Stored {
    claims: BTreeMap<(String, String), Vec<Claim>>,
}

/// One stored claim by its id, with what only its section file knows.
pub(crate) fn one(session: &Session, id: &str) -> Result<Option<Claim>, TellError> {
    let condition = format!(" where claim = '{}'", id.replace('\'', "''"));
    let Some(mut stored) = Stored::read_where(session, &condition, &condition)? else { return Ok(None) };
    let Some((section, key)) = stored.claims.keys().next().cloned() else { return Ok(None) };
    if let Ok(file) = crate::section::find(&section)
        && let Some(block) = file.blocks.iter().find(|b| b.claim.as_deref() == Some(&key))
    {
        return Ok(stored.take(&section, block).pop());
    }
    Ok(stored.claims.remove(&(section, key)).and_then(|mut claims| claims.pop()))
}

impl Stored {
    /// Reads stored claims; all, or those of one section. `None` when nothing is stored.
    pub(crate) fn read(session: &Session, section: Option<&str>) -> Result<Option<Self>, TellError> {
        let (said, stands) = section.map_or_else(Default::default, |s| {
            let s = s.replace('\'', "''");
            (format!(" where section = '{s}'"), format!(" where starts_with(claim, '{s}/')"))
        });
        Self::read_where(session, &said, &stands)
    }

    /// Reads stored claims and their evidence by a condition on each table.
    fn read_where(session: &Session, said: &str, stands: &str) -> Result<Option<Self>, TellError> {
        let wrap = |source| TellError::Query { place: "stored claims".to_owned(), source };
        let batches = session.query(&format!("select * from claims{said} order by section, position")).map_err(wrap)?;
        let rows =
            session.query(&format!("select * from claim_evidence{stands} order by claim, position")).map_err(wrap)?;
        let mut evidence: BTreeMap<String, Vec<Evidence>> = BTreeMap::new();
        for view in rows.iter().filter_map(claim_evidence::ClaimEvidenceView::of) {
            for row in view.rows() {
                evidence.entry(row.claim.to_owned()).or_default().push(Evidence {
                    repo: row.repo.to_owned(),
                    commit: row.commit.map(str::to_owned),
                    path: row.path.map(str::to_owned),
                    lines: row.line_start.map(|start| (start, row.line_end.unwrap_or(start))),
                    quote: row.quote.map(str::to_owned),
                    about: row.about.map(str::to_owned),
                    from_table: row.from_table.to_owned(),
                });
            }
        }
        let mut claims: BTreeMap<(String, String), Vec<Claim>> = BTreeMap::new();
        for view in batches.iter().filter_map(ClaimsView::of) {
            for row in view.rows() {
                let key = row.claim.split('/').nth(1).unwrap_or_default().to_owned();
                let evidence = evidence.get_mut(row.claim).map(mem::take).unwrap_or_default();
                claims.entry((row.section.to_owned(), key.clone())).or_default().push(Claim {
                    id: row.claim.to_owned(),
                    key,
                    repo: row.repo.map(str::to_owned),
                    text: row.text.to_owned(),
                    figures: figures_of(row.figures, row.text),
                    basis: Basis::of(row.basis).unwrap_or(Basis::Unknown),
                    level: crate::document::Level::default(),
                    template: row.template.to_owned(),
                    query: row.query.to_owned(),
                    n_rows: cited_of(row.figures).unwrap_or_else(|| number(evidence.len())),
                    evidence,
                    why: None,
                    ask: None,
                });
            }
        }
        Ok((!claims.is_empty()).then_some(Self { claims }))
    }

    /// The stored claims of one block, with what only the section file knows.
    pub(crate) fn take(&mut self, section: &str, block: &BlockFile) -> Vec<Claim> {
        let mut claims = self.claims.remove(&(section.to_owned(), block.key().to_owned())).unwrap_or_default();
        for claim in &mut claims {
            let absent = !block.absent.is_empty() && claim.template == block.absent;
            claim.level = if absent { block.absent_level.unwrap_or(block.level) } else { block.level };
            claim.why = block.why.clone().filter(|_| !absent);
            claim.ask = block.ask.clone().filter(|_| !absent);
        }
        claims
    }
}
