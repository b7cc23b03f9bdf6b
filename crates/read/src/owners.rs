//! Reads who looks after which files: `CODEOWNERS` of GitHub and GitLab, `OWNERS` as Kubernetes uses it, and the plain
//! lists of people in `MAINTAINERS`.

use sightline_facts::tables::owners::OwnerRow;

use crate::file::FileInput;
use crate::rows::SourceRows;

/// Raised when the rows for the same bytes change.
pub const VERSION: u32 = 1;

/// GitHub reads no larger file; beyond it no rule is in force anyway.
const MAX_BYTES: usize = 3 << 20;

/// Rows of one file; a line may name many owners.
const MAX_ROWS: i64 = 100_000;

/// Whether this reader has something to say about a file of that path.
///
/// Hosts look for `CODEOWNERS` at the root and in three folders; anywhere else it has no effect. `OWNERS` counts in
/// every folder, `MAINTAINERS` at the root.
pub fn wants(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "CODEOWNERS" => matches!(folder, "" | ".github" | ".gitlab" | "docs"),
        "OWNERS" => !folder.split('/').any(|part| part == "vendor" || part == "node_modules"),
        "MAINTAINERS" | "MAINTAINERS.md" => folder.is_empty(),
        _ => false,
    }
}

/// Reads the file into rows of `owners`.
pub fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    if file.text.len() > MAX_BYTES {
        file.gap(rows, "owners", "too-large", "files of owners are read up to 3 MB", None);
        return;
    }
    let mut out = Out { file, rows, n_rows: 0 };
    match file.name() {
        "CODEOWNERS" => code_owners(&mut out),
        "OWNERS" => owners_file(&mut out),
        _ => maintainers(&mut out),
    }
    if out.n_rows > MAX_ROWS {
        file.gap(rows, "owners", "too-many-rows", "owners beyond the first 100,000 were left out", None);
    }
}

struct Out<'a, 'b> {
    file: &'a FileInput<'b>,
    rows: &'a mut SourceRows,
    n_rows: i64,
}

impl Out<'_, '_> {
    fn push(&mut self, line: usize, pattern: &str, owner: &str, section: Option<&str>, position: i64) {
        self.n_rows += 1;
        if self.n_rows > MAX_ROWS {
            return;
        }
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        self.rows.owners.push(&OwnerRow {
            repo: self.file.repo,
            commit: self.file.commit,
            path: self.file.path,
            line_start: line,
            line_end: line,
            pattern,
            owner,
            section,
            position,
            ..OwnerRow::default()
        });
    }
}

/// A section of GitLab: `[Name]`, `^[Name]` when optional, `[Name][2]` with a number of approvals, then default owners.
struct Section<'a> {
    name: &'a str,
    line: usize,
    owners: Vec<&'a str>,
}

fn code_owners(out: &mut Out<'_, '_>) {
    let mut section: Option<Section<'_>> = None;
    let mut position = 0;
    for (i, line) in out.file.text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some((name, rest)) = section_head(trimmed) {
            section = Some(Section { name, line: i + 1, owners: owners_in(rest).collect() });
            continue;
        }
        let (pattern, rest) = split_pattern(trimmed);
        position += 1;
        let name = section.as_ref().map(|s| s.name);
        let mut has_own = false;
        for owner in owners_in(rest) {
            has_own = true;
            out.push(i + 1, &pattern, owner, name, position);
        }
        // A rule without owners falls back to those of its section, which stand on the section's line.
        if let (false, Some(section)) = (has_own, &section) {
            for owner in &section.owners {
                out.push(section.line, &pattern, owner, name, position);
            }
        }
    }
}

fn section_head(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    // `[a-z]*.txt @x` is a pattern: after a section's name comes white space, a number of approvals or nothing.
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((count, rest)) if count.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => rest,
    };
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some((name.trim(), rest))
}

/// A pattern ends at the first white space that no backslash stands before.
fn split_pattern(line: &str) -> (String, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c.is_whitespace() && !escaped {
            return (line[..at].replace("\\ ", " "), &line[at..]);
        }
        escaped = c == '\\' && !escaped;
    }
    (line.replace("\\ ", " "), "")
}

/// Users and teams (`@name`, GitLab's roles `@@developer`) and addresses, up to a comment.
fn owners_in(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace()
        .take_while(|word| !word.starts_with('#'))
        .filter(|word| (word.starts_with('@') && word.len() > 1) || is_address(word))
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
}

/// Lists under `approvers:` and `reviewers:`; under `filters:` they belong to a pattern of file names. Aliases of
/// `OWNERS_ALIASES` stay as they are written.
fn owners_file(out: &mut Out<'_, '_>) {
    let folder = out.file.folder();
    let everything = if folder.is_empty() { "*".to_owned() } else { format!("/{folder}/") };
    let mut pattern = everything;
    let mut role: Option<&str> = None;
    let mut position = 0;
    for (i, line) in out.file.text.lines().enumerate() {
        let content = line.split(" #").next().unwrap_or(line).trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if let Some(item) = content.strip_prefix("- ") {
            let owner = item.trim().trim_matches(['"', '\'']);
            if let Some(role) = role.filter(|_| !owner.is_empty() && !owner.contains(char::is_whitespace)) {
                position += 1;
                out.push(i + 1, &pattern, owner, Some(role), position);
            }
            continue;
        }
        let Some((key, value)) = content.rsplit_once(':') else { continue };
        let key = key.trim().trim_matches(['"', '\'']);
        role = match key {
            "approvers" | "reviewers" => Some(key),
            _ => None,
        };
        // A filter is a regular expression over the file's path below the folder.
        if role.is_none() && value.trim().is_empty() && line.starts_with([' ', '\t']) && key != "filters" {
            pattern = if folder.is_empty() { key.to_owned() } else { format!("/{folder}/{key}") };
        }
        if let Some(role) = role {
            for owner in value.trim().trim_matches(['[', ']']).split(',').map(|o| o.trim().trim_matches(['"', '\''])) {
                if !owner.is_empty() && !owner.contains(char::is_whitespace) {
                    position += 1;
                    out.push(i + 1, &pattern, owner, Some(role), position);
                }
            }
        }
    }
}

/// Lines that name a person with an address, as in `Ada Lovelace <ada@example.org> (@ada)`. Larger files of this name
/// (the Linux kernel's) have a grammar of their own: their `M:` lines come out with the title of the entry as section.
fn maintainers(out: &mut Out<'_, '_>) {
    let mut title: Option<&str> = None;
    let mut after_blank = true;
    let mut position = 0;
    for (i, line) in out.file.text.lines().enumerate() {
        let trimmed = line.trim();
        let address = trimmed.find('<').and_then(|start| {
            let rest = &trimmed[start + 1..];
            rest.split_once('>').map(|(address, _)| address).filter(|address| is_address(address))
        });
        if let Some(address) = address {
            position += 1;
            out.push(i + 1, "*", address, title, position);
        } else if after_blank && !trimmed.is_empty() && trimmed.len() <= 80 {
            title = Some(trimmed.trim_start_matches('#').trim()).filter(|title| !title.is_empty());
        }
        after_blank = trimmed.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::FileKind;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::owners::OwnersView;

    fn check(path: &str, text: &str, expected: &[&str]) {
        assert!(wants(path), "{path}");
        let mut rows = SourceRows::default();
        let kind = FileKind::Config;
        read(&FileInput { repo: "shop", commit: None, path, text, language: None, kind }, &mut rows);
        let batch = rows.owners.finish();
        let view = OwnersView::of(&batch).expect("the builder made the batch");
        let lines: Vec<&str> = text.lines().collect();
        let found: Vec<String> = view
            .rows()
            .map(|row| {
                let at = usize::try_from(row.line_start - 1).expect("lines start at 1");
                assert!(lines[at].contains(row.owner), "{} is not in line {}", row.owner, row.line_start);
                let section = row.section.map(|s| format!(" [{s}]")).unwrap_or_default();
                format!("{}: {} {} #{}{section}", row.line_start, row.pattern, row.owner, row.position)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn github_rules_come_with_their_order() {
        let text = "# who\n*  @acme/core @ada # the default\n\n/docs/ ada@example.org\n/a\\ b/ @bob\n/free\n";
        check(
            ".github/CODEOWNERS",
            text,
            &["2: * @acme/core #1", "2: * @ada #1", "4: /docs/ ada@example.org #2", "5: /a b/ @bob #3"],
        );
    }

    #[test]
    fn gitlab_sections_lend_their_owners_to_rules_without() {
        let text = "[Docs][2] @writers\ndocs/\n*.md @ada\n^[Build]\n[ab]*.mk @bob\n";
        check(
            "CODEOWNERS",
            text,
            &["1: docs/ @writers #1 [Docs]", "3: *.md @ada #2 [Docs]", "5: [ab]*.mk @bob #3 [Build]"],
        );
    }

    #[test]
    fn kubernetes_owners_look_after_their_folder() {
        let text = "approvers:\n- ada # lead\n- sig-auth\nreviewers: [bob]\nlabels:\n- sig/auth\n\
                    filters:\n  \"\\\\.go$\":\n    approvers:\n      - cleo\n";
        check(
            "pkg/auth/OWNERS",
            text,
            &[
                "2: /pkg/auth/ ada #1 [approvers]",
                "3: /pkg/auth/ sig-auth #2 [approvers]",
                "4: /pkg/auth/ bob #3 [reviewers]",
                "10: /pkg/auth/\\\\.go$ cleo #4 [approvers]",
            ],
        );
    }

    #[test]
    fn maintainers_are_people_with_addresses() {
        let text = "# Storage\n\nAda Lovelace <ada@example.org> (@ada)\nsee <https://example.org>\n";
        check("MAINTAINERS", text, &["3: * ada@example.org #1 [Storage]"]);
    }

    #[test]
    fn a_file_of_that_name_elsewhere_is_not_in_force() {
        assert!(!wants("src/CODEOWNERS"));
        assert!(!wants("vendor/x/OWNERS"));
        assert!(!wants("docs/MAINTAINERS"));
    }
}
