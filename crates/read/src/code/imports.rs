//! Imports as they are written.
//!
//! A target is always a piece of the cited lines, so that everybody can check it. Where one statement imports a group,
//! the group is kept as written when it fits into one line, and else the path before the bracket.

use sightline_facts::tables::imports::ImportRow;
use tree_sitter::Node;

use super::calls::unquoted;
use super::language::{Id, Language};
use crate::file::FileInput;
use crate::rows::SourceRows;

/// Longest target; what is longer is no name.
const MAX_TARGET: usize = 300;

/// Appends one row; rows of the text are counted from 0.
pub(super) fn push(file: &FileInput<'_>, target: &str, row: usize, end_row: usize, rows: &mut SourceRows) {
    let target = target.trim();
    if target.is_empty() || target.len() > MAX_TARGET || target.contains('\n') {
        return;
    }
    let line = |n: usize| i64::try_from(n + 1).unwrap_or(i64::MAX);
    rows.imports.push(&ImportRow {
        repo: file.repo,
        commit: file.commit,
        path: file.path,
        line_start: line(row),
        line_end: line(end_row),
        language: file.language.unwrap_or_default(),
        target,
        kind: "unknown",
        ..ImportRow::default()
    });
}

/// Reads an import node; says whether it was one, so that nothing inside needs a look.
pub(super) fn read(language: &Language, file: &FileInput<'_>, node: Node<'_>, rows: &mut SourceRows) -> bool {
    let text = file.text;
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    let (row, end) = (node.start_position().row, node.end_position());
    let end_row = if end.column == 0 && end.row > row { end.row - 1 } else { end.row };
    let mut add = |target: &str| push(file, target, row, end_row, rows);
    let fields = &language.fields;
    match language.id {
        Id::Java | Id::Kotlin | Id::CSharp | Id::Swift => {
            if let Some(target) = path(own(node)) {
                add(target);
            }
        }
        Id::Scala => {
            let body = own(node).strip_prefix("import").unwrap_or_default();
            for target in top_level_parts(body) {
                add(group(target));
            }
        }
        Id::C | Id::Cpp | Id::Go => {
            if let Some(path) = node.child_by_field_id(fields.path) {
                add(unquoted(own(path)));
            }
        }
        Id::JavaScript | Id::TypeScript | Id::Tsx => {
            let source = node.child_by_field_id(fields.source).or_else(|| {
                node.named_child(0)
                    .filter(|c| c.kind() == "import_require_clause")
                    .and_then(|c| c.child_by_field_id(fields.source))
            });
            let Some(source) = source else { return false };
            add(unquoted(own(source)));
        }
        Id::Python => python(language, node, text, &mut add),
        Id::Php => {
            if node.kind() == "namespace_use_declaration" {
                php_use(node, text, &mut add);
            } else {
                let mut at = node.named_child(0);
                // `__DIR__ . '/x.php'`: the literal at the right end.
                while let Some(inner) = at {
                    if matches!(inner.kind(), "string" | "encapsed_string") {
                        add(unquoted(own(inner)));
                        break;
                    }
                    let last = u32::try_from(inner.named_child_count()).unwrap_or(0);
                    at = last.checked_sub(1).and_then(|i| inner.named_child(i)).filter(|_| inner.kind() != "argument");
                }
            }
        }
        Id::Rust => return rust(language, node, text, &mut add),
        Id::Ruby | Id::Bash | Id::Elixir => {}
    }
    true
}

/// The path in `import static a.b.C;`, `import a.B as C`, `using X = A.B;`, `import struct Kit.View`.
fn path(statement: &str) -> Option<&str> {
    let mut rest = statement.lines().next()?;
    rest = rest.split("//").next()?.split("/*").next()?.trim().trim_end_matches(';').trim();
    let start = rest.find("import").map(|i| i + 6).or_else(|| rest.find("using").map(|i| i + 5))?;
    rest = rest[start..].trim();
    for word in ["static ", "unsafe ", "class ", "struct ", "enum ", "protocol ", "func ", "var ", "let ", "typealias "]
    {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim();
    }
    rest = rest.split_once('=').map_or(rest, |(_, path)| path.trim());
    rest = rest.split(" as ").next()?.trim();
    Some(rest)
}

/// Parts between commas that are in no bracket.
fn top_level_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(text[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// A group as written, or the path before its bracket where it takes more than one line.
fn group(target: &str) -> &str {
    if target.len() <= MAX_TARGET && !target.contains('\n') {
        return target;
    }
    let head = target.split('{').next().unwrap_or(target);
    head.trim_end_matches(|c: char| c == ':' || c == '.' || c == '\\' || c.is_whitespace())
}

fn python<'a>(language: &Language, node: Node<'_>, text: &'a str, add: &mut impl FnMut(&'a str)) {
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    match node.kind() {
        "future_import_statement" => add("__future__"),
        "import_from_statement" => {
            if let Some(module) = node.child_by_field_id(language.fields.module_name) {
                add(own(module));
            }
        }
        _ => {
            let mut cursor = node.walk();
            for child in node.named_children(&mut cursor) {
                match child.kind() {
                    "dotted_name" => add(own(child)),
                    "aliased_import" => {
                        if let Some(name) = child.child_by_field_id(language.fields.name) {
                            add(own(name));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn php_use<'a>(node: Node<'_>, text: &'a str, add: &mut impl FnMut(&'a str)) {
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    let mut cursor = node.walk();
    let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
    if let Some(prefix) = children.iter().find(|c| c.kind() == "namespace_name") {
        let whole = own(node);
        let start = prefix.start_byte() - node.start_byte();
        add(group(whole.get(start..).unwrap_or_default().trim_end_matches(';').trim()));
        return;
    }
    for clause in children.iter().filter(|c| c.kind() == "namespace_use_clause") {
        let name = (0..clause.named_child_count().min(4))
            .filter_map(|i| clause.named_child(u32::try_from(i).unwrap_or(0)))
            .find(|c| matches!(c.kind(), "qualified_name" | "name"));
        if let Some(name) = name {
            add(own(name));
        }
    }
}

fn rust<'a>(language: &Language, node: Node<'_>, text: &'a str, add: &mut impl FnMut(&'a str)) -> bool {
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    match node.kind() {
        "mod_item" => {
            if node.child_by_field_id(language.fields.body).is_some() {
                return false;
            }
            if let Some(name) = node.child_by_field_id(language.fields.name) {
                // With the word before it, since only `mod` says which file it is.
                let start = own(node).find("mod ").map_or(name.start_byte(), |i| node.start_byte() + i);
                add(text.get(start..name.end_byte()).unwrap_or_default());
            }
        }
        "extern_crate_declaration" => {
            if let Some(name) = node.child_by_field_id(language.fields.name) {
                add(own(name));
            }
        }
        _ => {
            let Some(argument) = node.child_by_field_id(language.fields.argument) else { return true };
            let whole = own(argument);
            if whole.len() <= MAX_TARGET && !whole.contains('\n') {
                add(whole);
                return true;
            }
            let prefix = group(whole);
            if !matches!(prefix, "crate" | "self" | "super" | "") {
                add(prefix);
                return true;
            }
            // One row for each module of `use crate::{…}` over several lines.
            if let Some(list) = argument.child_by_field_name("list") {
                let mut cursor = list.walk();
                for member in list.named_children(&mut cursor).filter(|c| !c.is_extra()) {
                    add(group(own(member)));
                }
            }
        }
    }
    true
}

/// `alias A.B`, `alias A.{B, C}`, `import A`, `use A`, `require A`.
pub(super) fn elixir(file: &FileInput<'_>, node: Node<'_>, rows: &mut SourceRows) {
    let text = file.text;
    let first = (0..node.named_child_count().min(4))
        .filter_map(|i| node.named_child(u32::try_from(i).unwrap_or(0)))
        .find(|c| c.kind() == "arguments")
        .and_then(|a| a.named_child(0));
    let Some(first) = first.filter(|f| matches!(f.kind(), "alias" | "dot" | "call")) else { return };
    let target = group(text.get(first.byte_range()).unwrap_or_default());
    if target.starts_with(|c: char| c.is_uppercase() || c == '_') {
        push(file, target, node.start_position().row, node.end_position().row, rows);
    }
}
