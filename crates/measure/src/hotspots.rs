//! Hotspots: code that changes often *and* is complex.

use rustc_hash::FxHashMap;
use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{Array, RecordBatch};
use sightline_facts::session::Session;
use sightline_facts::table::{Integer, OptText, Text};
use sightline_facts::tables::hotspots::{HotspotRow, HotspotsBuilder};

use crate::error::MeasureError;
use crate::query::column;

/// Code files that people changed in the 12 months before `as_of`, with how often and how complex they are.
const FILES: &str = r#"
with changed as (
  select c.repo, c.path, k.author_name, count(*) as n, sum(coalesce(c.added, 0) + coalesce(c.deleted, 0)) as churn
  from changes c
  join (select repo, as_of, as_of - interval '12 months' as since from sources) s on s.repo = c.repo
  join commits k on k.repo = c.repo and k."commit" = c."commit"
  where c.committed_at > s.since and c.committed_at <= s.as_of
    and not k.is_bot and not k.is_merge
  group by 1, 2, 3),
ranked as (
  select *, row_number() over (partition by repo, path order by n desc, author_name) as place from changed),
frequent as (
  select repo, path, sum(n) as n_changes, sum(churn) as churn, count(*) as n_authors,
         max(case when place = 1 then author_name end) as main_author, max(n) as main_changes
  from ranked group by 1, 2),
hard as (
  select repo, path, sum(cognitive) as complexity from symbols where cognitive is not null and not is_test
  group by 1, 2),
hardest as (
  select repo, path, name, line_start, cognitive,
         row_number() over (partition by repo, path order by cognitive desc, line_start, name) as place
  from symbols where cognitive is not null and not is_test)
select f.repo, f."commit", f.path, f.module, q.n_changes, q.churn, q.n_authors, q.main_author, q.main_changes,
       f.code_lines, cast(coalesce(h.complexity, 0) as bigint) as complexity, m.cognitive as max_cognitive,
       m.name as hardest_function, m.line_start as hardest_line
from frequent q
join files f on f.repo = q.repo and f.path = q.path
left join hard h on h.repo = f.repo and h.path = f.path
left join hardest m on m.repo = f.repo and m.path = f.path and m.place = 1
where f.kind = 'code'
order by 1, 3"#;

/// One file as it comes back from [`FILES`].
struct Found {
    repo: String,
    commit: Option<String>,
    path: String,
    module: String,
    n_changes: i64,
    churn: i64,
    n_authors: i64,
    main_author: Option<String>,
    main_changes: i64,
    code_lines: i64,
    complexity: i64,
    max_cognitive: Option<i64>,
    hardest_function: Option<String>,
    hardest_line: Option<i64>,
}

/// Ranks the changed code files of every repository, as rows of table `hotspots`, by repository, falling score and
/// path.
///
/// A rank is the share of the *other* changed code files that change less often (or are less complex), so that the
/// first file has 1 and the last 0; equal files have equal ranks. A repository's only changed file has 1 where it has
/// any complexity. The score is the product. Merges, commits by programs and generated, vendored and test files are
/// left out.
///
/// # Errors
/// [`MeasureError::Facts`] when the facts cannot be read.
///
/// # Source
/// Tornhill, "Your Code as a Crime Scene", 2nd edition 2024: hotspots as overlap of change frequency and complexity;
/// complexity is Campbell's cognitive complexity, where he takes lines of code.
pub fn hotspots(session: &Session) -> Result<RecordBatch, MeasureError> {
    let found = changed_files(session)?;
    let mut rows = HotspotsBuilder::default();
    for repo in found.chunk_by(|a, b| a.repo == b.repo) {
        let by_changes = ranks(repo.iter().map(|f| f.n_changes));
        let by_complexity = ranks(repo.iter().map(|f| f.complexity));
        let mut scored: Vec<_> =
            repo.iter().map(|f| (f, by_changes[&f.n_changes], by_complexity[&f.complexity])).collect();
        scored.sort_by(|(a, ac, ah), (b, bc, bh)| (bc * bh).total_cmp(&(ac * ah)).then_with(|| a.path.cmp(&b.path)));
        for (file, change_rank_ratio, complexity_rank_ratio) in scored {
            rows.push(&HotspotRow {
                repo: &file.repo,
                commit: file.commit.as_deref(),
                path: &file.path,
                module: &file.module,
                n_changes: file.n_changes,
                churn: file.churn,
                n_authors: file.n_authors,
                main_author: file.main_author.as_deref(),
                main_author_ratio: Some(ratio(file.main_changes, file.n_changes)),
                code_lines: file.code_lines,
                complexity: file.complexity,
                max_cognitive: file.max_cognitive,
                hardest_function: file.hardest_function.as_deref(),
                hardest_line: file.hardest_line,
                change_rank_ratio,
                complexity_rank_ratio,
                score_ratio: change_rank_ratio * complexity_rank_ratio,
                ..HotspotRow::default()
            });
        }
    }
    Ok(rows.finish())
}

fn changed_files(session: &Session) -> Result<Vec<Found>, MeasureError> {
    let mut found = Vec::new();
    for batch in session.query(FILES)? {
        let word = |name| column::<Text>(&batch, "`changes`", name);
        let maybe = |name| column::<OptText>(&batch, "`changes`", name);
        let number = |name| column::<Integer>(&batch, "`changes`", name);
        let (repo, commit, path, module) = (word("repo")?, maybe("commit")?, word("path")?, word("module")?);
        let (n_changes, churn, n_authors) = (number("n_changes")?, number("churn")?, number("n_authors")?);
        let (main_author, main_changes) = (maybe("main_author")?, number("main_changes")?);
        let (code_lines, complexity, max_cognitive) =
            (number("code_lines")?, number("complexity")?, number("max_cognitive")?);
        let (function, line) = (maybe("hardest_function")?, number("hardest_line")?);
        let some = |array: &sightline_facts::arrow::array::StringArray, i| {
            (!array.is_null(i)).then(|| array.value(i).to_owned())
        };
        for i in 0..batch.num_rows() {
            found.push(Found {
                repo: repo.value(i).to_owned(),
                commit: some(&commit, i),
                path: path.value(i).to_owned(),
                module: module.value(i).to_owned(),
                n_changes: n_changes.value(i),
                churn: churn.value(i),
                n_authors: n_authors.value(i),
                main_author: some(&main_author, i),
                main_changes: main_changes.value(i),
                code_lines: code_lines.value(i),
                complexity: complexity.value(i),
                max_cognitive: (!max_cognitive.is_null(i)).then(|| max_cognitive.value(i)),
                hardest_function: some(&function, i),
                hardest_line: (!line.is_null(i)).then(|| line.value(i)),
            });
        }
    }
    Ok(found)
}

/// Per value: the share of the other values that are smaller.
fn ranks(values: impl Iterator<Item = i64>) -> FxHashMap<i64, f64> {
    let mut sorted: Vec<i64> = values.collect();
    sorted.sort_unstable();
    let others = i64::try_from(sorted.len()).unwrap_or(i64::MAX) - 1;
    let mut ranks = FxHashMap::default();
    for (i, value) in (0i64..).zip(&sorted) {
        let rank = if others == 0 { f64::from(u8::from(*value > 0)) } else { ratio(i, others) };
        ranks.entry(*value).or_insert(rank);
    }
    ranks
}

#[expect(clippy::cast_precision_loss, reason = "counts of commits and files are far below 2^52")]
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use crate::golden::session_of;
    use sightline_facts::tables::hotspots::HotspotsView;

    fn check(tables: &str, expect: &[&str]) {
        let batch = super::hotspots(&session_of(tables)).expect("the tables are there");
        let view = HotspotsView::of(&batch).expect("its own table");
        let lines: Vec<String> = view
            .rows()
            .map(|h| {
                format!(
                    "{} {}x by {} ({} {:.2}), churn {}, complexity {} in {:?}, {:.2} x {:.2} = {:.2}",
                    h.path,
                    h.n_changes,
                    h.n_authors,
                    h.main_author.unwrap_or("-"),
                    h.main_author_ratio.unwrap_or(0.0),
                    h.churn,
                    h.complexity,
                    h.hardest_function.unwrap_or("-"),
                    h.change_rank_ratio,
                    h.complexity_rank_ratio,
                    h.score_ratio
                )
            })
            .collect();
        assert_eq!(lines, expect);
    }

    const HISTORY: &str = "
sources
repo | as_of
shop | 2026-06-01
commits
repo | commit | author_name | is_bot | is_merge
shop | c1 | Ann | false | false
shop | c2 | Bob | false | false
shop | c3 | Ann | false | false
shop | b1 | Bot | true | false
shop | old | Ann | false | false
changes
repo | commit | committed_at | path | added | deleted
shop | c1 | 2026-05-01 | a.rs | 5 | 1
shop | c1 | 2026-05-01 | gen.rs | 500 | 0
shop | c2 | 2026-05-02 | a.rs | 2 | NULL
shop | c2 | 2026-05-02 | b.rs | 1 | 1
shop | c3 | 2026-05-03 | gone.rs | 1 | 1
shop | b1 | 2026-05-04 | b.rs | 9 | 9
shop | b1 | 2026-05-04 | c.rs | 9 | 9
shop | old | 2025-05-01 | b.rs | 1 | 1
";

    #[test]
    fn files_are_ranked_by_changes_and_complexity_of_people() {
        // a.rs: 2 commits by Ann and Bob, a tie that the name settles; it changes most and is hardest: 1 x 1.
        // b.rs: the bot's change and the one over a year ago do not count; c.rs has no other change at all.
        let tables = format!(
            "{HISTORY}\nfiles\nrepo | path | kind | code_lines\nshop | a.rs | code | 50\nshop | b.rs | code | 5\n\
             shop | c.rs | code | 5\nshop | gen.rs | generated | 900\n\
             symbols\nrepo | path | name | line_start | cognitive | is_test\nshop | a.rs | easy | 1 | 3 | false\n\
             shop | a.rs | hard | 9 | 7 | false\nshop | a.rs | checks | 40 | 90 | true\nshop | b.rs | one | 1 | NULL | false\n"
        );
        check(
            &tables,
            &[
                "a.rs 2x by 2 (Ann 0.50), churn 8, complexity 10 in \"hard\", 1.00 x 1.00 = 1.00",
                "b.rs 1x by 1 (Bob 1.00), churn 2, complexity 0 in \"-\", 0.00 x 0.00 = 0.00",
            ],
        );
    }

    #[test]
    fn no_history_gives_no_rows() {
        check("sources\nrepo | as_of\nshop | 2026-06-01\nfiles\nrepo | path | kind\nshop | a.rs | code\n", &[]);
    }
}
