//! One file of a source, as every reader sees it.

use sightline_facts::tables::gaps::GapRow;

use crate::rows::SourceRows;

/// What a file is, decided once before any reader runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Code of the product.
    Code,
    /// Code of tests, and their data.
    Test,
    /// Text for people.
    Docs,
    /// Configuration, manifests, deployment files, scripts of a build.
    Config,
    /// Written by a program.
    Generated,
    /// Copied in from another project.
    Vendored,
    /// Data.
    Data,
    /// Not text.
    Binary,
    /// A symbolic link.
    Link,
    /// A Git LFS pointer.
    Lfs,
    /// A submodule.
    Submodule,
}

impl FileKind {
    /// The word in column `files.kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Test => "test",
            Self::Docs => "docs",
            Self::Config => "config",
            Self::Generated => "generated",
            Self::Vendored => "vendored",
            Self::Data => "data",
            Self::Binary => "binary",
            Self::Link => "link",
            Self::Lfs => "lfs",
            Self::Submodule => "submodule",
        }
    }
}

/// A text file whose bytes were read and decoded once, lent to each reader in turn.
///
/// Everything a reader says of a file depends on this value alone, so that the rows of an unchanged blob can be
/// copied from an earlier scan.
#[derive(Debug, Clone, Copy)]
pub struct FileInput<'a> {
    /// Repository, by the name of its source.
    pub repo: &'a str,
    /// Commit that is read, if any.
    pub commit: Option<&'a str>,
    /// Path relative to the root, `/` between its parts, control characters made visible.
    pub path: &'a str,
    /// The content as text: UTF-8, or decoded from UTF-16 with a byte order mark, with U+FFFD where bytes are no text.
    /// A byte order mark at the start is already gone.
    pub text: &'a str,
    /// Language by tokei's name for it, such as `Rust`, `TypeScript`, `TSX`, `C++`, `BASH`.
    pub language: Option<&'a str>,
    /// What the file is.
    pub kind: FileKind,
}

impl FileInput<'_> {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The folder of the file, empty at the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Notes something that a reader could not read. `lines` are counted from 1, inclusive.
    pub fn gap(&self, rows: &mut SourceRows, reader: &str, reason: &str, detail: &str, lines: Option<(usize, usize)>) {
        let line = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        rows.gaps.push(&GapRow {
            repo: self.repo,
            commit: self.commit,
            path: Some(self.path),
            line_start: lines.map(|l| line(l.0)),
            line_end: lines.map(|l| line(l.1)),
            reader,
            reason,
            detail,
            ..GapRow::default()
        });
    }
}
