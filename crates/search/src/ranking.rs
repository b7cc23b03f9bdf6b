//! From a question to answers in order: one stage after the other, each less strict, until there are enough.

use std::cmp::Ordering;
use std::collections::HashSet;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::{DocAddress, Order, Searcher, TantivyDocument, TantivyError, Term};

use crate::schema::{Fields, RANK};
use crate::words::{bare, words};
use crate::{Hit, Kind};

/// Most words of one question.
const MOST_WORDS: usize = 6;

/// Answers with the words as they stand, from which on wrong letters are not looked for.
const FOUND: usize = 3;

/// The strict stages that take whole names.
const EXACT: [usize; 2] = [0, 2];

/// Words of a question up to which two letters of one may be wrong.
const MANY: usize = 3;

/// Letters from which on a word may have one letter wrong, and two.
const ONE_WRONG: usize = 4;
const TWO_WRONG: usize = 8;

/// At most `limit` answers in order.
pub(crate) fn search(
    searcher: &Searcher,
    fields: &Fields,
    query: &str,
    kind: Option<Kind>,
    limit: usize,
) -> Result<Vec<Hit>, TantivyError> {
    let mut hits = Vec::new();
    if limit == 0 {
        return Ok(hits);
    }
    let mut seen: HashSet<DocAddress> = HashSet::new();
    let (strict, forgiving) = stages(fields, query);
    let n_strict = strict.len();
    let mut has_the_name = false;
    for (n, stage) in strict.into_iter().chain(forgiving).enumerate() {
        // Who wrote what there is made no mistake.
        if n >= n_strict && (has_the_name || hits.len() >= FOUND) {
            break;
        }
        let wanted: Box<dyn Query> = match kind {
            Some(kind) => {
                let term = Term::from_field_text(fields.kind, kind.id());
                Box::new(BooleanQuery::new(vec![
                    (Occur::Must, stage),
                    (Occur::Must, Box::new(TermQuery::new(term, IndexRecordOption::Basic))),
                ]))
            }
            None => stage,
        };
        // What earlier stages found is found by later ones again.
        let top = TopDocs::with_limit(limit + seen.len()).order_by_fast_field::<u64>(RANK, Order::Asc);
        let mut found = Vec::new();
        for (rank, address) in searcher.search(&wanted, &top)? {
            if seen.insert(address) {
                found.push((rank.unwrap_or(u64::MAX), hit(searcher, fields, address)?));
            }
        }
        found.sort_by(order);
        has_the_name |= EXACT.contains(&n) && !found.is_empty();
        hits.extend(found.into_iter().map(|(_, hit)| hit));
        if hits.len() >= limit {
            break;
        }
    }
    hits.truncate(limit);
    Ok(hits)
}

/// By rank without its hash, then as a person would look a name up.
fn order(a: &(u64, Hit), b: &(u64, Hit)) -> Ordering {
    let key = |hit: &(u64, Hit)| hit.0 >> 47;
    let place = |hit: &Hit| (hit.repo.clone(), hit.path.clone(), hit.line_start, hit.id.clone());
    key(a).cmp(&key(b)).then_with(|| a.1.title.cmp(&b.1.title)).then_with(|| place(&a.1).cmp(&place(&b.1)))
}

/// Queries in the order in which they are asked.
type Stages = Vec<Box<dyn Query>>;

/// Stages that take the words as they stand, and stages that forgive wrong letters.
fn stages(fields: &Fields, query: &str) -> (Stages, Stages) {
    let whole = bare(query);
    if whole.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let asked = asked_words(query);
    // `cart` means the component `cart-service` rather than the file `cart.css`, although that has the very name.
    let mut strict = vec![exact(fields.system, &whole), prefix(fields.system, &whole), exact(fields.names, &whole)];
    // A single letter begins too many names for an answer to mean anything.
    if whole.chars().count() > 1 {
        strict.push(prefix(fields.names, &whole));
        strict.push(all(&asked, |w| begins(fields.words, w)));
        strict.push(all(&asked, |w| any(vec![begins(fields.words, w), begins(fields.context, w)])));
    }
    let mut forgiving = Vec::new();
    for wrong in 1..=2 {
        // Whole names first: `OrdrController` means the class, and not what only has that word in it.
        if allowed(&whole) >= wrong {
            forgiving.push(fuzzy(fields.names, &whole, wrong));
        }
        // Of many words each with many readings, few combinations mean anything and all cost time.
        if asked.iter().any(|w| allowed(w) >= wrong) && (wrong == 1 || asked.len() <= MANY) {
            forgiving.push(all(&asked, |w| {
                let wrong = allowed(w).min(wrong);
                any(vec![begins(fields.words, w), fuzzy(fields.words, w, wrong), begins(fields.context, w)])
            }));
        }
    }
    (strict, forgiving)
}

/// Words of a question: pieces as they were typed, since `orderservice` must not be cut and `order service` is two.
fn asked_words(query: &str) -> Vec<String> {
    let mut asked = Vec::new();
    for piece in query.split_whitespace() {
        let parts = words(piece, MOST_WORDS);
        // `OrderService` gives the whole and both parts; the parts say it all.
        let whole = bare(piece);
        let skip_whole = parts.len() > 1;
        asked.extend(parts.into_iter().filter(|w| !(skip_whole && *w == whole)));
    }
    asked.dedup();
    asked.truncate(MOST_WORDS);
    asked
}

fn allowed(word: &str) -> u8 {
    match word.chars().count() {
        n if n >= TWO_WRONG => 2,
        n if n >= ONE_WRONG => 1,
        _ => 0,
    }
}

fn exact(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

fn prefix(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(field, text), 0, true))
}

fn fuzzy(field: Field, text: &str, wrong: u8) -> Box<dyn Query> {
    if wrong == 0 {
        return exact(field, text);
    }
    Box::new(FuzzyTermQuery::new(Term::from_field_text(field, text), wrong, true))
}

/// Words that begin so; of a single letter or digit, that word alone.
fn begins(field: Field, word: &str) -> Box<dyn Query> {
    if word.chars().count() > 1 { prefix(field, word) } else { exact(field, word) }
}

fn any(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(queries.into_iter().map(|q| (Occur::Should, q)).collect()))
}

fn all(asked: &[String], query: impl Fn(&str) -> Box<dyn Query>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(asked.iter().map(|w| (Occur::Must, query(w))).collect()))
}

fn hit(searcher: &Searcher, fields: &Fields, address: DocAddress) -> Result<Hit, TantivyError> {
    let document: TantivyDocument = searcher.doc(address)?;
    let text = |field| document.get_first(field).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    Ok(Hit {
        kind: Kind::of(&text(fields.kind)).unwrap_or(Kind::Symbol),
        id: text(fields.id),
        title: text(fields.title),
        detail: text(fields.detail),
        repo: text(fields.repo),
        path: text(fields.path),
        line_start: document.get_first(fields.line).and_then(|v| v.as_i64()).unwrap_or_default(),
        link_subject: text(fields.link),
    })
}
