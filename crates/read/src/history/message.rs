//! Commit objects and their messages: header fields, subject, body, trailers, text made safe to show.

use std::borrow::Cow;
use std::fmt::Write as _;

use gix::ObjectId;

/// Longest body that is kept, in characters.
const BODY_LIMIT: usize = 2_000;
/// Longest subject that is kept, in characters.
const SUBJECT_LIMIT: usize = 1_000;
/// How much of a message is looked at, in bytes. Real ones end long before.
const MESSAGE_LIMIT: usize = 256 * 1024;

/// The parts of a commit object, as raw bytes.
#[derive(Debug, Clone)]
pub struct RawCommit<'a> {
    tree: &'a [u8],
    header: &'a [u8],
    /// Author line without its key.
    pub author: &'a [u8],
    /// Committer line without its key.
    pub committer: &'a [u8],
    encoding: Option<&'a [u8]>,
    message: &'a [u8],
}

impl<'a> RawCommit<'a> {
    /// Splits a commit object; `None` when it has no tree and so is no commit.
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let mut commit = Self { tree: b"", header: data, author: b"", committer: b"", encoding: None, message: b"" };
        let mut rest = data;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if line.is_empty() {
                commit.header = &data[..data.len() - rest.len()];
                commit.message = rest;
                break;
            }
            // Of a field that comes twice, git believes the first.
            match split_key(line) {
                (b"tree", value) if commit.tree.is_empty() => commit.tree = value,
                (b"author", value) if commit.author.is_empty() => commit.author = value,
                (b"committer", value) if commit.committer.is_empty() => commit.committer = value,
                (b"encoding", value) if commit.encoding.is_none() => commit.encoding = Some(value),
                _ => {}
            }
        }
        (!commit.tree.is_empty()).then_some(commit)
    }

    /// Object id of the tree.
    pub fn tree_id(&self) -> Option<ObjectId> {
        ObjectId::from_hex(self.tree).ok()
    }

    /// Object ids of the parents, in order.
    pub fn parents(&self) -> impl Iterator<Item = ObjectId> + 'a {
        // Parents stand together right after the tree; a `parent` line further down belongs to a signature or merge tag.
        self.header
            .split(|b| *b == b'\n')
            .skip(1)
            .map_while(|line| line.strip_prefix(b"parent "))
            .filter_map(|hex| ObjectId::from_hex(hex).ok())
    }

    /// The message as text, decoded by the commit's encoding; U+FFFD stands for bytes that are no text.
    pub fn text(&self) -> Cow<'a, str> {
        self.decode(&self.message[..self.message.len().min(MESSAGE_LIMIT)])
    }

    /// Bytes of the header in the commit's encoding, as text.
    pub fn decode<'b>(&self, bytes: &'b [u8]) -> Cow<'b, str> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Cow::Borrowed(text);
        }
        match self.encoding.and_then(encoding_rs::Encoding::for_label) {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
            None => String::from_utf8_lossy(bytes),
        }
    }
}

fn split_key(line: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', line) {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => (line, b""),
    }
}

/// Who did something and when, from a header line such as `Ann <ann@example.org> 1700000000 +0100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// Name, raw bytes.
    pub name: &'a [u8],
    /// Address, raw bytes.
    pub email: &'a [u8],
    /// Seconds since 1970-01-01 UTC, between the years 1 and 9999.
    pub seconds: i64,
    /// Minutes from UTC; 0 where the zone makes no sense.
    pub offset: i64,
}

impl<'a> Person<'a> {
    /// Reads a header line. Whatever is missing is empty or 0.
    pub fn parse(line: &'a [u8]) -> Self {
        let close = line.iter().rposition(|b| *b == b'>').unwrap_or(line.len());
        let open = line[..close].iter().position(|b| *b == b'<').unwrap_or(close);
        let name = line[..open].trim_ascii();
        let email = line.get(open + 1..close).unwrap_or_default().trim_ascii();
        let mut words =
            line.get(close + 1..).unwrap_or_default().split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
        let seconds = words.next().map_or(0, seconds);
        let offset = words.next().map_or(0, offset);
        Self { name, email, seconds, offset }
    }

    /// The instant in microseconds.
    pub fn micros(&self) -> i64 {
        self.seconds * 1_000_000
    }
}

/// Seconds kept within the years 1 to 9999, so that every calendar can show them.
fn seconds(word: &[u8]) -> i64 {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    let (is_negative, digits) = match word {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let mut value = 0_i64;
    for digit in digits.iter().take_while(|b| b.is_ascii_digit()) {
        value = value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    (if is_negative { -value } else { value }).clamp(FIRST, LAST)
}

fn offset(word: &[u8]) -> i64 {
    let (sign, digits) = match word {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let minutes = value / 100 * 60 + value % 100;
    if minutes > 24 * 60 { 0 } else { sign * minutes }
}

/// A message in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// First line, made safe to show.
    pub subject: String,
    /// What stands between subject and trailers, at most 2,000 characters.
    pub body: Option<String>,
    /// Trailers in order.
    pub trailers: Vec<(String, String)>,
}

impl Message {
    /// Splits a message by git's rules: the subject is the first paragraph in one line, trailers are the last.
    pub fn parse(text: &str) -> Self {
        let text = text.trim_start_matches(['\n', '\r']);
        let mut subject = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = after;
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            if !subject.is_empty() {
                subject.push(' ');
            }
            if subject.len() < SUBJECT_LIMIT * 4 {
                subject.push_str(line);
            }
        }
        let (body, trailers) = split_trailers(rest.trim());
        let body: String = clean_lines(body.trim()).chars().take(BODY_LIMIT).collect();
        let body = body.trim_end();
        Self {
            subject: clean(&subject).chars().take(SUBJECT_LIMIT).collect(),
            body: (!body.is_empty()).then(|| body.to_owned()),
            trailers,
        }
    }
}

/// Splits off the last paragraph when it is made of trailers: all lines are, or one is of git's own and a quarter are.
fn split_trailers(text: &str) -> (&str, Vec<(String, String)>) {
    const MOST: usize = 500;
    let start = last_paragraph(text);
    let mut trailers: Vec<(String, String)> = Vec::new();
    let (mut n_other, mut is_gits_own) = (0, false);
    for line in text[start..].lines() {
        let is_continuation = line.starts_with([' ', '\t']);
        if is_continuation && let Some((_, value)) = trailers.last_mut() {
            value.push(' ');
            value.push_str(&clean(line.trim()));
        } else if let Some((key, value)) = trailer(line) {
            is_gits_own |= key.eq_ignore_ascii_case("signed-off-by");
            if trailers.len() < MOST {
                trailers.push((key.to_owned(), clean(value)));
            }
        } else if line.starts_with("(cherry picked from commit ") {
            is_gits_own = true;
        } else {
            n_other += 1;
        }
    }
    let are_trailers = !trailers.is_empty() && (n_other == 0 || (is_gits_own && trailers.len() * 3 >= n_other));
    if are_trailers { (&text[..start], trailers) } else { (text, Vec::new()) }
}

/// Where the last paragraph starts.
fn last_paragraph(text: &str) -> usize {
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            start = at;
        }
    }
    start
}

/// `Key: value`, where the key is letters, digits and hyphens.
fn trailer(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end();
    let is_key = !key.is_empty() && key.len() <= 80 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    // `https://…` is a link that stands alone, not a key.
    (is_key && !value.starts_with("//")).then(|| (key, value.trim()))
}

/// Text in one line that is safe to show: control characters visible, characters that turn or hide text gone.
pub fn clean(text: &str) -> String {
    if !text.chars().any(is_hostile) {
        return text.trim().to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_clean(&mut out, c);
    }
    out.trim().to_owned()
}

/// [`clean`] for raw bytes: bytes that are no text become U+FFFD.
pub fn clean_bytes(bytes: &[u8]) -> String {
    clean(&String::from_utf8_lossy(bytes))
}

/// [`clean`] that keeps line ends.
fn clean_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(BODY_LIMIT * 4));
    for c in text.chars().take(BODY_LIMIT + 1_000) {
        if c == '\n' {
            out.push(c);
        } else if c != '\r' {
            push_clean(&mut out, c);
        }
    }
    out
}

fn push_clean(out: &mut String, c: char) {
    match c {
        '\n' | '\t' | '\r' => out.push(' '),
        c if c.is_control() && c.is_ascii() => {
            write!(out, "\\x{:02x}", u32::from(c)).expect("writing to a string does not fail");
        }
        c if is_hostile(c) => {}
        c => out.push(c),
    }
}

/// Control characters, line separators, and what is invisible or changes the direction of text.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_times_are_read_whatever_they_hold() {
        let check = |line: &str, name: &str, email: &str, seconds: i64, offset: i64| {
            let expect = Person { name: name.as_bytes(), email: email.as_bytes(), seconds, offset };
            assert_eq!(Person::parse(line.as_bytes()), expect, "{line}");
        };
        check("Ann Lee <ann@example.org> 1700000000 +0530", "Ann Lee", "ann@example.org", 1_700_000_000, 330);
        check("<ann@example.org> 0 -0800", "", "ann@example.org", 0, -480);
        check("Ann <> 4102444800 +0000", "Ann", "", 4_102_444_800, 0);
        check("Ann <a@b> 99999999999999999999 +51800", "Ann", "a@b", 253_402_300_799, 0);
        check("Ann <a@b> -1 +9999", "Ann", "a@b", -1, 0);
        check("Ann", "Ann", "", 0, 0);
        check("Ann <a<b>@c> 5 +0000", "Ann", "a<b>@c", 5, 0);
        check("", "", "", 0, 0);
    }

    #[test]
    fn a_message_falls_into_subject_body_and_trailers() {
        let check = |text: &str, subject: &str, body: Option<&str>, trailers: &[(&str, &str)]| {
            let message = Message::parse(text);
            let found: Vec<_> = message.trailers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(
                (message.subject.as_str(), message.body.as_deref(), found.as_slice()),
                (subject, body, trailers)
            );
        };
        check("One\n", "One", None, &[]);
        check("One\nstill the subject\n\nBody\n", "One still the subject", Some("Body"), &[]);
        check(
            "One\n\nBody: of text\nand more\n\nReviewed-by: A <a@x>\nFixes: #1\n  continued\n",
            "One",
            Some("Body: of text\nand more"),
            &[("Reviewed-by", "A <a@x>"), ("Fixes", "#1 continued")],
        );
        check("One\n\nhttps://example.org/x\n", "One", Some("https://example.org/x"), &[]);
        check("Only: a subject\n", "Only: a subject", None, &[]);
        check("Tab\there \u{202e}evil \u{1b}[31m\n", "Tab here evil \\x1b[31m", None, &[]);
        check("", "", None, &[]);
    }

    #[test]
    fn the_encoding_of_the_commit_is_honoured() {
        let check = |header: &str, text: &[u8], expect: &str| {
            let mut data = format!("tree {}\nauthor a <b> 1 +0000\n{header}\n", "0".repeat(40)).into_bytes();
            data.extend_from_slice(text);
            assert_eq!(RawCommit::parse(&data).expect("it has a tree").text(), expect);
        };
        check("encoding ISO-8859-1\n", b"gr\xfc\xdfe", "grüße");
        check("encoding Shift_JIS\n", b"\x93\xfa\x96\x7b", "日本");
        check("", b"gr\xfc\xdfe", "gr\u{fffd}\u{fffd}e");
        check("encoding martian\n", b"\xff", "\u{fffd}");
    }
}
