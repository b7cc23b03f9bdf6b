//! Table `pipelines`.

use crate::spec::Proof;

crate::table! {
    /// One row per run of a build or delivery pipeline, one per job in it, and one per check that another tool gave a commit.
    "pipelines", version 1, proof Proof::Lines;
    row PipelineRow, builder PipelinesBuilder, view PipelinesView;
    repo: Text [""] "Data set, by the name of its source.";
    pipeline: Text [""] "Id: `run:123`, `job:456`, `check:789` or `status:commit:name`.";
    kind: Text [""] "`run`, `job` or `check`.";
    run: OptText [""] "For a job, the run it belongs to.";
    name: Text [""] "Name of the workflow, job or check.";
    definition: OptText [""] "File or id that defines it; of a check the tool that gave it.";
    attempt: Integer ["attempts"] "Which attempt it is, from 1.";
    trigger: OptText [""] "What started it: `push`, `schedule`, `pull_request`.";
    branch: OptText [""] "Branch it ran for.";
    sha: OptText [""] "Commit it ran for.";
    status: Text [""] "`queued`, `running` or `completed`.";
    result: OptText [""] "`success`, `failure`, `cancelled`, `skipped`, `timed_out` or the tool's own word; empty while it runs.";
    actor: OptText [""] "Who started it.";
    created_at: OptInstant [""] "When it was asked for.";
    started_at: OptInstant [""] "When it began to run.";
    finished_at: OptInstant [""] "When it ended; for a run whose export does not say so, when it last changed.";
    n_steps: OptInteger ["steps"] "Steps of a job.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of its record.";
    line_end: Integer ["line"] "Last line of its record.";
}
