//! What every request passes before a page sees it: who is asked (Host), from where (Origin), and by whom (token or
//! cookie). And what every answer carries: a strict policy for what the page may load.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::access::Visitor;
use crate::ask::App;
use crate::reply;

/// Longest address that is answered.
const LONGEST_ADDRESS: usize = 32_000;

/// Everything a page may load is ours; nothing is put inside another page.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Lets a request through or says why not.
pub(crate) async fn guard(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let mut response = match admitted(&app, &mut request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    };
    dress(&mut response);
    response
}

/// Whether a request may go on; puts the [`Visitor`] into it.
fn admitted(app: &App, request: &mut Request) -> Result<(), Box<Response>> {
    let refuse = |status, why: &str| Err(Box::new(reply::plain(status, why)));
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and POST are answered");
    }
    if request.uri().path_and_query().map_or(0, |p| p.as_str().len()) > LONGEST_ADDRESS {
        return refuse(StatusCode::URI_TOO_LONG, "the address is too long");
    }
    let Some(host) = host(request).filter(|h| app.hosts.allows(h)) else {
        // A page elsewhere may have its own name lead to this machine; its requests say that name.
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "this server answers only to the address that `sightline serve` printed",
        );
    };
    let headers = request.headers();
    let origin = headers.get(header::ORIGIN).map(|o| o.to_str().unwrap_or_default());
    if origin.is_some_and(|o| !is_same_origin(o, &host)) {
        return refuse(StatusCode::FORBIDDEN, "requests from other sites are not answered");
    }
    if let Some(token) = bearer(headers) {
        let Some(visitor) = app.access.by_token(token) else {
            return refuse(StatusCode::UNAUTHORIZED, "this token opens nothing here");
        };
        request.extensions_mut().insert(Visitor { is_program: true, ..visitor });
        return Ok(());
    }
    if let Some((token, rest)) = token_of(request.uri()) {
        let Some(visitor) = app.access.by_token(&token) else { return Err(Box::new(reply::stranger())) };
        return Err(Box::new(welcome(app, &visitor, &rest)));
    }
    let Some(visitor) = cookie(headers, &app.cookie).and_then(|c| app.access.by_cookie(&c)) else {
        return Err(Box::new(reply::stranger()));
    };
    if *request.method() == Method::POST {
        // Browsers say where a form was sent from: `Origin`, or at least whether it was the same site.
        let same_site = headers.get("sec-fetch-site").is_some_and(|s| s == "same-origin");
        if origin.is_none() && !same_site {
            return refuse(StatusCode::FORBIDDEN, "the request does not say from which page it was sent");
        }
    }
    request.extensions_mut().insert(visitor);
    Ok(())
}

/// Gives the cookie for a token and leads to the same page without it, so that it stays in no history or log.
///
/// A redirect would not do: after one that began at another site (a mail, a chat, the file that `serve` opens) browsers
/// keep the new cookie back. A page that refreshes itself is of our own site.
fn welcome(app: &App, visitor: &Visitor, rest: &str) -> Response {
    let Ok(session) = app.access.open(visitor) else {
        return reply::plain(StatusCode::INTERNAL_SERVER_ERROR, "no session could be opened");
    };
    let cookie = format!("{}={session}; Path=/; HttpOnly; SameSite=Strict", app.cookie);
    let mut response = reply::markup(StatusCode::OK, reply::onward(rest));
    let headers = response.headers_mut();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Headers that every answer carries.
fn dress(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Other sites learn nothing. `no-referrer` would have browsers keep back the `Origin` of our own forms too.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The host that was asked, of the `Host` header or of the address itself.
fn host(request: &Request) -> Option<String> {
    let mut all = request.headers().get_all(header::HOST).iter();
    match (all.next(), all.next(), request.uri().authority()) {
        (Some(one), None, None) => one.to_str().ok().map(str::to_ascii_lowercase),
        (Some(one), None, Some(authority)) if one.as_bytes() == authority.as_str().as_bytes() => {
            Some(authority.as_str().to_ascii_lowercase())
        }
        _ => None,
    }
}

/// An origin is ours when it names the host that was asked. A proxy in front may add TLS.
fn is_same_origin(origin: &str, host: &str) -> bool {
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    rest.is_some_and(|o| o.eq_ignore_ascii_case(host))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The token in an address, and the address without it.
fn token_of(uri: &Uri) -> Option<(String, String)> {
    let query = uri.query()?;
    let mut token = None;
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| match pair.strip_prefix("token=") {
            Some(value) => {
                token = Some(value.to_owned());
                false
            }
            None => true,
        })
        .collect();
    let glue = if rest.is_empty() { "" } else { "?" };
    // `//host` would lead elsewhere.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    Some((token?, format!("{path}{glue}{}", rest.join("&"))))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|c| c.to_str().ok()).flat_map(|c| c.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}

/// Hosts to which the server answers.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    port: u16,
    /// Only this machine can reach it.
    is_loopback: bool,
    names: Vec<String>,
}

impl Hosts {
    pub(crate) fn new(port: u16, is_loopback: bool, names: &[String]) -> Self {
        Self { port, is_loopback, names: names.iter().map(|n| n.to_ascii_lowercase()).collect() }
    }

    /// On loopback its own names only. Beyond it, addresses in digits, which no other site's name can turn into, and the
    /// names that were given.
    pub(crate) fn allows(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        if self.names.iter().any(|n| n == name || n == host) {
            return true;
        }
        if port != Some(self.port) {
            return false;
        }
        let digits = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match digits {
            Ok(address) => !self.is_loopback || address.is_loopback(),
            Err(_) => name == "localhost" && self.is_loopback,
        }
    }
}

/// Whether a form was sent by a page of ours: by its hidden field, or by a program that came with its token.
pub(crate) fn is_ours(visitor: &Visitor, form: &BTreeMap<String, String>) -> bool {
    use subtle::ConstantTimeEq as _;
    let sent = form.get("csrf").map(String::as_str).unwrap_or_default();
    visitor.is_program || !visitor.csrf.is_empty() && bool::from(visitor.csrf.as_bytes().ct_eq(sent.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_printed_address_is_answered() {
        let local = Hosts::new(7878, true, &[]);
        for good in ["127.0.0.1:7878", "localhost:7878", "[::1]:7878"] {
            assert!(local.allows(good), "{good}");
        }
        for bad in
            ["evil.example:7878", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:7878", "", "192.0.2.1:7878"]
        {
            assert!(!local.allows(bad), "{bad}");
        }
        let shared = Hosts::new(7878, false, &["maps.example".to_owned()]);
        for good in ["192.0.2.1:7878", "maps.example", "maps.example:7878"] {
            assert!(shared.allows(good), "{good}");
        }
        for bad in ["evil.example:7878", "localhost:7878"] {
            assert!(!shared.allows(bad), "{bad}");
        }
    }

    #[test]
    fn another_site_is_another_origin() {
        assert!(is_same_origin("http://localhost:7878", "localhost:7878"));
        assert!(is_same_origin("https://maps.example", "maps.example"), "a proxy may add TLS");
        for bad in ["null", "http://localhost:7879", "http://localhost:7878.evil.example", "file://localhost:7878"] {
            assert!(!is_same_origin(bad, "localhost:7878"), "{bad}");
        }
    }

    #[test]
    fn a_token_leaves_the_address() {
        let check = |uri: &str, expect: Option<(&str, &str)>| {
            let found = token_of(&uri.parse().expect("an address"));
            assert_eq!(found, expect.map(|(t, r)| (t.to_owned(), r.to_owned())), "{uri}");
        };
        check("/map?token=abc", Some(("abc", "/map")));
        check("/sql?q=1&token=abc&x=2", Some(("abc", "/sql?q=1&x=2")));
        check("//evil.example/?token=abc", Some(("abc", "/evil.example/")));
        check("/map?q=token", None);
    }
}
