//! Tags, and the versions that their names hold.

use gix::ObjectId;
use gix::objs::Find;
use sightline_facts::tables::gaps::GapRow;
use sightline_facts::tables::tags::TagRow;

use super::message::{Person, RawCommit, clean, clean_bytes};
use crate::git::{GitSource, one_line};
use crate::rows::SourceRows;

/// Tags may point at tags; more than this is a joke.
const DEEPEST: usize = 10;

/// Adds all tags as rows of `tags`, by name. A tag whose object cannot be read has a row without commit, and a gap.
pub fn tags(git: &GitSource, repo: &str, rows: &mut SourceRows) {
    let local = git.local();
    let mut gap = |detail: &str| {
        rows.gaps.push(&GapRow { repo, reader: "tags", reason: "damaged", detail, ..GapRow::default() });
    };
    let references = match local.references() {
        Ok(references) => references,
        Err(error) => return gap(&format!("tags cannot be listed: {}", one_line(&error.to_string()))),
    };
    let all = match references.tags() {
        Ok(all) => all,
        Err(error) => return gap(&format!("tags cannot be listed: {}", one_line(&error.to_string()))),
    };
    let mut found: Vec<(Vec<u8>, ObjectId)> = Vec::new();
    for reference in all {
        match reference {
            Ok(reference) => {
                let name = reference.name().shorten().to_vec();
                match reference.target().try_id() {
                    Some(id) => found.push((name, id.to_owned())),
                    None => gap(&format!("tag `{}` points at another name", clean_bytes(&name))),
                }
            }
            Err(error) => gap(&format!("a tag cannot be read: {}", one_line(&error.to_string()))),
        }
    }
    found.sort();
    for (name, id) in found {
        push(&local, repo, &clean_bytes(&name), id, rows);
    }
}

fn push(local: &gix::Repository, repo: &str, name: &str, target: ObjectId, rows: &mut SourceRows) {
    let mut id = target;
    let mut is_annotated = false;
    let (mut tagged_at, mut message, mut commit) = (None, None, None);
    let mut trouble = None;
    let mut buffer = Vec::new();
    for depth in 0.. {
        if depth == DEEPEST {
            trouble = Some(("damaged", format!("tag `{name}` points at tags of tags of tags")));
            break;
        }
        let data = match local.objects.try_find(&id, &mut buffer) {
            Ok(Some(data)) => data,
            Ok(None) => {
                trouble = Some(("missing-object", format!("the clone does not have what tag `{name}` points at")));
                break;
            }
            Err(error) => {
                trouble = Some(("damaged", format!("tag `{name}`: {}", one_line(&error.to_string()))));
                break;
            }
        };
        match data.kind {
            gix::object::Kind::Commit => {
                commit = Some(id.to_string());
                if tagged_at.is_none() {
                    tagged_at = RawCommit::parse(data.data).map(|raw| Person::parse(raw.committer).micros());
                }
                break;
            }
            gix::object::Kind::Tag => {
                is_annotated = true;
                let tag = RawTag::parse(data.data);
                // The outermost tag is the one that people see.
                if depth == 0 {
                    tagged_at = tag.tagger.map(|line| Person::parse(line).micros());
                    message = tag.first_line();
                }
                let Some(next) = tag.object.and_then(|hex| ObjectId::from_hex(hex).ok()) else {
                    trouble = Some(("damaged", format!("tag `{name}` does not say what it points at")));
                    break;
                };
                id = next;
            }
            _ => break,
        }
    }
    if let Some((reason, detail)) = trouble {
        rows.gaps.push(&GapRow { repo, reader: "tags", reason, detail: &detail, ..GapRow::default() });
    }
    let version = Version::of(name);
    rows.tags.push(&TagRow {
        repo,
        tag: name,
        commit: commit.as_deref(),
        tagged_at,
        is_annotated,
        message: message.as_deref(),
        is_release: version.is_some(),
        is_prerelease: version.as_ref().is_some_and(|v| v.is_prerelease),
        version: version.as_ref().map(|v| v.number),
        prefix: version.as_ref().map(|v| v.prefix).filter(|p| !p.is_empty()),
        ..TagRow::default()
    });
}

#[derive(Default)]
struct RawTag<'a> {
    object: Option<&'a [u8]>,
    tagger: Option<&'a [u8]>,
    message: &'a [u8],
}

impl<'a> RawTag<'a> {
    fn parse(data: &'a [u8]) -> Self {
        let mut tag = Self::default();
        let mut rest = data;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if line.is_empty() {
                tag.message = rest;
                break;
            }
            if let Some(value) = line.strip_prefix(b"object ") {
                tag.object = tag.object.or(Some(value));
            } else if let Some(value) = line.strip_prefix(b"tagger ") {
                tag.tagger = tag.tagger.or(Some(value));
            }
        }
        tag
    }

    fn first_line(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.message[..self.message.len().min(64 * 1024)]);
        let line: String = clean(text.trim_start().lines().next().unwrap_or_default()).chars().take(1_000).collect();
        (!line.is_empty() && !line.starts_with("-----BEGIN")).then_some(line)
    }
}

/// A version number in the name of a tag.
#[derive(Debug, PartialEq, Eq)]
struct Version<'a> {
    prefix: &'a str,
    number: &'a str,
    is_prerelease: bool,
}

/// Stages of one or two letters; of longer words, all but [`FINAL`] are stages.
const SHORT_STAGES: [&str; 6] = ["a", "b", "rc", "cr", "m", "ea"];
/// Words behind a number that say nothing of its being unfinished.
const FINAL: [&str; 12] =
    ["final", "release", "released", "stable", "general", "lts", "post", "patch", "hotfix", "build", "jre", "android"];

impl<'a> Version<'a> {
    /// Finds `1.2.3`, `v1.2`, `rel/1.2.3-rc1`, `cart@4.0.0`, `2024.05`, `v8`: the name must end in the number and its marks.
    fn of(name: &'a str) -> Option<Self> {
        let start = start_of_number(name)?;
        let number = &name[start..];
        let (prefix, has_v) = match name[..start].strip_suffix(['v', 'V']) {
            Some(rest) if !rest.ends_with(|c: char| c.is_ascii_alphabetic()) => (rest, true),
            _ => (&name[..start], false),
        };
        let digits_end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
        let core = number[..digits_end].trim_end_matches('.');
        // A lone number is a version only where a `v` says so: `v8`, yet not `issue-12` or `20240501`.
        if !(core.contains('.') || has_v && core.len() <= 4) {
            return None;
        }
        let marks = number[core.len()..].to_ascii_lowercase();
        if marks.len() > 40
            || !marks.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_' | b'~'))
        {
            return None;
        }
        // What follows a `+` is a build, not a stage.
        let stage = marks.split('+').next().unwrap_or_default();
        let is_prerelease = stage.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
            // By SemVer, 9, whatever follows a dash is no release yet; by custom, some words are.
            SHORT_STAGES.contains(&word) || word.len() > 2 && !FINAL.contains(&word)
        });
        Some(Self { prefix: prefix.trim_end_matches(['-', '_', '/', '@', '.', ' ']), number, is_prerelease })
    }
}

/// Where the version number starts: at the first digit after which a dot comes, else at the last number.
fn start_of_number(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    let is_start = |at: usize| {
        bytes[at].is_ascii_digit()
            && (at == 0 || !(bytes[at - 1].is_ascii_digit() || bytes[at - 1] == b'.'))
            && (at == 0
                || matches!(bytes[at - 1], b'-' | b'_' | b'/' | b'@' | b' ' | b'v' | b'V')
                || bytes[..at].iter().all(u8::is_ascii_alphabetic))
    };
    let dotted = |at: &usize| {
        let digits = bytes[*at..].iter().take_while(|b| b.is_ascii_digit()).count();
        bytes.get(at + digits) == Some(&b'.') && bytes.get(at + digits + 1).is_some_and(u8::is_ascii_digit)
    };
    let starts: Vec<usize> = (0..bytes.len().min(300)).filter(|at| is_start(*at)).collect();
    starts.iter().copied().find(dotted).or_else(|| starts.last().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_off_names() {
        let check = |name: &str, expect: Option<(&str, &str, bool)>| {
            let found = Version::of(name).map(|v| (v.prefix, v.number, v.is_prerelease));
            assert_eq!(found, expect, "{name}");
        };
        check("v1.2.3", Some(("", "1.2.3", false)));
        check("1.2.3", Some(("", "1.2.3", false)));
        check("v8", Some(("", "8", false)));
        check("cart@4.0.0", Some(("cart", "4.0.0", false)));
        check("rel/1.2.3-rc1", Some(("rel", "1.2.3-rc1", true)));
        check("crates/api/v0.3.0-beta.2", Some(("crates/api", "0.3.0-beta.2", true)));
        check("2024.05", Some(("", "2024.05", false)));
        check("3.0.0-M1", Some(("", "3.0.0-M1", true)));
        check("1.0.0-test-fix-3", Some(("", "1.0.0-test-fix-3", true)));
        check("33.0.0-jre", Some(("", "33.0.0-jre", false)));
        check("2.1.0.RELEASE", Some(("", "2.1.0.RELEASE", false)));
        check("1.0.0+beta", Some(("", "1.0.0+beta", false)));
        check("release-2.0.1.Final", Some(("release", "2.0.1.Final", false)));
        check("go1.22rc1", Some(("go", "1.22rc1", true)));
        check("log4j2-2.17.1", Some(("log4j2", "2.17.1", false)));
        check("issue-12", None);
        check("20240501", None);
        check("before-merge", None);
        check("v", None);
    }
}
