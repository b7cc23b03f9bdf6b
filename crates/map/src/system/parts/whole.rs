//! Parts that neither deployment nor a start shows: whole repositories, and what templates of a cloud create.

use std::sync::Arc;

use super::deployed::is_trial;
use super::roots::is_program;
use super::{Part, Parts};
use crate::catalogue::{Catalogue, Technology};
use crate::system::facts::{Facts, Place};
use crate::system::knowledge::{fits, knowledge};
use crate::system::names::{folder_of, module_name};

/// Stores and queues that templates of a cloud create, where nothing else of their technology runs here.
pub(super) fn resources(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts) {
    for s in facts.signals.iter().filter(|s| s.is("resource") && !is_trial(&s.place.path)) {
        let Some(technology) = s.technology.as_deref().and_then(|t| find_technology(catalogue, t)) else { continue };
        let kind = knowledge().kind_of(&technology.id, &technology.kind).unwrap_or("");
        if !matches!(kind, "database" | "broker" | "storage" | "cache") {
            continue;
        }
        let owners = parts.owners(&s.place.repo, &s.place.path).to_vec();
        let same: Vec<usize> = parts
            .all
            .iter()
            .enumerate()
            .filter(|(_, p)| p.technology.as_deref() == Some(technology.id.as_str()) && !p.is_resource)
            .map(|(at, _)| at)
            .collect();
        if !same.is_empty() {
            if let [one] = same[..] {
                parts.all[one].show(6, &s.place, "a template of a cloud creates one", "declared");
            }
            continue;
        }
        // Where something else describes what runs, a template is one place of several to run it.
        if parts
            .all
            .iter()
            .any(|p| p.is_deployed && !p.is_function && !p.is_resource && p.repo.as_deref() == Some(&*s.place.repo))
        {
            continue;
        }
        let logical = s.name.clone().unwrap_or_else(|| technology.name.clone());
        let physical = s.target.clone().filter(|t| !t.contains(['$', '{', '!']) && !t.is_empty());
        let name = physical.unwrap_or_else(|| match owners.first() {
            Some(owner) => format!("{}-{}", parts.all[*owner].name, logical.to_ascii_lowercase()),
            None => logical.clone(),
        });
        let mut part = Part {
            name: name.clone(),
            kind: kind.to_owned(),
            technology: Some(technology.id.clone()),
            repo: Some(Arc::clone(&s.place.repo)),
            basis: "declared",
            is_deployed: true,
            is_resource: true,
            ..Part::default()
        };
        part.alias(&name);
        part.show(0, &s.place, "a template of a cloud creates it", "declared");
        part.users = owners;
        part.technology_place = Some(s.place.clone());
        parts.add(part);
    }
}

/// An entry of the catalogue by its id, also without the name of its cloud.
fn find_technology<'c>(catalogue: &'c Catalogue, id: &str) -> Option<&'c Technology> {
    let id = knowledge().reached(id);
    catalogue.get(id).or_else(|| catalogue.get(&format!("aws-{id}")))
}

/// Whether a part is the program that starts the others on a developer's machine.
pub(super) fn is_orchestrator(facts: &Facts, part: &Part) -> bool {
    let Some((repo, folder)) = &part.root else { return false };
    facts.packages.iter().any(|p| {
        p.place.repo == *repo
            && p.folder == *folder
            && fits("nuget:aspire.hosting*", &format!("{}:{}", p.ecosystem, p.name))
    }) || facts.signals.iter().any(|s| {
        s.is("service")
            && s.technology_is("dotnet-aspire")
            && s.place.repo == *repo
            && folder_of(&s.place.path) == folder
            && !folder.is_empty()
    })
}

/// A repository in which nothing is deployed or started still is something: a library, a tool, an app.
pub(super) fn whole_repositories(facts: &Facts, catalogue: &Catalogue, parts: &mut Parts) {
    for repo in &facts.repos {
        if parts.all.iter().any(|p| p.repo.as_ref() == Some(repo)) {
            continue;
        }
        let Some(files) = facts.files.get(repo) else { continue };
        if !files.values().any(is_program) && !files.values().any(|f| f.language.as_deref() == Some("SQL")) {
            continue;
        }
        let mut part = Part {
            basis: "resolved",
            repo: Some(Arc::clone(repo)),
            root: Some((Arc::clone(repo), String::new())),
            ..Part::default()
        };
        let manifest = facts
            .projects
            .iter()
            .filter(|p| p.place.repo == *repo)
            .min_by_key(|p| (p.folder.matches('/').count() + usize::from(!p.folder.is_empty()), p.name.is_none()));
        let programs: Vec<_> = facts
            .entries
            .iter()
            .filter(|(place, _, kind)| place.repo == *repo && matches!(kind.as_str(), "binary" | "command" | "service"))
            .collect();
        // Its manifest's name, else that of the only program in it, else that of the repository.
        let of_manifest = manifest.filter(|p| p.folder.is_empty()).and_then(|p| p.name.as_deref()).map(module_name);
        let of_program = if let [(_, name, _)] = programs[..] { Some(name.as_str()) } else { None };
        of_manifest.or(of_program).unwrap_or_else(|| facts.name_of(repo)).clone_into(&mut part.name);
        let mobile = facts.packages.iter().filter(|p| p.place.repo == *repo).find_map(|p| {
            let hits = catalogue.of_package(&p.ecosystem, &p.name);
            hits.into_iter().find(|h| h.technology.kind == "mobile").map(|h| (h.technology.id.clone(), p.place.clone()))
        });
        let has = |kind: &str| facts.signals.iter().any(|s| s.is(kind) && s.place.repo == *repo);
        let is_app =
            mobile.is_some() || files.keys().any(|p| p.ends_with("AndroidManifest.xml") || p.ends_with("Info.plist"));
        let pipeline = facts.signals.iter().find(|s| s.is("role") && s.technology_is("dbt") && s.place.repo == *repo);
        let kind = if is_app {
            "app"
        } else if pipeline.is_some() {
            "job"
        } else if has("route") || has("page") {
            "service"
        } else if !programs.is_empty() || has("cli-command") {
            "tool"
        } else {
            "library"
        };
        kind.clone_into(&mut part.kind);
        if let Some((technology, place)) = mobile {
            part.technology = Some(technology);
            part.show(2, &place, "a library for apps that it uses", "declared");
        }
        if let Some(project) = pipeline {
            part.technology.clone_from(&project.technology);
            part.show(1, &project.place, "the settings of a dbt project", "declared");
        }
        for (place, name, _) in programs.iter().take(10) {
            part.show(1, place, format!("the program {name} starts here"), "resolved");
        }
        if let Some(manifest) = manifest {
            part.show(2, &manifest.place, "its manifest", "declared");
        }
        if part.evidence.is_empty()
            && let Some(readme) = facts.documents.iter().find(|d| d.place.repo == *repo)
        {
            part.show(3, &readme.place, "its README", "declared");
        }
        // Nothing but code: its first file stands for the rest.
        if part.evidence.is_empty()
            && let Some((path, file)) = files.iter().find(|(_, f)| is_program(f))
        {
            let place = Place {
                repo: Arc::clone(repo),
                path: Arc::from(path.as_str()),
                line_start: 1,
                line_end: 1,
                rule: Arc::from("file"),
                seen: Arc::from(""),
                commit: file.commit.clone(),
            };
            part.show(4, &place, "its code", "resolved");
        }
        let name = part.name.clone();
        part.alias(&name);
        part.is_fixed = true;
        parts.all.push(part);
    }
}
