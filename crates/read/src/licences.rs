//! Reads licence files: which SPDX licence is it, by its own declaration or by comparing its words with all known texts.

use std::cmp::Ordering;
use std::sync::LazyLock;

use sightline_facts::tables::licences::LicenceRow;
use spdx::detection::{Store, TextData};

use crate::file::FileInput;
use crate::rows::SourceRows;

/// Raised when the rows for the same bytes change.
pub const VERSION: u32 = 1;

/// The longest licence texts have 100 kB, collections of notices more; comparing costs time with every word.
const MAX_BYTES: usize = 256 << 10;

/// Cleaning a text up compares each line with others, which a line of a megabyte would make slow.
const MAX_LINE: usize = 20_000;

/// Share of agreement from which a text is called a licence. Filled-in names and a different wording of one clause
/// cost about 2 %, and the closest pairs of different licences lie above 95 %, where the better one wins.
const THRESHOLD: f32 = 0.9;

/// Licences looked for in one file.
const MAX_LICENCES: usize = 4;

/// The texts of all SPDX licences, unpacked when the first licence file is met.
static STORE: LazyLock<Option<Store>> = LazyLock::new(|| Store::load_inline().ok());

/// Whether this reader has something to say about a file of that path.
pub fn wants(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    // The folder of the REUSE specification: one text per licence, named by its id.
    if folder == "licenses" || folder.ends_with("/licenses") {
        return matches!(name.rsplit_once('.'), Some((_, "txt" | "md")));
    }
    let stem = ["license", "licence", "copying", "unlicense", "notice"].iter().find_map(|w| name.strip_prefix(w));
    if let Some(rest) = stem {
        return rest.is_empty() || (rest.starts_with(['.', '-', '_']) && is_text_name(rest));
    }
    let name = name.strip_suffix(".txt").unwrap_or(name);
    name.ends_with("-license") || name.ends_with("-licence") || name.ends_with(".license")
}

/// `LICENSE-APACHE`, `COPYING.LESSER`, `LICENSE.Apache-2.0`, but not `license.go` or `license-checker.json`.
fn is_text_name(rest: &str) -> bool {
    let Some((_, extension)) = rest.rsplit_once('.') else { return true };
    matches!(extension, "" | "txt" | "md" | "markdown" | "rst" | "adoc" | "lesser" | "mit" | "isc" | "en")
        || ["apache", "bsd", "gpl", "lgpl", "agpl", "mpl", "cc"].iter().any(|family| extension.starts_with(family))
        || extension.bytes().all(|b| b.is_ascii_digit())
}

/// Reads the file into rows of `licences`.
///
/// A file that says `SPDX-License-Identifier:` is taken at its word. Otherwise each licence found in the text gives a
/// row over the lines it covers; a licence file in which none is found gives one row without id. A notice is a licence
/// file only when it holds one.
pub fn read(file: &FileInput<'_>, rows: &mut SourceRows) {
    if file.text.len() > MAX_BYTES || file.text.lines().any(|line| line.len() > MAX_LINE) {
        file.gap(rows, "licence", "too-large", "licence texts are compared up to 256 kB and 20,000 bytes a line", None);
        return;
    }
    let Some((first, last)) = written_lines(file.text) else { return };
    if declared(file, rows) {
        return;
    }
    let Some(store) = STORE.as_ref() else {
        file.gap(rows, "licence", "no-texts", "the built-in licence texts could not be unpacked", None);
        return;
    };
    let found = licences_in(store, file.text, (first, last));
    let is_notice = file.name().to_ascii_lowercase().starts_with("notice");
    for licence in &found {
        if licence.spdx.is_some() || !is_notice {
            push(file, rows, licence.lines, licence.spdx.as_deref(), f64::from(licence.score));
        }
    }
}

fn push(file: &FileInput<'_>, rows: &mut SourceRows, lines: (usize, usize), spdx: Option<&str>, score_ratio: f64) {
    rows.licences.push(&LicenceRow {
        repo: file.repo,
        commit: file.commit,
        path: file.path,
        line_start: i64::try_from(lines.0).unwrap_or(i64::MAX),
        line_end: i64::try_from(lines.1).unwrap_or(i64::MAX),
        spdx,
        // Four digits: what is left differs between processors.
        score_ratio: (score_ratio * 10_000.0).round() / 10_000.0,
        ..LicenceRow::default()
    });
}

/// First and last line with something on it.
fn written_lines(text: &str) -> Option<(usize, usize)> {
    let mut written = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(|(i, _)| i + 1);
    let first = written.next()?;
    Some((first, written.last().unwrap_or(first)))
}

/// Rows of `SPDX-License-Identifier:` lines.
fn declared(file: &FileInput<'_>, rows: &mut SourceRows) -> bool {
    let mut any = false;
    for (i, line) in file.text.lines().enumerate() {
        let Some((_, rest)) = line.split_once("SPDX-License-Identifier:") else { continue };
        let id = rest.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
        if !id.is_empty() && id.len() <= 200 && spdx::Expression::parse(id).is_ok() {
            push(file, rows, (i + 1, i + 1), Some(id), 1.0);
            any = true;
        }
    }
    any
}

struct Found {
    lines: (usize, usize),
    spdx: Option<String>,
    score: f32,
}

/// Finds the best licence, blanks the lines it covers and looks again.
fn licences_in(store: &Store, text: &str, whole: (usize, usize)) -> Vec<Found> {
    let mut found = Vec::new();
    let mut data = TextData::new(text);
    for pass in 0..MAX_LICENCES {
        let Some(best) = best_match(store, &data) else { break };
        // Nearly all files hold one licence and nothing else.
        if pass == 0 && best.score >= 0.98 {
            return vec![Found { lines: whole, spdx: Some(best.id), score: best.score }];
        }
        let (part, part_score) = data.optimize_bounds(best.data);
        if part_score.max(best.score) < THRESHOLD {
            if pass == 0 {
                found.push(Found { lines: whole, spdx: None, score: best.score });
            }
            break;
        }
        let (start, end) = part.lines_view();
        let lines = if part_score > best.score { tight(text, start, end) } else { whole };
        found.push(Found { lines, spdx: Some(best.id), score: part_score.max(best.score) });
        data = part.white_out();
    }
    // One file may quote the same licence for several parts: they are one licence of this file.
    let mut seen = Vec::new();
    found.retain(|licence| {
        !seen.contains(&licence.spdx) && {
            seen.push(licence.spdx.clone());
            true
        }
    });
    found.sort_by_key(|licence| licence.lines);
    found
}

/// The range of lines, from 1 and inclusive, without blank lines at its ends and with the rest of the paragraphs that it
/// cuts: the search for the best range stops a line or two too early.
fn tight(text: &str, start: usize, end: usize) -> (usize, usize) {
    let written: Vec<bool> = text.lines().map(|line| !line.trim().is_empty()).collect();
    let is_written = |line: usize| written.get(line).copied().unwrap_or(false);
    let (mut first, mut last) = (start.min(written.len()), end.min(written.len()).saturating_sub(1));
    while first < last && !is_written(first) {
        first += 1;
    }
    while last > first && !is_written(last) {
        last -= 1;
    }
    while first > 0 && is_written(first - 1) {
        first -= 1;
    }
    while is_written(last + 1) {
        last += 1;
    }
    (first + 1, last + 1)
}

struct Best<'a> {
    id: String,
    score: f32,
    data: &'a TextData,
}

/// The known text that agrees best. Some licences share one text (`GPL-2.0-only`, `GPL-2.0-or-later`), and a hash map
/// hands them out in a new order each time, so ties are settled by [`prefer`].
fn best_match<'a>(known_texts: &'a Store, data: &TextData) -> Option<Best<'a>> {
    let mut best: Option<(&str, f32, f32, &TextData)> = None;
    #[expect(clippy::iter_over_hash_type, reason = "the best entry is the same in any order")]
    for (name, entry) in known_texts.iter() {
        for known in std::iter::once(&entry.original).chain(&entry.alternates).chain(&entry.headers) {
            let score = known.match_score(data);
            let weight = weight(name, score);
            let is_better = best.is_none_or(|(other, other_weight, ..)| match weight.total_cmp(&other_weight) {
                Ordering::Greater => true,
                Ordering::Equal => prefer(name, other) == Ordering::Less,
                Ordering::Less => false,
            });
            if is_better {
                best = Some((name, weight, score, known));
            }
        }
    }
    best.map(|(name, _, score, data)| Best { id: current_id(name), score, data })
}

/// Licences that somebody made by changing a few words of a well-known one come closer than the original to a text that
/// leaves out its appendix. The well-known one is likelier unless the other fits to the letter.
fn weight(name: &str, score: f32) -> f32 {
    let is_approved = spdx::license_id(name).is_some_and(spdx::LicenseId::is_osi_approved);
    match score {
        0.99.. => score + 0.1,
        THRESHOLD.. if is_approved => score + 0.05,
        _ => score,
    }
}

/// The plainer id first: a text says nothing of `or later`, exceptions or a country.
fn prefer(a: &str, b: &str) -> Ordering {
    let rank = |id: &str| (id.contains("or-later"), id.len(), id.to_owned());
    rank(a).cmp(&rank(b))
}

/// GNU texts are the same with and without `or later`, which is said elsewhere: the text alone stands for its version
/// only. Ids that say neither are deprecated.
fn current_id(id: &str) -> String {
    let is_gnu = ["GPL-", "LGPL-", "AGPL-", "GFDL-"].iter().any(|family| id.starts_with(family));
    match id.strip_suffix("-or-later") {
        Some(version) if is_gnu => format!("{version}-only"),
        _ if is_gnu && id.ends_with(|c: char| c.is_ascii_digit()) => format!("{id}-only"),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::FileKind;
    use sightline_facts::RowBuilder;
    use sightline_facts::tables::licences::LicencesView;

    const ISC: &str = "ISC License\n\nCopyright (c) 2024 Ada Lovelace\n\n\
        Permission to use, copy, modify, and/or distribute this software for any\n\
        purpose with or without fee is hereby granted, provided that the above\n\
        copyright notice and this permission notice appear in all copies.\n\n\
        THE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH\n\
        REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY\n\
        AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,\n\
        INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM\n\
        LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR\n\
        OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR\n\
        PERFORMANCE OF THIS SOFTWARE.\n";

    fn check(path: &str, text: &str, expected: &[&str]) {
        assert!(wants(path), "{path}");
        let mut rows = SourceRows::default();
        read(&FileInput { repo: "shop", commit: None, path, text, language: None, kind: FileKind::Docs }, &mut rows);
        let batch = rows.licences.finish();
        let view = LicencesView::of(&batch).expect("the builder made the batch");
        let found: Vec<String> = view
            .rows()
            .map(|row| format!("{}-{} {}", row.line_start, row.line_end, row.spdx.unwrap_or("unknown")))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_text_is_recognised_with_names_filled_in() {
        check("LICENSE", ISC, &["1-15 ISC"]);
    }

    #[test]
    fn a_text_inside_a_longer_file_has_its_own_lines() {
        let bundled = "This product includes the work of other people under terms of their own.\n".repeat(12);
        check("NOTICE", &format!("{bundled}\n{ISC}"), &["18-28 ISC"]);
    }

    #[test]
    fn a_declared_id_needs_no_comparison() {
        check("LICENSE.txt", "# SPDX-License-Identifier: MIT OR Apache-2.0\n", &["1-1 MIT OR Apache-2.0"]);
    }

    #[test]
    fn an_unknown_text_has_no_id_and_a_notice_without_licence_no_row() {
        let own = "All rights belong to us.\nAsk before you use anything of this.\n";
        check("LICENSE", own, &["1-2 unknown"]);
        check("NOTICE.txt", own, &[]);
    }

    #[test]
    fn code_about_licences_is_no_licence() {
        for path in ["license.go", "src/LicenseCheck.java", "license-checker.json", "licenses.md", "noticeboard.txt"] {
            assert!(!wants(path), "{path}");
        }
        for path in ["LICENSE-APACHE", "COPYING.LESSER", "LICENSES/MIT.txt", "lib/MIT-LICENSE", "LICENSE.Apache-2.0"] {
            assert!(wants(path), "{path}");
        }
    }
}
