//! Numbers, dates and lists as people read them: thousands separators, at most three significant digits in prose,
//! singular and plural, `20 Nov 2026`.

/// Groups digits by thousands: `1234567` becomes `1,234,567`.
pub fn exact(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if value < 0 {
        out.push('-');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A whole number for prose: rounded to three significant digits, half away from zero.
pub fn prose(value: i64) -> String {
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |d| d + 1);
    if digits <= 3 {
        return exact(value);
    }
    let unit = 10_i64.pow(digits - 3);
    let rest = value % unit;
    let base = value - rest;
    let rounded = if rest.abs() >= unit - rest.abs() { base.saturating_add(unit * value.signum()) } else { base };
    exact(rounded)
}

/// A number of a table, at most `places` decimals and no zeros behind them.
pub fn decimal(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.places$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let negative = whole.starts_with('-');
    let grouped = whole.trim_start_matches('-').parse::<i64>().map_or_else(|_| whole.to_owned(), exact);
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative && (grouped != "0" || !fraction.is_empty()) { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

/// A ratio as a percentage. `0%` and `100%` are said only when they are exact.
pub fn percent(ratio: f64) -> String {
    let percentage = ratio * 100.0;
    if !percentage.is_finite() {
        return "an unknown share".to_owned();
    }
    if percentage <= 0.0 {
        return "0%".to_owned();
    }
    if percentage < 0.1 {
        return "less than 0.1%".to_owned();
    }
    if percentage < 9.95 {
        return format!("{}%", decimal(percentage, 1));
    }
    if ratio < 1.0 && percentage >= 99.0 {
        return "over 99%".to_owned();
    }
    format!("{percentage:.0}%")
}

/// A duration in days: `3 days`, `5 months`, `12 years`.
pub fn duration(days: f64) -> String {
    if !days.is_finite() {
        return "an unknown time".to_owned();
    }
    let (amount, unit) = match days {
        d if d < 0.95 => return "less than a day".to_owned(),
        d if d < 60.0 => (d, "day"),
        d if d < 730.0 => (d / 30.44, "month"),
        d => (d / 365.25, "year"),
    };
    let shown = decimal(amount, 0);
    if shown == "1" { format!("1 {unit}") } else { format!("{shown} {unit}s") }
}

/// The noun that fits a number. `noun` is the singular, or `singular/plural` where an `s` is not enough.
pub fn noun(value: i64, noun: &str) -> String {
    let (one, many) = noun.split_once('/').unwrap_or((noun, ""));
    if value == 1 {
        return one.to_owned();
    }
    if !many.is_empty() {
        return many.to_owned();
    }
    let bytes = one.as_bytes();
    match bytes {
        [.., before, b'y'] if !b"aeiou".contains(before) => format!("{}ies", &one[..one.len() - 1]),
        [.., b's' | b'x'] | [.., b'c' | b's', b'h'] => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// The first `most` items, then `and k more`.
pub fn list(items: &[String], most: usize, total: usize) -> String {
    let most = most.max(1);
    // Two names are shorter than one name and "and 1 more".
    let shown = if total <= most + 1 { items.len().min(total) } else { items.len().min(most) };
    let head = &items[..shown];
    let left = total.saturating_sub(shown);
    match (head, left) {
        ([], _) => "none".to_owned(),
        (_, left) if left > 0 => {
            format!("{} and {} more", head.join(", "), exact(i64::try_from(left).unwrap_or(i64::MAX)))
        }
        ([one], _) => one.clone(),
        ([rest @ .., last], _) => format!("{} and {last}", rest.join(", ")),
    }
}

/// The same instant as `20 Nov 2026`.
pub use sightline_facts::time::day_words as date;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_numbers_have_three_digits_that_mean_something() {
        let check = |value: i64, expect: &str| assert_eq!(prose(value), expect);
        check(0, "0");
        check(7, "7");
        check(999, "999");
        check(1_234, "1,230");
        check(1_235, "1,240");
        check(412_345, "412,000");
        check(999_500, "1,000,000");
        check(-1_234, "-1,230");
        check(i64::MAX, "9,220,000,000,000,000,000");
        check(i64::MIN, "-9,220,000,000,000,000,000");
    }

    #[test]
    fn tables_are_exact() {
        assert_eq!(exact(1_234_567), "1,234,567");
        assert_eq!(exact(-1_000), "-1,000");
        assert_eq!(exact(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(decimal(1234.5, 2), "1,234.5");
        assert_eq!(decimal(-0.04, 1), "0");
        assert_eq!(decimal(f64::NAN, 1), "–");
    }

    #[test]
    fn nothing_and_everything_are_said_only_when_true() {
        let check = |ratio: f64, expect: &str| assert_eq!(percent(ratio), expect);
        check(0.0, "0%");
        check(0.0004, "less than 0.1%");
        check(0.034, "3.4%");
        check(0.0996, "10%");
        check(0.841, "84%");
        check(0.996, "over 99%");
        check(1.0, "100%");
        check(f64::NAN, "an unknown share");
    }

    #[test]
    fn durations_use_the_unit_people_would() {
        let check = |days: f64, expect: &str| assert_eq!(duration(days), expect);
        check(0.2, "less than a day");
        check(1.0, "1 day");
        check(3.4, "3 days");
        check(150.0, "5 months");
        check(4_383.0, "12 years");
    }

    #[test]
    fn nouns_follow_their_number() {
        let check = |value: i64, word: &str, expect: &str| assert_eq!(noun(value, word), expect);
        check(1, "file", "file");
        check(0, "file", "files");
        check(2, "dependency", "dependencies");
        check(2, "day", "days");
        check(2, "branch", "branches");
        check(2, "person/people", "people");
        check(1, "person/people", "person");
    }

    #[test]
    fn lists_end_in_how_many_are_left_out() {
        let items: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(list(&items[..1], 3, 1), "a");
        assert_eq!(list(&items[..2], 3, 2), "a and b");
        assert_eq!(list(&items, 3, 4), "a, b, c and d");
        assert_eq!(list(&items, 2, 4), "a, b and 2 more");
        assert_eq!(list(&items, 2, 1_200), "a, b and 1,198 more");
        assert_eq!(list(&[], 2, 0), "none");
    }
}
