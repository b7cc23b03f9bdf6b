//! Which folder of code a deployed thing is built from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deployed::Deployed;
use super::roots::{Root, code_folder};
use super::unite::GENERIC;
use crate::catalogue::Catalogue;
use crate::system::facts::Facts;
use crate::system::names::{folder_of, image_name, is_below, join, key};

/// The folder that an image is built from, by its build context and Dockerfile.
pub(super) fn built_from(d: &Deployed) -> Option<String> {
    let base = folder_of(&d.path);
    let context = join(base, d.build.as_deref()?)?;
    match d.dockerfile.as_deref() {
        Some(dockerfile) => {
            let folder = folder_of(&join(&context, dockerfile)?).to_owned();
            Some(if folder.is_empty() { context } else { folder })
        }
        None => Some(context),
    }
}

/// The folder that a deployed thing is built from.
pub(super) fn root_of(
    facts: &Facts,
    catalogue: &Catalogue,
    d: &Deployed,
    roots: &[Root],
    image_folders: &BTreeMap<(Arc<str>, String), String>,
) -> Option<usize> {
    let is_at = |r: &Root, folder: &str| r.folder == folder || r.outer.as_deref() == Some(folder);
    let at = |folder: &str| roots.iter().position(|r| r.repo == d.repo && is_at(r, folder));
    if let Some(folder) = built_from(d) {
        let folder = code_folder(facts, &d.repo, &folder);
        // One recipe of several for a whole workspace builds the program of that name in it.
        let inner = roots.iter().position(|r| {
            r.repo == d.repo
                && r.is_application
                && !r.has_dockerfile
                && d.dockerfile.is_some()
                && r.folder != folder
                && is_below(&r.folder, folder)
                && r.names.contains_key(&key(&d.name))
        });
        if let Some(found) = inner.or_else(|| at(folder)) {
            return Some(found);
        }
    }
    if let Some(code) = &d.code {
        let wanted = key(code);
        return roots.iter().position(|r| r.repo == d.repo && r.names.contains_key(&wanted));
    }
    if d.technology.is_some() || d.images.iter().any(|(image, _)| image.starts_with("docker.io/library/")) {
        return None;
    }
    for (image, _) in &d.images {
        if let Some(folder) = image_folders.get(&(Arc::clone(&d.repo), key(image_name(image)))) {
            let folder = code_folder(facts, &d.repo, folder);
            if let Some(found) = at(folder) {
                return Some(found);
            }
        }
    }
    let by_name = |name: &str| {
        let wanted = key(name);
        if wanted.len() < 2 {
            return None;
        }
        let mut found = roots.iter().enumerate().filter(|(_, r)| r.has_code || r.has_dockerfile);
        let in_repo = found.clone().find(|(_, r)| r.repo == d.repo && r.names.contains_key(&wanted));
        in_repo.or_else(|| found.find(|(_, r)| r.names.contains_key(&wanted))).map(|(i, _)| i)
    };
    for (image, _) in &d.images {
        let is_ours = image.contains('/') || catalogue.of_image(image).is_empty();
        // `server` of a known product's images is no folder of that name.
        let is_general = GENERIC.contains(&image_name(image)) && !catalogue.of_image(image).is_empty();
        if !is_ours
            || is_general
            || !catalogue.of_image(image).is_empty() && by_name(image_name(image)).is_none_or(|i| !roots[i].has_code)
        {
            continue;
        }
        // What deployment calls it says more than an image whose name only ends alike.
        let called = || by_name(&d.name).filter(|at| roots[*at].repo == d.repo && catalogue.of_image(image).is_empty());
        let alike = || ends_with(roots, d, image_name(image));
        if let Some(found) = by_name(image_name(image)).or_else(called).or_else(alike) {
            return Some(found);
        }
    }
    let is_foreign = d.images.iter().any(|(image, _)| !catalogue.of_image(image).is_empty());
    if is_foreign {
        return None;
    }
    by_name(&d.name).or_else(|| ends_with(roots, d, &d.name))
}

/// Words after a name that say in which role its code runs.
const ROLES: &[&str] = &[
    "http",
    "grpc",
    "api",
    "server",
    "service",
    "svc",
    "worker",
    "web",
    "app",
    "backend",
    "frontend",
    "consumer",
    "scheduler",
];

/// The one folder whose name ends with a name, or the other way round, at a `-` or `_`.
pub(super) fn ends_with(roots: &[Root], d: &Deployed, name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    if name.len() < 3 {
        return None;
    }
    let fits = |r: &Root| {
        r.names.values().any(|n| {
            let n = n.to_ascii_lowercase().replace('_', "-");
            n.len() > 2
                && (n.ends_with(&format!("-{name}"))
                    || name.ends_with(&format!("-{n}"))
                    || name.strip_prefix(&format!("{n}-")).is_some_and(|rest| ROLES.contains(&rest)))
        })
    };
    let mut found = roots.iter().enumerate().filter(|(_, r)| r.repo == d.repo && r.has_code && fits(r));
    let first = found.next()?.0;
    found.next().is_none().then_some(first)
}
