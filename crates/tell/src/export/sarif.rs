//! SARIF 2.1.0: what the Health page says deserves a look, and the files that change often and are hard, for tools of
//! code review. One run for each repository, since a run stands at one commit.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sightline_facts::session::Session;

use super::{Head, Place, ask};
use crate::TellError;
use crate::document::{Claim, Level};
use crate::text::visible;

/// Hotspots of one repository that are listed, the highest first.
const MOST_HOTSPOTS: i64 = 20;

/// One finding, and the rule that it comes from.
struct Finding {
    rule: String,
    about: String,
    help: String,
    repo: String,
    message: String,
    places: Vec<Place>,
    fact: String,
    basis: &'static str,
}

pub(super) fn write(session: &Session, head: &Head) -> Result<String, TellError> {
    let mut findings = claims(session, head)?;
    findings.extend(hotspots(session)?);
    let mut runs = Vec::new();
    for source in &head.sources {
        let own: Vec<&Finding> = findings.iter().filter(|f| f.repo == source.repo).collect();
        let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
        for finding in &own {
            rules.entry(&finding.rule).or_insert(finding);
        }
        let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(i, rule)| (*rule, i)).collect();
        let listed: Vec<Value> = rules
            .values()
            .map(|f| {
                json!({
                    "id": f.rule,
                    "shortDescription": { "text": f.about },
                    "help": { "text": f.help },
                    "defaultConfiguration": { "level": "note" },
                })
            })
            .collect();
        let results: Vec<Value> = own.iter().map(|f| result(f, index[f.rule.as_str()])).collect();
        let mut run = json!({
            "tool": { "driver": { "name": "Sightline", "version": env!("CARGO_PKG_VERSION"), "rules": listed } },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": { "repo": source.repo, "as_of": crate::cell::instant_iso(source.as_of) },
        });
        if let Some(commit) = &source.commit {
            run["properties"]["commit"] = commit.clone().into();
            if let Some(url) = source.url.as_deref().filter(|u| u.contains("://")) {
                run["versionControlProvenance"] = json!([{ "repositoryUri": url, "revisionId": commit }]);
            }
        }
        runs.push(run);
    }
    let whole = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    });
    Ok(format!("{whole:#}\n"))
}

fn result(finding: &Finding, rule: usize) -> Value {
    let locations: Vec<Value> = finding
        .places
        .iter()
        .map(|place| {
            let mut physical = json!({ "artifactLocation": { "uri": uri(&place.path) } });
            if place.line_start > 0 {
                physical["region"] =
                    json!({ "startLine": place.line_start, "endLine": place.line_end.max(place.line_start) });
            }
            json!({ "physicalLocation": physical })
        })
        .collect();
    json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": "note",
        "message": { "text": finding.message },
        "locations": locations,
        "partialFingerprints": { "sightlineFact/v1": finding.fact },
        "properties": { "fact": finding.fact, "basis": finding.basis },
    })
}

/// Sentences of the Health page that deserve a look; those about all repositories belong to the first.
fn claims(session: &Session, head: &Head) -> Result<Vec<Finding>, TellError> {
    let report = crate::load_section(session, "health")?;
    let attention = |c: &&Claim| c.level == Level::Attention && !c.evidence.is_empty();
    Ok(report
        .sections
        .iter()
        .flat_map(crate::document::Section::claims)
        .filter(attention)
        .map(|claim| {
            let repo = claim.repo.clone().or_else(|| claim.evidence.first().map(|e| e.repo.clone()));
            let repo = repo.filter(|r| head.sources.iter().any(|s| s.repo == *r));
            let repo = repo.or_else(|| head.sources.first().map(|s| s.repo.clone())).unwrap_or_default();
            let why = claim.why.clone().unwrap_or_default();
            let ask = claim.ask.as_deref().map(|a| format!(" Ask the team: {a}")).unwrap_or_default();
            let places = claim
                .evidence
                .iter()
                .filter(|e| e.repo == repo)
                .filter_map(|e| {
                    let path = e.path.clone()?;
                    let (line_start, line_end) = e.lines.unwrap_or((0, 0));
                    Some(Place { repo: e.repo.clone(), commit: e.commit.clone(), path, line_start, line_end })
                })
                .take(10)
                .collect();
            Finding {
                rule: format!("health/{}", claim.key),
                about: claim.key.replace('-', " "),
                help: if why.is_empty() { "Deserves a look.".to_owned() } else { format!("{why}{ask}") },
                repo,
                message: claim.text.clone(),
                places,
                fact: format!("claim:{}", claim.id),
                basis: claim.basis.id(),
            }
        })
        .collect())
}

fn hotspots(session: &Session) -> Result<Vec<Finding>, TellError> {
    let rows = ask(
        session,
        &format!(
            "select * from (select *, row_number() over (partition by repo order by score_ratio desc, path) as place from hotspots \
             where score_ratio >= 0.5) where place <= {MOST_HOTSPOTS} order by repo, place"
        ),
    )?;
    let found = rows.rows.iter().map(|row| {
        let text = |name: &str| rows.get(row, name).text().unwrap_or_default();
        let whole = |name: &str| rows.get(row, name).integer().unwrap_or(0);
        let line = whole("hardest_line");
        let (n_changes, complexity) = (whole("n_changes"), whole("complexity"));
        let counted = format!("{} {}", crate::words::exact(n_changes), crate::words::noun(n_changes, "commit"));
        Finding {
            rule: "hotspot".to_owned(),
            about: "changes often and is hard".to_owned(),
            help: "A file that changes often and is hard to follow costs more with each change. Ask the team: what makes it change?"
                .to_owned(),
            repo: text("repo").to_owned(),
            message: format!(
                "{} changed in {} in 12 months and has a cognitive complexity of {} points.",
                visible(text("path")),
                counted,
                crate::words::exact(complexity),
            ),
            places: vec![Place {
                repo: text("repo").to_owned(),
                commit: rows.get(row, "commit").text().map(str::to_owned),
                path: text("path").to_owned(),
                line_start: line,
                line_end: line,
            }],
            fact: format!("hotspots:{}:{}", text("repo"), text("path")),
            basis: "resolved",
        }
    });
    Ok(found.collect())
}

/// A path as a relative reference: everything but what such a reference may hold is written in hundreds.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            crate::text::put(&mut out, format_args!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_stays_one_relative_reference() {
        assert_eq!(super::uri("src/a b#c.rs"), "src/a%20b%23c.rs");
        assert_eq!(super::uri("http://x"), "http%3A//x");
    }
}
