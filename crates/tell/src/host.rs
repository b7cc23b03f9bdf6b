//! Permanent links into code hosts: the lines of a file at a commit, or the commit.

use std::fmt::Write as _;

use crate::document::{Evidence, Source};

#[derive(Clone, Copy)]
enum Host {
    GitHub,
    GitLab,
    Bitbucket,
}

/// Where an `origin` can be looked at with a browser, with the way that host writes its links.
fn web(url: &str) -> Option<(String, Host)> {
    let url = url.trim().trim_end_matches('/');
    let rest = if let Some((scheme, rest)) = url.split_once("://") {
        if !matches!(scheme, "https" | "http" | "ssh" | "git" | "git+ssh") {
            return None;
        }
        rest.to_owned()
    } else {
        // The short form of ssh: `git@host:owner/name.git`.
        let (host, path) = url.split_once(':')?;
        format!("{host}/{path}")
    };
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let kind = match host.as_str() {
        "github.com" => Host::GitHub,
        "bitbucket.org" => Host::Bitbucket,
        h if h == "gitlab.com" || h.starts_with("gitlab.") => Host::GitLab,
        h if h.starts_with("github.") => Host::GitHub,
        _ => return None,
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    if path.is_empty() {
        return None;
    }
    Some((format!("https://{host}/{}", encode(path)), kind))
}

/// The page of a piece of evidence, where the source's host is known.
pub fn link(source: Option<&Source>, evidence: &Evidence) -> Option<String> {
    let (base, host) = web(source?.url.as_deref()?)?;
    let commit = evidence.commit.as_deref()?;
    if commit.is_empty() || !commit.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let Some(path) = &evidence.path else {
        return Some(match host {
            Host::GitHub => format!("{base}/commit/{commit}"),
            Host::GitLab => format!("{base}/-/commit/{commit}"),
            Host::Bitbucket => format!("{base}/commits/{commit}"),
        });
    };
    let path = encode(path);
    let lines = |from: &str, to: &str| match evidence.lines {
        Some((a, b)) if b > a => format!("{from}{a}{to}{b}"),
        Some((a, _)) => format!("{from}{a}"),
        None => String::new(),
    };
    Some(match host {
        Host::GitHub => format!("{base}/blob/{commit}/{path}{}", lines("#L", "-L")),
        Host::GitLab => format!("{base}/-/blob/{commit}/{path}{}", lines("#L", "-")),
        Host::Bitbucket => format!("{base}/src/{commit}/{path}{}", lines("#lines-", ":")),
    })
}

fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes().take(4_000) {
        if byte.is_ascii_alphanumeric() || b"/-._~+@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _done = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, path: Option<&str>, expect: Option<&str>) {
        let source = Source { url: Some(url.to_owned()), ..Source::default() };
        let evidence = Evidence {
            commit: Some("ab12".into()),
            path: path.map(str::to_owned),
            lines: path.map(|_| (3, 5)),
            ..Evidence::default()
        };
        assert_eq!(link(Some(&source), &evidence).as_deref(), expect, "{url}");
    }

    #[test]
    fn each_host_has_its_own_way_to_write_lines() {
        let blob = "https://github.com/o/n/blob/ab12/src/a%20b.rs#L3-L5";
        check("https://github.com/o/n.git", Some("src/a b.rs"), Some(blob));
        check("git@github.com:o/n.git", Some("src/a b.rs"), Some(blob));
        check("ssh://git@github.com:22/o/n", Some("src/a b.rs"), Some(blob));
        check("https://gitlab.com/g/s/n", Some("a"), Some("https://gitlab.com/g/s/n/-/blob/ab12/a#L3-5"));
        check("https://bitbucket.org/o/n", Some("a"), Some("https://bitbucket.org/o/n/src/ab12/a#lines-3:5"));
        check("https://github.com/o/n", None, Some("https://github.com/o/n/commit/ab12"));
    }

    #[test]
    fn an_unknown_or_hostile_origin_makes_no_link() {
        check("https://example.com/o/n", Some("a"), None);
        check("javascript://github.com/%0aalert(1)", Some("a"), None);
        check("/srv/git/n.git", Some("a"), None);
        check("https://github.com\" onclick=x/o/n", Some("a"), None);
    }
}
