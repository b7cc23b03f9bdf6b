//! Working time of a workspace, as the table `calendar`: what the settings say, laid out over the days of UTC, so that
//! metrics in business hours stay plain SQL.
//!
//! Business hours up to an instant are `hours_before` of its day, and what has passed of the day's working times: with `h`
//! hours since the start of the day, `greatest(0, least(h, work_to) - work_from) + greatest(0, least(h, late_to) -
//! late_from)`. A span is the difference of two such sums.

use std::collections::BTreeMap;
use std::sync::Arc;

use sightline_facts::RowBuilder;
use sightline_facts::arrow::array::{ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use sightline_facts::arrow::compute::cast;
use sightline_facts::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use sightline_facts::session::Session;
use sightline_facts::table::{ColumnKind as _, OptInstant};
use sightline_facts::tables::calendar::{CalendarBuilder, CalendarRow};
use sightline_facts::time::{DAY, SECOND};

use crate::error::MeasureError;
use crate::query::column;

/// One minute, microseconds.
const MINUTE: i64 = 60 * SECOND;
/// Nobody kept a tracker before 1950: an older date is a mistake, and would make the table endless.
const EARLIEST: i64 = -7_305 * DAY;

/// When people work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// IANA name, such as `Europe/Berlin`.
    zone: String,
    /// Monday to Sunday.
    days: [bool; 7],
    /// Start of work, minutes since local midnight.
    from: i64,
    /// End of work, minutes since local midnight, at most 1,440 and after `from`.
    to: i64,
    /// Days without work, as days since 1970, with what the settings write.
    holidays: BTreeMap<i64, String>,
    /// Days without work in each year, as month and day.
    yearly: BTreeMap<(u32, u32), String>,
}

/// The time that tables of trackers speak of. Changes may be older than the data set that tells of their deployment.
const SPAN: &str = "select least(min(d.first_at), min(c.first_at)) as first_at, max(d.as_of) as last_at from data_sets d \
    left join (select repo, min(authored_at) as first_at from deployment_changes group by repo) c on c.repo = d.repo";

impl Calendar {
    /// A calendar of working days (Monday first), minutes of the day, and holidays, those of each year by month and day.
    /// `None` where the time zone is unknown or the day has no minute of work.
    pub fn new(
        zone: &str,
        days: [bool; 7],
        (from, to): (i64, i64),
        holidays: BTreeMap<i64, String>,
        yearly: BTreeMap<(u32, u32), String>,
    ) -> Option<Self> {
        let fits = 0 <= from && from < to && to <= 1_440;
        let calendar = Self { zone: zone.to_owned(), days, from, to, holidays, yearly };
        (fits && calendar.utc(&[0]).is_some()).then_some(calendar)
    }

    /// Instants at which clocks of the zone show these times, given as microseconds since 1970 on that clock. `None` where
    /// the zone is unknown.
    fn utc(&self, local: &[i64]) -> Option<Vec<Option<i64>>> {
        let shown: ArrayRef = Arc::new(TimestampMicrosecondArray::from(local.to_vec()));
        let zoned = cast(&shown, &DataType::Timestamp(TimeUnit::Microsecond, Some(self.zone.as_str().into()))).ok()?;
        Some(zoned.as_primitive_opt::<TimestampMicrosecondType>()?.iter().collect())
    }

    /// The holiday on a day since 1970.
    fn holiday(&self, day: i64) -> Option<&str> {
        let (_, month, of_month) = sightline_facts::time::civil(day * DAY);
        self.holidays.get(&day).or_else(|| self.yearly.get(&(month, of_month))).map(String::as_str)
    }

    /// Working times, as instants from and to, of all local days that touch the days of UTC from `first` to `last`.
    fn spans(&self, first: i64, last: i64) -> Vec<(i64, i64)> {
        let days: Vec<i64> = (first - 2..=last + 2)
            // 1970-01-01 was a Thursday.
            .filter(|day| {
                self.days[usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)] && self.holiday(*day).is_none()
            })
            .collect();
        let at = |minutes: i64| -> Vec<i64> { days.iter().map(|day| day * DAY + minutes * MINUTE).collect() };
        let noon = self.utc(&at(720)).unwrap_or_default();
        let ends = [self.from, self.to].map(|minutes| {
            let local = at(minutes);
            let exact = self.utc(&local).unwrap_or_default();
            // A time that clocks skip or show twice is told by the clock of that day's noon, which they never do.
            let told = exact.iter().zip(&noon).zip(&local).zip(&days);
            told.map(|(((exact, noon), local), day)| {
                exact.or(noon.map(|noon| noon + local - (day * DAY + 720 * MINUTE)))
            })
            .collect::<Vec<_>>()
        });
        let mut spans: Vec<(i64, i64)> = Vec::with_capacity(days.len());
        for (from, to) in ends[0].iter().zip(&ends[1]).filter_map(|(from, to)| Some(((*from)?, (*to)?))) {
            match spans.last_mut() {
                // Who works around the clock has one span.
                Some((_, end)) if *end >= from => *end = to.max(*end),
                _ if from < to => spans.push((from, to)),
                _ => {}
            }
        }
        spans
    }

    /// Rows for the days of UTC from that of `first_at` to that of `last_at`.
    fn rows(&self, first_at: i64, last_at: i64) -> RecordBatch {
        let (first, last) = (first_at.max(EARLIEST).div_euclid(DAY), last_at.div_euclid(DAY));
        let spans = self.spans(first, last);
        let mut rows = CalendarBuilder::default();
        let mut next = spans.partition_point(|(_, to)| *to <= first * DAY);
        let mut before = 0;
        for day in first..=last {
            let (start, end) = (day * DAY, (day + 1) * DAY);
            let mut parts = [(0, 0); 2];
            let mut n = 0;
            while let Some((from, to)) = spans.get(next).filter(|(from, _)| *from < end) {
                // More than two there cannot be but on days of 23 hours without rest; then the last has the rest.
                let part = &mut parts[n.min(1)];
                *part = (if n > 1 { part.0 } else { (*from).max(start) - start }, (*to).min(end) - start);
                n += 1;
                if *to > end {
                    break;
                }
                next += 1;
            }
            rows.push(&CalendarRow {
                day_at: start,
                hours_before: hours(before),
                work_from: hours(parts[0].0),
                work_to: hours(parts[0].1),
                late_from: hours(parts[1].0),
                late_to: hours(parts[1].1),
                holiday: self.holiday(day),
                ..CalendarRow::default()
            });
            before += parts.iter().map(|(from, to)| to - from).sum::<i64>();
        }
        rows.finish()
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of a tracker's life are far below 2^52 microseconds")]
fn hours(micros: i64) -> f64 {
    micros as f64 / (3_600 * SECOND) as f64
}

/// Derives `calendar`; no rows without a calendar or without work items.
///
/// # Errors
/// [`MeasureError`] when a table cannot be read.
pub fn calendar(session: &Session, calendar: Option<&Calendar>) -> Result<RecordBatch, MeasureError> {
    let none = || CalendarBuilder::default().finish();
    let Some(calendar) = calendar else { return Ok(none()) };
    for batch in session.query(SPAN)? {
        let at = |name: &str| -> Result<Option<i64>, MeasureError> {
            let instants = column::<OptInstant>(&batch, "data sets", name)?;
            Ok((0..batch.num_rows()).find_map(|i| OptInstant::get(&instants, i)))
        };
        if let (Some(first), Some(last)) = (at("first_at")?, at("last_at")?) {
            return Ok(calendar.rows(first, last));
        }
    }
    Ok(none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_facts::tables::calendar::CalendarView;
    use sightline_facts::time::{days_from_civil, parse_instant};

    const WEEKDAYS: [bool; 7] = [true, true, true, true, true, false, false];

    fn at(text: &str) -> i64 {
        parse_instant(text).expect("an instant")
    }

    fn of(zone: &str, days: [bool; 7], hours: (i64, i64)) -> Calendar {
        let holidays = [(days_from_civil(2026, 4, 3), "2026-04-03 Good Friday".to_owned())].into();
        let yearly = [((5, 1), "05-01".to_owned())].into();
        Calendar::new(zone, days, (hours.0 * 60, hours.1 * 60), holidays, yearly).expect("it is right")
    }

    /// `day before from-to late_from-late_to holiday` of each day.
    fn rows(calendar: &Calendar, first: &str, last: &str) -> Vec<String> {
        let batch = calendar.rows(at(first), at(last));
        let view = CalendarView::of(&batch).expect("it is that table");
        view.rows()
            .map(|r| {
                let day = sightline_facts::time::day_iso(r.day_at);
                let late =
                    if r.late_to > r.late_from { format!(" {}-{}", r.late_from, r.late_to) } else { String::new() };
                let holiday = r.holiday.map(|h| format!(" {h}")).unwrap_or_default();
                format!("{day} {} {}-{}{late}{holiday}", r.hours_before, r.work_from, r.work_to)
            })
            .collect()
    }

    #[test]
    fn weekends_and_holidays_are_free() {
        assert_eq!(
            rows(&of("UTC", WEEKDAYS, (9, 17)), "2026-04-01T15:00:00Z", "2026-04-06"),
            [
                "2026-04-01 0 9-17",
                "2026-04-02 8 9-17",
                "2026-04-03 16 0-0 2026-04-03 Good Friday",
                "2026-04-04 16 0-0",
                "2026-04-05 16 0-0",
                "2026-04-06 16 9-17",
            ]
        );
        assert_eq!(rows(&of("UTC", WEEKDAYS, (9, 17)), "2029-05-01", "2029-05-01"), ["2029-05-01 0 0-0 05-01"]);
    }

    #[test]
    fn clocks_of_the_zone_are_followed_through_the_change_of_summer() {
        // The clocks of Berlin went forward in the night to Sunday the 29th.
        assert_eq!(
            rows(&of("Europe/Berlin", WEEKDAYS, (9, 17)), "2026-03-27", "2026-03-30"),
            ["2026-03-27 0 8-16", "2026-03-28 8 0-0", "2026-03-29 8 0-0", "2026-03-30 8 7-15"]
        );
        // Two o'clock does not exist on that Sunday; by the clock of its noon it would be midnight in Greenwich.
        let nights = of("Europe/Berlin", [false, false, false, false, false, false, true], (2, 6));
        assert_eq!(rows(&nights, "2026-03-29", "2026-03-29"), ["2026-03-29 0 0-4"]);
    }

    #[test]
    fn far_from_greenwich_a_working_day_lies_on_two_days() {
        // Nine to five in Auckland, 13 hours ahead in summer, is 20 to 4 o'clock; Monday's begins on Sunday.
        assert_eq!(
            rows(&of("Pacific/Auckland", WEEKDAYS, (9, 17)), "2026-01-04", "2026-01-06"),
            ["2026-01-04 0 20-24", "2026-01-05 4 0-4 20-24", "2026-01-06 12 0-4 20-24"]
        );
    }

    #[test]
    fn work_around_the_clock_is_all_time() {
        assert_eq!(
            rows(&of("Europe/Berlin", [true; 7], (0, 24)), "2026-03-28", "2026-03-30"),
            ["2026-03-28 0 0-24", "2026-03-29 24 0-24", "2026-03-30 48 0-24"]
        );
    }

    #[test]
    fn unknown_zones_and_days_without_work_are_refused() {
        let new = |zone: &str, hours| Calendar::new(zone, WEEKDAYS, hours, BTreeMap::new(), BTreeMap::new());
        assert!(new("Europe/Berlin", (540, 1_020)).is_some());
        assert!(new("+02:00", (540, 1_020)).is_some());
        assert!(new("Europe/Bärlin", (540, 1_020)).is_none());
        assert!(new("UTC", (540, 540)).is_none());
        assert!(new("UTC", (540, 1_441)).is_none());
    }
}
