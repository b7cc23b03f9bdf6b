//! Detectors as a scan uses them: which of them look at a file is known before any is read, and each is read when a file
//! first needs it. A scan after one commit looks at few files, and reading all detectors would take longer than those.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use globset::{Glob, GlobSet, GlobSetBuilder};
use memchr::memmem;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::query::{self, Compiled};
use super::rule::{self, How, Rule};
use super::{Head, room};
use crate::code::Id;

/// Rules whose words are looked for one by one: the words of all are only known when all are read.
const FEW: usize = 4;

/// What decides at which files a detector looks, and the detector once it was read.
#[derive(Debug)]
struct Slot {
    id: String,
    ids: Vec<Id>,
    /// Empty where it only has queries.
    globs: Vec<Glob>,
    is_retired: bool,
    rule: OnceLock<Rule>,
    /// File and text of one of ours.
    given: Option<(&'static str, &'static str)>,
}

impl Slot {
    fn of_ours((head, given): (&Head, &(&'static str, &'static str))) -> Self {
        let glob = |text: &&str| Glob::new(text).ok();
        Self {
            id: head.id.to_owned(),
            ids: head.languages.iter().filter_map(|l| Id::of(l)).collect(),
            globs: head.files.iter().filter(|_| head.looks_at_text).filter_map(glob).collect(),
            is_retired: head.is_retired,
            rule: OnceLock::new(),
            given: Some(*given),
        }
    }

    fn of_rule(rule: Rule) -> Self {
        let looks_at_text = rule.matches.iter().any(|m| !matches!(m.how, How::Query { .. }));
        Self {
            id: rule.id.clone(),
            ids: rule.ids.clone(),
            globs: rule.globs.iter().filter(|_| looks_at_text).cloned().collect(),
            is_retired: rule.status == "retired",
            rule: OnceLock::from(rule),
            given: None,
        }
    }
}

/// All rules, by id; shared by all threads.
#[derive(Debug)]
pub(super) struct Ready {
    slots: Vec<Slot>,
    /// Globs of rules that read trees of settings or lines, and the rule of each.
    globs: GlobSet,
    glob_rules: Vec<usize>,
    of_files: OfFiles,
    languages: FxHashMap<Id, OfLanguage>,
}

/// Rules that read trees of settings or lines.
#[derive(Debug)]
struct OfFiles {
    rules: Vec<usize>,
    words: OnceLock<Words>,
}

/// Rules with queries for one grammar.
#[derive(Debug)]
struct OfLanguage {
    rules: Vec<usize>,
    words: OnceLock<Words>,
    /// Prepared when a file first holds a rule's word.
    compiled: FxHashMap<usize, OnceLock<Compiled>>,
}

impl Ready {
    /// Our rules, none of them read yet.
    pub(super) fn ours() -> Self {
        Self::of(room::HEADS.iter().zip(room::DETECTORS).map(Slot::of_ours).collect())
    }

    /// Rules that were read.
    pub(super) fn of_rules(rules: Vec<Rule>) -> Self {
        Self::of(rules.into_iter().map(Slot::of_rule).collect())
    }

    fn of(mut slots: Vec<Slot>) -> Self {
        slots.sort_by(|a, b| a.id.cmp(&b.id));
        let mut globs = GlobSetBuilder::new();
        let mut glob_rules = Vec::new();
        let mut rules_of_files = Vec::new();
        let mut languages: FxHashMap<Id, OfLanguage> = FxHashMap::default();
        for (index, slot) in slots.iter().enumerate() {
            for glob in &slot.globs {
                globs.add(glob.clone());
                glob_rules.push(index);
            }
            if slot.is_retired {
                continue;
            }
            if !slot.globs.is_empty() {
                rules_of_files.push(index);
            }
            for id in &slot.ids {
                let empty = || OfLanguage { rules: Vec::new(), words: OnceLock::new(), compiled: FxHashMap::default() };
                let language = languages.entry(*id).or_insert_with(empty);
                language.rules.push(index);
                language.compiled.insert(index, OnceLock::new());
            }
        }
        let globs = globs.build().expect("each glob was compiled when its rule was read");
        let of_files = OfFiles { rules: rules_of_files, words: OnceLock::new() };
        Self { slots, globs, glob_rules, of_files, languages }
    }

    /// A rule by its number, which follows the order of ids.
    pub(super) fn rule(&self, index: usize) -> &Rule {
        let slot = &self.slots[index];
        slot.rule.get_or_init(|| {
            let (file, text) = slot.given.expect("what is not given was read before");
            rule::parse(file, text).expect("a test proves that our own rules are right")
        })
    }

    /// All rules by id.
    pub(super) fn rules(&self) -> Vec<&Rule> {
        self.read(0..self.slots.len());
        (0..self.slots.len()).map(|index| self.rule(index)).collect()
    }

    /// Reads rules, side by side where there are threads for it.
    fn read(&self, rules: impl IntoParallelIterator<Item = usize>) {
        rules.into_par_iter().for_each(|index| {
            self.rule(index);
        });
    }

    fn words<'r>(&'r self, rules: &'r [usize], words: &'r OnceLock<Words>) -> &'r Words {
        words.get_or_init(|| {
            self.read(rules.to_vec());
            Words::new(rules.iter().map(|index| (*index, self.rule(*index))))
        })
    }

    /// Rules that look at the text of a file, by its place and the words that it holds; in order.
    pub(super) fn of_text(&self, path: &str, text: &str) -> Vec<usize> {
        let globs = self.globs.matches(path);
        let mut wanted: Vec<usize> = globs.into_iter().map(|glob| self.glob_rules[glob]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|rule| !self.slots[*rule].is_retired);
        if wanted.len() > FEW {
            let found = self.words(&self.of_files.rules, &self.of_files.words).in_text(text);
            wanted.retain(|rule| found.binary_search(rule).is_ok());
        } else {
            wanted.retain(|rule| {
                let needs = &self.rule(*rule).needs;
                needs.is_empty() || needs.iter().any(|word| memmem::find(text.as_bytes(), word.as_bytes()).is_some())
            });
        }
        wanted
    }

    /// Rules with queries for a grammar, by the words that a text holds.
    pub(super) fn of_code(&self, id: Id, text: &str) -> Vec<usize> {
        let Some(language) = self.languages.get(&id) else { return Vec::new() };
        self.words(&language.rules, &language.words).in_text(text)
    }

    /// The queries of a rule for a grammar.
    pub(super) fn compiled(&self, id: Id, rule: usize) -> Option<&Compiled> {
        let compiled = self.languages.get(&id)?.compiled.get(&rule)?;
        Some(compiled.get_or_init(|| query::compile(self.rule(rule), id)))
    }

    /// Each grammar with a rule that has queries for it.
    pub(super) fn queries(&self) -> Vec<(Id, usize)> {
        let mut all: Vec<(Id, usize)> = Vec::new();
        for (index, slot) in self.slots.iter().enumerate().filter(|(_, s)| !s.is_retired) {
            all.extend(slot.ids.iter().map(|id| (*id, index)));
        }
        all
    }
}

/// Finds which rules have one of their words in a text.
#[derive(Debug)]
struct Words {
    texts: Vec<String>,
    /// Built for the first text.
    automaton: OnceLock<AhoCorasick>,
    rules: Vec<Vec<usize>>,
    /// Rules that need no word.
    always: Vec<usize>,
}

impl Words {
    fn new<'r>(rules: impl Iterator<Item = (usize, &'r Rule)>) -> Self {
        let mut by_word: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
        let mut always = Vec::new();
        for (index, rule) in rules {
            if rule.needs.is_empty() {
                always.push(index);
            }
            for word in &rule.needs {
                by_word.entry(word).or_default().push(index);
            }
        }
        let texts = by_word.keys().map(|w| (*w).to_owned()).collect();
        Self { texts, automaton: OnceLock::new(), rules: by_word.into_values().collect(), always }
    }

    /// Rules by their number, each once, in order.
    fn in_text(&self, text: &str) -> Vec<usize> {
        let mut found = vec![false; self.rules.len()];
        let automaton = self.automaton.get_or_init(|| {
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .build(&self.texts)
                .expect("words of rules are few and short")
        });
        for hit in automaton.find_overlapping_iter(text) {
            found[hit.pattern().as_usize()] = true;
        }
        let hit =
            found.iter().zip(&self.rules).filter(|(found, _)| **found).flat_map(|(_, rules)| rules.iter().copied());
        let mut rules: Vec<usize> = hit.chain(self.always.iter().copied()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}
