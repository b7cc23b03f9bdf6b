//! What reports say about a system with known answers.

mod common;

use sightline_tell::{claims, load, load_section, render, sentences};

#[test]
fn the_shop_in_the_terminal() {
    let report = claims(&common::shop()).expect("a report");
    if let Some(dir) = std::env::var_os("TELL_OUT") {
        let dir = std::path::PathBuf::from(dir);
        std::fs::write(dir.join("report.html"), render::html(&report)).expect("a place to write");
        std::fs::write(dir.join("report.md"), render::markdown(&report, None)).expect("a place to write");
        std::fs::write(dir.join("report.txt"), render::terminal(&report, None, 110, false)).expect("a place to write");
        std::fs::write(dir.join("report.json"), format!("{:#}", render::json(&report))).expect("a place to write");
    }
    drop((load(&common::shop()), load_section(&common::shop(), "start"), sentences(&common::shop())));
}
