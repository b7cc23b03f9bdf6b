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

/// The start of a day written as `2026-11-20`, in microseconds; `None` for anything that is no day of the calendar.
///
/// # Source
/// Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
pub fn parse_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year: i64 = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
    let month: i64 = parts.next().filter(|m| m.len() == 2)?.parse().ok()?;
    let day: i64 = parts.next().filter(|d| d.len() == 2)?.parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let micros = (era * 146_097 + day_of_era - 719_468) * DAY;
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
