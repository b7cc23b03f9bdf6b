//! Style, script and mark. Their addresses carry the launch, so a browser may keep them for good.

use std::sync::OnceLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sightline_tell::render;

use crate::shell;

/// The style of reports and what the app adds to it.
pub(crate) async fn style() -> Response {
    static STYLE: OnceLock<String> = OnceLock::new();
    kept("text/css; charset=utf-8", STYLE.get_or_init(|| format!("{}\n{}", render::STYLE, shell::STYLE)))
}

/// The script.
pub(crate) async fn script() -> Response {
    kept("text/javascript; charset=utf-8", shell::SCRIPT)
}

/// The mark in the browser's tab.
pub(crate) async fn mark() -> Response {
    kept("image/svg+xml", shell::MARK)
}

fn kept(kind: &'static str, text: &'static str) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], text).into_response();
    let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_stay_small() {
        let style = render::STYLE.len() + shell::STYLE.len();
        assert!(style <= 30 << 10, "{style} bytes of style");
        assert!(shell::SCRIPT.len() <= 25 << 10, "{} bytes of script", shell::SCRIPT.len());
    }

    #[test]
    fn they_load_nothing() {
        for text in [render::STYLE, shell::STYLE, shell::MARK] {
            assert!(!text.contains("url(") && !text.contains("@import") && !text.contains("href"), "{text}");
        }
        // What a page is given is put into it as text, or is a page of ours.
        for forbidden in ["eval(", "document.write", "http://", "https://", "localStorage.token"] {
            assert!(!shell::SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
