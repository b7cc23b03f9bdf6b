//! Paths through a tree of keys and values: `services.{service}.image`, `**.containers[].image`, `routes[].uri`.
//!
//! A step is a key, some alternatives (`image|build`), a key with `*` for any part of it, `{name}` for any key with a
//! capture (`{name:*_URL|*_HOST}` for some), a quoted key for one with dots in it, `[]` for every item of a list, `**`
//! for any number of levels. A key of the file that is written with dots counts as so many steps, as in Spring's YAML.

use crate::manifests::tree::{Node, Value};

/// Deepest tree that is searched.
const MAX_DEPTH: usize = 64;
/// Nodes that one pattern may visit in one file.
const MAX_VISITS: usize = 2_000_000;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A key like one of these; captured where there is a name.
    Key { globs: Vec<String>, capture: Option<String> },
    /// Every item of a list.
    Items,
    /// Any number of levels.
    Deep,
}

/// A path as it is written in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    steps: Vec<Step>,
}

/// Where a match is: the nodes from the root down to it, and the keys captured on the way.
#[derive(Debug)]
pub(super) struct Found<'t, 'a> {
    /// From the root to the matched node, both included.
    pub(super) nodes: Vec<&'t Node<'a>>,
    /// Name and value of each captured key.
    pub(super) keys: Vec<(&'t str, &'t str)>,
    /// The last key on the way, with its line.
    pub(super) key: Option<(&'t str, usize)>,
    /// Every key on the way, or the place in a list.
    trail: Vec<Result<&'t str, usize>>,
}

impl Found<'_, '_> {
    /// The way as it is written in a properties file: `spring.cloud.gateway.routes[0].uri`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.trail {
            match step {
                Ok(key) if path.is_empty() => path.push_str(key),
                Ok(key) => path.extend([".", key]),
                Err(place) => path.extend(["[", place.to_string().as_str(), "]"]),
            }
        }
        path
    }
}

impl Pattern {
    /// Reads a path.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[]") {
                steps.push(Step::Items);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('"') {
                let (key, after) = after.split_once('"').ok_or("a quoted key does not end")?;
                steps.push(Step::Key { globs: vec![key.to_owned()], capture: None });
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (inside, after) = after.split_once('}').ok_or("a `{` is not closed")?;
                let (name, globs) = inside.split_once(':').unwrap_or((inside, "*"));
                if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                    return Err(format!("`{{{inside}}}` needs a name of letters"));
                }
                steps.push(Step::Key { globs: alternatives(globs), capture: Some(name.to_owned()) });
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                match word {
                    "" => return Err("a step is empty".to_owned()),
                    "**" => steps.push(Step::Deep),
                    _ => steps.push(Step::Key { globs: alternatives(word), capture: None }),
                }
                rest = after;
            }
            if let Some(after) = rest.strip_prefix('.') {
                if after.is_empty() {
                    return Err("it ends with a dot".to_owned());
                }
                rest = after;
            } else if !rest.is_empty() && !rest.starts_with("[]") {
                return Err(format!("a dot is missing before `{rest}`"));
            }
        }
        if steps.is_empty() { Err("it is empty".to_owned()) } else { Ok(Self { steps }) }
    }

    /// The longest word that a file must hold for the path to be in it; none where every step is open.
    pub(super) fn literal(&self) -> Option<&str> {
        let word = |step: &'_ Step| match step {
            Step::Key { globs, .. } if globs.len() == 1 && !globs[0].contains('*') => Some(globs[0].len()),
            _ => None,
        };
        let longest = self.steps.iter().filter(|s| word(s).is_some()).max_by_key(|s| word(s))?;
        match longest {
            Step::Key { globs, .. } => globs.first().map(String::as_str),
            _ => None,
        }
    }

    /// Names of the keys that it captures.
    pub(super) fn captures(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|s| match s {
            Step::Key { capture, .. } => capture.as_deref(),
            _ => None,
        })
    }

    /// Calls back for every node that the path leads to, in the order of the file. `loose` compares keys without
    /// regard to case, `-` and `_`.
    pub(super) fn each<'t, 'a>(&'t self, root: &'t Node<'a>, loose: bool, each: &mut dyn FnMut(&Found<'t, 'a>)) {
        let mut walk = Walk {
            loose,
            visits: 0,
            found: Found { nodes: vec![root], keys: Vec::new(), key: None, trail: Vec::new() },
            each,
        };
        walk.step(root, &self.steps);
    }

    /// The first node that the path leads to from another.
    pub(super) fn first<'t, 'a>(&'t self, from: &'t Node<'a>, loose: bool) -> Option<&'t Node<'a>> {
        let mut first = None;
        self.each(from, loose, &mut |found| {
            if first.is_none() {
                first = found.nodes.last().copied();
            }
        });
        first
    }
}

fn alternatives(text: &str) -> Vec<String> {
    text.split('|').map(str::to_owned).collect()
}

/// A search in one tree.
struct Walk<'t, 'a, 'e> {
    loose: bool,
    visits: usize,
    found: Found<'t, 'a>,
    each: &'e mut dyn FnMut(&Found<'t, 'a>),
}

impl<'t, 'a> Walk<'t, 'a, '_> {
    fn step(&mut self, node: &'t Node<'a>, steps: &'t [Step]) {
        self.visits += 1;
        if self.visits > MAX_VISITS || self.found.nodes.len() > MAX_DEPTH {
            return;
        }
        let Some((step, rest)) = steps.split_first() else {
            (self.each)(&self.found);
            return;
        };
        match step {
            Step::Items => {
                if let Value::List(items) = &node.value {
                    for (place, item) in items.iter().enumerate() {
                        self.down(item, Err(place), rest);
                    }
                }
            }
            Step::Deep => {
                self.step(node, rest);
                match &node.value {
                    Value::Map(entries) => {
                        for entry in entries {
                            self.down(&entry.node, Ok((&entry.key, entry.line)), steps);
                        }
                    }
                    Value::List(items) => {
                        for (place, item) in items.iter().enumerate() {
                            self.down(item, Err(place), steps);
                        }
                    }
                    _ => {}
                }
            }
            Step::Key { .. } => {
                let Value::Map(entries) = &node.value else { return };
                for entry in entries {
                    let keys = self.found.keys.len();
                    if let Some(rest) = self.consume(&entry.key, steps) {
                        self.down(&entry.node, Ok((&entry.key, entry.line)), rest);
                    }
                    self.found.keys.truncate(keys);
                }
            }
        }
    }

    /// Goes on below a key with its line, or below an item with its place.
    fn down(&mut self, node: &'t Node<'a>, by: Result<(&'t str, usize), usize>, steps: &'t [Step]) {
        let before = self.found.key;
        if let Ok(key) = by {
            self.found.key = Some(key);
        }
        self.found.trail.push(by.map(|(key, _)| key));
        self.found.nodes.push(node);
        self.step(node, steps);
        self.found.nodes.pop();
        self.found.trail.pop();
        self.found.key = before;
    }

    /// The steps that are left after a key, which may be several steps written with dots.
    fn consume(&mut self, key: &'t str, steps: &'t [Step]) -> Option<&'t [Step]> {
        let (Step::Key { globs, capture }, rest) = steps.split_first()? else { return None };
        if globs.iter().any(|g| fits(g, key, self.loose)) {
            if let Some(name) = capture {
                self.found.keys.push((name, key));
            }
            return Some(rest);
        }
        let (head, tail) = key.split_once('.')?;
        if !globs.iter().any(|g| fits(g, head, self.loose)) {
            return None;
        }
        if let Some(name) = capture {
            self.found.keys.push((name, head));
        }
        self.consume(tail, rest)
    }
}

/// Whether a key is like a glob, in which `*` stands for any text.
fn fits(glob: &str, key: &str, loose: bool) -> bool {
    match glob.split_once('*') {
        None if loose => loosely(glob).eq(loosely(key)),
        None => glob == key,
        // A lone `*` takes any key; with text around it, dots stay outside so that no step swallows the next.
        Some(("", "")) => true,
        Some((head, tail)) => {
            let Some(middle) = key.strip_prefix(head) else { return false };
            middle.char_indices().map(|(at, _)| at).chain([middle.len()]).any(|at| fits(tail, &middle[at..], loose))
        }
    }
}

fn loosely(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|b| !matches!(b, b'-' | b'_')).map(|b| b.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::tree::yaml;

    fn check(path: &str, text: &str, expect: &[&str]) {
        let tree = yaml(text).expect("the example is YAML");
        let pattern = Pattern::parse(path).expect("the example is a path");
        let mut seen = Vec::new();
        pattern.each(&tree, true, &mut |found| {
            let keys: Vec<String> = found.keys.iter().map(|(n, k)| format!("{n}={k} ")).collect();
            let node = found.nodes.last().expect("a match has a node");
            seen.push(format!("{}{}", keys.concat(), node.scalar().unwrap_or("-")));
        });
        assert_eq!(seen, expect, "{path}");
    }

    #[test]
    fn paths_lead_through_keys_lists_and_dots() {
        let compose = "services:\n  a: {image: x}\n  b: {build: ., ports: [1, 2]}\n";
        check("services.{service}.image", compose, &["service=a x"]);
        check("services.{service}", compose, &["service=a -", "service=b -"]);
        check("services.*.ports[]", compose, &["1", "2"]);
        check("**.image|build", compose, &["x", "."]);
        let spring = "spring:\n  application.name: shop\n  data-source:\n    url: u\nserver.port: 1\n";
        check("spring.application.name", spring, &["shop"]);
        check("spring.dataSource.url", spring, &["u"]);
        check("server.port", spring, &["1"]);
        check("labels.\"a.b/c\"", "labels: {a.b/c: 1}", &["1"]);
        check("{key:*_URL|*_HOST}", "A_URL: 1\nB_HOST: 2\nC: 3\n", &["key=A_URL 1", "key=B_HOST 2"]);
    }

    #[test]
    fn what_is_no_path_says_why() {
        for (path, why) in
            [("", "empty"), ("a..b", "empty"), ("a.", "ends"), ("{a", "closed"), ("a.{}.b", "name"), ("\"a\"b", "dot")]
        {
            let error = Pattern::parse(path).expect_err(path);
            assert!(error.contains(why), "{path}: {error}");
        }
    }
}
