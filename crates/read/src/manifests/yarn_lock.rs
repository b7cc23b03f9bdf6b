//! `yarn.lock` of Yarn 1 and of Berry, by its lines: both are blocks of a key line and indented fields.

use super::npm::{alias, split_name};
use super::sheet::{Dependency, Sheet};

/// Reads a `yarn.lock`.
pub(super) fn yarn_lock(sheet: &mut Sheet<'_, '_>) {
    let mut block: Option<Block<'_>> = None;
    let mut complained = false;
    for (at, line) in sheet.text().lines().enumerate() {
        let number = at + 1;
        let trimmed = line.trim_end();
        if trimmed.is_empty() || trimmed.trim_start().starts_with('#') {
            continue;
        }
        if !trimmed.starts_with(' ') && !trimmed.starts_with('\t') {
            if let Some(done) = block.take() {
                done.write(sheet);
            }
            if let Some(key) = trimmed.strip_suffix(':').or_else(|| trimmed.strip_prefix("? ")) {
                block = Some(Block { key, line: number, ..Block::default() });
            } else if !complained {
                complained = true;
                sheet.odd(number, "this line is neither a package nor one of its fields");
            }
            continue;
        }
        let Some(block) = block.as_mut() else { continue };
        // Deeper lines belong to the lists of dependencies.
        let indent = line.len() - line.trim_start().len();
        if indent > 2 {
            continue;
        }
        let field = trimmed.trim_start();
        let Some((name, value)) = field.split_once(' ') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim_end_matches(':').trim_matches('"') {
            "version" => (block.version, block.last) = (Some(value), number),
            "resolved" => block.resolved = Some(value),
            "resolution" => (block.resolution, block.resolution_line) = (Some(value), number),
            "linkType" => block.is_link = value == "soft",
            _ => {}
        }
    }
    if let Some(done) = block.take() {
        done.write(sheet);
    }
}

/// One package with the ranges that led to it.
#[derive(Debug, Default)]
struct Block<'a> {
    key: &'a str,
    line: usize,
    last: usize,
    version: Option<&'a str>,
    resolved: Option<&'a str>,
    resolution: Option<&'a str>,
    resolution_line: usize,
    is_link: bool,
}

impl Block<'_> {
    fn write(&self, sheet: &mut Sheet<'_, '_>) {
        let first = self.key.split(", ").next().unwrap_or(self.key).trim_matches('"');
        if first == "__metadata" || self.is_link {
            return;
        }
        let Some(version) = self.version else {
            sheet.odd(self.line, "this package has no version");
            return;
        };
        let (mut name, range) = split_name(first);
        // Yarn 1 keeps an alias in the key; Berry says what it resolved to.
        if let Some((real, _)) = range.and_then(alias) {
            name = real;
        }
        let mut source = None;
        let mut last = self.last;
        if let Some(resolution) = self.resolution {
            let (real, place) = split_name(resolution);
            if real != name {
                last = last.max(self.resolution_line);
            }
            name = real;
            let place = place.unwrap_or("");
            if place.starts_with("workspace:") {
                return;
            }
            if !place.starts_with("npm:") && !place.starts_with("patch:") {
                source = Some(place);
            }
        } else if let Some(resolved) = self.resolved {
            source = Some(resolved).filter(|r| !r.contains("/-/"));
        } else {
            source = range.filter(|r| r.starts_with("file:") || r.starts_with("link:"));
        }
        sheet.push(&Dependency {
            name,
            version: Some(version),
            direct: None,
            source,
            lines: (self.line, last),
            ..Dependency::default()
        });
    }
}
