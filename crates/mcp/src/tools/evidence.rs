//! The tool that opens what answers stand on.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use sightline_facts::secrets::mask;
use sightline_facts::session::Value as Parameter;
use sightline_read::excerpt::excerpt;
use sightline_tell::answers::names;
use sightline_tell::render;
use sightline_tell::text::{put, visible};

use crate::error::ToolError;
use crate::evidence::Place;
use crate::limits::WIDTH;
use crate::reply::Reply;
use crate::state::{Facts, State};

/// Lines of one excerpt at most.
const MOST_LINES: usize = 120;

/// Arguments of `evidence`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    /// An evidence id of another answer, `place:…` or `claim:…`. It may be left out where `path` is given.
    id: Option<String>,
    /// Repository; needed with `path` where there are several.
    repo: Option<String>,
    /// File, relative to the root of its repository.
    path: Option<String>,
    /// First line, counted from 1.
    line_start: Option<u32>,
    /// Last line.
    line_end: Option<u32>,
    /// Lines to show before and after; 2 when nothing is said, never more than 20.
    context: Option<u32>,
}

pub(super) fn evidence(state: &State, given: &Evidence) -> Result<Reply, ToolError> {
    let facts = state.facts()?;
    let around = usize::try_from(given.context.unwrap_or(2).min(20)).unwrap_or(2);
    if let Some(claim) = given.id.as_deref().and_then(|id| id.strip_prefix("claim:")) {
        return claim_behind(state, &facts, claim);
    }
    let repos: Vec<String> = facts.snapshot.sources.values().map(|s| s.name.clone()).collect();
    let place = match (&given.id, &given.path) {
        (Some(id), _) => Place::parse(id, &repos).ok_or_else(|| {
            ToolError::Arguments(format!(
                "`{id}` is no evidence id\nhelp: take one from another answer, such as `place:repo:path:3-5@commit`"
            ))
        })?,
        (None, Some(path)) => asked_place(given, path, &repos)?,
        (None, None) => {
            return Err(ToolError::Arguments("`id` or `path` is needed".to_owned()));
        }
    };
    lines(&facts, &place, around)
}

fn asked_place(given: &Evidence, path: &str, repos: &[String]) -> Result<Place, ToolError> {
    let repo = match (&given.repo, repos) {
        (Some(repo), _) => repo.clone(),
        (None, [one]) => one.clone(),
        (None, _) => {
            return Err(ToolError::Arguments(format!(
                "there are several repositories; `repo` is one of {}",
                repos.join(", ")
            )));
        }
    };
    let line = |l: Option<u32>| l.and_then(|l| usize::try_from(l).ok()).filter(|l| *l > 0);
    let lines = line(given.line_start).map(|from| (from, line(given.line_end).unwrap_or(from).max(from)));
    Ok(Place { repo, path: path.to_owned(), lines, commit: None })
}

fn lines(facts: &Facts, place: &Place, around: usize) -> Result<Reply, ToolError> {
    let source = facts.snapshot.sources.values().find(|s| s.name == place.repo).ok_or_else(|| {
        let known: Vec<String> = facts.snapshot.sources.values().map(|s| s.name.clone()).collect();
        names::none_of("repository", &place.repo, &known, "`report_section` with `trust` lists them")
    })?;
    // Without lines, the beginning of the file.
    let asked = place.lines.or(Some((1, MOST_LINES)));
    let mut found = excerpt(source, &place.path, asked, place.commit.as_deref(), around)?;
    let is_cut = found.lines.len() > MOST_LINES;
    found.lines.truncate(MOST_LINES);
    let commit = place.commit.as_deref().or(source.commit.as_deref());
    let at = commit.map(|c| format!(" at commit {}", visible(c))).unwrap_or_default();
    let mut text = format!("{} in {}{at}, {} lines in all\n", visible(&place.path), visible(&place.repo), found.total);
    for (i, line) in found.lines.iter().enumerate() {
        put(&mut text, format_args!("{:>6}  {}\n", found.first + i, visible(line)));
    }
    let last = found.first + found.lines.len().saturating_sub(1);
    let data = json!({
        "repo": place.repo, "commit": commit, "path": place.path,
        "line_start": place.lines.map(|l| l.0), "line_end": place.lines.map(|l| l.1),
        "first_line": found.first, "last_line": last, "n_lines": found.total, "lines": found.lines,
    });
    Ok(Reply { text, data, is_cut })
}

/// The sentence, its query and the places it stands on.
fn claim_behind(state: &State, facts: &Facts, id: &str) -> Result<Reply, ToolError> {
    let parameters = [("id", Parameter::Text(id))];
    let claim = "select claim, repo, text, basis, query from claims where claim = :id";
    let claim = render::rows_json(&facts.session.query_with(claim, &parameters)?);
    let Some(query) = claim[0]["query"].as_str() else {
        let known = render::rows_json(&facts.session.query("select claim from claims order by claim")?);
        let known: Vec<String> =
            known.as_array().into_iter().flatten().filter_map(|r| r["claim"].as_str().map(str::to_owned)).collect();
        return Err(names::none_of("sentence", id, &known, "`sql` over `claims` lists them").into());
    };
    let places = "select repo, commit, path, line_start, line_end, quote, about, from_table from claim_evidence \
                  where claim = :id order by position limit 50";
    let places = facts.session.query_with(places, &parameters)?;
    let answer = facts.session.query_within(query, &state.limits(20))?;
    let text = format!(
        "{} ({})\n\nSQL:\n{}\n\nAnswer:\n{}\nEvidence:\n{}",
        visible(claim[0]["text"].as_str().unwrap_or_default()),
        claim[0]["basis"].as_str().unwrap_or_default(),
        query.trim(),
        render::table(&answer.batches, WIDTH),
        render::table(&places, WIDTH).lines().map(mask).collect::<Vec<_>>().join("\n")
    );
    let mut places = render::rows_json(&places);
    for place in places.as_array_mut().into_iter().flatten() {
        if let Some(quote) = place["quote"].as_str().map(|q| mask(q).into_owned()) {
            place["quote"] = quote.into();
        }
    }
    let data = json!({
        "claim": id, "text": claim[0]["text"], "basis": claim[0]["basis"], "query": query,
        "answer": render::rows_json(&answer.batches), "places": places,
    });
    Ok(Reply { text, data, is_cut: answer.is_cut })
}
