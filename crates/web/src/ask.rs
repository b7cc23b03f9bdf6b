//! What a page is asked: the app, who asks, the address and its values.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response;
use sightline_facts::store::Workspace;
use tokio::sync::{Semaphore, watch};

use crate::access::{Access, Visitor};
use crate::facts::{Door, Facts};
use crate::guard::Hosts;
use crate::reply::{self, Trouble};
use crate::scans::Scans;
use crate::server::Limits;

/// What all requests share.
pub(crate) struct App {
    pub(crate) workspace: Workspace,
    pub(crate) door: Arc<Door>,
    pub(crate) access: Arc<Access>,
    pub(crate) hosts: Hosts,
    /// Name of the session's cookie; the port is in it, since cookies do not tell ports apart.
    pub(crate) cookie: String,
    /// Tells this launch from others, for what browsers keep.
    pub(crate) launch: String,
    /// Whether the server shows other workspaces too.
    pub(crate) has_siblings: bool,
    pub(crate) scans: Arc<Scans>,
    pub(crate) limits: Limits,
    /// Questions in SQL that run at the same time.
    pub(crate) questions: Arc<Semaphore>,
    /// Becomes true when the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

/// One request to look at something.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) app: Arc<App>,
    pub(crate) visitor: Visitor,
    /// Path of the address, as it was sent.
    pub(crate) path: String,
    query: BTreeMap<String, String>,
    known: Option<String>,
}

impl Ask {
    /// A value of the address; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A whole number of the address.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.get(name).parse().ok()
    }

    /// Answers on a thread that may wait, from the facts of the latest snapshot. What browsers kept of the same facts
    /// is not sent again.
    pub(crate) async fn facts(
        self,
        answer: impl FnOnce(&Facts, &Self) -> Result<Response, Trouble> + Send + 'static,
    ) -> Response {
        self.blocking(move |ask| {
            let facts = match ask.app.door.facts() {
                Ok(facts) => facts,
                Err(trouble) => return reply::trouble(ask, None, &trouble),
            };
            let tag = format!("W/\"{}-{}\"", facts.stamp, &ask.app.launch[..12]);
            if ask.known.as_deref() == Some(tag.as_str()) && reply::is_of_facts(&ask.path) {
                return reply::unchanged(&tag);
            }
            match answer(&facts, ask) {
                Ok(response) if reply::is_of_facts(&ask.path) && response.status() == StatusCode::OK => {
                    reply::tagged(response, &tag)
                }
                Ok(response) => response,
                Err(trouble) => reply::trouble(ask, Some(&facts), &trouble),
            }
        })
        .await
    }

    /// Answers on a thread that may wait.
    pub(crate) async fn blocking(self, answer: impl FnOnce(&Self) -> Response + Send + 'static) -> Response {
        let work = tokio::task::spawn_blocking(move || answer(&self));
        work.await.unwrap_or_else(|_| {
            reply::plain(StatusCode::INTERNAL_SERVER_ERROR, "this page could not be made; that is a fault of ours")
        })
    }
}

impl FromRequestParts<Arc<App>> for Ask {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let visitor = parts.extensions.get::<Visitor>().cloned().ok_or_else(reply::stranger)?;
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| reply::plain(StatusCode::BAD_REQUEST, "the address has values that are no text"))?
            .0;
        let known = parts.headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Ok(Self {
            app: Arc::clone(app),
            visitor,
            path: parts.uri.path().to_owned(),
            query: query.into_iter().collect(),
            known,
        })
    }
}
