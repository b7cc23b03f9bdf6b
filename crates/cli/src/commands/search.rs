//! `sightline search`: one box for everything.

use anyhow::Result;
use clap::Args;
use sightline_facts::session::Session;
use sightline_search::{Hit, Index, Kind, MOST_HITS};
use sightline_tell::text::visible;

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// Find components, endpoints, tables, topics, packages, people's teams, files, symbols and words
#[derive(Debug, Args)]
#[command(
    after_help = "Whole names come first, then beginnings, then words inside names (`orderService` has the word `service`), then names with a letter or two wrong; components before endpoints, data, technologies, teams, documents and code. The first search after a scan makes the index.\n\nExamples:\n  sightline search checkout\n  sightline search \"POST /orders\"\n  sightline search email --kind field\n  sightline search paymnt --json"
)]
pub(crate) struct Search {
    /// What to look for
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Only this kind: component, endpoint, table, topic, technology, team, issue, pull, release, term, package, field,
    /// setting, heading, module, file or symbol
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// Answers at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::of(text).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|k| k.id()).collect();
        format!("there is no such kind; the kinds are {}", known.join(", "))
    })
}

pub(crate) fn run(command: &Search, global: &Global) -> Result<Exit> {
    if command.limit == 0 || command.limit > MOST_HITS {
        return Err(UsageError(format!("`--limit` is a number from 1 to {}", output::exact(MOST_HITS as u64))).into());
    }
    let workspace = place::existing(global)?;
    let session = Session::over(&workspace)?;
    let folder = workspace.search_dir();
    if !global.quiet && !global.json && !Index::is_built(&session, &folder) {
        output::say("making the search index, once after each scan");
    }
    let index = Index::open_or_build(&session, &folder)?;
    let query = command.words.join(" ");
    let hits = index.search_kind(&query, command.kind, command.limit)?;
    if global.json {
        output::json(&serde_json::Value::Array(hits.iter().map(json).collect()))?;
        return Ok(Exit::Done);
    }
    if hits.is_empty() {
        let kinds = command.kind.map_or("things of all kinds".to_owned(), |k| format!("things of kind {k}"));
        let searched = output::exact(index.len());
        output::data(&format!(
            "Nothing like `{}` was found (searched {searched} entries for {kinds}).\n",
            visible(&query)
        ))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let width = output::width();
    for hit in &hits {
        let line = format!("{:11} {}", hit.kind.id(), visible(&hit.title));
        let more = [visible(&hit.detail), place_of(hit)].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>();
        put(
            &mut text,
            format_args!(
                "{line}\n{:11} {}\n",
                "",
                sightline_tell::text::shorten_end(&more.join("  "), width.saturating_sub(12))
            ),
        );
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

fn place_of(hit: &Hit) -> String {
    match hit.line_start {
        // The detail of a file is its path already.
        0 => String::new(),
        line => format!("{}:{line}", visible(&hit.path)),
    }
}

fn json(hit: &Hit) -> serde_json::Value {
    serde_json::json!({
        "kind": hit.kind.id(),
        "id": hit.id,
        "title": hit.title,
        "detail": hit.detail,
        "repo": hit.repo,
        "path": hit.path,
        "line_start": hit.line_start,
        "subject": hit.link_subject,
    })
}
