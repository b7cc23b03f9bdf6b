//! Keys of configuration files that are written to be read by people: defaults, examples and samples, with the comment
//! that stands before each.
//!
//! The notations differ little where a line gives a key a value, so that one reader by lines serves all of them: TOML,
//! INI, YAML, HJSON, properties and files of variables. What it cannot read is left out; nothing is guessed.

use std::sync::LazyLock;

use regex::Regex;
use sightline_facts::tables::settings::SettingRow;

use super::prose;
use super::topics::TOPICS;
use crate::file::FileInput;
use crate::rows::SourceRows;

/// Keys that are kept of one file.
const MOST_KEYS: usize = 500;
/// Longest comment and value, in characters.
const LONGEST: usize = 400;
const LONGEST_VALUE: usize = 120;

/// Words in a file's name that say that it is there to be copied.
const MARKS: [&str; 7] = ["example", "sample", "dist", "template", "default", "defaults", "tmpl"];
/// Endings of files that hold settings.
const ENDINGS: [&str; 11] =
    ["toml", "ini", "yml", "yaml", "hjson", "json5", "conf", "cfg", "properties", "env", "config"];
/// Names of settings of other programs, which are no settings of this one.
const OTHERS: [&str; 15] = [
    "nginx", "httpd", "apache", "htaccess", "caddy", "compose", "phpunit", "phpstan", "manifest", "workflow", "eslint",
    "prettier", "logging", "docker", "values",
];

/// Whether a path is that of a configuration file which people are meant to copy or look things up in.
pub(super) fn wants(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let parts: Vec<&str> = name.split(['.', '-', '_']).filter(|p| !p.is_empty()).collect();
    let is_marked = parts.iter().any(|p| MARKS.contains(p));
    let is_settings = parts.iter().any(|p| ENDINGS.contains(p) || matches!(*p, "settings"));
    let is_script = [".sh", ".md", ".js", ".ts", ".py", ".rb", ".php", ".json", ".html", ".xml", ".sql", ".bat"]
        .iter()
        .any(|e| name.ends_with(e));
    let is_other = OTHERS.iter().any(|o| name.contains(o)) || lower.contains(".github/");
    is_marked && is_settings && !is_script && !is_other
}

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?P<indent>\s*)(?P<off>[#;]\s?)?(?:export\s+)?["']?(?P<key>[A-Za-z_][A-Za-z0-9_.\-]*)["']?\s*(?P<sign>[=:])(?:\s+|$|(?P<tight>\S))(?P<rest>.*)$"#)
        .expect("the pattern is ours")
});
static SECTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*\[{1,2}\s*(?P<name>[\w. \-]+?)\s*\]{1,2}\s*$").expect("the pattern is ours"));
static SECRET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)passw|secret|token|key$|private|credential|salt$").expect("the pattern is ours"));

/// Reads the keys of a file into `settings`.
pub(super) fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    let lower = file.path.to_ascii_lowercase();
    let is_nested = ["yml", "yaml", "hjson", "json5"].iter().any(|e| lower.split(['.', '-']).any(|p| p == *e));
    let mut comment = Comment::default();
    let mut section = String::new();
    // Keys that hold others, by how far they are indented.
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        let number = at + 1;
        if line.len() > 2_000 || seen.len() >= MOST_KEYS {
            break;
        }
        let trimmed = line.trim();
        if trimmed.is_empty() {
            comment = Comment::default();
            continue;
        }
        if let Some(found) = SECTION.captures(line).filter(|_| !is_nested) {
            found["name"].clone_into(&mut section);
            comment = Comment::default();
            continue;
        }
        let key = KEY.captures(line).filter(|c| is_key(c, is_nested));
        let Some(found) = key else {
            match said(trimmed) {
                Some(text) => comment.add(text, number),
                None => comment = Comment::default(),
            }
            continue;
        };
        let indent = found["indent"].len();
        let name = &found["key"];
        let rest = format!("{}{}", found.name("tight").map_or("", |m| m.as_str()), &found["rest"]);
        above.retain(|(other, _)| *other < indent);
        let (value, beside) = value(&rest);
        if is_nested && (value.is_empty() || value == "{") {
            above.push((indent, name.to_owned()));
            comment = Comment::default();
            continue;
        }
        let full = if is_nested {
            above.iter().map(|(_, k)| k.as_str()).chain([name]).collect::<Vec<_>>().join(".")
        } else if section.is_empty() {
            name.to_owned()
        } else {
            format!("{section}.{name}")
        };
        if comment.text.is_empty() {
            comment.add(beside, number);
        }
        if !seen.contains(&full) {
            let quote = prose::cut(comment.text.trim(), LONGEST);
            let is_shown = !value.is_empty() && !SECRET.is_match(name) && !value.starts_with(['[', '{', '|', '>']);
            let shown = value.chars().take(LONGEST_VALUE).collect::<String>();
            rows.settings.push(&SettingRow {
                repo: file.repo,
                commit: file.commit,
                path: file.path,
                line_start: super::count(comment.first.unwrap_or(number).min(number)),
                line_end: super::count(number),
                setting: &full,
                // An address with a password in it is not shown either.
                default_value: Some(shown.as_str()).filter(|v| is_shown && !(v.contains("://") && v.contains('@'))),
                topic: TOPICS.of_setting(&full.to_ascii_uppercase().replace(['.', '-'], "_"), "", &quote),
                quote: &quote,
                form: "key",
                ..SettingRow::default()
            });
            seen.push(full);
        }
        comment = Comment::default();
    }
}

/// Comment lines that stand together.
#[derive(Debug, Default)]
struct Comment {
    text: String,
    first: Option<usize>,
}

impl Comment {
    fn add(&mut self, text: &str, line: usize) {
        if text.chars().any(char::is_alphanumeric) && self.text.len() < LONGEST * 2 {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(text);
            self.first.get_or_insert(line);
        }
    }
}

/// What a line of comment says.
fn said(trimmed: &str) -> Option<&str> {
    let text = ["//", "#", ";"].iter().find_map(|mark| trimmed.strip_prefix(mark))?;
    Some(text.trim_start_matches(['#', '/', ';', '-', '=', '*', '!', ' ']).trim_end_matches(['-', '=', '*', ' ', '#']))
}

/// Whether a line that looks like one gives a key a value: one that is switched off is a key where nobody would write
/// prose that way.
fn is_key(found: &regex::Captures<'_>, is_nested: bool) -> bool {
    let (sign, is_tight) = (&found["sign"], found.name("tight").is_some());
    if found.name("off").is_some() {
        let name = &found["key"];
        let is_variable =
            name.len() > 2 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        return sign == "=" && !is_nested && (is_variable || !found["rest"].contains(' '));
    }
    // An address is no key, and YAML and HJSON want a blank behind the colon.
    sign == "=" && !is_nested || sign == ":" && is_nested && (!is_tight || !found["rest"].starts_with("//"))
}

/// A value without quotes, and what a comment behind it says.
fn value(rest: &str) -> (String, &str) {
    let rest = rest.trim();
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some(end) = rest[1..].find(quote)
    {
        let beside = rest[end + 2..].trim().trim_start_matches(',').trim();
        return (rest[1..=end].to_owned(), said(beside).unwrap_or_default());
    }
    let (value, beside) = rest.split_once(" #").map_or((rest, ""), |(v, b)| (v, b.trim()));
    (value.trim().trim_end_matches(',').to_owned(), beside)
}
