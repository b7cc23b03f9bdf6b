//! Questions inside questions: what several of them read behind `from` or `join` is asked once, and its rows stand in
//! for it.

use std::collections::{BTreeMap, BTreeSet};

use sightline_facts::FactsError;
use sightline_facts::session::Session;

/// Asks of a session what several questions contain, holds the rows, and gives the questions in the shorter form that
/// asks for those rows, in their order. Their answers are the same. What is held goes by names with the given beginning.
///
/// # Errors
/// One of the inner questions cannot be asked; the questions as they are tell better what is wrong.
pub fn hold_shared(session: &Session, begin: &str, questions: &[&str]) -> Result<Vec<String>, FactsError> {
    let shortened = shorten(begin, questions);
    for (name, sql) in &shortened.held {
        session.hold(name, sql)?;
    }
    Ok(shortened.questions)
}

/// Questions in a shorter form, and what that form asks.
#[derive(Debug, Default)]
struct Shortened {
    /// Names and SQL of what is to be held, in an order in which each can be asked.
    held: Vec<(String, String)>,
    questions: Vec<String>,
}

/// A question in brackets behind `from` or `join`: where its brackets are, and its words.
#[derive(Debug)]
struct Inner {
    open: usize,
    close: usize,
    /// The text inside, [`without_layout`].
    key: String,
}

fn shorten(begin: &str, questions: &[&str]) -> Shortened {
    let inner: Vec<Vec<Inner>> = questions.iter().map(|sql| inner_questions(sql)).collect();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for one in inner.iter().flatten() {
        *places.entry(&one.key).or_default() += 1;
    }
    // What stands inside something that is asked once is asked there once.
    let mut around: BTreeMap<&str, BTreeSet<Around<'_>>> = BTreeMap::new();
    for (question, inner) in inner.iter().enumerate() {
        for one in inner.iter().filter(|one| places[one.key.as_str()] > 1) {
            let outer = inner.iter().filter(|o| o.open < one.open && o.close > one.close && places[o.key.as_str()] > 1);
            let outer =
                outer.min_by_key(|o| o.close - o.open).map_or(Around::Question(question), |o| Around::Inner(&o.key));
            around.entry(&one.key).or_default().insert(outer);
        }
    }
    let mut shared: Vec<&str> = around.iter().filter(|(_, around)| around.len() > 1).map(|(key, _)| *key).collect();
    // What contains another one is longer.
    shared.sort_by_key(|key| (key.len(), *key));
    let names: BTreeMap<&str, String> =
        shared.iter().enumerate().map(|(n, key)| (*key, format!("{begin}_{n}"))).collect();
    let with_names = |sql: &str, inner: &[Inner], from: usize, to: usize| {
        let mut out = String::with_capacity(to - from);
        let mut at = from;
        for one in inner.iter().filter(|one| one.open >= from && one.close < to) {
            if let Some(name) = names.get(one.key.as_str()).filter(|_| one.open >= at) {
                out.push_str(&sql[at..one.open]);
                out.push_str(name);
                at = one.close + 1;
            }
        }
        out.push_str(&sql[at..to]);
        out
    };
    let first_place = |key: &str| {
        let all = inner.iter().zip(questions).flat_map(|(inner, sql)| inner.iter().map(move |one| (one, inner, *sql)));
        all.filter(|(one, ..)| one.key == key)
            .map(|(one, inner, sql)| with_names(sql, inner, one.open + 1, one.close))
            .next()
    };
    Shortened {
        held: shared.iter().filter_map(|key| Some((names[key].clone(), first_place(key)?))).collect(),
        questions: inner.iter().zip(questions).map(|(inner, sql)| with_names(sql, inner, 0, sql.len())).collect(),
    }
}

/// What is nearest around a question that is asked in several places.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Around<'a> {
    Question(usize),
    Inner(&'a str),
}

/// The questions in brackets behind `from` or `join`, in the order of their opening brackets. Strings, quoted names and
/// comments are passed over.
fn inner_questions(sql: &str) -> Vec<Inner> {
    let bytes = sql.as_bytes();
    let mut found: Vec<Inner> = Vec::new();
    // Open brackets, with the place in `found` of those that are wanted.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut at = 0;
    let end_of = |from: usize, end: &str| sql[from..].find(end).map_or(sql.len(), |i| from + i + end.len());
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => at = end_of(at + 1, "'"),
            b'"' => at = end_of(at + 1, "\""),
            b'-' if sql[at..].starts_with("--") => at = end_of(at, "\n"),
            b'/' if sql[at..].starts_with("/*") => at = end_of(at, "*/"),
            b'(' => {
                let is_wanted =
                    ends_in_word(&sql[..at], &["from", "join"]) && starts_with_word(&sql[at + 1..], "select");
                open.push(is_wanted.then_some(found.len()));
                if is_wanted {
                    found.push(Inner { open: at, close: sql.len(), key: String::new() });
                }
                at += 1;
            }
            b')' => {
                if let Some(wanted) = open.pop().flatten() {
                    found[wanted].close = at;
                    found[wanted].key = without_layout(&sql[found[wanted].open + 1..at]);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    // One whose bracket is not closed is none.
    found.retain(|one| one.close < sql.len());
    found
}

/// SQL with one space for any white space, and none beside brackets. Strings and quoted names stay as they are, and so
/// does all where there may be a comment, which ends with its line.
fn without_layout(sql: &str) -> String {
    if sql.contains("--") {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len());
    let mut quote = None;
    for sign in sql.chars() {
        match quote {
            Some(open) => quote = (open != sign).then_some(open),
            None if sign == '\'' || sign == '"' => quote = Some(sign),
            None if sign.is_whitespace() => {
                if !out.is_empty() && !out.ends_with([' ', '(']) {
                    out.push(' ');
                }
                continue;
            }
            None if sign == ')' && out.ends_with(' ') => drop(out.pop()),
            None => {}
        }
        out.push(sign);
    }
    out.truncate(out.trim_end().len());
    out
}

fn ends_in_word(text: &str, words: &[&str]) -> bool {
    let text = text.trim_end();
    words.iter().any(|word| {
        text.len() >= word.len()
            && text.is_char_boundary(text.len() - word.len())
            && text[text.len() - word.len()..].eq_ignore_ascii_case(word)
            && !text[..text.len() - word.len()].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
    })
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let text = text.trim_start();
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && !text[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_facts::arrow::util::pretty::pretty_format_batches;

    #[test]
    fn what_two_questions_contain_is_asked_once() {
        let short = shorten(
            "held",
            &[
                "select * from (\n  select n from (select 1 as n) where n > 0) where n > 1",
                "select max(n) from (select n from ( select 1 as n ) where n > 0) o",
                "select n from (select 1 as n) t -- from (select 3",
                "select n, ' from (select 1 as n)' from (select 2 as n)",
            ],
        );
        assert_eq!(
            short.questions,
            [
                "select * from held_1 where n > 1",
                "select max(n) from held_1 o",
                "select n from held_0 t -- from (select 3",
                "select n, ' from (select 1 as n)' from (select 2 as n)",
            ]
        );
        let held: Vec<(&str, &str)> = short.held.iter().map(|(name, sql)| (name.as_str(), sql.trim())).collect();
        assert_eq!(held, [("held_0", "select 1 as n"), ("held_1", "select n from held_0 where n > 0")]);
    }

    #[test]
    fn what_stands_in_nothing_else_is_not_held_as_well() {
        let inner = "(select n from (select 1 as n))";
        let short = shorten("held", &[&format!("select 1 from {inner}"), &format!("select 2 from {inner}")]);
        assert_eq!(short.questions, ["select 1 from held_0", "select 2 from held_0"]);
        assert_eq!(short.held, [("held_0".to_owned(), "select n from (select 1 as n)".to_owned())]);
    }

    #[test]
    fn layout_does_not_count_and_strings_do() {
        assert_eq!(without_layout(" select a ,\n ( b )\tfrom t "), "select a , (b) from t");
        assert_eq!(without_layout("select ' a  ( ' , \"b  c\""), "select ' a  ( ' , \"b  c\"");
    }

    #[test]
    fn what_is_no_table_stays() {
        let questions = [
            "select (select max(a) from t) from x(select 1)",
            "select (select max(a) from t) from x(select 1)",
            "select a from (select",
        ];
        assert_eq!(shorten("held", &questions).questions, questions);
    }

    #[test]
    fn the_shorter_form_has_the_same_answer() {
        let session = Session::of_batches(Vec::new()).expect("a session");
        let numbers = "(select unnest(make_array(3, 1, null, 2)) as n)";
        let questions = [
            format!("select count(*) as n, sum(n) as total from {numbers}"),
            format!(
                "select a.n from {numbers} a join (select n from {numbers} where n > 1) b on b.n = a.n order by a.n"
            ),
        ];
        let full: Vec<&str> = questions.iter().map(String::as_str).collect();
        let short = hold_shared(&session, "held", &full).expect("they can be asked");
        for (full, short) in full.iter().zip(&short) {
            assert_ne!(full, short);
            let shown = |sql: &str| {
                pretty_format_batches(&session.query(sql).expect("an answer")).expect("a table").to_string()
            };
            assert_eq!(shown(full), shown(short), "{short}");
        }
    }
}
