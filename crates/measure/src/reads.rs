//! What a query reads, told from its words: never less than it does read, so that an answer may be kept while that
//! stays the same. Asking the planner would take as long as many a metric.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables;

/// Tables that a query can read, with the positions of the columns. A word counts as a column of every table that it
/// may be asked of where it stands, and a `*` as all columns of such a table.
pub fn reads(sql: &str) -> BTreeMap<&'static str, Vec<usize>> {
    let sql = sql.to_ascii_lowercase();
    let tokens = tokens(&sql);
    let questions = Questions::of(&tokens);
    let named = tokens.iter().filter_map(|t| t.word()).fold(Tables::default(), |all, word| all.with(NAMES.table(word)));
    // Tables that are joined by whatever columns they share.
    let is_natural = tokens.contains(&Token::Word("natural"));
    let mut found: Vec<u64> = vec![0; tables::ALL.len()];
    for (at, token) in tokens.iter().enumerate() {
        let before = |n: usize| at.checked_sub(n).map(|i| tokens[i]);
        let asked = match token {
            // What a column is called in the answer.
            Token::Word(_) if before(1) == Some(Token::Word("as")) => continue,
            Token::Word(name) => match NAMES.columns.get(name) {
                Some(columns) => columns,
                None => continue,
            },
            Token::Sign('*') if is_wildcard(&tokens, at) => &NAMES.all,
            Token::Sign(_) => continue,
        };
        let qualifier = before(2).filter(|_| before(1) == Some(Token::Sign('.'))).and_then(Token::word);
        let of = match (questions.of_token[at], qualifier) {
            (question, None) if *token == Token::Sign('*') => questions.all[question].own,
            (question, None) => questions.tables_around(question),
            (question, Some(qualifier)) => questions.tables_called(question, qualifier).unwrap_or(named),
        };
        for (table, columns) in asked.iter().filter(|(table, _)| of.has(*table)) {
            found[*table] |= columns;
        }
    }
    let columns = |table: usize| {
        let all = 0..tables::ALL[table].columns.len();
        all.filter(|at| is_natural || found[table] & 1 << at != 0).collect()
    };
    let all = tables::ALL.iter().enumerate().filter(|(table, _)| named.has(*table));
    all.map(|(table, spec)| (spec.name, columns(table))).collect()
}

/// Whether a query asks tables, and none of them has a row.
pub fn asks_of_nothing(session: &Session, sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    let mut asks = false;
    for table in sql.split(|c: char| !is_of_word(c)).filter_map(|word| NAMES.tables.get(word)) {
        if session.n_rows(tables::ALL[*table].name) > 0 {
            return false;
        }
        asks = true;
    }
    asks
}

/// Names of tables and columns, each with what it may mean.
struct Names {
    /// Positions in [`tables::ALL`].
    tables: HashMap<&'static str, usize>,
    /// The tables that have a column of a name, and its position there as a bit.
    columns: HashMap<&'static str, Vec<(usize, u64)>>,
    /// All tables, and all their columns.
    all: Vec<(usize, u64)>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut columns: HashMap<&str, Vec<(usize, u64)>> = HashMap::new();
    for (table, spec) in tables::ALL.iter().enumerate() {
        for (at, column) in spec.columns.iter().enumerate() {
            columns.entry(column.name).or_default().push((table, 1 << at));
        }
    }
    let all =
        |(table, spec): (usize, &&TableSpec)| (table, spec.columns.iter().enumerate().map(|(at, _)| 1 << at).sum());
    Names {
        tables: tables::ALL.iter().enumerate().map(|(table, spec)| (spec.name, table)).collect(),
        columns,
        all: tables::ALL.iter().enumerate().map(all).collect(),
    }
});

impl Names {
    fn table(&self, word: &str) -> Tables {
        self.tables.get(word).map_or(Tables::default(), |table| Tables(1 << table))
    }
}

/// Some of [`tables::ALL`], a bit each.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tables(u128);

impl Tables {
    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, table: usize) -> bool {
        self.0 & 1 << table != 0
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a `*` may be something else than a product or the one of `count(*)`.
fn is_wildcard(tokens: &[Token<'_>], at: usize) -> bool {
    match at.checked_sub(1).map(|before| tokens[before]) {
        Some(Token::Sign('(')) => tokens.get(at + 1) != Some(&Token::Sign(')')),
        Some(Token::Sign(')')) => false,
        Some(Token::Word(word)) => ["select", "distinct", "all"].contains(&word),
        _ => true,
    }
}

/// A piece of SQL: a word, also one in quotes or of a string, or a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Sign(char),
}

impl<'a> Token<'a> {
    fn word(self) -> Option<&'a str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Sign(_) => None,
        }
    }
}

/// The pieces of a query in lower case. Strings keep their words, which may be names of columns that a function is
/// given, and lose their signs; comments are left out.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = sql;
    let mut quote = None;
    while let Some(sign) = rest.chars().next() {
        let after = |end: &str| rest.find(end).map_or("", |at| &rest[at + end.len()..]);
        rest = match (quote, sign) {
            _ if is_of_word(sign) => {
                let end = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
                found.push(Token::Word(&rest[..end]));
                &rest[end..]
            }
            (None, '-') if rest.starts_with("--") => after("\n"),
            (None, '/') if rest.starts_with("/*") => after("*/"),
            (None, '\'' | '"') => {
                quote = Some(sign);
                &rest[1..]
            }
            (Some(open), _) if open == sign => {
                quote = None;
                &rest[1..]
            }
            (None, _) if !sign.is_whitespace() => {
                found.push(Token::Sign(sign));
                &rest[sign.len_utf8()..]
            }
            _ => &rest[sign.len_utf8()..],
        };
    }
    found
}

/// The questions inside a query, each with what stands behind its `from`.
#[derive(Debug, Default)]
struct Questions<'a> {
    all: Vec<Question<'a>>,
    /// The innermost question around each token.
    of_token: Vec<usize>,
}

/// One question; those that a `union` joins count as one.
#[derive(Debug, Default)]
struct Question<'a> {
    outer: Option<usize>,
    /// What stands behind its `from`.
    own: Tables,
    /// The same by the names under which columns are asked. What a question in brackets gives has been read there.
    called: Vec<(&'a str, Tables)>,
}

/// Where behind `from` a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind<'a> {
    /// Not there.
    Nothing,
    /// Where a table, or a question in brackets, is expected.
    From,
    /// Behind a table, where another name for it may come.
    Table(&'a str),
    /// Behind a question in brackets, where its name may come.
    Brackets,
    /// Further on.
    Item,
}

impl<'a> Questions<'a> {
    fn of(tokens: &[Token<'a>]) -> Self {
        let mut questions = Self { all: Vec::new(), of_token: vec![0; tokens.len()] };
        let mut at = 0;
        // A bracket that closes nothing ends a question; what follows is read as the next.
        while at < tokens.len() {
            at = questions.question(tokens, at, None);
        }
        questions
    }

    /// Reads one question up to the bracket that closes it; gives the position behind that.
    fn question(&mut self, tokens: &[Token<'a>], mut at: usize, outer: Option<usize>) -> usize {
        let this = self.all.len();
        self.all.push(Question { outer, ..Question::default() });
        let mut behind = Behind::Nothing;
        // Brackets of functions and of joins that are open, with what stood before them.
        let mut open: Vec<Behind<'a>> = Vec::new();
        while let Some(token) = tokens.get(at) {
            self.of_token[at] = this;
            at += 1;
            match token {
                Token::Sign('(') if matches!(tokens.get(at), Some(Token::Word("select" | "with"))) => {
                    at = self.question(tokens, at, Some(this));
                    if behind == Behind::From {
                        behind = Behind::Brackets;
                    }
                }
                Token::Sign('(') if behind == Behind::From => open.push(Behind::Item),
                Token::Sign('(') => {
                    open.push(behind);
                    behind = Behind::Nothing;
                }
                Token::Sign(')') => match open.pop() {
                    Some(before) => behind = before,
                    None => return at,
                },
                Token::Sign(',') if behind != Behind::Nothing => behind = Behind::From,
                // A table of a schema.
                Token::Sign('.') if matches!(behind, Behind::Table(_)) => behind = Behind::From,
                Token::Sign(_) => {}
                Token::Word(word) => behind = self.word(this, word, behind),
            }
        }
        at
    }

    fn word(&mut self, this: usize, word: &'a str, behind: Behind<'a>) -> Behind<'a> {
        let question = &mut self.all[this];
        match (word, behind) {
            ("join", Behind::Nothing) => Behind::Nothing,
            ("from" | "join", _) => Behind::From,
            ("where" | "group" | "order" | "having" | "limit" | "union" | "intersect" | "except" | "window", _) => {
                Behind::Nothing
            }
            ("lateral" | "as", behind) => behind,
            (
                "left" | "right" | "full" | "inner" | "outer" | "cross" | "natural" | "semi" | "anti" | "on" | "using",
                Behind::Table(_) | Behind::Brackets,
            ) => Behind::Item,
            (table, Behind::From) => {
                question.own = question.own.with(NAMES.table(table));
                question.called.push((table, NAMES.table(table)));
                Behind::Table(table)
            }
            (name, Behind::Table(table)) => {
                question.called.push((name, NAMES.table(table)));
                Behind::Item
            }
            (name, Behind::Brackets) => {
                question.called.push((name, Tables::default()));
                Behind::Item
            }
            (_, behind) => behind,
        }
    }

    /// Tables of which a column may be that a question names alone.
    fn tables_around(&self, question: usize) -> Tables {
        self.around(question).fold(Tables::default(), |all, q| all.with(self.all[q].own))
    }

    /// Tables that a question asks under a name; `None` where it cannot be told, and any may be meant.
    fn tables_called(&self, question: usize, name: &str) -> Option<Tables> {
        self.around(question).find_map(|q| {
            let called = self.all[q].called.iter().filter(|(n, _)| *n == name);
            called.map(|(_, tables)| *tables).reduce(Tables::with)
        })
    }

    /// A question and those around it.
    fn around(&self, question: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(question), |q| self.all[*q].outer)
    }
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
    fn every_table_and_column_has_a_bit() {
        assert!(tables::ALL.len() <= 128);
        assert!(tables::ALL.iter().all(|spec| spec.columns.len() <= 64));
    }

    #[test]
    fn words_that_are_tables_and_columns_count() {
        check(
            "select repo, count( * ) as n, 2 * count(*) from TAGS where prefix = 'v'",
            &[("tags", &["repo", "prefix"])],
        );
        check(
            "select t.\"commit\" from tags t, (select repo from owners) o",
            &[("owners", &["repo"]), ("tags", &["repo", "commit"])],
        );
        check("select 1", &[]);
    }

    #[test]
    fn a_star_stands_for_all_columns_of_what_it_is_asked_of() {
        for sql in [
            "select * from tags",
            "select t.* from tags t",
            "select tags.* from owners o join tags on tags.repo = o.repo",
            "select repo, * from tags",
            "select distinct * from tags",
            "select count(1), (select max(n) from (select *, 1 as n from tags)) from tags",
            "select repo from tags natural join owners",
            "select o.repo from (owners o natural join tags)",
            "select a is distinct from b, 'it''s', t.* -- it's\n from (select 1) o, /* it's */ tags as t",
            "select (select t.* limit 1) from tags t",
            "select * from owners union all select * from (select 1) a cross join public.tags",
            // Nothing is called so: it may be anything.
            "select x.* from tags t",
        ] {
            let spec = &tables::tags::SPEC;
            assert_eq!(reads(sql)["tags"].len(), spec.columns.len(), "{sql}");
        }
        check("select sum(position) * 1.0 / (1 + 2) * n_files from tags", &[("tags", &[])]);
    }

    #[test]
    fn a_column_counts_where_it_may_be_asked_of_a_table() {
        let owners: Vec<&str> = tables::owners::SPEC.columns.iter().map(|c| c.name).collect();
        for sql in [
            "select o.*, t.repo from owners o left join tags t on t.repo = o.repo",
            "select * from (select o.*, row_number() over (partition by o.repo order by o.repo) as n from owners o, (select repo from tags) t)",
            "select x.* from (select * from owners) x join tags t on t.repo = x.repo",
            "with x as (select * from owners) select x.* from x where x.repo in (select repo from tags)",
            "select o.*, (select max(t.repo) from tags t) as tag from owners o",
            "select o.commit, prefix from (select *, 1 as prefix from owners) o where exists (select 1 from (select repo from tags) t where t.repo = o.repo)",
        ] {
            check(sql, &[("owners", &owners), ("tags", &["repo"])]);
        }
        // Of a question around it.
        check(
            "select repo from tags where exists (select 1 from owners o where o.repo = tag)",
            &[("owners", &["repo"]), ("tags", &["repo", "tag"])],
        );
    }
}
