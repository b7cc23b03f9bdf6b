//! Change coupling: files that change in the same commits.

use rustc_hash::FxHashMap;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::RecordBatch;
use sightline_facts::session::Session;
use sightline_facts::table::Text;
use sightline_facts::tables::coupling::{CouplingBuilder, CouplingRow};

use crate::error::MeasureError;
use crate::query::column;

/// That a commit changed a file; both by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// The commit.
    pub commit: u32,
    /// The file.
    pub file: u32,
}

/// What counts as coupling. The default is Code Maat's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CouplingConfig {
    /// Commits with more files say little and are skipped.
    pub max_files: usize,
    /// Files with fewer commits are left out.
    pub min_changes: u32,
    /// Pairs with fewer shared commits are left out.
    pub min_shared: u32,
    /// Pairs below this degree are left out, 0 to 1.
    pub min_degree: f64,
}

impl Default for CouplingConfig {
    fn default() -> Self {
        Self { max_files: 30, min_changes: 5, min_shared: 5, min_degree: 0.3 }
    }
}

/// Two files that change together; `file` is the smaller number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// One file.
    pub file: u32,
    /// The other file.
    pub other: u32,
    /// Commits that changed both.
    pub n_shared: u32,
    /// Commits that changed `file`.
    pub n_changes: u32,
    /// Commits that changed `other`.
    pub n_other_changes: u32,
    /// `n_shared` over the mean of the two counts, 0 to 1.
    pub degree: f64,
}

/// Pairs that change together, and what was left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Coupling {
    /// By falling degree, then falling shared commits, then by the files.
    pub pairs: Vec<Pair>,
    /// Commits over `max_files`.
    pub skipped_commits: usize,
}

/// Scores how often two files change in the same commit.
///
/// - Degree: `shared(a, b) / mean(changes(a), changes(b))`, no unit, in `0.0..=1.0`. Commits over `config.max_files`
///   files say little: they count nowhere but in `skipped_commits`.
/// - Input: one row per commit and file, any order; the caller leaves out merge commits.
/// - Output: one row per unordered pair at or above the limits of `config`, by falling degree, then falling shared
///   commits, then by files.
/// - Cost: time grows with the sum of k² over kept commits of k files; memory with changes, files and pairs kept, for
///   the pairs of one file are counted at a time.
///
/// # Errors
/// [`MeasureError::DuplicateChange`] names the commit and the file of a change that comes twice.
///
/// # Source
/// Gall, Hajek, Jazayeri, "Detection of logical coupling based on product release history", ICSM 1998; ratio and
/// limits are Code Maat's, which shows the ratio as a percentage.
pub fn change_coupling(changes: &[Change], config: &CouplingConfig) -> Result<Coupling, MeasureError> {
    let mut sorted = changes.to_vec();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(MeasureError::DuplicateChange { commit: pair[0].commit, file: pair[0].file });
    }
    let n_files = sorted.iter().map(|c| c.file as usize + 1).max().unwrap_or(0);
    let mut skipped_commits = 0;
    let mut n_changes = vec![0u32; n_files];
    let mut kept: Vec<&[Change]> = Vec::new();
    for commit in sorted.chunk_by(|a, b| a.commit == b.commit) {
        if commit.len() > config.max_files {
            skipped_commits += 1;
            continue;
        }
        for change in commit {
            n_changes[change.file as usize] += 1;
        }
        kept.push(commit);
    }
    // The kept commits of each file that changes often enough.
    let mut commits_of: Vec<Vec<u32>> = vec![Vec::new(); n_files];
    for (i, commit) in kept.iter().enumerate() {
        for change in commit.iter().filter(|c| n_changes[c.file as usize] >= config.min_changes) {
            commits_of[change.file as usize].push(u32::try_from(i).unwrap_or(u32::MAX));
        }
    }
    let mut shared = vec![0u32; n_files];
    let mut touched: Vec<u32> = Vec::new();
    let mut pairs = Vec::new();
    for (file, commits) in (0u32..).zip(&commits_of) {
        for commit in commits {
            for other in kept[*commit as usize].iter().map(|c| c.file).filter(|o| *o > file) {
                if shared[other as usize] == 0 {
                    touched.push(other);
                }
                shared[other as usize] += 1;
            }
        }
        for other in touched.drain(..) {
            let n_shared = std::mem::take(&mut shared[other as usize]);
            let (n, n_other) = (n_changes[file as usize], n_changes[other as usize]);
            let degree = 2.0 * f64::from(n_shared) / (f64::from(n) + f64::from(n_other));
            if n_other >= config.min_changes && n_shared >= config.min_shared && degree >= config.min_degree {
                pairs.push(Pair { file, other, n_shared, n_changes: n, n_other_changes: n_other, degree });
            }
        }
    }
    pairs.sort_by(|a, b| {
        let by_degree = b.degree.total_cmp(&a.degree).then(b.n_shared.cmp(&a.n_shared));
        by_degree.then((a.file, a.other).cmp(&(b.file, b.other)))
    });
    Ok(Coupling { pairs, skipped_commits })
}

/// Change coupling of every repository in the 12 months before its `as_of`, as rows of table `coupling`.
///
/// Merges, commits by programs, commits over 30 files of any kind, and files that no longer exist or are not code or
/// tests are left out, in the pairs and in the counts of each file. Rows come by
/// repository, then as [`change_coupling`] orders them.
///
/// # Errors
/// [`MeasureError::Facts`] when the history cannot be read.
pub fn coupling(session: &Session) -> Result<RecordBatch, MeasureError> {
    let config = CouplingConfig::default();
    // Sweeping commits go here already, by all their files, so that one stays sweeping where few of its files are code.
    let sql = format!(
        "select c.repo, c.\"commit\", c.path, f.module from changes c \
         join (select repo, as_of, as_of - interval '12 months' as since from sources) s on s.repo = c.repo \
         join commits k on k.repo = c.repo and k.\"commit\" = c.\"commit\" \
         join files f on f.repo = c.repo and f.path = c.path \
         where c.committed_at > s.since and c.committed_at <= s.as_of \
         and not k.is_bot and not k.is_merge and k.n_files <= {} and f.kind in ('code', 'test') \
         group by 1, 2, 3, 4 order by 1, 3, 2",
        config.max_files
    );
    let mut repos: Vec<(String, RepoChanges)> = Vec::new();
    for batch in session.query(&sql)? {
        let get = |name| column::<Text>(&batch, "`changes`", name);
        let (repo, commit, path, module) = (get("repo")?, get("commit")?, get("path")?, get("module")?);
        for i in 0..batch.num_rows() {
            if repos.last().is_none_or(|(last, _)| last != repo.value(i)) {
                repos.push((repo.value(i).to_owned(), RepoChanges::default()));
            }
            if let Some((_, changes)) = repos.last_mut() {
                changes.push(commit.value(i), path.value(i), module.value(i));
            }
        }
    }
    let mut rows = CouplingBuilder::default();
    for (repo, changes) in &repos {
        for pair in change_coupling(&changes.changes, &config)?.pairs {
            let (path, module) = &changes.files[pair.file as usize];
            let (other_path, other_module) = &changes.files[pair.other as usize];
            rows.push(&CouplingRow {
                repo,
                path,
                other_path,
                n_shared: i64::from(pair.n_shared),
                n_changes: i64::from(pair.n_changes),
                n_other_changes: i64::from(pair.n_other_changes),
                degree_ratio: pair.degree,
                crosses_modules: module != other_module,
                ..CouplingRow::default()
            });
        }
    }
    Ok(rows.finish())
}

/// The changes of one repository with numbers for names; paths come in order.
#[derive(Default)]
struct RepoChanges {
    changes: Vec<Change>,
    files: Vec<(String, String)>,
    commits: FxHashMap<String, u32>,
}

impl RepoChanges {
    fn push(&mut self, commit: &str, path: &str, module: &str) {
        let next = u32::try_from(self.commits.len()).unwrap_or(u32::MAX);
        let commit = match self.commits.get(commit) {
            Some(number) => *number,
            None => *self.commits.entry(commit.to_owned()).or_insert(next),
        };
        if self.files.last().is_none_or(|(last, _)| last != path) {
            self.files.push((path.to_owned(), module.to_owned()));
        }
        let file = u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX);
        self.changes.push(Change { commit, file });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: CouplingConfig = CouplingConfig { max_files: 30, min_changes: 1, min_shared: 1, min_degree: 0.0 };

    fn changes(commits: &[&[u32]]) -> Vec<Change> {
        (0u32..)
            .zip(commits)
            .flat_map(|(commit, files)| files.iter().map(move |f| Change { commit, file: *f }))
            .collect()
    }

    #[test]
    fn the_degree_is_shared_commits_over_the_mean() {
        // File 1 changes 3 times, file 2 twice, both together twice: 2 / ((3 + 2) / 2) = 0.8.
        let found = change_coupling(&changes(&[&[1, 2], &[2, 1], &[1]]), &ALL).expect("no change comes twice");
        let pair = Pair { file: 1, other: 2, n_shared: 2, n_changes: 3, n_other_changes: 2, degree: 0.8 };
        assert_eq!(found, Coupling { pairs: vec![pair], skipped_commits: 0 });
    }

    #[test]
    fn limits_leave_out_what_says_little() {
        let commits: Vec<&[u32]> = vec![&[1, 2], &[1, 2], &[1, 2, 3]];
        let found = |config| {
            let found = change_coupling(&changes(&commits), &config).expect("no change comes twice");
            (found.pairs.iter().map(|p| (p.file, p.other)).collect::<Vec<_>>(), found.skipped_commits)
        };
        assert_eq!(found(ALL), (vec![(1, 2), (1, 3), (2, 3)], 0));
        assert_eq!(found(CouplingConfig { max_files: 2, ..ALL }), (vec![(1, 2)], 1));
        assert_eq!(found(CouplingConfig { min_changes: 2, ..ALL }), (vec![(1, 2)], 0));
        assert_eq!(found(CouplingConfig { min_shared: 3, ..ALL }), (vec![(1, 2)], 0));
        assert_eq!(found(CouplingConfig { min_shared: 4, ..ALL }), (vec![], 0));
        assert_eq!(found(CouplingConfig { min_degree: 0.6, ..ALL }), (vec![(1, 2)], 0));
    }

    #[test]
    fn a_change_that_comes_twice_is_named() {
        let error = change_coupling(&changes(&[&[7, 7]]), &ALL).expect_err("twice").to_string();
        assert_eq!(error, "commit 0 has two changes of file 7; rows of `changes` come once per commit and file");
    }

    #[test]
    fn rows_count_commits_of_people_that_are_not_sweeping() {
        use std::fmt::Write as _;
        // a.rs and b.rs change together 5 times and a.rs alone 3 times: 5 / ((8 + 5) / 2) = 0.769. Nothing else counts:
        // the bot, the sweeping commit, the documents.
        let (mut commits, mut changes) = (String::new(), String::new());
        for i in 0..10 {
            let (is_bot, n_files) = (i == 8, if i == 9 { 31 } else { 3 });
            writeln!(commits, "shop | c{i} | {is_bot} | {n_files}").expect("a string takes any text");
            for path in ["a.rs", "b.rs", "guide.md"].iter().filter(|p| **p == "a.rs" || !(5..8).contains(&i)) {
                writeln!(changes, "shop | c{i} | 2026-05-01 | {path}").expect("a string takes any text");
            }
        }
        let session = crate::golden::session_of(&format!(
            "sources\nrepo | as_of\nshop | 2026-06-01\ncommits\nrepo | commit | is_bot | n_files\n{commits}\
             changes\nrepo | commit | committed_at | path\n{changes}\
             files\nrepo | path | kind | module\nshop | a.rs | code | one\nshop | b.rs | code | two\n\
             shop | guide.md | docs | one\n"
        ));
        let batch = coupling(&session).expect("the tables are there");
        let view = sightline_facts::tables::coupling::CouplingView::of(&batch).expect("its own table");
        let rows: Vec<_> = view
            .rows()
            .map(|c| {
                format!(
                    "{} {} {} {} {} {:.3} {}",
                    c.path, c.other_path, c.n_shared, c.n_changes, c.n_other_changes, c.degree_ratio, c.crosses_modules
                )
            })
            .collect();
        assert_eq!(rows, ["a.rs b.rs 5 8 5 0.769 true"]);
    }

    proptest! {
        #[test]
        fn any_history_gives_sound_pairs_in_any_order(
            commits in proptest::collection::vec(proptest::collection::btree_set(0u32..8, 0..6), 0..20),
            seed in 0usize..1000,
        ) {
            let mut given: Vec<Change> = (0u32..).zip(&commits)
                .flat_map(|(commit, files)| files.iter().map(move |f| Change { commit, file: *f })).collect();
            let found = change_coupling(&given, &ALL).expect("sets hold no file twice");
            for p in &found.pairs {
                prop_assert!(p.file < p.other && p.degree > 0.0 && p.degree <= 1.0);
                prop_assert!(p.n_shared <= p.n_changes.min(p.n_other_changes));
            }
            // Parts: shared commits over all pairs are the pairs of files inside each commit.
            let inside: usize = commits.iter().map(|c| c.len() * c.len().saturating_sub(1) / 2).sum();
            prop_assert_eq!(found.pairs.iter().map(|p| p.n_shared as usize).sum::<usize>(), inside);
            // Order: any turn of the input and any other numbering of commits give the same.
            if !given.is_empty() {
                let turn = seed % given.len();
                given.rotate_left(turn);
            }
            prop_assert_eq!(&change_coupling(&given, &ALL).expect("as before"), &found);
            // Symmetry: numbering the files backwards swaps the two sides of each pair and changes nothing else.
            let mirrored: Vec<Change> = given.iter().map(|c| Change { commit: c.commit, file: 7 - c.file }).collect();
            let mut back: Vec<_> = change_coupling(&mirrored, &ALL).expect("as before").pairs.iter()
                .map(|p| (7 - p.other, 7 - p.file, p.n_shared, p.n_other_changes, p.n_changes)).collect();
            let mut own: Vec<_> =
                found.pairs.iter().map(|p| (p.file, p.other, p.n_shared, p.n_changes, p.n_other_changes)).collect();
            back.sort_unstable();
            own.sort_unstable();
            prop_assert_eq!(back, own);
        }
    }
}
