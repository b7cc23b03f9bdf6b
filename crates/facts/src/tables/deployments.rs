//! Table `deployments`.

use crate::spec::Proof;

crate::table! {
    /// One row per repository that a deployment brought somewhere; a release stands for a deployment.
    "deployments", version 1, proof Proof::Lines;
    row DeploymentRow, builder DeploymentsBuilder, view DeploymentsView;
    repo: Text [""] "Data set, by the name of its source.";
    deployment: Text [""] "Id of this row.";
    batch: Text [""] "The pipeline or release that made it; rows of one batch are one deployment.";
    name: Text [""] "Name: a tag, or the pipeline.";
    kind: Text [""] "`release` or `deployment`.";
    project: OptText [""] "Project it is counted in, where the export says so.";
    scope: OptText [""] "Pipeline definition or service that it belongs to.";
    of_repo: OptText [""] "Repository that was deployed.";
    environment: OptText [""] "`production`, `staging`, `testing` or the tool's own word; releases count as production.";
    result: Text [""] "`success`, `failure` or the tool's own word.";
    sha: OptText [""] "Commit that was deployed.";
    started_at: OptInstant [""] "When it began.";
    finished_at: Instant [""] "When it was live, or failed.";
    n_changes: Integer ["commits"] "Commits that it brought, as far as the export lists them.";
    url: OptText [""] "Where it can be opened.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
