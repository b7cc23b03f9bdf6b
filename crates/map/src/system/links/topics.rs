//! Topics: who sends, who receives, and through which broker.

use std::sync::Arc;

use super::stores::speaks;
use super::{Finder, Flow, Gap, New, TopicUse};
use crate::system::facts::Place;
use crate::system::knowledge::knowledge;
use crate::system::parts::{Part, Parts};

impl Finder<'_> {
    /// Topics: who sends, who receives, and through which broker.
    pub(super) fn topics(&mut self, parts: &mut Parts) {
        self.told = self.out.all.keys().copied().collect();
        for s in self
            .facts
            .signals
            .iter()
            .filter(|s| s.is("consumes-topic") || s.is("produces-topic") || s.is("topic-binding"))
        {
            let Some(topic) = s.topic.as_deref().or(s.name.as_deref()) else { continue };
            let binding = s.name.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
            let produces = match &*s.kind {
                "topic-binding" => binding.contains("out") || binding.contains("produce") || binding.contains("source"),
                kind => kind == "produces-topic",
            };
            let users: Vec<usize> = if s.is("topic-binding") {
                self.readers.of(parts, &s.place).iter().map(|r| r.part).collect()
            } else {
                parts.owners(&s.place.repo, &s.place.path).to_vec()
            };
            let is_shared = !s.is("topic-binding") && self.is_shared(parts, &s.place);
            let others: &[usize] = if is_shared { &users } else { &[] };
            for part in users.iter().copied() {
                let word = s.technology.as_deref().unwrap_or_default();
                let broker = self.broker_of(parts, part, word, &s.place, is_shared);
                if broker.is_some_and(|to| self.is_for_others(parts, part, to, others)) {
                    continue;
                }
                let topic = self.settings(part).map_or_else(|| topic.to_owned(), |settings| settings.resolve(topic));
                let (flow, what) =
                    if produces { (Flow::Out, "sends messages to") } else { (Flow::In, "receives messages from") };
                if let Some(to) = broker {
                    let about = format!("{} {topic}", if produces { "it sends to" } else { "it receives from" });
                    let technology = parts.all[to].technology.clone();
                    self.out.add(
                        part,
                        to,
                        New {
                            kind: "async",
                            protocol: technology.as_deref(),
                            flow,
                            what,
                            about,
                            basis: "resolved",
                            place: &s.place,
                            rank: 0,
                        },
                    );
                } else {
                    self.out.gaps.insert(Gap {
                        part: Some(part),
                        what: "topic",
                        target: Some(topic.clone()),
                        reason: format!("no broker here carries it ({word})"),
                        place: s.place.clone(),
                    });
                }
                let basis = if topic.contains('{') { "inferred" } else { "resolved" };
                self.out.topics.insert(TopicUse {
                    topic,
                    part,
                    produces,
                    broker,
                    technology: s.technology.clone(),
                    basis,
                    place: s.place.clone(),
                });
            }
        }
    }

    /// The broker that carries the topics of a part, by the library that it uses; made where only the code shows it.
    fn broker_of(&self, parts: &mut Parts, part: usize, word: &str, place: &Place, is_shared: bool) -> Option<usize> {
        let technology = knowledge().reached(word).to_owned();
        let entry = self.catalogue.get(&technology).filter(|t| knowledge().kind_of(&t.id, &t.kind) == Some("broker"));
        let Some(entry) = entry else {
            // A library over several brokers: the only one there is.
            let all: Vec<usize> = parts.of_kind("broker").collect();
            let joined: Vec<usize> = all.iter().copied().filter(|at| self.out.joins(part, *at)).collect();
            return match (&all[..], &joined[..]) {
                (_, [one]) | ([one], _) => Some(*one),
                _ => None,
            };
        };
        let same = |p: &Part| {
            p.kind == "broker" && p.technology.as_deref().is_some_and(|t| t == technology || speaks(t) == technology)
        };
        let all: Vec<usize> = parts.all.iter().enumerate().filter(|(_, p)| same(p)).map(|(at, _)| at).collect();
        let joined = all.iter().copied().find(|at| self.out.joins(part, *at));
        if let Some(found) = joined.or(all.first().copied()) {
            return Some(found);
        }
        // Code that many share often knows several brokers; where one is deployed, that is the one.
        if is_shared && parts.of_kind("broker").any(|at| parts.all[at].is_deployed) {
            return None;
        }
        let mut made = Part {
            name: entry.name.clone(),
            kind: "broker".to_owned(),
            technology: Some(technology.clone()),
            basis: "inferred",
            ..Part::default()
        };
        made.is_outside = entry.company.is_some();
        made.repo = Some(Arc::clone(&place.repo));
        let name = made.name.clone();
        made.alias(&name);
        made.alias(&technology);
        made.show(2, place, "its topics are used", "inferred");
        Some(parts.add(made))
    }
}
