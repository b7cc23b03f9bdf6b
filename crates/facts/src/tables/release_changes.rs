//! Table `release_changes`.

use crate::spec::Proof;

crate::table! {
    /// One row per folder, top file, package or Compose service that a release has and the release before it has not, or the other way round.
    "release_changes", version 1, proof Proof::Change;
    row ReleaseChangeRow, builder ReleaseChangesBuilder, view ReleaseChangesView;
    repo: Text [""] "Repository, by the name of its source.";
    tag: Text [""] "Tag of the release.";
    previous_tag: Text [""] "Tag of the release before it, by version number, among those named alike.";
    prefix: OptText [""] "What stands before the version number of both tags, as in `tags.prefix`.";
    tagged_at: OptInstant [""] "When the release was tagged.";
    change: Text [""] "`added` or `removed`.";
    kind: Text [""] "`folder` (at most two levels deep), `file` (at the root), `package` (asked for by a manifest, not for development or tests alone) or `service` (of a Compose file).";
    name: Text [""] "The folder, file, package or service.";
    ecosystem: OptText [""] "Package registry by its purl type, for packages.";
    commit: Text [""] "Commit that shows it: of the release for what was added, of the release before for what was removed.";
    path: Text [""] "Where that commit shows it: a file in the folder, the file, the manifest, the Compose file.";
}
