//! Where in a large log the lines of a time of day stand, so that few of its bytes are read for them.

use std::ops::Range;

use chrono::{NaiveTime, Timelike as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes of a file between two marks at least.
const STRETCH_MIN: u64 = 4 << 20;
const MARKS_MAX: usize = 256;
const MICROS_PER_MINUTE: i64 = 60_000_000;
const MINUTES_PER_DAY: i64 = 24 * 60;

/// The times of a stretch of a file, which goes on to the next mark or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimeMark {
    /// Offset of the first byte, which begins a line.
    pub byte_start: u64,
    /// Number of that line, 1-based.
    pub line_start: u64,
    /// Earliest time of its lines in minutes since the epoch, in the zone in which it is written.
    pub first_minute: i64,
    pub last_minute: i64,
}

/// A part of a file that begins with a line and ends with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Open at the end of the file.
    pub bytes: Range<u64>,
    /// Number of the first line, 1-based.
    pub line_start: u64,
}

impl TimeMark {
    fn covers(&self, minute_of_day: i64) -> bool {
        let wait = (minute_of_day - self.first_minute).rem_euclid(MINUTES_PER_DAY);
        self.first_minute + wait <= self.last_minute
    }
}

/// Returns the parts of a file of `size` bytes in which lines of a time of day can stand, in order;
/// the whole file when it has no marks.
pub fn stretches_at(marks: &[TimeMark], time: NaiveTime, size: u64) -> Vec<Stretch> {
    if marks.is_empty() {
        return vec![Stretch {
            bytes: 0..size,
            line_start: 1,
        }];
    }
    let minute = i64::from(time.num_seconds_from_midnight() / 60);
    let mut found: Vec<Stretch> = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        if !mark.covers(minute) {
            continue;
        }
        let end = marks.get(at + 1).map_or(size, |next| next.byte_start);
        match found.last_mut() {
            Some(last) if last.bytes.end == mark.byte_start => last.bytes.end = end,
            _ => found.push(Stretch {
                bytes: mark.byte_start..end,
                line_start: mark.line_start,
            }),
        }
    }
    found
}

/// Collects the marks of a log; how far they are apart grows with it.
#[derive(Debug)]
pub(crate) struct TimeMarks {
    stretch: u64,
    marks: Vec<TimeMark>,
}

impl Default for TimeMarks {
    fn default() -> Self {
        Self::new(STRETCH_MIN)
    }
}

impl TimeMarks {
    fn new(stretch: u64) -> Self {
        Self {
            stretch,
            marks: Vec::new(),
        }
    }

    /// Notes the time of a line in microseconds since the epoch, in the zone in which it is written.
    pub(crate) fn note(&mut self, byte_start: u64, line: u64, micros: i64) {
        let minute = micros.div_euclid(MICROS_PER_MINUTE);
        if let Some(last) = self.marks.last_mut()
            && byte_start < last.byte_start + self.stretch
        {
            last.first_minute = last.first_minute.min(minute);
            last.last_minute = last.last_minute.max(minute);
            return;
        }
        // What stands before the first time belongs to it.
        let (byte_start, line_start) = match self.marks.is_empty() {
            true => (0, 1),
            false => (byte_start, line),
        };
        self.marks.push(TimeMark {
            byte_start,
            line_start,
            first_minute: minute,
            last_minute: minute,
        });
        if self.marks.len() > MARKS_MAX {
            self.thin();
        }
    }

    /// Returns the marks; none for a log that is read at once anyway.
    pub(crate) fn kept(&self) -> Vec<TimeMark> {
        match self.marks.len() {
            1 => Vec::new(),
            _ => self.marks.clone(),
        }
    }

    /// Joins stretches in pairs.
    fn thin(&mut self) {
        let joined = self.marks.chunks(2).map(|pair| {
            let last = pair[pair.len() - 1];
            TimeMark {
                first_minute: pair[0].first_minute.min(last.first_minute),
                last_minute: pair[0].last_minute.max(last.last_minute),
                ..pair[0]
            }
        });
        self.marks = joined.collect();
        self.stretch *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    /// A line of 100 bytes each minute from midnight on.
    fn marks(minutes: u64) -> TimeMarks {
        let mut marks = TimeMarks::new(1_000);
        for minute in 0..minutes {
            let micros = minute.cast_signed() * MICROS_PER_MINUTE;
            marks.note(minute * 100, minute + 1, micros);
        }
        marks
    }

    #[test]
    fn lines_of_a_time_lie_in_what_is_found() {
        for minutes in [3, 60, 1_440, 1_500, 9_000] {
            let kept = marks(minutes).kept();
            for asked in [0, 5, 59, 700, 1_439] {
                let time = at(asked / 60, asked % 60);
                let found = stretches_at(&kept, time, minutes * 100);
                let lines = (u64::from(asked)..minutes).step_by(1_440);
                for minute in lines {
                    let byte = minute * 100;
                    assert!(found.iter().any(|it| it.bytes.contains(&byte)), "{minute}");
                }
                for stretch in &found {
                    assert_eq!(stretch.bytes.start, (stretch.line_start - 1) * 100);
                }
            }
        }
    }

    #[test]
    fn few_bytes_hold_the_lines_of_a_minute() {
        let found = stretches_at(&marks(1_200).kept(), at(14, 5), 120_000);
        let bytes: u64 = found.iter().map(|it| it.bytes.end - it.bytes.start).sum();
        assert_eq!((found.len(), bytes), (1, 1_000));
        assert_eq!(stretches_at(&marks(60).kept(), at(14, 5), 6_000), []);
    }

    #[test]
    fn there_are_few_marks_however_long_the_log_is() {
        let kept = marks(1_000_000).kept();
        assert!((MARKS_MAX / 2..=MARKS_MAX).contains(&kept.len()));
        assert_eq!(marks(3).kept(), []);
    }
}
