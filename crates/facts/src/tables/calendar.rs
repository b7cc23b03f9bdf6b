//! Table `calendar`.

use crate::spec::Proof;

crate::table! {
    /// Working time by day, from `[calendar]` of `sightline.toml`; empty where the workspace sets none. One row per day of
    /// UTC without holes, from the first work item to the end of the newest data set.
    "calendar", version 1, proof Proof::Derived;
    row CalendarRow, builder CalendarBuilder, view CalendarView;
    day_at: Instant [""] "Start of the day, UTC.";
    hours_before: Float ["business hours"] "Working time from the first row to the start of this day.";
    work_from: Float ["hours"] "When the first working time of this day begins, counted from its start in UTC; equal to `work_to` where there is none.";
    work_to: Float ["hours"] "When it ends, counted likewise.";
    late_from: Float ["hours"] "When a second one begins: far from Greenwich a working day lies on two days of UTC. Equal to `late_to` where there is none.";
    late_to: Float ["hours"] "When it ends.";
    holiday: OptText [""] "The holiday of this date in the calendar's own time zone, as the settings write it.";
}
