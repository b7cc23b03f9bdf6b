//! Says what a file is and in which language, and counts its lines.
//!
//! Kinds come from `rules/files.toml`. Languages and line counts are tokei's own, from the bytes already read, so that
//! they agree with what the `tokei` program reports for the same tree.

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use tokei::{CodeStats, Config, LanguageType};

use crate::file::FileKind;

mod rules;

/// Raised when the answer for the same bytes changes.
pub const VERSION: u32 = 2;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classified {
    /// Its kind.
    pub kind: FileKind,
    /// Its language, where tokei knows one.
    pub language: Option<LanguageType>,
}

/// Says what a file is, from its path and its first 8 kB. Nothing is read from the disk.
///
/// Links and submodules are told by their mode in the tree, which the caller knows; Git LFS pointers are told here.
pub fn classify(path: &str, head: &[u8], is_binary: bool) -> Classified {
    if is_lfs_pointer(head) {
        return Classified { kind: FileKind::Lfs, language: None };
    }
    if is_binary {
        return Classified { kind: FileKind::Binary, language: None };
    }
    let language = language(path, head);
    let kind = rules::RULES.kind(path, head, language).unwrap_or(match language {
        Some(_) => FileKind::Code,
        None => FileKind::Data,
    });
    Classified { kind, language }
}

/// A pointer that Git LFS keeps in place of a large file: at most 1 kB, beginning with this line.
fn is_lfs_pointer(head: &[u8]) -> bool {
    head.len() < 1_024 && head.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// The language as `LanguageType::from_path` tells it, without its habit of opening files that have no extension.
fn language(path: &str, head: &[u8]) -> Option<LanguageType> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if Path::new(name).extension().is_some() {
        return LanguageType::from_path(name, &Config::default());
    }
    // No extension: tokei knows a few names and would then open the file for its first line. A path with a NUL byte
    // is turned down by the standard library before the system is asked, which leaves the names alone.
    LanguageType::from_path(format!("\0/{name}"), &Config::default()).or_else(|| shebang(head))
}

/// What follows `#!/usr/bin/env ` begins with one of these; from tokei's `languages.json`, which offers no way to ask.
const ENVIRONMENTS: [(&str, LanguageType); 16] = [
    ("bash", LanguageType::Bash),
    ("crystal", LanguageType::Crystal),
    ("csh", LanguageType::CShell),
    ("cython", LanguageType::Cython),
    ("elvish", LanguageType::Elvish),
    ("fish", LanguageType::Fish),
    ("groovy", LanguageType::Groovy),
    ("just", LanguageType::Just),
    ("ksh", LanguageType::Ksh),
    ("python", LanguageType::Python),
    ("racket", LanguageType::Racket),
    ("raku", LanguageType::Raku),
    ("perl6", LanguageType::Raku),
    ("ruby", LanguageType::Ruby),
    ("sh", LanguageType::Sh),
    ("zsh", LanguageType::Zsh),
];

static SHEBANGS: LazyLock<FxHashMap<&'static str, LanguageType>> = LazyLock::new(|| {
    LanguageType::list()
        .iter()
        .flat_map(|(language, _)| language.shebangs().iter().map(move |shebang| (*shebang, *language)))
        .collect()
});

fn shebang(head: &[u8]) -> Option<LanguageType> {
    // tokei looks at no more than this.
    let head = &head[..head.len().min(128)];
    if !head.starts_with(b"#!") {
        return None;
    }
    let line = std::str::from_utf8(head.split(|b| *b == b'\n').next()?).ok()?;
    let mut words = line.split_whitespace();
    match words.next()? {
        "#!/usr/bin/env" => {
            let program = words.next()?;
            ENVIRONMENTS.iter().find(|(name, _)| program.starts_with(name)).map(|(_, language)| *language)
        }
        path => SHEBANGS.get(path).copied(),
    }
}

/// Lines of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// All lines.
    pub lines: i64,
    /// Lines with code, embedded languages included.
    pub code: i64,
    /// Lines with nothing but comment, embedded languages included.
    pub comments: i64,
    /// Lines with nothing but white space, embedded languages included.
    pub blanks: i64,
    /// Language, code, comments and blanks: the file's own language first, then those embedded in it. The parts sum to
    /// the whole.
    pub per_language: Vec<(LanguageType, i64, i64, i64)>,
}

/// Counts the lines of a file as tokei does, embedded languages included.
///
/// One difference: a notebook's own row holds nothing, since all its lines are in the rows of its cells' languages;
/// tokei counts them in both.
pub fn count(language: LanguageType, bytes: &[u8]) -> Counted {
    let stats = language.parse_from_slice(as_utf8(bytes), &Config::default());
    let mut per_language = vec![(language, 0, 0, 0)];
    if language == LanguageType::Jupyter {
        for (inner, stats) in &stats.blobs {
            add(&mut per_language, *inner, stats);
        }
    } else {
        flatten(&mut per_language, language, &stats);
    }
    let mut counted = Counted::default();
    for (_, code, comments, blanks) in &per_language {
        counted.code += code;
        counted.comments += comments;
        counted.blanks += blanks;
    }
    counted.lines = counted.code + counted.comments + counted.blanks;
    counted.per_language = per_language;
    counted
}

/// Depth is that of tokei's own recursion, which has come to its end already.
fn flatten(rows: &mut Vec<(LanguageType, i64, i64, i64)>, language: LanguageType, stats: &CodeStats) {
    add(rows, language, stats);
    for (inner, stats) in &stats.blobs {
        flatten(rows, *inner, stats);
    }
}

fn add(rows: &mut Vec<(LanguageType, i64, i64, i64)>, language: LanguageType, stats: &CodeStats) {
    let lines = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let at = rows.iter().position(|row| row.0 == language).unwrap_or_else(|| {
        rows.push((language, 0, 0, 0));
        rows.len() - 1
    });
    let row = &mut rows[at];
    row.1 += lines(stats.code);
    row.2 += lines(stats.comments);
    row.3 += lines(stats.blanks);
}

/// The bytes that the tokei program would count: it too decodes what a byte order mark announces.
fn as_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => match crate::text::decode(bytes).0 {
            crate::text::Decoded::Text(text) => Cow::Owned(text.into_owned().into_bytes()),
            crate::text::Decoded::Binary => Cow::Borrowed(bytes),
        },
        _ => Cow::Borrowed(bytes),
    }
}
