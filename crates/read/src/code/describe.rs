//! What a definition says of itself: name, parameters, visibility; language by language where they differ.

use tree_sitter::Node;

use super::language::{Id, Language, SymbolKind};
use super::walk::{Span, Symbol};

/// The word in column `symbols.visibility`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    Public,
    Protected,
    Package,
    Private,
}

impl Visibility {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Protected => "protected",
            Self::Package => "package",
            Self::Private => "private",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "public" | "pub" | "open" => Self::Public,
            "protected" => Self::Protected,
            "internal" => Self::Package,
            "private" | "fileprivate" | "static" => Self::Private,
            _ => return None,
        })
    }
}

/// What is known of a definition before the walk enters it.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) kind: SymbolKind,
    pub(super) name: Span,
    pub(super) scope: Span,
    pub(super) parameters: Span,
    pub(super) n_parameters: i64,
    /// `None`: whatever the enclosing definition gives to its members.
    pub(super) visibility: Option<Visibility>,
    /// What members get that say nothing themselves.
    pub(super) inside: Visibility,
    pub(super) is_measured: bool,
    pub(super) is_method: bool,
}

impl Described {
    pub(super) fn new(kind: SymbolKind, name: Span) -> Self {
        Self {
            kind,
            name,
            scope: 0..0,
            parameters: 0..0,
            n_parameters: 0,
            visibility: None,
            inside: Visibility::Public,
            is_measured: false,
            is_method: false,
        }
    }
}

/// Children of a node that are looked at for modifiers; more than any person writes.
const MAX_MODIFIERS: u32 = 16;

fn field(node: Node<'_>, number: u16) -> Option<Node<'_>> {
    if number == 0 { None } else { node.child_by_field_id(number) }
}

/// A scope that gives its name to what is inside and is no definition: `impl`, `class << self`.
pub(super) fn scope(language: &Language, text: &str, node: Node<'_>) -> Described {
    let name = field(node, language.fields.kind).map_or(0..0, |t| bare_type(text, t.byte_range()));
    let mut described = Described::new(SymbolKind::Scope, name);
    if language.id == Id::Rust && field(node, language.fields.implemented).is_none() {
        described.inside = Visibility::Private;
    }
    described
}

/// A type without references, generics and path.
fn bare_type(text: &str, span: Span) -> Span {
    let whole = text.get(span.clone()).unwrap_or_default();
    let end = whole.find(['<', '[', '(', ' ']).filter(|end| *end > 0).unwrap_or(whole.len());
    let head = &whole[..end];
    let start = head.rfind([':', '&', '*', '.']).map_or(0, |i| i + 1);
    span.start + start..span.start + end
}

/// Describes a node that defines something; `None` where it turns out to define nothing worth a row.
pub(super) fn symbol(
    language: &Language,
    text: &str,
    node: Node<'_>,
    kind: SymbolKind,
    enclosing: Option<&Symbol>,
    is_wrapped: bool,
) -> Option<Described> {
    let fields = &language.fields;
    let in_function = enclosing.is_some_and(|e| e.kind.is_function());
    let in_type = enclosing.is_some_and(Symbol::has_members);
    let mut described = Described::new(kind, name(language, node).unwrap_or(0..0));
    let mut owner = node;
    let body = field(node, fields.body);
    described.is_measured = kind.is_function() && body.is_some();
    match language.id {
        Id::C | Id::Cpp => {
            if !describe_c(language, text, node, &mut described, in_type, enclosing)? {
                return None;
            }
            if let Some(function) = function_declarator(language, node) {
                owner = function;
            }
        }
        Id::Go => {
            if in_function {
                return None;
            }
            if let Some(receiver) = field(node, fields.receiver) {
                let inner = receiver.named_child(0).and_then(|p| field(p, fields.kind));
                described.scope = inner.map_or(0..0, |t| bare_type(text, t.byte_range()));
            }
            if node.kind() == "type_spec" {
                described.kind = match field(node, fields.kind).map(|t| t.kind()) {
                    Some("struct_type") => SymbolKind::Struct,
                    Some("interface_type") => SymbolKind::Interface,
                    _ => SymbolKind::Type,
                };
            }
        }
        Id::JavaScript | Id::TypeScript | Id::Tsx => {
            if matches!(node.kind(), "variable_declarator" | "public_field_definition" | "field_definition") {
                let value = field(node, fields.value)?;
                if !matches!(value.kind(), "arrow_function" | "function_expression" | "generator_function") {
                    return None;
                }
                owner = value;
                described.is_measured = true;
            }
            if node.kind() == "module" {
                body?;
            }
            if field(node, fields.name).is_some_and(|n| n.kind() == "string") {
                return None;
            }
        }
        Id::Kotlin => {
            if kind == SymbolKind::Property && in_function {
                return None;
            }
            described.is_measured =
                kind.is_function() && child_of_kind(node, &["function_body", "block", "statements"]).is_some();
            if kind == SymbolKind::Class {
                let head = &text[node.start_byte()..described.name.start.max(node.start_byte())];
                let has = |word: &str| head.split_whitespace().any(|w| w == word);
                if has("interface") {
                    described.kind = SymbolKind::Interface;
                } else if has("enum") {
                    described.kind = SymbolKind::Enum;
                }
            }
        }
        Id::Swift => {
            if kind == SymbolKind::Property && in_function {
                return None;
            }
            if kind == SymbolKind::Class {
                described.kind = match field(node, fields.declaration_kind).map(|k| k.kind()) {
                    Some("struct") => SymbolKind::Struct,
                    Some("enum") => SymbolKind::Enum,
                    Some("extension") => SymbolKind::Scope,
                    _ => SymbolKind::Class,
                };
            }
        }
        Id::Rust if node.kind() == "mod_item" => {
            body?;
        }
        Id::Scala => {
            described.is_measured = node.kind() == "function_definition";
            if kind == SymbolKind::Type && in_function {
                return None;
            }
        }
        Id::Ruby => described.is_measured = kind.is_function(),
        Id::Php if node.kind() == "const_element" && in_function => return None,
        _ => {}
    }
    if described.name.is_empty() && described.kind != SymbolKind::Scope {
        return None;
    }
    if described.kind.is_function() || matches!(described.kind, SymbolKind::Record | SymbolKind::Macro) {
        (described.parameters, described.n_parameters) = parameters(language, text, owner);
    }
    described.inside = inside(language.id, described.kind, node);
    described.visibility = visibility(language, text, node, &described, enclosing, is_wrapped);
    Some(described)
}

/// Fills in what C and C++ hide in declarators; `Some(false)` where nothing is defined.
fn describe_c(
    language: &Language,
    text: &str,
    node: Node<'_>,
    described: &mut Described,
    in_type: bool,
    enclosing: Option<&Symbol>,
) -> Option<bool> {
    let fields = &language.fields;
    match node.kind() {
        "struct_specifier" | "union_specifier" | "enum_specifier" | "class_specifier" => {
            field(node, fields.body)?;
            // A specialisation is known by the name of its template.
            let span = described.name.clone();
            let (_, name) = split_qualified(text.get(span.clone()).unwrap_or_default());
            described.name = span.start + name.start..span.start + name.end;
        }
        "function_definition" | "declaration" | "field_declaration" => {
            if node.kind() != "function_definition" && !in_type {
                return Some(false);
            }
            let function = function_declarator(language, node)?;
            let mut at = field(function, fields.declarator)?;
            for _ in 0..64 {
                let Some(next) = field(at, fields.declarator) else { break };
                at = next;
            }
            if matches!(at.kind(), "parenthesized_declarator") {
                return Some(false);
            }
            let span = at.byte_range();
            let (scope, name) = split_qualified(text.get(span.clone()).unwrap_or_default());
            described.scope = span.start..span.start + scope;
            described.name = span.start + name.start..span.start + name.end;
            let is_typed = field(node, fields.kind).is_some();
            let owner_name = enclosing.and_then(|e| text.get(e.name.clone()));
            if node.kind() != "function_definition" && !is_typed && text.get(described.name.clone()) != owner_name {
                // A call of a macro looks like a constructor of another name.
                return Some(name.len() > 1 && at.kind() != "identifier" && at.kind() != "field_identifier");
            }
            described.is_method = in_type;
        }
        "type_definition" => {
            let at = field(node, fields.declarator)?;
            described.name = (at.kind() == "type_identifier").then(|| at.byte_range())?;
        }
        "namespace_definition" if described.name.is_empty() => {
            // What is in a namespace without a name is seen by no other file.
            described.kind = SymbolKind::Scope;
        }
        _ => {}
    }
    Some(true)
}

/// Takes `a::B<c::D>::f<E>` apart: the length of the scope without what stands in angle brackets behind it, and where
/// the name without them lies.
fn split_qualified(whole: &str) -> (usize, Span) {
    let plain = whole.find("operator").unwrap_or(whole.len());
    let (mut depth, mut scope, mut start) = (0_usize, 0, 0);
    for (place, byte) in whole.as_bytes()[..plain].iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && whole[place..].starts_with("::") => {
                scope = whole[..place].find('<').unwrap_or(place);
                start = place + 2;
            }
            _ => {}
        }
    }
    let name = &whole[start..];
    let is_operator = name.trim_start().starts_with("operator");
    let end = if is_operator { name.len() } else { name.find('<').unwrap_or(name.len()) };
    (scope, start..start + name[..end].trim_end().len())
}

fn function_declarator<'t>(language: &Language, node: Node<'t>) -> Option<Node<'t>> {
    let mut at = field(node, language.fields.declarator)?;
    for _ in 0..64 {
        if at.kind() == "function_declarator" {
            return Some(at);
        }
        // A reference has no field for what it refers to.
        at = match field(at, language.fields.declarator) {
            Some(next) => next,
            None if at.kind() == "reference_declarator" => at.named_child(0)?,
            None => return None,
        };
    }
    None
}

fn child_of_kind<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    (0..node.child_count().min(24)).filter_map(|i| node.child(i)).find(|c| kinds.contains(&c.kind()))
}

fn name(language: &Language, node: Node<'_>) -> Option<Span> {
    let found = match field(node, language.fields.name) {
        Some(found) => found,
        None => child_of_kind(
            node,
            &[
                "identifier",
                "simple_identifier",
                "type_identifier",
                "name",
                "variable_declaration",
                "scoped_identifier",
                "qualified_identifier",
                "package_identifier",
                "companion",
            ],
        )?,
    };
    if found.kind() == "variable_declaration" {
        return found.named_child(0).map(|n| n.byte_range());
    }
    Some(found.byte_range())
}

/// Parameters as written, without the outer brackets, and how many.
fn parameters(language: &Language, text: &str, node: Node<'_>) -> (Span, i64) {
    let list = field(node, language.fields.parameters)
        .or_else(|| child_of_kind(node, &["function_value_parameters", "parameter_list", "preproc_params"]));
    if language.id == Id::Swift {
        let mut span = 0..0;
        let mut n = 0;
        for child in (0..node.child_count().min(200)).filter_map(|i| node.child(i)) {
            if child.kind() == "parameter" {
                if n == 0 {
                    span.start = child.start_byte();
                }
                span.end = child.end_byte();
                n += 1;
            }
        }
        return (span, n);
    }
    let Some(list) = list else {
        // An arrow function with one bare parameter.
        let is_script = matches!(language.id, Id::JavaScript | Id::TypeScript | Id::Tsx);
        return match node.child_by_field_name("parameter").filter(|_| is_script) {
            Some(one) => (one.byte_range(), 1),
            None => (0..0, 0),
        };
    };
    let mut span = list.byte_range();
    let mut n = 0;
    let mut lists = 0;
    let mut cursor = node.walk();
    if language.id == Id::Scala {
        for each in node.children_by_field_id(
            std::num::NonZero::new(language.fields.parameters).unwrap_or(std::num::NonZero::<u16>::MIN),
            &mut cursor,
        ) {
            span.end = each.end_byte();
            lists += 1;
            n += i64::try_from(each.named_child_count()).unwrap_or(0);
        }
    } else {
        n = count(language, text, list);
    }
    let whole = text.get(span.clone()).unwrap_or_default();
    if lists < 2 && whole.starts_with('(') && whole.ends_with(')') && whole.len() > 1 {
        span = span.start + 1..span.end - 1;
    }
    (span, n)
}

fn count(language: &Language, text: &str, list: Node<'_>) -> i64 {
    let mut n = 0;
    let mut cursor = list.walk();
    for (place, child) in list.children(&mut cursor).enumerate() {
        if child.is_extra() {
            continue;
        }
        let kind = child.kind();
        let own = || text.get(child.byte_range()).unwrap_or_default();
        n += match language.id {
            Id::CSharp | Id::Kotlin => i64::from(kind == "parameter" || kind == "params"),
            _ if !child.is_named() => 0,
            Id::Rust => i64::from(!matches!(kind, "self_parameter" | "attribute_item")),
            Id::Java => i64::from(kind != "receiver_parameter"),
            Id::Python => {
                let is_receiver = place == 1 && matches!(own(), "self" | "cls");
                i64::from(!is_receiver && !matches!(kind, "keyword_separator" | "positional_separator"))
            }
            Id::Go => {
                let mut names = child.walk();
                let n = child.children_by_field_name("name", &mut names).count();
                i64::try_from(n.max(1)).unwrap_or(1)
            }
            Id::C | Id::Cpp => i64::from(own() != "void"),
            Id::TypeScript | Id::Tsx => i64::from(!own().starts_with("this:")),
            _ => 1,
        };
    }
    n
}

/// What members of a definition are when they do not say.
fn inside(id: Id, kind: SymbolKind, node: Node<'_>) -> Visibility {
    match (id, kind) {
        (Id::Java | Id::CSharp, SymbolKind::Interface) | (Id::Rust, SymbolKind::Trait) => Visibility::Public,
        (Id::Java, _) | (Id::CSharp, SymbolKind::Namespace) => Visibility::Package,
        (Id::CSharp | Id::Rust, _) | (Id::Cpp, SymbolKind::Class | SymbolKind::Scope) => Visibility::Private,
        (Id::Swift, _) => {
            // Members of a public protocol are as public as it is; everything else is internal.
            let is_public = child_of_kind(node, &["modifiers"]).is_some() && kind == SymbolKind::Interface;
            if is_public { Visibility::Public } else { Visibility::Package }
        }
        _ => Visibility::Public,
    }
}

fn visibility(
    language: &Language,
    text: &str,
    node: Node<'_>,
    described: &Described,
    enclosing: Option<&Symbol>,
    is_wrapped: bool,
) -> Option<Visibility> {
    let name = text.get(described.name.clone()).unwrap_or_default();
    let kind = described.kind;
    if kind == SymbolKind::Namespace {
        return Some(Visibility::Public);
    }
    let in_type = enclosing.is_some_and(|e| e.kind.is_type());
    match language.id {
        Id::Go => {
            let is_exported = name.chars().next().is_some_and(char::is_uppercase);
            Some(if is_exported { Visibility::Public } else { Visibility::Package })
        }
        Id::Python => {
            let is_special = name.starts_with("__") && name.ends_with("__");
            Some(if name.starts_with('_') && !is_special { Visibility::Private } else { Visibility::Public })
        }
        Id::JavaScript | Id::TypeScript | Id::Tsx => {
            if name.starts_with('#') || (in_type && name.starts_with('_')) {
                return Some(Visibility::Private);
            }
            if in_type {
                return modifier(text, node).or(Some(Visibility::Public));
            }
            Some(if is_wrapped { Visibility::Public } else { Visibility::Private })
        }
        Id::Ruby => {
            let line = &text[..node.start_byte()];
            let line = line.rsplit('\n').next().unwrap_or_default().trim_end();
            if line.ends_with("private") || line.ends_with("private_class_method") {
                Some(Visibility::Private)
            } else if line.ends_with("protected") {
                Some(Visibility::Protected)
            } else if node.kind() == "singleton_method" || !kind.is_function() {
                Some(Visibility::Public)
            } else {
                None
            }
        }
        Id::Cpp if in_type => None,
        Id::Java | Id::CSharp | Id::Rust | Id::Swift => {
            let top = match language.id {
                Id::CSharp | Id::Java | Id::Swift => Visibility::Package,
                _ => Visibility::Private,
            };
            modifier(text, node).or_else(|| enclosing.is_none().then_some(top))
        }
        Id::C | Id::Cpp | Id::Kotlin | Id::Scala | Id::Php => modifier(text, node).or(Some(Visibility::Public)),
        Id::Elixir | Id::Bash => Some(Visibility::Public),
    }
}

/// The visibility that a definition writes down.
fn modifier(text: &str, node: Node<'_>) -> Option<Visibility> {
    let own = |n: Node<'_>| {
        let words = text.get(n.byte_range()).unwrap_or_default();
        if words.starts_with("pub(") && !words.contains("crate::") {
            return Some(Visibility::Package);
        }
        Visibility::of(words.split(['[', ' ']).next().unwrap_or_default())
    };
    let mut found = None;
    for child in (0..node.child_count().min(MAX_MODIFIERS)).filter_map(|i| node.child(i)) {
        let kind = child.kind();
        if kind == "modifiers" {
            for inner in (0..child.child_count().min(MAX_MODIFIERS)).filter_map(|i| child.child(i)) {
                let is_word = !inner.is_named() || inner.kind().ends_with("_modifier");
                // `static` hides only in C.
                found = found.or(own(inner).filter(|_| is_word && inner.kind() != "static"));
            }
        } else if kind == "modifier" || kind.ends_with("visibility_modifier") || kind == "accessibility_modifier" {
            let word = own(child).filter(|_| text.get(child.byte_range()) != Some("static"));
            // `protected internal` is the wider of the two, `private protected` the narrower.
            found = found.or(word);
        } else if kind == "storage_class_specifier" {
            found = found.or(own(child));
        }
    }
    found
}

/// Whether a definition is marked as a test: before its name, above it, or by a name that is a macro.
pub(super) fn is_test(language: &Language, text: &str, name: &str, head: Span, attributes: Span) -> bool {
    let mut start = head.start;
    if head.len() > 4_000 {
        start = head.end - 4_000;
        while !text.is_char_boundary(start) {
            start += 1;
        }
    }
    let head = text.get(start..head.end).unwrap_or_default();
    let attributes = text.get(attributes).unwrap_or_default();
    language.test_marks.iter().any(|mark| {
        let is_name = mark.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if is_name { mark == name } else { head.contains(mark.as_str()) || attributes.contains(mark.as_str()) }
    })
}

/// The string that documents a class or function of Python.
pub(super) fn docstring(language: &Language, node: Node<'_>) -> Option<Span> {
    let first = field(node, language.fields.body)?.named_child(0)?;
    let string =
        if first.kind() == "string" { first } else { first.named_child(0).filter(|s| s.kind() == "string")? };
    Some(string.byte_range())
}

/// Whether a jump names where it goes: `break outer`, `continue 2`, `goto end`.
pub(super) fn names_label(id: Id, statement: &str) -> bool {
    let word = statement.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let rest = statement[word.len()..].trim_start();
    match word {
        "goto" => true,
        "break" | "continue" if id == Id::Rust => rest.starts_with('\''),
        "break" | "continue" => rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '@'),
        _ => false,
    }
}

/// Marks what a script exports by name elsewhere in the file: `export { a }`, `module.exports = { a }`, `exports.a`.
pub(super) fn exports(text: &str, symbols: &mut [Symbol]) {
    let has_export = text.contains("export ") || text.contains("export{");
    let has_common = text.contains("exports");
    let is_top = |s: &Symbol| s.depth == 0;
    if !has_export && !has_common {
        if !text.contains("import ") {
            // A plain script: everything at its top level is visible to the page.
            symbols.iter_mut().filter(|s| is_top(s)).for_each(|s| s.visibility = Visibility::Public);
        }
        return;
    }
    let mut names = rustc_hash::FxHashSet::default();
    let words = |list: &'_ str| -> Vec<String> {
        list.split(',')
            .filter_map(|part| part.split([':', ' ']).find(|w| !w.trim().is_empty()).map(|w| w.trim().to_owned()))
            .collect()
    };
    for mark in ["export {", "export{", "module.exports = {", "export default ", "module.exports = ", "exports."] {
        for (place, _) in text.match_indices(mark).take(2_000) {
            let rest = &text[place + mark.len()..];
            if mark.ends_with('{') {
                let end = rest.find('}').filter(|end| *end < 20_000);
                names.extend(end.map_or_else(Vec::new, |end| words(&rest[..end])));
            } else {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
                names.insert(rest[..end.unwrap_or(rest.len())].to_owned());
            }
        }
    }
    for symbol in symbols.iter_mut().filter(|s| is_top(s)) {
        if text.get(symbol.name.clone()).is_some_and(|name| names.contains(name)) {
            symbol.visibility = Visibility::Public;
        }
    }
}

/// Appends text with runs of white space as one space, cut at `limit` characters.
pub(super) fn fold(text: &str, limit: usize, into: &mut String) {
    let mut n = 0;
    let mut is_space = false;
    for sign in text.trim().chars() {
        if sign.is_whitespace() || sign.is_control() {
            is_space = true;
            continue;
        }
        if n + usize::from(is_space) >= limit {
            into.push('…');
            return;
        }
        if is_space {
            into.push(' ');
            n += 1;
            is_space = false;
        }
        into.push(sign);
        n += 1;
    }
}
