//! Table `tags`.

use crate::spec::Proof;

crate::table! {
    /// One row per tag.
    "tags", version 1, proof Proof::Tag("tag");
    row TagRow, builder TagsBuilder, view TagsView;
    repo: Text [""] "Repository, by the name of its source.";
    tag: Text [""] "Name of the tag.";
    commit: OptText [""] "Commit it points at; empty when it points at something else.";
    tagged_at: OptInstant [""] "When an annotated tag was made, otherwise the time of its commit.";
    is_annotated: Boolean [""] "The tag has an object of its own.";
    message: OptText [""] "First line of an annotated tag's message.";
    is_release: Boolean [""] "The name ends in a version number.";
    is_prerelease: Boolean [""] "What follows the version number says that it is no release yet: alpha, beta, a test (Semantic Versioning 2.0.0, 9).";
    version: OptText [""] "The version number in the name.";
    prefix: OptText [""] "What stands before the version number: a package of a monorepo, say.";
}
