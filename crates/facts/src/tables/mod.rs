//! Every fact table, one file each. Add a file and a line here, and the rest follows from the spec.

use crate::spec::TableSpec;

pub mod blockers;
pub mod bottlenecks;
pub mod calendar;
pub mod changes;
pub mod claim_evidence;
pub mod claims;
pub mod commit_references;
pub mod commits;
pub mod components;
pub mod connections;
pub mod coupling;
pub mod data_sets;
pub mod dependencies;
pub mod dependents;
pub mod deployment_changes;
pub mod deployments;
pub mod documents;
pub mod endpoints;
pub mod entities;
pub mod entity_fields;
pub mod entry_points;
pub mod files;
pub mod flow_steps;
pub mod flows;
pub mod forecasts;
pub mod gaps;
pub mod headings;
pub mod hotspots;
pub mod identities;
pub mod imports;
pub mod incidents;
pub mod initiative_updates;
pub mod initiatives;
pub mod issue_events;
pub mod issue_links;
pub mod issues;
pub mod languages;
pub mod licences;
pub mod map_evidence;
pub mod map_gaps;
pub mod metrics;
pub mod milestones;
pub mod module_imports;
pub mod modules;
pub mod owners;
pub mod packages;
pub mod passages;
pub mod pipelines;
pub mod projects;
pub mod pulls;
pub mod release_changes;
pub mod releases;
pub mod reviews;
pub mod settings;
pub mod signals;
pub mod sources;
pub mod submodules;
pub mod symbols;
pub mod tags;
pub mod technologies;
pub mod topics;
pub mod tracker_repositories;
pub mod work_components;
pub mod work_links;

/// All tables in the order in which they are shown.
pub static ALL: &[&TableSpec] = &[
    &sources::SPEC,
    &gaps::SPEC,
    &files::SPEC,
    &languages::SPEC,
    &symbols::SPEC,
    &imports::SPEC,
    &entry_points::SPEC,
    &packages::SPEC,
    &projects::SPEC,
    &signals::SPEC,
    &commits::SPEC,
    &commit_references::SPEC,
    &blockers::SPEC,
    &bottlenecks::SPEC,
    &changes::SPEC,
    &tags::SPEC,
    &releases::SPEC,
    &release_changes::SPEC,
    &owners::SPEC,
    &documents::SPEC,
    &headings::SPEC,
    &passages::SPEC,
    &settings::SPEC,
    &licences::SPEC,
    &submodules::SPEC,
    &modules::SPEC,
    &module_imports::SPEC,
    &technologies::SPEC,
    &components::SPEC,
    &connections::SPEC,
    &endpoints::SPEC,
    &entities::SPEC,
    &entity_fields::SPEC,
    &topics::SPEC,
    &map_evidence::SPEC,
    &map_gaps::SPEC,
    &dependents::SPEC,
    &flows::SPEC,
    &forecasts::SPEC,
    &flow_steps::SPEC,
    &data_sets::SPEC,
    &issues::SPEC,
    &issue_events::SPEC,
    &issue_links::SPEC,
    &pulls::SPEC,
    &reviews::SPEC,
    &milestones::SPEC,
    &pipelines::SPEC,
    &deployments::SPEC,
    &deployment_changes::SPEC,
    &incidents::SPEC,
    &initiatives::SPEC,
    &initiative_updates::SPEC,
    &tracker_repositories::SPEC,
    &work_links::SPEC,
    &work_components::SPEC,
    &identities::SPEC,
    &calendar::SPEC,
    &dependencies::SPEC,
    &hotspots::SPEC,
    &coupling::SPEC,
    &metrics::SPEC,
    &claims::SPEC,
    &claim_evidence::SPEC,
];

/// The table of that name.
pub fn find(name: &str) -> Option<&'static TableSpec> {
    ALL.iter().copied().find(|t| t.name == name)
}
