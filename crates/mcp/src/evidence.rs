//! Ids of places, so that every answer can list what it stands on and the tool `evidence` can open it:
//! `place:<repo>:<path>:<first line>-<last line>@<commit>`, the commit left out where there is none.

use std::collections::BTreeSet;

use serde_json::Value;

/// Most ids that one answer lists.
pub(crate) const MOST: usize = 100;

/// A place in a file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) repo: String,
    pub(crate) path: String,
    pub(crate) lines: Option<(usize, usize)>,
    pub(crate) commit: Option<String>,
}

impl Place {
    pub(crate) fn id(&self) -> String {
        let lines = self.lines.map(|(from, to)| format!(":{from}-{to}")).unwrap_or_default();
        let commit = self.commit.as_deref().map(|c| format!("@{c}")).unwrap_or_default();
        format!("place:{}:{}{lines}{commit}", self.repo, self.path)
    }

    /// Reads an id back. Names of repositories and paths may hold `:` and `@`, so the ends are read first and the
    /// repository is one of those that are known.
    pub(crate) fn parse(id: &str, repos: &[String]) -> Option<Self> {
        let rest = id.strip_prefix("place:")?;
        let repo = repos.iter().filter(|r| rest.strip_prefix(r.as_str()).is_some_and(|t| t.starts_with(':')));
        let repo = repo.max_by_key(|r| r.len())?;
        let mut rest = rest.get(repo.len() + 1..)?;
        let mut commit = None;
        if let Some((before, end)) = rest.rsplit_once('@')
            && end.len() >= 7
            && end.bytes().all(|b| b.is_ascii_hexdigit())
        {
            (rest, commit) = (before, Some(end.to_owned()));
        }
        let mut lines = None;
        if let Some((before, end)) = rest.rsplit_once(':')
            && let Some(range) = range(end)
        {
            (rest, lines) = (before, Some(range));
        }
        Some(Self { repo: repo.clone(), path: rest.to_owned(), lines, commit })
    }
}

fn range(text: &str) -> Option<(usize, usize)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from >= 1 && to >= from).then_some((from, to))
}

/// Ids of all places and sentences in an answer, in order, each once, at most [`MOST`].
pub(crate) fn ids(value: &Value) -> Vec<String> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    collect(value, &mut found, &mut seen);
    found
}

fn collect(value: &Value, found: &mut Vec<String>, seen: &mut BTreeSet<String>) {
    if found.len() >= MOST {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|v| collect(v, found, seen)),
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
            let claim = match (text("kind"), text("id"), text("claim")) {
                (Some("claim"), Some(id), _) | (_, _, Some(id)) => Some(format!("claim:{id}")),
                _ => None,
            };
            let place = text("repo").zip(text("path")).map(|(repo, path)| {
                let line = |key: &str| map.get(key).and_then(Value::as_u64).and_then(|l| usize::try_from(l).ok());
                let from = line("line_start").filter(|l| *l > 0);
                let lines = from.map(|from| (from, line("line_end").unwrap_or(from).max(from)));
                let commit = text("commit").filter(|c| c.len() >= 7).map(str::to_owned);
                Place { repo: repo.to_owned(), path: path.to_owned(), lines, commit }.id()
            });
            for id in claim.into_iter().chain(place) {
                if found.len() < MOST && seen.insert(id.clone()) {
                    found.push(id);
                }
            }
            map.values().for_each(|v| collect(v, found, seen));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_leads_back_to_its_place() {
        let repos = ["shop".to_owned(), "shop:eu".to_owned()];
        let check = |repo: &str, path: &str, lines, commit: Option<&str>| {
            let place = Place { repo: repo.into(), path: path.into(), lines, commit: commit.map(str::to_owned) };
            assert_eq!(Place::parse(&place.id(), &repos), Some(place.clone()), "{}", place.id());
        };
        check("shop", "src/a.ts", Some((3, 9)), Some("0123456789abcdef"));
        check("shop:eu", "src/a:b@c.ts", Some((3, 3)), None);
        check("shop", "README.md", None, None);
        assert_eq!(Place::parse("place:other:a:1-2", &repos), None);
        assert_eq!(Place::parse("a", &repos), None);
    }

    #[test]
    fn an_answer_lists_its_places_once() {
        let row = json!({"repo": "shop", "path": "a.ts", "line_start": 3, "commit": "0123456789"});
        let answer = json!({"rows": [row, row, {"repo": "shop"}], "blocks": [{"kind": "claim", "id": "start/size"}]});
        assert_eq!(ids(&answer), ["place:shop:a.ts:3-3@0123456789", "claim:start/size"], "in the order of the answer");
        let many: Vec<Value> = (1..1_000).map(|i| json!({"repo": "r", "path": "p", "line_start": i})).collect();
        assert_eq!(ids(&Value::Array(many)).len(), MOST);
    }
}
