//! Streams of work, forecasts of them, and how good those would have been. Pure functions over rows: no file, clock,
//! environment or network. Chance comes from a fixed seed, so that the same facts give the same answer.

pub mod backtest;
pub mod baseline;
pub mod blockers;
pub mod bottlenecks;
mod error;
pub mod forecast;
pub mod initiatives;
mod query;
pub mod series;
pub mod tables;
pub mod work;

pub use error::PlanError;
pub use forecast::{Answer, Asked, Basis, Explanation, Forecast, Model, Question, Unknown};
pub use series::{Item, Membership, Series};
pub use work::Work;
