//! `rules/files.toml`, compiled once into tables that need a handful of look-ups per file.
//!
//! Every table maps to a set of rules, one bit each. All bits that a file sets are gathered, then the lowest rule that
//! nothing takes back decides. So the cost of a file does not grow with the number of rules.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::bytes::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use tokei::LanguageType;

use crate::file::FileKind;

const SOURCE: &str = include_str!("../../../../rules/files.toml");

/// A notice stands at the top; further down the phrase is more likely a generator's own text.
const NOTICE_LINES: usize = 40;

/// The caller hands in the first 8 kB: with so many bytes there is more to come.
const LARGE: usize = 8_000;

pub(super) static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::compile(SOURCE).expect("a test compiles the embedded rules"));

#[derive(Debug, Deserialize)]
struct RuleFile {
    rule: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    kind: String,
    #[serde(rename = "why")]
    _why: String,
    #[serde(default)]
    folders: Vec<String>,
    #[serde(default)]
    folder_suffixes: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    name_globs: Vec<String>,
    #[serde(default)]
    name_suffixes: Vec<String>,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    heads: Vec<String>,
    #[serde(default)]
    large: bool,
    #[serde(default)]
    unless_folders: Vec<String>,
    #[serde(default)]
    unless_languages: Vec<String>,
}

/// A set of rules: bit `i` is rule `i`.
type Bits = u64;

/// Names to the rules that ask for them.
#[derive(Debug, Default)]
struct Table(FxHashMap<String, Bits>);

impl Table {
    fn add(&mut self, words: &[String], bit: Bits) {
        for word in words {
            *self.0.entry(word.to_lowercase()).or_default() |= bit;
        }
    }

    fn get(&self, word: &str) -> Bits {
        self.0.get(word).copied().unwrap_or(0)
    }
}

#[derive(Debug)]
pub(super) struct Rules {
    kinds: Vec<FileKind>,
    folders: Table,
    unless_folders: Table,
    folder_suffixes: Vec<(String, Bits)>,
    names: Table,
    globs: GlobSet,
    glob_bits: Vec<Bits>,
    name_suffixes: Vec<(String, Bits)>,
    extensions: Table,
    languages: Table,
    unless_languages: Table,
    heads: Table,
    notices: Regex,
    large: Bits,
}

impl Rules {
    fn compile(source: &str) -> Result<Self, String> {
        let file: RuleFile = toml::from_str(source).map_err(|e| e.to_string())?;
        if file.rule.len() > 64 {
            return Err("there is room for 64 rules".to_owned());
        }
        let mut globs = GlobSetBuilder::new();
        let mut phrases = Vec::new();
        let mut rules = Self {
            kinds: Vec::new(),
            folders: Table::default(),
            unless_folders: Table::default(),
            folder_suffixes: Vec::new(),
            names: Table::default(),
            globs: GlobSet::empty(),
            glob_bits: Vec::new(),
            name_suffixes: Vec::new(),
            extensions: Table::default(),
            languages: Table::default(),
            unless_languages: Table::default(),
            heads: Table::default(),
            notices: Regex::new("$^").map_err(|e| e.to_string())?,
            large: 0,
        };
        for (i, rule) in file.rule.iter().enumerate() {
            let bit = 1 << i;
            rules.kinds.push(kind_of(&rule.kind).ok_or_else(|| format!("no such kind: `{}`", rule.kind))?);
            rules.folders.add(&rule.folders, bit);
            rules.unless_folders.add(&rule.unless_folders, bit);
            rules.folder_suffixes.extend(rule.folder_suffixes.iter().map(|s| (s.to_lowercase(), bit)));
            rules.names.add(&rule.names, bit);
            for glob in &rule.name_globs {
                globs.add(GlobBuilder::new(&glob.to_lowercase()).build().map_err(|e| e.to_string())?);
                rules.glob_bits.push(bit);
            }
            rules.name_suffixes.extend(rule.name_suffixes.iter().map(|s| (s.clone(), bit)));
            rules.extensions.add(&rule.extensions, bit);
            rules.languages.add(&rule.languages, bit);
            rules.unless_languages.add(&rule.unless_languages, bit);
            rules.heads.add(&rule.heads, bit);
            phrases.extend(rule.heads.iter().map(|phrase| regex::escape(phrase)));
            if rule.large {
                rules.large |= bit;
            }
        }
        rules.globs = globs.build().map_err(|e| e.to_string())?;
        let notices = RegexBuilder::new(&phrases.join("|")).case_insensitive(true).unicode(false).build();
        rules.notices = notices.map_err(|e| e.to_string())?;
        Ok(rules)
    }

    /// The kind that the first rule gives which holds; none when no rule claims the file.
    pub(super) fn kind(&self, path: &str, head: &[u8], language: Option<LanguageType>) -> Option<FileKind> {
        let lower = path.to_lowercase();
        let (folder, lower_name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let name = path.rsplit('/').next().unwrap_or(path);

        let (mut matched, mut vetoed) = self.by_folders(folder);
        matched |= self.names.get(lower_name);
        if let Some((_, extension)) = lower_name.rsplit_once('.') {
            matched |= self.extensions.get(extension);
        }
        for at in self.globs.matches(lower_name) {
            matched |= self.glob_bits[at];
        }
        for (suffix, bits) in &self.name_suffixes {
            if name.ends_with(suffix.as_str()) {
                matched |= bits;
            }
        }
        if let Some(language) = language {
            let language = language.name().to_lowercase();
            matched |= self.languages.get(&language);
            vetoed |= self.unless_languages.get(&language);
        }
        if head.len() < LARGE {
            vetoed |= self.large;
        }
        matched |= self.by_notice(head);
        matched &= !vetoed;
        (matched != 0).then(|| self.kinds[matched.trailing_zeros() as usize])
    }

    /// Rules that a folder on the path speaks for, and rules that one speaks against.
    fn by_folders(&self, folder: &str) -> (Bits, Bits) {
        let (mut matched, mut vetoed) = (0, 0);
        let mut parent_start = None;
        let mut start = 0;
        while start < folder.len() {
            let end = folder[start..].find('/').map_or(folder.len(), |at| start + at);
            let part = &folder[start..end];
            matched |= self.folders.get(part);
            vetoed |= self.unless_folders.get(part);
            if let Some(parent) = parent_start {
                let pair = &folder[parent..end];
                matched |= self.folders.get(pair);
                vetoed |= self.unless_folders.get(pair);
            }
            for (suffix, bits) in &self.folder_suffixes {
                if part.ends_with(suffix.as_str()) {
                    matched |= bits;
                }
            }
            parent_start = Some(start);
            start = end + 1;
        }
        (matched, vetoed)
    }

    /// Rules whose phrase stands in a notice at the top of the file.
    fn by_notice(&self, head: &[u8]) -> Bits {
        let end = memchr::memchr_iter(b'\n', head).nth(NOTICE_LINES).unwrap_or(head.len());
        let head = &head[..end];
        let mut matched = 0;
        for found in self.notices.find_iter(head) {
            let line_start = memchr::memrchr(b'\n', &head[..found.start()]).map_or(0, |at| at + 1);
            if opens_a_notice(&head[line_start..found.start()]) {
                matched |= self.heads.get(&String::from_utf8_lossy(found.as_bytes()).to_lowercase());
            }
        }
        matched
    }
}

/// Whether what stands before a phrase on its line is at most the mark of a comment and a word like `WARNING:`. A quote
/// or a call there means that a program writes the phrase instead of carrying it.
fn opens_a_notice(before: &[u8]) -> bool {
    before.iter().filter(|b| b.is_ascii_alphanumeric()).count() <= 20
        && !before.iter().any(|b| matches!(b, b'"' | b'\'' | b'`' | b'=' | b'('))
}

fn kind_of(word: &str) -> Option<FileKind> {
    use FileKind::{Code, Config, Data, Docs, Generated, Test, Vendored};
    [Code, Config, Data, Docs, Generated, Test, Vendored].into_iter().find(|kind| kind.word() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_rules_compile_and_name_languages_that_exist() {
        let rules = Rules::compile(SOURCE).expect("rules/files.toml compiles");
        let known: Vec<String> = LanguageType::list().iter().map(|(l, _)| l.name().to_lowercase()).collect();
        let mut unknown: Vec<&String> =
            rules.languages.0.keys().chain(rules.unless_languages.0.keys()).filter(|l| !known.contains(l)).collect();
        unknown.sort();
        assert!(unknown.is_empty(), "languages that tokei does not know: {unknown:?}");
    }
}
