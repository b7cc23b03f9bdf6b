//! Whether the route of a call is the route of an endpoint.

use crate::system_map::Endpoint;

/// Whether a word is an HTTP method.
pub(super) fn is_method(word: &str) -> bool {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].iter().any(|m| word.eq_ignore_ascii_case(m))
}

/// The path of an address without scheme, host and query; what stands for a host may be a hole, as in `{url}/orders`.
pub(super) fn path_of(address: &str) -> Option<&str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = &rest[rest.find('/')?..];
    let path = path.split(['?', '#']).next().unwrap_or(path);
    (path.len() > 1).then_some(path)
}

/// Parts of a route with every variable written as `*`.
fn parts(route: &str) -> Vec<&str> {
    let route = route.split('?').next().unwrap_or(route);
    route
        .split('/')
        .filter(|p| !p.is_empty())
        .map(|p| if p.starts_with([':', '{', '<', '[', '*', '$']) { "*" } else { p })
        .collect()
}

/// Whether an endpoint answers a request for a route. Without a method, any is meant.
pub(super) fn serves(endpoint: &Endpoint, method: Option<&str>, route: &str) -> bool {
    let Some(own) = endpoint.http_route.as_deref() else { return false };
    let methods = match (endpoint.method.as_deref(), method) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => true,
    };
    let asked = parts(route);
    let own = parts(own);
    let mut whole = endpoint.base_path.as_deref().map(parts).unwrap_or_default();
    whole.extend(&own);
    methods && (asked == own || asked == whole)
}

/// The endpoint of a component that answers a call, the one without variables first.
pub(super) fn answering<'a>(
    endpoints: &'a [Endpoint],
    component: &str,
    method: Option<&str>,
    route: &str,
) -> Option<&'a Endpoint> {
    let own = || endpoints.iter().filter(|e| e.component == component);
    let exact = own()
        .filter(|e| serves(e, method, route))
        .min_by_key(|e| e.http_route.as_deref().map_or(0, |r| r.matches(['{', ':', '<']).count()));
    // A value written into the address stands where the endpoint has a variable.
    exact.or_else(|| own().find(|e| fits(e, method, route)))
}

/// Whether a route with values in it fits the variables of an endpoint.
fn fits(endpoint: &Endpoint, method: Option<&str>, route: &str) -> bool {
    let Some(own) = endpoint.http_route.as_deref() else { return false };
    let methods = endpoint.method.as_deref().zip(method).is_none_or(|(a, b)| a.eq_ignore_ascii_case(b));
    let asked = parts(route);
    let one = |own: &[&str]| {
        own.len() == asked.len()
            && own.iter().any(|p| *p != "*")
            && own.iter().zip(&asked).all(|(a, b)| a == b || *a == "*")
    };
    let own = parts(own);
    let mut whole = endpoint.base_path.as_deref().map(parts).unwrap_or_default();
    whole.extend(&own);
    methods && (one(&own) || one(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_met_with_and_without_its_base() {
        let endpoint = Endpoint {
            method: Some("PUT".into()),
            http_route: Some("/{name}".into()),
            base_path: Some("/statistics".into()),
            ..Endpoint::default()
        };
        let check = |method, route: &str, expect: bool| assert_eq!(serves(&endpoint, method, route), expect, "{route}");
        check(Some("put"), "/statistics/{accountName}", true);
        check(None, "/statistics/:id?full=1", true);
        check(None, "/{x}", true);
        check(Some("GET"), "/statistics/{accountName}", false);
        check(None, "/statistics", false);
        check(None, "/accounts/{x}", false);
    }

    #[test]
    fn the_path_of_an_address_needs_no_known_host() {
        let check = |address: &str, expect: Option<&str>| assert_eq!(path_of(address), expect, "{address}");
        check("http://orders:80/orders/{id}?a=b", Some("/orders/{id}"));
        check("{cs.emailSvcAddr}/send_order_confirmation", Some("/send_order_confirmation"));
        check("http://orders/", None);
        check("{url}", None);
    }

    #[test]
    fn an_endpoint_without_variables_answers_before_one_with_them() {
        let one = |route: &str| Endpoint {
            component: "component:a".into(),
            http_route: Some(route.into()),
            ..Endpoint::default()
        };
        let all = [one("/{id}"), one("/current"), one("/of/{id}")];
        let check = |route: &str, expect: Option<&str>| {
            let found = answering(&all, "component:a", None, route).and_then(|e| e.http_route.as_deref());
            assert_eq!(found, expect, "{route}");
        };
        check("/current", Some("/current"));
        check("/{anything}", Some("/{id}"));
        check("/of/7", Some("/of/{id}"));
        check("/elsewhere/7", None);
        assert!(answering(&all, "component:b", None, "/current").is_none());
    }
}
