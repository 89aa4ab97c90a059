//! Scanner for the time layouts found in logs; allocates nothing.

mod clock;

pub(super) use clock::month_name;
use clock::{Clock, clock, compact_clock, digits, fraction, number, offset, spaces, zone_name};

/// A time as written, before year and zone are filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) year: Year,
    pub(crate) month: u32,
    pub(crate) day: u32,
    /// Microseconds since midnight, or since the epoch.
    pub(crate) micros: i64,
    /// Seconds east of UTC, when written.
    pub(crate) offset: Option<i32>,
    /// Bytes the stamp takes.
    pub(crate) length: usize,
}

impl Stamp {
    /// Whether two stamps of one day are no more than so many microseconds apart.
    pub(crate) fn is_near(&self, other: &Self, micros: i64) -> bool {
        let date = |it: &Self| (it.year, it.month, it.day);
        date(self) == date(other) && (self.micros - other.micros).abs() <= micros
    }
}

/// What the stamp says about its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Year {
    Known(i32),
    Missing,
    /// There is no date at all.
    NoDate,
    Epoch,
}

/// Reads a time stamp at the start of `bytes`.
pub(crate) fn scan(bytes: &[u8]) -> Option<Stamp> {
    match bytes.first()? {
        b'0'..=b'9' => scan_numeric(bytes),
        b'A'..=b'Z' | b'a'..=b'z' => scan_named(bytes),
        _ => None,
    }
}

/// Reads a time of day at the start of `bytes`.
pub(crate) fn scan_clock(bytes: &[u8]) -> Option<Stamp> {
    let clock = bytes.first()?.is_ascii_digit().then(|| clock(bytes, 0))??;
    let ends = matches!(bytes.get(clock.end), Some(b' ' | b'\t' | b']'));
    ends.then_some(Stamp {
        year: Year::NoDate,
        month: 1,
        day: 1,
        micros: clock.micros,
        offset: None,
        length: clock.end,
    })
}

fn scan_numeric(bytes: &[u8]) -> Option<Stamp> {
    let run = digits(bytes);
    match (run, bytes.get(run).copied()) {
        (4, Some(b'-' | b'/' | b'.')) => year_first(bytes),
        (4, Some(b' ')) => klog(bytes),
        (8, Some(b'T' | b' ' | b'-')) => compact(bytes, 4),
        (6, Some(b' ')) => compact(bytes, 2),
        (1 | 2, Some(b'/' | b'-' | b'.' | b' ')) => two_digit_first(bytes, run),
        (10 | 13 | 16 | 19, _) => epoch(bytes, run),
        _ => None,
    }
}

fn year_first(bytes: &[u8]) -> Option<Stamp> {
    let separator = bytes[4];
    let year = number(bytes, 0, 4)?;
    let month = number(bytes, 5, 2)?;
    if bytes.get(7) != Some(&separator) {
        return None;
    }
    let day = number(bytes, 8, 2)?;
    let joint = *bytes.get(10)?;
    let at = if joint == b' ' {
        10 + spaces(&bytes[10..])
    } else {
        11
    };
    if !matches!(joint, b'T' | b't' | b' ' | b'-' | b'_' | b':') {
        return None;
    }
    let clock = clock(bytes, at)?;
    finish(Year::Known(year as i32), month, day, clock, bytes)
}

fn klog(bytes: &[u8]) -> Option<Stamp> {
    let (month, day) = (number(bytes, 0, 2)?, number(bytes, 2, 2)?);
    let clock = clock(bytes, 5)?;
    finish(Year::Missing, month, day, clock, bytes)
}

fn compact(bytes: &[u8], year_digits: usize) -> Option<Stamp> {
    let written = number(bytes, 0, year_digits)?;
    let year = if year_digits == 2 {
        2000 + written
    } else {
        written
    };
    let month = number(bytes, year_digits, 2)?;
    let day = number(bytes, year_digits + 2, 2)?;
    let at = year_digits + 5;
    let clock = clock(bytes, at).or_else(|| compact_clock(bytes, at))?;
    finish(Year::Known(year as i32), month, day, clock, bytes)
}

fn two_digit_first(bytes: &[u8], run: usize) -> Option<Stamp> {
    let separator = bytes[run];
    let after = &bytes[run + 1..];
    if after.first()?.is_ascii_alphabetic() {
        return day_month_name(bytes, run);
    }
    if separator == b' ' {
        return None;
    }
    let first = number(bytes, 0, run)?;
    let second_run = digits(after);
    if !(1..=2).contains(&second_run) {
        return None;
    }
    let second = number(after, 0, second_run)?;
    let at = run + 1 + second_run;
    match bytes.get(at)? {
        b' ' => {
            let clock = clock(bytes, at + 1)?;
            finish(Year::Missing, first, second, clock, bytes)
        }
        &third if third == separator => three_numbers(bytes, first, second, at + 1),
        _ => None,
    }
}

fn three_numbers(bytes: &[u8], first: u32, second: u32, at: usize) -> Option<Stamp> {
    let run = digits(bytes.get(at..)?);
    let third = number(bytes, at, run)?;
    let joint = *bytes.get(at + run)?;
    if !matches!(joint, b' ' | b'T' | b'-' | b',') {
        return None;
    }
    let start = at + run + 1 + spaces(bytes.get(at + run + 1..)?);
    let clock = clock(bytes, start)?;
    let (year, month, day) = match run {
        4 if first > 12 => (third, second, first),
        4 if bytes[if first > 9 { 2 } else { 1 }] == b'.' => (third, second, first),
        4 => (third, first, second),
        2 => (2000 + first, second, third),
        _ => return None,
    };
    finish(Year::Known(year as i32), month, day, clock, bytes)
}

fn day_month_name(bytes: &[u8], run: usize) -> Option<Stamp> {
    let day = number(bytes, 0, run)?;
    let month = month_name(bytes.get(run + 1..)?)?;
    let at = run + 4;
    if !matches!(bytes.get(at)?, b'/' | b'-' | b' ') {
        return None;
    }
    let year_run = digits(bytes.get(at + 1..)?);
    let after = at + 1 + year_run;
    let (year, start) = match year_run {
        4 => (Year::Known(number(bytes, at + 1, 4)? as i32), after + 1),
        2 if bytes.get(after) == Some(&b':') => (Year::Missing, at + 1),
        2 => (
            Year::Known(2000 + number(bytes, at + 1, 2)? as i32),
            after + 1,
        ),
        _ => return None,
    };
    let clock = clock(bytes, start)?;
    finish(year, month, day, clock, bytes)
}

fn scan_named(bytes: &[u8]) -> Option<Stamp> {
    let Some(month) = month_name(bytes) else {
        return after_weekday(bytes);
    };
    let at = 3 + spaces(bytes.get(3..)?);
    if at == 3 {
        return None;
    }
    let run = digits(bytes.get(at..)?);
    if !(1..=2).contains(&run) {
        return None;
    }
    let day = number(bytes, at, run)?;
    let comma = usize::from(bytes.get(at + run) == Some(&b','));
    let next = at + run + comma + spaces(bytes.get(at + run + comma..)?);
    let year_run = digits(bytes.get(next..)?);
    if year_run == 4 {
        let year = number(bytes, next, 4)?;
        let start = next + 4 + spaces(bytes.get(next + 4..)?);
        return finish(
            Year::Known(year as i32),
            month,
            day,
            clock(bytes, start)?,
            bytes,
        );
    }
    let clock = clock(bytes, next)?;
    trailing_year(bytes, month, day, clock)
}

fn after_weekday(bytes: &[u8]) -> Option<Stamp> {
    const DAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    let name = bytes.get(..3)?;
    if !DAYS.iter().any(|day| name.eq_ignore_ascii_case(*day)) {
        return None;
    }
    let comma = usize::from(bytes.get(3) == Some(&b','));
    let skip = 3 + comma + spaces(bytes.get(3 + comma..)?);
    let rest = bytes.get(skip..)?;
    if skip == 3 {
        return None;
    }
    let mut stamp = if rest.first()?.is_ascii_digit() {
        scan_numeric(rest)
    } else {
        scan_named(rest)
    }?;
    stamp.length += skip;
    Some(stamp)
}

fn trailing_year(bytes: &[u8], month: u32, day: u32, clock: Clock) -> Option<Stamp> {
    let end = clock.end;
    let mut at = end;
    if bytes.get(at) == Some(&b' ') {
        if let Some((_, length)) = zone_name(&bytes[at + 1..]) {
            at += 1 + length;
        }
        let rest = bytes.get(at + 1..).unwrap_or_default();
        if bytes.get(at) == Some(&b' ') && digits(rest) == 4 {
            let year = number(rest, 0, 4)?;
            if (1990..=2099).contains(&year) {
                let closed = Clock {
                    end: at + 5,
                    ..clock
                };
                return build(Year::Known(year as i32), month, day, closed, None);
            }
        }
    }
    build(Year::Missing, month, day, clock, None)
}

fn epoch(bytes: &[u8], run: usize) -> Option<Stamp> {
    let boundary = bytes.get(run).copied();
    if boundary.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return None;
    }
    let mut value = 0i64;
    for &byte in &bytes[..run] {
        value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    let (mut micros, mut length) = match run {
        10 => (value * 1_000_000, run),
        13 => (value * 1_000, run),
        16 => (value, run),
        _ => (value / 1_000, run),
    };
    if run == 10 && boundary == Some(b'.') {
        let (fraction, digits) = fraction(&bytes[run + 1..]);
        if digits > 0 {
            micros += fraction;
            length += 1 + digits;
        }
    }
    let plausible = (631_152_000_000_000..4_102_444_800_000_000).contains(&micros);
    plausible.then_some(Stamp {
        year: Year::Epoch,
        month: 1,
        day: 1,
        micros,
        offset: Some(0),
        length,
    })
}

fn finish(year: Year, month: u32, day: u32, clock: Clock, bytes: &[u8]) -> Option<Stamp> {
    let rest = &bytes[clock.end..];
    let (offset, length) = match rest.first() {
        Some(b'Z' | b'z') => (Some(0), 1),
        Some(b'+' | b'-') => offset(rest).map_or((None, 0), |(o, l)| (Some(o), l)),
        Some(b' ') => match rest.get(1) {
            Some(b'+' | b'-') => offset(&rest[1..]).map_or((None, 0), |(o, l)| (Some(o), l + 1)),
            _ => zone_name(&rest[1..]).map_or((None, 0), |(o, l)| (Some(o), l + 1)),
        },
        _ => (None, 0),
    };
    build(
        year,
        month,
        day,
        Clock {
            end: clock.end + length,
            ..clock
        },
        offset,
    )
}

fn build(year: Year, month: u32, day: u32, clock: Clock, offset: Option<i32>) -> Option<Stamp> {
    let year_ok = match year {
        Year::Known(year) => (1970..=2200).contains(&year),
        _ => true,
    };
    let valid = year_ok && (1..=12).contains(&month) && (1..=31).contains(&day);
    valid.then_some(Stamp {
        year,
        month,
        day,
        micros: clock.micros,
        offset,
        length: clock.end,
    })
}
