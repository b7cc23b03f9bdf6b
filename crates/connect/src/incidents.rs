//! `PagerDuty`, Opsgenie and Statuspage: incidents.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sightline_facts::time::{instant_iso, parse_instant};

use crate::error::ConnectError;
use crate::folder::Cursor;
use crate::pages::{PAGE, array, earlier_by, later, take, text};
use crate::sync::{Record, Sync};
use crate::texts::pick;

const DAY: i64 = 86_400;
/// How far back `PagerDuty` is asked the first time.
const FIRST: i64 = 730 * DAY;
/// The interface answers for at most six months at a time.
const WINDOW: i64 = 90 * DAY;
/// How far back a round goes: an incident may stay open that long and change.
const OVERLAP: i64 = 30 * DAY;
/// Entries of the log of one incident that are looked at.
const MOST_ENTRIES: usize = 1_000;
/// Places in a list beyond which the interfaces give none.
const LAST_PLACE: usize = 10_000;

pub(crate) fn pagerduty(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    sync.whole("incidents", |sync| {
        let services: Vec<String> =
            sync.address.name.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
        let now = sync.client.get("/incidents", &[("limit", "1")])?.now();
        let known = logs(sync)?;
        let mut cursor = sync.cursor("incidents");
        // In a round that goes on `since` is where its next window begins.
        let mut from = match (&cursor.since, &cursor.page) {
            (Some(since), Some(_)) => since.clone(),
            (Some(since), None) => earlier_by(since, OVERLAP),
            (None, _) => earlier_by(&instant_iso(now), FIRST),
        };
        loop {
            let begin = parse_instant(&from).unwrap_or(now);
            let end = (begin + WINDOW * 1_000_000).min(now);
            let is_last = end >= now;
            let until = instant_iso(if is_last { now + 1_000_000 } else { end });
            let records = window(sync, &services, &from, &until, &known)?;
            // The next round begins at the present of this one, by the clock of the service.
            cursor.since = Some(instant_iso(end));
            cursor.page = (!is_last).then(|| "on".to_owned());
            cursor.is_whole |= is_last;
            sync.commit("incidents", cursor.clone(), &records)?;
            if is_last {
                return Ok(());
            }
            from = instant_iso(end);
        }
    })
}

/// By incident and its last change: its log, of those that are there.
type Logs = BTreeMap<(String, String), Value>;

fn logs(sync: &Sync<'_>) -> Result<Logs, ConnectError> {
    let records = sync.folder.records("incidents.jsonl")?;
    let logged = records.into_iter().filter(|record| record["log"].is_array());
    let keyed = |record: Value| ((text(&record, "id"), text(&record, "last_status_change_at")), take(record, "log"));
    Ok(logged.map(keyed).collect())
}

/// When an incident was taken on and resolved; the incident itself only tells who has it now.
fn log(sync: &mut Sync<'_>, id: &str) -> Result<Value, ConnectError> {
    let mut kept = Vec::new();
    loop {
        let (size, offset) = (PAGE.to_string(), kept.len().to_string());
        let query =
            [("is_overview", "true"), ("time_zone", "UTC"), ("limit", size.as_str()), ("offset", offset.as_str())];
        let path = format!("/incidents/{}/log_entries", crate::client::encoded(id));
        // A key may not see it, or the incident may be gone by now.
        let Some(body) = sync.detail(&path, &query)? else { return Ok(Value::Null) };
        let has_more = body["more"] == true;
        let page = array(take(body, "log_entries"));
        let n = page.len();
        kept.extend(page.iter().map(|entry| pick(entry, &["type", "created_at"])));
        if !has_more || n == 0 || kept.len() >= MOST_ENTRIES {
            return Ok(Value::Array(kept));
        }
    }
}

fn window(
    sync: &mut Sync<'_>,
    services: &[String],
    from: &str,
    until: &str,
    known: &Logs,
) -> Result<Vec<Record>, ConnectError> {
    const KEPT: [&str; 11] = [
        "id",
        "incident_number",
        "title",
        "created_at",
        "updated_at",
        "status",
        "urgency",
        "last_status_change_at",
        "resolved_at",
        "html_url",
        "incident_key",
    ];
    let mut records: Vec<Record> = Vec::new();
    let mut start = 0;
    loop {
        let (size, offset) = (PAGE.to_string(), start.to_string());
        let mut query = vec![
            ("since", from),
            ("until", until),
            ("limit", size.as_str()),
            ("offset", offset.as_str()),
            ("sort_by", "created_at:asc"),
            ("time_zone", "UTC"),
        ];
        query.extend(services.iter().map(|id| ("service_ids[]", id.as_str())));
        let body = sync.client.get("/incidents", &query)?.body;
        let has_more = body["more"] == true;
        let page = array(take(body, "incidents"));
        let n = page.len();
        for incident in page {
            let mut record = pick(&incident, &KEPT);
            record["service"] = pick(&incident["service"], &["id", "summary"]);
            record["priority"] = pick(&incident["priority"], &["summary"]);
            record["assignments"] = array(incident["assignments"].clone())
                .iter()
                .map(|one| json!({"at": one["at"], "assignee": pick(&one["assignee"], &["id", "summary"])}))
                .collect();
            record["acknowledgements"] =
                array(incident["acknowledgements"].clone()).iter().map(|one| pick(one, &["at"])).collect();
            let id = text(&record, "id");
            record["log"] = match known.get(&(id.clone(), text(&record, "last_status_change_at"))) {
                Some(log) => log.clone(),
                None => log(sync, &id)?,
            };
            records.push(("incidents.jsonl", record));
        }
        start += n;
        if !has_more || n == 0 || start + PAGE > LAST_PLACE {
            return Ok(records);
        }
    }
}

pub(crate) fn opsgenie(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    const KEPT: [&str; 11] = [
        "id",
        "tinyId",
        "message",
        "status",
        "createdAt",
        "updatedAt",
        "priority",
        "impactStartDate",
        "impactEndDate",
        "impactedServices",
        "ownerTeam",
    ];
    sync.whole("incidents", |sync| {
        let mut cursor = sync.cursor("incidents");
        if cursor.page.is_none() {
            cursor.since = cursor.since.as_deref().map(|at| earlier_by(at, OVERLAP));
        }
        let mut start = 0;
        loop {
            // From the last creation that was met on, so that no place of the list is too far.
            let since = cursor.since.as_deref().and_then(parse_instant).map(|at| at.div_euclid(1_000));
            let asked = since.map(|millis| format!("createdAt >= {millis}")).unwrap_or_default();
            let (size, offset) = (PAGE.to_string(), start.to_string());
            let query = [
                ("query", asked.as_str()),
                ("limit", size.as_str()),
                ("offset", offset.as_str()),
                ("sort", "createdAt"),
                ("order", "asc"),
            ];
            let page = array(take(sync.client.get("/v1/incidents", &query)?.body, "data"));
            let n = page.len();
            let newest = page.iter().fold(None, |newest, one| later(newest, &text(one, "createdAt")));
            let records: Vec<Record> = page.iter().map(|one| ("incidents.jsonl", pick(one, &KEPT))).collect();
            let reached = later(cursor.since.clone(), newest.as_deref().unwrap_or_default());
            let has_moved = reached != cursor.since;
            cursor.since = reached;
            start = if has_moved { 0 } else { start + n };
            let is_end = n < PAGE || start >= LAST_PLACE;
            cursor.page = (!is_end).then(|| "on".to_owned());
            cursor.is_whole |= is_end;
            sync.commit("incidents", cursor.clone(), &records)?;
            if is_end {
                return Ok(());
            }
        }
    })
}

pub(crate) fn statuspage(sync: &mut Sync<'_>) -> Result<(), ConnectError> {
    sync.whole("incidents", |sync| {
        if sync.address.name.is_empty() {
            // What the page shows to everybody.
            let all = array(take(sync.client.get("/api/v2/incidents.json", &[])?.body, "incidents"));
            let records: Vec<Record> = all.iter().map(|one| ("incidents.jsonl", on_page(one))).collect();
            return sync.commit("incidents", Cursor { is_whole: true, ..Cursor::default() }, &records);
        }
        let path = format!("/v1/pages/{}/incidents", crate::client::encoded(&sync.address.name));
        let mut cursor = sync.cursor("incidents");
        let floor = cursor.since.as_deref().map(|at| earlier_by(at, OVERLAP));
        loop {
            let number: usize = cursor.page.as_deref().and_then(|p| p.parse().ok()).unwrap_or(1);
            let (size, page) = (PAGE.to_string(), number.to_string());
            let all = array(sync.client.get(&path, &[("limit", size.as_str()), ("page", page.as_str())])?.body);
            let is_below = |one: &Value| floor.as_ref().is_some_and(|floor| text(one, "created_at") < *floor);
            let is_end = all.len() < PAGE || all.iter().any(is_below);
            for one in &all {
                cursor.newest = later(cursor.newest.take(), &text(one, "created_at"));
            }
            let records: Vec<Record> =
                all.iter().filter(|one| !is_below(one)).map(|one| ("incidents.jsonl", on_page(one))).collect();
            cursor.page = (!is_end).then(|| (number + 1).to_string());
            if is_end {
                cursor.since = cursor.newest.take().or(cursor.since);
                cursor.is_whole = true;
            }
            sync.commit("incidents", cursor.clone(), &records)?;
            if is_end {
                return Ok(());
            }
        }
    })
}

/// An incident of a page: what it says to its readers stays there.
fn on_page(incident: &Value) -> Value {
    const KEPT: [&str; 9] =
        ["id", "name", "status", "impact", "created_at", "started_at", "updated_at", "resolved_at", "shortlink"];
    let mut record = pick(incident, &KEPT);
    record["impact"] = incident["impact"].clone();
    record["components"] = array(incident["components"].clone()).iter().map(|one| pick(one, &["name"])).collect();
    record["incident_updates"] = array(incident["incident_updates"].clone())
        .iter()
        .map(|update| pick(update, &["status", "created_at"]))
        .collect();
    record
}
