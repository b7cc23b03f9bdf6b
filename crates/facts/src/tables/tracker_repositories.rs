//! Table `tracker_repositories`.

use crate::spec::Proof;

crate::table! {
    /// One row per data set of a tracker and repository whose work it holds, with what shows that they belong together.
    "tracker_repositories", version 1, proof Proof::Lines;
    row TrackerRepositoryRow, builder TrackerRepositoriesBuilder, view TrackerRepositoriesView;
    repo: Text [""] "Data set of the tracker, by the name of its source.";
    code_repo: Text [""] "Repository, by the name of its source.";
    address: OptText [""] "`owner/repository` under which texts name it, where that is known; several are separated by `; `.";
    basis: Text [""] "`declared` by addresses of items, `resolved` by commits or keys in common, `inferred` from the names.";
    rule: Text [""] "`same-address`, `commits-in-common`, `keys-in-commits` or `same-name`.";
    n_shared: Integer [""] "Addresses, commits or keys in common.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of it.";
    line_end: Integer ["line"] "Last line of its first record.";
}
