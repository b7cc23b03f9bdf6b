//! The steps of deriving: what each reads, and what it fills.

/// A step of deriving: what it reads and what it fills.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) reads: &'static [&'static str],
    pub(super) fills: &'static [&'static str],
    /// Whether it depends on the catalogue of technologies and the rules of the map.
    pub(super) knows: bool,
}

/// Modules, imports between them, entry points.
pub(super) const MODULES: Step = Step {
    name: "modules",
    reads: &["files", "projects", "documents", "symbols", "imports"],
    fills: &["modules", "module_imports", "entry_points"],
    knows: false,
};
pub(super) const HOTSPOTS: Step = Step {
    name: "hotspots",
    reads: &["changes", "commits", "sources", "files", "symbols"],
    fills: &["hotspots"],
    knows: false,
};
pub(super) const COUPLING: Step =
    Step { name: "coupling", reads: &["changes", "commits", "sources", "files"], fills: &["coupling"], knows: false };
pub(super) const TECHNOLOGIES: Step =
    Step { name: "technologies", reads: &["packages", "files"], fills: &["technologies"], knows: true };
/// Components and what connects them.
pub(super) const SYSTEM: Step = Step {
    name: "system",
    reads: &["signals", "projects", "packages", "files", "documents", "owners", "imports", "entry_points"],
    fills: &[
        "components",
        "connections",
        "endpoints",
        "topics",
        "entities",
        "entity_fields",
        "map_evidence",
        "map_gaps",
    ],
    knows: true,
};
/// What happens after each request, and who depends on each component.
pub(super) const STORIES: Step = Step {
    name: "stories",
    reads: &[
        "components",
        "connections",
        "endpoints",
        "topics",
        "entities",
        "map_evidence",
        "map_gaps",
        "signals",
        "files",
        "imports",
        "symbols",
    ],
    fills: &["flows", "flow_steps", "dependents"],
    knows: false,
};
/// Which work belongs to which commits and parts.
pub(super) const WORK: Step = Step {
    name: "work",
    reads: &[
        "sources",
        "data_sets",
        "issues",
        "issue_events",
        "issue_links",
        "pulls",
        "commits",
        "commit_references",
        "changes",
        "components",
        "modules",
        "owners",
    ],
    fills: &["tracker_repositories", "work_links", "work_components"],
    knows: false,
};
/// Working time by day.
pub(super) const CALENDAR: Step =
    Step { name: "calendar", reads: &["data_sets", "deployment_changes"], fills: &["calendar"], knows: false };
/// Which accounts belong to one person.
pub(super) const PEOPLE: Step = Step {
    name: "people",
    reads: &["commits", "data_sets", "issues", "issue_events", "pulls", "reviews", "work_links"],
    fills: &["identities"],
    knows: false,
};
/// What waits for what, among work items, parts, teams, repositories and trackers.
pub(super) const DEPENDENCIES: Step = Step {
    name: "dependencies",
    reads: &[
        "sources",
        "data_sets",
        "issues",
        "issue_links",
        "pulls",
        "tracker_repositories",
        "work_components",
        "components",
        "connections",
        "modules",
        "owners",
        "coupling",
    ],
    fills: &["dependencies"],
    knows: false,
};
/// Warnings about open work.
pub(super) const BLOCKERS: Step =
    Step { name: "blockers", reads: sightline_plan::tables::BLOCKERS_READ, fills: &["blockers"], knows: false };
/// When open work will be done.
pub(super) const FORECASTS: Step =
    Step { name: "forecasts", reads: sightline_plan::tables::FORECASTS_READ, fills: &["forecasts"], knows: false };
/// Where work waits.
pub(super) const BOTTLENECKS: Step =
    Step { name: "bottlenecks", reads: sightline_plan::bottlenecks::READ, fills: &["bottlenecks"], knows: false };
