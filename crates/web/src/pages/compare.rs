//! Comparing with an earlier day or release: the control at the top of every page, what a page says of the time since, and
//! the page of what changed.

use std::sync::Arc;

use axum::response::Response;
use maud::{Markup, html};
use sightline_tell::document::{Report, Section};
use sightline_tell::{TellError, since, text, words};

use super::{Form, Place, told};
use crate::ask::Ask;
use crate::carried::{Carried, heeds};
use crate::facts::Facts;
use crate::reply::Trouble;

/// Releases that the control lists beside the spans; others can be typed.
const MOST_LISTED: usize = 5;
/// Repositories of which a page says how much changed.
const MOST_SAID: usize = 3;

/// What changed since the day that was asked for.
pub(crate) fn page(facts: &Facts, ask: &Ask, carried: &Carried, form: Form) -> Result<Response, Trouble> {
    let report = report(facts, carried)?;
    let place = Place {
        path: "/changes".to_owned(),
        query: carried.query(),
        room: "/changes",
        above: vec![("Releases and changes".to_owned(), "/changes".to_owned())],
    };
    told(facts, ask, place, form, &report, &html! {})
}

/// The page as a report.
pub(crate) fn report(facts: &Facts, carried: &Carried) -> Result<Arc<Report>, Trouble> {
    facts.report(&format!("since {}", carried.query()), |session| {
        let period = since::period(session, &carried.since, &carried.until)?;
        Ok(since::load(session, &period, &carried.repo)?)
    })
}

/// What the page of the address says of the time since the day that is compared with. A day of which nothing can be said
/// spoils no page: what is wrong with it stands there in its place.
pub(crate) fn line(facts: &Facts, ask: &Ask, part: Option<&str>) -> Markup {
    let carried = Carried::of(ask);
    if carried.since.is_empty() {
        return html! {};
    }
    let report = match report(facts, &carried) {
        Ok(report) => report,
        Err(trouble) => return html! { div class="since" role="note" { p { (said(&trouble)) } } },
    };
    let title = report.sections.first().map(|s| s.title.clone()).unwrap_or_default();
    let leads = report.sections.iter().flat_map(Section::claims).filter(|c| c.key == "since");
    let n = |value: i64, noun: &str| format!("{} {}", words::exact(value), words::noun(value, noun));
    html! {
        div class="since" role="note" {
            @if let Some(part) = part {
                @match since::of_part(&report, part) {
                    Some(it) => { p { (title) ": " (n(it.n_commits, "commit")) " by " (n(it.n_people, "person/people")) " changed files of this part, " (n(it.added, "line")) " added and " (words::exact(it.deleted)) " deleted." } }
                    None => { p { (title) ": no file of this part changed, as far as the history of its folder tells." } }
                }
            } @else {
                @for claim in leads.take(MOST_SAID) { p { (text::visible(&claim.text)) } }
            }
            p { a href=(carried.on("/changes")) { "See what changed" } " · the figures of this page are those of now" }
        }
    }
}

/// An error in words for a page.
fn said(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Tell(TellError::NoDate { given, detail }) => {
            format!("Nothing can be compared with “{}”: {detail}.", text::visible(given))
        }
        other => other.to_string(),
    }
}

/// The date of the facts, and what they can be compared with.
pub(crate) fn control(facts: &Facts, ask: &Ask, as_of: &str) -> Markup {
    let carried = Carried::of(ask);
    let choices = &facts.dates.choices;
    let is_compared = !carried.since.is_empty();
    // Whoever compares stays on the page; whoever begins to is shown what changed.
    let here = if is_compared && heeds(ask.path.trim_start_matches('/')) { ask.path.as_str() } else { "/changes" };
    let to = |since: &str| Carried { since: since.to_owned(), ..carried.clone() }.on(here);
    let mut n_releases = 0;
    let listed: Vec<_> = choices
        .iter()
        .filter(|choice| {
            n_releases += usize::from(!choice.is_span);
            choice.is_span || n_releases <= MOST_LISTED || choice.value == carried.since
        })
        .collect();
    let none = Carried { repo: carried.repo.clone(), ..Carried::default() };
    html! {
        button class="asof" popovertarget="dates" {
            (as_of)
            @if is_compared { ", compared with " bdi { (text::shorten_end(&text::visible(&carried.since), 30)) } }
        }
        div id="dates" popover="auto" {
            h2 class="h3" { "Compare with an earlier day" }
            @match facts.dates.reach {
                None => { p class="note" { "No history was read, so there is nothing to compare with. A clone of a repository has one, a plain folder has not." } }
                Some((first, last)) => {
                    p class="note" { "The history reaches from " (words::date(first)) " to " (words::date(last)) ". The map is that of now; what came, went and changed is told from commits, releases and linked work." }
                    form action="/changes" {
                        label { "From (a day or a release)" input name="since" list="since-choices" required maxlength="200" value=(carried.since) placeholder="2026-09-01" autocomplete="off"; }
                        label { "To" input name="until" list="since-choices" maxlength="200" value=(carried.until) placeholder="now" autocomplete="off"; }
                        @if !carried.repo.is_empty() { input type="hidden" name="repo" value=(carried.repo); }
                        button { "Show what changed" }
                        datalist id="since-choices" { @for choice in choices { option value=(choice.value) { (choice.words) } } }
                    }
                    @if !listed.is_empty() {
                        ul { @for choice in &listed {
                            li { a href=(to(&choice.value)) data-date aria-current=[(choice.value == carried.since).then_some("true")] {
                                @if choice.is_span { (choice.words) } @else { bdi { (text::shorten_end(&text::visible(&choice.value), 40)) } ", " (choice.words) }
                            } }
                        } }
                    }
                    @if is_compared { p { a href=(none.on(if here == "/changes" { "/changes" } else { here })) { "Stop comparing" } } }
                }
            }
        }
    }
}

/// The choice of one of several repositories, on pages that can be about one.
pub(crate) fn scope(facts: &Facts, ask: &Ask) -> Markup {
    let path = ask.path.trim_start_matches('/');
    if facts.sources.len() < 2 || !heeds(path) || path.starts_with("component/") || path == "flow" {
        return html! {};
    }
    let carried = Carried::of(ask);
    html! {
        form class="scope" action=(ask.path) {
            label class="off" for="scope" { "Repository" }
            select id="scope" name="repo" {
                option value="" { "All repositories" }
                @for source in &facts.sources { option value=(source.repo) selected[source.repo == carried.repo] { (text::shorten_middle(&text::visible(&source.repo), 40)) } }
            }
            @if !carried.since.is_empty() { input type="hidden" name="since" value=(carried.since); }
            @if !carried.until.is_empty() { input type="hidden" name="until" value=(carried.until); }
            " " button { "Show" }
        }
    }
}
