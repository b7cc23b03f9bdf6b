//! Says what a file is, and counts its lines.

use crate::file::FileKind;
use tokei::LanguageType;

/// Raised when the answer for the same bytes changes.
pub const VERSION: u32 = 1;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classified {
    /// Its kind.
    pub kind: FileKind,
    /// Its language, where tokei knows one.
    pub language: Option<LanguageType>,
}

/// Says what a file is.
pub fn classify(path: &str, head: &[u8], is_binary: bool) -> Classified {
    let _ = (path, head);
    Classified { kind: if is_binary { FileKind::Binary } else { FileKind::Code }, language: None }
}

/// Lines of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// All lines.
    pub lines: i64,
    /// Lines with code, embedded languages included.
    pub code: i64,
    /// Lines with nothing but comment.
    pub comments: i64,
    /// Lines with nothing but white space.
    pub blanks: i64,
    /// Language, code, comments and blanks: the file's own language first, then those embedded in it.
    pub per_language: Vec<(LanguageType, i64, i64, i64)>,
}

/// Counts the lines of a file.
pub fn count(language: LanguageType, bytes: &[u8]) -> Counted {
    let _ = (language, bytes);
    Counted::default()
}
