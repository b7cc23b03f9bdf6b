//! A message about a place in a file that people write for Sightline (metrics, rules): what, where, what to do.

use std::fmt;

/// A message with a stable code and the line it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, such as `metric-unknown-key`.
    pub code: &'static str,
    /// What is wrong, in the reader's words.
    pub message: String,
    /// File, as it was given.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// Characters to underline.
    pub width: usize,
    /// What stands beside the underline, such as `did you mean ...`.
    pub note: Option<String>,
    /// What to do; not shown when empty.
    pub help: String,
}

impl Diagnostic {
    /// A message about a range of bytes of a text.
    pub fn at(code: &'static str, message: String, file: &str, text: &str, span: std::ops::Range<usize>) -> Self {
        let start = (0..=span.start.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line_text = text[line_start..].lines().next().unwrap_or_default();
        let column = before[line_start..].chars().count() + 1;
        let most = line_text.chars().count().saturating_sub(column - 1).max(1);
        let width = text.get(start..span.end).map_or(1, |s| s.lines().next().unwrap_or_default().chars().count());
        Self {
            code,
            message,
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            text: line_text.to_owned(),
            width: width.clamp(1, most),
            note: None,
            help: String::new(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds `did you mean` where a known word is close.
    #[must_use]
    pub fn suggest<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let closest = known.into_iter().map(|k| (strsim::damerau_levenshtein(word, k), k)).min();
        self.note = closest.filter(|(far, k)| *far <= k.len().max(3) / 2).map(|(_, k)| format!("did you mean `{k}`?"));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let indent = " ".repeat(self.column - 1);
        let marks = "^".repeat(self.width);
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        writeln!(f, "  --> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(f, "{gutter} | {indent}{marks}")?;
        if let Some(note) = &self.note {
            write!(f, " {note}")?;
        }
        if self.help.is_empty() { Ok(()) } else { write!(f, "\nhelp: {}", self.help) }
    }
}
