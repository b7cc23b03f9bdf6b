//! Table `deployment_changes`.

use crate::spec::Proof;

crate::table! {
    /// One row per commit that a deployment brought and the one before it did not.
    "deployment_changes", version 1, proof Proof::Lines;
    row DeploymentChangeRow, builder DeploymentChangesBuilder, view DeploymentChangesView;
    repo: Text [""] "Data set, by the name of its source.";
    deployment: OptText [""] "The deployment, as in `deployments`, where the export names it.";
    to_sha: OptText [""] "Commit that was deployed.";
    from_sha: OptText [""] "Commit that was live before it.";
    sha: Text [""] "The commit it brought; may be shortened.";
    authored_at: OptInstant [""] "When the commit was written.";
    committed_at: OptInstant [""] "When the commit was made.";
    pull_key: OptText [""] "Key of the pull request it came from, as in `pulls.key`.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of the record that lists it.";
    line_end: Integer ["line"] "Last line of that record.";
}
