//! Packages as bills of materials list them: each name and version once, with all the places that show it.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;

use super::Place;
use crate::TellError;
use crate::cell::Cell;

/// Places that are listed of one package.
const MOST_PLACES: usize = 20;

/// One version of a package.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) ecosystem: String,
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) purl: Option<String>,
    pub(super) licences: BTreeSet<String>,
    /// A manifest of the system asks for it.
    pub(super) is_direct: bool,
    /// Something that is shipped uses it.
    pub(super) is_shipped: bool,
    pub(super) places: Vec<Place>,
    pub(super) n_places: usize,
}

impl Package {
    /// A word for it that is unique in the document: its package URL where it has one.
    pub(super) fn reference(&self) -> String {
        self.purl.clone().unwrap_or_else(|| {
            let version = self.version.as_deref().map(|v| format!("@{v}")).unwrap_or_default();
            format!("package:{}/{}{version}", self.ecosystem, self.name)
        })
    }

    /// The one licence expression that all places state, by the rules of SPDX; `None` where they state none, several,
    /// or something else.
    pub(super) fn expression(&self) -> Option<&str> {
        let mut all = self.licences.iter();
        let one = all.next().filter(|_| all.next().is_none())?;
        spdx::Expression::parse(one).is_ok().then_some(one)
    }
}

/// All packages by ecosystem, name and version. A version that only a manifest asks for as a range is left out where a
/// lock file says what was installed.
pub(super) fn read(session: &Session) -> Result<Vec<Package>, TellError> {
    let rows = super::ask(
        session,
        "select ecosystem, name, version, purl, licence, scope, is_direct, is_lock, source, repo, commit, path, line_start, line_end \
         from packages order by ecosystem, name, version, repo, path, line_start",
    )?;
    let mut found: BTreeMap<(String, String, Option<String>), Package> = BTreeMap::new();
    let mut direct: BTreeSet<(String, String)> = BTreeSet::new();
    let mut shipped: BTreeSet<(String, String)> = BTreeSet::new();
    let mut fixed: BTreeSet<(String, String)> = BTreeSet::new();
    for row in &rows.rows {
        let text = |name: &str| rows.get(row, name).text().map(str::to_owned);
        let (Some(ecosystem), Some(name)) = (text("ecosystem"), text("name")) else { continue };
        let key = (ecosystem.clone(), name.clone());
        let is_lock = *rows.get(row, "is_lock") == Cell::Boolean(true);
        if !is_lock || *rows.get(row, "is_direct") == Cell::Boolean(true) {
            direct.insert(key.clone());
        }
        if !matches!(text("scope").as_deref(), Some("dev" | "test" | "build")) {
            shipped.insert(key.clone());
        }
        let version = text("version");
        if version.is_some() {
            fixed.insert(key);
        }
        let package = found.entry((ecosystem.clone(), name.clone(), version.clone())).or_insert_with(|| Package {
            ecosystem,
            name,
            version,
            ..Package::default()
        });
        if package.purl.is_none() {
            package.purl = text("purl");
        }
        package.licences.extend(text("licence"));
        package.n_places += 1;
        if package.places.len() < MOST_PLACES {
            package.places.extend(Place::of(&rows, row));
        }
    }
    Ok(found
        .into_iter()
        .filter(|((ecosystem, name, version), _)| {
            version.is_some() || !fixed.contains(&(ecosystem.clone(), name.clone()))
        })
        .map(|(_, mut package)| {
            let key = (package.ecosystem.clone(), package.name.clone());
            package.is_direct = direct.contains(&key);
            package.is_shipped = shipped.contains(&key);
            package
        })
        .collect())
}
