//! From byte offsets to line numbers, by one table per file.

/// Where each line of a text begins.
#[derive(Debug)]
pub(crate) struct LineTable {
    starts: Vec<usize>,
    length: usize,
}

impl LineTable {
    /// One pass over the text.
    pub(crate) fn of(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1));
        Self { starts, length: text.len() }
    }

    /// The line of a byte offset, counted from 1. An offset past the end is on the last line that holds something.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let offset = offset.min(self.length.saturating_sub(1));
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// How many lines there are; a newline at the end starts no further one.
    pub(crate) fn count(&self) -> usize {
        self.line(self.length)
    }

    /// The text of lines `first..=last`, with their newlines.
    pub(crate) fn text<'a>(&self, text: &'a str, first: usize, last: usize) -> &'a str {
        let start = self.starts.get(first.saturating_sub(1)).copied().unwrap_or(self.length);
        let end = self.starts.get(last).copied().unwrap_or(self.length);
        text.get(start..end.max(start)).unwrap_or("")
    }
}
