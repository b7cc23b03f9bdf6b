//! Asks a service over HTTP: one request at a time, with limits on size and time, with patience where it helps, and with
//! a token that never leaves for another host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use ureq::http::{HeaderMap, Response};
use ureq::tls::{RootCerts, TlsConfig};

use crate::address::{Address, is_loopback, split_origin};
use crate::error::ConnectError;
use crate::kinds::Kind;
use crate::retry::{self, Headers, Seen, Verdict};
use crate::secret::Credentials;

/// Largest answer that is read; a page of a hundred issues has less than a tenth.
const MOST_BYTES: u64 = 64 << 20;
/// Redirects that are followed for one request.
const MOST_REDIRECTS: usize = 5;
/// Waits for a limit during one request; each is as long as the service asks.
const MOST_WAITS: u32 = 20;
/// How often the stop flag is looked at while waiting.
const TICK: Duration = Duration::from_millis(25);
/// Longest message of a service that is repeated, in characters.
const MESSAGE_LIMIT: usize = 200;

/// What the user may choose.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest wait for a limit to be lifted; beyond it the download ends and says when to go on.
    pub longest_wait: Duration,
    /// Unit of waiting after a broken answer: a second, less in tests.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { longest_wait: Duration::from_mins(15), pause: Duration::from_secs(1) }
    }
}

/// An answer that can be used.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    /// The address of the next page, where the service says it in a `Link` header.
    pub(crate) fn next(&self) -> Option<&str> {
        let links = self.headers.get("link")?.to_str().ok()?;
        links.split(',').find_map(|link| {
            let (url, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
            rest.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next")).then_some(url)
        })
    }

    /// The instant at which the service answered, microseconds since 1970, by its own clock.
    pub(crate) fn now(&self) -> i64 {
        retry::server_now(&Map(&self.headers)).unwrap_or_else(own_clock) * 1_000_000
    }
}

#[derive(Debug)]
struct Map<'a>(&'a HeaderMap);

impl Headers for Map<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Asks one service.
pub(crate) struct Client<'a> {
    agent: ureq::Agent,
    address: &'a Address,
    credentials: Option<Credentials>,
    limits: Limits,
    stop: &'a AtomicBool,
    /// Told when a limit makes us wait.
    waiting: &'a dyn Fn(&str),
    /// Requests sent.
    pub(crate) requests: u64,
}

impl<'a> Client<'a> {
    pub(crate) fn new(
        address: &'a Address,
        credentials: Option<Credentials>,
        limits: Limits,
        stop: &'a AtomicBool,
        waiting: &'a dyn Fn(&str),
    ) -> Self {
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_global(Some(Duration::from_mins(2)))
            .user_agent(concat!("sightline/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build());
        let name = address.host().rsplit_once(':').map_or(address.host(), |(name, _)| name);
        if is_loopback(name) {
            // What is on this machine needs no proxy to be reached.
            config = config.proxy(None);
        }
        Self { agent: config.build().into(), address, credentials, limits, stop, waiting, requests: 0 }
    }

    /// Asks below the address's base. `query` is encoded here; empty values are left out.
    pub(crate) fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Result<Answer, ConnectError> {
        let mut url = format!("{}{path}", self.address.base);
        let mut mark = '?';
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            url.push(mark);
            url.push_str(&encoded(name));
            url.push('=');
            url.push_str(&encoded(value));
            mark = '&';
        }
        self.ask(&url, None)
    }

    /// Asks a whole address that an answer named, such as that of the next page.
    pub(crate) fn get_url(&mut self, url: &str) -> Result<Answer, ConnectError> {
        self.ask(url, None)
    }

    /// Sends a GraphQL query to a whole address.
    pub(crate) fn post(&mut self, url: &str, body: &Value) -> Result<Answer, ConnectError> {
        self.ask(url, Some(&body.to_string()))
    }

    /// Whether requests carry a token.
    pub(crate) fn has_token(&self) -> bool {
        self.credentials.is_some()
    }

    fn ask(&mut self, url: &str, body: Option<&str>) -> Result<Answer, ConnectError> {
        let path = shown_path(url);
        let host = || self.address.host().to_owned();
        let (mut attempt, mut waits) = (0, 0);
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(ConnectError::Stopped);
            }
            self.requests += 1;
            let (status, headers, text) = match self.once(url, body) {
                Ok(told) => told,
                Err(error) if attempt < retry::MOST_ATTEMPTS && !is_final(&error) => {
                    let seen = Seen {
                        status: 0,
                        headers: &Map(&HeaderMap::new()),
                        body: "",
                        is_json: false,
                        attempt,
                        pause: self.limits.pause,
                        jitter: jitter(),
                        now: own_clock(),
                    };
                    attempt += 1;
                    self.sleep(retry::backoff(&seen))?;
                    continue;
                }
                Err(error) => {
                    return Err(ConnectError::Unreachable { host: host(), detail: self.clean(&error.to_string()) });
                }
            };
            let parsed = serde_json::from_str::<Value>(&text);
            let seen = Seen {
                status,
                headers: &Map(&headers),
                body: &text,
                is_json: parsed.is_ok(),
                attempt: attempt.max(waits),
                pause: self.limits.pause,
                jitter: jitter(),
                now: own_clock(),
            };
            let detail = || self.message(&text, status);
            match (retry::verdict(&seen), parsed) {
                (Verdict::Take, Ok(body)) => return Ok(Answer { body, headers }),
                (Verdict::Again(pause), _) => {
                    attempt += 1;
                    self.sleep(pause.min(self.limits.longest_wait))?;
                }
                (Verdict::Limited(pause), _) => {
                    if pause > self.limits.longest_wait || waits >= MOST_WAITS {
                        return Err(ConnectError::LongWait { host: host(), minutes: pause.as_secs().div_ceil(60) });
                    }
                    waits += 1;
                    (self.waiting)(&format!("{} allows no more for {} s", self.address.host(), pause.as_secs()));
                    self.sleep(pause)?;
                }
                (Verdict::Unauthorised, _) => {
                    return Err(ConnectError::Unauthorised { host: host(), detail: detail() });
                }
                (Verdict::Forbidden, _) => {
                    let word = self.address.kind.about().word;
                    return Err(ConnectError::Forbidden { host: host(), path, detail: detail(), word });
                }
                (Verdict::NotFound, _) => {
                    let word = self.address.kind.about().word;
                    return Err(ConnectError::NotFound { host: host(), path, word });
                }
                (Verdict::Refused | Verdict::Take, _) => {
                    return Err(ConnectError::BadAnswer { host: host(), path, detail: detail() });
                }
            }
        }
    }

    /// One request with its redirects: status, headers and text.
    fn once(&self, url: &str, body: Option<&str>) -> Result<(u16, HeaderMap, String), ureq::Error> {
        let (own_origin, _) = split_origin(&self.address.base);
        let mut url = url.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let (origin, _) = split_origin(&url);
            let is_own = origin == own_origin;
            let is_safe = url.starts_with("https://") || is_own;
            if !is_safe {
                return Err(ureq::Error::RequireHttpsOnly(origin.to_owned()));
            }
            let mut response = self.send(&url, body, is_own)?;
            let status = response.status().as_u16();
            let target = response.headers().get("location").and_then(|to| to.to_str().ok());
            if let (301 | 302 | 307 | 308, Some(target)) = (status, target) {
                url = if target.starts_with('/') { format!("{origin}{target}") } else { target.to_owned() };
                continue;
            }
            let bytes = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec()?;
            return Ok((status, response.headers().clone(), String::from_utf8_lossy(&bytes).into_owned()));
        }
        Err(ureq::Error::TooManyRedirects)
    }

    fn send(&self, url: &str, body: Option<&str>, is_own: bool) -> Result<Response<ureq::Body>, ureq::Error> {
        let accept = match self.address.kind {
            Kind::Github => "application/vnd.github+json, application/json;q=0.9",
            Kind::Pagerduty => "application/vnd.pagerduty+json;version=2, application/json;q=0.9",
            _ => "application/json",
        };
        let mut headers = vec![("accept", accept.to_owned())];
        if self.address.kind == Kind::Github {
            headers.push(("x-github-api-version", "2022-11-28".to_owned()));
        }
        if let Some(credentials) = self.credentials.as_ref().filter(|_| is_own) {
            headers.push(credentials.header(self.address.kind));
        }
        match body {
            None => headers.into_iter().fold(self.agent.get(url), |r, (name, value)| r.header(name, value)).call(),
            Some(body) => headers
                .into_iter()
                .fold(self.agent.post(url), |r, (name, value)| r.header(name, value))
                .content_type("application/json")
                .send(body),
        }
    }

    /// What a service says of an error, in one short line without secrets.
    fn message(&self, text: &str, status: u16) -> String {
        let told = serde_json::from_str::<Value>(text).ok().and_then(|body| {
            let at = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            [
                "/message",
                "/error/message",
                "/errorMessages/0",
                "/errors/0/message",
                "/errors/0",
                "/error",
                "/detail",
                "/title",
            ]
            .into_iter()
            .find_map(at)
        });
        match told {
            Some(told) => format!("{} (status {status})", self.clean(&told)),
            None if (200..300).contains(&status) => "the text is not whole JSON".to_owned(),
            None => format!("status {status}"),
        }
    }

    fn clean(&self, text: &str) -> String {
        let hidden = match &self.credentials {
            Some(credentials) => credentials.hidden_in(text),
            None => text.to_owned(),
        };
        hidden.chars().filter(|c| !c.is_control()).take(MESSAGE_LIMIT).collect()
    }

    fn sleep(&self, pause: Duration) -> Result<(), ConnectError> {
        let until = Instant::now() + pause;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(ConnectError::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(TICK));
        }
    }
}

/// Whether asking again cannot help.
fn is_final(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::BadUri(_)
            | ureq::Error::RequireHttpsOnly(_)
            | ureq::Error::TooManyRedirects
            | ureq::Error::BodyExceedsLimit(_)
            | ureq::Error::InvalidProxyUrl
            | ureq::Error::Rustls(_)
            | ureq::Error::HostNotFound
    )
}

/// The path of an address, which is all that a message shows of it.
fn shown_path(url: &str) -> String {
    let (_, path) = split_origin(url);
    path.split('?').next().unwrap_or_default().to_owned()
}

fn own_clock() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))
}

/// Between 0 and 1.
fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

/// Text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").ok();
        }
    }
    out
}
