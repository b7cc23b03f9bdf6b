//! Unites what deployment runs with the folders of code that it is built from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::deployed::Deployed;
use super::origin::{ends_with, root_of};
use super::roots::{Root, has_code};
use super::{Part, Parts};
use crate::catalogue::{Catalogue, Hit, Technology};
use crate::system::facts::{Facts, Place};
use crate::system::knowledge::{fits, knowledge};
use crate::system::names::{folder_of, image_name, is_below, join, key, last_part};

/// Unites what deployment runs with the folders that it is built from.
pub(super) fn join_both(
    facts: &Facts,
    catalogue: &Catalogue,
    deployed: Vec<Deployed>,
    roots: &[Root],
    parts: &mut Parts,
) {
    let mut image_folders: BTreeMap<(Arc<str>, String), String> = BTreeMap::new();
    for s in facts.signals.iter().filter(|s| s.is("build-context") && !s.technology_is("compose")) {
        if let (Some(image), Some(context)) = (&s.name, &s.value)
            && let Some(folder) = join(folder_of(&s.place.path), context)
        {
            image_folders.insert((Arc::clone(&s.place.repo), key(image_name(image))), folder);
        }
    }
    let mut of_root: BTreeMap<usize, Vec<Deployed>> = BTreeMap::new();
    let mut alone: Vec<Deployed> = Vec::new();
    for d in deployed {
        let found = root_of(facts, catalogue, &d, roots, &image_folders);
        // An image that only holds tools runs code that is mounted into it: the code that has its name.
        let is_recipe = found.is_some_and(|at| {
            !roots[at].has_code
                && roots[at].bases.last().is_none_or(|(image, _)| best_hit(hits_of(catalogue, image)).is_none())
        });
        let named = if is_recipe && !d.part.mounts.is_empty() { ends_with(roots, &d, &d.name) } else { None };
        match named.or(found) {
            Some(root) => of_root.entry(root).or_default().push(d),
            None => alone.push(d),
        }
    }
    for (at, root) in roots.iter().enumerate() {
        of_folder(facts, catalogue, root, of_root.remove(&at).unwrap_or_default(), parts);
    }
    let mut alone = merge(alone);
    tell_tasks(&mut alone);
    for d in alone {
        of_image(facts, catalogue, d, parts);
    }
    unite_formats(parts);
}

/// The parts that one folder of code is run as.
fn of_folder(facts: &Facts, catalogue: &Catalogue, root: &Root, mut runs: Vec<Deployed>, parts: &mut Parts) {
    tell_tasks(&mut runs);
    let base = root.bases.last().and_then(|(image, _)| best_hit(hits_of(catalogue, image)));
    if !root.has_code {
        let runs: Vec<Deployed> = runs.into_iter().filter(|d| !d.runs_once).collect();
        // Where nothing says what runs, an image of a product that is made here does.
        if runs.is_empty() && !parts.is_deployed && !root.folder.is_empty() {
            let d = Deployed {
                repo: Arc::clone(&root.repo),
                name: last_part(&root.folder).to_owned(),
                build: Some(root.folder.clone()),
                ..Deployed::default()
            };
            if base.is_some() {
                parts.add(infrastructure(catalogue, d, base, root.bases.last()));
            }
            return;
        }
        // Only a recipe: what runs is the image that it builds on, once per thing that deployment names.
        for d in merge(runs) {
            let installed = installed(facts, catalogue, root);
            let (hit, place) = match &installed {
                Some((technology, place)) => (Some(*technology), Some(place)),
                None => (base, root.bases.last()),
            };
            parts.add(infrastructure(catalogue, d, hit, place));
        }
        return;
    }
    if runs.is_empty() && !root.is_application && !root.has_dockerfile {
        return;
    }
    // What runs once on code that others run as well fills or changes their stores; it is no part of its own.
    let is_served = runs.iter().any(|d| !d.runs_once);
    let groups = split(runs.into_iter().filter(|d| !is_served || !d.runs_once).collect());
    // What deployment names may all work in the background: what answers is started by something that nobody wrote down.
    let only_works = groups.iter().all(|g| g.iter().all(|d| d.is_job));
    let answers_too = only_works && (groups.is_empty() || serves(facts, root));
    if answers_too {
        let mut part = Part { basis: "declared", ..Part::default() };
        part.name = root_name(facts, root);
        take_root(&mut part, root);
        parts.add(part);
    }
    for (i, group) in groups.into_iter().enumerate() {
        let mut part = Part { basis: "declared", is_deployed: true, ..Part::default() };
        part.name = deployed_name(&group, root, facts);
        part.is_function = group.iter().all(|d| d.format == "serverless");
        for d in group {
            absorb(&mut part, d);
        }
        if i == 0 && !answers_too {
            take_root(&mut part, root);
        } else {
            part.root = Some((Arc::clone(&root.repo), root.folder.clone()));
            part.repo = Some(Arc::clone(&root.repo));
            part.evidence.extend(root.places.iter().cloned());
        }
        parts.add(part);
    }
}

/// The part that something runs as which no folder of code is known to build.
fn of_image(facts: &Facts, catalogue: &Catalogue, d: Deployed, parts: &mut Parts) {
    let holds_a_tool = |(image, _): &(String, Place)| knowledge().once.iter().any(|p| fits(p, image));
    if d.runs_once
        || d.format == "compose" && d.build.is_none() && !d.images.is_empty() && d.images.iter().all(holds_a_tool)
    {
        return;
    }
    let is_known = d.technology.is_some() || d.images.iter().any(|(image, _)| !hits_of(catalogue, image).is_empty());
    // A name that a part with code has already is that part.
    let same = d.part.aliases.keys().find_map(|a| parts.by_alias.get(a)).and_then(|f| f.first().copied());
    if let Some(at) = same.filter(|at| parts.all[*at].is_code() && !is_known) {
        absorb(&mut parts.all[at], d);
        return;
    }
    if let Some(at) = own_image(facts, parts, &d).filter(|_| !is_known) {
        // Under the name of its folder alone nobody knows it.
        let name = d.name.clone();
        let part = &mut parts.all[at];
        if part.name == facts.name_of(&d.repo) {
            part.name = name;
        }
        absorb(part, d);
        return;
    }
    // Neither an image nor code: a further name of something, or an entry that only steers others.
    if d.images.is_empty() && d.technology.is_none() && d.build.is_none() {
        let first = d.name.split(['-', '_', '.']).next().unwrap_or(&d.name).to_owned();
        if let Some(at) = parts.named(&first, Some(&d.repo)).filter(|at| parts.all[*at].is_code()) {
            absorb(&mut parts.all[at], d);
        }
        return;
    }
    parts.add(infrastructure(catalogue, d, None, None));
}

/// One product that two formats of deployment each describe once is the same, whatever each of them calls it.
fn unite_formats(parts: &mut Parts) {
    // What a detector is named after is the format that it reads.
    let formats = |part: &Part| -> BTreeSet<&'static str> {
        let known = ["compose", "kubernetes", "helm", "nomad"];
        let rules = part.evidence.iter().map(|e| e.place.rule.split('-').next().unwrap_or_default());
        rules.filter_map(|r| known.into_iter().find(|k| *k == r)).collect()
    };
    let mut found: BTreeMap<(Arc<str>, String), Vec<usize>> = BTreeMap::new();
    for (at, part) in parts.all.iter().enumerate().filter(|(_, p)| !p.is_code() && p.is_deployed) {
        let what = part.technology.clone().or_else(|| part.image.as_deref().map(|i| image_name(i).to_owned()));
        if let (Some(repo), Some(what)) = (&part.repo, what) {
            found.entry((Arc::clone(repo), what)).or_default().push(at);
        }
    }
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    for (a, b) in found.into_values().filter_map(|all| if let [a, b] = all[..] { Some((a, b)) } else { None }) {
        let (of_a, of_b) = (formats(&parts.all[a]), formats(&parts.all[b]));
        if of_a.is_empty() || of_b.is_empty() || !of_a.is_disjoint(&of_b) {
            continue;
        }
        let (at, other) = if of_b.contains("compose") { (b, a) } else { (a, b) };
        parts.unite(at, other);
        gone.insert(other);
    }
    let mut at = 0;
    parts.all.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Whether code of a folder answers requests.
fn serves(facts: &Facts, root: &Root) -> bool {
    facts.signals.iter().any(|s| s.is("route") && s.place.repo == root.repo && is_below(&s.place.path, &root.folder))
}

/// Tells what works in the background, or runs once, from what answers, where the same code is run several times.
fn tell_tasks(runs: &mut [Deployed]) {
    const WORKERS: [&str; 13] = [
        "worker",
        "workers",
        "beat",
        "scheduler",
        "cron",
        "sidekiq",
        "celery",
        "consumer",
        "jobs",
        "job",
        "resque",
        "horizon",
        "queue",
    ];
    const ONCE: [&str; 11] = [
        "migrate",
        "migrator",
        "migration",
        "migrations",
        "seed",
        "seeder",
        "init",
        "setup",
        "create",
        "dbmigrate",
        "collectstatic",
    ];
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .map(str::to_ascii_lowercase)
            .filter(|w| !w.is_empty())
            .collect()
    };
    let is_one_of = |all: &[String], of: &[&str]| all.iter().any(|w| of.contains(&w.as_str()));
    let same_code = |a: &Deployed, b: &Deployed| {
        let of = |d: &Deployed| d.images.iter().map(|(i, _)| i.clone()).collect::<BTreeSet<String>>();
        a.repo == b.repo
            && a.path == b.path
            && a.format == b.format
            && a.name != b.name
            && a.build == b.build
            && (a.build.is_some() || !of(a).is_disjoint(&of(b)))
    };
    let told: Vec<(bool, bool)> = runs
        .iter()
        .map(|d| {
            if d.part.is_published || !runs.iter().any(|o| same_code(d, o)) {
                return (false, false);
            }
            // The name tells it; else the command, if that is no shell script with more to say.
            let named = words(&d.name);
            let commands: Vec<String> = d.part.commands.iter().flat_map(|(c, _)| words(c)).take(12).collect();
            let once = is_one_of(&named, &ONCE) || !is_one_of(&named, &WORKERS) && is_one_of(&commands, &ONCE);
            (!once && (is_one_of(&named, &WORKERS) || is_one_of(&commands, &WORKERS)), once)
        })
        .collect();
    // One of them answers, or nothing is known of any.
    let is_served = told.iter().zip(runs.iter()).any(|((job, once), d)| !job && !once && !d.is_job && !d.runs_once);
    for (d, (job, once)) in runs.iter_mut().zip(told).filter(|_| is_served) {
        d.is_job |= job;
        d.runs_once |= once;
    }
}

/// The part whose code an image of nobody else holds: one that is called after this repository or its packages, where a
/// single part of the repository is not deployed by anything else. An image and its owner of one name alone say nothing:
/// many products are published so.
fn own_image(facts: &Facts, parts: &Parts, d: &Deployed) -> Option<usize> {
    let is_ours = |image: &str| {
        let name = key(image_name(image));
        let is_called = |p: &str| match p.strip_prefix('@') {
            Some(scoped) => scoped.split('/').next().is_some_and(|scope| key(scope) == name),
            None => key(p) == name,
        };
        let named = facts.projects.iter().any(|p| p.place.repo == d.repo && p.name.as_deref().is_some_and(is_called));
        name.len() > 2 && (key(facts.name_of(&d.repo)) == name || named)
    };
    if d.build.is_some() || d.images.is_empty() || !d.images.iter().all(|(image, _)| is_ours(image)) {
        return None;
    }
    let mut own = parts.all.iter().enumerate().filter(|(_, p)| p.is_code() && p.repo.as_ref() == Some(&d.repo));
    let mut free = own.clone().filter(|(_, p)| !p.is_deployed && p.kind != "job");
    match (free.next(), free.next()) {
        (Some((at, _)), None) => Some(at),
        _ => own.find(|(_, p)| p.root.as_ref().is_some_and(|(_, f)| f.is_empty())).map(|(at, _)| at),
    }
}

/// What an image is: by its whole name, else by what stands after its registry, else by the last part of it alone. A
/// registry of a company that holds copies says nothing of what is in it.
fn hits_of<'c>(catalogue: &'c Catalogue, image: &str) -> Vec<Hit<'c>> {
    let whole = catalogue.of_image(image);
    let runs =
        |hits: &[Hit<'_>]| hits.iter().any(|h| knowledge().kind_of(&h.technology.id, &h.technology.kind).is_some());
    if runs(&whole) {
        return whole;
    }
    // A registry stands before the first slash where that part could be a host.
    let after = match image.split_once('/') {
        Some((registry, rest)) if registry.contains(['.', ':']) => catalogue.of_image(rest),
        _ => Vec::new(),
    };
    let last = || if whole.is_empty() { catalogue.of_image(image_name(image)) } else { Vec::new() };
    [after, last()].into_iter().find(|hits| runs(hits)).unwrap_or(whole)
}

/// Gives a part its folder of code, with the names of that.
fn take_root(part: &mut Part, root: &Root) {
    part.root = Some((Arc::clone(&root.repo), root.folder.clone()));
    part.outer.clone_from(&root.outer);
    part.repo = Some(Arc::clone(&root.repo));
    for name in root.names.values() {
        part.alias(name);
    }
    let name = part.name.clone();
    part.alias(&name);
    part.evidence.extend(root.places.iter().cloned());
}

/// Adds to a part what deployment says.
fn absorb(part: &mut Part, d: Deployed) {
    part.repo.get_or_insert_with(|| Arc::clone(&d.repo));
    for alias in d.part.aliases.into_values() {
        part.alias(&alias);
    }
    for (image, _) in &d.images {
        let name = image_name(image).to_owned();
        if part.root.is_some() || !GENERIC.contains(&name.as_str()) {
            part.alias(&name);
        }
    }
    part.evidence.extend(d.part.evidence);
    part.variables.extend(d.part.variables);
    part.given.extend(d.part.given);
    part.needs.extend(d.part.needs);
    part.ports.extend(d.part.ports);
    part.mounts.extend(d.part.mounts);
    part.commands.extend(d.part.commands);
    part.is_published |= d.part.is_published;
    part.is_deployed = true;
    if d.is_job && part.kind.is_empty() {
        "job".clone_into(&mut part.kind);
    }
}

/// Names that say what a thing is rather than which one.
pub(super) const GENERIC: &[&str] =
    &["app", "web", "server", "service", "api", "backend", "main", "latest", "image", "src", "code"];

/// The name of a folder of code: of its settings or manifest, else of the folder, else of the repository.
fn root_name(facts: &Facts, root: &Root) -> String {
    let app_name = facts
        .signals
        .iter()
        .filter(|s| s.is("app-name") && s.place.repo == root.repo && is_below(&s.place.path, &root.folder))
        .find_map(|s| s.name.clone().filter(|n| root.names.contains_key(&key(n))));
    let folder = last_part(&root.folder);
    match app_name {
        Some(name) => name,
        None if !folder.is_empty() && !GENERIC.contains(&folder) => folder.to_owned(),
        None => {
            let named = root.names.values().find(|n| !GENERIC.contains(&n.as_str())).cloned();
            named.unwrap_or_else(|| above_of(facts, root).unwrap_or_else(|| facts.name_of(&root.repo)).to_owned())
        }
    }
}

/// The name of the nearest folder above one of a general name that itself says which one it is, and has no code but this.
fn above_of<'r>(facts: &Facts, root: &'r Root) -> Option<&'r str> {
    const GATHERS: [&str; 9] =
        ["apps", "packages", "services", "projects", "modules", "libs", "components", "docker", "cmd"];
    let mut above = folder_of(&root.folder);
    while GENERIC.contains(&last_part(above)) {
        above = folder_of(above);
    }
    let names_it = !above.is_empty() && !GATHERS.contains(&last_part(above));
    (names_it && !has_code(facts, &root.repo, above, &root.folder)).then(|| last_part(above))
}

/// The name of what one folder runs: the one of the format that is most often the main one.
fn deployed_name(group: &[Deployed], root: &Root, facts: &Facts) -> String {
    let order = [
        "compose",
        "kubernetes",
        "helm",
        "dotnet-aspire",
        "nomad",
        "render",
        "fly",
        "serverless",
        "systemd",
        "procfile",
    ];
    let rank = |d: &Deployed| {
        (order.iter().position(|f| *f == d.format).unwrap_or(order.len()), d.path.matches('/').count(), d.name.clone())
    };
    let best = group.iter().filter(|d| !GENERIC.contains(&d.name.as_str())).min_by_key(|d| rank(d));
    match best {
        Some(d) => d.name.clone(),
        // Beside others even a general name tells one from them, and says more than that of the repository.
        None if !root.folder.is_empty() && root.names.values().all(|n| GENERIC.contains(&n.as_str())) => {
            group.iter().min_by_key(|d| rank(d)).map_or_else(|| root_name(facts, root), |d| d.name.clone())
        }
        None => root_name(facts, root),
    }
}

/// Things of one name, or of one image under names that differ only in signs, are one.
fn merge(all: Vec<Deployed>) -> Vec<Deployed> {
    let mut merged: BTreeMap<(Arc<str>, String), Deployed> = BTreeMap::new();
    for d in all {
        let mut id = (Arc::clone(&d.repo), key(&d.name));
        if !merged.contains_key(&id) {
            // One format may know by its own name what another one only reaches by it.
            let same = merged.iter().find(|((repo, name), known)| {
                let is_other = *repo == d.repo && known.format != d.format;
                is_other && (d.part.aliases.contains_key(name) || known.part.aliases.contains_key(&id.1))
            });
            if let Some((known, _)) = same {
                id = known.clone();
            }
        }
        match merged.get_mut(&id) {
            Some(known) => {
                known.images.extend(d.images.iter().cloned());
                known.part.aliases.extend(d.part.aliases);
                known.part.evidence.extend(d.part.evidence);
                known.part.variables.extend(d.part.variables);
                known.part.given.extend(d.part.given);
                known.part.needs.extend(d.part.needs);
                known.part.ports.extend(d.part.ports);
                known.part.mounts.extend(d.part.mounts);
                known.part.commands.extend(d.part.commands);
                known.part.is_published |= d.part.is_published;
            }
            None => {
                merged.insert(id, d);
            }
        }
    }
    merged.into_values().collect()
}

/// What runs from one folder, in groups of one component each: things that one file names side by side differ, the
/// same thing in files of several formats does not.
pub(super) fn split(mut runs: Vec<Deployed>) -> Vec<Vec<Deployed>> {
    runs.sort_by_key(|d| d.is_job);
    let mut groups: Vec<Vec<Deployed>> = Vec::new();
    for d in runs {
        let same = groups.iter().position(|g| g.iter().any(|o| key(&o.name) == key(&d.name)));
        let free = || {
            groups
                .iter()
                .position(|g| g.iter().all(|o| o.is_job == d.is_job && (o.format != d.format || o.path != d.path)))
        };
        match same.or_else(free) {
            Some(at) => groups[at].push(d),
            None => groups.push(vec![d]),
        }
    }
    groups
}

/// The server that the Dockerfile of a folder installs.
fn installed<'c>(facts: &Facts, catalogue: &'c Catalogue, root: &Root) -> Option<(&'c Technology, (String, Place))> {
    facts
        .signals
        .iter()
        .filter(|s| s.is("installs") && s.place.repo == root.repo && is_below(&s.place.path, &root.folder))
        .find_map(|s| {
            let package = s.name.clone()?;
            let technology = catalogue.get(knowledge().reached(&package))?;
            Some((technology, (package, s.place.clone())))
        })
}

/// The first entry of the catalogue that makes a component of what has it.
pub(super) fn best_hit(hits: Vec<Hit<'_>>) -> Option<&Technology> {
    hits.into_iter().map(|h| h.technology).find(|t| knowledge().kind_of(&t.id, &t.kind).is_some())
}

/// What the images of one thing are, where files of deployment stand side by side that each choose another: the one of
/// most files first, then the one met first.
fn variants<'c>(catalogue: &'c Catalogue, d: &Deployed) -> Vec<(&'c Technology, String, Place)> {
    let mut found: Vec<(&Technology, String, Place, BTreeSet<Arc<str>>)> = Vec::new();
    for (image, place) in &d.images {
        let Some(technology) = best_hit(hits_of(catalogue, image)) else { continue };
        match found.iter_mut().find(|(t, ..)| t.id == technology.id) {
            Some((_, _, _, files)) => {
                files.insert(Arc::clone(&place.path));
            }
            None => found.push((technology, image.clone(), place.clone(), BTreeSet::from([Arc::clone(&place.path)]))),
        }
    }
    found.sort_by_key(|(.., files)| std::cmp::Reverse(files.len()));
    found.into_iter().map(|(t, image, place, _)| (t, image, place)).collect()
}

/// A part that is run from somebody's image.
fn infrastructure(
    catalogue: &Catalogue,
    d: Deployed,
    base: Option<&Technology>,
    base_place: Option<&(String, Place)>,
) -> Part {
    let mut part = Part { basis: "declared", ..Part::default() };
    part.name.clone_from(&d.name);
    let is_job = d.is_job;
    // What we build ourselves is what it builds on, whatever its own name resembles.
    let is_ours = d.build.is_some() && base.is_some();
    let variants = if is_ours { Vec::new() } else { variants(catalogue, &d) };
    let hit = variants.first().map(|(t, image, place)| (*t, place.clone(), image.clone()));
    let said = d
        .technology
        .as_ref()
        .and_then(|(t, place)| Some((catalogue.get(knowledge().reached(t))?, place.clone(), t.clone())));
    let hit = said.or(hit);
    let hit = hit.or_else(|| base.zip(base_place).map(|(t, (image, place))| (t, place.clone(), image.clone())));
    let guess = if hit.is_none() && !is_job { by_name(catalogue, &d) } else { None };
    part.stands_in = !is_ours && d.images.iter().any(|(image, _)| knowledge().stand_ins.iter().any(|p| fits(p, image)));
    // What a variable leaves open of an image is mostly its version.
    let named = d.images.iter().map(|(image, _)| match image.rsplit_once(':') {
        Some((name, tag)) if tag.contains(['$', '{']) && !tag.contains('/') => name,
        _ => image.split_once('@').map_or(image.as_str(), |(name, _)| name),
    });
    let mut named = named.filter(|i| !i.contains(['$', '{']));
    part.image = named.next().map(str::to_owned);
    part.variants = variants.iter().map(|(t, _, _)| t.id.clone()).collect();
    absorb(&mut part, d);
    let name = part.name.clone();
    part.alias(&name);
    match hit {
        Some((technology, place, image)) => {
            let kind = knowledge().kind_of(&technology.id, &technology.kind).unwrap_or("service");
            kind.clone_into(&mut part.kind);
            part.technology = Some(technology.id.clone());
            part.show(1, &place, format!("its image ({image}) is {}", technology.name), "declared");
        }
        None => match guess {
            Some((technology, kind, place, word)) => {
                kind.clone_into(&mut part.kind);
                part.technology = technology.map(|t| t.id.clone());
                part.show(3, &place, format!("its name ends with {word}"), "inferred");
            }
            None => if is_job { "job" } else { "service" }.clone_into(&mut part.kind),
        },
    }
    part
}

/// What the last word of the name of a thing, or of its image, says that it is: `orders-db`, `shop-rabbitmq`.
fn by_name<'c>(
    catalogue: &'c Catalogue,
    d: &Deployed,
) -> Option<(Option<&'c Technology>, &'static str, Place, String)> {
    const STORES: [&str; 4] = ["database", "cache", "broker", "search"];
    let shown = d.part.evidence.first().map(|e| &e.place);
    let (image, place) = match d.images.first() {
        Some((image, place)) => (Some(image_name(image)), place),
        None => (None, shown?),
    };
    for name in image.into_iter().chain([d.name.as_str()]) {
        let words: Vec<String> = name.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect();
        let Some((last, before)) = words.split_last() else { continue };
        if matches!(last.as_str(), "db" | "database") {
            let named = before.last().and_then(|word| best_hit(catalogue.of_image(word)));
            let named = named.filter(|t| knowledge().kind_of(&t.id, &t.kind) == Some("database"));
            return Some((named, "database", place.clone(), last.clone()));
        }
        // A product that is called by its own name may be more than a store.
        let itself = catalogue.get(knowledge().reached(last));
        let hit = best_hit(catalogue.of_image(last)).or(itself);
        if let Some(technology) = hit
            && let Some(kind) = knowledge().kind_of(&technology.id, &technology.kind)
            && let Some(kind) = STORES.into_iter().chain(["config", "registry"]).find(|k| *k == kind)
            && (STORES.contains(&kind) || itself.is_some())
        {
            return Some((Some(technology), kind, place.clone(), last.clone()));
        }
    }
    None
}
