//! Calls that define, import or hide something: `require "x"`, `private`, `defmodule`, `source lib.sh`.

use tree_sitter::Node;

use super::describe::{Described, Visibility};
use super::language::{Id, Language, SymbolKind, role};
use super::walk::Span;

/// What a call, or a word that stands like one, does.
#[derive(Debug)]
pub(super) enum Call<'a> {
    /// Nothing of interest.
    Plain,
    /// Imports a target, on these rows counted from 0.
    Import(&'a str, usize, usize),
    /// One of Elixir's import words.
    Imports,
    /// Members that follow are of this visibility.
    Visibility(Visibility),
    /// A member named elsewhere is of this visibility.
    Hide(Span, Visibility),
    /// Documents what follows.
    Doc(Span),
    /// Documents what it stands in.
    ModuleDoc(Span),
    /// May stand between documentation and definition.
    Between,
    /// Defines something.
    Define(Box<Described>),
    /// A control structure with so many paths more.
    Structure(i64),
}

/// Reads one call.
pub(super) fn read<'a>(language: &Language, text: &'a str, node: Node<'_>, role: u32) -> Call<'a> {
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    match language.id {
        Id::Bash => bash(language, text, node),
        Id::JavaScript | Id::TypeScript | Id::Tsx => {
            let Some(function) = node.child_by_field_id(language.fields.function) else { return Call::Plain };
            if function.kind() != "import" && !(function.kind() == "identifier" && own(function) == "require") {
                return Call::Plain;
            }
            let first = node.child_by_field_id(language.fields.arguments).and_then(|a| a.named_child(0));
            match first.filter(|f| f.kind() == "string") {
                Some(first) => import(node, unquoted(own(first))),
                None => Call::Plain,
            }
        }
        Id::Ruby if role & role::ACCESS != 0 => Visibility::of_ruby(own(node)).map_or(Call::Plain, Call::Visibility),
        Id::Ruby => ruby(language, text, node),
        Id::Cpp => match own(node) {
            "public" => Call::Visibility(Visibility::Public),
            "protected" => Call::Visibility(Visibility::Protected),
            "private" => Call::Visibility(Visibility::Private),
            _ => Call::Plain,
        },
        Id::Elixir if role & role::ACCESS != 0 => attribute(language, text, node),
        Id::Elixir => elixir(language, text, node),
        _ => Call::Plain,
    }
}

impl Visibility {
    fn of_ruby(word: &str) -> Option<Self> {
        Some(match word {
            "private" => Self::Private,
            "protected" => Self::Protected,
            "public" => Self::Public,
            _ => return None,
        })
    }
}

fn import<'a>(node: Node<'_>, target: &'a str) -> Call<'a> {
    Call::Import(target, node.start_position().row, node.end_position().row)
}

/// A literal without its quotes.
pub(super) fn unquoted(literal: &str) -> &str {
    let inner = literal.trim();
    for quote in ['"', '\'', '`'] {
        if let Some(inner) = inner.strip_prefix(quote).and_then(|i| i.strip_suffix(quote)) {
            return inner;
        }
    }
    inner
}

fn bash<'a>(language: &Language, text: &'a str, node: Node<'_>) -> Call<'a> {
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    let Some(name) = node.child_by_field_id(language.fields.name) else { return Call::Plain };
    if !matches!(own(name), "source" | ".") {
        return Call::Plain;
    }
    match node.child_by_field_id(language.fields.argument) {
        Some(argument) => import(node, unquoted(own(argument))),
        None => Call::Plain,
    }
}

fn ruby<'a>(language: &Language, text: &'a str, node: Node<'_>) -> Call<'a> {
    let own = |n: Node<'_>| text.get(n.byte_range()).unwrap_or_default();
    let Some(method) = node.child_by_field_id(language.fields.method) else { return Call::Plain };
    let arguments = node.child_by_field_id(language.fields.arguments);
    let literal = |place: u32| arguments.and_then(|a| a.named_child(place)).filter(|a| a.kind() == "string").map(own);
    let word = own(method);
    match word {
        "require" | "require_relative" | "load" | "autoload" if node.child_by_field_name("receiver").is_none() => {
            match literal(u32::from(word == "autoload")) {
                // The whole call tells a relative path from one that is searched for.
                Some(path) if word == "require_relative" => {
                    let call = own(node);
                    if call.contains('\n') { import(node, unquoted(path)) } else { import(node, call) }
                }
                Some(path) => import(node, unquoted(path)),
                None => Call::Plain,
            }
        }
        "private" | "protected" | "public" | "private_class_method" => {
            let Some(name) = arguments.and_then(|a| a.named_child(0)).filter(|a| a.kind() == "simple_symbol") else {
                return Call::Plain;
            };
            let visibility = Visibility::of_ruby(word).unwrap_or(Visibility::Private);
            Call::Hide(name.start_byte() + 1..name.end_byte(), visibility)
        }
        _ => Call::Plain,
    }
}

/// `@doc "…"` and other module attributes.
fn attribute<'a>(language: &Language, text: &str, node: Node<'_>) -> Call<'a> {
    if text.as_bytes().get(node.start_byte()) != Some(&b'@') {
        return Call::Plain;
    }
    let Some(operand) = node.child_by_field_name("operand").filter(|o| o.kind() == "call") else { return Call::Plain };
    let word = operand.child_by_field_id(language.fields.target).map(|t| t.byte_range());
    let string = (0..operand.named_child_count().min(4))
        .filter_map(|i| operand.named_child(u32::try_from(i).unwrap_or(0)))
        .find(|c| c.kind() == "arguments")
        .and_then(|a| a.named_child(0))
        .filter(|s| s.kind() == "string");
    match (word.and_then(|w| text.get(w)), string) {
        (Some("moduledoc"), Some(string)) => Call::ModuleDoc(string.byte_range()),
        (Some("doc" | "typedoc"), Some(string)) => Call::Doc(string.byte_range()),
        _ => Call::Between,
    }
}

fn elixir<'a>(language: &Language, text: &'a str, node: Node<'_>) -> Call<'a> {
    let Some(target) = node.child_by_field_id(language.fields.target).filter(|t| t.kind() == "identifier") else {
        return Call::Plain;
    };
    let word = text.get(target.byte_range()).unwrap_or_default();
    let child = |kind: &str| {
        (0..node.named_child_count().min(4))
            .filter_map(|i| node.named_child(u32::try_from(i).unwrap_or(0)))
            .find(|c| c.kind() == kind)
    };
    let arguments = || child("arguments");
    match word {
        "alias" | "import" | "use" | "require" => Call::Imports,
        "defmodule" | "defprotocol" | "defimpl" => {
            let Some(name) = arguments().and_then(|a| a.named_child(0)).filter(|n| n.kind() == "alias") else {
                return Call::Plain;
            };
            let kind = match word {
                "defmodule" => SymbolKind::Module,
                "defprotocol" => SymbolKind::Interface,
                _ => SymbolKind::Scope,
            };
            let mut described = Described::new(kind, name.byte_range());
            described.visibility = Some(Visibility::Public);
            Call::Define(Box::new(described))
        }
        "def" | "defp" | "defmacro" | "defmacrop" | "defdelegate" | "defguard" | "defguardp" => {
            let Some(mut head) = arguments().and_then(|a| a.named_child(0)) else { return Call::Plain };
            if head.kind() == "binary_operator"
                && let Some(left) = head.child_by_field_name("left")
            {
                head = left;
            }
            let kind = if word.starts_with("defm") { SymbolKind::Macro } else { SymbolKind::Function };
            let name = head.child_by_field_id(language.fields.target).unwrap_or(head);
            if name.kind() != "identifier" {
                return Call::Plain;
            }
            let mut described = Described::new(kind, name.byte_range());
            let list = head.named_child(1).filter(|l| head.kind() == "call" && l.kind() == "arguments");
            if let Some(list) = list {
                let whole = list.byte_range();
                let has_brackets = text.get(whole.clone()).is_some_and(|t| t.starts_with('(') && t.len() > 1);
                described.parameters = if has_brackets { whole.start + 1..whole.end - 1 } else { whole };
                described.n_parameters = i64::try_from(list.named_child_count()).unwrap_or(0);
            }
            described.visibility = Some(if word.ends_with('p') { Visibility::Private } else { Visibility::Public });
            described.is_measured = kind == SymbolKind::Function;
            Call::Define(Box::new(described))
        }
        "if" | "unless" | "for" => Call::Structure(1),
        "case" | "cond" | "receive" => {
            let mut paths = 0;
            if let Some(block) = child("do_block") {
                let mut cursor = block.walk();
                for clause in block.named_children(&mut cursor).filter(|c| c.kind() == "stab_clause") {
                    let head = text.get(clause.byte_range()).unwrap_or_default();
                    paths += i64::from(!head.starts_with("_ ->") && !head.starts_with("true ->"));
                }
            }
            Call::Structure(paths)
        }
        _ => Call::Plain,
    }
}
