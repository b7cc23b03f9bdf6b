//! Readers: outside bytes to source rows, and nothing more. The only room that meets the outside world; it draws no
//! conclusions.
//!
//! A file is read once. Its bytes go to every reader that wants them ([`file::FileInput`]), and each appends rows to
//! the same [`rows::SourceRows`]. What cannot be read becomes a row of `gaps` and stops nothing.

pub mod code;
pub mod documents;
pub mod file;
pub mod git;
pub mod history;
pub mod manifests;
pub mod rows;
