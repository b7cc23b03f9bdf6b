//! Reading the sources again: the button, how far it is, and the news for the script.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::Form as Sent;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use sightline_tell::{text, words};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::WatchStream;

use super::correct;
use crate::ask::Ask;
use crate::reply;
use crate::shell::{self, Page};

/// A button that begins a scan.
pub(crate) fn button(ask: &Ask) -> Markup {
    html! {
        @if ask.visitor.may_edit() {
            form method="post" action="/scan" class="act" {
                input type="hidden" name="csrf" value=(ask.visitor.csrf);
                button { "Read the sources again" }
            }
        } @else {
            p class="note" { "You came in as a reader; an editor can read the sources again." }
        }
    }
}

/// How far a scan is, and what the sources are.
pub(crate) async fn get(ask: Ask) -> Response {
    ask.blocking(|ask| {
        let facts = ask.app.door.facts().ok();
        let state = ask.app.scans.state();
        let sources = facts.as_ref().map(|f| f.snapshot.sources.values().collect::<Vec<_>>()).unwrap_or_default();
        let main = html! {
            h1 { "Scan" }
            p class="q" { "What was read, and is it still so?" }
            div id="scan" data-phase=(state.phase) {
                @match state.phase {
                    "running" => {
                        p class="lead" { "Reading" @if !state.source.is_empty() { " " bdi { (state.source) } } ": " (state.stage) "." }
                        p class="note" role="status" { (words::exact(i64::try_from(state.done).unwrap_or(0))) @if let Some(total) = state.total { " of " (words::exact(i64::try_from(total).unwrap_or(0))) } ". You can leave this page; the pages show the facts from before until it is done." }
                        progress max=[state.total] value=[state.total.map(|_| state.done)] aria-label="How far it is" {}
                        @if ask.visitor.may_edit() {
                            form method="post" action="/scan/stop" class="act" {
                                input type="hidden" name="csrf" value=(ask.visitor.csrf);
                                button { "Stop" }
                            }
                        }
                        p class="note" { a href="/scan" { "Look again" } }
                    }
                    "done" => { p class="lead" { "The scan is done. " (state.outcome) } (button(ask)) }
                    "failed" => {
                        div class="att" role="alert" { span class="sh" aria-hidden="true" { "▲" } p { (shell::words(&state.outcome.replace("\nhelp: ", ". "))) } }
                        p class="note" { "All pages show the facts from before." }
                        (button(ask))
                    }
                    _ => { p class="lead" { "A scan reads only what changed since the last one." } (button(ask)) }
                }
            }
            @if !sources.is_empty() {
                div class="tw" role="region" aria-label="Sources" tabindex="0" {
                    table {
                        caption { "Sources of this workspace." }
                        thead { tr { th scope="col" { "Source" } th scope="col" { "Commit" } th scope="col" { "Read" } } }
                        tbody { @for source in sources { tr {
                            th scope="row" { bdi { (text::visible(&source.name)) } }
                            td { code { (source.commit.as_deref().map_or_else(|| "none: a plain folder".to_owned(), sightline_tell::render::short)) } }
                            td { (source.read_at.get(..16).unwrap_or(&source.read_at).replace('T', " ")) " UTC" }
                        } } }
                    }
                }
            }
        };
        let page = Page { title: "Scan".to_owned(), room: "/scan", main, ..Page::default() };
        reply::page(ask, facts.as_deref(), &page)
    })
    .await
}

/// Begins a scan.
pub(crate) async fn start(ask: Ask, Sent(form): Sent<BTreeMap<String, String>>) -> Response {
    ask.blocking(move |ask| match correct::may(ask, &form) {
        Ok(()) => {
            ask.app.scans.start(ask.app.workspace.clone());
            reply::see("/scan")
        }
        Err(trouble) => reply::trouble(ask, ask.app.door.facts().ok().as_deref(), &trouble),
    })
    .await
}

/// Stops a running scan.
pub(crate) async fn stop(ask: Ask, Sent(form): Sent<BTreeMap<String, String>>) -> Response {
    ask.blocking(move |ask| match correct::may(ask, &form) {
        Ok(()) => {
            ask.app.scans.stop();
            reply::see("/scan")
        }
        Err(trouble) => reply::trouble(ask, ask.app.door.facts().ok().as_deref(), &trouble),
    })
    .await
}

/// News of a scan as they come, until it is over or the server ends.
pub(crate) async fn events(ask: Ask) -> Response {
    let ending = WatchStream::new(ask.app.ending.clone()).filter(|end| *end).map(|_| None);
    let news = WatchStream::new(ask.app.scans.watch()).map(Some);
    let news = news.merge(ending).take_while(Option::is_some).filter_map(|state| state).map(|state| {
        let data = serde_json::to_string(&state).unwrap_or_default();
        Ok::<_, Infallible>(Event::default().event("scan").data(data))
    });
    Sse::new(news).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}
