//! Readers: outside bytes to source rows, and nothing more. The only room that meets the outside world; it draws no
//! conclusions.
//!
//! A file is read once. Its bytes go to every reader that wants them ([`file::FileInput`]), and each appends rows to
//! the same [`rows::SourceRows`]. What cannot be read becomes a row of `gaps` and stops nothing. [`scan`] puts the
//! readers together for one source; [`verify`] reads again what rows cite.

pub mod classify;
pub mod code;
pub mod detect;
pub mod documents;
pub mod excerpt;
pub mod file;
pub mod git;
pub mod history;
pub mod licences;
pub mod manifests;
mod mentions;
pub mod owners;
pub mod rows;
pub mod scan;
pub mod submodules;
pub mod text;
pub mod trackers;
pub mod tree;
pub mod verify;
