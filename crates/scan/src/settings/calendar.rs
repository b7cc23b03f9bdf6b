//! `[calendar]` of `sightline.toml`: working days, hours, time zone and holidays.

use std::collections::BTreeMap;

use sightline_facts::time::{DAY, parse_instant};
use sightline_measure::Calendar;
use toml_edit::{Item, Key};

use super::{document, mistake};
use crate::ScanError;

const KEYS: [&str; 4] = ["days", "hours", "zone", "holidays"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The calendar; `None` where the settings have none.
pub(super) fn parse(text: &str) -> Result<Option<Calendar>, ScanError> {
    let document = document(text)?;
    let Some(item) = document.get("calendar") else { return Ok(None) };
    let start = item.span().map(|s| s.start);
    let wrong = |what: &str, item: Option<&Item>, help: &str| {
        mistake(text, what, item.and_then(Item::span).map(|s| s.start).or(start), help)
    };
    let Some(table) = item.as_table() else {
        return Err(wrong("`calendar` is no table", None, "write `[calendar]` with single brackets; there is one"));
    };
    for (key, value) in table {
        if !KEYS.contains(&key) {
            let offset = table.key(key).and_then(Key::span).or(value.span()).map(|s| s.start);
            let what = format!("the calendar has a key we do not know: `{key}`");
            return Err(mistake(text, &what, offset, "the keys are `days`, `hours`, `zone` and `holidays`"));
        }
    }
    let words = |key: &str, help: &str| -> Result<Option<Vec<String>>, ScanError> {
        let Some(item) = table.get(key) else { return Ok(None) };
        let list = item.as_array().and_then(|a| a.iter().map(|v| v.as_str().map(str::to_owned)).collect());
        list.ok_or_else(|| wrong(&format!("`{key}` is no list of texts"), Some(item), help)).map(Some)
    };
    let text_of = |key: &str, usual: &str, help: &str| -> Result<String, ScanError> {
        let Some(item) = table.get(key) else { return Ok(usual.to_owned()) };
        item.as_str().map(str::to_owned).ok_or_else(|| wrong(&format!("`{key}` is no text"), Some(item), help))
    };
    let help = "write days as `days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]`";
    let mut days = [true, true, true, true, true, false, false];
    if let Some(named) = words("days", help)? {
        days = [false; 7];
        for name in &named {
            let short: String = name.trim().to_lowercase().chars().take(3).collect();
            let Some(at) = DAYS.iter().position(|d| *d == short) else {
                return Err(wrong(&format!("no day of the week is called `{name}`"), table.get("days"), help));
            };
            days[at] = true;
        }
        if named.is_empty() {
            return Err(wrong("the calendar has no working day", table.get("days"), help));
        }
    }
    let help = "write the working time of a day as `hours = \"09:00-17:00\"`, the end after the start, at most 24:00";
    let shown = text_of("hours", "09:00-17:00", help)?;
    let hours = shown.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
    let Some(hours) = hours.filter(|(from, to)| from < to) else {
        return Err(wrong(&format!("`{shown}` is no working time of a day"), table.get("hours"), help));
    };
    let help = "write holidays as `holidays = [\"2026-04-03\", \"12-25 Christmas\"]`; without a year it is each year's";
    let (mut once, mut yearly) = (BTreeMap::new(), BTreeMap::new());
    for shown in words("holidays", help)?.unwrap_or_default() {
        let date = shown.split_whitespace().next().unwrap_or_default();
        // A leap year, so that the 29th of February is a day.
        let each_year = (date.len() == 5).then(|| parse_instant(&format!("2024-{date}"))).flatten();
        match (each_year, (date.len() == 10).then(|| parse_instant(date)).flatten()) {
            (Some(at), _) => {
                let (_, month, day) = sightline_facts::time::civil(at);
                yearly.insert((month, day), shown);
            }
            (None, Some(at)) => drop(once.insert(at.div_euclid(DAY), shown)),
            (None, None) => {
                return Err(wrong(&format!("`{shown}` begins with no date"), table.get("holidays"), help));
            }
        }
    }
    let help = "write the name of a time zone, such as `zone = \"Europe/Berlin\"` or `zone = \"UTC\"`";
    let zone = text_of("zone", "UTC", help)?;
    Calendar::new(&zone, days, hours, once, yearly)
        .ok_or_else(|| wrong(&format!("no time zone is called `{zone}`"), table.get("zone"), help))
        .map(Some)
}

/// Minutes since midnight of `09:00`.
fn minutes(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hour, minute): (i64, i64) =
        (digits(hour).then(|| hour.parse().ok())??, digits(minute).then(|| minute.parse().ok())??);
    (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_usual() {
        assert_eq!(parse("").expect("nothing is wrong"), None);
        let usual = parse("[calendar]\n").expect("all is usual");
        let said = "[calendar]\ndays = [\"Monday\", \"tue\", \"wed\", \"thu\", \"fri\"]\nhours = \"9:00-17:00\"\nzone = \"UTC\"\nholidays = []\n";
        assert!(usual.is_some());
        assert_eq!(usual, parse(said).expect("all is right"));
        let other = said.replace("UTC", "Asia/Tokyo").replace("[]", "[\"2026-04-03 Good Friday\", \"02-29\"]");
        assert_ne!(usual, parse(&other).expect("all is right"));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let check = |text: &str, expect: &str| {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(expect) && error.contains("\nhelp: "), "{error}");
        };
        check("[calendar]\nhour = \"9\"\n", "a key we do not know: `hour`\n  --> sightline.toml:2");
        check(
            "[calendar]\nzone = \"UTC\"\nhours = \"17:00-09:00\"\n",
            "is no working time of a day\n  --> sightline.toml:3",
        );
        check("[calendar]\nhours = \"09:00-24:01\"\n", "is no working time");
        check("[calendar]\nhours = 9\n", "`hours` is no text");
        check("[calendar]\nzone = \"Berlin\"\n", "no time zone is called `Berlin`\n  --> sightline.toml:2");
        check("[calendar]\ndays = [\"funday\"]\n", "no day of the week is called `funday`");
        check("[calendar]\ndays = []\n", "no working day");
        check("[calendar]\nholidays = [\"2026-02-30\"]\n", "begins with no date");
        check("[calendar]\nholidays = [\"Easter\"]\n", "begins with no date");
        check("[[calendar]]\nzone = \"UTC\"\n", "`calendar` is no table");
    }
}
