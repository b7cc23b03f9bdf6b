//! What an answer means for the next step: take it, wait and ask again, or give up. A pure function of the answer, so
//! that every limit of every service is a line in a table of tests.

use std::time::Duration;

/// What was answered, as far as it decides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a dyn Headers,
    /// The text of the answer.
    pub(crate) body: &'a str,
    /// Whether the text is whole JSON.
    pub(crate) is_json: bool,
    /// How often it was asked before.
    pub(crate) attempt: u32,
    /// The unit of waiting: a second, less in tests.
    pub(crate) pause: Duration,
    /// Between 0 and 1: keeps many clients from coming back at the same moment.
    pub(crate) jitter: f64,
    /// Seconds since 1970 by our own clock, where the answer does not say them.
    pub(crate) now: i64,
}

/// Headers of an answer.
pub(crate) trait Headers: std::fmt::Debug {
    /// The value of a header, by its name in lower case.
    fn get(&self, name: &str) -> Option<&str>;
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    /// Ask again after that long: the service is busy or broken.
    Again(Duration),
    /// Ask again after that long: it has a limit and says so.
    Limited(Duration),
    Unauthorised,
    Forbidden,
    NotFound,
    /// No use in asking again.
    Refused,
}

/// How often a broken answer is asked for again.
pub(crate) const MOST_ATTEMPTS: u32 = 6;
/// Longest pause between two attempts, in units.
const LONGEST_PAUSE: u32 = 60;

/// Seconds since 1970 by the clock of the service: its limits and ours are told by that, however wrong our own clock is.
pub(crate) fn server_now(headers: &dyn Headers) -> Option<i64> {
    http_date(headers.get("date")?)
}

pub(crate) fn verdict(seen: &Seen<'_>) -> Verdict {
    match seen.status {
        200..=299 | 400 if is_graphql_limit(seen) => Verdict::Limited(limit(seen)),
        200..=299 if seen.is_json => Verdict::Take,
        // The connection broke after the headers, or a proxy cut the text.
        200..=299 | 408 | 500 | 502 | 503 | 504 | 520..=529 if seen.attempt < MOST_ATTEMPTS => {
            Verdict::Again(retry_after(seen).unwrap_or_else(|| backoff(seen)))
        }
        429 => Verdict::Limited(limit(seen)),
        403 if is_limit(seen) => Verdict::Limited(limit(seen)),
        401 => Verdict::Unauthorised,
        400 if has_code(seen, "AUTHENTICATION_ERROR") => Verdict::Unauthorised,
        403 => Verdict::Forbidden,
        404 | 410 => Verdict::NotFound,
        _ => Verdict::Refused,
    }
}

/// Doubles with each attempt; half of it is chance.
pub(crate) fn backoff(seen: &Seen<'_>) -> Duration {
    let most = 2_u32.saturating_pow(seen.attempt).min(LONGEST_PAUSE);
    seen.pause.mul_f64(f64::from(most) * (0.5 + seen.jitter / 2.0))
}

/// GitHub answers 403 both to whom it does not allow something and to whom it allows no more requests for now.
fn is_limit(seen: &Seen<'_>) -> bool {
    let body = seen.body.to_ascii_lowercase();
    seen.headers.get("retry-after").is_some()
        || seen.headers.get("x-ratelimit-remaining") == Some("0")
        || body.contains("rate limit")
        || body.contains("abuse detection")
}

/// Linear answers 400 or 200 with an error that has a code; GitHub 200 with one that has a type.
fn is_graphql_limit(seen: &Seen<'_>) -> bool {
    has_code(seen, "RATELIMITED")
        || seen.body.contains("\"errors\"")
            && ["RATE_LIMITED", "RATE_LIMIT"].iter().any(|word| has_key(seen, "type", word))
}

/// Whether an error has a code. A label of that name has none, so that people cannot make us wait.
fn has_code(seen: &Seen<'_>, code: &str) -> bool {
    has_key(seen, "code", code)
}

fn has_key(seen: &Seen<'_>, key: &str, value: &str) -> bool {
    ["\":\"", "\": \""].iter().any(|between| seen.body.contains(&format!("\"{key}{between}{value}\"")))
}

fn limit(seen: &Seen<'_>) -> Duration {
    retry_after(seen).or_else(|| reset(seen)).unwrap_or_else(|| {
        // GitHub's secondary limit may come without a time and asks for a minute at least, then for more each time.
        let minutes = 2_u32.saturating_pow(seen.attempt).min(16);
        seen.pause.mul_f64(60.0 * f64::from(minutes) * (1.0 + seen.jitter / 10.0))
    })
}

fn retry_after(seen: &Seen<'_>) -> Option<Duration> {
    let value = seen.headers.get("retry-after")?.trim();
    let seconds = match value.parse::<f64>() {
        Ok(seconds) => seconds,
        #[expect(clippy::cast_precision_loss, reason = "a span of seconds")]
        Err(_) => (http_date(value)? - now(seen)) as f64,
    };
    seconds.is_finite().then(|| Duration::from_secs_f64(seconds.clamp(0.0, 1e6)))
}

/// When the limit is lifted: an instant in seconds or milliseconds, or seconds from now.
fn reset(seen: &Seen<'_>) -> Option<Duration> {
    const NAMES: [&str; 5] = [
        "x-ratelimit-reset",
        "ratelimit-reset",
        "x-ratelimit-requests-reset",
        "x-ratelimit-complexity-reset",
        "x-ratelimit-endpoint-requests-reset",
    ];
    let value: i64 = NAMES.iter().find_map(|name| seen.headers.get(name))?.trim().parse().ok()?;
    let seconds = match value {
        1_000_000_000_000.. => value / 1_000 - now(seen),
        100_000_000.. => value - now(seen),
        _ => value,
    };
    // A second more, because the instant is rounded down.
    let seconds = u64::try_from(seconds.max(0)).unwrap_or(0);
    Some(Duration::from_secs(seconds) + seen.pause)
}

fn now(seen: &Seen<'_>) -> i64 {
    server_now(seen.headers).unwrap_or(seen.now)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970.
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split([' ', ':']);
    let day: i64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year: i64 = parts.next()?.parse().ok()?;
    let mut clock = [0_i64; 3];
    for part in &mut clock {
        *part = parts.next()?.parse().ok()?;
    }
    let days = sightline_facts::time::days_from_civil(year, month, day);
    Some(days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Told(&'static [(&'static str, &'static str)]);

    impl Headers for Told {
        fn get(&self, name: &str) -> Option<&str> {
            self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
        }
    }

    fn check(status: u16, headers: &'static [(&'static str, &'static str)], body: &str, attempt: u32, expect: Verdict) {
        let seen = Seen {
            status,
            headers: &Told(headers),
            body,
            is_json: serde_json::from_str::<serde_json::Value>(body).is_ok(),
            attempt,
            pause: Duration::from_secs(1),
            jitter: 1.0,
            now: 0,
        };
        assert_eq!(verdict(&seen), expect, "{status} {headers:?} {body}");
    }

    /// An hour after the start of 2026, by the clock of the service.
    const DATE: (&str, &str) = ("date", "Thu, 01 Jan 2026 01:00:00 GMT");

    #[test]
    fn broken_answers_are_asked_for_again_and_not_for_ever() {
        let seconds = Duration::from_secs;
        check(200, &[], "[]", 0, Verdict::Take);
        check(200, &[], "[{\"numb", 0, Verdict::Again(seconds(1)));
        check(200, &[], "[{\"numb", 3, Verdict::Again(seconds(8)));
        check(502, &[], "<html>", 5, Verdict::Again(seconds(32)));
        check(502, &[], "<html>", 6, Verdict::Refused);
        check(503, &[("retry-after", "7")], "", 0, Verdict::Again(seconds(7)));
        check(404, &[], "{}", 0, Verdict::NotFound);
        check(401, &[], "{}", 0, Verdict::Unauthorised);
        check(422, &[], "{}", 0, Verdict::Refused);
    }

    #[test]
    fn limits_are_told_by_the_clock_of_the_service() {
        let seconds = Duration::from_secs;
        check(429, &[("retry-after", "30")], "", 0, Verdict::Limited(seconds(30)));
        check(429, &[DATE, ("retry-after", "Thu, 01 Jan 2026 01:02:00 GMT")], "", 0, Verdict::Limited(seconds(120)));
        // 2026-01-01T01:00:40Z; our own clock says 1970.
        check(
            403,
            &[DATE, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767229240")],
            "{}",
            0,
            Verdict::Limited(seconds(41)),
        );
        check(
            400,
            &[DATE, ("x-ratelimit-requests-reset", "1767229205000")],
            "{\"errors\":[{\"extensions\":{\"code\":\"RATELIMITED\"}}]}",
            0,
            Verdict::Limited(seconds(6)),
        );
        check(200, &[], "{\"name\":\"RATELIMITED\"}", 0, Verdict::Take);
        check(
            200,
            &[DATE, ("x-ratelimit-reset", "1767229240")],
            "{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"API rate limit exceeded\"}]}",
            0,
            Verdict::Limited(seconds(41)),
        );
        check(200, &[], "{\"data\":{\"name\":\"\\\"type\\\":\\\"RATE_LIMITED\\\"\"},\"errors\":[]}", 0, Verdict::Take);
        check(429, &[("ratelimit-reset", "9")], "", 0, Verdict::Limited(seconds(10)));
        check(403, &[], "{\"message\":\"You have exceeded a secondary rate limit\"}", 0, Verdict::Limited(seconds(66)));
        check(403, &[], "{\"message\":\"Resource not accessible by personal access token\"}", 0, Verdict::Forbidden);
    }
}
