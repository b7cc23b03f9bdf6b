//! Values that look like secrets, made unreadable before a line is shown.
//!
//! A page or an answer that cites a line must not spread the password that stands in it. What counts is told from the
//! line alone: keys of well-known services by their own form, values given to a name that says `password`, `secret`,
//! `token` or the like, and passwords inside addresses. Names, quotes and places of values that are filled in when the
//! program runs stay, so that a reader still sees what the line does. Masking too much costs a reader a word; masking
//! too little costs a password: in doubt a value is masked.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in place of a secret.
pub const MASK: &str = "•••";

/// Lines longer than this are looked at up to here and cut behind it; excerpts cut them much earlier.
const LONGEST: usize = 20_000;

/// Keys that tell by their own form what they are.
static KEYS: LazyLock<Regex> = LazyLock::new(|| {
    let forms = [
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_[A-Za-z0-9_]{20,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bxox[abeprs]-[A-Za-z0-9-]{10,}",
        r"\b[spr]k_(?:live|test)_[A-Za-z0-9]{10,}",
        r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}",
        r"\bAIza[A-Za-z0-9_-]{30,}",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        r"\bnpm_[A-Za-z0-9]{30,}",
        r"\bdckr_pat_[A-Za-z0-9_-]{20,}",
        r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}",
    ];
    Regex::new(&forms.join("|")).expect("a fixed pattern")
});

/// A value given to a name that says what it is: `DB_PASSWORD=…`, `"apiKey": "…"`, `secret_key_base: …`.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)
        (?P<name> [\w.\-]* (?: passw(?:or)?d | passphrase | secret | token | api[_\-.]?key | access[_\-.]?key | private[_\-.]?key
            | auth[_\-.]?key | signing[_\-.]?key | encryption[_\-.]?key | credentials? | _pwd | _pass | \bpwd | \bpass ) [\w.\-]* ["'\]]? \s* (?: := | => | = | : ) \s* )
        (?: "(?P<double>[^"\s]{4,})" | '(?P<single>[^'\s]{4,})' | `(?P<tick>[^`\s]{4,})` | (?P<bare>[^\s"'`,;(){}<>\[\]]{4,}) )"#,
    )
    .expect("a fixed pattern")
});

/// A password inside an address: `postgres://user:…@host`.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<before>[A-Za-z][A-Za-z0-9+.\-]*://[^\s:/@]*:)(?P<value>[^\s/@]+)@").expect("a fixed pattern")
});

/// The line with what looks like a secret replaced by [`MASK`].
pub fn mask(line: &str) -> Cow<'_, str> {
    let end = line.char_indices().map(|(i, _)| i).find(|i| *i >= LONGEST).unwrap_or(line.len());
    let mut out = Cow::Borrowed(&line[..end]);
    if KEYS.is_match(&out) {
        out = Cow::Owned(KEYS.replace_all(&out, MASK).into_owned());
    }
    if out.contains("://") && ADDRESS.is_match(&out) {
        let hide = |found: &Captures<'_>| match &found["value"] {
            value if is_filled_in(value) => found[0].to_owned(),
            _ => format!("{}{MASK}@", &found["before"]),
        };
        out = Cow::Owned(ADDRESS.replace_all(&out, hide).into_owned());
    }
    if NAMED.is_match(&out) {
        out = Cow::Owned(NAMED.replace_all(&out, named).into_owned());
    }
    out
}

/// The lines of a text as they may be shown: each masked, and nothing of a private key but its first and last line.
pub fn masked(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut in_key = false;
    text.lines().map(move |line| {
        let begins = line.contains("-----BEGIN") && line.contains("PRIVATE KEY");
        if in_key {
            in_key = !line.contains("-----END");
            return if in_key { Cow::Borrowed(MASK) } else { Cow::Borrowed(line) };
        }
        in_key = begins && !line.contains("-----END");
        if begins && !in_key { Cow::Borrowed(MASK) } else { mask(line) }
    })
}

fn named(found: &Captures<'_>) -> String {
    let whole = &found[0];
    let Some((value, quote)) = [("double", "\""), ("single", "'"), ("tick", "`"), ("bare", "")]
        .into_iter()
        .find_map(|(group, quote)| Some((found.name(group)?.as_str(), quote)))
    else {
        return whole.to_owned();
    };
    if is_filled_in(value) || quote.is_empty() && is_code(value, &found["name"]) {
        return whole.to_owned();
    }
    format!("{}{quote}{MASK}{quote}", &found["name"])
}

/// Whether a value is only a place for one: a variable, a template, a word that says what belongs there, a mask.
fn is_filled_in(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_place = value.contains("${")
        || value.contains("{{")
        || value.contains("%(")
        || value.starts_with(['$', '<', '%', '@', '{', '&', '*']);
    is_place
        || value == MASK
        || value.chars().all(|c| matches!(c, '*' | '.' | 'x' | 'X' | '-' | '•' | '_'))
        || [
            "true",
            "false",
            "null",
            "none",
            "nil",
            "undefined",
            "required",
            "optional",
            "string",
            "str",
            "password",
            "secret",
            "token",
            "bearer",
        ]
        .contains(&lower.trim_end_matches(['?', '!']))
}

/// Whether a value without quotes is part of a program and no value itself: `token = request.headers`, `password: String`.
fn is_code(value: &str, name: &str) -> bool {
    // Settings files write `KEY=value` without spaces; programs call, index and name types.
    let is_setting = !name.contains(' ') && name.ends_with('=')
        || name.trim_end().ends_with(':') && value.bytes().any(|b| b.is_ascii_digit());
    let is_word = value.chars().all(|c| c.is_ascii_alphanumeric() || "_.:?!".contains(c))
        && !value.bytes().any(|b| b.is_ascii_digit());
    !is_setting && (is_word || value.contains("::") || value.contains("()"))
}
