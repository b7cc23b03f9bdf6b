//! Connectors: asks a live tracker, build system or incident tool for what changed and writes it down as files of JSON
//! lines in a folder of the workspace, in the shapes that the readers of exports know. So there is one way into the
//! tables, whether a source is live or a file, and the folder can be read again without a network.
//!
//! A connector is interrupted at any moment without loss: each page is appended with the cursor that follows it
//! ([`folder`]). It asks one thing at a time, waits as long as the service asks ([`retry`]), and sends a token to the
//! service's own host only ([`client`], [`address`]).

mod address;
mod client;
mod error;
mod folder;
mod github;
mod gitlab;
mod graphql;
mod incidents;
mod jenkins;
mod jira;
mod kinds;
mod linear;
mod own;
mod pages;
mod plan;
mod retry;
mod secret;
mod sync;
mod texts;

pub use address::Address;
pub use client::Limits;
pub use error::ConnectError;
pub use folder::{INCOMPLETE, STATE};
pub use kinds::{ALL, About, Kind, Step, reference};
pub use plan::{Plan, plan};
pub use secret::Environment;
pub use sync::{Options, Outcome, Progress, earlier, exports, settle, sync};
