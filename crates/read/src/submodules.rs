//! Reads `.gitmodules`: the repositories that this one includes by reference.

use std::borrow::Cow;

use sightline_facts::tables::submodules::SubmoduleRow;

use crate::file::FileInput;
use crate::rows::SourceRows;

/// Raised when the rows for the same bytes change.
pub const VERSION: u32 = 1;

const MAX_BYTES: usize = 4 << 20;

/// Whether this reader has something to say about a file of that path. git reads the one at the root only.
pub fn wants(path: &str) -> bool {
    path == ".gitmodules"
}

/// Reads the file into rows of `submodules`, without the commits that the tree pins.
pub fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    read_with_pins(file, rows, &|_| None);
}

/// Reads the file into rows; `pinned_commit` says which commit the tree holds at a folder.
pub fn read_with_pins(file: &FileInput<'_>, rows: &mut SourceRows, pinned_commit: &dyn Fn(&str) -> Option<String>) {
    if file.text.len() > MAX_BYTES {
        file.gap(rows, "tree", "too-large", "`.gitmodules` is read up to 4 MB", None);
        return;
    }
    let mut entry: Option<Entry<'_>> = None;
    for (i, line) in file.text.lines().enumerate() {
        let trimmed = line.trim();
        if let Some(name) = section_name(trimmed) {
            if let Some(done) = entry.take() {
                done.push(file, rows, pinned_commit);
            }
            entry = Some(Entry { name: Cow::Borrowed(name), first: i + 1, last: i + 1, mount_path: None, url: None });
        } else if trimmed.starts_with('[') {
            if let Some(done) = entry.take() {
                done.push(file, rows, pinned_commit);
            }
        } else if let (Some(entry), Some((key, value))) = (&mut entry, trimmed.split_once('=')) {
            entry.last = i + 1;
            match key.trim() {
                "path" => entry.mount_path = Some(unquote(value)),
                "url" => entry.url = Some(unquote(value)),
                _ => {}
            }
        }
    }
    if let Some(done) = entry.take() {
        done.push(file, rows, pinned_commit);
    }
}

struct Entry<'a> {
    name: Cow<'a, str>,
    first: usize,
    last: usize,
    mount_path: Option<&'a str>,
    url: Option<&'a str>,
}

impl Entry<'_> {
    fn push(self, file: &FileInput<'_>, rows: &mut SourceRows, pinned_commit: &dyn Fn(&str) -> Option<String>) {
        let Some(mount_path) = self.mount_path else {
            let detail = format!("submodule `{}` has no path", self.name);
            file.gap(rows, "tree", "submodule-without-path", &detail, Some((self.first, self.last)));
            return;
        };
        let line = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let pinned = pinned_commit(mount_path);
        rows.submodules.push(&SubmoduleRow {
            repo: file.repo,
            commit: file.commit,
            path: file.path,
            line_start: line(self.first),
            line_end: line(self.last),
            name: &self.name,
            mount_path,
            url: self.url.map(without_password).as_deref(),
            pinned_commit: pinned.as_deref(),
            ..SubmoduleRow::default()
        });
    }
}

fn section_name(line: &str) -> Option<&str> {
    line.strip_prefix("[submodule")?.trim_start().strip_prefix('"')?.rsplit_once(']')?.0.trim_end().strip_suffix('"')
}

fn unquote(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)
}

/// The address without the user's name and password, and without a query, where tokens travel too. The user of an
/// address like `git@host:path` says nothing and stays.
fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let (rest, cut) = rest.split_once(['?', '#']).map_or((rest, false), |(rest, _)| (rest, true));
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None if cut => Cow::Owned(format!("{scheme}://{rest}")),
        None => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::FileKind;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::submodules::SubmodulesView;

    fn check(text: &str, expected: &[&str], n_gaps: usize) {
        let mut rows = SourceRows::default();
        let kind = FileKind::Config;
        let file = FileInput { repo: "shop", commit: None, path: ".gitmodules", text, language: None, kind };
        read_with_pins(&file, &mut rows, &|path| (path == "lib/a").then(|| "4f2c9e1".to_owned()));
        assert_eq!(rows.gaps.len(), n_gaps);
        let batch = rows.submodules.finish();
        let view = SubmodulesView::of(&batch).expect("the builder made the batch");
        let found: Vec<String> = view
            .rows()
            .map(|r| {
                let (url, pin) = (r.url.unwrap_or("-"), r.pinned_commit.unwrap_or("-"));
                format!("{}-{}: {} {} {url} {pin}", r.line_start, r.line_end, r.name, r.mount_path)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_section_is_a_submodule() {
        check(
            "[submodule \"a\"]\n\tpath = lib/a\n\turl = https://example.org/a.git\n\n[submodule \"b c\"]\n\
             path=\"b c\"\nurl = ../b.git\nbranch = main\n",
            &["1-3: a lib/a https://example.org/a.git 4f2c9e1", "5-8: b c b c ../b.git -"],
            0,
        );
    }

    #[test]
    fn passwords_do_not_come_along() {
        check(
            "[submodule \"a\"]\npath = a\nurl = https://ada:s3cret@example.org/a@b.git?token=x\n\
             [submodule \"b\"]\npath = b\nurl = git@example.org:b.git\n",
            &["1-3: a a https://example.org/a@b.git -", "4-6: b b git@example.org:b.git -"],
            0,
        );
    }

    #[test]
    fn a_submodule_without_path_is_a_gap() {
        check("[submodule \"a\"]\nurl = x\n[core]\npath = b\n", &[], 1);
    }
}
