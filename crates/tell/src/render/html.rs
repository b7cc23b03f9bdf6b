//! stub
use crate::document::Report;
/// stub
pub fn html(_: &Report) -> String { String::new() }
