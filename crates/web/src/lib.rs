//! The local web app: the pages of the report, served over loopback with evidence, search and SQL.
//!
//! What a page says is made in `tell`; here are the server, the shell around the pages, and the ways in: tokens,
//! forms, filters, downloads. Every page is complete without script.
//!
//! | Looking for | Look at |
//! |---|---|
//! | who may come in | `access.rs` (tokens, sessions, roles), `guard.rs` (Host, Origin, cookies, headers) |
//! | routes, limits, time-outs, stopping | `server.rs` |
//! | facts that pages are made from, and when they are opened anew | `facts.rs` |
//! | several workspaces in one server | `several.rs` |
//! | rail, header, panel | `shell.rs`, `assets/style.css`, `assets/script.js` |
//! | what readers chose for all pages: a repository, a day to compare with | `carried.rs`, `pages/compare.rs` |
//! | a page | `pages/<page>.rs` |

mod access;
mod ask;
mod carried;
mod error;
mod facts;
mod guard;
mod pages;
mod reply;
mod scans;
mod server;
mod several;
mod shell;

pub use access::Role;
pub use error::WebError;
pub use server::{Options, Server, Stopper};
