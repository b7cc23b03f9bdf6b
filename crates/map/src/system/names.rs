//! Names and addresses: what counts as the same name, and which hosts a text of a setting or a call points to.

use std::borrow::Cow;

/// The form in which names are compared: small letters and digits alone.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The last part of a name of a package, image or module: `group:artifact` and `registry/owner/name` to their ends.
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit(['/', ':', '\\']).next().unwrap_or(name)
}

/// The name of a module by its path; the major version at the end of Go modules is none.
pub(super) fn module_name(name: &str) -> &str {
    let last = last_part(name);
    let is_version = last.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    match name.rsplit_once('/') {
        Some((above, _)) if is_version => last_part(above),
        _ => last,
    }
}

/// The last part of a dotted or scoped name of code: `shop.orders.place`, `shop::place`.
pub(crate) fn last_part_of_name(name: &str) -> &str {
    name.rsplit(['.', ':', '\\']).next().unwrap_or(name)
}

/// An image without registry, owner, tag and digest.
pub(super) fn image_name(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or(image);
    let last = bare.rsplit('/').next().unwrap_or(bare);
    last.split(':').next().unwrap_or(last)
}

/// An address that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    /// Scheme in small letters, without `jdbc:`; empty where none is written.
    pub(super) scheme: String,
    /// Host as written; may hold holes such as `{name}`.
    pub(super) host: String,
    /// Port, where it is a number.
    pub(super) port: Option<u16>,
    /// Path after the host, with its slash.
    pub(super) path: String,
}

/// All addresses of a text: URLs with a scheme, else `host:port` and bare hosts of a list.
pub(super) fn addresses(text: &str) -> Vec<Address> {
    let text = text.trim();
    let mut found = Vec::new();
    if text.contains("://") {
        let mut rest = text;
        while let Some(at) = rest.find("://") {
            let scheme_start = rest[..at]
                .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
                .map_or(0, |i| i + rest[i..].chars().next().map_or(1, char::len_utf8));
            let scheme = rest[scheme_start..at].to_ascii_lowercase();
            let after = &rest[at + 3..];
            let end = after
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')' | ']' | '|'))
                .unwrap_or(after.len());
            let body = &after[..end];
            let (authority, path) = split_authority(body);
            for host in authority.split(',') {
                found.extend(host_port(host, &scheme, path));
            }
            rest = &after[end..];
        }
        return found;
    }
    // Data sources of the sort `user:password@tcp(host:port)/name`.
    if let Some((_, rest)) = text.split_once("@tcp(")
        && let Some((host, path)) = rest.split_once(')')
    {
        return host_port(host, "mysql", path).into_iter().collect();
    }
    // Connection strings: `Server=host;...`, `host=name port=...`, `Data Source=host`.
    if text.contains('=') {
        for pair in text.split([';', ' ', '&']) {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let name = key(name);
            if matches!(
                name.as_str(),
                "server" | "host" | "datasource" | "addr" | "address" | "hostname" | "brokers" | "endpoint"
            ) {
                let value = value.trim_matches(['"', '\'']).trim_start_matches("tcp:").replace(',', ":");
                found.extend(host_port(&value, "", ""));
            }
        }
        return found;
    }
    for item in text.split([',', ';', ' ']) {
        let item = item.trim().trim_matches(['"', '\'', '[', ']']);
        if item.is_empty() || item.starts_with('/') || item.starts_with('.') {
            continue;
        }
        let (authority, path) = split_authority(item);
        found.extend(host_port(authority, "", path));
    }
    found
}

/// Host and port of a text before its path; a hole may hold a slash or a colon.
fn split_authority(text: &str) -> (&str, &str) {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '/' | '?' | '#' if depth <= 0 => return (&text[..at], &text[at..]),
            _ => {}
        }
    }
    (text, "")
}

fn host_port(authority: &str, scheme: &str, path: &str) -> Option<Address> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // What stands in for a user and a password that are not shown.
    let authority = authority.strip_prefix("***").unwrap_or(authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse().ok()),
        Some((host, port)) if port.contains(['{', '$']) => (host, None),
        _ => (authority, None),
    };
    let host = host.trim_end_matches('.').trim_matches(['[', ']']);
    let is_host = !host.is_empty()
        && host.len() <= 253
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '{' | '}' | '$' | '*'));
    is_host.then(|| Address { scheme: scheme.to_owned(), host: host.to_owned(), port, path: path.to_owned() })
}

/// Whether a host means the machine itself.
pub(super) fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "host.docker.internal" | "*")
        || host.starts_with("192.168.")
        || host.starts_with("10.")
}

/// Whether a host is a name of the public network: it has a domain, and none that is kept for local use or examples.
pub(super) fn is_public(host: &str) -> bool {
    let Some((_, top)) = host.rsplit_once('.') else { return false };
    // A field of code such as `config.Host` is no domain: nobody writes one in mixed letters.
    let is_word = top.len() >= 2
        && top.chars().all(|c| c.is_ascii_alphabetic())
        && (top.chars().all(|c| c.is_ascii_lowercase()) || top.chars().all(|c| c.is_ascii_uppercase()));
    let lower = host.to_ascii_lowercase();
    let is_reserved = matches!(
        top.to_ascii_lowercase().as_str(),
        "local"
            | "localhost"
            | "internal"
            | "test"
            | "example"
            | "invalid"
            | "svc"
            | "cluster"
            | "default"
            | "lan"
            | "docker"
    ) || [
        "example.com",
        "example.org",
        "example.net",
        "cluster.local",
        "w3.org",
        "schemas.xmlsoap.org",
        "your-domain.com",
        "yourdomain.com",
        "mydomain.com",
        "domain.com",
    ]
    .iter()
    .any(|r| lower == *r || lower.ends_with(&format!(".{r}")));
    is_word && !is_reserved && !host.contains(['{', '}', '$', '*', '_'])
}

/// Folder of a path; empty for the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a file is Go's, where the folder is the package, whatever its files are called.
pub(crate) fn is_go(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|e| e == "go")
}

/// Whether a path stands in a folder or below it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path == folder
        || (path.len() > folder.len() && path.starts_with(folder) && path.as_bytes()[folder.len()] == b'/')
}

/// `base/relative` without `.` and `..`; nothing when it leaves the tree or is not a path of the repository.
pub(super) fn join(base: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/')
        || relative.contains("://")
        || relative.contains(['$', '{'])
        || relative.starts_with('~')
    {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// The stem of a file: its name up to the first dot that is not at its start.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.char_indices().skip(1).find(|(_, c)| *c == '.') {
        Some((at, _)) => &name[..at],
        None => name,
    }
}

/// A name of code in words that are compared with those of settings: `springDataMongodbHost`, `SPRING_DATA_MONGODB_HOST`
/// and `spring.data.mongodb.host` are the same.
pub(super) fn setting_key(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str, Option<u16>)]) {
        let found = addresses(text);
        let found: Vec<_> = found.iter().map(|a| (a.scheme.as_str(), a.host.as_str(), a.port)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn addresses_are_found_in_urls_lists_and_connection_strings() {
        check("http://orders:8080/v1/{id}", &[("http", "orders", Some(8080))]);
        check("jdbc:mysql://bob:x@db:3306/shop?a=b", &[("mysql", "db", Some(3306))]);
        check("mongodb+srv://a,b:27018/x", &[("mongodb+srv", "a", None), ("mongodb+srv", "b", Some(27018))]);
        check("kafka1:9092,kafka2:9092", &[("", "kafka1", Some(9092)), ("", "kafka2", Some(9092))]);
        check("redis:6379", &[("", "redis", Some(6379))]);
        check("Server=db,1433;Database=x", &[("", "db", Some(1433))]);
        check("bob:x@tcp(db:3306)/shop", &[("mysql", "db", Some(3306))]);
        check("http://{host}:{port}/a", &[("http", "{host}", None)]);
        check("{base}/orders/{id}", &[("", "{base}", None)]);
        check("/orders", &[]);
        check("postgresql://***db:5432/shop", &[("postgresql", "db", Some(5432))]);
        check("lb://orders", &[("lb", "orders", None)]);
        check("not a host!", &[("", "not", None), ("", "a", None)]);
    }

    #[test]
    fn paths_stay_in_the_tree() {
        assert_eq!(join("deploy", "../shop/./src").as_deref(), Some("shop/src"));
        assert_eq!(join("deploy", "../../x"), None);
        assert_eq!(join("", ".").as_deref(), Some(""));
        assert!(is_below("a/b", "a") && is_below("a", "a") && !is_below("ab", "a") && is_below("x", ""));
    }

    #[test]
    fn hosts_are_local_public_or_names() {
        assert!(
            is_public("api.stripe.com")
                && !is_public("orders")
                && !is_public("orders.default")
                && !is_public("a.example.com")
                && !is_public("config.Host")
        );
        assert!(is_local("localhost") && !is_local("orders"));
        assert_eq!((module_name("github.com/shop/cart/v2"), module_name("@shop/cart")), ("cart", "cart"));
        assert_eq!(image_name("gcr.io/shop/orders:v1@sha256:aa"), "orders");
        assert_eq!(
            (key("Order-Service_2"), stem("a/app.prod.yml"), stem(".env")),
            ("orderservice2".into(), "app", ".env")
        );
    }
}
