//! Streamable HTTP on the loopback interface, behind a token.
//!
//! A page in a browser can send requests to this machine too. It does not know the token, the `Origin` that it must send
//! is refused, and so is a `Host` that is not this machine's, with which a foreign name is bent to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use subtle::ConstantTimeEq;

use crate::McpError;
use crate::handler::Assistant;
use crate::state::State;

/// Path of the endpoint.
pub const HTTP_PATH: &str = "/mcp";

/// Largest request, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// How to serve over HTTP.
#[derive(Clone)]
pub struct Http {
    /// Port on the loopback interface; 0 for any that is free.
    pub port: u16,
    /// What clients send as `Authorization: Bearer …`.
    pub token: String,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is a secret.
        f.debug_struct("Http").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Http {
    /// A server with a token of its own.
    ///
    /// # Errors
    /// [`McpError::Start`] when the system gives no random bytes.
    pub fn with_new_token(port: u16) -> Result<Self, McpError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|e| McpError::Start { detail: e.to_string() })?;
        Ok(Self { port, token: crate::hex(&bytes) })
    }
}

pub(crate) async fn serve(state: Arc<State>, http: &Http, ready: &mut dyn FnMut(SocketAddr)) -> Result<(), McpError> {
    let start = |e: &dyn std::fmt::Display| McpError::Start { detail: e.to_string() };
    let listener =
        tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, http.port)).await.map_err(|e| McpError::Start {
            detail: format!("port {} cannot be used: {e}\nhelp: choose another with `--port`", http.port),
        })?;
    let address = listener.local_addr().map_err(|e| start(&e))?;
    let assistant = Assistant::new(state);
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(["localhost", "127.0.0.1", "::1"].map(|host| {
            let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
            format!("{host}:{}", address.port())
        }))
        .with_allowed_origins([
            format!("http://localhost:{}", address.port()),
            format!("http://127.0.0.1:{}", address.port()),
        ])
        .enforce_origin_validation()
        .with_max_request_body_bytes(MOST_BYTES);
    let service =
        StreamableHttpService::new(move || Ok(assistant.clone()), Arc::new(LocalSessionManager::default()), config);
    let expected: Arc<str> = format!("Bearer {}", http.token).into();
    let app = Router::new().nest_service(HTTP_PATH, service).layer(from_fn(move |request: Request, next: Next| {
        let expected = Arc::clone(&expected);
        async move { guard(&expected, request, next).await }
    }));
    ready(address);
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without a handler the process simply ends.
            tokio::signal::ctrl_c().await.ok();
        })
        .await
        .map_err(|e| start(&e))
}

async fn guard(expected: &str, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    if bool::from(given.ct_eq(expected.as_bytes())) {
        return next.run(request).await;
    }
    let help = "this server wants the token that it printed when it started, as `Authorization: Bearer TOKEN`\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], help).into_response()
}
