//! Answers: pages, data, redirects, and what is said when something goes wrong.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use sightline_facts::FactsError;
use sightline_read::excerpt::ExcerptError;
use sightline_scan::ScanError;
use sightline_tell::TellError;

use crate::ask::Ask;
use crate::facts::Facts;
use crate::shell::{self, Page};

/// What keeps a page from being made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("nothing has been scanned into this workspace yet\nhelp: `sightline scan PATH` reads a repository")]
    NothingScanned,
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Wrong(String),
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Broken(String),
    #[error(transparent)]
    Search(#[from] sightline_search::SearchError),
    #[error(transparent)]
    Facts(#[from] FactsError),
    #[error(transparent)]
    Tell(#[from] TellError),
    #[error(transparent)]
    Map(#[from] sightline_map::MapError),
    #[error(transparent)]
    Measure(#[from] sightline_measure::MeasureError),
    #[error(transparent)]
    Excerpt(#[from] ExcerptError),
    #[error(transparent)]
    Scan(#[from] ScanError),
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::NothingScanned
            | Self::NotFound(_)
            | Self::Tell(TellError::NoPage { .. } | TellError::NoSection { .. })
            | Self::Excerpt(ExcerptError::NoSuchFile { .. } | ExcerptError::NotShown { .. }) => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::Wrong(_)
            | Self::Tell(TellError::NoDate { .. })
            | Self::Scan(ScanError::Settings(_))
            | Self::Facts(FactsError::Sql { .. } | FactsError::NotReadOnly | FactsError::TooLong { .. }) => {
                StatusCode::BAD_REQUEST
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Whether a page says the same as long as the facts are the same.
pub(crate) fn is_of_facts(path: &str) -> bool {
    !["/sql", "/scan", "/corrections", "/questions"].iter().any(|own| path.starts_with(own))
}

/// A page in its shell.
pub(crate) fn page(ask: &Ask, facts: Option<&Facts>, page: &Page) -> Response {
    markup(StatusCode::OK, shell::whole(ask, facts, page))
}

/// HTML with a status.
pub(crate) fn markup(status: StatusCode, markup: Markup) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], markup.into_string()).into_response()
}

/// A line of text with a status.
pub(crate) fn plain(status: StatusCode, why: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{why}\n")).into_response()
}

/// JSON.
pub(crate) fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}

/// A file to be kept.
pub(crate) fn download(kind: &'static str, name: &str, body: impl Into<Body>) -> Response {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).take(80).collect();
    let mut response = ([(header::CONTENT_TYPE, kind)], body.into()).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Leads to another page of ours after a form was taken.
pub(crate) fn see(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let place = HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, place);
    response
}

/// The browser may keep it and has to ask whether it still holds.
pub(crate) fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// What the browser has still holds.
pub(crate) fn unchanged(tag: &str) -> Response {
    tagged(StatusCode::NOT_MODIFIED.into_response(), tag)
}

/// A page that leads on at once.
pub(crate) fn onward(place: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content={ "0; url=" (place) };
                title { "Sightline" }
            }
            body { p { "You are in. " a href=(place) { "Go on" } } }
        }
    }
}

/// For whoever comes without token or cookie. Nothing of the facts is in it.
pub(crate) fn stranger() -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Sightline" }
            }
            body {
                main {
                    h1 { "This is a Sightline that does not know you" }
                    p { "Open the whole address that " code { "sightline serve" } " printed, with its token. It lasts until the server is stopped; after that, start it again." }
                }
            }
        }
    };
    markup(StatusCode::UNAUTHORIZED, page)
}

/// Says what went wrong, what to do, and keeps the rest of the app in reach.
pub(crate) fn trouble(ask: &Ask, facts: Option<&Facts>, trouble: &Trouble) -> Response {
    let message = sightline_tell::text::shorten_end(&trouble.to_string(), 4_000);
    let (what, help) = message.split_once("\nhelp: ").unwrap_or((&message, ""));
    if ask.path.rsplit('.').next() == Some("json") {
        let body = serde_json::json!({ "error": what, "help": help }).to_string();
        return (trouble.status(), [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response();
    }
    let status = trouble.status();
    let title = match status {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::FORBIDDEN => "You may not do this",
        StatusCode::BAD_REQUEST => "This could not be answered",
        _ => "This page could not be made",
    };
    let title = if matches!(trouble, Trouble::NothingScanned) { "Nothing has been read yet" } else { title };
    let main = html! {
        h1 { (title) }
        div class="att" role="alert" {
            span class="sh" aria-hidden="true" { "▲" }
            p { (shell::words(what)) }
            @if !help.is_empty() { p class="why" { (shell::words(help)) } }
        }
        p { a href="/" { "Start" } " and all other pages still work." }
    };
    let page = Page { title: title.to_owned(), main, ..Page::default() };
    markup(status, shell::whole(ask, facts, &page))
}
