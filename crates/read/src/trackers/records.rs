//! Cuts a file into records while it streams by: lines of JSON, elements of a JSON array, or rows of CSV. Memory follows
//! the longest record, never the file.

use std::io::{self, BufRead};

/// Longest record that is read. Real ones, with all their events, end long before.
pub(super) const MAX_RECORD: usize = 32 << 20;

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One JSON value per line.
    Lines,
    /// One JSON array of values, on as many lines as it likes.
    Array,
    /// CSV: a row ends at a line end outside of quotes.
    Csv,
}

/// The bytes of one record and the lines that they stand on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) bytes: Vec<u8>,
    pub(super) line_start: i64,
    pub(super) line_end: i64,
    /// It was longer than [`MAX_RECORD`]; the bytes are its beginning.
    pub(super) too_long: bool,
}

/// Reads records one after another.
pub(super) struct Records<R> {
    input: R,
    layout: Layout,
    line: i64,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, layout: Layout) -> Self {
        Self { input, layout, line: 1 }
    }

    /// The line that the next record begins on, or the number of lines after the last one.
    pub(super) fn line(&self) -> i64 {
        self.line
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let line_start = self.line;
            let mut cut = match self.layout {
                Layout::Lines => Cut::Line,
                Layout::Csv => Cut::Row { quoted: false },
                Layout::Array => Cut::Element { depth: 0, in_text: false, escaped: false, line_start },
            };
            let mut bytes = Vec::new();
            let mut too_long = false;
            let (mut ended, mut at_end) = (false, false);
            while !ended {
                let buffer = match self.input.fill_buf() {
                    Ok(buffer) => buffer,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                if buffer.is_empty() {
                    at_end = true;
                    break;
                }
                let (taken, kept) = cut.take(buffer, &mut ended, &mut self.line, bytes.is_empty());
                let room = MAX_RECORD.saturating_sub(bytes.len());
                let kept = &buffer[kept..taken];
                too_long |= kept.len() > room;
                bytes.extend_from_slice(&kept[..kept.len().min(room)]);
                self.input.consume(taken);
            }
            let line_start = cut.line_start(line_start);
            // The line end belongs to the record's last line.
            let ends_line = ended && self.layout != Layout::Array;
            let line_end = self.line - i64::from(ends_line);
            while bytes.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
                bytes.pop();
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Record { bytes, line_start, line_end, too_long }));
            }
            if at_end {
                return Ok(None);
            }
        }
    }
}

/// Where the current record ends.
enum Cut {
    Line,
    Row { quoted: bool },
    Element { depth: u32, in_text: bool, escaped: bool, line_start: i64 },
}

impl Cut {
    /// Looks at a buffer: how many bytes to consume, and from which on they belong to the record.
    fn take(&mut self, buffer: &[u8], ended: &mut bool, line: &mut i64, is_new: bool) -> (usize, usize) {
        match self {
            Self::Line => match memchr::memchr(b'\n', buffer) {
                Some(at) => {
                    (*ended, *line) = (true, *line + 1);
                    (at + 1, 0)
                }
                None => (buffer.len(), 0),
            },
            Self::Row { quoted } => {
                for at in memchr::memchr2_iter(b'"', b'\n', buffer) {
                    if buffer[at] == b'"' {
                        *quoted = !*quoted;
                        continue;
                    }
                    *line += 1;
                    if !*quoted {
                        *ended = true;
                        return (at + 1, 0);
                    }
                }
                (buffer.len(), 0)
            }
            Self::Element { depth, in_text, escaped, line_start } => {
                let mut from = None;
                for (at, byte) in buffer.iter().enumerate() {
                    *line += i64::from(*byte == b'\n');
                    if is_new && from.is_none() {
                        // Between elements stand only blanks, commas and the brackets of the array.
                        if byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']') {
                            continue;
                        }
                        from = Some(at);
                        *line_start = *line;
                    }
                    match byte {
                        _ if *escaped => *escaped = false,
                        b'\\' if *in_text => *escaped = true,
                        b'"' => *in_text = !*in_text,
                        _ if *in_text => {}
                        b'{' | b'[' => *depth += 1,
                        b'}' | b']' if *depth > 0 => {
                            *depth -= 1;
                            if *depth == 0 {
                                *ended = true;
                                return (at + 1, from.unwrap_or(0));
                            }
                        }
                        b',' | b']' if *depth == 0 => {
                            *ended = true;
                            return (at, from.unwrap_or(0));
                        }
                        _ => {}
                    }
                }
                (buffer.len(), if is_new { from.unwrap_or(buffer.len()) } else { 0 })
            }
        }
    }

    fn line_start(&self, otherwise: i64) -> i64 {
        match self {
            Self::Element { line_start, .. } => *line_start,
            _ => otherwise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as `first-last: text`, read through buffers of several sizes, which must not matter.
    fn check(layout: Layout, text: &str, expect: &[&str]) {
        for size in [1, 2, 7, 4_096] {
            let mut records = Records::new(io::BufReader::with_capacity(size, text.as_bytes()), layout);
            let mut found = Vec::new();
            while let Some(r) = records.next().expect("memory can be read") {
                found.push(format!("{}-{}: {}", r.line_start, r.line_end, String::from_utf8_lossy(&r.bytes)));
            }
            assert_eq!(found, expect, "{layout:?} {text:?} by {size}");
        }
    }

    #[test]
    fn lines_are_records() {
        check(Layout::Lines, "{\"a\":1}\r\n\n  \n{\"b\":\"x\\ny\"}", &["1-1: {\"a\":1}", "4-4: {\"b\":\"x\\ny\"}"]);
        check(Layout::Lines, "", &[]);
    }

    #[test]
    fn elements_of_an_array_are_records_wherever_their_lines_end() {
        check(
            Layout::Array,
            "[\n {\"a\":\n  [1, \"}]\\\"\"]}, {\"b\":2}\n]\n",
            &["2-3: {\"a\":\n  [1, \"}]\\\"\"]}", "3-3: {\"b\":2}"],
        );
        check(Layout::Array, "[{\"a\":1},\n{\"b\"", &["1-1: {\"a\":1}", "2-2: {\"b\""]);
        check(Layout::Array, "[]", &[]);
        check(Layout::Array, "[1, {\"a\":1}]", &["1-1: 1", "1-1: {\"a\":1}"]);
    }

    #[test]
    fn a_row_of_csv_may_hold_line_ends_in_quotes() {
        check(Layout::Csv, "a,b\n\"x\ny\",2\n3,4", &["1-1: a,b", "2-3: \"x\ny\",2", "4-4: 3,4"]);
    }

    #[test]
    fn a_record_without_end_is_cut_and_the_next_is_read() {
        let mut text = vec![b'x'; MAX_RECORD + 10];
        text.extend_from_slice(b"\n{}\n");
        let mut records = Records::new(text.as_slice(), Layout::Lines);
        let first = records.next().expect("memory can be read").expect("a record");
        assert!(first.too_long && first.bytes.len() == MAX_RECORD);
        let second = records.next().expect("memory can be read").expect("a record");
        assert_eq!((second.bytes.as_slice(), second.line_start, second.too_long), (b"{}".as_slice(), 2, false));
    }
}
