//! The graph of commits of a repository, and through which merge each commit came in.

use std::ops::ControlFlow;

use rustc_hash::FxHashMap;
use sightline_facts::session::{Session, Value};
use sightline_facts::table::{Boolean, ColumnKind as _, Instant, OptText, Text};

use crate::error::MapError;
use crate::query::column;

/// Shortest commit id that is taken for one; a shorter one may mean several.
const SHORTEST: usize = 7;
/// Digits of an id that are kept: two commits of one repository never share as many.
const KEPT: usize = 32;

/// Commits of a repository.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) repo: String,
    /// Address of its origin.
    pub(super) url: Option<String>,
    /// The commit that was read.
    tip: Option<String>,
    /// Ids in full, in the order of the walk.
    pub(super) ids: Vec<String>,
    /// When each was made.
    pub(super) at: Vec<i64>,
    /// Two or more parents.
    pub(super) is_merge: Vec<bool>,
    /// Parents that are there, in order.
    parents: Vec<Vec<u32>>,
    /// First digits of the id and index, sorted.
    sorted: Vec<(u128, u32)>,
}

/// Reads the graph of every repository, sorted by name.
pub(super) fn read(session: &Session) -> Result<Vec<History>, MapError> {
    let mut found = Vec::new();
    for batch in session.query("select repo, url, \"commit\" from sources order by repo")? {
        let repos = column::<Text>(&batch, "sources", "repo")?;
        let urls = column::<OptText>(&batch, "sources", "url")?;
        let tips = column::<OptText>(&batch, "sources", "commit")?;
        for i in 0..batch.num_rows() {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            found.push(History {
                repo: Text::get(&repos, i).to_owned(),
                url: owned(OptText::get(&urls, i)),
                tip: owned(OptText::get(&tips, i)),
                ..History::default()
            });
        }
    }
    for history in &mut found {
        history.fill(session)?;
    }
    Ok(found)
}

impl History {
    fn fill(&mut self, session: &Session) -> Result<(), MapError> {
        const SQL: &str = "select \"commit\", parents, committed_at, is_merge from commits where repo = :repo";
        let sql = sightline_facts::session::bind(SQL, &[("repo", Value::Text(&self.repo))]);
        let mut parents: Vec<String> = Vec::new();
        let mut failed = None;
        session.stream(&sql, &mut |batch| {
            let columns = (|| {
                Ok((
                    column::<Text>(&batch, "commits", "commit")?,
                    column::<OptText>(&batch, "commits", "parents")?,
                    column::<Instant>(&batch, "commits", "committed_at")?,
                    column::<Boolean>(&batch, "commits", "is_merge")?,
                ))
            })();
            match columns {
                Ok((ids, above, at, merges)) => {
                    for i in 0..batch.num_rows() {
                        self.ids.push(Text::get(&ids, i).to_owned());
                        self.at.push(Instant::get(&at, i));
                        self.is_merge.push(Boolean::get(&merges, i));
                        parents.push(OptText::get(&above, i).unwrap_or_default().to_owned());
                    }
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        self.finish(&parents);
        Ok(())
    }

    fn finish(&mut self, parents: &[String]) {
        self.sorted = (0u32..).zip(&self.ids).filter_map(|(i, id)| Some((digits(id)?, i))).collect();
        self.sorted.sort_unstable();
        self.parents =
            parents.iter().map(|above| above.split_whitespace().filter_map(|id| self.find(id)).collect()).collect();
    }

    /// A history of commits in the order given, each with its parents separated by blanks; the first is the tip.
    #[cfg(test)]
    pub(super) fn of(repo: &str, commits: &[(&str, &str, i64)]) -> Self {
        let mut history =
            Self { repo: repo.to_owned(), tip: commits.first().map(|c| c.0.to_owned()), ..Self::default() };
        let mut parents = Vec::new();
        for (id, above, at) in commits {
            history.ids.push((*id).to_owned());
            history.at.push(*at);
            history.is_merge.push(above.contains(' '));
            parents.push((*above).to_owned());
        }
        history.finish(&parents);
        history
    }

    /// The commit of an id, which may be shortened as long as it means one commit only.
    pub(super) fn find(&self, id: &str) -> Option<u32> {
        if id.len() < SHORTEST {
            return None;
        }
        let (first, last) = range(id)?;
        let start = self.sorted.partition_point(|(d, _)| *d < first);
        let (digits, found) = *self.sorted.get(start)?;
        let is_one = self.sorted.get(start + 1).is_none_or(|(d, _)| *d > last);
        (digits <= last && is_one).then_some(found)
    }

    /// For each commit the pull request through whose merge it came in.
    ///
    /// `named` says which pull request a commit merges. A commit belongs to the innermost merge on its way: what a merge
    /// brought in is what its further parents reach and its first does not. Commits of the first-parent line came in by
    /// themselves. Merges are taken from the oldest on, so that what came in earlier belongs to the earlier one.
    pub(super) fn lineage(&self, named: &FxHashMap<u32, usize>) -> Vec<Option<usize>> {
        let n = self.ids.len();
        let (mut owner, mut seen) = (vec![None; n], vec![false; n]);
        // Heads of lines that remain, the next one last.
        let mut lines: Vec<(u32, Option<usize>)> = Vec::new();
        lines.extend(self.tip.as_deref().and_then(|tip| self.find(tip)).map(|tip| (tip, None)));
        while let Some((head, inherited)) = lines.pop() {
            let mut at = Some(head);
            while let Some(commit) = at.filter(|c| !seen[*c as usize]) {
                seen[commit as usize] = true;
                owner[commit as usize] = inherited;
                let parents = &self.parents[commit as usize];
                let through = named.get(&commit).copied().or(inherited);
                // The oldest merge of the line is pushed last and so taken first.
                lines.extend(parents.iter().skip(1).map(|parent| (*parent, through)));
                at = parents.first().copied();
            }
        }
        owner
    }
}

fn digits(id: &str) -> Option<u128> {
    u128::from_str_radix(id.get(..KEPT).unwrap_or(id), 16).ok().map(|d| d << (4 * KEPT.saturating_sub(id.len())))
}

/// The first and the last full id that begin with this one.
fn range(id: &str) -> Option<(u128, u128)> {
    let first = digits(id)?;
    let free = 4 * KEPT.saturating_sub(id.len());
    Some((first, first | ((1_u128 << free) - 1)))
}
