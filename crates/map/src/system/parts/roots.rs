//! Folders of code that are built or started on their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Evidence;
use super::deployed::{Deployed, describes_functions, is_trial};
use super::origin::built_from;
use crate::system::facts::{Facts, File, Place, Signal, is_aside};
use crate::system::names::{folder_of, is_below, key, last_part, module_name};

/// A folder whose code is built or started on its own.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) repo: Arc<str>,
    pub(super) folder: String,
    pub(super) names: BTreeMap<String, String>,
    pub(super) places: Vec<Evidence>,
    pub(super) has_code: bool,
    pub(super) has_dockerfile: bool,
    /// Images that its Dockerfiles build on.
    pub(super) bases: Vec<(String, Place)>,
    pub(super) is_application: bool,
    /// A folder around it that holds its recipe and no other code.
    pub(super) outer: Option<String>,
}

impl Root {
    fn new(repo: &Arc<str>, folder: &str) -> Self {
        Self {
            repo: Arc::clone(repo),
            folder: folder.to_owned(),
            names: BTreeMap::new(),
            places: Vec::new(),
            has_code: false,
            has_dockerfile: false,
            bases: Vec::new(),
            is_application: false,
            outer: None,
        }
    }

    fn show(&mut self, rank: u8, place: &Place, about: impl Into<String>, basis: &'static str) {
        self.places.push(Evidence { rank, place: place.clone(), about: about.into(), basis });
    }
}

/// Folders in the making, by repository and path.
type Found = BTreeMap<(Arc<str>, String), Root>;

/// Folders at the end of a path that hold only the recipe of an image, not the code that goes into it.
const RECIPE_FOLDERS: &[&str] =
    &["docker", ".docker", "build", "deploy", "deployment", "container", "dockerfiles", "ci"];

/// The folder of code that a Dockerfile belongs to.
pub(super) fn code_folder<'a>(facts: &Facts, repo: &Arc<str>, folder: &'a str) -> &'a str {
    let mut folder = folder;
    if let Some(above) = folder.strip_suffix("/src/main/docker") {
        return above;
    }
    if folder == "src/main/docker" {
        return "";
    }
    while RECIPE_FOLDERS.contains(&last_part(folder).to_ascii_lowercase().as_str()) && !folder.is_empty() {
        let above = folder_of(folder);
        if !has_code(facts, repo, above, folder) {
            break;
        }
        folder = above;
    }
    folder
}

/// Whether a folder holds code outside another below it.
pub(super) fn has_code(facts: &Facts, repo: &Arc<str>, folder: &str, except: &str) -> bool {
    let Some(files) = facts.files.get(repo) else { return false };
    files.range(folder.to_owned()..).take_while(|(path, _)| folder.is_empty() || path.starts_with(folder)).any(
        |(path, f)| {
            f.kind == "code"
                && is_below(path, folder)
                && (except.is_empty() || !is_below(path, except))
                && is_program(f)
        },
    )
}

/// Whether a file is written in a language of programs rather than of settings and pages.
pub(in crate::system) fn is_program(file: &File) -> bool {
    const OTHER: &[&str] = &[
        "HTML",
        "CSS",
        "Sass",
        "LESS",
        "SVG",
        "YAML",
        "JSON",
        "TOML",
        "XML",
        "Markdown",
        "INI",
        "Dockerfile",
        "Makefile",
        "BASH",
        "Shell",
        "HCL",
        "Batch",
        "PowerShell",
        "SQL",
        "Protocol Buffers",
        "Autoconf",
        "Nix",
        "Text",
        "Plain Text",
        "ReStructuredText",
    ];
    file.kind == "code" && file.language.as_deref().is_some_and(|l| !OTHER.contains(&l))
}

fn root_at<'m>(found: &'m mut Found, repo: &Arc<str>, folder: &str) -> &'m mut Root {
    found.entry((Arc::clone(repo), folder.to_owned())).or_insert_with(|| Root::new(repo, folder))
}

/// Folders that hold a manifest, by repository.
struct Manifests<'f>(BTreeSet<(&'f str, &'f str)>);

impl<'f> Manifests<'f> {
    fn of(facts: &'f Facts) -> Self {
        let projects = facts.projects.iter().map(|p| (&*p.place.repo, p.folder.as_str()));
        let packages = facts.packages.iter().map(|p| (&*p.place.repo, p.folder.as_str()));
        Self(projects.chain(packages).collect())
    }

    /// The nearest folder above a file that holds a manifest.
    fn above(&self, repo: &str, path: &str) -> Option<String> {
        let mut folder = folder_of(path);
        loop {
            if self.0.contains(&(repo, folder)) {
                return Some(folder.to_owned());
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}

/// Folders whose code is built or started on its own.
pub(super) fn roots(facts: &Facts, deployed: &[Deployed]) -> Vec<Root> {
    let mut found = Found::new();
    let manifests = Manifests::of(facts);
    of_dockerfiles(facts, &mut found);
    of_deployment(facts, deployed, &mut found);
    of_applications(facts, &manifests, &mut found);
    of_entry_points(facts, &manifests, &mut found);
    drop_libraries(facts, deployed, &mut found);
    drop_built_above(facts, deployed, &mut found);
    let mut all: Vec<Root> = found.into_values().collect();
    take_names(facts, &mut all);
    join_recipes(facts, &mut all);
    drop_gatherers(facts, &mut all);
    take_app_names(facts, &mut all);
    all
}

/// Folders with a Dockerfile.
fn of_dockerfiles(facts: &Facts, found: &mut Found) {
    for s in &facts.signals {
        if s.technology_is("dockerfile") && s.is("base-image") && !is_trial(&s.place.path) {
            let folder = code_folder(facts, &s.place.repo, folder_of(&s.place.path)).to_owned();
            let root = root_at(found, &s.place.repo, &folder);
            root.has_dockerfile = true;
            let stages: Vec<&str> = root.bases.iter().map(|(name, _)| name.as_str()).collect();
            let name = s.name.clone().unwrap_or_default();
            // The last stage is what runs; a stage that builds on an earlier one stands on that one's image.
            if !stages.contains(&name.as_str()) {
                root.bases.push((name, s.place.clone()));
            }
            root.show(2, &s.place, "a Dockerfile builds it", "declared");
        }
    }
}

/// Folders that deployment builds.
fn of_deployment(facts: &Facts, deployed: &[Deployed], found: &mut Found) {
    for d in deployed {
        if let Some(folder) = built_from(d) {
            let folder = code_folder(facts, &d.repo, &folder).to_owned();
            if facts.files.get(&d.repo).is_some_and(|f| f.keys().any(|p| is_below(p, &folder))) {
                root_at(found, &d.repo, &folder);
            }
        }
    }
}

/// Folders in which code marks the start of an application.
fn of_applications(facts: &Facts, manifests: &Manifests<'_>, found: &mut Found) {
    let starts = |s: &Signal| s.is("application") || s.is("function-handler") && !describes_functions(facts, &s.place);
    for s in facts.signals.iter().filter(|s| starts(s) && !is_trial(&s.place.path)) {
        let manifest = manifests.above(&s.place.repo, &s.place.path);
        // A folder that deployment builds, nearer to the program than any manifest, is what starts.
        let built = found
            .keys()
            .filter(|(repo, f)| *repo == s.place.repo && is_below(&s.place.path, f))
            .map(|(_, f)| f.clone());
        let nearest = manifest.into_iter().chain(built).max_by_key(String::len);
        let folder = nearest.unwrap_or_else(|| folder_of(&s.place.path).to_owned());
        let root = root_at(found, &s.place.repo, &folder);
        root.is_application = true;
        root.show(1, &s.place, "the program starts here", "declared");
    }
}

/// Programs that only their entry points show, in projects that nothing found so far covers.
fn of_entry_points(facts: &Facts, manifests: &Manifests<'_>, found: &mut Found) {
    for (place, name, kind) in &facts.entries {
        if !matches!(kind.as_str(), "binary" | "service") || is_aside(&place.path) {
            continue;
        }
        let Some(folder) = manifests.above(&place.repo, &place.path) else { continue };
        if only_runs_others(facts, found, &place.repo, &folder) {
            continue;
        }
        let covered = found.keys().any(|(repo, f)| *repo == place.repo && !f.is_empty() && is_below(&place.path, f));
        if covered || !offers_something(facts, &place.repo, &folder) {
            continue;
        }
        let root = root_at(found, &place.repo, &folder);
        root.is_application = true;
        root.show(1, place, format!("the program {name} starts here"), "resolved");
    }
}

/// Whether the script of a folder starts what stands below it: the settings of a tool that does so stand there, and
/// there are programs below.
fn only_runs_others(facts: &Facts, found: &Found, repo: &Arc<str>, folder: &str) -> bool {
    const TOOLS: [&str; 4] = ["turbo.json", "nx.json", "lerna.json", "rush.json"];
    let Some(files) = facts.files.get(repo) else { return false };
    let in_folder = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    TOOLS.iter().any(|tool| files.contains_key(&in_folder(tool)))
        && found.keys().any(|(r, f)| r == repo && f != folder && is_below(f, folder))
}

/// Code that others ask for and that nothing starts or builds is a library, whatever it could serve.
fn drop_libraries(facts: &Facts, deployed: &[Deployed], found: &mut Found) {
    let asked: BTreeSet<String> = facts
        .packages
        .iter()
        .flat_map(|p| [p.name.to_ascii_lowercase(), last_part(&p.name).to_ascii_lowercase()])
        .collect();
    let built: BTreeSet<(Arc<str>, String)> = deployed
        .iter()
        .filter_map(|d| Some((Arc::clone(&d.repo), code_folder(facts, &d.repo, &built_from(d)?).to_owned())))
        .collect();
    found.retain(|id, root| {
        let is_asked = facts.projects.iter().any(|p| {
            p.place.repo == root.repo
                && p.folder == root.folder
                && p.name.as_deref().is_some_and(|n| asked.contains(&n.to_ascii_lowercase()))
        });
        let starts = facts.entries.iter().any(|(place, _, kind)| {
            place.repo == root.repo
                && matches!(kind.as_str(), "binary" | "service")
                && is_below(&place.path, &root.folder)
        });
        root.has_dockerfile || built.contains(id) || !is_asked || starts
    });
}

/// A program in a workspace that deployment builds as one image from its root is what that image runs.
fn drop_built_above(facts: &Facts, deployed: &[Deployed], found: &mut Found) {
    let mut built: BTreeMap<(Arc<str>, String), BTreeSet<&str>> = BTreeMap::new();
    for d in deployed {
        let Some(folder) = built_from(d) else { continue };
        let folder = code_folder(facts, &d.repo, &folder).to_owned();
        built.entry((Arc::clone(&d.repo), folder)).or_default().insert(&d.name);
    }
    let manifests = |repo: &Arc<str>, folder: &str| -> BTreeSet<&str> {
        let own = facts.projects.iter().filter(|p| p.place.repo == *repo && p.folder == folder);
        // Packages of a workspace of scripts are often built apart, by tools that say so nowhere.
        own.map(|p| last_part(&p.place.path)).filter(|name| *name != "package.json").collect()
    };
    found.retain(|id, root| {
        let is_built = built.iter().any(|((repo, above), names)| {
            *repo == root.repo
                && names.len() == 1
                && *above != root.folder
                && is_below(&root.folder, above)
                && !manifests(repo, above).is_disjoint(&manifests(repo, &root.folder))
        });
        root.has_dockerfile || built.contains_key(id) || !is_built
    });
}

/// Names of each folder, by its manifest and by itself; and whether it holds code.
fn take_names(facts: &Facts, all: &mut [Root]) {
    for root in all {
        root.has_code = has_code(facts, &root.repo, &root.folder, "");
        for project in facts.projects.iter().filter(|p| p.place.repo == root.repo && p.folder == root.folder) {
            if let Some(name) = &project.name {
                root.names.insert(key(module_name(name)), module_name(name).to_owned());
            }
            root.places.push(Evidence {
                rank: 3,
                place: project.place.clone(),
                about: "its manifest".to_owned(),
                basis: "declared",
            });
        }
        if !root.folder.is_empty() {
            root.names.insert(key(last_part(&root.folder)), last_part(&root.folder).to_owned());
        }
    }
}

/// A folder with the recipe of an image whose code all stands in one folder below is one with that.
fn join_recipes(facts: &Facts, all: &mut Vec<Root>) {
    let mut gone: Vec<usize> = Vec::new();
    for at in 0..all.len() {
        let outer = &all[at];
        let (repo, folder) = (Arc::clone(&outer.repo), outer.folder.clone());
        let below: Vec<usize> =
            (0..all.len()).filter(|i| *i != at && all[*i].repo == repo && is_below(&all[*i].folder, &folder)).collect();
        let [inner] = below[..] else { continue };
        let is_recipe = outer.has_dockerfile && !outer.is_application && !folder.is_empty();
        let has_own = |path: &str, f: &File| {
            is_program(f) && f.code_lines > 0 && is_below(path, &folder) && !is_below(path, &all[inner].folder)
        };
        let is_alone = facts.files.get(&repo).is_some_and(|files| !files.iter().any(|(p, f)| has_own(p, f)));
        if is_recipe && is_alone && all[inner].is_application && !all[inner].has_dockerfile {
            let (bases, places, names) = (outer.bases.clone(), outer.places.clone(), outer.names.clone());
            let inner = &mut all[inner];
            inner.has_dockerfile = true;
            inner.bases.extend(bases);
            inner.places.extend(places);
            inner.names.extend(names);
            inner.outer = Some(folder);
            gone.push(at);
        }
    }
    let mut at = 0;
    all.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// A folder that only gathers others is none of its own.
fn drop_gatherers(facts: &Facts, all: &mut Vec<Root>) {
    let folders: Vec<(Arc<str>, String)> = all.iter().map(|r| (Arc::clone(&r.repo), r.folder.clone())).collect();
    all.retain(|root| {
        let below: Vec<&str> = folders
            .iter()
            .filter(|(repo, f)| *repo == root.repo && *f != root.folder && is_below(f, &root.folder))
            .map(|(_, f)| f.as_str())
            .collect();
        if below.is_empty() || root.is_application {
            return true;
        }
        let Some(files) = facts.files.get(&root.repo) else { return true };
        files
            .iter()
            .any(|(path, f)| is_program(f) && is_below(path, &root.folder) && !below.iter().any(|b| is_below(path, b)))
            || !root.has_code
    });
}

/// App names of settings inside each folder.
fn take_app_names(facts: &Facts, all: &mut [Root]) {
    for s in facts.signals.iter().filter(|s| s.is("app-name")) {
        let nearest = all
            .iter_mut()
            .filter(|r| r.repo == s.place.repo && is_below(&s.place.path, &r.folder))
            .max_by_key(|r| r.folder.len());
        if let (Some(root), Some(name)) = (nearest, s.name.as_deref().filter(|n| !n.contains(['$', '{', '@']))) {
            root.names.insert(key(name), name.to_owned());
            root.show(2, &s.place, "its settings name it", "declared");
        }
    }
}

/// Whether code in a folder offers, calls or stores anything that a detector sees.
fn offers_something(facts: &Facts, repo: &Arc<str>, folder: &str) -> bool {
    const KINDS: &[&str] = &[
        "route",
        "page",
        "rpc-service",
        "rpc-call",
        "http-call",
        "consumes-topic",
        "produces-topic",
        "data-access",
        "job",
        "client",
        "sdk-client",
    ];
    facts.signals.iter().any(|s| s.place.repo == *repo && KINDS.contains(&&*s.kind) && is_below(&s.place.path, folder))
}
