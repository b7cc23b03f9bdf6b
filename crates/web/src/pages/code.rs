//! Cited lines, read again from the source at the commit.

use axum::response::Response;
use maud::{Markup, html};
use sightline_read::excerpt::{Excerpt, ExcerptError, cut, excerpt};
use sightline_tell::document::Evidence;
use sightline_tell::{address, host, render, text};

use crate::ask::{App, Ask};
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// Lines shown around the cited ones.
const AROUND: usize = 8;
/// The same after asking for more.
const AROUND_MORE: usize = 120;

/// Lines of a file.
pub(crate) async fn get(ask: Ask) -> Response {
    ask.facts(|facts, ask| {
        let number = |name: &str| ask.number(name).and_then(|n| i64::try_from(n).ok()).filter(|n| *n > 0);
        let at = Evidence {
            repo: ask.get("repo").to_owned(),
            commit: (!ask.get("commit").is_empty()).then(|| ask.get("commit").to_owned()),
            path: Some(ask.get("path").to_owned()),
            lines: number("from").map(|from| (from, number("to").unwrap_or(from).max(from))),
            ..Evidence::default()
        };
        let more = ask.get("around") == "more";
        let found = lines(&ask.app, facts, &at, if more { AROUND_MORE } else { AROUND })?;
        let title = text::shorten_middle(&render::place(&at), 120);
        let main = html! {
            h1 class="path" { bdi { (title) } }
            p class="q" { "What stands in these lines, read again from " bdi { (text::visible(&at.repo)) } "." }
            (listing(&found, at.lines, &title))
            p class="acts" {
                @if !more { a href={ (address::code(&at).unwrap_or_default()) "&around=more" } { "Show more around it" } }
                (elsewhere(facts, &at))
            }
        };
        Ok(reply::page(ask, Some(facts), &Page { title, room: "/trust", main, ..Page::default() }))
    })
    .await
}

/// The lines of evidence, of a source or of the workspace's own settings.
pub(crate) fn lines(app: &App, facts: &Facts, at: &Evidence, around: usize) -> Result<Excerpt, Trouble> {
    let path = at.path.as_deref().unwrap_or_default();
    let range = at.lines.and_then(|(a, b)| Some((usize::try_from(a).ok()?, usize::try_from(b).ok()?)));
    if let Some(source) = facts.snapshot.sources.get(&at.repo) {
        return Ok(excerpt(source, path, range, at.commit.as_deref(), around)?);
    }
    // What people corrected is evidence too; it stands in the workspace.
    if at.repo == sightline_map::WORKSPACE && path == sightline_scan::settings::FILE {
        let text = std::fs::read_to_string(app.workspace.root().join(sightline_scan::settings::FILE))
            .map_err(|e| ExcerptError::NotShown { path: path.to_owned(), why: e.kind().to_string() })?;
        return Ok(cut(&text, range, around));
    }
    Err(Trouble::NotFound(format!("no repository `{}` was read", text::shorten_middle(&at.repo, 100))))
}

/// Lines with their numbers; the cited ones are marked.
pub(crate) fn listing(found: &Excerpt, cited: Option<(i64, i64)>, place: &str) -> Markup {
    let is_cited = |n: usize| {
        let n = i64::try_from(n).unwrap_or(0);
        cited.is_some_and(|(from, to)| n >= from && n <= to)
    };
    html! {
        @if found.lines.is_empty() {
            p class="note" { "These lines are not there any more; the file has " (found.total) "." }
        } @else {
            pre class="code" tabindex="0" role="region" aria-label={ "Lines of " (place) } {
                @for (i, line) in found.lines.iter().enumerate() {
                    @let n = found.first + i;
                    @if is_cited(n) { mark { span class="ln-no" { (n) " " } (visible_line(line)) } } @else { span { span class="ln-no" { (n) " " } (visible_line(line)) } }
                    "\n"
                }
            }
        }
    }
}

/// A line as it stands, its indentation kept and what cannot be seen made visible.
fn visible_line(line: &str) -> String {
    let body = line.trim_start_matches([' ', '\t']);
    format!("{}{}", &line[..line.len() - body.len()], text::visible(body))
}

/// A link to the same lines at the code host.
pub(crate) fn elsewhere(facts: &Facts, at: &Evidence) -> Markup {
    let source = facts.sources.iter().find(|s| s.repo == at.repo);
    html! {
        @if let Some(url) = host::link(source, at) {
            " " a href=(url) rel="noreferrer noopener" { "Open in the code host" }
        }
    }
}
