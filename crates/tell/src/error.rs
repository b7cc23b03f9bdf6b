//! What can go wrong between facts and sentences.

use sightline_facts::FactsError;

/// An error of the claim engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TellError {
    /// A section file is not what a section file must be.
    #[error("error[section-format]: section `{section}`: {detail}")]
    Section {
        /// The section.
        section: String,
        /// What is wrong.
        detail: String,
    },
    /// A template names a column or type that does not exist.
    #[error("error[claim-template]: claim `{claim}`: {detail}")]
    Template {
        /// Section and claim.
        claim: String,
        /// What is wrong.
        detail: String,
    },
    /// A query of a section failed.
    #[error("error[section-query]: the query of `{place}` failed: {source}")]
    Query {
        /// Section and block.
        place: String,
        /// Why.
        source: FactsError,
    },
    /// The map could not be read.
    #[error(transparent)]
    Map(#[from] sightline_map::MapError),
    /// There is no page about that.
    #[error("error[page-unknown]: there is no page about `{name}`\nhelp: {detail}")]
    NoPage {
        /// What was asked for.
        name: String,
        /// Why, or what there is.
        detail: String,
    },
    /// A day or release with which nothing can be compared.
    #[error("error[date-unknown]: nothing can be compared with `{given}`\nhelp: {detail}")]
    NoDate {
        /// What was asked for.
        given: String,
        /// Why, and what there is.
        detail: String,
    },
    /// A name means nothing here, or more than one thing.
    #[error(transparent)]
    Name(#[from] crate::answers::NameError),
    /// There is no section of that name.
    #[error("error[section-unknown]: there is no section `{name}`\nhelp: the sections are {known}")]
    NoSection {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}
