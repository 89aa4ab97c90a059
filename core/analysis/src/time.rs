//! Time stamps of logs: recognition without configuration, years and zones filled in.

mod anchor;
mod days;
mod scan;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};

use crate::analysis::{Timezone, TimezoneSource};
use days::Days;
pub(crate) use scan::{Stamp, Year, scan, scan_clock};

/// Turns scanned stamps into microseconds since the epoch, filling in year and zone.
#[derive(Debug)]
pub(crate) struct Clockwork {
    assumed: Option<FixedOffset>,
    reference: Option<NaiveDate>,
    /// Year, month and day of the last stamp that names no year.
    last: Option<(i32, u32, u32)>,
    /// Year of the last stamp that names one.
    written: Option<i32>,
    /// What the head of the file says the derived years are off by.
    start: i32,
    /// Years by which the derived ones are off, as a line has told.
    anchor: Option<i32>,
    explicit: Option<i32>,
    mixed: bool,
    /// Whether a time counts from the epoch, which has a zone.
    counted: bool,
    /// Whether a time names no zone.
    zoneless: bool,
    days: Days,
}

/// Days a line may be late, about; an earlier date is one of the next year.
const DISORDER_DAYS: i32 = 45;
/// Days ahead from which a date is a late one of the year before.
const LATE_DAYS: i32 = 320;

impl Clockwork {
    pub(crate) fn new(assumed: Option<FixedOffset>, reference: Option<NaiveDate>) -> Self {
        Self {
            assumed,
            reference,
            last: None,
            written: None,
            start: 0,
            anchor: None,
            explicit: None,
            mixed: false,
            counted: false,
            zoneless: false,
            days: Days::default(),
        }
    }

    /// Returns a clock that knows as much as this one knew at first.
    pub(crate) fn fresh(&self) -> Self {
        Self::new(self.assumed, self.reference)
    }

    /// Starts in the year that a first look at the lines has told.
    pub(crate) fn start_like(&mut self, looked: &Self) {
        self.start = looked.correction();
        self.anchor = looked.anchor.map(|_| 0);
    }

    /// Looks for the year of `stamp` in its own line, unless it is known.
    pub(crate) fn read_year(&mut self, stamp: &Stamp, message: &str) {
        if stamp.year != Year::Missing || self.anchor.is_some() {
            return;
        }
        if let (Some((derived, ..)), Some(year)) =
            (self.last, anchor::year_in(message, stamp.month, stamp.day))
        {
            self.anchor = Some(year - derived);
        }
    }

    /// Returns the years to add to the derived ones now that all lines were seen.
    pub(crate) fn correction(&self) -> i32 {
        let ahead = |(year, month, day): (i32, u32, u32)| {
            let latest = self.latest_year(month, day)?;
            Some((latest - year).min(0))
        };
        self.anchor.or_else(|| ahead(self.last?)).unwrap_or(0)
    }

    /// Whether years are missing and nothing tells them.
    pub(crate) fn year_unknown(&self) -> bool {
        self.last.is_some() && self.anchor.is_none() && self.reference.is_none()
    }

    /// Whether days are missing and nothing tells them.
    pub(crate) fn day_unknown(&self) -> bool {
        self.days.guessed
    }

    /// Returns the stamp as microseconds since the epoch, UTC.
    pub(crate) fn resolve(&mut self, stamp: &Stamp) -> i64 {
        let civil = |year| days_from_civil(year, stamp.month, stamp.day);
        let days = match stamp.year {
            Year::Epoch => {
                self.counted = true;
                return stamp.micros;
            }
            Year::Known(year) => {
                self.written = Some(year);
                civil(year)
            }
            Year::Missing => civil(self.missing_year(stamp.month, stamp.day)),
            Year::NoDate => self.days.of(stamp.micros, self.reference),
        };
        self.days.last = Some((days, stamp.micros));
        let local = days * 86_400_000_000 + stamp.micros;
        let offset = match stamp.offset {
            Some(seconds) => {
                self.note_zone(seconds);
                seconds
            }
            None => {
                self.zoneless = true;
                self.assumed.map_or(0, |zone| zone.local_minus_utc())
            }
        };
        local - i64::from(offset) * 1_000_000
    }

    /// Returns the time of a stamp in the zone in which it is written.
    pub(crate) fn written(&self, stamp: &Stamp, time: i64) -> i64 {
        let assumed = self.assumed.map_or(0, |zone| zone.local_minus_utc());
        match stamp.year {
            Year::Epoch => time,
            _ => time + i64::from(stamp.offset.unwrap_or(assumed)) * 1_000_000,
        }
    }

    /// Returns the zone times were read in.
    pub(crate) fn timezone(&self) -> Timezone {
        if let Some(seconds) = self.explicit {
            let value = if self.mixed {
                "mixed".to_owned()
            } else {
                zone_name(seconds)
            };
            return Timezone {
                value,
                source: TimezoneSource::Explicit,
            };
        }
        if self.counted && !self.zoneless {
            return Timezone {
                value: "UTC".to_owned(),
                source: TimezoneSource::Explicit,
            };
        }
        match self.assumed {
            Some(zone) => Timezone {
                value: zone_name(zone.local_minus_utc()),
                source: TimezoneSource::User,
            },
            None => Timezone {
                value: "UTC".to_owned(),
                source: TimezoneSource::AssumedUtc,
            },
        }
    }

    fn note_zone(&mut self, seconds: i32) {
        match self.explicit {
            None => self.explicit = Some(seconds),
            Some(known) => self.mixed |= known != seconds,
        }
    }

    fn missing_year(&mut self, month: u32, day: u32) -> i32 {
        let year = match self.last {
            Some((year, last_month, last_day)) => year + turn((last_month, last_day), (month, day)),
            None => self.first_year(month, day),
        };
        self.last = Some((year, month, day));
        year
    }

    fn first_year(&mut self, month: u32, day: u32) -> i32 {
        if let Some(year) = self.written {
            self.anchor = Some(0);
            return year;
        }
        self.latest_year(month, day).unwrap_or(2000) + self.start
    }

    /// Returns the year of the latest such day that is not after the reference.
    fn latest_year(&self, month: u32, day: u32) -> Option<i32> {
        let reference = self.reference?;
        let latest = reference.succ_opt().unwrap_or(reference);
        let reached = (month, day) <= (latest.month(), latest.day());
        Some(latest.year() - i32::from(!reached))
    }
}

/// Returns the years that pass between the dates of two lines, by the order of the lines.
fn turn(before: (u32, u32), after: (u32, u32)) -> i32 {
    let days = |(month, day): (u32, u32)| (month * 31 + day).cast_signed();
    match days(after) - days(before) {
        ahead if ahead < -DISORDER_DAYS => 1,
        ahead if ahead > LATE_DAYS => -1,
        _ => 0,
    }
}

/// Returns the microseconds of a time that counts seconds, or milliseconds when it is that large.
pub(crate) fn epoch_micros(time: f64) -> Option<i64> {
    let micros = time * if time > 1e11 { 1e3 } else { 1e6 };
    (micros.abs() < i64::MAX as f64).then_some(micros as i64)
}

/// Returns the time of microseconds since the epoch.
pub(crate) fn to_utc(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}

/// Reads one time stamp anywhere at the start of `text`, a missing zone being UTC.
pub(crate) fn parse_utc(text: &str) -> Option<DateTime<Utc>> {
    let stamp = scan(text.as_bytes())?;
    match stamp.year {
        Year::Missing | Year::NoDate => None,
        _ => to_utc(Clockwork::new(None, None).resolve(&stamp)),
    }
}

/// Reads a time as a person writes it: a day, or a day with a time of day, UTC unless stated.
pub fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let whole = |suffix: &str| parse_utc(&format!("{text}{suffix}"));
    whole("")
        .or_else(|| whole(":00"))
        .or_else(|| whole("T00:00:00"))
}

fn zone_name(seconds: i32) -> String {
    if seconds == 0 {
        return "UTC".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> String {
        let stamp = scan(text.as_bytes()).expect(text);
        let reference = NaiveDate::from_ymd_opt(2025, 6, 1);
        let mut clock = Clockwork::new(None, reference);
        to_utc(clock.resolve(&stamp))
            .unwrap()
            .format("%Y-%m-%dT%H:%M:%S%.6f")
            .to_string()
    }

    #[test]
    fn common_layouts_are_read() {
        for (text, expected) in [
            ("2025-03-04T14:05:00.001Z x", "2025-03-04T14:05:00.001000"),
            ("2025-03-04 14:05:00,250 x", "2025-03-04T14:05:00.250000"),
            ("2025-03-04T14:05:00+02:00", "2025-03-04T12:05:00.000000"),
            ("2025/03/04 14:05:00 [error]", "2025-03-04T14:05:00.000000"),
            ("04/Mar/2025:14:05:00 -0500]", "2025-03-04T19:05:00.000000"),
            (
                "Tue Mar 04 14:05:00.123456 2025] x",
                "2025-03-04T14:05:00.123456",
            ),
            (
                "Tue, 04 Mar 2025 14:05:00 GMT",
                "2025-03-04T14:05:00.000000",
            ),
            ("04 Mar 2025 14:05:00.001 * x", "2025-03-04T14:05:00.001000"),
            ("Mar  4 14:05:00 host app: x", "2025-03-04T14:05:00.000000"),
            ("Dec 31 23:59:59 host app: x", "2024-12-31T23:59:59.000000"),
            ("17/06/09 20:10:40 INFO", "2017-06-09T20:10:40.000000"),
            ("081109 203615 148 INFO", "2008-11-09T20:36:15.000000"),
            ("2005-06-03-15.42.50.675872 R", "2005-06-03T15:42:50.675872"),
            ("03-17 16:13:38.811  1702", "2025-03-17T16:13:38.811000"),
            ("10.30 16:49:06] chrome", "2024-10-30T16:49:06.000000"),
            ("0304 14:05:00.123456 7 f.go", "2025-03-04T14:05:00.123456"),
            ("1741097100 x", "2025-03-04T14:05:00.000000"),
            ("1741097100123,", "2025-03-04T14:05:00.123000"),
            ("1741097100123456 x", "2025-03-04T14:05:00.123456"),
            ("1741097100123456789}", "2025-03-04T14:05:00.123456"),
            ("1741097100.25 x", "2025-03-04T14:05:00.250000"),
            ("20250304T140500Z x", "2025-03-04T14:05:00.000000"),
            ("2025-03-04 14:05:00 CET x", "2025-03-04T13:05:00.000000"),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }

    #[test]
    fn days_and_times_of_day_are_read_as_a_person_writes_them() {
        for (text, expected) in [
            ("2025-03-04", "2025-03-04T00:00:00+00:00"),
            ("2025-03-04 14:05", "2025-03-04T14:05:00+00:00"),
            ("2025-03-04T14:05:30Z", "2025-03-04T14:05:30+00:00"),
        ] {
            assert_eq!(parse_time(text).unwrap().to_rfc3339(), expected, "{text}");
        }
        assert_eq!(parse_time("yesterday"), None);
    }

    #[test]
    fn impossible_or_unrelated_numbers_are_no_times() {
        for text in [
            "2025-13-04 14:05:00",
            "10.251.43.21:50010",
            "12345",
            "99/99/99 99:99:99",
            "",
        ] {
            assert!(scan(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn a_missing_year_rolls_over_at_new_year() {
        let mut clock = Clockwork::new(None, NaiveDate::from_ymd_opt(2025, 3, 1));
        let december = clock.resolve(&scan(b"Dec 31 23:59:59 x").unwrap());
        let january = clock.resolve(&scan(b"Jan  1 00:00:01 x").unwrap());
        assert_eq!(january - december, 2_000_000);
    }

    #[test]
    fn the_order_of_lines_decides_the_year_and_the_last_one_is_not_in_the_future() {
        let mut clock = Clockwork::new(None, NaiveDate::from_ymd_opt(2026, 11, 28));
        for (text, year) in [
            ("10.30 16:49:06] chrome", 2026),
            ("07.26 13:30:34] chrome", 2027),
            ("07.20 13:30:34] late", 2027),
            ("07.27 10:00:00] chrome", 2027),
        ] {
            let time = to_utc(clock.resolve(&scan(text.as_bytes()).unwrap())).unwrap();
            assert_eq!(time.year(), year, "{text}");
        }
        assert_eq!(clock.correction(), -1);
    }

    #[test]
    fn a_full_date_in_a_line_anchors_the_year() {
        let mut clock = Clockwork::new(None, NaiveDate::from_ymd_opt(2026, 11, 28));
        let stamp = scan(b"Jun 18 02:23:10 combo ftpd").unwrap();
        clock.resolve(&stamp);
        clock.read_year(&stamp, "timed out at Sat Jun 18 02:23:10 2005");
        assert_eq!(clock.correction(), -21);
        let mut again = clock.fresh();
        again.start_like(&clock);
        assert_eq!(to_utc(again.resolve(&stamp)).unwrap().year(), 2005);
        assert_eq!((again.correction(), again.year_unknown()), (0, false));
    }

    #[test]
    fn the_zone_and_its_source_are_reported() {
        let mut clock = Clockwork::new(FixedOffset::east_opt(7200), None);
        let micros = clock.resolve(&scan(b"2025-03-04 14:05:00 x").unwrap());
        assert_eq!(
            to_utc(micros).unwrap().to_rfc3339(),
            "2025-03-04T12:05:00+00:00"
        );
        assert_eq!(clock.timezone().value, "+02:00");
        assert_eq!(clock.timezone().source, TimezoneSource::User);
    }
}
