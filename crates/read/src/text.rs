//! Bytes to text: the content of a file for readers, and the bytes of a path for rows and people.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How many bytes at the start decide whether a file is text; git looks as far.
const SAMPLE: usize = 8_000;

/// The content of a file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// Text without byte order mark.
    Text(Cow<'a, str>),
    /// Not text.
    Binary,
}

/// Decodes the content of a file; the flag says that U+FFFD stands where bytes are no text.
///
/// UTF-8 is borrowed, UTF-16 is read where a byte order mark announces it. A NUL byte near the start makes a file
/// binary, as in git. Bytes in an older encoding (Latin-1, GBK) keep their ASCII part, which is where code and
/// structure are; they count as binary only when they are also full of control characters.
pub fn decode(bytes: &[u8]) -> (Decoded<'_>, bool) {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    match bytes {
        // UTF-32 starts like UTF-16 LE; nobody keeps code in it.
        [0xff, 0xfe, 0, 0, ..] => (Decoded::Binary, false),
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        _ if memchr::memchr(0, sample).is_some() => (Decoded::Binary, false),
        _ => decode_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), sample),
    }
}

fn decode_utf8<'a>(bytes: &'a [u8], sample: &[u8]) -> (Decoded<'a>, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Decoded::Text(Cow::Borrowed(text)), false);
    }
    let is_control = |b: &&u8| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let controls = sample.iter().filter(is_control).count();
    // Noise holds a control character in ten bytes, text in any encoding next to none.
    if controls * 20 > sample.len() {
        return (Decoded::Binary, false);
    }
    (Decoded::Text(String::from_utf8_lossy(bytes)), true)
}

fn decode_utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Decoded<'a>, bool) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut lossy = !rest.is_empty();
    let mut text = String::with_capacity(bytes.len() / 2);
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(character.unwrap_or_else(|_| {
            lossy = true;
            char::REPLACEMENT_CHARACTER
        }));
    }
    (Decoded::Text(Cow::Owned(text)), lossy)
}

/// A path as it stands in rows and on every screen.
///
/// Ordinary names stay as they are. Control characters become `\n`, `\t`, `\r` or `\x1b`, characters that hide or
/// turn text around become `\u{202e}`, bytes that are no UTF-8 become `\xff`, and a backslash becomes `\\`, so that
/// no two names look the same and [`raw_path`] finds the way back.
pub fn visible_path(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) if !text.chars().any(needs_escape) => Cow::Borrowed(text),
        _ => Cow::Owned(escape(raw)),
    }
}

fn escape(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len() + 16);
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            let written = match c {
                '\\' => out.write_str("\\\\"),
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                c if !needs_escape(c) => out.write_char(c),
                c if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
                c => write!(out, "\\u{{{:x}}}", u32::from(c)),
            };
            written.expect("writing to a string does not fail");
        }
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").expect("writing to a string does not fail");
        }
    }
    out
}

/// Control characters, line separators, and everything that is invisible or changes the direction of text. Joiners
/// (U+200C, U+200D) stay: Persian, Indic scripts and emoji need them.
fn needs_escape(c: char) -> bool {
    c == '\\'
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The bytes of a path that [`visible_path`] wrote. Text that it cannot have written is taken as it stands.
pub fn raw_path(visible: &str) -> Cow<'_, [u8]> {
    if !visible.contains('\\') {
        return Cow::Borrowed(visible.as_bytes());
    }
    let mut out = Vec::with_capacity(visible.len());
    let mut rest = visible;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + 1..];
        let used = unescape(after, &mut out);
        if used == 0 {
            out.push(b'\\');
        }
        rest = &after[used..];
    }
    out.extend_from_slice(rest.as_bytes());
    Cow::Owned(out)
}

/// Reads one escape after its backslash; says how many bytes it took, 0 for none that we write.
fn unescape(after: &str, out: &mut Vec<u8>) -> usize {
    let plain = match after.as_bytes().first() {
        Some(b'\\') => b'\\',
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'x') => {
            let Some(byte) = after.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok()) else { return 0 };
            out.push(byte);
            return 3;
        }
        Some(b'u') => {
            let code = after.strip_prefix("u{").and_then(|rest| rest.split_once('}'));
            let Some((hex, _)) = code.filter(|(hex, _)| hex.len() <= 6) else { return 0 };
            let Some(c) = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) else { return 0 };
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return hex.len() + 3;
        }
        _ => return 0,
    };
    out.push(plain);
    1
}

/// Whether the words of a quote occur in the lines in the same order; a quote may leave out markup and be cut at its end.
pub(crate) fn holds_words(lines: &str, quote: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let (have, want) = (words(lines), words(quote.trim_end_matches('…')));
    // The last word may have been cut in the middle.
    let whole = want.len().saturating_sub(1);
    let mut rest = have.iter();
    want[..whole].iter().all(|w| rest.any(|h| h == w))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, bool) {
        match decode(bytes) {
            (Decoded::Text(text), lossy) => (text.into_owned(), lossy),
            (Decoded::Binary, _) => ("(binary)".to_owned(), false),
        }
    }

    #[test]
    fn text_is_decoded_by_its_first_bytes() {
        let cases: [(&[u8], &str, bool); 9] = [
            (b"", "", false),
            ("größe".as_bytes(), "größe", false),
            (b"\xef\xbb\xbfmark", "mark", false),
            (b"\xff\xfeA\0\xe4\0", "Aä", false),
            (b"\xfe\xff\0A\xd8\0", "A\u{fffd}", true),
            (b"// Author: Andr\xe9", "// Author: Andr\u{fffd}", true),
            (b"\x7fELF\x02\0\0", "(binary)", false),
            (b"\xff\xfe\0\0A\0\0\0", "(binary)", false),
            (b"\x89\x01\x02\xffA", "(binary)", false),
        ];
        for (bytes, expected, lossy) in cases {
            assert_eq!(text(bytes), (expected.to_owned(), lossy), "{bytes:?}");
        }
    }

    #[test]
    fn a_nul_byte_late_in_the_file_does_not_make_it_binary() {
        let mut bytes = vec![b'a'; SAMPLE];
        bytes.push(0);
        assert_eq!(text(&bytes).0.len(), SAMPLE + 1);
    }

    #[test]
    fn strange_names_are_visible() {
        let cases: [(&[u8], &str); 7] = [
            ("docs/größe 日本.md".as_bytes(), "docs/größe 日本.md"),
            (b"a\nb\x1b[31m", r"a\nb\x1b[31m"),
            ("invoice\u{202e}fdp.exe".as_bytes(), r"invoice\u{202e}fdp.exe"),
            (b"caf\xe9", r"caf\xe9"),
            (br"a\nb", r"a\\nb"),
            ("\u{85}".as_bytes(), r"\u{85}"),
            ("👩\u{200d}🔬".as_bytes(), "👩\u{200d}🔬"),
        ];
        for (raw, expected) in cases {
            assert_eq!(visible_path(raw), expected);
        }
    }

    /// Every sequence of up to five of these pieces, which is where two names could come to look the same.
    #[test]
    fn a_visible_path_leads_back_to_its_bytes() {
        let pieces: [&[u8]; 10] =
            [b"\\", b"n", b"x", b"1b", b"u{202e}", b"{", b"\n", b"\x1b", b"\xff", "\u{202e}".as_bytes()];
        let mut names: Vec<Vec<u8>> = vec![Vec::new()];
        let mut longest = 0..1;
        for _ in 0..5 {
            let start = names.len();
            for at in longest {
                for piece in pieces {
                    names.push([&names[at], piece].concat());
                }
            }
            longest = start..names.len();
        }
        for raw in names {
            assert_eq!(raw_path(&visible_path(&raw)).as_ref(), raw.as_slice(), "{raw:?}");
        }
    }
}
