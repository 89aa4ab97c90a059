//! Times of day as people write them.

use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime,
    Offset as _, TimeZone, Utc, Weekday,
};

/// Words between a time and its day.
const DAY_REACH: usize = 4;
/// Words from a time to the end of the span it begins: a zone and what joins them.
const ZONE_AND_TO: usize = 2;

/// What a time without date or zone refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The oldest and the newest moment the data of the case show; none while there are no data.
    pub(crate) oldest: Option<DateTime<Utc>>,
    pub(crate) newest: Option<DateTime<Utc>>,
    /// When the message was written.
    pub(crate) written: DateTime<Utc>,
    pub(crate) zone: FixedOffset,
}

/// A time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrittenTime {
    pub(crate) day: Option<Day>,
    pub(crate) time: NaiveTime,
    pub(crate) zone: Option<FixedOffset>,
}

/// A day as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    Date(NaiveDate),
    /// A month from 1 on and a day in it, of the year that brings them nearest.
    OfMonth(u32, u32),
    /// The last such day of a week.
    OfWeek(Weekday),
    /// The day before the last one, unless the data begin after it.
    Yesterday,
}

impl Day {
    /// Returns the date that is meant by what was written on `today`.
    fn date(self, today: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(date),
            Self::OfMonth(month, day) => {
                let years = today.year() - 1..=today.year() + 1;
                let dates = years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
                dates.min_by_key(|date| (*date - today).abs())
            }
            Self::OfWeek(weekday) => {
                let days = u64::from(today.weekday().days_since(weekday));
                today.checked_sub_days(Days::new(days))
            }
            Self::Yesterday => Some(today),
        }
    }
}

impl WrittenTime {
    /// Returns the moment that is meant.
    pub(crate) fn resolve(&self, reference: &Reference) -> Option<DateTime<Utc>> {
        let zone = self.zone.unwrap_or(reference.zone);
        let anchor = reference.newest.unwrap_or(reference.written);
        let today = anchor.with_timezone(&zone).date_naive();
        let date = self.day.map_or(Some(today), |day| day.date(today))?;
        let moment = at(zone, date.and_time(self.time))?;
        // Nobody reports what has not happened yet; without data the day before is meant.
        let day_before = at(
            zone,
            date.checked_sub_days(Days::new(1))?.and_time(self.time),
        )?;
        let is_covered = reference.oldest.is_none_or(|oldest| day_before >= oldest);
        let is_meant = match (self.day, reference.newest) {
            (Some(Day::Yesterday), _) => is_covered,
            (Some(_), _) => false,
            (None, Some(newest)) => moment > newest && is_covered,
            (None, None) => moment > reference.written,
        };
        Some(if is_meant { day_before } else { moment })
    }
}

/// Returns the first time that a text names.
pub(crate) fn find(text: &str) -> Option<WrittenTime> {
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        if let Ok(full) = DateTime::parse_from_rfc3339(word) {
            return Some(WrittenTime {
                day: Some(Day::Date(full.date_naive())),
                time: full.time(),
                zone: Some(*full.offset()),
            });
        }
        if let Some(local) = local_time(word) {
            return Some(local);
        }
        let next = words.get(at + 1).copied().unwrap_or_default();
        let (time, zone) = time_and_zone(word, next)?;
        Some(WrittenTime {
            day: day_beside(&words, at),
            time,
            zone,
        })
    })
}

/// Returns whether a text names a span such as `from 9:05 to 9:30`.
pub(crate) fn is_span(text: &str) -> bool {
    const TO: [&str; 6] = ["to", "till", "until", "til", "-", "–"];
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    let is_time = |word: &str| time_and_zone(word, "").is_some();
    words.iter().enumerate().any(|(at, word)| {
        let behind = &words[at + 1..words.len().min(at + 1 + ZONE_AND_TO)];
        let to = behind.iter().position(|it| TO.contains(it));
        let end = to.map(|to| &words[at + 2 + to..words.len().min(at + 4 + to)]);
        is_time(word) && end.is_some_and(|end| end.iter().any(|it| is_time(it)))
    })
}

/// Returns the day that stands beside a time: a date before it, or a day and its month near it.
fn day_beside(words: &[&str], at: usize) -> Option<Day> {
    let before = at.checked_sub(1).and_then(|before| date(words[before]));
    if let Some(date) = before {
        return Some(Day::Date(date));
    }
    let before = &words[at.saturating_sub(DAY_REACH)..at];
    let behind = &words[at + 1..words.len().min(at + 1 + DAY_REACH + 2)];
    let in_month = |words: &[&str]| words.windows(2).find_map(day_of_month);
    let in_week = |words: &[&str]| words.iter().find_map(|word| day_of_week(word));
    let either = |day: &dyn Fn(&[&str]) -> Option<Day>| day(before).or_else(|| day(behind));
    either(&in_month).or_else(|| either(&in_week))
}

/// For example `Monday`, `tue` or `yesterday`.
fn day_of_week(word: &str) -> Option<Day> {
    if word.eq_ignore_ascii_case("yesterday") {
        return Some(Day::Yesterday);
    }
    // `sat`, `sun` and `wed` are words as well.
    let is_day = word.to_lowercase().ends_with("day") || word.starts_with(char::is_uppercase);
    word.parse().ok().map(Day::OfWeek).filter(|_| is_day)
}

/// For example `7 Sep`, `7th September` or `Sep 7`.
fn day_of_month(pair: &[&str]) -> Option<Day> {
    let number = |word: &str| {
        let endings = ["st", "nd", "rd", "th"];
        let bare = endings.iter().find_map(|it| word.strip_suffix(it));
        let day = bare.unwrap_or(word).parse::<u32>().ok()?;
        (1..=31).contains(&day).then_some(day)
    };
    let month = |word: &str| Some(word.parse::<Month>().ok()?.number_from_month());
    let [first, second] = *pair else {
        return None;
    };
    let ordered = |month: Option<u32>, day: Option<u32>| Some(Day::OfMonth(month?, day?));
    ordered(month(second), number(first)).or_else(|| ordered(month(first), number(second)))
}

/// For example `2025-03-04T14:05:00.123`, as logs without a zone write it.
fn local_time(word: &str) -> Option<WrittenTime> {
    let (day, time) = word.split_once('T')?;
    Some(WrittenTime {
        day: Some(Day::Date(date(day)?)),
        time: clock(time)?,
        zone: None,
    })
}

/// Returns the zone of those who name none.
pub(crate) fn utc() -> FixedOffset {
    Utc.fix()
}

/// Returns the offset that a zone is written as.
pub(crate) fn zone(text: &str) -> Option<FixedOffset> {
    match text {
        "UTC" | "utc" | "GMT" | "Z" | "z" => Some(utc()),
        _ => {
            let (sign, rest) = match text.split_at_checked(1)? {
                ("+", rest) => (1, rest),
                ("-", rest) => (-1, rest),
                _ => return None,
            };
            let (hours, minutes) = rest.split_once(':')?;
            let seconds = hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60;
            FixedOffset::east_opt(sign * seconds)
        }
    }
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|letter: char| {
        matches!(letter, ',' | '.' | '?' | '!' | '(' | ')' | ';' | '"')
    })
}

fn at(zone: FixedOffset, local: NaiveDateTime) -> Option<DateTime<Utc>> {
    let moment = zone.from_local_datetime(&local).single()?;
    Some(moment.with_timezone(&Utc))
}

fn time_and_zone(word: &str, next: &str) -> Option<(NaiveTime, Option<FixedOffset>)> {
    let (digits, zone_here) = match word.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, zone("Z")),
        None => (word, None),
    };
    let named = match word.to_lowercase().as_str() {
        "midnight" => NaiveTime::from_hms_opt(0, 0, 0),
        "noon" | "midday" => NaiveTime::from_hms_opt(12, 0, 0),
        _ => None,
    };
    if let Some(time) = named.or_else(|| clock(digits)) {
        return Some((time, zone_here.or_else(|| zone(next))));
    }
    let (hour, is_afternoon) = match word.to_lowercase() {
        lower if lower.ends_with("am") => (lower.strip_suffix("am")?.to_owned(), false),
        lower if lower.ends_with("pm") => (lower.strip_suffix("pm")?.to_owned(), true),
        _ => return None,
    };
    let (hour, minute) = hour.split_once(':').unwrap_or((&hour, "0"));
    let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    let hour = (hour <= 12).then_some(hour % 12)? + if is_afternoon { 12 } else { 0 };
    Some((NaiveTime::from_hms_opt(hour, minute, 0)?, zone(next)))
}

fn clock(digits: &str) -> Option<NaiveTime> {
    // Logs write fractions of a second behind a period or a comma.
    let digits = digits.split(['.', ',']).next().unwrap_or(digits);
    let mut parts = digits.split(':');
    let mut part = || parts.next()?.parse::<u32>().ok();
    let (hour, minute) = (part()?, part()?);
    let second = if digits.matches(':').count() == 2 {
        part()?
    } else {
        0
    };
    let is_well_formed = digits.matches(':').count() <= 2 && digits.len() >= 4;
    is_well_formed.then(|| NaiveTime::from_hms_opt(hour, minute, second))?
}

fn date(word: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(word, "%Y-%m-%d").ok()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn reference(newest: Option<&str>) -> Reference {
        Reference {
            oldest: newest.map(|newest| moment(newest) - TimeDelta::minutes(40)),
            newest: newest.map(moment),
            written: moment("2025-11-21T10:00:00Z"),
            zone: FixedOffset::east_opt(0).unwrap(),
        }
    }

    #[test]
    fn a_clock_time_means_the_day_of_the_newest_data() {
        let with_data = reference(Some("2025-03-04T14:14:59Z"));
        for (text, expected) in [
            ("since 14:05?", "2025-03-04T14:05:00Z"),
            ("restarted at 15:08; new data", "2025-03-04T15:08:00Z"),
            ("at 2pm", "2025-03-04T14:00:00Z"),
            ("since 14:05:30 UTC", "2025-03-04T14:05:30Z"),
            ("since 14:05 +02:00", "2025-03-04T12:05:00Z"),
            ("on 2025-03-03 23:10", "2025-03-03T23:10:00Z"),
            ("at 2025-03-02T01:02:03Z", "2025-03-02T01:02:03Z"),
            ("(3 mar, roughly 21:05 to 21:50)", "2025-03-03T21:05:00Z"),
            ("at 9:05 on the 2nd March", "2025-03-02T09:05:00Z"),
            ("Dec 24 at 18:00", "2024-12-24T18:00:00Z"),
            ("down on Sunday from 10:15", "2025-03-02T10:15:00Z"),
            ("since tuesday 9am", "2025-03-04T09:00:00Z"),
            ("on Mon at 9:05", "2025-03-03T09:05:00Z"),
            ("it sat idle from 10:15", "2025-03-04T10:15:00Z"),
        ] {
            let found = find(text).unwrap().resolve(&with_data);
            assert_eq!(found, Some(moment(expected)), "{text}");
        }
    }

    #[test]
    fn a_time_before_midnight_means_the_day_the_data_began() {
        let after_midnight = Reference {
            oldest: Some(moment("2025-03-03T23:30:00Z")),
            ..reference(Some("2025-03-04T00:30:00Z"))
        };
        let found = |text: &str| find(text).unwrap().resolve(&after_midnight);
        for (text, expected) in [
            ("since 23:50", "2025-03-03T23:50:00Z"),
            ("yesterday at 23:50", "2025-03-03T23:50:00Z"),
            ("yesterday at 00:10", "2025-03-04T00:10:00Z"),
        ] {
            assert_eq!(found(text), Some(moment(expected)), "{text}");
        }
        assert_eq!(
            found("since midnight"),
            Some(moment("2025-03-04T00:00:00Z"))
        );
    }

    #[test]
    fn time_stamps_of_logs_are_times() {
        for stamp in [
            "2025-03-04 14:05:00,123 INFO x",
            "2025-03-04T14:05:00.123 INFO x",
        ] {
            let found = find(stamp).unwrap().resolve(&reference(None));
            assert_eq!(found, Some(moment("2025-03-04T14:05:00Z")), "{stamp}");
        }
    }

    #[test]
    fn spans_have_a_beginning_and_an_end() {
        for text in [
            "from 9:05 to 9:30",
            "roughly 21:05 UTC until about 21:50",
            "9:05 - 9:30",
        ] {
            assert!(is_span(text), "{text}");
        }
        for text in ["since 9:05", "9:05 we went to lunch", "from 5 to 50"] {
            assert!(!is_span(text), "{text}");
        }
    }

    #[test]
    fn without_data_the_newest_past_time_is_meant() {
        let found = |text: &str| find(text).unwrap().resolve(&reference(None)).unwrap();
        assert_eq!(found("since 09:30"), moment("2025-11-21T09:30:00Z"));
        assert_eq!(found("since 14:05"), moment("2025-11-20T14:05:00Z"));
    }

    #[test]
    fn numbers_are_not_times() {
        for text in [
            "status 500",
            "1:2 ratio",
            "port 8080",
            "25:99",
            "app.log:61",
            "10.20.4.17",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
