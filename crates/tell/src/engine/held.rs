//! Questions inside questions: a named query that several questions contain is asked once, and its rows stand in for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use sightline_facts::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables;

use super::{Engine, expand};
use crate::section::{BlockFile, SHARED_QUERIES, SectionFile};

/// The name under which a session holds what `@tables` stands for.
const TABLES: &str = "held_tables";

impl Engine<'_> {
    /// Finds what several claims ask, asks it once, and shortens their questions by it.
    pub(super) fn shorten(&mut self, claims: &[(&SectionFile, &BlockFile)]) {
        let mut asked: Vec<(&SectionFile, &str)> = Vec::new();
        for (file, block) in claims {
            if sightline_measure::asks_of_nothing(self.session, &file.sql(&block.query)) {
                continue;
            }
            let queries = [&block.query, &block.evidence, &block.absent_query];
            asked.extend(queries.into_iter().filter(|q| !q.is_empty()).map(|q| (*file, q.as_str())));
        }
        let short = shorten(&asked);
        // Where one cannot be asked, the questions that contain it are asked in full, and tell what is wrong.
        let all = short.held.iter().map(|(_, sql)| sql).chain(&short.questions);
        let counts = all.clone().any(|sql| sql.contains("@tables"));
        if counts && self.session.hold_rows(TABLES, vec![all_tables(self.session)]).is_err() {
            return;
        }
        let brief = |sql: &str| sql.replace("@tables", TABLES);
        if short.held.iter().any(|(name, sql)| self.session.hold(name, &brief(sql)).is_err()) {
            return;
        }
        for ((file, query), short) in asked.iter().zip(&short.questions) {
            let (full, short) = (expand(&file.sql(query)), brief(short));
            if full != short {
                self.short.insert(full, short);
            }
        }
    }
}

/// What `@tables` gives, without asking each table.
fn all_tables(session: &Session) -> RecordBatch {
    let text = |each: fn(&TableSpec) -> &'static str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(tables::ALL.iter().map(|spec| each(spec))))
    };
    let number = |values: Vec<usize>| -> ArrayRef {
        Arc::new(values.into_iter().map(|n| i64::try_from(n).unwrap_or(i64::MAX)).collect::<Int64Array>())
    };
    let rows = |spec: &&TableSpec| usize::try_from(session.n_rows(spec.name)).unwrap_or(usize::MAX);
    RecordBatch::try_from_iter([
        ("position", number((0..tables::ALL.len()).collect())),
        ("name", text(|spec| spec.name)),
        ("purpose", text(|spec| spec.purpose)),
        ("n_columns", number(tables::ALL.iter().map(|spec| spec.columns.len()).collect())),
        ("n_rows", number(tables::ALL.iter().map(rows).collect())),
    ])
    .expect("columns of one length")
}

/// Questions in a shorter form, and what that form asks.
#[derive(Debug, Default)]
struct Shortened {
    /// Names and SQL of what is to be held, in an order in which each can be asked.
    held: Vec<(String, String)>,
    /// The shorter form of each question that was given, in their order.
    questions: Vec<String>,
}

/// Shortens questions of sections, each the name of a query or SQL in which `@name` stands for one.
fn shorten(asked: &[(&SectionFile, &str)]) -> Shortened {
    let raw = |(file, query): &(&SectionFile, &str)| {
        file.queries.get(*query).map_or(*query, String::as_str).trim().to_owned()
    };
    let mut texts: Vec<Text> = asked.iter().map(|q| Text { of: Some(&q.0.id), sql: raw(q) }).collect();
    let mut held = Vec::new();
    let mut files: BTreeMap<&str, &SectionFile> = BTreeMap::new();
    files.extend(asked.iter().map(|(file, _)| (file.id.as_str(), *file)));
    // As in `SectionFile::sql`: a query that another one contains has a name that comes later.
    for file in files.values() {
        for (name, inner) in &file.queries {
            replace(&mut texts, Some(&file.id), name, inner.trim(), &mut held);
        }
    }
    for (name, inner) in &*SHARED_QUERIES {
        replace(&mut texts, None, name, inner.trim(), &mut held);
    }
    let bodies = texts.split_off(asked.len());
    let mut held: Vec<_> = held.into_iter().zip(bodies.into_iter().map(|text| text.sql)).collect();
    held.reverse();
    Shortened { held, questions: texts.into_iter().map(|text| text.sql).collect() }
}

/// A question, of a section or of all.
#[derive(Debug)]
struct Text<'a> {
    of: Option<&'a str>,
    sql: String,
}

/// Puts what is held, or the query itself where it is asked once, in the place of its name.
fn replace<'a>(texts: &mut Vec<Text<'a>>, of: Option<&'a str>, name: &str, inner: &str, held: &mut Vec<String>) {
    let mark = format!("@{name}");
    let is_of = |text: &Text<'_>| (of.is_none() || text.of == of) && text.sql.contains(&mark);
    let is_whole = |text: &&Text<'_>| stands_alone(&text.sql, &mark);
    let is_query = inner.starts_with("select") || inner.starts_with("with");
    let several = texts.iter().filter(|t| is_of(t)).nth(1).is_some();
    let holds = is_query && several && texts.iter().filter(|t| is_of(t)).all(|t| is_whole(&t));
    let table = format!("held_{}_{name}", of.unwrap_or("shared"));
    let instead = if holds { format!("select * from {table}") } else { inner.to_owned() };
    for text in texts.iter_mut().filter(|t| is_of(t)) {
        text.sql = text.sql.replace(&mark, &instead);
    }
    if holds {
        held.push(table);
        texts.push(Text { of, sql: inner.to_owned() });
    }
}

/// Whether a name is all there is in its brackets, wherever it stands, so that no more of it is asked than its rows.
fn stands_alone(sql: &str, mark: &str) -> bool {
    sql.match_indices(mark)
        .all(|(at, _)| sql[..at].trim_end().ends_with('(') && sql[at + mark.len()..].trim_start().starts_with(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SectionFile {
        toml::from_str(&format!("id = \"s\"\ntitle = \"\"\nquestion = \"\"\n[queries]\n{text}")).expect("a section")
    }

    #[test]
    fn what_two_questions_contain_is_asked_once() {
        let file = file(
            "all = 'select * from (@outer) where n > 1'\nonce = 'select 3 as n'\n\
             outer = 'select n from (@these) where n > 0'\nthese = 'select 1 as n'",
        );
        let short = shorten(&[
            (&file, "all"),
            (&file, "select max(n) from (\n  @outer\n) o"),
            (&file, "select n from (@these)"),
            (&file, "select n from (@once)"),
        ]);
        assert_eq!(
            short.questions,
            [
                "select * from (select * from held_s_outer) where n > 1",
                "select max(n) from (\n  select * from held_s_outer\n) o",
                "select n from (select * from held_s_these)",
                "select n from (select 3 as n)",
            ]
        );
        let held: Vec<(&str, &str)> = short.held.iter().map(|(name, sql)| (name.as_str(), sql.as_str())).collect();
        assert_eq!(
            held,
            [
                ("held_s_these", "select 1 as n"),
                ("held_s_outer", "select n from (select * from held_s_these) where n > 0"),
            ]
        );
    }

    #[test]
    fn a_piece_of_a_question_is_put_in_as_it_is() {
        let file = file("one = 'select 1 as n'\npiece = 'n > 0'");
        let short = shorten(&[
            (&file, "select n from (@one) where @piece"),
            (&file, "select n from (@one where 1 = 1) where @piece"),
        ]);
        assert!(short.held.is_empty());
        assert_eq!(short.questions[1], "select n from (select 1 as n where 1 = 1) where n > 0");
    }
}
