//! When will it land? Questions about a stream of work, and their answers as distributions.

use crate::baseline;
use crate::series::Series;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// When are so many more items done?
    Next(usize),
    /// When are all items gone that are open and in the milestone of this name?
    Milestone(String),
}

/// A question about one stream, asked on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The instant at which it is asked, microseconds since 1970. Nothing later may be used.
    pub as_of: i64,
    /// What is asked.
    pub asked: Asked,
    /// Keys of the items that a question about a milestone means, where whoever asks names them; as the tracker gives
    /// numbers they may lack their `#`.
    pub open: Option<Vec<String>>,
}

/// A distribution over dates. Instants are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// As likely earlier as later.
    pub p50_at: i64,
    /// Not later in 85 of 100 cases.
    pub p85_at: i64,
    /// Not later in 95 of 100 cases.
    pub p95_at: i64,
}

/// What can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A distribution.
    Known(Forecast),
    /// Nothing, and why.
    Unknown(String),
}

/// Answers questions about one stream, in their order. They come together because earlier forecasts of a stream are
/// the track record of later ones and need be made only once.
pub fn forecasts(series: &Series, questions: &[Question]) -> Vec<Answer> {
    questions.iter().map(|question| baseline::forecast(series, question)).collect()
}
