//! Instants as all tables keep them: microseconds since 1970-01-01, UTC.

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 86_400 * SECOND;

/// Year, month and day (UTC, proleptic Gregorian) of an instant in microseconds.
///
/// # Source
/// Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
pub fn civil(micros: i64) -> (i64, u32, u32) {
    let z = micros.div_euclid(DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

/// The day of an instant as people read it: `20 Nov 2026`.
pub fn day_words(micros: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = civil(micros);
    let name = MONTHS.get(month as usize - 1).copied().unwrap_or("?");
    format!("{day} {name} {year}")
}

/// The day of an instant for machines: `2026-11-20`.
pub fn day_iso(micros: i64) -> String {
    let (year, month, day) = civil(micros);
    format!("{year:04}-{month:02}-{day:02}")
}

/// An instant for machines, to the second: `2026-11-20T10:00:00Z`.
pub fn instant_iso(micros: i64) -> String {
    let seconds = micros.rem_euclid(DAY) / SECOND;
    format!("{}T{:02}:{:02}:{:02}Z", day_iso(micros), seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar. The month is 1 to 12; a day past the end of its
/// month counts on into the next.
///
/// # Source
/// Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The instant that a text of ISO 8601 or its usual relatives names, in microseconds; `None` for anything else.
///
/// A day may stand alone or be followed by `T` or a blank and a time with hours and minutes, seconds, and a fraction.
/// The zone is `Z`, `+01:00`, `+0100` or `+01`; without one the time is UTC. Months, days and hours may have one digit.
pub fn parse_instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let start = days_from_civil(year, month, day) * DAY;
    // The 31st of a short month would be a day of the next one.
    if i64::from(civil(start).2) != day {
        return None;
    }
    if rest.is_empty() {
        return Some(start);
    }
    let (hour, rest) = number(rest.strip_prefix(['T', 't', ' '])?, 1, 2)?;
    let (minute, mut rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let mut seconds = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (seconds, rest) = number(after, 2, 2)?;
    }
    // A leap second is the first one of the next minute.
    if hour > 23 || minute > 59 || seconds > 60 {
        return None;
    }
    let mut micros = 0;
    if let Some(after) = rest.strip_prefix(['.', ',']) {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let mut unit = SECOND / 10;
        for digit in after.bytes().take(digits) {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
        }
        rest = after.get(digits..).filter(|_| digits > 0)?;
    }
    let offset = match rest.as_bytes().first() {
        None => 0,
        Some(b'Z' | b'z') if rest.len() == 1 => 0,
        Some(sign @ (b'+' | b'-')) => {
            let (hours, rest) = number(&rest[1..], 2, 2)?;
            let rest = rest.strip_prefix(':').unwrap_or(rest);
            let (minutes, rest) = if rest.is_empty() { (0, rest) } else { number(rest, 2, 2)? };
            if !rest.is_empty() || hours > 18 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'+' { 1 } else { -1 }
        }
        Some(_) => return None,
    };
    Some(start + ((hour * 60 + minute - offset) * 60 + seconds) * SECOND + micros)
}

/// A number of `least` to `most` digits, and what follows it.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// The start of a day written as `2026-11-20`, in microseconds; `None` for anything that is no day of the calendar.
pub fn parse_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year: i64 = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
    let month: i64 = parts.next().filter(|m| m.len() == 2)?.parse().ok()?;
    let day: i64 = parts.next().filter(|d| d.len() == 2)?.parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let micros = days_from_civil(year, month, day) * DAY;
    // The 31st of a short month lands in the next one.
    (day_iso(micros) == text).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_read() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(parse_day(text).map(day_iso).as_deref(), expect, "{text}");
        };
        check("2026-11-20", Some("2026-11-20"));
        check("2000-02-29", Some("2000-02-29"));
        check("2026-02-29", None);
        check("2026-13-01", None);
        check("26-1-1", None);
        check("yesterday", None);
    }

    #[test]
    fn instants_are_read_in_the_ways_that_tools_write_them() {
        let day = parse_day("2023-04-05").expect("a day");
        let check = |text: &str, expect: Option<i64>| {
            assert_eq!(parse_instant(text), expect.map(|seconds| day + seconds * SECOND), "{text}");
        };
        check("2023-04-05", Some(0));
        check("2023-04-05T01:02:03Z", Some(3_723));
        check("2023-4-5 1:02:03", Some(3_723));
        check("2023-04-05T01:02", Some(3_720));
        check("2023-04-05T01:02:03.000+0000", Some(3_723));
        check("2023-04-05T01:02:03-05:00", Some(3_723 + 5 * 3_600));
        check("2023-04-04T20:32:03-0430", Some(3_723));
        check("2023-04-05T01:02:03+01", Some(123));
        check("2023-04-05T23:59:60Z", Some(86_400));
        for text in [
            "",
            "2023-02-30",
            "2023-04-05T25:00:00Z",
            "2023-04-05T01:02:03+1",
            "2023-04-05T01:02:03.Z",
            "now",
            "2023-04-05T",
            "1680652800",
            "２023-04-05",
        ] {
            check(text, None);
        }
        assert_eq!(instant_iso(day + 3_723 * SECOND + 7), "2023-04-05T01:02:03Z");
        assert_eq!(parse_instant("2023-04-05T00:00:00.25Z"), Some(day + SECOND / 4));
        assert_eq!(parse_instant("2023-04-05T00:00:00.123456789Z"), Some(day + 123_456));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |micros: i64, words: &str, iso: &str| {
            assert_eq!((day_words(micros).as_str(), day_iso(micros).as_str()), (words, iso));
        };
        check(0, "1 Jan 1970", "1970-01-01");
        check(-1, "31 Dec 1969", "1969-12-31");
        check(951_782_400 * SECOND, "29 Feb 2000", "2000-02-29");
        check(4_102_444_800 * SECOND, "1 Jan 2100", "2100-01-01");
    }
}
