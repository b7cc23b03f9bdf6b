//! What each language calls things: the descriptions of `rules/languages`, turned into one table per grammar that
//! maps a node's number to what the walk has to do there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use tree_sitter::Language as Grammar;

/// What a walk does at a node; a set of bits, so that the common node costs one look-up.
pub(super) mod role {
    /// Adds a path (`McCabe`).
    pub(crate) const DECISION: u32 = 1;
    /// Adds 1 and the depth to the cognitive complexity, and deepens what is inside.
    pub(crate) const STRUCTURE: u32 = 1 << 1;
    /// Only deepens what is inside.
    pub(crate) const LAMBDA: u32 = 1 << 2;
    /// May follow an `else`, and then is no structure of its own.
    pub(crate) const IF: u32 = 1 << 3;
    /// Adds 1 to the cognitive complexity.
    pub(crate) const FLAT: u32 = 1 << 4;
    /// An expression whose operator may be logical.
    pub(crate) const LOGICAL: u32 = 1 << 5;
    /// A logical operator.
    pub(crate) const OPERATOR: u32 = 1 << 6;
    /// The word `else`.
    pub(crate) const ELSE: u32 = 1 << 7;
    /// An `else` directly inside, or one level down, is none: a default case.
    pub(crate) const NO_ELSE: u32 = 1 << 8;
    /// A jump, which counts when it names a label.
    pub(crate) const JUMP: u32 = 1 << 9;
    /// One case of a switch, a path unless it is the default.
    pub(crate) const CASE: u32 = 1 << 10;
    /// An import.
    pub(crate) const IMPORT: u32 = 1 << 11;
    /// A comment.
    pub(crate) const COMMENT: u32 = 1 << 12;
    /// An attribute that stands beside what it describes.
    pub(crate) const ATTRIBUTE: u32 = 1 << 13;
    /// Wraps a definition and belongs to its extent.
    pub(crate) const WRAP: u32 = 1 << 14;
    /// Names what is inside without being a definition, such as an `impl`.
    pub(crate) const SCOPE: u32 = 1 << 15;
    /// A call, which in some languages defines or imports.
    pub(crate) const CALL: u32 = 1 << 16;
    /// Brackets around an expression.
    pub(crate) const BRACKETS: u32 = 1 << 17;
    /// Changes the visibility of what follows.
    pub(crate) const ACCESS: u32 = 1 << 18;
    /// Nothing inside is of interest.
    pub(crate) const LEAF: u32 = 1 << 19;
    /// A definition.
    pub(crate) const SYMBOL: u32 = 1 << 20;
    /// A place that the parser did not understand.
    pub(crate) const ERROR: u32 = 1 << 21;
}

/// The word in column `symbols.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SymbolKind {
    Function,
    Method,
    Constructor,
    Class,
    Interface,
    Trait,
    Struct,
    Enum,
    Record,
    Object,
    Module,
    Namespace,
    Type,
    Constant,
    Macro,
    Property,
    /// Gives its name to what is inside and is no row itself.
    Scope,
}

impl SymbolKind {
    /// The word shown to users.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Constructor => "constructor",
            Self::Class => "class",
            Self::Interface => "interface",
            Self::Trait => "trait",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Record => "record",
            Self::Object => "object",
            Self::Module => "module",
            Self::Namespace => "namespace",
            Self::Type | Self::Scope => "type",
            Self::Constant => "constant",
            Self::Macro => "macro",
            Self::Property => "property",
        }
    }

    /// Has a body whose complexity is measured.
    pub(super) fn is_function(self) -> bool {
        matches!(self, Self::Function | Self::Method | Self::Constructor)
    }

    /// Makes a function inside it a method.
    pub(super) fn is_type(self) -> bool {
        matches!(
            self,
            Self::Class
                | Self::Interface
                | Self::Trait
                | Self::Struct
                | Self::Enum
                | Self::Record
                | Self::Object
                | Self::Type
                | Self::Scope
        )
    }
}

/// A grammar with its own way of naming, documenting and hiding things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    Bash,
    C,
    Cpp,
    CSharp,
    Elixir,
    Go,
    Java,
    JavaScript,
    Kotlin,
    Php,
    Python,
    Ruby,
    Rust,
    Scala,
    Swift,
    TypeScript,
    Tsx,
}

/// A description as it is written in `rules/languages`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Description {
    /// How a documentation comment starts.
    doc_comments: Vec<String>,
    /// What marks a test above or before its name.
    test_marks: Vec<String>,
    /// Names of constructors.
    constructors: Vec<String>,
    /// Node kind to kind of symbol.
    symbols: BTreeMap<String, SymbolKind>,
    scopes: Vec<String>,
    wrappers: Vec<String>,
    comments: Vec<String>,
    attributes: Vec<String>,
    imports: Vec<String>,
    calls: Vec<String>,
    access: Vec<String>,
    leaves: Vec<String>,
    ifs: Vec<String>,
    elifs: Vec<String>,
    no_else: Vec<String>,
    /// The word `else` is a named node in this grammar.
    else_is_a_node: bool,
    loops: Vec<String>,
    catches: Vec<String>,
    ternaries: Vec<String>,
    switches: Vec<String>,
    cases: Vec<String>,
    /// How the text of a default case starts.
    default_cases: Vec<String>,
    lambdas: Vec<String>,
    jumps: Vec<String>,
    logical: Vec<String>,
    operators: Vec<String>,
    brackets: Vec<String>,
    decisions: Vec<String>,
    /// A query for names that stand for a text, empty where there is none.
    pub(super) constants: String,
    /// What belongs to the language itself; used by the resolution of imports.
    pub(super) standard: Vec<String>,
    /// Import name to package name where the two differ.
    pub(super) packages: BTreeMap<String, String>,
}

/// Everything the walk needs to know of one language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) id: Id,
    pub(super) grammar: Grammar,
    /// Roles by node number.
    pub(super) roles: Vec<u32>,
    /// Kind of symbol by node number, where the role says `SYMBOL`.
    pub(super) kinds: Vec<SymbolKind>,
    pub(super) fields: Fields,
    pub(super) doc_comments: Vec<String>,
    pub(super) test_marks: Vec<String>,
    pub(super) constructors: Vec<String>,
    pub(super) default_cases: Vec<String>,
}

/// Numbers of the fields that are looked at, 0 where a grammar has none of that name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields {
    pub(super) name: u16,
    pub(super) body: u16,
    pub(super) parameters: u16,
    pub(super) declarator: u16,
    pub(super) value: u16,
    pub(super) source: u16,
    pub(super) path: u16,
    pub(super) receiver: u16,
    pub(super) kind: u16,
    pub(super) target: u16,
    pub(super) method: u16,
    pub(super) function: u16,
    pub(super) arguments: u16,
    pub(super) argument: u16,
    pub(super) implemented: u16,
    pub(super) declaration_kind: u16,
    pub(super) module_name: u16,
}

const SOURCES: [(Id, &str); 17] = [
    (Id::Bash, include_str!("../../../../rules/languages/bash.toml")),
    (Id::C, include_str!("../../../../rules/languages/c.toml")),
    (Id::Cpp, include_str!("../../../../rules/languages/cpp.toml")),
    (Id::CSharp, include_str!("../../../../rules/languages/csharp.toml")),
    (Id::Elixir, include_str!("../../../../rules/languages/elixir.toml")),
    (Id::Go, include_str!("../../../../rules/languages/go.toml")),
    (Id::Java, include_str!("../../../../rules/languages/java.toml")),
    (Id::JavaScript, include_str!("../../../../rules/languages/javascript.toml")),
    (Id::Kotlin, include_str!("../../../../rules/languages/kotlin.toml")),
    (Id::Php, include_str!("../../../../rules/languages/php.toml")),
    (Id::Python, include_str!("../../../../rules/languages/python.toml")),
    (Id::Ruby, include_str!("../../../../rules/languages/ruby.toml")),
    (Id::Rust, include_str!("../../../../rules/languages/rust.toml")),
    (Id::Scala, include_str!("../../../../rules/languages/scala.toml")),
    (Id::Swift, include_str!("../../../../rules/languages/swift.toml")),
    // One description serves both grammars of TypeScript.
    (Id::TypeScript, include_str!("../../../../rules/languages/javascript.toml")),
    (Id::Tsx, include_str!("../../../../rules/languages/javascript.toml")),
];

impl Id {
    /// The grammar for a language by tokei's name.
    pub(crate) fn of(language: &str) -> Option<Self> {
        Some(match language {
            "BASH" | "Shell" => Self::Bash,
            "C" | "C Header" => Self::C,
            "C++" | "C++ Header" | "C++ Module" => Self::Cpp,
            "C#" => Self::CSharp,
            "Elixir" => Self::Elixir,
            "Go" => Self::Go,
            "Java" => Self::Java,
            "JavaScript" | "JSX" => Self::JavaScript,
            "Kotlin" => Self::Kotlin,
            "PHP" => Self::Php,
            "Python" => Self::Python,
            "Ruby" => Self::Ruby,
            "Rust" => Self::Rust,
            "Scala" => Self::Scala,
            "Swift" => Self::Swift,
            "TypeScript" => Self::TypeScript,
            "TSX" => Self::Tsx,
            _ => return None,
        })
    }

    fn grammar(self) -> Grammar {
        match self {
            Self::Bash => tree_sitter_bash::LANGUAGE,
            Self::C => tree_sitter_c::LANGUAGE,
            Self::Cpp => tree_sitter_cpp::LANGUAGE,
            Self::CSharp => tree_sitter_c_sharp::LANGUAGE,
            Self::Elixir => tree_sitter_elixir::LANGUAGE,
            Self::Go => tree_sitter_go::LANGUAGE,
            Self::Java => tree_sitter_java::LANGUAGE,
            Self::JavaScript => tree_sitter_javascript::LANGUAGE,
            Self::Kotlin => tree_sitter_kotlin_ng::LANGUAGE,
            Self::Php => tree_sitter_php::LANGUAGE_PHP,
            Self::Python => tree_sitter_python::LANGUAGE,
            Self::Ruby => tree_sitter_ruby::LANGUAGE,
            Self::Rust => tree_sitter_rust::LANGUAGE,
            Self::Scala => tree_sitter_scala::LANGUAGE,
            Self::Swift => tree_sitter_swift::LANGUAGE,
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        }
        .into()
    }
}

/// The description of a language, parsed once per process.
pub(super) fn description(id: Id) -> &'static Description {
    static ALL: OnceLock<Vec<Description>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        SOURCES
            .iter()
            .map(|(_, text)| toml::from_str(text).expect("the embedded descriptions are checked by a test"))
            .collect()
    });
    let place = SOURCES.iter().position(|(i, _)| *i == id).expect("every grammar has a description");
    &all[place]
}

/// The table of a language, built once per process.
pub(super) fn language(id: Id) -> &'static Language {
    static ALL: [OnceLock<Language>; SOURCES.len()] = [const { OnceLock::new() }; SOURCES.len()];
    let place = SOURCES.iter().position(|(i, _)| *i == id).expect("every grammar has a description");
    ALL[place].get_or_init(|| Language::build(id))
}

impl Language {
    fn build(id: Id) -> Self {
        let description = description(id);
        let grammar = id.grammar();
        let (named, tokens) = description.roles();
        let count = grammar.node_kind_count();
        let mut roles = vec![0; count];
        let mut kinds = vec![SymbolKind::Type; count];
        for number in 0..count {
            let Ok(number) = u16::try_from(number) else { break };
            let Some(name) = grammar.node_kind_for_id(number) else { continue };
            let place = usize::from(number);
            if grammar.node_kind_is_named(number) {
                roles[place] = named.get(name).copied().unwrap_or(0);
                if let Some(kind) = description.symbols.get(name) {
                    kinds[place] = *kind;
                }
            } else {
                roles[place] = tokens.get(name).copied().unwrap_or(0);
            }
        }
        let field = |name: &str| grammar.field_id_for_name(name).map_or(0, std::num::NonZero::get);
        let fields = Fields {
            name: field("name"),
            body: field("body"),
            parameters: field("parameters"),
            declarator: field("declarator"),
            value: field("value"),
            source: field("source"),
            path: field("path"),
            receiver: field("receiver"),
            kind: field("type"),
            target: field("target"),
            method: field("method"),
            function: field("function"),
            arguments: field("arguments"),
            argument: field("argument"),
            implemented: field("trait"),
            declaration_kind: field("declaration_kind"),
            module_name: field("module_name"),
        };
        Self {
            id,
            grammar,
            roles,
            kinds,
            fields,
            doc_comments: description.doc_comments.clone(),
            test_marks: description.test_marks.clone(),
            constructors: description.constructors.clone(),
            default_cases: description.default_cases.clone(),
        }
    }

    /// What to do at a node of that number. The parser's own ERROR node has the highest number there is.
    pub(super) fn role(&self, number: u16) -> u32 {
        if number == u16::MAX { role::ERROR } else { self.roles.get(usize::from(number)).copied().unwrap_or(0) }
    }
}

impl Description {
    /// Roles by the names of nodes and of tokens. A token is written in quotes: `'case'`.
    fn roles(&self) -> (FxHashMap<&str, u32>, FxHashMap<&str, u32>) {
        let mut named: FxHashMap<&str, u32> = FxHashMap::default();
        let mut tokens: FxHashMap<&str, u32> = FxHashMap::default();
        for (names, bits) in self.lists() {
            for name in names {
                match name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')) {
                    Some(token) => *tokens.entry(token).or_default() |= bits,
                    None => *named.entry(name).or_default() |= bits,
                }
            }
        }
        // Every grammar calls it so, and only where it is one.
        let words = if self.else_is_a_node { &mut named } else { &mut tokens };
        words.insert("else", role::ELSE);
        for name in self.symbols.keys() {
            *named.entry(name).or_default() |= role::SYMBOL;
        }
        (named, tokens)
    }

    fn lists(&self) -> [(&[String], u32); 22] {
        use role::{
            ACCESS, ATTRIBUTE, BRACKETS, CALL, CASE, COMMENT, DECISION, FLAT, IF, IMPORT, JUMP, LAMBDA, LEAF, LOGICAL,
            NO_ELSE, OPERATOR, SCOPE, STRUCTURE, WRAP,
        };
        [
            (&self.scopes, SCOPE),
            (&self.wrappers, WRAP),
            (&self.comments, COMMENT),
            (&self.attributes, ATTRIBUTE),
            (&self.imports, IMPORT),
            (&self.calls, CALL),
            (&self.access, ACCESS),
            (&self.leaves, LEAF),
            (&self.ifs, IF | DECISION | STRUCTURE),
            (&self.elifs, DECISION | FLAT),
            (&self.no_else, NO_ELSE),
            (&self.loops, DECISION | STRUCTURE),
            (&self.catches, DECISION | STRUCTURE),
            (&self.ternaries, DECISION | STRUCTURE),
            (&self.switches, STRUCTURE),
            (&self.cases, CASE),
            (&self.lambdas, LAMBDA),
            (&self.jumps, JUMP),
            (&self.logical, LOGICAL),
            (&self.operators, OPERATOR | DECISION),
            (&self.brackets, BRACKETS),
            (&self.decisions, DECISION),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name in a description exists in its grammar: a renamed node must not silently switch a rule off.
    #[test]
    fn descriptions_name_nodes_that_exist() {
        for (id, text) in SOURCES {
            let parsed: Result<Description, _> = toml::from_str(text);
            assert!(parsed.is_ok(), "{id:?}: {parsed:?}");
            let (named, tokens) = description(id).roles();
            let grammar = id.grammar();
            let exists = |name: &str, is_named: bool| {
                (0..grammar.node_kind_count()).any(|n| {
                    u16::try_from(n).is_ok_and(|n| {
                        grammar.node_kind_for_id(n) == Some(name) && grammar.node_kind_is_named(n) == is_named
                    })
                })
            };
            // The description of JavaScript also names what only TypeScript has.
            let both = id == Id::JavaScript;
            let mut missing: Vec<&str> = named.keys().filter(|n| !both && !exists(n, true)).copied().collect();
            missing.extend(tokens.keys().filter(|n| !both && !exists(n, false)));
            missing.sort_unstable();
            assert!(missing.is_empty(), "{id:?} has no nodes {missing:?}");
        }
    }
}
