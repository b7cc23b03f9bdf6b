//! The document as one HTML file: no network, no script, readable from disk, in mail and on paper.
//!
//! Evidence opens in a side panel by the `popover` attribute, which needs no script; on paper, and in a browser
//! without it, the same elements are the end notes. The web app sets the same body in a shell of its own ([`served`]).

mod body;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use sha2::{Digest, Sha256};

use crate::document::{Picture, Report};
use crate::words;

use body::{Body, Links};

pub use body::Served;

/// The style sheet of reports; the web app's pages add to it.
pub static STYLE: &str = include_str!("style.css");

/// The whole report as one file.
pub fn html(report: &Report) -> String {
    let mut page = Body::new(report, Links::File);
    let sections: Vec<Markup> = report.sections.iter().map(|s| page.section(s)).collect();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE.as_bytes()))
    );
    let title = report.title();
    let as_of = report.as_of().map(words::date).unwrap_or_default();
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="generator" content="Sightline";
                title { (title) " · Sightline report, " (as_of) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the report" }
                header class="top" {
                    div {
                        strong { bdi { (title) } }
                        nav aria-label="Sections" {
                            ul {
                                @for section in report.sections.iter().filter(|s| !s.id.contains('/')) {
                                    li { a href={ "#" (section.id) } { (section.title) } }
                                }
                                li { a href="#evidence-queries" { "Queries" } }
                            }
                        }
                        span class="asof" { "as of " (as_of) (page.commit()) }
                    }
                }
                main id="main" {
                    h1 { bdi { (title) } }
                    p class="note" {
                        "What the repository says and what its files and history show. A small number opens what a sentence stands on; an underlined figure leads to its query."
                    }
                    @for section in sections { (section) }
                    (page.end_notes())
                    (page.appendix())
                }
                footer {
                    p { "Made by Sightline from the facts named above. Figures in sentences are rounded to three digits; tables are exact. "
                        code { "sightline verify" } " reads every cited line again." }
                }
            }
        }
    }
    .into_string()
}

/// The sections of a report as a page of the web app shows them: everything between its header and its footer. Links
/// lead to other pages of it; what a sentence stands on follows as notes that only paper shows.
pub fn served(report: &Report, served: &Served<'_>) -> Markup {
    let mut page = Body::new(report, Links::Served(served));
    let sections: Vec<Markup> = report.sections.iter().map(|s| page.section(s)).collect();
    markup! {
        @for section in sections { (section) }
        (page.end_notes())
    }
}

/// A picture as one `svg` element, for pages that draw what is in no report.
pub fn drawn(picture: &Picture, id: &str) -> Markup {
    PreEscaped(super::svg::svg(picture, id))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |g, b| g << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS[(group >> (18 - 6 * i) & 63) as usize];
            out.push(if i > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let check = |bytes: &str, expect: &str| assert_eq!(base64(bytes.as_bytes()), expect);
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foobar", "Zm9vYmFy");
    }
}
