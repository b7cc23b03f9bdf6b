//! Words of the trade and what they mean: `glossary.toml`. A term is explained where a page uses it first. The words of the
//! system itself are those of its facts: `sections/words.toml`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;
use sightline_facts::session::Session;

use crate::{Report, TellError, section};

/// One term.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The word.
    pub word: String,
    /// Other forms of it.
    #[serde(default)]
    pub also: Vec<String>,
    /// What it means, in one sentence.
    pub means: String,
}

#[derive(Debug, Deserialize)]
struct File {
    term: Vec<Term>,
}

/// All terms, as they stand in the file.
pub fn terms() -> &'static [Term] {
    static TERMS: OnceLock<Vec<Term>> = OnceLock::new();
    // The file is ours and tests read it; a page without explanations would be better than none.
    TERMS.get_or_init(|| {
        toml::from_str::<File>(include_str!("../glossary.toml")).map(|file| file.term).unwrap_or_default()
    })
}

/// The system's own words: names of its parts and technologies, and what its documents define.
///
/// # Errors
/// As [`crate::claims`].
pub fn own(session: &Session) -> Result<Report, TellError> {
    crate::asked_for(session, &section::parse(section::WORDS)?)
}

/// Finds terms in sentences, each once per page.
#[derive(Debug, Default)]
pub struct Explainer {
    explained: BTreeSet<&'static str>,
}

impl Explainer {
    /// Terms in `text` that were not explained before on this page: byte range and meaning, in order.
    pub fn find(&mut self, text: &str) -> Vec<(std::ops::Range<usize>, &'static str)> {
        let mut found: Vec<(std::ops::Range<usize>, &'static str)> = Vec::new();
        for term in terms() {
            if self.explained.contains(term.word.as_str()) {
                continue;
            }
            let forms = std::iter::once(&term.word).chain(&term.also);
            let first = forms.filter_map(|form| position(text, form)).min_by_key(|r| (r.start, r.end));
            if let Some(range) = first
                && found.iter().all(|(other, _)| range.end <= other.start || other.end <= range.start)
            {
                self.explained.insert(&term.word);
                found.push((range, &term.means));
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        found
    }
}

/// The first place of a whole word.
fn position(text: &str, word: &str) -> Option<std::ops::Range<usize>> {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_' && c != '/' && c != '.');
    let end_edge = |rest: &str| {
        let mut chars = rest.chars();
        let next = chars.next();
        // A full stop ends a sentence unless a letter follows it, as in a file name.
        edge(next) || (next == Some('.') && chars.next().is_none_or(|c| !c.is_alphanumeric()))
    };
    text.match_indices(word)
        .map(|(start, _)| start..start + word.len())
        .find(|r| edge(text[..r.start].chars().next_back()) && end_edge(&text[r.end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_explained_once_and_only_as_a_whole_word() {
        let mut explainer = Explainer::default();
        let text = "It has 3 commits and precommit hooks. See module.rs.";
        let found: Vec<&str> = explainer.find(text).into_iter().map(|(r, _)| &text[r]).collect();
        assert_eq!(found, ["commits"]);
        assert!(explainer.find("More commits.").is_empty());
    }
}
