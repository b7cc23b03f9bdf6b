//! XML with bounded depth, and lines for its elements.

use roxmltree::{Document, Node, ParsingOptions};

use super::sheet::Sheet;
use super::tree::Broken;

const MAX_DEPTH: usize = 200;
const MAX_NODES: u32 = 4_000_000;

/// Parses the file, or notes a gap. Document types are allowed because some tools write them; their entities are
/// bounded by the parser and external ones are never fetched.
pub(super) fn parse<'f>(sheet: &mut Sheet<'f, '_>) -> Option<Document<'f>> {
    let text = sheet.text();
    if let Some(offset) = too_deep(text) {
        let line = sheet.lines.line(offset);
        sheet.broken(&Broken { line, detail: format!("nested more than {MAX_DEPTH} levels deep") });
        return None;
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    match Document::parse_with_options(text, options) {
        Ok(document) => Some(document),
        Err(error) => {
            let line = error.pos().row as usize;
            sheet.broken(&Broken { line, detail: format!("not XML: {error}") });
            None
        }
    }
}

/// Where the nesting of elements passes the limit, counted without a parser.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for at in memchr::memchr2_iter(b'<', b'>', bytes) {
        match (bytes[at], bytes.get(at + 1)) {
            (b'<', Some(b'/')) => depth = depth.saturating_sub(1),
            (b'<', Some(next)) if next.is_ascii_alphabetic() || *next == b'_' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            (b'>', _) if at > 0 && bytes[at - 1] == b'/' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// First and last line of an element.
pub(super) fn lines(sheet: &Sheet<'_, '_>, node: Node<'_, '_>) -> (usize, usize) {
    let range = node.range();
    (sheet.lines.line(range.start), sheet.lines.line(range.end.saturating_sub(1)))
}

/// The line on which an element begins.
pub(super) fn line(sheet: &Sheet<'_, '_>, node: Node<'_, '_>) -> usize {
    sheet.lines.line(node.range().start)
}

/// The child element of a name, whatever its namespace.
pub(super) fn child<'d, 'i>(node: Node<'d, 'i>, name: &str) -> Option<Node<'d, 'i>> {
    node.children().find(|c| c.is_element() && c.tag_name().name() == name)
}

/// The child elements of a name.
pub(super) fn children<'d, 'i>(node: Node<'d, 'i>, name: &'static str) -> impl Iterator<Item = Node<'d, 'i>> {
    node.children().filter(move |c| c.is_element() && c.tag_name().name() == name)
}

/// The trimmed text of the child element of a name, where it is not empty.
pub(super) fn text_of<'d>(node: Node<'d, '_>, name: &str) -> Option<&'d str> {
    let text = child(node, name)?.text()?.trim();
    (!text.is_empty()).then_some(text)
}
