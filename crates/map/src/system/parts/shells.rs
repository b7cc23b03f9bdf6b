//! The files `.env` beside descriptions of deployment, which those fill in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::system::facts::{Facts, Signal};
use crate::system::names::{folder_of, last_part};
use crate::system::settings::{Pairs, Settings};

/// Variables of the files `.env` beside descriptions of deployment, which those fill in.
pub(super) struct Shells {
    by_folder: BTreeMap<(Arc<str>, String), Settings>,
}

impl Shells {
    /// Reads all of them.
    pub(super) fn of(facts: &Facts) -> Self {
        let mut pairs: BTreeMap<(Arc<str>, String), Pairs<'_>> = BTreeMap::new();
        for s in facts.signals.iter().filter(|s| s.is("env") && s.technology_is("dotenv")) {
            if let (Some(name), Some(value)) = (&s.name, &s.value) {
                let id = (Arc::clone(&s.place.repo), folder_of(&s.place.path).to_owned());
                pairs.entry(id).or_default().push((name, value, &s.place));
            }
        }
        for list in pairs.values_mut() {
            // `.env` itself before its variants.
            list.sort_by_key(|(_, _, place)| (last_part(&place.path) != ".env", &place.path, place.line_start));
        }
        Self { by_folder: pairs.into_iter().map(|(id, list)| (id, Settings::of_pairs(list.into_iter()))).collect() }
    }

    fn beside(&self, s: &Signal) -> Option<&Settings> {
        self.by_folder.get(&(Arc::clone(&s.place.repo), folder_of(s.speaks_for()).to_owned()))
    }

    /// A text with what the file beside it sets; the rest stays as written.
    pub(super) fn fill(&self, s: &Signal, text: &str) -> String {
        match self.beside(s) {
            Some(settings) if text.contains('$') => settings.resolve(text),
            _ if text.contains("${") => Settings::default().resolve(text),
            _ => text.to_owned(),
        }
    }

    /// The value of a name in the file beside a signal.
    pub(super) fn get(&self, s: &Signal, name: &str) -> Option<String> {
        let settings = self.beside(s)?;
        settings.get(name).map(|v| settings.resolve(&v.text))
    }
}
