//! Table `dependencies`.

use crate::spec::Proof;

crate::table! {
    /// One row per dependency between work items, components, teams, repositories or trackers, and way in which it is known; packages and modules have tables of their own.
    "dependencies", version 1, proof Proof::Lines;
    row DependencyRow, builder DependenciesBuilder, view DependenciesView;
    level: Text [""] "`item`, `component`, `team`, `repository` or `tracker`: what both ends are.";
    from_thing: Text [""] "What depends: an issue or pull request, a component, a team, a repository or a data set, by its id.";
    to_thing: Text [""] "What it depends on.";
    from_name: Text [""] "Key or name of the one.";
    to_name: Text [""] "Key or name of the other.";
    rule: Text [""] "`tracker-link` (the tracker keeps it), `text` (somebody wrote it), `work-items` (work items of one wait for those of the other), `connection` (a part of one starts a connection to a part of the other), `same-work` (the same work items change both), `follows` (work items of one regularly come within 14 days after those of the other, clearly more often than after other work of the same months and than before it) or `co-change` (files of both change in the same commits).";
    basis: Text [""] "`declared`, `said`, `resolved` or `inferred`.";
    is_mutual: Boolean [""] "Which way it goes is not known; the ends stand in the order of their names.";
    is_open: Boolean [""] "It still matters: of items, both are open; of sums, some such pair is. Rules that know no items are always open.";
    is_connected: OptBoolean [""] "Components and teams: the map shows a connection between the two, in any direction.";
    n_places: Integer ["places"] "Relations, connections, work items or pairs of files that show it.";
    strength_ratio: OptFloat ["ratio"] "`same-work`: items that change both over the mean of those that change either; `follows`: share of times that it came; `co-change`: the highest of the pairs of files. 0 to 1.";
    cycle: OptText [""] "The circle of such dependencies that it is part of, as names with ` > ` between them.";
    about: Text [""] "What the cited place shows, in words.";
    repo: Text [""] "Source of the evidence, by its name.";
    commit: OptText [""] "Commit at which the file was read; empty for exports of trackers.";
    path: Text [""] "File of the first piece of evidence.";
    line_start: OptInteger ["line"] "First line; empty where the whole file is meant.";
    line_end: OptInteger ["line"] "Last line.";
}
