//! Which module a file belongs to: decided from the listing of the tree alone, before any content is read.
//!
//! # The rule
//! 1. The folder of a manifest is a **project** when code stands in it or below it (outside nested projects); a
//!    project of nothing but tests counts too, unless its path names it as tests or fixtures. So is a folder laid out
//!    as one (`src/main/<language>` below it), because builds often describe all their projects in one file. The root
//!    is always a module.
//! 2. Inside a project each folder of code is a **package**. The source sets of one package
//!    (`src/main/java/x`, `src/main/scala/x`) are one. Folders that only lead somewhere (`src`, `lib`, the chain
//!    `org/example/shop` that holds all the rest) are the project itself.
//! 3. A folder with fewer than 3 files of code, counted with what was folded into it, folds into its parent. While a
//!    project has more than 60 packages, the 3 doubles.
//! 4. A folder of tests belongs to the package whose path it mirrors (`src/test/java/x` to `src/main/java/x`,
//!    `tests/parser` to `src/parser`), otherwise to the nearest module around it.
//! 5. Every other file belongs to the nearest module above it.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::system::names::folder_of;

/// A folder with fewer files of code is no package of its own.
const SMALLEST_PACKAGE: usize = 3;
/// Above this number of packages a project's smallest packages are folded further.
const MOST_PACKAGES: usize = 60;
/// Folders right below a project in which mirrored tests are looked for.
const MOST_BASES: usize = 64;
/// Parts of a path that are looked at; what is nested deeper belongs to the folder at this depth.
const DEEPEST: usize = 64;
/// Folder names that hold tests or their data.
const TEST_WORDS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "spec",
    "specs",
    "testdata",
    "test-data",
    "test_data",
    "testFixtures",
    "fixtures",
    "__fixtures__",
    "__mocks__",
    "integrationTest",
    "integration-test",
    "integration-tests",
    "integration_tests",
    "androidTest",
    "commonTest",
    "jvmTest",
    "unitTest",
    "e2e",
    "Tests",
    "it",
];
/// Folders that lead to a project's code and say nothing else.
const SOURCE_ROOTS: &[&str] = &["src", "lib", "source", "Sources", "app"];
/// Languages that keep packages under `src/<set>/<language>`.
const SOURCE_SET_LANGUAGES: &[&str] = &["java", "scala", "kotlin", "groovy", "clojure"];

/// What the index needs to know of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedFile<'a> {
    /// Path relative to the root of the repository.
    pub path: &'a str,
    /// The word of `files.kind`.
    pub kind: &'a str,
}

/// What a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleKind {
    /// The folder of a manifest, or one laid out as a project.
    Project,
    /// A folder of code inside a project.
    Package,
    /// The root of a repository without a manifest, or a folder of code in it.
    Folder,
}

impl ModuleKind {
    /// The word of `modules.kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Package => "package",
            Self::Folder => "folder",
        }
    }
}

/// One module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// `module:<repo>:<path>`.
    pub id: String,
    /// Folder, empty for the root.
    pub path: String,
    /// What it is.
    pub kind: ModuleKind,
    /// The package by its language's name or the folder below its project; of a project, its last folder.
    pub name: String,
    /// Position of the project it is part of; `None` for projects and for folders outside projects.
    pub project: Option<usize>,
}

/// Answers which module a path belongs to.
#[derive(Debug, Clone)]
pub struct ModuleIndex {
    modules: Vec<Module>,
    by_folder: FxHashMap<String, usize>,
}

/// What stands directly in a folder.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    code: usize,
    test: usize,
}

/// Folders of one project by the key that all source sets of a package share.
#[derive(Default)]
struct Tree<'a> {
    /// Key below the project to files of code directly in it.
    direct: BTreeMap<String, usize>,
    /// Key to the folder that stands for it: the first one with code, otherwise the first.
    folder: FxHashMap<String, (&'a str, bool)>,
    /// Key to the package name, where the language gives one.
    package: FxHashMap<String, String>,
}

impl ModuleIndex {
    /// Builds the index of one repository from its files and the folders of its manifests, both in any order.
    ///
    /// Cost: time and memory grow with the number of folders, ancestors included.
    pub fn new<'a>(
        repo: &str,
        files: impl IntoIterator<Item = IndexedFile<'a>>,
        manifest_folders: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let folders = count_folders(files);
        let mut manifests: FxHashSet<&str> = manifest_folders.into_iter().collect();
        manifests.extend(folders.keys().filter_map(|folder| laid_out(folder)));
        let projects = choose_projects(&folders, &manifests);
        // Each folder's project: itself, or that of its parent, which the order of the map has settled before.
        let mut project_of: FxHashMap<&str, &str> = FxHashMap::default();
        let mut inside: BTreeMap<&str, Vec<(&str, Count)>> = BTreeMap::new();
        for (folder, count) in &folders {
            let project = if projects.contains(folder) {
                folder
            } else {
                project_of.get(folder_of(folder)).copied().unwrap_or("")
            };
            project_of.insert(folder, project);
            inside.entry(project).or_default().push((folder, *count));
        }
        let mut index = Self { modules: Vec::new(), by_folder: FxHashMap::default() };
        for (project, members) in inside {
            index.add_project(repo, project, manifests.contains(project), &members);
        }
        index
    }

    /// The id of the module of a file.
    pub fn module_of(&self, path: &str) -> &str {
        &self.modules[self.position_of_folder(folder_of(path))].id
    }

    /// Position in [`Self::modules`] of the module of a file, or of a folder when the path is one.
    pub fn position_of(&self, path: &str) -> usize {
        self.by_folder.get(path).copied().unwrap_or_else(|| self.position_of_folder(folder_of(path)))
    }

    fn position_of_folder(&self, mut folder: &str) -> usize {
        folder = shallow(folder);
        loop {
            match self.by_folder.get(folder) {
                Some(position) => return *position,
                None if folder.is_empty() => return 0,
                None => folder = folder_of(folder),
            }
        }
    }

    /// All modules: projects by path, each followed by its packages by path. The root comes first.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    fn add_project(&mut self, repo: &str, project: &str, has_manifest: bool, members: &[(&str, Count)]) {
        let tree = Tree::of(project, members);
        let lead = tree.lead();
        let packages = tree.packages(&lead);
        let root = self.modules.len();
        self.modules.push(Module {
            id: format!("module:{repo}:{project}"),
            path: project.to_owned(),
            kind: if has_manifest { ModuleKind::Project } else { ModuleKind::Folder },
            name: project.rsplit('/').next().filter(|n| !n.is_empty()).unwrap_or(repo).to_owned(),
            project: None,
        });
        let mut by_key: FxHashMap<&str, usize> = FxHashMap::default();
        by_key.insert("", root);
        let mut chosen: Vec<_> = packages.iter().map(|key| (tree.folder[key.as_str()].0, key.as_str())).collect();
        chosen.sort_unstable();
        for (folder, key) in chosen {
            by_key.insert(key, self.modules.len());
            let below = folder.strip_prefix(project).unwrap_or(folder).trim_start_matches('/');
            let root_word = SOURCE_ROOTS.iter().find_map(|r| below.strip_prefix(r)?.strip_prefix('/'));
            self.modules.push(Module {
                id: format!("module:{repo}:{folder}"),
                path: folder.to_owned(),
                kind: if has_manifest { ModuleKind::Package } else { ModuleKind::Folder },
                name: tree.package.get(key).cloned().unwrap_or_else(|| root_word.unwrap_or(below).to_owned()),
                project: has_manifest.then_some(root),
            });
        }
        let nearest = |mut key: &str| loop {
            match by_key.get(key) {
                Some(position) => return *position,
                None => key = folder_of(key),
            }
        };
        let bases = tree.bases(&lead);
        for (folder, count) in members {
            let below = folder.strip_prefix(project).unwrap_or(folder).trim_start_matches('/');
            let position = match split_test(below) {
                Some((before, after)) if count.code == 0 => {
                    let before = key_of(before).0;
                    mirrored(&tree, &before, after, &bases).map_or_else(|| nearest(&before), &nearest)
                }
                _ => nearest(&key_of(below).0),
            };
            self.by_folder.insert((*folder).to_owned(), position);
        }
    }
}

/// Counts code and tests directly in each folder; every ancestor has an entry.
fn count_folders<'a>(files: impl IntoIterator<Item = IndexedFile<'a>>) -> BTreeMap<&'a str, Count> {
    let mut folders: BTreeMap<&str, Count> = BTreeMap::new();
    folders.insert("", Count::default());
    for file in files {
        let folder = shallow(folder_of(file.path));
        if !folders.contains_key(folder) {
            let mut above = folder_of(folder);
            while !folders.contains_key(above) {
                folders.insert(above, Count::default());
                above = folder_of(above);
            }
        }
        let count = folders.entry(folder).or_default();
        count.code += usize::from(file.kind == "code");
        count.test += usize::from(file.kind == "test");
    }
    folders
}

fn choose_projects<'a>(folders: &BTreeMap<&'a str, Count>, manifests: &FxHashSet<&str>) -> FxHashSet<&'a str> {
    let mut below: FxHashMap<&str, Count> = FxHashMap::default();
    let mut projects = FxHashSet::default();
    // Children sort after their parents, so that backwards each folder is complete when its turn comes.
    for (folder, direct) in folders.iter().rev() {
        let sum = below.remove(folder).unwrap_or_default();
        let all = Count { code: sum.code + direct.code, test: sum.test + direct.test };
        let holds_work = all.code > 0 || (all.test > 0 && split_test(folder).is_none());
        if folder.is_empty() || (manifests.contains(folder) && holds_work) {
            projects.insert(*folder);
        } else {
            let up = below.entry(folder_of(folder)).or_default();
            up.code += all.code;
            up.test += all.test;
        }
    }
    projects
}

impl<'a> Tree<'a> {
    fn of(project: &str, members: &[(&'a str, Count)]) -> Self {
        let mut tree = Self::default();
        tree.direct.insert(String::new(), 0);
        for (folder, count) in members {
            let below = folder.strip_prefix(project).unwrap_or(folder).trim_start_matches('/');
            if count.code == 0 && split_test(below).is_some() {
                continue;
            }
            let (key, package) = key_of(below);
            let stands = tree.folder.entry(key.clone()).or_insert((folder, count.code > 0));
            if count.code > 0 && !stands.1 {
                *stands = (folder, true);
            }
            if let Some(package) = package {
                tree.package.entry(key.clone()).or_insert(package);
            }
            if count.code > 0 {
                let mut above = folder_of(&key);
                while !above.is_empty() && !tree.direct.contains_key(above) {
                    tree.direct.insert(above.to_owned(), 0);
                    above = folder_of(above);
                }
                *tree.direct.entry(key).or_default() += count.code;
            }
        }
        tree
    }

    /// Keys right below each key.
    fn children(&self) -> FxHashMap<&str, Vec<&str>> {
        let mut children: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for key in self.direct.keys().filter(|k| !k.is_empty()) {
            children.entry(folder_of(key)).or_default().push(key);
        }
        children
    }

    /// The keys that are the project itself: from the root, and from each source root right below it, down to the
    /// first folder that holds code or branches.
    fn lead(&self) -> Vec<String> {
        let children = self.children();
        let mut lead = Vec::new();
        let roots = SOURCE_ROOTS.iter().copied().filter(|root| self.direct.contains_key(*root));
        for start in std::iter::once("").chain(roots) {
            let mut key = start;
            loop {
                lead.push(key.to_owned());
                match children.get(key).map(Vec::as_slice) {
                    Some([only]) if self.direct[key] == 0 => key = only,
                    _ => break,
                }
            }
        }
        lead.sort_unstable();
        lead.dedup();
        lead
    }

    /// The keys that are packages.
    fn packages(&self, lead: &[String]) -> Vec<String> {
        let mut smallest = SMALLEST_PACKAGE;
        loop {
            let mut sums: FxHashMap<&str, usize> = FxHashMap::default();
            let mut packages = Vec::new();
            for (key, direct) in self.direct.iter().rev() {
                let sum = direct + sums.remove(key.as_str()).unwrap_or(0);
                if lead.iter().any(|l| l == key) {
                    continue;
                }
                if sum >= smallest {
                    packages.push(key.clone());
                } else {
                    *sums.entry(folder_of(key)).or_default() += sum;
                }
            }
            if packages.len() <= MOST_PACKAGES {
                return packages;
            }
            smallest *= 2;
        }
    }

    /// Keys below which a mirrored test folder may find its package.
    fn bases(&self, lead: &[String]) -> Vec<String> {
        let top = self.direct.keys().filter(|k| !k.is_empty() && !k.contains('/')).take(MOST_BASES);
        lead.iter().chain(top.filter(|t| !lead.contains(t))).cloned().collect()
    }
}

/// The key of a package whose path the remainder of a test folder mirrors, longest match first.
fn mirrored<'t>(tree: &'t Tree<'_>, before: &str, after: &str, bases: &[String]) -> Option<&'t str> {
    let mut rest = after;
    if let Some((first, below)) = after.split_once('/').or(Some((after, "")))
        && SOURCE_SET_LANGUAGES.contains(&first)
    {
        rest = below;
    }
    let own = [before.to_owned()];
    let bases = if before.is_empty() || before == "src" { bases } else { &own };
    while !rest.is_empty() {
        for base in bases {
            let candidate = join(base, rest);
            if let Some((key, _)) = tree.direct.get_key_value(candidate.as_str()) {
                return Some(key);
            }
        }
        rest = folder_of(rest);
    }
    None
}

/// The key of a folder below its project, and its package name where the language keeps one: the part
/// `src/<set>/<language>` becomes `src`.
fn key_of(below: &str) -> (String, Option<String>) {
    let parts: Vec<&str> = below.split('/').collect();
    let set = parts.windows(3).position(|w| w[0] == "src" && SOURCE_SET_LANGUAGES.contains(&w[2]));
    match set {
        Some(at) => {
            let package = parts[at + 3..].join(".");
            let mut key = parts[..=at].to_vec();
            key.extend(&parts[at + 3..]);
            (key.join("/"), (!package.is_empty()).then_some(package))
        }
        None => (below.to_owned(), None),
    }
}

/// The folder above `src/main/<language>`, where a path ends so.
fn laid_out(folder: &str) -> Option<&str> {
    let (sets, language) = folder.rsplit_once('/')?;
    let unit = sets.strip_suffix("src/main").filter(|_| SOURCE_SET_LANGUAGES.contains(&language))?;
    if unit.is_empty() { Some(unit) } else { unit.strip_suffix('/') }
}

/// Splits a folder at its first part that names tests: what stands before and after it.
fn split_test(folder: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for part in folder.split('/') {
        let end = at + part.len();
        if TEST_WORDS.contains(&part) {
            return Some((folder[..at].trim_end_matches('/'), folder[end..].trim_start_matches('/')));
        }
        at = end + 1;
    }
    None
}

/// The folder, cut where it is nested deeper than code ever is: a path of 20,000 parts would otherwise cost memory
/// that grows with its square.
fn shallow(folder: &str) -> &str {
    folder.match_indices('/').nth(DEEPEST - 1).map_or(folder, |(at, _)| &folder[..at])
}

fn join(folder: &str, rest: &str) -> String {
    if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Files as `path` or `path*3` (three of them); tests are told by their path.
    fn index(files: &str, manifests: &[&str]) -> ModuleIndex {
        let mut paths = Vec::new();
        for word in files.split_whitespace() {
            let (path, times) = word.split_once('*').unwrap_or((word, "1"));
            for i in 0..times.parse().unwrap_or(1) {
                paths.push(if i == 0 { path.to_owned() } else { format!("{path}{i}") });
            }
        }
        let kind = |path: &str| if path.contains("test") { "test" } else { "code" };
        let files = paths.iter().map(|p| IndexedFile { path: p, kind: kind(p) });
        ModuleIndex::new("shop", files, manifests.iter().copied())
    }

    fn check(index: &ModuleIndex, path: &str, module: &str) {
        assert_eq!(index.module_of(path), format!("module:shop:{module}"), "{path}");
    }

    fn listing(index: &ModuleIndex) -> Vec<String> {
        index.modules().iter().map(|m| format!("{} {} {}", m.kind.word(), m.path, m.name)).collect()
    }

    #[test]
    fn a_repository_without_a_manifest_is_one_folder_with_its_folders_of_code() {
        let index = index("a.py*3 web/x.py*3 README.md", &[]);
        assert_eq!(listing(&index), ["folder  shop", "folder web web"]);
        check(&index, "docs/guide.md", "");
        check(&index, "web/static/new.css", "web");
    }

    #[test]
    fn java_packages_lose_the_folders_that_only_lead_to_them() {
        let index = index(
            "api/src/main/java/org/shop/A.java api/src/main/java/org/shop/cart/C.java*3 \
             api/src/main/java/org/shop/pay/P.java*3 api/src/main/scala/org/shop/pay/S.scala \
             api/src/test/java/org/shop/cart/CTest.java api/src/integrationTest/java/org/shop/pay/Xtest.java",
            &["", "api"],
        );
        assert_eq!(
            listing(&index),
            [
                "project  shop",
                "project api api",
                "package api/src/main/java/org/shop/cart org.shop.cart",
                "package api/src/main/java/org/shop/pay org.shop.pay"
            ]
        );
        check(&index, "api/src/main/java/org/shop/A.java", "api");
        check(&index, "api/src/main/scala/org/shop/pay/S.scala", "api/src/main/java/org/shop/pay");
        check(&index, "api/src/test/java/org/shop/cart/CTest.java", "api/src/main/java/org/shop/cart");
        check(&index, "api/src/integrationTest/java/org/shop/pay/Xtest.java", "api/src/main/java/org/shop/pay");
    }

    #[test]
    fn a_folder_laid_out_as_a_project_is_one_without_a_manifest_of_its_own() {
        let index = index(
            "settings/a.kts api/src/main/java/org/A.java*3 web/src/main/kotlin/W.kt web/src/test/kotlin/Wtest.kt \
             tests/demo/src/main/java/test_D.java",
            &[""],
        );
        assert_eq!(listing(&index), ["project  shop", "project api api", "project web web"]);
        check(&index, "web/src/test/kotlin/Wtest.kt", "web");
    }

    #[test]
    fn small_folders_fold_upward_until_they_are_worth_a_line() {
        let index = index("src/ui/button/b.ts src/ui/input/i.ts src/ui/list/l.ts src/one/o.ts src/main.ts", &[""]);
        assert_eq!(listing(&index), ["project  shop", "package src/ui ui"]);
        check(&index, "src/ui/list/l.ts", "src/ui");
        check(&index, "src/one/o.ts", "");
    }

    #[test]
    fn tests_belong_to_what_they_mirror() {
        let index = index(
            "pkg/parser/p.py*3 pkg/core/c.py*3 tests/parser/cases/test_a.py tests/test_b.py pkg/core/tests/test_c.py",
            &[""],
        );
        check(&index, "tests/parser/cases/test_a.py", "pkg/parser");
        check(&index, "tests/test_b.py", "");
        check(&index, "pkg/core/tests/test_c.py", "pkg/core");
    }

    #[test]
    fn manifests_of_fixtures_and_of_documents_make_no_project() {
        let index = index("src/a.rs tests/fixtures/demo/src/test_x.rs", &["", "tests/fixtures/demo", "docs"]);
        assert_eq!(listing(&index), ["project  shop"]);
        // Near miss: a project of nothing but tests, named otherwise.
        let index = self::index("src/a.rs acceptance/src/test_x.rs", &["", "acceptance"]);
        assert_eq!(listing(&index), ["project  shop", "project acceptance acceptance"]);
    }

    #[test]
    fn a_project_never_has_more_packages_than_a_reader_can_take_in() {
        let files: Vec<_> = (0..200).map(|i| format!("p{i}/x.go*{}", 3 + i % 9)).collect();
        let index = index(&files.join(" "), &[""]);
        assert!(index.modules().len() <= MOST_PACKAGES + 1, "{}", index.modules().len());
    }

    #[test]
    fn a_deep_path_is_no_trouble() {
        let path = format!("{}x.c", "d/".repeat(20_000));
        let index = ModuleIndex::new("shop", [IndexedFile { path: &path, kind: "code" }], []);
        check(&index, &path, "");
    }

    proptest! {
        #[test]
        fn the_order_of_files_changes_nothing(paths in proptest::collection::vec("([a-c]|src|test|java)(/([a-c]|src|main|test|java)){0,4}/[a-e]\\.rs", 1..40)) {
            let files = || paths.iter().map(|p| IndexedFile { path: p, kind: if p.contains("test") { "test" } else { "code" } });
            let one = ModuleIndex::new("r", files(), ["", "a"]);
            let two = ModuleIndex::new("r", files().rev(), ["a", ""]);
            prop_assert_eq!(one.modules(), two.modules());
            for path in &paths {
                prop_assert_eq!(one.module_of(path), two.module_of(path));
            }
        }
    }
}
