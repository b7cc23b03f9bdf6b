//! Sentences of an earlier scan that are still true: they are said again without asking, and cite the commit of today.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables::claim_evidence::{ClaimEvidenceRow, ClaimEvidenceView};
use sightline_facts::tables::claims::{ClaimRow, ClaimsView};

use crate::TellError;
use crate::document::{Block, Claim};
use crate::engine::{Engine, Scope, expand};
use crate::section;
use crate::store::SentenceRows;

/// What the sentences of one claim are made from, so that a scan can tell whether they are still true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The claim: `section/key`.
    pub place: String,
    /// SQL that decides what is said.
    pub says: Vec<String>,
    /// SQL of what it stands on. Its `commit` is that at which a file was read, and may be replaced by a newer one.
    pub stands_on: String,
}

/// What each claim asks, in the order of the sections.
///
/// # Errors
/// A section file is wrong.
pub fn asked() -> Result<Vec<Asked>, TellError> {
    let mut all = Vec::new();
    for file in section::all()? {
        for block in file.blocks.iter().filter(|b| b.claim.is_some()) {
            let says = [&block.query, &block.absent_query, &file.pages];
            all.push(Asked {
                place: format!("{}/{}", file.id, block.key()),
                says: says.into_iter().filter(|q| !q.is_empty()).map(|q| expand(&file.sql(q))).collect(),
                stands_on: expand(&file.sql(&block.evidence)),
            });
        }
    }
    Ok(all)
}

/// Sentences of an earlier scan.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Claims, by [`Asked::place`], whose sentences are said again as they are.
    pub kept: BTreeSet<String>,
    /// All rows of `claims` of that scan.
    pub claims: Vec<RecordBatch>,
    /// All rows of `claim_evidence` of that scan.
    pub evidence: Vec<RecordBatch>,
    /// The commit of each repository then and now, where it differs.
    pub moved: BTreeMap<String, (String, String)>,
}

/// All sentences as rows of `claims` and `claim_evidence`: what a scan stores. Those of `earlier` that are kept are not
/// asked for.
///
/// # Errors
/// As [`crate::claims`].
pub fn sentences(session: &Session, earlier: &Earlier) -> Result<Vec<(&'static TableSpec, RecordBatch)>, TellError> {
    let files = section::all()?;
    let report = Engine::over(session).without(&earlier.kept).report(files, Scope::Claims, None)?;
    let claims = earlier.claims.iter().filter_map(ClaimsView::of).collect::<Vec<_>>();
    let evidence = earlier.evidence.iter().filter_map(ClaimEvidenceView::of).collect::<Vec<_>>();
    let mut said: BTreeMap<&str, Vec<ClaimRow<'_>>> = BTreeMap::new();
    for row in claims.iter().flat_map(ClaimsView::rows) {
        if let Some(place) = place_of(row.claim).filter(|p| earlier.kept.contains(*p)) {
            said.entry(place).or_default().push(row);
        }
    }
    let mut stands_on: BTreeMap<&str, Vec<ClaimEvidenceRow<'_>>> = BTreeMap::new();
    for row in evidence.iter().flat_map(ClaimEvidenceView::rows) {
        if place_of(row.claim).is_some_and(|p| earlier.kept.contains(p)) {
            let moved = earlier.moved.get(row.repo).filter(|(then, _)| row.commit == Some(then));
            let commit = moved.map(|(_, now)| now.as_str()).or(row.commit);
            stands_on.entry(row.claim).or_default().push(ClaimEvidenceRow { commit, ..row });
        }
    }
    let mut rows = SentenceRows::default();
    for (file, section) in files.iter().zip(&report.sections) {
        let mut new: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
        for claim in section.blocks.iter().filter_map(|b| if let Block::Claim(c) = b { Some(c) } else { None }) {
            new.entry(claim.key.as_str()).or_default().push(claim);
        }
        let mut position = 0;
        for block in file.blocks.iter().filter(|b| b.claim.is_some()) {
            for row in said.get(format!("{}/{}", file.id, block.key()).as_str()).into_iter().flatten() {
                rows.again(row, position, stands_on.get(row.claim).map_or(&[], Vec::as_slice));
                position += 1;
            }
            for claim in new.get(block.key()).into_iter().flatten() {
                rows.claim(&section.id, position, claim);
                position += 1;
            }
        }
    }
    Ok(rows.finish())
}

/// `section/key` of a claim's id.
fn place_of(claim: &str) -> Option<&str> {
    claim.match_indices('/').nth(1).map(|(at, _)| &claim[..at])
}
