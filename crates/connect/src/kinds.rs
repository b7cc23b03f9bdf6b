//! The services that can be asked: how each is named, which variables hold its token, what the token must be allowed,
//! and what is asked of it.

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// GitHub, and GitHub Enterprise Server.
    Github,
    /// GitLab, by its own host or another.
    Gitlab,
    /// Jira Cloud and Jira Data Center.
    Jira,
    /// Linear.
    Linear,
    /// Jenkins.
    Jenkins,
    /// `PagerDuty`.
    Pagerduty,
    /// Opsgenie.
    Opsgenie,
    /// Statuspage.
    Statuspage,
}

/// One thing that is asked of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What it gives.
    pub what: &'static str,
    /// The request, with its places in braces.
    pub request: &'static str,
    /// How many requests that takes.
    pub cost: &'static str,
    /// The permission that it needs.
    pub permission: &'static str,
}

/// What is known about a service.
#[derive(Debug, PartialEq, Eq)]
pub struct About {
    /// The service.
    pub kind: Kind,
    /// The word before the colon of an address.
    pub word: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Addresses, each with what it means.
    pub examples: &'static [(&'static str, &'static str)],
    /// Sets of environment variables that hold a token; the first set that is complete is used.
    pub variables: &'static [&'static [&'static str]],
    /// Whether public data can be had without a token.
    pub is_open: bool,
    /// How to make a token that may do no more than needed.
    pub token: &'static str,
    /// What is asked.
    pub steps: &'static [Step],
}

impl Kind {
    /// What is known about it.
    #[expect(clippy::missing_panics_doc, reason = "a test asks for every service")]
    pub fn about(self) -> &'static About {
        ALL.iter().find(|about| about.kind == self).expect("a test asks for each")
    }
}

const fn step(what: &'static str, request: &'static str, cost: &'static str, permission: &'static str) -> Step {
    Step { what, request, cost, permission }
}

/// Every service, in the order of the reference page.
pub const ALL: &[About] = &[
    About {
        kind: Kind::Github,
        word: "github",
        title: "GitHub",
        examples: &[
            ("github:OWNER/REPO", "a repository on github.com"),
            ("github:https://HOST/OWNER/REPO", "one on a server of your own"),
        ],
        variables: &[&["GITHUB_TOKEN"], &["GH_TOKEN"]],
        is_open: true,
        token: "A fine-grained personal access token for the repository, with read access to the permissions below. A classic token needs the scope `repo` for private repositories and none for public ones. For projects it needs the permission Projects of the organisation, or the scope `read:project`. Without a token GitHub allows 60 requests an hour, and checks and projects are not asked for.",
        steps: &[
            step(
                "issues and pull requests",
                "/repos/{owner}/{repo}/issues",
                "1 for each 100 that changed",
                "Issues: read",
            ),
            step(
                "what happened to each, with reviews",
                "/repos/{owner}/{repo}/issues/{number}/timeline",
                "1 or more for each that changed",
                "Issues: read",
            ),
            step(
                "size, branches and merge of a pull request",
                "/repos/{owner}/{repo}/pulls/{number}",
                "1 for each pull request that changed",
                "Pull requests: read",
            ),
            step(
                "sub-issues",
                "/repos/{owner}/{repo}/issues/{number}/sub_issues",
                "1 for each issue that has some",
                "Issues: read",
            ),
            step(
                "what an issue is blocked by",
                "/repos/{owner}/{repo}/issues/{number}/dependencies/blocked_by",
                "1 for each issue that is",
                "Issues: read",
            ),
            step("milestones", "/repos/{owner}/{repo}/milestones", "1 for each 100", "Issues: read"),
            step(
                "deployments",
                "/repos/{owner}/{repo}/deployments",
                "1 for each 100 of the last 30 days, or of all the first time",
                "Deployments: read",
            ),
            step(
                "how each deployment went",
                "/repos/{owner}/{repo}/deployments/{id}/statuses",
                "1 for each of them",
                "Deployments: read",
            ),
            step("releases", "/repos/{owner}/{repo}/releases", "1 for each 100", "Contents: read"),
            step(
                "what a release or deployment brought",
                "/repos/{owner}/{repo}/compare/{base}...{head}",
                "1 for each new one",
                "Contents: read",
            ),
            step(
                "runs of Actions",
                "/repos/{owner}/{repo}/actions/runs",
                "1 for each 100 of the last 365 days, or since SIGHTLINE_BUILDS_FROM",
                "Actions: read",
            ),
            step(
                "jobs of runs",
                "/repos/{owner}/{repo}/actions/runs/{id}/jobs",
                "1 for each run of the last 30 days",
                "Actions: read",
            ),
            step(
                "checks and statuses that other tools than Actions gave commits of the default branch and pull requests",
                "/graphql: repository.defaultBranchRef, repository.pullRequests",
                "1 for each 25 commits or pull requests of the last 365 days, then of those since",
                "Checks: read, Commit statuses: read",
            ),
            step(
                "the same from a server without GraphQL, for the default branch",
                "/repos/{owner}/{repo}/commits/{sha}/check-runs, …/status",
                "2 for each commit of the last 30 days, then of those since",
                "Checks: read, Commit statuses: read",
            ),
            step(
                "projects that the repository is linked to: status, iteration and other fields of items, changes of status, updates",
                "/graphql: repository.projectsV2, node.items",
                "1 for each 20 projects and each 50 items, every time",
                "Projects: read (of the organisation)",
            ),
        ],
    },
    About {
        kind: Kind::Gitlab,
        word: "gitlab",
        title: "GitLab",
        examples: &[
            ("gitlab:GROUP/PROJECT", "a project on gitlab.com"),
            ("gitlab:https://HOST/GROUP/PROJECT", "one on a server of your own"),
        ],
        variables: &[&["GITLAB_TOKEN"]],
        is_open: true,
        token: "A project or personal access token with the scope `read_api` and the role Reporter.",
        steps: &[
            step("issues", "/projects/{id}/issues", "1 for each 100 that changed", "read_api"),
            step("merge requests", "/projects/{id}/merge_requests", "1 for each 100 that changed", "read_api"),
            step(
                "what happened to each",
                "/projects/{id}/issues/{iid}/resource_state_events and the like for labels, milestones and notes",
                "4 for each that changed",
                "read_api",
            ),
            step(
                "links between issues",
                "/projects/{id}/issues/{iid}/links",
                "1 for each issue that changed",
                "read_api",
            ),
            step(
                "approvals and commits of a merge request",
                "/projects/{id}/merge_requests/{iid}/approvals, …/commits",
                "2 for each that changed",
                "read_api",
            ),
            step("milestones", "/projects/{id}/milestones", "1 for each 100", "read_api"),
            step(
                "pipelines",
                "/projects/{id}/pipelines",
                "1 for each 100 that changed in the last 365 days, or since SIGHTLINE_BUILDS_FROM",
                "read_api",
            ),
            step("deployments", "/projects/{id}/deployments", "1 for each 100 that changed", "read_api"),
            step("releases", "/projects/{id}/releases", "1 for each 100", "read_api"),
        ],
    },
    About {
        kind: Kind::Jira,
        word: "jira",
        title: "Jira",
        examples: &[
            ("jira:https://SITE.atlassian.net/PROJECT", "a project of Jira Cloud"),
            ("jira:https://HOST/PROJECT", "a project of Jira Data Center"),
        ],
        variables: &[&["JIRA_EMAIL", "JIRA_TOKEN"], &["JIRA_PAT"]],
        is_open: true,
        token: "Cloud: an API token of an account that may browse the project, in JIRA_TOKEN, with its address in JIRA_EMAIL. Data Center: a personal access token in JIRA_PAT.",
        steps: &[
            step(
                "issues with their change log",
                "/rest/api/3/search/jql (Cloud), /rest/api/3/search, /rest/api/2/search (Data Center)",
                "1 for each 100 that changed",
                "Browse projects",
            ),
            step(
                "change logs that are longer than that",
                "/rest/api/3/issue/{key}/changelog",
                "1 for each 100 entries",
                "Browse projects",
            ),
            step(
                "comments that are more than that",
                "/rest/api/3/issue/{key}/comment",
                "1 for each 100 comments",
                "Browse projects",
            ),
            step(
                "names of custom fields, and issues that SIGHTLINE_JIRA_FIELDS names as examples of what they hold",
                "/rest/api/3/field, /rest/api/3/issue/{key}",
                "1, and 1 for each example",
                "Browse projects",
            ),
            step("versions", "/rest/api/3/project/{key}/versions", "1", "Browse projects"),
            step(
                "boards and sprints",
                "/rest/agile/1.0/board, /rest/agile/1.0/board/{id}/sprint",
                "1 for each 50",
                "Browse projects",
            ),
        ],
    },
    About {
        kind: Kind::Linear,
        word: "linear",
        title: "Linear",
        examples: &[
            ("linear:TEAM", "the issues of a team, by its key"),
            ("linear:", "those of all teams that the key may see"),
        ],
        variables: &[&["LINEAR_API_KEY"]],
        is_open: false,
        token: "A personal API key with the permission Read.",
        steps: &[
            step("teams", "query teams", "1 for each 50", "Read"),
            step("issues with history, relations and comments", "query issues", "1 for each 15 that changed", "Read"),
            step("longer histories, relations and comments", "query issue", "1 for each 100 entries", "Read"),
            step("cycles and milestones of projects", "query cycles, projectMilestones", "1 for each 50", "Read"),
            step(
                "projects and initiatives with their updates",
                "query projects, initiatives",
                "1 for each 50, every time",
                "Read",
            ),
        ],
    },
    About {
        kind: Kind::Jenkins,
        word: "jenkins",
        title: "Jenkins",
        examples: &[
            ("jenkins:https://HOST/job/NAME", "the builds of a job"),
            ("jenkins:https://HOST/job/FOLDER", "those of the jobs in a folder, or the branches of a pipeline"),
        ],
        variables: &[&["JENKINS_USER", "JENKINS_TOKEN"]],
        is_open: true,
        token: "An API token of an account that may read the job.",
        steps: &[
            step("jobs in a folder", "{job}/api/json?tree=jobs[…]", "1 for each folder", "Job: Read"),
            step("builds", "{job}/api/json?tree=allBuilds[…]", "1 for each 100 new builds of a job", "Job: Read"),
        ],
    },
    About {
        kind: Kind::Pagerduty,
        word: "pagerduty",
        title: "PagerDuty",
        examples: &[
            ("pagerduty:", "all incidents of the account"),
            ("pagerduty:SERVICE,SERVICE", "those of some services, by their ids"),
            ("pagerduty:eu", "all, where the account is kept in the EU"),
        ],
        variables: &[&["PAGERDUTY_TOKEN"]],
        is_open: false,
        token: "A read-only REST API key.",
        steps: &[
            step(
                "incidents",
                "/incidents",
                "1 for each 100 incidents, and at least 1 for each 90 days of the last two years",
                "Read-only",
            ),
            step(
                "when each was taken on and resolved",
                "/incidents/{id}/log_entries",
                "1 for each incident that changed",
                "Read-only",
            ),
        ],
    },
    About {
        kind: Kind::Opsgenie,
        word: "opsgenie",
        title: "Opsgenie",
        examples: &[
            ("opsgenie:", "all incidents of the account"),
            ("opsgenie:eu", "all, where the account is kept in the EU"),
        ],
        variables: &[&["OPSGENIE_KEY"]],
        is_open: false,
        token: "An API integration key with the rights Read and Configuration access.",
        steps: &[step(
            "incidents",
            "/v1/incidents",
            "1 for each 100 of the last 30 days, or of all the first time",
            "Read",
        )],
    },
    About {
        kind: Kind::Statuspage,
        word: "statuspage",
        title: "Statuspage",
        examples: &[
            ("statuspage:PAGE_ID", "all incidents of a page of yours"),
            ("statuspage:https://STATUS_HOST", "the last 50 that a public page shows"),
        ],
        variables: &[&["STATUSPAGE_KEY"]],
        is_open: true,
        token: "An API key of an account that manages the page; none for a public page.",
        steps: &[step(
            "incidents",
            "/v1/pages/{page}/incidents, or /api/v2/incidents.json of a public page",
            "1 for each 100",
            "any key of the account",
        )],
    },
];

/// The reference page of all services: addresses, variables, permissions and requests.
pub fn reference() -> String {
    use std::fmt::Write;
    let mut page = String::from(
        "# Permissions of live sources\n\nWritten by `cargo xtask gen` from `crates/connect/src/kinds.rs`; do not edit.\n\n`sightline scan ADDRESS` downloads into the workspace what a service holds and reads it; the next scan asks only for what\nchanged. Every request reads: nothing is ever written to a service. `sightline connect ADDRESS` says beforehand what\nwould be asked.\n\nTokens come from environment variables, or from a command such as a password manager or the system's keyring, which your\nown settings name (`~/.config/sightline/settings.toml`, or below XDG_CONFIG_HOME); what stands in a repository or a\nworkspace is never run:\n\n```toml\n[token-command]\nGITHUB_TOKEN = \"pass show github\"\nJIRA_TOKEN   = \"secret-tool lookup service jira\"   # macOS: security find-generic-password -s jira -w\n```\n\nThey are sent in a header to the service's own host over https, to hosts that\nSIGHTLINE_HOSTS lists, and to this machine itself; a redirect to another host goes without them. They stand in no file,\nmessage or log. Texts of issues and comments are not kept: only their length and the items that they name.\n",
    );
    for about in ALL {
        write!(page, "\n## {}\n\n{}\n\n", about.title, about.token).ok();
        for (example, meaning) in about.examples {
            writeln!(page, "- `sightline scan {example}`: {meaning}").ok();
        }
        let sets: Vec<String> = about.variables.iter().map(|set| names(set, "and")).collect();
        let optional = if about.is_open { "; not needed for what is public" } else { "" };
        write!(page, "\nVariables: {}{optional}.\n\n", sets.join(", or ")).ok();
        page.push_str("| What | Request | How many | Permission |\n|---|---|---|---|\n");
        for step in about.steps {
            writeln!(page, "| {} | `{}` | {} | {} |", step.what, step.request, step.cost, step.permission).ok();
        }
    }
    page
}

/// Names in backticks with a word between them.
pub(crate) fn names(all: &[&str], word: &str) -> String {
    all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(&format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_described() {
        for kind in [
            Kind::Github,
            Kind::Gitlab,
            Kind::Jira,
            Kind::Linear,
            Kind::Jenkins,
            Kind::Pagerduty,
            Kind::Opsgenie,
            Kind::Statuspage,
        ] {
            let about = kind.about();
            assert!(!about.steps.is_empty() && !about.variables.is_empty(), "{kind:?}");
            assert!(reference().contains(&format!("## {}", about.title)));
        }
    }
}
