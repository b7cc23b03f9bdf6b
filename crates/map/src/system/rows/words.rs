//! What is said of a part in words: what it is, whose it is, to which area it belongs.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::system::facts::Facts;
use crate::system::names::{is_below, last_part};
use crate::system::parts::{Part, Parts};

/// What a component is, in one plain sentence: what its manifest or README says, else what it is made with.
pub(super) fn purpose(
    facts: &Facts,
    catalogue: &Catalogue,
    part: &Part,
    language: Option<&str>,
    n_endpoints: usize,
) -> String {
    let name = &part.name;
    let lower = |text: &str| {
        let text = text.trim().trim_end_matches('.');
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(a), Some(b)) if a.is_uppercase() && b.is_lowercase() => {
                a.to_lowercase().chain(text.chars().skip(1)).collect()
            }
            _ => text.to_owned(),
        }
    };
    let word = kind_words(&part.kind);
    if let Some(said) = &part.said_purpose {
        return said.clone();
    }
    if let Some(purpose) = &part.purpose {
        return format!("{name}: {}.", lower(purpose));
    }
    if let Some((repo, folder)) = &part.root {
        let said = facts
            .projects
            .iter()
            .filter(|p| p.place.repo == *repo && p.folder == *folder)
            .find_map(|p| p.description.as_ref().map(|(text, _)| text.clone()))
            .filter(|d| is_telling(d));
        let said = said.or_else(|| {
            let readme =
                facts.documents.iter().find(|d| d.place.repo == *repo && d.folder == *folder && !folder.is_empty())?;
            let (text, _, _) = readme.summary.as_ref()?;
            let sentence = first_sentence(text);
            is_telling(sentence).then(|| sentence.to_owned())
        });
        if let Some(said) = said {
            return format!("{name} is {word}. Its own words: “{}”", said.trim().replace('\n', " "));
        }
    }
    let technology = part.technology.as_deref().and_then(|t| catalogue.get(t));
    match technology {
        Some(t) if !part.is_code() && part.variants.len() > 1 => {
            let names: Vec<&str> =
                part.variants.iter().filter_map(|v| catalogue.get(v)).map(|t| t.name.as_str()).collect();
            format!("{name} is {}, whichever file starts it: {}.", names.join(" or "), lower(&t.purpose))
        }
        Some(t) if !part.is_code() => format!("{name} is {}: {}.", t.name, lower(&t.purpose)),
        Some(t) if !matches!(part.kind.as_str(), "service" | "web" | "job" | "app") => {
            format!("{name} is {word}, made with {}: {}.", t.name, lower(&t.purpose))
        }
        None if !part.is_code() && part.image.is_some() => {
            format!("{name} is {word}, run from the image {}.", part.image.as_deref().unwrap_or_default())
        }
        _ => {
            let written = language.map(|l| format!(" written in {l}")).unwrap_or_default();
            let made = technology.map(|t| format!(" with {}", t.name)).unwrap_or_default();
            let offers = match n_endpoints {
                0 => String::new(),
                1 => "; it offers 1 endpoint".to_owned(),
                n => format!("; it offers {n} endpoints"),
            };
            format!("{name} is {word}{written}{made}{offers}.")
        }
    }
}

/// The first sentence of a text. A point within a word, as in `Next.js`, ends none, nor does that of `e.g.`.
fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let end = text.char_indices().find(|(at, c)| {
        let rest = &text[at + c.len_utf8()..];
        matches!(c, '.' | '!' | '?')
            && (rest.is_empty() || rest.starts_with(char::is_whitespace))
            && !["e.g", "i.e", "etc", "vs"].iter().any(|short| text[..*at].to_ascii_lowercase().ends_with(short))
    });
    end.map_or(text, |(at, c)| &text[..at + c.len_utf8()])
}

/// How sentences begin that tell what to do with a thing rather than what it is.
const STEPS: [&str; 12] =
    ["when ", "to ", "run ", "if ", "you ", "make sure", "install ", "see ", "after ", "before ", "first,", "please "];

/// Whether a description says something of the thing.
fn is_telling(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.split_whitespace().count() >= 5
        && !STEPS.iter().any(|s| lower.starts_with(s))
        && !lower.contains("does not")
        && text.len() < 240
        && !["demo project for spring boot", "parent pom", "todo", "todo:", "a new flutter project"]
            .iter()
            .any(|t| lower.starts_with(t))
        && !lower.contains("http://")
        && !lower.contains("https://")
}

fn kind_words(kind: &str) -> &'static str {
    match kind {
        "service" => "a service",
        "job" => "a background job",
        "web" => "a web front end",
        "gateway" => "a gateway, through which requests come in",
        "database" => "a database",
        "cache" => "a cache",
        "search" => "a search store",
        "storage" => "a file store",
        "broker" => "a message broker",
        "registry" => "a service registry",
        "config" => "a configuration server",
        "auth" => "a sign-in service",
        "monitoring" => "a monitoring tool",
        "external" => "an outside system",
        "user" => "the people who use the system",
        "app" => "an app",
        "tool" => "a command-line tool",
        "library" => "a library",
        _ => "a part of the system",
    }
}

/// Who looks after the folder of a part: the last rule of owners that covers all of it.
pub(super) fn owner_of(facts: &Facts, part: &Part) -> Option<String> {
    if part.said_owner.is_some() {
        return part.said_owner.clone();
    }
    let (repo, folder) = part.root.as_ref()?;
    let mut found: Option<(String, Vec<String>)> = None;
    for owner in facts.owners.iter().filter(|o| o.repo == *repo) {
        let pattern =
            owner.pattern.trim_start_matches('/').trim_end_matches("**").trim_end_matches('*').trim_end_matches('/');
        if (pattern.is_empty() || is_below(folder, pattern)) && !pattern.contains('*') {
            match &mut found {
                Some((known, who)) if *known == owner.pattern => who.push(owner.who.clone()),
                _ => found = Some((owner.pattern.clone(), vec![owner.who.clone()])),
            }
        }
    }
    found.map(|(_, who)| who.join(", "))
}

/// Product areas: the folder that gathers several parts, else the repository where there are several.
pub(super) fn areas(parts: &Parts) -> BTreeMap<usize, String> {
    let mut areas = BTreeMap::new();
    let repos: BTreeSet<_> = parts.all.iter().filter(|p| p.is_code()).filter_map(|p| p.repo.clone()).collect();
    for (at, part) in parts.all.iter().enumerate() {
        if let Some(area) = &part.said_area {
            areas.insert(at, area.clone());
            continue;
        }
        if part.is_outside {
            areas.insert(at, "outside".to_owned());
            continue;
        }
        if repos.len() > 1
            && let Some(repo) = &part.repo
        {
            areas.insert(at, repo.to_string());
            continue;
        }
        if let Some((_, folder)) = &part.root {
            let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
            let area = match last_part(above) {
                "" | "src" | "services" | "apps" | "packages" | "cmd" => "",
                other => other,
            };
            let n = parts
                .all
                .iter()
                .filter(|p| p.root.as_ref().is_some_and(|(_, f)| f.rsplit_once('/').map_or("", |(a, _)| a) == above))
                .count();
            if !area.is_empty() && n > 1 {
                areas.insert(at, area.to_owned());
                continue;
            }
        }
        let area = match part.kind.as_str() {
            "monitoring" => "operations",
            "registry" | "config" | "auth" => "platform",
            "database" | "cache" | "storage" | "search" | "broker" => "data",
            _ => "product",
        };
        areas.insert(at, area.to_owned());
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::{first_sentence, is_telling};

    #[test]
    fn a_sentence_ends_where_a_reader_would_end_it() {
        for (text, first) in [
            ("The frontend is a Next.js application. It has two layers.", "The frontend is a Next.js application."),
            ("Sends mail, e.g. receipts, to customers! Really.", "Sends mail, e.g. receipts, to customers!"),
            ("Keeps carts", "Keeps carts"),
        ] {
            assert_eq!(first_sentence(text), first);
        }
    }

    #[test]
    fn what_to_do_with_a_thing_does_not_say_what_it_is() {
        assert!(is_telling("This service keeps what customers put into carts."));
        assert!(!is_telling("When this service is run the output should be similar to the following"));
        assert!(!is_telling("To build the service binary, run the following."));
    }
}
