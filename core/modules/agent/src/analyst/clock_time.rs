//! Times of day as people write them.

use chrono::{
    DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone, Utc,
};

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
    pub(crate) date: Option<NaiveDate>,
    pub(crate) time: NaiveTime,
    pub(crate) zone: Option<FixedOffset>,
}

impl WrittenTime {
    /// Returns the moment that is meant.
    pub(crate) fn resolve(&self, reference: &Reference) -> Option<DateTime<Utc>> {
        let zone = self.zone.unwrap_or(reference.zone);
        let anchor = reference.newest.unwrap_or(reference.written);
        let date = self
            .date
            .unwrap_or_else(|| anchor.with_timezone(&zone).date_naive());
        let moment = at(zone, date.and_time(self.time))?;
        // Nobody reports what has not happened yet; without data the day before is meant.
        let day_before = at(
            zone,
            date.checked_sub_days(Days::new(1))?.and_time(self.time),
        )?;
        let is_meant = match (reference.oldest, reference.newest) {
            (Some(oldest), Some(newest)) => moment > newest && day_before >= oldest,
            _ => moment > reference.written,
        };
        Some(if self.date.is_none() && is_meant {
            day_before
        } else {
            moment
        })
    }
}

/// Returns the first time that a text names.
pub(crate) fn find(text: &str) -> Option<WrittenTime> {
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        if let Ok(full) = DateTime::parse_from_rfc3339(word) {
            return Some(WrittenTime {
                date: Some(full.date_naive()),
                time: full.time(),
                zone: Some(*full.offset()),
            });
        }
        if let Some(local) = local_time(word) {
            return Some(local);
        }
        let next = words.get(at + 1).copied().unwrap_or_default();
        let (time, zone) = time_and_zone(word, next)?;
        let day = at.checked_sub(1).and_then(|before| date(words[before]));
        Some(WrittenTime {
            date: day,
            time,
            zone,
        })
    })
}

/// For example `2025-03-04T14:05:00.123`, as logs without a zone write it.
fn local_time(word: &str) -> Option<WrittenTime> {
    let (day, time) = word.split_once('T')?;
    Some(WrittenTime {
        date: Some(date(day)?),
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
        assert_eq!(found("since 23:50"), Some(moment("2025-03-03T23:50:00Z")));
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
