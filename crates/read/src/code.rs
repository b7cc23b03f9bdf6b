//! The structure of code: definitions with their complexity, and imports.
//!
//! tree-sitter parses; one walk over the tree, steered by a table per language ([`language`]), finds everything. The
//! walk is a loop, never a recursion, so that no nesting of the text can overflow the stack.
//!
//! - Cyclomatic complexity: `McCabe`, "A Complexity Measure", IEEE TSE 1976, counted as decisions + 1; each logical
//!   operator is a decision.
//! - Cognitive complexity: Campbell, "Cognitive Complexity: A new way of measuring understandability", `SonarSource`,
//!   2018. Recursion does not add a point: it would need every call to be resolved.

mod calls;
mod describe;
mod docs;
mod imports;
mod language;
mod mentions;
pub mod resolve;
mod walk;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::file::{FileInput, FileKind};
use crate::rows::SourceRows;
use language::Language;

pub(crate) use language::Id;

/// Raised when the rows of an unchanged file would come out differently.
pub const VERSION: u32 = 3;

/// Files above this size are data in the guise of code.
const MAX_BYTES: usize = 2_000_000;
/// Lines above this length are minified or generated.
const MAX_LINE: usize = 100_000;
/// How often a parser may report before it is stopped, whatever the size of the file; it does so every 100 steps, and
/// makes a million steps in well under a second.
const MAX_CHECKS: usize = 20_000;
/// What a report counts for while the parser looks for a way out of an error. Such steps take longer, and code that
/// follows its grammar has few of them.
const ERROR_WEIGHT: usize = 8;
/// The last resort: what a parser may take for one file whatever its steps.
const MAX_TIME: Duration = Duration::from_secs(20);
/// A larger file may take one report more for so many bytes.
const BYTES_PER_CHECK: usize = 40;
/// Share of a file, one in so many bytes, that may be misunderstood without a word about it.
const ERROR_SHARE: usize = 10;

/// Reads the structure of code; one per thread, since parsers and buffers are reused between files.
#[derive(Default)]
pub struct CodeReader {
    parsers: Vec<(Id, Parser)>,
    state: walk::State,
}

impl std::fmt::Debug for CodeReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeReader").finish_non_exhaustive()
    }
}

impl CodeReader {
    /// A reader that has made no parser yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this language, by tokei's name, is understood.
    pub fn wants(language: &str) -> bool {
        Id::of(language).is_some()
    }

    /// Appends rows of `symbols`, `imports` and `gaps` for one file.
    ///
    /// Imports come out with kind `unknown`: [`resolve::Context`] decides them when all files are known.
    pub fn read(&mut self, file: &FileInput<'_>, rows: &mut SourceRows) {
        self.read_with(file, rows, &mut |_, _, _| ());
    }

    /// The same, and lends the tree to somebody else who would have to parse the file again.
    pub(crate) fn read_with(
        &mut self,
        file: &FileInput<'_>,
        rows: &mut SourceRows,
        borrow: &mut dyn FnMut(Id, &Tree, &mut SourceRows),
    ) {
        if !matches!(file.kind, FileKind::Code | FileKind::Test | FileKind::Config | FileKind::Docs) {
            return;
        }
        let Some(mut id) = file.language.and_then(Id::of) else { return };
        if file.language == Some("C Header") && is_cpp(file.text) {
            id = Id::Cpp;
        }
        if file.text.len() > MAX_BYTES {
            let detail = format!("{} bytes; code is read up to {MAX_BYTES}", file.text.len());
            file.gap(rows, "code", "too-large", &detail, None);
            return;
        }
        if let Some((line, length)) = long_line(file.text.as_bytes()) {
            let detail = format!("a line of {length} bytes; code is read up to {MAX_LINE} in a line");
            file.gap(rows, "code", "long-line", &detail, Some((line, line)));
            return;
        }
        let language = language::language(id);
        let Some(tree) = self.parse(language, file.text) else {
            file.gap(
                rows,
                "code",
                "too-slow",
                "parsing takes far more steps than code of this size needs; it was stopped",
                None,
            );
            return;
        };
        borrow(id, &tree, rows);
        let errors = walk::walk(language, file, &tree, &mut self.state, rows);
        if errors.bytes * ERROR_SHARE > file.text.len() && errors.bytes > 0 {
            let detail = "part of the file does not follow the grammar of its language; the rest was read";
            file.gap(rows, "code", "syntax", detail, Some((errors.first_line, errors.first_line)));
        }
    }

    fn parse(&mut self, language: &Language, text: &str) -> Option<Tree> {
        let place = if let Some(place) = self.parsers.iter().position(|(id, _)| *id == language.id) {
            place
        } else {
            let mut parser = Parser::new();
            parser.set_language(&language.grammar).ok()?;
            self.parsers.push((language.id, parser));
            self.parsers.len() - 1
        };
        let parser = &mut self.parsers[place].1;
        // Counted in steps of the parser: the same file has the same rows on a busy machine. The clock is for text that
        // is no code at all, where a single step of error recovery can take long; steps stop such text well before it.
        let start = Instant::now();
        let limit = MAX_CHECKS + text.len() / BYTES_PER_CHECK;
        let mut checks = 0;
        let mut stop = |state: &ParseState| {
            checks += if state.has_error() { ERROR_WEIGHT } else { 1 };
            if checks > limit || start.elapsed() > MAX_TIME {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let bytes = text.as_bytes();
        let options = ParseOptions::new().progress_callback(&mut stop);
        let tree = parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options));
        if tree.is_none() {
            // A stopped parser would go on with the old text.
            parser.reset();
        }
        tree
    }
}

/// The grammar of a language.
pub(crate) fn grammar(id: Id) -> tree_sitter::Language {
    language::language(id).grammar.clone()
}

/// The query for names that stand for a text, where the language's description has one.
pub(crate) fn constants(id: Id) -> Option<&'static str> {
    let query = language::description(id).constants.as_str();
    (!query.is_empty()).then_some(query)
}

/// Whether a header that could be C is written in C++: C has none of these words at the start of a line.
fn is_cpp(text: &str) -> bool {
    text.lines().any(|line| {
        ["namespace ", "template <", "template<", "class ", "using ", "public:", "private:", "constexpr "]
            .iter()
            .any(|word| line.trim_start().starts_with(word))
    })
}

/// The first line above the limit, counted from 1, with its length.
fn long_line(text: &[u8]) -> Option<(usize, usize)> {
    if text.len() <= MAX_LINE {
        return None;
    }
    let mut start = 0;
    for (line, end) in memchr::memchr_iter(b'\n', text).chain([text.len()]).enumerate() {
        if end - start > MAX_LINE {
            return Some((line + 1, end - start));
        }
        start = end + 1;
    }
    None
}
