//! Table `hotspots`.

use crate::spec::Proof;

crate::table! {
    /// One row per code file that changed in the window: how often it changes and how complex it is.
    "hotspots", version 1, proof Proof::Derived;
    row HotspotRow, builder HotspotsBuilder, view HotspotsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    module: Text [""] "The module it belongs to.";
    n_changes: Integer ["commits"] "Commits that changed it in the 12 months before `as_of`, merges left out.";
    churn: Integer ["lines"] "Lines added and deleted in them.";
    n_authors: Integer ["people"] "People who wrote them, programs left out.";
    main_author: OptText [""] "Who wrote most of those commits.";
    main_author_ratio: OptFloat ["ratio"] "Share of those commits by that person, 0 to 1.";
    code_lines: Integer ["lines"] "Lines of code now.";
    complexity: Integer ["points"] "Sum of the cognitive complexity of its functions.";
    max_cognitive: OptInteger ["points"] "Cognitive complexity of its hardest function.";
    hardest_function: OptText [""] "That function.";
    hardest_line: OptInteger ["line"] "Line of that function.";
    change_rank_ratio: Float ["ratio"] "Share of changed code files that changed less often, 0 to 1.";
    complexity_rank_ratio: Float ["ratio"] "Share of changed code files that are less complex, 0 to 1.";
    score_ratio: Float ["ratio"] "Product of the two: 1 is the file that changes most and is hardest.";
}
