//! URLs of repositories: what is one, what may be shown of it, what it names.

/// The URL without user, password, token, query and fragment: what may be stored and shown.
pub fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // `user@host:path`: the user goes as well.
        return match url.split_once('@') {
            Some((user, rest)) if !user.contains('/') && rest.contains(':') => rest.to_owned(),
            _ => url.to_owned(),
        };
    };
    let rest = if scheme == "file" { rest } else { rest.split(['?', '#']).next().unwrap_or(rest) };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The last `@`, because a password may hold one.
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Last part of a URL or path, without `.git`.
pub(super) fn last_part(url: &str) -> Option<String> {
    let trimmed = url.trim_end_matches(['/', '\\']);
    let trimmed = trimmed.strip_suffix("/.git").unwrap_or(trimmed);
    let part = trimmed.rsplit(['/', ':', '\\']).next()?;
    let part = crate::history::message::clean(part.strip_suffix(".git").unwrap_or(part));
    (!part.is_empty()).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_never_survive() {
        let check = |url: &str, expect: &str| assert_eq!(without_secrets(url), expect);
        check("https://github.com/a/b.git", "https://github.com/a/b.git");
        check("https://me:s3cret@host:8443/a/b", "https://host:8443/a/b");
        check("https://x-token@host/a", "https://host/a");
        check("https://me:p@ss@host/a", "https://host/a");
        check("https://host/a?private_token=abc#x", "https://host/a");
        check("git@host:a/b.git", "host:a/b.git");
        check("ssh://git@host:22/a/b", "ssh://host:22/a/b");
        check("file:///srv/a@b/c.git", "file:///srv/a@b/c.git");
        check("/srv/a@b:c", "/srv/a@b:c");
    }

    #[test]
    fn the_last_part_names_the_repository() {
        let check = |url: &str, expect: Option<&str>| assert_eq!(last_part(url).as_deref(), expect);
        check("https://host/team/shop.git", Some("shop"));
        check("https://host/team/shop/", Some("shop"));
        check("host:shop.git", Some("shop"));
        check("/srv/shop/.git", Some("shop"));
        check("https://", None);
    }
}
