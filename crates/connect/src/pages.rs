//! The ways in which services hand out long lists, and how each is gone through so that nothing is lost when the list
//! changes meanwhile.
//!
//! - Rising by change ([`rising`]): the list is asked for from an instant on, and each answer moves that instant. A
//!   record that changes meanwhile moves to the end and is met again; pages never shift under us, and no list is too
//!   long. The instant is the cursor of the next round too.
//! - Falling by creation ([`falling`]): some lists can only be had newest first. New records push others to later pages,
//!   so that some are met twice and none is missed; the round ends at the instant that the round before began at.

use serde_json::Value;
use sightline_facts::time::{instant_iso, parse_instant};

use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::sync::{Each, Sync};

/// Records of a page.
pub(crate) const PAGE: usize = 100;
/// Records that are kept in the cursor as being there.
const MOST_SEEN: usize = 400;
/// Records between two cursors while each of them costs requests of its own.
const STEP: usize = 3;
/// What a round goes back behind the end of the one before: services publish changes with some delay. Seconds.
const OVERLAP: i64 = 300;

/// A list that can be asked for by the instant of change, oldest first.
pub(crate) struct Rising<'a> {
    /// Name of the list and of its cursor.
    pub(crate) list: &'static str,
    pub(crate) path: &'a str,
    /// What is always asked: order and size of pages among it.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Name of the parameter that takes the instant.
    pub(crate) since: &'a str,
    /// The instant of the first round, if not everything is wanted.
    pub(crate) from: Option<String>,
    /// The user named that instant: where rounds before began later, this one begins there.
    pub(crate) is_named: bool,
    /// Keys of a record: of what tells it from others, and of the instant of its change.
    pub(crate) id: &'a str,
    pub(crate) updated: &'a str,
}

/// Goes through a list by the instant of change. `each` makes records of one element, with requests of its own.
pub(crate) fn rising(sync: &mut Sync<'_>, list: &Rising<'_>, each: Each<'_>) -> Result<(), ConnectError> {
    let mut cursor = sync.cursor(list.list);
    if cursor.page.is_none() {
        // A new round.
        if list.is_named && reaches_further(list.from.as_deref(), &cursor) {
            cursor = Cursor { from: list.from.clone(), ..Cursor::default() };
        }
        cursor.since = cursor.since.as_deref().map(|at| earlier_by(at, OVERLAP)).or(list.from.clone());
        cursor.newest = None;
    }
    loop {
        let page: usize = cursor.page.as_deref().and_then(|p| p.parse().ok()).unwrap_or(1);
        let size = PAGE.to_string();
        let number = page.to_string();
        let since = cursor.since.clone().unwrap_or_default();
        let own = [("per_page", size.as_str()), ("page", number.as_str()), (list.since, since.as_str())];
        let query: Vec<(&str, &str)> = list.query.iter().copied().chain(own).collect();
        let answer = sync.client.get(list.path, &query)?;
        let has_next = answer.next().is_some();
        let items = array(answer.body);
        let n = items.len();
        let mut records = Vec::new();
        let mut n_fresh = 0;
        for item in items {
            let mark = format!("{} {}", text(&item, list.id), text(&item, list.updated));
            let at = text(&item, list.updated);
            if !cursor.seen.contains(&mark) {
                n_fresh += 1;
                records.extend(each(sync, item)?);
                cursor.seen.push(mark);
            }
            cursor.newest = later(cursor.newest.take(), &at);
            if records.len() >= STEP && has_moved(&cursor) {
                // What was asked for so far stays, even if the rest of the page is cut short.
                trim(&mut cursor.seen);
                let reached = Cursor { since: cursor.newest.clone(), page: Some("1".to_owned()), ..cursor.clone() };
                sync.commit(list.list, reached, &std::mem::take(&mut records))?;
            }
        }
        trim(&mut cursor.seen);
        let moved = has_moved(&cursor);
        // The end: a page that is not full. A service that ignores pages would give the same for ever.
        let is_end = (n < PAGE && !has_next) || n == 0 || (n_fresh == 0 && page > 1 && !has_next);
        if moved {
            cursor.since.clone_from(&cursor.newest);
        }
        cursor.page = match (is_end, moved) {
            (true, _) => None,
            (false, true) => Some("1".to_owned()),
            (false, false) => Some((page + 1).to_string()),
        };
        cursor.is_whole |= is_end;
        sync.commit(list.list, cursor.clone(), &records)?;
        if is_end {
            return Ok(());
        }
    }
}

/// A list that comes newest first.
pub(crate) struct Falling<'a> {
    pub(crate) list: &'static str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Key of the array in the answer; empty where the answer is one.
    pub(crate) key: &'a str,
    /// Key of the instant by which it falls.
    pub(crate) created: &'a str,
    /// The instant at which the first round ends, if not everything is wanted.
    pub(crate) from: Option<String>,
    /// The user named that instant: where rounds before ended later, this one goes on down to it.
    pub(crate) is_named: bool,
    /// How far a later round goes back behind the beginning of the one before, since records change, in seconds.
    pub(crate) overlap: i64,
}

/// Goes through a list from its newest record down to where the round before began.
pub(crate) fn falling(sync: &mut Sync<'_>, list: &Falling<'_>, each: Each<'_>) -> Result<(), ConnectError> {
    let mut cursor = sync.cursor(list.list);
    loop {
        let page: usize = cursor.page.as_deref().and_then(|p| p.parse().ok()).unwrap_or(1);
        let further = list.is_named && reaches_further(list.from.as_deref(), &cursor);
        let known = cursor.since.as_deref().filter(|_| !further).map(|at| earlier_by(at, list.overlap));
        let floor = known.or(list.from.clone());
        let size = PAGE.to_string();
        let number = page.to_string();
        let own = [("per_page", size.as_str()), ("page", number.as_str())];
        let query: Vec<(&str, &str)> = list.query.iter().copied().chain(own).collect();
        let answer = sync.client.get(list.path, &query)?;
        let has_next = answer.next().is_some();
        let items = array(if list.key.is_empty() { answer.body } else { take(answer.body, list.key) });
        let n = items.len();
        let mut records = Vec::new();
        let mut is_below = false;
        for item in items {
            let at = text(&item, list.created);
            // Lists of releases have drafts without a time.
            is_below |= !at.is_empty() && floor.as_deref().is_some_and(|floor| is_before(&at, floor));
            if !is_below {
                cursor.newest = later(cursor.newest.take(), &at);
                records.extend(each(sync, item)?);
            }
        }
        let is_end = is_below || n == 0 || (n < PAGE && !has_next);
        cursor.page = (!is_end).then(|| (page + 1).to_string());
        if is_end {
            cursor.since = cursor.newest.take().or(cursor.since);
            cursor.is_whole = true;
            if further {
                cursor.from.clone_from(&list.from);
            }
        }
        sync.commit(list.list, cursor.clone(), &records)?;
        if is_end {
            return Ok(());
        }
    }
}

/// Whether an instant lies before the one that the list was last asked from.
fn reaches_further(from: Option<&str>, cursor: &Cursor) -> bool {
    from.is_some_and(|from| cursor.from.as_deref().is_none_or(|known| is_before(from, known)))
}

/// All elements of a list that is short, by following `Link` headers or full pages; at most `most`.
pub(crate) fn all(
    sync: &mut Sync<'_>,
    path: &str,
    query: &[(&str, &str)],
    key: &str,
    most: usize,
) -> Result<Vec<Value>, ConnectError> {
    let size = PAGE.to_string();
    let query: Vec<(&str, &str)> = query.iter().copied().chain([("per_page", size.as_str())]).collect();
    let mut answer = sync.client.get(path, &query)?;
    let mut found = Vec::new();
    loop {
        let next = answer.next().map(str::to_owned);
        found.extend(array(if key.is_empty() { answer.body } else { take(answer.body, key) }));
        match next {
            Some(url) if found.len() < most => answer = sync.client.get_url(&url)?,
            _ => return Ok(found),
        }
    }
}

/// As [`all`], where nothing is an answer too: the list is not there or not allowed.
pub(crate) fn all_if_there(
    sync: &mut Sync<'_>,
    path: &str,
    query: &[(&str, &str)],
    key: &str,
    most: usize,
) -> Result<Vec<Value>, ConnectError> {
    match all(sync, path, query, key, most) {
        Err(error) if error.is_of_one_part() => Ok(Vec::new()),
        other => other,
    }
}

/// Whether the round has come beyond the instant that it asks from.
fn has_moved(cursor: &Cursor) -> bool {
    match (&cursor.since, &cursor.newest) {
        (Some(since), Some(newest)) => is_before(since, newest),
        (None, newest) => newest.is_some(),
        (Some(_), None) => false,
    }
}

fn trim(seen: &mut Vec<String>) {
    let n = seen.len();
    if n > MOST_SEEN {
        seen.drain(..n - MOST_SEEN);
    }
}

pub(crate) fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// Takes a value out of an object.
pub(crate) fn take(mut value: Value, key: &str) -> Value {
    value.get_mut(key).map(Value::take).unwrap_or_default()
}

/// A text or number as text; empty where there is none.
pub(crate) fn text(value: &Value, key: &str) -> String {
    match &value[key] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The later of two instants as services write them.
pub(crate) fn later(one: Option<String>, other: &str) -> Option<String> {
    match one {
        Some(one) if other.is_empty() || !is_before(&one, other) => Some(one),
        _ => (!other.is_empty()).then(|| other.to_owned()).or(one),
    }
}

pub(crate) fn is_before(one: &str, other: &str) -> bool {
    match (parse_instant(one), parse_instant(other)) {
        (Some(one), Some(other)) => one < other,
        _ => one < other,
    }
}

/// An instant some seconds earlier.
pub(crate) fn earlier_by(at: &str, seconds: i64) -> String {
    parse_instant(at).map_or_else(|| at.to_owned(), |at| instant_iso(at - seconds * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_compared_as_instants() {
        let check = |one: &str, other: &str, expect: &str| {
            assert_eq!(later(Some(one.to_owned()), other).as_deref(), Some(expect));
        };
        check("2026-01-01T10:00:00Z", "2026-01-01T11:00:00+02:00", "2026-01-01T10:00:00Z");
        check("2026-01-01T10:00:00Z", "", "2026-01-01T10:00:00Z");
        check("2026-01-01T10:00:00Z", "2026-01-01T10:00:00.001Z", "2026-01-01T10:00:00.001Z");
        assert_eq!(later(None, ""), None);
        assert_eq!(earlier_by("2026-01-01T00:05:00Z", 300), "2026-01-01T00:00:00Z");
    }
}
