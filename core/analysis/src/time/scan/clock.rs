//! Time of day, zone and the numbers they consist of.

/// Time of day with the offset behind it.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) micros: i64,
    pub(super) end: usize,
}

pub(super) fn clock(bytes: &[u8], at: usize) -> Option<Clock> {
    let hour_run = digits(bytes.get(at..)?);
    if !(1..=2).contains(&hour_run) {
        return None;
    }
    let hour = number(bytes, at, hour_run)?;
    let separator = *bytes.get(at + hour_run)?;
    if !matches!(separator, b':' | b'.') {
        return None;
    }
    let minute_at = at + hour_run + 1;
    let minute = number(bytes, minute_at, 2)?;
    if bytes.get(minute_at + 2) != Some(&separator) {
        return None;
    }
    let second = number(bytes, minute_at + 3, 2)?;
    time_of_day(bytes, hour, minute, second, minute_at + 5)
}

pub(super) fn compact_clock(bytes: &[u8], at: usize) -> Option<Clock> {
    if digits(bytes.get(at..)?) != 6 {
        return None;
    }
    let part = |offset| number(bytes, at + offset, 2);
    time_of_day(bytes, part(0)?, part(2)?, part(4)?, at + 6)
}

fn time_of_day(bytes: &[u8], hour: u32, minute: u32, second: u32, end: usize) -> Option<Clock> {
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut micros = i64::from(minute * 60 + second) * 1_000_000;
    let mut end = end;
    if matches!(bytes.get(end), Some(b'.' | b',' | b':')) {
        let (fraction, length) = fraction(&bytes[end + 1..]);
        if length > 0 {
            micros += fraction;
            end += 1 + length;
        }
    }
    let (hour, half) = twelve_hours(hour, bytes.get(end..)?);
    micros += i64::from(hour) * 3_600_000_000;
    Some(Clock {
        micros,
        end: end + half,
    })
}

/// Returns the hour of the day and the bytes that `AM` or `PM` takes.
fn twelve_hours(hour: u32, rest: &[u8]) -> (u32, usize) {
    let afternoon = match rest {
        [b' ', b'P' | b'p', b'M' | b'm', ..] => true,
        [b' ', b'A' | b'a', b'M' | b'm', ..] => false,
        _ => return (hour, 0),
    };
    let glued = rest.get(3).is_some_and(u8::is_ascii_alphanumeric);
    if glued || !(1..=12).contains(&hour) {
        return (hour, 0);
    }
    (hour % 12 + if afternoon { 12 } else { 0 }, 3)
}

pub(super) fn offset(bytes: &[u8]) -> Option<(i32, usize)> {
    let sign = if bytes[0] == b'-' { -1 } else { 1 };
    let hours = number(bytes, 1, 2)?;
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let (minutes, length) = match number(bytes, 3 + colon, 2) {
        Some(minutes) => (minutes, 5 + colon),
        None => (0, 3),
    };
    let bounded = hours <= 14 && minutes < 60;
    let glued = bytes.get(length).is_some_and(u8::is_ascii_alphanumeric);
    (bounded && !glued).then_some((sign * (hours * 3600 + minutes * 60) as i32, length))
}

pub(super) fn zone_name(bytes: &[u8]) -> Option<(i32, usize)> {
    const ZONES: [(&[u8], i32); 16] = [
        (b"UTC", 0),
        (b"GMT", 0),
        (b"CEST", 2),
        (b"CET", 1),
        (b"EEST", 3),
        (b"EET", 2),
        (b"WEST", 1),
        (b"WET", 0),
        (b"EDT", -4),
        (b"EST", -5),
        (b"CDT", -5),
        (b"MDT", -6),
        (b"MST", -7),
        (b"PDT", -7),
        (b"PST", -8),
        (b"JST", 9),
    ];
    if !bytes.first()?.is_ascii_uppercase() {
        return None;
    }
    let (name, hours) = ZONES.iter().find(|(name, _)| bytes.starts_with(name))?;
    let ends = !bytes.get(name.len()).is_some_and(u8::is_ascii_alphanumeric);
    ends.then_some((hours * 3600, name.len()))
}

pub(crate) fn month_name(bytes: &[u8]) -> Option<u32> {
    let name = bytes.first_chunk::<3>()?;
    match &name.map(|byte| byte.to_ascii_lowercase()) {
        b"jan" => Some(1),
        b"feb" => Some(2),
        b"mar" => Some(3),
        b"apr" => Some(4),
        b"may" => Some(5),
        b"jun" => Some(6),
        b"jul" => Some(7),
        b"aug" => Some(8),
        b"sep" => Some(9),
        b"oct" => Some(10),
        b"nov" => Some(11),
        b"dec" => Some(12),
        _ => None,
    }
}

pub(super) fn fraction(bytes: &[u8]) -> (i64, usize) {
    let length = digits(bytes);
    let padded = bytes[..length]
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'));
    let micros = padded
        .take(6)
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (micros, length)
}

pub(super) fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

pub(super) fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&byte| byte == b' ').count()
}

pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let slice = bytes.get(at..at + length)?;
    if length == 0 {
        return None;
    }
    slice.iter().try_fold(0u32, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        value.checked_mul(10)?.checked_add(digit)
    })
}
