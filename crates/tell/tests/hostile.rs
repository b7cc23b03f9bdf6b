//! Repositories whose names and words try to break the page, the terminal or the reader.

mod common;

use common::Names;
use common::system::shop_with_map_of as shop_of;
use sightline_tell::{claims, render};

const SCRIPT: &str = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";

fn hostile() -> Names {
    Names {
        repo: format!("a\u{202e}b\u{1b}[31m{SCRIPT}"),
        file: format!("src/\n\u{1b}]0;owned\u{7}{SCRIPT}\"' onmouseover='x.java"),
        words: format!(
            "=cmd() {SCRIPT} [click](javascript:alert(1)) ![](https://example.com/x.png) `{}`",
            "x".repeat(1_000_000)
        ),
        person: format!("@sum(1)|{SCRIPT}"),
    }
}

#[test]
fn nothing_from_a_repository_becomes_markup() {
    let page = render::html(&claims(&shop_of(&hostile())).expect("a report"));
    for forbidden in ["<script", "<img", "onerror=alert(1)>", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(forbidden), "{forbidden:?}");
    }
    assert!(page.contains("&lt;script&gt;"), "the text is shown as it is");
    assert!(page.len() < 5_000_000, "{}", page.len());
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = render::html(&claims(&common::shop()).expect("a report"));
    assert!(page.contains("default-src 'none'"));
    for forbidden in ["<link", "<script", "<iframe", "<object", " src=", "@import", "url(", "srcset", "style=\""] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_terminal_gets_no_escape_sequence_but_ours() {
    let out = render::terminal(&claims(&shop_of(&hostile())).expect("a report"), None, 100, false);
    assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "a control character got through");
    assert!(!out.contains('\u{202e}'));
}

#[test]
fn markdown_holds_no_html_and_no_image() {
    let out = render::markdown(&claims(&shop_of(&hostile())).expect("a report"), None);
    for line in out.lines().filter(|l| !l.contains('`')) {
        assert!(!line.contains("<script") && !line.contains("<img") && !line.contains("![]("), "{line}");
    }
}
