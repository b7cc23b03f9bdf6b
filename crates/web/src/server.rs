//! The server: address, routes, limits, and a stop that lets running answers end.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use sightline_facts::store::Workspace;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::timeout::TimeoutLayer;

use crate::WebError;
use crate::access::{self, Access};
use crate::ask::App;
use crate::facts::Door;
use crate::guard::{self, Hosts};
use crate::pages;
use crate::scans::Scans;
use crate::several::{self, Room};

/// Largest form that is taken, in bytes.
const MOST_SENT: usize = 64 << 10;
/// Time after which an answer is given up that is no question in SQL.
const LONGEST: Duration = Duration::from_secs(40);
/// Time that running answers get to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// Questions in SQL that run at the same time.
const QUESTIONS: usize = 2;

/// What questions in SQL may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Until it is given up.
    pub(crate) time: Duration,
    /// Rows on a page.
    pub(crate) rows: usize,
    /// Rows of a download.
    pub(crate) rows_of_file: usize,
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// The workspace whose facts are shown.
    pub workspace: Workspace,
    /// Further workspaces; with any, each has its pages under `/w/<name>/`.
    pub more: Vec<Workspace>,
    /// Address to listen on; port 0 takes any that is free.
    pub address: SocketAddr,
    /// File of those who may come in; needed beyond loopback.
    pub users: Option<PathBuf>,
    /// Names by which others reach the server, beside its address in digits.
    pub hosts: Vec<String>,
    /// Time until a question in SQL is given up.
    pub sql_time: Duration,
}

/// A server that listens and does not answer yet.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    rooms: Vec<Room>,
    address: SocketAddr,
    token: Option<String>,
    ending: watch::Sender<bool>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Ends a server from another thread.
#[derive(Debug, Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Asks it to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Server {
    /// Takes the address and makes the tokens.
    ///
    /// # Errors
    /// [`WebError::Open`] beyond loopback without users; a port that is taken; a file of users that is no good.
    pub fn bind(options: &Options) -> Result<Self, WebError> {
        let is_loopback = is_loopback(options.address.ip());
        let (access, token) = match &options.users {
            Some(path) => (Access::of_file(path)?, None),
            None if is_loopback => Access::of_launch().map(|(a, t)| (a, Some(t)))?,
            None => return Err(WebError::Open { address: options.address }),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(32)
            .thread_name("sightline-web")
            // Pages read repositories and plan queries on these threads.
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()?;
        let listen = |source| WebError::Listen { address: options.address, source };
        let listener = runtime.block_on(TcpListener::bind(options.address)).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (ending, ended) = watch::channel(false);
        let access = Arc::new(access);
        let launch = access::random()?;
        let hosts = Hosts::new(address.port(), is_loopback, &options.hosts);
        let workspaces: Vec<&Workspace> = std::iter::once(&options.workspace).chain(&options.more).collect();
        let folders: Vec<PathBuf> = workspaces.iter().map(|w| w.root().to_path_buf()).collect();
        let rooms = workspaces.into_iter().zip(several::named(&folders)).map(|(workspace, name)| {
            let app = Arc::new(App {
                workspace: workspace.clone(),
                door: Arc::new(Door::new(workspace.clone())),
                access: Arc::clone(&access),
                hosts: hosts.clone(),
                cookie: format!("sightline_{}", address.port()),
                launch: launch.clone(),
                has_siblings: !options.more.is_empty(),
                scans: Arc::new(Scans::new()),
                limits: Limits { time: options.sql_time, rows: 1_000, rows_of_file: 1_000_000 },
                questions: Arc::new(Semaphore::new(QUESTIONS)),
                ending: ended.clone(),
            });
            Room { name, app }
        });
        let rooms = rooms.collect();
        Ok(Self { runtime, listener, rooms, address, token, ending })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address to open, with the token of this launch where there is one.
    pub fn url(&self) -> String {
        match &self.token {
            Some(token) => format!("http://{}/?token={token}", self.address),
            None => format!("http://{}/", self.address),
        }
    }

    /// What ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.ending.clone())
    }

    /// Answers until it is asked to stop (Ctrl-C, a signal to terminate, or [`Stopper`]). Running answers may end.
    ///
    /// # Errors
    /// The listening socket fails.
    pub fn run(self) -> Result<(), WebError> {
        let Self { runtime, listener, rooms, ending, .. } = self;
        for room in &rooms {
            room.app.door.warm();
        }
        let routes = match rooms.as_slice() {
            [alone] => routes(Arc::clone(&alone.app)),
            _ => several::routes(rooms.clone(), routes),
        };
        // After the addresses of a page are final.
        let compressed = SizeAbove::new(512)
            .and(NotForContentType::new("text/event-stream"))
            .and(NotForContentType::new("application/vnd.apache.parquet"));
        let routes = routes.layer(CompressionLayer::new().compress_when(compressed));
        let asked = ending.subscribe();
        let outcome = runtime.block_on(async {
            let signal = ending.clone();
            tokio::spawn(async move {
                stop_signal().await;
                signal.send_replace(true);
            });
            let serving = axum::serve(listener, routes).with_graceful_shutdown(stopped(asked.clone()));
            tokio::select! {
                outcome = serving => outcome,
                // Whoever holds a connection open cannot hold up the end.
                () = async { stopped(asked).await; tokio::time::sleep(GRACE).await } => Ok(()),
            }
        });
        for room in &rooms {
            room.app.scans.stop();
        }
        runtime.shutdown_timeout(GRACE);
        // The engine of the facts may only end outside of async threads: here, with its last holder.
        drop(rooms);
        Ok(outcome?)
    }
}

/// Whether only this machine can reach an address.
fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

async fn stopped(mut asked: watch::Receiver<bool>) {
    // An error means that nobody can ask any more, which is an end too.
    drop(asked.wait_for(|stop| *stop).await);
}

async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}

fn routes(app: Arc<App>) -> Router {
    // A question may wait for its turn as long as it may run.
    let longest = LONGEST + app.limits.time * 2;
    Router::new()
        .route("/", get(pages::section::start))
        .route("/component/{*name}", get(pages::component::get))
        .route("/flows", get(pages::flow::list))
        .route("/flow", get(pages::flow::get))
        .route("/table/{name}", get(pages::table::get))
        .route("/metrics", get(pages::metric::list))
        .route("/metric/{name}", get(pages::metric::get))
        .route("/evidence", get(pages::evidence::get))
        .route("/code", get(pages::code::get))
        .route("/sql", get(pages::sql::get))
        .route("/sql/save", post(pages::sql::save))
        .route("/sql/forget", post(pages::sql::forget))
        .route("/schema.json", get(pages::sql::schema))
        .route("/search", get(pages::search::get))
        .route("/glossary", get(pages::glossary::get))
        .route("/help", get(pages::glossary::help))
        .route("/corrections", get(pages::correct::list).post(pages::correct::write))
        .route("/scan", get(pages::scan::get).post(pages::scan::start))
        .route("/scan/stop", post(pages::scan::stop))
        .route("/scan/events", get(pages::scan::events))
        .route("/style.css", get(pages::assets::style))
        .route("/script.js", get(pages::assets::script))
        .route("/mark.svg", get(pages::assets::mark))
        .route("/favicon.ico", get(pages::assets::mark))
        .route("/{page}", get(pages::section::get))
        .fallback(pages::section::missing)
        .layer(DefaultBodyLimit::max(MOST_SENT))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, longest))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}
