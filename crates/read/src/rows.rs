//! All builders that readers fill, in one place.

use sightline_facts::RowBuilder;
use sightline_facts::tables::{
    changes::ChangesBuilder, commit_references::CommitReferencesBuilder, commits::CommitsBuilder,
    deployment_changes::DeploymentChangesBuilder, deployments::DeploymentsBuilder, documents::DocumentsBuilder,
    files::FilesBuilder, gaps::GapsBuilder, headings::HeadingsBuilder, imports::ImportsBuilder,
    incidents::IncidentsBuilder, initiative_updates::InitiativeUpdatesBuilder, initiatives::InitiativesBuilder,
    issue_events::IssueEventsBuilder, issue_links::IssueLinksBuilder, issues::IssuesBuilder,
    languages::LanguagesBuilder, licences::LicencesBuilder, owners::OwnersBuilder, packages::PackagesBuilder,
    passages::PassagesBuilder, pipelines::PipelinesBuilder, projects::ProjectsBuilder, pulls::PullsBuilder,
    release_changes::ReleaseChangesBuilder, releases::ReleasesBuilder, reviews::ReviewsBuilder,
    settings::SettingsBuilder, signals::SignalsBuilder, submodules::SubmodulesBuilder, symbols::SymbolsBuilder,
    tags::TagsBuilder,
};

/// Rows that readers found, not yet written.
#[derive(Debug, Default)]
pub struct SourceRows {
    /// `files`
    pub files: FilesBuilder,
    /// `languages`
    pub languages: LanguagesBuilder,
    /// `symbols`
    pub symbols: SymbolsBuilder,
    /// `imports`
    pub imports: ImportsBuilder,
    /// `packages`
    pub packages: PackagesBuilder,
    /// `projects`
    pub projects: ProjectsBuilder,
    /// `signals`
    pub signals: SignalsBuilder,
    /// `documents`
    pub documents: DocumentsBuilder,
    /// `headings`
    pub headings: HeadingsBuilder,
    /// `passages`
    pub passages: PassagesBuilder,
    /// `settings`
    pub settings: SettingsBuilder,
    /// `licences`
    pub licences: LicencesBuilder,
    /// `owners`
    pub owners: OwnersBuilder,
    /// `submodules`
    pub submodules: SubmodulesBuilder,
    /// `commits`
    pub commits: CommitsBuilder,
    /// `commit_references`
    pub commit_references: CommitReferencesBuilder,
    /// `changes`
    pub changes: ChangesBuilder,
    /// `tags`
    pub tags: TagsBuilder,
    /// `releases`
    pub releases: ReleasesBuilder,
    /// `release_changes`
    pub release_changes: ReleaseChangesBuilder,
    /// `gaps`
    pub gaps: GapsBuilder,
}

impl SourceRows {
    /// Every builder, in a fixed order.
    pub fn builders(&mut self) -> [&mut dyn RowBuilder; 21] {
        [
            &mut self.files,
            &mut self.languages,
            &mut self.symbols,
            &mut self.imports,
            &mut self.packages,
            &mut self.projects,
            &mut self.signals,
            &mut self.documents,
            &mut self.headings,
            &mut self.passages,
            &mut self.settings,
            &mut self.licences,
            &mut self.owners,
            &mut self.submodules,
            &mut self.commits,
            &mut self.commit_references,
            &mut self.changes,
            &mut self.tags,
            &mut self.releases,
            &mut self.release_changes,
            &mut self.gaps,
        ]
    }
}

/// Rows that readers of trackers found, not yet written.
#[derive(Debug, Default)]
pub struct TrackerRows {
    /// `issues`
    pub issues: IssuesBuilder,
    /// `issue_events`
    pub issue_events: IssueEventsBuilder,
    /// `issue_links`
    pub issue_links: IssueLinksBuilder,
    /// `pulls`
    pub pulls: PullsBuilder,
    /// `reviews`
    pub reviews: ReviewsBuilder,
    /// `pipelines`
    pub pipelines: PipelinesBuilder,
    /// `deployments`
    pub deployments: DeploymentsBuilder,
    /// `deployment_changes`
    pub deployment_changes: DeploymentChangesBuilder,
    /// `incidents`
    pub incidents: IncidentsBuilder,
    /// `initiatives`
    pub initiatives: InitiativesBuilder,
    /// `initiative_updates`
    pub initiative_updates: InitiativeUpdatesBuilder,
    /// `gaps`
    pub gaps: GapsBuilder,
}

impl TrackerRows {
    /// Every builder but that of gaps, in a fixed order.
    pub fn builders(&mut self) -> [&mut dyn RowBuilder; 11] {
        [
            &mut self.issues,
            &mut self.issue_events,
            &mut self.issue_links,
            &mut self.pulls,
            &mut self.reviews,
            &mut self.pipelines,
            &mut self.deployments,
            &mut self.deployment_changes,
            &mut self.incidents,
            &mut self.initiatives,
            &mut self.initiative_updates,
        ]
    }
}
