//! Dependencies by the folder of the manifest that declares them.

use rustc_hash::FxHashMap;

use super::files::upwards;

/// One ecosystem's packages, looked up by a key that forgives what the ecosystem forgives.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// Name by ecosystem, folder and key.
    by_folder: FxHashMap<(String, String), FxHashMap<String, String>>,
    /// Name by ecosystem and key, in any folder.
    anywhere: FxHashMap<String, FxHashMap<String, String>>,
    /// Maven artifacts by group, of the whole repository.
    artifacts: FxHashMap<String, Vec<String>>,
}

impl Packages {
    pub(super) fn add(&mut self, ecosystem: &str, folder: &str, name: &str) {
        if ecosystem == "maven" {
            if let Some((group, _)) = name.split_once(':') {
                self.artifacts.entry(group.to_owned()).or_default().push(name.to_owned());
            }
            return;
        }
        let key = key(ecosystem, name);
        let put = |names: &mut FxHashMap<String, String>| {
            let known = names.entry(key.clone()).or_insert_with(|| name.to_owned());
            // Two spellings of one name: the smaller one, so that the order of adding does not matter.
            if name < known.as_str() {
                name.clone_into(known);
            }
        };
        put(self.by_folder.entry((ecosystem.to_owned(), folder.to_owned())).or_default());
        put(self.anywhere.entry(ecosystem.to_owned()).or_default());
    }

    pub(super) fn finish(&mut self) {
        #[expect(clippy::iter_over_hash_type, reason = "each value is sorted on its own")]
        for names in self.artifacts.values_mut() {
            names.sort_unstable();
            names.dedup();
        }
    }

    /// The declared package that one of the candidates names, best candidate first: from the nearest manifest upwards,
    /// then from any manifest of the repository.
    pub(super) fn find(&self, ecosystem: &str, from: &str, candidates: &[String]) -> Option<&str> {
        let anywhere = self.anywhere.get(ecosystem)?;
        let keys: Vec<String> = candidates.iter().map(|c| key(ecosystem, c)).collect();
        if !keys.iter().any(|k| anywhere.contains_key(k)) {
            return None;
        }
        for folder in upwards(super::folder(from)) {
            let Some(names) = self.by_folder.get(&(ecosystem.to_owned(), folder.to_owned())) else { continue };
            if let Some(name) = keys.iter().find_map(|k| names.get(k)) {
                return Some(name);
            }
        }
        keys.iter().find_map(|k| anywhere.get(k)).map(String::as_str)
    }

    /// The Maven package that provides a Java package: `Ok` with its name, `Err(true)` where only the group is sure.
    pub(super) fn maven(&self, import: &str) -> Result<&str, bool> {
        let parts: Vec<&str> = import.split('.').collect();
        // The longest group that the import begins with.
        for n in (2..=parts.len()).rev() {
            let group = parts[..n].join(".");
            if let Some(names) = self.artifacts.get(&group) {
                return best(names, &parts[1..]).ok_or(true);
            }
        }
        // A sister group, such as `a.b.core` for a package `a.b.databind`: only with an artifact named after it.
        let head = parts.get(..3).map(|p| p.join("."));
        let mut found = None;
        if let Some(head) = head {
            let mut sisters: Vec<&Vec<String>> = Vec::new();
            #[expect(clippy::iter_over_hash_type, reason = "more than one hit is no answer")]
            for (group, names) in &self.artifacts {
                if group.strip_prefix(&head).is_some_and(|rest| rest.starts_with('.')) {
                    sisters.push(names);
                }
            }
            for names in sisters {
                for name in names {
                    let artifact = name.split_once(':').map_or("", |(_, a)| a);
                    let is_named = parts.get(3).is_some_and(|p| artifact.ends_with(&format!("-{p}")));
                    if is_named {
                        found = if found.is_none() { Some(name.as_str()) } else { return Err(false) };
                    }
                }
            }
        }
        found.ok_or(false)
    }
}

/// The artifact whose name says most of the import, if one says more than all others.
fn best<'a>(names: &'a [String], parts: &[&str]) -> Option<&'a str> {
    if let [only] = names {
        return Some(only);
    }
    let score = |name: &str| {
        let artifact = name.split_once(':').map_or("", |(_, artifact)| artifact);
        let words: Vec<&str> = artifact.split(['-', '.', '_']).collect();
        let hits = words.iter().filter(|w| parts.contains(w)).count();
        // Of two that say the same, the one that says nothing else.
        (hits, usize::MAX - words.len())
    };
    let top = names.iter().map(|n| score(n)).max().filter(|(hits, _)| *hits > 0)?;
    let mut hits = names.iter().filter(|n| score(n) == top);
    match (hits.next(), hits.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// The form of a name under which its spellings meet.
fn key(ecosystem: &str, name: &str) -> String {
    match ecosystem {
        "pypi" => {
            let mut key = name.to_ascii_lowercase().replace(['_', '.'], "-");
            while key.contains("--") {
                key = key.replace("--", "-");
            }
            key
        }
        "cargo" => name.replace('-', "_"),
        "nuget" | "composer" | "conan" | "vcpkg" => name.to_ascii_lowercase(),
        "swift" | "cocoapods" => {
            let last = name.trim_end_matches(".git").rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
            last.strip_prefix("swift-").unwrap_or(&last).to_owned()
        }
        _ => name.to_owned(),
    }
}
