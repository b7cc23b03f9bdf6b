//! Table `releases`.

use crate::spec::Proof;

crate::table! {
    /// One row per release: tags that end in the same version number count once, and the tags of each part stand apart.
    "releases", version 1, proof Proof::Tag("tag");
    row ReleaseRow, builder ReleasesBuilder, view ReleasesView;
    repo: Text [""] "Repository, by the name of its source.";
    tag: Text [""] "Tag of the release; of several tags for one version the one with an object of its own, then the longest.";
    commit: Text [""] "Commit it points at.";
    line: Text [""] "What stands before the version number: empty for most systems, the part's name where parts are released on their own.";
    is_main: Boolean [""] "The line of the system itself: without a name before the number where it has two releases or more, else the line with most.";
    version: Text [""] "The version number.";
    is_prerelease: Boolean [""] "An early release: alpha, beta, release candidate or the like.";
    released_at: Instant [""] "When it was tagged.";
    place: Integer ["releases"] "Place among the stable (or the early) releases of its line by time, the newest first, counted from 1.";
    previous_tag: OptText [""] "Stable releases: the one before it by version number in its line.";
    previous_at: OptInstant [""] "When that was tagged.";
    days: OptInteger ["days"] "Days between the two, from UTC day to UTC day; below zero where the older version came later.";
}
