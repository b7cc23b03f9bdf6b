//! Addresses of the web app's pages. They are part of what people share, so they are made in one place and stay.

use std::fmt::Write as _;

use crate::document::Evidence;

/// The page of a part of the system, by its name.
pub fn part(name: &str) -> String {
    format!("/component/{}", encoded(name))
}

/// The page of what happens after an endpoint is asked, by `POST /orders` or its id.
pub fn flow(of: &str) -> String {
    format!("/flow?of={}", encoded(of))
}

/// The page of a table of facts.
pub fn table(name: &str) -> String {
    format!("/table/{}", encoded(name))
}

/// The page of a metric: its definition, values and rows.
pub fn metric(id: &str) -> String {
    format!("/metric/{}", encoded(id))
}

/// The page that answers a question in SQL.
pub fn sql(query: &str) -> String {
    format!("/sql?q={}", encoded(query))
}

/// The page of what a sentence stands on. `page` is where it is said, for sentences that only that page makes.
pub fn evidence(claim: &str, page: &str) -> String {
    format!("/evidence?id={}&on={}", encoded(claim), encoded(page))
}

/// The page of cited lines; `None` where the evidence is no file.
pub fn code(at: &Evidence) -> Option<String> {
    let path = at.path.as_deref()?;
    let mut out = format!("/code?repo={}&path={}", encoded(&at.repo), encoded(path));
    // Writing to a String cannot fail.
    if let Some((start, end)) = at.lines {
        let _done = write!(out, "&from={start}&to={end}");
    }
    if let Some(commit) = at.commit.as_deref().filter(|c| !c.is_empty()) {
        let _done = write!(out, "&commit={}", encoded(commit));
    }
    Some(out)
}

/// Text as one value of an address: everything but letters, digits and four harmless signs is written as `%XX`.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _done = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_place_in_an_address() {
        assert_eq!(part("a/../b?x=1#y"), "/component/a%2F..%2Fb%3Fx%3D1%23y");
        assert_eq!(flow("POST /orders"), "/flow?of=POST%20%2Forders");
        assert_eq!(encoded("\"><script>ü"), "%22%3E%3Cscript%3E%C3%BC");
    }

    #[test]
    fn only_files_have_a_page_of_lines() {
        let mut at = Evidence { repo: "shop".into(), commit: Some("ab12".into()), ..Evidence::default() };
        assert_eq!(code(&at), None);
        at.path = Some("src/a b.rs".into());
        at.lines = Some((3, 5));
        assert_eq!(code(&at).as_deref(), Some("/code?repo=shop&path=src%2Fa%20b.rs&from=3&to=5&commit=ab12"));
    }
}
