//! Words and their meanings, and help: how to read the pages and which keys there are.

use std::sync::Arc;

use axum::response::Response;
use maud::html;
use sightline_tell::document::{Basis, Report};
use sightline_tell::glossary;

use super::{Form, Place, told};
use crate::ask::Ask;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::{Page, RAIL};

/// The system's own words, then those of the trade.
pub(crate) async fn get(ask: Ask) -> Response {
    get_as(ask, Form::Page).await
}

/// The same in any form.
pub(crate) async fn get_as(ask: Ask, form: Form) -> Response {
    ask.facts(move |facts, ask| {
        let report = report(facts)?;
        let mut terms: Vec<_> = glossary::terms().iter().collect();
        terms.sort_by_key(|t| t.word.to_lowercase());
        let more = html! {
            section class="sec" aria-labelledby="h-trade" {
                h2 id="h-trade" class="h3" { "Words of the trade" }
                p { (terms.len()) " words that pages of every system use, each in a sentence." }
                dl class="terms" { @for term in terms {
                    dt id={ "word-" (term.word.replace(' ', "-")) } { (term.word) }
                    dd { (term.means) }
                } }
            }
        };
        let place = Place { path: "/glossary".to_owned(), query: String::new(), room: "/glossary", above: Vec::new() };
        told(facts, ask, place, form, &report, &more)
    })
    .await
}

/// The system's own words as a report.
pub(crate) fn report(facts: &Facts) -> Result<Arc<Report>, Trouble> {
    facts.report("glossary", |session| Ok(glossary::own(session)?))
}

/// How to read and to move around.
pub(crate) async fn help(ask: Ask) -> Response {
    ask.facts(|facts, ask| {
        let keys = [
            ("/", "go to the search box"),
            ("?", "this page"),
            ("j, k", "next and previous row of a table"),
            ("Enter", "open what is in focus"),
            ("e", "evidence of the first sentence, then of the next"),
            ("[ and ]", "compare with an earlier day or release, with a later one"),
            ("Esc", "close the evidence, leave a picture or a field"),
            ("arrows", "in a picture: from box to box; Tab leaves it"),
        ];
        let main = html! {
            h1 { "Help" }
            p class="q" { "How do I read these pages, and which keys are there?" }
            p class="lead" { "Every page answers one question: first in a sentence, then in a picture, then in a table." }
            p { "The small number after a sentence opens what it stands on: the lines, the rule and the question to the facts. An underlined figure leads to its question in SQL, which you can change and ask again." }
            h2 class="h3" { "How sure a sentence is" }
            ul class="marks" { @for basis in Basis::ALL {
                li { span class="sh" aria-hidden="true" { (basis.shape()) } b { (basis.words()) } ": " (basis.meaning()) }
            } }
            h2 class="h3" { "Keys" }
            div class="tw" role="region" aria-label="Keys" tabindex="0" {
                table {
                    caption { "Keys, where the script runs." }
                    thead { tr { th scope="col" { "Key" } th scope="col" { "What it does" } } }
                    tbody {
                        @for (key, what) in keys { tr { th scope="row" { kbd { (key) } } td { (what) } } }
                        @for (_, rooms) in RAIL { @for (_, name, key) in *rooms {
                            tr { th scope="row" { kbd { "g" } " then " kbd { (key) } } td { (name) } }
                        } }
                    }
                }
            }
            p { label class="check" { input type="checkbox" id="keys-off"; " Turn keys of a single letter off in this browser" } }
        };
        Ok(reply::page(ask, Some(facts), &Page { title: "Help".to_owned(), main, ..Page::default() }))
    })
    .await
}
