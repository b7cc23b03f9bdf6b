//! What readers chose for all pages: one of several repositories, and a day to compare with. The choice stands in the
//! address, and links between pages carry it on.

use sightline_tell::address::encoded;
use sightline_tell::section;

use crate::ask::Ask;

/// Longest value that is carried on.
const LONGEST: usize = 200;

/// The choice of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The repository that pages are about; empty for all.
    pub(crate) repo: String,
    /// Day or release to compare with; empty where nothing is compared.
    pub(crate) since: String,
    /// Day or release up to which is compared; empty for the newest.
    pub(crate) until: String,
}

impl Carried {
    pub(crate) fn of(ask: &Ask) -> Self {
        let get = |name: &str| Some(ask.get(name).trim()).filter(|v| v.len() <= LONGEST).unwrap_or_default().to_owned();
        Self { repo: get("repo"), since: get("since"), until: get("until") }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The choice as the query of an address.
    pub(crate) fn query(&self) -> String {
        let all = [("repo", &self.repo), ("since", &self.since), ("until", &self.until)];
        let set = all.into_iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    /// An address of ours with the choice.
    pub(crate) fn on(&self, href: &str) -> String {
        if self.is_empty() {
            return href.to_owned();
        }
        let glue = if href.contains('?') { "&" } else { "?" };
        format!("{href}{glue}{}", self.query())
    }

    /// The page with the choice in each link to a page that heeds it. As with several workspaces, `href="/` is never a
    /// repository's, since our templates escape quotes in all other text.
    pub(crate) fn on_links(&self, page: &str) -> String {
        if self.is_empty() {
            return page.to_owned();
        }
        let query = self.query().replace('&', "&amp;");
        let mut out = String::with_capacity(page.len() + page.len() / 16);
        let mut rest = page;
        while let Some((before, after)) = rest.split_once(" href=\"/") {
            out.push_str(before);
            out.push_str(" href=\"/");
            let (inside, behind) = after.split_once('"').unwrap_or((after, ""));
            out.push_str(inside);
            let path = inside.split(['?', '#']).next().unwrap_or_default();
            if heeds(path) && !inside.contains('#') {
                out.push_str(if inside.contains('?') { "&amp;" } else { "?" });
                out.push_str(&query);
            }
            out.push('"');
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

/// Whether a page, by its path without the first slash, is another one for another choice.
pub(crate) fn heeds(path: &str) -> bool {
    path.is_empty() || path.starts_with("component/") || matches!(path, "flow" | "flows") || section::find(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_pages_carry_the_choice_and_others_do_not() {
        let choice = Carried { repo: "a b".into(), since: "v1&2".into(), until: String::new() };
        let check = |page: &str, expect: &str| assert_eq!(choice.on_links(page), expect, "{page}");
        check("<a href=\"/map\">x</a>", "<a href=\"/map?repo=a%20b&amp;since=v1%262\">x</a>");
        check("<a href=\"/\">", "<a href=\"/?repo=a%20b&amp;since=v1%262\">");
        check("<a href=\"/flow?of=x\">", "<a href=\"/flow?of=x&amp;repo=a%20b&amp;since=v1%262\">");
        for same in
            ["<a href=\"/sql?q=1\">", "<a href=\"https://x/map\">", "<b>href=\"/map\"</b>", "<a href=\"/map.csv\">"]
        {
            check(same, same);
        }
        assert_eq!(Carried::default().on_links("<a href=\"/map\">"), "<a href=\"/map\">");
        assert_eq!(choice.on("/map"), "/map?repo=a%20b&since=v1%262");
    }
}
