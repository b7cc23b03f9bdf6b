//! Several workspaces in one server: each under `/w/<name>/` with the addresses it has alone, and a page that lists them.
//!
//! Pages write addresses that begin with `/`, since they know of no other workspace. Here the prefix is taken from what
//! is asked and put before every address of what is answered. That is safe because our own templates write every
//! attribute in double quotes and escape quotes in all other text: `href="/` is never a repository's.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use maud::{DOCTYPE, html};
use sightline_tell::document::Source;
use sightline_tell::{text, words};

use crate::ask::{App, Ask};
use crate::guard;
use crate::reply;

/// Bytes of a page that is given new addresses at most; our pages stay far below.
const LARGEST: usize = 64 << 20;

/// One of several workspaces.
#[derive(Clone)]
pub(crate) struct Room {
    /// Its name in addresses.
    pub(crate) name: String,
    /// What answers for it.
    pub(crate) app: Arc<App>,
}

/// Routes to all of them; `of` makes the routes of one.
pub(crate) fn routes(rooms: Vec<Room>, of: impl Fn(Arc<App>) -> Router) -> Router {
    let first = Arc::clone(&rooms[0].app);
    let mut router = Router::new();
    for room in &rooms {
        let prefix = format!("/w/{}", room.name);
        let own = of(Arc::clone(&room.app)).layer(middleware::from_fn_with_state(prefix.clone(), readdressed));
        router = router.nest_service(&prefix, own);
    }
    let rooms = Arc::new(rooms);
    let choice = Router::new()
        .fallback(get(choose))
        .layer(axum::Extension(Arc::clone(&rooms)))
        .layer(middleware::from_fn_with_state(Arc::clone(&first), guard::guard))
        .with_state(first);
    router.fallback_service(choice)
}

/// Which workspace is meant? Every address that names none leads here, and on to the same page of each.
async fn choose(ask: Ask, uri: Uri, rooms: axum::Extension<Arc<Vec<Room>>>) -> Response {
    ask.blocking(move |ask| {
        let path = if uri.path().starts_with("/w/") || ask.path == "/" { "/" } else { uri.path() };
        let style = format!("/w/{}/style.css?v={}", rooms[0].name, &ask.app.launch[..12]);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Workspaces · Sightline" }
                    link rel="stylesheet" href=(style);
                }
                body {
                    main id="main" {
                        h1 { "Workspaces" }
                        p class="q" { "Which system do you want to look at?" }
                        ul class="rooms" {
                            @for room in rooms.iter() {
                                li {
                                    a href={ "/w/" (room.name) (path) } { strong { (room.name) } }
                                    p class="note" { (described(room)) }
                                }
                            }
                        }
                    }
                }
            }
        };
        reply::markup(StatusCode::OK, page)
    })
    .await
}

/// What a workspace holds, in a sentence.
fn described(room: &Room) -> String {
    let Ok(facts) = room.app.door.facts() else { return "Nothing has been read into it yet.".to_owned() };
    let sources: &[Source] = &facts.sources;
    let names: Vec<String> = sources.iter().map(|s| text::visible(&s.repo)).collect();
    let parts = i64::try_from(facts.parts.len()).unwrap_or(0);
    let as_of = sources.iter().map(|s| s.as_of).max().map(words::date).unwrap_or_default();
    format!(
        "{}: {} {}, as of {as_of}.",
        words::list(&names, 4, names.len()),
        words::exact(parts),
        words::noun(parts, "part")
    )
}

/// Puts the prefix of a workspace before the addresses of an answer.
async fn readdressed(State(prefix): State<String>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    if let Some(place) =
        parts.headers.get(header::LOCATION).and_then(|l| l.to_str().ok()).filter(|l| l.starts_with('/'))
        && let Ok(place) = HeaderValue::from_str(&format!("{prefix}{place}"))
    {
        parts.headers.insert(header::LOCATION, place);
    }
    let is_page = parts.headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
        return reply::plain(StatusCode::INTERNAL_SERVER_ERROR, "this page is larger than any should be");
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(moved(&String::from_utf8_lossy(&bytes), &prefix)))
}

/// The page with the prefix before each of its addresses. `/w/` alone leads to the list of workspaces.
fn moved(page: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(page.len() + page.len() / 16);
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("=\"/") {
        out.push_str(before);
        out.push_str("=\"");
        let is_address = ["href", "src", "action"].iter().any(|name| before.ends_with(name));
        if is_address && !after.starts_with("w/\"") {
            out.push_str(prefix);
        }
        out.push('/');
        rest = after;
    }
    out.push_str(rest);
    // The page that leads on after the token was taken.
    out.replacen("content=\"0; url=/", &format!("content=\"0; url={prefix}/"), 1)
}

/// Names for addresses: the last part of each folder, told apart by a number where two are alike.
pub(crate) fn named(folders: &[std::path::PathBuf]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for folder in folders {
        let last = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let safe: String = last
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
            .take(60)
            .collect();
        let stem = if safe.trim_matches(['.', '-']).is_empty() { "workspace".to_owned() } else { safe };
        let mut name = stem.clone();
        let mut n = 2;
        while names.contains(&name) {
            name = format!("{stem}-{n}");
            n += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_move_and_nothing_else_does() {
        let check = |page: &str, expect: &str| assert_eq!(moved(page, "/w/shop"), expect, "{page}");
        check("<a href=\"/map\">x=\"/y</a>", "<a href=\"/w/shop/map\">x=\"/y</a>");
        check("<form action=\"/scan\"><img src=\"/a\">", "<form action=\"/w/shop/scan\"><img src=\"/w/shop/a\">");
        check("<a href=\"/w/\">all</a> <a href=\"https://x/\">", "<a href=\"/w/\">all</a> <a href=\"https://x/\">");
        check("<b>href=&quot;/map</b><i data-path=\"/map\">", "<b>href=&quot;/map</b><i data-path=\"/map\">");
        check("<meta content=\"0; url=/map\">", "<meta content=\"0; url=/w/shop/map\">");
    }

    #[test]
    fn two_folders_of_one_name_are_told_apart() {
        let folders = ["/a/shop", "/b/shop", "/c/my shop", "/"].map(std::path::PathBuf::from);
        assert_eq!(named(&folders), ["shop", "shop-2", "my-shop", "workspace"]);
    }
}
