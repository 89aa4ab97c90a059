//! `key=value` lines.

use std::borrow::Cow;

use super::{Header, prefix, text};
use crate::format::Profile;
use crate::level::Level;
use crate::time::scan;

/// Returns whether a line consists of key-value pairs with a message or a level.
pub(crate) fn looks_like_record(line: &str) -> bool {
    let prefixed = prefix::split(line);
    if prefixed.body.len() < line.len() && !opens_with_pair(prefixed.body) {
        return false;
    }
    let (mut pairs, mut known, mut words) = (0usize, 0usize, 0usize);
    for (key, _, _) in Pairs::new(prefixed.body).take(12) {
        match key {
            "" => words += 1,
            _ => pairs += 1,
        }
        known += usize::from(matches!(
            key,
            "level" | "lvl" | "severity" | "msg" | "message"
        ));
    }
    pairs >= 2 && known >= 1 && words * 4 <= pairs
}

/// Returns whether the first word of a line is a pair.
pub(super) fn opens_with_pair(line: &str) -> bool {
    Pairs::new(line)
        .next()
        .is_some_and(|(key, _, _)| !key.is_empty())
}

/// Parses a line with pairs, or one of text among such lines.
pub(crate) fn parse<'a>(line: &'a str, profile: &Profile) -> Header<'a> {
    let prefixed = prefix::split(line);
    let is_prefixed = prefixed.body.len() < line.len();
    let is_record = opens_with_pair(prefixed.body) || !is_prefixed && looks_like_record(line);
    let header = if is_record {
        record(prefixed.body)
    } else {
        text::parse(prefixed.line, profile)
    };
    prefixed.complete(header)
}

/// Parses key-value pairs; the message is `msg` followed by the other pairs.
fn record(line: &str) -> Header<'_> {
    let mut header = Header::default();
    let mut message: &str = "";
    let mut rest = String::new();
    for (key, value, raw) in Pairs::new(line) {
        match key {
            "time" | "ts" | "timestamp" | "t" | "date" | "datetime" if header.stamp.is_none() => {
                header.stamp = scan(value.as_bytes());
            }
            "level" | "lvl" | "severity" | "loglevel" => header.level = Level::from_word(value),
            "msg" | "message" if message.is_empty() => message = value,
            "component" | "logger" | "service" | "app" | "subsys" if header.component.is_none() => {
                header.component = Some(Cow::Borrowed(value));
            }
            "host" | "hostname" => header.host = Some(value),
            "pid" => header.pid = Some(value),
            "caller" | "source" => {}
            _ => {
                rest.push(' ');
                rest.push_str(raw);
            }
        }
    }
    header.message = Cow::Owned(format!("{message}{rest}").trim_start().to_owned());
    header
}

/// Key, unquoted value and raw text of each pair; a bare word has an empty key.
struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    fn new(line: &'a str) -> Self {
        Self { rest: line }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let bytes = text.as_bytes();
        let key_end = memchr::memchr3(b'=', b' ', b'"', bytes).unwrap_or(bytes.len());
        if bytes.get(key_end) != Some(&b'=') || key_end == 0 {
            let end = memchr::memchr(b' ', bytes).unwrap_or(bytes.len());
            self.rest = &text[end..];
            return Some(("", &text[..end], &text[..end]));
        }
        let value_at = key_end + 1;
        let end = value_end(bytes, value_at);
        self.rest = &text[end..];
        let value = text[value_at..end].trim_matches('"');
        Some((&text[..key_end], value, &text[..end]))
    }
}

fn value_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&b'"') {
        return memchr::memchr(b' ', &bytes[at..]).map_or(bytes.len(), |length| at + length);
    }
    let mut index = at + 1;
    while index < bytes.len() {
        match bytes[index] {
            b'\\' => index += 2,
            b'"' => return index + 1,
            _ => index += 1,
        }
    }
    bytes.len()
}
