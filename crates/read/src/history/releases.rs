//! Releases, as tags tell them, and what differs from one to the next: folders, top files, packages that manifests ask for, services of Compose
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
use sightline_facts::tables::releases::ReleaseRow;
use sightline_facts::tables::tags::TagsView;

use super::message::clean_bytes;
use crate::file::{FileInput, FileKind};
use crate::git::{GitSource, parse_id};
use crate::manifests;
use crate::rows::SourceRows;
use crate::text::{Decoded, decode};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Raised when the same tags give other rows.
pub const RELEASES_VERSION: u32 = 4;

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

/// A tag with a version number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Release {
    tag: String,
    commit: String,
    version: String,
    /// The numbers of the version, to be compared as numbers.
    numbers: Vec<u64>,
    at: i64,
    is_annotated: bool,
}

/// Releases by what stands before their number; stable ones and early ones apart, both by number.
type Lines = BTreeMap<String, [Vec<Release>; 2]>;

/// Adds rows of `releases`, and of `release_changes` for stable releases next to each other by version.
pub fn releases(git: &GitSource, repo: &str, tags: &RecordBatch, rows: &mut SourceRows) {
    let lines = lines(tags);
    push_releases(repo, &lines, rows);
    let mut reader = Reader {
        repo: git.local(),
        folders: FxHashMap::default(),
        packages: FxHashMap::default(),
        services: FxHashMap::default(),
    };
    for (line, [stable, _]) in &lines {
        let mut later: Option<(&Release, Holdings)> = None;
        for release in stable.iter().rev().take(MOST_RELEASES) {
            let Some(holdings) = reader.holdings(&release.commit) else { continue };
            if let Some((newer, has)) = &later {
                let row = ReleaseChangeRow {
                    repo,
                    tag: &newer.tag,
                    previous_tag: &release.tag,
                    prefix: Some(line.as_str()).filter(|p| !p.is_empty()),
                    tagged_at: Some(newer.at),
                    ..ReleaseChangeRow::default()
                };
                compare(&row, ("added", &newer.commit, has), &holdings, rows);
                compare(&row, ("removed", &release.commit, &holdings), has, rows);
            }
            later = Some((release, holdings));
        }
    }
}

fn lines(tags: &RecordBatch) -> Lines {
    let mut lines = Lines::new();
    let Some(view) = TagsView::of(tags) else { return lines };
    // `2.x` is a branch in the making, not a release.
    for tag in view.rows().filter(|t| t.is_release && t.tag.strip_suffix(".x").is_none()) {
        let (Some(commit), Some(version), Some(at)) = (tag.commit, tag.version, tag.tagged_at) else { continue };
        let release = Release {
            tag: tag.tag.to_owned(),
            commit: commit.to_owned(),
            version: version.to_owned(),
            numbers: version.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect(),
            at,
            is_annotated: tag.is_annotated,
        };
        let both = lines.entry(tag.prefix.unwrap_or_default().to_owned()).or_default();
        both[usize::from(tag.is_prerelease)].push(release);
    }
    for of_stage in lines.values_mut().flatten() {
        // Where versions have several numbers, `v0` and `v3-demo` are marks that move.
        if of_stage.iter().any(|r| r.numbers.len() > 1 && r.version.contains('.')) {
            of_stage.retain(|r| r.version.contains('.'));
        }
        // The tag that stands for a version comes first among its equals.
        of_stage.sort_by(|a, b| {
            let key = |r: &Release| (r.numbers.clone(), r.version.clone(), !r.is_annotated, usize::MAX - r.tag.len());
            key(a).cmp(&key(b)).then_with(|| a.tag.cmp(&b.tag))
        });
        of_stage.dedup_by(|later, first| later.version == first.version);
    }
    lines
}

/// A year in microseconds.
const YEAR: i64 = 365 * 86_400 * 1_000_000;

fn push_releases(repo: &str, lines: &Lines, rows: &mut SourceRows) {
    let most = lines.iter().max_by_key(|(line, [stable, _])| (stable.len(), std::cmp::Reverse(*line)));
    // The line without a name is the main one, unless the names came later and it ended.
    let newest = |stable: &[Release]| stable.iter().map(|r| r.at).max();
    let newest_of_all = lines.values().filter_map(|[stable, _]| newest(stable)).max();
    let goes_on = |stable: &[Release]| newest(stable).map(|at| at + YEAR) >= newest_of_all;
    let plain = lines.get_key_value("").filter(|(_, [stable, _])| stable.len() >= 2 && goes_on(stable));
    let main = plain.or(most).map(|(line, _)| line);
    for (line, both) in lines {
        for (stage, of_stage) in both.iter().enumerate() {
            for (i, release) in of_stage.iter().enumerate() {
                let newer = |other: &&Release| {
                    (other.at, &other.numbers, &other.tag) > (release.at, &release.numbers, &release.tag)
                };
                let previous = i.checked_sub(1).map(|i| &of_stage[i]).filter(|_| stage == 0);
                rows.releases.push(&ReleaseRow {
                    repo,
                    tag: &release.tag,
                    commit: &release.commit,
                    line,
                    is_main: Some(line) == main,
                    version: &release.version,
                    is_prerelease: stage == 1,
                    released_at: release.at,
                    place: i64::try_from(of_stage.iter().filter(newer).count() + 1).unwrap_or(i64::MAX),
                    previous_tag: previous.map(|p| p.tag.as_str()),
                    previous_at: previous.map(|p| p.at),
                    days: previous.map(|p| release.at.div_euclid(DAY) - p.at.div_euclid(DAY)),
                    ..ReleaseRow::default()
                });
            }
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
            ..*row
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
            } else if !is_for_development(path) {
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
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    name.contains("compose") && matches!(ending, "yml" | "yaml")
}

/// Whether a file of Compose is there for those who develop and test: what it runs is no part of a release.
fn is_for_development(path: &str) -> bool {
    const WORDS: [&str; 12] = [
        "dev",
        "development",
        "devcontainer",
        "test",
        "tests",
        "testing",
        "e2e",
        "ci",
        "cypress",
        "benchmark",
        "benchmarks",
        "examples",
    ];
    path.split(['/', '.', '-', '_']).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
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
    use sightline_facts::tables::releases::ReleasesView;
    use sightline_facts::tables::tags::{TagRow, TagsBuilder};

    use super::*;

    #[test]
    fn releases_are_counted_by_version_and_named_line() {
        const HOUR: i64 = DAY / 24;
        let mut tags = TagsBuilder::default();
        for (tag, version, prefix, hours, is_prerelease) in [
            ("v1.0.0", "1.0.0", None, 0, false),
            ("1.0.0", "1.0.0", None, 1, false),
            ("v1.1.0", "1.1.0", None, 10 * 24, false),
            ("v2.0.0-beta.1", "2.0.0-beta.1", None, 12 * 24, true),
            ("v2.0.0", "2.0.0", None, 20 * 24, false),
            ("v1.1.1", "1.1.1", None, 25 * 24, false),
            ("v1", "1", None, 26 * 24, false),
            ("lib-0.3.0", "0.3.0", Some("lib"), 30 * 24, false),
        ] {
            let tagged_at = Some(hours * HOUR);
            let is_release = true;
            tags.push(&TagRow {
                tag,
                version: Some(version),
                prefix,
                tagged_at,
                is_prerelease,
                is_release,
                commit: Some("c"),
                ..TagRow::default()
            });
        }
        let mut rows = SourceRows::default();
        push_releases("shop", &lines(&tags.finish()), &mut rows);
        let batch = rows.releases.finish();
        let view = ReleasesView::of(&batch).expect("the builder made it");
        let found: Vec<String> = view
            .rows()
            .map(|r| {
                format!(
                    "{} main={} early={} #{} {:?} {:?}",
                    r.tag, r.is_main, r.is_prerelease, r.place, r.previous_tag, r.days
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "v1.0.0 main=true early=false #4 None None",
                "v1.1.0 main=true early=false #3 Some(\"v1.0.0\") Some(10)",
                "v1.1.1 main=true early=false #1 Some(\"v1.1.0\") Some(15)",
                "v2.0.0 main=true early=false #2 Some(\"v1.1.1\") Some(-5)",
                "v2.0.0-beta.1 main=true early=true #1 None None",
                "lib-0.3.0 main=false early=false #1 None None",
            ]
        );
    }

    #[test]
    fn a_line_that_ended_years_ago_is_not_the_main_one() {
        let mut tags = TagsBuilder::default();
        let named = [("tokio-1.0.0", 900), ("tokio-1.1.0", 930), ("tokio-1.2.0", 960)];
        for (tag, days) in [("0.1.0", 0), ("0.1.1", 30)].into_iter().chain(named) {
            tags.push(&TagRow {
                tag,
                commit: Some("c"),
                version: tag.rsplit('-').next(),
                prefix: tag.contains('-').then_some("tokio-"),
                tagged_at: Some(days * DAY),
                is_release: true,
                ..TagRow::default()
            });
        }
        let mut rows = SourceRows::default();
        push_releases("shop", &lines(&tags.finish()), &mut rows);
        let batch = rows.releases.finish();
        let view = ReleasesView::of(&batch).expect("the builder made it");
        let main: Vec<&str> = view.rows().filter(|r| r.is_main).map(|r| r.tag).collect();
        assert_eq!(main, ["tokio-1.0.0", "tokio-1.1.0", "tokio-1.2.0"]);
    }

    #[test]
    fn services_are_the_keys_below_services() {
        let text = "version: '3'\nservices:\n  # the shop\n  shop:\n    image: shop\n    ports:\n      - 80:80\n  \"db\":\n    image: postgres\nvolumes:\n  data:\n";
        assert_eq!(compose_services(text), ["shop", "db"]);
        assert_eq!(compose_services("web:\n  image: nginx\n"), Vec::<String>::new());
    }
}
