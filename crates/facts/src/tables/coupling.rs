//! Table `coupling`.

use crate::spec::Proof;

crate::table! {
    /// One row per pair of files that change in the same commits (change coupling).
    "coupling", version 1, proof Proof::Derived;
    row CouplingRow, builder CouplingBuilder, view CouplingView;
    repo: Text [""] "Repository, by the name of its source.";
    path: Text [""] "One file.";
    other_path: Text [""] "The other file.";
    n_shared: Integer ["commits"] "Commits in the window that changed both.";
    n_changes: Integer ["commits"] "Commits in the window that changed `path`.";
    n_other_changes: Integer ["commits"] "Commits in the window that changed `other_path`.";
    degree_ratio: Float ["ratio"] "`n_shared` over the mean of the two counts, 0 to 1.";
    crosses_modules: Boolean [""] "The files belong to different modules.";
}
