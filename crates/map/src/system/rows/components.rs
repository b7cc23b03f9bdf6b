//! Parts as rows of `components`.

use std::collections::BTreeMap;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::tables::components::{ComponentRow, ComponentsBuilder};
use sightline_facts::tables::map_evidence::MapEvidenceBuilder;

use super::words::{areas, owner_of, purpose};
use super::{id_of, prove, sorted};
use crate::catalogue::Catalogue;
use crate::system::facts::Facts;
use crate::system::links::Links;
use crate::system::names::{is_below, key};
use crate::system::offers::Endpoint;
use crate::system::parts::{Part, Parts, is_program};

/// Writes the parts in the order of their ids, and what proves them.
#[expect(clippy::too_many_arguments, reason = "what one table is made from")]
pub(super) fn component_rows(
    facts: &Facts,
    catalogue: &Catalogue,
    parts: &Parts,
    links: &Links,
    endpoints: &[Endpoint],
    ids: &[String],
    order: &[usize],
    proof: &mut MapEvidenceBuilder,
) -> RecordBatch {
    let areas = areas(parts);
    let mut rows = ComponentsBuilder::default();
    for at in order {
        let part = &parts.all[*at];
        let id = id_of(ids, *at);
        let evidence = sorted(&part.evidence);
        let Some(first) = evidence.first() else { continue };
        prove(proof, &id, &evidence);
        let code = code_of(facts, parts, part);
        let n_endpoints = endpoints.iter().filter(|e| e.part == *at).count();
        let uses = links.all.keys().filter(|(from, _)| from == at).count();
        let used_by = links.all.keys().filter(|(_, to)| to == at).count();
        let technology = part.technology.as_deref().map(|t| catalogue.get(t).map_or(t, |t| t.name.as_str()));
        let purpose = purpose(facts, catalogue, part, code.language.as_deref(), n_endpoints);
        let mut aliases: Vec<&str> =
            part.aliases.values().map(String::as_str).filter(|a| key(a) != key(&part.name)).collect();
        aliases.sort_unstable();
        let aliases = aliases.join(", ");
        let owner = owner_of(facts, part);
        rows.push(&ComponentRow {
            component: &id,
            name: &part.name,
            kind: &part.kind,
            purpose: &purpose,
            technology,
            language: code.language.as_deref(),
            folder: part.root.as_ref().map(|(_, folder)| folder.as_str()),
            aliases: Some(aliases.as_str()).filter(|a| !a.is_empty()),
            area: areas.get(at).map(String::as_str),
            owner: owner.as_deref(),
            is_outside: part.is_outside,
            is_development: part.is_development,
            code_lines: code.lines,
            n_endpoints: i64::try_from(n_endpoints).unwrap_or(i64::MAX),
            n_uses: i64::try_from(uses).unwrap_or(i64::MAX),
            n_used_by: i64::try_from(used_by).unwrap_or(i64::MAX),
            basis: part.basis,
            repo: &first.place.repo,
            commit: first.place.commit.as_deref(),
            path: &first.place.path,
            line_start: first.place.line_start,
            line_end: first.place.line_end,
            rule: &first.place.rule,
            seen: &first.place.seen,
            ..ComponentRow::default()
        });
    }
    rows.finish()
}

#[derive(Default)]
struct Code {
    lines: i64,
    language: Option<String>,
}

/// Lines and main language of the code in a part's folder, without folders of other parts below it.
fn code_of(facts: &Facts, parts: &Parts, part: &Part) -> Code {
    let Some((repo, folder)) = &part.root else { return Code::default() };
    let inner: Vec<&str> = parts
        .all
        .iter()
        .filter_map(|p| p.root.as_ref())
        .filter(|(r, f)| r == repo && f != folder && is_below(f, folder))
        .map(|(_, f)| f.as_str())
        .collect();
    let mut by_language: BTreeMap<&str, i64> = BTreeMap::new();
    let Some(files) = facts.files.get(repo) else { return Code::default() };
    let below =
        files.range(folder.clone()..).take_while(|(path, _)| folder.is_empty() || path.starts_with(folder.as_str()));
    for (_, file) in
        below.filter(|(path, f)| is_program(f) && is_below(path, folder) && !inner.iter().any(|i| is_below(path, i)))
    {
        if let Some(language) = &file.language {
            *by_language.entry(language).or_default() += file.code_lines;
        }
    }
    let lines = by_language.values().sum();
    let language =
        by_language.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0))).map(|(l, _)| l.to_owned());
    Code { lines, language }
}
