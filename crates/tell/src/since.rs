//! What changed between two instants: the page behind "compare with". It is told from what has a date of its own (commits,
//! changes of files, releases, work that was linked to commits); nothing is said of a day that the facts do not reach.

use sightline_facts::session::Session;
use sightline_facts::time::{DAY, day_iso, day_words, instant_iso, parse_day};

use crate::cell::{Cell, Rows};
use crate::document::{Block, Report};
use crate::section::SectionFile;
use crate::{TellError, section};

/// Releases that are offered to compare with.
const MOST_RELEASES: usize = 12;

/// Spans before the newest day that are offered to compare with: days and words.
const SPANS: [(i64, &str); 3] = [(30, "a month earlier"), (91, "a quarter earlier"), (365, "a year earlier")];

/// One end of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How people name it: `1 Sep 2026`, or `v2.0 of 1 Sep 2026`.
    pub words: String,
}

/// The two ends of a comparison, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// What lies at or before it is then.
    pub from: Edge,
    /// What lies at or before it is now.
    pub to: Edge,
}

/// A day or release that is offered to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What stands in addresses and is typed: a tag, or a day as `2026-09-01`.
    pub value: String,
    /// What it is: `1 Sep 2026`, or `a quarter earlier, 1 Sep 2026`.
    pub words: String,
    /// Microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// A span before the newest day, and no release.
    pub is_span: bool,
}

/// The days that the facts reach, and what is offered within them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dates {
    /// First and last instant of the history; `None` where no history was read.
    pub reach: Option<(i64, i64)>,
    /// What is offered, the newest first.
    pub choices: Vec<Choice>,
}

/// The days that the facts reach.
///
/// # Errors
/// The facts cannot be read.
pub fn dates(session: &Session) -> Result<Dates, TellError> {
    let reach = rows(session, "select min(committed_at) as first, max(committed_at) as last from commits")?;
    let of = |name: &str| reach.rows.first().and_then(|row| reach.get(row, name).integer());
    let Some((first, last)) = of("first").zip(of("last")) else { return Ok(Dates::default()) };
    let found = rows(
        session,
        &format!(
            "select tag, max(released_at) as at from releases where is_main and not is_prerelease \
             group by tag order by at desc, tag limit {MOST_RELEASES}"
        ),
    )?;
    let releases = found.rows.iter().filter_map(|row| {
        let at = found.get(row, "at").integer()?;
        Some(Choice { value: found.get(row, "tag").text()?.to_owned(), words: day_words(at), at, is_span: false })
    });
    let spans = SPANS.iter().map(|(days, words)| {
        let at = last - last.rem_euclid(DAY) - days * DAY;
        Choice { value: day_iso(at), words: format!("{words}, {}", day_words(at)), at, is_span: true }
    });
    // With nothing between a day and the newest there is nothing to tell.
    let mut choices: Vec<Choice> = releases.chain(spans).filter(|c| c.at >= first && c.at < last).collect();
    choices.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.value.cmp(&b.value)));
    Ok(Dates { reach: Some((first, last)), choices })
}

/// The two ends that were asked for, each a day as `2026-09-01` or a tag; without an end, the newest instant of the history.
///
/// # Errors
/// [`TellError::NoDate`] for what is neither, for days that the facts do not reach, and for ends in the wrong order.
pub fn period(session: &Session, from: &str, to: &str) -> Result<Period, TellError> {
    let reach = dates(session)?.reach;
    let (first, last) = reach.ok_or_else(|| TellError::NoDate {
        given: from.to_owned(),
        detail: "no history was read, so there is nothing to compare with; a clone has one, a plain folder has not"
            .to_owned(),
    })?;
    let begun = edge(session, from, false)?;
    let ended = if to.is_empty() { Edge { at: last, words: day_words(last) } } else { edge(session, to, true)? };
    let outside = |given: &str, edge: &Edge| {
        (edge.at < first - first.rem_euclid(DAY) || edge.at > last + DAY).then(|| TellError::NoDate {
            given: given.to_owned(),
            detail: format!("the history that was read reaches from {} to {}", day_words(first), day_words(last)),
        })
    };
    if let Some(error) = outside(from, &begun).or_else(|| outside(to, &ended)) {
        return Err(error);
    }
    if begun.at >= ended.at {
        return Err(TellError::NoDate {
            given: from.to_owned(),
            detail: format!("it does not lie before {}; name the earlier of the two first", ended.words),
        });
    }
    Ok(Period { from: begun, to: ended })
}

/// The day or tag of that name. A day that ends something counts whole.
fn edge(session: &Session, given: &str, is_end: bool) -> Result<Edge, TellError> {
    if let Some(day) = parse_day(given) {
        return Ok(Edge { at: if is_end { day + DAY - 1 } else { day }, words: day_words(day) });
    }
    let sql = format!("select max(tagged_at) as at from tags where tag = {}", quoted(given));
    let found = rows(session, &sql)?;
    let at = found.rows.first().and_then(|row| found.get(row, "at").integer());
    at.map(|at| Edge { at, words: format!("{} of {}", crate::text::shorten_end(given, 60), day_words(at)) }).ok_or_else(
        || TellError::NoDate {
            given: crate::text::shorten_end(given, 60),
            detail: "write a day as 2026-09-01, or the name of a tag as the table `tags` has it".to_owned(),
        },
    )
}

/// The page of what changed in a period, of all repositories or of one.
///
/// # Errors
/// As [`crate::claims`].
pub fn load(session: &Session, period: &Period, repo: &str) -> Result<Report, TellError> {
    let mut file = within(period)?;
    if !repo.is_empty() {
        file = crate::narrow::narrowed(session, file, repo)?.0;
    }
    crate::asked_for(session, &file)
}

/// The section with the two instants in its queries.
fn within(period: &Period) -> Result<SectionFile, TellError> {
    let mut file = section::parse(section::SINCE)?;
    let instant = |edge: &Edge| format!("to_timestamp('{}')", instant_iso(edge.at));
    let places = [
        ("$from", instant(&period.from)),
        ("$to", instant(&period.to)),
        ("$since", quoted(&period.from.words)),
        ("$until", quoted(&period.to.words)),
    ];
    let set = |sql: &mut String| {
        for (name, value) in &places {
            *sql = sql.replace(name, value);
        }
    };
    file.queries.values_mut().for_each(set);
    for block in &mut file.blocks {
        for sql in [&mut block.query, &mut block.evidence, &mut block.absent_query] {
            set(sql);
        }
    }
    file.title = format!("Changes since {}", period.from.words);
    Ok(file)
}

/// What the page says of one part, as a row of its table of parts: commits, people and whether it is new. `None` where
/// nothing of it changed.
pub fn of_part(report: &Report, name: &str) -> Option<PartSince> {
    let table = report.sections.iter().flat_map(|s| &s.blocks).find_map(|b| match b {
        Block::Table(table) if table.key == "parts" => Some(table),
        _ => None,
    })?;
    let at = |column: &str| table.columns.iter().position(|c| c.name == column);
    let of = |column: &str, row: &[Cell]| at(column).and_then(|i| row.get(i)).and_then(Cell::integer).unwrap_or(0);
    let name_at = at("name")?;
    let row = table.rows.iter().find(|row| row.get(name_at).and_then(Cell::text) == Some(name))?;
    Some(PartSince {
        n_commits: of("n_commits", row),
        n_people: of("n_people", row),
        added: of("added", row),
        deleted: of("deleted", row),
    })
}

/// What changed of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSince {
    /// Commits that changed its files.
    pub n_commits: i64,
    /// People who made them, programs left out.
    pub n_people: i64,
    /// Lines added.
    pub added: i64,
    /// Lines deleted.
    pub deleted: i64,
}

fn rows(session: &Session, sql: &str) -> Result<Rows, TellError> {
    let batches = session
        .query(sql)
        .map_err(|source| TellError::Query { place: "the dates to compare with".to_owned(), source })?;
    Ok(Rows::of(&batches))
}

/// Text as SQL. Names of queries begin with `@`, and these words are no place for one.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").replace('@', "' || chr(64) || '"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_text_whatever_it_holds() {
        assert_eq!(quoted("it's @net"), "'it''s ' || chr(64) || 'net'");
    }
}
