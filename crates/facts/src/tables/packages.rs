//! Table `packages`.

use crate::spec::Proof;

crate::table! {
    /// One row per dependency that a manifest declares or a lock file resolves.
    "packages", version 1, proof Proof::TextInLines("name_in_file");
    row PackageRow, builder PackagesBuilder, view PackagesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    ecosystem: Text [""] "Package registry by its purl type: `cargo`, `npm`, `maven`, `pypi`, `golang`, `nuget`, `gem`, `composer`, `hex`, `swift`, `cocoapods`, `conan`, `vcpkg`.";
    format: Text [""] "File format: `Cargo.toml`, `package-lock.json`, `pom.xml` and so on.";
    is_lock: Boolean [""] "The row comes from a lock file, so `version` is the one that was installed.";
    name: Text [""] "Name of the package in its registry; Maven names are `group:artifact`.";
    name_in_file: Text [""] "The part of the name that the cited lines show literally.";
    declared: OptText [""] "Version or range as written in a manifest.";
    version: OptText [""] "Exact version, from a lock file or where the manifest pins one.";
    scope: Text [""] "`runtime`, `dev`, `test`, `build`, `optional`, `peer` or `unknown`.";
    is_direct: OptBoolean [""] "Declared by the project itself; empty where a lock file does not tell.";
    group_name: OptText [""] "Named group of dependencies (extra, feature, configuration, target).";
    source: OptText [""] "Where it comes from when not the ecosystem's registry: a path, a git URL, another registry.";
    purl: OptText [""] "Package URL (purl specification) with the version where it is known.";
    released_at: OptInstant [""] "When that version was published, where the lock file says so.";
    licence: OptText [""] "Licence that the lock file states.";
}
