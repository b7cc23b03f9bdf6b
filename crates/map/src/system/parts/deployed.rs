//! What files of deployment say runs.

mod terraform;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Part;
use super::shells::Shells;
use super::unite::GENERIC;
use crate::system::facts::{Facts, File, FileId, Place, Signal, is_aside};
use crate::system::names::{folder_of, is_below, join, key, last_part};

/// What a file of deployment says of one thing that it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Deployed {
    pub(super) repo: Arc<str>,
    pub(super) name: String,
    /// Format: `compose`, `kubernetes` and so on.
    pub(super) format: String,
    pub(super) path: Arc<str>,
    pub(super) part: Part,
    pub(super) images: Vec<(String, Place)>,
    pub(super) build: Option<String>,
    pub(super) dockerfile: Option<String>,
    pub(super) is_job: bool,
    /// Name of the project whose code it runs.
    pub(super) code: Option<String>,
    /// Technology that deployment says it is.
    pub(super) technology: Option<(String, Place)>,
    /// It ends by itself: a migration, a filling of tables.
    pub(super) runs_once: bool,
}

/// Words of a path that say that a file of deployment tries something out.
pub(super) fn is_trial(path: &str) -> bool {
    let name = last_part(path).to_ascii_lowercase();
    is_aside(path) || ["test", ".ci.", "-ci.", "profiling", "debug", "benchmark"].iter().any(|w| name.contains(w))
}

/// Whether a path says that a file is there for those who write the program.
pub(super) fn is_workplace(path: &str) -> bool {
    const FOLDERS: [&str; 6] = [".devcontainer", ".gitpod", "dev", "development", "localdev", "fuzz"];
    const NAMES: [&str; 3] = ["dev", "devcontainer", "development"];
    let name = last_part(path).to_ascii_lowercase();
    folder_of(path).split('/').any(|f| FOLDERS.contains(&f.to_ascii_lowercase().as_str()))
        || name.split(['-', '_', '.']).any(|word| NAMES.contains(&word))
}

/// Whether a name says that a thing stands in for another one while people develop and test.
pub(super) fn stands_in(name: &str) -> bool {
    const WORDS: [&str; 8] = ["fake", "mock", "mocks", "emulator", "stub", "dummy", "devcontainer", "development"];
    name.split(['-', '_', '.']).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Whether the name of a thing that is run says that it only tries the others out.
fn tries(name: &str) -> bool {
    const TOOLS: [&str; 6] = ["playwright", "cypress", "e2e", "selenium", "test", "tests"];
    name.split(['-', '_', '.']).any(|word| TOOLS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Formats whose descriptions of deployment are read.
const FORMATS: [&str; 11] = [
    "compose",
    "kubernetes",
    "procfile",
    "helm",
    "dotnet-aspire",
    "nomad",
    "render",
    "fly",
    "serverless",
    "systemd",
    "app-engine",
];

/// Repository, format, place and name of a thing that is run: several files of one format that name the same thing
/// speak of one.
type Id = (Arc<str>, String, Arc<str>, String);

/// Things that are run, while files are still read.
type Found = BTreeMap<Id, Deployed>;

/// A service of Kubernetes: its repository and selector.
type Label<'f> = (Arc<str>, Option<String>, &'f Signal);

/// What tells a thing from others.
fn id_of(s: &Signal, name: &str) -> Id {
    let format = s.technology.clone().unwrap_or_default();
    // Objects of Kubernetes are spread over files, and files of Compose in one folder add to each other.
    let path = match format.as_str() {
        "kubernetes" => Arc::from(""),
        "compose" => Arc::from(folder_of(s.speaks_for())),
        _ => Arc::clone(&s.place.path),
    };
    (Arc::clone(&s.place.repo), format, path, name.to_owned())
}

/// What files of deployment run, by repository, format and name. Several files of one format that name the same thing
/// speak of one.
pub(super) fn deployed(facts: &Facts) -> Vec<Deployed> {
    let shells = Shells::of(facts);
    let is_main = main_deployments(facts);
    let is_main = |s: &Signal| is_main(s) && !s.name.as_deref().is_some_and(tries);
    let mut found = Found::new();
    let labels = name_runs(facts, &shells, &is_main, &mut found);
    describe_runs(facts, &shells, &mut found);
    gather_functions(facts, &is_main, &mut found);
    terraform::functions(facts, &is_main, &mut found);
    take_technologies(facts, &mut found);
    let mut all: Vec<Deployed> = found.into_values().collect();
    take_aliases(facts, &mut all);
    take_labels(labels, &mut all);
    all
}

/// Finds the things that deployment names; returns the services of Kubernetes, which belong to others.
fn name_runs<'f>(
    facts: &'f Facts,
    shells: &Shells,
    is_main: &impl Fn(&Signal) -> bool,
    found: &mut Found,
) -> Vec<Label<'f>> {
    let mut labels: Vec<Label<'f>> = Vec::new();
    // A label that several workloads have names the whole, not one of them.
    let mut labelled: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("workload")) {
        if let (Some(app), Some(name)) = (s.attribute("app"), s.name.as_deref()) {
            labelled.entry((&*s.place.repo, app)).or_default().insert(name);
        }
    }
    for s in &facts.signals {
        let format = s.technology.as_deref().unwrap_or_default();
        if !FORMATS.contains(&format) || !is_main(s) || FUNCTIONS.contains(&format) {
            continue;
        }
        if s.is("service") && format == "kubernetes" {
            labels.push((Arc::clone(&s.place.repo), s.attribute("selector"), s));
            continue;
        }
        if !(s.is("service") || s.is("workload")) {
            continue;
        }
        let Some(name) = s.name.as_deref().filter(|n| !n.contains("{{")) else { continue };
        let entry = found.entry(id_of(s, name)).or_insert_with(|| Deployed {
            repo: Arc::clone(&s.place.repo),
            name: name.to_owned(),
            format: format.to_owned(),
            path: Arc::clone(&s.place.path),
            ..Deployed::default()
        });
        entry.part.alias(name);
        let what = if s.is("workload") { s.value.clone().unwrap_or_default() } else { format.to_owned() };
        entry.is_job |= matches!(s.value.as_deref(), Some("CronJob" | "Job"));
        entry.runs_once |= s.value.as_deref() == Some("Job");
        // Where people work is no proof of what runs; other places say it better.
        let rank = u8::from(is_workplace(&s.place.path));
        entry.part.show(rank, &s.place, format!("{} names it ({what})", title(format)), "declared");
        if let Some(name) = s.attribute("container_name") {
            entry.part.alias(&name);
        }
        if let Some(image) = s.attribute("image") {
            entry.images.push((shells.fill(s, &image), s.place.clone()));
        }
        if let Some(build) = s.attribute("build") {
            entry.build = Some(shells.fill(s, &build));
        }
        if let Some(app) = s.attribute("app") {
            let id = (&*s.place.repo, app);
            if labelled.get(&id).is_none_or(|names| names.len() == 1) {
                entry.part.alias(&id.1);
            }
        }
        if let Some(project) = s.attribute("project") {
            entry.code = Some(last_part(&project).rsplit('.').next().unwrap_or(&project).to_owned());
        }
        if format == "procfile" {
            entry.build = Some(".".to_owned());
            if let Some(command) = &s.value {
                entry.part.commands.push((command.clone(), s.place.clone()));
            }
            entry.is_job |= name != "web";
            entry.runs_once |= name == "release";
        }
    }
    labels
}

/// Adds what is said of each thing elsewhere in its file: images, ports, variables, commands.
fn describe_runs(facts: &Facts, shells: &Shells, found: &mut Found) {
    for s in &facts.signals {
        let Some(scope) = s.scope.as_deref() else { continue };
        let Some(entry) = found.get_mut(&id_of(s, scope)) else { continue };
        match &*s.kind {
            "image" => {
                let image = s.value.clone().or_else(|| s.name.clone());
                entry.images.extend(image.map(|v| (shells.fill(s, &v), s.place.clone())));
            }
            "build-context" => {
                entry.build = s.value.as_deref().map(|v| shells.fill(s, v)).or(entry.build.take());
                entry.dockerfile = s.attribute("dockerfile").map(|v| shells.fill(s, &v)).or(entry.dockerfile.take());
            }
            "alias" => entry.part.alias(s.name.as_deref().unwrap_or_default()),
            "port" => {
                let port = s
                    .value
                    .as_deref()
                    .and_then(|v| v.rsplit([':', '-']).next()?.trim_end_matches('}').parse::<u16>().ok());
                entry.part.ports.extend(port);
                if let Some(published) = s.attribute("published") {
                    entry.part.is_published = true;
                    let published = shells.fill(s, &published);
                    entry.part.ports.extend(published.rsplit(':').next().and_then(|p| p.parse::<u16>().ok()));
                }
            }
            "env" => {
                let Some(name) = &s.name else { continue };
                let passed = || shells.get(s, name).filter(|_| s.attribute("from").as_deref() == Some("shell"));
                // What a template leaves open is not set as far as we can see.
                if let Some(value) =
                    s.value.as_deref().filter(|v| !v.contains("{{")).map(|v| shells.fill(s, v)).or_else(passed)
                {
                    entry.part.variables.push((name.clone(), value, s.place.clone()));
                }
            }
            "depends-on" => {
                if let Some(target) = &s.target {
                    let is_linked = s.attribute("via").as_deref() == Some("links") || s.technology_is("dotnet-aspire");
                    entry.part.needs.push((target.clone(), is_linked, s.place.clone()));
                }
            }
            "scaling" => {
                let (least, most) = (s.attribute("least"), s.attribute("most").unwrap_or_else(|| "more".to_owned()));
                let about = format!("it is run {} to {most} times", least.as_deref().unwrap_or("1"));
                entry.part.show(5, &s.place, about, "declared");
            }
            "profile" => {
                let name = s.name.as_deref().unwrap_or_default();
                entry.part.show(6, &s.place, format!("it runs where the profile {name} is asked for"), "declared");
            }
            "volume" => {
                let mount = s.value.as_deref().map(|mount| shells.fill(s, mount));
                entry.part.mounts.extend(mount.map(|mount| mounted(facts, s, &mount)));
            }
            "command" => {
                if let Some(command) = &s.value {
                    entry.part.commands.push((command.clone(), s.place.clone()));
                }
            }
            _ => {}
        }
    }
    read_env_files(facts, shells, found);
}

/// Adds the variables of the files that each thing is given whole; what is set one by one is stronger.
fn read_env_files(facts: &Facts, shells: &Shells, found: &mut Found) {
    let mut files: BTreeMap<FileId, Vec<&Signal>> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("env") && s.technology_is("dotenv")) {
        files.entry((Arc::clone(&s.place.repo), Arc::clone(&s.place.path))).or_default().push(s);
    }
    let mut given: BTreeMap<FileId, BTreeSet<Id>> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("env-file")) {
        let (Some(scope), Some(file)) = (s.scope.as_deref(), s.value.as_deref()) else { continue };
        let path = join(folder_of(&s.place.path), &shells.fill(s, file));
        if let Some(path) = path.filter(|_| found.contains_key(&id_of(s, scope))) {
            given.entry((Arc::clone(&s.place.repo), Arc::from(path))).or_default().insert(id_of(s, scope));
        }
    }
    for (file, ids) in given {
        let Some(lines) = files.get(&file) else { continue };
        for id in &ids {
            let Some(entry) = found.get_mut(id).map(|d| &mut d.part) else { continue };
            for line in lines {
                let (Some(name), Some(value)) = (&line.name, &line.value) else { continue };
                if entry.variables.iter().all(|(known, ..)| known != name) {
                    entry.given.push((name.clone(), shells.fill(line, value), line.place.clone(), ids.len() > 1));
                }
            }
        }
    }
}

/// What is mounted: the path in the repository after a slash where there is such a file, else as it is written.
fn mounted(facts: &Facts, s: &Signal, mount: &str) -> String {
    let path = mount.starts_with('.').then(|| join(folder_of(&s.place.path), mount)).flatten();
    let exists = |path: &String| {
        let files = facts.files.get(&s.place.repo);
        let below =
            |f: &BTreeMap<String, File>| f.range(format!("{path}/")..).next().is_some_and(|(p, _)| is_below(p, path));
        files.is_some_and(|f| f.contains_key(path) || below(f))
    };
    path.filter(|p| !p.is_empty() && exists(p)).map_or_else(|| mount.to_owned(), |p| format!("/{p}"))
}

/// Functions of one template, or of one folder, are one part: they are built and released together.
fn gather_functions(facts: &Facts, is_main: &impl Fn(&Signal) -> bool, found: &mut Found) {
    for s in facts.signals.iter().filter(|s| (s.is("resource") || s.is("service")) && is_main(s)) {
        if !s.technology.as_deref().is_some_and(|t| FUNCTIONS.contains(&t)) || is_terraform(&s.place.path) {
            continue;
        }
        let folder = folder_of(&s.place.path);
        let name = s.attribute("service").filter(|n| !n.contains(['$', '{'])).unwrap_or_else(|| {
            let last = last_part(folder);
            if last.is_empty() || GENERIC.contains(&last) {
                facts.name_of(&s.place.repo).to_owned()
            } else {
                last.to_owned()
            }
        });
        let id = (Arc::clone(&s.place.repo), "serverless".to_owned(), Arc::clone(&s.place.path), name.clone());
        let entry = found.entry(id).or_insert_with(|| Deployed {
            repo: Arc::clone(&s.place.repo),
            name: name.clone(),
            format: "serverless".to_owned(),
            path: Arc::clone(&s.place.path),
            build: Some(".".to_owned()),
            ..Deployed::default()
        });
        entry.part.alias(&name);
        entry.part.show(
            0,
            &s.place,
            format!("{} is a function of it", s.name.as_deref().unwrap_or("this")),
            "declared",
        );
    }
}

/// What a host of an application calls a resource: its technology stands in a row of its own.
fn take_technologies(facts: &Facts, found: &mut Found) {
    for s in facts.signals.iter().filter(|s| s.is("resource")) {
        let same = found
            .values_mut()
            .find(|d| d.repo == s.place.repo && d.path == s.place.path && s.name.as_deref() == Some(d.name.as_str()));
        if let (Some(d), Some(technology)) = (same, &s.technology) {
            d.technology = Some((technology.clone(), s.place.clone()));
        }
    }
}

/// Names of names: a variable for a database that a server holds.
fn take_aliases(facts: &Facts, all: &mut [Deployed]) {
    // A name may stand for one that itself stands for another.
    for _ in 0..2 {
        for s in facts.signals.iter().filter(|s| s.is("alias") && s.technology_is("dotnet-aspire")) {
            let (Some(name), Some(scope)) = (&s.name, &s.scope) else { continue };
            let owner = all
                .iter_mut()
                .find(|d| d.repo == s.place.repo && d.path == s.place.path && d.part.aliases.contains_key(&key(scope)));
            if let Some(owner) = owner {
                owner.part.alias(name);
            }
        }
    }
}

/// A service of Kubernetes gives its name, and what it opens, to the workload that its selector means.
fn take_labels(labels: Vec<Label<'_>>, all: &mut [Deployed]) {
    for (repo, selector, s) in labels {
        let Some(name) = &s.name else { continue };
        let wanted = selector.as_deref().unwrap_or(name);
        let mut owner =
            all.iter_mut().find(|d| d.repo == repo && d.format == "kubernetes" && key(&d.name) == key(name));
        if owner.is_none() {
            owner = all
                .iter_mut()
                .find(|d| d.repo == repo && d.format == "kubernetes" && d.part.aliases.contains_key(&key(wanted)));
        }
        if let Some(owner) = owner {
            owner.part.alias(name);
            owner.part.ports.extend(s.attribute("port").and_then(|p| p.parse::<u16>().ok()));
        }
    }
}

/// Whether a file is written for Terraform, which says where functions run but not what they are built from.
fn is_terraform(path: &str) -> bool {
    last_part(path).rsplit_once('.').is_some_and(|(_, extension)| extension == "tf")
}

/// Whether a template beside or above a file says of functions what they are built from.
pub(super) fn describes_functions(facts: &Facts, place: &Place) -> bool {
    facts.signals.iter().any(|s| {
        (s.is("resource") || s.is("service"))
            && s.place.repo == place.repo
            && s.technology.as_deref().is_some_and(|t| FUNCTIONS.contains(&t))
            && !is_terraform(&s.place.path)
            && is_below(&place.path, folder_of(&s.place.path))
    })
}

/// Technologies that run single functions.
const FUNCTIONS: &[&str] = &["aws-lambda", "google-functions", "azure-functions"];

/// Parts of a path that hold variants of a system, not what it is: they count only where nothing else describes it.
const VARIANTS: &[&str] = &[
    "extras",
    "extra",
    "contrib",
    "examples",
    "example",
    "samples",
    "sample",
    "hack",
    "playground",
    "benchmarks",
    "benchmark",
    "demo",
    "demos",
    "docs",
    "addons",
    "optional",
];

/// Which signals of deployment speak of the system itself.
pub(in crate::system) fn main_deployments(facts: &Facts) -> impl Fn(&Signal) -> bool {
    // Charts keep in a folder of this name what is run; collections of files for others to take keep those there.
    let is_template = |s: &Signal| {
        s.technology_is("compose") && folder_of(&s.place.path).split('/').any(|f| matches!(f, "template" | "templates"))
    };
    let is_variant = move |s: &Signal| {
        let mut folders = folder_of(&s.place.path).split('/');
        is_template(s) || folders.any(|f| VARIANTS.contains(&f.to_ascii_lowercase().as_str()))
    };
    let repos: BTreeSet<Arc<str>> = facts
        .signals
        .iter()
        .filter(|s| s.is("service") || s.is("workload"))
        .filter(|s| !is_trial(&s.place.path) && !is_variant(s) && !is_workplace(&s.place.path))
        .map(|s| Arc::clone(&s.place.repo))
        .collect();
    move |s: &Signal| !is_trial(&s.place.path) && (!is_variant(s) || !repos.contains(&s.place.repo))
}

/// What a format is called in a sentence.
fn title(format: &str) -> &str {
    match format {
        "compose" => "a Compose file",
        "kubernetes" => "a Kubernetes manifest",
        "procfile" => "a Procfile",
        "helm" => "a Helm chart",
        "dotnet-aspire" => "the Aspire host",
        "serverless" => "a serverless configuration",
        other => other,
    }
}
