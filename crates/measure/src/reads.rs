//! What a query reads, told from its words: never less than it does read, so that an answer may be kept while that
//! stays the same. Asking the planner would take as long as many a metric.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::session::Session;
use sightline_facts::tables;

/// Tables that a query can read, with the positions of the columns. Whatever is named like a table or column counts
/// as one; a `*` that may stand for columns stands for all.
pub fn reads(sql: &str) -> BTreeMap<&'static str, Vec<usize>> {
    let sql = sql.to_ascii_lowercase();
    let words: BTreeSet<&str> =
        sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let all = words.contains("natural") || has_wildcard(&sql);
    tables::ALL
        .iter()
        .filter(|spec| words.contains(spec.name))
        .map(|spec| {
            let columns = spec.columns.iter().enumerate();
            (spec.name, columns.filter(|(_, c)| all || words.contains(c.name)).map(|(at, _)| at).collect())
        })
        .collect()
}

/// Whether a query asks tables, and none of them has a row.
pub fn asks_of_nothing(session: &Session, sql: &str) -> bool {
    let read = reads(sql);
    !read.is_empty() && read.keys().all(|table| session.is_empty(table))
}

/// Whether some `*` may be something else than a product or the one of `count(*)`.
fn has_wildcard(sql: &str) -> bool {
    sql.match_indices('*').any(|(at, _)| {
        let before = sql[..at].trim_end();
        let after = sql[at + 1..].trim_start();
        if before.ends_with("count(") && after.starts_with(')') {
            return false;
        }
        let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let is_operand = !word.is_empty() && !["select", "distinct", "all"].contains(&word);
        !is_operand && !before.ends_with(')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expect: &[(&str, &[&str])]) {
        let found = reads(sql);
        let named: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|(table, columns)| {
                let spec = tables::ALL.iter().find(|s| s.name == *table).expect("a table");
                (*table, columns.iter().map(|at| spec.columns[*at].name).collect())
            })
            .collect();
        let expect: Vec<(&str, Vec<&str>)> = expect.iter().map(|(t, c)| (*t, c.to_vec())).collect();
        assert_eq!(named, expect, "{sql}");
    }

    #[test]
    fn words_that_are_tables_and_columns_count() {
        check(
            "select repo, count( * ) as n, 2 * count(*) from TAGS where prefix = 'v'",
            &[("tags", &["repo", "prefix"])],
        );
        check(
            "select t.\"commit\" from tags t, (select repo from owners) o",
            &[("owners", &["repo", "commit"]), ("tags", &["repo", "commit"])],
        );
        check("select 1", &[]);
    }

    #[test]
    fn a_star_that_may_stand_for_columns_stands_for_all() {
        for sql in [
            "select * from tags",
            "select t.* from tags t",
            "select repo, * from tags",
            "select distinct * from tags",
            "select count(1), (select max(n) from (select *, 1 as n from tags)) from tags",
            "select repo from tags natural join owners",
        ] {
            let spec = &tables::tags::SPEC;
            assert_eq!(reads(sql)["tags"].len(), spec.columns.len(), "{sql}");
        }
        check("select sum(position) * 1.0 / (1 + 2) * n_files from tags", &[("tags", &[])]);
    }
}
