//! `rules/topics.toml`: of which topics a passage speaks, and how much.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

pub(super) const SOURCE: &str = include_str!("../../../../rules/topics.toml");

/// Points that a heading, a strong word and a word give.
const HEADING: i64 = 3;
const STRONG: i64 = 2;
const WORD: i64 = 1;

pub(super) static TOPICS: LazyLock<Topics> =
    LazyLock::new(|| Topics::compile(SOURCE).expect("a test compiles the embedded topics"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicFile {
    topic: Vec<TopicRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicRule {
    id: String,
    heading: String,
    strong: Vec<String>,
    words: Vec<String>,
    least: Option<i64>,
    #[serde(default)]
    heading_is_enough: bool,
    #[serde(default)]
    keeps_lists: bool,
    settings: Option<String>,
}

/// One topic.
#[derive(Debug)]
struct Topic {
    id: String,
    least: i64,
    heading_is_enough: bool,
    keeps_lists: bool,
    settings: Option<Regex>,
}

/// All topics, asked at once.
#[derive(Debug)]
pub(super) struct Topics {
    all: Vec<Topic>,
    headings: RegexSet,
    words: RegexSet,
    /// For each pattern of `words`: its topic and its points.
    points: Vec<(usize, i64)>,
}

impl Topics {
    fn compile(source: &str) -> Result<Self, String> {
        let file: TopicFile = toml::from_str(source).map_err(|e| e.to_string())?;
        let set = |patterns: &[String]| {
            // Ends of words by ASCII letters: those of Unicode cannot be found by an automaton, and one text with a dash
            // would take a hundred times as long.
            RegexSetBuilder::new(patterns.iter().map(|p| p.replace(r"\b", r"(?-u:\b)")))
                .case_insensitive(true)
                .size_limit(64 << 20)
                .dfa_size_limit(16 << 20)
                .build()
                .map_err(|e| e.to_string())
        };
        let headings: Vec<String> = file.topic.iter().map(|t| t.heading.clone()).collect();
        let mut words = Vec::new();
        let mut points = Vec::new();
        for (i, topic) in file.topic.iter().enumerate() {
            for (list, worth) in [(&topic.strong, STRONG), (&topic.words, WORD)] {
                words.extend(list.iter().cloned());
                points.extend(list.iter().map(|_| (i, worth)));
            }
        }
        let topics = file
            .topic
            .into_iter()
            .map(|t| {
                let settings =
                    t.settings.map(|s| RegexBuilder::new(&s).build()).transpose().map_err(|e| e.to_string())?;
                Ok(Topic {
                    id: t.id,
                    least: t.least.unwrap_or(2),
                    heading_is_enough: t.heading_is_enough,
                    keeps_lists: t.keeps_lists,
                    settings,
                })
            })
            .collect::<Result<_, String>>()?;
        Ok(Self { all: topics, headings: set(&headings)?, words: set(&words)?, points })
    }

    /// Topics of a passage under a heading, with their points, in the order of the file. `name` is that of the document in
    /// words: a page called `authentication` is about it.
    pub(super) fn of(&self, name: &str, heading: &str, text: &str) -> Vec<(&str, i64)> {
        let mut scores = vec![0; self.all.len()];
        for pattern in &self.words.matches(text) {
            let (topic, worth) = self.points[pattern];
            scores[topic] += worth;
        }
        // A heading alone mostly does not make a passage: every word below it would count.
        for topic in &self.headings.matches(heading) {
            if scores[topic] > 0 || self.all[topic].heading_is_enough {
                scores[topic] += HEADING;
            }
        }
        for topic in &self.headings.matches(name) {
            if scores[topic] > 0 {
                scores[topic] += STRONG;
            }
        }
        let kept = self.all.iter().zip(scores).filter(|(topic, score)| *score >= topic.least);
        kept.map(|(topic, score)| (topic.id.as_str(), score)).collect()
    }

    /// Whether lists that speak of the topic are kept whole.
    pub(super) fn keeps_lists(&self, topic: &str) -> bool {
        self.all.iter().any(|t| t.id == topic && t.keeps_lists)
    }

    /// Whether the text speaks of the topic by itself; under a heading of the topic a lesser word is enough.
    pub(super) fn is_named(&self, topic: &str, heading: &str, text: &str) -> bool {
        let points = self.words.matches(text).into_iter().map(|pattern| self.points[pattern]);
        let sum: i64 = points.filter(|(at, _)| self.all[*at].id == topic).map(|(_, worth)| worth).sum();
        sum >= if self.is_headed(topic, heading) { WORD } else { STRONG }
    }

    /// Whether the heading is one of the topic.
    pub(super) fn is_headed(&self, topic: &str, heading: &str) -> bool {
        self.headings.matches(heading).iter().any(|t| self.all[t].id == topic)
    }

    /// The topic of a setting: by its name first, then by what is said of it.
    pub(super) fn of_setting(&self, name: &str, heading: &str, text: &str) -> &str {
        let by_name = self.all.iter().filter(|t| t.settings.as_ref().is_some_and(|s| s.is_match(name)));
        let said = self.of("", heading, text);
        let points = |id: &str| said.iter().find(|(topic, _)| *topic == id).map_or(0, |(_, points)| *points);
        // Of several topics by name the one that the words speak of most, the first at equal points.
        let named = by_name.rev().max_by_key(|topic| points(&topic.id)).map(|t| t.id.as_str());
        named
            .or_else(|| {
                let with_names = |id: &str| self.all.iter().any(|t| t.id == id && t.settings.is_some());
                said.iter().filter(|(id, _)| with_names(id)).rev().max_by_key(|(_, points)| *points).map(|(id, _)| *id)
            })
            .unwrap_or("other")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_topics_compile_and_tell_passages_apart() {
        let check = |heading: &str, text: &str, expect: &[&str]| {
            let found: Vec<&str> = TOPICS.of("", heading, text).iter().map(|(id, _)| *id).collect();
            for topic in expect {
                assert!(found.contains(topic), "{text}: {topic} is not among {found:?}");
            }
        };
        check("", "Works only with PostgreSQL.", &["storage", "limits"]);
        check("Sign-in", "Users can log in with OpenID Connect.", &["sign-in"]);
        check("Installation", "Run it with Docker Compose.", &["install"]);
        check("", "Removes pixel trackers.", &["security"]);
        assert!(TOPICS.of("", "Database", "Hello there.").is_empty(), "a heading alone is no passage");
        assert!(TOPICS.of("", "", "The quick brown fox jumps over the lazy dog.").is_empty());
    }

    #[test]
    fn settings_have_the_topic_of_their_name() {
        let check = |name: &str, expect: &str| assert_eq!(TOPICS.of_setting(name, "", ""), expect, "{name}");
        check("DATABASE_URL", "storage");
        check("OAUTH2_CLIENT_ID", "sign-in");
        check("SMTP_HOST", "outside");
        check("SHOP_COLOUR", "other");
    }
}
