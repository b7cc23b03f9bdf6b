//! What stands around each page: the rail, the header with its date, breadcrumbs, the place for evidence.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sightline_tell::document::Source;
use sightline_tell::{render, text, words as numbers};

use crate::ask::Ask;
use crate::carried::Carried;
use crate::facts::Facts;
use crate::pages::compare;

/// What the script may take: see `ux.md`, 8. A test holds it to that.
pub(crate) static SCRIPT: &str = include_str!("../assets/script.js");
/// What the app adds to the style of reports.
pub(crate) static STYLE: &str = include_str!("../assets/style.css");
/// The mark in the browser's tab.
pub(crate) static MARK: &str = include_str!("../assets/mark.svg");

/// A page before it is put into its shell.
#[derive(Default)]
pub(crate) struct Page {
    /// Title, for the browser and for breadcrumbs.
    pub(crate) title: String,
    /// Path of the entry of the rail to which it belongs.
    pub(crate) room: &'static str,
    /// Pages above it: name and address.
    pub(crate) above: Vec<(String, String)>,
    /// Other forms of the same content: word and address.
    pub(crate) forms: Vec<(&'static str, String)>,
    /// Everything between header and footer.
    pub(crate) main: Markup,
}

/// An entry of the rail: address, name, and the key that leads there after `g`.
type Room = (&'static str, &'static str, &'static str);

/// The rail: groups of pages by what they are for.
pub(crate) const RAIL: &[(&str, &[Room])] = &[
    (
        "See",
        &[
            ("/", "Start", "s"),
            ("/answers", "First questions", "a"),
            ("/documents", "In its own words", "w"),
            ("/map", "Map", "m"),
            ("/flows", "Flows", "f"),
            ("/endpoints", "Endpoints", "n"),
            ("/data", "Data", "d"),
            ("/outside", "Outside", "o"),
        ],
    ),
    (
        "Judge",
        &[
            ("/stack", "Stack", "k"),
            ("/configuration", "Configuration", "x"),
            ("/changes", "Changes", "c"),
            ("/health", "Health", "h"),
        ],
    ),
    (
        "Run",
        &[
            ("/program", "Program", "p"),
            ("/dependencies", "Dependencies", "l"),
            ("/scan", "Scan", "r"),
            ("/corrections", "Corrections", "e"),
        ],
    ),
    (
        "Check",
        &[
            ("/metrics", "Metrics", "v"),
            ("/tables", "Tables", "b"),
            ("/sql", "SQL", "q"),
            ("/trust", "Trust", "t"),
            ("/glossary", "Glossary", "g"),
        ],
    ),
];

/// A page with everything around it.
pub(crate) fn whole(ask: &Ask, facts: Option<&Facts>, page: &Page) -> Markup {
    let sources: &[Source] = facts.map(|f| f.sources.as_slice()).unwrap_or_default();
    let system = facts.map(|f| f.name.clone()).unwrap_or_default();
    let carried = Carried::of(ask);
    let version = &ask.app.launch[..12];
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="same-origin";
                title { (page.title) @if !system.is_empty() { " · " (system) } " · Sightline" }
                link rel="icon" href="/mark.svg" type="image/svg+xml";
                link rel="stylesheet" href={ "/style.css?v=" (version) };
                script src={ "/script.js?v=" (version) } defer {}
            }
            body class="app" data-path=(ask.path) data-print={ (system) @if !system.is_empty() { ", " } (as_of(sources)) } {
                a class="skip" href="#main" { "Skip to the page" }
                header class="bar" {
                    button class="menu" popovertarget="rail" { "Menu" }
                    a class="home" href=(carried.on("/")) { bdi { @if system.is_empty() { "Sightline" } @else { (system) } } }
                    form class="find" role="search" aria-label="Everything" action="/search" {
                        label class="off" for="find" { "Search parts, endpoints, files, words" }
                        input id="find" type="search" name="q" value=(if ask.path == "/search" { ask.get("q") } else { "" }) placeholder="Search  /" autocomplete="off" maxlength="200";
                    }
                    @match facts {
                        Some(facts) => { (compare::scope(facts, ask)) (compare::control(facts, ask, &as_of(sources))) }
                        None => { span class="asof" { (as_of(sources)) } }
                    }
                }
                nav id="rail" popover="auto" aria-label="Pages" {
                    @for (group, rooms) in RAIL {
                        h2 { (group) }
                        ul {
                            @for (href, name, key) in *rooms {
                                li { a href=(carried.on(href)) data-key=(key) aria-current=[(*href == page.room).then_some("page")] { (name) } }
                            }
                        }
                    }
                    @if ask.app.has_siblings { p class="keys" { a href="/w/" { "All workspaces" } } }
                    p class="keys" { a href="/help" { "Help and keys" } }
                }
                main id="main" tabindex="-1" {
                    @if !page.above.is_empty() {
                        nav class="crumbs" aria-label="Above this page" {
                            ol {
                                @for (name, href) in &page.above { li { a href=(href) { bdi { (name) } } } }
                                li aria-current="page" { bdi { (page.title) } }
                            }
                        }
                    }
                    (page.main)
                    @if !page.forms.is_empty() {
                        p class="forms" {
                            "This page as "
                            @for (i, (word, href)) in page.forms.iter().enumerate() {
                                @if i > 0 { ", " }
                                a href=(href) { (word) }
                            }
                            "."
                        }
                    }
                }
                aside id="panel" aria-label="Evidence" hidden {}
                footer {
                    p { "Figures in sentences are rounded to three digits; tables are exact. " code { "sightline verify" } " reads every cited line again." }
                }
                div id="said" class="off" role="status" {}
            }
        }
    }
}

/// As of when the facts are.
fn as_of(sources: &[Source]) -> String {
    let Some(newest) = sources.iter().map(|s| s.as_of).max() else { return "nothing read yet".to_owned() };
    let commit = match sources {
        [one] => one.commit.as_deref().map(|c| format!(", commit {}", render::short(c))).unwrap_or_default(),
        _ => String::new(),
    };
    format!("as of {}{commit}", numbers::date(newest))
}

/// Text of ours in which back-ticks set code.
pub(crate) fn words(text: &str) -> Markup {
    html! {
        @for (i, part) in text.split('`').enumerate() {
            @if i % 2 == 1 { code { (text::visible(part)) } } @else { (text::visible(part)) }
        }
    }
}

/// Markup that was set before.
pub(crate) fn set(body: &str) -> Markup {
    PreEscaped(body.to_owned())
}
