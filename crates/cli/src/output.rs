//! Where words go: data to stdout, words for people to stderr, colour only where a person looks.

use std::io::{IsTerminal, Write};

use anyhow::Result;

/// Writes data to stdout.
pub(crate) fn data(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') && !text.is_empty() {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Writes JSON to stdout, indented, one document.
pub(crate) fn json(value: &serde_json::Value) -> Result<()> {
    data(&serde_json::to_string_pretty(value)?)
}

/// Writes words for people to stderr. That stderr is gone is no reason to stop.
pub(crate) fn to_stderr(text: &str) {
    std::io::stderr().lock().write_all(text.as_bytes()).ok();
}

/// A line for people.
pub(crate) fn say(text: &str) {
    to_stderr(&format!("{text}\n"));
}

/// An error for people, or for programs when they asked for JSON.
pub(crate) fn error(error: &anyhow::Error, as_json: bool) {
    let mut text = format!("{error:#}");
    if as_json {
        let value = serde_json::json!({ "error": text });
        to_stderr(&format!("{value}\n"));
        return;
    }
    // Paths and names in messages come from outside.
    text = text.lines().map(sightline_tell::text::visible).collect::<Vec<_>>().join("\n");
    to_stderr(&format!("{}: {text}\n", paint("error", "1;31", std::io::stderr().is_terminal())));
}

/// A number as people read it: `4,625`.
pub(crate) fn exact(n: u64) -> String {
    sightline_tell::words::exact(i64::try_from(n).unwrap_or(i64::MAX))
}

/// A count with its noun: `1 file`, `4,625 commits`.
pub(crate) fn counted(n: u64, noun: &str) -> String {
    format!("{} {}", exact(n), sightline_tell::words::noun(i64::try_from(n).unwrap_or(i64::MAX), noun))
}

/// Text in a colour, where colours are wanted.
pub(crate) fn paint(text: &str, code: &str, terminal: bool) -> String {
    if terminal && colours_wanted() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// `NO_COLOR` (no-color.org) and dumb terminals turn colour off.
fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// Whether stdout wants colour.
pub(crate) fn colour() -> bool {
    std::io::stdout().is_terminal() && colours_wanted()
}

/// Columns of the terminal; 100 where there is none, so that piped output is the same everywhere.
pub(crate) fn width() -> usize {
    if !std::io::stdout().is_terminal() {
        return 100;
    }
    terminal_size::terminal_size().map_or(100, |(w, _)| usize::from(w.0)).clamp(40, 160)
}

/// Appends formatted text.
pub(crate) fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    use std::fmt::Write as _;
    text.write_fmt(what).expect("writing to a string does not fail");
}
