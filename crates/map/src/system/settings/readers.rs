//! Who reads which file of settings.

use std::sync::Arc;

use crate::system::facts::{Facts, Place};
use crate::system::knowledge::knowledge;
use crate::system::names::{folder_of, is_below, key, last_part, stem};
use crate::system::parts::{Part, Parts, has};

/// A part that reads a file of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::system) struct Reader {
    pub(in crate::system) part: usize,
    pub(in crate::system) rank: u8,
    /// Many read the file.
    pub(in crate::system) is_shared: bool,
}

/// Who reads which file of settings.
#[derive(Debug)]
pub(in crate::system) struct Readers {
    /// Folders of configuration servers.
    servers: Vec<(Arc<str>, String)>,
    /// Parts with code.
    code: Vec<usize>,
}

impl Readers {
    /// Finds those who may read settings.
    pub(in crate::system) fn of_parts(parts: &Parts) -> Self {
        Self {
            servers: parts.all.iter().filter(|p| p.kind == "config").filter_map(|p| p.root.clone()).collect(),
            code: parts.all.iter().enumerate().filter(|(_, p)| p.is_code()).map(|(at, _)| at).collect(),
        }
    }

    /// The parts that read the file of a place.
    ///
    /// Files of a configuration server, and of a folder of settings, are named after the application that reads them;
    /// general names there are for all.
    pub(in crate::system) fn of(&self, parts: &Parts, place: &Place) -> Vec<Reader> {
        let name = stem(&place.path);
        let is_general = matches!(name, "application" | "bootstrap" | "appsettings" | "settings");
        let server = self.servers.iter().find(|(repo, folder)| *repo == place.repo && is_below(&place.path, folder));
        let own =
            |part: &Part| part.root.as_ref().is_some_and(|(repo, f)| *repo == place.repo && is_below(&place.path, f));
        let folder = folder_of(&place.path);
        let is_settings_folder = folder.split('/').any(|f| f.to_ascii_lowercase().contains("config"));
        if !is_general && (server.is_some() || is_settings_folder) {
            let named = self.code.iter().copied().find(|at| {
                let part = &parts.all[*at];
                part.aliases.contains_key(&key(name)) || profile_of(name, part)
            });
            if let Some(part) = named.filter(|at| server.is_some() || !own(&parts.all[*at])) {
                return vec![Reader { part, rank: 2, is_shared: false }];
            }
        }
        if let Some((_, root)) = server
            && (is_general || name.starts_with("application-"))
            && !last_part(&place.path).starts_with("bootstrap")
            && folder != format!("{root}/src/main/resources").trim_start_matches('/')
            && folder != root
        {
            return self.code.iter().map(|part| Reader { part: *part, rank: 4, is_shared: true }).collect();
        }
        let has_profile = name.contains('-') || last_part(&place.path).matches('.').count() > 1;
        let rank = if has_profile { 3 } else { 2 };
        parts
            .owners(&place.repo, &place.path)
            .iter()
            .map(|part| Reader { part: *part, rank, is_shared: false })
            .collect()
    }

    /// The same for a setting of a name: of a file that many read, only those that have the library which reads it.
    pub(in crate::system) fn of_setting(&self, facts: &Facts, parts: &Parts, place: &Place, name: &str) -> Vec<Reader> {
        let mut all = self.of(parts, place);
        let compared = key(name);
        all.retain(|reader| {
            !reader.is_shared
                || knowledge()
                    .settings_with(&compared)
                    .any(|setting| has(facts, &parts.all[reader.part], &setting.packages, &setting.roles).is_some())
        });
        all
    }
}

/// Whether a file's stem is a name of the part with a profile after it.
fn profile_of(stem: &str, part: &Part) -> bool {
    let mut end = stem.len();
    while let Some(at) = stem[..end].rfind('-') {
        if part.aliases.contains_key(&key(&stem[..at])) {
            return true;
        }
        end = at;
    }
    false
}
