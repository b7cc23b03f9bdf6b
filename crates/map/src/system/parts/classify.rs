//! Says of each part what kind it is, and asks what a part is made with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::roots::code_folder;
use super::unite::best_hit;
use super::{Part, Parts};
use crate::catalogue::{Catalogue, Role, Technology};
use crate::system::facts::{Facts, Place, Signal};
use crate::system::knowledge::{fits, knowledge};
use crate::system::names::{folder_of, is_below, key, module_name};

/// Ports that images open and settings name.
pub(super) fn listen(facts: &Facts, parts: &mut Parts) {
    for s in facts.signals.iter().filter(|s| s.is("port") && s.scope.is_none()) {
        let Some(port) =
            s.value.as_deref().and_then(|v| v.trim_end_matches('}').rsplit(':').next()?.parse::<u16>().ok())
        else {
            continue;
        };
        for at in parts.owners(&s.place.repo, &s.place.path).to_vec() {
            parts.all[at].ports.insert(port);
        }
    }
}

/// Parts whose code answers requests, shows pages, or is called from a command line.
struct Doings {
    serves: BTreeSet<usize>,
    shows: BTreeSet<usize>,
    commands: BTreeSet<usize>,
    /// Technologies of the routes and pages of each part.
    with: BTreeMap<usize, BTreeSet<String>>,
}

impl Doings {
    fn of(facts: &Facts, parts: &Parts) -> Self {
        let owners = |wanted: &dyn Fn(&Signal) -> bool| -> BTreeSet<usize> {
            let seen = facts.signals.iter().filter(|s| wanted(s));
            seen.flat_map(|s| parts.owners(&s.place.repo, &s.place.path).iter().copied()).collect()
        };
        Self {
            serves: owners(&|s| s.is("route") || s.is("rpc-service") && &*s.place.rule != "proto-rpc"),
            shows: owners(&|s| s.is("page")),
            commands: owners(&|s| s.is("cli-command")),
            with: {
                let mut with: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
                for s in facts.signals.iter().filter(|s| s.is("route") || s.is("page") || s.is("application")) {
                    let Some(technology) = &s.technology else { continue };
                    for at in parts.owners(&s.place.repo, &s.place.path) {
                        with.entry(*at).or_default().insert(technology.clone());
                    }
                }
                with
            },
        }
    }
}

/// What a part is, and what says so.
struct Nature {
    rank: u8,
    technology: String,
    kind: String,
    place: Place,
    about: String,
}

/// What the roles and packages of a part make of it.
#[derive(Default)]
struct Made<'c> {
    /// The strongest of all that say what it is.
    nature: Option<Nature>,
    /// It has a library for pages.
    is_web: bool,
    /// Whether its code answers with it, how well the package's name fits, and what it is.
    framework: Option<((bool, u8), &'c Technology, Place)>,
}

impl<'c> Made<'c> {
    fn of(
        facts: &Facts,
        catalogue: &'c Catalogue,
        part: &Part,
        (repo, folder): (&str, &str),
        answers_with: Option<&BTreeSet<String>>,
    ) -> Self {
        let known = knowledge();
        let mut made = Self::default();
        for (name, place) in &part.roles {
            if let Some(role) = known.role(name) {
                // Watching over others may be a second task of a program; what else it is comes first.
                let rank = u8::from(role.kind == "monitoring");
                made.offer(rank, &role.technology, &role.kind, place, format!("its code takes the role {name}"));
            }
        }
        for package in facts.packages.iter().filter(|p| &*p.place.repo == repo && p.folder == folder && p.is_runtime) {
            let built = || format!("it is built with {}", package.name);
            for hit in catalogue.of_package(&package.ecosystem, &package.name) {
                let technology = hit.technology;
                if hit.role == Role::Is
                    && let Some(kind) = known.kind_of(&technology.id, &technology.kind)
                {
                    made.offer(2, &technology.id, kind, &package.place, built());
                }
                made.is_web |= technology.kind == "ui-framework" && package.ecosystem == "npm";
                if technology.kind == "web-framework" && is_product(technology) {
                    // A helper that frameworks share says less than the framework itself.
                    let answers = answers_with.is_some_and(|a| a.contains(&technology.id));
                    if !answers && known.also_clients.contains(&technology.id) {
                        continue;
                    }
                    let fit = (answers, fit(technology, &package.name));
                    if made.framework.as_ref().is_none_or(|(known, _, _)| fit > *known) {
                        made.framework = Some((fit, technology, package.place.clone()));
                    }
                }
                if technology.kind == "mobile" {
                    made.offer(5, &technology.id, "app", &package.place, built());
                }
            }
        }
        made
    }

    /// Keeps what is said where nothing as strong was said before.
    fn offer(&mut self, rank: u8, technology: &str, kind: &str, place: &Place, about: String) {
        if self.nature.as_ref().is_none_or(|known| rank < known.rank) {
            let (technology, kind) = (technology.to_owned(), kind.to_owned());
            self.nature = Some(Nature { rank, technology, kind, place: place.clone(), about });
        }
    }
}

/// Says of each part with code what kind it is, by its roles, packages and image.
pub(super) fn classify(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts) {
    for s in facts.signals.iter().filter(|s| s.is("role")) {
        let Some(name) = s.name.clone() else { continue };
        for at in parts.owners(&s.place.repo, &s.place.path).to_vec() {
            parts.all[at].roles.entry(name.clone()).or_insert_with(|| s.place.clone());
        }
    }
    let doings = Doings::of(facts, parts);
    for at in 0..parts.all.len() {
        let Some((repo, folder)) = parts.all[at].root.clone() else { continue };
        let part = &mut parts.all[at];
        if part.kind == "job" || part.is_fixed {
            continue;
        }
        let made = Made::of(facts, catalogue, part, (&repo, &folder), doings.with.get(&at));
        if let Some(nature) = made.nature {
            part.kind = nature.kind;
            part.technology = Some(nature.technology);
            part.show(1, &nature.place, nature.about, "declared");
            continue;
        }
        let base = last_base(facts, &repo, &folder, part);
        let base = base.as_ref().and_then(|(image, _)| best_hit(catalogue.of_image(image)));
        if let Some((_, technology, place)) = made.framework {
            part.technology = Some(technology.id.clone());
            part.show(4, &place, format!("it is built with {}", technology.name), "declared");
        }
        by_doings(&doings, at, part, made.is_web, base);
    }
    for part in parts.all.iter_mut().filter(|p| p.kind.is_empty()) {
        part.kind.push_str("service");
    }
}

/// The kind of a part whose roles and packages do not tell it: by what its code does, and by the image that it builds
/// on.
fn by_doings(doings: &Doings, at: usize, part: &mut Part, is_web: bool, base: Option<&Technology>) {
    const OF_IMAGE: [&str; 9] =
        ["web", "gateway", "database", "broker", "cache", "monitoring", "registry", "config", "auth"];
    let shows = is_web || doings.shows.contains(&at);
    let of_base = base.and_then(|t| knowledge().kind_of(&t.id, &t.kind)).filter(|kind| OF_IMAGE.contains(kind));
    let kind = if doings.serves.contains(&at) {
        "service"
    } else if !shows && doings.commands.contains(&at) && !part.is_deployed {
        "tool"
    } else if shows {
        "web"
    } else if let Some(kind) = of_base {
        if part.technology.is_none() {
            part.technology = base.map(|t| t.id.clone());
        }
        kind
    } else {
        "service"
    };
    kind.clone_into(&mut part.kind);
}

/// How well the name of a package fits that of a technology: 2 for the same, 1 for a beginning, as of `next` and Next.js.
fn fit(technology: &Technology, package: &str) -> u8 {
    let name = key(module_name(package));
    let own = [key(&technology.id), key(&technology.name)];
    if own.contains(&name) { 2 } else { u8::from(name.len() > 3 && own.iter().any(|o| o.starts_with(&name))) }
}

/// Whether an entry of the catalogue is one product rather than a group of libraries.
fn is_product(technology: &Technology) -> bool {
    technology.name.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        || technology.name.chars().skip(1).any(char::is_uppercase)
        || !technology.name.contains(' ')
}

/// Images of the stages of a Dockerfile by the stage's name, and the image of the last one.
type Stages = (BTreeMap<String, String>, Option<(String, Place)>);

/// The image on which the last stage of a part's Dockerfile builds; of several in its folder, the one with its name.
fn last_base(facts: &Facts, repo: &Arc<str>, folder: &str, part: &Part) -> Option<(String, Place)> {
    let mut by_file: BTreeMap<Arc<str>, Stages> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("base-image") && s.place.repo == *repo) {
        if code_folder(facts, repo, folder_of(&s.place.path)) != folder {
            continue;
        }
        let Some(image) = s.name.clone() else { continue };
        let (stages, last) = by_file.entry(Arc::clone(&s.place.path)).or_default();
        let image = stages.get(&image).cloned().unwrap_or(image);
        if let Some(stage) = s.attribute("stage") {
            stages.insert(stage, image.clone());
        }
        *last = Some((image, s.place.clone()));
    }
    if by_file.len() > 1 {
        by_file.retain(|path, _| {
            let words = key(path);
            part.aliases.keys().any(|a| words.ends_with(a.as_str()) || words.ends_with(&format!("{a}dockerfile")))
        });
    }
    if by_file.len() == 1 { by_file.into_values().next()?.1 } else { None }
}

/// Whether a part asks for one of some packages, or takes one of some roles; the place that shows it.
pub(in crate::system) fn has(facts: &Facts, part: &Part, packages: &[String], roles: &[String]) -> Option<Place> {
    for role in roles {
        if let Some(place) = part.roles.get(role) {
            return Some(place.clone());
        }
    }
    let (repo, folder) = part.root.as_ref()?;
    let mut best: Option<&Place> = None;
    for package in facts.packages.iter().filter(|p| {
        p.place.repo == *repo && (p.folder == *folder || is_below(&p.folder, folder) && is_below(folder, &p.folder))
    }) {
        let full = format!("{}:{}", package.ecosystem, package.name);
        if packages.iter().any(|p| fits(p, &full)) {
            best = Some(&package.place);
            break;
        }
    }
    best.cloned()
}
