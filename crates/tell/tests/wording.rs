//! The words of reports, by the rules for people who do not code: short sentences, plain words, terms explained.

mod common;

use sightline_tell::{claims, glossary, section, since};

/// Words that say nothing, or say it only to the trade.
const BANNED: &[&str] = &[
    "node",
    "edge",
    "artefact",
    "artifact",
    "entity",
    "leverage",
    "robust",
    "seamless",
    "seamlessly",
    "utilize",
    "utilise",
    "simply",
    "obviously",
    "clearly",
    "very",
    "huge",
    "massive",
    "great",
    "powerful",
    "best-in-class",
    "cutting-edge",
];

/// Trade words that may stand in sentences only because the glossary explains them.
const JARGON: &[&str] = &[
    "commit",
    "commits",
    "repository",
    "repositories",
    "module",
    "modules",
    "manifest",
    "manifests",
    "README",
    "ecosystem",
    "ecosystems",
    "licence",
    "median",
    "SPDX",
    "hotspot",
    "complexity",
];

/// The sentence without quoted words, names and paths, which are not ours.
fn ours(text: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '“' => quoted = true,
            '”' => quoted = false,
            c if !quoted => out.push(c),
            _ => {}
        }
    }
    out
}

fn check(place: &str, text: &str) {
    for sentence in ours(text).split_inclusive(['.', '?', ':']) {
        let n = sentence.split_whitespace().count();
        assert!(n <= 30, "{place}: {n} words in one sentence: {sentence}");
    }
    for word in ours(text).split(|c: char| !c.is_alphanumeric() && c != '-') {
        assert!(!BANNED.contains(&word.to_lowercase().as_str()), "{place} says `{word}`: {text}");
    }
}

#[test]
fn sentences_are_short_and_plain() {
    for session in [common::shop(), common::two(), common::empty_repository(), common::system::shop_with_map()] {
        let report = claims(&session).expect("a report");
        let words = glossary::own(&session).expect("words of its own");
        let changed = match since::dates(&session).expect("dates").choices.first() {
            Some(day) => {
                let period = since::period(&session, &day.value, "").expect("a day that is offered");
                since::load(&session, &period, "").expect("what changed").sections
            }
            None => Vec::new(),
        };
        let sections = report.sections.iter().chain(&words.sections).chain(&changed);
        for claim in sections.flat_map(sightline_tell::document::Section::claims) {
            check(&claim.id, &claim.text);
            for words in [&claim.why, &claim.ask].into_iter().flatten() {
                check(&claim.id, words);
            }
            assert!(claim.text.ends_with(['.', '”']), "{} does not end: {}", claim.id, claim.text);
        }
    }
}

#[test]
fn inferred_sentences_say_so() {
    use sightline_tell::document::Basis;
    let asked_for = section::asked_for().expect("these are ours too");
    for file in section::all().expect("the sections are ours").iter().chain(&asked_for) {
        for block in file.blocks.iter().filter(|b| b.basis == Some(Basis::Inferred)) {
            let careful = ["appear", "changed more than"];
            assert!(
                careful.iter().any(|w| block.text.contains(w)),
                "{}/{} sounds like a fact: {}",
                file.id,
                block.key(),
                block.text
            );
        }
    }
}

#[test]
fn headings_captions_and_notes_are_plain() {
    let asked_for = section::asked_for().expect("these are ours too");
    for file in section::all().expect("the sections are ours").iter().chain(&asked_for) {
        check(&file.id, &file.question);
        for block in &file.blocks {
            let texts = [&block.heading, &block.note].into_iter().flatten().chain([
                &block.caption,
                &block.empty,
                &block.description,
            ]);
            for text in texts {
                check(&format!("{}/{}", file.id, block.key()), text);
            }
        }
    }
}

#[test]
fn every_trade_word_is_in_the_glossary() {
    let known: Vec<&str> =
        glossary::terms().iter().flat_map(|t| std::iter::once(&t.word).chain(&t.also)).map(String::as_str).collect();
    assert!(known.len() > 20, "the glossary cannot be read");
    for word in JARGON {
        assert!(known.contains(word), "`{word}` is not explained");
    }
    for term in glossary::terms() {
        assert!(term.means.ends_with('.') && term.means.split_whitespace().count() <= 30, "{}", term.word);
    }
}
