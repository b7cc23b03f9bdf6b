//! What a user writes to name a live source: `github:OWNER/REPO`, `jira:https://host/PROJECT`.

use crate::error::ConnectError;
use crate::kinds::{ALL, Kind};

/// A source at a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The service.
    pub kind: Kind,
    /// As the user wrote it; holds no password.
    pub location: String,
    /// Where its interface begins, without a slash at the end.
    pub base: String,
    /// What is meant there: `OWNER/REPO`, a project's key, a team's key, ids of services; may be empty.
    pub name: String,
}

/// Hosts that belong to the services themselves: tokens may go there.
const OWN_HOSTS: [&str; 10] = [
    "api.github.com",
    "gitlab.com",
    "api.linear.app",
    "api.pagerduty.com",
    "api.eu.pagerduty.com",
    "api.opsgenie.com",
    "api.eu.opsgenie.com",
    "api.statuspage.io",
    "api.atlassian.com",
    "atlassian.net",
];

impl Address {
    /// The source that a text names; `None` where it does not begin with the word of a service.
    ///
    /// # Errors
    /// [`ConnectError::BadAddress`] says what is missing and shows one that works.
    pub fn parse(text: &str) -> Option<Result<Self, ConnectError>> {
        let (word, rest) = text.split_once(':')?;
        let about = ALL.iter().find(|about| about.word == word)?;
        let wrong = |detail: &str| ConnectError::BadAddress {
            given: without_secrets(text),
            title: about.title,
            detail: detail.to_owned(),
            example: about.examples[0].0,
        };
        Some(read(about.kind, text, rest.trim_end_matches('/')).map_err(|detail| wrong(&detail)))
    }

    /// Host of the interface, with its port.
    pub fn host(&self) -> &str {
        host_of(&self.base)
    }

    /// Whether tokens may be sent there: a host of the service itself, this machine, or one that the user lists.
    pub(crate) fn is_trusted(&self, listed: Option<&str>) -> bool {
        let host = self.host();
        let name = without_port(host);
        is_loopback(name)
            || OWN_HOSTS.contains(&name)
            || name.ends_with(".atlassian.net")
            || listed.unwrap_or_default().split(',').map(str::trim).any(|h| h == host || h == name)
    }

    /// Where GraphQL queries go.
    pub(crate) fn graphql(&self) -> String {
        match self.kind {
            Kind::Github => match self.base.strip_suffix("/api/v3") {
                Some(own) => format!("{own}/api/graphql"),
                None => format!("{}/graphql", self.base),
            },
            _ => self.base.clone(),
        }
    }

    /// A name for people and for the data set.
    pub fn title(&self) -> String {
        let word = self.kind.about().word;
        let host = without_port(self.host());
        let site = match self.kind {
            Kind::Jira => host.split('.').next().filter(|_| !is_loopback(host)),
            Kind::Statuspage if self.name.is_empty() => Some(host),
            _ => None,
        };
        let parts = [Some(word), site, Some(self.name.as_str())];
        let joined = parts.into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-");
        let plain: String =
            joined.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).take(80).collect();
        plain.trim_end_matches(['-', '.']).to_owned()
    }

    /// Name of the folder that it is downloaded into, which no other source has.
    pub fn folder(&self) -> String {
        let hash = blake3::hash(format!("{} {}", self.base, self.name).as_bytes()).to_hex();
        format!("{}-{}", self.title(), &hash[..8])
    }
}

fn read(kind: Kind, location: &str, rest: &str) -> Result<Address, String> {
    let url = rest.contains("://").then(|| check_url(rest)).transpose()?;
    let (base, name) = match (kind, url) {
        (Kind::Github, None) => ("https://api.github.com".to_owned(), rest.to_owned()),
        (Kind::Github, Some(url)) => {
            let (base, name) = split_last(&url, 2).ok_or("it names no owner and repository")?;
            let host = host_of(&base);
            if matches!(host, "github.com" | "www.github.com" | "api.github.com") {
                ("https://api.github.com".to_owned(), name)
            } else if is_loopback(without_port(host)) {
                (base, name)
            } else {
                (format!("{base}/api/v3"), name)
            }
        }
        (Kind::Gitlab, None) => ("https://gitlab.com/api/v4".to_owned(), rest.to_owned()),
        (Kind::Gitlab, Some(url)) => {
            let (origin, path) = split_origin(&url);
            (format!("{origin}/api/v4"), path.trim_matches('/').to_owned())
        }
        (Kind::Jira, Some(url)) => {
            let (base, name) = split_last(&url, 1).ok_or("it names no project")?;
            let base = ["/browse", "/projects"].iter().find_map(|end| base.strip_suffix(end)).unwrap_or(&base);
            (base.to_owned(), name)
        }
        (Kind::Jira | Kind::Jenkins, None) => return Err("it has no host".to_owned()),
        (Kind::Linear, None) => ("https://api.linear.app/graphql".to_owned(), rest.to_owned()),
        // Only tests and proxies have another host; the team is the last part.
        (Kind::Linear, Some(url)) => split_last(&url, 1).ok_or("it names no team")?,
        (Kind::Jenkins, Some(url)) => {
            let (_, path) = split_origin(&url);
            let jobs: Vec<&str> = path.split('/').filter(|p| !matches!(*p, "" | "job")).collect();
            (url.clone(), jobs.join("/"))
        }
        (Kind::Pagerduty, None) if rest == "eu" => ("https://api.eu.pagerduty.com".to_owned(), String::new()),
        (Kind::Pagerduty, None) => ("https://api.pagerduty.com".to_owned(), rest.to_owned()),
        (Kind::Opsgenie, None) if rest == "eu" => ("https://api.eu.opsgenie.com".to_owned(), String::new()),
        (Kind::Opsgenie, None) if rest.is_empty() => ("https://api.opsgenie.com".to_owned(), String::new()),
        (Kind::Opsgenie, None) => return Err(format!("there is no region `{rest}`")),
        (Kind::Pagerduty | Kind::Opsgenie | Kind::Statuspage, Some(url)) => (url, String::new()),
        (Kind::Statuspage, None) => ("https://api.statuspage.io".to_owned(), rest.to_owned()),
    };
    let is_name = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.chars().all(|c| c.is_alphanumeric() || "-_.~, ".contains(c))
    };
    let parts: Vec<&str> = name.split('/').collect();
    let needs = match kind {
        Kind::Github => parts.len() == 2,
        Kind::Gitlab => parts.len() >= 2,
        Kind::Jira => parts.len() == 1 && !name.is_empty(),
        Kind::Statuspage => !name.is_empty() || base != "https://api.statuspage.io",
        Kind::Linear | Kind::Jenkins | Kind::Pagerduty | Kind::Opsgenie => true,
    };
    if !needs || !(name.is_empty() || parts.iter().all(|part| is_name(part))) {
        return Err(format!("`{name}` is no name that it could have"));
    }
    Ok(Address { kind, location: location.trim_end_matches('/').to_owned(), base, name })
}

/// A URL that tokens could be sent to: https, or http on this machine; no user, password, query or fragment.
fn check_url(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("it holds a user or password; tokens come from environment variables".to_owned());
    }
    if authority.is_empty() || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("it has no host".to_owned());
    }
    match scheme {
        "https" => {}
        "http" if is_loopback(without_port(authority)) => {}
        "http" => return Err("only https is asked, since anybody on the way could read a token".to_owned()),
        _ => return Err(format!("`{scheme}` is no scheme that is asked")),
    }
    Ok(url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/').to_owned())
}

/// Takes so many parts off the path's end.
fn split_last(url: &str, n: usize) -> Option<(String, String)> {
    let (origin, path) = split_origin(url);
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let at = parts.len().checked_sub(n)?;
    let base = [&[origin], &parts[..at]].concat().join("/");
    Some((base, parts[at..].join("/")))
}

/// Scheme and host, and the path behind them.
pub(crate) fn split_origin(url: &str) -> (&str, &str) {
    let from = url.find("://").map_or(0, |at| at + 3);
    url.split_at(url[from..].find('/').map_or(url.len(), |at| from + at))
}

fn host_of(url: &str) -> &str {
    let (origin, _) = split_origin(url);
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The text without what stands before an `@` of its URL.
fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{}", path.split(['?', '#']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base and name, or what is wrong.
    fn check(text: &str, expect: &str) {
        let found = match Address::parse(text) {
            None => "no source".to_owned(),
            Some(Ok(address)) => format!("{} {}", address.base, address.name),
            Some(Err(error)) => error.brief(),
        };
        assert!(found.contains(expect), "{text}: {found}");
        assert!(!found.contains("s3cret"), "{found}");
    }

    #[test]
    fn addresses_name_a_service_and_what_is_meant_there() {
        check("github:acme/shop", "https://api.github.com acme/shop");
        check("github:https://github.com/acme/shop/", "https://api.github.com acme/shop");
        check("github:https://ghe.acme.example/acme/shop", "https://ghe.acme.example/api/v3 acme/shop");
        check("github:http://127.0.0.1:9/acme/shop", "http://127.0.0.1:9 acme/shop");
        let graphql = |text: &str| Address::parse(text).expect("a source").expect("an address").graphql();
        assert_eq!(graphql("github:acme/shop"), "https://api.github.com/graphql");
        assert_eq!(graphql("github:https://ghe.acme.example/acme/shop"), "https://ghe.acme.example/api/graphql");
        assert_eq!(graphql("linear:ENG"), "https://api.linear.app/graphql");
        check("gitlab:acme/web/shop", "https://gitlab.com/api/v4 acme/web/shop");
        check("jira:https://acme.atlassian.net/browse/PAY", "https://acme.atlassian.net PAY");
        check("jira:https://acme.example/jira/PAY", "https://acme.example/jira PAY");
        check("linear:", "https://api.linear.app/graphql ");
        check("jenkins:https://ci.example/job/a/job/b", "https://ci.example/job/a/job/b a/b");
        check("pagerduty:eu", "https://api.eu.pagerduty.com ");
        check("statuspage:https://status.acme.example", "https://status.acme.example ");
        check("https://github.com/acme/shop", "no source");
        check("./github", "no source");
    }

    #[test]
    fn what_could_leak_a_token_is_refused() {
        check("github:http://ghe.acme.example/acme/shop", "only https");
        check("jira:https://me:s3cret@acme.example/PAY", "holds a user or password");
        check("github:acme", "no name");
        check("github:acme/../x", "no name");
        check("jira:PAY", "no host");
        let foreign = Address::parse("github:https://evil.example/a/b").expect("a source").expect("an address");
        assert!(!foreign.is_trusted(None) && !foreign.is_trusted(Some("vil.example")));
        assert!(foreign.is_trusted(Some("ghe.example, evil.example")));
        let own = Address::parse("github:a/b").expect("a source").expect("an address");
        assert!(own.is_trusted(None) && own.title() == "github-a-b");
    }
}
