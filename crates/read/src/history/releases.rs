//! What differs from one release to the next: folders, top files, packages that manifests ask for, services of Compose
//! files. Read from the trees that the tags point at, so that neither changelogs nor merges matter.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gix::ObjectId;
use gix::object::tree::EntryKind;
use rustc_hash::FxHashMap;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::tables::packages::PackagesView;
use sightline_facts::tables::release_changes::ReleaseChangeRow;
use sightline_facts::tables::tags::TagsView;

use super::message::clean_bytes;
use crate::file::{FileInput, FileKind};
use crate::git::{GitSource, parse_id};
use crate::manifests;
use crate::rows::SourceRows;
use crate::text::{Decoded, decode};

/// Raised when the same tags give other rows.
pub const RELEASES_VERSION: u32 = 1;

/// Releases of one name that are compared, the newest.
const MOST_RELEASES: usize = 80;
/// Levels of folders that are told, and levels down to which manifests are looked for.
const FOLDERS: usize = 2;
const MANIFESTS: usize = 4;
/// Rows of one kind that one release gives; a rearranged tree would fill pages.
const MOST_ROWS: usize = 60;
/// A manifest with more is generated.
const MOST_BYTES: usize = 1 << 20;

/// Folders that hold other people's code, tests or pictures.
const ASIDE: [&str; 12] = [
    "node_modules",
    "vendor",
    "third_party",
    "test",
    "tests",
    "__tests__",
    "spec",
    "fixtures",
    "testdata",
    "assets",
    "images",
    "img",
];

/// What a release has: by kind and name, where it is seen.
type Holdings = BTreeMap<(&'static str, String, Option<String>), String>;

/// A tree, read once however many releases share it: what it holds, by path below it.
#[derive(Debug, Default)]
struct Folder {
    /// Folders below with a file in each.
    folders: Vec<(String, String)>,
    /// Files directly in it.
    files: Vec<String>,
    /// Manifests and Compose files with their blobs.
    described: Vec<(String, ObjectId)>,
    /// Some file in it.
    example: Option<String>,
}

struct Reader {
    repo: gix::Repository,
    folders: FxHashMap<(ObjectId, usize), Rc<Folder>>,
    packages: FxHashMap<ObjectId, Rc<Vec<(String, String)>>>,
    services: FxHashMap<ObjectId, Rc<Vec<String>>>,
}

/// Adds rows of `release_changes` for releases next to each other, by version, among tags named alike. Early stages
/// such as betas are left out, and a release that has two tags counts once.
pub fn release_changes(git: &GitSource, repo: &str, tags: &RecordBatch, rows: &mut SourceRows) {
    let Some(view) = TagsView::of(tags) else { return };
    let mut lines: BTreeMap<String, BTreeMap<Vec<u64>, (String, String, Option<i64>)>> = BTreeMap::new();
    for tag in view.rows().filter(|t| t.is_release && !t.is_prerelease) {
        let (Some(commit), Some(version)) = (tag.commit, tag.version) else { continue };
        let numbers: Vec<u64> = version.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        let line = lines.entry(tag.prefix.unwrap_or_default().to_owned()).or_default();
        line.entry(numbers).or_insert_with(|| (tag.tag.to_owned(), commit.to_owned(), tag.tagged_at));
    }
    let mut reader = Reader {
        repo: git.local(),
        folders: FxHashMap::default(),
        packages: FxHashMap::default(),
        services: FxHashMap::default(),
    };
    for (prefix, releases) in lines {
        let newest: Vec<_> = releases.into_values().rev().take(MOST_RELEASES).collect();
        let mut later: Option<(&(String, String, Option<i64>), Holdings)> = None;
        for release in &newest {
            let Some(holdings) = reader.holdings(&release.1) else { continue };
            if let Some(((tag, commit, tagged_at), has)) = &later {
                let row = ReleaseChangeRow {
                    repo,
                    tag,
                    previous_tag: &release.0,
                    prefix: Some(prefix.as_str()).filter(|p| !p.is_empty()),
                    tagged_at: *tagged_at,
                    ..ReleaseChangeRow::default()
                };
                compare(&row, ("added", commit, has), &holdings, rows);
                compare(&row, ("removed", &release.1, &holdings), has, rows);
            }
            later = Some((release, holdings));
        }
    }
}

/// What one side has and the other has not.
fn compare(
    row: &ReleaseChangeRow<'_>,
    (change, commit, has): (&str, &str, &Holdings),
    other: &Holdings,
    rows: &mut SourceRows,
) {
    let new: BTreeSet<&str> =
        has.keys().filter(|key| key.0 == "folder" && !other.contains_key(*key)).map(|key| key.1.as_str()).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (key @ (kind, name, ecosystem), path) in has {
        // A new folder speaks for the folders in it.
        let inside = *kind == "folder" && name.rsplit_once('/').is_some_and(|(outer, _)| new.contains(outer));
        let count = counts.entry(kind).or_default();
        if inside || other.contains_key(key) || *count == MOST_ROWS {
            continue;
        }
        *count += 1;
        rows.release_changes.push(&ReleaseChangeRow {
            change,
            kind,
            name,
            ecosystem: ecosystem.as_deref(),
            commit,
            path,
            ..row.clone()
        });
    }
}

impl Reader {
    /// `None` when the clone lacks part of the tree: half a tree would look like removals.
    fn holdings(&mut self, commit: &str) -> Option<Holdings> {
        let tree = self.repo.find_commit(parse_id(commit)?).ok()?.tree_id().ok()?.detach();
        let root = self.folder(tree, 0)?;
        let mut out = Holdings::new();
        for (folder, example) in &root.folders {
            out.insert(("folder", folder.clone(), None), example.clone());
        }
        for file in &root.files {
            out.insert(("file", file.clone(), None), file.clone());
        }
        for (path, blob) in &root.described {
            if manifests::wants(path) {
                for (ecosystem, name) in self.packages(path, *blob).iter() {
                    out.entry(("package", name.clone(), Some(ecosystem.clone()))).or_insert_with(|| path.clone());
                }
            } else {
                for service in self.services(*blob).iter() {
                    out.entry(("service", service.clone(), None)).or_insert_with(|| path.clone());
                }
            }
        }
        Some(out)
    }

    fn folder(&mut self, id: ObjectId, depth: usize) -> Option<Rc<Folder>> {
        if let Some(known) = self.folders.get(&(id, depth)) {
            return Some(Rc::clone(known));
        }
        let mut out = Folder::default();
        let entries: Vec<(String, EntryKind, ObjectId)> = {
            let tree = self.repo.find_object(id).ok()?.try_into_tree().ok()?;
            let decoded = tree.decode().ok()?;
            decoded.entries.iter().map(|e| (clean_bytes(e.filename), e.mode.kind(), e.oid.to_owned())).collect()
        };
        for (name, kind, id) in entries {
            match kind {
                EntryKind::Blob | EntryKind::BlobExecutable => {
                    if manifests::wants(&name) || is_compose(&name) {
                        out.described.push((name.clone(), id));
                    }
                    out.example.get_or_insert_with(|| name.clone());
                    if depth == 0 {
                        out.files.push(name);
                    }
                }
                EntryKind::Tree if depth < MANIFESTS && !name.starts_with('.') && !ASIDE.contains(&name.as_str()) => {
                    let inner = self.folder(id, depth + 1)?;
                    let below = |path: &str| format!("{name}/{path}");
                    if let Some(example) = &inner.example {
                        out.example.get_or_insert_with(|| below(example));
                        if depth < FOLDERS {
                            out.folders.push((name.clone(), below(example)));
                        }
                    }
                    if depth + 1 < FOLDERS {
                        out.folders.extend(inner.folders.iter().map(|(f, example)| (below(f), below(example))));
                    }
                    out.described.extend(inner.described.iter().map(|(path, id)| (below(path), *id)));
                }
                _ => {}
            }
        }
        let out = Rc::new(out);
        self.folders.insert((id, depth), Rc::clone(&out));
        Some(out)
    }

    fn text(&self, blob: ObjectId) -> Option<String> {
        let data = self.repo.find_object(blob).ok()?;
        if data.data.len() > MOST_BYTES {
            return None;
        }
        match decode(&data.data).0 {
            Decoded::Text(text) => Some(text.into_owned()),
            Decoded::Binary => None,
        }
    }

    /// Registry and name of what a manifest asks for, development and tests left out. Lock files repeat it.
    fn packages(&mut self, path: &str, blob: ObjectId) -> Rc<Vec<(String, String)>> {
        if let Some(known) = self.packages.get(&blob) {
            return Rc::clone(known);
        }
        let mut out = BTreeSet::new();
        if let Some(text) = self.text(blob).filter(|_| !is_lock(path)) {
            let file = FileInput { repo: "", commit: None, path, text: &text, language: None, kind: FileKind::Config };
            let mut rows = SourceRows::default();
            manifests::read(&file, &mut rows);
            let batch = rows.packages.finish();
            if let Some(view) = PackagesView::of(&batch) {
                let asked = view.rows().filter(|p| !p.is_lock && !matches!(p.scope, "dev" | "test" | "build"));
                out.extend(asked.filter(|p| p.source.is_none()).map(|p| (p.ecosystem.to_owned(), p.name.to_owned())));
            }
        }
        let out = Rc::new(out.into_iter().collect());
        self.packages.insert(blob, Rc::clone(&out));
        out
    }

    fn services(&mut self, blob: ObjectId) -> Rc<Vec<String>> {
        if let Some(known) = self.services.get(&blob) {
            return Rc::clone(known);
        }
        let out = Rc::new(self.text(blob).map_or_else(Vec::new, |text| compose_services(&text)));
        self.services.insert(blob, Rc::clone(&out));
        out
    }
}

/// Lock files are long and say nothing that their manifest does not.
fn is_lock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains("lock") || matches!(name, "go.sum" | "npm-shrinkwrap.json" | "Package.resolved")
}

fn is_compose(name: &str) -> bool {
    name.contains("compose") && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// Names of services by their indentation; enough for a list of names, whatever else the file holds.
fn compose_services(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut inside = false;
    let mut indent = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let depth = line.len() - trimmed.len();
        if depth == 0 {
            inside = trimmed.trim_end() == "services:";
            indent = None;
        } else if inside && depth == *indent.get_or_insert(depth) {
            let name = trimmed.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
            if trimmed.contains(':') && !name.is_empty() && name.len() < 100 && !name.starts_with('<') {
                out.push(name.to_owned());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_the_keys_below_services() {
        let text = "version: '3'\nservices:\n  # the shop\n  shop:\n    image: shop\n    ports:\n      - 80:80\n  \"db\":\n    image: postgres\nvolumes:\n  data:\n";
        assert_eq!(compose_services(text), ["shop", "db"]);
        assert_eq!(compose_services("web:\n  image: nginx\n"), Vec::<String>::new());
    }
}
