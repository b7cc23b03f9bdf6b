//! What a sentence stands on: how it is known, the lines, the rule, the question to the facts. As a page of its own, and
//! as the inside of the panel beside the page that says it.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use sightline_facts::secrets::mask;
use sightline_tell::document::{Claim, Evidence, Report, Section};
use sightline_tell::{address, render, text, words};

use super::{code, compare, component, correct, flow, glossary};
use crate::ask::Ask;
use crate::carried::Carried;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::Page;

/// Lines shown around cited ones here; `/code` has more.
const AROUND: usize = 2;
/// Cited lines shown of one place.
const MOST_LINES: i64 = 12;

/// Evidence of one claim.
pub(crate) async fn get(ask: Ask) -> Response {
    ask.facts(|facts, ask| {
        let claim = find(facts, ask)?;
        let inside = panel(facts, ask, &claim);
        if ask.get("panel") == "1" {
            return Ok(reply::markup(StatusCode::OK, inside));
        }
        let back = back(ask);
        let page = Page {
            title: "Evidence".to_owned(),
            above: vec![("The page that says it".to_owned(), back)],
            main: html! { div class="alone" { (inside) } },
            ..Page::default()
        };
        Ok(reply::page(ask, Some(facts), &page))
    })
    .await
}

/// The page that says it: a path of ours, never another place.
fn back(ask: &Ask) -> String {
    let on = ask.get("on");
    if on.starts_with('/') && !on.starts_with("//") && !on.contains('\\') { on.to_owned() } else { "/".to_owned() }
}

/// The claim, as it is stored or as the page makes it that says it.
fn find(facts: &Facts, ask: &Ask) -> Result<Claim, Trouble> {
    let id = ask.get("id");
    if let Some(claim) = sightline_tell::claim(&facts.session, id)? {
        return Ok(claim);
    }
    let of_page = page_report(facts, ask.get("on"))?;
    let claim = of_page.and_then(|r| r.sections.iter().flat_map(Section::claims).find(|c| c.id == id).cloned());
    claim.ok_or_else(|| {
        Trouble::NotFound(format!(
            "no page says a sentence with the id `{}`\nhelp: a scan may have changed it; look at its page again",
            text::shorten_middle(id, 120)
        ))
    })
}

/// The report of a page that makes sentences of its own.
fn page_report(facts: &Facts, on: &str) -> Result<Option<Arc<Report>>, Trouble> {
    if let Some(name) = on.strip_prefix("/component/") {
        let name = decoded(name);
        return Ok(Some(component::report(facts, &name)?));
    }
    if let Some(query) = on.strip_prefix("/changes?") {
        return Ok(Some(compare::report(facts, &chosen(query))?));
    }
    if on == "/glossary" {
        return Ok(Some(glossary::report(facts)?));
    }
    if let Some(of) = on.strip_prefix("/flow?of=") {
        let of = decoded(of);
        return Ok(Some(flow::report(facts, &of)?));
    }
    Ok(None)
}

/// The choice that a query of ours holds.
fn chosen(query: &str) -> Carried {
    let mut chosen = Carried::default();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "repo" => chosen.repo = decoded(value),
            "since" => chosen.since = decoded(value),
            "until" => chosen.until = decoded(value),
            _ => {}
        }
    }
    chosen
}

/// Undoes [`address::encoded`].
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = if *first == b'%' { tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()) } else { None };
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn panel(facts: &Facts, ask: &Ask, claim: &Claim) -> Markup {
    let left = claim.n_rows - i64::try_from(claim.evidence.len()).unwrap_or(0);
    let section = claim.id.split('/').next().unwrap_or_default();
    let here = address::evidence(&claim.id, &back(ask));
    html! {
        h1 class="h3" { "Evidence" }
        p class={ "known " (claim.basis.id()) } { span class="sh" aria-hidden="true" { (claim.basis.shape()) } " " b { (claim.basis.words()) } ". " (claim.basis.meaning()) }
        blockquote class="say" { bdi { (claim.text) } }
        @if let Some(why) = &claim.why { p class="note" { b { "Why it matters: " } (why) } }
        @if let Some(question) = &claim.ask { p class="note" { b { "Ask the team: " } (question) } }
        h2 class="h3" { "It stands on" }
        ol class="spots" {
            @for (n, at) in claim.evidence.iter().enumerate() { li { (spot(facts, ask, at, n + 1)) } }
            @if left > 0 { li class="note" { "and " (words::exact(left)) " more; the question below gives all" } }
        }
        h2 class="h3" { "How it was made" }
        p class="note" { "Sentence " code { (text::visible(&claim.key)) } " of section " code { (text::visible(section)) } ", filled from the answer to this question:" }
        pre class="code" tabindex="0" role="region" aria-label="The question in SQL" { code { (claim.query) } }
        p class="acts" {
            a href=(address::sql(&claim.query)) { "Ask it again in SQL" }
            " " a href=(here) data-copy { "Link to this evidence" }
        }
        (wrong(facts, ask, claim))
    }
}

/// One place: where, what it says, the lines themselves.
fn spot(facts: &Facts, ask: &Ask, at: &Evidence, n: usize) -> Markup {
    let place = text::shorten_middle(&render::place(at), 90);
    let cited = at.lines.map(|(a, b)| (a, b.min(a + MOST_LINES - 1)));
    let shown = Evidence { lines: cited, ..at.clone() };
    let lines = (at.path.is_some() && at.lines.is_some()).then(|| code::lines(&ask.app, facts, &shown, AROUND));
    html! {
        @match address::code(at) {
            Some(href) => { a class="path" href=(href) { bdi { (place) } } }
            None => { span class="path" { bdi { (place) } } }
        }
        @if facts.sources.len() > 1 { " of " bdi { (text::visible(&at.repo)) } }
        @if let Some(about) = &at.about { p class="note" { bdi { (about) } } }
        @match lines {
            Some(Ok(found)) => {
                (code::listing(&found, at.lines, &format!("{place}, {n}")))
                @if cited != at.lines { p class="note" { "The first " (MOST_LINES) " lines; the link shows all." } }
            }
            Some(Err(why)) => { p class="note" { (crate::shell::words(&why.to_string().replace("\nhelp: ", ". "))) } }
            None => { @if let Some(quote) = &at.quote { blockquote { bdi { (mask(quote)) } } } }
        }
        p class="acts" {
            @if !at.from_table.is_empty() { "Row of " a href=(address::table(&at.from_table)) { code { (text::visible(&at.from_table)) } } }
            (code::elsewhere(facts, at))
        }
    }
}

/// "This is wrong": a form where people can correct the map, words where they cannot.
fn wrong(facts: &Facts, ask: &Ask, claim: &Claim) -> Markup {
    let subject = claim.id.rsplit('/').next().unwrap_or_default();
    let mentioned = claim.evidence.iter().filter_map(|e| e.about.as_deref()).chain([subject]);
    let of_page = ask.get("on").strip_prefix("/component/").map(decoded);
    let name = of_page
        .filter(|n| facts.parts.contains(n))
        .or_else(|| mentioned.filter(|m| facts.parts.contains(*m)).map(str::to_owned).next());
    html! {
        details class="wrong" {
            summary { "This is wrong" }
            @match name {
                Some(name) => { (correct::form(ask, &name, "")) }
                None => {
                    p class="note" {
                        "Counts come straight from files and history, and a scan reads them again. What the map says of a part can be corrected: its name, kind, purpose, owner and area, or that it is not there. Choose the part on the "
                        a href="/map" { "map" } ", or name it here:"
                    }
                    (correct::form(ask, "", ""))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_comes_back() {
        for text in ["POST /orders", "a%2Fb", "ü \"x\"", "100%"] {
            assert_eq!(decoded(&address::encoded(text)), text);
        }
        assert_eq!(decoded("%zz%"), "%zz%");
    }
}
